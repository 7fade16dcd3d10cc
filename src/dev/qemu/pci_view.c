/* SPDX-License-Identifier: MIT */
/* Config space and MSI-X table as the driver's side sees them. */
#include "dev/qemu/pci.h"

#include "dev/qemu/pci_regs.h"

#include <string.h>

static uint32_t ones(unsigned width)
{
    return UINT32_MAX >> (32 - 8 * width);
}

/* @value's @width bytes into @was, at byte @at */
static uint32_t merge(uint32_t was, unsigned at, unsigned width, uint32_t value)
{
    uint32_t mask = ones(width) << (8 * at);

    return (was & ~mask) | (value << (8 * at) & mask);
}

/* --- config space --- */

static bool is_bar(unsigned offset)
{
    return offset >= PCI_BAR0 && offset < PCI_BAR_END;
}

/* the second register of a 64-bit BAR */
static bool is_upper(const struct dd_qpci *p, unsigned i)
{
    return i > 0 && p->bars[i].size_bytes == 0 && p->bars[i - 1].size_bytes != 0 &&
           !p->bars[i - 1].io && (p->bar_flags[i - 1] & PCI_BAR_TYPE) == PCI_BAR_64;
}

static void bar_write(struct dd_qpci *p, unsigned i, uint32_t value)
{
    const struct dd_bar *b = &p->bars[i];

    if (is_upper(p, i)) {
        p->bar_value[i] = value & (uint32_t)(~(p->bars[i - 1].size_bytes - 1) >> 32);
    } else if (b->size_bytes != 0) {
        p->bar_value[i] = (value & (uint32_t) ~(b->size_bytes - 1)) | p->bar_flags[i];
    }
}

/* byte of msi_value, or -1: the register is the hardware's */
static int msi_byte(const struct dd_qpci *p, unsigned offset)
{
    unsigned bytes = p->msi_64 ? 10 : 6;

    return p->msi != 0 && offset >= p->msi + 4 && offset < p->msi + 4 + bytes
               ? (int)(offset - p->msi - 4)
               : -1;
}

uint32_t dd_qpci_config_read(struct dd_qpci *p, unsigned offset, unsigned width)
{
    int msi = msi_byte(p, offset);
    uint32_t value = 0;

    if (offset >= DD_QPCI_CONFIG_BYTES || offset + width > p->bus->config_bytes) {
        return ones(width);
    }
    if (is_bar(offset)) {
        return p->bar_value[(offset - PCI_BAR0) / 4] >> (8 * (offset & 3u)) & ones(width);
    }
    if (offset >= PCI_ROM && offset < PCI_ROM + 4) {
        return 0;
    }
    if (msi >= 0) {
        memcpy(&value, p->msi_value + msi, width);
        return value;
    }
    return p->bus->config_read(p->bus->arg, p->bdf, offset, width);
}

void dd_qpci_config_write(struct dd_qpci *p, unsigned offset, unsigned width, uint32_t value)
{
    int msi = msi_byte(p, offset);

    if (offset >= DD_QPCI_CONFIG_BYTES || offset + width > p->bus->config_bytes ||
        (offset >= PCI_ROM && offset < PCI_ROM + 4)) {
        return;
    }
    if (is_bar(offset)) {
        unsigned i = (offset - PCI_BAR0) / 4;

        bar_write(p, i, merge(p->bar_value[i], offset & 3u, width, value));
    } else if (msi >= 0) {
        memcpy(p->msi_value + msi, &value, width);
    } else {
        p->bus->config_write(p->bus->arg, p->bdf, offset, width, value);
    }
}

/* --- MSI-X table --- */

bool dd_qpci_in_table(const struct dd_qpci *p, unsigned bar, uint64_t offset, unsigned width)
{
    return p->msix != 0 && bar == p->msix_bar && offset >= p->msix_table &&
           offset + width <= p->msix_table + 16ull * p->msix_vectors;
}

uint64_t dd_qpci_table_read(const struct dd_qpci *p, uint64_t offset, unsigned width)
{
    uint64_t value = 0;

    memcpy(&value, (const uint8_t *)p->entries + (offset - p->msix_table), width);
    return value;
}

void dd_qpci_table_write(struct dd_qpci *p, uint64_t offset, unsigned width, uint64_t value)
{
    uint64_t at = offset - p->msix_table, end = at + width;

    memcpy((uint8_t *)p->entries + at, &value, width);
    for (uint64_t word = at / 4; word * 4 < end; word++) {
        if (word % 4 == 3) {
            p->bus->write32(p->bus->arg, p->bars[p->msix_bar].base + p->msix_table + word * 4,
                            p->entries[word / 4].word[3]);
        }
    }
}
