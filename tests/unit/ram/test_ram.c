/* SPDX-License-Identifier: MIT */
/* Addresses: host <-> physical <-> device side, for each kind of arena. */
#include "base/check.h"
#include "ram/ram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MIB (1ull << 20)

static struct dd_ram *ram_of(uint64_t low, uint64_t high, uint64_t seed, bool shuffle)
{
    struct dd_ram_config c = {.low_bytes = low,
                              .high_bytes = high,
                              .seed = seed,
                              .shuffle = shuffle};
    struct dd_ram *ram;

    assert_int_equal(dd_ram_new(&c, &ram), 0);
    return ram;
}

/* each frame is seen at exactly one host page, and both ways agree */
static void check_all_frames(struct dd_ram *ram, uint64_t first, uint64_t len)
{
    for (uint64_t v = first; v < first + len; v += 4096) {
        void *host = dd_ram_host(ram, (dd_phys){v + 5});

        assert_non_null(host);
        assert_int_equal(dd_ram_phys(ram, host).v, v + 5);
    }
}

static void every_frame_has_one_host_page(void **state)
{
    struct dd_ram *ram = ram_of(64 * MIB, 16 * MIB, 7, true);

    (void)state;
    check_all_frames(ram, DD_PHYS_BASE, 64 * MIB);
    check_all_frames(ram, DD_PHYS_4G, 16 * MIB);
    assert_int_equal(dd_ram_phys_end(ram), DD_PHYS_4G + 16 * MIB);
    dd_ram_free(ram);
}

static void what_is_not_ram_has_no_address(void **state)
{
    struct dd_ram *ram = ram_of(16 * MIB, 0, 7, true);
    int local;

    (void)state;
    assert_true(dd_phys_is_none(dd_ram_phys(ram, &local)));
    assert_true(dd_phys_is_none(dd_ram_phys(ram, NULL)));
    assert_null(dd_ram_host(ram, (dd_phys){0}));
    assert_null(dd_ram_host(ram, (dd_phys){DD_PHYS_BASE + 16 * MIB}));
    assert_null(dd_ram_host(ram, (dd_phys){DD_PHYS_4G}));
    assert_null(dd_ram_at(ram, DD_PHYS_NONE, 1));
    assert_null(dd_ram_at(ram, (dd_phys){DD_PHYS_BASE + 16 * MIB - 10}, 11));
    assert_non_null(dd_ram_at(ram, (dd_phys){DD_PHYS_BASE + 16 * MIB - 10}, 10));
    assert_null(dd_ram_at(ram, (dd_phys){DD_PHYS_BASE - 1}, 2));
    dd_ram_free(ram);
}

static void both_mappings_and_the_descriptor_show_the_same_bytes(void **state)
{
    struct dd_ram *ram = ram_of(16 * MIB, 16 * MIB, 7, true);
    unsigned flags[] = {0, DD_RAM_CONTIG, DD_RAM_HIGH};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        char *p = dd_ram_alloc(ram, 100, 16, flags[i], UINT64_MAX), back[8] = "";
        dd_phys phys = dd_ram_phys(ram, p);

        strcpy(p, "drydock");
        assert_string_equal((char *)dd_ram_at(ram, phys, 8), "drydock");
        assert_int_equal(pread(dd_ram_fd(ram), back, 8, (off_t)dd_ram_fd_offset(ram, phys)), 8);
        assert_string_equal(back, "drydock");
        assert_int_equal(dd_ram_free_block(ram, p, NULL), 0);
    }
    dd_ram_free(ram);
}

/* pages of one large block that do not follow the page before in physical memory */
static unsigned breaks(struct dd_ram *ram, uint64_t *ret_hash)
{
    char *p = dd_ram_alloc(ram, 4 * MIB, 4096, DD_RAM_PAGES, UINT64_MAX);
    unsigned n = 0;

    *ret_hash = 0;
    for (uint64_t i = 4096; i < 4 * MIB; i += 4096) {
        n += dd_ram_phys(ram, p + i).v != dd_ram_phys(ram, p + i - 4096).v + 4096;
        *ret_hash = *ret_hash * 31 + dd_ram_phys(ram, p + i).v;
    }
    dd_ram_free_block(ram, p, NULL);
    dd_ram_free(ram);
    return n;
}

static void shuffled_memory_is_not_contiguous_and_follows_the_seed(void **state)
{
    uint64_t a, b, c, d;

    (void)state;
    assert_true(breaks(ram_of(256 * MIB, 0, 1, true), &a) > 20);
    assert_true(breaks(ram_of(256 * MIB, 0, 1, true), &b) > 20);
    assert_true(breaks(ram_of(256 * MIB, 0, 2, true), &c) > 20);
    assert_int_equal(a, b);
    assert_int_not_equal(a, c);
    assert_int_equal(breaks(ram_of(256 * MIB, 0, 1, false), &d), 0);
}

static void memory_can_be_made_and_dropped_many_times(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        struct dd_ram *ram = ram_of(16 * MIB, 0, i, true);

        assert_non_null(dd_ram_alloc(ram, 10, 16, 0, UINT64_MAX));
        dd_ram_free(ram);
    }
    dd_ram_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_frame_has_one_host_page),
        cmocka_unit_test(what_is_not_ram_has_no_address),
        cmocka_unit_test(both_mappings_and_the_descriptor_show_the_same_bytes),
        cmocka_unit_test(shuffled_memory_is_not_contiguous_and_follows_the_seed),
        cmocka_unit_test(memory_can_be_made_and_dropped_many_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
