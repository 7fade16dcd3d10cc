/* SPDX-License-Identifier: MIT */
/* NdisBuildScatterGatherList, NdisAllocateSharedMemory, several registrations, several adapters. */
#include "dma_rig.h"

static void NTAPI on_list(PDEVICE_OBJECT DeviceObject, PVOID Reserved, PSCATTER_GATHER_LIST list,
                          PVOID Context)
{
    struct tx *t = Context;

    (void)DeviceObject;
    (void)Reserved;
    t->list = list;
    t->irql = dd_irql_get();
    atomic_fetch_add(&t->calls, 1);
}

static NDIS_SCATTER_GATHER_LIST_PARAMETERS parameters(struct tx *t, NDIS_SHARED_MEMORY_USAGE usage)
{
    return (NDIS_SCATTER_GATHER_LIST_PARAMETERS){
        .Header = {.Type = NDIS_OBJECT_TYPE_DEFAULT, .Revision = 1, .Size = 72},
        .SharedMemoryUsage = usage,
        .Mdl = t->mdls[0],
        .CurrentVa = MmGetMdlVirtualAddress(t->mdls[0]),
        .Length = 1514,
        .ProcessSGListHandler = on_list,
        .Context = t,
        .ScatterGatherListBuffer = (PSCATTER_GATHER_LIST)(void *)t->room,
        .ScatterGatherListBufferSize = sizeof(t->room),
    };
}

/* registered already */
static void running(void)
{
    atomic_store(&rig.adapter.state, DD_STATE_RUNNING);
    dd_irql_raise(DISPATCH_LEVEL);
}

static void test_the_list_is_in_the_callers_buffer_and_called_inside(void **state)
{
    NDIS_SCATTER_GATHER_LIST_PARAMETERS p;
    struct tx *t;

    (void)state;
    rig.policy.callback = DD_CALLBACK_DEFERRED; /* these calls are synchronous all the same */
    rig_start(2);
    rig_run(1514);
    t = tx_frame();
    p = parameters(t, NdisSharedMemoryUsageXmit);
    assert_int_equal(NdisBuildScatterGatherList(&rig.adapter, &p), NDIS_STATUS_SUCCESS);
    assert_int_equal(t->calls, 1);
    assert_int_equal(t->irql, DISPATCH_LEVEL);
    assert_ptr_equal(t->list, t->room);
    tx_check(t);
    NdisFreeScatterGatherList(&rig.adapter, t->list, TRUE);
    assert_int_equal(dd_domain_live(rig.domain), 0);
    assert_int_equal(rig_count(DD_EV_OBJECT_BAD), 0);
    tx_free(t);
    rig_end();
    rig.policy.callback = DD_CALLBACK_INLINE;
}

static void test_a_short_buffer_is_told_the_size_it_needs(void **state)
{
    NDIS_SCATTER_GATHER_LIST_PARAMETERS p;
    struct tx *t;

    (void)state;
    rig_start(2);
    rig_run(1514);
    t = tx_frame();
    p = parameters(t, NdisSharedMemoryUsageXmitData);
    for (ULONG size = 0; size < 64; size += 8) { /* two elements need 64 */
        p.ScatterGatherListBufferSize = size;
        p.ScatterGatherListBufferSizeNeeded = 0;
        assert_int_equal(NdisBuildScatterGatherList(&rig.adapter, &p),
                         NDIS_STATUS_BUFFER_TOO_SHORT);
        assert_true(p.ScatterGatherListBufferSizeNeeded >= 64);
    }
    assert_int_equal(t->calls, 0);
    p.ScatterGatherListBufferSize = p.ScatterGatherListBufferSizeNeeded;
    assert_int_equal(NdisBuildScatterGatherList(&rig.adapter, &p), NDIS_STATUS_SUCCESS);
    NdisFreeScatterGatherList(&rig.adapter, t->list, FALSE); /* the device only read */
    assert_int_equal(rig_count(DD_EV_OBJECT_BAD), rig.listening ? 1 : 0);
    tx_free(t);
    rig_end();
}

static void test_a_receive_list_works_both_ways(void **state)
{
    NDIS_SCATTER_GATHER_LIST_PARAMETERS p;
    struct tx *t;
    uint8_t byte = 0x99;

    (void)state;
    rig.policy.bounce = DD_BOUNCE_ALWAYS;
    rig_start(2);
    rig_run(1514);
    t = tx_frame();
    p = parameters(t, NdisSharedMemoryUsageReceive);
    assert_int_equal(NdisBuildScatterGatherList(&rig.adapter, &p), NDIS_STATUS_SUCCESS);
    tx_check(t);
    assert_int_equal(dd_domain_access(rig.domain,
                                      (dd_iova){(uint64_t)t->list->Elements[0].Address.QuadPart},
                                      &byte, 1, true),
                     0);
    NdisFreeScatterGatherList(&rig.adapter, t->list, FALSE);
    assert_int_equal(t->blocks[0][0], 0x99);
    tx_free(t);
    rig_end();
    rig.policy.bounce = DD_BOUNCE_AUTO;
}

static void test_what_can_not_be_built(void **state)
{
    NDIS_SCATTER_GATHER_LIST_PARAMETERS p;
    struct tx *t;

    (void)state;
    rig_start(2);
    t = tx_frame();
    p = parameters(t, NdisSharedMemoryUsageXmit);
    assert_int_equal(NdisBuildScatterGatherList(&rig.adapter, &p), NDIS_STATUS_FAILURE);
    rig_run(1514);
    p.Length = 1515;
    assert_int_equal(NdisBuildScatterGatherList(&rig.adapter, &p), NDIS_STATUS_INVALID_PARAMETER);
    p = parameters(t, NdisSharedMemoryUsageMax);
    assert_int_equal(NdisBuildScatterGatherList(&rig.adapter, &p), NDIS_STATUS_INVALID_PARAMETER);
    p = parameters(t, NdisSharedMemoryUsageXmit);
    p.Header.Size = 71;
    assert_int_equal(NdisBuildScatterGatherList(&rig.adapter, &p), NDIS_STATUS_INVALID_PARAMETER);
    p = parameters(t, NdisSharedMemoryUsageXmit);
    p.ProcessSGListHandler = NULL;
    assert_int_equal(NdisBuildScatterGatherList(&rig.adapter, &p), NDIS_STATUS_INVALID_PARAMETER);
    p = parameters(t, NdisSharedMemoryUsageXmit);
    rig.fail_point = DD_FAIL_SGL_ALLOCATE + 1;
    assert_int_equal(NdisBuildScatterGatherList(&rig.adapter, &p), NDIS_STATUS_RESOURCES);
    assert_int_equal(t->calls, 0);
    NdisFreeScatterGatherList(&rig.adapter, (PSCATTER_GATHER_LIST)(void *)t->room, TRUE);
    tx_free(t);
    rig_end();
}

/* --- NdisAllocateSharedMemory --- */

static uint64_t list_room[512];

static NDIS_SHARED_MEMORY_PARAMETERS memory(ULONG flags, ULONG length)
{
    return (NDIS_SHARED_MEMORY_PARAMETERS){
        .Header = {.Type = NDIS_OBJECT_TYPE_DEFAULT, .Revision = 1, .Size = 64},
        .Flags = flags,
        .QueueId = NDIS_DEFAULT_RECEIVE_QUEUE_ID,
        .PreferredNode = MM_ANY_NODE_OK,
        .Usage = NdisSharedMemoryUsageReceive,
        .Length = length,
        .SGListBuffer = (PSCATTER_GATHER_LIST)(void *)list_room,
        .SGListBufferLength = sizeof(list_room),
    };
}

/* the device reaches every byte through the list, and finds what the CPU wrote */
static void check_memory(const NDIS_SHARED_MEMORY_PARAMETERS *p)
{
    const SCATTER_GATHER_LIST *list = p->SGListBuffer;
    uint8_t *va = p->VirtualAddress, got;
    ULONG done = 0;

    for (ULONG i = 0; i < p->Length; i++) {
        va[i] = (uint8_t)(i * 7 + (i >> 8));
    }
    for (ULONG i = 0; i < list->NumberOfElements; i++) {
        uint64_t at = (uint64_t)list->Elements[i].Address.QuadPart;

        for (ULONG k = 0; k < list->Elements[i].Length; k += 97) {
            assert_int_equal(dd_domain_access(rig.domain, (dd_iova){at + k}, &got, 1, false), 0);
            assert_int_equal(got, va[done + k]);
        }
        done += list->Elements[i].Length;
    }
    assert_int_equal(done, p->Length);
}

static void test_memory_comes_in_pieces_or_in_one(void **state)
{
    static const enum dd_domain_mode modes[] = {DD_DOMAIN_STRICT, DD_DOMAIN_OFF};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        NDIS_SHARED_MEMORY_PARAMETERS p = memory(0, 20 * 4096 - 5);
        NDIS_HANDLE h = NULL;

        rig.policy.iommu = modes[i];
        rig_start(2);
        rig_register(1514);
        assert_int_equal(NdisAllocateSharedMemory(&rig.adapter, &p, &h), NDIS_STATUS_SUCCESS);
        assert_non_null(h);
        assert_ptr_equal(p.SharedMemoryHandle, h);
        assert_true(p.SGListBuffer->NumberOfElements > 1); /* RAM is shuffled */
        check_memory(&p);
        NdisFreeSharedMemory(&rig.adapter, h);
        p = memory(0, 20 * 4096);
        p.SGListBufferLength = 40; /* room for one */
        assert_int_equal(NdisAllocateSharedMemory(&rig.adapter, &p, &h), NDIS_STATUS_SUCCESS);
        assert_int_equal(p.SGListBuffer->NumberOfElements, 1);
        check_memory(&p);
        NdisFreeSharedMemory(&rig.adapter, h);
        p = memory(NDIS_SHARED_MEM_PARAMETERS_CONTIGUOUS, 50000);
        p.Header.Revision = 2;
        p.Header.Size = 68;
        assert_int_equal(NdisAllocateSharedMemory(&rig.adapter, &p, &h), NDIS_STATUS_SUCCESS);
        assert_int_equal(p.SGListBuffer->NumberOfElements, 1);
        check_memory(&p);
        NdisFreeSharedMemory(&rig.adapter, h);
        NdisFreeSharedMemory(&rig.adapter, h); /* again: told */
        assert_int_equal(rig_count(DD_EV_OBJECT_BAD), rig.listening ? 1 : 0);
        running();
        rig_end();
    }
    rig.policy.iommu = DD_DOMAIN_STRICT;
}

static void refused(NDIS_SHARED_MEMORY_PARAMETERS p, NDIS_STATUS want)
{
    NDIS_HANDLE h = &p;

    assert_int_equal(NdisAllocateSharedMemory(&rig.adapter, &p, &h), want);
    assert_null(h);
}

static void test_what_can_not_be_allocated(void **state)
{
    NDIS_SHARED_MEMORY_PARAMETERS p = memory(0, 100);

    (void)state;
    rig_start(2);
    refused(p, NDIS_STATUS_FAILURE); /* nothing registered */
    rig_register(1514);
    p.Length = 0;
    refused(p, NDIS_STATUS_INVALID_PARAMETER);
    p = memory(2, 100);
    refused(p, NDIS_STATUS_INVALID_PARAMETER);
    p = memory(0, 100);
    p.QueueId = 7;
    refused(p, NDIS_STATUS_INVALID_PARAMETER);
    p = memory(0, 100);
    p.SGListBufferLength = 39;
    refused(p, NDIS_STATUS_INVALID_PARAMETER);
    p = memory(0, 100);
    p.Header.Revision = 2; /* and the size of revision 1 */
    refused(p, NDIS_STATUS_INVALID_PARAMETER);
    p = memory(0, 1u << 30);
    refused(p, NDIS_STATUS_RESOURCES);
    rig.fail_point = DD_FAIL_SHMEM_ALLOCATE + 1;
    p = memory(0, 100);
    refused(p, NDIS_STATUS_RESOURCES);
    running();
    rig_end();
}

/* --- several --- */

static void test_registrations_of_one_adapter_have_a_reach_each(void **state)
{
    NDIS_SG_DMA_DESCRIPTION narrow = rig_description(1514);
    NDIS_HANDLE second = NULL;
    struct tx *t;

    (void)state;
    rig_start(2);
    rig_register(1514);
    narrow.Flags = 0; /* 32 bits */
    assert_int_equal(NdisMRegisterScatterGatherDma(&rig.adapter, &narrow, &second),
                     NDIS_STATUS_SUCCESS);
    assert_ptr_not_equal(second, rig.dma);
    running();
    t = tx_frame();
    assert_int_equal(NdisMAllocateNetBufferSGList(second, &t->nb, t, NDIS_SG_LIST_WRITE_TO_DEVICE,
                                                  t->room, sizeof(t->room)),
                     NDIS_STATUS_SUCCESS);
    tx_check(t);
    for (ULONG i = 0; i < t->list->NumberOfElements; i++) {
        assert_true(t->list->Elements[i].Address.QuadPart <= 0xFFFFFFFF);
    }
    NdisMFreeNetBufferSGList(second, t->list, &t->nb);
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    tx_check(t);
    tx_unmap(t);
    tx_free(t);
    dd_irql_lower(PASSIVE_LEVEL);
    NdisMDeregisterScatterGatherDma(second);
    dd_irql_raise(DISPATCH_LEVEL);
    rig_end();
}

static void test_adapters_of_one_driver_do_not_reach_each_others_memory(void **state)
{
    static struct dd_adapter other;
    struct dd_domain *domain;
    NDIS_SG_DMA_DESCRIPTION d = rig_description(1514);
    NDIS_SHARED_MEMORY_PARAMETERS p = memory(0, 3 * 4096);
    NDIS_HANDLE dma, h, mine;
    struct tx *t;
    uint8_t byte;

    (void)state;
    rig_start(2);
    assert_int_equal(dd_domain_new(rig.ram, DD_DOMAIN_STRICT, 64, &domain), 0);
    other = (struct dd_adapter){
        .magic = DD_MAGIC_ADAPTER,
        .driver = &rig.driver,
        .name = "other",
        .dev = &rig.dev,
        .domain = domain,
        .ram = rig.ram,
        .have_registration = true,
        .bus_master = true,
        .dma_policy = &rig.policy,
    };
    atomic_store(&other.state, DD_STATE_INITIALIZING);
    assert_int_equal(dd_adapter_publish(&other), 0);
    assert_int_equal(dd_sgdma_adapter_init(&other), 0);
    assert_int_equal(dd_shmem_adapter_init(&other), 0);
    rig_register(1514);
    assert_int_equal(NdisMRegisterScatterGatherDma(&other, &d, &dma), NDIS_STATUS_SUCCESS);
    running();
    t = tx_frame();
    assert_int_equal(NdisMAllocateNetBufferSGList(dma, &t->nb, t, NDIS_SG_LIST_WRITE_TO_DEVICE,
                                                  t->room, sizeof(t->room)),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(dd_domain_access(domain,
                                      (dd_iova){(uint64_t)t->list->Elements[0].Address.QuadPart},
                                      &byte, 1, false),
                     0);
    assert_int_equal(dd_domain_live(rig.domain), 0);
    NdisMFreeNetBufferSGList(dma, t->list, &t->nb);
    dd_irql_lower(PASSIVE_LEVEL);
    assert_int_equal(NdisAllocateSharedMemory(&rig.adapter, &p, &mine), NDIS_STATUS_SUCCESS);
    assert_int_equal(NdisAllocateSharedMemory(&other, &p, &h), NDIS_STATUS_SUCCESS);
    assert_true(dd_domain_live(domain) > 0);
    NdisFreeSharedMemory(&other, h);
    assert_int_equal(dd_domain_live(domain), 0);
    assert_true(dd_domain_live(rig.domain) > 0);
    NdisFreeSharedMemory(&rig.adapter, mine);
    NdisMDeregisterScatterGatherDma(dma);
    dd_shmem_finish_async(&other);
    atomic_store(&other.state, DD_STATE_HALTED);
    assert_int_equal(dd_sgdma_adapter_done(&other, false), 0);
    assert_int_equal(dd_shmem_adapter_done(&other, false), 0);
    dd_adapter_withdraw(&other);
    dd_domain_free(domain);
    tx_free(t);
    dd_irql_raise(DISPATCH_LEVEL);
    rig_end();
}

static void test_memory_left_is_a_leak(void **state)
{
    NDIS_SHARED_MEMORY_PARAMETERS p = memory(0, 3 * 4096);
    NDIS_HANDLE h;

    (void)state;
    rig_start(2);
    rig_register(1514);
    assert_int_equal(NdisAllocateSharedMemory(&rig.adapter, &p, &h), NDIS_STATUS_SUCCESS);
    assert_int_equal(dd_ndis_report_leaks(&rig.adapter, &rig.adapter, false), 1);
    assert_int_equal(RIG_LAST(LEAK, a), DD_LEAK_SHMEM);
    running();
    rig_end();
}

static int listen(void **state)
{
    (void)state;
    rig.policy = (struct dd_dma_policy){.checked = true};
    rig.listening = true;
    return 0;
}

static int ignore(void **state)
{
    (void)state;
    rig.policy = (struct dd_dma_policy){0};
    rig.listening = false;
    return 0;
}

#define T(name)                                                                                    \
    {#name, name, listen, NULL, NULL},                                                             \
    {                                                                                              \
#name " (nobody listens)", name, ignore, NULL, NULL                                        \
    }

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(test_the_list_is_in_the_callers_buffer_and_called_inside),
        T(test_a_short_buffer_is_told_the_size_it_needs),
        T(test_a_receive_list_works_both_ways),
        {"test_what_can_not_be_built", test_what_can_not_be_built, listen, NULL, NULL},
        T(test_memory_comes_in_pieces_or_in_one),
        {"test_what_can_not_be_allocated", test_what_can_not_be_allocated, listen, NULL, NULL},
        T(test_registrations_of_one_adapter_have_a_reach_each),
        {"test_adapters_of_one_driver_do_not_reach_each_others_memory",
         test_adapters_of_one_driver_do_not_reach_each_others_memory, listen, NULL, NULL},
        {"test_memory_left_is_a_leak", test_memory_left_is_a_leak, listen, NULL, NULL},
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
