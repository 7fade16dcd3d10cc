/* SPDX-License-Identifier: MIT */
#include "ram/ram_int.h"

#include <stdlib.h>

/* slots hold the block, 16 bytes of red zone at least on each side, and what alignment costs */
static const uint16_t slot_sizes[DD_SLOT_CLASSES] = {
    48,  64,  80,  96,  112, 128, 160,  192,  224,  256,  320,
    368, 448, 512, 576, 672, 816, 1008, 1360, 2048, 4096,
};

int dd_slot_class(uint64_t bytes)
{
    for (int i = 0; i < DD_SLOT_CLASSES; i++) {
        if (bytes <= slot_sizes[i]) {
            return i;
        }
    }
    return -1;
}

/* a region on @pages new pages, known to region_of; one allocation with its @slots */
static struct dd_region *region_new(struct dd_ram *ram, unsigned arena, uint32_t pages,
                                    uint32_t end, uint32_t slots)
{
    struct dd_region *r = calloc(1, sizeof(*r) + slots * sizeof(*r->slots));

    if (r == NULL) {
        return NULL;
    }
    if (dd_arena_take_locked(&ram->arenas[arena], pages, end, &r->first) < 0) {
        free(r);
        return NULL;
    }
    r->pages = pages;
    r->arena = (uint8_t)arena;
    r->slot_count = (uint16_t)slots;
    r->slots = (struct dd_slot *)(r + 1);
    dd_list_init(&r->node);
    for (uint32_t i = 0; i < pages; i++) {
        ram->region_of[r->first + i] = r;
    }
    return r;
}

static void region_free(struct dd_ram *ram, struct dd_region *r)
{
    for (uint32_t i = 0; i < r->pages; i++) {
        ram->region_of[r->first + i] = NULL;
    }
    dd_list_remove(&r->node);
    dd_arena_put_locked(&ram->arenas[r->arena], r->first, r->pages);
    free(r);
}

struct dd_region *dd_region_get_locked(struct dd_ram *ram, unsigned arena, unsigned slot_class,
                                       uint32_t *ret_slot)
{
    struct dd_list *partial = &ram->arenas[arena].partial[slot_class];
    struct dd_region *r;
    uint32_t slot = 0;

    if (!dd_list_empty(partial)) {
        r = DD_LIST_ENTRY(partial->next, struct dd_region, node);
    } else {
        uint32_t bytes = slot_sizes[slot_class];

        r = region_new(ram, arena, 1, UINT32_MAX, DD_PAGE_BYTES / bytes);
        if (r == NULL) {
            return NULL;
        }
        r->slot_bytes = bytes;
        r->slot_class = (uint16_t)slot_class;
        dd_list_append(partial, &r->node);
    }
    while (r->slots[slot].state != DD_SLOT_FREE) {
        slot++;
    }
    r->slots[slot].state = DD_SLOT_LIVE;
    if (++r->slot_used == r->slot_count) {
        dd_list_remove(&r->node);
    }
    *ret_slot = slot;
    return r;
}

struct dd_region *dd_region_get_run_locked(struct dd_ram *ram, unsigned arena, uint32_t pages,
                                           uint32_t end)
{
    struct dd_region *r = region_new(ram, arena, pages, end, 1);

    if (r != NULL) {
        r->slots[0].state = DD_SLOT_LIVE;
        r->slot_used = 1;
    }
    return r;
}

void dd_region_put_locked(struct dd_ram *ram, struct dd_region *r, uint32_t slot)
{
    dd_assert(r->slots[slot].state != DD_SLOT_FREE);
    r->slots[slot].state = DD_SLOT_FREE;
    if (--r->slot_used == 0) {
        region_free(ram, r);
    } else if (dd_list_empty(&r->node)) {
        dd_list_append(&ram->arenas[r->arena].partial[r->slot_class], &r->node);
    }
}

void dd_region_free_all(struct dd_ram *ram)
{
    if (ram->region_of == NULL) {
        return;
    }
    for (uint32_t page = 0; page < ram->pages; page++) {
        if (ram->region_of[page] != NULL) {
            region_free(ram, ram->region_of[page]);
        }
    }
}
