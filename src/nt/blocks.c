/* SPDX-License-Identifier: MIT */
#include "nt/blocks.h"

#include "base/check.h"
#include "base/thread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS     64
#define REMEMBERED 32 /* freed blocks a shard remembers */

/* Open addressing, linear probing, deletion by shifting back; ptr NULL is an empty slot. */
struct shard {
    struct dd_mutex lock; /* guards the rest */
    struct dd_block *slots;
    size_t cap, used; /* cap: 0 or a power of two */
    int64_t bytes[DD_BLOCK_SOURCES];
    struct dd_block freed[REMEMBERED];
    unsigned next_freed;
} __attribute__((aligned(64)));

static struct shard shards[SHARDS] = {[0 ... SHARDS - 1] = {.lock = DD_MUTEX_INIT}};
static uint64_t numbers;

static uint64_t hash(const void *ptr)
{
    uint64_t h = (uint64_t)(uintptr_t)ptr * 0x9e3779b97f4a7c15ull;

    return h ^ h >> 29;
}

static struct shard *shard_of(const void *ptr)
{
    return &shards[hash(ptr) % SHARDS];
}

/* the slot of @ptr, or the empty one where it would go; the table is never full */
static size_t slot_of(const struct shard *s, const void *ptr)
{
    size_t i = (size_t)(hash(ptr) / SHARDS) & (s->cap - 1);

    while (s->slots[i].ptr != NULL && s->slots[i].ptr != ptr) {
        i = (i + 1) & (s->cap - 1);
    }
    return i;
}

static int grow(struct shard *s)
{
    struct dd_block *old = s->slots, *slots;
    size_t old_cap = s->cap, cap = old_cap == 0 ? 64 : old_cap * 2;

    slots = calloc(cap, sizeof(*slots));
    if (slots == NULL) {
        return -ENOMEM;
    }
    s->slots = slots;
    s->cap = cap;
    for (size_t i = 0; i < old_cap; i++) {
        if (old[i].ptr != NULL) {
            slots[slot_of(s, old[i].ptr)] = old[i];
        }
    }
    free(old);
    return 0;
}

/* close the gap at @i: move back whatever would not be found any more */
static void remove_slot(struct shard *s, size_t i)
{
    size_t mask = s->cap - 1;

    for (size_t j = (i + 1) & mask; s->slots[j].ptr != NULL; j = (j + 1) & mask) {
        size_t home = (size_t)(hash(s->slots[j].ptr) / SHARDS) & mask;

        if (((j - home) & mask) >= ((j - i) & mask)) {
            s->slots[i] = s->slots[j];
            i = j;
        }
    }
    s->slots[i].ptr = NULL;
    s->used--;
}

int dd_blocks_add(const struct dd_block *b)
{
    struct shard *s = shard_of(b->ptr);
    struct dd_block *slot;
    int r = 0;

    dd_mutex_lock(&s->lock);
    if (s->used + s->used / 2 >= s->cap) {
        r = grow(s);
    }
    if (r == 0) {
        slot = &s->slots[slot_of(s, b->ptr)];
        dd_assert(slot->ptr == NULL);
        *slot = *b;
        slot->number = __atomic_add_fetch(&numbers, 1, __ATOMIC_RELAXED);
        s->bytes[b->source] += (int64_t)b->size_bytes;
        s->used++;
    }
    dd_mutex_unlock(&s->lock);
    return r;
}

/* the slot of a live block, or NULL */
static struct dd_block *lookup_locked(struct shard *s, enum dd_block_source source, const void *ptr)
{
    struct dd_block *slot;

    if (s->cap == 0 || ptr == NULL) {
        return NULL;
    }
    slot = &s->slots[slot_of(s, ptr)];
    return slot->ptr != NULL && slot->source == source ? slot : NULL;
}

bool dd_blocks_take(enum dd_block_source source, const void *ptr, struct dd_block *ret_block)
{
    struct shard *s = shard_of(ptr);
    struct dd_block *slot;

    dd_mutex_lock(&s->lock);
    slot = lookup_locked(s, source, ptr);
    if (slot != NULL) {
        *ret_block = *slot;
        s->bytes[source] -= (int64_t)slot->size_bytes;
        s->freed[s->next_freed++ % REMEMBERED] = *slot;
        remove_slot(s, (size_t)(slot - s->slots));
    }
    dd_mutex_unlock(&s->lock);
    return slot != NULL;
}

bool dd_blocks_find(enum dd_block_source source, const void *ptr, struct dd_block *ret_block)
{
    struct shard *s = shard_of(ptr);
    struct dd_block *slot;

    dd_mutex_lock(&s->lock);
    slot = lookup_locked(s, source, ptr);
    if (slot != NULL) {
        *ret_block = *slot;
    }
    dd_mutex_unlock(&s->lock);
    return slot != NULL;
}

bool dd_blocks_was_freed(enum dd_block_source source, const void *ptr, struct dd_block *ret_block)
{
    struct shard *s = shard_of(ptr);
    bool found = false;

    dd_mutex_lock(&s->lock);
    for (unsigned i = 1; i <= REMEMBERED && !found && ptr != NULL; i++) {
        const struct dd_block *b = &s->freed[(s->next_freed - i) % REMEMBERED];

        if (b->ptr == ptr && b->source == source) {
            *ret_block = *b;
            found = true;
        }
    }
    dd_mutex_unlock(&s->lock);
    return found;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = ((const struct dd_block *)a)->number, y = ((const struct dd_block *)b)->number;

    return x < y ? -1 : x > y;
}

const char dd_blocks_host[1];

/* NULL: everybody but the host */
static bool owned_by(const struct dd_block *b, const void *owner)
{
    return owner != NULL ? b->owner == owner : b->owner != dd_blocks_host;
}

/* move matching blocks of @s behind *@array; -ENOMEM leaves the rest in the table */
static int take_shard(struct shard *s, enum dd_block_source source, const void *owner,
                      struct dd_block **array, size_t *count)
{
    size_t i = 0;

    while (i < s->cap) {
        struct dd_block *b = &s->slots[i], *bigger;

        if (b->ptr == NULL || b->source != source || !owned_by(b, owner)) {
            i++;
            continue;
        }
        if ((*count & (*count - 1)) == 0) { /* full at each power of two */
            bigger = realloc(*array, (*count == 0 ? 1 : *count * 2) * sizeof(*bigger));
            if (bigger == NULL) {
                return -ENOMEM;
            }
            *array = bigger;
        }
        (*array)[(*count)++] = *b;
        s->bytes[source] -= (int64_t)b->size_bytes;
        remove_slot(s, i); /* another may have moved here: look again */
    }
    return 0;
}

struct dd_block *dd_blocks_take_all(enum dd_block_source source, const void *owner,
                                    size_t *ret_count)
{
    struct dd_block *array = NULL;
    size_t count = 0;
    int r = 0;

    for (unsigned i = 0; i < SHARDS && r == 0; i++) {
        dd_mutex_lock(&shards[i].lock);
        r = take_shard(&shards[i], source, owner, &array, &count);
        dd_mutex_unlock(&shards[i].lock);
    }
    if (count > 0) {
        qsort(array, count, sizeof(*array), by_number);
    }
    *ret_count = count;
    return array;
}

uint64_t dd_blocks_bytes(enum dd_block_source source)
{
    int64_t sum = 0;

    for (unsigned i = 0; i < SHARDS; i++) {
        dd_mutex_lock(&shards[i].lock);
        sum += shards[i].bytes[source];
        dd_mutex_unlock(&shards[i].lock);
    }
    return (uint64_t)sum;
}
