/* SPDX-License-Identifier: MIT */
/*
 * The fast path: frames to elements where a device address is a physical address. No lock, no
 * allocation, no system call; each frame is read once, and a contiguous run costs the same whatever
 * its length.
 *
 * The state of a list being written is its last element and the byte after it: two registers.
 * Whoever calls keeps them, so that nothing of it goes through memory.
 */
#ifndef DD_DMA_IDENTITY_H
#define DD_DMA_IDENTITY_H

#include "dma/core.h"

/* what does not change while a list is written */
struct dd_ident {
    const void *room_last; /* highest place an element fits at */
    uint64_t max_end;      /* byte after the last one the device reaches */
};

/* dd_ident_room - the room ends @len_bytes after @start; it need not be a whole number of elements,
 * nor hold one */
static inline const void *dd_ident_room(const void *start, size_t len_bytes)
{
    return (const void *)((uintptr_t)start + len_bytes - sizeof(struct dd_sg_elem));
}

/**
 * dd_ident_run - add one run of memory
 * @last: last element, or the place before the first
 * @end: byte after it; 0 at the beginning
 * @len_bytes: > 0, below 4 GiB
 *
 * Return: the last element now; NULL, no room or out of reach.
 */
static inline struct dd_sg_elem *dd_ident_run(const struct dd_ident *i, struct dd_sg_elem *last,
                                              uint64_t end, uint64_t addr, uint32_t len_bytes)
{
    if (__builtin_expect(addr + len_bytes > i->max_end, 0)) {
        return NULL;
    }
    if (addr == end && !dd_add_overflows(last->length, len_bytes, &last->length)) {
        return last;
    }
    if (addr == end) {
        last->length -= len_bytes; /* too long for one element: as it was */
    }
    last++;
    if (__builtin_expect((const void *)last > i->room_last, 0)) {
        return NULL;
    }
    last->address = addr;
    last->length = len_bytes;
    last->reserved = 0;
    return last;
}

/* dd_ident_frames - the same for frames that need not be adjacent. @offset_bytes from the start of
 * frames[0]. *ret_end: byte after the last element */
struct dd_sg_elem *dd_ident_frames(const struct dd_ident *i, struct dd_sg_elem *last, uint64_t end,
                                   const dd_frame *frames, uint64_t offset_bytes,
                                   uint32_t len_bytes, uint64_t *ret_end);

#endif
