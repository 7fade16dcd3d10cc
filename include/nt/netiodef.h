/* SPDX-License-Identifier: MIT */
/* netiodef.h - numbers and headers of network protocols, as they are on the wire */
#ifndef DRYDOCK_NETIODEF_H
#define DRYDOCK_NETIODEF_H

#include "ntdef.h"
#include "ws2def.h"

#define ETHERNET_TYPE_MINIMUM 0x0600
#define ETHERNET_TYPE_IPV4    0x0800
#define ETHERNET_TYPE_ARP     0x0806
#define ETHERNET_TYPE_802_1Q  0x8100
#define ETHERNET_TYPE_IPV6    0x86dd
#define ETHERNET_TYPE_802_1AD 0x88a8

typedef union _DL_EUI48 {
    UCHAR Byte[6];
} DL_EUI48, *PDL_EUI48;

typedef struct _ETHERNET_HEADER {
    DL_EUI48 Destination;
    DL_EUI48 Source;
    __extension__ union {
        USHORT Type;
        USHORT Length;
    };
} ETHERNET_HEADER, *PETHERNET_HEADER;

#define IPV4_VERSION 4
#define IPV6_VERSION 0x60 /* where it is in the first byte */

typedef struct _IPV4_HEADER {
    __extension__ union {
        UINT8 VersionAndHeaderLength;
        struct {
            UINT8 HeaderLength : 4; /* of 4 bytes each */
            UINT8 Version : 4;
        };
    };
    __extension__ union {
        UINT8 TypeOfServiceAndEcnField;
        struct {
            UINT8 EcnField : 2;
            UINT8 TypeOfService : 6;
        };
    };
    UINT16 TotalLength;
    UINT16 Identification;
    __extension__ union {
        UINT16 FlagsAndOffset;
        struct {
            UINT16 DontUse1 : 5; /* high bits of the offset */
            UINT16 MoreFragments : 1;
            UINT16 DontFragment : 1;
            UINT16 Reserved : 1;
            UINT16 DontUse2 : 8;
        };
    };
    UINT8 TimeToLive;
    UINT8 Protocol;
    UINT16 HeaderChecksum;
    IN_ADDR SourceAddress;
    IN_ADDR DestinationAddress;
} IPV4_HEADER, *PIPV4_HEADER;

typedef struct _IPV6_HEADER {
    UINT32 VersionClassFlow;
    UINT16 PayloadLength;
    UINT8 NextHeader;
    UINT8 HopLimit;
    IN6_ADDR SourceAddress;
    IN6_ADDR DestinationAddress;
} IPV6_HEADER, *PIPV6_HEADER;

typedef struct _ICMP_HEADER {
    UINT8 Type;
    UINT8 Code;
    UINT16 Checksum;
} ICMP_HEADER, *PICMP_HEADER;

typedef ICMP_HEADER ICMPV4_HEADER, *PICMPV4_HEADER;
typedef ICMP_HEADER ICMPV6_HEADER, *PICMPV6_HEADER;

typedef struct tcp_hdr {
    UINT16 th_sport;
    UINT16 th_dport;
    UINT32 th_seq;
    UINT32 th_ack;
    UINT8 th_x2 : 4;
    UINT8 th_len : 4; /* of 4 bytes each */
    UINT8 th_flags;
    UINT16 th_win;
    UINT16 th_sum;
    UINT16 th_urp;
} TCP_HDR;

#ifndef __cplusplus
_Static_assert(sizeof(IPV4_HEADER) == 20 && sizeof(IPV6_HEADER) == 40 && sizeof(TCP_HDR) == 20,
               "as on the wire");
#endif

#endif
