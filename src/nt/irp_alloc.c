/* SPDX-License-Identifier: MIT */
/*
 * IRPs from allocation to free: the driver's own (IoAllocateIrp), and those that are freed when
 * they complete (IoBuildDeviceIoControlRequest, IoBuildSynchronousFsdRequest, requests of the
 * host).
 */
#include <ntddk.h>

#include "nt/irp_int.h"

#include "base/map.h"
#include "base/thread.h"
#include "nt/blocks.h"
#include "nt/devobj.h"
#include "nt/kernel.h"
#include "nt/pool.h"
#include "seam/api.h"

#include <stdlib.h>
#include <string.h>

#define FLAG_INPUT_OPERATION 0x40 /* IRP.Flags: copy back to UserBuffer */

/* beside every IRP of ours */
struct side {
    PIRP irp;
    const void *site;
    bool threaded; /* freed when it completes */
    void *system_buffer;
    size_t back_bytes; /* to UserBuffer, at most */
};

/* guards the rest */
static struct dd_mutex lock = DD_MUTEX_INIT;
static struct dd_map sides; /* IRP -> struct side */
#define REMEMBERED 64
static PIRP freed[REMEMBERED]; /* the last ones, so that a late completion is told apart */
static unsigned next_freed;

/* @irp is in use again */
static void unmark_freed_locked(PIRP irp)
{
    for (unsigned i = 0; i < REMEMBERED; i++) {
        freed[i] = freed[i] == irp ? NULL : freed[i];
    }
}

static struct side *side_new(CCHAR stack_size, bool threaded, const void *site)
{
    size_t size = IoSizeOfIrp(stack_size);
    struct side *s = calloc(1, sizeof(*s));
    bool ok;

    if (s == NULL || stack_size <= 0 || dd_seam_may_fail(DD_FAIL_POOL, site)) {
        free(s);
        return NULL;
    }
    s->irp = aligned_alloc(16, dd_align_up(size, 16));
    if (s->irp == NULL) {
        free(s);
        return NULL;
    }
    dd_irp_init(s->irp, (USHORT)size, stack_size);
    s->threaded = threaded;
    s->site = site;
    dd_mutex_lock(&lock);
    ok = dd_map_put(&sides, DD_KEY(s->irp), s) == 0;
    unmark_freed_locked(s->irp);
    dd_mutex_unlock(&lock);
    if (!ok) {
        free(s->irp);
        free(s);
        return NULL;
    }
    return s;
}

/* out of the table; the caller frees it with side_free() */
static struct side *side_take(PIRP irp)
{
    struct side *s;

    dd_mutex_lock(&lock);
    s = dd_map_del(&sides, DD_KEY(irp));
    if (s != NULL) {
        freed[next_freed++ % REMEMBERED] = irp;
    }
    dd_mutex_unlock(&lock);
    return s;
}

static void side_free(struct side *s)
{
    PMDL mdl = s->threaded ? s->irp->MdlAddress : NULL;

    while (mdl != NULL) {
        PMDL next = mdl->Next;

        dd_mdl_free(mdl, s->site);
        mdl = next;
    }
    free(s->system_buffer);
    free(s->irp);
    free(s);
}

bool dd_irp_is_usable(PIRP irp)
{
    bool usable = true;

    dd_mutex_lock(&lock);
    for (unsigned i = 0; i < REMEMBERED; i++) {
        usable = usable && freed[i] != irp;
    }
    dd_mutex_unlock(&lock);
    return usable;
}

unsigned dd_irp_report_leaks(bool failed_init)
{
    unsigned n = 0;

    for (;;) {
        size_t pos = 0;
        uint64_t key;
        struct side *s;

        dd_mutex_lock(&lock);
        s = dd_map_next(&sides, &pos, &key);
        if (s != NULL) {
            dd_map_del(&sides, key);
        }
        dd_mutex_unlock(&lock);
        if (s == NULL) {
            return n;
        }
        DD_SEAM(.kind = DD_EV_LEAK, .site = s->site, .obj = s->irp, .data = "IRP",
                .a = DD_LEAK_OTHER, .c = failed_init);
        side_free(s);
        n++;
    }
}

/* --- the end of a request --- */

static void copy_back(const struct side *s)
{
    const IRP *irp = s->irp;
    size_t n = irp->IoStatus.Information;

    if ((irp->Flags & FLAG_INPUT_OPERATION) == 0 || NT_ERROR(irp->IoStatus.Status)) {
        return;
    }
    memcpy(irp->UserBuffer, s->system_buffer, n < s->back_bytes ? n : s->back_bytes);
}

void dd_irp_finish(PIRP irp, const void *site)
{
    PIO_STATUS_BLOCK iosb = irp->UserIosb;
    PKEVENT event = irp->UserEvent;
    IO_STATUS_BLOCK result = irp->IoStatus;
    struct side *s;

    dd_mutex_lock(&lock);
    s = dd_map_get(&sides, DD_KEY(irp));
    dd_mutex_unlock(&lock);
    if (s == NULL) {
        return; /* made by IoInitializeIrp in somebody's memory */
    }
    if (!s->threaded) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .obj = irp,
                .data =
                    "an IRP of IoAllocateIrp was completed to the top: its completion routine has to keep it "
                    "with STATUS_MORE_PROCESSING_REQUIRED and free it");
        return;
    }
    s = side_take(irp);
    if (s->system_buffer != NULL && irp->IoStatus.Information > s->back_bytes &&
        s->back_bytes > 0 && !NT_ERROR(result.Status)) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .obj = irp,
                .data = "IoStatus.Information is larger than the output buffer");
    }
    copy_back(s);
    side_free(s);
    if (iosb != NULL) {
        *iosb = result;
    }
    if (event != NULL) {
        (void)dd_event_set(event);
    }
}

/* --- Windows names --- */

PIRP IoAllocateIrp(CCHAR StackSize, BOOLEAN ChargeQuota)
{
    struct side *s;

    DD_API(IoAllocateIrp);
    (void)ChargeQuota;
    s = side_new(StackSize, false, DD_SITE());
    return s == NULL ? NULL : s->irp;
}

VOID IoFreeIrp(PIRP Irp)
{
    struct side *s;

    DD_API(IoFreeIrp);
    s = side_take(Irp);
    if (s == NULL) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = DD_SITE(), .obj = Irp,
                .data = "IoFreeIrp of something that IoAllocateIrp did not make, or is gone");
        return;
    }
    if (s->threaded) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = DD_SITE(), .obj = Irp,
                .data = "IoFreeIrp of an IRP that is freed when it completes");
    }
    side_free(s);
}

VOID IoInitializeIrp(PIRP Irp, USHORT PacketSize, CCHAR StackSize)
{
    DD_API(IoInitializeIrp);
    if (PacketSize < IoSizeOfIrp(StackSize)) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = DD_SITE(), .obj = Irp,
                .data = "IoInitializeIrp with a packet too small for its stack locations");
        return;
    }
    dd_mutex_lock(&lock);
    unmark_freed_locked(Irp);
    dd_mutex_unlock(&lock);
    dd_irp_init(Irp, PacketSize, StackSize);
}

VOID IoReuseIrp(PIRP Irp, NTSTATUS Iostatus)
{
    UCHAR allocation = Irp->AllocationFlags;

    DD_API(IoReuseIrp);
    dd_irp_init(Irp, Irp->Size, Irp->StackCount);
    Irp->AllocationFlags = allocation;
    Irp->IoStatus.Status = Iostatus;
}

/* --- building requests --- */

struct request {
    PDEVICE_OBJECT device;
    UCHAR major;
    ULONG code;
    const void *in;
    ULONG in_bytes;
    void *out;
    ULONG out_bytes;
    PKEVENT event;
    PIO_STATUS_BLOCK iosb;
    const void *site;
};

/* one buffer for both directions */
static bool buffered(struct side *s, const struct request *rq)
{
    size_t size = rq->in_bytes > rq->out_bytes ? rq->in_bytes : rq->out_bytes;

    if (size == 0) {
        return true;
    }
    s->system_buffer = calloc(1, size);
    if (s->system_buffer == NULL) {
        return false;
    }
    if (rq->in_bytes > 0) {
        memcpy(s->system_buffer, rq->in, rq->in_bytes);
    }
    s->irp->AssociatedIrp.SystemBuffer = s->system_buffer;
    s->irp->UserBuffer = rq->out;
    if (rq->out_bytes > 0) {
        s->irp->Flags |= FLAG_INPUT_OPERATION;
        s->back_bytes = rq->out_bytes;
    }
    return true;
}

/* input buffered, output by MDL */
static bool direct(struct side *s, const struct request *rq)
{
    struct request input = *rq;

    input.out = NULL;
    input.out_bytes = 0;
    if (!buffered(s, &input)) {
        return false;
    }
    if (rq->out_bytes > 0) {
        s->irp->MdlAddress = dd_mdl_new(rq->out, rq->out_bytes, s, rq->site);
        return s->irp->MdlAddress != NULL;
    }
    return true;
}

static bool fill_control(struct side *s, const struct request *rq)
{
    PIO_STACK_LOCATION next = IoGetNextIrpStackLocation(s->irp);

    next->Parameters.DeviceIoControl.OutputBufferLength = rq->out_bytes;
    next->Parameters.DeviceIoControl.InputBufferLength = rq->in_bytes;
    next->Parameters.DeviceIoControl.IoControlCode = rq->code;
    switch (METHOD_FROM_CTL_CODE(rq->code)) {
    case METHOD_BUFFERED:
        return buffered(s, rq);
    case METHOD_NEITHER:
        next->Parameters.DeviceIoControl.Type3InputBuffer = (void *)(uintptr_t)rq->in;
        s->irp->UserBuffer = rq->out;
        return true;
    default:
        return direct(s, rq);
    }
}

/* READ has only output, WRITE only input; the device object says how they come */
static bool fill_transfer(struct side *s, const struct request *rq)
{
    PIO_STACK_LOCATION next = IoGetNextIrpStackLocation(s->irp);
    bool read = rq->major == IRP_MJ_READ;

    next->Parameters.Read.Length = read ? rq->out_bytes : rq->in_bytes;
    if ((rq->device->Flags & DO_BUFFERED_IO) != 0) {
        return buffered(s, rq);
    }
    if ((rq->device->Flags & DO_DIRECT_IO) != 0) {
        struct request data = *rq;

        data.out = read ? rq->out : (void *)(uintptr_t)rq->in;
        data.out_bytes = read ? rq->out_bytes : rq->in_bytes;
        data.in_bytes = 0;
        return direct(s, &data);
    }
    s->irp->UserBuffer = read ? rq->out : (void *)(uintptr_t)rq->in;
    return true;
}

static PIRP build(const struct request *rq)
{
    struct side *s = side_new(rq->device->StackSize, true, rq->site);
    bool ok = true;

    if (s == NULL) {
        return NULL;
    }
    s->irp->UserIosb = rq->iosb;
    s->irp->UserEvent = rq->event;
    IoGetNextIrpStackLocation(s->irp)->MajorFunction = rq->major;
    if (rq->major == IRP_MJ_DEVICE_CONTROL || rq->major == IRP_MJ_INTERNAL_DEVICE_CONTROL) {
        ok = fill_control(s, rq);
    } else if (rq->major == IRP_MJ_READ || rq->major == IRP_MJ_WRITE) {
        ok = fill_transfer(s, rq);
    } else if (rq->major == IRP_MJ_PNP) {
        s->irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    }
    if (!ok) {
        side_free(side_take(s->irp));
        return NULL;
    }
    return s->irp;
}

PIRP IoBuildDeviceIoControlRequest(ULONG IoControlCode, PDEVICE_OBJECT DeviceObject,
                                   PVOID InputBuffer, ULONG InputBufferLength, PVOID OutputBuffer,
                                   ULONG OutputBufferLength, BOOLEAN InternalDeviceIoControl,
                                   PKEVENT Event, PIO_STATUS_BLOCK IoStatusBlock)
{
    DD_API(IoBuildDeviceIoControlRequest);
    return build(&(const struct request){
        .device = DeviceObject,
        .major = InternalDeviceIoControl ? IRP_MJ_INTERNAL_DEVICE_CONTROL : IRP_MJ_DEVICE_CONTROL,
        .code = IoControlCode,
        .in = InputBuffer,
        .in_bytes = InputBufferLength,
        .out = OutputBuffer,
        .out_bytes = OutputBufferLength,
        .event = Event,
        .iosb = IoStatusBlock,
        .site = DD_SITE(),
    });
}

PIRP IoBuildSynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject, PVOID Buffer,
                                  ULONG Length, PLARGE_INTEGER StartingOffset, PKEVENT Event,
                                  PIO_STATUS_BLOCK IoStatusBlock)
{
    bool write = MajorFunction == IRP_MJ_WRITE;
    PIRP irp;

    DD_API(IoBuildSynchronousFsdRequest);
    irp = build(&(const struct request){
        .device = DeviceObject,
        .major = (UCHAR)MajorFunction,
        .in = write ? Buffer : NULL,
        .in_bytes = write ? Length : 0,
        .out = write ? NULL : Buffer,
        .out_bytes = write ? 0 : Length,
        .event = Event,
        .iosb = IoStatusBlock,
        .site = DD_SITE(),
    });
    if (irp != NULL && StartingOffset != NULL) {
        IoGetNextIrpStackLocation(irp)->Parameters.Read.ByteOffset = *StartingOffset;
    }
    return irp;
}

NTSTATUS dd_devobj_request(PDEVICE_OBJECT device, UCHAR major, ULONG code, const void *in,
                           ULONG in_bytes, void *out, ULONG out_bytes, PFILE_OBJECT file,
                           ULONG_PTR *ret_information)
{
    KEVENT event;
    IO_STATUS_BLOCK iosb = {.Information = 0};
    PIRP irp;

    dd_event_init(&event, NotificationEvent, false);
    irp = build(&(const struct request){device, major, code, in, in_bytes, out, out_bytes, &event,
                                        &iosb, NULL});
    if (irp == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    irp->RequestorMode = UserMode;
    irp->Tail.Overlay.OriginalFileObject = file;
    IoGetNextIrpStackLocation(irp)->FileObject = file;
    (void)dd_irp_call(device, irp);
    (void)dd_wait(&event, UINT64_MAX);
    if (ret_information != NULL) {
        *ret_information = iosb.Information;
    }
    return iosb.Status;
}
