/* SPDX-License-Identifier: MIT */
/*
 * ndis/nblslots.h - the slots of NET_BUFFER_LIST.NetBufferListInfo
 *
 * The number of slots grows with the level, so a driver compiled for 6.0 sees a shorter
 * NET_BUFFER_LIST. Lists are always allocated at full length, and a slot keeps its number. Several
 * names share a slot when they belong to different directions or offloads.
 */
#ifndef DRYDOCK_NDIS_NBLSLOTS_H
#define DRYDOCK_NDIS_NBLSLOTS_H

#include "../ntdef.h"
#include "version.h"

typedef enum _NDIS_NET_BUFFER_LIST_INFO DD_NT_ENUM_BASE {
    TcpIpChecksumNetBufferListInfo = 0,
    TcpOffloadBytesTransferred = 0,
    IPsecOffloadV1NetBufferListInfo = 1,
#if DD_NT_NDIS_LEVEL >= 601
    IPsecOffloadV2NetBufferListInfo = 1,
#endif
    TcpLargeSendNetBufferListInfo = 2,
    TcpReceiveNoPush = 2,
    ClassificationHandleNetBufferListInfo = 3,
    Ieee8021QNetBufferListInfo = 4,
    NetBufferListCancelId = 5,
    MediaSpecificInformation = 6,
    NetBufferListFrameType = 7,
    NetBufferListProtocolId = 7,
    NetBufferListHashValue = 8,
    NetBufferListHashInfo = 9,
    WfpNetBufferListInfo = 10,
#if DD_NT_NDIS_LEVEL >= 601
    IPsecOffloadV2TunnelNetBufferListInfo = 11,
    IPsecOffloadV2HeaderNetBufferListInfo = 12,
#endif
#if DD_NT_NDIS_LEVEL >= 620
    NetBufferListCorrelationId = 13,
    NetBufferListFilteringInfo = 14,
    MediaSpecificInformationEx = 15,
    NblOriginalInterfaceIfIndex = 16,
    NblReAuthWfpFlowContext = 16,
    TcpReceiveBytesTransferred = 17,
    NrtNameResolutionId = 17,
#endif
#if DD_NT_NDIS_LEVEL >= 684
    UdpRecvSegCoalesceOffloadInfo = 17,
#endif
#if DD_NT_NDIS_LEVEL >= 630
    SwitchForwardingReserved = 18,
    SwitchForwardingDetail = 19,
    VirtualSubnetInfo = 20,
    IMReserved = 21,
    TcpRecvSegCoalesceInfo = 22,
#endif
#if DD_NT_NDIS_LEVEL >= 683
    UdpSegmentationOffloadInfo = 22,
#endif
#if DD_NT_NDIS_LEVEL >= 630
    RscTcpTimestampDelta = 23,
    TcpSendOffloadsSupplementalNetBufferListInfo = 23,
#endif
#if DD_NT_NDIS_LEVEL >= 650
    GftOffloadInformation = 24,
    GftFlowEntryId = 25,
#endif
#if DD_NT_NDIS_LEVEL >= 680
    NetBufferListInfoReserved3 = 26,
#endif
#if DD_NT_NDIS_LEVEL >= 680
    MaxNetBufferListInfo = 27
#elif DD_NT_NDIS_LEVEL >= 650
    MaxNetBufferListInfo = 26
#elif DD_NT_NDIS_LEVEL >= 630
    MaxNetBufferListInfo = 24
#elif DD_NT_NDIS_LEVEL >= 620
    MaxNetBufferListInfo = 18
#elif DD_NT_NDIS_LEVEL >= 601
    MaxNetBufferListInfo = 13
#else
    MaxNetBufferListInfo = 11
#endif
} NDIS_NET_BUFFER_LIST_INFO, *PNDIS_NET_BUFFER_LIST_INFO;

#endif
