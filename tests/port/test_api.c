/* SPDX-License-Identifier: MIT */
/* The library by its header alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <drydock/port.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct drydock_port *analyzed(const char *text)
{
    struct drydock_port *port = drydock_port_new(NULL);
    char why[128];

    assert_non_null(port);
    assert_int_equal(drydock_port_add_bytes(port, "a.c", text, strlen(text), why, sizeof(why)), 0);
    assert_int_equal(drydock_port_analyze(port, why, sizeof(why)), 0);
    return port;
}

static void test_finding_says_where_and_what(void **ctx)
{
    struct drydock_port *port =
        analyzed("void f(void)\n{\n#ifdef A\n  NdisMSendComplete(h, p, s);\n#endif\n}\n");
    struct drydock_port_finding f;

    (void)ctx;
    assert_true(drydock_port_is_ndis5(port));
    assert_true(drydock_port_finding_at(port, 0, &f));
    assert_string_equal(f.rule, "tx-complete");
    assert_int_equal(f.line, 4);
    assert_int_equal(f.column, 3);
    assert_int_equal(f.length, strlen("NdisMSendComplete"));
    assert_string_equal(f.function, "f");
    assert_string_equal(f.condition, "defined(A)");
    assert_int_equal(f.cls, DRYDOCK_PORT_MANUAL);
    assert_false(drydock_port_finding_at(port, 1, &f));
    assert_int_equal(drydock_port_count(port, DRYDOCK_PORT_MANUAL), 1);
    assert_int_equal(drydock_port_lines(port), 6);
    drydock_port_free(port);
}

static void test_nested_conditions_and_else_are_spelled_out(void **ctx)
{
    struct drydock_port *port = analyzed("#if X > 1 // why\n#ifndef Y\nint a;\n#else\n"
                                         "void f(void) { NdisFreePacket(p); }\n#endif\n#endif\n");
    struct drydock_port_finding f;

    (void)ctx;
    assert_true(drydock_port_finding_at(port, 0, &f));
    assert_string_equal(f.condition, "X > 1 && defined(Y)");
    drydock_port_free(port);
}

static void test_include_guard_is_no_condition(void **ctx)
{
    struct drydock_port *port = analyzed(
        "#ifndef A_H\n#define A_H\nvoid f(PNDIS_PACKET p);\nint NdisFreePacket(int);\n#endif\n");
    struct drydock_port_finding f;

    (void)ctx;
    assert_true(drydock_port_finding_at(port, 0, &f));
    assert_null(f.condition);
    drydock_port_free(port);
}

static void test_edits_are_bytes_of_the_source(void **ctx)
{
    struct drydock_port *port =
        analyzed("void f(void)\n{\n  NdisQueryBuffer(b, &va, &n);\n  NdisFreePacket(p);\n}\n");
    struct drydock_port_finding f;
    struct drydock_port_edit e;

    (void)ctx;
    assert_true(drydock_port_finding_at(port, 0, &f));
    assert_int_equal(f.edit_count, 2);
    assert_true(drydock_port_edit_at(port, f.edit_first, &e));
    assert_string_equal(e.text, "NdisQueryMdl");
    assert_int_equal(e.offset, f.offset);
    assert_true(drydock_port_edit_at(port, f.edit_first + 1, &e));
    assert_string_equal(e.text, ", NormalPagePriority");
    assert_int_equal(e.length, 0);
    assert_false(drydock_port_edit_at(port, 2, &e));
    drydock_port_free(port);
}

static void test_binary_is_refused_with_its_offset(void **ctx)
{
    struct drydock_port *port = drydock_port_new(NULL);
    char why[128];

    (void)ctx;
    assert_int_equal(drydock_port_add_bytes(port, "b.c", "ab\0c", 4, why, sizeof(why)), -EILSEQ);
    assert_string_equal(why, "b.c: not C source: a NUL byte at offset 2");
    drydock_port_free(port);
    drydock_port_free(NULL);
}

static void test_second_analysis_and_late_add_are_refused(void **ctx)
{
    struct drydock_port *port = analyzed("int x;\n");
    char why[128];

    (void)ctx;
    assert_int_equal(drydock_port_analyze(port, why, sizeof(why)), -EINVAL);
    assert_int_equal(drydock_port_add(port, ".", why, sizeof(why)), -EINVAL);
    drydock_port_free(port);
}

static void test_apply_refuses_what_is_no_file(void **ctx)
{
    struct drydock_port *port =
        analyzed("void f(void) { NdisFreeBuffer(b); NdisFreePacket(p); }\n");
    char why[128];
    size_t files = 7;

    (void)ctx;
    assert_int_equal(drydock_port_apply(port, true, &files, why, sizeof(why)), -EINVAL);
    assert_string_equal(why, "a.c: is not a file");
    assert_int_equal(files, 7);
    drydock_port_free(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finding_says_where_and_what),
        cmocka_unit_test(test_nested_conditions_and_else_are_spelled_out),
        cmocka_unit_test(test_include_guard_is_no_condition),
        cmocka_unit_test(test_edits_are_bytes_of_the_source),
        cmocka_unit_test(test_binary_is_refused_with_its_offset),
        cmocka_unit_test(test_second_analysis_and_late_add_are_refused),
        cmocka_unit_test(test_apply_refuses_what_is_no_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
