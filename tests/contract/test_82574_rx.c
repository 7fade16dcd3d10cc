/* SPDX-License-Identifier: MIT */
/* Vectors R1 to R20 of the 82574L, and what else the receive side promises. */
#include "nic.h"
#include "suites.h"

#include <errno.h>

static void inject_r(struct rig *r)
{
    uint8_t f[FRAME_BYTES];

    (void)rig_inject(r, f, frame_r(f));
}

static void r1_frame_is_stored(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_r(f);

    nic_rx_start(r, RCTL_USUAL, 15);
    expect_u32(rig_inject(r, f, len), 0);
    expect_stored(r, 0, "6400000003000000");
    expect_u32(rig_read(r, RDH), 1);
    expect_u32(rig_read(r, ICR), 0x80000080);
    assert_memory_equal(nic_buffer(r, 0), f, len);
    expect_u32(nic_buffer(r, 0)[len], 0);
}

static void r2_short_frame_arrives_padded(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    frame_r(f);
    nic_rx_start(r, RCTL_USUAL, 15);
    inject_r(r);
    memset(nic_buffer(r, 1), 0xee, 70);
    rig_inject(r, f, 40);
    expect_stored(r, 1, "3c00000003000000");
    assert_memory_equal(nic_buffer(r, 1), f, 40);
    expect_hex(nic_buffer(r, 1) + 40, "00000000000000000000000000000000000000 00ee");
}

static void r3_long_frame_is_dropped_and_counted(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    nic_rx_start(r, RCTL_USUAL, 15);
    inject_r(r);
    inject_r(r);
    expect_u32(rig_inject(r, f, frame_r_sized(f, 1523)), 0);
    expect_u32(rig_read(r, RDH), 2);
    expect_u32(rig_read(r, 0x40ac), 1);
}

static void r4_long_frame_over_three_buffers(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_r_sized(f, 5000);

    nic_rx_start(r, 0x04008022, 15);
    rig_inject(r, f, len);
    expect_stored(r, 0, "0008000001000000");
    expect_stored(r, 1, "0008000001000000");
    expect_stored(r, 2, "8803000003000000");
    expect_u32(rig_read(r, RDH), 3);
    assert_memory_equal(nic_buffer(r, 0), f, len); /* the buffers lie one after another */
}

static void r5_null_address_uses_up_a_descriptor(void **state)
{
    struct rig *r = *state;

    nic_rx_desc(r, 0, 0, 0);
    nic_rx_start(r, RCTL_USUAL, 15);
    inject_r(r);
    expect_stored(r, 0, "0000000001000000");
    expect_stored(r, 1, "6400000003000000");
    expect_u32(rig_read(r, RDH), 2);
}

/* where frames wait for buffers is a device's own business when it is outside the process */
static void expect_waiting(struct rig *r, unsigned want)
{
    if (rig_exact(r)) {
        expect_u32(r->waiting_count, want);
    }
}

/* dev.h: the wire keeps what has no buffer, so nothing is lost where silicon would lose two */
static void r6_wire_waits_for_buffers(void **state)
{
    struct rig *r = *state;

    nic_rx_start(r, RCTL_USUAL, 2);
    for (unsigned i = 0; i < 4; i++) {
        inject_r(r);
    }
    expect_waiting(r, 2);
    expect_u32(rig_read(r, RDH), 2);
    expect_u32(rig_read(r, ICR), rig_quirk(r, QUIRK_RDMT_EXACT) ? 0x80000080 : 0x80000090);
    rig_write(r, RDT, 6);
    expect_u32(rig_read(r, RDH), 4);
    expect_waiting(r, 0);
    expect_u32(rig_read(r, 0x4010), 0); /* MPC */
}

static void r7_frame_larger_than_the_free_buffers_waits(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_r_sized(f, 6014);

    nic_rx_start(r, 0x04008022, 2);
    rig_inject(r, f, len);
    expect_u32(rig_read(r, ICR), rig_quirk(r, QUIRK_RXO_WHILE_WAITING) ? 0x80000040 : 0);
    expect_u32(rig_read(r, RDH), 0);
    rig_write(r, RDT, 8);
    if (rig_quirk(r, QUIRK_LARGE_FRAME_DROPPED)) {
        expect_u32(rig_read(r, RDH), 0);
        expect_u32(rig_read(r, 0x4010), 1); /* MPC */
        return;
    }
    expect_u32(rig_read(r, RDH), 3);
    assert_memory_equal(nic_buffer(r, 0), f, len);
}

static void r8_minimum_threshold(void **state)
{
    static const unsigned below[6] = {0x80, 0x80, 0x90, 0x90, 0x90, 0x90};
    static const unsigned exact[6] = {0x80, 0x80, 0x90, 0x80, 0x80, 0x80};
    struct rig *r = *state;

    rig_write(r, RDLEN, 128);
    nic_rx_start(r, RCTL_USUAL, 7);
    for (unsigned i = 0; i < 6; i++) {
        inject_r(r);
        expect_u32(rig_read(r, ICR) & 0xff, rig_quirk(r, QUIRK_RDMT_EXACT) ? exact[i] : below[i]);
    }
}

static void r9_multicast_table(void **state)
{
    static const uint8_t group[6] = {0x01, 0x00, 0x5e, 0x01, 0x02, 0x03};
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_r(f);

    memcpy(f, group, 6);
    for (unsigned i = 0; i < 128; i++) {
        rig_write(r, MTA + 4 * i, 0);
    }
    nic_rx_start(r, 0x04000002, 15);
    rig_inject(r, f, len);
    expect_u32(rig_read(r, RDH), 0);
    rig_write(r, MTA + 4, 1u << 16);
    rig_inject(r, f, len);
    expect_u32(rig_read(r, RDH), 1);
}

static void r9_multicast_table_offsets(void **state)
{
    static const unsigned index[4] = {0x030, 0x060, 0x0c0, 0x302};
    static const uint8_t group[6] = {0x01, 0x00, 0x5e, 0x01, 0x02, 0x03};
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_r(f);

    memcpy(f, group, 6);
    for (unsigned i = 0; i < 128; i++) {
        rig_write(r, MTA + 4 * i, 0);
    }
    for (unsigned mo = 0; mo < 4; mo++) {
        nic_rx_start(r, 0x04000002 | mo << 12, 15);
        rig_write(r, MTA + 4 * (index[mo] >> 5), 1u << (index[mo] & 31));
        rig_inject(r, f, len);
        expect_u32(rig_read(r, RDH), mo + 1);
        rig_write(r, MTA + 4 * (index[mo] >> 5), 0);
    }
}

static void r10_broadcast_needs_bam(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    nic_rx_start(r, 0x04000002, 15);
    rig_inject(r, f, frame_a(f));
    expect_u32(rig_read(r, RDH), 0);
    rig_write(r, RCTL, RCTL_USUAL);
    rig_inject(r, f, frame_a(f));
    expect_u32(rig_read(r, RDH), 1);
}

static void r11_tag_is_stripped_with_vme(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_r_tagged(f, 0x6064);

    nic_rx_start(r, RCTL_USUAL, 15);
    rig_inject(r, f, len);
    expect_stored(r, 0, "6800000003000000");
    assert_memory_equal(nic_buffer(r, 0), f, len);
    rig_write(r, CTRL, 0x40140241);
    rig_inject(r, f, len);
    expect_stored(r, 1, "640000000b006460");
    expect_hex(nic_buffer(r, 1) + 12, "88b5");
    assert_memory_equal(nic_buffer(r, 1), f, 12);
    assert_memory_equal(nic_buffer(r, 1) + 12, f + 16, 88);
}

static void r12_vlan_filter(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_r_tagged(f, 0x6064);

    for (unsigned i = 0; i < 128; i++) {
        rig_write(r, VFTA + 4 * i, 0);
    }
    nic_rx_start(r, 0x04048002, 15);
    rig_inject(r, f, len);
    expect_u32(rig_read(r, RDH), 0);
    rig_write(r, VFTA + 12, 1u << 4);
    rig_inject(r, f, len);
    expect_u32(rig_read(r, RDH), 1);
}

static void start_extended(struct rig *r)
{
    rig_write(r, RFCTL, 0x8000);
    nic_rx_start(r, RCTL_USUAL, 15);
}

static void r13_extended_descriptor_tcp(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    ONLY_82574(r);
    start_extended(r);
    rig_inject(r, f, frame_tcp4(f));
    /* as little-endian words: 00000000 00001234 00028263 0000009a */
    expect_hex(nic_rxd(r, 0), "00000000 34120000 63820200 9a000000");
    expect_u32(rig_read(r, ICR), 0x80020080);
}

static void r14_bad_tcp_sum(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_tcp4(f);

    ONLY_82574(r);
    f[50] ^= 0x55;
    start_extended(r);
    rig_inject(r, f, len);
    expect_hex(nic_rxd(r, 0) + 8, "63820220");
}

static void r15_bad_ip_sum(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_tcp4(f);

    ONLY_82574(r);
    f[24] ^= 0x55;
    start_extended(r);
    rig_inject(r, f, len);
    expect_hex(nic_rxd(r, 0) + 8, "63820240");
}

static void r16_udp_over_ipv6(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    ONLY_82574(r);
    start_extended(r);
    rig_inject(r, f, frame_udp6(f));
    expect_hex(nic_rxd(r, 0), "00000000 00000000 33000600 a2000000");
    expect_u32(rig_read(r, ICR), 0x80000080);
}

static void r17_udp_without_sum(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    ONLY_82574(r);
    start_extended(r);
    rig_inject(r, f, frame_udp4_no_sum(f));
    expect_hex(nic_rxd(r, 0), "00000000 34120000 43020200 8e000000");
}

static void r18_packet_split(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_tcp4(f);

    ONLY_82574(r);
    for (unsigned i = 0; i < 8; i++) { /* two units each: header, 3 pages */
        uint64_t at = RX_BUFFERS + i * 4096;

        nic_rx_desc(r, 2 * i, at, at + 512);
        nic_rx_desc(r, 2 * i + 1, at + 1024, at + 1536);
    }
    rig_write(r, RFCTL, 0x8000);
    rig_write(r, PSRCTL, 0x04040402);
    nic_rx_start(r, 0x04008402, 14);
    rig_inject(r, f, len);
    expect_hex(nic_rxd(r, 0), "00000000 34120000 63820200 36000000");
    expect_hex(nic_rxd(r, 1), "36806400 00000000 00000000 00000000");
    expect_u32(rig_read(r, RDH), 2);
    assert_memory_equal(nic_buffer(r, 0), f, 54);
    assert_memory_equal(nic_buffer(r, 0) + 512, f + 54, 100);
    rig_inject(r, f, frame_r(f)); /* not IP: all in the header buffer */
    expect_hex(nic_rxd(r, 2) + 12, "64000000");
    expect_hex(nic_rxd(r, 3), "00000000 00000000 00000000 00000000");
    expect_u32(rig_read(r, RDH), 4);
}

static void r19_fcs_is_stored_without_secrc(void **state)
{
    struct rig *r = *state;

    nic_rx_start(r, 0x00008002, 15);
    inject_r(r);
    if (rig_quirk(r, QUIRK_SECRC)) {
        expect_u32(rig_read(r, RDH), 2);
        return;
    }
    expect_stored(r, 0, "6800000003000000");
    expect_u32(rig_read(r, RDH), 1);
    ONLY_82574(r); /* the others leave the four bytes as they were */
    expect_hex(nic_buffer(r, 0) + 100, "d3535c66"); /* CRC-32 of R, computed by zlib */
}

static void start_rss(struct rig *r)
{
    static const uint8_t key[40] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                    0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                                    0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                                    0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

    rig_write(r, RFCTL, 0x8000);
    rig_write(r, RXCSUM, 0x2300);
    rig_write(r, MRQC, 0x001f0001);
    for (unsigned i = 0; i < 32; i++) {
        rig_write(r, RETA + 4 * i, 0x80008000);
    }
    for (unsigned i = 0; i < 10; i++) {
        uint32_t word;

        memcpy(&word, key + 4 * i, 4);
        rig_write(r, RSSRK + 4 * i, word);
    }
    for (unsigned i = 0; i < RING; i++) {
        uint64_t at = RX_BUFFERS1 + i * RX_BUFFER_BYTES;

        memcpy(rig_at(r, RX_RING1 + 16 * i, 16), &at, 8);
    }
    rig_write(r, RDBAL + 0x100, RX_RING1);
    rig_write(r, RDLEN + 0x100, RING * 16);
    nic_rx_start(r, RCTL_USUAL, 15);
    rig_write(r, RDT + 0x100, 15);
}

static void r20_rss_over_two_queues(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    ONLY_82574(r);
    start_rss(r);
    /* 66.9.149.187:2794 -> 161.142.100.80:1766; 38.27.205.30:48228 -> 209.142.163.6:2217 */
    rig_inject(r, f, frame_rss(f, 0x420995bb, 2794, 0xa18e6450, 1766));
    rig_inject(r, f, frame_rss(f, 0x261bcd1e, 48228, 0xd18ea306, 2217));
    expect_hex(nic_rxd(r, 0), "01000000 78c1cc51");
    expect_hex(rig_at(r, RX_RING1, 16), "01010000 7f32c7af");
    expect_u32(rig_read(r, RDH), 1);
    expect_u32(rig_read(r, RDH + 0x100), 1);
}

/* --- beyond the vectors --- */

static void receive_off_makes_the_wire_wait(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    rig_write(r, RDT, 15);
    expect_u32(rig_inject(r, f, frame_r(f)), -EAGAIN);
    expect_u32(r->ready_calls, 0);
    rig_write(r, RCTL, RCTL_USUAL);
    expect_u32(r->ready_calls, 1);
    expect_u32(rig_read(r, RDH), 1);
}

static void link_down_takes_no_frame(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    nic_rx_start(r, RCTL_USUAL, 15);
    r->dev->ops->set_link(r->dev, false);
    rig_run(r);
    expect_u32(rig_inject(r, f, frame_r(f)), -ENETDOWN);
    expect_u32(rig_read(r, RDH), 0);
}

static void descriptors_are_read_ahead(void **state)
{
    struct rig *r = *state;

    nic_rx_start(r, RCTL_USUAL, 15);
    nic_rx_desc(r, 1, RX_BUFFERS1, 0); /* too late: the device has it already */
    inject_r(r);
    inject_r(r);
    expect_u32(nic_buffer(r, 1)[0], 0x52);
    expect_u32(rig_at(r, RX_BUFFERS1, 1)[0], 0);
}

static void buffer_is_written_to_the_byte(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    rig_mem(r, 0x900000, 100); /* exactly the frame; the device was told 2048 */
    nic_rx_desc(r, 0, 0x900000, 0);
    nic_rx_desc(r, 1, 0x900000, 0);
    nic_rx_start(r, RCTL_USUAL, 15);
    inject_r(r);
    expect_faults(r, 0);
    rig_inject(r, f, frame_r_sized(f, 101));
    expect_faults(r, 1);
    expect_u32(nic_rxd(r, 1)[12], 3); /* a posted write: the device does not know */
}

static void rx_delay_timers(void **state)
{
    struct rig *r = *state;

    rig_write(r, RDTR, 100);
    nic_rx_start(r, RCTL_USUAL, 15);
    inject_r(r);
    expect_u32(rig_read(r, ICS), 0);
    rig_advance(r, 60 * 1024);
    inject_r(r); /* starts it again */
    rig_advance(r, 60 * 1024);
    expect_u32(rig_read(r, ICS), 0);
    rig_advance(r, 40 * 1024);
    expect_u32(rig_read(r, ICR), 0x80000080);
    rig_write(r, RADV, 150);
    inject_r(r);
    rig_advance(r, 90 * 1024);
    inject_r(r);
    rig_advance(r, 59 * 1024);
    expect_u32(rig_read(r, ICS), 0);
    rig_advance(r, 1024);
    expect_u32(rig_read(r, ICR), 0x80000080);
    inject_r(r);
    rig_write(r, RDTR, 0x80000064); /* FPD */
    expect_u32(rig_read(r, ICR), 0x80000080);
}

static void promiscuous_bits(void **state)
{
    static const struct {
        uint32_t rctl;
        uint8_t dest;
        bool taken;
    } cases[] = {
        {0x04000002, 0x02, false}, {0x0400000a, 0x02, true},  {0x04000012, 0x02, false},
        {0x04000002, 0x01, false}, {0x0400000a, 0x01, false}, {0x04000012, 0x01, true},
        {0x0400001a, 0xff, false}, {0x0400801a, 0xff, true},
    };
    struct rig *r = *state;
    unsigned taken = 0;

    nic_rx_start(r, 0x04000002, 15);
    for (size_t i = 0; i < DD_ARRAY_LEN(cases); i++) {
        uint8_t f[FRAME_BYTES];
        size_t len = frame_r(f);

        memset(f, cases[i].dest, 6);
        rig_write(r, RCTL, cases[i].rctl);
        rig_inject(r, f, len);
        taken += cases[i].taken;
        expect_u32(rig_read(r, RDH), taken);
    }
}

static void buffer_sizes_follow_rctl(void **state)
{
    static const struct {
        uint32_t rctl, bytes;
    } cases[] = {
        {0x04008022, 2048}, {0x04018022, 1024}, {0x04028022, 512},
        {0x04038022, 256},  {0x06038022, 4096}, {0x0c008022, 1024},
    };
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_r_sized(f, 4096);
    uint32_t head = 0;

    rig_mem(r, 0x900000, RING * 4096);
    for (unsigned i = 0; i < RING; i++) {
        nic_rx_desc(r, i, 0x900000 + i * 4096, 0);
    }
    for (size_t i = 0; i < DD_ARRAY_LEN(cases); i++) {
        rig_write(r, RCTL, 0);
        rig_write(r, RDH, 0);
        nic_rx_start(r, cases[i].rctl, 15);
        rig_inject(r, f, len);
        head = rig_read(r, RDH);
        /* 16 buffers of 256 do not fit in 15 descriptors: the frame waits */
        expect_u32(head, cases[i].bytes == 256 ? 0 : 4096 / cases[i].bytes);
        r->waiting_count = 0;
        for (unsigned k = 0; k < RING; k++) {
            nic_rx_desc(r, k, 0x900000 + k * 4096, 0);
        }
    }
}

static void msix_raises_the_queue_cause(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    r->dev->ops->set_irq_mode(r->dev, DD_IRQ_MSIX, 5);
    rig_write(r, IVAR, 0x000a0989);
    rig_write(r, IMS, 0x01700004);
    start_rss(r);
    rig_inject(r, f, frame_rss(f, 0x261bcd1e, 48228, 0xd18ea306, 2217)); /* queue 1 */
    expect_u32(rig_read(r, ICS) & 0x00f00091, 0x00200000);
    expect_soon(r, r->messages[0], 1);
    expect_soon(r, r->messages[1], 0);
}

static void no_buffer_is_counted_once_while_the_wire_waits(void **state)
{
    struct rig *r = *state;

    nic_rx_start(r, RCTL_USUAL, 0);
    inject_r(r);
    inject_r(r);
    expect_u32(rig_read(r, 0x40a0), 1); /* RNBC */
    expect_u32(rig_read(r, 0x4010), 0); /* MPC */
}

const struct CMUnitTest suite_82574_rx[] = {
    NIC_TEST(r1_frame_is_stored),
    NIC_TEST(r2_short_frame_arrives_padded),
    NIC_TEST(r3_long_frame_is_dropped_and_counted),
    NIC_TEST(r4_long_frame_over_three_buffers),
    NIC_TEST(r5_null_address_uses_up_a_descriptor),
    NIC_TEST(r6_wire_waits_for_buffers),
    NIC_TEST(r7_frame_larger_than_the_free_buffers_waits),
    NIC_TEST(r8_minimum_threshold),
    NIC_TEST(r9_multicast_table),
    NIC_TEST(r9_multicast_table_offsets),
    NIC_TEST(r10_broadcast_needs_bam),
    NIC_TEST(r11_tag_is_stripped_with_vme),
    NIC_TEST(r12_vlan_filter),
    NIC_TEST(r13_extended_descriptor_tcp),
    NIC_TEST(r14_bad_tcp_sum),
    NIC_TEST(r15_bad_ip_sum),
    NIC_TEST(r16_udp_over_ipv6),
    NIC_TEST(r17_udp_without_sum),
    NIC_TEST(r18_packet_split),
    NIC_TEST(r19_fcs_is_stored_without_secrc),
    NIC_TEST(r20_rss_over_two_queues),
};
const size_t suite_82574_rx_count = DD_ARRAY_LEN(suite_82574_rx);

const struct CMUnitTest suite_strict_rx[] = {
    NIC_TEST(receive_off_makes_the_wire_wait),
    NIC_TEST(link_down_takes_no_frame),
    NIC_TEST(descriptors_are_read_ahead),
    NIC_TEST(buffer_is_written_to_the_byte),
    NIC_TEST(rx_delay_timers),
    NIC_TEST(promiscuous_bits),
    NIC_TEST(buffer_sizes_follow_rctl),
    NIC_TEST(msix_raises_the_queue_cause),
    NIC_TEST(no_buffer_is_counted_once_while_the_wire_waits),
};
const size_t suite_strict_rx_count = DD_ARRAY_LEN(suite_strict_rx);
