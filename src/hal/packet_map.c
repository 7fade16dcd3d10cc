/* SPDX-License-Identifier: MIT */
/*
 * Packet DMA: what is mapped with a packet's map registers.
 *
 *   MapTransfer     one run that is contiguous for the device, of one MDL: *Length tells how much
 *   MapTransferEx   as many runs of a chain as the caller's list and the registers have room for
 *   Flush...        ends them: the device loses the bytes, copied data come back
 *
 * What the pages leave open, and what Drydock does:
 *
 *   a bus master without scatter/gather
 *                      memory that is not one run is copied to memory that is, as with the map
 *                      registers of a HAL
 *   nothing can be mapped
 *                      MapTransfer: *Length 0 and address 0; the page has no failure
 *   flush of what is not mapped, or with the other direction
 *                      told; FALSE, or STATUS_INVALID_PARAMETER
 *   flush of a part    a mapping ends when the flush covers it
 *   a system DMA controller's completion routine
 *                      the 8237A has no interrupt: it runs when CancelMappedTransfer ends a
 * transfer the address of a system DMA transfer that of its memory; no driver needs it
 */
#include "hal/packet_map.h"

#include "seam/api.h"

#include <errno.h>
#include <stdlib.h>

/* --- mapping --- */

struct transfer {
    PMDL mdl;
    uint64_t offset, len_bytes;
    bool write;
    struct dd_sg_elem *elems;
    uint64_t cap;
    PDMA_COMPLETION_ROUTINE done;
    PVOID done_context;
};

/* 1: it begins in the page where the mapping before it ends, which has a register already */
static uint64_t shared_page(const struct dd_packet *p, const struct transfer *t)
{
    const struct dd_mapping *last;

    if (dd_list_empty(&p->maps)) {
        return 0;
    }
    last = DD_LIST_ENTRY(p->maps.prev, struct dd_mapping, node);
    return last->mdl == t->mdl && last->offset + last->len_bytes == t->offset &&
           t->offset < t->mdl->ByteCount && ((t->mdl->ByteOffset + t->offset) & DD_PAGE_MASK) != 0;
}

static struct dd_mapping *map_new(struct dd_packet *p, const struct transfer *t)
{
    struct dd_mapping *m = calloc(1, sizeof(*m));

    if (m) {
        m->mdl = t->mdl;
        m->offset = t->offset;
        m->dir = t->write ? DD_DIR_TO_DEVICE : DD_DIR_FROM_DEVICE;
        m->len_bytes = p->ha->io->isa ? t->len_bytes
                                      : dd_mapping_fit(t->mdl, t->offset, t->len_bytes,
                                                       p->regs - p->used + shared_page(p, t));
        m->x.dir = m->dir;
        m->x.owner = atomic_fetch_add_explicit(&p->ha->dev->numbers, 1, memory_order_relaxed) + 1;
    }
    return m;
}

/* elements, *ret_len bytes; or -errno */
static int64_t map_locked(struct dd_packet *p, const struct transfer *t, uint64_t *ret_len)
{
    struct dd_hal_io *io = p->ha->io;
    struct dd_mapping *m = map_new(p, t);
    int64_t n = -ENOMEM;

    if (m && (m->len_bytes > 0 || t->len_bytes == 0)) {
        n = dd_mapping_build(io, m, t->elems, t->cap);
    }
    if (n < 0) {
        free(m);
        return n;
    }
    if (!io->isa && dd_chain_measure(m->mdl, m->offset, m->len_bytes, &m->pages) == 0) {
        m->pages -= shared_page(p, t);
        p->used += m->pages;
    }
    p->done = t->done;
    p->done_context = t->done_context;
    dd_list_append(&p->maps, &m->node);
    *ret_len = m->len_bytes;
    return n;
}

static int64_t map(struct dd_hal_io *io, const void *base, const struct transfer *t,
                   uint64_t *ret_len, const void *site)
{
    struct dd_packet *p;
    int64_t n = -ENOENT;
    KIRQL irql = dd_hal_raise();

    dd_mutex_lock(&io->ha->dev->lock);
    p = dd_packet_find_locked(io, base);
    if (p) {
        n = p->cancelled ? -ECANCELED : map_locked(p, t, ret_len);
    }
    dd_mutex_unlock(&io->ha->dev->lock);
    dd_hal_lower(irql);
    if (!p) {
        dd_hal_tell(io->ha, base, "a transfer mapped with what is no MapRegisterBase", site);
    }
    return n;
}

static PHYSICAL_ADDRESS NTAPI map_transfer(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                           PVOID CurrentVa, PULONG Length, BOOLEAN WriteToDevice)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);
    PHYSICAL_ADDRESS none = {.QuadPart = 0};
    uint64_t len = *Length, offset;
    struct dd_sg_elem elem;

    *Length = 0;
    if (!io || !Mdl || (uintptr_t)CurrentVa < (uintptr_t)MmGetMdlVirtualAddress(Mdl)) {
        return none;
    }
    dd_hal_irql(io->ha, "MapTransfer", PASSIVE_LEVEL, DISPATCH_LEVEL, DD_SITE());
    offset = (uintptr_t)CurrentVa - (uintptr_t)MmGetMdlVirtualAddress(Mdl);
    if (offset >= Mdl->ByteCount || len == 0) {
        return none;
    }
    len = dd_min_u64(len, Mdl->ByteCount - offset);
    if (map(io, MapRegisterBase,
            &(struct transfer){.mdl = Mdl,
                               .offset = offset,
                               .len_bytes = len,
                               .write = WriteToDevice != FALSE,
                               .elems = &elem,
                               .cap = 1},
            &len, DD_SITE()) != 1) {
        return none;
    }
    *Length = (ULONG)len;
    return (PHYSICAL_ADDRESS){.QuadPart = (LONGLONG)elem.address};
}

static NTSTATUS status_of(int64_t n)
{
    switch (n) {
    case -ECANCELED:
        return STATUS_CANCELLED;
    case -ENOENT:
    case -EINVAL:
    case -EMSGSIZE:
        return STATUS_INVALID_PARAMETER;
    default:
        return n < 0 ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
    }
}

static NTSTATUS NTAPI map_transfer_ex(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                      ULONGLONG Offset, ULONG DeviceOffset, PULONG Length,
                                      BOOLEAN WriteToDevice,
                                      PSCATTER_GATHER_LIST ScatterGatherBuffer,
                                      ULONG ScatterGatherBufferLength,
                                      PDMA_COMPLETION_ROUTINE DmaCompletionRoutine,
                                      PVOID CompletionContext)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);
    struct transfer t = {.mdl = Mdl, .offset = Offset, .write = WriteToDevice != FALSE};
    struct dd_sg_elem one;
    uint64_t len, pages;
    int64_t n;

    (void)DeviceOffset; /* of system DMA controllers with several FIFOs */
    if (!io || !Length || dd_chain_measure(Mdl, Offset, *Length, &pages) < 0 || *Length == 0 ||
        (!ScatterGatherBuffer && !io->isa) ||
        (ScatterGatherBuffer && ScatterGatherBufferLength < dd_hal_list_bytes(1))) {
        return STATUS_INVALID_PARAMETER;
    }
    dd_hal_irql(io->ha, "MapTransferEx", PASSIVE_LEVEL, DISPATCH_LEVEL, DD_SITE());
    t.len_bytes = *Length;
    t.elems =
        ScatterGatherBuffer
            ? (struct dd_sg_elem *)(void *)((uint8_t *)ScatterGatherBuffer + DD_LIST_HEADER_BYTES)
            : &one;
    t.cap =
        ScatterGatherBuffer ? (ScatterGatherBufferLength - DD_LIST_HEADER_BYTES) / sizeof(one) : 1;
    t.done = DmaCompletionRoutine;
    t.done_context = CompletionContext;
    n = map(io, MapRegisterBase, &t, &len, DD_SITE());
    if (n >= 0) {
        *Length = (ULONG)len;
        if (ScatterGatherBuffer) {
            ScatterGatherBuffer->NumberOfElements = (ULONG)n;
            ScatterGatherBuffer->Reserved = 0;
        }
    }
    return status_of(n);
}

/* --- ending --- */

bool dd_packet_unmap_locked(struct dd_packet *p)
{
    struct dd_list *pos;
    bool some = false;

    while ((pos = dd_list_pop(&p->maps))) {
        dd_mapping_end(DD_LIST_ENTRY(pos, struct dd_mapping, node), false);
        some = true;
    }
    p->used = 0;
    return some;
}

/* the mappings a flush covers, to @ret_maps. true: their direction is the flush's */
static bool take_maps_locked(struct dd_packet *p, const struct transfer *t,
                             struct dd_list *ret_maps)
{
    enum dd_dir dir = t->write ? DD_DIR_TO_DEVICE : DD_DIR_FROM_DEVICE;
    struct dd_list *pos, *tmp;
    bool same = true;

    DD_LIST_EACH_SAFE(pos, tmp, &p->maps) {
        struct dd_mapping *m = DD_LIST_ENTRY(pos, struct dd_mapping, node);

        if (m->mdl == t->mdl && m->offset >= t->offset &&
            m->offset + m->len_bytes <= t->offset + t->len_bytes) {
            same = same && m->dir == dir;
            p->used -= m->pages;
            dd_list_remove(&m->node);
            dd_list_append(ret_maps, &m->node);
        }
    }
    return same;
}

static bool flush(struct dd_hal_io *io, const void *base, const struct transfer *t,
                  const void *site)
{
    struct dd_list maps = DD_LIST_INIT(maps), *pos;
    bool same = true, some = false;
    struct dd_packet *p;
    KIRQL irql = dd_hal_raise();

    dd_mutex_lock(&io->ha->dev->lock);
    p = dd_packet_find_locked(io, base);
    if (p) {
        same = take_maps_locked(p, t, &maps);
    }
    dd_mutex_unlock(&io->ha->dev->lock);
    while ((pos = dd_list_pop(&maps))) {
        dd_mapping_end(DD_LIST_ENTRY(pos, struct dd_mapping, node), true);
        some = true;
    }
    dd_hal_lower(irql);
    if (!some || !same) {
        dd_hal_tell(io->ha, base,
                    some ? "flush with the other direction than it was mapped with"
                         : "flush of what is not mapped with this MapRegisterBase",
                    site);
    }
    return some && same;
}

static BOOLEAN NTAPI flush_adapter_buffers(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                           PVOID CurrentVa, ULONG Length, BOOLEAN WriteToDevice)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);

    if (!io || !Mdl || (uintptr_t)CurrentVa < (uintptr_t)MmGetMdlVirtualAddress(Mdl)) {
        return FALSE;
    }
    dd_hal_irql(io->ha, "FlushAdapterBuffers", PASSIVE_LEVEL, DISPATCH_LEVEL, DD_SITE());
    return flush(io, MapRegisterBase,
                 &(struct transfer){.mdl = Mdl,
                                    .offset = (uintptr_t)CurrentVa -
                                              (uintptr_t)MmGetMdlVirtualAddress(Mdl),
                                    .len_bytes = Length,
                                    .write = WriteToDevice != FALSE},
                 DD_SITE());
}

static NTSTATUS NTAPI flush_adapter_buffers_ex(PDMA_ADAPTER DmaAdapter, PMDL Mdl,
                                               PVOID MapRegisterBase, ULONGLONG Offset,
                                               ULONG Length, BOOLEAN WriteToDevice)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);

    if (!io || !Mdl) {
        return STATUS_INVALID_PARAMETER;
    }
    dd_hal_irql(io->ha, "FlushAdapterBuffersEx", PASSIVE_LEVEL, DISPATCH_LEVEL, DD_SITE());
    return flush(io, MapRegisterBase,
                 &(struct transfer){.mdl = Mdl,
                                    .offset = Offset,
                                    .len_bytes = Length,
                                    .write = WriteToDevice != FALSE},
                 DD_SITE())
               ? STATUS_SUCCESS
               : STATUS_INVALID_PARAMETER;
}

/* --- system DMA --- */

static ULONG NTAPI read_dma_counter(PDMA_ADAPTER DmaAdapter)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);

    if (!io) {
        return 0;
    }
    dd_hal_irql(io->ha, "ReadDmaCounter", PASSIVE_LEVEL, DISPATCH_LEVEL, DD_SITE());
    return io->isa ? dd_isa_channel_left(io->isa) : 0;
}

/* the transfer stops; its memory stays the adapter's until it is flushed */
static struct dd_packet *cancel_mapped_locked(struct dd_hal_io *io,
                                              const struct dd_dma_ticket *ticket)
{
    struct dd_list *pos;
    uint32_t left;

    DD_LIST_EACH(pos, &io->packets) {
        struct dd_packet *p = DD_LIST_ENTRY(pos, struct dd_packet, node);

        if (p->ticket == ticket && p->state == DD_PACKET_OUT && !p->cancelled) {
            p->cancelled = true;
            (void)dd_isa_channel_finish(io->isa, true, &left);
            return p;
        }
    }
    return NULL;
}

static NTSTATUS NTAPI cancel_mapped_transfer(PDMA_ADAPTER DmaAdapter, PVOID DmaTransferContext)
{
    struct dd_hal_io *io = dd_hal_io_of(DmaAdapter);
    struct dd_dma_ticket *ticket = dd_ticket_of(DmaTransferContext);
    PDMA_COMPLETION_ROUTINE done = NULL;
    PDEVICE_OBJECT device = NULL;
    PVOID context = NULL;
    struct dd_packet *p;
    KIRQL irql;

    if (!io || !ticket) {
        return STATUS_INVALID_PARAMETER;
    }
    dd_hal_irql(io->ha, "CancelMappedTransfer", PASSIVE_LEVEL, DISPATCH_LEVEL, DD_SITE());
    if (!io->isa) {
        return STATUS_NOT_SUPPORTED;
    }
    irql = dd_hal_raise();
    dd_mutex_lock(&io->ha->dev->lock);
    p = cancel_mapped_locked(io, ticket);
    if (p) {
        done = p->done;
        context = p->done_context;
        device = p->device;
        p->done = NULL;
    }
    dd_mutex_unlock(&io->ha->dev->lock);
    if (done) {
        DD_CALL(DD_ROLE_OTHER, "DmaCompletion", io->ha->dev->core.adapter,
                done(DmaAdapter, device, context, DmaCancelled));
    }
    dd_hal_lower(irql);
    return p ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

void dd_packet_map_fill(DMA_OPERATIONS *ops)
{
    ops->MapTransfer = map_transfer;
    ops->MapTransferEx = map_transfer_ex;
    ops->FlushAdapterBuffers = flush_adapter_buffers;
    ops->FlushAdapterBuffersEx = flush_adapter_buffers_ex;
    ops->ReadDmaCounter = read_dma_counter;
    ops->CancelMappedTransfer = cancel_mapped_transfer;
}
