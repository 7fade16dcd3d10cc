/* SPDX-License-Identifier: MIT */
/* OID requests: who answers, pending, doubled and lost completions, byte counts, the start
 * sequence. */
#include "edge.h"

#include "ndis/adapter_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

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

static unsigned problems(enum dd_oid_problem problem)
{
    unsigned n = 0;

    for (unsigned i = 0; i < events_count(DD_EV_OID); i++) {
        n += events_nth(DD_EV_OID, i)->ev.c == problem;
    }
    return n;
}

static NDIS_STATUS query_ulong(NDIS_OID oid, ULONG *ret_value)
{
    ULONG n = 0;
    NDIS_STATUS status = dd_ndis_query(e.a, oid, ret_value, sizeof(*ret_value), &n);

    if (status == NDIS_STATUS_SUCCESS) {
        assert_int_equal(n, sizeof(*ret_value));
    }
    return status;
}

static void test_driver_answers_what_is_its_own(void **state)
{
    ULONG value = 0;

    (void)state;
    edge_run(&e);
    assert_int_equal(query_ulong(OID_GEN_MAXIMUM_TOTAL_SIZE, &value), NDIS_STATUS_SUCCESS);
    assert_int_equal(value, 1514);
    assert_int_equal(mini.oids, 1);
    assert_int_equal(problems(DD_OID_OK), 1);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_ndis_answers_from_the_attributes(void **state)
{
    ULONG value = 0;
    UCHAR mac[6];
    NDIS_LINK_STATE link;
    NDIS_OID list[64];
    ULONG n = 0;

    (void)state;
    edge_run(&e);
    assert_int_equal(query_ulong(OID_GEN_MAXIMUM_FRAME_SIZE, &value), NDIS_STATUS_SUCCESS);
    assert_int_equal(value, 1500);
    assert_int_equal(query_ulong(OID_GEN_LINK_SPEED, &value), NDIS_STATUS_SUCCESS);
    assert_int_equal(value, 10000000);
    assert_int_equal(dd_ndis_query(e.a, OID_802_3_CURRENT_ADDRESS, mac, 6, &n),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(mac[5], 0x2A);
    assert_int_equal(dd_ndis_query(e.a, OID_802_3_CURRENT_ADDRESS, mac, 5, &n),
                     NDIS_STATUS_BUFFER_TOO_SHORT);
    assert_int_equal(n, 6);
    mini_link(MediaConnectStateDisconnected);
    assert_int_equal(dd_ndis_query(e.a, OID_GEN_LINK_STATE, &link, sizeof(link), &n),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(link.XmitLinkSpeed, 100000000);
    assert_int_equal(query_ulong(OID_GEN_MEDIA_CONNECT_STATUS, &value), NDIS_STATUS_SUCCESS);
    assert_int_equal(value, NdisMediaStateDisconnected);
    assert_int_equal(dd_ndis_query(e.a, OID_GEN_SUPPORTED_LIST, list, sizeof(list), &n),
                     NDIS_STATUS_SUCCESS);
    for (ULONG i = 0; i < n / sizeof(NDIS_OID); i++) {
        assert_true(list[i] != OID_GEN_STATISTICS && list[i] != OID_GEN_XMIT_OK);
    }
    assert_int_equal(mini.oids, 0);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_wrong_sets_never_reach_the_driver(void **state)
{
    ULONG filter = NDIS_PACKET_TYPE_SMT;
    UCHAR list[9 * 6] = {0};

    (void)state;
    edge_run(&e);
    assert_int_equal(dd_ndis_set(e.a, OID_GEN_CURRENT_PACKET_FILTER, &filter, 4),
                     NDIS_STATUS_NOT_SUPPORTED);
    assert_int_equal(dd_ndis_set(e.a, OID_GEN_CURRENT_PACKET_FILTER, &filter, 3),
                     NDIS_STATUS_INVALID_LENGTH);
    assert_int_equal(dd_ndis_set(e.a, OID_802_3_MULTICAST_LIST, list, 7),
                     NDIS_STATUS_INVALID_LENGTH);
    assert_int_equal(dd_ndis_set(e.a, OID_802_3_MULTICAST_LIST, list, 54),
                     NDIS_STATUS_MULTICAST_FULL);
    assert_int_equal(mini.oids, 0);
    assert_int_equal(dd_ndis_set(e.a, OID_802_3_MULTICAST_LIST, list, 48), NDIS_STATUS_SUCCESS);
    assert_int_equal(dd_ndis_set(e.a, OID_802_3_MULTICAST_LIST, NULL, 0), NDIS_STATUS_SUCCESS);
    assert_int_equal(mini.oids, 2);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_start_sequence_ends_with_the_filter(void **state)
{
    ULONG value = 0;

    (void)state;
    edge_load(&e);
    assert_int_equal(dd_ndis_initialize(e.a, NULL), 0);
    dd_ndis_start_sequence(e.a);
    assert_int_equal(mini.filter, e.config.packet_filter);
    assert_int_equal(mini.lookahead, 1500);
    assert_int_equal(mini.multicast_bytes, 24);
    assert_int_equal(problems(DD_OID_OK), events_count(DD_EV_OID));
    assert_true(events_count(DD_EV_OID) >= 15);
    assert_int_equal(events_nth(DD_EV_OID, events_count(DD_EV_OID) - 1)->ev.a,
                     OID_GEN_CURRENT_PACKET_FILTER);
    assert_int_equal(query_ulong(OID_GEN_CURRENT_PACKET_FILTER, &value), NDIS_STATUS_SUCCESS);
    assert_int_equal(value, e.config.packet_filter);
    assert_int_equal(edge_stop(&e), 0);
}

/*
 * The OIDs that twelve or more of fifteen public NDIS 6 drivers answer, and who has to do with each
 * in NDIS 6: the driver is asked at start; NDIS answers from the attributes and the driver never
 * hears of it; or it comes with a change of power; or nobody sends it since NDIS 6.0.
 */
enum who {
    AT_START,
    FROM_NDIS,
    WITH_POWER,
    OBSOLETE
};

static const struct {
    NDIS_OID oid;
    enum who who;
} widely_answered[] = {
    {OID_GEN_CURRENT_LOOKAHEAD, AT_START},
    {OID_GEN_CURRENT_PACKET_FILTER, AT_START},
    {OID_GEN_MAXIMUM_TOTAL_SIZE, AT_START},
    {OID_GEN_RECEIVE_BLOCK_SIZE, AT_START},
    {OID_GEN_TRANSMIT_BLOCK_SIZE, AT_START},
    {OID_GEN_VENDOR_DESCRIPTION, AT_START},
    {OID_802_3_CURRENT_ADDRESS, FROM_NDIS},
    {OID_802_3_MULTICAST_LIST, AT_START},
    {OID_GEN_VENDOR_ID, AT_START},
    {OID_GEN_STATISTICS, AT_START},
    {OID_GEN_HARDWARE_STATUS, OBSOLETE},
    {OID_GEN_RECEIVE_BUFFER_SPACE, AT_START},
    {OID_GEN_TRANSMIT_BUFFER_SPACE, AT_START},
    {OID_GEN_VENDOR_DRIVER_VERSION, AT_START},
    {OID_802_3_MAXIMUM_LIST_SIZE, FROM_NDIS},
    {OID_802_3_PERMANENT_ADDRESS, FROM_NDIS},
    {OID_GEN_RCV_OK, AT_START},
    {OID_GEN_XMIT_OK, AT_START},
    {OID_GEN_MAXIMUM_FRAME_SIZE, FROM_NDIS},
    {OID_GEN_MEDIA_IN_USE, FROM_NDIS},
    {OID_GEN_MEDIA_SUPPORTED, FROM_NDIS},
    {OID_GEN_INTERRUPT_MODERATION, AT_START},
    {OID_GEN_LINK_SPEED, FROM_NDIS},
    {OID_GEN_MAC_OPTIONS, FROM_NDIS},
    {OID_GEN_MAXIMUM_LOOKAHEAD, FROM_NDIS},
    {OID_GEN_SUPPORTED_LIST, FROM_NDIS},
    {OID_GEN_RCV_ERROR, OBSOLETE},
    {OID_GEN_RCV_NO_BUFFER, OBSOLETE},
    {OID_GEN_XMIT_ERROR, OBSOLETE},
    {OID_PNP_QUERY_POWER, WITH_POWER},
    {OID_PNP_SET_POWER, WITH_POWER},
};

static void test_what_drivers_answer_is_asked_where_windows_asks(void **state)
{
    UCHAR buf[512];
    ULONG n;
    LONG before;

    (void)state;
    assert_int_equal(DD_ARRAY_LEN(widely_answered), 31);
    edge_load(&e);
    assert_int_equal(dd_ndis_initialize(e.a, NULL), 0);
    assert_int_equal(events_count(DD_EV_OID), 0);
    dd_ndis_start_sequence(e.a);
    for (size_t i = 0; i < DD_ARRAY_LEN(widely_answered); i++) {
        unsigned sent = 0;

        for (unsigned k = 0; k < events_count(DD_EV_OID); k++) {
            sent += events_nth(DD_EV_OID, k)->ev.a == widely_answered[i].oid;
        }
        if ((widely_answered[i].who == AT_START) != (sent > 0)) {
            fail_msg("OID 0x%08x was sent %u times at start", widely_answered[i].oid, sent);
        }
    }
    before = mini.oids;
    for (size_t i = 0; i < DD_ARRAY_LEN(widely_answered); i++) {
        if (widely_answered[i].who == FROM_NDIS) {
            assert_int_equal(dd_ndis_query(e.a, widely_answered[i].oid, buf, sizeof(buf), &n),
                             NDIS_STATUS_SUCCESS);
            assert_true(n > 0);
        }
    }
    assert_int_equal(mini.oids, before);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_no_request_before_initialize(void **state)
{
    ULONG value;

    (void)state;
    edge_load(&e);
    assert_int_equal(query_ulong(OID_GEN_VENDOR_ID, &value), NDIS_STATUS_ADAPTER_NOT_READY);
    assert_int_equal(mini.oids, 0);
    assert_int_equal(edge_stop(&e), 0);
}

static void finish(void *arg)
{
    (void)arg;
    while (__atomic_load_n(&mini.oid, __ATOMIC_ACQUIRE) == NULL) {
        (void)dd_sched_park(dd_sched_now() + 100000);
    }
    mini_oid_complete(NDIS_STATUS_SUCCESS);
}

static void test_pended_request_is_waited_for(void **state)
{
    struct dd_ctx *ctx;
    ULONG value = 0;

    (void)state;
    edge_run(&e);
    mini_knobs.oid = MINI_OID_PEND;
    assert_int_equal(dd_ctx_spawn("finish", 1, finish, NULL, &ctx), 0);
    assert_int_equal(query_ulong(OID_GEN_VENDOR_ID, &value), NDIS_STATUS_SUCCESS);
    dd_ctx_join(ctx);
    assert_int_equal(value, 1514);
    assert_int_equal(problems(DD_OID_OK), 1);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_pended_request_is_cancelled_in_time(void **state)
{
    ULONG value;

    (void)state;
    edge_run(&e);
    mini_knobs.oid = MINI_OID_PEND;
    assert_int_equal(query_ulong(OID_GEN_VENDOR_ID, &value), NDIS_STATUS_REQUEST_ABORTED);
    assert_non_null(mini.cancel_id);
    assert_int_equal(problems(DD_OID_TIMEOUT), 1);
    mini_knobs.oid = MINI_OID_NOW;
    assert_int_equal(query_ulong(OID_GEN_VENDOR_ID, &value), NDIS_STATUS_SUCCESS);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_lost_request_blocks_only_requests(void **state)
{
    PNDIS_OID_REQUEST lost;
    ULONG value;

    (void)state;
    edge_run(&e);
    mini_knobs.oid = MINI_OID_NEVER;
    assert_int_equal(query_ulong(OID_GEN_VENDOR_ID, &value), NDIS_STATUS_REQUEST_ABORTED);
    lost = mini.oid;
    mini_knobs.oid = MINI_OID_NOW;
    assert_int_equal(query_ulong(OID_GEN_VENDOR_ID, &value), NDIS_STATUS_REQUEST_ABORTED);
    edge_send(&e, 1);
    assert_int_equal(e.completed, 1);
    /* it comes at last: requests go on */
    NdisMOidRequestComplete(mini.adapter, lost, NDIS_STATUS_SUCCESS);
    assert_int_equal(query_ulong(OID_GEN_VENDOR_ID, &value), NDIS_STATUS_SUCCESS);
    NdisMOidRequestComplete(mini.adapter, lost, NDIS_STATUS_SUCCESS);
    assert_int_equal(problems(DD_OID_DOUBLE_COMPLETE), 1);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_request_completed_and_returned(void **state)
{
    ULONG value;

    (void)state;
    edge_run(&e);
    mini_knobs.oid = MINI_OID_TWICE;
    assert_int_equal(query_ulong(OID_GEN_VENDOR_ID, &value), NDIS_STATUS_SUCCESS);
    assert_int_equal(problems(DD_OID_DOUBLE_COMPLETE), 1);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_strange_completions(void **state)
{
    static NDIS_OID_REQUEST stranger;

    (void)state;
    edge_run(&e);
    NdisMOidRequestComplete(mini.adapter, &stranger, NDIS_STATUS_SUCCESS);
    NdisMOidRequestComplete(mini.adapter, (PNDIS_OID_REQUEST)(uintptr_t)0x10, NDIS_STATUS_SUCCESS);
    NdisMOidRequestComplete(mini.adapter, NULL, NDIS_STATUS_SUCCESS);
    assert_int_equal(problems(DD_OID_UNKNOWN_REQUEST), 3);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_byte_count_beyond_the_buffer(void **state)
{
    ULONG value = 0x55;

    (void)state;
    edge_run(&e);
    mini_knobs.oid = MINI_OID_OVERRUN;
    assert_int_equal(query_ulong(OID_GEN_VENDOR_ID, &value), NDIS_STATUS_FAILURE);
    assert_int_equal(value, 0x55);
    assert_int_equal(problems(DD_OID_OVERRUN), 1);
    assert_int_equal(edge_stop(&e), 0);
}

static void test_checks_of_answers(void **state)
{
    struct dd_oid_args args = {.mode = DD_OID_QUERY,
                               .oid = OID_GEN_XMIT_OK,
                               .out_bytes = 8,
                               .ret_bytes = 4};

    (void)state;
    assert_int_equal(dd_oid_check(&args, NDIS_STATUS_SUCCESS), DD_OID_OK);
    args.ret_bytes = 6;
    assert_int_equal(dd_oid_check(&args, NDIS_STATUS_SUCCESS), DD_OID_WRONG_ANSWER);
    assert_int_equal(dd_oid_check(&args, NDIS_STATUS_NOT_SUPPORTED), DD_OID_MANDATORY);
    args.out_bytes = 2;
    args.ret_needed = 8;
    assert_int_equal(dd_oid_check(&args, NDIS_STATUS_BUFFER_TOO_SHORT), DD_OID_OK);
    args.ret_needed = 2;
    assert_int_equal(dd_oid_check(&args, NDIS_STATUS_INVALID_LENGTH), DD_OID_WRONG_ANSWER);
    args = (struct dd_oid_args){.mode = DD_OID_SET, .oid = OID_PNP_SET_POWER, .in_bytes = 4};
    assert_int_equal(dd_oid_check(&args, NDIS_STATUS_FAILURE), DD_OID_MUST_SUCCEED);
    assert_int_equal(dd_oid_check(&args, NDIS_STATUS_NOT_ACCEPTED), DD_OID_OK);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_driver_answers_what_is_its_own),
        T(test_ndis_answers_from_the_attributes),
        T(test_wrong_sets_never_reach_the_driver),
        T(test_start_sequence_ends_with_the_filter),
        T(test_what_drivers_answer_is_asked_where_windows_asks),
        T(test_no_request_before_initialize),
        T(test_pended_request_is_waited_for),
        T(test_pended_request_is_cancelled_in_time),
        T(test_lost_request_blocks_only_requests),
        T(test_request_completed_and_returned),
        T(test_strange_completions),
        T(test_byte_count_beyond_the_buffer),
        T(test_checks_of_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
