/* SPDX-License-Identifier: MIT */
#include "ndis/slab.h"

#include "base/thread.h"
#include "ram/asan.h"

#include <string.h>
#include <sys/mman.h>

#define SLAB_BYTES   (256u * 1024)
#define SLAB_COUNT   32768u
#define REGION_BYTES ((size_t)SLAB_BYTES * SLAB_COUNT)
#define SLOT_ALIGN   64u
#define CACHE_MAX    96

/* free slots of one size, first in, first out */
struct cache {
    uint32_t slot_bytes;
    struct dd_slot *head, *tail;
};

/* guards caches and the growing of the region; the table is read without it */
static struct dd_mutex lock = DD_MUTEX_INIT;
static _Atomic(char *) region;
static uint32_t slabs_used;
static struct cache caches[CACHE_MAX];
static _Atomic(uint32_t) slab_slot_bytes[SLAB_COUNT]; /* 0: slab not used yet */
/* 2^40 / slot_bytes, rounded up: finding a slot costs a multiplication and no division. Exact for
 * offsets in a slab */
static uint64_t slab_reciprocal[SLAB_COUNT];

static char *region_locked(void)
{
    char *base = region;

    if (base == NULL) {
        void *p =
            mmap(NULL, REGION_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (p == MAP_FAILED) {
            return NULL;
        }
        base = p;
        region = base;
    }
    return base;
}

static struct cache *cache_locked(uint32_t slot_bytes)
{
    for (size_t i = 0; i < CACHE_MAX; i++) {
        if (caches[i].slot_bytes == slot_bytes) {
            return &caches[i];
        }
        if (caches[i].slot_bytes == 0) {
            caches[i].slot_bytes = slot_bytes;
            return &caches[i];
        }
    }
    return NULL;
}

/* at most 72 sizes: small ones go by 64 bytes, larger ones by an eighth of their power of two */
static uint32_t round_size(size_t bytes)
{
    size_t step = SLOT_ALIGN;

    while (bytes > step * 16) {
        step *= 2;
    }
    return (uint32_t)dd_align_up(bytes, step);
}

static void append(struct cache *c, struct dd_slot *slot)
{
    slot->next = NULL;
    if (c->tail == NULL) {
        c->head = slot;
    } else {
        c->tail->next = slot;
    }
    c->tail = slot;
}

static bool grow_locked(struct cache *c)
{
    char *base = region_locked();
    char *slab;

    if (base == NULL || slabs_used == SLAB_COUNT) {
        return false;
    }
    slab = base + (size_t)slabs_used * SLAB_BYTES;
    if (mprotect(slab, SLAB_BYTES, PROT_READ | PROT_WRITE) != 0) {
        return false;
    }
    for (uint32_t off = 0; off + c->slot_bytes <= SLAB_BYTES; off += c->slot_bytes) {
        struct dd_slot *slot = (struct dd_slot *)(void *)(slab + off);

        slot->slot_bytes = c->slot_bytes;
        append(c, slot);
    }
    slab_reciprocal[slabs_used] = ((1ull << 40) + c->slot_bytes - 1) / c->slot_bytes;
    slab_slot_bytes[slabs_used] = c->slot_bytes;
    slabs_used++;
    return true;
}

struct dd_slot *dd_slab_alloc(enum dd_slot_kind kind, size_t bytes)
{
    struct cache *c;
    struct dd_slot *slot = NULL;

    dd_assert(kind != DD_SLOT_FREE && bytes >= sizeof(struct dd_slot));
    if (bytes > DD_SLOT_BYTES_MAX) {
        return NULL;
    }
    dd_mutex_lock(&lock);
    c = cache_locked(round_size(bytes));
    if (c != NULL && (c->head != NULL || grow_locked(c))) {
        slot = c->head;
        c->head = slot->next;
        if (c->head == NULL) {
            c->tail = NULL;
        }
    }
    dd_mutex_unlock(&lock);
    if (slot == NULL) {
        return NULL;
    }
    dd_asan_unpoison(slot, slot->slot_bytes);
    memset((char *)slot + sizeof(*slot), 0, slot->slot_bytes - sizeof(*slot));
    slot->next = NULL;
    slot->kind = kind;
    return slot;
}

void dd_slab_free(struct dd_slot *slot)
{
    struct cache *c;

    if (slot == NULL) {
        return;
    }
    dd_assert(dd_slab_find(slot) == slot && slot->kind != DD_SLOT_FREE);
    slot->kind = DD_SLOT_FREE;
    dd_asan_poison((char *)slot + sizeof(*slot), slot->slot_bytes - sizeof(*slot));
    dd_mutex_lock(&lock);
    c = cache_locked(slot->slot_bytes);
    append(c, slot);
    dd_mutex_unlock(&lock);
}

struct dd_slot *dd_slab_find(const void *ptr)
{
    char *base = region;
    uintptr_t off = (uintptr_t)ptr - (uintptr_t)base;
    uint32_t slab = (uint32_t)(off / SLAB_BYTES);
    uint32_t in_slab = (uint32_t)(off % SLAB_BYTES);
    uint32_t slot_bytes;

    if (base == NULL || off >= REGION_BYTES) {
        return NULL;
    }
    slot_bytes = slab_slot_bytes[slab];
    if (slot_bytes == 0) {
        return NULL;
    }
    in_slab = (uint32_t)(in_slab * slab_reciprocal[slab] >> 40) * slot_bytes;
    if (in_slab + slot_bytes > SLAB_BYTES) {
        return NULL;
    }
    return (struct dd_slot *)(void *)(base + (size_t)slab * SLAB_BYTES + in_slab);
}

bool dd_slab_is(const void *ptr, enum dd_slot_kind kind)
{
    struct dd_slot *slot = dd_slab_find(ptr);

    return slot != NULL && (const void *)slot == ptr && slot->kind == kind;
}
