/* SPDX-License-Identifier: MIT */
#include "nt_test.h"

static _Atomic(unsigned) ran;
static _Atomic(unsigned) last_cpu;

static VOID count_dpc(PKDPC dpc, PVOID context, PVOID arg1, PVOID arg2)
{
    (void)dpc;
    (void)context;
    (void)arg1;
    (void)arg2;
    atomic_store(&last_cpu, dd_cpu_current());
    atomic_fetch_add(&ran, 1);
}

static int start(void **state)
{
    atomic_store(&ran, 0);
    return nt_test_start(state);
}

static LARGE_INTEGER in_ms(int ms)
{
    LARGE_INTEGER t = {.QuadPart = -10000LL * ms};

    return t;
}

static void a_timer_queues_its_dpc_when_due_and_not_before(void **state)
{
    uint64_t begin = dd_clock_ns();
    KTIMER timer;
    KDPC dpc;

    (void)state;
    KeInitializeTimer(&timer);
    KeInitializeDpc(&dpc, count_dpc, NULL);
    assert_false(KeSetTimer(&timer, in_ms(20), &dpc));
    assert_false(KeReadStateTimer(&timer));
    assert_true(nt_test_reaches(&ran, 1));
    assert_true(dd_clock_ns() - begin >= 20 * MS);
    assert_true(KeReadStateTimer(&timer));
    assert_false(KeCancelTimer(&timer));
    KeFlushQueuedDpcs();
}

static void absolute_times_are_system_time(void **state)
{
    uint64_t begin = dd_clock_ns();
    LARGE_INTEGER when;
    KTIMER timer;

    (void)state;
    KeInitializeTimer(&timer);
    KeQuerySystemTimePrecise(&when);
    when.QuadPart += 10 * 10000;
    KeSetTimer(&timer, when, NULL);
    assert_int_equal(dd_wait(&timer, PATIENCE), STATUS_SUCCESS);
    assert_true(dd_clock_ns() - begin >= 9 * MS);
    when.QuadPart = 1;
    KeSetTimer(&timer, when, NULL);
    assert_int_equal(dd_wait(&timer, PATIENCE), STATUS_SUCCESS);
}

static void a_cancelled_timer_does_not_fire(void **state)
{
    KTIMER timer;
    KDPC dpc;

    (void)state;
    KeInitializeTimer(&timer);
    KeInitializeDpc(&dpc, count_dpc, NULL);
    assert_false(KeCancelTimer(&timer));
    KeSetTimer(&timer, in_ms(20), &dpc);
    assert_true(KeCancelTimer(&timer));
    assert_false(KeCancelTimer(&timer));
    dd_delay(40 * MS);
    assert_int_equal(atomic_load(&ran), 0);
}

static void setting_again_replaces_the_due_time(void **state)
{
    uint64_t begin = dd_clock_ns();
    KTIMER timer;
    KDPC dpc;

    (void)state;
    KeInitializeTimer(&timer);
    KeInitializeDpc(&dpc, count_dpc, NULL);
    KeSetTimer(&timer, in_ms(60000), &dpc);
    assert_true(KeSetTimer(&timer, in_ms(10), &dpc));
    assert_true(nt_test_reaches(&ran, 1));
    assert_true(dd_clock_ns() - begin < 30000 * MS);
    KeFlushQueuedDpcs();
    assert_false(KeCancelTimer(&timer));
}

static void a_periodic_timer_fires_until_it_is_cancelled(void **state)
{
    unsigned seen;
    KTIMER timer;
    KDPC dpc;

    (void)state;
    KeInitializeTimerEx(&timer, SynchronizationTimer);
    KeInitializeDpc(&dpc, count_dpc, NULL);
    KeSetTimerEx(&timer, in_ms(1), 2, &dpc);
    assert_true(nt_test_reaches(&ran, 5));
    assert_true(KeCancelTimer(&timer));
    KeFlushQueuedDpcs();
    seen = atomic_load(&ran);
    dd_delay(20 * MS);
    assert_int_equal(atomic_load(&ran), seen);
}

static void the_dpc_runs_on_the_cpu_that_set_the_timer(void **state)
{
    KTIMER timer;
    KDPC dpc;

    (void)state;
    KeInitializeTimer(&timer);
    KeInitializeDpc(&dpc, count_dpc, NULL);
    dd_cpu_switch(1);
    KeSetTimer(&timer, in_ms(1), &dpc);
    dd_cpu_switch(0);
    assert_true(nt_test_reaches(&ran, 1));
    assert_int_equal(atomic_load(&last_cpu), 1);
    KeFlushQueuedDpcs();
}

#define MANY 300

static void many_timers_fire_each_once(void **state)
{
    static KTIMER timers[MANY];
    static KDPC dpcs[MANY];
    unsigned cancelled = 0;

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        KeInitializeTimer(&timers[i]);
        KeInitializeDpc(&dpcs[i], count_dpc, NULL);
        KeSetTimer(&timers[i], in_ms(1 + (int)(i * 7919 % 40)), &dpcs[i]);
    }
    for (unsigned i = 0; i < MANY; i += 3) {
        cancelled += KeCancelTimer(&timers[i]);
    }
    for (unsigned i = 0; i < MANY; i++) {
        if (i % 3 != 0) {
            assert_int_equal(dd_wait(&timers[i], PATIENCE), STATUS_SUCCESS);
        }
    }
    KeFlushQueuedDpcs();
    assert_int_equal(atomic_load(&ran), MANY - cancelled);
}

static void wrong_use_is_reported(void **state)
{
    KTIMER timer;

    (void)state;
    memset(&timer, 0xA5, sizeof(timer));
    KeSetTimer(&timer, in_ms(60000), NULL);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    assert_string_equal(dd_object_in_use((char *)&timer - 100, sizeof(timer) + 200),
                        "timer is set");
    KeInitializeTimer(&timer);
    assert_int_equal(EVENTS(OBJECT_BAD), 2);
    assert_false(KeCancelTimer(&timer));
    assert_null(dd_object_in_use(&timer, sizeof(timer)));
}

static void clocks_agree_with_the_host(void **state)
{
    LARGE_INTEGER a, b, frequency;
    uint64_t begin = dd_clock_ns(), took;

    (void)state;
    a = KeQueryPerformanceCounter(&frequency);
    dd_delay(10 * MS);
    b = KeQueryPerformanceCounter(NULL);
    took = dd_clock_ns() - begin;
    assert_int_equal(frequency.QuadPart, 10000000);
    assert_true(b.QuadPart - a.QuadPart >= 100000);
    assert_true((uint64_t)(b.QuadPart - a.QuadPart) <= took / 100);
    KeQuerySystemTimePrecise(&a);
    assert_true((uint64_t)a.QuadPart - 116444736000000000ull <= dd_clock_wall_ns() / 100);
    KeQueryTickCount(&a);
    assert_true(a.QuadPart > 0);
    assert_int_equal(KeQueryTimeIncrement(), 156250);
    assert_int_equal(KeQueryInterruptTime() % 156250, 0);
}

#define timer_test(fn) cmocka_unit_test_setup_teardown(fn, start, nt_test_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        timer_test(a_timer_queues_its_dpc_when_due_and_not_before),
        timer_test(absolute_times_are_system_time),
        timer_test(a_cancelled_timer_does_not_fire),
        timer_test(setting_again_replaces_the_due_time),
        timer_test(a_periodic_timer_fires_until_it_is_cancelled),
        timer_test(the_dpc_runs_on_the_cpu_that_set_the_timer),
        timer_test(many_timers_fire_each_once),
        timer_test(wrong_use_is_reported),
        timer_test(clocks_agree_with_the_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
