/* SPDX-License-Identifier: MIT */
/*
 * What NDIS 6 makes the driver keep for each adapter. Put `BM_NDIS6 Ndis6;` into BM_ADAPTER.
 *
 * Lines with PORT: are yours; each names the place in the NDIS 5 driver that has the answer.
 */
#ifndef NDIS6_STATE_H
#define NDIS6_STATE_H

#include <ndis.h>

typedef struct _Bm_NDIS6 {
    NDIS_HANDLE InterruptHandle;
    NDIS_HANDLE ReceivePool;
    NDIS_SPIN_LOCK SendLock;    /* WaitHead, WaitTail, and the hardware's send ring */
    NDIS_SPIN_LOCK ReceiveLock; /* the hardware's receive ring */
    PNET_BUFFER WaitHead;       /* mapped, and waiting for descriptors */
    PNET_BUFFER WaitTail;
    LONG Outstanding; /* NET_BUFFER_LISTs here, and those indicated and not returned; and 1 while
                         not paused */
    BOOLEAN Paused;
    BOOLEAN Halting;
    ULONG PacketFilter;
    ULONG Lookahead;
} BM_NDIS6, *PBM_NDIS6;

/* A list with more elements is given back and the frame copied. */
#define BM_MOST_ELEMENTS 32u

/* A NET_BUFFER_LIST that is being sent: how many of its NET_BUFFERs are not done, and whose it is. */
#define BM_NBL_LEFT(Nbl)    (*(LONG *)&NET_BUFFER_LIST_MINIPORT_RESERVED(Nbl)[0])
#define BM_NBL_ADAPTER(Nbl) (NET_BUFFER_LIST_MINIPORT_RESERVED(Nbl)[1])

/* A NET_BUFFER that is being sent: its list of elements, its NET_BUFFER_LIST, the next one. */
#define BM_NB_SGL(Nb)  (*(PSCATTER_GATHER_LIST *)&NET_BUFFER_MINIPORT_RESERVED(Nb)[0])
#define BM_NB_NBL(Nb)  (*(PNET_BUFFER_LIST *)&NET_BUFFER_MINIPORT_RESERVED(Nb)[1])
#define BM_NB_NEXT(Nb) (*(PNET_BUFFER *)&NET_BUFFER_MINIPORT_RESERVED(Nb)[2])

#endif
