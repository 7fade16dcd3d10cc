/* SPDX-License-Identifier: MIT */
/*
 * ndis/ndis5.h - names of NDIS 5 that a porting tool and half-ported drivers still meet
 *
 * The attribute flags have the numbers of other flags in NDIS 6: NDIS_ATTRIBUTE_BUS_MASTER in
 * AttributeFlags means NOT_CO_NDIS, and the adapter is no bus master.
 */
#ifndef DRYDOCK_NDIS_NDIS5_H
#define DRYDOCK_NDIS_NDIS5_H

#include "types.h"

#define NDIS_ATTRIBUTE_IGNORE_PACKET_TIMEOUT       0x00000001
#define NDIS_ATTRIBUTE_IGNORE_REQUEST_TIMEOUT      0x00000002
#define NDIS_ATTRIBUTE_IGNORE_TOKEN_RING_ERRORS    0x00000004
#define NDIS_ATTRIBUTE_BUS_MASTER                  0x00000008
#define NDIS_ATTRIBUTE_INTERMEDIATE_DRIVER         0x00000010
#define NDIS_ATTRIBUTE_DESERIALIZE                 0x00000020
#define NDIS_ATTRIBUTE_NO_HALT_ON_SUSPEND          0x00000040
#define NDIS_ATTRIBUTE_SURPRISE_REMOVE_OK          0x00000080
#define NDIS_ATTRIBUTE_NOT_CO_NDIS                 0x00000100
#define NDIS_ATTRIBUTE_USES_SAFE_BUFFER_APIS       0x00000200
#define NDIS_ATTRIBUTE_DO_NOT_BIND_TO_ALL_CO       0x00000400
#define NDIS_ATTRIBUTE_MINIPORT_PADS_SHORT_PACKETS 0x00000800

/* Slots beside an NDIS_PACKET. */
typedef enum _NDIS_PER_PACKET_INFO DD_NT_ENUM_BASE {
    TcpIpChecksumPacketInfo = 0,
    IpSecPacketInfo = 1,
    TcpLargeSendPacketInfo = 2,
    ClassificationHandlePacketInfo = 3,
    NdisReserved = 4,
    ScatterGatherListPacketInfo = 5,
    Ieee8021QInfo = 6,
    OriginalPacketInfo = 7,
    PacketCancelId = 8,
    OriginalNetBufferList = 9,
    CachedNetBufferList = 10,
    ShortPacketPaddingInfo = 11,
    MaxPerPacketInfo = 12
} NDIS_PER_PACKET_INFO, *PNDIS_PER_PACKET_INFO;

#endif
