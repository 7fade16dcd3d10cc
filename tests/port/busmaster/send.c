/* SPDX-License-Identifier: MIT */
/* Sending: NDIS has mapped each packet already. */
#include "adapter.h"

/* One packet into the ring; FALSE: no room. */
static BOOLEAN BmSendOne(PBM_ADAPTER Adapter, PNDIS_PACKET Packet)
{
    PSCATTER_GATHER_LIST List =
        (PSCATTER_GATHER_LIST)NDIS_PER_PACKET_INFO_FROM_PACKET(Packet, ScatterGatherListPacketInfo);
    BM_HW *Hw = &Adapter->Hw;
    ULONG i;

    if (List->NumberOfElements > Hw->TxFree) {
        return FALSE;
    }
    for (i = 0; i < List->NumberOfElements; i++) {
        BM_DESC *Desc = &Hw->TxRing[Hw->TxTail];
        BOOLEAN Last = (BOOLEAN)(i + 1 == List->NumberOfElements);

        Desc->Address = (ULONGLONG)List->Elements[i].Address.QuadPart;
        Desc->Command = List->Elements[i].Length | (Last ? BM_TX_LAST : BM_TX_MORE);
        Desc->Status = 0;
        Adapter->TxOwner[Hw->TxTail] = Last ? Packet : NULL;
        Hw->TxTail = (Hw->TxTail + 1) % BM_RING;
        Hw->TxFree--;
    }
    BmWrite(Hw, BM_TDT, Hw->TxTail);
    return TRUE;
}

VOID BmSendPackets(IN NDIS_HANDLE MiniportAdapterContext, IN PPNDIS_PACKET PacketArray,
                   IN UINT NumberOfPackets)
{
    PBM_ADAPTER Adapter = (PBM_ADAPTER)MiniportAdapterContext;
    UINT i;

    for (i = 0; i < NumberOfPackets; i++) {
        NDIS_SET_PACKET_STATUS(PacketArray[i], NDIS_STATUS_PENDING);
        if (!BmSendOne(Adapter, PacketArray[i])) {
            for (; i < NumberOfPackets; i++) {
                NDIS_SET_PACKET_STATUS(PacketArray[i], NDIS_STATUS_RESOURCES);
            }
        }
    }
}

VOID BmReapSends(IN PBM_ADAPTER Adapter)
{
    BM_HW *Hw = &Adapter->Hw;
    BOOLEAN Any = FALSE;

    while (Hw->TxHead != Hw->TxTail) {
        ULONG At = Hw->TxHead;
        PNDIS_PACKET Packet = Adapter->TxOwner[At];

        if (Packet != NULL && !(Hw->TxRing[At].Status & BM_DD)) {
            break;
        }
        Hw->TxHead = (At + 1) % BM_RING;
        Hw->TxFree++;
        if (Packet != NULL) {
            Adapter->TxOwner[At] = NULL;
            Adapter->TxDone++;
            Any = TRUE;
            NdisMSendComplete(Adapter->AdapterHandle, Packet, NDIS_STATUS_SUCCESS);
        }
    }
    if (Any) {
        NdisMSendResourcesAvailable(Adapter->AdapterHandle);
    }
}
