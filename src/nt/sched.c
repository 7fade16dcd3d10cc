/* SPDX-License-Identifier: MIT */
/* The live scheduler: a context is a thread of the host. */
#include "base/clock.h"
#include "base/self.h"
#include "nt/nt_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct dd_ctx pool[DD_CTX_MAX];
static struct {
    struct dd_mutex lock;   /* guards slots' use, ready and names */
    bool ready[DD_CTX_MAX]; /* mutex and condition variable exist */
    char *names[DD_CTX_MAX];
    unsigned name_count;
} pool_state = {.lock = DD_MUTEX_INIT};
static _Atomic(unsigned) pool_high; /* slots ever used */
static _Atomic(uint64_t) epoch_ns;

/* --- places --- */

/* names live for ever, so that a watchdog may read them at any time; there are few different ones
 */
static const char *intern_locked(const char *name)
{
    char *copy;

    for (unsigned i = 0; i < pool_state.name_count; i++) {
        if (strcmp(pool_state.names[i], name) == 0) {
            return pool_state.names[i];
        }
    }
    copy = pool_state.name_count < DD_CTX_MAX ? strdup(name) : NULL;
    if (copy == NULL) {
        return "context";
    }
    pool_state.names[pool_state.name_count++] = copy;
    return copy;
}

static void ctx_reset(struct dd_ctx *ctx, unsigned cpu)
{
    ctx->irql = ctx->floor = PASSIVE_LEVEL;
    ctx->holds_cpu = ctx->isr = false;
    ctx->dpc_depth = 0;
    ctx->cpu = ctx->next_cpu = cpu;
    ctx->critical = ctx->spin_count = 0;
    ctx->affinity = 0;
    ctx->call = NULL;
    ctx->kthread = NULL;
    ctx->exit = NULL;
    ctx->fn = NULL;
    ctx->arg = NULL;
    ctx->thread = NULL;
    ctx->park_token = false;
}

static struct dd_ctx *ctx_take(const char *name, unsigned cpu)
{
    struct dd_ctx *ctx = NULL;

    dd_mutex_lock(&pool_state.lock);
    for (unsigned i = 0; i < DD_CTX_MAX && ctx == NULL; i++) {
        if (!atomic_load(&pool[i].used)) {
            ctx = &pool[i];
            if (!pool_state.ready[i]) {
                dd_mutex_init(&ctx->park_lock);
                dd_cond_init(&ctx->park_cond);
                pool_state.ready[i] = true;
            }
            if (atomic_load(&pool_high) < i + 1) {
                atomic_store(&pool_high, i + 1);
            }
        }
    }
    if (ctx != NULL) {
        /* a late unpark of the slot's last user may still be at the lock */
        dd_mutex_lock(&ctx->park_lock);
        ctx_reset(ctx, cpu);
        dd_mutex_unlock(&ctx->park_lock);
        atomic_store(&ctx->tid, 0);
        atomic_store(&ctx->view_call, NULL);
        atomic_store(&ctx->view_enter_ns, 0);
        atomic_store(&ctx->view_waiting, false);
        atomic_store(&ctx->name, intern_locked(name));
        atomic_store(&ctx->used, true);
    }
    dd_mutex_unlock(&pool_state.lock);
    return ctx;
}

static void ctx_put(struct dd_ctx *ctx)
{
    dd_kthread_ctx_gone(ctx);
    dd_mutex_lock(&pool_state.lock);
    atomic_store(&ctx->name, NULL);
    atomic_store(&ctx->used, false);
    dd_mutex_unlock(&pool_state.lock);
}

bool dd_ctx_is_valid(const void *ctx)
{
    uintptr_t offset = (uintptr_t)ctx - (uintptr_t)pool;

    return offset < sizeof(pool) && offset % sizeof(pool[0]) == 0;
}

struct dd_ctx *dd_ctx_self(void)
{
    return dd_self()->ctx;
}

/* --- contexts --- */

static void bind(struct dd_ctx *ctx)
{
    struct dd_self *self = dd_self();

    self->ctx = ctx;
    atomic_store(&ctx->tid, self->tid);
}

static void ctx_main(void *arg)
{
    struct dd_ctx *ctx = arg;

    bind(ctx);
    ctx->fn(ctx->arg);
    if (ctx->irql != PASSIVE_LEVEL) {
        dd_irql_restore(ctx, PASSIVE_LEVEL);
    }
    dd_self()->ctx = NULL;
}

int dd_ctx_spawn(const char *name, unsigned cpu, void (*fn)(void *arg), void *arg,
                 struct dd_ctx **ret_ctx)
{
    struct dd_ctx *ctx;
    int r;

    dd_assert(cpu < DD_CPUS_MAX);
    ctx = ctx_take(name, cpu);
    if (ctx == NULL) {
        return -EAGAIN;
    }
    ctx->fn = fn;
    ctx->arg = arg;
    /* before it runs: it may report itself by the result */
    *ret_ctx = ctx;
    r = dd_thread_start(name, ctx_main, ctx, &ctx->thread);
    if (r < 0) {
        ctx_put(ctx);
    }
    return r;
}

void dd_ctx_join(struct dd_ctx *ctx)
{
    dd_thread_join(ctx->thread);
    ctx_put(ctx);
}

int dd_ctx_adopt(const char *name, unsigned cpu, struct dd_ctx **ret_ctx)
{
    struct dd_ctx *ctx;

    dd_assert(cpu < DD_CPUS_MAX && dd_self()->ctx == NULL);
    ctx = ctx_take(name, cpu);
    if (ctx == NULL) {
        return -EAGAIN;
    }
    bind(ctx);
    *ret_ctx = ctx;
    return 0;
}

void dd_ctx_release(struct dd_ctx *ctx)
{
    dd_assert(dd_self()->ctx == ctx && ctx->thread == NULL);
    if (ctx->irql != PASSIVE_LEVEL) {
        dd_irql_restore(ctx, PASSIVE_LEVEL);
    }
    dd_self()->ctx = NULL;
    ctx_put(ctx);
}

unsigned dd_ctx_views(struct dd_ctx_view *views, unsigned max)
{
    unsigned count = 0, high = atomic_load(&pool_high);

    for (unsigned i = 0; i < high && count < max; i++) {
        struct dd_ctx *ctx = &pool[i];
        const char *name = atomic_load(&ctx->name);

        if (name == NULL || !atomic_load(&ctx->used)) {
            continue;
        }
        views[count].tid = atomic_load(&ctx->tid);
        views[count].name = name;
        views[count].call = atomic_load(&ctx->view_call);
        views[count].call_enter_ns = atomic_load(&ctx->view_enter_ns);
        views[count].waiting = atomic_load(&ctx->view_waiting);
        count++;
    }
    return count;
}

/* --- time and blocking --- */

void dd_sched_start(void)
{
    atomic_store(&epoch_ns, dd_clock_ns());
}

uint64_t dd_sched_now(void)
{
    return dd_clock_ns() - atomic_load_explicit(&epoch_ns, memory_order_relaxed);
}

bool dd_sched_park(uint64_t deadline_ns)
{
    struct dd_ctx *ctx = dd_self()->ctx;
    uint64_t until = deadline_ns;
    bool woken;

    dd_assert(ctx != NULL);
    if (until != UINT64_MAX && dd_add_overflows(until, atomic_load(&epoch_ns), &until)) {
        until = UINT64_MAX;
    }
    dd_mutex_lock(&ctx->park_lock);
    if (!ctx->park_token) {
        atomic_store_explicit(&ctx->view_waiting, true, memory_order_relaxed);
        while (!ctx->park_token && dd_cond_wait_until(&ctx->park_cond, &ctx->park_lock, until)) {
        }
        atomic_store_explicit(&ctx->view_waiting, false, memory_order_relaxed);
    }
    woken = ctx->park_token;
    ctx->park_token = false;
    dd_mutex_unlock(&ctx->park_lock);
    return woken;
}

void dd_sched_unpark(struct dd_ctx *ctx)
{
    dd_mutex_lock(&ctx->park_lock);
    if (!ctx->park_token) {
        ctx->park_token = true;
        dd_cond_signal(&ctx->park_cond);
    }
    dd_mutex_unlock(&ctx->park_lock);
}

void dd_sched_yield(void)
{
    dd_thread_yield();
}

/* A busy wait that is kind to a crowded host: only the last 20 us are really spun. */
void dd_sched_stall(uint64_t ns)
{
    uint64_t end = dd_clock_ns() + ns, now;

    while ((now = dd_clock_ns()) < end) {
        if (end - now > 200 * DD_NS_PER_US) {
            dd_thread_sleep_until(end - 100 * DD_NS_PER_US);
        } else if (end - now > 20 * DD_NS_PER_US) {
            dd_thread_yield();
        }
    }
}
