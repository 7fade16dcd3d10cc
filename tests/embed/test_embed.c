/* SPDX-License-Identifier: MIT */
/* The host API at its edges: what a program that embeds Drydock may get wrong, several runs,
 * several threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above before it */
#include <cmocka.h>

#include <drydock/drydock.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const char *driver, *capture;

static void run_once(void)
{
    static const char *const set[] = {"settle=0.02"};
    struct drydock_options o = DRYDOCK_OPTIONS_INIT;
    struct drydock_report *report = NULL;
    char why[256];
    bool found = true;

    o.driver = driver;
    o.send = capture;
    o.set = set;
    o.set_count = 1;
    if (drydock_run(&o, &report, why, sizeof(why)) != DRYDOCK_FINE) {
        abort();
    }
    if (drydock_report_number(report, "no.such", &found) != 0 || found ||
        drydock_report_number(report, "send.completed", &found) == 0 || !found ||
        !strstr(drydock_report_json(report), "\"send\"") || !drydock_report_summary(report)[0]) {
        abort();
    }
    drydock_report_free(report);
}

static void *run_twice(void *arg)
{
    run_once();
    run_once();
    return arg;
}

static void test_two_threads_run_at_once(void **state)
{
    pthread_t t[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&t[i], NULL, run_twice, NULL), 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(t[i], NULL), 0);
    }
}

static void test_a_report_is_null_when_it_could_not_run(void **state)
{
    struct drydock_options o = DRYDOCK_OPTIONS_INIT;
    struct drydock_report *report = (void *)1;
    char why[256] = "";

    (void)state;
    o.driver = "/nonexistent.so";
    assert_int_equal(drydock_run(&o, &report, why, sizeof(why)), DRYDOCK_COULD_NOT_RUN);
    assert_null(report);
    assert_non_null(strstr(why, "/nonexistent.so"));
    assert_null(strchr(why, '\n'));
    drydock_report_free(report);
}

static void test_a_missing_runner_is_told(void **state)
{
    struct drydock_options o = DRYDOCK_OPTIONS_INIT;
    struct drydock_report *report;
    char why[256];

    (void)state;
    o.driver = driver;
    o.runner = "/nonexistent/drydock-runner";
    assert_int_equal(drydock_run(&o, &report, why, sizeof(why)), DRYDOCK_COULD_NOT_RUN);
    assert_non_null(strstr(why, "/nonexistent/drydock-runner"));
}

static void test_a_runner_that_is_none_is_told(void **state)
{
    struct drydock_options o = DRYDOCK_OPTIONS_INIT;
    struct drydock_report *report;
    char why[256];

    (void)state;
    o.driver = driver;
    o.runner = "/bin/true";
    assert_int_equal(drydock_run(&o, &report, why, sizeof(why)), DRYDOCK_COULD_NOT_RUN);
    assert_non_null(strstr(why, "/bin/true ended at once"));
}

static void test_options_of_another_version_are_refused(void **state)
{
    struct drydock_options o = DRYDOCK_OPTIONS_INIT;
    struct drydock_report *report;
    char why[256];

    (void)state;
    o.driver = driver;
    o.size = 0;
    assert_int_equal(drydock_run(&o, &report, why, sizeof(why)), DRYDOCK_COULD_NOT_RUN);
    assert_non_null(strstr(why, "drydock_options.size"));
}

static void test_a_short_buffer_for_the_reason_is_enough(void **state)
{
    struct drydock_options o = DRYDOCK_OPTIONS_INIT;
    struct drydock_report *report;
    char why[8];

    (void)state;
    o.driver = "/nonexistent.so";
    assert_int_equal(drydock_run(&o, &report, why, sizeof(why)), DRYDOCK_COULD_NOT_RUN);
    assert_int_equal(strlen(why), 7);
    assert_int_equal(drydock_run(&o, &report, NULL, 0), DRYDOCK_COULD_NOT_RUN);
}

static void test_catalogues_end(void **state)
{
    struct drydock_entry e;
    size_t n = 0;

    (void)state;
    while (drydock_rule_at(n, &e)) {
        char *text = drydock_explain(e.name);

        assert_non_null(text);
        free(text);
        n++;
    }
    assert_true(n > 80);
    assert_false(drydock_rule_at(SIZE_MAX, &e));
    assert_false(drydock_device_at(1000, &e));
    assert_null(drydock_explain("no such name"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_threads_run_at_once),
        cmocka_unit_test(test_a_report_is_null_when_it_could_not_run),
        cmocka_unit_test(test_a_missing_runner_is_told),
        cmocka_unit_test(test_a_runner_that_is_none_is_told),
        cmocka_unit_test(test_options_of_another_version_are_refused),
        cmocka_unit_test(test_a_short_buffer_for_the_reason_is_enough),
        cmocka_unit_test(test_catalogues_end),
    };

    if (argc != 3) {
        return 2;
    }
    driver = argv[1];
    capture = argv[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
