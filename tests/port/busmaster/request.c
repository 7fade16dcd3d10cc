/* SPDX-License-Identifier: MIT */
/* Requests. */
#include "adapter.h"

NDIS_STATUS BmQueryInformation(IN NDIS_HANDLE MiniportAdapterContext, IN NDIS_OID Oid,
                               IN PVOID InformationBuffer, IN ULONG InformationBufferLength,
                               OUT PULONG BytesWritten, OUT PULONG BytesNeeded)
{
    PBM_ADAPTER Adapter = (PBM_ADAPTER)MiniportAdapterContext;
    ULONG Value = 0;
    PVOID From = &Value;
    ULONG Length = sizeof(Value);

    switch (Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
        Value = Adapter->PacketFilter;
        break;
    case OID_GEN_XMIT_OK:
        Value = Adapter->TxDone;
        break;
    case OID_GEN_RCV_OK:
        Value = Adapter->RxDone;
        break;
    case OID_802_3_PERMANENT_ADDRESS:
    case OID_802_3_CURRENT_ADDRESS:
        From = Adapter->Hw.Address;
        Length = 6;
        break;
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    if (InformationBufferLength < Length) {
        *BytesNeeded = Length;
        return NDIS_STATUS_INVALID_LENGTH;
    }
    NdisMoveMemory(InformationBuffer, From, Length);
    *BytesWritten = Length;
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS BmSetInformation(IN NDIS_HANDLE MiniportAdapterContext, IN NDIS_OID Oid,
                             IN PVOID InformationBuffer, IN ULONG InformationBufferLength,
                             OUT PULONG BytesRead, OUT PULONG BytesNeeded)
{
    PBM_ADAPTER Adapter = (PBM_ADAPTER)MiniportAdapterContext;

    if (Oid != OID_GEN_CURRENT_PACKET_FILTER) {
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    if (InformationBufferLength < sizeof(ULONG)) {
        *BytesNeeded = sizeof(ULONG);
        return NDIS_STATUS_INVALID_LENGTH;
    }
    Adapter->PacketFilter = *(PULONG)InformationBuffer;
    BmHwSetFilter(&Adapter->Hw, Adapter->PacketFilter);
    *BytesRead = sizeof(ULONG);
    return NDIS_STATUS_SUCCESS;
}
