/* SPDX-License-Identifier: MIT */
/*
 * Receive, frame by frame.
 *
 *   FreeBuffers -> RxBuffer -> NdisMSetupDmaTransfer -> card gives a frame
 *     -> NdisMCompleteDmaTransfer -> stack
 */
#include "sysdma.h"

SYSDMA_RX *SysDmaTakeLocked(PSYSDMA Adapter)
{
    SYSDMA_RX *buffer = Adapter->FreeBuffers;

    if (buffer != NULL) {
        Adapter->FreeBuffers = buffer->Next;
    }
    return buffer;
}

VOID SysDmaGiveLocked(PSYSDMA Adapter, SYSDMA_RX *Buffer)
{
    Buffer->Next = Adapter->FreeBuffers;
    Adapter->FreeBuffers = Buffer;
}

/* Held was counted for it */
VOID SysDmaIndicate(PSYSDMA Adapter, SYSDMA_RX *Buffer, ULONG Length)
{
    PNET_BUFFER nb = NET_BUFFER_LIST_FIRST_NB(Buffer->Nbl);
    ULONG flags = NDIS_CURRENT_IRQL() >= DISPATCH_LEVEL ? NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL : 0;

    NET_BUFFER_DATA_LENGTH(nb) = Length;
    NET_BUFFER_LIST_STATUS(Buffer->Nbl) = NDIS_STATUS_SUCCESS;
    NET_BUFFER_LIST_NEXT_NBL(Buffer->Nbl) = NULL;
    NdisMIndicateReceiveNetBufferLists(Adapter->Handle, Buffer->Nbl, NDIS_DEFAULT_PORT_NUMBER, 1,
                                       flags);
}

/* the next frame, when there is one, a buffer, and the channel is free. No lock held */
VOID SysDmaRxStart(PSYSDMA Adapter)
{
    ULONG length, bytes;

    if (Adapter->Ring != 0) {
        SysDmaRingDrain(Adapter);
        return;
    }
    NdisAcquireSpinLock(&Adapter->Lock);
    length = Adapter->State == SysDmaRunning ? CardRead(Adapter, REG_RXLEN) : 0;
    if (length > 0 && length <= FRAME_MAX && !Adapter->Rx.Busy &&
        !(Adapter->Burst != 0 && Adapter->Tx.Busy)) {
        Adapter->RxBuffer = SysDmaTakeLocked(Adapter);
        bytes = (length + 1) & ~1u; /* the channel moves words */
        if (Adapter->RxBuffer != NULL &&
            SysDmaStartLocked(Adapter, &Adapter->Rx, Adapter->RxBuffer->Mdl, 0, bytes, FALSE) !=
                NDIS_STATUS_SUCCESS) {
            SysDmaGiveLocked(Adapter, Adapter->RxBuffer);
            Adapter->RxBuffer = NULL;
            Adapter->Errors++;
        }
        if (Adapter->RxBuffer != NULL) {
            Adapter->RxLength = length;
            CardWrite(Adapter, REG_COMMAND, CMD_RX);
        }
    }
    NdisReleaseSpinLock(&Adapter->Lock);
}

VOID SysDmaRxDone(PSYSDMA Adapter, BOOLEAN Good)
{
    SYSDMA_RX *buffer = NULL;
    ULONG length = 0;

    NdisAcquireSpinLock(&Adapter->Lock);
    if (Adapter->Rx.Busy && Adapter->Ring == 0) {
        buffer = Adapter->RxBuffer;
        Adapter->RxBuffer = NULL;
        length = Adapter->RxLength;
        if (SysDmaEndLocked(Adapter, &Adapter->Rx) != NDIS_STATUS_SUCCESS || !Good ||
            Adapter->State != SysDmaRunning) {
            Adapter->Errors += Adapter->State == SysDmaRunning;
            SysDmaGiveLocked(Adapter, buffer);
            buffer = NULL;
        } else {
            Adapter->Received++;
            Adapter->Held++;
        }
    }
    NdisReleaseSpinLock(&Adapter->Lock);
    if (buffer != NULL) {
        SysDmaIndicate(Adapter, buffer, length);
    }
}

/* no frame comes in any more */
VOID SysDmaRxStop(PSYSDMA Adapter)
{
    CardWrite(Adapter, REG_COMMAND, CMD_RX_STOP);
    if (Adapter->Ring != 0) {
        SysDmaRingStop(Adapter);
    } else {
        SysDmaRxDone(Adapter, FALSE);
    }
}

VOID SysDmaReturn(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferLists,
                  ULONG ReturnFlags)
{
    PSYSDMA adapter = MiniportAdapterContext;
    PNET_BUFFER_LIST nbl, next;
    LONG count = 0;

    UNREFERENCED_PARAMETER(ReturnFlags);
    NdisAcquireSpinLock(&adapter->Lock);
    for (nbl = NetBufferLists; nbl != NULL; nbl = next) {
        next = NET_BUFFER_LIST_NEXT_NBL(nbl);
        SysDmaGiveLocked(adapter, NET_BUFFER_LIST_MINIPORT_RESERVED(nbl)[0]);
        count++;
    }
    NdisReleaseSpinLock(&adapter->Lock);
    SysDmaRelease(adapter, count);
    SysDmaInterruptsOn(adapter); /* frames may have waited for a buffer */
}
