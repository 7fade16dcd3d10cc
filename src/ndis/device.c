/* SPDX-License-Identifier: MIT */
/*
 * Control devices: NdisRegisterDeviceEx. Each device has dispatch routines of its own, so each gets
 * a DRIVER_OBJECT of its own that carries them; otherwise it is a device object as any other.
 */
#include "ndis/adapter_priv.h"

#include "nt/devobj.h"

#include <stdlib.h>
#include <string.h>

struct dd_control_device {
    struct dd_nobj obj;
    DRIVER_OBJECT *dispatch;
    PDEVICE_OBJECT device;
    UNICODE_STRING link; /* malloc'ed buffer; empty: none */
};

/* in front of the part of the extension that is the driver's */
struct extension_head {
    struct dd_control_device *control;
    uint64_t magic;
};

#define EXTENSION_MAGIC 0x64646E6465766578ull

static NTSTATUS refuse_irp(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_INVALID_DEVICE_REQUEST;
}

static DRIVER_OBJECT *dispatch_new(const struct dd_driver *d, PDRIVER_DISPATCH const *majors)
{
    DRIVER_OBJECT *o = malloc(sizeof(*o));

    if (o == NULL) {
        return NULL;
    }
    *o = *d->object;
    for (unsigned i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++) {
        o->MajorFunction[i] = majors[i] != NULL ? majors[i] : refuse_irp;
    }
    return o;
}

static bool copy_string(UNICODE_STRING *to, const UNICODE_STRING *from)
{
    to->Buffer = malloc(from->Length + sizeof(WCHAR));
    if (to->Buffer == NULL) {
        return false;
    }
    memcpy(to->Buffer, from->Buffer, from->Length);
    to->Buffer[from->Length / sizeof(WCHAR)] = 0;
    to->Length = from->Length;
    to->MaximumLength = (USHORT)(from->Length + sizeof(WCHAR));
    return true;
}

void dd_device_destroy(void *obj)
{
    struct dd_control_device *c = obj;

    if (c->link.Buffer != NULL) {
        (void)dd_devobj_unlink(&c->link);
        free(c->link.Buffer);
    }
    if (c->device != NULL) {
        (void)dd_devobj_delete(c->device);
    }
    free(c->dispatch);
    dd_nobj_free(c);
}

static NTSTATUS device_open(struct dd_control_device *c, const NDIS_DEVICE_OBJECT_ATTRIBUTES *at)
{
    struct extension_head *head;
    NTSTATUS status = dd_devobj_new(c->dispatch, sizeof(*head) + at->ExtensionSize, at->DeviceName,
                                    FILE_DEVICE_NETWORK, FILE_DEVICE_SECURE_OPEN, &c->device);

    if (!NT_SUCCESS(status)) {
        c->device = NULL;
        return status;
    }
    head = c->device->DeviceExtension;
    head->control = c;
    head->magic = EXTENSION_MAGIC;
    if (at->SymbolicName == NULL) {
        return STATUS_SUCCESS;
    }
    status = dd_devobj_link(at->SymbolicName, at->DeviceName);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (!copy_string(&c->link, at->SymbolicName)) {
        (void)dd_devobj_unlink(at->SymbolicName);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

NDIS_STATUS NdisRegisterDeviceEx(NDIS_HANDLE NdisHandle,
                                 PNDIS_DEVICE_OBJECT_ATTRIBUTES DeviceObjectAttributes,
                                 PDEVICE_OBJECT *pDeviceObject, PNDIS_HANDLE NdisDeviceHandle)
{
    const NDIS_DEVICE_OBJECT_ATTRIBUTES *at = DeviceObjectAttributes;
    struct dd_driver *d;
    struct dd_control_device *c;
    NTSTATUS status;

    DD_API(NdisRegisterDeviceEx);
    *pDeviceObject = NULL;
    d = dd_driver_from_handle(NdisHandle);
    if (d == NULL || at->Header.Type != NDIS_OBJECT_TYPE_DEVICE_OBJECT_ATTRIBUTES ||
        at->Header.Size < NDIS_SIZEOF_DEVICE_OBJECT_ATTRIBUTES_REVISION_1 ||
        at->MajorFunctions == NULL) {
        dd_bad_object(NdisHandle, "NdisRegisterDeviceEx with a wrong handle or wrong attributes",
                      DD_SITE());
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    c = dd_nobj_new(DD_SLOT_DEVICE, sizeof(*c), d, DD_SITE());
    if (c == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    c->dispatch = dispatch_new(d, at->MajorFunctions);
    status = c->dispatch != NULL ? device_open(c, at) : STATUS_INSUFFICIENT_RESOURCES;
    if (!NT_SUCCESS(status)) {
        dd_device_destroy(c);
        return status;
    }
    c->device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    *pDeviceObject = c->device;
    *NdisDeviceHandle = (NDIS_HANDLE)c;
    return NDIS_STATUS_SUCCESS;
}

VOID NdisDeregisterDeviceEx(NDIS_HANDLE NdisDeviceHandle)
{
    struct dd_control_device *c;

    DD_API(NdisDeregisterDeviceEx);
    c = dd_nobj_get(NdisDeviceHandle, DD_SLOT_DEVICE, "not a device handle", DD_SITE());
    if (c != NULL) {
        dd_device_destroy(c);
    }
}

PVOID NdisGetDeviceReservedExtension(PDEVICE_OBJECT DeviceObject)
{
    struct extension_head *head;

    DD_API(NdisGetDeviceReservedExtension);
    head = DeviceObject != NULL ? DeviceObject->DeviceExtension : NULL;
    return head != NULL && head->magic == EXTENSION_MAGIC ? head + 1 : NULL;
}
