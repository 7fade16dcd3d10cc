/* SPDX-License-Identifier: MIT */
/*
 * The cable end of QEMU's NIC: a socket of packets, one Ethernet frame without FCS each.
 *
 * Nothing is lost on it: QEMU takes the next packet only when the card had room for the last one,
 * and the socket's own room is small, so that frames a card has no buffers for wait at the far end.
 */
#ifndef DD_DEV_QEMU_WIRE_H
#define DD_DEV_QEMU_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dd_qwire;

struct dd_qwire_sink {
    void *arg;
    /* a frame from the card; service thread */
    void (*frame)(void *arg, const void *frame, size_t len_bytes);
    /* there is room again after dd_qwire_send() said -EAGAIN; service thread */
    void (*room)(void *arg);
};

/* dd_qwire_pair - the two ends; @ret_theirs is for QEMU. 0 or -Exxx */
int dd_qwire_pair(int *ret_ours, int *ret_theirs);
/* dd_qwire_new - takes @fd over and starts the service thread. 0 or -Exxx (then @fd is closed) */
int dd_qwire_new(int fd, const struct dd_qwire_sink *sink, struct dd_qwire **ret_wire);
/* dd_qwire_free - what QEMU sent before is given out first, when @drain */
void dd_qwire_free(struct dd_qwire *w, bool drain);
/* dd_qwire_send - 0; -EAGAIN, no room: room() will be called; -ENODEV, nobody at the other end */
int dd_qwire_send(struct dd_qwire *w, const void *frame, size_t len_bytes);
/* dd_qwire_waiting - bytes in the socket that QEMU has not taken */
uint64_t dd_qwire_waiting(struct dd_qwire *w);

#endif
