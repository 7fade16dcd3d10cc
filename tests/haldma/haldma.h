/* SPDX-License-Identifier: MIT */
/*
 * The HAL test miniport.
 *
 *   haldma.c         the miniport around it
 *   haldma_calls.c   every member of DMA_OPERATIONS, called
 */
#ifndef HALDMA_H
#define HALDMA_H

#include <ndis.h>

#define HALDMA_TAG   0x616D6448u
#define BUFFER_BYTES 100000u /* 25 pages and a bit: more than 16 elements */
#define LIST_BYTES   8192u

typedef struct _HALDMA {
    NDIS_HANDLE Handle;
    PDEVICE_OBJECT Pdo;
    PDMA_ADAPTER Dma;
    PUCHAR Buffers[2];
    PMDL Chain; /* both buffers */
    ULONG Registers;
    ULONG Failures;
    /* what routines saw */
    PSCATTER_GATHER_LIST List;
    ULONG Lists;
    PVOID Base;
    ULONG Channels;
    IO_ALLOCATION_ACTION Action;
    UCHAR Room[LIST_BYTES];
} HALDMA, *PHALDMA;

NDIS_STATUS HalDmaRun(PHALDMA Adapter);

#endif
