/* SPDX-License-Identifier: MIT */
/* ndis/eth.h - Ethernet addresses (xfilter.h brings the same) */
#ifndef DRYDOCK_NDIS_ETH_H
#define DRYDOCK_NDIS_ETH_H

#include "../ntdef.h"

#define ETH_LENGTH_OF_ADDRESS 6
#define ETH_ADDRESS_LENGTH    6

#define NDIS_ETH_TYPE_IPV4   0x0800
#define NDIS_ETH_TYPE_ARP    0x0806
#define NDIS_ETH_TYPE_802_1Q 0x8100
#define NDIS_ETH_TYPE_IPV6   0x86dd
#define NDIS_ETH_TYPE_802_1X 0x888e

#define ETH_IS_MULTICAST(Address) ((BOOLEAN)(((PUCHAR)(Address))[0] & 0x01))
#define ETH_IS_BROADCAST(Address)                                                                  \
    ((BOOLEAN)((((PUCHAR)(Address))[0] == 0xff) && (((PUCHAR)(Address))[1] == 0xff) &&             \
               (((PUCHAR)(Address))[2] == 0xff) && (((PUCHAR)(Address))[3] == 0xff) &&             \
               (((PUCHAR)(Address))[4] == 0xff) && (((PUCHAR)(Address))[5] == 0xff)))
#define ETH_IS_EMPTY(Address)                                                                      \
    ((BOOLEAN)((((PUCHAR)(Address))[0] | ((PUCHAR)(Address))[1] | ((PUCHAR)(Address))[2] |         \
                ((PUCHAR)(Address))[3] | ((PUCHAR)(Address))[4] | ((PUCHAR)(Address))[5]) == 0))
#define ETH_COPY_NETWORK_ADDRESS(Dest, Src)                                                        \
    ((void)__builtin_memcpy((Dest), (Src), ETH_LENGTH_OF_ADDRESS))

/* *Result 0 when equal, else 1. */
#define ETH_COMPARE_NETWORK_ADDRESSES_EQ(Address1, Address2, Result)                               \
    (*(Result) = (UINT)(__builtin_memcmp((Address1), (Address2), ETH_LENGTH_OF_ADDRESS) != 0))

/* The old order: bytes 2-5 as one little-endian number first, then bytes 0-1. */
DD_NT_INLINE UINT DrydockEthOrder(const VOID *Address1, const VOID *Address2)
{
    ULONG a4;
    ULONG b4;
    USHORT a2;
    USHORT b2;

    (void)__builtin_memcpy(&a4, (const UCHAR *)Address1 + 2, sizeof(a4));
    (void)__builtin_memcpy(&b4, (const UCHAR *)Address2 + 2, sizeof(b4));
    (void)__builtin_memcpy(&a2, Address1, sizeof(a2));
    (void)__builtin_memcpy(&b2, Address2, sizeof(b2));
    if (a4 != b4) {
        return a4 > b4 ? 1u : (UINT)-1;
    }
    if (a2 != b2) {
        return a2 > b2 ? 1u : (UINT)-1;
    }
    return 0;
}

#define ETH_COMPARE_NETWORK_ADDRESSES(Address1, Address2, Result)                                  \
    (*(Result) = DrydockEthOrder((Address1), (Address2)))

#endif
