/* SPDX-License-Identifier: MIT */
#include "dev/qemu/qtest.h"

#include "base/check.h"
#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PENDING    4096u /* commands under way at most; a power of two */
#define LINE_BYTES 256u
#define OUT_BYTES  (PENDING * 64u) /* no command is longer than that: the buffer never overflows */

/* a caller that waits for its command's reply */
struct waiter {
    struct dd_cond done;
    bool answered, refused;
    uint64_t value;
};

struct dd_qtest {
    int fd;
    struct dd_qtest_sink sink;
    atomic_bool dead;
    struct dd_mutex lock; /* guards everything down to the service thread's part */
    struct dd_cond moved; /* replies came, and somebody waits for room or for a flush */
    unsigned watchers;
    struct waiter *pending[PENDING]; /* by command number; NULL: nobody waits */
    uint64_t given, answered;        /* commands */
    size_t out_start, out_end;       /* [start, end) of out is not sent yet */
    char out[OUT_BYTES];
    /* service thread only */
    size_t line_bytes;
    char line[LINE_BYTES];
    char in[16384];
};

int dd_qtest_new(int fd, const struct dd_qtest_sink *sink, struct dd_qtest **ret_qtest)
{
    struct dd_qtest *t = calloc(1, sizeof(*t));
    int flags = fcntl(fd, F_GETFL);

    if (!t) {
        return -ENOMEM;
    }
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    t->fd = fd;
    t->sink = *sink;
    dd_mutex_init(&t->lock);
    dd_cond_init(&t->moved);
    *ret_qtest = t;
    return 0;
}

void dd_qtest_free(struct dd_qtest *t)
{
    if (!t) {
        return;
    }
    dd_cond_done(&t->moved);
    dd_mutex_done(&t->lock);
    free(t);
}

/* --- death --- */

static void answer_locked(struct dd_qtest *t, uint64_t value, bool refused)
{
    struct waiter *w = t->pending[t->answered % PENDING];

    t->answered++;
    if (w) {
        w->value = value;
        w->refused = refused;
        w->answered = true;
        dd_cond_signal(&w->done);
    }
}

void dd_qtest_die(struct dd_qtest *t, const char *why)
{
    bool first;

    dd_mutex_lock(&t->lock);
    first = !atomic_load(&t->dead);
    atomic_store(&t->dead, true);
    while (t->answered != t->given) {
        answer_locked(t, UINT64_MAX, true);
    }
    t->out_start = t->out_end = 0;
    dd_cond_broadcast(&t->moved);
    dd_mutex_unlock(&t->lock);
    if (first && t->sink.dead) {
        t->sink.dead(t->sink.arg, why);
    }
}

bool dd_qtest_dead(const struct dd_qtest *t)
{
    return atomic_load(&t->dead);
}

/* --- towards QEMU --- */

static void send_locked(struct dd_qtest *t)
{
    while (t->out_start < t->out_end) {
        ssize_t n = send(t->fd, t->out + t->out_start, t->out_end - t->out_start,
                         MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return; /* no room: replies will come, then we go on; broken: the end is read */
        }
        t->out_start += (size_t)n;
    }
    t->out_start = t->out_end = 0;
}

/* room for one more command; false when dead */
static bool make_room_locked(struct dd_qtest *t)
{
    t->watchers++;
    while (t->given - t->answered == PENDING && !atomic_load(&t->dead)) {
        dd_cond_wait(&t->moved, &t->lock);
    }
    t->watchers--;
    return !atomic_load(&t->dead);
}

/* append a command and send what the socket takes */
static void give_locked(struct dd_qtest *t, const char *text, size_t len, struct waiter *w)
{
    if (t->out_end + len > sizeof(t->out)) {
        memmove(t->out, t->out + t->out_start, t->out_end - t->out_start);
        t->out_end -= t->out_start;
        t->out_start = 0;
    }
    dd_assert(t->out_end + len <= sizeof(t->out));
    memcpy(t->out + t->out_end, text, len);
    t->out_end += len;
    t->pending[t->given % PENDING] = w;
    t->given++;
    send_locked(t);
}

static void give(struct dd_qtest *t, const char *text, size_t len)
{
    dd_mutex_lock(&t->lock);
    if (make_room_locked(t)) {
        give_locked(t, text, len, NULL);
    }
    dd_mutex_unlock(&t->lock);
}

/* give and wait. True: answered, with the value in @w */
static bool ask(struct dd_qtest *t, const char *text, size_t len, struct waiter *w)
{
    *w = (struct waiter){.value = UINT64_MAX, .refused = true};
    dd_cond_init(&w->done);
    dd_mutex_lock(&t->lock);
    if (make_room_locked(t)) {
        give_locked(t, text, len, w);
        while (!w->answered) {
            dd_cond_wait(&w->done, &t->lock);
        }
    }
    dd_mutex_unlock(&t->lock);
    dd_cond_done(&w->done);
    return !w->refused;
}

static char letter(unsigned width)
{
    return width == 1 ? 'b' : width == 2 ? 'w' : width == 4 ? 'l' : 'q';
}

static uint64_t ones(unsigned width)
{
    return UINT64_MAX >> (64 - 8 * width);
}

uint64_t dd_qtest_read(struct dd_qtest *t, enum dd_qtest_space space, uint64_t at, unsigned width)
{
    struct waiter w;
    char text[64];
    int len = snprintf(text, sizeof(text), "%s%c 0x%" PRIx64 "\n",
                       space == DD_QTEST_PORT ? "in" : "read", letter(width), at);

    dd_assert(width <= (space == DD_QTEST_PORT ? 4u : 8u));
    dd_assert(space != DD_QTEST_PORT || at <= UINT16_MAX);
    return ask(t, text, (size_t)len, &w) ? w.value & ones(width) : ones(width);
}

void dd_qtest_write(struct dd_qtest *t, enum dd_qtest_space space, uint64_t at, unsigned width,
                    uint64_t value)
{
    char text[64];
    int len =
        snprintf(text, sizeof(text), "%s%c 0x%" PRIx64 " 0x%" PRIx64 "\n",
                 space == DD_QTEST_PORT ? "out" : "write", letter(width), at, value & ones(width));

    dd_assert(width <= (space == DD_QTEST_PORT ? 4u : 8u));
    dd_assert(space != DD_QTEST_PORT || at <= UINT16_MAX);
    give(t, text, (size_t)len);
}

int dd_qtest_intercept(struct dd_qtest *t, const char *path)
{
    struct waiter w;
    char text[64];
    int len = snprintf(text, sizeof(text), "irq_intercept_in %s\n", path);

    dd_assert(len > 0 && (size_t)len < sizeof(text));
    return ask(t, text, (size_t)len, &w) ? 0 : -EIO;
}

void dd_qtest_flush(struct dd_qtest *t)
{
    uint64_t until;

    dd_mutex_lock(&t->lock);
    until = t->given;
    t->watchers++;
    while (t->answered < until) {
        dd_cond_wait(&t->moved, &t->lock);
    }
    t->watchers--;
    dd_mutex_unlock(&t->lock);
}

uint64_t dd_qtest_commands(struct dd_qtest *t)
{
    uint64_t given;

    dd_mutex_lock(&t->lock);
    given = t->given;
    dd_mutex_unlock(&t->lock);
    return given;
}

/* --- from QEMU --- */

/* false: the line makes no sense */
static bool take_line(struct dd_qtest *t)
{
    struct dd_qtest_line line;
    bool asked;

    if (dd_qtest_parse(t->line, &line) < 0) {
        return false;
    }
    if (line.kind == DD_QTEST_IRQ) {
        t->sink.line(t->sink.arg, (unsigned)line.value, line.level);
        return true;
    }
    dd_mutex_lock(&t->lock);
    asked = t->answered != t->given;
    if (asked) {
        answer_locked(t, line.has_value ? line.value : 0, line.kind == DD_QTEST_FAIL);
    }
    dd_mutex_unlock(&t->lock);
    return asked;
}

static void die_of_line(struct dd_qtest *t)
{
    char why[128];

    for (size_t i = 0; t->line[i]; i++) {
        if (t->line[i] < ' ' || t->line[i] > '~') {
            t->line[i] = '?';
        }
    }
    snprintf(why, sizeof(why), "QEMU sent '%.60s', which is no answer of the qtest protocol",
             t->line);
    dd_qtest_die(t, why);
}

/* cut @n bytes of input into lines; false when dead */
static bool take_bytes(struct dd_qtest *t, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = t->in[i];

        if (c != '\n' && t->line_bytes < LINE_BYTES - 1) {
            t->line[t->line_bytes++] = c;
            continue;
        }
        t->line[t->line_bytes] = '\0';
        if (c != '\n' || strlen(t->line) != t->line_bytes || !take_line(t)) {
            die_of_line(t);
            return false;
        }
        t->line_bytes = 0;
    }
    return true;
}

static void tell_watchers(struct dd_qtest *t)
{
    dd_mutex_lock(&t->lock);
    if (t->watchers > 0) {
        dd_cond_broadcast(&t->moved);
    }
    if (t->out_start < t->out_end) {
        send_locked(t);
    }
    dd_mutex_unlock(&t->lock);
}

void dd_qtest_input(struct dd_qtest *t)
{
    while (!dd_qtest_dead(t)) {
        ssize_t n = recv(t->fd, t->in, sizeof(t->in), MSG_DONTWAIT);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            return;
        }
        if (n <= 0) {
            dd_qtest_die(t, "QEMU closed the connection");
            return;
        }
        if (!take_bytes(t, (size_t)n)) {
            return;
        }
        tell_watchers(t);
        if ((size_t)n < sizeof(t->in)) {
            return;
        }
    }
}
