/* SPDX-License-Identifier: MIT */
/*
 * OID requests: the list, and the queries. Sets are in oidset.c.
 *
 * Many OIDs that a protocol may ask never come here: NDIS answers them from the attributes and
 * from status indications. All requests are answered at once, so there is never one to cancel.
 */
#include "e1000e.h"

NDIS_OID E1000SupportedOids[] = {
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
    OID_GEN_LINK_PARAMETERS,
    OID_GEN_MACHINE_NAME,
    OID_GEN_VLAN_ID,
    OID_GEN_RECEIVE_SCALE_PARAMETERS,
    OID_GEN_XMIT_OK,
    OID_GEN_RCV_OK,
    OID_GEN_XMIT_ERROR,
    OID_GEN_RCV_ERROR,
    OID_GEN_RCV_NO_BUFFER,
    OID_GEN_RCV_CRC_ERROR,
    OID_GEN_TRANSMIT_QUEUE_LENGTH,
    OID_GEN_STATISTICS,
    OID_802_3_PERMANENT_ADDRESS,
    OID_802_3_CURRENT_ADDRESS,
    OID_802_3_MULTICAST_LIST,
    OID_802_3_MAXIMUM_LIST_SIZE,
    OID_802_3_RCV_ERROR_ALIGNMENT,
    OID_802_3_XMIT_ONE_COLLISION,
    OID_802_3_XMIT_MORE_COLLISIONS,
    OID_802_3_XMIT_DEFERRED,
    OID_802_3_XMIT_MAX_COLLISIONS,
    OID_802_3_RCV_OVERRUN,
    OID_802_3_XMIT_UNDERRUN,
    OID_802_3_XMIT_HEARTBEAT_FAILURE,
    OID_802_3_XMIT_TIMES_CRS_LOST,
    OID_802_3_XMIT_LATE_COLLISIONS,
    OID_PNP_SET_POWER,
    OID_PNP_QUERY_POWER,
    OID_PM_PARAMETERS,
    OID_TCP_OFFLOAD_PARAMETERS,
    OID_OFFLOAD_ENCAPSULATION,
};

const ULONG E1000SupportedOidsLength = sizeof(E1000SupportedOids);

/* An answer: bytes at Data, which may be Storage. */
typedef struct _E1000_ANSWER {
    const VOID *Data;
    ULONG Length;
    BOOLEAN Counter; /* 8 bytes of which a caller may want only the lower 4 */
    union {
        ULONG Number;
        ULONG64 Number64;
        NDIS_INTERRUPT_MODERATION_PARAMETERS Moderation;
        NDIS_STATISTICS_INFO Statistics;
    } Storage;
} E1000_ANSWER, *PE1000_ANSWER;

/* Properties of the adapter that are one ULONG. */
static BOOLEAN E1000QueryProperty(PE1000_ADAPTER Adapter, NDIS_OID Oid, PULONG Number)
{
    switch (Oid) {
    case OID_GEN_TRANSMIT_BUFFER_SPACE:
        *Number = Adapter->MaxFrame * Adapter->Tx.SlotCount;
        return TRUE;
    case OID_GEN_RECEIVE_BUFFER_SPACE:
        *Number = Adapter->Rx.BufferSize * Adapter->Rx.Maximum;
        return TRUE;
    case OID_GEN_TRANSMIT_BLOCK_SIZE:
    case OID_GEN_RECEIVE_BLOCK_SIZE:
    case OID_GEN_MAXIMUM_TOTAL_SIZE:
        *Number = Adapter->MaxFrame;
        return TRUE;
    case OID_GEN_VENDOR_ID:
        /* The OUI in the first three bytes, the vendor's choice of card in the fourth. */
        *Number = Adapter->PermanentAddress[0] | (ULONG)Adapter->PermanentAddress[1] << 8 |
                  (ULONG)Adapter->PermanentAddress[2] << 16;
        return TRUE;
    case OID_GEN_VENDOR_DRIVER_VERSION:
        *Number = E1000_DRIVER_MAJOR << 16 | E1000_DRIVER_MINOR;
        return TRUE;
    case OID_GEN_CURRENT_PACKET_FILTER:
        *Number = Adapter->Rx.PacketFilter;
        return TRUE;
    case OID_GEN_CURRENT_LOOKAHEAD:
        *Number = Adapter->Lookahead;
        return TRUE;
    case OID_GEN_VLAN_ID:
        *Number = Adapter->Config.VlanId;
        return TRUE;
    case OID_GEN_TRANSMIT_QUEUE_LENGTH:
        *Number = (ULONG)ReadAcquire(&Adapter->Tx.Held);
        return TRUE;
    case OID_802_3_MAXIMUM_LIST_SIZE:
        *Number = E1000_MAX_MULTICAST;
        return TRUE;
    default:
        return FALSE;
    }
}

/* Ethernet's error counters, one ULONG each. */
static BOOLEAN E1000QueryEthernetCounter(PE1000_ADAPTER Adapter, NDIS_OID Oid, PULONG Number)
{
    E1000_HW_COUNTERS hw;
    E1000_COUNTERS tx;
    E1000_COUNTERS rx;
    ULONG64 value;

    E1000ReadCounters(Adapter, &tx, &rx, &hw);
    switch (Oid) {
    case OID_802_3_RCV_ERROR_ALIGNMENT:
        value = hw.RxAlignmentErrors;
        break;
    case OID_802_3_XMIT_ONE_COLLISION:
        value = hw.TxOneCollision;
        break;
    case OID_802_3_XMIT_MORE_COLLISIONS:
        value = hw.TxMoreCollisions;
        break;
    case OID_802_3_XMIT_DEFERRED:
        value = hw.TxDeferred;
        break;
    case OID_802_3_XMIT_MAX_COLLISIONS:
        value = hw.TxMaxCollisions;
        break;
    case OID_802_3_RCV_OVERRUN:
        value = hw.RxMissed;
        break;
    case OID_802_3_XMIT_UNDERRUN:
    case OID_802_3_XMIT_HEARTBEAT_FAILURE:
        /* The card waits for its data, and there is no heartbeat in full duplex. */
        value = 0;
        break;
    case OID_802_3_XMIT_TIMES_CRS_LOST:
        value = hw.TxCarrierLost;
        break;
    case OID_802_3_XMIT_LATE_COLLISIONS:
        value = hw.TxLateCollisions;
        break;
    default:
        return FALSE;
    }
    *Number = (ULONG)value;
    return TRUE;
}

/* Counters of 4 or 8 bytes, as the caller likes. */
static BOOLEAN E1000QueryCounter(PE1000_ADAPTER Adapter, NDIS_OID Oid, PULONG64 Number)
{
    E1000_HW_COUNTERS hw;
    E1000_COUNTERS tx;
    E1000_COUNTERS rx;

    E1000ReadCounters(Adapter, &tx, &rx, &hw);
    switch (Oid) {
    case OID_GEN_XMIT_OK:
        *Number = E1000FramesOf(&tx);
        return TRUE;
    case OID_GEN_RCV_OK:
        *Number = E1000FramesOf(&rx);
        return TRUE;
    case OID_GEN_XMIT_ERROR:
        *Number = tx.Errors + hw.TxErrors;
        return TRUE;
    case OID_GEN_RCV_ERROR:
        *Number = rx.Errors + hw.RxErrors;
        return TRUE;
    case OID_GEN_RCV_NO_BUFFER:
        *Number = hw.RxNoBuffer;
        return TRUE;
    case OID_GEN_RCV_CRC_ERROR:
        *Number = hw.RxCrcErrors;
        return TRUE;
    default:
        return FALSE;
    }
}

/* Everything that is not a number. */
static BOOLEAN E1000QueryBlock(PE1000_ADAPTER Adapter, NDIS_OID Oid, PE1000_ANSWER Answer)
{
    PNDIS_INTERRUPT_MODERATION_PARAMETERS moderation = &Answer->Storage.Moderation;

    switch (Oid) {
    case OID_GEN_VENDOR_DESCRIPTION:
        Answer->Data = Adapter->Hw.Type->Description;
        Answer->Length = Adapter->Hw.Type->DescriptionLength;
        return TRUE;
    case OID_802_3_PERMANENT_ADDRESS:
        Answer->Data = Adapter->PermanentAddress;
        Answer->Length = E1000_MAC_LENGTH;
        return TRUE;
    case OID_802_3_CURRENT_ADDRESS:
        Answer->Data = Adapter->CurrentAddress;
        Answer->Length = E1000_MAC_LENGTH;
        return TRUE;
    case OID_802_3_MULTICAST_LIST:
        Answer->Data = Adapter->Rx.Multicast;
        Answer->Length = Adapter->Rx.MulticastCount * E1000_MAC_LENGTH;
        return TRUE;
    case OID_GEN_INTERRUPT_MODERATION:
        NdisZeroMemory(moderation, sizeof(*moderation));
        moderation->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
        moderation->Header.Revision = NDIS_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
        moderation->Header.Size = NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
        moderation->InterruptModeration = Adapter->Config.InterruptModeration
                                              ? NdisInterruptModerationEnabled
                                              : NdisInterruptModerationDisabled;
        Answer->Data = moderation;
        Answer->Length = sizeof(*moderation);
        return TRUE;
    case OID_GEN_STATISTICS:
        E1000FillStatistics(Adapter, &Answer->Storage.Statistics);
        Answer->Data = &Answer->Storage.Statistics;
        Answer->Length = sizeof(Answer->Storage.Statistics);
        return TRUE;
    default:
        return FALSE;
    }
}

/* Finds the answer to a query; FALSE for an OID we do not have. */
static BOOLEAN E1000FindAnswer(PE1000_ADAPTER Adapter, NDIS_OID Oid, PE1000_ANSWER Answer)
{
    Answer->Counter = FALSE;
    if (E1000QueryBlock(Adapter, Oid, Answer)) {
        return TRUE;
    }
    if (E1000QueryProperty(Adapter, Oid, &Answer->Storage.Number) ||
        E1000QueryEthernetCounter(Adapter, Oid, &Answer->Storage.Number)) {
        Answer->Data = &Answer->Storage.Number;
        Answer->Length = sizeof(ULONG);
        return TRUE;
    }
    if (E1000QueryCounter(Adapter, Oid, &Answer->Storage.Number64)) {
        Answer->Data = &Answer->Storage.Number64;
        Answer->Length = sizeof(ULONG64);
        Answer->Counter = TRUE;
        return TRUE;
    }
    return FALSE;
}

/*
 * Answers a query. A buffer that is too small is not touched, and BytesNeeded says what would do;
 * counters are cut to 4 bytes (little endian: the lower ones) when that is all there is room for.
 */
static NDIS_STATUS E1000QueryInformation(PE1000_ADAPTER Adapter, PNDIS_OID_REQUEST Request)
{
    UINT room = Request->DATA.QUERY_INFORMATION.InformationBufferLength;
    PVOID buffer = Request->DATA.QUERY_INFORMATION.InformationBuffer;
    NDIS_OID oid = Request->DATA.QUERY_INFORMATION.Oid;
    E1000_ANSWER answer;

    Request->DATA.QUERY_INFORMATION.BytesWritten = 0;
    Request->DATA.QUERY_INFORMATION.BytesNeeded = 0;
    if (oid == OID_PNP_QUERY_POWER) {
        /* Input in a query: may the card go to that state? It may; the buffer stays as it is. */
        Request->DATA.QUERY_INFORMATION.BytesWritten = min(room, sizeof(NDIS_DEVICE_POWER_STATE));
        return NDIS_STATUS_SUCCESS;
    }
    if (!E1000FindAnswer(Adapter, oid, &answer)) {
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    if (room < answer.Length && answer.Counter && room >= sizeof(ULONG)) {
        Request->DATA.QUERY_INFORMATION.BytesNeeded = answer.Length;
        answer.Length = sizeof(ULONG);
    }
    if (room < answer.Length) {
        Request->DATA.QUERY_INFORMATION.BytesNeeded = answer.Length;
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    }
    if (answer.Length != 0) {
        NdisMoveMemory(buffer, answer.Data, answer.Length);
    }
    Request->DATA.QUERY_INFORMATION.BytesWritten = answer.Length;
    return NDIS_STATUS_SUCCESS;
}

/*
 * MiniportOidRequest. PASSIVE_LEVEL, one at a time. A card that is gone, in low power or being
 * reset accepts nothing but OID_PNP_SET_POWER.
 */
NDIS_STATUS E1000OidRequest(NDIS_HANDLE MiniportAdapterContext, PNDIS_OID_REQUEST OidRequest)
{
    PE1000_ADAPTER adapter = MiniportAdapterContext;

    if (OidRequest->RequestType == NdisRequestSetInformation &&
        OidRequest->DATA.SET_INFORMATION.Oid == OID_PNP_SET_POWER) {
        return E1000SetInformation(adapter, OidRequest);
    }
    if (E1000HwIsGone(&adapter->Hw) || adapter->LowPower || E1000IsRecovering(adapter)) {
        return NDIS_STATUS_NOT_ACCEPTED;
    }
    switch (OidRequest->RequestType) {
    case NdisRequestQueryInformation:
    case NdisRequestQueryStatistics:
        return E1000QueryInformation(adapter, OidRequest);
    case NdisRequestSetInformation:
        return E1000SetInformation(adapter, OidRequest);
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

/* MiniportCancelOidRequest. No request is ever pending, so there is nothing to find. */
VOID E1000CancelOidRequest(NDIS_HANDLE MiniportAdapterContext, PVOID RequestId)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(RequestId);
}
