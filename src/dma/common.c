/* SPDX-License-Identifier: MIT */
/*
 * Memory that driver and device share for long.
 *
 *   checked   | page ...... guard | block ............ | guard ... |
 *                                 ^ page aligned       ^ right after the last byte
 *   else                          | block ............ |
 *
 * Guard bytes are looked at when the block is freed. Where the domain translates the device faults
 * on them; without translation they are what finds its overrun.
 */
#include "dma/core.h"
#include "ram/asan.h"

#include <errno.h>
#include <stdlib.h>

#define GUARD_BYTES 64u
#define GUARD_FILL  0xF0

static size_t guard_before(const struct dd_common *c)
{
    return c->va - c->block >= GUARD_BYTES ? GUARD_BYTES : 0;
}

static size_t guard_after(const struct dd_common *c)
{
    size_t slack = (size_t)(c->block + c->block_bytes - (c->va + c->len_bytes));

    return guard_before(c) > 0 ? (slack < GUARD_BYTES ? slack : GUARD_BYTES) : 0;
}

static void guards_set(struct dd_common *c)
{
    size_t before = guard_before(c), after = guard_after(c);

    memset(c->va - before, GUARD_FILL, before);
    memset(c->va + c->len_bytes, GUARD_FILL, after);
    if (before > 0) {
        dd_asan_poison(c->va - before, before);
        dd_asan_poison(c->va + c->len_bytes, after);
    }
}

static int guards_check(struct dd_common *c, int64_t *ret_bad_offset)
{
    size_t before = guard_before(c), after = guard_after(c);

    dd_asan_unpoison(c->va - before, before + c->len_bytes + after);
    for (size_t i = 0; i < before + after; i++) {
        int64_t at =
            i < before ? (int64_t)i - (int64_t)before : (int64_t)(c->len_bytes + i - before);

        if (c->va[at] != GUARD_FILL) {
            if (ret_bad_offset) {
                *ret_bad_offset = at;
            }
            return -EFAULT;
        }
    }
    return 0;
}

static int common_map(struct dd_dma *dma, struct dd_common *c)
{
    struct dd_dma_device *dev = c->dev;
    dd_phys phys = dd_ram_phys(dev->ram, c->va);
    uint32_t pages = (uint32_t)dd_span_pages(0, c->len_bytes);
    int r;

    if (!dev->translated) {
        c->iova.v = phys.v;
        return 0;
    }
    r = dd_iova_alloc(&dev->space, pages, dma->reach, &c->iova);
    if (r < 0) {
        return r;
    }
    c->iova_pages = pages;
    r = dd_domain_map(dev->domain, c->iova, phys, c->len_bytes, DD_DIR_BOTH, c->owner);
    if (r < 0) {
        dd_iova_free(&dev->space, c->iova, pages);
        return r;
    }
    c->mapped = true;
    return 0;
}

/* the block's memory; guards need a page before and room after */
static int common_memory(struct dd_dma *dma, struct dd_common *c)
{
    struct dd_dma_device *dev = c->dev;
    uint64_t limit = dev->translated ? UINT64_MAX : dma->reach;
    size_t lead = dma->checked ? DD_PAGE_BYTES : 0;

    c->block_bytes =
        dd_align_up(c->len_bytes + (dma->checked ? GUARD_BYTES : 0), DD_PAGE_BYTES) + lead;
    c->block =
        dd_ram_alloc(dev->ram, c->block_bytes, DD_PAGE_BYTES, DD_RAM_CONTIG | DD_RAM_PAGES, limit);
    if (!c->block) {
        return -ENOMEM;
    }
    c->va = c->block + lead;
    return 0;
}

static void count_bytes(struct dd_dma_device *dev, uint64_t len_bytes)
{
    uint64_t now = atomic_fetch_add(&dev->common_bytes, len_bytes) + len_bytes;
    uint64_t peak = atomic_load(&dev->common_peak);

    while (now > peak && !atomic_compare_exchange_weak(&dev->common_peak, &peak, now)) {
    }
}

int dd_common_alloc(struct dd_dma *dma, uint64_t len_bytes, uint64_t owner,
                    struct dd_common **ret_common)
{
    struct dd_common *c;

    if (len_bytes == 0 || len_bytes > UINT32_MAX) {
        return -ENOMEM;
    }
    c = calloc(1, sizeof(*c));
    if (!c) {
        return -ENOMEM;
    }
    c->dev = dma->dev;
    c->len_bytes = len_bytes;
    c->owner = owner;
    if (common_memory(dma, c) < 0) {
        free(c);
        return -ENOMEM;
    }
    if (common_map(dma, c) < 0) {
        dd_ram_free_block(c->dev->ram, c->block, NULL);
        free(c);
        return -ENOMEM;
    }
    guards_set(c);
    count_bytes(c->dev, len_bytes);
    *ret_common = c;
    return 0;
}

void dd_common_unmap(struct dd_common *c)
{
    if (c->mapped) {
        dd_domain_unmap(c->dev->domain, c->iova, c->len_bytes);
        dd_iova_free(&c->dev->space, c->iova, c->iova_pages);
        c->mapped = false;
    }
}

int dd_common_free(struct dd_common *c, int64_t *ret_bad_offset)
{
    int r;

    dd_common_unmap(c);
    r = guards_check(c, ret_bad_offset);
    atomic_fetch_sub(&c->dev->common_bytes, c->len_bytes);
    dd_ram_free_block(c->dev->ram, c->block, NULL);
    free(c);
    return r;
}
