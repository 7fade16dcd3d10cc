/* SPDX-License-Identifier: MIT */
/* System threads, fast mutexes, push locks, run-down, processors, bug checks. */
#include "nt/handle.h"
#include "nt/thread.h"
#include "nt_test.h"

static _Atomic(unsigned) ran;

static int start(void **state)
{
    atomic_store(&ran, 0);
    return nt_test_start(state);
}

static VOID thread_returns(PVOID context)
{
    if (dd_irql_get() == PASSIVE_LEVEL && dd_call_inside(DD_ROLE_THREAD)) {
        atomic_fetch_add((_Atomic(unsigned) *)context, 1);
    }
}

static VOID thread_terminates(PVOID context)
{
    KIRQL old;

    KeRaiseIrql(APC_LEVEL, &old);
    atomic_fetch_add((_Atomic(unsigned) *)context, 1);
    PsTerminateSystemThread(STATUS_SUCCESS);
    atomic_fetch_add((_Atomic(unsigned) *)context, 100);
}

/* as drivers do: object from the handle, wait for it, drop both */
static void create_and_join(PKSTART_ROUTINE routine)
{
    HANDLE handle;
    void *object;

    assert_int_equal(PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, routine,
                                          (PVOID)&ran),
                     STATUS_SUCCESS);
    assert_int_equal(dd_handle_get(handle, DD_OBJECT_THREAD, &object), 0);
    assert_int_equal(dd_handle_close(handle), 0);
    assert_int_equal(KeWaitForSingleObject(object, Executive, KernelMode, FALSE, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(KeWaitForSingleObject(object, Executive, KernelMode, FALSE, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(dd_object_unref(object), 0);
}

static void a_thread_can_be_waited_for_through_its_handle(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 20; i++) {
        create_and_join(thread_returns);
        assert_int_equal(atomic_load(&ran), i);
    }
    assert_int_equal(dd_threads_report_leaks(false), 0);
}

static void terminate_ends_the_thread_and_does_not_return(void **state)
{
    (void)state;
    create_and_join(thread_terminates);
    assert_int_equal(atomic_load(&ran), 1);
    assert_int_equal(atomic_load(&nt_test.c[DD_EV_CALLBACK_LEAVE]), APC_LEVEL);
    assert_int_equal(PsTerminateSystemThread(STATUS_SUCCESS), STATUS_INVALID_PARAMETER);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
}

static KEVENT stop;

static VOID thread_waits(PVOID context)
{
    (void)context;
    KeWaitForSingleObject(&stop, Executive, KernelMode, FALSE, NULL);
}

static void a_thread_that_still_runs_is_a_leak(void **state)
{
    HANDLE handle;

    (void)state;
    KeInitializeEvent(&stop, NotificationEvent, FALSE);
    assert_int_equal(PsCreateSystemThread(&handle, 0, NULL, NULL, NULL, thread_waits, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(dd_threads_report_leaks(false), 1);
    assert_int_equal(EVENTS(LEAK), 1);
    KeSetEvent(&stop, 0, FALSE);
    assert_int_equal(dd_handle_close(handle), 0);
}

static void the_current_thread_is_the_same_each_time(void **state)
{
    PKTHREAD me = KeGetCurrentThread();

    (void)state;
    assert_non_null(me);
    assert_ptr_equal(KeGetCurrentThread(), me);
    assert_int_equal(KeSetPriorityThread(me, LOW_REALTIME_PRIORITY), 8);
    assert_int_equal(KeSetPriorityThread(me, 8), LOW_REALTIME_PRIORITY);
}

static FAST_MUTEX fast;
static EX_PUSH_LOCK push;
static unsigned counter;
static _Atomic(unsigned) readers, most_readers;

static void count_fast(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < 1000; i++) {
        ExAcquireFastMutex(&fast);
        counter++;
        ExReleaseFastMutex(&fast);
    }
}

static void count_push(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < 1000; i++) {
        KeEnterCriticalRegion();
        if (i % 4 == 0) {
            ExAcquirePushLockExclusive(&push);
            counter += atomic_load(&readers) == 0;
            ExReleasePushLockExclusive(&push);
        } else {
            unsigned now;

            ExAcquirePushLockShared(&push);
            now = atomic_fetch_add(&readers, 1) + 1;
            if (now > atomic_load(&most_readers)) {
                atomic_store(&most_readers, now);
            }
            if (i % 50 == 1) {
                dd_sched_yield();
            }
            atomic_fetch_sub(&readers, 1);
            ExReleasePushLockShared(&push);
        }
        KeLeaveCriticalRegion();
    }
}

static void run_four(void (*fn)(void *arg))
{
    struct dd_ctx *ctx[4];

    counter = 0;
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(dd_ctx_spawn("count", i % 2, fn, NULL, &ctx[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        dd_ctx_join(ctx[i]);
    }
}

static void a_fast_mutex_excludes_and_raises_to_apc(void **state)
{
    (void)state;
    ExInitializeFastMutex(&fast);
    run_four(count_fast);
    assert_int_equal(counter, 4000);
    ExAcquireFastMutex(&fast);
    assert_int_equal(dd_irql_get(), APC_LEVEL);
    ExReleaseFastMutex(&fast);
    assert_int_equal(dd_irql_get(), PASSIVE_LEVEL);
    assert_int_equal(EVENTS(LOCK_BAD), 0);
    ExReleaseFastMutex(&fast);
    assert_int_equal(EVENTS(LOCK_BAD), 1);
}

static void a_push_lock_lets_readers_share_and_writers_alone(void **state)
{
    (void)state;
    ExInitializePushLock(&push);
    run_four(count_push);
    assert_int_equal(counter, 4 * 250);
    assert_int_equal(push, 0);
    assert_int_equal(EVENTS(LOCK_BAD), 0);
    ExReleasePushLockShared(&push);
    assert_int_equal(EVENTS(LOCK_BAD), 1);
    KeLeaveCriticalRegion();
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
}

static EX_RUNDOWN_REF rundown;

static void use_for_a_while(void *arg)
{
    (void)arg;
    atomic_fetch_add(&ran, 1);
    dd_delay(10 * MS);
    atomic_fetch_add(&ran, 1);
    ExReleaseRundownProtection(&rundown);
}

static void run_down_waits_for_users_and_lets_no_new_one_in(void **state)
{
    struct dd_ctx *ctx;

    (void)state;
    ExInitializeRundownProtection(&rundown);
    assert_true(ExAcquireRundownProtection(&rundown));
    assert_int_equal(dd_ctx_spawn("user", 1, use_for_a_while, NULL, &ctx), 0);
    ExWaitForRundownProtectionRelease(&rundown);
    assert_int_equal(atomic_load(&ran), 2);
    assert_false(ExAcquireRundownProtection(&rundown));
    ExReInitializeRundownProtection(&rundown);
    assert_true(ExAcquireRundownProtection(&rundown));
    ExReleaseRundownProtection(&rundown);
    ExReleaseRundownProtection(&rundown);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    dd_ctx_join(ctx);
}

static void processors_are_numbered_and_can_be_chosen(void **state)
{
    GROUP_AFFINITY one = {.Mask = 2}, none = {.Mask = 0x80}, old;
    PROCESSOR_NUMBER number;
    KAFFINITY set;

    (void)state;
    assert_int_equal(KeQueryActiveProcessorCount(&set), 2);
    assert_int_equal(set, 3);
    assert_int_equal(KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS), 2);
    assert_int_equal(KeQueryActiveProcessorCountEx(1), 0);
    KeSetSystemGroupAffinityThread(&one, &old);
    assert_int_equal(KeGetCurrentProcessorNumberEx(&number), 1);
    assert_int_equal(number.Number, 1);
    assert_int_equal(KeGetProcessorIndexFromNumber(&number), 1);
    KeRevertToUserGroupAffinityThread(&old);
    old.Mask = 77;
    KeSetSystemGroupAffinityThread(&none, &old);
    assert_int_equal(old.Mask, 0);
    assert_int_equal(KeGetProcessorNumberFromIndex(2, &number), STATUS_INVALID_PARAMETER);
    dd_cpu_switch(0);
}

static void processor_relations_are_described(void **state)
{
    SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX info[4];
    ULONG len = 0;

    (void)state;
    assert_int_equal(KeQueryLogicalProcessorRelationship(NULL, RelationProcessorCore, NULL, &len),
                     STATUS_INFO_LENGTH_MISMATCH);
    assert_true(len > 0 && len <= sizeof(info));
    assert_int_equal(KeQueryLogicalProcessorRelationship(NULL, RelationProcessorCore, info, &len),
                     STATUS_SUCCESS);
    assert_int_equal(info[0].Size * 2, len);
    assert_int_equal(info[0].Processor.GroupMask[0].Mask, 1);
}

static VOID bugcheck_callback(KBUGCHECK_CALLBACK_REASON reason,
                              PKBUGCHECK_REASON_CALLBACK_RECORD record, PVOID data, ULONG length)
{
    (void)record;
    if (reason == KbCallbackSecondaryDumpData && data != NULL &&
        length == sizeof(KBUGCHECK_SECONDARY_DUMP_DATA)) {
        atomic_store(&ran, KeGetCurrentIrql());
    }
}

static void a_bug_check_is_reported_and_calls_callbacks_back(void **state)
{
    static KBUGCHECK_REASON_CALLBACK_RECORD record, gone;

    (void)state;
    KeInitializeCallbackRecord(&record);
    KeInitializeCallbackRecord(&gone);
    assert_true(KeRegisterBugCheckReasonCallback(&record, bugcheck_callback,
                                                 KbCallbackSecondaryDumpData, NULL));
    assert_false(KeRegisterBugCheckReasonCallback(&record, bugcheck_callback,
                                                  KbCallbackSecondaryDumpData, NULL));
    assert_true(KeRegisterBugCheckReasonCallback(&gone, NULL, KbCallbackSecondaryDumpData, NULL));
    assert_true(KeDeregisterBugCheckReasonCallback(&gone));
    assert_false(KeDeregisterBugCheckReasonCallback(&gone));
    nt_test.expect_bugcheck = true;
    if (setjmp(nt_test.bugcheck) == 0) {
        KeBugCheckEx(0xDEAD, 1, 2, 3, 4);
    }
    assert_int_equal(EVENTS(BUGCHECK), 1);
    assert_int_equal(atomic_load(&nt_test.a[DD_EV_BUGCHECK]), 0xDEAD);
    assert_int_equal(atomic_load(&nt_test.d[DD_EV_BUGCHECK]), 3);
    assert_int_equal(atomic_load(&ran), HIGH_LEVEL);
}

#define thread_test(fn) cmocka_unit_test_setup_teardown(fn, start, nt_test_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        thread_test(a_thread_can_be_waited_for_through_its_handle),
        thread_test(terminate_ends_the_thread_and_does_not_return),
        thread_test(a_thread_that_still_runs_is_a_leak),
        thread_test(the_current_thread_is_the_same_each_time),
        thread_test(a_fast_mutex_excludes_and_raises_to_apc),
        thread_test(a_push_lock_lets_readers_share_and_writers_alone),
        thread_test(run_down_waits_for_users_and_lets_no_new_one_in),
        thread_test(processors_are_numbered_and_can_be_chosen),
        thread_test(processor_relations_are_described),
        thread_test(a_bug_check_is_reported_and_calls_callbacks_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
