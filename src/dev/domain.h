/* SPDX-License-Identifier: MIT */
/*
 * A DMA domain: what one device may reach. The soft domain is a flat table by device page: host
 * page, first and last byte, direction, owner; one load and two compares for an access, exact to
 * the byte.
 *
 * Each mapping has device pages of its own and keeps its page offset. A freed page remembers its
 * last owner, so that a late access can be told whose it was (src/dma does not reuse a page for
 * 65,536 mappings). With DD_DOMAIN_OFF the domain is the identity (device address = dd_phys) and no
 * byte is checked.
 */
#ifndef DD_DEV_DOMAIN_H
#define DD_DEV_DOMAIN_H

#include "ram/ram.h"
#include "seam/kinds.h"

/* an address a device uses */
typedef struct {
    uint64_t v;
} dd_iova;

#define DD_IOVA_NONE ((dd_iova){UINT64_MAX})
/* translated device addresses lie here, apart from every dd_phys, so that mixing the two faults.
 * With a limit below (24- or 32-bit devices) the space starts lower, still above RAM where it fits.
 */
#define DD_IOVA_BASE 0x80000000ull

enum dd_domain_mode {
    DD_DOMAIN_STRICT, /* unmapped at free */
    DD_DOMAIN_LAZY,   /* pages go stale at free, are really unmapped in batches: late accesses may
                         succeed */
    DD_DOMAIN_OFF,    /* identity, unchecked */
};

enum dd_fault_reason {
    DD_FAULT_UNMAPPED,  /* nothing was ever there */
    DD_FAULT_STALE,     /* a mapping was there and is freed */
    DD_FAULT_BOUNDS,    /* page mapped, byte outside the mapping */
    DD_FAULT_DIRECTION, /* write to a read mapping or the reverse */
    DD_FAULT_NO_RAM,    /* identity domain: no RAM there */
    DD_FAULT_REACH,     /* address wider than the device */
};

struct dd_fault {
    dd_iova iova;         /* first bad byte */
    uint64_t access_iova; /* start of the whole access */
    size_t access_bytes;
    bool write; /* by the device */
    enum dd_fault_reason reason;
    uint64_t owner;    /* number of the mapping missed, exceeded or freed; 0: none known */
    uint64_t map_iova; /* that mapping's first byte and length, when known */
    uint64_t map_bytes;
};

/* owner numbers: the low bit range tells lists from shared memory */
#define DD_OWNER_SHMEM  (1ull << 62)
#define DD_OWNER_COMMON (1ull << 61)

struct dd_domain;
struct slot; /* of one device page */

/* dd_domain_new - 0 or -ENOMEM. @adapter: put into events. @address_bits: of the device, 24..64 */
int dd_domain_new(struct dd_ram *ram, enum dd_domain_mode mode, unsigned address_bits,
                  struct dd_domain **ret_domain);
void dd_domain_free(struct dd_domain *d);
void dd_domain_set_adapter(struct dd_domain *d, const void *adapter);
enum dd_domain_mode dd_domain_get_mode(const struct dd_domain *d);

/**
 * dd_domain_map - let the device reach @len_bytes at @phys through @iova
 * @iova, @phys: same offset in the page
 * @owner: number for fault reports, > 0
 *
 * IRQL: up to DISPATCH_LEVEL. Thread safe against dd_domain_access of other ranges.
 * Return: 0; -EEXIST, a page is mapped; -ENOMEM; -EINVAL, offsets differ. DD_DOMAIN_OFF: 0, nothing
 * done.
 */
int dd_domain_map(struct dd_domain *d, dd_iova iova, dd_phys phys, size_t len_bytes,
                  enum dd_dir dir, uint64_t owner);
/* dd_domain_unmap - exactly a mapped range */
void dd_domain_unmap(struct dd_domain *d, dd_iova iova, size_t len_bytes);
/*
 * For pages that one owner maps and unmaps often, in a strict domain where nobody listens:
 * dd_domain_prepare - whole device pages of the caller's, none mapped, can be mapped without
 * memory. 0 or -ENOMEM
 * dd_ready_leaf - so many pages from @iova on have slots that follow each other
 * dd_ready_slots - of those pages; valid while the domain is
 * dd_ready_map - from the @page-th slot on; @host: RAM through the device-side mapping, with the
 * page offset of the device address dd_ready_unmap - @pages that dd_ready_map() mapped
 */
int dd_domain_prepare(struct dd_domain *d, dd_iova iova, uint32_t pages);
uint32_t dd_ready_leaf(dd_iova iova);
struct slot *dd_ready_slots(struct dd_domain *d, dd_iova iova);
void dd_ready_map(struct slot *slots, uint32_t page, const void *host, uint64_t len_bytes,
                  enum dd_dir dir, uint64_t owner);
void dd_ready_unmap(struct slot *slots, uint32_t page, uint32_t pages);
/* dd_domain_flush - DD_DOMAIN_LAZY: really unmap what was freed */
void dd_domain_flush(struct dd_domain *d);

/**
 * dd_domain_access - a soft device reads (@write false) or writes RAM by device address
 *
 * Bytes before a fault are transferred, bytes after it are not (reads give zeros). A fault is
 * counted and reported as DD_EV_DEV_FAULT. Return: 0 or -EFAULT.
 */
int dd_domain_access(struct dd_domain *d, dd_iova iova, void *buf, size_t len_bytes, bool write);

uint64_t dd_domain_faults(const struct dd_domain *d);
/* live mapped ranges (0 at the end of a run) */
uint64_t dd_domain_live(const struct dd_domain *d);

#endif
