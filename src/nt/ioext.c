/* SPDX-License-Identifier: MIT */
/*
 * Remove locks and cancel-safe queues.
 *
 * Source: windows-driver-docs-ddi, wdm/nf-wdm-ioacquireremovelock, iocsqinsertirp and their kin
 * (nt-services 2.12).
 */
#include <ntddk.h>

#include "nt/kernel.h"
#include "seam/api.h"

/* --- remove locks: a count that begins at 1, and an event for its end --- */

static bool lock_size_ok(ULONG size, const void *lock, const void *site)
{
    if (size == sizeof(IO_REMOVE_LOCK)) {
        return true;
    }
    DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .obj = lock,
            .data = "IO_REMOVE_LOCK of another size");
    return false;
}

VOID IoInitializeRemoveLockEx(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes,
                              ULONG HighWatermark, ULONG Size)
{
    DD_API(IoInitializeRemoveLockEx);
    (void)AllocateTag;
    (void)MaxLockedMinutes;
    (void)HighWatermark;
    if (lock_size_ok(Size, Lock, DD_SITE())) {
        Lock->Removed = FALSE;
        Lock->IoCount = 1;
        dd_event_init(&Lock->RemoveEvent, SynchronizationEvent, false);
    }
}

static void drop(PIO_REMOVE_LOCK lock, const void *site)
{
    LONG left = __atomic_sub_fetch(&lock->IoCount, 1, __ATOMIC_SEQ_CST);

    if (left < 0) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .obj = lock,
                .data = "IoReleaseRemoveLock more often than it was acquired");
    } else if (left == 0) {
        (void)dd_event_set(&lock->RemoveEvent);
    }
}

NTSTATUS IoAcquireRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, PCSTR File, ULONG Line,
                               ULONG Size)
{
    DD_API(IoAcquireRemoveLockEx);
    (void)Tag;
    (void)File;
    (void)Line;
    (void)lock_size_ok(Size, RemoveLock, DD_SITE());
    (void)__atomic_add_fetch(&RemoveLock->IoCount, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&RemoveLock->Removed, __ATOMIC_SEQ_CST)) {
        drop(RemoveLock, DD_SITE());
        return STATUS_DELETE_PENDING;
    }
    return STATUS_SUCCESS;
}

VOID IoReleaseRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG Size)
{
    DD_API(IoReleaseRemoveLockEx);
    (void)Tag;
    (void)lock_size_ok(Size, RemoveLock, DD_SITE());
    drop(RemoveLock, DD_SITE());
}

/* Gives back the caller's count and the first one, then waits for the others'. */
VOID IoReleaseRemoveLockAndWaitEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG Size)
{
    DD_API(IoReleaseRemoveLockAndWaitEx);
    (void)Tag;
    (void)lock_size_ok(Size, RemoveLock, DD_SITE());
    __atomic_store_n(&RemoveLock->Removed, TRUE, __ATOMIC_SEQ_CST);
    (void)__atomic_sub_fetch(&RemoveLock->IoCount, 1, __ATOMIC_SEQ_CST);
    if (__atomic_sub_fetch(&RemoveLock->IoCount, 1, __ATOMIC_SEQ_CST) > 0) {
        (void)dd_wait(&RemoveLock->RemoveEvent, UINT64_MAX);
    }
}

/* --- cancel-safe queues; DriverContext[3] leads back: to the IRP's context, or to the queue --- */

#define TYPE_CONTEXT 1
#define TYPE_QUEUE   2

NTSTATUS IoCsqInitialize(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP CsqInsertIrp,
                         PIO_CSQ_REMOVE_IRP CsqRemoveIrp, PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp,
                         PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock, PIO_CSQ_RELEASE_LOCK CsqReleaseLock,
                         PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp)
{
    DD_API(IoCsqInitialize);
    *Csq = (IO_CSQ){TYPE_QUEUE,     CsqInsertIrp,   CsqRemoveIrp,           CsqPeekNextIrp,
                    CsqAcquireLock, CsqReleaseLock, CsqCompleteCanceledIrp, NULL};
    return STATUS_SUCCESS;
}

/* the driver's cancel routine for queued IRPs; called with the cancel lock */
static VOID cancel_queued(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_CSQ_IRP_CONTEXT context = irp->Tail.Overlay.DriverContext[3];
    PIO_CSQ csq = irp->Tail.Overlay.DriverContext[3];
    KIRQL irql;

    (void)device;
    IoReleaseCancelSpinLock(irp->CancelIrql);
    if (context->Type == TYPE_CONTEXT) {
        csq = context->Csq;
    }
    csq->CsqAcquireLock(csq, &irql);
    if (context->Type == TYPE_CONTEXT) {
        context->Irp = NULL;
    }
    csq->CsqRemoveIrp(csq, irp);
    csq->CsqReleaseLock(csq, irql);
    csq->CsqCompleteCanceledIrp(csq, irp);
}

VOID IoCsqInsertIrp(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context)
{
    KIRQL irql;

    DD_API(IoCsqInsertIrp);
    if (Context != NULL) {
        *Context = (IO_CSQ_IRP_CONTEXT){TYPE_CONTEXT, Irp, Csq};
    }
    Irp->Tail.Overlay.DriverContext[3] = Context != NULL ? (PVOID)Context : (PVOID)Csq;
    Csq->CsqAcquireLock(Csq, &irql);
    IoMarkIrpPending(Irp);
    Csq->CsqInsertIrp(Csq, Irp);
    (void)IoSetCancelRoutine(Irp, cancel_queued);
    if (Irp->Cancel && IoSetCancelRoutine(Irp, NULL) != NULL) {
        /* cancelled before there was a routine: nobody else will do it */
        Csq->CsqRemoveIrp(Csq, Irp);
        if (Context != NULL) {
            Context->Irp = NULL;
        }
        Csq->CsqReleaseLock(Csq, irql);
        Csq->CsqCompleteCanceledIrp(Csq, Irp);
        return;
    }
    Csq->CsqReleaseLock(Csq, irql);
}

/* an IRP whose cancel routine is gone is being cancelled, and not ours to take */
static void take(PIO_CSQ csq, PIRP irp)
{
    PIO_CSQ_IRP_CONTEXT context = irp->Tail.Overlay.DriverContext[3];

    csq->CsqRemoveIrp(csq, irp);
    if (context->Type == TYPE_CONTEXT) {
        context->Irp = NULL;
    }
    irp->Tail.Overlay.DriverContext[3] = NULL;
}

PIRP IoCsqRemoveNextIrp(PIO_CSQ Csq, PVOID PeekContext)
{
    PIRP irp;
    KIRQL irql;

    DD_API(IoCsqRemoveNextIrp);
    Csq->CsqAcquireLock(Csq, &irql);
    irp = Csq->CsqPeekNextIrp(Csq, NULL, PeekContext);
    while (irp != NULL && IoSetCancelRoutine(irp, NULL) == NULL) {
        irp = Csq->CsqPeekNextIrp(Csq, irp, PeekContext);
    }
    if (irp != NULL) {
        take(Csq, irp);
    }
    Csq->CsqReleaseLock(Csq, irql);
    return irp;
}

PIRP IoCsqRemoveIrp(PIO_CSQ Csq, PIO_CSQ_IRP_CONTEXT Context)
{
    PIRP irp;
    KIRQL irql;

    DD_API(IoCsqRemoveIrp);
    Csq->CsqAcquireLock(Csq, &irql);
    irp = Context->Irp;
    if (irp != NULL && IoSetCancelRoutine(irp, NULL) == NULL) {
        irp = NULL;
    }
    if (irp != NULL) {
        take(Csq, irp);
    }
    Csq->CsqReleaseLock(Csq, irql);
    return irp;
}
