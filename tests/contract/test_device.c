/* SPDX-License-Identifier: MIT */
/* What every device promises (dev.h), and what every NIC does besides. */
#include "nic.h"
#include "suites.h"

#include <errno.h>

/* --- any device --- */

static void opens_with_a_name_and_closes(void **state)
{
    struct rig *r = *state;

    assert_non_null(r->dev->info.name);
    assert_string_equal(r->dev->info.name, r->device->kind->spec);
    assert_true(r->dev->info.address_bits >= 24 && r->dev->info.address_bits <= 64);
    assert_null(r->device->kind->unavailable());
    assert_non_null(r->device->kind->what);
}

static void ids_of_config_space_are_those_of_info(void **state)
{
    struct rig *r = *state;

    expect_u32(r->dev->ops->config_read(r->dev, 0, 2), r->dev->info.vendor_id);
    expect_u32(r->dev->ops->config_read(r->dev, 2, 2), r->dev->info.device_id);
    expect_u32(r->dev->ops->config_read(r->dev, 0, 4),
               (uint32_t)r->dev->info.device_id << 16 | r->dev->info.vendor_id);
}

static void config_beyond_the_space_reads_ones(void **state)
{
    struct rig *r = *state;

    expect_u32(r->dev->ops->config_read(r->dev, 0x10000, 4), 0xffffffff);
    expect_u32(r->dev->ops->config_read(r->dev, 0x10000, 1), 0xff);
    r->dev->ops->config_write(r->dev, 0x10000, 4, 0);
}

static void bars_can_be_sized(void **state)
{
    struct rig *r = *state;
    const struct dd_dev_ops *ops = r->dev->ops;

    for (unsigned i = 0; i < 6; i++) {
        const struct dd_bar *b = &r->dev->info.bars[i];
        unsigned off = 0x10 + 4 * i;
        uint32_t was = ops->config_read(r->dev, off, 4), mask;

        if (b->size_bytes == 0) {
            continue;
        }
        expect_u32(was & (b->io ? ~3u : ~15u), b->base);
        expect_u32(was & 1, b->io);
        ops->config_write(r->dev, off, 4, 0xffffffff);
        mask = ops->config_read(r->dev, off, 4) & (b->io ? ~3u : ~15u);
        expect_u32(~mask + 1, b->size_bytes);
        ops->config_write(r->dev, off, 4, was);
        expect_u32(ops->config_read(r->dev, off, 4), was);
    }
}

static void removed_device_reads_ones_and_takes_nothing(void **state)
{
    struct rig *r = *state;
    const struct dd_dev_ops *ops = r->dev->ops;
    uint8_t f[FRAME_BYTES];

    ops->remove(r->dev);
    expect_u32(ops->config_read(r->dev, 0, 4), 0xffffffff);
    expect_u32(ops->bar_read(r->dev, 0, 8, 4), 0xffffffff);
    expect_u32(ops->bar_read(r->dev, 0, 8, 2), 0xffff);
    assert_true(ops->bar_read(r->dev, 0, 8, 8) == UINT64_MAX);
    ops->bar_write(r->dev, 0, 0, 4, 0);
    ops->config_write(r->dev, 4, 2, 0);
    expect_u32(ops->receive(r->dev, f, frame_r(f)), -ENODEV);
    ops->set_link(r->dev, false);
    ops->set_irq_mode(r->dev, DD_IRQ_LINE, 1);
    assert_true(ops->service(r->dev) == UINT64_MAX);
    ops->remove(r->dev); /* twice is fine */
    expect_faults(r, 0);
}

static void removed_device_comes_back_if_its_kind_says_so(void **state)
{
    struct rig *r = *state;
    const struct dd_dev_ops *ops = r->dev->ops;
    uint32_t id = ops->config_read(r->dev, 0, 4);

    ops->remove(r->dev);
    if (!r->device->kind->hot_plug) {
        expect_u32(ops->insert(r->dev), -ENOTSUP);
        return;
    }
    expect_u32(ops->insert(r->dev), 0);
    expect_u32(ops->config_read(r->dev, 0, 4), id);
    for (unsigned i = 0; i < 6; i++) {
        const struct dd_bar *b = &r->dev->info.bars[i];

        if (b->size_bytes > 0) {
            expect_u32(ops->config_read(r->dev, 0x10 + 4 * i, 4) & (b->io ? ~3u : ~15u), b->base);
        }
    }
    expect_u32(ops->insert(r->dev), 0); /* it is in: nothing happens */
    assert_true(ops->waiting(r->dev) == 0);
}

static void bar_that_is_not_there_reads_ones(void **state)
{
    struct rig *r = *state;

    expect_u32(r->dev->ops->bar_read(r->dev, 5, 0, 4), 0xffffffff);
    r->dev->ops->bar_write(r->dev, 5, 0, 4, 1);
}

const struct CMUnitTest suite_any[] = {
    RIG_TEST(opens_with_a_name_and_closes),
    RIG_TEST(ids_of_config_space_are_those_of_info),
    RIG_TEST(config_beyond_the_space_reads_ones),
    RIG_TEST(bars_can_be_sized),
    RIG_TEST(removed_device_reads_ones_and_takes_nothing),
    RIG_TEST(removed_device_comes_back_if_its_kind_says_so),
    RIG_TEST(bar_that_is_not_there_reads_ones),
};
const size_t suite_any_count = DD_ARRAY_LEN(suite_any);

/* --- NICs --- */

static void memory_off_reads_ones(void **state)
{
    struct rig *r = *state;
    uint32_t command = r->dev->ops->config_read(r->dev, 4, 2);

    r->dev->ops->config_write(r->dev, 4, 2, command & ~2u);
    expect_u32(rig_read(r, STATUS), rig_quirk(r, QUIRK_MEMORY_OFF_READS_ZERO) ? 0 : 0xffffffff);
    rig_write(r, MTA, 5);
    r->dev->ops->config_write(r->dev, 4, 2, command);
    expect_u32(rig_read(r, STATUS), nic_status(r, 0x00080283));
    expect_u32(rig_read(r, MTA), 0);
}

static void capabilities_form_a_chain(void **state)
{
    static const uint8_t want[][2] = {{0xc8, 1}, {0xd0, 5}, {0xe0, 16}, {0xa0, 17}};
    struct rig *r = *state;
    uint32_t at = r->dev->ops->config_read(r->dev, 0x34, 1);

    ONLY_82574(r);
    for (size_t i = 0; i < DD_ARRAY_LEN(want); i++) {
        expect_u32(at, want[i][0]);
        expect_u32(r->dev->ops->config_read(r->dev, at, 1), want[i][1]);
        at = r->dev->ops->config_read(r->dev, at + 1, 1);
    }
    expect_u32(at, 0);
    expect_u32(r->dev->ops->config_read(r->dev, 0x100, 4), 0x14020001);
    expect_u32(r->dev->ops->config_read(r->dev, 0x144, 4), 0xff123456);
    expect_u32(r->dev->ops->config_read(r->dev, 0x148, 4), 0x525400ff);
}

static void removal_under_load_is_quiet(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    nic_rx_start(r, RCTL_USUAL, 15);
    rig_write(r, IMS, 0x81);
    (void)rig_inject(r, f, frame_r(f));
    expect_soon(r, r->line, true);
    nic_put(r, DATA, f, frame_a(f));
    nic_tx_desc(r, 0, DATA, tx_legacy(100, 0x0b, 0));
    r->dev->ops->bar_write(r->dev, 0, TDT, 4, 1);
    r->dev->ops->remove(r->dev);
    expect_soon(r, r->line, false);
    /* memory may go at once: no DMA comes */
    rig_mem_drop(r, TX_RING);
    rig_mem_drop(r, RX_RING);
    rig_mem_drop(r, DATA);
    rig_advance(r, 10000000);
    expect_soon(r, r->line, false);
    if (rig_exact(r)) { /* else it was faster than the removal */
        expect_soon(r, r->sent_count, 0);
    }
    expect_faults(r, 0);
    expect_u32(r->dev->ops->receive(r->dev, f, 100), -ENODEV);
}

static void reset_is_power_on(void **state)
{
    struct rig *r = *state;

    rig_write(r, MTA, 7);
    r->dev->ops->config_write(r->dev, 0x3c, 1, 11);
    r->dev->ops->set_irq_mode(r->dev, DD_IRQ_MSIX, 5);
    r->dev->ops->reset(r->dev);
    r->dev->ops->config_write(r->dev, 4, 2, 7);
    r->kicked = true;
    expect_u32(rig_read(r, MTA), 0);
    expect_u32(r->dev->ops->config_read(r->dev, 0x3c, 1), 0);
    nic_link(r);
    ONLY_82574(r);
    expect_u32(r->dev->ops->config_read(r->dev, 0xa2, 2), 4);
    expect_u32(r->dev->ops->bar_read(r->dev, 3, 0xc, 4), 1);
}

static void insertion_is_power_on(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    rig_write(r, MTA, 7);
    rig_write(r, IMS, 0xff);
    r->dev->ops->remove(r->dev);
    while (r->mem_count > 0) { /* as a driver does before another one starts */
        rig_mem_drop(r, r->mem[0].iova);
    }
    expect_u32(r->dev->ops->insert(r->dev), 0);
    nic_map(r);
    r->dev->ops->config_write(r->dev, 4, 2, 7);
    expect_u32(rig_read(r, MTA), 0);
    expect_u32(rig_read(r, IMS), 0);
    nic_link(r);
    rig_write(r, TDBAL, TX_RING);
    rig_write(r, TDLEN, RING * 16);
    rig_write(r, TCTL, TCTL_USUAL);
    nic_send_a(r, 0, 0x0b);
    expect_soon(r, r->sent_count, 1);
    expect_u32(r->sent[0].len, frame_a(f));
    assert_memory_equal(r->sent[0].bytes, f, 100);
}

/* of what runs in the process the platform holds the service (tests/run/test_hardware.py) */
static void frozen_device_sends_and_stores_nothing(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];
    size_t len = frame_r(f);

    if (rig_exact(r)) {
        print_message("the platform freezes it: tests/run/test_hardware.py\n");
        skip();
    }
    nic_rx_start(r, RCTL_USUAL, 15);
    r->dev->ops->freeze(r->dev, true);
    nic_send_a(r, 0, 0x0b);
    rig_inject(r, f, len);
    rig_advance(r, 50000000);
    expect_soon(r, r->sent_count, 0);
    expect_u32(nic_rxd(r, 0)[12], 0);
    r->dev->ops->freeze(r->dev, false);
    rig_advance(r, 50000000);
    expect_soon(r, r->sent_count, 1);
    expect_u32(nic_rxd(r, 0)[12] & 3, 3);
}

static void late_access_is_reported_as_stale(void **state)
{
    struct rig *r = *state;
    uint8_t f[FRAME_BYTES];

    rig_mem(r, 0x900000, 2048);
    nic_put(r, 0x900000, f, frame_a(f));
    nic_tx_desc(r, 0, 0x900000, tx_legacy(100, 0x0b, 0));
    rig_mem_drop(r, 0x900000);
    rig_write(r, TDT, 1);
    expect_faults(r, 1);
    expect_soon(r, r->sent_count, rig_quirk(r, QUIRK_READ_FAULT_IS_ZEROS));
    for (unsigned i = 0; i < r->sent_count; i++) {
        expect_hex(r->sent[i].bytes, "0000000000000000");
    }
}

static void d3_sleeps_and_wakes_reset(void **state)
{
    struct rig *r = *state;

    ONLY_82574(r);
    rig_write(r, MTA, 7);
    r->dev->ops->config_write(r->dev, 0xcc, 2, 3);
    expect_u32(rig_read(r, STATUS), rig_quirk(r, QUIRK_D3) ? 0x00080283 : 0xffffffff);
    r->dev->ops->config_write(r->dev, 0xcc, 2, 0);
    expect_u32(rig_read(r, MTA), rig_quirk(r, QUIRK_D3) ? 7 : 0);
    nic_link(r);
}

const struct CMUnitTest suite_nic[] = {
    NIC_TEST(memory_off_reads_ones),
    NIC_TEST(capabilities_form_a_chain),
    NIC_TEST(removal_under_load_is_quiet),
    NIC_TEST(reset_is_power_on),
    NIC_TEST(insertion_is_power_on),
    NIC_TEST(frozen_device_sends_and_stores_nothing),
    NIC_TEST(late_access_is_reported_as_stale),
    NIC_TEST(d3_sleeps_and_wakes_reset),
};
const size_t suite_nic_count = DD_ARRAY_LEN(suite_nic);
