/* SPDX-License-Identifier: MIT */
/* The report from shared memory, in every way a run can end, and addresses turned into lines. */
#include "run/report.h"
#include "run/symbols.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

extern const char __ehdr_start[];

static char self[512];
static struct dd_shared *shared;
static struct dd_plan plan;

static int setup(void **state)
{
    static char name[] = "x.so", wire[] = "echo", device[] = "soft:e1000e";
    int fd;

    (void)state;
    plan = (struct dd_plan){.driver = name, .wire = wire, .device = device, .cpus = 2, .seed = 1};
    dd_settings_default(&plan.settings);
    if (dd_shared_create(&fd, &shared) < 0) {
        return -1;
    }
    close(fd);
    snprintf(shared->image_path, sizeof(shared->image_path), "%s", self);
    shared->image_base = (uint64_t)(uintptr_t)__ehdr_start;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dd_shared_unmap(shared);
    return 0;
}

static struct drydock_report *make(void)
{
    struct drydock_report *r = NULL;

    assert_int_equal(dd_report_new(&plan, shared, NULL, 1.5, &r), 0);
    return r;
}

static void ends_as(enum dd_run_end end, const char *name, const char *rule, int status)
{
    struct drydock_report *r;
    struct drydock_finding f;

    shared->end = end;
    r = make();
    assert_string_equal(json_string_value(json_object_get(r->json, "end")), name);
    assert_int_equal(r->status, status);
    assert_int_equal(drydock_report_findings(r), rule ? 1 : 0);
    if (rule) {
        assert_int_equal(drydock_report_finding(r, 0, &f), 0);
        assert_string_equal(f.rule, rule);
    }
    drydock_report_free(r);
}

static void test_every_end_has_a_name_and_a_rule(void **state)
{
    (void)state;
    shared->signal = 11;
    ends_as(DD_END_DONE, "done", NULL, DRYDOCK_FINE);
    ends_as(DD_END_NONE, "died", "driver-crash", DRYDOCK_FINDINGS);
    ends_as(DD_END_CRASH, "crashed", "driver-crash", DRYDOCK_FINDINGS);
    ends_as(DD_END_HANG, "hung", "driver-hang", DRYDOCK_FINDINGS);
    ends_as(DD_END_BUGCHECK, "bugcheck", "driver-bugcheck", DRYDOCK_FINDINGS);
    ends_as(DD_END_DRIVER, "refused", "driver-refused", DRYDOCK_FINDINGS);
    ends_as(DD_END_MISSING, "not-implemented", "not-implemented", DRYDOCK_FINDINGS);
    ends_as(DD_END_DEVICE, "device-gone", "device-gone", DRYDOCK_FINDINGS);
}

static void test_a_refusal_after_an_injected_failure_is_fine(void **state)
{
    (void)state;
    shared->counters.failed_point = DD_FAIL_POOL + 1;
    ends_as(DD_END_DRIVER, "refused", "driver-refused", DRYDOCK_FINE);
}

static void test_a_disabled_end_rule_is_silent_but_not_fine(void **state)
{
    char rule[] = "driver-crash", *rules[] = {rule, NULL};

    (void)state;
    plan.disabled_rules = rules;
    ends_as(DD_END_CRASH, "crashed", NULL, DRYDOCK_FINDINGS);
}

static void test_leaks_are_status_1(void **state)
{
    struct drydock_report *r;

    (void)state;
    shared->end = DD_END_DONE;
    shared->counters.leaks = 3;
    r = make();
    assert_int_equal(r->status, DRYDOCK_FINDINGS);
    assert_int_equal(drydock_report_number(r, "leaks", NULL), 3);
    drydock_report_free(r);
}

/* a call whose line is known: the return address is that of the next instruction */
static __attribute__((noinline)) const void *my_caller(void)
{
    return __builtin_return_address(0);
}

static void add(const char *rule, enum dd_severity severity, const void *pc)
{
    const struct dd_rule r = {.id = rule, .severity = severity};
    const struct dd_finding f = {.rule = &r,
                                 .text = "something happened",
                                 .sites = {{"mapped at", pc, "NdisThis"}, {"freed at", pc, NULL}}};

    dd_shared_finding_add(shared, &f);
}

static void test_places_become_lines(void **state)
{
    const void *pc = my_caller();
    char line[64];
    struct drydock_report *r;
    struct drydock_finding f;

    (void)state;
    snprintf(line, sizeof(line), "test_report.c:%d in test_places_become_lines", __LINE__ - 6);
    add("sgl-double-free", DD_SEV_ERROR, pc);
    shared->end = DD_END_DONE;
    r = make();
    assert_int_equal(drydock_report_finding(r, 0, &f), 0);
    assert_non_null(strstr(f.formatted, line));
    assert_non_null(strstr(f.formatted, "mapped at"));
    assert_non_null(strstr(f.formatted, "(NdisThis)"));
    assert_non_null(strstr(f.formatted, "(DV 0xE6/0x06)"));
    assert_string_equal(json_string_value(
                            json_object_get(json_array_get(json_object_get(r->json, "findings"), 0),
                                            "mapped_at")),
                        line);
    drydock_report_free(r);
}

static void test_equal_findings_are_counted(void **state)
{
    const void *pc = my_caller();
    struct drydock_report *r;

    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        add("tx-bad-status", DD_SEV_WARNING, pc);
    }
    add("tx-bad-status", DD_SEV_WARNING, (const char *)pc + 1);
    shared->end = DD_END_DONE;
    r = make();
    assert_int_equal(drydock_report_findings(r), 2);
    assert_int_equal(json_integer_value(
                         json_object_get(json_array_get(json_object_get(r->json, "findings"), 0),
                                         "count")),
                     10);
    drydock_report_free(r);
}

static void test_too_many_findings_are_counted_as_dropped(void **state)
{
    struct drydock_report *r;

    (void)state;
    for (uintptr_t i = 0; i < DD_SHARED_FINDINGS + 5; i++) {
        add("tx-bad-status", DD_SEV_WARNING, (const void *)(0x1000 + i));
    }
    shared->end = DD_END_DONE;
    r = make();
    assert_int_equal(drydock_report_findings(r), DD_SHARED_FINDINGS);
    assert_int_equal(drydock_report_number(r, "findings_dropped", NULL), 5);
    drydock_report_free(r);
}

static void test_a_stack_is_shown(void **state)
{
    struct drydock_report *r;
    struct drydock_finding f;

    (void)state;
    shared->end = DD_END_CRASH;
    shared->signal = 6;
    shared->frames[0] = 0x10;
    shared->frames[1] = (uint64_t)(uintptr_t)my_caller();
    shared->frame_count = 2;
    r = make();
    assert_int_equal(drydock_report_finding(r, 0, &f), 0);
    assert_non_null(strstr(f.formatted, "stack         0x10"));
    assert_non_null(strstr(f.formatted, "in test_a_stack_is_shown"));
    assert_non_null(strstr(f.text, "Aborted"));
    drydock_report_free(r);
}

static void test_addresses_without_a_module_stay_numbers(void **state)
{
    struct dd_symbols *s;
    struct dd_place p;
    char text[64];

    (void)state;
    assert_int_equal(dd_symbols_new("/nonexistent.so", 0x1000, NULL, 0, &s), 0);
    dd_symbols_find(s, 0xdeadbeef, true, &p);
    dd_place_format(&p, text, sizeof(text));
    assert_string_equal(text, "0xdeadbeef");
    dd_symbols_free(s);
}

static void test_numbers_by_path(void **state)
{
    struct drydock_report *r;
    bool found;

    (void)state;
    shared->end = DD_END_DONE;
    shared->counters.sg_lists_built = 1ull << 40;
    r = make();
    assert_true(drydock_report_number(r, "dma.sg_lists_built", &found) == 1ull << 40);
    assert_true(found);
    drydock_report_number(r, "dma", &found);
    assert_false(found);
    drydock_report_number(r, "dma.", &found);
    assert_false(found);
    drydock_report_number(r, "", &found);
    assert_false(found);
    drydock_report_free(r);
}

static void test_driver_text_has_an_end(void **state)
{
    char block[4096];

    (void)state;
    memset(block, 'a', sizeof(block));
    for (unsigned i = 0; i < 300; i++) {
        dd_shared_add_text(shared, block, sizeof(block));
    }
    assert_int_equal(shared->text_bytes, DD_SHARED_TEXT_BYTES);
    assert_int_equal(shared->text_dropped, 300 - DD_SHARED_TEXT_BYTES / sizeof(block));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_end_has_a_name_and_a_rule),
        TEST(test_a_refusal_after_an_injected_failure_is_fine),
        TEST(test_a_disabled_end_rule_is_silent_but_not_fine),
        TEST(test_leaks_are_status_1),
        TEST(test_places_become_lines),
        TEST(test_equal_findings_are_counted),
        TEST(test_too_many_findings_are_counted_as_dropped),
        TEST(test_a_stack_is_shown),
        TEST(test_addresses_without_a_module_stay_numbers),
        TEST(test_numbers_by_path),
        TEST(test_driver_text_has_an_end),
    };

    if (readlink("/proc/self/exe", self, sizeof(self) - 1) <= 0) {
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
