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
 *
 * A device outside the process is held by translation hardware behind the domain (struct
 * dd_domain_mmu): the table stays the book of who owns which page, and what the hardware refused,
 * page by page, is explained from it.
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
    DD_FAULT_REVOKED,   /* dd_domain_revoke() took the mapping away */
};

struct dd_fault {
    bool by_page; /* told by hardware: iova and access_iova are the page, access_bytes its size */
    dd_iova iova; /* first bad byte */
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
/* dd_domain_flush - DD_DOMAIN_LAZY: really unmap what was freed. With hardware behind the domain
 * all faults it has recorded are reported when this returns */
void dd_domain_flush(struct dd_domain *d);

enum dd_unmap_when {
    DD_UNMAP_NOW,    /* the hardware has forgotten the pages when unmap() returns */
    DD_UNMAP_POSTED, /* it has before any register access that follows reaches the device */
    DD_UNMAP_LATER,  /* it has after flush() */
};

/*
 * Translation hardware. A strict domain unmaps NOW what the device may write, since the memory is
 * used for something else right after. What the device only reads is unmapped POSTED: whatever
 * makes it read again comes behind that on the same bus. Calls come from any thread at up to
 * DISPATCH_LEVEL; those for the same pages one after the other. The hardware reports with
 * dd_domain_report(), from within its functions too.
 */
struct dd_domain_mmu {
    void *arg;
    /* device pages from @iova on reach RAM from @phys on. 0; -ENOMEM; -EINVAL, too wide an address:
     * then nothing is mapped */
    int (*map)(void *arg, dd_iova iova, dd_phys phys, uint64_t pages, enum dd_dir dir);
    /* they reach nothing, as soon as @when says */
    void (*unmap)(void *arg, dd_iova iova, uint64_t pages, enum dd_unmap_when when);
    /* the hardware has forgotten everything that was unmapped, and reported what it refused */
    void (*flush)(void *arg);
};

/* dd_domain_set_mmu - while nothing is mapped and no thread uses @d; NULL: none. No effect with
 * DD_DOMAIN_OFF. @mmu outlives its use */
void dd_domain_set_mmu(struct dd_domain *d, const struct dd_domain_mmu *mmu);
bool dd_domain_has_mmu(const struct dd_domain *d);

/**
 * dd_domain_report - hardware refused an access: count it, and say why from the book
 * @iova, @len_bytes: as far as the hardware knows; page aligned, whole pages
 *
 * The page after a mapping belongs to nobody (src/dma leaves one), so an access there has run over
 * the end of the mapping before it. A hardware fault inside a page that the book lets the device
 * use met a mapping that was on its way out.
 *
 * IRQL: up to DISPATCH_LEVEL.
 */
void dd_domain_report(struct dd_domain *d, dd_iova iova, size_t len_bytes, bool write);

/**
 * dd_domain_revoke - fault injection: take a live mapping away from under the device
 * @owner: of the mapping (all its ranges); 0: the shared memory that was mapped first, as a rule a
 * driver's first descriptor ring
 * @ret_iova: its first page; may be NULL
 *
 * Its owner unmaps it later as ever. Accesses until then are DD_FAULT_REVOKED, which is no finding.
 * IRQL: up to DISPATCH_LEVEL; the mapping's owner does not unmap it meanwhile (a driver that
 * halts). Return: how many pages were taken; 0, none is live, or DD_DOMAIN_OFF.
 */
uint64_t dd_domain_revoke(struct dd_domain *d, uint64_t owner, dd_iova *ret_iova);

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
