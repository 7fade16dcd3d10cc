/* SPDX-License-Identifier: MIT */
#include "ndis/slab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_slots_are_zeroed_and_aligned(void **state)
{
    static const size_t sizes[] = {16, 64, 100, 1000, 1024, 1025, 5000, DD_SLOT_BYTES_MAX};

    (void)state;
    for (size_t i = 0; i < DD_ARRAY_LEN(sizes); i++) {
        struct dd_slot *s = dd_slab_alloc(DD_SLOT_TIMER, sizes[i]);

        assert_non_null(s);
        assert_int_equal((uintptr_t)s % 64, 0);
        assert_true(s->slot_bytes >= sizes[i]);
        for (size_t b = sizeof(*s); b < sizes[i]; b++) {
            assert_int_equal(((unsigned char *)s)[b], 0);
        }
        memset(s + 1, 0xFF, sizes[i] - sizeof(*s));
        dd_slab_free(s);
    }
    assert_null(dd_slab_alloc(DD_SLOT_TIMER, DD_SLOT_BYTES_MAX + 1));
}

static void test_find_knows_every_byte_of_a_slot(void **state)
{
    struct dd_slot *s = dd_slab_alloc(DD_SLOT_NBL, 700);

    (void)state;
    for (size_t b = 0; b < s->slot_bytes; b += 7) {
        assert_ptr_equal(dd_slab_find((char *)s + b), s);
    }
    assert_true(dd_slab_find((char *)s + s->slot_bytes) != s);
    assert_true(dd_slab_find((char *)s - 1) != s);
    assert_true(dd_slab_is(s, DD_SLOT_NBL));
    assert_false(dd_slab_is(s, DD_SLOT_NB));
    assert_false(dd_slab_is((char *)s + 8, DD_SLOT_NBL));
    dd_slab_free(s);
    assert_ptr_equal(dd_slab_find(s), s);
    assert_false(dd_slab_is(s, DD_SLOT_NBL));
}

static void test_find_survives_any_bits(void **state)
{
    int on_stack = 0;
    uintptr_t p = 1;

    (void)state;
    assert_null(dd_slab_find(NULL));
    assert_null(dd_slab_find(&on_stack));
    assert_null(dd_slab_find((void *)UINTPTR_MAX));
    for (unsigned i = 0; i < 64; i++, p <<= 1) {
        (void)dd_slab_find((void *)p);
        (void)dd_slab_find((void *)~p);
    }
}

static void test_freed_slot_is_not_used_again_at_once(void **state)
{
    struct dd_slot *a = dd_slab_alloc(DD_SLOT_CONFIG, 300);
    struct dd_slot *b;

    (void)state;
    dd_slab_free(a);
    b = dd_slab_alloc(DD_SLOT_CONFIG, 300);
    assert_true(a != b);
    dd_slab_free(b);
}

static void test_all_slots_of_a_size_come_back(void **state)
{
    enum {
        N = 3000
    };
    static struct dd_slot *s[N];

    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < N; i++) {
            s[i] = dd_slab_alloc(DD_SLOT_NB, 256);
            assert_non_null(s[i]);
        }
        for (unsigned i = 0; i < N; i++) {
            assert_ptr_equal(dd_slab_find(s[i]), s[i]);
            dd_slab_free(s[i]);
        }
    }
    dd_slab_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slots_are_zeroed_and_aligned),
        cmocka_unit_test(test_find_knows_every_byte_of_a_slot),
        cmocka_unit_test(test_find_survives_any_bits),
        cmocka_unit_test(test_freed_slot_is_not_used_again_at_once),
        cmocka_unit_test(test_all_slots_of_a_size_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
