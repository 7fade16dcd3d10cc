/* SPDX-License-Identifier: MIT */
/*
 * NET_BUFFER_LISTs in and out: send, complete, cancel, abort.
 *
 * While a list is ours, its MiniportReserved holds
 *   [0]  how many of its NET_BUFFERs are not finished
 *   [1]  the first one that has no slot yet (the cursor)
 * and its Status the result so far. The chain of NET_BUFFERs is not touched.
 */
#include "e1000e.h"

/* Appends one list. */
VOID E1000NblAppend(PE1000_NBL_QUEUE Queue, PNET_BUFFER_LIST Nbl)
{
    NET_BUFFER_LIST_NEXT_NBL(Nbl) = NULL;
    if (Queue->Head == NULL) {
        Queue->Head = Nbl;
    } else {
        NET_BUFFER_LIST_NEXT_NBL(Queue->Tail) = Nbl;
    }
    Queue->Tail = Nbl;
    Queue->Count++;
}

/* Takes the first list out; the queue is not empty. */
VOID E1000NblRemoveHead(PE1000_NBL_QUEUE Queue)
{
    PNET_BUFFER_LIST nbl = Queue->Head;

    Queue->Head = NET_BUFFER_LIST_NEXT_NBL(nbl);
    if (Queue->Head == NULL) {
        Queue->Tail = NULL;
    }
    NET_BUFFER_LIST_NEXT_NBL(nbl) = NULL;
    Queue->Count--;
}

/* Moves all lists of From to the end of To. */
static VOID E1000NblSplice(PE1000_NBL_QUEUE To, PE1000_NBL_QUEUE From)
{
    if (From->Head == NULL) {
        return;
    }
    if (To->Head == NULL) {
        To->Head = From->Head;
    } else {
        NET_BUFFER_LIST_NEXT_NBL(To->Tail) = From->Head;
    }
    To->Tail = From->Tail;
    To->Count += From->Count;
    From->Head = NULL;
    From->Tail = NULL;
    From->Count = 0;
}

/* The first failure is the one NDIS is told. */
VOID E1000TxFailList(PNET_BUFFER_LIST Nbl, NDIS_STATUS Status)
{
    if (NET_BUFFER_LIST_STATUS(Nbl) == NDIS_STATUS_SUCCESS) {
        NET_BUFFER_LIST_STATUS(Nbl) = Status;
    }
}

/* Counts NET_BUFFERs off a list; those that are finished with it go to Done. Tx.Lock held. */
static VOID E1000NblCountDown(PNET_BUFFER_LIST Nbl, ULONG Count, PE1000_NBL_QUEUE Done)
{
    ULONG pending = E1000NblPending(Nbl) - Count;

    E1000NblSetPending(Nbl, pending);
    if (pending == 0) {
        E1000NblAppend(Done, Nbl);
    }
}

/*
 * Ends slots that are out of Order and Busy: gives their scatter/gather lists back, frees them and
 * counts their lists down. = DISPATCH_LEVEL, no lock: giving a list back may let NDIS run a queued
 * callback of ours.
 */
VOID E1000TxFinishSlots(PE1000_ADAPTER Adapter, PLIST_ENTRY Slots, PE1000_NBL_QUEUE Done)
{
    PE1000_TX_SLOT slot;
    PLIST_ENTRY entry;

    if (IsListEmpty(Slots)) {
        return;
    }
    for (entry = Slots->Flink; entry != Slots; entry = entry->Flink) {
        slot = CONTAINING_RECORD(entry, E1000_TX_SLOT, Link);
        if (slot->Sgl != NULL) {
            NdisMFreeNetBufferSGList(Adapter->DmaHandle, slot->Sgl, slot->Nb);
            slot->Sgl = NULL;
        }
    }
    NdisDprAcquireSpinLock(&Adapter->Tx.Lock);
    while (!IsListEmpty(Slots)) {
        slot = CONTAINING_RECORD(RemoveHeadList(Slots), E1000_TX_SLOT, Link);
        E1000NblCountDown(slot->Nbl, 1, Done);
        slot->State = E1000SlotFree;
        slot->Nbl = NULL;
        slot->Nb = NULL;
        InsertTailList(&Adapter->Tx.Free, &slot->Link);
    }
    NdisDprReleaseSpinLock(&Adapter->Tx.Lock);
}

/* Completes lists that were accepted. = DISPATCH_LEVEL, no lock. May complete a pause. */
VOID E1000TxCompleteLists(PE1000_ADAPTER Adapter, PE1000_NBL_QUEUE Done)
{
    LONG count = Done->Count;

    if (count == 0) {
        return;
    }
    E1000OffloadComplete(Done->Head);
    NdisMSendNetBufferListsComplete(Adapter->Handle, Done->Head,
                                    NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL);
    InterlockedExchangeAdd(&Adapter->Tx.Held, -count);
    E1000Dereference(Adapter, count);
}

/*
 * Counts the NET_BUFFERs of a list; 0 when one is empty or too long. A frame whose tag is in the
 * data may be four bytes longer than one whose tag the card inserts.
 */
static ULONG E1000CountNetBuffers(PE1000_ADAPTER Adapter, PNET_BUFFER_LIST Nbl)
{
    ULONG limit = E1000OffloadLimit(Adapter, Nbl);
    ULONG count = 0;
    PNET_BUFFER nb;

    if (limit != 0 && NET_BUFFER_LIST_INFO(Nbl, Ieee8021QNetBufferListInfo) == NULL) {
        limit += E1000_TAG_LENGTH;
    }
    for (nb = NET_BUFFER_LIST_FIRST_NB(Nbl); nb != NULL; nb = NET_BUFFER_NEXT_NB(nb)) {
        if (NET_BUFFER_DATA_LENGTH(nb) == 0 || NET_BUFFER_DATA_LENGTH(nb) > limit) {
            return 0;
        }
        count++;
    }
    return count;
}

/* Sorts what NDIS sent into what can be queued and what cannot. No lock: the lists are ours. */
static VOID E1000SortLists(PE1000_ADAPTER Adapter, PNET_BUFFER_LIST Nbl, PE1000_NBL_QUEUE Good,
                           PE1000_NBL_QUEUE Bad)
{
    PNET_BUFFER_LIST next;
    ULONG count;

    for (; Nbl != NULL; Nbl = next) {
        next = NET_BUFFER_LIST_NEXT_NBL(Nbl);
        count = E1000CountNetBuffers(Adapter, Nbl);
        if (count == 0) {
            NET_BUFFER_LIST_STATUS(Nbl) = NDIS_STATUS_INVALID_LENGTH;
            E1000NblAppend(Bad, Nbl);
            continue;
        }
        NET_BUFFER_LIST_STATUS(Nbl) = NDIS_STATUS_SUCCESS;
        E1000NblSetPending(Nbl, count);
        E1000NblSetCursor(Nbl, NET_BUFFER_LIST_FIRST_NB(Nbl));
        E1000NblAppend(Good, Nbl);
    }
}

/*
 * Queues lists if the gate is open and takes a reference for each and one for the caller; else
 * gives them the gate's status and moves them to Bad. Returns whether they were queued.
 */
static BOOLEAN E1000QueueLists(PE1000_ADAPTER Adapter, PE1000_NBL_QUEUE Good, PE1000_NBL_QUEUE Bad)
{
    PE1000_TX tx = &Adapter->Tx;
    PNET_BUFFER_LIST nbl;
    NDIS_STATUS gate;

    if (Good->Count == 0) {
        return FALSE;
    }
    NdisDprAcquireSpinLock(&tx->Lock);
    gate = tx->Gate;
    if (gate == NDIS_STATUS_SUCCESS) {
        E1000Reference(Adapter, Good->Count + 1);
        InterlockedExchangeAdd(&tx->Held, Good->Count);
        E1000NblSplice(&tx->Waiting, Good);
    }
    NdisDprReleaseSpinLock(&tx->Lock);
    if (gate == NDIS_STATUS_SUCCESS) {
        return TRUE;
    }
    for (nbl = Good->Head; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
        NET_BUFFER_LIST_STATUS(nbl) = gate;
    }
    E1000NblSplice(Bad, Good);
    return FALSE;
}

/*
 * MiniportSendNetBufferLists. <= DISPATCH_LEVEL; several CPUs may be in here.
 *
 * The driver accepts whatever comes and queues what it cannot send at once. While the link is down
 * frames still go to the card: some send them nowhere and say so, others stall; then
 * MiniportCheckForHangEx asks for a reset, which gives them back.
 *
 * NdisMAllocateNetBufferSGList wants DISPATCH_LEVEL exactly. When NDIS does not say that we are
 * there we may still be, and raising to the level one is at is allowed.
 */
VOID E1000SendNetBufferLists(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferList,
                             NDIS_PORT_NUMBER PortNumber, ULONG SendFlags)
{
    PE1000_ADAPTER adapter = MiniportAdapterContext;
    E1000_NBL_QUEUE good = {NULL, NULL, 0};
    E1000_NBL_QUEUE bad = {NULL, NULL, 0};
    KIRQL irql = DISPATCH_LEVEL;
    BOOLEAN queued;

    UNREFERENCED_PARAMETER(PortNumber);
    if (!NDIS_TEST_SEND_AT_DISPATCH_LEVEL(SendFlags)) {
        NDIS_RAISE_IRQL_TO_DISPATCH(&irql);
    }
    E1000SortLists(adapter, NetBufferList, &good, &bad);
    queued = E1000QueueLists(adapter, &good, &bad);
    if (bad.Head != NULL) {
        NdisMSendNetBufferListsComplete(adapter->Handle, bad.Head,
                                        NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL);
    }
    if (queued) {
        E1000TxRun(adapter, FALSE);
        E1000Dereference(adapter, 1);
    }
    NDIS_LOWER_IRQL(irql, DISPATCH_LEVEL);
}

/* Which lists to drop: all, or those with this cancel id. */
typedef struct _E1000_DROP {
    BOOLEAN All;
    PVOID CancelId;
    NDIS_STATUS Status;
} E1000_DROP;

static BOOLEAN E1000DropMatches(const E1000_DROP *Drop, PNET_BUFFER_LIST Nbl)
{
    return (BOOLEAN)(Drop->All || NDIS_GET_NET_BUFFER_LIST_CANCEL_ID(Nbl) == Drop->CancelId);
}

/*
 * Drops lists whose NET_BUFFERs have no slot, or not all: the rest of such a list is not sent, and
 * the list ends when its slots do. Tx.Lock held.
 */
static VOID E1000DropWaitingLocked(PE1000_TX Tx, const E1000_DROP *Drop, PE1000_NBL_QUEUE Done)
{
    E1000_NBL_QUEUE keep = {NULL, NULL, 0};
    PNET_BUFFER_LIST nbl;
    PNET_BUFFER_LIST next;
    PNET_BUFFER nb;
    ULONG unsent;

    for (nbl = Tx->Waiting.Head; nbl != NULL; nbl = next) {
        next = NET_BUFFER_LIST_NEXT_NBL(nbl);
        if (!E1000DropMatches(Drop, nbl)) {
            E1000NblAppend(&keep, nbl);
            continue;
        }
        unsent = 0;
        for (nb = E1000NblCursor(nbl); nb != NULL; nb = NET_BUFFER_NEXT_NB(nb)) {
            unsent++;
        }
        Tx->Counters.Discards += unsent;
        E1000TxFailList(nbl, Drop->Status);
        E1000NblSetCursor(nbl, NULL);
        NET_BUFFER_LIST_NEXT_NBL(nbl) = NULL;
        E1000NblCountDown(nbl, unsent, Done);
    }
    Tx->Waiting = keep;
}

/*
 * Drops slots the card has not seen. One whose list is still being built cannot be taken back from
 * NDIS; it is marked, and ends when the callback comes. Tx.Lock held.
 */
static VOID E1000DropOrderLocked(PE1000_TX Tx, const E1000_DROP *Drop, PLIST_ENTRY Done)
{
    PE1000_TX_SLOT slot;
    PLIST_ENTRY entry;
    PLIST_ENTRY next;

    for (entry = Tx->Order.Flink; entry != &Tx->Order; entry = next) {
        next = entry->Flink;
        slot = CONTAINING_RECORD(entry, E1000_TX_SLOT, Link);
        if (!E1000DropMatches(Drop, slot->Nbl)) {
            continue;
        }
        E1000TxFailList(slot->Nbl, Drop->Status);
        slot->Aborted = TRUE;
        if (slot->State != E1000SlotPreparing) {
            Tx->Counters.Discards++;
            RemoveEntryList(&slot->Link);
            InsertTailList(Done, &slot->Link);
        }
    }
}

/*
 * MiniportCancelSend. <= DISPATCH_LEVEL. What the card already has goes out; the rest is completed
 * with NDIS_STATUS_SEND_ABORTED.
 */
VOID E1000CancelSend(NDIS_HANDLE MiniportAdapterContext, PVOID CancelId)
{
    PE1000_ADAPTER adapter = MiniportAdapterContext;
    E1000_DROP drop = {FALSE, CancelId, NDIS_STATUS_SEND_ABORTED};
    E1000_NBL_QUEUE completed = {NULL, NULL, 0};
    LIST_ENTRY done;
    KIRQL irql;

    InitializeListHead(&done);
    NDIS_RAISE_IRQL_TO_DISPATCH(&irql);
    NdisDprAcquireSpinLock(&adapter->Tx.Lock);
    E1000DropWaitingLocked(&adapter->Tx, &drop, &completed);
    E1000DropOrderLocked(&adapter->Tx, &drop, &done);
    NdisDprReleaseSpinLock(&adapter->Tx.Lock);
    E1000TxFinishSlots(adapter, &done, &completed);
    /* Others may have waited for the slots. The cancelled lists keep the adapter here till last. */
    E1000TxRun(adapter, FALSE);
    E1000TxCompleteLists(adapter, &completed);
    NDIS_LOWER_IRQL(irql, DISPATCH_LEVEL);
}

/*
 * Sets from the adapter's state what new sends get (Gate), and whether slots that become ready go
 * to the card or end with a status (AbortStatus). To be called after every change of that state;
 * when it returns, nothing contrary to it is posted any more. <= DISPATCH_LEVEL.
 *
 * While pausing, what was accepted before still goes out.
 */
VOID E1000TxUpdateGate(PE1000_ADAPTER Adapter)
{
    PE1000_TX tx = &Adapter->Tx;

    NdisAcquireSpinLock(&tx->Lock);
    tx->AbortStatus = NDIS_STATUS_SUCCESS;
    if (E1000HwIsGone(&Adapter->Hw) || (!E1000IsReady(Adapter) && !E1000IsRecovering(Adapter))) {
        tx->AbortStatus = NDIS_STATUS_FAILURE;
    } else if (E1000IsRecovering(Adapter)) {
        tx->AbortStatus = Adapter->RecoverStatus;
    }
    tx->Gate = E1000GetState(Adapter) == E1000StateRunning ? tx->AbortStatus : NDIS_STATUS_PAUSED;
    NdisReleaseSpinLock(&tx->Lock);
}

/*
 * Ends every send with Status: what waits, what is ready and, once DMA has stopped, what the card
 * had. Slots whose list is on its way follow by themselves (AbortStatus is set). No status but
 * SUCCESS is given to a frame that the card reported as sent. <= DISPATCH_LEVEL.
 */
VOID E1000TxAbort(PE1000_ADAPTER Adapter, NDIS_STATUS Status, BOOLEAN DmaStopped)
{
    PE1000_TX tx = &Adapter->Tx;
    E1000_DROP drop = {TRUE, NULL, Status};
    E1000_NBL_QUEUE completed = {NULL, NULL, 0};
    PE1000_TX_SLOT slot;
    LIST_ENTRY done;
    KIRQL irql;

    InitializeListHead(&done);
    NDIS_RAISE_IRQL_TO_DISPATCH(&irql);
    NdisDprAcquireSpinLock(&tx->Lock);
    E1000TxReapLocked(Adapter, &done);
    E1000DropWaitingLocked(tx, &drop, &completed);
    E1000DropOrderLocked(tx, &drop, &done);
    while (DmaStopped && !IsListEmpty(&tx->Busy)) {
        slot = CONTAINING_RECORD(RemoveHeadList(&tx->Busy), E1000_TX_SLOT, Link);
        E1000TxFailList(slot->Nbl, Status);
        tx->Unused += slot->Fragments;
        tx->Counters.Discards++;
        InsertTailList(&done, &slot->Link);
    }
    NdisDprReleaseSpinLock(&tx->Lock);
    E1000TxFinishSlots(Adapter, &done, &completed);
    E1000TxCompleteLists(Adapter, &completed);
    NDIS_LOWER_IRQL(irql, DISPATCH_LEVEL);
}
