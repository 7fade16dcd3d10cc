/* SPDX-License-Identifier: MIT */
/* The DMA registration, memory shared with the card, and plain memory. */
#include "e1000e.h"

#define E1000_RING_ALIGNMENT 128u

/*
 * Registers for scatter/gather DMA. MaximumPhysicalMapping covers the longest frame plus a page:
 * a list starts at the first byte of CurrentMdl, so what lies before the data in that MDL counts
 * too. NET_BUFFERs with more in front than that are copied (txprepare.c).
 */
NDIS_STATUS E1000RegisterDma(PE1000_ADAPTER Adapter)
{
    NDIS_SG_DMA_DESCRIPTION dma;
    NDIS_STATUS status;

    Adapter->Tx.MaxFrame = Adapter->MaxFrame;
    Adapter->Tx.MaxMapping = Adapter->MaxFrame + E1000_TAG_LENGTH + E1000_IOVA_PAGE;
    if (E1000OffloadIsThere(Adapter) && (Adapter->Config.Offload[E1000OffloadLsoV4] != 0 ||
                                         Adapter->Config.Offload[E1000OffloadLsoV6] != 0)) {
        Adapter->Tx.MaxMapping =
            E1000_LSO_MAX_SIZE + NDIS_LARGE_SEND_OFFLOAD_MAX_HEADER_LENGTH + E1000_IOVA_PAGE;
    }

    NdisZeroMemory(&dma, sizeof(dma));
    dma.Header.Type = NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION;
    dma.Header.Revision = NDIS_SG_DMA_DESCRIPTION_REVISION_1;
    dma.Header.Size = NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1;
    dma.Flags = NDIS_SG_DMA_64_BIT_ADDRESS;
    dma.MaximumPhysicalMapping = Adapter->Tx.MaxMapping;
    dma.ProcessSGListHandler = E1000ProcessSGList;
    dma.SharedMemAllocateCompleteHandler = E1000SharedMemoryAllocateComplete;
    status = NdisMRegisterScatterGatherDma(Adapter->Handle, &dma, &Adapter->DmaHandle);
    if (status != NDIS_STATUS_SUCCESS) {
        Adapter->DmaHandle = NULL;
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 1, (ULONG)status);
        return status;
    }
    Adapter->SglSize = dma.ScatterGatherListSize;
    Adapter->DmaAlignment = NdisMGetDmaAlignment(Adapter->Handle);
    return NDIS_STATUS_SUCCESS;
}

/* Undoes E1000RegisterDma: all shared memory must be free and no list may be mapped. */
VOID E1000DeregisterDma(PE1000_ADAPTER Adapter)
{
    NdisMDeregisterScatterGatherDma(Adapter->DmaHandle);
    Adapter->DmaHandle = NULL;
}

/*
 * Allocates shared memory; only from MiniportInitializeEx. The memory is cached (NDIS 6 does not
 * look at the argument) and contiguous for the card.
 * Return: SUCCESS, or RESOURCES, which has then been written to the event log.
 */
NDIS_STATUS E1000DmaAllocate(PE1000_ADAPTER Adapter, ULONG Length, PE1000_DMA_BLOCK Block)
{
    NdisMAllocateSharedMemory(Adapter->Handle, Length, TRUE, &Block->Va, &Block->Pa);
    if (Block->Va == NULL) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 1, Length);
        return NDIS_STATUS_RESOURCES;
    }
    Block->Length = Length;
    return NDIS_STATUS_SUCCESS;
}

/*
 * Allocates a descriptor ring, zeroed. Rings start at a multiple of 16 bytes (DS 10, RDBAL); that
 * shared memory starts at a page is usual but written nowhere.
 */
NDIS_STATUS E1000DmaAllocateRing(PE1000_ADAPTER Adapter, ULONG Length, PE1000_DMA_BLOCK Block,
                                 PVOID *Ring, PULONG64 RingPa)
{
    ULONG shift;
    NDIS_STATUS status;

    status = E1000DmaAllocate(Adapter, Length + E1000_RING_ALIGNMENT, Block);
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    shift = (ULONG)(0u - (ULONG)Block->Pa.QuadPart) & (E1000_RING_ALIGNMENT - 1);
    *Ring = (PUCHAR)Block->Va + shift;
    *RingPa = (ULONG64)Block->Pa.QuadPart + shift;
    NdisZeroMemory(*Ring, Length);
    return NDIS_STATUS_SUCCESS;
}

/* Frees shared memory, however it was allocated; nothing to do for an empty block. */
VOID E1000DmaFree(PE1000_ADAPTER Adapter, PE1000_DMA_BLOCK Block)
{
    if (Block->Va != NULL) {
        NdisMFreeSharedMemory(Adapter->Handle, Block->Length, TRUE, Block->Va, Block->Pa);
        Block->Va = NULL;
    }
}

/* Allocates zeroed, nonpaged memory; NULL when there is none. <= DISPATCH_LEVEL. */
PVOID E1000AllocateMemory(PE1000_ADAPTER Adapter, SIZE_T Length)
{
    PVOID memory;

    memory = NdisAllocateMemoryWithTagPriority(Adapter->Handle, (UINT)Length, E1000_TAG,
                                               NormalPoolPriority);
    if (memory != NULL) {
        NdisZeroMemory(memory, Length);
    }
    return memory;
}

/* Frees what E1000AllocateMemory returned; NULL is fine. <= DISPATCH_LEVEL. */
VOID E1000FreeMemory(PE1000_ADAPTER Adapter, PVOID Memory)
{
    if (Memory != NULL) {
        NdisFreeMemoryWithTagPriority(Adapter->Handle, Memory, E1000_TAG);
    }
}
