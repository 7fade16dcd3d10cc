/* SPDX-License-Identifier: MIT */
/*
 * Waiting for a word. Sleepers stand in a bucket chosen by the word's address, so that a lock is
 * one word and costs nothing when nobody contends for it.
 *
 * An owner lock is taken by whoever comes first (a hand-over to a sleeper would leave it idle for
 * as long as the sleeper needs to wake), but a sleeper that has waited for FAIR_NS gets it handed
 * over, so none starves.
 */
#include "base/clock.h"
#include "base/self.h"
#include "nt/nt_int.h"

#define BUCKETS        64u
#define SPINS          100
#define FAIR_NS        (500 * DD_NS_PER_US)
#define SERVICE_NAP_NS (20 * DD_NS_PER_US)

struct sleeper {
    struct dd_list node;
    const void *key;
    struct dd_ctx *ctx;
    uint64_t since_ns;
    bool handed; /* owner locks: it has the lock now */
    _Atomic(bool) woken;
};

static struct bucket {
    _Alignas(64) struct dd_mutex lock; /* guards list */
    struct dd_list list;               /* zero: empty and not initialised */
} buckets[BUCKETS] = {[0 ... BUCKETS - 1] = {.lock = DD_MUTEX_INIT}};

static struct bucket *bucket_lock(const void *key)
{
    uint64_t h = (uint64_t)(uintptr_t)key * 0x9E3779B97F4A7C15ull;
    struct bucket *b = &buckets[h >> 58];

    dd_mutex_lock(&b->lock);
    if (b->list.next == NULL) {
        dd_list_init(&b->list);
    }
    return b;
}

static struct sleeper *find_locked(struct bucket *b, const void *key, struct dd_list *after)
{
    for (struct dd_list *n = after->next; n != &b->list; n = n->next) {
        struct sleeper *s = DD_LIST_ENTRY(n, struct sleeper, node);

        if (s->key == key) {
            return s;
        }
    }
    return NULL;
}

static void sleep_until_woken(struct sleeper *s)
{
    while (!atomic_load_explicit(&s->woken, memory_order_acquire)) {
        dd_sched_park(UINT64_MAX);
    }
}

/* @s is gone as soon as woken is set; the context stays */
static void wake(struct sleeper *s)
{
    struct dd_ctx *ctx = s->ctx;

    atomic_store_explicit(&s->woken, true, memory_order_release);
    dd_sched_unpark(ctx);
}

/* --- owner locks --- */

uintptr_t dd_word_me(void)
{
    struct dd_self *self = dd_self();

    return self->ctx != NULL ? (uintptr_t)self->ctx : (uintptr_t)self | DD_SERVICE;
}

bool dd_word_try(uintptr_t *word, uintptr_t me)
{
    uintptr_t v = __atomic_load_n(word, __ATOMIC_RELAXED);

    while (dd_word_owner(v) == 0) {
        if (__atomic_compare_exchange_n(word, &v, v | me, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_RELAXED)) {
            return true;
        }
    }
    return false;
}

/* with the bucket held: take the lock, or make sure that its owner will look for sleepers */
static bool take_or_announce(uintptr_t *word, uintptr_t me)
{
    uintptr_t v = __atomic_load_n(word, __ATOMIC_RELAXED), want;

    do {
        want = dd_word_owner(v) == 0 ? v | me : v | DD_WAITERS;
    } while (
        !__atomic_compare_exchange_n(word, &v, want, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    return dd_word_owner(want) == me;
}

static void lock_slow(uintptr_t *word, uintptr_t me)
{
    struct sleeper s = {.key = word, .ctx = dd_ctx_self(), .since_ns = dd_clock_ns()};
    bool again = false;

    do {
        struct bucket *b = bucket_lock(word);

        if (take_or_announce(word, me)) {
            dd_mutex_unlock(&b->lock);
            return;
        }
        atomic_store_explicit(&s.woken, false, memory_order_relaxed);
        if (again) {
            dd_list_push(&b->list, &s.node);
        } else {
            dd_list_append(&b->list, &s.node);
        }
        dd_mutex_unlock(&b->lock);
        sleep_until_woken(&s);
        again = true;
    } while (!s.handed);
}

void dd_word_lock(uintptr_t *word, uintptr_t me)
{
    for (int i = 0; i < SPINS; i++) {
        if (dd_word_try(word, me)) {
            return;
        }
        __builtin_ia32_pause();
    }
    if ((me & DD_SERVICE) != 0) {
        while (!dd_word_try(word, me)) {
            dd_thread_sleep_until(dd_clock_ns() + SERVICE_NAP_NS);
        }
        return;
    }
    lock_slow(word, me);
}

void dd_word_unlock(uintptr_t *word, uintptr_t me)
{
    uintptr_t v = me, more;
    struct bucket *b;
    struct sleeper *s;

    if (__atomic_compare_exchange_n(word, &v, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
        return;
    }
    dd_assert(dd_word_owner(v) == me);
    b = bucket_lock(word);
    s = find_locked(b, word, &b->list);
    if (s == NULL) {
        __atomic_store_n(word, 0, __ATOMIC_SEQ_CST);
        dd_mutex_unlock(&b->lock);
        return;
    }
    more = find_locked(b, word, &s->node) != NULL ? DD_WAITERS : 0;
    s->handed = dd_clock_ns() - s->since_ns > FAIR_NS;
    dd_list_remove(&s->node);
    __atomic_store_n(word, (s->handed ? (uintptr_t)s->ctx : 0) | more, __ATOMIC_SEQ_CST);
    wake(s);
    dd_mutex_unlock(&b->lock);
}

/* --- plain waiting --- */

void dd_lot_wait(const void *key, bool (*still)(void *arg), void *arg)
{
    struct sleeper s = {.key = key, .ctx = dd_ctx_self()};
    struct bucket *b;

    if (s.ctx == NULL) {
        dd_thread_sleep_until(dd_clock_ns() + SERVICE_NAP_NS);
        return;
    }
    b = bucket_lock(key);
    if (!still(arg)) {
        dd_mutex_unlock(&b->lock);
        return;
    }
    dd_list_append(&b->list, &s.node);
    dd_mutex_unlock(&b->lock);
    sleep_until_woken(&s);
}

void dd_lot_wake(const void *key)
{
    struct bucket *b = bucket_lock(key);
    struct sleeper *s;

    while ((s = find_locked(b, key, &b->list)) != NULL) {
        dd_list_remove(&s->node);
        wake(s);
    }
    dd_mutex_unlock(&b->lock);
}
