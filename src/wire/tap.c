/* SPDX-License-Identifier: MIT */
/*
 * Three descriptors, all made in the interface's namespace, to which they belong for good: the tun
 * device, a netlink socket that tells of changes (and takes the interface ioctls), and
 * /proc/.../net/dev_mcast, the only place that lists joined groups.
 */
#include "wire/tap.h"

#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#define TUN_DEVICE  "/dev/net/tun"
#define NETNS_DIR   "/run/netns/"
#define MCAST_BYTES 65536u

struct dd_tap {
    int fd, events, groups;
    char name[IFNAMSIZ]; /* as it was made; the kernel's user may rename it */
};

int dd_tap_parse(const char *text, struct dd_tap_name *ret_name, char *why, size_t why_bytes)
{
    const char *colon = strrchr(text, ':'), *name = colon ? colon + 1 : text;
    size_t netns_len = colon ? (size_t)(colon - text) : 0, len = strlen(name);
    struct dd_tap_name n = {0};

    if (len == 0 || len >= sizeof(n.name) || strpbrk(name, "/ \t\n%") || strcmp(name, ".") == 0 ||
        strcmp(name, "..") == 0) {
        snprintf(why, why_bytes,
                 "tap '%s': '%s' is no name of an interface (1 to 15 letters); write [NETNS:]NAME",
                 text, name);
        return -EINVAL;
    }
    if (colon && (netns_len == 0 || netns_len >= sizeof(n.netns) - sizeof(NETNS_DIR))) {
        snprintf(why, why_bytes,
                 "tap '%s': a network namespace is missing before ':'; write [NETNS:]NAME", text);
        return -EINVAL;
    }
    memcpy(n.netns, text, netns_len);
    memcpy(n.name, name, len);
    *ret_name = n;
    return 0;
}

/* --- opening --- */

struct opening {
    const struct dd_tap_name *name;
    struct dd_tap *tap;
    char *why;
    size_t why_bytes;
    int result;
};

static int fail(struct opening *o, int e, const char *what)
{
    if (e == EPERM || e == EACCES) {
        snprintf(
            o->why, o->why_bytes,
            "tap %s: %s: %s; making an interface needs CAP_NET_ADMIN (be root, or try `unshare -rn`)",
            o->name->name, what, strerror(e));
        return -EPERM;
    }
    snprintf(o->why, o->why_bytes, "tap %s: %s: %s", o->name->name, what, strerror(e));
    return -e;
}

static int enter(struct opening *o)
{
    const char *name = o->name->netns;
    char path[sizeof(NETNS_DIR) + sizeof(o->name->netns)];
    int fd, e = 0;

    snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : NETNS_DIR, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        e = errno;
        if (e == ENOENT) {
            snprintf(o->why, o->why_bytes,
                     "tap %s: there is no network namespace '%s'; make it with: ip netns add %s",
                     o->name->name, name, name);
            return -ENOENT;
        }
        return fail(o, e, path);
    }
    if (setns(fd, CLONE_NEWNET) < 0) {
        e = errno;
    }
    close(fd);
    if (e == EINVAL) {
        snprintf(o->why, o->why_bytes, "tap %s: %s is no network namespace", o->name->name, path);
        return -EINVAL;
    }
    return e ? fail(o, e, path) : 0;
}

static int open_tun(struct opening *o)
{
    struct ifreq r = {.ifr_flags = IFF_TAP | IFF_NO_PI | (short)IFF_TUN_EXCL};
    struct dd_tap *t = o->tap;
    int off = 0;

    t->fd = open(TUN_DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (t->fd < 0 && (errno == ENOENT || errno == ENXIO || errno == ENODEV)) {
        snprintf(o->why, o->why_bytes, "tap %s: there is no %s here; load it with: modprobe tun",
                 o->name->name, TUN_DEVICE);
        return -ENOENT;
    }
    if (t->fd < 0) {
        return fail(o, errno, TUN_DEVICE);
    }
    memcpy(r.ifr_name, o->name->name, sizeof(r.ifr_name));
    if (ioctl(t->fd, TUNSETIFF, &r) < 0) {
        if (errno == EBUSY || errno == EEXIST || (errno == EINVAL && if_nametoindex(r.ifr_name))) {
            snprintf(
                o->why, o->why_bytes,
                "tap %s: an interface of this name is there already; take another name, or: ip link del %s",
                r.ifr_name, r.ifr_name);
            return -EBUSY;
        }
        return fail(o, errno, "cannot be made");
    }
    memcpy(t->name, r.ifr_name, sizeof(t->name));
    return ioctl(t->fd, TUNSETCARRIER, &off) < 0 ? fail(o, errno, "no carrier control") : 0;
}

static int open_events(struct opening *o)
{
    const struct sockaddr_nl where = {.nl_family = AF_NETLINK,
                                      .nl_groups =
                                          RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
    struct dd_tap *t = o->tap;

    t->events = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (t->events < 0 || bind(t->events, (const struct sockaddr *)&where, sizeof(where)) < 0) {
        return fail(o, errno, "netlink");
    }
    t->groups = open("/proc/thread-self/net/dev_mcast", O_RDONLY | O_CLOEXEC);
    return t->groups < 0 ? fail(o, errno, "/proc/thread-self/net/dev_mcast") : 0;
}

static void open_here(void *arg)
{
    struct opening *o = arg;

    o->result = o->name->netns[0] ? enter(o) : 0;
    if (o->result == 0) {
        o->result = open_tun(o);
    }
    if (o->result == 0) {
        o->result = open_events(o);
    }
}

int dd_tap_open(const struct dd_tap_name *name, struct dd_tap **ret_tap, char *why,
                size_t why_bytes)
{
    struct opening o = {.name = name, .why = why, .why_bytes = why_bytes};
    struct dd_thread *thread;

    o.tap = calloc(1, sizeof(*o.tap));
    if (!o.tap) {
        snprintf(why, why_bytes, "tap %s: not enough memory", name->name);
        return -ENOMEM;
    }
    o.tap->fd = o.tap->events = o.tap->groups = -1;
    if (!name->netns[0]) {
        open_here(&o);
    } else if (dd_thread_start("tap-open", open_here, &o, &thread) == 0) {
        dd_thread_join(thread);
    } else {
        o.result = fail(&o, EAGAIN, "no thread");
    }
    if (o.result < 0) {
        dd_tap_close(o.tap);
        return o.result;
    }
    *ret_tap = o.tap;
    return 0;
}

static void close_fd(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

void dd_tap_close(struct dd_tap *t)
{
    if (t) {
        close_fd(t->groups);
        close_fd(t->events);
        close_fd(t->fd);
        free(t);
    }
}

/* --- frames --- */

int dd_tap_fd(const struct dd_tap *t)
{
    return t->fd;
}

int dd_tap_read(struct dd_tap *t, void *frame, size_t size_bytes)
{
    ssize_t n;

    do {
        n = read(t->fd, frame, size_bytes);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return errno == EAGAIN ? 0 : -errno;
    }
    return n == 0 ? -EIO : (int)n;
}

int dd_tap_write(struct dd_tap *t, const struct iovec *pieces, int count)
{
    ssize_t n;

    do {
        n = writev(t->fd, pieces, count);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

/* --- the interface --- */

/* the name it has now */
static int name_now(struct dd_tap *t, struct ifreq *r)
{
    memset(r, 0, sizeof(*r));
    return ioctl(t->fd, TUNGETIFF, r) < 0 ? -errno : 0;
}

static int ask(struct dd_tap *t, unsigned long request, struct ifreq *r)
{
    return ioctl(t->events, request, r) < 0 ? -errno : 0;
}

int dd_tap_set_mac(struct dd_tap *t, const uint8_t mac[6])
{
    struct ifreq r;
    int e = name_now(t, &r);

    if (e == 0) {
        r.ifr_hwaddr.sa_family = ARPHRD_ETHER;
        memcpy(r.ifr_hwaddr.sa_data, mac, 6);
        e = ask(t, SIOCSIFHWADDR, &r);
    }
    return e;
}

int dd_tap_set_mtu(struct dd_tap *t, uint32_t mtu)
{
    struct ifreq r;
    int e = name_now(t, &r);

    if (e == 0) {
        r.ifr_mtu = (int)mtu;
        e = ask(t, SIOCSIFMTU, &r);
    }
    return e;
}

int dd_tap_set_carrier(struct dd_tap *t, bool on)
{
    int value = on;

    return ioctl(t->fd, TUNSETCARRIER, &value) < 0 ? -errno : 0;
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

static bool parse_mac(const char *hex, uint8_t *out)
{
    if (strlen(hex) != 12) {
        return false;
    }
    for (int i = 0; i < 6; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);

        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* lines of: index name users global address */
static void read_groups(struct dd_tap *t, const char *name, struct dd_tap_state *s)
{
    char *text = malloc(MCAST_BYTES), *line, *save = NULL;
    size_t have = 0;
    ssize_t n;

    while (text && have + 1 < MCAST_BYTES &&
           (n = pread(t->groups, text + have, MCAST_BYTES - 1 - have, (off_t)have)) > 0) {
        have += (size_t)n;
    }
    if (text) {
        text[have] = '\0';
    }
    for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
         line = strtok_r(NULL, "\n", &save)) {
        char who[64], address[64];
        uint8_t group[6];

        if (sscanf(line, "%*d %63s %*d %*d %63s", who, address) == 2 && strcmp(who, name) == 0 &&
            parse_mac(address, group)) {
            if (s->group_count < DD_TAP_GROUPS) {
                memcpy(s->groups[s->group_count], group, 6);
            }
            s->group_count++;
        }
    }
    free(text);
}

int dd_tap_get_state(struct dd_tap *t, struct dd_tap_state *ret_state)
{
    struct dd_tap_state s;
    struct ifreq r;
    int e = name_now(t, &r);

    memset(&s, 0, sizeof(s));
    if (e == 0) {
        e = ask(t, SIOCGIFMTU, &r);
        s.mtu = (uint32_t)r.ifr_mtu;
    }
    if (e == 0) {
        e = ask(t, SIOCGIFHWADDR, &r);
        memcpy(s.mac, r.ifr_hwaddr.sa_data, 6);
    }
    if (e == 0) {
        e = ask(t, SIOCGIFFLAGS, &r);
    }
    if (e < 0) {
        return e;
    }
    s.up = (r.ifr_flags & IFF_UP) != 0;
    s.promiscuous = (r.ifr_flags & IFF_PROMISC) != 0;
    s.all_multicast = (r.ifr_flags & IFF_ALLMULTI) != 0;
    read_groups(t, r.ifr_name, &s);
    *ret_state = s;
    return 0;
}

bool dd_tap_touched(struct dd_tap *t)
{
    bool touched = false;
    char message[4096];
    ssize_t n;

    do {
        n = recv(t->events, message, sizeof(message), MSG_DONTWAIT | MSG_TRUNC);
        touched |= n > 0 || (n < 0 && errno == ENOBUFS); /* ENOBUFS: more than it kept */
    } while (n > 0 || (n < 0 && (errno == ENOBUFS || errno == EINTR)));
    return touched;
}
