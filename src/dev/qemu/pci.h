/* SPDX-License-Identifier: MIT */
/*
 * A PCI function as the platform's firmware would set it up, since none runs: BARs are sized and
 * get addresses, capabilities are found. Afterwards the driver's side sees a config space in which
 *
 *   BARs               answer to sizing, but stay where they are
 *   MSI and MSI-X      keep the address and data the platform writes, while the hardware's have
 *                      been pointed elsewhere (dd_qpci_point_messages) and stay so
 *   everything else    is the hardware's
 *
 * The functions are not locked; who calls them is.
 */
#ifndef DD_DEV_QEMU_PCI_H
#define DD_DEV_QEMU_PCI_H

#include "dev/dev.h"

#define DD_QPCI_CONFIG_BYTES 4096u

/* config space and memory of the bus the function is on; bdf: bus << 8 | slot << 3 | function */
struct dd_qpci_bus {
    void *arg;
    uint32_t (*config_read)(void *arg, unsigned bdf, unsigned offset, unsigned width);
    void (*config_write)(void *arg, unsigned bdf, unsigned offset, unsigned width, uint32_t value);
    void (*write32)(void *arg, uint64_t phys, uint32_t value);
    unsigned config_bytes; /* 256, or 4096 with extended space */
    /* where the next BAR goes, and the end of the room */
    uint64_t memory_next, memory_end, port_next, port_end;
};

/* MSI-X: the table's entries as the driver's side wrote them */
struct dd_qpci_entry {
    uint32_t word[4]; /* address low, high, data, control */
};

struct dd_qpci {
    struct dd_qpci_bus *bus;
    unsigned bdf;
    uint16_t vendor_id, device_id;
    struct dd_bar bars[6]; /* a 64-bit BAR's second half has size 0 */
    uint32_t bar_flags[6]; /* low bits of the register */
    uint32_t bar_value[6]; /* what the driver's side reads */
    unsigned msi;          /* capability, 0: none */
    unsigned msi_vectors;
    bool msi_64;
    uint8_t msi_value[12]; /* address and data as the driver's side wrote them, from msi + 4 */
    unsigned msix;         /* capability, 0: none */
    unsigned msix_bar, msix_vectors;
    uint64_t msix_table; /* offset in that BAR */
    struct dd_qpci_entry *entries;
};

/* dd_qpci_init - size, assign, find. The function's decoders are off afterwards, as at power on.
 * 0; -ENODEV, nothing there; -ENOSPC, no room for a BAR; -ENOMEM */
int dd_qpci_init(struct dd_qpci *p, struct dd_qpci_bus *bus, unsigned bdf);
void dd_qpci_done(struct dd_qpci *p);
/* dd_qpci_capability - where in config space it is; 0: there is none. Needs bus and bdf alone */
unsigned dd_qpci_capability(const struct dd_qpci *p, unsigned id);
/* dd_qpci_point_messages - message n, for every n, becomes a 4-byte write of @data_first + n to
 * @address; n at most @count - 1, those beyond ring the last. MSI needs @address below 4 GiB
 * where the function has 32 bits: then it is left out (msi becomes 0) */
void dd_qpci_point_messages(struct dd_qpci *p, uint64_t address, uint32_t data_first,
                            unsigned count);

/* the driver's side; naturally aligned @width 1, 2, 4 */
uint32_t dd_qpci_config_read(struct dd_qpci *p, unsigned offset, unsigned width);
void dd_qpci_config_write(struct dd_qpci *p, unsigned offset, unsigned width, uint32_t value);
/* dd_qpci_table_access - is [@offset, @offset + @width) of @bar inside the MSI-X table? */
bool dd_qpci_in_table(const struct dd_qpci *p, unsigned bar, uint64_t offset, unsigned width);
uint64_t dd_qpci_table_read(const struct dd_qpci *p, uint64_t offset, unsigned width);
/* dd_qpci_table_write - address and data stay here; the mask goes to the hardware */
void dd_qpci_table_write(struct dd_qpci *p, uint64_t offset, unsigned width, uint64_t value);

#endif
