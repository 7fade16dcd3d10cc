/* SPDX-License-Identifier: MIT */
/* OID requests: what Windows asks of every Ethernet miniport. */
#include "seeded.h"

NDIS_OID SeededOids[] = {
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
    OID_GEN_RECEIVE_SCALE_PARAMETERS,
    OID_PNP_SET_POWER,
    OID_TCP_OFFLOAD_PARAMETERS,
    OID_OFFLOAD_ENCAPSULATION,
};
const ULONG SeededOidsLength = sizeof(SeededOids);

static const CHAR vendor[] = "Drydock seeded miniport";

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

static NDIS_STATUS AnswerStatistics(PSEEDED Adapter, PNDIS_OID_REQUEST Request)
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

static NDIS_STATUS Query(PSEEDED Adapter, PNDIS_OID_REQUEST Request)
{
    ULONG value = 0;

    switch (Request->DATA.QUERY_INFORMATION.Oid) {
    case OID_GEN_TRANSMIT_BUFFER_SPACE:
        value = TX_SLOTS * SEEDED_MAX_FRAME;
        break;
    case OID_GEN_RECEIVE_BUFFER_SPACE:
        value = RX_RING * RX_BUFFER;
        break;
    case OID_GEN_TRANSMIT_BLOCK_SIZE:
    case OID_GEN_RECEIVE_BLOCK_SIZE:
    case OID_GEN_MAXIMUM_TOTAL_SIZE:
        value = 1514;
        break;
    case OID_GEN_VENDOR_ID:
        if (SeededBug(Adapter, "oid-wrong-answer")) {
            return NDIS_STATUS_NOT_SUPPORTED;
        }
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

static NDIS_STATUS Set(PSEEDED Adapter, PNDIS_OID_REQUEST Request)
{
    NDIS_STATUS status;

    switch (Request->DATA.SET_INFORMATION.Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
        NdisMoveMemory(&Adapter->Filter, Request->DATA.SET_INFORMATION.InformationBuffer,
                       sizeof(Adapter->Filter));
        break;
    case OID_GEN_CURRENT_LOOKAHEAD:
    case OID_802_3_MULTICAST_LIST:
        break; /* the card receives everything */
    case OID_GEN_RECEIVE_SCALE_PARAMETERS:
        break; /* one queue (seeded_rss.c) */
    case OID_TCP_OFFLOAD_PARAMETERS:
    case OID_OFFLOAD_ENCAPSULATION:
        status = SeededOffloadSet(Adapter, Request);
        if (status != NDIS_STATUS_SUCCESS) {
            return status;
        }
        break;
    case OID_PNP_SET_POWER:
        if (SeededBug(Adapter, "oid-must-succeed")) {
            return NDIS_STATUS_FAILURE;
        }
        break;
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    Request->DATA.SET_INFORMATION.BytesRead = Request->DATA.SET_INFORMATION.InformationBufferLength;
    return NDIS_STATUS_SUCCESS;
}

/* mistakes about completing; FALSE: the request is to be answered as usual */
static BOOLEAN Misbehave(PSEEDED Adapter, PNDIS_OID_REQUEST Request, NDIS_STATUS *Status)
{
    BOOLEAN twice = SeededBug(Adapter, "oid-double-complete"),
            pending = SeededBug(Adapter, "oid-complete-pending");

    if (Request->RequestType != NdisRequestQueryInformation ||
        Request->DATA.QUERY_INFORMATION.Oid != OID_GEN_XMIT_OK) {
        return FALSE;
    }
    if (SeededBug(Adapter, "oid-timeout")) {
        Adapter->PendedOid = Request;
        *Status = NDIS_STATUS_PENDING;
        return TRUE;
    }
    if (!twice && !pending) {
        return FALSE;
    }
    *Status = Query(Adapter, Request);
    NdisMOidRequestComplete(Adapter->Handle, Request, pending ? NDIS_STATUS_PENDING : *Status);
    if (twice) {
        NdisMOidRequestComplete(Adapter->Handle, Request, *Status);
    }
    *Status = NDIS_STATUS_PENDING;
    return TRUE;
}

NDIS_STATUS SeededOidRequest(NDIS_HANDLE MiniportAdapterContext, PNDIS_OID_REQUEST OidRequest)
{
    PSEEDED adapter = MiniportAdapterContext;
    NDIS_STATUS status = NDIS_STATUS_NOT_SUPPORTED;

    if (Misbehave(adapter, OidRequest, &status)) {
        return status;
    }
    if (OidRequest->RequestType == NdisRequestSetInformation) {
        return Set(adapter, OidRequest);
    }
    if (OidRequest->RequestType != NdisRequestQueryInformation &&
        OidRequest->RequestType != NdisRequestQueryStatistics) {
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    status = Query(adapter, OidRequest);
    if (SeededBugOnce(adapter, "oid-buffer")) {
        OidRequest->DATA.QUERY_INFORMATION.BytesWritten =
            OidRequest->DATA.QUERY_INFORMATION.InformationBufferLength + 4;
    }
    return status;
}

VOID SeededCancelOid(NDIS_HANDLE MiniportAdapterContext, PVOID RequestId)
{
    PSEEDED adapter = MiniportAdapterContext;
    PNDIS_OID_REQUEST pended = adapter->PendedOid;

    if (pended != NULL && pended->RequestId == RequestId) {
        adapter->PendedOid = NULL;
        NdisMOidRequestComplete(adapter->Handle, pended, NDIS_STATUS_REQUEST_ABORTED);
    }
}
