/* SPDX-License-Identifier: MIT */
/* Lists of DMA_OPERATIONS: the Ex calls, the ways they fail, and what went wrong elsewhere once. */
#include "hal_rig.h"

static struct {
    _Atomic(unsigned) calls;
    PSCATTER_GATHER_LIST list;
} seen;

static VOID NTAPI on_list(PDEVICE_OBJECT DeviceObject, PIRP Irp, PSCATTER_GATHER_LIST ScatterGather,
                          PVOID Context)
{
    (void)DeviceObject;
    (void)Irp;
    (void)Context;
    seen.list = ScatterGather;
    atomic_fetch_add(&seen.calls, 1);
}

static uint64_t context[DMA_TRANSFER_CONTEXT_SIZE_V1 / 8];
static uint64_t room[1024];

static PVOID ready_context(PDMA_ADAPTER a)
{
    assert_int_equal(a->DmaOperations->InitializeDmaTransferContext(a, context), STATUS_SUCCESS);
    return context;
}

static NTSTATUS get_ex(PDMA_ADAPTER a, PVOID transfer, uint64_t offset, ULONG length, ULONG flags,
                       PDRIVER_LIST_CONTROL fn, PSCATTER_GATHER_LIST *list)
{
    return a->DmaOperations->GetScatterGatherListEx(a, &rig.pdo, transfer, rig.chain, offset,
                                                    length, flags, fn, NULL, TRUE, NULL, NULL,
                                                    list);
}

static NTSTATUS build_ex(PDMA_ADAPTER a, ULONG flags, ULONG bytes, void *buffer,
                         PSCATTER_GATHER_LIST *list)
{
    return a->DmaOperations->BuildScatterGatherListEx(a, &rig.pdo, ready_context(a), rig.chain, 0,
                                                      rig.chain_bytes, flags, NULL, NULL, TRUE,
                                                      buffer, bytes, NULL, NULL, list);
}

static void put(PDMA_ADAPTER a, PSCATTER_GATHER_LIST list)
{
    a->DmaOperations->PutScatterGatherList(a, list, TRUE);
}

static void end(PDMA_ADAPTER a)
{
    dd_irql_lower(PASSIVE_LEVEL);
    a->DmaOperations->PutDmaAdapter(a);
}

static PDMA_ADAPTER begin(void)
{
    PDMA_ADAPTER a = rig_adapter();

    atomic_store(&seen.calls, 0);
    dd_irql_raise(DISPATCH_LEVEL);
    return a;
}

/* --- regression: chained MDLs, more than 16 elements, the first page's offset --- */

static void test_chained_mdls_and_forty_elements_are_whole(void **state)
{
    PDMA_ADAPTER a = begin();
    PSCATTER_GATHER_LIST list = NULL;

    (void)state;
    assert_int_equal(get_ex(a, ready_context(a), 0, rig.chain_bytes, DMA_SYNCHRONOUS_CALLBACK, NULL,
                            &list),
                     STATUS_SUCCESS);
    assert_true(list->NumberOfElements > 16);
    rig_check(list, 0, rig.chain_bytes);
    put(a, list);
    /* an offset that swallows the first MDL */
    assert_int_equal(get_ex(a, ready_context(a), RIG_BLOCK - 100 + 10, 900,
                            DMA_SYNCHRONOUS_CALLBACK, NULL, &list),
                     STATUS_SUCCESS);
    rig_check(list, RIG_BLOCK - 100 + 10, 900);
    put(a, list);
    end(a);
}

static void test_the_calculated_size_holds_every_list(void **state)
{
    static const enum dd_sgl_shape shapes[] = {DD_SGL_MERGE, DD_SGL_PER_PAGE, DD_SGL_SPLIT};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        PDMA_ADAPTER a;

        rig_again((struct dd_dma_policy){.sgl = shapes[i], .seed = i});
        a = begin();
        for (ULONG offset = 3990; offset < 4002; offset++) { /* around the end of the first page */
            uint8_t *va = rig.blocks[0] + 100 + offset;
            ULONG size = 0;
            uint8_t *exact;

            assert_int_equal(a->DmaOperations->CalculateScatterGatherList(a, rig.chain, va, 8192,
                                                                          &size, NULL),
                             STATUS_SUCCESS);
            exact = malloc(size);
            assert_int_equal(a->DmaOperations->BuildScatterGatherList(a, &rig.pdo, rig.chain, va,
                                                                      8192, on_list, NULL, TRUE,
                                                                      exact, size),
                             STATUS_SUCCESS);
            assert_ptr_equal(seen.list, exact);
            rig_check(seen.list, offset, 8192);
            put(a, seen.list);
            free(exact);
        }
        end(a);
    }
}

static void test_the_callers_buffer_holds_the_list_or_nothing_happens(void **state)
{
    PDMA_ADAPTER a = begin();
    PSCATTER_GATHER_LIST list = NULL;

    (void)state;
    assert_int_equal(build_ex(a, DMA_SYNCHRONOUS_CALLBACK, 100, room, &list),
                     STATUS_BUFFER_TOO_SMALL);
    assert_null(list);
    assert_int_equal(dd_domain_live(rig.domain), 0);
    assert_int_equal(build_ex(a, DMA_SYNCHRONOUS_CALLBACK, sizeof(room), room, &list),
                     STATUS_SUCCESS);
    assert_ptr_equal(list, room);
    rig_check(list, 0, rig.chain_bytes);
    put(a, list);
    assert_int_equal(build_ex(a, DMA_SYNCHRONOUS_CALLBACK, sizeof(room), NULL, &list),
                     STATUS_INVALID_PARAMETER);
    end(a);
}

/* --- regression: concurrent builds on one adapter --- */

struct worker {
    PDMA_ADAPTER a;
    PMDL mdl;
    uint8_t *bytes;
    bool good;
    _Atomic(bool) done;
};

static VOID NTAPI on_worker(PDEVICE_OBJECT DeviceObject, PIRP Irp, PSCATTER_GATHER_LIST list,
                            PVOID Context)
{
    struct worker *w = Context;
    uint8_t got;

    (void)DeviceObject;
    (void)Irp;
    w->good = w->good &&
              rig_device((uint64_t)list->Elements[0].Address.QuadPart, &got, 1, false) == 0 &&
              got == w->bytes[0];
    w->a->DmaOperations->PutScatterGatherList(w->a, list, TRUE);
}

static VOID NTAPI dpc_main(PKDPC dpc, PVOID arg, PVOID arg1, PVOID arg2)
{
    struct worker *w = arg;

    (void)dpc;
    (void)arg1;
    (void)arg2;
    for (unsigned i = 0; i < 500 && w->good; i++) {
        w->good = w->a->DmaOperations->GetScatterGatherList(w->a, &rig.pdo, w->mdl, w->bytes, 3000,
                                                            on_worker, w, TRUE) == STATUS_SUCCESS &&
                  w->good;
    }
    atomic_store(&w->done, true);
}

static void test_builds_on_two_cpus_do_not_mix(void **state)
{
    PDMA_ADAPTER a = rig_adapter();
    struct worker w[2] = {{.good = true}, {.good = true}};
    KDPC dpcs[2];

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        w[i].a = a;
        w[i].bytes = rig.blocks[0] + i * 4096 * 3;
        w[i].bytes[0] = (uint8_t)(0xA0 + i);
        w[i].mdl = dd_mdl_new(w[i].bytes, 3000, NULL, NULL);
        dd_dpc_init(&dpcs[i], dpc_main, &w[i]);
        dd_dpc_queue(&dpcs[i], i, NULL, NULL);
    }
    dd_dpc_flush();
    for (unsigned i = 0; i < 2; i++) {
        assert_true(atomic_load(&w[i].done) && w[i].good);
        dd_mdl_free(w[i].mdl, NULL);
    }
    a->DmaOperations->PutDmaAdapter(a);
}

/* --- regression: a failure is reported, no callback is promised --- */

static void test_what_can_never_be_mapped_fails_at_once(void **state)
{
    PDMA_ADAPTER a;
    PSCATTER_GATHER_LIST list;

    (void)state;
    rig_again((struct dd_dma_policy){.map_registers = 8});
    a = begin();
    assert_int_equal(a->DmaOperations->GetScatterGatherList(a, &rig.pdo, rig.chain,
                                                            rig.blocks[0] + 100, 9 * 4096, on_list,
                                                            NULL, TRUE),
                     STATUS_INSUFFICIENT_RESOURCES);
    rig.fail_point = DD_FAIL_HAL_LIST + 1;
    assert_int_equal(get_ex(a, ready_context(a), 0, 100, 0, on_list, NULL),
                     STATUS_INSUFFICIENT_RESOURCES);
    /* a synchronous one does not wait */
    assert_int_equal(get_ex(a, ready_context(a), 0, 7 * 4096, DMA_SYNCHRONOUS_CALLBACK, NULL,
                            &list),
                     STATUS_SUCCESS);
    {
        PSCATTER_GATHER_LIST second = (PSCATTER_GATHER_LIST)(void *)room;

        assert_int_equal(get_ex(a, ready_context(a), 0, 4096, DMA_SYNCHRONOUS_CALLBACK, NULL,
                                &second),
                         STATUS_INSUFFICIENT_RESOURCES);
        assert_null(second);
    }
    assert_int_equal(atomic_load(&seen.calls), 0);
    put(a, list);
    end(a);
}

static void test_a_waiting_list_is_cancelled_once(void **state)
{
    PDMA_ADAPTER a;
    PSCATTER_GATHER_LIST list;
    uint64_t first[DMA_TRANSFER_CONTEXT_SIZE_V1 / 8];

    (void)state;
    rig_again((struct dd_dma_policy){.map_registers = 8});
    a = begin();
    assert_int_equal(a->DmaOperations->InitializeDmaTransferContext(a, first), STATUS_SUCCESS);
    assert_int_equal(get_ex(a, first, 0, 7 * 4096, DMA_SYNCHRONOUS_CALLBACK, NULL, &list),
                     STATUS_SUCCESS);
    assert_int_equal(get_ex(a, ready_context(a), 0, 4096, 0, on_list, NULL), STATUS_SUCCESS);
    assert_false(a->DmaOperations->CancelAdapterChannel(a, &rig.pdo, first));
    assert_true(a->DmaOperations->CancelAdapterChannel(a, &rig.pdo, context));
    assert_false(a->DmaOperations->CancelAdapterChannel(a, &rig.pdo, context));
    put(a, list);
    dd_irql_lower(PASSIVE_LEVEL);
    dd_dpc_flush();
    assert_int_equal(atomic_load(&seen.calls), 0);
    /* before the request: it never starts */
    ready_context(a);
    assert_true(a->DmaOperations->CancelAdapterChannel(a, &rig.pdo, context));
    assert_int_equal(get_ex(a, context, 0, 4096, 0, on_list, NULL), STATUS_CANCELLED);
    a->DmaOperations->PutDmaAdapter(a);
}

static void test_bad_arguments_of_the_ex_calls(void **state)
{
    PDMA_ADAPTER a = begin();
    PSCATTER_GATHER_LIST list;

    (void)state;
    memset(context, 0, sizeof(context));
    assert_int_equal(get_ex(a, context, 0, 10, 0, on_list, NULL), STATUS_INVALID_PARAMETER);
    ready_context(a);
    assert_int_equal(get_ex(a, context, 0, 10, 0, NULL, &list), STATUS_INVALID_PARAMETER);
    assert_int_equal(get_ex(a, context, 0, 10, DMA_SYNCHRONOUS_CALLBACK, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(get_ex(a, context, 0, 0, 0, on_list, NULL), STATUS_INVALID_PARAMETER);
    assert_int_equal(get_ex(a, context, 0, 10, 8, on_list, NULL), STATUS_INVALID_PARAMETER);
    assert_int_equal(get_ex(a, context, 1, rig.chain_bytes, 0, on_list, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(a->DmaOperations->InitializeDmaTransferContext(a, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(atomic_load(&seen.calls), 0);
    end(a);
}

/* --- the memory behind a list --- */

static void test_an_mdl_of_a_bounced_list_shows_the_copy(void **state)
{
    PDMA_ADAPTER a;
    PSCATTER_GATHER_LIST list;
    PMDL mdl = NULL;
    uint8_t byte = 0x11, *view;

    (void)state;
    rig_again((struct dd_dma_policy){.bounce = DD_BOUNCE_ALWAYS});
    a = begin();
    assert_int_equal(a->DmaOperations->BuildScatterGatherList(a, &rig.pdo, rig.chain,
                                                              rig.blocks[0] + 150, 9000, on_list,
                                                              NULL, FALSE, room, sizeof(room)),
                     STATUS_SUCCESS);
    list = seen.list;
    assert_int_equal(a->DmaOperations->BuildMdlFromScatterGatherList(a, list, rig.chain, &mdl),
                     STATUS_SUCCESS);
    assert_ptr_not_equal(mdl, rig.chain);
    assert_int_equal(mdl->ByteCount, 9000);
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    assert_int_equal(rig_device((uint64_t)list->Elements[0].Address.QuadPart, &byte, 1, true), 0);
    assert_int_equal(view[0], 0x11);
    assert_int_not_equal(rig.blocks[0][150], 0x11); /* not yet */
    assert_int_equal(a->DmaOperations->BuildMdlFromScatterGatherList(a, list, rig.chain, &mdl),
                     STATUS_NONE_MAPPED);
    a->DmaOperations->PutScatterGatherList(a, list, FALSE);
    assert_int_equal(rig.blocks[0][150], 0x11);
    assert_int_equal(a->DmaOperations->BuildMdlFromScatterGatherList(a, list, rig.chain, &mdl),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(a->DmaOperations->BuildMdlFromScatterGatherList(a, list, NULL, &mdl),
                     STATUS_INVALID_PARAMETER);
    end(a);
}

static void test_the_wrong_direction_and_irql_are_told(void **state)
{
    PDMA_ADAPTER a = begin();

    (void)state;
    assert_int_equal(a->DmaOperations->GetScatterGatherList(a, &rig.pdo, rig.chain,
                                                            rig.blocks[0] + 100, 10, on_list, NULL,
                                                            TRUE),
                     STATUS_SUCCESS);
    assert_int_equal(atomic_load(&rig.told), 0);
    a->DmaOperations->PutScatterGatherList(a, seen.list, FALSE);
    assert_int_equal(atomic_load(&rig.told), 1);
    (void)a->DmaOperations->GetDmaAlignment(a); /* at DISPATCH_LEVEL */
    assert_int_equal(atomic_load(&rig.told), 2);
    end(a);
}

static void test_an_adapter_put_with_a_list_left_is_a_leak(void **state)
{
    PDMA_ADAPTER a = begin();

    (void)state;
    assert_int_equal(a->DmaOperations->GetScatterGatherList(a, &rig.pdo, rig.chain,
                                                            rig.blocks[0] + 100, 10, on_list, NULL,
                                                            TRUE),
                     STATUS_SUCCESS);
    end(a);
    assert_int_equal(atomic_load(&rig.leaks), 1);
    assert_int_equal(dd_domain_live(rig.domain), 0);
    a->DmaOperations->PutDmaAdapter(a); /* again: told */
    assert_int_equal(atomic_load(&rig.told), 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(test_chained_mdls_and_forty_elements_are_whole),
        T(test_the_calculated_size_holds_every_list),
        T(test_the_callers_buffer_holds_the_list_or_nothing_happens),
        T(test_builds_on_two_cpus_do_not_mix),
        T(test_what_can_never_be_mapped_fails_at_once),
        T(test_a_waiting_list_is_cancelled_once),
        T(test_bad_arguments_of_the_ex_calls),
        T(test_an_mdl_of_a_bounced_list_shows_the_copy),
        T(test_the_wrong_direction_and_irql_are_told),
        T(test_an_adapter_put_with_a_list_left_is_a_leak),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
