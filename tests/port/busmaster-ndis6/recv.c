/* SPDX-License-Identifier: MIT */
/*
 * The receive ring. Buffers come back in any order now, so a slot of the ring no longer belongs to
 * one buffer: what is not in the ring waits in RxSpare.
 */
#include "ndis6.h"

#define BM_NUMBER(Nbl) (*(ULONG_PTR *)&NET_BUFFER_LIST_MINIPORT_RESERVED(Nbl)[0])

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

/* Spare buffers go to the card, which never has the whole ring. With ReceiveLock. */
VOID BmRefill(PBM_ADAPTER Adapter)
{
    BM_HW *Hw = &Adapter->Hw;
    BOOLEAN Any = FALSE;

    while (Adapter->RxSpare != NULL && Adapter->RxPosted < BM_RING - 1) {
        PNET_BUFFER_LIST Nbl = Adapter->RxSpare;

        Adapter->RxSpare = NET_BUFFER_LIST_NEXT_NBL(Nbl);
        NET_BUFFER_LIST_NEXT_NBL(Nbl) = NULL;
        Adapter->RxSlot[Hw->RxTail] = Nbl;
        Hw->RxRing[Hw->RxTail].Address = BmPa(Adapter, (ULONG)BM_NUMBER(Nbl));
        Hw->RxRing[Hw->RxTail].Command = 0;
        Hw->RxRing[Hw->RxTail].Status = 0;
        Hw->RxTail = (Hw->RxTail + 1) % BM_RING;
        Adapter->RxPosted++;
        Any = TRUE;
    }
    if (Any) {
        KeMemoryBarrier();
        BmWrite(Hw, BM_RDT, Hw->RxTail);
    }
}

/* NET_BUFFER_LISTs for one half of the buffers; the card gets them. PASSIVE_LEVEL. */
VOID BmPostReceive(IN PBM_ADAPTER Adapter, IN ULONG Half)
{
    ULONG i = Half ? BM_FIRST_RX : 0, End = Half ? BM_RING : BM_FIRST_RX;

    for (; i < End; i++) {
        PNET_BUFFER_LIST Nbl = BmReceiveAllocate(Adapter, BmVa(Adapter, i), BM_BUFFER);

        if (Nbl == NULL) {
            break;
        }
        BM_NUMBER(Nbl) = i;
        NdisAcquireSpinLock(&Adapter->Ndis6.ReceiveLock);
        Adapter->RxNbl[i] = Nbl;
        NET_BUFFER_LIST_NEXT_NBL(Nbl) = Adapter->RxSpare;
        Adapter->RxSpare = Nbl;
        BmRefill(Adapter);
        NdisReleaseSpinLock(&Adapter->Ndis6.ReceiveLock);
    }
}

/* After a reset: what the card had is spare again. With ReceiveLock. */
VOID BmRewind(PBM_ADAPTER Adapter)
{
    ULONG i;

    for (i = 0; i < BM_RING; i++) {
        if (Adapter->RxSlot[i] != NULL) {
            NET_BUFFER_LIST_NEXT_NBL(Adapter->RxSlot[i]) = Adapter->RxSpare;
            Adapter->RxSpare = Adapter->RxSlot[i];
            Adapter->RxSlot[i] = NULL;
        }
    }
    Adapter->RxPosted = 0;
    BmRefill(Adapter);
}

/* The tag the card took out goes up beside the frame. */
static PVOID BmTagIn(ULONG Status)
{
    NDIS_NET_BUFFER_LIST_8021Q_INFO Info;

    Info.Value = NULL;
    if (Status & BM_RX_TAG) {
        Info.TagHeader.UserPriority = Status >> 29;
        Info.TagHeader.CanonicalFormatId = Status >> 28 & 1;
        Info.TagHeader.VlanId = Status >> 16 & 0xFFF;
    }
    return Info.Value;
}

/* The next frame the card has finished, NULL: none. With ReceiveLock. */
static PNET_BUFFER_LIST BmTake(PBM_ADAPTER Adapter)
{
    BM_HW *Hw = &Adapter->Hw;
    ULONG At = Hw->RxNext;
    PNET_BUFFER_LIST Nbl = Adapter->RxSlot[At];

    if (Nbl == NULL || !(*(volatile ULONG *)&Hw->RxRing[At].Status & BM_DD)) {
        return NULL;
    }
    KeMemoryBarrier();
    NET_BUFFER_DATA_LENGTH(NET_BUFFER_LIST_FIRST_NB(Nbl)) = Hw->RxRing[At].Command & 0xFFFF;
    NET_BUFFER_LIST_INFO(Nbl, Ieee8021QNetBufferListInfo) = BmTagIn(Hw->RxRing[At].Status);
    NET_BUFFER_LIST_STATUS(Nbl) = NDIS_STATUS_SUCCESS;
    Adapter->RxSlot[At] = NULL;
    Adapter->RxPosted--;
    Hw->RxNext = (At + 1) % BM_RING;
    return Nbl;
}

VOID BmHwReceive(BM_ADAPTER *Adapter, ULONG Limit)
{
    PNET_BUFFER_LIST Chain = NULL, Last = NULL, Nbl;
    ULONG Count = 0;

    NdisDprAcquireSpinLock(&Adapter->Ndis6.ReceiveLock);
    while (Count < Limit && Count < BM_RING && (Nbl = BmTake(Adapter)) != NULL) {
        if (Adapter->Ndis6.Paused) {
            NET_BUFFER_LIST_NEXT_NBL(Nbl) = Adapter->RxSpare;
            Adapter->RxSpare = Nbl;
            continue;
        }
        InterlockedIncrement(&Adapter->Ndis6.Outstanding);
        if (Chain == NULL) {
            Chain = Nbl;
        } else {
            NET_BUFFER_LIST_NEXT_NBL(Last) = Nbl;
        }
        Last = Nbl;
        Count++;
        Adapter->RxDone++;
    }
    BmRefill(Adapter);
    NdisDprReleaseSpinLock(&Adapter->Ndis6.ReceiveLock);
    if (Chain != NULL) {
        BmIndicate(Adapter, Chain, Count, FALSE);
    }
}

VOID BmHwGive(BM_ADAPTER *Adapter, PNET_BUFFER_LIST Nbl)
{
    NdisAcquireSpinLock(&Adapter->Ndis6.ReceiveLock);
    NET_BUFFER_LIST_NEXT_NBL(Nbl) = Adapter->RxSpare;
    Adapter->RxSpare = Nbl;
    BmRefill(Adapter);
    NdisReleaseSpinLock(&Adapter->Ndis6.ReceiveLock);
}

VOID BmHwFilter(BM_ADAPTER *Adapter)
{
    BmHwSetFilter(&Adapter->Hw, Adapter->Ndis6.PacketFilter);
}
