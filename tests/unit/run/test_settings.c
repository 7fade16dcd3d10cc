/* SPDX-License-Identifier: MIT */
/* Settings: every value that is offered is taken and comes back as it was; what is wrong is told.
 */
#include "base/check.h"
#include "run/nearest.h"
#include "run/settings.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct dd_settings s;
static char why[512];

static int set(const char *text)
{
    why[0] = '\0';
    return dd_settings_set(&s, text, why, sizeof(why));
}

static void takes(const struct dd_setting *t, const char *value)
{
    char text[128], back[64];

    snprintf(text, sizeof(text), "%s=%s", t->name, value);
    assert_int_equal(set(text), 0);
    t->format(&s, back, sizeof(back));
    assert_string_equal(back, value);
}

static void test_every_named_value_is_taken(void **state)
{
    (void)state;
    dd_settings_default(&s);
    for (unsigned i = 0; i < dd_setting_count; i++) {
        char values[256], *rest = values, *value;

        snprintf(values, sizeof(values), "%s", dd_setting_table[i].values);
        if (!strchr(values, '|') || strpbrk(values, ".0N")) {
            continue;
        }
        while ((value = strsep(&rest, "|")) != NULL) {
            takes(&dd_setting_table[i], value);
        }
    }
}

static void test_defaults_come_back(void **state)
{
    struct dd_settings d, e;
    char value[64], text[128], back[64];

    (void)state;
    dd_settings_default(&d);
    memset(&e, 0x5a, sizeof(e));
    for (unsigned i = 0; i < dd_setting_count; i++) {
        dd_setting_table[i].format(&d, value, sizeof(value));
        snprintf(text, sizeof(text), "%s=%s", dd_setting_table[i].name, value);
        assert_int_equal(dd_settings_set(&e, text, why, sizeof(why)), 0);
        dd_setting_table[i].format(&e, back, sizeof(back));
        assert_string_equal(value, back);
    }
}

static void test_numbers_have_limits(void **state)
{
    static const char *const good[] = {"nb-per-nbl=1",
                                       "nb-per-nbl=64",
                                       "address-bits=24",
                                       "address-bits=64",
                                       "map-registers=auto",
                                       "map-registers=16777216",
                                       "fail=18446744073709551615",
                                       "fail=POOL:3",
                                       "fail=shmem_async_late",
                                       "ram=32M",
                                       "ram=3G",
                                       "ram-high=0",
                                       "ram-high=64G",
                                       "watchdog=0",
                                       "settle=0.001",
                                       "ndis=6.0",
                                       "ndis=6.87",
                                       "link-delay=60000",
                                       "shmem-delay=60000"};
    static const char *const bad[] = {"nb-per-nbl=0",
                                      "nb-per-nbl=65",
                                      "address-bits=23",
                                      "address-bits=65",
                                      "map-registers=0",
                                      "map-registers=16777217",
                                      "fail=18446744073709551616",
                                      "fail=-1",
                                      "fail=POOL:0",
                                      "fail=NOTHING:1",
                                      "ram=31M",
                                      "ram=3073M",
                                      "ram=1T",
                                      "ram-high=65G",
                                      "watchdog=-1",
                                      "watchdog=nan",
                                      "settle=61",
                                      "ndis=6.31",
                                      "ndis=5.1",
                                      "ndis=6.30x",
                                      "link-delay=60001",
                                      "shmem-delay=60001",
                                      "nb-per-nbl=",
                                      "ram=",
                                      "watchdog=",
                                      "nb-per-nbl=1x",
                                      "ram=64MM",
                                      "ram=99999999999G"};

    (void)state;
    dd_settings_default(&s);
    for (unsigned i = 0; i < DD_ARRAY_LEN(good); i++) {
        if (set(good[i]) != 0) {
            fail_msg("%s: %s", good[i], why);
        }
    }
    for (unsigned i = 0; i < DD_ARRAY_LEN(bad); i++) {
        struct dd_settings before = s;

        assert_int_equal(set(bad[i]), -EINVAL);
        assert_non_null(strstr(why, "setting "));
        assert_memory_equal(&before, &s, sizeof(s));
    }
}

static void test_unknown_names_are_told_the_nearest(void **state)
{
    (void)state;
    assert_int_equal(set("iomu=off"), -EINVAL);
    assert_non_null(strstr(why, "did you mean 'iommu'"));
    assert_int_equal(set("map_registers=8"), -EINVAL);
    assert_non_null(strstr(why, "'map-registers'"));
    assert_int_equal(set("iommu"), -EINVAL);
    assert_int_equal(set("=off"), -EINVAL);
    assert_int_equal(dd_settings_personality(&s, "Hostile", why, sizeof(why)), -EINVAL);
    assert_non_null(strstr(why, "'hostile'"));
}

static void test_personalities_are_settings(void **state)
{
    (void)state;
    for (unsigned i = 0; i < dd_personality_count; i++) {
        dd_settings_default(&s);
        assert_int_equal(dd_settings_personality(&s, dd_personalities[i].name, why, sizeof(why)),
                         0);
        assert_int_equal(dd_settings_check(&s, why, sizeof(why)), 0);
        assert_string_equal(s.personality, dd_personalities[i].name);
        for (unsigned k = 0; dd_personalities[i].settings[k]; k++) {
            assert_int_equal(set(dd_personalities[i].settings[k]), 0);
        }
    }
}

static void test_impossible_combinations_are_refused(void **state)
{
    (void)state;
    dd_settings_default(&s);
    set("map-registers=4");
    set("map-registers-per-transfer=5");
    assert_int_equal(dd_settings_check(&s, why, sizeof(why)), -EINVAL);
    set("map-registers-per-transfer=4");
    assert_int_equal(dd_settings_check(&s, why, sizeof(why)), 0);
}

static void test_relocate_is_a_shape_of_its_own(void **state)
{
    (void)state;
    dd_settings_default(&s);
    set("sgl=relocate");
    assert_true(s.dma.relocate);
    set("sgl=split");
    assert_false(s.dma.relocate);
}

static void test_nearest_names(void **state)
{
    static const char *const names[] = {"pause", "restart", "reset"};

    (void)state;
    assert_string_equal(dd_nearest("puase", 5, names, 3), "pause");
    assert_string_equal(dd_nearest("rest", 4, names, 3), "reset");
    assert_string_equal(dd_nearest("", 0, names, 3), "pause");
    assert_non_null(
        dd_nearest("a very long name that is longer than anything that is known here, by far", 72,
                   names, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_named_value_is_taken),
        cmocka_unit_test(test_defaults_come_back),
        cmocka_unit_test(test_numbers_have_limits),
        cmocka_unit_test(test_unknown_names_are_told_the_nearest),
        cmocka_unit_test(test_personalities_are_settings),
        cmocka_unit_test(test_impossible_combinations_are_refused),
        cmocka_unit_test(test_relocate_is_a_shape_of_its_own),
        cmocka_unit_test(test_nearest_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
