/* SPDX-License-Identifier: MIT */
/* Pools of NET_BUFFER_LISTs and NET_BUFFERs, and taking from and giving back to them. */
#include "ndis/nbl.h"

#include "ndis/adapter_priv.h"
#include "nt/pool.h"
#include "nt/sched.h"
#include "ram/asan.h"

#include <string.h>

#define ALIGN 16u

/* --- layout --- */

static size_t context_space(const struct dd_nbl_pool *pool)
{
    return pool->context_bytes == 0
               ? 0
               : dd_align_up(sizeof(NET_BUFFER_LIST_CONTEXT) + pool->context_bytes, ALIGN);
}

static size_t nbl_slot_bytes(const struct dd_nbl_pool *pool)
{
    size_t bytes = sizeof(struct dd_nbl_slot) + dd_align_up(sizeof(NET_BUFFER_LIST), ALIGN) +
                   context_space(pool);

    return pool->allocate_nb ? bytes + sizeof(NET_BUFFER) : bytes;
}

/* the RAM and the MDL of a pool with DataSize; they stay with the slot */
static bool data_new(struct dd_nbl_pool *pool, void **ret_data, PMDL *ret_mdl)
{
    void *data = dd_pool_alloc(pool->data_bytes, pool->tag, pool, DD_LEAK_POOL, pool->obj.site);
    PMDL mdl = data != NULL ? dd_mdl_new(data, pool->data_bytes, pool, pool->obj.site) : NULL;

    if (mdl == NULL) {
        if (data != NULL) {
            dd_pool_free(data, 0, NULL);
        }
        return false;
    }
    *ret_data = data;
    *ret_mdl = mdl;
    return true;
}

static void data_free(void *data, PMDL mdl)
{
    if (mdl != NULL) {
        dd_mdl_free(mdl, NULL);
        dd_pool_free(data, 0, NULL);
    }
}

static struct dd_nbl_slot *nbl_slot_new(struct dd_nbl_pool *pool)
{
    struct dd_nbl_slot *s =
        (struct dd_nbl_slot *)(void *)dd_slab_alloc(DD_SLOT_NBL, nbl_slot_bytes(pool));
    char *at;

    if (s == NULL) {
        return NULL;
    }
    s->pool = pool;
    at = (char *)dd_nbl_of_slot(s) + dd_align_up(sizeof(NET_BUFFER_LIST), ALIGN);
    if (pool->context_bytes != 0) {
        s->context = (NET_BUFFER_LIST_CONTEXT *)(void *)at;
        at += context_space(pool);
    }
    if (pool->allocate_nb) {
        s->nb = (NET_BUFFER *)(void *)at;
    }
    if (pool->data_bytes != 0 && !data_new(pool, &s->data, &s->mdl)) {
        dd_slab_free(&s->slot);
        return NULL;
    }
    return s;
}

static struct dd_nb_slot *nb_slot_new(struct dd_nbl_pool *pool)
{
    struct dd_nb_slot *s =
        (struct dd_nb_slot *)(void *)dd_slab_alloc(DD_SLOT_NB,
                                                   sizeof(struct dd_nb_slot) + sizeof(NET_BUFFER));

    if (s == NULL) {
        return NULL;
    }
    s->pool = pool;
    if (pool->data_bytes != 0 && !data_new(pool, &s->data, &s->mdl)) {
        dd_slab_free(&s->slot);
        return NULL;
    }
    return s;
}

/* --- pools --- */

static struct dd_nbl_pool *pool_new(enum dd_slot_kind kind, const struct dd_nbl_pool_config *config,
                                    const void *site)
{
    size_t cpus = kind == DD_SLOT_NBL_POOL ? DD_NBL_CPUS : 0;
    struct dd_nbl_pool *pool =
        dd_nobj_new(kind, sizeof(*pool) + cpus * sizeof(pool->cpu[0]), config->owner, site);

    if (pool == NULL) {
        return NULL;
    }
    dd_mutex_init(&pool->lock);
    pool->allocate_nb = config->allocate_nb;
    pool->host = config->owner == dd_ndis_host_owner;
    pool->context_bytes = (uint16_t)dd_align_up(config->context_bytes, ALIGN);
    pool->data_bytes = config->data_bytes;
    pool->tag = config->tag;
    pool->owner_when_new = pool->host ? DD_NBL_COMPLETED : DD_NBL_MINIPORT_POOL;
    if (cpus > 0 && pool->allocate_nb && pool->context_bytes == 0 && pool->data_bytes == 0 &&
        __asan_poison_memory_region == NULL) {
        pool->fast = DD_NBL_FAST;
    }
    return pool;
}

struct dd_nbl_pool *dd_nbl_pool_new(const struct dd_nbl_pool_config *config, const void *site)
{
    return pool_new(DD_SLOT_NBL_POOL, config, site);
}

struct dd_nbl_pool *dd_nb_pool_new(const struct dd_nbl_pool_config *config, const void *site)
{
    return pool_new(DD_SLOT_NB_POOL, config, site);
}

void dd_nbl_pool_destroy(void *obj)
{
    struct dd_nbl_pool *pool = obj;

    while (pool->all_nbls != NULL) {
        struct dd_nbl_slot *s = pool->all_nbls;

        pool->all_nbls = s->next_in_pool;
        data_free(s->data, s->mdl);
        if (s->owner == DD_NBL_INDICATED) {
            s->pool = NULL; /* the upper edge still reads it; dd_ndis_return() frees the slot */
        } else {
            s->owner = DD_NBL_UNKNOWN;
            dd_slab_free(&s->slot);
        }
    }
    while (pool->all_nbs != NULL) {
        struct dd_nb_slot *s = pool->all_nbs;

        pool->all_nbs = s->next_in_pool;
        data_free(s->data, s->mdl);
        dd_slab_free(&s->slot);
    }
    dd_mutex_done(&pool->lock);
    dd_nobj_free(pool);
}

static bool is_live(const struct dd_nbl_pool *pool)
{
    for (struct dd_nbl_slot *s = pool->all_nbls; s != NULL; s = s->next_in_pool) {
        if (s->owner != DD_NBL_UNKNOWN) {
            return true;
        }
    }
    for (struct dd_nb_slot *s = pool->all_nbs; s != NULL; s = s->next_in_pool) {
        if (s->used != 0) {
            return true;
        }
    }
    return false;
}

void dd_nbl_pool_free(struct dd_nbl_pool *pool, const void *site)
{
    if (is_live(pool)) {
        dd_bad_object(pool, "pool freed while NET_BUFFER_LISTs or NET_BUFFERs of it are allocated",
                      site);
    }
    dd_nbl_pool_destroy(pool);
}

unsigned dd_nbl_pool_report_leaks(void *obj, const struct dd_adapter *a, bool failed_init)
{
    struct dd_nbl_pool *pool = obj;
    unsigned leaks = 0;

    for (struct dd_nbl_slot *s = pool->all_nbls; s != NULL; s = s->next_in_pool) {
        if (s->owner != DD_NBL_UNKNOWN) {
            DD_SEAM(.kind = DD_EV_LEAK, .site = s->site, .adapter = a, .obj = dd_nbl_of_slot(s),
                    .a = DD_LEAK_NBL, .b = s->owner, .c = failed_init, .data = "NET_BUFFER_LIST");
            leaks++;
        }
    }
    for (struct dd_nb_slot *s = pool->all_nbs; s != NULL; s = s->next_in_pool) {
        if (s->used != 0) {
            DD_SEAM(.kind = DD_EV_LEAK, .site = s->site, .adapter = a, .obj = s + 1,
                    .a = DD_LEAK_NBL, .b = 1, .c = failed_init, .data = "NET_BUFFER");
            leaks++;
        }
    }
    return leaks;
}

/* --- NET_BUFFER_LISTs --- */

static struct dd_nbl_cpu *own_cpu(struct dd_nbl_pool *pool)
{
    int n = pool->fast == DD_NBL_FAST ? dd_cpu_at_dispatch() : -1;

    return n >= 0 ? &pool->cpu[n] : NULL;
}

/* the CPU that asks has used up its own: a batch of them for it */
static void refill_locked(struct dd_nbl_pool *pool)
{
    struct dd_nbl_cpu *cpu = own_cpu(pool);

    while (cpu != NULL && pool->free_nbls != NULL && cpu->count < DD_NBL_CPU_BATCH) {
        struct dd_nbl_slot *s = pool->free_nbls;

        pool->free_nbls = s->next_free;
        cpu->slots[cpu->count++] = s;
    }
}

/* and one that has too many gives a batch back */
static void spill_locked(struct dd_nbl_pool *pool)
{
    struct dd_nbl_cpu *cpu = own_cpu(pool);

    while (cpu != NULL && cpu->count > DD_NBL_CPU_MOST - DD_NBL_CPU_BATCH) {
        struct dd_nbl_slot *s = cpu->slots[--cpu->count];

        s->next_free = pool->free_nbls;
        pool->free_nbls = s;
    }
}

static struct dd_nbl_slot *take_nbl(struct dd_nbl_pool *pool)
{
    struct dd_nbl_slot *s;

    dd_mutex_lock(&pool->lock);
    s = pool->free_nbls;
    if (s != NULL) {
        pool->free_nbls = s->next_free;
        refill_locked(pool);
    }
    dd_mutex_unlock(&pool->lock);
    if (s != NULL) {
        dd_asan_unpoison(s + 1, s->slot.slot_bytes - sizeof(*s));
        return s;
    }
    s = nbl_slot_new(pool);
    if (s != NULL) {
        dd_mutex_lock(&pool->lock);
        s->next_in_pool = pool->all_nbls;
        pool->all_nbls = s;
        dd_mutex_unlock(&pool->lock);
    }
    return s;
}

static void nb_reset(PNET_BUFFER nb, struct dd_nbl_pool *pool)
{
    memset(nb, 0, sizeof(*nb));
    nb->NdisPoolHandle = (NDIS_HANDLE)pool;
}

/* The context of the pool counts as used from the start: a driver that asks for none at allocation
 * still finds ContextSize bytes at NET_BUFFER_LIST_CONTEXT_DATA_START. */
static void context_reset(struct dd_nbl_slot *s, PNET_BUFFER_LIST nbl)
{
    if (s->context != NULL) {
        s->context->Next = NULL;
        s->context->Size = s->pool->context_bytes;
        s->context->Offset = 0;
        nbl->Context = s->context;
    }
}

PNET_BUFFER_LIST dd_nbl_alloc(struct dd_nbl_pool *pool, const void *site)
{
    struct dd_nbl_slot *s = take_nbl(pool);
    PNET_BUFFER_LIST nbl;

    if (s == NULL) {
        return NULL;
    }
    nbl = dd_nbl_of_slot(s);
    memset(nbl, 0, sizeof(*nbl));
    nbl->NdisPoolHandle = (NDIS_HANDLE)pool;
    context_reset(s, nbl);
    if (s->nb != NULL) {
        nb_reset(s->nb, pool);
        nbl->FirstNetBuffer = s->nb;
        if (s->mdl != NULL) {
            s->mdl->Next = NULL;
            dd_nb_set(s->nb, s->mdl, 0, 0);
        }
    }
    s->site = site;
    s->adapter = NULL;
    s->owner = pool->owner_when_new;
    return nbl;
}

PNET_BUFFER_LIST dd_nbl_alloc_with(struct dd_nbl_pool *pool, PMDL mdl_chain, ULONG offset,
                                   SIZE_T length, const void *site)
{
    PNET_BUFFER_LIST nbl = dd_nbl_alloc(pool, site);

    if (nbl != NULL && nbl->FirstNetBuffer != NULL) {
        dd_nb_set(nbl->FirstNetBuffer, mdl_chain, offset, length);
    }
    return nbl;
}

static void free_extra_contexts(struct dd_nbl_slot *s, PNET_BUFFER_LIST nbl, const void *site)
{
    PNET_BUFFER_LIST_CONTEXT c = nbl->Context;

    while (c != NULL && c != s->context) {
        PNET_BUFFER_LIST_CONTEXT next = c->Next;

        dd_pool_free(c, 0, site);
        c = next;
    }
}

void dd_nbl_free(PNET_BUFFER_LIST nbl, const void *site)
{
    struct dd_nbl_slot *s = dd_nbl_slot_of(nbl);
    uint32_t owner;

    if (s == NULL) {
        dd_bad_object(nbl,
                      "NdisFreeNetBufferList of something that is not an allocated NET_BUFFER_LIST",
                      site);
        return;
    }
    owner = s->owner;
    if (owner == DD_NBL_INDICATED || owner == DD_NBL_MINIPORT_SEND) {
        dd_bad_object(nbl,
                      owner == DD_NBL_INDICATED ? "NET_BUFFER_LIST freed while it is indicated"
                                                : "NET_BUFFER_LIST freed while it is being sent",
                      site);
        return;
    }
    if (!atomic_compare_exchange_strong(&s->owner, &owner, DD_NBL_UNKNOWN)) {
        dd_bad_object(nbl, "NET_BUFFER_LIST freed twice at the same time", site);
        return;
    }
    free_extra_contexts(s, nbl, site);
    dd_asan_poison(s + 1, s->slot.slot_bytes - sizeof(*s));
    dd_mutex_lock(&s->pool->lock);
    s->next_free = s->pool->free_nbls;
    s->pool->free_nbls = s;
    spill_locked(s->pool);
    dd_mutex_unlock(&s->pool->lock);
}

/* --- NET_BUFFERs --- */

static struct dd_nb_slot *take_nb(struct dd_nbl_pool *pool)
{
    struct dd_nb_slot *s;

    dd_mutex_lock(&pool->lock);
    s = pool->free_nbs;
    if (s != NULL) {
        pool->free_nbs = s->next_free;
    }
    dd_mutex_unlock(&pool->lock);
    if (s != NULL) {
        dd_asan_unpoison(s + 1, sizeof(NET_BUFFER));
        return s;
    }
    s = nb_slot_new(pool);
    if (s != NULL) {
        dd_mutex_lock(&pool->lock);
        s->next_in_pool = pool->all_nbs;
        pool->all_nbs = s;
        dd_mutex_unlock(&pool->lock);
    }
    return s;
}

PNET_BUFFER dd_nb_alloc(struct dd_nbl_pool *pool, PMDL mdl_chain, ULONG offset, SIZE_T length,
                        const void *site)
{
    struct dd_nb_slot *s = take_nb(pool);
    PNET_BUFFER nb;

    if (s == NULL) {
        return NULL;
    }
    nb = (PNET_BUFFER)(void *)(s + 1);
    nb_reset(nb, pool);
    if (mdl_chain != NULL || s->mdl == NULL) {
        dd_nb_set(nb, mdl_chain, offset, length);
    } else {
        s->mdl->Next = NULL;
        dd_nb_set(nb, s->mdl, offset, length);
    }
    s->site = site;
    s->used = 1;
    return nb;
}

static struct dd_nb_slot *nb_slot_of(const NET_BUFFER *nb)
{
    struct dd_slot *slot = dd_slab_find(nb);
    struct dd_nb_slot *s = (struct dd_nb_slot *)(void *)slot;

    if (slot == NULL || slot->kind != DD_SLOT_NB || (const void *)nb != (const void *)(s + 1) ||
        s->used == 0) {
        return NULL;
    }
    return s;
}

bool dd_nb_is_live(const NET_BUFFER *nb)
{
    struct dd_slot *slot = dd_slab_find(nb);

    if (slot != NULL && slot->kind == DD_SLOT_NBL) {
        struct dd_nbl_slot *s = (struct dd_nbl_slot *)(void *)slot;

        return s->nb == nb && s->owner != DD_NBL_UNKNOWN;
    }
    return nb_slot_of(nb) != NULL;
}

void dd_nb_free(PNET_BUFFER nb, const void *site)
{
    struct dd_nb_slot *s = nb_slot_of(nb);
    uint32_t used = 1;

    if (s == NULL || !atomic_compare_exchange_strong(&s->used, &used, 0)) {
        dd_bad_object(
            nb,
            "NdisFreeNetBuffer of something that is not an allocated NET_BUFFER of a NET_BUFFER pool",
            site);
        return;
    }
    dd_asan_poison(nb, sizeof(*nb));
    dd_mutex_lock(&s->pool->lock);
    s->next_free = s->pool->free_nbs;
    s->pool->free_nbs = s;
    dd_mutex_unlock(&s->pool->lock);
}
