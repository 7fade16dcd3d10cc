/* SPDX-License-Identifier: MIT */
/* What offload.c and offloadset.c keep, for the adapter and for each frame being sent. */
#ifndef E1000_OFFLOAD_H
#define E1000_OFFLOAD_H

#include <ndis.h>

/* Large sends: payload, and segments it takes to be one. */
#define E1000_LSO_MAX_SIZE     0xF000u
#define E1000_LSO_MIN_SEGMENTS 2u

/* Offloads that are switched one by one. Values are those of the keywords. */
typedef enum _E1000_OFFLOAD_KIND {
    E1000OffloadIpV4,
    E1000OffloadTcpV4,
    E1000OffloadUdpV4,
    E1000OffloadTcpV6,
    E1000OffloadUdpV6,
    E1000OffloadLsoV4,
    E1000OffloadLsoV6,
    E1000OffloadKinds
} E1000_OFFLOAD_KIND;

#define E1000_OFFLOAD_TX 1u
#define E1000_OFFLOAD_RX 2u

/* What is on (offload.c). */
typedef struct _E1000_OFFLOAD {
    ULONG Config[E1000OffloadKinds];
    BOOLEAN Active; /* OID_OFFLOAD_ENCAPSULATION was set */
} E1000_OFFLOAD;

/* What a frame being sent wants done. */
typedef struct _E1000_TX_OFFLOAD {
    ULONG End;           /* of the IP datagram */
    ULONG Segments;      /* frames it becomes */
    USHORT HeaderLength; /* bytes sent from the copy, the rest from the list; 0: all from one */
    USHORT Mss;          /* 0: no large send */
    UCHAR L3;
    UCHAR L4;
    UCHAR SumAt;
    BOOLEAN IPv4;
    BOOLEAN Tcp;
    BOOLEAN InsertIp;
    BOOLEAN InsertTransport;
    BOOLEAN InSoftware; /* summed by the driver, in the copy */
} E1000_TX_OFFLOAD, *PE1000_TX_OFFLOAD;

#endif
