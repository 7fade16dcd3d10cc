/* SPDX-License-Identifier: MIT */
/* Packet DMA: how a packet ends. What was chosen is told at the head of packet.c. */
#include "hal/hal_int.h"

#include "seam/api.h"

/* --- giving back --- */

static void free_channel(struct dd_hal_io *io, bool keep_registers, const void *site)
{
    struct dd_hal_device *dev = io->ha->dev;
    struct dd_packet *p;
    KIRQL irql = dd_hal_raise();

    dd_mutex_lock(&dev->lock);
    p = io->holder && io->holder->state == DD_PACKET_OUT ? io->holder : NULL;
    if (p && keep_registers) {
        dd_packet_release_channel_locked(io);
    } else if (p) {
        dd_packet_end_locked(p, site);
    }
    dd_mutex_unlock(&dev->lock);
    dd_hal_lower(irql);
    if (!p) {
        dd_hal_tell(io->ha, io->ha, "the adapter channel freed while nobody has it", site);
    }
}

static VOID NTAPI free_adapter_channel(PDMA_ADAPTER DmaAdapter)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);

    if (io) {
        dd_hal_irql(io->ha, "FreeAdapterChannel", DISPATCH_LEVEL, DISPATCH_LEVEL, DD_SITE());
        free_channel(io, false, DD_SITE());
    }
}

static VOID NTAPI free_adapter_object(PDMA_ADAPTER DmaAdapter,
                                      IO_ALLOCATION_ACTION AllocationAction)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);

    if (!io || AllocationAction == KeepObject) {
        return;
    }
    dd_hal_irql(io->ha, "FreeAdapterObject", PASSIVE_LEVEL, DISPATCH_LEVEL, DD_SITE());
    free_channel(io, AllocationAction == DeallocateObjectKeepRegisters, DD_SITE());
}

static VOID NTAPI free_map_registers(PDMA_ADAPTER DmaAdapter, PVOID MapRegisterBase,
                                     ULONG NumberOfMapRegisters)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);
    struct dd_packet *p;
    bool other = false;
    KIRQL irql;

    if (!io) {
        return;
    }
    dd_hal_irql(io->ha, "FreeMapRegisters", DISPATCH_LEVEL, DISPATCH_LEVEL, DD_SITE());
    irql = dd_hal_raise();
    dd_mutex_lock(&io->ha->dev->lock);
    p = dd_packet_find_locked(io, MapRegisterBase);
    if (p) {
        other = p->regs != NumberOfMapRegisters;
        dd_packet_end_locked(p, DD_SITE());
    }
    dd_mutex_unlock(&io->ha->dev->lock);
    dd_hal_lower(irql);
    if (!p || other) {
        dd_hal_tell(io->ha, MapRegisterBase,
                    p ? "FreeMapRegisters with another number than was allocated"
                      : "FreeMapRegisters of what is no MapRegisterBase",
                    DD_SITE());
    }
}

/* --- cancelling --- */

/* it is still waiting */
static void packet_cancel_locked(struct dd_packet *p)
{
    struct dd_hal_io *io = p->ha->io;
    struct dd_list ready = DD_LIST_INIT(ready);

    if (p->state == DD_PACKET_REGS) {
        (void)dd_mapreg_cancel(&p->ha->dev->core.regs, &p->waiter, &ready);
        dd_start_ready_locked(&ready);
    }
    p->regs = 0;
    dd_list_remove(&p->queue);
    if (io->holder == p) {
        dd_packet_release_channel_locked(io);
    }
    dd_packet_free_locked(p);
}

static bool cancel_locked(struct dd_hal_adapter *ha, const struct dd_dma_ticket *ticket)
{
    struct dd_list *pos;

    DD_LIST_EACH(pos, &ha->io->packets) {
        struct dd_packet *p = DD_LIST_ENTRY(pos, struct dd_packet, node);

        if (p->ticket == ticket && (p->state == DD_PACKET_CHANNEL || p->state == DD_PACKET_REGS)) {
            packet_cancel_locked(p);
            return true;
        }
    }
    DD_LIST_EACH(pos, &ha->lists) {
        struct dd_hal_list *l = DD_LIST_ENTRY(pos, struct dd_hal_list, node);

        if (l->rq.ticket == ticket && l->state == DD_LIST_WAITING) {
            dd_list_kill_locked(l);
            return true;
        }
    }
    return false;
}

static BOOLEAN NTAPI cancel_adapter_channel(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                            PVOID DmaTransferContext)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);
    struct dd_dma_ticket *ticket = dd_ticket_of(DmaTransferContext);
    bool done;
    KIRQL irql;

    (void)DeviceObject;
    if (!io || !ticket) {
        return FALSE;
    }
    dd_hal_irql(io->ha, "CancelAdapterChannel", PASSIVE_LEVEL, DISPATCH_LEVEL, DD_SITE());
    if (ticket->state == DD_TICKET_NEW) {
        ticket->state = DD_TICKET_CANCELLED;
        return TRUE;
    }
    irql = dd_hal_raise();
    dd_mutex_lock(&io->ha->dev->lock);
    done = cancel_locked(io->ha, ticket);
    dd_mutex_unlock(&io->ha->dev->lock);
    dd_hal_lower(irql);
    return done;
}

/* --- the end --- */

static void packet_kill_locked(struct dd_packet *p)
{
    (void)dd_packet_unmap_locked(p);
    if (p->state == DD_PACKET_CHANNEL || p->state == DD_PACKET_REGS) {
        packet_cancel_locked(p);
        return;
    }
    dd_packet_give_registers_locked(p);
    if (p->state == DD_PACKET_READY && !dd_dpc_remove(&p->dpc)) {
        dd_list_remove(&p->node);
        p->state = DD_PACKET_DEAD; /* packet_dpc() frees it */
        return;
    }
    dd_packet_free_locked(p);
}

/* who waits goes first: nobody inherits a channel from one that is ended */
void dd_io_close_locked(struct dd_hal_adapter *ha)
{
    struct dd_hal_io *io = ha->io;

    if (!io) {
        return;
    }
    while (!dd_list_empty(&io->waiting)) {
        packet_cancel_locked(DD_LIST_ENTRY(io->waiting.next, struct dd_packet, queue));
    }
    while (!dd_list_empty(&io->packets)) {
        packet_kill_locked(DD_LIST_ENTRY(io->packets.next, struct dd_packet, node));
    }
    io->holder = NULL;
    if (io->isa) {
        dd_isa_channel_release(io->isa);
        io->isa = NULL;
    }
}

void dd_packet_end_fill(DMA_OPERATIONS *ops)
{
    ops->FreeAdapterChannel = free_adapter_channel;
    ops->FreeAdapterObject = free_adapter_object;
    ops->FreeMapRegisters = free_map_registers;
    ops->CancelAdapterChannel = cancel_adapter_channel;
}
