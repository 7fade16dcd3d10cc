/* SPDX-License-Identifier: MIT */
/* The hash map, against a naive twin: an array indexed by key. */
#include "base/map.h"
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEYS 700

static char values[KEYS];

/* keys that look like page addresses, so that low bits say nothing */
static uint64_t key_of(unsigned i)
{
    return 0x7f0000000000ull + (uint64_t)i * 4096;
}

static void check_same(const struct dd_map *m, void **twin)
{
    size_t pos = 0, seen = 0, count = 0;
    uint64_t key;
    void *v;

    for (unsigned i = 0; i < KEYS; i++) {
        assert_ptr_equal(dd_map_get(m, key_of(i)), twin[i]);
        count += twin[i] != NULL;
    }
    assert_int_equal(dd_map_count(m), count);
    while ((v = dd_map_next(m, &pos, &key)) != NULL) {
        assert_ptr_equal(twin[(key - key_of(0)) / 4096], v);
        seen++;
    }
    assert_int_equal(seen, count);
}

static void random_use_agrees_with_a_naive_twin(void **state)
{
    uint64_t seed = dd_random_seed();
    void *twin[KEYS] = {0};
    struct dd_rng rng;
    struct dd_map m;

    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    dd_rng_seed(&rng, seed, 0);
    dd_map_init(&m);
    for (unsigned step = 0; step < 50000; step++) {
        unsigned i = (unsigned)dd_rng_below(&rng, KEYS);

        if (dd_rng_below(&rng, 5) < 2 + (step / 5000) % 2) {
            void *v = &values[dd_rng_below(&rng, KEYS)];

            assert_int_equal(dd_map_put(&m, key_of(i), v), 0);
            twin[i] = v;
        } else {
            assert_ptr_equal(dd_map_del(&m, key_of(i)), twin[i]);
            twin[i] = NULL;
        }
        if (step % 500 == 0) {
            check_same(&m, twin);
        }
    }
    check_same(&m, twin);
    dd_map_done(&m);
}

static void an_empty_map_has_nothing(void **state)
{
    struct dd_map m;
    size_t pos = 0;

    (void)state;
    dd_map_init(&m);
    assert_null(dd_map_get(&m, 0));
    assert_null(dd_map_del(&m, 5));
    assert_null(dd_map_next(&m, &pos, NULL));
    assert_int_equal(dd_map_put(&m, 0, &m), 0);
    assert_ptr_equal(dd_map_get(&m, 0), &m);
    dd_map_done(&m);
    assert_int_equal(dd_map_count(&m), 0);
}

static void the_current_entry_may_be_deleted_while_iterating(void **state)
{
    struct dd_map m;
    size_t pos = 0;
    uint64_t key;

    (void)state;
    dd_map_init(&m);
    for (unsigned i = 0; i < KEYS; i++) {
        dd_map_put(&m, key_of(i), &values[i]);
    }
    while (dd_map_next(&m, &pos, &key) != NULL) {
        dd_map_del(&m, key);
    }
    assert_int_equal(dd_map_count(&m), 0);
    dd_map_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_use_agrees_with_a_naive_twin),
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(the_current_entry_may_be_deleted_while_iterating),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
