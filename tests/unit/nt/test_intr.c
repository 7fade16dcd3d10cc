/* SPDX-License-Identifier: MIT */
#include "nt_test.h"

static struct {
    _Atomic(unsigned) ran, inside, most, claims; /* claims: how many calls claim; then none does */
    _Atomic(unsigned) irql, cpu;
    _Atomic(bool) level;
    struct dd_intr *intr;
    unsigned plain; /* only the interrupt's lock guards it */
    KDPC dpc;
    _Atomic(unsigned) dpcs;
} t;

static int start(void **state)
{
    memset(&t, 0, sizeof(t));
    return nt_test_start(state);
}

static void enter(void)
{
    unsigned now = atomic_fetch_add(&t.inside, 1) + 1;

    if (now > atomic_load(&t.most)) {
        atomic_store(&t.most, now);
    }
    t.plain++;
}

static void leave(void)
{
    atomic_fetch_sub(&t.inside, 1);
}

static bool message_isr(void *arg, unsigned vector)
{
    (void)arg;
    (void)vector;
    enter();
    atomic_store(&t.irql, dd_irql_get());
    atomic_store(&t.cpu, dd_cpu_current());
    leave();
    atomic_fetch_add(&t.ran, 1);
    return true;
}

static struct dd_intr *connect(struct dd_intr_config config)
{
    struct dd_intr *intr;

    assert_int_equal(dd_intr_connect(&config, &intr), 0);
    return intr;
}

static void a_message_runs_its_isr_at_its_level_on_its_cpu(void **state)
{
    struct dd_intr *intr =
        connect((struct dd_intr_config){.isr = message_isr, .vector = 3, .cpu = 1});

    (void)state;
    for (unsigned i = 1; i <= 50; i++) {
        dd_intr_raise(intr, true);
        assert_true(nt_test_reaches(&t.ran, i));
    }
    assert_int_equal(atomic_load(&t.irql), dd_intr_irql(intr));
    assert_true(dd_intr_irql(intr) > DISPATCH_LEVEL);
    assert_int_equal(atomic_load(&t.cpu), 1);
    while (dd_intr_count(intr) < 50) {
        dd_thread_yield();
    }
    dd_intr_disconnect(intr);
    assert_int_equal(atomic_load(&nt_test.a[DD_EV_INTERRUPT]), 3);
    assert_int_equal(EVENTS(INTERRUPT), 50);
}

static void an_isr_interrupts_what_runs_at_dispatch_on_its_cpu(void **state)
{
    struct dd_intr *intr = connect((struct dd_intr_config){.isr = message_isr, .cpu = 0});

    (void)state;
    dd_irql_raise(DISPATCH_LEVEL);
    dd_intr_raise(intr, true);
    assert_true(nt_test_reaches(&t.ran, 1));
    dd_irql_lower(PASSIVE_LEVEL);
    dd_intr_disconnect(intr);
}

static bool slow_isr(void *arg, unsigned vector)
{
    (void)arg;
    (void)vector;
    enter();
    atomic_fetch_add(&t.ran, 1);
    dd_sched_stall(5 * MS);
    leave();
    return true;
}

static void a_message_during_its_isr_makes_it_run_again(void **state)
{
    struct dd_intr *intr = connect((struct dd_intr_config){.isr = slow_isr, .cpu = 0});

    (void)state;
    dd_intr_raise(intr, true);
    assert_true(nt_test_reaches(&t.ran, 1));
    dd_intr_raise(intr, true);
    dd_intr_raise(intr, true);
    assert_true(nt_test_reaches(&t.ran, 2));
    dd_delay(15 * MS);
    assert_int_equal(atomic_load(&t.ran), 2);
    dd_intr_disconnect(intr);
}

static void disconnect_waits_for_the_running_isr(void **state)
{
    struct dd_intr *intr = connect((struct dd_intr_config){.isr = slow_isr, .cpu = 1});
    unsigned ran;

    (void)state;
    dd_intr_raise(intr, true);
    assert_true(nt_test_reaches(&t.ran, 1));
    dd_intr_raise(intr, true);
    dd_intr_disconnect(intr);
    assert_int_equal(atomic_load(&t.inside), 0);
    ran = atomic_load(&t.ran);
    dd_delay(10 * MS);
    assert_int_equal(atomic_load(&t.ran), ran);
}

static void isrs_that_share_a_lock_exclude_each_other(void **state)
{
    struct dd_intr *a = connect((struct dd_intr_config){.isr = message_isr, .cpu = 0});
    struct dd_intr *b =
        connect((struct dd_intr_config){.isr = message_isr, .cpu = 1, .share_lock_with = a});

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        dd_intr_raise(a, true);
        dd_intr_raise(b, true);
    }
    dd_delay(20 * MS);
    dd_intr_disconnect(a);
    dd_intr_raise(b, true);
    dd_delay(20 * MS);
    dd_intr_disconnect(b);
    assert_int_equal(t.plain, atomic_load(&t.ran));
    assert_int_equal(atomic_load(&t.most), 1);
}

/* claims as long as it may, and then takes the line down, as a driver that reads the cause register
 */
static bool line_isr(void *arg, unsigned vector)
{
    (void)arg;
    (void)vector;
    atomic_fetch_add(&t.ran, 1);
    if (atomic_load(&t.claims) == 0) {
        return false;
    }
    if (atomic_fetch_sub(&t.claims, 1) == 1) {
        dd_intr_raise(t.intr, false);
    }
    return true;
}

static void a_line_runs_its_isr_while_it_is_high(void **state)
{
    (void)state;
    t.intr = connect((struct dd_intr_config){.isr = line_isr, .line = true});
    atomic_store(&t.claims, 5);
    dd_intr_raise(t.intr, true);
    assert_true(nt_test_reaches(&t.ran, 5));
    dd_delay(10 * MS);
    assert_int_equal(atomic_load(&t.ran), 5);
    atomic_store(&t.claims, 1);
    dd_intr_raise(t.intr, true);
    assert_true(nt_test_reaches(&t.ran, 6));
    dd_intr_disconnect(t.intr);
}

static void an_unclaimed_line_is_tried_again_without_a_hot_loop(void **state)
{
    unsigned ran;

    (void)state;
    t.intr = connect((struct dd_intr_config){.isr = line_isr, .line = true});
    dd_intr_raise(t.intr, true);
    assert_true(nt_test_reaches(&t.ran, 3));
    dd_delay(20 * MS);
    ran = atomic_load(&t.ran);
    assert_true(ran < 200);
    assert_int_equal(atomic_load(&nt_test.b[DD_EV_INTERRUPT]), 0);
    dd_intr_raise(t.intr, false);
    dd_delay(5 * MS);
    ran = atomic_load(&t.ran);
    dd_delay(10 * MS);
    assert_int_equal(atomic_load(&t.ran), ran);
    /* and a fresh rise is not held up */
    atomic_store(&t.claims, 1);
    dd_intr_raise(t.intr, true);
    assert_true(nt_test_reaches(&t.ran, ran + 1));
    dd_intr_disconnect(t.intr);
}

static bool claim_always(void *arg, unsigned vector)
{
    (void)arg;
    (void)vector;
    atomic_fetch_add(&t.ran, 1);
    return true;
}

static void a_line_that_stays_high_though_claimed_does_not_spin(void **state)
{
    (void)state;
    t.intr = connect((struct dd_intr_config){.isr = claim_always, .line = true});
    dd_intr_raise(t.intr, true);
    dd_delay(20 * MS);
    assert_in_range(atomic_load(&t.ran), 17, 2000);
    dd_intr_disconnect(t.intr);
}

static BOOLEAN bump(void *arg)
{
    (void)arg;
    enter();
    atomic_store(&t.irql, dd_irql_get());
    leave();
    return TRUE;
}

static void synchronize_excludes_the_isr(void **state)
{
    struct dd_intr *intr = connect((struct dd_intr_config){.isr = message_isr, .cpu = 1});

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        dd_intr_raise(intr, true);
        assert_true(dd_intr_sync(intr, bump, NULL));
    }
    assert_int_equal(dd_irql_get(), PASSIVE_LEVEL);
    dd_intr_disconnect(intr);
    assert_int_equal(t.plain, 1000 + atomic_load(&t.ran));
    assert_int_equal(atomic_load(&t.most), 1);
}

static VOID count_dpc(PKDPC dpc, PVOID context, PVOID arg1, PVOID arg2)
{
    (void)dpc;
    (void)context;
    (void)arg1;
    (void)arg2;
    atomic_store(&t.cpu, dd_cpu_current());
    atomic_fetch_add(&t.dpcs, 1);
}

static bool dpc_isr(void *arg, unsigned vector)
{
    (void)arg;
    (void)vector;
    dd_dpc_queue(&t.dpc, DD_CPU_ANY, NULL, NULL);
    return true;
}

static void a_dpc_of_an_isr_runs_on_its_cpu(void **state)
{
    struct dd_intr *intr = connect((struct dd_intr_config){.isr = dpc_isr, .cpu = 1});

    (void)state;
    dd_dpc_init(&t.dpc, count_dpc, NULL);
    for (unsigned i = 1; i <= 100; i++) {
        dd_intr_raise(intr, true);
        assert_true(nt_test_reaches(&t.dpcs, i));
        assert_int_equal(atomic_load(&t.cpu), 1);
    }
    dd_intr_disconnect(intr);
    dd_dpc_flush();
}

static void raise_many(void *arg)
{
    for (unsigned i = 0; i < 2000; i++) {
        dd_intr_raise(arg, true);
    }
}

static void service_threads_may_raise(void **state)
{
    struct dd_intr *intr = connect((struct dd_intr_config){.isr = message_isr, .cpu = 0});
    struct dd_thread *threads[2];

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(dd_thread_start("device", raise_many, intr, &threads[i]), 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        dd_thread_join(threads[i]);
    }
    assert_true(nt_test_reaches(&t.ran, 1));
    dd_intr_disconnect(intr);
    assert_in_range(atomic_load(&t.ran), 1, 4000);
}

#define intr_test(fn) cmocka_unit_test_setup_teardown(fn, start, nt_test_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        intr_test(a_message_runs_its_isr_at_its_level_on_its_cpu),
        intr_test(an_isr_interrupts_what_runs_at_dispatch_on_its_cpu),
        intr_test(a_message_during_its_isr_makes_it_run_again),
        intr_test(disconnect_waits_for_the_running_isr),
        intr_test(isrs_that_share_a_lock_exclude_each_other),
        intr_test(a_line_runs_its_isr_while_it_is_high),
        intr_test(an_unclaimed_line_is_tried_again_without_a_hot_loop),
        intr_test(a_line_that_stays_high_though_claimed_does_not_spin),
        intr_test(synchronize_excludes_the_isr),
        intr_test(a_dpc_of_an_isr_runs_on_its_cpu),
        intr_test(service_threads_may_raise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
