/* SPDX-License-Identifier: MIT */
/* Paths, UTF-16, WPP, the compiler's lines. */
#include "build/build.h"
#include "build/overlay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_paths_are_folded(void **state)
{
    static const char *const cases[][2] = {{"a/b/../c", "a/c"},   {"./a//b/.", "a/b"},
                                           {"../a", "../a"},      {"a/..", "."},
                                           {"/a/../b", "/b"},     {"/..", "/.."},
                                           {"../../a", "../../a"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *clean = dd_path_clean(cases[i][0]);

        assert_string_equal(clean, cases[i][1]);
        free(clean);
    }
}

static void test_utf16_becomes_utf8(void **state)
{
    static const unsigned char little[] = {0xff, 0xfe, 'a',  0,    0xe4, 0,
                                           0xac, 0x20, 0x3d, 0xd8, 0,    0xde},
                               big[] = {0xfe, 0xff, 0, 'a', 0, 0xe4};
    size_t len;
    char *text = dd_from_utf16(little, sizeof(little), &len);

    (void)state;
    assert_string_equal(text, "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    free(text);
    text = dd_from_utf16(big, sizeof(big), &len);
    assert_string_equal(text, "a\xc3\xa4");
    free(text);
    assert_null(dd_from_utf16((const unsigned char *)"ab", 2, &len));
}

static void test_trace_functions_are_found(void **state)
{
    struct dd_strings names = {0}, at = {0};

    (void)state;
    dd_wpp_scan(
        "// FUNC Not(A);\n/* begin_wpp config\n// FUNC One{L=1}(A, MSG, ...);\n FUNC Two(M,...);\n"
        "FUNC 3x(M);\nend_wpp */ FUNC After(A);\n// begin_wpp config\n//FUNC Three (MSG);",
        &names, &at);
    assert_int_equal(names.count, 3);
    assert_true(dd_strings_have(&names, "One") && dd_strings_have(&names, "Two") &&
                dd_strings_have(&names, "Three"));
    assert_int_equal(at.count, 3);
    assert_string_equal(at.items[0], "One=1");
    assert_string_equal(at.items[1], "Two=-1");
    assert_string_equal(at.items[2], "Three=0");
    dd_strings_done(&at);
    dd_strings_done(&names);
}

static void test_diagnostics_are_read(void **state)
{
    struct dd_diagnostic d;

    (void)state;
    assert_true(dd_diagnostic_parse("a b.c:12:3: error: what: now\nnext", &d));
    assert_int_equal(d.line, 12);
    assert_int_equal(d.column, 3);
    assert_int_equal(d.file_len, 5);
    assert_memory_equal(d.message, "what: now", d.message_len);
    assert_true(dd_diagnostic_parse("x.c:2:41:{2:41-2:49}{2:50-2:51}: error: cast", &d));
    assert_int_equal(d.range_from[1], 41);
    assert_int_equal(d.range_to[1], 49);
    assert_memory_equal(d.message, "cast", 4);
    assert_true(dd_diagnostic_parse("clang: error: no input files", &d));
    assert_int_equal(d.line, 0);
    assert_false(dd_diagnostic_parse("2 errors generated.", &d));
    assert_false(dd_diagnostic_parse("In file included from a.c:3:", &d));
    assert_false(dd_diagnostic_parse("", &d));
}

static void test_processes_are_heard(void **state)
{
    struct dd_strings argv = {0};
    struct dd_text out = {0}, err = {0};

    (void)state;
    dd_strings_add(&argv, "sh");
    dd_strings_add(&argv, "-c");
    dd_strings_add(&argv, "cat; echo bad >&2; exit 3");
    assert_int_equal(dd_process_run(&argv, "hello", 5, &out, &err), 3);
    assert_string_equal(out.p, "hello");
    assert_string_equal(err.p, "bad\n");
    dd_strings_done(&argv);
    dd_text_done(&out);
    dd_text_done(&err);
    dd_strings_add(&argv, "/no/such/program");
    assert_true(dd_process_run(&argv, NULL, 0, NULL, &err) < 0);
    dd_strings_done(&argv);
    dd_text_done(&err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_are_folded),
        cmocka_unit_test(test_utf16_becomes_utf8),
        cmocka_unit_test(test_trace_functions_are_found),
        cmocka_unit_test(test_diagnostics_are_read),
        cmocka_unit_test(test_processes_are_heard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
