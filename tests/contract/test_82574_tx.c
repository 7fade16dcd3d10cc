/* SPDX-License-Identifier: MIT */
/* Vectors T1 to T20 of the 82574L, and what else the transmit side promises. */
#include "nic.h"
#include "suites.h"

#include "base/clock.h"

static const unsigned offsets4[6] = {14, 24, 33, 34, 50, 0};

static void expect_sent(struct rig *r, unsigned i, const uint8_t *f, size_t len)
{
    expect_soon(r, i < r->sent_count, true);
    expect_u32(r->sent[i].len, len);
    assert_memory_equal(r->sent[i].bytes, f, len);
}

static void t1_legacy_descriptor_with_rs(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    nic_send_a(r, 0, 0x0b);
    expect_hex(nic_txd(r, 0) + 8, "6400000b01000000");
    expect_u32(rig_read(r, TDH), 1);
    expect_u32(rig_read(r, ICR), 0x80000003);
    expect_soon(r, r->sent_count, 1);
    expect_sent(r, 0, f, frame_a(f));
}

static void t2_no_rs_no_dd(void **state)
{
    struct rig *r = *state;

    nic_send_a(r, 0, 0x03);
    expect_hex(nic_txd(r, 0) + 8, "6400000300000000");
    expect_u32(rig_read(r, ICR), 0x80000002);
    expect_soon(r, r->sent_count, 1);
}

static void t3_two_descriptors_one_frame(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_a(f);

    nic_put(r, DATA, f, len);
    nic_tx_desc(r, 0, DATA, tx_legacy(14, 0x00, 0));
    nic_tx_desc(r, 1, DATA + 14, tx_legacy(86, 0x0b, 0));
    rig_write(r, TDT, 2);
    expect_hex(nic_txd(r, 0) + 8, "0e00000000000000");
    expect_hex(nic_txd(r, 1) + 8, "5600000b01000000");
    expect_u32(rig_read(r, ICR), 0x80000003);
    expect_soon(r, r->sent_count, 1);
    expect_sent(r, 0, f, len);
}

static void t4_tail_without_work(void **state)
{
    struct rig *r = *state;

    rig_write(r, TDT, 0);
    expect_u32(rig_read(r, ICR), rig_quirk(r, QUIRK_TXQE_WITHOUT_WORK) ? 0x80000002 : 0);
}

static void t5_disabled_unit_keeps_the_tail(void **state)
{
    struct rig *r = *state;

    rig_write(r, TCTL, 0);
    nic_send_a(r, 0, 0x0b);
    expect_u32(rig_read(r, TDH), 0);
    expect_u32(rig_read(r, TDT), 1);
    expect_u32(rig_read(r, ICR), 0);
    expect_soon(r, r->sent_count, 0);
    rig_write(r, TCTL, TCTL_USUAL);
    expect_u32(rig_read(r, TDH), 1);
    expect_soon(r, r->sent_count, 1);
    expect_u32(rig_read(r, ICR), 0x80000003);
}

static void t6_ring_wraps(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    frame_a(f);
    nic_put(r, DATA, f, 100);
    for (unsigned i = 0; i < 15; i++) {
        nic_tx_desc(r, i, DATA, tx_legacy(60 + i, 0x0b, 0));
    }
    rig_write(r, TDT, 15);
    for (unsigned i = 0; i < 3; i++) {
        nic_tx_desc(r, (15 + i) % 16, DATA, tx_legacy(90 + i, 0x0b, 0));
    }
    rig_write(r, TDT, 2);
    expect_soon(r, r->sent_count, 18);
    for (unsigned i = 0; i < 18; i++) {
        expect_u32(r->sent[i].len, i < 15 ? 60 + i : 90 + i - 15);
    }
    expect_u32(rig_read(r, TDH), 2);
    expect_u32(rig_read(r, TDT), 2);
}

static void t7_tail_beyond_the_ring_moves_nothing(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    nic_put(r, DATA, f, frame_a(f));
    nic_tx_desc(r, 0, DATA, tx_legacy(100, 0x0b, 0));
    rig_write(r, TDT, 16);
    if (rig_quirk(r, QUIRK_TAIL_BEYOND_SENDS)) {
        expect_soon(r, r->sent_count, 1); /* of 16 descriptors one has a frame */
        return;
    }
    expect_u32(rig_read(r, TDH), 0);
    expect_u32(rig_read(r, TDT), 16);
    expect_soon(r, r->sent_count, 0);
}

static void t8_vlan_tag_is_inserted(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    rig_write(r, CTRL, 0x40140241);
    nic_put(r, DATA, f, frame_a(f));
    nic_tx_desc(r, 0, DATA, tx_legacy(100, 0x4b, 0x2064));
    rig_write(r, TDT, 1);
    expect_hex(nic_txd(r, 0) + 8, "6400004b01006420");
    expect_soon(r, r->sent_count, 1);
    expect_u32(r->sent[0].len, 104);
    expect_hex(r->sent[0].bytes + 12, "8100206488b5");
    assert_memory_equal(r->sent[0].bytes + 16, f + 12, 88);
}

#define TIDV_LONG    60000u /* of 1.024 us */
#define TIDV_LONG_NS (TIDV_LONG * 1024ull)

/* nothing is told before its time; a look that came too late on a busy machine says nothing */
static void send_and_hear_nothing(struct rig *r)
{
    uint64_t start = dd_clock_ns();
    uint32_t causes;

    rig_write(r, TIDV, TIDV_LONG);
    nic_send_a(r, 0, 0x8b);
    causes = rig_read(r, ICS);
    if (rig_exact(r) || dd_clock_ns() - start < TIDV_LONG_NS) {
        expect_u32(causes, 0);
    }
}

static void t9_ide_delays_the_interrupt(void **state)
{
    struct rig *r = *state;

    ONLY_82574(r);
    send_and_hear_nothing(r);
    if (rig_exact(r)) {
        rig_advance(r, TIDV_LONG_NS - 1000);
        expect_u32(rig_read(r, ICS), 0);
    }
    rig_advance(r, 2 * TIDV_LONG_NS);
    expect_u32(rig_read(r, ICR), 0x80000003);
}

static void t9_a_descriptor_without_ide_fires_what_waited(void **state)
{
    struct rig *r = *state;

    ONLY_82574(r);
    send_and_hear_nothing(r);
    nic_send_a(r, 1, 0x0b);
    expect_u32(rig_read(r, ICR), 0x80000003);
    rig_advance(r, 2 * TIDV_LONG_NS);
    expect_u32(rig_read(r, ICS), 0);
}

static void t9_tadv_caps_tidv(void **state)
{
    struct rig *r = *state;

    rig_write(r, TIDV, 20000);
    rig_write(r, TADV, 1000);
    nic_send_a(r, 0, 0x8b);
    if (rig_exact(r)) {
        rig_advance(r, 1000 * 1024ull - 1);
        expect_u32(rig_read(r, ICS), 0);
    }
    rig_advance(r, 1);
    expect_u32(rig_read(r, ICR), 0x80000003);
}

static void t10_context_with_rs(void **state)
{
    struct rig *r = *state;

    nic_tx_context(r, 0, offsets4, 0x2b, 0, 0, 0);
    rig_write(r, TDT, 1);
    expect_hex(nic_txd(r, 0) + 8, "0000002b01000000");
    expect_soon(r, r->sent_count, 0);
    expect_u32(rig_read(r, ICR), 0x80000003);
}

static size_t send_c4(struct rig *r, unsigned popts, bool clear_sum)
{
    uint8_t f[FRAME_BYTES];
    size_t len = frame_c4(f);

    if (clear_sum) {
        frame_put_be16(f + 50, 0);
    }
    nic_put(r, DATA, f, len);
    nic_tx_context(r, 0, offsets4, 0x23, 0, 0, 0);
    nic_tx_desc(r, 1, DATA, tx_data(len, 0x2b, popts));
    rig_write(r, TDT, 2);
    expect_soon(r, r->sent_count, 1);
    expect_u32(r->sent[0].len, len);
    return len;
}

static void t11_ip_and_tcp_sums_are_inserted(void **state)
{
    struct rig *r = *state;

    send_c4(r, 3, false);
    expect_hex(nic_txd(r, 0) + 8, "0000002300000000");
    expect_hex(nic_txd(r, 1) + 8, "6301102b01030000");
    expect_u32(frame_be16(r->sent[0].bytes + 24), 0x536d);
    expect_u32(frame_be16(r->sent[0].bytes + 50), 0xc3a7);
    expect_u32(frame_be16(rig_at(r, DATA + 50, 2)),
               rig_quirk(r, QUIRK_TX_BUFFER_WRITTEN) ? 0xc3a7 : 0x154a);
}

static void t12_the_field_takes_part_in_the_sum(void **state)
{
    struct rig *r = *state;

    send_c4(r, 3, true);
    expect_u32(frame_be16(r->sent[0].bytes + 50), rig_quirk(r, QUIRK_TX_PARSES) ? 0xc3a7 : 0xd8f1);
}

static void t13_ip_sum_alone(void **state)
{
    struct rig *r = *state;

    send_c4(r, 1, false);
    expect_u32(frame_be16(r->sent[0].bytes + 24), 0x536d);
    expect_u32(frame_be16(r->sent[0].bytes + 50), 0x154a);
}

static void t14_tcp_over_ipv6(void **state)
{
    static const unsigned offsets[6] = {14, 0, 0, 54, 70, 0};
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_c6(f);

    nic_put(r, DATA, f, len);
    nic_tx_context(r, 0, offsets, 0x21, 0, 0, 0);
    nic_tx_desc(r, 1, DATA, tx_data(len, 0x2b, 2));
    rig_write(r, TDT, 2);
    expect_soon(r, r->sent_count, 1);
    expect_u32(r->sent[0].len, 375);
    expect_u32(frame_be16(r->sent[0].bytes + 70), 0x7c35);
}

static void t15_offsets_alone_decide(void **state)
{
    static const unsigned offsets[6] = {0, 0, 0, 20, 60, 0};
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_a(f);

    nic_put(r, DATA, f, len);
    nic_tx_context(r, 0, offsets, 0x20, 0, 0, 0);
    nic_tx_desc(r, 1, DATA, tx_data(len, 0x2b, 2));
    rig_write(r, TDT, 2);
    expect_soon(r, r->sent_count, 1);
    expect_u32(frame_be16(r->sent[0].bytes + 60), rig_quirk(r, QUIRK_TX_PARSES) ? 0x2e2f : 0xf0c8);
}

static void t16_tcp_segmentation(void **state)
{
    static const struct {
        size_t len;
        unsigned id, ip_sum, seq, flags, tcp_sum;
    } want[] = {{1514, 0x1234, 0x4ee6, 1000, 0x10, 0xadef},
                {1514, 0x1235, 0x4ee5, 2460, 0x10, 0x0193},
                {1134, 0x1236, 0x5060, 3920, 0x19, 0x00fc}};
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_t(f);

    if (rig_quirk(r, QUIRK_TSO_FRAGMENTS)) {
        print_message("this model cuts large sends into IP fragments\n");
        skip();
    }
    nic_put(r, DATA, f, len);
    nic_tx_context(r, 0, offsets4, 0x27, 4000, 54, 1460);
    nic_tx_desc(r, 1, DATA, tx_data(len, 0x2f, 3));
    rig_write(r, TDT, 2);
    expect_soon(r, r->sent_count, 3);
    for (unsigned i = 0; i < 3; i++) {
        const uint8_t *p = r->sent[i].bytes;

        expect_u32(r->sent[i].len, want[i].len);
        expect_u32(frame_be16(p + 16), want[i].len - 14);
        expect_u32(frame_be16(p + 18), want[i].id);
        expect_u32(frame_be16(p + 24), want[i].ip_sum);
        expect_u32(frame_be16(p + 40), want[i].seq);
        expect_u32(p[47], want[i].flags);
        expect_u32(frame_be16(p + 50), want[i].tcp_sum);
        assert_memory_equal(p + 54, f + 54 + 1460 * i, want[i].len - 54);
    }
}

static void t17_many_fragments(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_a(f);

    rig_write(r, TCTL, 0);
    rig_write(r, TDLEN, 128 * 16);
    rig_write(r, TCTL, TCTL_USUAL);
    nic_put(r, DATA, f, len);
    for (unsigned i = 0; i < 64; i++) {
        nic_tx_desc(r, i, DATA + i, tx_legacy(1, 0x00, 0));
    }
    nic_tx_desc(r, 64, DATA + 64, tx_legacy(36, 0x0b, 0));
    rig_write(r, TDT, 65);
    expect_u32(rig_read(r, TDH), 65);
    expect_u32(nic_txd(r, 64)[12], 1);
    if (rig_quirk(r, QUIRK_FRAGMENTS)) {
        expect_soon(r, r->sent_count, 0);
    } else {
        expect_soon(r, r->sent_count, 1);
        expect_sent(r, 0, f, len);
    }
}

static void t18_an_unreadable_buffer_loses_the_frame_not_the_descriptor(void **state)
{
    struct rig *r = *state;

    nic_tx_desc(r, 0, 0, tx_legacy(100, 0x0b, 0));
    rig_write(r, TDT, 1);
    expect_u32(rig_read(r, TDH), 1);
    expect_u32(nic_txd(r, 0)[12], 1);
    if (rig_quirk(r, QUIRK_READ_FAULT_IS_ZEROS)) {
        expect_soon(r, r->sent_count, 1);
    } else {
        expect_soon(r, r->sent_count, 0);
        expect_faults(r, 1);
    }
    nic_send_a(r, 1, 0x0b);
    expect_u32(r->sent[r->sent_count - 1].len, 100);
}

static void t19_short_frame_is_padded(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES] = {0};

    frame_a(f);
    nic_put(r, DATA, f, 100);
    nic_tx_desc(r, 0, DATA, tx_legacy(20, 0x0b, 0));
    rig_write(r, TDT, 1);
    memset(f + 20, 0, 40);
    expect_soon(r, r->sent_count, 1);
    expect_sent(r, 0, f, rig_quirk(r, QUIRK_NO_PADDING) ? 20 : 60);
}

static void t20_bus_master_off_moves_nothing(void **state)
{
    struct rig *r = *state;
    uint32_t command = r->dev->ops->config_read(r->dev, 4, 2);

    r->dev->ops->config_write(r->dev, 4, 2, command & ~4u);
    nic_send_a(r, 0, 0x0b);
    expect_soon(r, r->sent_count, 0);
    expect_hex(nic_txd(r, 0) + 8, "6400000b00000000");
    if (rig_quirk(r, QUIRK_MASTER_OFF_LOSES)) {
        expect_u32(rig_read(r, TDH), 1);
        return;
    }
    expect_u32(rig_read(r, TDH), 0);
    expect_u32(rig_read(r, ICR), 0);
    r->dev->ops->config_write(r->dev, 4, 2, command);
    rig_run(r);
    expect_u32(rig_read(r, TDH), 1);
    expect_soon(r, r->sent_count, 1);
}

/* --- beyond the vectors --- */

static void unreadable_descriptor_stops_the_ring_until_set_up_again(void **state)
{
    struct rig *r = *state;

    rig_write(r, TCTL, 0);
    rig_write(r, TDBAL, 0xbad00000);
    rig_write(r, TCTL, TCTL_USUAL);
    nic_send_a(r, 0, 0x0b);
    expect_u32(rig_read(r, TDH), 0);
    expect_faults(r, 1);
    rig_write(r, TDT, 2);
    expect_faults(r, 1);
    rig_write(r, TCTL, 0);
    rig_write(r, TDBAL, TX_RING);
    rig_write(r, TDT, 1);
    rig_write(r, TCTL, TCTL_USUAL);
    expect_soon(r, r->sent_count, 1);
}

static void data_is_read_to_the_byte(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_a(f);

    memcpy(rig_mem(r, 0x900010, len), f, len);
    nic_tx_desc(r, 0, 0x900010, tx_legacy(len, 0x0b, 0));
    nic_tx_desc(r, 1, 0x900010, tx_legacy(len + 1, 0x0b, 0));
    rig_write(r, TDT, 1);
    expect_faults(r, 0);
    expect_soon(r, r->sent_count, 1);
    rig_write(r, TDT, 2);
    expect_faults(r, 1);
    expect_soon(r, r->sent_count, 1);
    expect_u32(nic_txd(r, 1)[12], 1);
}

static void write_back_threshold_holds_dd(void **state)
{
    struct rig *r = *state;

    rig_write(r, TXDCTL, 0x01030000); /* GRAN, WTHRESH 3 */
    rig_write(r, TIDV, 100);
    nic_send_a(r, 0, 0x8b);
    nic_send_a(r, 1, 0x8b);
    expect_soon(r, r->sent_count, 2);
    expect_u32(nic_txd(r, 0)[12], 0);
    expect_u32(nic_txd(r, 1)[12], 0);
    rig_advance(r, 200000); /* TIDV flushes */
    expect_u32(nic_txd(r, 0)[12], 1);
    expect_u32(nic_txd(r, 1)[12], 1);
    expect_u32(rig_read(r, ICR), 0x80000003);
    nic_send_a(r, 2, 0x8b);
    nic_send_a(r, 3, 0x8b);
    nic_send_a(r, 4, 0x8b);
    expect_u32(nic_txd(r, 2)[12], 1);
    expect_u32(nic_txd(r, 4)[12], 1);
    nic_send_a(r, 5, 0x8b);
    expect_u32(nic_txd(r, 5)[12], 0);
    rig_write(r, TIDV, 0x80000064); /* FPD */
    expect_u32(nic_txd(r, 5)[12], 1);
}

static void disabled_queue_starts_with_the_next_tail_write(void **state)
{
    struct rig *r = *state;

    rig_write(r, TARC, 0x3);
    nic_send_a(r, 0, 0x0b);
    expect_u32(rig_read(r, TDT), 1);
    expect_soon(r, r->sent_count, 0);
    rig_write(r, TARC, 0x403);
    expect_soon(r, r->sent_count, 0);
    rig_write(r, TDT, 1);
    expect_soon(r, r->sent_count, 1);
}

static void enabling_the_unit_does_not_start_a_disabled_queue(void **state)
{
    struct rig *r = *state;

    rig_write(r, TCTL, 0);
    rig_write(r, TARC, 0x3);
    nic_send_a(r, 0, 0x0b);
    rig_write(r, TCTL, TCTL_USUAL);
    expect_soon(r, r->sent_count, 0);
}

static void udp_sum_of_zero_is_sent_as_ones(void **state)
{
    static const unsigned offsets[6] = {0, 0, 0, 20, 60, 0};
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_a(f);

    /* the field makes the whole sum ffff */
    frame_put_be16(f + 60, 0);
    frame_put_be16(f + 60, ~frame_sum(f + 20, 80, 0) & 0xffff);
    nic_put(r, DATA, f, len);
    nic_tx_context(r, 0, offsets, 0x20, 0, 0, 0);
    nic_tx_desc(r, 1, DATA, tx_data(len, 0x2b, 2));
    nic_tx_context(r, 2, offsets, 0x21, 0, 0, 0); /* TCP: no such rule */
    nic_tx_desc(r, 3, DATA, tx_data(len, 0x2b, 2));
    rig_write(r, TDT, 4);
    expect_soon(r, r->sent_count, 2);
    expect_u32(frame_be16(r->sent[0].bytes + 60), 0xffff);
    expect_u32(frame_be16(r->sent[1].bytes + 60), 0);
}

static void own_fcs_is_checked_without_ifcs(void **state)
{
    static const uint8_t good[4] = {0xd3, 0x53, 0x5c, 0x66}; /* of R, computed by zlib */
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_r(f);

    memcpy(f + len, good, 4);
    nic_put(r, DATA, f, len + 4);
    nic_tx_desc(r, 0, DATA, tx_legacy(len + 4, 0x09, 0));
    nic_tx_desc(r, 1, DATA, tx_legacy(len, 0x09, 0));
    rig_write(r, TDT, 2);
    expect_soon(r, r->sent_count, 1);
    expect_sent(r, 0, f, len);
    expect_u32(nic_txd(r, 1)[12], 1);
}

static void second_queue_sends(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_a(f);
    uint64_t lo = DATA, hi = tx_legacy(len, 0x0b, 0);
    uint8_t *ring = rig_mem(r, 0x110000, 128);

    nic_put(r, DATA, f, len);
    memcpy(ring, &lo, 8);
    memcpy(ring + 8, &hi, 8);
    rig_write(r, TDBAL + 0x100, 0x110000);
    rig_write(r, TDLEN + 0x100, 128);
    rig_write(r, TDT + 0x100, 1);
    expect_u32(rig_read(r, TDH + 0x100), 1);
    expect_u32(ring[12], 1);
    expect_soon(r, r->sent_count, 1);
    expect_sent(r, 0, f, len);
}

static void legacy_checksum_is_inserted(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_a(f);

    frame_put_be16(f + 60, 0);
    nic_put(r, DATA, f, len);
    nic_tx_desc(r, 0, DATA, tx_legacy(len, 0x0f, 0) | 60ull << 16 | 20ull << 40);
    rig_write(r, TDT, 1);
    expect_soon(r, r->sent_count, 1);
    expect_u32(frame_be16(r->sent[0].bytes + 60), ~frame_sum(f + 20, 80, 0) & 0xffff);
}

static void segment_of_a_whole_number_of_mss(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    frame_t(f);
    nic_put(r, DATA, f, 54 + 2000);
    nic_tx_context(r, 0, offsets4, 0x27, 2000, 54, 1000);
    nic_tx_desc(r, 1, DATA, tx_data(54, 0x2e, 3) & ~(1ull << 24));
    nic_tx_desc(r, 2, DATA + 54, tx_data(2000, 0x2f, 3));
    rig_write(r, TDT, 3);
    expect_soon(r, r->sent_count, 2);
    expect_u32(r->sent[1].len, 1054);
    expect_u32(r->sent[0].bytes[47], 0x10);
    expect_u32(r->sent[1].bytes[47], 0x19);
}

static void link_down_holds_sends(void **state)
{
    struct rig *r = *state;

    r->dev->ops->set_link(r->dev, false);
    rig_run(r);
    nic_send_a(r, 0, 0x0b);
    expect_soon(r, r->sent_count, 0);
    expect_u32(rig_read(r, TDH), 0);
    r->dev->ops->set_link(r->dev, true);
    nic_link(r);
    expect_soon(r, r->sent_count, 1);
    expect_u32(rig_read(r, TDH), 1);
}

static void unfinished_frame_is_gone_after_reset(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    nic_put(r, DATA, f, frame_a(f));
    nic_tx_desc(r, 0, DATA, tx_legacy(50, 0x00, 0));
    rig_write(r, TDT, 1);
    rig_write(r, CTRL, 0x04140241);
    nic_link(r);
    rig_write(r, TDBAL, TX_RING);
    rig_write(r, TDLEN, RING * 16);
    rig_write(r, TCTL, TCTL_USUAL);
    nic_send_a(r, 0, 0x0b);
    expect_soon(r, r->sent_count, 1);
    expect_u32(r->sent[0].len, 100);
}

const struct CMUnitTest suite_82574_tx[] = {
    NIC_TEST(t1_legacy_descriptor_with_rs),
    NIC_TEST(t2_no_rs_no_dd),
    NIC_TEST(t3_two_descriptors_one_frame),
    NIC_TEST(t4_tail_without_work),
    NIC_TEST(t5_disabled_unit_keeps_the_tail),
    NIC_TEST(t6_ring_wraps),
    NIC_TEST(t7_tail_beyond_the_ring_moves_nothing),
    NIC_TEST(t8_vlan_tag_is_inserted),
    NIC_TEST(t9_ide_delays_the_interrupt),
    NIC_TEST(t9_a_descriptor_without_ide_fires_what_waited),
    NIC_TEST(t9_tadv_caps_tidv),
    NIC_TEST(t10_context_with_rs),
    NIC_TEST(t11_ip_and_tcp_sums_are_inserted),
    NIC_TEST(t12_the_field_takes_part_in_the_sum),
    NIC_TEST(t13_ip_sum_alone),
    NIC_TEST(t14_tcp_over_ipv6),
    NIC_TEST(t15_offsets_alone_decide),
    NIC_TEST(t16_tcp_segmentation),
    NIC_TEST(t17_many_fragments),
    NIC_TEST(t18_an_unreadable_buffer_loses_the_frame_not_the_descriptor),
    NIC_TEST(t19_short_frame_is_padded),
    NIC_TEST(t20_bus_master_off_moves_nothing),
};
const size_t suite_82574_tx_count = DD_ARRAY_LEN(suite_82574_tx);

/* strictness of the model that an emulator need not share */
const struct CMUnitTest suite_strict_tx[] = {
    NIC_TEST(unreadable_descriptor_stops_the_ring_until_set_up_again),
    NIC_TEST(data_is_read_to_the_byte),
    NIC_TEST(write_back_threshold_holds_dd),
    NIC_TEST(disabled_queue_starts_with_the_next_tail_write),
    NIC_TEST(enabling_the_unit_does_not_start_a_disabled_queue),
    NIC_TEST(udp_sum_of_zero_is_sent_as_ones),
    NIC_TEST(own_fcs_is_checked_without_ifcs),
    NIC_TEST(second_queue_sends),
    NIC_TEST(legacy_checksum_is_inserted),
    NIC_TEST(segment_of_a_whole_number_of_mss),
    NIC_TEST(link_down_holds_sends),
    NIC_TEST(unfinished_frame_is_gone_after_reset),
};
const size_t suite_strict_tx_count = DD_ARRAY_LEN(suite_strict_tx);
