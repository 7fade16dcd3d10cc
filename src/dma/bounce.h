/* SPDX-License-Identifier: MIT */
/*
 * Bounce pages: straight RAM that the device reaches, lent a page at a time. A bounced byte keeps
 * its page offset, as with a map register, so the shape of a list does not depend on whether it
 * bounced.
 *
 * Pages are taken from RAM in chunks and kept for the next transfer; a few idle chunks are kept,
 * more go back.
 */
#ifndef DD_DMA_BOUNCE_H
#define DD_DMA_BOUNCE_H

#include "base/list.h"
#include "base/thread.h"
#include "ram/ram.h"

struct dd_bounce_pool {
    struct dd_mutex lock; /* guards all of it */
    struct dd_ram *ram;
    uint64_t limit;        /* highest physical byte the device reaches */
    struct dd_list chunks; /* those with a free page first */
    unsigned idle;         /* chunks with all pages free */
    uint64_t taken;
};

struct dd_bounce_chunk;

struct dd_bounce_page {
    struct dd_bounce_chunk *chunk;
    uint8_t *bytes; /* device-side pointer to the page */
    dd_phys phys;
};

void dd_bounce_init(struct dd_bounce_pool *b, struct dd_ram *ram, uint64_t limit);
/* dd_bounce_done - all pages are back */
void dd_bounce_done(struct dd_bounce_pool *b);
/* dd_bounce_take - up to DISPATCH_LEVEL. 0, or -ENOMEM: no RAM at or below the limit */
int dd_bounce_take(struct dd_bounce_pool *b, struct dd_bounce_page *ret_page);
void dd_bounce_put(struct dd_bounce_pool *b, const struct dd_bounce_page *page);

#endif
