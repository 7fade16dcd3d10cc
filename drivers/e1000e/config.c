/* SPDX-License-Identifier: MIT */
/* Keywords of the INF, and the station address. */
#include "e1000e.h"

typedef struct _E1000_KEYWORD {
    NDIS_STRING Name;
    ULONG Default;
    ULONG Minimum;
    ULONG Maximum;
    ULONG Offset; /* in E1000_CONFIG */
} E1000_KEYWORD;

#define E1000_KEYWORD_ROW(name, field, def, min, max)                                              \
    {                                                                                              \
        NDIS_STRING_CONST(name), (def), (min), (max), (ULONG)FIELD_OFFSET(E1000_CONFIG, field)     \
    }

/* Ranges and defaults are also in e1000e.inf. */
static E1000_KEYWORD E1000Keywords[] = {
    E1000_KEYWORD_ROW("*ReceiveBuffers", ReceiveBuffers, 128, 32, 1024),
    E1000_KEYWORD_ROW("*TransmitBuffers", TransmitBuffers, 256, 32, 1024),
    E1000_KEYWORD_ROW("*InterruptModeration", InterruptModeration, 1, 0, 1),
    E1000_KEYWORD_ROW("*PriorityVLANTag", PriorityVlanTag, 3, 0, 3),
    E1000_KEYWORD_ROW("*JumboPacket", JumboPacket, E1000_STANDARD_FRAME, E1000_STANDARD_FRAME,
                      E1000_JUMBO_FRAME),
    E1000_KEYWORD_ROW("*SpeedDuplex", SpeedDuplex, E1000SpeedAuto, E1000SpeedAuto,
                      E1000Speed1000Full),
    E1000_KEYWORD_ROW("CopyThreshold", CopyThreshold, 256, 0, 2048),
    E1000_KEYWORD_ROW("VlanId", VlanId, 0, 0, 4094),
    E1000_KEYWORD_ROW("*IPChecksumOffloadIPv4", Offload[E1000OffloadIpV4], 3, 0, 3),
    E1000_KEYWORD_ROW("*TCPChecksumOffloadIPv4", Offload[E1000OffloadTcpV4], 3, 0, 3),
    E1000_KEYWORD_ROW("*UDPChecksumOffloadIPv4", Offload[E1000OffloadUdpV4], 3, 0, 3),
    E1000_KEYWORD_ROW("*TCPChecksumOffloadIPv6", Offload[E1000OffloadTcpV6], 3, 0, 3),
    E1000_KEYWORD_ROW("*UDPChecksumOffloadIPv6", Offload[E1000OffloadUdpV6], 3, 0, 3),
    E1000_KEYWORD_ROW("*LsoV2IPv4", Offload[E1000OffloadLsoV4], 0, 0, 1),
    E1000_KEYWORD_ROW("*RSS", Rss, 0, 0, 1),
    E1000_KEYWORD_ROW("*NumRssQueues", RssQueues, E1000_RX_QUEUES, 1, E1000_RX_QUEUES),
    E1000_KEYWORD_ROW("*LsoV2IPv6", Offload[E1000OffloadLsoV6], 0, 0, 1),
};

/* Absent, not a number or out of range: the default. What an administrator types is not checked. */
static ULONG E1000ReadKeyword(NDIS_HANDLE Configuration, E1000_KEYWORD *Keyword)
{
    PNDIS_CONFIGURATION_PARAMETER parameter = NULL;
    NDIS_STATUS status;
    ULONG value;

    NdisReadConfiguration(&status, &parameter, Configuration, &Keyword->Name, NdisParameterInteger);
    if (status != NDIS_STATUS_SUCCESS || parameter->ParameterType != NdisParameterInteger) {
        return Keyword->Default;
    }
    value = parameter->ParameterData.IntegerData;
    if (value < Keyword->Minimum || value > Keyword->Maximum) {
        return Keyword->Default;
    }
    return value;
}

/* NetworkAddress, if there is one and it is a unicast address, else all zeros. */
static VOID E1000ReadNetworkAddress(PE1000_ADAPTER Adapter, NDIS_HANDLE Configuration)
{
    PVOID address = NULL;
    UINT length = 0;
    NDIS_STATUS status;

    NdisReadNetworkAddress(&status, &address, &length, Configuration);
    if (status != NDIS_STATUS_SUCCESS || length != E1000_MAC_LENGTH) {
        return;
    }
    if (ETH_IS_MULTICAST((PUCHAR)address)) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_NETWORK_ADDRESS, 0);
        return;
    }
    NdisMoveMemory(Adapter->CurrentAddress, address, E1000_MAC_LENGTH);
}

/*
 * Reads the configuration. PASSIVE_LEVEL.
 * Return: SUCCESS, or what NdisOpenConfigurationEx returned: without a key there is no adapter.
 */
NDIS_STATUS E1000ReadConfiguration(PE1000_ADAPTER Adapter)
{
    NDIS_CONFIGURATION_OBJECT object;
    NDIS_HANDLE configuration = NULL;
    NDIS_STATUS status;
    ULONG i;

    NdisZeroMemory(&object, sizeof(object));
    object.Header.Type = NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT;
    object.Header.Revision = NDIS_CONFIGURATION_OBJECT_REVISION_1;
    object.Header.Size = NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1;
    object.NdisHandle = Adapter->Handle;
    status = NdisOpenConfigurationEx(&object, &configuration);
    if (status != NDIS_STATUS_SUCCESS) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_MISSING_CONFIGURATION_PARAMETER, 1,
                               (ULONG)status);
        return status;
    }
    for (i = 0; i < RTL_NUMBER_OF(E1000Keywords); i++) {
        *(PULONG)(PVOID)((PUCHAR)&Adapter->Config + E1000Keywords[i].Offset) =
            E1000ReadKeyword(configuration, &E1000Keywords[i]);
    }
    if (Adapter->Config.SpeedDuplex == 5) {
        /* 1000 half: no copper PHY does that. */
        Adapter->Config.SpeedDuplex = E1000SpeedAuto;
    }
    E1000ReadNetworkAddress(Adapter, configuration);
    NdisCloseConfiguration(configuration);

    Adapter->MaxFrame = Adapter->Config.JumboPacket;
    Adapter->Lookahead = Adapter->MaxFrame - E1000_HEADER_LENGTH;
    return NDIS_STATUS_SUCCESS;
}

/*
 * Reads the permanent address from the card; it is the current one too unless the registry named
 * another. PASSIVE_LEVEL, hardware mapped.
 */
NDIS_STATUS E1000ReadAddresses(PE1000_ADAPTER Adapter)
{
    NDIS_STATUS status;
    UCHAR any = 0;
    ULONG i;

    status = E1000HwReadMacAddress(&Adapter->Hw, Adapter->PermanentAddress);
    if (status != NDIS_STATUS_SUCCESS) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_INVALID_VALUE_FROM_ADAPTER, 1,
                               (ULONG)status);
        return status;
    }
    for (i = 0; i < E1000_MAC_LENGTH; i++) {
        any |= Adapter->CurrentAddress[i];
    }
    if (any == 0) {
        NdisMoveMemory(Adapter->CurrentAddress, Adapter->PermanentAddress, E1000_MAC_LENGTH);
    }
    return NDIS_STATUS_SUCCESS;
}
