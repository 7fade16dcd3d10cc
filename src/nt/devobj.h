/* SPDX-License-Identifier: MIT */
/*
 * Device objects: a driver's own (IoCreateDevice, NdisRegisterDeviceEx) and those that the runtime
 * plays: the PDO of an adapter and what stands on it.
 *
 * A side table knows each device object: its names, and for a PDO its registry keys and the device
 * behind it.
 */
#ifndef DD_NT_DEVOBJ_H
#define DD_NT_DEVOBJ_H

#include "dev/dev.h"
#include "nt/config.h"

#include <ntddk.h>

/* what makes a device object a PDO */
struct dd_devobj_pdo {
    struct dd_key *software_key; /* class instance; PLUGPLAY_REGKEY_DRIVER */
    struct dd_key *hardware_key; /* device instance; PLUGPLAY_REGKEY_DEVICE, and IoGetDeviceProperty
                                    reads it */
    struct dd_dev *dev;          /* configuration space */
    unsigned bus, slot; /* where it answers as a PCI device: slot is device << 16 | function */
};

/**
 * dd_devobj_new - a device object of a driver, with one reference
 * @name: or NULL
 *
 * IRQL: PASSIVE_LEVEL.
 * Return: STATUS_SUCCESS; STATUS_OBJECT_NAME_COLLISION; STATUS_OBJECT_NAME_INVALID, the name does
 * not begin with a backslash; STATUS_INSUFFICIENT_RESOURCES. Ownership: dd_devobj_delete() drops
 * the names and that reference; the memory goes with the last one.
 */
NTSTATUS dd_devobj_new(PDRIVER_OBJECT driver, size_t extension_bytes, PCUNICODE_STRING name,
                       DEVICE_TYPE type, ULONG characteristics, PDEVICE_OBJECT *ret_device);
/* dd_devobj_delete - -ENOENT: no device object of dd_devobj_new() */
int dd_devobj_delete(PDEVICE_OBJECT device);

/* dd_devobj_adopt - make known a device object in memory of the caller's, which IRPs may be sent
 * to: the runtime answers them. @pdo: copied; NULL, it is no PDO, and IRPs go on to the one it
 * stands on (@lower). 0, -EEXIST, -ENOMEM */
int dd_devobj_adopt(PDEVICE_OBJECT device, const struct dd_devobj_pdo *pdo, PDEVICE_OBJECT lower);
/* dd_devobj_forget - before the memory goes; a reference the driver still holds is an OBJECT_BAD
 * event */
void dd_devobj_forget(PDEVICE_OBJECT device);

/* dd_devobj_link - a second name. STATUS_OBJECT_NAME_COLLISION, STATUS_INSUFFICIENT_RESOURCES */
NTSTATUS dd_devobj_link(PCUNICODE_STRING link, PCUNICODE_STRING name);
NTSTATUS dd_devobj_unlink(PCUNICODE_STRING link);
/* dd_devobj_find - the device object of that name or link ("\\Device\\X", "\\DosDevices\\X",
 * "\\??\\X", UTF-8, without case); NULL: none */
PDEVICE_OBJECT dd_devobj_find(const char *name);
/* dd_devobj_names - how many names and links live (leak checks) */
unsigned dd_devobj_names(void);

/* dd_devobj_pdo - true when @device is a PDO; *ret_pdo what was given */
bool dd_devobj_pdo(PDEVICE_OBJECT device, struct dd_devobj_pdo *ret_pdo);
/* dd_devobj_lower - true when @device is the runtime's; *ret_lower is what it stands on, NULL for a
 * PDO */
bool dd_devobj_lower(PDEVICE_OBJECT device, PDEVICE_OBJECT *ret_lower);
/* dd_devobj_pdo_at - the PDO that answers at that place of the bus, or NULL */
PDEVICE_OBJECT dd_devobj_pdo_at(unsigned bus, unsigned slot);

/**
 * dd_devobj_request - a whole request to a device object, as a user program makes one
 * @major: IRP_MJ_CREATE ... IRP_MJ_DEVICE_CONTROL
 * @code: control code for IRP_MJ_DEVICE_CONTROL
 * @file: FILE_OBJECT of the open, or NULL
 * @ret_information: IoStatus.Information; may be NULL
 *
 * IRQL: PASSIVE_LEVEL; waits until the request is complete.
 * Return: IoStatus.Status, or STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS dd_devobj_request(PDEVICE_OBJECT device, UCHAR major, ULONG code, const void *in,
                           ULONG in_bytes, void *out, ULONG out_bytes, PFILE_OBJECT file,
                           ULONG_PTR *ret_information);

/* dd_irp_report_leaks - a LEAK event for each IRP of IoAllocateIrp and its kin that lives; they are
 * freed */
unsigned dd_irp_report_leaks(bool failed_init);

/* dd_pdo_dispatch - how the bus driver below all answers an IRP (bus.c) */
NTSTATUS dd_pdo_dispatch(PDEVICE_OBJECT device, PIRP irp);
/* dd_pdo_config - read or write configuration space in naturally aligned accesses; bytes done */
ULONG dd_pdo_config(struct dd_dev *dev, ULONG offset, void *buffer, ULONG len_bytes, bool write);

/* How the bus interface's GetDmaAdapter makes an adapter; set by src/hal, NULL: it returns NULL */
extern PDMA_ADAPTER (*dd_bus_get_dma_adapter)(PDEVICE_OBJECT pdo, PDEVICE_DESCRIPTION description,
                                              PULONG ret_map_registers);

#endif
