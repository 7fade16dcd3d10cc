/* SPDX-License-Identifier: MIT */
/* The hardware behind a domain, and mappings that are taken away from under a device. */
#include "domain_table.h"

void dd_domain_set_mmu(struct dd_domain *d, const struct dd_domain_mmu *mmu)
{
    d->mmu = d->mode != DD_DOMAIN_OFF ? mmu : NULL;
}

bool dd_domain_has_mmu(const struct dd_domain *d)
{
    return d->mmu != NULL;
}

static struct leaf *near_leaf(struct dd_domain *d, size_t n)
{
    return atomic_load_explicit(&d->near[n], memory_order_acquire);
}

static uint64_t live_owner(const struct slot *s)
{
    uint64_t w = atomic_load_explicit(&s->word, memory_order_acquire);
    uint64_t owner = atomic_load_explicit(&s->owner, memory_order_relaxed) & ~OWNER_START;

    return word_is_live(w) ? owner : 0;
}

/* shared memory is numbered in the order it was asked for */
static uint64_t first_shared(struct dd_domain *d)
{
    size_t used = atomic_load_explicit(&d->near_used, memory_order_acquire);
    uint64_t first = 0;

    for (size_t n = 0; n < used; n++) {
        const struct leaf *leaf = near_leaf(d, n);

        for (size_t k = 0; leaf && k < LEAF_PAGES; k++) {
            uint64_t owner = live_owner(&leaf->slots[k]);

            if ((owner & DD_OWNER_SHMEM) != 0 && (first == 0 || owner < first)) {
                first = owner;
            }
        }
    }
    return first;
}

/* a mapping that its owner frees at this moment stays the owner's */
static bool revoke_page(struct dd_domain *d, struct slot *s, uint64_t iova, uint64_t owner)
{
    uint64_t w = atomic_load_explicit(&s->word, memory_order_acquire);

    do {
        if (!word_is_live(w) || live_owner(s) != owner) {
            return false;
        }
    } while (!atomic_compare_exchange_weak_explicit(&s->word, &w, (w & ~W_DIR) | W_LAZY,
                                                    memory_order_acq_rel, memory_order_relaxed));
    if (d->mmu) {
        d->mmu->unmap(d->mmu->arg, (dd_iova){iova}, 1, DD_UNMAP_NOW);
    }
    return true;
}

uint64_t dd_domain_revoke(struct dd_domain *d, uint64_t owner, dd_iova *ret_iova)
{
    size_t used = atomic_load_explicit(&d->near_used, memory_order_acquire);
    uint64_t pages = 0;

    if (owner == 0) {
        owner = first_shared(d);
    }
    for (size_t n = 0; owner != 0 && n < used; n++) {
        struct leaf *leaf = near_leaf(d, n);

        for (size_t k = 0; leaf && k < LEAF_PAGES; k++) {
            uint64_t iova = ((uint64_t)n * LEAF_PAGES + k) << DD_PAGE_SHIFT;

            if (revoke_page(d, &leaf->slots[k], iova, owner) && pages++ == 0 && ret_iova) {
                ret_iova->v = iova;
            }
        }
    }
    return pages;
}
