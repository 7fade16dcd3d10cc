/* SPDX-License-Identifier: MIT */
/* A bad cable does to the next frames what was asked for, and nothing else. */
#include "base/check.h"
#include "wire/faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LEN 64u

static void frame_make(uint8_t *frame, uint8_t number)
{
    memset(frame, number, LEN);
}

static void put(struct dd_faults *f, uint8_t number, uint64_t now_ns)
{
    uint8_t frame[LEN];

    frame_make(frame, number);
    assert_int_equal(dd_faults_put(f, frame, LEN, now_ns), 0);
}

/* takes what comes out at @now_ns; the first byte of each, as a text */
static const char *taken(struct dd_faults *f, uint64_t now_ns)
{
    static char text[64];
    size_t n = 0, len = 0;
    uint64_t at;
    const uint8_t *frame;

    while ((frame = dd_faults_peek(f, now_ns, &len, &at)) != NULL && n + 1 < sizeof(text)) {
        assert_int_equal(len, LEN);
        text[n++] = (char)frame[0];
        dd_faults_pop(f);
    }
    text[n] = '\0';
    return text;
}

static void put_all(struct dd_faults *f, const char *numbers)
{
    for (; *numbers; numbers++) {
        put(f, (uint8_t)*numbers, 0);
    }
}

static void test_nothing_asked_changes_nothing(void **state)
{
    struct dd_faults f;

    (void)state;
    dd_faults_init(&f, 1, 2);
    assert_true(dd_faults_idle(&f));
    put_all(&f, "abc");
    assert_false(dd_faults_idle(&f));
    assert_string_equal(taken(&f, 0), "abc");
    assert_true(dd_faults_idle(&f));
    dd_faults_done(&f);
}

static void test_the_next_frames_are_dropped(void **state)
{
    struct dd_faults f;

    (void)state;
    dd_faults_init(&f, 1, 2);
    dd_faults_ask(&f, DD_FAULT_DROP, 1);
    dd_faults_ask(&f, DD_FAULT_DROP, 1);
    put_all(&f, "abcd");
    assert_string_equal(taken(&f, 0), "cd");
    assert_int_equal(f.done[DD_FAULT_DROP], 2);
    dd_faults_done(&f);
}

static void test_the_next_frames_are_doubled(void **state)
{
    struct dd_faults f;

    (void)state;
    dd_faults_init(&f, 1, 2);
    dd_faults_ask(&f, DD_FAULT_DUPLICATE, 2);
    put_all(&f, "abc");
    assert_string_equal(taken(&f, 0), "aabbc");
    assert_int_equal(f.done[DD_FAULT_DUPLICATE], 2);
    dd_faults_done(&f);
}

static void test_one_bit_behind_the_addresses_is_turned_over(void **state)
{
    struct dd_faults f;

    (void)state;
    dd_faults_init(&f, 7, 2);
    dd_faults_ask(&f, DD_FAULT_CORRUPT, 200);
    for (unsigned i = 0; i < 201; i++) {
        uint8_t good[LEN];
        const uint8_t *frame;
        unsigned bits = 0;
        uint64_t at;
        size_t len;

        frame_make(good, (uint8_t)i);
        put(&f, (uint8_t)i, 0);
        frame = dd_faults_peek(&f, 0, &len, &at);
        assert_non_null(frame);
        assert_memory_equal(frame, good, 12);
        for (size_t k = 12; k < LEN; k++) {
            bits += (unsigned)__builtin_popcount((unsigned)(frame[k] ^ good[k]));
        }
        assert_int_equal(bits, i < 200);
        dd_faults_pop(&f);
    }
    dd_faults_done(&f);
}

static void test_frames_change_places(void **state)
{
    struct dd_faults f;

    (void)state;
    dd_faults_init(&f, 1, 2);
    dd_faults_ask(&f, DD_FAULT_REORDER, 2);
    put_all(&f, "abcdef");
    assert_string_equal(taken(&f, 0), "badcef");
    assert_int_equal(f.done[DD_FAULT_REORDER], 2);
    assert_true(dd_faults_idle(&f));
    dd_faults_done(&f);
}

static void test_a_frame_with_nobody_behind_it_comes_after_a_while(void **state)
{
    struct dd_faults f;
    uint64_t at = 0;
    size_t len;

    (void)state;
    dd_faults_init(&f, 1, 2);
    dd_faults_ask(&f, DD_FAULT_REORDER, 1);
    put(&f, 'a', 50);
    assert_false(dd_faults_idle(&f));
    assert_null(dd_faults_peek(&f, 50, &len, &at));
    assert_int_equal(at, 50 + DD_FAULT_ALONE_NS);
    assert_string_equal(taken(&f, at), "a");
    assert_true(dd_faults_idle(&f));
    dd_faults_done(&f);
}

static void test_frames_are_held_back_in_order(void **state)
{
    struct dd_faults f;
    uint64_t at = 0;
    size_t len;

    (void)state;
    dd_faults_init(&f, 1, 2);
    dd_faults_ask(&f, DD_FAULT_DELAY, 1000);
    put(&f, 'a', 10);
    put(&f, 'b', 500);
    assert_null(dd_faults_peek(&f, 1009, &len, &at));
    assert_int_equal(at, 1010);
    assert_string_equal(taken(&f, 1010), "a");
    dd_faults_ask(&f, DD_FAULT_DELAY, 0);
    put(&f, 'c', 600); /* not delayed, but not before b */
    assert_string_equal(taken(&f, 1499), "");
    assert_string_equal(taken(&f, 1500), "bc");
    assert_int_equal(f.done[DD_FAULT_DELAY], 2);
    assert_true(dd_faults_idle(&f));
    dd_faults_done(&f);
}

static void test_what_is_on_its_way_goes_with_the_cable(void **state)
{
    struct dd_faults f;

    (void)state;
    dd_faults_init(&f, 1, 2);
    dd_faults_ask(&f, DD_FAULT_DELAY, 1000);
    dd_faults_ask(&f, DD_FAULT_REORDER, 1);
    put_all(&f, "abc");
    dd_faults_ask(&f, DD_FAULT_REORDER, 1);
    put_all(&f, "d");
    dd_faults_done(&f); /* the sanitizers look for what is left */
    assert_int_equal(f.queued, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_asked_changes_nothing),
        cmocka_unit_test(test_the_next_frames_are_dropped),
        cmocka_unit_test(test_the_next_frames_are_doubled),
        cmocka_unit_test(test_one_bit_behind_the_addresses_is_turned_over),
        cmocka_unit_test(test_frames_change_places),
        cmocka_unit_test(test_a_frame_with_nobody_behind_it_comes_after_a_while),
        cmocka_unit_test(test_frames_are_held_back_in_order),
        cmocka_unit_test(test_what_is_on_its_way_goes_with_the_cable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
