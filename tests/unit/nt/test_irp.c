/* SPDX-License-Identifier: MIT */
#include "svc_test.h"

#include "fake_dev.h"
#include "nt/config.h"
#include "nt/devobj.h"
#include "nt/handle.h"

#define IOCTL(method) CTL_CODE(FILE_DEVICE_NETWORK, 0x801, method, FILE_ANY_ACCESS)

static DRIVER_OBJECT driver;
static PDEVICE_OBJECT device;
static PIRP kept; /* an IRP the dispatch routine left pending */

/* turns the input round into the output */
static NTSTATUS reverse(PDEVICE_OBJECT d, PIRP irp)
{
    PIO_STACK_LOCATION at = IoGetCurrentIrpStackLocation(irp);
    ULONG n = at->Parameters.DeviceIoControl.InputBufferLength,
          code = at->Parameters.DeviceIoControl.IoControlCode;
    UCHAR *out = irp->AssociatedIrp.SystemBuffer, in[16];

    assert_ptr_equal(d, device);
    assert_ptr_equal(at->DeviceObject, device);
    if (METHOD_FROM_CTL_CODE(code) == METHOD_NEITHER) {
        memcpy(in, at->Parameters.DeviceIoControl.Type3InputBuffer, n);
        out = irp->UserBuffer;
    } else {
        memcpy(in, irp->AssociatedIrp.SystemBuffer, n);
        if (METHOD_FROM_CTL_CODE(code) != METHOD_BUFFERED) {
            out = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
        }
    }
    for (ULONG i = 0; i < n; i++) {
        out[i] = in[n - 1 - i];
    }
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = n;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static NTSTATUS keep(PDEVICE_OBJECT d, PIRP irp)
{
    (void)d;
    IoMarkIrpPending(irp);
    kept = irp;
    return STATUS_PENDING;
}

static int start(void **state)
{
    UNICODE_STRING name;
    int r = svc_test_start(state);

    memset(&driver, 0, sizeof(driver));
    kept = NULL;
    RtlInitUnicodeString(&name, L"\\Device\\Test");
    return r < 0 || dd_devobj_new(&driver, 100, &name, FILE_DEVICE_NETWORK, 0, &device) !=
                        STATUS_SUCCESS
               ? -1
               : 0;
}

static int stop(void **state)
{
    if (device != NULL) {
        dd_devobj_delete(device);
    }
    return nt_test_stop(state);
}

#define irp_test(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

static void control_request_comes_back_by_every_method(void **state)
{
    (void)state;
    driver.MajorFunction[IRP_MJ_DEVICE_CONTROL] = reverse;
    for (ULONG method = METHOD_BUFFERED; method <= METHOD_NEITHER; method++) {
        char out[8] = "xxxxxxx";
        ULONG_PTR n = 0;

        assert_int_equal(dd_devobj_request(device, IRP_MJ_DEVICE_CONTROL, IOCTL(method), "abc", 3,
                                           out, 8, NULL, &n),
                         STATUS_SUCCESS);
        assert_int_equal(n, 3);
        assert_memory_equal(out, "cbaxxxx", 8);
    }
    assert_int_equal(EVENTS(OBJECT_BAD) + EVENTS(POOL_BAD_FREE), 0);
    assert_int_equal(dd_irp_report_leaks(false), 0);
}

static void request_without_a_dispatch_routine_is_invalid(void **state)
{
    (void)state;
    assert_int_equal(dd_devobj_request(device, IRP_MJ_CREATE, 0, NULL, 0, NULL, 0, NULL, NULL),
                     STATUS_INVALID_DEVICE_REQUEST);
}

static NTSTATUS claim_too_much(PDEVICE_OBJECT d, PIRP irp)
{
    (void)d;
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 100;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static void information_beyond_the_buffer_is_reported_and_cut(void **state)
{
    char out[8] = "xxxxxxx";

    (void)state;
    driver.MajorFunction[IRP_MJ_DEVICE_CONTROL] = claim_too_much;
    (void)dd_devobj_request(device, IRP_MJ_DEVICE_CONTROL, IOCTL(METHOD_BUFFERED), NULL, 0, out, 4,
                            NULL, NULL);
    assert_string_equal(WORDS(OBJECT_BAD), "IoStatus.Information is larger than the output buffer");
    assert_int_equal(out[4], 'x');
}

static void complete_kept(void *arg)
{
    (void)arg;
    kept->IoStatus.Status = STATUS_CANCELLED;
    kept->IoStatus.Information = 0;
    IoCompleteRequest(kept, IO_NO_INCREMENT);
}

static NTSTATUS keep_and_complete_later(PDEVICE_OBJECT d, PIRP irp)
{
    NTSTATUS status = keep(d, irp);

    (void)dd_call_at_dispatch(1, complete_kept, NULL);
    return status;
}

static void pending_request_is_waited_for(void **state)
{
    (void)state;
    driver.MajorFunction[IRP_MJ_READ] = keep_and_complete_later;
    assert_int_equal(dd_devobj_request(device, IRP_MJ_READ, 0, NULL, 0, NULL, 0, NULL, NULL),
                     STATUS_CANCELLED);
}

static void completing_a_freed_irp_is_reported(void **state)
{
    PIRP irp;
    IO_STATUS_BLOCK iosb;
    KEVENT event;

    (void)state;
    driver.MajorFunction[IRP_MJ_DEVICE_CONTROL] = keep;
    dd_event_init(&event, NotificationEvent, false);
    irp = IoBuildDeviceIoControlRequest(IOCTL(METHOD_BUFFERED), device, NULL, 0, NULL, 0, FALSE,
                                        &event, &iosb);
    assert_int_equal(IoCallDriver(device, irp), STATUS_PENDING);
    complete_kept(NULL);
    assert_int_equal(iosb.Status, STATUS_CANCELLED);
    assert_int_equal(dd_wait(&event, 0), STATUS_SUCCESS);
    IofCompleteRequest(irp, 0);
    assert_string_equal(WORDS(OBJECT_BAD), "IoCompleteRequest of an IRP that is gone");
}

static NTSTATUS completion_status;
static unsigned completions;

static NTSTATUS on_complete(PDEVICE_OBJECT d, PIRP irp, PVOID context)
{
    (void)d;
    assert_ptr_equal(context, &completions);
    completion_status = irp->IoStatus.Status;
    completions++;
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static void completion_routine_keeps_the_drivers_own_irp(void **state)
{
    PIRP irp = IoAllocateIrp(1, FALSE);

    (void)state;
    completions = 0;
    assert_non_null(irp);
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_CLOSE;
    IoSetCompletionRoutine(irp, on_complete, &completions, FALSE, TRUE, FALSE);
    assert_int_equal(IoCallDriver(device, irp), STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(completions, 1);
    assert_int_equal(completion_status, STATUS_INVALID_DEVICE_REQUEST);
    IoReuseIrp(irp, STATUS_SUCCESS);
    IoSetCompletionRoutine(irp, on_complete, &completions, TRUE, FALSE, FALSE); /* not on error */
    (void)IoCallDriver(device, irp);
    assert_int_equal(completions, 1);
    assert_int_equal(EVENTS(OBJECT_BAD), 1); /* went up to the top */
    IoFreeIrp(irp);
    IoFreeIrp(irp);
    assert_int_equal(EVENTS(OBJECT_BAD), 2);
}

static void second_completion_stops_the_run(void **state)
{
    PIRP irp = IoAllocateIrp(1, FALSE);

    (void)state;
    (void)IoCallDriver(device, irp);
    ASSERT_BUGCHECK(IofCompleteRequest(irp, 0));
    IoFreeIrp(irp);
}

static void call_without_a_location_left_stops_the_run(void **state)
{
    PIRP irp = IoAllocateIrp(1, FALSE);

    (void)state;
    driver.MajorFunction[IRP_MJ_CREATE] = keep;
    (void)IoCallDriver(device, irp);
    ASSERT_BUGCHECK((void)IoCallDriver(device, irp));
    IoFreeIrp(irp);
}

static void irp_never_freed_is_a_leak(void **state)
{
    (void)state;
    (void)IoAllocateIrp(2, FALSE);
    assert_int_equal(dd_irp_report_leaks(false), 1);
    assert_string_equal(WORDS(LEAK), "IRP");
    svc_test.fail[DD_FAIL_POOL] = 1;
    assert_null(IoAllocateIrp(1, FALSE));
    assert_null(IoAllocateIrp(0, FALSE));
}

static VOID cancel(PDEVICE_OBJECT d, PIRP irp)
{
    assert_ptr_equal(d, device);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    IoReleaseCancelSpinLock(irp->CancelIrql);
    complete_kept(NULL);
}

static void cancel_runs_the_cancel_routine_once(void **state)
{
    PIRP irp;
    IO_STATUS_BLOCK iosb = {.Information = 0};
    KEVENT event;

    (void)state;
    driver.MajorFunction[IRP_MJ_DEVICE_CONTROL] = keep;
    dd_event_init(&event, NotificationEvent, false);
    irp = IoBuildDeviceIoControlRequest(IOCTL(METHOD_BUFFERED), device, NULL, 0, NULL, 0, FALSE,
                                        &event, &iosb);
    (void)IoCallDriver(device, irp);
    assert_int_equal(IoCancelIrp(irp), FALSE); /* no routine yet */
    assert_null(IoSetCancelRoutine(irp, cancel));
    assert_int_equal(IoCancelIrp(irp), TRUE);
    assert_int_equal(iosb.Status, STATUS_CANCELLED);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

/* --- queue --- */

static LIST_ENTRY queue;
static KSPIN_LOCK queue_lock;
static unsigned cancelled;

static VOID csq_insert(PIO_CSQ csq, PIRP irp)
{
    (void)csq;
    InsertTailList(&queue, &irp->Tail.Overlay.ListEntry);
}

static VOID csq_remove(PIO_CSQ csq, PIRP irp)
{
    (void)csq;
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
}

static PIRP csq_peek(PIO_CSQ csq, PIRP irp, PVOID context)
{
    PLIST_ENTRY next = irp == NULL ? queue.Flink : irp->Tail.Overlay.ListEntry.Flink;

    (void)csq;
    (void)context;
    return next == &queue ? NULL : CONTAINING_RECORD(next, IRP, Tail.Overlay.ListEntry);
}

static VOID csq_lock(PIO_CSQ csq, PKIRQL irql)
{
    (void)csq;
    *irql = KeAcquireSpinLockRaiseToDpc(&queue_lock);
}

static VOID csq_unlock(PIO_CSQ csq, KIRQL irql)
{
    (void)csq;
    KeReleaseSpinLock(&queue_lock, irql);
}

static VOID csq_cancelled(PIO_CSQ csq, PIRP irp)
{
    (void)csq;
    (void)irp;
    cancelled++;
}

static void queued_irps_come_out_in_order_or_are_cancelled(void **state)
{
    IO_CSQ csq;
    IO_CSQ_IRP_CONTEXT context;
    PIRP irp[3];

    (void)state;
    cancelled = 0;
    InitializeListHead(&queue);
    KeInitializeSpinLock(&queue_lock);
    IoCsqInitialize(&csq, csq_insert, csq_remove, csq_peek, csq_lock, csq_unlock, csq_cancelled);
    driver.MajorFunction[IRP_MJ_CREATE] = keep;
    for (int i = 0; i < 3; i++) {
        irp[i] = IoAllocateIrp(1, FALSE);
        (void)IoCallDriver(device, irp[i]);
        IoCsqInsertIrp(&csq, irp[i], i == 2 ? &context : NULL);
    }
    assert_int_equal(IoCancelIrp(irp[0]), TRUE);
    assert_int_equal(cancelled, 1);
    assert_ptr_equal(IoCsqRemoveNextIrp(&csq, NULL), irp[1]);
    assert_ptr_equal(IoCsqRemoveIrp(&csq, &context), irp[2]);
    assert_null(IoCsqRemoveIrp(&csq, &context));
    assert_null(IoCsqRemoveNextIrp(&csq, NULL));
    irp[1]->Cancel = TRUE;
    IoCsqInsertIrp(&csq, irp[1], NULL); /* cancelled already */
    assert_int_equal(cancelled, 2);
    assert_true(IsListEmpty(&queue));
    for (int i = 0; i < 3; i++) {
        IoFreeIrp(irp[i]);
    }
}

static void remove_lock_waits_for_its_holders(void **state)
{
    IO_REMOVE_LOCK lock;

    (void)state;
    IoInitializeRemoveLock(&lock, 0, 0, 0);
    assert_int_equal(IoAcquireRemoveLock(&lock, NULL), STATUS_SUCCESS);
    assert_int_equal(IoAcquireRemoveLock(&lock, NULL), STATUS_SUCCESS);
    IoReleaseRemoveLock(&lock, NULL);
    IoReleaseRemoveLockAndWait(&lock, NULL);
    assert_int_equal(IoAcquireRemoveLock(&lock, NULL), STATUS_DELETE_PENDING);
    IoReleaseRemoveLock(&lock, NULL);
    assert_int_equal(EVENTS(OBJECT_BAD), 1); /* once too often */
}

/* --- the bus --- */

static void pdo_answers_for_its_bus(void **state)
{
    static const GUID bus_guid = {0x496b8280,
                                  0x6f25,
                                  0x11d0,
                                  {0xbe, 0xaf, 0x08, 0x00, 0x2b, 0xe2, 0x09, 0x2f}};
    static struct fake_dev fake;
    DEVICE_OBJECT pdo = {.StackSize = 1}, fdo = {.StackSize = 2};
    struct dd_devobj_pdo info = {.dev = &fake.dev, .slot = 3 << 16};
    BUS_INTERFACE_STANDARD bus;
    IO_STATUS_BLOCK iosb = {.Information = 0};
    KEVENT event;
    PIRP irp;
    UCHAR bytes[8];
    PIO_STACK_LOCATION next;

    (void)state;
    fake_dev_init(&fake);
    memcpy(fake.config, "\x86\x80\xd3\x10\x01\x02\x03\x04", 8);
    assert_int_equal(dd_devobj_adopt(&pdo, &info, NULL), 0);
    assert_int_equal(dd_devobj_adopt(&fdo, NULL, &pdo), 0);
    pdo.AttachedDevice = &fdo;
    assert_ptr_equal(IoGetAttachedDeviceReference(&pdo), &fdo);
    ObDereferenceObject(&fdo);
    dd_event_init(&event, NotificationEvent, false);
    irp = IoBuildSynchronousFsdRequest(IRP_MJ_PNP, &fdo, NULL, 0, NULL, &event, &iosb);
    next = IoGetNextIrpStackLocation(irp);
    next->MinorFunction = IRP_MN_QUERY_INTERFACE;
    next->Parameters.QueryInterface.InterfaceType = &bus_guid;
    next->Parameters.QueryInterface.Size = sizeof(bus);
    next->Parameters.QueryInterface.Version = 1;
    next->Parameters.QueryInterface.Interface = (PINTERFACE)&bus;
    assert_int_equal(IoCallDriver(&fdo, irp), STATUS_SUCCESS);
    assert_int_equal(iosb.Status, STATUS_SUCCESS);
    assert_int_equal(bus.GetBusData(bus.Context, PCI_WHICHSPACE_CONFIG, bytes, 1, 6), 6);
    assert_memory_equal(bytes, fake.config + 1, 6);
    assert_int_equal(bus.SetBusData(bus.Context, PCI_WHICHSPACE_CONFIG, (PVOID) "\x47\x05", 4, 2),
                     2);
    assert_int_equal(fake.config[4], 0x47);
    assert_int_equal(bus.GetBusData(bus.Context, 0x52696350, bytes, 0, 4), 0);
    bus.InterfaceDereference(bus.Context);
    irp = IoBuildSynchronousFsdRequest(IRP_MJ_PNP, &fdo, NULL, 0, NULL, &event, &iosb);
    IoGetNextIrpStackLocation(irp)->MinorFunction = IRP_MN_QUERY_CAPABILITIES;
    assert_int_equal(IoCallDriver(&fdo, irp), STATUS_NOT_SUPPORTED);
    assert_int_equal(HalGetBusDataByOffset(PCIConfiguration, 0, 3, bytes, 0, 4), 4);
    assert_memory_equal(bytes, fake.config, 4);
    assert_int_equal(HalGetBusDataByOffset(PCIConfiguration, 0, 4, bytes, 0, 4), 2);
    assert_int_equal(HalGetBusDataByOffset(PCIConfiguration, 300, 4, bytes, 0, 4), 0);
    dd_devobj_forget(&fdo);
    dd_devobj_forget(&pdo);
    assert_int_equal(EVENTS(OBJECT_BAD), 0);
    assert_int_equal(dd_object_count(DD_OBJECT_DEVICE), 1);
}

static void properties_come_from_the_hardware_key_or_the_bus(void **state)
{
    static struct fake_dev fake;
    DEVICE_OBJECT pdo = {.StackSize = 1};
    struct dd_devobj_pdo info = {.dev = &fake.dev,
                                 .slot = 3 << 16 | 1,
                                 .hardware_key = dd_key_open("hw", true)};
    WCHAR text[64];
    ULONG need, number;
    HANDLE h;

    (void)state;
    fake_dev_init(&fake);
    dd_key_set_string(info.hardware_key, "DeviceDesc", "A NIC");
    assert_int_equal(IoGetDeviceProperty(&pdo, DevicePropertyAddress, 4, &number, &need),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(dd_devobj_adopt(&pdo, &info, NULL), 0);
    assert_int_equal(IoGetDeviceProperty(&pdo, DevicePropertyDeviceDescription, 4, text, &need),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(need, 12);
    assert_int_equal(IoGetDeviceProperty(&pdo, DevicePropertyDeviceDescription, sizeof(text), text,
                                         &need),
                     STATUS_SUCCESS);
    assert_memory_equal(text, L"A NIC", 12);
    assert_int_equal(IoGetDeviceProperty(&pdo, DevicePropertyHardwareID, sizeof(text), text, &need),
                     STATUS_SUCCESS);
    assert_memory_equal(text, L"PCI\\VEN_8086&DEV_10D3\0", 46);
    assert_int_equal(IoGetDeviceProperty(&pdo, DevicePropertyAddress, 4, &number, &need),
                     STATUS_SUCCESS);
    assert_int_equal(number, 0x30001);
    assert_int_equal(IoGetDeviceProperty(&pdo, DevicePropertyLegacyBusType, 4, &number, &need),
                     STATUS_SUCCESS);
    assert_int_equal(number, 5);
    assert_int_equal(IoGetDeviceProperty(&pdo, (DEVICE_REGISTRY_PROPERTY)99, 4, &number, &need),
                     STATUS_INVALID_PARAMETER_2);
    assert_int_equal(IoOpenDeviceRegistryKey(&pdo, PLUGPLAY_REGKEY_DEVICE, KEY_READ, &h),
                     STATUS_SUCCESS);
    ZwClose(h);
    assert_int_equal(IoOpenDeviceRegistryKey(&pdo, PLUGPLAY_REGKEY_DRIVER, KEY_READ, &h),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(IoOpenDeviceRegistryKey(&pdo, 7, KEY_READ, &h), STATUS_INVALID_PARAMETER);
    dd_devobj_forget(&pdo);
    dd_registry_drop();
}

/* --- names --- */

static void names_and_links_lead_to_the_device(void **state)
{
    UNICODE_STRING name, link, other;
    OBJECT_ATTRIBUTES oa;
    IO_STATUS_BLOCK iosb;
    PDEVICE_OBJECT second;
    HANDLE h;

    (void)state;
    RtlInitUnicodeString(&name, L"\\Device\\Test");
    RtlInitUnicodeString(&link, L"\\DosDevices\\Test");
    RtlInitUnicodeString(&other, L"no backslash");
    assert_int_equal(IoCreateDevice(&driver, 0, &name, 1, 0, FALSE, &second),
                     STATUS_OBJECT_NAME_COLLISION);
    assert_int_equal(IoCreateDevice(&driver, 0, &other, 1, 0, FALSE, &second),
                     STATUS_OBJECT_NAME_INVALID);
    assert_int_equal(IoCreateSymbolicLink(&link, &name), STATUS_SUCCESS);
    assert_int_equal(IoCreateSymbolicLink(&link, &name), STATUS_OBJECT_NAME_COLLISION);
    assert_ptr_equal(dd_devobj_find("\\??\\test"), device);
    assert_ptr_equal(dd_devobj_find("\\\\.\\Test"), device);
    assert_ptr_equal(dd_devobj_find("\\device\\TEST"), device);
    InitializeObjectAttributes(&oa, &link, 0, NULL, NULL);
    assert_int_equal(ZwOpenFile(&h, GENERIC_READ, &oa, &iosb, 0, 0), STATUS_SUCCESS);
    assert_int_equal(ZwSetSecurityObject(h, 4, NULL), STATUS_SUCCESS);
    assert_int_equal(IoDeleteSymbolicLink(&link), STATUS_SUCCESS);
    assert_int_equal(IoDeleteSymbolicLink(&link), STATUS_OBJECT_NAME_NOT_FOUND);
    IoDeleteDevice(device);
    assert_null(dd_devobj_find("\\Device\\Test"));
    assert_null(driver.DeviceObject);
    assert_int_equal(dd_object_count(DD_OBJECT_DEVICE), 1); /* the open file holds it */
    assert_int_equal(ZwClose(h), STATUS_SUCCESS);
    assert_int_equal(dd_object_count(DD_OBJECT_DEVICE), 0);
    assert_int_equal(dd_devobj_names(), 0);
    assert_int_equal(EVENTS(OBJECT_BAD), 0);
    device = NULL;
}

static void device_deleted_twice_is_reported(void **state)
{
    PDEVICE_OBJECT d = device;

    (void)state;
    assert_non_null(d->DeviceExtension);
    assert_ptr_equal(driver.DeviceObject, d);
    IoDeleteDevice(d);
    IoDeleteDevice(d);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    device = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        irp_test(control_request_comes_back_by_every_method),
        irp_test(request_without_a_dispatch_routine_is_invalid),
        irp_test(information_beyond_the_buffer_is_reported_and_cut),
        irp_test(pending_request_is_waited_for),
        irp_test(completing_a_freed_irp_is_reported),
        irp_test(completion_routine_keeps_the_drivers_own_irp),
        irp_test(second_completion_stops_the_run),
        irp_test(call_without_a_location_left_stops_the_run),
        irp_test(irp_never_freed_is_a_leak),
        irp_test(cancel_runs_the_cancel_routine_once),
        irp_test(queued_irps_come_out_in_order_or_are_cancelled),
        irp_test(remove_lock_waits_for_its_holders),
        irp_test(pdo_answers_for_its_bus),
        irp_test(properties_come_from_the_hardware_key_or_the_bus),
        irp_test(names_and_links_lead_to_the_device),
        irp_test(device_deleted_twice_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
