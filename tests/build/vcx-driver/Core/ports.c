/* SPDX-License-Identifier: MIT */
/* When the NIC's driver has started: a register by computed ports, as older drivers do it. */
#include <ndis.h>
#include "ports.h"

#define IOADDR 0u
#define IODATA 4u
#define RAL0   0x5400u /* the low part of its address */

static MINIPORT_INITIALIZE *NicInitialize;

static MINIPORT_INITIALIZE Initialize;

/* the same register through both windows of the card; FALSE: they differ */
static BOOLEAN CheckPorts(NDIS_HANDLE Adapter, const CM_PARTIAL_RESOURCE_DESCRIPTOR *Memory,
                          const CM_PARTIAL_RESOURCE_DESCRIPTOR *Port)
{
    PVOID base = NULL, registers = NULL;
    ULONG first = (ULONG)Port->u.Port.Start.LowPart, byPort = 0, again = 0, direct;

    if (NdisMRegisterIoPortRange(&base, Adapter, first, Port->u.Port.Length) !=
        NDIS_STATUS_SUCCESS) {
        return FALSE;
    }
    if (NdisMMapIoSpace(&registers, Adapter, Memory->u.Memory.Start, Memory->u.Memory.Length) !=
        NDIS_STATUS_SUCCESS) {
        NdisMDeregisterIoPortRange(Adapter, first, Port->u.Port.Length, base);
        return FALSE;
    }
    NdisRawWritePortUlong((PUCHAR)base + IOADDR, RAL0);
    NdisRawReadPortUlong((ULONG_PTR)base + IODATA, &byPort);
    NdisRawReadPortUlong((PUCHAR)base + IODATA, &again);
    direct = *(ULONG *)((PUCHAR)registers + RAL0);
    NdisMUnmapIoSpace(Adapter, registers, Memory->u.Memory.Length);
    NdisMDeregisterIoPortRange(Adapter, first, Port->u.Port.Length, base);
    DbgPrint("vcx: RAL0 by port 0x%lx, directly 0x%lx\n", byPort, direct);
    return (BOOLEAN)(byPort == direct && again == direct);
}

static NDIS_STATUS Initialize(NDIS_HANDLE Adapter, NDIS_HANDLE Context,
                              PNDIS_MINIPORT_INIT_PARAMETERS Parameters)
{
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *memory = NULL, *port = NULL, *each;
    NDIS_STATUS status = NicInitialize(Adapter, Context, Parameters);
    ULONG i;

    for (i = 0; status == NDIS_STATUS_SUCCESS && i < Parameters->AllocatedResources->Count; i++) {
        each = &Parameters->AllocatedResources->PartialDescriptors[i];
        if (each->Type == CmResourceTypeMemory && memory == NULL) {
            memory = each;
        } else if (each->Type == CmResourceTypePort && port == NULL) {
            port = each;
        }
    }
    if (status == NDIS_STATUS_SUCCESS &&
        (port == NULL || memory == NULL || !CheckPorts(Adapter, memory, port))) {
        KeBugCheck(0xE2); /* as on purpose */
    }
    return status;
}

NDIS_STATUS VcxRegister(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath,
                        NDIS_HANDLE Context, PNDIS_MINIPORT_DRIVER_CHARACTERISTICS Characteristics,
                        PNDIS_HANDLE Handle)
{
    NicInitialize = Characteristics->InitializeHandlerEx;
    Characteristics->InitializeHandlerEx = Initialize;
    return (NdisMRegisterMiniportDriver)(DriverObject, RegistryPath, Context, Characteristics,
                                         Handle);
}
