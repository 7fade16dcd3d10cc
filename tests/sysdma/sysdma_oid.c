/* SPDX-License-Identifier: MIT */
/* OID requests: what Windows asks of every Ethernet miniport. */
#include "sysdma.h"

NDIS_OID SysDmaOids[] = {
    OID_GEN_TRANSMIT_BUFFER_SPACE,
    OID_GEN_RECEIVE_BUFFER_SPACE,
    OID_GEN_TRANSMIT_BLOCK_SIZE,
    OID_GEN_RECEIVE_BLOCK_SIZE,
    OID_GEN_VENDOR_ID,
    OID_GEN_VENDOR_DESCRIPTION,
    OID_GEN_VENDOR_DRIVER_VERSION,
    OID_GEN_CURRENT_PACKET_FILTER,
    OID_GEN_CURRENT_LOOKAHEAD,
    OID_GEN_MAXIMUM_TOTAL_SIZE,
    OID_GEN_INTERRUPT_MODERATION,
    OID_GEN_STATISTICS,
    OID_GEN_XMIT_OK,
    OID_GEN_RCV_OK,
    OID_802_3_MULTICAST_LIST,
    OID_PNP_SET_POWER,
};
const ULONG SysDmaOidsLength = sizeof(SysDmaOids);

static const CHAR vendor[] = "Drydock system DMA miniport";

static NDIS_STATUS Answer(PNDIS_OID_REQUEST Request, const VOID *Data, ULONG Length)
{
    if (Request->DATA.QUERY_INFORMATION.InformationBufferLength < Length) {
        Request->DATA.QUERY_INFORMATION.BytesNeeded = Length;
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    }
    NdisMoveMemory(Request->DATA.QUERY_INFORMATION.InformationBuffer, Data, Length);
    Request->DATA.QUERY_INFORMATION.BytesWritten = Length;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS AnswerModeration(PNDIS_OID_REQUEST Request)
{
    NDIS_INTERRUPT_MODERATION_PARAMETERS m;

    NdisZeroMemory(&m, sizeof(m));
    m.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    m.Header.Revision = NDIS_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
    m.Header.Size = NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
    m.InterruptModeration = NdisInterruptModerationNotSupported;
    return Answer(Request, &m, NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1);
}

static NDIS_STATUS AnswerStatistics(PSYSDMA Adapter, PNDIS_OID_REQUEST Request)
{
    NDIS_STATISTICS_INFO s;

    NdisZeroMemory(&s, sizeof(s));
    s.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    s.Header.Revision = NDIS_STATISTICS_INFO_REVISION_1;
    s.Header.Size = NDIS_SIZEOF_STATISTICS_INFO_REVISION_1;
    s.SupportedStatistics = NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_XMIT |
                            NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_RCV;
    s.ifHCOutUcastPkts = Adapter->Sent;
    s.ifHCInUcastPkts = Adapter->Received;
    return Answer(Request, &s, NDIS_SIZEOF_STATISTICS_INFO_REVISION_1);
}

static NDIS_STATUS Query(PSYSDMA Adapter, PNDIS_OID_REQUEST Request)
{
    ULONG value = 0;

    switch (Request->DATA.QUERY_INFORMATION.Oid) {
    case OID_GEN_TRANSMIT_BUFFER_SPACE:
        value = FRAME_MAX;
        break;
    case OID_GEN_RECEIVE_BUFFER_SPACE:
        value = RX_BUFFERS * RX_BYTES;
        break;
    case OID_GEN_TRANSMIT_BLOCK_SIZE:
    case OID_GEN_RECEIVE_BLOCK_SIZE:
    case OID_GEN_MAXIMUM_TOTAL_SIZE:
        value = 1514;
        break;
    case OID_GEN_VENDOR_ID:
        value = 0x00ffffffu;
        break;
    case OID_GEN_VENDOR_DRIVER_VERSION:
        value = 0x00010000u;
        break;
    case OID_GEN_VENDOR_DESCRIPTION:
        return Answer(Request, vendor, sizeof(vendor));
    case OID_GEN_INTERRUPT_MODERATION:
        return AnswerModeration(Request);
    case OID_GEN_STATISTICS:
        return AnswerStatistics(Adapter, Request);
    case OID_GEN_XMIT_OK:
        value = (ULONG)Adapter->Sent;
        break;
    case OID_GEN_RCV_OK:
        value = (ULONG)Adapter->Received;
        break;
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    return Answer(Request, &value, sizeof(value));
}

/* the card receives everything */
static NDIS_STATUS Set(PNDIS_OID_REQUEST Request)
{
    switch (Request->DATA.SET_INFORMATION.Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
    case OID_GEN_CURRENT_LOOKAHEAD:
    case OID_802_3_MULTICAST_LIST:
    case OID_PNP_SET_POWER:
        break;
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    Request->DATA.SET_INFORMATION.BytesRead = Request->DATA.SET_INFORMATION.InformationBufferLength;
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS SysDmaOidRequest(NDIS_HANDLE MiniportAdapterContext, PNDIS_OID_REQUEST OidRequest)
{
    if (OidRequest->RequestType == NdisRequestSetInformation) {
        return Set(OidRequest);
    }
    if (OidRequest->RequestType != NdisRequestQueryInformation &&
        OidRequest->RequestType != NdisRequestQueryStatistics) {
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    return Query(MiniportAdapterContext, OidRequest);
}

VOID SysDmaCancelOid(NDIS_HANDLE MiniportAdapterContext, PVOID RequestId)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(RequestId);
}
