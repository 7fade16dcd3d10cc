/* SPDX-License-Identifier: MIT */
/* soft:isanic: DREQ, and the card's side of the controller's cycles. */
#include "isa_nic.h"

void dd_nic_start_locked(struct dd_isanic *d, struct nic_transfer *t, uint32_t len)
{
    (void)d;
    t->active = len > 0;
    t->paused = false;
    t->at = 0;
    t->len = len;
    t->burst = 0;
}

void dd_nic_pop_locked(struct dd_isanic *d)
{
    d->head = (d->head + 1) % NIC_FIFO;
    d->count--;
    d->rx_room = d->rx_room || d->rx_blocked;
    d->rx_blocked = false;
}

/* --- the end of a transfer --- */

static void end_locked(struct dd_isanic *d, struct nic_transfer *t, uint16_t event)
{
    t->active = false;
    d->status |= event;
}

static void tx_end_locked(struct dd_isanic *d, bool whole)
{
    d->tx_whole = whole;
    if (whole) {
        d->tx_frame.len = (uint16_t)d->tx.len;
        d->tx.active = false; /* ST_TX_DONE follows when the frame is on the wire */
    } else {
        end_locked(d, &d->tx, ST_TX_ERROR);
    }
}

/* a frame that did not fit stays where it is */
static void rx_end_locked(struct dd_isanic *d, bool whole)
{
    bool stream = (d->control & CT_STREAM) != 0;

    end_locked(d, &d->rx, stream ? ST_RING : whole ? ST_RX_DONE : ST_RX_ERROR);
    if (whole) {
        dd_nic_pop_locked(d);
    }
}

/* the level of DREQ */
static bool sense_locked(struct dd_isanic *d, struct nic_transfer *t)
{
    t->dreq = t->active && !t->paused && !d->removed;
    return t->dreq;
}

/* the same after a unit */
static bool level_locked(struct dd_isanic *d, struct nic_transfer *t)
{
    if (t->active && d->burst != 0 && ++t->burst >= d->burst) {
        t->burst = 0;
        t->dreq = false;
        if ((d->control & CT_PAUSE) != 0) {
            t->paused = true;
            d->status |= ST_PAUSED;
        }
        return false;
    }
    return sense_locked(d, t);
}

/* --- cycles: the controller's lock is held --- */

static bool tx_cycle(void *arg, enum dd_dma_cycle cycle, bool terminal, uint16_t *unit)
{
    struct dd_isanic *d = arg;
    bool level;

    dd_mutex_lock(&d->lock);
    if (d->tx.active && cycle == DD_DMA_TO_DEVICE) {
        d->tx_frame.bytes[d->tx.at++] = (uint8_t)*unit;
        if (d->tx.at == d->tx.len) {
            tx_end_locked(d, true);
        }
    }
    if (d->tx.active && (terminal || cycle == DD_DMA_TO_MEMORY)) {
        tx_end_locked(d, false);
    }
    level = cycle == DD_DMA_SENSE ? sense_locked(d, &d->tx) : level_locked(d, &d->tx);
    dd_mutex_unlock(&d->lock);
    return level;
}

/* byte @at of what is being given: the frame, or (stream) its record */
static uint8_t rx_byte(const struct dd_isanic *d, uint32_t at)
{
    const struct nic_frame *f = &d->fifo[d->head];
    uint16_t head[2] = {f->len, (uint16_t)~f->len};

    if ((d->control & CT_STREAM) != 0) {
        if (at < NIC_RECORD_HEAD) {
            return (uint8_t)(head[at / 2] >> 8 * (at % 2));
        }
        at -= NIC_RECORD_HEAD;
    }
    return at < f->len ? f->bytes[at] : 0;
}

static bool rx_cycle(void *arg, enum dd_dma_cycle cycle, bool terminal, uint16_t *unit)
{
    struct dd_isanic *d = arg;
    bool stream, level;

    dd_mutex_lock(&d->lock);
    stream = (d->control & CT_STREAM) != 0;
    if (d->rx.active && cycle == DD_DMA_TO_MEMORY) {
        *unit = (uint16_t)(rx_byte(d, d->rx.at) | rx_byte(d, d->rx.at + 1) << 8);
        d->rx.at += 2;
        if (d->rx.at >= d->rx.len) {
            rx_end_locked(d, true);
        }
    }
    if (d->rx.active && ((terminal && !stream) || cycle == DD_DMA_TO_DEVICE)) {
        rx_end_locked(d, false);
    }
    level = cycle == DD_DMA_SENSE ? sense_locked(d, &d->rx) : level_locked(d, &d->rx);
    dd_mutex_unlock(&d->lock);
    return level;
}

/* --- the pins --- */

/* the next record, when frame and credit are there */
static void stream_locked(struct dd_isanic *d)
{
    uint32_t len;

    if ((d->control & CT_STREAM) == 0 || (d->control & CT_RX) == 0 || d->rx.active ||
        d->count == 0) {
        return;
    }
    len = (uint32_t)dd_align_up(NIC_RECORD_HEAD + d->fifo[d->head].len, 2);
    if (d->credit >= len) {
        d->credit -= len;
        dd_nic_start_locked(d, &d->rx, len);
    }
}

/* raise or lower the pin when that is due */
static void tell_dreq(struct dd_isanic *d, struct nic_transfer *t, unsigned channel)
{
    const struct dd_dma_line *line = d->dev.host->dma;
    bool want, told;

    dd_mutex_lock(&d->lock);
    told = t->dreq;
    want = sense_locked(d, t);
    dd_mutex_unlock(&d->lock);
    if (want != told) {
        line->request(line->arg, channel, want);
    }
}

bool dd_nic_dma(struct dd_isanic *d)
{
    const struct dd_dma_line *line = d->dev.host->dma;
    size_t n;

    if (!line) {
        return false;
    }
    dd_mutex_lock(&d->lock);
    stream_locked(d);
    dd_mutex_unlock(&d->lock);
    tell_dreq(d, &d->tx, NIC_TX_CHANNEL);
    tell_dreq(d, &d->rx, NIC_RX_CHANNEL);
    n = line->run(line->arg, NIC_TX_CHANNEL, tx_cycle, d);
    n += line->run(line->arg, NIC_RX_CHANNEL, rx_cycle, d);
    return n > 0;
}
