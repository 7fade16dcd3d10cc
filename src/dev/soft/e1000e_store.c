/* SPDX-License-Identifier: MIT */
/* Receive: a frame into its buffers and descriptors. Order of writes: data, descriptor without DD,
 * DD. */
#include "e1000e_rx.h"

#include <stdatomic.h>

static size_t buffer_bytes(const struct dd_e1k *d)
{
    uint32_t rctl = e1k_reg(d, E1K_RCTL), flx = rctl >> RCTL_FLXBUF_SHIFT & 15;
    size_t bytes = (size_t)2048 >> (rctl >> RCTL_BSIZE_SHIFT & 3);

    if (flx != 0) {
        return (size_t)flx * 1024;
    }
    return (rctl & RCTL_BSEX) != 0 ? bytes * 16 : bytes;
}

static uint64_t desc_word(const struct e1k_rxq *q, uint32_t unit, unsigned word)
{
    uint64_t v;

    memcpy(&v, q->cache + (q->cache_pos + unit) * E1K_DESC_BYTES + 8 * word, sizeof(v));
    return v;
}

/* bytes the descriptor at cached unit @unit takes of @s */
size_t dd_e1k_rx_takes_locked(const struct dd_e1k *d, const struct e1k_store *s, uint32_t unit,
                              bool first, size_t left)
{
    size_t room = 0;

    if (!s->split) {
        return desc_word(s->q, unit, 0) != 0 ? (size_t)dd_min_u64(left, buffer_bytes(d)) : 0;
    }
    for (unsigned i = 1; i < SPLIT_BUFFERS; i++) {
        room += e1k_split_bytes(d, i);
    }
    room += !first ? 0 : s->header != 0 ? s->header : e1k_split_bytes(d, 0);
    return (size_t)dd_min_u64(left, room);
}

static void dma_write(struct dd_e1k *d, uint64_t iova, const void *p, size_t len)
{
    (void)dd_domain_access(d->dev.host->domain, (dd_iova){iova}, (void *)(uintptr_t)p, len, true);
}

/* @status_at: where the word with DD is in @desc; it is written again, last, with DD set */
static void write_back(struct dd_e1k *d, uint64_t iova, uint8_t *desc, size_t len, size_t status_at)
{
    dma_write(d, iova, desc, len);
    atomic_thread_fence(memory_order_release);
    desc[status_at] |= RXS_DD;
    dma_write(d, iova + status_at, desc + status_at, 1);
}

static uint64_t head_iova(const struct dd_e1k *d, const struct e1k_rxq *q)
{
    return ((uint64_t)e1k_rxr(d, q, E1K_RDBAH) << 32 | e1k_rxr(d, q, E1K_RDBAL)) +
           (uint64_t)e1k_rxr(d, q, E1K_RDH) * E1K_DESC_BYTES;
}

static uint32_t final_status(const struct e1k_store *s)
{
    return s->at == s->len ? s->pk->status | RXS_EOP : 0;
}

static void store_legacy(struct dd_e1k *d, struct e1k_store *s, size_t n)
{
    uint64_t iova = head_iova(d, s->q);
    uint32_t status = final_status(s);
    uint8_t desc[8] = {0};

    e1k_put16(desc, (uint32_t)n);
    if (status != 0) {
        e1k_put16(desc + 2, s->csum_dword >> 16);
        desc[4] = (uint8_t)status;
        desc[5] = (uint8_t)(status >> 24);
        e1k_put16(desc + 6, s->pk->tag);
    }
    write_back(d, iova + 8, desc, sizeof(desc), 4);
}

/* the first 16 bytes of both extended formats */
static void fill_extended(const struct e1k_store *s, uint8_t *desc, size_t n)
{
    uint32_t status = final_status(s);

    if (status != 0) {
        e1k_put32(desc, s->pk->rss_type | s->q->n << 8);
        e1k_put32(desc + 4, s->csum_dword);
        e1k_put32(desc + 8, status);
        e1k_put16(desc + 14, s->pk->tag);
    }
    e1k_put16(desc + 12, (uint32_t)n);
}

static void store_one_buffer(struct dd_e1k *d, struct e1k_store *s)
{
    uint64_t to = desc_word(s->q, 0, 0);
    size_t n = dd_e1k_rx_takes_locked(d, s, 0, s->first, s->len - s->at);
    uint8_t desc[16] = {0};

    if (n > 0) {
        dma_write(d, to, s->p + s->at, n);
        s->at += n;
    }
    if (e1k_rx_extended(d)) {
        fill_extended(s, desc, n);
        write_back(d, head_iova(d, s->q), desc, sizeof(desc), 8);
    } else {
        store_legacy(d, s, n);
    }
}

static void store_split(struct dd_e1k *d, struct e1k_store *s)
{
    uint8_t desc[32] = {0};
    size_t lens[SPLIT_BUFFERS] = {0};

    for (unsigned i = s->first ? 0 : 1; i < SPLIT_BUFFERS && s->at < s->len; i++) {
        size_t room = i == 0 && s->header != 0 ? s->header : e1k_split_bytes(d, i);

        lens[i] = (size_t)dd_min_u64(room, s->len - s->at);
        if (lens[i] > 0) {
            dma_write(d, desc_word(s->q, 0, i), s->p + s->at, lens[i]);
        }
        s->at += lens[i];
    }
    fill_extended(s, desc, lens[0]);
    if (s->first && s->header != 0) {
        e1k_put16(desc + 16, (uint32_t)s->header | 0x8000u);
    }
    for (unsigned i = 1; i < SPLIT_BUFFERS; i++) {
        e1k_put16(desc + 16 + 2 * i, (uint32_t)lens[i]);
    }
    write_back(d, head_iova(d, s->q), desc, sizeof(desc), 8);
}

void dd_e1k_store_locked(struct dd_e1k *d, struct e1k_store *s)
{
    uint32_t step = s->split ? 2 : 1, n = e1k_rx_count(d, s->q);
    uint32_t *head = &d->regs[(E1K_RDH + 0x100 * s->q->n) / 4];

    s->first = true;
    while (s->at < s->len) {
        if (s->split) {
            store_split(d, s);
        } else {
            store_one_buffer(d, s);
        }
        s->first = false;
        s->q->cache_pos += step;
        s->q->cached -= step;
        *head = (*head + step) % n;
    }
}
