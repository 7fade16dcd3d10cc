/* SPDX-License-Identifier: MIT */
/*
 * Members of DMA_OPERATIONS that tell something: alignment, sizes, what the adapter can do, its DMA
 * domain.
 *
 * What the pages leave open, and what Drydock does:
 *
 *   a domain              each device has one, and all adapters of the device are in it. The handle
 *                         is NULL when nothing is translated
 *   joining               the device's own domain: fine, once; another device's:
 * STATUS_NOT_SUPPORTED leaving               what was not joined: STATUS_INVALID_PARAMETER
 *   ConfigureAdapterChannel
 *                         the 8237A has no functions of its own: STATUS_NOT_IMPLEMENTED
 *   LogicalPageCount      the pages that are mapped, as the map registers
 */
#include "hal/hal_int.h"

#include "seam/api.h"

#include <errno.h>

int dd_chain_measure(PMDL mdl, uint64_t offset, uint64_t length, uint64_t *ret_pages)
{
    uint64_t pages = 0;

    for (; mdl && length > 0; mdl = mdl->Next) {
        uint64_t n;

        if (offset >= mdl->ByteCount) {
            offset -= mdl->ByteCount;
            continue;
        }
        n = dd_min_u64(mdl->ByteCount - offset, length);
        pages += dd_span_pages(mdl->ByteOffset + offset, n);
        length -= n;
        offset = 0;
    }
    if (length > 0) {
        return -EINVAL;
    }
    *ret_pages = pages;
    return 0;
}

/* sgl=split cuts each run into four elements at most, else a page needs one */
uint64_t dd_list_room(const struct dd_hal_adapter *ha, uint64_t pages)
{
    return dd_hal_list_bytes(pages * (ha->dma.shape == DD_SGL_SPLIT ? 4 : 1));
}

uint64_t dd_hal_list_room(const struct dd_hal_adapter *ha, PMDL mdl, uint64_t offset_bytes,
                          uint64_t len_bytes)
{
    uint64_t pages;

    return dd_chain_measure(mdl, offset_bytes, len_bytes, &pages) < 0 ? 0 : dd_list_room(ha, pages);
}

static NTSTATUS NTAPI calculate_scatter_gather_list(PDMA_ADAPTER DmaAdapter, PMDL Mdl,
                                                    PVOID CurrentVa, ULONG Length,
                                                    PULONG ScatterGatherListSize,
                                                    PULONG pNumberOfMapRegisters)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);
    uintptr_t start = Mdl ? (uintptr_t)MmGetMdlVirtualAddress(Mdl) : 0;
    uint64_t pages;

    if (!ha || !ScatterGatherListSize || (uintptr_t)CurrentVa < start) {
        return STATUS_INVALID_PARAMETER;
    }
    if (!Mdl) { /* the worst case of that address and length */
        pages = dd_span_pages((uintptr_t)CurrentVa & DD_PAGE_MASK, Length);
    } else if (dd_chain_measure(Mdl, (uintptr_t)CurrentVa - start, Length, &pages) < 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if (pages > ha->dma.max_regs) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *ScatterGatherListSize = (ULONG)dd_list_room(ha, pages);
    if (pNumberOfMapRegisters) {
        *pNumberOfMapRegisters = (ULONG)pages;
    }
    return STATUS_SUCCESS;
}

static ULONG NTAPI get_dma_alignment(PDMA_ADAPTER DmaAdapter)
{
    dd_hal_irql(dd_hal_adapter_of(DmaAdapter), "GetDmaAlignment", PASSIVE_LEVEL, PASSIVE_LEVEL,
                DD_SITE());
    return DD_DMA_ALIGNMENT;
}

static NTSTATUS NTAPI get_dma_adapter_info(PDMA_ADAPTER DmaAdapter, PDMA_ADAPTER_INFO AdapterInfo)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);

    if (!io || !AdapterInfo) {
        return STATUS_INVALID_PARAMETER;
    }
    dd_hal_irql(io->ha, "GetDmaAdapterInfo", PASSIVE_LEVEL, DISPATCH_LEVEL, DD_SITE());
    if (AdapterInfo->Version != DMA_ADAPTER_INFO_VERSION1) {
        return STATUS_NOT_SUPPORTED;
    }
    AdapterInfo->V1 = (DMA_ADAPTER_INFO_V1){
        .ReadDmaCounterAvailable = io->isa != NULL,
        .ScatterGatherLimit =
            io->scatter_gather ? (ULONG)dd_min_u64(io->ha->dma.max_regs, UINT32_MAX) : 1,
        .DmaAddressWidth = io->bits,
        .Flags = ADAPTER_INFO_SYNCHRONOUS_CALLBACK,
        .MinimumTransferUnit = 1,
    };
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI get_dma_transfer_info(PDMA_ADAPTER DmaAdapter, PMDL Mdl, ULONGLONG Offset,
                                            ULONG Length, BOOLEAN WriteOnly,
                                            PDMA_TRANSFER_INFO TransferInfo)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);
    uint64_t pages, room;

    (void)WriteOnly; /* caches are coherent */
    if (!io || !TransferInfo || !Mdl || Length == 0 ||
        dd_chain_measure(Mdl, Offset, Length, &pages) < 0) {
        return STATUS_INVALID_PARAMETER;
    }
    dd_hal_irql(io->ha, "GetDmaTransferInfo", PASSIVE_LEVEL, DISPATCH_LEVEL, DD_SITE());
    if (TransferInfo->Version != DMA_TRANSFER_INFO_VERSION1 &&
        TransferInfo->Version != DMA_TRANSFER_INFO_VERSION2) {
        return STATUS_NOT_SUPPORTED;
    }
    room = dd_list_room(io->ha, pages);
    TransferInfo->V1 = (DMA_TRANSFER_INFO_V1){
        .MapRegisterCount = (ULONG)pages,
        .ScatterGatherElementCount =
            (ULONG)((room - DD_LIST_HEADER_BYTES) / sizeof(SCATTER_GATHER_ELEMENT)),
        .ScatterGatherListSize = (ULONG)room,
    };
    if (TransferInfo->Version == DMA_TRANSFER_INFO_VERSION2) {
        TransferInfo->V2.LogicalPageCount = (ULONG)pages;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI flush_dma_buffer(PDMA_ADAPTER DmaAdapter, PMDL Mdl, BOOLEAN ReadOperation)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);

    (void)ReadOperation; /* caches are coherent */
    if (!io || !Mdl) {
        return STATUS_INVALID_PARAMETER;
    }
    dd_hal_irql(io->ha, "FlushDmaBuffer", PASSIVE_LEVEL, DISPATCH_LEVEL, DD_SITE());
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI configure_adapter_channel(PDMA_ADAPTER DmaAdapter, ULONG FunctionNumber,
                                                PVOID Context)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);

    (void)FunctionNumber;
    (void)Context;
    if (!io) {
        return STATUS_INVALID_PARAMETER;
    }
    dd_hal_irql(io->ha, "ConfigureAdapterChannel", PASSIVE_LEVEL, DISPATCH_LEVEL, DD_SITE());
    return STATUS_NOT_IMPLEMENTED;
}

/* --- domains --- */

static HANDLE domain_of(const struct dd_hal_io *io)
{
    const struct dd_dma_device *core = &io->ha->dev->core;

    return core->translated ? (HANDLE)core->domain : NULL;
}

static HANDLE NTAPI get_dma_domain(PDMA_ADAPTER DmaAdapter)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);

    if (!io) {
        return NULL;
    }
    dd_hal_irql(io->ha, "GetDmaDomain", PASSIVE_LEVEL, PASSIVE_LEVEL, DD_SITE());
    return domain_of(io);
}

static NTSTATUS NTAPI join_dma_domain(PDMA_ADAPTER DmaAdapter, HANDLE DomainHandle)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);

    if (!io || !DomainHandle) {
        return STATUS_INVALID_PARAMETER;
    }
    dd_hal_irql(io->ha, "JoinDmaDomain", PASSIVE_LEVEL, PASSIVE_LEVEL, DD_SITE());
    if (DomainHandle != domain_of(io) || io->joined) {
        return STATUS_NOT_SUPPORTED;
    }
    io->joined = true;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI leave_dma_domain(PDMA_ADAPTER DmaAdapter)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);

    if (!io || !io->joined) {
        return STATUS_INVALID_PARAMETER;
    }
    dd_hal_irql(io->ha, "LeaveDmaDomain", PASSIVE_LEVEL, PASSIVE_LEVEL, DD_SITE());
    io->joined = false;
    return STATUS_SUCCESS;
}

void dd_info_fill(DMA_OPERATIONS *ops)
{
    ops->GetDmaAlignment = get_dma_alignment;
    ops->CalculateScatterGatherList = calculate_scatter_gather_list;
    ops->GetDmaAdapterInfo = get_dma_adapter_info;
    ops->GetDmaTransferInfo = get_dma_transfer_info;
    ops->FlushDmaBuffer = flush_dma_buffer;
    ops->ConfigureAdapterChannel = configure_adapter_channel;
    ops->GetDmaDomain = get_dma_domain;
    ops->JoinDmaDomain = join_dma_domain;
    ops->LeaveDmaDomain = leave_dma_domain;
}
