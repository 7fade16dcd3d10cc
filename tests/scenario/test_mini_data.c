/* SPDX-License-Identifier: MIT */
/* Sends and receives of a miniport, as it should do them and as it should not. */
#include "edge.h"

#include "ndis/adapter_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct edge e;

static int setup(void **state)
{
    (void)state;
    edge_setup(&e, 2, false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    edge_teardown(&e);
    return 0;
}

static const struct dd_ev *completion(unsigned n)
{
    return &events_nth(DD_EV_SEND_COMPLETE_CALL, n)->ev;
}

static unsigned completions_of(enum dd_nbl_owner owner)
{
    unsigned n = 0;

    for (unsigned i = 0; i < events_count(DD_EV_SEND_COMPLETE_CALL); i++) {
        n += completion(i)->d == owner;
    }
    return n;
}

static unsigned indications_with(enum dd_rx_defect defect)
{
    return events_with_a(DD_EV_RECEIVE_NBL, defect);
}

/* --- sends --- */

static void test_sends_before_running_come_back_paused(void **state)
{
    (void)state;
    edge_load(&e);
    edge_send(&e, 2);
    assert_int_equal(e.completed, 2);
    assert_int_equal(e.last_send_status, NDIS_STATUS_PAUSED);
    assert_int_equal(dd_ndis_initialize(e.a, NULL), 0);
    edge_send(&e, 2);
    assert_int_equal(e.completed, 4);
    assert_int_equal(mini.sends, 0);
    assert_int_equal(edge_stop(&e), 0);
}

static void send_three(void *arg)
{
    (void)arg;
    edge_send(&e, 3);
}

static void test_sends_complete_once_inside_the_send_call(void **state)
{
    (void)state;
    edge_run(&e);
    edge_send(&e, 3);
    assert_int_equal(e.completed, 3);
    assert_int_equal(e.complete_irql, PASSIVE_LEVEL);
    run_at_dispatch(send_three, NULL);
    assert_int_equal(e.completed, 6);
    assert_int_equal(e.complete_irql, DISPATCH_LEVEL);
    assert_int_equal(events_count(DD_EV_SEND), 6);
    assert_int_equal(events_nth(DD_EV_SEND, 5)->ev.a, 6);
    assert_int_equal(completions_of(DD_NBL_MINIPORT_SEND), 6);
    assert_int_equal(dd_ndis_sends_outstanding(e.a), 0);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_failed_sends_are_counted(void **state)
{
    struct dd_ndis_stats stats;

    (void)state;
    mini_knobs.send = MINI_SEND_KEEP;
    edge_run(&e);
    edge_send(&e, 3);
    mini_complete_kept(NDIS_STATUS_RESOURCES);
    dd_ndis_get_stats(e.a, &stats);
    assert_int_equal(stats.nbls_failed, 3);
    assert_int_equal(stats.nbls_completed, 3);
    assert_int_equal(completion(0)->a, (uint32_t)NDIS_STATUS_RESOURCES);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_double_completion_reaches_the_edge_once(void **state)
{
    PNET_BUFFER_LIST nbl;

    (void)state;
    mini_knobs.send = MINI_SEND_KEEP;
    edge_run(&e);
    nbl = edge_nbl(&e, NULL);
    dd_ndis_send(e.a, nbl, 0);
    /* the edge frees what it gets: hold one more so that the slot is not given out again */
    NdisMSendNetBufferListsComplete(mini.adapter, nbl, 0);
    assert_int_equal(e.completed, 1);
    NdisMSendNetBufferListsComplete(mini.adapter, nbl, 0);
    mini.kept = NULL;
    assert_int_equal(e.completed, 1);
    assert_int_equal(completion(0)->d, DD_NBL_MINIPORT_SEND);
    assert_int_equal(completion(1)->d, DD_NBL_UNKNOWN);
    assert_int_equal(edge_stop(&e), 0);
}

static PNET_BUFFER_LIST saved;

static void save_completed(void *arg, PNET_BUFFER_LIST chain, ULONG flags)
{
    (void)arg;
    (void)flags;
    e.completed++;
    saved = chain;
}

static void test_double_completion_names_the_owner(void **state)
{
    PNET_BUFFER_LIST nbl;

    (void)state;
    mini_knobs.send = MINI_SEND_KEEP;
    e.config.upper.send_complete = save_completed;
    edge_run(&e);
    nbl = edge_nbl(&e, NULL);
    dd_ndis_send(e.a, nbl, 0);
    mini.kept = NULL;
    NdisMSendNetBufferListsComplete(mini.adapter, nbl, 0);
    NdisMSendNetBufferListsComplete(mini.adapter, nbl, 0);
    assert_int_equal(completion(1)->d, DD_NBL_COMPLETED);
    assert_int_equal(e.completed, 1);
    assert_ptr_equal(saved, nbl);
    dd_nbl_free(nbl, NULL);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_garbage_completion_does_no_harm(void **state)
{
    static NET_BUFFER_LIST foreign;
    PNET_BUFFER_LIST garbage[] = {
        (PNET_BUFFER_LIST)(uintptr_t)8,
        (PNET_BUFFER_LIST)(uintptr_t)0xFFFFFFFFFFFFFFF0ull,
        (PNET_BUFFER_LIST)(uintptr_t)0xDEADBEEF,
        &foreign,
    };

    (void)state;
    edge_run(&e);
    for (size_t i = 0; i < DD_ARRAY_LEN(garbage); i++) {
        NdisMSendNetBufferListsComplete(mini.adapter, garbage[i], 0);
        assert_int_equal(completion((unsigned)i)->d, DD_NBL_UNKNOWN);
    }
    /* inside an NBL, and the driver's own */
    NdisMSendNetBufferListsComplete(mini.adapter, (PNET_BUFFER_LIST)((char *)mini.rx[0] + 16), 0);
    assert_int_equal(completion(4)->d, DD_NBL_UNKNOWN);
    NdisMSendNetBufferListsComplete(mini.adapter, mini.rx[0], 0);
    assert_int_equal(completion(5)->d, DD_NBL_MINIPORT_POOL);
    NdisMSendNetBufferListsComplete(mini.adapter, NULL, 0);
    assert_int_equal(e.completed, 0);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_ring_of_sends_is_completed_once(void **state)
{
    PNET_BUFFER_LIST a, b;

    (void)state;
    mini_knobs.send = MINI_SEND_KEEP;
    edge_run(&e);
    a = edge_nbl(&e, NULL);
    b = edge_nbl(&e, NULL);
    a->Next = b;
    dd_ndis_send(e.a, a, 0);
    mini.kept = NULL;
    b->Next = a;
    NdisMSendNetBufferListsComplete(mini.adapter, a, 0);
    assert_int_equal(e.completed, 2);
    assert_int_equal(completions_of(DD_NBL_COMPLETED), 1);
    assert_int_equal(dd_ndis_sends_outstanding(e.a), 0);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_stranger_in_a_chain_loses_no_others(void **state)
{
    PNET_BUFFER_LIST a, b;

    (void)state;
    mini_knobs.send = MINI_SEND_KEEP;
    edge_run(&e);
    a = edge_nbl(&e, NULL);
    b = edge_nbl(&e, NULL);
    dd_ndis_send(e.a, a, 0);
    dd_ndis_send(e.a, b, 0);
    mini.kept = NULL;
    a->Next = mini.rx[0];
    mini.rx[0]->Next = b;
    b->Next = (PNET_BUFFER_LIST)(uintptr_t)0x10;
    NdisMSendNetBufferListsComplete(mini.adapter, a, 0);
    assert_int_equal(e.completed, 2);
    assert_int_equal(completions_of(DD_NBL_MINIPORT_POOL), 1);
    assert_int_equal(completions_of(DD_NBL_UNKNOWN), 1);
    mini.rx[0]->Next = NULL;
    assert_int_equal(edge_stop(&e), 0);
}

static void test_cancel_aborts_the_named_sends(void **state)
{
    PNET_BUFFER_LIST a, b;

    (void)state;
    mini_knobs.send = MINI_SEND_KEEP;
    edge_run(&e);
    a = edge_nbl(&e, (PVOID)1);
    b = edge_nbl(&e, (PVOID)2);
    dd_ndis_send(e.a, a, 0);
    dd_ndis_send(e.a, b, 0);
    dd_ndis_cancel(e.a, (PVOID)2);
    assert_int_equal(e.completed, 1);
    assert_int_equal(e.last_send_status, NDIS_STATUS_SEND_ABORTED);
    assert_int_equal(events_count(DD_EV_SEND_CANCEL), 1);
    dd_ndis_cancel(e.a, (PVOID)3);
    assert_int_equal(e.completed, 1);
    mini_complete_kept(NDIS_STATUS_SUCCESS);
    assert_int_equal(e.completed, 2);
    assert_int_equal(edge_stop(&e), 0);
}

/* two contexts complete the same NBLs at the same time */
#define RACE_NBLS 64
static PNET_BUFFER_LIST race[RACE_NBLS];
static _Atomic(unsigned) go;

static void collect(void *arg, PNET_BUFFER_LIST chain, ULONG flags)
{
    (void)arg;
    (void)flags;
    for (PNET_BUFFER_LIST nbl = chain; nbl != NULL; nbl = nbl->Next) {
        e.completed++;
    }
}

static void complete_race(void *arg)
{
    (void)arg;
    go++;
    while (go < 2) {
        dd_sched_yield();
    }
    for (unsigned i = 0; i < RACE_NBLS; i++) {
        NdisMSendNetBufferListsComplete(mini.adapter, race[i], 0);
    }
}

static void test_two_cpus_completing_the_same_sends(void **state)
{
    struct dd_ctx *ctx[2];

    (void)state;
    mini_knobs.send = MINI_SEND_KEEP;
    e.config.upper.send_complete = collect;
    edge_run(&e);
    for (unsigned i = 0; i < RACE_NBLS; i++) {
        race[i] = edge_nbl(&e, NULL);
        dd_ndis_send(e.a, race[i], 0);
        mini.kept = NULL;
    }
    go = 0;
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(dd_ctx_spawn("race", i, complete_race, NULL, &ctx[i]), 0);
    }
    dd_ctx_join(ctx[0]);
    dd_ctx_join(ctx[1]);
    assert_int_equal(e.completed, RACE_NBLS);
    assert_int_equal(completions_of(DD_NBL_MINIPORT_SEND), RACE_NBLS);
    assert_int_equal(completions_of(DD_NBL_COMPLETED), RACE_NBLS);
    for (unsigned i = 0; i < RACE_NBLS; i++) {
        dd_nbl_free(race[i], NULL);
    }
    assert_int_equal(edge_stop(&e), 0);
}

/* sends from two CPUs while the adapter is paused and restarted */
static _Atomic(bool) sending;

static void keep_sending(void *arg)
{
    (void)arg;
    while (sending) {
        edge_send(&e, 3);
        dd_sched_yield();
    }
}

static void test_pause_and_restart_under_traffic(void **state)
{
    struct dd_ctx *ctx[2];
    struct dd_ndis_stats stats;

    (void)state;
    edge_run(&e);
    events_mute(true);
    sending = true;
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(dd_ctx_spawn("send", i, keep_sending, NULL, &ctx[i]), 0);
    }
    for (unsigned i = 0; i < 50; i++) {
        assert_int_equal(dd_ndis_pause(e.a, NULL), 0);
        assert_int_equal(dd_ndis_sends_outstanding(e.a), 0);
        assert_int_equal(dd_ndis_restart(e.a, NULL), 0);
        (void)dd_sched_park(dd_sched_now() + 200000);
    }
    sending = false;
    dd_ctx_join(ctx[0]);
    dd_ctx_join(ctx[1]);
    dd_ndis_get_stats(e.a, &stats);
    assert_int_equal(stats.nbls_sent, stats.nbls_completed);
    assert_int_equal(stats.nbls_sent, (uint64_t)mini.sends);
    assert_true(e.completed >= stats.nbls_sent);
    assert_int_equal(edge_stop(&e), 0);
}

/* --- receives --- */

static void test_receives_come_back_once(void **state)
{
    (void)state;
    edge_run(&e);
    mini_indicate(5, 5, 0);
    assert_int_equal(e.received, 5);
    assert_int_equal(mini.returned, 5);
    assert_true(e.last_may_keep);
    assert_int_equal(dd_ndis_receives_outstanding(e.a), 0);
    assert_int_equal(events_count(DD_EV_RECEIVE_RETURN), 5);
    assert_int_equal(indications_with(DD_RX_OK), 5);
    assert_int_equal(events_nth(DD_EV_RECEIVE_CALL, 0)->number, 5);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_receives_may_be_kept(void **state)
{
    (void)state;
    e.keep = true;
    edge_run(&e);
    mini_indicate(3, 3, 0);
    assert_int_equal(dd_ndis_receives_outstanding(e.a), 3);
    assert_int_equal(mini.returned, 0);
    edge_return(&e);
    assert_int_equal(mini.returned, 3);
    assert_int_equal(dd_ndis_receives_outstanding(e.a), 0);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_resources_receives_are_not_returned(void **state)
{
    (void)state;
    edge_run(&e);
    mini_indicate(4, 4, NDIS_RECEIVE_FLAGS_RESOURCES);
    assert_int_equal(e.received, 4);
    assert_false(e.last_may_keep);
    assert_int_equal(mini.returned, 0);
    assert_int_equal(dd_ndis_receives_outstanding(e.a), 0);
    /* the driver's chain is as it was */
    for (unsigned i = 0; i < 4; i++) {
        assert_ptr_equal(mini.rx[i]->Next, i < 3 ? mini.rx[i + 1] : NULL);
    }
    mini_indicate(4, 4, NDIS_RECEIVE_FLAGS_RESOURCES);
    assert_int_equal(e.received, 8);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_wrong_count_shows_the_real_one(void **state)
{
    (void)state;
    edge_run(&e);
    mini_indicate(2, 7, 0);
    assert_int_equal(events_nth(DD_EV_RECEIVE_CALL, 0)->ev.a, 7);
    assert_int_equal(events_nth(DD_EV_RECEIVE_CALL, 0)->number, 2);
    assert_int_equal(e.received, 2);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_indication_while_not_running_comes_straight_back(void **state)
{
    (void)state;
    edge_load(&e);
    assert_int_equal(dd_ndis_initialize(e.a, NULL), 0);
    mini_indicate(2, 2, 0);
    assert_int_equal(e.received, 0);
    assert_int_equal(mini.returned, 2);
    assert_int_equal(events_nth(DD_EV_RECEIVE_CALL, 0)->ev.d, DD_STATE_PAUSED);
    assert_int_equal(dd_ndis_receives_outstanding(e.a), 0);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_indicated_twice_is_seen(void **state)
{
    (void)state;
    e.keep = true;
    edge_run(&e);
    mini_indicate(1, 1, 0);
    mini_indicate(1, 1, 0);
    assert_int_equal(e.received, 1);
    assert_int_equal(indications_with(DD_RX_NOT_OWNED), 1);
    assert_int_equal(events_nth(DD_EV_RECEIVE_NBL, 1)->ev.c, DD_NBL_INDICATED);
    edge_return(&e);
    assert_int_equal(mini.returned, 1);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_foreign_receive_is_seen(void **state)
{
    static NET_BUFFER_LIST foreign;

    (void)state;
    edge_run(&e);
    NdisMIndicateReceiveNetBufferLists(mini.adapter, &foreign, 0, 1, 0);
    NdisMIndicateReceiveNetBufferLists(mini.adapter, (PNET_BUFFER_LIST)(uintptr_t)0x40, 0, 1, 0);
    assert_int_equal(indications_with(DD_RX_FOREIGN), 2);
    assert_int_equal(e.received, 0);
    assert_int_equal(edge_stop(&e), 0);
}

static void indicate_one(PNET_BUFFER_LIST nbl)
{
    nbl->Next = NULL;
    NdisMIndicateReceiveNetBufferLists(mini.adapter, nbl, 0, 1, 0);
}

static void test_defects_of_receives_are_named(void **state)
{
    PNET_BUFFER nb;
    NET_BUFFER good;
    PVOID va;
    CSHORT flags;

    (void)state;
    edge_run(&e);
    nb = mini.rx[0]->FirstNetBuffer;
    good = *nb;

    mini.rx[0]->FirstNetBuffer = NULL;
    indicate_one(mini.rx[0]);
    assert_int_equal(indications_with(DD_RX_NO_NET_BUFFER), 1);
    mini.rx[0]->FirstNetBuffer = nb;

    nb->DataLength = MINI_FRAME + 1;
    indicate_one(mini.rx[0]);
    nb->DataLength = MINI_FRAME;
    nb->CurrentMdlOffset = 4;
    indicate_one(mini.rx[0]);
    assert_int_equal(indications_with(DD_RX_WINDOW), 2);
    *nb = good;

    nb->DataLength = 13;
    indicate_one(mini.rx[0]);
    assert_int_equal(indications_with(DD_RX_TOO_SHORT), 1);
    *nb = good;

    flags = mini.rx_mdl[0]->MdlFlags;
    va = mini.rx_mdl[0]->MappedSystemVa;
    mini.rx_mdl[0]->MdlFlags &= (CSHORT) ~(MDL_SOURCE_IS_NONPAGED_POOL | MDL_MAPPED_TO_SYSTEM_VA);
    indicate_one(mini.rx[0]);
    assert_int_equal(indications_with(DD_RX_MDL_UNMAPPED), 1);
    mini.rx_mdl[0]->MdlFlags = flags;
    mini.rx_mdl[0]->MappedSystemVa = va;

    /* all of these came straight back */
    assert_int_equal(e.received, 0);
    assert_int_equal(mini.returned, 5);

    /* these can be read all the same */
    mini.rx[0]->SourceHandle = NULL;
    indicate_one(mini.rx[0]);
    mini.rx[0]->SourceHandle = mini.adapter;
    mini.rx[0]->Status = NDIS_STATUS_RESOURCES;
    indicate_one(mini.rx[0]);
    mini.rx[0]->Status = NDIS_STATUS_SUCCESS;
    assert_int_equal(indications_with(DD_RX_SOURCE_HANDLE), 1);
    assert_int_equal(indications_with(DD_RX_STATUS), 1);
    assert_int_equal(e.received, 2);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_ring_of_receives_is_walked_once(void **state)
{
    (void)state;
    edge_run(&e);
    mini.rx[0]->Next = mini.rx[1];
    mini.rx[1]->Next = mini.rx[0];
    NdisMIndicateReceiveNetBufferLists(mini.adapter, mini.rx[0], 0, 2,
                                       NDIS_RECEIVE_FLAGS_RESOURCES);
    assert_int_equal(e.received, 2);
    assert_int_equal(indications_with(DD_RX_NOT_OWNED), 1);
    assert_ptr_equal(mini.rx[1]->Next, mini.rx[0]);
    mini.rx[0]->Next = mini.rx[1]->Next = NULL;
    assert_int_equal(edge_stop(&e), 0);
}

static void test_freeing_an_indicated_list_is_refused(void **state)
{
    (void)state;
    e.keep = true;
    edge_run(&e);
    mini_indicate(1, 1, 0);
    NdisFreeNetBufferList(mini.rx[0]);
    assert_int_equal(events_bad("freed while it is indicated"), 1);
    edge_return(&e);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_pool_freed_under_the_edge(void **state)
{
    (void)state;
    e.keep = true;
    edge_run(&e);
    mini_indicate(2, 2, 0);
    /* the driver halts without waiting for its receives */
    assert_int_equal(dd_ndis_halt(e.a, NdisHaltDeviceDisabled), 0);
    assert_int_equal(events_nth(DD_EV_PAUSED_WITH, 0)->ev.b, 2);
    edge_return(&e);
    assert_int_equal(mini.returned, 0);
    assert_int_equal(dd_ndis_receives_outstanding(e.a), 0);
    assert_int_equal(edge_stop(&e), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_sends_before_running_come_back_paused),
        T(test_sends_complete_once_inside_the_send_call),
        T(test_failed_sends_are_counted),
        T(test_double_completion_reaches_the_edge_once),
        T(test_double_completion_names_the_owner),
        T(test_garbage_completion_does_no_harm),
        T(test_ring_of_sends_is_completed_once),
        T(test_stranger_in_a_chain_loses_no_others),
        T(test_cancel_aborts_the_named_sends),
        T(test_two_cpus_completing_the_same_sends),
        T(test_pause_and_restart_under_traffic),
        T(test_receives_come_back_once),
        T(test_receives_may_be_kept),
        T(test_resources_receives_are_not_returned),
        T(test_wrong_count_shows_the_real_one),
        T(test_indication_while_not_running_comes_straight_back),
        T(test_indicated_twice_is_seen),
        T(test_foreign_receive_is_seen),
        T(test_defects_of_receives_are_named),
        T(test_ring_of_receives_is_walked_once),
        T(test_freeing_an_indicated_list_is_refused),
        T(test_pool_freed_under_the_edge),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
