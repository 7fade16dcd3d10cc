/* SPDX-License-Identifier: MIT */
/*
 * ndis/dma.h - scatter/gather DMA of an NDIS 6 bus master: register, map a NET_BUFFER, free the
 * mapping
 *
 *   MiniportInitializeEx     NdisMRegisterScatterGatherDma          once; yields a DMA handle
 *   send, for each           NdisMAllocateNetBufferSGList  ------>  MiniportProcessSGList(list)
 *   NET_BUFFER                                                      program the NIC with the list
 *   interrupt DPC            NdisMFreeNetBufferSGList               before the NBL is completed
 *   MiniportHaltEx           NdisMDeregisterScatterGatherDma
 *
 * One list describes one NET_BUFFER, from byte 0 of its CurrentMdl to its last data byte:
 *
 *     CurrentMdl              next MDL
 *     [ unused | data ....... ][ data ... | slack ]
 *     |<-skip->|<----- DataLength ------->|
 *     |<---------- the list ------------->|          skip = CurrentMdlOffset bytes
 *
 * The skip can be longer than the first element. Addresses in a list are device addresses: they
 * mean nothing to the CPU, and are valid until the list is freed.
 *
 * Shared memory is in shmem.h, subordinate (system) DMA in dmachannel.h, the generic list builder
 * of NDIS 6.20 in sgbuild.h.
 */
#ifndef DRYDOCK_NDIS_DMA_H
#define DRYDOCK_NDIS_DMA_H

#include "../wdm/irp.h"
#include "nbl.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NDIS_SG_DMA_DESCRIPTION.Flags */
#define NDIS_SG_DMA_64_BIT_ADDRESS 0x00000001
#define NDIS_SG_DMA_V3_HAL_API     0x00000002
#define NDIS_SG_DMA_HYBRID_DMA     0x00000004

/* Flags of NdisMAllocateNetBufferSGList */
#define NDIS_SG_LIST_WRITE_TO_DEVICE 0x00000001

/* Address sizes of NDIS 5 that drivers still name. */
#define NDIS_DMA_24BITS 0
#define NDIS_DMA_32BITS 1
#define NDIS_DMA_64BITS 2

/**
 * MINIPORT_PROCESS_SG_LIST - role: the list of one NET_BUFFER is ready (MiniportProcessSGList)
 * @pDO: to be ignored
 * @Reserved: to be ignored
 * @pSGL: the list; may be another buffer than the caller supplied. Not the driver's: its Reserved
 *        member, and the Reserved member of every element
 * @Context: the pointer given to NdisMAllocateNetBufferSGList()
 *
 * Programs the NIC with the elements, after skipping CurrentMdlOffset bytes. It may run inside the
 * allocate call or after it, on any CPU, and in another order than the calls: a lock held across
 * the allocate call must not be taken here. It cannot report failure.
 *
 * IRQL: called at = DISPATCH_LEVEL, in an arbitrary thread.
 * Ownership: the list is lent until NdisMFreeNetBufferSGList().
 * Source: windows-driver-docs-ddi, ndis/nc-ndis-miniport_process_sg_list.
 * Unspecified there: whether it may free the list or complete the NET_BUFFER_LIST itself. Drydock:
 *     both are fine; and pDO and Reserved hold addresses that fault when the run verifies.
 */
typedef VOID NTAPI MINIPORT_PROCESS_SG_LIST(PDEVICE_OBJECT pDO, PVOID Reserved,
                                            PSCATTER_GATHER_LIST pSGL, PVOID Context);
typedef MINIPORT_PROCESS_SG_LIST *MINIPORT_PROCESS_SG_LIST_HANDLER;

/**
 * MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE - role: an asynchronous allocation ended
 *                                         (MiniportSharedMemoryAllocateComplete)
 * @MiniportAdapterContext: the adapter context, not the DMA handle
 * @VirtualAddress: the memory, or NULL when the allocation failed
 * @PhysicalAddress: points at its device address; do not look before testing @VirtualAddress
 * @Length: bytes, as asked for
 * @Context: the pointer given to NdisMAllocateSharedMemoryAsyncEx()
 *
 * IRQL: called at = PASSIVE_LEVEL.
 * Ownership: the memory is the driver's until NdisMFreeSharedMemory(); *@PhysicalAddress is valid
 *     during the call only.
 * Source: windows-driver-docs-ddi, ndis/nc-ndis-miniport_allocate_shared_mem_complete.
 * Unspecified there: an allocation that is pending when MiniportHaltEx starts. Drydock: it ends
 *     before MiniportHaltEx is called, with NULL if there was no time for it.
 */
typedef VOID NTAPI MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE(NDIS_HANDLE MiniportAdapterContext,
                                                         PVOID VirtualAddress,
                                                         PNDIS_PHYSICAL_ADDRESS PhysicalAddress,
                                                         ULONG Length, PVOID Context);
typedef MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE *MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE_HANDLER;

/**
 * NDIS_SG_DMA_DESCRIPTION - what the NIC can do, in; how long lists get, out
 * @Header: Type NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION, Revision 1 (2 from level 6.85), Size at least
 *          NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1
 * @Flags: NDIS_SG_DMA_64_BIT_ADDRESS, else the NIC reaches 32 bits; NDIS_SG_DMA_V3_HAL_API (6.50);
 *         NDIS_SG_DMA_HYBRID_DMA (6.85)
 * @MaximumPhysicalMapping: most bytes of one mapping: the largest frame, or the largest LSO packet.
 *         All ones occurs in the field and means no wish
 * @ProcessSGListHandler: NULL is accepted here and fails at the first mapping
 * @SharedMemAllocateCompleteHandler: NULL if NdisMAllocateSharedMemoryAsyncEx() is not used
 * @ScatterGatherListSize: out, bytes a pre-allocated list should have; a multiple of 8
 * @PdoOverride: level 6.85; its meaning is not documented
 */
typedef struct _NDIS_SG_DMA_DESCRIPTION {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    ULONG MaximumPhysicalMapping;
    MINIPORT_PROCESS_SG_LIST_HANDLER ProcessSGListHandler;
    MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE_HANDLER SharedMemAllocateCompleteHandler;
    ULONG ScatterGatherListSize;
#if DD_NT_NDIS_LEVEL >= 685
    DEVICE_OBJECT *PdoOverride;
#endif
} NDIS_SG_DMA_DESCRIPTION, *PNDIS_SG_DMA_DESCRIPTION;

#define NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1                                                  \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_SG_DMA_DESCRIPTION, ScatterGatherListSize)
#if DD_NT_NDIS_LEVEL >= 685
#define NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_2                                                  \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_SG_DMA_DESCRIPTION, PdoOverride)
#endif

/**
 * NdisMRegisterScatterGatherDma - make a bus master's DMA known
 * @MiniportAdapterHandle: from MiniportInitializeEx
 * @DmaDescription: in and out; ScatterGatherListSize is written before the call returns
 * @NdisMiniportDmaHandle: out, the handle of the other calls
 *
 * Called from MiniportInitializeEx, after NdisMSetMiniportAttributes() with
 * NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER and before any shared memory is allocated.
 *
 * IRQL: = PASSIVE_LEVEL.
 * Return: NDIS_STATUS_SUCCESS; NDIS_STATUS_RESOURCES, not enough memory; NDIS_STATUS_NOT_SUPPORTED,
 *     the driver is older than NDIS 6.0 or the adapter was not declared a bus master;
 *     NDIS_STATUS_BAD_VERSION, Header.Revision is not known.
 * Ownership: the handle is given back with NdisMDeregisterScatterGatherDma(), in MiniportHaltEx and
 *     in a MiniportInitializeEx that fails. @DmaDescription stays the caller's.
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndismregisterscattergatherdma.
 * Unspecified there: a wrong Header.Type or a Size below revision 1. Drydock:
 *     NDIS_STATUS_BAD_VERSION. A second registration. Drydock: another, independent handle.
 */
DD_NT_IMPORT NDIS_STATUS NdisMRegisterScatterGatherDma(NDIS_HANDLE MiniportAdapterHandle,
                                                       PNDIS_SG_DMA_DESCRIPTION DmaDescription,
                                                       PNDIS_HANDLE NdisMiniportDmaHandle);

/**
 * NdisMDeregisterScatterGatherDma - give the DMA handle back
 * @NdisMiniportDmaHandle: from NdisMRegisterScatterGatherDma(); invalid afterwards
 *
 * Lists are freed and shared memory is freed before, since it was allocated after the registration.
 *
 * IRQL: = PASSIVE_LEVEL.
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndismderegisterscattergatherdma.
 * Unspecified there: lists that still exist. Drydock: each is a finding and is unmapped by force,
 *     so that a device that goes on faults.
 */
DD_NT_IMPORT VOID NdisMDeregisterScatterGatherDma(NDIS_HANDLE NdisMiniportDmaHandle);

/**
 * NdisMAllocateNetBufferSGList - build the scatter/gather list of one NET_BUFFER
 * @NdisMiniportDmaHandle: from NdisMRegisterScatterGatherDma()
 * @NetBuffer: data to describe. The list starts at byte 0 of its CurrentMdl, so the payload begins
 *             CurrentMdlOffset bytes into the list
 * @Context: passed unchanged to MiniportProcessSGList
 * @Flags: 0, or NDIS_SG_LIST_WRITE_TO_DEVICE when the device reads the data (send)
 * @ScatterGatherListBuffer: caller's storage, pointer-aligned, or NULL to let Drydock allocate
 * @ScatterGatherListBufferSize: bytes at @ScatterGatherListBuffer. Too small is no error: other
 *             storage is used, so trust only the pointer the callback gets
 *
 * MiniportProcessSGList may run before this returns or after. Touch the list only from then on.
 * There is no way to cancel. If map registers are merely busy, the request waits its turn and this
 * call succeeds; if it needs more than the adapter can ever have, it fails. What the CPU changes in
 * the data after this call may be lost, because the data may have been copied.
 *
 * IRQL: = DISPATCH_LEVEL.
 * Return: NDIS_STATUS_SUCCESS; NDIS_STATUS_RESOURCES, not enough memory or map registers. Never
 *     NDIS_STATUS_PENDING, also when the callback comes later.
 * Ownership: the list is Drydock's, lent from the callback until NdisMFreeNetBufferSGList().
 *     @ScatterGatherListBuffer may be reused only after that call, even if it was not used.
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndismallocatenetbuffersglist.
 * Unspecified there: the length. Drydock: exactly CurrentMdlOffset + DataLength bytes. Whether the
 *     callback runs on failure. Drydock: it does not. Adjacent pages, and lists per NET_BUFFER.
 *     Drydock: setting `sgl` decides whether neighbours are merged or split; a second list for a
 *     NET_BUFFER is allowed and reported. DataLength 0. Drydock: a list without elements after the
 *     skip.
 */
DD_NT_IMPORT NDIS_STATUS NdisMAllocateNetBufferSGList(NDIS_HANDLE NdisMiniportDmaHandle,
                                                      PNET_BUFFER NetBuffer, PVOID Context,
                                                      ULONG Flags, PVOID ScatterGatherListBuffer,
                                                      ULONG ScatterGatherListBufferSize);

/**
 * NdisMFreeNetBufferSGList - end the mapping of a NET_BUFFER
 * @NdisMiniportDmaHandle: the handle the list was built with
 * @pSGL: the pointer MiniportProcessSGList was given
 * @NetBuffer: the NET_BUFFER the list was built for
 *
 * Once for each list, when neither driver nor device touches the data any more. For received data,
 * before the CPU reads it: here copied data comes back. For sent data, before the NET_BUFFER_LIST
 * is completed, since @NetBuffer is not the driver's afterwards.
 *
 * IRQL: = DISPATCH_LEVEL.
 * Ownership: ends the loan of the list; a waiting request may get the map registers.
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndismfreenetbuffersglist.
 * Unspecified there: the direction, which is no parameter. Drydock: remembered from the allocate
 *     call. Callbacks of waiting requests. Drydock: they run from a DPC, never inside this call.
 */
DD_NT_IMPORT VOID NdisMFreeNetBufferSGList(NDIS_HANDLE NdisMiniportDmaHandle,
                                           PSCATTER_GATHER_LIST pSGL, PNET_BUFFER NetBuffer);

/**
 * NdisMGetDmaAlignment - what DMA buffers should be aligned to
 * @MiniportAdapterHandle: from MiniportInitializeEx
 *
 * Receive buffers are rounded up to it in start and length; a driver may use more.
 *
 * IRQL: = PASSIVE_LEVEL, during MiniportInitializeEx, after the DMA registration.
 * Return: bytes, a multiple of the cache line.
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndismgetdmaalignment.
 * Unspecified there: the call without a registration. Drydock: a finding, and the cache line.
 */
DD_NT_IMPORT ULONG NdisMGetDmaAlignment(NDIS_HANDLE MiniportAdapterHandle);

/**
 * NdisGetSharedDataAlignment - preferred alignment of structures that CPUs share
 *
 * IRQL: <= DISPATCH_LEVEL.
 * Return: bytes, the cache line.
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndisgetshareddataalignment.
 * Unspecified there: nothing of use.
 */
DD_NT_IMPORT ULONG NdisGetSharedDataAlignment(VOID);

#ifdef __cplusplus
}
#endif

#endif
