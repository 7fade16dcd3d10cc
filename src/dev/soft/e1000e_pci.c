/* SPDX-License-Identifier: MIT */
/*
 * Config space: PM at c8 -> MSI at d0 -> PCIe at e0 -> MSI-X at a0; AER at 100, serial number at
 * 140. BARs have the addresses firmware would have given them and the command register is on, as a
 * driver finds it.
 */
#include "e1000e.h"

#define CFG_COMMAND      0x04u
#define COMMAND_IO       1u
#define COMMAND_MEMORY   2u
#define COMMAND_MASTER   4u
#define COMMAND_INTX_OFF 0x400u
#define CFG_STATUS       0x06u
#define STATUS_INTX      8u
#define CFG_PMCSR        0xccu
#define PMCSR_STATE      3u
#define PMCSR_D3         3u
#define CFG_MSI_CONTROL  0xd2u
#define CFG_MSIX_CONTROL 0xa2u
#define MSIX_ENABLE      0x8000u
#define MSIX_MASK_ALL    0x4000u

static void put(struct dd_e1k *d, unsigned off, uint32_t value, uint32_t wmask)
{
    e1k_put32(&d->config[off], value);
    e1k_put32(&d->config_wmask[off], wmask);
}

static void put_bars(struct dd_e1k *d)
{
    for (unsigned i = 0; i < DD_ARRAY_LEN(d->dev.info.bars); i++) {
        const struct dd_bar *b = &d->dev.info.bars[i];
        uint32_t size = (uint32_t)b->size_bytes;

        if (size != 0) {
            put(d, 0x10 + 4 * i, (uint32_t)b->base | (b->io ? 1u : 0u), ~(size - 1));
        }
    }
}

void dd_e1k_pci_reset_locked(struct dd_e1k *d)
{
    const uint8_t *mac = d->dev.info.mac;

    memset(d->config, 0, sizeof(d->config));
    memset(d->config_wmask, 0, sizeof(d->config_wmask));
    put(d, 0x00, 0x10d38086u, 0);
    put(d, CFG_COMMAND, 0x00100007u, 0x00000547u);
    put(d, 0x08, 0x02000000u, 0);
    put(d, 0x0c, 0, 0x000000ffu);
    put_bars(d);
    put(d, 0x2c, 0x00008086u, 0);
    put(d, 0x34, 0x000000c8u, 0);
    put(d, 0x3c, 0x00000100u, 0x000000ffu);
    put(d, 0xa0, 0x00040011u, 0xc0000000u); /* MSI-X: 5 vectors, table and PBA in BAR3 */
    put(d, 0xa4, 0x00000003u, 0);
    put(d, 0xa8, 0x00002003u, 0);
    put(d, 0xc8, 0x0022d001u, 0); /* PM */
    put(d, CFG_PMCSR, 0, 0x00000103u);
    put(d, 0xd0, 0x0080e005u, 0x00710000u); /* MSI: 64-bit address, one message */
    put(d, 0xd4, 0, 0xfffffffcu);
    put(d, 0xd8, 0, 0xffffffffu);
    put(d, 0xdc, 0, 0x0000ffffu);
    put(d, 0xe0, 0x0091a010u, 0); /* PCIe */
    put(d, 0xe4, 0x00008000u, 0);
    put(d, 0xe8, 0, 0x00007fffu);
    put(d, 0xec, 0x00000411u, 0);
    put(d, 0xf0, 0x00110000u, 0x000001dbu);
    put(d, 0x100, 0x14020001u, 0); /* AER */
    put(d, 0x108, 0, 0x003ff030u);
    put(d, 0x10c, 0x00462030u, 0x003ff030u);
    put(d, 0x114, 0x0000e000u, 0x0000f1c1u);
    put(d, 0x118, 0x000000a0u, 0x00000140u);
    put(d, 0x140, 0x00010003u, 0); /* serial number: the MAC with ff ff in the middle */
    put(d, 0x144, 0xff000000u | (uint32_t)mac[3] << 16 | (uint32_t)mac[4] << 8 | mac[5], 0);
    put(d, 0x148, (uint32_t)mac[0] << 24 | (uint32_t)mac[1] << 16 | (uint32_t)mac[2] << 8 | 0xffu,
        0);
}

bool dd_e1k_pci_memory_on_locked(const struct dd_e1k *d)
{
    return (d->config[CFG_COMMAND] & COMMAND_MEMORY) != 0 && !d->asleep;
}

bool dd_e1k_pci_io_on_locked(const struct dd_e1k *d)
{
    return (d->config[CFG_COMMAND] & COMMAND_IO) != 0 && !d->asleep;
}

bool dd_e1k_pci_master_on_locked(const struct dd_e1k *d)
{
    return (d->config[CFG_COMMAND] & COMMAND_MASTER) != 0;
}

bool dd_e1k_pci_intx_off_locked(const struct dd_e1k *d)
{
    return (e1k_get16(&d->config[CFG_COMMAND]) & COMMAND_INTX_OFF) != 0;
}

bool dd_e1k_pci_msix_masked_locked(const struct dd_e1k *d)
{
    return (e1k_get16(&d->config[CFG_MSIX_CONTROL]) & MSIX_MASK_ALL) != 0;
}

void dd_e1k_pci_show_mode_locked(struct dd_e1k *d)
{
    uint16_t msi = e1k_get16(&d->config[CFG_MSI_CONTROL]);
    uint16_t msix = e1k_get16(&d->config[CFG_MSIX_CONTROL]);

    e1k_put16(&d->config[CFG_MSI_CONTROL], (msi & ~1u) | (d->irq_mode == DD_IRQ_MSI ? 1u : 0u));
    e1k_put16(&d->config[CFG_MSIX_CONTROL],
              (msix & ~MSIX_ENABLE) | (d->irq_mode == DD_IRQ_MSIX ? MSIX_ENABLE : 0u));
}

uint32_t dd_e1k_pci_read_locked(struct dd_e1k *d, unsigned off, unsigned width)
{
    uint32_t v = 0;

    if (d->removed || off > sizeof(d->config) - width) {
        return UINT32_MAX >> (32 - 8 * width);
    }
    d->config[CFG_STATUS] =
        (uint8_t)((d->config[CFG_STATUS] & ~STATUS_INTX) |
                  (d->irq_mode == DD_IRQ_LINE && (d->icr & d->ims) ? STATUS_INTX : 0));
    memcpy(&v, &d->config[off], width);
    return v;
}

/* the mode a write of the enable bits asks for; MSI-X wins */
static void mode_from_config(struct dd_e1k *d)
{
    enum dd_irq_mode mode = DD_IRQ_LINE;

    if ((d->config[CFG_MSI_CONTROL] & 1) != 0) {
        mode = DD_IRQ_MSI;
    }
    if ((e1k_get16(&d->config[CFG_MSIX_CONTROL]) & MSIX_ENABLE) != 0) {
        mode = DD_IRQ_MSIX;
    }
    if (mode != d->irq_mode) {
        dd_e1k_irq_mode_locked(d, mode, 0);
    }
}

/* silicon leaves D3hot through a reset of the MAC; config space is left as it is here */
static void power_from_config(struct dd_e1k *d)
{
    bool asleep = (d->config[CFG_PMCSR] & PMCSR_STATE) == PMCSR_D3;

    if (d->asleep && !asleep) {
        d->asleep = false;
        dd_e1k_mac_reset_locked(d);
        dd_e1k_phy_reset_locked(d);
    }
    d->asleep = asleep;
}

void dd_e1k_pci_write_locked(struct dd_e1k *d, unsigned off, unsigned width, uint32_t value)
{
    bool master = dd_e1k_pci_master_on_locked(d);

    if (d->removed || off > sizeof(d->config) - width) {
        return;
    }
    for (unsigned i = 0; i < width; i++, value >>= 8) {
        uint8_t mask = d->config_wmask[off + i];

        d->config[off + i] = (uint8_t)((d->config[off + i] & ~mask) | (value & mask));
    }
    mode_from_config(d);
    power_from_config(d);
    if (dd_e1k_pci_master_on_locked(d) && !master) {
        dd_e1k_tx_wake_locked(d);
        dd_e1k_rx_wake_locked(d);
    }
    dd_e1k_irq_eval_locked(d);
    d->work = true;
}
