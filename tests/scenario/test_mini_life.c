/* SPDX-License-Identifier: MIT */
/* The life of a miniport, from load to unload, as Windows leads it. */
#include "edge.h"

#include "base/clock.h"
#include "ndis/adapter_priv.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

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

static void assert_state(enum dd_adapter_state state)
{
    assert_int_equal(e.a->state, state);
}

static void test_whole_life_leaks_nothing(void **state)
{
    struct dd_ndis_stats stats;

    (void)state;
    mini_knobs.take = MINI_ALL;
    edge_load(&e);
    assert_state(DD_STATE_HALTED);
    assert_int_equal(dd_ndis_initialize(e.a, NULL), 0);
    assert_state(DD_STATE_PAUSED);
    dd_ndis_start_sequence(e.a);
    assert_int_equal(dd_ndis_restart(e.a, NULL), 0);
    assert_state(DD_STATE_RUNNING);
    edge_send(&e, 10);
    assert_int_equal(e.completed, 10);
    mini_indicate(4, 4, 0);
    assert_int_equal(e.received, 4);
    assert_int_equal(dd_ndis_pause(e.a, NULL), 0);
    assert_state(DD_STATE_PAUSED);
    dd_ndis_get_stats(e.a, &stats);
    assert_int_equal(stats.nbls_sent, 10);
    assert_int_equal(stats.nbs_sent, 10);
    assert_int_equal(stats.bytes_sent, 600);
    assert_int_equal(stats.nbls_completed, 10);
    assert_int_equal(stats.nbls_received, 4);
    assert_int_equal(stats.bytes_received, 4 * MINI_FRAME);
    assert_int_equal(stats.nbls_returned, 4);
    assert_int_equal(dd_ndis_halt(e.a, NdisHaltDeviceDisabled), 0);
    assert_state(DD_STATE_HALTED);
    assert_int_equal(edge_stop(&e), 0);
    assert_int_equal(events_count(DD_EV_LEAK), 0);
    assert_int_equal(events_count(DD_EV_OBJECT_BAD), 0);
    assert_int_equal(events_count(DD_EV_POOL_BAD_FREE), 0);
    assert_int_equal(events_count(DD_EV_COMPLETE_UNEXPECTED), 0);
}

static void test_steps_are_refused_in_the_wrong_state(void **state)
{
    (void)state;
    edge_load(&e);
    assert_int_equal(dd_ndis_restart(e.a, NULL), -EPROTO);
    assert_int_equal(dd_ndis_pause(e.a, NULL), -EPROTO);
    assert_int_equal(dd_ndis_halt(e.a, NdisHaltDeviceDisabled), -EPROTO);
    assert_int_equal(dd_ndis_reset(e.a, NULL), -EPROTO);
    assert_int_equal(dd_ndis_initialize(e.a, NULL), 0);
    assert_int_equal(dd_ndis_initialize(e.a, NULL), -EPROTO);
    assert_int_equal(dd_ndis_pause(e.a, NULL), -EPROTO);
    assert_int_equal(dd_ndis_restart(e.a, NULL), 0);
    assert_int_equal(dd_ndis_restart(e.a, NULL), -EPROTO);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_adapter_can_be_initialized_again_after_halt(void **state)
{
    (void)state;
    mini_knobs.take = MINI_ALL;
    edge_load(&e);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(dd_ndis_initialize(e.a, NULL), 0);
        assert_int_equal(dd_ndis_restart(e.a, NULL), 0);
        edge_send(&e, 1);
        assert_int_equal(dd_ndis_halt(e.a, NdisHaltDeviceStopped), 0);
    }
    assert_int_equal(e.completed, 3);
    assert_int_equal(mini.halt_action, NdisHaltDeviceStopped);
    assert_int_equal(edge_stop(&e), 0);
    assert_int_equal(events_count(DD_EV_LEAK), 0);
}

static void test_init_failure_halts_without_halt_call(void **state)
{
    NDIS_STATUS status = 0;

    (void)state;
    mini_knobs.take = MINI_ALL;
    mini_knobs.fail_at = MINI_STAGE_LAST;
    edge_load(&e);
    assert_int_equal(dd_ndis_initialize(e.a, &status), -EIO);
    assert_int_equal(status, NDIS_STATUS_FAILURE);
    assert_state(DD_STATE_HALTED);
    assert_int_equal(mini.halts, 0);
    assert_int_equal(events_count(DD_EV_LEAK), 0);
    assert_int_equal(events_with_a(DD_EV_HALTED, 1), 1);
    mini_knobs.fail_at = MINI_STAGE_NONE;
    assert_int_equal(dd_ndis_initialize(e.a, &status), 0);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_init_failure_names_every_leak(void **state)
{
    (void)state;
    mini_knobs.take = MINI_ALL;
    mini_knobs.keep_at_halt = MINI_ALL;
    mini_knobs.fail_at = MINI_STAGE_LAST;
    edge_load(&e);
    assert_int_equal(dd_ndis_initialize(e.a, NULL), -EIO);
    assert_int_equal(events_with_a(DD_EV_LEAK, DD_LEAK_TIMER), 1);
    assert_int_equal(events_with_a(DD_EV_LEAK, DD_LEAK_WORK_ITEM), 1);
    assert_int_equal(events_with_a(DD_EV_LEAK, DD_LEAK_NBL_POOL), 1);
    assert_int_equal(events_with_a(DD_EV_LEAK, DD_LEAK_NBL), MINI_RX);
    assert_int_equal(events_with_a(DD_EV_LEAK, DD_LEAK_MDL), MINI_RX + 1);
    assert_int_equal(events_with_a(DD_EV_LEAK, DD_LEAK_CONFIG), 1);
    assert_int_equal(events_with_a(DD_EV_LEAK, DD_LEAK_IO_MAP), 1);
    assert_int_equal(events_with_a(DD_EV_LEAK, DD_LEAK_PORT_RANGE), 1);
    assert_int_equal(events_with_a(DD_EV_LEAK, DD_LEAK_INTERRUPT), 1);
    assert_int_equal(events_with_a(DD_EV_LEAK, DD_LEAK_RWLOCK), 1);
    assert_int_equal(events_with_a(DD_EV_LEAK, DD_LEAK_POOL), 2);
    assert_int_equal(events_nth(DD_EV_LEAK, 0)->ev.c, 1);
    mini_knobs.keep_at_halt = 0;
    mini_knobs.take = 0;
    assert_int_equal(edge_stop(&e), 0);
}

static void test_leak_names_where_it_was_made(void **state)
{
    const struct recorded *leak;

    (void)state;
    mini_knobs.take = MINI_WORK;
    mini_knobs.keep_at_halt = MINI_WORK;
    edge_run(&e);
    assert_int_equal(dd_ndis_halt(e.a, NdisHaltDeviceDisabled), 0);
    leak = events_nth(DD_EV_LEAK, 0);
    assert_non_null(leak);
    assert_string_equal(leak->text, "work item");
    assert_non_null(leak->ev.site);
    assert_ptr_equal(leak->ev.adapter, e.a);
    assert_int_equal(leak->ev.c, 0);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_init_without_general_attributes_is_reported(void **state)
{
    (void)state;
    mini_knobs.skip_general = TRUE;
    edge_load(&e);
    assert_int_equal(dd_ndis_initialize(e.a, NULL), 0);
    assert_int_equal(events_count(DD_EV_INIT_NO_GENERAL), 1);
    assert_int_equal(edge_stop(&e), 0);
}

/* every allocation of init fails once: init fails, nothing is left */
static void test_init_survives_every_single_failure(void **state)
{
    static const enum dd_fail_point points[] = {
        DD_FAIL_ATTRIBUTES,  DD_FAIL_POOL,   DD_FAIL_MDL,        DD_FAIL_NBL_POOL,
        DD_FAIL_NBL,         DD_FAIL_TIMER,  DD_FAIL_WORK_ITEM,  DD_FAIL_RWLOCK,
        DD_FAIL_CONFIG_OPEN, DD_FAIL_MAP_IO, DD_FAIL_PORT_RANGE, DD_FAIL_INTERRUPT_REGISTER,
    };

    (void)state;
    mini_knobs.take = MINI_ALL;
    edge_load(&e);
    for (size_t i = 0; i < DD_ARRAY_LEN(points); i++) {
        events_clear();
        events_fail_at(points[i], 1);
        assert_int_equal(dd_ndis_initialize(e.a, NULL), -EIO);
        assert_int_equal(events_count(DD_EV_LEAK), 0);
    }
    events_fail_at(DD_FAIL_POOL, 0);
    assert_int_equal(dd_ndis_initialize(e.a, NULL), 0);
    assert_int_equal(edge_stop(&e), 0);
}

/* --- pended operations: finished from another context --- */

static LONG pended_before;

/* when the driver has answered with PENDING */
static void later(void *arg)
{
    void (*fn)(void) = (void (*)(void))arg;

    while (count_of(&mini.pended) == pended_before) {
        (void)dd_sched_park(dd_sched_now() + DD_NS_PER_MS / 5);
    }
    fn();
}

static struct dd_ctx *spawn(void (*fn)(void))
{
    struct dd_ctx *ctx;

    pended_before = count_of(&mini.pended);
    assert_int_equal(dd_ctx_spawn("later", 1, later, (void *)fn, &ctx), 0);
    return ctx;
}

static void finish_pause(void)
{
    mini_complete_kept(NDIS_STATUS_PAUSED);
    mini_pause_complete();
}

static void finish_restart(void)
{
    mini_restart_complete(NDIS_STATUS_SUCCESS);
}

static void fail_restart(void)
{
    mini_restart_complete(NDIS_STATUS_RESOURCES);
}

static void test_pended_pause_waits_for_completion(void **state)
{
    struct dd_ctx *ctx;

    (void)state;
    mini_knobs.pause = MINI_PEND;
    mini_knobs.send = MINI_SEND_KEEP;
    edge_run(&e);
    edge_send(&e, 5);
    assert_int_equal(dd_ndis_sends_outstanding(e.a), 5);
    ctx = spawn(finish_pause);
    assert_int_equal(dd_ndis_pause(e.a, NULL), 0);
    dd_ctx_join(ctx);
    assert_state(DD_STATE_PAUSED);
    assert_int_equal(e.completed, 5);
    assert_int_equal(e.last_send_status, NDIS_STATUS_PAUSED);
    assert_int_equal(events_nth(DD_EV_PAUSED_WITH, 0)->ev.a, 0);
    assert_int_equal(events_count(DD_EV_COMPLETE_UNEXPECTED), 0);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_pended_restart(void **state)
{
    struct dd_ctx *ctx;

    (void)state;
    edge_load(&e);
    assert_int_equal(dd_ndis_initialize(e.a, NULL), 0);
    mini_knobs.restart = MINI_PEND;
    ctx = spawn(finish_restart);
    assert_int_equal(dd_ndis_restart(e.a, NULL), 0);
    dd_ctx_join(ctx);
    assert_state(DD_STATE_RUNNING);
    assert_int_equal(dd_ndis_pause(e.a, NULL), 0);
    ctx = spawn(fail_restart);
    assert_int_equal(dd_ndis_restart(e.a, NULL), -EIO);
    dd_ctx_join(ctx);
    assert_state(DD_STATE_PAUSED);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_failed_restart_goes_back_to_paused(void **state)
{
    NDIS_STATUS status = 0;

    (void)state;
    mini_knobs.restart = MINI_FAIL;
    edge_load(&e);
    assert_int_equal(dd_ndis_initialize(e.a, NULL), 0);
    assert_int_equal(dd_ndis_restart(e.a, &status), -EIO);
    assert_int_equal(status, NDIS_STATUS_RESOURCES);
    assert_state(DD_STATE_PAUSED);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_pause_that_never_completes_is_given_up(void **state)
{
    (void)state;
    mini_knobs.pause = MINI_NEVER;
    edge_run(&e);
    assert_int_equal(dd_ndis_pause(e.a, NULL), -ETIMEDOUT);
    assert_int_equal(events_with_a(DD_EV_WATCHDOG, DD_ROLE_PAUSE), 1);
    mini_pause_complete();
    assert_int_equal(events_with_a(DD_EV_COMPLETE_UNEXPECTED, DD_ROLE_PAUSE), 1);
    assert_int_equal(edge_stop(&e), 0);
    assert_int_equal(mini.halts, 1);
}

static void test_pause_must_not_fail(void **state)
{
    (void)state;
    mini_knobs.pause = MINI_FAIL;
    edge_run(&e);
    (void)dd_ndis_pause(e.a, NULL);
    assert_int_equal(events_count(DD_EV_PAUSE_BAD_RETURN), 1);
    assert_state(DD_STATE_PAUSED);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_completions_nobody_waits_for(void **state)
{
    (void)state;
    edge_run(&e);
    mini_pause_complete();
    mini_restart_complete(NDIS_STATUS_SUCCESS);
    mini_reset_complete(NDIS_STATUS_SUCCESS);
    assert_int_equal(events_with_a(DD_EV_COMPLETE_UNEXPECTED, DD_ROLE_PAUSE), 1);
    assert_int_equal(events_with_a(DD_EV_COMPLETE_UNEXPECTED, DD_ROLE_RESTART), 1);
    assert_int_equal(events_with_a(DD_EV_COMPLETE_UNEXPECTED, DD_ROLE_RESET), 1);
    assert_state(DD_STATE_RUNNING);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_pause_with_sends_held_is_reported(void **state)
{
    (void)state;
    edge_run(&e);
    mini_knobs.send = MINI_SEND_KEEP;
    mini_knobs.pause = MINI_PEND;
    edge_send(&e, 3);
    struct dd_ctx *ctx = spawn(mini_pause_complete);
    assert_int_equal(dd_ndis_pause(e.a, NULL), 0);
    dd_ctx_join(ctx);
    assert_int_equal(events_nth(DD_EV_PAUSED_WITH, 0)->ev.a, 3);
    mini_complete_kept(NDIS_STATUS_PAUSED);
    assert_int_equal(e.completed, 3);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_thousand_pauses_and_restarts(void **state)
{
    (void)state;
    edge_run(&e);
    for (unsigned i = 0; i < 1000; i++) {
        mini_knobs.send = MINI_SEND_KEEP;
        edge_send(&e, 2);
        assert_int_equal(dd_ndis_pause(e.a, NULL), 0);
        assert_int_equal(dd_ndis_restart(e.a, NULL), 0);
        events_clear();
    }
    assert_int_equal(e.completed, 2000);
    assert_int_equal(edge_stop(&e), 0);
}

/* --- reset --- */

static void test_reset_raises_start_and_end(void **state)
{
    NDIS_STATUS status = -1;

    (void)state;
    edge_run(&e);
    mini_knobs.send = MINI_SEND_KEEP;
    edge_send(&e, 2);
    assert_int_equal(dd_ndis_reset(e.a, &status), 0);
    assert_int_equal(status, NDIS_STATUS_SUCCESS);
    assert_int_equal(e.statuses, 2);
    assert_int_equal(e.last_status_code, NDIS_STATUS_RESET_END);
    assert_int_equal(e.last_send_status, NDIS_STATUS_RESET_IN_PROGRESS);
    assert_int_equal(events_nth(DD_EV_RESET_DONE, 0)->ev.b, 0);
    assert_int_equal(edge_stop(&e), 0);
}

static void finish_reset(void)
{
    mini_reset_complete(NDIS_STATUS_SUCCESS);
}

static void test_pended_reset_that_holds_sends(void **state)
{
    struct dd_ctx *ctx;

    (void)state;
    edge_run(&e);
    mini_knobs.send = MINI_SEND_KEEP;
    mini_knobs.reset = MINI_PEND;
    edge_send(&e, 2);
    ctx = spawn(finish_reset);
    assert_int_equal(dd_ndis_reset(e.a, NULL), 0);
    dd_ctx_join(ctx);
    assert_int_equal(events_nth(DD_EV_RESET_DONE, 0)->ev.b, 2);
    mini_complete_kept(NDIS_STATUS_SUCCESS);
    assert_int_equal(dd_ndis_sends_outstanding(e.a), 0);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_addressing_reset_sets_the_filter_again(void **state)
{
    (void)state;
    edge_run(&e);
    dd_ndis_start_sequence(e.a);
    assert_int_equal(mini.filter, e.config.packet_filter);
    mini.filter = 0;
    mini.multicast_bytes = 0;
    mini_knobs.addressing_reset = TRUE;
    assert_int_equal(dd_ndis_reset(e.a, NULL), 0);
    assert_int_equal(mini.filter, e.config.packet_filter);
    assert_int_equal(mini.multicast_bytes, 24);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_failed_reset(void **state)
{
    NDIS_STATUS status = 0;

    (void)state;
    mini_knobs.reset = MINI_FAIL;
    edge_run(&e);
    assert_int_equal(dd_ndis_reset(e.a, &status), -EIO);
    assert_int_equal(status, NDIS_STATUS_HARD_ERRORS);
    mini_knobs.reset = MINI_NEVER;
    assert_int_equal(dd_ndis_reset(e.a, &status), -ETIMEDOUT);
    assert_int_equal(events_with_a(DD_EV_WATCHDOG, DD_ROLE_RESET), 1);
    assert_int_equal(edge_stop(&e), 0);
}

static bool was_reset(void *arg)
{
    (void)arg;
    return count_of(&mini.resets) > 0 && e.last_status_code == NDIS_STATUS_RESET_END;
}

static void test_hung_adapter_is_reset(void **state)
{
    (void)state;
    e.config.hang_check_ms = 5;
    mini_knobs.hung = TRUE;
    edge_run(&e);
    assert_true(wait_until(was_reset, NULL));
    assert_true(count_of(&mini.hang_checks) > 0);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_reset_asked_for_right_before_halt(void **state)
{
    (void)state;
    edge_load(&e);
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(dd_ndis_initialize(e.a, NULL), 0);
        NdisMResetMiniport(mini.adapter);
        assert_int_equal(dd_ndis_halt(e.a, NdisHaltDeviceDisabled), 0);
    }
    assert_int_equal(edge_stop(&e), 0);
}

static void test_driver_asks_for_reset(void **state)
{
    (void)state;
    edge_run(&e);
    NdisMResetMiniport(mini.adapter);
    assert_true(wait_until(was_reset, NULL));
    assert_int_equal(edge_stop(&e), 0);
}

/* --- the ends --- */

static void test_surprise_removal(void **state)
{
    (void)state;
    mini_knobs.take = MINI_ALL;
    edge_run(&e);
    mini_knobs.send = MINI_SEND_KEEP;
    edge_send(&e, 3);
    assert_int_equal(dd_ndis_surprise_remove(e.a), 0);
    assert_int_equal(mini.pnp_events, 1);
    assert_int_equal(mini.halt_action, NdisHaltDeviceSurpriseRemoved);
    assert_int_equal(e.completed, 3);
    assert_state(DD_STATE_HALTED);
    assert_int_equal(edge_stop(&e), 0);
    assert_int_equal(events_count(DD_EV_LEAK), 0);
}

static void test_shutdown_ends_all(void **state)
{
    (void)state;
    mini_knobs.take = MINI_TIMER | MINI_INTERRUPT;
    edge_run(&e);
    assert_int_equal(dd_ndis_shutdown(e.a, NdisShutdownPowerOff), 0);
    assert_int_equal(mini.shutdowns, 1);
    assert_state(DD_STATE_SHUTDOWN);
    assert_int_equal(dd_ndis_pause(e.a, NULL), -EPROTO);
    edge_send(&e, 1);
    assert_int_equal(e.last_send_status, NDIS_STATUS_PAUSED);
    assert_int_equal(mini.sends, 0);
    assert_int_equal(edge_stop(&e), 0);
    assert_int_equal(events_count(DD_EV_LEAK), 0);
}

static bool is_halted(void *arg)
{
    (void)arg;
    return e.a->state == DD_STATE_HALTED;
}

static void test_driver_asks_to_be_removed(void **state)
{
    (void)state;
    edge_run(&e);
    assert_int_equal(NdisMRemoveMiniport(mini.adapter), NDIS_STATUS_SUCCESS);
    assert_true(dd_ndis_remove_requested(e.a));
    assert_true(wait_until(is_halted, NULL));
    assert_int_equal(mini.halt_action, NdisHaltDeviceFailed);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_unload_without_deregister_is_a_leak(void **state)
{
    (void)state;
    mini_knobs.take = MINI_GENERIC;
    mini_knobs.keep_at_halt = MINI_GENERIC;
    mini_knobs.no_deregister = TRUE;
    edge_run(&e);
    assert_int_equal(edge_stop(&e), 2);
    assert_string_equal(events_nth(DD_EV_LEAK, 0)->text, "miniport driver registration");
    assert_string_equal(events_nth(DD_EV_LEAK, 1)->text, "generic object");
}

static void test_stale_handles_are_seen(void **state)
{
    NDIS_HANDLE stale;

    (void)state;
    edge_run(&e);
    stale = mini.adapter;
    assert_int_equal(edge_stop(&e), 0);
    events_clear();
    NdisMPauseComplete(stale);
    NdisMSendNetBufferListsComplete((NDIS_HANDLE)(uintptr_t)0x1234, NULL, 0);
    NdisMPauseComplete(NULL);
    assert_int_equal(events_bad("not an adapter handle"), 3);
}

static void test_status_indications_are_checked(void **state)
{
    NDIS_STATUS_INDICATION i = {0};

    (void)state;
    edge_run(&e);
    mini_link(MediaConnectStateDisconnected);
    assert_int_equal(e.statuses, 1);
    assert_int_equal(e.a->link.MediaConnectState, MediaConnectStateDisconnected);
    NdisMIndicateStatusEx(mini.adapter, &i);
    assert_int_equal(events_nth(DD_EV_STATUS, 1)->ev.c, DD_STATUS_HEADER);
    i.Header.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION;
    i.Header.Revision = 1;
    i.Header.Size = NDIS_SIZEOF_STATUS_INDICATION_REVISION_1;
    i.StatusCode = NDIS_STATUS_RESET_START;
    NdisMIndicateStatusEx(mini.adapter, &i);
    assert_int_equal(events_nth(DD_EV_STATUS, 2)->ev.c, DD_STATUS_NDIS_ONLY);
    i.StatusCode = NDIS_STATUS_MEDIA_CONNECT;
    NdisMIndicateStatusEx(mini.adapter, &i);
    assert_int_equal(events_nth(DD_EV_STATUS, 3)->ev.c, DD_STATUS_NDIS5);
    i.StatusCode = NDIS_STATUS_LINK_STATE;
    NdisMIndicateStatusEx(mini.adapter, &i);
    assert_int_equal(events_nth(DD_EV_STATUS, 4)->ev.c, DD_STATUS_SIZE);
    assert_int_equal(e.statuses, 1);
    assert_int_equal(dd_ndis_halt(e.a, NdisHaltDeviceDisabled), 0);
    mini_link(MediaConnectStateConnected);
    assert_int_equal(events_nth(DD_EV_STATUS, 5)->ev.c, DD_STATUS_AFTER_HALT);
    assert_int_equal(edge_stop(&e), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_whole_life_leaks_nothing),
        T(test_steps_are_refused_in_the_wrong_state),
        T(test_adapter_can_be_initialized_again_after_halt),
        T(test_init_failure_halts_without_halt_call),
        T(test_init_failure_names_every_leak),
        T(test_leak_names_where_it_was_made),
        T(test_init_without_general_attributes_is_reported),
        T(test_init_survives_every_single_failure),
        T(test_pended_pause_waits_for_completion),
        T(test_pended_restart),
        T(test_failed_restart_goes_back_to_paused),
        T(test_pause_that_never_completes_is_given_up),
        T(test_pause_must_not_fail),
        T(test_completions_nobody_waits_for),
        T(test_pause_with_sends_held_is_reported),
        T(test_thousand_pauses_and_restarts),
        T(test_reset_raises_start_and_end),
        T(test_pended_reset_that_holds_sends),
        T(test_addressing_reset_sets_the_filter_again),
        T(test_failed_reset),
        T(test_hung_adapter_is_reset),
        T(test_reset_asked_for_right_before_halt),
        T(test_driver_asks_for_reset),
        T(test_surprise_removal),
        T(test_shutdown_ends_all),
        T(test_driver_asks_to_be_removed),
        T(test_unload_without_deregister_is_a_leak),
        T(test_stale_handles_are_seen),
        T(test_status_indications_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
