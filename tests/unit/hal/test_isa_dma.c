/* SPDX-License-Identifier: MIT */
/* The pair of 8237A and the HAL's channels on it. The device is an array of bytes. */
#include "base/clock.h"
#include "base/thread.h"
#include "hal/isa_dma_channel.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MIB (1ull << 20)

static struct dd_ram *ram;
static struct dd_isa_dma *dma;

static int setup(void **state)
{
    struct dd_ram_config config = {.low_bytes = 64 * MIB,
                                   .high_bytes = 4 * MIB,
                                   .seed = 3,
                                   .shuffle = true};

    (void)state;
    assert_int_equal(dd_ram_new(&config, &ram), 0);
    assert_int_equal(dd_isa_dma_open(ram, &dma), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dd_isa_dma_close(dma);
    assert_int_equal(dd_ram_live_bytes(ram), 0);
    dd_ram_free(ram);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* --- a device --- */

struct device {
    unsigned channel;
    bool level;              /* of its request pin */
    uint16_t units[1 << 17]; /* what it gives, or got */
    size_t at, drop_after;   /* units after which it lowers its request; 0: never */
    size_t terminals, verifies;
    size_t terminal_at; /* unit at which the last terminal count came, from 1 */
    enum dd_dma_cycle last;
};

static struct device dev;

static bool cycle(void *arg, enum dd_dma_cycle what, bool terminal, uint16_t *unit)
{
    struct device *d = arg;

    if (what == DD_DMA_SENSE) {
        return d->level;
    }
    d->last = what;
    if (what == DD_DMA_TO_MEMORY) {
        *unit = d->units[d->at];
    } else if (what == DD_DMA_TO_DEVICE) {
        d->units[d->at] = *unit;
    } else {
        d->verifies++;
    }
    d->at++;
    if (terminal) {
        d->terminals++;
        d->terminal_at = d->at;
    }
    d->level = d->level && (d->drop_after == 0 || d->at % d->drop_after != 0);
    return d->level;
}

static void device_new(unsigned channel)
{
    memset(&dev, 0, sizeof(dev));
    dev.channel = channel;
    for (size_t i = 0; i < DD_ARRAY_LEN(dev.units); i++) {
        dev.units[i] = (uint16_t)(i * 7 + (i >> 8) * 3 + 1);
    }
}

static size_t run(void)
{
    return dd_isa_dma_run(dma, dev.channel, cycle, &dev);
}

static void pin(struct device *d, bool level)
{
    d->level = level;
    dd_isa_dma_request(dma, d->channel, level);
}

static void dreq(bool level)
{
    pin(&dev, level);
}

/* as long as anything moves */
static size_t run_all(void)
{
    size_t n, sum = 0;

    while ((n = run()) > 0) {
        sum += n;
    }
    return sum;
}

/* --- programming by hand --- */

static void out(unsigned channel, unsigned reg, uint8_t value)
{
    dd_isa_dma_out(dma, dd_isa_port(channel, reg), value);
}

static uint8_t in(unsigned channel, unsigned reg)
{
    return dd_isa_dma_in(dma, dd_isa_port(channel, reg));
}

static void out16(unsigned channel, unsigned reg, uint16_t value)
{
    out(channel, DD_8237_CLEAR_FLIP_FLOP, 0);
    out(channel, reg, (uint8_t)value);
    out(channel, reg, (uint8_t)(value >> 8));
}

static uint16_t in16(unsigned channel, unsigned reg)
{
    uint16_t low;

    out(channel, DD_8237_CLEAR_FLIP_FLOP, 0);
    low = in(channel, reg);
    return (uint16_t)(low | in(channel, reg) << 8);
}

static void mask(unsigned channel, bool set)
{
    out(channel, DD_8237_MASK, (uint8_t)(channel % 4 | (set ? DD_8237_SET : 0)));
}

/* @count: units less one, as the register has it */
static void program(unsigned channel, uint64_t phys, uint16_t count, unsigned mode)
{
    mask(channel, true);
    out(channel, DD_8237_MODE, (uint8_t)(mode | channel % 4));
    out16(channel, 2 * (channel % 4), (uint16_t)(phys >> dd_isa_wide(channel)));
    out16(channel, 2 * (channel % 4) + 1, count);
    dd_isa_dma_out(dma, dd_isa_page_port(channel), (uint8_t)(phys >> 16));
    mask(channel, false);
}

static uint8_t *at(uint64_t phys)
{
    uint8_t *p = dd_ram_at(ram, (dd_phys){phys}, 1);

    assert_non_null(p);
    return p;
}

static void fill(uint64_t phys, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        *at(phys + i) = (uint8_t)(i * 5 + 9 + (i >> 8));
    }
}

/* --- the hardware --- */

static void test_registers_are_written_and_read_low_byte_first(void **state)
{
    static const unsigned channels[] = {0, 1, 2, 3, 5, 6, 7};

    (void)state;
    for (size_t i = 0; i < DD_ARRAY_LEN(channels); i++) {
        unsigned c = channels[i];

        out16(c, 2 * (c % 4), (uint16_t)(0x1234 + c));
        out16(c, 2 * (c % 4) + 1, (uint16_t)(0xABC0 + c));
        dd_isa_dma_out(dma, dd_isa_page_port(c), (uint8_t)(0x50 + c));
    }
    for (size_t i = 0; i < DD_ARRAY_LEN(channels); i++) {
        unsigned c = channels[i];

        assert_int_equal(in16(c, 2 * (c % 4)), 0x1234 + c);
        assert_int_equal(in16(c, 2 * (c % 4) + 1), 0xABC0 + c);
        assert_int_equal(dd_isa_dma_in(dma, dd_isa_page_port(c)), 0x50 + c);
    }
    /* without clearing the flip-flop the next byte is the high one */
    out(0, DD_8237_CLEAR_FLIP_FLOP, 0);
    assert_int_equal(in(0, 0), 0x34);
    assert_int_equal(in(0, 0), 0x12);
    assert_int_equal(in(0, 0), 0x34);
    assert_int_equal(in(0, 1), 0xAB);
}

static void test_ports_are_those_of_the_pc_at(void **state)
{
    static const uint16_t pages[8] = {0x87, 0x83, 0x81, 0x82, 0x8F, 0x8B, 0x89, 0x8A};

    (void)state;
    for (unsigned c = 0; c < 8; c++) {
        assert_int_equal(dd_isa_page_port(c), pages[c]);
    }
    assert_int_equal(dd_isa_port(2, DD_8237_MODE), 0x0B);
    assert_int_equal(dd_isa_port(5, DD_8237_MODE), 0xD6);
    assert_int_equal(dd_isa_port(7, 7), 0xCE);
    assert_int_equal(dd_isa_dma_in(dma, 0x60), 0xFF);
    dd_isa_dma_out(dma, 0x60, 1);
    assert_int_equal(in(0, DD_8237_MASK), 0xFF); /* cannot be read */
}

static void test_nothing_runs_while_masked_disabled_or_not_requested(void **state)
{
    (void)state;
    device_new(2);
    program(2, 2 * MIB, 9, DD_8237_WRITE | DD_8237_SINGLE);
    assert_int_equal(run(), 0);
    dreq(true);
    mask(2, true);
    assert_int_equal(run(), 0);
    mask(2, false);
    out(2, DD_8237_COMMAND, DD_8237_COMMAND_DISABLE);
    assert_int_equal(run(), 0);
    out(2, DD_8237_COMMAND, 0);
    mask(DD_ISA_CASCADE, true); /* the way through the second controller */
    assert_int_equal(run(), 0);
    mask(DD_ISA_CASCADE, false);
    assert_int_equal(run(), 1);
    out(2, DD_8237_MASTER_CLEAR, 0);
    assert_int_equal(run(), 0);
    assert_int_equal(in16(2, 5), 8); /* counts outlive it */
    dreq(false);
}

static void test_single_mode_moves_a_unit_at_a_time(void **state)
{
    (void)state;
    device_new(1);
    program(1, 3 * MIB + 100, 3, DD_8237_WRITE | DD_8237_SINGLE);
    dreq(true);
    for (uint16_t i = 0; i < 4; i++) {
        assert_int_equal(in16(1, 3), (uint16_t)(3 - i));
        assert_int_equal(in16(1, 2), (uint16_t)(100 + i));
        assert_int_equal(run(), 1);
        assert_int_equal(*at(3 * MIB + 100 + i), (uint8_t)dev.units[i]);
    }
    assert_int_equal(run(), 0);
    assert_int_equal(dev.terminals, 1);
    assert_int_equal(dev.terminal_at, 4);
    assert_int_equal(in16(1, 3), 0xFFFF);
    dreq(false);
}

static void test_demand_mode_runs_until_the_request_falls_and_goes_on_later(void **state)
{
    (void)state;
    device_new(3);
    dev.drop_after = 7;
    fill(4 * MIB, 20);
    program(3, 4 * MIB, 19, DD_8237_READ | DD_8237_DEMAND);
    dreq(true);
    assert_int_equal(run(), 7);
    assert_int_equal(in16(3, 7), 12);
    assert_int_equal(run(), 0);
    dreq(true);
    assert_int_equal(run(), 7);
    assert_int_equal(in16(3, 7), 5);
    dreq(true);
    assert_int_equal(run(), 6);
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(dev.units[i], *at(4 * MIB + i));
    }
    assert_int_equal(dev.terminals, 1);
    dreq(false);
}

/* a card that was reset tells its pin later than it is low */
static void test_pin_is_looked_at_before_the_first_cycle(void **state)
{
    (void)state;
    device_new(1);
    program(1, 3 * MIB, 9, DD_8237_WRITE | DD_8237_DEMAND);
    dreq(true);
    dev.level = false;
    assert_int_equal(run(), 0);
    assert_int_equal(in16(1, 3), 9);
    assert_int_equal(in(1, DD_8237_STATUS) & 0xF0, 0);
}

static void test_block_mode_runs_to_the_end_once_started(void **state)
{
    (void)state;
    device_new(0);
    dev.drop_after = 2;
    program(0, 5 * MIB, 99, DD_8237_WRITE | DD_8237_BLOCK);
    dreq(true);
    assert_int_equal(run(), 100);
    assert_int_equal(dev.terminal_at, 100);
    dreq(false);
}

static void test_verify_counts_and_moves_nothing(void **state)
{
    (void)state;
    device_new(1);
    fill(3 * MIB, 8);
    program(1, 3 * MIB, 7, DD_8237_VERIFY | DD_8237_BLOCK);
    dreq(true);
    assert_int_equal(run(), 8);
    assert_int_equal(dev.verifies, 8);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(*at(3 * MIB + i), (uint8_t)(i * 5 + 9));
    }
    dreq(false);
}

static void test_terminal_count_masks_and_the_status_tells_it_once(void **state)
{
    (void)state;
    device_new(2);
    program(2, 2 * MIB, 0, DD_8237_WRITE | DD_8237_SINGLE); /* a count of 0 is one unit */
    dreq(true);
    assert_int_equal(in(2, DD_8237_STATUS), 0x40);
    assert_int_equal(run(), 1);
    assert_int_equal(run(), 0);
    assert_int_equal(in(2, DD_8237_STATUS), 0x44);
    assert_int_equal(in(2, DD_8237_STATUS), 0x40);
    mask(2, false);
    assert_int_equal(run(), 1); /* it was masked, not used up */
    dreq(false);
    assert_int_equal(in(2, DD_8237_STATUS) & 0xF0, 0);
}

static void test_auto_initialize_starts_over(void **state)
{
    (void)state;
    device_new(1);
    program(1, 3 * MIB + 0x40, 4, DD_8237_WRITE | DD_8237_SINGLE | DD_8237_AUTO);
    dreq(true);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(run(), 1);
    }
    assert_int_equal(dev.terminals, 2);
    assert_int_equal(dev.terminal_at, 10);
    assert_int_equal(in16(1, 3), 2); /* two into the third round */
    assert_int_equal(in16(1, 2), 0x42);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(*at(3 * MIB + 0x40 + i), (uint8_t)dev.units[i < 2 ? 10 + i : 5 + i]);
    }
    dreq(false);
}

static void test_address_wraps_inside_its_64_kib(void **state)
{
    (void)state;
    device_new(0);
    *at(5 * MIB + 0x10000) = 0xEE;
    program(0, 5 * MIB + 0xFFFE, 3, DD_8237_WRITE | DD_8237_BLOCK);
    dreq(true);
    assert_int_equal(run(), 4);
    assert_int_equal(*at(5 * MIB + 0xFFFE), (uint8_t)dev.units[0]);
    assert_int_equal(*at(5 * MIB + 0xFFFF), (uint8_t)dev.units[1]);
    assert_int_equal(*at(5 * MIB), (uint8_t)dev.units[2]);
    assert_int_equal(*at(5 * MIB + 1), (uint8_t)dev.units[3]);
    assert_int_equal(*at(5 * MIB + 0x10000), 0xEE); /* the page register does not count */
    dreq(false);
}

static void test_words_wrap_inside_their_128_kib(void **state)
{
    uint64_t base = 4 * MIB, end = base + 0x20000;

    (void)state;
    device_new(6);
    *at(end) = 0xEE;
    program(6, end - 4, 3, DD_8237_WRITE | DD_8237_BLOCK);
    dreq(true);
    assert_int_equal(run(), 4);
    for (size_t i = 0; i < 4; i++) {
        uint64_t a = i < 2 ? end - 4 + 2 * i : base + 2 * (i - 2);

        assert_int_equal(*at(a) | *at(a + 1) << 8, dev.units[i]);
    }
    assert_int_equal(*at(end), 0xEE);
    dreq(false);
}

static void test_bit_0_of_a_word_channels_page_does_not_count(void **state)
{
    (void)state;
    device_new(5);
    program(5, 4 * MIB, 0, DD_8237_WRITE | DD_8237_SINGLE);
    dd_isa_dma_out(dma, dd_isa_page_port(5), 0x41);
    dreq(true);
    assert_int_equal(run(), 1);
    assert_int_equal(*at(4 * MIB), (uint8_t)dev.units[0]);
    dreq(false);
}

static void test_address_can_count_down(void **state)
{
    (void)state;
    device_new(3);
    program(3, 3 * MIB + 1, 2, DD_8237_WRITE | DD_8237_BLOCK | DD_8237_DOWN);
    dreq(true);
    assert_int_equal(run(), 3);
    assert_int_equal(*at(3 * MIB + 1), (uint8_t)dev.units[0]);
    assert_int_equal(*at(3 * MIB), (uint8_t)dev.units[1]);
    assert_int_equal(*at(3 * MIB + 0xFFFF), (uint8_t)dev.units[2]);
    dreq(false);
}

static void test_all_of_64_kib_moves_in_one_transfer(void **state)
{
    (void)state;
    device_new(1);
    program(1, 6 * MIB, 0xFFFF, DD_8237_WRITE | DD_8237_DEMAND);
    dreq(true);
    assert_int_equal(run(), 0x10000);
    for (uint32_t i = 0; i < 0x10000; i += 17) {
        assert_int_equal(*at(6 * MIB + i), (uint8_t)dev.units[i]);
    }
    dreq(false);
}

static void test_memory_that_is_not_there_reads_ones(void **state)
{
    (void)state;
    device_new(1);
    program(1, 0x80000, 1, DD_8237_READ | DD_8237_BLOCK); /* below the first RAM */
    dreq(true);
    assert_int_equal(run(), 2);
    assert_int_equal(dev.units[0], 0xFF);
    program(1, 0x80000, 1, DD_8237_WRITE | DD_8237_BLOCK);
    assert_int_equal(run(), 2);
    dreq(false);
}

static void test_software_requests_cannot_be_masked(void **state)
{
    (void)state;
    device_new(2);
    program(2, 2 * MIB, 4, DD_8237_WRITE | DD_8237_BLOCK);
    mask(2, true);
    out(2, DD_8237_REQUEST, 2 | DD_8237_SET);
    assert_int_equal(run(), 5);
    assert_int_equal(run(), 0); /* terminal count ends it */
    out(2, DD_8237_REQUEST, 2 | DD_8237_SET);
    out(2, DD_8237_REQUEST, 2);
    assert_int_equal(run(), 0);
}

static void test_requests_may_be_active_low(void **state)
{
    (void)state;
    device_new(2);
    out(2, DD_8237_ALL_MASKS, 0xF);
    out(2, DD_8237_COMMAND, DD_8237_COMMAND_DREQ_LOW);
    program(2, 2 * MIB, 4, DD_8237_WRITE | DD_8237_SINGLE);
    assert_int_equal(run(), 1);
    dreq(true);
    assert_int_equal(run(), 0);
    out(2, DD_8237_COMMAND, 0);
    dreq(false);
}

/* --- several channels --- */

static struct device second;

static void test_lower_channels_come_first(void **state)
{
    (void)state;
    device_new(1);
    second = dev;
    second.channel = 6;
    program(1, 3 * MIB, 9, DD_8237_WRITE | DD_8237_SINGLE);
    program(6, 5 * MIB, 9, DD_8237_WRITE | DD_8237_SINGLE);
    pin(&dev, true);
    pin(&second, true);
    assert_int_equal(dd_isa_dma_run(dma, 6, cycle, &second), 0);
    assert_int_equal(run(), 1);
    dreq(false);
    assert_int_equal(dd_isa_dma_run(dma, 6, cycle, &second), 1);
    pin(&second, false);
}

static void test_rotating_priority_gives_everybody_a_turn(void **state)
{
    unsigned served[4] = {0};

    (void)state;
    device_new(0);
    dev.level = true;
    out(0, DD_8237_COMMAND, DD_8237_COMMAND_ROTATE);
    for (unsigned c = 0; c < 4; c++) {
        program(c, 3 * MIB + 0x1000 * c, 99, DD_8237_WRITE | DD_8237_SINGLE);
        dd_isa_dma_request(dma, c, true);
    }
    for (unsigned turn = 0; turn < 40; turn++) {
        for (unsigned c = 0; c < 4; c++) {
            served[c] += (unsigned)dd_isa_dma_run(dma, c, cycle, &dev);
        }
    }
    for (unsigned c = 0; c < 4; c++) {
        assert_int_equal(served[c], 40);
        dd_isa_dma_request(dma, c, false);
    }
}

static unsigned wakes[2];

static void wake(void *arg)
{
    (*(unsigned *)arg)++;
}

static void test_devices_are_woken_when_it_is_their_turn(void **state)
{
    (void)state;
    device_new(1);
    wakes[0] = wakes[1] = 0;
    assert_int_equal(dd_isa_dma_attach(dma, 1, wake, &wakes[0]), 0);
    assert_int_equal(dd_isa_dma_attach(dma, 7, wake, &wakes[1]), 0);
    assert_int_equal(dd_isa_dma_attach(dma, 7, wake, &wakes[1]), -EBUSY);
    program(7, 5 * MIB, 0, DD_8237_WRITE | DD_8237_SINGLE);
    dreq(true);
    assert_int_equal(wakes[0], 0); /* masked */
    program(1, 3 * MIB, 0, DD_8237_WRITE | DD_8237_SINGLE);
    assert_int_equal(wakes[0], 1);
    dd_isa_dma_request(dma, 7, true);
    assert_int_equal(wakes[1], 0); /* the other has precedence */
    assert_int_equal(run(), 1);
    assert_int_equal(wakes[1], 1);
    dd_isa_dma_detach(dma, 1);
    dd_isa_dma_detach(dma, 7);
    assert_int_equal(in(7, DD_8237_STATUS) & 0xF0, 0); /* its pin is low */
    assert_int_equal(dd_isa_dma_attach(dma, 7, wake, &wakes[1]), 0);
    dd_isa_dma_detach(dma, 7);
}

/* --- channels --- */

#define PAGES_MAX 40u

struct memory {
    uint8_t *block;
    dd_frame frames[PAGES_MAX];
    struct dd_span span;
};

/* @offset bytes into a block of whole pages, contiguous below 16 MiB or not */
static struct memory memory_new(size_t pages, unsigned flags, uint64_t offset, uint64_t len)
{
    struct memory m = {0};

    m.block = dd_ram_alloc(ram, pages * DD_PAGE_BYTES, DD_PAGE_BYTES, flags | DD_RAM_PAGES,
                           (flags & DD_RAM_CONTIG) != 0 ? DD_ISA_REACH : UINT64_MAX);
    assert_non_null(m.block);
    for (size_t i = 0; i < pages; i++) {
        m.frames[i] = dd_ram_phys(ram, m.block + i * DD_PAGE_BYTES).v >> DD_PAGE_SHIFT;
    }
    m.span = (struct dd_span){.offset_bytes = offset, .len_bytes = len, .host = m.block + offset};
    return m;
}

static struct dd_span span_of(struct memory *m)
{
    m->span.frames = m->frames;
    return m->span;
}

static void memory_free(struct memory *m)
{
    assert_int_equal(dd_ram_free_block(ram, m->block, NULL), 0);
}

static struct dd_isa_channel *claim(unsigned channel, bool demand, bool auto_init, uint32_t max,
                                    enum dd_bounce bounce)
{
    struct dd_isa_channel_config config = {.ram = ram,
                                           .channel = channel,
                                           .demand = demand,
                                           .auto_init = auto_init,
                                           .checked = true,
                                           .max_bytes = max,
                                           .bounce = bounce};
    struct dd_isa_channel *c = NULL;

    assert_int_equal(dd_isa_channel_claim(&config, &c), 0);
    device_new(channel);
    dreq(true);
    return c;
}

static void release(struct dd_isa_channel *c)
{
    dreq(false);
    dd_isa_channel_release(c);
}

/* bytes the device has got or given */
static uint8_t device_byte(size_t i)
{
    bool wide = dd_isa_wide(dev.channel);
    unsigned unit = dev.units[wide ? i / 2 : i];

    return (uint8_t)(wide ? unit >> 8 * (i % 2) : unit);
}

static void check_transfer(struct dd_isa_channel *c, struct memory *m, enum dd_dir dir,
                           bool bounced)
{
    struct dd_span span = span_of(m);
    uint64_t through = 77;
    uint32_t left = 1;

    dev.at = 0;
    for (size_t i = 0; i < span.len_bytes; i++) {
        span.host[i] = (uint8_t)(i * 11 + 5);
    }
    assert_int_equal(dd_isa_channel_start(c, &span, dir, &through), 0);
    assert_int_equal(through, bounced ? span.len_bytes : 0);
    assert_int_equal(dd_isa_channel_left(c), span.len_bytes);
    assert_int_equal(run_all() << dd_isa_wide(dev.channel), span.len_bytes);
    assert_int_equal(dd_isa_channel_left(c), 0);
    assert_int_equal(dd_isa_channel_finish(c, true, &left), 0);
    assert_int_equal(left, 0);
    for (size_t i = 0; i < span.len_bytes; i++) {
        assert_int_equal(device_byte(i), span.host[i]);
    }
    assert_int_equal(dd_isa_channel_left(c), 0);
}

static void test_channel_is_claimed_once(void **state)
{
    struct dd_isa_channel_config config = {.ram = ram, .channel = 5, .max_bytes = 100};
    struct dd_isa_channel *c, *other = NULL;

    (void)state;
    c = claim(5, false, false, 100, DD_BOUNCE_AUTO);
    assert_int_equal(dd_isa_channel_claim(&config, &other), -EBUSY);
    config.channel = DD_ISA_CASCADE;
    assert_int_equal(dd_isa_channel_claim(&config, &other), -EINVAL);
    config.channel = 8;
    assert_int_equal(dd_isa_channel_claim(&config, &other), -EINVAL);
    config.channel = 6;
    assert_int_equal(dd_isa_channel_claim(&config, &other), 0);
    dd_isa_channel_release(other);
    release(c);
    config.channel = 5;
    assert_int_equal(dd_isa_channel_claim(&config, &other), 0);
    dd_isa_channel_release(other);
}

static void test_reachable_memory_is_used_as_it_is(void **state)
{
    static const unsigned channels[] = {1, 7};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct dd_isa_channel *c = claim(channels[i], false, false, 4096, DD_BOUNCE_AUTO);
        struct memory m = memory_new(1, DD_RAM_CONTIG, 10, 1000);

        check_transfer(c, &m, DD_DIR_TO_DEVICE, false);
        check_transfer(c, &m, DD_DIR_FROM_DEVICE, false);
        memory_free(&m);
        release(c);
    }
}

static void test_memory_above_16_mib_is_bounced(void **state)
{
    static const unsigned flags[] = {0, DD_RAM_HIGH}; /* above 16 MiB, above 4 GiB */

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct dd_isa_channel *c = claim(i == 0 ? 2 : 6, true, false, 9000, DD_BOUNCE_AUTO);
        struct memory m = memory_new(3, flags[i], 100, 9000);

        assert_true(dd_ram_phys(ram, m.block).v > DD_ISA_REACH);
        check_transfer(c, &m, DD_DIR_TO_DEVICE, true);
        check_transfer(c, &m, DD_DIR_FROM_DEVICE, true);
        memory_free(&m);
        release(c);
    }
}

static void test_bounce_always_bounces(void **state)
{
    struct dd_isa_channel *c = claim(1, false, false, 4096, DD_BOUNCE_ALWAYS);
    struct memory m = memory_new(1, DD_RAM_CONTIG, 0, 4096);

    (void)state;
    check_transfer(c, &m, DD_DIR_TO_DEVICE, true);
    check_transfer(c, &m, DD_DIR_FROM_DEVICE, true);
    memory_free(&m);
    release(c);
}

/* contiguous memory around a border between two pages of the address register */
static void test_transfer_over_a_page_is_bounced(void **state)
{
    static const struct {
        unsigned channel;
        uint64_t page;
    } kinds[] = {{3, 0x10000}, {5, 0x20000}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct dd_isa_channel *c = claim(kinds[i].channel, true, false, 2000, DD_BOUNCE_AUTO);
        struct memory m = memory_new(35, DD_RAM_CONTIG, 0, 2000);
        uint64_t phys = dd_ram_phys(ram, m.block).v,
                 border = dd_align_up(phys + 2000, kinds[i].page);
        uint64_t offset = border - phys - 1000;

        assert_true(offset + 2000 <= 35 * DD_PAGE_BYTES);
        m.span.offset_bytes = offset;
        m.span.host = m.block + offset;
        check_transfer(c, &m, DD_DIR_TO_DEVICE, true);
        check_transfer(c, &m, DD_DIR_FROM_DEVICE, true);
        m.span.offset_bytes = offset - 1000; /* up to the border */
        m.span.host = m.block + offset - 1000;
        check_transfer(c, &m, DD_DIR_FROM_DEVICE, false);
        m.span.offset_bytes = offset + 1000; /* from the border on */
        m.span.host = m.block + offset + 1000;
        check_transfer(c, &m, DD_DIR_FROM_DEVICE, false);
        memory_free(&m);
        release(c);
    }
}

static void test_scattered_odd_and_foreign_memory_is_bounced(void **state)
{
    static uint8_t foreign[600];
    static const dd_frame nowhere[2] = {(dd_frame)1 << 50, (dd_frame)1 << 50};
    struct dd_isa_channel *c = claim(5, false, false, 8192, DD_BOUNCE_AUTO);
    struct memory a = memory_new(1, DD_RAM_CONTIG, 0, 0), m = memory_new(3, DD_RAM_CONTIG, 0, 8192),
                  b;
    struct dd_span span = {.frames = nowhere,
                           .offset_bytes = 16,
                           .len_bytes = 600,
                           .host = foreign};
    uint64_t through = 0;
    uint32_t left;

    (void)state;
    /* two pages that are apart */
    b = m;
    b.frames[1] = m.frames[2];
    span_of(&b);
    dev.at = 0;
    assert_int_equal(dd_isa_channel_start(
                         c,
                         &(struct dd_span){.frames = b.frames, .len_bytes = 8192, .host = m.block},
                         DD_DIR_FROM_DEVICE, &through),
                     0);
    assert_int_equal(through, 8192);
    assert_int_equal(run_all(), 4096);
    assert_int_equal(dd_isa_channel_finish(c, true, &left), 0);
    for (size_t i = 0; i < 8192; i++) {
        assert_int_equal(m.block[i < 4096 ? i : i + 4096], device_byte(i));
    }
    /* an odd address cannot be given to a word channel */
    a.span = (struct dd_span){.offset_bytes = 3, .len_bytes = 100, .host = a.block + 3};
    check_transfer(c, &a, DD_DIR_TO_DEVICE, true);
    /* the program's own memory */
    memset(foreign, 0x5A, sizeof(foreign));
    dev.at = 0;
    assert_int_equal(dd_isa_channel_start(c, &span, DD_DIR_TO_DEVICE, &through), 0);
    assert_int_equal(run_all(), 300);
    assert_int_equal(dd_isa_channel_finish(c, true, &left), 0);
    assert_int_equal(device_byte(599), 0x5A);
    memory_free(&a);
    memory_free(&m);
    release(c);
}

static void test_lengths_that_cannot_be_are_refused(void **state)
{
    struct dd_isa_channel *c = claim(5, false, false, UINT32_MAX, DD_BOUNCE_AUTO);
    struct memory m = memory_new(33, 0, 0, 0);
    uint64_t through;
    uint32_t left;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        static const uint64_t bad[] = {0, 1, 0x20001, 0x20002};
        struct dd_span span = span_of(&m);

        span.len_bytes = bad[i];
        assert_int_equal(dd_isa_channel_start(c, &span, DD_DIR_TO_DEVICE, &through), -EMSGSIZE);
    }
    m.span.len_bytes = 0x20000;
    check_transfer(c, &m, DD_DIR_TO_DEVICE, true);
    release(c);
    c = claim(2, false, false, 60, DD_BOUNCE_AUTO);
    m.span.len_bytes = 61;
    assert_int_equal(dd_isa_channel_start(c, (span_of(&m), &m.span), DD_DIR_TO_DEVICE, &through),
                     -EMSGSIZE);
    m.span.len_bytes = 60;
    assert_int_equal(dd_isa_channel_start(c, &m.span, DD_DIR_TO_DEVICE, &through), 0);
    assert_int_equal(dd_isa_channel_start(c, &m.span, DD_DIR_TO_DEVICE, &through), -EBUSY);
    assert_int_equal(dd_isa_channel_finish(c, true, &left), 0);
    assert_int_equal(left, 60);
    assert_int_equal(dd_isa_channel_finish(c, true, &left), -ENOENT);
    memory_free(&m);
    release(c);
}

static void test_bounce_never_refuses_what_is_out_of_reach(void **state)
{
    struct dd_isa_channel *c = claim(2, false, false, 4096, DD_BOUNCE_NEVER);
    struct memory near = memory_new(1, DD_RAM_CONTIG, 0, 64), far = memory_new(1, 0, 0, 64);
    uint64_t through;

    (void)state;
    assert_int_equal(dd_isa_channel_start(c, (span_of(&far), &far.span), DD_DIR_TO_DEVICE,
                                          &through),
                     -ERANGE);
    check_transfer(c, &near, DD_DIR_TO_DEVICE, false);
    memory_free(&near);
    memory_free(&far);
    release(c);
}

static void test_bytes_not_moved_stay_as_they_were(void **state)
{
    static const unsigned flags[] = {DD_RAM_CONTIG, 0}; /* direct, bounced */

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct dd_isa_channel *c = claim(1, false, false, 200, DD_BOUNCE_AUTO);
        struct memory m = memory_new(1, flags[i], 0, 200);
        uint64_t through;
        uint32_t left = 0;

        memset(m.block, 0x11, 200);
        assert_int_equal(dd_isa_channel_start(c, (span_of(&m), &m.span), DD_DIR_FROM_DEVICE,
                                              &through),
                         0);
        for (int k = 0; k < 73; k++) {
            assert_int_equal(run(), 1);
        }
        assert_int_equal(dd_isa_channel_left(c), 127);
        assert_int_equal(dd_isa_channel_finish(c, true, &left), 0);
        assert_int_equal(left, 127);
        for (size_t k = 0; k < 200; k++) {
            assert_int_equal(m.block[k], k < 73 ? device_byte(k) : 0x11);
        }
        assert_int_equal(run(), 0); /* masked: the device has no way left into that memory */
        memory_free(&m);
        release(c);
    }
}

static void test_counter_tells_a_whole_64_kib_from_none(void **state)
{
    struct dd_isa_channel *c = claim(1, true, false, 0x10000, DD_BOUNCE_AUTO);
    struct memory m = memory_new(16, 0, 0, 0x10000);
    uint64_t through;
    uint32_t left;

    (void)state;
    assert_int_equal(dd_isa_channel_start(c, (span_of(&m), &m.span), DD_DIR_FROM_DEVICE, &through),
                     0);
    assert_int_equal(dd_isa_channel_left(c), 0x10000);
    dev.drop_after = 0x9000;
    assert_int_equal(run(), 0x9000);
    assert_int_equal(dd_isa_channel_left(c), 0x7000);
    assert_int_equal(dd_isa_channel_left(c), 0x7000);
    dreq(true);
    assert_int_equal(run_all(), 0x7000);
    assert_int_equal(dd_isa_channel_left(c), 0);
    assert_int_equal(dd_isa_channel_left(c), 0); /* the status register has forgotten it by now */
    assert_int_equal(dd_isa_channel_finish(c, true, &left), 0);
    assert_int_equal(left, 0);
    memory_free(&m);
    release(c);
}

/* another channel's terminal count, read on the way, is not lost */
static void test_counters_of_two_channels_do_not_disturb_each_other(void **state)
{
    struct dd_isa_channel *a = claim(1, true, false, 100, DD_BOUNCE_AUTO), *b;
    struct memory m = memory_new(1, 0, 0, 100), n = memory_new(1, 0, 0, 100);
    struct device first;
    uint64_t through;

    (void)state;
    assert_int_equal(dd_isa_channel_start(a, (span_of(&m), &m.span), DD_DIR_FROM_DEVICE, &through),
                     0);
    assert_int_equal(run_all(), 100);
    first = dev;
    b = claim(2, true, false, 100, DD_BOUNCE_AUTO);
    assert_int_equal(dd_isa_channel_start(b, (span_of(&n), &n.span), DD_DIR_FROM_DEVICE, &through),
                     0);
    assert_int_equal(dd_isa_channel_left(b), 100);
    assert_int_equal(dd_isa_channel_left(a), 0);
    memory_free(&m);
    memory_free(&n);
    release(b);
    dev = first;
    release(a);
}

static void test_auto_initialize_channel_reads_its_place_in_the_ring(void **state)
{
    struct dd_isa_channel *c = claim(5, false, true, 0x10000, DD_BOUNCE_ALWAYS);
    struct memory m = memory_new(1, DD_RAM_CONTIG, 0, 1000), far = memory_new(1, 0, 0, 1000);
    uint64_t through = 1;
    uint32_t left;

    (void)state;
    assert_int_equal(dd_isa_channel_start(c, (span_of(&far), &far.span), DD_DIR_FROM_DEVICE,
                                          &through),
                     -ERANGE);
    assert_int_equal(dd_isa_channel_start(c, (span_of(&m), &m.span), DD_DIR_FROM_DEVICE, &through),
                     0);
    assert_int_equal(through, 0);
    for (size_t i = 0; i < 1300; i++) {
        assert_int_equal(dd_isa_channel_left(c), 1000 - 2 * (i % 500));
        assert_int_equal(run(), 1);
        assert_int_equal(m.block[2 * (i % 500)] | m.block[2 * (i % 500) + 1] << 8, dev.units[i]);
    }
    assert_int_equal(dd_isa_channel_finish(c, true, &left), 0);
    assert_int_equal(left, 400);
    memory_free(&m);
    memory_free(&far);
    release(c);
}

static void test_bus_master_gets_cascade_and_no_transfers(void **state)
{
    struct dd_isa_channel_config config = {.ram = ram,
                                           .channel = 6,
                                           .master = true,
                                           .max_bytes = 100};
    struct memory m = memory_new(1, DD_RAM_CONTIG, 0, 100);
    struct dd_isa_channel *c = NULL;
    uint64_t through;

    (void)state;
    assert_int_equal(dd_isa_channel_claim(&config, &c), 0);
    assert_int_equal(dd_isa_channel_start(c, (span_of(&m), &m.span), DD_DIR_TO_DEVICE, &through),
                     -EINVAL);
    device_new(6);
    dreq(true);
    assert_int_equal(run(), 0); /* the controller only passes the bus on */
    memory_free(&m);
    release(c);
}

/* the controller counts while the counter is read: never a value from nowhere */
struct reader {
    struct dd_isa_channel *c;
    _Atomic(bool) stop;
    bool rose;
    _Atomic(unsigned) reads;
};

static void reader_main(void *arg)
{
    struct reader *r = arg;
    uint32_t last = UINT32_MAX;

    while (!atomic_load(&r->stop)) {
        uint32_t left = dd_isa_channel_left(r->c);

        r->rose |= left > last;
        last = left;
        atomic_fetch_add(&r->reads, 1);
    }
}

static void test_counter_read_while_it_counts_only_falls(void **state)
{
    struct dd_isa_channel *c = claim(1, false, false, 0x10000, DD_BOUNCE_AUTO);
    struct reader r = {.c = c};
    struct memory m = memory_new(16, 0, 0, 0x10000);
    struct dd_thread *t;
    uint64_t through;

    (void)state;
    assert_int_equal(dd_isa_channel_start(c, (span_of(&m), &m.span), DD_DIR_FROM_DEVICE, &through),
                     0);
    assert_int_equal(dd_thread_start("reader", reader_main, &r, &t), 0);
    for (size_t i = 0; i < 0x10000; i++) {
        while (run() == 0) {
        }
        /* at least one reading somewhere in each stretch, however busy the machine */
        for (unsigned before = atomic_load(&r.reads); i % 512 == 0;) {
            if (atomic_load(&r.reads) != before) {
                break;
            }
            dd_thread_yield();
        }
    }
    atomic_store(&r.stop, true);
    dd_thread_join(t);
    assert_false(r.rose);
    assert_true(atomic_load(&r.reads) >= 128);
    memory_free(&m);
    release(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_registers_are_written_and_read_low_byte_first),
        TEST(test_ports_are_those_of_the_pc_at),
        TEST(test_nothing_runs_while_masked_disabled_or_not_requested),
        TEST(test_single_mode_moves_a_unit_at_a_time),
        TEST(test_demand_mode_runs_until_the_request_falls_and_goes_on_later),
        TEST(test_pin_is_looked_at_before_the_first_cycle),
        TEST(test_block_mode_runs_to_the_end_once_started),
        TEST(test_verify_counts_and_moves_nothing),
        TEST(test_terminal_count_masks_and_the_status_tells_it_once),
        TEST(test_auto_initialize_starts_over),
        TEST(test_address_wraps_inside_its_64_kib),
        TEST(test_words_wrap_inside_their_128_kib),
        TEST(test_bit_0_of_a_word_channels_page_does_not_count),
        TEST(test_address_can_count_down),
        TEST(test_all_of_64_kib_moves_in_one_transfer),
        TEST(test_memory_that_is_not_there_reads_ones),
        TEST(test_software_requests_cannot_be_masked),
        TEST(test_requests_may_be_active_low),
        TEST(test_lower_channels_come_first),
        TEST(test_rotating_priority_gives_everybody_a_turn),
        TEST(test_devices_are_woken_when_it_is_their_turn),
        TEST(test_channel_is_claimed_once),
        TEST(test_reachable_memory_is_used_as_it_is),
        TEST(test_memory_above_16_mib_is_bounced),
        TEST(test_bounce_always_bounces),
        TEST(test_transfer_over_a_page_is_bounced),
        TEST(test_scattered_odd_and_foreign_memory_is_bounced),
        TEST(test_lengths_that_cannot_be_are_refused),
        TEST(test_bounce_never_refuses_what_is_out_of_reach),
        TEST(test_bytes_not_moved_stay_as_they_were),
        TEST(test_counter_tells_a_whole_64_kib_from_none),
        TEST(test_counters_of_two_channels_do_not_disturb_each_other),
        TEST(test_auto_initialize_channel_reads_its_place_in_the_ring),
        TEST(test_bus_master_gets_cascade_and_no_transfers),
        TEST(test_counter_read_while_it_counts_only_falls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
