/* SPDX-License-Identifier: MIT */
/* The bench driver, inside: driver.c a miniport's duties, traffic.c the NET_BUFFERs, cases.c the
 * work. */
#ifndef BENCH_DRIVER_H
#define BENCH_DRIVER_H

#include "bench.h"

#define BENCH_TAG          'hcnB'
#define BENCH_MAX_MDLS     5u
#define BENCH_LARGE        65536u
#define BENCH_LARGE_BLOCKS 64u

typedef struct _BENCH_PACKET {
    PMDL Mdls[BENCH_MAX_MDLS];
    PVOID Blocks[BENCH_MAX_MDLS]; /* pool memory of its own, or NULL */
    PNET_BUFFER_LIST Nbl;
    PVOID List; /* the caller's buffer of NdisMAllocateNetBufferSGList */
} BENCH_PACKET, *PBENCH_PACKET;

typedef struct _BENCH_ADAPTER {
    NDIS_HANDLE Handle;
    NDIS_HANDLE Dma;
    NDIS_HANDLE NblPool;
    /* traffic */
    ULONG PacketCount; /* a power of two */
    ULONG ListBytes;
    PBENCH_PACKET Packets;
    PNET_BUFFER *NetBuffers;
    PVOID LargeBlocks[BENCH_LARGE_BLOCKS];
    PVOID Shared; /* one block, contiguous */
    NDIS_PHYSICAL_ADDRESS SharedPa;
    /* the callback's result */
    PSCATTER_GATHER_LIST Built;
    /* BenchSend */
    ULONG CopyBelow, MaxMdls;
    ULONG64 Mapped, Copied;
    UCHAR *Copy; /* where copies go */
} BENCH_ADAPTER, *PBENCH_ADAPTER;

/* traffic.c. PASSIVE_LEVEL. On failure nothing is left. */
NDIS_STATUS BenchMakeTraffic(PBENCH_ADAPTER Adapter, BENCH_SHAPE Shape);
VOID BenchFreeTraffic(PBENCH_ADAPTER Adapter);

/* cases.c */
MINIPORT_PROCESS_SG_LIST BenchProcessSGList;
NDIS_STATUS BenchWork(PBENCH_ADAPTER Adapter, PBENCH_REQUEST Request);

#endif
