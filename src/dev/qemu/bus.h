/* SPDX-License-Identifier: MIT */
/*
 * Physical memory accesses of a QEMU machine, as its CPU would make them: device registers (BARs,
 * VT-d at 0xFED90000, ECAM). RAM is not read this way: it is shared, see ram/ram.h.
 *
 *   any thread --dd_qemu_write--> posted, in order --service thread--> QEMU (qtest protocol)
 *   any thread --dd_qemu_read---> waits for its value; all writes before it are done by then
 *
 * A write costs the caller no round trip (a read some 20 us). Order is that of the calls, across
 * threads as far as the callers order themselves. A dead QEMU answers reads with all ones at once
 * and takes writes silently: nothing here blocks for ever.
 */
#ifndef DD_DEV_QEMU_BUS_H
#define DD_DEV_QEMU_BUS_H

#include <stdbool.h>
#include <stdint.h>

struct dd_qemu;

/* dd_qemu_read - @width 1, 2, 4 or 8, naturally aligned. All ones when QEMU is dead */
uint64_t dd_qemu_read(struct dd_qemu *q, uint64_t phys, unsigned width);
/* dd_qemu_write - posted; returns before QEMU has seen it */
void dd_qemu_write(struct dd_qemu *q, uint64_t phys, unsigned width, uint64_t value);
/* dd_qemu_flush - when it returns QEMU has carried out every write posted before */
void dd_qemu_flush(struct dd_qemu *q);
/* dd_qemu_dead - the process has ended, or what it sends is no longer the protocol */
bool dd_qemu_dead(const struct dd_qemu *q);

#endif
