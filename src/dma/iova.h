/* SPDX-License-Identifier: MIT */
/*
 * The device addresses of one device.
 *
 *   page 0 .. RAM end | low window ............ | high window ............... | interrupt messages
 *                     ^ narrow devices          ^ DD_IOVA_BASE                ^ DD_IOVA_TOP
 *
 * Pages are handed out next-fit, so the address space goes round: a freed page is used again only
 * when the cursor comes back to it, and not before 65,536 other ranges were handed out, so that a
 * late access by the device can be told whose it was. Where the space is too small for that (24-bit
 * devices), the oldest go first and the reuse is counted. In the high window an unused page follows
 * every range: an access that runs over its end meets a page of nobody, not the neighbour's.
 */
#ifndef DD_DMA_IOVA_H
#define DD_DMA_IOVA_H

#include "base/thread.h"
#include "dev/domain.h"

/* x86 puts interrupt messages at 0xFEE00000: an IOMMU does not translate there */
#define DD_IOVA_TOP 0xFEE00000ull
/* ranges handed out before a freed page may come again */
#define DD_IOVA_REST 65536u

/* pages of a stretch: with the page of nobody that follows it, a block of the table */
#define DD_IOVA_STRETCH 511u

struct dd_iova_block;

struct dd_iova_space {
    struct dd_mutex lock; /* guards all of it */
    uint64_t *state;      /* by page: 0 never used, DD_IOVA_BUSY, else the stamp of its freeing */
    struct dd_iova_block *blocks; /* what all pages of a block have in common, while they have */
    uint32_t block_cursor;
    uint64_t low_start; /* first byte of the low window */
    uint32_t cursor[2]; /* low, high: where the next search begins */
    uint64_t stamp;     /* ranges handed out, plus one */
    uint64_t busy_pages;
    uint64_t early; /* ranges reused before their rest */
};

/* dd_iova_space_init - @ram_end: first address that is no RAM below 4 GiB. 0 or -ENOMEM */
int dd_iova_space_init(struct dd_iova_space *s, uint64_t ram_end);
void dd_iova_space_done(struct dd_iova_space *s);

/**
 * dd_iova_alloc - reserve device pages
 * @pages: > 0
 * @limit: highest usable address, inclusive (a 32-bit device: 0xffffffff)
 * @ret_iova: first byte of the first page; written only on success
 *
 * IRQL: up to DISPATCH_LEVEL; takes the lock, never sleeps.
 * Return: 0; -ENOSPC, no gap at or below @limit.
 * Ownership: given back with dd_iova_free() and the same number of pages.
 */
int dd_iova_alloc(struct dd_iova_space *s, uint32_t pages, uint64_t limit, dd_iova *ret_iova);
void dd_iova_free(struct dd_iova_space *s, dd_iova iova, uint32_t pages);

/*
 * A stretch of DD_IOVA_STRETCH pages is cut into ranges by the CPU that has it, and goes back as a
 * whole. It is a block whose pages are all free alike, which is a look at one word; only where
 * there is none left its pages are searched for as others are.
 *
 * dd_iova_stretch - as dd_iova_alloc(). @handed: lists made of the stretch the same CPU had before:
 * from now on they count as ranges handed out
 * dd_iova_free_stretch - those that other CPUs cut at this moment are told later, some of them were
 * cut before: its pages rest for so many more
 */
int dd_iova_stretch(struct dd_iova_space *s, uint64_t limit, uint32_t handed, dd_iova *ret_iova);
void dd_iova_free_stretch(struct dd_iova_space *s, dd_iova iova);

#endif
