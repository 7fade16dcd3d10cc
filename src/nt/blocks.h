/* SPDX-License-Identifier: MIT */
/*
 * The table of blocks that drivers hold: pool memory, contiguous memory, MDLs. It lives in the
 * runtime's own memory, keyed by address, so that a driver that writes past a block cannot change
 * it. Sharded: a lock guards one shard. The last blocks freed are remembered, so that a second free
 * is told from a wild pointer.
 */
#ifndef DD_NT_BLOCKS_H
#define DD_NT_BLOCKS_H

#include "seam/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dd_block_source {
    DD_BLOCK_POOL,
    DD_BLOCK_CONTIGUOUS,
    DD_BLOCK_MDL,
    DD_BLOCK_SOURCES
};

struct dd_block {
    void *ptr;
    uint64_t size_bytes;
    const void *owner;
    const void *site;
    uint64_t number; /* in order of allocation */
    uint32_t tag;
    uint8_t source; /* enum dd_block_source */
    uint8_t kind;   /* enum dd_leak */
    bool paged;     /* pool: PagedPool was asked for */
};

/* dd_blocks_add - remember *@b; number is filled in. 0, or -ENOMEM. Any IRQL, any thread */
int dd_blocks_add(const struct dd_block *b);

/* dd_blocks_take - forget the block at @ptr when it is of @source. True: it was there, *@ret_block
 * is it */
bool dd_blocks_take(enum dd_block_source source, const void *ptr, struct dd_block *ret_block);

/* dd_blocks_find - look only */
bool dd_blocks_find(enum dd_block_source source, const void *ptr, struct dd_block *ret_block);

/* dd_blocks_was_freed - @ptr was a block of @source not long ago */
bool dd_blocks_was_freed(enum dd_block_source source, const void *ptr, struct dd_block *ret_block);

/* owner of what the host side makes: a driver that loses it (a send, say) has not leaked it */
extern const char dd_blocks_host[];

/* dd_blocks_take_all - forget all blocks of @source and @owner (NULL: all owners but
 * dd_blocks_host). An array in order of allocation, the caller frees it; NULL and *ret_count 0 when
 * there are none (or no memory) */
struct dd_block *dd_blocks_take_all(enum dd_block_source source, const void *owner,
                                    size_t *ret_count);

/* dd_blocks_bytes - the sizes of the live blocks of @source together */
uint64_t dd_blocks_bytes(enum dd_block_source source);

#endif
