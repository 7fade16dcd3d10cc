/* SPDX-License-Identifier: MIT */
/* Lists of hal/quick.h that a strict domain maps. */
#include "hal/quick_int.h"

#include <stdlib.h>

/* --- device pages --- */

static void chunk_free(struct dd_quick *q, struct chunk *ch)
{
    dd_mutex_lock(&q->chunk_lock);
    ch->next_spare = q->spare_chunks;
    q->spare_chunks = ch;
    dd_mutex_unlock(&q->chunk_lock);
}

static struct chunk *chunk_new(struct dd_quick *q)
{
    struct chunk *ch;

    dd_mutex_lock(&q->chunk_lock);
    ch = q->spare_chunks;
    if (ch) {
        q->spare_chunks = ch->next_spare;
    }
    dd_mutex_unlock(&q->chunk_lock);
    return ch ? ch : malloc(sizeof(*ch));
}

void dd_quick_chunks_free(struct dd_quick *q)
{
    while (q->spare_chunks) {
        struct chunk *ch = q->spare_chunks;

        q->spare_chunks = ch->next_spare;
        free(ch);
    }
}

/* nobody has anything of it any more */
static __attribute__((noinline)) void chunk_end(struct dd_quick *q, struct chunk *ch)
{
    dd_iova_free_stretch(&q->ha->dev->core.space, ch->iova);
    chunk_free(q, ch);
}

void dd_quick_chunk_drop(struct dd_quick *q, struct chunk *ch, int32_t count)
{
    if (UNLIKELY(atomic_fetch_sub_explicit(&ch->out, count, memory_order_acq_rel) == count)) {
        chunk_end(q, ch);
    }
}

void dd_quick_chunk_retire(struct dd_quick *q, struct cpu_part *c)
{
    struct chunk *ch = c->chunk;

    if (ch) {
        c->chunk = NULL;
        c->handed = ch->lists;
        dd_quick_chunk_drop(q, ch, HOLD - (int32_t)ch->lists);
    }
}

static __attribute__((noinline)) bool chunk_more(struct dd_quick *q, struct cpu_part *c)
{
    struct dd_dma_device *dev = &q->ha->dev->core;
    struct chunk *ch;

    dd_quick_chunk_retire(q, c);
    ch = chunk_new(q);
    if (!ch || dd_iova_stretch(&dev->space, q->ha->dma.reach, c->handed, &ch->iova) < 0) {
        free(ch);
        return false;
    }
    c->handed = 0;
    if (dd_domain_prepare(dev->domain, ch->iova, CHUNK_PAGES) < 0) {
        dd_iova_free_stretch(&dev->space, ch->iova);
        free(ch);
        return false;
    }
    ch->next = ch->lists = 0;
    ch->base = 0;
    ch->end = (uint32_t)dd_min_u64(dd_ready_leaf(ch->iova), CHUNK_PAGES);
    if (ch->end < CHUNK_PAGES / 2) { /* the larger part */
        ch->base = ch->next = ch->end;
        ch->end = CHUNK_PAGES;
    }
    ch->slots =
        dd_ready_slots(dev->domain, (dd_iova){ch->iova.v + ((uint64_t)ch->base << DD_PAGE_SHIFT)});
    atomic_init(&ch->out, HOLD);
    c->chunk = ch;
    return true;
}

static uint64_t number_next(struct dd_quick *q, struct cpu_part *c)
{
    if (UNLIKELY(c->number == c->number_end)) {
        c->number = atomic_fetch_add_explicit(&q->ha->dev->numbers, NUMBERS, memory_order_relaxed);
        c->number_end = c->number + NUMBERS;
    }
    return ++c->number;
}

/* --- mapped lists --- */

void dd_quick_unmap_spans(const struct record *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        dd_ready_unmap(r->chunk->slots, r->spans[i].page, r->spans[i].pages);
    }
}

/* the MDLs, each one a run of RAM, at the next pages of the stretch; how many, or 0: not for us */
static inline __attribute__((always_inline)) uint32_t map_spans(
    struct dd_quick *q, struct record *r, PMDL mdl, uint64_t left, enum dd_dir dir, uint64_t owner,
    struct dd_sg_elem *e, const struct dd_sg_elem *limit)
{
    struct chunk *ch = r->chunk;
    struct span *span = r->spans;
    uint32_t page = ch->next;

    for (; left > 0 && mdl; mdl = mdl->Next) {
        uint64_t n = dd_min_u64(mdl->ByteCount, left), phys, offset;
        uint32_t pages;
        uint8_t *host;

        if (UNLIKELY(n == 0)) {
            continue;
        }
        phys = (*(const dd_frame *)dd_mdl_frames(mdl) << DD_PAGE_SHIFT) + mdl->ByteOffset;
        offset = phys & DD_PAGE_MASK;
        host = dd_quick_ram_at(q, phys, n);
        pages = (uint32_t)dd_min_u64((offset + n + DD_PAGE_MASK) >> DD_PAGE_SHIFT, RANGE_PAGES + 1);
        if (UNLIKELY(!host || (mdl->MdlFlags & DD_MDL_RUN) == 0 || pages > RANGE_PAGES ||
                     span == r->spans + SPANS_MAX || e + 1 > limit)) {
            break;
        }
        element_set(e++, ch->iova.v + ((uint64_t)page << DD_PAGE_SHIFT) + offset, n);
        span->page = page - ch->base;
        span->pages = pages;
        page += pages + 1;
        dd_ready_map(ch->slots, span->page, host, n, dir, owner);
        span++;
        left -= n;
    }
    ch->next = page; /* also when the list fails: a page that was mapped rests */
    r->count = (uint32_t)(span - r->spans);
    if (UNLIKELY(left > 0)) {
        dd_quick_unmap_spans(r);
        return 0;
    }
    return r->count;
}

__attribute__((noinline)) bool dd_quick_build_mapped(struct dd_quick *q, struct cpu_part *c,
                                                     struct record *r, PMDL mdl, uint64_t left,
                                                     enum dd_dir dir, struct dd_sg_elem *e,
                                                     const struct dd_sg_elem *limit)
{
    struct chunk *ch = c->chunk;

    if (UNLIKELY(!ch || ch->next + SPANS_MAX * (RANGE_PAGES + 1) > ch->end)) {
        if (!chunk_more(q, c)) {
            return false;
        }
        ch = c->chunk;
    }
    r->chunk = ch;
    if (UNLIKELY(map_spans(q, r, mdl, left, dir, number_next(q, c), e, limit) == 0)) {
        return false;
    }
    ch->lists++;
    return true;
}

/* one MDL of dd_quick_two(): the offset of its @n bytes in low RAM; a large number: not in one page
 */
static inline __attribute__((always_inline)) uint64_t low_page(PMDL mdl, uint64_t n)
{
    uint64_t at =
        (*(const dd_frame *)dd_mdl_frames(mdl) << DD_PAGE_SHIFT) + mdl->ByteOffset - DD_PHYS_BASE;

    return (at & DD_PAGE_MASK) + n <= DD_PAGE_BYTES ? at : UINT64_MAX;
}

static inline uint64_t in_page(const uint8_t *host)
{
    return (uint64_t)(uintptr_t)host & DD_PAGE_MASK;
}

/* a test and a jump for each: together they become arithmetic */
#define NOT_IF(x)                                                                                  \
    if (UNLIKELY(x)) {                                                                             \
        return false;                                                                              \
    }                                                                                              \
    __asm__("")

__attribute__((noinline)) bool dd_quick_two(struct dd_quick *q, unsigned cpu, PMDL mdl,
                                            uint64_t len_bytes, enum dd_dir dir,
                                            SCATTER_GATHER_LIST *list)
{
    struct cpu_part *c = &q->cpu[cpu];
    struct record *r = c->free;
    struct chunk *ch = c->chunk;
    uint64_t n, left, at, owner, address;
    uint8_t *host, *host2;
    PMDL second;
    uint32_t page;

    NOT_IF(!r);
    NOT_IF(!ch);
    NOT_IF(ch->next + 4 > ch->end);
    NOT_IF(c->number == c->number_end);
    NOT_IF(!mdl);
    second = mdl->Next;
    NOT_IF(!second);
    NOT_IF((mdl->MdlFlags & second->MdlFlags & DD_MDL_RUN) == 0);
    n = mdl->ByteCount;
    NOT_IF(n == 0);
    left = len_bytes - n;
    NOT_IF(left - 1 >= second->ByteCount); /* also a window that ends in the first */
    at = low_page(mdl, n);
    NOT_IF(at >= q->low_bytes);
    host = q->low + at;
    at = low_page(second, left);
    NOT_IF(at >= q->low_bytes);
    host2 = q->low + at;
    page = ch->next;
    address = ch->iova.v + ((uint64_t)page << DD_PAGE_SHIFT);
    page -= ch->base;
    ch->next += 4;
    ch->lists++;
    owner = ++c->number;
    element_set(elements_of(list), address + in_page(host), n);
    element_set(elements_of(list) + 1, address + 2 * DD_PAGE_BYTES + in_page(host2), left);
    dd_ready_map(ch->slots, page, host, n, dir, owner);
    dd_ready_map(ch->slots, page + 2, host2, left, dir, owner);
    r->chunk = ch;
    r->count = 2;
    r->live = true;
    r->to_device = dir == DD_DIR_TO_DEVICE;
    r->spans[0] = (struct span){page, 1};
    r->spans[1] = (struct span){page + 2, 1};
    c->free = r->next;
    c->free_count--;
    list->NumberOfElements = 2;
    list->Reserved = (ULONG_PTR)r | DD_QUICK_MARK;
    dd_quick_count(&q->counters[cpu], 2, r->to_device);
    return true;
}

#undef NOT_IF
