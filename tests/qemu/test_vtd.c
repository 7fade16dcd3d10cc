/* SPDX-License-Identifier: MIT */
/*
 * QEMU's VT-d itself: a card that is driven by hand reads and writes memory through it, and what it
 * refuses is explained from the domain's book. No driver, no NDIS.
 */
#include "base/check.h"
#include "base/clock.h"
#include "base/thread.h"
#include "dev/qemu/kinds.h"
#include "dev/qemu/probe.h"
#include "seam/seam.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WAIT_NS    (5 * DD_NS_PER_S)
#define RING_BYTES 4096u
#define RING_SIZE  256u
#define FRAME      1000u
#define PAGE(n)    (DD_IOVA_BASE + (uint64_t)(n)*DD_PAGE_BYTES)
#define RING_OWNER (DD_OWNER_SHMEM | 1)

/* registers of the 82574L data sheet */
#define REG_CTRL  0x0000u
#define REG_RCTL  0x0100u
#define REG_TCTL  0x0400u
#define REG_RDBAL 0x2800u
#define REG_RDBAH 0x2804u
#define REG_RDLEN 0x2808u
#define REG_RDT   0x2818u
#define REG_TDBAL 0x3800u
#define REG_TDBAH 0x3804u
#define REG_TDLEN 0x3808u
#define REG_TDH   0x3810u
#define REG_TDT   0x3818u

struct descriptor {
    uint64_t address;
    uint16_t length;
    uint8_t checksum, command; /* command: legacy send descriptors only */
    uint8_t status, errors;
    uint16_t special;
};

static struct rig {
    struct dd_ram *ram;
    struct dd_domain *domain;
    struct dd_dev_host host;
    struct dd_dev *dev;
    unsigned char *memory; /* 64 pages */
    dd_phys phys;
    unsigned tail;
    char why[512];
    struct dd_mutex lock; /* guards the frame */
    unsigned char frame[16384];
    size_t frame_bytes;
    unsigned frames;
} rig;

static struct dd_fault fault;
static _Atomic(unsigned) faults;

static void listen(void *arg, const struct dd_ev *ev)
{
    (void)arg;
    if (ev->kind == DD_EV_DEV_FAULT) {
        fault = *(const struct dd_fault *)ev->data;
        atomic_fetch_add(&faults, 1);
    }
}

static void on_kick(void *arg)
{
    (void)arg;
}

static void on_interrupt(void *arg, unsigned vector, bool level)
{
    (void)arg;
    (void)vector;
    (void)level;
}

static void on_transmit(void *arg, const void *frame, size_t len_bytes)
{
    (void)arg;
    dd_mutex_lock(&rig.lock);
    memcpy(rig.frame, frame, len_bytes < sizeof(rig.frame) ? len_bytes : sizeof(rig.frame));
    rig.frame_bytes = len_bytes;
    rig.frames++;
    dd_mutex_unlock(&rig.lock);
}

static uint64_t on_now(void *arg)
{
    (void)arg;
    return dd_clock_ns();
}

static void on_gone(void *arg, const char *why)
{
    (void)arg;
    (void)why;
}

static void set(uint64_t reg, uint32_t value)
{
    rig.dev->ops->bar_write(rig.dev, 0, reg, 4, value);
}

static uint32_t get(uint64_t reg)
{
    return (uint32_t)rig.dev->ops->bar_read(rig.dev, 0, reg, 4);
}

static unsigned char *page_memory(unsigned n)
{
    return rig.memory + (size_t)n * DD_PAGE_BYTES;
}

static void map(unsigned n, unsigned pages, enum dd_dir dir, uint64_t owner)
{
    assert_int_equal(dd_domain_map(rig.domain, (dd_iova){PAGE(n)},
                                   (dd_phys){rig.phys.v + (uint64_t)n * DD_PAGE_BYTES},
                                   pages * DD_PAGE_BYTES, dir, owner),
                     0);
}

static void unmap(unsigned n, unsigned pages)
{
    dd_domain_unmap(rig.domain, (dd_iova){PAGE(n)}, pages * DD_PAGE_BYTES);
}

/* page 0 and 1 of the memory are the rings */
static void set_up_card(void)
{
    rig.tail = 0;
    rig.dev->ops->config_write(rig.dev, 4, 2, 6);
    set(REG_CTRL, get(REG_CTRL) | 1u << 6);
    set(REG_TDBAL, (uint32_t)PAGE(0));
    set(REG_TDBAH, 0);
    set(REG_TDLEN, RING_BYTES);
    set(REG_TCTL, 1u << 1 | 1u << 3);
    set(REG_RDBAL, (uint32_t)PAGE(1));
    set(REG_RDBAH, 0);
    set(REG_RDLEN, RING_BYTES);
}

static void start(enum dd_domain_mode mode)
{
    static const struct dd_ram_config config = {.low_bytes = 32u << 20, .seed = 1, .shuffle = true};
    static const struct dd_listener listener = {.event = listen};
    struct dd_dev_options options = {.spec = "qemu:e1000e",
                                     .seed = 1,
                                     .why = rig.why,
                                     .why_bytes = sizeof(rig.why)};

    assert_int_equal(dd_seam_listen(&listener), 0);
    assert_int_equal(dd_ram_new(&config, &rig.ram), 0);
    rig.memory = dd_ram_alloc(rig.ram, 64 * DD_PAGE_BYTES, DD_PAGE_BYTES,
                              DD_RAM_CONTIG | DD_RAM_PAGES | DD_RAM_ZERO, UINT64_MAX);
    assert_non_null(rig.memory);
    rig.phys = dd_ram_phys(rig.ram, rig.memory);
    assert_int_equal(dd_domain_new(rig.ram, mode, 64, &rig.domain), 0);
    rig.host = (struct dd_dev_host){.domain = rig.domain,
                                    .ram = rig.ram,
                                    .kick = on_kick,
                                    .interrupt = on_interrupt,
                                    .transmit = on_transmit,
                                    .receive_ready = on_kick,
                                    .now_ns = on_now,
                                    .gone = on_gone};
    if (dd_qemu_kind(options.spec)->open(&options, &rig.host, &rig.dev) < 0) {
        fail_msg("%s does not open: %s", options.spec, rig.why);
    }
    assert_true(dd_domain_has_mmu(rig.domain));
    map(0, 2, DD_DIR_BOTH, RING_OWNER);
    set_up_card();
}

static int setup(void **state)
{
    (void)state;
    memset(&rig, 0, sizeof(rig));
    memset(&fault, 0, sizeof(fault));
    atomic_store(&faults, 0);
    dd_mutex_init(&rig.lock);
    dd_seam_reset();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rig.dev->ops->config_write(rig.dev, 4, 2, 0);
    rig.dev->ops->close(rig.dev);
    dd_domain_free(rig.domain);
    assert_int_equal(dd_ram_free_block(rig.ram, rig.memory, NULL), 0);
    assert_int_equal(dd_ram_live_bytes(rig.ram), 0);
    dd_ram_free(rig.ram);
    dd_mutex_done(&rig.lock);
    dd_seam_reset();
    return 0;
}

/* one descriptor; when the register read comes back the model has been through it */
static void send(uint64_t iova, uint16_t len_bytes)
{
    struct descriptor *d = (struct descriptor *)(void *)rig.memory + rig.tail;

    *d = (struct descriptor){.address = iova, .length = len_bytes, .command = 1 | 2 | 8};
    rig.tail = (rig.tail + 1) % RING_SIZE;
    atomic_thread_fence(memory_order_release);
    set(REG_TDT, rig.tail);
    (void)get(REG_TDH);
}

static bool frames_are(unsigned n)
{
    bool yes;

    dd_mutex_lock(&rig.lock);
    yes = rig.frames == n;
    dd_mutex_unlock(&rig.lock);
    return yes;
}

static void expect_frame(unsigned n, const void *bytes)
{
    uint64_t end = dd_clock_ns() + WAIT_NS;
    bool same;

    while (!frames_are(n) && dd_clock_ns() < end) {
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS);
    }
    assert_true(frames_are(n));
    dd_mutex_lock(&rig.lock);
    same = rig.frame_bytes == FRAME && memcmp(rig.frame, bytes, FRAME) == 0;
    dd_mutex_unlock(&rig.lock);
    assert_true(same);
}

static void expect_fault(unsigned n, enum dd_fault_reason reason, unsigned page, bool write,
                         uint64_t owner)
{
    uint64_t end = dd_clock_ns() + WAIT_NS;

    do {
        dd_domain_flush(rig.domain);
    } while (atomic_load(&faults) < n && dd_clock_ns() < end);
    assert_int_equal(atomic_load(&faults), n);
    assert_int_equal(fault.reason, reason);
    assert_int_equal(fault.iova.v, PAGE(page));
    assert_int_equal(fault.write, write);
    assert_int_equal(fault.owner, owner);
    assert_true(fault.by_page);
}

static void fill(unsigned page)
{
    memset(page_memory(page), 0x11, 12);
    for (unsigned i = 12; i < FRAME; i++) {
        page_memory(page)[i] = (unsigned char)(i * 7 + page);
    }
}

static void test_a_card_reads_what_is_mapped_for_it(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT);
    map(4, 1, DD_DIR_TO_DEVICE, 5);
    fill(4);
    send(PAGE(4), FRAME);
    expect_frame(1, page_memory(4));
    dd_domain_flush(rig.domain);
    assert_int_equal(atomic_load(&faults), 0);
    unmap(4, 1);
}

static void test_a_read_of_nothing_is_told(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT);
    send(PAGE(40), FRAME);
    expect_fault(1, DD_FAULT_UNMAPPED, 40, false, 0);
    send(PAGE(42), FRAME); /* and the next as well */
    expect_fault(2, DD_FAULT_UNMAPPED, 42, false, 0);
}

static void test_a_mapping_is_over_when_unmap_returns(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT);
    for (unsigned i = 1; i <= 300; i++) { /* the invalidation queue wraps */
        map(4, 1, DD_DIR_TO_DEVICE, i);
        if (i % 30 == 1) {
            send(PAGE(4), FRAME); /* its translation is cached now */
        }
        unmap(4, 1);
    }
    assert_int_equal(atomic_load(&faults), 0);
    send(PAGE(4), FRAME);
    expect_fault(1, DD_FAULT_STALE, 4, false, 300);
}

static void test_a_lazy_mapping_lives_on_until_the_batch_ends(void **state)
{
    (void)state;
    start(DD_DOMAIN_LAZY);
    map(4, 1, DD_DIR_TO_DEVICE, 7);
    fill(4);
    send(PAGE(4), FRAME);
    expect_frame(1, page_memory(4));
    unmap(4, 1);
    send(PAGE(4), FRAME);
    expect_frame(2, page_memory(4));
    dd_domain_flush(rig.domain);
    assert_int_equal(atomic_load(&faults), 0);
    send(PAGE(4), FRAME);
    expect_fault(1, DD_FAULT_STALE, 4, false, 7);
}

static void test_a_frame_that_runs_over_its_mapping_is_told_by_it(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT);
    map(4, 2, DD_DIR_TO_DEVICE, 9);
    send(PAGE(5) + 3500, FRAME);
    expect_fault(1, DD_FAULT_BOUNDS, 6, false, 9);
    assert_int_equal(fault.map_iova, PAGE(4));
    assert_int_equal(fault.map_bytes, 2 * DD_PAGE_BYTES);
    unmap(4, 2);
}

static void receive_one(void)
{
    unsigned char frame[FRAME] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0, 0, 9, 0x88, 0xB5};
    uint64_t end = dd_clock_ns() + WAIT_NS;
    int r;

    do {
        r = rig.dev->ops->receive(rig.dev, frame, sizeof(frame));
    } while (r == -ENETDOWN && dd_clock_ns() < end);
    assert_int_equal(r, 0);
}

static void test_a_receive_into_what_is_for_reading_is_the_wrong_direction(void **state)
{
    struct descriptor *d;

    (void)state;
    start(DD_DOMAIN_STRICT);
    d = (struct descriptor *)(void *)page_memory(1);
    map(8, 1, DD_DIR_TO_DEVICE, 11);
    for (unsigned i = 0; i < 8; i++) {
        d[i].address = PAGE(8);
    }
    set(REG_RCTL, 1u << 1 | 1u << 3 | 1u << 4 | 1u << 15);
    set(REG_RDT, 8);
    receive_one();
    expect_fault(1, DD_FAULT_DIRECTION, 8, true, 11);
    assert_int_equal(page_memory(8)[0], 0);
    unmap(8, 1);
}

static void test_a_ring_can_be_taken_away_from_a_card(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT);
    map(4, 1, DD_DIR_TO_DEVICE, 5);
    send(PAGE(4), FRAME);
    assert_int_equal(dd_domain_revoke(rig.domain, 0, NULL), 2);
    send(PAGE(4), FRAME);
    expect_fault(1, DD_FAULT_REVOKED, 0, false, RING_OWNER);
    unmap(4, 1);
    unmap(0, 2);
}

static double mean_us(unsigned rounds)
{
    uint64_t begin = dd_clock_ns();

    for (unsigned i = 0; i < rounds; i++) {
        map(4, 1, DD_DIR_TO_DEVICE, i + 1);
        unmap(4, 1);
    }
    return (double)(dd_clock_ns() - begin) / rounds / 1e3;
}

static void test_the_next_card_in_the_slot_has_the_same_tables(void **state)
{
    (void)state;
    start(DD_DOMAIN_STRICT);
    map(4, 1, DD_DIR_TO_DEVICE, 5);
    fill(4);
    for (unsigned i = 1; i <= 3; i++) {
        send(PAGE(4), FRAME);
        expect_frame(i, page_memory(4));
        rig.dev->ops->remove(rig.dev);
        assert_true(dd_domain_has_mmu(rig.domain));
        set(REG_TDT, 0); /* nobody there */
        assert_int_equal(rig.dev->ops->insert(rig.dev), 0);
        set_up_card();
    }
    unmap(4, 1);
    assert_int_equal(atomic_load(&faults), 0);
    send(PAGE(4), FRAME);
    expect_fault(1, DD_FAULT_STALE, 4, false, 5);
}

static void test_what_it_costs(void **state)
{
    uint64_t begin;

    (void)state;
    start(*(const enum dd_domain_mode *)*state);
    printf("map and unmap, %s: %.1f us", dd_domain_get_mode(rig.domain) ? "lazy" : "strict",
           mean_us(2000));
    begin = dd_clock_ns();
    for (unsigned i = 0; i < 1000; i++) {
        (void)get(REG_TDH);
    }
    printf("; a register read: %.1f us\n", (double)(dd_clock_ns() - begin) / 1e6);
    assert_int_equal(atomic_load(&faults), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static enum dd_domain_mode modes[] = {DD_DOMAIN_STRICT, DD_DOMAIN_LAZY};
    const struct CMUnitTest tests[] = {
        T(test_a_card_reads_what_is_mapped_for_it),
        T(test_a_read_of_nothing_is_told),
        T(test_a_mapping_is_over_when_unmap_returns),
        T(test_a_lazy_mapping_lives_on_until_the_batch_ends),
        T(test_a_frame_that_runs_over_its_mapping_is_told_by_it),
        T(test_a_receive_into_what_is_for_reading_is_the_wrong_direction),
        T(test_a_ring_can_be_taken_away_from_a_card),
        T(test_the_next_card_in_the_slot_has_the_same_tables),
        cmocka_unit_test_prestate_setup_teardown(test_what_it_costs, setup, teardown, &modes[0]),
        cmocka_unit_test_prestate_setup_teardown(test_what_it_costs, setup, teardown, &modes[1]),
    };

    if (dd_qemu_probe()->reason[0]) {
        printf("skipped: %s\n", dd_qemu_probe()->reason);
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
