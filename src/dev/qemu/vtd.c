/* SPDX-License-Identifier: MIT */
/* The VT-d: on, off, and what a domain asks of it. Tables and queue are in files of their own. */
#include "dev/qemu/vtd.h"

#include "base/check.h"
#include "base/log.h"
#include "dev/qemu/bus.h"
#include "dev/qemu/vtd_queue.h"
#include "dev/qemu/vtd_regs.h"
#include "dev/qemu/vtd_tables.h"

#include <errno.h>
#include <stdlib.h>

#define GSTS_READS 100u
/* looks at the record in one go: a ring that faults for ever must not hold its caller up */
#define MOST_FAULTS_AT_ONCE 4u

struct dd_vtd {
    struct dd_qemu *q;
    struct dd_domain *domain;
    struct dd_domain_mmu mmu;
    struct dd_vtd_tables tables;
    struct dd_vtd_queue queue;
    uint64_t cap;
    atomic_bool stale;          /* something was unmapped that is invalidated with the next flush */
    struct dd_mutex fault_lock; /* guards the fault records */
    _Atomic(uint64_t) faults;
};

static uint64_t get(struct dd_vtd *v, uint64_t reg, unsigned width)
{
    return dd_qemu_read(v->q, DD_VTD_BASE + reg, width);
}

static void set(struct dd_vtd *v, uint64_t reg, unsigned width, uint64_t value)
{
    dd_qemu_write(v->q, DD_VTD_BASE + reg, width, value);
}

/* --- fault records --- */

static bool take_record(struct dd_vtd *v, uint64_t reg, uint64_t *ret_low, uint64_t *ret_high)
{
    uint64_t high = get(v, reg + 8, 8);

    if (!VTD_FAULT_VALID(high) || dd_qemu_dead(v->q)) {
        return false;
    }
    *ret_low = get(v, reg, 8);
    *ret_high = high;
    set(v, reg + 12, 4, VTD_FAULT_CLEAR);
    return !dd_qemu_dead(v->q);
}

static void tell(struct dd_vtd *v, uint64_t low, uint64_t high)
{
    unsigned reason = VTD_FAULT_REASON(high);

    atomic_fetch_add_explicit(&v->faults, 1, memory_order_relaxed);
    if (reason != VTD_REASON_READ && reason != VTD_REASON_WRITE) {
        dd_log(DD_LOG_WARN, "VT-d: fault reason %u at 0x%llx, source %04x", reason,
               (unsigned long long)VTD_FAULT_PAGE(low), (unsigned)(high & 0xFFFF));
    }
    dd_domain_report(v->domain, (dd_iova){VTD_FAULT_PAGE(low)}, DD_PAGE_BYTES,
                     !VTD_FAULT_READ(high));
}

/* every record once; true when there was any */
static bool take_records(struct dd_vtd *v)
{
    bool any = false;

    for (unsigned i = 0; i < VTD_CAP_NFR(v->cap); i++) {
        uint64_t reg = VTD_CAP_FRO(v->cap) + (uint64_t)i * VTD_FAULT_BYTES, low, high;
        bool valid;

        dd_mutex_lock(&v->fault_lock);
        valid = take_record(v, reg, &low, &high);
        dd_mutex_unlock(&v->fault_lock);
        if (valid) {
            tell(v, low, high);
            any = true;
        }
    }
    return any;
}

/* @status: FSTS as read. A fault whose record is valid but not yet cleared hides later ones of the
 * same device, so both are cleared, and looked at again */
static void take_faults(struct dd_vtd *v, uint32_t status)
{
    for (unsigned i = 0; i < MOST_FAULTS_AT_ONCE && !dd_qemu_dead(v->q); i++) {
        if ((status & (VTD_FSTS_PENDING | VTD_FSTS_OVERFLOW)) == 0) {
            return;
        }
        if (!take_records(v) && (status & VTD_FSTS_OVERFLOW) == 0) {
            return;
        }
        set(v, VTD_FSTS, 4, VTD_FSTS_OVERFLOW | VTD_FSTS_PENDING);
        status = (uint32_t)get(v, VTD_FSTS, 4);
    }
}

void dd_vtd_poll(struct dd_vtd *v)
{
    uint32_t status = (uint32_t)get(v, VTD_FSTS, 4);

    if (!dd_qemu_dead(v->q)) {
        take_faults(v, status);
    }
}

/* --- what the domain asks for --- */

static uint64_t drains(const struct dd_vtd *v)
{
    return ((v->cap & VTD_CAP_DWD) != 0 ? VTD_INV_DRAIN_WR : 0) |
           ((v->cap & VTD_CAP_DRD) != 0 ? VTD_INV_DRAIN_RD : 0);
}

/* a descriptor that covers the pages: an aligned block of 2^n of them, or everything */
static void pages_descriptor(const struct dd_vtd *v, uint64_t iova, uint64_t pages,
                             uint64_t *ret_low, uint64_t *ret_high)
{
    uint64_t first = iova >> DD_PAGE_SHIFT, last = first + pages - 1, bits = 0;

    while (first >> bits != last >> bits) {
        bits++;
    }
    *ret_low = VTD_INV_IOTLB | VTD_INV_ID(DD_VTD_DOMAIN_ID) | drains(v);
    if ((v->cap & VTD_CAP_PAGE_INVAL) == 0 || bits > VTD_CAP_MAMV(v->cap)) {
        *ret_low |= VTD_INV_DOMAIN;
        *ret_high = 0;
    } else {
        *ret_low |= VTD_INV_PAGES;
        *ret_high = (first >> bits << bits) << DD_PAGE_SHIFT | bits;
    }
}

static int map_pages(struct dd_vtd *v, uint64_t iova, uint64_t phys, uint64_t pages,
                     uint64_t access)
{
    int r = dd_vtd_tables_map(&v->tables, iova, phys, pages, access);
    uint64_t low, high;

    if (r == 0 && (v->cap & VTD_CAP_CACHING_MODE) != 0) {
        /* nothing to wait for: who tells the device of the address does so behind this */
        pages_descriptor(v, iova, pages, &low, &high);
        dd_vtd_queue_post(&v->queue, low, high);
    }
    return r;
}

static int mmu_map(void *arg, dd_iova iova, dd_phys phys, uint64_t pages, enum dd_dir dir)
{
    uint64_t access = ((dir & DD_DIR_TO_DEVICE) != 0 ? DD_VTD_READ : 0) |
                      ((dir & DD_DIR_FROM_DEVICE) != 0 ? DD_VTD_WRITE : 0);

    return map_pages(arg, iova.v, phys.v, pages, access);
}

static void mmu_unmap(void *arg, dd_iova iova, uint64_t pages, enum dd_unmap_when when)
{
    struct dd_vtd *v = arg;
    uint64_t low, high;

    dd_vtd_tables_unmap(&v->tables, iova.v, pages);
    pages_descriptor(v, iova.v, pages, &low, &high);
    switch (when) {
    case DD_UNMAP_NOW:
        take_faults(v, dd_vtd_queue_run(&v->queue, low, high));
        break;
    case DD_UNMAP_POSTED:
        dd_vtd_queue_post(&v->queue, low, high);
        break;
    case DD_UNMAP_LATER:
        atomic_store(&v->stale, true);
        break;
    }
}

static void mmu_flush(void *arg)
{
    struct dd_vtd *v = arg;
    uint64_t low = VTD_INV_IOTLB | VTD_INV_DOMAIN | drains(v) | VTD_INV_ID(DD_VTD_DOMAIN_ID);

    take_faults(v, atomic_exchange(&v->stale, false) ? dd_vtd_queue_run(&v->queue, low, 0)
                                                     : dd_vtd_queue_wait(&v->queue));
}

int dd_vtd_map_page(struct dd_vtd *v, dd_iova iova_page, uint64_t phys_page)
{
    dd_assert(((iova_page.v | phys_page) & DD_PAGE_MASK) == 0);
    if (dd_vtd_tables_entry(&v->tables, iova_page.v) != 0) {
        return -EEXIST;
    }
    return map_pages(v, iova_page.v, phys_page, 1, DD_VTD_WRITE);
}

struct dd_vtd_stats dd_vtd_get_stats(struct dd_vtd *v)
{
    return (struct dd_vtd_stats){.invalidations = atomic_load(&v->queue.descriptors),
                                 .waits = atomic_load(&v->queue.waits),
                                 .faults = atomic_load(&v->faults),
                                 .table_pages = atomic_load(&v->tables.pages)};
}

/* --- on and off --- */

/* @keep: the lasting bits that stay on; @bit: what is asked for, and shows in GSTS when done */
static int command(struct dd_vtd *v, uint32_t keep, uint32_t bit)
{
    set(v, VTD_GCMD, 4, keep | bit);
    for (unsigned i = 0; i < GSTS_READS && !dd_qemu_dead(v->q); i++) {
        if ((get(v, VTD_GSTS, 4) & (keep | bit)) == (keep | bit)) {
            return 0;
        }
    }
    return -EIO;
}

static int probe(struct dd_vtd *v)
{
    uint64_t ecap = get(v, VTD_ECAP, 8);

    v->cap = get(v, VTD_CAP, 8);
    if (dd_qemu_dead(v->q) || v->cap == UINT64_MAX || v->cap == 0) {
        return -ENODEV;
    }
    if ((v->cap & VTD_CAP_39_BIT) == 0 || (ecap & VTD_ECAP_QUEUE) == 0) {
        return -EOPNOTSUPP;
    }
    return 0;
}

/* no entry of an earlier owner's may be left in its caches */
static int forget_all(struct dd_vtd *v)
{
    (void)dd_vtd_queue_run(&v->queue, VTD_INV_CONTEXT | VTD_INV_GLOBAL, 0);
    (void)dd_vtd_queue_run(&v->queue, VTD_INV_IOTLB | VTD_INV_GLOBAL | drains(v), 0);
    return atomic_load(&v->queue.stopped) || dd_qemu_dead(v->q) ? -EIO : 0;
}

static int turn_on(struct dd_vtd *v)
{
    int r;

    set(v, VTD_IQT, 8, 0);
    set(v, VTD_IQA, 8, v->queue.ring_phys.v);
    r = command(v, 0, VTD_QUEUE);
    if (r == 0) {
        set(v, VTD_RTADDR, 8, v->tables.root.v);
        r = command(v, VTD_QUEUE, VTD_SET_ROOT);
    }
    if (r == 0) {
        r = forget_all(v);
    }
    return r < 0 ? r : command(v, VTD_QUEUE, VTD_TRANSLATE);
}

int dd_vtd_new(struct dd_qemu *q, struct dd_ram *ram, struct dd_domain *domain, unsigned bdf,
               struct dd_vtd **ret_vtd)
{
    struct dd_vtd *v = calloc(1, sizeof(*v));
    int r;

    if (!v) {
        return -ENOMEM;
    }
    v->q = q;
    v->domain = domain;
    dd_mutex_init(&v->fault_lock);
    r = probe(v);
    if (r < 0) {
        goto free_vtd;
    }
    r = dd_vtd_tables_init(&v->tables, ram, bdf);
    if (r < 0) {
        goto free_vtd;
    }
    r = dd_vtd_queue_init(&v->queue, q, ram);
    if (r < 0) {
        goto free_tables;
    }
    r = turn_on(v);
    if (r < 0) {
        goto turn_off;
    }
    v->mmu =
        (struct dd_domain_mmu){.arg = v, .map = mmu_map, .unmap = mmu_unmap, .flush = mmu_flush};
    dd_domain_set_mmu(domain, &v->mmu);
    *ret_vtd = v;
    return 0;

turn_off:
    set(v, VTD_GCMD, 4, 0);
    dd_qemu_flush(q);
    dd_vtd_queue_done(&v->queue);
free_tables:
    dd_vtd_tables_done(&v->tables);
free_vtd:
    dd_mutex_done(&v->fault_lock);
    free(v);
    return r;
}

void dd_vtd_free(struct dd_vtd *v)
{
    if (!v) {
        return;
    }
    dd_vtd_poll(v);
    dd_domain_set_mmu(v->domain, NULL);
    /* the tables go back to RAM: it must not walk them any more */
    set(v, VTD_GCMD, 4, VTD_QUEUE);
    set(v, VTD_GCMD, 4, 0);
    dd_qemu_flush(v->q);
    dd_vtd_queue_done(&v->queue);
    dd_vtd_tables_done(&v->tables);
    dd_mutex_done(&v->fault_lock);
    free(v);
}
