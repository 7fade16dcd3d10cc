/* SPDX-License-Identifier: MIT */
/*
 * NET_BUFFER_LISTs, NET_BUFFERs and their pools.
 *
 *   slot of an NBL (slab.h):
 *   | struct dd_nbl_slot | NET_BUFFER_LIST | NET_BUFFER_LIST_CONTEXT + space | NET_BUFFER |
 *                                            with ContextSize                  with
 * fAllocateNetBuffer
 *
 * An NBL always has the longest layout this version knows, whatever the driver was built with. The
 * slot in front of it says who owns it, in one atomic word, so that a second completion, a
 * completion of somebody else's NBL or of no NBL at all is seen and does no harm. The driver never
 * sees the slot.
 *
 * Free NBLs hang in their pool, last freed first; a pool takes new slots when it runs out and gives
 * all of them back when it is freed. With a data size each slot keeps its data buffer (RAM) and
 * MDL.
 */
#ifndef DD_NDIS_NBL_H
#define DD_NDIS_NBL_H

#include "ndis/nobj.h"

#include "base/thread.h"

#include <ndis.h>

struct dd_nbl_pool;

struct dd_nbl_slot {
    struct dd_slot slot;
    struct dd_nbl_pool *pool;
    struct dd_nbl_slot *next_free, *next_in_pool;
    _Atomic(uint32_t) owner; /* enum dd_nbl_owner; DD_NBL_UNKNOWN: free */
    uint32_t epoch;          /* of the adapter when it was sent */
    const void *adapter;     /* which miniport it was handed to, or indicated it */
    const void *site;        /* where it was allocated */
    uint64_t number;         /* counts the sends of an adapter */
    PNET_BUFFER_LIST link;   /* Next as the driver wrote it, while an indication lasts */
    void *data;              /* of pools with DataSize */
    PMDL mdl;
    PNET_BUFFER_LIST_CONTEXT context;
    PNET_BUFFER nb;
    uint64_t spare[2];
};

struct dd_nb_slot {
    struct dd_slot slot;
    struct dd_nbl_pool *pool;
    struct dd_nb_slot *next_free, *next_in_pool;
    _Atomic(uint32_t) used;
    const void *site;
    void *data;
    PMDL mdl;
    uint64_t spare;
};

#define DD_NBL_CPUS      64u
#define DD_NBL_CPU_MOST  62u
#define DD_NBL_CPU_BATCH 31u
#define DD_NBL_FAST      0x4E424C21u

/* who owns an NBL that may be freed */
#define DD_NBL_IDLE_FIRST ((uint32_t)DD_NBL_COMPLETED)
#define DD_NBL_IDLE_COUNT 2u
_Static_assert(DD_NBL_MINIPORT_POOL == DD_NBL_COMPLETED + 1, "the two that are idle");

/* free NBLs that one CPU keeps: nbl_fast.h */
struct dd_nbl_cpu {
    _Alignas(64) uint64_t count;
    struct dd_nbl_slot *slots[DD_NBL_CPU_MOST];
};

/* both kinds of pool */
struct dd_nbl_pool {
    struct dd_nobj obj;
    uint32_t fast;           /* DD_NBL_FAST: nbl_fast.h may be tried */
    uint32_t owner_when_new; /* enum dd_nbl_owner */
    struct dd_mutex lock;    /* guards the lists */
    struct dd_nbl_slot *free_nbls, *all_nbls;
    struct dd_nb_slot *free_nbs, *all_nbs;
    bool allocate_nb, host;
    uint16_t context_bytes;
    uint32_t data_bytes, tag;
    struct dd_nbl_cpu cpu[]; /* DD_NBL_CPUS; pools of NBLs only */
};

_Static_assert(sizeof(struct dd_nbl_slot) % 64 == 0, "the NBL behind it is aligned");
_Static_assert(sizeof(struct dd_nb_slot) % 16 == 0, "the NET_BUFFER behind it is aligned");

struct dd_nbl_pool_config {
    bool allocate_nb;
    uint16_t context_bytes; /* multiple of 16 */
    uint32_t
        data_bytes; /* 0: none; else each NBL comes with a NET_BUFFER, an MDL and that much RAM */
    uint32_t tag;
    const void *owner; /* NULL: the driver at large; dd_ndis_host_owner: the host side */
};

/* dd_nbl_pool_new / dd_nb_pool_new - IRQL: <= DISPATCH_LEVEL. NULL: no memory. Ownership:
 * dd_nbl_pool_free() */
struct dd_nbl_pool *dd_nbl_pool_new(const struct dd_nbl_pool_config *config, const void *site);
struct dd_nbl_pool *dd_nb_pool_new(const struct dd_nbl_pool_config *config, const void *site);
/* dd_nbl_pool_free - either kind. Live NBLs are an OBJECT_BAD event; they go with the pool */
void dd_nbl_pool_free(struct dd_nbl_pool *pool, const void *site);

/* dd_nbl_alloc - a zeroed NBL with its NET_BUFFER if the pool has them. IRQL: <= DISPATCH_LEVEL.
 * NULL: no memory */
PNET_BUFFER_LIST dd_nbl_alloc(struct dd_nbl_pool *pool, const void *site);
/* dd_nbl_alloc_with - and its NET_BUFFER describes @mdl_chain */
PNET_BUFFER_LIST dd_nbl_alloc_with(struct dd_nbl_pool *pool, PMDL mdl_chain, ULONG offset,
                                   SIZE_T length, const void *site);
/* dd_nbl_free - back to its pool. Anything but a live NBL is an OBJECT_BAD event */
void dd_nbl_free(PNET_BUFFER_LIST nbl, const void *site);

PNET_BUFFER dd_nb_alloc(struct dd_nbl_pool *pool, PMDL mdl_chain, ULONG offset, SIZE_T length,
                        const void *site);
void dd_nb_free(PNET_BUFFER nb, const void *site);

/* dd_nbl_slot_of - of a live NBL; NULL for any other pointer. IRQL: any; no lock, no crash */
static inline struct dd_nbl_slot *dd_nbl_slot_of(const NET_BUFFER_LIST *nbl)
{
    struct dd_slot *slot = dd_slab_find(nbl);
    struct dd_nbl_slot *s = (struct dd_nbl_slot *)(void *)slot;

    if (slot == NULL || (const void *)nbl != (const void *)(s + 1) || slot->kind != DD_SLOT_NBL ||
        s->owner == DD_NBL_UNKNOWN) {
        return NULL;
    }
    return s;
}

static inline PNET_BUFFER_LIST dd_nbl_of_slot(struct dd_nbl_slot *s)
{
    return (PNET_BUFFER_LIST)(void *)(s + 1);
}

/* dd_nb_is_live - @nb is a NET_BUFFER of some pool, allocated. IRQL: any; no lock, no crash */
bool dd_nb_is_live(const NET_BUFFER *nb);

/* --- NET_BUFFER data: nb_data.c --- */

/* dd_nb_set - the window: @offset bytes into @chain, @length bytes long; finds CurrentMdl */
void dd_nb_set(PNET_BUFFER nb, PMDL chain, ULONG offset, SIZE_T length);
/* dd_nb_seek - the MDL that holds byte @offset of @chain, and where in it. False: the chain is
 * shorter */
bool dd_nb_seek(PMDL chain, uint64_t offset, PMDL *ret_mdl, ULONG *ret_offset);
/* dd_nb_window_ok - DataOffset, DataLength, CurrentMdl and CurrentMdlOffset agree with the chain */
bool dd_nb_window_ok(const NET_BUFFER *nb);
/* dd_mdl_va - where the CPU reads the buffer, or NULL when it is not mapped */
void *dd_mdl_va(PMDL mdl);
/* dd_nb_copy_out / dd_nb_copy_in - between flat memory and the data of @nb from its byte @from.
 * Bytes copied */
size_t dd_nb_copy_out(const NET_BUFFER *nb, size_t from, void *to, size_t len_bytes);
size_t dd_nb_copy_in(PNET_BUFFER nb, size_t from, const void *src, size_t len_bytes);
NDIS_STATUS dd_nb_retreat(PNET_BUFFER nb, ULONG delta, ULONG backfill,
                          NET_BUFFER_ALLOCATE_MDL_HANDLER allocate, const void *site);
void dd_nb_advance(PNET_BUFFER nb, ULONG delta, bool free_mdls,
                   NET_BUFFER_FREE_MDL_HANDLER free_mdl, const void *site);

#endif
