/* SPDX-License-Identifier: MIT */
/* What hal/quick.h does and what it leaves to the long way: the lists are alike. And lists that two
 * CPUs build and free for each other. */
#include "quick_rig.h"

/* --- the long way --- */

static SCATTER_GATHER_LIST *long_list;

static void long_ready(const struct dd_hal_request *rq, SCATTER_GATHER_LIST *list)
{
    (void)rq;
    long_list = list;
}

static SCATTER_GATHER_LIST *long_build(PMDL mdl, uint64_t len, union quick_list *l, uint32_t bytes)
{
    const struct dd_hal_request rq = {.mdl = mdl,
                                      .len_bytes = len,
                                      .dir = TO,
                                      .buffer = l,
                                      .buffer_bytes = bytes,
                                      .ready = long_ready};
    bool called, queued;

    long_list = NULL;
    assert_int_equal(dd_hal_list_get(ha, &rq, &called, &queued), DD_SGL_OK);
    assert_true(called && !queued);
    assert_non_null(long_list);
    return long_list;
}

static void long_put(SCATTER_GATHER_LIST *list)
{
    uint64_t number;
    bool changed;
    struct dd_hal_list *l = dd_hal_list_claim(rig.dev, list, &number, &changed);

    assert_non_null(l);
    dd_hal_list_put(l);
}

/* the device finds the first @len bytes of the chain */
static void check_bytes(const SCATTER_GATHER_LIST *list, PMDL mdl, uint64_t len)
{
    union quick_list copy;

    assert_true(list->NumberOfElements <= ROOM_ELEMENTS);
    memcpy(&copy, list, DD_LIST_HEADER_BYTES + list->NumberOfElements * sizeof(struct dd_sg_elem));
    assert_true(quick_same(&copy, mdl, len));
}

/* the same but for where the device pages are */
static void check_alike(const SCATTER_GATHER_LIST *a, const SCATTER_GATHER_LIST *b)
{
    assert_int_equal(a->NumberOfElements, b->NumberOfElements);
    for (ULONG i = 0; i < a->NumberOfElements; i++) {
        assert_int_equal(a->Elements[i].Length, b->Elements[i].Length);
        assert_int_equal(a->Elements[i].Address.QuadPart & 4095,
                         b->Elements[i].Address.QuadPart & 4095);
        assert_int_equal(a->Elements[i].Reserved, 0);
        assert_int_equal(b->Elements[i].Reserved, 0);
    }
}

/*
 * As NDIS does it: the quick way, else the long one, into @bytes of room, beside a list of the long
 * way alone. Nothing beyond the room is written, and a refusal holds nothing.
 */
static void both_ways(PMDL mdl, uint64_t len, uint32_t bytes, bool is_quick)
{
    struct dd_dma_stats before = quick_stats(), after;
    union quick_list l, other;
    SCATTER_GATHER_LIST *list = &l.list, *reference;
    bool done;

    memset(&l, 0xa5, sizeof(l));
    done = dd_quick_build(quick, 0, mdl, len, TO, list, bytes);
    assert_int_equal(done, is_quick);
    for (uint32_t i = bytes; i < sizeof(l); i++) {
        assert_int_equal(l.bytes[i], 0xa5);
    }
    if (!done) {
        after = quick_stats();
        assert_memory_equal(&before, &after, sizeof(before));
        assert_int_equal(dd_quick_live_locked(quick), 0);
        assert_int_equal(dd_domain_live(rig.domain), 0);
        list = long_build(mdl, len, &l, bytes);
    }
    reference = long_build(mdl, len, &other, sizeof(other));
    check_alike(list, reference);
    check_bytes(list, mdl, len);
    check_bytes(reference, mdl, len);
    long_put(reference);
    check_bytes(list, mdl, len);
    if (done) {
        quick_put(&l);
    } else {
        long_put(list);
    }
    assert_int_equal(dd_domain_live(rig.domain), 0);
}

/* @count MDLs of 100 bytes and some */
static PMDL short_mdls(unsigned count)
{
    PMDL first = NULL;

    while (count-- > 0) {
        first = quick_chain(quick_run(40 * count, 100 + count), first);
    }
    return first;
}

static void test_chains_of_more_mdls_than_spans(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= SPANS_MAX + 2; n++) {
        PMDL chain = short_mdls(n);

        both_ways(chain, 100 * n, sizeof(union quick_list), n <= SPANS_MAX);
        both_ways(chain, 1, sizeof(union quick_list), true); /* the window has one */
        quick_run_free(chain);
    }
}

static void test_empty_mdls_are_passed_over(void **state)
{
    PMDL chain = quick_chain(quick_run(7, 0),
                             quick_chain(quick_run(9, 60),
                                         quick_chain(quick_run(0, 0), quick_run(11, 1000))));

    (void)state;
    both_ways(chain, 1060, sizeof(union quick_list), true);
    both_ways(chain, 60, sizeof(union quick_list), true);
    both_ways(chain, 61, sizeof(union quick_list), true);
    both_ways(chain, 0, sizeof(union quick_list), false); /* nothing to describe */
    quick_run_free(chain);
}

static void test_mdls_of_many_pages(void **state)
{
    static const struct {
        size_t offset, bytes;
        bool is_quick;
    } m[] = {{0, RANGE_PAGES * 4096, true},
             {0, RANGE_PAGES * 4096 + 1, false},
             {4095, (RANGE_PAGES - 1) * 4096 + 1, true},
             {4095, (RANGE_PAGES - 1) * 4096 + 2, false},
             {100, 60000, false}};

    (void)state;
    for (unsigned i = 0; i < sizeof(m) / sizeof(m[0]); i++) {
        PMDL chain = quick_chain(quick_run(3, 20), quick_run(m[i].offset, m[i].bytes));

        both_ways(chain, m[i].bytes + 20, sizeof(union quick_list), m[i].is_quick);
        quick_run_free(chain);
    }
}

static void test_scattered_pages_and_memory_that_is_no_ram(void **state)
{
    static uint8_t outside[3 * 4096];
    PMDL other = quick_run(50, 500), mdl = dd_mdl_new(outside + 10, 5000, NULL, NULL);

    (void)state;
    assert_false((rig.chain->MdlFlags & DD_MDL_RUN) != 0); /* else this RAM is not shuffled */
    both_ways(rig.chain, 3 * 4096, sizeof(union quick_list), false);
    for (unsigned i = 0; i < sizeof(outside); i++) {
        outside[i] = (uint8_t)(i * 11);
    }
    other->Next = mdl;
    both_ways(other, 5500, sizeof(union quick_list), false);
    both_ways(other, 500, sizeof(union quick_list), true);
    other->Next = NULL;
    dd_mdl_free(mdl, NULL);
    quick_run_free(other);
}

static void test_small_buffers(void **state)
{
    PMDL chain = short_mdls(3);

    (void)state;
    for (uint32_t bytes = 0; bytes <= DD_LIST_HEADER_BYTES + 4 * sizeof(struct dd_sg_elem);
         bytes++) {
        both_ways(chain, 303, bytes, bytes >= DD_LIST_HEADER_BYTES + 3 * sizeof(struct dd_sg_elem));
    }
    quick_run_free(chain);
}

static void test_a_chain_shorter_than_the_window(void **state)
{
    const struct dd_hal_request rq = {.len_bytes = 304, .dir = TO, .ready = long_ready};
    struct dd_hal_request long_rq = rq;
    PMDL chain = short_mdls(3);
    bool called, queued;
    union quick_list l;

    (void)state;
    assert_false(quick_build(chain, 304, TO, &l));
    long_rq.mdl = chain;
    assert_int_equal(dd_hal_list_get(ha, &long_rq, &called, &queued), DD_SGL_WINDOW);
    assert_int_equal(dd_domain_live(rig.domain), 0);
    quick_run_free(chain);
}

static void test_bounced_lists_are_alike_too(void **state)
{
    PMDL chain = quick_chain(quick_run(5, 54), quick_run(3000, 9000));
    PMDL longer = quick_run(1, PIECES_MAX * 4096);

    (void)state;
    for (uint64_t len = 1; len <= 9054; len += 431) {
        union quick_list l, other;
        SCATTER_GATHER_LIST *reference;

        assert_true(quick_build(chain, len, TO, &l));
        reference = long_build(chain, len, &other, sizeof(other));
        check_bytes(&l.list, chain, len);
        check_bytes(reference, chain, len);
        for (ULONG i = 0; i < 1; i++) { /* which pages are adjacent is the pool's */
            assert_int_equal(address_of(&l, i) & 4095,
                             reference->Elements[i].Address.QuadPart & 4095);
        }
        long_put(reference);
        quick_put(&l);
    }
    {
        union quick_list l;

        assert_false(quick_build(longer, PIECES_MAX * 4096, TO, &l)); /* a page too many */
        assert_int_equal(quick_stats().map_registers_now, 0);
        assert_true(quick_build(longer, PIECES_MAX * 4096 - 1, TO, &l));
        assert_true(quick_same(&l, longer, PIECES_MAX * 4096 - 1));
        quick_put(&l);
    }
    quick_run_free(chain);
    quick_run_free(longer);
}

/* --- two CPUs --- */

#define RING  64u
#define LISTS 3000u

/* lists on their way from one CPU to the other */
struct ring {
    union quick_list lists[RING];
    _Atomic(unsigned) built, freed;
};

static struct side {
    struct ring *out, *in;
    PMDL chain;
    uint64_t len;
    _Atomic(unsigned) bad;
} sides[2];

static bool take(struct side *s, const struct side *other, unsigned cpu)
{
    unsigned n = atomic_load(&s->in->freed);
    const union quick_list *l = &s->in->lists[n % RING];

    if (n == atomic_load(&s->in->built)) {
        return false;
    }
    if (!quick_same(l, other->chain, other->len)) {
        atomic_fetch_add(&s->bad, 1);
    }
    dd_quick_put(l->list.Reserved, cpu);
    if (quick->translated && reads(address_of(l, 0)) == 0) {
        atomic_fetch_add(&s->bad, 1);
    }
    atomic_store(&s->in->freed, n + 1);
    return true;
}

/* builds for the other CPU, frees what the other one built */
static VOID NTAPI side_main(PKDPC dpc, PVOID arg, PVOID arg1, PVOID arg2)
{
    unsigned cpu = (unsigned)(ULONG_PTR)arg, built = 0, freed = 0;
    struct side *s = &sides[cpu], *other = &sides[1 - cpu];

    (void)dpc;
    (void)arg1;
    (void)arg2;
    if (dd_cpu_current() != cpu) {
        atomic_fetch_add(&s->bad, 1);
    }
    while (built < LISTS || freed < LISTS) {
        bool moved = take(s, other, cpu);

        freed += moved;
        if (built < LISTS && built - atomic_load(&s->out->freed) < RING) {
            union quick_list *l = &s->out->lists[built % RING];

            if (!dd_quick_build(quick, cpu, s->chain, s->len, TO, &l->list, sizeof(*l))) {
                atomic_fetch_add(&s->bad, 1);
            }
            atomic_store(&s->out->built, ++built);
            moved = true;
        }
        if (!moved) {
            dd_thread_yield();
        }
    }
}

static void test_lists_built_on_one_cpu_and_freed_on_the_other(void **state)
{
    static struct ring rings[2];
    KDPC dpcs[2];

    (void)state;
    memset(rings, 0, sizeof(rings));
    for (unsigned i = 0; i < 2; i++) {
        sides[i].out = &rings[i];
        sides[i].in = &rings[1 - i];
        sides[i].chain = quick_chain(quick_run(5 + i, 54), quick_run(300 * i, 1460));
        sides[i].len = 1500 + i;
        atomic_store(&sides[i].bad, 0);
    }
    dd_irql_lower(PASSIVE_LEVEL);
    for (unsigned i = 0; i < 2; i++) {
        dd_dpc_init(&dpcs[i], side_main, (PVOID)(ULONG_PTR)i);
        dd_dpc_queue(&dpcs[i], i, NULL, NULL);
    }
    dd_dpc_flush();
    dd_irql_raise(DISPATCH_LEVEL);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(atomic_load(&sides[i].bad), 0);
        assert_int_equal(atomic_load(&rings[i].freed), LISTS);
        quick_run_free(sides[i].chain);
    }
    assert_int_equal(quick_stats().sg_lists_built, 2 * LISTS);
    assert_int_equal(quick_stats().sg_lists_freed, 2 * LISTS);
    assert_int_equal(dd_domain_live(rig.domain), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        Q(test_chains_of_more_mdls_than_spans),
        Q(test_empty_mdls_are_passed_over),
        Q(test_mdls_of_many_pages),
        Q(test_scattered_pages_and_memory_that_is_no_ram),
        Q(test_small_buffers),
        Q(test_a_chain_shorter_than_the_window),
        B(test_bounced_lists_are_alike_too),
        Q(test_lists_built_on_one_cpu_and_freed_on_the_other),
        B(test_lists_built_on_one_cpu_and_freed_on_the_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
