/* SPDX-License-Identifier: MIT */
/*
 * wdm/dmaops.h - DMA_OPERATIONS: the functions behind a DMA_ADAPTER
 *
 *   V1  PutDmaAdapter ... PutScatterGatherList
 *   V2  CalculateScatterGatherList, BuildScatterGatherList, BuildMdlFromScatterGatherList
 *   V3  GetDmaAdapterInfo and everything after it
 *
 * A driver calls through the table: adapter->DmaOperations->GetScatterGatherList(adapter, ...). The
 * IRQL of each is beside its type.
 */
#ifndef DRYDOCK_WDM_DMAOPS_H
#define DRYDOCK_WDM_DMAOPS_H

#include "irp.h"
#include "sglist.h"

struct _DMA_ADAPTER;
struct _DMA_COMMON_BUFFER_VECTOR;
typedef struct _DMA_COMMON_BUFFER_VECTOR *PDMA_COMMON_BUFFER_VECTOR;

/* Called at DISPATCH_LEVEL with the list; DeviceObject and Irp are the caller's or unspecified. */
typedef VOID NTAPI DRIVER_LIST_CONTROL(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                       PSCATTER_GATHER_LIST ScatterGather, PVOID Context);
typedef DRIVER_LIST_CONTROL *PDRIVER_LIST_CONTROL;

typedef enum DD_NT_ENUM_BASE {
    DmaComplete = 0,
    DmaAborted = 1,
    DmaError = 2,
    DmaCancelled = 3
} DMA_COMPLETION_STATUS;

typedef VOID NTAPI DMA_COMPLETION_ROUTINE(struct _DMA_ADAPTER *DmaAdapter,
                                          PDEVICE_OBJECT DeviceObject, PVOID CompletionContext,
                                          DMA_COMPLETION_STATUS Status);
typedef DMA_COMPLETION_ROUTINE *PDMA_COMPLETION_ROUTINE;

#define DMA_ADAPTER_INFO_VERSION1          1
#define DMA_ADAPTER_INFO_VERSION_CRASHDUMP 0xFFFFFFFF
#define ADAPTER_INFO_SYNCHRONOUS_CALLBACK  0x0001
#define ADAPTER_INFO_API_BYPASS            0x0002
#define DMA_SYNCHRONOUS_CALLBACK           0x01
#define DMA_ZERO_BUFFERS                   0x02
#define DOMAIN_COMMON_BUFFER_LARGE_PAGE    0x01
#define DMA_TRANSFER_CONTEXT_VERSION1      1
#define DMA_TRANSFER_CONTEXT_SIZE_V1       (16 * sizeof(PVOID))
#define DMA_TRANSFER_INFO_VERSION1         1
#define DMA_TRANSFER_INFO_VERSION2         2

typedef struct _DMA_ADAPTER_INFO_V1 {
    ULONG ReadDmaCounterAvailable;
    ULONG ScatterGatherLimit;
    ULONG DmaAddressWidth;
    ULONG Flags;
    ULONG MinimumTransferUnit;
} DMA_ADAPTER_INFO_V1, *PDMA_ADAPTER_INFO_V1;

/* The caller sets Version. */
typedef struct _DMA_ADAPTER_INFO {
    ULONG Version;
    __extension__ union {
        DMA_ADAPTER_INFO_V1 V1;
    };
} DMA_ADAPTER_INFO, *PDMA_ADAPTER_INFO;

typedef struct _DMA_TRANSFER_INFO_V1 {
    ULONG MapRegisterCount;
    ULONG ScatterGatherElementCount;
    ULONG ScatterGatherListSize;
} DMA_TRANSFER_INFO_V1, *PDMA_TRANSFER_INFO_V1;

typedef struct _DMA_TRANSFER_INFO_V2 {
    ULONG MapRegisterCount;
    ULONG ScatterGatherElementCount;
    ULONG ScatterGatherListSize;
    ULONG LogicalPageCount;
} DMA_TRANSFER_INFO_V2, *PDMA_TRANSFER_INFO_V2;

/* The caller sets Version. */
typedef struct _DMA_TRANSFER_INFO {
    ULONG Version;
    __extension__ union {
        DMA_TRANSFER_INFO_V1 V1;
        DMA_TRANSFER_INFO_V2 V2;
    };
} DMA_TRANSFER_INFO, *PDMA_TRANSFER_INFO;

typedef enum DD_NT_ENUM_BASE {
    CommonBufferConfigTypeLogicalAddressLimits = 0,
    CommonBufferConfigTypeSubSection = 1,
    CommonBufferConfigTypeHardwareAccessPermissions = 2,
    CommonBufferConfigTypeMax = 3
} DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION_TYPE;

typedef struct _DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION {
    DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION_TYPE ConfigType;
    __extension__ union {
        struct {
            PHYSICAL_ADDRESS MinimumAddress;
            PHYSICAL_ADDRESS MaximumAddress;
        } LogicalAddressLimits;
        struct {
            ULONGLONG Offset;
            ULONG Length;
        } SubSection;
        ULONGLONG Reserved[4];
    };
} DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION, *PDMA_COMMON_BUFFER_EXTENDED_CONFIGURATION;

/* PutDmaAdapter. After all map registers and common buffers are given back. IRQL: <= DISPATCH. */
typedef VOID(NTAPI *PPUT_DMA_ADAPTER)(struct _DMA_ADAPTER *DmaAdapter);
/* AllocateCommonBuffer. NULL on failure; device address through LogicalAddress. IRQL: = PASSIVE. */
typedef PVOID(NTAPI *PALLOCATE_COMMON_BUFFER)(struct _DMA_ADAPTER *DmaAdapter, ULONG Length,
                                              PPHYSICAL_ADDRESS LogicalAddress,
                                              BOOLEAN CacheEnabled);
/* FreeCommonBuffer. All values as at allocation. IRQL: = PASSIVE. */
typedef VOID(NTAPI *PFREE_COMMON_BUFFER)(struct _DMA_ADAPTER *DmaAdapter, ULONG Length,
                                         PHYSICAL_ADDRESS LogicalAddress, PVOID VirtualAddress,
                                         BOOLEAN CacheEnabled);
/* AllocateAdapterChannel. ExecutionRoutine runs when the registers are there. IRQL: = DISPATCH. */
typedef NTSTATUS(NTAPI *PALLOCATE_ADAPTER_CHANNEL)(struct _DMA_ADAPTER *DmaAdapter,
                                                   PDEVICE_OBJECT DeviceObject,
                                                   ULONG NumberOfMapRegisters,
                                                   PDRIVER_CONTROL ExecutionRoutine, PVOID Context);
/* FlushAdapterBuffers. End of transfer. IRQL: <= DISPATCH. */
typedef BOOLEAN(NTAPI *PFLUSH_ADAPTER_BUFFERS)(struct _DMA_ADAPTER *DmaAdapter, PMDL Mdl,
                                               PVOID MapRegisterBase, PVOID CurrentVa, ULONG Length,
                                               BOOLEAN WriteToDevice);
/* FreeAdapterChannel. IRQL: = DISPATCH. */
typedef VOID(NTAPI *PFREE_ADAPTER_CHANNEL)(struct _DMA_ADAPTER *DmaAdapter);
/* FreeMapRegisters. IRQL: = DISPATCH. */
typedef VOID(NTAPI *PFREE_MAP_REGISTERS)(struct _DMA_ADAPTER *DmaAdapter, PVOID MapRegisterBase,
                                         ULONG NumberOfMapRegisters);
/* MapTransfer. *Length: wanted, then mapped. IRQL: <= DISPATCH. */
typedef PHYSICAL_ADDRESS(NTAPI *PMAP_TRANSFER)(struct _DMA_ADAPTER *DmaAdapter, PMDL Mdl,
                                               PVOID MapRegisterBase, PVOID CurrentVa,
                                               PULONG Length, BOOLEAN WriteToDevice);
/* GetDmaAlignment. Buffers begin and end at multiples of it. IRQL: = PASSIVE. */
typedef ULONG(NTAPI *PGET_DMA_ALIGNMENT)(struct _DMA_ADAPTER *DmaAdapter);
/* ReadDmaCounter. Bytes that remain; system DMA. IRQL: <= DISPATCH. */
typedef ULONG(NTAPI *PREAD_DMA_COUNTER)(struct _DMA_ADAPTER *DmaAdapter);
/* GetScatterGatherList. STATUS_INSUFFICIENT_RESOURCES: never possible. IRQL: = DISPATCH. */
typedef NTSTATUS(NTAPI *PGET_SCATTER_GATHER_LIST)(struct _DMA_ADAPTER *DmaAdapter,
                                                  PDEVICE_OBJECT DeviceObject, PMDL Mdl,
                                                  PVOID CurrentVa, ULONG Length,
                                                  PDRIVER_LIST_CONTROL ExecutionRoutine,
                                                  PVOID Context, BOOLEAN WriteToDevice);
/* PutScatterGatherList. Before the CPU reads the data. IRQL: = DISPATCH. */
typedef VOID(NTAPI *PPUT_SCATTER_GATHER_LIST)(struct _DMA_ADAPTER *DmaAdapter,
                                              PSCATTER_GATHER_LIST ScatterGather,
                                              BOOLEAN WriteToDevice);
/* CalculateScatterGatherList. Mdl NULL: worst case of that length. IRQL: any. */
typedef NTSTATUS(NTAPI *PCALCULATE_SCATTER_GATHER_LIST_SIZE)(struct _DMA_ADAPTER *DmaAdapter,
                                                             PMDL Mdl, PVOID CurrentVa,
                                                             ULONG Length,
                                                             PULONG ScatterGatherListSize,
                                                             PULONG pNumberOfMapRegisters);
/* BuildScatterGatherList. Into the caller's buffer; STATUS_BUFFER_TOO_SMALL. IRQL: = DISPATCH. */
typedef NTSTATUS(NTAPI *PBUILD_SCATTER_GATHER_LIST)(
    struct _DMA_ADAPTER *DmaAdapter, PDEVICE_OBJECT DeviceObject, PMDL Mdl, PVOID CurrentVa,
    ULONG Length, PDRIVER_LIST_CONTROL ExecutionRoutine, PVOID Context, BOOLEAN WriteToDevice,
    PVOID ScatterGatherBuffer, ULONG ScatterGatherLength);
/* BuildMdlFromScatterGatherList. Look at bounced memory. IRQL: <= DISPATCH. */
typedef NTSTATUS(NTAPI *PBUILD_MDL_FROM_SCATTER_GATHER_LIST)(struct _DMA_ADAPTER *DmaAdapter,
                                                             PSCATTER_GATHER_LIST ScatterGather,
                                                             PMDL OriginalMdl, PMDL *TargetMdl);
/* GetDmaAdapterInfo. IRQL: <= DISPATCH. */
typedef NTSTATUS(NTAPI *PGET_DMA_ADAPTER_INFO)(struct _DMA_ADAPTER *DmaAdapter,
                                               PDMA_ADAPTER_INFO AdapterInfo);
/* GetDmaTransferInfo. IRQL: <= DISPATCH. */
typedef NTSTATUS(NTAPI *PGET_DMA_TRANSFER_INFO)(struct _DMA_ADAPTER *DmaAdapter, PMDL Mdl,
                                                ULONGLONG Offset, ULONG Length, BOOLEAN WriteOnly,
                                                PDMA_TRANSFER_INFO TransferInfo);
/* InitializeDmaTransferContext. DMA_TRANSFER_CONTEXT_SIZE_V1 bytes. IRQL: <= DISPATCH. */
typedef NTSTATUS(NTAPI *PINITIALIZE_DMA_TRANSFER_CONTEXT)(struct _DMA_ADAPTER *DmaAdapter,
                                                          PVOID DmaTransferContext);
/* AllocateCommonBufferEx. IRQL: = PASSIVE. */
typedef PVOID(NTAPI *PALLOCATE_COMMON_BUFFER_EX)(struct _DMA_ADAPTER *DmaAdapter,
                                                 PPHYSICAL_ADDRESS MaximumAddress, ULONG Length,
                                                 PPHYSICAL_ADDRESS LogicalAddress,
                                                 BOOLEAN CacheEnabled,
                                                 NODE_REQUIREMENT PreferredNode);
/* AllocateAdapterChannelEx. IRQL: <= DISPATCH. */
typedef NTSTATUS(NTAPI *PALLOCATE_ADAPTER_CHANNEL_EX)(
    struct _DMA_ADAPTER *DmaAdapter, PDEVICE_OBJECT DeviceObject, PVOID DmaTransferContext,
    ULONG NumberOfMapRegisters, ULONG Flags, PDRIVER_CONTROL ExecutionRoutine,
    PVOID ExecutionContext, PVOID *MapRegisterBase);
/* ConfigureAdapterChannel. System DMA controllers. IRQL: <= DISPATCH. */
typedef NTSTATUS(NTAPI *PCONFIGURE_ADAPTER_CHANNEL)(struct _DMA_ADAPTER *DmaAdapter,
                                                    ULONG FunctionNumber, PVOID Context);
/* CancelAdapterChannel. TRUE: was waiting, its routine will not run. IRQL: <= DISPATCH. */
typedef BOOLEAN(NTAPI *PCANCEL_ADAPTER_CHANNEL)(struct _DMA_ADAPTER *DmaAdapter,
                                                PDEVICE_OBJECT DeviceObject,
                                                PVOID DmaTransferContext);
/* MapTransferEx. IRQL: <= DISPATCH. */
typedef NTSTATUS(NTAPI *PMAP_TRANSFER_EX)(struct _DMA_ADAPTER *DmaAdapter, PMDL Mdl,
                                          PVOID MapRegisterBase, ULONGLONG Offset,
                                          ULONG DeviceOffset, PULONG Length, BOOLEAN WriteToDevice,
                                          PSCATTER_GATHER_LIST ScatterGatherBuffer,
                                          ULONG ScatterGatherBufferLength,
                                          PDMA_COMPLETION_ROUTINE DmaCompletionRoutine,
                                          PVOID CompletionContext);
/* GetScatterGatherListEx. With DMA_SYNCHRONOUS_CALLBACK it never waits. IRQL: <= DISPATCH. */
typedef NTSTATUS(NTAPI *PGET_SCATTER_GATHER_LIST_EX)(
    struct _DMA_ADAPTER *DmaAdapter, PDEVICE_OBJECT DeviceObject, PVOID DmaTransferContext,
    PMDL Mdl, ULONGLONG Offset, ULONG Length, ULONG Flags, PDRIVER_LIST_CONTROL ExecutionRoutine,
    PVOID Context, BOOLEAN WriteToDevice, PDMA_COMPLETION_ROUTINE DmaCompletionRoutine,
    PVOID CompletionContext, PSCATTER_GATHER_LIST *ScatterGatherList);
/* BuildScatterGatherListEx. IRQL: = DISPATCH. */
typedef NTSTATUS(NTAPI *PBUILD_SCATTER_GATHER_LIST_EX)(
    struct _DMA_ADAPTER *DmaAdapter, PDEVICE_OBJECT DeviceObject, PVOID DmaTransferContext,
    PMDL Mdl, ULONGLONG Offset, ULONG Length, ULONG Flags, PDRIVER_LIST_CONTROL ExecutionRoutine,
    PVOID Context, BOOLEAN WriteToDevice, PVOID ScatterGatherBuffer, ULONG ScatterGatherLength,
    PDMA_COMPLETION_ROUTINE DmaCompletionRoutine, PVOID CompletionContext, PVOID ScatterGatherList);
/* FlushAdapterBuffersEx. IRQL: <= DISPATCH. */
typedef NTSTATUS(NTAPI *PFLUSH_ADAPTER_BUFFERS_EX)(struct _DMA_ADAPTER *DmaAdapter, PMDL Mdl,
                                                   PVOID MapRegisterBase, ULONGLONG Offset,
                                                   ULONG Length, BOOLEAN WriteToDevice);
/* FreeAdapterObject. KeepObject: no effect. IRQL: <= DISPATCH. */
typedef VOID(NTAPI *PFREE_ADAPTER_OBJECT)(struct _DMA_ADAPTER *DmaAdapter,
                                          IO_ALLOCATION_ACTION AllocationAction);
/* CancelMappedTransfer. IRQL: <= DISPATCH. */
typedef NTSTATUS(NTAPI *PCANCEL_MAPPED_TRANSFER)(struct _DMA_ADAPTER *DmaAdapter,
                                                 PVOID DmaTransferContext);
/* AllocateDomainCommonBuffer. IRQL: = PASSIVE. */
typedef NTSTATUS(NTAPI *PALLOCATE_DOMAIN_COMMON_BUFFER)(
    struct _DMA_ADAPTER *DmaAdapter, HANDLE DomainHandle, PPHYSICAL_ADDRESS MaximumAddress,
    ULONG Length, ULONG Flags, MEMORY_CACHING_TYPE *CacheType, NODE_REQUIREMENT PreferredNode,
    PPHYSICAL_ADDRESS LogicalAddress, PVOID *VirtualAddress);
/* FlushDmaBuffer. IRQL: <= DISPATCH. */
typedef NTSTATUS(NTAPI *PFLUSH_DMA_BUFFER)(struct _DMA_ADAPTER *DmaAdapter, PMDL Mdl,
                                           BOOLEAN ReadOperation);
/* JoinDmaDomain. IRQL: = PASSIVE. */
typedef NTSTATUS(NTAPI *PJOIN_DMA_DOMAIN)(struct _DMA_ADAPTER *DmaAdapter, HANDLE DomainHandle);
/* LeaveDmaDomain. IRQL: = PASSIVE. */
typedef NTSTATUS(NTAPI *PLEAVE_DMA_DOMAIN)(struct _DMA_ADAPTER *DmaAdapter);
/* GetDmaDomain. IRQL: = PASSIVE. */
typedef HANDLE(NTAPI *PGET_DMA_DOMAIN)(struct _DMA_ADAPTER *DmaAdapter);
/* AllocateCommonBufferWithBounds. IRQL: = PASSIVE. */
typedef PVOID(NTAPI *PALLOCATE_COMMON_BUFFER_WITH_BOUNDS)(
    struct _DMA_ADAPTER *DmaAdapter, PPHYSICAL_ADDRESS MinimumAddress,
    PPHYSICAL_ADDRESS MaximumAddress, ULONG Length, ULONG Flags, MEMORY_CACHING_TYPE *CacheType,
    NODE_REQUIREMENT PreferredNode, PPHYSICAL_ADDRESS LogicalAddress);
/* AllocateCommonBufferVector. IRQL: = PASSIVE. */
typedef NTSTATUS(NTAPI *PALLOCATE_COMMON_BUFFER_VECTOR)(
    struct _DMA_ADAPTER *DmaAdapter, PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
    MEMORY_CACHING_TYPE CacheType, ULONG IdealNode, ULONG Flags, ULONG NumberOfElements,
    ULONGLONG SizeOfElements, PDMA_COMMON_BUFFER_VECTOR *VectorOut);
/* GetCommonBufferFromVectorByIndex. IRQL: <= DISPATCH. */
typedef VOID(NTAPI *PGET_COMMON_BUFFER_FROM_VECTOR_BY_INDEX)(struct _DMA_ADAPTER *DmaAdapter,
                                                             PDMA_COMMON_BUFFER_VECTOR Vector,
                                                             ULONG Index, PVOID *VirtualAddressOut,
                                                             PPHYSICAL_ADDRESS LogicalAddressOut);
/* FreeCommonBufferFromVector. IRQL: = PASSIVE. */
typedef VOID(NTAPI *PFREE_COMMON_BUFFER_FROM_VECTOR)(struct _DMA_ADAPTER *DmaAdapter,
                                                     PDMA_COMMON_BUFFER_VECTOR Vector, ULONG Index);
/* FreeCommonBufferVector. IRQL: = PASSIVE. */
typedef VOID(NTAPI *PFREE_COMMON_BUFFER_VECTOR)(struct _DMA_ADAPTER *DmaAdapter,
                                                PDMA_COMMON_BUFFER_VECTOR Vector);
/* CreateCommonBufferFromMdl. IRQL: = PASSIVE. */
typedef NTSTATUS(NTAPI *PCREATE_COMMON_BUFFER_FROM_MDL)(
    struct _DMA_ADAPTER *DmaAdapter, PMDL Mdl,
    PDMA_COMMON_BUFFER_EXTENDED_CONFIGURATION ExtendedConfigs, ULONG ExtendedConfigsCount,
    PPHYSICAL_ADDRESS LogicalAddress);

typedef struct _DMA_OPERATIONS {
    ULONG Size;
    PPUT_DMA_ADAPTER PutDmaAdapter;
    PALLOCATE_COMMON_BUFFER AllocateCommonBuffer;
    PFREE_COMMON_BUFFER FreeCommonBuffer;
    PALLOCATE_ADAPTER_CHANNEL AllocateAdapterChannel;
    PFLUSH_ADAPTER_BUFFERS FlushAdapterBuffers;
    PFREE_ADAPTER_CHANNEL FreeAdapterChannel;
    PFREE_MAP_REGISTERS FreeMapRegisters;
    PMAP_TRANSFER MapTransfer;
    PGET_DMA_ALIGNMENT GetDmaAlignment;
    PREAD_DMA_COUNTER ReadDmaCounter;
    PGET_SCATTER_GATHER_LIST GetScatterGatherList;
    PPUT_SCATTER_GATHER_LIST PutScatterGatherList;
    PCALCULATE_SCATTER_GATHER_LIST_SIZE CalculateScatterGatherList;
    PBUILD_SCATTER_GATHER_LIST BuildScatterGatherList;
    PBUILD_MDL_FROM_SCATTER_GATHER_LIST BuildMdlFromScatterGatherList;
    PGET_DMA_ADAPTER_INFO GetDmaAdapterInfo;
    PGET_DMA_TRANSFER_INFO GetDmaTransferInfo;
    PINITIALIZE_DMA_TRANSFER_CONTEXT InitializeDmaTransferContext;
    PALLOCATE_COMMON_BUFFER_EX AllocateCommonBufferEx;
    PALLOCATE_ADAPTER_CHANNEL_EX AllocateAdapterChannelEx;
    PCONFIGURE_ADAPTER_CHANNEL ConfigureAdapterChannel;
    PCANCEL_ADAPTER_CHANNEL CancelAdapterChannel;
    PMAP_TRANSFER_EX MapTransferEx;
    PGET_SCATTER_GATHER_LIST_EX GetScatterGatherListEx;
    PBUILD_SCATTER_GATHER_LIST_EX BuildScatterGatherListEx;
    PFLUSH_ADAPTER_BUFFERS_EX FlushAdapterBuffersEx;
    PFREE_ADAPTER_OBJECT FreeAdapterObject;
    PCANCEL_MAPPED_TRANSFER CancelMappedTransfer;
    PALLOCATE_DOMAIN_COMMON_BUFFER AllocateDomainCommonBuffer;
    PFLUSH_DMA_BUFFER FlushDmaBuffer;
    PJOIN_DMA_DOMAIN JoinDmaDomain;
    PLEAVE_DMA_DOMAIN LeaveDmaDomain;
    PGET_DMA_DOMAIN GetDmaDomain;
    PALLOCATE_COMMON_BUFFER_WITH_BOUNDS AllocateCommonBufferWithBounds;
    PALLOCATE_COMMON_BUFFER_VECTOR AllocateCommonBufferVector;
    PGET_COMMON_BUFFER_FROM_VECTOR_BY_INDEX GetCommonBufferFromVectorByIndex;
    PFREE_COMMON_BUFFER_FROM_VECTOR FreeCommonBufferFromVector;
    PFREE_COMMON_BUFFER_VECTOR FreeCommonBufferVector;
    PCREATE_COMMON_BUFFER_FROM_MDL CreateCommonBufferFromMdl;
} DMA_OPERATIONS, *PDMA_OPERATIONS;

#endif
