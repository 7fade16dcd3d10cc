/* SPDX-License-Identifier: MIT */
/* Offloads as NDIS hears of them: attributes, OIDs, and the indication after each change. */
#include "e1000e.h"

#define E1000_ENCAPSULATIONS                                                                       \
    (NDIS_ENCAPSULATION_IEEE_802_3 | NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q |                       \
     NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q_IN_OOB)

/* On in a direction: 1 there, as a capability and as a configuration. */
static ULONG E1000Is(const ULONG *Config, E1000_OFFLOAD_KIND Kind, ULONG Direction)
{
    return (Config[Kind] & Direction) != 0 ? NDIS_OFFLOAD_SUPPORTED : NDIS_OFFLOAD_NOT_SUPPORTED;
}

static BOOLEAN E1000IsLarge(E1000_OFFLOAD_KIND Kind)
{
    return (BOOLEAN)(Kind == E1000OffloadLsoV4 || Kind == E1000OffloadLsoV6);
}

static VOID E1000FillChecksum(const ULONG *Config, NDIS_TCP_IP_CHECKSUM_OFFLOAD *Sums)
{
    Sums->IPv4Transmit.Encapsulation = E1000_ENCAPSULATIONS;
    Sums->IPv4Transmit.IpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
    Sums->IPv4Transmit.TcpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
    Sums->IPv4Transmit.TcpChecksum = E1000Is(Config, E1000OffloadTcpV4, E1000_OFFLOAD_TX) & 3u;
    Sums->IPv4Transmit.UdpChecksum = E1000Is(Config, E1000OffloadUdpV4, E1000_OFFLOAD_TX) & 3u;
    Sums->IPv4Transmit.IpChecksum = E1000Is(Config, E1000OffloadIpV4, E1000_OFFLOAD_TX) & 3u;
    Sums->IPv4Receive.Encapsulation = E1000_ENCAPSULATIONS;
    Sums->IPv4Receive.IpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
    Sums->IPv4Receive.TcpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
    Sums->IPv4Receive.TcpChecksum = E1000Is(Config, E1000OffloadTcpV4, E1000_OFFLOAD_RX) & 3u;
    Sums->IPv4Receive.UdpChecksum = E1000Is(Config, E1000OffloadUdpV4, E1000_OFFLOAD_RX) & 3u;
    Sums->IPv4Receive.IpChecksum = E1000Is(Config, E1000OffloadIpV4, E1000_OFFLOAD_RX) & 3u;
    Sums->IPv6Transmit.Encapsulation = E1000_ENCAPSULATIONS;
    Sums->IPv6Transmit.TcpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
    Sums->IPv6Transmit.TcpChecksum = E1000Is(Config, E1000OffloadTcpV6, E1000_OFFLOAD_TX) & 3u;
    Sums->IPv6Transmit.UdpChecksum = E1000Is(Config, E1000OffloadUdpV6, E1000_OFFLOAD_TX) & 3u;
    Sums->IPv6Receive.Encapsulation = E1000_ENCAPSULATIONS;
    Sums->IPv6Receive.TcpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
    Sums->IPv6Receive.TcpChecksum = E1000Is(Config, E1000OffloadTcpV6, E1000_OFFLOAD_RX) & 3u;
    Sums->IPv6Receive.UdpChecksum = E1000Is(Config, E1000OffloadUdpV6, E1000_OFFLOAD_RX) & 3u;
}

static VOID E1000FillOffload(const ULONG *Config, PNDIS_OFFLOAD Offload)
{
    NdisZeroMemory(Offload, sizeof(*Offload));
    Offload->Header.Type = NDIS_OBJECT_TYPE_OFFLOAD;
    Offload->Header.Revision = NDIS_OFFLOAD_REVISION_3;
    Offload->Header.Size = NDIS_SIZEOF_NDIS_OFFLOAD_REVISION_3;
    E1000FillChecksum(Config, &Offload->Checksum);
    if (Config[E1000OffloadLsoV4] != 0) {
        Offload->LsoV2.IPv4.Encapsulation = E1000_ENCAPSULATIONS;
        Offload->LsoV2.IPv4.MaxOffLoadSize = E1000_LSO_MAX_SIZE;
        Offload->LsoV2.IPv4.MinSegmentCount = E1000_LSO_MIN_SEGMENTS;
    }
    if (Config[E1000OffloadLsoV6] != 0) {
        Offload->LsoV2.IPv6.Encapsulation = E1000_ENCAPSULATIONS;
        Offload->LsoV2.IPv6.MaxOffLoadSize = E1000_LSO_MAX_SIZE;
        Offload->LsoV2.IPv6.MinSegmentCount = E1000_LSO_MIN_SEGMENTS;
        Offload->LsoV2.IPv6.TcpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
    }
}

/*
 * Offload attributes, after the general ones. What the keywords switched off may still be switched
 * on with an OID, except a large send: its longer mappings are registered at the beginning.
 */
NDIS_STATUS E1000SetOffloadAttributes(PE1000_ADAPTER Adapter)
{
    NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES attributes;
    ULONG hardware[E1000OffloadKinds];
    NDIS_OFFLOAD can;
    NDIS_OFFLOAD now;
    NDIS_STATUS status;
    ULONG i;

    if (!E1000OffloadIsThere(Adapter)) {
        return NDIS_STATUS_SUCCESS;
    }
    for (i = 0; i < E1000OffloadKinds; i++) {
        Adapter->Offload.Config[i] = Adapter->Config.Offload[i];
        hardware[i] = E1000IsLarge((E1000_OFFLOAD_KIND)i) ? Adapter->Config.Offload[i]
                                                          : E1000_OFFLOAD_TX | E1000_OFFLOAD_RX;
    }
    E1000FillOffload(hardware, &can);
    E1000FillOffload(Adapter->Offload.Config, &now);
    NdisZeroMemory(&attributes, sizeof(attributes));
    attributes.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES;
    attributes.Header.Revision = NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES_REVISION_1;
    attributes.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES_REVISION_1;
    attributes.DefaultOffloadConfiguration = &now;
    attributes.HardwareOffloadCapabilities = &can;
    status =
        NdisMSetMiniportAttributes(Adapter->Handle, (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&attributes);
    if (status != NDIS_STATUS_SUCCESS) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_DRIVER_FAILURE, 1, (ULONG)status);
    }
    return status;
}

/* NDIS wants to hear the new configuration after every set. */
static VOID E1000TellOffload(PE1000_ADAPTER Adapter)
{
    NDIS_STATUS_INDICATION indication;
    NDIS_OFFLOAD now;

    E1000FillOffload(Adapter->Offload.Config, &now);
    NdisZeroMemory(&indication, sizeof(indication));
    indication.Header.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION;
    indication.Header.Revision = NDIS_STATUS_INDICATION_REVISION_1;
    indication.Header.Size = NDIS_SIZEOF_STATUS_INDICATION_REVISION_1;
    indication.SourceHandle = Adapter->Handle;
    indication.StatusCode = NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG;
    indication.StatusBuffer = &now;
    indication.StatusBufferSize = sizeof(now);
    NdisMIndicateStatusEx(Adapter->Handle, &indication);
}

/* A parameter's number is the keyword's plus one; 0 leaves things as they are. */
static BOOLEAN E1000Parameter(UCHAR Value, ULONG Most, PULONG Config)
{
    if (Value > Most + 1u) {
        return FALSE;
    }
    if (Value != NDIS_OFFLOAD_PARAMETERS_NO_CHANGE) {
        *Config = Value - 1u;
    }
    return TRUE;
}

/*
 * OID_TCP_OFFLOAD_PARAMETERS. PASSIVE_LEVEL.
 * Return: SUCCESS; INVALID_DATA for a bad header or a value out of range; INVALID_PARAMETER for
 * something the card does not do. A request that fails changes nothing.
 */
NDIS_STATUS E1000SetOffloadParameters(PE1000_ADAPTER Adapter, const VOID *Buffer, ULONG Length)
{
    const NDIS_OFFLOAD_PARAMETERS *p = Buffer;
    ULONG config[E1000OffloadKinds];

    if (!E1000OffloadIsThere(Adapter)) {
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    if (p->Header.Type != NDIS_OBJECT_TYPE_DEFAULT || p->Header.Revision < 1 ||
        p->Header.Size < NDIS_SIZEOF_OFFLOAD_PARAMETERS_REVISION_1 || p->Header.Size > Length) {
        return NDIS_STATUS_INVALID_DATA;
    }
    NdisMoveMemory(config, Adapter->Offload.Config, sizeof(config));
    if (!E1000Parameter(p->IPv4Checksum, 3, &config[E1000OffloadIpV4]) ||
        !E1000Parameter(p->TCPIPv4Checksum, 3, &config[E1000OffloadTcpV4]) ||
        !E1000Parameter(p->UDPIPv4Checksum, 3, &config[E1000OffloadUdpV4]) ||
        !E1000Parameter(p->TCPIPv6Checksum, 3, &config[E1000OffloadTcpV6]) ||
        !E1000Parameter(p->UDPIPv6Checksum, 3, &config[E1000OffloadUdpV6]) ||
        !E1000Parameter(p->LsoV2IPv4, 1, &config[E1000OffloadLsoV4]) ||
        !E1000Parameter(p->LsoV2IPv6, 1, &config[E1000OffloadLsoV6])) {
        return NDIS_STATUS_INVALID_DATA;
    }
    if (p->LsoV1 > NDIS_OFFLOAD_PARAMETERS_LSOV1_DISABLED ||
        (config[E1000OffloadLsoV4] != 0 && Adapter->Config.Offload[E1000OffloadLsoV4] == 0) ||
        (config[E1000OffloadLsoV6] != 0 && Adapter->Config.Offload[E1000OffloadLsoV6] == 0)) {
        return NDIS_STATUS_INVALID_PARAMETER;
    }
    NdisMoveMemory(Adapter->Offload.Config, config, sizeof(config));
    E1000TellOffload(Adapter);
    return NDIS_STATUS_SUCCESS;
}

/* OID_OFFLOAD_ENCAPSULATION: from now on received frames may carry a verdict. PASSIVE_LEVEL. */
NDIS_STATUS E1000SetOffloadEncapsulation(PE1000_ADAPTER Adapter, const VOID *Buffer, ULONG Length)
{
    const NDIS_OFFLOAD_ENCAPSULATION *e = Buffer;

    if (!E1000OffloadIsThere(Adapter)) {
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    if (e->Header.Type != NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION || e->Header.Revision < 1 ||
        e->Header.Size < NDIS_SIZEOF_OFFLOAD_ENCAPSULATION_REVISION_1 || e->Header.Size > Length) {
        return NDIS_STATUS_INVALID_DATA;
    }
    if ((e->IPv4.Enabled == NDIS_OFFLOAD_SET_ON &&
         e->IPv4.EncapsulationType != NDIS_ENCAPSULATION_IEEE_802_3) ||
        (e->IPv6.Enabled == NDIS_OFFLOAD_SET_ON &&
         e->IPv6.EncapsulationType != NDIS_ENCAPSULATION_IEEE_802_3)) {
        return NDIS_STATUS_INVALID_PARAMETER;
    }
    Adapter->Offload.Active =
        (BOOLEAN)(e->IPv4.Enabled == NDIS_OFFLOAD_SET_ON || e->IPv6.Enabled == NDIS_OFFLOAD_SET_ON);
    if (E1000IsReady(Adapter)) {
        E1000OffloadProgram(Adapter);
    }
    E1000TellOffload(Adapter);
    return NDIS_STATUS_SUCCESS;
}
