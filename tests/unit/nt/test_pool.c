/* SPDX-License-Identifier: MIT */
#include "svc_test.h"

#include "base/random.h"
#include "nt/blocks.h"
#include "nt/pool.h"

#include <errno.h>

#define TAG 0x74736554u

static int site_a, site_b; /* stand for call sites */

static void blocks_are_aligned_and_in_ram(void **state)
{
    (void)state;
    for (size_t size = 1; size < 20000; size = size * 3 + 1) {
        char *p = ExAllocatePoolWithTag(NonPagedPoolNx, size, TAG);

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        if (size < 4096) {
            assert_int_equal((uintptr_t)p / 4096, ((uintptr_t)p + size - 1) / 4096);
        } else {
            assert_int_equal((uintptr_t)p % 4096, 0);
        }
        assert_false(dd_phys_is_none(dd_ram_phys(nt_test.ram, p)));
        memset(p, 1, size);
        ExFreePoolWithTag(p, TAG);
    }
    assert_int_equal(EVENTS(POOL_BAD_FREE) + EVENTS(POOL_CORRUPT) + EVENTS(OBJECT_BAD), 0);
    assert_int_equal(dd_pool_live_bytes(), 0);
}

static bool all_are(const unsigned char *p, size_t n, int value)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != value) {
            return false;
        }
    }
    return true;
}

static void memory_is_poison_unless_zeroes_are_promised(void **state)
{
    unsigned char *p = ExAllocatePoolWithTag(NonPagedPool, 100, TAG);

    (void)state;
    assert_false(all_are(p, 100, 0));
    ExFreePool(p);
    p = ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, TAG);
    assert_true(all_are(p, 100, 0));
    ExFreePool(p);
    p = ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_UNINITIALIZED, 100, TAG);
    assert_false(all_are(p, 100, 0));
    ExFreePool(p);
    p = ExAllocatePoolWithTag((POOL_TYPE)(NonPagedPoolNx | POOL_ZERO_ALLOCATION), 100, TAG);
    assert_true(all_are(p, 100, 0));
    ExFreePool(p);
}

static void cache_aligned_pool_is_aligned_to_a_cache_line(void **state)
{
    void *p[8];

    (void)state;
    for (int i = 0; i < 8; i++) {
        p[i] = ExAllocatePoolWithTag(NonPagedPoolNxCacheAligned, 24, TAG);
        assert_int_equal((uintptr_t)p[i] % 64, 0);
    }
    for (int i = 0; i < 8; i++) {
        ExFreePoolWithTag(p[i], TAG);
    }
}

static void wrong_tag_is_reported_and_freed(void **state)
{
    void *p = dd_pool_alloc(10, TAG, NULL, DD_LEAK_POOL, &site_a);

    (void)state;
    dd_pool_free(p, TAG + 1, &site_b);
    assert_int_equal(EVENTS(POOL_BAD_FREE), 1);
    assert_int_equal(LAST(POOL_BAD_FREE)->a, DD_POOL_WRONG_TAG);
    assert_int_equal(LAST(POOL_BAD_FREE)->b, TAG + 1);
    assert_int_equal(LAST(POOL_BAD_FREE)->c, TAG);
    assert_ptr_equal(LAST(POOL_BAD_FREE)->site, &site_b);
    assert_ptr_equal(LAST(POOL_BAD_FREE)->data, &site_a);
    assert_int_equal(dd_pool_live_bytes(), 0);
}

static void second_free_is_told_from_a_wild_pointer(void **state)
{
    char *p = dd_pool_alloc(10, TAG, NULL, DD_LEAK_POOL, &site_a),
         *q = dd_pool_alloc(100, TAG, NULL, DD_LEAK_POOL, &site_b);
    int local;

    (void)state;
    dd_pool_free(p, 0, NULL);
    dd_pool_free(p, 0, NULL);
    assert_int_equal(LAST(POOL_BAD_FREE)->a, DD_POOL_DOUBLE_FREE);
    assert_ptr_equal(LAST(POOL_BAD_FREE)->data, &site_a);
    dd_pool_free(&local, 0, NULL);
    assert_int_equal(LAST(POOL_BAD_FREE)->a, DD_POOL_UNKNOWN);
    dd_pool_free(q + 8, 0, NULL);
    assert_int_equal(LAST(POOL_BAD_FREE)->a, DD_POOL_INSIDE);
    assert_ptr_equal(LAST(POOL_BAD_FREE)->data, &site_b);
    dd_pool_free(NULL, 0, NULL);
    assert_int_equal(LAST(POOL_BAD_FREE)->a, DD_POOL_NULL);
    assert_int_equal(EVENTS(POOL_BAD_FREE), 4);
    assert_int_equal(dd_pool_live_bytes(), 100);
    dd_pool_free(q, TAG, NULL);
    assert_int_equal(EVENTS(POOL_BAD_FREE), 4);
}

__attribute__((no_sanitize("address"))) static void poke(char *p)
{
    *(volatile char *)p = (char)(*p + 1);
}

static void overrun_and_underrun_are_found_at_free(void **state)
{
    char *p = dd_pool_alloc(33, TAG, NULL, DD_LEAK_POOL, &site_a);

    (void)state;
    poke(p + 33);
    dd_pool_free(p, TAG, &site_b);
    assert_int_equal(EVENTS(POOL_CORRUPT), 1);
    assert_ptr_equal(LAST(POOL_CORRUPT)->obj, p);
    assert_int_equal((int64_t)LAST(POOL_CORRUPT)->a, 33);
    assert_int_equal(LAST(POOL_CORRUPT)->b, 33);
    assert_ptr_equal(LAST(POOL_CORRUPT)->data, &site_a);
    p = dd_pool_alloc(33, TAG, NULL, DD_LEAK_POOL, &site_a);
    poke(p - 1);
    dd_pool_free(p, TAG, &site_b);
    assert_int_equal(EVENTS(POOL_CORRUPT), 2);
    assert_int_equal((int64_t)LAST(POOL_CORRUPT)->a, -1);
}

static void zero_bytes_give_a_block_and_a_report(void **state)
{
    void *p = ExAllocatePoolWithTag(NonPagedPool, 0, TAG);

    (void)state;
    assert_non_null(p);
    assert_string_equal(WORDS(OBJECT_BAD), "pool allocation of zero bytes");
    ExFreePoolWithTag(p, TAG);
    assert_int_equal(EVENTS(POOL_BAD_FREE), 0);
}

static void pool2_refuses_bad_flags(void **state)
{
    void *p;

    (void)state;
    assert_null(ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, 0));
    assert_null(ExAllocatePool2(POOL_FLAG_NON_PAGED | 0x1000, 10, TAG));
    assert_null(ExAllocatePool2(0, 10, TAG));
    assert_null(ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_PAGED, 10, TAG));
    assert_int_equal(EVENTS(OBJECT_BAD), 4);
    p = ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_SPECIAL_POOL | (1ull << 40), 10, TAG);
    assert_non_null(p);
    ExFreePoolWithTag(p, TAG);
    assert_int_equal(EVENTS(OBJECT_BAD), 4);
}

static void pool3_takes_known_and_optional_parameters(void **state)
{
    POOL_EXTENDED_PARAMETER param[2] = {{.Type = PoolExtendedParameterPriority,
                                         .Priority = LowPoolPriority},
                                        {.Type = PoolExtendedParameterSecurePool, .Optional = 1}};
    void *p = ExAllocatePool3(POOL_FLAG_NON_PAGED, 10, TAG, param, 2);

    (void)state;
    assert_non_null(p);
    ExFreePool(p);
    param[1].Optional = 0;
    assert_null(ExAllocatePool3(POOL_FLAG_NON_PAGED, 10, TAG, param, 2));
}

static void failure_is_null_or_raises(void **state)
{
    (void)state;
    svc_test.fail[DD_FAIL_POOL] = 2;
    assert_null(ExAllocatePoolWithTag(NonPagedPool, 10, TAG));
    assert_null(
        ExAllocatePoolWithQuotaTag((POOL_TYPE)(NonPagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE), 10,
                                   TAG));
    svc_test.fail[DD_FAIL_POOL] = 1;
    ASSERT_BUGCHECK((void)ExAllocatePoolWithQuotaTag(NonPagedPool, 10, TAG));
    svc_test.fail[DD_FAIL_POOL] = 1;
    ASSERT_BUGCHECK(
        (void)ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_RAISE_ON_FAILURE, 10, TAG));
    assert_null(ExAllocatePoolWithTag(NonPagedPool, (SIZE_T)1 << 60, TAG));
}

static void paged_pool_above_apc_level_is_reported(void **state)
{
    void *p = ExAllocatePoolWithTag(PagedPool, 10, TAG);
    KIRQL old;

    (void)state;
    assert_int_equal(EVENTS(OBJECT_BAD), 0);
    old = dd_irql_raise(DISPATCH_LEVEL);
    ExFreePool(p);
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    p = ExAllocatePoolWithTag(PagedPool, 10, TAG);
    assert_int_equal(EVENTS(OBJECT_BAD), 2);
    dd_irql_lower(old);
    ExFreePool(p);
    assert_int_equal(EVENTS(OBJECT_BAD), 2);
}

static void set_timer_in_freed_memory_is_reported(void **state)
{
    PKTIMER t = ExAllocatePoolWithTag(NonPagedPool, sizeof(*t), TAG);

    (void)state;
    dd_timer_init(t, NotificationTimer);
    dd_timer_set(t, 60 * DD_NS_PER_S, 0, NULL);
    ExFreePool(t);
    assert_string_equal(WORDS(OBJECT_BAD), "pool memory was freed while in it a timer is set");
    dd_timer_cancel(t);
}

static void leaks_are_reported_by_owner_with_their_site(void **state)
{
    static int owner_a, owner_b;
    void *p;

    (void)state;
    (void)dd_pool_alloc(10, TAG, &owner_a, DD_LEAK_POOL, &site_a);
    (void)dd_pool_alloc(20, TAG, &owner_a, DD_LEAK_NBL_POOL, &site_b);
    p = dd_pool_alloc(30, TAG, &owner_b, DD_LEAK_POOL, &site_a);
    assert_int_equal(dd_pool_report_leaks(&owner_a, true), 2);
    assert_int_equal(EVENTS(LEAK), 2);
    assert_int_equal(LAST(LEAK)->a, DD_LEAK_NBL_POOL); /* in order of allocation */
    assert_int_equal(LAST(LEAK)->b, 20);
    assert_int_equal(LAST(LEAK)->c, 1);
    assert_ptr_equal(LAST(LEAK)->site, &site_b);
    assert_string_equal(WORDS(LEAK), "NET_BUFFER_LIST pool");
    assert_int_equal(dd_pool_live_bytes(), 30);
    assert_int_equal(dd_pool_report_leaks(NULL, false), 1);
    assert_ptr_equal(LAST(LEAK)->obj, p);
    assert_int_equal(dd_ram_live_bytes(nt_test.ram), 0);
}

/* the table against a plain array: after every step they agree */
static void table_of_blocks_agrees_with_a_plain_array(void **state)
{
    static void *live[512];
    struct dd_block b;
    struct dd_rng rng;
    unsigned count = 0;

    (void)state;
    dd_rng_seed(&rng, 7, 0);
    for (unsigned step = 0; step < 20000; step++) {
        unsigned i = (unsigned)dd_rng_below(&rng, 512);

        if (live[i] == NULL) {
            b = (struct dd_block){.ptr = (void *)(0x10000 + 16 * (uintptr_t)i), .size_bytes = i};
            assert_int_equal(dd_blocks_add(&b), 0);
            live[i] = b.ptr;
            count += i;
        } else {
            assert_true(dd_blocks_take(DD_BLOCK_POOL, live[i], &b));
            assert_int_equal(b.size_bytes, i);
            live[i] = NULL;
            count -= i;
        }
        i = (unsigned)dd_rng_below(&rng, 512);
        assert_int_equal(dd_blocks_find(DD_BLOCK_POOL, (void *)(0x10000 + 16 * (uintptr_t)i), &b),
                         live[i] != NULL);
        assert_int_equal(dd_blocks_bytes(DD_BLOCK_POOL), count);
    }
    for (unsigned i = 0; i < 512; i++) {
        (void)dd_blocks_take(DD_BLOCK_POOL, (void *)(0x10000 + 16 * (uintptr_t)i), &b);
    }
}

static void churn(void *arg)
{
    void *p[16] = {0};

    (void)arg;
    for (unsigned i = 0; i < 4000; i++) {
        unsigned k = i % 16;

        if (p[k] != NULL) {
            dd_pool_free(p[k], TAG, NULL);
        }
        p[k] = dd_pool_alloc(1 + i % 300, TAG, NULL, DD_LEAK_POOL, NULL);
    }
    for (unsigned k = 0; k < 16; k++) {
        dd_pool_free(p[k], TAG, NULL);
    }
}

static void threads_share_the_pool(void **state)
{
    struct dd_thread *t[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(dd_thread_start("churn", churn, NULL, &t[i]), 0);
    }
    for (int i = 0; i < 3; i++) {
        dd_thread_join(t[i]);
    }
    assert_int_equal(EVENTS(POOL_BAD_FREE) + EVENTS(POOL_CORRUPT), 0);
    assert_int_equal(dd_pool_live_bytes(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        svc_test(blocks_are_aligned_and_in_ram),
        svc_test(memory_is_poison_unless_zeroes_are_promised),
        svc_test(cache_aligned_pool_is_aligned_to_a_cache_line),
        svc_test(wrong_tag_is_reported_and_freed),
        svc_test(second_free_is_told_from_a_wild_pointer),
        svc_test(overrun_and_underrun_are_found_at_free),
        svc_test(zero_bytes_give_a_block_and_a_report),
        svc_test(pool2_refuses_bad_flags),
        svc_test(pool3_takes_known_and_optional_parameters),
        svc_test(failure_is_null_or_raises),
        svc_test(paged_pool_above_apc_level_is_reported),
        svc_test(set_timer_in_freed_memory_is_reported),
        svc_test(leaks_are_reported_by_owner_with_their_site),
        svc_test(table_of_blocks_agrees_with_a_plain_array),
        svc_test(threads_share_the_pool),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
