/* SPDX-License-Identifier: MIT */
/* Registers that keep a value, what they keep of it, and what they hold after a reset. */
#include "e1000e.h"

/* @first..@last: addresses of one kind. An address outside the table reads 0 and keeps nothing */
struct kind {
    uint32_t first, last, mask, reset;
    bool kept; /* CTRL.RST leaves it alone */
};

#define ALL 0xffffffffu

/* by address. Registers with a meaning of their own (ICR, IMS, EERD, statistics ...) are not here
 */
static const struct kind kinds[] = {
    {E1K_CTRL, E1K_CTRL, ALL & ~CTRL_RST, CTRL_DEFAULT, false},
    {E1K_EECD, E1K_EECD, 0x00000fffu, 0x00000300u, false},
    {E1K_EERD, E1K_EERD, ALL, 0x00000002u, false},
    {E1K_CTRL_EXT, E1K_CTRL_EXT, 0xffffcfffu, 0, false},
    {0x0001c, 0x0001c, ALL, 0, false}, /* FLA */
    {E1K_MDIC, E1K_MDIC, ALL, 0, false},
    {E1K_FCAL, E1K_FCAL, ALL, 0, false},
    {E1K_FCAH, E1K_FCAH, 0xffffu, 0, false},
    {E1K_FCT, E1K_FCT, 0xffffu, 0, false},
    {E1K_VET, E1K_VET, 0xffffu, 0x8100u, false},
    {E1K_ITR, E1K_ITR, 0xffffu, 0, false},
    {E1K_EIAC, E1K_EIAC, ICR_MSIX_CAUSES, 0, false},
    {E1K_IAM, E1K_IAM, ALL, 0, false},
    {E1K_IVAR, E1K_IVAR, ALL, 0, false},
    {E1K_EITR, E1K_EITR + 4 * (E1K_VECTORS - 1), 0xffffu, 0, false},
    {E1K_RCTL, E1K_RCTL, ALL, 0, false},
    {0x00170, 0x00170, 0xffffu, 0, false}, /* FCTTV */
    {E1K_TCTL, E1K_TCTL, ALL, 0, false},
    {0x00410, 0x00410, ALL, 0x00602008u, false}, /* TIPG */
    {0x00458, 0x00458, 0xffffu, 0, false},       /* AIT */
    {0x00e00, 0x00e00, ALL, 0x00068302u, false}, /* LEDCTL */
    {0x00f00, 0x00f00, ALL, 0x00000008u, false}, /* EXTCNF_CTRL */
    {0x00f08, 0x00f10, ALL, 0, false},           /* EXTCNF_SIZE, PHY_CTRL */
    {0x01000, 0x01000, ALL, 0x00140014u, true},  /* PBA */
    {0x01008, 0x01008, ALL, 0x00000028u, true},  /* PBS */
    {0x01010, 0x01010, ALL, 0, false},           /* EEMNGCTL */
    {E1K_EEWR, E1K_EEWR, ALL, 0x00000002u, false},
    {0x02160, 0x02160, 0x8000fff8u, 0, false}, /* FCRTL */
    {0x02168, 0x02168, 0x0000fff8u, 0, false}, /* FCRTH */
    {E1K_PSRCTL, E1K_PSRCTL, ALL, 0x00040402u, false},
    {0x02800, 0x02800, 0xfffffff0u, 0, false}, /* RDBAL0 */
    {0x02804, 0x02804, ALL, 0, false},
    {0x02808, 0x02808, 0x000fff80u, 0, false},
    {0x02810, 0x02810, 0xffffu, 0, false},
    {0x02818, 0x02818, 0xffffu, 0, false},
    {E1K_RDTR, E1K_RDTR, 0xffffu, 0, false},
    {0x02828, 0x02828, ALL, 0x00010000u, false},
    {E1K_RADV, E1K_RADV, 0xffffu, 0, false},
    {0x02900, 0x02900, 0xfffffff0u, 0, false}, /* RDBAL1 */
    {0x02904, 0x02904, ALL, 0, false},
    {0x02908, 0x02908, 0x000fff80u, 0, false},
    {0x02910, 0x02910, 0xffffu, 0, false},
    {0x02918, 0x02918, 0xffffu, 0, false},
    {0x02928, 0x02928, ALL, 0x00010000u, false},
    {E1K_RSRPD, E1K_RSRPD, 0xfffu, 0, false},
    {E1K_RAID, E1K_RAID, 0xffffu, 0, false},
    {0x03800, 0x03800, 0xfffffff0u, 0, false}, /* TDBAL0 */
    {0x03804, 0x03804, ALL, 0, false},
    {0x03808, 0x03808, 0x000fff80u, 0, false},
    {0x03810, 0x03810, 0xffffu, 0, false},
    {0x03818, 0x03818, 0xffffu, 0, false},
    {E1K_TIDV, E1K_TIDV, 0xffffu, 0, false},
    {0x03828, 0x03828, ALL, 0, false},
    {E1K_TADV, E1K_TADV, 0xffffu, 0, false},
    {0x03840, 0x03840, 0x780007ffu, 0x00000403u, false},
    {0x03900, 0x03900, 0xfffffff0u, 0, false}, /* TDBAL1 */
    {0x03904, 0x03904, ALL, 0, false},
    {0x03908, 0x03908, 0x000fff80u, 0, false},
    {0x03910, 0x03910, 0xffffu, 0, false},
    {0x03918, 0x03918, 0xffffu, 0, false},
    {0x03928, 0x03928, ALL, 0, false},
    {0x03940, 0x03940, 0x780007ffu, 0x00000403u, false},
    {E1K_RXCSUM, E1K_RXCSUM, ALL, 0x00000300u, false},
    {E1K_RFCTL, E1K_RFCTL, ALL, 0, false},
    {E1K_MTA, E1K_MTA + 0x1fc, ALL, 0, false},
    {E1K_RAL, E1K_RAL + 0x7c, ALL, 0, false},
    {E1K_VFTA, E1K_VFTA + 0x1fc, ALL, 0, false},
    {0x05800, 0x05800, ALL, 0, false}, /* WUC */
    {0x05808, 0x05808, ALL, 0, false}, /* WUFC */
    {0x05810, 0x05810, ALL, 0, false}, /* WUS */
    {E1K_MRQC, E1K_MRQC, ALL, 0, false},
    {0x05820, 0x05820, ALL, 0x10000000u, false}, /* MANC */
    {0x05828, 0x05858, ALL, 0, false},           /* management and wake-up addresses */
    {0x05860, 0x05860, ALL, 0, false},           /* MANC2H */
    {0x05880, 0x0588c, ALL, 0, false},           /* IP6AT */
    {0x05900, 0x05900, ALL, 0, false},           /* WUPL */
    {0x05a00, 0x05a7c, ALL, 0, false},           /* WUPM */
    {0x05b00, 0x05b00, ALL & ~0x06800000u, 0x06800200u,
     false},                                  /* GCR: bits 23, 25, 26 are read only */
    {0x05b30, 0x05b30, 0, 0x20000004u, true}, /* FACTPS */
    {E1K_SWSM, E1K_SWSM, 0x3u, 0x00000001u, false},
    {0x05b54, 0x05b54, 0, 0, true},    /* FWSM: no management firmware */
    {0x05b64, 0x05b64, ALL, 0, false}, /* GCR2 */
    {E1K_RETA, E1K_RETA + 0x7c, ALL, 0, false},
    {E1K_RSSRK, E1K_RSSRK + 0x24, ALL, 0, false},
    {0x0b600, 0x0b630, ALL, 0, false}, /* time sync: no clock runs */
    {0x0b634, 0x0b634, ALL, 0x000088f7u, false},
    {0x0b638, 0x0b638, ALL, 0x00000319u, false},
};

static const struct kind *kind_find(uint32_t addr)
{
    size_t lo = 0, hi = DD_ARRAY_LEN(kinds);

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;

        if (addr > kinds[mid].last) {
            lo = mid + 1;
        } else if (addr < kinds[mid].first) {
            hi = mid;
        } else {
            return &kinds[mid];
        }
    }
    return NULL;
}

void dd_e1k_regs_store(struct dd_e1k *d, uint32_t addr, uint32_t value)
{
    const struct kind *k = kind_find(addr);

    if (k) {
        d->regs[addr / 4] = (d->regs[addr / 4] & ~k->mask) | (value & k->mask);
    }
}

void dd_e1k_regs_reset(struct dd_e1k *d, bool power_on)
{
    for (size_t i = 0; i < DD_ARRAY_LEN(kinds); i++) {
        const struct kind *k = &kinds[i];

        for (uint32_t addr = k->first; (power_on || !k->kept) && addr <= k->last; addr += 4) {
            d->regs[addr / 4] = k->reset;
        }
    }
    memset(&d->regs[E1K_STAT_FIRST / 4], 0, E1K_STAT_LAST - E1K_STAT_FIRST + 4);
}

/* addresses of older parts that the 82574 still answers to */
uint32_t dd_e1k_regs_alias(uint32_t addr)
{
    static const struct {
        uint32_t first, last, to;
    } aliases[] = {
        {0x00040, 0x000bc, E1K_RAL},   {0x00108, 0x00108, E1K_RDTR}, {0x00110, 0x00118, E1K_RDBAL},
        {0x00120, 0x00120, E1K_RDH},   {0x00128, 0x00128, E1K_RDT},  {0x00200, 0x003fc, E1K_MTA},
        {0x00420, 0x00428, E1K_TDBAL}, {0x00430, 0x00430, E1K_TDH},  {0x00438, 0x00438, E1K_TDT},
        {0x00440, 0x00440, E1K_TIDV},  {0x00600, 0x007fc, E1K_VFTA},
    };

    if (addr >= 0x00800) {
        return addr;
    }
    for (size_t i = 0; i < DD_ARRAY_LEN(aliases); i++) {
        if (addr >= aliases[i].first && addr <= aliases[i].last) {
            return aliases[i].to + (addr - aliases[i].first);
        }
    }
    return addr;
}
