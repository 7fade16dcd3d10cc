/* SPDX-License-Identifier: MIT */
#include "dev/qemu/doorbell.h"

#include "base/check.h"
#include "dev/qemu/process.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROTOCOL_VERSION 0
#define OURS             0 /* peer numbers: the one that is rung, and the device itself */
#define DEVICES          1

int dd_doorbell_init(struct dd_doorbell *d)
{
    bool ok;

    memset(d, 0xff, sizeof(*d));
    d->memory_fd = memfd_create("drydock-doorbell", MFD_CLOEXEC);
    d->spare_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ok = d->memory_fd >= 0 && d->spare_fd >= 0 && ftruncate(d->memory_fd, DD_PAGE_BYTES) == 0;
    for (unsigned i = 0; ok && i < DD_DOORBELL_VECTORS; i++) {
        d->fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        ok = d->fds[i] >= 0;
    }
    if (!ok) {
        int r = -errno;

        dd_doorbell_done(d);
        return r;
    }
    return 0;
}

void dd_doorbell_done(struct dd_doorbell *d)
{
    for (unsigned i = 0; i < DD_DOORBELL_VECTORS; i++) {
        dd_fd_drop(&d->fds[i]);
    }
    dd_fd_drop(&d->memory_fd);
    dd_fd_drop(&d->spare_fd);
}

/* a number, little endian, and a descriptor with it when @pass is one */
static int say(int fd, int64_t number, int pass)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec data = {.iov_base = &number, .iov_len = sizeof(number)};
    struct msghdr m = {.msg_iov = &data, .msg_iovlen = 1};

    if (pass >= 0) {
        struct cmsghdr *c = &control.align;

        m.msg_control = control.bytes;
        m.msg_controllen = sizeof(control.bytes);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &pass, sizeof(pass));
    }
    return sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof(number) ? 0 : -EIO;
}

int dd_doorbell_serve(const struct dd_doorbell *d, int fd)
{
    int r = say(fd, PROTOCOL_VERSION, -1);

    r = r == 0 ? say(fd, DEVICES, -1) : r;
    r = r == 0 ? say(fd, -1, d->memory_fd) : r;
    for (unsigned i = 0; r == 0 && i < DD_DOORBELL_VECTORS; i++) {
        r = say(fd, OURS, d->fds[i]);
    }
    for (unsigned i = 0; r == 0 && i < DD_DOORBELL_VECTORS; i++) {
        r = say(fd, DEVICES, d->spare_fd);
    }
    return r;
}
