/* SPDX-License-Identifier: MIT */
/* Receive, inside: between e1000e_rx.c, which decides, and e1000e_store.c, which writes. */
#ifndef DD_DEV_SOFT_E1000E_RX_H
#define DD_DEV_SOFT_E1000E_RX_H

#include "e1000e.h"

#define SPLIT_BUFFERS 4u

/* a frame being stored */
struct e1k_store {
    struct e1k_rxq *q;
    const uint8_t *p;
    size_t len, at; /* bytes to store; stored */
    struct e1k_packet *pk;
    uint32_t csum_dword; /* second dword of the descriptor */
    bool split;
    size_t header; /* packet split: bytes for buffer 0; 0: not split */
    bool first;
};

static inline uint32_t e1k_rxr(const struct dd_e1k *d, const struct e1k_rxq *q, uint32_t addr)
{
    return e1k_reg(d, addr + 0x100 * q->n);
}

static inline uint32_t e1k_rx_count(const struct dd_e1k *d, const struct e1k_rxq *q)
{
    return e1k_rxr(d, q, E1K_RDLEN) / E1K_DESC_BYTES;
}

static inline bool e1k_rx_extended(const struct dd_e1k *d)
{
    return (e1k_reg(d, E1K_RFCTL) & RFCTL_EXTEN) != 0;
}

static inline size_t e1k_split_bytes(const struct dd_e1k *d, unsigned i)
{
    uint32_t psr = e1k_reg(d, E1K_PSRCTL);

    return i == 0 ? (size_t)(psr & 0x7f) * 128 : (size_t)(psr >> (8 * i) & 0x3f) * 1024;
}

/* bytes the descriptor at cached unit @unit takes of the @left bytes of @s; @first: it is the
 * frame's first */
size_t dd_e1k_rx_takes_locked(const struct dd_e1k *d, const struct e1k_store *s, uint32_t unit,
                              bool first, size_t left);
/* all of @s into the cached descriptors, which have room for it */
void dd_e1k_store_locked(struct dd_e1k *d, struct e1k_store *s);

#endif
