/* SPDX-License-Identifier: MIT */
/*
 * Transmit.
 *
 *   Waiting (lists) -> slot -> NdisMAllocateNetBufferSGList -> SeededTxPost -> card -> SeededTxReap
 *
 * MiniportReserved[0] of a list counts its NET_BUFFERs that are not done. A list is completed when
 * it is 0.
 */
#include "seeded.h"

#define PENDING(Nbl) NET_BUFFER_LIST_MINIPORT_RESERVED(Nbl)[0]

VOID SeededTxReset(PSEEDED Adapter)
{
    ULONG i;

    Adapter->FreeSlots = NULL;
    for (i = 0; i < TX_SLOTS; i++) {
        Adapter->Slots[i].Adapter = Adapter;
        Adapter->Slots[i].Next = Adapter->FreeSlots;
        Adapter->FreeSlots = &Adapter->Slots[i];
    }
    Adapter->Posted = NULL;
    Adapter->PostedEnd = &Adapter->Posted;
    Adapter->TxNext = 0;
}

/* --- completing --- */

static VOID Complete(PSEEDED Adapter, PNET_BUFFER_LIST Nbl)
{
    ULONG flags =
        KeGetCurrentIrql() >= DISPATCH_LEVEL ? NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL : 0;
    KIRQL irql;

    NET_BUFFER_LIST_NEXT_NBL(Nbl) = NULL;
    SeededOffloadComplete(Adapter, Nbl);
    if (SeededBug(Adapter, "tx-flag-irql")) {
        flags = NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL;
    }
    if (SeededBugOnce(Adapter, "tx-complete-not-owned")) {
        NdisMSendNetBufferListsComplete(Adapter->Handle, Adapter->ScratchNbl, flags);
    }
    if (SeededBugOnce(Adapter, "tx-complete-irql")) {
        KeRaiseIrql(DISPATCH_LEVEL + 1, &irql);
        NdisMSendNetBufferListsComplete(Adapter->Handle, Nbl, flags);
        KeLowerIrql(irql);
    } else {
        NdisMSendNetBufferListsComplete(Adapter->Handle, Nbl, flags);
    }
    if (SeededBugOnce(Adapter, "tx-complete-twice")) {
        NdisMSendNetBufferListsComplete(Adapter->Handle, Nbl, flags);
    }
    SeededRelease(Adapter, 1);
}

static VOID FinishOne(PSEEDED Adapter, PNET_BUFFER_LIST Nbl, NDIS_STATUS Status)
{
    LONG left;

    NdisAcquireSpinLock(&Adapter->Lock);
    left = (LONG)(LONG_PTR)PENDING(Nbl) - 1;
    PENDING(Nbl) = (PVOID)(LONG_PTR)left;
    if (Status != NDIS_STATUS_SUCCESS || NET_BUFFER_LIST_STATUS(Nbl) == NDIS_STATUS_PENDING) {
        NET_BUFFER_LIST_STATUS(Nbl) = Status;
    }
    if (SeededBug(Adapter, "tx-bad-status")) {
        NET_BUFFER_LIST_STATUS(Nbl) = NDIS_STATUS_INVALID_PACKET;
    }
    if (SeededBug(Adapter, "tx-status-unset")) {
        NET_BUFFER_LIST_STATUS(Nbl) = NDIS_STATUS_PENDING;
    }
    NdisReleaseSpinLock(&Adapter->Lock);
    if (left == 0) {
        Complete(Adapter, Nbl);
    }
}

/* --- to the card --- */

static VOID WriteDescriptor(PSEEDED Adapter, ULONG64 Address, ULONG Length, BOOLEAN Last)
{
    volatile SEEDED_TX_DESC *d = &Adapter->TxRing[Adapter->TxNext];

    d->Address = Address;
    d->Length = (USHORT)Length;
    d->ChecksumOffset = 0;
    d->Status = 0;
    d->ChecksumStart = 0;
    d->Special = 0;
    d->Command = Last ? TX_CMD_LAST : TX_CMD_MORE;
    Adapter->TxNext = (Adapter->TxNext + 1) % TX_RING;
}

/* the list's bytes from CurrentMdlOffset on; returns how many descriptors were (or would be) filled
 */
static ULONG WriteList(PSEEDED Adapter, const SEEDED_SLOT *Slot, BOOLEAN Write)
{
    ULONG skip = NET_BUFFER_CURRENT_MDL_OFFSET(Slot->Nb), left = NET_BUFFER_DATA_LENGTH(Slot->Nb);
    ULONG i, count = 0;

    for (i = 0; i < Slot->Sgl->NumberOfElements && left > 0; i++) {
        PSCATTER_GATHER_ELEMENT e = &Slot->Sgl->Elements[i];
        ULONG take, more = 0;
        ULONG64 address;

        if (skip >= e->Length) {
            skip -= e->Length;
            continue;
        }
        take = min(e->Length - skip, left);
        left -= take;
        count++;
        if (Write) {
            address = (ULONG64)e->Address.QuadPart + skip;
            if (left == 0 && SeededBugOnce(Adapter, "sgl-overrun-datalength")) {
                more = 16;
            }
            if (SeededBugOnce(Adapter, "sgl-stale-iova-device")) {
                PVOID data = NdisGetDataBuffer(Slot->Nb, 14, NULL, 1, 0);

                address = data == NULL ? 0x1000u : (ULONG64)MmGetPhysicalAddress(data).QuadPart;
            }
            WriteDescriptor(Adapter, address, take + more, (BOOLEAN)(left == 0));
        }
        skip = 0;
    }
    return left > 0 ? 0 : count;
}

static VOID FreeList(PSEEDED Adapter, SEEDED_SLOT *Slot)
{
    PSCATTER_GATHER_LIST sgl = Slot->Sgl;
    NDIS_HANDLE handle = Adapter->Dma;
    PNET_BUFFER nb = Slot->Nb;

    if (sgl == NULL) {
        return;
    }
    Slot->Sgl = NULL;
    if (SeededBugOnce(Adapter, "sgl-free-wrong-netbuffer")) {
        nb = NET_BUFFER_LIST_FIRST_NB(Adapter->ScratchNbl);
    }
    if (SeededBugOnce(Adapter, "sgl-free-wrong-handle")) {
        handle = Adapter->Dma2;
    }
    NdisMFreeNetBufferSGList(handle, sgl, nb);
    if (SeededBugOnce(Adapter, "sgl-double-free")) {
        NdisMFreeNetBufferSGList(handle, sgl, nb);
    }
}

static VOID PutSlot(PSEEDED Adapter, SEEDED_SLOT *Slot)
{
    NdisAcquireSpinLock(&Adapter->Lock);
    Slot->Next = Adapter->FreeSlots;
    Adapter->FreeSlots = Slot;
    NdisReleaseSpinLock(&Adapter->Lock);
}

static VOID Fail(PSEEDED Adapter, SEEDED_SLOT *Slot, NDIS_STATUS Status)
{
    PNET_BUFFER_LIST nbl = Slot->Nbl;

    FreeList(Adapter, Slot);
    PutSlot(Adapter, Slot);
    FinishOne(Adapter, nbl, Status);
}

/* the scatter/gather list is there. = DISPATCH_LEVEL */
VOID SeededTxPost(PSEEDED Adapter, SEEDED_SLOT *Slot)
{
    ULONG lengths[TX_FRAGMENTS], i, made, count;
    ULONG64 pa;

    made = SeededOffloadMake(Adapter, Slot, &pa, lengths);
    count = made != 0 ? made : WriteList(Adapter, Slot, FALSE);
    if (count == 0 || count > TX_FRAGMENTS) {
        Fail(Adapter, Slot, NDIS_STATUS_FAILURE);
        return;
    }
    if (SeededBugOnce(Adapter, "watchdog-miniport")) {
        FreeList(Adapter, Slot);
        return; /* and nobody ever hears of the NET_BUFFER again */
    }
    NdisDprAcquireSpinLock(&Adapter->Lock);
    if (made == 0) {
        (VOID) WriteList(Adapter, Slot, TRUE);
    }
    for (i = 0; i < made; i++) {
        WriteDescriptor(Adapter, pa, lengths[i], TRUE);
        pa += lengths[i];
    }
    Slot->Last = (Adapter->TxNext + TX_RING - 1) % TX_RING;
    Slot->Next = NULL;
    *Adapter->PostedEnd = Slot;
    Adapter->PostedEnd = &Slot->Next;
    if (SeededBugOnce(Adapter, "sgl-device-touch-after-free")) {
        PSCATTER_GATHER_LIST sgl = Slot->Sgl;

        Slot->Sgl = NULL;
        NdisMFreeNetBufferSGList(Adapter->Dma, sgl, Slot->Nb);
    }
    KeMemoryBarrier();
    if (!SeededBug(Adapter, "tx-pending-at-pause") &&
        !SeededBug(Adapter, "reset-pending-not-flushed")) {
        SeededWrite(Adapter, REG_TDT, Adapter->TxNext);
    }
    NdisDprReleaseSpinLock(&Adapter->Lock);
}

/* --- from the stack --- */

static VOID Map(PSEEDED Adapter, SEEDED_SLOT *Slot)
{
    ULONG flags = SeededBug(Adapter, "sgl-wrong-direction") ? 0 : NDIS_SG_LIST_WRITE_TO_DEVICE;
    KIRQL irql = DISPATCH_LEVEL;
    NDIS_STATUS status;

    if (NET_BUFFER_DATA_LENGTH(Slot->Nb) > SEEDED_MAX_FRAME ||
        NET_BUFFER_DATA_LENGTH(Slot->Nb) < 14) {
        Fail(Adapter, Slot, NDIS_STATUS_INVALID_LENGTH);
        return;
    }
    if (SeededBug(Adapter, "driver-no-recovery")) {
        Fail(Adapter, Slot, NDIS_STATUS_FAILURE);
        return;
    }
    if (SeededBugOnce(Adapter, "sgl-map-twice")) {
        SEEDED_SLOT *scratch = &Adapter->ScratchSlot;

        (VOID) NdisMAllocateNetBufferSGList(Adapter->Dma, Slot->Nb, scratch, flags, NULL, 0);
        status = NdisMAllocateNetBufferSGList(Adapter->Dma, Slot->Nb, Slot, flags, NULL, 0);
        NdisMFreeNetBufferSGList(Adapter->Dma, Adapter->ScratchSgl, Slot->Nb);
        Adapter->ScratchSgl = NULL;
    } else if (SeededBug(Adapter, "sgl-alloc-irql")) {
        irql = KeGetCurrentIrql();
        KeLowerIrql(PASSIVE_LEVEL);
        status = NdisMAllocateNetBufferSGList(Adapter->Dma, Slot->Nb, Slot, flags, NULL, 0);
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
    } else {
        status = NdisMAllocateNetBufferSGList(Adapter->Dma, Slot->Nb, Slot, flags, NULL, 0);
    }
    if (status != NDIS_STATUS_SUCCESS) {
        Fail(Adapter, Slot, status);
    }
}

/* the next NET_BUFFER that waits, with a slot of its own; NULL: none, or no slot. Lock held */
static SEEDED_SLOT *TakeNextLocked(PSEEDED Adapter)
{
    SEEDED_SLOT *slot = Adapter->FreeSlots;
    PNET_BUFFER_LIST nbl = Adapter->Waiting;

    if (slot == NULL || nbl == NULL) {
        return NULL;
    }
    Adapter->FreeSlots = slot->Next;
    slot->Nbl = nbl;
    slot->Nb = Adapter->Cursor;
    slot->Sgl = NULL;
    Adapter->Cursor = NET_BUFFER_NEXT_NB(Adapter->Cursor);
    if (Adapter->Cursor == NULL) {
        Adapter->Waiting = NET_BUFFER_LIST_NEXT_NBL(nbl);
        if (Adapter->Waiting == NULL) {
            Adapter->WaitingEnd = &Adapter->Waiting;
        } else {
            Adapter->Cursor = NET_BUFFER_LIST_FIRST_NB(Adapter->Waiting);
        }
    }
    return slot;
}

/* = DISPATCH_LEVEL, no lock */
VOID SeededTxPump(PSEEDED Adapter)
{
    SEEDED_SLOT *slot;

    do {
        NdisDprAcquireSpinLock(&Adapter->Lock);
        slot = TakeNextLocked(Adapter);
        NdisDprReleaseSpinLock(&Adapter->Lock);
        if (slot != NULL) {
            Map(Adapter, slot);
        }
    } while (slot != NULL);
}

static BOOLEAN AcceptLocked(PSEEDED Adapter, PNET_BUFFER_LIST Nbl)
{
    LONG_PTR count = 0;
    PNET_BUFFER nb;

    if (Adapter->State != SeededRunning) {
        return FALSE;
    }
    for (nb = NET_BUFFER_LIST_FIRST_NB(Nbl); nb != NULL; nb = NET_BUFFER_NEXT_NB(nb)) {
        count++;
    }
    PENDING(Nbl) = (PVOID)count;
    NET_BUFFER_LIST_STATUS(Nbl) = NDIS_STATUS_PENDING;
    NET_BUFFER_LIST_NEXT_NBL(Nbl) = NULL;
    if (Adapter->Waiting == NULL) {
        Adapter->Cursor = NET_BUFFER_LIST_FIRST_NB(Nbl);
    }
    *Adapter->WaitingEnd = Nbl;
    Adapter->WaitingEnd = &NET_BUFFER_LIST_NEXT_NBL(Nbl);
    return TRUE;
}

/* MiniportSendNetBufferLists */
VOID SeededSend(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferList,
                NDIS_PORT_NUMBER PortNumber, ULONG SendFlags)
{
    PSEEDED adapter = MiniportAdapterContext;
    PNET_BUFFER_LIST nbl, next;
    KIRQL irql;

    UNREFERENCED_PARAMETER(PortNumber);
    UNREFERENCED_PARAMETER(SendFlags);
    for (nbl = NetBufferList; nbl != NULL; nbl = next) {
        BOOLEAN accepted;

        next = NET_BUFFER_LIST_NEXT_NBL(nbl);
        NdisAcquireSpinLock(&adapter->Lock);
        adapter->Held++;
        accepted = (BOOLEAN)(!SeededBug(adapter, "tx-flag-irql") && AcceptLocked(adapter, nbl));
        NdisReleaseSpinLock(&adapter->Lock);
        if (!accepted) {
            NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_PAUSED;
            Complete(adapter, nbl);
        }
    }
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    SeededTxPump(adapter);
    if (irql == DISPATCH_LEVEL || !SeededBugOnce(adapter, "irql-unbalanced")) {
        KeLowerIrql(irql);
    }
}

/* --- back from the card --- */

static SEEDED_SLOT *TakeDoneLocked(PSEEDED Adapter)
{
    SEEDED_SLOT *slot = Adapter->Posted;

    if (slot == NULL || (Adapter->TxRing[slot->Last].Status & DESC_DONE) == 0) {
        return NULL;
    }
    Adapter->Posted = slot->Next;
    if (Adapter->Posted == NULL) {
        Adapter->PostedEnd = &Adapter->Posted;
    }
    return slot;
}

/* = DISPATCH_LEVEL, no lock */
VOID SeededTxReap(PSEEDED Adapter)
{
    for (;;) {
        SEEDED_SLOT *slot;
        PNET_BUFFER_LIST nbl;

        NdisDprAcquireSpinLock(&Adapter->Lock);
        slot = TakeDoneLocked(Adapter);
        NdisDprReleaseSpinLock(&Adapter->Lock);
        if (slot == NULL) {
            break;
        }
        Adapter->Sent++;
        nbl = slot->Nbl;
        if (SeededBugOnce(Adapter, "sgl-leak-at-complete")) {
            FinishOne(Adapter, nbl, NDIS_STATUS_SUCCESS);
            FreeList(Adapter, slot);
            PutSlot(Adapter, slot);
            continue;
        }
        FreeList(Adapter, slot);
        PutSlot(Adapter, slot);
        FinishOne(Adapter, nbl, NDIS_STATUS_SUCCESS);
    }
    SeededTxPump(Adapter);
}

/*
 * Completes what waits, and with Posted also what the card has (it is stopped, or gone). <=
 * DISPATCH_LEVEL.
 */
VOID SeededTxAbort(PSEEDED Adapter, NDIS_STATUS Status, BOOLEAN Posted)
{
    SEEDED_SLOT *posted = NULL, *slot;
    KIRQL irql;

    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    for (;;) {
        NdisDprAcquireSpinLock(&Adapter->Lock);
        slot = TakeNextLocked(Adapter);
        if (slot == NULL && Posted) {
            posted = Adapter->Posted;
            Adapter->Posted = posted == NULL ? NULL : posted->Next;
            slot = posted;
        }
        if (Adapter->Posted == NULL) {
            Adapter->PostedEnd = &Adapter->Posted;
        }
        NdisDprReleaseSpinLock(&Adapter->Lock);
        if (slot == NULL) {
            break;
        }
        Fail(Adapter, slot, Status);
    }
    KeLowerIrql(irql);
}

/* MiniportCancelSend: what was handed to the card goes out; what waits is handed over soon, so
 * there is nothing to do */
VOID SeededCancelSend(NDIS_HANDLE MiniportAdapterContext, PVOID CancelId)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(CancelId);
}
