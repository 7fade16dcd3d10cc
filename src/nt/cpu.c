/* SPDX-License-Identifier: MIT */
/*
 * CPUs and IRQL. The level belongs to the context; what belongs to the CPU is the dispatch lock,
 * which a context holds exactly while its level is DISPATCH_LEVEL or more. Interrupt contexts never
 * take it.
 *
 * Nobody wakes a CPU's DPC context while some context holds the CPU: that one looks at the queue
 * when it lowers, and once more after it gave the lock up. A DPC is queued before its CPU's owner
 * is read, and the lock is freed before the queue's count is read, so one of the two sees the
 * other.
 */
#include "nt/nt_int.h"

#include "base/self.h"

struct dd_cpu dd_cpus[DD_CPUS_MAX] = {[0 ... DD_CPUS_MAX - 1] = {.dpc_lock = DD_MUTEX_INIT}};
static _Atomic(unsigned) cpu_count = 1;

void dd_cpus_init(unsigned count)
{
    for (unsigned i = 0; i < DD_CPUS_MAX; i++) {
        dd_cpus[i].index = i;
        dd_cpus[i].dpc_head = NULL;
        dd_cpus[i].dpc_tail = &dd_cpus[i].dpc_head;
        dd_cpus[i].dpc_ctx = NULL;
        atomic_store(&dd_cpus[i].dpc_count, 0);
    }
    atomic_store(&cpu_count, count);
}

unsigned dd_cpu_count(void)
{
    return atomic_load_explicit(&cpu_count, memory_order_relaxed);
}

unsigned dd_cpu_current(void)
{
    struct dd_ctx *ctx = dd_self()->ctx;

    return ctx != NULL ? ctx->cpu : 0;
}

KIRQL dd_irql_get(void)
{
    struct dd_ctx *ctx = dd_self()->ctx;

    return ctx != NULL ? ctx->irql : PASSIVE_LEVEL;
}

int dd_cpu_at_dispatch(void)
{
    return dd_self_dispatch_cpu();
}

/* of the running context */
void dd_irql_note(struct dd_ctx *ctx, KIRQL level)
{
    ctx->irql = level;
    dd_self()->dispatch_cpu = level == DISPATCH_LEVEL ? (int)ctx->cpu : -1;
}

static void irql_bad(KIRQL now, KIRQL asked, const void *site)
{
    DD_SEAM(.kind = DD_EV_IRQL_BAD, .site = site, .a = now, .b = asked);
}

KIRQL dd_irql_raise_at(KIRQL level, const void *site)
{
    struct dd_ctx *ctx = dd_self()->ctx;
    KIRQL old;

    if (ctx == NULL) {
        return PASSIVE_LEVEL;
    }
    old = ctx->irql;
    if (level < old) {
        irql_bad(old, level, site);
        return old;
    }
    if (level >= DISPATCH_LEVEL && !ctx->holds_cpu && !ctx->isr) {
        dd_word_lock(&dd_cpus[ctx->cpu].dispatch, (uintptr_t)ctx);
        ctx->holds_cpu = true;
    }
    dd_irql_note(ctx, level);
    return old;
}

KIRQL dd_irql_raise(KIRQL level)
{
    return dd_irql_raise_at(level, NULL);
}

/* give the CPU up; before that its DPCs run, here */
static void leave_cpu(struct dd_ctx *ctx, const void *site)
{
    struct dd_cpu *cpu = &dd_cpus[ctx->cpu];

    dd_irql_note(ctx, DISPATCH_LEVEL);
    if (ctx->spin_count > 0) {
        unsigned last = ctx->spin_count <= DD_SPINS_MAX ? ctx->spin_count - 1 : DD_SPINS_MAX - 1;

        DD_SEAM(.kind = DD_EV_LOCK_BAD, .site = site, .obj = ctx->spins[last].lock,
                .a = DD_LOCK_ORDER, .b = DISPATCH_LEVEL);
    } else if (atomic_load(&cpu->dpc_count) > 0) {
        dd_dpc_drain(cpu, ctx);
    }
    ctx->holds_cpu = false;
    dd_word_unlock(&cpu->dispatch, (uintptr_t)ctx);
    if (atomic_load(&cpu->dpc_count) > 0) {
        dd_dpc_wake(cpu);
    }
    ctx->cpu = ctx->next_cpu;
}

static void lower(struct dd_ctx *ctx, KIRQL level, const void *site)
{
    if (level < DISPATCH_LEVEL && ctx->holds_cpu) {
        leave_cpu(ctx, site);
    }
    dd_irql_note(ctx, level);
}

void dd_irql_lower_at(KIRQL level, const void *site)
{
    struct dd_ctx *ctx = dd_self()->ctx;

    if (ctx == NULL) {
        return;
    }
    if (level > ctx->irql) {
        irql_bad(ctx->irql, level, site);
        return;
    }
    if (level < ctx->floor) {
        irql_bad(ctx->irql, level, site);
        level = ctx->floor;
    }
    lower(ctx, level, site);
}

void dd_irql_lower(KIRQL level)
{
    dd_irql_lower_at(level, NULL);
}

void dd_irql_restore(struct dd_ctx *ctx, KIRQL level)
{
    if (level > ctx->irql) {
        dd_irql_raise(level);
    } else if (level < ctx->irql) {
        lower(ctx, level, NULL);
    }
}

void dd_cpu_switch(unsigned cpu)
{
    struct dd_ctx *ctx = dd_self()->ctx;

    dd_assert(ctx != NULL && cpu < dd_cpu_count());
    ctx->next_cpu = cpu;
    if (!ctx->holds_cpu) {
        ctx->cpu = cpu;
    }
}
