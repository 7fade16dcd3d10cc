/* SPDX-License-Identifier: MIT */
/*
 * Common buffers of DMA_OPERATIONS. NDIS shared memory has its own book-keeping over the same
 * dd_common.
 *
 * What the pages leave open, and what Drydock does:
 *
 *   a minimum address   blocks below it are put aside while others are tried; NULL when none is
 * above Flags               0, or DMA_ZERO_BUFFERS the cache type      MmNonCached, MmCached or
 * NULL, all the same here; others fail the node            there is one
 *   DOMAIN_COMMON_BUFFER_LARGE_PAGE
 *                       STATUS_INSUFFICIENT_RESOURCES: the emulated RAM has no large pages
 *   CacheEnabled at FreeCommonBuffer, when the allocation had no such argument
 *                       not compared
 */
#include "hal/hal_int.h"
#include "seam/api.h"

#include <errno.h>
#include <stdlib.h>

/* blocks put aside at most */
#define TRIES 64u

/* --- allocating --- */

/* what dd_common_alloc() reads of a registration, with a nearer limit */
static struct dd_dma narrowed(const struct dd_dma *dma, uint64_t highest)
{
    return (struct dd_dma){
        .dev = dma->dev,
        .reach = dd_min_u64(dma->reach, highest),
        .checked = dma->checked,
    };
}

int dd_bounds_common(struct dd_hal_adapter *ha, uint64_t len_bytes, struct dd_bounds bounds,
                     struct dd_common **ret_common)
{
    struct dd_dma dma = narrowed(&ha->dma, bounds.highest);
    uint64_t owner = DD_OWNER_COMMON | (atomic_fetch_add(&ha->dev->numbers, 1) + 1);
    struct dd_common *aside[TRIES], *c = NULL;
    unsigned n = 0;

    while (n < TRIES && dd_common_alloc(&dma, len_bytes, owner, &c) == 0 &&
           c->iova.v < bounds.lowest) {
        aside[n++] = c;
        c = NULL;
    }
    while (n > 0) {
        (void)dd_common_free(aside[--n], NULL);
    }
    if (!c) {
        return -ENOMEM;
    }
    *ret_common = c;
    return 0;
}

void dd_buffer_enter(struct dd_hal_device *dev, struct dd_buffer *b)
{
    KIRQL irql = dd_hal_raise();

    dd_mutex_lock(&dev->lock);
    dd_list_append(&dev->commons, &b->node);
    dd_mutex_unlock(&dev->lock);
    dd_hal_lower(irql);
}

struct wish {
    uint64_t len_bytes;
    struct dd_bounds bounds;
    BOOLEAN cached;
    bool any_cached;
    bool zero;
    const void *site;
};

static struct dd_buffer *buffer_new(struct dd_hal_adapter *ha, const struct wish *w)
{
    struct dd_buffer *b;

    if (dd_seam_may_fail(DD_FAIL_COMMON_BUFFER, w->site)) {
        return NULL;
    }
    b = calloc(1, sizeof(*b));
    if (!b || dd_bounds_common(ha, w->len_bytes, w->bounds, &b->c) < 0) {
        free(b);
        return NULL;
    }
    b->cached = w->cached;
    b->any_cached = w->any_cached;
    b->site = w->site;
    b->va = b->c->va;
    b->len_bytes = w->len_bytes;
    b->address = b->c->iova.v;
    if (w->zero) {
        memset(b->c->va, 0, b->c->len_bytes);
    }
    dd_buffer_enter(ha->dev, b);
    return b;
}

static PVOID answer(const struct dd_buffer *b, PPHYSICAL_ADDRESS ret_logical)
{
    if (!b) {
        return NULL;
    }
    ret_logical->QuadPart = (LONGLONG)b->address;
    return b->c->va;
}

bool dd_caching_ok(const MEMORY_CACHING_TYPE *type)
{
    return !type || *type == MmNonCached || *type == MmCached;
}

static struct dd_bounds up_to(const PHYSICAL_ADDRESS *highest)
{
    return (struct dd_bounds){0, highest ? (uint64_t)highest->QuadPart : UINT64_MAX};
}

static PVOID NTAPI allocate_common(PDMA_ADAPTER DmaAdapter, ULONG Length,
                                   PPHYSICAL_ADDRESS LogicalAddress, BOOLEAN CacheEnabled)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);
    struct wish w = {Length, up_to(NULL), CacheEnabled, false, false, DD_SITE()};

    if (!ha) {
        return NULL;
    }
    dd_hal_irql(ha, "AllocateCommonBuffer", PASSIVE_LEVEL, PASSIVE_LEVEL, DD_SITE());
    return answer(buffer_new(ha, &w), LogicalAddress);
}

static PVOID NTAPI allocate_common_ex(PDMA_ADAPTER DmaAdapter, PPHYSICAL_ADDRESS MaximumAddress,
                                      ULONG Length, PPHYSICAL_ADDRESS LogicalAddress,
                                      BOOLEAN CacheEnabled, NODE_REQUIREMENT PreferredNode)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);
    struct wish w = {Length, up_to(MaximumAddress), CacheEnabled, false, false, DD_SITE()};

    (void)PreferredNode;
    if (!ha) {
        return NULL;
    }
    dd_hal_irql(ha, "AllocateCommonBufferEx", PASSIVE_LEVEL, PASSIVE_LEVEL, DD_SITE());
    return answer(buffer_new(ha, &w), LogicalAddress);
}

static PVOID NTAPI allocate_common_with_bounds(PDMA_ADAPTER DmaAdapter,
                                               PPHYSICAL_ADDRESS MinimumAddress,
                                               PPHYSICAL_ADDRESS MaximumAddress, ULONG Length,
                                               ULONG Flags, MEMORY_CACHING_TYPE *CacheType,
                                               NODE_REQUIREMENT PreferredNode,
                                               PPHYSICAL_ADDRESS LogicalAddress)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);
    struct wish w = {Length, up_to(MaximumAddress),           FALSE,
                     true,   (Flags & DMA_ZERO_BUFFERS) != 0, DD_SITE()};

    (void)PreferredNode;
    w.bounds.lowest = MinimumAddress ? (uint64_t)MinimumAddress->QuadPart : 0;
    if (!ha || (Flags & ~(ULONG)DMA_ZERO_BUFFERS) != 0 || !dd_caching_ok(CacheType)) {
        return NULL;
    }
    dd_hal_irql(ha, "AllocateCommonBufferWithBounds", PASSIVE_LEVEL, PASSIVE_LEVEL, DD_SITE());
    return answer(buffer_new(ha, &w), LogicalAddress);
}

static NTSTATUS NTAPI allocate_domain_common(PDMA_ADAPTER DmaAdapter, HANDLE DomainHandle,
                                             PPHYSICAL_ADDRESS MaximumAddress, ULONG Length,
                                             ULONG Flags, MEMORY_CACHING_TYPE *CacheType,
                                             NODE_REQUIREMENT PreferredNode,
                                             PPHYSICAL_ADDRESS LogicalAddress,
                                             PVOID *VirtualAddress)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);
    struct wish w = {Length, up_to(MaximumAddress), FALSE, true, false, DD_SITE()};

    (void)PreferredNode;
    if (!ha || !DomainHandle || DomainHandle != (HANDLE)ha->dev->core.domain ||
        !ha->dev->core.translated || !dd_caching_ok(CacheType) || Length == 0 ||
        (Flags & ~(ULONG)DOMAIN_COMMON_BUFFER_LARGE_PAGE) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    dd_hal_irql(ha, "AllocateDomainCommonBuffer", PASSIVE_LEVEL, PASSIVE_LEVEL, DD_SITE());
    *VirtualAddress = Flags != 0 ? NULL : answer(buffer_new(ha, &w), LogicalAddress);
    return *VirtualAddress ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

/* --- freeing --- */

static void common_end(struct dd_hal_device *dev, struct dd_common *c, const void *site)
{
    size_t len = c->len_bytes;
    const void *va = c->va;
    int64_t bad;

    if (dd_common_free(c, &bad) < 0) {
        DD_SEAM(.kind = DD_EV_SHMEM_CORRUPT, .site = site, .adapter = dev->core.adapter, .obj = va,
                .a = (uint64_t)bad, .b = len);
    }
}

void dd_vector_end_one(struct dd_hal_device *dev, struct dd_buffer *b, ULONG i)
{
    if (b->elements[i]) {
        common_end(dev, b->elements[i], b->site);
        b->elements[i] = NULL;
    }
}

void dd_buffer_end(struct dd_hal_device *dev, struct dd_buffer *b)
{
    switch (b->kind) {
    case DD_BUFFER_COMMON:
        common_end(dev, b->c, b->site);
        break;
    case DD_BUFFER_MDL:
        if (b->pages > 0) {
            dd_domain_unmap(dev->core.domain, (dd_iova){b->address}, b->len_bytes);
            dd_iova_free(&dev->core.space, (dd_iova){b->address & ~(uint64_t)DD_PAGE_MASK},
                         b->pages);
        }
        break;
    case DD_BUFFER_VECTOR:
        for (ULONG i = 0; i < b->count; i++) {
            dd_vector_end_one(dev, b, i);
        }
        free(b->elements);
        break;
    }
    free(b);
}

/* not a vector: those have calls of their own */
static struct dd_buffer *take(struct dd_hal_device *dev, const void *va)
{
    struct dd_list *pos;
    struct dd_buffer *found = NULL;
    KIRQL irql = dd_hal_raise();

    dd_mutex_lock(&dev->lock);
    DD_LIST_EACH(pos, &dev->commons) {
        struct dd_buffer *b = DD_LIST_ENTRY(pos, struct dd_buffer, node);

        if (b->kind != DD_BUFFER_VECTOR && b->va == va) {
            found = b;
            dd_list_remove(&b->node);
            break;
        }
    }
    dd_mutex_unlock(&dev->lock);
    dd_hal_lower(irql);
    return found;
}

static enum dd_shmem_match match(const struct dd_buffer *b, ULONG length, uint64_t logical,
                                 BOOLEAN cached)
{
    if (!b) {
        return DD_MATCH_UNKNOWN;
    }
    if (b->len_bytes != length) {
        return DD_MATCH_LENGTH;
    }
    if (b->address != logical) {
        return DD_MATCH_PHYSICAL;
    }
    return b->any_cached || !b->cached == !cached ? DD_MATCH_EXACT : DD_MATCH_CACHED;
}

/* A mismatch is reported and the block freed all the same: one mistake, one finding, and no leak
 * after it. */
static VOID NTAPI free_common(PDMA_ADAPTER DmaAdapter, ULONG Length,
                              PHYSICAL_ADDRESS LogicalAddress, PVOID VirtualAddress,
                              BOOLEAN CacheEnabled)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);
    struct dd_buffer *b;

    if (!ha) {
        return;
    }
    dd_hal_irql(ha, "FreeCommonBuffer", PASSIVE_LEVEL, PASSIVE_LEVEL, DD_SITE());
    b = take(ha->dev, VirtualAddress);
    DD_SEAM(.kind = DD_EV_SHMEM_FREE_CALL, .site = DD_SITE(), .adapter = ha->dev->core.adapter,
            .obj = VirtualAddress, .a = (uint64_t)LogicalAddress.QuadPart, .b = Length,
            .c = CacheEnabled,
            .d = match(b, Length, (uint64_t)LogicalAddress.QuadPart, CacheEnabled));
    if (b) {
        dd_buffer_end(ha->dev, b);
    }
}

unsigned dd_hal_commons_report(struct dd_hal_device *dev, bool failed_init)
{
    unsigned n = 0;
    struct dd_list *pos;

    while ((pos = dd_list_pop(&dev->commons))) {
        struct dd_buffer *b = DD_LIST_ENTRY(pos, struct dd_buffer, node);

        DD_SEAM(.kind = DD_EV_LEAK, .site = b->site, .adapter = dev->core.adapter,
                .obj = b->kind == DD_BUFFER_VECTOR ? (const void *)b : b->va,
                .data = dd_leak_name(DD_LEAK_COMMON_BUFFER), .a = DD_LEAK_COMMON_BUFFER,
                .b = b->len_bytes, .c = failed_init);
        dd_buffer_end(dev, b);
        n++;
    }
    return n;
}

void dd_common_fill(DMA_OPERATIONS *ops)
{
    ops->AllocateCommonBuffer = allocate_common;
    ops->AllocateCommonBufferEx = allocate_common_ex;
    ops->AllocateCommonBufferWithBounds = allocate_common_with_bounds;
    ops->AllocateDomainCommonBuffer = allocate_domain_common;
    ops->FreeCommonBuffer = free_common;
}
