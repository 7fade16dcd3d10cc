/* SPDX-License-Identifier: MIT */
/*
 * NDIS spin locks: a kernel spin lock and the IRQL to go back to, kept in the lock. How it was
 * taken is noted in the padding behind OldIrql, so that mixing the plain and the Dpr pair is seen.
 */
#include "ndis/adapter_priv.h"

#include "nt/kernel.h"

enum how {
    TAKEN_PLAIN = 1,
    TAKEN_DPR = 2
};

static UCHAR *how_of(PNDIS_SPIN_LOCK lock)
{
    return (UCHAR *)&lock->OldIrql + 1;
}

static void bad(const NDIS_SPIN_LOCK *lock, enum dd_lock_defect defect, const void *site)
{
    DD_SEAM(.kind = DD_EV_LOCK_BAD, .site = site, .obj = lock, .a = defect, .b = dd_irql_get());
}

VOID NdisAllocateSpinLock(PNDIS_SPIN_LOCK SpinLock)
{
    DD_API(NdisAllocateSpinLock);
    SpinLock->SpinLock = 0;
    SpinLock->OldIrql = 0;
    *how_of(SpinLock) = 0;
}

VOID NdisAcquireSpinLock(PNDIS_SPIN_LOCK SpinLock)
{
    KIRQL old;

    DD_API(NdisAcquireSpinLock);
    old = dd_irql_raise(DISPATCH_LEVEL);
    dd_spin_acquire(&SpinLock->SpinLock, DD_SITE());
    SpinLock->OldIrql = old;
    *how_of(SpinLock) = TAKEN_PLAIN;
}

VOID NdisReleaseSpinLock(PNDIS_SPIN_LOCK SpinLock)
{
    KIRQL old = SpinLock->OldIrql;
    bool mixed = *how_of(SpinLock) == TAKEN_DPR;

    DD_API(NdisReleaseSpinLock);
    if (mixed) {
        bad(SpinLock, DD_LOCK_MIXED, DD_SITE());
    }
    dd_spin_release(&SpinLock->SpinLock, DD_SITE());
    /* mixed: still to the level in the lock, as Windows does; drivers put it there themselves */
    if (old <= dd_irql_get()) {
        dd_irql_lower(old);
    }
}

VOID NdisDprAcquireSpinLock(PNDIS_SPIN_LOCK SpinLock)
{
    DD_API(NdisDprAcquireSpinLock);
    if (dd_irql_get() < DISPATCH_LEVEL) {
        bad(SpinLock, DD_LOCK_DPR_BELOW_DISPATCH, DD_SITE());
    }
    dd_spin_acquire(&SpinLock->SpinLock, DD_SITE());
    *how_of(SpinLock) = TAKEN_DPR;
}

VOID NdisDprReleaseSpinLock(PNDIS_SPIN_LOCK SpinLock)
{
    DD_API(NdisDprReleaseSpinLock);
    if (*how_of(SpinLock) == TAKEN_PLAIN) {
        bad(SpinLock, DD_LOCK_MIXED, DD_SITE());
    }
    dd_spin_release(&SpinLock->SpinLock, DD_SITE());
}
