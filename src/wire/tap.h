/* SPDX-License-Identifier: MIT */
/*
 * A tap: a network interface of the Linux kernel whose cable is in our hand. What the kernel sends
 * is read here, what is written here the kernel receives. The interface is made by dd_tap_open()
 * and goes away with dd_tap_close(), or with the process.
 *
 *   kernel, namespace NETNS:  [ interface NAME ]  <-- frames, without FCS -->  dd_tap_read/write
 */
#ifndef DD_WIRE_TAP_H
#define DD_WIRE_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define DD_TAP_GROUPS 256u

struct dd_tap_name {
    char netns[256]; /* name of `ip netns`, or a path; empty: the namespace of this process */
    char name[16];
};

/* how the kernel has set the interface up */
struct dd_tap_state {
    bool up, promiscuous, all_multicast;
    uint32_t mtu;
    uint8_t mac[6];
    unsigned group_count; /* multicast addresses joined; above DD_TAP_GROUPS: only so many below */
    uint8_t groups[DD_TAP_GROUPS][6];
};

struct dd_tap;

/**
 * dd_tap_parse - "NAME" or "NETNS:NAME"
 * @why: on failure one line
 *
 * Return: 0; -EINVAL, no name of an interface (1 to 15 bytes, no '/', ':' or space), or a namespace
 * of no name.
 */
int dd_tap_parse(const char *text, struct dd_tap_name *ret_name, char *why, size_t why_bytes);

/**
 * dd_tap_open - make the interface, down and without carrier
 * @why: on failure one line: what, and what to do
 *
 * Another namespace is entered by a thread that ends before this returns; the caller stays in its
 * own.
 *
 * Return: 0; -EPERM, no CAP_NET_ADMIN (or CAP_SYS_ADMIN for another namespace); -ENOENT, no such
 * namespace, or no tun device; -EBUSY, the name is taken; others as the kernel says.
 */
int dd_tap_open(const struct dd_tap_name *name, struct dd_tap **ret_tap, char *why,
                size_t why_bytes);
void dd_tap_close(struct dd_tap *t);

/* dd_tap_fd - for poll(): readable when the kernel has sent a frame. It does not block */
int dd_tap_fd(const struct dd_tap *t);
/* dd_tap_read - one frame. Bytes; 0: none now; -EIO and others: the interface is broken. A frame
 * longer than @size_bytes is cut */
int dd_tap_read(struct dd_tap *t, void *frame, size_t size_bytes);
/* dd_tap_write - one frame in pieces; any thread. 0; -EIO: the interface is down; others: the
 * kernel did not take it */
int dd_tap_write(struct dd_tap *t, const struct iovec *pieces, int count);

/* --- the interface; 0 or -Exxx --- */
int dd_tap_set_mac(struct dd_tap *t, const uint8_t mac[6]);
int dd_tap_set_mtu(struct dd_tap *t, uint32_t mtu);
/* dd_tap_set_carrier - the cable is in, or out */
int dd_tap_set_carrier(struct dd_tap *t, bool on);
int dd_tap_get_state(struct dd_tap *t, struct dd_tap_state *ret_state);
/* dd_tap_touched - something about an interface of the namespace was changed since the last call.
 * Joined groups alone do not count: the kernel does not tell */
bool dd_tap_touched(struct dd_tap *t);

#endif
