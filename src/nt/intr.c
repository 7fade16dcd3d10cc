/* SPDX-License-Identifier: MIT */
/*
 * Interrupts. Each CPU that has one gets an interrupt context; a raise puts the interrupt on that
 * context's queue. ISRs of one CPU run one after the other, at DIRQL and under their interrupt's
 * lock, and do not wait for the CPU's dispatch lock: they interrupt what runs there.
 *
 * A message that arrives while its ISR runs makes it run once more; several before it runs are one.
 * A line's ISR runs while the pin is high. Nothing is called in a hot loop: a high line that nobody
 * claims is tried again after RETRY_NS, one that is claimed and stays high after CLAIMED_NS once it
 * did so CLAIMED_MAX times.
 */
#include "nt/nt_int.h"

#include "base/clock.h"
#include "base/self.h"

#include <errno.h>
#include <stdlib.h>

#define RETRY_NS    DD_NS_PER_MS
#define CLAIMED_NS  (100 * DD_NS_PER_US)
#define CLAIMED_MAX 16

struct intr_lock {
    uintptr_t word;
    unsigned users; /* guarded by the interrupts' lock below */
};

struct intr_cpu;

struct dd_intr {
    struct dd_intr_config config;
    struct intr_lock *lock;
    struct intr_cpu *on;
    struct dd_list all; /* in connected */
    _Atomic(uint64_t) count;
    /* guarded by on->lock */
    struct dd_list node; /* in on->ready or on->later */
    bool pending;        /* message: arrived and its ISR not yet started */
    bool level;          /* line: the pin */
    bool running, gone;
    unsigned claimed; /* times in a row that a claimed line stayed high */
    uint64_t retry_ns;
};

static struct intr_cpu {
    struct dd_mutex lock; /* guards the lists and each interrupt's state */
    struct dd_list ready, later;
    struct dd_ctx *ctx;
    bool stopping;
} intr_cpus[DD_CPUS_MAX] = {[0 ... DD_CPUS_MAX - 1] = {.lock = DD_MUTEX_INIT}};
static struct dd_list connected = DD_LIST_INIT(connected);
static struct dd_mutex connect_lock =
    DD_MUTEX_INIT; /* guards connected, intr_cpu.ctx and intr_lock.users */

/* --- running an ISR --- */

static bool call_isr(struct dd_intr *intr, struct dd_ctx *ctx)
{
    KIRQL irql = ctx->irql, floor = ctx->floor;
    bool claimed;

    dd_word_lock(&intr->lock->word, (uintptr_t)ctx);
    ctx->floor = DD_DIRQL;
    dd_irql_note(ctx, DD_DIRQL);
    claimed = intr->config.isr(intr->config.arg, intr->config.vector);
    dd_irql_note(ctx, irql);
    ctx->floor = floor;
    dd_word_unlock(&intr->lock->word, (uintptr_t)ctx);
    atomic_fetch_add(&intr->count, 1);
    DD_SEAM(.kind = DD_EV_INTERRUPT, .a = intr->config.vector, .b = claimed,
            .c = intr->config.line);
    return claimed;
}

static void make_ready_locked(struct dd_intr *intr)
{
    dd_list_remove(&intr->node);
    dd_list_append(&intr->on->ready, &intr->node);
}

static void retry_at_locked(struct dd_intr *intr, uint64_t when_ns)
{
    intr->retry_ns = when_ns;
    dd_list_append(&intr->on->later, &intr->node);
}

/* after an ISR ran: does it have to run again, and when? */
static void again_locked(struct dd_intr *intr, bool claimed)
{
    if (intr->gone) {
        return;
    }
    if (!intr->config.line) {
        if (intr->pending) {
            make_ready_locked(intr);
        }
        return;
    }
    if (!intr->level) {
        intr->claimed = 0;
    } else if (!claimed) {
        retry_at_locked(intr, dd_sched_now() + RETRY_NS);
    } else if (++intr->claimed > CLAIMED_MAX) {
        retry_at_locked(intr, dd_sched_now() + CLAIMED_NS);
    } else {
        make_ready_locked(intr);
    }
}

static void run_one_locked(struct intr_cpu *on, struct dd_intr *intr, struct dd_ctx *ctx)
{
    bool claimed, gone;

    intr->pending = false;
    if (intr->config.line && !intr->level) {
        return; /* withdrawn before it was delivered */
    }
    intr->running = true;
    dd_mutex_unlock(&on->lock);
    claimed = call_isr(intr, ctx);
    dd_mutex_lock(&on->lock);
    intr->running = false;
    again_locked(intr, claimed);
    gone = intr->gone;
    if (gone) {
        /* who disconnects waits for this; intr may be freed from here on */
        dd_mutex_unlock(&on->lock);
        dd_lot_wake(on);
        dd_mutex_lock(&on->lock);
    }
}

/* due retries become ready; the time of the next one */
static uint64_t promote_retries_locked(struct intr_cpu *on)
{
    uint64_t now = dd_sched_now(), next = UINT64_MAX;
    struct dd_list *n, *tmp;

    DD_LIST_EACH_SAFE(n, tmp, &on->later) {
        struct dd_intr *intr = DD_LIST_ENTRY(n, struct dd_intr, node);

        if (intr->retry_ns <= now) {
            make_ready_locked(intr);
        } else {
            next = dd_min_u64(next, intr->retry_ns);
        }
    }
    return next;
}

static void intr_main(void *arg)
{
    struct intr_cpu *on = arg;
    struct dd_ctx *ctx = dd_ctx_self();

    ctx->isr = true;
    dd_mutex_lock(&on->lock);
    while (!on->stopping) {
        uint64_t next = dd_list_empty(&on->later) ? UINT64_MAX : promote_retries_locked(on);
        struct dd_list *n = dd_list_pop(&on->ready);

        if (n != NULL) {
            run_one_locked(on, DD_LIST_ENTRY(n, struct dd_intr, node), ctx);
            continue;
        }
        dd_mutex_unlock(&on->lock);
        dd_sched_park(next);
        dd_mutex_lock(&on->lock);
    }
    dd_mutex_unlock(&on->lock);
    ctx->isr = false;
}

/* --- what kernel.h promises --- */

static int start_cpu_locked(struct intr_cpu *on, unsigned cpu)
{
    if (on->ctx != NULL) {
        return 0;
    }
    dd_list_init(&on->ready);
    dd_list_init(&on->later);
    on->stopping = false;
    return dd_ctx_spawn("interrupt", cpu, intr_main, on, &on->ctx);
}

int dd_intr_connect(const struct dd_intr_config *config, struct dd_intr **ret_intr)
{
    unsigned cpu = config->cpu % dd_cpu_count();
    struct dd_intr *intr = calloc(1, sizeof(*intr));
    int r;

    if (intr == NULL) {
        return -ENOMEM;
    }
    intr->config = *config;
    intr->on = &intr_cpus[cpu];
    dd_list_init(&intr->node);
    dd_mutex_lock(&connect_lock);
    r = start_cpu_locked(intr->on, cpu);
    if (r < 0) {
        intr->on->ctx = NULL;
    } else {
        intr->lock = config->share_lock_with != NULL ? config->share_lock_with->lock
                                                     : calloc(1, sizeof(*intr->lock));
        if (intr->lock == NULL) {
            r = -ENOMEM;
        } else {
            intr->lock->users++;
            dd_list_append(&connected, &intr->all);
        }
    }
    dd_mutex_unlock(&connect_lock);
    if (r < 0) {
        free(intr);
        return r;
    }
    *ret_intr = intr;
    return 0;
}

static bool still_running(void *arg)
{
    struct dd_intr *intr = arg;
    bool running;

    dd_mutex_lock(&intr->on->lock);
    running = intr->running;
    dd_mutex_unlock(&intr->on->lock);
    return running;
}

void dd_intr_disconnect(struct dd_intr *intr)
{
    if (intr == NULL) {
        return;
    }
    dd_mutex_lock(&intr->on->lock);
    intr->gone = true;
    dd_list_remove(&intr->node);
    dd_mutex_unlock(&intr->on->lock);
    while (still_running(intr)) {
        dd_lot_wait(intr->on, still_running, intr);
    }
    dd_mutex_lock(&connect_lock);
    dd_list_remove(&intr->all);
    if (--intr->lock->users == 0) {
        free(intr->lock);
    }
    dd_mutex_unlock(&connect_lock);
    free(intr);
}

bool dd_intr_is_connected(const void *intr)
{
    struct dd_list *n;
    bool found = false;

    dd_mutex_lock(&connect_lock);
    DD_LIST_EACH(n, &connected) {
        found = found || DD_LIST_ENTRY(n, struct dd_intr, all) == intr;
    }
    dd_mutex_unlock(&connect_lock);
    return found;
}

/* a line needs its ISR; the running one looks at the level itself when it returns */
static bool line_changed_locked(struct dd_intr *intr, bool level)
{
    bool rose = level && !intr->level;

    intr->level = level;
    if (!level || intr->running || (!rose && !dd_list_empty(&intr->node))) {
        return false;
    }
    intr->claimed = 0;
    make_ready_locked(intr);
    return true;
}

static bool message_arrived_locked(struct dd_intr *intr)
{
    if (intr->pending) {
        return false;
    }
    intr->pending = true;
    if (intr->running) {
        return false;
    }
    make_ready_locked(intr);
    return true;
}

void dd_intr_raise(struct dd_intr *intr, bool level)
{
    struct intr_cpu *on = intr->on;
    bool wake = false;

    dd_mutex_lock(&on->lock);
    if (!intr->gone) {
        if (intr->config.line) {
            wake = line_changed_locked(intr, level);
        } else if (level) {
            wake = message_arrived_locked(intr);
        }
    }
    dd_mutex_unlock(&on->lock);
    if (wake) {
        dd_sched_unpark(on->ctx);
    }
}

BOOLEAN dd_intr_sync(struct dd_intr *intr, BOOLEAN (*fn)(void *arg), void *arg)
{
    uintptr_t *word = &intr->lock->word, me = dd_word_me();
    KIRQL old = dd_irql_get();
    BOOLEAN result;

    if (old < DD_DIRQL) {
        dd_irql_raise(DD_DIRQL);
    }
    if (dd_word_owner(__atomic_load_n(word, __ATOMIC_RELAXED)) == me) {
        DD_SEAM(.kind = DD_EV_LOCK_BAD, .obj = intr, .a = DD_LOCK_RECURSIVE, .b = old);
        dd_machine_bugcheck(
            "synchronising with an interrupt from its own ISR or synchronise routine: "
            "it would spin for ever");
    }
    dd_word_lock(word, me);
    result = fn(arg);
    dd_word_unlock(word, me);
    if (old < DD_DIRQL) {
        dd_irql_lower(old);
    }
    return result;
}

KIRQL dd_intr_irql(const struct dd_intr *intr)
{
    (void)intr;
    return DD_DIRQL;
}

uint64_t dd_intr_count(const struct dd_intr *intr)
{
    return atomic_load(&intr->count);
}

void dd_intrs_stop(void)
{
    for (unsigned i = 0; i < DD_CPUS_MAX; i++) {
        struct intr_cpu *on = &intr_cpus[i];

        if (on->ctx == NULL) {
            continue;
        }
        dd_mutex_lock(&on->lock);
        on->stopping = true;
        dd_mutex_unlock(&on->lock);
        dd_sched_unpark(on->ctx);
        dd_ctx_join(on->ctx);
        on->ctx = NULL;
    }
}
