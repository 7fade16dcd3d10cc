/* SPDX-License-Identifier: MIT */
/*
 * Inside src/hal.
 *
 *   device.c        devices, adapters, counters
 *   list.c          scatter/gather lists: build, callback, put
 *   track.c         checked runs: which lists a driver has, and had
 *   adapter.c       IoGetDmaAdapter and the DMA_OPERATIONS tables
 *   info.c          members that only tell or check: alignment, sizes, adapter information, domains
 *   list_ops.c      members for scatter/gather lists
 *   shadow.c        BuildMdlFromScatterGatherList
 *   packet.c        packet DMA: AllocateAdapterChannel, map registers, the execution routine
 *   packet_end.c    FreeAdapterChannel, FreeMapRegisters, cancelling
 *   packet_map.c    MapTransfer, FlushAdapterBuffers, and the system DMA behind them
 *   packet_build.c  what they map: packet_map.h
 *   common.c        common buffers: the books, AllocateCommonBuffer, FreeCommonBuffer and kin
 *   common_more.c   vectors of them, and memory of an MDL
 */
#ifndef DD_HAL_HAL_INT_H
#define DD_HAL_HAL_INT_H

#include "hal/hal.h"
#include "hal/isa_dma_channel.h"

/* dd_list_kill - end a list for a driver that will not, see dd_hal_adapter_close() */
void dd_list_kill_locked(struct dd_hal_list *l);
/* dd_start_ready - requests that have their map registers now: DPCs for them */
void dd_start_ready_locked(struct dd_list *ready);

/* --- track.c --- */
struct dd_hal_graveyard *dd_graveyard_new(void);
void dd_graveyard_free(struct dd_hal_graveyard *g);
/* dd_track_born - a list exists for its object; dd_track_out - the driver gets it */
void dd_track_born_locked(struct dd_hal_device *dev, struct dd_hal_list *l);
void dd_track_out_locked(struct dd_hal_device *dev, struct dd_hal_list *l);
/* dd_track_gone - neither its object nor the driver has it; its memory rests for a while before it
 * is reused */
void dd_track_gone_locked(struct dd_hal_device *dev, struct dd_hal_list *l);
/* dd_track_freed_number - of a list freed lately, or 0 */
uint64_t dd_track_freed_number_locked(struct dd_hal_device *dev, const void *list);
uint64_t dd_track_print(const SCATTER_GATHER_LIST *list, uint32_t elements);

/* --- what only IoGetDmaAdapter callers have --- */

struct dd_packet;

struct dd_hal_io {
    struct dd_hal_adapter *ha;
    ULONG version; /* of the DEVICE_DESCRIPTION */
    unsigned bits; /* what the device reaches, in address bits */
    bool scatter_gather;
    bool joined;                /* JoinDmaDomain */
    struct dd_isa_channel *isa; /* subordinate: its channel; NULL: a bus master */
    /* under dev->lock */
    struct dd_packet *holder; /* who has the channel: one at a time */
    struct dd_list waiting;   /* dd_packet.queue, for the channel, in order */
    struct dd_list packets;   /* dd_packet.node, all */
};

/* what lies in a DMA transfer context; InitializeDmaTransferContext makes it */
struct dd_dma_ticket {
    uint32_t magic;
    enum dd_ticket_state {
        DD_TICKET_NEW,
        DD_TICKET_USED,
        DD_TICKET_CANCELLED /* before it was used: the next request ends at once */
    } state;
    SCATTER_GATHER_LIST **out; /* where a synchronous request wants the list; else NULL */
};

#define DD_MAGIC_TICKET 0x544B4154u

/* dd_ticket_of - an initialized transfer context, or NULL */
struct dd_dma_ticket *dd_ticket_of(PVOID context);
/* dd_ticket_use - 0; STATUS_INVALID_PARAMETER; STATUS_CANCELLED, it was cancelled before.
 * @ret_ticket only on success */
NTSTATUS dd_ticket_use(PVOID context, struct dd_dma_ticket **ret_ticket);

/* one AllocateAdapterChannel(Ex); its address is the driver's MapRegisterBase */
struct dd_packet {
    struct dd_list node, queue;
    struct dd_mapreg_waiter waiter;
    KDPC dpc;
    struct dd_hal_adapter *ha;
    enum dd_packet_state {
        DD_PACKET_CHANNEL, /* waits for the channel */
        DD_PACKET_REGS,    /* has it, waits for map registers */
        DD_PACKET_READY,   /* its DPC is queued */
        DD_PACKET_OUT,     /* the driver's */
        DD_PACKET_DEAD     /* its adapter is gone, its DPC frees it */
    } state;
    bool inside;    /* its execution routine runs: whoever ends it leaves the memory to that call */
    bool gone;      /* ended inside */
    bool cancelled; /* CancelMappedTransfer: no more transfers */
    uint64_t regs;  /* map registers it has, or wants */
    uint64_t used;  /* by what is mapped now */
    struct dd_list maps;
    struct dd_dma_ticket *ticket;
    PDRIVER_CONTROL fn;
    PVOID context;
    PDEVICE_OBJECT device;
    PDMA_COMPLETION_ROUTINE done; /* of the transfer that is mapped, or NULL */
    PVOID done_context;
    const void *site;
};

/* --- packet.c --- */
struct dd_hal_io *dd_io_new(struct dd_hal_adapter *ha);
/* dd_io_free - NULL is fine */
void dd_io_free(struct dd_hal_io *io);
/* dd_io_report - a LEAK event for each packet's map registers; returns how many */
unsigned dd_io_report_locked(struct dd_hal_adapter *ha, bool failed_init);
/* dd_packet_find - the packet behind a MapRegisterBase that the driver has, or NULL */
struct dd_packet *dd_packet_find_locked(struct dd_hal_io *io, const void *base);
/* dd_packet_end - the driver gives it back; dd_packet_free - in no book any more */
void dd_packet_end_locked(struct dd_packet *p, const void *site);
void dd_packet_free_locked(struct dd_packet *p);
void dd_packet_give_registers_locked(struct dd_packet *p);
/* dd_packet_release_channel - whoever waits first gets it */
void dd_packet_release_channel_locked(struct dd_hal_io *io);
void dd_packet_fill(DMA_OPERATIONS *ops);

/* --- packet_end.c --- */
/* dd_io_close - end every packet; no routine will start */
void dd_io_close_locked(struct dd_hal_adapter *ha);
void dd_packet_end_fill(DMA_OPERATIONS *ops);

/* --- packet_map.c --- */
/* dd_packet_unmap - all that is mapped; nothing is copied back. true: there was something */
bool dd_packet_unmap_locked(struct dd_packet *p);
void dd_packet_map_fill(DMA_OPERATIONS *ops);

/* --- list_ops.c, info.c, shadow.c, common.c, common_more.c --- */
void dd_list_ops_fill(DMA_OPERATIONS *ops);
void dd_info_fill(DMA_OPERATIONS *ops);
void dd_common_fill(DMA_OPERATIONS *ops);
void dd_common_more_fill(DMA_OPERATIONS *ops);

/* dd_chain_measure - bytes [offset, offset + length) of a chain: MDL pages they touch. -EINVAL: the
 * chain is shorter */
int dd_chain_measure(PMDL mdl, uint64_t offset, uint64_t length, uint64_t *ret_pages);
/* dd_list_room - bytes that a list of that many pages may need under the run's policy */
uint64_t dd_list_room(const struct dd_hal_adapter *ha, uint64_t pages);

struct dd_shadow;
void dd_shadow_free(struct dd_shadow *s);
NTSTATUS NTAPI dd_build_mdl_from_list(PDMA_ADAPTER DmaAdapter, PSCATTER_GATHER_LIST ScatterGather,
                                      PMDL OriginalMdl, PMDL *TargetMdl);

/* --- common.c --- */
enum dd_buffer_kind {
    DD_BUFFER_COMMON,
    DD_BUFFER_MDL,   /* CreateCommonBufferFromMdl: the memory is the driver's */
    DD_BUFFER_VECTOR /* AllocateCommonBufferVector */
};

/* an entry of dev->commons */
struct dd_buffer {
    struct dd_list node;
    enum dd_buffer_kind kind;
    struct dd_common *c; /* DD_BUFFER_COMMON */
    BOOLEAN cached;
    bool any_cached; /* allocated without CacheEnabled: FreeCommonBuffer's is not compared */
    const void *site;
    const uint8_t *va;
    uint64_t len_bytes, address;
    uint32_t pages; /* DD_BUFFER_MDL: device pages, 0: not translated */
    /* DD_BUFFER_VECTOR */
    ULONG count;
    struct dd_common **elements; /* NULL entries: freed */
};

/* what an allocation may be bound to */
struct dd_bounds {
    uint64_t lowest, highest;
};

/* dd_bounds_common - as dd_common_alloc(), between bounds; numbers it */
int dd_bounds_common(struct dd_hal_adapter *ha, uint64_t len_bytes, struct dd_bounds bounds,
                     struct dd_common **ret_common);
void dd_buffer_enter(struct dd_hal_device *dev, struct dd_buffer *b);
/* dd_buffer_end - one that is in no book any more */
void dd_buffer_end(struct dd_hal_device *dev, struct dd_buffer *b);
void dd_vector_end_one(struct dd_hal_device *dev, struct dd_buffer *b, ULONG i);
/* dd_caching_ok - NULL, MmNonCached or MmCached */
bool dd_caching_ok(const MEMORY_CACHING_TYPE *type);
unsigned dd_hal_commons_report(struct dd_hal_device *dev, bool failed_init);

/* dd_hal_adapter_of - the adapter behind a DMA_ADAPTER, or NULL */
struct dd_hal_adapter *dd_hal_adapter_of(PDMA_ADAPTER dma);
/* dd_hal_io_of - the same, when IoGetDmaAdapter made it */
struct dd_hal_io *dd_hal_io_of(PDMA_ADAPTER dma);
/* dd_hal_tell - an OBJECT_BAD event: @what is wrong, in words */
void dd_hal_tell(const struct dd_hal_adapter *ha, const void *obj, const char *what,
                 const void *site);
/* dd_hal_irql - tells when the caller's IRQL is not in [low, high] */
void dd_hal_irql(const struct dd_hal_adapter *ha, const char *member, KIRQL low, KIRQL high,
                 const void *site);
/* dd_hal_status - what a driver is told */
NTSTATUS dd_hal_status(enum dd_sgl_refuse why);

#endif
