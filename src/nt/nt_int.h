/* SPDX-License-Identifier: MIT */
/*
 * Inside src/nt: contexts, CPUs, and what the files of the scheduler share.
 *
 *   sched.c     contexts, park and unpark         lot.c       waiting for a word, owner locks
 *   cpu.c       IRQL, dispatch lock               dpc.c       DPC queues
 *   call.c      brackets around driver calls      spin.c      KSPIN_LOCK
 *   dispatch.c  waits, events                     mutant.c    mutexes, semaphores
 *   timer.c     timers      work.c    workers     intr.c      interrupts
 *   thread.c    thread objects                    machine.c   start and stop
 *   ke_*.c      the Windows names over them
 *
 * Order of the mutexes: timers -> dispatcher -> DPC queue -> parking. A lot's bucket comes before
 * parking and is held with no other. None is held while driver code runs.
 */
#ifndef DD_NT_NT_INT_H
#define DD_NT_NT_INT_H

#include "base/check.h"
#include "base/thread.h"
#include "nt/kernel.h"
#include "nt/machine.h"
#include "nt/sched.h"
#include "seam/seam.h"

#include <setjmp.h>
#include <stdatomic.h>

#define DD_CPUS_MAX  64u
#define DD_CTX_MAX   1024u
#define DD_SPINS_MAX 16u
#define DD_DIRQL     8

struct dd_kthread;

/* A context. Contexts lie in one static array, so that views and owner words never see freed
 * memory. */
struct dd_ctx {
    /* the context's own thread only */
    KIRQL irql;
    KIRQL floor;        /* a DPC or ISR may not lower below */
    bool holds_cpu;     /* has the dispatch lock of cpu */
    bool isr;           /* an interrupt context: raising takes no dispatch lock */
    unsigned dpc_depth; /* DPCs running on this context */
    unsigned cpu, next_cpu;
    unsigned critical;   /* KeEnterCriticalRegion */
    KAFFINITY affinity;  /* KeSetSystemAffinityThread; 0: not set */
    unsigned spin_count; /* spin locks held; the first DD_SPINS_MAX are listed */
    struct {
        PKSPIN_LOCK lock;
        bool queued; /* in-stack queued */
    } spins[DD_SPINS_MAX];
    struct dd_call *call;
    struct dd_kthread *kthread; /* made when asked for */
    jmp_buf *exit;              /* of a system thread: where PsTerminateSystemThread goes */
    void (*fn)(void *arg);
    void *arg;
    struct dd_thread *thread; /* NULL: adopted */

    struct dd_mutex park_lock; /* guards park_token */
    struct dd_cond park_cond;
    bool park_token;

    /* read from anywhere */
    _Atomic(bool) used;
    _Atomic(int) tid;
    _Atomic(const char *) name; /* never freed */
    _Atomic(const char *) view_call;
    _Atomic(uint64_t) view_enter_ns;
    _Atomic(bool) view_waiting;
};

struct dd_cpu {
    _Alignas(64) uintptr_t dispatch; /* owner word of the dispatch lock */
    unsigned index;
    struct dd_ctx *dpc_ctx;
    struct dd_mutex dpc_lock; /* guards the queue */
    PSINGLE_LIST_ENTRY dpc_head;
    PSINGLE_LIST_ENTRY *dpc_tail;
    _Atomic(unsigned) dpc_count;
};

extern struct dd_cpu dd_cpus[DD_CPUS_MAX];

/* --- sched.c --- */
bool dd_ctx_is_valid(const void *ctx); /* points to a context's place */
void dd_sched_start(void);
/* dd_ctx_on_exit - what dd_ctx_join and dd_ctx_release do in thread.c */
void dd_kthread_ctx_gone(struct dd_ctx *ctx);

/* --- lot.c --- */

/*
 * An owner word: 0 free, else the owner with DD_WAITERS set while somebody waits. Contexts wait
 * parked; service threads, which have no context, sleep and try again.
 */
#define DD_WAITERS ((uintptr_t)1)
#define DD_SERVICE ((uintptr_t)2) /* owner is a service thread (its dd_self), not a context */
uintptr_t dd_word_me(void);
static inline uintptr_t dd_word_owner(uintptr_t value)
{
    return value & ~DD_WAITERS;
}
void dd_word_lock(uintptr_t *word, uintptr_t me);
bool dd_word_try(uintptr_t *word, uintptr_t me);
void dd_word_unlock(uintptr_t *word, uintptr_t me);
/* dd_lot_wait - sleep while @still(arg) is true, until dd_lot_wake(key); may return early */
void dd_lot_wait(const void *key, bool (*still)(void *arg), void *arg);
/* dd_lot_wake - all that wait for @key */
void dd_lot_wake(const void *key);

/* --- spin.c --- */
/* dd_spin_set_queued - the lock acquired last was taken with an in-stack queued call */
void dd_spin_set_queued(PKSPIN_LOCK lock);
/* dd_spin_check_kind - reports a release that is not of the kind of the acquire */
void dd_spin_check_kind(PKSPIN_LOCK lock, bool queued, const void *site);

/* --- cpu.c --- */
void dd_cpus_init(unsigned count);
/* dd_irql_note - the running context is at @level now; nothing else happens */
void dd_irql_note(struct dd_ctx *ctx, KIRQL level);
/* ..._at, here and below: as without, with the driver's call site for reports */
KIRQL dd_irql_raise_at(KIRQL level, const void *site);
void dd_irql_lower_at(KIRQL level, const void *site);
/* dd_irql_restore - to exactly @level, whatever the driver left */
void dd_irql_restore(struct dd_ctx *ctx, KIRQL level);

/* --- dpc.c --- */
#define DD_DPC_DRIVER   0x13 /* KDPC.Type: a driver's own */
#define DD_DPC_THREADED 0x18
#define DD_DPC_INTERNAL 0x33 /* made by dd_dpc_init: not bracketed as a driver call */
int dd_dpcs_start(unsigned cpus);
void dd_dpcs_stop(unsigned cpus);
/* dd_dpc_drain - run queued DPCs of the CPU whose dispatch lock @ctx holds, at most a budget of
 * them */
void dd_dpc_drain(struct dd_cpu *cpu, struct dd_ctx *ctx);
void dd_dpc_wake(struct dd_cpu *cpu);
/* dd_dpc_init_as - @type one of the above; a queued object is reported and taken out of its queue
 * first */
void dd_dpc_init_as(PKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context, UCHAR type,
                    const void *site);
bool dd_dpc_queue_at(PKDPC dpc, unsigned cpu, PVOID arg1, PVOID arg2, const void *site);
void dd_dpc_flush_at(const void *site);
void dd_dpc_set_target(PKDPC dpc, unsigned cpu);
bool dd_dpc_queued_in(const void *start, size_t len_bytes);

/* --- dispatch.c, mutant.c --- */
enum { /* DISPATCHER_HEADER.Type */
    DD_OBJ_EVENT_NOTIFY = 0,
    DD_OBJ_EVENT_SYNC = 1,
    DD_OBJ_MUTANT = 2,
    DD_OBJ_SEMAPHORE = 5,
    DD_OBJ_THREAD = 6,
    DD_OBJ_TIMER_NOTIFY = 8,
    DD_OBJ_TIMER_SYNC = 9,
};
extern struct dd_mutex dd_dispatcher; /* guards every header's state and list */
/* dd_header_init - @size_bytes: of the whole object. Reports an object somebody waits for, and
 * keeps its list */
void dd_header_init(DISPATCHER_HEADER *h, unsigned type, size_t size_bytes, LONG state,
                    const void *site);
/* dd_header_check - true when @h is an object of a kind that can be waited for and has been
 * initialised */
bool dd_header_is_valid(const DISPATCHER_HEADER *h);
/* dd_header_signal_locked - wake whom the state allows */
void dd_header_signal_locked(DISPATCHER_HEADER *h);
/* dd_wait_many - up to MAXIMUM_WAIT_OBJECTS. STATUS_SUCCESS + index, STATUS_TIMEOUT,
 * STATUS_INVALID_PARAMETER */
NTSTATUS dd_wait_many(PVOID *objects, unsigned count, bool all, uint64_t timeout_ns,
                      const void *site);
bool dd_event_set_at(PKEVENT event, const void *site);
bool dd_event_reset_at(PKEVENT event, const void *site);
void dd_delay_at(uint64_t ns, const void *site);
void dd_mutant_init(PKMUTEX mutex, const void *site);
LONG dd_mutant_release(PKMUTEX mutex, const void *site); /* previous SignalState */
void dd_semaphore_init(PKSEMAPHORE semaphore, LONG count, LONG limit, const void *site);
LONG dd_semaphore_release(PKSEMAPHORE semaphore, LONG adjustment, const void *site);
bool dd_waited_in(const void *start, size_t len_bytes);
void dd_object_bad(const void *obj, const char *what, const void *site);

/* --- timer.c, work.c, intr.c, thread.c --- */
void dd_timer_init_at(PKTIMER timer, TIMER_TYPE type, const void *site);
bool dd_timer_set_at(PKTIMER timer, uint64_t due_ns, uint32_t period_ms, PKDPC dpc,
                     const void *site);
int dd_timers_start(void);
void dd_timers_stop(void);
bool dd_timer_set_in(const void *start, size_t len_bytes);
int dd_work_start(void);
void dd_work_stop(void);
bool dd_intr_is_connected(const void *intr);
void dd_intrs_stop(void);
void dd_threads_stop(void);

/* --- machine.c --- */
bool dd_machine_stopping(void); /* contexts of the machine itself end */

static inline bool dd_range_has(const void *start, size_t len_bytes, const void *ptr)
{
    return (uintptr_t)ptr - (uintptr_t)start < len_bytes;
}

#endif
