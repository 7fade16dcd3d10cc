/* SPDX-License-Identifier: MIT */
/* NdisMAllocateSharedMemory, NdisMFreeSharedMemory, NdisMAllocateSharedMemoryAsyncEx. */
#include "dma_rig.h"

struct block {
    PVOID va;
    NDIS_PHYSICAL_ADDRESS pa;
    ULONG length;
};

static struct block allocate(ULONG length)
{
    struct block b = {.length = length, .va = &b, .pa = {.QuadPart = 77}};

    NdisMAllocateSharedMemory(&rig.adapter, length, TRUE, &b.va, &b.pa);
    return b;
}

static void release(struct block b)
{
    NdisMFreeSharedMemory(&rig.adapter, b.length, TRUE, b.va, b.pa);
}

static int touch(const struct block *b, int64_t offset, bool write)
{
    uint8_t byte = 0x42;

    return dd_domain_access(rig.domain, (dd_iova){(uint64_t)(b->pa.QuadPart + offset)}, &byte, 1,
                            write);
}

static void no_block(struct block b, enum dd_shmem_reject why)
{
    assert_null(b.va);
    assert_int_equal(b.pa.QuadPart, 0);
    assert_int_equal(RIG_LAST(SHMEM_ALLOC, d), why);
}

/* --- allocating --- */

static void test_both_sides_see_the_block_and_the_device_nothing_else(void **state)
{
    struct block b;

    (void)state;
    rig_start(1);
    rig_register(1514);
    b = allocate(100);
    assert_non_null(b.va);
    assert_int_equal((uintptr_t)b.va % 4096, 0);
    assert_int_equal(touch(&b, 0, true), 0);
    assert_int_equal(touch(&b, 99, true), 0);
    assert_int_equal(touch(&b, 99, false), 0);
    assert_int_equal(((uint8_t *)b.va)[99], 0x42);
    assert_int_equal(touch(&b, 100, true), -EFAULT);
    assert_int_equal(touch(&b, -1, true), -EFAULT);
    assert_int_equal(RIG_LAST(SHMEM_ALLOC, d), DD_SHMEM_OK);
    assert_int_equal(RIG_LAST(SHMEM_ALLOC, a), b.pa.QuadPart);
    release(b);
    assert_int_equal(RIG_LAST(SHMEM_FREE_CALL, d), DD_MATCH_EXACT);
    assert_int_equal(touch(&b, 0, false), -EFAULT);
    assert_int_equal(rig_count(DD_EV_SHMEM_CORRUPT), 0);
    assert_int_equal(rig_stats().shared_memory_bytes_peak, 100);
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(rig_stop(), 0);
}

static void test_without_a_registration_there_is_no_memory(void **state)
{
    (void)state;
    rig_start(1);
    no_block(allocate(100), DD_SHMEM_NO_REGISTRATION);
    assert_int_equal(rig_stop(), 0);
}

static void test_refusals_say_why(void **state)
{
    (void)state;
    rig_start(1);
    rig_register(1514);
    no_block(allocate(0), DD_SHMEM_ZERO_LENGTH);
    no_block(allocate(0x7fffffff), DD_SHMEM_NO_MEMORY);
    rig.fail_point = DD_FAIL_SHMEM_ALLOCATE + 1;
    no_block(allocate(64), DD_SHMEM_NO_MEMORY);
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(rig_stop(), 0);
}

static void test_outside_initialize_it_works_and_is_told(void **state)
{
    struct block b;

    (void)state;
    rig_start(1);
    rig_register(1514);
    atomic_store(&rig.adapter.state, DD_STATE_RUNNING);
    b = allocate(64);
    assert_non_null(b.va);
    assert_int_equal(RIG_LAST(SHMEM_ALLOC, d), DD_SHMEM_OUTSIDE_INIT);
    release(b);
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(rig_stop(), 0);
}

/* --- freeing --- */

static void test_a_free_must_match_in_every_value(void **state)
{
    static const enum dd_shmem_match want[] = {DD_MATCH_LENGTH, DD_MATCH_PHYSICAL, DD_MATCH_CACHED};

    (void)state;
    rig_start(1);
    rig_register(1514);
    for (unsigned i = 0; i < DD_ARRAY_LEN(want); i++) {
        struct block b = allocate(128), w = b;

        w.length += i == 0;
        w.pa.QuadPart += i == 1 ? 64 : 0;
        NdisMFreeSharedMemory(&rig.adapter, w.length, i == 2 ? FALSE : TRUE, w.va, w.pa);
        assert_int_equal(RIG_LAST(SHMEM_FREE_CALL, d), want[i]);
        assert_int_equal(dd_shmem_live(&rig.adapter), 0); /* one mistake, no leak after it */
    }
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(rig_stop(), 0);
}

static void test_pointers_that_are_no_block_are_left_alone(void **state)
{
    static uint8_t mine[64];
    struct block b, w;

    (void)state;
    rig_start(1);
    rig_register(1514);
    b = allocate(8192);
    w = b;
    w.va = (uint8_t *)b.va + 4096;
    release(w);
    assert_int_equal(RIG_LAST(SHMEM_FREE_CALL, d), DD_MATCH_INSIDE);
    w.va = mine;
    release(w);
    assert_int_equal(RIG_LAST(SHMEM_FREE_CALL, d), DD_MATCH_UNKNOWN);
    w.va = NULL;
    release(w);
    assert_int_equal(RIG_LAST(SHMEM_FREE_CALL, d), DD_MATCH_UNKNOWN);
    assert_int_equal(touch(&b, 0, true), 0);
    release(b);
    release(b);
    assert_int_equal(RIG_LAST(SHMEM_FREE_CALL, d), DD_MATCH_FREED);
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(rig_stop(), 0);
}

static void test_a_block_of_another_adapter_is_told_apart(void **state)
{
    struct dd_adapter other;
    struct block b;

    (void)state;
    rig_start(1);
    rig_register(1514);
    b = allocate(64);
    other = rig.adapter;
    atomic_store(&other.state, DD_STATE_INITIALIZING);
    other.sg_state = other.shmem_state = NULL;
    assert_int_equal(dd_adapter_publish(&other), 0);
    assert_int_equal(dd_sgdma_adapter_init(&other), 0);
    assert_int_equal(dd_shmem_adapter_init(&other), 0);
    NdisMFreeSharedMemory(&other, b.length, TRUE, b.va, b.pa);
    assert_int_equal(RIG_LAST(SHMEM_FREE_CALL, d), DD_MATCH_OTHER_ADAPTER);
    assert_int_equal(touch(&b, 0, true), 0);
    assert_int_equal(dd_sgdma_adapter_done(&other, false), 0);
    assert_int_equal(dd_shmem_adapter_done(&other, false), 0);
    dd_adapter_withdraw(&other);
    release(b);
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(rig_stop(), 0);
}

static void test_a_free_at_dispatch_takes_the_block_from_the_device_at_once(void **state)
{
    struct block b;

    (void)state;
    rig_start(1);
    rig_register(1514);
    b = allocate(64);
    dd_irql_raise(DISPATCH_LEVEL);
    release(b);
    assert_int_equal(touch(&b, 0, true), -EFAULT);
    dd_irql_lower(PASSIVE_LEVEL);
    dd_work_flush();
    assert_int_equal(rig_stats().shared_memory_bytes_now, 0);
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(rig_stop(), 0);
}

static void test_guard_bytes_tell_an_overrun_with_its_allocation(void **state)
{
    struct block b;

    (void)state;
    rig.policy.iommu = DD_DOMAIN_OFF; /* nothing else would */
    rig_start(1);
    rig_register(1514);
    b = allocate(100);
    assert_int_equal(touch(&b, 103, true), 0);
    release(b);
    assert_int_equal(rig_count(DD_EV_SHMEM_CORRUPT), 1);
    assert_int_equal(RIG_LAST(SHMEM_CORRUPT, a), 103);
    assert_int_equal(RIG_LAST(SHMEM_CORRUPT, b), 100);
    assert_ptr_equal(RIG_LAST(SHMEM_CORRUPT, site), RIG_LAST(SHMEM_ALLOC, site));
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(rig_stop(), 0);
}

static void test_deregister_counts_the_blocks_that_live(void **state)
{
    struct block b;

    (void)state;
    rig_start(1);
    rig_register(1514);
    b = allocate(100);
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(RIG_LAST(SG_DEREGISTER_CALL, c), 1);
    assert_int_equal(touch(&b, 0, true), 0);
    release(b); /* late, and fine */
    assert_int_equal(RIG_LAST(SHMEM_FREE_CALL, d), DD_MATCH_EXACT);
    assert_int_equal(rig_stop(), 0);
}

static void test_blocks_left_are_leaks(void **state)
{
    struct block b;

    (void)state;
    rig_start(1);
    rig_register(1514);
    b = allocate(100);
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(rig_stop(), 1);
    assert_int_equal(RIG_LAST(LEAK, a), DD_LEAK_SHMEM);
    assert_int_equal(RIG_LAST(LEAK, b), 100);
    assert_ptr_equal(RIG_LAST(LEAK, obj), b.va);
}

/* --- later --- */

static struct {
    _Atomic(unsigned) calls;
    NDIS_HANDLE context;
    struct block block;
    PNDIS_PHYSICAL_ADDRESS pointer;
    PVOID arg;
    KIRQL irql;
    _Atomic(bool) hold, holding;
} done;
static struct dd_mutex done_lock = DD_MUTEX_INIT; /* several workers may call back at once */

static VOID NTAPI on_complete(NDIS_HANDLE MiniportAdapterContext, PVOID VirtualAddress,
                              PNDIS_PHYSICAL_ADDRESS PhysicalAddress, ULONG Length, PVOID Context)
{
    dd_mutex_lock(&done_lock);
    done.context = MiniportAdapterContext;
    done.block.va = VirtualAddress;
    done.block.length = Length;
    done.pointer = PhysicalAddress;
    if (VirtualAddress) {
        done.block.pa = *PhysicalAddress;
    }
    done.arg = Context;
    done.irql = dd_irql_get();
    dd_mutex_unlock(&done_lock);
    atomic_store(&done.holding, true);
    while (atomic_load(&done.hold)) {
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS);
    }
    atomic_fetch_add(&done.calls, 1);
}

static void start_async(void)
{
    NDIS_SG_DMA_DESCRIPTION d;

    memset(&done, 0, sizeof(done));
    rig_start(2);
    d = rig_description(1514);
    d.SharedMemAllocateCompleteHandler = on_complete;
    assert_int_equal(NdisMRegisterScatterGatherDma(&rig.adapter, &d, &rig.dma),
                     NDIS_STATUS_SUCCESS);
    atomic_store(&rig.adapter.state, DD_STATE_RUNNING);
}

static void wait_done(unsigned calls)
{
    uint64_t end = dd_clock_ns() + 20 * DD_NS_PER_S;

    while (atomic_load(&done.calls) < calls) {
        assert_true(dd_clock_ns() < end);
        dd_thread_sleep_until(dd_clock_ns() + 100 * DD_NS_PER_US);
    }
}

static void test_async_memory_comes_at_passive_with_the_adapter_context(void **state)
{
    (void)state;
    start_async();
    dd_irql_raise(DISPATCH_LEVEL);
    assert_int_equal(NdisMAllocateSharedMemoryAsyncEx(rig.dma, 3000, TRUE, &done),
                     NDIS_STATUS_PENDING);
    dd_irql_lower(PASSIVE_LEVEL);
    wait_done(1);
    assert_ptr_equal(done.context, rig.adapter.context);
    assert_ptr_equal(done.arg, &done);
    assert_int_equal(done.irql, PASSIVE_LEVEL);
    assert_int_equal(done.block.length, 3000);
    assert_int_equal(touch(&done.block, 2999, true), 0);
    assert_int_equal(rig_stats().shared_memory_async, 1);
    release(done.block);
    assert_int_equal(RIG_LAST(SHMEM_FREE_CALL, d), DD_MATCH_EXACT);
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(rig_stop(), 0);
    assert_int_equal(rig.adapter.dma_stats.shared_memory_async, 1); /* kept for the report */
}

static void async_refused(NDIS_HANDLE h, ULONG length, enum dd_shmem_reject why)
{
    assert_int_equal(NdisMAllocateSharedMemoryAsyncEx(h, length, TRUE, NULL), NDIS_STATUS_FAILURE);
    assert_int_equal(RIG_LAST(SHMEM_ASYNC_CALL, c), why);
}

static void test_async_refusals_call_nobody(void **state)
{
    static uint64_t garbage[8];
    NDIS_SG_DMA_DESCRIPTION d;
    NDIS_HANDLE second;

    (void)state;
    start_async();
    d = rig_description(1514);
    async_refused(rig.dma, 0, DD_SHMEM_ZERO_LENGTH);
    async_refused(garbage, 64, DD_SHMEM_BAD_HANDLE);
    async_refused(&rig.adapter, 64, DD_SHMEM_BAD_HANDLE); /* NDIS 5 took that one */
    assert_int_equal(NdisMRegisterScatterGatherDma(&rig.adapter, &d, &second), NDIS_STATUS_SUCCESS);
    async_refused(second, 64, DD_SHMEM_NO_HANDLER);
    rig.fail_point = DD_FAIL_SHMEM_ASYNC_CALL + 1;
    async_refused(rig.dma, 64, DD_SHMEM_NO_MEMORY);
    NdisMDeregisterScatterGatherDma(second);
    NdisMDeregisterScatterGatherDma(rig.dma);
    async_refused(rig.dma, 64, DD_SHMEM_BAD_HANDLE);
    async_refused(&rig.adapter, 64, DD_SHMEM_NO_REGISTRATION);
    dd_work_flush();
    assert_int_equal(done.calls, 0);
    assert_int_equal(rig_stop(), 0);
}

static void test_late_failure_gives_null_twice(void **state)
{
    (void)state;
    start_async();
    rig.fail_point = DD_FAIL_SHMEM_ASYNC_LATE + 1;
    assert_int_equal(NdisMAllocateSharedMemoryAsyncEx(rig.dma, 64, TRUE, &done),
                     NDIS_STATUS_PENDING);
    wait_done(1);
    assert_null(done.block.va);
    assert_null(done.pointer);
    assert_int_equal(NdisMAllocateSharedMemoryAsyncEx(rig.dma, 0x7fffffff, TRUE, &done),
                     NDIS_STATUS_PENDING);
    wait_done(2);
    assert_null(done.block.va);
    assert_int_equal(done.block.length, 0x7fffffff);
    dd_work_flush();
    assert_int_equal(rig_stats().shared_memory_async, 0);
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(rig_stop(), 0);
}

struct halter {
    _Atomic(bool) finished;
};

static void halt(void *arg)
{
    struct halter *h = arg;

    dd_shmem_finish_async(&rig.adapter);
    atomic_store(&h->finished, true);
}

static void test_halt_waits_for_callbacks_and_gives_the_rest_null(void **state)
{
    struct halter h = {false};
    struct dd_ctx *ctx;
    struct block first;

    (void)state;
    start_async();
    atomic_store(&done.hold, true);
    assert_int_equal(NdisMAllocateSharedMemoryAsyncEx(rig.dma, 64, TRUE, NULL),
                     NDIS_STATUS_PENDING);
    while (!atomic_load(&done.holding)) {
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS);
    }
    first = done.block;
    assert_int_equal(dd_ctx_spawn("halt", 1, halt, &h, &ctx), 0);
    dd_thread_sleep_until(dd_clock_ns() + 20 * DD_NS_PER_MS);
    assert_false(atomic_load(&h.finished));
    async_refused(rig.dma, 64, DD_SHMEM_HALTING);
    atomic_store(&done.hold, false);
    dd_ctx_join(ctx);
    assert_int_equal(done.calls, 1);
    assert_non_null(first.va);
    release(first);
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(rig_stop(), 0);
}

static void test_pending_at_halt_is_completed_with_null(void **state)
{
    (void)state;
    start_async();
    /* every worker is kept busy, so that the last requests are pending for sure */
    atomic_store(&done.hold, true);
    for (unsigned i = 0; i < 40; i++) {
        assert_int_equal(NdisMAllocateSharedMemoryAsyncEx(rig.dma, 64, TRUE, NULL),
                         NDIS_STATUS_PENDING);
    }
    while (!atomic_load(&done.holding)) {
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS);
    }
    atomic_store(&rig.adapter.state, DD_STATE_PAUSED);
    {
        struct halter h = {false};
        struct dd_ctx *ctx;

        assert_int_equal(dd_ctx_spawn("halt", 1, halt, &h, &ctx), 0);
        dd_thread_sleep_until(dd_clock_ns() + 20 * DD_NS_PER_MS);
        atomic_store(&done.hold, false);
        dd_ctx_join(ctx);
    }
    assert_int_equal(done.calls, 40); /* each request exactly once */
    assert_null(done.block.va);
    assert_int_equal(RIG_LAST(SHMEM_ASYNC_DONE, c), 1);
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_true(rig_stop() >=
                1); /* blocks that came before halt, and that this driver never freed */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        RIG(test_both_sides_see_the_block_and_the_device_nothing_else),
        RIG(test_without_a_registration_there_is_no_memory),
        RIG(test_refusals_say_why),
        RIG(test_outside_initialize_it_works_and_is_told),
        RIG(test_a_free_must_match_in_every_value),
        RIG(test_pointers_that_are_no_block_are_left_alone),
        RIG(test_a_block_of_another_adapter_is_told_apart),
        RIG(test_a_free_at_dispatch_takes_the_block_from_the_device_at_once),
        RIG(test_guard_bytes_tell_an_overrun_with_its_allocation),
        RIG(test_deregister_counts_the_blocks_that_live),
        RIG(test_blocks_left_are_leaks),
        RIG(test_async_memory_comes_at_passive_with_the_adapter_context),
        RIG(test_async_refusals_call_nobody),
        RIG(test_late_failure_gives_null_twice),
        RIG(test_halt_waits_for_callbacks_and_gives_the_rest_null),
        RIG(test_pending_at_halt_is_completed_with_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
