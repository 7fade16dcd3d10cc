/* SPDX-License-Identifier: MIT */
/* soft:isanic and the DMA controllers, without a driver: ports are written by hand. */
#include "base/check.h"
#include "dev/soft/isa_nic.h"
#include "hal/isa_dma.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MIB       (1ull << 20)
#define TX_MEMORY (3 * MIB)
#define RX_MEMORY (4 * MIB)

static struct dd_ram *ram;
static struct dd_isa_dma *dma;
static struct dd_dma_line line;
static struct dd_dev_host host;
static struct dd_dev *dev;
static bool irq, kicked;
static unsigned ready, sent;
static uint8_t wire[2048];
static size_t wire_len;

/* --- the platform --- */

static void on_kick(void *arg)
{
    (void)arg;
    kicked = true;
}

static void on_interrupt(void *arg, unsigned vector, bool level)
{
    (void)arg;
    (void)vector;
    irq = level;
}

static void on_transmit(void *arg, const void *frame, size_t len)
{
    (void)arg;
    memcpy(wire, frame, len);
    wire_len = len;
    sent++;
}

static void on_ready(void *arg)
{
    (void)arg;
    ready++;
}

static void request(void *arg, unsigned channel, bool level)
{
    (void)arg;
    dd_isa_dma_request(dma, channel, level);
}

static size_t run(void *arg, unsigned channel, dd_dma_cycle_fn *cycle, void *cycle_arg)
{
    (void)arg;
    return dd_isa_dma_run(dma, channel, cycle, cycle_arg);
}

static int setup(void **state)
{
    static const struct dd_ram_config config = {.low_bytes = 32 * MIB, .seed = 1};
    static const struct dd_dev_options options = {0};

    (void)state;
    line = (struct dd_dma_line){.request = request, .run = run};
    host = (struct dd_dev_host){.kick = on_kick,
                                .interrupt = on_interrupt,
                                .transmit = on_transmit,
                                .receive_ready = on_ready,
                                .dma = &line};
    irq = kicked = false;
    ready = sent = 0;
    assert_int_equal(dd_ram_new(&config, &ram), 0);
    assert_int_equal(dd_isa_dma_open(ram, &dma), 0);
    assert_int_equal(dd_dev_soft_isanic.open(&options, &host, &dev), 0);
    for (unsigned i = 0; i < 2; i++) {
        unsigned channel = dev->info.dma_channels[i];

        assert_int_equal(dd_isa_dma_attach(dma, channel, on_kick, NULL), 0);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dd_isa_dma_detach(dma, NIC_TX_CHANNEL);
    dd_isa_dma_detach(dma, NIC_RX_CHANNEL);
    dev->ops->close(dev);
    dd_isa_dma_close(dma);
    dd_ram_free(ram);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* --- what a driver would do --- */

static uint16_t get(unsigned reg)
{
    return (uint16_t)dev->ops->bar_read(dev, 0, reg, 2);
}

static void put(unsigned reg, unsigned value)
{
    dev->ops->bar_write(dev, 0, reg, 2, value);
}

/* the card's own context */
static void settle(void)
{
    while (kicked) {
        kicked = false;
        dev->ops->service(dev);
    }
}

static void out(unsigned channel, unsigned reg, unsigned value)
{
    dd_isa_dma_out(dma, dd_isa_port(channel, reg), (uint8_t)value);
}

static void out16(unsigned channel, unsigned reg, unsigned value)
{
    out(channel, DD_8237_CLEAR_FLIP_FLOP, 0);
    out(channel, reg, value);
    out(channel, reg, value >> 8);
}

static unsigned count_of(unsigned channel)
{
    uint16_t port = dd_isa_port(channel, 2 * (channel % 4) + 1);
    unsigned low;

    out(channel, DD_8237_CLEAR_FLIP_FLOP, 0);
    low = dd_isa_dma_in(dma, port);
    return low | (unsigned)dd_isa_dma_in(dma, port) << 8;
}

static void program(unsigned channel, uint64_t phys, unsigned units, unsigned mode)
{
    out(channel, DD_8237_MASK, channel % 4 | DD_8237_SET);
    out(channel, DD_8237_MODE, mode | channel % 4);
    out16(channel, 2 * (channel % 4), (unsigned)(phys >> dd_isa_wide(channel)) & 0xFFFF);
    out16(channel, 2 * (channel % 4) + 1, units - 1);
    dd_isa_dma_out(dma, dd_isa_page_port(channel), (uint8_t)(phys >> 16));
    out(channel, DD_8237_MASK, channel % 4);
}

static uint8_t *memory(uint64_t phys, size_t len)
{
    uint8_t *p = dd_ram_at(ram, (dd_phys){phys}, len);

    assert_non_null(p);
    return p;
}

static void make_frame(uint8_t *frame, size_t len)
{
    memset(frame, 0xFF, 6);
    for (size_t i = 6; i < len; i++) {
        frame[i] = (uint8_t)(i * 7 + len);
    }
}

static int arrive(size_t len)
{
    uint8_t frame[2048];
    int r;

    make_frame(frame, len);
    r = dev->ops->receive(dev, frame, len);
    settle();
    return r;
}

/* --- send --- */

static void send(unsigned len, unsigned programmed, unsigned mode)
{
    make_frame(memory(TX_MEMORY, 2048), 2048);
    put(NIC_IMASK, ST_TX_DONE | ST_TX_ERROR);
    program(NIC_TX_CHANNEL, TX_MEMORY, programmed, mode);
    put(NIC_TXLEN, len);
    put(NIC_COMMAND, CMD_TX);
    settle();
}

static void test_frame_goes_from_memory_to_the_wire(void **state)
{
    (void)state;
    send(101, 101, DD_8237_READ | DD_8237_SINGLE);
    assert_int_equal(sent, 1);
    assert_int_equal(wire_len, 101);
    assert_memory_equal(wire, memory(TX_MEMORY, 101), 101);
    assert_int_equal(get(NIC_STATUS) & (ST_TX_DONE | ST_TX_ERROR | ST_TX_BUSY), ST_TX_DONE);
    assert_true(irq);
    put(NIC_STATUS, ST_TX_DONE);
    assert_false(irq);
}

static void test_masked_channel_moves_nothing_until_it_is_unmasked(void **state)
{
    (void)state;
    put(NIC_TXLEN, 60);
    put(NIC_COMMAND, CMD_TX);
    settle();
    assert_int_equal(sent, 0);
    assert_true((get(NIC_STATUS) & ST_TX_BUSY) != 0);
    program(NIC_TX_CHANNEL, TX_MEMORY, 60, DD_8237_READ | DD_8237_DEMAND);
    settle();
    assert_int_equal(sent, 1);
}

static void test_count_shorter_than_the_frame_is_an_error_and_no_frame(void **state)
{
    (void)state;
    send(100, 99, DD_8237_READ | DD_8237_DEMAND);
    assert_int_equal(sent, 0);
    assert_int_equal(get(NIC_STATUS) & (ST_TX_DONE | ST_TX_ERROR | ST_TX_BUSY), ST_TX_ERROR);
    put(NIC_STATUS, ST_TX_ERROR);
    send(100, 100, DD_8237_READ | DD_8237_DEMAND);
    assert_int_equal(sent, 1);
}

/* the card cannot help it: the bus floats, and memory is written */
static void test_wrong_direction_writes_memory_and_sends_nothing(void **state)
{
    (void)state;
    send(100, 100, DD_8237_WRITE | DD_8237_DEMAND);
    assert_int_equal(sent, 0);
    assert_int_equal(get(NIC_STATUS) & (ST_TX_DONE | ST_TX_ERROR), ST_TX_ERROR);
    assert_int_equal(*memory(TX_MEMORY, 1), 0xFF);
    assert_int_equal(count_of(NIC_TX_CHANNEL), 98);
}

static void test_stop_lowers_the_request(void **state)
{
    (void)state;
    put(NIC_TXLEN, 60);
    put(NIC_COMMAND, CMD_TX);
    settle();
    put(NIC_COMMAND, CMD_TX_STOP);
    program(NIC_TX_CHANNEL, TX_MEMORY, 60, DD_8237_READ | DD_8237_DEMAND);
    settle();
    assert_int_equal(count_of(NIC_TX_CHANNEL), 59);
    assert_int_equal(sent, 0);
}

/* --- receive --- */

static void test_frame_goes_from_the_wire_to_memory(void **state)
{
    uint8_t frame[101];

    (void)state;
    put(NIC_CONTROL, CT_RX | CT_BROADCAST);
    put(NIC_IMASK, ST_RX_READY | ST_RX_DONE);
    assert_int_equal(arrive(101), 0);
    assert_true(irq);
    assert_int_equal(get(NIC_RXLEN), 101);
    memset(memory(RX_MEMORY, 200), 0x11, 200);
    program(NIC_RX_CHANNEL, RX_MEMORY, 60, DD_8237_WRITE | DD_8237_SINGLE);
    put(NIC_COMMAND, CMD_RX);
    settle();
    make_frame(frame, 101);
    assert_memory_equal(memory(RX_MEMORY, 101), frame, 101);
    assert_int_equal(memory(RX_MEMORY, 103)[101], 0);    /* padded to a word */
    assert_int_equal(memory(RX_MEMORY, 103)[102], 0x11); /* and no further */
    assert_int_equal(count_of(NIC_RX_CHANNEL), 60 - 51 - 1);
    assert_int_equal(get(NIC_STATUS) & (ST_RX_READY | ST_RX_DONE | ST_RX_ERROR), ST_RX_DONE);
    assert_int_equal(get(NIC_RXLEN), 0);
}

static void test_frame_that_does_not_fit_stays_in_the_fifo(void **state)
{
    (void)state;
    put(NIC_CONTROL, CT_RX | CT_BROADCAST);
    assert_int_equal(arrive(100), 0);
    memset(memory(RX_MEMORY, 200), 0x11, 200);
    program(NIC_RX_CHANNEL, RX_MEMORY, 49, DD_8237_WRITE | DD_8237_DEMAND);
    put(NIC_COMMAND, CMD_RX);
    settle();
    assert_true((get(NIC_STATUS) & ST_RX_ERROR) != 0);
    assert_int_equal(get(NIC_RXLEN), 100);
    assert_int_equal(memory(RX_MEMORY, 200)[98], 0x11);
    program(NIC_RX_CHANNEL, RX_MEMORY, 50, DD_8237_WRITE | DD_8237_DEMAND);
    put(NIC_COMMAND, CMD_RX);
    settle();
    assert_int_equal(get(NIC_RXLEN), 0);
}

static void test_full_fifo_makes_the_wire_wait(void **state)
{
    (void)state;
    put(NIC_CONTROL, CT_RX | CT_BROADCAST);
    for (unsigned i = 0; i < NIC_FIFO; i++) {
        assert_int_equal(arrive(60 + i), 0);
    }
    assert_int_equal(arrive(60), -EAGAIN);
    assert_int_equal(ready, 0);
    put(NIC_COMMAND, CMD_RX_DROP);
    settle();
    assert_int_equal(ready, 1);
    assert_int_equal(get(NIC_RXLEN), 61);
    assert_int_equal(arrive(60), 0);
}

static void test_filter_link_and_receiver_decide_what_comes_in(void **state)
{
    (void)state;
    assert_int_equal(arrive(60), 0); /* the receiver is off: dropped */
    assert_int_equal(get(NIC_RXLEN), 0);
    put(NIC_CONTROL, CT_RX);
    assert_int_equal(arrive(60), 0); /* a broadcast nobody asked for */
    assert_int_equal(get(NIC_RXLEN), 0);
    put(NIC_CONTROL, CT_RX | CT_PROMISCUOUS);
    dev->ops->set_link(dev, false);
    assert_int_equal(arrive(60), -ENETDOWN);
    dev->ops->set_link(dev, true);
    assert_int_equal(arrive(60), 0);
    assert_int_equal(get(NIC_RXLEN), 60);
    assert_true((get(NIC_STATUS) & ST_LINK_CHANGE) != 0);
}

/* --- bursts, ring, removal --- */

static void test_burst_stops_in_mid_transfer_until_resumed(void **state)
{
    (void)state;
    put(NIC_BURST, 16);
    put(NIC_CONTROL, CT_PAUSE);
    send(40, 40, DD_8237_READ | DD_8237_DEMAND);
    assert_int_equal(count_of(NIC_TX_CHANNEL), 40 - 16 - 1);
    assert_true((get(NIC_STATUS) & ST_PAUSED) != 0);
    put(NIC_COMMAND, CMD_RESUME);
    settle();
    assert_int_equal(count_of(NIC_TX_CHANNEL), 40 - 32 - 1);
    put(NIC_COMMAND, CMD_RESUME);
    settle();
    assert_int_equal(sent, 1);
}

static void test_stream_writes_records_as_far_as_its_credit_goes(void **state)
{
    const uint8_t *ring = memory(RX_MEMORY, 256);

    (void)state;
    program(NIC_RX_CHANNEL, RX_MEMORY, 128, DD_8237_WRITE | DD_8237_SINGLE | DD_8237_AUTO);
    put(NIC_CONTROL, CT_RX | CT_BROADCAST | CT_STREAM);
    put(NIC_IMASK, ST_RING);
    put(NIC_CREDIT, 254);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(arrive(99), 0); /* 104 bytes each, with head and padding */
    }
    assert_true(irq);
    assert_int_equal(ring[0] | ring[1] << 8, 99);
    assert_int_equal(ring[2] | ring[3] << 8, 0xFFFF - 99);
    assert_int_equal(256 - 2 * (count_of(NIC_RX_CHANNEL) + 1), 208);
    put(NIC_CREDIT, 104);
    settle();
    assert_int_equal(256 - 2 * (count_of(NIC_RX_CHANNEL) + 1), 312 - 256); /* round the end */
    assert_int_equal(ring[208] | ring[209] << 8, 99);
}

static void test_removed_card_is_not_there(void **state)
{
    (void)state;
    put(NIC_TXLEN, 60);
    put(NIC_COMMAND, CMD_TX);
    settle();
    dev->ops->remove(dev);
    settle();
    assert_int_equal(get(NIC_STATUS), 0xFFFF);
    assert_int_equal(arrive(60), -ENODEV);
    program(NIC_TX_CHANNEL, TX_MEMORY, 60, DD_8237_READ | DD_8237_DEMAND);
    settle();
    assert_int_equal(count_of(NIC_TX_CHANNEL), 59);
    assert_false(irq);
}

static void test_registers_can_be_accessed_by_bytes_and_pairs(void **state)
{
    (void)state;
    dev->ops->bar_write(dev, 0, NIC_TXLEN, 1, 0x34);
    dev->ops->bar_write(dev, 0, NIC_TXLEN + 1, 1, 0x05);
    assert_int_equal(get(NIC_TXLEN), 0x534);
    assert_int_equal(dev->ops->bar_read(dev, 0, NIC_TXLEN + 1, 1), 0x05);
    dev->ops->bar_write(dev, 0, NIC_BURST, 4, 0x00000007);
    assert_int_equal(get(NIC_BURST), 7);
    assert_int_equal(dev->ops->bar_read(dev, 0, NIC_MAC, 4), 0x41534902);
    assert_int_equal(get(NIC_VERSION_REG), NIC_VERSION);
    assert_int_equal(dev->ops->config_read(dev, 0, 4), 0xFFFFFFFF); /* ISA has no such space */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_frame_goes_from_memory_to_the_wire),
        TEST(test_masked_channel_moves_nothing_until_it_is_unmasked),
        TEST(test_count_shorter_than_the_frame_is_an_error_and_no_frame),
        TEST(test_wrong_direction_writes_memory_and_sends_nothing),
        TEST(test_stop_lowers_the_request),
        TEST(test_frame_goes_from_the_wire_to_memory),
        TEST(test_frame_that_does_not_fit_stays_in_the_fifo),
        TEST(test_full_fifo_makes_the_wire_wait),
        TEST(test_filter_link_and_receiver_decide_what_comes_in),
        TEST(test_burst_stops_in_mid_transfer_until_resumed),
        TEST(test_stream_writes_records_as_far_as_its_credit_goes),
        TEST(test_removed_card_is_not_there),
        TEST(test_registers_can_be_accessed_by_bytes_and_pairs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
