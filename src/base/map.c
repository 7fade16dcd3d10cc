/* SPDX-License-Identifier: MIT */
/*
 * Open addressing with linear probing. A slot is empty (value NULL, not dead), dead (deleted) or
 * filled. used counts filled slots, filled also the dead ones; the table is rebuilt before it is
 * three quarters filled, so a probe always meets an empty slot.
 */
#include "base/map.h"

#include "base/check.h"

#include <errno.h>
#include <stdlib.h>

struct dd_map_slot {
    uint64_t key;
    void *value;
};

static char dead_mark;
#define DEAD ((void *)&dead_mark)

static size_t hash(uint64_t key, size_t cap)
{
    key ^= key >> 32;
    key *= 0x9E3779B97F4A7C15ull;
    return (size_t)(key >> 20) & (cap - 1);
}

void dd_map_init(struct dd_map *m)
{
    *m = (struct dd_map){0};
}

void dd_map_done(struct dd_map *m)
{
    free(m->slots);
    dd_map_init(m);
}

static struct dd_map_slot *find(const struct dd_map *m, uint64_t key)
{
    if (m->cap == 0) {
        return NULL;
    }
    for (size_t i = hash(key, m->cap);; i = (i + 1) & (m->cap - 1)) {
        struct dd_map_slot *s = &m->slots[i];

        if (s->value == NULL) {
            return NULL;
        }
        if (s->value != DEAD && s->key == key) {
            return s;
        }
    }
}

/* the key is not in the table and there is room */
static void add(struct dd_map *m, uint64_t key, void *value)
{
    size_t i = hash(key, m->cap);

    while (m->slots[i].value != NULL && m->slots[i].value != DEAD) {
        i = (i + 1) & (m->cap - 1);
    }
    m->filled += m->slots[i].value == NULL;
    m->used++;
    m->slots[i] = (struct dd_map_slot){.key = key, .value = value};
}

static int rebuild(struct dd_map *m)
{
    struct dd_map old = *m;
    size_t cap = 16;

    while (cap < old.used * 3) {
        cap *= 2;
    }
    m->slots = calloc(cap, sizeof(*m->slots));
    if (m->slots == NULL) {
        *m = old;
        return -ENOMEM;
    }
    m->cap = cap;
    m->used = m->filled = 0;
    for (size_t i = 0; i < old.cap; i++) {
        if (old.slots[i].value != NULL && old.slots[i].value != DEAD) {
            add(m, old.slots[i].key, old.slots[i].value);
        }
    }
    free(old.slots);
    return 0;
}

int dd_map_put(struct dd_map *m, uint64_t key, void *value)
{
    struct dd_map_slot *s = find(m, key);

    dd_assert(value != NULL);
    if (s != NULL) {
        s->value = value;
        return 0;
    }
    if ((m->filled + 1) * 4 > m->cap * 3) {
        int r = rebuild(m);

        if (r < 0) {
            return r;
        }
    }
    add(m, key, value);
    return 0;
}

void *dd_map_get(const struct dd_map *m, uint64_t key)
{
    struct dd_map_slot *s = find(m, key);

    return s != NULL ? s->value : NULL;
}

void *dd_map_del(struct dd_map *m, uint64_t key)
{
    struct dd_map_slot *s = find(m, key);
    void *value;

    if (s == NULL) {
        return NULL;
    }
    value = s->value;
    s->value = DEAD;
    m->used--;
    return value;
}

size_t dd_map_count(const struct dd_map *m)
{
    return m->used;
}

void *dd_map_next(const struct dd_map *m, size_t *pos, uint64_t *ret_key)
{
    while (*pos < m->cap) {
        struct dd_map_slot *s = &m->slots[(*pos)++];

        if (s->value != NULL && s->value != DEAD) {
            if (ret_key != NULL) {
                *ret_key = s->key;
            }
            return s->value;
        }
    }
    return NULL;
}
