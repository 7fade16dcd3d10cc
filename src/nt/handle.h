/* SPDX-License-Identifier: MIT */
/*
 * Objects with a reference count, and the handles that name them.
 *
 *   handle --(one reference)--> object body (what drivers see: PKTHREAD, PDEVICE_OBJECT, key, event
 * ...)
 *
 * The count is kept beside the body, keyed by its address, so that a body has exactly the layout
 * Windows gives it. A body lives until its last reference is dropped; then its destroy function
 * frees it. Handles are multiples of 4, never 0, and are not used again for a while, so that a
 * stale one is told apart.
 */
#ifndef DD_NT_HANDLE_H
#define DD_NT_HANDLE_H

#include <ntddk.h>

#include <stdbool.h>

enum dd_object_type {
    DD_OBJECT_ANY, /* lookups only: whatever it is */
    DD_OBJECT_THREAD,
    DD_OBJECT_EVENT,
    DD_OBJECT_KEY,
    DD_OBJECT_DEVICE,
    DD_OBJECT_FILE,
};

/**
 * dd_object_new - make @body a counted object with one reference, the caller's
 * @destroy: frees @body when the last reference goes; called without locks, on the thread that
 * dropped it. NULL: nothing to free
 *
 * IRQL: <= DISPATCH_LEVEL.
 * Return: 0; -EEXIST, it is one already; -ENOMEM.
 */
int dd_object_new(void *body, enum dd_object_type type, void (*destroy)(void *body));

/* dd_object_ref - one reference more. 0, or -ENOENT: no such object. IRQL: <= DISPATCH_LEVEL */
int dd_object_ref(void *body);
/* dd_object_unref - one reference less, the last one destroys. 0, or -ENOENT: no such object */
int dd_object_unref(void *body);
/* dd_object_type - DD_OBJECT_ANY when @body is no object */
enum dd_object_type dd_object_type(void *body);
/* dd_object_count - live objects of @type (DD_OBJECT_ANY: of all types) */
unsigned dd_object_count(enum dd_object_type type);

/**
 * dd_handle_new - a handle for @body; it holds a reference of its own
 * @site: the driver's call site, for leak reports
 *
 * Return: 0; -ENOENT, @body is no object; -ENOMEM.
 */
int dd_handle_new(void *body, const void *site, HANDLE *ret_handle);

/**
 * dd_handle_get - the body a handle names, with a reference that the caller drops with
 * dd_object_unref()
 * @type: what it has to be, or DD_OBJECT_ANY
 *
 * Return: 0; -EBADF, no such handle; -EINVAL, an object of another type.
 */
int dd_handle_get(HANDLE handle, enum dd_object_type type, void **ret_body);

/* dd_handle_close - 0, or -EBADF: no such handle */
int dd_handle_close(HANDLE handle);

/* dd_handle_report_leaks - a LEAK event for each handle still open; they are closed. Returns how
 * many */
unsigned dd_handle_report_leaks(bool failed_init);

#endif
