/* SPDX-License-Identifier: MIT */
#include "dma/mapreg.h"

#include <errno.h>

void dd_mapreg_init(struct dd_mapreg *m, uint64_t pool)
{
    dd_mutex_init(&m->lock);
    m->pool = pool != 0 ? pool : UINT64_MAX;
    m->used = m->peak = 0;
    dd_list_init(&m->waiters);
}

void dd_mapreg_done(struct dd_mapreg *m)
{
    dd_assert(dd_list_empty(&m->waiters));
    dd_mutex_done(&m->lock);
}

void dd_mapreg_charge(struct dd_mapreg *m, uint64_t count)
{
    uint64_t now = atomic_fetch_add_explicit(&m->used, count, memory_order_relaxed) + count;
    uint64_t peak = atomic_load_explicit(&m->peak, memory_order_relaxed);

    while (now > peak &&
           !atomic_compare_exchange_weak_explicit(&m->peak, &peak, now, memory_order_relaxed,
                                                  memory_order_relaxed)) {
    }
}

void dd_mapreg_discharge(struct dd_mapreg *m, uint64_t count)
{
    uint64_t before = atomic_fetch_sub_explicit(&m->used, count, memory_order_relaxed);

    dd_assert(count <= before);
}

int dd_mapreg_take(struct dd_mapreg *m, uint64_t need, struct dd_mapreg_waiter *waiter)
{
    int r = 0;

    dd_assert(need <= m->pool);
    dd_mutex_lock(&m->lock);
    if (dd_list_empty(&m->waiters) && need <= m->pool - m->used) {
        dd_mapreg_charge(m, need);
    } else {
        r = -EBUSY;
        if (waiter) {
            waiter->need = need;
            dd_list_append(&m->waiters, &waiter->node);
        }
    }
    dd_mutex_unlock(&m->lock);
    return r;
}

static void serve_locked(struct dd_mapreg *m, struct dd_list *ret_ready)
{
    while (!dd_list_empty(&m->waiters)) {
        struct dd_mapreg_waiter *w = DD_LIST_ENTRY(m->waiters.next, struct dd_mapreg_waiter, node);

        if (w->need > m->pool - m->used) {
            return;
        }
        dd_list_remove(&w->node);
        dd_mapreg_charge(m, w->need);
        dd_list_append(ret_ready, &w->node);
    }
}

void dd_mapreg_put(struct dd_mapreg *m, uint64_t count, struct dd_list *ret_ready)
{
    dd_mutex_lock(&m->lock);
    dd_mapreg_discharge(m, count);
    serve_locked(m, ret_ready);
    dd_mutex_unlock(&m->lock);
}

bool dd_mapreg_cancel(struct dd_mapreg *m, struct dd_mapreg_waiter *waiter,
                      struct dd_list *ret_ready)
{
    struct dd_list *pos;
    bool found = false;

    dd_mutex_lock(&m->lock);
    DD_LIST_EACH(pos, &m->waiters) {
        if (pos == &waiter->node) {
            found = true;
            break;
        }
    }
    if (found) {
        dd_list_remove(&waiter->node);
        serve_locked(m, ret_ready);
    }
    dd_mutex_unlock(&m->lock);
    return found;
}

void dd_mapreg_stats(struct dd_mapreg *m, uint64_t *ret_used, uint64_t *ret_peak)
{
    dd_mutex_lock(&m->lock);
    *ret_used = m->used;
    *ret_peak = m->peak;
    dd_mutex_unlock(&m->lock);
}
