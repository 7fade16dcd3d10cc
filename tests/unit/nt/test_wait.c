/* SPDX-License-Identifier: MIT */
/* Events, waits for one and several objects, mutexes, semaphores. */
#include "nt_test.h"

static _Atomic(unsigned) woken;

static void wait_for(void *arg)
{
    if (dd_wait(arg, PATIENCE) == STATUS_SUCCESS) {
        atomic_fetch_add(&woken, 1);
    }
}

static void spawn_waiters(struct dd_ctx **ctx, unsigned n, void *object)
{
    atomic_store(&woken, 0);
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(dd_ctx_spawn("waiter", i % 2, wait_for, object, &ctx[i]), 0);
    }
    dd_delay(5 * MS);
}

static void join_all(struct dd_ctx **ctx, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        dd_ctx_join(ctx[i]);
    }
}

static void a_notification_event_wakes_all_and_stays_set(void **state)
{
    struct dd_ctx *ctx[4];
    KEVENT event;

    (void)state;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    spawn_waiters(ctx, 4, &event);
    assert_int_equal(KeSetEvent(&event, 0, FALSE), 0);
    join_all(ctx, 4);
    assert_int_equal(atomic_load(&woken), 4);
    assert_int_not_equal(KeReadStateEvent(&event), 0);
    assert_int_not_equal(KeSetEvent(&event, 0, FALSE), 0);
    assert_int_equal(dd_wait(&event, 0), STATUS_SUCCESS);
    assert_int_not_equal(KeResetEvent(&event), 0);
    assert_int_equal(KeResetEvent(&event), 0);
    assert_int_equal(dd_wait(&event, 0), STATUS_TIMEOUT);
}

static void a_synchronization_event_wakes_one_at_a_time(void **state)
{
    struct dd_ctx *ctx[3];
    KEVENT event;

    (void)state;
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    spawn_waiters(ctx, 3, &event);
    for (unsigned i = 1; i <= 3; i++) {
        KeSetEvent(&event, 0, FALSE);
        assert_true(nt_test_reaches(&woken, i));
        dd_delay(2 * MS);
        assert_int_equal(atomic_load(&woken), i);
    }
    join_all(ctx, 3);
    assert_int_equal(KeReadStateEvent(&event), 0);
}

static void a_wait_ends_at_its_timeout(void **state)
{
    LARGE_INTEGER timeout = {.QuadPart = -10 * 10000};
    uint64_t begin = dd_clock_ns();
    KEVENT event;

    (void)state;
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    assert_int_equal(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &timeout),
                     STATUS_TIMEOUT);
    assert_true(dd_clock_ns() - begin >= 10 * MS);
    KeSetEvent(&event, 0, FALSE);
    assert_int_equal(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL),
                     STATUS_SUCCESS);
}

static void set_event(void *arg)
{
    dd_thread_sleep_until(dd_clock_ns() + 5 * MS);
    dd_event_set(arg);
}

static void a_service_thread_may_set_an_event(void **state)
{
    struct dd_thread *t;
    KEVENT event;

    (void)state;
    dd_event_init(&event, NotificationEvent, false);
    assert_int_equal(dd_thread_start("service", set_event, &event, &t), 0);
    assert_int_equal(dd_wait(&event, UINT64_MAX), STATUS_SUCCESS);
    dd_thread_join(t);
}

static void waiting_at_dispatch_is_only_a_look(void **state)
{
    LARGE_INTEGER zero = {.QuadPart = 0};
    KEVENT event;

    (void)state;
    KeInitializeEvent(&event, SynchronizationEvent, TRUE);
    dd_irql_raise(DISPATCH_LEVEL);
    assert_int_equal(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &zero),
                     STATUS_SUCCESS);
    assert_int_equal(EVENTS(IRQL_BAD), 0);
    assert_int_equal(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL),
                     STATUS_TIMEOUT);
    assert_int_equal(EVENTS(IRQL_BAD), 1);
    dd_irql_lower(PASSIVE_LEVEL);
}

static void wait_any_takes_the_first_signalled_one_only(void **state)
{
    KEVENT a, b;
    PVOID objects[] = {&a, &b};
    LARGE_INTEGER zero = {.QuadPart = 0};

    (void)state;
    KeInitializeEvent(&a, SynchronizationEvent, FALSE);
    KeInitializeEvent(&b, SynchronizationEvent, TRUE);
    assert_int_equal(KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode, FALSE,
                                              &zero, NULL),
                     STATUS_WAIT_0 + 1);
    assert_int_equal(KeReadStateEvent(&b), 0);
    KeSetEvent(&a, 0, FALSE);
    KeSetEvent(&b, 0, FALSE);
    assert_int_equal(KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode, FALSE,
                                              NULL, NULL),
                     STATUS_WAIT_0);
    assert_int_not_equal(KeReadStateEvent(&b), 0);
}

static PVOID both[2];

static void wait_both(void *arg)
{
    (void)arg;
    if (KeWaitForMultipleObjects(2, both, WaitAll, Executive, KernelMode, FALSE, NULL, NULL) ==
        STATUS_SUCCESS) {
        atomic_fetch_add(&woken, 1);
    }
}

static void wait_all_takes_none_before_it_can_take_all(void **state)
{
    struct dd_ctx *ctx;
    KEVENT a, b;

    (void)state;
    atomic_store(&woken, 0);
    KeInitializeEvent(&a, SynchronizationEvent, FALSE);
    KeInitializeEvent(&b, SynchronizationEvent, FALSE);
    both[0] = &a;
    both[1] = &b;
    assert_int_equal(dd_ctx_spawn("waiter", 0, wait_both, NULL, &ctx), 0);
    dd_delay(5 * MS);
    KeSetEvent(&a, 0, FALSE);
    dd_delay(5 * MS);
    assert_int_equal(atomic_load(&woken), 0);
    assert_int_not_equal(KeReadStateEvent(&a), 0);
    KeSetEvent(&b, 0, FALSE);
    dd_ctx_join(ctx);
    assert_int_equal(atomic_load(&woken), 1);
    assert_int_equal(KeReadStateEvent(&a), 0);
    assert_int_equal(KeReadStateEvent(&b), 0);
}

static void too_many_objects_are_a_bug_check(void **state)
{
    KEVENT event;
    PVOID objects[4] = {&event, &event, &event, &event};

    (void)state;
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    nt_test.expect_bugcheck = true;
    if (setjmp(nt_test.bugcheck) == 0) {
        KeWaitForMultipleObjects(4, objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL);
        fail_msg("came back");
    }
    assert_int_equal(atomic_load(&nt_test.a[DD_EV_BUGCHECK]), 0xC);
}

static void things_that_are_no_objects_are_refused(void **state)
{
    char garbage[64];
    KEVENT zero;

    (void)state;
    memset(garbage, 0xA5, sizeof(garbage));
    memset(&zero, 0, sizeof(zero));
    assert_int_equal(dd_wait(garbage, 0), STATUS_INVALID_PARAMETER);
    assert_int_equal(dd_wait((PVOID)(uintptr_t)0x44, 0), STATUS_INVALID_PARAMETER);
    assert_int_equal(dd_wait(&zero, 0), STATUS_INVALID_PARAMETER);
    assert_int_equal(EVENTS(OBJECT_BAD), 3);
    dd_event_set(&zero);
    assert_int_equal(EVENTS(OBJECT_BAD), 4);
    assert_int_equal(dd_wait(&zero, 0), STATUS_SUCCESS);
}

static void an_event_initialised_under_a_waiter_is_reported_and_still_wakes_it(void **state)
{
    struct dd_ctx *ctx;
    KEVENT event;

    (void)state;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    spawn_waiters(&ctx, 1, &event);
    assert_string_equal(dd_object_in_use(&event, sizeof(event)), "object is waited for");
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    KeSetEvent(&event, 0, FALSE);
    dd_ctx_join(ctx);
    assert_int_equal(atomic_load(&woken), 1);
}

static KMUTEX mutex;
static unsigned counter;

static void count_under_mutex(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < 500; i++) {
        KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, NULL);
        KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, NULL);
        counter++;
        KeReleaseMutex(&mutex, FALSE);
        KeReleaseMutex(&mutex, FALSE);
    }
}

static void a_mutex_excludes_and_is_recursive_for_its_owner(void **state)
{
    struct dd_ctx *ctx[4];

    (void)state;
    counter = 0;
    KeInitializeMutex(&mutex, 0);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(dd_ctx_spawn("mutex", i % 2, count_under_mutex, NULL, &ctx[i]), 0);
    }
    join_all(ctx, 4);
    assert_int_equal(counter, 2000);
    assert_int_equal(EVENTS(OBJECT_BAD), 0);
    KeReleaseMutex(&mutex, FALSE);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
}

static void a_semaphore_lets_as_many_in_as_it_has_permits(void **state)
{
    struct dd_ctx *ctx[3];
    KSEMAPHORE semaphore;

    (void)state;
    KeInitializeSemaphore(&semaphore, 1, 3);
    spawn_waiters(ctx, 3, &semaphore);
    assert_true(nt_test_reaches(&woken, 1));
    dd_delay(2 * MS);
    assert_int_equal(atomic_load(&woken), 1);
    assert_int_equal(KeReleaseSemaphore(&semaphore, 0, 2, FALSE), 0);
    join_all(ctx, 3);
    assert_int_equal(atomic_load(&woken), 3);
    assert_int_equal(KeReleaseSemaphore(&semaphore, 0, 4, FALSE), 0);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
}

static void a_delay_lasts_as_long_as_asked(void **state)
{
    LARGE_INTEGER interval = {.QuadPart = -5 * 10000};
    uint64_t begin = dd_clock_ns();

    (void)state;
    dd_sched_unpark(dd_ctx_self());
    assert_int_equal(KeDelayExecutionThread(KernelMode, FALSE, &interval), STATUS_SUCCESS);
    assert_true(dd_clock_ns() - begin >= 5 * MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        nt_test(a_notification_event_wakes_all_and_stays_set),
        nt_test(a_synchronization_event_wakes_one_at_a_time),
        nt_test(a_wait_ends_at_its_timeout),
        nt_test(a_service_thread_may_set_an_event),
        nt_test(waiting_at_dispatch_is_only_a_look),
        nt_test(wait_any_takes_the_first_signalled_one_only),
        nt_test(wait_all_takes_none_before_it_can_take_all),
        nt_test(too_many_objects_are_a_bug_check),
        nt_test(things_that_are_no_objects_are_refused),
        nt_test(an_event_initialised_under_a_waiter_is_reported_and_still_wakes_it),
        nt_test(a_mutex_excludes_and_is_recursive_for_its_owner),
        nt_test(a_semaphore_lets_as_many_in_as_it_has_permits),
        nt_test(a_delay_lasts_as_long_as_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
