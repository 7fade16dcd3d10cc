/* SPDX-License-Identifier: MIT */
#include "svc_test.h"

#include "nt/pool.h"
#include "nt/utf.h"

#define STRING(text)                                                                               \
    {                                                                                              \
        sizeof(text) - 2, sizeof(text), (PWCH)(uintptr_t)(text)                                    \
    }

static void init_points_and_measures(void **state)
{
    UNICODE_STRING s;
    ANSI_STRING a;

    (void)state;
    RtlInitUnicodeString(&s, L"abc");
    assert_int_equal(s.Length, 6);
    assert_int_equal(s.MaximumLength, 8);
    RtlInitUnicodeString(&s, NULL);
    assert_int_equal(s.Length + s.MaximumLength, 0);
    assert_null(s.Buffer);
    RtlInitAnsiString(&a, "abc");
    assert_int_equal(a.Length, 3);
    assert_int_equal(a.MaximumLength, 4);
    RtlInitAnsiString(&a, NULL);
    assert_null(a.Buffer);
}

static void copy_truncates_to_whole_characters(void **state)
{
    UNICODE_STRING src = STRING(L"abcdef");
    WCHAR buf[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    UNICODE_STRING dest = {0, 7, buf};

    (void)state;
    RtlCopyUnicodeString(&dest, &src);
    assert_int_equal(dest.Length, 6);
    assert_memory_equal(buf, L"abc", 6);
    assert_int_equal(buf[3], 1);
    dest.MaximumLength = 16;
    RtlCopyUnicodeString(&dest, &src);
    assert_int_equal(dest.Length, 12);
    assert_int_equal(buf[6], 0);
    RtlCopyUnicodeString(&dest, NULL);
    assert_int_equal(dest.Length, 0);
}

static void compare_is_signed_and_may_fold_case(void **state)
{
    UNICODE_STRING a = STRING(L"Abc"), b = STRING(L"aBC"), longer = STRING(L"Abcd"),
                   odd = {7, 8, (PWCH)L"Abcd"};
    UNICODE_STRING umlaut = STRING(L"\u00c4\u0416"), lower = STRING(L"\u00e4\u0436");

    (void)state;
    assert_int_equal(RtlCompareUnicodeString(&a, &b, TRUE), 0);
    assert_true(RtlCompareUnicodeString(&a, &b, FALSE) < 0);
    assert_true(RtlCompareUnicodeString(&b, &a, FALSE) > 0);
    assert_true(RtlCompareUnicodeString(&a, &longer, FALSE) < 0);
    assert_int_equal(RtlEqualUnicodeString(&a, &odd, FALSE),
                     TRUE); /* the odd byte is no character */
    assert_int_equal(RtlEqualUnicodeString(&umlaut, &lower, TRUE), TRUE);
    assert_int_equal(RtlEqualUnicodeString(&umlaut, &lower, FALSE), FALSE);
}

static void narrow_strings_compare_by_length_and_bytes(void **state)
{
    STRING a = {3, 3, (PCHAR) "abc"}, b = {3, 3, (PCHAR) "ABC"}, c = {2, 2, (PCHAR) "ab"};

    (void)state;
    assert_int_equal(RtlEqualString(&a, &b, TRUE), TRUE);
    assert_int_equal(RtlEqualString(&a, &b, FALSE), FALSE);
    assert_int_equal(RtlEqualString(&a, &c, TRUE), FALSE);
}

static void append_that_does_not_fit_changes_nothing(void **state)
{
    WCHAR buf[8] = L"abc";
    UNICODE_STRING dest = {6, 10, buf}, two = STRING(L"de"), three = STRING(L"fgh");

    (void)state;
    assert_int_equal(RtlAppendUnicodeStringToString(&dest, &three), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(dest.Length, 6);
    assert_memory_equal(buf, L"abc", 8);
    assert_int_equal(RtlAppendUnicodeStringToString(&dest, &two), STATUS_SUCCESS);
    assert_int_equal(dest.Length, 10);
    assert_memory_equal(buf, L"abcde", 10);
    assert_int_equal(RtlAppendUnicodeToString(&dest, L"x"), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(RtlAppendUnicodeToString(&dest, NULL), STATUS_SUCCESS);
    dest.MaximumLength = 16;
    assert_int_equal(RtlAppendUnicodeToString(&dest, L"fg"), STATUS_SUCCESS);
    assert_memory_equal(buf, L"abcdefg", 16);
}

static void integers_become_text_in_four_bases(void **state)
{
    WCHAR buf[40];
    UNICODE_STRING s = {0, sizeof(buf), buf};

    (void)state;
    assert_int_equal(RtlIntegerToUnicodeString(4294967295u, 0, &s), STATUS_SUCCESS);
    assert_memory_equal(buf, L"4294967295", 22);
    assert_int_equal(RtlIntegerToUnicodeString(0xbeef, 16, &s), STATUS_SUCCESS);
    assert_memory_equal(buf, L"BEEF", 10);
    assert_int_equal(RtlIntegerToUnicodeString(8, 8, &s), STATUS_SUCCESS);
    assert_memory_equal(buf, L"10", 6);
    assert_int_equal(RtlIntegerToUnicodeString(0xffffffff, 2, &s), STATUS_SUCCESS);
    assert_int_equal(s.Length, 64);
    assert_int_equal(RtlIntegerToUnicodeString(1, 7, &s), STATUS_INVALID_PARAMETER);
    s.MaximumLength = 4;
    assert_int_equal(RtlIntegerToUnicodeString(100, 10, &s), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(RtlIntegerToUnicodeString(10, 10, &s), STATUS_SUCCESS);
}

static void text_becomes_integers(void **state)
{
    static const struct {
        const WCHAR *text;
        ULONG base, value;
    } row[] = {
        {L"42", 0, 42},  {L"0x2A", 0, 42}, {L"0o52", 0, 42},        {L"0b101010", 0, 42},
        {L"2a", 16, 42}, {L"12x", 10, 12}, {L"  7", 0, 7},          {L"-1", 0, -1u},
        {L"+5", 0, 5},   {L"xyz", 0, 0},   {L"4294967295", 0, -1u}, {L"0x2A", 16, 0},
        {L"089", 0, 89}, {L"19", 8, 1},
    };
    UNICODE_STRING s = {0, 0, NULL};
    ULONG v;

    (void)state;
    assert_int_equal(RtlUnicodeStringToInteger(&s, 0, &v), STATUS_INVALID_PARAMETER);
    for (size_t i = 0; i < DD_ARRAY_LEN(row); i++) {
        RtlInitUnicodeString(&s, row[i].text);
        v = 99;
        assert_int_equal(RtlUnicodeStringToInteger(&s, row[i].base, &v), STATUS_SUCCESS);
        assert_int_equal(v, row[i].value);
    }
    assert_int_equal(RtlUnicodeStringToInteger(&s, 3, &v), STATUS_INVALID_PARAMETER);
}

static void conversion_to_narrow_needs_room_for_the_terminator(void **state)
{
    UNICODE_STRING src = STRING(L"a\u00e4");
    char buf[8];
    ANSI_STRING dest = {0, 3, buf};

    (void)state;
    assert_int_equal(RtlUnicodeStringToAnsiString(&dest, &src, FALSE), STATUS_BUFFER_OVERFLOW);
    dest.MaximumLength = 4;
    assert_int_equal(RtlUnicodeStringToAnsiString(&dest, &src, FALSE), STATUS_SUCCESS);
    assert_int_equal(dest.Length, 3);
    assert_string_equal(buf, "a\xc3\xa4");
    assert_int_equal(RtlUnicodeStringToAnsiString(&dest, &src, TRUE), STATUS_SUCCESS);
    assert_string_equal(dest.Buffer, "a\xc3\xa4");
    assert_int_equal(dest.MaximumLength, 4);
    RtlFreeAnsiString(&dest);
    assert_null(dest.Buffer);
    assert_int_equal(dd_pool_live_bytes(), 0);
    svc_test.fail[DD_FAIL_POOL] = 1;
    assert_int_equal(RtlUnicodeStringToAnsiString(&dest, &src, TRUE), STATUS_NO_MEMORY);
}

static void conversion_to_wide_keeps_embedded_nuls(void **state)
{
    ANSI_STRING src = {4, 4, (PCHAR) "a\0\xc3\xa4"};
    WCHAR buf[8];
    UNICODE_STRING dest = {0, 6, buf};

    (void)state;
    assert_int_equal(RtlAnsiStringToUnicodeString(&dest, &src, FALSE), STATUS_BUFFER_OVERFLOW);
    dest.MaximumLength = 8;
    assert_int_equal(RtlAnsiStringToUnicodeString(&dest, &src, FALSE), STATUS_SUCCESS);
    assert_int_equal(dest.Length, 6);
    assert_memory_equal(buf, L"a\0\u00e4", 8);
    assert_int_equal(RtlAnsiStringToUnicodeString(&dest, &src, TRUE), STATUS_SUCCESS);
    RtlFreeUnicodeString(&dest);
    RtlFreeUnicodeString(&dest); /* an empty one is fine */
    assert_int_equal(EVENTS(POOL_BAD_FREE), 0);
    src.Length = 0;
    src.Buffer = NULL;
    assert_int_equal(RtlAnsiStringToUnicodeString(&dest, &src, TRUE), STATUS_SUCCESS);
    assert_int_equal(dest.Length, 0);
    RtlFreeUnicodeString(&dest);
}

static void upcase_keeps_the_length(void **state)
{
    UNICODE_STRING src = STRING(L"stra\u00dfe \u00ff1"), dest = {0, 0, NULL};
    WCHAR small[2];
    UNICODE_STRING narrow = {0, sizeof(small), small};

    (void)state;
    assert_int_equal(RtlUpcaseUnicodeString(&dest, &src, TRUE), STATUS_SUCCESS);
    assert_int_equal(dest.Length, src.Length);
    assert_memory_equal(dest.Buffer, L"STRA\u00dfE \u01781", src.Length);
    RtlFreeUnicodeString(&dest);
    assert_int_equal(RtlUpcaseUnicodeString(&narrow, &src, FALSE), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(RtlUpcaseUnicodeChar(0x3c9), 0x3a9);
}

static void case_mappings_invert_each_other(void **state)
{
    unsigned letters = 0;

    (void)state;
    for (unsigned c = 0; c < 0x10000; c++) {
        WCHAR up = dd_upcase((WCHAR)c);

        if (up != c) {
            letters++;
            assert_int_equal(dd_upcase(up), up);
            assert_int_equal(dd_downcase(up), c);
        }
    }
    assert_true(letters > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        svc_test(init_points_and_measures),
        svc_test(copy_truncates_to_whole_characters),
        svc_test(compare_is_signed_and_may_fold_case),
        svc_test(narrow_strings_compare_by_length_and_bytes),
        svc_test(append_that_does_not_fit_changes_nothing),
        svc_test(integers_become_text_in_four_bases),
        svc_test(text_becomes_integers),
        svc_test(conversion_to_narrow_needs_room_for_the_terminator),
        svc_test(conversion_to_wide_keeps_embedded_nuls),
        svc_test(upcase_keeps_the_length),
        svc_test(case_mappings_invert_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
