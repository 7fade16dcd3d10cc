/* SPDX-License-Identifier: MIT */
#include "nt/pool.h"
#include "nt_test.h"

static _Atomic(unsigned) ran;

static void count(void *arg)
{
    (void)arg;
    if (dd_irql_get() == PASSIVE_LEVEL && dd_ctx_self() != NULL) {
        atomic_fetch_add(&ran, 1);
    }
}

static int start(void **state)
{
    atomic_store(&ran, 0);
    return nt_test_start(state);
}

static void flush_waits_for_everything_queued_before(void **state)
{
    static struct dd_work work[200];

    (void)state;
    for (unsigned round = 1; round <= 10; round++) {
        for (unsigned i = 0; i < 200; i++) {
            dd_work_init(&work[i], count, NULL);
            assert_true(dd_work_queue(&work[i]));
        }
        dd_work_flush();
        assert_int_equal(atomic_load(&ran), 200 * round);
    }
}

static void slow(void *arg)
{
    dd_delay(10 * MS);
    count(arg);
}

static void flush_waits_for_what_is_running(void **state)
{
    struct dd_work work;

    (void)state;
    dd_work_init(&work, slow, NULL);
    dd_work_queue(&work);
    dd_delay(2 * MS);
    dd_work_flush();
    assert_int_equal(atomic_load(&ran), 1);
}

static struct dd_work again;

static void queue_again(void *arg)
{
    (void)arg;
    if (atomic_fetch_add(&ran, 1) < 99) {
        dd_work_queue(&again);
    }
}

static void work_may_queue_itself(void **state)
{
    (void)state;
    dd_work_init(&again, queue_again, NULL);
    dd_work_queue(&again);
    assert_true(nt_test_reaches(&ran, 100));
    dd_work_flush();
}

static void free_self(void *arg)
{
    memset(arg, 0xEE, sizeof(struct dd_work));
    free(arg);
    atomic_fetch_add(&ran, 1);
}

static void work_may_free_itself(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        struct dd_work *w = malloc(sizeof(*w));

        dd_work_init(w, free_self, w);
        dd_work_queue(w);
    }
    dd_work_flush();
    assert_int_equal(atomic_load(&ran), 100);
}

static KEVENT gate;

static void wait_at_gate(void *arg)
{
    (void)arg;
    dd_wait(&gate, UINT64_MAX);
    atomic_fetch_add(&ran, 1);
}

static void queued_work_is_not_queued_twice(void **state)
{
    struct dd_work block[4], work;

    (void)state;
    dd_event_init(&gate, NotificationEvent, false);
    for (unsigned i = 0; i < 4; i++) {
        dd_work_init(&block[i], wait_at_gate, NULL);
        dd_work_queue(&block[i]);
    }
    dd_work_init(&work, count, NULL);
    assert_true(dd_work_queue(&work));
    assert_false(dd_work_queue(&work));
    dd_event_set(&gate);
    dd_work_flush();
    assert_int_equal(atomic_load(&ran), 5);
}

static void queue_many(void *arg)
{
    struct dd_work *work = arg;

    for (unsigned i = 0; i < 100; i++) {
        dd_work_init(&work[i], count, NULL);
        dd_work_queue(&work[i]);
    }
}

static void any_thread_may_queue(void **state)
{
    static struct dd_work work[3][100];
    struct dd_thread *t;
    struct dd_ctx *ctx;

    (void)state;
    assert_int_equal(dd_thread_start("service", queue_many, work[0], &t), 0);
    assert_int_equal(dd_ctx_spawn("context", 1, queue_many, work[1], &ctx), 0);
    dd_irql_raise(DISPATCH_LEVEL);
    queue_many(work[2]);
    dd_irql_lower(PASSIVE_LEVEL);
    dd_thread_join(t);
    dd_ctx_join(ctx);
    dd_work_flush();
    assert_int_equal(atomic_load(&ran), 300);
}

static VOID raise_and_return(PVOID parameter)
{
    KIRQL old;

    (void)parameter;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    atomic_fetch_add(&ran, 1);
}

static void a_work_queue_item_runs_once_for_each_queueing(void **state)
{
    WORK_QUEUE_ITEM item;

    (void)state;
    ExInitializeWorkItem(&item, raise_and_return, NULL);
    for (unsigned i = 1; i <= 3; i++) {
        ExQueueWorkItem(&item, DelayedWorkQueue);
        dd_work_flush();
        assert_int_equal(atomic_load(&ran), i);
    }
    assert_int_equal(EVENTS(OBJECT_BAD), 0);
    /* the routine's raised level was reported, and put right for what the worker does next */
    assert_int_equal(atomic_load(&nt_test.c[DD_EV_CALLBACK_LEAVE]), DISPATCH_LEVEL);
}

static VOID item_routine(PDEVICE_OBJECT device, PVOID context)
{
    (void)device;
    if (context != NULL) {
        IoFreeWorkItem(context);
    }
    atomic_fetch_add(&ran, 1);
}

static VOID item_routine_ex(PVOID object, PVOID context, PIO_WORKITEM item)
{
    (void)object;
    (void)context;
    IoFreeWorkItem(item);
    atomic_fetch_add(&ran, 1);
}

static void an_io_work_item_may_be_freed_in_its_routine(void **state)
{
    PIO_WORKITEM a = IoAllocateWorkItem(NULL), b = IoAllocateWorkItem(NULL);

    (void)state;
    IoQueueWorkItem(a, item_routine, CriticalWorkQueue, a);
    IoQueueWorkItemEx(b, item_routine_ex, DelayedWorkQueue, NULL);
    dd_work_flush();
    assert_int_equal(atomic_load(&ran), 2);
    assert_int_equal(dd_pool_live_bytes(), 0);
    assert_int_equal(EVENTS(POOL_BAD_FREE), 0);
}

static void wrong_use_of_an_io_work_item_is_reported(void **state)
{
    struct dd_work block[4];
    PIO_WORKITEM item = IoAllocateWorkItem(NULL);

    (void)state;
    dd_event_init(&gate, NotificationEvent, false);
    for (unsigned i = 0; i < 4; i++) {
        dd_work_init(&block[i], wait_at_gate, NULL);
        dd_work_queue(&block[i]);
    }
    IoQueueWorkItem(item, item_routine, DelayedWorkQueue, NULL);
    IoQueueWorkItem(item, item_routine, DelayedWorkQueue, NULL);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    IoFreeWorkItem(item);
    assert_int_equal(EVENTS(OBJECT_BAD), 2);
    dd_event_set(&gate);
    dd_work_flush();
    assert_int_equal(atomic_load(&ran), 5);
    assert_int_equal(dd_pool_live_bytes(), 0);
}

#define work_test(fn) cmocka_unit_test_setup_teardown(fn, start, nt_test_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        work_test(flush_waits_for_everything_queued_before),
        work_test(flush_waits_for_what_is_running),
        work_test(work_may_queue_itself),
        work_test(work_may_free_itself),
        work_test(queued_work_is_not_queued_twice),
        work_test(any_thread_may_queue),
        work_test(a_work_queue_item_runs_once_for_each_queueing),
        work_test(an_io_work_item_may_be_freed_in_its_routine),
        work_test(wrong_use_of_an_io_work_item_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
