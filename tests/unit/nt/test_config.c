/* SPDX-License-Identifier: MIT */
#include "nt/config.h"

#include "base/thread.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SERVICE "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\e1000e"

static int stop(void **state)
{
    (void)state;
    dd_registry_drop();
    return 0;
}

#define config_test(fn) cmocka_unit_test_setup_teardown(fn, NULL, stop)

static void keys_are_found_by_either_separator_and_without_case(void **state)
{
    struct dd_key *key = dd_key_open(SERVICE, true);

    (void)state;
    assert_non_null(key);
    assert_ptr_equal(dd_key_open("registry/machine/SYSTEM/currentcontrolset/services/E1000E",
                                 false),
                     key);
    assert_ptr_equal(dd_key_open(SERVICE "\\", false), key);
    assert_null(dd_key_open(SERVICE "x", false));
    assert_string_equal(dd_key_path(key), SERVICE);
}

static void sub_keys_are_made_only_when_asked(void **state)
{
    struct dd_key *key = dd_key_open(SERVICE, true), *child;

    (void)state;
    assert_null(dd_key_child(key, "Parameters", false));
    child = dd_key_child(key, "Parameters", true);
    assert_ptr_equal(dd_key_child(key, "PARAMETERS", false), child);
    assert_ptr_equal(dd_key_open(SERVICE "/Parameters", false), child);
    child = dd_key_child(key, "a\\b\\c", true);
    assert_ptr_equal(dd_key_open(SERVICE "\\a\\b\\c", false), child);
    child = dd_key_child(key, "with/slash", true);
    assert_ptr_equal(dd_key_child(key, "WITH/SLASH", false), child);
    assert_null(dd_key_child(key, "with", false));
}

static void sub_keys_and_values_come_in_alphabetical_order(void **state)
{
    struct dd_key *key = dd_key_open("order", true);
    const char *name;

    (void)state;
    dd_key_child(key, "beta", true);
    dd_key_child(key, "Alpha", true);
    dd_key_child(key, "Gamma", true);
    assert_non_null(dd_key_child_at(key, 0, &name));
    assert_string_equal(name, "Alpha");
    assert_ptr_equal(dd_key_child_at(key, 2, &name), dd_key_child(key, "gamma", false));
    assert_null(dd_key_child_at(key, 3, &name));
    dd_key_set_dword(key, "z", 1);
    dd_key_set_dword(key, "*A", 2);
    assert_string_equal(dd_key_value_at(key, 0), "*A");
    assert_string_equal(dd_key_value_at(key, 1), "z");
    assert_null(dd_key_value_at(key, 2));
}

static void values_keep_type_and_bytes(void **state)
{
    struct dd_key *key = dd_key_open("values", true);
    const void *data;
    size_t len;
    uint32_t type;

    (void)state;
    assert_int_equal(dd_key_get(key, "x", &type, &data, &len), -ENOENT);
    assert_int_equal(dd_key_set_string(key, "*SpeedDuplex", "0\xc3\xa4"), 0);
    assert_int_equal(dd_key_get(key, "*speedduplex", &type, &data, &len), 0);
    assert_int_equal(type, REG_SZ);
    assert_int_equal(len, 6);
    assert_memory_equal(data, L"0\u00e4", 6);
    assert_int_equal(dd_key_set_dword(key, "*SPEEDDUPLEX", 0x12345678), 0);
    assert_int_equal(dd_key_get(key, "*SpeedDuplex", &type, &data, &len), 0);
    assert_int_equal(type, REG_DWORD);
    assert_int_equal(len, 4);
    assert_int_equal(*(const uint32_t *)data, 0x12345678);
    assert_int_equal(dd_key_set(key, "", REG_BINARY, NULL, 0), 0);
    assert_int_equal(dd_key_get(key, "", &type, &data, &len), 0);
    assert_int_equal(len, 0);
    assert_int_equal(dd_key_delete_value(key, "*SpeedDuplex"), 0);
    assert_int_equal(dd_key_delete_value(key, "*SpeedDuplex"), -ENOENT);
    assert_int_equal(dd_key_get(key, "*SpeedDuplex", &type, &data, &len), -ENOENT);
}

static void copy_outlives_a_later_set(void **state)
{
    struct dd_key *key = dd_key_open("copy", true);
    void *copy;
    size_t len;
    uint32_t type;

    (void)state;
    dd_key_set_dword(key, "v", 1);
    assert_int_equal(dd_key_copy(key, "v", &type, &copy, &len), 0);
    dd_key_set_dword(key, "v", 2);
    assert_int_equal(*(uint32_t *)copy, 1);
    free(copy);
}

static void deleted_key_answers_nothing(void **state)
{
    struct dd_key *key = dd_key_open("gone", true), *child = dd_key_child(key, "child", true);
    const void *data;
    size_t len;
    uint32_t type;

    (void)state;
    assert_int_equal(dd_key_delete(key), -ENOTEMPTY);
    assert_int_equal(dd_key_delete(child), 0);
    assert_int_equal(dd_key_delete(child), -EIDRM);
    assert_null(dd_key_child(key, "child", false));
    assert_true(dd_key_is_deleted(child));
    assert_int_equal(dd_key_set_dword(child, "v", 1), -EIDRM);
    assert_int_equal(dd_key_get(child, "v", &type, &data, &len), -EIDRM);
    assert_null(dd_key_child(child, "x", true));
    assert_int_equal(dd_key_delete(dd_key_open("", false)), -EPERM);
    assert_ptr_not_equal(dd_key_child(key, "child", true), child);
}

static void conversions_round_trip_and_cut_between_characters(void **state)
{
    const WCHAR wide[] = L"a\u00e4\u20ac\xd83d\xde00";
    WCHAR back[8];
    char utf8[16];

    (void)state;
    assert_int_equal(dd_utf16_to_utf8(wide, 5, utf8, sizeof(utf8)), 10);
    assert_string_equal(utf8, "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    assert_int_equal(dd_utf8_to_utf16(utf8, back, 8), 5);
    assert_memory_equal(back, wide, 12);
    assert_int_equal(dd_utf16_to_utf8(wide, 5, utf8, 6), 10);
    assert_string_equal(utf8, "a\xc3\xa4");
    assert_int_equal(dd_utf8_to_utf16("a\xf0\x9f\x98\x80", back, 3), 3);
    assert_memory_equal(back, L"a", 4);
    assert_int_equal(dd_utf16_to_utf8(wide, 5, NULL, 0), 10);
    assert_int_equal(dd_utf8_to_utf16("", back, 1), 0);
}

static void malformed_text_becomes_replacement_characters(void **state)
{
    static const char *const bad[] = {"\x80",
                                      "\xc3",
                                      "\xc0\x80",
                                      "\xe0\x80\x80",
                                      "\xed\xa0\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xff"};
    const WCHAR halves[] = {0xdc00, 'x', 0xd800};
    WCHAR out[8];
    char utf8[16];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        size_t n = dd_utf8_to_utf16(bad[i], out, 8);

        assert_int_equal(n, strlen(bad[i]));
        assert_int_equal(out[0], 0xfffd);
    }
    assert_int_equal(dd_utf16_to_utf8(halves, 3, utf8, sizeof(utf8)), 7);
    assert_string_equal(utf8, "\xef\xbf\xbdx\xef\xbf\xbd");
}

static void hammer(void *arg)
{
    struct dd_key *key = dd_key_open("threads", true);

    for (unsigned i = 0; i < 2000; i++) {
        char name[16];
        void *data;
        size_t len;
        uint32_t type;

        snprintf(name, sizeof(name), "v%u", i % 7);
        dd_key_set_dword(key, name, i);
        if (dd_key_copy(key, name, &type, &data, &len) == 0) {
            if (type != REG_DWORD || len != 4) {
                *(int *)arg = 1;
            }
            free(data);
        }
        dd_key_delete_value(key, name);
    }
}

static void threads_share_the_tree(void **state)
{
    struct dd_thread *t[3];
    int bad[3] = {0};

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(dd_thread_start("hammer", hammer, &bad[i], &t[i]), 0);
    }
    for (int i = 0; i < 3; i++) {
        dd_thread_join(t[i]);
        assert_int_equal(bad[i], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        config_test(keys_are_found_by_either_separator_and_without_case),
        config_test(sub_keys_are_made_only_when_asked),
        config_test(sub_keys_and_values_come_in_alphabetical_order),
        config_test(values_keep_type_and_bytes),
        config_test(copy_outlives_a_later_set),
        config_test(deleted_key_answers_nothing),
        config_test(conversions_round_trip_and_cut_between_characters),
        config_test(malformed_text_becomes_replacement_characters),
        config_test(threads_share_the_tree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
