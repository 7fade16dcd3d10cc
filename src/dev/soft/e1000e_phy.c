/* SPDX-License-Identifier: MIT */
/*
 * PHY, link and NVM.
 *
 * The link comes options.link_up_delay_ns after the cable or a restart; an MDIO access takes 64 us.
 * Losing the link raises LSC as gaining it does. Bit 2 of PHY register 1 stays 0 after a loss until
 * it was read once.
 */
#include "e1000e.h"

#define MDIO_NS          64000u
#define PHY_ADDRESS      1u
#define PHY_CONTROL      0u
#define PHY_C_RESET      0x8000u
#define PHY_C_LOOPBACK   0x4000u
#define PHY_C_ANEG       0x1000u
#define PHY_C_POWER_DOWN 0x0800u
#define PHY_C_RESTART    0x0200u
#define PHY_STATUS       1u
#define PHY_S_ANEG_DONE  0x0020u
#define PHY_S_LINK       0x0004u
#define PHY_PARTNER      5u
#define PHY_SPECIFIC     17u
#define PHY_SP_RESOLVED  0x0c00u /* speed and duplex resolved, link */
#define PHY_PAGE         22u

/* registers the PHY has, their values, and whether a write is kept. Page 0 */
static const struct {
    uint8_t reg;
    uint16_t value;
    bool kept;
} phy_defaults[] = {
    {0, 0x1140, true},  {1, 0x7949, false},  {2, 0x0141, false},  {3, 0x0cb1, false},
    {4, 0x0de1, true},  {5, 0x07e0, false},  {6, 0x0004, false},  {7, 0x2001, true},
    {8, 0, false},      {9, 0x0f00, true},   {10, 0x3c00, false}, {15, 0x3000, false},
    {16, 0x3360, true}, {17, 0xac08, false}, {18, 0, true},       {19, 0, false},
    {20, 0, true},      {21, 0, true},       {22, 0, true},       {25, 0, true},
    {26, 0, true},      {29, 0, true},       {30, 0, true},
};

static int phy_index(unsigned reg)
{
    for (size_t i = 0; i < DD_ARRAY_LEN(phy_defaults); i++) {
        if (phy_defaults[i].reg == reg) {
            return (int)i;
        }
    }
    return -1;
}

static void phy_defaults_load(struct dd_e1k *d)
{
    for (size_t i = 0; i < DD_ARRAY_LEN(phy_defaults); i++) {
        d->phy[phy_defaults[i].reg] = phy_defaults[i].value;
    }
    memset(d->phy2, 0, sizeof(d->phy2));
    d->phy2[16] = 0x0088;
    d->phy2[21] = 0x1046;
}

/* --- link --- */

bool dd_e1k_loopback_locked(const struct dd_e1k *d)
{
    return (d->phy[PHY_CONTROL] & PHY_C_LOOPBACK) != 0 ||
           (e1k_reg(d, E1K_RCTL) & RCTL_LBM) == RCTL_LBM_MAC;
}

/* the MAC looks at the PHY's link only when told so by SLU */
bool dd_e1k_link_is_up_locked(const struct dd_e1k *d)
{
    return d->phy_link && (e1k_reg(d, E1K_CTRL) & CTRL_SLU) != 0;
}

static void link_down(struct dd_e1k *d)
{
    bool was_up = d->phy_link;

    d->phy_link = false;
    d->phy_done = false;
    d->phy[PHY_PARTNER] = 0x07e0;
    if (was_up) {
        d->phy_latched = true;
        dd_e1k_irq_raise_locked(d, ICR_LSC);
    }
}

static void link_up(struct dd_e1k *d)
{
    d->phy_link = true;
    d->phy_done = (d->phy[PHY_CONTROL] & PHY_C_ANEG) != 0;
    if (d->phy_done) {
        d->phy[PHY_PARTNER] |= 0x4000;
        d->regs[E1K_CTRL / 4] |= CTRL_RFCE | CTRL_TFCE; /* as negotiated */
    }
    dd_e1k_irq_raise_locked(d, ICR_LSC);
    dd_e1k_tx_wake_locked(d);
    dd_e1k_rx_wake_locked(d);
}

static bool phy_can_link(const struct dd_e1k *d)
{
    return d->cable && !d->asleep && (d->phy[PHY_CONTROL] & PHY_C_POWER_DOWN) == 0 &&
           (e1k_reg(d, E1K_CTRL) & CTRL_PHY_RST) == 0;
}

void dd_e1k_link_restart_locked(struct dd_e1k *d)
{
    link_down(d);
    dd_e1k_arm_locked(d, E1K_T_LINK, E1K_NEVER);
    if (phy_can_link(d)) {
        dd_e1k_arm_locked(d, E1K_T_LINK, d->now_ns + d->options.link_up_delay_ns);
    }
}

void dd_e1k_link_timer_locked(struct dd_e1k *d)
{
    if (phy_can_link(d)) {
        link_up(d);
    }
}

void dd_e1k_cable_locked(struct dd_e1k *d, bool in)
{
    if (d->cable != in) {
        d->cable = in;
        dd_e1k_link_restart_locked(d);
    }
}

void dd_e1k_phy_reset_locked(struct dd_e1k *d)
{
    phy_defaults_load(d);
    dd_e1k_link_restart_locked(d);
}

void dd_e1k_phy_power_on_locked(struct dd_e1k *d)
{
    d->cable = !d->options.link_down;
    d->phyra = false;
    d->phy_link = false;
    d->mdic_result = 0;
    dd_e1k_phy_reset_locked(d);
    d->phy_latched = false;
}

/* --- registers --- */

static uint16_t phy_status(struct dd_e1k *d)
{
    uint16_t v = d->phy[PHY_STATUS];

    if (d->phy_link && !d->phy_latched) {
        v |= PHY_S_LINK;
    }
    if (d->phy_done) {
        v |= PHY_S_ANEG_DONE;
    }
    d->phy_latched = false;
    return v;
}

/* false: there is no such register */
static bool phy_read(struct dd_e1k *d, unsigned reg, uint16_t *ret_value)
{
    unsigned page = d->phy[PHY_PAGE];

    if (reg == PHY_STATUS && page == 0) {
        *ret_value = phy_status(d);
        return true;
    }
    if (reg == PHY_PAGE || (page == 0 && phy_index(reg) >= 0)) {
        *ret_value = d->phy[reg];
        if (reg == PHY_SPECIFIC && !d->phy_link) {
            *ret_value &= (uint16_t)~PHY_SP_RESOLVED;
        }
        return true;
    }
    if (page == 2 && (reg == 16 || reg == 21)) {
        *ret_value = d->phy2[reg];
        return true;
    }
    return false;
}

static void phy_control_write(struct dd_e1k *d, uint16_t value)
{
    uint16_t old = d->phy[PHY_CONTROL];

    if ((value & PHY_C_RESET) != 0) {
        dd_e1k_phy_reset_locked(d);
        return;
    }
    d->phy[PHY_CONTROL] = (uint16_t)(value & ~PHY_C_RESTART);
    if (((old ^ value) & PHY_C_POWER_DOWN) != 0 ||
        ((value & PHY_C_RESTART) != 0 && (value & PHY_C_ANEG) != 0)) {
        dd_e1k_link_restart_locked(d);
    }
    if (((old ^ value) & PHY_C_LOOPBACK) != 0) {
        dd_e1k_tx_wake_locked(d);
    }
}

static bool phy_write(struct dd_e1k *d, unsigned reg, uint16_t value)
{
    unsigned page = d->phy[PHY_PAGE];
    int i = phy_index(reg);

    if (reg == PHY_PAGE) {
        d->phy[PHY_PAGE] = value & 0x7f;
        return true;
    }
    if (page == 2 && (reg == 16 || reg == 21)) {
        d->phy2[reg] = value;
        return true;
    }
    if (page != 0 || i < 0) {
        return false;
    }
    if (reg == PHY_CONTROL) {
        phy_control_write(d, value);
    } else if (phy_defaults[i].kept) {
        d->phy[reg] = value;
    }
    return true;
}

/* the access is done at once and shown when its time is over */
void dd_e1k_mdic_write_locked(struct dd_e1k *d, uint32_t value)
{
    unsigned op = value >> 26 & 3, phy = value >> 21 & 31, reg = value >> 16 & 31;
    uint32_t result = value & ~(MDIC_READY | MDIC_ERROR);
    uint16_t data = (uint16_t)value;
    bool ok = true;

    if (phy != PHY_ADDRESS) {
        /* the register keeps what it showed before [seen] */
        result = d->mdic_result & ~(MDIC_READY | MDIC_ERROR);
        ok = false;
    } else if (op == 1) {
        ok = phy_write(d, reg, data);
    } else if (op == 2) {
        ok = phy_read(d, reg, &data);
        result = ok ? (result & 0xffff0000u) | data : result;
    }
    d->mdic_result = result | MDIC_READY | (ok ? 0 : MDIC_ERROR);
    d->regs[E1K_MDIC / 4] = value & ~(MDIC_READY | MDIC_ERROR);
    dd_e1k_arm_locked(d, E1K_T_MDIC, d->now_ns + MDIO_NS);
}

uint32_t dd_e1k_mdic_read_locked(struct dd_e1k *d)
{
    uint64_t at = d->at_ns[E1K_T_MDIC];

    /* without MDAC nobody waits for the timer: a reader sees the end by itself */
    return at == E1K_NEVER || d->now_ns >= at ? d->mdic_result : e1k_reg(d, E1K_MDIC);
}

/* --- NVM --- */

#define NVM_CHECKSUM 0x3fu
#define NVM_SUM      0xbabau
#define EER_START    1u
#define EER_DONE     2u

void dd_e1k_nvm_init(struct dd_e1k *d)
{
    uint16_t sum = 0;

    memset(d->nvm, 0, sizeof(d->nvm));
    for (unsigned i = 0; i < 3; i++) {
        d->nvm[i] = (uint16_t)(d->dev.info.mac[2 * i] | d->dev.info.mac[2 * i + 1] << 8);
    }
    d->nvm[0x0b] = d->dev.info.device_id;
    d->nvm[0x0c] = d->dev.info.vendor_id;
    d->nvm[0x0d] = d->dev.info.device_id;
    for (unsigned i = 0; i < NVM_CHECKSUM; i++) {
        sum = (uint16_t)(sum + d->nvm[i]);
    }
    d->nvm[NVM_CHECKSUM] = (uint16_t)(NVM_SUM - sum);
}

void dd_e1k_nvm_load_locked(struct dd_e1k *d)
{
    d->regs[E1K_RAL / 4] = (uint32_t)d->nvm[1] << 16 | d->nvm[0];
    d->regs[E1K_RAH / 4] = RAH_AV | d->nvm[2];
}

/* EERD and EEWR: START 0, DONE 1, ADDR 15:2, DATA 31:16. Past the end DONE never comes */
void dd_e1k_nvm_access_locked(struct dd_e1k *d, uint32_t addr, uint32_t value)
{
    uint32_t word = value >> 2 & 0x3fff, shown = value & 0xfffc;

    if ((value & EER_START) == 0) {
        return;
    }
    if (word < DD_ARRAY_LEN(d->nvm)) {
        if (addr == E1K_EEWR) {
            d->nvm[word] = (uint16_t)(value >> 16);
        }
        shown |= EER_DONE | (uint32_t)d->nvm[word] << 16;
    }
    d->regs[addr / 4] = shown;
}
