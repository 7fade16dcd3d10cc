/* SPDX-License-Identifier: MIT */
/*
 * ndis/hwio.h - registers, ports, bus data of an adapter
 *
 * Register macros lead to READ_/WRITE_REGISTER_*, port macros to READ_/WRITE_PORT_*: one device
 * access of exactly that width each. IRQL of the macros: any.
 */
#ifndef DRYDOCK_NDIS_HWIO_H
#define DRYDOCK_NDIS_HWIO_H

#include "../wdm/irp.h"
#include "../wdm/pci.h"
#include "../wdm/register.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * NdisMMapIoSpace - map registers, from MiniportInitializeEx after the attributes. SUCCESS,
 * RESOURCE_CONFLICT (not among the resources), RESOURCES, FAILURE; *VirtualAddress NULL unless
 * SUCCESS.
 * IRQL: = PASSIVE.
 */
DD_NT_IMPORT NDIS_STATUS NdisMMapIoSpace(PVOID *VirtualAddress, NDIS_HANDLE MiniportAdapterHandle,
                                         NDIS_PHYSICAL_ADDRESS PhysicalAddress, UINT Length);
/* Same length; from init and halt. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID NdisMUnmapIoSpace(NDIS_HANDLE MiniportAdapterHandle, PVOID VirtualAddress,
                                    UINT Length);
/* *PortOffset is the base for the port macros. SUCCESS, RESOURCE_CONFLICT ... IRQL: = PASSIVE. */
DD_NT_IMPORT NDIS_STATUS NdisMRegisterIoPortRange(PVOID *PortOffset,
                                                  NDIS_HANDLE MiniportAdapterHandle,
                                                  UINT InitialPort, UINT NumberOfPorts);
/* Exactly the registered range. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID NdisMDeregisterIoPortRange(NDIS_HANDLE MiniportAdapterHandle, UINT InitialPort,
                                             UINT NumberOfPorts, PVOID PortOffset);

/* Bytes read from configuration space (WhichSpace PCI_WHICHSPACE_CONFIG). IRQL: any. */
DD_NT_IMPORT ULONG NdisMGetBusData(NDIS_HANDLE NdisMiniportHandle, ULONG WhichSpace, ULONG Offset,
                                   PVOID Buffer, ULONG Length);
/* Bytes written. IRQL: any. */
DD_NT_IMPORT ULONG NdisMSetBusData(NDIS_HANDLE NdisMiniportHandle, ULONG WhichSpace, ULONG Offset,
                                   PVOID Buffer, ULONG Length);
/*
 * All outputs may be NULL: PDO, FDO, next device object, raw and translated resources.
 * IRQL: = PASSIVE.
 */
DD_NT_IMPORT VOID NdisMGetDeviceProperty(NDIS_HANDLE MiniportAdapterHandle,
                                         PDEVICE_OBJECT *PhysicalDeviceObject,
                                         PDEVICE_OBJECT *FunctionalDeviceObject,
                                         PDEVICE_OBJECT *NextDeviceObject,
                                         PCM_RESOURCE_LIST *AllocatedResources,
                                         PCM_RESOURCE_LIST *AllocatedResourcesTranslated);

#define NdisReadRegisterUchar(Register, Data)                                                      \
    (*(Data) = READ_REGISTER_UCHAR((volatile UCHAR *)(Register)))
#define NdisReadRegisterUshort(Register, Data)                                                     \
    (*(Data) = READ_REGISTER_USHORT((volatile USHORT *)(Register)))
#define NdisReadRegisterUlong(Register, Data)                                                      \
    (*(Data) = READ_REGISTER_ULONG((volatile ULONG *)(Register)))
#define NdisWriteRegisterUchar(Register, Data)                                                     \
    WRITE_REGISTER_UCHAR((volatile UCHAR *)(Register), (UCHAR)(Data))
#define NdisWriteRegisterUshort(Register, Data)                                                    \
    WRITE_REGISTER_USHORT((volatile USHORT *)(Register), (USHORT)(Data))
#define NdisWriteRegisterUlong(Register, Data)                                                     \
    WRITE_REGISTER_ULONG((volatile ULONG *)(Register), (ULONG)(Data))

#define NdisRawReadPortUchar(Port, Data)  (*(Data) = READ_PORT_UCHAR((PUCHAR)(ULONG_PTR)(Port)))
#define NdisRawReadPortUshort(Port, Data) (*(Data) = READ_PORT_USHORT((PUSHORT)(ULONG_PTR)(Port)))
#define NdisRawReadPortUlong(Port, Data)  (*(Data) = READ_PORT_ULONG((PULONG)(ULONG_PTR)(Port)))
#define NdisRawWritePortUchar(Port, Data) WRITE_PORT_UCHAR((PUCHAR)(ULONG_PTR)(Port), (UCHAR)(Data))
#define NdisRawWritePortUshort(Port, Data)                                                         \
    WRITE_PORT_USHORT((PUSHORT)(ULONG_PTR)(Port), (USHORT)(Data))
#define NdisRawWritePortUlong(Port, Data) WRITE_PORT_ULONG((PULONG)(ULONG_PTR)(Port), (ULONG)(Data))

#define NdisRawReadPortBufferUchar(Port, Buffer, Length)                                           \
    READ_PORT_BUFFER_UCHAR((PUCHAR)(ULONG_PTR)(Port), (PUCHAR)(Buffer), (Length))
#define NdisRawReadPortBufferUshort(Port, Buffer, Length)                                          \
    READ_PORT_BUFFER_USHORT((PUSHORT)(ULONG_PTR)(Port), (PUSHORT)(Buffer), (Length))
#define NdisRawReadPortBufferUlong(Port, Buffer, Length)                                           \
    READ_PORT_BUFFER_ULONG((PULONG)(ULONG_PTR)(Port), (PULONG)(Buffer), (Length))
#define NdisRawWritePortBufferUchar(Port, Buffer, Length)                                          \
    WRITE_PORT_BUFFER_UCHAR((PUCHAR)(ULONG_PTR)(Port), (PUCHAR)(Buffer), (Length))
#define NdisRawWritePortBufferUshort(Port, Buffer, Length)                                         \
    WRITE_PORT_BUFFER_USHORT((PUSHORT)(ULONG_PTR)(Port), (PUSHORT)(Buffer), (Length))
#define NdisRawWritePortBufferUlong(Port, Buffer, Length)                                          \
    WRITE_PORT_BUFFER_ULONG((PULONG)(ULONG_PTR)(Port), (PULONG)(Buffer), (Length))

#ifdef __cplusplus
}
#endif

#endif
