/* SPDX-License-Identifier: MIT */
/*
 * Checked runs: whose pointer is it that the driver gives back? A list is looked up by its address
 * before a byte of it is read. Lists freed lately are remembered, and memory of ours rests before
 * it is used again: so freeing twice is told from freeing something unknown, and reading a freed
 * list finds a pattern.
 */
#include "hal/hal_int.h"
#include "ram/asan.h"

#include <stdlib.h>

#define REMEMBERED 4096u
#define RESTING    256u
#define FREED_FILL 0xDD

struct dd_hal_graveyard {
    struct dd_map numbers; /* list address -> its number, as a pointer */
    uint64_t ring[REMEMBERED], ring_number[REMEMBERED];
    unsigned next;
    struct {
        uint8_t *memory;
        size_t len_bytes;
    } rest[RESTING];
    unsigned rest_next;
};

struct dd_hal_graveyard *dd_graveyard_new(void)
{
    struct dd_hal_graveyard *g = calloc(1, sizeof(*g));

    if (g) {
        dd_map_init(&g->numbers);
    }
    return g;
}

static void rest_end(struct dd_hal_graveyard *g, unsigned i)
{
    if (g->rest[i].memory) {
        dd_asan_unpoison(g->rest[i].memory, g->rest[i].len_bytes);
        free(g->rest[i].memory);
        g->rest[i].memory = NULL;
    }
}

void dd_graveyard_free(struct dd_hal_graveyard *g)
{
    if (!g) {
        return;
    }
    for (unsigned i = 0; i < RESTING; i++) {
        rest_end(g, i);
    }
    dd_map_done(&g->numbers);
    free(g);
}

static void *number_value(uint64_t number)
{
    return (void *)(uintptr_t)number;
}

static void remember(struct dd_hal_graveyard *g, uint64_t key, uint64_t number)
{
    unsigned i = g->next++ % REMEMBERED;

    if (g->ring_number[i] != 0 &&
        dd_map_get(&g->numbers, g->ring[i]) == number_value(g->ring_number[i])) {
        dd_map_del(&g->numbers, g->ring[i]);
    }
    g->ring[i] = key;
    g->ring_number[i] = number;
    /* without memory it is forgotten: the pointer then counts as unknown, not as freed */
    (void)dd_map_put(&g->numbers, key, number_value(number));
}

void dd_track_born_locked(struct dd_hal_device *dev, struct dd_hal_list *l)
{
    if (!l->rq.obj) {
        return;
    }
    l->same_obj = dd_map_get(&dev->by_obj, DD_KEY(l->rq.obj));
    if (dd_map_put(&dev->by_obj, DD_KEY(l->rq.obj), l) < 0) {
        l->same_obj = NULL;
    }
}

void dd_track_out_locked(struct dd_hal_device *dev, struct dd_hal_list *l)
{
    dd_map_del(&dev->graveyard->numbers, DD_KEY(l->list));
    (void)dd_map_put(&dev->by_list, DD_KEY(l->list), l);
}

static void unlink_obj(struct dd_hal_device *dev, struct dd_hal_list *l)
{
    struct dd_hal_list *first = l->rq.obj ? dd_map_get(&dev->by_obj, DD_KEY(l->rq.obj)) : NULL, **p;

    if (first == l) {
        if (l->same_obj) {
            (void)dd_map_put(&dev->by_obj, DD_KEY(l->rq.obj),
                             l->same_obj); /* replaces: never fails */
        } else {
            dd_map_del(&dev->by_obj, DD_KEY(l->rq.obj));
        }
        return;
    }
    for (p = &first; *p; p = &(*p)->same_obj) {
        if (*p == l) {
            *p = l->same_obj;
            return;
        }
    }
}

void dd_track_gone_locked(struct dd_hal_device *dev, struct dd_hal_list *l)
{
    struct dd_hal_graveyard *g = dev->graveyard;
    size_t len_bytes = (size_t)dd_hal_list_bytes(l->elements);
    unsigned i;

    unlink_obj(dev, l);
    remember(g, DD_KEY(l->list), l->x.owner);
    memset(l->list, FREED_FILL, len_bytes);
    if (!l->own) {
        return;
    }
    i = g->rest_next++ % RESTING;
    rest_end(g, i);
    g->rest[i].memory = l->own;
    g->rest[i].len_bytes = len_bytes;
    dd_asan_poison(l->own, len_bytes);
}

uint64_t dd_track_freed_number_locked(struct dd_hal_device *dev, const void *list)
{
    return (uint64_t)(uintptr_t)dd_map_get(&dev->graveyard->numbers, DD_KEY(list));
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9E3779B97F4A7C15ull;
    return h ^ h >> 29;
}

uint64_t dd_track_print(const SCATTER_GATHER_LIST *list, uint32_t elements)
{
    uint64_t h = mix(1, list->NumberOfElements);

    h = mix(h, list->Reserved);
    for (uint32_t i = 0; i < elements; i++) {
        h = mix(h, (uint64_t)list->Elements[i].Address.QuadPart);
        h = mix(h, list->Elements[i].Length);
        h = mix(h, list->Elements[i].Reserved);
    }
    return h;
}
