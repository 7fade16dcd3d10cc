/* SPDX-License-Identifier: MIT */
/* The fault injector: exactly the Nth call that may fail, once, and only the driver's. */
#include "base/thread.h"
#include "fault/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static int driver_code, other_code;

static bool in_driver(void *arg, const void *site)
{
    return site == arg;
}

static void setup(struct dd_fault_injector *f, uint64_t at)
{
    dd_seam_reset();
    dd_fault_init(f, at, 0);
    f->in_driver = in_driver;
    f->in_driver_arg = &driver_code;
    assert_int_equal(dd_seam_listen(&f->listener), 0);
}

static void test_the_nth_call_fails_once(void **state)
{
    struct dd_fault_injector f;

    (void)state;
    setup(&f, 3);
    for (unsigned i = 1; i <= 10; i++) {
        assert_int_equal(dd_seam_may_fail(i == 3 ? DD_FAIL_MDL : DD_FAIL_POOL, &driver_code),
                         i == 3);
    }
    assert_int_equal(f.seen, 10);
    assert_int_equal(f.failed_point, DD_FAIL_MDL + 1);
    assert_ptr_equal(f.failed_site, &driver_code);
    dd_seam_reset();
}

static void test_only_calls_of_one_kind_count(void **state)
{
    struct dd_fault_injector f;

    (void)state;
    setup(&f, 2);
    f.only = DD_FAIL_MDL + 1;
    assert_false(dd_seam_may_fail(DD_FAIL_MDL, &driver_code));
    assert_false(dd_seam_may_fail(DD_FAIL_POOL, &driver_code));
    assert_true(dd_seam_may_fail(DD_FAIL_MDL, &driver_code));
    dd_seam_reset();
}

static void test_zero_fails_nothing(void **state)
{
    struct dd_fault_injector f;

    (void)state;
    setup(&f, 0);
    for (unsigned i = 0; i < 10; i++) {
        assert_false(dd_seam_may_fail(DD_FAIL_POOL, &driver_code));
    }
    assert_int_equal(f.failed_point, 0);
    dd_seam_reset();
}

static void test_calls_of_the_runtime_do_not_count(void **state)
{
    struct dd_fault_injector f;

    (void)state;
    setup(&f, 1);
    assert_false(dd_seam_may_fail(DD_FAIL_POOL, &other_code));
    assert_false(dd_seam_may_fail(DD_FAIL_POOL, NULL));
    assert_int_equal(f.seen, 0);
    assert_true(dd_seam_may_fail(DD_FAIL_POOL, &driver_code));
    dd_seam_reset();
}

static _Atomic(unsigned) failures;

static void many_calls(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < 10000; i++) {
        failures += dd_seam_may_fail(DD_FAIL_NBL, &driver_code);
    }
}

static void test_threads_share_one_count(void **state)
{
    struct dd_fault_injector f;
    struct dd_thread *t[4];

    (void)state;
    setup(&f, 20000);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(dd_thread_start("caller", many_calls, NULL, &t[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        dd_thread_join(t[i]);
    }
    assert_int_equal(failures, 1);
    assert_int_equal(f.seen, 40000);
    dd_seam_reset();
}

static void test_every_point_has_a_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < DD_FAIL_COUNT; i++) {
        assert_true(dd_fail_name((enum dd_fail_point)i)[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_calls_of_one_kind_count),
        cmocka_unit_test(test_the_nth_call_fails_once),
        cmocka_unit_test(test_zero_fails_nothing),
        cmocka_unit_test(test_calls_of_the_runtime_do_not_count),
        cmocka_unit_test(test_threads_share_one_count),
        cmocka_unit_test(test_every_point_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
