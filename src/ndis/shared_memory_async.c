/* SPDX-License-Identifier: MIT */
/*
 * NdisMAllocateSharedMemoryAsyncEx: the memory is allocated, and the driver called, by a worker at
 * PASSIVE_LEVEL.
 *
 * What the pages leave open, and what Drydock does (ndis6-sgdma 1 C1 to C3, 2.7, 2.8):
 *
 *   who may call      whoever has an SG DMA handle; a DMA channel registration has no handler
 *   no handler        NDIS_STATUS_FAILURE
 *   late failure      the callback gets NULL for both addresses
 *   pending at halt   completed with NULL before MiniportHaltEx is entered; new requests fail from
 *                     then on
 *   pending at deregister
 *                     completed with NULL; the call waits for the callbacks when at PASSIVE_LEVEL
 */
#include "ndis/shared_memory.h"

#include "ndis/adapter_priv.h"
#include "ndis/dma_channel.h"

#include <stdlib.h>

/* NULL: cancelled, or no memory. Counted before the driver is called: it may free the block there
 */
static struct dd_shmem_block *async_allocate(struct dd_shmem_async *op, bool *ret_cancelled)
{
    struct dd_shmem_state *s = op->state;
    struct dd_shmem_block *b = NULL;

    dd_mutex_lock(&s->lock);
    *ret_cancelled = op->cancelled;
    dd_mutex_unlock(&s->lock);
    if (*ret_cancelled || dd_seam_may_fail(DD_FAIL_SHMEM_ASYNC_LATE, op->site) ||
        dd_shmem_new(s, op->sg, op->len_bytes, op->cached, op->site, &b) < 0) {
        return NULL;
    }
    dd_mutex_lock(&s->lock);
    s->async_done++;
    dd_mutex_unlock(&s->lock);
    return b;
}

static void async_work(void *arg)
{
    struct dd_shmem_async *op = arg;
    struct dd_shmem_state *s = op->state;
    struct dd_adapter *a = s->adapter;
    bool cancelled;
    struct dd_shmem_block *b = async_allocate(op, &cancelled);
    NDIS_PHYSICAL_ADDRESS address = {.QuadPart = b ? (LONGLONG)b->address : 0};
    PVOID va = b ? b->va : NULL;

    DD_SEAM(.kind = DD_EV_SHMEM_ASYNC_DONE, .site = op->site, .adapter = a, .obj = va,
            .a = (uint64_t)address.QuadPart, .b = op->len_bytes, .c = cancelled);
    /* after a failed MiniportInitializeEx nobody is left who could be called */
    if (atomic_load(&a->state) != DD_STATE_HALTED) {
        DD_CALL(DD_ROLE_SHMEM_COMPLETE, "MiniportSharedMemoryAllocateComplete", a,
                op->complete(a->context, va, va ? &address : NULL, op->len_bytes, op->context));
    }
    dd_mutex_lock(&s->lock);
    dd_list_remove(&op->node);
    dd_event_set(&s->changed);
    dd_mutex_unlock(&s->lock);
    free(op);
}

static void async_due(PKDPC dpc, PVOID arg, PVOID arg1, PVOID arg2)
{
    struct dd_shmem_async *op = arg;

    (void)dpc;
    (void)arg1;
    (void)arg2;
    dd_work_queue(&op->work);
}

static void async_begin_locked(struct dd_shmem_state *s, struct dd_shmem_async *op)
{
    uint64_t delay_ns = s->adapter->dma_policy ? s->adapter->dma_policy->shmem_delay_ns : 0;

    dd_list_append(&s->pending, &op->node);
    if (delay_ns == 0) {
        dd_work_queue(&op->work);
    } else {
        (void)dd_timer_set(&op->delay, delay_ns, 0, &op->due);
    }
}

static enum dd_shmem_reject async_start(struct dd_sg_handle *sg, ULONG len_bytes, BOOLEAN cached,
                                        PVOID context, const void *site)
{
    struct dd_shmem_state *s = sg->adapter->shmem_state;
    enum dd_shmem_reject why = DD_SHMEM_OK;
    struct dd_shmem_async *op;

    if (len_bytes == 0) {
        return DD_SHMEM_ZERO_LENGTH;
    }
    if (!sg->shared_complete) {
        return DD_SHMEM_NO_HANDLER;
    }
    op = !s || dd_seam_may_fail(DD_FAIL_SHMEM_ASYNC_CALL, site) ? NULL : calloc(1, sizeof(*op));
    if (!op) {
        return DD_SHMEM_NO_MEMORY;
    }
    *op = (struct dd_shmem_async){
        .state = s,
        .sg = sg,
        .complete = sg->shared_complete,
        .len_bytes = len_bytes,
        .cached = cached,
        .context = context,
        .site = site,
    };
    dd_work_init(&op->work, async_work, op);
    dd_timer_init(&op->delay, NotificationTimer);
    dd_dpc_init(&op->due, async_due, op);
    dd_mutex_lock(&s->lock);
    if (s->halting) {
        why = DD_SHMEM_HALTING;
    } else {
        async_begin_locked(s, op);
    }
    dd_mutex_unlock(&s->lock);
    if (why != DD_SHMEM_OK) {
        free(op);
    }
    return why;
}

/* a handle that is none: perhaps the adapter's, as NDIS 5 had it, or that of a DMA channel */
static enum dd_shmem_reject why_no_handle(NDIS_HANDLE h)
{
    struct dd_adapter *a = dd_adapter_from_handle(h);

    if (!a) {
        a = dd_channel_adapter(h);
    }
    if (!a || dd_sg_first(a)) {
        return DD_SHMEM_BAD_HANDLE;
    }
    return dd_channel_registered(a) ? DD_SHMEM_CHANNEL_ONLY : DD_SHMEM_NO_REGISTRATION;
}

NDIS_STATUS NdisMAllocateSharedMemoryAsyncEx(NDIS_HANDLE MiniportDmaHandle, ULONG Length,
                                             BOOLEAN Cached, PVOID Context)
{
    struct dd_sg_handle *sg;
    enum dd_shmem_reject why;
    NDIS_STATUS status;

    DD_API(NdisMAllocateSharedMemoryAsyncEx);
    sg = dd_sg_find(MiniportDmaHandle, NULL);
    why =
        sg ? async_start(sg, Length, Cached, Context, DD_SITE()) : why_no_handle(MiniportDmaHandle);
    status = why == DD_SHMEM_OK ? NDIS_STATUS_PENDING : NDIS_STATUS_FAILURE;
    DD_SEAM(.kind = DD_EV_SHMEM_ASYNC_CALL, .site = DD_SITE(), .adapter = sg ? sg->adapter : NULL,
            .obj = MiniportDmaHandle, .a = (uint32_t)status, .b = Length, .c = why);
    return status;
}

/* @sg NULL: of all registrations */
static unsigned cancel(struct dd_shmem_state *s, const struct dd_sg_handle *sg)
{
    struct dd_list *pos;
    unsigned n = 0;

    dd_mutex_lock(&s->lock);
    DD_LIST_EACH(pos, &s->pending) {
        struct dd_shmem_async *op = DD_LIST_ENTRY(pos, struct dd_shmem_async, node);

        if (!sg || op->sg == sg) {
            op->cancelled = true;
            n++;
            if (dd_timer_cancel(&op->delay)) {
                dd_work_queue(&op->work);
            }
        }
    }
    dd_mutex_unlock(&s->lock);
    return n;
}

static bool settled_locked(struct dd_shmem_state *s, const struct dd_sg_handle *sg)
{
    struct dd_list *pos;

    DD_LIST_EACH(pos, &s->pending) {
        if (!sg || DD_LIST_ENTRY(pos, struct dd_shmem_async, node)->sg == sg) {
            return false;
        }
    }
    return sg || s->freeing == 0;
}

void dd_shmem_settle(struct dd_shmem_state *s, const struct dd_sg_handle *sg)
{
    bool settled;

    do {
        dd_mutex_lock(&s->lock);
        settled = settled_locked(s, sg);
        if (!settled) {
            dd_event_reset(&s->changed);
        }
        dd_mutex_unlock(&s->lock);
        if (!settled) {
            (void)dd_wait(&s->changed, UINT64_MAX);
        }
    } while (!settled);
}

void dd_shmem_cancel(struct dd_adapter *a, const struct dd_sg_handle *sg)
{
    struct dd_shmem_state *s = a->shmem_state;

    /* a worker can not wait for workers */
    if (s && cancel(s, sg) > 0 && dd_irql_get() == PASSIVE_LEVEL &&
        !dd_call_inside(DD_ROLE_SHMEM_COMPLETE) && !dd_call_inside(DD_ROLE_WORK_ITEM)) {
        dd_shmem_settle(s, sg);
    }
}

void dd_shmem_finish_async(struct dd_adapter *a)
{
    struct dd_shmem_state *s = a->shmem_state;

    if (!s) {
        return;
    }
    dd_mutex_lock(&s->lock);
    s->halting = true;
    dd_mutex_unlock(&s->lock);
    (void)cancel(s, NULL);
    dd_shmem_settle(s, NULL);
}

uint64_t dd_shmem_async_count(struct dd_adapter *a)
{
    struct dd_shmem_state *s = a->shmem_state;
    uint64_t n = 0;

    if (s) {
        dd_mutex_lock(&s->lock);
        n = s->async_done;
        dd_mutex_unlock(&s->lock);
    }
    return n;
}
