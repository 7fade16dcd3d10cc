/* SPDX-License-Identifier: MIT */
/* The soft IOMMU: its table. Accesses are in domain_access.c, the layout in domain_table.h. */
#include "domain_table.h"

#include "seam/seam.h"

#include <errno.h>
#include <stdlib.h>

/* the pointers above NEAR_BITS */
static leaf_ptr *far_make_locked(struct dd_domain *d, uint64_t iova)
{
    top_ptr *far = atomic_load_explicit(&d->far, memory_order_relaxed);
    leaf_ptr *mid;

    if (!far) {
        far = calloc(FAR_TOPS, sizeof(*far));
        if (!far) {
            return NULL;
        }
        atomic_store_explicit(&d->far, far, memory_order_release);
    }
    mid = atomic_load_explicit(&far[iova >> NEAR_BITS], memory_order_relaxed);
    if (!mid) {
        mid = calloc(NEAR_LEAVES, sizeof(*mid));
        if (!mid) {
            return NULL;
        }
        atomic_store_explicit(&far[iova >> NEAR_BITS], mid, memory_order_release);
    }
    return leaf_place(d, iova);
}

static void near_note(struct dd_domain *d, uint64_t iova)
{
    size_t n = (size_t)(iova >> (DD_PAGE_SHIFT + LEAF_SHIFT));

    if (n < d->near_count && n >= atomic_load_explicit(&d->near_used, memory_order_relaxed)) {
        atomic_store_explicit(&d->near_used, n + 1, memory_order_release);
    }
}

static int leaf_make(struct dd_domain *d, uint64_t iova)
{
    leaf_ptr *place;
    struct leaf *leaf;
    int r = 0;

    dd_mutex_lock(&d->lock);
    place = leaf_place(d, iova);
    if (!place) {
        place = far_make_locked(d, iova);
    }
    if (!place) {
        r = -ENOMEM;
    } else if (!atomic_load_explicit(place, memory_order_relaxed)) {
        leaf = calloc(1, sizeof(*leaf));
        if (leaf) {
            atomic_store_explicit(place, leaf, memory_order_release);
            near_note(d, iova);
        } else {
            r = -ENOMEM;
        }
    }
    dd_mutex_unlock(&d->lock);
    return r;
}

int dd_domain_new(struct dd_ram *ram, enum dd_domain_mode mode, unsigned address_bits,
                  struct dd_domain **ret_domain)
{
    struct dd_domain *d;

    dd_assert(address_bits >= 24 && address_bits <= 64);
    d = calloc(1, sizeof(*d));
    if (!d) {
        return -ENOMEM;
    }
    d->ram = ram;
    d->mode = mode;
    d->limit = address_bits == 64 ? UINT64_MAX : (1ull << address_bits) - 1;
    d->near_count =
        address_bits >= NEAR_BITS ? NEAR_LEAVES : 1u << (address_bits - DD_PAGE_SHIFT - LEAF_SHIFT);
    /* untouched pages of this array cost address space only */
    d->near = calloc(d->near_count, sizeof(*d->near));
    if (!d->near) {
        free(d);
        return -ENOMEM;
    }
    dd_mutex_init(&d->lock);
    *ret_domain = d;
    return 0;
}

static void leaves_free(leaf_ptr *leaves, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(atomic_load_explicit(&leaves[i], memory_order_relaxed));
    }
    free(leaves);
}

void dd_domain_free(struct dd_domain *d)
{
    top_ptr *far;

    if (!d) {
        return;
    }
    leaves_free(d->near, atomic_load(&d->near_used));
    far = atomic_load(&d->far);
    for (size_t i = 0; far && i < FAR_TOPS; i++) {
        leaf_ptr *mid = atomic_load_explicit(&far[i], memory_order_relaxed);

        if (mid) {
            leaves_free(mid, NEAR_LEAVES);
        }
    }
    free(far);
    dd_mutex_done(&d->lock);
    free(d);
}

void dd_domain_set_adapter(struct dd_domain *d, const void *adapter)
{
    atomic_store(&d->adapter, adapter);
}

enum dd_domain_mode dd_domain_get_mode(const struct dd_domain *d)
{
    return d->mode;
}

static int slot_is_free(struct dd_domain *d, uint64_t iova)
{
    struct slot *s = slot_find(d, iova);
    int r = 0;

    if (!s) {
        r = leaf_make(d, iova);
        s = slot_find(d, iova);
    }
    if (r == 0 && word_is_live(atomic_load_explicit(&s->word, memory_order_relaxed))) {
        r = -EEXIST;
    }
    return r;
}

static uint64_t span_pages(uint64_t page, uint64_t end)
{
    return ((end - page) >> DD_PAGE_SHIFT) + 1;
}

/* nothing may be mapped in [@page, @end]; makes the leaves */
static int span_is_free(struct dd_domain *d, uint64_t page, uint64_t end)
{
    for (uint64_t p = page;; p += DD_PAGE_BYTES) {
        int r = slot_is_free(d, p);

        if (r < 0 || end - p <= DD_PAGE_MASK) {
            return r;
        }
    }
}

/* @w: what all pages of the span have in common, and the first byte of the first */
static void span_store(struct dd_domain *d, uint64_t page, uint64_t end, uint64_t w, uint64_t owner)
{
    owner |= OWNER_START;
    for (uint64_t p = page;; p += DD_PAGE_BYTES) {
        struct slot *s = slot_find(d, p);
        bool done = end - p <= DD_PAGE_MASK;
        uint64_t last = done ? end - p : DD_PAGE_MASK;

        atomic_store_explicit(&s->owner, owner, memory_order_relaxed);
        atomic_store_explicit(&s->word, w | last << W_LAST_SHIFT, memory_order_release);
        if (done) {
            return;
        }
        owner &= ~OWNER_START;
        w = (w & ~(DD_PAGE_MASK << W_FIRST_SHIFT)) + (1ull << W_HOST_SHIFT);
    }
}

int dd_domain_map(struct dd_domain *d, dd_iova iova, dd_phys phys, size_t len_bytes,
                  enum dd_dir dir, uint64_t owner)
{
    uint64_t end, page = dd_align_down(iova.v, DD_PAGE_BYTES), host;
    int r;

    if (d->mode == DD_DOMAIN_OFF) {
        return 0;
    }
    if (((iova.v ^ phys.v) & DD_PAGE_MASK) != 0 || len_bytes == 0 || owner == 0 ||
        dd_add_overflows(iova.v, (uint64_t)len_bytes - 1, &end) || end > d->limit) {
        return -EINVAL;
    }
    host = (uint64_t)(uintptr_t)dd_ram_at(d->ram, phys, len_bytes) >> DD_PAGE_SHIFT;
    if (host == 0) {
        return -EINVAL;
    }
    r = span_is_free(d, page, end);
    if (r == 0 && d->mmu) {
        r = d->mmu->map(d->mmu->arg, (dd_iova){page}, (dd_phys){phys.v & ~DD_PAGE_MASK},
                        span_pages(page, end), dir);
    }
    if (r < 0) {
        return r;
    }
    span_store(d, page, end,
               host << W_HOST_SHIFT | (iova.v & DD_PAGE_MASK) << W_FIRST_SHIFT | W_USED |
                   (uint64_t)dir,
               owner);
    DD_SEAM(.kind = DD_EV_DEV_MAP, .adapter = atomic_load(&d->adapter), .obj = d, .a = iova.v,
            .b = len_bytes, .c = (uint64_t)dir, .d = owner);
    return 0;
}

int dd_domain_prepare(struct dd_domain *d, dd_iova iova, uint32_t pages)
{
    uint64_t last = iova.v + ((uint64_t)pages << DD_PAGE_SHIFT) - 1;
    int r = slot_find(d, iova.v) ? 0 : leaf_make(d, iova.v);

    dd_assert(pages <= LEAF_PAGES && last <= d->limit && !d->mmu);
    if (r == 0 && !slot_find(d, last)) {
        r = leaf_make(d, last);
    }
    return r;
}

uint32_t dd_ready_leaf(dd_iova iova)
{
    return LEAF_PAGES - (uint32_t)((iova.v >> DD_PAGE_SHIFT) % LEAF_PAGES);
}

struct slot *dd_ready_slots(struct dd_domain *d, dd_iova iova)
{
    return slot_find(d, iova.v);
}

void dd_ready_map(struct slot *slots, uint32_t page, const void *host, uint64_t len_bytes,
                  enum dd_dir dir, uint64_t owner)
{
    struct slot *s = slots + page;
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

void dd_ready_unmap(struct slot *slots, uint32_t page, uint32_t pages)
{
    struct slot *s = slots + page;

    do {
        uint64_t w = atomic_load_explicit(&s->word, memory_order_relaxed);

        atomic_store_explicit(&s->word, w & ~W_DIR, memory_order_release);
        s++;
    } while (--pages > 0);
}

/* forget lazily freed pages that nobody mapped again meanwhile */
static void flush_locked(struct dd_domain *d)
{
    for (unsigned i = 0; i < d->lazy_count; i++) {
        uint64_t iova = d->lazy[i].iova;
        uint64_t end = iova + d->lazy[i].len_bytes - 1;

        for (uint64_t p = dd_align_down(iova, DD_PAGE_BYTES);; p += DD_PAGE_BYTES) {
            struct slot *s = slot_find(d, p);
            uint64_t w = atomic_load_explicit(&s->word, memory_order_relaxed);

            while ((w & W_LAZY) != 0 &&
                   !atomic_compare_exchange_weak_explicit(&s->word, &w, w & ~(W_DIR | W_LAZY),
                                                          memory_order_acq_rel,
                                                          memory_order_relaxed)) {
            }
            if (end - p <= DD_PAGE_MASK) {
                break;
            }
        }
    }
    d->lazy_count = 0;
}

/* before the book forgets: what the hardware tells is explained from it */
static void hardware_flush(struct dd_domain *d)
{
    if (d->mmu) {
        d->mmu->flush(d->mmu->arg);
    }
}

static void lazy_add(struct dd_domain *d, uint64_t iova, size_t len_bytes)
{
    unsigned batch = d->mode == DD_DOMAIN_LAZY ? LAZY_BATCH : POSTED_BATCH;

    dd_mutex_lock(&d->lock);
    d->lazy[d->lazy_count++] = (struct range){iova, len_bytes};
    if (d->lazy_count == batch) {
        hardware_flush(d);
        flush_locked(d);
    }
    dd_mutex_unlock(&d->lock);
}

static enum dd_unmap_when unmap_when(struct dd_domain *d, uint64_t iova)
{
    uint64_t w = atomic_load_explicit(&slot_find(d, iova)->word, memory_order_relaxed);

    if (d->mode == DD_DOMAIN_LAZY) {
        return DD_UNMAP_LATER;
    }
    return d->mmu && (w & W_DIR) == DD_DIR_TO_DEVICE ? DD_UNMAP_POSTED : DD_UNMAP_NOW;
}

/* in the book; the owner */
static uint64_t span_clear(struct dd_domain *d, uint64_t iova, uint64_t end, bool keep)
{
    uint64_t first = iova & DD_PAGE_MASK, owner;

    for (uint64_t p = iova - first;; p += DD_PAGE_BYTES, first = 0) {
        struct slot *s = slot_find(d, p);
        uint64_t w = s ? atomic_load_explicit(&s->word, memory_order_relaxed) : 0;
        bool done = end - p <= DD_PAGE_MASK;

        dd_assert((word_is_live(w) || word_is_revoked(w)) && word_first(w) == first);
        dd_assert(word_last(w) == (done ? end - p : DD_PAGE_MASK));
        owner = atomic_load_explicit(&s->owner, memory_order_relaxed) & ~OWNER_START;
        w = keep ? w | W_LAZY : w & ~(W_DIR | W_LAZY);
        atomic_store_explicit(&s->word, w, memory_order_release);
        if (done) {
            return owner;
        }
    }
}

void dd_domain_unmap(struct dd_domain *d, dd_iova iova, size_t len_bytes)
{
    uint64_t page = dd_align_down(iova.v, DD_PAGE_BYTES), end = iova.v + len_bytes - 1, owner;
    enum dd_unmap_when when;

    if (d->mode == DD_DOMAIN_OFF) {
        return;
    }
    dd_assert(slot_find(d, page) != NULL);
    when = unmap_when(d, page);
    if (d->mmu) {
        d->mmu->unmap(d->mmu->arg, (dd_iova){page}, span_pages(page, end), when);
    }
    owner = span_clear(d, iova.v, end, when != DD_UNMAP_NOW);
    if (when != DD_UNMAP_NOW) {
        lazy_add(d, iova.v, len_bytes);
    }
    DD_SEAM(.kind = DD_EV_DEV_UNMAP, .adapter = atomic_load(&d->adapter), .obj = d, .a = iova.v,
            .b = len_bytes, .d = owner);
}

void dd_domain_flush(struct dd_domain *d)
{
    dd_mutex_lock(&d->lock);
    hardware_flush(d);
    flush_locked(d);
    dd_mutex_unlock(&d->lock);
}

/* counted from the table, so that mapping pays nothing for it */
static uint64_t leaves_live(leaf_ptr *leaves, size_t count)
{
    uint64_t live = 0;

    for (size_t i = 0; i < count; i++) {
        struct leaf *leaf = atomic_load_explicit(&leaves[i], memory_order_acquire);

        for (size_t k = 0; leaf && k < LEAF_PAGES; k++) {
            uint64_t w = atomic_load_explicit(&leaf->slots[k].word, memory_order_acquire);
            uint64_t owner = atomic_load_explicit(&leaf->slots[k].owner, memory_order_relaxed);

            live += word_is_live(w) && (owner & OWNER_START) != 0;
        }
    }
    return live;
}

uint64_t dd_domain_live(const struct dd_domain *d)
{
    uint64_t live = leaves_live(d->near, atomic_load_explicit(&d->near_used, memory_order_acquire));
    top_ptr *far = atomic_load_explicit(&d->far, memory_order_acquire);

    for (size_t i = 0; far && i < FAR_TOPS; i++) {
        leaf_ptr *mid = atomic_load_explicit(&far[i], memory_order_acquire);

        if (mid) {
            live += leaves_live(mid, NEAR_LEAVES);
        }
    }
    return live;
}
