/* SPDX-License-Identifier: MIT */
/*
 * Sending. Was send.c:31 BmSendPackets.
 *
 *   NET_BUFFER_LIST --- its NET_BUFFERs, each:
 *       NdisMAllocateNetBufferSGList -> BmProcessSGList (now or later)
 *           room: descriptors      none: the queue WaitHead ... WaitTail
 *       no list, or one that is too long: BmHwCopy, when its turn and a descriptor come
 *       reaped: NdisMFreeNetBufferSGList; the last one completes the NET_BUFFER_LIST
 */
#include "ndis6.h"

/* One thing less is under way; the last one after a pause completes it. <= DISPATCH_LEVEL. */
VOID BmLeave(BM_ADAPTER *Adapter)
{
    if (InterlockedDecrement(&Adapter->Ndis6.Outstanding) == 0) {
        NdisMPauseComplete(Adapter->AdapterHandle);
    }
}

/* One NET_BUFFER less; the last one completes its NET_BUFFER_LIST. DISPATCH_LEVEL, no lock held. */
static VOID BmNblDrop(BM_ADAPTER *Adapter, PNET_BUFFER_LIST Nbl)
{
    if (InterlockedDecrement(&BM_NBL_LEFT(Nbl)) == 0) {
        NdisMSendNetBufferListsComplete(Adapter->AdapterHandle, Nbl,
                                        NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL);
        BmLeave(Adapter);
    }
}

/* The device is done with a NET_BUFFER: its list goes first, then the completion. Replaces
 * send.c:65 */
VOID BmSendDone(BM_ADAPTER *Adapter, PNET_BUFFER NetBuffer)
{
    PNET_BUFFER_LIST Nbl = BM_NB_NBL(NetBuffer);

    if (BM_NB_SGL(NetBuffer) != NULL) { /* NULL: it was copied */
        NdisMFreeNetBufferSGList(Adapter->NdisMiniportDmaHandle2, BM_NB_SGL(NetBuffer), NetBuffer);
    }
    BmNblDrop(Adapter, Nbl);
}

/* How many elements hold the data: the list begins at byte 0 of CurrentMdl. */
static ULONG BmCountElements(PNET_BUFFER NetBuffer)
{
    PSCATTER_GATHER_LIST List = BM_NB_SGL(NetBuffer);
    ULONG Skip = NET_BUFFER_CURRENT_MDL_OFFSET(NetBuffer);
    ULONG Left = NET_BUFFER_DATA_LENGTH(NetBuffer), Count = 0, i;

    if (List == NULL) {
        return 1; /* a copy */
    }
    for (i = 0; i < List->NumberOfElements && Left > 0; i++) {
        ULONG Length = List->Elements[i].Length;

        if (Skip >= Length) {
            Skip -= Length;
            continue;
        }
        Length -= Skip;
        Skip = 0;
        Left -= Length < Left ? Length : Left;
        Count++;
    }
    return Count;
}

/* Descriptors for one NET_BUFFER. Takes the place of the loop over the old list:
 * send.c:9 */
static VOID BmProgram(BM_ADAPTER *Adapter, PNET_BUFFER NetBuffer)
{
    PSCATTER_GATHER_LIST List = BM_NB_SGL(NetBuffer);
    ULONG Skip = NET_BUFFER_CURRENT_MDL_OFFSET(NetBuffer);
    ULONG Left = NET_BUFFER_DATA_LENGTH(NetBuffer), i;

    for (i = 0; i < List->NumberOfElements && Left > 0; i++) {
        ULONGLONG Address = (ULONGLONG)List->Elements[i].Address.QuadPart;
        ULONG Length = List->Elements[i].Length;

        if (Skip >= Length) {
            Skip -= Length;
            continue;
        }
        Address += Skip;
        Length -= Skip;
        Skip = 0;
        Length = Length < Left ? Length : Left;
        Left -= Length;
        BmHwDescriptor(Adapter, NetBuffer, Address, Length, (BOOLEAN)(Left == 0));
    }
    BmHwKick(Adapter);
}

/* What waits goes out while there is room. DISPATCH_LEVEL. */
VOID BmSendWaiting(BM_ADAPTER *Adapter)
{
    PNET_BUFFER NetBuffer, Next, Failed = NULL;

    NdisDprAcquireSpinLock(&Adapter->Ndis6.SendLock);
    while ((NetBuffer = Adapter->Ndis6.WaitHead) != NULL &&
           BmHwRoom(Adapter, BmCountElements(NetBuffer))) {
        Adapter->Ndis6.WaitHead = BM_NB_NEXT(NetBuffer);
        if (BM_NB_SGL(NetBuffer) != NULL) {
            BmProgram(Adapter, NetBuffer);
        } else if (BmHwCopy(Adapter, NetBuffer)) {
            BmHwKick(Adapter);
        } else {
            BM_NB_NEXT(NetBuffer) = Failed;
            Failed = NetBuffer;
        }
    }
    NdisDprReleaseSpinLock(&Adapter->Ndis6.SendLock);
    for (; Failed != NULL; Failed = Next) {
        Next = BM_NB_NEXT(Failed);
        NET_BUFFER_LIST_STATUS(BM_NB_NBL(Failed)) = NDIS_STATUS_RESOURCES;
        BmSendDone(Adapter, Failed);
    }
}

/* Behind those that wait, with a list or without one. DISPATCH_LEVEL. */
static VOID BmQueue(BM_ADAPTER *Adapter, PNET_BUFFER NetBuffer, PSCATTER_GATHER_LIST List)
{
    BM_NB_SGL(NetBuffer) = List;
    BM_NB_NEXT(NetBuffer) = NULL;
    NdisDprAcquireSpinLock(&Adapter->Ndis6.SendLock);
    if (Adapter->Ndis6.WaitHead == NULL) {
        Adapter->Ndis6.WaitHead = NetBuffer;
    } else {
        BM_NB_NEXT(Adapter->Ndis6.WaitTail) = NetBuffer;
    }
    Adapter->Ndis6.WaitTail = NetBuffer;
    NdisDprReleaseSpinLock(&Adapter->Ndis6.SendLock);
    BmSendWaiting(Adapter);
}

/* Completes what waits with @Status. <= DISPATCH_LEVEL. */
VOID BmSendFlush(BM_ADAPTER *Adapter, NDIS_STATUS Status)
{
    PNET_BUFFER NetBuffer, Next;
    KIRQL Irql;

    NDIS_RAISE_IRQL_TO_DISPATCH(&Irql);
    NdisDprAcquireSpinLock(&Adapter->Ndis6.SendLock);
    NetBuffer = Adapter->Ndis6.WaitHead;
    Adapter->Ndis6.WaitHead = NULL;
    NdisDprReleaseSpinLock(&Adapter->Ndis6.SendLock);
    for (; NetBuffer != NULL; NetBuffer = Next) {
        Next = BM_NB_NEXT(NetBuffer);
        NET_BUFFER_LIST_STATUS(BM_NB_NBL(NetBuffer)) = Status;
        BmSendDone(Adapter, NetBuffer);
    }
    NDIS_LOWER_IRQL(Irql, DISPATCH_LEVEL);
}

/* DISPATCH_LEVEL, perhaps after the send handler returned: all it needs is in the NET_BUFFER. */
VOID BmProcessSGList(PDEVICE_OBJECT pDO, PVOID Reserved, PSCATTER_GATHER_LIST pSGL, PVOID Context)
{
    PNET_BUFFER NetBuffer = Context;
    BM_ADAPTER *Adapter = BM_NBL_ADAPTER(BM_NB_NBL(NetBuffer));

    UNREFERENCED_PARAMETER(pDO);
    UNREFERENCED_PARAMETER(Reserved);
    BM_NB_SGL(NetBuffer) = pSGL;
    if (BmCountElements(NetBuffer) > BM_MOST_ELEMENTS) { /* room for it would never come */
        NdisMFreeNetBufferSGList(Adapter->NdisMiniportDmaHandle2, pSGL, NetBuffer);
        pSGL = NULL;
    }
    BmQueue(Adapter, NetBuffer, pSGL);
}

static VOID BmSendOne(BM_ADAPTER *Adapter, PNET_BUFFER_LIST Nbl)
{
    PNET_BUFFER NetBuffer, Next;
    NDIS_STATUS Status;

    BM_NBL_LEFT(Nbl) = 1; /* ours, so that it stays until all are asked for */
    BM_NBL_ADAPTER(Nbl) = Adapter;
    NET_BUFFER_LIST_STATUS(Nbl) = NDIS_STATUS_SUCCESS;
    for (NetBuffer = NET_BUFFER_LIST_FIRST_NB(Nbl); NetBuffer != NULL; NetBuffer = Next) {
        Next = NET_BUFFER_NEXT_NB(NetBuffer);
        BM_NB_NBL(NetBuffer) = Nbl;
        InterlockedIncrement(&BM_NBL_LEFT(Nbl));
        Status = NdisMAllocateNetBufferSGList(Adapter->NdisMiniportDmaHandle2, NetBuffer, NetBuffer,
                                              NDIS_SG_LIST_WRITE_TO_DEVICE, NULL, 0);
        if (Status != NDIS_STATUS_SUCCESS) { /* no callback comes */
            BmQueue(Adapter, NetBuffer, NULL);
        }
    }
    BmNblDrop(Adapter, Nbl);
}

/* <= DISPATCH_LEVEL, on any processor, several at once. */
VOID BmSendNetBufferLists(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferList,
                           NDIS_PORT_NUMBER PortNumber, ULONG SendFlags)
{
    BM_ADAPTER *Adapter = MiniportAdapterContext;
    PNET_BUFFER_LIST Nbl, Next;
    BOOLEAN Paused;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(PortNumber);
    UNREFERENCED_PARAMETER(SendFlags);
    NDIS_RAISE_IRQL_TO_DISPATCH(&Irql);
    for (Nbl = NetBufferList; Nbl != NULL; Nbl = Next) {
        Next = NET_BUFFER_LIST_NEXT_NBL(Nbl);
        NET_BUFFER_LIST_NEXT_NBL(Nbl) = NULL;
        NdisDprAcquireSpinLock(&Adapter->Ndis6.SendLock);
        Paused = Adapter->Ndis6.Paused;
        if (!Paused) {
            InterlockedIncrement(&Adapter->Ndis6.Outstanding);
        }
        NdisDprReleaseSpinLock(&Adapter->Ndis6.SendLock);
        if (Paused) {
            NET_BUFFER_LIST_STATUS(Nbl) = NDIS_STATUS_PAUSED;
            NdisMSendNetBufferListsComplete(Adapter->AdapterHandle, Nbl,
                                            NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL);
        } else {
            BmSendOne(Adapter, Nbl);
        }
    }
    NDIS_LOWER_IRQL(Irql, DISPATCH_LEVEL);
}

/* Takes out of the queue what has the id; the ring is left to the device. Was (the old driver has none). */
VOID BmCancelSend(NDIS_HANDLE MiniportAdapterContext, PVOID CancelId)
{
    BM_ADAPTER *Adapter = MiniportAdapterContext;
    PNET_BUFFER NetBuffer, Next, Kept = NULL, Last = NULL, Gone = NULL;
    KIRQL Irql;

    NDIS_RAISE_IRQL_TO_DISPATCH(&Irql);
    NdisDprAcquireSpinLock(&Adapter->Ndis6.SendLock);
    for (NetBuffer = Adapter->Ndis6.WaitHead; NetBuffer != NULL; NetBuffer = Next) {
        Next = BM_NB_NEXT(NetBuffer);
        BM_NB_NEXT(NetBuffer) = NULL;
        if (NDIS_GET_NET_BUFFER_LIST_CANCEL_ID(BM_NB_NBL(NetBuffer)) == CancelId) {
            BM_NB_NEXT(NetBuffer) = Gone;
            Gone = NetBuffer;
        } else if (Kept == NULL) {
            Kept = Last = NetBuffer;
        } else {
            BM_NB_NEXT(Last) = NetBuffer;
            Last = NetBuffer;
        }
    }
    Adapter->Ndis6.WaitHead = Kept;
    Adapter->Ndis6.WaitTail = Last;
    NdisDprReleaseSpinLock(&Adapter->Ndis6.SendLock);
    for (; Gone != NULL; Gone = Next) {
        Next = BM_NB_NEXT(Gone);
        NET_BUFFER_LIST_STATUS(BM_NB_NBL(Gone)) = NDIS_STATUS_SEND_ABORTED;
        BmSendDone(Adapter, Gone);
    }
    NDIS_LOWER_IRQL(Irql, DISPATCH_LEVEL);
}
