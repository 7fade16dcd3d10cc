/* SPDX-License-Identifier: MIT */
/* Interrupts that a miniport connects by itself: IoConnectInterruptEx and its kin. */
#include "edge.h"

#include "ndis/adapter_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct edge e;
static PKINTERRUPT object;
static PIO_INTERRUPT_MESSAGE_INFO table;

static struct {
    _Atomic(int) calls;
    _Atomic(ULONG) message;
    PKINTERRUPT object;
    KIRQL irql;
    _Atomic(int) synchronized;
} seen;

static BOOLEAN NTAPI on_line(PKINTERRUPT interrupt, PVOID context)
{
    assert_ptr_equal(context, &seen);
    seen.object = interrupt;
    seen.irql = KeGetCurrentIrql();
    seen.calls++;
    return TRUE;
}

static BOOLEAN NTAPI on_message(PKINTERRUPT interrupt, PVOID context, ULONG message)
{
    seen.message = message;
    return on_line(interrupt, context);
}

static BOOLEAN NTAPI on_synchronize(PVOID context)
{
    assert_ptr_equal(context, &seen);
    seen.irql = KeGetCurrentIrql();
    seen.synchronized++;
    return TRUE;
}

static int setup_with(bool messages)
{
    edge_setup(&e, 2, messages);
    memset(&seen, 0, sizeof(seen));
    object = NULL;
    table = NULL;
    mini_knobs.take = MINI_NBL_POOL;
    return 0;
}

static int setup_line(void **state)
{
    (void)state;
    return setup_with(false);
}

static int setup_messages(void **state)
{
    (void)state;
    return setup_with(true);
}

static int teardown(void **state)
{
    (void)state;
    edge_teardown(&e);
    return 0;
}

static bool calls_reach(void *arg)
{
    return seen.calls >= (int)(intptr_t)arg;
}

static IO_CONNECT_INTERRUPT_PARAMETERS line(void)
{
    return (IO_CONNECT_INTERRUPT_PARAMETERS){.Version = CONNECT_LINE_BASED,
                                             .LineBased = {.PhysicalDeviceObject = e.a->pdo,
                                                           .InterruptObject = &object,
                                                           .ServiceRoutine = on_line,
                                                           .ServiceContext = &seen}};
}

static IO_CONNECT_INTERRUPT_PARAMETERS messages(void)
{
    return (IO_CONNECT_INTERRUPT_PARAMETERS){
        .Version = CONNECT_MESSAGE_BASED,
        .MessageBased = {.PhysicalDeviceObject = e.a->pdo,
                         .ConnectionContext = {.InterruptMessageTable = &table},
                         .MessageServiceRoutine = on_message,
                         .ServiceContext = &seen}};
}

static void raise_line(intptr_t calls)
{
    dd_ndis_device_interrupt(e.a, 0, true);
    assert_true(wait_until(calls_reach, (void *)calls));
    dd_ndis_device_interrupt(e.a, 0, false);
}

static void disconnect(void *what)
{
    IO_DISCONNECT_INTERRUPT_PARAMETERS p = {.ConnectionContext = {.Generic = what}};

    IoDisconnectInterruptEx(&p);
}

static void test_the_line_reaches_the_routine(void **state)
{
    IO_CONNECT_INTERRUPT_PARAMETERS p;
    int calls;

    (void)state;
    edge_run(&e);
    p = line();
    assert_int_equal(IoConnectInterruptEx(&p), STATUS_SUCCESS);
    assert_non_null(object);
    assert_int_equal(p.Version, CONNECT_LINE_BASED);
    raise_line(1);
    assert_true(seen.irql > DISPATCH_LEVEL);
    assert_ptr_equal(seen.object, object);
    assert_true(KeSynchronizeExecution(object, on_synchronize, &seen));
    assert_int_equal(seen.synchronized, 1);
    assert_true(seen.irql > DISPATCH_LEVEL);
    disconnect(object);
    calls = seen.calls;
    dd_ndis_device_interrupt(e.a, 0, true);
    dd_ndis_device_interrupt(e.a, 0, false);
    assert_int_equal(seen.calls, calls);
    assert_int_equal(edge_stop(&e), 0);
    assert_int_equal(events_count(DD_EV_OBJECT_BAD), 0);
}

static void test_messages_have_a_table(void **state)
{
    IO_CONNECT_INTERRUPT_PARAMETERS p;

    (void)state;
    edge_run(&e);
    p = messages();
    assert_int_equal(IoConnectInterruptEx(&p), STATUS_SUCCESS);
    assert_non_null(table);
    assert_int_equal(table->MessageCount, e.a->irq_vectors);
    dd_ndis_device_interrupt(e.a, 1, true);
    assert_true(wait_until(calls_reach, (void *)1));
    assert_int_equal(seen.message, 1);
    assert_ptr_equal(seen.object, table->MessageInfo[1].InterruptObject);
    disconnect(table);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_messages_fall_back_to_the_line(void **state)
{
    IO_CONNECT_INTERRUPT_PARAMETERS p;

    (void)state;
    edge_run(&e);
    p = messages();
    assert_int_equal(IoConnectInterruptEx(&p), STATUS_NOT_FOUND);
    p.MessageBased.FallBackServiceRoutine = on_line;
    p.MessageBased.ConnectionContext.InterruptObject = &object;
    assert_int_equal(IoConnectInterruptEx(&p), STATUS_SUCCESS);
    assert_int_equal(p.Version, CONNECT_LINE_BASED);
    raise_line(1);
    disconnect(object);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_the_old_form_finds_the_adapter_by_its_vector(void **state)
{
    const CM_PARTIAL_RESOURCE_LIST *part;
    ULONG vector = 0;

    (void)state;
    edge_run(&e);
    part = &e.a->priv->translated->List[0].PartialResourceList;
    for (ULONG i = 0; i < part->Count; i++) {
        if (part->PartialDescriptors[i].Type == CmResourceTypeInterrupt) {
            vector = part->PartialDescriptors[i].u.Interrupt.Vector;
        }
    }
    assert_int_equal(IoConnectInterrupt(&object, on_line, &seen, NULL, vector + 1, 5, 5,
                                        LevelSensitive, TRUE, 1, FALSE),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(IoConnectInterrupt(&object, on_line, &seen, NULL, vector, 5, 5, LevelSensitive,
                                        TRUE, 1, FALSE),
                     STATUS_SUCCESS);
    raise_line(1);
    IoDisconnectInterrupt(object);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_what_cannot_be_connected(void **state)
{
    IO_CONNECT_INTERRUPT_PARAMETERS p;

    (void)state;
    edge_run(&e);
    p = line();
    p.Version = 9;
    assert_int_equal(IoConnectInterruptEx(&p), STATUS_INVALID_PARAMETER);
    p = line();
    p.LineBased.PhysicalDeviceObject = NULL;
    assert_int_equal(IoConnectInterruptEx(&p), STATUS_INVALID_PARAMETER);
    assert_int_equal(events_bad("no PDO"), 1);
    p = line();
    events_fail_at(DD_FAIL_INTERRUPT_CONNECT, 1);
    assert_int_equal(IoConnectInterruptEx(&p), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(IoConnectInterruptEx(&p), STATUS_SUCCESS);
    assert_int_equal(IoConnectInterruptEx(&p), STATUS_INVALID_PARAMETER);
    assert_int_equal(events_bad("a second interrupt registration"), 1);
    disconnect(&p);
    assert_int_equal(events_bad("not an interrupt that IoConnectInterrupt"), 1);
    assert_int_equal(edge_stop(&e), 0);
    assert_int_equal(events_with_a(DD_EV_LEAK, DD_LEAK_INTERRUPT), 1);
}

#define line_test(fn)    cmocka_unit_test_setup_teardown(fn, setup_line, teardown)
#define message_test(fn) cmocka_unit_test_setup_teardown(fn, setup_messages, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        line_test(test_the_line_reaches_the_routine),
        message_test(test_messages_have_a_table),
        line_test(test_messages_fall_back_to_the_line),
        line_test(test_the_old_form_finds_the_adapter_by_its_vector),
        line_test(test_what_cannot_be_connected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
