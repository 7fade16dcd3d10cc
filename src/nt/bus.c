/* SPDX-License-Identifier: MIT */
/*
 * The bus driver below every PDO: configuration space, and the standard bus interface that drivers
 * ask for with IRP_MN_QUERY_INTERFACE.
 *
 * Source: windows-driver-docs-ddi, wdm/ns-wdm-_bus_interface_standard,
 * wdm/nf-wdm-halgetbusdatabyoffset (nt-services 2.15).
 */
#include <ntddk.h>

#include "nt/devobj.h"

#include "base/check.h"
#include "base/log.h"
#include "nt/handle.h"
#include "nt/irp_int.h"
#include "seam/api.h"

#include <string.h>

PDMA_ADAPTER(*dd_bus_get_dma_adapter)
(PDEVICE_OBJECT pdo, PDEVICE_DESCRIPTION description, PULONG ret_map_registers);

static const GUID bus_interface_standard = {0x496b8280,
                                            0x6f25,
                                            0x11d0,
                                            {0xbe, 0xaf, 0x08, 0x00, 0x2b, 0xe2, 0x09, 0x2f}};

/* --- configuration space --- */

ULONG dd_pdo_config(struct dd_dev *dev, ULONG offset, void *buffer, ULONG len_bytes, bool write)
{
    uint8_t *p = buffer;
    ULONG done = 0;

    if (offset >= PCI_EXTENDED_CONFIG_LENGTH) {
        return 0;
    }
    if (len_bytes > PCI_EXTENDED_CONFIG_LENGTH - offset) {
        len_bytes = PCI_EXTENDED_CONFIG_LENGTH - offset;
    }
    while (done < len_bytes) {
        unsigned at = offset + done, left = len_bytes - done;
        unsigned width = at % 4 == 0 && left >= 4 ? 4 : at % 2 == 0 && left >= 2 ? 2 : 1;
        uint32_t v = 0;

        if (write) {
            memcpy(&v, p + done, width);
            dev->ops->config_write(dev, at, width, v);
        } else {
            v = dev->ops->config_read(dev, at, width);
            memcpy(p + done, &v, width);
        }
        done += width;
    }
    return done;
}

/* --- the interface; Context is the PDO --- */

static VOID interface_reference(PVOID context)
{
    (void)dd_object_ref(context);
}

static VOID interface_dereference(PVOID context)
{
    (void)dd_object_unref(context);
}

static BOOLEAN translate(PVOID context, PHYSICAL_ADDRESS bus_address, ULONG length, PULONG space,
                         PPHYSICAL_ADDRESS ret_translated)
{
    (void)context;
    (void)length;
    (void)space;
    *ret_translated = bus_address; /* resources are translated one to one */
    return TRUE;
}

static PDMA_ADAPTER get_dma_adapter(PVOID context, PDEVICE_DESCRIPTION description,
                                    PULONG ret_map_registers)
{
    return dd_bus_get_dma_adapter == NULL
               ? NULL
               : dd_bus_get_dma_adapter(context, description, ret_map_registers);
}

static ULONG move_bus_data(PDEVICE_OBJECT device, ULONG space, ULONG offset, void *buffer,
                           ULONG length, bool write)
{
    struct dd_devobj_pdo pdo;

    if (space != PCI_WHICHSPACE_CONFIG || !dd_devobj_pdo(device, &pdo)) {
        return 0;
    }
    return dd_pdo_config(pdo.dev, offset, buffer, length, write);
}

static ULONG set_bus_data(PVOID context, ULONG type, PVOID buffer, ULONG offset, ULONG length)
{
    return move_bus_data(context, type, offset, buffer, length, true);
}

static ULONG get_bus_data(PVOID context, ULONG type, PVOID buffer, ULONG offset, ULONG length)
{
    return move_bus_data(context, type, offset, buffer, length, false);
}

static void query_interface(PDEVICE_OBJECT device, PIRP irp, PIO_STACK_LOCATION at)
{
    PBUS_INTERFACE_STANDARD out = (void *)at->Parameters.QueryInterface.Interface;

    if (memcmp(at->Parameters.QueryInterface.InterfaceType, &bus_interface_standard,
               sizeof(GUID)) != 0 ||
        at->Parameters.QueryInterface.Size < sizeof(*out) ||
        at->Parameters.QueryInterface.Version < 1) {
        dd_log(DD_LOG_WARN, "IRP_MN_QUERY_INTERFACE for an interface that the bus does not offer");
        return; /* the status stays as the sender set it */
    }
    *out = (BUS_INTERFACE_STANDARD){
        .Size = sizeof(*out),
        .Version = 1,
        .Context = device,
        .InterfaceReference = interface_reference,
        .InterfaceDereference = interface_dereference,
        .TranslateBusAddress = translate,
        .GetDmaAdapter = get_dma_adapter,
        .SetBusData = set_bus_data,
        .GetBusData = get_bus_data,
    };
    interface_reference(device);
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 0;
}

static void move_config(PDEVICE_OBJECT device, PIRP irp, PIO_STACK_LOCATION at, bool write)
{
    irp->IoStatus.Information =
        move_bus_data(device, at->Parameters.ReadWriteConfig.WhichSpace,
                      at->Parameters.ReadWriteConfig.Offset, at->Parameters.ReadWriteConfig.Buffer,
                      at->Parameters.ReadWriteConfig.Length, write);
    irp->IoStatus.Status =
        irp->IoStatus.Information == 0 ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

NTSTATUS dd_pdo_dispatch(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION at = IoGetCurrentIrpStackLocation(irp);
    NTSTATUS status;

    if (at->MajorFunction == IRP_MJ_PNP && at->MinorFunction == IRP_MN_QUERY_INTERFACE) {
        query_interface(device, irp, at);
    } else if (at->MajorFunction == IRP_MJ_PNP && (at->MinorFunction == IRP_MN_READ_CONFIG ||
                                                   at->MinorFunction == IRP_MN_WRITE_CONFIG)) {
        move_config(device, irp, at, at->MinorFunction == IRP_MN_WRITE_CONFIG);
    } else if (at->MajorFunction == IRP_MJ_POWER) {
        irp->IoStatus.Status = STATUS_SUCCESS;
    } else if (at->MajorFunction != IRP_MJ_PNP && at->MajorFunction != IRP_MJ_SYSTEM_CONTROL) {
        irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
    }
    status = irp->IoStatus.Status;
    dd_irp_complete(irp, NULL);
    return status;
}

/* --- Windows names --- */

#define EMPTY_SLOT_BYTES 2 /* VendorID 0xFFFF */

static ULONG hal_bus_data(BUS_DATA_TYPE type, ULONG bus, ULONG slot, void *buffer, ULONG offset,
                          ULONG length, bool write)
{
    PCI_SLOT_NUMBER number = {.u = {.AsULONG = slot}};
    PDEVICE_OBJECT pdo;

    if (type != PCIConfiguration || bus > 0xff) {
        return 0;
    }
    pdo = dd_devobj_pdo_at(bus,
                           (ULONG)number.u.bits.DeviceNumber << 16 | number.u.bits.FunctionNumber);
    if (pdo != NULL) {
        return move_bus_data(pdo, PCI_WHICHSPACE_CONFIG, offset, buffer, length, write);
    }
    if (!write && offset == 0 && length >= EMPTY_SLOT_BYTES) {
        memset(buffer, 0xff, EMPTY_SLOT_BYTES);
        return EMPTY_SLOT_BYTES;
    }
    return 0;
}

ULONG HalGetBusDataByOffset(BUS_DATA_TYPE BusDataType, ULONG BusNumber, ULONG SlotNumber,
                            PVOID Buffer, ULONG Offset, ULONG Length)
{
    DD_API(HalGetBusDataByOffset);
    return hal_bus_data(BusDataType, BusNumber, SlotNumber, Buffer, Offset, Length, false);
}

ULONG HalSetBusDataByOffset(BUS_DATA_TYPE BusDataType, ULONG BusNumber, ULONG SlotNumber,
                            PVOID Buffer, ULONG Offset, ULONG Length)
{
    DD_API(HalSetBusDataByOffset);
    return hal_bus_data(BusDataType, BusNumber, SlotNumber, Buffer, Offset, Length, true);
}
