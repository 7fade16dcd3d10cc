/* SPDX-License-Identifier: MIT */
/* NDIS timers, work items, events and sleeping. */
#include "fixture.h"

#include "base/clock.h"
#include "ndis/nobj.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct machine m;
static _Atomic(int) fired, entered;
static _Atomic(void *) seen_context;
static NDIS_HANDLE timer, item;
static bool free_inside;

static int setup(void **state)
{
    (void)state;
    events_start();
    machine_start(&m, 2);
    fired = 0;
    free_inside = false;
    entered = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    machine_stop(&m);
    events_stop();
    assert_int_equal(dd_nobj_count(DD_SLOT_TIMER, NULL), 0);
    assert_int_equal(dd_nobj_count(DD_SLOT_WORK_ITEM, NULL), 0);
    return 0;
}

static VOID on_timer(PVOID s1, PVOID context, PVOID s2, PVOID s3)
{
    (void)s1;
    (void)s2;
    (void)s3;
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    seen_context = context;
    if (free_inside) {
        NdisFreeTimerObject(timer);
    }
    fired++;
}

static NDIS_HANDLE timer_new(PVOID context)
{
    NDIS_TIMER_CHARACTERISTICS c = {
        .Header = {NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS, NDIS_TIMER_CHARACTERISTICS_REVISION_1,
                   NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1},
        .TimerFunction = on_timer,
        .FunctionContext = context,
    };
    NDIS_HANDLE h = NULL;

    return NdisAllocateTimerObject(NULL, &c, &h) == NDIS_STATUS_SUCCESS ? h : NULL;
}

static LARGE_INTEGER in_ms(LONG ms)
{
    return (LARGE_INTEGER){.QuadPart = -(LONGLONG)ms * 10000};
}

static bool fired_reaches(void *arg)
{
    return fired >= (int)(intptr_t)arg;
}

static void wait_fired(intptr_t n)
{
    assert_true(wait_until(fired_reaches, (void *)n));
}

static void test_timer_fires_once_with_its_context(void **state)
{
    int a, b;

    (void)state;
    timer = timer_new(&a);
    assert_false(NdisSetTimerObject(timer, in_ms(1), 0, NULL));
    wait_fired(1);
    assert_ptr_equal(seen_context, &a);
    assert_false(NdisSetTimerObject(timer, in_ms(1), 0, &b));
    wait_fired(2);
    assert_ptr_equal(seen_context, &b);
    NdisMSleep(5000);
    assert_int_equal(fired, 2);
    assert_false(NdisCancelTimerObject(timer));
    NdisFreeTimerObject(timer);
    assert_int_equal(events_count(DD_EV_OBJECT_BAD), 0);
}

static void test_cancelled_timer_does_not_fire(void **state)
{
    (void)state;
    timer = timer_new(NULL);
    (void)NdisSetTimerObject(timer, in_ms(1000), 0, NULL);
    assert_true(NdisSetTimerObject(timer, in_ms(2000), 0, NULL));
    assert_true(NdisCancelTimerObject(timer));
    assert_false(NdisCancelTimerObject(timer));
    NdisFreeTimerObject(timer);
    assert_int_equal(fired, 0);
}

static void test_periodic_timer(void **state)
{
    int now;

    (void)state;
    timer = timer_new(NULL);
    (void)NdisSetTimerObject(timer, in_ms(1), 1, NULL);
    wait_fired(3);
    assert_true(NdisCancelTimerObject(timer));
    now = fired;
    NdisMSleep(5000);
    assert_int_equal(fired, now);
    NdisFreeTimerObject(timer);
}

static void cancel_it(void *arg)
{
    (void)arg;
    (void)NdisCancelTimerObject(timer);
}

static void test_periodic_timer_cancelled_too_high(void **state)
{
    (void)state;
    timer = timer_new(NULL);
    (void)NdisSetTimerObject(timer, in_ms(1000), 1000, NULL);
    run_at_dispatch(cancel_it, NULL);
    assert_int_equal(events_bad("periodic timer cancelled above"), 1);
    NdisFreeTimerObject(timer);
}

static void test_absolute_due_time(void **state)
{
    LARGE_INTEGER due;

    (void)state;
    timer = timer_new(NULL);
    NdisGetCurrentSystemTime(&due);
    due.QuadPart += 20000; /* 2 ms */
    (void)NdisSetTimerObject(timer, due, 0, NULL);
    wait_fired(1);
    due.QuadPart = 1; /* long ago */
    (void)NdisSetTimerObject(timer, due, 0, NULL);
    wait_fired(2);
    NdisFreeTimerObject(timer);
}

static void test_timer_freed_in_its_callback(void **state)
{
    (void)state;
    free_inside = true;
    timer = timer_new(NULL);
    (void)NdisSetTimerObject(timer, in_ms(1), 0, NULL);
    wait_fired(1);
    dd_dpc_flush();
    assert_int_equal(events_count(DD_EV_OBJECT_BAD), 0);
}

static void test_timer_freed_while_set(void **state)
{
    (void)state;
    timer = timer_new(NULL);
    (void)NdisSetTimerObject(timer, in_ms(1000), 0, NULL);
    NdisFreeTimerObject(timer);
    assert_int_equal(events_bad("timer object freed while it is set"), 1);
    NdisFreeTimerObject(timer);
    assert_false(NdisSetTimerObject((NDIS_HANDLE)(uintptr_t)0x77, in_ms(1), 0, NULL));
    assert_int_equal(events_bad("not a timer object"), 2);
}

static void test_wrong_timer_characteristics(void **state)
{
    NDIS_TIMER_CHARACTERISTICS c = {.Header = {NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS, 1, 24}};
    NDIS_HANDLE h;

    (void)state;
    assert_int_equal(NdisAllocateTimerObject(NULL, &c, &h), NDIS_STATUS_BAD_CHARACTERISTICS);
    events_fail_at(DD_FAIL_TIMER, 1);
    assert_null(timer_new(NULL));
}

static NDIS_MINIPORT_TIMER old_timer;

static void test_timers_of_ndis_5(void **state)
{
    BOOLEAN cancelled = TRUE;
    int a;

    (void)state;
    NdisMInitializeTimer(&old_timer, NULL, on_timer, &a);
    NdisMSetTimer(&old_timer, 1);
    wait_fired(1);
    assert_ptr_equal(seen_context, &a);
    NdisMCancelTimer(&old_timer, &cancelled);
    assert_false(cancelled);
    NdisMSetPeriodicTimer(&old_timer, 1);
    wait_fired(3);
    NdisMCancelTimer(&old_timer, &cancelled);
    assert_true(cancelled);
    dd_dpc_flush();
}

/* --- work items --- */

static VOID on_work(PVOID context, NDIS_HANDLE handle)
{
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_ptr_equal(handle, item);
    seen_context = context;
    if (free_inside) {
        NdisFreeIoWorkItem(handle);
    }
    fired++;
}

static NDIS_EVENT gate;

static bool entered_one(void *arg)
{
    (void)arg;
    return entered > 0;
}

static VOID on_work_waiting(PVOID context, NDIS_HANDLE handle)
{
    (void)context;
    (void)handle;
    entered++;
    (void)NdisWaitEvent(&gate, 0);
    fired++;
}

static void test_work_item_runs_at_passive(void **state)
{
    int a;

    (void)state;
    item = NdisAllocateIoWorkItem(NULL);
    NdisQueueIoWorkItem(item, on_work, &a);
    wait_fired(1);
    assert_ptr_equal(seen_context, &a);
    NdisQueueIoWorkItem(item, on_work, NULL);
    wait_fired(2);
    dd_work_flush();
    NdisFreeIoWorkItem(item);
    assert_int_equal(events_count(DD_EV_OBJECT_BAD), 0);
}

static void test_work_item_freed_in_its_routine(void **state)
{
    (void)state;
    free_inside = true;
    item = NdisAllocateIoWorkItem(NULL);
    NdisQueueIoWorkItem(item, on_work, NULL);
    wait_fired(1);
    dd_work_flush();
    assert_int_equal(events_count(DD_EV_OBJECT_BAD), 0);
}

static void test_work_item_queued_again_from_its_routine_is_fine(void **state)
{
    (void)state;
    NdisInitializeEvent(&gate);
    item = NdisAllocateIoWorkItem(NULL);
    NdisQueueIoWorkItem(item, on_work_waiting, NULL);
    assert_true(wait_until(entered_one, NULL)); /* it runs, so this queueing is a new one */
    NdisQueueIoWorkItem(item, on_work_waiting, NULL);
    NdisSetEvent(&gate);
    wait_fired(2);
    dd_work_flush();
    NdisFreeIoWorkItem(item);
    assert_int_equal(events_count(DD_EV_OBJECT_BAD), 0);
}

/* all workers busy, so that the next item stays queued */
static void test_work_item_misuse_is_seen(void **state)
{
    NDIS_HANDLE busy[8];

    (void)state;
    NdisInitializeEvent(&gate);
    for (unsigned i = 0; i < 8; i++) {
        busy[i] = NdisAllocateIoWorkItem(NULL);
        NdisQueueIoWorkItem(busy[i], on_work_waiting, NULL);
    }
    item = NdisAllocateIoWorkItem(NULL);
    NdisQueueIoWorkItem(item, on_work, NULL);
    NdisQueueIoWorkItem(item, on_work, NULL);
    assert_int_equal(events_bad("queued again before it ran"), 1);
    NdisFreeIoWorkItem(item);
    assert_int_equal(events_bad("work item freed while it is queued"), 1);
    NdisSetEvent(&gate);
    wait_fired(8);
    dd_work_flush();
    assert_int_equal(fired, 8);
    for (unsigned i = 0; i < 8; i++) {
        NdisFreeIoWorkItem(busy[i]);
    }
    NdisQueueIoWorkItem(busy[0], on_work, NULL);
    assert_int_equal(events_bad("not a work item"), 1);
    events_fail_at(DD_FAIL_WORK_ITEM, 1);
    assert_null(NdisAllocateIoWorkItem(NULL));
}

/* --- events and sleeping --- */

static void test_event_waits(void **state)
{
    NDIS_EVENT event;
    uint64_t start;

    (void)state;
    NdisInitializeEvent(&event);
    start = dd_clock_ns();
    assert_false(NdisWaitEvent(&event, 3));
    assert_true(dd_clock_ns() - start >= 3 * DD_NS_PER_MS);
    NdisSetEvent(&event);
    assert_true(NdisWaitEvent(&event, 0));
    assert_true(NdisWaitEvent(&event, 5));
    NdisResetEvent(&event);
    assert_false(NdisWaitEvent(&event, 1));
}

static void wait_too_high(void *arg)
{
    assert_false(NdisWaitEvent(arg, 0));
    NdisMSleep(1000000);
}

static void test_waits_at_dispatch_do_not_hang(void **state)
{
    NDIS_EVENT event;

    (void)state;
    NdisInitializeEvent(&event);
    run_at_dispatch(wait_too_high, &event);
}

static void test_sleep_takes_its_time(void **state)
{
    uint64_t start = dd_clock_ns();

    (void)state;
    NdisMSleep(2000);
    assert_true(dd_clock_ns() - start >= 2 * DD_NS_PER_MS);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_timer_fires_once_with_its_context),
        T(test_cancelled_timer_does_not_fire),
        T(test_periodic_timer),
        T(test_periodic_timer_cancelled_too_high),
        T(test_absolute_due_time),
        T(test_timer_freed_in_its_callback),
        T(test_timer_freed_while_set),
        T(test_wrong_timer_characteristics),
        T(test_timers_of_ndis_5),
        T(test_work_item_runs_at_passive),
        T(test_work_item_freed_in_its_routine),
        T(test_work_item_queued_again_from_its_routine_is_fine),
        T(test_work_item_misuse_is_seen),
        T(test_event_waits),
        T(test_waits_at_dispatch_do_not_hang),
        T(test_sleep_takes_its_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
