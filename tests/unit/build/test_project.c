/* SPDX-License-Identifier: MIT */
/* The readers of project files. */
#include "build/project.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct dd_read_options none = {0};

static int read_text(bool vcxproj, const char *text, struct dd_found *found, char **why)
{
    *why = NULL;
    return vcxproj ? dd_parse_vcxproj("/nowhere/p.vcxproj", text, strlen(text), &none, found, why)
                   : dd_parse_sources("/nowhere/sources", text, strlen(text), &none, found, why);
}

static bool noted(const struct dd_found *found, const char *part)
{
    for (size_t i = 0; i < found->notes.count; i++) {
        if (strstr(found->notes.items[i], part)) {
            return true;
        }
    }
    return false;
}

static void test_conditions(void **state)
{
    static const struct {
        const char *text;
        bool value;
    } cases[] = {
        {"", true},
        {"'$(A)'=='x'", true},
        {"'$(a)' == 'X'", true},
        {"'$(A)'!='x'", false},
        {"$(A)==x", true},
        {"'$(A)|$(B)'=='x|y'", true},
        {"'$(A)'=='x' and '$(B)'=='z'", false},
        {"'$(A)'=='q' or '$(B)'=='y'", true},
        {"!('$(A)'=='x')", false},
        {"('a'=='a' or 'b'=='c') And ('d'=='e')", false},
        {"'$(Nobody)'==''", true},
        {"exists('/')", true},
        {"Exists('/no/such/thing')", false},
        {"true", true},
        {"'11.0' >= '10'", true},
        {"'a'=='a", false},
        {"'a'=", false},
        {"((((", false},
        {"'a'=='a' garbage", false},
    };
    struct dd_found found = {0};
    struct dd_msbuild m = {.found = &found};

    (void)state;
    dd_msbuild_set(&m, "A", "x");
    dd_msbuild_set(&m, "B", "y");
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(dd_msbuild_condition(&m, cases[i].text), cases[i].value);
    }
    assert_true(noted(&found, "not understood"));
    dd_msbuild_done(&m);
    dd_found_done(&found);
}

#define PROJECT(body)                                                                              \
    "<Project><ItemGroup><ProjectConfiguration Include=\"Debug|x64\"/></ItemGroup>" body           \
    "</Project>"

static void test_vcxproj_definitions_inherit(void **state)
{
    struct dd_found found = {0};
    char *why;
    int e = read_text(
        true,
        PROJECT(
            "<PropertyGroup><V>1</V><V>$(V)2</V></PropertyGroup>"
            "<ItemDefinitionGroup><ClCompile>"
            "<PreprocessorDefinitions>A;%(PreprocessorDefinitions)</PreprocessorDefinitions>"
            "<PreprocessorDefinitions>%(PreprocessorDefinitions);V=$(V)</PreprocessorDefinitions>"
            "</ClCompile></ItemDefinitionGroup><ItemGroup>"
            "<ClCompile Include=\"a.c; b.c ;sub\\c.cpp\">"
            "<PreprocessorDefinitions>%(PreprocessorDefinitions);OWN=\"x y\";U=$(Unset)"
            "</PreprocessorDefinitions></ClCompile>"
            "<ClCompile Include=\"no.c\"><ExcludedFromBuild>True</ExcludedFromBuild></ClCompile>"
            "<ClCompile Include=\"rel.c\" Condition=\"'$(Configuration)'=='Release'\"/>"
            "</ItemGroup>"),
        &found, &why);
    const struct dd_project *p = found.projects;

    (void)state;
    assert_int_equal(e, 0);
    assert_int_equal(p->sources.count, 3);
    assert_string_equal(p->sources.items[0], "/nowhere/a.c");
    assert_true(dd_strings_have(&p->defines, "A"));
    assert_true(dd_strings_have(&p->defines, "V=12"));
    assert_true(dd_strings_have(&p->defines, "OWN=\"x y\""));
    assert_true(dd_strings_have(&p->defines, "DBG=1"));
    assert_true(noted(&found, "$(Unset)"));
    dd_found_done(&found);
}

static void test_vcxproj_wpp_and_options(void **state)
{
    struct dd_found found = {0};
    char *why;
    int e = read_text(true,
                      PROJECT("<ItemDefinitionGroup><ClCompile><WppTraceFunction>T1(L,M,...);"
                              "T2{A=b}(M)</WppTraceFunction>"
                              "<AdditionalOptions>/GS /DX=1 /D Y /FIpre.h</AdditionalOptions>"
                              "</ClCompile></ItemDefinitionGroup>"
                              "<ItemGroup><ClCompile Include=\"a.c\"/></ItemGroup>"),
                      &found, &why);
    const struct dd_project *p = found.projects;

    (void)state;
    assert_int_equal(e, 0);
    assert_true(dd_strings_have(&p->trace, "T1") && dd_strings_have(&p->trace, "T2"));
    assert_true(dd_strings_have(&p->defines, "X=1") && dd_strings_have(&p->defines, "Y"));
    assert_true(dd_strings_have(&p->forced, "pre.h"));
    dd_found_done(&found);
}

static void test_vcxproj_without_x64_takes_what_there_is(void **state)
{
    struct dd_found found = {0};
    char *why;
    int e =
        read_text(true,
                  "<Project><ItemGroup><ProjectConfiguration Include=\"Debug|ARM\"/></ItemGroup>"
                  "<ItemGroup Condition=\"'$(Platform)'=='ARM'\"><ClCompile Include=\"a.c\"/>"
                  "</ItemGroup></Project>",
                  &found, &why);

    (void)state;
    assert_int_equal(e, 0);
    assert_int_equal(found.projects[0].sources.count, 1);
    assert_true(noted(&found, "no configuration for x64"));
    dd_found_done(&found);
}

static void test_bad_vcxprojs_are_refused_with_a_line(void **state)
{
    static const char *const cases[][2] = {
        {"", "p.vcxproj:1: not an XML project file"},
        {"hello", "p.vcxproj:1: not an XML project file"},
        {"<Project>\n<a></b></Project>", "p.vcxproj:2: not an XML project file"},
        {"<html/>", "p.vcxproj:1: not a project: its first element is <html>"},
        {"<Project><A>@VERSION_MAJOR@</A></Project>", "a template"},
    };
    struct dd_text deep = {0};
    struct dd_found found = {0};
    char *why;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(read_text(true, cases[i][0], &found, &why), -1);
        assert_non_null(strstr(why, cases[i][1]));
        free(why);
    }
    for (int i = 0; i < 1000; i++) {
        dd_text_puts(&deep, "<a>");
    }
    assert_int_equal(read_text(true, deep.p, &found, &why), -1);
    assert_non_null(strstr(why, "nested too deeply"));
    free(why);
    dd_text_done(&deep);
    dd_found_done(&found);
}

static void test_sources_file(void **state)
{
    struct dd_found found = {0};
    char *why;
    int e = read_text(false,
                      "# a comment\nSOURCES = a.c \\\n   sub\\b.cpp x.rc # more\n"
                      "C_DEFINES=-DA=1\nC_DEFINES=$(C_DEFINES) /DB -D C=\\\"t\\\"\n"
                      "!if \"$(_BUILDARCH)\"==\"AMD64\"\nC_DEFINES=$(C_DEFINES) -DX64\n!else\n"
                      "C_DEFINES=-DWRONG\n!endif\n"
                      "!ifdef NOBODY\nSOURCES=no.c\n!else if 0\nSOURCES=no.c\n!else\nOK=1\n!endif\n"
                      "RUN_WPP=$(SOURCES) -km -func:Log(A,B)\nTARGETLIBS=x.lib",
                      &found, &why);
    const struct dd_project *p = found.projects;

    (void)state;
    assert_int_equal(e, 0);
    assert_int_equal(p->sources.count, 2);
    assert_true(dd_strings_have(&p->defines, "A=1") && dd_strings_have(&p->defines, "B"));
    assert_true(dd_strings_have(&p->defines, "C=\"t\"") && dd_strings_have(&p->defines, "X64"));
    assert_false(dd_strings_have(&p->defines, "WRONG"));
    assert_true(dd_strings_have(&p->trace, "Log"));
    assert_true(dd_strings_have(&p->libraries, "x.lib"));
    dd_found_done(&found);
}

static void test_bad_sources_files_are_refused_with_a_line(void **state)
{
    static const char *const cases[][2] = {
        {"A=1\n!endif", "sources:2: !endif without !if"},
        {"!else", "sources:1: !else without !if"},
        {"\n!error no", "sources:2: error no"},
    };
    struct dd_found found = {0};
    char *why;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(read_text(false, cases[i][0], &found, &why), -1);
        assert_non_null(strstr(why, cases[i][1]));
        free(why);
    }
    assert_int_equal(dd_parse_sources("s", "a\0b", 3, &none, &found, &why), -1);
    assert_non_null(strstr(why, "not a text file"));
    free(why);
    dd_found_done(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_vcxproj_definitions_inherit),
        cmocka_unit_test(test_vcxproj_wpp_and_options),
        cmocka_unit_test(test_vcxproj_without_x64_takes_what_there_is),
        cmocka_unit_test(test_bad_vcxprojs_are_refused_with_a_line),
        cmocka_unit_test(test_sources_file),
        cmocka_unit_test(test_bad_sources_files_are_refused_with_a_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
