/* SPDX-License-Identifier: MIT */
#include "dev/qemu/wire.h"

#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sockios.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME_BYTES   69632u      /* what QEMU's back end takes at most, rounded up */
#define TO_CARD_BYTES (64 * 1024) /* of socket buffer: some 25 full frames */
#define TO_US_BYTES   (2 * 1024 * 1024)

struct dd_qwire {
    int fd, wake_fd;
    struct dd_qwire_sink sink;
    struct dd_thread *thread;
    atomic_bool stop, full, closed;
    uint8_t frame[FRAME_BYTES]; /* service thread */
};

int dd_qwire_pair(int *ret_ours, int *ret_theirs)
{
    /* packets as with SOCK_DGRAM, but without its limit of some ten in the queue */
    int fds[2], to_card = TO_CARD_BYTES, to_us = TO_US_BYTES;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
        return -errno;
    }
    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &to_card, sizeof(to_card));
    setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &to_us, sizeof(to_us));
    *ret_ours = fds[0];
    *ret_theirs = fds[1];
    return 0;
}

static bool has_hung_up(struct dd_qwire *w)
{
    struct pollfd p = {.fd = w->fd, .events = POLLRDHUP};

    return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLRDHUP | POLLERR)) != 0;
}

/* all frames that are there */
static void take_frames(struct dd_qwire *w)
{
    for (;;) {
        ssize_t n = recv(w->fd, w->frame, sizeof(w->frame), MSG_DONTWAIT);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            if (errno != EAGAIN) {
                atomic_store(&w->closed, true);
            }
            return;
        }
        if (n == 0) {
            /* the end, or a frame of nothing: some models send that */
            if (has_hung_up(w)) {
                atomic_store(&w->closed, true);
                return;
            }
            continue;
        }
        w->sink.frame(w->sink.arg, w->frame, (size_t)n);
    }
}

static void tell_room(struct dd_qwire *w)
{
    if (atomic_exchange(&w->full, false)) {
        w->sink.room(w->sink.arg);
    }
}

static void wire_main(void *arg)
{
    struct dd_qwire *w = arg;

    while (!atomic_load(&w->stop)) {
        bool closed = atomic_load(&w->closed);
        struct pollfd p[2] = {{.fd = w->wake_fd, .events = POLLIN},
                              {.fd = closed ? -1 : w->fd, .events = POLLIN}};
        uint64_t count;

        if (atomic_load(&w->full)) {
            p[1].events |= POLLOUT;
        }
        if (poll(p, 2, -1) < 0) {
            continue;
        }
        if (p[0].revents != 0 && read(w->wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN) {
            return;
        }
        if ((p[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
            take_frames(w);
        }
        if ((p[1].revents & POLLOUT) != 0 || atomic_load(&w->closed)) {
            tell_room(w);
        }
    }
}

int dd_qwire_new(int fd, const struct dd_qwire_sink *sink, struct dd_qwire **ret_wire)
{
    struct dd_qwire *w = calloc(1, sizeof(*w));
    int r = -ENOMEM;

    if (w) {
        w->fd = fd;
        w->sink = *sink;
        w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        r = w->wake_fd < 0 ? -errno : dd_thread_start("qemu-wire", wire_main, w, &w->thread);
    }
    if (r < 0) {
        if (w && w->wake_fd >= 0) {
            close(w->wake_fd);
        }
        free(w);
        close(fd);
        return r;
    }
    *ret_wire = w;
    return 0;
}

static void wake(struct dd_qwire *w)
{
    const uint64_t one = 1;

    if (write(w->wake_fd, &one, sizeof(one)) < 0) {
        return; /* the counter is full: it will wake */
    }
}

void dd_qwire_free(struct dd_qwire *w, bool drain)
{
    if (!w) {
        return;
    }
    atomic_store(&w->stop, true);
    wake(w);
    dd_thread_join(w->thread);
    if (drain) {
        take_frames(w);
    }
    close(w->wake_fd);
    close(w->fd);
    free(w);
}

int dd_qwire_send(struct dd_qwire *w, const void *frame, size_t len_bytes)
{
    for (unsigned tries = 0;; tries++) {
        if (atomic_load(&w->closed)) {
            return -ENODEV;
        }
        if (send(w->fd, frame, len_bytes, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
            return 0;
        }
        if (errno == EINTR) {
            continue;
        }
        if (errno != EAGAIN && errno != ENOBUFS) {
            return -ENODEV;
        }
        if (tries > 0) {
            return -EAGAIN;
        }
        /* from now on room is told; and it may have come before that, so once more */
        atomic_store(&w->full, true);
        wake(w);
    }
}

uint64_t dd_qwire_waiting(struct dd_qwire *w)
{
    int bytes = 0;

    return ioctl(w->fd, SIOCOUTQ, &bytes) == 0 && bytes > 0 ? (uint64_t)bytes : 0;
}
