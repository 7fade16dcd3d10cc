/* SPDX-License-Identifier: MIT */
#include "nt_test.h"

static KSPIN_LOCK lock;
static unsigned counter; /* plain: only the lock guards it */

static void count_plain(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < 3000; i++) {
        KIRQL old = KeAcquireSpinLockRaiseToDpc(&lock);

        counter++;
        if (i % 128 == 0) {
            dd_sched_yield();
        }
        KeReleaseSpinLock(&lock, old);
    }
}

static void count_queued(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < 3000; i++) {
        KLOCK_QUEUE_HANDLE handle;

        KeAcquireInStackQueuedSpinLock(&lock, &handle);
        counter++;
        KeReleaseInStackQueuedSpinLock(&handle);
    }
}

static void run_on(void (*fn)(void *arg), unsigned cpus)
{
    struct dd_ctx *ctx[6];

    lock = 0;
    counter = 0;
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(dd_ctx_spawn("count", i % cpus, fn, NULL, &ctx[i]), 0);
    }
    for (unsigned i = 0; i < 6; i++) {
        dd_ctx_join(ctx[i]);
    }
    assert_int_equal(counter, 6 * 3000);
    assert_int_equal(lock, 0);
    assert_int_equal(EVENTS(LOCK_BAD), 0);
}

static void plain_locks_exclude_contexts_on_all_cpus(void **state)
{
    (void)state;
    run_on(count_plain, 2);
    run_on(count_plain, 1);
}

static void queued_locks_exclude_contexts_on_all_cpus(void **state)
{
    (void)state;
    run_on(count_queued, 2);
}

static _Atomic(unsigned) got;

static void want_lock(void *arg)
{
    KIRQL old = KeAcquireSpinLockRaiseToDpc(&lock);

    (void)arg;
    atomic_store(&got, 1);
    KeReleaseSpinLock(&lock, old);
}

static void a_waiter_sleeps_until_the_lock_is_free(void **state)
{
    struct dd_ctx *ctx;
    KIRQL old;

    (void)state;
    lock = 0;
    atomic_store(&got, 0);
    old = KeAcquireSpinLockRaiseToDpc(&lock);
    assert_int_equal(dd_ctx_spawn("waiter", 1, want_lock, NULL, &ctx), 0);
    dd_thread_sleep_until(dd_clock_ns() + 5 * MS);
    assert_int_equal(atomic_load(&got), 0);
    KeReleaseSpinLock(&lock, old);
    assert_true(nt_test_reaches(&got, 1));
    dd_ctx_join(ctx);
}

static void try_fails_at_once_when_the_lock_is_held(void **state)
{
    KSPIN_LOCK mine = 0;

    (void)state;
    dd_irql_raise(DISPATCH_LEVEL);
    assert_true(KeTryToAcquireSpinLockAtDpcLevel(&mine));
    assert_true(dd_spin_held_by_me(&mine));
    assert_false(KeTryToAcquireSpinLockAtDpcLevel(&mine));
    KeReleaseSpinLockFromDpcLevel(&mine);
    assert_false(dd_spin_held_by_me(&mine));
    dd_irql_lower(PASSIVE_LEVEL);
}

static void a_recursive_acquire_ends_the_run(void **state)
{
    static KSPIN_LOCK mine;

    (void)state;
    mine = 0;
    dd_irql_raise(DISPATCH_LEVEL);
    KeAcquireSpinLockAtDpcLevel(&mine);
    nt_test.expect_bugcheck = true;
    if (setjmp(nt_test.bugcheck) == 0) {
        KeAcquireSpinLockAtDpcLevel(&mine);
        fail_msg("came back");
    }
    assert_int_equal(EVENTS(LOCK_BAD), 1);
    assert_int_equal(atomic_load(&nt_test.a[DD_EV_LOCK_BAD]), DD_LOCK_RECURSIVE);
    KeReleaseSpinLockFromDpcLevel(&mine);
    dd_irql_lower(PASSIVE_LEVEL);
}

static void take_and_keep(void *arg)
{
    dd_irql_raise(DISPATCH_LEVEL);
    dd_spin_acquire(arg, NULL);
    atomic_store(&got, 1);
    while (!dd_sched_park(UINT64_MAX)) {
    }
    dd_spin_release(arg, NULL);
    dd_irql_lower(PASSIVE_LEVEL);
}

static void only_the_owner_may_release(void **state)
{
    KSPIN_LOCK mine = 0;
    struct dd_ctx *ctx;

    (void)state;
    atomic_store(&got, 0);
    dd_irql_raise(DISPATCH_LEVEL);
    dd_spin_release(&mine, NULL);
    assert_int_equal(atomic_load(&nt_test.a[DD_EV_LOCK_BAD]), DD_LOCK_NOT_HELD);
    assert_int_equal(dd_ctx_spawn("owner", 1, take_and_keep, &mine, &ctx), 0);
    assert_true(nt_test_reaches(&got, 1));
    dd_spin_release(&mine, NULL);
    assert_int_equal(EVENTS(LOCK_BAD), 2);
    assert_int_equal(atomic_load(&nt_test.a[DD_EV_LOCK_BAD]), DD_LOCK_NOT_OWNER);
    assert_false(dd_spin_try(&mine, NULL));
    dd_sched_unpark(ctx);
    dd_ctx_join(ctx);
    assert_int_equal(mine, 0);
    dd_irql_lower(PASSIVE_LEVEL);
}

static void wrong_use_is_reported(void **state)
{
    KSPIN_LOCK a = 0, b = 0;
    KLOCK_QUEUE_HANDLE handle;
    KIRQL old_a, old_b;

    (void)state;
    KeAcquireSpinLockAtDpcLevel(&a);
    assert_int_equal(EVENTS(LOCK_BAD), 1);
    assert_int_equal(atomic_load(&nt_test.a[DD_EV_LOCK_BAD]), DD_LOCK_DPR_BELOW_DISPATCH);
    KeReleaseSpinLockFromDpcLevel(&a);
    KeAcquireInStackQueuedSpinLock(&a, &handle);
    KeReleaseSpinLock(&a, PASSIVE_LEVEL);
    assert_int_equal(EVENTS(LOCK_BAD), 2);
    assert_int_equal(atomic_load(&nt_test.a[DD_EV_LOCK_BAD]), DD_LOCK_MIXED);
    old_a = KeAcquireSpinLockRaiseToDpc(&a);
    old_b = KeAcquireSpinLockRaiseToDpc(&b);
    KeReleaseSpinLock(&a, old_a);
    assert_int_equal(EVENTS(LOCK_BAD), 3);
    assert_int_equal(atomic_load(&nt_test.a[DD_EV_LOCK_BAD]), DD_LOCK_ORDER);
    KeReleaseSpinLock(&b, old_b);
    assert_int_equal(dd_irql_get(), PASSIVE_LEVEL);
}

static void a_lock_in_garbage_is_reported_and_works(void **state)
{
    KSPIN_LOCK mine;

    (void)state;
    memset(&mine, 0xA5, sizeof(mine));
    dd_irql_raise(DISPATCH_LEVEL);
    KeAcquireSpinLockAtDpcLevel(&mine);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    assert_true(dd_spin_held_by_me(&mine));
    KeReleaseSpinLockFromDpcLevel(&mine);
    assert_int_equal(mine, 0);
    dd_irql_lower(PASSIVE_LEVEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        nt_test(plain_locks_exclude_contexts_on_all_cpus),
        nt_test(queued_locks_exclude_contexts_on_all_cpus),
        nt_test(a_waiter_sleeps_until_the_lock_is_free),
        nt_test(try_fails_at_once_when_the_lock_is_held),
        nt_test(a_recursive_acquire_ends_the_run),
        nt_test(only_the_owner_may_release),
        nt_test(wrong_use_is_reported),
        nt_test(a_lock_in_garbage_is_reported_and_works),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
