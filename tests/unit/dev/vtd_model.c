/* SPDX-License-Identifier: MIT */
#include "vtd_model.h"

#include "base/check.h"
#include "base/thread.h"
#include "dev/qemu/bus.h"

#include <stdlib.h>
#include <string.h>

#define BASE        0xFED90000ull
#define CACHE_LINES 4096u

struct line {
    uint64_t page, phys; /* page + 1; 0: empty */
    unsigned rights;
};

static struct vtd_model *machine;
static struct line cache[CACHE_LINES];
static struct dd_mutex lock = DD_MUTEX_INIT;

void vtd_model_init(struct vtd_model *m, struct dd_ram *ram)
{
    memset(cache, 0, sizeof(cache));
    /* 39 bits; record at 0x220; page-selective, one record; masks up to 18 bits; drains */
    *m = (struct vtd_model){.ram = ram, .cap = 0xd2008c22260206, .ecap = 0xf42};
}

void vtd_model_use(struct vtd_model *m)
{
    machine = m;
}

static uint64_t word(struct vtd_model *m, uint64_t phys)
{
    const uint64_t *p = dd_ram_at(m->ram, (dd_phys){phys}, 8);

    dd_assert(p != NULL); /* it would read what is no RAM */
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

bool vtd_model_walk(struct vtd_model *m, unsigned bdf, uint64_t iova, uint64_t *ret_phys,
                    unsigned *ret_rights)
{
    uint64_t e = word(m, (m->root & ~0xFFFull) + bdf / 256 * 16), high;
    unsigned rights = 3;

    if ((e & 1) == 0) {
        return false;
    }
    e = (e & ~0xFFFull) + bdf % 256 * 16;
    high = word(m, e + 8);
    e = word(m, e);
    if ((e & 1) == 0 || (e & 0xC) != 0 || (high & 7) != 1 || (high >> 8 & 0xFFFF) == 0) {
        return false;
    }
    for (int shift = 30; shift >= 12; shift -= 9) {
        e = word(m, (e & 0x7FFFFFF000) + (iova >> shift & 0x1FF) * 8);
        rights &= (unsigned)(e & 3);
        if (rights == 0) {
            return false;
        }
    }
    *ret_phys = (e & 0x7FFFFFF000) | (iova & 0xFFF);
    *ret_rights = rights;
    return true;
}

static void fault(struct vtd_model *m, unsigned bdf, uint64_t iova, bool write)
{
    if (m->fault_high >> 63) {
        m->hidden_faults++; /* same device: compressed away */
        return;
    }
    m->fault_low = iova & ~0xFFFull;
    m->fault_high = 1ull << 63 | (write ? 0 : 1ull << 62) | (uint64_t)(write ? 5 : 6) << 32 | bdf;
    m->fsts |= 2;
}

bool vtd_model_dma(struct vtd_model *m, unsigned bdf, uint64_t iova, bool write, uint64_t *ret_phys)
{
    struct line *l = &cache[(iova >> 12) % CACHE_LINES];
    uint64_t phys;
    unsigned rights;
    bool ok;

    dd_mutex_lock(&lock);
    ok = (m->gsts & 1u << 31) != 0;
    if (ok && l->page != (iova >> 12) + 1) {
        ok = vtd_model_walk(m, bdf, iova, &phys, &rights);
        if (ok) {
            *l = (struct line){(iova >> 12) + 1, phys & ~0xFFFull, rights};
        }
    }
    ok = ok && (l->rights & (write ? 2u : 1u)) != 0;
    if (ok) {
        *ret_phys = l->phys | (iova & 0xFFF);
    } else {
        fault(m, bdf, iova, write);
    }
    dd_mutex_unlock(&lock);
    return ok;
}

/* --- the queue --- */

static void forget(uint64_t first, uint64_t pages)
{
    for (unsigned i = 0; i < CACHE_LINES; i++) {
        if (cache[i].page != 0 && cache[i].page - 1 >= first && cache[i].page - 1 - first < pages) {
            cache[i].page = 0;
        }
    }
}

static void iotlb(struct vtd_model *m, uint64_t low, uint64_t high)
{
    unsigned bits = (unsigned)(high & 0x3F);

    dd_assert((low & 0xFF00) == 0 && low >> 32 == 0);
    switch (low >> 4 & 3) {
    case 1:
        m->global_invals++;
        forget(0, UINT64_MAX);
        break;
    case 2:
        dd_assert((low >> 16 & 0xFFFF) != 0 && high == 0);
        m->domain_invals++;
        forget(0, UINT64_MAX);
        break;
    default:
        dd_assert((low >> 4 & 3) == 3 && (m->cap >> 39 & 1) != 0);
        dd_assert(bits <= (m->cap >> 48 & 0x3F) && (high & 0xFC0) == 0);
        dd_assert((high >> 12 & ((1ull << bits) - 1)) == 0);
        m->page_invals++;
        forget(high >> 12, 1ull << bits);
        break;
    }
}

static void descriptor(struct vtd_model *m, uint64_t low, uint64_t high)
{
    switch (low & 0xF) {
    case 1:
        dd_assert((low >> 4 & 3) == 1);
        break;
    case 2:
        iotlb(m, low, high);
        break;
    default: {
        uint32_t *status = dd_ram_at(m->ram, (dd_phys){high}, 4);

        dd_assert((low & 0xF) == 5 && (low & 0x20) != 0 && status && (high & 3) == 0);
        m->waits++;
        __atomic_store_n(status, (uint32_t)(low >> 32), __ATOMIC_RELEASE);
        break;
    }
    }
}

static void drain(struct vtd_model *m)
{
    uint64_t ring = m->iqa & ~0xFFFull;

    while ((m->gsts & 1u << 26) != 0 && !m->stuck && m->iqh != m->iqt && (m->fsts & 0x10) == 0) {
        uint64_t at = ring + m->iqh;

        if (m->queue_error) {
            m->fsts |= 0x10;
            return;
        }
        descriptor(m, word(m, at), word(m, at + 8));
        /* what was taken is not there any more: taking it again would show */
        *(uint64_t *)dd_ram_at(m->ram, (dd_phys){at}, 8) = 0xE;
        m->iqh = (m->iqh + 16) % 4096;
    }
}

/* --- registers --- */

static uint64_t reg_read(struct vtd_model *m, uint64_t reg, unsigned width)
{
    m->reads++;
    if (m->slow) {
        drain(m);
    }
    switch (reg) {
    case 0x08:
        return m->cap;
    case 0x10:
        return m->ecap;
    case 0x1C:
        return m->gsts;
    case 0x34:
        return m->fsts;
    case 0x220:
        return m->fault_low;
    case 0x228:
        dd_assert(width == 8);
        return m->fault_high;
    default:
        return 0;
    }
}

static void command(struct vtd_model *m, uint32_t value)
{
    if ((value & 1u << 30) != 0) {
        m->root = m->rtaddr;
        m->gsts |= 1u << 30;
    }
    m->gsts = (m->gsts & 1u << 30) | (value & (1u << 31 | 1u << 26));
    if (m->refuse_translate) {
        m->gsts &= ~(1u << 31);
    }
}

static void reg_write(struct vtd_model *m, uint64_t reg, unsigned width, uint64_t value)
{
    switch (reg) {
    case 0x18:
        command(m, (uint32_t)value);
        break;
    case 0x20:
        m->rtaddr = value;
        break;
    case 0x34:
        m->fsts &= ~(uint32_t)(value & 0x11);
        break;
    case 0x88:
        dd_assert(value % 16 == 0 && value < 4096);
        m->tails++;
        m->iqt = value;
        if (!m->slow) {
            drain(m);
        }
        break;
    case 0x90:
        m->iqa = value;
        m->iqh = 0;
        break;
    case 0x22C:
        dd_assert(width == 4);
        if ((value & 1u << 31) != 0) {
            m->fault_high &= ~(1ull << 63);
            m->fsts &= ~2u;
        }
        break;
    default:
        dd_assert(reg == 0); /* a register that nobody may write */
    }
}

uint64_t dd_qemu_read(struct dd_qemu *q, uint64_t phys, unsigned width)
{
    uint64_t value = UINT64_MAX;

    (void)q;
    dd_mutex_lock(&lock);
    if (machine && !machine->dead && phys - BASE < 0x1000) {
        value = reg_read(machine, phys - BASE, width);
    }
    dd_mutex_unlock(&lock);
    return width == 8 ? value : value & ((1ull << width * 8) - 1);
}

void dd_qemu_write(struct dd_qemu *q, uint64_t phys, unsigned width, uint64_t value)
{
    (void)q;
    dd_mutex_lock(&lock);
    if (machine && !machine->dead) {
        dd_assert(phys - BASE < 0x1000);
        reg_write(machine, phys - BASE, width, value);
    }
    dd_mutex_unlock(&lock);
}

void dd_qemu_flush(struct dd_qemu *q)
{
    (void)q;
}

bool dd_qemu_dead(const struct dd_qemu *q)
{
    bool dead;

    (void)q;
    dd_mutex_lock(&lock);
    dead = machine && machine->dead;
    dd_mutex_unlock(&lock);
    return dead;
}
