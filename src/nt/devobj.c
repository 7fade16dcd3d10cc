/* SPDX-License-Identifier: MIT */
/*
 * Source: windows-driver-docs-ddi, wdm/nf-wdm-iocreatedevice, iogetdeviceproperty,
 * ioopendeviceregistrykey and their kin (nt-services 2.12, 2.13).
 */
#include <ntddk.h>

#include "nt/devobj.h"

#include "base/list.h"
#include "base/thread.h"
#include "nt/devname.h"
#include "nt/handle.h"
#include "nt/keyobj.h"
#include "nt/pool.h"
#include "seam/api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TYPE_DEVICE 3 /* DEVICE_OBJECT.Type */

struct known {
    struct dd_list node;
    PDEVICE_OBJECT device;
    PDEVICE_OBJECT lower;
    bool runtime; /* the runtime answers IRPs */
    bool is_pdo;
    struct dd_devobj_pdo pdo;
};

/* guards the list, and the lists of driver objects */
static struct dd_mutex lock = DD_MUTEX_INIT;
static struct dd_list known_devices = DD_LIST_INIT(known_devices);

static struct known *known_locked(PDEVICE_OBJECT device)
{
    struct dd_list *node;

    DD_LIST_EACH(node, &known_devices) {
        struct known *k = DD_LIST_ENTRY(node, struct known, node);

        if (k->device == device) {
            return k;
        }
    }
    return NULL;
}

/* --- life --- */

static int make_known(PDEVICE_OBJECT device, const struct dd_devobj_pdo *pdo, PDEVICE_OBJECT lower,
                      bool runtime)
{
    struct known *k = calloc(1, sizeof(*k));
    int r = 0;

    if (k == NULL) {
        return -ENOMEM;
    }
    *k =
        (struct known){.device = device, .lower = lower, .runtime = runtime, .is_pdo = pdo != NULL};
    if (pdo != NULL) {
        k->pdo = *pdo;
    }
    dd_mutex_lock(&lock);
    if (known_locked(device) != NULL) {
        r = -EEXIST;
    } else {
        dd_list_append(&known_devices, &k->node);
        k = NULL;
    }
    dd_mutex_unlock(&lock);
    free(k);
    return r;
}

/* true: it was known; *ret_runtime says as what */
static bool make_unknown(PDEVICE_OBJECT device, bool runtime)
{
    struct known *k;

    dd_mutex_lock(&lock);
    k = known_locked(device);
    if (k != NULL && k->runtime == runtime) {
        dd_list_remove(&k->node);
    } else {
        k = NULL;
    }
    dd_mutex_unlock(&lock);
    free(k);
    return k != NULL;
}

static void chain(PDRIVER_OBJECT driver, PDEVICE_OBJECT device)
{
    dd_mutex_lock(&lock);
    device->NextDevice = driver->DeviceObject;
    driver->DeviceObject = device;
    dd_mutex_unlock(&lock);
}

static void unchain(PDEVICE_OBJECT device)
{
    PDEVICE_OBJECT *link = &device->DriverObject->DeviceObject;

    dd_mutex_lock(&lock);
    while (*link != NULL && *link != device) {
        link = &(*link)->NextDevice;
    }
    if (*link != NULL) {
        *link = device->NextDevice;
    }
    dd_mutex_unlock(&lock);
}

static PDEVICE_OBJECT device_alloc(PDRIVER_OBJECT driver, size_t extension_bytes, DEVICE_TYPE type,
                                   ULONG characteristics)
{
    size_t size = sizeof(DEVICE_OBJECT) + dd_align_up(extension_bytes, 16);
    PDEVICE_OBJECT device = extension_bytes > UINT32_MAX ? NULL : aligned_alloc(16, size);

    if (device != NULL) {
        memset(device, 0, size);
        device->Type = TYPE_DEVICE;
        device->Size = (USHORT)(sizeof(*device) + extension_bytes);
        device->ReferenceCount = 0;
        device->DriverObject = driver;
        device->DeviceExtension = extension_bytes == 0 ? NULL : device + 1;
        device->DeviceType = type;
        device->Characteristics = characteristics;
        device->Flags = DO_DEVICE_INITIALIZING;
        device->StackSize = 1;
    }
    return device;
}

NTSTATUS dd_devobj_new(PDRIVER_OBJECT driver, size_t extension_bytes, PCUNICODE_STRING name,
                       DEVICE_TYPE type, ULONG characteristics, PDEVICE_OBJECT *ret_device)
{
    PDEVICE_OBJECT device = device_alloc(driver, extension_bytes, type, characteristics);
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    if (device == NULL) {
        return status;
    }
    if (make_known(device, NULL, NULL, false) < 0) {
        goto release;
    }
    if (dd_object_new(device, DD_OBJECT_DEVICE, free) < 0) {
        goto unknown;
    }
    if (name != NULL && name->Length > 0) {
        status = dd_devname_add(name, device);
        if (!NT_SUCCESS(status)) {
            make_unknown(device, false);
            (void)dd_object_unref(device);
            return status;
        }
    }
    chain(driver, device);
    *ret_device = device;
    return STATUS_SUCCESS;

unknown:
    make_unknown(device, false);
release:
    free(device);
    return status;
}

int dd_devobj_delete(PDEVICE_OBJECT device)
{
    if (!make_unknown(device, false)) {
        return -ENOENT;
    }
    dd_devname_drop(device);
    unchain(device);
    (void)dd_object_unref(device);
    return 0;
}

int dd_devobj_adopt(PDEVICE_OBJECT device, const struct dd_devobj_pdo *pdo, PDEVICE_OBJECT lower)
{
    int r = make_known(device, pdo, lower, true);

    if (r == 0) {
        r = dd_object_new(device, DD_OBJECT_DEVICE, NULL);
        if (r < 0) {
            make_unknown(device, true);
        }
    }
    return r;
}

void dd_devobj_forget(PDEVICE_OBJECT device)
{
    if (!make_unknown(device, true)) {
        return;
    }
    (void)dd_object_unref(device);
    if (dd_object_type(device) == DD_OBJECT_ANY) {
        return;
    }
    DD_SEAM(.kind = DD_EV_OBJECT_BAD, .obj = device,
            .data = "device object is still referenced at its end");
    while (dd_object_unref(device) == 0) {
    }
}

bool dd_devobj_pdo(PDEVICE_OBJECT device, struct dd_devobj_pdo *ret_pdo)
{
    struct known *k;
    bool is_pdo;

    dd_mutex_lock(&lock);
    k = known_locked(device);
    is_pdo = k != NULL && k->is_pdo;
    if (is_pdo) {
        *ret_pdo = k->pdo;
    }
    dd_mutex_unlock(&lock);
    return is_pdo;
}

bool dd_devobj_lower(PDEVICE_OBJECT device, PDEVICE_OBJECT *ret_lower)
{
    struct known *k;
    bool runtime;

    dd_mutex_lock(&lock);
    k = known_locked(device);
    runtime = k != NULL && k->runtime;
    if (runtime) {
        *ret_lower = k->lower;
    }
    dd_mutex_unlock(&lock);
    return runtime;
}

PDEVICE_OBJECT dd_devobj_pdo_at(unsigned bus, unsigned slot)
{
    struct dd_list *node;
    PDEVICE_OBJECT device = NULL;

    dd_mutex_lock(&lock);
    DD_LIST_EACH(node, &known_devices) {
        struct known *k = DD_LIST_ENTRY(node, struct known, node);

        if (k->is_pdo && k->pdo.bus == bus && k->pdo.slot == slot) {
            device = k->device;
            break;
        }
    }
    dd_mutex_unlock(&lock);
    return device;
}

/* --- Windows names --- */

NTSTATUS IoCreateDevice(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize,
                        PUNICODE_STRING DeviceName, DEVICE_TYPE DeviceType,
                        ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                        PDEVICE_OBJECT *DeviceObject)
{
    NTSTATUS status;

    DD_API(IoCreateDevice);
    status = dd_devobj_new(DriverObject, DeviceExtensionSize, DeviceName, DeviceType,
                           DeviceCharacteristics, DeviceObject);
    if (NT_SUCCESS(status) && Exclusive) {
        (*DeviceObject)->Flags |= DO_EXCLUSIVE;
    }
    return status;
}

VOID IoDeleteDevice(PDEVICE_OBJECT DeviceObject)
{
    DD_API(IoDeleteDevice);
    if (dd_devobj_delete(DeviceObject) < 0) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = DD_SITE(), .obj = DeviceObject,
                .data = "IoDeleteDevice of something that IoCreateDevice did not make, or is gone");
    }
}

PDEVICE_OBJECT IoGetAttachedDeviceReference(PDEVICE_OBJECT DeviceObject)
{
    DD_API(IoGetAttachedDeviceReference);
    while (DeviceObject->AttachedDevice != NULL) {
        DeviceObject = DeviceObject->AttachedDevice;
    }
    if (dd_object_ref(DeviceObject) < 0) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = DD_SITE(), .obj = DeviceObject,
                .data = "IoGetAttachedDeviceReference of something that is no device object");
    }
    return DeviceObject;
}

NTSTATUS IoOpenDeviceRegistryKey(PDEVICE_OBJECT DeviceObject, ULONG DevInstKeyType,
                                 ACCESS_MASK DesiredAccess, PHANDLE DeviceRegKey)
{
    struct dd_devobj_pdo pdo;
    struct dd_key *key;

    DD_API(IoOpenDeviceRegistryKey);
    (void)DesiredAccess;
    if (!dd_devobj_pdo(DeviceObject, &pdo)) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (DevInstKeyType != PLUGPLAY_REGKEY_DEVICE && DevInstKeyType != PLUGPLAY_REGKEY_DRIVER) {
        return STATUS_INVALID_PARAMETER;
    }
    key = DevInstKeyType == PLUGPLAY_REGKEY_DEVICE ? pdo.hardware_key : pdo.software_key;
    return key == NULL ? STATUS_OBJECT_NAME_NOT_FOUND
                       : dd_keyobj_open(key, DD_SITE(), DeviceRegKey);
}

/* NDIS owns WMI of the adapter. */
NTSTATUS IoWMIRegistrationControl(PDEVICE_OBJECT DeviceObject, ULONG Action)
{
    DD_API(IoWMIRegistrationControl);
    (void)DeviceObject;
    (void)Action;
    return STATUS_SUCCESS;
}
