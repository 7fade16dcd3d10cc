/* SPDX-License-Identifier: MIT */
/* netiodef.h - numbers of network protocols */
#ifndef DRYDOCK_NETIODEF_H
#define DRYDOCK_NETIODEF_H

#include "ntdef.h"

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

#endif
