/* SPDX-License-Identifier: MIT */
#include "svc_test.h"

#include "nt/config.h"
#include "nt/handle.h"

#define SERVICE L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\drv"

static int stop(void **state)
{
    dd_registry_drop();
    return nt_test_stop(state);
}

#define zw_test(fn) cmocka_unit_test_setup_teardown(fn, svc_test_start, stop)

static OBJECT_ATTRIBUTES attributes(UNICODE_STRING *name, HANDLE root)
{
    OBJECT_ATTRIBUTES oa;

    InitializeObjectAttributes(&oa, name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, root, NULL);
    return oa;
}

static NTSTATUS open_key(const WCHAR *path, HANDLE root, HANDLE *ret)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES oa;

    RtlInitUnicodeString(&name, path);
    oa = attributes(&name, root);
    return ZwOpenKey(ret, KEY_READ, &oa);
}

static NTSTATUS create_key(const WCHAR *path, HANDLE root, HANDLE *ret, ULONG *ret_disposition)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES oa;

    RtlInitUnicodeString(&name, path);
    oa = attributes(&name, root);
    return ZwCreateKey(ret, KEY_ALL_ACCESS, &oa, 0, NULL, REG_OPTION_NON_VOLATILE, ret_disposition);
}

static HANDLE open_service(void)
{
    HANDLE h = NULL;

    dd_key_open("\\Registry\\Machine\\System\\CurrentControlSet\\Services\\drv", true);
    assert_int_equal(open_key(SERVICE, NULL, &h), STATUS_SUCCESS);
    return h;
}

static void keys_open_by_path_and_relative_to_a_handle(void **state)
{
    HANDLE h = open_service(), child;

    (void)state;
    assert_int_equal(open_key(SERVICE L"\\no", NULL, &child), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(open_key(L"Parameters", h, &child), STATUS_OBJECT_NAME_NOT_FOUND);
    dd_key_open("\\Registry\\Machine\\System\\CurrentControlSet\\Services\\drv\\Parameters", true);
    assert_int_equal(open_key(L"PARAMETERS", h, &child), STATUS_SUCCESS);
    assert_int_equal(open_key(L"no backslash", NULL, &child), STATUS_OBJECT_NAME_INVALID);
    assert_int_equal(open_key(L"\\absolute", h, &child), STATUS_OBJECT_NAME_INVALID);
    assert_int_equal(open_key(L"x", (HANDLE)0x1234, &child), STATUS_INVALID_HANDLE);
    assert_int_equal(ZwClose(child), STATUS_SUCCESS);
    assert_int_equal(ZwClose(child), STATUS_INVALID_HANDLE);
    assert_int_equal(ZwClose(h), STATUS_SUCCESS);
    assert_int_equal(dd_object_count(DD_OBJECT_KEY), 0);
}

static void create_makes_only_the_last_component(void **state)
{
    HANDLE h = open_service(), child;
    ULONG disposition;

    (void)state;
    assert_int_equal(create_key(L"a\\b", h, &child, &disposition), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(create_key(L"a", h, &child, &disposition), STATUS_SUCCESS);
    assert_int_equal(disposition, REG_CREATED_NEW_KEY);
    ZwClose(child);
    assert_int_equal(create_key(L"A", h, &child, &disposition), STATUS_SUCCESS);
    assert_int_equal(disposition, REG_OPENED_EXISTING_KEY);
    ZwClose(child);
    assert_int_equal(create_key(SERVICE L"\\a\\b", NULL, &child, NULL), STATUS_SUCCESS);
    ZwClose(child);
    ZwClose(h);
}

static void value_information_reports_what_is_missing(void **state)
{
    HANDLE h = open_service();
    UNICODE_STRING name;
    ULONG need = 0;
    union {
        KEY_VALUE_PARTIAL_INFORMATION partial;
        KEY_VALUE_FULL_INFORMATION full;
        KEY_VALUE_BASIC_INFORMATION basic;
        UCHAR bytes[64];
    } u;

    (void)state;
    RtlInitUnicodeString(&name, L"Val");
    assert_int_equal(ZwQueryValueKey(h, &name, KeyValuePartialInformation, &u, sizeof(u), &need),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(ZwSetValueKey(h, &name, 0, REG_BINARY, (PVOID) "12345678", 8), STATUS_SUCCESS);
    memset(&u, 0xcc, sizeof(u));
    assert_int_equal(ZwQueryValueKey(h, &name, KeyValuePartialInformation, &u, 11, &need),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(need, 20);
    assert_int_equal(u.bytes[0], 0xcc); /* nothing was written */
    assert_int_equal(ZwQueryValueKey(h, &name, KeyValuePartialInformation, &u, 16, &need),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(need, 20);
    assert_int_equal(u.partial.Type, REG_BINARY);
    assert_int_equal(u.partial.DataLength, 8);
    assert_memory_equal(u.partial.Data, "1234\xcc", 5);
    assert_int_equal(ZwQueryValueKey(h, &name, KeyValuePartialInformation, &u, 20, &need),
                     STATUS_SUCCESS);
    assert_memory_equal(u.partial.Data, "12345678", 8);
    assert_int_equal(ZwQueryValueKey(h, &name, KeyValueBasicInformation, &u, sizeof(u), &need),
                     STATUS_SUCCESS);
    assert_int_equal(need, 18);
    assert_memory_equal(u.basic.Name, L"Val", 6);
    assert_int_equal(ZwQueryValueKey(h, &name, KeyValueFullInformation, &u, sizeof(u), &need),
                     STATUS_SUCCESS);
    assert_int_equal(u.full.NameLength, 6);
    assert_int_equal(u.full.DataOffset + u.full.DataLength, need);
    assert_memory_equal(u.bytes + u.full.DataOffset, "12345678", 8);
    assert_int_equal(ZwQueryValueKey(h, &name, (KEY_VALUE_INFORMATION_CLASS)9, &u, sizeof(u),
                                     &need),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(ZwDeleteValueKey(h, &name), STATUS_SUCCESS);
    assert_int_equal(ZwDeleteValueKey(h, &name), STATUS_OBJECT_NAME_NOT_FOUND);
    ZwClose(h);
}

static void keys_enumerate_to_the_end(void **state)
{
    HANDLE h = open_service(), child;
    UCHAR buf[64];
    ULONG need;

    (void)state;
    create_key(L"one", h, &child, NULL);
    ZwClose(child);
    assert_int_equal(ZwEnumerateKey(h, 0, KeyBasicInformation, buf, sizeof(buf), &need),
                     STATUS_SUCCESS);
    assert_int_equal(need, 22);
    assert_memory_equal(buf + 16, L"one", 6);
    assert_int_equal(ZwEnumerateKey(h, 0, KeyBasicInformation, buf, 18, &need),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(ZwEnumerateKey(h, 1, KeyBasicInformation, buf, sizeof(buf), &need),
                     STATUS_NO_MORE_ENTRIES);
    ZwClose(h);
}

static void deleted_key_fails_through_its_handle(void **state)
{
    HANDLE h = open_service(), child;
    UNICODE_STRING name;

    (void)state;
    RtlInitUnicodeString(&name, L"v");
    create_key(L"dead", h, &child, NULL);
    assert_int_equal(ZwDeleteKey(h), (NTSTATUS)0xC0000121);
    assert_int_equal(ZwDeleteKey(child), STATUS_SUCCESS);
    assert_int_equal(ZwSetValueKey(child, &name, 0, REG_SZ, NULL, 0), (NTSTATUS)0xC000017C);
    assert_int_equal(ZwClose(child), STATUS_SUCCESS);
    ZwClose(h);
}

static void handle_left_open_is_a_leak(void **state)
{
    HANDLE h = open_service();

    (void)state;
    assert_int_equal(dd_handle_report_leaks(false), 1);
    assert_string_equal(WORDS(LEAK), "registry key handle");
    assert_int_equal(ZwClose(h), STATUS_INVALID_HANDLE);
}

static unsigned destroyed;

static void destroy(void *body)
{
    (void)body;
    destroyed++;
}

static void objects_live_until_the_last_reference(void **state)
{
    static int body;
    HANDLE h = NULL;
    PVOID object = NULL;

    (void)state;
    destroyed = 0;
    assert_int_equal(dd_object_new(&body, DD_OBJECT_EVENT, destroy), 0);
    assert_int_equal(dd_handle_new(&body, NULL, &h), 0);
    assert_int_equal(dd_object_unref(&body), 0);
    assert_int_equal(ObReferenceObjectByHandle(h, 0, *PsThreadType, KernelMode, &object, NULL),
                     STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(ObReferenceObjectByHandle(h, 0, *ExEventObjectType, KernelMode, &object, NULL),
                     STATUS_SUCCESS);
    assert_ptr_equal(object, &body);
    ObReferenceObject(object);
    assert_int_equal(ZwClose(h), STATUS_SUCCESS);
    assert_int_equal(ObReferenceObjectByHandle(h, 0, NULL, KernelMode, &object, NULL),
                     STATUS_INVALID_HANDLE);
    ObDereferenceObject(object);
    assert_int_equal(destroyed, 0);
    ObDereferenceObject(object);
    assert_int_equal(destroyed, 1);
    assert_int_equal(EVENTS(OBJECT_BAD), 1); /* the closed handle */
    ObDereferenceObject(object);
    ObReferenceObject(object);
    assert_int_equal(EVENTS(OBJECT_BAD), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        zw_test(keys_open_by_path_and_relative_to_a_handle),
        zw_test(create_makes_only_the_last_component),
        zw_test(value_information_reports_what_is_missing),
        zw_test(keys_enumerate_to_the_end),
        zw_test(deleted_key_fails_through_its_handle),
        zw_test(handle_left_open_is_a_leak),
        zw_test(objects_live_until_the_last_reference),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
