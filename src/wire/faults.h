/* SPDX-License-Identifier: MIT */
/*
 * A bad cable: of one direction, frames are dropped, doubled, damaged, swapped with the next one or
 * held back for a time, when somebody asks for it. A frame goes in with dd_faults_put(); what is to
 * come out, and when, is taken with dd_faults_peek() and dd_faults_pop(). Order is kept but for
 * `reorder`. The caller locks.
 */
#ifndef DD_WIRE_FAULTS_H
#define DD_WIRE_FAULTS_H

#include "base/list.h"
#include "base/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dd_fault_kind {
    DD_FAULT_DROP,
    DD_FAULT_DUPLICATE,
    DD_FAULT_CORRUPT, /* one bit behind the addresses is turned over */
    DD_FAULT_REORDER, /* the frame goes behind the next one; alone it waits DD_FAULT_ALONE_NS */
    DD_FAULT_DELAY,
    DD_FAULT_KINDS
};

#define DD_FAULT_ALONE_NS 100000000ull

struct dd_faults {
    struct dd_list queue; /* frames on their way, by time */
    uint64_t queued;
    uint64_t left[DD_FAULT_DELAY]; /* frames that still get each fault */
    uint64_t delay_ns;             /* of every frame; 0: none */
    void *held;                    /* waits for the next frame */
    uint64_t held_until_ns;
    struct dd_rng rng;
    uint64_t done[DD_FAULT_KINDS]; /* frames that got each fault */
};

void dd_faults_init(struct dd_faults *f, uint64_t seed, uint64_t stream);
void dd_faults_done(struct dd_faults *f);
/* dd_faults_ask - @value: the next so many frames, added to those asked for; DD_FAULT_DELAY:
 * nanoseconds each frame takes from now on, 0: none. A frame gets one fault, in the order of the
 * kinds, and the delay */
void dd_faults_ask(struct dd_faults *f, enum dd_fault_kind kind, uint64_t value);
/* dd_faults_idle - frames pass as if this was not here */
bool dd_faults_idle(const struct dd_faults *f);
/* dd_faults_put - a frame enters, is copied. 0, or -ENOMEM: it is lost */
int dd_faults_put(struct dd_faults *f, const void *frame, size_t len_bytes, uint64_t now_ns);
/* dd_faults_peek - the frame that comes out now, or NULL; *ret_at_ns (always written): when the
 * next one comes, UINT64_MAX: none. Valid until popped */
const void *dd_faults_peek(struct dd_faults *f, uint64_t now_ns, size_t *ret_len_bytes,
                           uint64_t *ret_at_ns);
void dd_faults_pop(struct dd_faults *f);

#endif
