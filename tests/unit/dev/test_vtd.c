/* SPDX-License-Identifier: MIT */
/* The VT-d against a model of its registers: tables, queue, faults, and what a domain makes of it.
 */
#include "base/check.h"
#include "base/log.h"
#include "base/random.h"
#include "base/thread.h"
#include "dev/qemu/vtd.h"
#include "seam/seam.h"
#include "vtd_model.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RAM_BYTES (32u << 20)
#define BDF       0x118u

static struct dd_ram *ram;
static struct dd_domain *dom;
static struct dd_vtd *vtd;
static struct vtd_model model;
static struct dd_fault faults[16];
static unsigned fault_count, log_lines;

static void listen(void *arg, const struct dd_ev *ev)
{
    (void)arg;
    if (ev->kind == DD_EV_DEV_FAULT) {
        faults[fault_count % DD_ARRAY_LEN(faults)] = *(const struct dd_fault *)ev->data;
        fault_count++;
    }
}

static void log_line(void *arg, enum dd_log_level level, const char *line)
{
    (void)arg;
    (void)line;
    log_lines += level <= DD_LOG_WARN;
}

static int setup(void **state)
{
    static const struct dd_ram_config config = {.low_bytes = RAM_BYTES, .seed = 1, .shuffle = true};
    static const struct dd_listener listener = {.event = listen};

    (void)state;
    fault_count = log_lines = 0;
    dd_seam_reset();
    dd_log_set_sink(log_line, NULL);
    if (dd_ram_new(&config, &ram) < 0 || dd_seam_listen(&listener) < 0) {
        return -1;
    }
    vtd_model_init(&model, ram);
    vtd_model_use(&model);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dd_vtd_free(vtd);
    vtd = NULL;
    dd_domain_free(dom);
    dom = NULL;
    assert_int_equal(model.dead ? 0 : model.gsts & 1u << 31, 0);
    assert_int_equal(dd_ram_live_bytes(ram), 0);
    dd_ram_free(ram);
    vtd_model_use(NULL);
    dd_log_set_sink(NULL, NULL);
    dd_seam_reset();
    return 0;
}

static void start(enum dd_domain_mode mode)
{
    assert_int_equal(dd_domain_new(ram, mode, 64, &dom), 0);
    assert_int_equal(dd_vtd_new(NULL, ram, dom, BDF, &vtd), 0);
    assert_true(dd_domain_has_mmu(dom));
}

static dd_iova page(uint64_t n)
{
    return (dd_iova){DD_IOVA_BASE + n * 4096};
}

static dd_phys phys_page(uint64_t n)
{
    return (dd_phys){DD_PHYS_BASE + n * 4096};
}

static void map(uint64_t n, uint64_t pages, enum dd_dir dir, uint64_t owner)
{
    assert_int_equal(dd_domain_map(dom, page(n), phys_page(n % 4000), pages * 4096, dir, owner), 0);
}

static bool dma(dd_iova iova, bool write)
{
    uint64_t phys;

    return vtd_model_dma(&model, BDF, iova.v, write, &phys);
}

/* the @n-th fault is the last one, and it is this */
static void expect(unsigned n, enum dd_fault_reason reason, dd_iova at, bool write, uint64_t owner)
{
    const struct dd_fault *f = &faults[(n - 1) % DD_ARRAY_LEN(faults)];

    assert_int_equal(fault_count, n);
    assert_int_equal(f->reason, reason);
    assert_int_equal(f->iova.v, at.v);
    assert_int_equal(f->write, write);
    assert_int_equal(f->owner, owner);
    assert_true(f->by_page);
    assert_int_equal(dd_domain_faults(dom), n);
}

/* --- tables --- */

static void test_a_mapping_leads_where_it_says(void **state)
{
    uint64_t phys;
    unsigned rights;

    (void)state;
    start(DD_DOMAIN_STRICT);
    assert_int_equal(dd_domain_map(dom, (dd_iova){DD_IOVA_BASE + 0x123}, (dd_phys){0x345123}, 10000,
                                   DD_DIR_TO_DEVICE, 1),
                     0);
    assert_true(vtd_model_walk(&model, BDF, DD_IOVA_BASE + 0x2222, &phys, &rights));
    assert_int_equal(phys, 0x347222);
    assert_int_equal(rights, 1);
    assert_false(vtd_model_walk(&model, BDF, DD_IOVA_BASE + 0x3000, &phys, &rights));
    assert_false(vtd_model_walk(&model, BDF, DD_IOVA_BASE - 1, &phys, &rights));
    assert_false(vtd_model_walk(&model, BDF + 8, DD_IOVA_BASE, &phys, &rights));
    assert_false(vtd_model_walk(&model, BDF & 0xFF, DD_IOVA_BASE, &phys, &rights)); /* bus 0 */
    dd_domain_unmap(dom, (dd_iova){DD_IOVA_BASE + 0x123}, 10000);
    assert_false(vtd_model_walk(&model, BDF, DD_IOVA_BASE + 0x2222, &phys, &rights));
    assert_int_equal(fault_count, 0);
}

#define TWIN_PAGES 4096u

struct twin {
    uint64_t phys[TWIN_PAGES];
    uint8_t rights[TWIN_PAGES];
    struct {
        uint32_t first, pages;
    } live[64];
    unsigned live_count;
};

static void twin_map(struct twin *t, struct dd_rng *rng, uint64_t base, uint64_t owner)
{
    uint32_t pages = (uint32_t)dd_rng_below(rng, 40) + 1;
    uint32_t first = (uint32_t)dd_rng_below(rng, TWIN_PAGES - pages);
    uint64_t frame = dd_rng_below(rng, 4000);
    enum dd_dir dir = (enum dd_dir)(dd_rng_below(rng, 3) + 1);
    bool clash = t->live_count == DD_ARRAY_LEN(t->live);

    for (uint32_t i = 0; i < pages; i++) {
        clash |= t->rights[first + i] != 0;
    }
    if (clash) {
        return;
    }
    assert_int_equal(dd_domain_map(dom, (dd_iova){base + (uint64_t)first * 4096}, phys_page(frame),
                                   pages * 4096, dir, owner),
                     0);
    for (uint32_t i = 0; i < pages; i++) {
        t->phys[first + i] = phys_page(frame + i).v;
        t->rights[first + i] =
            (uint8_t)((dir & DD_DIR_TO_DEVICE ? 1 : 0) | (dir & DD_DIR_FROM_DEVICE ? 2 : 0));
    }
    t->live[t->live_count].first = first;
    t->live[t->live_count++].pages = pages;
}

static void twin_unmap(struct twin *t, uint64_t base, unsigned i)
{
    dd_domain_unmap(dom, (dd_iova){base + (uint64_t)t->live[i].first * 4096},
                    t->live[i].pages * 4096);
    memset(&t->rights[t->live[i].first], 0, t->live[i].pages);
    t->live[i] = t->live[--t->live_count];
}

/* the tables by the model's walk, and its cache by an access: both as the twin says */
static void twin_compare(const struct twin *t, uint64_t base, uint32_t n)
{
    uint64_t iova = base + (uint64_t)n * 4096, phys = 0;
    unsigned rights = 0;
    bool there = vtd_model_walk(&model, BDF, iova, &phys, &rights);

    assert_int_equal(there ? rights : 0, t->rights[n]);
    if (there) {
        assert_int_equal(phys, t->phys[n]);
        assert_true(vtd_model_dma(&model, BDF, iova + 5, (rights & 2) != 0, &phys));
        assert_int_equal(phys, t->phys[n] + 5);
    }
}

static void test_random_mappings_agree_with_an_independent_walk(void **state)
{
    static const uint64_t bases[] = {DD_IOVA_BASE, 0x10000, 0xFE000000 - TWIN_PAGES * 4096};
    uint64_t seed = dd_random_seed(), owner = 1;
    struct dd_rng rng;

    (void)state;
    if (getenv("DD_TEST_SEED")) {
        seed = strtoull(getenv("DD_TEST_SEED"), NULL, 0);
    }
    printf("DD_TEST_SEED=0x%llx\n", (unsigned long long)seed);
    dd_rng_seed(&rng, seed, 0);
    start(DD_DOMAIN_STRICT);
    for (unsigned b = 0; b < DD_ARRAY_LEN(bases); b++) {
        struct twin *t = calloc(1, sizeof(*t));

        assert_non_null(t);
        for (unsigned i = 0; i < 3000; i++) {
            if (t->live_count > 0 && dd_rng_below(&rng, 5) < 2) {
                twin_unmap(t, bases[b], (unsigned)dd_rng_below(&rng, t->live_count));
            } else {
                twin_map(t, &rng, bases[b], owner++);
            }
            twin_compare(t, bases[b], (uint32_t)dd_rng_below(&rng, TWIN_PAGES));
        }
        while (t->live_count > 0) {
            twin_unmap(t, bases[b], 0);
        }
        for (uint32_t n = 0; n < TWIN_PAGES; n++) {
            twin_compare(t, bases[b], n);
        }
        free(t);
    }
    assert_int_equal(fault_count, 0);
    assert_int_equal(dd_domain_live(dom), 0);
}

static void test_a_doorbell_page_is_for_writes(void **state)
{
    uint64_t phys;

    (void)state;
    start(DD_DOMAIN_STRICT);
    assert_int_equal(dd_vtd_map_page(vtd, (dd_iova){DD_VTD_DOORBELL_IOVA}, 0xE0004000), 0);
    assert_int_equal(dd_vtd_map_page(vtd, (dd_iova){DD_VTD_DOORBELL_IOVA}, 0xE0005000), -EEXIST);
    assert_int_equal(dd_vtd_map_page(vtd, (dd_iova){1ull << 39}, 0xE0005000), -EINVAL);
    assert_true(vtd_model_dma(&model, BDF, DD_VTD_DOORBELL_IOVA + 12, true, &phys));
    assert_int_equal(phys, 0xE000400C);
    assert_false(vtd_model_dma(&model, BDF, DD_VTD_DOORBELL_IOVA + 12, false, &phys));
    assert_int_equal(dd_domain_live(dom), 0);
    dd_vtd_poll(vtd);
    expect(1, DD_FAULT_UNMAPPED, (dd_iova){DD_VTD_DOORBELL_IOVA}, false, 0);
}

static void test_addresses_beyond_39_bits_are_refused(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT);
    assert_int_equal(dd_domain_map(dom, (dd_iova){(1ull << 39) - 4096}, phys_page(0), 8192,
                                   DD_DIR_BOTH, 1),
                     -EINVAL);
    assert_int_equal(dd_domain_live(dom), 0);
    assert_int_equal(dd_domain_map(dom, (dd_iova){(1ull << 39) - 4096}, phys_page(0), 4096,
                                   DD_DIR_BOTH, 1),
                     0);
    dd_domain_unmap(dom, (dd_iova){(1ull << 39) - 4096}, 4096);
}

/* --- the end of a mapping --- */

static void test_a_strict_unmap_is_over_when_it_returns(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT);
    for (unsigned i = 0; i < 2000; i++) { /* the queue wraps many times */
        map(i, 1 + i % 7, DD_DIR_BOTH, i + 1);
        assert_true(dma(page(i), true));
        dd_domain_unmap(dom, page(i), (1 + i % 7) * 4096);
        assert_false(dma(page(i), true));
        dd_vtd_poll(vtd);
        expect(i + 1, DD_FAULT_STALE, page(i), true, i + 1);
    }
    assert_int_equal(model.page_invals, 2000);
    assert_int_equal(model.domain_invals, 0);
}

static void test_one_register_read_waits_and_looks_for_faults(void **state)
{
    unsigned reads, tails;

    (void)state;
    start(DD_DOMAIN_STRICT);
    reads = model.reads;
    tails = model.tails;
    for (unsigned i = 0; i < 100; i++) {
        map(i * 4, 3, DD_DIR_FROM_DEVICE, i + 1);
        dd_domain_unmap(dom, page(i * 4), 3 * 4096);
    }
    assert_int_equal(model.reads - reads, 100);
    assert_int_equal(model.tails - tails, 100);
}

static void test_what_the_device_only_reads_is_unmapped_in_order_without_waiting(void **state)
{
    unsigned reads;

    (void)state;
    start(DD_DOMAIN_STRICT);
    reads = model.reads;
    for (unsigned i = 0; i < 320; i++) {
        map(i, 1, DD_DIR_TO_DEVICE, i + 1);
        assert_true(dma(page(i), false));
        dd_domain_unmap(dom, page(i), 4096);
    }
    assert_int_equal(model.reads - reads, 10); /* one look at the faults for 32 */
    assert_int_equal(model.page_invals, 320);
    assert_int_equal(model.domain_invals, 0);
    assert_false(dma(page(319), false));
    dd_domain_flush(dom);
    expect(1, DD_FAULT_STALE, page(319), false, 320);
}

static void test_a_fault_is_explained_as_of_when_its_mapping_lived(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT);
    map(4, 1, DD_DIR_TO_DEVICE, 9);
    assert_false(dma(page(4), true)); /* wrong direction, told after the free */
    dd_domain_unmap(dom, page(4), 4096);
    assert_int_equal(fault_count, 0);
    dd_domain_flush(dom);
    expect(1, DD_FAULT_DIRECTION, page(4), true, 9);
    assert_false(dma(page(4), true));
    dd_domain_flush(dom);
    expect(2, DD_FAULT_STALE, page(4), true, 9);
}

static void test_a_lazy_unmap_is_over_with_its_batch(void **state)
{
    (void)state;
    start(DD_DOMAIN_LAZY);
    for (unsigned i = 0; i < 255; i++) {
        map(i, 1, DD_DIR_BOTH, i + 1);
        assert_true(dma(page(i), true));
        dd_domain_unmap(dom, page(i), 4096);
        assert_true(dma(page(i), true)); /* stale, as on a real machine */
    }
    assert_int_equal(model.domain_invals, 0);
    map(1000, 1, DD_DIR_BOTH, 1000);
    dd_domain_unmap(dom, page(1000), 4096);
    assert_int_equal(model.domain_invals, 1);
    assert_false(dma(page(7), true));
    dd_domain_flush(dom);
    expect(1, DD_FAULT_STALE, page(7), true, 8);
    assert_int_equal(model.page_invals, 0);
}

static void test_many_descriptors_that_nobody_waits_for_do_not_overrun_the_queue(void **state)
{
    (void)state;
    model.cap |= 1u << 7; /* caching mode: mapping needs an invalidation too */
    model.slow = true;
    start(DD_DOMAIN_STRICT);
    for (unsigned i = 0; i < 1500; i++) {
        map(i, 1, DD_DIR_BOTH, i + 1);
    }
    dd_domain_unmap(dom, page(0), 4096);
    assert_int_equal(model.page_invals, 1501);
    for (unsigned i = 1; i < 1500; i++) {
        dd_domain_unmap(dom, page(i), 4096);
    }
    assert_int_equal(model.page_invals, 3000);
    assert_int_equal(log_lines, 0);
}

static void test_without_page_selective_invalidation_the_domain_is_flushed(void **state)
{
    (void)state;
    model.cap &= ~(1ull << 39);
    start(DD_DOMAIN_STRICT);
    map(0, 1, DD_DIR_BOTH, 1);
    assert_true(dma(page(0), true));
    dd_domain_unmap(dom, page(0), 4096);
    assert_false(dma(page(0), true));
    assert_int_equal(model.domain_invals, 1);
}

static void test_a_range_wider_than_the_mask_flushes_the_domain(void **state)
{
    (void)state;
    model.cap = (model.cap & ~(0x3Full << 48)) | 2ull << 48; /* four pages at most */
    start(DD_DOMAIN_STRICT);
    map(0, 4, DD_DIR_BOTH, 1);
    dd_domain_unmap(dom, page(0), 4 * 4096);
    assert_int_equal(model.page_invals, 1);
    map(2, 4, DD_DIR_BOTH, 1); /* four pages, but of eight that are aligned */
    assert_true(dma(page(5), true));
    dd_domain_unmap(dom, page(2), 4 * 4096);
    assert_int_equal(model.domain_invals, 1);
    assert_false(dma(page(5), true));
}

/* --- faults --- */

static void test_a_fault_names_direction_page_and_owner(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT);
    map(0, 2, DD_DIR_TO_DEVICE, 7);
    assert_false(dma((dd_iova){page(1).v + 0x345}, true));
    dd_vtd_poll(vtd);
    expect(1, DD_FAULT_DIRECTION, page(1), true, 7);
    assert_int_equal(faults[0].map_iova, page(0).v);
    assert_int_equal(faults[0].map_bytes, 8192);
    assert_int_equal(faults[0].access_bytes, 4096);
    assert_false(dma(page(100), false));
    dd_vtd_poll(vtd);
    expect(2, DD_FAULT_UNMAPPED, page(100), false, 0);
    assert_int_equal(dd_vtd_get_stats(vtd).faults, 2);
    dd_domain_unmap(dom, page(0), 2 * 4096);
}

static void test_a_fault_is_seen_at_the_next_unmap(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT);
    map(0, 1, DD_DIR_FROM_DEVICE, 7);
    map(8, 1, DD_DIR_FROM_DEVICE, 8);
    dd_domain_unmap(dom, page(0), 4096);
    assert_false(dma(page(0), false));
    assert_int_equal(fault_count, 0);
    dd_domain_unmap(dom, page(8), 4096);
    expect(1, DD_FAULT_STALE, page(0), false, 7);
}

static void test_the_next_fault_of_the_device_is_recorded_again(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT);
    for (unsigned i = 1; i <= 5; i++) {
        assert_false(dma(page(i), false));
        assert_false(dma(page(i + 50), false)); /* hidden behind the first */
        dd_vtd_poll(vtd);
        expect(i, DD_FAULT_UNMAPPED, page(i), false, 0);
    }
    assert_int_equal(model.hidden_faults, 5);
    assert_int_equal(model.fsts, 0);
}

static void test_an_access_past_the_end_is_told_whose_mapping_it_exceeds(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT);
    map(4, 2, DD_DIR_TO_DEVICE, 9);
    assert_false(dma(page(6), false));
    dd_domain_unmap(dom, page(4), 2 * 4096);
    dd_domain_flush(dom); /* the look at the faults comes before the book forgets */
    expect(1, DD_FAULT_BOUNDS, page(6), false, 9);
    map(6, 1, DD_DIR_FROM_DEVICE, 10);
    dd_domain_unmap(dom, page(6), 4096);
    map(4, 2, DD_DIR_TO_DEVICE, 11); /* the page after it had an owner once */
    assert_false(dma(page(6), false));
    dd_vtd_poll(vtd);
    expect(2, DD_FAULT_BOUNDS, page(6), false, 11);
    dd_domain_unmap(dom, page(4), 2 * 4096);
    dd_domain_flush(dom);
    assert_false(dma(page(6), false));
    dd_vtd_poll(vtd);
    expect(3, DD_FAULT_STALE, page(6), false, 10);
}

static void test_a_lazy_batch_knows_what_was_exceeded_before_it_forgets(void **state)
{
    (void)state;
    start(DD_DOMAIN_LAZY);
    map(4, 1, DD_DIR_TO_DEVICE, 9);
    assert_false(dma(page(5), false));
    dd_domain_unmap(dom, page(4), 4096);
    assert_int_equal(fault_count, 0);
    dd_domain_flush(dom);
    expect(1, DD_FAULT_BOUNDS, page(5), false, 9);
}

static void test_an_overflow_without_a_record_is_cleared(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT);
    model.fsts |= 1;
    dd_vtd_poll(vtd);
    assert_int_equal(model.fsts, 0);
    assert_int_equal(fault_count, 0);
}

static void test_other_reasons_are_logged_too(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT);
    model.fault_low = 0x5000;
    model.fault_high = 1ull << 63 | 2ull << 32 | BDF; /* context entry not present */
    model.fsts |= 2;
    dd_vtd_poll(vtd);
    expect(1, DD_FAULT_UNMAPPED, (dd_iova){0x5000}, true, 0);
    assert_int_equal(log_lines, 1);
}

static void test_a_mapping_can_be_taken_away(void **state)
{
    dd_iova at = {0};

    (void)state;
    start(DD_DOMAIN_STRICT);
    assert_int_equal(dd_domain_revoke(dom, 0, NULL), 0);
    map(20, 2, DD_DIR_BOTH, DD_OWNER_SHMEM | 2);
    map(10, 3, DD_DIR_BOTH, DD_OWNER_SHMEM | 3);
    map(30, 1, DD_DIR_BOTH, 1); /* a list: not chosen by itself */
    assert_true(dma(page(21), true));
    assert_int_equal(dd_domain_revoke(dom, 0, &at), 2);
    assert_int_equal(at.v, page(20).v);
    assert_false(dma(page(21), true));
    dd_vtd_poll(vtd);
    expect(1, DD_FAULT_REVOKED, page(21), true, DD_OWNER_SHMEM | 2);
    assert_int_equal(dd_domain_revoke(dom, DD_OWNER_SHMEM | 2, NULL), 0);
    assert_int_equal(dd_domain_revoke(dom, DD_OWNER_SHMEM | 3, &at), 3);
    assert_int_equal(at.v, page(10).v);
    assert_true(dma(page(30), true));
    dd_domain_unmap(dom, page(20), 2 * 4096);
    dd_domain_unmap(dom, page(10), 3 * 4096);
    dd_domain_unmap(dom, page(30), 4096);
    assert_false(dma(page(10), true));
    dd_vtd_poll(vtd);
    expect(2, DD_FAULT_STALE, page(10), true, DD_OWNER_SHMEM | 3);
    map(20, 2, DD_DIR_BOTH, DD_OWNER_SHMEM | 4); /* a page as any other again */
    assert_true(dma(page(20), true));
    dd_domain_unmap(dom, page(20), 2 * 4096);
}

/* --- what goes wrong --- */

static void *take_all_but(unsigned pages)
{
    void **first = NULL, **p;

    for (;;) {
        p = dd_ram_alloc(ram, 4096, 4096, DD_RAM_CONTIG | DD_RAM_PAGES, UINT64_MAX);
        if (!p) {
            break;
        }
        *p = first;
        first = p;
    }
    while (pages-- > 0 && first) {
        p = first;
        first = *p;
        assert_int_equal(dd_ram_free_block(ram, p, NULL), 0);
    }
    return first;
}

static void give_all(void **p)
{
    while (p) {
        void **next = *p;

        assert_int_equal(dd_ram_free_block(ram, p, NULL), 0);
        p = next;
    }
}

static void test_without_memory_nothing_is_mapped(void **state)
{
    uint64_t phys;
    unsigned rights;
    void *taken;

    (void)state;
    start(DD_DOMAIN_STRICT);
    map(0, 1, DD_DIR_BOTH, 1);
    taken = take_all_but(0);
    map(1, 1, DD_DIR_BOTH, 2); /* its table is there */
    assert_int_equal(dd_domain_map(dom, page(510), phys_page(0), 4 * 4096, DD_DIR_BOTH, 3),
                     -ENOMEM);
    assert_false(vtd_model_walk(&model, BDF, page(510).v, &phys, &rights));
    assert_int_equal(dd_domain_live(dom), 2);
    assert_int_equal(dd_vtd_map_page(vtd, (dd_iova){DD_VTD_DOORBELL_IOVA}, 0), -ENOMEM);
    give_all(taken);
    map(510, 4, DD_DIR_BOTH, 3);
    assert_true(dma(page(513), true));
    dd_domain_unmap(dom, page(510), 4 * 4096);
    dd_domain_unmap(dom, page(0), 4096);
    dd_domain_unmap(dom, page(1), 4096);
}

static void test_a_start_without_memory_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(dd_domain_new(ram, DD_DOMAIN_STRICT, 64, &dom), 0);
    for (unsigned pages = 0; pages < 5; pages++) {
        void *taken = take_all_but(pages);
        uint64_t live = dd_ram_live_bytes(ram);

        assert_int_equal(dd_vtd_new(NULL, ram, dom, BDF, &vtd), -ENOMEM);
        assert_int_equal(dd_ram_live_bytes(ram), live);
        assert_false(dd_domain_has_mmu(dom));
        give_all(taken);
    }
    assert_null(vtd);
}

static void refused(int error)
{
    assert_int_equal(dd_vtd_new(NULL, ram, dom, BDF, &vtd), error);
    assert_null(vtd);
    assert_false(dd_domain_has_mmu(dom));
    assert_int_equal(dd_ram_live_bytes(ram), 0);
}

static void test_hardware_that_will_not_do_is_told_apart(void **state)
{
    (void)state;
    assert_int_equal(dd_domain_new(ram, DD_DOMAIN_STRICT, 64, &dom), 0);
    vtd_model_use(NULL);
    refused(-ENODEV);
    vtd_model_use(&model);
    model.dead = true;
    refused(-ENODEV);
    model.dead = false;
    model.cap &= ~(1ull << 9);
    refused(-EOPNOTSUPP);
    model.cap |= 1ull << 9;
    model.ecap &= ~2ull;
    refused(-EOPNOTSUPP);
    model.ecap |= 2;
    model.refuse_translate = true;
    refused(-EIO);
    model.refuse_translate = false;
    model.queue_error = true;
    refused(-EIO);
    assert_int_equal(log_lines, 1);
    model.queue_error = false;
    model.fsts = 0;
}

static void test_a_dead_machine_takes_everything_and_blocks_nobody(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT);
    map(0, 1, DD_DIR_BOTH, 1);
    model.dead = true;
    map(1, 1, DD_DIR_BOTH, 2);
    dd_domain_unmap(dom, page(0), 4096);
    dd_domain_unmap(dom, page(1), 4096);
    dd_domain_flush(dom);
    dd_vtd_poll(vtd);
    assert_int_equal(fault_count, 0);
    assert_int_equal(log_lines, 0);
}

static void test_a_queue_that_stands_still_is_given_up_once(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT);
    model.stuck = true;
    for (unsigned i = 0; i < 3; i++) {
        map(i, 1, DD_DIR_BOTH, i + 1);
        dd_domain_unmap(dom, page(i), 4096);
    }
    assert_int_equal(log_lines, 1);
}

/* --- threads --- */

static void worker(void *arg)
{
    uint64_t n = *(const uint64_t *)arg;

    for (unsigned i = 0; i < 1500; i++) {
        uint64_t at = n * 100000 + i % 3000, phys;

        map(at % 4000 + n * 4096, 1, DD_DIR_BOTH, n * 100000 + i + 1);
        if (!vtd_model_dma(&model, BDF, page(at % 4000 + n * 4096).v, true, &phys)) {
            fail();
        }
        dd_domain_unmap(dom, page(at % 4000 + n * 4096), 4096);
        if (i % 16 == 0) {
            dd_vtd_poll(vtd);
        }
    }
}

static void test_threads_map_and_unmap_at_once(void **state)
{
    struct dd_thread *threads[3];
    static const uint64_t numbers[3] = {0, 1, 2};

    (void)state;
    start(DD_DOMAIN_STRICT);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(dd_thread_start("mapper", worker, (void *)(uintptr_t)&numbers[i],
                                         &threads[i]),
                         0);
    }
    for (unsigned i = 0; i < 3; i++) {
        dd_thread_join(threads[i]);
    }
    assert_int_equal(fault_count, 0);
    assert_int_equal(model.page_invals, 4500);
    assert_int_equal(dd_domain_live(dom), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_a_mapping_leads_where_it_says),
        T(test_random_mappings_agree_with_an_independent_walk),
        T(test_a_doorbell_page_is_for_writes),
        T(test_addresses_beyond_39_bits_are_refused),
        T(test_a_strict_unmap_is_over_when_it_returns),
        T(test_one_register_read_waits_and_looks_for_faults),
        T(test_what_the_device_only_reads_is_unmapped_in_order_without_waiting),
        T(test_a_fault_is_explained_as_of_when_its_mapping_lived),
        T(test_a_lazy_unmap_is_over_with_its_batch),
        T(test_many_descriptors_that_nobody_waits_for_do_not_overrun_the_queue),
        T(test_without_page_selective_invalidation_the_domain_is_flushed),
        T(test_a_range_wider_than_the_mask_flushes_the_domain),
        T(test_a_fault_names_direction_page_and_owner),
        T(test_a_fault_is_seen_at_the_next_unmap),
        T(test_the_next_fault_of_the_device_is_recorded_again),
        T(test_an_access_past_the_end_is_told_whose_mapping_it_exceeds),
        T(test_a_lazy_batch_knows_what_was_exceeded_before_it_forgets),
        T(test_an_overflow_without_a_record_is_cleared),
        T(test_other_reasons_are_logged_too),
        T(test_a_mapping_can_be_taken_away),
        T(test_without_memory_nothing_is_mapped),
        T(test_a_start_without_memory_leaves_nothing),
        T(test_hardware_that_will_not_do_is_told_apart),
        T(test_a_dead_machine_takes_everything_and_blocks_nobody),
        T(test_a_queue_that_stands_still_is_given_up_once),
        T(test_threads_map_and_unmap_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
