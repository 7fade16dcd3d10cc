/* SPDX-License-Identifier: MIT */
/*
 * The qtest stream against a peer that the test plays: what is asked for comes back to who asked,
 * and whatever else comes is a clean end.
 */
#include "base/check.h"
#include "base/clock.h"
#include "base/thread.h"
#include "dev/qemu/qtest.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct rig {
    int ours, peer;
    struct dd_qtest *t;
    struct dd_thread *service;
    atomic_bool stop;
    struct dd_mutex lock; /* guards what the sink heard */
    unsigned lines, line_number[64], deaths;
    bool line_level[64];
    char why[256];
};

static void on_line(void *arg, unsigned number, bool level)
{
    struct rig *r = arg;

    dd_mutex_lock(&r->lock);
    if (r->lines < 64) {
        r->line_number[r->lines] = number;
        r->line_level[r->lines] = level;
    }
    r->lines++;
    dd_mutex_unlock(&r->lock);
}

static void on_dead(void *arg, const char *why)
{
    struct rig *r = arg;

    dd_mutex_lock(&r->lock);
    r->deaths++;
    snprintf(r->why, sizeof(r->why), "%s", why);
    dd_mutex_unlock(&r->lock);
}

static void service_main(void *arg)
{
    struct rig *r = arg;

    while (!atomic_load(&r->stop)) {
        struct pollfd p = {.fd = r->ours, .events = POLLIN};

        if (poll(&p, 1, 5) > 0) {
            dd_qtest_input(r->t);
            if (dd_qtest_dead(r->t)) {
                return;
            }
        }
    }
}

static int open_rig(void **state)
{
    struct rig *r = calloc(1, sizeof(*r));
    struct dd_qtest_sink sink = {.arg = r, .line = on_line, .dead = on_dead};
    int fds[2];

    if (!r || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0) {
        return -1;
    }
    r->ours = fds[0];
    r->peer = fds[1];
    dd_mutex_init(&r->lock);
    *state = r;
    return dd_qtest_new(r->ours, &sink, &r->t) < 0 ||
           dd_thread_start("service", service_main, r, &r->service) < 0;
}

static int close_rig(void **state)
{
    struct rig *r = *state;

    atomic_store(&r->stop, true);
    dd_thread_join(r->service);
    dd_qtest_free(r->t);
    close(r->ours);
    close(r->peer);
    dd_mutex_done(&r->lock);
    free(r);
    return 0;
}

/* --- the peer --- */

static void say(struct rig *r, const char *text)
{
    assert_int_equal(send(r->peer, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void hear(struct rig *r, const char *text)
{
    char got[256] = "";
    size_t want = strlen(text);

    assert_int_equal(recv(r->peer, got, want, MSG_WAITALL), (ssize_t)want);
    assert_string_equal(got, text);
}

/* a read on a thread of its own, so that the test can be the peer */
struct reader {
    struct rig *r;
    uint64_t at, value;
    unsigned width;
    enum dd_qtest_space space;
    struct dd_thread *thread;
};

static void reader_main(void *arg)
{
    struct reader *x = arg;

    x->value = dd_qtest_read(x->r->t, x->space, x->at, x->width);
}

static void start_read(struct reader *x, struct rig *r, uint64_t at, unsigned width)
{
    *x = (struct reader){.r = r, .at = at, .width = width};
    assert_int_equal(dd_thread_start("reader", reader_main, x, &x->thread), 0);
}

static uint64_t finish_read(struct reader *x)
{
    dd_thread_join(x->thread);
    return x->value;
}

static void wait_for_death(struct rig *r)
{
    uint64_t deadline = dd_clock_ns() + 5 * DD_NS_PER_S;

    while (!dd_qtest_dead(r->t) && dd_clock_ns() < deadline) {
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS);
    }
    assert_true(dd_qtest_dead(r->t));
}

static void expect_death(struct rig *r, const char *part)
{
    uint64_t deadline = dd_clock_ns() + 5 * DD_NS_PER_S;
    unsigned deaths = 0;

    wait_for_death(r);
    while (deaths == 0 && dd_clock_ns() < deadline) {
        dd_mutex_lock(&r->lock);
        deaths = r->deaths;
        dd_mutex_unlock(&r->lock);
    }
    dd_mutex_lock(&r->lock);
    assert_int_equal(r->deaths, 1);
    if (!strstr(r->why, part)) {
        fail_msg("'%s' does not say '%s'", r->why, part);
    }
    dd_mutex_unlock(&r->lock);
    assert_true(dd_qtest_read(r->t, DD_QTEST_MEMORY, 0, 4) == 0xffffffff);
    assert_true(dd_qtest_read(r->t, DD_QTEST_MEMORY, 0, 8) == UINT64_MAX);
    dd_qtest_write(r->t, DD_QTEST_MEMORY, 0, 4, 1);
    dd_qtest_flush(r->t);
    assert_int_equal(dd_qtest_intercept(r->t, "ioapic"), -EIO);
}

/* --- lines --- */

static void lines_are_parsed_strictly(void **state)
{
    static const struct {
        const char *text;
        enum dd_qtest_kind kind;
        bool has_value, level;
        uint64_t value;
    } good[] = {
        {"OK", DD_QTEST_OK, false, false, 0},
        {"OK 0x0000000012345678", DD_QTEST_OK, true, false, 0x12345678},
        {"OK 0xffffffffffffffff", DD_QTEST_OK, true, false, UINT64_MAX},
        {"FAIL", DD_QTEST_FAIL, false, false, 0},
        {"FAIL Unknown command 'x'", DD_QTEST_FAIL, false, false, 0},
        {"IRQ raise 23", DD_QTEST_IRQ, false, true, 23},
        {"IRQ lower 0", DD_QTEST_IRQ, false, false, 0},
    };
    static const char *const bad[] = {"",
                                      "ok",
                                      "OK ",
                                      "OK 0x",
                                      "OK 12 13",
                                      "OK -1",
                                      "OK x",
                                      "OKAY",
                                      "FAILED",
                                      "IRQ",
                                      "IRQ raise",
                                      "IRQ raise x",
                                      "IRQ lift 1",
                                      "IRQ raise 1000000",
                                      "IRQ raise -1",
                                      "OK 0x1ffffffffffffffff",
                                      " OK",
                                      "IRQ raise 1 ",
                                      "\x1b[31mOK"};

    (void)state;
    for (unsigned i = 0; i < DD_ARRAY_LEN(good); i++) {
        struct dd_qtest_line line;

        assert_int_equal(dd_qtest_parse(good[i].text, &line), 0);
        assert_int_equal(line.kind, good[i].kind);
        assert_int_equal(line.has_value, good[i].has_value);
        assert_int_equal(line.level, good[i].level);
        assert_true(line.value == good[i].value);
    }
    for (unsigned i = 0; i < DD_ARRAY_LEN(bad); i++) {
        struct dd_qtest_line line = {.value = 77};

        if (dd_qtest_parse(bad[i], &line) != -EPROTO) {
            fail_msg("'%s' was taken", bad[i]);
        }
        assert_int_equal(line.value, 77);
    }
}

/* --- the stream --- */

static void commands_are_formatted_by_width_and_space(void **state)
{
    struct rig *r = *state;
    struct reader x;

    dd_qtest_write(r->t, DD_QTEST_MEMORY, 0xe0000000, 1, 0x1ff);
    dd_qtest_write(r->t, DD_QTEST_MEMORY, 0xe0000002, 2, 0x12345);
    dd_qtest_write(r->t, DD_QTEST_MEMORY, 0x7000000000, 8, UINT64_MAX);
    dd_qtest_write(r->t, DD_QTEST_PORT, 0xcf8, 4, 0x80000000);
    hear(r, "writeb 0xe0000000 0xff\nwritew 0xe0000002 0x2345\n"
            "writeq 0x7000000000 0xffffffffffffffff\noutl 0xcf8 0x80000000\n");
    say(r, "OK\nOK\nOK\nOK\n");
    start_read(&x, r, 0xe0000008, 4);
    hear(r, "readl 0xe0000008\n");
    say(r, "OK 0x0000000080080283\n");
    assert_true(finish_read(&x) == 0x80080283);
}

static void a_write_does_not_wait_for_its_reply(void **state)
{
    struct rig *r = *state;
    struct reader x;

    for (unsigned i = 0; i < 3; i++) {
        dd_qtest_write(r->t, DD_QTEST_MEMORY, i, 4, i); /* nobody has answered any */
    }
    start_read(&x, r, 4, 4);
    hear(r, "writel 0x0 0x0\nwritel 0x1 0x1\nwritel 0x2 0x2\nreadl 0x4\n");
    say(r, "OK\nOK\nOK\nOK 0x5\n");
    assert_true(finish_read(&x) == 5);
    assert_int_equal(dd_qtest_commands(r->t), 4);
}

static void replies_may_come_in_pieces(void **state)
{
    static const char text[] = "IRQ raise 23\nOK\nIRQ lower 23\nOK 0x00000000deadbeef\n";
    struct rig *r = *state;
    struct reader x;

    dd_qtest_write(r->t, DD_QTEST_MEMORY, 0, 4, 0);
    start_read(&x, r, 4, 4);
    hear(r, "writel 0x0 0x0\nreadl 0x4\n");
    for (size_t i = 0; text[i]; i++) {
        char one[2] = {text[i]};

        say(r, one);
        if (i % 5 == 0) {
            dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS / 2);
        }
    }
    assert_true(finish_read(&x) == 0xdeadbeef);
    assert_int_equal(r->lines, 2);
}

static void interrupts_are_heard_before_the_reply_behind_them(void **state)
{
    struct rig *r = *state;
    struct reader x;

    start_read(&x, r, 0xc0, 4);
    hear(r, "readl 0xc0\n");
    say(r, "IRQ raise 21\nIRQ lower 21\nIRQ raise 0\nOK 0x7\n");
    assert_true(finish_read(&x) == 7);
    dd_mutex_lock(&r->lock);
    assert_int_equal(r->lines, 3);
    assert_int_equal(r->line_number[0], 21);
    assert_true(r->line_level[0]);
    assert_false(r->line_level[1]);
    assert_int_equal(r->line_number[2], 0);
    dd_mutex_unlock(&r->lock);
}

static void a_refused_read_gives_ones_and_the_stream_lives(void **state)
{
    struct rig *r = *state;
    struct reader x;

    start_read(&x, r, 0, 2);
    hear(r, "readw 0x0\n");
    say(r, "FAIL no such thing\n");
    assert_true(finish_read(&x) == 0xffff);
    assert_false(dd_qtest_dead(r->t));
    start_read(&x, r, 0, 1);
    hear(r, "readb 0x0\n");
    say(r, "OK 0xabc\n");
    assert_true(finish_read(&x) == 0xbc);
}

static void flush_main(void *arg)
{
    struct reader *x = arg;

    dd_qtest_flush(x->r->t);
    x->value = dd_clock_ns();
}

static void flush_waits_for_every_write(void **state)
{
    struct rig *r = *state;
    struct reader x = {.r = r};
    uint64_t answered;

    dd_qtest_flush(r->t); /* nothing is under way */
    dd_qtest_write(r->t, DD_QTEST_MEMORY, 0, 4, 0);
    dd_qtest_write(r->t, DD_QTEST_MEMORY, 4, 4, 0);
    assert_int_equal(dd_thread_start("flusher", flush_main, &x, &x.thread), 0);
    say(r, "OK\n");
    dd_thread_sleep_until(dd_clock_ns() + 5 * DD_NS_PER_MS);
    answered = dd_clock_ns();
    say(r, "OK\n");
    assert_true(finish_read(&x) >= answered);
}

/* --- ends --- */

static void the_end_of_the_stream_is_death(void **state)
{
    struct rig *r = *state;
    struct reader x;

    start_read(&x, r, 0, 4);
    hear(r, "readl 0x0\n");
    shutdown(r->peer, SHUT_RDWR);
    assert_true(finish_read(&x) == 0xffffffff);
    expect_death(r, "closed the connection");
}

static void garbage_is_death_and_is_shown_safely(void **state)
{
    struct rig *r = *state;

    dd_qtest_write(r->t, DD_QTEST_MEMORY, 0, 4, 0);
    say(r, "OK\nsegfault \x1b[31m\n");
    expect_death(r, "QEMU sent 'segfault ?[31m', which is no answer");
}

static void a_line_without_end_is_death(void **state)
{
    struct rig *r = *state;

    for (unsigned i = 0; i < 30; i++) {
        say(r, "OK 0x0000000000");
    }
    expect_death(r, "no answer");
}

static void a_reply_nobody_asked_for_is_death(void **state)
{
    struct rig *r = *state;

    say(r, "OK\n");
    expect_death(r, "'OK'");
}

static void zero_bytes_in_a_line_are_death(void **state)
{
    struct rig *r = *state;

    dd_qtest_write(r->t, DD_QTEST_MEMORY, 0, 4, 0);
    assert_int_equal(send(r->peer, "OK\0 0x1\n", 8, 0), 8);
    expect_death(r, "no answer");
}

static void death_from_outside_frees_who_waits(void **state)
{
    struct rig *r = *state;
    struct reader x[4];

    for (unsigned i = 0; i < 4; i++) {
        start_read(&x[i], r, 4 * i, 4);
    }
    dd_thread_sleep_until(dd_clock_ns() + 2 * DD_NS_PER_MS);
    dd_qtest_die(r->t, "killed");
    dd_qtest_die(r->t, "killed again");
    for (unsigned i = 0; i < 4; i++) {
        assert_true(finish_read(&x[i]) == 0xffffffff);
    }
    expect_death(r, "killed");
}

/* --- load --- */

/* answers everything: a read of A with A + 1 */
static void peer_main(void *arg)
{
    struct rig *r = arg;
    FILE *in = fdopen(dup(r->peer), "r");
    char text[128], answer[64];

    while (in && fgets(text, sizeof(text), in)) {
        unsigned long long at;

        if (sscanf(text, "readl 0x%llx", &at) == 1) {
            snprintf(answer, sizeof(answer), "OK 0x%llx\n", at + 1);
        } else {
            snprintf(answer, sizeof(answer), "IRQ raise 9\nOK\n");
        }
        if (send(r->peer, answer, strlen(answer), MSG_NOSIGNAL) < 0) {
            break;
        }
    }
    if (in) {
        fclose(in);
    }
}

struct user {
    struct rig *r;
    unsigned number, wrong;
    struct dd_thread *thread;
};

static void user_main(void *arg)
{
    struct user *u = arg;

    for (unsigned i = 0; i < 500; i++) {
        uint64_t at = u->number * 0x10000u + i;

        dd_qtest_write(u->r->t, DD_QTEST_MEMORY, at, 4, i);
        if (i % 3 == 0) {
            u->wrong += dd_qtest_read(u->r->t, DD_QTEST_MEMORY, at, 4) != at + 1;
        }
        if (i % 100 == 0) {
            dd_qtest_flush(u->r->t);
        }
    }
}

static void many_threads_each_get_their_own_answers(void **state)
{
    struct rig *r = *state;
    struct user users[4];
    struct dd_thread *peer;

    assert_int_equal(dd_thread_start("peer", peer_main, r, &peer), 0);
    for (unsigned i = 0; i < 4; i++) {
        users[i] = (struct user){.r = r, .number = i};
        assert_int_equal(dd_thread_start("user", user_main, &users[i], &users[i].thread), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        dd_thread_join(users[i].thread);
        assert_int_equal(users[i].wrong, 0);
    }
    dd_qtest_flush(r->t);
    dd_mutex_lock(&r->lock);
    assert_int_equal(r->lines, 2000);
    dd_mutex_unlock(&r->lock);
    shutdown(r->peer, SHUT_RDWR);
    dd_thread_join(peer);
}

/* more than the socket and the table of commands hold, while nobody reads */
static void a_slow_peer_gets_everything_in_order(void **state)
{
    struct rig *r = *state;
    struct user u = {.r = r};
    struct dd_thread *peer;

    assert_int_equal(dd_thread_start("peer", peer_main, r, &peer), 0);
    for (unsigned i = 0; i < 20000; i++) {
        dd_qtest_write(r->t, DD_QTEST_MEMORY, 0xe0000000ull + i, 4, UINT32_MAX);
    }
    assert_true(dd_qtest_read(r->t, DD_QTEST_MEMORY, 41, 4) == 42);
    user_main(&u);
    assert_int_equal(u.wrong, 0);
    shutdown(r->peer, SHUT_RDWR);
    dd_thread_join(peer);
}

#define STREAM(f) cmocka_unit_test_setup_teardown(f, open_rig, close_rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_parsed_strictly),
        STREAM(commands_are_formatted_by_width_and_space),
        STREAM(a_write_does_not_wait_for_its_reply),
        STREAM(replies_may_come_in_pieces),
        STREAM(interrupts_are_heard_before_the_reply_behind_them),
        STREAM(a_refused_read_gives_ones_and_the_stream_lives),
        STREAM(flush_waits_for_every_write),
        STREAM(the_end_of_the_stream_is_death),
        STREAM(garbage_is_death_and_is_shown_safely),
        STREAM(a_line_without_end_is_death),
        STREAM(a_reply_nobody_asked_for_is_death),
        STREAM(zero_bytes_in_a_line_are_death),
        STREAM(death_from_outside_frees_who_waits),
        STREAM(many_threads_each_get_their_own_answers),
        STREAM(a_slow_peer_gets_everything_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
