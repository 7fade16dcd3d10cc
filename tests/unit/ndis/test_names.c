/* SPDX-License-Identifier: MIT */
/*
 * Names that are small in the headers and that many drivers use: lists under a lock, lookaside
 * lists by their NDIS names, byte order, parts of a hash, where the data of a NET_BUFFER begins.
 */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct machine m;

static int setup(void **state)
{
    (void)state;
    events_start();
    machine_start(&m, 2);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    machine_stop(&m);
    events_stop();
    return 0;
}

static void test_list_under_a_lock_keeps_order_and_irql(void **state)
{
    NDIS_SPIN_LOCK lock;
    LIST_ENTRY head, a, b;

    (void)state;
    NdisAllocateSpinLock(&lock);
    NdisInitializeListHead(&head);
    assert_true(IsListEmpty(&head));
    assert_null(NdisInterlockedInsertTailList(&head, &a, &lock)); /* it was empty */
    assert_ptr_equal(NdisInterlockedInsertTailList(&head, &b, &lock), &a);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_ptr_equal(NdisInterlockedRemoveHeadList(&head, &lock), &a);
    assert_ptr_equal(NdisInterlockedRemoveHeadList(&head, &lock), &b);
    assert_null(NdisInterlockedRemoveHeadList(&head, &lock));
    NdisFreeSpinLock(&lock);
    assert_int_equal(events_count(DD_EV_LOCK_BAD), 0);
}

static void test_counts_give_the_new_value(void **state)
{
    LONG count = -1;

    (void)state;
    assert_int_equal(NdisInterlockedIncrement(&count), 0);
    assert_int_equal(NdisInterlockedDecrement(&count), -1);
    assert_int_equal(NdisInterlockedDecrement(&count), -2);
    assert_int_equal(count, -2);
}

static void at_dispatch(void *arg)
{
    NPAGED_LOOKASIDE_LIST *list = arg;
    PVOID block = NdisAllocateFromNPagedLookasideList(list);

    assert_non_null(block);
    memset(block, 0x5a, 48);
    NdisFreeToNPagedLookasideList(list, block);
}

static void test_lookaside_list_works_up_to_dispatch_level(void **state)
{
    NPAGED_LOOKASIDE_LIST list;
    PVOID blocks[3];

    (void)state;
    NdisInitializeNPagedLookasideList(&list, NULL, NULL, 0, 48, 'ksaL', 0);
    for (int i = 0; i < 3; i++) {
        blocks[i] = NdisAllocateFromNPagedLookasideList(&list);
        assert_non_null(blocks[i]);
        assert_true(i == 0 || blocks[i] != blocks[i - 1]);
        memset(blocks[i], i, 48);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(((UCHAR *)blocks[i])[47], i);
        NdisFreeToNPagedLookasideList(&list, blocks[i]);
    }
    run_at_dispatch(at_dispatch, &list);
    NdisDeleteNPagedLookasideList(&list);
    assert_int_equal(events_count(DD_EV_POOL_BAD_FREE), 0);
}

static void test_lookaside_list_without_memory_gives_null(void **state)
{
    NPAGED_LOOKASIDE_LIST list;

    (void)state;
    NdisInitializeNPagedLookasideList(&list, NULL, NULL, 0, 48, 'ksaL', 0);
    events_fail_at(DD_FAIL_POOL, 1);
    assert_null(NdisAllocateFromNPagedLookasideList(&list));
    NdisDeleteNPagedLookasideList(&list);
}

static void test_bytes_are_moved_and_swapped(void **state)
{
    UCHAR text[8] = "abcdef";

    (void)state;
    RtlMoveMemory(text + 1, text, 6); /* they overlap */
    assert_memory_equal(text, "aabcdef", 7);
    NdisMoveMemory(text, "xyz", 3);
    assert_memory_equal(text, "xyzcdef", 7);
    RtlCopyMemory(text + 4, "123", 3);
    assert_memory_equal(text, "xyzc123", 7);
    RtlZeroMemory(text, 4);
    NdisZeroMemory(text + 4, 4);
    assert_memory_equal(text, "\0\0\0\0\0\0\0\0", 8);
    assert_int_equal(RtlUlongByteSwap(0x11223344), 0x44332211);
    assert_int_equal(RtlUshortByteSwap(0x1122), 0x2211);
    assert_int_equal(RtlUshortByteSwap(0xff1122), 0x2211); /* the low 16 bits */
}

static void test_parts_of_a_hash_are_told_apart(void **state)
{
    ULONG info = NDIS_RSS_HASH_INFO_FROM_TYPE_AND_FUNC(NDIS_HASH_TCP_IPV4 | NDIS_HASH_IPV4,
                                                       NdisHashFunctionToeplitz);

    (void)state;
    assert_int_equal(NDIS_RSS_HASH_FUNC_FROM_HASH_INFO(info), NdisHashFunctionToeplitz);
    assert_int_equal(NDIS_RSS_HASH_TYPE_FROM_HASH_INFO(info), NDIS_HASH_TCP_IPV4 | NDIS_HASH_IPV4);
    assert_int_equal(NDIS_RSS_HASH_TYPE_FROM_HASH_INFO(NdisHashFunctionToeplitz), 0);
}

static void test_data_of_a_buffer_moves_with_advance_and_retreat(void **state)
{
    NET_BUFFER_LIST_POOL_PARAMETERS p;
    NDIS_HANDLE pool;
    PNET_BUFFER_LIST nbl;
    PNET_BUFFER nb;
    PMDL mdl;
    UCHAR data[64];

    (void)state;
    memset(&p, 0, sizeof(p));
    p.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    p.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    p.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    p.fAllocateNetBuffer = TRUE;
    p.PoolTag = 'emaN';
    pool = NdisAllocateNetBufferListPool(NULL, &p);
    mdl = NdisAllocateMdl(pool, data, sizeof(data));
    nbl = NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, mdl, 10, 40);
    nb = NET_BUFFER_LIST_FIRST_NB(nbl);
    assert_null(NET_BUFFER_LIST_NEXT_NBL(nbl));
    assert_null(NET_BUFFER_NEXT_NB(nb));
    assert_int_equal(NET_BUFFER_DATA_OFFSET(nb), 10);
    NdisAdvanceNetBufferDataStart(nb, 14, FALSE, NULL);
    assert_int_equal(NET_BUFFER_DATA_OFFSET(nb), 24);
    assert_int_equal(NET_BUFFER_DATA_LENGTH(nb), 26);
    assert_int_equal(NET_BUFFER_CURRENT_MDL_OFFSET(nb), 24);
    assert_ptr_equal(NET_BUFFER_CURRENT_MDL(nb), mdl);
    assert_ptr_equal(NET_BUFFER_FIRST_MDL(nb), mdl);
    assert_int_equal(NdisRetreatNetBufferDataStart(nb, 14, 0, NULL), NDIS_STATUS_SUCCESS);
    assert_int_equal(NET_BUFFER_DATA_OFFSET(nb), 10);
    assert_int_equal(NET_BUFFER_DATA_LENGTH(nb), 40);
    NdisFreeNetBufferList(nbl);
    NdisFreeMdl(mdl);
    NdisFreeNetBufferListPool(pool);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_list_under_a_lock_keeps_order_and_irql),
        T(test_counts_give_the_new_value),
        T(test_lookaside_list_works_up_to_dispatch_level),
        T(test_lookaside_list_without_memory_gives_null),
        T(test_bytes_are_moved_and_swapped),
        T(test_parts_of_a_hash_are_told_apart),
        T(test_data_of_a_buffer_moves_with_advance_and_retreat),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
