/* SPDX-License-Identifier: MIT */
/*
 * Statistics. Good frames and their octets are counted in software (the card does not tell octets
 * by kind of address, and cards disagree on whether an octet of FCS counts); errors are the card's.
 * Its 32-bit counters stick at all ones and clear when read, so the timer adds them up.
 */
#include "e1000e.h"

#define E1000_ALL_COUNTERS                                                                         \
    (NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_RCV |                                             \
     NDIS_STATISTICS_FLAGS_VALID_MULTICAST_FRAMES_RCV |                                            \
     NDIS_STATISTICS_FLAGS_VALID_BROADCAST_FRAMES_RCV | NDIS_STATISTICS_FLAGS_VALID_BYTES_RCV |    \
     NDIS_STATISTICS_FLAGS_VALID_RCV_DISCARDS | NDIS_STATISTICS_FLAGS_VALID_RCV_ERROR |            \
     NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_XMIT |                                            \
     NDIS_STATISTICS_FLAGS_VALID_MULTICAST_FRAMES_XMIT |                                           \
     NDIS_STATISTICS_FLAGS_VALID_BROADCAST_FRAMES_XMIT | NDIS_STATISTICS_FLAGS_VALID_BYTES_XMIT |  \
     NDIS_STATISTICS_FLAGS_VALID_XMIT_ERROR | NDIS_STATISTICS_FLAGS_VALID_XMIT_DISCARDS |          \
     NDIS_STATISTICS_FLAGS_VALID_DIRECTED_BYTES_RCV |                                              \
     NDIS_STATISTICS_FLAGS_VALID_MULTICAST_BYTES_RCV |                                             \
     NDIS_STATISTICS_FLAGS_VALID_BROADCAST_BYTES_RCV |                                             \
     NDIS_STATISTICS_FLAGS_VALID_DIRECTED_BYTES_XMIT |                                             \
     NDIS_STATISTICS_FLAGS_VALID_MULTICAST_BYTES_XMIT |                                            \
     NDIS_STATISTICS_FLAGS_VALID_BROADCAST_BYTES_XMIT)

/*
 * Adds the card's counters to ours. <= DISPATCH_LEVEL.
 * RUC (undersize) is left out: some cards count there what they pad and deliver.
 */
VOID E1000UpdateHwCounters(PE1000_ADAPTER Adapter)
{
    E1000_HW_COUNTERS *sum = &Adapter->HwCounters;
    PE1000_HW hw = &Adapter->Hw;
    ULONG crc;
    ULONG align;
    ULONG late;
    ULONG excessive;

    NdisAcquireSpinLock(&Adapter->HwLock);
    if (E1000IsReady(Adapter) && !E1000HwCheckGone(hw)) {
        crc = E1000Read(hw, E1000_CRCERRS);
        align = E1000Read(hw, E1000_ALGNERRC);
        late = E1000Read(hw, E1000_LATECOL);
        excessive = E1000Read(hw, E1000_ECOL);
        sum->RxCrcErrors += crc;
        sum->RxAlignmentErrors += align;
        sum->RxErrors += (ULONG64)crc + align + E1000Read(hw, E1000_RLEC) +
                         E1000Read(hw, E1000_CEXTERR) + E1000Read(hw, E1000_ROC);
        sum->RxMissed += E1000Read(hw, E1000_MPC);
        sum->RxNoBuffer += E1000Read(hw, E1000_RNBC);
        sum->TxErrors += (ULONG64)late + excessive;
        sum->TxLateCollisions += late;
        sum->TxMaxCollisions += excessive;
        sum->TxOneCollision += E1000Read(hw, E1000_SCC);
        sum->TxMoreCollisions += E1000Read(hw, E1000_MCC);
        sum->TxDeferred += E1000Read(hw, E1000_DC);
        sum->TxCarrierLost += E1000Read(hw, E1000_TNCRS);
    }
    NdisReleaseSpinLock(&Adapter->HwLock);
}

/* All good frames of a direction. */
ULONG64 E1000FramesOf(const E1000_COUNTERS *Counters)
{
    return Counters->Frames[E1000FrameDirected] + Counters->Frames[E1000FrameMulticast] +
           Counters->Frames[E1000FrameBroadcast];
}

static ULONG64 E1000OctetsOf(const E1000_COUNTERS *Counters)
{
    return Counters->Octets[E1000FrameDirected] + Counters->Octets[E1000FrameMulticast] +
           Counters->Octets[E1000FrameBroadcast];
}

/* A copy of all counters, the card's brought up to date. <= DISPATCH_LEVEL, no lock. */
VOID E1000ReadCounters(PE1000_ADAPTER Adapter, PE1000_COUNTERS Tx, PE1000_COUNTERS Rx,
                       E1000_HW_COUNTERS *Hw)
{
    E1000UpdateHwCounters(Adapter);
    NdisAcquireSpinLock(&Adapter->HwLock);
    *Hw = Adapter->HwCounters;
    NdisReleaseSpinLock(&Adapter->HwLock);
    NdisAcquireSpinLock(&Adapter->Tx.Lock);
    *Tx = Adapter->Tx.Counters;
    NdisReleaseSpinLock(&Adapter->Tx.Lock);
    NdisAcquireSpinLock(&Adapter->Rx.Lock);
    *Rx = Adapter->Rx.Counters;
    NdisReleaseSpinLock(&Adapter->Rx.Lock);
}

/* Fills OID_GEN_STATISTICS. <= DISPATCH_LEVEL, no lock. */
VOID E1000FillStatistics(PE1000_ADAPTER Adapter, PNDIS_STATISTICS_INFO Info)
{
    E1000_COUNTERS tx;
    E1000_COUNTERS rx;
    E1000_HW_COUNTERS hw;

    E1000ReadCounters(Adapter, &tx, &rx, &hw);
    NdisZeroMemory(Info, sizeof(*Info));
    Info->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    Info->Header.Revision = NDIS_STATISTICS_INFO_REVISION_1;
    Info->Header.Size = NDIS_SIZEOF_STATISTICS_INFO_REVISION_1;
    Info->SupportedStatistics = E1000_ALL_COUNTERS;
    Info->ifInDiscards = rx.Discards + hw.RxMissed;
    Info->ifInErrors = rx.Errors + hw.RxErrors;
    Info->ifHCInOctets = E1000OctetsOf(&rx);
    Info->ifHCInUcastPkts = rx.Frames[E1000FrameDirected];
    Info->ifHCInMulticastPkts = rx.Frames[E1000FrameMulticast];
    Info->ifHCInBroadcastPkts = rx.Frames[E1000FrameBroadcast];
    Info->ifHCInUcastOctets = rx.Octets[E1000FrameDirected];
    Info->ifHCInMulticastOctets = rx.Octets[E1000FrameMulticast];
    Info->ifHCInBroadcastOctets = rx.Octets[E1000FrameBroadcast];
    Info->ifOutDiscards = tx.Discards;
    Info->ifOutErrors = tx.Errors + hw.TxErrors;
    Info->ifHCOutOctets = E1000OctetsOf(&tx);
    Info->ifHCOutUcastPkts = tx.Frames[E1000FrameDirected];
    Info->ifHCOutMulticastPkts = tx.Frames[E1000FrameMulticast];
    Info->ifHCOutBroadcastPkts = tx.Frames[E1000FrameBroadcast];
    Info->ifHCOutUcastOctets = tx.Octets[E1000FrameDirected];
    Info->ifHCOutMulticastOctets = tx.Octets[E1000FrameMulticast];
    Info->ifHCOutBroadcastOctets = tx.Octets[E1000FrameBroadcast];
}
