/* SPDX-License-Identifier: MIT */
/*
 * Transmit rings.
 *
 *        TDH                  TDT
 *   .....|cached|...not read...|.....   hardware owns [TDH, TDT); descriptors are read in bursts
 * and kept
 *
 * A frame is gathered from its descriptors into q->data, exactly the bytes they name, and sent with
 * the last. A read that faults loses the frame, as a PCIe completion with an error would; its
 * descriptors are written back all the same. A descriptor that can not be read stops its ring until
 * the ring is set up again.
 *
 * DD is written for RS only. WTHRESH holds write-backs until enough are there, or TIDV, TADV or FPD
 * flush them.
 */
#include "e1000e.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>

#define BATCH_DESCRIPTORS 256u
#define BATCH_FRAMES      64u
#define BATCH_BYTES       0x40000u
#define DELAY_UNIT_NS     1024u

static uint32_t txr(const struct dd_e1k *d, const struct e1k_txq *q, uint32_t addr)
{
    return e1k_reg(d, addr + 0x100 * q->n);
}

static uint32_t ring_count(const struct dd_e1k *d, const struct e1k_txq *q)
{
    return txr(d, q, E1K_TDLEN) / E1K_DESC_BYTES;
}

static uint64_t desc_iova(const struct dd_e1k *d, const struct e1k_txq *q, uint32_t index)
{
    return ((uint64_t)txr(d, q, E1K_TDBAH) << 32 | txr(d, q, E1K_TDBAL)) +
           (uint64_t)index * E1K_DESC_BYTES;
}

/* the link stalls transmission on silicon; loopback needs none */
static bool queue_can_run(const struct dd_e1k *d, const struct e1k_txq *q)
{
    uint32_t n = ring_count(d, q);

    return q->kicked && !q->halted && (e1k_reg(d, E1K_TCTL) & TCTL_EN) != 0 &&
           dd_e1k_dma_on_locked(d) && txr(d, q, E1K_TDT) < n && txr(d, q, E1K_TDH) < n &&
           (dd_e1k_link_is_up_locked(d) || dd_e1k_loopback_locked(d));
}

/* one descriptor without prefetch, else all up to the tail, the end of the ring or the cache's size
 */
static bool fetch(struct dd_e1k *d, struct e1k_txq *q, uint32_t head, uint32_t tail)
{
    uint32_t n = tail > head ? tail - head : ring_count(d, q) - head;

    n = d->options.prefetch ? (uint32_t)dd_min_u64(n, E1K_TX_CACHE) : 1;
    if (dd_domain_access(d->dev.host->domain, (dd_iova){desc_iova(d, q, head)}, q->cache,
                         n * E1K_DESC_BYTES, false) < 0) {
        dd_log(DD_LOG_WARN, "soft:e1000e: transmit ring %u stops: a descriptor can not be read",
               q->n);
        q->halted = true;
        return false;
    }
    q->cache_pos = 0;
    q->cached = n;
    return true;
}

/* --- write-back and interrupts --- */

/* returns the causes that are due with it */
static uint32_t held_flush(struct dd_e1k *d, struct e1k_txq *q)
{
    uint32_t causes = q->held_causes;

    for (unsigned i = 0; i < q->held_count; i++) {
        /* a fault is counted by the domain; nothing else happens */
        (void)dd_domain_access(d->dev.host->domain, (dd_iova){q->held[i].iova}, &q->held[i].dword,
                               sizeof(q->held[i].dword), true);
    }
    q->held_count = 0;
    q->held_causes = 0;
    return causes;
}

static unsigned write_threshold(const struct dd_e1k *d, const struct e1k_txq *q)
{
    uint32_t r = txr(d, q, E1K_TXDCTL);
    unsigned w = r >> DCTL_WTHRESH_SHIFT & 63;

    /* without GRAN the unit is a cache line of four descriptors */
    return (r & DCTL_GRAN) != 0 ? w : w * 4;
}

/* @causes are due for a descriptor with or without IDE; one without takes all that waited along */
static void raise_or_delay(struct dd_e1k *d, uint32_t causes, bool ide)
{
    uint32_t tidv = e1k_reg(d, E1K_TIDV), tadv = e1k_reg(d, E1K_TADV);

    if (!ide || tidv == 0 || d->irq_mode == DD_IRQ_MSIX) {
        d->tx_fire |= causes;
        return;
    }
    d->tx_wait |= causes;
    dd_e1k_arm_locked(d, E1K_T_TIDV, d->now_ns + (uint64_t)tidv * DELAY_UNIT_NS);
    if (tadv != 0 && d->at_ns[E1K_T_TADV] == E1K_NEVER) {
        dd_e1k_arm_locked(d, E1K_T_TADV, d->now_ns + (uint64_t)tadv * DELAY_UNIT_NS);
    }
}

static void fire(struct dd_e1k *d)
{
    uint32_t causes = d->tx_fire;

    if (causes == 0) {
        return;
    }
    if (d->tx_wait != 0) {
        causes |= d->tx_wait;
        d->tx_wait = 0;
        dd_e1k_arm_locked(d, E1K_T_TIDV, E1K_NEVER);
        dd_e1k_arm_locked(d, E1K_T_TADV, E1K_NEVER);
    }
    d->tx_fire = 0;
    dd_e1k_irq_raise_locked(d, causes);
}

static uint32_t done_cause(const struct dd_e1k *d, const struct e1k_txq *q)
{
    return d->irq_mode == DD_IRQ_MSIX ? ICR_TXQ0 << q->n : ICR_TXDW;
}

void dd_e1k_tx_flush_locked(struct dd_e1k *d)
{
    for (unsigned i = 0; i < E1K_QUEUES; i++) {
        d->tx_fire |= held_flush(d, &d->tx[i]);
    }
    d->tx_fire |= d->tx_wait;
    fire(d);
}

static void write_back(struct dd_e1k *d, struct e1k_txq *q, uint32_t index, uint64_t hi)
{
    uint32_t cmd = (uint32_t)(hi >> 24) & 0xff, sta = ((uint32_t)(hi >> 32) & ~0xfu) | RXS_DD;
    bool ide = (cmd & CMD_IDE) != 0;

    if ((cmd & CMD_RS) != 0) {
        uint32_t causes = 0;

        q->held[q->held_count++] = (struct e1k_held){desc_iova(d, q, index) + 12, sta};
        q->held_causes |= done_cause(d, q);
        if (q->held_count >= write_threshold(d, q) || q->held_count == E1K_TX_HELD) {
            causes = held_flush(d, q);
        }
        raise_or_delay(d, causes, ide);
    } else if (d->irq_mode == DD_IRQ_MSIX && (e1k_reg(d, E1K_IVAR) & IVAR_EVERY_TX) != 0) {
        raise_or_delay(d, done_cause(d, q), ide);
    }
}

/* --- gathering --- */

static void frame_forget(struct e1k_txq *q)
{
    q->open = false;
    q->bad = false;
    q->len = 0;
}

static bool frame_room(struct e1k_txq *q, size_t more)
{
    size_t cap = q->cap ? q->cap : 16384;
    uint8_t *data;

    if (q->len + more > E1K_SEND_MAX) {
        return false;
    }
    while (cap < q->len + more) {
        cap *= 2;
    }
    if (cap != q->cap) {
        data = realloc(q->data, cap);
        if (!data) {
            return false;
        }
        q->data = data;
        q->cap = cap;
    }
    return true;
}

static void gather(struct dd_e1k *d, struct e1k_txq *q, uint64_t iova, size_t len)
{
    if (q->bad || len == 0) {
        return;
    }
    if (!frame_room(q, len)) {
        dd_log(DD_LOG_WARN, "soft:e1000e: a send of more than %u bytes is dropped", E1K_SEND_MAX);
        q->bad = true;
        return;
    }
    if (dd_domain_access(d->dev.host->domain, (dd_iova){iova}, q->data + q->len, len, false) < 0) {
        q->bad = true;
        return;
    }
    q->len += len;
}

static void take_context(struct e1k_txq *q, const struct e1k_desc *c)
{
    q->ctx = (struct e1k_ctx){
        .ipcss = (unsigned)(c->lo & 0xff),
        .ipcso = (unsigned)(c->lo >> 8 & 0xff),
        .ipcse = (unsigned)(c->lo >> 16 & 0xffff),
        .tucss = (unsigned)(c->lo >> 32 & 0xff),
        .tucso = (unsigned)(c->lo >> 40 & 0xff),
        .tucse = (unsigned)(c->lo >> 48 & 0xffff),
        .paylen = (unsigned)(c->hi & 0xfffff),
        .tucmd = (unsigned)(c->hi >> 24 & 0xff),
        .hdrlen = (unsigned)(c->hi >> 40 & 0xff),
        .mss = (unsigned)(c->hi >> 48 & 0xffff),
    };
}

/* one descriptor; true when it ended a frame */
static bool take_descriptor(struct dd_e1k *d, struct e1k_txq *q, const struct e1k_desc *c)
{
    uint8_t cmd = (uint8_t)(c->hi >> 24);
    unsigned dtyp = (unsigned)(c->hi >> 20 & 15);
    bool extended = (cmd & CMD_DEXT) != 0;
    size_t len = extended ? (size_t)(c->hi & 0xfffff) : (size_t)(c->hi & 0xffff);

    if (extended && dtyp == 0) {
        take_context(q, c);
        return false;
    }
    if (extended && dtyp != 1) {
        dd_log(DD_LOG_WARN, "soft:e1000e: transmit descriptor of unknown type %u is skipped", dtyp);
        return false;
    }
    if (!q->open) { /* options count in the first descriptor */
        q->open = true;
        q->cmd = cmd;
        q->popts = extended ? (uint8_t)(c->hi >> 40) & 3 : 0;
        q->vlan_tag = (uint16_t)(c->hi >> 48);
    }
    gather(d, q, c->lo, len);
    if ((cmd & CMD_EOP) == 0) {
        return false;
    }
    if (!q->bad) {
        dd_e1k_send_locked(d, q, c->hi);
    }
    frame_forget(q);
    return true;
}

/* --- the ring --- */

static void queue_empty(struct dd_e1k *d, struct e1k_txq *q, bool ide)
{
    q->kicked = false;
    raise_or_delay(d, ICR_TXQE, ide);
}

static void watch_low(struct dd_e1k *d, struct e1k_txq *q, uint32_t left)
{
    unsigned low = (txr(d, q, E1K_TXDCTL) >> TXDCTL_LWTHRESH_SHIFT & 127) * 8;
    bool is_low = low != 0 && left <= low;

    if (is_low && !q->low_told) {
        dd_e1k_irq_raise_locked(d, ICR_TXD_LOW);
    }
    q->low_told = is_low;
}

/* returns the number of descriptors done */
static unsigned queue_run(struct dd_e1k *d, struct e1k_txq *q, unsigned budget)
{
    uint32_t *head = &d->regs[(E1K_TDH + 0x100 * q->n) / 4];
    uint32_t tail = txr(d, q, E1K_TDT), n = ring_count(d, q);
    unsigned done = 0;
    bool ide = false;

    while (done < budget && *head != tail && d->out_count < BATCH_FRAMES &&
           d->out_len < BATCH_BYTES) {
        struct e1k_desc c;
        uint32_t index = *head;

        if (q->cached == 0 && !fetch(d, q, index, tail)) {
            break;
        }
        c = q->cache[q->cache_pos++];
        q->cached--;
        take_descriptor(d, q, &c);
        write_back(d, q, index, c.hi);
        ide = (c.hi >> 31 & 1) != 0;
        *head = index + 1 == n ? 0 : index + 1;
        done++;
    }
    if (*head == tail) {
        if (done > 0) {
            queue_empty(d, q, ide);
        }
        q->kicked = false;
    }
    watch_low(d, q, (tail + n - *head) % n);
    return done;
}

bool dd_e1k_tx_run_locked(struct dd_e1k *d)
{
    bool more = false;

    for (unsigned i = 0; i < E1K_QUEUES; i++) {
        struct e1k_txq *q = &d->tx[i];

        if (queue_can_run(d, q)) {
            queue_run(d, q, BATCH_DESCRIPTORS);
            more |= queue_can_run(d, q);
        }
    }
    fire(d);
    return more;
}

void dd_e1k_tx_tail_locked(struct dd_e1k *d, unsigned queue, uint32_t value)
{
    struct e1k_txq *q = &d->tx[queue];

    dd_e1k_regs_store(d, E1K_TDT + 0x100 * queue, value);
    if ((txr(d, q, E1K_TARC) & TARC_ENABLE) != 0) {
        q->kicked = true;
        d->work = true;
    }
}

void dd_e1k_tx_wake_locked(struct dd_e1k *d)
{
    d->work = true;
}

void dd_e1k_tx_enable_locked(struct dd_e1k *d)
{
    for (unsigned i = 0; i < E1K_QUEUES; i++) {
        struct e1k_txq *q = &d->tx[i];

        q->halted = false;
        if ((txr(d, q, E1K_TARC) & TARC_ENABLE) != 0 && txr(d, q, E1K_TDT) != txr(d, q, E1K_TDH)) {
            q->kicked = true;
        }
    }
    d->work = true;
}

void dd_e1k_tx_forget_locked(struct dd_e1k *d, unsigned queue)
{
    struct e1k_txq *q = &d->tx[queue];

    q->cached = 0;
    q->halted = false;
}

void dd_e1k_tx_reset_locked(struct dd_e1k *d)
{
    for (unsigned i = 0; i < E1K_QUEUES; i++) {
        struct e1k_txq *q = &d->tx[i];

        q->n = i;
        q->kicked = false;
        q->held_count = 0;
        q->held_causes = 0;
        q->low_told = false;
        q->ctx = (struct e1k_ctx){0};
        frame_forget(q);
        dd_e1k_tx_forget_locked(d, i);
    }
    d->tx_fire = 0;
    d->tx_wait = 0;
}
