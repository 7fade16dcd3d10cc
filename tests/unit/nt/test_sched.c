/* SPDX-License-Identifier: MIT */
#include "nt_test.h"

#include <errno.h>

static _Atomic(unsigned) steps;

static void parker(void *arg)
{
    (void)arg;
    atomic_store(&steps, 1);
    while (!dd_sched_park(UINT64_MAX)) {
    }
    atomic_store(&steps, 2);
}

static void unpark_wakes_a_parked_context(void **state)
{
    struct dd_ctx *ctx;

    (void)state;
    atomic_store(&steps, 0);
    assert_int_equal(dd_ctx_spawn("parker", 1, parker, NULL, &ctx), 0);
    assert_true(nt_test_reaches(&steps, 1));
    dd_sched_unpark(ctx);
    dd_ctx_join(ctx);
    assert_int_equal(atomic_load(&steps), 2);
}

static void an_unpark_before_the_park_is_not_lost(void **state)
{
    (void)state;
    dd_sched_unpark(dd_ctx_self());
    dd_sched_unpark(dd_ctx_self());
    assert_true(dd_sched_park(UINT64_MAX));
    assert_false(dd_sched_park(dd_sched_now() + MS));
}

static void park_ends_at_its_deadline_and_not_before(void **state)
{
    uint64_t start = dd_sched_now();

    (void)state;
    assert_false(dd_sched_park(start + 5 * MS));
    assert_true(dd_sched_now() - start >= 5 * MS);
    assert_false(dd_sched_park(0));
}

static void note_cpu(void *arg)
{
    *(unsigned *)arg = dd_cpu_current();
}

static void a_context_starts_on_the_cpu_it_was_given(void **state)
{
    struct dd_ctx *ctx;
    unsigned cpu = 99;

    (void)state;
    assert_int_equal(dd_ctx_spawn("where", 1, note_cpu, &cpu, &ctx), 0);
    dd_ctx_join(ctx);
    assert_int_equal(cpu, 1);
    assert_int_equal(dd_cpu_current(), 0);
    dd_cpu_switch(1);
    assert_int_equal(dd_cpu_current(), 1);
    dd_cpu_switch(0);
}

static void a_switch_above_passive_waits_for_the_level_to_drop(void **state)
{
    KIRQL old = dd_irql_raise(DISPATCH_LEVEL);

    (void)state;
    dd_cpu_switch(1);
    assert_int_equal(dd_cpu_current(), 0);
    dd_irql_lower(old);
    assert_int_equal(dd_cpu_current(), 1);
    dd_cpu_switch(0);
}

static bool see(const char *name, struct dd_ctx_view *ret_view)
{
    struct dd_ctx_view views[64];
    unsigned n = dd_ctx_views(views, 64);

    for (unsigned i = 0; i < n; i++) {
        if (strcmp(views[i].name, name) == 0) {
            *ret_view = views[i];
            return true;
        }
    }
    return false;
}

static void in_callback(void *arg)
{
    (void)arg;
    DD_CALL(DD_ROLE_HALT, "MiniportHaltEx", NULL, parker(NULL));
}

static void a_view_shows_who_is_in_the_driver_and_who_waits(void **state)
{
    uint64_t before = dd_clock_ns() - 20 * MS, end = dd_clock_ns() + PATIENCE;
    struct dd_ctx_view view;
    struct dd_ctx *ctx;

    (void)state;
    atomic_store(&steps, 0);
    assert_int_equal(dd_ctx_spawn("in the driver", 0, in_callback, NULL, &ctx), 0);
    assert_true(nt_test_reaches(&steps, 1));
    do {
        assert_true(see("in the driver", &view) && dd_clock_ns() < end);
    } while (!view.waiting);
    assert_string_equal(view.call, "MiniportHaltEx");
    assert_true(view.call_enter_ns >= before && view.call_enter_ns <= dd_clock_ns());
    assert_true(view.tid > 0);
    dd_sched_unpark(ctx);
    dd_ctx_join(ctx);
    assert_false(see("in the driver", &view));
    assert_true(see("test", &view));
    assert_null(view.call);
    assert_int_equal(dd_ctx_views(&view, 1), 1);
}

static void nothing(void *arg)
{
    (void)arg;
}

static void places_of_ended_contexts_are_used_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1500; i++) {
        struct dd_ctx *ctx;

        assert_int_equal(dd_ctx_spawn("short", 0, nothing, NULL, &ctx), 0);
        dd_ctx_join(ctx);
    }
}

static void a_stall_lasts_as_long_as_asked(void **state)
{
    uint64_t start = dd_clock_ns();

    (void)state;
    dd_sched_stall(30 * DD_NS_PER_US);
    assert_true(dd_clock_ns() - start >= 30 * DD_NS_PER_US);
    dd_sched_stall(MS);
    assert_true(dd_clock_ns() - start >= MS);
}

static void the_machine_starts_and_stops_many_times(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(nt_test_start_cpus(1 + i % 4), 0);
        assert_int_equal(dd_cpu_count(), 1 + i % 4);
        assert_non_null(dd_machine());
        assert_int_equal(dd_machine()->ndis_version, 0x6001E);
        assert_int_equal(dd_machine_start(dd_machine()), -EINVAL);
        nt_test_stop(NULL);
        assert_null(dd_machine());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        nt_test(unpark_wakes_a_parked_context),
        nt_test(an_unpark_before_the_park_is_not_lost),
        nt_test(park_ends_at_its_deadline_and_not_before),
        nt_test(a_context_starts_on_the_cpu_it_was_given),
        nt_test(a_switch_above_passive_waits_for_the_level_to_drop),
        nt_test(a_view_shows_who_is_in_the_driver_and_who_waits),
        nt_test(places_of_ended_contexts_are_used_again),
        nt_test(a_stall_lasts_as_long_as_asked),
        cmocka_unit_test(the_machine_starts_and_stops_many_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
