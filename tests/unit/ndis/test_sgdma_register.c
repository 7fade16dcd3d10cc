/* SPDX-License-Identifier: MIT */
/* NdisMRegisterScatterGatherDma, NdisMDeregisterScatterGatherDma, alignment. */
#include "dma_rig.h"

#include <sys/mman.h>

static NDIS_STATUS reg(NDIS_SG_DMA_DESCRIPTION *d, NDIS_HANDLE *ret_handle)
{
    return NdisMRegisterScatterGatherDma(&rig.adapter, d, ret_handle);
}

/* registers, expects success, deregisters */
static ULONG good(NDIS_SG_DMA_DESCRIPTION *d)
{
    NDIS_HANDLE h = NULL;

    assert_int_equal(reg(d, &h), NDIS_STATUS_SUCCESS);
    assert_non_null(h);
    assert_ptr_equal(RIG_LAST(SG_REGISTER, obj), h);
    NdisMDeregisterScatterGatherDma(h);
    assert_int_equal(RIG_LAST(SG_DEREGISTER_CALL, a), 1);
    return d->ScatterGatherListSize;
}

static void bad(NDIS_SG_DMA_DESCRIPTION *d, NDIS_STATUS status, enum dd_sg_reject why)
{
    NDIS_HANDLE h = (NDIS_HANDLE)(uintptr_t)0x5555;

    assert_int_equal(reg(d, &h), status);
    assert_ptr_equal(h, (NDIS_HANDLE)(uintptr_t)0x5555); /* written on success only */
    assert_int_equal(RIG_LAST(SG_REGISTER, b), why);
    assert_null(RIG_LAST(SG_REGISTER, obj));
    assert_int_equal((NDIS_STATUS)RIG_LAST(SG_REGISTER, a), status);
}

static void test_sizes_that_real_drivers_fill_in_are_accepted(void **state)
{
    static const USHORT sizes[] = {36, 40, 48, 64, 1000};

    (void)state;
    rig_start(1);
    for (unsigned i = 0; i < DD_ARRAY_LEN(sizes); i++) {
        union {
            NDIS_SG_DMA_DESCRIPTION d;
            uint8_t room[1000];
        } u = {.d = rig_description(1514)};

        u.d.Header.Size = sizes[i];
        good(&u.d);
    }
    assert_int_equal(rig_stop(), 0);
}

static void test_headers_that_are_wrong_are_bad_version(void **state)
{
    NDIS_SG_DMA_DESCRIPTION d;

    (void)state;
    rig_start(1);
    d = rig_description(1514);
    d.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    bad(&d, NDIS_STATUS_BAD_VERSION, DD_SG_BAD_TYPE);
    d = rig_description(1514);
    d.Header.Revision = 0;
    bad(&d, NDIS_STATUS_BAD_VERSION, DD_SG_BAD_REVISION);
    d.Header.Revision = 3;
    bad(&d, NDIS_STATUS_BAD_VERSION, DD_SG_BAD_REVISION);
    d = rig_description(1514);
    d.Header.Size = 35;
    bad(&d, NDIS_STATUS_BAD_VERSION, DD_SG_BAD_SIZE);
    d.Header.Size = 0;
    bad(&d, NDIS_STATUS_BAD_VERSION, DD_SG_BAD_SIZE);
    d = rig_description(1514);
    d.Header.Revision = 2;
    d.Header.Size = 40; /* revision 2 ends at 48 */
    bad(&d, NDIS_STATUS_BAD_VERSION, DD_SG_BAD_SIZE);
    assert_int_equal(rig_stop(), 0);
}

static void test_nothing_is_read_or_written_beyond_the_size(void **state)
{
    uint8_t *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    NDIS_SG_DMA_DESCRIPTION full;
    NDIS_SG_DMA_DESCRIPTION *d = (NDIS_SG_DMA_DESCRIPTION *)(void *)(pages + 4096 - 36);
    NDIS_HANDLE h = NULL;

    (void)state;
    rig_start(1);
    assert_int_equal(mprotect(pages + 4096, 4096, PROT_NONE), 0);
    full = rig_description(1514);
    memcpy(d, &full, 36);
    assert_int_equal(reg(d, &h), NDIS_STATUS_SUCCESS);
    memcpy(&full, d, 36);
    assert_true(full.ScatterGatherListSize > 0);
    NdisMDeregisterScatterGatherDma(h);
    d = (NDIS_SG_DMA_DESCRIPTION *)(void *)(pages + 4096 - 4);
    memcpy(d,
           &(NDIS_OBJECT_HEADER){.Type = NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION,
                                 .Revision = 1,
                                 .Size = 4},
           4);
    assert_int_equal(reg(d, &h), NDIS_STATUS_BAD_VERSION);
    assert_int_equal(rig_stop(), 0);
    munmap(pages, 8192);
}

static void test_only_bus_masters_with_attributes_may_register(void **state)
{
    NDIS_SG_DMA_DESCRIPTION d;

    (void)state;
    rig_start(1);
    d = rig_description(1514);
    rig.adapter.bus_master = false;
    bad(&d, NDIS_STATUS_NOT_SUPPORTED, DD_SG_NOT_BUS_MASTER);
    rig.adapter.have_registration = false;
    bad(&d, NDIS_STATUS_NOT_SUPPORTED, DD_SG_NO_ATTRIBUTES);
    rig.adapter.have_registration = rig.adapter.bus_master = true;
    rig.driver.ndis_version = 5u << 16 | 1;
    bad(&d, NDIS_STATUS_NOT_SUPPORTED, DD_SG_OLD_DRIVER);
    rig.driver.ndis_version = 6u << 16;
    good(&d);
    assert_int_equal(rig_stop(), 0);
}

static void test_an_unknown_adapter_handle_is_refused(void **state)
{
    static uint64_t garbage[8];
    NDIS_SG_DMA_DESCRIPTION d = rig_description(1514);
    NDIS_HANDLE h;

    (void)state;
    rig_start(1);
    assert_int_equal(NdisMRegisterScatterGatherDma(garbage, &d, &h), NDIS_STATUS_NOT_SUPPORTED);
    assert_int_equal(NdisMRegisterScatterGatherDma(NULL, &d, &h), NDIS_STATUS_NOT_SUPPORTED);
    assert_int_equal(rig_stop(), 0);
}

static void test_lack_of_resources_is_told_by_its_status(void **state)
{
    NDIS_SG_DMA_DESCRIPTION d;

    (void)state;
    rig_start(1);
    d = rig_description(1514);
    rig.fail_point = DD_FAIL_SG_REGISTER + 1;
    bad(&d, NDIS_STATUS_RESOURCES, DD_SG_NO_MEMORY);
    good(&d);
    assert_int_equal(rig_stop(), 0);
}

static void test_flags_beyond_the_drivers_level_are_told_and_ignored(void **state)
{
    static const struct {
        unsigned version;
        ULONG flags;
        bool known;
    } cases[] = {
        {6u << 16 | 0, 1, true},   {6u << 16 | 30, 2, false}, {6u << 16 | 50, 3, true},
        {6u << 16 | 50, 4, false}, {6u << 16 | 85, 7, true},  {6u << 16 | 85, 8, false},
    };

    (void)state;
    rig_start(1);
    for (unsigned i = 0; i < DD_ARRAY_LEN(cases); i++) {
        NDIS_SG_DMA_DESCRIPTION d = rig_description(1514);

        d.Flags = cases[i].flags;
        rig.driver.ndis_version = cases[i].version;
        good(&d);
        assert_int_equal(RIG_LAST(SG_REGISTER, b), cases[i].known ? DD_SG_OK : DD_SG_UNKNOWN_FLAGS);
    }
    assert_int_equal(rig_stop(), 0);
}

static void test_list_size_covers_every_page_and_keeps_slots_aligned(void **state)
{
    static const ULONG maxima[] = {0,     1,     1514,   4096,       4097,       9018,
                                   65535, 65536, 262144, 0x7fffffff, 0xfffffffe, 0xffffffff};

    (void)state;
    rig_start(1);
    for (unsigned i = 0; i < DD_ARRAY_LEN(maxima); i++) {
        NDIS_SG_DMA_DESCRIPTION d = rig_description(maxima[i]);
        ULONG size = good(&d);
        /* bytes that begin at the last byte of a page */
        uint64_t pages = maxima[i] == 0 ? 0 : ((uint64_t)maxima[i] + 4095 + 4095) / 4096;

        assert_int_equal(size % 8, 0);
        assert_true(size >= 16 + 24 * (pages + 1));
        assert_true(size <= 16 + 24 * (pages + 1));
    }
    assert_true(dd_ram_live_bytes(rig.ram) == 0); /* nothing was reserved for the 4 GiB one */
    assert_int_equal(rig_stop(), 0);
}

static void test_the_advised_size_takes_any_frame_of_two_mdls(void **state)
{
    (void)state;
    rig.policy.iommu = DD_DOMAIN_OFF;
    rig_start(1);
    rig_run(9018);
    for (ULONG split = 1; split < 9018; split += 501) {
        ULONG lens[] = {split, 9018 - split};
        struct tx *t = tx_new(lens, 2, 0, 9018);

        assert_int_equal(tx_map_with(t, 1, t->room, rig.description.ScatterGatherListSize),
                         NDIS_STATUS_SUCCESS);
        assert_ptr_equal(t->list, t->room);
        tx_unmap(t);
        tx_free(t);
    }
    rig_end();
}

static void test_registering_twice_gives_two_handles(void **state)
{
    NDIS_SG_DMA_DESCRIPTION d;
    NDIS_HANDLE a, b;

    (void)state;
    rig_start(1);
    d = rig_description(1514);
    assert_int_equal(reg(&d, &a), NDIS_STATUS_SUCCESS);
    d.Flags = 0;
    assert_int_equal(reg(&d, &b), NDIS_STATUS_SUCCESS);
    assert_ptr_not_equal(a, b);
    NdisMDeregisterScatterGatherDma(a);
    NdisMDeregisterScatterGatherDma(b);
    NdisMDeregisterScatterGatherDma(b);
    assert_int_equal(RIG_LAST(SG_DEREGISTER_CALL, a), 2);
    assert_int_equal(rig_stop(), 0);
}

static void test_a_32_bit_registration_gets_32_bit_addresses(void **state)
{
    NDIS_SG_DMA_DESCRIPTION d;
    struct tx *t;

    (void)state;
    rig.policy.iommu = DD_DOMAIN_OFF;
    rig_start(1);
    d = rig_description(1514);
    d.Flags = 0;
    assert_int_equal(reg(&d, &rig.dma), NDIS_STATUS_SUCCESS);
    dd_irql_raise(DISPATCH_LEVEL);
    t = calloc(1, sizeof(*t));
    t->count = 1;
    t->blocks[0] = dd_ram_alloc(rig.ram, 4096, 4096, DD_RAM_HIGH, UINT64_MAX);
    t->mdls[0] = dd_mdl_new(t->blocks[0], 4096, NULL, NULL);
    t->nb.CurrentMdl = t->mdls[0];
    t->nb.DataLength = 1000;
    assert_true(dd_ram_phys(rig.ram, t->blocks[0]).v >= DD_PHYS_4G);
    assert_int_equal(tx_map(t), NDIS_STATUS_SUCCESS);
    assert_true((uint64_t)t->list->Elements[0].Address.QuadPart < DD_PHYS_4G);
    tx_check(t);
    assert_int_equal(rig_stats().bounced_bytes, 1000);
    tx_unmap(t);
    tx_free(t);
    rig_end();
}

static void test_the_event_says_whether_initialize_was_running(void **state)
{
    NDIS_SG_DMA_DESCRIPTION d;

    (void)state;
    rig_start(1);
    d = rig_description(1514);
    good(&d);
    assert_int_equal(RIG_LAST(SG_REGISTER, c), 1);
    assert_int_equal(RIG_LAST(SG_DEREGISTER_CALL, d), 1);
    atomic_store(&rig.adapter.state, DD_STATE_RUNNING);
    good(&d);
    assert_int_equal(RIG_LAST(SG_REGISTER, c), 0);
    assert_int_equal(RIG_LAST(SG_DEREGISTER_CALL, d), 0);
    assert_int_equal(rig_stop(), 0);
}

static void test_alignment_is_a_cache_line_and_asks_for_a_registration(void **state)
{
    (void)state;
    rig_start(1);
    assert_int_equal(NdisMGetDmaAlignment(&rig.adapter), 64);
    assert_int_equal(rig_count(DD_EV_OBJECT_BAD), 1);
    rig_register(1514);
    assert_int_equal(NdisMGetDmaAlignment(&rig.adapter), 64);
    assert_int_equal(rig_count(DD_EV_OBJECT_BAD), 1);
    assert_int_equal(NdisGetSharedDataAlignment(), 64);
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(rig_stop(), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        RIG(test_sizes_that_real_drivers_fill_in_are_accepted),
        RIG(test_headers_that_are_wrong_are_bad_version),
        RIG(test_nothing_is_read_or_written_beyond_the_size),
        RIG(test_only_bus_masters_with_attributes_may_register),
        RIG(test_an_unknown_adapter_handle_is_refused),
        RIG(test_lack_of_resources_is_told_by_its_status),
        RIG(test_flags_beyond_the_drivers_level_are_told_and_ignored),
        RIG(test_list_size_covers_every_page_and_keeps_slots_aligned),
        RIG(test_the_advised_size_takes_any_frame_of_two_mdls),
        RIG(test_registering_twice_gives_two_handles),
        RIG(test_a_32_bit_registration_gets_32_bit_addresses),
        RIG(test_the_event_says_whether_initialize_was_running),
        RIG(test_alignment_is_a_cache_line_and_asks_for_a_registration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
