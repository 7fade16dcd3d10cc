/* SPDX-License-Identifier: MIT */
/* NDIS spin locks and reader/writer locks. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct machine m;

static int setup(void **state)
{
    (void)state;
    events_start();
    machine_start(&m, 3);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    machine_stop(&m);
    events_stop();
    return 0;
}

static void test_spin_lock_keeps_the_irql(void **state)
{
    NDIS_SPIN_LOCK a, b;

    (void)state;
    NdisAllocateSpinLock(&a);
    NdisAllocateSpinLock(&b);
    NdisAcquireSpinLock(&a);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    NdisAcquireSpinLock(&b);
    NdisReleaseSpinLock(&b);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    NdisDprAcquireSpinLock(&b);
    NdisDprReleaseSpinLock(&b);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    NdisReleaseSpinLock(&a);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_int_equal(events_count(DD_EV_LOCK_BAD), 0);
}

static void test_mixed_pairs_are_seen(void **state)
{
    NDIS_SPIN_LOCK a;

    (void)state;
    NdisAllocateSpinLock(&a);
    NdisAcquireSpinLock(&a);
    NdisDprReleaseSpinLock(&a);
    assert_int_equal(events_with_a(DD_EV_LOCK_BAD, DD_LOCK_MIXED), 1);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL); /* as on Windows: left raised */
    NdisDprAcquireSpinLock(&a);
    NdisReleaseSpinLock(&a);
    assert_int_equal(events_with_a(DD_EV_LOCK_BAD, DD_LOCK_MIXED), 2);
    /* to the level that is in the lock, which is the one before the first acquisition */
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    NdisDprAcquireSpinLock(&a);
    assert_int_equal(events_with_a(DD_EV_LOCK_BAD, DD_LOCK_DPR_BELOW_DISPATCH), 1);
    NdisDprReleaseSpinLock(&a);
}

#define ROUNDS 2000
static NDIS_SPIN_LOCK counter_lock;
static PNDIS_RW_LOCK_EX rw;
static NDIS_RW_LOCK old;
static unsigned long counter, twin;
static _Atomic(bool) torn;

static void count_up(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < ROUNDS; i++) {
        NdisAcquireSpinLock(&counter_lock);
        counter++;
        NdisReleaseSpinLock(&counter_lock);
    }
}

static void on_three_cpus(void (*fn)(void *arg))
{
    struct dd_ctx *ctx[3];

    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(dd_ctx_spawn("locker", i, fn, (void *)(uintptr_t)i, &ctx[i]), 0);
    }
    for (unsigned i = 0; i < 3; i++) {
        dd_ctx_join(ctx[i]);
    }
}

static void test_spin_lock_excludes(void **state)
{
    (void)state;
    counter = 0;
    NdisAllocateSpinLock(&counter_lock);
    on_three_cpus(count_up);
    assert_int_equal(counter, 3 * ROUNDS);
}

static void read_or_write(void *arg)
{
    LOCK_STATE_EX s;

    for (unsigned i = 0; i < ROUNDS; i++) {
        if (arg == NULL) {
            NdisAcquireRWLockWrite(rw, &s, 0);
            counter++;
            twin++;
            NdisReleaseRWLock(rw, &s);
        } else {
            NdisAcquireRWLockRead(rw, &s, 0);
            torn = torn || counter != twin;
            NdisReleaseRWLock(rw, &s);
        }
    }
}

static void test_writers_exclude_readers(void **state)
{
    (void)state;
    counter = twin = 0;
    torn = false;
    rw = NdisAllocateRWLock(NULL);
    assert_non_null(rw);
    on_three_cpus(read_or_write);
    NdisFreeRWLock(rw);
    assert_int_equal(counter, ROUNDS);
    assert_false(torn);
    assert_int_equal(events_count(DD_EV_LOCK_BAD), 0);
}

static void old_read_or_write(void *arg)
{
    LOCK_STATE s;

    for (unsigned i = 0; i < ROUNDS; i++) {
        NdisAcquireReadWriteLock(&old, arg == NULL, &s);
        if (arg == NULL) {
            counter++;
            twin++;
        } else {
            torn = torn || counter != twin;
        }
        NdisReleaseReadWriteLock(&old, &s);
    }
}

static void test_old_lock_excludes_too(void **state)
{
    (void)state;
    counter = twin = 0;
    torn = false;
    NdisInitializeReadWriteLock(&old);
    on_three_cpus(old_read_or_write);
    assert_int_equal(counter, ROUNDS);
    assert_false(torn);
    assert_int_equal(events_count(DD_EV_LOCK_BAD), 0);
}

static void test_rw_lock_irql_and_recursion(void **state)
{
    LOCK_STATE_EX a, b, c;

    (void)state;
    rw = NdisAllocateRWLock(NULL);
    NdisAcquireRWLockRead(rw, &a, 0);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    NdisAcquireRWLockRead(rw, &b, NDIS_RWL_AT_DISPATCH_LEVEL);
    NdisReleaseRWLock(rw, &b);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    NdisReleaseRWLock(rw, &a);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    NdisAcquireRWLockWrite(rw, &a, 0);
    NdisAcquireRWLockWrite(rw, &b, NDIS_RWL_AT_DISPATCH_LEVEL);
    NdisAcquireRWLockRead(rw, &c, NDIS_RWL_AT_DISPATCH_LEVEL);
    NdisReleaseRWLock(rw, &c);
    NdisReleaseRWLock(rw, &b);
    NdisReleaseRWLock(rw, &a);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_int_equal(events_count(DD_EV_LOCK_BAD), 0);
    NdisReleaseRWLock(rw, &a);
    assert_int_equal(events_with_a(DD_EV_LOCK_BAD, DD_LOCK_NOT_HELD), 1);
    NdisAcquireRWLockRead(rw, &a, 0);
    NdisFreeRWLock(rw);
    assert_int_equal(events_bad("freed while it is held"), 1);
    NdisReleaseRWLock(rw, &a);
    NdisFreeRWLock(rw);
    NdisFreeRWLock(rw);
    assert_int_equal(events_bad("not a read/write lock"), 1);
    events_fail_at(DD_FAIL_RWLOCK, 1);
    assert_null(NdisAllocateRWLock(NULL));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_spin_lock_keeps_the_irql), T(test_mixed_pairs_are_seen),
        T(test_spin_lock_excludes),       T(test_writers_exclude_readers),
        T(test_old_lock_excludes_too),    T(test_rw_lock_irql_and_recursion),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
