/* SPDX-License-Identifier: MIT */
/* Shared memory, and the DMA channels that some of it belongs to. */
#include "verify/verify_int.h"

#include <stdlib.h>

static void oldest_forgotten_locked(struct dd_verify *v)
{
    struct dd_list *pos = dd_list_pop(&v->old_blocks);

    if (pos) {
        free(DD_LIST_ENTRY(pos, struct dd_vblock, node));
        v->old_count--;
    }
}

void dd_verify_shmem_done(struct dd_verify *v)
{
    while (v->old_count > 0) {
        oldest_forgotten_locked(v);
    }
}

/* a freed block's memory is used again: its device address is not, and may still be accessed */
static void keep_old_locked(struct dd_verify *v, const struct dd_vblock *b)
{
    struct dd_vblock *old = malloc(sizeof(*old));

    if (old) {
        *old = *b;
        dd_list_append(&v->old_blocks, &old->node);
        if (++v->old_count > DD_VERIFY_OLD_BLOCKS) {
            oldest_forgotten_locked(v);
        }
    }
}

static void remember(struct dd_verify *v, const struct dd_ev *ev)
{
    struct dd_vblock *b;

    dd_mutex_lock(&v->lock);
    b = dd_map_get(&v->blocks, DD_KEY(ev->obj));
    if (b && !b->live) {
        keep_old_locked(v, b);
    }
    if (!b) {
        b = calloc(1, sizeof(*b));
        if (b) {
            dd_map_put(&v->blocks, DD_KEY(ev->obj), b);
        }
    }
    if (b) {
        *b = (struct dd_vblock){
            .va = ev->obj, .iova = ev->a, .bytes = ev->b, .allocated_at = ev->site, .live = true};
    }
    dd_mutex_unlock(&v->lock);
}

static void rejected(struct dd_verify *v, uint64_t reason, const void *site, const char *api)
{
    static const struct {
        const char *rule, *text;
    } rejects[] = {
        [DD_SHMEM_NO_REGISTRATION] = {"shmem-before-registration",
                                      "NdisMRegisterScatterGatherDma was not called before"},
        [DD_SHMEM_OUTSIDE_INIT] = {"shmem-alloc-outside-init",
                                   "called outside MiniportInitializeEx"},
        [DD_SHMEM_NO_HANDLER] = {"sg-desc-async-handler-missing",
                                 "the registration has no SharedMemAllocateCompleteHandler"},
        [DD_SHMEM_CHANNEL_ONLY] =
            {"seed-dmachannel-for-async",
             "only a DMA channel is registered. One text says \"NdisMRegisterDmaChannel before this call\", the "
             "other \"either registration\"; the completion handler exists only with NdisMRegisterScatterGatherDma"},
        [DD_SHMEM_BAD_HANDLE] = {"sg-handle-after-deregister",
                                 "the handle is not a live DMA handle"},
    };

    if (reason < DD_ARRAY_LEN(rejects) && rejects[reason].rule) {
        dd_finding_one(v, rejects[reason].rule, "asked at", site, api, "%s: %s", api,
                       rejects[reason].text);
    }
}

/* rule and words for a free whose values do not match */
static bool mismatch(const struct dd_ev *ev, const struct dd_vblock *b, struct dd_finding *f)
{
    switch (ev->d) {
    case DD_MATCH_EXACT:
        return false;
    case DD_MATCH_FREED:
        dd_finding_begin(f, "shmem-double-free", "shared memory %p was freed before", ev->obj);
        break;
    case DD_MATCH_LENGTH:
        dd_finding_begin(f, "shmem-free-mismatch",
                         "shared memory %p has %llu bytes, and is freed with %llu", ev->obj,
                         (unsigned long long)(b ? b->bytes : 0), (unsigned long long)ev->b);
        break;
    case DD_MATCH_PHYSICAL:
        dd_finding_begin(f, "shmem-free-mismatch",
                         "shared memory %p has device address 0x%llx, and is freed with 0x%llx",
                         ev->obj, (unsigned long long)(b ? b->iova : 0), (unsigned long long)ev->a);
        break;
    case DD_MATCH_CACHED:
        dd_finding_begin(f, "shmem-free-mismatch",
                         "shared memory %p is freed with another value of Cached", ev->obj);
        break;
    case DD_MATCH_INSIDE:
        dd_finding_begin(f, "shmem-free-mismatch",
                         "%p lies inside a block of shared memory: a part cannot be freed",
                         ev->obj);
        break;
    case DD_MATCH_OTHER_ADAPTER:
        dd_finding_begin(f, "shmem-free-mismatch", "shared memory %p belongs to another adapter",
                         ev->obj);
        break;
    default:
        dd_finding_begin(f, "shmem-free-mismatch", "%p is no shared memory", ev->obj);
        break;
    }
    return true;
}

static void on_free(struct dd_verify *v, const struct dd_ev *ev)
{
    struct dd_finding f;
    struct dd_vblock *b;
    bool bad, shutdown;

    dd_mutex_lock(&v->lock);
    shutdown = dd_map_get(&v->shutdowns, DD_KEY(ev->adapter)) != NULL;
    b = dd_map_get(&v->blocks, DD_KEY(ev->obj));
    bad = mismatch(ev, b, &f);
    if (bad) {
        dd_finding_site(&f, "allocated at", b ? b->allocated_at : NULL, NULL);
        dd_finding_site(&f, "freed at", b && ev->d == DD_MATCH_FREED ? b->freed_at : NULL, NULL);
        dd_finding_site(&f, ev->d == DD_MATCH_FREED ? "again at" : "freed at", ev->site,
                        "NdisMFreeSharedMemory");
    } else if (b) {
        b->live = false;
        b->freed_at = ev->site;
    }
    dd_mutex_unlock(&v->lock);
    if (bad) {
        dd_finding_end(v, &f);
    }
    if (shutdown) {
        dd_finding_one(v, "shmem-free-in-shutdown", "freed at", ev->site, "NdisMFreeSharedMemory",
                       "shared memory %p is freed in MiniportShutdownEx", ev->obj);
    }
}

static void on_corrupt(struct dd_verify *v, const struct dd_ev *ev)
{
    dd_finding_one(v, "shmem-corruption", "allocated at", ev->site, NULL,
                   "a byte at offset %lld of a shared memory block of %llu bytes (%p) was changed",
                   (long long)ev->a, (unsigned long long)ev->b, ev->obj);
}

static void on_channel(struct dd_verify *v, const struct dd_ev *ev)
{
    if (ev->b == DD_CHANNEL_BUS_MASTER) {
        dd_finding_one(v, "dmachannel-on-busmaster", "registered at", ev->site,
                       "NdisMRegisterDmaChannel",
                       "the adapter is a bus master, and not on ISA: it can have no DMA channel");
    }
}

void dd_verify_shmem(struct dd_verify *v, const struct dd_ev *ev)
{
    switch (ev->kind) {
    case DD_EV_DMA_CHANNEL_REGISTER:
        on_channel(v, ev);
        break;
    case DD_EV_SHMEM_ALLOC:
        rejected(v, ev->d, ev->site, "NdisMAllocateSharedMemory");
        if (ev->obj) {
            remember(v, ev);
        }
        break;
    case DD_EV_SHMEM_ASYNC_CALL:
        rejected(v, ev->c, ev->site, "NdisMAllocateSharedMemoryAsyncEx");
        break;
    case DD_EV_SHMEM_ASYNC_DONE:
        if (ev->obj) {
            remember(v, ev);
        }
        break;
    case DD_EV_SHMEM_FREE_CALL:
        on_free(v, ev);
        break;
    case DD_EV_SHMEM_CORRUPT:
        on_corrupt(v, ev);
        break;
    default:
        break;
    }
}
