/* SPDX-License-Identifier: MIT */
/* ndis/pnp.h - power management capabilities and parameters, plug-and-play events */
#ifndef DRYDOCK_NDIS_PNP_H
#define DRYDOCK_NDIS_PNP_H

#include "types.h"

/* ---- NDIS 6.0 and 6.1 ------------------------------------------------------------------------ */

typedef struct _NDIS_PM_WAKE_UP_CAPABILITIES {
    NDIS_DEVICE_POWER_STATE MinMagicPacketWakeUp;
    NDIS_DEVICE_POWER_STATE MinPatternWakeUp;
    NDIS_DEVICE_POWER_STATE MinLinkChangeWakeUp;
} NDIS_PM_WAKE_UP_CAPABILITIES, *PNDIS_PM_WAKE_UP_CAPABILITIES;

typedef struct _NDIS_PNP_CAPABILITIES {
    ULONG Flags;
    NDIS_PM_WAKE_UP_CAPABILITIES WakeUpCapabilities;
} NDIS_PNP_CAPABILITIES, *PNDIS_PNP_CAPABILITIES;

#define NDIS_DEVICE_WAKE_UP_ENABLE               0x00000001
#define NDIS_DEVICE_WAKE_ON_PATTERN_MATCH_ENABLE 0x00000002
#define NDIS_DEVICE_WAKE_ON_MAGIC_PACKET_ENABLE  0x00000004
#define NDIS_PNP_WAKE_UP_MAGIC_PACKET            0x00000001
#define NDIS_PNP_WAKE_UP_PATTERN_MATCH           0x00000002
#define NDIS_PNP_WAKE_UP_LINK_CHANGE             0x00000004

/* Mask bytes follow; the pattern is at PatternOffset from the start. */
typedef struct _NDIS_PM_PACKET_PATTERN {
    ULONG Priority;
    ULONG Reserved;
    ULONG MaskSize;
    ULONG PatternOffset;
    ULONG PatternSize;
    ULONG PatternFlags;
} NDIS_PM_PACKET_PATTERN, *PNDIS_PM_PACKET_PATTERN;

/* ---- NDIS 6.20 and newer --------------------------------------------------------------------- */

#if DD_NT_NDIS_LEVEL >= 620

#define NDIS_PM_WOL_BITMAP_PATTERN_SUPPORTED           0x00000001
#define NDIS_PM_WOL_MAGIC_PACKET_SUPPORTED             0x00000002
#define NDIS_PM_WOL_IPV4_TCP_SYN_SUPPORTED             0x00000004
#define NDIS_PM_WOL_IPV6_TCP_SYN_SUPPORTED             0x00000008
#define NDIS_PM_WOL_IPV4_DEST_ADDR_WILDCARD_SUPPORTED  0x00000200
#define NDIS_PM_WOL_IPV6_DEST_ADDR_WILDCARD_SUPPORTED  0x00000800
#define NDIS_PM_WOL_EAPOL_REQUEST_ID_MESSAGE_SUPPORTED 0x00010000

#define NDIS_PM_WOL_BITMAP_PATTERN_ENABLED           0x00000001
#define NDIS_PM_WOL_MAGIC_PACKET_ENABLED             0x00000002
#define NDIS_PM_WOL_IPV4_TCP_SYN_ENABLED             0x00000004
#define NDIS_PM_WOL_IPV6_TCP_SYN_ENABLED             0x00000008
#define NDIS_PM_WOL_IPV4_DEST_ADDR_WILDCARD_ENABLED  0x00000200
#define NDIS_PM_WOL_IPV6_DEST_ADDR_WILDCARD_ENABLED  0x00000800
#define NDIS_PM_WOL_EAPOL_REQUEST_ID_MESSAGE_ENABLED 0x00010000

#define NDIS_PM_PROTOCOL_OFFLOAD_ARP_SUPPORTED             0x00000001
#define NDIS_PM_PROTOCOL_OFFLOAD_NS_SUPPORTED              0x00000002
#define NDIS_PM_PROTOCOL_OFFLOAD_80211_RSN_REKEY_SUPPORTED 0x00000080
#define NDIS_PM_PROTOCOL_OFFLOAD_ARP_ENABLED               0x00000001
#define NDIS_PM_PROTOCOL_OFFLOAD_NS_ENABLED                0x00000002
#define NDIS_PM_PROTOCOL_OFFLOAD_80211_RSN_REKEY_ENABLED   0x00000080

#define NDIS_PM_WAKE_PACKET_INDICATION_SUPPORTED 0x00000001
#define NDIS_PM_SELECTIVE_SUSPEND_SUPPORTED      0x00000002

#define NDIS_PM_WAKE_ON_LINK_CHANGE_ENABLED        0x00000001
#define NDIS_PM_WAKE_ON_MEDIA_CONNECT_ENABLED      0x00000001
#define NDIS_PM_WAKE_ON_MEDIA_DISCONNECT_ENABLED   0x00000002
#define NDIS_PM_SELECTIVE_SUSPEND_ENABLED          0x00000010
#define NDIS_PM_WAKE_ON_MEDIA_CONNECT_SUPPORTED    0x00000001
#define NDIS_PM_WAKE_ON_MEDIA_DISCONNECT_SUPPORTED 0x00000002
#define NDIS_WLAN_WAKE_ON_NLO_DISCOVERY_SUPPORTED  0x00000001

#define NDIS_PM_WOL_PRIORITY_LOWEST               0xFFFFFFFF
#define NDIS_PM_WOL_PRIORITY_NORMAL               0x10000000
#define NDIS_PM_WOL_PRIORITY_HIGHEST              0x00000001
#define NDIS_PM_PROTOCOL_OFFLOAD_PRIORITY_LOWEST  0xFFFFFFFF
#define NDIS_PM_PROTOCOL_OFFLOAD_PRIORITY_NORMAL  0x10000000
#define NDIS_PM_PROTOCOL_OFFLOAD_PRIORITY_HIGHEST 0x00000001
#define NDIS_PM_MAX_STRING_SIZE                   64
#define NDIS_PM_MAX_PATTERN_ID                    0x0000FFFF
#define NDIS_PM_PRIVATE_PATTERN_ID                0x00000001

/* What the adapter can do while it sleeps; a state of 0 means not supported. */
typedef struct _NDIS_PM_CAPABILITIES {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    ULONG SupportedWoLPacketPatterns;
    ULONG NumTotalWoLPatterns;
    ULONG MaxWoLPatternSize;
    ULONG MaxWoLPatternOffset;
    ULONG MaxWoLPacketSaveBuffer;
    ULONG SupportedProtocolOffloads;
    ULONG NumArpOffloadIPv4Addresses;
    ULONG NumNSOffloadIPv6Addresses;
    NDIS_DEVICE_POWER_STATE MinMagicPacketWakeUp;
    NDIS_DEVICE_POWER_STATE MinPatternWakeUp;
    NDIS_DEVICE_POWER_STATE MinLinkChangeWakeUp;
#if DD_NT_NDIS_LEVEL >= 630
    ULONG SupportedWakeUpEvents;
    ULONG MediaSpecificWakeUpEvents;
#endif
} NDIS_PM_CAPABILITIES, *PNDIS_PM_CAPABILITIES;

#define NDIS_SIZEOF_NDIS_PM_CAPABILITIES_REVISION_1                                                \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_PM_CAPABILITIES, MinLinkChangeWakeUp)
#if DD_NT_NDIS_LEVEL >= 630
#define NDIS_SIZEOF_NDIS_PM_CAPABILITIES_REVISION_2                                                \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_PM_CAPABILITIES, MediaSpecificWakeUpEvents)
#endif

/* Data of OID_PM_PARAMETERS. */
typedef struct _NDIS_PM_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    ULONG EnabledWoLPacketPatterns;
    ULONG EnabledProtocolOffloads;
    ULONG WakeUpFlags;
#if DD_NT_NDIS_LEVEL >= 630
    ULONG MediaSpecificWakeUpEvents;
#endif
} NDIS_PM_PARAMETERS, *PNDIS_PM_PARAMETERS;

#define NDIS_SIZEOF_NDIS_PM_PARAMETERS_REVISION_1                                                  \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_PM_PARAMETERS, WakeUpFlags)
#if DD_NT_NDIS_LEVEL >= 630
#define NDIS_SIZEOF_NDIS_PM_PARAMETERS_REVISION_2                                                  \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_PM_PARAMETERS, MediaSpecificWakeUpEvents)
#endif

typedef struct _NDIS_PM_COUNTED_STRING {
    USHORT Length;
    WCHAR String[NDIS_PM_MAX_STRING_SIZE + 1];
} NDIS_PM_COUNTED_STRING, *PNDIS_PM_COUNTED_STRING;

typedef enum _NDIS_PM_WOL_PACKET DD_NT_ENUM_BASE {
    NdisPMWoLPacketUnspecified = 0,
    NdisPMWoLPacketBitmapPattern = 1,
    NdisPMWoLPacketMagicPacket = 2,
    NdisPMWoLPacketIPv4TcpSyn = 3,
    NdisPMWoLPacketIPv6TcpSyn = 4,
    NdisPMWoLPacketEapolRequestIdMessage = 5,
    NdisPMWoLPacketMaximum = 6
} NDIS_PM_WOL_PACKET, *PNDIS_PM_WOL_PACKET;

/* Data of OID_PM_ADD_WOL_PATTERN. Offsets count from the start of the structure. */
typedef struct _NDIS_PM_WOL_PATTERN {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    ULONG Priority;
    NDIS_PM_WOL_PACKET WoLPacketType;
    NDIS_PM_COUNTED_STRING FriendlyName;
    ULONG PatternId;
    ULONG NextWoLPatternOffset;
    union _WOL_PATTERN {
        struct _IPV4_TCP_SYN_WOL_PACKET_PARAMETERS {
            ULONG Flags;
            UCHAR IPv4SourceAddress[4];
            UCHAR IPv4DestAddress[4];
            USHORT TCPSourcePortNumber;
            USHORT TCPDestPortNumber;
        } IPv4TcpSynParameters;
        struct _IPV6_TCP_SYN_WOL_PACKET_PARAMETERS {
            ULONG Flags;
            UCHAR IPv6SourceAddress[16];
            UCHAR IPv6DestAddress[16];
            USHORT TCPSourcePortNumber;
            USHORT TCPDestPortNumber;
        } IPv6TcpSynParameters;
        struct _EAPOL_REQUEST_ID_MESSAGE_WOL_PACKET_PARAMETERS {
            ULONG Flags;
        } EapolRequestIdMessageParameters;
        struct _WOL_BITMAP_PATTERN {
            ULONG Flags;
            ULONG MaskOffset;
            ULONG MaskSize;
            ULONG PatternOffset;
            ULONG PatternSize;
        } WoLBitMapPattern;
    } WoLPattern;
} NDIS_PM_WOL_PATTERN, *PNDIS_PM_WOL_PATTERN;

#define NDIS_SIZEOF_NDIS_PM_WOL_PATTERN_REVISION_1                                                 \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_PM_WOL_PATTERN, WoLPattern)
#define NDIS_SIZEOF_NDIS_PM_WOL_PATTERN_REVISION_2                                                 \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_PM_WOL_PATTERN, WoLPattern)

typedef enum _NDIS_PM_PROTOCOL_OFFLOAD_TYPE DD_NT_ENUM_BASE {
    NdisPMProtocolOffloadIdUnspecified = 0,
    NdisPMProtocolOffloadIdIPv4ARP = 1,
    NdisPMProtocolOffloadIdIPv6NS = 2,
    NdisPMProtocolOffload80211RSNRekey = 3,
#if DD_NT_NDIS_LEVEL >= 684
    NdisPMProtocolOffload80211RSNRekeyV2 = 4,
#endif
    NdisPMProtocolOffloadIdMaximum = 5
} NDIS_PM_PROTOCOL_OFFLOAD_TYPE, *PNDIS_PM_PROTOCOL_OFFLOAD_TYPE;

/* Data of OID_PM_ADD_PROTOCOL_OFFLOAD: 240 bytes, 256 from level 6.84. */
typedef struct _NDIS_PM_PROTOCOL_OFFLOAD {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    ULONG Priority;
    NDIS_PM_PROTOCOL_OFFLOAD_TYPE ProtocolOffloadType;
    NDIS_PM_COUNTED_STRING FriendlyName;
    ULONG ProtocolOffloadId;
    ULONG NextProtocolOffloadOffset;
    union _PROTOCOL_OFFLOAD_PARAMETERS {
        struct _IPV4_ARP_PARAMETERS {
            ULONG Flags;
            UCHAR RemoteIPv4Address[4];
            UCHAR HostIPv4Address[4];
            UCHAR MacAddress[6];
        } IPv4ARPParameters;
        struct _IPV6_NS_PARAMETERS {
            ULONG Flags;
            UCHAR RemoteIPv6Address[16];
            UCHAR SolicitedNodeIPv6Address[16];
            UCHAR MacAddress[6];
            UCHAR TargetIPv6Addresses[2][16];
        } IPv6NSParameters;
        ULONG64 Reserved64;
#if DD_NT_NDIS_LEVEL >= 684
        UCHAR Reserved[96];
#else
        UCHAR Reserved[80];
#endif
    } ProtocolOffloadParameters;
} NDIS_PM_PROTOCOL_OFFLOAD, *PNDIS_PM_PROTOCOL_OFFLOAD;

#define NDIS_SIZEOF_NDIS_PM_PROTOCOL_OFFLOAD_REVISION_1 240
#if DD_NT_NDIS_LEVEL >= 684
#define NDIS_SIZEOF_NDIS_PM_PROTOCOL_OFFLOAD_REVISION_2 256
#endif

#endif /* 6.20 */

#if DD_NT_NDIS_LEVEL >= 630

typedef enum _NDIS_PM_WAKE_REASON_TYPE DD_NT_ENUM_BASE {
    NdisWakeReasonUnspecified = 0,
    NdisWakeReasonPacket = 1,
    NdisWakeReasonMediaDisconnect = 2,
    NdisWakeReasonMediaConnect = 3
} NDIS_PM_WAKE_REASON_TYPE, *PNDIS_PM_WAKE_REASON_TYPE;

/* Payload of NDIS_STATUS_PM_WAKE_REASON; a wake packet may follow at an 8-aligned offset. */
typedef struct _NDIS_PM_WAKE_REASON {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    NDIS_PM_WAKE_REASON_TYPE WakeReason;
    ULONG InfoBufferOffset;
    ULONG InfoBufferSize;
} NDIS_PM_WAKE_REASON, *PNDIS_PM_WAKE_REASON;

typedef struct _NDIS_PM_WAKE_PACKET {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    ULONG PatternId;
    NDIS_PM_COUNTED_STRING PatternFriendlyName;
    ULONG OriginalPacketSize;
    ULONG SavedPacketSize;
    ULONG SavedPacketOffset;
} NDIS_PM_WAKE_PACKET, *PNDIS_PM_WAKE_PACKET;

#define NDIS_SIZEOF_PM_WAKE_REASON_REVISION_1                                                      \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_PM_WAKE_REASON, InfoBufferSize)
#define NDIS_SIZEOF_PM_WAKE_PACKET_REVISION_1                                                      \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_PM_WAKE_PACKET, SavedPacketOffset)

#endif /* 6.30 */

/* ---- events ---------------------------------------------------------------------------------- */

/* What MiniportDevicePnPEventNotify gets. */
typedef struct _NET_DEVICE_PNP_EVENT {
    NDIS_OBJECT_HEADER Header;
    NDIS_PORT_NUMBER PortNumber;
    NDIS_DEVICE_PNP_EVENT DevicePnPEvent;
    PVOID InformationBuffer;
    ULONG InformationBufferLength;
    UCHAR NdisReserved[2 * sizeof(PVOID)];
} NET_DEVICE_PNP_EVENT, *PNET_DEVICE_PNP_EVENT;

#define NDIS_SIZEOF_NET_DEVICE_PNP_EVENT_REVISION_1                                                \
    RTL_SIZEOF_THROUGH_FIELD(NET_DEVICE_PNP_EVENT, NdisReserved)

typedef enum _NDIS_POWER_PROFILE DD_NT_ENUM_BASE {
    NdisPowerProfileBattery = 0,
    NdisPowerProfileAcOnLine = 1
} NDIS_POWER_PROFILE, *PNDIS_POWER_PROFILE;

#endif
