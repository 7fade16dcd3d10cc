/* SPDX-License-Identifier: MIT */
#include "svc_test.h"

static void interlocked_list_gives_neighbours_or_null(void **state)
{
    LIST_ENTRY head, a, b, c;
    KSPIN_LOCK lock = 0;

    (void)state;
    InitializeListHead(&head);
    assert_null(ExInterlockedRemoveHeadList(&head, &lock));
    assert_null(ExInterlockedInsertTailList(&head, &a, &lock));
    assert_ptr_equal(ExInterlockedInsertTailList(&head, &b, &lock), &a);
    assert_ptr_equal(ExInterlockedInsertHeadList(&head, &c, &lock), &a);
    assert_ptr_equal(ExInterlockedRemoveHeadList(&head, &lock), &c);
    assert_ptr_equal(ExInterlockedRemoveHeadList(&head, &lock), &a);
    assert_ptr_equal(ExInterlockedRemoveHeadList(&head, &lock), &b);
    assert_true(IsListEmpty(&head));
    assert_int_equal(lock, 0);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

static void corrupt_interlocked_list_stops_the_run(void **state)
{
    LIST_ENTRY head, a, b;
    KSPIN_LOCK lock = 0;

    (void)state;
    InitializeListHead(&head);
    (void)ExInterlockedInsertTailList(&head, &a, &lock);
    a.Flink = &b;
    b.Blink = &head;
    ASSERT_BUGCHECK((void)ExInterlockedRemoveHeadList(&head, &lock));
    dd_spin_release(&lock, NULL);
    dd_irql_lower(PASSIVE_LEVEL);
}

static void sequenced_list_is_a_stack_that_counts(void **state)
{
    SLIST_HEADER head;
    SLIST_ENTRY e[3];

    (void)state;
    memset(&head, 0xcd, sizeof(head));
    InitializeSListHead(&head);
    assert_null(InterlockedPopEntrySList(&head));
    assert_null(InterlockedPushEntrySList(&head, &e[0]));
    assert_ptr_equal(InterlockedPushEntrySList(&head, &e[1]), &e[0]);
    assert_int_equal(ExQueryDepthSList(&head), 2);
    assert_ptr_equal(InterlockedPopEntrySList(&head), &e[1]);
    assert_ptr_equal(InterlockedPushEntrySList(&head, &e[2]), &e[0]);
    assert_ptr_equal(InterlockedFlushSList(&head), &e[2]);
    assert_ptr_equal(e[2].Next, &e[0]);
    assert_int_equal(ExQueryDepthSList(&head), 0);
    assert_null(InterlockedFlushSList(&head));
}

static void unaligned_entry_is_reported(void **state)
{
    SLIST_HEADER head;
    _Alignas(16) char space[64];

    (void)state;
    InitializeSListHead(&head);
    assert_null(InterlockedPushEntrySList(&head, (PSLIST_ENTRY)(void *)(space + 8)));
    assert_int_equal(EVENTS(OBJECT_BAD), 1);
    assert_null(InterlockedPopEntrySList(&head));
}

static SLIST_HEADER shared;
static _Atomic(unsigned) popped;

static void pop_and_push(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < 5000; i++) {
        PSLIST_ENTRY e = InterlockedPopEntrySList(&shared);

        if (e != NULL) {
            atomic_fetch_add(&popped, 1);
            (void)InterlockedPushEntrySList(&shared, e);
        }
    }
}

static void contexts_share_a_sequenced_list(void **state)
{
    static SLIST_ENTRY e[4];
    struct dd_ctx *ctx[3];

    (void)state;
    InitializeSListHead(&shared);
    for (int i = 0; i < 4; i++) {
        (void)InterlockedPushEntrySList(&shared, &e[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(dd_ctx_spawn("slist", i % 2, pop_and_push, NULL, &ctx[i]), 0);
    }
    for (int i = 0; i < 3; i++) {
        dd_ctx_join(ctx[i]);
    }
    assert_int_equal(atomic_load(&popped), 15000);
    assert_int_equal(ExQueryDepthSList(&shared), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        svc_test(interlocked_list_gives_neighbours_or_null),
        svc_test(corrupt_interlocked_list_stops_the_run),
        svc_test(sequenced_list_is_a_stack_that_counts),
        svc_test(unaligned_entry_is_reported),
        svc_test(contexts_share_a_sequenced_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
