/* SPDX-License-Identifier: MIT */
/*
 * Opening a device by name, as old drivers do with their own control device to set its security.
 *
 * Source: windows-driver-docs-ddi, wdm/nf-wdm-zwopenfile (nt-services 2.13).
 * Unspecified there for such a use: whether IRP_MJ_CREATE is sent. Drydock: it is not.
 */
#include <ntddk.h>

#include "nt/devobj.h"
#include "nt/handle.h"
#include "nt/keyobj.h"
#include "seam/api.h"

#include <stdlib.h>

#define TYPE_FILE   5 /* FILE_OBJECT.Type */
#define FILE_OPENED 1

static void file_destroy(void *body)
{
    PFILE_OBJECT file = body;

    (void)dd_object_unref(file->DeviceObject);
    free(file);
}

static NTSTATUS open_device(PDEVICE_OBJECT device, const void *site, HANDLE *ret_handle)
{
    PFILE_OBJECT file = calloc(1, sizeof(*file));
    int r;

    if (file == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    file->Type = TYPE_FILE;
    file->Size = sizeof(*file);
    file->DeviceObject = device;
    if (dd_object_ref(device) < 0) {
        free(file);
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    if (dd_object_new(file, DD_OBJECT_FILE, file_destroy) < 0) {
        file_destroy(file);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    r = dd_handle_new(file, site, ret_handle);
    (void)dd_object_unref(file);
    return r < 0 ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

NTSTATUS ZwOpenFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                    POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                    ULONG ShareAccess, ULONG OpenOptions)
{
    PDEVICE_OBJECT device;
    char *name;
    NTSTATUS status;

    DD_API(ZwOpenFile);
    (void)DesiredAccess;
    (void)ShareAccess;
    (void)OpenOptions;
    name = dd_name_utf8(ObjectAttributes->ObjectName);
    device = name == NULL ? NULL : dd_devobj_find(name);
    free(name);
    status =
        device == NULL ? STATUS_OBJECT_NAME_NOT_FOUND : open_device(device, DD_SITE(), FileHandle);
    IoStatusBlock->Status = status;
    IoStatusBlock->Information = NT_SUCCESS(status) ? FILE_OPENED : 0;
    return status;
}

/* Nothing here checks access. */
NTSTATUS ZwSetSecurityObject(HANDLE Handle, ULONG SecurityInformation,
                             PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    void *body;

    DD_API(ZwSetSecurityObject);
    (void)SecurityInformation;
    (void)SecurityDescriptor;
    if (dd_handle_get(Handle, DD_OBJECT_ANY, &body) < 0) {
        return STATUS_INVALID_HANDLE;
    }
    (void)dd_object_unref(body);
    return STATUS_SUCCESS;
}
