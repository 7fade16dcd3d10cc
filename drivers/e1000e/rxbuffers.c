/* SPDX-License-Identifier: MIT */
/*
 * Receive memory: the ring, the buffers and how their number grows.
 *
 * Buffers come in blocks of shared memory of up to 64 KiB. *ReceiveBuffers of them are there from
 * the start; when the stack keeps many, or bursts are about as long as the ring, another block is
 * asked for with NdisMAllocateSharedMemoryAsyncEx (the synchronous form is for initialize only). A
 * block that cannot be had is not a fault: the driver goes on with what it has and the timer lets
 * it try again. Blocks are not given back before halt.
 */
#include "e1000e.h"

/* Frees a block and what its buffers have; buffers may be half made (Nbl or Mdl NULL). */
static VOID E1000RxFreeBlock(PE1000_ADAPTER Adapter, PE1000_RX_BLOCK Block)
{
    ULONG i;

    for (i = 0; i < Block->Count; i++) {
        if (Block->Buffers[i].Nbl != NULL) {
            NdisFreeNetBufferList(Block->Buffers[i].Nbl);
        }
        if (Block->Buffers[i].Mdl != NULL) {
            NdisFreeMdl(Block->Buffers[i].Mdl);
        }
    }
    E1000DmaFree(Adapter, &Block->Memory);
    E1000FreeMemory(Adapter, Block);
}

/* Makes the MDL and the NET_BUFFER_LIST of one buffer. They stay with it for life. */
static BOOLEAN E1000RxMakeBuffer(PE1000_ADAPTER Adapter, PE1000_RX_BLOCK Block, ULONG Index)
{
    PE1000_RX_BUFFER buffer = &Block->Buffers[Index];
    ULONG offset = Index * Adapter->Rx.BufferStride;

    buffer->Va = (PUCHAR)Block->Memory.Va + offset;
    buffer->Pa = (ULONG64)Block->Memory.Pa.QuadPart + offset;
    buffer->Mdl = NdisAllocateMdl(Adapter->Handle, buffer->Va, Adapter->Rx.BufferSize);
    if (buffer->Mdl == NULL) {
        return FALSE;
    }
    buffer->Nbl = NdisAllocateNetBufferAndNetBufferList(Adapter->Rx.NblPool, 0, 0, buffer->Mdl, 0,
                                                        Adapter->Rx.BufferSize);
    if (buffer->Nbl == NULL) {
        return FALSE;
    }
    NET_BUFFER_LIST_MINIPORT_RESERVED(buffer->Nbl)[0] = buffer;
    return TRUE;
}

/*
 * Cuts shared memory into buffers and adds them to the free list. <= DISPATCH_LEVEL, no lock.
 * Takes the memory over: when it fails (RESOURCES), the memory has been freed.
 */
static NDIS_STATUS E1000RxAddBlock(PE1000_ADAPTER Adapter, PE1000_DMA_BLOCK Memory)
{
    PE1000_RX rx = &Adapter->Rx;
    ULONG count = Memory->Length / rx->BufferStride;
    PE1000_RX_BLOCK block;
    ULONG i;

    block = E1000AllocateMemory(Adapter, (SIZE_T)FIELD_OFFSET(E1000_RX_BLOCK, Buffers) +
                                             count * sizeof(E1000_RX_BUFFER));
    if (block == NULL) {
        E1000DmaFree(Adapter, Memory);
        return NDIS_STATUS_RESOURCES;
    }
    block->Memory = *Memory;
    block->Count = count;
    for (i = 0; i < count; i++) {
        if (!E1000RxMakeBuffer(Adapter, block, i)) {
            E1000RxFreeBlock(Adapter, block);
            return NDIS_STATUS_RESOURCES;
        }
    }
    NdisAcquireSpinLock(&rx->Lock);
    InsertTailList(&rx->Blocks, &block->Link);
    for (i = 0; i < count; i++) {
        E1000RxPutFreeLocked(rx, &block->Buffers[i]);
    }
    rx->Total += count;
    NdisReleaseSpinLock(&rx->Lock);
    return NDIS_STATUS_SUCCESS;
}

/* Buffers of one full block. */
static ULONG E1000RxPerBlock(PE1000_RX Rx)
{
    return max(1u, E1000_DMA_CHUNK / Rx->BufferStride);
}

/*
 * Asks for another block, unless one is on its way, the limit is reached or the last attempt
 * failed. <= DISPATCH_LEVEL, no lock. The answer is PENDING or a failure without callback.
 */
VOID E1000RxGrow(PE1000_ADAPTER Adapter)
{
    PE1000_RX rx = &Adapter->Rx;
    ULONG count = E1000RxPerBlock(rx);
    NDIS_STATUS status;

    NdisAcquireSpinLock(&rx->Lock);
    if (rx->Closing || rx->GrowBlocked || rx->Growing != 0 || rx->Total + count > rx->Maximum) {
        NdisReleaseSpinLock(&rx->Lock);
        return;
    }
    rx->Growing++;
    NdisResetEvent(&rx->GrowIdle);
    NdisReleaseSpinLock(&rx->Lock);

    status =
        NdisMAllocateSharedMemoryAsyncEx(Adapter->DmaHandle, count * rx->BufferStride, TRUE, NULL);
    if (status != NDIS_STATUS_PENDING) {
        NdisAcquireSpinLock(&rx->Lock);
        rx->Growing--;
        rx->GrowBlocked = TRUE;
        NdisSetEvent(&rx->GrowIdle);
        NdisReleaseSpinLock(&rx->Lock);
    }
}

/*
 * MiniportSharedMemoryAllocateComplete. = PASSIVE_LEVEL. The context is the adapter's, not the DMA
 * handle's. Without memory VirtualAddress is NULL and PhysicalAddress may be NULL too.
 */
VOID E1000SharedMemoryAllocateComplete(NDIS_HANDLE MiniportAdapterContext, PVOID VirtualAddress,
                                       PNDIS_PHYSICAL_ADDRESS PhysicalAddress, ULONG Length,
                                       PVOID Context)
{
    PE1000_ADAPTER adapter = MiniportAdapterContext;
    PE1000_RX rx = &adapter->Rx;
    NDIS_STATUS status = NDIS_STATUS_RESOURCES;
    E1000_DMA_BLOCK memory;

    UNREFERENCED_PARAMETER(Context);
    if (VirtualAddress != NULL) {
        memory.Va = VirtualAddress;
        memory.Pa = *PhysicalAddress;
        memory.Length = Length;
        status = E1000RxAddBlock(adapter, &memory);
    }
    NdisAcquireSpinLock(&rx->Lock);
    if (status != NDIS_STATUS_SUCCESS) {
        rx->GrowBlocked = TRUE;
    } else {
        E1000RxRefillLocked(adapter);
    }
    rx->Growing--;
    NdisSetEvent(&rx->GrowIdle);
    NdisReleaseSpinLock(&rx->Lock);
}

/* Forbids growth and waits for what is on its way. PASSIVE_LEVEL, from halt. */
VOID E1000RxStopGrowing(PE1000_ADAPTER Adapter)
{
    NdisAcquireSpinLock(&Adapter->Rx.Lock);
    Adapter->Rx.Closing = TRUE;
    NdisReleaseSpinLock(&Adapter->Rx.Lock);
    (VOID) NdisWaitEvent(&Adapter->Rx.GrowIdle, 0);
    /* The event is set under the lock: let its setter out before the adapter is freed. */
    NdisAcquireSpinLock(&Adapter->Rx.Lock);
    NdisReleaseSpinLock(&Adapter->Rx.Lock);
}

/*
 * Writes RCTL from what is wanted: the packet filter, and whether to receive at all. The tail is
 * written after EN (DS 4). Rx.Lock held. A card that is not running gets nothing;
 * E1000RxUpdate comes here again when it is.
 *
 * BAM goes with PROMISCUOUS too: MPE and UPE do not cover broadcasts on every card of the family.
 * SECRC makes the card strip the FCS; without it some cards spend a second descriptor on it. A
 * value that is there already is not written again: some cards receive nothing for a while after
 * it.
 */
VOID E1000RxListenLocked(PE1000_ADAPTER Adapter)
{
    PE1000_RX rx = &Adapter->Rx;
    BOOLEAN was = rx->Listening;
    ULONG rctl = E1000_RCTL_SECRC | rx->BufferControl;
    ULONG i;

    rx->Listening = (BOOLEAN)(rx->Enabled && rx->PacketFilter != 0);
    if (!E1000IsReady(Adapter)) {
        return;
    }
    if (rx->PacketFilter & NDIS_PACKET_TYPE_PROMISCUOUS) {
        rctl |= E1000_RCTL_UPE | E1000_RCTL_MPE | E1000_RCTL_BAM;
    }
    if (rx->PacketFilter & NDIS_PACKET_TYPE_ALL_MULTICAST) {
        rctl |= E1000_RCTL_MPE;
    }
    if (rx->PacketFilter & NDIS_PACKET_TYPE_BROADCAST) {
        rctl |= E1000_RCTL_BAM;
    }
    if (rx->Listening) {
        rctl |= E1000_RCTL_EN;
    }
    if (rctl != rx->Control) {
        E1000Write(&Adapter->Hw, E1000_RCTL, rctl);
        rx->Control = rctl;
    }
    if (rx->Listening && !was) {
        for (i = 0; i < rx->QueueCount; i++) {
            rx->Queues[i].Moved = TRUE;
        }
        E1000RxRefillLocked(Adapter);
    }
}

/*
 * Starts or stops the receiver and indications as the adapter's state says; to be called after
 * every change of it. When it has stopped them, no new indication starts and the tail is left
 * alone. <= DISPATCH_LEVEL.
 *
 * The ring stays as it is over a pause. Frames that the card stored before are still there
 * afterwards, and no new interrupt would tell of them, so make one.
 */
VOID E1000RxUpdate(PE1000_ADAPTER Adapter)
{
    PE1000_RX rx = &Adapter->Rx;
    BOOLEAN enabled;

    NdisAcquireSpinLock(&rx->Lock);
    enabled = (BOOLEAN)(E1000GetState(Adapter) == E1000StateRunning && E1000IsReady(Adapter) &&
                        !E1000HwIsGone(&Adapter->Hw));
    rx->Enabled = enabled;
    E1000RxListenLocked(Adapter);
    NdisReleaseSpinLock(&rx->Lock);
    if (enabled) {
        E1000RxProvoke(Adapter);
    }
}

static VOID E1000RxResetQueueLocked(PE1000_RX Rx, PE1000_RX_QUEUE Queue)
{
    ULONG i;

    for (i = 0; i < Rx->RingSize; i++) {
        if (Queue->RingBuffers[i] != NULL) {
            E1000RxPutFreeLocked(Rx, Queue->RingBuffers[i]);
            Queue->RingBuffers[i] = NULL;
        }
    }
    NdisZeroMemory((PVOID)(ULONG_PTR)Queue->Ring, Rx->RingSize * sizeof(E1000_RX_DESC));
    Queue->Clean = 0;
    Queue->Fill = 0;
    Queue->Posted = 0;
    Queue->Discarding = FALSE;
    Queue->Moved = FALSE;
}

/* Takes all buffers out of the rings and forgets the indices. The card is stopped. */
VOID E1000RxResetRing(PE1000_ADAPTER Adapter)
{
    PE1000_RX rx = &Adapter->Rx;
    ULONG i;

    NdisAcquireSpinLock(&rx->Lock);
    for (i = 0; i < rx->QueueCount; i++) {
        E1000RxResetQueueLocked(rx, &rx->Queues[i]);
    }
    NdisReleaseSpinLock(&rx->Lock);
}

/* Buffer size, and how RCTL is told: the smallest that holds the longest frame, tag and all. */
static VOID E1000RxChooseSize(PE1000_ADAPTER Adapter)
{
    PE1000_RX rx = &Adapter->Rx;
    ULONG need = Adapter->MaxFrame + E1000_TAG_LENGTH;
    ULONG align = max(Adapter->DmaAlignment, 16u);

    if (need <= 2048) {
        rx->BufferSize = 2048;
        rx->BufferControl = 0;
    } else if (need <= 4096) {
        rx->BufferSize = 4096;
        rx->BufferControl = E1000_RCTL_BSEX | E1000_RCTL_BSIZE_4096;
    } else if (need <= 8192) {
        rx->BufferSize = 8192;
        rx->BufferControl = E1000_RCTL_BSEX | E1000_RCTL_BSIZE_8192;
    } else if (Adapter->Hw.Type->FlexBuffer) {
        rx->BufferSize = (need + 1023u) & ~1023u;
        rx->BufferControl = rx->BufferSize / 1024u << E1000_RCTL_FLXBUF_SHIFT;
    } else {
        rx->BufferSize = 16384;
        rx->BufferControl = E1000_RCTL_BSEX | E1000_RCTL_BSIZE_16384;
    }
    if (Adapter->MaxFrame > E1000_STANDARD_FRAME) {
        rx->BufferControl |= E1000_RCTL_LPE;
    }
    rx->BufferStride = (rx->BufferSize + align - 1) / align * align;
}

/* The pool: NET_BUFFER_LISTs that come with their NET_BUFFER; the MDLs are ours. */
static NDIS_STATUS E1000RxCreatePool(PE1000_ADAPTER Adapter)
{
    NET_BUFFER_LIST_POOL_PARAMETERS pool;

    NdisZeroMemory(&pool, sizeof(pool));
    pool.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    pool.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    pool.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    pool.ProtocolId = NDIS_PROTOCOL_ID_DEFAULT;
    pool.fAllocateNetBuffer = TRUE;
    pool.PoolTag = E1000_TAG;
    Adapter->Rx.NblPool = NdisAllocateNetBufferListPool(Adapter->Handle, &pool);
    return Adapter->Rx.NblPool == NULL ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
}

/* Memory of one ring. */
static NDIS_STATUS E1000RxCreateQueue(PE1000_ADAPTER Adapter, PE1000_RX_QUEUE Queue)
{
    ULONG size = Adapter->Rx.RingSize;
    NDIS_STATUS status;

    status = E1000DmaAllocateRing(Adapter, size * (ULONG)sizeof(E1000_RX_DESC), &Queue->RingBlock,
                                  (PVOID *)&Queue->Ring, &Queue->RingPa);
    if (status == NDIS_STATUS_SUCCESS) {
        Queue->RingBuffers = E1000AllocateMemory(Adapter, size * sizeof(PE1000_RX_BUFFER));
        status = Queue->RingBuffers == NULL ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
    }
    return status;
}

/* The buffers that are there from the start: *ReceiveBuffers for each ring. */
static NDIS_STATUS E1000RxCreateBuffers(PE1000_ADAPTER Adapter)
{
    PE1000_RX rx = &Adapter->Rx;
    ULONG wanted = Adapter->Config.ReceiveBuffers * rx->QueueCount;
    E1000_DMA_BLOCK memory;
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;
    ULONG count;

    while (status == NDIS_STATUS_SUCCESS && rx->Total < wanted) {
        count = min(E1000RxPerBlock(rx), wanted - rx->Total);
        status = E1000DmaAllocate(Adapter, count * rx->BufferStride, &memory);
        if (status == NDIS_STATUS_SUCCESS) {
            status = E1000RxAddBlock(Adapter, &memory);
        }
    }
    return status;
}

/*
 * Allocates everything the receive path needs. PASSIVE_LEVEL, from MiniportInitializeEx.
 * Return: SUCCESS; RESOURCES, with nothing left allocated and the event log written.
 */
NDIS_STATUS E1000RxCreate(PE1000_ADAPTER Adapter)
{
    PE1000_RX rx = &Adapter->Rx;
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;
    ULONG i;

    InitializeListHead(&rx->Free);
    InitializeListHead(&rx->Blocks);
    E1000RxChooseSize(Adapter);
    rx->RingSize = min(Adapter->Config.ReceiveBuffers * E1000_RING_FACTOR, E1000_MAX_DESCRIPTORS);
    rx->RingSize = (rx->RingSize + 7u) & ~7u;
    rx->LowWater = Adapter->Config.ReceiveBuffers / 8;
    rx->Maximum = min(Adapter->Config.ReceiveBuffers * rx->QueueCount * E1000_RX_GROW_LIMIT,
                      E1000_RX_MAX_BUFFERS);

    for (i = 0; i < rx->QueueCount && status == NDIS_STATUS_SUCCESS; i++) {
        status = E1000RxCreateQueue(Adapter, &rx->Queues[i]);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = E1000RxCreatePool(Adapter);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = E1000RxCreateBuffers(Adapter);
    }
    if (status != NDIS_STATUS_SUCCESS) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 1, (ULONG)status);
        E1000RxDestroy(Adapter);
    }
    return status;
}

/* Undoes E1000RxCreate, also one that failed half way. All buffers are back from the stack. */
VOID E1000RxDestroy(PE1000_ADAPTER Adapter)
{
    PE1000_RX rx = &Adapter->Rx;
    ULONG i;

    while (!IsListEmpty(&rx->Blocks)) {
        E1000RxFreeBlock(Adapter,
                         CONTAINING_RECORD(RemoveHeadList(&rx->Blocks), E1000_RX_BLOCK, Link));
    }
    rx->Total = 0;
    if (rx->NblPool != NULL) {
        NdisFreeNetBufferListPool(rx->NblPool);
        rx->NblPool = NULL;
    }
    for (i = 0; i < rx->QueueCount; i++) {
        E1000FreeMemory(Adapter, rx->Queues[i].RingBuffers);
        rx->Queues[i].RingBuffers = NULL;
        E1000DmaFree(Adapter, &rx->Queues[i].RingBlock);
    }
}
