/* SPDX-License-Identifier: MIT */
#include "dma_test.h"

static struct rig r;
static struct dd_common *c;
static int64_t bad;

static void start(enum dd_domain_mode mode, bool checked, unsigned bits)
{
    memset(&r, 0, sizeof(r));
    r.policy.iommu = mode;
    r.policy.checked = checked;
    rig_start(&r, bits, 1514);
}

static int touch(uint64_t offset, size_t len, bool write)
{
    uint8_t buf[8192];

    memset(buf, 0x77, sizeof(buf));
    return dd_domain_access(r.domain, (dd_iova){c->iova.v + offset}, buf, len, write);
}

static void test_driver_and_device_share_the_bytes(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT, true, 64);
    assert_int_equal(dd_common_alloc(&r.dma, 5000, DD_OWNER_SHMEM | 1, &c), 0);
    assert_int_equal((uintptr_t)c->va & DD_PAGE_MASK, 0);
    assert_int_equal(touch(0, 5000, true), 0);
    assert_int_equal(c->va[0], 0x77);
    assert_int_equal(c->va[4999], 0x77);
    assert_int_equal(dd_common_free(c, &bad), 0);
    rig_stop(&r);
}

static void test_the_device_reaches_exactly_the_block(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT, false, 64);
    assert_int_equal(dd_common_alloc(&r.dma, 100, DD_OWNER_SHMEM | 1, &c), 0);
    assert_int_equal(touch(0, 100, false), 0);
    assert_int_equal(touch(0, 101, false), -EFAULT);
    assert_int_equal(touch(0, 101, true), -EFAULT);
    dd_common_unmap(c);
    assert_int_equal(touch(0, 1, false), -EFAULT);
    assert_int_equal(dd_common_free(c, &bad), 0);
    rig_stop(&r);
}

/* through the second mapping, which no sanitizer watches, as a device without IOMMU does */
static void scribble(int64_t offset)
{
    uint8_t byte = 1;

    assert_int_equal(dd_domain_access(r.domain, (dd_iova){c->iova.v + (uint64_t)offset}, &byte, 1,
                                      true),
                     0);
}

static void test_guard_bytes_find_an_overrun(void **state)
{
    static const size_t lens[] = {1, 100, 4095, 4096, 4097, 65536};

    (void)state;
    start(DD_DOMAIN_OFF, true, 64);
    for (unsigned i = 0; i < DD_ARRAY_LEN(lens); i++) {
        assert_int_equal(dd_common_alloc(&r.dma, lens[i], DD_OWNER_SHMEM | 1, &c), 0);
        scribble((int64_t)lens[i]);
        assert_int_equal(dd_common_free(c, &bad), -EFAULT);
        assert_int_equal(bad, lens[i]);
        assert_int_equal(dd_common_alloc(&r.dma, lens[i], DD_OWNER_SHMEM | 1, &c), 0);
        scribble(-1);
        assert_int_equal(dd_common_free(c, &bad), -EFAULT);
        assert_int_equal(bad, -1);
        assert_int_equal(dd_common_alloc(&r.dma, lens[i], DD_OWNER_SHMEM | 1, &c), 0);
        scribble(0);
        scribble((int64_t)lens[i] - 1);
        assert_int_equal(dd_common_free(c, &bad), 0);
    }
    rig_stop(&r);
}

static void test_an_untranslated_block_lies_within_reach(void **state)
{
    (void)state;
    start(DD_DOMAIN_OFF, false, 24);
    assert_int_equal(dd_common_alloc(&r.dma, 9000, DD_OWNER_COMMON | 1, &c), 0);
    assert_true(c->iova.v + 8999 <= 0xffffff);
    assert_int_equal(c->iova.v, dd_ram_phys(r.ram, c->va).v);
    assert_int_equal(dd_common_free(c, &bad), 0);
    rig_stop(&r);
}

static void test_what_can_not_be_had_is_refused(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT, true, 64);
    assert_int_equal(dd_common_alloc(&r.dma, 0, 1, &c), -ENOMEM);
    assert_int_equal(dd_common_alloc(&r.dma, UINT32_MAX, 1, &c), -ENOMEM);
    assert_int_equal(dd_common_alloc(&r.dma, 1ull << 40, 1, &c), -ENOMEM);
    rig_stop(&r);
}

static void test_bytes_are_counted_with_their_peak(void **state)
{
    struct dd_common *other;

    (void)state;
    start(DD_DOMAIN_STRICT, true, 64);
    assert_int_equal(dd_common_alloc(&r.dma, 100, DD_OWNER_SHMEM | 1, &c), 0);
    assert_int_equal(dd_common_alloc(&r.dma, 50, DD_OWNER_SHMEM | 2, &other), 0);
    assert_int_equal(dd_common_free(c, &bad), 0);
    assert_int_equal(atomic_load(&r.dev.common_bytes), 50);
    assert_int_equal(dd_common_free(other, &bad), 0);
    assert_int_equal(atomic_load(&r.dev.common_peak), 150);
    assert_int_equal(atomic_load(&r.dev.common_bytes), 0);
    rig_stop(&r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_driver_and_device_share_the_bytes),
        cmocka_unit_test(test_the_device_reaches_exactly_the_block),
        cmocka_unit_test(test_guard_bytes_find_an_overrun),
        cmocka_unit_test(test_an_untranslated_block_lies_within_reach),
        cmocka_unit_test(test_what_can_not_be_had_is_refused),
        cmocka_unit_test(test_bytes_are_counted_with_their_peak),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
