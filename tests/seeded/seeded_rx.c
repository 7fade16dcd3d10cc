/* SPDX-License-Identifier: MIT */
/*
 * Receive. A buffer is in the free list, in the ring, or with the stack.
 *
 *   FreeBuffers -> ring (RxFill .. RxClean - 1) -> SeededRxProcess -> stack -> SeededReturn ->
 * FreeBuffers
 */
#include "seeded.h"

static VOID FillRingLocked(PSEEDED Adapter)
{
    ULONG before = Adapter->RxFill;

    while (Adapter->FreeBuffers != NULL && (Adapter->RxFill + 1) % RX_RING != Adapter->RxClean) {
        SEEDED_RX *b = Adapter->FreeBuffers;
        volatile SEEDED_RX_DESC *d = &Adapter->RxRing[Adapter->RxFill];

        Adapter->FreeBuffers = b->Next;
        d->Address = b->Pa;
        if (SeededBug(Adapter, "shmem-device-overrun")) {
            d->Address =
                (ULONG64)Adapter->BufferBlock.Pa.QuadPart + Adapter->BufferBlock.Length - 32u;
        }
        d->Status = 0;
        Adapter->InRing[Adapter->RxFill] = b;
        Adapter->RxFill = (Adapter->RxFill + 1) % RX_RING;
    }
    KeMemoryBarrier();
    if (before != Adapter->RxFill) {
        SeededWrite(Adapter, REG_RDT, Adapter->RxFill);
    }
}

/* all buffers that are not with the stack back to the free list; lock held, or nobody else runs */
VOID SeededRxReset(PSEEDED Adapter)
{
    ULONG i;

    for (i = 0; i < RX_RING; i++) {
        SEEDED_RX *b = Adapter->InRing[i];

        if (b != NULL) {
            Adapter->InRing[i] = NULL;
            b->Next = Adapter->FreeBuffers;
            Adapter->FreeBuffers = b;
        }
    }
    Adapter->RxClean = Adapter->RxFill = 0;
    FillRingLocked(Adapter);
}

static SEEDED_RX *BufferOf(PNET_BUFFER_LIST Nbl)
{
    return NET_BUFFER_LIST_MINIPORT_RESERVED(Nbl)[0];
}

/* --- up --- */

/* the card's checksum help is off: there is nothing to say. The frames of the tests are not IP */
static VOID Verdict(PSEEDED Adapter, PNET_BUFFER_LIST Nbl)
{
    NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO info;

    info.Value = NULL;
    if (SeededBugOnce(Adapter, "csum-rx-lie") || SeededBugOnce(Adapter, "csum-rx-before-encap")) {
        info.Receive.IpChecksumSucceeded = 1;
    }
    if (SeededBugOnce(Adapter, "csum-rx-both")) {
        info.Receive.IpChecksumSucceeded = 1;
        info.Receive.IpChecksumFailed = 1;
    }
    if (SeededBugOnce(Adapter, "csum-rx-reserved")) {
        info.Receive.Loopback = 1;
    }
    NET_BUFFER_LIST_INFO(Nbl, TcpIpChecksumNetBufferListInfo) = info.Value;
}

/* a frame for the stack: mistakes about NET_BUFFERs are made here and undone in Recycle */
static PNET_BUFFER_LIST Prepare(PSEEDED Adapter, SEEDED_RX *Buffer, ULONG Length)
{
    PNET_BUFFER nb = NET_BUFFER_LIST_FIRST_NB(Buffer->Nbl);

    NET_BUFFER_DATA_LENGTH(nb) = Length;
    NET_BUFFER_LIST_STATUS(Buffer->Nbl) = NDIS_STATUS_SUCCESS;
    NET_BUFFER_LIST_NEXT_NBL(Buffer->Nbl) = NULL;
    Buffer->Nbl->SourceHandle = Adapter->Handle;
    Verdict(Adapter, Buffer->Nbl);
    SeededRssDress(Adapter, Buffer->Nbl, Buffer->Va);
    if (SeededBugOnce(Adapter, "rx-sourcehandle")) {
        Buffer->Nbl->SourceHandle = NULL;
    }
    if (SeededBugOnce(Adapter, "rx-nb-malformed")) {
        NET_BUFFER_DATA_LENGTH(nb) = RX_BUFFER + 100u;
    }
    if (SeededBugOnce(Adapter, "rx-mdl-not-mapped")) {
        Buffer->Mdl->MdlFlags &= (CSHORT) ~(MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL);
    }
    return Buffer->Nbl;
}

static SEEDED_RX *TakeDoneLocked(PSEEDED Adapter, ULONG *Length)
{
    volatile SEEDED_RX_DESC *d = &Adapter->RxRing[Adapter->RxClean];
    SEEDED_RX *b = Adapter->InRing[Adapter->RxClean];

    if (b == NULL || Adapter->State != SeededRunning || (d->Status & DESC_DONE) == 0) {
        return NULL;
    }
    *Length = d->Length;
    Adapter->InRing[Adapter->RxClean] = NULL;
    Adapter->RxClean = (Adapter->RxClean + 1) % RX_RING;
    Adapter->Held++;
    Adapter->Received++;
    return b;
}

static VOID Indicate(PSEEDED Adapter, PNET_BUFFER_LIST Nbls, ULONG Count)
{
    NdisMIndicateReceiveNetBufferLists(Adapter->Handle, Nbls, NDIS_DEFAULT_PORT_NUMBER,
                                       SeededBug(Adapter, "rx-count-mismatch") ? Count + 1 : Count,
                                       NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL);
    if (SeededBugOnce(Adapter, "rx-return-while-owned")) {
        NdisMIndicateReceiveNetBufferLists(Adapter->Handle, Nbls, NDIS_DEFAULT_PORT_NUMBER, Count,
                                           NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL);
    }
}

/* = DISPATCH_LEVEL, from the DPC. Indicates at most Most frames; TRUE: there are more */
BOOLEAN SeededRxProcess(PSEEDED Adapter, ULONG Most)
{
    PNET_BUFFER_LIST first = NULL, *end = &first;
    ULONG count = 0, length = 0, i;
    SEEDED_RX *b = NULL;

    if (SeededBug(Adapter, "rx-throttle")) {
        Most = RX_RING;
        /* so that there is more than the cap */
        for (i = 0; i < 1000 &&
                    (Adapter->RxRing[(Adapter->RxClean + 4) % RX_RING].Status & DESC_DONE) == 0;
             i++) {
            NdisStallExecution(20);
        }
    }
    while (count < Most) {
        NdisDprAcquireSpinLock(&Adapter->Lock);
        b = TakeDoneLocked(Adapter, &length);
        NdisDprReleaseSpinLock(&Adapter->Lock);
        if (b == NULL) {
            break;
        }
        *end = Prepare(Adapter, b, length);
        end = &NET_BUFFER_LIST_NEXT_NBL(b->Nbl);
        count++;
    }
    if (count > 0) {
        Indicate(Adapter, first, count);
    }
    NdisDprAcquireSpinLock(&Adapter->Lock);
    FillRingLocked(Adapter);
    NdisDprReleaseSpinLock(&Adapter->Lock);
    return (BOOLEAN)(b != NULL);
}

/* a frame out of nowhere, in whatever state the adapter is; it comes back at once or through
 * SeededReturn */
VOID SeededIndicateOne(PSEEDED Adapter)
{
    SEEDED_RX *b;

    NdisAcquireSpinLock(&Adapter->Lock);
    b = Adapter->FreeBuffers;
    if (b != NULL) {
        Adapter->FreeBuffers = b->Next;
        Adapter->Held++;
    }
    NdisReleaseSpinLock(&Adapter->Lock);
    if (b != NULL) {
        NdisZeroMemory(b->Va, 64);
        NdisMIndicateReceiveNetBufferLists(Adapter->Handle, Prepare(Adapter, b, 64),
                                           NDIS_DEFAULT_PORT_NUMBER, 1, 0);
    }
}

/* --- back --- */

static VOID Recycle(PSEEDED Adapter, PNET_BUFFER_LIST Nbl)
{
    SEEDED_RX *b = BufferOf(Nbl);

    NdisAcquireSpinLock(&Adapter->Lock);
    b->Mdl->MdlFlags = b->MdlFlags;
    b->Next = Adapter->FreeBuffers;
    Adapter->FreeBuffers = b;
    if (!Adapter->Gone) {
        FillRingLocked(Adapter);
    }
    NdisReleaseSpinLock(&Adapter->Lock);
    SeededRelease(Adapter, 1);
}

/* MiniportReturnNetBufferLists */
VOID SeededReturn(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferLists,
                  ULONG ReturnFlags)
{
    PNET_BUFFER_LIST nbl, next;

    UNREFERENCED_PARAMETER(ReturnFlags);
    for (nbl = NetBufferLists; nbl != NULL; nbl = next) {
        next = NET_BUFFER_LIST_NEXT_NBL(nbl);
        Recycle(MiniportAdapterContext, nbl);
    }
}

/* --- making and unmaking --- */

static BOOLEAN MakeBuffer(PSEEDED Adapter, ULONG Index)
{
    SEEDED_RX *b = &Adapter->Buffers[Index];

    b->Va = (PUCHAR)Adapter->BufferBlock.Va + Index * RX_BUFFER;
    b->Pa = (ULONG64)Adapter->BufferBlock.Pa.QuadPart + Index * RX_BUFFER;
    b->Mdl = NdisAllocateMdl(Adapter->Handle, b->Va, RX_BUFFER);
    if (b->Mdl == NULL) {
        return FALSE;
    }
    b->Nbl = NdisAllocateNetBufferAndNetBufferList(Adapter->NblPool, 0, 0, b->Mdl, 0, 0);
    if (b->Nbl == NULL) {
        return FALSE;
    }
    NET_BUFFER_LIST_MINIPORT_RESERVED(b->Nbl)[0] = b;
    b->MdlFlags = b->Mdl->MdlFlags;
    b->Next = Adapter->FreeBuffers;
    Adapter->FreeBuffers = b;
    return TRUE;
}

NDIS_STATUS SeededRxCreate(PSEEDED Adapter)
{
    ULONG i;
    NDIS_STATUS status =
        SeededAllocate(Adapter, RX_RING * (ULONG)sizeof(SEEDED_RX_DESC), &Adapter->RxBlock);

    if (status == NDIS_STATUS_SUCCESS) {
        status = SeededAllocate(Adapter, RX_RING * RX_BUFFER, &Adapter->BufferBlock);
    }
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    Adapter->RxRing = Adapter->RxBlock.Va;
    NdisZeroMemory(Adapter->RxBlock.Va, Adapter->RxBlock.Length);
    for (i = 0; i < RX_RING; i++) {
        if (!MakeBuffer(Adapter, i)) {
            return NDIS_STATUS_RESOURCES;
        }
    }
    return NDIS_STATUS_SUCCESS;
}

VOID SeededRxDestroy(PSEEDED Adapter)
{
    ULONG i;

    for (i = 0; i < RX_RING; i++) {
        SEEDED_RX *b = &Adapter->Buffers[i];

        if (b->Nbl != NULL) {
            NdisFreeNetBufferList(b->Nbl);
        }
        if (b->Mdl != NULL) {
            NdisFreeMdl(b->Mdl);
        }
    }
}
