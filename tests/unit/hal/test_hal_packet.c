/* SPDX-License-Identifier: MIT */
/* Packet DMA, common buffers, domains and system DMA through DMA_OPERATIONS, and how each fails. */
#include "hal_rig.h"

static struct {
    _Atomic(unsigned) calls, done;
    PVOID base;
    IO_ALLOCATION_ACTION action;
    DMA_COMPLETION_STATUS status;
} seen;

static uint64_t context[DMA_TRANSFER_CONTEXT_SIZE_V1 / 8];
static uint64_t room[1024];

static IO_ALLOCATION_ACTION NTAPI on_channel(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                             PVOID MapRegisterBase, PVOID Context)
{
    (void)DeviceObject;
    (void)Irp;
    (void)Context;
    assert_int_equal(dd_irql_get(), DISPATCH_LEVEL);
    seen.base = MapRegisterBase;
    atomic_fetch_add(&seen.calls, 1);
    return seen.action;
}

static PDMA_ADAPTER begin_with(const DEVICE_DESCRIPTION *d)
{
    PDMA_ADAPTER a = IoGetDmaAdapter(&rig.pdo, (PDEVICE_DESCRIPTION)(uintptr_t)d, NULL);

    assert_non_null(a);
    memset(&seen, 0, sizeof(seen));
    seen.action = DeallocateObjectKeepRegisters;
    dd_irql_raise(DISPATCH_LEVEL);
    return a;
}

static PDMA_ADAPTER begin(void)
{
    DEVICE_DESCRIPTION d = rig_description(3);

    return begin_with(&d);
}

static void end(PDMA_ADAPTER a)
{
    dd_irql_lower(PASSIVE_LEVEL);
    a->DmaOperations->PutDmaAdapter(a);
}

static NTSTATUS channel(PDMA_ADAPTER a, ULONG registers)
{
    return a->DmaOperations->AllocateAdapterChannel(a, &rig.pdo, registers, on_channel, NULL);
}

static NTSTATUS channel_sync(PDMA_ADAPTER a, ULONG registers, PVOID *base)
{
    a->DmaOperations->InitializeDmaTransferContext(a, context);
    return a->DmaOperations->AllocateAdapterChannelEx(a, &rig.pdo, context, registers,
                                                      DMA_SYNCHRONOUS_CALLBACK, NULL, NULL, base);
}

/* --- packet DMA --- */

static void test_a_transfer_is_mapped_run_by_run(void **state)
{
    PDMA_ADAPTER a = begin();
    uint8_t got[4096], *va = rig.blocks[0] + 100;
    uint64_t first = 0;

    (void)state;
    assert_int_equal(channel(a, 4), STATUS_SUCCESS);
    assert_int_equal(atomic_load(&seen.calls), 1);
    while (va < rig.blocks[0] + 3 * 4096) {
        ULONG length = (ULONG)(rig.blocks[0] + 3 * 4096 - va);
        PHYSICAL_ADDRESS at =
            a->DmaOperations->MapTransfer(a, rig.chain, seen.base, va, &length, TRUE);

        assert_true(length > 0 && length <= 3 * 4096);
        first = first ? first : (uint64_t)at.QuadPart;
        assert_int_equal(rig_device((uint64_t)at.QuadPart, got, length < 4096 ? length : 4096,
                                    false),
                         0);
        assert_memory_equal(got, va, length < 4096 ? length : 4096);
        va += length;
    }
    assert_true(a->DmaOperations->FlushAdapterBuffers(a, rig.chain, seen.base, rig.blocks[0] + 100,
                                                      3 * 4096 - 100, TRUE));
    assert_int_equal(rig_device(first, got, 1, false), -EFAULT);
    assert_false(a->DmaOperations->FlushAdapterBuffers(a, rig.chain, seen.base, rig.blocks[0] + 100,
                                                       3 * 4096, TRUE));
    assert_int_equal(atomic_load(&rig.told), 1);
    a->DmaOperations->FreeMapRegisters(a, seen.base, 4);
    assert_int_equal(atomic_load(&rig.told), 1);
    a->DmaOperations->FreeMapRegisters(a, seen.base, 4); /* again */
    assert_int_equal(atomic_load(&rig.told), 2);
    end(a);
    assert_int_equal(atomic_load(&rig.leaks), 0);
}

static void test_no_more_is_mapped_than_there_are_registers(void **state)
{
    PDMA_ADAPTER a = begin();
    ULONG length = 20000;
    PVOID base;

    (void)state;
    assert_int_equal(channel_sync(a, 2, &base), STATUS_SUCCESS);
    assert_int_equal(a->DmaOperations->MapTransferEx(a, rig.chain, base, 0, 0, &length, TRUE,
                                                     (PSCATTER_GATHER_LIST)(void *)room,
                                                     sizeof(room), NULL, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(length, 2 * 4096 - 100);
    rig_check((PSCATTER_GATHER_LIST)(void *)room, 0, length);
    {
        ULONG more = 100;
        PHYSICAL_ADDRESS at =
            a->DmaOperations->MapTransfer(a, rig.chain, base, rig.blocks[0] + 8192, &more, TRUE);

        assert_int_equal(more, 0);
        assert_int_equal(at.QuadPart, 0);
    }
    assert_int_equal(a->DmaOperations->FlushAdapterBuffersEx(a, rig.chain, base, 0, length, TRUE),
                     STATUS_SUCCESS);
    a->DmaOperations->FreeAdapterObject(a, KeepObject); /* no effect */
    a->DmaOperations->FreeAdapterObject(a, DeallocateObject);
    a->DmaOperations->FreeAdapterObject(a, DeallocateObject); /* again: told */
    assert_int_equal(atomic_load(&rig.told), 1);
    end(a);
}

static void test_a_short_list_shortens_the_transfer(void **state)
{
    PDMA_ADAPTER a;
    ULONG length = 30000, total = 0;
    PVOID base;

    (void)state;
    rig_again((struct dd_dma_policy){.sgl = DD_SGL_PER_PAGE});
    a = begin();
    assert_int_equal(channel_sync(a, 40, &base), STATUS_SUCCESS);
    assert_int_equal(a->DmaOperations->MapTransferEx(a, rig.chain, base, 0, 0, &length, TRUE,
                                                     (PSCATTER_GATHER_LIST)(void *)room, 16 + 48,
                                                     NULL, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(length, 2 * 4096 - 100);
    total = length;
    length = 100;
    assert_int_equal(a->DmaOperations->MapTransferEx(a, rig.chain, base, total, 0, &length, TRUE,
                                                     (PSCATTER_GATHER_LIST)(void *)room, 16, NULL,
                                                     NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(a->DmaOperations->MapTransferEx(a, rig.chain, room, 0, 0, &length, TRUE,
                                                     (PSCATTER_GATHER_LIST)(void *)room, 64, NULL,
                                                     NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(a->DmaOperations->FlushAdapterBuffersEx(a, rig.chain, base, 0, total, FALSE),
                     STATUS_INVALID_PARAMETER); /* other direction */
    a->DmaOperations->FreeAdapterChannel(a);
    end(a);
    assert_int_equal(dd_domain_live(rig.domain), 0);
}

static void test_without_scatter_gather_there_is_one_run_and_data_come_back(void **state)
{
    static const struct dd_dma_policy policies[] = {{.sgl = DD_SGL_PER_PAGE},
                                                    {.iommu = DD_DOMAIN_OFF},
                                                    {.bounce = DD_BOUNCE_ALWAYS}};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        DEVICE_DESCRIPTION d = rig_description(3);
        uint8_t got[10000];
        ULONG length = sizeof(got);
        PHYSICAL_ADDRESS at;
        PDMA_ADAPTER a;

        rig_again(policies[i]);
        d.ScatterGather = FALSE;
        a = begin_with(&d);
        assert_int_equal(channel(a, 5), STATUS_SUCCESS);
        at = a->DmaOperations->MapTransfer(a, rig.chain, seen.base, rig.blocks[0] + 200, &length,
                                           FALSE);
        assert_int_equal(length, sizeof(got));
        memset(got, (int)(0x30 + i), sizeof(got));
        assert_int_equal(rig_device((uint64_t)at.QuadPart, got, sizeof(got), true), 0);
        assert_true(a->DmaOperations->FlushAdapterBuffers(a, rig.chain, seen.base,
                                                          rig.blocks[0] + 200, length, FALSE));
        assert_memory_equal(rig.blocks[0] + 200, got, sizeof(got));
        a->DmaOperations->FreeMapRegisters(a, seen.base, 5);
        end(a);
    }
}

static void test_one_channel_at_a_time_the_others_wait_in_order(void **state)
{
    PDMA_ADAPTER a = begin();
    PVOID base = room;

    (void)state;
    seen.action = KeepObject;
    assert_int_equal(channel(a, 1), STATUS_SUCCESS);
    assert_int_equal(channel(a, 1), STATUS_SUCCESS);
    assert_int_equal(atomic_load(&seen.calls), 1);
    assert_int_equal(channel_sync(a, 1, &base), STATUS_INSUFFICIENT_RESOURCES);
    assert_ptr_equal(base, room);
    seen.action = DeallocateObject;
    a->DmaOperations->FreeAdapterChannel(a);
    assert_int_equal(atomic_load(&seen.calls), 1); /* never inside the free */
    dd_irql_lower(PASSIVE_LEVEL);
    dd_dpc_flush();
    assert_int_equal(atomic_load(&seen.calls), 2);
    assert_int_equal(dd_hal_device_report(rig.dev, false), 1); /* the adapter alone */
}

static void test_requests_wait_for_map_registers_and_can_be_cancelled(void **state)
{
    PDMA_ADAPTER a;
    PVOID first;

    (void)state;
    rig_again((struct dd_dma_policy){.map_registers = 8});
    a = begin();
    assert_int_equal(channel(a, 9), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(channel(a, 6), STATUS_SUCCESS);
    first = seen.base;
    a->DmaOperations->InitializeDmaTransferContext(a, context);
    assert_int_equal(a->DmaOperations->AllocateAdapterChannelEx(a, &rig.pdo, context, 4, 0,
                                                                on_channel, NULL, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(channel(a, 3), STATUS_SUCCESS); /* behind it */
    assert_int_equal(atomic_load(&seen.calls), 1);
    assert_true(a->DmaOperations->CancelAdapterChannel(a, &rig.pdo, context));
    assert_false(a->DmaOperations->CancelAdapterChannel(a, &rig.pdo, context));
    a->DmaOperations->FreeMapRegisters(a, first, 6);
    dd_irql_lower(PASSIVE_LEVEL);
    dd_dpc_flush();
    assert_int_equal(atomic_load(&seen.calls), 2);
    dd_irql_raise(DISPATCH_LEVEL);
    a->DmaOperations->FreeMapRegisters(a, seen.base, 3);
    end(a);
    assert_int_equal(atomic_load(&rig.leaks), 0);
}

static void test_a_deferred_routine_runs_later_or_never(void **state)
{
    PDMA_ADAPTER a;

    (void)state;
    rig_again((struct dd_dma_policy){.callback = DD_CALLBACK_DEFERRED});
    a = begin();
    assert_int_equal(channel(a, 1), STATUS_SUCCESS);
    assert_false(atomic_load(&rig.leaks));
    dd_irql_lower(PASSIVE_LEVEL);
    dd_dpc_flush();
    assert_int_equal(atomic_load(&seen.calls), 1);
    dd_irql_raise(DISPATCH_LEVEL);
    a->DmaOperations->FreeMapRegisters(a, seen.base, 1);
    for (unsigned i = 0; i < 50; i++) { /* the adapter goes while routines are on their way */
        seen.action = DeallocateObject;
        assert_int_equal(channel(a, 1), STATUS_SUCCESS);
        assert_int_equal(channel(a, 1), STATUS_SUCCESS);
        end(a);
        dd_dpc_flush();
        a = begin();
    }
    end(a);
}

static void test_registers_left_are_leaks(void **state)
{
    PDMA_ADAPTER a = begin();
    ULONG length = 100;

    (void)state;
    assert_int_equal(channel(a, 2), STATUS_SUCCESS);
    a->DmaOperations->MapTransfer(a, rig.chain, seen.base, rig.blocks[0] + 100, &length, TRUE);
    seen.action = KeepObject;
    assert_int_equal(channel(a, 2), STATUS_SUCCESS);
    assert_int_equal(channel(a, 2), STATUS_SUCCESS); /* waits */
    end(a);
    assert_int_equal(atomic_load(&rig.leaks), 3);
    assert_int_equal(dd_domain_live(rig.domain), 0);
}

static void test_bad_channel_requests(void **state)
{
    PDMA_ADAPTER a = begin();
    PVOID base;

    (void)state;
    assert_int_equal(a->DmaOperations->AllocateAdapterChannel(a, &rig.pdo, 1, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    memset(context, 0, sizeof(context));
    assert_int_equal(a->DmaOperations->AllocateAdapterChannelEx(a, &rig.pdo, context, 1, 0,
                                                                on_channel, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    a->DmaOperations->InitializeDmaTransferContext(a, context);
    assert_int_equal(a->DmaOperations->AllocateAdapterChannelEx(a, &rig.pdo, context, 1, 0, NULL,
                                                                NULL, &base),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(a->DmaOperations->AllocateAdapterChannelEx(a, &rig.pdo, context, 1,
                                                                DMA_SYNCHRONOUS_CALLBACK, NULL,
                                                                NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    rig.fail_point = DD_FAIL_HAL_LIST + 1;
    assert_int_equal(channel(a, 1), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(channel(a, 1000), STATUS_INSUFFICIENT_RESOURCES);
    a->DmaOperations->FreeAdapterChannel(a);
    assert_int_equal(atomic_load(&rig.told), 1);
    assert_int_equal(a->DmaOperations->ReadDmaCounter(a), 0);
    assert_int_equal(a->DmaOperations->CancelMappedTransfer(a, context), STATUS_NOT_SUPPORTED);
    assert_int_equal(a->DmaOperations->CancelMappedTransfer(a, NULL), STATUS_INVALID_PARAMETER);
    end(a);
}

/* --- descriptions --- */

static void test_what_a_description_says_is_the_reach(void **state)
{
    static const struct {
        ULONG version;
        BOOLEAN d32, d64, sg;
        INTERFACE_TYPE bus;
        ULONG width, bits;
    } cases[] = {
        {0, FALSE, TRUE, FALSE, PCIBus, 0, 64},
        {1, TRUE, TRUE, FALSE, PCIBus, 0, 64},
        {2, TRUE, FALSE, FALSE, Isa, 0, 32},
        {2, FALSE, FALSE, TRUE, PCIBus, 7, 32},
        {1, FALSE, FALSE, TRUE, Isa, 0, 24},
        {3, TRUE, TRUE, TRUE, PCIBus, 36, 36},
        {3, TRUE, FALSE, TRUE, PCIBus, 20, 20},
        {2, FALSE, FALSE, TRUE, InterfaceTypeUndefined, 0, 32},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        DEVICE_DESCRIPTION d = rig_description(cases[i].version);
        PDMA_ADAPTER a;

        d.Dma32BitAddresses = cases[i].d32;
        d.Dma64BitAddresses = cases[i].d64;
        d.ScatterGather = cases[i].sg;
        d.InterfaceType = cases[i].bus;
        d.DmaAddressWidth = cases[i].width;
        a = IoGetDmaAdapter(&rig.pdo, &d, NULL);
        assert_non_null(a);
        if (d.Version == 3) {
            DMA_ADAPTER_INFO info = {.Version = DMA_ADAPTER_INFO_VERSION1};

            assert_int_equal(a->DmaOperations->GetDmaAdapterInfo(a, &info), STATUS_SUCCESS);
            assert_int_equal(info.V1.DmaAddressWidth, cases[i].bits);
            info.Version = 2;
            assert_int_equal(a->DmaOperations->GetDmaAdapterInfo(a, &info), STATUS_NOT_SUPPORTED);
        }
        assert_int_equal(((struct dd_hal_adapter *)(void *)a)->dma.reach,
                         cases[i].bits == 64 ? UINT64_MAX : (1ull << cases[i].bits) - 1);
        a->DmaOperations->PutDmaAdapter(a);
    }
}

static void test_transfer_information(void **state)
{
    PDMA_ADAPTER a = rig_adapter();
    DMA_TRANSFER_INFO info = {.Version = DMA_TRANSFER_INFO_VERSION2};

    (void)state;
    assert_int_equal(a->DmaOperations->GetDmaTransferInfo(a, rig.chain, 0, rig.chain_bytes, TRUE,
                                                          &info),
                     STATUS_SUCCESS);
    assert_int_equal(info.V2.MapRegisterCount, 41);
    assert_int_equal(info.V2.ScatterGatherElementCount, 41);
    assert_int_equal(info.V2.ScatterGatherListSize, 16 + 41 * 24);
    assert_int_equal(info.V2.LogicalPageCount, 41);
    assert_int_equal(a->DmaOperations->GetDmaTransferInfo(a, rig.chain, 1, rig.chain_bytes, TRUE,
                                                          &info),
                     STATUS_INVALID_PARAMETER);
    info.Version = 3;
    assert_int_equal(a->DmaOperations->GetDmaTransferInfo(a, rig.chain, 0, 10, TRUE, &info),
                     STATUS_NOT_SUPPORTED);
    assert_int_equal(a->DmaOperations->FlushDmaBuffer(a, NULL, TRUE), STATUS_INVALID_PARAMETER);
    a->DmaOperations->PutDmaAdapter(a);
}

/* --- common buffers and domains --- */

static void test_common_buffers_respect_their_bounds(void **state)
{
    PDMA_ADAPTER a = rig_adapter();
    PHYSICAL_ADDRESS low = {.QuadPart = 0}, high = {.QuadPart = 0xFFFFFF}, at;
    MEMORY_CACHING_TYPE odd = MmWriteCombined;
    PVOID va = a->DmaOperations->AllocateCommonBufferEx(a, &high, 5000, &at, TRUE, 0);

    (void)state;
    assert_non_null(va);
    assert_true(at.QuadPart + 4999 <= high.QuadPart);
    a->DmaOperations->FreeCommonBuffer(a, 5000, at, va, TRUE);
    low.QuadPart = 0xFFFFFFFFFF;
    assert_null(
        a->DmaOperations->AllocateCommonBufferWithBounds(a, &low, NULL, 4096, 0, NULL, 0, &at));
    assert_null(
        a->DmaOperations->AllocateCommonBufferWithBounds(a, NULL, NULL, 4096, 0, &odd, 0, &at));
    rig.fail_point = DD_FAIL_COMMON_BUFFER + 1;
    assert_null(a->DmaOperations->AllocateCommonBuffer(a, 100, &at, TRUE));
    assert_null(a->DmaOperations->AllocateCommonBuffer(a, 1u << 30, &at, TRUE));
    a->DmaOperations->PutDmaAdapter(a);
}

static void test_a_vector_frees_what_is_left(void **state)
{
    PDMA_ADAPTER a = rig_adapter();
    PHYSICAL_ADDRESS low = {.QuadPart = 0}, high = {.QuadPart = INT64_MAX}, at;
    PDMA_COMMON_BUFFER_VECTOR v = NULL;
    PVOID va;

    (void)state;
    assert_int_equal(a->DmaOperations->AllocateCommonBufferVector(a, low, high, MmCached, 0, 0, 0,
                                                                  100, &v),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(a->DmaOperations->AllocateCommonBufferVector(a, low, high, MmCached, 0, 0, 99,
                                                                  1 << 20, &v),
                     STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(a->DmaOperations->AllocateCommonBufferVector(a, low, high, MmCached, 0, 0, 4,
                                                                  100, &v),
                     STATUS_SUCCESS);
    a->DmaOperations->FreeCommonBufferFromVector(a, v, 1);
    a->DmaOperations->GetCommonBufferFromVectorByIndex(a, v, 1, &va, &at);
    assert_null(va);
    assert_int_equal(atomic_load(&rig.told), 0);
    a->DmaOperations->FreeCommonBufferFromVector(a, v, 1);
    a->DmaOperations->FreeCommonBufferFromVector(a, v, 4);
    assert_int_equal(atomic_load(&rig.told), 2);
    a->DmaOperations->FreeCommonBufferVector(a, v);
    a->DmaOperations->FreeCommonBufferVector(a, v);
    assert_int_equal(atomic_load(&rig.told), 3);
    assert_int_equal(a->DmaOperations->AllocateCommonBufferVector(a, low, high, MmCached, 0, 0, 4,
                                                                  100, &v),
                     STATUS_SUCCESS);
    a->DmaOperations->PutDmaAdapter(a);
    assert_int_equal(dd_hal_device_report(rig.dev, false), 1); /* the vector */
}

static void test_memory_of_an_mdl_becomes_one_range(void **state)
{
    PDMA_ADAPTER a = rig_adapter();
    DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION part = {.ConfigType =
                                                         CommonBufferConfigTypeSubSection};
    PHYSICAL_ADDRESS at;
    uint8_t byte = 0x21;

    (void)state;
    part.SubSection.Offset = 5000;
    part.SubSection.Length = 20000;
    assert_int_equal(a->DmaOperations->CreateCommonBufferFromMdl(a, rig.chain, &part, 1, &at),
                     STATUS_SUCCESS);
    assert_int_equal(rig_device((uint64_t)at.QuadPart + 19999, &byte, 1, true), 0);
    assert_int_equal(rig.blocks[0][100 + 5000 + 19999], 0x21);
    assert_int_equal(rig_device((uint64_t)at.QuadPart + 20000, &byte, 1, true), -EFAULT);
    a->DmaOperations->FreeCommonBuffer(a, 20000, at, rig.blocks[0] + 5100, TRUE);
    assert_int_equal(rig_device((uint64_t)at.QuadPart, &byte, 1, true), -EFAULT);
    part.SubSection.Length = RIG_BLOCK;
    assert_int_equal(a->DmaOperations->CreateCommonBufferFromMdl(a, rig.chain, &part, 1, &at),
                     STATUS_INVALID_PARAMETER);
    part.ConfigType = CommonBufferConfigTypeHardwareAccessPermissions;
    assert_int_equal(a->DmaOperations->CreateCommonBufferFromMdl(a, rig.chain, &part, 1, &at),
                     STATUS_NOT_SUPPORTED);
    assert_int_equal(a->DmaOperations->CreateCommonBufferFromMdl(a, NULL, NULL, 0, &at),
                     STATUS_INVALID_PARAMETER);
    a->DmaOperations->PutDmaAdapter(a);
}

static void test_a_domain_is_joined_once_and_left_once(void **state)
{
    PDMA_ADAPTER a = rig_adapter();
    HANDLE domain = a->DmaOperations->GetDmaDomain(a);
    PHYSICAL_ADDRESS at;
    PVOID va;

    (void)state;
    assert_non_null(domain);
    assert_int_equal(a->DmaOperations->LeaveDmaDomain(a), STATUS_INVALID_PARAMETER);
    assert_int_equal(a->DmaOperations->JoinDmaDomain(a, domain), STATUS_SUCCESS);
    assert_int_equal(a->DmaOperations->JoinDmaDomain(a, domain), STATUS_NOT_SUPPORTED);
    assert_int_equal(a->DmaOperations->LeaveDmaDomain(a), STATUS_SUCCESS);
    assert_int_equal(a->DmaOperations->JoinDmaDomain(a, room), STATUS_NOT_SUPPORTED);
    assert_int_equal(a->DmaOperations->AllocateDomainCommonBuffer(a, room, NULL, 100, 0, NULL, 0,
                                                                  &at, &va),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(a->DmaOperations->AllocateDomainCommonBuffer(a, domain, NULL, 100,
                                                                  DOMAIN_COMMON_BUFFER_LARGE_PAGE,
                                                                  NULL, 0, &at, &va),
                     STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(a->DmaOperations->ConfigureAdapterChannel(a, 0, NULL), STATUS_NOT_IMPLEMENTED);
    a->DmaOperations->PutDmaAdapter(a);
}

/* --- system DMA --- */

static VOID NTAPI on_done(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PVOID Context,
                          DMA_COMPLETION_STATUS Status)
{
    (void)DmaAdapter;
    (void)DeviceObject;
    (void)Context;
    seen.status = Status;
    atomic_fetch_add(&seen.done, 1);
}

static void test_a_subordinate_device_gets_its_channel(void **state)
{
    DEVICE_DESCRIPTION d = {.Version = 3,
                            .DmaChannel = 3,
                            .InterfaceType = Isa,
                            .DmaWidth = Width8Bits,
                            .MaximumLength = 4096};
    PDMA_ADAPTER a = begin_with(&d);
    ULONG length = 1000;
    PVOID base;

    (void)state;
    assert_null(IoGetDmaAdapter(&rig.pdo, &d, NULL)); /* taken */
    assert_int_equal(channel_sync(a, 1, &base), STATUS_SUCCESS);
    assert_int_equal(a->DmaOperations->MapTransferEx(a, rig.chain, base, 0, 0, &length, FALSE, NULL,
                                                     0, on_done, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(length, 1000);
    assert_int_equal(a->DmaOperations->ReadDmaCounter(a), 1000);
    assert_int_equal(a->DmaOperations->CancelMappedTransfer(a, context), STATUS_SUCCESS);
    assert_int_equal(atomic_load(&seen.done), 1);
    assert_int_equal(seen.status, DmaCancelled);
    assert_int_equal(a->DmaOperations->MapTransferEx(a, rig.chain, base, 0, 0, &length, FALSE, NULL,
                                                     0, NULL, NULL),
                     STATUS_CANCELLED);
    assert_int_equal(a->DmaOperations->FlushAdapterBuffersEx(a, rig.chain, base, 0, 1000, FALSE),
                     STATUS_SUCCESS);
    a->DmaOperations->FreeAdapterObject(a, DeallocateObject);
    assert_int_equal(a->DmaOperations->GetScatterGatherListEx(a, &rig.pdo, context, rig.chain, 0,
                                                              10, DMA_SYNCHRONOUS_CALLBACK, NULL,
                                                              NULL, TRUE, NULL, NULL,
                                                              (PSCATTER_GATHER_LIST *)&base),
                     STATUS_INVALID_PARAMETER);
    end(a);
    d.DmaChannel = 4;
    assert_null(IoGetDmaAdapter(&rig.pdo, &d, NULL));
    d.DmaChannel = 3;
    d.DmaWidth = Width16Bits;
    assert_null(IoGetDmaAdapter(&rig.pdo, &d, NULL));
    d.DmaWidth = Width8Bits; /* free again */
    end(begin_with(&d));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(test_a_transfer_is_mapped_run_by_run),
        T(test_no_more_is_mapped_than_there_are_registers),
        T(test_a_short_list_shortens_the_transfer),
        T(test_without_scatter_gather_there_is_one_run_and_data_come_back),
        T(test_one_channel_at_a_time_the_others_wait_in_order),
        T(test_requests_wait_for_map_registers_and_can_be_cancelled),
        T(test_a_deferred_routine_runs_later_or_never),
        T(test_registers_left_are_leaks),
        T(test_bad_channel_requests),
        T(test_what_a_description_says_is_the_reach),
        T(test_transfer_information),
        T(test_common_buffers_respect_their_bounds),
        T(test_a_vector_frees_what_is_left),
        T(test_memory_of_an_mdl_becomes_one_range),
        T(test_a_domain_is_joined_once_and_left_once),
        T(test_a_subordinate_device_gets_its_channel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
