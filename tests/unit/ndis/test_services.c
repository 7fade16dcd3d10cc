/* SPDX-License-Identifier: MIT */
/* Memory, strings, objects, registers, ports, bus data, control devices, processors, names. */
#include "edge.h"

#include "ndis/adapter_priv.h"
#include "nt/devobj.h"
#include "nt/io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct edge e;

static int setup(void **state)
{
    (void)state;
    edge_setup(&e, 2, true);
    mini_knobs.msi = TRUE;
    edge_load(&e);
    mini.adapter = (NDIS_HANDLE)e.a;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(edge_stop(&e), 0);
    edge_teardown(&e);
    return 0;
}

/* --- memory --- */

static void test_memory_is_aligned_and_counted_for_its_owner(void **state)
{
    PVOID p = NdisAllocateMemoryWithTagPriority(mini.adapter, 100, 7, NormalPoolPriority);
    PVOID old = NULL;

    (void)state;
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % 16, 0);
    NdisFreeMemoryWithTagPriority(mini.adapter, p, 8);
    assert_int_equal(events_with_a(DD_EV_POOL_BAD_FREE, DD_POOL_WRONG_TAG), 1);
    NdisFreeMemory(p, 0, 0);
    assert_int_equal(events_with_a(DD_EV_POOL_BAD_FREE, DD_POOL_DOUBLE_FREE), 1);
    NdisFreeMemory(NULL, 0, 0);
    assert_int_equal(events_with_a(DD_EV_POOL_BAD_FREE, DD_POOL_NULL), 1);
    assert_int_equal(NdisAllocateMemoryWithTag(&old, 10, 7), NDIS_STATUS_SUCCESS);
    NdisFreeMemoryWithTag(old, 7);
    p = NdisAllocateMemoryWithTagPriority(mini.adapter, 10, 0, NormalPoolPriority);
    assert_int_equal(events_bad("without a tag"), 1);
    NdisFreeMemory(p, 0, 0);
    events_fail_at(DD_FAIL_POOL, 1);
    assert_null(NdisAllocateMemoryWithTagPriority(mini.adapter, 10, 7, NormalPoolPriority));
}

static void test_strings_in_memory(void **state)
{
    NDIS_STRING s;
    UCHAR text[] = "abc";

    (void)state;
    NdisInitializeString(&s, text);
    assert_int_equal(s.Length, 6);
    assert_memory_equal(s.Buffer, L"abc", 8);
    NdisFreeString(s);
    assert_int_equal(NdisMQueryAdapterInstanceName(&s, mini.adapter), NDIS_STATUS_SUCCESS);
    assert_memory_equal(s.Buffer, L"mini", 10);
    NdisFreeMemory(s.Buffer, 0, 0);
    assert_int_equal(events_count(DD_EV_POOL_BAD_FREE), 0);
}

static void test_generic_object_is_a_handle(void **state)
{
    PNDIS_GENERIC_OBJECT g = NdisAllocateGenericObject(e.driver->object, 7, 32);
    PMDL mdl;

    (void)state;
    assert_non_null(g);
    memset(g + 1, 0xAB, 32);
    assert_ptr_equal(dd_ndis_owner(g), e.driver);
    mdl = NdisAllocateMdl(g, g, 16);
    NdisFreeMdl(mdl);
    NdisFreeGenericObject(g);
    NdisFreeGenericObject(g);
    assert_int_equal(events_bad("not a generic object"), 1);
}

/* --- registers and ports --- */

static NDIS_PHYSICAL_ADDRESS at(uint64_t address)
{
    return (NDIS_PHYSICAL_ADDRESS){.QuadPart = (LONGLONG)address};
}

static void test_register_windows(void **state)
{
    PVOID va = &e, again = NULL;
    ULONG value = 0;

    (void)state;
    assert_int_equal(NdisMMapIoSpace(&va, mini.adapter, at(FAKE_MEM_BASE), 0x400),
                     NDIS_STATUS_SUCCESS);
    /* before the attributes and outside initialize, but it works */
    assert_int_equal(events_bad("hardware claimed before"), 1);
    NdisWriteRegisterUlong((PULONG)va + 3, 0x12345678);
    assert_int_equal(e.dev.regs[3], 0x12345678);
    NdisReadRegisterUlong((PULONG)va + 3, &value);
    assert_int_equal(value, 0x12345678);
    assert_int_equal(NdisMMapIoSpace(&again, mini.adapter, at(FAKE_MEM_BASE + 0x100), 0x100),
                     NDIS_STATUS_SUCCESS);
    NdisMUnmapIoSpace(mini.adapter, va, 0x200);
    assert_int_equal(events_bad("no register window"), 1);
    NdisZeroMappedMemory(va, 16);
    assert_int_equal(e.dev.regs[3], 0);
    NdisMUnmapIoSpace(mini.adapter, va, 0x400);
    NdisMUnmapIoSpace(mini.adapter, again, 0x100);
    assert_int_equal(dd_io_live(e.a->io_index), 0);
    assert_int_equal(NdisMMapIoSpace(&va, mini.adapter, at(0x1000), 0x400),
                     NDIS_STATUS_RESOURCE_CONFLICT);
    assert_null(va);
    assert_int_equal(NdisMMapIoSpace(&va, mini.adapter, at(FAKE_MEM_BASE), 0x30000),
                     NDIS_STATUS_RESOURCE_CONFLICT);
    events_fail_at(DD_FAIL_MAP_IO, 1);
    assert_int_equal(NdisMMapIoSpace(&va, mini.adapter, at(FAKE_MEM_BASE), 0x400),
                     NDIS_STATUS_RESOURCES);
}

static void test_port_ranges(void **state)
{
    PVOID base = NULL;

    (void)state;
    assert_int_equal(NdisMRegisterIoPortRange(&base, mini.adapter, (UINT)FAKE_PORT_BASE, 16),
                     NDIS_STATUS_SUCCESS);
    assert_non_null(base);
    NdisMDeregisterIoPortRange(mini.adapter, (UINT)FAKE_PORT_BASE, 8, base);
    assert_int_equal(events_bad("no such I/O port range"), 1);
    NdisMDeregisterIoPortRange(mini.adapter, (UINT)FAKE_PORT_BASE, 16, base);
    assert_int_equal(NdisMRegisterIoPortRange(&base, mini.adapter, (UINT)FAKE_PORT_BASE, 64),
                     NDIS_STATUS_RESOURCE_CONFLICT);
    events_fail_at(DD_FAIL_PORT_RANGE, 1);
    assert_int_equal(NdisMRegisterIoPortRange(&base, mini.adapter, (UINT)FAKE_PORT_BASE, 16),
                     NDIS_STATUS_RESOURCES);
}

/* --- bus --- */

static void test_bus_data_of_any_alignment(void **state)
{
    UCHAR bytes[16];
    USHORT command = 0x0147;

    (void)state;
    for (ULONG offset = 0; offset < 8; offset++) {
        for (ULONG length = 0; length < 9; length++) {
            memset(bytes, 0xEE, sizeof(bytes));
            assert_int_equal(NdisMGetBusData(mini.adapter, 0, offset, bytes, length), length);
            assert_memory_equal(bytes, e.dev.config + offset, length);
            assert_int_equal(bytes[length], 0xEE);
        }
    }
    assert_int_equal(NdisMSetBusData(mini.adapter, 0, 4, &command, 2), 2);
    assert_int_equal(e.dev.config[5], 1);
    assert_int_equal(NdisMGetBusData(mini.adapter, 0, 4094, bytes, 8), 2);
    assert_int_equal(NdisMGetBusData(mini.adapter, 0, 5000, bytes, 8), 0);
    assert_int_equal(NdisMGetBusData(mini.adapter, 1, 0, bytes, 8), 0);
    assert_int_equal(events_count(DD_EV_OBJECT_BAD), 0);
    (void)NdisMSetBusData(mini.adapter, 0, 0x10, bytes, 1);
    assert_int_equal(events_bad("base address registers"), 1);
    events_fail_at(DD_FAIL_BUS_DATA, 1);
    assert_int_equal(NdisMGetBusData(mini.adapter, 0, 0, bytes, 4), 0);
}

static void test_resource_lists(void **state)
{
    PDEVICE_OBJECT pdo = NULL, fdo = NULL, next = NULL;
    PCM_RESOURCE_LIST raw = NULL, translated = NULL;

    (void)state;
    assert_int_equal(dd_ndis_initialize(e.a, NULL), 0);
    NdisMGetDeviceProperty(mini.adapter, &pdo, &fdo, &next, &raw, &translated);
    assert_non_null(pdo);
    assert_true(fdo != NULL && fdo != pdo);
    assert_non_null(next);
    assert_int_equal(raw->List[0].PartialResourceList.Count, 3 + FAKE_VECTORS);
    assert_int_equal(translated->List[0].PartialResourceList.Count, 3 + FAKE_VECTORS);
    assert_int_equal(
        translated->List[0].PartialResourceList.PartialDescriptors[0].u.Memory.Start.QuadPart,
        FAKE_MEM_BASE);
    NdisMGetDeviceProperty(mini.adapter, NULL, NULL, NULL, NULL, NULL);
    /* memory, ports and bus mastering are on until halt */
    assert_int_equal(e.dev.config[4] & 7, 7);
    assert_int_equal(dd_ndis_halt(e.a, NdisHaltDeviceDisabled), 0);
    assert_int_equal(e.dev.config[4] & 7, 0);
}

/* --- control devices --- */

static NTSTATUS on_control(PDEVICE_OBJECT device, PIRP irp)
{
    PULONG extension = NdisGetDeviceReservedExtension(device);

    *extension += 1;
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static NDIS_STATUS register_device(PDEVICE_OBJECT *device, NDIS_HANDLE *h)
{
    static PDRIVER_DISPATCH majors[IRP_MJ_MAXIMUM_FUNCTION + 1];
    static NDIS_STRING name = NDIS_STRING_CONST("\\Device\\Mini"),
                       link = NDIS_STRING_CONST("\\DosDevices\\Mini");
    NDIS_DEVICE_OBJECT_ATTRIBUTES a = {
        .Header = {NDIS_OBJECT_TYPE_DEVICE_OBJECT_ATTRIBUTES, 1,
                   NDIS_SIZEOF_DEVICE_OBJECT_ATTRIBUTES_REVISION_1},
        .DeviceName = &name,
        .SymbolicName = &link,
        .MajorFunctions = majors,
        .ExtensionSize = sizeof(ULONG),
    };

    majors[IRP_MJ_DEVICE_CONTROL] = on_control;
    return NdisRegisterDeviceEx((NDIS_HANDLE)e.driver, &a, device, h);
}

static void test_control_device_answers_requests(void **state)
{
    PDEVICE_OBJECT device, second;
    NDIS_HANDLE h, h2;

    (void)state;
    assert_int_equal(register_device(&device, &h), NDIS_STATUS_SUCCESS);
    assert_ptr_equal(dd_devobj_find("\\DosDevices\\mini"), device);
    assert_int_equal(*(PULONG)NdisGetDeviceReservedExtension(device), 0);
    assert_int_equal(dd_devobj_request(device, IRP_MJ_DEVICE_CONTROL, 0, NULL, 0, NULL, 0, NULL,
                                       NULL),
                     STATUS_SUCCESS);
    assert_int_equal(*(PULONG)NdisGetDeviceReservedExtension(device), 1);
    assert_int_equal(dd_devobj_request(device, IRP_MJ_CREATE, 0, NULL, 0, NULL, 0, NULL, NULL),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(register_device(&second, &h2), STATUS_OBJECT_NAME_COLLISION);
    assert_null(second);
    NdisDeregisterDeviceEx(h);
    assert_null(dd_devobj_find("\\DosDevices\\Mini"));
    assert_int_equal(dd_devobj_names(), 0);
    NdisDeregisterDeviceEx(h);
    assert_int_equal(events_bad("not a device handle"), 1);
}

/* --- the rest --- */

static void test_processors(void **state)
{
    PROCESSOR_NUMBER n = {.Number = 1};
    NDIS_SYSTEM_PROCESSOR_INFO info = {.Header = {0, 0, sizeof(info)}};
    PNDIS_RSS_PROCESSOR_INFO rss;
    SIZE_T size = 0;

    (void)state;
    assert_int_equal(NdisSystemProcessorCount(), 2);
    assert_int_equal(NdisGroupActiveProcessorCount(ALL_PROCESSOR_GROUPS), 2);
    assert_int_equal(NdisGroupActiveProcessorCount(3), 0);
    assert_int_equal(NdisGroupActiveProcessorMask(0), 3);
    assert_int_equal(NdisActiveGroupCount(), 1);
    assert_int_equal(NdisProcessorNumberToIndex(n), 1);
    n.Number = 2;
    assert_int_equal(NdisProcessorNumberToIndex(n), INVALID_PROCESSOR_INDEX);
    assert_int_equal(NdisProcessorIndexToNumber(2, &n), STATUS_INVALID_PARAMETER);
    assert_int_equal(NdisGetProcessorInformation(&info), NDIS_STATUS_SUCCESS);
    assert_int_equal(info.RssCpuCount, 2);
    info.Header.Size = 8;
    assert_int_equal(NdisGetProcessorInformation(&info), NDIS_STATUS_BUFFER_TOO_SHORT);
    assert_int_equal(NdisGetRssProcessorInformation(mini.adapter, NULL, &size),
                     NDIS_STATUS_BUFFER_TOO_SHORT);
    rss = malloc(size);
    assert_int_equal(NdisGetRssProcessorInformation(mini.adapter, rss, &size), NDIS_STATUS_SUCCESS);
    assert_int_equal(rss->RssProcessorCount, 2);
    free(rss);
}

static void test_version_names_and_ports(void **state)
{
    NDIS_STRING known = NDIS_STRING_CONST("NdisMSleep"),
                unknown = NDIS_STRING_CONST("NdisNoSuchThing");
    NDIS_STRING stub = NDIS_STRING_CONST("NdisRegisterPoll");
    NDIS_PORT_CHARACTERISTICS port = {
        .Header = {NDIS_OBJECT_TYPE_PORT_CHARACTERISTICS, 1, sizeof(port)}};
    LARGE_INTEGER up;

    (void)state;
    assert_int_equal(NdisGetVersion(), NDIS_RUNTIME_VERSION_687);
    assert_null(NdisGetRoutineAddress(&unknown));
    assert_null(NdisGetRoutineAddress(&stub));
    (void)NdisGetRoutineAddress(&known); /* found when the program exports it */
    NdisGetSystemUpTimeEx(&up);
    assert_true(up.QuadPart >= 0 && up.QuadPart < 100000);
    assert_int_equal(NdisMAllocatePort(mini.adapter, &port), NDIS_STATUS_SUCCESS);
    assert_int_equal(port.PortNumber, 1);
    assert_int_equal(NdisMFreePort(mini.adapter, 0), NDIS_STATUS_INVALID_PORT);
    assert_int_equal(NdisMFreePort(mini.adapter, 1), NDIS_STATUS_SUCCESS);
    assert_int_equal(NdisMFreePort(mini.adapter, 1), NDIS_STATUS_INVALID_PORT);
    assert_true(NdisGeneratePartialCancelId() != NdisGeneratePartialCancelId());
}

static void test_error_log_entries_are_events(void **state)
{
    (void)state;
    NdisWriteErrorLogEntry(mini.adapter, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 2, 1, 2);
    NdisWriteErrorLogEntry(mini.adapter, NDIS_ERROR_CODE_TIMEOUT, 0);
    assert_int_equal(events_count(DD_EV_ERROR_LOG), 2);
    assert_int_equal(events_nth(DD_EV_ERROR_LOG, 0)->ev.a, 0xC0001389);
    assert_int_equal(NdisWriteEventLogEntry(NULL, 5, 0, 0, NULL, 0, NULL), NDIS_STATUS_SUCCESS);
    assert_int_equal(events_count(DD_EV_ERROR_LOG), 3);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_memory_is_aligned_and_counted_for_its_owner),
        T(test_strings_in_memory),
        T(test_generic_object_is_a_handle),
        T(test_register_windows),
        T(test_port_ranges),
        T(test_bus_data_of_any_alignment),
        T(test_resource_lists),
        T(test_control_device_answers_requests),
        T(test_processors),
        T(test_version_names_and_ports),
        T(test_error_log_entries_are_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
