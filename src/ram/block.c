/* SPDX-License-Identifier: MIT */
/*
 * Blocks. Where a block lies:
 *
 *   below a page:   slot [ red zone >= 16 | block | red zone >= 16 ]      slots never cross a page
 *   a page or more: [ block, page aligned | red zone >= 16 ]              to the end of a page
 *   DD_RAM_PAGES:   [ block | rest of the last page, not checked ]
 *
 * A block that would fill its last page gets one page more for the red zone. What lies before a
 * block of a page or more is the red zone of another one, or unused: a write just before it is seen
 * there, or by the sanitizer. Red zones are written and read through the second mapping, which the
 * sanitizer does not watch.
 */
#include "ram/asan.h"
#include "ram/ram_int.h"

#include <errno.h>
#include <string.h>

#define RED_BYTES 16u
/* a larger block would push everything else out of the quarantine */
#define QUARANTINE_BLOCK_MAX (DD_QUARANTINE_BYTES / 4)

struct place {
    struct dd_region *region;
    uint32_t slot;
};

static char *slot_base(const struct dd_ram *ram, struct place p)
{
    return ram->host + (uint64_t)p.region->first * DD_PAGE_BYTES +
           (uint64_t)p.slot * p.region->slot_bytes;
}

static uint64_t slot_len(struct place p)
{
    return p.region->slot_bytes != 0 ? p.region->slot_bytes
                                     : (uint64_t)p.region->pages * DD_PAGE_BYTES;
}

static struct dd_slot *slot_of(struct place p)
{
    return &p.region->slots[p.slot];
}

/* --- red zones: [from, to) are offsets in one page; to is a multiple of 8 --- */

static uint8_t red_byte(const struct dd_ram *ram, uint64_t offset)
{
    return (uint8_t)(ram->red >> (8 * (offset % 8)));
}

static void red_fill(const struct dd_ram *ram, char *page, uint64_t from, uint64_t to)
{
    for (; from % 8 != 0 && from < to; from++) {
        page[from] = (char)red_byte(ram, from);
    }
    for (; from < to; from += 8) {
        memcpy(page + from, &ram->red, 8);
    }
}

/* offset of the first changed byte, or @to */
static uint64_t red_check(const struct dd_ram *ram, const char *page, uint64_t from, uint64_t to)
{
    uint64_t word;

    for (; from % 8 != 0 && from < to; from++) {
        if ((uint8_t)page[from] != red_byte(ram, from)) {
            return from;
        }
    }
    for (; from < to; from += 8) {
        memcpy(&word, page + from, 8);
        if (word != ram->red) {
            return from + (uint64_t)__builtin_ctzll(word ^ ram->red) / 8;
        }
    }
    return to;
}

/* fill (@check false) or check the bytes [from, to) of a slot; the offset of the first changed
 * byte, or @to */
static uint64_t red_zone(const struct dd_ram *ram, struct place p, uint64_t from, uint64_t to,
                         bool check)
{
    uint64_t base = (uint64_t)(slot_base(ram, p) - ram->host);

    while (from < to) {
        uint64_t at = base + from, in_page = at & DD_PAGE_MASK;
        uint64_t len = dd_min_u64(DD_PAGE_BYTES - in_page, to - from);
        char *page = dd_ram_dev_page(ram, (uint32_t)(at / DD_PAGE_BYTES));

        if (!check) {
            red_fill(ram, page, in_page, in_page + len);
        } else if (red_check(ram, page, in_page, in_page + len) != in_page + len) {
            return from + (red_check(ram, page, in_page, in_page + len) - in_page);
        }
        from += len;
    }
    return to;
}

static int check_zones(const struct dd_ram *ram, struct place p, int64_t *ret_bad_offset)
{
    const struct dd_slot *s = slot_of(p);
    uint64_t end = s->start + s->size, bad;

    if (s->pages) {
        return 0;
    }
    bad = red_zone(ram, p, 0, s->start, true);
    if (bad == s->start) {
        bad = red_zone(ram, p, end, slot_len(p), true);
        if (bad == slot_len(p)) {
            return 0;
        }
    }
    if (ret_bad_offset != NULL) {
        *ret_bad_offset = (int64_t)bad - s->start;
    }
    return -EFAULT;
}

/* --- quarantine: freed blocks wait here before their place is used again --- */

static void evict_oldest_locked(struct dd_ram *ram)
{
    struct dd_quarantined q = ram->quarantine[ram->quarantine_first];

    ram->quarantine_first = (ram->quarantine_first + 1) % DD_QUARANTINE_BLOCKS;
    ram->quarantine_count--;
    ram->quarantine_bytes -= q.region->slots[q.slot].size;
    dd_region_put_locked(ram, q.region, q.slot);
}

static void quarantine_locked(struct dd_ram *ram, struct place p)
{
    struct dd_slot *s = slot_of(p);
    unsigned at;

    if (s->size > QUARANTINE_BLOCK_MAX) {
        dd_region_put_locked(ram, p.region, p.slot);
        return;
    }
    while (ram->quarantine_count == DD_QUARANTINE_BLOCKS ||
           (ram->quarantine_count > 0 && ram->quarantine_bytes + s->size > DD_QUARANTINE_BYTES)) {
        evict_oldest_locked(ram);
    }
    at = (ram->quarantine_first + ram->quarantine_count) % DD_QUARANTINE_BLOCKS;
    ram->quarantine[at] = (struct dd_quarantined){p.region, p.slot};
    ram->quarantine_count++;
    ram->quarantine_bytes += s->size;
    s->state = DD_SLOT_QUARANTINED;
}

/* --- allocation --- */

struct request {
    uint64_t size, align;
    unsigned flags, arena;
    uint32_t end; /* page number the block has to lie below */
};

static bool make_request(const struct dd_ram *ram, struct request *q, size_t size, size_t align,
                         unsigned flags, uint64_t limit)
{
    const struct dd_arena *straight = &ram->arenas[DD_ARENA_STRAIGHT];

    dd_assert(align <= DD_PAGE_BYTES && (align & (align - 1)) == 0);
    if (size == 0 || size > (uint64_t)ram->pages * DD_PAGE_BYTES) {
        return false;
    }
    *q = (struct request){size, align < RED_BYTES ? RED_BYTES : align, flags, DD_ARENA_SHUFFLED,
                          UINT32_MAX};
    if ((flags & DD_RAM_CONTIG) != 0) {
        q->arena = DD_ARENA_STRAIGHT;
        /* a page of the straight arena is the frame of the same number */
        if (limit < DD_PHYS_BASE + DD_PAGE_BYTES - 1) {
            return false;
        }
        if (limit < DD_PHYS_BASE + (uint64_t)straight->pages * DD_PAGE_BYTES - 1) {
            q->end = (uint32_t)((limit + 1 - DD_PHYS_BASE) / DD_PAGE_BYTES);
        }
    } else if ((flags & DD_RAM_HIGH) != 0 && ram->arenas[DD_ARENA_HIGH].pages > 0) {
        q->arena = DD_ARENA_HIGH;
    }
    return true;
}

static struct place place_locked(struct dd_ram *ram, const struct request *q)
{
    bool pages = (q->flags & DD_RAM_PAGES) != 0;
    uint64_t need = q->size + 2 * RED_BYTES + q->align - RED_BYTES;
    uint64_t run = (q->size + (pages ? 0 : RED_BYTES) + DD_PAGE_BYTES - 1) / DD_PAGE_BYTES;
    struct place p = {0};

    if (!pages && q->size < DD_PAGE_BYTES && need <= DD_PAGE_BYTES && q->end == UINT32_MAX) {
        p.region = dd_region_get_locked(ram, q->arena, (unsigned)dd_slot_class(need), &p.slot);
    } else {
        p.region = dd_region_get_run_locked(ram, q->arena, (uint32_t)run, q->end);
    }
    if (p.region != NULL) {
        uint64_t base = (uint64_t)p.slot * p.region->slot_bytes;
        struct dd_slot *s = slot_of(p);

        s->size = q->size;
        s->start = p.region->slot_bytes != 0
                       ? (uint16_t)(dd_align_up(base + RED_BYTES, q->align) - base)
                       : 0;
        s->pages = pages;
        ram->live_bytes += q->size;
    }
    return p;
}

void *dd_ram_alloc(struct dd_ram *ram, size_t size_bytes, size_t align_bytes, unsigned flags,
                   uint64_t limit)
{
    struct request q;
    struct place p;
    struct dd_slot *s;
    char *block;

    if (!make_request(ram, &q, size_bytes, align_bytes, flags, limit)) {
        return NULL;
    }
    dd_mutex_lock(&ram->lock);
    p = place_locked(ram, &q);
    if (p.region == NULL && ram->quarantine_count > 0) {
        while (ram->quarantine_count > 0) {
            evict_oldest_locked(ram);
        }
        p = place_locked(ram, &q);
    }
    dd_mutex_unlock(&ram->lock);
    if (p.region == NULL) {
        return NULL;
    }
    s = slot_of(p);
    block = slot_base(ram, p) + s->start;
    if (!s->pages) {
        red_zone(ram, p, 0, s->start, false);
        red_zone(ram, p, s->start + s->size, slot_len(p), false);
    }
    dd_asan_unpoison(block, s->pages ? slot_len(p) : s->size);
    memset(block, (flags & DD_RAM_ZERO) != 0 ? 0 : ram->fresh, s->size);
    return block;
}

/* --- lookup and freeing --- */

/* the slot @ptr points into; region NULL when it is no live block's slot */
static struct place find_locked(const struct dd_ram *ram, const void *ptr)
{
    uint32_t page = dd_ram_page_of_ptr(ram, ptr);
    struct place p = {0};

    if (page == UINT32_MAX || ram->region_of[page] == NULL) {
        return p;
    }
    p.region = ram->region_of[page];
    if (p.region->slot_bytes != 0) {
        p.slot = (uint32_t)((uintptr_t)ptr & DD_PAGE_MASK) / p.region->slot_bytes;
    }
    if (p.slot >= p.region->slot_count || slot_of(p)->state != DD_SLOT_LIVE) {
        p.region = NULL;
    }
    return p;
}

static struct place find_exact_locked(const struct dd_ram *ram, const void *ptr)
{
    struct place p = find_locked(ram, ptr);

    if (p.region != NULL && slot_base(ram, p) + slot_of(p)->start != (const char *)ptr) {
        p.region = NULL;
    }
    return p;
}

int dd_ram_free_block(struct dd_ram *ram, void *ptr, int64_t *ret_bad_offset)
{
    struct place p;
    uint64_t size;
    int r;

    dd_mutex_lock(&ram->lock);
    p = find_exact_locked(ram, ptr);
    if (p.region != NULL) {
        slot_of(p)->state = DD_SLOT_DYING;
        ram->live_bytes -= slot_of(p)->size;
    }
    dd_mutex_unlock(&ram->lock);
    if (p.region == NULL) {
        return -EINVAL;
    }
    size = slot_of(p)->size;
    r = check_zones(ram, p, ret_bad_offset);
    memset(ptr, ram->freed, size);
    dd_asan_poison(slot_base(ram, p), slot_len(p));
    dd_mutex_lock(&ram->lock);
    quarantine_locked(ram, p);
    dd_mutex_unlock(&ram->lock);
    return r;
}

int dd_ram_check_block(struct dd_ram *ram, const void *ptr, int64_t *ret_bad_offset)
{
    struct place p;
    int r = -EINVAL;

    /* under the lock: the block must not be freed meanwhile */
    dd_mutex_lock(&ram->lock);
    p = find_exact_locked(ram, ptr);
    if (p.region != NULL) {
        r = check_zones(ram, p, ret_bad_offset);
    }
    dd_mutex_unlock(&ram->lock);
    return r;
}

void *dd_ram_block(struct dd_ram *ram, const void *ptr, size_t *ret_size_bytes)
{
    struct place p;
    char *start = NULL;

    dd_mutex_lock(&ram->lock);
    p = find_locked(ram, ptr);
    if (p.region != NULL) {
        start = slot_base(ram, p) + slot_of(p)->start;
        if ((const char *)ptr < start || (const char *)ptr >= start + slot_of(p)->size) {
            start = NULL;
        } else if (ret_size_bytes != NULL) {
            *ret_size_bytes = slot_of(p)->size;
        }
    }
    dd_mutex_unlock(&ram->lock);
    return start;
}
