/* SPDX-License-Identifier: MIT */
/*
 * System DMA as the HAL sells it: channels of the machine's controllers, claimed by one at a time,
 * one transfer at a time. All it does to the hardware are port accesses.
 *
 *   claim -> start -> (left) -> finish -> ... -> release
 *
 *   memory of the transfer                         what the controller is given
 *   contiguous, below 16 MiB, inside one page      its own address
 *   anything else, bounce=always                   the channel's bounce buffer, which is all that
 *
 * "Page" is what the address register can count through: 64 KiB, 128 KiB on channels 5 to 7. The
 * bounce buffer is taken when the channel is claimed, when there is still such memory.
 *
 * The controllers are not behind the IOMMU of a device: addresses are physical ones.
 */
#ifndef DD_HAL_ISA_DMA_CHANNEL_H
#define DD_HAL_ISA_DMA_CHANNEL_H

#include "dma/core.h"
#include "hal/isa_dma.h"

struct dd_isa_channel_config {
    struct dd_ram *ram;
    unsigned channel; /* 0 to 3, 5 to 7 */
    bool demand;      /* demand mode, else single */
    bool auto_init;   /* the controller starts over at the end */
    bool master;      /* cascade: the device masters the bus; no transfer is ever set up */
    bool checked;     /* mark what a device did not write */
    uint32_t max_bytes;
    enum dd_bounce bounce;
    const void *adapter; /* for events */
};

/* dd_isa_channel_usable - -EINVAL: no such channel for devices */
int dd_isa_channel_usable(unsigned channel);

/**
 * dd_isa_channel_claim - a channel, for one owner
 *
 * IRQL: PASSIVE_LEVEL.
 * Return: 0; -EINVAL, no such channel; -EBUSY, claimed; -ENOMEM, also when there is no memory for
 * the bounce buffer. Ownership: give back with dd_isa_channel_release().
 */
int dd_isa_channel_claim(const struct dd_isa_channel_config *config,
                         struct dd_isa_channel **ret_channel);
/* dd_isa_channel_release - stops a transfer that is set up; nothing is copied back */
void dd_isa_channel_release(struct dd_isa_channel *c);

/**
 * dd_isa_channel_start - program the controller
 * @span: the memory; the frames are copied
 * @dir: DD_DIR_TO_DEVICE or DD_DIR_FROM_DEVICE
 * @ret_bounced: bytes that go through the bounce buffer
 *
 * IRQL: up to DISPATCH_LEVEL.
 * Return: 0; -EBUSY, a transfer is set up; -EINVAL, a bus master's channel; -EMSGSIZE, no bytes,
 * more than a page or than was claimed for, an odd number on a 16-bit channel; -ERANGE, the
 * controller cannot reach the memory, and bounce is `never` or the channel starts over by itself
 * (what is copied once is no good then).
 */
int dd_isa_channel_start(struct dd_isa_channel *c, const struct dd_span *span, enum dd_dir dir,
                         uint64_t *ret_bounced);

/**
 * dd_isa_channel_finish - mask the channel; the memory is the caller's again
 * @copy_back: what the device wrote, from the bounce buffer. Bytes it did not write stay as they
 * were
 * @ret_left: bytes it did not move (auto-initialize: of the round under way)
 *
 * IRQL: up to DISPATCH_LEVEL.
 * Return: 0; -ENOENT, no transfer is set up.
 */
int dd_isa_channel_finish(struct dd_isa_channel *c, bool copy_back, uint32_t *ret_left);

/* dd_isa_channel_left - what dd_isa_channel_finish() would say now, read from the count register;
 * 0: no transfer */
uint32_t dd_isa_channel_left(struct dd_isa_channel *c);
bool dd_isa_channel_busy(struct dd_isa_channel *c);

#endif
