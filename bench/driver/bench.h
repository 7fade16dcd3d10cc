/* SPDX-License-Identifier: MIT */
/* What the bench program asks of the bench driver: a private method OID with this structure. */
#ifndef BENCH_H
#define BENCH_H

#include <ndis.h>

#define OID_BENCH ((NDIS_OID)0xFF0D0001)

/* Traffic. All but the last three are 4,096 NET_BUFFERs, which the runs go round and round. */
typedef enum _BENCH_SHAPE {
    BenchShapeHeaderPayload, /* 54 + 1460 bytes, two MDLs */
    BenchShapeSmall,         /* 64 bytes */
    BenchShapeHalves,        /* 757 + 757 bytes */
    BenchShapeFragments,     /* 1514 bytes in five MDLs: 14 + 20 + 20 + 730 + 730 */
    BenchShapeLargeRun,      /* 54 + 65482 bytes, and memory that is contiguous */
    BenchShapeLargeData,     /* 64 KiB in one MDL, pool memory, 64 buffers that take turns */
    BenchShapePage,          /* one page */
    BenchShapePages16,       /* no two pages are adjacent; frames without a mapping */
    BenchShapePages1024,     /* the same: 64 NET_BUFFERs */
    BenchShapePages65536,    /* the same: one */
    BenchShapeCount
} BENCH_SHAPE;

typedef enum _BENCH_OPERATION {
    BenchPrepare, /* makes the traffic of Shape; the one before is freed */
    BenchEmpty,   /* what the loop around the others costs */
    BenchList,    /* NdisMAllocateNetBufferSGList, the callback, NdisMFreeNetBufferSGList */
    BenchFloor,   /* what nobody can avoid of that: frames to elements, nothing else */
    BenchCopy,    /* a driver that copies instead of mapping: the data to its own memory */
    BenchNbl,     /* NdisAllocateNetBufferAndNetBufferList, NdisFreeNetBufferList */
    BenchSend,    /* what a driver does with a NET_BUFFER: copy it, or as BenchList */
    BenchShared   /* NdisMAllocateSharedMemory, NdisMFreeSharedMemory of 64 KiB */
} BENCH_OPERATION;

typedef struct _BENCH_REQUEST {
    BENCH_OPERATION Operation;
    BENCH_SHAPE Shape;
    ULONG64 Count; /* how often */
    /* BenchSend: what is copied rather than mapped */
    ULONG CopyBelow; /* shorter data */
    ULONG MaxMdls;   /* data in more MDLs */
    /* answers */
    ULONG64 Mapped, Copied; /* lists, and bytes, of a BenchSend */
    ULONG NetBufferCount;
    ULONG Elements; /* of the last list */
    PNET_BUFFER *NetBuffers;
} BENCH_REQUEST, *PBENCH_REQUEST;

#define BENCH_NET_BUFFERS 4096u

#endif
