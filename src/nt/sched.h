/* SPDX-License-Identifier: MIT */
/*
 * Contexts and CPUs. A context runs driver code. A CPU is a token with an IRQL, a DPC queue and a
 * dispatch lock: raising to DISPATCH_LEVEL takes the current CPU's lock, and its DPCs run only
 * while holding it, so "one thing at a time at DISPATCH_LEVEL on a CPU" holds as on Windows.
 * Lowering below DISPATCH_LEVEL first runs the CPU's pending DPCs, on the lowering context. A
 * context at PASSIVE_LEVEL holds no lock, so waiting gives the CPU up. An ISR takes its interrupt's
 * lock only.
 *
 * Two schedulers fit behind this header: live (contexts are threads; here now) and sim (coroutines
 * on one thread, virtual time, one seed; later). Everything in src/nt blocks through
 * dd_sched_park() alone and asks dd_sched_now() for the time, so nothing else has to change for it.
 */
#ifndef DD_NT_SCHED_H
#define DD_NT_SCHED_H

#include "base/list.h"
#include "base/thread.h"
#include "seam/kinds.h"

#include <ntddk.h>

struct dd_ctx; /* a context; dd_ctx_self() is the running one */

/* --- contexts --- */

/* dd_ctx_spawn - a new context on @cpu at PASSIVE_LEVEL; join it exactly once. 0 or -EAGAIN */
int dd_ctx_spawn(const char *name, unsigned cpu, void (*fn)(void *arg), void *arg,
                 struct dd_ctx **ret_ctx);
void dd_ctx_join(struct dd_ctx *ctx);
/* dd_ctx_adopt - make the calling thread a context (main thread, tests); dd_ctx_release undoes it
 */
int dd_ctx_adopt(const char *name, unsigned cpu, struct dd_ctx **ret_ctx);
void dd_ctx_release(struct dd_ctx *ctx);
struct dd_ctx *dd_ctx_self(void);

/* --- time and blocking: the scheduler's only primitives --- */

uint64_t dd_sched_now(void); /* ns since start */
/* dd_sched_park - block the running context until dd_sched_unpark() or @deadline_ns (UINT64_MAX:
 * none). An unpark that came before the park is not lost. False: the deadline passed. PASSIVE or
 * APC level, or the wait of a spin lock. */
bool dd_sched_park(uint64_t deadline_ns);
void dd_sched_unpark(struct dd_ctx *ctx);
void dd_sched_yield(void);
void dd_sched_stall(uint64_t ns); /* busy wait of KeStallExecutionProcessor */

/* --- CPUs and IRQL --- */

unsigned dd_cpu_count(void);
unsigned dd_cpu_current(void); /* stable at DISPATCH_LEVEL */
KIRQL dd_irql_get(void);
/* dd_cpu_at_dispatch - the current CPU when the IRQL is exactly DISPATCH_LEVEL, else -1 (fast
 * paths: one call) */
int dd_cpu_at_dispatch(void);
/* dd_irql_raise - returns the old level; raising to a lower level is an IRQL_BAD event and does
 * nothing */
KIRQL dd_irql_raise(KIRQL level);
/* dd_irql_lower - to @level; runs pending DPCs when it goes below DISPATCH_LEVEL */
void dd_irql_lower(KIRQL level);
/* dd_cpu_switch - move the running context to another CPU at PASSIVE_LEVEL (affinity calls) */
void dd_cpu_switch(unsigned cpu);

/* --- driver callbacks --- */

struct dd_call {
    const char *name;
    enum dd_role role;
    KIRQL irql;
    const void *adapter;
    unsigned locks_held;
    struct dd_call *outer;
    uint64_t enter_ns;
};

/* dd_call_enter / dd_call_leave - around every call into the driver: the watchdog sees how long it
 * runs, the verifier whether IRQL and locks come back as they were. On return the runtime restores
 * the IRQL. */
void dd_call_enter(struct dd_call *call, enum dd_role role, const char *name, const void *adapter);
void dd_call_leave(struct dd_call *call);
/* dd_call_current - innermost callback of this context, or NULL */
const struct dd_call *dd_call_current(void);
/* dd_call_inside - true when a callback of @role is anywhere on this context's stack */
bool dd_call_inside(enum dd_role role);

#define DD_CALL(role, name, adapter, statement)                                                    \
    do {                                                                                           \
        struct dd_call call_;                                                                      \
        dd_call_enter(&call_, (role), (name), (adapter));                                          \
        statement;                                                                                 \
        dd_call_leave(&call_);                                                                     \
    } while (0)

/* what a watchdog may look at from outside; slots are reused, name NULL: free */
struct dd_ctx_view {
    int tid;
    const char *name;       /* context's name */
    const char *call;       /* innermost driver callback, NULL: not in the driver */
    uint64_t call_enter_ns; /* of the outermost callback; dd_clock_ns clock */
    bool waiting;           /* parked */
};
/* dd_ctx_views - snapshot of all contexts, at most @max; returns how many */
unsigned dd_ctx_views(struct dd_ctx_view *views, unsigned max);

#endif
