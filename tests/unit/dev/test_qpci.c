/* SPDX-License-Identifier: MIT */
/*
 * Sizing, assigning and the driver's view of a PCI function, against a config space that behaves
 * as hardware does: BAR registers keep only the bits above their size.
 */
#include "base/check.h"
#include "dev/qemu/pci.h"
#include "dev/qemu/pci_regs.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MSI_AT  0xd0u
#define MSIX_AT 0xa0u
#define BELL    0xe0ff000cull

struct function {
    uint8_t config[4096];
    uint32_t bar_mask[6], bar_flags[6];
    bool absent;
    /* what was written to memory, in order */
    uint64_t at[256];
    uint32_t value[256];
    unsigned writes;
    struct dd_qpci_bus bus;
    struct dd_qpci p;
};

static uint32_t config_read(void *arg, unsigned bdf, unsigned offset, unsigned width)
{
    struct function *f = arg;
    uint32_t v = 0;

    assert_int_equal(bdf, 0x18);
    if (f->absent) {
        return UINT32_MAX >> (32 - 8 * width);
    }
    memcpy(&v, f->config + offset, width);
    return v;
}

static void config_write(void *arg, unsigned bdf, unsigned offset, unsigned width, uint32_t value)
{
    struct function *f = arg;

    (void)bdf;
    if (offset == PCI_VENDOR) {
        return;
    }
    if (offset >= PCI_BAR0 && offset < PCI_BAR_END) {
        unsigned i = (offset - PCI_BAR0) / 4;

        assert_int_equal(width, 4);
        value = (value & f->bar_mask[i]) | f->bar_flags[i];
    }
    memcpy(f->config + offset, &value, width);
}

static void write32(void *arg, uint64_t phys, uint32_t value)
{
    struct function *f = arg;

    assert_true(f->writes < 256);
    assert_int_equal(f->config[PCI_COMMAND] & PCI_COMMAND_MEMORY, PCI_COMMAND_MEMORY);
    f->at[f->writes] = phys;
    f->value[f->writes++] = value;
}

static void put(struct function *f, unsigned at, unsigned width, uint32_t value)
{
    memcpy(f->config + at, &value, width);
}

static void set_bar(struct function *f, unsigned i, uint32_t mask, uint32_t flags)
{
    f->bar_mask[i] = mask;
    f->bar_flags[i] = flags;
    put(f, PCI_BAR0 + 4 * i, 4, flags);
}

/* registers 128 KiB, ports 32, a 64-bit BAR of 16 KiB with the MSI-X table at 0x100 */
static int open_function(void **state)
{
    struct function *f = calloc(1, sizeof(*f));

    if (!f) {
        return -1;
    }
    put(f, PCI_VENDOR, 4, 0x10d38086);
    put(f, PCI_STATUS, 2, PCI_STATUS_CAPABILITIES);
    put(f, PCI_COMMAND, 2, 7);
    set_bar(f, 0, 0xfffe0000, 0);
    set_bar(f, 2, 0xffffffe0, PCI_BAR_IO);
    set_bar(f, 3, 0xffffc000, PCI_BAR_64 | 8);
    set_bar(f, 4, 0xffffffff, 0);
    put(f, PCI_CAPABILITIES, 1, MSI_AT);
    put(f, MSI_AT, 4, PCI_CAP_MSI | MSIX_AT << 8 | PCI_MSI_64 << 16 | 2u << 17);
    put(f, MSIX_AT, 4, PCI_CAP_MSIX | 4u << 16);
    put(f, MSIX_AT + 4, 4, 0x103);
    f->bus = (struct dd_qpci_bus){.arg = f,
                                  .config_read = config_read,
                                  .config_write = config_write,
                                  .write32 = write32,
                                  .config_bytes = 4096,
                                  .memory_next = 0xe0000100,
                                  .memory_end = 0xfe000000,
                                  .port_next = 0xc000,
                                  .port_end = 0x10000};
    *state = f;
    return 0;
}

static int close_function(void **state)
{
    struct function *f = *state;

    dd_qpci_done(&f->p);
    free(f);
    return 0;
}

static uint32_t hardware(struct function *f, unsigned at, unsigned width)
{
    return config_read(f, 0x18, at, width);
}

/* --- sizing, assigning, finding --- */

static void bars_are_sized_and_get_aligned_addresses(void **state)
{
    struct function *f = *state;

    assert_int_equal(dd_qpci_init(&f->p, &f->bus, 0x18), 0);
    assert_int_equal(f->p.vendor_id, 0x8086);
    assert_int_equal(f->p.device_id, 0x10d3);
    assert_int_equal(f->p.bars[0].size_bytes, 0x20000);
    assert_int_equal(f->p.bars[0].base, 0xe0020000);
    assert_false(f->p.bars[0].io);
    assert_int_equal(f->p.bars[1].size_bytes, 0);
    assert_int_equal(f->p.bars[2].size_bytes, 32);
    assert_int_equal(f->p.bars[2].base, 0xc000);
    assert_true(f->p.bars[2].io);
    assert_int_equal(f->p.bars[3].size_bytes, 0x4000);
    assert_int_equal(f->p.bars[3].base, 0xe0040000);
    assert_int_equal(f->p.bars[4].size_bytes, 0); /* the upper half of it */
    assert_int_equal(hardware(f, 0x10, 4), 0xe0020000);
    assert_int_equal(hardware(f, 0x18, 4), 0xc001);
    assert_int_equal(hardware(f, 0x1c, 4), 0xe004000c);
    assert_int_equal(hardware(f, 0x20, 4), 0);
    assert_int_equal(hardware(f, PCI_COMMAND, 2), 0);
}

static void messages_are_found(void **state)
{
    struct function *f = *state;

    assert_int_equal(dd_qpci_init(&f->p, &f->bus, 0x18), 0);
    assert_int_equal(f->p.msi, MSI_AT);
    assert_int_equal(f->p.msi_vectors, 4);
    assert_true(f->p.msi_64);
    assert_int_equal(f->p.msix, MSIX_AT);
    assert_int_equal(f->p.msix_bar, 3);
    assert_int_equal(f->p.msix_table, 0x100);
    assert_int_equal(f->p.msix_vectors, 5);
}

static void an_empty_slot_is_no_device(void **state)
{
    struct function *f = *state;

    f->absent = true;
    assert_int_equal(dd_qpci_init(&f->p, &f->bus, 0x18), -ENODEV);
    f->absent = false;
    put(f, PCI_VENDOR, 4, 0);
    assert_int_equal(dd_qpci_init(&f->p, &f->bus, 0x18), -ENODEV);
}

static void a_bar_without_room_is_refused(void **state)
{
    struct function *f = *state;

    f->bus.memory_end = 0xe0030000;
    assert_int_equal(dd_qpci_init(&f->p, &f->bus, 0x18), -ENOSPC);
    f->bus.memory_end = 0xfe000000;
    f->bus.port_next = 0xfff0;
    assert_int_equal(dd_qpci_init(&f->p, &f->bus, 0x18), -ENOSPC);
}

static void capabilities_that_make_no_sense_are_left_out(void **state)
{
    struct function *f = *state;

    put(f, MSIX_AT + 4, 4, 0x3ff3); /* the table reaches beyond its BAR */
    put(f, MSI_AT + 1, 1, MSI_AT);  /* and a ring hides it */
    assert_int_equal(dd_qpci_init(&f->p, &f->bus, 0x18), 0);
    assert_int_equal(f->p.msi, MSI_AT);
    assert_int_equal(f->p.msix, 0);
    put(f, MSI_AT + 1, 1, MSIX_AT);
    assert_int_equal(dd_qpci_init(&f->p, &f->bus, 0x18), 0);
    assert_int_equal(f->p.msix, 0);
    assert_int_equal(f->p.msix_vectors, 0);
    put(f, MSIX_AT + 4, 4, 0x107); /* no such BAR */
    assert_int_equal(dd_qpci_init(&f->p, &f->bus, 0x18), 0);
    assert_int_equal(f->p.msix, 0);
    put(f, PCI_STATUS, 2, 0);
    assert_int_equal(dd_qpci_init(&f->p, &f->bus, 0x18), 0);
    assert_int_equal(f->p.msi, 0);
}

/* --- messages --- */

static void messages_point_to_the_doorbell(void **state)
{
    struct function *f = *state;
    uint64_t table;

    assert_int_equal(dd_qpci_init(&f->p, &f->bus, 0x18), 0);
    dd_qpci_point_messages(&f->p, 0x7000000000 | BELL, 2, 4);
    assert_int_equal(hardware(f, MSI_AT + 4, 4), BELL);
    assert_int_equal(hardware(f, MSI_AT + 8, 4), 0x70);
    assert_int_equal(hardware(f, MSI_AT + 12, 2), 2);
    assert_int_equal(f->writes, 20);
    table = f->p.bars[3].base + 0x100;
    for (unsigned i = 0; i < 5; i++) {
        uint64_t entry = table + 16 * i;

        assert_true(f->at[4 * i] == entry + 12 && f->value[4 * i] == 1); /* masked first */
        assert_true(f->at[4 * i + 1] == entry && f->value[4 * i + 1] == BELL);
        assert_true(f->at[4 * i + 2] == entry + 4 && f->value[4 * i + 2] == 0x70);
        assert_true(f->at[4 * i + 3] == entry + 8);
        assert_int_equal(f->value[4 * i + 3], 2 + (i < 4 ? i : 3)); /* four bells for five */
    }
    assert_int_equal(hardware(f, PCI_COMMAND, 2), 0);
}

static void a_narrow_msi_cannot_ring_a_far_bell(void **state)
{
    struct function *f = *state;

    put(f, MSI_AT + 2, 2, 2u << 1);
    assert_int_equal(dd_qpci_init(&f->p, &f->bus, 0x18), 0);
    dd_qpci_point_messages(&f->p, BELL, 0, 32);
    assert_int_equal(hardware(f, MSI_AT + 4, 4), BELL);
    assert_int_equal(hardware(f, MSI_AT + 8, 2), 0);
    assert_int_equal(f->p.msi, MSI_AT);
    dd_qpci_point_messages(&f->p, 0x7000000000, 0, 32);
    assert_int_equal(f->p.msi, 0);
    assert_int_equal(f->p.msi_vectors, 0);
}

/* --- the driver's view --- */

static void the_driver_can_size_bars_that_stay_where_they_are(void **state)
{
    struct function *f = *state;
    static const uint32_t masks[6] = {0xfffe0000, 0, 0xffffffe1, 0xffffc00c, 0xffffffff, 0};

    assert_int_equal(dd_qpci_init(&f->p, &f->bus, 0x18), 0);
    for (unsigned i = 0; i < 6; i++) {
        uint32_t was = dd_qpci_config_read(&f->p, 0x10 + 4 * i, 4);

        assert_int_equal(was, hardware(f, 0x10 + 4 * i, 4));
        dd_qpci_config_write(&f->p, 0x10 + 4 * i, 4, UINT32_MAX);
        assert_int_equal(dd_qpci_config_read(&f->p, 0x10 + 4 * i, 4), masks[i]);
        assert_int_equal(hardware(f, 0x10 + 4 * i, 4), was);
        dd_qpci_config_write(&f->p, 0x10 + 4 * i, 4, was);
        assert_int_equal(dd_qpci_config_read(&f->p, 0x10 + 4 * i, 4), was);
    }
    dd_qpci_config_write(&f->p, 0x13, 1, 0xd0);
    assert_int_equal(dd_qpci_config_read(&f->p, 0x10, 4), 0xd0020000);
    assert_int_equal(dd_qpci_config_read(&f->p, 0x12, 2), 0xd002);
    assert_int_equal(hardware(f, 0x10, 4), 0xe0020000);
}

static void the_driver_sees_its_own_message_address(void **state)
{
    struct function *f = *state;

    assert_int_equal(dd_qpci_init(&f->p, &f->bus, 0x18), 0);
    dd_qpci_point_messages(&f->p, BELL, 0, 32);
    assert_int_equal(dd_qpci_config_read(&f->p, MSI_AT + 4, 4), 0);
    dd_qpci_config_write(&f->p, MSI_AT + 4, 4, 0xfee00000);
    dd_qpci_config_write(&f->p, MSI_AT + 8, 4, 1);
    dd_qpci_config_write(&f->p, MSI_AT + 12, 2, 0x91);
    assert_int_equal(dd_qpci_config_read(&f->p, MSI_AT + 4, 4), 0xfee00000);
    assert_int_equal(dd_qpci_config_read(&f->p, MSI_AT + 8, 4), 1);
    assert_int_equal(dd_qpci_config_read(&f->p, MSI_AT + 12, 2), 0x91);
    assert_int_equal(dd_qpci_config_read(&f->p, MSI_AT + 13, 1), 0);
    assert_int_equal(hardware(f, MSI_AT + 4, 4), BELL);
    assert_int_equal(hardware(f, MSI_AT + 12, 2), 0);
    /* enable bit and count are the hardware's */
    dd_qpci_config_write(&f->p, MSI_AT + 2, 2, 0x81);
    assert_int_equal(hardware(f, MSI_AT + 2, 2), 0x81);
}

static void of_a_table_entry_only_the_mask_reaches_the_hardware(void **state)
{
    struct function *f = *state;
    uint64_t entry = 0x100 + 16 * 2;

    assert_int_equal(dd_qpci_init(&f->p, &f->bus, 0x18), 0);
    dd_qpci_point_messages(&f->p, BELL, 0, 32);
    f->writes = 0;
    put(f, PCI_COMMAND, 2, 7);
    assert_true(dd_qpci_in_table(&f->p, 3, 0x100, 4));
    assert_true(dd_qpci_in_table(&f->p, 3, 0x14c, 4));
    assert_false(dd_qpci_in_table(&f->p, 3, 0xfc, 4));
    assert_false(dd_qpci_in_table(&f->p, 3, 0x150, 4));
    assert_false(dd_qpci_in_table(&f->p, 0, 0x100, 4));
    assert_int_equal(dd_qpci_table_read(&f->p, entry + 12, 4), 1); /* masked at first */
    dd_qpci_table_write(&f->p, entry, 4, 0xfee00000);
    dd_qpci_table_write(&f->p, entry + 8, 4, 0x93);
    assert_int_equal(f->writes, 0);
    dd_qpci_table_write(&f->p, entry + 12, 4, 0);
    dd_qpci_table_write(&f->p, entry + 8, 8, 0x100000094);
    assert_int_equal(f->writes, 2);
    assert_true(f->at[0] == f->p.bars[3].base + entry + 12 && f->value[0] == 0);
    assert_true(f->at[1] == f->at[0] && f->value[1] == 1);
    assert_int_equal(dd_qpci_table_read(&f->p, entry, 4), 0xfee00000);
    assert_true(dd_qpci_table_read(&f->p, entry + 8, 8) == 0x100000094);
}

static void beyond_the_space_reads_are_ones(void **state)
{
    struct function *f = *state;

    assert_int_equal(dd_qpci_init(&f->p, &f->bus, 0x18), 0);
    f->config[0x100] = 0x55;
    assert_int_equal(dd_qpci_config_read(&f->p, 0x100, 1), 0x55);
    assert_int_equal(dd_qpci_config_read(&f->p, 0x1000, 1), 0xff);
    assert_int_equal(dd_qpci_config_read(&f->p, 0xfffffffc, 4), 0xffffffff);
    f->bus.config_bytes = 256;
    assert_int_equal(dd_qpci_config_read(&f->p, 0x100, 2), 0xffff);
    dd_qpci_config_write(&f->p, 0x100, 1, 0);
    assert_int_equal(f->config[0x100], 0x55);
    assert_int_equal(dd_qpci_config_read(&f->p, PCI_ROM, 4), 0);
}

#define FUNCTION(f) cmocka_unit_test_setup_teardown(f, open_function, close_function)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FUNCTION(bars_are_sized_and_get_aligned_addresses),
        FUNCTION(messages_are_found),
        FUNCTION(an_empty_slot_is_no_device),
        FUNCTION(a_bar_without_room_is_refused),
        FUNCTION(capabilities_that_make_no_sense_are_left_out),
        FUNCTION(messages_point_to_the_doorbell),
        FUNCTION(a_narrow_msi_cannot_ring_a_far_bell),
        FUNCTION(the_driver_can_size_bars_that_stay_where_they_are),
        FUNCTION(the_driver_sees_its_own_message_address),
        FUNCTION(of_a_table_entry_only_the_mask_reaches_the_hardware),
        FUNCTION(beyond_the_space_reads_are_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
