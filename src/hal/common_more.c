/* SPDX-License-Identifier: MIT */
/*
 * Common buffers: vectors of them, and memory of an MDL as one.
 *
 * The pages of these members name their arguments and little else. Drydock:
 *
 *   a vector            NumberOfElements buffers of SizeOfElements bytes, each one range for the
 *                       device, between LowAddress and HighAddress; Flags 0 or DMA_ZERO_BUFFERS
 *   an index it has not, or one that was freed
 *                       NULL and 0
 *   an element freed twice, an unknown vector
 *                       told, nothing happens
 *   CreateCommonBufferFromMdl
 *                       the first MDL of the chain, or the part a SubSection names, becomes one
 * range for the device; without translation only when it is one range of memory and in reach. It
 * ends with FreeCommonBuffer: the length, the address, and the pointer to the first byte. The
 * memory stays the driver's ExtendedConfigs     LogicalAddressLimits and SubSection; others:
 * STATUS_NOT_SUPPORTED
 */
#include "hal/hal_int.h"
#include "seam/api.h"

#include <errno.h>
#include <stdlib.h>

/* --- vectors --- */

static struct dd_buffer *vector_find_locked(struct dd_hal_device *dev, const void *vector)
{
    struct dd_list *pos;

    DD_LIST_EACH(pos, &dev->commons) {
        struct dd_buffer *b = DD_LIST_ENTRY(pos, struct dd_buffer, node);

        if (b == vector && b->kind == DD_BUFFER_VECTOR) {
            return b;
        }
    }
    return NULL;
}

static struct dd_buffer *vector_new(ULONG count, uint64_t size, const void *site)
{
    struct dd_buffer *b = calloc(1, sizeof(*b));

    if (!b) {
        return NULL;
    }
    b->kind = DD_BUFFER_VECTOR;
    b->site = site;
    b->count = count;
    b->len_bytes = count * size; /* below 2^64: both have 32 bits */
    b->elements = calloc(count, sizeof(struct dd_common *));
    if (!b->elements) {
        free(b);
        return NULL;
    }
    return b;
}

static int vector_fill(struct dd_hal_adapter *ha, struct dd_buffer *b, uint64_t size,
                       struct dd_bounds bounds, bool zero)
{
    for (ULONG i = 0; i < b->count; i++) {
        if (dd_bounds_common(ha, size, bounds, &b->elements[i]) < 0) {
            return -ENOMEM;
        }
        if (zero) {
            memset(b->elements[i]->va, 0, size);
        }
    }
    return 0;
}

static NTSTATUS NTAPI allocate_vector(PDMA_ADAPTER DmaAdapter, PHYSICAL_ADDRESS LowAddress,
                                      PHYSICAL_ADDRESS HighAddress, MEMORY_CACHING_TYPE CacheType,
                                      ULONG IdealNode, ULONG Flags, ULONG NumberOfElements,
                                      ULONGLONG SizeOfElements,
                                      PDMA_COMMON_BUFFER_VECTOR *VectorOut)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);
    struct dd_bounds bounds = {(uint64_t)LowAddress.QuadPart, (uint64_t)HighAddress.QuadPart};
    struct dd_buffer *b;

    (void)IdealNode;
    if (!ha || !VectorOut || NumberOfElements == 0 || SizeOfElements == 0 ||
        SizeOfElements > UINT32_MAX || (Flags & ~(ULONG)DMA_ZERO_BUFFERS) != 0 ||
        !dd_caching_ok(&CacheType)) {
        return STATUS_INVALID_PARAMETER;
    }
    dd_hal_irql(ha, "AllocateCommonBufferVector", PASSIVE_LEVEL, PASSIVE_LEVEL, DD_SITE());
    b = dd_seam_may_fail(DD_FAIL_COMMON_BUFFER, DD_SITE())
            ? NULL
            : vector_new(NumberOfElements, SizeOfElements, DD_SITE());
    if (b && vector_fill(ha, b, SizeOfElements, bounds, Flags != 0) < 0) {
        dd_buffer_end(ha->dev, b);
        b = NULL;
    }
    if (!b) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    dd_buffer_enter(ha->dev, b);
    *VectorOut = (PDMA_COMMON_BUFFER_VECTOR)(void *)b;
    return STATUS_SUCCESS;
}

static VOID NTAPI vector_get(PDMA_ADAPTER DmaAdapter, PDMA_COMMON_BUFFER_VECTOR Vector, ULONG Index,
                             PVOID *VirtualAddressOut, PPHYSICAL_ADDRESS LogicalAddressOut)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);
    const struct dd_common *c = NULL;
    struct dd_buffer *b;
    KIRQL irql;

    *VirtualAddressOut = NULL;
    LogicalAddressOut->QuadPart = 0;
    if (!ha) {
        return;
    }
    irql = dd_hal_raise();
    dd_mutex_lock(&ha->dev->lock);
    b = vector_find_locked(ha->dev, Vector);
    c = b && Index < b->count ? b->elements[Index] : NULL;
    if (c) {
        *VirtualAddressOut = c->va;
        LogicalAddressOut->QuadPart = (LONGLONG)c->iova.v;
    }
    dd_mutex_unlock(&ha->dev->lock);
    dd_hal_lower(irql);
}

static VOID NTAPI vector_free_one(PDMA_ADAPTER DmaAdapter, PDMA_COMMON_BUFFER_VECTOR Vector,
                                  ULONG Index)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);
    struct dd_buffer *b;
    bool there;
    KIRQL irql;

    if (!ha) {
        return;
    }
    dd_hal_irql(ha, "FreeCommonBufferFromVector", PASSIVE_LEVEL, PASSIVE_LEVEL, DD_SITE());
    irql = dd_hal_raise();
    dd_mutex_lock(&ha->dev->lock);
    b = vector_find_locked(ha->dev, Vector);
    there = b && Index < b->count && b->elements[Index];
    if (there) {
        dd_vector_end_one(ha->dev, b, Index);
    }
    dd_mutex_unlock(&ha->dev->lock);
    dd_hal_lower(irql);
    if (!there) {
        dd_hal_tell(ha, Vector, "FreeCommonBufferFromVector of a buffer that is not there",
                    DD_SITE());
    }
}

static VOID NTAPI vector_free(PDMA_ADAPTER DmaAdapter, PDMA_COMMON_BUFFER_VECTOR Vector)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);
    struct dd_buffer *b;
    KIRQL irql;

    if (!ha) {
        return;
    }
    dd_hal_irql(ha, "FreeCommonBufferVector", PASSIVE_LEVEL, PASSIVE_LEVEL, DD_SITE());
    irql = dd_hal_raise();
    dd_mutex_lock(&ha->dev->lock);
    b = vector_find_locked(ha->dev, Vector);
    if (b) {
        dd_list_remove(&b->node);
    }
    dd_mutex_unlock(&ha->dev->lock);
    dd_hal_lower(irql);
    if (!b) {
        dd_hal_tell(ha, Vector, "FreeCommonBufferVector of what is no vector", DD_SITE());
        return;
    }
    dd_buffer_end(ha->dev, b);
}

/* --- the memory of an MDL --- */

struct part {
    uint64_t offset, len_bytes; /* from the MDL's first byte */
    struct dd_bounds bounds;
};

static NTSTATUS read_configs(PMDL mdl, const DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION *configs,
                             ULONG count, struct part *ret_part)
{
    struct part part = {0, mdl->ByteCount, {0, UINT64_MAX}};

    for (ULONG i = 0; i < count; i++) {
        switch (configs[i].ConfigType) {
        case CommonBufferConfigTypeLogicalAddressLimits:
            part.bounds.lowest = (uint64_t)configs[i].LogicalAddressLimits.MinimumAddress.QuadPart;
            part.bounds.highest = (uint64_t)configs[i].LogicalAddressLimits.MaximumAddress.QuadPart;
            break;
        case CommonBufferConfigTypeSubSection:
            part.offset = configs[i].SubSection.Offset;
            part.len_bytes = configs[i].SubSection.Length;
            break;
        default:
            return STATUS_NOT_SUPPORTED;
        }
    }
    if (part.len_bytes == 0 || part.offset > mdl->ByteCount ||
        part.len_bytes > mdl->ByteCount - part.offset) {
        return STATUS_INVALID_PARAMETER;
    }
    *ret_part = part;
    return STATUS_SUCCESS;
}

/* the physical byte at @offset of the MDL's first page, when the page is RAM */
static bool phys_at(const struct dd_dma_device *dev, PMDL mdl, uint64_t offset, uint64_t *ret_phys)
{
    uint64_t frame = dd_mdl_frames(mdl)[offset >> DD_PAGE_SHIFT];

    *ret_phys = (frame << DD_PAGE_SHIFT) + (offset & DD_PAGE_MASK);
    return frame < DD_PFN_NOT_RAM && dd_ram_at(dev->ram, (dd_phys){*ret_phys}, 1);
}

/* bytes from @offset on that are one range of memory, at most @left; 0: no RAM */
static uint64_t run_at(const struct dd_dma_device *dev, PMDL mdl, uint64_t offset, uint64_t left,
                       uint64_t *ret_phys)
{
    uint64_t n = 0, phys;

    while (n < left && phys_at(dev, mdl, offset + n, &phys)) {
        if (n == 0) {
            *ret_phys = phys;
        } else if (phys != *ret_phys + n) {
            break;
        }
        n += dd_min_u64(left - n, DD_PAGE_BYTES - ((offset + n) & DD_PAGE_MASK));
    }
    return n;
}

static bool in_bounds(const struct dd_buffer *b, struct dd_bounds bounds)
{
    return b->address >= bounds.lowest && b->address + b->len_bytes - 1 <= bounds.highest;
}

static int map_untranslated(struct dd_hal_adapter *ha, PMDL mdl, const struct part *part,
                            struct dd_buffer *b)
{
    struct dd_bounds bounds = part->bounds;

    bounds.highest = dd_min_u64(bounds.highest, ha->dma.reach);
    return run_at(&ha->dev->core, mdl, mdl->ByteOffset + part->offset, part->len_bytes,
                  &b->address) == part->len_bytes &&
                   in_bounds(b, bounds)
               ? 0
               : -ENOMEM;
}

/* each run of memory by a call of its own; they end at pages, so one call undoes them */
static int map_runs(struct dd_hal_adapter *ha, PMDL mdl, uint64_t start, struct dd_buffer *b)
{
    struct dd_domain *domain = ha->dev->core.domain;
    uint64_t owner = DD_OWNER_COMMON | (atomic_fetch_add(&ha->dev->numbers, 1) + 1);
    uint64_t done = 0, n, phys;

    while (done < b->len_bytes) {
        n = run_at(&ha->dev->core, mdl, start + done, b->len_bytes - done, &phys);
        if (n == 0 || dd_domain_map(domain, (dd_iova){b->address + done}, (dd_phys){phys}, n,
                                    DD_DIR_BOTH, owner) < 0) {
            break;
        }
        done += n;
    }
    if (done == b->len_bytes) {
        return 0;
    }
    if (done > 0) {
        dd_domain_unmap(domain, (dd_iova){b->address}, done);
    }
    return -ENOMEM;
}

static int map_translated(struct dd_hal_adapter *ha, PMDL mdl, const struct part *part,
                          struct dd_buffer *b)
{
    struct dd_iova_space *space = &ha->dev->core.space;
    uint64_t start = mdl->ByteOffset + part->offset;
    uint32_t pages = (uint32_t)dd_span_pages(start, part->len_bytes);
    dd_iova iova;

    if (dd_iova_alloc(space, pages, dd_min_u64(ha->dma.reach, part->bounds.highest), &iova) < 0) {
        return -ENOMEM;
    }
    b->address = iova.v + (start & DD_PAGE_MASK);
    if (!in_bounds(b, part->bounds) || map_runs(ha, mdl, start, b) < 0) {
        dd_iova_free(space, iova, pages);
        return -ENOMEM;
    }
    b->pages = pages;
    return 0;
}

static NTSTATUS NTAPI create_from_mdl(PDMA_ADAPTER DmaAdapter, PMDL Mdl,
                                      PDMA_COMMON_BUFFER_EXTENDED_CONFIGURATION ExtendedConfigs,
                                      ULONG ExtendedConfigsCount, PPHYSICAL_ADDRESS LogicalAddress)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);
    struct dd_buffer *b;
    struct part part;
    NTSTATUS status;
    int r;

    if (!ha || !Mdl || !LogicalAddress || (ExtendedConfigsCount > 0 && !ExtendedConfigs)) {
        return STATUS_INVALID_PARAMETER;
    }
    dd_hal_irql(ha, "CreateCommonBufferFromMdl", PASSIVE_LEVEL, PASSIVE_LEVEL, DD_SITE());
    status = read_configs(Mdl, ExtendedConfigs, ExtendedConfigsCount, &part);
    if (status != STATUS_SUCCESS) {
        return status;
    }
    b = dd_seam_may_fail(DD_FAIL_COMMON_BUFFER, DD_SITE()) ? NULL : calloc(1, sizeof(*b));
    if (!b) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    b->kind = DD_BUFFER_MDL;
    b->any_cached = true;
    b->site = DD_SITE();
    b->va = (const uint8_t *)MmGetMdlVirtualAddress(Mdl) + part.offset;
    b->len_bytes = part.len_bytes;
    r = ha->dev->core.translated ? map_translated(ha, Mdl, &part, b)
                                 : map_untranslated(ha, Mdl, &part, b);
    if (r < 0) {
        free(b);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    dd_buffer_enter(ha->dev, b);
    LogicalAddress->QuadPart = (LONGLONG)b->address;
    return STATUS_SUCCESS;
}

void dd_common_more_fill(DMA_OPERATIONS *ops)
{
    ops->AllocateCommonBufferVector = allocate_vector;
    ops->GetCommonBufferFromVectorByIndex = vector_get;
    ops->FreeCommonBufferFromVector = vector_free_one;
    ops->FreeCommonBufferVector = vector_free;
    ops->CreateCommonBufferFromMdl = create_from_mdl;
}
