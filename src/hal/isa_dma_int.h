/* SPDX-License-Identifier: MIT */
/*
 * Inside the DMA controllers.
 *
 *   isa_dma.c         life, ports
 *   isa_dma_cycle.c   requests, priority, bus cycles
 *   isa_dma_channel.c the HAL's use of them: the first file that is software
 */
#ifndef DD_HAL_ISA_DMA_INT_H
#define DD_HAL_ISA_DMA_INT_H

#include "base/list.h"
#include "base/thread.h"
#include "hal/isa_dma.h"

struct dd_8237_channel {
    uint16_t base_address, base_count, address, count;
    uint8_t mode;
};

struct dd_8237 {
    struct dd_8237_channel ch[4];
    uint8_t command, status, mask, request; /* status: terminal counts reached, bits 0 to 3 */
    uint8_t dreq;                           /* levels of the pins */
    bool high_byte;                         /* the flip-flop */
    unsigned first;                         /* highest priority */
};

struct dd_isa_pins {
    void (*wake)(void *arg);
    void *arg;
    unsigned waking; /* wake() calls under way */
};

struct dd_isa_dma {
    struct dd_list node;
    unsigned refs;
    struct dd_ram *ram;

    struct dd_mutex lock; /* guards the hardware */
    struct dd_cond idle;  /* a wake() returned */
    struct dd_8237 chip[2];
    uint8_t page[16];
    struct dd_isa_pins pins[DD_ISA_CHANNELS];

    /* the HAL's: isa_dma_channel.c */
    struct dd_mutex program; /* guards sequences that need the flip-flop, and what follows */
    struct dd_isa_channel *claimed[DD_ISA_CHANNELS];
    uint8_t terminal[2]; /* terminal counts read from the status registers, which forget them */
};

static inline struct dd_8237 *dd_isa_chip(struct dd_isa_dma *dma, unsigned channel)
{
    return &dma->chip[dd_isa_wide(channel)];
}

/* dd_isa_turn_locked - the channel that is acknowledged now; DD_ISA_CHANNELS: none */
unsigned dd_isa_turn_locked(const struct dd_isa_dma *dma);
/* dd_isa_wake_unlock - tell the device whose turn it is, when it was not @before; the lock is held,
 * and is not when this returns */
void dd_isa_wake_unlock(struct dd_isa_dma *dma, unsigned before);

#endif
