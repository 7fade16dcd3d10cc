/* SPDX-License-Identifier: MIT */
/* The send ring. What was one function is now two: room is asked for before the list is walked. */
#include "ndis6.h"

BOOLEAN BmHwRoom(BM_ADAPTER *Adapter, ULONG Elements)
{
    return (BOOLEAN)(Elements <= Adapter->Hw.TxFree);
}

/* The tag that NDIS wants in a frame of this list, 0: none. One that is in the data stays there. */
static ULONG BmTagOf(PNET_BUFFER_LIST Nbl)
{
    NDIS_NET_BUFFER_LIST_8021Q_INFO Info;

    Info.Value = NET_BUFFER_LIST_INFO(Nbl, Ieee8021QNetBufferListInfo);
    return (ULONG)(Info.TagHeader.UserPriority << 13 | Info.TagHeader.VlanId);
}

VOID BmHwDescriptor(BM_ADAPTER *Adapter, PNET_BUFFER NetBuffer, ULONGLONG Address,
                    ULONG LengthBytes, BOOLEAN Last)
{
    BM_HW *Hw = &Adapter->Hw;
    BM_DESC *Desc = &Hw->TxRing[Hw->TxTail];
    ULONG Tag = Last ? BmTagOf(BM_NB_NBL(NetBuffer)) : 0;

    Desc->Address = Address;
    Desc->Command = LengthBytes | (Last ? BM_TX_LAST : BM_TX_MORE) | (Tag != 0 ? BM_TX_TAG : 0);
    Desc->Status = Tag << 16;
    Adapter->TxOwner[Hw->TxTail] = Last ? NetBuffer : NULL;
    Hw->TxTail = (Hw->TxTail + 1) % BM_RING;
    Hw->TxFree--;
}

VOID BmHwKick(BM_ADAPTER *Adapter)
{
    KeMemoryBarrier();
    BmWrite(&Adapter->Hw, BM_TDT, Adapter->Hw.TxTail);
}

/* the frame that begins at @At is done when its last descriptor is */
static ULONG BmLastOf(BM_ADAPTER *Adapter, ULONG At)
{
    while (Adapter->TxOwner[At] == NULL) {
        At = (At + 1) % BM_RING;
    }
    return At;
}

PNET_BUFFER BmHwReap(BM_ADAPTER *Adapter)
{
    BM_HW *Hw = &Adapter->Hw;
    PNET_BUFFER First = NULL, Tail = NULL;

    while (Hw->TxHead != Hw->TxTail) {
        ULONG Last = BmLastOf(Adapter, Hw->TxHead);
        PNET_BUFFER NetBuffer = Adapter->TxOwner[Last];

        if (!(*(volatile ULONG *)&Hw->TxRing[Last].Status & BM_DD)) {
            break;
        }
        Adapter->TxOwner[Last] = NULL;
        Hw->TxFree += (Last + BM_RING - Hw->TxHead) % BM_RING + 1;
        Hw->TxHead = (Last + 1) % BM_RING;
        Adapter->TxDone++;
        BM_NB_NEXT(NetBuffer) = NULL;
        if (First == NULL) {
            First = NetBuffer;
        } else {
            BM_NB_NEXT(Tail) = NetBuffer;
        }
        Tail = NetBuffer;
    }
    return First;
}

/* Everything that is in the ring, done or not: the card was stopped. */
PNET_BUFFER BmTakeRing(PBM_ADAPTER Adapter)
{
    PNET_BUFFER First = NULL;
    ULONG i;

    for (i = 0; i < BM_RING; i++) {
        if (Adapter->TxOwner[i] != NULL) {
            BM_NB_NEXT(Adapter->TxOwner[i]) = First;
            First = Adapter->TxOwner[i];
            Adapter->TxOwner[i] = NULL;
        }
    }
    return First;
}
