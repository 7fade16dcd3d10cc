/* SPDX-License-Identifier: MIT */
/*
 * Interrupts. Two steps, so that a register access never needs the time:
 *
 *   eval   causes & masks -> what wants to be told: the line's level, or edges that become messages
 *   fire   throttle, vector masks, bus master -> line_want, msg_out; e1000e.c then tells the host
 *
 * Line: asserted while ICR & IMS is not 0. MSI: a message when a cause is newly set and unmasked.
 * MSI-X: the same, by cause and IVAR, for causes 24:20; OTHER is set when one of the causes behind
 * it is set and unmasked.
 *
 * Reading ICR clears it when an interrupt is asserted (IAM is then applied, with IAME) or when all
 * is masked; else it changes nothing. Bit 31: INTx and MSI, asserted, or anything set while all is
 * masked; MSI-X, anything set.
 */
#include "e1000e.h"

#define THROTTLE_UNIT_NS 256u
#define MSIX_ENTRY_BYTES 16u
#define MSIX_PBA_OFFSET  0x2000u
#define ENTRY_CONTROL    3u

static uint32_t active(const struct dd_e1k *d)
{
    return d->icr & d->ims;
}

/* --- eval --- */

static void eval_other(struct dd_e1k *d)
{
    uint32_t now = active(d) & ICR_OTHER_GROUP;

    if ((now & ~d->other_seen) != 0) {
        d->icr |= ICR_OTHER;
    }
    d->other_seen = now;
}

static void eval_msix(struct dd_e1k *d)
{
    uint32_t now, fresh, ivar = e1k_reg(d, E1K_IVAR);

    eval_other(d);
    now = active(d) & ICR_MSIX_CAUSES;
    fresh = now & ~d->seen;
    d->seen = now;
    for (unsigned i = 0; i < 5; i++) {
        uint32_t cause = ICR_RXQ0 << i, field = ivar >> (4 * i) & 15, vector = field & 7;

        if ((fresh & cause) != 0 && (field & 8) != 0 && vector < E1K_VECTORS) {
            d->vec_pending |= 1u << vector;
            d->vec_causes[vector] |= cause;
        }
    }
    /* acknowledged before its message could go: none goes */
    for (unsigned v = 0; v < E1K_VECTORS; v++) {
        d->vec_causes[v] &= now;
        if (d->vec_causes[v] == 0) {
            d->vec_pending &= ~(1u << v);
        }
    }
}

void dd_e1k_irq_eval_locked(struct dd_e1k *d)
{
    uint32_t now;

    if (d->irq_mode == DD_IRQ_MSIX) {
        eval_msix(d);
        d->work |= d->vec_pending != 0;
        return;
    }
    now = active(d);
    if (d->irq_mode == DD_IRQ_MSI) {
        d->msi_pending = now != 0 && (d->msi_pending || (now & ~d->seen) != 0);
        d->seen = now;
        d->work |= d->msi_pending;
        return;
    }
    if (now == 0 || dd_e1k_pci_intx_off_locked(d)) {
        d->line_want = false;
    } else {
        d->work |= !d->line_want;
    }
}

/* --- fire --- */

/* may @slot assert now? Otherwise the timer is set. First time ever: yes */
static bool throttle(struct dd_e1k *d, unsigned slot, uint32_t interval)
{
    uint64_t due = d->fired_ns[slot] + (uint64_t)interval * THROTTLE_UNIT_NS;

    if (interval != 0 && d->fired_ns[slot] != 0 && d->now_ns < due) {
        if (due < d->at_ns[E1K_T_IRQ]) {
            dd_e1k_arm_locked(d, E1K_T_IRQ, due);
        }
        return false;
    }
    d->fired_ns[slot] = d->now_ns ? d->now_ns : 1;
    dd_e1k_stat_add_locked(d, E1K_IAC, 1);
    return true;
}

/* the message for @vector goes: EIAC and EIAME act */
static void message_sent(struct dd_e1k *d, unsigned vector)
{
    uint32_t causes = d->vec_causes[vector], clear = causes & e1k_reg(d, E1K_EIAC);
    uint32_t ext = e1k_reg(d, E1K_CTRL_EXT);

    d->vec_pending &= ~(1u << vector);
    d->vec_causes[vector] = 0;
    d->msg_out |= 1u << vector;
    d->icr &= ~clear;
    if ((ext & CTRL_EXT_IAME) == 0) {
        d->ims &= ~clear;
    }
    if ((ext & CTRL_EXT_EIAME) != 0) {
        d->ims &= ~(causes & e1k_reg(d, E1K_IAM));
    }
}

static void fire_msix(struct dd_e1k *d)
{
    for (unsigned v = 0; v < E1K_VECTORS; v++) {
        if ((d->vec_pending >> v & 1) == 0) {
            continue;
        }
        if ((d->msix.table[v][ENTRY_CONTROL] & 1) != 0 || dd_e1k_pci_msix_masked_locked(d)) {
            d->msix.pba |= 1u << v;
        } else if (throttle(d, v, e1k_reg(d, E1K_EITR + 4 * v))) {
            d->msix.pba &= ~(1u << v);
            message_sent(d, v);
        }
    }
    dd_e1k_irq_eval_locked(d);
}

void dd_e1k_irq_fire_locked(struct dd_e1k *d)
{
    uint32_t itr = e1k_reg(d, E1K_ITR);

    if (d->asleep || d->removed) {
        return;
    }
    if (d->irq_mode == DD_IRQ_LINE) {
        if (active(d) != 0 && !d->line_want && !dd_e1k_pci_intx_off_locked(d)) {
            d->line_want = throttle(d, 0, itr);
        }
    } else if (!dd_e1k_pci_master_on_locked(d)) {
        return; /* a message is a memory write */
    } else if (d->irq_mode == DD_IRQ_MSI) {
        if (d->msi_pending && throttle(d, 0, itr)) {
            d->msi_pending = false;
            d->msg_out |= 1;
        }
    } else {
        fire_msix(d);
    }
}

/* --- registers --- */

void dd_e1k_irq_raise_locked(struct dd_e1k *d, uint32_t causes)
{
    if (causes != 0) {
        d->icr |= causes & ICR_CAUSES;
        dd_e1k_irq_eval_locked(d);
    }
}

uint32_t dd_e1k_irq_peek_icr_locked(const struct dd_e1k *d)
{
    uint32_t shown = d->irq_mode == DD_IRQ_MSIX || d->ims == 0 ? d->icr : active(d);

    return d->icr | (shown != 0 ? ICR_ASSERTED : 0);
}

static void apply_iam(struct dd_e1k *d)
{
    if ((e1k_reg(d, E1K_CTRL_EXT) & CTRL_EXT_IAME) != 0) {
        d->ims &= ~e1k_reg(d, E1K_IAM);
    }
}

uint32_t dd_e1k_irq_read_icr_locked(struct dd_e1k *d)
{
    uint32_t value = dd_e1k_irq_peek_icr_locked(d);

    if (d->ims == 0 || active(d) != 0) {
        apply_iam(d);
        d->icr = 0;
        dd_e1k_irq_eval_locked(d);
    }
    return value;
}

void dd_e1k_irq_write_icr_locked(struct dd_e1k *d, uint32_t value)
{
    if (d->irq_mode == DD_IRQ_MSIX && (value & ICR_OTHER) != 0) {
        value |= ICR_OTHER_GROUP;
    }
    apply_iam(d);
    d->icr &= ~value;
    dd_e1k_irq_eval_locked(d);
}

void dd_e1k_irq_mask_locked(struct dd_e1k *d, uint32_t set, uint32_t clear)
{
    if ((e1k_reg(d, E1K_CTRL_EXT) & CTRL_EXT_PBA_CLR) != 0) {
        uint32_t ivar = e1k_reg(d, E1K_IVAR), vectors = 0;

        for (unsigned i = 0; i < 5; i++) {
            if ((set & ICR_RXQ0 << i) != 0) {
                vectors |= 1u << (ivar >> (4 * i) & 7);
            }
        }
        dd_e1k_msix_pba_clear_locked(d, vectors);
    }
    d->ims = ((d->ims | set) & ~clear) & IMS_MASK;
    dd_e1k_irq_eval_locked(d);
}

/* --- mode, table --- */

void dd_e1k_irq_reset_locked(struct dd_e1k *d)
{
    d->icr = 0;
    d->ims = 0;
    d->seen = 0;
    d->other_seen = 0;
    d->line_want = false;
    d->msi_pending = false;
    d->vec_pending = 0;
    d->msg_out = 0;
    memset(d->vec_causes, 0, sizeof(d->vec_causes));
    memset(d->fired_ns, 0, sizeof(d->fired_ns));
    d->msix.pba = 0;
}

void dd_e1k_irq_mode_locked(struct dd_e1k *d, enum dd_irq_mode mode, unsigned vectors)
{
    d->irq_mode = mode;
    d->seen = 0;
    d->other_seen = 0;
    d->line_want = false;
    d->msi_pending = false;
    d->vec_pending = 0;
    d->msg_out = 0;
    memset(d->vec_causes, 0, sizeof(d->vec_causes));
    d->msix.pba = 0;
    for (unsigned v = 0; mode == DD_IRQ_MSIX && v < vectors && v < E1K_VECTORS; v++) {
        d->msix.table[v][ENTRY_CONTROL] = 0; /* the platform programmed it */
    }
    dd_e1k_pci_show_mode_locked(d);
    dd_e1k_irq_eval_locked(d);
}

uint32_t dd_e1k_msix_read_locked(const struct dd_e1k *d, uint64_t off)
{
    if (off < E1K_VECTORS * MSIX_ENTRY_BYTES) {
        return d->msix.table[off / MSIX_ENTRY_BYTES][off % MSIX_ENTRY_BYTES / 4];
    }
    return off == MSIX_PBA_OFFSET ? d->msix.pba : 0;
}

void dd_e1k_msix_write_locked(struct dd_e1k *d, uint64_t off, uint32_t value)
{
    unsigned word = (unsigned)(off % MSIX_ENTRY_BYTES / 4);

    if (off >= E1K_VECTORS * MSIX_ENTRY_BYTES) {
        return;
    }
    if (word == 0) {
        value &= ~3u;
    } else if (word == ENTRY_CONTROL) {
        value &= 1;
    }
    d->msix.table[off / MSIX_ENTRY_BYTES][word] = value;
    d->work = true;
}

/* a pending message is dropped */
void dd_e1k_msix_pba_clear_locked(struct dd_e1k *d, uint32_t vectors)
{
    vectors &= d->msix.pba;
    d->msix.pba &= ~vectors;
    d->vec_pending &= ~vectors;
    for (unsigned v = 0; v < E1K_VECTORS; v++) {
        if ((vectors >> v & 1) != 0) {
            d->vec_causes[v] = 0;
        }
    }
}
