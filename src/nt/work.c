/* SPDX-License-Identifier: MIT */
/*
 * Work at PASSIVE_LEVEL: one queue, first in first out, and a few worker contexts. Each item gets a
 * number when it is queued; a flush waits until no smaller number is queued or running.
 */
#include "nt/nt_int.h"

#include "base/clock.h"

#include <errno.h>

#define WORKERS 4u

static struct {
    struct dd_mutex lock; /* guards everything here and dd_work.queued */
    struct dd_list queue;
    uint64_t next_number, head_number; /* of the next item queued; of the first in the queue */
    bool stopping;
    unsigned workers;
    struct worker {
        struct dd_ctx *ctx;
        bool idle;
        uint64_t running; /* number, UINT64_MAX: none */
    } worker[WORKERS];
    unsigned flushers; /* contexts asleep on this variable's address */
} works = {.lock = DD_MUTEX_INIT, .queue = DD_LIST_INIT(works.queue)};

void dd_work_init(struct dd_work *w, void (*fn)(void *arg), void *arg)
{
    dd_list_init(&w->node);
    w->fn = fn;
    w->arg = arg;
    w->queued = false;
}

/* smallest number that is queued or running */
static uint64_t oldest_locked(void)
{
    uint64_t oldest = dd_list_empty(&works.queue) ? UINT64_MAX : works.head_number;

    for (unsigned i = 0; i < works.workers; i++) {
        oldest = dd_min_u64(oldest, works.worker[i].running);
    }
    return oldest;
}

static struct dd_ctx *idle_worker_locked(void)
{
    for (unsigned i = 0; i < works.workers; i++) {
        if (works.worker[i].idle) {
            works.worker[i].idle = false;
            return works.worker[i].ctx;
        }
    }
    return NULL;
}

bool dd_work_queue(struct dd_work *w)
{
    struct dd_ctx *wake = NULL;
    bool queued;

    dd_mutex_lock(&works.lock);
    queued = !w->queued;
    if (queued) {
        w->queued = true;
        dd_list_append(&works.queue, &w->node);
        works.next_number++;
        wake = idle_worker_locked();
    }
    dd_mutex_unlock(&works.lock);
    if (wake != NULL) {
        dd_sched_unpark(wake);
    }
    return queued;
}

/* the item may be gone when fn returns */
static void run_first_locked(struct worker *me)
{
    struct dd_work *w = DD_LIST_ENTRY(dd_list_pop(&works.queue), struct dd_work, node);
    void (*fn)(void *arg) = w->fn;
    void *arg = w->arg;
    bool wake;

    me->running = works.head_number++;
    w->queued = false;
    dd_mutex_unlock(&works.lock);
    fn(arg);
    if (dd_irql_get() != PASSIVE_LEVEL) {
        dd_irql_restore(dd_ctx_self(), PASSIVE_LEVEL);
    }
    dd_mutex_lock(&works.lock);
    me->running = UINT64_MAX;
    wake = works.flushers > 0;
    if (wake) {
        dd_mutex_unlock(&works.lock);
        dd_lot_wake(&works.flushers);
        dd_mutex_lock(&works.lock);
    }
}

static void worker_main(void *arg)
{
    struct worker *me = arg;

    dd_mutex_lock(&works.lock);
    while (!works.stopping || !dd_list_empty(&works.queue)) {
        if (!dd_list_empty(&works.queue)) {
            run_first_locked(me);
            continue;
        }
        me->idle = true;
        dd_mutex_unlock(&works.lock);
        dd_sched_park(UINT64_MAX);
        dd_mutex_lock(&works.lock);
        me->idle = false;
    }
    dd_mutex_unlock(&works.lock);
}

static bool still_older(void *arg)
{
    bool older;

    dd_mutex_lock(&works.lock);
    older = oldest_locked() < *(uint64_t *)arg;
    dd_mutex_unlock(&works.lock);
    return older;
}

void dd_work_flush(void)
{
    uint64_t limit;

    if (dd_irql_get() != PASSIVE_LEVEL) {
        DD_SEAM(.kind = DD_EV_IRQL_BAD, .a = dd_irql_get(), .b = PASSIVE_LEVEL);
        return;
    }
    dd_mutex_lock(&works.lock);
    limit = works.next_number;
    works.flushers++;
    dd_mutex_unlock(&works.lock);
    while (works.workers > 0 && still_older(&limit)) {
        dd_lot_wait(&works.flushers, still_older, &limit);
    }
    dd_mutex_lock(&works.lock);
    works.flushers--;
    dd_mutex_unlock(&works.lock);
}

int dd_work_start(void)
{
    works.stopping = false;
    works.workers = 0;
    for (unsigned i = 0; i < WORKERS; i++) {
        struct worker *w = &works.worker[i];
        int r;

        w->idle = false;
        w->running = UINT64_MAX;
        r = dd_ctx_spawn("system worker", i % dd_cpu_count(), worker_main, w, &w->ctx);
        if (r < 0) {
            return r;
        }
        dd_mutex_lock(&works.lock);
        works.workers++;
        dd_mutex_unlock(&works.lock);
    }
    return 0;
}

void dd_work_stop(void)
{
    dd_mutex_lock(&works.lock);
    works.stopping = true;
    dd_mutex_unlock(&works.lock);
    for (unsigned i = 0; i < works.workers; i++) {
        dd_sched_unpark(works.worker[i].ctx);
    }
    for (unsigned i = 0; i < works.workers; i++) {
        dd_ctx_join(works.worker[i].ctx);
    }
    works.workers = 0;
}
