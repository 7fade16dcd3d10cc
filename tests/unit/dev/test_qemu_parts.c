/* SPDX-License-Identifier: MIT */
/* What a QEMU machine is made of, without QEMU: the model list, child processes, the packet socket.
 */
#include "base/check.h"
#include "base/clock.h"
#include "base/thread.h"
#include "dev/qemu/probe.h"
#include "dev/qemu/process.h"
#include "dev/qemu/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define SHELL(command)                                                                             \
    {                                                                                              \
        (char *)"/bin/sh", (char *)"-c", (char *)(command), NULL                                   \
    }

/* --- models --- */

static void the_list_of_models_is_read(void **state)
{
    static const char text[] =
        "Storage devices:\nname \"nvme\", bus PCI\n\nNetwork devices:\n"
        "name \"e1000\", bus PCI, alias \"e1000-82540em\", desc \"Intel Gigabit Ethernet\"\n"
        "name \"ne2k_isa\", bus ISA\n"
        "name \"rocker\", bus PCI, desc \"Rocker Switch\"\n"
        "name \"rtl8139\", bus PCI\n"
        "name \"usb-net\", bus usb-bus\n"
        "what is this\n"
        "name \"vmxnet3\", bus PCI, desc \"VMWare Paravirtualized Ethernet v3\"\n"
        "\nInput devices:\nname \"ne2k_pci\", bus PCI\n";
    struct dd_qemu_model m[8];

    (void)state;
    assert_int_equal(dd_qemu_parse_models(text, m, 8), 3);
    assert_string_equal(m[0].name, "e1000");
    assert_string_equal(m[0].alias, "e1000-82540em");
    assert_string_equal(m[0].what, "Intel Gigabit Ethernet");
    assert_string_equal(m[1].name, "rtl8139");
    assert_string_equal(m[1].alias, "");
    assert_string_equal(m[2].name, "vmxnet3");
    assert_int_equal(dd_qemu_parse_models(text, m, 2), 2);
    assert_int_equal(dd_qemu_parse_models("", m, 8), 0);
    assert_int_equal(dd_qemu_parse_models("Network devices:", m, 8), 0);
    assert_int_equal(dd_qemu_parse_models("Network devices:\nname \"x", m, 8), 0);
}

static void long_names_are_cut(void **state)
{
    char text[600] = "Network devices:\nname \"";
    struct dd_qemu_model m[1];

    (void)state;
    memset(text + strlen(text), 'n', 100);
    strcat(text, "\", bus PCI\n");
    assert_int_equal(dd_qemu_parse_models(text, m, 1), 1);
    assert_int_equal(strlen(m[0].name), sizeof(m[0].name) - 1);
}

/* --- processes --- */

static void output_is_taken_and_a_bad_end_told(void **state)
{
    char *good[] = SHELL("echo one; echo two; echo three >&2"), *bad[] = SHELL("echo x; exit 3");
    char *missing[] = {(char *)"/nonexistent/qemu", NULL}, *slow[] = SHELL("exec sleep 100");
    char out[64];
    uint64_t start;

    (void)state;
    assert_int_equal(dd_process_output(good, out, sizeof(out), 5 * DD_NS_PER_S), 0);
    assert_string_equal(out, "one\ntwo\n");
    assert_int_equal(dd_process_output(good, out, 5, 5 * DD_NS_PER_S), 0);
    assert_string_equal(out, "one\n");
    assert_int_equal(dd_process_output(bad, out, sizeof(out), 5 * DD_NS_PER_S), -EIO);
    assert_int_equal(dd_process_output(missing, out, sizeof(out), 5 * DD_NS_PER_S), -EIO);
    start = dd_clock_ns();
    assert_int_equal(dd_process_output(slow, out, sizeof(out), DD_NS_PER_S / 20), -EIO);
    assert_true(dd_clock_ns() - start < 5 * DD_NS_PER_S);
}

static void its_end_and_last_words_are_described(void **state)
{
    char *argv[] = SHELL("echo first >&2; echo 'qemu: no \"foo\"' >&2; exit 4");
    struct dd_process p;
    char text[256];

    (void)state;
    assert_int_equal(dd_process_start(&p, argv, NULL, 0), 0);
    assert_true(dd_process_reap(&p, 5 * DD_NS_PER_S));
    assert_false(dd_process_input(&p));
    dd_process_describe(&p, text, sizeof(text));
    assert_string_equal(text, "ended with status 4: qemu: no \"foo\"");
    dd_process_end(&p);
    dd_process_end(&p);
}

static void one_that_is_killed_says_by_what(void **state)
{
    char *argv[] = SHELL("exec sleep 100");
    struct dd_process p;
    char text[256];

    (void)state;
    assert_int_equal(dd_process_start(&p, argv, NULL, 0), 0);
    assert_false(dd_process_reap(&p, DD_NS_PER_MS));
    dd_process_describe(&p, text, sizeof(text));
    assert_string_equal(text, "stopped answering");
    assert_int_equal(kill(p.pid, SIGKILL), 0);
    assert_true(dd_process_reap(&p, 5 * DD_NS_PER_S));
    dd_process_describe(&p, text, sizeof(text));
    assert_string_equal(text, "was killed by signal 9 (Killed)");
    dd_process_end(&p);
}

static void it_inherits_what_it_is_given_and_no_more(void **state)
{
    int given = open("/dev/null", O_RDONLY | O_CLOEXEC),
        other = open("/dev/null", O_RDONLY | O_CLOEXEC);
    char command[128];
    char *argv[] = SHELL(command);
    struct dd_process p;

    (void)state;
    snprintf(command, sizeof(command), "[ -e /proc/self/fd/%d ] && [ ! -e /proc/self/fd/%d ]",
             given, other);
    assert_int_equal(dd_process_start(&p, argv, (int[]){given, -1}, 2), 0);
    assert_true(dd_process_reap(&p, 5 * DD_NS_PER_S));
    assert_int_equal(p.status, 0);
    dd_process_end(&p);
    close(given);
    close(other);
}

static void start_and_return(void *arg)
{
    char *argv[] = SHELL("echo here >&2; exec sleep 100");
    struct dd_process *p = arg;
    struct pollfd said = {.events = POLLIN};

    assert_int_equal(dd_process_start(p, argv, NULL, 0), 0);
    said.fd = p->err_fd;
    assert_int_equal(poll(&said, 1, 5000), 1); /* it runs now, the thread may end */
}

/* the runner may end in any way: QEMU must not outlive it */
static void it_dies_with_the_thread_that_started_it(void **state)
{
    struct dd_process p;
    struct dd_thread *t;

    (void)state;
    assert_int_equal(dd_thread_start("starter", start_and_return, &p, &t), 0);
    dd_thread_join(t);
    assert_true(dd_process_reap(&p, 5 * DD_NS_PER_S));
    assert_int_equal(p.status, SIGKILL);
    dd_process_end(&p);
}

/* --- the packet socket --- */

struct far_end {
    int fd;
    struct dd_qwire *w;
    _Atomic(unsigned) frames, rooms, wrong;
};

static void on_frame(void *arg, const void *frame, size_t len_bytes)
{
    struct far_end *f = arg;
    unsigned n = atomic_fetch_add(&f->frames, 1);
    uint32_t number;

    memcpy(&number, frame, sizeof(number));
    atomic_fetch_add(&f->wrong, number != n || len_bytes != 60 + n % 1400);
}

static void on_room(void *arg)
{
    struct far_end *f = arg;

    atomic_fetch_add(&f->rooms, 1);
}

static void open_far(struct far_end *f)
{
    const struct dd_qwire_sink sink = {.arg = f, .frame = on_frame, .room = on_room};
    int ours;

    memset(f, 0, sizeof(*f));
    assert_int_equal(dd_qwire_pair(&ours, &f->fd), 0);
    assert_int_equal(dd_qwire_new(ours, &sink, &f->w), 0);
}

static void wait_for(_Atomic(unsigned) *count, unsigned least)
{
    uint64_t deadline = dd_clock_ns() + 5 * DD_NS_PER_S;

    while (atomic_load(count) < least && dd_clock_ns() < deadline) {
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS / 2);
    }
    assert_true(atomic_load(count) >= least);
}

static void frames_keep_their_bounds_and_order(void **state)
{
    struct far_end f;
    uint8_t frame[1500] = {0};

    (void)state;
    open_far(&f);
    for (uint32_t i = 0; i < 500; i++) {
        memcpy(frame, &i, sizeof(i));
        assert_int_equal(send(f.fd, frame, 60 + i % 1400, 0), (ssize_t)(60 + i % 1400));
    }
    wait_for(&f.frames, 500);
    assert_int_equal(send(f.fd, frame, 0, 0), 0); /* a frame of nothing is passed over */
    for (uint32_t i = 500; i < 510; i++) {
        memcpy(frame, &i, sizeof(i));
        assert_int_equal(send(f.fd, frame, 60 + i % 1400, 0), (ssize_t)(60 + i % 1400));
    }
    dd_qwire_free(f.w, true); /* what is on its way is given out */
    assert_int_equal(atomic_load(&f.frames), 510);
    assert_int_equal(atomic_load(&f.wrong), 0);
    close(f.fd);
}

static void a_full_socket_keeps_the_frame_outside_and_tells_room(void **state)
{
    struct far_end f;
    uint8_t frame[1500] = {0};
    uint32_t sent = 0, got = 0;
    int r;

    (void)state;
    open_far(&f);
    while ((r = dd_qwire_send(f.w, &frame, sizeof(frame))) == 0 && sent < 10000) {
        sent++;
        memcpy(frame, &sent, sizeof(sent));
    }
    assert_int_equal(r, -EAGAIN);
    assert_in_range(sent, 8, 200); /* some, but the card's far end is short */
    assert_true(dd_qwire_waiting(f.w) > 0);
    assert_int_equal(atomic_load(&f.rooms), 0);
    while (got < sent) {
        assert_int_equal(recv(f.fd, frame, sizeof(frame), 0), (ssize_t)sizeof(frame));
        assert_memory_equal(frame, &got, sizeof(got));
        got++;
    }
    wait_for(&f.rooms, 1);
    assert_true(dd_qwire_waiting(f.w) == 0);
    assert_int_equal(dd_qwire_send(f.w, frame, 60), 0);
    close(f.fd);
    dd_qwire_free(f.w, true);
}

static void a_far_end_that_closed_takes_nothing(void **state)
{
    struct far_end f;
    uint8_t frame[60] = {0};

    (void)state;
    open_far(&f);
    close(f.fd);
    assert_int_equal(dd_qwire_send(f.w, frame, sizeof(frame)), -ENODEV);
    assert_true(dd_qwire_waiting(f.w) == 0);
    dd_qwire_free(f.w, true);
    assert_int_equal(atomic_load(&f.frames), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_of_models_is_read),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(output_is_taken_and_a_bad_end_told),
        cmocka_unit_test(its_end_and_last_words_are_described),
        cmocka_unit_test(one_that_is_killed_says_by_what),
        cmocka_unit_test(it_inherits_what_it_is_given_and_no_more),
        cmocka_unit_test(it_dies_with_the_thread_that_started_it),
        cmocka_unit_test(frames_keep_their_bounds_and_order),
        cmocka_unit_test(a_full_socket_keeps_the_frame_outside_and_tells_room),
        cmocka_unit_test(a_far_end_that_closed_takes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
