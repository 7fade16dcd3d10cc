/* SPDX-License-Identifier: MIT */
/* What each policy does with memory; the shapes in general are the model test's. */
#include "dma/build.h"
#include "dma_test.h"
#include "seam/seam.h"

static struct rig r;
static dd_frame frames[64];
static struct dd_sg_build b;
static struct dd_xfer x;

static int setup(void **state)
{
    (void)state;
    memset(&r, 0, sizeof(r));
    r.policy.seed = 1;
    return 0;
}

static uint8_t *high_page(void)
{
    return dd_ram_alloc(r.ram, DD_PAGE_BYTES, DD_PAGE_BYTES, DD_RAM_HIGH, UINT64_MAX);
}

static void put_block(void *p)
{
    assert_int_equal(dd_ram_free_block(r.ram, p, NULL), 0);
}

/* --- reach --- */

static void test_memory_out_of_reach_is_bounced(void **state)
{
    struct dd_span span;
    uint8_t *page, got[100];

    (void)state;
    r.policy.iommu = DD_DOMAIN_OFF;
    rig_start(&r, 32, 1514);
    page = high_page();
    memset(page, 0x31, DD_PAGE_BYTES);
    span = rig_span(&r, page + 40, sizeof(got), frames);
    assert_true(frames[0] << DD_PAGE_SHIFT >= DD_PHYS_4G);
    assert_int_equal(rig_build(&r, &span, DD_DIR_TO_DEVICE, &b, &x), 0);
    assert_int_equal(b.count, 1);
    assert_true(b.elems[0].address < DD_PHYS_4G);
    assert_int_equal(b.elems[0].address & DD_PAGE_MASK, (uintptr_t)span.host & DD_PAGE_MASK);
    assert_int_equal(x.bounced, sizeof(got));
    assert_int_equal(x.regs, 1);
    assert_int_equal(dd_domain_access(r.domain, (dd_iova){b.elems[0].address}, got, sizeof(got),
                                      false),
                     0);
    assert_memory_equal(got, page + 40, sizeof(got));
    rig_end(&b, true);
    put_block(page);
    rig_stop(&r);
}

static void test_a_64_bit_device_reaches_it_directly(void **state)
{
    struct dd_span span;
    uint8_t *page;

    (void)state;
    r.policy.iommu = DD_DOMAIN_OFF;
    rig_start(&r, 64, 1514);
    page = high_page();
    span = rig_span(&r, page, 64, frames);
    assert_int_equal(rig_build(&r, &span, DD_DIR_TO_DEVICE, &b, &x), 0);
    assert_int_equal(b.elems[0].address, frames[0] << DD_PAGE_SHIFT);
    assert_int_equal(x.bounced, 0);
    rig_end(&b, true);
    put_block(page);
    rig_stop(&r);
}

static void test_address_bits_of_the_policy_narrow_the_device(void **state)
{
    struct dd_span span;
    uint8_t *page;

    (void)state;
    r.policy.iommu = DD_DOMAIN_OFF;
    r.policy.address_bits = 24;
    rig_start(&r, 64, 1514);
    /* the shuffled arena begins above the straight quarter: some of its pages are above 16 MiB */
    page = high_page();
    span = rig_span(&r, page, 64, frames);
    assert_int_equal(rig_build(&r, &span, DD_DIR_TO_DEVICE, &b, &x), 0);
    assert_true(b.elems[0].address <= 0xffffff);
    rig_end(&b, true);
    put_block(page);
    rig_stop(&r);
}

static void test_translation_brings_high_memory_into_reach_without_a_copy(void **state)
{
    struct dd_span span;
    uint8_t *page;

    (void)state;
    r.policy.iommu = DD_DOMAIN_STRICT;
    rig_start(&r, 32, 1514);
    page = high_page();
    span = rig_span(&r, page, 64, frames);
    assert_int_equal(rig_build(&r, &span, DD_DIR_TO_DEVICE, &b, &x), 0);
    assert_true(b.elems[0].address >= DD_IOVA_BASE && b.elems[0].address < DD_PHYS_4G);
    assert_int_equal(x.bounced, 0);
    rig_end(&b, true);
    put_block(page);
    rig_stop(&r);
}

static void test_memory_that_is_no_ram_is_bounced_also_with_translation(void **state)
{
    static uint8_t bytes[300];
    struct dd_span span;

    (void)state;
    r.policy.iommu = DD_DOMAIN_STRICT;
    rig_start(&r, 64, 1514);
    span = rig_span(&r, bytes, sizeof(bytes), frames);
    assert_int_equal(rig_build(&r, &span, DD_DIR_FROM_DEVICE, &b, &x), 0);
    assert_true(x.not_ram);
    assert_int_equal(x.bounced, sizeof(bytes));
    for (uint64_t i = 0; i < b.count; i++) {
        uint8_t fill[300];

        memset(fill, 0x44, sizeof(fill));
        assert_int_equal(dd_domain_access(r.domain, (dd_iova){b.elems[i].address}, fill,
                                          b.elems[i].length, true),
                         0);
    }
    assert_int_equal(bytes[0], 0);
    rig_end(&b, true);
    assert_int_equal(bytes[0], 0x44);
    assert_int_equal(bytes[299], 0x44);
    rig_stop(&r);
}

static void test_bounce_never_refuses_what_is_out_of_reach(void **state)
{
    struct dd_span span;
    uint8_t *page;

    (void)state;
    r.policy.iommu = DD_DOMAIN_OFF;
    r.policy.bounce = DD_BOUNCE_NEVER;
    rig_start(&r, 32, 1514);
    page = high_page();
    span = rig_span(&r, page, 64, frames);
    assert_int_equal(rig_build(&r, &span, DD_DIR_TO_DEVICE, &b, &x), -ERANGE);
    put_block(page);
    rig_stop(&r);
}

static void test_more_bounce_pages_than_one_transfer_may_need_are_refused(void **state)
{
    struct dd_span span;
    uint8_t *block;

    (void)state;
    r.policy.iommu = DD_DOMAIN_STRICT;
    r.policy.bounce = DD_BOUNCE_ALWAYS;
    rig_start(&r, 64, 1514); /* 2 pages, and one more */
    block = dd_ram_alloc(r.ram, 4 * DD_PAGE_BYTES, DD_PAGE_BYTES, 0, UINT64_MAX);
    span = rig_span(&r, block, 3 * DD_PAGE_BYTES, frames);
    assert_int_equal(rig_build(&r, &span, DD_DIR_TO_DEVICE, &b, &x), 0);
    rig_end(&b, true);
    span = rig_span(&r, block, 3 * DD_PAGE_BYTES + 1, frames);
    assert_int_equal(rig_build(&r, &span, DD_DIR_TO_DEVICE, &b, &x), -ENOBUFS);
    put_block(block);
    rig_stop(&r);
}

static void test_registers_per_transfer_follow_the_setting(void **state)
{
    (void)state;
    r.policy.map_registers = 8;
    rig_start(&r, 64, 65536);
    assert_int_equal(r.dma.max_regs, 8); /* never more than there are */
    dd_dma_done(&r.dma);
    r.policy.map_registers_per_transfer = 5;
    dd_dma_init(&r.dma, &r.dev, 64, 65536);
    assert_int_equal(r.dma.max_regs, 5);
    dd_dma_done(&r.dma);
    r.policy.map_registers = r.policy.map_registers_per_transfer = 0;
    dd_dma_init(&r.dma, &r.dev, 64, UINT32_MAX);
    assert_int_equal(r.dma.max_regs, 1048576 + 2);
    rig_stop(&r);
}

/* --- copies --- */

static void test_send_data_are_those_of_the_moment_of_mapping(void **state)
{
    struct dd_span span;
    uint8_t *block, got[64];

    (void)state;
    r.policy.bounce = DD_BOUNCE_ALWAYS;
    rig_start(&r, 64, 1514);
    block = dd_ram_alloc(r.ram, 64, 16, 0, UINT64_MAX);
    memset(block, 1, 64);
    span = rig_span(&r, block, 64, frames);
    assert_int_equal(rig_build(&r, &span, DD_DIR_TO_DEVICE, &b, &x), 0);
    memset(block, 2, 64);
    assert_int_equal(dd_domain_access(r.domain, (dd_iova){b.elems[0].address}, got, 64, false), 0);
    assert_int_equal(got[0], 1);
    rig_end(&b, true);
    assert_int_equal(block[0], 2); /* sent data are not copied back */
    assert_false(x.data_changed);  /* nobody asked */
    put_block(block);
    rig_stop(&r);
}

static unsigned changed_events;

static void on_event(void *arg, const struct dd_ev *ev)
{
    (void)arg;
    if (ev->kind == DD_EV_SGL_DATA_CHANGED) {
        assert_int_equal(ev->a, 77);
        changed_events++;
    }
}

static void test_a_checked_run_tells_that_send_data_changed(void **state)
{
    static const struct dd_listener listener = {.event = on_event};
    struct dd_span span;
    uint8_t *block;

    (void)state;
    changed_events = 0;
    dd_seam_listen(&listener);
    r.policy.bounce = DD_BOUNCE_ALWAYS;
    r.policy.checked = true;
    rig_start(&r, 64, 1514);
    block = dd_ram_alloc(r.ram, 64, 16, DD_RAM_ZERO, UINT64_MAX);
    span = rig_span(&r, block, 64, frames);
    assert_int_equal(rig_build(&r, &span, DD_DIR_TO_DEVICE, &b, &x), 0);
    rig_end(&b, true);
    assert_int_equal(changed_events, 0);
    assert_int_equal(rig_build(&r, &span, DD_DIR_TO_DEVICE, &b, &x), 0);
    block[63] = 9;
    rig_end(&b, true);
    assert_int_equal(changed_events, 1);
    put_block(block);
    rig_stop(&r);
    dd_seam_reset();
}

static void test_received_data_come_with_the_free_and_not_before(void **state)
{
    struct dd_span span;
    uint8_t *block, sent[64];

    (void)state;
    r.policy.bounce = DD_BOUNCE_ALWAYS;
    rig_start(&r, 64, 1514);
    block = dd_ram_alloc(r.ram, 64, 16, DD_RAM_ZERO, UINT64_MAX);
    memset(sent, 5, sizeof(sent));
    span = rig_span(&r, block, 64, frames);
    assert_int_equal(rig_build(&r, &span, DD_DIR_FROM_DEVICE, &b, &x), 0);
    assert_int_equal(dd_domain_access(r.domain, (dd_iova){b.elems[0].address}, sent, 64, true), 0);
    assert_int_equal(block[0], 0);
    rig_end(&b, true);
    assert_memory_equal(block, sent, 64);
    put_block(block);
    rig_stop(&r);
}

static void test_ending_by_force_copies_nothing_back(void **state)
{
    struct dd_span span;
    uint8_t *block, sent[64];

    (void)state;
    r.policy.bounce = DD_BOUNCE_ALWAYS;
    rig_start(&r, 64, 1514);
    block = dd_ram_alloc(r.ram, 64, 16, DD_RAM_ZERO, UINT64_MAX);
    memset(sent, 5, sizeof(sent));
    span = rig_span(&r, block, 64, frames);
    assert_int_equal(rig_build(&r, &span, DD_DIR_FROM_DEVICE, &b, &x), 0);
    assert_int_equal(dd_domain_access(r.domain, (dd_iova){b.elems[0].address}, sent, 64, true), 0);
    rig_end(&b, false);
    assert_int_equal(block[0], 0);
    put_block(block);
    rig_stop(&r);
}

/* --- translation --- */

static void test_the_device_faults_on_the_byte_before_and_after(void **state)
{
    struct dd_span span;
    uint8_t *block, byte;

    (void)state;
    rig_start(&r, 64, 1514);
    block = dd_ram_alloc(r.ram, 200, 16, 0, UINT64_MAX);
    span = rig_span(&r, block + 50, 100, frames);
    assert_int_equal(rig_build(&r, &span, DD_DIR_TO_DEVICE, &b, &x), 0);
    assert_int_equal(dd_domain_access(r.domain, (dd_iova){b.elems[0].address}, &byte, 1, false), 0);
    assert_int_equal(dd_domain_access(r.domain, (dd_iova){b.elems[0].address - 1}, &byte, 1, false),
                     -EFAULT);
    assert_int_equal(dd_domain_access(r.domain, (dd_iova){b.elems[0].address + 99}, &byte, 1,
                                      false),
                     0);
    assert_int_equal(dd_domain_access(r.domain, (dd_iova){b.elems[0].address + 100}, &byte, 1,
                                      false),
                     -EFAULT);
    assert_int_equal(dd_domain_access(r.domain, (dd_iova){b.elems[0].address}, &byte, 1, true),
                     -EFAULT);
    rig_end(&b, true);
    put_block(block);
    rig_stop(&r);
}

static void test_strict_faults_after_the_end_and_lazy_may_not(void **state)
{
    struct dd_span span;
    uint8_t *block, byte;

    (void)state;
    for (unsigned mode = DD_DOMAIN_STRICT; mode <= DD_DOMAIN_LAZY; mode++) {
        r.policy.iommu = (enum dd_domain_mode)mode;
        rig_start(&r, 64, 1514);
        block = dd_ram_alloc(r.ram, 200, 16, 0, UINT64_MAX);
        span = rig_span(&r, block, 100, frames);
        assert_int_equal(rig_build(&r, &span, DD_DIR_TO_DEVICE, &b, &x), 0);
        dd_iova at = {b.elems[0].address};
        rig_end(&b, true);
        assert_int_equal(dd_domain_access(r.domain, at, &byte, 1, false),
                         mode == DD_DOMAIN_STRICT ? -EFAULT : 0);
        dd_domain_flush(r.domain);
        assert_int_equal(dd_domain_access(r.domain, at, &byte, 1, false), -EFAULT);
        put_block(block);
        rig_stop(&r);
    }
}

static void test_a_failed_build_leaves_nothing_mapped(void **state)
{
    static uint8_t bytes[2 * 4096];
    struct dd_span good, bad;
    uint8_t *block;

    (void)state;
    r.policy.bounce = DD_BOUNCE_NEVER;
    rig_start(&r, 64, 1514);
    block = dd_ram_alloc(r.ram, 200, 16, 0, UINT64_MAX);
    good = rig_span(&r, block, 200, frames);
    bad = rig_span(&r, bytes, sizeof(bytes), frames + 8);
    x = (struct dd_xfer){.dir = DD_DIR_TO_DEVICE, .owner = 1};
    dd_sg_begin(&b, &r.dma, &x, NULL, 0, 16);
    assert_int_equal(dd_sg_add(&b, &good), 0);
    assert_int_equal(dd_domain_live(r.domain), 1);
    assert_int_equal(dd_sg_add(&b, &bad), -ERANGE);
    dd_sg_abort(&b);
    assert_int_equal(dd_domain_live(r.domain), 0);
    put_block(block);
    rig_stop(&r);
}

static void test_no_iova_left_is_no_memory(void **state)
{
    struct dd_span span;
    uint8_t *block;
    dd_iova all;

    (void)state;
    r.policy.address_bits = 24;
    rig_start(&r, 64, 1514);
    block = dd_ram_alloc(r.ram, 200, 16, 0, UINT64_MAX);
    span = rig_span(&r, block, 200, frames);
    assert_int_equal(dd_iova_alloc(&r.dev.space, 4096 - 16, 0xffffff, &all), 0);
    assert_int_equal(rig_build(&r, &span, DD_DIR_TO_DEVICE, &b, &x), -ENOMEM);
    dd_iova_free(&r.dev.space, all, 4096 - 16);
    assert_int_equal(rig_build(&r, &span, DD_DIR_TO_DEVICE, &b, &x), 0);
    assert_true(b.elems[0].address <= 0xffffff);
    rig_end(&b, true);
    put_block(block);
    rig_stop(&r);
}

/* --- limits there must not be --- */

static void test_thousands_of_elements_fit(void **state)
{
    enum {
        PAGES = 3000
    };
    static dd_frame many[PAGES];
    struct dd_span span;
    uint8_t *block;

    (void)state;
    r.policy.sgl = DD_SGL_PER_PAGE;
    rig_start(&r, 64, 1514);
    block = dd_ram_alloc(r.ram, PAGES * DD_PAGE_BYTES, DD_PAGE_BYTES, 0, UINT64_MAX);
    assert_non_null(block);
    span = rig_span(&r, block, PAGES * DD_PAGE_BYTES, many);
    assert_int_equal(rig_build(&r, &span, DD_DIR_TO_DEVICE, &b, &x), 0);
    assert_int_equal(b.count, PAGES);
    rig_end(&b, true);
    put_block(block);
    rig_stop(&r);
}

static void test_an_element_never_exceeds_32_bits_of_length(void **state)
{
    (void)state;
    r.policy.iommu = DD_DOMAIN_OFF;
    rig_start(&r, 64, 1514);
    x = (struct dd_xfer){.dir = DD_DIR_TO_DEVICE, .owner = 1};
    dd_sg_begin(&b, &r.dma, &x, NULL, 0, 16);
    assert_int_equal(dd_shape_emit(&b, 0x1000, 0x1000, 0xfffff000), 0);
    assert_int_equal(dd_shape_emit(&b, 0x100000000, 0x100000000, 0xfff), 0);
    assert_int_equal(b.count, 1);
    assert_int_equal(dd_shape_emit(&b, 0x100000fff, 0x100000fff, 1), 0);
    assert_int_equal(b.count, 2);
    assert_int_equal(b.elems[0].length, 0xffffffff);
    dd_sg_abort(&b);
    rig_stop(&r);
}

static void test_split_cuts_and_repeats_with_its_seed(void **state)
{
    uint32_t first[64];
    uint64_t count = 0;

    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        struct dd_span span;
        uint8_t *block;

        r.policy.sgl = DD_SGL_SPLIT;
        r.policy.seed = 99;
        rig_start(&r, 64, 1514);
        block = dd_ram_alloc(r.ram, 2000, 16, 0, UINT64_MAX);
        span = rig_span(&r, block, 2000, frames);
        assert_int_equal(rig_build(&r, &span, DD_DIR_TO_DEVICE, &b, &x), 0);
        assert_in_range(b.count, 2, 4);
        for (uint64_t i = 0; i < b.count; i++) {
            if (round == 0) {
                first[i] = b.elems[i].length;
            } else {
                assert_int_equal(first[i], b.elems[i].length);
            }
        }
        assert_true(round == 0 || count == b.count);
        count = b.count;
        rig_end(&b, true);
        put_block(block);
        rig_stop(&r);
    }
}

static void test_operations_are_chosen_by_policy(void **state)
{
    struct dd_dma_policy p = {.bounce = DD_BOUNCE_ALWAYS};

    (void)state;
    assert_string_equal(dd_build_ops(&p, false)->name, "bounce");
    assert_string_equal(dd_build_ops(&p, true)->name, "iommu, bounce");
    p.bounce = DD_BOUNCE_AUTO;
    assert_string_equal(dd_build_ops(&p, false)->name, "identity");
    assert_string_equal(dd_build_ops(&p, true)->name, "iommu");
}

#define T(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(test_memory_out_of_reach_is_bounced),
        T(test_a_64_bit_device_reaches_it_directly),
        T(test_address_bits_of_the_policy_narrow_the_device),
        T(test_translation_brings_high_memory_into_reach_without_a_copy),
        T(test_memory_that_is_no_ram_is_bounced_also_with_translation),
        T(test_bounce_never_refuses_what_is_out_of_reach),
        T(test_more_bounce_pages_than_one_transfer_may_need_are_refused),
        T(test_registers_per_transfer_follow_the_setting),
        T(test_send_data_are_those_of_the_moment_of_mapping),
        T(test_a_checked_run_tells_that_send_data_changed),
        T(test_received_data_come_with_the_free_and_not_before),
        T(test_ending_by_force_copies_nothing_back),
        T(test_the_device_faults_on_the_byte_before_and_after),
        T(test_strict_faults_after_the_end_and_lazy_may_not),
        T(test_a_failed_build_leaves_nothing_mapped),
        T(test_no_iova_left_is_no_memory),
        T(test_thousands_of_elements_fit),
        T(test_an_element_never_exceeds_32_bits_of_length),
        T(test_split_cuts_and_repeats_with_its_seed),
        T(test_operations_are_chosen_by_policy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
