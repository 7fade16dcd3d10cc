/* SPDX-License-Identifier: MIT */
/* Large sends against the segments that leave: what tests/seeded cannot make a driver do. */
#include "verify/offload_send.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PIECE    1000u
#define PAYLOAD  2500u
#define SEGMENTS 3u
#define FIN_PSH  0x09u
#define CWR      0x80u

static struct dd_voffload *o;
static uint8_t big[8192], segments[SEGMENTS][2048];
static struct dd_inet parsed[SEGMENTS];
static uint32_t head;
static bool v6;
static const char nbl[] = "list";

static uint32_t l4(void)
{
    return v6 ? 54 : 34;
}

static void sums(unsigned n, uint32_t len)
{
    uint8_t *p = segments[n];
    uint32_t at = l4();

    if (!v6) {
        dd_put_be16(p + 24, 0);
        dd_put_be16(p + 24, ~(uint32_t)dd_inet_sum(p + 14, 20, 0));
    }
    dd_put_be16(p + at + 16, 0);
    assert_true(dd_inet_parse(p, len, &parsed[n]));
    dd_put_be16(p + at + 16, dd_inet_pseudo(p, &parsed[n], len - at));
    dd_put_be16(p + at + 16, ~(uint32_t)dd_inet_sum(p + at, len - at, 0));
    assert_true(dd_inet_parse(p, len, &parsed[n]));
    assert_true(parsed[n].l4_good);
}

static uint32_t length_of(unsigned n)
{
    return head + (n + 1 < SEGMENTS ? PIECE : PAYLOAD - n * PIECE);
}

/* the frame handed over, and the segments as they should be; @flags, @id: of the template */
static void prepare(uint8_t flags, uint32_t id, bool v1)
{
    NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO ask = {.Value = NULL};

    head = l4() + 20;
    memset(big, 0x11, sizeof(big));
    dd_put_be16(big + 12, v6 ? 0x86dd : 0x0800);
    memset(big + 14, 0, head - 14);
    big[14] = v6 ? 0x60 : 0x45;
    big[v6 ? 20 : 23] = 6;
    big[v6 ? 21 : 22] = 64;
    big[v6 ? 37 : 29] = 1;
    big[v6 ? 53 : 33] = 2;
    if (!v6) {
        dd_put_be16(big + 18, id);
    }
    big[l4() + 12] = 0x50;
    big[l4() + 13] = flags;
    for (uint32_t i = 0; i < PAYLOAD; i++) {
        big[head + i] = (uint8_t)(i * 7 + i / 256);
    }
    ask.LsoV2Transmit.MSS = PIECE;
    ask.LsoV2Transmit.Type = v1 ? 0 : 1;
    dd_verify_large_sent(o, nbl, big, head + PAYLOAD, (uint32_t)(uintptr_t)ask.Value);
    for (unsigned n = 0; n < SEGMENTS; n++) {
        uint8_t *p = segments[n];

        memcpy(p, big, head);
        memcpy(p + head, big + head + n * PIECE, length_of(n) - head);
        dd_put_be16(p + (v6 ? 18 : 16), length_of(n) - (v6 ? 54 : 14));
        if (!v6) {
            dd_put_be16(p + 18, id + n);
        }
        dd_put_be16(p + l4() + 6, n * PIECE);
        p[l4() + 13] = (uint8_t)(flags & ~(n + 1 < SEGMENTS ? FIN_PSH : 0) & ~(n > 0 ? CWR : 0));
        sums(n, length_of(n));
    }
}

static bool fits(unsigned n)
{
    return dd_verify_large_fits(o, segments[n], &parsed[n]);
}

static const char *wrong(unsigned n)
{
    struct dd_vsaid said = {.rule = NULL};

    assert_false(fits(n));
    assert_true(dd_verify_large_wrong(o, segments[n], &parsed[n], &said));
    return said.rule ? said.rule : "";
}

static const char *lost(void)
{
    struct dd_vsaid said = {.rule = NULL};

    dd_verify_large_lost(o, &said);
    return said.rule ? said.rule : "";
}

static int set_up(void **state)
{
    (void)state;
    o = calloc(1, sizeof(*o));
    if (!o) {
        return -1;
    }
    dd_list_init(&o->frames);
    dd_list_init(&o->larges);
    v6 = false;
    return 0;
}

static int tear_down(void **state)
{
    struct dd_list *node;

    (void)state;
    while ((node = dd_list_pop(&o->larges)) != NULL) {
        free(DD_LIST_ENTRY(node, struct dd_vlarge, node));
    }
    free(o);
    return 0;
}

static void test_right_segments_fit_in_order_and_once(void **state)
{
    (void)state;
    for (unsigned version = 0; version < 2; version++) {
        v6 = version == 1;
        prepare(0x10 | FIN_PSH | CWR, 0x1234, false);
        for (unsigned n = 0; n < SEGMENTS; n++) {
            assert_true(fits(n));
        }
        assert_string_equal(wrong(SEGMENTS - 1), "lso-bad-segments"); /* one more */
        tear_down(state);
        set_up(state);
    }
}

static void test_a_missing_segment_is_told_by_the_next(void **state)
{
    (void)state;
    prepare(0x10, 1, false);
    assert_true(fits(0));
    assert_string_equal(wrong(2), "lso-headers");
}

static void test_headers_that_differ_are_told(void **state)
{
    static const struct {
        uint32_t at;
        uint8_t flip;
    } changes[] = {{3, 1}, {15, 4}, {22, 1}, {47, 0x08}, {48, 1}, {45, 1}};

    for (unsigned i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        prepare(0x10, 1, false);
        assert_true(fits(0));
        segments[1][changes[i].at] ^= changes[i].flip;
        sums(1, length_of(1));
        assert_string_equal(wrong(1), "lso-headers");
        tear_down(state);
        set_up(state);
    }
}

static void test_wrong_sums_and_data_are_told(void **state)
{
    prepare(0x10, 1, false);
    segments[0][50] ^= 1;
    assert_true(dd_inet_parse(segments[0], length_of(0), &parsed[0]));
    assert_string_equal(wrong(0), "lso-headers");
    tear_down(state);
    set_up(state);
    prepare(0x10, 1, false);
    segments[0][head + 5] ^= 1;
    sums(0, length_of(0));
    assert_string_equal(wrong(0), "lso-bad-segments");
}

static void test_identifications_keep_to_their_half(void **state)
{
    prepare(0x10, 0x7fff, false);
    assert_true(fits(0));
    assert_string_equal(wrong(1), "lso-ipid-range");
    tear_down(state);
    set_up(state);
    prepare(0x10, 0x7fff, false);
    assert_true(fits(0));
    dd_put_be16(segments[1] + 18, 0);
    sums(1, length_of(1));
    assert_true(fits(1));
    tear_down(state);
    set_up(state);
    prepare(0x10, 0x7fff, true); /* version 1 goes on */
    assert_true(fits(0));
    assert_true(fits(1));
}

static void complete(NDIS_STATUS status, uint32_t value, struct dd_vsaid *said)
{
    NET_BUFFER_LIST list;
    struct dd_vlarge *l = DD_LIST_ENTRY(o->larges.next, struct dd_vlarge, node);

    memset(&list, 0, sizeof(list));
    list.NetBufferListInfo[TcpLargeSendNetBufferListInfo] = (PVOID)(uintptr_t)value;
    l->nbl = &list;
    dd_verify_large_completed(o, &(const struct dd_ev){.obj = &list, .a = (uint32_t)status}, said);
}

static void test_what_is_missing_at_the_end_is_told(void **state)
{
    struct dd_vsaid said = {.rule = NULL};

    (void)state;
    prepare(0x10, 1, false);
    assert_true(fits(0));
    assert_string_equal(lost(), ""); /* it may still come: not completed */
    prepare(0x10, 1, false);
    assert_true(fits(0));
    complete(NDIS_STATUS_SUCCESS, 0x40000000, &said);
    assert_null(said.rule);
    assert_string_equal(lost(), "lso-bad-segments");
    assert_string_equal(lost(), "");
    prepare(0x10, 1, false);
    assert_true(fits(0));
    complete(NDIS_STATUS_FAILURE, 0x40000000, &said);
    assert_string_equal(lost(), "");
}

static void test_version_1_gives_the_bytes_back(void **state)
{
    struct dd_vsaid said = {.rule = NULL};

    (void)state;
    prepare(0x10, 1, true);
    complete(NDIS_STATUS_SUCCESS, PAYLOAD, &said);
    assert_null(said.rule);
    assert_string_equal(lost(), ""); /* nothing of it left: the cable may have been out */
    prepare(0x10, 1, true);
    complete(NDIS_STATUS_SUCCESS, PIECE, &said);
    assert_string_equal(said.rule, "lso-complete-v1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_right_segments_fit_in_order_and_once),
        TEST(test_a_missing_segment_is_told_by_the_next),
        TEST(test_headers_that_differ_are_told),
        TEST(test_wrong_sums_and_data_are_told),
        TEST(test_identifications_keep_to_their_half),
        TEST(test_what_is_missing_at_the_end_is_told),
        TEST(test_version_1_gives_the_bytes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
