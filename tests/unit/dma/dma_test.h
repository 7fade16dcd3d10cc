/* SPDX-License-Identifier: MIT */
/* A machine with one device, for tests of src/dma. */
#ifndef DMA_TEST_H
#define DMA_TEST_H

#include "dma/core.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct rig {
    struct dd_ram *ram;
    struct dd_domain *domain;
    struct dd_dma_policy policy;
    struct dd_dma_device dev;
    struct dd_dma dma;
};

/* policy first, then this */
static inline void rig_start(struct rig *r, unsigned driver_bits, uint64_t max_bytes)
{
    struct dd_ram_config ram = {.low_bytes = 32ull << 20,
                                .high_bytes = 4ull << 20,
                                .seed = 3,
                                .shuffle = true};
    struct dd_dma_device_config dev = {.address_bits = 64, .policy = &r->policy};

    assert_int_equal(dd_ram_new(&ram, &r->ram), 0);
    assert_int_equal(dd_domain_new(r->ram, r->policy.iommu, 64, &r->domain), 0);
    dev.ram = r->ram;
    dev.domain = r->domain;
    assert_int_equal(dd_dma_device_init(&r->dev, &dev), 0);
    dd_dma_init(&r->dma, &r->dev, driver_bits, max_bytes);
}

static inline void rig_stop(struct rig *r)
{
    uint64_t used, peak;

    dd_mapreg_stats(&r->dev.regs, &used, &peak);
    assert_int_equal(used, 0);
    assert_int_equal(dd_domain_live(r->domain), 0);
    dd_dma_done(&r->dma);
    dd_dma_device_done(&r->dev);
    assert_int_equal(dd_ram_live_bytes(r->ram), 0);
    dd_domain_free(r->domain);
    dd_ram_free(r->ram);
}

/* @frames gets the pages of @len_bytes at @va */
static inline struct dd_span rig_span(struct rig *r, void *va, size_t len_bytes, dd_frame *frames)
{
    uint64_t offset = (uintptr_t)va & DD_PAGE_MASK;

    for (uint64_t i = 0; i < dd_span_pages(offset, len_bytes); i++) {
        dd_phys p = dd_ram_phys(r->ram, (uint8_t *)va - offset + i * DD_PAGE_BYTES);

        frames[i] = dd_phys_is_none(p) ? (1ull << 50) + i : p.v >> DD_PAGE_SHIFT;
    }
    return (struct dd_span){.frames = frames,
                            .offset_bytes = offset,
                            .len_bytes = len_bytes,
                            .host = va};
}

/* one span; the list is in *b */
static inline int rig_build(struct rig *r, const struct dd_span *span, enum dd_dir dir,
                            struct dd_sg_build *b, struct dd_xfer *x)
{
    int e;

    *x = (struct dd_xfer){.dir = dir, .owner = 77};
    dd_sg_begin(b, &r->dma, x, NULL, 0, 16);
    e = dd_sg_add(b, span);
    if (e < 0) {
        dd_sg_abort(b);
    } else {
        dd_sg_finish(b);
    }
    return e;
}

static inline void rig_end(struct dd_sg_build *b, bool copy_back)
{
    struct dd_list ready = DD_LIST_INIT(ready);

    dd_xfer_end(b->x, copy_back);
    dd_xfer_regs_put(b->x, &ready);
    assert_true(dd_list_empty(&ready));
    free(b->own);
}

#endif
