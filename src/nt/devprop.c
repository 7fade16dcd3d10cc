/* SPDX-License-Identifier: MIT */
/*
 * IoGetDeviceProperty: what a PDO's hardware key holds, and what is known of its bus.
 *
 * Source: windows-driver-docs-ddi, wdm/nf-wdm-iogetdeviceproperty (nt-services 2.12).
 */
#include <stdio.h>

#include <ntddk.h>

#include "base/check.h"
#include "nt/devobj.h"
#include "seam/api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ISA_BUS 1 /* INTERFACE_TYPE Isa */
#define PCI_BUS 5 /* INTERFACE_TYPE PCIBus */

/* GUID_BUS_TYPE_PCI */
static const GUID bus_type_pci = {0xc8ebdfb0,
                                  0xb510,
                                  0x11d0,
                                  {0x80, 0xe5, 0x00, 0xa0, 0xc9, 0x25, 0x42, 0xe3}};

/* GUID_BUS_TYPE_ISAPNP */
static const GUID bus_type_isapnp = {0xe676f854,
                                     0xd87d,
                                     0x11d0,
                                     {0x92, 0xb2, 0x00, 0xa0, 0xc9, 0x05, 0x5f, 0xc5}};

/* an answer: owned, or NULL when there is none */
struct property {
    void *data;
    size_t len_bytes;
};

static void set_bytes(struct property *p, const void *data, size_t len_bytes)
{
    p->data = malloc(len_bytes == 0 ? 1 : len_bytes);
    p->len_bytes = len_bytes;
    if (p->data != NULL) {
        memcpy(p->data, data, len_bytes);
    }
}

static void set_text(struct property *p, const char *text)
{
    size_t units = dd_utf8_to_utf16(text, NULL, 0) + 1;

    p->data = malloc(units * sizeof(WCHAR));
    p->len_bytes = units * sizeof(WCHAR);
    if (p->data != NULL) {
        (void)dd_utf8_to_utf16(text, p->data, units);
    }
}

/* the value of that name in the hardware key, as it is */
static const char *value_of(DEVICE_REGISTRY_PROPERTY which)
{
    switch (which) {
    case DevicePropertyDeviceDescription:
        return "DeviceDesc";
    case DevicePropertyHardwareID:
        return "HardwareID";
    case DevicePropertyCompatibleIDs:
        return "CompatibleIDs";
    case DevicePropertyClassName:
        return "Class";
    case DevicePropertyClassGuid:
        return "ClassGUID";
    case DevicePropertyDriverKeyName:
        return "Driver";
    case DevicePropertyManufacturer:
        return "Mfg";
    case DevicePropertyFriendlyName:
        return "FriendlyName";
    case DevicePropertyLocationInformation:
        return "LocationInformation";
    case DevicePropertyUINumber:
        return "UINumber";
    default:
        return NULL;
    }
}

static bool is_isa(const struct dd_dev *dev)
{
    return dev != NULL && dev->info.bus == DD_BUS_ISA;
}

static void hardware_ids(struct property *p, const struct dd_dev *dev)
{
    char text[64];
    size_t units;
    WCHAR multi[66];

    if (is_isa(dev)) {
        (void)snprintf(text, sizeof(text), "ISAPNP\\DDK%04X", dev->info.device_id);
    } else {
        (void)snprintf(text, sizeof(text), "PCI\\VEN_%04X&DEV_%04X", dev->info.vendor_id,
                       dev->info.device_id);
    }
    units = dd_utf8_to_utf16(text, multi, 64);
    multi[units + 1] = 0; /* a list of one ends with a second terminator */
    set_bytes(p, multi, (units + 2) * sizeof(WCHAR));
}

/* what does not stand in the key */
static void compute(DEVICE_REGISTRY_PROPERTY which, const struct dd_devobj_pdo *pdo,
                    struct property *p)
{
    ULONG number;
    char text[64];

    switch (which) {
    case DevicePropertyHardwareID:
        hardware_ids(p, pdo->dev);
        break;
    case DevicePropertyPhysicalDeviceObjectName:
        (void)snprintf(text, sizeof(text), "\\Device\\NTPNP_PCI%04X", pdo->slot >> 16);
        set_text(p, text);
        break;
    case DevicePropertyBusTypeGuid:
        set_bytes(p, is_isa(pdo->dev) ? &bus_type_isapnp : &bus_type_pci, sizeof(GUID));
        break;
    case DevicePropertyLegacyBusType:
        number = is_isa(pdo->dev) ? ISA_BUS : PCI_BUS;
        set_bytes(p, &number, sizeof(number));
        break;
    case DevicePropertyBusNumber:
        set_bytes(p, &pdo->bus, sizeof(ULONG));
        break;
    case DevicePropertyEnumeratorName:
        set_text(p, is_isa(pdo->dev) ? "ISAPNP" : "PCI");
        break;
    case DevicePropertyAddress:
        set_bytes(p, &pdo->slot, sizeof(ULONG));
        break;
    default:
        break;
    }
}

static NTSTATUS find_property(const struct dd_devobj_pdo *pdo, DEVICE_REGISTRY_PROPERTY which,
                              struct property *p)
{
    const char *value = value_of(which);
    uint32_t type;
    int r = -ENOENT;

    if ((unsigned)which > DevicePropertyUINumber) {
        return STATUS_INVALID_PARAMETER_2;
    }
    if (value != NULL && pdo->hardware_key != NULL) {
        r = dd_key_copy(pdo->hardware_key, value, &type, &p->data, &p->len_bytes);
    }
    if (r == -ENOENT) {
        compute(which, pdo, p);
        if (p->data == NULL) {
            return STATUS_OBJECT_NAME_NOT_FOUND;
        }
    }
    return p->data == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

NTSTATUS IoGetDeviceProperty(PDEVICE_OBJECT DeviceObject, DEVICE_REGISTRY_PROPERTY DeviceProperty,
                             ULONG BufferLength, PVOID PropertyBuffer, PULONG ResultLength)
{
    struct dd_devobj_pdo pdo;
    struct property p = {0};
    NTSTATUS status;

    DD_API(IoGetDeviceProperty);
    *ResultLength = 0;
    if (!dd_devobj_pdo(DeviceObject, &pdo)) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    status = find_property(&pdo, DeviceProperty, &p);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    *ResultLength = (ULONG)p.len_bytes;
    if (PropertyBuffer == NULL || BufferLength < p.len_bytes) {
        status = STATUS_BUFFER_TOO_SMALL;
    } else {
        memcpy(PropertyBuffer, p.data, p.len_bytes);
    }
    free(p.data);
    return status;
}
