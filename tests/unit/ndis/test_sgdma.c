/* SPDX-License-Identifier: MIT */
/* Lists: what the driver gets, when, and what happens when it gives back something else. */
#include "dma_rig.h"

/* --- the list --- */

static void test_the_callers_buffer_is_used_when_it_fits(void **state)
{
    struct tx *t;

    (void)state;
    rig_start(2);
    rig_run(1514);
    t = tx_frame();
    assert_int_equal(tx_map_with(t, NDIS_SG_LIST_WRITE_TO_DEVICE, t->room,
                                 rig.description.ScatterGatherListSize),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(t->calls, 1);
    assert_ptr_equal(t->list, t->room);
    assert_int_equal(t->irql, DISPATCH_LEVEL);
    tx_check(t);
    tx_unmap(t);
    assert_int_equal(rig_stats().caller_buffers_used, 1);
    tx_free(t);
    rig_end();
}

static void test_too_small_no_and_crooked_buffers_are_replaced(void **state)
{
    struct tx *t;

    (void)state;
    rig_start(2);
    rig_run(1514);
    t = tx_frame();
    for (unsigned i = 0; i < 4; i++) {
        static const struct {
            unsigned at, size;
            bool none;
        } cases[4] = {{0, 63, false}, {0, 3, false}, {4, 4000, false}, {0, 0, true}};
        uint8_t before[sizeof(t->room)];

        memset(t->room, 0xEE, sizeof(t->room));
        memcpy(before, t->room, sizeof(before));
        assert_int_equal(tx_map_with(t, NDIS_SG_LIST_WRITE_TO_DEVICE,
                                     cases[i].none ? NULL : t->room + cases[i].at, cases[i].size),
                         NDIS_STATUS_SUCCESS);
        assert_true((uint8_t *)t->list < t->room ||
                    (uint8_t *)t->list >= t->room + sizeof(t->room));
        /* nothing is written beyond the size that was given */
        assert_memory_equal(t->room + cases[i].at + cases[i].size,
                            before + cases[i].at + cases[i].size,
                            sizeof(before) - cases[i].at - cases[i].size);
        tx_check(t);
        tx_unmap(t);
    }
    assert_int_equal(rig_stats().own_buffers_used, 4);
    tx_free(t);
    rig_end();
}

static void test_relocate_never_uses_the_callers_buffer(void **state)
{
    struct tx *t;

    (void)state;
    rig.policy.relocate = true;
    rig_start(2);
    rig_run(1514);
    t = tx_frame();
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    assert_ptr_not_equal(t->list, t->room);
    tx_unmap(t);
    tx_free(t);
    rig_end();
}

static void test_the_list_ends_with_the_last_data_byte(void **state)
{
    static const ULONG lens[] = {100, 5000, 300};
    static const struct {
        ULONG offset, length;
    } windows[] = {{0, 1},    {0, 100},   {14, 86},  {14, 87}, {99, 5001},
                   {0, 5400}, {20, 5380}, {100, 50}, {0, 5100}};

    (void)state;
    rig_start(2);
    rig_run(65536);
    for (unsigned i = 0; i < DD_ARRAY_LEN(windows); i++) {
        struct tx *t = tx_new(lens, 3, windows[i].offset, windows[i].length);

        assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
        tx_check(t);
        assert_int_equal(RIG_LAST(SGL_BUILT, c), windows[i].offset + windows[i].length);
        tx_unmap(t);
        tx_free(t);
    }
    rig_end();
}

static void test_mdls_without_bytes_may_be_anywhere(void **state)
{
    static const ULONG shapes[][4] = {{0, 10, 0, 20},
                                      {10, 0, 0, 20},
                                      {0, 0, 10, 20},
                                      {10, 20, 0, 0}};

    (void)state;
    rig_start(2);
    rig_run(1514);
    for (unsigned i = 0; i < DD_ARRAY_LEN(shapes); i++) {
        struct tx *t = tx_new(shapes[i], 4, 3, 27);

        assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
        tx_check(t);
        assert_true(t->list->NumberOfElements >= 1);
        tx_unmap(t);
        tx_free(t);
    }
    rig_end();
}

static void test_no_data_is_the_skipped_bytes_or_no_element(void **state)
{
    static const ULONG lens[] = {64};
    struct tx *t;

    (void)state;
    rig_start(2);
    rig_run(1514);
    t = tx_new(lens, 1, 20, 0);
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    tx_check(t);
    tx_unmap(t);
    t->nb.CurrentMdlOffset = 0;
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    assert_int_equal(t->list->NumberOfElements, 0);
    tx_unmap(t);
    assert_int_equal(tx_map_with(t, 1, NULL, 0), NDIS_STATUS_SUCCESS);
    assert_int_equal(t->list->NumberOfElements, 0);
    tx_unmap(t);
    t->nb.CurrentMdl = NULL;
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    tx_unmap(t);
    tx_free(t);
    rig_end();
}

static void test_a_window_beyond_the_chain_fails_and_calls_nobody(void **state)
{
    static const ULONG lens[] = {64, 64};
    struct tx *t;

    (void)state;
    rig_start(2);
    rig_run(1514);
    t = tx_new(lens, 2, 14, 128);
    assert_int_equal(tx_map(t), NDIS_STATUS_RESOURCES);
    assert_int_equal(RIG_LAST(SGL_REQUEST_DONE, d), DD_SGL_WINDOW);
    t->nb.CurrentMdlOffset = 0xffffffff;
    t->nb.DataLength = 0xffffffff;
    assert_int_equal(tx_map(t), NDIS_STATUS_RESOURCES);
    assert_int_equal(t->calls, 0);
    tx_free(t);
    rig_end();
}

static void test_direction_decides_what_the_device_may_do(void **state)
{
    struct tx *t;
    uint8_t byte;
    dd_iova at;

    (void)state;
    rig_start(2);
    rig_run(1514);
    t = tx_frame();
    assert_int_equal(tx_map_with(t, 0, t->room, sizeof(t->room)), NDIS_STATUS_SUCCESS);
    at.v = (uint64_t)t->list->Elements[0].Address.QuadPart;
    assert_int_equal(RIG_LAST(SGL_BUILT, d), DD_DIR_FROM_DEVICE);
    assert_int_equal(dd_domain_access(rig.domain, at, &byte, 1, false), -EFAULT);
    byte = 9; /* a read that faults gives zeros */
    assert_int_equal(dd_domain_access(rig.domain, at, &byte, 1, true), 0);
    assert_int_equal(t->blocks[0][0], 9);
    assert_int_equal(dd_sgdma_live_sends(&rig.adapter), 0);
    tx_unmap(t);
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    at.v = (uint64_t)t->list->Elements[0].Address.QuadPart;
    assert_int_equal(dd_domain_access(rig.domain, at, &byte, 1, true), -EFAULT);
    assert_int_equal(dd_sgdma_live_sends(&rig.adapter), 1);
    assert_int_equal(dd_sgdma_live_of_nb(&rig.adapter, &t->nb), 1);
    tx_unmap(t);
    assert_int_equal(dd_sgdma_live_of_nb(&rig.adapter, &t->nb), 0);
    assert_int_equal(dd_domain_access(rig.domain, at, &byte, 1, false), -EFAULT);
    tx_free(t);
    rig_end();
}

static void test_bounced_receive_data_come_with_the_free(void **state)
{
    struct tx *t;
    uint8_t data[10];

    (void)state;
    rig.policy.bounce = DD_BOUNCE_ALWAYS;
    rig_start(2);
    rig_run(1514);
    t = tx_frame();
    memset(data, 0x66, sizeof(data));
    assert_int_equal(tx_map_with(t, 0, t->room, sizeof(t->room)), NDIS_STATUS_SUCCESS);
    assert_int_equal(dd_domain_access(rig.domain,
                                      (dd_iova){(uint64_t)t->list->Elements[0].Address.QuadPart},
                                      data, sizeof(data), true),
                     0);
    assert_true(t->blocks[0][1] != 0x66);
    tx_unmap(t);
    assert_memory_equal(t->blocks[0], data, sizeof(data));
    assert_int_equal(rig_stats().bounced_bytes, 1514);
    assert_int_equal(rig_stats().map_registers_now, 0);
    assert_true(rig_stats().map_registers_peak >= 2);
    tx_free(t);
    rig_end();
}

static void test_two_lists_of_one_net_buffer_are_independent(void **state)
{
    PSCATTER_GATHER_LIST first;
    struct tx *t;

    (void)state;
    rig_start(2);
    rig_run(1514);
    t = tx_frame();
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    first = t->list;
    assert_int_equal(tx_map_with(t, 1, NULL, 0), NDIS_STATUS_SUCCESS);
    assert_int_equal(dd_sgdma_live_of_nb(&rig.adapter, &t->nb), 2);
    NdisMFreeNetBufferSGList(rig.dma, first, &t->nb);
    assert_int_equal(dd_sgdma_live_of_nb(&rig.adapter, &t->nb), 1);
    tx_check(t);
    tx_unmap(t);
    tx_free(t);
    rig_end();
}

static void test_the_ignored_arguments_are_poison_in_checked_runs(void **state)
{
    struct tx *t;

    (void)state;
    rig_start(1);
    rig_run(1514);
    t = tx_frame();
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    assert_ptr_equal(t->pdo, DD_POISON_PDO);
    assert_ptr_equal(t->reserved, DD_POISON_RESERVED);
    tx_unmap(t);
    tx_free(t);
    rig_end();
}

static void test_the_list_may_be_freed_inside_the_callback(void **state)
{
    struct tx *t;

    (void)state;
    rig_start(2);
    rig_run(1514);
    t = tx_frame();
    t->free_inside = true;
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    assert_int_equal(tx_map_with(t, 1, NULL, 0), NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_stats().sg_lists_freed, 2);
    tx_free(t);
    rig_end();
}

static void test_below_dispatch_it_works_and_says_so(void **state)
{
    struct tx *t;

    (void)state;
    rig_start(2);
    rig_run(1514);
    dd_irql_lower(PASSIVE_LEVEL);
    t = tx_frame();
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    assert_int_equal(t->irql, DISPATCH_LEVEL);
    assert_int_equal(dd_irql_get(), PASSIVE_LEVEL);
    assert_int_equal(RIG_LAST(SGL_REQUEST_CALL, b), PASSIVE_LEVEL);
    tx_unmap(t);
    assert_int_equal(RIG_LAST(SGL_FREE_CALL, a), PASSIVE_LEVEL);
    assert_int_equal(dd_irql_get(), PASSIVE_LEVEL);
    tx_free(t);
    rig_end();
}

static void test_events_tell_one_list_from_request_to_free(void **state)
{
    static const enum dd_ev_kind want[] = {DD_EV_SGL_REQUEST_CALL, DD_EV_SGL_BUILT,
                                           DD_EV_SGL_CALLBACK,     DD_EV_CALLBACK_ENTER,
                                           DD_EV_CALLBACK_LEAVE,   DD_EV_SGL_REQUEST_DONE,
                                           DD_EV_SGL_FREE_CALL,    DD_EV_SGL_FREED};
    struct tx *t;

    (void)state;
    rig_start(1);
    rig_run(1514);
    t = tx_frame();
    rig.event_count = 0;
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    tx_unmap(t);
    assert_int_equal(rig.event_count, DD_ARRAY_LEN(want));
    for (unsigned i = 0; i < DD_ARRAY_LEN(want); i++) {
        assert_int_equal(rig.events[i].kind, want[i]);
        assert_ptr_equal(rig.events[i].adapter, &rig.adapter);
    }
    assert_ptr_equal(rig.events[0].data, t->room);
    assert_int_equal(rig.events[0].d, sizeof(t->room));
    assert_ptr_equal(rig.events[1].obj, t->list);
    assert_ptr_equal(rig.events[1].obj2, &t->nb);
    assert_ptr_equal(rig.events[1].obj3, rig.dma);
    assert_non_null(rig.events[1].data);
    assert_int_equal(rig.events[5].b, 1);
    assert_int_equal(rig.events[6].b, rig.events[1].a);
    assert_int_equal(rig.events[6].c, 0);
    tx_free(t);
    rig_end();
}

/* --- refusals --- */

static void test_without_a_handler_the_allocate_call_fails(void **state)
{
    NDIS_SG_DMA_DESCRIPTION d;
    struct tx *t;

    (void)state;
    rig_start(1);
    d = rig_description(1514);
    d.ProcessSGListHandler = NULL;
    assert_int_equal(NdisMRegisterScatterGatherDma(&rig.adapter, &d, &rig.dma),
                     NDIS_STATUS_SUCCESS);
    dd_irql_raise(DISPATCH_LEVEL);
    t = tx_frame();
    assert_int_equal(tx_map(t), NDIS_STATUS_RESOURCES);
    assert_int_equal(RIG_LAST(SGL_REQUEST_DONE, d), DD_SGL_NO_HANDLER);
    tx_free(t);
    rig_end();
}

static void test_unknown_and_stale_handles_are_refused(void **state)
{
    static uint64_t garbage[64];
    struct tx *t;

    (void)state;
    rig_start(1);
    rig_run(1514);
    t = tx_frame();
    assert_int_equal(NdisMAllocateNetBufferSGList(garbage, &t->nb, t, 1, NULL, 0),
                     NDIS_STATUS_RESOURCES);
    assert_int_equal(NdisMAllocateNetBufferSGList((NDIS_HANDLE)(uintptr_t)8, &t->nb, t, 1, NULL, 0),
                     NDIS_STATUS_RESOURCES);
    assert_int_equal(NdisMAllocateNetBufferSGList(NULL, &t->nb, t, 1, NULL, 0),
                     NDIS_STATUS_RESOURCES);
    dd_irql_lower(PASSIVE_LEVEL);
    NdisMDeregisterScatterGatherDma(rig.dma);
    dd_irql_raise(DISPATCH_LEVEL);
    assert_int_equal(tx_map(t), NDIS_STATUS_RESOURCES);
    assert_int_equal(RIG_LAST(SGL_REQUEST_DONE, d), DD_SGL_BAD_HANDLE);
    assert_int_equal(t->calls, 0);
    dd_irql_lower(PASSIVE_LEVEL);
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(RIG_LAST(SG_DEREGISTER_CALL, a), 2);
    NdisMDeregisterScatterGatherDma(garbage);
    assert_int_equal(RIG_LAST(SG_DEREGISTER_CALL, a), 0);
    tx_free(t);
    assert_int_equal(rig_stop(), 0);
}

static void test_an_injected_failure_is_no_callback(void **state)
{
    struct tx *t;

    (void)state;
    rig_start(1);
    rig_run(1514);
    t = tx_frame();
    rig.fail_point = DD_FAIL_SGL_ALLOCATE + 1;
    assert_int_equal(tx_map(t), NDIS_STATUS_RESOURCES);
    assert_int_equal(t->calls, 0);
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    tx_unmap(t);
    tx_free(t);
    rig_end();
}

static void test_unreachable_memory_with_bounce_never_is_refused(void **state)
{
    struct tx *t;

    (void)state;
    rig.policy.iommu = DD_DOMAIN_OFF;
    rig.policy.bounce = DD_BOUNCE_NEVER;
    rig.policy.address_bits = 24;
    rig_start(1);
    rig_run(1514);
    t = tx_frame();
    assert_int_equal(tx_map(t), NDIS_STATUS_RESOURCES);
    assert_int_equal(RIG_LAST(SGL_REQUEST_DONE, d), DD_SGL_UNREACHABLE);
    tx_free(t);
    rig_end();
}

/* --- giving back --- */

static void test_freeing_twice_is_harmless_and_told(void **state)
{
    PSCATTER_GATHER_LIST own;
    struct tx *t;
    uint64_t number;

    (void)state;
    rig_start(1);
    rig_run(1514);
    t = tx_frame();
    assert_int_equal(tx_map_with(t, 1, NULL, 0), NDIS_STATUS_SUCCESS);
    own = t->list;
    number = RIG_LAST(SGL_BUILT, a);
    tx_unmap(t);
    tx_unmap(t); /* the memory of the list is gone, too: nothing of it is read */
    assert_int_equal(RIG_LAST(SGL_FREE_CALL, b), number);
    assert_int_equal(rig_count(DD_EV_SGL_FREED), 1);
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    tx_unmap(t);
    tx_unmap(t);
    assert_int_equal(rig_count(DD_EV_SGL_FREED), 2);
    NdisMFreeNetBufferSGList(rig.dma, own, &t->nb);
    assert_int_equal(RIG_LAST(SGL_FREE_CALL, b), number);
    tx_free(t);
    rig_end();
}

static void test_freeing_something_unknown_is_harmless(void **state)
{
    static uint64_t garbage[8];
    struct tx *t;

    (void)state;
    rig_start(1);
    rig_run(1514);
    t = tx_frame();
    assert_int_equal(tx_map_with(t, 1, NULL, 0), NDIS_STATUS_SUCCESS);
    NdisMFreeNetBufferSGList(rig.dma, (PSCATTER_GATHER_LIST)(void *)t->room,
                             &t->nb); /* its buffer, not the list */
    NdisMFreeNetBufferSGList(rig.dma, (PSCATTER_GATHER_LIST)(void *)garbage, &t->nb);
    NdisMFreeNetBufferSGList(rig.dma, (PSCATTER_GATHER_LIST)(uintptr_t)64, &t->nb);
    NdisMFreeNetBufferSGList(rig.dma, NULL, &t->nb);
    assert_int_equal(RIG_LAST(SGL_FREE_CALL, b), 0);
    tx_check(t);
    tx_unmap(t);
    tx_free(t);
    rig_end();
}

static void test_a_wrong_net_buffer_or_handle_frees_the_list_all_the_same(void **state)
{
    struct tx *t, *other;
    NDIS_HANDLE second;
    NDIS_SG_DMA_DESCRIPTION d;

    (void)state;
    rig_start(1);
    d = rig_description(1514);
    assert_int_equal(NdisMRegisterScatterGatherDma(&rig.adapter, &d, &second), NDIS_STATUS_SUCCESS);
    rig_run(1514);
    t = tx_frame();
    other = tx_frame();
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    NdisMFreeNetBufferSGList(rig.dma, t->list, &other->nb);
    assert_ptr_equal(RIG_LAST(SGL_FREE_CALL, obj2), &other->nb);
    assert_ptr_equal(RIG_LAST(SGL_FREED, obj2), &t->nb);
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    NdisMFreeNetBufferSGList(second, t->list, &t->nb);
    assert_ptr_equal(RIG_LAST(SGL_FREE_CALL, obj3), second);
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    NdisMFreeNetBufferSGList(&rig.adapter, t->list, &t->nb); /* no DMA handle at all */
    assert_int_equal(rig_count(DD_EV_SGL_FREED), 3);
    dd_irql_lower(PASSIVE_LEVEL);
    NdisMDeregisterScatterGatherDma(second);
    tx_free(t);
    tx_free(other);
    rig_end();
}

static void test_changed_words_of_a_list_are_told_and_not_believed(void **state)
{
    struct tx *t;

    (void)state;
    rig_start(1);
    rig_run(1514);
    t = tx_frame();
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
        if (i == 0) {
            t->list->Reserved = 0x1234567;
        } else if (i == 1) {
            t->list->NumberOfElements = 50000;
        } else if (i == 2) {
            t->list->Elements[0].Address.QuadPart += 16;
        } else {
            t->list->Elements[1].Reserved = 1;
        }
        tx_unmap(t);
        assert_int_equal(RIG_LAST(SGL_FREE_CALL, c), 1);
        assert_int_equal(dd_domain_live(rig.domain), 0);
    }
    tx_free(t);
    rig_end();
}

/* --- when the callback comes --- */

static void test_deferred_callbacks_run_on_another_cpu(void **state)
{
    struct tx *t;

    (void)state;
    rig.policy.callback = DD_CALLBACK_DEFERRED;
    rig_start(3);
    rig_run(1514);
    for (unsigned i = 0; i < 20; i++) {
        t = tx_frame();
        assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
        tx_wait(t, 1);
        assert_true(t->cpu != 0);
        assert_int_equal(t->irql, DISPATCH_LEVEL);
        tx_check(t);
        tx_unmap(t);
        tx_free(t);
    }
    assert_int_equal(rig_stats().deferred_callbacks, 20);
    assert_int_equal(rig_stats().other_cpu_callbacks, 20);
    rig_end();
}

static void test_a_deferred_callback_on_the_only_cpu_comes_after_the_call(void **state)
{
    struct tx *t;

    (void)state;
    rig.policy.callback = DD_CALLBACK_DEFERRED;
    rig_start(1);
    rig_run(1514);
    t = tx_frame();
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    assert_int_equal(t->calls, 0);
    dd_irql_lower(PASSIVE_LEVEL);
    tx_wait(t, 1);
    dd_irql_raise(DISPATCH_LEVEL);
    tx_unmap(t);
    assert_int_equal(rig_stats().deferred_callbacks, 1);
    assert_int_equal(rig_stats().other_cpu_callbacks, 0);
    tx_free(t);
    rig_end();
}

static void test_random_callbacks_are_some_of_each(void **state)
{
    uint64_t deferred;

    (void)state;
    rig.policy.callback = DD_CALLBACK_RANDOM;
    rig_start(2);
    rig_run(1514);
    for (unsigned i = 0; i < 60; i++) {
        struct tx *t = tx_frame();

        assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
        tx_wait(t, 1);
        tx_unmap(t);
        tx_free(t);
    }
    deferred = rig_stats().deferred_callbacks;
    assert_in_range(deferred, 10, 50);
    rig_end();
}

static void test_deferred_data_are_those_of_the_call(void **state)
{
    struct tx *t;
    uint8_t first = 0;

    (void)state;
    rig.policy.callback = DD_CALLBACK_DEFERRED;
    rig.policy.bounce = DD_BOUNCE_ALWAYS;
    rig_start(1);
    rig_run(1514);
    t = tx_frame();
    t->blocks[0][0] = 1;
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    t->blocks[0][0] = 2;
    dd_irql_lower(PASSIVE_LEVEL);
    tx_wait(t, 1);
    dd_irql_raise(DISPATCH_LEVEL);
    assert_int_equal(dd_domain_access(rig.domain,
                                      (dd_iova){(uint64_t)t->list->Elements[0].Address.QuadPart},
                                      &first, 1, false),
                     0);
    assert_int_equal(first, 1);
    tx_unmap(t);
    assert_int_equal(rig_count(DD_EV_SGL_DATA_CHANGED), 1);
    assert_ptr_equal(RIG_LAST(SGL_DATA_CHANGED, obj), &t->nb);
    tx_free(t);
    rig_end();
}

/* --- map registers --- */

static void test_busy_registers_make_requests_wait_in_order(void **state)
{
    struct tx *t[5];

    (void)state;
    rig.policy.map_registers = 4; /* a frame of two MDLs needs 2 */
    rig_start(1);
    rig_run(1514);
    for (unsigned i = 0; i < 5; i++) {
        t[i] = tx_frame();
        assert_int_equal(tx_map(t[i]), NDIS_STATUS_SUCCESS); /* never PENDING */
        assert_int_equal(RIG_LAST(SGL_REQUEST_DONE, c), i >= 2);
    }
    assert_int_equal(t[1]->calls, 1);
    assert_int_equal(t[2]->calls, 0);
    tx_unmap(t[0]);
    assert_int_equal(t[2]->calls, 0); /* not inside somebody's free call */
    dd_irql_lower(PASSIVE_LEVEL);
    tx_wait(t[2], 1);
    assert_int_equal(t[3]->calls, 0);
    dd_irql_raise(DISPATCH_LEVEL);
    tx_unmap(t[1]);
    tx_unmap(t[2]);
    dd_irql_lower(PASSIVE_LEVEL);
    tx_wait(t[3], 1);
    tx_wait(t[4], 1);
    dd_irql_raise(DISPATCH_LEVEL);
    tx_unmap(t[3]);
    tx_unmap(t[4]);
    assert_int_equal(rig_stats().queued_requests, 3);
    assert_int_equal(rig_stats().map_registers_peak, 4);
    for (unsigned i = 0; i < 5; i++) {
        tx_free(t[i]);
    }
    rig_end();
}

static void test_more_registers_than_the_maximum_is_refused_at_once(void **state)
{
    static const ULONG lens[] = {4 * 4096, 100};
    struct tx *t;

    (void)state;
    rig.policy.map_registers = 64;
    rig.policy.map_registers_per_transfer = 4;
    rig_start(1);
    rig_run(65536);
    t = tx_new(lens, 2, 0, 4 * 4096);
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    tx_unmap(t);
    t->nb.DataLength++;
    assert_int_equal(tx_map(t), NDIS_STATUS_RESOURCES);
    assert_int_equal(RIG_LAST(SGL_REQUEST_DONE, d), DD_SGL_TOO_MANY_REGISTERS);
    assert_int_equal(t->calls, 1);
    tx_free(t);
    rig_end();
}

/* --- deregistering with lists --- */

static void test_deregister_with_live_lists_takes_them_from_the_device(void **state)
{
    struct tx *out, *waiting;
    uint8_t byte;
    dd_iova at;

    (void)state;
    rig.policy.map_registers = 2;
    rig_start(1);
    rig_run(1514);
    out = tx_frame();
    waiting = tx_frame();
    assert_int_equal(tx_map(out), NDIS_STATUS_SUCCESS);
    assert_int_equal(tx_map_with(waiting, 1, NULL, 0), NDIS_STATUS_SUCCESS);
    at.v = (uint64_t)out->list->Elements[0].Address.QuadPart;
    dd_irql_lower(PASSIVE_LEVEL);
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(RIG_LAST(SG_DEREGISTER_CALL, b), 2);
    assert_int_equal(dd_domain_access(rig.domain, at, &byte, 1, false), -EFAULT);
    assert_int_equal(waiting->calls, 0);
    assert_int_equal(dd_domain_live(rig.domain), 0);
    dd_irql_raise(DISPATCH_LEVEL);
    tx_unmap(out); /* too late, and harmless */
    dd_irql_lower(PASSIVE_LEVEL);
    tx_free(out);
    tx_free(waiting);
    assert_int_equal(rig_stop(), 0);
}

static void test_deregister_stops_callbacks_that_were_put_off(void **state)
{
    struct tx *t;

    (void)state;
    rig.policy.callback = DD_CALLBACK_DEFERRED;
    rig_start(1);
    rig_run(1514);
    t = tx_frame();
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    NdisMDeregisterScatterGatherDma(rig.dma); /* at DISPATCH_LEVEL, before the DPC can run */
    dd_irql_lower(PASSIVE_LEVEL);
    dd_dpc_flush();
    assert_int_equal(t->calls, 0);
    tx_free(t);
    assert_int_equal(rig_stop(), 0);
}

static void test_what_is_left_after_halt_is_reported(void **state)
{
    struct tx *t;

    (void)state;
    rig_start(1);
    rig_run(1514);
    t = tx_frame();
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    dd_irql_lower(PASSIVE_LEVEL);
    for (unsigned i = 0; i < t->count; i++) {
        dd_mdl_free(t->mdls[i], NULL);
        assert_int_equal(dd_ram_free_block(rig.ram, t->blocks[i], NULL), 0);
    }
    rig.event_count = 0;
    assert_int_equal(rig_stop(), 2);
    assert_int_equal(rig_count(DD_EV_LEAK), 2);
    assert_int_equal(rig.events[0].a, DD_LEAK_SGL);
    assert_ptr_equal(rig.events[0].obj, t->room);
    assert_non_null(rig.events[0].site);
    assert_int_equal(rig.events[1].a, DD_LEAK_SG_REGISTRATION);
    free(t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        RIG(test_the_callers_buffer_is_used_when_it_fits),
        RIG(test_too_small_no_and_crooked_buffers_are_replaced),
        RIG(test_relocate_never_uses_the_callers_buffer),
        RIG(test_the_list_ends_with_the_last_data_byte),
        RIG(test_mdls_without_bytes_may_be_anywhere),
        RIG(test_no_data_is_the_skipped_bytes_or_no_element),
        RIG(test_a_window_beyond_the_chain_fails_and_calls_nobody),
        RIG(test_direction_decides_what_the_device_may_do),
        RIG(test_bounced_receive_data_come_with_the_free),
        RIG(test_two_lists_of_one_net_buffer_are_independent),
        RIG(test_the_ignored_arguments_are_poison_in_checked_runs),
        RIG(test_the_list_may_be_freed_inside_the_callback),
        RIG(test_below_dispatch_it_works_and_says_so),
        RIG(test_events_tell_one_list_from_request_to_free),
        RIG(test_without_a_handler_the_allocate_call_fails),
        RIG(test_unknown_and_stale_handles_are_refused),
        RIG(test_an_injected_failure_is_no_callback),
        RIG(test_unreachable_memory_with_bounce_never_is_refused),
        RIG(test_freeing_twice_is_harmless_and_told),
        RIG(test_freeing_something_unknown_is_harmless),
        RIG(test_a_wrong_net_buffer_or_handle_frees_the_list_all_the_same),
        RIG(test_changed_words_of_a_list_are_told_and_not_believed),
        RIG(test_deferred_callbacks_run_on_another_cpu),
        RIG(test_a_deferred_callback_on_the_only_cpu_comes_after_the_call),
        RIG(test_random_callbacks_are_some_of_each),
        RIG(test_deferred_data_are_those_of_the_call),
        RIG(test_busy_registers_make_requests_wait_in_order),
        RIG(test_more_registers_than_the_maximum_is_refused_at_once),
        RIG(test_deregister_with_live_lists_takes_them_from_the_device),
        RIG(test_deregister_stops_callbacks_that_were_put_off),
        RIG(test_what_is_left_after_halt_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
