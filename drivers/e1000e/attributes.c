/* SPDX-License-Identifier: MIT */
/* What the driver tells NDIS about the adapter while it initializes. */
#include "e1000e.h"

#define E1000_GIGABIT      1000000000ull
#define E1000_CHECK_HANG_S 2u

#define E1000_STATISTICS                                                                           \
    (NDIS_STATISTICS_XMIT_OK_SUPPORTED | NDIS_STATISTICS_RCV_OK_SUPPORTED |                        \
     NDIS_STATISTICS_XMIT_ERROR_SUPPORTED | NDIS_STATISTICS_RCV_ERROR_SUPPORTED |                  \
     NDIS_STATISTICS_RCV_NO_BUFFER_SUPPORTED | NDIS_STATISTICS_RCV_CRC_ERROR_SUPPORTED |           \
     NDIS_STATISTICS_TRANSMIT_QUEUE_LENGTH_SUPPORTED |                                             \
     NDIS_STATISTICS_DIRECTED_BYTES_XMIT_SUPPORTED |                                               \
     NDIS_STATISTICS_DIRECTED_FRAMES_XMIT_SUPPORTED |                                              \
     NDIS_STATISTICS_MULTICAST_BYTES_XMIT_SUPPORTED |                                              \
     NDIS_STATISTICS_MULTICAST_FRAMES_XMIT_SUPPORTED |                                             \
     NDIS_STATISTICS_BROADCAST_BYTES_XMIT_SUPPORTED |                                              \
     NDIS_STATISTICS_BROADCAST_FRAMES_XMIT_SUPPORTED |                                             \
     NDIS_STATISTICS_DIRECTED_BYTES_RCV_SUPPORTED |                                                \
     NDIS_STATISTICS_DIRECTED_FRAMES_RCV_SUPPORTED |                                               \
     NDIS_STATISTICS_MULTICAST_BYTES_RCV_SUPPORTED |                                               \
     NDIS_STATISTICS_MULTICAST_FRAMES_RCV_SUPPORTED |                                              \
     NDIS_STATISTICS_BROADCAST_BYTES_RCV_SUPPORTED |                                               \
     NDIS_STATISTICS_BROADCAST_FRAMES_RCV_SUPPORTED | NDIS_STATISTICS_BYTES_RCV_SUPPORTED |        \
     NDIS_STATISTICS_BYTES_XMIT_SUPPORTED | NDIS_STATISTICS_RCV_DISCARDS_SUPPORTED |               \
     NDIS_STATISTICS_XMIT_DISCARDS_SUPPORTED | NDIS_STATISTICS_GEN_STATISTICS_SUPPORTED)

/*
 * Registration attributes. BUS_MASTER is what lets NdisMRegisterScatterGatherDma succeed;
 * NO_HALT_ON_SUSPEND makes NDIS use OID_PNP_SET_POWER instead of halt and initialize.
 */
NDIS_STATUS E1000SetRegistrationAttributes(PE1000_ADAPTER Adapter)
{
    NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES attributes;
    NDIS_STATUS status;

    NdisZeroMemory(&attributes, sizeof(attributes));
    attributes.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
    attributes.Header.Revision = NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_2;
    attributes.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_2;
    attributes.MiniportAdapterContext = Adapter;
    attributes.AttributeFlags =
        NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE | NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER |
        NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK | NDIS_MINIPORT_ATTRIBUTES_NO_HALT_ON_SUSPEND |
        NDIS_MINIPORT_ATTRIBUTES_REGISTER_BUGCHECK_CALLBACK;
    attributes.CheckForHangTimeInSeconds = E1000_CHECK_HANG_S;
    attributes.InterfaceType = NdisInterfacePci;
    status =
        NdisMSetMiniportAttributes(Adapter->Handle, (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&attributes);
    if (status != NDIS_STATUS_SUCCESS) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_DRIVER_FAILURE, 1, (ULONG)status);
    }
    return status;
}

/* *PriorityVLANTag: 0 nothing, 1 priority, 2 VLAN (which needs the priority bit too), 3 both. */
static ULONG E1000MacOptions(ULONG PriorityVlanTag)
{
    ULONG options = NDIS_MAC_OPTION_COPY_LOOKAHEAD_DATA | NDIS_MAC_OPTION_TRANSFERS_NOT_PEND |
                    NDIS_MAC_OPTION_NO_LOOPBACK;

    if (PriorityVlanTag != 0) {
        options |= NDIS_MAC_OPTION_8021P_PRIORITY;
    }
    if (PriorityVlanTag >= 2) {
        options |= NDIS_MAC_OPTION_8021Q_VLAN;
    }
    return options;
}

/* Type, speed and state of the link: unknown until MiniportRestart tells (link.c). */
static VOID E1000FillLinkAttributes(PNDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES General)
{
    General->MediaType = NdisMedium802_3;
    General->PhysicalMediumType = NdisPhysicalMedium802_3;
    General->MaxXmitLinkSpeed = E1000_GIGABIT;
    General->MaxRcvLinkSpeed = E1000_GIGABIT;
    General->XmitLinkSpeed = NDIS_LINK_SPEED_UNKNOWN;
    General->RcvLinkSpeed = NDIS_LINK_SPEED_UNKNOWN;
    General->MediaConnectState = MediaConnectStateUnknown;
    General->MediaDuplexState = MediaDuplexStateUnknown;
    General->AccessType = NET_IF_ACCESS_BROADCAST;
    General->DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
    General->ConnectionType = NET_IF_CONNECTION_DEDICATED;
    General->IfType = IF_TYPE_ETHERNET_CSMACD;
    General->IfConnectorPresent = TRUE;
    General->SupportedPauseFunctions = NdisPauseFunctionsReceiveOnly;
    General->AutoNegotiationFlags = NDIS_LINK_STATE_XMIT_LINK_SPEED_AUTO_NEGOTIATED |
                                    NDIS_LINK_STATE_RCV_LINK_SPEED_AUTO_NEGOTIATED |
                                    NDIS_LINK_STATE_DUPLEX_AUTO_NEGOTIATED |
                                    NDIS_LINK_STATE_PAUSE_FUNCTIONS_AUTO_NEGOTIATED;
}

/*
 * General attributes; must be set before MiniportInitializeEx succeeds. NDIS copies all of it, and
 * answers from it the many OIDs that therefore do not appear in oid.c.
 */
NDIS_STATUS E1000SetGeneralAttributes(PE1000_ADAPTER Adapter)
{
    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES general;
    NDIS_RECEIVE_SCALE_CAPABILITIES scaling;
    NDIS_PM_CAPABILITIES power;
    NDIS_STATUS status;

    /* All zero behind the header: power manageable, but the card wakes nobody. */
    NdisZeroMemory(&power, sizeof(power));
    power.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    power.Header.Revision = NDIS_PM_CAPABILITIES_REVISION_2;
    power.Header.Size = NDIS_SIZEOF_NDIS_PM_CAPABILITIES_REVISION_2;

    NdisZeroMemory(&general, sizeof(general));
    general.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES;
    general.Header.Revision = NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
    general.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
    E1000FillLinkAttributes(&general);
    general.MtuSize = Adapter->MaxFrame - E1000_HEADER_LENGTH;
    general.LookaheadSize = Adapter->MaxFrame - E1000_HEADER_LENGTH;
    general.PowerManagementCapabilitiesEx = &power;
    if (E1000RssIsThere(Adapter)) {
        E1000RssFillCapabilities(Adapter, &scaling);
        general.RecvScaleCapabilities = &scaling;
    }
    general.MacOptions = E1000MacOptions(Adapter->Config.PriorityVlanTag);
    general.SupportedPacketFilters = E1000_PACKET_FILTERS;
    general.MaxMulticastListSize = E1000_MAX_MULTICAST;
    general.MacAddressLength = E1000_MAC_LENGTH;
    NdisMoveMemory(general.PermanentMacAddress, Adapter->PermanentAddress, E1000_MAC_LENGTH);
    NdisMoveMemory(general.CurrentMacAddress, Adapter->CurrentAddress, E1000_MAC_LENGTH);
    general.SupportedStatistics = E1000_STATISTICS;
    general.SupportedOidList = E1000SupportedOids;
    general.SupportedOidListLength = E1000SupportedOidsLength;
    status =
        NdisMSetMiniportAttributes(Adapter->Handle, (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&general);
    if (status != NDIS_STATUS_SUCCESS) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_DRIVER_FAILURE, 1, (ULONG)status);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = E1000SetOffloadAttributes(Adapter);
    }
    return status;
}
