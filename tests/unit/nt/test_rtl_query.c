/* SPDX-License-Identifier: MIT */
#include "svc_test.h"

#include "nt/config.h"
#include "nt/pool.h"

static struct dd_key *key;

static int start(void **state)
{
    int r = svc_test_start(state);

    key = dd_key_open("\\Registry\\Machine\\System\\CurrentControlSet\\Services\\drv", true);
    return r;
}

static int stop(void **state)
{
    dd_registry_drop();
    return nt_test_stop(state);
}

#define query_test(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

static NTSTATUS query(RTL_QUERY_REGISTRY_TABLE *table)
{
    return RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"drv", table, NULL, NULL);
}

#define DIRECT      RTL_QUERY_REGISTRY_DIRECT
#define CHECK(type) ((ULONG)(type) << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT)

static void direct_number_lands_in_the_callers_ulong(void **state)
{
    ULONG v = 0;
    RTL_QUERY_REGISTRY_TABLE t[2] = {{.Flags = DIRECT | RTL_QUERY_REGISTRY_TYPECHECK,
                                      .Name = (PWSTR)L"Num",
                                      .EntryContext = &v,
                                      .DefaultType = CHECK(REG_DWORD)}};

    (void)state;
    assert_int_equal(query(t), STATUS_SUCCESS); /* not there, not required */
    assert_int_equal(v, 0);
    dd_key_set_dword(key, "Num", 77);
    assert_int_equal(query(t), STATUS_SUCCESS);
    assert_int_equal(v, 77);
    dd_key_set_string(key, "Num", "77");
    assert_int_equal(query(t), STATUS_OBJECT_TYPE_MISMATCH);
    dd_key_delete_value(key, "Num");
    t[0].Flags |= RTL_QUERY_REGISTRY_REQUIRED;
    assert_int_equal(query(t), STATUS_OBJECT_NAME_NOT_FOUND);
}

static void direct_string_is_copied_or_allocated(void **state)
{
    WCHAR buf[4];
    UNICODE_STRING s = {0, sizeof(buf), buf}, fresh = {0, 0, NULL};
    RTL_QUERY_REGISTRY_TABLE t[2] = {{.Flags = DIRECT, .Name = (PWSTR)L"Str", .EntryContext = &s}};

    (void)state;
    dd_key_set_string(key, "Str", "abc");
    assert_int_equal(query(t), STATUS_SUCCESS);
    assert_int_equal(s.Length, 6);
    assert_memory_equal(buf, L"abc", 8);
    dd_key_set_string(key, "Str", "abcd");
    assert_int_equal(query(t), STATUS_BUFFER_TOO_SMALL);
    t[0].EntryContext = &fresh;
    assert_int_equal(query(t), STATUS_SUCCESS);
    assert_int_equal(fresh.Length, 8);
    RtlFreeUnicodeString(&fresh);
    assert_int_equal(dd_pool_live_bytes(), 0);
}

static void direct_binary_follows_the_sign_of_the_size(void **state)
{
    struct {
        LONG size;
        UCHAR rest[20];
    } buf = {.size = -8};
    RTL_QUERY_REGISTRY_TABLE t[2] = {
        {.Flags = DIRECT, .Name = (PWSTR)L"Bin", .EntryContext = &buf}};

    (void)state;
    dd_key_set(key, "Bin", REG_BINARY, "01234567", 8);
    assert_int_equal(query(t), STATUS_SUCCESS);
    assert_memory_equal(&buf, "01234567", 8);
    buf.size = -7;
    assert_int_equal(query(t), STATUS_BUFFER_TOO_SMALL);
    buf.size = 16;
    assert_int_equal(query(t), STATUS_SUCCESS);
    assert_int_equal(buf.size, 8);
    assert_int_equal(buf.rest[0], REG_BINARY);
    assert_memory_equal(buf.rest + 4, "01234567", 8);
    buf.size = 15;
    assert_int_equal(query(t), STATUS_BUFFER_TOO_SMALL);
    dd_key_set(key, "Bin", REG_BINARY, "xy", 2);
    assert_int_equal(query(t), STATUS_SUCCESS);
    assert_memory_equal(&buf, "xy", 2);
}

static void default_stands_in_for_a_missing_value(void **state)
{
    ULONG v = 0, dflt = 5;
    UNICODE_STRING s = {0, 0, NULL};
    RTL_QUERY_REGISTRY_TABLE t[3] = {{.Flags = DIRECT,
                                      .Name = (PWSTR)L"No",
                                      .EntryContext = &v,
                                      .DefaultType = REG_DWORD,
                                      .DefaultData = &dflt,
                                      .DefaultLength = 4},
                                     {.Flags = DIRECT,
                                      .Name = (PWSTR)L"NoStr",
                                      .EntryContext = &s,
                                      .DefaultType = REG_SZ,
                                      .DefaultData = (PVOID)L"dflt"}};

    (void)state;
    assert_int_equal(query(t), STATUS_SUCCESS);
    assert_int_equal(v, 5);
    assert_int_equal(s.Length, 8);
    RtlFreeUnicodeString(&s);
}

static char seen[256];

static NTSTATUS routine(PWSTR name, ULONG type, PVOID data, ULONG length, PVOID context,
                        PVOID entry)
{
    char text[64];

    (void)context;
    if (entry != NULL) {
        return STATUS_UNSUCCESSFUL;
    }
    snprintf(text, sizeof(text), "%c%c:%u:%u:%c ", name != NULL ? (char)name[0] : '-',
             name != NULL ? (char)name[1] : '-', type, length, data != NULL ? *(char *)data : '-');
    strcat(seen, text);
    return STATUS_SUCCESS;
}

static void callback_gets_each_value_and_each_string(void **state)
{
    RTL_QUERY_REGISTRY_TABLE t[2] = {{.QueryRoutine = routine}};

    (void)state;
    seen[0] = '\0';
    dd_key_set_dword(key, "v1", 'x');
    dd_key_set(key, "v2", REG_MULTI_SZ, L"ab\0c\0", 12);
    assert_int_equal(query(t), STATUS_SUCCESS);
    assert_string_equal(seen, "v1:4:4:x v2:1:6:a v2:1:4:c ");
    seen[0] = '\0';
    t[0].Flags = RTL_QUERY_REGISTRY_NOEXPAND;
    t[0].Name = (PWSTR)L"v2";
    assert_int_equal(query(t), STATUS_SUCCESS);
    assert_string_equal(seen, "v2:7:12:a ");
    seen[0] = '\0';
    t[0].Flags = RTL_QUERY_REGISTRY_NOVALUE;
    assert_int_equal(query(t), STATUS_SUCCESS);
    assert_string_equal(seen, "v2:0:0:- ");
}

static void failing_callback_ends_the_table(void **state)
{
    int marker;
    RTL_QUERY_REGISTRY_TABLE t[3] = {{.QueryRoutine = routine,
                                      .Name = (PWSTR)L"v1",
                                      .EntryContext = &marker},
                                     {.QueryRoutine = routine, .Name = (PWSTR)L"v1"}};

    (void)state;
    seen[0] = '\0';
    dd_key_set_dword(key, "v1", 1);
    assert_int_equal(query(t), STATUS_UNSUCCESSFUL);
    assert_string_equal(seen, "");
}

static void sub_key_holds_until_the_next(void **state)
{
    ULONG a = 0, b = 0, c = 0;
    RTL_QUERY_REGISTRY_TABLE t[6] = {
        {.Flags = RTL_QUERY_REGISTRY_SUBKEY, .Name = (PWSTR)L"sub"},
        {.Flags = DIRECT, .Name = (PWSTR)L"n", .EntryContext = &a},
        {.Flags = DIRECT | RTL_QUERY_REGISTRY_TOPKEY, .Name = (PWSTR)L"n", .EntryContext = &b},
        {.Flags = RTL_QUERY_REGISTRY_SUBKEY, .Name = (PWSTR)L"missing"},
        {.Flags = DIRECT, .Name = (PWSTR)L"n", .EntryContext = &c}};

    (void)state;
    dd_key_set_dword(dd_key_child(key, "sub", true), "n", 1);
    dd_key_set_dword(key, "n", 2);
    assert_int_equal(query(t), STATUS_SUCCESS);
    assert_int_equal(a, 1);
    assert_int_equal(b, 2);
    assert_int_equal(c, 0);
    t[3].Flags |= RTL_QUERY_REGISTRY_REQUIRED;
    assert_int_equal(query(t), STATUS_OBJECT_NAME_NOT_FOUND);
}

static void missing_key_is_an_error_unless_optional(void **state)
{
    ULONG v = 0, dflt = 3;
    RTL_QUERY_REGISTRY_TABLE t[2] = {{.Flags = DIRECT,
                                      .Name = (PWSTR)L"n",
                                      .EntryContext = &v,
                                      .DefaultType = REG_DWORD,
                                      .DefaultData = &dflt,
                                      .DefaultLength = 4}};

    (void)state;
    assert_int_equal(RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, L"\\Registry\\No", t, NULL,
                                            NULL),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE | RTL_REGISTRY_OPTIONAL,
                                            L"\\Registry\\No", t, NULL, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(v, 3);
    assert_int_equal(RtlQueryRegistryValues(17, L"x", t, NULL, NULL), STATUS_INVALID_PARAMETER);
    t[0].QueryRoutine = routine;
    assert_int_equal(query(t), STATUS_INVALID_PARAMETER);
}

static void delete_removes_the_value_after_the_query(void **state)
{
    ULONG v = 0;
    RTL_QUERY_REGISTRY_TABLE t[2] = {
        {.Flags = DIRECT | RTL_QUERY_REGISTRY_DELETE, .Name = (PWSTR)L"n", .EntryContext = &v}};

    (void)state;
    dd_key_set_dword(key, "n", 9);
    assert_int_equal(query(t), STATUS_SUCCESS);
    assert_int_equal(v, 9);
    assert_null(dd_key_value_at(key, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        query_test(direct_number_lands_in_the_callers_ulong),
        query_test(direct_string_is_copied_or_allocated),
        query_test(direct_binary_follows_the_sign_of_the_size),
        query_test(default_stands_in_for_a_missing_value),
        query_test(callback_gets_each_value_and_each_string),
        query_test(failing_callback_ends_the_table),
        query_test(sub_key_holds_until_the_next),
        query_test(missing_key_is_an_error_unless_optional),
        query_test(delete_removes_the_value_after_the_query),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
