/* SPDX-License-Identifier: MIT */
/* Mutexes, semaphores, fast mutexes. */
#include "nt/ke_int.h"

VOID KeInitializeMutex(PRKMUTEX Mutex, ULONG Level)
{
    DD_API(KeInitializeMutex);
    (void)Level;
    dd_mutant_init(Mutex, DD_SITE());
}

LONG KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait)
{
    DD_API(KeReleaseMutex);
    (void)Wait;
    return dd_mutant_release(Mutex, DD_SITE());
}

VOID KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit)
{
    DD_API(KeInitializeSemaphore);
    dd_semaphore_init(Semaphore, Count, Limit, DD_SITE());
}

LONG KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY Increment, LONG Adjustment, BOOLEAN Wait)
{
    DD_API(KeReleaseSemaphore);
    (void)Increment;
    (void)Wait;
    return dd_semaphore_release(Semaphore, Adjustment, DD_SITE());
}

/* Count: 1 free, 0 owned, below: how many wait for Event */
VOID ExInitializeFastMutex(PFAST_MUTEX FastMutex)
{
    DD_API(ExInitializeFastMutex);
    FastMutex->Owner = NULL;
    FastMutex->Contention = 0;
    FastMutex->OldIrql = 0;
    dd_event_init(&FastMutex->Event, SynchronizationEvent, false);
    __atomic_store_n(&FastMutex->Count, 1, __ATOMIC_RELEASE);
}

VOID ExAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    PVOID me = dd_ctx_self();
    KIRQL old = dd_irql_get();

    DD_API(ExAcquireFastMutex);
    if (old < APC_LEVEL) {
        dd_irql_raise(APC_LEVEL);
    }
    if (__atomic_load_n(&FastMutex->Owner, __ATOMIC_RELAXED) == me) {
        DD_SEAM(.kind = DD_EV_LOCK_BAD, .site = DD_SITE(), .obj = FastMutex, .a = DD_LOCK_RECURSIVE,
                .b = old);
        dd_machine_bugcheck("fast mutex %p was acquired again by its owner: it would wait for ever",
                            (void *)FastMutex);
    }
    if (__atomic_fetch_sub(&FastMutex->Count, 1, __ATOMIC_ACQ_REL) != 1) {
        __atomic_fetch_add(&FastMutex->Contention, 1, __ATOMIC_RELAXED);
        dd_wait(&FastMutex->Event, UINT64_MAX);
    }
    __atomic_store_n(&FastMutex->Owner, me, __ATOMIC_RELAXED);
    FastMutex->OldIrql = old;
}

VOID ExReleaseFastMutex(PFAST_MUTEX FastMutex)
{
    PVOID owner = __atomic_load_n(&FastMutex->Owner, __ATOMIC_RELAXED);
    KIRQL old;

    DD_API(ExReleaseFastMutex);
    if (owner != dd_ctx_self()) {
        DD_SEAM(.kind = DD_EV_LOCK_BAD, .site = DD_SITE(), .obj = FastMutex,
                .a = owner == NULL ? DD_LOCK_NOT_HELD : DD_LOCK_NOT_OWNER, .b = dd_irql_get());
        return;
    }
    old = (KIRQL)FastMutex->OldIrql;
    __atomic_store_n(&FastMutex->Owner, NULL, __ATOMIC_RELAXED);
    if (__atomic_fetch_add(&FastMutex->Count, 1, __ATOMIC_ACQ_REL) != 0) {
        dd_event_set(&FastMutex->Event);
    }
    dd_irql_lower(old);
}
