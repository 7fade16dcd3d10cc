/* SPDX-License-Identifier: MIT */
#include "dma/mapreg.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct dd_mapreg regs;
static struct dd_mapreg_waiter waiters[4];

static int setup(void **state)
{
    (void)state;
    dd_mapreg_init(&regs, 10);
    for (unsigned i = 0; i < 4; i++) {
        dd_list_init(&waiters[i].node);
    }
    return 0;
}

static int teardown(void **state)
{
    uint64_t used, peak;

    (void)state;
    dd_mapreg_stats(&regs, &used, &peak);
    assert_int_equal(used, 0);
    assert_true(peak <= 10);
    dd_mapreg_done(&regs);
    return 0;
}

static unsigned count(const struct dd_list *l)
{
    const struct dd_list *pos;
    unsigned n = 0;

    DD_LIST_EACH(pos, l) {
        n++;
    }
    return n;
}

static void put(uint64_t n)
{
    struct dd_list ready = DD_LIST_INIT(ready);

    dd_mapreg_put(&regs, n, &ready);
    assert_true(dd_list_empty(&ready));
}

static void test_what_is_free_is_taken_at_once(void **state)
{
    (void)state;
    assert_int_equal(dd_mapreg_take(&regs, 4, &waiters[0]), 0);
    assert_int_equal(dd_mapreg_take(&regs, 6, &waiters[1]), 0);
    assert_int_equal(dd_mapreg_take(&regs, 1, NULL), -EBUSY);
    put(10);
}

static void test_waiters_are_served_in_order(void **state)
{
    struct dd_list ready = DD_LIST_INIT(ready);

    (void)state;
    assert_int_equal(dd_mapreg_take(&regs, 10, NULL), 0);
    assert_int_equal(dd_mapreg_take(&regs, 3, &waiters[0]), -EBUSY);
    assert_int_equal(dd_mapreg_take(&regs, 3, &waiters[1]), -EBUSY);
    dd_mapreg_put(&regs, 10, &ready);
    assert_int_equal(count(&ready), 2);
    assert_ptr_equal(dd_list_pop(&ready), &waiters[0].node);
    assert_ptr_equal(dd_list_pop(&ready), &waiters[1].node);
    put(6);
}

static void test_a_small_request_does_not_overtake_a_large_one(void **state)
{
    struct dd_list ready = DD_LIST_INIT(ready);

    (void)state;
    assert_int_equal(dd_mapreg_take(&regs, 6, NULL), 0);
    assert_int_equal(dd_mapreg_take(&regs, 8, &waiters[0]), -EBUSY);
    assert_int_equal(dd_mapreg_take(&regs, 1, &waiters[1]), -EBUSY); /* 4 are free all the same */
    dd_mapreg_put(&regs, 3, &ready);
    assert_int_equal(count(&ready), 0);
    dd_mapreg_put(&regs, 3, &ready);
    assert_int_equal(count(&ready), 2);
    put(9);
}

static void test_a_cancelled_waiter_lets_the_next_one_run(void **state)
{
    struct dd_list ready = DD_LIST_INIT(ready);

    (void)state;
    assert_int_equal(dd_mapreg_take(&regs, 6, NULL), 0);
    assert_int_equal(dd_mapreg_take(&regs, 8, &waiters[0]), -EBUSY);
    assert_int_equal(dd_mapreg_take(&regs, 2, &waiters[1]), -EBUSY);
    assert_true(dd_mapreg_cancel(&regs, &waiters[0], &ready));
    assert_ptr_equal(dd_list_pop(&ready), &waiters[1].node);
    assert_true(dd_list_empty(&ready));
    assert_false(dd_mapreg_cancel(&regs, &waiters[1], &ready));
    put(8);
}

static void test_peak_is_the_most_ever_used(void **state)
{
    uint64_t used, peak;

    (void)state;
    assert_int_equal(dd_mapreg_take(&regs, 7, NULL), 0);
    put(7);
    assert_int_equal(dd_mapreg_take(&regs, 2, NULL), 0);
    dd_mapreg_stats(&regs, &used, &peak);
    assert_int_equal(used, 2);
    assert_int_equal(peak, 7);
    put(2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(test_what_is_free_is_taken_at_once),
        T(test_waiters_are_served_in_order),
        T(test_a_small_request_does_not_overtake_a_large_one),
        T(test_a_cancelled_waiter_lets_the_next_one_run),
        T(test_peak_is_the_most_ever_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
