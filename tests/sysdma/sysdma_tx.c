/* SPDX-License-Identifier: MIT */
/*
 * Send, and transfers in general.
 *
 *   Waiting (lists) -> Tx -> NdisMSetupDmaTransfer -> card takes it -> NdisMCompleteDmaTransfer
 *
 * Data in one MDL are moved from where they are; others are copied into TxBuffer: a transfer has
 * one MDL. MiniportReserved[0] of a list counts its NET_BUFFERs that are not done.
 */
#include "sysdma.h"

#define PENDING(Nbl) NET_BUFFER_LIST_MINIPORT_RESERVED(Nbl)[0]

/* --- transfers --- */

NDIS_STATUS SysDmaStartLocked(PSYSDMA Adapter, SYSDMA_TRANSFER *Transfer, PMDL Mdl, ULONG Offset,
                              ULONG Length, BOOLEAN ToDevice)
{
    NDIS_STATUS status;

    UNREFERENCED_PARAMETER(Adapter);
    NdisFlushBuffer(Mdl, ToDevice);
    NdisMSetupDmaTransfer(&status, Transfer->Channel, Mdl, Offset, Length, ToDevice);
    if (status == NDIS_STATUS_SUCCESS) {
        Transfer->Mdl = Mdl;
        Transfer->Offset = Offset;
        Transfer->Length = Length;
        Transfer->ToDevice = ToDevice;
        Transfer->Busy = TRUE;
        Transfer->Left = Length;
    }
    return status;
}

NDIS_STATUS SysDmaEndLocked(PSYSDMA Adapter, SYSDMA_TRANSFER *Transfer)
{
    NDIS_STATUS status;

    UNREFERENCED_PARAMETER(Adapter);
    NdisMCompleteDmaTransfer(&status, Transfer->Channel, Transfer->Mdl, Transfer->Offset,
                             Transfer->Length, Transfer->ToDevice);
    Transfer->Busy = FALSE;
    return status;
}

/* --- completing lists --- */

static VOID FinishOne(PSYSDMA Adapter, PNET_BUFFER_LIST Nbl, NDIS_STATUS Status)
{
    ULONG flags =
        NDIS_CURRENT_IRQL() >= DISPATCH_LEVEL ? NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL : 0;
    LONG left;

    NdisAcquireSpinLock(&Adapter->Lock);
    left = (LONG)(LONG_PTR)PENDING(Nbl) - 1;
    PENDING(Nbl) = (PVOID)(LONG_PTR)left;
    if (Status != NDIS_STATUS_SUCCESS || NET_BUFFER_LIST_STATUS(Nbl) == NDIS_STATUS_PENDING) {
        NET_BUFFER_LIST_STATUS(Nbl) = Status;
    }
    NdisReleaseSpinLock(&Adapter->Lock);
    if (left == 0) {
        NET_BUFFER_LIST_NEXT_NBL(Nbl) = NULL;
        NdisMSendNetBufferListsComplete(Adapter->Handle, Nbl, flags);
        SysDmaRelease(Adapter, 1);
    }
}

/* --- to the card --- */

static PNET_BUFFER NextLocked(PSYSDMA Adapter, PNET_BUFFER_LIST *Nbl)
{
    PNET_BUFFER nb = Adapter->Cursor;

    *Nbl = Adapter->Waiting;
    if (nb == NULL) {
        return NULL;
    }
    Adapter->Cursor = NET_BUFFER_NEXT_NB(nb);
    if (Adapter->Cursor == NULL) {
        Adapter->Waiting = NET_BUFFER_LIST_NEXT_NBL(*Nbl);
        if (Adapter->Waiting == NULL) {
            Adapter->WaitingEnd = &Adapter->Waiting;
        } else {
            Adapter->Cursor = NET_BUFFER_LIST_FIRST_NB(Adapter->Waiting);
        }
    }
    return nb;
}

/* MDL and offset of the data; FALSE: they cannot be had */
static BOOLEAN FindData(PSYSDMA Adapter, PNET_BUFFER Nb, PMDL *Mdl, PULONG Offset)
{
    ULONG length = NET_BUFFER_DATA_LENGTH(Nb);
    PVOID data;

    if (Adapter->Memory[0] == '\0' && length <= MmGetMdlByteCount(NET_BUFFER_CURRENT_MDL(Nb)) -
                                                    NET_BUFFER_CURRENT_MDL_OFFSET(Nb)) {
        *Mdl = NET_BUFFER_CURRENT_MDL(Nb);
        *Offset = NET_BUFFER_CURRENT_MDL_OFFSET(Nb);
        Adapter->Direct++;
        return TRUE;
    }
    data = NdisGetDataBuffer(Nb, length, Adapter->TxBuffer, 1, 0);
    if (data == NULL) {
        return FALSE;
    }
    if (data != Adapter->TxBuffer) {
        NdisMoveMemory(Adapter->TxBuffer, data, length);
    }
    *Mdl = Adapter->TxMdl;
    *Offset = 0;
    Adapter->Copied++;
    return TRUE;
}

static NDIS_STATUS PostLocked(PSYSDMA Adapter, PNET_BUFFER Nb)
{
    ULONG length = NET_BUFFER_DATA_LENGTH(Nb), offset;
    NDIS_STATUS status;
    PMDL mdl;

    if (length < 14 || length > FRAME_MAX) {
        return NDIS_STATUS_INVALID_LENGTH;
    }
    if (!FindData(Adapter, Nb, &mdl, &offset)) {
        return NDIS_STATUS_RESOURCES;
    }
    status = SysDmaStartLocked(Adapter, &Adapter->Tx, mdl, offset, length, TRUE);
    if (status == NDIS_STATUS_SUCCESS) {
        CardWrite(Adapter, REG_TXLEN, length);
        CardWrite(Adapter, REG_COMMAND, CMD_TX);
    }
    return status;
}

/* send what waits, while the channel is free. With bursts one direction moves at a time, so that a
 * pause of the card is known to belong to it. No lock held */
VOID SysDmaTxPump(PSYSDMA Adapter)
{
    NDIS_STATUS status = NDIS_STATUS_FAILURE;
    PNET_BUFFER_LIST nbl = NULL;
    PNET_BUFFER nb;

    do {
        NdisAcquireSpinLock(&Adapter->Lock);
        nb = Adapter->Tx.Busy || (Adapter->Burst != 0 && Adapter->Rx.Busy)
                 ? NULL
                 : NextLocked(Adapter, &nbl);
        if (nb != NULL) {
            Adapter->TxNbl = nbl;
            status = PostLocked(Adapter, nb);
        }
        NdisReleaseSpinLock(&Adapter->Lock);
        if (nb != NULL && status != NDIS_STATUS_SUCCESS) {
            FinishOne(Adapter, nbl, status);
        }
    } while (nb != NULL && status != NDIS_STATUS_SUCCESS);
}

/* the transfer under way is over; Status: when it is given up */
VOID SysDmaTxDone(PSYSDMA Adapter, BOOLEAN Good, NDIS_STATUS Status)
{
    PNET_BUFFER_LIST nbl = NULL;
    NDIS_STATUS end;

    NdisAcquireSpinLock(&Adapter->Lock);
    if (Adapter->Tx.Busy) {
        nbl = Adapter->TxNbl;
        end = SysDmaEndLocked(Adapter, &Adapter->Tx);
        if (Good) {
            Status = end;
        }
        if (Status == NDIS_STATUS_SUCCESS) {
            Adapter->Sent++;
        } else {
            Adapter->Errors++;
        }
    }
    NdisReleaseSpinLock(&Adapter->Lock);
    if (nbl != NULL) {
        FinishOne(Adapter, nbl, Status);
    }
}

/* what waits is given back; Running: and what is under way. No lock held */
VOID SysDmaTxAbort(PSYSDMA Adapter, NDIS_STATUS Status, BOOLEAN Running)
{
    PNET_BUFFER_LIST nbl;
    PNET_BUFFER nb;

    do {
        NdisAcquireSpinLock(&Adapter->Lock);
        nb = NextLocked(Adapter, &nbl);
        NdisReleaseSpinLock(&Adapter->Lock);
        if (nb != NULL) {
            FinishOne(Adapter, nbl, Status);
        }
    } while (nb != NULL);
    if (Running) {
        CardWrite(Adapter, REG_COMMAND, CMD_TX_STOP);
        SysDmaTxDone(Adapter, FALSE, Status);
    }
}

/* --- from the stack --- */

static BOOLEAN AcceptLocked(PSYSDMA Adapter, PNET_BUFFER_LIST Nbl)
{
    LONG_PTR count = 0;
    PNET_BUFFER nb;

    if (Adapter->State != SysDmaRunning) {
        return FALSE;
    }
    for (nb = NET_BUFFER_LIST_FIRST_NB(Nbl); nb != NULL; nb = NET_BUFFER_NEXT_NB(nb)) {
        count++;
    }
    PENDING(Nbl) = (PVOID)count;
    NET_BUFFER_LIST_NEXT_NBL(Nbl) = NULL;
    NET_BUFFER_LIST_STATUS(Nbl) = NDIS_STATUS_PENDING;
    if (Adapter->Waiting == NULL) {
        Adapter->Cursor = NET_BUFFER_LIST_FIRST_NB(Nbl);
    }
    *Adapter->WaitingEnd = Nbl;
    Adapter->WaitingEnd = &NET_BUFFER_LIST_NEXT_NBL(Nbl);
    Adapter->Held++;
    return TRUE;
}

VOID SysDmaSend(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferLists,
                NDIS_PORT_NUMBER PortNumber, ULONG SendFlags)
{
    ULONG flags =
        NDIS_TEST_SEND_AT_DISPATCH_LEVEL(SendFlags) ? NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL : 0;
    PSYSDMA adapter = MiniportAdapterContext;
    PNET_BUFFER_LIST nbl, next;
    BOOLEAN accepted;

    UNREFERENCED_PARAMETER(PortNumber);
    for (nbl = NetBufferLists; nbl != NULL; nbl = next) {
        next = NET_BUFFER_LIST_NEXT_NBL(nbl);
        NdisAcquireSpinLock(&adapter->Lock);
        accepted = AcceptLocked(adapter, nbl);
        NdisReleaseSpinLock(&adapter->Lock);
        if (!accepted) {
            NET_BUFFER_LIST_NEXT_NBL(nbl) = NULL;
            NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_PAUSED;
            NdisMSendNetBufferListsComplete(adapter->Handle, nbl, flags);
        }
    }
    SysDmaTxPump(adapter);
}

VOID SysDmaCancelSend(NDIS_HANDLE MiniportAdapterContext, PVOID CancelId)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(CancelId);
}
