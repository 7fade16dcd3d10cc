/* SPDX-License-Identifier: MIT */
/* Push locks and run-down protection: words that are waited for in a lot. */
#include "nt/ke_int.h"
#include "nt/pool.h"

/* --- push locks: 0 free, 1 exclusive, else twice the number of readers --- */

VOID ExInitializePushLock(PEX_PUSH_LOCK PushLock)
{
    DD_API(ExInitializePushLock);
    __atomic_store_n(PushLock, 0, __ATOMIC_RELEASE);
}

static bool is_taken(void *lock)
{
    return __atomic_load_n((PEX_PUSH_LOCK)lock, __ATOMIC_ACQUIRE) != 0;
}

static bool is_written(void *lock)
{
    return (__atomic_load_n((PEX_PUSH_LOCK)lock, __ATOMIC_ACQUIRE) & 1) != 0;
}

VOID ExAcquirePushLockExclusive(PEX_PUSH_LOCK PushLock)
{
    EX_PUSH_LOCK v = 0;

    DD_API(ExAcquirePushLockExclusive);
    while (
        !__atomic_compare_exchange_n(PushLock, &v, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        dd_lot_wait(PushLock, is_taken, PushLock);
        v = 0;
    }
}

VOID ExAcquirePushLockShared(PEX_PUSH_LOCK PushLock)
{
    EX_PUSH_LOCK v = __atomic_load_n(PushLock, __ATOMIC_RELAXED);

    DD_API(ExAcquirePushLockShared);
    for (;;) {
        if ((v & 1) != 0) {
            dd_lot_wait(PushLock, is_written, PushLock);
            v = __atomic_load_n(PushLock, __ATOMIC_RELAXED);
        } else if (__atomic_compare_exchange_n(PushLock, &v, v + 2, false, __ATOMIC_ACQ_REL,
                                               __ATOMIC_RELAXED)) {
            return;
        }
    }
}

static void push_lock_release(PEX_PUSH_LOCK lock, EX_PUSH_LOCK units, const void *site)
{
    EX_PUSH_LOCK v = __atomic_load_n(lock, __ATOMIC_RELAXED);

    do {
        if (units == 1 ? v != 1 : v < 2 || (v & 1) != 0) {
            DD_SEAM(.kind = DD_EV_LOCK_BAD, .site = site, .obj = lock, .a = DD_LOCK_NOT_HELD,
                    .b = dd_irql_get());
            return;
        }
    } while (!__atomic_compare_exchange_n(lock, &v, v - units, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_RELAXED));
    if (v == units) {
        dd_lot_wake(lock);
    }
}

VOID ExReleasePushLockExclusive(PEX_PUSH_LOCK PushLock)
{
    DD_API(ExReleasePushLockExclusive);
    push_lock_release(PushLock, 1, DD_SITE());
}

VOID ExReleasePushLockShared(PEX_PUSH_LOCK PushLock)
{
    DD_API(ExReleasePushLockShared);
    push_lock_release(PushLock, 2, DD_SITE());
}

/* --- run-down: twice the number of users, plus 1 once run-down has begun --- */

static BOOLEAN rundown_acquire(PEX_RUNDOWN_REF ref, ULONG count)
{
    ULONG_PTR v = __atomic_load_n(&ref->Count, __ATOMIC_RELAXED);

    do {
        if ((v & 1) != 0) {
            return FALSE;
        }
    } while (!__atomic_compare_exchange_n(&ref->Count, &v, v + 2 * (ULONG_PTR)count, false,
                                          __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    return TRUE;
}

static void rundown_release(PEX_RUNDOWN_REF ref, ULONG count, const void *site)
{
    ULONG_PTR v = __atomic_load_n(&ref->Count, __ATOMIC_RELAXED), now;

    do {
        if (v / 2 < count) {
            dd_object_bad(ref, "run-down protection was released more often than acquired", site);
            return;
        }
        now = v - 2 * (ULONG_PTR)count;
    } while (!__atomic_compare_exchange_n(&ref->Count, &v, now, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_RELAXED));
    if (now == 1) {
        dd_lot_wake(ref);
    }
}

static bool is_used(void *ref)
{
    return __atomic_load_n(&((PEX_RUNDOWN_REF)ref)->Count, __ATOMIC_ACQUIRE) != 1;
}

static void rundown_wait(PEX_RUNDOWN_REF ref)
{
    __atomic_fetch_or(&ref->Count, 1, __ATOMIC_ACQ_REL);
    while (is_used(ref)) {
        dd_lot_wait(ref, is_used, ref);
    }
}

VOID ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    DD_API(ExInitializeRundownProtection);
    __atomic_store_n(&RunRef->Count, 0, __ATOMIC_RELEASE);
}

BOOLEAN ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    DD_API(ExAcquireRundownProtection);
    return rundown_acquire(RunRef, 1);
}

VOID ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    DD_API(ExReleaseRundownProtection);
    rundown_release(RunRef, 1, DD_SITE());
}

VOID ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef)
{
    DD_API(ExWaitForRundownProtectionRelease);
    rundown_wait(RunRef);
}

VOID ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    DD_API(ExReInitializeRundownProtection);
    __atomic_store_n(&RunRef->Count, 0, __ATOMIC_RELEASE);
}

/* --- the cache-aware kind: on Windows a counter for each processor; here one counter --- */

struct _EX_RUNDOWN_REF_CACHE_AWARE {
    EX_RUNDOWN_REF ref;
};

PEX_RUNDOWN_REF_CACHE_AWARE ExAllocateCacheAwareRundownProtection(POOL_TYPE PoolType, ULONG PoolTag)
{
    PEX_RUNDOWN_REF_CACHE_AWARE r;

    DD_API(ExAllocateCacheAwareRundownProtection);
    (void)PoolType;
    r = dd_pool_alloc(sizeof(*r), PoolTag, NULL, DD_LEAK_POOL, DD_SITE());
    if (r != NULL) {
        __atomic_store_n(&r->ref.Count, 0, __ATOMIC_RELEASE);
    }
    return r;
}

VOID ExFreeCacheAwareRundownProtection(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    DD_API(ExFreeCacheAwareRundownProtection);
    dd_pool_free(RunRefCacheAware, 0, DD_SITE());
}

BOOLEAN ExAcquireRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    DD_API(ExAcquireRundownProtectionCacheAware);
    return rundown_acquire(&RunRefCacheAware->ref, 1);
}

VOID ExReleaseRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    DD_API(ExReleaseRundownProtectionCacheAware);
    rundown_release(&RunRefCacheAware->ref, 1, DD_SITE());
}

BOOLEAN ExAcquireRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware,
                                               ULONG Count)
{
    DD_API(ExAcquireRundownProtectionCacheAwareEx);
    return rundown_acquire(&RunRefCacheAware->ref, Count);
}

VOID ExReleaseRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware,
                                            ULONG Count)
{
    DD_API(ExReleaseRundownProtectionCacheAwareEx);
    rundown_release(&RunRefCacheAware->ref, Count, DD_SITE());
}

VOID ExWaitForRundownProtectionReleaseCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    DD_API(ExWaitForRundownProtectionReleaseCacheAware);
    rundown_wait(&RunRefCacheAware->ref);
}

VOID ExReInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    DD_API(ExReInitializeRundownProtectionCacheAware);
    __atomic_store_n(&RunRefCacheAware->ref.Count, 0, __ATOMIC_RELEASE);
}
