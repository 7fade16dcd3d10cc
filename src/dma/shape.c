/* SPDX-License-Identifier: MIT */
/*
 * How runs of memory become elements (policy sgl):
 *
 *   merge       adjacent to the device and in memory: one element
 *   merge-iova  adjacent to the device: one element, wherever the pages lie
 *   per-page    no element crosses a page
 *   split       a run becomes up to four elements, cut at random bytes
 *
 * An element's length has 32 bits, so no merge goes beyond that. There is no other cap.
 */
#include "dma/build.h"
#include "seam/seam.h"

#include <errno.h>
#include <stdlib.h>

#define SPLIT_MAX 4u
#define OWN_FIRST 8u

/* room for one more element: move to own memory, or make that larger */
static int grow(struct dd_sg_build *b)
{
    uint64_t cap = b->count < OWN_FIRST ? OWN_FIRST : b->count * 2;
    uint8_t *own = malloc(b->header_bytes + cap * sizeof(struct dd_sg_elem));

    if (!own) {
        return -ENOMEM;
    }
    if (b->count > 0) {
        memcpy(own + b->header_bytes, b->elems, b->count * sizeof(struct dd_sg_elem));
    }
    free(b->own);
    b->own = own;
    b->elems = (struct dd_sg_elem *)(void *)(own + b->header_bytes);
    b->cap = cap;
    return 0;
}

static int push(struct dd_sg_build *b, uint64_t address, uint32_t len_bytes)
{
    if (b->count == b->cap) {
        int r = grow(b);

        if (r < 0) {
            return r;
        }
    }
    b->elems[b->count++] = (struct dd_sg_elem){.address = address, .length = len_bytes};
    return 0;
}

static bool merge(struct dd_sg_build *b, uint64_t address, uint64_t phys, uint32_t len_bytes)
{
    struct dd_sg_elem *last;

    if (b->count == 0) {
        return false;
    }
    last = &b->elems[b->count - 1];
    if (last->address + last->length != address || UINT32_MAX - last->length < len_bytes) {
        return false;
    }
    if (b->x->dma->shape == DD_SGL_MERGE && b->phys_end != phys) {
        return false;
    }
    last->length += len_bytes;
    return true;
}

static int emit_pages(struct dd_sg_build *b, uint64_t address, uint32_t len_bytes)
{
    while (len_bytes > 0) {
        uint32_t n = (uint32_t)dd_min_u64(len_bytes, DD_PAGE_BYTES - (address & DD_PAGE_MASK));
        int r = push(b, address, n);

        if (r < 0) {
            return r;
        }
        address += n;
        len_bytes -= n;
    }
    return 0;
}

/* the run's seed picks, a chooser on the seam may shift the pick: either way it repeats */
static uint32_t cut(struct dd_sg_build *b, uint32_t len_bytes)
{
    uint64_t pick = dd_dma_random_below(b->x->dma, len_bytes);

    return 1 + (uint32_t)((pick + dd_seam_choose(DD_CHOICE_SGL_SPLIT, len_bytes)) % len_bytes);
}

static int emit_split(struct dd_sg_build *b, uint64_t address, uint32_t len_bytes)
{
    for (unsigned i = 1; len_bytes > 0; i++) {
        uint32_t n = i == SPLIT_MAX ? len_bytes : cut(b, len_bytes);
        int r = push(b, address, n);

        if (r < 0) {
            return r;
        }
        address += n;
        len_bytes -= n;
    }
    return 0;
}

int dd_shape_emit(struct dd_sg_build *b, uint64_t address, uint64_t phys, uint32_t len_bytes)
{
    bool merged;

    switch (b->x->dma->shape) {
    case DD_SGL_PER_PAGE:
        return emit_pages(b, address, len_bytes);
    case DD_SGL_SPLIT:
        return emit_split(b, address, len_bytes);
    case DD_SGL_MERGE:
    case DD_SGL_MERGE_IOVA:
        break;
    }
    merged = merge(b, address, phys, len_bytes);
    b->phys_end = phys + len_bytes;
    return merged ? 0 : push(b, address, len_bytes);
}
