/* SPDX-License-Identifier: MIT */
/*
 * Runs of pages inside an arena. First fit, so that a run of the program touches few pages; that
 * freed memory is not used again at once is the quarantine's work.
 */
#include "ram/ram_int.h"

#include <errno.h>
#include <stdlib.h>

int dd_arena_init(struct dd_arena *a, uint32_t first, uint32_t pages)
{
    a->first = first;
    a->pages = pages;
    a->free_hint = 0;
    for (unsigned i = 0; i < DD_SLOT_CLASSES; i++) {
        dd_list_init(&a->partial[i]);
    }
    a->used = calloc((size_t)pages / 64 + 1, sizeof(*a->used));
    return a->used != NULL ? 0 : -ENOMEM;
}

void dd_arena_done(struct dd_arena *a)
{
    free(a->used);
    a->used = NULL;
}

/* first page >= @at whose bit is @set, or @end */
static uint32_t find_bit(const struct dd_arena *a, uint32_t at, uint32_t end, bool set)
{
    while (at < end) {
        uint64_t word = a->used[at / 64];

        word = (set ? word : ~word) & (UINT64_MAX << (at % 64));
        if (word != 0) {
            uint32_t found = (at & ~63u) + (uint32_t)__builtin_ctzll(word);

            return found < end ? found : end;
        }
        at = (at & ~63u) + 64;
    }
    return end;
}

/* a free run of @count inside [from, to), or UINT32_MAX */
static uint32_t find_run(const struct dd_arena *a, uint32_t from, uint32_t to, uint32_t count)
{
    while (from < to && to - from >= count) {
        uint32_t first = find_bit(a, from, to, false);
        uint32_t last;

        if (to - first < count) {
            break;
        }
        last = find_bit(a, first, first + count, true);
        if (last == first + count) {
            return first;
        }
        from = last;
    }
    return UINT32_MAX;
}

int dd_arena_take_locked(struct dd_arena *a, uint32_t count, uint32_t end, uint32_t *ret_first)
{
    uint32_t to, at;

    if (count == 0 || end <= a->first) {
        return -ENOSPC;
    }
    to = end - a->first < a->pages ? end - a->first : a->pages;
    at = find_run(a, a->free_hint, to, count);
    if (at == UINT32_MAX) {
        return -ENOSPC;
    }
    for (uint32_t i = at; i < at + count; i++) {
        a->used[i / 64] |= 1ull << (i % 64);
    }
    if (at == a->free_hint) {
        a->free_hint = at + count;
    }
    *ret_first = a->first + at;
    return 0;
}

void dd_arena_put_locked(struct dd_arena *a, uint32_t first, uint32_t count)
{
    if (first - a->first < a->free_hint) {
        a->free_hint = first - a->first;
    }
    for (uint32_t i = first - a->first; i < first - a->first + count; i++) {
        dd_assert((a->used[i / 64] >> (i % 64) & 1) == 1);
        a->used[i / 64] &= ~(1ull << (i % 64));
    }
}
