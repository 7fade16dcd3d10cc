/* SPDX-License-Identifier: MIT */
/* The allocator of emulated RAM, alone and against a naive twin that remembers every live block. */
#include "base/random.h"
#include "ram/ram.h"

#include "base/check.h"
#include "base/thread.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MIB (1ull << 20)

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifdef WITH_ASAN
int __asan_address_is_poisoned(void const volatile *addr);
#endif

static struct dd_ram *ram_of(uint64_t low, uint64_t high, uint64_t seed)
{
    struct dd_ram_config c = {.low_bytes = low, .high_bytes = high, .seed = seed, .shuffle = true};
    struct dd_ram *ram;

    assert_int_equal(dd_ram_new(&c, &ram), 0);
    return ram;
}

/* write past the block the way a device would: through the second mapping */
static void poke(struct dd_ram *ram, const char *ptr, uint8_t add)
{
    char *at = dd_ram_at(ram, dd_ram_phys(ram, ptr), 1);

    assert_non_null(at);
    *at = (char)(*at + (char)add);
}

static void sizes_out_of_range_are_refused(void **state)
{
    struct dd_ram *ram;

    (void)state;
    assert_int_equal(dd_ram_new(&(struct dd_ram_config){.low_bytes = 8 * MIB}, &ram), -EINVAL);
    assert_int_equal(dd_ram_new(&(struct dd_ram_config){.low_bytes = 4096 * MIB}, &ram), -EINVAL);
    assert_int_equal(dd_ram_new(&(struct dd_ram_config){.low_bytes = 16 * MIB + 1}, &ram), -EINVAL);
}

static void small_blocks_never_cross_a_page(void **state)
{
    struct dd_ram *ram = ram_of(16 * MIB, 0, 1);

    (void)state;
    for (size_t size = 1; size < 4096; size += 7) {
        for (size_t align = 1; align <= 4096; align *= 4) {
            char *p = dd_ram_alloc(ram, size, align, 0, UINT64_MAX);

            assert_non_null(p);
            assert_int_equal((uintptr_t)p % (align < 16 ? 16 : align), 0);
            assert_int_equal((uintptr_t)p / 4096, ((uintptr_t)p + size - 1) / 4096);
            memset(p, 1, size);
            assert_int_equal(dd_ram_free_block(ram, p, NULL), 0);
        }
    }
    assert_int_equal(dd_ram_live_bytes(ram), 0);
    dd_ram_free(ram);
}

static void blocks_of_a_page_or_more_are_page_aligned(void **state)
{
    struct dd_ram *ram = ram_of(16 * MIB, 0, 1);
    size_t sizes[] = {4096, 4097, 8191, 8192, 100000, MIB};

    (void)state;
    for (unsigned i = 0; i < DD_ARRAY_LEN(sizes); i++) {
        char *p = dd_ram_alloc(ram, sizes[i], 1, 0, UINT64_MAX);

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 4096, 0);
        memset(p, 1, sizes[i]);
        assert_int_equal(dd_ram_free_block(ram, p, NULL), 0);
    }
    dd_ram_free(ram);
}

static void a_write_past_either_end_is_found_at_its_offset(void **state)
{
    struct dd_ram *ram = ram_of(16 * MIB, 0, 3);
    size_t sizes[] = {1, 24, 100, 1000, 2048, 4000, 4090, 4096, 9000, 65536};
    int64_t bad = 0;

    (void)state;
    for (unsigned i = 0; i < DD_ARRAY_LEN(sizes); i++) {
        for (unsigned after = 0; after < 16; after++) {
            char *p = dd_ram_alloc(ram, sizes[i], 16, 0, UINT64_MAX);

            assert_int_equal(dd_ram_check_block(ram, p, &bad), 0);
            poke(ram, p + sizes[i] + after, 1);
            assert_int_equal(dd_ram_check_block(ram, p, &bad), -EFAULT);
            assert_int_equal(bad, sizes[i] + after);
            bad = 0;
            assert_int_equal(dd_ram_free_block(ram, p, &bad), -EFAULT);
            assert_int_equal(bad, sizes[i] + after);
        }
        if (sizes[i] <= 4000) {
            char *p = dd_ram_alloc(ram, sizes[i], 16, 0, UINT64_MAX);

            poke(ram, p - 1, 1);
            assert_int_equal(dd_ram_free_block(ram, p, &bad), -EFAULT);
            assert_int_equal(bad, -1);
        }
    }
    assert_int_equal(dd_ram_live_bytes(ram), 0);
    dd_ram_free(ram);
}

static void wrong_pointers_are_refused_and_nothing_happens(void **state)
{
    struct dd_ram *ram = ram_of(16 * MIB, 0, 1);
    char *p = dd_ram_alloc(ram, 100, 16, 0, UINT64_MAX),
         *q = dd_ram_alloc(ram, 10000, 16, 0, UINT64_MAX);
    char local;
    size_t size;

    (void)state;
    assert_int_equal(dd_ram_free_block(ram, p + 16, NULL), -EINVAL);
    assert_int_equal(dd_ram_free_block(ram, q + 4096, NULL), -EINVAL);
    assert_int_equal(dd_ram_free_block(ram, &local, NULL), -EINVAL);
    assert_int_equal(dd_ram_free_block(ram, NULL, NULL), -EINVAL);
    assert_int_equal(dd_ram_live_bytes(ram), 10100);
    assert_ptr_equal(dd_ram_block(ram, p + 99, &size), p);
    assert_int_equal(size, 100);
    assert_null(dd_ram_block(ram, p + 100, &size));
    assert_ptr_equal(dd_ram_block(ram, q + 9999, &size), q);
    assert_int_equal(dd_ram_free_block(ram, p, NULL), 0);
    assert_int_equal(dd_ram_free_block(ram, p, NULL), -EINVAL);
    assert_null(dd_ram_block(ram, p, &size));
    assert_int_equal(dd_ram_free_block(ram, q, NULL), 0);
    dd_ram_free(ram);
}

static void freed_blocks_are_filled_and_not_used_again_soon(void **state)
{
    struct dd_ram *ram = ram_of(16 * MIB, 0, 1);
    uint8_t *p = dd_ram_alloc(ram, 64, 16, 0, UINT64_MAX), *dev, first;

    (void)state;
    dev = dd_ram_at(ram, dd_ram_phys(ram, p), 64);
    first = p[0];
    assert_int_equal(first & 0x80, 0x80);
    assert_int_equal(p[63], first);
    assert_int_equal(dd_ram_free_block(ram, p, NULL), 0);
    assert_int_not_equal(dev[0], first);
    assert_int_equal(dev[63], dev[0]);
    for (unsigned i = 0; i < 200; i++) {
        uint8_t *q = dd_ram_alloc(ram, 64, 16, DD_RAM_ZERO, UINT64_MAX);

        assert_ptr_not_equal(p, q);
        assert_int_equal(q[0] | q[63], 0);
        assert_int_equal(dd_ram_free_block(ram, q, NULL), 0);
    }
    dd_ram_free(ram);
}

static void contiguous_blocks_are_contiguous_and_below_their_limit(void **state)
{
    struct dd_ram *ram = ram_of(64 * MIB, 0, 1);
    uint64_t limit = DD_PHYS_BASE + 2 * MIB - 1;
    unsigned count = 0;
    char *p;

    (void)state;
    while ((p = dd_ram_alloc(ram, 20000, 4096, DD_RAM_CONTIG, limit)) != NULL) {
        dd_phys at = dd_ram_phys(ram, p);

        for (unsigned i = 0; i < 20000; i += 1000) {
            assert_int_equal(dd_ram_phys(ram, p + i).v, at.v + i);
        }
        assert_true(at.v + 19999 <= limit);
        count++;
    }
    assert_int_equal(count, 2 * MIB / 4096 / 5);
    p = dd_ram_alloc(ram, 20000, 4096, DD_RAM_CONTIG, UINT64_MAX);
    assert_non_null(p);
    assert_null(dd_ram_alloc(ram, 20, 16, DD_RAM_CONTIG, limit));
    assert_null(dd_ram_alloc(ram, 20, 16, DD_RAM_CONTIG, 0xfff));
    dd_ram_free(ram);
}

static void high_blocks_lie_above_4g_when_there_is_high_ram(void **state)
{
    struct dd_ram *ram = ram_of(16 * MIB, 32 * MIB, 5);
    char *p = dd_ram_alloc(ram, 1500, 16, DD_RAM_HIGH, UINT64_MAX);

    (void)state;
    assert_true(dd_ram_phys(ram, p).v >= DD_PHYS_4G);
    assert_int_equal(dd_ram_free_block(ram, p, NULL), 0);
    dd_ram_free(ram);
    ram = ram_of(16 * MIB, 0, 5);
    p = dd_ram_alloc(ram, 1500, 16, DD_RAM_HIGH, UINT64_MAX);
    assert_true(dd_ram_phys(ram, p).v < DD_PHYS_4G);
    dd_ram_free(ram);
}

static void memory_runs_out_and_comes_back(void **state)
{
    struct dd_ram *ram = ram_of(16 * MIB, 0, 1);
    void *blocks[64];
    unsigned n = 0, again = 0;

    (void)state;
    while (n < 64 &&
           (blocks[n] = dd_ram_alloc(ram, MIB / 4, 16, DD_RAM_PAGES, UINT64_MAX)) != NULL) {
        n++;
    }
    assert_int_equal(n, 48);
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(dd_ram_free_block(ram, blocks[i], NULL), 0);
    }
    while (again < 64 && dd_ram_alloc(ram, MIB / 4, 16, DD_RAM_PAGES, UINT64_MAX) != NULL) {
        again++;
    }
    assert_int_equal(again, n);
    dd_ram_free(ram);
}

#ifdef WITH_ASAN
static void the_sanitizer_knows_what_is_allocated(void **state)
{
    struct dd_ram *ram = ram_of(16 * MIB, 0, 1);
    char *p = dd_ram_alloc(ram, 100, 16, 0, UINT64_MAX);

    (void)state;
    assert_false(__asan_address_is_poisoned(p));
    assert_false(__asan_address_is_poisoned(p + 99));
    assert_true(__asan_address_is_poisoned(p + 100));
    assert_true(__asan_address_is_poisoned(p - 1));
    assert_int_equal(dd_ram_free_block(ram, p, NULL), 0);
    assert_true(__asan_address_is_poisoned(p));
    dd_ram_free(ram);
}
#endif

/* --- model test --- */

#define TWINS 600

struct twin {
    char *p;
    size_t size;
    unsigned flags;
    uint8_t mark;
};

static void twin_check(struct dd_ram *ram, const struct twin *t)
{
    size_t size = 0;

    assert_ptr_equal(dd_ram_block(ram, t->p + t->size / 2, &size), t->p);
    assert_int_equal(size, t->size);
    assert_int_equal((uint8_t)t->p[0], t->mark);
    assert_int_equal((uint8_t)t->p[t->size - 1], t->mark);
    assert_int_equal(dd_ram_check_block(ram, t->p, NULL), 0);
}

static size_t random_size(struct dd_rng *rng)
{
    switch (dd_rng_below(rng, 4)) {
    case 0:
        return 1 + dd_rng_below(rng, 64);
    case 1:
        return 1 + dd_rng_below(rng, 2100);
    case 2:
        return 3900 + dd_rng_below(rng, 400);
    default:
        return 1 + dd_rng_below(rng, 20000);
    }
}

static void random_use_agrees_with_a_naive_twin(void **state)
{
    uint64_t seed = dd_random_seed(), live = 0;
    struct dd_ram *ram = ram_of(32 * MIB, 0, seed);
    static struct twin twins[TWINS];
    struct dd_rng rng;

    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    dd_rng_seed(&rng, seed, 9);
    memset(twins, 0, sizeof(twins));
    for (unsigned step = 0; step < 60000; step++) {
        struct twin *t = &twins[dd_rng_below(&rng, TWINS)];

        if (t->p == NULL) {
            t->size = random_size(&rng);
            t->flags = (unsigned)dd_rng_below(&rng, 16) & ~(unsigned)DD_RAM_HIGH;
            t->p = dd_ram_alloc(ram, t->size, 1ull << dd_rng_below(&rng, 13), t->flags, UINT64_MAX);
            if (t->p != NULL) {
                t->mark = (uint8_t)dd_rng_u64(&rng);
                memset(t->p, t->mark, t->size);
                live += t->size;
            }
        } else {
            twin_check(ram, t);
            if (dd_rng_below(&rng, 2) == 0) {
                assert_int_equal(dd_ram_free_block(ram, t->p, NULL), 0);
                live -= t->size;
                t->p = NULL;
            }
        }
        assert_int_equal(dd_ram_live_bytes(ram), live);
    }
    for (unsigned i = 0; i < TWINS; i++) {
        if (twins[i].p != NULL) {
            twin_check(ram, &twins[i]);
            assert_int_equal(dd_ram_free_block(ram, twins[i].p, NULL), 0);
        }
    }
    assert_int_equal(dd_ram_live_bytes(ram), 0);
    dd_ram_free(ram);
}

/* --- threads --- */

struct user {
    struct dd_ram *ram;
    uint64_t seed;
    unsigned wrong;
};

static void use(void *arg)
{
    struct user *u = arg;
    struct dd_rng rng;
    char *blocks[16] = {0};

    dd_rng_seed(&rng, u->seed, 0);
    for (unsigned i = 0; i < 4000; i++) {
        unsigned at = (unsigned)dd_rng_below(&rng, 16);

        if (blocks[at] != NULL) {
            u->wrong += blocks[at][0] != (char)u->seed;
            u->wrong += dd_ram_free_block(u->ram, blocks[at], NULL) != 0;
            blocks[at] = NULL;
        } else {
            blocks[at] = dd_ram_alloc(u->ram, random_size(&rng), 16, 0, UINT64_MAX);
            if (blocks[at] != NULL) {
                blocks[at][0] = (char)u->seed;
            }
        }
    }
    for (unsigned i = 0; i < 16; i++) {
        u->wrong += blocks[i] != NULL && dd_ram_free_block(u->ram, blocks[i], NULL) != 0;
    }
}

static void threads_do_not_disturb_each_other(void **state)
{
    struct dd_ram *ram = ram_of(16 * MIB, 0, 1);
    struct dd_thread *threads[4];
    struct user users[4];

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        users[i] = (struct user){ram, i + 1, 0};
        assert_int_equal(dd_thread_start("user", use, &users[i], &threads[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        dd_thread_join(threads[i]);
        assert_int_equal(users[i].wrong, 0);
    }
    assert_int_equal(dd_ram_live_bytes(ram), 0);
    dd_ram_free(ram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_out_of_range_are_refused),
        cmocka_unit_test(small_blocks_never_cross_a_page),
        cmocka_unit_test(blocks_of_a_page_or_more_are_page_aligned),
        cmocka_unit_test(a_write_past_either_end_is_found_at_its_offset),
        cmocka_unit_test(wrong_pointers_are_refused_and_nothing_happens),
        cmocka_unit_test(freed_blocks_are_filled_and_not_used_again_soon),
        cmocka_unit_test(contiguous_blocks_are_contiguous_and_below_their_limit),
        cmocka_unit_test(high_blocks_lie_above_4g_when_there_is_high_ram),
        cmocka_unit_test(memory_runs_out_and_comes_back),
#ifdef WITH_ASAN
        cmocka_unit_test(the_sanitizer_knows_what_is_allocated),
#endif
        cmocka_unit_test(random_use_agrees_with_a_naive_twin),
        cmocka_unit_test(threads_do_not_disturb_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
