/* SPDX-License-Identifier: MIT */
/*
 * The emulated VT-d of a QEMU machine, behind a DMA domain.
 *
 *   dd_domain_map    -> page table entries (in RAM that QEMU shares)
 *   dd_domain_unmap  -> entries cleared. strict: a page-selective invalidation, which has been
 *                       carried out when it returns if the device could write there; else it is
 *                       posted, in order with all register accesses. lazy: one for the whole
 *                       domain per batch
 *   fault record     -> dd_domain_report(): explained from the domain's book
 *
 * Three levels, 39 bits, one domain id, one device. The domain keeps the book; this keeps
 * tables. A fault record has the page alone, and there is room for one: more faults between two
 * looks at it are one. It is looked at with each invalidation that is waited for (the register read
 * is what waits), after so many posted ones, by dd_vtd_poll() and at the end. On QEMU 7.2 a
 * register read is 20 to 40 us, a posted invalidation 6.
 *
 *   root[bus] -> context[devfn] -> L3 (512 x 1 GiB) -> L2 (512 x 2 MiB) -> L1 (512 x 4 KiB)
 */
#ifndef DD_DEV_QEMU_VTD_H
#define DD_DEV_QEMU_VTD_H

#include "dev/domain.h"

#define DD_VTD_BASE 0xFED90000ull
/* a device page for interrupt messages that src/dma never hands out: above all that it does, and
 * wider than a 32-bit descriptor field */
#define DD_VTD_DOORBELL_IOVA 0x7000000000ull

struct dd_qemu;
struct dd_vtd;

/**
 * dd_vtd_new - program the tables, turn translation on, and stand behind @domain
 * @q: a machine with `-device intel-iommu,intremap=off`; register access works
 * @ram: shared with the machine, dd_phys is its physical address; the tables come from here
 * @domain: strict or lazy, nothing mapped yet
 * @bdf: of the device: bus << 8 | slot << 3 | function
 *
 * Return: 0; -ENODEV, no VT-d there or dead; -EOPNOTSUPP, it has no 39-bit tables or no queued
 * invalidation; -EIO, it does not do as it is told; -ENOMEM.
 */
int dd_vtd_new(struct dd_qemu *q, struct dd_ram *ram, struct dd_domain *domain, unsigned bdf,
               struct dd_vtd **ret_vtd);
/* dd_vtd_free - NULL is fine. Faults are looked at once more, translation goes off, and the domain
 * is a soft one again. Nothing uses the domain at this time, and the device is no bus master any
 * more, or about to end: what it accessed now would be physical. The machine may be dead */
void dd_vtd_free(struct dd_vtd *vtd);

/**
 * dd_vtd_poll - report the faults that were recorded since
 *
 * One register read when there is none. Any thread but the one that serves the machine; IRQL up to
 * DISPATCH_LEVEL. Call it every 100 ms or so from the device's context. dd_domain_flush() does it
 * too.
 */
void dd_vtd_poll(struct dd_vtd *vtd);

/**
 * dd_vtd_map_page - let the device write to a page that is no RAM: a doorbell for its messages
 * @iova_page, @phys_page: addresses, page aligned. Not in the domain's book
 *
 * Return: 0; -EEXIST; -ENOMEM; -EINVAL, beyond 39 bits.
 */
int dd_vtd_map_page(struct dd_vtd *vtd, dd_iova iova_page, uint64_t phys_page);

struct dd_vtd_stats {
    uint64_t invalidations; /* descriptors, without the waits */
    uint64_t waits;         /* round trips for them */
    uint64_t faults;        /* records read */
    uint64_t table_pages;
};
struct dd_vtd_stats dd_vtd_get_stats(struct dd_vtd *vtd);

#endif
