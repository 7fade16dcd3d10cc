/* SPDX-License-Identifier: MIT */
/* Vectors G1 to G13 of the 82574L: registers, NVM, PHY, link, statistics. */
#include "nic.h"
#include "suites.h"

static void g1_power_on(void **state)
{
    struct rig *r = *state;

    bool new = r->device->nic_82574;

    expect_u32(rig_read(r, CTRL), new ? 0x00140241 : 0x00140240);
    expect_u32(rig_read(r, STATUS),
               nic_status(r, rig_quirk(r, QUIRK_LINK_AT_ONCE) ? 0x00080283 : 0x00080281));
    expect_u32(rig_read(r, 0x00410), new ? 0x00602008 : 0);
    expect_u32(rig_read(r, 0x01000), new ? 0x00140014 : 0x00100030);
    expect_u32(rig_read(r, RXCSUM), new ? 0x300 : 0);
    nic_link(r);
    expect_u32(rig_read(r, STATUS), nic_status(r, 0x00080283));
}

static void g1_other_values_at_power_on(void **state)
{
    static const struct {
        uint32_t reg, value;
    } want[] = {
        {0x00010, 0x300},
        {0x00014, 2},
        {0x0102c, 2},
        {CTRL_EXT, 0},
        {MDIC, 0},
        {0x00038, 0x8100},
        {RCTL, 0},
        {TCTL, 0},
        {0x00e00, 0x68302},
        {0x00f00, 8},
        {0x01008, 0x28},
        {PSRCTL, 0x40402},
        {0x02828, 0x10000},
        {0x02928, 0x10000},
        {TXDCTL, 0},
        {TARC, 0x403},
        {TARC + 0x100, 0x403},
        {RFCTL, 0},
        {RAL, 0x12005452},
        {RAH, 0x80005634},
        {RAL + 8, 0},
        {0x05820, 0x10000000},
        {0x05b00, 0x06800200},
        {0x05b30, 0x20000004},
        {0x05b54, 0},
        {0x0b634, 0x88f7},
        {0x0b638, 0x319},
        {IMS, 0},
        {IVAR, 0},
        {0x1234, 0},
    };
    struct rig *r = *state;

    ONLY_82574(r);
    for (size_t i = 0; i < DD_ARRAY_LEN(want); i++) {
        rig_expect_u32(rig_read(r, want[i].reg), want[i].value, "register", __FILE__,
                       (int)want[i].reg);
    }
}

static void masks_of_what_is_kept(void **state)
{
    static const struct {
        uint32_t reg, kept;
    } want[] = {
        {RDLEN, 0xfff80}, {TDLEN, 0xfff80},       {RDBAL, 0xfffffff0}, {TDBAL, 0xfffffff0},
        {RDH, 0xffff},    {RDT, 0xffff},          {TDH, 0xffff},       {TDT, 0xffff},
        {RDTR, 0xffff},   {RADV, 0xffff},         {TADV, 0xffff},      {ITR, 0xffff},
        {EITR0, 0xffff},  {0x00170, 0xffff},      {0x00038, 0xffff},   {0x02c00, 0xfff},
        {IMS, 0x1f782d7}, {CTRL_EXT, 0xffffcfff},
    };
    struct rig *r = *state;

    ONLY_82574(r);
    for (size_t i = 0; i < DD_ARRAY_LEN(want); i++) {
        rig_write(r, want[i].reg, want[i].reg == RDTR ? 0x7fffffff : 0xffffffff);
        rig_expect_u32(rig_read(r, want[i].reg), want[i].kept, "register", __FILE__,
                       (int)want[i].reg);
    }
}

static void g2_nvm(void **state)
{
    static const unsigned first[3] = {0x5452, 0x1200, 0x5634};
    struct rig *r = *state;
    unsigned sum = 0, shift = r->device->nic_82574 ? 2 : 8;
    uint32_t done = r->device->nic_82574 ? 2 : 0x10;

    rig_write(r, EERD, 1);
    expect_u32(rig_read(r, EERD), 0x54520000 | done);
    for (unsigned i = 0; i < 64; i++) {
        uint32_t v;

        rig_write(r, EERD, i << shift | 1);
        v = rig_read(r, EERD);
        assert_true((v & done) != 0);
        expect_u32(v & (0xffff & ~(done | 1)), i << shift);
        if (i < 3) {
            expect_u32(v >> 16, first[i]);
        }
        sum += v >> 16;
    }
    expect_u32(sum & 0xffff, 0xbaba);
    ONLY_82574(r);
    rig_write(r, EERD, 0x40 << 2 | 1);
    expect_u32(rig_read(r, EERD), 0x100);
}

static void g3_mdic(void **state)
{
    struct rig *r = *state;

    expect_u32(nic_mdic(r, 0x08220000), 0x18220141);
    expect_u32(nic_mdic(r, 0x08610000), 0x58220141);
    expect_u32(nic_mdic(r, 0x082b0000) & 0x50000000, 0x50000000); /* no register 11 */
}

static void g4_autonegotiation_restart(void **state)
{
    struct rig *r = *state;

    nic_phy_write(r, 0, 0x1340);
    expect_u32(rig_read(r, STATUS), nic_status(r, 0x00080281));
    expect_u32(nic_phy_read(r, 0), 0x1140);
    /* silicon tells of the loss too */
    expect_u32(rig_read(r, ICR) & ICR_CAUSES, rig_quirk(r, QUIRK_LINK_AT_ONCE) ? 0 : 4);
    rig_advance(r, 700000000);
    expect_u32(rig_read(r, STATUS), nic_status(r, 0x00080283));
    (void)nic_phy_read(r, 1); /* the link bit is latched low until read */
    expect_u32(nic_phy_read(r, 1), 0x796d);
    expect_u32(rig_read(r, ICR) & ICR_CAUSES, 4);
    expect_u32(rig_read(r, CTRL), r->device->nic_82574 ? 0x18140241 : 0x00140241);
}

static void g5_master_disable_shows_in_status(void **state)
{
    struct rig *r = *state;
    uint32_t ctrl = rig_read(r, CTRL);

    ONLY_82574(r);
    rig_write(r, CTRL, ctrl | 4);
    expect_u32(rig_read(r, STATUS), 0x00000283);
    rig_write(r, CTRL, ctrl);
    expect_u32(rig_read(r, STATUS), 0x00080283);
}

static void g6_phy_reset(void **state)
{
    struct rig *r = *state;
    uint32_t ctrl = rig_read(r, CTRL);

    ONLY_82574(r);
    rig_write(r, CTRL, ctrl | 1u << 31);
    rig_write(r, CTRL, ctrl);
    nic_link(r);
    expect_u32(rig_read(r, STATUS), 0x00080683);
    rig_write(r, STATUS, 0);
    expect_u32(rig_read(r, STATUS), 0x00080283);
}

static void g7_semaphore(void **state)
{
    struct rig *r = *state;

    ONLY_82574(r);
    expect_u32(rig_read(r, SWSM), 1);
    expect_u32(rig_read(r, SWSM), 1);
    rig_write(r, SWSM, 0);
    expect_u32(rig_read(r, SWSM), 0);
    expect_u32(rig_read(r, SWSM), 1);
}

static void g8_reset(void **state)
{
    struct rig *r = *state;
    bool kept = rig_quirk(r, QUIRK_RST);

    rig_write(r, MTA, 0xdeadbeef);
    rig_write(r, RAL + 8, 1);
    rig_write(r, 0x01000, 0x00100018);
    rig_write(r, CTRL, rig_read(r, CTRL) | 1u << 26);
    expect_u32(rig_read(r, CTRL) & 1u << 26, 0);
    expect_u32(rig_read(r, MTA), kept ? 0xdeadbeef : 0);
    expect_u32(rig_read(r, RAL + 8), kept ? 1 : 0);
    expect_u32(rig_read(r, RAL), 0x12005452);
    expect_u32(rig_read(r, RDLEN), kept ? RING * 16 : 0);
    expect_u32(rig_read(r, TCTL), kept ? TCTL_USUAL : 0);
    expect_u32(rig_read(r, 0x01000), 0x00100018); /* PBA is not reset */
    nic_link(r);
}

static void statistics(struct rig *r)
{
    static const unsigned sizes[3] = {60, 100, 1514};
    uint8_t f[FRAME_BYTES];

    for (uint32_t reg = 0x4000; reg <= 0x4124; reg += 4) {
        (void)rig_read(r, reg);
    }
    nic_rx_start(r, RCTL_USUAL, 15);
    for (unsigned i = 0; i < 3; i++) {
        rig_inject(r, f, frame_r_sized(f, sizes[i]));
    }
    nic_put(r, DATA, f, 1514);
    for (unsigned i = 0; i < 3; i++) {
        nic_tx_desc(r, i, DATA, tx_legacy(sizes[i], 0x0b, 0));
    }
    rig_write(r, TDT, 3);
}

static void g9_statistics(void **state)
{
    struct rig *r = *state;
    bool quirk = rig_quirk(r, QUIRK_TX_STATISTICS);

    ONLY_82574(r);
    statistics(r);
    expect_u32(rig_read(r, 0x405c), quirk ? 0 : 1); /* PRC64 */
    expect_u32(rig_read(r, 0x4060), 1);             /* PRC127 */
    expect_u32(rig_read(r, 0x4070), 1);             /* PRC1522 */
    expect_u32(rig_read(r, 0x4074), 3);             /* GPRC */
    expect_u32(rig_read(r, 0x4088), 1686);          /* GORCL */
    expect_u32(rig_read(r, 0x40d0), 3);             /* TPR */
    expect_u32(rig_read(r, 0x40c0), 1686);          /* TORL */
    expect_u32(rig_read(r, 0x4080), 3);             /* GPTC */
    expect_u32(rig_read(r, 0x4090), quirk ? 1674 : 1686);
    expect_u32(rig_read(r, 0x40d4), 3);             /* TPT */
    expect_u32(rig_read(r, 0x40d8), quirk ? 0 : 1); /* PTC64 */
    expect_u32(rig_read(r, 0x40dc), 1);             /* PTC127 */
    expect_u32(rig_read(r, 0x40ec), 1);             /* PTC1522 */
}

static void g10_statistics_clear_on_read(void **state)
{
    struct rig *r = *state;

    statistics(r);
    expect_u32(rig_read(r, 0x4074), 3);
    expect_u32(rig_read(r, 0x40c0), 1686); /* low alone clears nothing */
    expect_u32(rig_read(r, 0x40c0), 1686);
    expect_u32(rig_read(r, 0x40c4), 0);
    expect_u32(rig_read(r, 0x40c0), 0);
    expect_u32(rig_read(r, 0x4074), 0);
}

static void g11_phy_loopback(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_r(f);

    nic_rx_start(r, RCTL_USUAL, 15);
    nic_phy_write(r, 0, 0x4140);
    nic_put(r, DATA, f, len);
    nic_tx_desc(r, 0, DATA, tx_legacy(len, 0x0b, 0));
    rig_write(r, TDT, 1);
    expect_soon(r, r->sent_count, 0);
    expect_stored(r, 0, "6400000003000000");
    assert_memory_equal(nic_buffer(r, 0), f, len);
}

static void g12_master_disable_stops_dma(void **state)
{
    struct rig *r = *state;
    uint32_t ctrl = rig_read(r, CTRL);
    bool ignored = rig_quirk(r, QUIRK_MASTER_DISABLE_IGNORED);

    rig_write(r, CTRL, ctrl | 4);
    nic_send_a(r, 0, 0x0b);
    expect_soon(r, r->sent_count, ignored ? 1 : 0);
    expect_u32(rig_read(r, TDH), ignored ? 1 : 0);
    rig_write(r, CTRL, ctrl);
    expect_soon(r, r->sent_count, 1);
    expect_u32(rig_read(r, TDH), 1);
}

static void g13_multicast_table_is_not_for_unicast(void **state)
{
    static const uint8_t dest[6] = {0x02, 0x00, 0x00, 0x00, 0x02, 0x03};
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_r(f);

    memcpy(f, dest, 6);
    rig_write(r, MTA + 4, 1u << 16);
    nic_rx_start(r, RCTL_USUAL, 15);
    rig_inject(r, f, len);
    expect_u32(rig_read(r, RDH), rig_quirk(r, QUIRK_MTA_FOR_UNICAST) ? 1 : 0);
}

static void io_window_reaches_registers(void **state)
{
    struct rig *r = *state;
    const struct dd_dev_ops *ops = r->dev->ops;

    ONLY_82574(r);
    ops->bar_write(r->dev, 2, 0, 4, STATUS);
    expect_u32(ops->bar_read(r->dev, 2, 0, 4), STATUS);
    expect_u32(ops->bar_read(r->dev, 2, 4, 4), 0x00080283);
    ops->bar_write(r->dev, 2, 0, 4, MTA);
    ops->bar_write(r->dev, 2, 4, 4, 0x12345678);
    expect_u32(rig_read(r, MTA), 0x12345678);
}

static void old_addresses_are_aliases(void **state)
{
    struct rig *r = *state;

    ONLY_82574(r);
    rig_write(r, 0x0420, 0x123450);
    expect_u32(rig_read(r, TDBAL), 0x123450);
    expect_u32(rig_read(r, 0x0040), 0x12005452);
    rig_write(r, 0x0600, 7);
    expect_u32(rig_read(r, VFTA), 7);
    rig_write(r, 0x0110, 0x45670);
    expect_u32(rig_read(r, RDBAL), 0x45670);
}

static void narrow_accesses_do_not_do_what_they_say(void **state)
{
    struct rig *r = *state;
    const struct dd_dev_ops *ops = r->dev->ops;

    for (unsigned i = 0; i < 4; i++) {
        expect_u32(ops->bar_read(r->dev, 0, STATUS + i, 1), nic_status(r, 0x00080283) & 0xff);
    }
    expect_u32(ops->bar_read(r->dev, 0, STATUS + 2, 2), nic_status(r, 0x00080283) & 0xffff);
    ops->bar_write(r->dev, 0, MTA + 1, 1, 0x5a);
    expect_u32(rig_read(r, MTA), 0x5a);
    ops->bar_write(r->dev, 0, RAL, 8, 0x8000563412005452ull);
    expect_u32(ops->bar_read(r->dev, 0, RAL, 8) >> 32, 0x80005634);
}

static void cable_out_and_in(void **state)
{
    struct rig *r = *state;

    r->dev->ops->set_link(r->dev, false);
    rig_run(r);
    expect_u32(rig_read(r, STATUS) & 2, 0);
    expect_u32(nic_phy_read(r, 1), 0x7949);
    expect_u32(rig_read(r, ICR) & ICR_CAUSES, 4);
    r->dev->ops->set_link(r->dev, true);
    nic_link(r);
    expect_u32(rig_read(r, ICR) & ICR_CAUSES, 4);
}

const struct CMUnitTest suite_82574_regs[] = {
    RIG_TEST(g1_power_on),
    RIG_TEST(g1_other_values_at_power_on),
    RIG_TEST(masks_of_what_is_kept),
    NIC_TEST(g2_nvm),
    NIC_TEST(g3_mdic),
    NIC_TEST(g4_autonegotiation_restart),
    NIC_TEST(g5_master_disable_shows_in_status),
    NIC_TEST(g6_phy_reset),
    NIC_TEST(g7_semaphore),
    NIC_TEST(g8_reset),
    NIC_TEST(g9_statistics),
    NIC_TEST(g10_statistics_clear_on_read),
    NIC_TEST(g11_phy_loopback),
    NIC_TEST(g12_master_disable_stops_dma),
    NIC_TEST(g13_multicast_table_is_not_for_unicast),
    NIC_TEST(io_window_reaches_registers),
    NIC_TEST(old_addresses_are_aliases),
    NIC_TEST(narrow_accesses_do_not_do_what_they_say),
    NIC_TEST(cable_out_and_in),
};
const size_t suite_82574_regs_count = DD_ARRAY_LEN(suite_82574_regs);

/* --- beyond the vectors --- */

static void loss_of_link_is_latched_until_read(void **state)
{
    struct rig *r = *state;

    r->dev->ops->set_link(r->dev, false);
    rig_run(r);
    r->dev->ops->set_link(r->dev, true);
    nic_link(r);
    expect_u32(nic_phy_read(r, 1) & 4, 0);
    expect_u32(nic_phy_read(r, 1) & 4, 4);
}

static void mdio_takes_its_time_and_interrupts(void **state)
{
    struct rig *r = *state;

    rig_write(r, MDIC, 0x28220000);
    expect_u32(rig_read(r, MDIC) & 0x10000000, 0);
    rig_advance(r, 60000);
    expect_u32(rig_read(r, MDIC) & 0x10000000, 0);
    expect_u32(rig_read(r, ICS), 0);
    rig_advance(r, 10000);
    expect_u32(rig_read(r, MDIC), 0x38220141);
    expect_u32(rig_read(r, ICS) & ICR_CAUSES, 0x200);
}

static void phy_pages(void **state)
{
    struct rig *r = *state;

    nic_phy_write(r, 22, 2);
    expect_u32(nic_phy_read(r, 16), 0x0088);
    expect_u32(nic_phy_read(r, 21), 0x1046);
    expect_u32(nic_phy_read(r, 22), 2);
    nic_phy_write(r, 22, 0);
    expect_u32(nic_phy_read(r, 16), 0x3360);
}

static void power_down_drops_the_link(void **state)
{
    struct rig *r = *state;

    nic_phy_write(r, 0, 0x1940);
    expect_u32(rig_read(r, STATUS) & 2, 0);
    rig_advance(r, 100000000);
    expect_u32(rig_read(r, STATUS) & 2, 0);
    nic_phy_write(r, 0, 0x1140);
    nic_link(r);
}

static void link_needs_slu(void **state)
{
    struct rig *r = *state;
    uint32_t ctrl = rig_read(r, CTRL);

    rig_write(r, CTRL, ctrl & ~0x40u);
    expect_u32(rig_read(r, STATUS) & 2, 0);
    rig_write(r, CTRL, ctrl);
    expect_u32(rig_read(r, STATUS) & 2, 2);
}

static void reset_takes_the_link_down_for_a_while(void **state)
{
    struct rig *r = *state;

    rig_write(r, CTRL, rig_read(r, CTRL) | 1u << 26);
    expect_u32(rig_read(r, STATUS) & 2, 0);
    rig_advance(r, RIG_LINK_NS - 1000);
    expect_u32(rig_read(r, STATUS) & 2, 0);
    rig_advance(r, 1000);
    expect_u32(rig_read(r, STATUS) & 2, 2);
    expect_u32(rig_read(r, ICR) & ICR_CAUSES, 4);
}

static void heads_are_read_only_while_the_unit_is_on(void **state)
{
    struct rig *r = *state;

    rig_write(r, TDH, 3);
    expect_u32(rig_read(r, TDH), 0);
    rig_write(r, TCTL, 0);
    rig_write(r, TDH, 3);
    expect_u32(rig_read(r, TDH), 3);
}

static void eewr_changes_a_word_until_the_device_goes(void **state)
{
    struct rig *r = *state;

    rig_write(r, 0x102c, 0xbeef0000u | 0x20u << 2 | 1);
    expect_u32(rig_read(r, 0x102c), 0xbeef0000u | 0x20u << 2 | 2);
    rig_write(r, CTRL, rig_read(r, CTRL) | 1u << 26);
    rig_write(r, EERD, 0x20u << 2 | 1);
    expect_u32(rig_read(r, EERD) >> 16, 0xbeef);
}

const struct CMUnitTest suite_strict_regs[] = {
    NIC_TEST(loss_of_link_is_latched_until_read),
    NIC_TEST(mdio_takes_its_time_and_interrupts),
    NIC_TEST(phy_pages),
    NIC_TEST(power_down_drops_the_link),
    NIC_TEST(link_needs_slu),
    NIC_TEST(reset_takes_the_link_down_for_a_while),
    NIC_TEST(heads_are_read_only_while_the_unit_is_on),
    NIC_TEST(eewr_changes_a_word_until_the_device_goes),
};
const size_t suite_strict_regs_count = DD_ARRAY_LEN(suite_strict_regs);
