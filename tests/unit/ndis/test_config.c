/* SPDX-License-Identifier: MIT */
/* Configuration handles: conversions, network address, writing, sub-keys. */
#include "edge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct edge e;
static NDIS_HANDLE config;

static NDIS_HANDLE open_config(NDIS_HANDLE of)
{
    NDIS_CONFIGURATION_OBJECT o = {
        .Header = {NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT, NDIS_CONFIGURATION_OBJECT_REVISION_1,
                   NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1},
        .NdisHandle = of,
    };
    NDIS_HANDLE h = NULL;

    return NdisOpenConfigurationEx(&o, &h) == NDIS_STATUS_SUCCESS ? h : NULL;
}

static int setup(void **state)
{
    (void)state;
    edge_setup(&e, 1, false);
    edge_load(&e);
    config = open_config((NDIS_HANDLE)e.a);
    return config != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    NdisCloseConfiguration(config);
    assert_int_equal(edge_stop(&e), 0);
    edge_teardown(&e);
    return 0;
}

static NDIS_CONFIGURATION_PARAMETER *read_as(NDIS_STRING name, NDIS_PARAMETER_TYPE type,
                                             NDIS_STATUS expected)
{
    NDIS_CONFIGURATION_PARAMETER *p = NULL;
    NDIS_STATUS status = -1;

    NdisReadConfiguration(&status, &p, config, &name, type);
    assert_int_equal(status, expected);
    if (expected != NDIS_STATUS_SUCCESS) {
        assert_null(p);
    }
    return p;
}

#define NAME(x) ((NDIS_STRING)NDIS_STRING_CONST(x))

static ULONG integer(NDIS_STRING name, NDIS_PARAMETER_TYPE type)
{
    NDIS_CONFIGURATION_PARAMETER *p = read_as(name, type, NDIS_STATUS_SUCCESS);

    assert_int_equal(p->ParameterType, NdisParameterInteger);
    return p->ParameterData.IntegerData;
}

static void test_text_digits_become_numbers(void **state)
{
    (void)state;
    dd_key_set_string(e.key, "*SpeedDuplex", "25");
    dd_key_set_string(e.key, "Word", "none");
    dd_key_set_dword(e.key, "Dword", 77);
    assert_int_equal(integer(NAME("*SpeedDuplex"), NdisParameterInteger), 25);
    assert_int_equal(integer(NAME("*SpeedDuplex"), NdisParameterHexInteger), 0x25);
    assert_int_equal(integer(NAME("*SPEEDDUPLEX"), NdisParameterInteger), 25);
    assert_int_equal(integer(NAME("Dword"), NdisParameterInteger), 77);
    assert_int_equal(integer(NAME("Dword"), NdisParameterString), 77);
    read_as(NAME("Word"), NdisParameterInteger, NDIS_STATUS_FAILURE);
    read_as(NAME("Missing"), NdisParameterInteger, NDIS_STATUS_FAILURE);
}

static void test_strings_and_binary_come_as_stored(void **state)
{
    static const UCHAR bytes[] = {1, 2, 3};
    static const WCHAR multi[] = L"a\0bc\0";
    NDIS_CONFIGURATION_PARAMETER *p;

    (void)state;
    dd_key_set_string(e.key, "Text", "hello");
    dd_key_set(e.key, "Bin", REG_BINARY, bytes, sizeof(bytes));
    dd_key_set(e.key, "Multi", REG_MULTI_SZ, multi, sizeof(multi));
    p = read_as(NAME("Text"), NdisParameterString, NDIS_STATUS_SUCCESS);
    assert_int_equal(p->ParameterType, NdisParameterString);
    assert_int_equal(p->ParameterData.StringData.Length, 10);
    assert_memory_equal(p->ParameterData.StringData.Buffer, L"hello", 12);
    p = read_as(NAME("Bin"), NdisParameterBinary, NDIS_STATUS_SUCCESS);
    assert_int_equal(p->ParameterType, NdisParameterBinary);
    assert_int_equal(p->ParameterData.BinaryData.Length, 3);
    assert_memory_equal(p->ParameterData.BinaryData.Buffer, bytes, 3);
    p = read_as(NAME("Multi"), NdisParameterMultiString, NDIS_STATUS_SUCCESS);
    assert_int_equal(p->ParameterType, NdisParameterMultiString);
    assert_memory_equal(p->ParameterData.StringData.Buffer, multi, sizeof(multi));
}

static void test_predefined_keywords(void **state)
{
    (void)state;
    assert_int_equal(integer(NAME("NdisVersion"), NdisParameterInteger), NDIS_RUNTIME_VERSION_687);
    assert_int_equal(integer(NAME("Environment"), NdisParameterInteger), 1);
}

static void address(const char *text, NDIS_STATUS expected, UINT expected_length, UCHAR last)
{
    NDIS_STATUS status = -1;
    PVOID bytes = NULL;
    UINT length = 99;

    dd_key_set_string(e.key, "NetworkAddress", text);
    NdisReadNetworkAddress(&status, &bytes, &length, config);
    assert_int_equal(status, expected);
    assert_int_equal(length, expected_length);
    if (expected_length != 0) {
        assert_int_equal(((UCHAR *)bytes)[expected_length - 1], last);
    }
}

static void test_network_address(void **state)
{
    NDIS_STATUS status = -1;
    PVOID bytes;
    UINT length;

    (void)state;
    NdisReadNetworkAddress(&status, &bytes, &length, config);
    assert_int_equal(status, NDIS_STATUS_FAILURE);
    address("02-00-00-00-00-fE", NDIS_STATUS_SUCCESS, 6, 0xFE);
    address("0200000000AB", NDIS_STATUS_SUCCESS, 6, 0xAB);
    address("0200", NDIS_STATUS_SUCCESS, 2, 0);
    address("02000", NDIS_STATUS_FAILURE, 0, 0);
    address("02:00", NDIS_STATUS_FAILURE, 0, 0);
    address("", NDIS_STATUS_FAILURE, 0, 0);
}

static void test_written_values_are_read_back(void **state)
{
    NDIS_CONFIGURATION_PARAMETER p = {.ParameterType = NdisParameterInteger,
                                      .ParameterData.IntegerData = 5};
    NDIS_STATUS status = -1;
    NDIS_STRING name = NAME("Written");

    (void)state;
    NdisWriteConfiguration(&status, config, &name, &p);
    assert_int_equal(status, NDIS_STATUS_SUCCESS);
    assert_int_equal(integer(name, NdisParameterInteger), 5);
    p.ParameterType = NdisParameterString;
    p.ParameterData.StringData = NAME("12");
    NdisWriteConfiguration(&status, config, &name, &p);
    assert_int_equal(integer(name, NdisParameterInteger), 12);
    p.ParameterType = (NDIS_PARAMETER_TYPE)17;
    NdisWriteConfiguration(&status, config, &name, &p);
    assert_int_equal(status, NDIS_STATUS_NOT_SUPPORTED);
}

static void test_sub_keys(void **state)
{
    NDIS_STATUS status = -1;
    NDIS_HANDLE sub = NULL;
    NDIS_STRING name = NAME("Queue"), found;
    NDIS_CONFIGURATION_PARAMETER *p;

    (void)state;
    NdisOpenConfigurationKeyByName(&status, config, &name, &sub);
    assert_int_equal(status, NDIS_STATUS_FAILURE);
    dd_key_set_string(dd_key_child(e.key, "Queue", true), "Depth", "9");
    NdisOpenConfigurationKeyByName(&status, config, &name, &sub);
    assert_int_equal(status, NDIS_STATUS_SUCCESS);
    NDIS_STRING depth = NAME("Depth");
    NdisReadConfiguration(&status, &p, sub, &depth, NdisParameterInteger);
    assert_int_equal(p->ParameterData.IntegerData, 9);
    NdisCloseConfiguration(sub);
    NdisOpenConfigurationKeyByIndex(&status, config, 0, &found, &sub);
    assert_int_equal(status, NDIS_STATUS_SUCCESS);
    assert_int_equal(found.Length, 10);
    assert_memory_equal(found.Buffer, L"Queue", 10);
    NdisCloseConfiguration(sub);
    NdisOpenConfigurationKeyByIndex(&status, config, 1, &found, &sub);
    assert_int_equal(status, NDIS_STATUS_FAILURE);
}

static void test_driver_handle_opens_its_parameters(void **state)
{
    NDIS_HANDLE h, adapter_config = config;

    (void)state;
    dd_key_set_string(e.driver->parameters_key, "Debug", "3");
    h = open_config((NDIS_HANDLE)e.driver);
    assert_non_null(h);
    config = h;
    assert_int_equal(integer(NAME("Debug"), NdisParameterInteger), 3);
    config = adapter_config;
    NdisCloseConfiguration(h);
    NdisCloseConfiguration(h);
    assert_int_equal(events_bad("not a configuration handle"), 1);
    assert_null(open_config((NDIS_HANDLE)(uintptr_t)0x33));
}

static void test_failures_that_are_asked_for(void **state)
{
    (void)state;
    dd_key_set_string(e.key, "X", "1");
    events_fail_at(DD_FAIL_CONFIG_READ, 1);
    read_as(NAME("X"), NdisParameterInteger, NDIS_STATUS_FAILURE);
    assert_int_equal(integer(NAME("X"), NdisParameterInteger), 1);
    events_fail_at(DD_FAIL_CONFIG_OPEN, 1);
    assert_null(open_config((NDIS_HANDLE)e.a));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_text_digits_become_numbers),
        T(test_strings_and_binary_come_as_stored),
        T(test_predefined_keywords),
        T(test_network_address),
        T(test_written_values_are_read_back),
        T(test_sub_keys),
        T(test_driver_handle_opens_its_parameters),
        T(test_failures_that_are_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
