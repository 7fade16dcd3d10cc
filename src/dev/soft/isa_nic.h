/* SPDX-License-Identifier: MIT */
/*
 * soft:isanic, an Ethernet card for the ISA bus that has no DMA engine: frames pass through two
 * channels of the machine's DMA controllers. Drydock's own design, as small as a subordinate-DMA
 * card can be.
 *
 *   wire <- tx buffer (1 frame)  <- channel 3, 8 bits  <- memory
 *   wire -> rx FIFO (8 frames)   -> channel 5, 16 bits -> memory
 *
 * 32 ports at 300h, line 10. Registers are 16 bits wide:
 *
 *   00 COMMAND   write: CMD_ bits, done at once; reads 0
 *   02 STATUS    ST_ bits; writing ones clears the events among them
 *   04 IMASK     events that pull the line
 *   06 CONTROL   CT_ bits
 *   08 TXLEN     bytes of the frame to send, 14 to 1518; CMD_TX raises DREQ and takes them
 *   0A RXLEN     bytes of the oldest frame in the FIFO, 0: none; CMD_RX raises DREQ and gives it,
 *                padded to a word
 *   0C BURST     units after which DREQ falls, to rise again at once, or (CT_PAUSE) after
 *                CMD_RESUME; 0: no bursts
 *   0E CREDIT    write, CT_STREAM: adds bytes the card may write
 *   10 12 14     MAC address
 *   16 VERSION   1A01h
 *
 * CT_STREAM: the card writes frames by itself, one behind the other, as far as its credit goes:
 * length, its complement, data, padded to a word. With a channel that starts over by itself memory
 * is a ring, and the channel's count register says how far the card is.
 *
 * What a cycle does is the controller's to say: a channel programmed in the wrong direction, or too
 * short, is an error event and no frame.
 */
#ifndef DD_DEV_SOFT_ISA_NIC_H
#define DD_DEV_SOFT_ISA_NIC_H

#include "base/check.h"
#include "base/thread.h"
#include "dev/dev.h"

#define NIC_PORTS      32u
#define NIC_PORT_BASE  0x300u
#define NIC_LINE       10u
#define NIC_TX_CHANNEL 3u
#define NIC_RX_CHANNEL 5u
#define NIC_VERSION    0x1A01u

#define NIC_MIN_FRAME   14u
#define NIC_MAX_FRAME   1518u
#define NIC_FIFO        8u
#define NIC_RECORD_HEAD 4u

enum nic_reg {
    NIC_COMMAND = 0x00,
    NIC_STATUS = 0x02,
    NIC_IMASK = 0x04,
    NIC_CONTROL = 0x06,
    NIC_TXLEN = 0x08,
    NIC_RXLEN = 0x0A,
    NIC_BURST = 0x0C,
    NIC_CREDIT = 0x0E,
    NIC_MAC = 0x10,
    NIC_VERSION_REG = 0x16,
};

#define CMD_RESET   0x0001u
#define CMD_TX      0x0002u
#define CMD_RX      0x0004u
#define CMD_RX_DROP 0x0008u
#define CMD_RESUME  0x0010u
#define CMD_TX_STOP 0x0020u
#define CMD_RX_STOP 0x0040u

#define ST_TX_DONE     0x0001u
#define ST_TX_ERROR    0x0002u
#define ST_RX_READY    0x0004u /* a frame waits and none is being given: a level, not an event */
#define ST_RX_DONE     0x0008u
#define ST_RX_ERROR    0x0010u
#define ST_PAUSED      0x0020u
#define ST_LINK_CHANGE 0x0040u
#define ST_RING        0x0080u
#define ST_EVENTS      0x00FBu
#define ST_LINK        0x0100u
#define ST_TX_BUSY     0x0200u
#define ST_RX_BUSY     0x0400u

#define CT_RX          0x0001u
#define CT_PROMISCUOUS 0x0002u
#define CT_MULTICAST   0x0004u
#define CT_BROADCAST   0x0008u
#define CT_PAUSE       0x0010u
#define CT_STREAM      0x0020u

struct nic_frame {
    uint16_t len;
    uint8_t bytes[NIC_MAX_FRAME + 2];
};

/* one direction's transfer */
struct nic_transfer {
    bool active;
    bool paused;    /* a burst is over: waits for CMD_RESUME */
    bool dreq;      /* the level of the pin */
    uint32_t at;    /* bytes moved */
    uint32_t len;   /* bytes to move */
    uint32_t burst; /* units moved since the burst began */
};

struct dd_isanic {
    struct dd_dev dev;
    struct dd_mutex irq_lock; /* one change of the line at a time is told; taken before lock */
    bool line_told;

    struct dd_mutex
        lock; /* guards what follows; the controller's lock may be held, never the reverse */
    bool removed, link;
    uint16_t status, imask, control, txlen, burst;
    uint32_t credit;
    uint8_t mac[6];
    struct nic_transfer tx, rx;
    bool tx_whole; /* a frame in tx_frame is to go out */
    struct nic_frame tx_frame;
    struct nic_frame fifo[NIC_FIFO];
    unsigned head, count;
    bool rx_blocked; /* receive() said -EAGAIN */
    bool rx_room;    /* and there is room again */
};

/* isa_nic_dma.c */
/* dd_nic_start_locked - begin a transfer of @len bytes */
void dd_nic_start_locked(struct dd_isanic *d, struct nic_transfer *t, uint32_t len);
/* dd_nic_pop_locked - the oldest frame leaves the FIFO */
void dd_nic_pop_locked(struct dd_isanic *d);
/* dd_nic_dma - let the controller run both channels as far as it will; no lock held. True:
 * something moved */
bool dd_nic_dma(struct dd_isanic *d);

#endif
