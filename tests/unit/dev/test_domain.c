/* SPDX-License-Identifier: MIT */
/* The soft IOMMU domain, to the byte. */
#include "base/check.h"
#include "base/random.h"
#include "base/thread.h"
#include "dev/domain.h"
#include "seam/seam.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RAM_BYTES (32u << 20)

static struct dd_ram *ram;
static struct dd_domain *dom;
static struct dd_fault last_fault;
static unsigned events, maps, unmaps;

static void listen(void *arg, const struct dd_ev *ev)
{
    (void)arg;
    if (ev->kind == DD_EV_DEV_FAULT) {
        last_fault = *(const struct dd_fault *)ev->data;
        events++;
    }
    maps += ev->kind == DD_EV_DEV_MAP;
    unmaps += ev->kind == DD_EV_DEV_UNMAP;
}

static int setup(void **state)
{
    static const struct dd_ram_config config = {.low_bytes = RAM_BYTES, .seed = 1, .shuffle = true};
    static const struct dd_listener listener = {.event = listen};

    (void)state;
    events = maps = unmaps = 0;
    memset(&last_fault, 0, sizeof(last_fault));
    dd_seam_reset();
    return dd_ram_new(&config, &ram) < 0 || dd_seam_listen(&listener) < 0;
}

static int teardown(void **state)
{
    (void)state;
    dd_domain_free(dom);
    dom = NULL;
    assert_int_equal(dd_ram_live_bytes(ram), 0);
    dd_ram_free(ram);
    dd_seam_reset();
    return 0;
}

static void domain(enum dd_domain_mode mode, unsigned bits)
{
    assert_int_equal(dd_domain_new(ram, mode, bits, &dom), 0);
}

static unsigned char *block(size_t bytes, dd_phys *ret_phys)
{
    unsigned char *p =
        dd_ram_alloc(ram, bytes, 4096, DD_RAM_CONTIG | DD_RAM_PAGES | DD_RAM_ZERO, UINT64_MAX);

    assert_non_null(p);
    *ret_phys = dd_ram_phys(ram, p);
    return p;
}

static void give_back(void *p)
{
    assert_int_equal(dd_ram_free_block(ram, p, NULL), 0);
}

static dd_iova at(uint64_t v)
{
    return (dd_iova){v};
}

static dd_phys plus(dd_phys p, uint64_t n)
{
    return (dd_phys){p.v + n};
}

static void expect_fault(enum dd_fault_reason reason, uint64_t iova, uint64_t owner)
{
    assert_int_equal(last_fault.reason, reason);
    assert_int_equal(last_fault.iova.v, iova);
    assert_int_equal(last_fault.owner, owner);
}

static void test_access_moves_exactly_the_bytes(void **state)
{
    dd_phys phys;
    unsigned char *p = block(3 * 4096, &phys), buf[6000];

    (void)state;
    domain(DD_DOMAIN_STRICT, 64);
    for (unsigned i = 0; i < sizeof(buf); i++) {
        buf[i] = (unsigned char)(i * 7 + 1);
    }
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE + 100), plus(phys, 100), 6000, DD_DIR_BOTH,
                                   5),
                     0);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE + 100), buf, 6000, true), 0);
    assert_memory_equal(p + 100, buf, 6000);
    assert_int_equal(p[99], 0);
    assert_int_equal(p[6100], 0);
    memset(buf, 0, sizeof(buf));
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE + 4000), buf, 200, false), 0);
    assert_memory_equal(p + 4000, buf, 200);
    assert_int_equal(dd_domain_faults(dom), 0);
    assert_int_equal(dd_domain_live(dom), 1);
    dd_domain_unmap(dom, at(DD_IOVA_BASE + 100), 6000);
    assert_int_equal(dd_domain_live(dom), 0);
    assert_int_equal(maps, 1);
    assert_int_equal(unmaps, 1);
    give_back(p);
}

static void test_a_byte_outside_faults_and_those_before_are_moved(void **state)
{
    dd_phys phys;
    unsigned char *p = block(4096, &phys), buf[64];

    (void)state;
    domain(DD_DOMAIN_STRICT, 64);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE + 16), plus(phys, 16), 32, DD_DIR_BOTH, 9),
                     0);
    memset(p, 0x5a, 4096);
    memset(buf, 0xff, sizeof(buf));
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE + 40), buf, 16, false), -EFAULT);
    assert_int_equal(buf[7], 0x5a);
    assert_int_equal(buf[8], 0);
    assert_int_equal(buf[15], 0);
    assert_int_equal(buf[16], 0xff);
    expect_fault(DD_FAULT_BOUNDS, DD_IOVA_BASE + 48, 9);
    assert_int_equal(last_fault.access_iova, DD_IOVA_BASE + 40);
    assert_int_equal(last_fault.access_bytes, 16);
    assert_false(last_fault.write);
    assert_int_equal(last_fault.map_iova, DD_IOVA_BASE + 16);
    assert_int_equal(last_fault.map_bytes, 32);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE + 15), buf, 4, true), -EFAULT);
    expect_fault(DD_FAULT_BOUNDS, DD_IOVA_BASE + 15, 9);
    assert_true(last_fault.write);
    assert_int_equal(p[16], 0x5a);
    assert_int_equal(dd_domain_faults(dom), 2);
    assert_int_equal(events, 2);
    dd_domain_unmap(dom, at(DD_IOVA_BASE + 16), 32);
    give_back(p);
}

static void test_running_off_a_full_page_is_exceeding_the_mapping(void **state)
{
    dd_phys phys;
    unsigned char *p = block(4096, &phys), buf[32] = {0};

    (void)state;
    domain(DD_DOMAIN_STRICT, 64);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE), phys, 4096, DD_DIR_BOTH, 4), 0);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE + 4090), buf, 32, true), -EFAULT);
    expect_fault(DD_FAULT_BOUNDS, DD_IOVA_BASE + 4096, 4);
    assert_int_equal(last_fault.map_bytes, 4096);
    dd_domain_unmap(dom, at(DD_IOVA_BASE), 4096);
    give_back(p);
}

static void test_direction_is_checked(void **state)
{
    dd_phys phys;
    unsigned char *p = block(4096, &phys), buf[4] = {0};

    (void)state;
    domain(DD_DOMAIN_STRICT, 64);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE), phys, 16, DD_DIR_TO_DEVICE, 1), 0);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE + 4096 + 32), plus(phys, 32), 16,
                                   DD_DIR_FROM_DEVICE, 2),
                     0);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE), buf, 4, false), 0);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE), buf, 4, true), -EFAULT);
    expect_fault(DD_FAULT_DIRECTION, DD_IOVA_BASE, 1);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE + 4096 + 32), buf, 4, true), 0);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE + 4096 + 32), buf, 4, false), -EFAULT);
    expect_fault(DD_FAULT_DIRECTION, DD_IOVA_BASE + 4096 + 32, 2);
    dd_domain_unmap(dom, at(DD_IOVA_BASE), 16);
    dd_domain_unmap(dom, at(DD_IOVA_BASE + 4096 + 32), 16);
    give_back(p);
}

static void test_late_access_names_the_freed_owner(void **state)
{
    dd_phys phys;
    unsigned char *p = block(2 * 4096, &phys), buf[4] = {1, 2, 3, 4};

    (void)state;
    domain(DD_DOMAIN_STRICT, 64);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE + 8), plus(phys, 8), 5000, DD_DIR_BOTH, 42),
                     0);
    dd_domain_unmap(dom, at(DD_IOVA_BASE + 8), 5000);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE + 4500), buf, 4, true), -EFAULT);
    expect_fault(DD_FAULT_STALE, DD_IOVA_BASE + 4500, 42);
    assert_int_equal(last_fault.map_iova, DD_IOVA_BASE + 8);
    assert_int_equal(last_fault.map_bytes, 5000);
    assert_int_equal(p[4500], 0);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE + (1ull << 30)), buf, 4, true), -EFAULT);
    expect_fault(DD_FAULT_UNMAPPED, DD_IOVA_BASE + (1ull << 30), 0);
    give_back(p);
}

static void test_map_refuses(void **state)
{
    dd_phys phys;
    unsigned char *p = block(3 * 4096, &phys);

    (void)state;
    domain(DD_DOMAIN_STRICT, 32);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE), phys, 5000, DD_DIR_BOTH, 1), 0);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE + 4096), phys, 16, DD_DIR_BOTH, 2),
                     -EEXIST);
    /* nothing of a refused mapping stays */
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE - 4096), phys, 8192, DD_DIR_BOTH, 2),
                     -EEXIST);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE - 4096), phys, 4096, DD_DIR_BOTH, 2), 0);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE + 16), plus(phys, 8), 4, DD_DIR_BOTH, 2),
                     -EINVAL);
    assert_int_equal(dd_domain_map(dom, at(0x90000000), phys, 0, DD_DIR_BOTH, 2), -EINVAL);
    assert_int_equal(dd_domain_map(dom, at(0x90000000), (dd_phys){1ull << 40}, 4, DD_DIR_BOTH, 2),
                     -EINVAL);
    assert_int_equal(dd_domain_map(dom, at(0xfffff000), phys, 8192, DD_DIR_BOTH, 2), -EINVAL);
    assert_int_equal(dd_domain_live(dom), 2);
    dd_domain_unmap(dom, at(DD_IOVA_BASE), 5000);
    dd_domain_unmap(dom, at(DD_IOVA_BASE - 4096), 4096);
    give_back(p);
}

static void test_page_by_page_mappings_unmap_as_one(void **state)
{
    dd_phys a, b;
    unsigned char *p = block(4096, &a), *q = block(4096, &b), buf[200];

    (void)state;
    domain(DD_DOMAIN_STRICT, 64);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE + 4000), plus(a, 4000), 96,
                                   DD_DIR_TO_DEVICE, 3),
                     0);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE + 4096), b, 104, DD_DIR_TO_DEVICE, 3), 0);
    memset(p + 4000, 1, 96);
    memset(q, 2, 104);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE + 4000), buf, 200, false), 0);
    assert_int_equal(buf[95], 1);
    assert_int_equal(buf[96], 2);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE + 4100), buf, 200, false), -EFAULT);
    assert_int_equal(last_fault.map_iova, DD_IOVA_BASE + 4000);
    assert_int_equal(last_fault.map_bytes, 200);
    assert_int_equal(dd_domain_live(dom), 2);
    dd_domain_unmap(dom, at(DD_IOVA_BASE + 4000), 200);
    assert_int_equal(dd_domain_live(dom), 0);
    give_back(p);
    give_back(q);
}

static void test_lazy_pages_live_until_flushed(void **state)
{
    dd_phys phys;
    unsigned char *p = block(4096, &phys), buf[4] = {7, 7, 7, 7};

    (void)state;
    domain(DD_DOMAIN_LAZY, 64);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE), phys, 64, DD_DIR_BOTH, 6), 0);
    dd_domain_unmap(dom, at(DD_IOVA_BASE), 64);
    assert_int_equal(dd_domain_live(dom), 0);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE), buf, 4, true), 0);
    assert_int_equal(p[0], 7);
    dd_domain_flush(dom);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE), buf, 4, true), -EFAULT);
    expect_fault(DD_FAULT_STALE, DD_IOVA_BASE, 6);
    give_back(p);
}

static void test_lazy_flush_spares_what_was_mapped_again(void **state)
{
    dd_phys phys;
    unsigned char *p = block(4096, &phys), buf[4] = {0};

    (void)state;
    domain(DD_DOMAIN_LAZY, 64);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE), phys, 64, DD_DIR_BOTH, 6), 0);
    dd_domain_unmap(dom, at(DD_IOVA_BASE), 64);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE), phys, 32, DD_DIR_BOTH, 7), 0);
    dd_domain_flush(dom);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE), buf, 4, true), 0);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE + 30), buf, 4, true), -EFAULT);
    expect_fault(DD_FAULT_BOUNDS, DD_IOVA_BASE + 32, 7);
    dd_domain_unmap(dom, at(DD_IOVA_BASE), 32);
    give_back(p);
}

static void test_lazy_batch_is_unmapped_by_itself(void **state)
{
    dd_phys phys;
    unsigned char *p = block(4096, &phys), buf[4] = {0};

    (void)state;
    domain(DD_DOMAIN_LAZY, 64);
    for (unsigned i = 0; i < 1000; i++) {
        dd_iova v = at(DD_IOVA_BASE + (uint64_t)i * 4096);

        assert_int_equal(dd_domain_map(dom, v, phys, 64, DD_DIR_BOTH, i + 1), 0);
        dd_domain_unmap(dom, v, 64);
    }
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE), buf, 4, true), -EFAULT);
    expect_fault(DD_FAULT_STALE, DD_IOVA_BASE, 1);
    give_back(p);
}

static void test_off_is_identity_and_checks_ram_only(void **state)
{
    dd_phys phys;
    unsigned char *p = block(4096, &phys), buf[16] = {3};

    (void)state;
    domain(DD_DOMAIN_OFF, 64);
    assert_int_equal(dd_domain_map(dom, at(1), (dd_phys){2}, 0, DD_DIR_BOTH, 0), 0);
    assert_int_equal(dd_domain_access(dom, at(phys.v), buf, 16, true), 0);
    assert_int_equal(p[0], 3);
    assert_int_equal(dd_domain_access(dom, at(0), buf, 16, false), -EFAULT);
    expect_fault(DD_FAULT_NO_RAM, 0, 0);
    memset(buf, 0xff, sizeof(buf));
    assert_int_equal(dd_domain_access(dom, at(dd_ram_phys_end(ram) - 8), buf, 16, false), -EFAULT);
    expect_fault(DD_FAULT_NO_RAM, dd_ram_phys_end(ram), 0);
    assert_int_equal(buf[15], 0);
    assert_int_equal(dd_domain_live(dom), 0);
    give_back(p);
}

static void test_reach_of_the_device_is_checked(void **state)
{
    static const unsigned widths[] = {24, 25, 32, 36, 40, 44, 48, 63};
    unsigned char buf[16] = {0};

    (void)state;
    for (size_t i = 0; i < DD_ARRAY_LEN(widths); i++) {
        uint64_t end = 1ull << widths[i];
        dd_phys phys;
        unsigned char *p = block(4096, &phys);

        domain(DD_DOMAIN_STRICT, widths[i]);
        assert_int_equal(dd_domain_map(dom, at(end - 4096), phys, 4096, DD_DIR_BOTH, 1), 0);
        assert_int_equal(dd_domain_access(dom, at(end - 16), buf, 16, true), 0);
        assert_int_equal(dd_domain_access(dom, at(end - 8), buf, 16, true), -EFAULT);
        expect_fault(DD_FAULT_REACH, end, 0);
        assert_int_equal(dd_domain_access(dom, at(end), buf, 1, false), -EFAULT);
        expect_fault(DD_FAULT_REACH, end, 0);
        dd_domain_unmap(dom, at(end - 4096), 4096);
        assert_int_equal(dd_domain_live(dom), 0);
        dd_domain_free(dom);
        dom = NULL;
        give_back(p);
    }
}

static void test_the_last_page_of_64_bits_works(void **state)
{
    dd_phys phys;
    unsigned char *p = block(4096, &phys), buf[16] = {9};
    uint64_t last = UINT64_MAX - 4095;

    (void)state;
    domain(DD_DOMAIN_STRICT, 64);
    assert_int_equal(dd_domain_map(dom, at(last), phys, 4096, DD_DIR_BOTH, 1), 0);
    assert_int_equal(dd_domain_access(dom, at(UINT64_MAX - 15), buf, 16, true), 0);
    assert_int_equal(p[4080], 9);
    assert_int_equal(dd_domain_access(dom, at(UINT64_MAX - 7), buf, 16, true), -EFAULT);
    expect_fault(DD_FAULT_REACH, 0, 0);
    assert_int_equal(dd_domain_live(dom), 1);
    dd_domain_unmap(dom, at(last), 4096);
    assert_int_equal(dd_domain_live(dom), 0);
    give_back(p);
}

/* --- against a naive twin: one entry for each byte --- */

#define TWIN_PAGES 24u
#define TWIN_BYTES (TWIN_PAGES * 4096u)
#define TWIN_STEPS 20000u

struct twin {
    uint8_t dir[TWIN_BYTES]; /* 0: not mapped */
    uint64_t owner[TWIN_BYTES];
    uint8_t used[TWIN_PAGES]; /* a mapping was here */
    uint8_t data[TWIN_BYTES]; /* RAM behind, same layout */
    struct {
        uint32_t start, len;
    } live[TWIN_PAGES];
    unsigned live_count;
};

static bool twin_page_is_live(const struct twin *t, uint32_t page)
{
    for (unsigned i = 0; i < t->live_count; i++) {
        uint32_t first = t->live[i].start / 4096,
                 last = (t->live[i].start + t->live[i].len - 1) / 4096;

        if (page >= first && page <= last) {
            return true;
        }
    }
    return false;
}

static void twin_map(struct twin *t, struct dd_rng *rng, dd_phys phys, uint64_t owner)
{
    uint32_t start = (uint32_t)dd_rng_below(rng, TWIN_BYTES),
             len = (uint32_t)dd_rng_below(rng, 9000) + 1;
    enum dd_dir dir = (enum dd_dir)(dd_rng_below(rng, 3) + 1);
    bool clash = false;
    int r;

    len = start + len > TWIN_BYTES ? TWIN_BYTES - start : len;
    for (uint32_t p = start / 4096; p <= (start + len - 1) / 4096; p++) {
        clash |= twin_page_is_live(t, p);
    }
    r = dd_domain_map(dom, at(DD_IOVA_BASE + start), plus(phys, start), len, dir, owner);
    assert_int_equal(r, clash ? -EEXIST : 0);
    if (clash) {
        return;
    }
    for (uint32_t p = start / 4096; p <= (start + len - 1) / 4096; p++) {
        t->used[p] = 1;
        memset(&t->dir[p * 4096], 0, 4096);
    }
    for (uint32_t i = start; i < start + len; i++) {
        t->dir[i] = (uint8_t)dir;
        t->owner[i] = owner;
    }
    t->live[t->live_count].start = start;
    t->live[t->live_count++].len = len;
}

static void twin_unmap(struct twin *t, struct dd_rng *rng)
{
    unsigned i;

    if (t->live_count == 0) {
        return;
    }
    i = (unsigned)dd_rng_below(rng, t->live_count);
    dd_domain_unmap(dom, at(DD_IOVA_BASE + t->live[i].start), t->live[i].len);
    memset(&t->dir[t->live[i].start], 0, t->live[i].len);
    t->live[i] = t->live[--t->live_count];
}

/* an access to a page where nothing is mapped */
static enum dd_fault_reason twin_missed(const struct twin *t, uint32_t page)
{
    if (page > 0 && twin_page_is_live(t, page - 1)) {
        return DD_FAULT_BOUNDS;
    }
    return t->used[page] ? DD_FAULT_STALE : DD_FAULT_UNMAPPED;
}

static void twin_access(struct twin *t, struct dd_rng *rng, const uint8_t *memory)
{
    uint32_t start = (uint32_t)dd_rng_below(rng, TWIN_BYTES),
             len = (uint32_t)dd_rng_below(rng, 6000) + 1, good = 0;
    bool write = dd_rng_below(rng, 2) != 0;
    uint8_t need = write ? DD_DIR_FROM_DEVICE : DD_DIR_TO_DEVICE, *buf;
    int r;

    if (t->live_count > 0 && dd_rng_below(rng, 4) != 0) { /* most accesses aim at something */
        start = t->live[dd_rng_below(rng, t->live_count)].start + (uint32_t)dd_rng_below(rng, 64);
        start %= TWIN_BYTES;
    }
    len = start + len > TWIN_BYTES ? TWIN_BYTES - start : len;
    while (good < len && (t->dir[start + good] & need) != 0) {
        good++;
    }
    buf = malloc(len);
    assert_non_null(buf);
    for (uint32_t i = 0; i < len; i++) {
        buf[i] = (uint8_t)dd_rng_u64(rng);
    }
    if (write) {
        memcpy(&t->data[start], buf, good);
    }
    r = dd_domain_access(dom, at(DD_IOVA_BASE + start), buf, len, write);
    assert_int_equal(r, good == len ? 0 : -EFAULT);
    if (!write) {
        assert_memory_equal(buf, &t->data[start], good);
        for (uint32_t i = good; i < len; i++) {
            assert_int_equal(buf[i], 0);
        }
    } else {
        assert_memory_equal(memory, t->data, TWIN_BYTES);
    }
    if (good < len) {
        assert_int_equal(last_fault.iova.v, DD_IOVA_BASE + start + good);
        if (!twin_page_is_live(t, (start + good) / 4096) && good == 0) {
            assert_int_equal(last_fault.reason, twin_missed(t, start / 4096));
        }
        if (last_fault.reason == DD_FAULT_DIRECTION) {
            assert_int_equal(last_fault.owner, t->owner[start + good]);
        }
    }
    free(buf);
}

static void test_random_operations_agree_with_a_naive_twin(void **state)
{
    uint64_t seed = dd_random_seed(), owner = 1;
    struct twin *t = calloc(1, sizeof(*t));
    struct dd_rng rng;
    dd_phys phys;
    unsigned char *p = block(TWIN_BYTES, &phys);

    (void)state;
    assert_non_null(t);
    if (getenv("DD_TEST_SEED")) {
        seed = strtoull(getenv("DD_TEST_SEED"), NULL, 0);
    }
    printf("DD_TEST_SEED=0x%llx\n", (unsigned long long)seed);
    dd_rng_seed(&rng, seed, 0);
    domain(DD_DOMAIN_STRICT, 64);
    for (unsigned i = 0; i < TWIN_STEPS; i++) {
        switch (dd_rng_below(&rng, 8)) {
        case 0:
        case 1:
            twin_map(t, &rng, phys, owner++);
            break;
        case 2:
            twin_unmap(t, &rng);
            break;
        default:
            twin_access(t, &rng, p);
            break;
        }
        assert_int_equal(dd_domain_faults(dom), events);
    }
    assert_int_equal(dd_domain_live(dom), t->live_count);
    while (t->live_count > 0) {
        twin_unmap(t, &rng);
    }
    assert_int_equal(dd_domain_live(dom), 0);
    free(t);
    give_back(p);
}

/* --- what hardware tells, and what is taken away --- */

static void test_a_page_that_hardware_refused_is_explained_as_an_access_is(void **state)
{
    dd_phys phys;
    unsigned char *p = block(2 * 4096, &phys), buf[8];
    struct dd_fault soft;

    (void)state;
    domain(DD_DOMAIN_STRICT, 64);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE + 16), plus(phys, 16), 100,
                                   DD_DIR_TO_DEVICE, 3),
                     0);
    for (unsigned i = 0; i < 4; i++) {
        static const uint64_t offsets[] = {16, 4096, 3 * 4096, 16};
        uint64_t iova = DD_IOVA_BASE + offsets[i];

        if (i == 3) {
            dd_domain_unmap(dom, at(DD_IOVA_BASE + 16), 100);
        }
        assert_int_equal(dd_domain_access(dom, at(iova), buf, sizeof(buf), true), -EFAULT);
        soft = last_fault;
        dd_domain_report(dom, at(iova & ~DD_PAGE_MASK), 4096, true);
        assert_int_equal(last_fault.reason, soft.reason);
        assert_int_equal(last_fault.owner, soft.owner);
        assert_int_equal(last_fault.map_iova, soft.map_iova);
        assert_int_equal(last_fault.map_bytes, soft.map_bytes);
        assert_true(last_fault.by_page && !soft.by_page);
        assert_int_equal(dd_domain_faults(dom), 2 * (i + 1));
    }
    expect_fault(DD_FAULT_STALE, DD_IOVA_BASE, 3);
    give_back(p);
}

static void test_a_mapping_taken_away_is_gone_for_the_device_alone(void **state)
{
    dd_phys phys;
    unsigned char *p = block(4 * 4096, &phys), buf[8] = {0};
    dd_iova first = {0};

    (void)state;
    domain(DD_DOMAIN_STRICT, 64);
    assert_int_equal(dd_domain_revoke(dom, 0, &first), 0);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE + 8), plus(phys, 8), 8000, DD_DIR_BOTH,
                                   DD_OWNER_SHMEM | 1),
                     0);
    assert_int_equal(dd_domain_revoke(dom, 5, &first), 0);
    assert_int_equal(dd_domain_revoke(dom, 0, &first), 2);
    assert_int_equal(first.v, DD_IOVA_BASE);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE + 4096), buf, 8, false), -EFAULT);
    expect_fault(DD_FAULT_REVOKED, DD_IOVA_BASE + 4096, DD_OWNER_SHMEM | 1);
    assert_int_equal(last_fault.map_bytes, 8000);
    dd_domain_unmap(dom, at(DD_IOVA_BASE + 8), 8000);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE + 4096), buf, 8, false), -EFAULT);
    expect_fault(DD_FAULT_STALE, DD_IOVA_BASE + 4096, DD_OWNER_SHMEM | 1);
    give_back(p);
}

static void test_a_lazy_mapping_taken_away_can_be_mapped_again_after_its_end(void **state)
{
    dd_phys phys;
    unsigned char *p = block(4096, &phys), buf[8] = {0};

    (void)state;
    domain(DD_DOMAIN_LAZY, 64);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE), phys, 4096, DD_DIR_BOTH, 7), 0);
    assert_int_equal(dd_domain_revoke(dom, 7, NULL), 1);
    dd_domain_unmap(dom, at(DD_IOVA_BASE), 4096);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE), buf, 8, false), -EFAULT);
    dd_domain_flush(dom);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE), buf, 8, false), -EFAULT);
    expect_fault(DD_FAULT_STALE, DD_IOVA_BASE, 7);
    assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE), phys, 4096, DD_DIR_BOTH, 8), 0);
    assert_int_equal(dd_domain_access(dom, at(DD_IOVA_BASE), buf, 8, false), 0);
    dd_domain_unmap(dom, at(DD_IOVA_BASE), 4096);
    give_back(p);
}

/* --- threads --- */

static void reader(void *arg)
{
    uint8_t buf[128];

    (void)arg;
    for (unsigned i = 0; i < 20000; i++) {
        (void)dd_domain_access(dom, at(DD_IOVA_BASE + (i % 16) * 4096 + 8), buf, sizeof(buf),
                               i % 2 == 0);
    }
}

static void test_late_accesses_race_with_map_and_unmap(void **state)
{
    struct dd_thread *threads[2];
    dd_phys phys;
    unsigned char *p = block(16 * 4096, &phys);

    (void)state;
    dd_seam_reset(); /* the listener above is for one thread */
    domain(DD_DOMAIN_STRICT, 64);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(dd_thread_start("reader", reader, NULL, &threads[i]), 0);
    }
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t off = (i % 16) * 4096;

        assert_int_equal(dd_domain_map(dom, at(DD_IOVA_BASE + off), plus(phys, off), 200,
                                       DD_DIR_BOTH, i + 1),
                         0);
        dd_domain_unmap(dom, at(DD_IOVA_BASE + off), 200);
    }
    dd_thread_join(threads[0]);
    dd_thread_join(threads[1]);
    assert_int_equal(dd_domain_live(dom), 0);
    give_back(p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_access_moves_exactly_the_bytes),
        TEST(test_a_byte_outside_faults_and_those_before_are_moved),
        TEST(test_running_off_a_full_page_is_exceeding_the_mapping),
        TEST(test_direction_is_checked),
        TEST(test_late_access_names_the_freed_owner),
        TEST(test_map_refuses),
        TEST(test_page_by_page_mappings_unmap_as_one),
        TEST(test_lazy_pages_live_until_flushed),
        TEST(test_lazy_flush_spares_what_was_mapped_again),
        TEST(test_lazy_batch_is_unmapped_by_itself),
        TEST(test_off_is_identity_and_checks_ram_only),
        TEST(test_reach_of_the_device_is_checked),
        TEST(test_the_last_page_of_64_bits_works),
        TEST(test_random_operations_agree_with_a_naive_twin),
        TEST(test_a_page_that_hardware_refused_is_explained_as_an_access_is),
        TEST(test_a_mapping_taken_away_is_gone_for_the_device_alone),
        TEST(test_a_lazy_mapping_taken_away_can_be_mapped_again_after_its_end),
        TEST(test_late_accesses_race_with_map_and_unmap),
    };

    return cmocka_run_group_tests_name("dev/domain", tests, NULL, NULL);
}
