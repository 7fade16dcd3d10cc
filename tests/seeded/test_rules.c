/* SPDX-License-Identifier: MIT */
/*
 * test_rules GROUP seeded.so seeded-ndis5.so seeded-missing.so
 *
 * Each rule twice: with its mistake the finding is there, with its text and the driver's own lines,
 * and no finding that is not a known consequence; with the rule disabled it is gone, so the first
 * half could have failed. Group "clean": the driver without a mistake, in several kinds of run.
 * Group "catalogue": every rule has a test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above before it */
#include <cmocka.h>

#include "rules.h"

#include <drydock/drydock.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAME_BYTES 100u

static const char *drivers[3];
static char folder[] = "/tmp/drydock-rules-XXXXXX";
static char config_path[64], capture_path[64];

/* --- input files --- */

static void put32(FILE *f, uint32_t v)
{
    assert_int_equal(fwrite(&v, sizeof(v), 1, f), 1);
}

static void put_be16(unsigned char *p, unsigned v)
{
    p[0] = (unsigned char)(v >> 8);
    p[1] = (unsigned char)v;
}

static unsigned sum(const unsigned char *p, size_t bytes, unsigned start)
{
    for (size_t i = 0; i < bytes; i++) {
        start += i % 2 == 0 ? (unsigned)p[i] << 8 : p[i];
    }
    while (start >> 16) {
        start = (start & 0xffff) + (start >> 16);
    }
    return start;
}

/* segment @n of @frames of a stream; PSH is in the last */
static unsigned make_segment(unsigned char *p, unsigned n, unsigned frames)
{
    static const unsigned char head[] = {2,  0, 0,    0,    0,    9, 2,   0, 0,   0,    0,
                                         8,  8, 0,    0x45, 0,    0, 140, 0, 0,   0x40, 0,
                                         64, 6, 0,    0,    192,  0, 2,   1, 198, 51,   100,
                                         2,  3, 0xe8, 7,    0xd0, 0, 0,   0, 0,   0,    0,
                                         0,  2, 0x50, 0x10, 0x20, 0, 0,   0, 0,   0};

    memcpy(p, head, sizeof(head));
    memset(p + sizeof(head), (int)(n + 1), 100);
    put_be16(p + 18, 0x100 + n);
    put_be16(p + 40, n * 100);
    p[47] = n + 1 == frames ? 0x18 : 0x10;
    put_be16(p + 24, ~sum(p + 14, 20, 0));
    put_be16(p + 50, ~sum(p + 34, 120, sum(p + 26, 8, 6 + 120)));
    return sizeof(head) + 100;
}

static void write_capture(unsigned frames, bool tcp)
{
    FILE *f = fopen(capture_path, "wb");
    unsigned char frame[2 * FRAME_BYTES] = {2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x88, 0xb5};
    unsigned bytes = FRAME_BYTES;

    assert_non_null(f);
    put32(f, 0xa1b2c3d4);
    put32(f, 2u | 4u << 16);
    put32(f, 0);
    put32(f, 0);
    put32(f, 65535);
    put32(f, 1);
    for (unsigned i = 0; i < frames; i++) {
        put32(f, 1600000000);
        put32(f, i);
        frame[14] = (unsigned char)i;
        if (tcp) {
            bytes = make_segment(frame, i, frames);
        }
        put32(f, bytes);
        put32(f, bytes);
        assert_int_equal(fwrite(frame, bytes, 1, f), 1);
    }
    assert_int_equal(fclose(f), 0);
}

static void write_config(const char *bug)
{
    FILE *f = fopen(config_path, "w");

    assert_non_null(f);
    fprintf(f, "# made by test_rules\nBug = %s\n", bug);
    assert_int_equal(fclose(f), 0);
}

/* --- one run --- */

static struct drydock_report *run(const struct expect *x, const char *disabled, int *ret_status)
{
    struct drydock_options o = DRYDOCK_OPTIONS_INIT;
    const char *set[8] = {"settle=0.05"}, *rules[2] = {disabled, NULL};
    struct drydock_report *report = NULL;
    char why[512];

    write_config(x->rule);
    write_capture(x->frames ? x->frames : 1, x->tcp);
    o.driver = drivers[x->variant];
    o.config = config_path;
    o.send = capture_path;
    o.wire = x->wire;
    o.device = x->device;
    o.set = set;
    o.set_count = 1;
    for (size_t i = 0; i < 3 && x->set[i]; i++) {
        set[o.set_count++] = x->set[i];
    }
    o.events = &x->event;
    o.event_count = x->event != NULL;
    o.duration_s = x->duration_s;
    o.disabled_rules = disabled ? rules : NULL;
    *ret_status = drydock_run(&o, &report, why, sizeof(why));
    if (*ret_status == DRYDOCK_COULD_NOT_RUN) {
        fail_msg("could not run: %s", why);
    }
    return report;
}

/* --- looking at findings --- */

static bool find(const struct drydock_report *r, const char *rule,
                 struct drydock_finding *ret_finding)
{
    for (size_t i = 0; drydock_report_finding(r, i, ret_finding) == 0; i++) {
        if (strcmp(ret_finding->rule, rule) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_expected(const struct expect *x, const char *rule)
{
    bool yes = strcmp(rule, x->rule) == 0;

    for (size_t i = 0; i < 2 && x->consequences[i]; i++) {
        yes |= strcmp(rule, x->consequences[i]) == 0;
    }
    return yes;
}

/* "  <label> ...seeded<something>.c:<line>" somewhere in the finding as printed; a stack goes on
 * for several lines */
static bool has_site(const char *formatted, const char *label)
{
    const char *at = strstr(formatted, strcmp(label, "stack") == 0 ? "\n  stack" : "\n  "), *file,
               *colon;
    char wanted[40];

    snprintf(wanted, sizeof(wanted), "\n  %s", label);
    at = at ? strstr(formatted, wanted) : NULL;
    file = at ? strstr(at, "seeded") : NULL;
    colon = file ? strstr(file, ".c:") : NULL;
    return colon && atoi(colon + 3) > 0 &&
           (strcmp(label, "stack") == 0 || !memchr(at + 1, '\n', (size_t)(file - at - 1)));
}

/* all that a test of a rule demands; false, with the reason told: not met */
static bool met(const struct expect *x, const struct drydock_report *r, bool tell)
{
    struct drydock_finding f;
    const char *problem = NULL;

    if (!find(r, x->rule, &f)) {
        problem = "no such finding";
    } else if (!strstr(f.text, x->text)) {
        problem = "another text";
    } else if (x->label && !has_site(f.formatted, x->label)) {
        problem = "no call site in the driver";
    }
    if (problem && tell) {
        print_error("%s: %s\n%s\n", x->rule, problem,
                    find(r, x->rule, &f) ? f.formatted : drydock_report_json(r));
    }
    return !problem;
}

static bool nothing_else(const struct expect *x, const struct drydock_report *r)
{
    struct drydock_finding f;
    bool ok = true;

    for (size_t i = 0; drydock_report_finding(r, i, &f) == 0; i++) {
        if (!is_expected(x, f.rule)) {
            print_error("beside %s there is\n%s\n", x->rule, f.formatted);
            ok = false;
        }
    }
    return ok;
}

static void test_rule(void **state)
{
    const struct expect *x = *state;
    struct drydock_report *r;
    struct drydock_finding f;
    int status;

    r = run(x, NULL, &status);
    assert_int_equal(status, x->information ? DRYDOCK_FINE : DRYDOCK_FINDINGS);
    assert_true(met(x, r, true));
    assert_true(nothing_else(x, r));
    drydock_report_free(r);

    r = run(x, x->rule, &status);
    assert_false(find(r, x->rule, &f));
    assert_false(met(x, r, false));
    assert_true(nothing_else(x, r));
    if (x->ends) {
        assert_int_equal(status, DRYDOCK_FINDINGS);
    }
    drydock_report_free(r);
}

/* --- the driver without a mistake --- */

static void clean(const struct expect *x)
{
    struct drydock_report *r;
    struct drydock_finding f;
    int status;
    bool found;

    r = run(x, NULL, &status);
    if (status != DRYDOCK_FINE) {
        print_error("%s\n", drydock_report_finding(r, 0, &f) == 0 ? f.formatted
                                                                  : drydock_report_summary(r));
    }
    assert_int_equal(status, DRYDOCK_FINE);
    assert_int_equal(drydock_report_findings(r), 0);
    assert_int_equal(drydock_report_number(r, "leaks", &found), 0);
    assert_true(found);
    assert_int_equal(drydock_report_number(r, "dma.sg_lists_built", NULL),
                     drydock_report_number(r, "dma.sg_lists_freed", NULL));
    assert_int_equal(drydock_report_number(r, "send.net_buffer_lists", NULL),
                     drydock_report_number(r, "send.completed", NULL));
    if (!x->event) {
        assert_int_equal(drydock_report_number(r, "send.failed", NULL), 0);
        assert_int_equal(drydock_report_number(r, "cable.frames_out", NULL), x->frames);
    }
    drydock_report_free(r);
}

static void test_clean_sends_find_nothing(void **state)
{
    (void)state;
    clean(&(const struct expect){.rule = "", .frames = 500});
}

static void test_clean_echo_finds_nothing(void **state)
{
    (void)state;
    clean(&(const struct expect){
        .rule = "", .frames = 500, .wire = "echo", .set = {"receive-hold=16", "nb-per-nbl=3"}});
}

static void test_clean_line_interrupt_finds_nothing(void **state)
{
    (void)state;
    clean(&(const struct expect){.rule = "",
                                 .frames = 300,
                                 .wire = "echo",
                                 .set = {"interrupt=line", "receive-throttle=4"}});
}

static void test_clean_deferred_callbacks_find_nothing(void **state)
{
    (void)state;
    clean(
        &(const struct expect){.rule = "",
                               .frames = 300,
                               .set = {"callback=deferred", "mdl=header-split", "bounce=always"}});
}

static void test_clean_pauses_find_nothing(void **state)
{
    (void)state;
    clean(&(const struct expect){.rule = "",
                                 .frames = 5000,
                                 .wire = "echo",
                                 .event = "0.001+0.002x20:pause",
                                 .set = {"receive-hold=8"}});
}

static void test_clean_resets_find_nothing(void **state)
{
    (void)state;
    clean(&(const struct expect){.rule = "", .frames = 5000, .event = "0.001+0.002x10:reset"});
}

static void test_clean_removal_finds_nothing(void **state)
{
    (void)state;
    clean(
        &(const struct expect){.rule = "", .frames = 5000, .wire = "echo", .event = "2ms:remove"});
}

static void test_clean_sleep_finds_nothing(void **state)
{
    (void)state;
    clean(&(const struct expect){.rule = "", .frames = 2000, .event = "2ms:sleep"});
}

static void test_clean_offloads_find_nothing(void **state)
{
    struct drydock_report *r;
    int status;

    (void)state;
    r = run(&(const struct expect){.rule = "", .frames = 3, .tcp = true, .set = {"offload=all"}},
            NULL, &status);
    assert_int_equal(status, DRYDOCK_FINE);
    assert_int_equal(drydock_report_number(r, "offload.large_segments", NULL), 3);
    drydock_report_free(r);
    clean(&(const struct expect){
        .rule = "", .frames = 8, .tcp = true, .set = {"offload=all", "mdl=header-split"}});
    clean(&(const struct expect){
        .rule = "", .frames = 200, .tcp = true, .wire = "echo", .set = {"offload=checksum"}});
}

/* --- the catalogue --- */

static void test_every_rule_has_a_seeded_mistake(void **state)
{
    struct drydock_entry e;

    (void)state;
    for (size_t i = 0; drydock_rule_at(i, &e); i++) {
        bool found =
            strcmp(e.name, "device-gone") == 0; /* no driver's mistake: tests/qemu/test_end.py */

        for (size_t k = 0; k < expectation_count; k++) {
            found |= strcmp(expectations[k].rule, e.name) == 0;
        }
        if (!found) {
            fail_msg("rule %s has no line in tests/seeded/rules.c", e.name);
        }
    }
}

/* --- --- */

static int run_rules(const char *group)
{
    struct CMUnitTest *tests = calloc(expectation_count, sizeof(*tests));
    size_t n = 0;
    int failed;

    if (!tests) {
        return 1;
    }
    for (size_t i = 0; i < expectation_count; i++) {
        if (strcmp(expectations[i].group, group) == 0) {
            tests[n++] = (struct CMUnitTest){.name = expectations[i].rule,
                                             .test_func = test_rule,
                                             .initial_state = (void *)(uintptr_t)&expectations[i]};
        }
    }
    failed = n > 0 ? _cmocka_run_group_tests(group, tests, n, NULL, NULL) : 1;
    free(tests);
    return failed;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest clean_tests[] = {
        cmocka_unit_test(test_every_rule_has_a_seeded_mistake),
        cmocka_unit_test(test_clean_sends_find_nothing),
        cmocka_unit_test(test_clean_echo_finds_nothing),
        cmocka_unit_test(test_clean_line_interrupt_finds_nothing),
        cmocka_unit_test(test_clean_deferred_callbacks_find_nothing),
        cmocka_unit_test(test_clean_pauses_find_nothing),
        cmocka_unit_test(test_clean_resets_find_nothing),
        cmocka_unit_test(test_clean_removal_finds_nothing),
        cmocka_unit_test(test_clean_sleep_finds_nothing),
        cmocka_unit_test(test_clean_offloads_find_nothing),
    };
    int failed;

    if (argc != 5 || !mkdtemp(folder)) {
        fprintf(stderr, "usage: test_rules GROUP seeded.so seeded-ndis5.so seeded-missing.so\n");
        return 2;
    }
    for (int i = 0; i < 3; i++) {
        drivers[i] = argv[2 + i];
    }
    snprintf(config_path, sizeof(config_path), "%s/config", folder);
    snprintf(capture_path, sizeof(capture_path), "%s/frames.pcap", folder);
    failed = strcmp(argv[1], "clean") == 0 ? cmocka_run_group_tests(clean_tests, NULL, NULL)
                                           : run_rules(argv[1]);
    unlink(config_path);
    unlink(capture_path);
    rmdir(folder);
    return failed ? 1 : 0;
}
