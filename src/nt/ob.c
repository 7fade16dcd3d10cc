/* SPDX-License-Identifier: MIT */
/*
 * Ob*: references to objects, by handle and by pointer.
 *
 * Source: windows-driver-docs-ddi, wdm/nf-wdm-obreferenceobjectbyhandle and its kin
 * (nt-services 2.11).
 */
#include <ntddk.h>

#include "nt/handle.h"
#include "seam/api.h"

#include <errno.h>

/* What PsThreadType and its kin lead to. Drivers only compare and pass these. */
struct _OBJECT_TYPE {
    enum dd_object_type type;
};

static struct _OBJECT_TYPE thread_type = {DD_OBJECT_THREAD}, event_type = {DD_OBJECT_EVENT};
static POBJECT_TYPE thread_type_ptr = &thread_type, event_type_ptr = &event_type;

POBJECT_TYPE *PsThreadType = &thread_type_ptr;
POBJECT_TYPE *ExEventObjectType = &event_type_ptr;

NTSTATUS ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                   POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                   PVOID *Object, POBJECT_HANDLE_INFORMATION HandleInformation)
{
    int r;

    DD_API(ObReferenceObjectByHandle);
    (void)AccessMode;
    r = dd_handle_get(Handle, ObjectType == NULL ? DD_OBJECT_ANY : ObjectType->type, Object);
    if (r == -EINVAL) {
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    if (r < 0) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = DD_SITE(), .obj = Handle,
                .data = "ObReferenceObjectByHandle of a handle that is not open");
        return STATUS_INVALID_HANDLE;
    }
    if (HandleInformation != NULL) {
        HandleInformation->HandleAttributes = 0;
        HandleInformation->GrantedAccess = DesiredAccess;
    }
    return STATUS_SUCCESS;
}

/* Unspecified there: the value returned. Drydock: 0. */
LONG_PTR ObfReferenceObject(PVOID Object)
{
    DD_API(ObfReferenceObject);
    if (dd_object_ref(Object) < 0) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = DD_SITE(), .obj = Object,
                .data = "ObReferenceObject of something that is no object");
    }
    return 0;
}

LONG_PTR ObfDereferenceObject(PVOID Object)
{
    DD_API(ObfDereferenceObject);
    if (dd_object_unref(Object) < 0) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = DD_SITE(), .obj = Object,
                .data = "ObDereferenceObject of something that is no object, or is gone");
    }
    return 0;
}

NTSTATUS ZwClose(HANDLE Handle)
{
    DD_API(ZwClose);
    if (dd_handle_close(Handle) < 0) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = DD_SITE(), .obj = Handle,
                .data = "ZwClose of a handle that is not open");
        return STATUS_INVALID_HANDLE;
    }
    return STATUS_SUCCESS;
}
