/* SPDX-License-Identifier: MIT */
/*
 * The invalidation queue of the VT-d: a ring of 256 descriptors in RAM.
 *
 *   put ... put, wait descriptor, tail register --> the hardware takes them in order, and writes
 * the number of the wait descriptor into the status word
 *
 * Descriptors are numbered from 1 on. One page holds the ring, another the status word.
 */
#ifndef DD_DEV_QEMU_VTD_QUEUE_H
#define DD_DEV_QEMU_VTD_QUEUE_H

#include "base/thread.h"
#include "ram/ram.h"

#include <stdatomic.h>

#define DD_VTD_QUEUE_ENTRIES 256u

struct dd_qemu;

struct dd_vtd_queue {
    struct dd_qemu *q;
    struct dd_ram *ram;
    struct dd_mutex lock; /* guards put */
    dd_phys ring_phys, status_phys;
    _Atomic(uint64_t) *ring;
    _Atomic(uint32_t) *status;
    uint32_t put; /* number of the last descriptor */
    _Atomic(bool) stopped;
    _Atomic(uint64_t) waits, descriptors;
};

/* dd_vtd_queue_init - memory only. 0 or -ENOMEM */
int dd_vtd_queue_init(struct dd_vtd_queue *iq, struct dd_qemu *q, struct dd_ram *ram);
void dd_vtd_queue_done(struct dd_vtd_queue *iq);

/* dd_vtd_queue_post - one descriptor; the hardware takes it before any register access that
 * follows, and is not waited for */
void dd_vtd_queue_post(struct dd_vtd_queue *iq, uint64_t low, uint64_t high);

/**
 * dd_vtd_queue_run - one descriptor, carried out when this returns
 *
 * IRQL: up to DISPATCH_LEVEL: waits for the machine as a register read does, and by one: it is the
 * read of FSTS that waits.
 * Return: FSTS; 0 when the machine is dead or its queue has stopped (logged once).
 */
uint32_t dd_vtd_queue_run(struct dd_vtd_queue *iq, uint64_t low, uint64_t high);
/* dd_vtd_queue_wait - the same for all descriptors posted before */
uint32_t dd_vtd_queue_wait(struct dd_vtd_queue *iq);

#endif
