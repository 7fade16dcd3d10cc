/* SPDX-License-Identifier: MIT */
/*
 * Objects that can be waited for, and waits. One lock guards all of them: states change rarely
 * against how often data moves, and waits for several objects need several states at once.
 *
 *   object.WaitListHead <-> block <-> block     a block for each (waiter, object)
 *
 * The waker takes the state on behalf of the waiter, unlinks all its blocks and marks it done; so a
 * woken waiter needs no lock.
 */
#include "nt/nt_int.h"

#include "base/self.h"

struct waiter;

struct block {
    LIST_ENTRY node;
    struct waiter *waiter;
    DISPATCHER_HEADER *object;
};

struct waiter {
    struct dd_list node; /* in waiters */
    struct dd_ctx *ctx;
    bool all, linked;
    unsigned count;
    struct block *blocks;
    NTSTATUS status;
    _Atomic(bool) done;
};

struct dd_mutex dd_dispatcher = DD_MUTEX_INIT;
static struct dd_list waiters =
    DD_LIST_INIT(waiters); /* everybody who waits; guarded by dd_dispatcher */

void dd_object_bad(const void *obj, const char *what, const void *site)
{
    DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .obj = obj, .data = what);
}

/* --- headers --- */

static unsigned size_of_type(unsigned type)
{
    switch (type) {
    case DD_OBJ_EVENT_NOTIFY:
    case DD_OBJ_EVENT_SYNC:
        return sizeof(KEVENT);
    case DD_OBJ_MUTANT:
        return sizeof(KMUTEX);
    case DD_OBJ_SEMAPHORE:
        return sizeof(KSEMAPHORE);
    case DD_OBJ_THREAD:
        return sizeof(DISPATCHER_HEADER);
    case DD_OBJ_TIMER_NOTIFY:
    case DD_OBJ_TIMER_SYNC:
        return sizeof(KTIMER);
    default:
        return 0;
    }
}

bool dd_header_is_valid(const DISPATCHER_HEADER *h)
{
    unsigned size;

    if ((uintptr_t)h < 65536 || ((uintptr_t)h & 7) != 0) {
        return false;
    }
    size = size_of_type(h->Type);
    /* written once, at initialisation: no lock needed */
    return size != 0 && h->Size == size / 4;
}

static bool is_waited_for_locked(const DISPATCHER_HEADER *h)
{
    struct dd_list *n;

    DD_LIST_EACH(n, &waiters) {
        struct waiter *w = DD_LIST_ENTRY(n, struct waiter, node);

        for (unsigned i = 0; i < w->count; i++) {
            if (w->blocks[i].object == h) {
                return true;
            }
        }
    }
    return false;
}

void dd_header_init(DISPATCHER_HEADER *h, unsigned type, size_t size_bytes, LONG state,
                    const void *site)
{
    bool in_use;

    dd_mutex_lock(&dd_dispatcher);
    in_use = is_waited_for_locked(h);
    h->LockNV = 0;
    h->Type = (UCHAR)type;
    h->Size = (UCHAR)(size_bytes / 4);
    h->SignalState = state;
    if (!in_use) {
        InitializeListHead(&h->WaitListHead);
    }
    dd_mutex_unlock(&dd_dispatcher);
    if (in_use) {
        dd_object_bad(h, "object was initialised while a thread waits for it", site);
    }
}

bool dd_waited_in(const void *start, size_t len_bytes)
{
    struct dd_list *n;
    bool found = false;

    dd_mutex_lock(&dd_dispatcher);
    DD_LIST_EACH(n, &waiters) {
        struct waiter *w = DD_LIST_ENTRY(n, struct waiter, node);

        for (unsigned i = 0; i < w->count && !found; i++) {
            found = dd_range_has(start, len_bytes, w->blocks[i].object);
        }
    }
    dd_mutex_unlock(&dd_dispatcher);
    return found;
}

/* --- states --- */

static bool may_take_locked(const DISPATCHER_HEADER *h, const struct dd_ctx *ctx)
{
    if (h->Type == DD_OBJ_MUTANT &&
        ((const KMUTEX *)(const void *)h)->OwnerThread == (const void *)ctx) {
        return true;
    }
    return h->SignalState > 0;
}

static void take_locked(DISPATCHER_HEADER *h, struct dd_ctx *ctx)
{
    switch (h->Type) {
    case DD_OBJ_EVENT_SYNC:
    case DD_OBJ_TIMER_SYNC:
        h->SignalState = 0;
        break;
    case DD_OBJ_SEMAPHORE:
        h->SignalState--;
        break;
    case DD_OBJ_MUTANT:
        h->SignalState--;
        ((KMUTEX *)(void *)h)->OwnerThread = (void *)ctx;
        break;
    default:
        break;
    }
}

/* true when the wait is over: its states are taken and its status is set */
static bool try_finish_locked(struct waiter *w)
{
    for (unsigned i = 0; i < w->count; i++) {
        bool may = may_take_locked(w->blocks[i].object, w->ctx);

        if (w->all && !may) {
            return false;
        }
        if (!w->all && may) {
            take_locked(w->blocks[i].object, w->ctx);
            w->status = STATUS_SUCCESS + (NTSTATUS)i;
            return true;
        }
    }
    for (unsigned i = 0; w->all && i < w->count; i++) {
        take_locked(w->blocks[i].object, w->ctx);
    }
    w->status = w->all ? STATUS_SUCCESS : STATUS_TIMEOUT;
    return w->all;
}

static void unlink_locked(struct waiter *w)
{
    for (unsigned i = 0; i < w->count; i++) {
        RemoveEntryList(&w->blocks[i].node);
    }
    dd_list_remove(&w->node);
    w->linked = false;
}

void dd_header_signal_locked(DISPATCHER_HEADER *h)
{
    PLIST_ENTRY e = h->WaitListHead.Flink;

    while (e != &h->WaitListHead && h->SignalState > 0) {
        struct waiter *w = DD_CONTAINER(e, struct block, node)->waiter;

        e = e->Flink;
        if (try_finish_locked(w)) {
            struct dd_ctx *ctx = w->ctx;

            /* a waiter may have several blocks on this list: start over */
            unlink_locked(w);
            atomic_store_explicit(&w->done, true, memory_order_release);
            dd_sched_unpark(ctx);
            e = h->WaitListHead.Flink;
        }
    }
}

/* --- waiting --- */

static void link_locked(struct waiter *w, PVOID *objects)
{
    for (unsigned i = 0; i < w->count; i++) {
        w->blocks[i].object = objects[i];
        w->blocks[i].waiter = w;
        InsertTailList(&w->blocks[i].object->WaitListHead, &w->blocks[i].node);
    }
    dd_list_append(&waiters, &w->node);
    w->linked = true;
}

static bool objects_are_valid(PVOID *objects, unsigned count, const void *site)
{
    for (unsigned i = 0; i < count; i++) {
        if (!dd_header_is_valid(objects[i])) {
            dd_object_bad(objects[i], "not an object that can be waited for, or never initialised",
                          site);
            return false;
        }
    }
    return true;
}

/* above APC_LEVEL only a poll: waiting would hold the CPU */
static uint64_t allowed_timeout(uint64_t timeout_ns, const void *site)
{
    KIRQL irql = dd_irql_get();

    if (irql >= DISPATCH_LEVEL && timeout_ns != 0) {
        DD_SEAM(.kind = DD_EV_IRQL_BAD, .site = site, .a = irql, .b = APC_LEVEL);
        return 0;
    }
    return timeout_ns;
}

static uint64_t deadline_after(uint64_t timeout_ns)
{
    uint64_t deadline;

    return dd_add_overflows(dd_sched_now(), timeout_ns, &deadline) ? UINT64_MAX : deadline;
}

NTSTATUS dd_wait_many(PVOID *objects, unsigned count, bool all, uint64_t timeout_ns,
                      const void *site)
{
    struct block blocks[MAXIMUM_WAIT_OBJECTS];
    struct waiter w = {.ctx = dd_ctx_self(),
                       .all = all,
                       .count = count,
                       .blocks = blocks,
                       .status = STATUS_TIMEOUT};
    uint64_t deadline;
    bool over;

    dd_assert(w.ctx != NULL && count > 0 && count <= MAXIMUM_WAIT_OBJECTS);
    if (!objects_are_valid(objects, count, site)) {
        return STATUS_INVALID_PARAMETER;
    }
    timeout_ns = allowed_timeout(timeout_ns, site);
    deadline = deadline_after(timeout_ns);
    for (unsigned i = 0; i < count; i++) {
        blocks[i].object = objects[i];
    }
    dd_mutex_lock(&dd_dispatcher);
    over = try_finish_locked(&w);
    if (!over && timeout_ns > 0) {
        link_locked(&w, objects);
    }
    dd_mutex_unlock(&dd_dispatcher);
    if (over || timeout_ns == 0) {
        return w.status;
    }
    while (!atomic_load_explicit(&w.done, memory_order_acquire)) {
        if (!dd_sched_park(deadline) && dd_sched_now() >= deadline) {
            break;
        }
    }
    dd_mutex_lock(&dd_dispatcher);
    if (w.linked) {
        unlink_locked(&w);
    }
    dd_mutex_unlock(&dd_dispatcher);
    return w.status;
}

NTSTATUS dd_wait(PVOID object, uint64_t timeout_ns)
{
    return dd_wait_many(&object, 1, false, timeout_ns, NULL);
}

void dd_delay_at(uint64_t ns, const void *site)
{
    uint64_t deadline = deadline_after(ns);

    if (dd_irql_get() >= DISPATCH_LEVEL) {
        DD_SEAM(.kind = DD_EV_IRQL_BAD, .site = site, .a = dd_irql_get(), .b = APC_LEVEL);
        dd_sched_stall(ns);
        return;
    }
    if (ns == 0) {
        dd_sched_yield();
    }
    while (dd_sched_now() < deadline) {
        dd_sched_park(deadline);
    }
}

void dd_delay(uint64_t ns)
{
    dd_delay_at(ns, NULL);
}

/* --- events --- */

void dd_event_init(PKEVENT event, EVENT_TYPE type, bool signalled)
{
    dd_header_init(&event->Header,
                   type == NotificationEvent ? DD_OBJ_EVENT_NOTIFY : DD_OBJ_EVENT_SYNC,
                   sizeof(*event), signalled, NULL);
}

/* an event of zeros or of garbage becomes a notification event, so that the run goes on */
static void check_event(PKEVENT event, const void *site)
{
    if (!dd_header_is_valid(&event->Header) || event->Header.Type > DD_OBJ_EVENT_SYNC) {
        dd_object_bad(event, "event was never initialised", site);
        dd_event_init(event, NotificationEvent, false);
    }
}

bool dd_event_set_at(PKEVENT event, const void *site)
{
    LONG old;

    check_event(event, site);
    dd_mutex_lock(&dd_dispatcher);
    old = event->Header.SignalState;
    event->Header.SignalState = 1;
    dd_header_signal_locked(&event->Header);
    dd_mutex_unlock(&dd_dispatcher);
    return old != 0;
}

bool dd_event_reset_at(PKEVENT event, const void *site)
{
    LONG old;

    check_event(event, site);
    dd_mutex_lock(&dd_dispatcher);
    old = event->Header.SignalState;
    event->Header.SignalState = 0;
    dd_mutex_unlock(&dd_dispatcher);
    return old != 0;
}

bool dd_event_set(PKEVENT event)
{
    return dd_event_set_at(event, NULL);
}

bool dd_event_reset(PKEVENT event)
{
    return dd_event_reset_at(event, NULL);
}
