/* SPDX-License-Identifier: MIT */
#include "dev/qemu/machine.h"

#include "base/check.h"
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define START_NS       (15 * DD_NS_PER_S) /* a loaded machine starts it in one second */
#define END_NS         (DD_NS_PER_S / 2)  /* between the end of its sockets and its own */
#define PCI_LINE_LEAST 9u /* interrupt inputs below belong to the timer, the clock and the like */

/* what woke the bus thread; doorbell vectors are FROM_BELL + n */
enum source {
    FROM_WAKE,
    FROM_QTEST,
    FROM_QMP,
    FROM_STDERR,
    FROM_BELL
};

/* --- bus.h --- */

uint64_t dd_qemu_read(struct dd_qemu *q, uint64_t phys, unsigned width)
{
    return dd_qtest_read(q->qtest, DD_QTEST_MEMORY, phys, width);
}

void dd_qemu_write(struct dd_qemu *q, uint64_t phys, unsigned width, uint64_t value)
{
    dd_qtest_write(q->qtest, DD_QTEST_MEMORY, phys, width, value);
}

uint32_t dd_qemu_port_read(struct dd_qemu *q, uint16_t port, unsigned width)
{
    return (uint32_t)dd_qtest_read(q->qtest, DD_QTEST_PORT, port, width);
}

void dd_qemu_port_write(struct dd_qemu *q, uint16_t port, unsigned width, uint32_t value)
{
    dd_qtest_write(q->qtest, DD_QTEST_PORT, port, width, value);
}

void dd_qemu_flush(struct dd_qemu *q)
{
    dd_qtest_flush(q->qtest);
}

bool dd_qemu_dead(const struct dd_qemu *q)
{
    return dd_qtest_dead(q->qtest);
}

/* --- bus thread --- */

static void on_line(void *arg, unsigned number, bool level)
{
    struct dd_qemu *q = arg;
    uint64_t bit = number < 64 ? 1ull << number : 0, was = q->lines;

    if (number < PCI_LINE_LEAST || bit == 0) {
        return;
    }
    q->lines = level ? q->lines | bit : q->lines & ~bit;
    if ((was == 0) != (q->lines == 0)) {
        q->config.line(q->config.arg, q->lines != 0);
    }
}

/* the stream ended or made no sense: say what became of the process */
static void on_dead(void *arg, const char *protocol_why)
{
    struct dd_qemu *q = arg;
    char how[256];

    if (atomic_load(&q->closing)) {
        return;
    }
    if (dd_process_reap(&q->process, END_NS)) {
        dd_process_input(&q->process);
        dd_process_describe(&q->process, how, sizeof(how));
    } else {
        snprintf(how, sizeof(how), "%s", protocol_why);
    }
    dd_qmp_die(q->qmp);
    dd_mutex_lock(&q->lock);
    snprintf(q->why, sizeof(q->why), "QEMU %s", strncmp(how, "QEMU ", 5) == 0 ? how + 5 : how);
    dd_cond_broadcast(&q->moved);
    dd_mutex_unlock(&q->lock);
    q->config.dead(q->config.arg, q->why);
}

static void on_bell(struct dd_qemu *q, unsigned vector)
{
    uint64_t count;

    if (read(q->doorbell.fds[vector], &count, sizeof(count)) != (ssize_t)sizeof(count)) {
        return;
    }
    if (!atomic_load(&q->rung)) {
        atomic_store(&q->rung, true); /* the test of board.c: no card's message yet */
        return;
    }
    while (count-- > 0 && !dd_qemu_dead(q)) {
        q->config.message(q->config.arg, vector);
    }
}

static void unwatch(struct dd_qemu *q, int fd)
{
    epoll_ctl(q->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

static void serve(struct dd_qemu *q, uint32_t source)
{
    uint64_t count;

    switch (source) {
    case FROM_WAKE:
        if (read(q->wake_fd, &count, sizeof(count)) < 0) {
            return;
        }
        break;
    case FROM_QTEST:
        dd_qtest_input(q->qtest);
        if (dd_qtest_dead(q->qtest)) {
            unwatch(q, q->qtest_fd);
            unwatch(q, q->qmp_fd);
        }
        break;
    case FROM_QMP:
        dd_qmp_input(q->qmp);
        break;
    case FROM_STDERR:
        if (!dd_process_input(&q->process)) {
            unwatch(q, q->process.err_fd);
        }
        break;
    default:
        on_bell(q, source - FROM_BELL);
        break;
    }
}

static bool watch(struct dd_qemu *q, int fd, uint32_t source)
{
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = source};

    return epoll_ctl(q->epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0;
}

static void close_theirs(struct dd_qemu *q)
{
    for (unsigned i = 0; i < DD_ARRAY_LEN(q->their_fds); i++) {
        dd_fd_drop(&q->their_fds[i]);
    }
}

static int start_process(struct dd_qemu *q, char *why, size_t why_bytes)
{
    const int fds[] = {q->their_fds[0], q->their_fds[1],          q->their_fds[2],
                       q->their_fds[3], dd_ram_fd(q->config.ram), q->rom_fd};
    struct dd_qemu_args args;
    int r = dd_qemu_args_make(q, &args, why, why_bytes);

    if (r == 0) {
        args.argv[args.count] = NULL;
        r = dd_process_start(&q->process, args.argv, fds, DD_ARRAY_LEN(fds));
        dd_qemu_args_done(&args);
    }
    close_theirs(q);
    if (r == 0 && !watch(q, q->process.err_fd, FROM_STDERR)) {
        r = -errno;
    }
    if (r < 0 && !why[0]) {
        snprintf(why, why_bytes, "cannot start %.200s: %s", q->config.program, strerror(-r));
    }
    return r;
}

static void bus_main(void *arg)
{
    struct dd_qemu *q = arg;
    char why[320] = "";
    int r = start_process(q, why, sizeof(why));
    uint64_t deadline = dd_clock_ns() + START_NS;

    dd_mutex_lock(&q->lock);
    q->started = true;
    q->start_result = r;
    snprintf(q->why, sizeof(q->why), "%s", why);
    dd_cond_broadcast(&q->moved);
    dd_mutex_unlock(&q->lock);
    while (r == 0 && !atomic_load(&q->stop)) {
        struct epoll_event e[16];
        bool starting = !atomic_load(&q->rung);
        int n = epoll_wait(q->epoll_fd, e, DD_ARRAY_LEN(e), starting ? 500 : -1);

        if (starting && dd_clock_ns() > deadline) {
            dd_qtest_die(q->qtest, "QEMU does not answer");
        }
        for (int i = 0; i < n; i++) {
            serve(q, e[i].data.u32);
        }
    }
    dd_process_end(&q->process);
}

/* --- making and unmaking --- */

static int pair(int *ret_ours, int *ret_theirs)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
        return -errno;
    }
    *ret_ours = fds[0];
    *ret_theirs = fds[1];
    return 0;
}

static int open_channels(struct dd_qemu *q)
{
    const struct dd_qtest_sink registers = {.arg = q, .line = on_line, .dead = on_dead};
    const struct dd_qwire_sink frames = {.arg = q->config.arg,
                                         .frame = q->config.frame,
                                         .room = q->config.room};
    int wire_fd, r = pair(&q->qtest_fd, &q->their_fds[0]);

    r = r == 0 ? pair(&q->qmp_fd, &q->their_fds[1]) : r;
    r = r == 0 ? pair(&q->bell_fd, &q->their_fds[3]) : r;
    r = r == 0 ? dd_doorbell_init(&q->doorbell) : r;
    r = r == 0 ? dd_doorbell_serve(&q->doorbell, q->bell_fd) : r;
    r = r == 0 ? dd_qtest_new(q->qtest_fd, &registers, &q->qtest) : r;
    r = r == 0 ? dd_qmp_new(q->qmp_fd, &q->qmp) : r;
    if (r == 0) {
        q->rom_fd = dd_qemu_make_rom();
        r = q->rom_fd < 0 ? q->rom_fd : 0;
    }
    r = r == 0 ? dd_qwire_pair(&wire_fd, &q->their_fds[2]) : r;
    return r == 0 ? dd_qwire_new(wire_fd, &frames, &q->wire) : r;
}

static int watch_all(struct dd_qemu *q)
{
    bool ok;

    q->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    q->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ok = q->epoll_fd >= 0 && q->wake_fd >= 0 && watch(q, q->wake_fd, FROM_WAKE) &&
         watch(q, q->qtest_fd, FROM_QTEST) && watch(q, q->qmp_fd, FROM_QMP);
    for (unsigned i = 0; ok && i < DD_DOORBELL_VECTORS; i++) {
        ok = watch(q, q->doorbell.fds[i], FROM_BELL + i);
    }
    return ok ? 0 : -errno;
}

static int start_thread(struct dd_qemu *q)
{
    int r = dd_thread_start("qemu-bus", bus_main, q, &q->thread);

    if (r < 0) {
        return r;
    }
    dd_mutex_lock(&q->lock);
    while (!q->started) {
        dd_cond_wait(&q->moved, &q->lock);
    }
    r = q->start_result;
    dd_mutex_unlock(&q->lock);
    return r;
}

void dd_qemu_explain(struct dd_qemu *q, char *why, size_t why_bytes)
{
    uint64_t deadline = dd_clock_ns() + 2 * END_NS;

    dd_mutex_lock(&q->lock);
    while (q->qtest && dd_qtest_dead(q->qtest) && !q->why[0] &&
           dd_cond_wait_until(&q->moved, &q->lock, deadline)) {
    }
    if (q->why[0]) {
        snprintf(why, why_bytes, "%s", q->why);
    }
    dd_mutex_unlock(&q->lock);
}

int dd_qemu_open(const struct dd_qemu_config *config, struct dd_qemu **ret_qemu, char *why,
                 size_t why_bytes)
{
    struct dd_qemu *q = calloc(1, sizeof(*q));
    int r;

    why[0] = '\0';
    if (!q) {
        snprintf(why, why_bytes, "not enough memory");
        return -ENOMEM;
    }
    q->config = *config;
    q->epoll_fd = q->wake_fd = q->qtest_fd = q->qmp_fd = q->bell_fd = q->rom_fd = -1;
    memset(q->their_fds, 0xff, sizeof(q->their_fds));
    memset(&q->doorbell, 0xff, sizeof(q->doorbell));
    q->process.err_fd = -1;
    dd_mutex_init(&q->lock);
    dd_cond_init(&q->moved);
    r = open_channels(q);
    r = r == 0 ? watch_all(q) : r;
    r = r == 0 ? start_thread(q) : r;
    r = r == 0 ? dd_qemu_set_up_board(q, why, why_bytes) : r;
    if (r < 0) {
        dd_qemu_explain(q, why, why_bytes);
        if (!why[0]) {
            snprintf(why, why_bytes, "cannot start QEMU: %s", strerror(-r));
        }
        dd_qemu_close(q);
        return r;
    }
    *ret_qemu = q;
    return 0;
}

void dd_qemu_close(struct dd_qemu *q)
{
    const uint64_t one = 1;

    if (!q) {
        return;
    }
    atomic_store(&q->closing, true);
    atomic_store(&q->stop, true);
    if (q->thread) {
        if (write(q->wake_fd, &one, sizeof(one)) < 0) {
            dd_assert(errno == EAGAIN);
        }
        dd_thread_join(q->thread);
    }
    dd_qwire_free(q->wire, true);
    dd_qmp_free(q->qmp);
    dd_qtest_free(q->qtest);
    dd_doorbell_done(&q->doorbell);
    dd_qpci_done(&q->nic);
    dd_qpci_done(&q->bell);
    close_theirs(q);
    dd_fd_drop(&q->epoll_fd);
    dd_fd_drop(&q->wake_fd);
    dd_fd_drop(&q->qtest_fd);
    dd_fd_drop(&q->qmp_fd);
    dd_fd_drop(&q->bell_fd);
    dd_fd_drop(&q->rom_fd);
    dd_cond_done(&q->moved);
    dd_mutex_done(&q->lock);
    free(q);
}
