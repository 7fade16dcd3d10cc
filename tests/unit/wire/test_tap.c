/* SPDX-License-Identifier: MIT */
/* Interfaces of the kernel, in a network namespace of this process alone. */
#include "base/check.h"
#include "base/clock.h"
#include "base/thread.h"
#include "wire/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_packet.h>

#include <cmocka.h>

#define EXPERIMENT 0x88b5 /* EtherType for local experiments */

static const char *no_tap; /* why not */

static int enter_namespace(void **state)
{
    struct dd_tap_name name;
    struct dd_tap *t;
    static char why[256];

    (void)state;
    if (unshare(CLONE_NEWNET) < 0) {
        snprintf(why, sizeof(why), "no network namespace can be made: %s", strerror(errno));
        no_tap = why;
    } else if (dd_tap_parse("ddtry", &name, why, sizeof(why)) < 0 ||
               dd_tap_open(&name, &t, why, sizeof(why)) < 0) {
        no_tap = why;
    } else {
        dd_tap_close(t);
    }
    return 0;
}

static void need_tap(void)
{
    if (no_tap) {
        printf("%s\n", no_tap);
        skip();
    }
}

static struct dd_tap *tap_new(const char *text)
{
    struct dd_tap_name name;
    struct dd_tap *t = NULL;
    char why[256] = "";

    assert_int_equal(dd_tap_parse(text, &name, why, sizeof(why)), 0);
    if (dd_tap_open(&name, &t, why, sizeof(why)) < 0) {
        fail_msg("%s", why);
    }
    return t;
}

static void set_flags(const char *name, short set, short clear)
{
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq r = {0};

    snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
    assert_int_equal(ioctl(s, SIOCGIFFLAGS, &r), 0);
    r.ifr_flags = (short)((r.ifr_flags | set) & ~clear);
    assert_int_equal(ioctl(s, SIOCSIFFLAGS, &r), 0);
    close(s);
}

/* a socket that sends and gets whole frames of our EtherType over @name */
static int packet_socket(const char *name)
{
    int s = socket(AF_PACKET, SOCK_RAW, htons(EXPERIMENT));
    struct sockaddr_ll where = {.sll_family = AF_PACKET,
                                .sll_protocol = htons(EXPERIMENT),
                                .sll_ifindex = (int)if_nametoindex(name)};

    assert_true(s >= 0);
    assert_int_equal(bind(s, (struct sockaddr *)&where, sizeof(where)), 0);
    return s;
}

static size_t frame_make(uint8_t *frame, uint8_t number)
{
    memset(frame, 0xff, 6);
    memset(frame + 6, 2, 6);
    frame[12] = EXPERIMENT >> 8;
    frame[13] = EXPERIMENT & 0xff;
    memset(frame + 14, number, 86);
    return 100;
}

static void test_names(void **state)
{
    static const char *const bad[] = {
        "", "a-name-of-sixteen", "a/b", "a b", ":tap0", "ns:", ".", "ns:..", "tap%d"};
    struct dd_tap_name n;
    char why[256];

    (void)state;
    assert_int_equal(dd_tap_parse("tap0", &n, why, sizeof(why)), 0);
    assert_string_equal(n.name, "tap0");
    assert_string_equal(n.netns, "");
    assert_int_equal(dd_tap_parse("lab:tap0", &n, why, sizeof(why)), 0);
    assert_string_equal(n.name, "tap0");
    assert_string_equal(n.netns, "lab");
    assert_int_equal(dd_tap_parse("/run/netns/a:b:name-of-15-byte", &n, why, sizeof(why)), 0);
    assert_string_equal(n.netns, "/run/netns/a:b");
    for (size_t i = 0; i < DD_ARRAY_LEN(bad); i++) {
        why[0] = '\0';
        assert_int_equal(dd_tap_parse(bad[i], &n, why, sizeof(why)), -EINVAL);
        assert_non_null(strstr(why, bad[i]));
    }
}

static int open_error(const char *text, char *why, size_t size)
{
    struct dd_tap_name name;
    struct dd_tap *t = NULL;
    int r;

    assert_int_equal(dd_tap_parse(text, &name, why, size), 0);
    r = dd_tap_open(&name, &t, why, size);
    assert_null(t);
    return r;
}

static void test_an_unknown_namespace_is_named(void **state)
{
    char why[256] = "";

    (void)state;
    assert_int_equal(open_error("dd-no-such-space:tap0", why, sizeof(why)), -ENOENT);
    assert_non_null(strstr(why, "dd-no-such-space"));
}

static void test_a_file_is_no_namespace(void **state)
{
    char why[256] = "";

    (void)state;
    need_tap();
    assert_int_equal(open_error("/proc/self/exe:tap0", why, sizeof(why)), -EINVAL);
    assert_non_null(strstr(why, "is no network namespace"));
}

static void test_a_name_that_is_taken(void **state)
{
    struct dd_tap *t;
    char why[256] = "";

    (void)state;
    need_tap();
    t = tap_new("ddt0");
    assert_int_equal(open_error("ddt0", why, sizeof(why)), -EBUSY);
    assert_non_null(strstr(why, "is there already"));
    assert_int_equal(open_error("lo", why, sizeof(why)), -EBUSY);
    dd_tap_close(t);
    t = tap_new("ddt0"); /* it went away with its owner */
    dd_tap_close(t);
}

static void test_the_kernel_sees_what_is_set(void **state)
{
    static const uint8_t mac[6] = {2, 0x11, 0x22, 0x33, 0x44, 0x55};
    static const uint8_t group[6] = {1, 0, 0x5e, 1, 2, 3};
    struct dd_tap_state s;
    struct dd_tap *t;
    struct ifreq r = {0};
    bool joined = false;
    int sock;

    (void)state;
    need_tap();
    t = tap_new("ddt0");
    assert_int_equal(dd_tap_get_state(t, &s), 0);
    assert_false(s.up || s.promiscuous || s.all_multicast);
    assert_int_equal(s.mtu, 1500);
    assert_int_equal(dd_tap_set_mac(t, mac), 0);
    assert_int_equal(dd_tap_set_mtu(t, 1400), 0);
    set_flags("ddt0", IFF_UP | IFF_PROMISC | IFF_ALLMULTI, 0);
    sock = socket(AF_INET, SOCK_DGRAM, 0);
    snprintf(r.ifr_name, sizeof(r.ifr_name), "ddt0");
    memcpy(r.ifr_hwaddr.sa_data, group, 6);
    assert_int_equal(ioctl(sock, SIOCADDMULTI, &r), 0);
    close(sock);
    assert_int_equal(dd_tap_get_state(t, &s), 0);
    assert_true(s.up && s.promiscuous && s.all_multicast);
    assert_int_equal(s.mtu, 1400);
    assert_memory_equal(s.mac, mac, 6);
    for (unsigned i = 0; i < s.group_count; i++) {
        joined |= memcmp(s.groups[i], group, 6) == 0;
    }
    assert_true(joined);
    assert_true(dd_tap_touched(t));
    assert_false(dd_tap_touched(t));
    dd_tap_close(t);
}

static short flags_of(const char *name)
{
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq r = {0};

    snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
    assert_int_equal(ioctl(s, SIOCGIFFLAGS, &r), 0);
    close(s);
    return r.ifr_flags;
}

static void wait_for_running(const char *name, bool running)
{
    uint64_t deadline = dd_clock_ns() + 5 * DD_NS_PER_S;

    while (((flags_of(name) & IFF_RUNNING) != 0) != running && dd_clock_ns() < deadline) {
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS);
    }
    assert_int_equal((flags_of(name) & IFF_RUNNING) != 0, running);
}

static void test_carrier_is_the_cable(void **state)
{
    struct dd_tap *t;

    (void)state;
    need_tap();
    t = tap_new("ddt0");
    set_flags("ddt0", IFF_UP, 0);
    wait_for_running("ddt0", false);
    assert_int_equal(dd_tap_set_carrier(t, true), 0);
    wait_for_running("ddt0", true);
    assert_int_equal(dd_tap_set_carrier(t, false), 0);
    wait_for_running("ddt0", false);
    dd_tap_close(t);
}

static void test_an_interface_that_is_down_takes_nothing(void **state)
{
    uint8_t frame[100];
    const struct iovec piece = {.iov_base = frame, .iov_len = frame_make(frame, 1)};
    struct dd_tap *t;

    (void)state;
    need_tap();
    t = tap_new("ddt0");
    assert_int_equal(dd_tap_write(t, &piece, 1), -EIO);
    assert_int_equal(dd_tap_read(t, frame, sizeof(frame)), 0);
    dd_tap_close(t);
}

/* --- a wire to the kernel --- */

struct device {
    struct dd_wire *wire;
    _Atomic(unsigned) calls, taken, sum;
};

/* says "no room" every third time, and tells a moment later that there is some */
static int deliver(void *arg, const void *frame, size_t len)
{
    struct device *d = arg;
    const uint8_t *f = frame;

    if (atomic_fetch_add(&d->calls, 1) % 3 == 2) {
        return -EAGAIN;
    }
    if (f[12] == EXPERIMENT >> 8 && f[13] == (EXPERIMENT & 0xff) && len == 100) {
        atomic_fetch_add(&d->sum, f[14]);
        atomic_fetch_add(&d->taken, 1);
    }
    return 0;
}

static void wait_for_taken(struct device *d, unsigned count)
{
    uint64_t deadline = dd_clock_ns() + 10 * DD_NS_PER_S;

    while (atomic_load(&d->taken) < count && dd_clock_ns() < deadline) {
        dd_wire_ready(d->wire);
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS);
    }
    assert_true(atomic_load(&d->taken) >= count);
}

static struct dd_tap *wire_to_kernel(struct device *d)
{
    struct dd_wire_config config = {.kind = DD_WIRE_TAP, .deliver = deliver, .arg = d, .seed = 1};

    config.tap = tap_new("ddw0");
    assert_int_equal(dd_wire_new(&config, &d->wire), 0);
    dd_wire_set_cable(d->wire, true);
    set_flags("ddw0", IFF_UP, 0);
    wait_for_running("ddw0", true);
    return config.tap;
}

static void test_frames_of_the_kernel_reach_the_device_and_wait_for_room(void **state)
{
    struct device d = {0};
    struct dd_wire_stats stats;
    struct dd_tap *t;
    uint8_t frame[100];
    unsigned sum = 0;
    int s;

    (void)state;
    need_tap();
    t = wire_to_kernel(&d);
    s = packet_socket("ddw0");
    dd_wire_start(d.wire);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(send(s, frame, frame_make(frame, (uint8_t)i), 0), 100);
        sum += i;
    }
    wait_for_taken(&d, 100);
    assert_int_equal(atomic_load(&d.taken), 100);
    assert_int_equal(atomic_load(&d.sum), sum);
    dd_wire_fault(d.wire, false, DD_FAULT_DROP, 3);
    dd_wire_fault(d.wire, false, DD_FAULT_DELAY, 20 * DD_NS_PER_MS);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(send(s, frame, frame_make(frame, 0), 0), 100);
    }
    wait_for_taken(&d, 107); /* a drop may have hit a frame of the kernel's own */
    assert_true(atomic_load(&d.taken) <= 110);
    dd_wire_get_stats(d.wire, &stats);
    assert_int_equal(stats.faults[DD_FAULT_DROP], 3);
    assert_true(stats.faults[DD_FAULT_DELAY] >= 7);
    close(s);
    dd_wire_free(d.wire);
    dd_tap_close(t);
}

static void expect_frame(int s, uint8_t number)
{
    struct pollfd p = {.fd = s, .events = POLLIN};
    uint8_t frame[200];

    assert_int_equal(poll(&p, 1, 5000), 1);
    assert_int_equal(recv(s, frame, sizeof(frame), 0), 100);
    assert_int_equal(frame[14], number);
}

static void test_frames_of_the_device_reach_the_kernel(void **state)
{
    struct device d = {0};
    struct dd_wire_stats stats;
    struct dd_tap *t;
    uint8_t frame[100];
    int s;

    (void)state;
    need_tap();
    t = wire_to_kernel(&d);
    s = packet_socket("ddw0");
    dd_wire_start(d.wire);
    dd_wire_transmit(d.wire, frame, frame_make(frame, 7));
    expect_frame(s, 7);
    dd_wire_fault(d.wire, true, DD_FAULT_DUPLICATE, 1);
    dd_wire_fault(d.wire, true, DD_FAULT_REORDER, 1);
    dd_wire_fault(d.wire, true, DD_FAULT_DELAY, 30 * DD_NS_PER_MS);
    for (uint8_t i = 1; i <= 3; i++) {
        dd_wire_transmit(d.wire, frame, frame_make(frame, i));
    }
    dd_wire_get_stats(d.wire, &stats);
    assert_int_equal(stats.waiting, 4);
    expect_frame(s, 1);
    expect_frame(s, 1);
    expect_frame(s, 3);
    expect_frame(s, 2);
    set_flags("ddw0", 0, IFF_UP);
    dd_wire_fault(d.wire, true, DD_FAULT_DELAY, 0);
    dd_wire_transmit(d.wire, frame, frame_make(frame, 9));
    dd_wire_get_stats(d.wire, &stats);
    assert_int_equal(stats.frames_from_device, 5);
    assert_int_equal(stats.frames_refused, 1);
    assert_int_equal(stats.faults[DD_FAULT_DUPLICATE], 1);
    assert_int_equal(stats.faults[DD_FAULT_REORDER], 1);
    assert_int_equal(stats.faults[DD_FAULT_DELAY], 3);
    assert_true(stats.source_done);
    close(s);
    dd_wire_free(d.wire);
    dd_tap_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_an_unknown_namespace_is_named),
        cmocka_unit_test(test_a_file_is_no_namespace),
        cmocka_unit_test(test_a_name_that_is_taken),
        cmocka_unit_test(test_the_kernel_sees_what_is_set),
        cmocka_unit_test(test_carrier_is_the_cable),
        cmocka_unit_test(test_an_interface_that_is_down_takes_nothing),
        cmocka_unit_test(test_frames_of_the_kernel_reach_the_device_and_wait_for_room),
        cmocka_unit_test(test_frames_of_the_device_reach_the_kernel),
    };

    return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
