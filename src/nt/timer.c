/* SPDX-License-Identifier: MIT */
/*
 * Timers: a heap ordered by due time, and a service thread that sleeps until the first is due. A
 * set timer knows its place in the heap (TimerListEntry.Flink), and the heap entry points back, so
 * a place is believed only if both agree.
 */
#include "nt/nt_int.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>

struct entry {
    uint64_t due_ns; /* dd_sched_now() clock */
    PKTIMER timer;
};

static struct {
    struct dd_mutex lock; /* guards everything here and the fields of set timers */
    struct dd_cond changed;
    struct dd_thread *thread;
    bool stopping;
    struct entry *heap;
    size_t count, cap;
} timers = {.lock = DD_MUTEX_INIT};

/* --- heap --- */

static void put_at(size_t i, struct entry e)
{
    timers.heap[i] = e;
    e.timer->TimerListEntry.Flink = (PLIST_ENTRY)i;
}

static void sift_up(size_t i, struct entry e)
{
    for (; i > 0 && timers.heap[(i - 1) / 2].due_ns > e.due_ns; i = (i - 1) / 2) {
        put_at(i, timers.heap[(i - 1) / 2]);
    }
    put_at(i, e);
}

static void sift_down(size_t i, struct entry e)
{
    for (;;) {
        size_t child = 2 * i + 1;

        if (child + 1 < timers.count && timers.heap[child + 1].due_ns < timers.heap[child].due_ns) {
            child++;
        }
        if (child >= timers.count || timers.heap[child].due_ns >= e.due_ns) {
            break;
        }
        put_at(i, timers.heap[child]);
        i = child;
    }
    put_at(i, e);
}

static bool insert_locked(PKTIMER timer, uint64_t due_ns)
{
    if (timers.count == timers.cap) {
        size_t cap = timers.cap > 0 ? timers.cap * 2 : 64;
        struct entry *heap = realloc(timers.heap, cap * sizeof(*heap));

        if (heap == NULL) {
            return false;
        }
        timers.heap = heap;
        timers.cap = cap;
    }
    sift_up(timers.count++, (struct entry){due_ns, timer});
    timer->Header.Inserted = 1;
    return true;
}

static void remove_locked(size_t i)
{
    struct entry last = timers.heap[--timers.count];

    timers.heap[i].timer->Header.Inserted = 0;
    if (i == timers.count) {
        return;
    }
    if (i > 0 && timers.heap[(i - 1) / 2].due_ns > last.due_ns) {
        sift_up(i, last);
    } else {
        sift_down(i, last);
    }
}

/* place of a set timer, or SIZE_MAX */
static size_t place_locked(const KTIMER *timer)
{
    size_t i = (size_t)timer->TimerListEntry.Flink;

    return i < timers.count && timers.heap[i].timer == timer ? i : SIZE_MAX;
}

/* the same without trust in the timer's own fields, which a driver may have overwritten */
static size_t search_locked(const void *start, size_t len_bytes)
{
    for (size_t i = 0; i < timers.count; i++) {
        if (dd_range_has(start, len_bytes, timers.heap[i].timer)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* --- expiry --- */

static void queue_dpc_locked(PKTIMER t, uint64_t now)
{
    unsigned cpu = t->Dpc->Number != 0 ? DD_CPU_ANY : t->Processor;

    dd_dpc_queue(t->Dpc, cpu, (PVOID)(uintptr_t)(ULONG)(now / 100),
                 (PVOID)(uintptr_t)(now / 100 >> 32));
}

/* its DPC finds it signalled, and whoever waited for it finds the DPC queued */
static void expire_first_locked(uint64_t now)
{
    struct entry e = timers.heap[0];
    PKTIMER t = e.timer;

    remove_locked(0);
    if (t->Period > 0) {
        uint64_t period_ns = t->Period * DD_NS_PER_MS, next = e.due_ns + period_ns;

        /* behind by more than a period: leave the missed ones out */
        insert_locked(t, next > now ? next : now + period_ns);
    }
    dd_mutex_lock(&dd_dispatcher);
    t->Header.SignalState = 1;
    if (t->Dpc != NULL) {
        queue_dpc_locked(t, now);
    }
    dd_header_signal_locked(&t->Header);
    dd_mutex_unlock(&dd_dispatcher);
}

static void timers_main(void *arg)
{
    (void)arg;
    dd_mutex_lock(&timers.lock);
    while (!timers.stopping) {
        uint64_t now = dd_sched_now(), due = timers.count > 0 ? timers.heap[0].due_ns : UINT64_MAX;

        if (due <= now) {
            expire_first_locked(now);
        } else {
            uint64_t until = due != UINT64_MAX ? dd_clock_ns() + (due - now) : UINT64_MAX;

            dd_cond_wait_until(&timers.changed, &timers.lock, until);
        }
    }
    dd_mutex_unlock(&timers.lock);
}

/* --- what kernel.h promises --- */

static void init_fields(PKTIMER timer, TIMER_TYPE type, const void *site)
{
    dd_header_init(&timer->Header,
                   type == NotificationTimer ? DD_OBJ_TIMER_NOTIFY : DD_OBJ_TIMER_SYNC,
                   sizeof(*timer), 0, site);
    timer->DueTime.QuadPart = 0;
    timer->TimerListEntry.Flink = timer->TimerListEntry.Blink = NULL;
    timer->Dpc = NULL;
    timer->Processor = 0;
    timer->TimerType = (USHORT)type;
    timer->Period = 0;
}

void dd_timer_init_at(PKTIMER timer, TIMER_TYPE type, const void *site)
{
    size_t i;

    dd_mutex_lock(&timers.lock);
    i = search_locked(timer, 1);
    if (i != SIZE_MAX) {
        remove_locked(i);
    }
    init_fields(timer, type, site);
    dd_mutex_unlock(&timers.lock);
    if (i != SIZE_MAX) {
        dd_object_bad(timer, "timer was initialised while it was set", site);
    }
}

void dd_timer_init(PKTIMER timer, TIMER_TYPE type)
{
    dd_timer_init_at(timer, type, NULL);
}

static bool check_timer(PKTIMER timer)
{
    return dd_header_is_valid(&timer->Header) &&
           (timer->Header.Type == DD_OBJ_TIMER_NOTIFY || timer->Header.Type == DD_OBJ_TIMER_SYNC);
}

bool dd_timer_set_at(PKTIMER timer, uint64_t due_ns, uint32_t period_ms, PKDPC dpc,
                     const void *site)
{
    uint64_t due;
    size_t i;
    bool kept;

    if (!check_timer(timer)) {
        dd_object_bad(timer, "timer was never initialised", site);
        dd_timer_init(timer, NotificationTimer);
    }
    due = dd_add_overflows(dd_sched_now(), due_ns, &due) ? UINT64_MAX - 1 : due;
    dd_mutex_lock(&timers.lock);
    i = place_locked(timer);
    if (i != SIZE_MAX) {
        remove_locked(i);
    }
    dd_mutex_lock(&dd_dispatcher);
    timer->Header.SignalState = 0;
    dd_mutex_unlock(&dd_dispatcher);
    timer->DueTime.QuadPart = due / 100;
    timer->Dpc = dpc;
    timer->Processor = (USHORT)dd_cpu_current();
    timer->Period = period_ms;
    kept = insert_locked(timer, due);
    if (kept && timers.heap[0].timer == timer) {
        dd_cond_signal(&timers.changed);
    }
    dd_mutex_unlock(&timers.lock);
    if (!kept) {
        dd_machine_bugcheck("no memory to set a timer");
    }
    return i != SIZE_MAX;
}

bool dd_timer_set(PKTIMER timer, uint64_t due_ns, uint32_t period_ms, PKDPC dpc)
{
    return dd_timer_set_at(timer, due_ns, period_ms, dpc, NULL);
}

bool dd_timer_cancel(PKTIMER timer)
{
    size_t i;

    dd_mutex_lock(&timers.lock);
    i = place_locked(timer);
    if (i != SIZE_MAX) {
        remove_locked(i);
    }
    dd_mutex_unlock(&timers.lock);
    return i != SIZE_MAX;
}

bool dd_timer_set_in(const void *start, size_t len_bytes)
{
    bool found;

    dd_mutex_lock(&timers.lock);
    found = search_locked(start, len_bytes) != SIZE_MAX;
    dd_mutex_unlock(&timers.lock);
    return found;
}

int dd_timers_start(void)
{
    dd_cond_init(&timers.changed);
    timers.stopping = false;
    return dd_thread_start("timers", timers_main, NULL, &timers.thread);
}

void dd_timers_stop(void)
{
    dd_mutex_lock(&timers.lock);
    timers.stopping = true;
    dd_cond_signal(&timers.changed);
    dd_mutex_unlock(&timers.lock);
    if (timers.thread != NULL) {
        dd_thread_join(timers.thread);
        timers.thread = NULL;
    }
    dd_mutex_lock(&timers.lock);
    /* the timers themselves may be gone with the driver */
    free(timers.heap);
    timers.heap = NULL;
    timers.count = timers.cap = 0;
    dd_mutex_unlock(&timers.lock);
    dd_cond_done(&timers.changed);
}
