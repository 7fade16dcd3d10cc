/* SPDX-License-Identifier: MIT */
/* ndis/misc.h - control devices, error log, version and names, processors, generic objects */
#ifndef DRYDOCK_NDIS_MISC_H
#define DRYDOCK_NDIS_MISC_H

#include "../wdm/irp.h"
#include "../wdm/processor.h"
#include "errorcode.h"
#include "rss.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NDIS_INIT_FUNCTION(f)     alloc_text(INIT, f)
#define NDIS_PAGEABLE_FUNCTION(f) alloc_text(PAGE, f)
#define NDIS_PAGABLE_FUNCTION     NDIS_PAGEABLE_FUNCTION

/* Annotations of context types for debuggers; nothing at run time. */
#define NDIS_DECLARE_MINIPORT_DRIVER_CONTEXT(type)
#define NDIS_DECLARE_MINIPORT_ADAPTER_CONTEXT(type)
#define NDIS_DECLARE_MINIPORT_INTERRUPT_CONTEXT(type)
#define NDIS_DECLARE_FILTER_DRIVER_CONTEXT(type)
#define NDIS_DECLARE_FILTER_MODULE_CONTEXT(type)

/* ---- control devices ------------------------------------------------------------------------- */

/* MajorFunctions has 28 entries, indexed by IRP_MJ code. */
typedef struct _NDIS_DEVICE_OBJECT_ATTRIBUTES {
    NDIS_OBJECT_HEADER Header;
    PNDIS_STRING DeviceName;
    PNDIS_STRING SymbolicName;
    PDRIVER_DISPATCH *MajorFunctions;
    ULONG ExtensionSize;
    PCUNICODE_STRING DefaultSDDLString;
    LPCGUID DeviceClassGuid;
} NDIS_DEVICE_OBJECT_ATTRIBUTES, *PNDIS_DEVICE_OBJECT_ATTRIBUTES;

#define NDIS_SIZEOF_DEVICE_OBJECT_ATTRIBUTES_REVISION_1                                            \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_DEVICE_OBJECT_ATTRIBUTES, DeviceClassGuid)

/*
 * A device of the driver that user programs can open. SUCCESS, NOT_SUPPORTED ... IRQL: = PASSIVE.
 */
DD_NT_IMPORT NDIS_STATUS NdisRegisterDeviceEx(NDIS_HANDLE NdisHandle,
                                              PNDIS_DEVICE_OBJECT_ATTRIBUTES DeviceObjectAttributes,
                                              PDEVICE_OBJECT *pDeviceObject,
                                              PNDIS_HANDLE NdisDeviceHandle);
/* Remove device, link and extension. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID NdisDeregisterDeviceEx(NDIS_HANDLE NdisDeviceHandle);
/* The driver's ExtensionSize bytes; DeviceExtension is NDIS's. IRQL: any. */
DD_NT_IMPORT PVOID NdisGetDeviceReservedExtension(PDEVICE_OBJECT DeviceObject);

/* ---- error log, version, names --------------------------------------------------------------- */

/* NumberOfErrorValues ULONGs follow. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisWriteErrorLogEntry(NDIS_HANDLE NdisAdapterHandle, NDIS_ERROR_CODE ErrorCode,
                                         ULONG NumberOfErrorValues, ...);
/* The driver object's log. SUCCESS, BUFFER_TOO_SHORT, RESOURCES. IRQL: <= DISPATCH. */
DD_NT_IMPORT NDIS_STATUS NdisWriteEventLogEntry(PVOID LogHandle, NDIS_STATUS EventCode,
                                                ULONG UniqueEventValue, USHORT NumStrings,
                                                PVOID StringsList, ULONG DataSize, PVOID Data);
/* major << 16 | minor of the NDIS that this run plays. IRQL: <= DISPATCH. */
DD_NT_IMPORT UINT NdisGetVersion(VOID);
/* Address of an NDIS export by name, NULL if that level has none. IRQL: = PASSIVE. */
DD_NT_IMPORT PVOID NdisGetRoutineAddress(PNDIS_STRING NdisRoutineName);
/* The adapter's friendly name; free with NdisFreeMemory. SUCCESS, RESOURCES. IRQL: = PASSIVE. */
DD_NT_IMPORT NDIS_STATUS NdisMQueryAdapterInstanceName(PNDIS_STRING pAdapterInstanceName,
                                                       NDIS_HANDLE MiniportHandle);
/* A number for the upper byte of cancel ids. IRQL: <= DISPATCH. */
DD_NT_IMPORT UCHAR NdisGeneratePartialCancelId(VOID);

/* ---- processors ------------------------------------------------------------------------------ */

#define NDIS_CURRENT_PROCESSOR_NUMBER KeGetCurrentProcessorNumber()

/* Most processors there can be. IRQL: = PASSIVE. */
DD_NT_IMPORT CCHAR NdisSystemProcessorCount(VOID);

typedef struct _NDIS_CPU_INFO {
    ULONG Reserved[4];
} NDIS_CPU_INFO;

/* The caller sets Header. */
typedef struct _NDIS_SYSTEM_PROCESSOR_INFO {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    ULONG ProcessorVendor;
    ULONG NumPhysicalPackages;
    ULONG NumCores;
    ULONG NumCoresPerPhysicalPackage;
    ULONG MaxHyperThreadingCpusPerCore;
    ULONG RssBaseCpu;
    ULONG RssCpuCount;
    PUCHAR RssProcessors;
    NDIS_CPU_INFO CpuInfo[64];
} NDIS_SYSTEM_PROCESSOR_INFO, *PNDIS_SYSTEM_PROCESSOR_INFO;

#define NDIS_SIZEOF_SYSTEM_PROCESSOR_INFO_REVISION_1                                               \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_SYSTEM_PROCESSOR_INFO, CpuInfo)

/* SUCCESS, BUFFER_TOO_SHORT. IRQL: = PASSIVE. */
DD_NT_IMPORT NDIS_STATUS
NdisGetProcessorInformation(PNDIS_SYSTEM_PROCESSOR_INFO SystemProcessorInfo);

#if DD_NT_NDIS_LEVEL >= 620
/* *Size in and out; BUFFER_TOO_SHORT with the size needed. IRQL: <= DISPATCH. */
DD_NT_IMPORT NDIS_STATUS NdisGetRssProcessorInformation(NDIS_HANDLE NdisHandle,
                                                        PNDIS_RSS_PROCESSOR_INFO RssProcessorInfo,
                                                        PSIZE_T Size);
/* Count of one group, or of all. IRQL: any. */
DD_NT_IMPORT ULONG NdisGroupActiveProcessorCount(USHORT Group);
/* Most there can be. IRQL: any. */
DD_NT_IMPORT ULONG NdisGroupMaxProcessorCount(USHORT Group);
/* The set of a group. IRQL: any. */
DD_NT_IMPORT KAFFINITY NdisGroupActiveProcessorMask(USHORT Group);
/* Groups in use. IRQL: any. */
DD_NT_IMPORT USHORT NdisActiveGroupCount(VOID);
/* Most groups there can be. IRQL: any. */
DD_NT_IMPORT USHORT NdisMaxGroupCount(VOID);
/* The processor by value. IRQL: any. */
DD_NT_IMPORT ULONG NdisProcessorNumberToIndex(PROCESSOR_NUMBER ProcNum);
/* STATUS_INVALID_PARAMETER beyond the last. IRQL: any. */
DD_NT_IMPORT NTSTATUS NdisProcessorIndexToNumber(ULONG ProcIndex, PPROCESSOR_NUMBER ProcNum);
#define NdisCurrentProcessorIndex()           KeGetCurrentProcessorNumberEx(NULL)
#define NdisCurrentGroupAndProcessor(ProcNum) ((void)KeGetCurrentProcessorNumberEx(ProcNum))
#endif

/* ---- generic objects ------------------------------------------------------------------------- */

/* Acts as an NDIS handle for pools; Size bytes of the caller follow. */
typedef struct _NDIS_GENERIC_OBJECT {
    NDIS_OBJECT_HEADER Header;
    PVOID Caller;
    PVOID CallersCaller;
    PDRIVER_OBJECT DriverObject;
} NDIS_GENERIC_OBJECT, *PNDIS_GENERIC_OBJECT;

/* NULL on failure. IRQL: <= DISPATCH. */
DD_NT_IMPORT PNDIS_GENERIC_OBJECT NdisAllocateGenericObject(PDRIVER_OBJECT DriverObject, ULONG Tag,
                                                            USHORT Size);
/* Free it. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisFreeGenericObject(PNDIS_GENERIC_OBJECT NdisGenericObject);

#ifdef __cplusplus
}
#endif

#endif
