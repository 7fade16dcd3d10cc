/* SPDX-License-Identifier: MIT */
/* IRQL, the dispatch lock, brackets around driver calls. */
#include "nt_test.h"

static void raise_returns_the_old_level_and_lower_restores_it(void **state)
{
    (void)state;
    assert_int_equal(dd_irql_get(), PASSIVE_LEVEL);
    assert_int_equal(dd_irql_raise(APC_LEVEL), PASSIVE_LEVEL);
    assert_int_equal(dd_irql_raise(DISPATCH_LEVEL), APC_LEVEL);
    assert_int_equal(dd_irql_raise(8), DISPATCH_LEVEL);
    assert_int_equal(dd_irql_raise(8), 8);
    dd_irql_lower(DISPATCH_LEVEL);
    assert_int_equal(dd_irql_get(), DISPATCH_LEVEL);
    dd_irql_lower(PASSIVE_LEVEL);
    assert_int_equal(dd_irql_get(), PASSIVE_LEVEL);
    assert_int_equal(EVENTS(IRQL_BAD), 0);
}

static void the_wrong_direction_is_reported_and_changes_nothing(void **state)
{
    (void)state;
    dd_irql_raise(DISPATCH_LEVEL);
    assert_int_equal(dd_irql_raise(APC_LEVEL), DISPATCH_LEVEL);
    assert_int_equal(EVENTS(IRQL_BAD), 1);
    dd_irql_lower(9);
    assert_int_equal(EVENTS(IRQL_BAD), 2);
    assert_int_equal(atomic_load(&nt_test.a[DD_EV_IRQL_BAD]), DISPATCH_LEVEL);
    assert_int_equal(atomic_load(&nt_test.b[DD_EV_IRQL_BAD]), 9);
    assert_int_equal(dd_irql_get(), DISPATCH_LEVEL);
    dd_irql_lower(PASSIVE_LEVEL);
}

struct crowd {
    unsigned counter; /* plain: only the dispatch lock guards it */
    _Atomic(unsigned) inside, most;
};

static void at_dispatch(void *arg)
{
    struct crowd *c = arg;

    for (unsigned i = 0; i < 2000; i++) {
        KIRQL old = dd_irql_raise(DISPATCH_LEVEL);
        unsigned now = atomic_fetch_add(&c->inside, 1) + 1;

        if (now > atomic_load(&c->most)) {
            atomic_store(&c->most, now);
        }
        c->counter++;
        if (i % 64 == 0) {
            dd_sched_yield();
        }
        atomic_fetch_sub(&c->inside, 1);
        dd_irql_lower(old);
    }
}

static void one_context_at_a_time_is_at_dispatch_on_a_cpu(void **state)
{
    struct crowd c = {0};
    struct dd_ctx *ctx[6];

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(dd_ctx_spawn("crowd", 1, at_dispatch, &c, &ctx[i]), 0);
    }
    for (unsigned i = 0; i < 6; i++) {
        dd_ctx_join(ctx[i]);
    }
    assert_int_equal(c.counter, 12000);
    assert_int_equal(atomic_load(&c.most), 1);
}

static _Atomic(unsigned) told;

static void tell(void *arg)
{
    dd_irql_raise(DISPATCH_LEVEL);
    atomic_store(&told, 1);
    dd_irql_lower(PASSIVE_LEVEL);
    (void)arg;
}

static void cpus_do_not_wait_for_one_another(void **state)
{
    struct dd_ctx *ctx;

    (void)state;
    atomic_store(&told, 0);
    dd_irql_raise(DISPATCH_LEVEL);
    assert_int_equal(dd_ctx_spawn("other", 1, tell, NULL, &ctx), 0);
    assert_true(nt_test_reaches(&told, 1));
    dd_irql_lower(PASSIVE_LEVEL);
    dd_ctx_join(ctx);
}

static void a_service_thread_is_at_passive_for_ever(void *arg)
{
    bool *fine = arg;

    *fine = dd_irql_get() == PASSIVE_LEVEL && dd_irql_raise(DISPATCH_LEVEL) == PASSIVE_LEVEL &&
            dd_irql_get() == PASSIVE_LEVEL && dd_ctx_self() == NULL;
    dd_irql_lower(PASSIVE_LEVEL);
}

static void a_service_thread_has_no_irql(void **state)
{
    struct dd_thread *t;
    bool fine = false;

    (void)state;
    assert_int_equal(dd_thread_start("service", a_service_thread_is_at_passive_for_ever, &fine, &t),
                     0);
    dd_thread_join(t);
    assert_true(fine);
}

static void a_call_that_leaves_the_level_changed_is_reported_and_put_right(void **state)
{
    struct dd_call call;

    (void)state;
    dd_call_enter(&call, DD_ROLE_SEND, "MiniportSendNetBufferLists", NULL);
    dd_irql_raise(DISPATCH_LEVEL);
    dd_call_leave(&call);
    assert_int_equal(dd_irql_get(), PASSIVE_LEVEL);
    assert_int_equal(EVENTS(CALLBACK_ENTER), 1);
    assert_int_equal(EVENTS(CALLBACK_LEAVE), 1);
    assert_int_equal(atomic_load(&nt_test.a[DD_EV_CALLBACK_LEAVE]), PASSIVE_LEVEL);
    assert_int_equal(atomic_load(&nt_test.c[DD_EV_CALLBACK_LEAVE]), DISPATCH_LEVEL);
    dd_irql_raise(DISPATCH_LEVEL);
    dd_call_enter(&call, DD_ROLE_SEND, "MiniportSendNetBufferLists", NULL);
    dd_irql_lower(PASSIVE_LEVEL);
    dd_call_leave(&call);
    assert_int_equal(dd_irql_get(), DISPATCH_LEVEL);
    dd_irql_lower(PASSIVE_LEVEL);
}

static void a_call_that_keeps_a_lock_is_reported(void **state)
{
    struct dd_call call;
    KSPIN_LOCK lock = 0;

    (void)state;
    dd_irql_raise(DISPATCH_LEVEL);
    dd_call_enter(&call, DD_ROLE_SEND, "MiniportSendNetBufferLists", NULL);
    dd_spin_acquire(&lock, NULL);
    dd_call_leave(&call);
    assert_int_equal(atomic_load(&nt_test.d[DD_EV_CALLBACK_LEAVE]), 1);
    dd_spin_release(&lock, NULL);
    dd_irql_lower(PASSIVE_LEVEL);
    assert_int_equal(EVENTS(LOCK_BAD), 0);
}

static void nested_calls_are_known_by_role(void **state)
{
    struct dd_call outer, inner;

    (void)state;
    assert_false(dd_call_inside(DD_ROLE_HALT));
    dd_call_enter(&outer, DD_ROLE_HALT, "MiniportHaltEx", NULL);
    dd_call_enter(&inner, DD_ROLE_RETURN, "MiniportReturnNetBufferLists", NULL);
    assert_true(dd_call_inside(DD_ROLE_HALT));
    assert_int_equal(dd_call_current()->role, DD_ROLE_RETURN);
    dd_call_leave(&inner);
    assert_int_equal(dd_call_current()->role, DD_ROLE_HALT);
    dd_call_leave(&outer);
    assert_null(dd_call_current());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        nt_test(raise_returns_the_old_level_and_lower_restores_it),
        nt_test(the_wrong_direction_is_reported_and_changes_nothing),
        nt_test(one_context_at_a_time_is_at_dispatch_on_a_cpu),
        nt_test(cpus_do_not_wait_for_one_another),
        nt_test(a_service_thread_has_no_irql),
        nt_test(a_call_that_leaves_the_level_changed_is_reported_and_put_right),
        nt_test(a_call_that_keeps_a_lock_is_reported),
        nt_test(nested_calls_are_known_by_role),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
