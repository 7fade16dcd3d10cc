/* SPDX-License-Identifier: MIT */
/*
 * Bringing the card up and down. E1000HardwareStart resets it and then writes every register the
 * driver relies on, whatever it read before: a reset that clears nothing must look the same as one
 * that clears everything (DS 4 has the order).
 */
#include "e1000e.h"

/* Flow control frames: the reserved multicast address and EtherType of IEEE 802.3 annex 31B. */
#define E1000_FC_ADDRESS_LOW  0x00C28001u
#define E1000_FC_ADDRESS_HIGH 0x00000100u
#define E1000_FC_TYPE         0x00008808u
#define E1000_VLAN_TYPE       0x00008100u

/* Device control. Link parameters follow in E1000PhySetLink. */
static VOID E1000SetupGeneral(PE1000_HW Hw)
{
    ULONG value;

    value = E1000Read(Hw, E1000_CTRL);
    value &= ~(E1000_CTRL_MASTER_OFF | E1000_CTRL_RST | E1000_CTRL_PHY_RST |
               E1000_CTRL_RESERVED_29 | E1000_CTRL_TFCE);
    /* VME strips received tags and permits the ones that transmit descriptors ask for. */
    E1000Write(Hw, E1000_CTRL, value | E1000_CTRL_SLU | E1000_CTRL_VME | E1000_CTRL_RFCE);
    E1000Write(Hw, E1000_VET, E1000_VLAN_TYPE);
    if (!Hw->Type->Pcie) {
        return;
    }
    value = E1000Read(Hw, E1000_CTRL_EXT);
    value &= ~(E1000_CTRL_EXT_BIT_23 | E1000_CTRL_EXT_EIAME | E1000_CTRL_EXT_IAME);
    E1000Write(Hw, E1000_CTRL_EXT, value | E1000_CTRL_EXT_BIT_22 | E1000_CTRL_EXT_DRV_LOAD);
    E1000Write(Hw, E1000_GCR, E1000Read(Hw, E1000_GCR) | E1000_GCR_BIT_22);
    E1000Write(Hw, E1000_GCR2, E1000Read(Hw, E1000_GCR2) | E1000_GCR2_BIT_0);
    /* Obey pause frames, send none: both thresholds 0 (DS 10, FCRTH). */
    E1000Write(Hw, E1000_FCAL, E1000_FC_ADDRESS_LOW);
    E1000Write(Hw, E1000_FCAH, E1000_FC_ADDRESS_HIGH);
    E1000Write(Hw, E1000_FCT, E1000_FC_TYPE);
    E1000Write(Hw, E1000_FCTTV, 0);
    E1000Write(Hw, E1000_FCRTL, 0);
    E1000Write(Hw, E1000_FCRTH, 0);
    /* No wake-up: the PM capabilities promise none. */
    E1000Write(Hw, E1000_WUC, 0);
    E1000Write(Hw, E1000_WUFC, 0);
}

/* Receive side, with the receiver still off. The ring is empty until E1000RxListenLocked. */
static VOID E1000SetupReceive(PE1000_ADAPTER Adapter)
{
    PE1000_HW hw = &Adapter->Hw;
    PE1000_RX rx = &Adapter->Rx;
    ULONG i;

    E1000Write(hw, E1000_RCTL, 0);
    rx->Control = 0;
    E1000Write(hw, E1000_RDTR, 0);
    for (i = 0; i < rx->QueueCount; i++) {
        ULONG64 ring = rx->Queues[i].RingPa;
        ULONG at = i * E1000_QUEUE_1;

        E1000Write(hw, E1000_RDBAL + at, (ULONG)(ring & 0xFFFFFFFFu));
        E1000Write(hw, E1000_RDBAH + at, (ULONG)(ring >> 32));
        E1000Write(hw, E1000_RDLEN + at, rx->RingSize * (ULONG)sizeof(E1000_RX_DESC));
        E1000Write(hw, E1000_RDH + at, 0);
        E1000Write(hw, E1000_RDT + at, 0);
    }
    for (i = 0; i < E1000_VFTA_COUNT; i++) {
        E1000Write(hw, E1000_VFTA + 4u * i, 0);
    }
    if (hw->Type->Pcie) {
        E1000Write(hw, E1000_RADV, 0);
        E1000Write(hw, E1000_RAID, 0);
        E1000Write(hw, E1000_RSRPD, 0);
        E1000Write(hw, E1000_RXDCTL, E1000_RXDCTL_GRAN);
    }
    if (hw->Type->ExtendedRx) {
        /* No packet split. Without ACK_DIS every
           TCP acknowledgement would raise the "other" message. RFCTL goes before RCTL. */
        E1000Write(hw, E1000_PSRCTL, E1000_PSRCTL_DEFAULT);
        E1000OffloadProgram(Adapter);
        E1000RssProgram(Adapter);
        if (rx->QueueCount == 1) {
            E1000Write(hw, E1000_RDLEN + E1000_QUEUE_1, 0);
        }
        E1000Write(hw, E1000_RFCTL, E1000_RFCTL_EXTEN | E1000_RFCTL_ACK_DIS);
    }
}

/* Transmit side, switched on at the end: with head = tail it has nothing to do. */
static VOID E1000SetupTransmit(PE1000_ADAPTER Adapter)
{
    PE1000_HW hw = &Adapter->Hw;
    PE1000_TX tx = &Adapter->Tx;
    ULONG tctl = E1000_TCTL_PSP | E1000_TCTL_CT | E1000_TCTL_COLD_FULL;

    E1000Write(hw, E1000_TCTL, 0);
    E1000Write(hw, E1000_TDBAL, (ULONG)(tx->RingPa & 0xFFFFFFFFu));
    E1000Write(hw, E1000_TDBAH, (ULONG)(tx->RingPa >> 32));
    E1000Write(hw, E1000_TDLEN, tx->RingSize * (ULONG)sizeof(E1000_TX_DESC));
    E1000Write(hw, E1000_TDH, 0);
    E1000Write(hw, E1000_TDT, 0);
    E1000Write(hw, E1000_TIDV, 0);
    E1000Write(hw, E1000_TADV, 0);
    E1000Write(hw, E1000_AIT, 0);
    E1000Write(hw, E1000_TIPG, E1000_TIPG_COPPER);
    if (hw->Type->Pcie) {
        /* WTHRESH 1 makes the card write DD back at once; COUNT_DESC must be 1 on this chip. */
        E1000Write(hw, E1000_TXDCTL, E1000_TXDCTL_VALUE);
        E1000Write(hw, E1000_TARC,
                   (E1000Read(hw, E1000_TARC) & ~E1000_TARC_BITS_30_27) | E1000_TARC_ENABLE |
                       E1000_TARC_BIT_26);
        tctl |= E1000_TCTL_MULR;
    }
    if (hw->Type->ExtendedRx) {
        E1000Write(hw, E1000_TDLEN + E1000_QUEUE_1, 0);
    }
    E1000Write(hw, E1000_TCTL, tctl | E1000_TCTL_EN);
}

/* Statistics clear when read, and say nothing useful about the time before us. */
static VOID E1000SetupStatistics(PE1000_HW Hw)
{
    ULONG reg;

    for (reg = E1000_STATS_FIRST; reg <= E1000_STATS_LAST; reg += 4) {
        (VOID) E1000Read(Hw, reg);
    }
}

/* Writes the packet filter; while it is empty the receiver is off. <= DISPATCH_LEVEL. */
VOID E1000ApplyPacketFilter(PE1000_ADAPTER Adapter)
{
    NdisAcquireSpinLock(&Adapter->Rx.Lock);
    E1000RxListenLocked(Adapter);
    NdisReleaseSpinLock(&Adapter->Rx.Lock);
}

/* Writes the multicast list. <= DISPATCH_LEVEL. */
VOID E1000ApplyMulticast(PE1000_ADAPTER Adapter)
{
    NdisAcquireSpinLock(&Adapter->Rx.Lock);
    E1000HwSetMulticast(&Adapter->Hw, Adapter->Rx.Multicast[0], Adapter->Rx.MulticastCount);
    NdisReleaseSpinLock(&Adapter->Rx.Lock);
}

/*
 * Resets and programs the card. Receive stays off until E1000RxUpdate; interrupts go on when they
 * are registered. PASSIVE_LEVEL, with DMA stopped and all transmit slots back.
 * Return: SUCCESS, or the failure of reset or PHY; then the card is left silent.
 */
NDIS_STATUS E1000HardwareStart(PE1000_ADAPTER Adapter)
{
    PE1000_HW hw = &Adapter->Hw;
    NDIS_STATUS status;

    /* It may have been switched off: by sleep, or by whatever made the reset necessary. */
    E1000EnableBusMaster(Adapter);
    status = E1000HwReset(hw);
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    E1000SetupGeneral(hw);
    E1000HwSetAddress(hw, 0, Adapter->CurrentAddress);
    E1000ApplyMulticast(Adapter);
    E1000RxResetRing(Adapter);
    E1000TxResetRing(Adapter);
    E1000SetupReceive(Adapter);
    E1000SetupTransmit(Adapter);
    status = E1000PhySetLink(hw, Adapter->Config.SpeedDuplex);
    if (status != NDIS_STATUS_SUCCESS) {
        E1000HwSilence(hw);
        return status;
    }
    E1000SetupStatistics(hw);
    E1000InterruptProgram(Adapter);

    NdisAcquireSpinLock(&Adapter->HwLock);
    InterlockedExchange(&Adapter->HwReady, 1);
    NdisReleaseSpinLock(&Adapter->HwLock);
    E1000InterruptEnable(Adapter, Adapter->InterruptMask);
    return NDIS_STATUS_SUCCESS;
}

/*
 * Stops the card: afterwards it neither interrupts nor touches memory. PASSIVE_LEVEL. A card that
 * is not running (in D3, or after a failed recovery) is left alone.
 * A DPC that is still running finds HwReady clear and does not switch its interrupt back on.
 */
VOID E1000HardwareStop(PE1000_ADAPTER Adapter)
{
    PE1000_HW hw = &Adapter->Hw;

    if (!E1000IsReady(Adapter)) {
        return;
    }
    E1000UpdateHwCounters(Adapter);
    NdisAcquireSpinLock(&Adapter->HwLock);
    InterlockedExchange(&Adapter->HwReady, 0);
    E1000Write(hw, E1000_IMC, E1000_INT_ALL);
    NdisReleaseSpinLock(&Adapter->HwLock);
    E1000RxUpdate(Adapter);
    E1000HwStopDma(hw);
    if (hw->Type->Pcie) {
        E1000Write(hw, E1000_CTRL_EXT, E1000Read(hw, E1000_CTRL_EXT) & ~E1000_CTRL_EXT_DRV_LOAD);
    }
}
