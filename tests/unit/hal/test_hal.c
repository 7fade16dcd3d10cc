/* SPDX-License-Identifier: MIT */
/* IoGetDmaAdapter and DMA_OPERATIONS. */
#include "hal/hal.h"
#include "nt/machine.h"
#include "seam/api.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct dd_ram *ram;
static struct dd_domain *domain;
static struct dd_dma_policy policy;
static struct dd_hal_device *dev;
static struct dd_ctx *ctx;
static DEVICE_OBJECT pdo;
static uint8_t *block;
static PMDL mdl;
static uint64_t room[64];

static struct {
    unsigned calls;
    PSCATTER_GATHER_LIST list;
    PDEVICE_OBJECT device;
    PVOID context;
    KIRQL irql;
} seen;

static VOID NTAPI on_list(PDEVICE_OBJECT DeviceObject, PIRP Irp, PSCATTER_GATHER_LIST ScatterGather,
                          PVOID Context)
{
    (void)Irp;
    seen.calls++;
    seen.list = ScatterGather;
    seen.device = DeviceObject;
    seen.context = Context;
    seen.irql = dd_irql_get();
}

static int start(void **state)
{
    struct dd_ram_config config = {.low_bytes = 32ull << 20, .seed = 9, .shuffle = true};
    struct dd_machine_config machine = {.cpus = 2, .ndis_version = 6u << 16 | 30};
    struct dd_hal_device_config dc = {.pdo = &pdo,
                                      .adapter = &pdo,
                                      .policy = &policy,
                                      .address_bits = 64};

    (void)state;
    memset(&policy, 0, sizeof(policy));
    memset(&seen, 0, sizeof(seen));
    policy.checked = true;
    assert_int_equal(dd_ram_new(&config, &ram), 0);
    assert_int_equal(dd_domain_new(ram, DD_DOMAIN_STRICT, 64, &domain), 0);
    machine.ram = ram;
    assert_int_equal(dd_machine_start(&machine), 0);
    assert_int_equal(dd_ctx_adopt("test", 0, &ctx), 0);
    dc.ram = ram;
    dc.domain = domain;
    assert_int_equal(dd_hal_device_open(&dc, &dev), 0);
    block = dd_ram_alloc(ram, 3 * 4096, 4096, 0, UINT64_MAX);
    mdl = dd_mdl_new(block + 100, 2 * 4096, NULL, NULL);
    for (unsigned i = 0; i < 3 * 4096; i++) {
        block[i] = (uint8_t)(i * 3 + (i >> 8));
    }
    return 0;
}

static int stop(void **state)
{
    (void)state;
    dd_mdl_free(mdl, NULL);
    assert_int_equal(dd_ram_free_block(ram, block, NULL), 0);
    dd_hal_device_close(dev);
    assert_int_equal(dd_domain_live(domain), 0);
    dd_ctx_release(ctx);
    dd_machine_stop();
    dd_seam_reset();
    assert_int_equal(dd_ram_live_bytes(ram), 0);
    dd_domain_free(domain);
    dd_ram_free(ram);
    return 0;
}

static DEVICE_DESCRIPTION description(ULONG version)
{
    return (DEVICE_DESCRIPTION){
        .Version = version,
        .Master = TRUE,
        .ScatterGather = TRUE,
        .Dma64BitAddresses = TRUE,
        .DmaAddressWidth = 64,
        .InterfaceType = PCIBus,
        .MaximumLength = 65536,
    };
}

static PDMA_ADAPTER adapter(ULONG version)
{
    DEVICE_DESCRIPTION d = description(version);
    ULONG regs = 0;
    PDMA_ADAPTER a = IoGetDmaAdapter(&pdo, &d, &regs);

    assert_non_null(a);
    assert_int_equal(regs, 18); /* 64 KiB touch 17 pages, and one for a second MDL */
    return a;
}

static void check_data(PSCATTER_GATHER_LIST list, const uint8_t *want, size_t len)
{
    uint8_t got[3 * 4096];
    size_t n = 0;

    for (ULONG i = 0; i < list->NumberOfElements; i++) {
        assert_int_equal(dd_domain_access(domain,
                                          (dd_iova){(uint64_t)list->Elements[i].Address.QuadPart},
                                          got + n, list->Elements[i].Length, false),
                         0);
        n += list->Elements[i].Length;
    }
    assert_int_equal(n, len);
    assert_memory_equal(got, want, len);
}

static void test_the_tables_size_tells_the_version(void **state)
{
    static const ULONG sizes[] = {104, 104, 128, 320};

    (void)state;
    for (ULONG v = 0; v <= 3; v++) {
        PDMA_ADAPTER a = adapter(v);

        assert_int_equal(a->Version, 1);
        assert_int_equal(a->Size, sizeof(DMA_ADAPTER));
        assert_int_equal(a->DmaOperations->Size, sizes[v]);
        a->DmaOperations->PutDmaAdapter(a);
    }
}

static void test_what_can_not_be_is_null(void **state)
{
    DEVICE_DESCRIPTION d = description(4);
    DEVICE_OBJECT other;
    ULONG regs;

    (void)state;
    assert_null(IoGetDmaAdapter(&pdo, &d, &regs));
    d.Version = 3;
    d.DmaAddressWidth = 0;
    assert_null(IoGetDmaAdapter(&pdo, &d, &regs));
    d.DmaAddressWidth = 65;
    assert_null(IoGetDmaAdapter(&pdo, &d, &regs));
    d = description(2);
    assert_null(IoGetDmaAdapter(&other, &d, &regs));
    assert_null(IoGetDmaAdapter(NULL, &d, &regs));
}

static void test_get_builds_calls_and_put_unmaps(void **state)
{
    PDMA_ADAPTER a = adapter(2);
    dd_iova at;
    uint8_t byte;

    (void)state;
    dd_irql_raise(DISPATCH_LEVEL);
    assert_int_equal(a->DmaOperations->GetScatterGatherList(a, &pdo, mdl, block + 100 + 50, 5000,
                                                            on_list, &seen, TRUE),
                     STATUS_SUCCESS);
    assert_int_equal(seen.calls, 1);
    assert_ptr_equal(seen.device, &pdo);
    assert_ptr_equal(seen.context, &seen);
    assert_int_equal(seen.irql, DISPATCH_LEVEL);
    check_data(seen.list, block + 150, 5000);
    at.v = (uint64_t)seen.list->Elements[0].Address.QuadPart;
    a->DmaOperations->PutScatterGatherList(a, seen.list, TRUE);
    assert_int_equal(dd_domain_access(domain, at, &byte, 1, false), -EFAULT);
    a->DmaOperations->PutScatterGatherList(a, seen.list, TRUE); /* twice: nothing */
    dd_irql_lower(PASSIVE_LEVEL);
    a->DmaOperations->PutDmaAdapter(a);
}

static void test_build_uses_the_callers_buffer_or_fails(void **state)
{
    PDMA_ADAPTER a = adapter(3);
    ULONG size = 0, regs = 0;

    (void)state;
    dd_irql_raise(DISPATCH_LEVEL);
    assert_int_equal(a->DmaOperations->CalculateScatterGatherList(a, mdl, block + 100, 8192, &size,
                                                                  &regs),
                     STATUS_SUCCESS);
    assert_int_equal(regs, 3);
    assert_int_equal(size, 16 + 3 * 24);
    assert_int_equal(a->DmaOperations->BuildScatterGatherList(a, &pdo, mdl, block + 100, 8192,
                                                              on_list, NULL, TRUE, room, 16),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(seen.calls, 0);
    assert_int_equal(dd_domain_live(domain), 0);
    assert_int_equal(a->DmaOperations->BuildScatterGatherList(a, &pdo, mdl, block + 100, 8192,
                                                              on_list, NULL, TRUE, room, size),
                     STATUS_SUCCESS);
    assert_ptr_equal(seen.list, room);
    check_data(seen.list, block + 100, 8192);
    a->DmaOperations->PutScatterGatherList(a, seen.list, TRUE);
    dd_irql_lower(PASSIVE_LEVEL);
    a->DmaOperations->PutDmaAdapter(a);
}

static void test_calculate_without_mdl_is_the_worst_case(void **state)
{
    PDMA_ADAPTER a = adapter(2);
    ULONG size = 0, regs = 0;

    (void)state;
    assert_int_equal(a->DmaOperations->CalculateScatterGatherList(a, NULL, (PVOID)(uintptr_t)0xfff,
                                                                  4098, &size, &regs),
                     STATUS_SUCCESS);
    assert_int_equal(regs, 3);
    assert_int_equal(a->DmaOperations->CalculateScatterGatherList(a, NULL, NULL, 1 << 20, &size,
                                                                  &regs),
                     STATUS_INSUFFICIENT_RESOURCES);
    a->DmaOperations->PutDmaAdapter(a);
}

static void test_more_than_the_chain_has_is_invalid(void **state)
{
    PDMA_ADAPTER a = adapter(2);

    (void)state;
    dd_irql_raise(DISPATCH_LEVEL);
    assert_int_equal(a->DmaOperations->GetScatterGatherList(a, &pdo, mdl, block + 100, 8193,
                                                            on_list, NULL, TRUE),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(a->DmaOperations->GetScatterGatherList(a, &pdo, mdl, block, 10, on_list, NULL,
                                                            TRUE),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(seen.calls, 0);
    dd_irql_lower(PASSIVE_LEVEL);
    a->DmaOperations->PutDmaAdapter(a);
}

static void test_common_buffers_are_shared_with_the_device(void **state)
{
    PDMA_ADAPTER a = adapter(2);
    PHYSICAL_ADDRESS at;
    uint8_t *va = a->DmaOperations->AllocateCommonBuffer(a, 6000, &at, TRUE);
    uint8_t byte = 7;

    (void)state;
    assert_non_null(va);
    assert_int_equal(dd_domain_access(domain, (dd_iova){(uint64_t)at.QuadPart + 5999}, &byte, 1,
                                      true),
                     0);
    assert_int_equal(va[5999], 7);
    a->DmaOperations->FreeCommonBuffer(a, 6000, at, va, TRUE);
    a->DmaOperations->FreeCommonBuffer(a, 6000, at, va, TRUE);
    assert_int_equal(dd_domain_access(domain, (dd_iova){(uint64_t)at.QuadPart}, &byte, 1, true),
                     -EFAULT);
    assert_null(a->DmaOperations->AllocateCommonBuffer(a, 0, &at, TRUE));
    assert_int_equal(a->DmaOperations->GetDmaAlignment(a), 64);
    a->DmaOperations->PutDmaAdapter(a);
}

static _Atomic(unsigned) leak_events;

static void on_event(void *arg, const struct dd_ev *ev)
{
    (void)arg;
    if (ev->kind == DD_EV_LEAK) {
        atomic_fetch_add(&leak_events, 1);
    }
}

static void test_what_a_driver_leaves_is_reported_and_undone(void **state)
{
    static const struct dd_listener listener = {.event = on_event};
    PDMA_ADAPTER a = adapter(2);
    PHYSICAL_ADDRESS at;

    (void)state;
    atomic_store(&leak_events, 0);
    dd_seam_listen(&listener);
    assert_non_null(a->DmaOperations->AllocateCommonBuffer(a, 100, &at, TRUE));
    dd_irql_raise(DISPATCH_LEVEL);
    assert_int_equal(a->DmaOperations->GetScatterGatherList(a, &pdo, mdl, block + 100, 10, on_list,
                                                            NULL, TRUE),
                     STATUS_SUCCESS);
    dd_irql_lower(PASSIVE_LEVEL);
    assert_int_equal(dd_hal_device_report(dev, false), 3);
    assert_int_equal(atomic_load(&leak_events), 3);
    assert_int_equal(dd_domain_live(domain), 0);
    assert_int_equal(dd_hal_device_report(dev, false), 0);
}

static void test_older_tables_end_before_newer_members(void **state)
{
    PDMA_ADAPTER v1 = adapter(0), v2 = adapter(2);

    (void)state;
    assert_non_null(v1->DmaOperations->PutScatterGatherList);
    assert_null(v1->DmaOperations->CalculateScatterGatherList);
    assert_non_null(v2->DmaOperations->BuildMdlFromScatterGatherList);
    assert_null(v2->DmaOperations->GetDmaAdapterInfo);
    v1->DmaOperations->PutDmaAdapter(v1);
    v2->DmaOperations->PutDmaAdapter(v2);
}

static void test_no_member_of_the_table_is_null(void **state)
{
    PDMA_ADAPTER a = adapter(3);
    void **member = (void **)(void *)((char *)a->DmaOperations + 8);

    (void)state;
    for (unsigned i = 0; i < (sizeof(DMA_OPERATIONS) - 8) / 8; i++) {
        assert_non_null(member[i]);
    }
    a->DmaOperations->PutDmaAdapter(a);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(test_the_tables_size_tells_the_version),
        T(test_what_can_not_be_is_null),
        T(test_get_builds_calls_and_put_unmaps),
        T(test_build_uses_the_callers_buffer_or_fails),
        T(test_calculate_without_mdl_is_the_worst_case),
        T(test_more_than_the_chain_has_is_invalid),
        T(test_common_buffers_are_shared_with_the_device),
        T(test_what_a_driver_leaves_is_reported_and_undone),
        T(test_older_tables_end_before_newer_members),
        T(test_no_member_of_the_table_is_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
