/* SPDX-License-Identifier: MIT */
/*
 * Shared memory blocks, inside src/ndis.
 *
 *   shared_memory.c        blocks, NdisMAllocateSharedMemory, NdisMFreeSharedMemory, leak report
 *   shared_memory_async.c  NdisMAllocateSharedMemoryAsyncEx
 */
#ifndef DD_NDIS_SHARED_MEMORY_H
#define DD_NDIS_SHARED_MEMORY_H

#include "base/map.h"
#include "ndis/sgdma.h"

#define DD_SHMEM_REMEMBERED 1024u

struct dd_shmem_block {
    struct dd_list node;
    struct dd_common *c;
    uint8_t *va;
    ULONG len_bytes;
    uint64_t address;
    BOOLEAN cached;
    const void *site;
    struct dd_work work; /* the rest of a free above PASSIVE_LEVEL */
    struct dd_shmem_state *state;
    const struct dd_sg_handle *sg; /* the registration it came through; only compared */
};

struct dd_shmem_async {
    struct dd_list node;
    struct dd_shmem_state *state;
    struct dd_sg_handle *sg; /* compared, and read while it is live */
    MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE_HANDLER complete;
    ULONG len_bytes;
    BOOLEAN cached;
    PVOID context;
    const void *site;
    bool cancelled;
    struct dd_work work;
    KTIMER delay; /* setting shmem-delay: queues the work */
    KDPC due;
};

/* adapter->shmem_state */
struct dd_shmem_state {
    struct dd_list node; /* all states */
    struct dd_adapter *adapter;
    struct dd_hal_device *dev;
    struct dd_mutex lock; /* guards all below */
    struct dd_list blocks;
    struct dd_map by_va;
    struct dd_list pending; /* dd_shmem_async that have not called back */
    unsigned freeing;       /* blocks whose free is in a worker */
    KEVENT changed;         /* set whenever one of the two gets less */
    bool halting;
    uint64_t async_done;
    uint64_t freed[DD_SHMEM_REMEMBERED]; /* addresses freed lately, a ring */
    unsigned freed_next;
};

/* dd_shmem_settle - wait until no request of @sg is pending (NULL: none at all, and no free
 * either). PASSIVE. Not for workers in general: a worker that waits for the caller would never end
 */
void dd_shmem_settle(struct dd_shmem_state *s, const struct dd_sg_handle *sg);

/* dd_shmem_new - memory through a registration, entered in the books. 0 or -ENOMEM */
int dd_shmem_new(struct dd_shmem_state *s, struct dd_sg_handle *sg, ULONG len_bytes, BOOLEAN cached,
                 const void *site, struct dd_shmem_block **ret_block);

#endif
