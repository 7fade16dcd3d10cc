/* SPDX-License-Identifier: MIT */
/*
 * From spans to runs: which bytes go where.
 *
 *   frames   | 7 | 8 | 9 | 3 |    out of reach, or no RAM: a bounce page for each
 *   runs     |  7 8 9    | 3 |    adjacent frames; mapped by one call when the domain translates
 *
 * The bodies are written once and compiled for each combination of what the policies decide.
 */
#include "dma/build.h"
#include "seam/seam.h"

#include <errno.h>
#include <stdlib.h>

#define FLATTEN static inline __attribute__((always_inline))

/* what bytes of a receive bounce page hold that the device never wrote (checked runs) */
#define UNWRITTEN 0xBF

/* where we are in a span */
struct cursor {
    uint64_t address; /* device address of the next byte when translated */
    uint64_t offset;  /* of the next byte, from the start of frames[0] */
    uint8_t *host;
};

static int map_piece(struct dd_sg_build *b, uint64_t address, uint64_t phys, uint32_t len_bytes,
                     struct dd_piece *p)
{
    struct dd_xfer *x = b->x;
    int r = dd_domain_map(x->dma->dev->domain, (dd_iova){address}, (dd_phys){phys}, len_bytes,
                          x->dir, x->owner);

    if (r == 0) {
        p->iova.v = address;
        p->len_bytes = len_bytes;
    }
    return r;
}

FLATTEN int add_direct(struct dd_sg_build *b, const struct cursor *c, uint64_t phys,
                       uint32_t len_bytes, const bool translated)
{
    struct dd_piece *p;
    int r;

    if (!translated) {
        return dd_shape_emit(b, phys, phys, len_bytes);
    }
    p = dd_xfer_piece(b->x);
    if (!p) {
        return -ENOMEM;
    }
    r = map_piece(b, c->address, phys, len_bytes, p);
    return r < 0 ? r : dd_shape_emit(b, c->address, phys, len_bytes);
}

static void copy_in(struct dd_sg_build *b, uint8_t *copy, const struct dd_piece *p)
{
    if ((b->x->dir & DD_DIR_TO_DEVICE) != 0) {
        memcpy(copy, p->orig, p->len_bytes);
    } else if (b->x->dma->checked) {
        memset(copy, UNWRITTEN, p->len_bytes);
    }
}

/* one page, or part of one. @orig: the driver's bytes */
FLATTEN int add_bounced(struct dd_sg_build *b, const struct cursor *c, uint8_t *orig,
                        uint32_t len_bytes, const bool translated)
{
    struct dd_xfer *x = b->x;
    struct dd_dma *dma = x->dma;
    struct dd_bounce_page page;
    struct dd_piece *p;
    uint64_t phys;
    int r;

    if (dma->dev->policy->bounce == DD_BOUNCE_NEVER || !orig) {
        return -ERANGE;
    }
    if (!dma->charge_all && ++x->regs > dma->max_regs) {
        return -ENOBUFS;
    }
    p = dd_xfer_piece(x);
    if (!p || dd_bounce_take(&dma->bounce, &page) < 0) {
        return -ENOMEM;
    }
    p->page = page;
    p->orig = orig;
    phys = page.phys.v + (c->offset & DD_PAGE_MASK);
    p->iova.v = translated ? c->address : phys;
    r = translated ? map_piece(b, c->address, phys, len_bytes, p) : 0;
    if (r < 0) {
        return r;
    }
    p->len_bytes = len_bytes;
    x->bounced += len_bytes;
    copy_in(b, page.bytes + (c->offset & DD_PAGE_MASK), p);
    return dd_shape_emit(b, p->iova.v, phys, len_bytes);
}

static inline void advance(struct cursor *c, uint32_t len_bytes)
{
    c->address += len_bytes;
    c->offset += len_bytes;
    c->host += len_bytes;
}

/* a run of adjacent frames some of which need a bounce page: page by page */
FLATTEN int add_run_by_page(struct dd_sg_build *b, struct cursor *c, uint64_t phys,
                            uint32_t len_bytes, const bool translated, const bool always)
{
    struct dd_dma *dma = b->x->dma;

    while (len_bytes > 0) {
        uint32_t n = (uint32_t)dd_min_u64(len_bytes, DD_PAGE_BYTES - (c->offset & DD_PAGE_MASK));
        uint8_t *ram = dd_ram_at(dma->dev->ram, (dd_phys){phys}, n);
        int r;

        if (ram && !always && (translated || phys + n - 1 <= dma->identity_max)) {
            r = add_direct(b, c, phys, n, translated);
        } else {
            b->x->not_ram |= !ram;
            r = add_bounced(b, c, ram ? ram : c->host, n, translated);
        }
        if (r < 0) {
            return r;
        }
        advance(c, n);
        phys += n;
        len_bytes -= n;
    }
    return 0;
}

FLATTEN int add_run(struct dd_sg_build *b, struct cursor *c, uint64_t phys, uint32_t len_bytes,
                    const bool translated, const bool always)
{
    struct dd_dma *dma = b->x->dma;
    int r;

    if (!always && (translated || phys + len_bytes - 1 <= dma->identity_max) &&
        dd_ram_at(dma->dev->ram, (dd_phys){phys}, len_bytes)) {
        r = add_direct(b, c, phys, len_bytes, translated);
        advance(c, len_bytes);
        return r;
    }
    return add_run_by_page(b, c, phys, len_bytes, translated, always);
}

/* bytes from @offset on that lie in adjacent frames, at most @left */
static uint32_t run_length(const struct dd_span *span, uint64_t offset, uint64_t left)
{
    const dd_frame *f = span->frames + (offset >> DD_PAGE_SHIFT);
    uint64_t len = DD_PAGE_BYTES - (offset & DD_PAGE_MASK);

    if (span->run) {
        return (uint32_t)left;
    }
    while (len < left && f[1] == f[0] + 1) {
        len += DD_PAGE_BYTES;
        f++;
    }
    return (uint32_t)dd_min_u64(len, left);
}

/* device pages for the whole span, which keeps its page offset */
static int reserve_iova(struct dd_sg_build *b, const struct dd_span *span, struct cursor *c)
{
    struct dd_xfer *x = b->x;
    uint64_t pages = dd_span_pages(span->offset_bytes, span->len_bytes);
    struct dd_piece *p = dd_xfer_piece(x);
    int r;

    if (!p || pages > UINT32_MAX) {
        return -ENOMEM;
    }
    r = dd_iova_alloc(&x->dma->dev->space, (uint32_t)pages, x->dma->reach, &p->iova);
    if (r < 0) {
        return -ENOMEM;
    }
    p->iova_pages = (uint32_t)pages;
    c->address = p->iova.v + (span->offset_bytes & DD_PAGE_MASK);
    return 0;
}

FLATTEN int add_span(struct dd_sg_build *b, const struct dd_span *span, const bool translated,
                     const bool always)
{
    struct cursor c = {.offset = span->offset_bytes, .host = span->host};
    uint64_t end = span->offset_bytes + span->len_bytes;
    int r = translated ? reserve_iova(b, span, &c) : 0;

    while (r == 0 && c.offset < end) {
        uint64_t phys = (span->frames[span->run ? 0 : c.offset >> DD_PAGE_SHIFT] << DD_PAGE_SHIFT) +
                        (span->run ? c.offset : c.offset & DD_PAGE_MASK);

        r = add_run(b, &c, phys, run_length(span, c.offset, end - c.offset), translated, always);
    }
    return r;
}

static int add_identity(struct dd_sg_build *b, const struct dd_span *span)
{
    return add_span(b, span, false, false);
}

static int add_identity_bounced(struct dd_sg_build *b, const struct dd_span *span)
{
    return add_span(b, span, false, true);
}

static int add_iommu(struct dd_sg_build *b, const struct dd_span *span)
{
    return add_span(b, span, true, false);
}

static int add_iommu_bounced(struct dd_sg_build *b, const struct dd_span *span)
{
    return add_span(b, span, true, true);
}

const struct dd_dma_ops *dd_build_ops(const struct dd_dma_policy *policy, bool translated)
{
    static const struct dd_dma_ops table[2][2] = {
        {{"identity", add_identity}, {"bounce", add_identity_bounced}},
        {{"iommu", add_iommu}, {"iommu, bounce", add_iommu_bounced}},
    };

    return &table[translated][policy->bounce == DD_BOUNCE_ALWAYS];
}

void dd_sg_begin(struct dd_sg_build *b, struct dd_dma *dma, struct dd_xfer *x,
                 struct dd_sg_elem *elems, uint64_t cap, size_t header_bytes)
{
    dd_xfer_init(x, dma);
    *b = (struct dd_sg_build){.x = x, .elems = elems, .cap = cap, .header_bytes = header_bytes};
}

int dd_sg_add(struct dd_sg_build *b, const struct dd_span *span)
{
    return span->len_bytes > 0 ? b->x->dma->ops->add(b, span) : 0;
}

void dd_sg_finish(struct dd_sg_build *b)
{
    struct dd_xfer *x = b->x;

    if (!x->dma->charge_all && x->regs > 0) {
        dd_mapreg_take(&x->dma->dev->regs, x->regs, NULL);
    }
    if (x->bounced > 0 && (x->dir & DD_DIR_TO_DEVICE) != 0) {
        DD_SEAM(.kind = DD_EV_BOUNCE, .adapter = x->dma->dev->adapter, .obj = x->obj,
                .a = x->bounced, .b = (uint64_t)x->dir, .c = 1, .d = x->not_ram);
    }
}

void dd_sg_abort(struct dd_sg_build *b)
{
    dd_xfer_undo(b->x, false);
    free(b->own);
    b->own = NULL;
    if (!b->x->dma->charge_all) {
        b->x->regs = 0;
    }
}
