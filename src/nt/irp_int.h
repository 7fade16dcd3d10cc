/* SPDX-License-Identifier: MIT */
/* What irp.c (their way) and irp_alloc.c (their life) share. */
#ifndef DD_NT_IRP_INT_H
#define DD_NT_IRP_INT_H

#include <ntddk.h>

#include <stdbool.h>

#define DD_TYPE_IRP 6 /* IRP.Type */

/* dd_irp_init - make @size_bytes at @irp a new IRP */
void dd_irp_init(PIRP irp, USHORT size_bytes, CCHAR stack_size);
/* dd_irp_call - IofCallDriver */
NTSTATUS dd_irp_call(PDEVICE_OBJECT device, PIRP irp);
/* dd_irp_complete - IofCompleteRequest */
void dd_irp_complete(PIRP irp, const void *site);
/* dd_irp_is_usable - false: @irp was one of ours and has been freed */
bool dd_irp_is_usable(PIRP irp);
/* dd_irp_finish - the last driver has completed it: hand the result to whoever built it */
void dd_irp_finish(PIRP irp, const void *site);

#endif
