/* SPDX-License-Identifier: MIT */
#include "dma/bounce.h"

#include "base/check.h"

#include <errno.h>
#include <stdlib.h>

#define CHUNK_PAGES 16u
#define IDLE_MAX    4u

struct dd_bounce_chunk {
    struct dd_list node;
    uint32_t free_mask, all_mask;
    uint8_t *host;  /* what dd_ram_alloc gave */
    uint8_t *bytes; /* the same through the device-side mapping */
    dd_phys phys;
};

void dd_bounce_init(struct dd_bounce_pool *b, struct dd_ram *ram, uint64_t limit)
{
    dd_mutex_init(&b->lock);
    b->ram = ram;
    b->limit = limit;
    dd_list_init(&b->chunks);
    b->idle = 0;
    b->taken = 0;
}

static void chunk_free_locked(struct dd_bounce_pool *b, struct dd_bounce_chunk *c)
{
    dd_list_remove(&c->node);
    dd_ram_free_block(b->ram, c->host, NULL);
    free(c);
}

void dd_bounce_done(struct dd_bounce_pool *b)
{
    dd_assert(b->taken == 0);
    while (!dd_list_empty(&b->chunks)) {
        chunk_free_locked(b, DD_LIST_ENTRY(b->chunks.next, struct dd_bounce_chunk, node));
    }
    dd_mutex_done(&b->lock);
}

static struct dd_bounce_chunk *chunk_new(struct dd_bounce_pool *b, unsigned pages)
{
    struct dd_bounce_chunk *c = malloc(sizeof(*c));
    size_t size = (size_t)pages * DD_PAGE_BYTES;

    if (!c) {
        return NULL;
    }
    c->host = dd_ram_alloc(b->ram, size, DD_PAGE_BYTES, DD_RAM_CONTIG | DD_RAM_PAGES, b->limit);
    if (!c->host) {
        free(c);
        return NULL;
    }
    c->phys = dd_ram_phys(b->ram, c->host);
    c->bytes = dd_ram_at(b->ram, c->phys, size);
    c->all_mask = c->free_mask = (uint32_t)((1ull << pages) - 1);
    return c;
}

static struct dd_bounce_chunk *chunk_grow_locked(struct dd_bounce_pool *b)
{
    struct dd_bounce_chunk *c = chunk_new(b, CHUNK_PAGES);

    if (!c) {
        c = chunk_new(b, 1);
    }
    if (c) {
        dd_list_push(&b->chunks, &c->node);
        b->idle++;
    }
    return c;
}

int dd_bounce_take(struct dd_bounce_pool *b, struct dd_bounce_page *ret_page)
{
    struct dd_bounce_chunk *c;
    unsigned i;
    int r = -ENOMEM;

    dd_mutex_lock(&b->lock);
    c = DD_LIST_ENTRY(b->chunks.next, struct dd_bounce_chunk, node);
    if (dd_list_empty(&b->chunks) || c->free_mask == 0) {
        c = chunk_grow_locked(b);
    }
    if (c) {
        i = (unsigned)__builtin_ctz(c->free_mask);
        b->idle -= c->free_mask == c->all_mask;
        c->free_mask &= ~(1u << i);
        b->taken++;
        if (c->free_mask == 0) {
            dd_list_remove(&c->node);
            dd_list_append(&b->chunks, &c->node);
        }
        ret_page->chunk = c;
        ret_page->bytes = c->bytes + (size_t)i * DD_PAGE_BYTES;
        ret_page->phys.v = c->phys.v + (uint64_t)i * DD_PAGE_BYTES;
        r = 0;
    }
    dd_mutex_unlock(&b->lock);
    return r;
}

void dd_bounce_put(struct dd_bounce_pool *b, const struct dd_bounce_page *page)
{
    struct dd_bounce_chunk *c = page->chunk;
    uint32_t bit = 1u << ((page->phys.v - c->phys.v) >> DD_PAGE_SHIFT);

    dd_mutex_lock(&b->lock);
    dd_assert((c->free_mask & bit) == 0);
    if (c->free_mask == 0) {
        dd_list_remove(&c->node);
        dd_list_push(&b->chunks, &c->node);
    }
    c->free_mask |= bit;
    b->taken--;
    if (c->free_mask == c->all_mask) {
        if (b->idle < IDLE_MAX) {
            b->idle++;
        } else {
            chunk_free_locked(b, c);
        }
    }
    dd_mutex_unlock(&b->lock);
}
