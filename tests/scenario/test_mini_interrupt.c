/* SPDX-License-Identifier: MIT */
/* Interrupts of a miniport: what is granted, ISRs and DPCs, throttle, the MSI-X table, resource
 * filtering. */
#include "edge.h"

#include "ndis/adapter_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct edge e;

static int setup_line(void **state)
{
    (void)state;
    edge_setup(&e, 2, false);
    mini_knobs.take = MINI_INTERRUPT | MINI_NBL_POOL;
    return 0;
}

static int setup_messages(void **state)
{
    (void)state;
    edge_setup(&e, 2, true);
    mini_knobs.take = MINI_INTERRUPT | MINI_NBL_POOL;
    mini_knobs.msi = TRUE;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    edge_teardown(&e);
    return 0;
}

static bool dpcs_reach(void *arg)
{
    return count_of(&mini.dpcs) >= (LONG)(intptr_t)arg;
}

static bool isrs_reach(void *arg)
{
    return count_of(&mini.isrs) >= (LONG)(intptr_t)arg;
}

static void wait_dpcs(intptr_t n)
{
    assert_true(wait_until(dpcs_reach, (void *)n));
}

static void raise_line(void)
{
    dd_ndis_device_interrupt(e.a, 0, true);
    assert_true(wait_until(isrs_reach, (void *)1));
    dd_ndis_device_interrupt(e.a, 0, false);
}

static void test_line_interrupt_runs_isr_and_dpc(void **state)
{
    struct dd_ndis_stats stats;

    (void)state;
    edge_run(&e);
    assert_int_equal(mini.ic.InterruptType, NDIS_CONNECT_LINE_BASED);
    assert_null(mini.ic.MessageInfoTable);
    assert_int_equal(mini.interrupts_given, 1);
    assert_int_equal(mini.interrupt_flags, CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE);
    raise_line();
    wait_dpcs(1);
    assert_true(mini.isr_irql > DISPATCH_LEVEL);
    assert_int_equal(mini.dpc_irql, DISPATCH_LEVEL);
    assert_null(mini.last_dpc_context);
    assert_int_equal(mini.max_nbls, NDIS_INDICATE_ALL_NBLS);
    assert_int_equal(edge_stop(&e), 0);
    (void)stats;
    assert_true(events_count(DD_EV_INTERRUPT) >= 1);
    assert_int_equal(events_nth(DD_EV_INTERRUPT, 0)->ev.b, 1);
    assert_int_equal(events_nth(DD_EV_INTERRUPT, 0)->ev.c, 1);
    assert_true(events_count(DD_EV_DPC) >= 1);
}

static void test_missing_enable_handlers_are_told_and_do_not_matter(void **state)
{
    unsigned before;

    (void)state;
    before = events_count(DD_EV_OBJECT_BAD);
    mini_knobs.no_enable = TRUE;
    edge_run(&e);
    assert_int_equal(events_count(DD_EV_OBJECT_BAD), before + 1);
    raise_line();
    wait_dpcs(1);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_line_that_is_high_at_registration(void **state)
{
    (void)state;
    edge_load(&e);
    dd_ndis_device_interrupt(e.a, 0, true);
    assert_int_equal(dd_ndis_initialize(e.a, NULL), 0);
    assert_true(wait_until(isrs_reach, (void *)1));
    dd_ndis_device_interrupt(e.a, 0, false);
    wait_dpcs(1);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_messages_are_granted_by_vector(void **state)
{
    (void)state;
    edge_run(&e);
    assert_int_equal(mini.ic.InterruptType, NDIS_CONNECT_MESSAGE_BASED);
    assert_int_equal(mini.interrupts_given, FAKE_VECTORS);
    assert_int_equal(mini.interrupt_flags,
                     CM_RESOURCE_INTERRUPT_LATCHED | CM_RESOURCE_INTERRUPT_MESSAGE);
    assert_non_null(mini.ic.MessageInfoTable);
    assert_int_equal(mini.ic.MessageInfoTable->MessageCount, FAKE_VECTORS);
    assert_int_equal(e.dev.mode, DD_IRQ_MSIX);
    assert_int_equal(e.dev.vectors, FAKE_VECTORS);
    for (unsigned i = 0; i < FAKE_VECTORS; i++) {
        const IO_INTERRUPT_MESSAGE_INFO_ENTRY *m = &mini.ic.MessageInfoTable->MessageInfo[i];

        assert_int_equal(e.dev.table[i * 4], m->MessageAddress.QuadPart);
        assert_int_equal(e.dev.table[i * 4 + 2], m->MessageData);
        assert_int_equal(e.dev.table[i * 4 + 3], 0);
        assert_true(m->Irql > DISPATCH_LEVEL);
    }
    dd_ndis_device_interrupt(e.a, 2, true);
    wait_dpcs(1);
    assert_int_equal(mini.last_message, 2);
    assert_int_equal(mini.last_dpc_message, 2);
    assert_int_equal(dd_ndis_halt(e.a, NdisHaltDeviceDisabled), 0);
    assert_int_equal(e.dev.mode, DD_IRQ_LINE);
    dd_ndis_device_interrupt(e.a, 2, true);
    assert_int_equal(count_of(&mini.isrs), 1);
    assert_int_equal(edge_stop(&e), 0);
    assert_int_equal(events_count(DD_EV_LEAK), 0);
}

static void test_msi_is_one_descriptor(void **state)
{
    (void)state;
    e.config.irq_mode = DD_IRQ_MSI;
    edge_run(&e);
    assert_int_equal(mini.interrupts_given, 1);
    assert_int_equal(mini.ic.InterruptType, NDIS_CONNECT_MESSAGE_BASED);
    assert_int_equal(e.dev.mode, DD_IRQ_MSI);
    dd_ndis_device_interrupt(e.a, 0, true);
    wait_dpcs(1);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_driver_without_msi_cannot_use_messages(void **state)
{
    (void)state;
    mini_knobs.msi = FALSE;
    edge_load(&e);
    assert_true(dd_ndis_initialize(e.a, NULL) < 0);
    assert_int_equal(mini.interrupt_status, NDIS_STATUS_NOT_SUPPORTED);
    assert_int_equal(events_count(DD_EV_LEAK), 0);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_filter_that_removes_messages_gets_the_line(void **state)
{
    (void)state;
    mini_knobs.msi = FALSE;
    mini_knobs.add_device = TRUE;
    mini_knobs.drop_messages = TRUE;
    edge_run(&e);
    assert_int_equal(mini.ic.InterruptType, NDIS_CONNECT_LINE_BASED);
    assert_int_equal(mini.interrupts_given, 1);
    raise_line();
    wait_dpcs(1);
    assert_int_equal(edge_stop(&e), 0);
    assert_int_equal(events_count(DD_EV_POOL_BAD_FREE), 0);
}

static void test_filter_that_keeps_messages(void **state)
{
    (void)state;
    mini_knobs.add_device = TRUE;
    edge_run(&e);
    assert_int_equal(mini.interrupts_given, FAKE_VECTORS);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_isr_chooses_the_cpu_of_its_dpc(void **state)
{
    (void)state;
    mini_knobs.targets = 2;
    edge_run(&e);
    dd_ndis_device_interrupt(e.a, 0, true);
    wait_dpcs(1);
    assert_int_equal(mini.dpc_cpu, 1);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_driver_queues_its_dpc(void **state)
{
    GROUP_AFFINITY where = {.Mask = 2};

    (void)state;
    edge_run(&e);
    assert_int_equal(NdisMQueueDpcEx(mini.interrupt, 1, &where, &e), 2);
    wait_dpcs(1);
    assert_int_equal(mini.last_dpc_message, 1);
    assert_ptr_equal(mini.last_dpc_context, &e);
    assert_int_equal(mini.dpc_cpu, 1);
    assert_int_equal(NdisMQueueDpc(mini.interrupt, 0, 3, NULL), 3);
    wait_dpcs(3);
    assert_int_equal(NdisMQueueDpc(mini.interrupt, 99, 1, NULL), 0);
    assert_int_equal(events_bad("not granted"), 1);
    assert_int_equal(edge_stop(&e), 0);
}

static BOOLEAN in_sync(NDIS_HANDLE context)
{
    mini.sync_irql = KeGetCurrentIrql();
    return context == &e;
}

static void test_synchronize_runs_at_dirql(void **state)
{
    NDIS_HANDLE stale;

    (void)state;
    edge_run(&e);
    assert_true(NdisMSynchronizeWithInterruptEx(mini.interrupt, 1, in_sync, &e));
    assert_true(mini.sync_irql > DISPATCH_LEVEL);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_false(NdisMSynchronizeWithInterruptEx(mini.interrupt, 1, in_sync, NULL));
    assert_false(NdisMSynchronizeWithInterruptEx(mini.interrupt, 77, in_sync, &e));
    dd_ndis_enable_interrupts(e.a, false);
    dd_ndis_enable_interrupts(e.a, true);
    assert_int_equal(mini.disables, FAKE_VECTORS);
    assert_int_equal(mini.enables, FAKE_VECTORS);
    stale = mini.interrupt;
    assert_int_equal(edge_stop(&e), 0);
    assert_false(NdisMSynchronizeWithInterruptEx(stale, 0, in_sync, &e));
    assert_int_equal(events_bad("not a registered interrupt"), 1);
}

static void test_more_pending_brings_another_dpc(void **state)
{
    (void)state;
    e.config.rx_max_nbls = 4;
    mini_knobs.more_pending = TRUE;
    mini_knobs.indicate_in_dpc = 4;
    edge_run(&e);
    dd_ndis_device_interrupt(e.a, 0, true);
    wait_dpcs(2);
    assert_int_equal(count_of(&mini.isrs), 1);
    assert_int_equal(mini.max_nbls, 4);
    assert_int_equal(e.received, 8);
    assert_int_equal(edge_stop(&e), 0);
    assert_int_equal(events_count(DD_EV_THROTTLE_BROKEN), 0);
}

static void test_throttle_broken_is_seen(void **state)
{
    (void)state;
    e.config.rx_max_nbls = 2;
    mini_knobs.indicate_in_dpc = 5;
    edge_run(&e);
    dd_ndis_device_interrupt(e.a, 0, true);
    wait_dpcs(1);
    assert_int_equal(edge_stop(&e), 0);
    assert_int_equal(events_count(DD_EV_THROTTLE_BROKEN), 1);
    assert_int_equal(events_nth(DD_EV_THROTTLE_BROKEN, 0)->ev.a, 2);
    assert_int_equal(events_nth(DD_EV_THROTTLE_BROKEN, 0)->ev.b, 5);
}

static void config_entry(NDIS_MSIX_TABLE_OPERATION what, ULONG entry, ULONG message,
                         NDIS_STATUS expected)
{
    NDIS_MSIX_CONFIG_PARAMETERS c = {
        .Header = {NDIS_OBJECT_TYPE_DEFAULT, 1, NDIS_SIZEOF_MSIX_CONFIG_PARAMETERS_REVISION_1},
        .ConfigOperation = what,
        .TableEntry = entry,
        .MessageNumber = message,
    };

    assert_int_equal(NdisMConfigMSIXTableEntry(mini.adapter, &c), expected);
}

static void test_msix_table_entries(void **state)
{
    (void)state;
    edge_run(&e);
    config_entry(NdisMSIXTableConfigSetTableEntry, 0, 3, NDIS_STATUS_SUCCESS);
    dd_ndis_device_interrupt(e.a, 0, true);
    wait_dpcs(1);
    assert_int_equal(mini.last_message, 3);
    assert_int_equal(e.dev.table[2], dd_msi_data(3));
    config_entry(NdisMSIXTableConfigMaskTableEntry, 1, 0, NDIS_STATUS_SUCCESS);
    assert_int_equal(e.dev.table[7], 1);
    dd_ndis_device_interrupt(e.a, 1, true);
    assert_int_equal(count_of(&mini.isrs), 1);
    config_entry(NdisMSIXTableConfigUnmaskTableEntry, 1, 0, NDIS_STATUS_SUCCESS);
    wait_dpcs(2);
    assert_int_equal(mini.last_message, 1);
    config_entry(NdisMSIXTableConfigSetTableEntry, FAKE_VECTORS, 0, NDIS_STATUS_INVALID_PARAMETER);
    config_entry(NdisMSIXTableConfigSetTableEntry, 0, FAKE_VECTORS, NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(edge_stop(&e), 0);
}

/* interrupts on all messages from another thread while the driver halts */
static _Atomic(bool) raising;

static void keep_raising(void *arg)
{
    (void)arg;
    while (raising) {
        for (unsigned i = 0; i < FAKE_VECTORS; i++) {
            dd_ndis_device_interrupt(e.a, i, true);
        }
        dd_thread_yield();
    }
}

static void test_deregister_stops_isrs_and_dpcs(void **state)
{
    struct dd_thread *t;
    LONG isrs, dpcs;

    (void)state;
    edge_load(&e);
    events_mute(true);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(dd_ndis_initialize(e.a, NULL), 0);
        raising = true;
        assert_int_equal(dd_thread_start("device", keep_raising, NULL, &t), 0);
        assert_true(wait_until(dpcs_reach, (void *)(intptr_t)(count_of(&mini.dpcs) + 20)));
        assert_int_equal(dd_ndis_halt(e.a, NdisHaltDeviceDisabled), 0);
        isrs = count_of(&mini.isrs);
        dpcs = count_of(&mini.dpcs);
        (void)dd_sched_park(dd_sched_now() + 1000000);
        assert_int_equal(count_of(&mini.isrs), isrs);
        assert_int_equal(count_of(&mini.dpcs), dpcs);
        raising = false;
        dd_thread_join(t);
    }
    assert_int_equal(edge_stop(&e), 0);
}

#define L(f) cmocka_unit_test_setup_teardown(f, setup_line, teardown)
#define M(f) cmocka_unit_test_setup_teardown(f, setup_messages, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        L(test_line_interrupt_runs_isr_and_dpc),
        L(test_missing_enable_handlers_are_told_and_do_not_matter),
        L(test_line_that_is_high_at_registration),
        M(test_messages_are_granted_by_vector),
        M(test_msi_is_one_descriptor),
        M(test_driver_without_msi_cannot_use_messages),
        M(test_filter_that_removes_messages_gets_the_line),
        M(test_filter_that_keeps_messages),
        M(test_isr_chooses_the_cpu_of_its_dpc),
        M(test_driver_queues_its_dpc),
        M(test_synchronize_runs_at_dirql),
        M(test_more_pending_brings_another_dpc),
        M(test_throttle_broken_is_seen),
        M(test_msix_table_entries),
        M(test_deregister_stops_isrs_and_dpcs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
