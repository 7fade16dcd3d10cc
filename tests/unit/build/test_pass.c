/* SPDX-License-Identifier: MIT */
/* The rules of the pass, one by one. */
#include "build/pass.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const exempt[] = {"/ours/", NULL};

static char *run(const char *text, bool cplusplus, char **ret_why)
{
    const struct dd_pass_options o = {.exempt = exempt, .cplusplus = cplusplus};
    size_t len;
    char *out = dd_pass(text, strlen(text), &o, &len, ret_why);

    assert_int_equal(len, strlen(out));
    return out;
}

/* white space folded: the pass leaves blanks where words were */
static void fold(char *s)
{
    char *to = s;

    for (; *s; s++) {
        if (*s != ' ' || (to[-1] != ' ' && s[1] && !strchr(";),>", s[1]))) {
            *to++ = *s;
        }
    }
    *to = '\0';
}

static void check(const char *text, const char *wanted, bool cplusplus)
{
    char *why, *out = run(text, cplusplus, &why);

    assert_null(why);
    fold(out + 1);
    assert_string_equal(out, wanted);
    free(out);
}

static void test_each_specifier_becomes_what_windows_means(void **state)
{
    static const char *const cases[][2] = {
        {"long a;", "int a;"},
        {"unsigned long a;", "unsigned int a;"},
        {"long long a;", "long a;"},
        {"long long int a;", "long int a;"},
        {"__int64 a;", "long a;"},
        {"unsigned __int64 a;", "unsigned long a;"},
        {"_int64 a;", "long a;"},
        {"long double a;", "long double a;"},
        {"double long a;", "double long a;"},
        {"x = (long)y + sizeof(long);", "x = (int)y + sizeof(int);"},
        {"f(long, unsigned long *);", "f(int, unsigned int *);"},
        {"for (long i = 0;;)", "for (int i = 0;;)"},
        {"int longer; a_long b; long_t c;", "int longer; a_long b; long_t c;"},
        {"\"long\" 'l' L\"long\"", "\"long\" 'l' L\"long\""},
        {"#pragma long\nlong a;", "#pragma long\nint a;"},
        {"long\n# 3 \"x.c\"\nlong a;", "long\n# 3 \"x.c\"\n a;"},
        {"struct { long a : 3; long long b : 40; };", "struct { int a : 3; long b : 40; };"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check(cases[i][0], cases[i][1], false);
    }
}

/* every order of a list of specifiers: the count of `long` decides, and nothing else */
static void test_order_of_specifiers_is_no_matter(void **state)
{
    static const char *const pool[] = {"long", "unsigned", "const", "int", "volatile", "long"};
    unsigned seen = 0;

    (void)state;
    for (unsigned pick = 1; pick < 64; pick++) {
        unsigned order[6], n = 0, longs = 0;

        for (unsigned i = 0; i < 6; i++) {
            if (pick & (1u << i)) {
                order[n++] = i;
                longs += pool[i][0] == 'l';
            }
        }
        for (unsigned turn = 0; turn < n; turn++, seen++) {
            char text[80] = "", *why, *out;
            bool has_int = (pick & 8u) != 0, has_long, has_out_int;

            for (unsigned i = 0; i < n; i++) {
                strcat(strcat(text, pool[order[(i + turn) % n]]), " ");
            }
            strcat(text, "v;");
            out = run(text, false, &why);
            has_long = strstr(out, "long") != NULL;
            has_out_int = strstr(out, "int ") != NULL;
            assert_int_equal(strlen(out), strlen(text));
            assert_int_equal(has_long, longs == 2);
            assert_int_equal(has_out_int, longs == 1 || has_int);
            free(out);
        }
    }
    assert_true(seen > 150);
}

static void test_suffixes_of_numbers(void **state)
{
    static const char *const cases[][2] = {
        {"5L", "5 "},
        {"5l", "5 "},
        {"5UL", "5U "},
        {"5LU", "5U "},
        {"0xffffffffL", "0xffffffff "},
        {"0x1ffffffffL", "0x1ffffffffL"},
        {"2147483647L", "2147483647 "},
        {"2147483648L", "2147483648L"},
        {"4294967295UL", "4294967295U "},
        {"4294967296UL", "4294967296UL"},
        {"037777777777L", "037777777777 "},
        {"5LL", "5L "},
        {"5ULL", "5UL "},
        {"5llu", "5UL "},
        {"5i64", "5L  "},
        {"5ui64", "5UL  "},
        {"0x5UI64", "0x5UL  "},
        {"5i32", "5   "},
        {"5ui8", "5U  "},
        {"1.0L", "1.0L"},
        {"1e5L", "1e5L"},
        {"0x1p3L", "0x1p3L"},
        {"0xEL", "0xE "},
        {"5_x", "5_x"},
        {"5LLL", "5LLL"},
        {"0L", "0 "},
        {"0b11L", "0b11 "},
        {"99999999999999999999L", "99999999999999999999L"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char number[40];

        strcpy(number, cases[i][0]);
        dd_pass_literal(number, strlen(number));
        assert_string_equal(number, cases[i][1]);
    }
}

static void test_text_of_exempt_files_is_left_alone(void **state)
{
    const char *text =
        "# 1 \"a.c\"\nlong a;\n# 1 \"/ours/x.h\" 1\nlong b = 5L;\n#pragma x\nlong b2;\n"
        "# 3 \"a.c\" 2\nlong c;\n";
    char *why, *out = run(text, false, &why);

    (void)state;
    assert_string_equal(out, "# 1 \"a.c\"\nint  a;\n# 1 \"/ours/x.h\" 1\nlong b = 5L;\n#pragma x\n"
                             "long b2;\n# 3 \"a.c\" 2\nint  c;\n");
    free(out);
}

static void test_cplusplus_words(void **state)
{
    (void)state;
    check("auto s = R\"(long \" 5L)\"; long x;", "auto s = R\"(long \" 5L)\"; int x;", true);
    check("auto v = 1'000L;", "auto v = 1'000;", true);
    check("unsigned long long operator\"\" _k(unsigned long long v);",
          "unsigned long operator\"\" _k(unsigned long long v);", true);
    check("enum class E { A };", "enum class E { A };", true);
    check("enum E : char { A };", "enum E : char { A };", true);
    check("f<long>(static_cast<unsigned long>(x));", "f<int>(static_cast<unsigned int>(x));", true);
}

static void test_enumerations_are_int(void **state)
{
    (void)state;
    check("enum E { A };", "enum E : int { A };", false);
    check("enum { A };", "enum : int { A };", false);
    check("enum E; struct S { enum E e; }; enum E { A };",
          "enum E : int; struct S { enum E e; }; enum E : int { A };", false);
    check("enum G *p; enum G { Z };", "enum G *p; enum G { Z };", false);
    check("typedef enum _F { A } F;", "typedef enum _F : int { A } F;", false);
}

static void test_function_names_are_pasted_to_literals(void **state)
{
    (void)state;
    check("void f(int a) { p(\"x\" __FUNCTION__ \"y\"); }",
          "void f(int a) { p(\"x\" \"f\" \"y\"); }", false);
    check("void f(void) { p(__FUNCTION__ \"y\"); p(__FUNCTION__); }",
          "void f(void) { p(\"f\" \"y\"); p(__FUNCTION__); }", false);
    check("struct s *g(int (*h)(int)) { p(L\"x\" L__FUNCTION__); }",
          "struct s *g(int (*h)(int)) { p(L\"x\" L\"g\"); }", false);
    check("__declspec(noinline) void f(void) { p(\"\" __FUNCTION__); }",
          "__declspec(noinline) void f(void) { p(\"\" \"f\"); }", false);
    check("int t[] = { 1 }; namespace n { void f() { p(\"\" __FUNCTION__); } }",
          "int t[] = { 1 }; namespace n { void f() { p(\"\" \"f\"); } }", true);
}

static unsigned lines_of(const char *s)
{
    unsigned n = 0;

    for (; *s; s++) {
        n += *s == '\n';
    }
    return n;
}

static void test_exceptions_are_lowered_and_lines_stay(void **state)
{
    const char *text =
        "int f(void)\n{\n__try\n{\nif (a)\n__leave;\nreturn 1;\n}\n__finally\n{\n"
        "b();\n}\n__try { c(); }\n__except (\nx())\n{\nd(GetExceptionCode());\n}\n}\n";
    char *why, *out = run(text, false, &why);

    (void)state;
    assert_null(why);
    assert_int_equal(lines_of(out), lines_of(text));
    assert_null(strstr(out, "__try"));
    assert_null(strstr(out, "__leave"));
    assert_non_null(strstr(out, "goto dd_leave_1"));
    assert_non_null(strstr(out, "DrydockSehCode(&dd_seh_2)"));
    assert_non_null(strstr(out, "return dd_seh_value"));
    free(out);
}

static void test_what_exceptions_cannot_express_is_refused(void **state)
{
    static const char *const cases[][2] = {
        {"# 7 \"x.c\"\nvoid f(void) {\n __try { goto *out; } __finally { a(); } out:; }",
         "x.c:8: goto without a label"},
        {"# 7 \"x.c\"\nvoid f(void) { __try { a(); } }", "x.c:7: __try without __except"},
        {"# 7 \"x.c\"\nvoid f(void) { __try { a(); ", "x.c:7: __try without {"},
        {"# 7 \"x.c\"\nvoid f(void) { __try { a(); } __except { b(); } }",
         "x.c:7: __except without"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *why, *out = run(cases[i][0], false, &why);

        assert_non_null(why);
        assert_memory_equal(why, cases[i][1], strlen(cases[i][1]));
        free(why);
        free(out);
    }
}

/* each jump, and how often what is to be done at the end then stands in the text */
static void test_jumps_out_of_a_finally_do_it_first(void **state)
{
    static const struct {
        const char *text;
        unsigned copies;
    } cases[] = {
        {"void f(void) { __try { goto out; } __finally { B(); } out:; }", 2},
        {"void f(void) { __try { goto in; in: ; } __finally { B(); } }", 1},
        {"void f(void) { __try { x = c ? in : y; goto in; } __finally { B(); } in:; }", 2},
        {"void f(void) { for (;;) { __try { break; } __finally { B(); } } }", 2},
        {"void f(void) { __try { for (;;) { break; } } __finally { B(); } }", 1},
        {"void f(void) { for (;;) { __try { switch (x) { case 1: continue; } } __finally { B(); } "
         "} }",
         2},
        {"void f(void) { for (;;) { __try { switch (x) { case 1: break; } } __finally { B(); } } }",
         1},
        {"void f(void) { for (;;) { __try { break; } __except (1) { B(); } } }", 1},
        {"void f(void) { for (;;) { __try { __try { break; } __finally { B(); } } __finally { B(); "
         "} } }",
         4},
        {"void f(void) { __try { for (;;) { __try { break; } __finally { B(); } } } __finally { "
         "B(); } }",
         3},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *why, *out = run(cases[i].text, false, &why);
        unsigned copies = 0;

        assert_null(why);
        for (const char *p = out; (p = strstr(p, "B();")) != NULL; p++) {
            copies++;
        }
        if (copies != cases[i].copies) {
            fail_msg("%u copies in %s", copies, out);
        }
        free(out);
    }
}

static void test_a_loop_within_a_try_may_be_left(void **state)
{
    char *why, *out = run("void f(void) { __try { for (;;) { if (x) break; } while (y) continue; "
                          "switch (z) { case 1: break; } } __finally { a(); } }",
                          false, &why);

    (void)state;
    assert_null(why);
    free(out);
}

static void test_markers_become_blanks(void **state)
{
    char text[] = "# 1 \"a.c\" 2\nlong x;\n#pragma y\n#line 5 \"b.c\"\n";

    (void)state;
    dd_pass_blank_markers(text, strlen(text));
    assert_string_equal(text, "           \nlong x;\n#pragma y\n             \n");
}

static void test_place_is_file_and_line(void **state)
{
    const char *text = "# 10 \"a.c\"\nx\ny\n# 1 \"b.h\" 1\nz";
    char *place = dd_pass_place(text, strlen("# 10 \"a.c\"\nx\n"));

    (void)state;
    assert_string_equal(place, "a.c:11");
    free(place);
    place = dd_pass_place(text, strlen(text) - 1);
    assert_string_equal(place, "b.h:1");
    free(place);
}

static void test_broken_text_does_no_harm(void **state)
{
    static const char *const cases[] = {"\"",
                                        "'",
                                        "R\"(",
                                        "long",
                                        "long long",
                                        "# ",
                                        "#",
                                        "1.",
                                        "operator \"\" (",
                                        "enum",
                                        "__FUNCTION__",
                                        "}}}}",
                                        "((((",
                                        "__try",
                                        "__try {",
                                        "__try{}__finally",
                                        "\\",
                                        "\"\\"};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int cplusplus = 0; cplusplus < 2; cplusplus++) {
            char *why, *out = run(cases[i], cplusplus != 0, &why);

            free(why);
            free(out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_specifier_becomes_what_windows_means),
        cmocka_unit_test(test_order_of_specifiers_is_no_matter),
        cmocka_unit_test(test_suffixes_of_numbers),
        cmocka_unit_test(test_text_of_exempt_files_is_left_alone),
        cmocka_unit_test(test_cplusplus_words),
        cmocka_unit_test(test_enumerations_are_int),
        cmocka_unit_test(test_function_names_are_pasted_to_literals),
        cmocka_unit_test(test_exceptions_are_lowered_and_lines_stay),
        cmocka_unit_test(test_what_exceptions_cannot_express_is_refused),
        cmocka_unit_test(test_jumps_out_of_a_finally_do_it_first),
        cmocka_unit_test(test_a_loop_within_a_try_may_be_left),
        cmocka_unit_test(test_markers_become_blanks),
        cmocka_unit_test(test_place_is_file_and_line),
        cmocka_unit_test(test_broken_text_does_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
