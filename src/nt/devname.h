/* SPDX-License-Identifier: MIT */
/* What devobj.c needs of devname.c. */
#ifndef DD_NT_DEVNAME_H
#define DD_NT_DEVNAME_H

#include <ntddk.h>

/* dd_devname_add - name @device. STATUS_SUCCESS; STATUS_OBJECT_NAME_COLLISION;
 * STATUS_OBJECT_NAME_INVALID, no backslash at its begin; STATUS_INSUFFICIENT_RESOURCES */
NTSTATUS dd_devname_add(PCUNICODE_STRING name, PDEVICE_OBJECT device);
/* dd_devname_drop - forget the names of @device; links to it lead nowhere then */
void dd_devname_drop(PDEVICE_OBJECT device);

#endif
