/* SPDX-License-Identifier: MIT */
#include "Adapter.hpp"

void *operator new(size_t bytes, POOL_TYPE type, ULONG tag) noexcept
{
    return ExAllocatePoolWithTag(type, bytes, tag);
}

void operator delete(void *p) noexcept
{
    if (p) {
        ExFreePoolWithTag(p, PoolTag);
    }
}

void operator delete(void *p, size_t) noexcept
{
    operator delete(p);
}

static NDIS_OID Oids[] = {OID_GEN_TRANSMIT_BUFFER_SPACE,
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
                          OID_PNP_SET_POWER};

struct Number {
    NDIS_OID oid;
    unsigned long value;
};

static constexpr Number Numbers[] = {
    {OID_GEN_TRANSMIT_BUFFER_SPACE, 64 * 1514}, {OID_GEN_RECEIVE_BUFFER_SPACE, 64 * 1514},
    {OID_GEN_TRANSMIT_BLOCK_SIZE, 1514},        {OID_GEN_RECEIVE_BLOCK_SIZE, 1514},
    {OID_GEN_MAXIMUM_TOTAL_SIZE, 1514},         {OID_GEN_VENDOR_ID, 0xffffffUL},
    {OID_GEN_VENDOR_DRIVER_VERSION, 0x10000L},  {OID_GEN_CURRENT_LOOKAHEAD, 1500},
    {OID_GEN_CURRENT_PACKET_FILTER, 0},         {OID_GEN_RCV_OK, 0}};

NDIS_STATUS Adapter::SetRegistration()
{
    auto r = Described<NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES>(
        NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES,
        NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_2,
        NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_2);

    r.MiniportAdapterContext = this;
    r.AttributeFlags =
        NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK | NDIS_MINIPORT_ATTRIBUTES_NO_HALT_ON_SUSPEND;
    r.CheckForHangTimeInSeconds = 4;
    r.InterfaceType = NdisInterfaceInternal;
    return NdisMSetMiniportAttributes(handle,
                                      reinterpret_cast<PNDIS_MINIPORT_ADAPTER_ATTRIBUTES>(&r));
}

NDIS_STATUS Adapter::SetGeneral()
{
    auto g = Described<NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES>(
        NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES,
        NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2,
        NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2);

    g.MediaType = NdisMedium802_3;
    g.PhysicalMediumType = NdisPhysicalMedium802_3;
    g.MtuSize = 1500;
    g.MaxXmitLinkSpeed = g.MaxRcvLinkSpeed = g.XmitLinkSpeed = g.RcvLinkSpeed = 1000000000ui64;
    g.MediaConnectState = MediaConnectStateConnected;
    g.MediaDuplexState = MediaDuplexStateFull;
    g.LookaheadSize = 1500;
    g.MacOptions = NDIS_MAC_OPTION_NO_LOOPBACK;
    g.SupportedPacketFilters = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST |
                               NDIS_PACKET_TYPE_BROADCAST | NDIS_PACKET_TYPE_PROMISCUOUS;
    g.MaxMulticastListSize = 32;
    g.MacAddressLength = sizeof(mac);
    NdisMoveMemory(g.PermanentMacAddress, Address(), sizeof(mac));
    NdisMoveMemory(g.CurrentMacAddress, Address(), sizeof(mac));
    g.AccessType = NET_IF_ACCESS_BROADCAST;
    g.DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
    g.ConnectionType = NET_IF_CONNECTION_DEDICATED;
    g.IfType = IF_TYPE_ETHERNET_CSMACD;
    g.IfConnectorPresent = TRUE;
    g.SupportedStatistics = NDIS_STATISTICS_XMIT_OK_SUPPORTED;
    g.SupportedOidList = Oids;
    g.SupportedOidListLength = sizeof(Oids);
    return NdisMSetMiniportAttributes(handle,
                                      reinterpret_cast<PNDIS_MINIPORT_ADAPTER_ATTRIBUTES>(&g));
}

NDIS_STATUS Adapter::Start()
{
    if (auto status = SetRegistration(); status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    return SetGeneral();
}

NDIS_STATUS Adapter::Answer(PNDIS_OID_REQUEST request)
{
    static const char vendor[] = "Drydock C++ miniport";
    auto &query = request->DATA.QUERY_INFORMATION;
    auto give = [&query](const void *data, ULONG bytes) -> NDIS_STATUS {
        if (query.InformationBufferLength < bytes) {
            query.BytesNeeded = bytes;
            return NDIS_STATUS_BUFFER_TOO_SHORT;
        }
        NdisMoveMemory(query.InformationBuffer, data, bytes);
        query.BytesWritten = bytes;
        return NDIS_STATUS_SUCCESS;
    };

    if (request->RequestType == NdisRequestSetInformation) {
        auto &set = request->DATA.SET_INFORMATION;

        switch (set.Oid) {
        case OID_GEN_CURRENT_PACKET_FILTER:
        case OID_GEN_CURRENT_LOOKAHEAD:
        case OID_802_3_MULTICAST_LIST:
        case OID_PNP_SET_POWER:
            set.BytesRead = set.InformationBufferLength;
            return NDIS_STATUS_SUCCESS;
        default:
            return NDIS_STATUS_NOT_SUPPORTED;
        }
    }
    switch (query.Oid) {
    case OID_GEN_INTERRUPT_MODERATION: {
        auto m = Described<NDIS_INTERRUPT_MODERATION_PARAMETERS>(
            NDIS_OBJECT_TYPE_DEFAULT, NDIS_INTERRUPT_MODERATION_PARAMETERS_REVISION_1,
            NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1);

        m.InterruptModeration = NdisInterruptModerationNotSupported;
        return give(&m, NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1);
    }
    case OID_GEN_STATISTICS: {
        auto s = Described<NDIS_STATISTICS_INFO>(NDIS_OBJECT_TYPE_DEFAULT,
                                                 NDIS_STATISTICS_INFO_REVISION_1,
                                                 NDIS_SIZEOF_STATISTICS_INFO_REVISION_1);

        s.SupportedStatistics = NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_XMIT;
        s.ifHCOutUcastPkts = ULONG64(counters.sent);
        return give(&s, NDIS_SIZEOF_STATISTICS_INFO_REVISION_1);
    }
    case OID_GEN_VENDOR_DESCRIPTION:
        return give(vendor, sizeof(vendor));
    case OID_GEN_XMIT_OK:
        return give(&counters.sent, sizeof(counters.sent));
    default:
        break;
    }
    for (const auto &number : Numbers) {
        if (number.oid == query.Oid) {
            return give(&number.value, sizeof(number.value));
        }
    }
    return NDIS_STATUS_NOT_SUPPORTED;
}

void Adapter::Send(PNET_BUFFER_LIST lists, ULONG flags)
{
    const bool running = [this] {
        SpinLock::Holder hold(lock);

        return state == State::Running;
    }();
    ULONG complete = 0;

    EachList(lists, [&](PNET_BUFFER_LIST list) {
        for (auto nb = NET_BUFFER_LIST_FIRST_NB(list); nb; nb = NET_BUFFER_NEXT_NB(nb)) {
            counters.sent++;
            counters.bytes += unsigned long(NET_BUFFER_DATA_LENGTH(nb));
        }
        NET_BUFFER_LIST_STATUS(list) = running ? NDIS_STATUS_SUCCESS : NDIS_STATUS_PAUSED;
    });
    if (flags & NDIS_SEND_FLAGS_DISPATCH_LEVEL) {
        complete |= NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL;
    }
    NdisMSendNetBufferListsComplete(handle, lists, complete);
}
