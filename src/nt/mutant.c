/* SPDX-License-Identifier: MIT */
/* Mutexes (KMUTEX, recursive for their owner) and semaphores. Waiting for them is in dispatch.c. */
#include "nt/nt_int.h"

/* SignalState: 1 free, 0 owned once, -1 owned twice ... */
void dd_mutant_init(PKMUTEX mutex, const void *site)
{
    dd_header_init(&mutex->Header, DD_OBJ_MUTANT, sizeof(*mutex), 1, site);
    InitializeListHead(&mutex->MutantListEntry);
    mutex->OwnerThread = NULL;
    mutex->ApcDisable = 1;
}

LONG dd_mutant_release(PKMUTEX mutex, const void *site)
{
    LONG old = 0;
    bool owner;

    if (!dd_header_is_valid(&mutex->Header) || mutex->Header.Type != DD_OBJ_MUTANT) {
        dd_object_bad(mutex, "mutex was never initialised", site);
        return 0;
    }
    dd_mutex_lock(&dd_dispatcher);
    owner = mutex->OwnerThread == (void *)dd_ctx_self();
    if (owner) {
        old = mutex->Header.SignalState++;
        if (mutex->Header.SignalState == 1) {
            mutex->OwnerThread = NULL;
            dd_header_signal_locked(&mutex->Header);
        }
    }
    dd_mutex_unlock(&dd_dispatcher);
    if (!owner) {
        dd_object_bad(mutex, "mutex was released by a thread that does not own it", site);
    }
    return old;
}

void dd_semaphore_init(PKSEMAPHORE semaphore, LONG count, LONG limit, const void *site)
{
    if (limit <= 0 || count < 0 || count > limit) {
        dd_object_bad(semaphore, "semaphore was initialised with a count outside 0 to its limit",
                      site);
    }
    dd_header_init(&semaphore->Header, DD_OBJ_SEMAPHORE, sizeof(*semaphore), count, site);
    semaphore->Limit = limit;
}

LONG dd_semaphore_release(PKSEMAPHORE semaphore, LONG adjustment, const void *site)
{
    LONG old, now;
    bool fits;

    if (!dd_header_is_valid(&semaphore->Header) || semaphore->Header.Type != DD_OBJ_SEMAPHORE) {
        dd_object_bad(semaphore, "semaphore was never initialised", site);
        return 0;
    }
    dd_mutex_lock(&dd_dispatcher);
    old = semaphore->Header.SignalState;
    fits = adjustment > 0 && !dd_add_overflows(old, adjustment, &now) && now <= semaphore->Limit;
    if (fits) {
        semaphore->Header.SignalState = now;
        dd_header_signal_locked(&semaphore->Header);
    }
    dd_mutex_unlock(&dd_dispatcher);
    if (!fits) {
        dd_object_bad(semaphore, "semaphore was released above its limit", site);
    }
    return old;
}
