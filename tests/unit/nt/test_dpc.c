/* SPDX-License-Identifier: MIT */
#include "nt_test.h"

static _Atomic(unsigned) ran, inside, most;
static unsigned plain[2]; /* one for each CPU: only "one DPC at a time on a CPU" guards it */
static char order[64];

static VOID count_dpc(PKDPC dpc, PVOID context, PVOID arg1, PVOID arg2)
{
    unsigned cpu = dd_cpu_current();

    (void)dpc;
    (void)context;
    (void)arg1;
    (void)arg2;
    plain[cpu]++;
    atomic_fetch_add(&ran, 1);
}

static VOID crowded_dpc(PKDPC dpc, PVOID context, PVOID arg1, PVOID arg2)
{
    unsigned now = atomic_fetch_add(&inside, 1) + 1;

    (void)dpc;
    (void)context;
    (void)arg1;
    (void)arg2;
    if (now > atomic_load(&most)) {
        atomic_store(&most, now);
    }
    plain[0]++;
    dd_sched_yield();
    atomic_fetch_sub(&inside, 1);
    atomic_fetch_add(&ran, 1);
}

static VOID note_dpc(PKDPC dpc, PVOID context, PVOID arg1, PVOID arg2)
{
    (void)dpc;
    (void)arg2;
    order[strlen(order)] = *(char *)context;
    if (arg1 != NULL) {
        *(KIRQL *)arg1 = dd_irql_get();
    }
    atomic_fetch_add(&ran, 1);
}

static int start(void **state)
{
    atomic_store(&ran, 0);
    atomic_store(&inside, 0);
    atomic_store(&most, 0);
    memset(plain, 0, sizeof(plain));
    memset(order, 0, sizeof(order));
    return nt_test_start(state);
}

static void a_dpc_queued_at_dispatch_runs_when_the_level_drops(void **state)
{
    KIRQL level = 99;
    KDPC dpc;

    (void)state;
    KeInitializeDpc(&dpc, note_dpc, "a");
    dd_irql_raise(DISPATCH_LEVEL);
    assert_true(KeInsertQueueDpc(&dpc, &level, NULL));
    assert_false(KeInsertQueueDpc(&dpc, &level, NULL));
    assert_int_equal(atomic_load(&ran), 0);
    dd_irql_lower(PASSIVE_LEVEL);
    assert_int_equal(atomic_load(&ran), 1);
    assert_int_equal(level, DISPATCH_LEVEL);
    assert_int_equal(EVENTS(DPC), 1);
    assert_int_equal(EVENTS(CALLBACK_ENTER), 1);
}

static void a_dpc_queued_at_passive_runs_on_the_dpc_context(void **state)
{
    KDPC dpc;

    (void)state;
    KeInitializeDpc(&dpc, count_dpc, NULL);
    assert_true(KeInsertQueueDpc(&dpc, NULL, NULL));
    assert_true(nt_test_reaches(&ran, 1));
    KeFlushQueuedDpcs();
    assert_int_equal(plain[0], 1);
}

static void a_targeted_dpc_runs_on_its_cpu(void **state)
{
    PROCESSOR_NUMBER there = {.Number = 1}, nowhere = {.Number = 7};
    KDPC dpc;

    (void)state;
    KeInitializeDpc(&dpc, count_dpc, NULL);
    assert_int_equal(KeSetTargetProcessorDpcEx(&dpc, &nowhere), STATUS_INVALID_PARAMETER);
    assert_int_equal(KeSetTargetProcessorDpcEx(&dpc, &there), STATUS_SUCCESS);
    for (unsigned i = 1; i <= 5; i++) {
        assert_true(KeInsertQueueDpc(&dpc, NULL, NULL));
        KeFlushQueuedDpcs();
        assert_int_equal(plain[1], i);
    }
    assert_int_equal(plain[0], 0);
}

static void important_dpcs_go_first(void **state)
{
    KDPC a, b, c;

    (void)state;
    KeInitializeDpc(&a, note_dpc, "a");
    KeInitializeDpc(&b, note_dpc, "b");
    KeInitializeDpc(&c, note_dpc, "c");
    KeSetImportanceDpc(&c, HighImportance);
    dd_irql_raise(DISPATCH_LEVEL);
    KeInsertQueueDpc(&a, NULL, NULL);
    KeInsertQueueDpc(&b, NULL, NULL);
    KeInsertQueueDpc(&c, NULL, NULL);
    dd_irql_lower(PASSIVE_LEVEL);
    assert_string_equal(order, "cab");
}

static void a_removed_dpc_does_not_run(void **state)
{
    KDPC a, b, c;

    (void)state;
    KeInitializeDpc(&a, note_dpc, "a");
    KeInitializeDpc(&b, note_dpc, "b");
    KeInitializeDpc(&c, note_dpc, "c");
    dd_irql_raise(DISPATCH_LEVEL);
    assert_false(KeRemoveQueueDpc(&b));
    KeInsertQueueDpc(&a, NULL, NULL);
    KeInsertQueueDpc(&b, NULL, NULL);
    assert_true(KeRemoveQueueDpc(&b));
    KeInsertQueueDpc(&c, NULL, NULL);
    assert_true(KeRemoveQueueDpc(&a));
    KeInsertQueueDpc(&b, NULL, NULL);
    dd_irql_lower(PASSIVE_LEVEL);
    assert_string_equal(order, "cb");
}

static VOID requeue_dpc(PKDPC dpc, PVOID context, PVOID arg1, PVOID arg2)
{
    (void)context;
    (void)arg2;
    if (atomic_fetch_add(&ran, 1) < 200) {
        assert_true(KeInsertQueueDpc(dpc, arg1, NULL));
    }
}

static void a_dpc_may_queue_itself_and_does_not_hold_up_its_caller_for_ever(void **state)
{
    KDPC dpc;

    (void)state;
    KeInitializeDpc(&dpc, requeue_dpc, NULL);
    dd_irql_raise(DISPATCH_LEVEL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    dd_irql_lower(PASSIVE_LEVEL);
    assert_true(nt_test_reaches(&ran, 201));
    KeFlushQueuedDpcs();
}

static void queue_many(void *arg)
{
    KDPC *dpc = arg;

    for (unsigned i = 0; i < 500; i++) {
        while (!dd_dpc_queue(dpc, 0, NULL, NULL)) {
            dd_thread_yield();
        }
    }
}

static void dpcs_of_a_cpu_run_one_at_a_time(void **state)
{
    struct dd_thread *services[2];
    struct dd_ctx *contexts[2];
    KDPC dpcs[4];

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        KeInitializeDpc(&dpcs[i], crowded_dpc, NULL);
    }
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(dd_thread_start("service", queue_many, &dpcs[i], &services[i]), 0);
        assert_int_equal(dd_ctx_spawn("context", i, queue_many, &dpcs[2 + i], &contexts[i]), 0);
    }
    for (unsigned i = 0; i < 500; i++) {
        /* contexts at dispatch on the same CPU: their lowering runs DPCs, too */
        dd_irql_raise(DISPATCH_LEVEL);
        dd_irql_lower(PASSIVE_LEVEL);
    }
    for (unsigned i = 0; i < 2; i++) {
        dd_thread_join(services[i]);
        dd_ctx_join(contexts[i]);
    }
    KeFlushQueuedDpcs();
    assert_int_equal(atomic_load(&ran), 2000);
    assert_int_equal(plain[0], 2000);
    assert_int_equal(atomic_load(&most), 1);
}

static VOID slow_dpc(PKDPC dpc, PVOID context, PVOID arg1, PVOID arg2)
{
    (void)dpc;
    (void)context;
    (void)arg1;
    (void)arg2;
    dd_sched_stall(3 * MS);
    atomic_fetch_add(&ran, 1);
}

static void flush_waits_for_running_dpcs_on_all_cpus(void **state)
{
    KDPC dpcs[2];

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        KeInitializeDpc(&dpcs[i], slow_dpc, NULL);
        dd_dpc_queue(&dpcs[i], i, NULL, NULL);
    }
    KeFlushQueuedDpcs();
    assert_int_equal(atomic_load(&ran), 2);
    dd_irql_raise(DISPATCH_LEVEL);
    KeFlushQueuedDpcs();
    assert_int_equal(EVENTS(IRQL_BAD), 1);
    dd_irql_lower(PASSIVE_LEVEL);
}

static VOID lowering_dpc(PKDPC dpc, PVOID context, PVOID arg1, PVOID arg2)
{
    (void)dpc;
    (void)context;
    (void)arg1;
    (void)arg2;
    KeLowerIrql(PASSIVE_LEVEL);
    plain[1] = dd_irql_get();
    plain[0] = dd_call_inside(DD_ROLE_HALT);
    atomic_fetch_add(&ran, 1);
}

static void a_dpc_cannot_lower_below_dispatch_and_is_not_inside_what_it_interrupted(void **state)
{
    struct dd_call call;
    KDPC dpc;

    (void)state;
    KeInitializeDpc(&dpc, lowering_dpc, NULL);
    dd_call_enter(&call, DD_ROLE_HALT, "MiniportHaltEx", NULL);
    dd_irql_raise(DISPATCH_LEVEL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    dd_irql_lower(PASSIVE_LEVEL);
    assert_true(dd_call_inside(DD_ROLE_HALT));
    dd_call_leave(&call);
    assert_int_equal(atomic_load(&ran), 1);
    assert_int_equal(plain[1], DISPATCH_LEVEL);
    assert_int_equal(plain[0], 0);
    assert_int_equal(EVENTS(IRQL_BAD), 1);
}

static void wrong_use_is_reported(void **state)
{
    KDPC dpc;

    (void)state;
    memset(&dpc, 0, sizeof(dpc));
    assert_false(KeInsertQueueDpc(&dpc, NULL, NULL));
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    KeInitializeDpc(&dpc, count_dpc, NULL);
    assert_null(dd_object_in_use(&dpc, sizeof(dpc)));
    dd_irql_raise(DISPATCH_LEVEL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    assert_string_equal(dd_object_in_use(&dpc, sizeof(dpc)), "DPC is queued");
    KeInitializeDpc(&dpc, count_dpc, NULL);
    assert_int_equal(EVENTS(OBJECT_BAD), 2);
    dd_irql_lower(PASSIVE_LEVEL);
    assert_int_equal(atomic_load(&ran), 0);
}

static void add_one(void *arg)
{
    assert_int_equal(dd_irql_get(), DISPATCH_LEVEL);
    atomic_fetch_add((_Atomic(unsigned) *)arg, 1);
}

static void a_function_can_be_called_at_dispatch(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(dd_call_at_dispatch(i % 2, add_one, (void *)&ran), 0);
    }
    dd_dpc_flush();
    assert_int_equal(atomic_load(&ran), 100);
}

#define dpc_test(fn) cmocka_unit_test_setup_teardown(fn, start, nt_test_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        dpc_test(a_dpc_queued_at_dispatch_runs_when_the_level_drops),
        dpc_test(a_dpc_queued_at_passive_runs_on_the_dpc_context),
        dpc_test(a_targeted_dpc_runs_on_its_cpu),
        dpc_test(important_dpcs_go_first),
        dpc_test(a_removed_dpc_does_not_run),
        dpc_test(a_dpc_may_queue_itself_and_does_not_hold_up_its_caller_for_ever),
        dpc_test(dpcs_of_a_cpu_run_one_at_a_time),
        dpc_test(flush_waits_for_running_dpcs_on_all_cpus),
        dpc_test(a_dpc_cannot_lower_below_dispatch_and_is_not_inside_what_it_interrupted),
        dpc_test(wrong_use_is_reported),
        dpc_test(a_function_can_be_called_at_dispatch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
