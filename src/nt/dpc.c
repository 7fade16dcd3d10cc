/* SPDX-License-Identifier: MIT */
/*
 * DPC queues, one for each CPU. KDPC.DpcData is the CPU while the object is queued; Number is the
 * target plus 1. A DPC runs on whichever context lowers its CPU's IRQL, or on the CPU's own DPC
 * context.
 */
#include "nt/nt_int.h"

#include "base/clock.h"
#include "base/self.h"

#include <errno.h>
#include <stdlib.h>

/* how many a lowering context runs before it leaves the rest to the DPC context */
#define DRAIN_MAX 64

/* --- the queue --- */

static struct dd_cpu *queued_on(PKDPC dpc)
{
    return __atomic_load_n(&dpc->DpcData, __ATOMIC_ACQUIRE);
}

static void link_locked(struct dd_cpu *cpu, PKDPC dpc)
{
    PSINGLE_LIST_ENTRY e = &dpc->DpcListEntry;

    if (cpu->dpc_head == NULL || dpc->Importance == HighImportance) {
        e->Next = cpu->dpc_head;
        cpu->dpc_head = e;
        if (e->Next == NULL) {
            cpu->dpc_tail = &e->Next;
        }
    } else {
        e->Next = NULL;
        *cpu->dpc_tail = e;
        cpu->dpc_tail = &e->Next;
    }
}

static bool unlink_locked(struct dd_cpu *cpu, PKDPC dpc)
{
    for (PSINGLE_LIST_ENTRY *p = &cpu->dpc_head; *p != NULL; p = &(*p)->Next) {
        if (*p == &dpc->DpcListEntry) {
            if (cpu->dpc_tail == &(*p)->Next) {
                cpu->dpc_tail = p;
            }
            *p = (*p)->Next;
            atomic_fetch_sub(&cpu->dpc_count, 1);
            __atomic_store_n(&dpc->DpcData, NULL, __ATOMIC_RELEASE);
            return true;
        }
    }
    return false;
}

/* the object may be queued again, or freed, as soon as it is out; @ret_dpc keeps what is needed to
 * run it */
static PKDPC pop(struct dd_cpu *cpu, KDPC *ret_dpc)
{
    PKDPC dpc = NULL;

    dd_mutex_lock(&cpu->dpc_lock);
    if (cpu->dpc_head != NULL) {
        dpc = DD_CONTAINER(cpu->dpc_head, KDPC, DpcListEntry);
        ret_dpc->Type = dpc->Type;
        ret_dpc->DeferredRoutine = dpc->DeferredRoutine;
        ret_dpc->DeferredContext = dpc->DeferredContext;
        ret_dpc->SystemArgument1 = dpc->SystemArgument1;
        ret_dpc->SystemArgument2 = dpc->SystemArgument2;
        unlink_locked(cpu, dpc);
    }
    dd_mutex_unlock(&cpu->dpc_lock);
    return dpc;
}

/* --- running --- */

static void run(struct dd_ctx *ctx, PKDPC dpc, const KDPC *copy)
{
    bool driver = copy->Type != DD_DPC_INTERNAL;
    struct dd_call call;

    if (driver) {
        dd_call_enter(&call, DD_ROLE_DPC, "DPC routine", NULL);
    }
    copy->DeferredRoutine(dpc, copy->DeferredContext, copy->SystemArgument1, copy->SystemArgument2);
    if (driver) {
        dd_call_leave(&call);
    }
    dd_assert(ctx->irql == DISPATCH_LEVEL);
}

/* what was going on on this context is not the DPC's caller: it is hidden while the DPC runs */
void dd_dpc_drain(struct dd_cpu *cpu, struct dd_ctx *ctx)
{
    struct dd_call *call = ctx->call;
    const char *view_call = atomic_load_explicit(&ctx->view_call, memory_order_relaxed);
    uint64_t view_enter = atomic_load_explicit(&ctx->view_enter_ns, memory_order_relaxed);
    KIRQL floor = ctx->floor;
    PKDPC dpc;
    KDPC copy;

    ctx->call = NULL;
    ctx->floor = DISPATCH_LEVEL;
    ctx->dpc_depth++;
    for (int i = 0; i < DRAIN_MAX && (dpc = pop(cpu, &copy)) != NULL; i++) {
        uint64_t start = dd_seam_listening() ? dd_clock_ns() : 0;

        run(ctx, dpc, &copy);
        DD_SEAM(.kind = DD_EV_DPC, .obj = dpc, .a = cpu->index,
                .b = start != 0 ? dd_clock_ns() - start : 0);
    }
    ctx->dpc_depth--;
    ctx->floor = floor;
    ctx->call = call;
    atomic_store_explicit(&ctx->view_call, view_call, memory_order_relaxed);
    atomic_store_explicit(&ctx->view_enter_ns, view_enter, memory_order_relaxed);
}

void dd_dpc_wake(struct dd_cpu *cpu)
{
    if (cpu->dpc_ctx != NULL) {
        dd_sched_unpark(cpu->dpc_ctx);
    }
}

static void dpc_main(void *arg)
{
    struct dd_cpu *cpu = arg;

    while (!dd_machine_stopping()) {
        if (atomic_load(&cpu->dpc_count) == 0) {
            dd_sched_park(UINT64_MAX);
            continue;
        }
        dd_irql_raise(DISPATCH_LEVEL);
        dd_irql_lower(PASSIVE_LEVEL);
    }
}

/* --- queueing --- */

static void init_fields(PKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context, UCHAR type)
{
    dpc->TargetInfoAsUlong = 0;
    dpc->Type = type;
    dpc->Importance = MediumImportance;
    dpc->DpcListEntry.Next = NULL;
    dpc->ProcessorHistory = 0;
    dpc->DeferredRoutine = routine;
    dpc->DeferredContext = context;
    dpc->SystemArgument1 = dpc->SystemArgument2 = NULL;
    __atomic_store_n(&dpc->DpcData, NULL, __ATOMIC_RELEASE);
}

void dd_dpc_init_as(PKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context, UCHAR type,
                    const void *site)
{
    for (unsigned i = 0; i < dd_cpu_count(); i++) {
        struct dd_cpu *cpu = &dd_cpus[i];
        bool was_queued;

        if (atomic_load(&cpu->dpc_count) == 0) {
            continue;
        }
        dd_mutex_lock(&cpu->dpc_lock);
        was_queued = unlink_locked(cpu, dpc);
        dd_mutex_unlock(&cpu->dpc_lock);
        if (was_queued) {
            dd_object_bad(dpc, "DPC was initialised while it was queued", site);
        }
    }
    init_fields(dpc, routine, context, type);
}

void dd_dpc_init(PKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context)
{
    init_fields(dpc, routine, context, DD_DPC_INTERNAL);
}

void dd_dpc_set_target(PKDPC dpc, unsigned cpu)
{
    dpc->Number = (USHORT)(cpu + 1);
}

/* wake the CPU's DPC context, unless somebody holds the CPU who will look at the queue (cpu.c) */
static void kick(struct dd_cpu *cpu)
{
    if (dd_word_owner(__atomic_load_n(&cpu->dispatch, __ATOMIC_SEQ_CST)) == 0) {
        dd_dpc_wake(cpu);
    }
}

bool dd_dpc_queue_at(PKDPC dpc, unsigned cpu_index, PVOID arg1, PVOID arg2, const void *site)
{
    struct dd_cpu *cpu, *none = NULL;

    if (dpc->Type != DD_DPC_DRIVER && dpc->Type != DD_DPC_INTERNAL &&
        dpc->Type != DD_DPC_THREADED) {
        dd_object_bad(dpc, "DPC was never initialised", site);
        return false;
    }
    if (cpu_index == DD_CPU_ANY) {
        cpu_index = dpc->Number != 0 ? dpc->Number - 1u : dd_cpu_current();
    }
    cpu = &dd_cpus[cpu_index % dd_cpu_count()];
    dd_mutex_lock(&cpu->dpc_lock);
    if (!__atomic_compare_exchange_n(&dpc->DpcData, (PVOID *)&none, cpu, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        dd_mutex_unlock(&cpu->dpc_lock);
        return false;
    }
    dpc->SystemArgument1 = arg1;
    dpc->SystemArgument2 = arg2;
    link_locked(cpu, dpc);
    atomic_fetch_add(&cpu->dpc_count, 1);
    dd_mutex_unlock(&cpu->dpc_lock);
    kick(cpu);
    return true;
}

bool dd_dpc_queue(PKDPC dpc, unsigned cpu, PVOID arg1, PVOID arg2)
{
    return dd_dpc_queue_at(dpc, cpu, arg1, arg2, NULL);
}

bool dd_dpc_remove(PKDPC dpc)
{
    struct dd_cpu *cpu = queued_on(dpc);
    bool removed;

    if (cpu < dd_cpus || cpu >= dd_cpus + DD_CPUS_MAX) {
        return false;
    }
    dd_mutex_lock(&cpu->dpc_lock);
    removed = unlink_locked(cpu, dpc);
    dd_mutex_unlock(&cpu->dpc_lock);
    return removed;
}

bool dd_dpc_queued_in(const void *start, size_t len_bytes)
{
    bool found = false;

    for (unsigned i = 0; i < dd_cpu_count() && !found; i++) {
        struct dd_cpu *cpu = &dd_cpus[i];

        if (atomic_load(&cpu->dpc_count) == 0) {
            continue;
        }
        dd_mutex_lock(&cpu->dpc_lock);
        for (PSINGLE_LIST_ENTRY e = cpu->dpc_head; e != NULL && !found; e = e->Next) {
            found = dd_range_has(start, len_bytes, e);
        }
        dd_mutex_unlock(&cpu->dpc_lock);
    }
    return found;
}

/* --- flush: a marker at the end of each queue --- */

struct flush {
    struct dd_ctx *ctx;
    _Atomic(unsigned) left;
};

static VOID flush_marker(PKDPC dpc, PVOID context, PVOID arg1, PVOID arg2)
{
    struct flush *f = context;
    struct dd_ctx *ctx = f->ctx;

    (void)dpc;
    (void)arg1;
    (void)arg2;
    /* the last one may not touch f any more */
    atomic_fetch_sub(&f->left, 1);
    if (ctx != NULL) {
        dd_sched_unpark(ctx);
    }
}

void dd_dpc_flush_at(const void *site)
{
    struct flush f = {.ctx = dd_ctx_self()};
    unsigned cpus = dd_cpu_count();
    KDPC markers[DD_CPUS_MAX];

    if (dd_irql_get() != PASSIVE_LEVEL) {
        DD_SEAM(.kind = DD_EV_IRQL_BAD, .site = site, .a = dd_irql_get(), .b = PASSIVE_LEVEL);
        return;
    }
    if (dd_machine() == NULL) {
        return;
    }
    atomic_init(&f.left, cpus);
    for (unsigned i = 0; i < cpus; i++) {
        dd_dpc_init(&markers[i], flush_marker, &f);
        dd_dpc_queue(&markers[i], i, NULL, NULL);
    }
    while (atomic_load(&f.left) > 0) {
        if (f.ctx != NULL) {
            dd_sched_park(UINT64_MAX);
        } else {
            dd_thread_sleep_until(dd_clock_ns() + 20 * DD_NS_PER_US);
        }
    }
}

void dd_dpc_flush(void)
{
    dd_dpc_flush_at(NULL);
}

/* --- a function instead of an object --- */

struct deferred_call {
    KDPC dpc;
    void (*fn)(void *arg);
    void *arg;
};

static VOID run_deferred_call(PKDPC dpc, PVOID context, PVOID arg1, PVOID arg2)
{
    struct deferred_call call = *(struct deferred_call *)context;

    (void)dpc;
    (void)arg1;
    (void)arg2;
    free(context);
    call.fn(call.arg);
}

int dd_call_at_dispatch(unsigned cpu, void (*fn)(void *arg), void *arg)
{
    struct deferred_call *call = malloc(sizeof(*call));

    if (call == NULL) {
        return -ENOMEM;
    }
    dd_dpc_init(&call->dpc, run_deferred_call, call);
    call->fn = fn;
    call->arg = arg;
    dd_dpc_queue(&call->dpc, cpu, NULL, NULL);
    return 0;
}

/* --- start and stop --- */

int dd_dpcs_start(unsigned cpus)
{
    for (unsigned i = 0; i < cpus; i++) {
        int r = dd_ctx_spawn("DPC", i, dpc_main, &dd_cpus[i], &dd_cpus[i].dpc_ctx);

        if (r < 0) {
            dd_cpus[i].dpc_ctx = NULL;
            return r;
        }
    }
    return 0;
}

/* what is still queued is forgotten: its objects may be queued again in the next run */
void dd_dpcs_stop(unsigned cpus)
{
    for (unsigned i = 0; i < cpus; i++) {
        struct dd_cpu *cpu = &dd_cpus[i];
        PKDPC dpc;
        KDPC copy;

        if (cpu->dpc_ctx != NULL) {
            dd_sched_unpark(cpu->dpc_ctx);
            dd_ctx_join(cpu->dpc_ctx);
            cpu->dpc_ctx = NULL;
        }
        while ((dpc = pop(cpu, &copy)) != NULL) {
            if (copy.DeferredRoutine == run_deferred_call) {
                free(copy.DeferredContext);
            }
        }
    }
}
