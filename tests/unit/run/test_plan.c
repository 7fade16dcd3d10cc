/* SPDX-License-Identifier: MIT */
/* The plan: events are read as written, and everything arrives at the runner as it left the
 * supervisor. */
#include "base/check.h"
#include "run/plan.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char why[512];

static struct dd_plan_event event(const char *text)
{
    struct dd_plan_event e = {0};

    if (dd_plan_parse_event(text, &e, why, sizeof(why)) != 0) {
        fail_msg("%s: %s", text, why);
    }
    return e;
}

static void test_times_and_names(void **state)
{
    struct dd_plan_event e = event("500ms:pause");

    (void)state;
    assert_int_equal(e.at_ns, 500000000);
    assert_int_equal(e.what, DD_DO_PAUSE);
    assert_int_equal(e.times, 1);
    assert_int_equal(event("2s:reset").at_ns, 2000000000);
    assert_int_equal(event("0.25:cancel").at_ns, 250000000);
    assert_int_equal(event("100us:link-down").at_ns, 100000);
    assert_int_equal(event("0:remove").at_ns, 0);
    assert_int_equal(event("1:restart").what, DD_DO_RESTART);
    assert_int_equal(event("1:link-up").what, DD_DO_LINK_UP);
    assert_int_equal(event("1:sleep").what, DD_DO_SLEEP);
    assert_int_equal(event("1:shutdown").what, DD_DO_SHUTDOWN);
    assert_int_equal(event("1:insert").what, DD_DO_INSERT);
    assert_int_equal(event("1:bus-master-off").what, DD_DO_BUS_MASTER_OFF);
    assert_int_equal(event("1:iommu-unmap").what, DD_DO_IOMMU_UNMAP);
    assert_int_equal(event("1:freeze=250ms").what, DD_DO_FREEZE);
    assert_int_equal(event("1:freeze=250ms").value, 250000000);
}

static void test_repeated_events(void **state)
{
    struct dd_plan_event e = event("0.1+10msx100:pause");

    (void)state;
    assert_int_equal(e.at_ns, 100000000);
    assert_int_equal(e.every_ns, 10000000);
    assert_int_equal(e.times, 100);
}

static void test_bad_events_are_told(void **state)
{
    static const char *const bad[] = {
        "",         ":",          "pause",       "x:pause",      "1",
        "1:",       "-1:pause",   "nan:pause",   "inf:pause",    "1+:pause",
        "1+1:",     "1+1x:pause", "1+1x0:pause", "1+-1x3:pause", "1+1x2000000:pause",
        "1:pauses", "1 :pause",   "1h:pause",    "9999999:pause"};

    (void)state;
    for (unsigned i = 0; i < DD_ARRAY_LEN(bad); i++) {
        struct dd_plan_event e;

        if (dd_plan_parse_event(bad[i], &e, why, sizeof(why)) != -EINVAL) {
            fail_msg("'%s' was taken", bad[i]);
        }
        assert_non_null(strstr(why, "event"));
    }
}

static void test_wire_faults_say_how_many_and_which_way(void **state)
{
    static const char *const bad[] = {
        "1:wire-drop",       "1:wire-drop=",   "1:wire-drop=0",       "1:wire-drop=-1",
        "1:wire-drop=1,in",  "1:wire-drop=1,", "1:wire-drop=1000001", "1:wire-delay=11s",
        "1:wire-delay=,out", "1:pause=1",      "1:wire-drop=1 "};
    struct dd_plan_event e = event("1:wire-drop=10");

    (void)state;
    assert_int_equal(e.what, DD_DO_WIRE_DROP);
    assert_int_equal(e.value, 10);
    assert_false(e.out);
    e = event("1+2x3:wire-reorder=1000000,out");
    assert_int_equal(e.what, DD_DO_WIRE_REORDER);
    assert_int_equal(e.value, 1000000);
    assert_true(e.out);
    e = event("1:wire-delay=5ms");
    assert_int_equal(e.what, DD_DO_WIRE_DELAY);
    assert_int_equal(e.value, 5000000);
    assert_int_equal(event("1:wire-delay=0").value, 0);
    for (unsigned i = 0; i < DD_ARRAY_LEN(bad); i++) {
        if (dd_plan_parse_event(bad[i], &e, why, sizeof(why)) != -EINVAL) {
            fail_msg("'%s' was taken", bad[i]);
        }
    }
}

static void test_a_plan_survives_the_way_to_the_runner(void **state)
{
    struct dd_plan_event events[] = {event("1:pause"), event("2+3x4:reset"),
                                     event("5:wire-drop=6,out")};
    char rule[] = "sgl-double-free", *rules[] = {rule, NULL}, driver[] = "a \"b\" \\ \xc3\xa4.so",
         device[] = "soft:e1000e", wire[] = "echo";
    struct dd_plan p = {.driver = driver,
                        .device = device,
                        .wire = wire,
                        .loop = 7,
                        .events = events,
                        .event_count = 3,
                        .cpus = 3,
                        .seed = 1ull << 62,
                        .duration_ns = 5,
                        .verify = true,
                        .disabled_rules = rules,
                        .record_fd = -1,
                        .received_fd = 9,
                        .trace_fd = -1};
    struct dd_plan back;
    char *json;

    (void)state;
    dd_settings_default(&p.settings);
    assert_int_equal(dd_settings_personality(&p.settings, "hostile", why, sizeof(why)), 0);
    json = dd_plan_to_json(&p);
    assert_int_equal(dd_plan_from_json(json, &back, why, sizeof(why)), 0);
    assert_string_equal(back.driver, driver);
    assert_null(back.send);
    assert_int_equal(back.loop, 7);
    assert_int_equal(back.cpus, 3);
    assert_true(back.seed == 1ull << 62);
    assert_int_equal(back.duration_ns, 5);
    assert_int_equal(back.received_fd, 9);
    assert_int_equal(back.record_fd, -1);
    assert_int_equal(back.event_count, 3);
    assert_memory_equal(&back.events[1], &events[1], sizeof(events[1]));
    assert_int_equal(back.events[2].what, DD_DO_WIRE_DROP);
    assert_int_equal(back.events[2].value, 6);
    assert_true(back.events[2].out);
    assert_string_equal(back.disabled_rules[0], rule);
    assert_null(back.disabled_rules[1]);
    assert_string_equal(back.settings.personality, "hostile");
    assert_true(back.settings.dma.checked);
    assert_true(back.settings.dma.seed == p.seed);
    assert_int_equal(back.settings.dma.sgl, p.settings.dma.sgl);
    free(json);
    dd_plan_done(&back);
}

static void test_a_damaged_plan_is_refused(void **state)
{
    static const char *const bad[] = {"", "{", "[]x", "{\"settings\": {\"iommu\": \"maybe\"}}",
                                      "{\"settings\": {\"nonsense\": \"1\"}}"};
    struct dd_plan p;

    (void)state;
    for (unsigned i = 0; i < DD_ARRAY_LEN(bad); i++) {
        assert_int_equal(dd_plan_from_json(bad[i], &p, why, sizeof(why)), -EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_and_names),
        cmocka_unit_test(test_repeated_events),
        cmocka_unit_test(test_bad_events_are_told),
        cmocka_unit_test(test_wire_faults_say_how_many_and_which_way),
        cmocka_unit_test(test_a_plan_survives_the_way_to_the_runner),
        cmocka_unit_test(test_a_damaged_plan_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
