/* SPDX-License-Identifier: MIT */
/*
 * Inside src/ram.
 *
 *   ram.c     the memfd, its two mappings, host <-> physical
 *   pages.c   runs of whole pages inside an arena: a bitmap
 *   region.c  what a page is used for: slots of one size, or a run that is one block
 *   block.c   blocks: red zones, fill patterns, quarantine
 *   asan.h    the sanitizer, when the program is linked with it
 *
 * A page number counts pages of the first mapping (what the driver sees), a frame counts pages of
 * the memfd.
 */
#ifndef DD_RAM_RAM_INT_H
#define DD_RAM_RAM_INT_H

#include "base/check.h"
#include "base/list.h"
#include "base/thread.h"
#include "ram/ram.h"

enum dd_arena_kind {
    DD_ARENA_STRAIGHT,
    DD_ARENA_SHUFFLED,
    DD_ARENA_HIGH,
    DD_ARENA_COUNT
};

/* slot sizes of blocks below a page: rising, each a whole number to the page or nearly */
#define DD_SLOT_CLASSES 21

/* A stretch of the first mapping. Free pages are zero bits. */
struct dd_arena {
    uint32_t first, pages;                   /* page numbers [first, first + pages) */
    uint64_t *used;                          /* bit per page */
    uint32_t free_hint;                      /* relative to first; no page below it is free */
    struct dd_list partial[DD_SLOT_CLASSES]; /* slot regions with a free slot */
};

enum dd_slot_state {
    DD_SLOT_FREE,
    DD_SLOT_LIVE,
    DD_SLOT_DYING,
    DD_SLOT_QUARANTINED
};

/* One block's place. In a page of slots, start and size lie inside the page. */
struct dd_slot {
    uint64_t size;  /* bytes the caller asked for */
    uint16_t start; /* offset of the block from the slot's beginning */
    uint8_t state;  /* enum dd_slot_state */
    bool pages;     /* DD_RAM_PAGES: no red zones */
};

/* What [first, first + pages) is used for. slot_bytes 0: one block, slots[0]. */
struct dd_region {
    struct dd_list node; /* in dd_arena.partial while a slot is free, or in dd_ram.spare_regions */
    uint32_t first, pages;
    uint32_t slot_bytes;
    uint16_t slot_class, slot_count, slot_used;
    uint8_t arena;
    struct dd_slot *slots;
};

#define DD_QUARANTINE_BLOCKS 256u
#define DD_QUARANTINE_BYTES  (1u << 20)

struct dd_quarantined {
    struct dd_region *region;
    uint32_t slot;
};

struct dd_ram {
    int fd;
    uint64_t low_bytes, high_bytes;
    char *host;           /* first mapping */
    char *dev;            /* second mapping, linear in the memfd */
    uint32_t pages;       /* of RAM */
    uint32_t *frame_of;   /* page -> frame */
    uint32_t *page_of;    /* frame -> page */
    uint64_t red;         /* red zone pattern, by address modulo 8 */
    uint8_t fresh, freed; /* fill bytes */

    /* guards everything below, and the bitmaps and lists of arenas and regions */
    struct dd_mutex lock;
    struct dd_arena arenas[DD_ARENA_COUNT];
    struct dd_region **region_of;                           /* page -> region or NULL */
    struct dd_quarantined quarantine[DD_QUARANTINE_BLOCKS]; /* a ring */
    unsigned quarantine_first, quarantine_count;
    uint64_t quarantine_bytes;
    uint64_t live_bytes;
};

/* --- pages.c: the caller holds the lock --- */

int dd_arena_init(struct dd_arena *a, uint32_t first, uint32_t pages);
void dd_arena_done(struct dd_arena *a);
/* dd_arena_take - @count free adjacent pages, ending before page number @end. 0, or -ENOSPC */
int dd_arena_take_locked(struct dd_arena *a, uint32_t count, uint32_t end, uint32_t *ret_first);
void dd_arena_put_locked(struct dd_arena *a, uint32_t first, uint32_t count);

/* --- region.c: the caller holds the lock --- */

/* dd_slot_class - smallest class with at least @bytes, or -1 */
int dd_slot_class(uint64_t bytes);
/* dd_region_get - a region of slots of @class with a free one; its index through ret_. NULL: no
 * memory */
struct dd_region *dd_region_get_locked(struct dd_ram *ram, unsigned arena, unsigned slot_class,
                                       uint32_t *ret_slot);
/* dd_region_get_run - a region that is one run of @pages below page number @end */
struct dd_region *dd_region_get_run_locked(struct dd_ram *ram, unsigned arena, uint32_t pages,
                                           uint32_t end);
/* dd_region_put - the slot is free; empty regions go back to their arena */
void dd_region_put_locked(struct dd_ram *ram, struct dd_region *r, uint32_t slot);
void dd_region_free_all(struct dd_ram *ram);

/* --- ram.c --- */

/* dd_ram_page_of_ptr - page number of a host pointer, or UINT32_MAX */
uint32_t dd_ram_page_of_ptr(const struct dd_ram *ram, const void *ptr);
/* dd_ram_dev_page - a page in the second mapping, which no sanitizer watches */
static inline char *dd_ram_dev_page(const struct dd_ram *ram, uint32_t page)
{
    return ram->dev + (uint64_t)ram->frame_of[page] * DD_PAGE_BYTES;
}

#endif
