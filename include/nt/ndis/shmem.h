/* SPDX-License-Identifier: MIT */
/*
 * ndis/shmem.h - memory that CPU and device use at the same time: descriptor rings, receive buffers
 *
 * Each block is one range for the CPU and one range for the device; the two addresses come as a
 * pair and neither can be computed from the other.
 */
#ifndef DRYDOCK_NDIS_SHMEM_H
#define DRYDOCK_NDIS_SHMEM_H

#include "dma.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * NdisMAllocateSharedMemory - allocate shared memory during initialization
 * @MiniportAdapterHandle: from MiniportInitializeEx
 * @Length: bytes, > 0
 * @Cached: ignored on x64, memory is always cached; but the free call must repeat it
 * @VirtualAddress: out, CPU address, or NULL when there is no memory
 * @PhysicalAddress: out, device address; 0 on failure
 *
 * IRQL: = PASSIVE_LEVEL, only from MiniportInitializeEx, after the SG DMA (or DMA channel)
 *     registration.
 * Return: nothing; look at *@VirtualAddress. On failure a driver may retry with less, and writes an
 *     error log entry before it fails its initialization.
 * Ownership: the caller's until NdisMFreeSharedMemory() with the same five values, at the latest in
 *     MiniportHaltEx and before NdisMDeregisterScatterGatherDma().
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndismallocatesharedmemory.
 * Unspecified there: alignment. Drydock: page. Contents. Drydock: a pattern when the run verifies.
 */
DD_NT_IMPORT VOID NdisMAllocateSharedMemory(NDIS_HANDLE MiniportAdapterHandle, ULONG Length,
                                            BOOLEAN Cached, PVOID *VirtualAddress,
                                            PNDIS_PHYSICAL_ADDRESS PhysicalAddress);

/**
 * NdisMAllocateSharedMemoryAsyncEx - allocate shared memory while running
 * @MiniportDmaHandle: from NdisMRegisterScatterGatherDma()
 * @Length: bytes, > 0
 * @Cached: as in NdisMAllocateSharedMemory()
 * @Context: passed unchanged to MiniportSharedMemoryAllocateComplete
 *
 * IRQL: <= DISPATCH_LEVEL.
 * Return: NDIS_STATUS_PENDING, the handler of the DMA description is called, with NULL if the
 *     memory cannot be had; NDIS_STATUS_FAILURE, nothing allocated, no call, a retry may work.
 *     Never NDIS_STATUS_SUCCESS.
 * Ownership: as NdisMAllocateSharedMemory(), from the callback on.
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndismallocatesharedmemoryasyncex.
 * Unspecified there: an allocation pending at halt. Drydock: its callback runs before
 *     MiniportHaltEx is called. The page allows a DMA channel registration instead, and a porting
 *     page demands one; but a channel registration has no handler to call (dmachannel.h has both
 *     texts). Drydock: with nothing but a channel, NDIS_STATUS_FAILURE and a finding that names
 * both.
 */
DD_NT_IMPORT NDIS_STATUS NdisMAllocateSharedMemoryAsyncEx(NDIS_HANDLE MiniportDmaHandle,
                                                          ULONG Length, BOOLEAN Cached,
                                                          PVOID Context);

/**
 * NdisMFreeSharedMemory - free shared memory of both allocation calls
 * @MiniportAdapterHandle: the adapter handle, also for memory of the asynchronous call
 * @Length: as at allocation
 * @Cached: as at allocation
 * @VirtualAddress: as at allocation; no part of a block can be freed
 * @PhysicalAddress: as at allocation
 *
 * IRQL: <= DISPATCH_LEVEL. Not from MiniportShutdownEx.
 * Ownership: the memory is gone for CPU and device.
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndismfreesharedmemory.
 * Unspecified there: a call at DISPATCH_LEVEL, where the layer below wants PASSIVE_LEVEL. Drydock:
 *     the mapping ends at once. Values that do not match. Drydock: a finding, and the block is
 *     kept.
 */
DD_NT_IMPORT VOID NdisMFreeSharedMemory(NDIS_HANDLE MiniportAdapterHandle, ULONG Length,
                                        BOOLEAN Cached, PVOID VirtualAddress,
                                        NDIS_PHYSICAL_ADDRESS PhysicalAddress);

/* Deprecated; shared memory needs no update. */
#define NdisUpdateSharedMemory(Handle, Length, Virtual, Physical)
#define NdisMUpdateSharedMemory(Handle, Length, Virtual, Physical)

#if DD_NT_NDIS_LEVEL >= 620

/* ---- NDIS 6.20: memory of a receive queue ---------------------------------------------------- */

#define NDIS_SHARED_MEM_PARAMETERS_CONTIGUOUS 0x00000001
#define NDIS_SHARED_MEM_PARAMETERS_CONTIGOUS  0x00000001
#define NDIS_SHARED_MEM_HANDLE_HAL_ALLOCATED  0x00000000

/**
 * NDIS_SHARED_MEMORY_PARAMETERS - a request of NdisAllocateSharedMemory, and its answer
 * @Header: Type NDIS_OBJECT_TYPE_DEFAULT, Revision 1 (2 from level 6.30)
 * @Flags: NDIS_SHARED_MEM_PARAMETERS_CONTIGUOUS, or 0: the memory may come in pieces
 * @QueueId: NDIS_DEFAULT_RECEIVE_QUEUE_ID, or a VMQ queue
 * @SharedMemoryHandle: out, for receive indications
 * @PreferredNode: MM_ANY_NODE_OK without a wish
 * @Usage: what the memory is for
 * @Length: bytes
 * @VirtualAddress: out
 * @SGListBufferLength: bytes at @SGListBuffer
 * @SGListBuffer: caller's storage for the list of pieces
 * @VPortId: level 6.30; 0 unless SR-IOV
 */
typedef struct _NDIS_SHARED_MEMORY_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    NDIS_RECEIVE_QUEUE_ID QueueId;
    NDIS_HANDLE SharedMemoryHandle;
    NODE_REQUIREMENT PreferredNode;
    NDIS_SHARED_MEMORY_USAGE Usage;
    ULONG Length;
    PVOID VirtualAddress;
    ULONG SGListBufferLength;
    PSCATTER_GATHER_LIST SGListBuffer;
#if DD_NT_NDIS_LEVEL >= 630
    NDIS_NIC_SWITCH_VPORT_ID VPortId;
#endif
} NDIS_SHARED_MEMORY_PARAMETERS, *PNDIS_SHARED_MEMORY_PARAMETERS;

#define NDIS_SIZEOF_SHARED_MEMORY_PARAMETERS_REVISION_1                                            \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_SHARED_MEMORY_PARAMETERS, SGListBuffer)
#if DD_NT_NDIS_LEVEL >= 630
#define NDIS_SIZEOF_SHARED_MEMORY_PARAMETERS_REVISION_2                                            \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_SHARED_MEMORY_PARAMETERS, VPortId)
#endif

/**
 * NdisAllocateSharedMemory - allocate shared memory for a receive queue
 * @NdisHandle: from MiniportInitializeEx
 * @SharedMemoryParameters: in and out
 * @pAllocationHandle: out, for the free call; NULL on failure
 *
 * IRQL: = PASSIVE_LEVEL, after the SG DMA (or DMA channel) registration.
 * Return: NDIS_STATUS_SUCCESS; NDIS_STATUS_RESOURCES, no memory; NDIS_STATUS_INVALID_PARAMETER, bad
 *     parameters; NDIS_STATUS_FAILURE, otherwise.
 * Ownership: the caller's until NdisFreeSharedMemory() with the same handle: while its queue is
 *     freed, or in MiniportHaltEx for the default queue.
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndisallocatesharedmemory.
 * Unspecified there: what happens when @SGListBuffer is too short. Drydock: without room for one
 *     element NDIS_STATUS_INVALID_PARAMETER; without room for all pieces the memory comes in one.
 *     Queues other than the default one. Drydock: NDIS_STATUS_INVALID_PARAMETER.
 */
DD_NT_IMPORT NDIS_STATUS NdisAllocateSharedMemory(
    NDIS_HANDLE NdisHandle, PNDIS_SHARED_MEMORY_PARAMETERS SharedMemoryParameters,
    PNDIS_HANDLE pAllocationHandle);

/**
 * NdisFreeSharedMemory - free memory of NdisAllocateSharedMemory
 * @NdisHandle: as at allocation
 * @AllocationHandle: as returned there
 *
 * IRQL: = PASSIVE_LEVEL.
 * Ownership: the memory is gone for CPU and device.
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndisfreesharedmemory.
 * Unspecified there: a handle that is not known. Drydock: a finding.
 */
DD_NT_IMPORT VOID NdisFreeSharedMemory(NDIS_HANDLE NdisHandle, NDIS_HANDLE AllocationHandle);

/* ---- providers of such memory (virtual switch drivers) --------------------------------------- */

/* Role, IRQL = PASSIVE_LEVEL: allocate on behalf of a miniport above. */
typedef NDIS_STATUS NTAPI ALLOCATE_SHARED_MEMORY(
    NDIS_HANDLE ProviderContext, PNDIS_SHARED_MEMORY_PARAMETERS SharedMemoryParameters,
    PNDIS_HANDLE pSharedMemoryProviderContext);
typedef ALLOCATE_SHARED_MEMORY *ALLOCATE_SHARED_MEMORY_HANDLER;
/* Role, IRQL = PASSIVE_LEVEL: free it. */
typedef VOID NTAPI FREE_SHARED_MEMORY(NDIS_HANDLE ProviderContext,
                                      NDIS_HANDLE SharedMemoryProviderContext);
typedef FREE_SHARED_MEMORY *FREE_SHARED_MEMORY_HANDLER;

typedef struct _NDIS_SHARED_MEMORY_PROVIDER_CHARACTERISTICS {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    NDIS_HANDLE ProviderContext;
    ALLOCATE_SHARED_MEMORY_HANDLER AllocateSharedMemoryHandler;
    FREE_SHARED_MEMORY_HANDLER FreeSharedMemoryHandler;
} NDIS_SHARED_MEMORY_PROVIDER_CHARACTERISTICS, *PNDIS_SHARED_MEMORY_PROVIDER_CHARACTERISTICS;

#define NDIS_SIZEOF_SHARED_MEMORY_PROVIDER_CHARACTERISTICS_REVISION_1                              \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_SHARED_MEMORY_PROVIDER_CHARACTERISTICS, FreeSharedMemoryHandler)

#endif /* 6.20 */

#ifdef __cplusplus
}
#endif

#endif
