/* SPDX-License-Identifier: MIT */
/*
 * The HAL's DMA layer: DMA_ADAPTER objects over src/dma, and what src/ndis needs of it.
 *
 *   dd_hal_device    one per device; the NDIS adapter and IoGetDmaAdapter callers of the same PDO
 *                    share it
 *   dd_hal_adapter   one per NdisMRegisterScatterGatherDma or IoGetDmaAdapter
 *   dd_hal_list      one scatter/gather list, from request to put
 *
 * A list is built at once, inside the driver's request, also when it then has to wait for map
 * registers: so nothing can fail later, when there is nobody left to tell, and the device sees the
 * data of the moment of the call. What waits is the callback. It runs as a DPC, never inside
 * somebody's put.
 *
 *            built               registers busy            registers came
 *   request -------> inline call | ---------------> WAITING ---------------> READY --> OUT --> put
 *                                | callback deferred -------------------------^  (DPC)
 *
 * Callers of these functions are at DISPATCH_LEVEL: counters of a CPU are then touched by one
 * context at a time.
 */
#ifndef DD_HAL_HAL_H
#define DD_HAL_HAL_H

#include "base/map.h"
#include "dma/core.h"
#include "nt/kernel.h"
#include "nt/pool.h"
#include "seam/kinds.h"

#include <ntddk.h>

#define DD_MAGIC_DMA_ADAPTER 0x444D4161u
/* room a list needs before its elements */
#define DD_LIST_HEADER_BYTES ((size_t)16)
/* DMA buffers of the emulated machine: one cache line */
#define DD_DMA_ALIGNMENT 64u

/* counters of one CPU */
struct dd_hal_cpu {
    _Alignas(256) struct dd_dma_stats s; /* without the lists of the two below */
    uint64_t live_sends; /* built less freed lists for the device to read; one CPU's may wrap, the
                            sum does not */
    /* lists of one and of two elements for the device to read that have no record
     * (src/ndis/sgdma.c)
     */
    uint64_t plain_built[2], plain_freed;
};

/* dd_hal_add - to a counter of struct dd_hal_cpu: its CPU is the only writer, so a plain add will
 * do */
static inline void dd_hal_add(uint64_t *counter, uint64_t n)
{
    *counter += n;
}

struct dd_hal_graveyard;

struct dd_hal_device {
    struct dd_list node; /* all devices */
    unsigned refs;
    DEVICE_OBJECT *pdo;
    struct dd_dma_device core;
    bool checked;
    unsigned cpus;
    struct dd_hal_cpu *cpu;
    _Atomic(uint64_t) numbers; /* of lists and of shared memory, for events and fault reports */
    struct dd_mutex lock;      /* guards all below, and the state of every list */
    struct dd_list adapters;   /* open */
    struct dd_list closed;  /* kept until the device goes, so that stale pointers stay harmless */
    struct dd_list commons; /* buffers of AllocateCommonBuffer */
    struct dd_map by_list;  /* checked: SCATTER_GATHER_LIST -> dd_hal_list the driver has */
    struct dd_map by_obj;   /* checked: NET_BUFFER -> first of its dd_hal_lists */
    struct dd_hal_graveyard *graveyard; /* checked: lists freed lately */
};

struct dd_hal_device_config {
    DEVICE_OBJECT *pdo; /* NULL: not found by IoGetDmaAdapter */
    const void *adapter;
    struct dd_ram *ram;
    struct dd_domain *domain;
    const struct dd_dma_policy *policy; /* outlives the device */
    unsigned address_bits;
};

/* dd_hal_device_open - the device of @config->adapter: made, or one more reference. PASSIVE. 0 or
 * -ENOMEM */
int dd_hal_device_open(const struct dd_hal_device_config *config, struct dd_hal_device **ret_dev);
/* dd_hal_device_close - drop a reference; the last one closes adapters that are left. PASSIVE */
void dd_hal_device_close(struct dd_hal_device *dev);
struct dd_hal_device *dd_hal_device_find(const DEVICE_OBJECT *pdo);
/* dd_hal_device_with - the device that has lent this list to a driver (checked runs), or NULL */
struct dd_hal_device *dd_hal_device_with(const void *list);
/* dd_hal_device_report - LEAK events for what IoGetDmaAdapter callers left, which is then undone;
 * returns how many */
unsigned dd_hal_device_report(struct dd_hal_device *dev, bool failed_init);
void dd_hal_device_stats(struct dd_hal_device *dev, struct dd_dma_stats *ret_stats);
/* dd_hal_live_sends - lists built for the device to read and not freed */
unsigned dd_hal_live_sends(struct dd_hal_device *dev);
unsigned dd_hal_live_of(struct dd_hal_device *dev, const void *obj);

struct dd_hal_adapter {
    DMA_ADAPTER object; /* first: this is what a driver holds */
    uint32_t magic;
    struct dd_list node;
    struct dd_hal_device *dev;
    struct dd_dma dma;
    bool from_driver; /* by IoGetDmaAdapter */
    const void *site;
    struct dd_quick *quick; /* hal/quick.h, or NULL */
    struct dd_hal_io *io;   /* what only IoGetDmaAdapter callers have (hal_int.h), or NULL */
    struct dd_list lists;   /* dd_hal_list.node; live ones */
    unsigned live;
};

/* dd_hal_adapter_open - @driver_bits: address width the driver declared. 0 or -ENOMEM */
int dd_hal_adapter_open(struct dd_hal_device *dev, unsigned driver_bits, uint64_t max_bytes,
                        struct dd_hal_adapter **ret_ha);
/**
 * dd_hal_adapter_close - end every list that is left: no callback will start for it, the device
 * loses it, received data are not copied back. A callback that runs at this moment on another CPU
 * goes on: dd_dpc_flush() waits for it. The memory stays until the device is closed.
 */
void dd_hal_adapter_close(struct dd_hal_adapter *ha);

/* dd_hal_adapter_report - a LEAK event for each list the driver still has; returns how many */
unsigned dd_hal_adapter_report(struct dd_hal_adapter *ha, bool failed_init);

struct dd_hal_request {
    PMDL mdl;
    uint64_t offset_bytes; /* from the first byte of the MDL; may lie in a later MDL of the chain */
    uint64_t len_bytes;
    enum dd_dir dir;
    void *buffer; /* the caller's, or NULL */
    uint32_t buffer_bytes;
    bool buffer_only; /* too small a buffer is DD_SGL_BUFFER_TOO_SMALL */
    bool sync;        /* callback inside the call or not at all */
    /* for events */
    const void *obj, *handle, *site;
    /* the driver's callback; @rq is a copy that lives during the call */
    void (*ready)(const struct dd_hal_request *rq, SCATTER_GATHER_LIST *list);
    void *ready_arg;
    void *driver_fn, *context;
    struct dd_dma_ticket *ticket; /* DMA transfer context of the Ex calls (hal_int.h), or NULL */
};

enum dd_hal_list_state {
    DD_LIST_WAITING,
    DD_LIST_READY,
    DD_LIST_OUT,
    DD_LIST_DEAD
};

struct dd_hal_list {
    struct dd_list node;
    struct dd_hal_list *same_obj; /* next list of the same object */
    struct dd_mapreg_waiter waiter;
    KDPC dpc;
    struct dd_hal_adapter *ha;
    SCATTER_GATHER_LIST *list;
    uint8_t *own; /* list memory that is ours, or NULL */
    uint32_t elements;
    uint64_t print;           /* checked: fingerprint of the list's words */
    struct dd_shadow *shadow; /* of BuildMdlFromScatterGatherList, or NULL */
    enum dd_hal_list_state state;
    unsigned cpu_asked;
    struct dd_hal_request rq;
    struct dd_xfer x;
};

/**
 * dd_hal_list_get - build a list and call the driver with it, now or later
 * @ret_called: the callback already ran
 * @ret_queued: it waits for map registers
 *
 * IRQL: DISPATCH_LEVEL.
 * Return: DD_SGL_OK, the callback came or will come; otherwise it will not.
 */
enum dd_sgl_refuse dd_hal_list_get(struct dd_hal_adapter *ha, const struct dd_hal_request *rq,
                                   bool *ret_called, bool *ret_queued);
/**
 * dd_hal_list_claim - the live list behind a pointer a driver gives back
 * @ret_number: of the list; of the freed one when it was freed lately; else 0
 * @ret_changed: the driver changed the list's words
 *
 * Checked runs look @list up and never trust what it points to; others do.
 * Return: the list, now the caller's to dd_hal_list_put() once; NULL, unknown.
 */
struct dd_hal_list *dd_hal_list_claim(struct dd_hal_device *dev, SCATTER_GATHER_LIST *list,
                                      uint64_t *ret_number, bool *ret_changed);
/* dd_hal_list_put - unmap, copy back, give registers back; requests that can run then are queued as
 * DPCs */
void dd_hal_list_put(struct dd_hal_list *l);

/* dd_hal_raise - to DISPATCH_LEVEL if the driver forgot; give the result to dd_hal_lower() */
static inline KIRQL dd_hal_raise(void)
{
    KIRQL now = dd_irql_get();

    return now < DISPATCH_LEVEL ? dd_irql_raise(DISPATCH_LEVEL) : now;
}

static inline void dd_hal_lower(KIRQL before)
{
    if (before < DISPATCH_LEVEL) {
        dd_irql_lower(before);
    }
}

static inline struct dd_hal_cpu *dd_hal_this_cpu(struct dd_hal_device *dev)
{
    return &dev->cpu[dd_cpu_current() % dev->cpus];
}

/* bytes of a list of @elements; 64-bit arithmetic: no length overflows it */
static inline uint64_t dd_hal_list_bytes(uint64_t elements)
{
    return DD_LIST_HEADER_BYTES + elements * sizeof(struct dd_sg_elem);
}

/* dd_hal_list_room - bytes that a list of @len_bytes at @offset_bytes of a chain may need under the
 * run's policy; 0: the chain is shorter */
uint64_t dd_hal_list_room(const struct dd_hal_adapter *ha, PMDL mdl, uint64_t offset_bytes,
                          uint64_t len_bytes);

/* dd_hal_operations - the table of DMA_OPERATIONS for a DEVICE_DESCRIPTION version; NULL: unknown
 * version */
DMA_OPERATIONS *dd_hal_operations(ULONG version);

#endif
