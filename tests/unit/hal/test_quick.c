/* SPDX-License-Identifier: MIT */
/* Lists that are mapped or bounced where nobody listens: hal/quick.h. What takes the long way is in
 * test_quick_way.c. */
#include "quick_rig.h"

/* --- mapped --- */

static void test_the_device_reaches_the_window_and_no_byte_more(void **state)
{
    PMDL chain = quick_chain(quick_run(100, 54), quick_run(1000, 1460));
    union quick_list l;

    (void)state;
    for (unsigned two = 0; two < 2; two++) {
        uint64_t faults = dd_domain_faults(rig.domain);

        if (two) {
            while (!dd_quick_two(quick, 0, chain, 1000, TO, &l.list)) { /* wants what build makes */
                assert_true(quick_build(chain, 1000, TO, &l));
                quick_put(&l);
            }
        } else {
            assert_true(quick_build(chain, 1000, TO, &l));
        }
        assert_int_equal(l.list.NumberOfElements, 2);
        assert_true(quick_same(&l, chain, 1000));
        assert_int_equal(dd_domain_faults(rig.domain), faults);
        for (ULONG i = 0; i < 2; i++) {
            assert_int_equal(address_of(&l, i) & 4095, i ? 1000 : 100);
            assert_int_equal(reads(address_of(&l, i) - 1), -EFAULT);
            assert_int_equal(reads(address_of(&l, i) + l.list.Elements[i].Length), -EFAULT);
            assert_int_equal(writes(address_of(&l, i)), -EFAULT); /* only to be read */
        }
        assert_int_equal(dd_domain_faults(rig.domain), faults + 6);
        assert_int_equal(dd_domain_live(rig.domain), 2);
        quick_put(&l);
        assert_int_equal(reads(address_of(&l, 0)), -EFAULT);
        assert_int_equal(reads(address_of(&l, 1) + 945), -EFAULT);
        assert_int_equal(dd_domain_live(rig.domain), 0);
    }
    quick_run_free(chain);
}

static void test_a_window_over_pages_ends_on_its_byte(void **state)
{
    /* offset, bytes of the MDL, bytes of the window; the last ones fill their page */
    static const struct {
        size_t offset, bytes, len;
    } w[] = {{0, 1, 1},           {4095, 1, 1},    {4095, 2, 2},         {10, 8000, 4086},
             {10, 8000, 4087},    {0, 4096, 4096}, {0, 8 * 4096, 32768}, {1, 8 * 4096 - 1, 32767},
             {4000, 28768, 28768}};

    (void)state;
    for (unsigned i = 0; i < sizeof(w) / sizeof(w[0]); i++) {
        PMDL mdl = quick_run(w[i].offset, w[i].bytes);
        union quick_list l;

        assert_true(quick_build(mdl, w[i].len, TO, &l));
        assert_int_equal(l.list.NumberOfElements, 1);
        assert_true(quick_same(&l, mdl, w[i].len));
        assert_int_equal(reads(address_of(&l, 0) - 1), -EFAULT);
        assert_int_equal(reads(address_of(&l, 0) + w[i].len), -EFAULT);
        quick_put(&l);
        for (size_t k = 0; k < w[i].len; k += 4096) {
            assert_int_equal(reads(address_of(&l, 0) + k), -EFAULT);
        }
        quick_run_free(mdl);
    }
}

static void test_the_device_writes_where_the_data_are(void **state)
{
    PMDL mdl = quick_run(4090, 100);
    uint8_t bytes[100], before[4290];
    union quick_list l;

    (void)state;
    memcpy(before, mdl->StartVa, 4190);
    memset(bytes, 0x3c, sizeof(bytes));
    assert_true(quick_build(mdl, 50, FROM, &l));
    assert_int_equal(reads(address_of(&l, 0)), -EFAULT);
    assert_int_equal(rig_device(address_of(&l, 0), bytes, 51, true), -EFAULT); /* all but one */
    quick_put(&l);
    assert_int_equal(writes(address_of(&l, 0)), -EFAULT);
    memcpy(before + 4090, bytes, 50);
    assert_memory_equal(mdl->StartVa, before, 4190);
    assert_int_equal(quick_stats().sg_lists_built, 1);
    quick_run_free(mdl);
}

/* a free record is used again at once: a second free of the list it had must come before */
static void test_a_list_freed_twice_takes_nothing_from_others(void **state)
{
    PMDL mdl = quick_run(0, 600);
    union quick_list a, b;

    (void)state;
    assert_true(quick_build(mdl, 600, TO, &a));
    assert_true(quick_build(mdl, 600, TO, &b));
    quick_put(&a);
    quick_put(&a);
    assert_true(quick_same(&b, mdl, 600));
    assert_int_equal(quick_stats().sg_lists_freed, 1);
    assert_int_equal(dd_hal_live_sends(rig.dev), 1);
    assert_int_equal(dd_quick_live_locked(quick), 1);
    quick_put(&b);
    quick_put(&b);
    quick_put(&a);
    assert_int_equal(quick_stats().sg_lists_freed, 2);
    assert_true(quick_build(mdl, 600, TO, &a));
    assert_true(quick_same(&a, mdl, 600));
    quick_put(&a);
    quick_run_free(mdl);
}

#define MANY 1000u

static unsigned slabs(void)
{
    struct dd_list *pos;
    unsigned n = 0;

    DD_LIST_EACH(pos, &quick->slabs) {
        n++;
    }
    return n;
}

static void test_more_lists_than_a_cpu_keeps_records_for(void **state)
{
    PMDL chain = quick_chain(quick_run(5, 54), quick_run(300, 1460));
    union quick_list *l = calloc(MANY, sizeof(*l));
    unsigned records = (MANY + SLAB_RECORDS - 1) / SLAB_RECORDS;

    (void)state;
    assert_non_null(l);
    for (unsigned round = 0; round < 4; round++) {
        for (unsigned i = 0; i < MANY; i++) {
            assert_true(dd_quick_build(quick, 0, chain, 1514, TO, &l[i].list, sizeof(l[i])));
        }
        assert_int_equal(dd_quick_live_locked(quick), MANY);
        assert_int_equal(dd_hal_live_sends(rig.dev), MANY);
        for (unsigned i = 0; i < MANY; i += 7) {
            assert_true(quick_same(&l[i], chain, 1514));
        }
        for (unsigned i = 0; i < MANY; i++) {
            /* the other CPU frees: it hands back what it does not keep */
            dd_quick_put(l[i].list.Reserved, round % 2);
            assert_int_equal(reads(address_of(&l[i], 1)), -EFAULT);
        }
        assert_true(quick->cpu[round % 2].free_count <= KEEP_RECORDS);
        assert_int_equal(dd_domain_live(rig.domain), 0);
    }
    /* not one more than were alive at once, and what a CPU kept meanwhile */
    assert_true(slabs() >= records);
    assert_true(slabs() <= records + KEEP_RECORDS / SLAB_RECORDS);
    free(l);
    quick_run_free(chain);
}

static void test_a_forced_end_leaves_nothing_to_the_device(void **state)
{
    PMDL chain = quick_chain(quick_run(5, 54), quick_run(300, 1460)), rx = quick_run(0, 2048);
    union quick_list l[6];

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        assert_true(dd_quick_build(quick, i % 2, i < 4 ? chain : rx, i < 4 ? 1514 : 2048,
                                   i < 4 ? TO : FROM, &l[i].list, sizeof(l[i])));
    }
    dd_quick_put(l[3].list.Reserved, 0);
    assert_int_equal(dd_hal_adapter_report(ha, false), 5);
    assert_int_equal(dd_hal_live_sends(rig.dev), 3);
    assert_int_equal(dd_domain_live(rig.domain), 8);
    dd_hal_adapter_close(ha);
    ha = NULL;
    assert_int_equal(dd_domain_live(rig.domain), 0);
    assert_int_equal(rig.dev->core.space.busy_pages, 0);
    for (unsigned i = 0; i < 6; i++) {
        uint64_t faults = dd_domain_faults(rig.domain);

        assert_int_equal(reads(address_of(&l[i], 0)), -EFAULT);
        assert_int_equal(writes(address_of(&l[i], 0)), -EFAULT);
        assert_int_equal(dd_domain_faults(rig.domain), faults + 2);
        dd_quick_put(l[i].list.Reserved, i % 2); /* too late, and harmless */
    }
    assert_int_equal(quick_stats().sg_lists_built, 6);
    assert_int_equal(quick_stats().sg_lists_freed, 6);
    assert_int_equal(quick_stats().sg_elements, 10);
    quick_run_free(chain);
    quick_run_free(rx);
}

/* --- device pages --- */

#define LEAF_BYTES (4096ull * 4096)

/* the next stretch of device pages begins @before pages before the end of a leaf: everything else
 * is taken. *ret_held: what was */
static uint64_t stretch_across_leaf(uint32_t before, dd_iova *held, unsigned *ret_held)
{
    struct dd_iova_space *space = &rig.dev->core.space;
    uint64_t end = DD_IOVA_BASE + 5 * LEAF_BYTES;
    unsigned n = 0, kept = 0;

    while (dd_iova_stretch(space, UINT32_MAX, 0, &held[n]) == 0) {
        n++;
    }
    for (unsigned i = 0; i < n; i++) {
        if (held[i].v >= end - 1024 * 4096 && held[i].v < end + 1024 * 4096) {
            dd_iova_free_stretch(space, held[i]);
        } else {
            held[kept++] = held[i];
        }
    }
    assert_true(kept > 900 && n - kept == 4);
    *ret_held = kept;
    space->cursor[1] = (uint32_t)(end >> 12) - before;
    return end;
}

static void test_ranges_at_the_end_of_a_leaf(void **state)
{
    static const uint32_t before[] = {1, 100, 254, 255, 256, 257, 400, 510, 511};
    static dd_iova held[2048];
    static union quick_list l[128];

    (void)state;
    for (unsigned i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        PMDL chain = quick_chain(quick_run(4000, 4000), quick_run(300, 1460));
        unsigned n = 0, count;
        uint64_t end = stretch_across_leaf(before[i], held, &count), first, last;
        const struct chunk *chunk = NULL;

        while (n < 128 && quick_build(chain, 5460, TO, &l[n])) {
            if (n > 0 && quick->cpu[0].chunk != chunk) {
                quick_put(&l[n]); /* another stretch */
                break;
            }
            chunk = quick->cpu[0].chunk;
            n++;
        }
        assert_true(n > 20);
        first = address_of(&l[0], 0);
        last = address_of(&l[n - 1], 1) + 1460;
        assert_true(first >= end - 511 * 4096 && last <= end + 511 * 4096);
        assert_true(last <= end || first >= end); /* one leaf */
        for (unsigned k = 0; k < n; k++) {
            assert_true(quick_same(&l[k], chain, 5460));
            assert_int_equal(reads(address_of(&l[k], 0) - 1), -EFAULT);
            assert_int_equal(reads(address_of(&l[k], 1) + 1460), -EFAULT);
        }
        for (unsigned k = 0; k < n; k++) {
            quick_put(&l[k]);
        }
        assert_int_equal(dd_domain_live(rig.domain), 0);
        dd_quick_chunk_retire(quick, &quick->cpu[0]);
        for (unsigned k = 0; k < count; k++) {
            dd_iova_free_stretch(&rig.dev->core.space, held[k]);
        }
        assert_int_equal(rig.dev->core.space.busy_pages, 0);
        quick_run_free(chain);
        quick_teardown(NULL); /* to begin with a space that is like new */
        quick_setup_mapped(NULL);
    }
}

/* builds and frees lists of @mdls; how often a page came again before 65,536 others of its kind */
static unsigned count_young(PMDL chain, uint64_t len, unsigned lists, uint64_t *ret_wraps)
{
    uint32_t *last = calloc(DD_IOVA_TOP >> 12, sizeof(*last));
    uint64_t highest = 0;
    unsigned young = 0;
    union quick_list l;

    assert_non_null(last);
    *ret_wraps = 0;
    for (uint32_t n = 1; n <= lists; n++) {
        assert_true(dd_quick_build(quick, n / 64 % 2, chain, len, TO, &l.list, sizeof(l)));
        for (ULONG i = 0; i < l.list.NumberOfElements; i++) {
            uint64_t page = address_of(&l, i) >> 12;
            uint64_t end = (address_of(&l, i) + l.list.Elements[i].Length - 1) >> 12;

            assert_true(page >= dd_ram_phys_end(rig.ram) >> 12 && end < DD_IOVA_TOP >> 12);
            for (; page <= end; page++) {
                young += last[page] != 0 && n - last[page] < DD_IOVA_REST;
                last[page] = n;
            }
        }
        *ret_wraps += address_of(&l, 0) + (512ull << 20) < highest;
        highest = address_of(&l, 0) + (512ull << 20) < highest ? 0 : highest;
        highest = address_of(&l, 0) > highest ? address_of(&l, 0) : highest;
        if (n % 997 == 0) {
            assert_true(quick_same(&l, chain, len));
        }
        dd_quick_put(l.list.Reserved, n % 2);
        if (n % 997 == 0) {
            assert_int_equal(reads(address_of(&l, 0)), -EFAULT);
        }
    }
    free(last);
    return young;
}

static void test_pages_rest_while_the_space_goes_round(void **state)
{
    PMDL chain = quick_chain(quick_run(5, 54), quick_run(300, 1460));
    uint64_t wraps;

    (void)state;
    assert_int_equal(count_young(chain, 1514, 300000, &wraps), 0);
    assert_true(wraps >= 2);
    assert_int_equal(rig.dev->core.space.early, 0);
    quick_run_free(chain);
}

static void test_where_the_space_is_too_small_for_rest_it_is_counted(void **state)
{
    PMDL chain = quick_chain(quick_run(5, 32000), quick_run(300, 32000));
    uint64_t wraps;

    (void)state;
    assert_true(count_young(chain, 64000, 60000, &wraps) > 0);
    assert_true(wraps >= 1);
    assert_true(rig.dev->core.space.early > 0);
    quick_run_free(chain);
}

/* --- bounced --- */

static void test_a_send_is_copied_when_it_is_built(void **state)
{
    PMDL chain = quick_chain(quick_run(5, 54), quick_run(3000, 4000));
    uint8_t first = *va_of(chain), got;
    union quick_list l;

    (void)state;
    assert_true(quick_build(chain, 4000, TO, &l));
    assert_int_equal(l.list.NumberOfElements >= 2, 1);
    assert_true(quick_same(&l, chain, 4000));
    *va_of(chain) = (uint8_t)~first;
    assert_int_equal(rig_device(address_of(&l, 0), &got, 1, false), 0);
    assert_int_equal(got, first); /* the data of then */
    assert_int_equal(writes(address_of(&l, 0)), 0);
    assert_int_equal(quick_stats().bounced_bytes, 4000);
    assert_int_equal(quick_stats().map_registers_now, 3);
    quick_put(&l);
    assert_int_equal(*va_of(chain), (uint8_t)~first); /* nothing comes back */
    quick_run_free(chain);
}

static void test_a_receive_comes_back_and_no_byte_more(void **state)
{
    PMDL chain = quick_chain(quick_run(4000, 2000), quick_run(50, 300));
    uint8_t *block[2] = {chain->StartVa, chain->Next->StartVa};
    uint8_t before[2][6000], fill[4 * 4096];
    union quick_list l;

    (void)state;
    memcpy(before[0], block[0], 6000);
    memcpy(before[1], block[1], 350);
    memset(fill, 0xc3, sizeof(fill));
    assert_true(quick_build(chain, 2100, FROM, &l));
    for (ULONG i = 0; i < l.list.NumberOfElements; i++) {
        uint64_t page = address_of(&l, i) & ~4095ull;
        uint64_t end = (address_of(&l, i) + l.list.Elements[i].Length + 4095) & ~4095ull;

        /* a device that writes more than it was told to */
        assert_true(end - page <= sizeof(fill));
        assert_int_equal(rig_device(page, fill, end - page, true), 0);
    }
    assert_memory_equal(block[0], before[0], 6000); /* not yet */
    assert_int_equal(quick_stats().bounced_bytes, 0);
    quick_put(&l);
    memset(before[0] + 4000, 0xc3, 2000);
    memset(before[1] + 50, 0xc3, 100);
    assert_memory_equal(block[0], before[0], 6000);
    assert_memory_equal(block[1], before[1], 350);
    assert_int_equal(quick_stats().bounced_bytes, 2100);
    quick_put(&l); /* twice: nothing is copied again */
    assert_int_equal(quick_stats().bounced_bytes, 2100);
    quick_run_free(chain);
}

static void test_a_forced_end_copies_nothing_back(void **state)
{
    PMDL rx = quick_run(10, 1000), tx = quick_run(10, 1000);
    union quick_list l[2];
    uint8_t before[1010];

    (void)state;
    memcpy(before, rx->StartVa, 1010);
    assert_true(quick_build(rx, 1000, FROM, &l[0]));
    assert_true(quick_build(tx, 1000, TO, &l[1]));
    assert_int_equal(writes(address_of(&l[0], 0)), 0);
    assert_int_equal(dd_hal_adapter_report(ha, false), 2);
    assert_int_equal(quick_stats().map_registers_now, 2);
    dd_hal_adapter_close(ha);
    ha = NULL;
    assert_memory_equal(rx->StartVa, before, 1010);
    assert_int_equal(quick_stats().map_registers_now, 0);
    quick_put(&l[0]);
    assert_memory_equal(rx->StartVa, before, 1010);
    quick_run_free(rx);
    quick_run_free(tx);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        Q(test_the_device_reaches_the_window_and_no_byte_more),
        Q(test_a_window_over_pages_ends_on_its_byte),
        Q(test_the_device_writes_where_the_data_are),
        Q(test_a_list_freed_twice_takes_nothing_from_others),
        Q(test_more_lists_than_a_cpu_keeps_records_for),
        Q(test_a_forced_end_leaves_nothing_to_the_device),
        Q(test_ranges_at_the_end_of_a_leaf),
        Q(test_pages_rest_while_the_space_goes_round),
        Q(test_where_the_space_is_too_small_for_rest_it_is_counted),
        B(test_a_send_is_copied_when_it_is_built),
        B(test_a_receive_comes_back_and_no_byte_more),
        B(test_a_forced_end_copies_nothing_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
