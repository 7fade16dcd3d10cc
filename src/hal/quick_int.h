/* SPDX-License-Identifier: MIT */
/* Inside hal/quick*.c: records, and what a CPU keeps. */
#ifndef DD_HAL_QUICK_INT_H
#define DD_HAL_QUICK_INT_H

#include "hal/quick.h"

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define SPANS_MAX    4u  /* of a mapped list */
#define PIECES_MAX   20u /* of a bounced one: 64 KiB in two MDLs */
#define SLAB_RECORDS 32u
#define KEEP_RECORDS 128u
#define KEEP_PAGES   32u
#define CHUNK_PAGES  DD_IOVA_STRETCH
#define RANGE_PAGES  8u /* a longer MDL takes the long way */
/* what a stretch's count holds for the CPU that cuts it */
#define HOLD    (1 << 20)
#define NUMBERS 64u

/* a stretch of device pages */
struct chunk {
    struct chunk *next_spare;
    dd_iova iova;
    struct slot *slots; /* from page base to end; the rest lies in another leaf and is not used */
    uint32_t base, next, end, lists;
    _Atomic int32_t out; /* lists that are out, and HOLD */
};

struct span {
    uint32_t page, pages; /* in the stretch */
};

struct piece {
    uint8_t *orig, *copy;
    uint64_t len_bytes;
    struct dd_bounce_page page;
};

struct record {
    _Alignas(64) struct record *next;
    struct dd_quick *q;
    struct chunk *chunk;
    uint64_t bounced;
    uint32_t count;
    bool live, to_device;
    union {
        struct span spans[SPANS_MAX];
        struct piece pieces[PIECES_MAX];
    };
};

struct slab {
    struct dd_list node;
    struct record *records;
};

struct cpu_part {
    _Alignas(1024) struct record *free;
    unsigned free_count, page_count;
    uint64_t number, number_end;
    struct chunk *chunk;
    uint32_t handed; /* lists of the last stretch */
    struct dd_bounce_page pages[KEEP_PAGES];
};

struct dd_quick {
    struct dd_hal_adapter *ha;
    bool translated;
    unsigned cpus;
    /* RAM below 4 GiB as dd_ram_at() gives it, so that few lists have to ask */
    uint8_t *low;
    uint64_t low_bytes;
    struct cpu_part *cpu;
    struct dd_hal_cpu *counters; /* the device's, by CPU */
    /* under dev->lock */
    struct dd_list slabs;
    struct record *spare;
    struct dd_mutex chunk_lock; /* guards spare_chunks */
    struct chunk *spare_chunks;
};

static inline struct dd_sg_elem *elements_of(SCATTER_GATHER_LIST *list)
{
    return (struct dd_sg_elem *)(void *)((uint8_t *)list + DD_LIST_HEADER_BYTES);
}

static inline void element_set(struct dd_sg_elem *e, uint64_t address, uint64_t len_bytes)
{
    e->address = address;
    e->length = (uint32_t)len_bytes;
    e->reserved = 0;
}

/* device-side pointer, as dd_ram_at() */
static inline uint8_t *dd_quick_ram_at(const struct dd_quick *q, uint64_t phys, uint64_t len_bytes)
{
    uint64_t offset = phys - DD_PHYS_BASE;

    if (LIKELY(offset < q->low_bytes && len_bytes <= q->low_bytes - offset)) {
        return q->low + offset;
    }
    return dd_ram_at(q->ha->dev->core.ram, (dd_phys){phys}, len_bytes);
}

static inline void dd_quick_count(struct dd_hal_cpu *counters, uint32_t elements, bool to_device)
{
    counters->s.sg_lists_built++;
    counters->s.sg_elements += elements;
    if (elements > counters->s.sg_elements_max) {
        counters->s.sg_elements_max = elements;
    }
    counters->live_sends += to_device;
}

/* --- quick_map.c --- */
/* dd_quick_chunks_free - the spare ones */
void dd_quick_chunks_free(struct dd_quick *q);
/* dd_quick_chunk_drop - @count lists, or the CPU's hold, of a stretch are over;
 * dd_quick_chunk_retire
 * - the CPU cuts no more of it */
void dd_quick_chunk_drop(struct dd_quick *q, struct chunk *ch, int32_t count);
void dd_quick_chunk_retire(struct dd_quick *q, struct cpu_part *c);
/* dd_quick_build_mapped - no element goes beyond @limit. false: nothing is held */
bool dd_quick_build_mapped(struct dd_quick *q, struct cpu_part *c, struct record *r, PMDL mdl,
                           uint64_t left, enum dd_dir dir, struct dd_sg_elem *e,
                           const struct dd_sg_elem *limit);
void dd_quick_unmap_spans(const struct record *r);

/* --- quick_bounce.c --- */
bool dd_quick_build_bounced(struct dd_quick *q, struct cpu_part *c, struct record *r, PMDL mdl,
                            uint64_t left, struct dd_sg_elem *e, const struct dd_sg_elem *limit,
                            uint32_t *ret_elements);
void dd_quick_pieces_put(struct dd_quick *q, struct cpu_part *c, const struct record *r);

#endif
