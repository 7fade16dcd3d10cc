/* SPDX-License-Identifier: MIT */
/*
 * Statistics. Octets and size bins count the FCS, in both directions. A read clears a 32-bit
 * counter; a 64-bit pair is read low, then high, and the read of the high half clears both.
 * Counters stick at their maximum.
 */
#include "e1000e.h"

static bool is_pair(uint32_t addr)
{
    uint32_t low = addr & ~4u;

    return low == E1K_GORC || low == E1K_GOTC || low == E1K_TOR || low == E1K_TOT;
}

void dd_e1k_stat_add_locked(struct dd_e1k *d, uint32_t addr, uint32_t n)
{
    uint32_t *r = &d->regs[addr / 4];
    uint64_t v;

    if (!is_pair(addr)) {
        r[0] = dd_add_overflows(r[0], n, &r[0]) ? UINT32_MAX : r[0];
        return;
    }
    v = (uint64_t)r[1] << 32 | r[0];
    if (dd_add_overflows(v, (uint64_t)n, &v)) {
        v = UINT64_MAX;
    }
    r[0] = (uint32_t)v;
    r[1] = (uint32_t)(v >> 32);
}

uint32_t dd_e1k_stat_read_locked(struct dd_e1k *d, uint32_t addr)
{
    uint32_t *r = &d->regs[addr / 4];
    uint32_t v = *r;

    if (!is_pair(addr)) {
        *r = 0;
    } else if ((addr & 4) != 0) {
        r[0] = 0;
        r[-1] = 0;
    }
    return v;
}

/* six counters, by the size on the wire */
static uint32_t size_bin(uint32_t first, size_t wire_bytes)
{
    static const unsigned limits[] = {64, 127, 255, 511, 1023};
    uint32_t i = 0;

    while (i < DD_ARRAY_LEN(limits) && wire_bytes > limits[i]) {
        i++;
    }
    return first + 4 * i;
}

static bool is_broadcast(const uint8_t *dest)
{
    return (dest[0] & dest[1] & dest[2] & dest[3] & dest[4] & dest[5]) == 0xff;
}

void dd_e1k_stat_sent_locked(struct dd_e1k *d, size_t wire_bytes, const uint8_t *dest)
{
    dd_e1k_stat_add_locked(d, E1K_GPTC, 1);
    dd_e1k_stat_add_locked(d, E1K_TPT, 1);
    dd_e1k_stat_add_locked(d, E1K_GOTC, (uint32_t)wire_bytes);
    dd_e1k_stat_add_locked(d, E1K_TOT, (uint32_t)wire_bytes);
    dd_e1k_stat_add_locked(d, size_bin(E1K_PTC64, wire_bytes), 1);
    if (is_broadcast(dest)) {
        dd_e1k_stat_add_locked(d, E1K_BPTC, 1);
    } else if ((dest[0] & 1) != 0) {
        dd_e1k_stat_add_locked(d, E1K_MPTC, 1);
    }
}

void dd_e1k_stat_passed_by_locked(struct dd_e1k *d, size_t wire_bytes)
{
    dd_e1k_stat_add_locked(d, E1K_TPR, 1);
    dd_e1k_stat_add_locked(d, E1K_TOR, (uint32_t)wire_bytes);
}

void dd_e1k_stat_received_locked(struct dd_e1k *d, size_t wire_bytes, const uint8_t *dest)
{
    dd_e1k_stat_passed_by_locked(d, wire_bytes);
    dd_e1k_stat_add_locked(d, E1K_GPRC, 1);
    dd_e1k_stat_add_locked(d, E1K_GORC, (uint32_t)wire_bytes);
    dd_e1k_stat_add_locked(d, size_bin(E1K_PRC64, wire_bytes), 1);
    if (is_broadcast(dest)) {
        dd_e1k_stat_add_locked(d, E1K_BPRC, 1);
    } else if ((dest[0] & 1) != 0) {
        dd_e1k_stat_add_locked(d, E1K_MPRC, 1);
    }
}
