/* SPDX-License-Identifier: MIT */
/* The card alone: nothing here changes with the level of NDIS. */
#include <ndis.h>

#include "hw.h"

ULONG BmRead(BM_HW *Hw, ULONG Register)
{
    ULONG value;

    NdisReadRegisterUlong((PULONG)(Hw->Registers + Register), &value);
    return value;
}

VOID BmWrite(BM_HW *Hw, ULONG Register, ULONG Value)
{
    NdisWriteRegisterUlong((PULONG)(Hw->Registers + Register), Value);
}

/* Neither interrupts nor DMA afterwards. PASSIVE_LEVEL. */
VOID BmHwStopCard(BM_HW *Hw)
{
    ULONG i;

    BmWrite(Hw, BM_IMC, 0xFFFFFFFFu);
    BmWrite(Hw, BM_RCTL, 0);
    BmWrite(Hw, BM_TCTL, 0);
    BmWrite(Hw, BM_CTRL, BmRead(Hw, BM_CTRL) | BM_CTRL_MASTER);
    NdisMSleep(1000);
    BmWrite(Hw, BM_CTRL, BmRead(Hw, BM_CTRL) | BM_CTRL_RST);
    for (i = 0; i < 100; i++) {
        NdisMSleep(1000);
        if ((BmRead(Hw, BM_CTRL) & BM_CTRL_RST) == 0) {
            break;
        }
    }
    BmWrite(Hw, BM_IMC, 0xFFFFFFFFu);
    (VOID) BmRead(Hw, BM_ICR);
}

/* Rings and link; the receiver stays off until a filter is set. */
VOID BmHwSetup(BM_HW *Hw)
{
    ULONG i;

    BmWrite(Hw, BM_CTRL, (BmRead(Hw, BM_CTRL) & ~BM_CTRL_MASTER) | BM_CTRL_SLU | BM_CTRL_VME);
    BmWrite(Hw, BM_RFCTL, 0);
    for (i = 0; i < 128; i++) {
        BmWrite(Hw, BM_MTA + 4 * i, 0);
    }
    BmWrite(Hw, BM_TDBAL, NdisGetPhysicalAddressLow(Hw->TxRingPa));
    BmWrite(Hw, BM_TDBAH, (ULONG)NdisGetPhysicalAddressHigh(Hw->TxRingPa));
    BmWrite(Hw, BM_TDLEN, BM_RING * sizeof(BM_DESC));
    BmWrite(Hw, BM_TDH, 0);
    BmWrite(Hw, BM_TDT, 0);
    BmWrite(Hw, BM_TIPG, 0x00602008u);
    BmWrite(Hw, BM_TXDCTL, 0x01410100u);
    BmWrite(Hw, BM_TCTL, BM_TCTL_VALUE);
    BmWrite(Hw, BM_RDBAL, NdisGetPhysicalAddressLow(Hw->RxRingPa));
    BmWrite(Hw, BM_RDBAH, (ULONG)NdisGetPhysicalAddressHigh(Hw->RxRingPa));
    BmWrite(Hw, BM_RDLEN, BM_RING * sizeof(BM_DESC));
    BmWrite(Hw, BM_RDH, 0);
    BmWrite(Hw, BM_RDT, 0);
    Hw->TxHead = Hw->TxTail = Hw->RxNext = Hw->RxTail = 0;
    Hw->TxFree = BM_RING - 1;
}

VOID BmHwReadAddress(BM_HW *Hw)
{
    ULONG low = BmRead(Hw, BM_RAL), high = BmRead(Hw, BM_RAH), i;

    for (i = 0; i < 4; i++) {
        Hw->Address[i] = (UCHAR)(low >> (8 * i));
    }
    Hw->Address[4] = (UCHAR)high;
    Hw->Address[5] = (UCHAR)(high >> 8);
}

VOID BmHwSetFilter(BM_HW *Hw, ULONG PacketFilter)
{
    ULONG control = BM_RCTL_SECRC;

    if (PacketFilter & NDIS_PACKET_TYPE_PROMISCUOUS) {
        control |= BM_RCTL_UPE | BM_RCTL_MPE;
    }
    if (PacketFilter & (NDIS_PACKET_TYPE_MULTICAST | NDIS_PACKET_TYPE_ALL_MULTICAST)) {
        control |= BM_RCTL_MPE;
    }
    if (PacketFilter & NDIS_PACKET_TYPE_BROADCAST) {
        control |= BM_RCTL_BAM;
    }
    if (PacketFilter != 0) {
        control |= BM_RCTL_EN;
    }
    BmWrite(Hw, BM_RCTL, control);
}
