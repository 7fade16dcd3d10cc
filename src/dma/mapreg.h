/* SPDX-License-Identifier: MIT */
/*
 * Map registers: how many pages may be in transfers at once. Requests that find too few wait in a
 * queue, first come first served: a small one does not overtake a large one, or the large one might
 * wait for ever.
 *
 * Nothing here calls back. dd_mapreg_put() returns the requests that now have their registers.
 */
#ifndef DD_DMA_MAPREG_H
#define DD_DMA_MAPREG_H

#include "base/list.h"
#include "base/thread.h"

#include <stdatomic.h>

struct dd_mapreg {
    struct dd_mutex lock;         /* guards the rest */
    uint64_t pool;                /* UINT64_MAX: no end */
    _Atomic(uint64_t) used, peak; /* without an end to the pool they change without the lock, too */
    struct dd_list waiters;
};

/* part of a request; not queued while node points to itself */
struct dd_mapreg_waiter {
    struct dd_list node;
    uint64_t need;
    /* for whoever called dd_mapreg_put(): what to do with this one; NULL: it is a list (src/hal) */
    void (*start_locked)(struct dd_mapreg_waiter *w);
};

/* dd_mapreg_init - @pool: registers, 0: no end */
void dd_mapreg_init(struct dd_mapreg *m, uint64_t pool);
void dd_mapreg_done(struct dd_mapreg *m);

/**
 * dd_mapreg_take - @need registers, now or later
 * @waiter: queued when they are busy; NULL: do not queue
 *
 * IRQL: up to DISPATCH_LEVEL. @need more than the pool is the caller's to refuse before.
 * Return: 0, taken; -EBUSY, queued (or, without @waiter, nothing done): dd_mapreg_put() will return
 * it.
 */
int dd_mapreg_take(struct dd_mapreg *m, uint64_t need, struct dd_mapreg_waiter *waiter);
/* dd_mapreg_put - give registers back; waiters that now have theirs are moved to @ret_ready, in
 * order */
void dd_mapreg_put(struct dd_mapreg *m, uint64_t count, struct dd_list *ret_ready);
/* dd_mapreg_cancel - true: it was waiting and is no more, others that can run now are moved to
 * @ret_ready */
bool dd_mapreg_cancel(struct dd_mapreg *m, struct dd_mapreg_waiter *waiter,
                      struct dd_list *ret_ready);
/* dd_mapreg_charge, dd_mapreg_discharge - take and put where the pool has no end: nobody ever waits
 */
void dd_mapreg_charge(struct dd_mapreg *m, uint64_t count);
void dd_mapreg_discharge(struct dd_mapreg *m, uint64_t count);
void dd_mapreg_stats(struct dd_mapreg *m, uint64_t *ret_used, uint64_t *ret_peak);

#endif
