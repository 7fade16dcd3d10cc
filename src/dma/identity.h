/* SPDX-License-Identifier: MIT */
/*
 * The fast path: frames to elements where a device address is a physical address. No lock, no allocation, no
 * system call; each frame is read once, and a contiguous run costs the same whatever its length.
 *
 *   floor: element written through a pointer that stays in a register; the open element in registers too
 */
#ifndef DD_DMA_IDENTITY_H
#define DD_DMA_IDENTITY_H

#include "dma/core.h"

/* A list being written. The last element is open: kept here, and stored when the next one begins. */
struct dd_ident {
    struct dd_sg_elem *next;       /* where the open element goes */
    const uint8_t *end;            /* of the room, in bytes: need not be a whole number of elements */
    uint64_t addr, addr_end;       /* the open element; addr_end == addr: none */
    uint64_t max;                  /* highest byte the device reaches */
};

static inline void dd_ident_begin(struct dd_ident *i, struct dd_sg_elem *elems, const void *end, uint64_t max)
{
    i->next = elems;
    i->end = end;
    i->addr = i->addr_end = 0;
    i->max = max;
}

static inline bool dd_ident_close(struct dd_ident *i)
{
    struct dd_sg_elem *e = i->next;

    if (__builtin_expect((const uint8_t *)(e + 1) > i->end, 0)) {
        return false;
    }
    e->address = i->addr;
    e->length = (uint32_t)(i->addr_end - i->addr);
    e->reserved = 0;
    i->next = e + 1;
    return true;
}

/* one run of memory; false: no room, out of reach, or too long for one element. @len_bytes > 0 */
static inline bool dd_ident_run(struct dd_ident *i, uint64_t addr, uint64_t len_bytes)
{
    uint64_t end = addr + len_bytes;

    if (__builtin_expect(end - 1 > i->max, 0)) {
        return false;
    }
    if (addr == i->addr_end && end - i->addr <= UINT32_MAX) {
        i->addr_end = end;
        return true;
    }
    if (i->addr != i->addr_end && !dd_ident_close(i)) {
        return false;
    }
    i->addr = addr;
    i->addr_end = end;
    return true;
}

/* @offset_bytes from the start of frames[0]; @len_bytes > 0, below 4 GiB */
static inline bool dd_ident_frames(struct dd_ident *i, const dd_frame *frames, uint64_t offset_bytes,
                                   uint64_t len_bytes)
{
    const dd_frame *f = frames + (offset_bytes >> DD_PAGE_SHIFT);
    uint64_t off = offset_bytes & DD_PAGE_MASK;
    uint64_t n = DD_PAGE_BYTES - off;

    if (n > len_bytes) {
        n = len_bytes;
    }
    if (!dd_ident_run(i, (*f << DD_PAGE_SHIFT) + off, n)) {
        return false;
    }
    for (len_bytes -= n; len_bytes > 0; len_bytes -= n) {
        n = len_bytes < DD_PAGE_BYTES ? len_bytes : DD_PAGE_BYTES;
        if (!dd_ident_run(i, *++f << DD_PAGE_SHIFT, n)) {
            return false;
        }
    }
    return true;
}

/* dd_ident_finish - elements written, or UINT32_MAX: no room */
static inline uint32_t dd_ident_finish(struct dd_ident *i, const struct dd_sg_elem *elems)
{
    if (i->addr != i->addr_end && !dd_ident_close(i)) {
        return UINT32_MAX;
    }
    return (uint32_t)(i->next - elems);
}

#endif
