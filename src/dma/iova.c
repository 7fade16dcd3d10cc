/* SPDX-License-Identifier: MIT */
#include "dma/iova.h"

#include "base/check.h"

#include <errno.h>
#include <stdlib.h>

#define BUSY        (UINT64_MAX - 1)
#define PAGES_TOTAL ((uint32_t)(DD_IOVA_TOP >> DD_PAGE_SHIFT))
#define BASE_PAGE   ((uint32_t)(DD_IOVA_BASE >> DD_PAGE_SHIFT))
/* a device that reaches less than this far into the high window uses the low one */
#define HIGH_MIN_BYTES (64ull << 20)
#define LOW_MIN_BYTES  (16ull << 20)
/* where narrow devices' addresses begin when nothing is left above RAM; page 0 catches zeroed
 * descriptors */
#define NARROW_START 0x10000ull
/* more lists than all CPUs together can have cut from the stretches they have */
#define STRETCH_REST 16384u

#define BLOCK_PAGES (DD_IOVA_STRETCH + 1)
#define BLOCKS      (PAGES_TOTAL / BLOCK_PAGES)

enum kind {
    ALIKE, /* its pages are free since stamp, or were never used: 0. They have no state of their own
            */
    OUT,   /* a stretch */
    PAGED  /* see their state */
};

struct dd_iova_block {
    uint64_t stamp;
    enum kind kind;
};

struct window {
    uint32_t first, end; /* pages */
    unsigned cursor;
};

int dd_iova_space_init(struct dd_iova_space *s, uint64_t ram_end)
{
    /* untouched pages of this array cost address space only */
    s->state = calloc(PAGES_TOTAL, sizeof(*s->state));
    s->blocks = calloc(BLOCKS + 1, sizeof(*s->blocks));
    if (!s->state || !s->blocks) {
        free(s->state);
        free(s->blocks);
        s->state = NULL;
        return -ENOMEM;
    }
    /* far from where single ranges begin */
    s->block_cursor = (BASE_PAGE + (PAGES_TOTAL - BASE_PAGE) / 2) / BLOCK_PAGES;
    dd_mutex_init(&s->lock);
    s->low_start = dd_align_up(ram_end, DD_PAGE_BYTES);
    s->cursor[0] = 0;
    s->cursor[1] = BASE_PAGE;
    s->stamp = 1;
    s->busy_pages = s->early = 0;
    return 0;
}

void dd_iova_space_done(struct dd_iova_space *s)
{
    if (s->state) {
        free(s->state);
        free(s->blocks);
        s->state = NULL;
        dd_mutex_done(&s->lock);
    }
}

static struct window window_high(uint64_t limit)
{
    uint64_t end = dd_min_u64(limit, DD_IOVA_TOP - 1) + 1;

    return (struct window){BASE_PAGE, (uint32_t)(end >> DD_PAGE_SHIFT), 1};
}

static struct window window_low(const struct dd_iova_space *s, uint64_t limit)
{
    uint64_t end = dd_min_u64(limit, DD_IOVA_BASE - 1) + 1;
    uint64_t start = end >= s->low_start + LOW_MIN_BYTES ? s->low_start : NARROW_START;

    return (struct window){(uint32_t)(start >> DD_PAGE_SHIFT), (uint32_t)(end >> DD_PAGE_SHIFT), 0};
}

/* the page after a range in the high window belongs to it and is never mapped */
static uint32_t with_guard(unsigned cursor, uint32_t pages)
{
    return cursor == 1 ? pages + 1 : pages;
}

static bool rested(const struct dd_iova_space *s, uint64_t stamp)
{
    return stamp == 0 || s->stamp >= stamp + DD_IOVA_REST;
}

/* pages [first, first + count) have states from now on; the last page that belongs to a stretch, or
 * UINT32_MAX */
static uint32_t page_blocks(struct dd_iova_space *s, uint32_t first, uint32_t count)
{
    uint32_t out = UINT32_MAX;

    for (uint32_t n = first / BLOCK_PAGES; n <= (first + count - 1) / BLOCK_PAGES; n++) {
        struct dd_iova_block *b = &s->blocks[n];

        if (b->kind == OUT) {
            out = n * BLOCK_PAGES + BLOCK_PAGES - 1;
        } else if (b->kind == ALIKE) {
            for (uint32_t i = 0; b->stamp != 0 && i < BLOCK_PAGES; i++) {
                s->state[n * BLOCK_PAGES + i] = b->stamp;
            }
            b->kind = PAGED;
        }
    }
    return out;
}

/* the highest stamp; BUSY is higher than any */
static uint64_t youngest(const struct dd_iova_space *s, uint32_t first, uint32_t count)
{
    uint64_t last = 0;

    for (uint32_t i = 0; i < count; i++) {
        last = s->state[first + i] > last ? s->state[first + i] : last;
    }
    return last;
}

/* freed not long enough ago */
static bool young(const struct dd_iova_space *s, uint32_t first, uint32_t count)
{
    uint64_t last = youngest(s, first, count); /* none is BUSY */

    return !rested(s, last);
}

/* last busy page of [first, first + count), or UINT32_MAX. From the end, so that a search can jump
 * over everything before it */
static uint32_t last_busy(struct dd_iova_space *s, uint32_t first, uint32_t count)
{
    uint32_t out = page_blocks(s, first, count);

    if (out != UINT32_MAX) {
        return out;
    }
    if (youngest(s, first, count) != BUSY) {
        return UINT32_MAX;
    }
    for (uint32_t i = count; i > 0; i--) {
        if (s->state[first + i - 1] == BUSY) {
            return first + i - 1;
        }
    }
    return UINT32_MAX;
}

/*
 * Next fit: the first gap after the cursor, or UINT32_MAX. Pages after the cursor were freed first,
 * so if this gap has not rested long enough, no other is worth the search.
 */
static uint32_t find_locked(struct dd_iova_space *s, const struct window *w, uint32_t count)
{
    uint32_t start = s->cursor[w->cursor], p;
    bool wrapped = false;

    if (w->end <= w->first || count > w->end - w->first) {
        return UINT32_MAX;
    }
    if (start < w->first || start >= w->end) {
        start = w->first;
    }
    p = start;
    for (;;) {
        uint32_t bad;

        if (p > w->end || count > w->end - p) {
            if (wrapped) {
                return UINT32_MAX;
            }
            wrapped = true;
            p = w->first;
        }
        bad = last_busy(s, p, count);
        if (bad == UINT32_MAX) {
            return p;
        }
        p = bad + 1;
        if (wrapped && p > start) {
            return UINT32_MAX;
        }
    }
}

static void take_locked(struct dd_iova_space *s, const struct window *w, uint32_t first,
                        uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        s->state[first + i] = BUSY;
    }
    s->cursor[w->cursor] = first + count;
    s->busy_pages += count;
    s->stamp++;
}

static int alloc_locked(struct dd_iova_space *s, uint32_t pages, uint64_t limit, dd_iova *ret_iova)
{
    struct window w[2] = {window_high(limit), window_low(s, limit)};
    unsigned n = limit >= DD_IOVA_BASE + HIGH_MIN_BYTES ? 0 : 1, best = 2;
    uint32_t first = UINT32_MAX;
    bool early = true;

    for (; n < 2 && early; n++) {
        uint32_t p = find_locked(s, &w[n], with_guard(w[n].cursor, pages));
        bool too_young = p != UINT32_MAX && young(s, p, with_guard(w[n].cursor, pages));

        if (p != UINT32_MAX && (first == UINT32_MAX || !too_young)) {
            first = p;
            best = n;
            early = too_young;
        }
    }
    if (first != UINT32_MAX) {
        take_locked(s, &w[best], first, with_guard(w[best].cursor, pages));
        s->early += early;
        ret_iova->v = (uint64_t)first << DD_PAGE_SHIFT;
    }
    return first != UINT32_MAX ? 0 : -ENOSPC;
}

int dd_iova_alloc(struct dd_iova_space *s, uint32_t pages, uint64_t limit, dd_iova *ret_iova)
{
    int r;

    dd_assert(pages > 0);
    if (pages >= PAGES_TOTAL) {
        return -ENOSPC;
    }
    dd_mutex_lock(&s->lock);
    r = alloc_locked(s, pages, limit, ret_iova);
    dd_mutex_unlock(&s->lock);
    return r;
}

/* the next block whose pages are free alike and have rested; UINT32_MAX: none */
static uint32_t find_block_locked(struct dd_iova_space *s, const struct window *w)
{
    uint32_t first = (w->first + BLOCK_PAGES - 1) / BLOCK_PAGES, end = w->end / BLOCK_PAGES;
    uint32_t n = s->block_cursor;

    for (uint32_t tried = first; tried < end; tried++, n++) {
        if (n < first || n >= end) {
            n = first;
        }
        if (s->blocks[n].kind == ALIKE && rested(s, s->blocks[n].stamp)) {
            return n;
        }
    }
    return UINT32_MAX;
}

int dd_iova_stretch(struct dd_iova_space *s, uint64_t limit, uint32_t handed, dd_iova *ret_iova)
{
    struct window w = window_high(limit);
    uint32_t n;
    int r = 0;

    dd_mutex_lock(&s->lock);
    s->stamp += handed;
    n = limit >= DD_IOVA_BASE + HIGH_MIN_BYTES ? find_block_locked(s, &w) : UINT32_MAX;
    if (n != UINT32_MAX) {
        s->blocks[n].kind = OUT;
        s->block_cursor = n + 1;
        s->busy_pages += BLOCK_PAGES;
        s->stamp++;
        ret_iova->v = (uint64_t)n * BLOCK_PAGES << DD_PAGE_SHIFT;
    } else {
        r = alloc_locked(s, DD_IOVA_STRETCH, limit, ret_iova);
    }
    dd_mutex_unlock(&s->lock);
    return r;
}

static void give_back(struct dd_iova_space *s, dd_iova iova, uint32_t pages, uint64_t more_rest)
{
    uint32_t first = (uint32_t)(iova.v >> DD_PAGE_SHIFT);
    uint32_t count = with_guard(iova.v >= DD_IOVA_BASE ? 1 : 0, pages);
    uint64_t wrong = 0;

    dd_mutex_lock(&s->lock);
    for (uint32_t i = 0; i < count; i++) {
        wrong |= s->state[first + i] ^ BUSY;
        s->state[first + i] = s->stamp + more_rest;
    }
    dd_assert(wrong == 0);
    s->busy_pages -= count;
    dd_mutex_unlock(&s->lock);
}

void dd_iova_free(struct dd_iova_space *s, dd_iova iova, uint32_t pages)
{
    give_back(s, iova, pages, 0);
}

void dd_iova_free_stretch(struct dd_iova_space *s, dd_iova iova)
{
    struct dd_iova_block *b = &s->blocks[(iova.v >> DD_PAGE_SHIFT) / BLOCK_PAGES];
    bool whole;

    dd_mutex_lock(&s->lock);
    whole = b->kind == OUT;
    if (whole) {
        b->kind = ALIKE;
        b->stamp = s->stamp + STRETCH_REST;
        s->busy_pages -= BLOCK_PAGES;
    }
    dd_mutex_unlock(&s->lock);
    if (!whole) {
        give_back(s, iova, DD_IOVA_STRETCH, STRETCH_REST);
    }
}
