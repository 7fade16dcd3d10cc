/* SPDX-License-Identifier: MIT */
/* wdm/io.h - functions around IRPs, device objects, work items and interrupts: Io*, Hal* */
#ifndef DRYDOCK_WDM_IO_H
#define DRYDOCK_WDM_IO_H

#include "interlocked.h"
#include "irp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- IRPs ------------------------------------------------------------------------------------ */

/* IRQL of the inline functions: any. */
DD_NT_INLINE PIO_STACK_LOCATION IoGetCurrentIrpStackLocation(PIRP Irp)
{
    return Irp->Tail.Overlay.CurrentStackLocation;
}

DD_NT_INLINE PIO_STACK_LOCATION IoGetNextIrpStackLocation(PIRP Irp)
{
    return Irp->Tail.Overlay.CurrentStackLocation - 1;
}

/* The dispatch routine must return STATUS_PENDING afterwards. */
DD_NT_INLINE VOID IoMarkIrpPending(PIRP Irp)
{
    IoGetCurrentIrpStackLocation(Irp)->Control |= SL_PENDING_RETURNED;
}

/* The old routine; NULL means that the cancel is running already and owns the IRP. */
DD_NT_INLINE PDRIVER_CANCEL IoSetCancelRoutine(PIRP Irp, PDRIVER_CANCEL CancelRoutine)
{
    return __atomic_exchange_n(&Irp->CancelRoutine, CancelRoutine, __ATOMIC_SEQ_CST);
}

DD_NT_INLINE VOID IoSetCompletionRoutine(PIRP Irp, PIO_COMPLETION_ROUTINE CompletionRoutine,
                                         PVOID Context, BOOLEAN InvokeOnSuccess,
                                         BOOLEAN InvokeOnError, BOOLEAN InvokeOnCancel)
{
    PIO_STACK_LOCATION next = IoGetNextIrpStackLocation(Irp);

    next->CompletionRoutine = CompletionRoutine;
    next->Context = Context;
    next->Control = (UCHAR)((InvokeOnSuccess ? SL_INVOKE_ON_SUCCESS : 0) |
                            (InvokeOnError ? SL_INVOKE_ON_ERROR : 0) |
                            (InvokeOnCancel ? SL_INVOKE_ON_CANCEL : 0));
}

DD_NT_INLINE VOID IoCopyCurrentIrpStackLocationToNext(PIRP Irp)
{
    PIO_STACK_LOCATION next = IoGetNextIrpStackLocation(Irp);

    *next = *IoGetCurrentIrpStackLocation(Irp);
    next->CompletionRoutine = NULL;
    next->Context = NULL;
    next->Control = 0;
}

DD_NT_INLINE VOID IoSkipCurrentIrpStackLocation(PIRP Irp)
{
    Irp->CurrentLocation = (CHAR)(Irp->CurrentLocation + 1);
    Irp->Tail.Overlay.CurrentStackLocation++;
}

#define IoGetRemainingStackSize() ((ULONG_PTR)0x4000)

/* End the request with Irp->IoStatus. The IRP is gone afterwards. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost);
/* Hand the IRP to the driver of DeviceObject; returns what it returned. IRQL: <= DISPATCH. */
DD_NT_IMPORT NTSTATUS IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp);
#define IoCompleteRequest(Irp, PriorityBoost) IofCompleteRequest(Irp, PriorityBoost)
#define IoCallDriver(DeviceObject, Irp)       IofCallDriver(DeviceObject, Irp)
#define PoCallDriver(DeviceObject, Irp)       IofCallDriver(DeviceObject, Irp)
#define PoStartNextPowerIrp(Irp)              ((void)(Irp))

/* An IRP with StackSize locations, NULL on failure. IRQL: <= DISPATCH. */
DD_NT_IMPORT PIRP IoAllocateIrp(CCHAR StackSize, BOOLEAN ChargeQuota);
/* Free an IRP of IoAllocateIrp. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID IoFreeIrp(PIRP Irp);
/* Make caller's memory an IRP. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID IoInitializeIrp(PIRP Irp, USHORT PacketSize, CCHAR StackSize);
/* Make a used IRP new. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID IoReuseIrp(PIRP Irp, NTSTATUS Iostatus);
/* Ask that the IRP be cancelled; TRUE if a cancel routine ran. IRQL: <= DISPATCH. */
DD_NT_IMPORT BOOLEAN IoCancelIrp(PIRP Irp);
#define IoSizeOfIrp(StackSize)                                                                     \
    ((USHORT)(sizeof(IRP) + ((SIZE_T)(StackSize)) * sizeof(IO_STACK_LOCATION)))
/* A device-control IRP that the I/O manager frees; wait on Event if pending. IRQL: = PASSIVE. */
DD_NT_IMPORT PIRP IoBuildDeviceIoControlRequest(ULONG IoControlCode, PDEVICE_OBJECT DeviceObject,
                                                PVOID InputBuffer, ULONG InputBufferLength,
                                                PVOID OutputBuffer, ULONG OutputBufferLength,
                                                BOOLEAN InternalDeviceIoControl, PKEVENT Event,
                                                PIO_STATUS_BLOCK IoStatusBlock);
/* The same for another major function; patch the next location afterwards. IRQL: <= APC. */
DD_NT_IMPORT PIRP IoBuildSynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject,
                                               PVOID Buffer, ULONG Length,
                                               PLARGE_INTEGER StartingOffset, PKEVENT Event,
                                               PIO_STATUS_BLOCK IoStatusBlock);
/* The lock of all cancel routines. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID IoAcquireCancelSpinLock(PKIRQL Irql);
/* Give it back with the level it was taken at. IRQL: = DISPATCH. */
DD_NT_IMPORT VOID IoReleaseCancelSpinLock(KIRQL Irql);

/* ---- device objects -------------------------------------------------------------------------- */

typedef enum DD_NT_ENUM_BASE {
    DevicePropertyDeviceDescription = 0,
    DevicePropertyHardwareID = 1,
    DevicePropertyCompatibleIDs = 2,
    DevicePropertyBootConfiguration = 3,
    DevicePropertyBootConfigurationTranslated = 4,
    DevicePropertyClassName = 5,
    DevicePropertyClassGuid = 6,
    DevicePropertyDriverKeyName = 7,
    DevicePropertyManufacturer = 8,
    DevicePropertyFriendlyName = 9,
    DevicePropertyLocationInformation = 10,
    DevicePropertyPhysicalDeviceObjectName = 11,
    DevicePropertyBusTypeGuid = 12,
    DevicePropertyLegacyBusType = 13,
    DevicePropertyBusNumber = 14,
    DevicePropertyEnumeratorName = 15,
    DevicePropertyAddress = 16,
    DevicePropertyUINumber = 17
} DEVICE_REGISTRY_PROPERTY;

#define PLUGPLAY_REGKEY_DEVICE 1
#define PLUGPLAY_REGKEY_DRIVER 2

/* DeviceObject is the PDO. STATUS_BUFFER_TOO_SMALL sets *ResultLength. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS IoGetDeviceProperty(PDEVICE_OBJECT DeviceObject,
                                          DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                          ULONG BufferLength, PVOID PropertyBuffer,
                                          PULONG ResultLength);
/* The device's hardware or software key. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS IoOpenDeviceRegistryKey(PDEVICE_OBJECT DeviceObject, ULONG DevInstKeyType,
                                              ACCESS_MASK DesiredAccess, PHANDLE DeviceRegKey);
/* The top of the stack, with a reference. IRQL: <= DISPATCH. */
DD_NT_IMPORT PDEVICE_OBJECT IoGetAttachedDeviceReference(PDEVICE_OBJECT DeviceObject);
/* A device object of the driver. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS IoCreateDevice(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize,
                                     PUNICODE_STRING DeviceName, DEVICE_TYPE DeviceType,
                                     ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                                     PDEVICE_OBJECT *DeviceObject);
/* Delete it. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID IoDeleteDevice(PDEVICE_OBJECT DeviceObject);
/* A second name for a device. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS IoCreateSymbolicLink(PUNICODE_STRING SymbolicLinkName,
                                           PUNICODE_STRING DeviceName);
/* Remove the name. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS IoDeleteSymbolicLink(PUNICODE_STRING SymbolicLinkName);
/* NDIS owns WMI of the adapter; accepted and ignored. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS IoWMIRegistrationControl(PDEVICE_OBJECT DeviceObject, ULONG Action);

/* ---- work items ------------------------------------------------------------------------------ */

typedef struct _IO_WORKITEM *PIO_WORKITEM;

/* Runs at PASSIVE_LEVEL in a system thread. */
typedef VOID NTAPI IO_WORKITEM_ROUTINE(PDEVICE_OBJECT DeviceObject, PVOID Context);
typedef IO_WORKITEM_ROUTINE *PIO_WORKITEM_ROUTINE;
typedef VOID NTAPI IO_WORKITEM_ROUTINE_EX(PVOID IoObject, PVOID Context, PIO_WORKITEM IoWorkItem);
typedef IO_WORKITEM_ROUTINE_EX *PIO_WORKITEM_ROUTINE_EX;

typedef enum _WORK_QUEUE_TYPE DD_NT_ENUM_BASE {
    CriticalWorkQueue = 0,
    DelayedWorkQueue = 1,
    HyperCriticalWorkQueue = 2,
    MaximumWorkQueue = 7
} WORK_QUEUE_TYPE;

typedef VOID NTAPI WORKER_THREAD_ROUTINE(PVOID Parameter);
typedef WORKER_THREAD_ROUTINE *PWORKER_THREAD_ROUTINE;

typedef struct _WORK_QUEUE_ITEM {
    LIST_ENTRY List;
    PWORKER_THREAD_ROUTINE WorkerRoutine;
    PVOID Parameter;
} WORK_QUEUE_ITEM, *PWORK_QUEUE_ITEM;

/* NULL on failure. IRQL: <= DISPATCH. */
DD_NT_IMPORT PIO_WORKITEM IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject);
/* Queue; queueing a queued item is a bug. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE WorkerRoutine,
                                  WORK_QUEUE_TYPE QueueType, PVOID Context);
/* The routine also gets the item. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                                    WORK_QUEUE_TYPE QueueType, PVOID Context);
/* Inside its routine is fine, while queued is not. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID IoFreeWorkItem(PIO_WORKITEM IoWorkItem);
/* The old form without a device object. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID ExQueueWorkItem(PWORK_QUEUE_ITEM WorkItem, WORK_QUEUE_TYPE QueueType);

#define ExInitializeWorkItem(Item, Routine, Ctx)                                                   \
    do {                                                                                           \
        (Item)->WorkerRoutine = (Routine);                                                         \
        (Item)->Parameter = (Ctx);                                                                 \
        (Item)->List.Flink = NULL;                                                                 \
    } while (0)

/* ---- bus data -------------------------------------------------------------------------------- */

/* Obsolete. Bytes read; 0: no such bus. IRQL: any. */
DD_NT_IMPORT ULONG HalGetBusDataByOffset(BUS_DATA_TYPE BusDataType, ULONG BusNumber,
                                         ULONG SlotNumber, PVOID Buffer, ULONG Offset,
                                         ULONG Length);
/* Obsolete. Bytes written. IRQL: any. */
DD_NT_IMPORT ULONG HalSetBusDataByOffset(BUS_DATA_TYPE BusDataType, ULONG BusNumber,
                                         ULONG SlotNumber, PVOID Buffer, ULONG Offset,
                                         ULONG Length);

#ifdef __cplusplus
}
#endif

#include "ioext.h"

#endif
