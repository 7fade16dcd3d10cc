/* SPDX-License-Identifier: MIT */
#include "dma/iova.h"

#include "base/check.h"
#include "base/random.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RAM_END  (0x100000ull + (256ull << 20))
#define LIMIT_32 0xffffffffull
#define LIMIT_24 0xffffffull

static int setup(void **state)
{
    struct dd_iova_space *s = malloc(sizeof(*s));

    assert_int_equal(dd_iova_space_init(s, RAM_END), 0);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct dd_iova_space *s = *state;

    assert_int_equal(s->busy_pages, 0);
    dd_iova_space_done(s);
    free(s);
    return 0;
}

static uint64_t get(struct dd_iova_space *s, uint32_t pages, uint64_t limit)
{
    dd_iova v = {1};

    assert_int_equal(dd_iova_alloc(s, pages, limit, &v), 0);
    assert_int_equal(v.v & DD_PAGE_MASK, 0);
    assert_true(v.v + (uint64_t)pages * DD_PAGE_BYTES - 1 <= limit);
    return v.v;
}

static uint64_t stretch(struct dd_iova_space *s, uint64_t limit, uint32_t handed)
{
    dd_iova v = {1};

    assert_int_equal(dd_iova_stretch(s, limit, handed, &v), 0);
    assert_int_equal(v.v & DD_PAGE_MASK, 0);
    assert_true(v.v + (uint64_t)DD_IOVA_STRETCH * DD_PAGE_BYTES - 1 <= limit);
    return v.v;
}

static void put(struct dd_iova_space *s, uint64_t v, uint32_t pages)
{
    dd_iova_free(s, (dd_iova){v}, pages);
}

static void test_addresses_lie_apart_from_ram(void **state)
{
    uint64_t wide = get(*state, 1, UINT64_MAX), word = get(*state, 3, LIMIT_32),
             half = get(*state, 1, 0x7fffffff);

    assert_true(wide >= DD_IOVA_BASE && word >= DD_IOVA_BASE);
    assert_true(half >= RAM_END && half < DD_IOVA_BASE);
    put(*state, wide, 1);
    put(*state, word, 3);
    put(*state, half, 1);
}

static void test_no_address_is_an_interrupt_message(void **state)
{
    dd_iova v;

    /* the whole high window at once, then nothing more of that size */
    uint32_t pages = (uint32_t)((DD_IOVA_TOP - DD_IOVA_BASE) / DD_PAGE_BYTES) - 1;
    uint64_t all = get(*state, pages, UINT64_MAX);

    assert_true(all + (uint64_t)pages * DD_PAGE_BYTES <= DD_IOVA_TOP);
    assert_int_equal(dd_iova_alloc(*state, pages, UINT64_MAX, &v), -ENOSPC);
    put(*state, all, pages);
}

static void test_a_full_high_window_falls_back_below_it(void **state)
{
    uint32_t pages = (uint32_t)((DD_IOVA_TOP - DD_IOVA_BASE) / DD_PAGE_BYTES) - 1;
    uint64_t all = get(*state, pages, LIMIT_32), more = get(*state, 4, LIMIT_32);

    assert_true(more >= RAM_END && more < DD_IOVA_BASE);
    put(*state, all, pages);
    put(*state, more, 4);
}

static void test_a_page_of_nobody_follows_each_range(void **state)
{
    uint64_t a = get(*state, 2, UINT64_MAX), b = get(*state, 1, UINT64_MAX);

    assert_int_equal(b, a + 3 * DD_PAGE_BYTES);
    put(*state, a, 2);
    put(*state, b, 1);
}

static void test_a_freed_page_rests_for_65536_ranges(void **state)
{
    struct dd_iova_space *s = *state;
    uint64_t first = get(s, 1, UINT64_MAX), window = (DD_IOVA_TOP - DD_IOVA_BASE) / DD_PAGE_BYTES;
    uint32_t hog = (uint32_t)(window - 2 * 65536 - 8);
    uint64_t kept = get(s, hog, UINT64_MAX), v;
    unsigned count = 0;

    /* room for little more than 65,536 ranges of a page and its guard is left */
    put(s, first, 1);
    do {
        v = get(s, 1, UINT64_MAX);
        put(s, v, 1);
        count++;
    } while (v != first);
    assert_true(count > 65536);
    assert_true(count < 65536 + 16);
    assert_int_equal(s->early, 0);
    put(s, kept, hog);
}

static void test_a_narrow_device_reuses_the_oldest_first(void **state)
{
    struct dd_iova_space *s = *state;
    uint64_t first = get(s, 1, LIMIT_24), v;
    unsigned count = 0;

    put(s, first, 1);
    do {
        v = get(s, 1, LIMIT_24);
        put(s, v, 1);
        count++;
    } while (v != first);
    assert_int_equal(count,
                     (LIMIT_24 + 1) / DD_PAGE_BYTES - 16); /* all pages of the window went by */
    assert_true(s->early > 0);
}

static void test_a_narrow_device_can_run_out(void **state)
{
    uint64_t held[4096];
    unsigned n = 0;
    dd_iova v;

    while (dd_iova_alloc(*state, 1, LIMIT_24, &v) == 0) {
        held[n++] = v.v;
    }
    assert_int_equal(n, 4096 - 16);
    put(*state, held[7], 1);
    assert_int_equal(get(*state, 1, LIMIT_24), held[7]);
    for (unsigned i = 0; i < n; i++) {
        put(*state, held[i], 1);
    }
}

/* the twin: an array of booleans */
static void test_ranges_never_overlap(void **state)
{
    static struct {
        uint64_t at;
        uint32_t pages;
        bool stretch;
    } held[512];
    static unsigned char owned[DD_IOVA_TOP >> DD_PAGE_SHIFT];
    uint64_t seed = dd_random_seed();
    struct dd_rng rng;

    print_message("seed %llu\n", (unsigned long long)seed);
    dd_rng_seed(&rng, seed, 0);
    for (unsigned step = 0; step < 200000; step++) {
        unsigned i = (unsigned)dd_rng_below(&rng, DD_ARRAY_LEN(held));
        uint64_t page = held[i].at >> DD_PAGE_SHIFT;

        if (held[i].pages > 0) {
            memset(owned + page, 0, held[i].pages);
            if (held[i].stretch) {
                dd_iova_free_stretch(*state, (dd_iova){held[i].at});
            } else {
                put(*state, held[i].at, held[i].pages);
            }
            held[i].pages = 0;
            continue;
        }
        held[i].stretch = dd_rng_below(&rng, 4) == 0;
        if (held[i].stretch) {
            held[i].pages = DD_IOVA_STRETCH;
            held[i].at = stretch(*state, LIMIT_32, (uint32_t)dd_rng_below(&rng, 200));
        } else {
            held[i].pages = 1 + (uint32_t)dd_rng_below(&rng, 40);
            held[i].at =
                get(*state, held[i].pages, dd_rng_below(&rng, 4) == 0 ? 0x3fffffff : LIMIT_32);
        }
        page = held[i].at >> DD_PAGE_SHIFT;
        for (uint32_t k = 0; k < held[i].pages; k++) {
            assert_int_equal(owned[page + k], 0);
            owned[page + k] = 1;
        }
    }
    for (unsigned i = 0; i < DD_ARRAY_LEN(held); i++) {
        if (held[i].pages > 0 && held[i].stretch) {
            dd_iova_free_stretch(*state, (dd_iova){held[i].at});
        } else if (held[i].pages > 0) {
            put(*state, held[i].at, held[i].pages);
        }
    }
}

/* some are blocks taken whole; where a single range was, pages are looked for one by one */
static void test_a_stretch_rests_as_its_ranges_would(void **state)
{
    struct dd_iova_space *s = *state;
    uint64_t first, seen_after = 0;

    first = stretch(s, LIMIT_32, 0);
    dd_iova_free_stretch(s, (dd_iova){first});
    for (uint64_t lists = 0; lists < 200000 && seen_after == 0; lists += 100) {
        uint64_t at = stretch(s, LIMIT_32, 100);

        dd_iova_free_stretch(s, (dd_iova){at});
        seen_after = at == first ? lists + 1 : 0;
    }
    assert_true(seen_after == 0 || seen_after > DD_IOVA_REST);
    assert_int_equal(s->early, 0);
}

static void test_a_page_of_nobody_follows_a_stretch(void **state)
{
    struct dd_iova_space *s = *state;
    uint64_t at[8];

    for (unsigned i = 0; i < DD_ARRAY_LEN(at); i++) {
        at[i] = stretch(s, LIMIT_32, 0);
        for (unsigned k = 0; k < i; k++) {
            uint64_t apart = at[i] > at[k] ? at[i] - at[k] : at[k] - at[i];

            assert_true(apart > DD_IOVA_STRETCH * DD_PAGE_BYTES);
        }
    }
    for (unsigned i = 0; i < DD_ARRAY_LEN(at); i++) {
        dd_iova_free_stretch(s, (dd_iova){at[i]});
    }
}

/* no block is free alike: ranges everywhere */
static void test_a_stretch_is_found_among_ranges(void **state)
{
    enum {
        RANGES = 4000
    };
    static uint64_t held[RANGES];
    struct dd_iova_space *s = *state;
    uint64_t at;

    for (unsigned i = 0; i < RANGES; i++) {
        held[i] = get(s, 127, LIMIT_32);
    }
    at = stretch(s, LIMIT_32, 0);
    for (unsigned i = 0; i < RANGES; i++) {
        assert_true(at >= held[i] + 128 * DD_PAGE_BYTES ||
                    held[i] >= at + (DD_IOVA_STRETCH + 1) * DD_PAGE_BYTES);
        put(s, held[i], 127);
    }
    dd_iova_free_stretch(s, (dd_iova){at});
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(test_addresses_lie_apart_from_ram),
        T(test_no_address_is_an_interrupt_message),
        T(test_a_full_high_window_falls_back_below_it),
        T(test_a_page_of_nobody_follows_each_range),
        T(test_a_freed_page_rests_for_65536_ranges),
        T(test_a_narrow_device_reuses_the_oldest_first),
        T(test_a_narrow_device_can_run_out),
        T(test_ranges_never_overlap),
        T(test_a_stretch_rests_as_its_ranges_would),
        T(test_a_page_of_nobody_follows_a_stretch),
        T(test_a_stretch_is_found_among_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
