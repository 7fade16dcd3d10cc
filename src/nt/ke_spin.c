/* SPDX-License-Identifier: MIT */
/* Spin locks, plain and in-stack queued. Both kinds are the same owner word; the queued one differs
 * in who may mix. */
#include "nt/ke_int.h"

VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock)
{
    struct dd_ctx *ctx = dd_ctx_self();

    DD_API(KeInitializeSpinLock);
    for (unsigned i = 0; ctx != NULL && i < ctx->spin_count && i < DD_SPINS_MAX; i++) {
        if (ctx->spins[i].lock == SpinLock) {
            dd_object_bad(SpinLock, "spin lock was initialised while it is held", DD_SITE());
        }
    }
    __atomic_store_n(SpinLock, 0, __ATOMIC_RELEASE);
}

static void below_dispatch(PKSPIN_LOCK lock, const void *site)
{
    if (dd_irql_get() < DISPATCH_LEVEL) {
        DD_SEAM(.kind = DD_EV_LOCK_BAD, .site = site, .obj = lock, .a = DD_LOCK_DPR_BELOW_DISPATCH,
                .b = dd_irql_get());
    }
}

static void release(PKSPIN_LOCK lock, bool queued, const void *site)
{
    dd_spin_check_kind(lock, queued, site);
    dd_spin_release(lock, site);
}

KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock)
{
    KIRQL old;

    DD_API(KeAcquireSpinLockRaiseToDpc);
    old = dd_irql_raise_at(DISPATCH_LEVEL, DD_SITE());
    dd_spin_acquire(SpinLock, DD_SITE());
    return old;
}

VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql)
{
    DD_API(KeReleaseSpinLock);
    release(SpinLock, false, DD_SITE());
    dd_irql_lower_at(NewIrql, DD_SITE());
}

VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    DD_API(KeAcquireSpinLockAtDpcLevel);
    below_dispatch(SpinLock, DD_SITE());
    dd_spin_acquire(SpinLock, DD_SITE());
}

VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
    DD_API(KeReleaseSpinLockFromDpcLevel);
    release(SpinLock, false, DD_SITE());
}

BOOLEAN KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    DD_API(KeTryToAcquireSpinLockAtDpcLevel);
    below_dispatch(SpinLock, DD_SITE());
    return dd_spin_try(SpinLock, DD_SITE());
}

static void acquire_queued(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle, KIRQL old,
                           const void *site)
{
    handle->LockQueue.Next = NULL;
    handle->LockQueue.Lock = lock;
    handle->OldIrql = old;
    dd_spin_acquire(lock, site);
    dd_spin_set_queued(lock);
}

VOID KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    DD_API(KeAcquireInStackQueuedSpinLock);
    acquire_queued(SpinLock, LockHandle, dd_irql_raise_at(DISPATCH_LEVEL, DD_SITE()), DD_SITE());
}

VOID KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle)
{
    DD_API(KeReleaseInStackQueuedSpinLock);
    release(LockHandle->LockQueue.Lock, true, DD_SITE());
    dd_irql_lower_at(LockHandle->OldIrql, DD_SITE());
}

VOID KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    DD_API(KeAcquireInStackQueuedSpinLockAtDpcLevel);
    below_dispatch(SpinLock, DD_SITE());
    acquire_queued(SpinLock, LockHandle, dd_irql_get(), DD_SITE());
}

VOID KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle)
{
    DD_API(KeReleaseInStackQueuedSpinLockFromDpcLevel);
    release(LockHandle->LockQueue.Lock, true, DD_SITE());
}
