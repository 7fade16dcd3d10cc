/* SPDX-License-Identifier: MIT */
/* Lists of hal/quick.h that a strict domain maps. */
#include "hal/quick_int.h"

#include <stdlib.h>

/* --- device pages --- */

void dd_quick_chunk_drop(struct dd_quick *q, struct chunk *ch, int32_t count)
{
    if (atomic_fetch_sub_explicit(&ch->out, count, memory_order_acq_rel) == count) {
        dd_iova_free_stretch(&q->ha->dev->core.space, ch->iova, CHUNK_PAGES);
        free(ch);
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
    struct chunk *ch = malloc(sizeof(*ch));

    dd_quick_chunk_retire(q, c);
    if (!ch ||
        dd_iova_stretch(&dev->space, CHUNK_PAGES, q->ha->dma.reach, c->handed, &ch->iova) < 0) {
        free(ch);
        return false;
    }
    c->handed = 0;
    if (dd_domain_prepare(dev->domain, ch->iova, CHUNK_PAGES) < 0) {
        dd_iova_free_stretch(&dev->space, ch->iova, CHUNK_PAGES);
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

/* one MDL, a run of RAM, at the next pages of the stretch; false: not for us */
static inline __attribute__((always_inline)) bool map_span(struct dd_ram *ram, struct chunk *ch,
                                                           PMDL mdl, uint64_t n, enum dd_dir dir,
                                                           uint64_t owner, struct span *span,
                                                           struct dd_sg_elem *e)
{
    uint64_t phys = (*(const dd_frame *)dd_mdl_frames(mdl) << DD_PAGE_SHIFT) + mdl->ByteOffset;
    uint64_t offset = phys & DD_PAGE_MASK, pages = (offset + n + DD_PAGE_MASK) >> DD_PAGE_SHIFT;
    uint8_t *host;

    if (UNLIKELY((mdl->MdlFlags & DD_MDL_RUN) == 0 || pages > RANGE_PAGES)) {
        return false;
    }
    host = dd_ram_at(ram, (dd_phys){phys}, n);
    if (UNLIKELY(!host)) {
        return false;
    }
    element_set(e, ch->iova.v + ((uint64_t)ch->next << DD_PAGE_SHIFT) + offset, n);
    span->page = ch->next - ch->base;
    span->pages = (uint32_t)pages;
    ch->next += (uint32_t)pages + 1; /* also when the list fails: a page that was mapped rests */
    dd_ready_map(ch->slots, span->page, host, n, dir, owner);
    return true;
}

void dd_quick_unmap_spans(const struct record *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        dd_ready_unmap(r->chunk->slots, r->spans[i].page, r->spans[i].pages);
    }
}

bool dd_quick_build_mapped(struct dd_quick *q, struct cpu_part *c, struct record *r, PMDL mdl,
                           uint64_t left, enum dd_dir dir, struct dd_sg_elem *e,
                           const struct dd_sg_elem *limit)
{
    struct chunk *ch = c->chunk;
    struct span *span = r->spans;
    uint64_t owner;

    if (UNLIKELY(!ch || ch->next + SPANS_MAX * (RANGE_PAGES + 1) > ch->end)) {
        if (!chunk_more(q, c)) {
            return false;
        }
        ch = c->chunk;
    }
    r->chunk = ch;
    owner = number_next(q, c);
    for (; left > 0 && mdl; mdl = mdl->Next) {
        uint64_t n = dd_min_u64(mdl->ByteCount, left);

        if (n == 0) {
            continue;
        }
        if (UNLIKELY(span == r->spans + SPANS_MAX || e + 1 > limit ||
                     !map_span(q->ha->dev->core.ram, ch, mdl, n, dir, owner, span, e))) {
            break;
        }
        span++;
        e++;
        left -= n;
    }
    r->count = (uint32_t)(span - r->spans);
    if (UNLIKELY(left > 0 || r->count == 0)) {
        dd_quick_unmap_spans(r);
        return false;
    }
    ch->lists++;
    return true;
}
