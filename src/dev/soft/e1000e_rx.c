/* SPDX-License-Identifier: MIT */
/*
 * Receive: filter a frame, find room for all of it, store it.
 *
 *        RDH                  RDT
 *   .....|cached|...not read...|.....   hardware owns [RDH, RDT), in units of 16 bytes
 *
 * The wire is lossless: with no room nothing is stored and the wire keeps the frame (-EAGAIN), so
 * RXO and MPC are for frames that are really lost. Order of writes: data, descriptor without DD,
 * DD. A write that faults leaves memory alone and nothing else changes, as posted writes on the bus
 * do.
 */
#include "e1000e_rx.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>

#define FRAME_MAX_WITHOUT_LPE 1518u /* 1522 with FCS */
#define DELAY_UNIT_NS         1024u

static bool is_split(const struct dd_e1k *d)
{
    return e1k_rx_extended(d) && (e1k_reg(d, E1K_RCTL) & RCTL_DTYP) == RCTL_DTYP_SPLIT;
}

/* units the hardware owns */
static uint32_t ring_free(const struct dd_e1k *d, const struct e1k_rxq *q)
{
    uint32_t n = e1k_rx_count(d, q), head = e1k_rxr(d, q, E1K_RDH), tail = e1k_rxr(d, q, E1K_RDT);

    return head < n && tail < n ? (tail + n - head) % n : 0;
}

/* --- descriptors --- */

/* have @want units in the cache. -EAGAIN: not that many are owned; -EIO: they can not be read or
 * kept */
static int fetch(struct dd_e1k *d, struct e1k_rxq *q, uint32_t want)
{
    uint32_t n = e1k_rx_count(d, q), own = ring_free(d, q);

    if (want > own) {
        return -EAGAIN;
    }
    if (want > E1K_RX_CACHE) {
        return -EIO;
    }
    while (q->cached < want) {
        uint32_t at = (e1k_rxr(d, q, E1K_RDH) + q->cached) % n;
        uint32_t more = d->options.prefetch ? E1K_RX_BURST : want - q->cached;
        uint64_t base = (uint64_t)e1k_rxr(d, q, E1K_RDBAH) << 32 | e1k_rxr(d, q, E1K_RDBAL);

        more = (uint32_t)dd_min_u64(dd_min_u64(more, own - q->cached),
                                    dd_min_u64(n - at, E1K_RX_CACHE - q->cached));
        if (q->cache_pos + q->cached + more > E1K_RX_CACHE) {
            memmove(q->cache, q->cache + q->cache_pos * E1K_DESC_BYTES, q->cached * E1K_DESC_BYTES);
            q->cache_pos = 0;
        }
        if (dd_domain_access(d->dev.host->domain, (dd_iova){base + (uint64_t)at * E1K_DESC_BYTES},
                             q->cache + (q->cache_pos + q->cached) * E1K_DESC_BYTES,
                             more * E1K_DESC_BYTES, false) < 0) {
            dd_log(DD_LOG_WARN, "soft:e1000e: receive ring %u stops: a descriptor can not be read",
                   q->n);
            q->halted = true;
            return -EIO;
        }
        q->cached += more;
    }
    return 0;
}

/* is there room for the whole frame? 0, -EAGAIN, or -EIO: it can never be stored */
static int find_room(struct dd_e1k *d, struct e1k_store *s)
{
    uint32_t units = 0, step = s->split ? 2 : 1;
    size_t left = s->len, all = 0;
    int r;

    while (left > 0) {
        size_t n;

        r = fetch(d, s->q, units + step);
        if (r < 0) {
            return r;
        }
        n = dd_e1k_rx_takes_locked(d, s, units, units == 0, left);
        all += n;
        if (s->split && all == 0) {
            return -EIO; /* PSRCTL has no buffers */
        }
        left -= n;
        units += step;
    }
    return 0;
}

/* --- interrupts --- */

static void delay_rx(struct dd_e1k *d, uint32_t rdtr)
{
    uint32_t radv = e1k_reg(d, E1K_RADV);

    dd_e1k_arm_locked(d, E1K_T_RDTR, d->now_ns + (uint64_t)rdtr * DELAY_UNIT_NS);
    if (radv != 0 && d->at_ns[E1K_T_RADV] == E1K_NEVER) {
        dd_e1k_arm_locked(d, E1K_T_RADV, d->now_ns + (uint64_t)radv * DELAY_UNIT_NS);
    }
}

static void raise_rx(struct dd_e1k *d, const struct e1k_store *s)
{
    bool msix = d->irq_mode == DD_IRQ_MSIX, secrc = (e1k_reg(d, E1K_RCTL) & RCTL_SECRC) != 0;
    uint32_t rdtr = e1k_reg(d, E1K_RDTR), raid = e1k_reg(d, E1K_RAID), causes = 0;
    uint32_t low = e1k_rx_count(d, s->q) >> ((e1k_reg(d, E1K_RCTL) >> RCTL_RDMTS_SHIFT & 3) + 1);
    size_t small = s->pk->len + (secrc ? 0 : E1K_FCS_BYTES);

    if (msix) {
        causes = ICR_RXQ0 << s->q->n;
    } else if (rdtr != 0) {
        delay_rx(d, rdtr);
    } else {
        causes = ICR_RXT0;
    }
    if (!msix && ring_free(d, s->q) <= low) {
        causes |= ICR_RXDMT0;
    }
    if (small < e1k_reg(d, E1K_RSRPD)) {
        causes |= ICR_SRPD;
    }
    if ((s->pk->status & RXS_ACK) != 0) {
        if (raid != 0 && !msix) {
            dd_e1k_arm_locked(d, E1K_T_RAID, d->now_ns + (uint64_t)raid * DELAY_UNIT_NS);
        } else {
            causes |= ICR_ACK;
        }
    }
    dd_e1k_irq_raise_locked(d, causes);
}

/* --- a frame --- */

/* tag out, FCS on: into d->rx_copy when either is asked for */
static int prepare(struct dd_e1k *d, struct e1k_store *s)
{
    bool strip = s->pk->tagged && (e1k_reg(d, E1K_CTRL) & CTRL_VME) != 0;
    bool fcs = (e1k_reg(d, E1K_RCTL) & RCTL_SECRC) == 0;
    size_t want = s->len + E1K_FCS_BYTES;

    if (!strip && !fcs) {
        return 0;
    }
    if (d->rx_copy_cap < want) {
        uint8_t *p = realloc(d->rx_copy, want);

        if (!p) {
            return -ENOMEM;
        }
        d->rx_copy = p;
        d->rx_copy_cap = want;
    }
    memcpy(d->rx_copy, s->p, s->len);
    if (fcs) { /* of the frame as it was on the wire */
        e1k_put32(d->rx_copy + s->len, dd_e1k_crc32(s->p, s->len));
        s->len += E1K_FCS_BYTES;
    }
    if (strip) {
        memmove(d->rx_copy + 12, d->rx_copy + 16, s->len - 16);
        s->len -= 4;
        s->pk->status |= RXS_VP;
        s->pk->payload -= s->pk->payload != 0 ? 4 : 0;
    }
    s->p = d->rx_copy;
    return 0;
}

static void fill_csum(struct dd_e1k *d, struct e1k_store *s)
{
    uint32_t rxcsum = e1k_reg(d, E1K_RXCSUM), pcss = rxcsum & 0xff;

    if ((rxcsum & RXCSUM_PCSD) != 0) {
        s->csum_dword = s->pk->rss_hash;
        return;
    }
    s->csum_dword = s->pk->ip_id;
    /* asked for by a start other than the default 0; drivers that leave it there find 0 */
    if (pcss != 0 && pcss < s->len) {
        s->csum_dword |= (uint32_t)dd_inet_sum(s->p + pcss, s->len - pcss, 0) << 16;
    }
}

static int lost(struct dd_e1k *d, size_t len)
{
    dd_e1k_stat_passed_by_locked(d, len + E1K_FCS_BYTES);
    dd_e1k_stat_add_locked(d, E1K_MPC, 1);
    return 0;
}

/* a frame no filter dropped */
static int take(struct dd_e1k *d, const uint8_t *frame, size_t len, struct e1k_packet *pk,
                bool looped)
{
    struct e1k_store s = {
        .q = &d->rx[pk->queue], .p = frame, .len = len, .pk = pk, .split = is_split(d)};
    int r;

    if (prepare(d, &s) < 0 || s.q->halted || e1k_rx_count(d, s.q) == 0) {
        return lost(d, len);
    }
    if ((pk->status & RXS_VP) == 0) {
        pk->tag = 0;
    }
    if (s.split && pk->payload != 0 && pk->payload <= e1k_split_bytes(d, 0) &&
        pk->payload <= s.len) {
        s.header = pk->payload;
    }
    fill_csum(d, &s);
    r = find_room(d, &s);
    if (r == -EAGAIN && !looped) {
        if (!d->rx_blocked) {
            dd_e1k_stat_add_locked(d, E1K_RNBC, 1);
        }
        d->rx_blocked = true;
        return -EAGAIN;
    }
    if (r < 0) {
        return lost(d, len);
    }
    dd_e1k_stat_received_locked(d, len + E1K_FCS_BYTES, frame);
    dd_e1k_store_locked(d, &s);
    raise_rx(d, &s);
    return 0;
}

static int can_receive(struct dd_e1k *d, bool looped)
{
    if (d->removed) {
        return -ENODEV;
    }
    if (d->asleep || (!looped && !dd_e1k_link_is_up_locked(d))) {
        return -ENETDOWN;
    }
    if ((e1k_reg(d, E1K_RCTL) & RCTL_EN) == 0 || !dd_e1k_dma_on_locked(d)) {
        d->rx_blocked |= !looped;
        return -EAGAIN;
    }
    return 0;
}

int dd_e1k_receive_locked(struct dd_e1k *d, const uint8_t *frame, size_t len_bytes, bool looped)
{
    uint8_t padded[E1K_MIN_FRAME] = {0};
    struct e1k_packet pk;
    int r = can_receive(d, looped);

    if (r < 0) {
        return r;
    }
    if (len_bytes < E1K_MIN_FRAME) { /* no shorter frame comes off a wire */
        memcpy(padded, frame, len_bytes);
        frame = padded;
        len_bytes = E1K_MIN_FRAME;
    }
    if (len_bytes > FRAME_MAX_WITHOUT_LPE && (e1k_reg(d, E1K_RCTL) & (RCTL_LPE | RCTL_SBP)) == 0) {
        dd_e1k_stat_passed_by_locked(d, len_bytes + E1K_FCS_BYTES);
        dd_e1k_stat_add_locked(d, E1K_ROC, 1);
        return 0;
    }
    dd_e1k_parse(d, frame, len_bytes, &pk);
    if (!dd_e1k_wanted_locked(d, frame, &pk) || (!looped && dd_e1k_loopback_locked(d))) {
        dd_e1k_stat_passed_by_locked(d, len_bytes + E1K_FCS_BYTES);
        return 0;
    }
    return take(d, frame, len_bytes, &pk, looped);
}

/* --- registers --- */

void dd_e1k_rx_wake_locked(struct dd_e1k *d)
{
    d->rx_ready = d->rx_blocked;
    d->work = true;
}

void dd_e1k_rx_tail_locked(struct dd_e1k *d, unsigned queue, uint32_t value)
{
    dd_e1k_regs_store(d, E1K_RDT + 0x100 * queue, value);
    dd_e1k_rx_wake_locked(d);
}

bool dd_e1k_rx_run_locked(struct dd_e1k *d)
{
    bool on = (e1k_reg(d, E1K_RCTL) & RCTL_EN) != 0 && dd_e1k_dma_on_locked(d);
    bool ready = false;

    for (unsigned i = 0; on && i < E1K_QUEUES; i++) {
        struct e1k_rxq *q = &d->rx[i];
        uint32_t own = ring_free(d, q);

        /* silicon reads ahead as soon as there is something to read */
        if (own > 0 && q->cached == 0 && !q->halted && d->options.prefetch) {
            (void)fetch(d, q, 1);
        }
        ready |= own > 0;
    }
    if (!on || !ready || !d->rx_ready) {
        return false;
    }
    d->rx_ready = false;
    d->rx_blocked = false;
    return true;
}

void dd_e1k_rx_forget_locked(struct dd_e1k *d, unsigned queue)
{
    struct e1k_rxq *q = &d->rx[queue];

    q->cached = 0;
    q->cache_pos = 0;
    q->halted = false;
}

void dd_e1k_rx_reset_locked(struct dd_e1k *d)
{
    for (unsigned i = 0; i < E1K_QUEUES; i++) {
        d->rx[i].n = i;
        dd_e1k_rx_forget_locked(d, i);
    }
}
