/* SPDX-License-Identifier: MIT */
/* Sizing, assigning, finding; where messages go. The driver's view is in pci_view.c. */
#include "dev/qemu/pci.h"

#include "base/check.h"
#include "dev/qemu/pci_regs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint32_t get(const struct dd_qpci *p, unsigned offset, unsigned width)
{
    return p->bus->config_read(p->bus->arg, p->bdf, offset, width);
}

static void put(const struct dd_qpci *p, unsigned offset, unsigned width, uint32_t value)
{
    p->bus->config_write(p->bus->arg, p->bdf, offset, width, value);
}

/* --- BARs --- */

static uint32_t probe_register(const struct dd_qpci *p, unsigned i)
{
    uint32_t was = get(p, PCI_BAR0 + 4 * i, 4), mask;

    put(p, PCI_BAR0 + 4 * i, 4, UINT32_MAX);
    mask = get(p, PCI_BAR0 + 4 * i, 4);
    put(p, PCI_BAR0 + 4 * i, 4, was);
    return mask;
}

/* the size of BAR @i, and whether it takes the next register too */
static bool size_bar(struct dd_qpci *p, unsigned i)
{
    uint32_t mask = probe_register(p, i);
    struct dd_bar *b = &p->bars[i];
    uint64_t wide;

    if (mask == 0 || mask == UINT32_MAX) {
        return false; /* none, or nobody there */
    }
    if ((mask & PCI_BAR_IO) != 0) {
        b->io = true;
        p->bar_flags[i] = mask & 3u;
        b->size_bytes = (~(mask & ~3u) & 0xffffu) + 1u;
        return false;
    }
    p->bar_flags[i] = mask & 15u;
    if ((mask & PCI_BAR_TYPE) != PCI_BAR_64 || i == 5) {
        b->size_bytes = ~(mask & ~15u) + 1u;
        return false;
    }
    wide = (uint64_t)probe_register(p, i + 1) << 32 | (mask & ~15u);
    b->size_bytes = ~wide + 1u;
    return true;
}

static void write_bar(const struct dd_qpci *p, unsigned i)
{
    put(p, PCI_BAR0 + 4 * i, 4, (uint32_t)p->bars[i].base | p->bar_flags[i]);
    if (!p->bars[i].io && (p->bar_flags[i] & PCI_BAR_TYPE) == PCI_BAR_64 && i < 5) {
        put(p, PCI_BAR0 + 4 * (i + 1), 4, (uint32_t)(p->bars[i].base >> 32));
    }
}

static int assign_bar(struct dd_qpci *p, unsigned i)
{
    struct dd_bar *b = &p->bars[i];
    uint64_t *next = b->io ? &p->bus->port_next : &p->bus->memory_next;
    uint64_t end = b->io ? p->bus->port_end : p->bus->memory_end, base, top;

    base = dd_align_up(*next, b->size_bytes);
    if (base < *next || dd_add_overflows(base, b->size_bytes, &top) || top > end) {
        return -ENOSPC;
    }
    *next = top;
    b->base = base;
    p->bar_value[i] = (uint32_t)base | p->bar_flags[i];
    write_bar(p, i);
    return 0;
}

static int set_up_bars(struct dd_qpci *p)
{
    int r = 0;

    for (unsigned i = 0; i < 6; i++) {
        i += size_bar(p, i);
    }
    for (unsigned i = 0; r == 0 && i < 6; i++) {
        r = p->bars[i].size_bytes != 0 ? assign_bar(p, i) : 0;
    }
    return r;
}

/* --- capabilities --- */

unsigned dd_qpci_capability(const struct dd_qpci *p, unsigned id)
{
    unsigned at;

    if ((get(p, PCI_STATUS, 2) & PCI_STATUS_CAPABILITIES) == 0) {
        return 0;
    }
    at = get(p, PCI_CAPABILITIES, 1) & 0xfcu;
    for (unsigned i = 0; i < 48 && at >= 0x40; i++) {
        if (get(p, at, 1) == id) {
            return at;
        }
        at = get(p, at + 1, 1) & 0xfcu;
    }
    return 0;
}

static int find_messages(struct dd_qpci *p)
{
    uint32_t control, where;

    p->msi = dd_qpci_capability(p, PCI_CAP_MSI);
    if (p->msi != 0) {
        control = get(p, p->msi + 2, 2);
        p->msi_64 = (control & PCI_MSI_64) != 0;
        p->msi_vectors = 1u << (control >> 1 & 7u);
    }
    p->msix = dd_qpci_capability(p, PCI_CAP_MSIX);
    if (p->msix == 0) {
        return 0;
    }
    where = get(p, p->msix + 4, 4);
    p->msix_bar = where & 7u;
    p->msix_table = where & ~7u;
    p->msix_vectors = (get(p, p->msix + 2, 2) & 0x7ffu) + 1;
    if (p->msix_bar > 5 ||
        p->msix_table + 16ull * p->msix_vectors > p->bars[p->msix_bar].size_bytes) {
        p->msix = p->msix_vectors = 0; /* a table out of its BAR */
        return 0;
    }
    p->entries = calloc(p->msix_vectors, sizeof(*p->entries));
    return p->entries ? 0 : -ENOMEM;
}

int dd_qpci_init(struct dd_qpci *p, struct dd_qpci_bus *bus, unsigned bdf)
{
    uint32_t ids;
    int r;

    *p = (struct dd_qpci){.bus = bus, .bdf = bdf};
    ids = get(p, PCI_VENDOR, 4);
    if (ids == UINT32_MAX || (ids & 0xffffu) == 0) {
        return -ENODEV;
    }
    p->vendor_id = (uint16_t)ids;
    p->device_id = (uint16_t)(ids >> 16);
    put(p, PCI_COMMAND, 2, 0);
    r = set_up_bars(p);
    return r < 0 ? r : find_messages(p);
}

void dd_qpci_done(struct dd_qpci *p)
{
    free(p->entries);
    p->entries = NULL;
}

/* --- where messages go --- */

static void point_msi(struct dd_qpci *p, uint64_t address, uint32_t data)
{
    if (!p->msi_64 && address > UINT32_MAX) {
        p->msi = p->msi_vectors = 0;
        return;
    }
    put(p, p->msi + 4, 4, (uint32_t)address);
    if (p->msi_64) {
        put(p, p->msi + 8, 4, (uint32_t)(address >> 32));
    }
    put(p, p->msi + (p->msi_64 ? 12u : 8u), 2, data);
}

void dd_qpci_point_messages(struct dd_qpci *p, uint64_t address, uint32_t data_first,
                            unsigned count)
{
    uint64_t table;

    if (p->msi != 0) {
        point_msi(p, address, data_first);
    }
    if (p->msix == 0) {
        return;
    }
    table = p->bars[p->msix_bar].base + p->msix_table;
    put(p, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    for (unsigned i = 0; i < p->msix_vectors; i++) {
        uint64_t at = table + 16ull * i;

        p->entries[i] = (struct dd_qpci_entry){.word = {[3] = PCI_MSIX_MASKED}};
        p->bus->write32(p->bus->arg, at + 12, PCI_MSIX_MASKED);
        p->bus->write32(p->bus->arg, at, (uint32_t)address);
        p->bus->write32(p->bus->arg, at + 4, (uint32_t)(address >> 32));
        p->bus->write32(p->bus->arg, at + 8, data_first + (i < count ? i : count - 1));
    }
    put(p, PCI_COMMAND, 2, 0);
}
