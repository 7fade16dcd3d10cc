/* SPDX-License-Identifier: MIT */
/* The fast path: the same lists as the long way gives, and it is left whenever it can not do the
 * job. */
#include "dma_rig.h"

static int quiet_setup(void **state)
{
    (void)state;
    memset(&rig.policy, 0, sizeof(rig.policy));
    rig.policy.iommu = DD_DOMAIN_OFF;
    rig.listening = false;
    return 0;
}

static bool took_the_fast_path(const struct tx *t)
{
    return (t->list->Reserved & 1) == 0;
}

static void test_a_frame_takes_the_fast_path(void **state)
{
    struct tx *t;

    (void)state;
    rig_start(2);
    rig_run(1514);
    t = tx_frame();
    assert_int_equal(tx_map_with(t, 1, t->room, rig.description.ScatterGatherListSize),
                     NDIS_STATUS_SUCCESS);
    assert_ptr_equal(t->list, t->room);
    assert_true(took_the_fast_path(t));
    assert_int_equal(t->list->NumberOfElements, 2);
    assert_ptr_equal(t->pdo, &rig.pdo);
    tx_check(t);
    assert_int_equal(dd_sgdma_live_sends(&rig.adapter), 1);
    tx_unmap(t);
    assert_int_equal(dd_sgdma_live_sends(&rig.adapter), 0);
    assert_int_equal(tx_map_with(t, 0, t->room, sizeof(t->room)), NDIS_STATUS_SUCCESS);
    assert_int_equal(dd_sgdma_live_sends(&rig.adapter), 0);
    tx_unmap(t);
    assert_int_equal(rig_stats().sg_lists_built, 2);
    assert_int_equal(rig_stats().sg_lists_freed, 2);
    assert_int_equal(rig_stats().sg_elements, 4);
    assert_int_equal(rig_stats().sg_elements_max, 2);
    assert_int_equal(rig_stats().caller_buffers_used, 2);
    tx_free(t);
    rig_end();
}

/* both ways of the same NET_BUFFER */
static void compare(struct tx *t)
{
    PSCATTER_GATHER_LIST fast, slow;

    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    fast = t->list;
    assert_true(took_the_fast_path(t));
    tx_check(t);
    assert_int_equal(tx_map_with(t, 1, NULL, 0), NDIS_STATUS_SUCCESS);
    slow = t->list;
    assert_false(took_the_fast_path(t));
    assert_int_equal(fast->NumberOfElements, slow->NumberOfElements);
    for (ULONG i = 0; i < fast->NumberOfElements; i++) {
        assert_int_equal(fast->Elements[i].Address.QuadPart, slow->Elements[i].Address.QuadPart);
        assert_int_equal(fast->Elements[i].Length, slow->Elements[i].Length);
        assert_int_equal(fast->Elements[i].Reserved, 0);
    }
    NdisMFreeNetBufferSGList(rig.dma, fast, &t->nb);
    NdisMFreeNetBufferSGList(rig.dma, slow, &t->nb);
}

static void test_it_agrees_with_the_long_way(void **state)
{
    static const ULONG shapes[][4] = {
        {54, 1460, 0, 0},        {0, 64, 0, 64}, {4096, 4096, 4096, 1},
        {20000, 9, 5000, 70000}, {1, 1, 1, 1},
    };

    (void)state;
    rig_start(2);
    rig_run(65536);
    for (unsigned i = 0; i < DD_ARRAY_LEN(shapes); i++) {
        ULONG sum = shapes[i][0] + shapes[i][1] + shapes[i][2] + shapes[i][3];

        for (ULONG cut = 0; cut < sum && cut < 3000; cut += 1 + sum / 37) {
            struct tx *t = tx_new(shapes[i], 4, cut / 2, sum - cut - cut / 2 > sum ? 0 : sum - cut);

            t->nb.DataLength -= cut / 2 < t->nb.DataLength ? cut / 2 : 0;
            compare(t);
            tx_free(t);
        }
    }
    rig_end();
}

static void test_too_small_a_buffer_is_the_long_ways(void **state)
{
    struct tx *t;

    (void)state;
    rig_start(1);
    rig_run(1514);
    t = tx_frame();
    for (ULONG size = 0; size < 64; size++) {
        uint8_t *room = calloc(1, size + 8);

        memset(room, 0xEE, size + 8);
        assert_int_equal(tx_map_with(t, 1, room, size), NDIS_STATUS_SUCCESS);
        assert_ptr_not_equal(t->list, room);
        for (unsigned i = 0; i < 8; i++) {
            assert_int_equal(room[size + i], 0xEE);
        }
        tx_check(t);
        tx_unmap(t);
        free(room);
    }
    assert_int_equal(tx_map_with(t, 1, t->room, 64), NDIS_STATUS_SUCCESS);
    assert_ptr_equal(t->list, t->room);
    assert_true(took_the_fast_path(t));
    tx_unmap(t);
    tx_free(t);
    rig_end();
}

static void test_memory_out_of_reach_is_the_long_ways(void **state)
{
    struct tx *t;

    (void)state;
    rig.policy.address_bits = 24; /* the shuffled arena lies above 16 MiB */
    rig_start(1);
    rig_run(1514);
    t = tx_frame();
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    assert_false(took_the_fast_path(t));
    tx_check(t);
    tx_unmap(t);
    assert_int_equal(rig_stats().bounced_bytes, 1514);
    tx_free(t);
    rig_end();
}

static void test_a_window_beyond_the_chain_still_fails(void **state)
{
    struct tx *t;

    (void)state;
    rig_start(1);
    rig_run(1514);
    t = tx_frame();
    t->nb.DataLength++;
    assert_int_equal(tx_map(t), NDIS_STATUS_RESOURCES);
    assert_int_equal(t->calls, 0);
    tx_free(t);
    rig_end();
}

static void test_below_dispatch_it_is_the_long_ways(void **state)
{
    struct tx *t;

    (void)state;
    rig_start(1);
    rig_run(1514);
    dd_irql_lower(PASSIVE_LEVEL);
    t = tx_frame();
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    assert_int_equal(t->irql, DISPATCH_LEVEL);
    assert_false(took_the_fast_path(t));
    tx_unmap(t);
    dd_irql_raise(DISPATCH_LEVEL);
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    assert_true(took_the_fast_path(t));
    dd_irql_lower(PASSIVE_LEVEL);
    tx_unmap(t); /* a list of the fast path, the long way */
    assert_int_equal(rig_stats().sg_lists_freed, 2);
    tx_free(t);
    rig_end();
}

/* settings under which lists are more than addresses */
static void test_other_settings_never_take_it(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        struct tx *t;

        quiet_setup(NULL);
        rig.policy.iommu = i == 0 ? DD_DOMAIN_STRICT : DD_DOMAIN_OFF;
        rig.policy.bounce = i == 1 ? DD_BOUNCE_ALWAYS : DD_BOUNCE_AUTO;
        rig.policy.sgl = i == 2 ? DD_SGL_PER_PAGE : (i == 3 ? DD_SGL_SPLIT : DD_SGL_MERGE);
        rig.policy.map_registers = i == 4 ? 100 : 0;
        rig.policy.relocate = i == 5;
        rig.policy.checked = i == 6;
        rig.policy.callback = i == 7 ? DD_CALLBACK_RANDOM : DD_CALLBACK_INLINE;
        rig_start(2);
        rig_run(1514);
        t = tx_frame();
        assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
        tx_wait(t, 1);
        assert_false(took_the_fast_path(t));
        tx_check(t);
        tx_unmap(t);
        tx_free(t);
        rig_end();
    }
}

static void test_lists_left_are_counted_though_nobody_knows_them(void **state)
{
    struct tx *t;

    (void)state;
    rig_start(1);
    rig_run(1514);
    t = tx_frame();
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    assert_true(took_the_fast_path(t));
    dd_irql_lower(PASSIVE_LEVEL);
    tx_free(t);
    assert_int_equal(rig_stop(), 2); /* the list, and the registration */
}

#define QUIET(name) cmocka_unit_test_setup(name, quiet_setup)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        QUIET(test_a_frame_takes_the_fast_path),
        QUIET(test_it_agrees_with_the_long_way),
        QUIET(test_too_small_a_buffer_is_the_long_ways),
        QUIET(test_memory_out_of_reach_is_the_long_ways),
        QUIET(test_a_window_beyond_the_chain_still_fails),
        QUIET(test_below_dispatch_it_is_the_long_ways),
        QUIET(test_other_settings_never_take_it),
        QUIET(test_lists_left_are_counted_though_nobody_knows_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
