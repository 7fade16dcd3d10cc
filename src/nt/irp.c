/* SPDX-License-Identifier: MIT */
/*
 * IRPs on their way: down with IofCallDriver, up with IofCompleteRequest.
 *
 *   IRP | location 1 (lowest driver) | location 2 | ... | location StackCount (first driver)
 *
 * CurrentLocation counts from StackCount + 1, before the first call, down to 1; completing walks it
 * up again.
 *
 * Source: windows-driver-docs-ddi, wdm/nf-wdm-iofcompleterequest and its kin (nt-services 2.12).
 */
#include <ntddk.h>

#include "nt/irp_int.h"

#include "base/check.h"
#include "nt/devobj.h"
#include "nt/kernel.h"
#include "nt/machine.h"
#include "nt/pool.h"
#include "seam/api.h"

#include <string.h>

static void irp_bad(PIRP irp, const char *words, const void *site)
{
    DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .obj = irp, .data = words);
}

void dd_irp_init(PIRP irp, USHORT size_bytes, CCHAR stack_size)
{
    memset(irp, 0, size_bytes);
    irp->Type = DD_TYPE_IRP;
    irp->Size = size_bytes;
    irp->StackCount = stack_size;
    irp->CurrentLocation = (CHAR)(stack_size + 1);
    irp->Tail.Overlay.CurrentStackLocation = (PIO_STACK_LOCATION)(irp + 1) + stack_size;
}

/* --- down --- */

static NTSTATUS call_driver(PDEVICE_OBJECT device, PIRP irp, UCHAR major)
{
    PDRIVER_DISPATCH dispatch = major <= IRP_MJ_MAXIMUM_FUNCTION && device->DriverObject != NULL
                                    ? device->DriverObject->MajorFunction[major]
                                    : NULL;
    NTSTATUS status = STATUS_INVALID_DEVICE_REQUEST;

    if (dispatch == NULL) {
        irp->IoStatus.Status = status;
        irp->IoStatus.Information = 0;
        dd_irp_complete(irp, NULL);
        return status;
    }
    DD_CALL(DD_ROLE_DISPATCH, "DriverDispatch", NULL, status = dispatch(device, irp));
    return status;
}

NTSTATUS dd_irp_call(PDEVICE_OBJECT device, PIRP irp)
{
    PDEVICE_OBJECT lower;
    PIO_STACK_LOCATION at;

    if (--irp->CurrentLocation <= 0) {
        dd_machine_bugcheck(
            "NO_MORE_IRP_STACK_LOCATIONS: IoCallDriver with an IRP that has no location left");
    }
    at = --irp->Tail.Overlay.CurrentStackLocation;
    at->DeviceObject = device;
    if (!dd_devobj_lower(device, &lower)) {
        return call_driver(device, irp, at->MajorFunction);
    }
    if (lower == NULL) {
        return dd_pdo_dispatch(device, irp);
    }
    IoSkipCurrentIrpStackLocation(irp);
    return dd_irp_call(lower, irp);
}

NTSTATUS IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    DD_API(IofCallDriver);
    return dd_irp_call(DeviceObject, Irp);
}

/* --- up --- */

static bool wants_call(const IO_STACK_LOCATION *at, const IRP *irp)
{
    if (at->CompletionRoutine == NULL) {
        return false;
    }
    if (irp->Cancel && (at->Control & SL_INVOKE_ON_CANCEL) != 0) {
        return true;
    }
    return (at->Control &
            (NT_SUCCESS(irp->IoStatus.Status) ? SL_INVOKE_ON_SUCCESS : SL_INVOKE_ON_ERROR)) != 0;
}

/* @at is the location just left; its routine was set by the driver above. True: that driver keeps
 * the IRP */
static bool call_completion(PIRP irp, PIO_STACK_LOCATION at)
{
    bool top = irp->CurrentLocation > irp->StackCount;
    PDEVICE_OBJECT above = top ? NULL : irp->Tail.Overlay.CurrentStackLocation->DeviceObject;
    PIO_COMPLETION_ROUTINE routine = at->CompletionRoutine;
    PVOID context = at->Context;
    NTSTATUS status = STATUS_SUCCESS;

    DD_CALL(DD_ROLE_DISPATCH, "IoCompletion", NULL, status = routine(above, irp, context));
    return status == STATUS_MORE_PROCESSING_REQUIRED;
}

void dd_irp_complete(PIRP irp, const void *site)
{
    if (irp->CurrentLocation > irp->StackCount + 1) {
        dd_machine_bugcheck("MULTIPLE_IRP_COMPLETE_REQUESTS: IRP at %p was completed twice",
                            (void *)irp);
    }
    if (irp->IoStatus.Status == STATUS_PENDING) {
        irp_bad(irp, "IoCompleteRequest with status STATUS_PENDING", site);
    }
    if (irp->CancelRoutine != NULL) {
        irp_bad(irp, "IoCompleteRequest of an IRP that still has a cancel routine", site);
    }
    while (irp->CurrentLocation <= irp->StackCount) {
        PIO_STACK_LOCATION at = irp->Tail.Overlay.CurrentStackLocation++;

        irp->CurrentLocation++;
        irp->PendingReturned = (at->Control & SL_PENDING_RETURNED) != 0;
        if (wants_call(at, irp)) {
            if (call_completion(irp, at)) {
                return;
            }
        } else if (irp->PendingReturned && irp->CurrentLocation <= irp->StackCount) {
            IoMarkIrpPending(irp);
        }
    }
    irp->CurrentLocation++; /* a second completion is told apart */
    dd_irp_finish(irp, site);
}

VOID IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost)
{
    DD_API(IofCompleteRequest);
    (void)PriorityBoost; /* no priorities */
    if (!dd_irp_is_usable(Irp)) {
        irp_bad(Irp, "IoCompleteRequest of an IRP that is gone", DD_SITE());
        return;
    }
    dd_irp_complete(Irp, DD_SITE());
}

/* --- cancelling --- */

static KSPIN_LOCK cancel_lock;

VOID IoAcquireCancelSpinLock(PKIRQL Irql)
{
    DD_API(IoAcquireCancelSpinLock);
    *Irql = dd_irql_get();
    if (*Irql < DISPATCH_LEVEL) {
        (void)dd_irql_raise(DISPATCH_LEVEL);
    }
    dd_spin_acquire(&cancel_lock, DD_SITE());
}

VOID IoReleaseCancelSpinLock(KIRQL Irql)
{
    DD_API(IoReleaseCancelSpinLock);
    dd_spin_release(&cancel_lock, DD_SITE());
    if (Irql < DISPATCH_LEVEL) {
        dd_irql_lower(Irql);
    }
}

BOOLEAN IoCancelIrp(PIRP Irp)
{
    PDRIVER_CANCEL routine;
    PDEVICE_OBJECT device;
    KIRQL irql;

    DD_API(IoCancelIrp);
    irql = dd_irql_get();
    if (irql < DISPATCH_LEVEL) {
        (void)dd_irql_raise(DISPATCH_LEVEL);
    }
    dd_spin_acquire(&cancel_lock, DD_SITE());
    Irp->Cancel = TRUE;
    routine = IoSetCancelRoutine(Irp, NULL);
    if (routine == NULL) {
        dd_spin_release(&cancel_lock, DD_SITE());
        if (irql < DISPATCH_LEVEL) {
            dd_irql_lower(irql);
        }
        return FALSE;
    }
    Irp->CancelIrql = irql;
    device = Irp->CurrentLocation <= Irp->StackCount
                 ? IoGetCurrentIrpStackLocation(Irp)->DeviceObject
                 : NULL;
    routine(device, Irp); /* releases the lock, with CancelIrql */
    return TRUE;
}
