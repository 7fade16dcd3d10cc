/* SPDX-License-Identifier: MIT */
/* NdisMRegisterDmaChannel and its kin, call by call: every status, and what is left of it. */
#include "../unit/ndis/dma_rig.h"

#include "hal/isa_dma_channel.h"
#include "ndis/dma_channel.h"

#define TX     3u
#define RX     5u
#define LENGTH 1000u

static struct dd_isa_dma *dma;
static NDIS_HANDLE channel;
static uint8_t *block;
static PMDL mdl;

static NDIS_DMA_DESCRIPTION describe(ULONG number)
{
    return (NDIS_DMA_DESCRIPTION){.DmaChannelSpecified = TRUE,
                                  .DmaChannel = number,
                                  .DmaWidth = dd_isa_wide(number) ? Width16Bits : Width8Bits};
}

static NDIS_STATUS register_with(NDIS_DMA_DESCRIPTION d, ULONG max)
{
    return NdisMRegisterDmaChannel(&channel, &rig.adapter, 77, FALSE, &d, max);
}

static void be_isa(struct dd_dev *dev)
{
    dev->info.bus = DD_BUS_ISA;
    dev->info.dma_channels[0] = TX;
    dev->info.dma_channels[1] = RX;
    dev->info.dma_count = 2;
}

static void start(void)
{
    rig.policy.iommu = DD_DOMAIN_OFF;
    rig_start(1);
    be_isa(&rig.dev);
    rig.adapter.bus_master = false;
    rig.adapter.registration.InterfaceType = NdisInterfaceIsa;
    assert_int_equal(dd_isa_dma_open(rig.ram, &dma), 0);
    channel = NULL;
    block = dd_ram_alloc(rig.ram, 4096, 4096, DD_RAM_PAGES, UINT64_MAX);
    mdl = dd_mdl_new(block, 4096, NULL, NULL);
    assert_non_null(mdl);
    for (unsigned i = 0; i < 4096; i++) {
        block[i] = (uint8_t)(i * 3 + 1);
    }
}

static void stop(void)
{
    if (channel != NULL) {
        NdisMDeregisterDmaChannel(channel);
    }
    dd_mdl_free(mdl, NULL);
    assert_int_equal(dd_ram_free_block(rig.ram, block, NULL), 0);
    dd_isa_dma_close(dma);
    assert_int_equal(rig_stop(), 0);
}

/* OBJECT_BAD events whose text has these words */
static unsigned bad(const char *words)
{
    unsigned n = 0;

    for (unsigned i = 0; i < rig.event_count; i++) {
        n += rig.events[i].kind == DD_EV_OBJECT_BAD && strstr(rig.events[i].data, words) != NULL;
    }
    return n;
}

/* --- the card: takes or gives bytes of its own --- */

static struct {
    uint8_t bytes[4096];
    size_t at;
    bool level; /* of its request pin */
} card;

static bool card_cycle(void *arg, enum dd_dma_cycle what, bool terminal, uint16_t *unit)
{
    (void)arg;
    (void)terminal;
    if (what == DD_DMA_SENSE) {
        return card.level;
    }
    if (what == DD_DMA_TO_DEVICE) {
        card.bytes[card.at] = (uint8_t)*unit;
    } else {
        *unit = card.bytes[card.at];
    }
    card.at++;
    return card.level;
}

static void card_request(bool level)
{
    card.level = level;
    dd_isa_dma_request(dma, TX, level);
}

/* @most units, or as many as the controller lets pass */
static size_t card_run(size_t most)
{
    size_t n = 0;

    card_request(true);
    while (n < most && dd_isa_dma_run(dma, TX, card_cycle, NULL) > 0) {
        n++;
    }
    card_request(false);
    return n;
}

static NDIS_STATUS setup(ULONG offset, ULONG length, BOOLEAN write)
{
    NDIS_STATUS status = NDIS_STATUS_PENDING;

    card.at = 0;
    NdisMSetupDmaTransfer(&status, channel, mdl, offset, length, write);
    return status;
}

static NDIS_STATUS complete(ULONG offset, ULONG length, BOOLEAN write)
{
    NDIS_STATUS status = NDIS_STATUS_PENDING;

    NdisMCompleteDmaTransfer(&status, channel, mdl, offset, length, write);
    return status;
}

/* --- registering --- */

static void test_channel_is_registered_and_given_back(void **state)
{
    NDIS_DMA_DESCRIPTION unsaid = {.DmaWidth = Width8Bits};

    (void)state;
    start();
    assert_int_equal(register_with(describe(RX), 4096), NDIS_STATUS_SUCCESS);
    assert_int_equal(RIG_LAST(DMA_CHANNEL_REGISTER, c), RX);
    assert_true(dd_channel_registered(&rig.adapter));
    assert_ptr_equal(dd_channel_adapter(channel), &rig.adapter);
    NdisMDeregisterDmaChannel(channel);
    assert_false(dd_channel_registered(&rig.adapter));
    assert_null(dd_channel_adapter(channel));
    /* none named: the first of the resources */
    assert_int_equal(register_with(unsaid, 4096), NDIS_STATUS_SUCCESS);
    assert_int_equal(RIG_LAST(DMA_CHANNEL_REGISTER, c), TX);
    assert_int_equal(rig_count(DD_EV_OBJECT_BAD), 0);
    stop();
}

static void test_channel_taken_is_a_conflict_and_logged(void **state)
{
    NDIS_HANDLE first, second = &first;
    NDIS_DMA_DESCRIPTION d = describe(TX);
    struct dd_dev dev;
    struct dd_adapter other;

    (void)state;
    start();
    assert_int_equal(register_with(d, 4096), NDIS_STATUS_SUCCESS);
    first = channel;
    assert_int_equal(register_with(d, 4096), NDIS_STATUS_RESOURCE_CONFLICT);
    assert_null(channel);
    assert_int_equal(RIG_LAST(DMA_CHANNEL_REGISTER, b), DD_CHANNEL_TAKEN);
    assert_int_equal(rig_count(DD_EV_ERROR_LOG), 1);
    assert_int_equal(RIG_LAST(ERROR_LOG, a), NDIS_ERROR_CODE_RESOURCE_CONFLICT);
    /* another adapter of the same machine */
    dev = rig.dev;
    other = rig.adapter;
    other.dev = &dev;
    assert_int_equal(dd_adapter_publish(&other), 0);
    assert_int_equal(NdisMRegisterDmaChannel(&second, &other, 0, FALSE, &d, 4096),
                     NDIS_STATUS_RESOURCE_CONFLICT);
    assert_null(second);
    assert_int_equal(rig_count(DD_EV_ERROR_LOG), 2);
    NdisMDeregisterDmaChannel(first);
    assert_int_equal(NdisMRegisterDmaChannel(&second, &other, 0, FALSE, &d, 4096),
                     NDIS_STATUS_SUCCESS);
    NdisMDeregisterDmaChannel(second);
    dd_adapter_withdraw(&other);
    /* one that is not among the resources */
    assert_int_equal(register_with(describe(1), 4096), NDIS_STATUS_RESOURCE_CONFLICT);
    assert_int_equal(RIG_LAST(DMA_CHANNEL_REGISTER, b), DD_CHANNEL_NOT_ASSIGNED);
    stop();
}

static void test_what_no_channel_can_be_fails(void **state)
{
    NDIS_DMA_DESCRIPTION d;

    (void)state;
    start();
    d = describe(4);
    assert_int_equal(register_with(d, 4096), NDIS_STATUS_FAILURE);
    d = describe(8);
    assert_int_equal(register_with(d, 4096), NDIS_STATUS_FAILURE);
    d = describe(TX);
    d.DmaWidth = Width16Bits;
    assert_int_equal(register_with(d, 4096), NDIS_STATUS_FAILURE);
    d.DmaWidth = Width32Bits;
    assert_int_equal(register_with(d, 4096), NDIS_STATUS_FAILURE);
    d = describe(TX);
    d.DmaPort = 1;
    assert_int_equal(register_with(d, 4096), NDIS_STATUS_FAILURE);
    d = describe(TX);
    d.DmaSpeed = MaximumDmaSpeed;
    assert_int_equal(register_with(d, 4096), NDIS_STATUS_FAILURE);
    assert_int_equal(RIG_LAST(DMA_CHANNEL_REGISTER, b), DD_CHANNEL_DESCRIPTION);
    d = describe(TX);
    for (int speed = Compatible; speed <= TypeC; speed++) {
        d.DmaSpeed = (DMA_SPEED)speed;
        assert_int_equal(register_with(d, 4096), NDIS_STATUS_SUCCESS);
        NdisMDeregisterDmaChannel(channel);
    }
    channel = NULL;
    stop();
}

static void test_attributes_decide_who_may_have_a_channel(void **state)
{
    (void)state;
    start();
    rig.adapter.have_registration = false;
    assert_int_equal(register_with(describe(TX), 4096), NDIS_STATUS_FAILURE);
    assert_int_equal(RIG_LAST(DMA_CHANNEL_REGISTER, b), DD_CHANNEL_NO_ATTRIBUTES);
    rig.adapter.have_registration = true;
    rig.adapter.registration.InterfaceType = NdisMaximumInterfaceType;
    assert_int_equal(register_with(describe(TX), 4096), NDIS_STATUS_FAILURE);
    assert_int_equal(RIG_LAST(DMA_CHANNEL_REGISTER, b), DD_CHANNEL_BUS);
    /* a bus master anywhere but on ISA */
    rig.adapter.bus_master = true;
    rig.adapter.registration.InterfaceType = NdisInterfacePci;
    assert_int_equal(register_with(describe(TX), 4096), NDIS_STATUS_FAILURE);
    assert_int_equal(RIG_LAST(DMA_CHANNEL_REGISTER, b), DD_CHANNEL_BUS_MASTER);
    rig.adapter.registration.InterfaceType = NdisInterfaceIsa;
    rig.dev.info.bus = DD_BUS_PCI; /* which only says so */
    assert_int_equal(register_with(describe(TX), 4096), NDIS_STATUS_FAILURE);
    rig.dev.info.bus = DD_BUS_ISA;
    assert_int_equal(register_with(describe(TX), 4096), NDIS_STATUS_SUCCESS);
    assert_int_equal(setup(0, 100, TRUE), NDIS_STATUS_RESOURCES);
    assert_int_equal(bad("channel of a bus master"), 1);
    NdisMDeregisterDmaChannel(channel);
    /* a PCI card without DMA of its own has no channel to have */
    rig.adapter.bus_master = false;
    rig.dev.info.bus = DD_BUS_PCI;
    rig.dev.info.dma_count = 0;
    rig.adapter.registration.InterfaceType = NdisInterfacePci;
    assert_int_equal(register_with((NDIS_DMA_DESCRIPTION){0}, 4096), NDIS_STATUS_FAILURE);
    assert_int_equal(RIG_LAST(DMA_CHANNEL_REGISTER, b), DD_CHANNEL_NONE);
    stop();
}

static void test_no_memory_and_wrong_place(void **state)
{
    (void)state;
    start();
    rig.fail_point = DD_FAIL_DMA_CHANNEL + 1;
    assert_int_equal(register_with(describe(TX), 4096), NDIS_STATUS_RESOURCES);
    assert_null(channel);
    assert_int_equal(NdisMRegisterDmaChannel(&channel, &rig, 0, FALSE, &(NDIS_DMA_DESCRIPTION){0},
                                             1),
                     NDIS_STATUS_FAILURE);
    atomic_store(&rig.adapter.state, DD_STATE_RUNNING);
    assert_int_equal(register_with(describe(TX), 4096), NDIS_STATUS_SUCCESS);
    assert_int_equal(bad("NdisMRegisterDmaChannel outside"), 1);
    NdisMDeregisterDmaChannel(channel);
    assert_int_equal(bad("NdisMDeregisterDmaChannel outside"), 1);
    NdisMDeregisterDmaChannel(channel);
    assert_int_equal(bad("not a DMA channel handle"), 1);
    assert_int_equal(NdisMReadDmaCounter(channel), 0);
    assert_int_equal(setup(0, 10, TRUE), NDIS_STATUS_RESOURCES);
    assert_int_equal(complete(0, 10, TRUE), NDIS_STATUS_RESOURCES);
    channel = NULL;
    atomic_store(&rig.adapter.state, DD_STATE_INITIALIZING);
    stop();
}

/* --- transfers --- */

static void test_data_go_out_and_come_in(void **state)
{
    (void)state;
    start();
    assert_int_equal(register_with(describe(TX), 0xFFFFFFFF), NDIS_STATUS_SUCCESS);
    assert_int_equal(setup(100, LENGTH, TRUE), NDIS_STATUS_SUCCESS);
    assert_int_equal(card_run(4096), LENGTH);
    assert_memory_equal(card.bytes, block + 100, LENGTH);
    assert_int_equal(complete(100, LENGTH, TRUE), NDIS_STATUS_SUCCESS);
    assert_int_equal(RIG_LAST(DMA_COMPLETE, c), 0);
    memset(card.bytes, 0x77, sizeof(card.bytes));
    assert_int_equal(setup(8, LENGTH, FALSE), NDIS_STATUS_SUCCESS);
    assert_int_equal(card_run(600), 600);
    assert_int_equal(NdisMReadDmaCounter(channel), LENGTH - 600);
    assert_int_equal(complete(8, LENGTH, FALSE), NDIS_STATUS_SUCCESS);
    assert_int_equal(RIG_LAST(DMA_COMPLETE, c), LENGTH - 600);
    for (unsigned i = 0; i < 4096; i++) {
        assert_int_equal(block[i], i >= 8 && i < 608 ? 0x77 : (uint8_t)(i * 3 + 1));
    }
    assert_int_equal(NdisMReadDmaCounter(channel), 0);
    assert_int_equal(card_run(10), 0);
    assert_int_equal(rig_stats().bounced_bytes, 2 * LENGTH); /* the block lies above 16 MiB */
    assert_int_equal(rig_count(DD_EV_OBJECT_BAD), 0);
    stop();
}

static void test_busy_channel_and_bad_lengths_are_refused(void **state)
{
    (void)state;
    start();
    assert_int_equal(register_with(describe(TX), 2000), NDIS_STATUS_SUCCESS);
    assert_int_equal(setup(0, 0, TRUE), NDIS_STATUS_RESOURCES);
    assert_int_equal(RIG_LAST(DMA_SETUP, b), DD_CHANNEL_LENGTH);
    assert_int_equal(setup(0, 2001, TRUE), NDIS_STATUS_RESOURCES);
    assert_int_equal(RIG_LAST(DMA_SETUP, b), DD_CHANNEL_LENGTH);
    assert_int_equal(setup(3000, 1097, TRUE), NDIS_STATUS_RESOURCES);
    assert_int_equal(setup(0xFFFFFFFF, 1, TRUE), NDIS_STATUS_RESOURCES);
    assert_int_equal(RIG_LAST(DMA_SETUP, b), DD_CHANNEL_OUTSIDE_MDL);
    assert_int_equal(bad("do not lie inside the MDL"), 2);
    assert_int_equal(setup(3000, 1096, TRUE), NDIS_STATUS_SUCCESS);
    assert_int_equal(setup(0, 100, TRUE), NDIS_STATUS_RESOURCES);
    assert_int_equal(RIG_LAST(DMA_SETUP, b), DD_CHANNEL_BUSY);
    assert_int_equal(complete(3000, 1096, TRUE), NDIS_STATUS_SUCCESS);
    assert_int_equal(setup(0, 100, TRUE), NDIS_STATUS_SUCCESS);
    assert_int_equal(complete(0, 100, TRUE), NDIS_STATUS_SUCCESS);
    stop();
}

static void test_odd_lengths_do_not_fit_a_word_channel(void **state)
{
    (void)state;
    start();
    assert_int_equal(register_with(describe(RX), 0xFFFFFFFF), NDIS_STATUS_SUCCESS);
    assert_int_equal(setup(0, 101, FALSE), NDIS_STATUS_RESOURCES);
    assert_int_equal(setup(1, 100, FALSE), NDIS_STATUS_SUCCESS);
    assert_int_equal(NdisMReadDmaCounter(channel), 100);
    assert_int_equal(complete(1, 100, FALSE), NDIS_STATUS_SUCCESS);
    stop();
}

static void test_completion_with_other_values_is_told(void **state)
{
    static const struct {
        ULONG offset, length;
        BOOLEAN write;
    } wrong[] = {{1, 100, TRUE}, {0, 99, TRUE}, {0, 100, FALSE}};
    NDIS_STATUS status;

    (void)state;
    start();
    assert_int_equal(register_with(describe(TX), 2000), NDIS_STATUS_SUCCESS);
    assert_int_equal(complete(0, 100, TRUE), NDIS_STATUS_RESOURCES);
    assert_int_equal(bad("no transfer is set up"), 1);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(setup(0, 100, TRUE), NDIS_STATUS_SUCCESS);
        assert_int_equal(complete(wrong[i].offset, wrong[i].length, wrong[i].write),
                         NDIS_STATUS_RESOURCES);
        assert_int_equal(bad("other values"), i + 1);
        assert_int_equal(RIG_LAST(DMA_COMPLETE, b), DD_CHANNEL_MISMATCH);
    }
    assert_int_equal(setup(0, 100, TRUE), NDIS_STATUS_SUCCESS);
    NdisMCompleteDmaTransfer(&status, channel, mdl + 1, 0, 100, TRUE);
    assert_int_equal(status, NDIS_STATUS_RESOURCES);
    stop();
}

static void test_failures_are_injected(void **state)
{
    (void)state;
    start();
    assert_int_equal(register_with(describe(TX), 2000), NDIS_STATUS_SUCCESS);
    rig.fail_point = DD_FAIL_DMA_SETUP + 1;
    assert_int_equal(setup(0, 100, FALSE), NDIS_STATUS_RESOURCES);
    memset(card.bytes, 0x77, 100);
    assert_int_equal(setup(0, 100, FALSE), NDIS_STATUS_SUCCESS);
    assert_int_equal(card_run(100), 100);
    rig.fail_point = DD_FAIL_DMA_COMPLETE + 1;
    assert_int_equal(complete(0, 100, FALSE), NDIS_STATUS_RESOURCES);
    assert_int_equal(block[50], (uint8_t)(50 * 3 + 1));          /* the data are not there */
    assert_int_equal(setup(0, 100, FALSE), NDIS_STATUS_SUCCESS); /* the channel is */
    assert_int_equal(complete(0, 100, FALSE), NDIS_STATUS_SUCCESS);
    stop();
}

static void test_bounce_never_leaves_what_is_out_of_reach(void **state)
{
    (void)state;
    rig.policy.bounce = DD_BOUNCE_NEVER;
    start();
    assert_int_equal(register_with(describe(TX), 2000), NDIS_STATUS_SUCCESS);
    assert_int_equal(setup(0, 100, TRUE), NDIS_STATUS_RESOURCES);
    assert_int_equal(RIG_LAST(DMA_SETUP, b), DD_CHANNEL_UNREACHABLE);
    stop();
}

static void test_auto_initialize_counts_on(void **state)
{
    NDIS_DMA_DESCRIPTION d = describe(TX);
    NDIS_PHYSICAL_ADDRESS pa;
    PMDL pages;
    PVOID va;

    (void)state;
    start();
    d.AutoInitialize = TRUE;
    d.DemandMode = TRUE;
    assert_int_equal(register_with(d, 4096), NDIS_STATUS_SUCCESS);
    assert_int_equal(setup(0, 1000, FALSE),
                     NDIS_STATUS_RESOURCES); /* the driver would not see what comes in */
    NdisMAllocateSharedMemory(&rig.adapter, 1000, TRUE, &va, &pa);
    assert_non_null(va);
    pages = dd_mdl_new(va, 1000, NULL, NULL);
    dd_mdl_free(mdl, NULL);
    mdl = pages;
    memset(card.bytes, 0x5C, sizeof(card.bytes));
    assert_int_equal(setup(0, 1000, FALSE), NDIS_STATUS_SUCCESS);
    card_request(true);
    assert_int_equal(dd_isa_dma_run(dma, TX, card_cycle, NULL),
                     1000);                               /* demand mode: to the terminal count */
    assert_int_equal(NdisMReadDmaCounter(channel), 1000); /* and there it starts over */
    assert_int_equal(((uint8_t *)va)[999], 0x5C);         /* at once, without a completion */
    assert_int_equal(dd_isa_dma_run(dma, TX, card_cycle, NULL), 1000);
    card_request(false);
    assert_int_equal(complete(0, 1000, FALSE), NDIS_STATUS_SUCCESS);
    NdisMFreeSharedMemory(&rig.adapter, 1000, TRUE, va, pa);
    stop();
}

static void test_deregistering_stops_a_transfer(void **state)
{
    (void)state;
    start();
    assert_int_equal(register_with(describe(TX), 2000), NDIS_STATUS_SUCCESS);
    assert_int_equal(setup(0, 100, TRUE), NDIS_STATUS_SUCCESS);
    NdisMDeregisterDmaChannel(channel);
    assert_int_equal(bad("a transfer is still set up"), 1);
    assert_int_equal(card_run(10), 0);
    channel = NULL;
    stop();
}

static void test_channel_left_behind_is_a_leak(void **state)
{
    (void)state;
    start();
    assert_int_equal(register_with(describe(TX), 2000), NDIS_STATUS_SUCCESS);
    assert_int_equal(setup(0, 100, TRUE), NDIS_STATUS_SUCCESS);
    assert_int_equal(dd_ndis_report_leaks(&rig.adapter, &rig.adapter, false), 1);
    assert_string_equal(RIG_LAST(LEAK, data), "DMA channel");
    assert_int_equal(card_run(10), 0);
    channel = NULL;
    stop();
}

/* --- shared memory --- */

static void test_shared_memory_by_a_channel_is_in_reach_and_in_one_page(void **state)
{
    NDIS_PHYSICAL_ADDRESS pa[40];
    PVOID va[40];

    (void)state;
    start();
    NdisMAllocateSharedMemory(&rig.adapter, 4096, TRUE, &va[0], &pa[0]);
    assert_null(va[0]);
    assert_int_equal(RIG_LAST(SHMEM_ALLOC, d), DD_SHMEM_NO_REGISTRATION);
    (void)NdisMGetDmaAlignment(&rig.adapter);
    assert_int_equal(rig_count(DD_EV_OBJECT_BAD), 1);
    assert_int_equal(register_with(describe(TX), 2000), NDIS_STATUS_SUCCESS);
    (void)NdisMGetDmaAlignment(&rig.adapter);
    assert_int_equal(rig_count(DD_EV_OBJECT_BAD), 1);
    for (unsigned i = 0; i < 40; i++) {
        NdisMAllocateSharedMemory(&rig.adapter, 20000, TRUE, &va[i], &pa[i]);
        assert_non_null(va[i]);
        assert_int_equal(RIG_LAST(SHMEM_ALLOC, d), DD_SHMEM_OK);
        assert_true(pa[i].QuadPart + 20000 <= (LONGLONG)DD_ISA_REACH + 1);
        assert_int_equal(pa[i].QuadPart >> 16, (pa[i].QuadPart + 19999) >> 16);
        assert_int_equal(dd_ram_phys(rig.ram, va[i]).v, pa[i].QuadPart);
    }
    for (unsigned i = 0; i < 40; i++) {
        NdisMFreeSharedMemory(&rig.adapter, 20000, TRUE, va[i], pa[i]);
    }
    stop();
}

static _Atomic(unsigned) completions;
static PVOID async_va;
static NDIS_PHYSICAL_ADDRESS async_pa;

static VOID NTAPI async_done(NDIS_HANDLE MiniportAdapterContext, PVOID VirtualAddress,
                             PNDIS_PHYSICAL_ADDRESS PhysicalAddress, ULONG Length, PVOID Context)
{
    (void)MiniportAdapterContext;
    (void)Length;
    (void)Context;
    async_va = VirtualAddress;
    if (VirtualAddress != NULL) {
        async_pa = *PhysicalAddress;
    }
    atomic_fetch_add(&completions, 1);
}

static void test_async_shared_memory_needs_sg_dma_not_a_channel(void **state)
{
    NDIS_SG_DMA_DESCRIPTION sg;
    NDIS_HANDLE handle;

    (void)state;
    start();
    atomic_store(&completions, 0);
    assert_int_equal(NdisMAllocateSharedMemoryAsyncEx(&rig.adapter, 4096, TRUE, NULL),
                     NDIS_STATUS_FAILURE);
    assert_int_equal(RIG_LAST(SHMEM_ASYNC_CALL, c), DD_SHMEM_NO_REGISTRATION);
    rig.adapter.bus_master = true; /* on ISA, where both registrations can be had */
    assert_int_equal(register_with(describe(TX), 2000), NDIS_STATUS_SUCCESS);
    assert_int_equal(NdisMAllocateSharedMemoryAsyncEx(channel, 4096, TRUE, NULL),
                     NDIS_STATUS_FAILURE);
    assert_int_equal(RIG_LAST(SHMEM_ASYNC_CALL, c), DD_SHMEM_CHANNEL_ONLY);
    assert_int_equal(NdisMAllocateSharedMemoryAsyncEx(&rig.adapter, 4096, TRUE, NULL),
                     NDIS_STATUS_FAILURE);
    assert_int_equal(RIG_LAST(SHMEM_ASYNC_CALL, c), DD_SHMEM_CHANNEL_ONLY);
    sg = rig_description(1514);
    sg.SharedMemAllocateCompleteHandler = async_done;
    assert_int_equal(NdisMRegisterScatterGatherDma(&rig.adapter, &sg, &handle),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(NdisMAllocateSharedMemoryAsyncEx(channel, 4096, TRUE, NULL),
                     NDIS_STATUS_FAILURE);
    assert_int_equal(RIG_LAST(SHMEM_ASYNC_CALL, c), DD_SHMEM_BAD_HANDLE);
    assert_int_equal(NdisMAllocateSharedMemoryAsyncEx(handle, 4096, TRUE, NULL),
                     NDIS_STATUS_PENDING);
    dd_work_flush();
    assert_int_equal(atomic_load(&completions), 1);
    assert_non_null(async_va);
    NdisMFreeSharedMemory(&rig.adapter, 4096, TRUE, async_va, async_pa);
    NdisMDeregisterScatterGatherDma(handle);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG(test_channel_is_registered_and_given_back),
        RIG(test_channel_taken_is_a_conflict_and_logged),
        RIG(test_what_no_channel_can_be_fails),
        RIG(test_attributes_decide_who_may_have_a_channel),
        RIG(test_no_memory_and_wrong_place),
        RIG(test_data_go_out_and_come_in),
        RIG(test_busy_channel_and_bad_lengths_are_refused),
        RIG(test_odd_lengths_do_not_fit_a_word_channel),
        RIG(test_completion_with_other_values_is_told),
        RIG(test_failures_are_injected),
        RIG(test_bounce_never_leaves_what_is_out_of_reach),
        RIG(test_auto_initialize_counts_on),
        RIG(test_deregistering_stops_a_transfer),
        RIG(test_channel_left_behind_is_a_leak),
        RIG(test_shared_memory_by_a_channel_is_in_reach_and_in_one_page),
        RIG(test_async_shared_memory_needs_sg_dma_not_a_channel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
