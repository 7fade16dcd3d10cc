/* SPDX-License-Identifier: MIT */
/* NdisMRegisterMiniportDriver, optional handlers, attributes: what is accepted and what is not. */
#include "fixture.h"

#include "ndis/adapter_priv.h"
#include "ndis/driver_int.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct machine m;
static NDIS_MINIPORT_DRIVER_CHARACTERISTICS chars;
static NDIS_STATUS registered;
static NDIS_HANDLE handle;
static NTSTATUS entry_status;
static UNICODE_STRING seen_path;

static int setup(void **state)
{
    (void)state;
    events_start();
    machine_start(&m, 1);
    entry_status = STATUS_SUCCESS;
    handle = NULL;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    machine_stop(&m);
    events_stop();
    return 0;
}

/* handlers that are never called */
static NDIS_STATUS no_initialize(NDIS_HANDLE a, NDIS_HANDLE b, PNDIS_MINIPORT_INIT_PARAMETERS c)
{
    (void)a;
    (void)b;
    (void)c;
    return NDIS_STATUS_FAILURE;
}

static VOID no_halt(NDIS_HANDLE a, NDIS_HALT_ACTION b)
{
    (void)a;
    (void)b;
}

static NDIS_STATUS no_pause(NDIS_HANDLE a, PNDIS_MINIPORT_PAUSE_PARAMETERS b)
{
    (void)a;
    (void)b;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS no_restart(NDIS_HANDLE a, PNDIS_MINIPORT_RESTART_PARAMETERS b)
{
    (void)a;
    (void)b;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS no_oid(NDIS_HANDLE a, PNDIS_OID_REQUEST b)
{
    (void)a;
    (void)b;
    return NDIS_STATUS_NOT_SUPPORTED;
}

static VOID no_send(NDIS_HANDLE a, PNET_BUFFER_LIST b, NDIS_PORT_NUMBER c, ULONG d)
{
    (void)a;
    (void)b;
    (void)c;
    (void)d;
}

static VOID unload(PDRIVER_OBJECT object)
{
    (void)object;
    NdisMDeregisterMiniportDriver(handle);
}

static void good_chars(void)
{
    memset(&chars, 0, sizeof(chars));
    chars.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS;
    chars.Header.Revision = NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
    chars.Header.Size = NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
    chars.MajorNdisVersion = 6;
    chars.MinorNdisVersion = 30;
    chars.InitializeHandlerEx = no_initialize;
    chars.HaltHandlerEx = no_halt;
    chars.UnloadHandler = unload;
    chars.PauseHandler = no_pause;
    chars.RestartHandler = no_restart;
    chars.OidRequestHandler = no_oid;
    chars.SendNetBufferListsHandler = no_send;
}

static NTSTATUS entry(PDRIVER_OBJECT object, PUNICODE_STRING path)
{
    seen_path = *path;
    registered = NdisMRegisterMiniportDriver(object, path, &chars, &chars, &handle);
    return registered == NDIS_STATUS_SUCCESS ? entry_status : registered;
}

static NDIS_STATUS try_register(void)
{
    struct dd_driver *d = NULL;
    NTSTATUS status;

    if (dd_ndis_load(entry, "svc", &status, &d) == 0) {
        assert_int_equal(dd_ndis_unload(d), 0);
    }
    return registered;
}

static void test_good_characteristics_are_copied(void **state)
{
    struct dd_driver *d;
    NTSTATUS status;
    char path[128];

    (void)state;
    good_chars();
    assert_int_equal(dd_ndis_load(entry, "svc", &status, &d), 0);
    dd_utf16_to_utf8(seen_path.Buffer, seen_path.Length / sizeof(WCHAR), path, sizeof(path));
    assert_string_equal(path, "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\svc");
    memset(&chars, 0, sizeof(chars));
    assert_ptr_equal(d->chars.HaltHandlerEx, no_halt);
    assert_ptr_equal(d->context, &chars);
    assert_int_equal(d->ndis_version, 6 << 16 | 30);
    assert_ptr_equal(dd_driver_from_handle(handle), d);
    assert_int_equal(dd_ndis_unload(d), 0);
    assert_null(dd_driver_from_handle(handle));
    assert_int_equal(events_count(DD_EV_DRIVER_REGISTERED), 1);
}

static void test_sizes_of_sizeof_are_accepted(void **state)
{
    (void)state;
    good_chars();
    chars.Header.Revision = NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1;
    chars.Header.Size = sizeof(chars);
    assert_int_equal(try_register(), NDIS_STATUS_SUCCESS);
}

static void test_bad_characteristics(void **state)
{
    (void)state;
    good_chars();
    chars.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    assert_int_equal(try_register(), NDIS_STATUS_BAD_CHARACTERISTICS);
    good_chars();
    chars.Header.Size--;
    assert_int_equal(try_register(), NDIS_STATUS_BAD_CHARACTERISTICS);
    good_chars();
    chars.SendNetBufferListsHandler = NULL;
    assert_int_equal(try_register(), NDIS_STATUS_BAD_CHARACTERISTICS);
}

static void test_bad_versions(void **state)
{
    (void)state;
    good_chars();
    chars.Header.Revision = 9;
    assert_int_equal(try_register(), NDIS_STATUS_BAD_VERSION);
    good_chars();
    chars.MajorNdisVersion = 5;
    assert_int_equal(try_register(), NDIS_STATUS_BAD_VERSION);
    good_chars();
    chars.MinorNdisVersion = 99; /* newer than the machine */
    assert_int_equal(try_register(), NDIS_STATUS_BAD_VERSION);
}

static void test_registration_can_be_made_to_fail(void **state)
{
    (void)state;
    good_chars();
    events_fail_at(DD_FAIL_REGISTER_DRIVER, 1);
    assert_int_equal(try_register(), NDIS_STATUS_RESOURCES);
}

static void test_failing_entry_that_forgets_to_deregister(void **state)
{
    struct dd_driver *d = NULL;
    NTSTATUS status;

    (void)state;
    good_chars();
    entry_status = STATUS_NO_MEMORY;
    assert_int_equal(dd_ndis_load(entry, "svc", &status, &d), -EPROTO);
    assert_int_equal(status, STATUS_NO_MEMORY);
    assert_null(d);
    assert_int_equal(events_count(DD_EV_LEAK), 1);
}

static NTSTATUS entry_without_registration(PDRIVER_OBJECT object, PUNICODE_STRING path)
{
    (void)object;
    (void)path;
    return STATUS_SUCCESS;
}

static void test_entry_that_registers_nothing(void **state)
{
    struct dd_driver *d = NULL;
    NTSTATUS status;

    (void)state;
    assert_int_equal(dd_ndis_load(entry_without_registration, "svc", &status, &d), -EPROTO);
    assert_int_equal(status, STATUS_SUCCESS);
}

static NDIS_STATUS options_status;
static NDIS_DRIVER_OPTIONAL_HANDLERS *options;

static NDIS_STATUS set_options(NDIS_HANDLE h, NDIS_HANDLE context)
{
    assert_ptr_equal(h, handle);
    assert_ptr_equal(context, &chars);
    options_status = NdisSetOptionalHandlers(h, options);
    return NDIS_STATUS_SUCCESS;
}

static void test_optional_handlers(void **state)
{
    NDIS_MINIPORT_PNP_CHARACTERISTICS pnp = {
        .Header = {NDIS_OBJECT_TYPE_MINIPORT_PNP_CHARACTERISTICS, 1, sizeof(pnp)}};
    NDIS_OBJECT_HEADER unknown = {NDIS_OBJECT_TYPE_NDK_PROVIDER_CHARACTERISTICS, 1, 8};

    (void)state;
    good_chars();
    chars.SetOptionsHandler = set_options;
    options = (NDIS_DRIVER_OPTIONAL_HANDLERS *)&pnp;
    assert_int_equal(try_register(), NDIS_STATUS_SUCCESS);
    assert_int_equal(options_status, NDIS_STATUS_SUCCESS);
    options = &unknown;
    assert_int_equal(try_register(), NDIS_STATUS_SUCCESS);
    assert_int_equal(options_status, NDIS_STATUS_NOT_SUPPORTED);
    /* at no other time */
    assert_int_equal(NdisSetOptionalHandlers(handle, options), NDIS_STATUS_FAILURE);
}

static NDIS_STATUS refuse_options(NDIS_HANDLE h, NDIS_HANDLE context)
{
    (void)h;
    (void)context;
    return NDIS_STATUS_RESOURCES;
}

static void test_failing_set_options_undoes_the_registration(void **state)
{
    (void)state;
    good_chars();
    chars.SetOptionsHandler = refuse_options;
    assert_int_equal(try_register(), NDIS_STATUS_RESOURCES);
    assert_int_equal(events_count(DD_EV_LEAK), 0);
}

static void test_deregistering_twice_is_seen(void **state)
{
    (void)state;
    good_chars();
    assert_int_equal(try_register(), NDIS_STATUS_SUCCESS);
    NdisMDeregisterMiniportDriver(handle);
    NdisMDeregisterMiniportDriver((NDIS_HANDLE)(uintptr_t)8);
    assert_int_equal(events_bad("not the handle of a registered"), 2);
}

/* --- attributes --- */

static void test_attributes_come_in_order(void **state)
{
    struct dd_adapter a = {.magic = DD_MAGIC_ADAPTER};
    struct dd_adapter_private *p;
    NDIS_OID list[] = {1, 2, 3};
    NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES reg = {
        .Header = {NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES, 1, sizeof(reg)},
        .AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER,
        .MiniportAdapterContext = &m,
    };
    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES general = {
        .Header = {NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES, 2, sizeof(general)},
        .SupportedOidList = list,
        .SupportedOidListLength = sizeof(list),
        .MacAddressLength = 6,
        .XmitLinkSpeed = 7,
    };
    NDIS_OBJECT_HEADER odd = {0x13, 1, 4};

    (void)state;
    p = aligned_alloc(64, dd_align_up(sizeof(*p), 64));
    memset(p, 0, sizeof(*p));
    a.priv = p;
    assert_int_equal(dd_attributes_set(&a, &general.Header, NULL), NDIS_STATUS_FAILURE);
    reg.Header.Revision = 7;
    assert_int_equal(dd_attributes_set(&a, &reg.Header, NULL), NDIS_STATUS_BAD_VERSION);
    reg.Header.Revision = 1;
    reg.Header.Size = 20;
    assert_int_equal(dd_attributes_set(&a, &reg.Header, NULL), NDIS_STATUS_BAD_VERSION);
    reg.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
    assert_int_equal(dd_attributes_set(&a, &reg.Header, NULL), NDIS_STATUS_SUCCESS);
    assert_true(a.bus_master);
    assert_ptr_equal(a.context, &m);
    assert_int_equal(dd_attributes_set(&a, &general.Header, NULL), NDIS_STATUS_SUCCESS);
    list[1] = 99; /* copied: the driver's array may go */
    assert_int_equal(a.general.SupportedOidList[1], 2);
    assert_int_equal(a.link.XmitLinkSpeed, 7);
    assert_int_equal(dd_attributes_set(&a, &odd, NULL), NDIS_STATUS_BAD_VERSION);
    events_fail_at(DD_FAIL_ATTRIBUTES, 1);
    assert_int_equal(dd_attributes_set(&a, &general.Header, NULL), NDIS_STATUS_RESOURCES);
    dd_attributes_drop(&a);
    assert_false(a.have_general);
    free(p);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_good_characteristics_are_copied),
        T(test_sizes_of_sizeof_are_accepted),
        T(test_bad_characteristics),
        T(test_bad_versions),
        T(test_registration_can_be_made_to_fail),
        T(test_failing_entry_that_forgets_to_deregister),
        T(test_entry_that_registers_nothing),
        T(test_optional_handlers),
        T(test_failing_set_options_undoes_the_registration),
        T(test_deregistering_twice_is_seen),
        T(test_attributes_come_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
