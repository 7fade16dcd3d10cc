/* SPDX-License-Identifier: MIT */
/* Pools, NET_BUFFER_LISTs, contexts and clones as a driver uses them. */
#include "fixture.h"

#include "ndis/adapter_priv.h"
#include "ndis/nbl.h"
#include "nt/pool.h"

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
    machine_start(&m, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    machine_stop(&m);
    events_stop();
    return 0;
}

static NDIS_HANDLE nbl_pool(BOOLEAN with_nb, USHORT context, ULONG data)
{
    NET_BUFFER_LIST_POOL_PARAMETERS p = {
        .Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
                   NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
        .fAllocateNetBuffer = with_nb,
        .ContextSize = context,
        .DataSize = data,
        .PoolTag = 1,
    };

    return NdisAllocateNetBufferListPool(NULL, &p);
}

static NDIS_HANDLE nb_pool(ULONG data)
{
    NET_BUFFER_POOL_PARAMETERS p = {
        .Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_POOL_PARAMETERS_REVISION_1,
                   NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1},
        .DataSize = data,
        .PoolTag = 1,
    };

    return NdisAllocateNetBufferPool(NULL, &p);
}

/* RAM with an MDL over it */
struct buffer {
    UCHAR *data;
    PMDL mdl;
};

static struct buffer buffer_new(ULONG bytes)
{
    struct buffer b;

    b.data = dd_pool_alloc(bytes, 1, NULL, DD_LEAK_POOL, NULL);
    b.mdl = dd_mdl_new(b.data, bytes, NULL, NULL);
    assert_non_null(b.mdl);
    for (ULONG i = 0; i < bytes; i++) {
        b.data[i] = (UCHAR)i;
    }
    return b;
}

static void buffer_free(struct buffer b)
{
    dd_mdl_free(b.mdl, NULL);
    dd_pool_free(b.data, 0, NULL);
}

static void test_layout_is_the_longest(void **state)
{
    (void)state;
    assert_int_equal(sizeof(NET_BUFFER_LIST), 368);
    assert_int_equal(sizeof(NET_BUFFER), 176);
}

static void test_list_comes_zeroed_and_aligned(void **state)
{
    NDIS_HANDLE pool = nbl_pool(TRUE, 0, 0);
    struct buffer b = buffer_new(100);
    PNET_BUFFER_LIST nbl;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        nbl = NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, b.mdl, 10, 80);
        assert_non_null(nbl);
        assert_int_equal((uintptr_t)nbl % 16, 0);
        assert_int_equal((uintptr_t)nbl->FirstNetBuffer % 16, 0);
        assert_null(nbl->Next);
        assert_null(nbl->Context);
        assert_ptr_equal(nbl->NdisPoolHandle, pool);
        for (unsigned j = 0; j < MaxNetBufferListInfo; j++) {
            assert_null(nbl->NetBufferListInfo[j]);
        }
        assert_ptr_equal(nbl->FirstNetBuffer->CurrentMdl, b.mdl);
        assert_int_equal(nbl->FirstNetBuffer->CurrentMdlOffset, 10);
        assert_int_equal(nbl->FirstNetBuffer->DataLength, 80);
        memset(nbl, 0xEE, sizeof(*nbl)); /* the driver's last words */
        nbl->Context = NULL;
        NdisFreeNetBufferList(nbl);
    }
    NdisFreeNetBufferListPool(pool);
    buffer_free(b);
    assert_int_equal(events_count(DD_EV_OBJECT_BAD), 0);
}

/* --- nobody listens: nbl_fast.h at DISPATCH_LEVEL, the long way elsewhere --- */

static void check_new(PNET_BUFFER_LIST nbl, NDIS_HANDLE pool, PMDL mdl)
{
    NET_BUFFER_LIST list = {0};
    NET_BUFFER nb = {0};

    assert_non_null(nbl);
    list.NdisPoolHandle = nb.NdisPoolHandle = pool;
    list.FirstNetBuffer = nbl->FirstNetBuffer;
    nb.MdlChain = nb.CurrentMdl = mdl;
    nb.DataOffset = nb.CurrentMdlOffset = 10;
    nb.stDataLength = 80;
    assert_memory_equal(nbl, &list, sizeof(list));
    assert_memory_equal(nbl->FirstNetBuffer, &nb, sizeof(nb));
}

enum {
    QUIET_LISTS = 300
}; /* more than a CPU keeps */

struct quiet {
    NDIS_HANDLE pool;
    PMDL mdl;
    PNET_BUFFER_LIST lists[QUIET_LISTS];
};

static void quiet_allocate(void *arg)
{
    struct quiet *q = arg;

    for (unsigned i = 0; i < QUIET_LISTS; i++) {
        q->lists[i] = NdisAllocateNetBufferAndNetBufferList(q->pool, 0, 0, q->mdl, 10, 80);
        check_new(q->lists[i], q->pool, q->mdl);
        for (unsigned k = 0; k < i; k++) {
            assert_ptr_not_equal(q->lists[i], q->lists[k]);
        }
    }
}

static void quiet_free(void *arg)
{
    struct quiet *q = arg;

    for (unsigned i = 0; i < QUIET_LISTS; i++) {
        PNET_BUFFER nb = q->lists[i]->FirstNetBuffer;

        memset(nb, 0xEE, sizeof(*nb)); /* the driver's last words */
        memset(q->lists[i], 0xEE, sizeof(*q->lists[i]));
        q->lists[i]->Context = NULL;
        NdisFreeNetBufferList(q->lists[i]);
    }
}

static void test_lists_are_new_also_where_nobody_listens(void **state)
{
    struct buffer b = buffer_new(100);
    struct quiet q = {.pool = nbl_pool(TRUE, 0, 0), .mdl = b.mdl};

    (void)state;
    dd_seam_reset();
    for (unsigned round = 0; round < 8; round++) { /* taken and given back at either level */
        if ((round & 1) != 0) {
            run_at_dispatch(quiet_allocate, &q);
        } else {
            quiet_allocate(&q);
        }
        if ((round & 2) != 0) {
            run_at_dispatch(quiet_free, &q);
        } else {
            quiet_free(&q);
        }
    }
    events_stop();
    events_start(); /* and now somebody does */
    run_at_dispatch(quiet_allocate, &q);
    run_at_dispatch(quiet_free, &q);
    NdisFreeNetBufferListPool(q.pool);
    assert_int_equal(events_count(DD_EV_OBJECT_BAD), 0);
    buffer_free(b);
}

static void quiet_odd_frees(void *arg)
{
    struct quiet *q = arg;
    PNET_BUFFER_LIST nbl = NdisAllocateNetBufferAndNetBufferList(q->pool, 0, 0, q->mdl, 10, 80);

    NdisFreeNetBufferList(nbl);
    NdisFreeNetBufferList(nbl); /* nothing happens */
    quiet_allocate(q);          /* it comes once */
    quiet_free(q);
    assert_null(NdisAllocateNetBufferAndNetBufferList(NULL, 0, 0, q->mdl, 10, 80));
}

static void test_a_list_freed_twice_where_nobody_listens_comes_once(void **state)
{
    struct buffer b = buffer_new(100);
    struct quiet q = {.pool = nbl_pool(TRUE, 0, 0), .mdl = b.mdl};

    (void)state;
    dd_seam_reset();
    run_at_dispatch(quiet_odd_frees, &q);
    NdisFreeNetBufferListPool(q.pool);
    buffer_free(b);
}

static void test_pool_context_is_usable_whatever_is_asked(void **state)
{
    NDIS_HANDLE pool = nbl_pool(FALSE, 64, 0);
    PNET_BUFFER_LIST nbl;

    (void)state;
    nbl = NdisAllocateNetBufferList(pool, 0, 0);
    assert_int_equal(NET_BUFFER_LIST_CONTEXT_DATA_SIZE(nbl), 64);
    assert_int_equal((uintptr_t)NET_BUFFER_LIST_CONTEXT_DATA_START(nbl) % 16, 0);
    memset(NET_BUFFER_LIST_CONTEXT_DATA_START(nbl), 0xAA, 64);
    NdisFreeNetBufferList(nbl);
    nbl = NdisAllocateNetBufferList(pool, 64, 0);
    assert_int_equal(NET_BUFFER_LIST_CONTEXT_DATA_SIZE(nbl), 64);
    NdisFreeNetBufferList(nbl);
    nbl = NdisAllocateNetBufferList(pool, 32, 32);
    assert_int_equal(NET_BUFFER_LIST_CONTEXT_DATA_SIZE(nbl), 32);
    NdisFreeNetBufferList(nbl);
    /* larger than the pool's: one of its own, freed with the list */
    nbl = NdisAllocateNetBufferList(pool, 128, 16);
    assert_int_equal(NET_BUFFER_LIST_CONTEXT_DATA_SIZE(nbl), 128);
    memset(NET_BUFFER_LIST_CONTEXT_DATA_START(nbl), 0xAA, 128);
    NdisFreeNetBufferList(nbl);
    NdisFreeNetBufferListPool(pool);
    assert_int_equal(dd_pool_live_bytes(), 0);
}

static void test_context_grows_and_shrinks_like_a_stack(void **state)
{
    NDIS_HANDLE pool = nbl_pool(FALSE, 0, 0);
    PNET_BUFFER_LIST nbl = NdisAllocateNetBufferList(pool, 0, 0);
    PNET_BUFFER_LIST_CONTEXT first;

    (void)state;
    assert_null(nbl->Context);
    assert_int_equal(NdisAllocateNetBufferListContext(nbl, 32, 32, 1), NDIS_STATUS_SUCCESS);
    first = nbl->Context;
    assert_int_equal(NET_BUFFER_LIST_CONTEXT_DATA_SIZE(nbl), 32);
    assert_int_equal(NdisAllocateNetBufferListContext(nbl, 32, 0, 1), NDIS_STATUS_SUCCESS);
    assert_ptr_equal(nbl->Context, first);
    assert_int_equal(NET_BUFFER_LIST_CONTEXT_DATA_SIZE(nbl), 64);
    assert_int_equal(NdisAllocateNetBufferListContext(nbl, 16, 0, 1), NDIS_STATUS_SUCCESS);
    assert_true(nbl->Context != first);
    NdisFreeNetBufferListContext(nbl, 16);
    assert_ptr_equal(nbl->Context, first);
    NdisFreeNetBufferListContext(nbl, 32);
    NdisFreeNetBufferListContext(nbl, 32);
    assert_null(nbl->Context);
    NdisFreeNetBufferListContext(nbl, 16);
    assert_int_equal(events_bad("more context freed"), 1);
    NdisFreeNetBufferList(nbl);
    NdisFreeNetBufferListPool(pool);
    assert_int_equal(dd_pool_live_bytes(), 0);
}

static void test_pool_with_data(void **state)
{
    NDIS_HANDLE pool = nbl_pool(TRUE, 0, 256);
    PNET_BUFFER_LIST nbl = NdisAllocateNetBufferList(pool, 0, 0);
    PNET_BUFFER nb = nbl->FirstNetBuffer;

    (void)state;
    assert_non_null(nb->MdlChain);
    assert_int_equal(nb->MdlChain->ByteCount, 256);
    assert_int_equal(nb->DataLength, 0);
    assert_non_null(dd_mdl_va(nb->MdlChain));
    assert_false(dd_phys_is_none(dd_ram_phys(m.ram, dd_mdl_va(nb->MdlChain))));
    assert_null(NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, NULL, 0, 0));
    NdisFreeNetBufferList(nbl);
    NdisFreeNetBufferListPool(pool);
    assert_int_equal(dd_pool_live_bytes(), 0);
}

static void test_net_buffers_of_their_own_pool(void **state)
{
    NDIS_HANDLE pool = nb_pool(0), data_pool = nb_pool(128);
    struct buffer b = buffer_new(64);
    PNET_BUFFER nb = NdisAllocateNetBuffer(pool, b.mdl, 4, 60);
    PNET_BUFFER with_data = NdisAllocateNetBufferMdlAndData(data_pool);

    (void)state;
    assert_int_equal(nb->CurrentMdlOffset, 4);
    assert_true(dd_nb_is_live(nb));
    assert_int_equal(with_data->MdlChain->ByteCount, 128);
    assert_null(NdisAllocateNetBufferMdlAndData(pool));
    NdisFreeNetBuffer(nb);
    assert_false(dd_nb_is_live(nb));
    NdisFreeNetBuffer(nb);
    NdisFreeNetBuffer((PNET_BUFFER)(uintptr_t)64);
    assert_int_equal(events_bad("NdisFreeNetBuffer of something"), 2);
    NdisFreeNetBuffer(with_data);
    NdisFreeNetBufferPool(pool);
    NdisFreeNetBufferPool(data_pool);
    buffer_free(b);
}

static void test_bad_frees_do_no_harm(void **state)
{
    NDIS_HANDLE pool = nbl_pool(FALSE, 0, 0);
    PNET_BUFFER_LIST nbl = NdisAllocateNetBufferList(pool, 0, 0);

    (void)state;
    NdisFreeNetBufferList(nbl);
    NdisFreeNetBufferList(nbl);
    NdisFreeNetBufferList(NULL);
    NdisFreeNetBufferList((PNET_BUFFER_LIST)(uintptr_t)0x1230);
    assert_int_equal(events_bad("not an allocated NET_BUFFER_LIST"), 3);
    NdisFreeNetBufferListPool(pool);
    NdisFreeNetBufferListPool(pool);
    NdisFreeNetBufferPool(pool);
    assert_int_equal(events_bad("not a NET_BUFFER"), 2);
    assert_null(NdisAllocateNetBufferList(pool, 0, 0));
}

static void test_pool_freed_with_live_lists(void **state)
{
    NDIS_HANDLE pool = nbl_pool(FALSE, 0, 0);
    PNET_BUFFER_LIST nbl = NdisAllocateNetBufferList(pool, 0, 0);

    (void)state;
    NdisFreeNetBufferListPool(pool);
    assert_int_equal(events_bad("pool freed while"), 1);
    NdisFreeNetBufferList(nbl);
    assert_int_equal(events_bad("not an allocated NET_BUFFER_LIST"), 1);
}

static void allocate_in_driver(void *arg)
{
    NDIS_HANDLE *pool = arg;

    *pool = nbl_pool(TRUE, 0, 0);
}

static void test_failures_that_are_asked_for(void **state)
{
    NDIS_HANDLE pool = NULL;

    (void)state;
    events_fail_at(DD_FAIL_NBL_POOL, 1);
    assert_null(nbl_pool(TRUE, 0, 0));
    driver_call(allocate_in_driver, &pool);
    events_fail_at(DD_FAIL_NBL, 1);
    assert_null(NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, NULL, 0, 0));
    events_fail_at(DD_FAIL_NBL, 2);
    PNET_BUFFER_LIST nbl = NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, NULL, 0, 0);
    assert_non_null(nbl);
    NdisFreeNetBufferList(nbl);
    NdisFreeNetBufferListPool(pool);
}

static void test_wrong_parameters_make_no_pool(void **state)
{
    NET_BUFFER_LIST_POOL_PARAMETERS p = {.Header = {0x42, 1, 16}};

    (void)state;
    assert_null(NdisAllocateNetBufferListPool(NULL, &p));
    p.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    p.Header.Size = 8;
    assert_null(NdisAllocateNetBufferListPool(NULL, &p));
    assert_null(nbl_pool(FALSE, 0, 100));
    assert_int_equal(events_count(DD_EV_OBJECT_BAD), 3);
}

static void test_clone_shows_the_same_bytes(void **state)
{
    NDIS_HANDLE pool = nbl_pool(TRUE, 32, 0), buffers = nb_pool(0);
    struct buffer a = buffer_new(50), b = buffer_new(70);
    PNET_BUFFER_LIST from, clone;
    PNET_BUFFER second;
    UCHAR bytes[100];

    (void)state;
    a.mdl->Next = b.mdl;
    from = NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, a.mdl, 20, 100);
    second = NdisAllocateNetBuffer(buffers, b.mdl, 1, 10);
    from->FirstNetBuffer->Next = second;
    clone = NdisAllocateCloneNetBufferList(from, NULL, buffers, 0);
    assert_non_null(clone);
    assert_ptr_equal(clone->ParentNetBufferList, from);
    assert_int_equal(NET_BUFFER_LIST_CONTEXT_DATA_SIZE(clone), 32);
    assert_true(clone->FirstNetBuffer->MdlChain != a.mdl);
    assert_int_equal(clone->FirstNetBuffer->DataLength, 100);
    assert_int_equal(dd_nb_copy_out(clone->FirstNetBuffer, 0, bytes, 100), 100);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(bytes[i], i < 30 ? i + 20 : i - 30);
    }
    assert_int_equal(clone->FirstNetBuffer->Next->DataLength, 10);
    NdisFreeCloneNetBufferList(clone, 0);
    clone = NdisAllocateCloneNetBufferList(from, pool, buffers, NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS);
    assert_ptr_equal(clone->FirstNetBuffer->MdlChain, a.mdl);
    assert_int_equal(clone->FirstNetBuffer->CurrentMdlOffset, 20);
    NdisFreeCloneNetBufferList(clone, NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS);
    NdisFreeNetBuffer(second);
    NdisFreeNetBufferList(from);
    NdisFreeNetBufferPool(buffers);
    NdisFreeNetBufferListPool(pool);
    buffer_free(a);
    buffer_free(b);
    assert_int_equal(dd_mdl_report_leaks(NULL, false), 0);
    assert_int_equal(events_count(DD_EV_OBJECT_BAD), 0);
}

static void test_clone_that_runs_out_leaves_nothing(void **state)
{
    NDIS_HANDLE pool = nbl_pool(TRUE, 0, 0);
    struct buffer a = buffer_new(50), b = buffer_new(70);
    PNET_BUFFER_LIST from;

    (void)state;
    a.mdl->Next = b.mdl;
    from = NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, a.mdl, 0, 100);
    events_fail_at(DD_FAIL_MDL, 2);
    assert_null(NdisAllocateCloneNetBufferList(from, NULL, NULL, 0));
    events_fail_at(DD_FAIL_MDL, 0);
    NdisFreeNetBufferList(from);
    NdisFreeNetBufferListPool(pool);
    buffer_free(a);
    buffer_free(b);
    assert_int_equal(dd_mdl_report_leaks(NULL, false), 0);
    assert_int_equal(events_count(DD_EV_OBJECT_BAD), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_layout_is_the_longest),
        T(test_list_comes_zeroed_and_aligned),
        T(test_lists_are_new_also_where_nobody_listens),
        T(test_a_list_freed_twice_where_nobody_listens_comes_once),
        T(test_pool_context_is_usable_whatever_is_asked),
        T(test_context_grows_and_shrinks_like_a_stack),
        T(test_pool_with_data),
        T(test_net_buffers_of_their_own_pool),
        T(test_bad_frees_do_no_harm),
        T(test_pool_freed_with_live_lists),
        T(test_failures_that_are_asked_for),
        T(test_wrong_parameters_make_no_pool),
        T(test_clone_shows_the_same_bytes),
        T(test_clone_that_runs_out_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
