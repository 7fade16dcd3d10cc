/* SPDX-License-Identifier: MIT */
/*
 * ndis/nblinfo.h - what travels beside the data: unions over NetBufferListInfo slots, and their
 * macros
 *
 * Each union is 32 bits of bit-fields in a pointer-sized slot. Drivers cast the address of the
 * slot, or copy it through Value. The unions may therefore alias a pointer.
 */
#ifndef DRYDOCK_NDIS_NBLINFO_H
#define DRYDOCK_NDIS_NBLINFO_H

#include "../wdm/debug.h"
#include "nbl.h"

#define DD_NT_MAY_ALIAS __attribute__((may_alias))

/* ---- slot 0: checksums ----------------------------------------------------------------------- */

typedef struct DD_NT_MAY_ALIAS _NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO {
    __extension__ union {
        struct {
            ULONG IsIPv4 : 1;
            ULONG IsIPv6 : 1;
            ULONG TcpChecksum : 1;
            ULONG UdpChecksum : 1;
            ULONG IpHeaderChecksum : 1;
            ULONG Reserved : 11;
            ULONG TcpHeaderOffset : 10;
        } Transmit;
        struct {
            ULONG TcpChecksumFailed : 1;
            ULONG UdpChecksumFailed : 1;
            ULONG IpChecksumFailed : 1;
            ULONG TcpChecksumSucceeded : 1;
            ULONG UdpChecksumSucceeded : 1;
            ULONG IpChecksumSucceeded : 1;
            ULONG Loopback : 1;
#if DD_NT_NDIS_LEVEL >= 630
            ULONG TcpChecksumValueInvalid : 1;
            ULONG IpChecksumValueInvalid : 1;
#endif
        } Receive;
        PVOID Value;
    };
} NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO, *PNDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO;

/* ---- slot 2: large send ---------------------------------------------------------------------- */

#define NDIS_TCP_LARGE_SEND_OFFLOAD_V1_TYPE 0
#define NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE 1
#define NDIS_TCP_LARGE_SEND_OFFLOAD_IPv4    0
#define NDIS_TCP_LARGE_SEND_OFFLOAD_IPv6    1

typedef struct DD_NT_MAY_ALIAS _NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO {
    __extension__ union {
        struct {
            ULONG Unused : 30;
            ULONG Type : 1;
            ULONG Reserved2 : 1;
        } Transmit;
        struct {
            ULONG MSS : 20;
            ULONG TcpHeaderOffset : 10;
            ULONG Type : 1;
            ULONG Reserved2 : 1;
        } LsoV1Transmit;
        struct {
            ULONG TcpPayload : 30;
            ULONG Type : 1;
            ULONG Reserved2 : 1;
        } LsoV1TransmitComplete;
        struct {
            ULONG MSS : 20;
            ULONG TcpHeaderOffset : 10;
            ULONG Type : 1;
            ULONG IPVersion : 1;
        } LsoV2Transmit;
        struct {
            ULONG Reserved : 30;
            ULONG Type : 1;
            ULONG Reserved2 : 1;
        } LsoV2TransmitComplete;
        PVOID Value;
    };
} NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO,
    *PNDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO;

/* ---- slot 4: priority and VLAN --------------------------------------------------------------- */

/* Not the order of the tag on the wire, which is priority, CFI, VLAN from the top. */
typedef struct DD_NT_MAY_ALIAS _NDIS_NET_BUFFER_LIST_8021Q_INFO {
    __extension__ union {
        struct {
            ULONG UserPriority : 3;
            ULONG CanonicalFormatId : 1;
            ULONG VlanId : 12;
            ULONG Reserved : 16;
        } TagHeader;
        struct {
            ULONG UserPriority : 3;
            ULONG CanonicalFormatId : 1;
            ULONG VlanId : 12;
            ULONG WMMInfo : 4;
            ULONG Reserved : 12;
        } WLanTagHeader;
        PVOID Value;
    };
} NDIS_NET_BUFFER_LIST_8021Q_INFO, *PNDIS_NET_BUFFER_LIST_8021Q_INFO;

/* ---- slots 14, 17, 22, 23 -------------------------------------------------------------------- */

#if DD_NT_NDIS_LEVEL >= 620
typedef struct DD_NT_MAY_ALIAS _NDIS_NET_BUFFER_LIST_FILTERING_INFO {
    __extension__ union {
        struct {
            USHORT FilterId;
            union {
                USHORT QueueId;
                USHORT VPortId;
            } QueueVPortInfo;
        } FilteringInfo;
        PVOID Value;
    };
} NDIS_NET_BUFFER_LIST_FILTERING_INFO, *PNDIS_NET_BUFFER_LIST_FILTERING_INFO;
#endif

#if DD_NT_NDIS_LEVEL >= 630
typedef union DD_NT_MAY_ALIAS _NDIS_RSC_NBL_INFO {
    struct {
        USHORT CoalescedSegCount;
        USHORT DupAckCount;
    } Info;
    PVOID Value;
} NDIS_RSC_NBL_INFO, *PNDIS_RSC_NBL_INFO;

typedef struct DD_NT_MAY_ALIAS _NDIS_TCP_SEND_OFFLOADS_SUPPLEMENTAL_NET_BUFFER_LIST_INFO {
    __extension__ union {
        __extension__ struct {
            ULONG IsEncapsulatedPacket : 1;
            ULONG EncapsulatedPacketOffsetsValid : 1;
            ULONG InnerFrameOffset : 8;
            ULONG TransportIpHeaderRelativeOffset : 6;
            ULONG TcpHeaderRelativeOffset : 10;
            ULONG IsInnerIPv6 : 1;
            ULONG TcpOptionsPresent : 1;
            ULONG Reserved : 4;
        };
        PVOID Value;
    };
} NDIS_TCP_SEND_OFFLOADS_SUPPLEMENTAL_NET_BUFFER_LIST_INFO,
    *PNDIS_TCP_SEND_OFFLOADS_SUPPLEMENTAL_NET_BUFFER_LIST_INFO;

#define NET_BUFFER_LIST_COALESCED_SEG_COUNT(nbl)                                                   \
    (((PNDIS_RSC_NBL_INFO)(PVOID) & ((nbl)->NetBufferListInfo[TcpRecvSegCoalesceInfo]))            \
         ->Info.CoalescedSegCount)
#define NET_BUFFER_LIST_DUP_ACK_COUNT(nbl)                                                         \
    (((PNDIS_RSC_NBL_INFO)(PVOID) & ((nbl)->NetBufferListInfo[TcpRecvSegCoalesceInfo]))            \
         ->Info.DupAckCount)
#endif

#if DD_NT_NDIS_LEVEL >= 683
#define NDIS_UDP_SEGMENTATION_OFFLOAD_IPV4 0
#define NDIS_UDP_SEGMENTATION_OFFLOAD_IPV6 1

typedef struct DD_NT_MAY_ALIAS _NDIS_UDP_SEGMENTATION_OFFLOAD_NET_BUFFER_LIST_INFO {
    __extension__ union {
        struct {
            ULONG MSS : 20;
            ULONG UdpHeaderOffset : 10;
            ULONG Reserved : 1;
            ULONG IPVersion : 1;
        } Transmit;
        PVOID Value;
    };
} NDIS_UDP_SEGMENTATION_OFFLOAD_NET_BUFFER_LIST_INFO,
    *PNDIS_UDP_SEGMENTATION_OFFLOAD_NET_BUFFER_LIST_INFO;
#endif

#if DD_NT_NDIS_LEVEL >= 684
typedef union DD_NT_MAY_ALIAS _NDIS_UDP_RSC_OFFLOAD_NET_BUFFER_LIST_INFO {
    struct {
        USHORT SegCount;
        USHORT SegSize;
    } Receive;
    PVOID Value;
} NDIS_UDP_RSC_OFFLOAD_NET_BUFFER_LIST_INFO, *PNDIS_UDP_RSC_OFFLOAD_NET_BUFFER_LIST_INFO;
#endif

/* ---- cancel id ------------------------------------------------------------------------------- */

#define NDIS_GET_NET_BUFFER_LIST_CANCEL_ID(nbl) ((nbl)->NetBufferListInfo[NetBufferListCancelId])
#define NDIS_SET_NET_BUFFER_LIST_CANCEL_ID(nbl, id)                                                \
    ((nbl)->NetBufferListInfo[NetBufferListCancelId] = (id))
#define NET_BUFFER_LIST_CANCEL_ID(nbl) ((nbl)->NetBufferListInfo[NetBufferListCancelId])

/* ---- VMQ filtering --------------------------------------------------------------------------- */

#if DD_NT_NDIS_LEVEL >= 620
#define NET_BUFFER_LIST_RECEIVE_FILTER_ID(nbl)                                                     \
    (((PNDIS_NET_BUFFER_LIST_FILTERING_INFO)(PVOID) &                                              \
      ((nbl)->NetBufferListInfo[NetBufferListFilteringInfo]))                                      \
         ->FilteringInfo.FilterId)
#define NET_BUFFER_LIST_RECEIVE_QUEUE_ID(nbl)                                                      \
    (((PNDIS_NET_BUFFER_LIST_FILTERING_INFO)(PVOID) &                                              \
      ((nbl)->NetBufferListInfo[NetBufferListFilteringInfo]))                                      \
         ->FilteringInfo.QueueVPortInfo.QueueId)
#endif

/* ---- slots 8 and 9: receive hash ------------------------------------------------------------- */

#define NDIS_HASH_FUNCTION_MASK 0x000000FF
#define NDIS_HASH_TYPE_MASK     0x00FFFF00

#define DD_NT_NBL_HASH_INFO(nbl) ((ULONG)(ULONG_PTR)(nbl)->NetBufferListInfo[NetBufferListHashInfo])

#define NET_BUFFER_LIST_GET_HASH_VALUE(nbl)                                                        \
    ((ULONG)(ULONG_PTR)(nbl)->NetBufferListInfo[NetBufferListHashValue])
#define NET_BUFFER_LIST_SET_HASH_VALUE(nbl, value)                                                 \
    ((nbl)->NetBufferListInfo[NetBufferListHashValue] = (PVOID)(ULONG_PTR)(ULONG)(value))
#define NET_BUFFER_LIST_GET_HASH_TYPE(nbl)     (DD_NT_NBL_HASH_INFO(nbl) & NDIS_HASH_TYPE_MASK)
#define NET_BUFFER_LIST_GET_HASH_FUNCTION(nbl) (DD_NT_NBL_HASH_INFO(nbl) & NDIS_HASH_FUNCTION_MASK)

/* The setters keep the other half; a value outside its mask is an assertion. */
#define NET_BUFFER_LIST_SET_HASH_TYPE(nbl, type)                                                   \
    do {                                                                                           \
        ASSERT(((type) & ~(ULONG)NDIS_HASH_TYPE_MASK) == 0);                                       \
        (nbl)->NetBufferListInfo[NetBufferListHashInfo] =                                          \
            (PVOID)(ULONG_PTR)(NET_BUFFER_LIST_GET_HASH_FUNCTION(nbl) |                            \
                               ((ULONG)(type)&NDIS_HASH_TYPE_MASK));                               \
    } while (0)
#define NET_BUFFER_LIST_SET_HASH_FUNCTION(nbl, function)                                           \
    do {                                                                                           \
        ASSERT(((function) & ~(ULONG)NDIS_HASH_FUNCTION_MASK) == 0);                               \
        (nbl)->NetBufferListInfo[NetBufferListHashInfo] =                                          \
            (PVOID)(ULONG_PTR)(NET_BUFFER_LIST_GET_HASH_TYPE(nbl) |                                \
                               ((ULONG)(function)&NDIS_HASH_FUNCTION_MASK));                       \
    } while (0)

#define NDIS_RSS_HASH_FUNC_FROM_HASH_INFO(info)               ((info)&NDIS_HASH_FUNCTION_MASK)
#define NDIS_RSS_HASH_TYPE_FROM_HASH_INFO(info)               ((info)&NDIS_HASH_TYPE_MASK)
#define NDIS_RSS_HASH_INFO_FROM_TYPE_AND_FUNC(type, function) ((type) | (function))

#endif
