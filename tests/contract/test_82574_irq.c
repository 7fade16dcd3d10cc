/* SPDX-License-Identifier: MIT */
/* Vectors I1 to I7 of the 82574L, and what else interrupts promise. */
#include "nic.h"
#include "suites.h"

static void i1_line_follows_causes_and_mask(void **state)
{
    struct rig *r = *state;

    nic_send_a(r, 0, 0x0b);
    expect_soon(r, r->line, false);
    rig_write(r, IMS, 1);
    expect_soon(r, r->line, true);
    rig_write(r, IMC, 1);
    expect_soon(r, r->line, false);
    rig_write(r, IMS, 1);
    expect_soon(r, r->line, true);
    expect_u32(rig_read(r, ICR), 0x80000003);
    expect_soon(r, r->line, false);
    expect_u32(rig_read(r, ICR), 0);
}

static void i2_ics_sets_and_writing_icr_clears(void **state)
{
    struct rig *r = *state;

    rig_write(r, ICS, 0x85);
    expect_u32(rig_read(r, ICS), 0x80000085);
    rig_write(r, ICR, 4);
    expect_u32(rig_read(r, ICS), 0x80000081);
}

static void i3_iame_masks_on_access_of_icr(void **state)
{
    struct rig *r = *state;

    ONLY_82574(r);
    rig_write(r, CTRL_EXT, 1u << 27);
    rig_write(r, IAM, 0xffffffff);
    rig_write(r, IMS, 0x95);
    rig_write(r, ICS, 0x80);
    rig_write(r, ICR, 0x80);
    expect_u32(rig_read(r, IMS), 0);
    rig_write(r, IMS, 0x95);
    rig_write(r, ICS, 0x80);
    (void)rig_read(r, ICR);
    expect_u32(rig_read(r, IMS), rig_quirk(r, QUIRK_IAM_NOT_ON_READ) ? 0x95 : 0);
}

/* what the platform does to a card that has only its registers to know the mode from */
static void program_msix(struct rig *r)
{
    const struct dd_dev_ops *ops = r->dev->ops;

    for (unsigned v = 0; v < 5; v++) {
        ops->bar_write(r->dev, 3, 16 * v, 4, 0xfee00000);
        ops->bar_write(r->dev, 3, 16 * v + 4, 4, 0);
        ops->bar_write(r->dev, 3, 16 * v + 8, 4, v);
        ops->bar_write(r->dev, 3, 16 * v + 12, 4, 0);
    }
    ops->config_write(r->dev, 0xa2, 2, 0x8004);
}

static void msix(struct rig *r, uint32_t ims)
{
    if (r->device->real) {
        program_msix(r);
    }
    r->dev->ops->set_irq_mode(r->dev, DD_IRQ_MSIX, 5);
    rig_write(r, IVAR, 0x000a0908);
    rig_write(r, IMS, ims);
}

static unsigned messages(const struct rig *r)
{
    unsigned n = 0;

    for (size_t i = 0; i < DD_ARRAY_LEN(r->messages); i++) {
        n += r->messages[i];
    }
    return n;
}

static void i4_a_cause_still_set_gives_no_second_message(void **state)
{
    struct rig *r = *state;

    ONLY_82574(r);
    msix(r, 0x01500004);
    nic_send_a(r, 0, 0x0b);
    expect_soon(r, r->messages[1], 1);
    expect_u32(rig_read(r, ICS), 0x80400002);
    nic_send_a(r, 1, 0x0b);
    expect_u32(messages(r), 1);
    rig_write(r, ICR, 0x400000);
    nic_send_a(r, 2, 0x0b);
    expect_soon(r, r->messages[1], 2);
    expect_u32(messages(r), 2);
}

static void i5_eiac_clears_cause_and_mask(void **state)
{
    struct rig *r = *state;

    ONLY_82574(r);
    msix(r, 0x01500004);
    rig_write(r, EIAC, 0x01f00000);
    nic_send_a(r, 0, 0x0b);
    expect_soon(r, r->messages[1], 1);
    expect_u32(rig_read(r, IMS), 0x01100004);
    expect_u32(rig_read(r, ICR), 0x80000002);
}

static void i6_other_stands_for_link_change(void **state)
{
    struct rig *r = *state;

    ONLY_82574(r);
    msix(r, 0x01500004);
    rig_write(r, ICS, 4);
    expect_soon(r, r->messages[2], 1);
    expect_u32(rig_read(r, ICS), 0x81000004);
    rig_write(r, ICR, 0x01000000);
    expect_u32(rig_read(r, ICS), 0);
}

static void i7_masked_vector_is_pending(void **state)
{
    struct rig *r = *state;
    const struct dd_dev_ops *ops = r->dev->ops;

    ONLY_82574(r);
    msix(r, 0x01500004);
    ops->bar_write(r->dev, 3, 0x1c, 4, 1);
    rig_run(r);
    nic_send_a(r, 0, 0x0b);
    expect_u32(messages(r), 0);
    expect_u32(ops->bar_read(r->dev, 3, 0x2000, 4), 2);
    ops->bar_write(r->dev, 3, 0x1c, 4, 0);
    rig_run(r);
    expect_soon(r, r->messages[1], 1);
    expect_u32(messages(r), 1);
    expect_u32(ops->bar_read(r->dev, 3, 0x2000, 4), 0);
}

/* --- beyond the vectors --- */

static void icr_read_with_nothing_asserted_changes_nothing(void **state)
{
    struct rig *r = *state;

    rig_write(r, IMS, 0x80);
    rig_write(r, ICS, 1);
    expect_u32(rig_read(r, ICR), 1);
    expect_u32(rig_read(r, ICR), 1);
    rig_write(r, ICS, 0x80);
    expect_soon(r, r->line, true);
    expect_u32(rig_read(r, ICR), 0x80000081);
    expect_u32(rig_read(r, ICR), 0);
    expect_soon(r, r->line, false);
}

static void line_is_throttled_by_itr(void **state)
{
    struct rig *r = *state;

    rig_write(r, ITR, 1000); /* 256 us */
    rig_write(r, IMS, 0x80);
    rig_write(r, ICS, 0x80);
    expect_soon(r, r->line, true);
    (void)rig_read(r, ICR);
    rig_write(r, ICS, 0x80);
    expect_soon(r, r->line, false);
    rig_advance(r, 255000);
    expect_soon(r, r->line, false);
    rig_advance(r, 2000);
    expect_soon(r, r->line, true);
}

static void vector_is_throttled_by_eitr_without_extra_messages(void **state)
{
    struct rig *r = *state;

    msix(r, 0x01500004);
    rig_write(r, EIAC, 0x01f00000);
    rig_write(r, EITR0 + 4, 1000);
    nic_send_a(r, 0, 0x0b);
    rig_write(r, IMS, 0x400000);
    nic_send_a(r, 1, 0x0b);
    nic_send_a(r, 2, 0x0b);
    expect_u32(messages(r), 1);
    rig_advance(r, 300000);
    expect_u32(messages(r), 2);
    rig_advance(r, 3000000);
    expect_u32(messages(r), 2);
}

static void msi_sends_one_message_until_acknowledged(void **state)
{
    struct rig *r = *state;

    r->dev->ops->set_irq_mode(r->dev, DD_IRQ_MSI, 1);
    expect_u32(r->dev->ops->config_read(r->dev, 0xd2, 2) & 1, 1);
    rig_write(r, IMS, 0x81);
    nic_send_a(r, 0, 0x0b);
    nic_send_a(r, 1, 0x0b);
    rig_advance(r, 20000000);
    expect_soon(r, r->messages[0], 1);
    expect_u32(rig_read(r, ICR), 0x80000003);
    nic_send_a(r, 2, 0x0b);
    expect_soon(r, r->messages[0], 2);
}

static void messages_need_bus_master(void **state)
{
    struct rig *r = *state;
    uint32_t command = r->dev->ops->config_read(r->dev, 4, 2);

    msix(r, 0x01500004);
    r->dev->ops->config_write(r->dev, 4, 2, command & ~4u);
    rig_write(r, ICS, 0x400000);
    expect_u32(messages(r), 0);
    r->dev->ops->config_write(r->dev, 4, 2, command);
    rig_run(r);
    expect_u32(messages(r), 1);
}

static void pbaclr_drops_a_pending_message(void **state)
{
    struct rig *r = *state;

    msix(r, 0x01500004);
    r->dev->ops->bar_write(r->dev, 3, 0x1c, 4, 1);
    rig_write(r, ICS, 0x400000);
    expect_u32(r->dev->ops->bar_read(r->dev, 3, 0x2000, 4), 2);
    rig_write(r, PBACLR, 2);
    r->dev->ops->bar_write(r->dev, 3, 0x1c, 4, 0);
    rig_run(r);
    expect_u32(messages(r), 0);
}

static void every_tx_write_back_interrupts_with_ivar_31(void **state)
{
    struct rig *r = *state;

    msix(r, 0x01500004);
    nic_send_a(r, 0, 0x03);
    expect_u32(messages(r), 0);
    rig_write(r, IVAR, 0x800a0908);
    nic_send_a(r, 1, 0x03);
    expect_soon(r, r->messages[1], 1);
    expect_u32(nic_txd(r, 1)[12], 0); /* an interrupt, no write-back */
}

static void intx_disable_keeps_the_line_down(void **state)
{
    struct rig *r = *state;
    uint32_t command = r->dev->ops->config_read(r->dev, 4, 2);

    rig_write(r, IMS, 0x80);
    rig_write(r, ICS, 0x80);
    expect_soon(r, r->line, true);
    expect_u32(r->dev->ops->config_read(r->dev, 6, 2) & 8, 8);
    r->dev->ops->config_write(r->dev, 4, 2, command | 0x400);
    rig_run(r);
    expect_soon(r, r->line, false);
    r->dev->ops->config_write(r->dev, 4, 2, command);
    rig_run(r);
    expect_soon(r, r->line, true);
}

static void reset_lowers_the_line_and_masks_all(void **state)
{
    struct rig *r = *state;

    rig_write(r, IMS, 0x80);
    rig_write(r, ICS, 0x80);
    expect_soon(r, r->line, true);
    rig_write(r, CTRL, 0x04140241);
    expect_soon(r, r->line, false);
    expect_u32(rig_read(r, IMS), 0);
    expect_u32(rig_read(r, ICS), 0);
}

const struct CMUnitTest suite_82574_irq[] = {
    NIC_TEST(i1_line_follows_causes_and_mask),
    NIC_TEST(i2_ics_sets_and_writing_icr_clears),
    NIC_TEST(i3_iame_masks_on_access_of_icr),
    NIC_TEST(i4_a_cause_still_set_gives_no_second_message),
    NIC_TEST(i5_eiac_clears_cause_and_mask),
    NIC_TEST(i6_other_stands_for_link_change),
    NIC_TEST(i7_masked_vector_is_pending),
};
const size_t suite_82574_irq_count = DD_ARRAY_LEN(suite_82574_irq);

const struct CMUnitTest suite_strict_irq[] = {
    NIC_TEST(icr_read_with_nothing_asserted_changes_nothing),
    NIC_TEST(line_is_throttled_by_itr),
    NIC_TEST(vector_is_throttled_by_eitr_without_extra_messages),
    NIC_TEST(msi_sends_one_message_until_acknowledged),
    NIC_TEST(messages_need_bus_master),
    NIC_TEST(pbaclr_drops_a_pending_message),
    NIC_TEST(every_tx_write_back_interrupts_with_ivar_31),
    NIC_TEST(intx_disable_keeps_the_line_down),
    NIC_TEST(reset_lowers_the_line_and_masks_all),
};
const size_t suite_strict_irq_count = DD_ARRAY_LEN(suite_strict_irq);
