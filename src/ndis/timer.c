/* SPDX-License-Identifier: MIT */
/*
 * NDIS timer objects: a KTIMER and a KDPC behind a handle.
 *
 * A timer may be freed in its own callback, and a driver may free one that still runs elsewhere:
 * the slot goes when the last callback has returned. A DPC that was on its way finds the timer dead
 * and does nothing.
 */
#include "ndis/adapter_priv.h"

#include "base/clock.h"

#define UNIT_NS       100u
#define EPOCH_1601_NS (11644473600ull * DD_NS_PER_S) /* 1601 to 1970 */
#define POISON        ((PVOID)(uintptr_t)0xDDDDDDDDDDDDDDDDull)

struct dd_ndis_timer {
    struct dd_nobj obj;
    KTIMER timer;
    KDPC dpc;
    PNDIS_TIMER_FUNCTION function;
    PVOID context, set_context;
    const struct dd_adapter *a; /* NULL: of a driver handle */
    bool periodic, dead;        /* under lock */
    unsigned running;           /* under lock */
};

static struct dd_mutex lock = DD_MUTEX_INIT; /* guards dead, running and contexts of all timers */

static bool enter(struct dd_ndis_timer *t, PVOID *ret_context)
{
    bool live;

    dd_mutex_lock(&lock);
    live = t->obj.slot.kind == DD_SLOT_TIMER && !t->dead;
    if (live) {
        t->running++;
        *ret_context = t->set_context != NULL ? t->set_context : t->context;
    }
    dd_mutex_unlock(&lock);
    return live;
}

static void leave(struct dd_ndis_timer *t)
{
    bool last;

    dd_mutex_lock(&lock);
    t->running--;
    last = t->dead && t->running == 0;
    dd_mutex_unlock(&lock);
    if (last) {
        dd_nobj_free(t);
    }
}

static void run(PKDPC dpc, PVOID arg, PVOID arg1, PVOID arg2)
{
    struct dd_ndis_timer *t = arg;
    PVOID context;

    (void)dpc;
    (void)arg1;
    (void)arg2;
    if (!enter(t, &context)) {
        return;
    }
    DD_CALL(DD_ROLE_TIMER, "NetTimerCallback", t->a, t->function(POISON, context, POISON, POISON));
    leave(t);
}

static struct dd_ndis_timer *timer_new(NDIS_HANDLE handle, const NDIS_TIMER_CHARACTERISTICS *c,
                                       const void *site)
{
    struct dd_ndis_timer *t = dd_nobj_new(DD_SLOT_TIMER, sizeof(*t), dd_ndis_owner(handle), site);

    if (t == NULL) {
        return NULL;
    }
    dd_timer_init(&t->timer, NotificationTimer);
    dd_dpc_init(&t->dpc, run, t);
    t->function = c->TimerFunction;
    t->context = c->FunctionContext;
    t->a = dd_adapter_from_handle(handle);
    return t;
}

/* from now, in nanoseconds */
static uint64_t due_ns(LARGE_INTEGER due)
{
    uint64_t now, at;

    if (due.QuadPart <= 0) {
        return (uint64_t)-due.QuadPart * UNIT_NS;
    }
    now = dd_clock_wall_ns() + EPOCH_1601_NS;
    at = (uint64_t)due.QuadPart * UNIT_NS;
    return at > now ? at - now : 0;
}

static bool timer_set(struct dd_ndis_timer *t, LARGE_INTEGER due, LONG period_ms, PVOID context)
{
    dd_mutex_lock(&lock);
    t->set_context = context;
    t->periodic = period_ms > 0;
    dd_mutex_unlock(&lock);
    return dd_timer_set(&t->timer, due_ns(due), period_ms > 0 ? (uint32_t)period_ms : 0, &t->dpc);
}

static bool is_running(struct dd_ndis_timer *t)
{
    bool running;

    dd_mutex_lock(&lock);
    running = t->running != 0;
    dd_mutex_unlock(&lock);
    return running;
}

static void timer_drop(struct dd_ndis_timer *t)
{
    bool now;

    dd_mutex_lock(&lock);
    t->dead = true;
    now = t->running == 0;
    dd_mutex_unlock(&lock);
    if (now) {
        dd_nobj_free(t);
    }
}

/* after a leak report: no callback may run into what is torn down next */
void dd_timer_destroy(void *obj)
{
    struct dd_ndis_timer *t = obj;

    (void)dd_timer_cancel(&t->timer);
    dd_dpc_flush();
    timer_drop(t);
}

NDIS_STATUS NdisAllocateTimerObject(NDIS_HANDLE NdisHandle,
                                    PNDIS_TIMER_CHARACTERISTICS TimerCharacteristics,
                                    PNDIS_HANDLE pTimerObject)
{
    const NDIS_OBJECT_HEADER *h = &TimerCharacteristics->Header;
    struct dd_ndis_timer *t;

    DD_API(NdisAllocateTimerObject);
    if (h->Type != NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS ||
        h->Revision < NDIS_TIMER_CHARACTERISTICS_REVISION_1 ||
        h->Size < NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1 ||
        TimerCharacteristics->TimerFunction == NULL) {
        dd_bad_object(TimerCharacteristics, "NDIS_TIMER_CHARACTERISTICS that cannot be used",
                      DD_SITE());
        return NDIS_STATUS_BAD_CHARACTERISTICS;
    }
    t = dd_seam_may_fail(DD_FAIL_TIMER, DD_SITE())
            ? NULL
            : timer_new(NdisHandle, TimerCharacteristics, DD_SITE());
    if (t == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    *pTimerObject = (NDIS_HANDLE)t;
    return NDIS_STATUS_SUCCESS;
}

BOOLEAN NdisSetTimerObject(NDIS_HANDLE TimerObject, LARGE_INTEGER DueTime, LONG MillisecondsPeriod,
                           PVOID FunctionContext)
{
    struct dd_ndis_timer *t;

    DD_API(NdisSetTimerObject);
    t = dd_nobj_get(TimerObject, DD_SLOT_TIMER, "not a timer object", DD_SITE());
    return t != NULL && timer_set(t, DueTime, MillisecondsPeriod, FunctionContext);
}

BOOLEAN NdisSetCoalescableTimerObject(NDIS_HANDLE TimerObject, LARGE_INTEGER DueTime,
                                      LONG MillisecondsPeriod, PVOID FunctionContext,
                                      ULONG Tolerance)
{
    struct dd_ndis_timer *t;

    DD_API(NdisSetCoalescableTimerObject);
    (void)Tolerance; /* permission to be late, never used */
    t = dd_nobj_get(TimerObject, DD_SLOT_TIMER, "not a timer object", DD_SITE());
    return t != NULL && timer_set(t, DueTime, MillisecondsPeriod, FunctionContext);
}

BOOLEAN NdisCancelTimerObject(NDIS_HANDLE TimerObject)
{
    struct dd_ndis_timer *t;
    bool was_set;

    DD_API(NdisCancelTimerObject);
    t = dd_nobj_get(TimerObject, DD_SLOT_TIMER, "not a timer object", DD_SITE());
    if (t == NULL) {
        return FALSE;
    }
    was_set = dd_timer_cancel(&t->timer);
    if (t->periodic) {
        if (dd_irql_get() > PASSIVE_LEVEL) {
            dd_bad_object(TimerObject, "periodic timer cancelled above PASSIVE_LEVEL", DD_SITE());
        } else {
            dd_dpc_flush();
        }
    }
    return was_set;
}

VOID NdisFreeTimerObject(NDIS_HANDLE TimerObject)
{
    struct dd_ndis_timer *t;
    bool was_set;

    DD_API(NdisFreeTimerObject);
    t = dd_nobj_get(TimerObject, DD_SLOT_TIMER, "not a timer object", DD_SITE());
    if (t == NULL) {
        return;
    }
    /* expired but not run yet is set as well */
    was_set = dd_timer_cancel(&t->timer);
    was_set = dd_dpc_remove(&t->dpc) || was_set;
    if (was_set) {
        dd_bad_object(TimerObject, "timer object freed while it is set", DD_SITE());
    } else if (is_running(t) && !dd_call_inside(DD_ROLE_TIMER)) {
        dd_bad_object(TimerObject, "timer object freed while its callback runs", DD_SITE());
    }
    timer_drop(t);
}
