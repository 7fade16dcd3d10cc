/* SPDX-License-Identifier: MIT */
/*
 * Shared memory for frames that cannot be mapped: a buffer for each descriptor of the send ring, so
 * that whoever has the descriptor has the buffer, too. NDIS 5 did without: it mapped each frame
 * before the driver saw it, and waited where it could not.
 */
#include "ndis6.h"

NDIS_STATUS BmCopyAllocate(PBM_ADAPTER Adapter)
{
    NdisMAllocateSharedMemory(Adapter->AdapterHandle, BM_RING * BM_BUFFER, TRUE,
                              (PVOID *)&Adapter->TxCopy, &Adapter->TxCopyPa);
    return Adapter->TxCopy != NULL ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES;
}

VOID BmCopyFree(PBM_ADAPTER Adapter)
{
    if (Adapter->TxCopy != NULL) {
        NdisMFreeSharedMemory(Adapter->AdapterHandle, BM_RING * BM_BUFFER, TRUE, Adapter->TxCopy,
                              Adapter->TxCopyPa);
        Adapter->TxCopy = NULL;
    }
}

BOOLEAN BmHwCopy(BM_ADAPTER *Adapter, PNET_BUFFER NetBuffer)
{
    ULONG At = Adapter->Hw.TxTail * BM_BUFFER, Length = NET_BUFFER_DATA_LENGTH(NetBuffer);
    PUCHAR To = Adapter->TxCopy + At;
    PVOID Data;

    if (Length > BM_BUFFER) {
        return FALSE;
    }
    Data = NdisGetDataBuffer(NetBuffer, Length, To, 1, 0);
    if (Data == NULL) {
        return FALSE;
    }
    if (Data != To) { /* it was in one piece */
        NdisMoveMemory(To, Data, Length);
    }
    Adapter->TxCopied++;
    BmHwDescriptor(Adapter, NetBuffer, (ULONGLONG)Adapter->TxCopyPa.QuadPart + At, Length, TRUE);
    return TRUE;
}
