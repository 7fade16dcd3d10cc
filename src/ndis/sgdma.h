/* SPDX-License-Identifier: MIT */
/*
 * Scatter/gather DMA registrations, inside src/ndis: what sgdma.c, sgdma_handle.c and
 * shared_memory.c share.
 *
 *   sgdma.c          lists: NdisMAllocateNetBufferSGList, NdisMFreeNetBufferSGList
 *   sgdma_handle.c   registrations, and the hooks of the state machine
 */
#ifndef DD_NDIS_SGDMA_H
#define DD_NDIS_SGDMA_H

#include "hal/hal.h"
#include "ndis/ndis_int.h"

#include <stdatomic.h>

/* what a handle is; a stale one keeps its memory until its adapter is done */
enum dd_sg_word {
    DD_SG_DEAD = 0x44656164,
    DD_SG_LIVE = 0x4C697665, /* every call takes the long way */
    DD_SG_FAST = 0x46617374, /* lists are nothing but the addresses of frames, and nobody listens:
                                identity.h */
    DD_SG_FAST_LOW = 0x466C6F77, /* the same, but the device does not reach all of RAM */
    DD_SG_QUICK = 0x51756963,    /* lists are mapped or bounced, and nobody listens: hal/quick.h */
};

/* NdisMiniportDmaHandle points here */
struct dd_sg_handle {
    /* what the fast path reads, in one cache line */
    uint32_t word;          /* enum dd_sg_word; changes only when the driver deregisters */
    struct dd_hal_cpu *cpu; /* by CPU */
    uint64_t max_end;       /* byte after the last one the device reaches */
    MINIPORT_PROCESS_SG_LIST_HANDLER process;
    PDEVICE_OBJECT pdo_argument;
    PVOID reserved_argument;

    struct dd_list node; /* adapter->sg_handles, or the stale ones of struct dd_sg_state */
    struct dd_adapter *adapter;
    struct dd_hal_adapter *hal;
    MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE_HANDLER shared_complete;
    const void *site;
};

/* adapter->sg_state */
struct dd_sg_state {
    struct dd_hal_device *dev;
    struct dd_list stale;
};

/* in checked runs both arguments of MiniportProcessSGList that are to be ignored point where
 * nothing is mapped */
#define DD_POISON_PDO      ((PDEVICE_OBJECT)(uintptr_t)0x1BAD0000D000ull)
#define DD_POISON_RESERVED ((PVOID)(uintptr_t)0x1BAD0000E000ull)

/* dd_sg_find - what a handle is: live, or NULL. *ret_stale (may be NULL): it was one once */
struct dd_sg_handle *dd_sg_find(NDIS_HANDLE h, bool *ret_stale);
/* dd_sg_device_of - the device in whose books a list given back with @h is looked up; NULL: none */
struct dd_hal_device *dd_sg_device_of(NDIS_HANDLE h, const void *list);
/* dd_sg_first - a live registration of the adapter, or NULL */
struct dd_sg_handle *dd_sg_first(struct dd_adapter *a);
/* dd_sg_device - the adapter's DMA device, one more reference; dd_hal_device_close(). 0 or -ENOMEM
 */
int dd_sg_device(struct dd_adapter *a, struct dd_hal_device **ret_dev);
/* dd_sg_in_init - the adapter's MiniportInitializeEx is running */
static inline bool dd_sg_in_init(struct dd_adapter *a)
{
    return atomic_load(&a->state) == DD_STATE_INITIALIZING;
}

/* --- shared_memory.c --- */
/* dd_shmem_live - blocks that are allocated; dd_shmem_live_of: through one registration */
unsigned dd_shmem_live(struct dd_adapter *a);
unsigned dd_shmem_live_of(struct dd_adapter *a, const struct dd_sg_handle *sg);
uint64_t dd_shmem_async_count(struct dd_adapter *a);
/* dd_shmem_cancel - pending asynchronous allocations of a handle end with NULL; PASSIVE: waits for
 * the callbacks */
void dd_shmem_cancel(struct dd_adapter *a, const struct dd_sg_handle *sg);

#endif
