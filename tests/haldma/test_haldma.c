/* SPDX-License-Identifier: MIT */
/*
 * test_haldma haldma.so
 *
 * Runs of the HAL test miniport. It prints a line for each member of DMA_OPERATIONS; a member that
 * was not called fails the test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above before it */
#include <cmocka.h>

#include <drydock/drydock.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES 16384u
#define MEMBERS    39u /* sizeof(DMA_OPERATIONS) is 320: Size, padding, and so many pointers */

static const char *driver;
static char text[TEXT_BYTES];
static size_t text_len;

static void keep_text(void *arg, const char *more, size_t len)
{
    (void)arg;
    if (len < TEXT_BYTES - text_len) {
        memcpy(text + text_len, more, len);
        text_len += len;
        text[text_len] = '\0';
    }
}

/* lines "haldma: NAME called N result 0x..." with N > 0 */
static unsigned members_called(void)
{
    unsigned n = 0, calls;
    char name[64];

    for (const char *at = text; (at = strstr(at, "haldma: ")) != NULL; at++) {
        if (sscanf(at, "haldma: %63s called %u result", name, &calls) == 2) {
            if (calls == 0) {
                fail_msg("%s was not called", name);
            }
            n++;
        }
    }
    return n;
}

static void run(const char *const *set, size_t count)
{
    static const char *const disabled[] = {"oid-wrong-answer", NULL}; /* it answers none */
    struct drydock_options o = DRYDOCK_OPTIONS_INIT;
    struct drydock_report *report = NULL;
    struct drydock_finding f;
    char why[512] = "";
    int status;

    text_len = 0;
    text[0] = '\0';
    o.driver = driver;
    o.device = "soft:e1000e";
    o.set = set;
    o.set_count = count;
    o.driver_text = keep_text;
    o.disabled_rules = disabled;
    status = drydock_run(&o, &report, why, sizeof(why));
    if (status != DRYDOCK_FINE) {
        fail_msg("status %d %s\n%s\n%s", status, why,
                 report && drydock_report_finding(report, 0, &f) == 0 ? f.formatted : "", text);
    }
    drydock_report_free(report);
    assert_null(strstr(text, "FAILED"));
    assert_non_null(strstr(text, "haldma: table of 320 bytes"));
    assert_int_equal(members_called(), MEMBERS);
}

static void test_every_member_is_called(void **state)
{
    static const char *const set[] = {"settle=0.05", "callback=inline"};

    (void)state;
    run(set, 2);
    fputs(text, stdout);
}

static void test_every_member_is_called_with_everything_bounced(void **state)
{
    static const char *const set[] = {"settle=0.05", "callback=inline", "bounce=always",
                                      "sgl=per-page"};

    (void)state;
    run(set, 4);
}

static void test_every_member_is_called_without_translation(void **state)
{
    static const char *const set[] = {"settle=0.05", "callback=inline", "iommu=off", "sgl=split"};

    (void)state;
    run(set, 4);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_member_is_called),
        cmocka_unit_test(test_every_member_is_called_with_everything_bounced),
        cmocka_unit_test(test_every_member_is_called_without_translation),
    };

    if (argc != 2) {
        fprintf(stderr, "usage: test_haldma haldma.so\n");
        return 2;
    }
    driver = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
