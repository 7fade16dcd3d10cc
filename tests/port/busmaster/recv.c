/* SPDX-License-Identifier: MIT */
/* Receiving: a packet and a buffer around each piece of shared memory. */
#include "adapter.h"

static PUCHAR BmVa(PBM_ADAPTER Adapter, ULONG i)
{
    return i < BM_FIRST_RX ? Adapter->RxData[0] + i * BM_BUFFER
                           : Adapter->RxData[1] + (i - BM_FIRST_RX) * BM_BUFFER;
}

static ULONGLONG BmPa(PBM_ADAPTER Adapter, ULONG i)
{
    return i < BM_FIRST_RX
               ? (ULONGLONG)Adapter->RxDataPa[0].QuadPart + i * BM_BUFFER
               : (ULONGLONG)Adapter->RxDataPa[1].QuadPart + (i - BM_FIRST_RX) * BM_BUFFER;
}

/* Packets for one half of the buffers; the card gets them. */
VOID BmPostReceive(IN PBM_ADAPTER Adapter, IN ULONG Half)
{
    ULONG i = Half ? BM_FIRST_RX : 0, End = Half ? BM_RING : BM_FIRST_RX;
    PNDIS_BUFFER Buffer;
    NDIS_STATUS Status;

    for (; i < End; i++) {
        NdisAllocatePacket(&Status, &Adapter->RxPacket[i], Adapter->PacketPool);
        if (Status != NDIS_STATUS_SUCCESS) {
            return;
        }
        NdisAllocateBuffer(&Status, &Buffer, Adapter->BufferPool, BmVa(Adapter, i), BM_BUFFER);
        if (Status != NDIS_STATUS_SUCCESS) {
            NdisFreePacket(Adapter->RxPacket[i]);
            return;
        }
        NdisChainBufferAtFront(Adapter->RxPacket[i], Buffer);
        NDIS_SET_PACKET_HEADER_SIZE(Adapter->RxPacket[i], 14);
        *(PULONG)Adapter->RxPacket[i]->MiniportReserved = i;
        Adapter->Hw.RxRing[i].Address = BmPa(Adapter, i);
        Adapter->Hw.RxRing[i].Status = 0;
    }
    Adapter->RxCount = End;
    BmWrite(&Adapter->Hw, BM_RDT, End - 1);
}

VOID BmReceive(IN PBM_ADAPTER Adapter)
{
    BM_HW *Hw = &Adapter->Hw;

    while (Hw->RxRing[Hw->RxNext].Status & BM_DD) {
        ULONG At = Hw->RxNext;
        PNDIS_PACKET Packet = Adapter->RxPacket[At];
        PNDIS_BUFFER Buffer;
        UINT Length;

        Hw->RxNext = (At + 1) % BM_RING;
        NdisQueryPacket(Packet, NULL, NULL, &Buffer, &Length);
        NdisAdjustBufferLength(Buffer, Hw->RxRing[At].Command & 0xFFFF);
        NDIS_SET_PACKET_STATUS(Packet, NDIS_STATUS_RESOURCES);
        NdisMIndicateReceivePacket(Adapter->AdapterHandle, &Packet, 1);
        NdisAdjustBufferLength(Buffer, BM_BUFFER);
        BmReturnPacket(Adapter, Packet);
        Adapter->RxDone++;
    }
}

VOID BmReturnPacket(IN NDIS_HANDLE MiniportAdapterContext, IN PNDIS_PACKET Packet)
{
    PBM_ADAPTER Adapter = (PBM_ADAPTER)MiniportAdapterContext;
    ULONG At = *(PULONG)Packet->MiniportReserved;

    Adapter->Hw.RxRing[At].Status = 0;
    BmWrite(&Adapter->Hw, BM_RDT, At);
}
