/* SPDX-License-Identifier: MIT */
#include "svc_test.h"

#include "nt/mm.h"
#include "nt/pool.h"
#include "seam/api.h"

#include <sys/mman.h>

static PHYSICAL_ADDRESS address(uint64_t v)
{
    PHYSICAL_ADDRESS pa = {.QuadPart = (LONGLONG)v};

    return pa;
}

static void physical_address_is_ram_or_zero(void **state)
{
    char *p = dd_pool_alloc(10000, 1, NULL, DD_LEAK_POOL, NULL);
    int local;

    (void)state;
    for (size_t i = 0; i < 10000; i += 1111) {
        assert_int_equal(MmGetPhysicalAddress(p + i).QuadPart, dd_ram_phys(nt_test.ram, p + i).v);
    }
    assert_int_equal(MmGetPhysicalAddress(&local).QuadPart, 0);
    dd_pool_free(p, 1, NULL);
}

static void contiguous_memory_is_one_run_within_its_bounds(void **state)
{
    char *p = MmAllocateContiguousMemory(40000, address(UINT64_MAX)), *q;
    uint64_t first = (uint64_t)MmGetPhysicalAddress(p).QuadPart;

    (void)state;
    assert_int_equal((uintptr_t)p % 4096, 0);
    for (size_t i = 0; i < 40000; i += 4096) {
        assert_int_equal(MmGetPhysicalAddress(p + i).QuadPart, first + i);
    }
    q = MmAllocateContiguousMemorySpecifyCache(8192, address(0), address(first + 4096), address(0),
                                               MmCached);
    assert_true(q == NULL || (uint64_t)MmGetPhysicalAddress(q).QuadPart + 8191 <= first + 4096);
    if (q != NULL) {
        MmFreeContiguousMemorySpecifyCache(q, 8192, MmCached);
    }
    MmFreeContiguousMemory(p);
    assert_int_equal(EVENTS(POOL_BAD_FREE) + EVENTS(OBJECT_BAD), 0);
    assert_int_equal(dd_pool_live_bytes(), 0);
}

static void contiguous_memory_crosses_no_boundary(void **state)
{
    void *held[20];

    (void)state;
    for (int i = 0; i < 20; i++) {
        uint64_t at;

        held[i] = MmAllocateContiguousMemorySpecifyCache(3 * 4096, address(0), address(UINT32_MAX),
                                                         address(0x4000), MmNonCached);
        assert_non_null(held[i]);
        at = (uint64_t)MmGetPhysicalAddress(held[i]).QuadPart;
        assert_int_equal(at / 0x4000, (at + 3 * 4096 - 1) / 0x4000);
    }
    for (int i = 0; i < 20; i++) {
        MmFreeContiguousMemory(held[i]);
    }
    assert_null(MmAllocateContiguousMemorySpecifyCache(4096, address(1ull << 40),
                                                       address(UINT64_MAX), address(0), MmCached));
    assert_null(MmAllocateContiguousNodeMemory(4096, address(0), address(UINT64_MAX), address(3),
                                               PAGE_READWRITE, MM_ANY_NODE_OK));
    assert_null(MmAllocateContiguousMemory(0, address(UINT64_MAX)));
    assert_int_equal(EVENTS(OBJECT_BAD), 2);
}

static void contiguous_memory_is_freed_by_its_own_call(void **state)
{
    void *p = MmAllocateContiguousMemory(4096, address(UINT64_MAX)),
         *pool = dd_pool_alloc(16, 1, NULL, DD_LEAK_POOL, NULL);

    (void)state;
    ExFreePool(p);
    assert_int_equal(LAST(POOL_BAD_FREE)->a, DD_POOL_UNKNOWN);
    MmFreeContiguousMemory(pool);
    assert_int_equal(LAST(POOL_BAD_FREE)->a, DD_POOL_UNKNOWN);
    MmFreeContiguousMemorySpecifyCache(p, 100, MmCached);
    assert_int_equal(EVENTS(OBJECT_BAD), 1); /* another length */
    MmFreeContiguousMemory(p);
    assert_int_equal(LAST(POOL_BAD_FREE)->a, DD_POOL_DOUBLE_FREE);
    dd_pool_free(pool, 1, NULL);
    (void)MmAllocateContiguousMemory(4096, address(UINT64_MAX));
    assert_int_equal(dd_pool_report_leaks(NULL, false), 1);
    assert_string_equal(WORDS(LEAK), "contiguous memory");
}

static void address_is_valid_when_it_can_be_read(void **state)
{
    char *p = mmap(NULL, 2 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)state;
    assert_ptr_not_equal(p, MAP_FAILED);
    assert_int_equal(mprotect(p + 4096, 4096, PROT_NONE), 0);
    assert_int_equal(MmIsAddressValid(p), TRUE);
    assert_int_equal(MmIsAddressValid(p + 4096), FALSE);
    assert_int_equal(MmIsAddressValid(NULL), FALSE);
    assert_true(dd_address_readable(p + 10, 4086));
    assert_false(dd_address_readable(p + 10, 4087));
    assert_false(dd_address_readable(p, SIZE_MAX));
    munmap(p, 2 * 4096);
}

static void *lookup(const char *name)
{
    return strcmp(name, "ExFreePool") == 0 ? (void *)(uintptr_t)ExFreePool : NULL;
}

static void routine_is_found_by_name(void **state)
{
    UNICODE_STRING name;

    (void)state;
    RtlInitUnicodeString(&name, L"ExFreePool");
    dd_routine_lookup = NULL;
    assert_null(MmGetSystemRoutineAddress(&name));
    dd_routine_lookup = lookup;
    for (unsigned i = 0; i < DD_API_COUNT; i++) {
        if (strcmp(dd_api_table[i].name, "ExFreePool") == 0 && dd_api_table[i].done) {
            assert_ptr_equal(MmGetSystemRoutineAddress(&name), (void *)(uintptr_t)ExFreePool);
        }
    }
    RtlInitUnicodeString(&name, L"KeNoSuchThing");
    assert_null(MmGetSystemRoutineAddress(&name));
    dd_routine_lookup = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        svc_test(physical_address_is_ram_or_zero),
        svc_test(contiguous_memory_is_one_run_within_its_bounds),
        svc_test(contiguous_memory_crosses_no_boundary),
        svc_test(contiguous_memory_is_freed_by_its_own_call),
        svc_test(address_is_valid_when_it_can_be_read),
        svc_test(routine_is_found_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
