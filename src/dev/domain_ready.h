/* SPDX-License-Identifier: MIT */
/*
 * Mapping prepared pages (dd_domain_prepare) of a strict domain where nobody listens: a few stores.
 */
#ifndef DD_DEV_DOMAIN_READY_H
#define DD_DEV_DOMAIN_READY_H

#include "dev/domain_table.h"

/* dd_ready_slot - of a prepared device page; valid while the domain is. Slots of one leaf follow each
 * other */
static inline struct slot *dd_ready_slot(struct dd_domain *d, uint64_t iova)
{
    return slot_find(d, iova);
}

/* dd_ready_leaf - pages from @iova to the end of its leaf */
static inline uint32_t dd_ready_leaf(uint64_t iova)
{
    return LEAF_PAGES - (uint32_t)((iova >> DD_PAGE_SHIFT) % LEAF_PAGES);
}

/* dd_ready_map - @s: the first page's slot; @host: RAM through the device-side mapping, its page
 * offset is that of the device address */
static inline void dd_ready_map(struct slot *s, const void *host, uint64_t len_bytes,
                                enum dd_dir dir, uint64_t owner)
{
    uint64_t first = (uint64_t)(uintptr_t)host & DD_PAGE_MASK, end = first + len_bytes - 1;
    uint64_t w = ((uint64_t)(uintptr_t)host >> DD_PAGE_SHIFT) << W_HOST_SHIFT |
                 first << W_FIRST_SHIFT | W_USED | (uint64_t)dir;

    owner |= OWNER_START;
    for (; __builtin_expect(end > DD_PAGE_MASK, 0); end -= DD_PAGE_BYTES, s++) {
        atomic_store_explicit(&s->owner, owner, memory_order_relaxed);
        atomic_store_explicit(&s->word, w | DD_PAGE_MASK << W_LAST_SHIFT, memory_order_release);
        owner &= ~OWNER_START;
        w = (w & ~(DD_PAGE_MASK << W_FIRST_SHIFT)) + (1ull << W_HOST_SHIFT);
    }
    atomic_store_explicit(&s->owner, owner, memory_order_relaxed);
    atomic_store_explicit(&s->word, w | end << W_LAST_SHIFT, memory_order_release);
}

/* dd_ready_unmap - @pages that dd_ready_map() mapped */
static inline void dd_ready_unmap(struct slot *s, uint32_t pages)
{
    do {
        uint64_t w = atomic_load_explicit(&s->word, memory_order_relaxed);

        atomic_store_explicit(&s->word, w & ~W_DIR, memory_order_release);
        s++;
    } while (--pages > 0);
}

#endif
