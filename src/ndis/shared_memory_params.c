/* SPDX-License-Identifier: MIT */
/*
 * NdisAllocateSharedMemory and NdisFreeSharedMemory; the manual is in include/nt/ndis/shmem.h.
 *
 *   CPU       | page | page | page | page |     one range: VirtualAddress
 *   device    | run         | run  | run  |     SGListBuffer: one element for each
 *
 * What the pages leave open, and what Drydock does (ndis6-sgdma 2.11):
 *
 *   without CONTIGUOUS     pieces, when the caller's list has room for them all; else one range,
 * which is a list of one no room for one element NDIS_STATUS_INVALID_PARAMETER another queue than
 * the default one NDIS_STATUS_INVALID_PARAMETER: no queue is ever allocated here VPortId,
 * PreferredNode no effect SharedMemoryHandle     the allocation handle a provider             there
 * are no virtual switch drivers here: NDIS itself provides over a DMA channel     one range, that
 * the channel reaches
 */
#include "ndis/sgdma.h"

#include "ndis/adapter_priv.h"
#include "ndis/dma_channel.h"
#include "ndis/nobj.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* NDIS_SIZEOF_SHARED_MEMORY_PARAMETERS_REVISION_1 and _2: our header may be compiled lower */
#define SIZE_REVISION_1 64u
#define SIZE_REVISION_2 68u

struct piece {
    uint64_t address;
    uint32_t len_bytes, pages; /* pages: device pages, 0: not translated */
};

/* the allocation handle points here */
struct region {
    struct dd_nobj obj;
    struct dd_adapter *a;
    struct dd_hal_device *dev;
    struct dd_common *c; /* one range; else the fields below */
    uint8_t *block;
    uint32_t count;
    struct piece *pieces;
    uint8_t *va;
    uint64_t address; /* of the first byte */
    ULONG len_bytes;
};

/* --- pieces --- */

static void pieces_end(struct region *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        const struct piece *p = &r->pieces[i];

        if (p->pages > 0) {
            dd_domain_unmap(r->dev->core.domain, (dd_iova){p->address}, p->len_bytes);
            dd_iova_free(&r->dev->core.space, (dd_iova){p->address}, p->pages);
        }
    }
    free(r->pieces);
    r->pieces = NULL;
    r->count = 0;
    if (r->block) {
        dd_ram_free_block(r->dev->core.ram, r->block, NULL);
        r->block = NULL;
    }
}

static int piece_map(struct region *r, uint64_t reach, uint64_t owner, dd_phys phys,
                     struct piece *p)
{
    struct dd_dma_device *core = &r->dev->core;
    uint32_t pages = (uint32_t)dd_span_pages(0, p->len_bytes);
    dd_iova iova;
    int e;

    if (!core->translated) {
        p->address = phys.v;
        return 0;
    }
    e = dd_iova_alloc(&core->space, pages, reach, &iova);
    if (e < 0) {
        return e;
    }
    e = dd_domain_map(core->domain, iova, phys, p->len_bytes, DD_DIR_BOTH, owner);
    if (e < 0) {
        dd_iova_free(&core->space, iova, pages);
        return e;
    }
    p->address = iova.v;
    p->pages = pages;
    return 0;
}

/* bytes from @at on that are one range of memory */
static uint32_t run_bytes(struct dd_ram *ram, const uint8_t *at, uint64_t left)
{
    uint64_t n = DD_PAGE_BYTES, first = dd_ram_phys(ram, at).v;

    while (n < left && dd_ram_phys(ram, at + n).v == first + n) {
        n += DD_PAGE_BYTES;
    }
    return (uint32_t)dd_min_u64(n, left);
}

/* 0; -ENOSPC, more pieces than @most; -ENOMEM */
static int pieces_new(struct region *r, const struct dd_dma *dma, uint64_t owner, uint64_t most)
{
    struct dd_ram *ram = r->dev->core.ram;
    uint64_t done = 0, limit = r->dev->core.translated ? UINT64_MAX : dma->reach;

    r->block = dd_ram_alloc(ram, dd_align_up(r->len_bytes, DD_PAGE_BYTES), DD_PAGE_BYTES,
                            DD_RAM_PAGES, limit);
    r->pieces = calloc(dd_span_pages(0, r->len_bytes), sizeof(*r->pieces));
    if (!r->block || !r->pieces) {
        return -ENOMEM;
    }
    while (done < r->len_bytes) {
        struct piece *p = &r->pieces[r->count];
        int e;

        if (r->count == most) {
            return -ENOSPC;
        }
        p->len_bytes = run_bytes(ram, r->block + done, r->len_bytes - done);
        e = piece_map(r, dma->reach, owner, dd_ram_phys(ram, r->block + done), p);
        if (e < 0) {
            return -ENOMEM;
        }
        r->count++;
        done += p->len_bytes;
    }
    r->va = r->block;
    r->address = r->pieces[0].address;
    return 0;
}

/* --- regions --- */

static void region_end(struct region *r)
{
    int64_t bad;

    if (r->c && dd_common_free(r->c, &bad) < 0) {
        DD_SEAM(.kind = DD_EV_SHMEM_CORRUPT, .site = r->obj.site, .adapter = r->a, .obj = r->va,
                .a = (uint64_t)bad, .b = r->len_bytes);
    }
    pieces_end(r);
    dd_hal_device_close(r->dev);
    dd_nobj_free(r);
}

void dd_shared_memory_destroy(void *obj)
{
    region_end(obj);
}

static int region_fill(struct region *r, bool contiguous, uint64_t most)
{
    struct dd_sg_handle *sg = dd_sg_first(r->a);
    uint64_t owner = DD_OWNER_SHMEM | (atomic_fetch_add(&r->dev->numbers, 1) + 1);
    int e;

    if (sg && !contiguous) {
        e = pieces_new(r, &sg->hal->dma, owner, most);
        if (e == 0) {
            return 0;
        }
        pieces_end(r);
    }
    e = sg ? dd_common_alloc(&sg->hal->dma, r->len_bytes, owner, &r->c)
           : dd_channel_common(r->a, r->len_bytes, owner, &r->c);
    if (e == 0) {
        r->va = r->c->va;
        r->address = r->c->iova.v;
    }
    return e;
}

static struct region *region_new(struct dd_adapter *a, const NDIS_SHARED_MEMORY_PARAMETERS *p,
                                 uint64_t most, const void *site)
{
    struct region *r = dd_seam_may_fail(DD_FAIL_SHMEM_ALLOCATE, site)
                           ? NULL
                           : dd_nobj_new(DD_SLOT_SHARED_MEMORY, sizeof(*r), a, site);

    if (!r) {
        return NULL;
    }
    r->a = a;
    r->len_bytes = p->Length;
    if (dd_sg_device(a, &r->dev) < 0) {
        dd_nobj_free(r);
        return NULL;
    }
    if (region_fill(r, (p->Flags & NDIS_SHARED_MEM_PARAMETERS_CONTIGUOUS) != 0, most) < 0) {
        region_end(r);
        return NULL;
    }
    return r;
}

static void write_list(const struct region *r, SCATTER_GATHER_LIST *list)
{
    struct piece whole = {.address = r->address, .len_bytes = r->len_bytes};
    const struct piece *p = r->c ? &whole : r->pieces;

    list->NumberOfElements = r->c ? 1 : r->count;
    list->Reserved = 0;
    for (ULONG i = 0; i < list->NumberOfElements; i++) {
        list->Elements[i].Address.QuadPart = (LONGLONG)p[i].address;
        list->Elements[i].Length = p[i].len_bytes;
        list->Elements[i].Reserved = 0;
    }
}

/* --- Windows names --- */

static bool is_good(const NDIS_SHARED_MEMORY_PARAMETERS *p)
{
    uint32_t need = p && p->Header.Revision >= 2 ? SIZE_REVISION_2 : SIZE_REVISION_1;

    return p && p->Header.Type == NDIS_OBJECT_TYPE_DEFAULT && p->Header.Revision >= 1 &&
           p->Header.Revision <= 2 && p->Header.Size >= need && p->Length > 0 &&
           (p->Flags & ~(ULONG)NDIS_SHARED_MEM_PARAMETERS_CONTIGUOUS) == 0 &&
           p->QueueId == NDIS_DEFAULT_RECEIVE_QUEUE_ID &&
           (unsigned)p->Usage < NdisSharedMemoryUsageMax && p->SGListBuffer &&
           p->SGListBufferLength >= dd_hal_list_bytes(1);
}

static void report(struct dd_adapter *a, const struct region *r, ULONG len_bytes,
                   enum dd_shmem_reject why, const void *site)
{
    DD_SEAM(.kind = DD_EV_SHMEM_ALLOC, .site = site, .adapter = a, .obj = r ? r->va : NULL,
            .a = r ? r->address : 0, .b = len_bytes, .c = TRUE, .d = why);
}

NDIS_STATUS NdisAllocateSharedMemory(NDIS_HANDLE NdisHandle,
                                     PNDIS_SHARED_MEMORY_PARAMETERS SharedMemoryParameters,
                                     PNDIS_HANDLE pAllocationHandle)
{
    PNDIS_SHARED_MEMORY_PARAMETERS p = SharedMemoryParameters;
    struct dd_adapter *a;
    struct region *r;

    DD_API(NdisAllocateSharedMemory);
    *pAllocationHandle = NULL;
    a = dd_adapter_of(NdisHandle, DD_SITE());
    if (!a || !is_good(p)) {
        return NDIS_STATUS_INVALID_PARAMETER;
    }
    p->VirtualAddress = NULL;
    p->SharedMemoryHandle = NULL;
    if (!dd_sg_first(a) && !dd_channel_registered(a)) {
        report(a, NULL, p->Length, DD_SHMEM_NO_REGISTRATION, DD_SITE());
        return NDIS_STATUS_FAILURE;
    }
    r = region_new(a, p,
                   (p->SGListBufferLength - DD_LIST_HEADER_BYTES) / sizeof(SCATTER_GATHER_ELEMENT),
                   DD_SITE());
    report(a, r, p->Length, r ? DD_SHMEM_OK : DD_SHMEM_NO_MEMORY, DD_SITE());
    if (!r) {
        return NDIS_STATUS_RESOURCES;
    }
    write_list(r, p->SGListBuffer);
    p->VirtualAddress = r->va;
    p->SharedMemoryHandle = r;
    *pAllocationHandle = r;
    return NDIS_STATUS_SUCCESS;
}

VOID NdisFreeSharedMemory(NDIS_HANDLE NdisHandle, NDIS_HANDLE AllocationHandle)
{
    struct dd_adapter *a;
    struct region *r;

    DD_API(NdisFreeSharedMemory);
    a = dd_adapter_of(NdisHandle, DD_SITE());
    r = dd_nobj_get(AllocationHandle, DD_SLOT_SHARED_MEMORY,
                    "not an allocation handle of NdisAllocateSharedMemory", DD_SITE());
    if (!a || !r) {
        return;
    }
    DD_SEAM(.kind = DD_EV_SHMEM_FREE_CALL, .site = DD_SITE(), .adapter = a, .obj = r->va,
            .a = r->address, .b = r->len_bytes, .c = TRUE,
            .d = a == r->a ? DD_MATCH_EXACT : DD_MATCH_OTHER_ADAPTER);
    region_end(r);
}
