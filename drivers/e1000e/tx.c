/* SPDX-License-Identifier: MIT */
/*
 * The transmit ring and the slots.
 *
 *   NET_BUFFER_LISTs        one slot for each NET_BUFFER, in send order
 *   +---------+   take    +-----------------------------+   post   +--------+  reap
 *   | Waiting | --------> | Order  [ready][prep.][ready]| -------> |  Busy  | -------> finished
 *   +---------+           +-----------------------------+          +--------+
 *                              ^ head goes first             in ring order
 *
 * A slot enters Order under Tx.Lock, and only then is its NET_BUFFER mapped or copied, without the
 * lock. Callbacks may come in any order and on any CPU: they mark their slot ready, and whoever
 * sees the head of Order ready writes it, and those behind it, to the ring. So the card gets the
 * frames in the order in which NDIS gave them to us.
 *
 * One CPU at a time prepares (Pumping). Lists are then asked for in send order too, which matters
 * when map registers are few: a ready slot must not hold those that the head of Order waits for,
 * since it cannot go before the head.
 *
 * A finished slot gives its list back (NdisMFreeNetBufferSGList, before the NET_BUFFER_LIST is
 * completed) and counts its NET_BUFFER_LIST down; at zero that is completed, once, however many
 * NET_BUFFERs it had.
 *
 * The ring is never filled completely: head = tail means empty, so RingSize - 1 descriptors can
 * be in flight (DS 7.2). Frames that do not fit wait at the head of Order.
 */
#include "e1000e.h"

/* Writes the tail, once for many frames. Tx.Lock held. */
static VOID E1000TxDoorbellLocked(PE1000_ADAPTER Adapter)
{
    PE1000_TX tx = &Adapter->Tx;

    if (tx->Quiet == 0 || tx->AbortStatus != NDIS_STATUS_SUCCESS ||
        (tx->Pumping && tx->Quiet < E1000_TX_QUIET_DESCRIPTORS)) {
        return;
    }
    /* The descriptors must be in memory before the card is told of them. */
    KeMemoryBarrier();
    E1000Write(&Adapter->Hw, E1000_TDT, tx->Next);
    tx->Quiet = 0;
}

/*
 * Gives the card what is ready, oldest first. Slots that will never be sent go to Done instead.
 * Tx.Lock held.
 */
static VOID E1000TxPostLocked(PE1000_ADAPTER Adapter, PLIST_ENTRY Done)
{
    PE1000_TX tx = &Adapter->Tx;
    PE1000_TX_SLOT slot;

    while (!IsListEmpty(&tx->Order)) {
        slot = CONTAINING_RECORD(tx->Order.Flink, E1000_TX_SLOT, Link);
        if (slot->State == E1000SlotPreparing) {
            break;
        }
        if (slot->State == E1000SlotFailed || slot->Aborted ||
            tx->AbortStatus != NDIS_STATUS_SUCCESS) {
            E1000TxFailList(slot->Nbl, tx->AbortStatus != NDIS_STATUS_SUCCESS
                                           ? tx->AbortStatus
                                           : NDIS_STATUS_RESOURCES);
            tx->Counters.Discards++;
            RemoveEntryList(&slot->Link);
            InsertTailList(Done, &slot->Link);
            continue;
        }
        if (slot->Fragments > tx->Unused) {
            break;
        }
        RemoveEntryList(&slot->Link);
        E1000TxWriteSlot(tx, slot);
        slot->State = E1000SlotPosted;
        InsertTailList(&tx->Busy, &slot->Link);
    }
    E1000TxDoorbellLocked(Adapter);
}

/*
 * Takes back what the card has finished: RS is set on the last descriptor of every frame, and the
 * card works in order, so its DD bit speaks for the whole frame. Tx.Lock held.
 */
VOID E1000TxReapLocked(PE1000_ADAPTER Adapter, PLIST_ENTRY Done)
{
    PE1000_TX tx = &Adapter->Tx;
    PE1000_TX_SLOT slot;

    while (!IsListEmpty(&tx->Busy)) {
        slot = CONTAINING_RECORD(tx->Busy.Flink, E1000_TX_SLOT, Link);
        if (!(tx->Ring[slot->Last].Status & E1000_TXD_DD)) {
            return;
        }
        RemoveEntryList(&slot->Link);
        InsertTailList(Done, &slot->Link);
        tx->Unused += slot->Fragments;
        tx->Reaped++;
        /* Large sends count as what they became. */
        tx->Counters.Frames[slot->Class] += slot->Offload.Segments;
        tx->Counters.Octets[slot->Class] +=
            NET_BUFFER_DATA_LENGTH(slot->Nb) +
            (slot->Offload.Segments - 1) * slot->Offload.HeaderLength;
    }
}

/* Gives the next waiting NET_BUFFER a slot at the end of Order; NULL if there is none of either. */
static PE1000_TX_SLOT E1000TxTakeLocked(PE1000_TX Tx)
{
    PNET_BUFFER_LIST nbl = Tx->Waiting.Head;
    PE1000_TX_SLOT slot;

    if (nbl == NULL || IsListEmpty(&Tx->Free)) {
        return NULL;
    }
    slot = CONTAINING_RECORD(RemoveHeadList(&Tx->Free), E1000_TX_SLOT, Link);
    slot->State = E1000SlotPreparing;
    slot->Nbl = nbl;
    slot->Nb = E1000NblCursor(nbl);
    slot->Sgl = NULL;
    slot->Copied = FALSE;
    slot->Aborted = FALSE;
    InsertTailList(&Tx->Order, &slot->Link);

    E1000NblSetCursor(nbl, NET_BUFFER_NEXT_NB(slot->Nb));
    if (E1000NblCursor(nbl) == NULL) {
        E1000NblRemoveHead(&Tx->Waiting);
    }
    return slot;
}

/* Takes up to a batch of slots and prepares them without the lock; 0 when nothing waits. */
static ULONG E1000TxPrepareBatch(PE1000_ADAPTER Adapter)
{
    PE1000_TX_SLOT batch[E1000_TX_BATCH];
    ULONG count = 0;
    ULONG i;

    while (count < E1000_TX_BATCH && (batch[count] = E1000TxTakeLocked(&Adapter->Tx)) != NULL) {
        count++;
    }
    if (count != 0) {
        NdisDprReleaseSpinLock(&Adapter->Tx.Lock);
        for (i = 0; i < count; i++) {
            E1000TxPrepare(Adapter, batch[i]);
        }
        NdisDprAcquireSpinLock(&Adapter->Tx.Lock);
    }
    return count;
}

/*
 * Moves everything forward that can move: reaps (if asked), prepares, posts, finishes, completes.
 * = DISPATCH_LEVEL, no lock. Any number of CPUs may be in here; the doorbell is rung when nobody
 * prepares any more, so a burst of sends costs one register write.
 *
 * All completed lists go up in one call at the end.
 */
VOID E1000TxRun(PE1000_ADAPTER Adapter, BOOLEAN Reap)
{
    PE1000_TX tx = &Adapter->Tx;
    E1000_NBL_QUEUE completed = {NULL, NULL, 0};
    LIST_ENTRY done;
    BOOLEAN again;

    InitializeListHead(&done);
    do {
        NdisDprAcquireSpinLock(&tx->Lock);
        if (Reap) {
            E1000TxReapLocked(Adapter, &done);
        }
        E1000TxPostLocked(Adapter, &done);
        if (!tx->Pumping) {
            tx->Pumping = TRUE;
            while (E1000TxPrepareBatch(Adapter) != 0) {
                E1000TxPostLocked(Adapter, &done);
            }
            tx->Pumping = FALSE;
            E1000TxPostLocked(Adapter, &done);
        }
        NdisDprReleaseSpinLock(&tx->Lock);

        /* Finishing frees slots, so NET_BUFFERs that waited for one may go on. */
        again = (BOOLEAN)!IsListEmpty(&done);
        E1000TxFinishSlots(Adapter, &done, &completed);
    } while (again);
    E1000TxCompleteLists(Adapter, &completed);
}

/*
 * A slot has its list or its copy, or has failed. = DISPATCH_LEVEL, no lock.
 * If somebody prepares, it will post the slot afterwards; else nobody would, so do it here.
 */
VOID E1000TxPrepared(PE1000_ADAPTER Adapter, PE1000_TX_SLOT Slot, E1000_SLOT_STATE State)
{
    BOOLEAN alone;

    NdisDprAcquireSpinLock(&Adapter->Tx.Lock);
    Slot->State = State;
    alone = (BOOLEAN)!Adapter->Tx.Pumping;
    NdisDprReleaseSpinLock(&Adapter->Tx.Lock);
    if (alone) {
        E1000TxRun(Adapter, FALSE);
    }
}

/*
 * Empties the ring and forgets the old indices; the registers are written by setup.c. The card is
 * stopped, and E1000TxAbort has taken the slots out of Busy.
 */
VOID E1000TxResetRing(PE1000_ADAPTER Adapter)
{
    PE1000_TX tx = &Adapter->Tx;

    NdisAcquireSpinLock(&tx->Lock);
    NdisZeroMemory((PVOID)(ULONG_PTR)tx->Ring, tx->RingSize * sizeof(E1000_TX_DESC));
    tx->Next = 0;
    tx->Quiet = 0;
    tx->Unused = tx->RingSize - 1;
    NdisReleaseSpinLock(&tx->Lock);
}

/* The copy buffers: whole frames, several to a block. */
static NDIS_STATUS E1000TxCreateCopies(PE1000_ADAPTER Adapter)
{
    PE1000_TX tx = &Adapter->Tx;
    ULONG perBlock = E1000_DMA_CHUNK / tx->CopySize;
    PE1000_DMA_BLOCK block;
    NDIS_STATUS status;
    ULONG i;

    tx->CopyBlockCount = (tx->SlotCount + perBlock - 1) / perBlock;
    tx->CopyBlocks = E1000AllocateMemory(Adapter, tx->CopyBlockCount * sizeof(E1000_DMA_BLOCK));
    if (tx->CopyBlocks == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    for (i = 0; i < tx->SlotCount; i++) {
        block = &tx->CopyBlocks[i / perBlock];
        if (i % perBlock == 0) {
            status = E1000DmaAllocate(Adapter, perBlock * tx->CopySize, block);
            if (status != NDIS_STATUS_SUCCESS) {
                return status;
            }
        }
        tx->Slots[i].Copy = (PUCHAR)block->Va + i % perBlock * tx->CopySize;
        tx->Slots[i].CopyPa = (ULONG64)block->Pa.QuadPart + i % perBlock * tx->CopySize;
    }
    return NDIS_STATUS_SUCCESS;
}

/* The slots, each with a buffer of ScatterGatherListSize bytes for NDIS to build a list in. */
static NDIS_STATUS E1000TxCreateSlots(PE1000_ADAPTER Adapter)
{
    PE1000_TX tx = &Adapter->Tx;
    SIZE_T stride;
    ULONG i;

    stride = (Adapter->SglSize + MEMORY_ALLOCATION_ALIGNMENT - 1) &
             ~(SIZE_T)(MEMORY_ALLOCATION_ALIGNMENT - 1);
    tx->Slots = E1000AllocateMemory(Adapter, tx->SlotCount * sizeof(E1000_TX_SLOT));
    if (tx->Slots == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    if (stride != 0) {
        tx->SglBuffers = E1000AllocateMemory(Adapter, tx->SlotCount * stride);
        if (tx->SglBuffers == NULL) {
            return NDIS_STATUS_RESOURCES;
        }
    }
    for (i = 0; i < tx->SlotCount; i++) {
        tx->Slots[i].Adapter = Adapter;
        tx->Slots[i].SglBuffer = stride == 0 ? NULL : tx->SglBuffers + i * stride;
        InsertTailList(&tx->Free, &tx->Slots[i].Link);
    }
    return NDIS_STATUS_SUCCESS;
}

/*
 * Allocates everything the send path needs. PASSIVE_LEVEL, from MiniportInitializeEx.
 * Return: SUCCESS; RESOURCES, with nothing left allocated and the event log written.
 */
NDIS_STATUS E1000TxCreate(PE1000_ADAPTER Adapter)
{
    PE1000_TX tx = &Adapter->Tx;
    NDIS_STATUS status;

    InitializeListHead(&tx->Order);
    InitializeListHead(&tx->Busy);
    InitializeListHead(&tx->Free);
    tx->SlotCount = Adapter->Config.TransmitBuffers;
    tx->RingSize = min(tx->SlotCount * E1000_RING_FACTOR, E1000_MAX_DESCRIPTORS);
    /* 2048 for standard frames, so that none crosses a page; else whole kilobytes. */
    tx->CopySize = max(2048u, (Adapter->MaxFrame + E1000_TAG_LENGTH + 1023u) & ~1023u);

    status = E1000DmaAllocateRing(Adapter, tx->RingSize * (ULONG)sizeof(E1000_TX_DESC),
                                  &tx->RingBlock, (PVOID *)&tx->Ring, &tx->RingPa);
    if (status == NDIS_STATUS_SUCCESS) {
        status = E1000TxCreateSlots(Adapter);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = E1000TxCreateCopies(Adapter);
    }
    if (status != NDIS_STATUS_SUCCESS) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 1, (ULONG)status);
        E1000TxDestroy(Adapter);
    }
    return status;
}

/* Undoes E1000TxCreate, also one that failed half way. No slot is in use. */
VOID E1000TxDestroy(PE1000_ADAPTER Adapter)
{
    PE1000_TX tx = &Adapter->Tx;
    ULONG i;

    if (tx->CopyBlocks != NULL) {
        for (i = 0; i < tx->CopyBlockCount; i++) {
            E1000DmaFree(Adapter, &tx->CopyBlocks[i]);
        }
        E1000FreeMemory(Adapter, tx->CopyBlocks);
        tx->CopyBlocks = NULL;
    }
    E1000FreeMemory(Adapter, tx->SglBuffers);
    tx->SglBuffers = NULL;
    E1000FreeMemory(Adapter, tx->Slots);
    tx->Slots = NULL;
    E1000DmaFree(Adapter, &tx->RingBlock);
}
