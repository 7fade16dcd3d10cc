/* SPDX-License-Identifier: MIT */
/*
 *   flat            [frame]               one of four, where that can be, lies across the end of a
 *                                         page: what is done page by page is then seen with it too
 *   header-split    [Ethernet + IP + TCP headers][payload]
 *   many            [a][b][c]...            1 to 64 pieces, cut anywhere
 *   leading-offset  [unused][unused|frame]  sometimes whole unused MDLs in front
 *   empty-mdls      [][a][][b][]            MDLs of no bytes
 *
 * Each piece is a buffer of its own, so pieces are not adjacent.
 */
#include "run/shape.h"

#include "base/check.h"
#include "nt/blocks.h"
#include "nt/pool.h"

#include <errno.h>
#include <string.h>

#define HEADER_BYTES 54u
#define MAX_PIECES   64u

struct chain {
    struct dd_ram *ram;
    unsigned flags;
    PMDL first, last;
};

static unsigned ram_flags(const struct dd_settings *s)
{
    return s->ram_high_bytes ? DD_RAM_HIGH : 0;
}

/* append an MDL over @len bytes, @before bytes into a new block; data NULL: filled with a pattern
 * nobody should send, as is what lies before them */
static int append_at(struct chain *c, size_t before, const uint8_t *data, size_t len)
{
    uint8_t *block =
        dd_ram_alloc(c->ram, before + len > 0 ? before + len : 1, 1, c->flags, UINT64_MAX);
    PMDL mdl = block ? dd_mdl_new(block + before, (ULONG)len, dd_blocks_host, NULL) : NULL;

    if (!mdl) {
        if (block) {
            dd_ram_free_block(c->ram, block, NULL);
        }
        return -ENOMEM;
    }
    memset(block, 0xee, data ? before : before + len);
    if (data) {
        memcpy(block + before, data, len);
    }
    mdl->Next = NULL;
    if (c->last) {
        c->last->Next = mdl;
    } else {
        c->first = mdl;
    }
    c->last = mdl;
    return 0;
}

static int append(struct chain *c, const uint8_t *data, size_t len)
{
    return append_at(c, 0, data, len);
}

/* RAM blocks that are shorter than a page never cross one, and others begin with one */
static int append_flat(struct chain *c, struct dd_rng *rng, const uint8_t *data, size_t len)
{
    size_t before = 0;

    if (dd_rng_below(rng, 4) == 0 && len >= 2) {
        before = DD_PAGE_BYTES - 1 - (size_t)dd_rng_below(rng, dd_min_u64(len, DD_PAGE_BYTES) - 1);
    }
    return append_at(c, before, data, len);
}

static int append_pieces(struct chain *c, struct dd_rng *rng, const uint8_t *data, size_t len,
                         size_t pieces, bool empties)
{
    size_t at = 0;
    int r = 0;

    while (r == 0 && pieces > 0 && at < len) {
        size_t left = len - at, n = pieces == 1 ? left : 1 + (size_t)dd_rng_below(rng, left);

        if (empties && dd_rng_below(rng, 2) == 0) {
            r = append(c, NULL, 0);
        }
        if (r == 0) {
            r = append(c, data + at, n);
        }
        at += n;
        pieces--;
    }
    if (r == 0 && empties && dd_rng_below(rng, 2) == 0) {
        r = append(c, NULL, 0);
    }
    return r;
}

/* an offset inside the first data MDL, and in one case of four an unused MDL before it */
static int append_behind_offset(struct chain *c, struct dd_rng *rng, const uint8_t *data,
                                size_t len, ULONG *ret_offset)
{
    uint8_t buffer[512];
    size_t before = 1 + (size_t)dd_rng_below(rng, 200), front = 0, head = len < 200 ? len : 200;
    int r = 0;

    if (dd_rng_below(rng, 4) == 0) {
        front = 1 + (size_t)dd_rng_below(rng, 100);
        r = append(c, NULL, front);
    }
    memset(buffer, 0xee, before);
    memcpy(buffer + before, data, head);
    if (r == 0) {
        r = append(c, buffer, before + head);
    }
    if (r == 0 && head < len) {
        r = append(c, data + head, len - head);
    }
    *ret_offset = (ULONG)(front + before);
    return r;
}

int dd_shape_frame(struct dd_ram *ram, const struct dd_settings *s, struct dd_rng *rng,
                   const void *frame, size_t len_bytes, struct dd_shaped *ret_shaped)
{
    struct chain c = {.ram = ram, .flags = ram_flags(s)};
    size_t head = len_bytes < HEADER_BYTES ? len_bytes : HEADER_BYTES;
    const uint8_t *data = frame;
    ULONG offset = 0;
    int r = 0;

    switch (s->mdl) {
    case DD_MDL_FLAT:
        r = append_flat(&c, rng, data, len_bytes);
        break;
    case DD_MDL_HEADER_SPLIT:
        r = append(&c, data, head);
        if (r == 0 && head < len_bytes) {
            r = append(&c, data + head, len_bytes - head);
        }
        break;
    case DD_MDL_MANY:
        r = append_pieces(&c, rng, data, len_bytes, 1 + (size_t)dd_rng_below(rng, MAX_PIECES),
                          false);
        break;
    case DD_MDL_LEADING_OFFSET:
        r = append_behind_offset(&c, rng, data, len_bytes, &offset);
        break;
    case DD_MDL_EMPTY_MDLS:
        r = append_pieces(&c, rng, data, len_bytes, 1 + (size_t)dd_rng_below(rng, 4), true);
        break;
    }
    if (r < 0) {
        dd_shape_free(ram, c.first);
        return r;
    }
    *ret_shaped =
        (struct dd_shaped){.chain = c.first, .data_offset = offset, .data_bytes = len_bytes};
    return 0;
}

void dd_shape_again(PMDL mdl, const void *frame, size_t len_bytes, struct dd_shaped *ret_shaped)
{
    memcpy((char *)mdl->StartVa + mdl->ByteOffset, frame, len_bytes);
    mdl->ByteCount = (ULONG)len_bytes;
    mdl->Next = NULL;
    *ret_shaped = (struct dd_shaped){.chain = mdl, .data_bytes = len_bytes};
}

int dd_shape_flat(struct dd_ram *ram, const struct dd_settings *s, const void *frame,
                  size_t len_bytes, size_t room_bytes, struct dd_shaped *ret_shaped)
{
    struct chain c = {.ram = ram, .flags = ram_flags(s)};
    int r = append(&c, NULL, room_bytes);

    if (r == 0) {
        dd_shape_again(c.first, frame, len_bytes, ret_shaped);
    }
    return r;
}

void dd_shape_free(struct dd_ram *ram, PMDL chain)
{
    while (chain) {
        PMDL next = chain->Next;
        void *block = dd_ram_block(ram, (char *)chain->StartVa + chain->ByteOffset, NULL);

        dd_mdl_free(chain, NULL);
        dd_ram_free_block(ram, block, NULL);
        chain = next;
    }
}
