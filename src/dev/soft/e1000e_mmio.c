/* SPDX-License-Identifier: MIT */
/*
 * Register accesses. The part wants 32 bits: a narrower read gives the low bytes of the register
 * whatever the offset in it, a narrower write sets the whole register. 64 bits are two accesses,
 * low first.
 */
#include "e1000e.h"

#include "base/log.h"

#define BAR_REGS 0u
#define BAR_IO   2u
#define BAR_MSIX 3u
#define IO_ADDR  0u
#define IO_DATA  4u

/* --- reading --- */

static uint32_t status_read(const struct dd_e1k *d)
{
    uint32_t ctrl = e1k_reg(d, E1K_CTRL), v = STATUS_ASDV_1000;

    v |= (ctrl & CTRL_FRCDPX) != 0 ? ctrl & CTRL_FD : STATUS_FD;
    v |= ((ctrl & CTRL_FRCSPD) != 0 ? ctrl >> CTRL_SPEED_SHIFT & 3 : 2) << STATUS_SPEED_SHIFT;
    v |= dd_e1k_link_is_up_locked(d) ? STATUS_LU : 0;
    v |= d->phyra ? STATUS_PHYRA : 0;
    /* all DMA is done under the lock: none is under way now */
    v |= (ctrl & CTRL_GIO_MASTER_DISABLE) == 0 ? STATUS_GIO_MASTER_ENABLE : 0;
    return v;
}

static uint32_t reg_read(struct dd_e1k *d, uint32_t addr)
{
    uint32_t v;

    addr = dd_e1k_regs_alias(addr);
    if (addr >= E1K_STAT_FIRST && addr <= E1K_STAT_LAST) {
        return dd_e1k_stat_read_locked(d, addr);
    }
    switch (addr) {
    case E1K_STATUS:
        return status_read(d);
    case E1K_ICR:
        return dd_e1k_irq_read_icr_locked(d);
    case E1K_ICS:
        return dd_e1k_irq_peek_icr_locked(d);
    case E1K_IMS:
        return d->ims;
    case E1K_MDIC:
        return dd_e1k_mdic_read_locked(d);
    case E1K_PBACLR:
        return 0;
    case E1K_SWSM: /* reading takes the semaphore */
        v = e1k_reg(d, addr);
        dd_e1k_regs_store(d, addr, v | 1);
        return v;
    default:
        return e1k_reg(d, addr);
    }
}

/* --- writing --- */

static void ctrl_write(struct dd_e1k *d, uint32_t value)
{
    uint32_t old = e1k_reg(d, E1K_CTRL);

    if ((value & CTRL_RST) != 0) {
        dd_e1k_mac_reset_locked(d);
        return;
    }
    dd_e1k_regs_store(d, E1K_CTRL, value);
    if (((old ^ value) & CTRL_PHY_RST) != 0) {
        d->phyra = true;
        dd_e1k_phy_reset_locked(d);
    }
    /* DMA or the link may be allowed again */
    dd_e1k_tx_wake_locked(d);
    dd_e1k_rx_wake_locked(d);
}

static void rctl_write(struct dd_e1k *d, uint32_t value)
{
    uint32_t old = e1k_reg(d, E1K_RCTL);

    dd_e1k_regs_store(d, E1K_RCTL, value);
    if (((old ^ value) & (RCTL_EN | RCTL_DTYP)) != 0) {
        dd_e1k_rx_forget_locked(d, 0);
        dd_e1k_rx_forget_locked(d, 1);
    }
    dd_e1k_rx_wake_locked(d);
    dd_e1k_tx_wake_locked(d); /* MAC loopback */
}

static void tctl_write(struct dd_e1k *d, uint32_t value)
{
    bool was_on = (e1k_reg(d, E1K_TCTL) & TCTL_EN) != 0;

    dd_e1k_regs_store(d, E1K_TCTL, value);
    if ((value & TCTL_EN) != 0 && !was_on) {
        dd_e1k_tx_forget_locked(d, 0);
        dd_e1k_tx_forget_locked(d, 1);
        dd_e1k_tx_enable_locked(d);
    }
}

/* base, length and head of a ring; the head only while the unit is off */
static void ring_write(struct dd_e1k *d, uint32_t addr, uint32_t value)
{
    bool tx = addr >= E1K_TDBAL;
    unsigned queue = addr >> 8 & 1;
    uint32_t on = tx ? e1k_reg(d, E1K_TCTL) & TCTL_EN : e1k_reg(d, E1K_RCTL) & RCTL_EN;

    if ((addr & 0xff) == (E1K_TDH & 0xff) && on != 0) {
        dd_log(DD_LOG_WARN, "soft:e1000e: write of %sH%u while the unit is on is ignored",
               tx ? "TD" : "RD", queue);
        return;
    }
    dd_e1k_regs_store(d, addr, value);
    if (tx) {
        dd_e1k_tx_forget_locked(d, queue);
    } else {
        dd_e1k_rx_forget_locked(d, queue);
    }
}

static void delay_write(struct dd_e1k *d, uint32_t addr, uint32_t value)
{
    dd_e1k_regs_store(d, addr, value);
    if ((value & DELAY_FPD) == 0) {
        return;
    }
    if (addr == E1K_TIDV) {
        dd_e1k_tx_flush_locked(d);
    } else if (d->at_ns[E1K_T_RDTR] != E1K_NEVER) {
        dd_e1k_arm_locked(d, E1K_T_RDTR, 0);
    }
}

static void ctrl_ext_write(struct dd_e1k *d, uint32_t value)
{
    dd_e1k_regs_store(d, E1K_CTRL_EXT, value);
    if ((value & CTRL_EXT_EE_RST) != 0) {
        dd_e1k_nvm_load_locked(d);
    }
}

static bool is_ring_register(uint32_t addr)
{
    uint32_t base = addr & ~0x11fu, off = addr & 0xff;

    return (base == E1K_RDBAL || base == E1K_TDBAL) && off <= 0x10;
}

/* interrupt registers; false: not one */
static bool irq_write(struct dd_e1k *d, uint32_t addr, uint32_t value)
{
    switch (addr) {
    case E1K_ICR:
        dd_e1k_irq_write_icr_locked(d, value);
        return true;
    case E1K_ICS:
        dd_e1k_irq_raise_locked(d, value);
        return true;
    case E1K_IMS:
        dd_e1k_irq_mask_locked(d, value, 0);
        return true;
    case E1K_IMC:
        dd_e1k_irq_mask_locked(d, 0, value);
        return true;
    case E1K_PBACLR:
        dd_e1k_msix_pba_clear_locked(d, value);
        return true;
    default:
        return false;
    }
}

/* doorbells; false: not one */
static bool tail_write(struct dd_e1k *d, uint32_t addr, uint32_t value)
{
    unsigned queue = addr >> 8 & 1;

    if (addr == E1K_TDT + 0x100 * queue) {
        dd_e1k_tx_tail_locked(d, queue, value);
        return true;
    }
    if (addr == E1K_RDT + 0x100 * queue) {
        dd_e1k_rx_tail_locked(d, queue, value);
        return true;
    }
    return false;
}

static void reg_write(struct dd_e1k *d, uint32_t addr, uint32_t value)
{
    addr = dd_e1k_regs_alias(addr);
    if (tail_write(d, addr, value) || irq_write(d, addr, value)) {
        return;
    }
    switch (addr) {
    case E1K_CTRL:
    case E1K_CTRL_DUP:
        ctrl_write(d, value);
        break;
    case E1K_STATUS:
        d->phyra &= (value & STATUS_PHYRA) != 0;
        break;
    case E1K_CTRL_EXT:
        ctrl_ext_write(d, value);
        break;
    case E1K_EERD:
    case E1K_EEWR:
        dd_e1k_nvm_access_locked(d, addr, value);
        break;
    case E1K_MDIC:
        dd_e1k_mdic_write_locked(d, value);
        break;
    case E1K_RCTL:
        rctl_write(d, value);
        break;
    case E1K_TCTL:
        tctl_write(d, value);
        break;
    case E1K_TIDV:
    case E1K_RDTR:
        delay_write(d, addr, value);
        break;
    default:
        if (is_ring_register(addr)) {
            ring_write(d, addr, value);
        } else {
            dd_e1k_regs_store(d, addr, value);
        }
        break;
    }
}

/* --- windows --- */

uint32_t dd_e1k_bar_read_locked(struct dd_e1k *d, unsigned bar, uint64_t off, unsigned width)
{
    uint32_t v = 0;

    if (bar >= DD_ARRAY_LEN(d->dev.info.bars) || off >= d->dev.info.bars[bar].size_bytes ||
        d->removed ||
        !(bar == BAR_IO ? dd_e1k_pci_io_on_locked(d) : dd_e1k_pci_memory_on_locked(d))) {
        return UINT32_MAX;
    }
    off &= ~3ull;
    if (bar == BAR_REGS) {
        v = reg_read(d, (uint32_t)off);
    } else if (bar == BAR_IO && off == IO_ADDR) {
        v = d->io_addr;
    } else if (bar == BAR_IO && off == IO_DATA && d->io_addr < E1K_BAR_BYTES) {
        v = reg_read(d, d->io_addr & ~3u);
    } else if (bar == BAR_MSIX) {
        v = dd_e1k_msix_read_locked(d, off);
    }
    return width < 4 ? v & (UINT32_MAX >> (32 - 8 * width)) : v;
}

void dd_e1k_bar_write_locked(struct dd_e1k *d, unsigned bar, uint64_t off, unsigned width,
                             uint32_t value)
{
    if (bar >= DD_ARRAY_LEN(d->dev.info.bars) || off >= d->dev.info.bars[bar].size_bytes ||
        d->removed ||
        !(bar == BAR_IO ? dd_e1k_pci_io_on_locked(d) : dd_e1k_pci_memory_on_locked(d))) {
        return;
    }
    if (width < 4) {
        value &= UINT32_MAX >> (32 - 8 * width);
    }
    off &= ~3ull;
    if (bar == BAR_REGS) {
        reg_write(d, (uint32_t)off, value);
    } else if (bar == BAR_IO && off == IO_ADDR) {
        d->io_addr = value;
    } else if (bar == BAR_IO && off == IO_DATA && d->io_addr < E1K_BAR_BYTES) {
        reg_write(d, d->io_addr & ~3u, value);
    } else if (bar == BAR_MSIX) {
        dd_e1k_msix_write_locked(d, off, value);
    }
}
