/* SPDX-License-Identifier: MIT */
/*
 * OID sets. Each handler gets a buffer of at least the length its row demands, reads no more than
 * it was given, and says in Read how much that was.
 */
#include "e1000e.h"

typedef struct _E1000_SET {
    PE1000_ADAPTER Adapter;
    const VOID *Buffer;
    ULONG Length;
    ULONG Read;
    ULONG Needed;
    UCHAR Revision; /* of the structure that was understood, for SupportedRevision */
} E1000_SET, *PE1000_SET;

typedef NDIS_STATUS E1000_SET_HANDLER(PE1000_SET Set);

/* A structure with a header that is what we know, and not longer than the buffer. */
static BOOLEAN E1000HeaderIsGood(PE1000_SET Set, USHORT MinimumSize)
{
    const NDIS_OBJECT_HEADER *header = Set->Buffer;

    return (BOOLEAN)(header->Type == NDIS_OBJECT_TYPE_DEFAULT && header->Revision >= 1 &&
                     header->Size >= MinimumSize && header->Size <= Set->Length);
}

static NDIS_STATUS E1000SetPacketFilter(PE1000_SET Set)
{
    PE1000_ADAPTER adapter = Set->Adapter;
    ULONG filter;

    NdisMoveMemory(&filter, Set->Buffer, sizeof(filter));
    if (filter & ~(ULONG)E1000_PACKET_FILTERS) {
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    Set->Read = sizeof(filter);
    NdisAcquireSpinLock(&adapter->Rx.Lock);
    adapter->Rx.PacketFilter = filter;
    NdisReleaseSpinLock(&adapter->Rx.Lock);
    E1000ApplyPacketFilter(adapter);
    return NDIS_STATUS_SUCCESS;
}

/* Whole frames are indicated whatever the lookahead is, so it is only remembered. */
static NDIS_STATUS E1000SetLookahead(PE1000_SET Set)
{
    ULONG lookahead;

    NdisMoveMemory(&lookahead, Set->Buffer, sizeof(lookahead));
    if (lookahead > Set->Adapter->MaxFrame - E1000_HEADER_LENGTH) {
        return NDIS_STATUS_INVALID_DATA;
    }
    Set->Read = sizeof(lookahead);
    Set->Adapter->Lookahead = lookahead;
    return NDIS_STATUS_SUCCESS;
}

/* Replaces the whole list; an empty one, whose buffer may be NULL, clears it. */
static NDIS_STATUS E1000SetMulticastList(PE1000_SET Set)
{
    PE1000_RX rx = &Set->Adapter->Rx;

    if (Set->Length % E1000_MAC_LENGTH != 0) {
        Set->Needed = Set->Length / E1000_MAC_LENGTH * E1000_MAC_LENGTH;
        return NDIS_STATUS_INVALID_LENGTH;
    }
    if (Set->Length > sizeof(rx->Multicast)) {
        Set->Needed = sizeof(rx->Multicast);
        return NDIS_STATUS_MULTICAST_FULL;
    }
    Set->Read = Set->Length;
    NdisAcquireSpinLock(&rx->Lock);
    if (Set->Length != 0) {
        NdisMoveMemory(rx->Multicast, Set->Buffer, Set->Length);
    }
    rx->MulticastCount = Set->Length / E1000_MAC_LENGTH;
    NdisReleaseSpinLock(&rx->Lock);
    E1000ApplyMulticast(Set->Adapter);
    return NDIS_STATUS_SUCCESS;
}

/* The throttle registers may be changed at any time: a change needs neither reset nor restart. */
static NDIS_STATUS E1000SetInterruptModeration(PE1000_SET Set)
{
    const NDIS_INTERRUPT_MODERATION_PARAMETERS *parameters = Set->Buffer;

    if (!E1000HeaderIsGood(Set, NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1) ||
        (parameters->InterruptModeration != NdisInterruptModerationEnabled &&
         parameters->InterruptModeration != NdisInterruptModerationDisabled)) {
        return NDIS_STATUS_INVALID_DATA;
    }
    Set->Read = NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
    Set->Revision = NDIS_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
    Set->Adapter->Config.InterruptModeration =
        parameters->InterruptModeration == NdisInterruptModerationEnabled;
    E1000InterruptProgram(Set->Adapter);
    return NDIS_STATUS_SUCCESS;
}

/* Which *SpeedDuplex value a request means; FALSE when the card cannot do it. */
static BOOLEAN E1000ChooseSpeed(const NDIS_LINK_PARAMETERS *Parameters, PULONG SpeedDuplex)
{
    const ULONG autoSpeed = NDIS_LINK_STATE_XMIT_LINK_SPEED_AUTO_NEGOTIATED |
                            NDIS_LINK_STATE_RCV_LINK_SPEED_AUTO_NEGOTIATED;
    BOOLEAN half = (BOOLEAN)(Parameters->MediaDuplexState == MediaDuplexStateHalf);

    if (Parameters->AutoNegotiationFlags & autoSpeed) {
        *SpeedDuplex = E1000SpeedAuto;
        return TRUE;
    }
    if (Parameters->XmitLinkSpeed != Parameters->RcvLinkSpeed) {
        return FALSE;
    }
    if (Parameters->XmitLinkSpeed == 10000000u) {
        *SpeedDuplex = half ? E1000Speed10Half : E1000Speed10Full;
    } else if (Parameters->XmitLinkSpeed == 100000000u) {
        *SpeedDuplex = half ? E1000Speed100Half : E1000Speed100Full;
    } else if (Parameters->XmitLinkSpeed == 1000000000u && !half) {
        *SpeedDuplex = E1000Speed1000Full;
    } else {
        return FALSE;
    }
    return TRUE;
}

/* The link goes down and comes back; LSC tells. PASSIVE_LEVEL: MDIO is slow. */
static NDIS_STATUS E1000SetLinkParameters(PE1000_SET Set)
{
    ULONG speedDuplex = E1000SpeedAuto;

    if (!E1000HeaderIsGood(Set, NDIS_SIZEOF_LINK_PARAMETERS_REVISION_1) ||
        !E1000ChooseSpeed(Set->Buffer, &speedDuplex)) {
        return NDIS_STATUS_INVALID_DATA;
    }
    Set->Read = NDIS_SIZEOF_LINK_PARAMETERS_REVISION_1;
    Set->Revision = NDIS_LINK_PARAMETERS_REVISION_1;
    Set->Adapter->Config.SpeedDuplex = speedDuplex;
    return E1000PhySetLink(&Set->Adapter->Hw, speedDuplex);
}

/* The name of this computer, for protocols of the card's own; we have none. */
static NDIS_STATUS E1000SetMachineName(PE1000_SET Set)
{
    Set->Read = Set->Length;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS E1000SetVlanId(PE1000_SET Set)
{
    ULONG vlan;

    NdisMoveMemory(&vlan, Set->Buffer, sizeof(vlan));
    if (vlan > 4094) {
        return NDIS_STATUS_INVALID_DATA;
    }
    Set->Read = sizeof(vlan);
    Set->Adapter->Config.VlanId = vlan;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS E1000SetPowerState(PE1000_SET Set)
{
    NDIS_DEVICE_POWER_STATE state;

    NdisMoveMemory(&state, Set->Buffer, sizeof(state));
    Set->Read = sizeof(state);
    return E1000SetPower(Set->Adapter, state);
}

/* What may wake the system. We promised nothing, so anything but "nothing" is an error. */
static NDIS_STATUS E1000SetPmParameters(PE1000_SET Set)
{
    const NDIS_PM_PARAMETERS *parameters = Set->Buffer;

    if (!E1000HeaderIsGood(Set, NDIS_SIZEOF_NDIS_PM_PARAMETERS_REVISION_1)) {
        return NDIS_STATUS_INVALID_DATA;
    }
    Set->Read = parameters->Header.Size;
    Set->Revision = NDIS_PM_PARAMETERS_REVISION_1;
    if (parameters->EnabledWoLPacketPatterns != 0 || parameters->EnabledProtocolOffloads != 0 ||
        parameters->WakeUpFlags != 0) {
        return NDIS_STATUS_INVALID_PARAMETER;
    }
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS E1000SetOffload(PE1000_SET Set)
{
    NDIS_STATUS status = E1000SetOffloadParameters(Set->Adapter, Set->Buffer, Set->Length);

    if (status == NDIS_STATUS_SUCCESS) {
        Set->Read = ((const NDIS_OBJECT_HEADER *)Set->Buffer)->Size;
        Set->Revision = NDIS_OFFLOAD_PARAMETERS_REVISION_1;
    }
    return status;
}

static NDIS_STATUS E1000SetEncapsulation(PE1000_SET Set)
{
    NDIS_STATUS status = E1000SetOffloadEncapsulation(Set->Adapter, Set->Buffer, Set->Length);

    if (status == NDIS_STATUS_SUCCESS) {
        Set->Read = ((const NDIS_OBJECT_HEADER *)Set->Buffer)->Size;
        Set->Revision = NDIS_OFFLOAD_ENCAPSULATION_REVISION_1;
    }
    return status;
}

static NDIS_STATUS E1000SetReceiveScale(PE1000_SET Set)
{
    NDIS_STATUS status = E1000SetRssParameters(Set->Adapter, Set->Buffer, Set->Length);

    if (status == NDIS_STATUS_SUCCESS) {
        Set->Read = Set->Length;
        Set->Revision = NDIS_RECEIVE_SCALE_PARAMETERS_REVISION_2;
    }
    return status;
}

static const struct {
    NDIS_OID Oid;
    ULONG MinimumLength;
    E1000_SET_HANDLER *Handler;
} E1000SetHandlers[] = {
    {OID_GEN_CURRENT_PACKET_FILTER, sizeof(ULONG), E1000SetPacketFilter},
    {OID_GEN_CURRENT_LOOKAHEAD, sizeof(ULONG), E1000SetLookahead},
    {OID_GEN_INTERRUPT_MODERATION, NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1,
     E1000SetInterruptModeration},
    {OID_GEN_LINK_PARAMETERS, NDIS_SIZEOF_LINK_PARAMETERS_REVISION_1, E1000SetLinkParameters},
    {OID_GEN_MACHINE_NAME, 0, E1000SetMachineName},
    {OID_GEN_VLAN_ID, sizeof(ULONG), E1000SetVlanId},
    {OID_802_3_MULTICAST_LIST, 0, E1000SetMulticastList},
    {OID_PNP_SET_POWER, sizeof(NDIS_DEVICE_POWER_STATE), E1000SetPowerState},
    {OID_PM_PARAMETERS, NDIS_SIZEOF_NDIS_PM_PARAMETERS_REVISION_1, E1000SetPmParameters},
    {OID_TCP_OFFLOAD_PARAMETERS, NDIS_SIZEOF_OFFLOAD_PARAMETERS_REVISION_1, E1000SetOffload},
    {OID_GEN_RECEIVE_SCALE_PARAMETERS, NDIS_SIZEOF_RECEIVE_SCALE_PARAMETERS_REVISION_2,
     E1000SetReceiveScale},
    {OID_OFFLOAD_ENCAPSULATION, NDIS_SIZEOF_OFFLOAD_ENCAPSULATION_REVISION_1,
     E1000SetEncapsulation},
};

/*
 * Handles a set. PASSIVE_LEVEL.
 * Return: what the handler says; INVALID_LENGTH for a buffer that is too short; NOT_SUPPORTED, also
 * for OID_GEN_NETWORK_LAYER_ADDRESSES, whose sender then stops asking.
 */
NDIS_STATUS E1000SetInformation(PE1000_ADAPTER Adapter, PNDIS_OID_REQUEST Request)
{
    NDIS_OID oid = Request->DATA.SET_INFORMATION.Oid;
    NDIS_STATUS status = NDIS_STATUS_NOT_SUPPORTED;
    E1000_SET set;
    ULONG i;

    NdisZeroMemory(&set, sizeof(set));
    set.Adapter = Adapter;
    set.Buffer = Request->DATA.SET_INFORMATION.InformationBuffer;
    set.Length = Request->DATA.SET_INFORMATION.InformationBufferLength;
    for (i = 0; i < RTL_NUMBER_OF(E1000SetHandlers); i++) {
        if (E1000SetHandlers[i].Oid != oid) {
            continue;
        }
        if (set.Length < E1000SetHandlers[i].MinimumLength) {
            set.Needed = E1000SetHandlers[i].MinimumLength;
            status = NDIS_STATUS_INVALID_LENGTH;
        } else {
            status = E1000SetHandlers[i].Handler(&set);
        }
        break;
    }
    if (status == NDIS_STATUS_SUCCESS && set.Revision != 0) {
        Request->SupportedRevision = set.Revision;
    }
    Request->DATA.SET_INFORMATION.BytesRead = set.Read;
    Request->DATA.SET_INFORMATION.BytesNeeded = set.Needed;
    return status;
}
