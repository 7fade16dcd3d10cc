/* SPDX-License-Identifier: MIT */
/*
 * Reader/writer locks, the old one in driver storage and the one of NDIS 6.20.
 *
 *   reader: take the guard, count itself on its CPU, let the guard go
 *   writer: take the guard and keep it, wait until no CPU counts a reader
 *
 * A reader that reads already on this CPU just counts again, and a writer that has the lock takes
 * it again, so neither waits for itself.
 */
#include "ndis/adapter_priv.h"

#include "nt/kernel.h"

struct cell {
    _Atomic(int32_t) readers;
    int32_t depth; /* cell 0: how often the writer took it */
    int64_t pad;
};

/* exactly the storage of NDIS_RW_LOCK */
struct core {
    KSPIN_LOCK guard;
    _Atomic(void *) writer; /* context */
    struct cell cells[DD_CPUS_MAX];
};

_Static_assert(sizeof(struct core) == sizeof(NDIS_RW_LOCK), "fits the driver's storage");

struct _NDIS_RW_LOCK_EX {
    struct dd_nobj obj;
    struct core core;
};

/* what an acquisition remembers: cpu << 2 | kind */
enum {
    HELD_NOT,
    HELD_READ,
    HELD_WRITE
};

static unsigned here(void)
{
    return dd_cpu_current() % DD_CPUS_MAX;
}

static bool writing(const struct core *c)
{
    return atomic_load_explicit(&c->writer, memory_order_relaxed) == (void *)dd_ctx_self();
}

static unsigned take_read(struct core *c, const void *site)
{
    struct cell *cell = &c->cells[here()];

    if (writing(c)) {
        c->cells[0].depth++;
        return HELD_WRITE;
    }
    if (atomic_load_explicit(&cell->readers, memory_order_relaxed) > 0) {
        atomic_fetch_add_explicit(&cell->readers, 1, memory_order_relaxed);
    } else {
        dd_spin_acquire(&c->guard, site);
        atomic_fetch_add_explicit(&cell->readers, 1, memory_order_acquire);
        dd_spin_release(&c->guard, site);
    }
    return here() << 2 | HELD_READ;
}

static unsigned take_write(struct core *c, const void *site)
{
    if (writing(c)) {
        c->cells[0].depth++;
        return HELD_WRITE;
    }
    dd_spin_acquire(&c->guard, site);
    for (unsigned i = 0; i < DD_CPUS_MAX; i++) {
        while (atomic_load_explicit(&c->cells[i].readers, memory_order_acquire) > 0) {
            dd_sched_yield();
        }
    }
    atomic_store_explicit(&c->writer, (void *)dd_ctx_self(), memory_order_relaxed);
    c->cells[0].depth = 1;
    return HELD_WRITE;
}

static void bad(const void *lock, enum dd_lock_defect defect, const void *site)
{
    DD_SEAM(.kind = DD_EV_LOCK_BAD, .site = site, .obj = lock, .a = defect, .b = dd_irql_get());
}

static void give_write(struct core *c, const void *site)
{
    if (!writing(c)) {
        bad(c, DD_LOCK_NOT_OWNER, site);
        return;
    }
    if (--c->cells[0].depth > 0) {
        return;
    }
    atomic_store_explicit(&c->writer, NULL, memory_order_relaxed);
    dd_spin_release(&c->guard, site);
}

static void give(struct core *c, unsigned state, const void *site)
{
    unsigned cpu = state >> 2;

    switch (state & 3) {
    case HELD_WRITE:
        give_write(c, site);
        break;
    case HELD_READ:
        if (cpu != here()) {
            bad(c, DD_LOCK_NOT_OWNER, site);
        }
        if (atomic_fetch_sub_explicit(&c->cells[cpu].readers, 1, memory_order_release) <= 0) {
            atomic_fetch_add_explicit(&c->cells[cpu].readers, 1, memory_order_relaxed);
            bad(c, DD_LOCK_NOT_HELD, site);
        }
        break;
    default:
        bad(c, DD_LOCK_NOT_HELD, site);
        break;
    }
}

static void core_init(struct core *c)
{
    c->guard = 0;
    atomic_store(&c->writer, NULL);
    for (unsigned i = 0; i < DD_CPUS_MAX; i++) {
        atomic_store(&c->cells[i].readers, 0);
        c->cells[i].depth = 0;
    }
}

/* --- the old lock --- */

static struct core *old_core(PNDIS_RW_LOCK lock)
{
    return (struct core *)(void *)lock;
}

VOID NdisInitializeReadWriteLock(PNDIS_RW_LOCK Lock)
{
    DD_API(NdisInitializeReadWriteLock);
    core_init(old_core(Lock));
}

static void old_take(PNDIS_RW_LOCK lock, BOOLEAN write, PLOCK_STATE state, KIRQL old,
                     const void *site)
{
    unsigned held = write ? take_write(old_core(lock), site) : take_read(old_core(lock), site);

    state->LockState = (USHORT)held;
    state->OldIrql = old;
}

VOID NdisAcquireReadWriteLock(PNDIS_RW_LOCK Lock, BOOLEAN fWrite, PLOCK_STATE LockState)
{
    DD_API(NdisAcquireReadWriteLock);
    old_take(Lock, fWrite, LockState, dd_irql_raise(DISPATCH_LEVEL), DD_SITE());
}

VOID NdisReleaseReadWriteLock(PNDIS_RW_LOCK Lock, PLOCK_STATE LockState)
{
    unsigned held = LockState->LockState;

    DD_API(NdisReleaseReadWriteLock);
    LockState->LockState = HELD_NOT;
    give(old_core(Lock), held, DD_SITE());
    dd_irql_lower(LockState->OldIrql);
}

VOID NdisDprAcquireReadWriteLock(PNDIS_RW_LOCK Lock, BOOLEAN fWrite, PLOCK_STATE LockState)
{
    DD_API(NdisDprAcquireReadWriteLock);
    if (dd_irql_get() < DISPATCH_LEVEL) {
        bad(Lock, DD_LOCK_DPR_BELOW_DISPATCH, DD_SITE());
    }
    old_take(Lock, fWrite, LockState, DISPATCH_LEVEL, DD_SITE());
}

VOID NdisDprReleaseReadWriteLock(PNDIS_RW_LOCK Lock, PLOCK_STATE LockState)
{
    unsigned held = LockState->LockState;

    DD_API(NdisDprReleaseReadWriteLock);
    LockState->LockState = HELD_NOT;
    give(old_core(Lock), held, DD_SITE());
}

/* --- the lock of NDIS 6.20 --- */

PNDIS_RW_LOCK_EX NdisAllocateRWLock(NDIS_HANDLE NdisHandle)
{
    PNDIS_RW_LOCK_EX lock;

    DD_API(NdisAllocateRWLock);
    if (dd_seam_may_fail(DD_FAIL_RWLOCK, DD_SITE())) {
        return NULL;
    }
    lock = dd_nobj_new(DD_SLOT_RWLOCK, sizeof(*lock), dd_ndis_owner(NdisHandle), DD_SITE());
    if (lock != NULL) {
        core_init(&lock->core);
    }
    return lock;
}

void dd_rwlock_destroy(void *obj)
{
    dd_nobj_free(obj);
}

static bool held(const struct core *c)
{
    if (atomic_load(&c->writer) != NULL) {
        return true;
    }
    for (unsigned i = 0; i < DD_CPUS_MAX; i++) {
        if (atomic_load(&c->cells[i].readers) > 0) {
            return true;
        }
    }
    return false;
}

VOID NdisFreeRWLock(PNDIS_RW_LOCK_EX Lock)
{
    DD_API(NdisFreeRWLock);
    if (dd_nobj_get(Lock, DD_SLOT_RWLOCK, "not a read/write lock", DD_SITE()) == NULL) {
        return;
    }
    if (held(&Lock->core)) {
        dd_bad_object(Lock, "read/write lock freed while it is held", DD_SITE());
        return;
    }
    dd_rwlock_destroy(Lock);
}

static KIRQL raise_for(UCHAR flags)
{
    if ((flags & NDIS_RWL_AT_DISPATCH_LEVEL) != 0) {
        return DISPATCH_LEVEL;
    }
    return dd_irql_raise(DISPATCH_LEVEL);
}

VOID NdisAcquireRWLockRead(PNDIS_RW_LOCK_EX Lock, PLOCK_STATE_EX LockState, UCHAR Flags)
{
    DD_API(NdisAcquireRWLockRead);
    LockState->OldIrql = raise_for(Flags);
    LockState->Flags = Flags;
    LockState->LockState = (UCHAR)take_read(&Lock->core, DD_SITE());
}

VOID NdisAcquireRWLockWrite(PNDIS_RW_LOCK_EX Lock, PLOCK_STATE_EX LockState, UCHAR Flags)
{
    DD_API(NdisAcquireRWLockWrite);
    LockState->OldIrql = raise_for(Flags);
    LockState->Flags = Flags;
    LockState->LockState = (UCHAR)take_write(&Lock->core, DD_SITE());
}

VOID NdisReleaseRWLock(PNDIS_RW_LOCK_EX Lock, PLOCK_STATE_EX LockState)
{
    unsigned state = LockState->LockState;

    DD_API(NdisReleaseRWLock);
    LockState->LockState = HELD_NOT;
    give(&Lock->core, state, DD_SITE());
    if ((LockState->Flags & NDIS_RWL_AT_DISPATCH_LEVEL) == 0) {
        dd_irql_lower(LockState->OldIrql);
    }
}
