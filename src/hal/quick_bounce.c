/* SPDX-License-Identifier: MIT */
/* Lists of hal/quick.h that are bounced. */
#include "hal/quick_int.h"

/* --- bounced lists --- */

static __attribute__((noinline)) bool pages_more(struct dd_quick *q, struct cpu_part *c)
{
    struct dd_bounce_page got[KEEP_PAGES / 2];
    unsigned n = 0;

    while (n < KEEP_PAGES / 2 && dd_bounce_take(&q->ha->dma.bounce, &got[n]) == 0) {
        n++;
    }
    /* adjacent pages in their order, so that a list may join them */
    for (unsigned i = n; i > 0; i--) {
        c->pages[c->page_count++] = got[i - 1];
    }
    return n > 0;
}

static void page_put(struct dd_quick *q, struct cpu_part *c, const struct dd_bounce_page *page)
{
    if (UNLIKELY(c->page_count == KEEP_PAGES)) {
        while (c->page_count > KEEP_PAGES / 2) {
            dd_bounce_put(&q->ha->dma.bounce, &c->pages[--c->page_count]);
        }
    }
    c->pages[c->page_count++] = *page;
}

void dd_quick_pieces_put(struct dd_quick *q, struct cpu_part *c, const struct record *r)
{
    for (uint32_t i = r->count; i > 0; i--) {
        page_put(q, c, &r->pieces[i - 1].page);
    }
}

/* bytes of one page; false: no page for them, or they are no RAM */
static bool bounce_piece(struct dd_quick *q, struct cpu_part *c, struct record *r, uint64_t phys,
                         uint64_t n)
{
    struct piece *p = &r->pieces[r->count];

    p->orig = dd_quick_ram_at(q, phys, n);
    if (UNLIKELY(!p->orig || (c->page_count == 0 && !pages_more(q, c)))) {
        return false;
    }
    p->page = c->pages[--c->page_count];
    p->copy = p->page.bytes + (phys & DD_PAGE_MASK);
    p->len_bytes = n;
    r->count++;
    if (r->to_device) {
        /* where it sees that this is at most a page, the compiler puts a string instruction here,
         * which takes 20 ns longer for the two pieces of a full frame */
        __asm__("" : "+r"(n));
        memcpy(p->copy, p->orig, n);
    }
    return true;
}

/* elements so far; @last, @end: the last of them and the byte after it */
struct shape {
    struct dd_sg_elem *last;
    const struct dd_sg_elem *limit;
    uint64_t end;
};

static bool shape_add(struct shape *s, uint64_t address, uint64_t n)
{
    if (address == s->end) { /* below 64 KiB and some: no element becomes too long */
        s->last->length += (uint32_t)n;
    } else {
        if (UNLIKELY(s->last + 2 > s->limit)) {
            return false;
        }
        element_set(++s->last, address, n);
    }
    s->end = address + n;
    return true;
}

static bool bounce_mdl(struct dd_quick *q, struct cpu_part *c, struct record *r, PMDL mdl,
                       uint64_t n, struct shape *s)
{
    const dd_frame *f = (const dd_frame *)dd_mdl_frames(mdl);
    uint64_t offset = mdl->ByteOffset;

    if (UNLIKELY(offset > DD_PAGE_MASK)) {
        return false;
    }
    for (; n > 0; offset = 0, f++) {
        uint64_t now = dd_min_u64(n, DD_PAGE_BYTES - offset);

        if (UNLIKELY(r->count == PIECES_MAX ||
                     !bounce_piece(q, c, r, (*f << DD_PAGE_SHIFT) + offset, now) ||
                     !shape_add(s, r->pieces[r->count - 1].page.phys.v + offset, now))) {
            return false;
        }
        n -= now;
    }
    return true;
}

__attribute__((noinline)) bool dd_quick_build_bounced(struct dd_quick *q, struct cpu_part *c,
                                                      struct record *r, PMDL mdl, uint64_t left,
                                                      struct dd_sg_elem *e,
                                                      const struct dd_sg_elem *limit,
                                                      uint32_t *ret_elements)
{
    struct shape s = {e - 1, limit, 0};

    r->count = 0;
    r->bounced = left;
    for (; left > 0 && mdl; mdl = mdl->Next) {
        uint64_t n = dd_min_u64(mdl->ByteCount, left);

        if (n > 0 && UNLIKELY(!bounce_mdl(q, c, r, mdl, n, &s))) {
            break;
        }
        left -= n;
    }
    if (UNLIKELY(left > 0 || r->count == 0 || r->count > q->ha->dma.max_regs)) {
        dd_quick_pieces_put(q, c, r);
        return false;
    }
    dd_mapreg_charge(&q->ha->dev->core.regs, r->count);
    *ret_elements = (uint32_t)(s.last + 1 - e);
    return true;
}
