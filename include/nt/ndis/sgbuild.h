/* SPDX-License-Identifier: MIT */
/*
 * ndis/sgbuild.h - the generic scatter/gather builder of NDIS 6.20: an MDL chain into a caller's
 * buffer
 */
#ifndef DRYDOCK_NDIS_SGBUILD_H
#define DRYDOCK_NDIS_SGBUILD_H

#include "dma.h"

#if DD_NT_NDIS_LEVEL >= 620

#ifdef __cplusplus
extern "C" {
#endif

/**
 * NDIS_PROCESS_SG_LIST - role: the list is ready (NetProcessSGList)
 * @DeviceObject: to be ignored
 * @Reserved: to be ignored
 * @ScatterGatherListBuffer: the caller's buffer, now a list
 * @Context: from the parameters
 *
 * IRQL: called at = DISPATCH_LEVEL, always inside NdisBuildScatterGatherList().
 * Source: windows-driver-docs-ddi, ndis/nc-ndis-ndis_process_sg_list.
 * Unspecified there: as MINIPORT_PROCESS_SG_LIST.
 */
typedef VOID NTAPI NDIS_PROCESS_SG_LIST(PDEVICE_OBJECT DeviceObject, PVOID Reserved,
                                        PSCATTER_GATHER_LIST ScatterGatherListBuffer,
                                        PVOID Context);
typedef NDIS_PROCESS_SG_LIST *NDIS_PROCESS_SG_LIST_HANDLER;

/**
 * NDIS_SCATTER_GATHER_LIST_PARAMETERS - a request of NdisBuildScatterGatherList
 * @Header: Type NDIS_OBJECT_TYPE_DEFAULT, Revision 1
 * @Flags: 0
 * @QueueId: NDIS_DEFAULT_RECEIVE_QUEUE_ID, or a VMQ queue
 * @SharedMemoryUsage: what the memory is for
 * @Mdl: first MDL of the chain
 * @CurrentVa: where in @Mdl to start, as MmGetMdlVirtualAddress() counts
 * @Length: bytes
 * @ProcessSGListHandler: NetProcessSGList
 * @Context: for the handler
 * @ScatterGatherListBuffer: caller's storage; this buffer is used or the call fails
 * @ScatterGatherListBufferSize: its bytes
 * @ScatterGatherListBufferSizeNeeded: out, bytes needed when it was too small
 */
typedef struct _NDIS_SCATTER_GATHER_LIST_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    NDIS_RECEIVE_QUEUE_ID QueueId;
    NDIS_SHARED_MEMORY_USAGE SharedMemoryUsage;
    PMDL Mdl;
    PVOID CurrentVa;
    ULONG Length;
    NDIS_PROCESS_SG_LIST_HANDLER ProcessSGListHandler;
    PVOID Context;
    PSCATTER_GATHER_LIST ScatterGatherListBuffer;
    ULONG ScatterGatherListBufferSize;
    ULONG ScatterGatherListBufferSizeNeeded;
} NDIS_SCATTER_GATHER_LIST_PARAMETERS, *PNDIS_SCATTER_GATHER_LIST_PARAMETERS;

#define NDIS_SIZEOF_SCATTER_GATHER_LIST_PARAMETERS_REVISION_1                                      \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_SCATTER_GATHER_LIST_PARAMETERS, ScatterGatherListBufferSizeNeeded)

/**
 * NdisBuildScatterGatherList - build a list of an MDL chain into the caller's buffer
 * @NdisHandle: adapter handle of a miniport, or binding handle of a protocol over one
 * @SGListParameters: in and out
 *
 * The miniport must have called NdisMRegisterScatterGatherDma(). Unlike
 * NdisMAllocateNetBufferSGList() the callback always runs inside the call and the buffer is never
 * replaced.
 *
 * IRQL: = DISPATCH_LEVEL.
 * Return: NDIS_STATUS_SUCCESS; NDIS_STATUS_BUFFER_TOO_SHORT, the size is in
 *     ScatterGatherListBufferSizeNeeded.
 * Ownership: the list is lent until NdisFreeScatterGatherList().
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndisbuildscattergatherlist.
 * Unspecified there: the direction. Drydock: both directions may be used; a Usage of the transmit
 *     kinds lets the device only read. Too few map registers. Drydock: NDIS_STATUS_RESOURCES.
 */
DD_NT_IMPORT NDIS_STATUS NdisBuildScatterGatherList(
    NDIS_HANDLE NdisHandle, PNDIS_SCATTER_GATHER_LIST_PARAMETERS SGListParameters);

/**
 * NdisFreeScatterGatherList - end a mapping of NdisBuildScatterGatherList
 * @NdisHandle: as at the build
 * @ScatterGatherListBuffer: as at the build
 * @WriteToDevice: TRUE when the device read the memory
 *
 * IRQL: = DISPATCH_LEVEL.
 * Ownership: the buffer is the caller's again.
 * Source: windows-driver-docs-ddi, ndis/nf-ndis-ndisfreescattergatherlist.
 * Unspecified there: a direction that contradicts the use. Drydock: a finding.
 */
DD_NT_IMPORT VOID NdisFreeScatterGatherList(NDIS_HANDLE NdisHandle,
                                            PSCATTER_GATHER_LIST ScatterGatherListBuffer,
                                            BOOLEAN WriteToDevice);

#ifdef __cplusplus
}
#endif

#endif /* 6.20 */

#endif
