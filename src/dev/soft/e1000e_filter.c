/* SPDX-License-Identifier: MIT */
/* Which frames are for this station: VLAN table, address registers, multicast table, pause frames.
 */
#include "e1000e.h"

#define OPCODE_PAUSE 1u

static bool in_table(const struct dd_e1k *d, uint32_t base, unsigned index)
{
    return (e1k_reg(d, base + 4 * (index >> 5)) >> (index & 31) & 1) != 0;
}

static bool vlan_wanted(const struct dd_e1k *d, const struct e1k_packet *pk)
{
    uint32_t rctl = e1k_reg(d, E1K_RCTL);

    if ((rctl & RCTL_VFE) == 0 || !pk->tagged) {
        return true;
    }
    if ((rctl & RCTL_CFIEN) != 0 && (pk->tag >> 12 & 1) != ((rctl & RCTL_CFI) != 0)) {
        return false;
    }
    return in_table(d, E1K_VFTA, pk->tag & 0xfff);
}

static bool address_wanted(const struct dd_e1k *d, const uint8_t *dest)
{
    static const unsigned shifts[] = {4, 3, 2, 0};
    uint32_t rctl = e1k_reg(d, E1K_RCTL), low = e1k_get32(dest), high = e1k_get16(dest + 4);
    bool multicast = (dest[0] & 1) != 0, broadcast = low == UINT32_MAX && high == 0xffff;

    if ((broadcast && (rctl & RCTL_BAM) != 0) || (!multicast && (rctl & RCTL_UPE) != 0) ||
        (multicast && !broadcast && (rctl & RCTL_MPE) != 0)) {
        return true;
    }
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t rah = e1k_reg(d, E1K_RAH + 8 * i);

        if ((rah & RAH_AV) != 0 && (rah & 0xffff) == high && e1k_reg(d, E1K_RAL + 8 * i) == low) {
            return true;
        }
    }
    /* the hash table is for multicast; a broadcast is one more group */
    return multicast &&
           in_table(d, E1K_MTA, (unsigned)(high >> shifts[rctl >> RCTL_MO_SHIFT & 3]) & 0xfff);
}

/* pause frames are counted, and dropped when asked; nothing is paused */
static bool pause_wanted(struct dd_e1k *d, const uint8_t *p, const struct e1k_packet *pk)
{
    if ((e1k_reg(d, E1K_CTRL) & CTRL_RFCE) == 0 || pk->type != e1k_reg(d, E1K_FCT) ||
        e1k_get32(p) != e1k_reg(d, E1K_FCAL) || e1k_get16(p + 4) != e1k_reg(d, E1K_FCAH) ||
        dd_be16(p + 14) != OPCODE_PAUSE) {
        return true;
    }
    dd_e1k_stat_add_locked(d, dd_be16(p + 16) == 0 ? E1K_XONRXC : E1K_XOFFRXC, 1);
    return (e1k_reg(d, E1K_RCTL) & RCTL_DPF) == 0;
}

bool dd_e1k_wanted_locked(struct dd_e1k *d, const uint8_t *frame, const struct e1k_packet *pk)
{
    return vlan_wanted(d, pk) && address_wanted(d, frame) && pause_wanted(d, frame, pk);
}
