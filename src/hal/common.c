/* SPDX-License-Identifier: MIT */
/* Common buffers of DMA_OPERATIONS. NDIS shared memory has its own book-keeping over the same
 * dd_common. */
#include "hal/hal_int.h"
#include "seam/seam.h"

#include <stdlib.h>

struct buffer {
    struct dd_list node;
    struct dd_common *c;
    BOOLEAN cached;
    const void *site;
};

PVOID dd_hal_allocate_common(PDMA_ADAPTER DmaAdapter, ULONG Length,
                             PPHYSICAL_ADDRESS LogicalAddress, BOOLEAN CacheEnabled)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);
    const void *site = __builtin_return_address(0);
    struct buffer *b;
    uint64_t owner;

    if (!ha || dd_seam_may_fail(DD_FAIL_COMMON_BUFFER, site)) {
        return NULL;
    }
    b = malloc(sizeof(*b));
    owner = DD_OWNER_COMMON | (atomic_fetch_add(&ha->dev->numbers, 1) + 1);
    if (!b || dd_common_alloc(&ha->dma, Length, owner, &b->c) < 0) {
        free(b);
        return NULL;
    }
    b->cached = CacheEnabled;
    b->site = site;
    dd_mutex_lock(&ha->dev->lock);
    dd_list_append(&ha->dev->commons, &b->node);
    dd_mutex_unlock(&ha->dev->lock);
    LogicalAddress->QuadPart = (LONGLONG)b->c->iova.v;
    return b->c->va;
}

static void buffer_free(struct dd_hal_device *dev, struct buffer *b)
{
    size_t len = b->c->len_bytes;
    const void *va = b->c->va;
    int64_t bad;

    if (dd_common_free(b->c, &bad) < 0) {
        DD_SEAM(.kind = DD_EV_SHMEM_CORRUPT, .site = b->site, .adapter = dev->core.adapter,
                .obj = va, .a = (uint64_t)bad, .b = len);
    }
    free(b);
}

static struct buffer *take(struct dd_hal_device *dev, const void *va)
{
    struct dd_list *pos;
    struct buffer *found = NULL;

    dd_mutex_lock(&dev->lock);
    DD_LIST_EACH(pos, &dev->commons) {
        struct buffer *b = DD_LIST_ENTRY(pos, struct buffer, node);

        if (b->c->va == va) {
            found = b;
            dd_list_remove(&b->node);
            break;
        }
    }
    dd_mutex_unlock(&dev->lock);
    return found;
}

static enum dd_shmem_match match(const struct buffer *b, ULONG length, uint64_t logical,
                                 BOOLEAN cached)
{
    if (!b) {
        return DD_MATCH_UNKNOWN;
    }
    if (b->c->len_bytes != length) {
        return DD_MATCH_LENGTH;
    }
    if (b->c->iova.v != logical) {
        return DD_MATCH_PHYSICAL;
    }
    return b->cached != cached ? DD_MATCH_CACHED : DD_MATCH_EXACT;
}

/* A mismatch is reported and the block freed all the same: one mistake, one finding, and no leak
 * after it. */
VOID dd_hal_free_common(PDMA_ADAPTER DmaAdapter, ULONG Length, PHYSICAL_ADDRESS LogicalAddress,
                        PVOID VirtualAddress, BOOLEAN CacheEnabled)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);
    struct buffer *b;

    if (!ha) {
        return;
    }
    b = take(ha->dev, VirtualAddress);
    DD_SEAM(.kind = DD_EV_SHMEM_FREE_CALL, .site = __builtin_return_address(0),
            .adapter = ha->dev->core.adapter, .obj = VirtualAddress,
            .a = (uint64_t)LogicalAddress.QuadPart, .b = Length, .c = CacheEnabled,
            .d = match(b, Length, (uint64_t)LogicalAddress.QuadPart, CacheEnabled));
    if (b) {
        buffer_free(ha->dev, b);
    }
}

unsigned dd_hal_commons_report(struct dd_hal_device *dev, bool failed_init)
{
    unsigned n = 0;
    struct dd_list *pos;

    while ((pos = dd_list_pop(&dev->commons))) {
        struct buffer *b = DD_LIST_ENTRY(pos, struct buffer, node);

        DD_SEAM(.kind = DD_EV_LEAK, .site = b->site, .adapter = dev->core.adapter, .obj = b->c->va,
                .data = dd_leak_name(DD_LEAK_COMMON_BUFFER), .a = DD_LEAK_COMMON_BUFFER,
                .b = b->c->len_bytes, .c = failed_init);
        buffer_free(dev, b);
        n++;
    }
    return n;
}
