/* SPDX-License-Identifier: MIT */
/* ndis/oiddata.h - data of smaller OIDs */
#ifndef DRYDOCK_NDIS_OIDDATA_H
#define DRYDOCK_NDIS_OIDDATA_H

#include "types.h"

/* One custom GUID of OID_GEN_SUPPORTED_GUIDS. */
typedef struct _NDIS_GUID {
    GUID Guid;
    __extension__ union {
        NDIS_OID Oid;
        NDIS_STATUS Status;
    };
    ULONG Size;
    ULONG Flags;
} NDIS_GUID, *PNDIS_GUID;

#define fNDIS_GUID_TO_OID         0x00000001
#define fNDIS_GUID_TO_STATUS      0x00000002
#define fNDIS_GUID_ANSI_STRING    0x00000004
#define fNDIS_GUID_UNICODE_STRING 0x00000008
#define fNDIS_GUID_ARRAY          0x00000010
#define fNDIS_GUID_ALLOW_READ     0x00000020
#define fNDIS_GUID_ALLOW_WRITE    0x00000040
#define fNDIS_GUID_METHOD         0x00000080

/* OID_GEN_NETWORK_LAYER_ADDRESSES. */
typedef struct _NETWORK_ADDRESS {
    USHORT AddressLength;
    USHORT AddressType;
    UCHAR Address[1];
} NETWORK_ADDRESS, *PNETWORK_ADDRESS;

typedef struct _NETWORK_ADDRESS_LIST {
    LONG AddressCount;
    USHORT AddressType;
    NETWORK_ADDRESS Address[1];
} NETWORK_ADDRESS_LIST, *PNETWORK_ADDRESS_LIST;

typedef struct _NETWORK_ADDRESS_IP {
    USHORT sin_port;
    ULONG in_addr;
    UCHAR sin_zero[8];
} NETWORK_ADDRESS_IP, *PNETWORK_ADDRESS_IP;

/* OID_GEN_TRANSPORT_HEADER_OFFSET. */
typedef struct _TRANSPORT_HEADER_OFFSET {
    USHORT ProtocolType;
    USHORT HeaderOffset;
} TRANSPORT_HEADER_OFFSET, *PTRANSPORT_HEADER_OFFSET;

#endif
