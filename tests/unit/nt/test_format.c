/* SPDX-License-Identifier: MIT */
/* The table is nt-services 2.7, row by row. */
#include "nt/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static size_t format(char *out, size_t size, unsigned *ret_notes, const char *fmt, ...)
{
    va_list ap;
    size_t len;

    va_start(ap, fmt);
    len = dd_format_notes(out, size, fmt, ap, ret_notes);
    va_end(ap);
    return len;
}

static size_t format_wide(WCHAR *out, size_t units, const WCHAR *fmt, ...)
{
    va_list ap;
    size_t len;

    va_start(ap, fmt);
    len = dd_format_wide(out, units, fmt, ap, NULL);
    va_end(ap);
    return len;
}

#define EXPECT_NOTES(text, wanted_notes, ...)                                                      \
    do {                                                                                           \
        char out_[256];                                                                            \
        unsigned notes_;                                                                           \
        size_t len_ = format(out_, sizeof(out_), &notes_, __VA_ARGS__);                            \
        assert_string_equal(out_, text);                                                           \
        assert_int_equal(len_, strlen(text));                                                      \
        assert_int_equal(notes_, wanted_notes);                                                    \
    } while (0)
#define EXPECT(text, ...) EXPECT_NOTES(text, 0u, __VA_ARGS__)

static void flags_pad_and_sign(void **state)
{
    (void)state;
    EXPECT("[   42][42   ][00042][+42][ 42][0x2a][0X2A][052]",
           "[%5d][%-5d][%05d][%+d][% d][%#x][%#X][%#o]", 42, 42, 42, 42, 42, 42, 42, 42);
    EXPECT("[-0042][-42  ][  -42][042][00042]", "[%05d][%-05d][%5d][%.3d][%#.5u]", -42, -42, -42,
           42, 42);
    EXPECT("[0][0][]", "[%#x][%x][%.0d]", 0, 0, 0);
    EXPECT("[   42][42   ][042][42]", "[%*d][%*d][%.*d][%.*d]", 5, 42, -5, 42, 3, 42, -1, 42);
    EXPECT("100%", "%d%%", 100);
}

static void integers_without_prefix_and_with_l_fetch_32_bits(void **state)
{
    (void)state;
    EXPECT("-1 4294967295 ffffffff FFFFFFFF 37777777777 -1", "%d %u %x %X %o %i", -1, -1, -1, -1,
           -1, -1);
    EXPECT("-2147483648 4294967295 deadbeef 7", "%ld %lu %lx %d", INT32_MIN, -1, 0xdeadbeefu, 7);
    /* the upper half of a 64-bit argument is not looked at, and the next argument is found */
    EXPECT("1 7", "%lu %d", 0xffffffff00000001ull, 7);
}

static void sizes_choose_the_bits(void **state)
{
    (void)state;
    EXPECT("-1 65535 ffff", "%hd %hu %hx", 0x1ffff, 0x1ffff, 0x1ffff);
    EXPECT("-1 18446744073709551615 123456789abcdef0 123456789ABCDEF0", "%lld %llu %llx %I64X",
           -1ll, -1ll, 0x123456789abcdef0ull, 0x123456789abcdef0ull);
    EXPECT("-9223372036854775808 1 2 3", "%I64d %I64u %I64x %I64i", INT64_MIN, 1ull, 2ull, 3ll);
    EXPECT("-1 4294967295 5", "%I32d %I32u %I32x", 0xffffffffull, 0xffffffffull, 5);
}

static void size_i_alone_is_pointer_wide(void **state)
{
    (void)state;
    EXPECT("123456789a 1234567890123 -5", "%Ix %Iu %Id", (size_t)0x123456789a,
           (size_t)1234567890123, (ptrdiff_t)-5);
}

static void sizes_of_the_newer_runtime_are_accepted_and_noted(void **state)
{
    (void)state;
    EXPECT_NOTES("-1 255", DD_FORMAT_UNCOMMON, "%hhd %hhu", 0x1ff, 0x1ff);
    EXPECT_NOTES("12345678901", DD_FORMAT_UNCOMMON, "%zu", (size_t)12345678901);
    EXPECT_NOTES("-12345678901 1", DD_FORMAT_UNCOMMON, "%td %jd", (ptrdiff_t)-12345678901,
                 (intmax_t)1);
}

static void pointers_are_sixteen_upper_case_digits(void **state)
{
    (void)state;
    EXPECT("00000000DEADBEEF FFFF800000001234 0000000000000000", "%p %p %p", (void *)0xdeadbeef,
           (void *)0xffff800000001234, NULL);
    EXPECT("[0000000000000001  ][  0000000000000001]", "[%-18p][%18p]", (void *)1, (void *)1);
}

static void characters_follow_the_width_of_the_function(void **state)
{
    (void)state;
    EXPECT("[A][B][  C][D  ]", "[%c][%hc][%3c][%-3c]", 'A', 'B', 'C', 'D');
    EXPECT_NOTES("A\xc3\xa9\xe2\x82\xac", DD_FORMAT_WIDE, "%C%lc%wc", 'A', 0xe9, 0x20ac);
}

static void strings_follow_the_width_of_the_function(void **state)
{
    (void)state;
    EXPECT("[abc][abc][  abc][abc  ][ab][]", "[%s][%hs][%5s][%-5s][%.2s][%.0s]", "abc", "abc",
           "abc", "abc", "abc", "abc");
    EXPECT_NOTES("abc abc abc abc", DD_FORMAT_WIDE, "%S %ls %ws %hs", L"abc", L"abc", L"abc",
                 "abc");
    EXPECT_NOTES("[ \xc3\xa4\xc3\xb6]", DD_FORMAT_WIDE, "[%3.2S]", L"\u00e4\u00f6\u00fc");
}

static void strings_need_no_terminator_within_the_precision(void **state)
{
    const char narrow[3] = {'x', 'y', 'z'};
    const WCHAR wide[3] = {'u', 'v', 'w'};

    (void)state;
    EXPECT("xyz", "%.3s", narrow);
    EXPECT_NOTES("uvw", DD_FORMAT_WIDE, "%.3S", wide);
}

static void null_strings_print_null(void **state)
{
    (void)state;
    EXPECT("(null) [  (null)] (nu", "%s [%8s] %.3s", NULL, NULL, NULL);
    EXPECT_NOTES("(null)", DD_FORMAT_WIDE, "%S", NULL);
}

static void counted_strings_print_their_length(void **state)
{
    ANSI_STRING a = {5, 6, (PCHAR) "a\0cde"};
    WCHAR units[] = {'W', 0xd83d, 0xde00, 0xd800, 'x'};
    UNICODE_STRING u = {sizeof(units), sizeof(units), units}, odd = {3, 4, units},
                   none = {8, 8, NULL};
    char out[64];
    unsigned notes;

    (void)state;
    assert_int_equal(format(out, sizeof(out), &notes, "%Z|%hZ", &a, &a), 11);
    assert_memory_equal(out, "a\0cde|a\0cde", 12);
    EXPECT_NOTES("W\xf0\x9f\x98\x80\xef\xbf\xbdx", DD_FORMAT_WIDE, "%wZ", &u);
    EXPECT_NOTES("W|(null)|(null)|[    W]", DD_FORMAT_WIDE, "%wZ|%wZ|%wZ|[%5wZ]", &odd, &none, NULL,
                 &odd);
}

static void count_conversion_is_refused(void **state)
{
    int n = 42;

    (void)state;
    EXPECT_NOTES("a%nb7", DD_FORMAT_COUNT, "a%nb%d", &n, 7);
    assert_int_equal(n, 42);
}

static void floating_point_is_not_supported_and_does_not_disturb_what_follows(void **state)
{
    (void)state;
    EXPECT_NOTES("%f 7 %.2e 8", DD_FORMAT_FLOAT, "%f %d %.2e %d", 1.5, 7, 2.5, 8);
}

static void broken_formats_print_as_they_stand(void **state)
{
    (void)state;
    EXPECT_NOTES("a%y1", DD_FORMAT_UNKNOWN, "a%y%d", 1);
    EXPECT_NOTES("a", DD_FORMAT_UNKNOWN, "a%");
    EXPECT_NOTES("a", DD_FORMAT_UNKNOWN, "a%-08.3l");
    EXPECT_NOTES("%-5\x01", DD_FORMAT_UNKNOWN, "%-5\x01");
}

static void output_is_cut_and_terminated(void **state)
{
    char out[8];

    (void)state;
    memset(out, 'x', sizeof(out));
    assert_int_equal(format(out, 4, NULL, "abcdefgh"), 8);
    assert_memory_equal(out, "abc\0xxxx", 8);
    assert_int_equal(format(out, 1, NULL, "abc"), 3);
    assert_int_equal(out[0], 0);
    assert_int_equal(format(NULL, 0, NULL, "%d", 12345), 5);
}

static void huge_widths_are_counted_and_not_written(void **state)
{
    char out[4];

    (void)state;
    assert_int_equal(format(out, sizeof(out), NULL, "%2147483647d", 1), 2147483647);
    assert_string_equal(out, "   ");
    assert_int_equal(format(out, sizeof(out), NULL, "%99999999999999s", "x"), 2147483647);
    assert_int_equal(format(out, sizeof(out), NULL, "%*d", INT32_MIN, 1), 2147483647);
    assert_int_equal(format(out, sizeof(out), NULL, "%.2147483647u", 1), 2147483647);
}

static void wide_function_reverses_the_widths(void **state)
{
    WCHAR out[64];

    (void)state;
    assert_int_equal(format_wide(out, 64, L"%s|%S|%hs|%ls|%ws", L"a", "b", "c", L"d", L"e"), 9);
    assert_memory_equal(out, L"a|b|c|d|e", 20);
    assert_int_equal(format_wide(out, 64, L"%c%C%hc%wc", 'a', 'b', 'c', 'd'), 4);
    assert_memory_equal(out, L"abcd", 10);
    assert_int_equal(format_wide(out, 64, L"%d %I64x \u20ac %hs", 5, 6ull, "\xf0\x9f\x98\x80"), 8);
    assert_memory_equal(out, L"5 6 \u20ac \xd83d\xde00", 18);
}

static void wide_output_is_cut_and_terminated(void **state)
{
    WCHAR out[4] = {1, 1, 1, 1};

    (void)state;
    assert_int_equal(format_wide(out, 3, L"abcdef"), 6);
    assert_int_equal(out[1], 'b');
    assert_int_equal(out[2], 0);
    assert_int_equal(out[3], 1);
}

static void every_format_of_three_characters_keeps_to_the_buffer(void **state)
{
    static const char set[] = "%dxXsSpcCZnhlIw64*.-0#+ y";
    char fmt[5] = "%", out[12];
    UNICODE_STRING u = {0, 0, NULL};

    (void)state;
    for (size_t i = 0; i < sizeof(set) - 1; i++) {
        for (size_t j = 0; j < sizeof(set) - 1; j++) {
            for (size_t k = 0; k < sizeof(set); k++) {
                fmt[1] = set[i];
                fmt[2] = set[j];
                fmt[3] = set[k];
                memset(out, 'x', sizeof(out));
                (void)format(out, 8, NULL, fmt, &u, &u, &u, &u);
                assert_memory_equal(out + 8, "xxxx", 4);
                assert_non_null(memchr(out, 0, 8));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_pad_and_sign),
        cmocka_unit_test(integers_without_prefix_and_with_l_fetch_32_bits),
        cmocka_unit_test(sizes_choose_the_bits),
        cmocka_unit_test(size_i_alone_is_pointer_wide),
        cmocka_unit_test(sizes_of_the_newer_runtime_are_accepted_and_noted),
        cmocka_unit_test(pointers_are_sixteen_upper_case_digits),
        cmocka_unit_test(characters_follow_the_width_of_the_function),
        cmocka_unit_test(strings_follow_the_width_of_the_function),
        cmocka_unit_test(strings_need_no_terminator_within_the_precision),
        cmocka_unit_test(null_strings_print_null),
        cmocka_unit_test(counted_strings_print_their_length),
        cmocka_unit_test(count_conversion_is_refused),
        cmocka_unit_test(floating_point_is_not_supported_and_does_not_disturb_what_follows),
        cmocka_unit_test(broken_formats_print_as_they_stand),
        cmocka_unit_test(output_is_cut_and_terminated),
        cmocka_unit_test(huge_widths_are_counted_and_not_written),
        cmocka_unit_test(wide_function_reverses_the_widths),
        cmocka_unit_test(wide_output_is_cut_and_terminated),
        cmocka_unit_test(every_format_of_three_characters_keeps_to_the_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
