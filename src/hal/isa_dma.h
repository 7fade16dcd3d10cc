/* SPDX-License-Identifier: MIT */
/*
 * The DMA controllers of a PC/AT: two Intel 8237A, cascaded, and the page registers beside them.
 * Hardware, not HAL: whoever wants something of it writes ports.
 *
 *   channels 0 to 3   ports 00-0F   8 bits    page << 16 | address            a page is 64 KiB
 *   channel  4        ports C0-DF             cascade: the first controller hangs here
 *   channels 5 to 7   ports C0-DF   16 bits   (page & FE) << 16 | address << 1  a page is 128 KiB
 *   page registers    ports 80-8F
 *
 *   ports (second controller: twice the offset)
 *     0 2 4 6   address of a channel    1 3 5 7   count, one less than the units to move
 *               low byte, then high byte
 *     8   write command, read status    9   request    A   mask of one channel    B   mode
 *     C   clear the flip-flop between low and high byte    D   master clear
 *     E   clear all masks    F   write all masks
 *
 *        device                          this model
 *   request(level) ------------------>  DREQ
 *   kick() <--------------------------  wake: acknowledged channel (unmasked, highest priority)
 *                                       has a request
 *   run() --------------------------->  bus cycles, in the device's own context
 *   cycle(unit) <---------------------  DACK with IOR or IOW, TC
 *
 * The address counts in the 16 bits of its register: at the end of a page it wraps to the page's
 * beginning. With 24 bits of address only the first 16 MiB are in reach. Bytes where there is no
 * RAM read as FF and swallow writes.
 *
 * Not modelled: memory-to-memory transfers, compressed timing and the pins' timing as such, the
 * 32-bit page registers of later chip sets. A DREQ pin is told by its level; software requests are
 * served in the same place.
 *
 * Source: the Intel 8237A data sheet; the port numbers are those of the IBM PC/AT.
 */
#ifndef DD_HAL_ISA_DMA_H
#define DD_HAL_ISA_DMA_H

#include "dev/dev.h"

#define DD_ISA_CHANNELS 8u
#define DD_ISA_CASCADE  4u
#define DD_ISA_REACH    0xFFFFFFull /* highest byte of 24 address bits */

/* offsets of a controller's ports, to be given to dd_isa_port() */
#define DD_8237_COMMAND         0x8u /* write */
#define DD_8237_STATUS          0x8u /* read */
#define DD_8237_REQUEST         0x9u
#define DD_8237_MASK            0xAu
#define DD_8237_MODE            0xBu
#define DD_8237_CLEAR_FLIP_FLOP 0xCu
#define DD_8237_MASTER_CLEAR    0xDu /* write */
#define DD_8237_TEMPORARY       0xDu /* read */
#define DD_8237_CLEAR_MASKS     0xEu
#define DD_8237_ALL_MASKS       0xFu

#define DD_8237_COMMAND_DISABLE  0x04u
#define DD_8237_COMMAND_ROTATE   0x10u
#define DD_8237_COMMAND_DREQ_LOW 0x40u /* requests are active low */
#define DD_8237_SET              0x04u /* in MASK and REQUEST: set the channel's bit; else clear it */

/* mode: transfer type, auto-initialize, address down, service mode */
#define DD_8237_VERIFY  0x00u
#define DD_8237_WRITE   0x04u /* to memory */
#define DD_8237_READ    0x08u /* from memory */
#define DD_8237_TYPE    0x0Cu
#define DD_8237_AUTO    0x10u
#define DD_8237_DOWN    0x20u
#define DD_8237_DEMAND  0x00u
#define DD_8237_SINGLE  0x40u
#define DD_8237_BLOCK   0x80u
#define DD_8237_CASCADE 0xC0u
#define DD_8237_SERVICE 0xC0u

struct dd_isa_dma;
struct dd_isa_channel;

static inline bool dd_isa_wide(unsigned channel)
{
    return channel >= DD_ISA_CASCADE;
}

/* the port of a register of the controller that @channel belongs to */
static inline uint16_t dd_isa_port(unsigned channel, unsigned reg)
{
    return (uint16_t)(dd_isa_wide(channel) ? 0xC0u + 2 * reg : reg);
}

/* bytes of a page: what a transfer may not cross */
static inline uint32_t dd_isa_page_bytes(unsigned channel)
{
    return dd_isa_wide(channel) ? 0x20000u : 0x10000u;
}

/* the port of a channel's page register */
uint16_t dd_isa_page_port(unsigned channel);

/**
 * dd_isa_dma_open - the controllers of the machine whose RAM this is
 * @ram: outlives them
 *
 * The first reference powers them on and does what firmware does: channel 4 in cascade mode and
 * unmasked, every other channel masked.
 *
 * Return: 0; -ENOMEM. Ownership: give back with dd_isa_dma_close().
 */
int dd_isa_dma_open(struct dd_ram *ram, struct dd_isa_dma **ret_dma);
/* dd_isa_dma_close - drop a reference; NULL is fine */
void dd_isa_dma_close(struct dd_isa_dma *dma);

/* dd_isa_dma_out, dd_isa_dma_in - port accesses; any thread, any IRQL. Ports nothing answers at: no
 * effect, FF */
void dd_isa_dma_out(struct dd_isa_dma *dma, uint16_t port, uint8_t value);
uint8_t dd_isa_dma_in(struct dd_isa_dma *dma, uint16_t port);

/* dd_isa_dma_attach - wire a device's pins to @channel. @wake: the channel has cycles to run;
 * called without a lock of the controller's. -EBUSY, another device is there */
int dd_isa_dma_attach(struct dd_isa_dma *dma, unsigned channel, void (*wake)(void *arg), void *arg);
/* dd_isa_dma_detach - also lowers its request; returns when no wake() of it is under way */
void dd_isa_dma_detach(struct dd_isa_dma *dma, unsigned channel);
/* dd_isa_dma_request - the level of the DREQ pin */
void dd_isa_dma_request(struct dd_isa_dma *dma, unsigned channel, bool level);
/* dd_isa_dma_run - see struct dd_dma_line */
size_t dd_isa_dma_run(struct dd_isa_dma *dma, unsigned channel, dd_dma_cycle_fn *cycle,
                      void *cycle_arg);

#endif
