/* SPDX-License-Identifier: MIT */
/* Scatter/gather lists, from request to put. */
#include "hal/hal_int.h"
#include "seam/seam.h"

#include <errno.h>
#include <stdlib.h>

_Static_assert(sizeof(struct dd_sg_elem) == sizeof(SCATTER_GATHER_ELEMENT), "same layout");
_Static_assert(offsetof(struct dd_sg_elem, address) == offsetof(SCATTER_GATHER_ELEMENT, Address),
               "same layout");
_Static_assert(offsetof(struct dd_sg_elem, length) == offsetof(SCATTER_GATHER_ELEMENT, Length),
               "same layout");
_Static_assert(offsetof(struct dd_sg_elem, reserved) == offsetof(SCATTER_GATHER_ELEMENT, Reserved),
               "same layout");
_Static_assert(offsetof(SCATTER_GATHER_LIST, Elements) == DD_LIST_HEADER_BYTES, "same layout");

/* SCATTER_GATHER_LIST.Reserved: the list's record, marked; lists of the fast path have no record
 * and no mark */
#define HAS_RECORD ((ULONG_PTR)1)
#define MARK_BITS  ((ULONG_PTR)7) /* others mark records of hal/quick.h */

/* --- the chain --- */

struct chain {
    PMDL mdl;
    uint64_t skip, left;
};

/* the next stretch that lies in one MDL; false: the chain or the request is at its end */
static bool chain_next(struct chain *c, struct dd_span *ret_span)
{
    while (c->left > 0 && c->mdl) {
        PMDL mdl = c->mdl;
        uint64_t count = mdl->ByteCount;

        c->mdl = mdl->Next;
        if (c->skip >= count) {
            c->skip -= count;
            continue;
        }
        ret_span->frames = (const dd_frame *)dd_mdl_frames(mdl);
        ret_span->offset_bytes = mdl->ByteOffset + c->skip;
        ret_span->len_bytes = dd_min_u64(count - c->skip, c->left);
        ret_span->host = (uint8_t *)MmGetMdlVirtualAddress(mdl) + c->skip;
        ret_span->run = (mdl->MdlFlags & DD_MDL_RUN) != 0;
        c->skip = 0;
        c->left -= ret_span->len_bytes;
        return true;
    }
    return false;
}

/* map registers when every page is charged; DD_SGL_WINDOW when the chain is too short */
static enum dd_sgl_refuse chain_measure(const struct dd_hal_request *rq, uint64_t *ret_pages)
{
    struct chain c = {rq->mdl, rq->offset_bytes, rq->len_bytes};
    struct dd_span span;
    uint64_t pages = 0;

    while (chain_next(&c, &span)) {
        pages += dd_span_pages(span.offset_bytes, span.len_bytes);
    }
    *ret_pages = pages;
    return c.left == 0 ? DD_SGL_OK : DD_SGL_WINDOW;
}

/* --- building --- */

static enum dd_sgl_refuse refuse_of(int r)
{
    switch (r) {
    case 0:
        return DD_SGL_OK;
    case -ENOBUFS:
        return DD_SGL_TOO_MANY_REGISTERS;
    case -ERANGE:
        return DD_SGL_UNREACHABLE;
    default:
        return DD_SGL_NO_MEMORY;
    }
}

/* the caller's buffer, when policy and alignment let us use it */
static struct dd_sg_elem *caller_elements(const struct dd_hal_list *l, uint64_t *ret_cap)
{
    const struct dd_hal_request *rq = &l->rq;

    if (!rq->buffer || rq->buffer_bytes < DD_LIST_HEADER_BYTES ||
        ((uintptr_t)rq->buffer & 7) != 0 ||
        (l->ha->dev->core.policy->relocate && !rq->buffer_only)) {
        *ret_cap = 0;
        return NULL;
    }
    *ret_cap = (rq->buffer_bytes - DD_LIST_HEADER_BYTES) / sizeof(struct dd_sg_elem);
    return (struct dd_sg_elem *)(void *)((uint8_t *)rq->buffer + DD_LIST_HEADER_BYTES);
}

static void list_count(struct dd_hal_list *l, uint64_t elements)
{
    struct dd_hal_cpu *cpu = dd_hal_this_cpu(l->ha->dev);

    cpu->s.sg_lists_built++;
    cpu->s.sg_elements += elements;
    if (elements > cpu->s.sg_elements_max) {
        cpu->s.sg_elements_max = elements;
    }
    cpu->s.own_buffers_used += l->own != NULL;
    if ((l->x.dir & DD_DIR_TO_DEVICE) != 0) {
        cpu->s.bounced_bytes += l->x.bounced;
        cpu->live_sends++;
    }
}

static enum dd_sgl_refuse list_finish(struct dd_hal_list *l, struct dd_sg_build *b,
                                      bool have_buffer)
{
    if (!b->own && !have_buffer) { /* nothing to describe, and nowhere to say so */
        b->own = malloc(DD_LIST_HEADER_BYTES);
    }
    if (l->rq.buffer_only && b->own) {
        dd_sg_abort(b);
        return DD_SGL_BUFFER_TOO_SMALL;
    }
    if (!b->own && !have_buffer) {
        return DD_SGL_NO_MEMORY;
    }
    dd_sg_finish(b);
    l->own = b->own;
    l->list = (SCATTER_GATHER_LIST *)(l->own ? (void *)l->own : l->rq.buffer);
    l->elements = (uint32_t)b->count;
    l->list->NumberOfElements = l->elements;
    l->list->Reserved = (ULONG_PTR)l | HAS_RECORD;
    l->print = l->ha->dev->checked ? dd_track_print(l->list, l->elements) : 0;
    list_count(l, b->count);
    return DD_SGL_OK;
}

static enum dd_sgl_refuse list_build(struct dd_hal_list *l)
{
    struct chain c = {l->rq.mdl, l->rq.offset_bytes, l->rq.len_bytes};
    struct dd_sg_elem *elems;
    struct dd_sg_build b;
    struct dd_span span;
    uint64_t cap;
    int r = 0;

    elems = caller_elements(l, &cap);
    dd_sg_begin(&b, &l->ha->dma, &l->x, elems, cap, DD_LIST_HEADER_BYTES);
    while (r == 0 && chain_next(&c, &span)) {
        r = dd_sg_add(&b, &span);
    }
    if (r < 0) {
        dd_sg_abort(&b);
        return refuse_of(r);
    }
    return list_finish(l, &b, elems != NULL);
}

/* --- the callback --- */

/* @l is the driver's once ready() runs: it may be freed inside */
static void list_deliver(struct dd_hal_list *l, bool deferred)
{
    struct dd_hal_device *dev = l->ha->dev;
    struct dd_hal_cpu *cpu = dd_hal_this_cpu(dev);
    struct dd_hal_request rq = l->rq;
    SCATTER_GATHER_LIST *list = l->list;
    unsigned now = dd_cpu_current();

    if (deferred) {
        cpu->s.deferred_callbacks++;
        cpu->s.other_cpu_callbacks += now != l->cpu_asked;
    }
    DD_SEAM(.kind = DD_EV_SGL_CALLBACK, .site = rq.site, .adapter = dev->core.adapter, .obj = list,
            .obj2 = rq.obj, .a = l->x.owner, .b = deferred, .c = now, .d = l->cpu_asked);
    rq.ready(&rq, list);
}

static void list_out_locked(struct dd_hal_list *l)
{
    l->state = DD_LIST_OUT;
    if (l->ha->dev->checked) {
        dd_track_out_locked(l->ha->dev, l);
    }
}

static VOID NTAPI list_dpc(PKDPC dpc, PVOID context, PVOID arg1, PVOID arg2)
{
    struct dd_hal_list *l = context;
    struct dd_hal_device *dev = l->ha->dev;
    bool dead;

    (void)dpc;
    (void)arg1;
    (void)arg2;
    dd_mutex_lock(&dev->lock);
    dead = l->state == DD_LIST_DEAD;
    if (!dead) {
        list_out_locked(l);
    }
    dd_mutex_unlock(&dev->lock);
    if (dead) { /* its adapter was closed meanwhile */
        free(l);
        return;
    }
    list_deliver(l, true);
}

/* another CPU where there is one: a driver has to stand it */
static unsigned callback_cpu(struct dd_hal_list *l)
{
    unsigned n = dd_cpu_count();

    if (n < 2) {
        return l->cpu_asked;
    }
    return (l->cpu_asked + 1 + (unsigned)dd_dma_random_below(&l->ha->dma, n - 1)) % n;
}

/* nothing of @l may be touched after it: the DPC may already have run */
static void list_defer_locked(struct dd_hal_list *l)
{
    enum dd_callback_mode mode = l->ha->dev->core.policy->callback;
    unsigned cpu = mode == DD_CALLBACK_INLINE ? l->cpu_asked : callback_cpu(l);

    l->state = DD_LIST_READY;
    dd_dpc_init(&l->dpc, list_dpc, l);
    dd_dpc_queue(&l->dpc, cpu, NULL, NULL);
}

static bool wants_deferred(struct dd_hal_list *l)
{
    switch (l->ha->dev->core.policy->callback) {
    case DD_CALLBACK_INLINE:
        return false;
    case DD_CALLBACK_DEFERRED:
        return true;
    case DD_CALLBACK_RANDOM:
        break;
    }
    return ((dd_dma_random_below(&l->ha->dma, 2) + dd_seam_choose(DD_CHOICE_SG_CALLBACK, 2)) & 1) !=
           0;
}

/* --- request --- */

static void list_add_locked(struct dd_hal_list *l)
{
    dd_list_append(&l->ha->lists, &l->node);
    l->ha->live++;
    if (l->ha->dev->checked) {
        dd_track_born_locked(l->ha->dev, l);
    }
}

static void list_drop_locked(struct dd_hal_list *l)
{
    dd_list_remove(&l->node);
    l->ha->live--;
    if (__builtin_expect(l->shadow != NULL, 0)) {
        dd_shadow_free(l->shadow);
    }
    if (l->ha->dev->checked) {
        dd_track_gone_locked(l->ha->dev, l);
    } else {
        free(l->own);
    }
    l->own = NULL;
}

static void report_built(const struct dd_hal_list *l)
{
    DD_SEAM(.kind = DD_EV_SGL_BUILT, .site = l->rq.site, .adapter = l->ha->dev->core.adapter,
            .obj = l->list, .obj2 = l->rq.obj, .obj3 = l->rq.handle, .a = l->x.owner,
            .b = l->elements, .c = l->rq.len_bytes, .d = (uint64_t)l->x.dir, .data = l->rq.site);
}

/* the list is built: who calls, and when. Returns true when the driver's callback is the caller's
 * to run now */
static bool list_start(struct dd_hal_list *l, uint64_t regs, bool *ret_queued)
{
    struct dd_hal_device *dev = l->ha->dev;
    bool deferred = !l->rq.sync && wants_deferred(l), now = false;

    *ret_queued = false;
    dd_mutex_lock(&dev->lock);
    list_add_locked(l);
    if (regs > 0 && dd_mapreg_take(&dev->core.regs, regs, &l->waiter) == -EBUSY) {
        l->state = DD_LIST_WAITING;
        dd_hal_this_cpu(dev)->s.queued_requests++;
        *ret_queued = true;
    } else if (deferred) {
        list_defer_locked(l);
    } else {
        list_out_locked(l);
        now = true;
    }
    dd_mutex_unlock(&dev->lock);
    return now;
}

/* a synchronous request takes its registers before it builds, or fails */
static bool sync_take(struct dd_hal_list *l, uint64_t regs)
{
    return regs == 0 || dd_mapreg_take(&l->ha->dev->core.regs, regs, NULL) == 0;
}

static struct dd_hal_list *list_new(struct dd_hal_adapter *ha, const struct dd_hal_request *rq,
                                    uint64_t regs)
{
    struct dd_hal_list *l = malloc(sizeof(*l));

    if (!l) {
        return NULL;
    }
    dd_list_init(&l->node);
    dd_list_init(&l->waiter.node);
    l->waiter.start_locked = NULL;
    l->same_obj = NULL;
    l->shadow = NULL;
    l->ha = ha;
    l->list = NULL;
    l->own = NULL;
    l->state = DD_LIST_OUT;
    l->cpu_asked = dd_cpu_current();
    l->rq = *rq;
    l->x.obj = rq->obj;
    l->x.owner = atomic_fetch_add_explicit(&ha->dev->numbers, 1, memory_order_relaxed) + 1;
    l->x.dir = rq->dir;
    l->x.regs = regs;
    return l;
}

static void regs_put(struct dd_hal_device *dev, struct dd_xfer *x);

enum dd_sgl_refuse dd_hal_list_get(struct dd_hal_adapter *ha, const struct dd_hal_request *rq,
                                   bool *ret_called, bool *ret_queued)
{
    struct dd_hal_list *l;
    enum dd_sgl_refuse why;
    uint64_t pages, regs;

    *ret_called = *ret_queued = false;
    why = chain_measure(rq, &pages);
    if (why != DD_SGL_OK) {
        return why;
    }
    regs = ha->dma.charge_all ? pages : 0;
    if (regs > ha->dma.max_regs) {
        return DD_SGL_TOO_MANY_REGISTERS;
    }
    l = list_new(ha, rq, regs);
    if (!l) {
        return DD_SGL_NO_MEMORY;
    }
    if (rq->sync && !sync_take(l, regs)) {
        free(l);
        return DD_SGL_BUSY;
    }
    why = list_build(l);
    if (why != DD_SGL_OK) {
        if (rq->sync) {
            regs_put(ha->dev, &l->x);
        }
        free(l);
        return why;
    }
    report_built(l);
    if (list_start(l, rq->sync ? 0 : regs, ret_queued)) {
        *ret_called = true;
        list_deliver(l, false);
    }
    return DD_SGL_OK;
}

/* --- put --- */

struct dd_hal_list *dd_hal_list_claim(struct dd_hal_device *dev, SCATTER_GATHER_LIST *list,
                                      uint64_t *ret_number, bool *ret_changed)
{
    struct dd_hal_list *l;

    *ret_number = 0;
    *ret_changed = false;
    if (!dev->checked) {
        l = list && (list->Reserved & MARK_BITS) == HAS_RECORD
                ? (struct dd_hal_list *)(list->Reserved & ~HAS_RECORD)
                : NULL;
        *ret_number = l ? l->x.owner : 0;
        return l;
    }
    dd_mutex_lock(&dev->lock);
    l = dd_map_del(&dev->by_list, DD_KEY(list));
    *ret_number = l ? l->x.owner : dd_track_freed_number_locked(dev, list);
    dd_mutex_unlock(&dev->lock);
    if (l) {
        *ret_changed = dd_track_print(list, l->elements) != l->print;
    }
    return l;
}

void dd_start_ready_locked(struct dd_list *ready)
{
    struct dd_list *pos;

    while ((pos = dd_list_pop(ready))) {
        struct dd_mapreg_waiter *w = DD_LIST_ENTRY(pos, struct dd_mapreg_waiter, node);

        if (w->start_locked) {
            w->start_locked(w);
            continue;
        }
        list_defer_locked(DD_LIST_ENTRY(w, struct dd_hal_list, waiter));
    }
}

static void regs_put_locked(struct dd_xfer *x)
{
    struct dd_list ready = DD_LIST_INIT(ready);

    dd_xfer_regs_put(x, &ready);
    dd_start_ready_locked(&ready);
}

static void regs_put(struct dd_hal_device *dev, struct dd_xfer *x)
{
    if (x->regs > 0) {
        dd_mutex_lock(&dev->lock);
        regs_put_locked(x);
        dd_mutex_unlock(&dev->lock);
    }
}

static void count_freed(struct dd_hal_device *dev, const struct dd_hal_list *l, bool copied_back)
{
    struct dd_hal_cpu *cpu = dd_hal_this_cpu(dev);

    cpu->s.sg_lists_freed++;
    if ((l->x.dir & DD_DIR_TO_DEVICE) != 0) {
        cpu->live_sends--;
    } else if (copied_back) {
        cpu->s.bounced_bytes += l->x.bounced;
    }
}

/* obj is an address only: in checked runs nobody reads the list through it */
static void report_freed(const struct dd_hal_list *l)
{
    DD_SEAM(.kind = DD_EV_SGL_FREED, .adapter = l->ha->dev->core.adapter, .obj = l->list,
            .obj2 = l->rq.obj, .a = l->x.owner);
}

void dd_hal_list_put(struct dd_hal_list *l)
{
    struct dd_hal_device *dev = l->ha->dev;

    dd_xfer_end(&l->x, true);
    count_freed(dev, l, true);
    dd_mutex_lock(&dev->lock);
    list_drop_locked(l);
    regs_put_locked(&l->x);
    dd_mutex_unlock(&dev->lock);
    report_freed(l);
    free(l);
}

void dd_list_kill_locked(struct dd_hal_list *l)
{
    struct dd_hal_device *dev = l->ha->dev;
    struct dd_list ready = DD_LIST_INIT(ready);
    bool dpc_runs = false;

    if (l->state == DD_LIST_WAITING) {
        bool was_waiting = dd_mapreg_cancel(&dev->core.regs, &l->waiter, &ready);

        dd_assert(was_waiting);
        dd_start_ready_locked(&ready);
        l->x.regs = 0;
    } else if (l->state == DD_LIST_READY) {
        dpc_runs = !dd_dpc_remove(&l->dpc);
    } else if (dev->checked) {
        dd_map_del(&dev->by_list, DD_KEY(l->list));
    }
    dd_xfer_end(&l->x, false);
    count_freed(dev, l, false);
    report_freed(l);
    list_drop_locked(l);
    regs_put_locked(&l->x);
    if (dpc_runs) {
        l->state = DD_LIST_DEAD; /* list_dpc frees it */
    } else {
        free(l);
    }
}
