/* SPDX-License-Identifier: MIT */
/* Several contexts map and free at once: deferred and random callbacks on other CPUs, scarce map
 * registers. */
#include "dma_rig.h"

#define CONTEXTS 3u
#define ROUNDS   400u
#define BATCH    6u

static void check_and_free(struct tx *t)
{
    KIRQL old;

    tx_wait(t, 1);
    old = dd_irql_raise(DISPATCH_LEVEL);
    tx_unmap(t);
    dd_irql_lower(old);
    atomic_store(&t->calls, 0);
}

static void worker(void *arg)
{
    struct tx *t[BATCH];

    (void)arg;
    for (unsigned i = 0; i < BATCH; i++) {
        t[i] = tx_frame();
        t[i]->free_inside = i % 3 == 2;
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < BATCH; i++) {
            KIRQL old = dd_irql_raise(DISPATCH_LEVEL);
            NDIS_STATUS status = tx_map_with(t[i], round & 1, (round & 2) != 0 ? t[i]->room : NULL,
                                             (round & 2) != 0 ? sizeof(t[i]->room) : 0);

            assert_int_equal(status, NDIS_STATUS_SUCCESS);
            dd_irql_lower(old);
        }
        for (unsigned i = 0; i < BATCH; i++) {
            if (t[i]->free_inside) {
                tx_wait(t[i], 1);
                atomic_store(&t[i]->calls, 0);
            } else {
                check_and_free(t[i]);
            }
        }
    }
    for (unsigned i = 0; i < BATCH; i++) {
        tx_free(t[i]);
    }
}

static void run(void)
{
    struct dd_ctx *ctx[CONTEXTS];
    struct dd_dma_stats s;

    rig_start(3);
    rig_register(1514);
    atomic_store(&rig.adapter.state, DD_STATE_RUNNING);
    for (unsigned i = 0; i < CONTEXTS; i++) {
        assert_int_equal(dd_ctx_spawn("sender", i, worker, NULL, &ctx[i]), 0);
    }
    for (unsigned i = 0; i < 50; i++) { /* a progress display looks now and then */
        s = rig_stats();
        assert_true(s.sg_lists_freed <= CONTEXTS * ROUNDS * BATCH);
        dd_sched_yield();
    }
    for (unsigned i = 0; i < CONTEXTS; i++) {
        dd_ctx_join(ctx[i]);
    }
    s = rig_stats();
    assert_int_equal(s.sg_lists_built, CONTEXTS * ROUNDS * BATCH);
    assert_int_equal(s.sg_lists_freed, CONTEXTS * ROUNDS * BATCH);
    assert_int_equal(s.map_registers_now, 0);
    assert_int_equal(dd_sgdma_live_sends(&rig.adapter), 0);
    NdisMDeregisterScatterGatherDma(rig.dma);
    assert_int_equal(rig_stop(), 0);
}

static int quiet_setup(void **state)
{
    (void)state;
    memset(&rig.policy, 0, sizeof(rig.policy));
    rig.listening = false;
    return 0;
}

static void test_random_callbacks_with_scarce_registers(void **state)
{
    (void)state;
    rig.policy.callback = DD_CALLBACK_RANDOM;
    rig.policy.map_registers = 7;
    rig.policy.checked = true;
    run();
}

static void test_deferred_callbacks_with_bounce_pages(void **state)
{
    (void)state;
    rig.policy.callback = DD_CALLBACK_DEFERRED;
    rig.policy.bounce = DD_BOUNCE_ALWAYS;
    rig.policy.iommu = DD_DOMAIN_LAZY;
    run();
}

static void test_inline_callbacks_without_translation(void **state)
{
    (void)state;
    rig.policy.iommu = DD_DOMAIN_OFF;
    run();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_random_callbacks_with_scarce_registers, quiet_setup),
        cmocka_unit_test_setup(test_deferred_callbacks_with_bounce_pages, quiet_setup),
        cmocka_unit_test_setup(test_inline_callbacks_without_translation, quiet_setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
