/* SPDX-License-Identifier: MIT */
#include "svc_test.h"

#include "nt/pool.h"

#define TAG 0x6b6f6f4cu

static void list_gives_blocks_and_takes_them(void **state)
{
    NPAGED_LOOKASIDE_LIST list;
    void *a, *b;

    (void)state;
    memset(&list, 0xcd, sizeof(list));
    ExInitializeNPagedLookasideList(&list, NULL, NULL, 0, 48, TAG, 0);
    a = ExAllocateFromNPagedLookasideList(&list);
    b = ExAllocateFromNPagedLookasideList(&list);
    assert_non_null(a);
    assert_non_null(b);
    assert_ptr_not_equal(a, b);
    assert_int_equal(dd_pool_live_bytes(), 96);
    ExFreeToNPagedLookasideList(&list, a);
    ExFreeToNPagedLookasideList(&list, b);
    ExDeleteNPagedLookasideList(&list);
    assert_int_equal(list.L.TotalAllocates, 2);
    assert_int_equal(list.L.TotalFrees, 2);
    assert_int_equal(dd_pool_live_bytes(), 0);
    assert_int_equal(EVENTS(OBJECT_BAD), 0);
}

static void second_free_is_seen(void **state)
{
    NPAGED_LOOKASIDE_LIST list;
    void *a;

    (void)state;
    ExInitializeNPagedLookasideList(&list, NULL, NULL, 0, 48, TAG, 0);
    a = ExAllocateFromNPagedLookasideList(&list);
    ExFreeToNPagedLookasideList(&list, a);
    ExFreeToNPagedLookasideList(&list, a);
    assert_int_equal(LAST(POOL_BAD_FREE)->a, DD_POOL_DOUBLE_FREE);
    ExDeleteNPagedLookasideList(&list);
}

static unsigned allocated, freed;

static PVOID own_allocate(POOL_TYPE type, SIZE_T size, ULONG tag)
{
    assert_int_equal(type, NonPagedPoolNx);
    assert_int_equal(size, 100);
    assert_int_equal(tag, TAG);
    allocated++;
    return malloc(size);
}

static VOID own_free(PVOID p)
{
    freed++;
    free(p);
}

static void driver_functions_are_used(void **state)
{
    NPAGED_LOOKASIDE_LIST list;

    (void)state;
    allocated = freed = 0;
    ExInitializeNPagedLookasideList(&list, own_allocate, own_free, POOL_NX_ALLOCATION, 100, TAG, 0);
    ExFreeToNPagedLookasideList(&list, ExAllocateFromNPagedLookasideList(&list));
    ExDeleteNPagedLookasideList(&list);
    assert_int_equal(allocated, 1);
    assert_int_equal(freed, 1);
}

static void use_before_initialise_and_after_delete_is_reported(void **state)
{
    NPAGED_LOOKASIDE_LIST list;

    (void)state;
    memset(&list, 0, sizeof(list));
    assert_null(ExAllocateFromNPagedLookasideList(&list));
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    ExInitializeNPagedLookasideList(&list, NULL, NULL, 0, 16, TAG, 0);
    ExDeleteNPagedLookasideList(&list);
    assert_null(ExAllocateFromNPagedLookasideList(&list));
    ExDeleteNPagedLookasideList(&list);
    assert_int_equal(EVENTS(OBJECT_BAD), 3);
}

static void failure_is_null_or_raises(void **state)
{
    NPAGED_LOOKASIDE_LIST list;

    (void)state;
    ExInitializeNPagedLookasideList(&list, NULL, NULL, 0, 16, TAG, 0);
    svc_test.fail[DD_FAIL_POOL] = 1;
    assert_null(ExAllocateFromNPagedLookasideList(&list));
    ExInitializeNPagedLookasideList(&list, NULL, NULL, POOL_RAISE_IF_ALLOCATION_FAILURE, 16, TAG,
                                    0);
    svc_test.fail[DD_FAIL_POOL] = 1;
    ASSERT_BUGCHECK((void)ExAllocateFromNPagedLookasideList(&list));
}

static void block_never_freed_is_a_lookaside_leak(void **state)
{
    NPAGED_LOOKASIDE_LIST list;

    (void)state;
    ExInitializeNPagedLookasideList(&list, NULL, NULL, 0, 16, TAG, 0);
    (void)ExAllocateFromNPagedLookasideList(&list);
    ExDeleteNPagedLookasideList(&list);
    assert_int_equal(dd_pool_report_leaks(NULL, false), 1);
    assert_int_equal(LAST(LEAK)->a, DD_LEAK_LOOKASIDE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        svc_test(list_gives_blocks_and_takes_them),
        svc_test(second_free_is_seen),
        svc_test(driver_functions_are_used),
        svc_test(use_before_initialise_and_after_delete_is_reported),
        svc_test(failure_is_null_or_raises),
        svc_test(block_never_freed_is_a_lookaside_leak),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
