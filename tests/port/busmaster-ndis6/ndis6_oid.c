/* SPDX-License-Identifier: MIT */
/* Requests and general attributes. Was request.c:5 BmQueryInformation and request.c:41 BmSetInformation. */
#include "ndis6.h"

static NDIS_OID BmOids[] = {
    OID_GEN_CURRENT_PACKET_FILTER, OID_GEN_CURRENT_LOOKAHEAD, OID_GEN_STATISTICS,
    OID_GEN_INTERRUPT_MODERATION,  OID_802_3_MULTICAST_LIST,
    OID_GEN_VENDOR_ID,             OID_GEN_VENDOR_DESCRIPTION, OID_GEN_VENDOR_DRIVER_VERSION,
    OID_GEN_TRANSMIT_BUFFER_SPACE, OID_GEN_RECEIVE_BUFFER_SPACE,
    OID_GEN_TRANSMIT_BLOCK_SIZE,   OID_GEN_RECEIVE_BLOCK_SIZE,
    OID_GEN_MAXIMUM_TOTAL_SIZE,    OID_GEN_XMIT_OK, OID_GEN_RCV_OK,
};

/* Before initialize succeeds: the medium, sizes, the address, the list of requests. */
NDIS_STATUS BmSetGeneralAttributes(BM_ADAPTER *Adapter)
{
    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES General;

    NdisZeroMemory(&General, sizeof(General));
    General.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES;
    General.Header.Revision = NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1;
    General.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1;
    General.MediaType = NdisMedium802_3;
    General.PhysicalMediumType = NdisPhysicalMedium802_3;
    General.MtuSize = 1500;
    General.LookaheadSize = 1500;
    General.MacOptions = NDIS_MAC_OPTION_NO_LOOPBACK | NDIS_MAC_OPTION_TRANSFERS_NOT_PEND |
                         NDIS_MAC_OPTION_8021P_PRIORITY | NDIS_MAC_OPTION_8021Q_VLAN;
    General.SupportedPacketFilters = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST |
                                     NDIS_PACKET_TYPE_BROADCAST | NDIS_PACKET_TYPE_PROMISCUOUS |
                                     NDIS_PACKET_TYPE_ALL_MULTICAST;
    General.MaxMulticastListSize = 32;
    General.MacAddressLength = 6;
    General.AccessType = NET_IF_ACCESS_BROADCAST;
    General.DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
    General.ConnectionType = NET_IF_CONNECTION_DEDICATED;
    General.IfType = IF_TYPE_ETHERNET_CSMACD;
    General.IfConnectorPresent = TRUE;
    General.SupportedOidList = BmOids;
    General.SupportedOidListLength = sizeof(BmOids);
    BmHwDescribe(Adapter, &General);
    return NdisMSetMiniportAttributes(Adapter->AdapterHandle,
                                      (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&General);
}

static NDIS_STATUS BmAnswer(PNDIS_OID_REQUEST Request, const VOID *From, ULONG LengthBytes)
{
    if (Request->DATA.QUERY_INFORMATION.InformationBufferLength < LengthBytes) {
        Request->DATA.QUERY_INFORMATION.BytesNeeded = LengthBytes;
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    }
    NdisMoveMemory(Request->DATA.QUERY_INFORMATION.InformationBuffer, From, LengthBytes);
    Request->DATA.QUERY_INFORMATION.BytesWritten = LengthBytes;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS BmQueryNumber(BM_ADAPTER *Adapter, PNDIS_OID_REQUEST Request)
{
    ULONG Number = 0;

    switch (Request->DATA.QUERY_INFORMATION.Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
        Number = Adapter->Ndis6.PacketFilter;
        break;
    case OID_GEN_CURRENT_LOOKAHEAD:
        Number = Adapter->Ndis6.Lookahead;
        break;
    case OID_GEN_VENDOR_ID:
        Number = 0xFFFFFF; /* no vendor */
        break;
    case OID_GEN_VENDOR_DRIVER_VERSION:
        Number = 0x00010000;
        break;
    case OID_GEN_MAXIMUM_TOTAL_SIZE:
    case OID_GEN_TRANSMIT_BLOCK_SIZE:
    case OID_GEN_RECEIVE_BLOCK_SIZE:
        Number = 1514;
        break;
    case OID_GEN_TRANSMIT_BUFFER_SPACE:
    case OID_GEN_RECEIVE_BUFFER_SPACE:
        Number = 1514 * 64;
        break;
    case OID_GEN_XMIT_OK:
        Number = Adapter->TxDone;
        break;
    case OID_GEN_RCV_OK:
        Number = Adapter->RxDone;
        break;
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    return BmAnswer(Request, &Number, sizeof(Number));
}

static NDIS_STATUS BmQuery(BM_ADAPTER *Adapter, PNDIS_OID_REQUEST Request)
{
    static const CHAR Vendor[] = "82574L, ported from NDIS 5.1";
    NDIS_STATISTICS_INFO Statistics;
    NDIS_INTERRUPT_MODERATION_PARAMETERS Moderation;

    switch (Request->DATA.QUERY_INFORMATION.Oid) {
    case OID_GEN_VENDOR_DESCRIPTION:
        return BmAnswer(Request, Vendor, sizeof(Vendor));
    case OID_GEN_STATISTICS:
        NdisZeroMemory(&Statistics, sizeof(Statistics));
        Statistics.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
        Statistics.Header.Revision = NDIS_STATISTICS_INFO_REVISION_1;
        Statistics.Header.Size = NDIS_SIZEOF_STATISTICS_INFO_REVISION_1;
        return BmAnswer(Request, &Statistics, NDIS_SIZEOF_STATISTICS_INFO_REVISION_1);
    case OID_GEN_INTERRUPT_MODERATION:
        NdisZeroMemory(&Moderation, sizeof(Moderation));
        Moderation.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
        Moderation.Header.Revision = NDIS_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
        Moderation.Header.Size = NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
        Moderation.InterruptModeration = NdisInterruptModerationNotSupported;
        return BmAnswer(Request, &Moderation, sizeof(Moderation));
    default:
        return BmQueryNumber(Adapter, Request);
    }
}

static NDIS_STATUS BmSet(BM_ADAPTER *Adapter, PNDIS_OID_REQUEST Request)
{
    ULONG Length = Request->DATA.SET_INFORMATION.InformationBufferLength;
    PVOID Buffer = Request->DATA.SET_INFORMATION.InformationBuffer;

    switch (Request->DATA.SET_INFORMATION.Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
    case OID_GEN_CURRENT_LOOKAHEAD:
        if (Length < sizeof(ULONG)) {
            Request->DATA.SET_INFORMATION.BytesNeeded = sizeof(ULONG);
            return NDIS_STATUS_INVALID_LENGTH;
        }
        Request->DATA.SET_INFORMATION.BytesRead = sizeof(ULONG);
        if (Request->DATA.SET_INFORMATION.Oid == OID_GEN_CURRENT_LOOKAHEAD) {
            NdisMoveMemory(&Adapter->Ndis6.Lookahead, Buffer, sizeof(ULONG));
            return NDIS_STATUS_SUCCESS;
        }
        NdisMoveMemory(&Adapter->Ndis6.PacketFilter, Buffer, sizeof(ULONG));
        BmHwFilter(Adapter);
        return NDIS_STATUS_SUCCESS;
    case OID_802_3_MULTICAST_LIST:
        if (Length % 6 != 0) {
            return NDIS_STATUS_INVALID_LENGTH;
        }
        /* the filter takes every multicast frame */
        Request->DATA.SET_INFORMATION.BytesRead = Length;
        return NDIS_STATUS_SUCCESS;
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

/* PASSIVE_LEVEL, one at a time. */
NDIS_STATUS BmOidRequest(NDIS_HANDLE MiniportAdapterContext, PNDIS_OID_REQUEST OidRequest)
{
    switch (OidRequest->RequestType) {
    case NdisRequestQueryInformation:
    case NdisRequestQueryStatistics:
        return BmQuery(MiniportAdapterContext, OidRequest);
    case NdisRequestSetInformation:
        return BmSet(MiniportAdapterContext, OidRequest);
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

VOID BmCancelOidRequest(NDIS_HANDLE MiniportAdapterContext, PVOID RequestId)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(RequestId);
    /* nothing pends */
}
