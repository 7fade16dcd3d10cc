/* SPDX-License-Identifier: MIT */
/* Poll mode: when NdisPoll is called, what becomes of what it gives, and when it ends. */
#include "edge.h"

#include "ndis/nobj.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct edge e;
static NDIS_POLL_HANDLE handle;

/* what the driver's side does, and saw */
static struct {
    _Atomic(int) polls, enables, inside;
    _Atomic(int) busy;          /* calls that claim more work */
    _Atomic(int) request_again; /* calls that request another one */
    _Atomic(int) cpu;
    _Atomic(unsigned) max_tx, max_rx;
    bool send, receive, lie, too_many, overlap;
    KIRQL irql;
    BOOLEAN enabled;
    UCHAR type, revision;
    USHORT size;
} d;

static VOID NTAPI on_poll(PVOID context, NDIS_POLL_DATA *data)
{
    assert_ptr_equal(context, &d);
    d.overlap |= d.inside++ != 0;
    d.irql = KeGetCurrentIrql();
    d.cpu = (int)KeGetCurrentProcessorNumberEx(NULL);
    d.type = data->Header.Type;
    d.revision = data->Header.Revision;
    d.size = data->Header.Size;
    d.max_tx = data->Transmit.MaxNblsToComplete;
    d.max_rx = data->Receive.MaxNblsToIndicate;
    if (d.send && mini.kept != NULL) {
        data->Transmit.CompletedNblChain = mini.kept;
        data->Transmit.NumberOfCompletedNbls = NDIS_ANY_NUMBER_OF_NBLS;
        mini.kept = NULL;
    }
    if (d.receive) {
        for (ULONG i = 0; i < 3; i++) {
            NET_BUFFER_LIST_NEXT_NBL(mini.rx[i]) = i < 2 ? mini.rx[i + 1] : NULL;
            NET_BUFFER_LIST_STATUS(mini.rx[i]) = NDIS_STATUS_SUCCESS;
        }
        data->Receive.IndicatedNblChain = mini.rx[0];
        data->Receive.NumberOfIndicatedNbls = d.lie ? 2 : 3;
        d.receive = false;
    }
    if (d.busy > 0) {
        d.busy--;
        data->Receive.NumberOfRemainingNbls = NDIS_ANY_NUMBER_OF_NBLS;
    }
    if (d.request_again > 0) {
        d.request_again--;
        NdisRequestPoll(handle, NULL);
    }
    d.polls++;
    d.inside--;
}

static VOID NTAPI on_notification(PVOID context, NDIS_POLL_NOTIFICATION *notification)
{
    assert_ptr_equal(context, &d);
    d.enabled = notification->Enabled;
    d.enables++;
}

static NDIS_POLL_CHARACTERISTICS characteristics(void)
{
    return (NDIS_POLL_CHARACTERISTICS){.Header = {NDIS_OBJECT_TYPE_DEFAULT, 1,
                                                  NDIS_SIZEOF_NDIS_POLL_CHARACTERISTICS_REVISION_1},
                                       .SetPollNotificationHandler = on_notification,
                                       .PollHandler = on_poll};
}

static NDIS_STATUS register_it(void)
{
    NDIS_POLL_CHARACTERISTICS c = characteristics();

    return NdisRegisterPoll(mini.adapter, &d, &c, &handle);
}

static int setup(void **state)
{
    (void)state;
    edge_setup(&e, 2, false);
    memset(&d, 0, sizeof(d));
    mini_knobs.take = MINI_INTERRUPT | MINI_NBL_POOL;
    mini_knobs.send = MINI_SEND_KEEP;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    edge_teardown(&e);
    assert_int_equal(dd_nobj_count(DD_SLOT_POLL, NULL), 0);
    return 0;
}

static bool enables_reach(void *arg)
{
    return d.enables >= (int)(intptr_t)arg;
}

static void wait_enables(intptr_t n)
{
    assert_true(wait_until(enables_reach, (void *)n));
}

static void begin(void)
{
    edge_run(&e);
    assert_int_equal(register_it(), NDIS_STATUS_SUCCESS);
}

static void end(void)
{
    NdisDeregisterPoll(handle);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_a_request_is_one_poll_and_then_the_interrupt(void **state)
{
    (void)state;
    begin();
    assert_int_equal(d.polls, 0);
    NdisRequestPoll(handle, NULL);
    wait_enables(1);
    assert_int_equal(d.polls, 1);
    assert_int_equal(d.irql, DISPATCH_LEVEL);
    assert_int_equal(d.enabled, TRUE);
    assert_int_equal(d.type, NDIS_OBJECT_TYPE_DEFAULT);
    assert_int_equal(d.revision, 1);
    assert_int_equal(d.size, NDIS_SIZEOF_NDIS_POLL_DATA_REVISION_1);
    assert_true(d.max_tx > 0 && d.max_rx > 0);
    end();
}

static void test_progress_is_polled_again(void **state)
{
    (void)state;
    begin();
    d.busy = 100; /* more than is polled in one DPC */
    NdisRequestPoll(handle, NULL);
    wait_enables(1);
    assert_int_equal(d.polls, 101);
    assert_int_equal(d.enables, 1);
    assert_false(d.overlap);
    end();
}

static void test_a_request_inside_is_another_poll(void **state)
{
    (void)state;
    begin();
    d.request_again = 3;
    NdisRequestPoll(handle, NULL);
    wait_enables(1);
    assert_int_equal(d.polls, 4);
    end();
}

static void test_sends_are_completed(void **state)
{
    (void)state;
    begin();
    edge_send(&e, 5);
    assert_int_equal(e.completed, 0);
    d.send = true;
    NdisRequestPoll(handle, NULL);
    wait_enables(1);
    assert_int_equal(e.completed, 5);
    assert_int_equal(e.complete_irql, DISPATCH_LEVEL);
    assert_int_equal(d.polls, 2);
    end();
}

static void test_receives_are_indicated(void **state)
{
    (void)state;
    begin();
    d.receive = true;
    NdisRequestPoll(handle, NULL);
    wait_enables(1);
    assert_int_equal(e.received, 3);
    assert_int_equal(count_of(&mini.returned), 3);
    assert_int_equal(events_count(DD_EV_THROTTLE_BROKEN), 0);
    end();
    assert_int_equal(events_bad("NdisPoll"), 0);
}

static void test_a_wrong_number_is_told(void **state)
{
    (void)state;
    begin();
    d.receive = d.lie = true;
    NdisRequestPoll(handle, NULL);
    wait_enables(1);
    assert_int_equal(e.received, 3);
    assert_int_equal(events_bad("not the length of its chain"), 1);
    end();
}

static void test_more_than_the_maximum_is_told(void **state)
{
    (void)state;
    e.config.rx_max_nbls = 2;
    begin();
    d.receive = true;
    NdisRequestPoll(handle, NULL);
    wait_enables(1);
    assert_int_equal(d.max_rx, 2);
    assert_int_equal(events_count(DD_EV_THROTTLE_BROKEN), 1);
    end();
}

static void test_affinity_moves_it(void **state)
{
    PROCESSOR_NUMBER one = {.Number = 1}, none = {.Number = 7};

    (void)state;
    begin();
    NdisSetPollAffinity(handle, &one);
    NdisRequestPoll(handle, NULL);
    wait_enables(1);
    assert_int_equal(d.cpu, 1);
    NdisSetPollAffinity(handle, &none);
    assert_int_equal(events_bad("a processor that is not there"), 1);
    end();
}

static void test_deregistering_stops_it(void **state)
{
    int polls;

    (void)state;
    begin();
    d.busy = MAXLONG;
    events_mute(true);
    NdisRequestPoll(handle, NULL);
    NdisDeregisterPoll(handle);
    events_mute(false);
    polls = d.polls;
    dd_dpc_flush();
    assert_int_equal(d.polls, polls);
    assert_int_equal(d.inside, 0);
    NdisRequestPoll(handle, NULL);
    NdisDeregisterPoll(handle);
    assert_int_equal(events_bad("not a registered poll object"), 2);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_one_that_is_left_is_a_leak(void **state)
{
    (void)state;
    begin();
    NdisRequestPoll(handle, NULL);
    wait_enables(1);
    assert_int_equal(edge_stop(&e), 0); /* of the driver; this one is the adapter's */
    assert_int_equal(events_count(DD_EV_LEAK), 1);
    assert_string_equal(events_nth(DD_EV_LEAK, 0)->text, "poll object");
}

static void test_bad_registrations_fail(void **state)
{
    NDIS_POLL_CHARACTERISTICS c = characteristics();

    (void)state;
    edge_run(&e);
    c.Header.Size = 8;
    assert_int_equal(NdisRegisterPoll(mini.adapter, &d, &c, &handle), NDIS_STATUS_BAD_VERSION);
    c = characteristics();
    c.PollHandler = NULL;
    assert_int_equal(NdisRegisterPoll(mini.adapter, &d, &c, &handle),
                     NDIS_STATUS_BAD_CHARACTERISTICS);
    assert_int_equal(NdisRegisterPoll(&d, &d, &c, &handle), NDIS_STATUS_INVALID_PARAMETER);
    events_fail_at(DD_FAIL_POLL_REGISTER, 1);
    assert_int_equal(register_it(), NDIS_STATUS_RESOURCES);
    assert_int_equal(edge_stop(&e), 0);
}

static void ask(void *arg)
{
    for (unsigned i = 0; i < 2000; i++) {
        NdisRequestPoll(arg, NULL);
    }
}

static void test_requests_from_everywhere_are_never_lost(void **state)
{
    struct dd_thread *t[3];
    int polls;

    (void)state;
    begin();
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(dd_thread_start("asks", ask, handle, &t[i]), 0);
    }
    for (unsigned i = 0; i < 3; i++) {
        dd_thread_join(t[i]);
    }
    dd_dpc_flush();
    polls = d.polls;
    assert_true(polls >= 1);
    assert_false(d.overlap);
    wait_enables(1);
    d.enables = 0;
    NdisRequestPoll(handle, NULL);
    wait_enables(1);
    assert_true(d.polls > polls);
    end();
}

#define poll_test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        poll_test(test_a_request_is_one_poll_and_then_the_interrupt),
        poll_test(test_progress_is_polled_again),
        poll_test(test_a_request_inside_is_another_poll),
        poll_test(test_sends_are_completed),
        poll_test(test_receives_are_indicated),
        poll_test(test_a_wrong_number_is_told),
        poll_test(test_more_than_the_maximum_is_told),
        poll_test(test_affinity_moves_it),
        poll_test(test_deregistering_stops_it),
        poll_test(test_one_that_is_left_is_a_leak),
        poll_test(test_bad_registrations_fail),
        poll_test(test_requests_from_everywhere_are_never_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
