/* SPDX-License-Identifier: MIT */
/*
 * The soft IOMMU, inside: only the domain*.c include this.
 *
 *   iova  63 .......... 44 | 43 ......... 24 | 23 ...... 12 | 11 .. 0
 *          top (far only)      leaf pointer      page in leaf    byte
 *
 * One 64-bit word holds all an access needs to know about a page, so that a reader takes no lock
 * and can never see half a change:
 *
 *   63 ... 28 host page | 27 ... 16 first byte | 15 ... 4 last byte | 3 lazy | 2 was used | 1:0
 * direction
 *
 * Direction 0 means not mapped; such a page keeps its bounds, and its owner in the second word, for
 * reports. Lazy and direction 0: taken away by dd_domain_revoke(). Pages below 2^44 are found
 * through one array of leaf pointers; the few above it cost one load more.
 */
#ifndef DD_DEV_DOMAIN_TABLE_H
#define DD_DEV_DOMAIN_TABLE_H

#include "base/check.h"
#include "base/thread.h"
#include "dev/domain.h"

#include <stdatomic.h>

#define LEAF_SHIFT  12
#define LEAF_PAGES  (1u << LEAF_SHIFT)
#define NEAR_BITS   44
#define NEAR_LEAVES (1u << (NEAR_BITS - DD_PAGE_SHIFT - LEAF_SHIFT))
#define FAR_TOPS    (1u << (64 - NEAR_BITS))

#define W_DIR         3ull
#define W_USED        4ull
#define W_LAZY        8ull
#define W_LAST_SHIFT  4
#define W_FIRST_SHIFT 16
#define W_HOST_SHIFT  28

/* ranges freed in a lazy domain before the batch is really unmapped */
#define LAZY_BATCH 256u
/* posted unmaps of a strict domain before the hardware is asked what it refused: until then the
 * book keeps them, to explain what they were */
#define POSTED_BATCH 32u

struct slot {
    _Atomic uint64_t word;
    _Atomic uint64_t owner; /* high bit: first page of a dd_domain_map() call */
};

#define OWNER_START (1ull << 63)

struct leaf {
    struct slot slots[LEAF_PAGES];
};

typedef _Atomic(struct leaf *) leaf_ptr;
typedef _Atomic(leaf_ptr *) top_ptr;

struct range {
    uint64_t iova;
    size_t len_bytes;
};

struct dd_domain {
    struct dd_ram *ram;
    enum dd_domain_mode mode;
    uint64_t limit; /* highest address, inclusive */
    _Atomic(const void *) adapter;
    const struct dd_domain_mmu *mmu;
    size_t near_count;
    _Atomic size_t near_used; /* leaves are below this index */
    leaf_ptr *near;
    _Atomic(top_ptr *) far; /* by bits 63:44; made when first needed */
    _Atomic uint64_t faults;
    struct dd_mutex lock; /* guards growth of the tables and the lazy batch */
    unsigned lazy_count;
    struct range lazy[LAZY_BATCH];
};

static inline unsigned word_first(uint64_t w)
{
    return (unsigned)(w >> W_FIRST_SHIFT) & (unsigned)DD_PAGE_MASK;
}

static inline unsigned word_last(uint64_t w)
{
    return (unsigned)(w >> W_LAST_SHIFT) & (unsigned)DD_PAGE_MASK;
}

static inline unsigned char *word_host(uint64_t w)
{
    return (unsigned char *)(uintptr_t)((w >> W_HOST_SHIFT) << DD_PAGE_SHIFT);
}

/* mapped for somebody (a lazily freed page is not) */
static inline bool word_is_live(uint64_t w)
{
    return (w & W_DIR) != 0 && (w & W_LAZY) == 0;
}

static inline bool word_is_revoked(uint64_t w)
{
    return (w & (W_DIR | W_LAZY)) == W_LAZY;
}

static inline leaf_ptr *leaf_place(struct dd_domain *d, uint64_t iova)
{
    size_t n = (size_t)(iova >> (DD_PAGE_SHIFT + LEAF_SHIFT));
    top_ptr *far;
    leaf_ptr *mid;

    if (n < d->near_count) {
        return &d->near[n];
    }
    far = atomic_load_explicit(&d->far, memory_order_acquire);
    if (!far) {
        return NULL;
    }
    mid = atomic_load_explicit(&far[iova >> NEAR_BITS], memory_order_acquire);
    return mid ? &mid[n % NEAR_LEAVES] : NULL;
}

static inline struct slot *slot_find(struct dd_domain *d, uint64_t iova)
{
    leaf_ptr *place = leaf_place(d, iova);
    struct leaf *leaf = place ? atomic_load_explicit(place, memory_order_acquire) : NULL;

    return leaf ? &leaf->slots[(iova >> DD_PAGE_SHIFT) % LEAF_PAGES] : NULL;
}

#endif
