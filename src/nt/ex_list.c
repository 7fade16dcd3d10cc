/* SPDX-License-Identifier: MIT */
/*
 * Lists that several contexts share. Windows' sequenced lists take no lock and may read the link of
 * an entry that another processor just popped; here a lock, chosen by the header's address, guards
 * each operation, so that such a read is never made and sanitizers see only the driver's own races.
 *
 * Source: windows-driver-docs-ddi, wdm/nf-wdm-exinterlocked*, interlockedapi (nt-services 2.1).
 */
#include <ntddk.h>

#include "base/thread.h"
#include "nt/kernel.h"
#include "nt/sched.h"
#include "seam/api.h"

#define SLIST_LOCKS 64

static struct dd_mutex slist_locks[SLIST_LOCKS] = {[0 ... SLIST_LOCKS - 1] = DD_MUTEX_INIT};

static struct dd_mutex *lock_of(const void *header)
{
    return &slist_locks[(((uintptr_t)header >> 4) ^ ((uintptr_t)header >> 12)) % SLIST_LOCKS];
}

static PSLIST_ENTRY first_of(PSLIST_HEADER head)
{
    return (PSLIST_ENTRY)(uintptr_t)(head->Region & ~0xfull);
}

/* one operation more, @depth entries now */
static void set_first(PSLIST_HEADER head, PSLIST_ENTRY first, unsigned depth)
{
    head->HeaderX64.Depth = depth & 0xffff;
    head->HeaderX64.Sequence++;
    head->Region = (uintptr_t)first | (head->Region & 0xf);
}

/* Windows faults on a list that is not aligned; so would a driver's own look at the header */
static bool aligned(const void *ptr, const void *site)
{
    if (((uintptr_t)ptr & 15) == 0) {
        return true;
    }
    DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .obj = ptr,
            .data = "SLIST_HEADER or SLIST_ENTRY that is not 16-byte aligned");
    return false;
}

VOID InitializeSListHead(PSLIST_HEADER SListHead)
{
    DD_API(InitializeSListHead);
    (void)aligned(SListHead, DD_SITE());
    SListHead->Alignment = 0;
    SListHead->Region = 0;
}

PSLIST_ENTRY ExpInterlockedPushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry)
{
    struct dd_mutex *lock = lock_of(ListHead);
    PSLIST_ENTRY old;

    DD_API(ExpInterlockedPushEntrySList);
    if (!aligned(ListHead, DD_SITE()) || !aligned(ListEntry, DD_SITE())) {
        return NULL;
    }
    dd_mutex_lock(lock);
    old = first_of(ListHead);
    ListEntry->Next = old;
    set_first(ListHead, ListEntry, (unsigned)ListHead->HeaderX64.Depth + 1);
    dd_mutex_unlock(lock);
    return old;
}

PSLIST_ENTRY ExpInterlockedPopEntrySList(PSLIST_HEADER ListHead)
{
    struct dd_mutex *lock = lock_of(ListHead);
    PSLIST_ENTRY first;

    DD_API(ExpInterlockedPopEntrySList);
    if (!aligned(ListHead, DD_SITE())) {
        return NULL;
    }
    dd_mutex_lock(lock);
    first = first_of(ListHead);
    if (first != NULL) {
        set_first(ListHead, first->Next, (unsigned)ListHead->HeaderX64.Depth + 0xffff);
    }
    dd_mutex_unlock(lock);
    return first;
}

PSLIST_ENTRY ExpInterlockedFlushSList(PSLIST_HEADER ListHead)
{
    struct dd_mutex *lock = lock_of(ListHead);
    PSLIST_ENTRY first;

    DD_API(ExpInterlockedFlushSList);
    if (!aligned(ListHead, DD_SITE())) {
        return NULL;
    }
    dd_mutex_lock(lock);
    first = first_of(ListHead);
    set_first(ListHead, NULL, 0);
    dd_mutex_unlock(lock);
    return first;
}

USHORT ExQueryDepthSList(PSLIST_HEADER SListHead)
{
    struct dd_mutex *lock = lock_of(SListHead);
    USHORT depth;

    DD_API(ExQueryDepthSList);
    dd_mutex_lock(lock);
    depth = (USHORT)SListHead->HeaderX64.Depth;
    dd_mutex_unlock(lock);
    return depth;
}

/* The lock may be one that the driver also takes itself, at DISPATCH_LEVEL. */
static KIRQL enter(PKSPIN_LOCK lock, const void *site)
{
    KIRQL old = dd_irql_get();

    if (old < DISPATCH_LEVEL) {
        old = dd_irql_raise(DISPATCH_LEVEL);
    }
    dd_spin_acquire(lock, site);
    return old;
}

static void leave(PKSPIN_LOCK lock, KIRQL old, const void *site)
{
    dd_spin_release(lock, site);
    if (old < DISPATCH_LEVEL) {
        dd_irql_lower(old);
    }
}

/* between two neighbours that must point at each other; Windows stops on others, and so does the
 * report */
static void insert(PLIST_ENTRY before, PLIST_ENTRY entry, PLIST_ENTRY after)
{
    if (before->Flink != after || after->Blink != before) {
        DrydockListCorrupt(before);
    }
    entry->Flink = after;
    entry->Blink = before;
    before->Flink = entry;
    after->Blink = entry;
}

PLIST_ENTRY ExInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                        PKSPIN_LOCK Lock)
{
    PLIST_ENTRY first;
    KIRQL old;

    DD_API(ExInterlockedInsertHeadList);
    old = enter(Lock, DD_SITE());
    first = ListHead->Flink;
    insert(ListHead, ListEntry, first);
    leave(Lock, old, DD_SITE());
    return first == ListHead ? NULL : first;
}

PLIST_ENTRY ExInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                        PKSPIN_LOCK Lock)
{
    PLIST_ENTRY last;
    KIRQL old;

    DD_API(ExInterlockedInsertTailList);
    old = enter(Lock, DD_SITE());
    last = ListHead->Blink;
    insert(last, ListEntry, ListHead);
    leave(Lock, old, DD_SITE());
    return last == ListHead ? NULL : last;
}

PLIST_ENTRY ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    PLIST_ENTRY first;
    KIRQL old;

    DD_API(ExInterlockedRemoveHeadList);
    old = enter(Lock, DD_SITE());
    first = ListHead->Flink;
    if (first != ListHead) {
        if (first->Blink != ListHead || first->Flink->Blink != first) {
            DrydockListCorrupt(first);
        }
        ListHead->Flink = first->Flink;
        first->Flink->Blink = ListHead;
    }
    leave(Lock, old, DD_SITE());
    return first == ListHead ? NULL : first;
}
