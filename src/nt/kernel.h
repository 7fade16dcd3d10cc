/* SPDX-License-Identifier: MIT */
/*
 * Kernel services for the rooms above, without the seam event and IRQL check of the Windows names:
 * the Ke*, Ex* and Io* entry points are thin edges over these, and src/ndis calls these.
 */
#ifndef DD_NT_KERNEL_H
#define DD_NT_KERNEL_H

#include "nt/sched.h"

/* --- spin locks: KSPIN_LOCK holds the owner context; a static zero is a free lock. Spins briefly, then parks --- */
void dd_spin_acquire(PKSPIN_LOCK lock, const void *site); /* IRQL already raised */
bool dd_spin_try(PKSPIN_LOCK lock, const void *site);
void dd_spin_release(PKSPIN_LOCK lock, const void *site);
bool dd_spin_held_by_me(PKSPIN_LOCK lock);

/* --- dispatcher objects (KEVENT, KTIMER, KMUTEX, KSEMAPHORE, thread objects) --- */
void dd_event_init(PKEVENT event, EVENT_TYPE type, bool signalled);
bool dd_event_set(PKEVENT event); /* previous state */
bool dd_event_reset(PKEVENT event);
/* dd_wait - @timeout_ns: UINT64_MAX for ever, 0 poll. STATUS_SUCCESS or STATUS_TIMEOUT */
NTSTATUS dd_wait(PVOID object, uint64_t timeout_ns);

/* dd_delay - sleep at PASSIVE or APC level; above, an IRQL_BAD event and a busy wait */
void dd_delay(uint64_t ns);
/* dd_object_in_use - memory that is about to be freed: what a driver left in it that the kernel
 * still uses ("timer is set", "DPC is queued", "object is waited for"), or NULL */
const char *dd_object_in_use(const void *start, size_t len_bytes);

/* --- DPCs --- */
void dd_dpc_init(PKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context);
#define DD_CPU_ANY UINT32_MAX
/* dd_dpc_queue - any IRQL, any thread (also service threads). @cpu DD_CPU_ANY: the object's target,
 * else the current CPU. False: already queued. Wakes the CPU's DPC context; a context of that CPU
 * at DISPATCH_LEVEL runs it when it lowers. */
bool dd_dpc_queue(PKDPC dpc, unsigned cpu, PVOID arg1, PVOID arg2);
bool dd_dpc_remove(PKDPC dpc); /* true: was queued and will not run */
void dd_dpc_flush(void);       /* PASSIVE: all DPCs queued before have finished, on all CPUs */
/* dd_call_at_dispatch - run fn(arg) as a DPC on @cpu later; allocates, any IRQL. 0 or -ENOMEM */
int dd_call_at_dispatch(unsigned cpu, void (*fn)(void *arg), void *arg);

/* --- timers --- */
void dd_timer_init(PKTIMER timer, TIMER_TYPE type);
/* dd_timer_set - @due_ns from now; @period_ms 0: once. True: it was set already */
bool dd_timer_set(PKTIMER timer, uint64_t due_ns, uint32_t period_ms, PKDPC dpc);
bool dd_timer_cancel(PKTIMER timer);

/* --- work at PASSIVE_LEVEL in a system worker context --- */
struct dd_work {
    struct dd_list node;
    void (*fn)(void *arg);
    void *arg;
    bool queued;
};
void dd_work_init(struct dd_work *w, void (*fn)(void *arg), void *arg);
/* dd_work_queue - any IRQL up to DISPATCH_LEVEL, any thread; false: already queued. May be queued
 * again from fn, and freed in fn */
bool dd_work_queue(struct dd_work *w);
void dd_work_flush(void); /* PASSIVE, not from a worker: everything queued before has finished */

/* --- interrupts: one object per message, or one for the line --- */
struct dd_intr;
struct dd_intr_config {
    bool (*isr)(void *arg, unsigned vector); /* at DIRQL under the lock; true: claimed */
    void *arg;
    unsigned vector;
    bool line; /* level: called again while the pin is high and the ISR claims it; an unclaimed high
                * line is retried after a pause and counted */
    unsigned cpu;
    struct dd_intr *share_lock_with; /* MsiSyncWithAllMessages; or NULL */
};
int dd_intr_connect(const struct dd_intr_config *config, struct dd_intr **ret_intr);
void dd_intr_disconnect(struct dd_intr *intr); /* PASSIVE; no ISR after it returns */
/* dd_intr_raise - from a device, any thread, never blocks: message arrived, or line level changed
 */
void dd_intr_raise(struct dd_intr *intr, bool level);
/* dd_intr_sync - run fn at DIRQL under the interrupt's lock */
BOOLEAN dd_intr_sync(struct dd_intr *intr, BOOLEAN (*fn)(void *arg), void *arg);
KIRQL dd_intr_irql(const struct dd_intr *intr);
uint64_t dd_intr_count(const struct dd_intr *intr);

#endif
