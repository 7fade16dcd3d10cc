/* SPDX-License-Identifier: MIT */
/* in6addr.h - an IPv6 address, in the order of the wire */
#ifndef DRYDOCK_IN6ADDR_H
#define DRYDOCK_IN6ADDR_H

#include "ntdef.h"

typedef struct in6_addr {
    union {
        UCHAR Byte[16];
        USHORT Word[8];
    } u;
} IN6_ADDR, *PIN6_ADDR;

#endif
