/* SPDX-License-Identifier: MIT */
/*
 * ndis/offloadparam.h - OID_TCP_OFFLOAD_PARAMETERS: switch offloads on and off
 *
 * 0 means no change everywhere. The numbers are those of the registry keywords plus one.
 */
#ifndef DRYDOCK_NDIS_OFFLOADPARAM_H
#define DRYDOCK_NDIS_OFFLOADPARAM_H

#include "types.h"

#define NDIS_OFFLOAD_PARAMETERS_NO_CHANGE                   0
#define NDIS_OFFLOAD_PARAMETERS_TX_RX_DISABLED              1
#define NDIS_OFFLOAD_PARAMETERS_TX_ENABLED_RX_DISABLED      2
#define NDIS_OFFLOAD_PARAMETERS_RX_ENABLED_TX_DISABLED      3
#define NDIS_OFFLOAD_PARAMETERS_TX_RX_ENABLED               4
#define NDIS_OFFLOAD_PARAMETERS_LSOV1_DISABLED              1
#define NDIS_OFFLOAD_PARAMETERS_LSOV1_ENABLED               2
#define NDIS_OFFLOAD_PARAMETERS_LSOV2_DISABLED              1
#define NDIS_OFFLOAD_PARAMETERS_LSOV2_ENABLED               2
#define NDIS_OFFLOAD_PARAMETERS_IPSECV1_DISABLED            1
#define NDIS_OFFLOAD_PARAMETERS_IPSECV1_AH_ENABLED          2
#define NDIS_OFFLOAD_PARAMETERS_IPSECV1_ESP_ENABLED         3
#define NDIS_OFFLOAD_PARAMETERS_IPSECV1_AH_AND_ESP_ENABLED  4
#define NDIS_OFFLOAD_PARAMETERS_IPSECV2_DISABLED            1
#define NDIS_OFFLOAD_PARAMETERS_IPSECV2_AH_ENABLED          2
#define NDIS_OFFLOAD_PARAMETERS_IPSECV2_ESP_ENABLED         3
#define NDIS_OFFLOAD_PARAMETERS_IPSECV2_AH_AND_ESP_ENABLED  4
#define NDIS_OFFLOAD_PARAMETERS_CONNECTION_OFFLOAD_DISABLED 1
#define NDIS_OFFLOAD_PARAMETERS_CONNECTION_OFFLOAD_ENABLED  2
#define NDIS_OFFLOAD_PARAMETERS_RSC_DISABLED                1
#define NDIS_OFFLOAD_PARAMETERS_RSC_ENABLED                 2
#define NDIS_OFFLOAD_PARAMETERS_USO_DISABLED                1
#define NDIS_OFFLOAD_PARAMETERS_USO_ENABLED                 2
#define NDIS_OFFLOAD_PARAMETERS_SKIP_REGISTRY_UPDATE        0x00000001

typedef struct _NDIS_OFFLOAD_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    UCHAR IPv4Checksum;
    UCHAR TCPIPv4Checksum;
    UCHAR UDPIPv4Checksum;
    UCHAR TCPIPv6Checksum;
    UCHAR UDPIPv6Checksum;
    UCHAR LsoV1;
    UCHAR IPsecV1;
    UCHAR LsoV2IPv4;
    UCHAR LsoV2IPv6;
    UCHAR TcpConnectionIPv4;
    UCHAR TcpConnectionIPv6;
    ULONG Flags;
#if DD_NT_NDIS_LEVEL >= 601
    UCHAR IPsecV2;
    UCHAR IPsecV2IPv4;
#endif
#if DD_NT_NDIS_LEVEL >= 630
    struct {
        UCHAR RscIPv4;
        UCHAR RscIPv6;
    } Rsc;
    UCHAR EncapsulatedPacketTaskOffload;
    UCHAR EncapsulationTypes;
#endif
#if DD_NT_NDIS_LEVEL >= 650
    union _ENCAPSULATION_PROTOCOL_PARAMETERS_SET {
        struct {
            USHORT VxlanUDPPortNumber;
        } VxlanParameters;
        ULONG Value;
    } EncapsulationProtocolParameters;
#endif
#if DD_NT_NDIS_LEVEL >= 683
    struct {
        UCHAR IPv4;
        UCHAR IPv6;
    } UdpSegmentation;
#endif
} NDIS_OFFLOAD_PARAMETERS, *PNDIS_OFFLOAD_PARAMETERS;

#define NDIS_SIZEOF_OFFLOAD_PARAMETERS_REVISION_1                                                  \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_OFFLOAD_PARAMETERS, Flags)
#if DD_NT_NDIS_LEVEL >= 601
#define NDIS_SIZEOF_OFFLOAD_PARAMETERS_REVISION_2                                                  \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_OFFLOAD_PARAMETERS, IPsecV2IPv4)
#endif
#if DD_NT_NDIS_LEVEL >= 630
#define NDIS_SIZEOF_OFFLOAD_PARAMETERS_REVISION_3                                                  \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_OFFLOAD_PARAMETERS, EncapsulationTypes)
#endif
#if DD_NT_NDIS_LEVEL >= 650
#define NDIS_SIZEOF_OFFLOAD_PARAMETERS_REVISION_4                                                  \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_OFFLOAD_PARAMETERS, EncapsulationProtocolParameters)
#endif
#if DD_NT_NDIS_LEVEL >= 683
#define NDIS_SIZEOF_OFFLOAD_PARAMETERS_REVISION_5                                                  \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_OFFLOAD_PARAMETERS, UdpSegmentation)
#endif

/* Data of OID_TCP_RSC_STATISTICS. */
#if DD_NT_NDIS_LEVEL >= 630
typedef struct _NDIS_RSC_STATISTICS_INFO {
    NDIS_OBJECT_HEADER Header;
    ULONG64 CoalescedPkts;
    ULONG64 CoalescedOctets;
    ULONG64 CoalesceEvents;
    ULONG64 Aborts;
} NDIS_RSC_STATISTICS_INFO, *PNDIS_RSC_STATISTICS_INFO;

#define NDIS_SIZEOF_RSC_STATISTICS_REVISION_1                                                      \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_RSC_STATISTICS_INFO, Aborts)
#endif

#endif
