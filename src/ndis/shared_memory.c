/* SPDX-License-Identifier: MIT */
/*
 * NdisMAllocateSharedMemory and NdisMFreeSharedMemory.
 *
 * What the pages leave open, and what Drydock does (ndis6-sgdma 2.6, 2.9):
 *
 *   alignment     a page
 *   contents      the fill pattern of RAM
 *   outside MiniportInitializeEx
 *                 works, and the verifier tells
 *   a free that matches in address only
 *                 told, and the block is freed: one mistake is one finding
 *   a free of part of a block, or of something else
 *                 told, and nothing is freed
 *   free above PASSIVE_LEVEL
 *                 the device loses the block at once, so that late accesses are seen; guard bytes
 *                 are looked at and the memory goes back in a worker at PASSIVE_LEVEL, as HAL wants
 */
#include "ndis/shared_memory.h"

#include "ndis/adapter_priv.h"
#include "ndis/dma_channel.h"

#include <errno.h>
#include <stdlib.h>

static struct dd_mutex states_lock = DD_MUTEX_INIT; /* guards states */
static struct dd_list states = DD_LIST_INIT(states);

/* --- blocks --- */

int dd_shmem_new(struct dd_shmem_state *s, struct dd_sg_handle *sg, ULONG len_bytes, BOOLEAN cached,
                 const void *site, struct dd_shmem_block **ret_block)
{
    struct dd_shmem_block *b = calloc(1, sizeof(*b));
    uint64_t owner = DD_OWNER_SHMEM | (atomic_fetch_add(&s->dev->numbers, 1) + 1);
    int r;

    /* without an SG registration there is that of a DMA channel */
    r = !b   ? -ENOMEM
        : sg ? dd_common_alloc(&sg->hal->dma, len_bytes, owner, &b->c)
             : dd_channel_common(s->adapter, len_bytes, owner, &b->c);
    if (r < 0) {
        free(b);
        return -ENOMEM;
    }
    b->va = b->c->va;
    b->address = b->c->iova.v;
    b->len_bytes = len_bytes;
    b->cached = cached;
    b->site = site;
    b->state = s;
    b->sg = sg;
    dd_mutex_lock(&s->lock);
    r = dd_map_put(&s->by_va, DD_KEY(b->va), b);
    if (r == 0) {
        dd_list_append(&s->blocks, &b->node);
    }
    dd_mutex_unlock(&s->lock);
    if (r < 0) {
        dd_common_free(b->c, NULL);
        free(b);
        return r;
    }
    *ret_block = b;
    return 0;
}

/* the memory goes back; the block is in no book any more */
static void block_end(struct dd_shmem_block *b)
{
    int64_t bad;

    if (dd_common_free(b->c, &bad) < 0) {
        DD_SEAM(.kind = DD_EV_SHMEM_CORRUPT, .site = b->site, .adapter = b->state->adapter,
                .obj = b->va, .a = (uint64_t)bad, .b = b->len_bytes);
    }
    free(b);
}

static void block_end_work(void *arg)
{
    struct dd_shmem_block *b = arg;
    struct dd_shmem_state *s = b->state;

    block_end(b);
    dd_mutex_lock(&s->lock);
    s->freeing--;
    dd_event_set(&s->changed);
    dd_mutex_unlock(&s->lock);
}

static void block_free(struct dd_shmem_block *b)
{
    if (dd_irql_get() == PASSIVE_LEVEL) {
        block_end(b);
        return;
    }
    dd_common_unmap(b->c);
    dd_mutex_lock(&b->state->lock);
    b->state->freeing++;
    dd_mutex_unlock(&b->state->lock);
    dd_work_init(&b->work, block_end_work, b);
    dd_work_queue(&b->work);
}

static void block_forget_locked(struct dd_shmem_state *s, struct dd_shmem_block *b)
{
    dd_map_del(&s->by_va, DD_KEY(b->va));
    dd_list_remove(&b->node);
    s->freed[s->freed_next++ % DD_SHMEM_REMEMBERED] = DD_KEY(b->va);
}

/* --- allocating --- */

static enum dd_shmem_reject allocate(struct dd_adapter *a, ULONG len_bytes, BOOLEAN cached,
                                     const void *site, struct dd_shmem_block **ret_block)
{
    struct dd_shmem_state *s = a->shmem_state;
    struct dd_sg_handle *sg = dd_sg_first(a);

    if (len_bytes == 0) {
        return DD_SHMEM_ZERO_LENGTH;
    }
    if (!s || (!sg && !dd_channel_registered(a))) {
        return DD_SHMEM_NO_REGISTRATION;
    }
    if (dd_seam_may_fail(DD_FAIL_SHMEM_ALLOCATE, site) ||
        dd_shmem_new(s, sg, len_bytes, cached, site, ret_block) < 0) {
        return DD_SHMEM_NO_MEMORY;
    }
    return dd_sg_in_init(a) ? DD_SHMEM_OK : DD_SHMEM_OUTSIDE_INIT;
}

VOID NdisMAllocateSharedMemory(NDIS_HANDLE MiniportAdapterHandle, ULONG Length, BOOLEAN Cached,
                               PVOID *VirtualAddress, PNDIS_PHYSICAL_ADDRESS PhysicalAddress)
{
    struct dd_shmem_block *b = NULL;
    enum dd_shmem_reject why;
    struct dd_adapter *a;

    DD_API(NdisMAllocateSharedMemory);
    *VirtualAddress = NULL;
    PhysicalAddress->QuadPart = 0;
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (!a) {
        return;
    }
    why = allocate(a, Length, Cached, DD_SITE(), &b);
    if (b) {
        PhysicalAddress->QuadPart = (LONGLONG)b->address;
        *VirtualAddress = b->va;
    }
    DD_SEAM(.kind = DD_EV_SHMEM_ALLOC, .site = DD_SITE(), .adapter = a, .obj = *VirtualAddress,
            .a = (uint64_t)PhysicalAddress->QuadPart, .b = Length, .c = Cached, .d = why);
}

/* --- freeing --- */

static bool was_freed(const struct dd_shmem_state *s, const void *va)
{
    for (unsigned i = 0; i < DD_SHMEM_REMEMBERED; i++) {
        if (va && s->freed[i] == DD_KEY(va)) {
            return true;
        }
    }
    return false;
}

static bool inside_locked(struct dd_shmem_state *s, const void *va)
{
    struct dd_list *pos;

    DD_LIST_EACH(pos, &s->blocks) {
        struct dd_shmem_block *b = DD_LIST_ENTRY(pos, struct dd_shmem_block, node);

        if ((const uint8_t *)va > b->va && (const uint8_t *)va < b->va + b->len_bytes) {
            return true;
        }
    }
    return false;
}

static bool of_other_adapter(const struct dd_shmem_state *mine, const void *va)
{
    struct dd_list *pos;
    bool found = false;

    dd_mutex_lock(&states_lock);
    DD_LIST_EACH(pos, &states) {
        struct dd_shmem_state *s = DD_LIST_ENTRY(pos, struct dd_shmem_state, node);

        if (s != mine) {
            dd_mutex_lock(&s->lock);
            found = found || dd_map_get(&s->by_va, DD_KEY(va)) != NULL;
            dd_mutex_unlock(&s->lock);
        }
    }
    dd_mutex_unlock(&states_lock);
    return found;
}

static enum dd_shmem_match compare(const struct dd_shmem_block *b, ULONG len_bytes, BOOLEAN cached,
                                   uint64_t address)
{
    if (b->len_bytes != len_bytes) {
        return DD_MATCH_LENGTH;
    }
    if (b->address != address) {
        return DD_MATCH_PHYSICAL;
    }
    return !b->cached != !cached ? DD_MATCH_CACHED : DD_MATCH_EXACT;
}

/* take the block of @va out of the books; NULL and the reason when there is none */
static struct dd_shmem_block *take(struct dd_shmem_state *s, const void *va,
                                   enum dd_shmem_match *ret_match)
{
    struct dd_shmem_block *b;
    bool inside, freed;

    dd_mutex_lock(&s->lock);
    b = dd_map_get(&s->by_va, DD_KEY(va));
    if (b) {
        block_forget_locked(s, b);
    }
    inside = !b && inside_locked(s, va);
    freed = !b && !inside && was_freed(s, va);
    dd_mutex_unlock(&s->lock);
    if (!b) {
        *ret_match = inside
                         ? DD_MATCH_INSIDE
                         : (of_other_adapter(s, va) ? DD_MATCH_OTHER_ADAPTER
                                                    : (freed ? DD_MATCH_FREED : DD_MATCH_UNKNOWN));
    }
    return b;
}

VOID NdisMFreeSharedMemory(NDIS_HANDLE MiniportAdapterHandle, ULONG Length, BOOLEAN Cached,
                           PVOID VirtualAddress, NDIS_PHYSICAL_ADDRESS PhysicalAddress)
{
    enum dd_shmem_match match = DD_MATCH_UNKNOWN;
    struct dd_shmem_block *b = NULL;
    struct dd_shmem_state *s;
    struct dd_adapter *a;

    DD_API(NdisMFreeSharedMemory);
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (!a) {
        return;
    }
    s = a->shmem_state;
    if (s) {
        b = take(s, VirtualAddress, &match);
    }
    if (b) {
        match = compare(b, Length, Cached, (uint64_t)PhysicalAddress.QuadPart);
    }
    DD_SEAM(.kind = DD_EV_SHMEM_FREE_CALL, .site = DD_SITE(), .adapter = a, .obj = VirtualAddress,
            .a = (uint64_t)PhysicalAddress.QuadPart, .b = Length, .c = Cached, .d = match);
    if (b) {
        block_free(b);
    }
}

/* --- the state machine's hooks --- */

int dd_shmem_adapter_init(struct dd_adapter *a)
{
    struct dd_shmem_state *s = calloc(1, sizeof(*s));

    if (!s) {
        return -ENOMEM;
    }
    if (dd_sg_device(a, &s->dev) < 0) {
        free(s);
        return -ENOMEM;
    }
    s->adapter = a;
    dd_mutex_init(&s->lock);
    dd_list_init(&s->blocks);
    dd_list_init(&s->pending);
    dd_event_init(&s->changed, NotificationEvent, false);
    dd_map_init(&s->by_va);
    dd_mutex_lock(&states_lock);
    dd_list_append(&states, &s->node);
    dd_mutex_unlock(&states_lock);
    a->shmem_state = s;
    return 0;
}

unsigned dd_shmem_adapter_done(struct dd_adapter *a, bool failed_init)
{
    struct dd_shmem_state *s = a->shmem_state;
    struct dd_list *pos;
    struct dd_dma_stats sum;
    unsigned leaks = 0;

    if (!s) {
        return 0;
    }
    dd_shmem_finish_async(a);
    while ((pos = dd_list_pop(&s->blocks))) {
        struct dd_shmem_block *b = DD_LIST_ENTRY(pos, struct dd_shmem_block, node);

        DD_SEAM(.kind = DD_EV_LEAK, .site = b->site, .adapter = a, .obj = b->va,
                .data = dd_leak_name(DD_LEAK_SHMEM), .a = DD_LEAK_SHMEM, .b = b->len_bytes,
                .c = failed_init);
        block_end(b);
        leaks++;
    }
    dd_mutex_lock(&states_lock);
    dd_list_remove(&s->node);
    dd_mutex_unlock(&states_lock);
    dd_hal_device_stats(s->dev, &sum);
    if (sum.shared_memory_bytes_peak > a->dma_stats.shared_memory_bytes_peak) {
        a->dma_stats.shared_memory_bytes_peak = sum.shared_memory_bytes_peak;
    }
    a->dma_stats.shared_memory_async += s->async_done;
    dd_hal_device_close(s->dev);
    dd_map_done(&s->by_va);
    dd_mutex_done(&s->lock);
    free(s);
    a->shmem_state = NULL;
    return leaks;
}

unsigned dd_shmem_live_of(struct dd_adapter *a, const struct dd_sg_handle *sg)
{
    struct dd_shmem_state *s = a->shmem_state;
    struct dd_list *pos;
    unsigned n = 0;

    if (s) {
        dd_mutex_lock(&s->lock);
        DD_LIST_EACH(pos, &s->blocks) {
            n += !sg || DD_LIST_ENTRY(pos, struct dd_shmem_block, node)->sg == sg;
        }
        dd_mutex_unlock(&s->lock);
    }
    return n;
}

unsigned dd_shmem_live(struct dd_adapter *a)
{
    return dd_shmem_live_of(a, NULL);
}
