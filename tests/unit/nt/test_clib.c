/* SPDX-License-Identifier: MIT */
/* ntddk.h before the host's headers, as in a driver: its names of the C library are the ones
 * tested. */
#include <ntddk.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void narrow_compare_ignores_ascii_case(void **state)
{
    (void)state;
    assert_int_equal(_stricmp("AbC", "aBc"), 0);
    assert_true(_stricmp("abc", "abd") < 0);
    assert_true(_stricmp("abc", "ab") > 0);
    assert_int_equal(_strnicmp("abX", "ABy", 2), 0);
    assert_true(_strnicmp("abX", "ABy", 3) < 0);
    assert_true(_stricmp("a_", "aA") < 0); /* compared in lower case */
}

static void wide_functions_have_sixteen_bit_units(void **state)
{
    WCHAR buf[8] = L"";

    (void)state;
    assert_int_equal(wcslen(L"abc"), 3);
    assert_int_equal(wcsnlen(L"abc", 2), 2);
    assert_ptr_equal(wcscpy(buf, L"ab"), buf);
    wcscat(buf, L"cd");
    assert_int_equal(wcscmp(buf, L"abcd"), 0);
    assert_true(wcscmp(L"a", L"b") < 0);
    assert_int_equal(wcsncmp(L"abx", L"aby", 2), 0);
    assert_int_equal(_wcsicmp(L"ABC", L"abc"), 0);
    assert_int_equal(_wcsnicmp(L"ABx", L"aby", 2), 0);
    assert_ptr_equal(wcschr(buf, 'c'), buf + 2);
    assert_ptr_equal(wcschr(buf, 0), buf + 4);
    assert_null(wcschr(buf, 'x'));
    assert_ptr_equal(wcsrchr(L"x", 'a'), NULL);
    assert_ptr_equal(wcsrchr(buf, 'a'), buf);
    assert_ptr_equal(wcsstr(buf, L"bc"), buf + 1);
    assert_ptr_equal(wcsstr(buf, L""), buf);
    assert_null(wcsstr(buf, L"bd"));
    wcsncpy(buf, L"xy", 4);
    assert_memory_equal(buf, L"xy\0\0", 8);
    wcsncpy(buf, L"12345", 2);
    assert_int_equal(buf[2], 0);
    assert_int_equal(buf[1], '2');
}

static void case_is_changed_in_place(void **state)
{
    char s[] = "aBc1";

    (void)state;
    assert_string_equal(_strupr(s), "ABC1");
    assert_string_equal(_strlwr(s), "abc1");
}

static void snprintf_terminates_only_where_there_is_room(void **state)
{
    char buf[8];

    (void)state;
    memset(buf, 'x', 8);
    assert_int_equal(_snprintf(buf, 8, "%d", 123), 3);
    assert_string_equal(buf, "123");
    memset(buf, 'x', 8);
    assert_int_equal(_snprintf(buf, 3, "%d", 123), 3);
    assert_memory_equal(buf, "123xx", 5);
    assert_int_equal(_snprintf(buf, 2, "%d", 987), -1);
    assert_memory_equal(buf, "983xx", 5);
    assert_int_equal(_snprintf(NULL, 0, "abc"), -1);
}

static void wide_snprintf_has_the_same_rule(void **state)
{
    WCHAR buf[8] = L"xxxxxxx";

    (void)state;
    assert_int_equal(_snwprintf(buf, 3, L"%d", 123), 3);
    assert_memory_equal(buf, L"123xx", 10);
    assert_int_equal(_snwprintf(buf, 8, L"%S", "ab"), 2);
    assert_memory_equal(buf, L"ab", 6);
    assert_int_equal(_snwprintf(buf, 1, L"zz"), -1);
}

static void sprintf_speaks_windows(void **state)
{
    char buf[64];
    WCHAR wide[64];

    (void)state;
    assert_int_equal(sprintf(buf, "%lu %I64u", 0xffffffffu, 1ull << 40), 24);
    assert_string_equal(buf, "4294967295 1099511627776");
    assert_int_equal(DrydockSwprintf(wide, L"%s", L"abc"), 3);
    assert_memory_equal(wide, L"abc", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(narrow_compare_ignores_ascii_case),
        cmocka_unit_test(wide_functions_have_sixteen_bit_units),
        cmocka_unit_test(case_is_changed_in_place),
        cmocka_unit_test(snprintf_terminates_only_where_there_is_room),
        cmocka_unit_test(wide_snprintf_has_the_same_rule),
        cmocka_unit_test(sprintf_speaks_windows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
