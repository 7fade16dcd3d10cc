/* SPDX-License-Identifier: MIT */
/* The state of the link, and telling NDIS. */
#include "e1000e.h"

#define E1000_AUTO_NEGOTIATED                                                                      \
    (NDIS_LINK_STATE_XMIT_LINK_SPEED_AUTO_NEGOTIATED |                                             \
     NDIS_LINK_STATE_RCV_LINK_SPEED_AUTO_NEGOTIATED | NDIS_LINK_STATE_DUPLEX_AUTO_NEGOTIATED |     \
     NDIS_LINK_STATE_PAUSE_FUNCTIONS_AUTO_NEGOTIATED)

static VOID E1000FillLinkState(PE1000_ADAPTER Adapter, const E1000_LINK *Link,
                               PNDIS_LINK_STATE State)
{
    NdisZeroMemory(State, sizeof(*State));
    State->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    State->Header.Revision = NDIS_LINK_STATE_REVISION_1;
    State->Header.Size = NDIS_SIZEOF_LINK_STATE_REVISION_1;
    State->MediaConnectState = MediaConnectStateDisconnected;
    State->MediaDuplexState = MediaDuplexStateUnknown;
    State->XmitLinkSpeed = NDIS_LINK_SPEED_UNKNOWN;
    State->PauseFunctions = NdisPauseFunctionsUnsupported;
    if (Link->Up) {
        State->MediaConnectState = MediaConnectStateConnected;
        State->MediaDuplexState = Link->FullDuplex ? MediaDuplexStateFull : MediaDuplexStateHalf;
        State->XmitLinkSpeed = (ULONG64)Link->SpeedMbps * 1000000u;
        State->PauseFunctions =
            Link->FullDuplex ? NdisPauseFunctionsReceiveOnly : NdisPauseFunctionsUnsupported;
    }
    State->RcvLinkSpeed = State->XmitLinkSpeed;
    if (Adapter->Config.SpeedDuplex == E1000SpeedAuto ||
        Adapter->Config.SpeedDuplex == E1000Speed1000Full) {
        State->AutoNegotiationFlags = E1000_AUTO_NEGOTIATED;
    }
}

/* Tells NDIS. <= DISPATCH_LEVEL, no lock. NDIS copies: all of it may be on our stack. */
static VOID E1000IndicateLink(PE1000_ADAPTER Adapter, const E1000_LINK *Link)
{
    NDIS_STATUS_INDICATION indication;
    NDIS_LINK_STATE state;

    E1000FillLinkState(Adapter, Link, &state);
    NdisZeroMemory(&indication, sizeof(indication));
    indication.Header.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION;
    indication.Header.Revision = NDIS_STATUS_INDICATION_REVISION_1;
    indication.Header.Size = NDIS_SIZEOF_STATUS_INDICATION_REVISION_1;
    indication.SourceHandle = Adapter->Handle;
    indication.StatusCode = NDIS_STATUS_LINK_STATE;
    indication.StatusBuffer = &state;
    indication.StatusBufferSize = sizeof(state);
    NdisMIndicateStatusEx(Adapter->Handle, &indication);
}

/* The collision distance depends on the duplex (DS 10, TCTL.COLD). HwLock held. */
static VOID E1000SetCollisionDistance(PE1000_HW Hw, BOOLEAN FullDuplex)
{
    ULONG tctl = E1000Read(Hw, E1000_TCTL) & ~E1000_TCTL_COLD_MASK;

    E1000Write(Hw, E1000_TCTL, tctl | (FullDuplex ? E1000_TCTL_COLD_FULL : E1000_TCTL_COLD_HALF));
}

/*
 * Looks at the link and tells NDIS if it is not what NDIS knows. <= DISPATCH_LEVEL, no lock.
 * Called for LSC, at restart, after resets and by the timer: not every card raises LSC for every
 * loss of link.
 */
VOID E1000LinkCheck(PE1000_ADAPTER Adapter)
{
    BOOLEAN news = FALSE;
    E1000_LINK link;

    NdisAcquireSpinLock(&Adapter->HwLock);
    if (E1000IsReady(Adapter) && !E1000HwIsGone(&Adapter->Hw)) {
        E1000HwReadLink(&Adapter->Hw, &link);
        news = (BOOLEAN)(!Adapter->LinkTold || link.Up != Adapter->Link.Up ||
                         link.FullDuplex != Adapter->Link.FullDuplex ||
                         link.SpeedMbps != Adapter->Link.SpeedMbps);
        if (news && link.Up) {
            E1000SetCollisionDistance(&Adapter->Hw, link.FullDuplex);
        }
        Adapter->Link = link;
        Adapter->LinkTold = TRUE;
    }
    NdisReleaseSpinLock(&Adapter->HwLock);
    if (news) {
        E1000IndicateLink(Adapter, &link);
    }
}

/* What NDIS was told does not count any more: the next look tells again. */
VOID E1000LinkForget(PE1000_ADAPTER Adapter)
{
    NdisAcquireSpinLock(&Adapter->HwLock);
    Adapter->LinkTold = FALSE;
    NdisReleaseSpinLock(&Adapter->HwLock);
}
