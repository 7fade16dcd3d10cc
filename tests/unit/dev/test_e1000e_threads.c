/* SPDX-License-Identifier: MIT */
/*
 * The 82574L model among threads: its own context, a wire, a driver. Frames arrive all and in
 * order; removal and closing in full traffic are quiet.
 */
#include "base/check.h"
#include "base/clock.h"
#include "base/thread.h"
#include "dev/dev.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RING   64u
#define BUFFER 2048u
#define FRAMES 5000u
#define ICR    0xc0u
#define IMS    0xd0u
#define IMC    0xd8u

struct bench {
    struct dd_ram *ram;
    struct dd_domain *domain;
    struct dd_dev_host host;
    struct dd_dev *dev;
    struct dd_mutex lock; /* guards what follows, up to stop */
    struct dd_cond changed;
    bool kicked, ready, interrupt;
    bool stop;
    _Atomic bool removed;
    _Atomic unsigned sent, sent_wrong, line_calls;
    _Atomic bool line;
    uint8_t *tx_ring, *rx_ring, *tx_data, *rx_data;
    unsigned tx_tail, tx_done, rx_next, received;
};

static void signal_flag(struct bench *b, bool *flag)
{
    dd_mutex_lock(&b->lock);
    *flag = true;
    dd_cond_broadcast(&b->changed);
    dd_mutex_unlock(&b->lock);
}

static void on_kick(void *arg)
{
    struct bench *b = arg;

    signal_flag(b, &b->kicked);
}

static void on_interrupt(void *arg, unsigned vector, bool level)
{
    struct bench *b = arg;

    (void)vector;
    atomic_fetch_add(&b->line_calls, 1);
    assert_true(atomic_exchange(&b->line, level) != level); /* changes only */
    assert_false(atomic_load(&b->removed) && level);
    signal_flag(b, &b->interrupt);
}

static void on_transmit(void *arg, const void *frame, size_t len_bytes)
{
    struct bench *b = arg;
    unsigned n;

    memcpy(&n, (const uint8_t *)frame + 14, sizeof(n));
    if (len_bytes != 60 + n % 1000 || n != atomic_load(&b->sent)) {
        atomic_fetch_add(&b->sent_wrong, 1);
    }
    atomic_fetch_add(&b->sent, 1);
}

static void on_ready(void *arg)
{
    struct bench *b = arg;

    signal_flag(b, &b->ready);
}

static uint64_t on_now(void *arg)
{
    (void)arg;
    return dd_clock_ns();
}

static void device_thread(void *arg)
{
    struct bench *b = arg;
    uint64_t deadline = 0;

    dd_mutex_lock(&b->lock);
    while (!b->stop) {
        if (!b->kicked && dd_clock_ns() < deadline) {
            dd_cond_wait_until(&b->changed, &b->lock, deadline);
            continue;
        }
        b->kicked = false;
        dd_mutex_unlock(&b->lock);
        deadline = b->dev->ops->service(b->dev);
        dd_mutex_lock(&b->lock);
    }
    dd_mutex_unlock(&b->lock);
}

static void make_frame(uint8_t *f, unsigned n)
{
    static const uint8_t head[14] = {0x52, 0x54, 0, 0x12, 0x34, 0x56, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};

    memset(f, (int)(n & 0xff), 60 + n % 1000);
    memcpy(f, head, sizeof(head));
    memcpy(f + 14, &n, sizeof(n));
}

static void wire_thread(void *arg)
{
    struct bench *b = arg;
    uint8_t f[BUFFER];

    for (unsigned n = 0; n < FRAMES;) {
        int r;

        make_frame(f, n);
        r = b->dev->ops->receive(b->dev, f, 60 + n % 1000);
        if (r == 0) {
            n++;
            continue;
        }
        if (r == -ENODEV) {
            return;
        }
        dd_mutex_lock(&b->lock);
        while (r == -EAGAIN && !b->ready && !b->stop) {
            dd_cond_wait_until(&b->changed, &b->lock, dd_clock_ns() + 1000000000);
        }
        b->ready = false;
        dd_mutex_unlock(&b->lock);
        if (r == -ENETDOWN) {
            dd_thread_sleep_until(dd_clock_ns() + 100000);
        }
    }
}

static uint32_t rd(struct bench *b, uint32_t reg)
{
    return (uint32_t)b->dev->ops->bar_read(b->dev, 0, reg, 4);
}

static void wr(struct bench *b, uint32_t reg, uint32_t value)
{
    b->dev->ops->bar_write(b->dev, 0, reg, 4, value);
}

static uint8_t *map(struct bench *b, uint64_t iova, size_t len)
{
    void *p =
        dd_ram_alloc(b->ram, len, 4096, DD_RAM_CONTIG | DD_RAM_PAGES | DD_RAM_ZERO, UINT64_MAX);

    assert_non_null(p);
    assert_int_equal(dd_domain_map(b->domain, (dd_iova){iova}, dd_ram_phys(b->ram, p), len,
                                   DD_DIR_BOTH, iova),
                     0);
    return p;
}

static void put_address(uint8_t *desc, uint64_t address)
{
    memset(desc, 0, 16);
    memcpy(desc, &address, 8);
}

static void program(struct bench *b)
{
    b->tx_ring = map(b, 0x80000000, RING * 16);
    b->rx_ring = map(b, 0x80010000, RING * 16);
    b->tx_data = map(b, 0x80100000, RING * BUFFER);
    b->rx_data = map(b, 0x80200000, RING * BUFFER);
    for (unsigned i = 0; i < RING; i++) {
        put_address(b->rx_ring + 16 * i, 0x80200000 + i * BUFFER);
    }
    while ((rd(b, 8) & 2) == 0) {
        dd_thread_sleep_until(dd_clock_ns() + 100000);
    }
    wr(b, 0x3800, 0x80000000);
    wr(b, 0x3808, RING * 16);
    wr(b, 0x400, 0x000400fa);
    wr(b, 0x2800, 0x80010000);
    wr(b, 0x2808, RING * 16);
    wr(b, 0x100, 0x04008002);
    wr(b, 0x2818, RING - 1);
    (void)rd(b, ICR);
    wr(b, IMS, 0x85);
}

static uint8_t done(const uint8_t *desc)
{
    uint8_t v = *(const volatile uint8_t *)(desc + 12);

    atomic_signal_fence(memory_order_acquire);
    return v & 1;
}

static void driver_send(struct bench *b)
{
    while (b->tx_done < b->tx_tail && done(b->tx_ring + 16 * (b->tx_done % RING))) {
        b->tx_done++;
    }
    while (b->tx_tail < FRAMES && b->tx_tail - b->tx_done < RING - 1) {
        unsigned i = b->tx_tail % RING;
        uint64_t hi = (60 + b->tx_tail % 1000) | 0x0bull << 24;

        make_frame(b->tx_data + i * BUFFER, b->tx_tail);
        put_address(b->tx_ring + 16 * i, 0x80100000 + i * BUFFER);
        memcpy(b->tx_ring + 16 * i + 8, &hi, 8);
        atomic_signal_fence(memory_order_release);
        b->tx_tail++;
        wr(b, 0x3818, b->tx_tail % RING);
    }
}

static void driver_receive(struct bench *b)
{
    uint8_t want[BUFFER];
    unsigned took = 0;

    for (uint8_t *desc = b->rx_ring + 16 * b->rx_next; done(desc);
         desc = b->rx_ring + 16 * b->rx_next) {
        make_frame(want, b->received);
        assert_memory_equal(b->rx_data + b->rx_next * BUFFER, want, 60 + b->received % 1000);
        put_address(desc, 0x80200000 + b->rx_next * BUFFER);
        b->rx_next = (b->rx_next + 1) % RING;
        b->received++;
        took++;
    }
    if (took > 0) {
        wr(b, 0x2818, (b->rx_next + RING - 1) % RING);
    }
}

/* until all is sent and received, or @until frames were */
static void drive(struct bench *b, unsigned until)
{
    uint64_t end = dd_clock_ns() + 60 * DD_NS_PER_S;

    driver_send(b);
    while (b->tx_done < until || b->received < until) {
        assert_true(dd_clock_ns() < end);
        dd_mutex_lock(&b->lock);
        if (!b->interrupt) {
            dd_cond_wait_until(&b->changed, &b->lock, dd_clock_ns() + 2 * DD_NS_PER_S);
        }
        b->interrupt = false;
        dd_mutex_unlock(&b->lock);
        if (rd(b, ICR) == 0) {
            continue;
        }
        wr(b, IMC, 0xffffffff);
        driver_send(b);
        driver_receive(b);
        wr(b, IMS, 0x85);
    }
}

static struct bench *open_bench(void)
{
    static const struct dd_ram_config config = {.low_bytes = 16u << 20, .seed = 1};
    struct dd_dev_options options = {.link_up_delay_ns = 100000, .prefetch = true};
    struct bench *b = calloc(1, sizeof(*b));

    assert_non_null(b);
    dd_mutex_init(&b->lock);
    dd_cond_init(&b->changed);
    assert_int_equal(dd_ram_new(&config, &b->ram), 0);
    assert_int_equal(dd_domain_new(b->ram, DD_DOMAIN_STRICT, 64, &b->domain), 0);
    b->host = (struct dd_dev_host){.arg = b,
                                   .domain = b->domain,
                                   .kick = on_kick,
                                   .interrupt = on_interrupt,
                                   .transmit = on_transmit,
                                   .receive_ready = on_ready,
                                   .now_ns = on_now};
    b->kicked = true;
    assert_int_equal(dd_dev_soft_e1000e.open(&options, &b->host, &b->dev), 0);
    return b;
}

static void close_bench(struct bench *b)
{
    void *blocks[] = {b->tx_ring, b->rx_ring, b->tx_data, b->rx_data};

    for (size_t i = 0; i < DD_ARRAY_LEN(blocks); i++) {
        assert_int_equal(dd_ram_free_block(b->ram, blocks[i], NULL), 0);
    }
    dd_domain_free(b->domain);
    dd_ram_free(b->ram);
    dd_cond_done(&b->changed);
    dd_mutex_done(&b->lock);
    free(b);
}

static void stop(struct bench *b)
{
    dd_mutex_lock(&b->lock);
    b->stop = true;
    dd_cond_broadcast(&b->changed);
    dd_mutex_unlock(&b->lock);
}

static void run(unsigned until, bool remove)
{
    struct bench *b = open_bench();
    struct dd_thread *device, *wire;

    assert_int_equal(dd_thread_start("device", device_thread, b, &device), 0);
    program(b);
    assert_int_equal(dd_thread_start("wire", wire_thread, b, &wire), 0);
    drive(b, until);
    if (remove) {
        b->dev->ops->remove(b->dev);
        atomic_store(&b->removed, true);
        assert_int_equal(rd(b, 8), 0xffffffff);
    }
    stop(b);
    dd_thread_join(wire);
    dd_thread_join(device);
    b->dev->ops->close(b->dev);
    assert_int_equal(atomic_load(&b->sent_wrong), 0);
    if (!remove) {
        assert_int_equal(atomic_load(&b->sent), FRAMES);
        assert_int_equal(b->received, FRAMES);
    }
    assert_int_equal(dd_domain_faults(b->domain), 0);
    close_bench(b);
}

static void test_traffic_both_ways_is_whole_and_in_order(void **state)
{
    (void)state;
    run(FRAMES, false);
}

static void test_removal_in_full_traffic_is_quiet(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 10; i++) {
        run(i * 50, true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_traffic_both_ways_is_whole_and_in_order),
        cmocka_unit_test(test_removal_in_full_traffic_is_quiet),
    };

    return cmocka_run_group_tests_name("dev/soft/e1000e, threads", tests, NULL, NULL);
}
