/* SPDX-License-Identifier: MIT */
/*
 * Packet DMA: the adapter's channel and map registers, one driver request at a time.
 *
 *   AllocateAdapterChannel --> waits for the channel --> waits for map registers --> routine(base)
 *                                                                                     |
 *        KeepObject                      the channel stays: FreeAdapterChannel or FreeAdapterObject
 *        DeallocateObjectKeepRegisters   the channel goes, the registers stay: FreeMapRegisters
 *        DeallocateObject                all goes
 *
 * What the pages leave open, and what Drydock does:
 *
 *   registers              charged as asked for, also under map-registers=auto
 *   when the routine runs  as with lists: setting `callback`; after a wait always from a DPC
 *   MapRegisterBase of AllocateAdapterChannelEx with a routine
 *                          optional with DMA_SYNCHRONOUS_CALLBACK; the page both wants and forbids
 * it FreeMapRegisters with another number told, all are freed freed with something mapped told; the
 * device loses it, nothing is copied back a base or channel that is not the driver's told, nothing
 * happens CancelAdapterChannel before the request TRUE, and the request fails with STATUS_CANCELLED
 *   CancelMappedTransfer of a bus master
 *                          STATUS_NOT_SUPPORTED: nothing here stops a device
 */
#include "hal/hal_int.h"

#include "seam/api.h"

#include <stdlib.h>

/* --- transfer contexts --- */

_Static_assert(sizeof(struct dd_dma_ticket) <= DMA_TRANSFER_CONTEXT_SIZE_V1, "fits");

struct dd_dma_ticket *dd_ticket_of(PVOID context)
{
    struct dd_dma_ticket *t = context;

    return t && t->magic == DD_MAGIC_TICKET ? t : NULL;
}

NTSTATUS dd_ticket_use(PVOID context, struct dd_dma_ticket **ret_ticket)
{
    struct dd_dma_ticket *t = dd_ticket_of(context);

    if (!t) {
        return STATUS_INVALID_PARAMETER;
    }
    if (t->state == DD_TICKET_CANCELLED) {
        return STATUS_CANCELLED;
    }
    t->state = DD_TICKET_USED;
    t->out = NULL;
    *ret_ticket = t;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI initialize_dma_transfer_context(PDMA_ADAPTER DmaAdapter,
                                                      PVOID DmaTransferContext)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);

    if (!io || !DmaTransferContext) {
        return STATUS_INVALID_PARAMETER;
    }
    dd_hal_irql(io->ha, "InitializeDmaTransferContext", PASSIVE_LEVEL, DISPATCH_LEVEL, DD_SITE());
    memset(DmaTransferContext, 0, DMA_TRANSFER_CONTEXT_SIZE_V1);
    ((struct dd_dma_ticket *)DmaTransferContext)->magic = DD_MAGIC_TICKET;
    return STATUS_SUCCESS;
}

/* --- an adapter's state --- */

struct dd_hal_io *dd_io_new(struct dd_hal_adapter *ha)
{
    struct dd_hal_io *io = calloc(1, sizeof(*io));

    if (io) {
        io->ha = ha;
        dd_list_init(&io->waiting);
        dd_list_init(&io->packets);
    }
    return io;
}

void dd_io_free(struct dd_hal_io *io)
{
    free(io);
}

unsigned dd_io_report_locked(struct dd_hal_adapter *ha, bool failed_init)
{
    struct dd_list *pos;
    unsigned n = 0;

    if (!ha->io) {
        return 0;
    }
    DD_LIST_EACH(pos, &ha->io->packets) {
        struct dd_packet *p = DD_LIST_ENTRY(pos, struct dd_packet, node);

        DD_SEAM(.kind = DD_EV_LEAK, .site = p->site, .adapter = ha->dev->core.adapter, .obj = p,
                .data = "map registers", .a = DD_LEAK_OTHER, .b = p->regs, .c = failed_init);
        n++;
    }
    return n;
}

/* --- packets --- */

void dd_packet_give_registers_locked(struct dd_packet *p)
{
    struct dd_list ready = DD_LIST_INIT(ready);

    if (p->regs > 0) {
        dd_mapreg_put(&p->ha->dev->core.regs, p->regs, &ready);
        p->regs = 0;
        dd_start_ready_locked(&ready);
    }
}

static VOID NTAPI packet_dpc(PKDPC dpc, PVOID context, PVOID arg1, PVOID arg2);

static void packet_defer_locked(struct dd_packet *p)
{
    unsigned cpus = dd_cpu_count(), cpu = dd_cpu_current();

    if (cpus > 1 && p->ha->dev->core.policy->callback != DD_CALLBACK_INLINE) {
        cpu = (cpu + 1 + (unsigned)dd_dma_random_below(&p->ha->dma, cpus - 1)) % cpus;
    }
    p->state = DD_PACKET_READY;
    dd_dpc_init(&p->dpc, packet_dpc, p);
    dd_dpc_queue(&p->dpc, cpu, NULL, NULL);
}

static void start_locked(struct dd_mapreg_waiter *w)
{
    packet_defer_locked(DD_LIST_ENTRY(w, struct dd_packet, waiter));
}

/* it has the channel. false: it waits for registers */
static bool take_registers_locked(struct dd_packet *p, bool wait)
{
    if (p->regs == 0 ||
        dd_mapreg_take(&p->ha->dev->core.regs, p->regs, wait ? &p->waiter : NULL) == 0) {
        return true;
    }
    p->state = DD_PACKET_REGS;
    return false;
}

/* the channel is free: whoever waits first gets it */
void dd_packet_release_channel_locked(struct dd_hal_io *io)
{
    struct dd_list *pos = dd_list_pop(&io->waiting);

    io->holder = pos ? DD_LIST_ENTRY(pos, struct dd_packet, queue) : NULL;
    if (io->holder && take_registers_locked(io->holder, true)) {
        packet_defer_locked(io->holder);
    }
}

void dd_packet_free_locked(struct dd_packet *p)
{
    dd_list_remove(&p->node);
    if (p->inside) {
        p->gone = true; /* packet_run() frees it */
    } else {
        free(p);
    }
}

/* the driver gives it back */
void dd_packet_end_locked(struct dd_packet *p, const void *site)
{
    struct dd_hal_io *io = p->ha->io;

    if (dd_packet_unmap_locked(p)) {
        dd_hal_tell(p->ha, p, "map registers freed before FlushAdapterBuffers", site);
    }
    dd_packet_give_registers_locked(p);
    if (io->holder == p) {
        dd_packet_release_channel_locked(io);
    }
    dd_packet_free_locked(p);
}

struct dd_packet *dd_packet_find_locked(struct dd_hal_io *io, const void *base)
{
    struct dd_list *pos;

    DD_LIST_EACH(pos, &io->packets) {
        struct dd_packet *p = DD_LIST_ENTRY(pos, struct dd_packet, node);

        if (p == base && p->state == DD_PACKET_OUT) {
            return p;
        }
    }
    return NULL;
}

/* --- the routine --- */

static void packet_after_locked(struct dd_packet *p, IO_ALLOCATION_ACTION action)
{
    struct dd_hal_io *io = p->ha->io;

    p->inside = false;
    if (p->gone) { /* ended inside */
        free(p);
        return;
    }
    switch (action) {
    case DeallocateObject:
        dd_packet_end_locked(p, p->site);
        return;
    case DeallocateObjectKeepRegisters:
        if (io->holder == p) {
            dd_packet_release_channel_locked(io);
        }
        return;
    case KeepObject:
        return;
    }
    dd_hal_tell(p->ha, p, "AdapterControl returned no IO_ALLOCATION_ACTION: KeepObject is taken",
                p->site);
}

/* p->inside is set */
static void packet_run(struct dd_packet *p)
{
    struct dd_hal_device *dev = p->ha->dev;
    PDEVICE_OBJECT device = p->device;
    IO_ALLOCATION_ACTION action = KeepObject;

    DD_CALL(DD_ROLE_ADAPTER_CONTROL, "AdapterControl", dev->core.adapter,
            action = p->fn(device, device ? device->CurrentIrp : NULL, p, p->context));
    dd_mutex_lock(&dev->lock);
    packet_after_locked(p, action);
    dd_mutex_unlock(&dev->lock);
}

static void packet_out_locked(struct dd_packet *p)
{
    p->state = DD_PACKET_OUT;
    p->inside = p->fn != NULL;
}

static VOID NTAPI packet_dpc(PKDPC dpc, PVOID context, PVOID arg1, PVOID arg2)
{
    struct dd_packet *p = context;
    struct dd_hal_device *dev = p->ha->dev;
    bool dead;

    (void)dpc;
    (void)arg1;
    (void)arg2;
    dd_mutex_lock(&dev->lock);
    dead = p->state == DD_PACKET_DEAD;
    if (!dead) {
        packet_out_locked(p);
    }
    dd_mutex_unlock(&dev->lock);
    if (dead) {
        free(p);
        return;
    }
    packet_run(p);
}

/* --- requests --- */

static struct dd_packet *packet_new(struct dd_hal_io *io, ULONG regs, const void *site)
{
    struct dd_packet *p = dd_seam_may_fail(DD_FAIL_HAL_LIST, site) ? NULL : calloc(1, sizeof(*p));

    if (p) {
        p->ha = io->ha;
        p->regs = regs;
        p->site = site;
        dd_list_init(&p->node);
        dd_list_init(&p->queue);
        dd_list_init(&p->waiter.node);
        dd_list_init(&p->maps);
        p->waiter.start_locked = start_locked;
    }
    return p;
}

static bool wants_deferred(struct dd_packet *p)
{
    enum dd_callback_mode mode = p->ha->dev->core.policy->callback;

    return mode == DD_CALLBACK_DEFERRED ||
           (mode == DD_CALLBACK_RANDOM && dd_dma_random_below(&p->ha->dma, 2) == 1);
}

/* true: the routine, if any, is the caller's to run now */
static bool packet_start_locked(struct dd_hal_io *io, struct dd_packet *p)
{
    dd_list_append(&io->packets, &p->node);
    if (io->holder) {
        p->state = DD_PACKET_CHANNEL;
        dd_list_append(&io->waiting, &p->queue);
        return false;
    }
    io->holder = p;
    if (!take_registers_locked(p, true)) {
        return false;
    }
    if (wants_deferred(p)) {
        packet_defer_locked(p);
        return false;
    }
    packet_out_locked(p);
    return true;
}

/* at once or not at all */
static bool packet_start_sync_locked(struct dd_hal_io *io, struct dd_packet *p)
{
    if (io->holder || !take_registers_locked(p, false)) {
        return false;
    }
    dd_list_append(&io->packets, &p->node);
    io->holder = p;
    packet_out_locked(p);
    return true;
}

static NTSTATUS packet_request(struct dd_hal_io *io, struct dd_packet *p, bool sync,
                               PVOID *ret_base)
{
    struct dd_hal_device *dev = io->ha->dev;
    KIRQL irql = dd_hal_raise();
    bool now;

    dd_mutex_lock(&dev->lock);
    now = sync ? packet_start_sync_locked(io, p) : packet_start_locked(io, p);
    dd_mutex_unlock(&dev->lock);
    if (sync && !now) {
        dd_hal_lower(irql);
        free(p);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (ret_base) {
        *ret_base = p;
    }
    if (now && p->fn) {
        packet_run(p);
    }
    dd_hal_lower(irql);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI allocate_adapter_channel(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                               ULONG NumberOfMapRegisters,
                                               PDRIVER_CONTROL ExecutionRoutine, PVOID Context)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);
    struct dd_packet *p;

    if (!io || !ExecutionRoutine) {
        return STATUS_INVALID_PARAMETER;
    }
    dd_hal_irql(io->ha, "AllocateAdapterChannel", DISPATCH_LEVEL, DISPATCH_LEVEL, DD_SITE());
    if (NumberOfMapRegisters > io->ha->dma.max_regs) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    p = packet_new(io, NumberOfMapRegisters, DD_SITE());
    if (!p) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    p->fn = ExecutionRoutine;
    p->context = Context;
    p->device = DeviceObject;
    return packet_request(io, p, false, NULL);
}

static NTSTATUS NTAPI allocate_adapter_channel_ex(PDMA_ADAPTER DmaAdapter,
                                                  PDEVICE_OBJECT DeviceObject,
                                                  PVOID DmaTransferContext,
                                                  ULONG NumberOfMapRegisters, ULONG Flags,
                                                  PDRIVER_CONTROL ExecutionRoutine,
                                                  PVOID ExecutionContext, PVOID *MapRegisterBase)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);
    bool sync = (Flags & DMA_SYNCHRONOUS_CALLBACK) != 0;
    struct dd_dma_ticket *ticket;
    struct dd_packet *p;
    NTSTATUS status;

    if (!io || (Flags & ~(ULONG)DMA_SYNCHRONOUS_CALLBACK) != 0 || (MapRegisterBase && !sync) ||
        (!MapRegisterBase && !ExecutionRoutine)) {
        return STATUS_INVALID_PARAMETER;
    }
    dd_hal_irql(io->ha, "AllocateAdapterChannelEx", PASSIVE_LEVEL, DISPATCH_LEVEL, DD_SITE());
    status = dd_ticket_use(DmaTransferContext, &ticket);
    if (status != STATUS_SUCCESS) {
        return status;
    }
    p = NumberOfMapRegisters > io->ha->dma.max_regs
            ? NULL
            : packet_new(io, NumberOfMapRegisters, DD_SITE());
    if (!p) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    p->ticket = ticket;
    p->fn = ExecutionRoutine;
    p->context = ExecutionContext;
    p->device = DeviceObject;
    return packet_request(io, p, sync, MapRegisterBase);
}

void dd_packet_fill(DMA_OPERATIONS *ops)
{
    ops->InitializeDmaTransferContext = initialize_dma_transfer_context;
    ops->AllocateAdapterChannel = allocate_adapter_channel;
    ops->AllocateAdapterChannelEx = allocate_adapter_channel_ex;
}
