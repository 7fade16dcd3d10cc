/* SPDX-License-Identifier: MIT */
/* What a finished list holds on to, and how that ends. */
#include "dma/build.h"
#include "seam/seam.h"

#include <stdlib.h>

void dd_xfer_init(struct dd_xfer *x, struct dd_dma *dma)
{
    x->dma = dma;
    x->bounced = 0;
    x->not_ram = x->data_changed = false;
    x->count = 0;
    x->cap = DD_XFER_INLINE;
    x->pieces = x->inl;
}

static bool pieces_grow(struct dd_xfer *x)
{
    uint32_t cap = x->cap * 2;
    struct dd_piece *p = malloc((size_t)cap * sizeof(*p));

    if (!p) {
        return false;
    }
    memcpy(p, x->pieces, (size_t)x->count * sizeof(*p));
    if (x->pieces != x->inl) {
        free(x->pieces);
    }
    x->pieces = p;
    x->cap = cap;
    return true;
}

struct dd_piece *dd_xfer_piece(struct dd_xfer *x)
{
    struct dd_piece *p;

    if (x->count == x->cap && !pieces_grow(x)) {
        return NULL;
    }
    p = &x->pieces[x->count++];
    *p = (struct dd_piece){0};
    return p;
}

/* before anything is read or given back: from here on the device can not change a byte */
static void unmap_all(struct dd_xfer *x)
{
    for (uint32_t i = 0; i < x->count; i++) {
        if (x->pieces[i].len_bytes > 0) {
            dd_domain_unmap(x->dma->dev->domain, x->pieces[i].iova, x->pieces[i].len_bytes);
        }
    }
}

static uint8_t *copy_of(const struct dd_piece *p)
{
    return p->page.bytes + (p->iova.v & DD_PAGE_MASK);
}

static void copy_back_all(struct dd_xfer *x)
{
    for (uint32_t i = 0; i < x->count; i++) {
        if (x->pieces[i].orig) {
            memcpy(x->pieces[i].orig, copy_of(&x->pieces[i]), x->pieces[i].len_bytes);
        }
    }
    DD_SEAM(.kind = DD_EV_BOUNCE, .adapter = x->dma->dev->adapter, .obj = x->obj, .a = x->bounced,
            .b = (uint64_t)x->dir, .c = 0, .d = x->not_ram);
}

/* with a bounce page, data the driver changed after mapping never reaches the device */
static void compare_all(struct dd_xfer *x)
{
    for (uint32_t i = 0; i < x->count && !x->data_changed; i++) {
        if (x->pieces[i].orig) {
            x->data_changed =
                memcmp(x->pieces[i].orig, copy_of(&x->pieces[i]), x->pieces[i].len_bytes) != 0;
        }
    }
    if (x->data_changed) {
        DD_SEAM(.kind = DD_EV_SGL_DATA_CHANGED, .adapter = x->dma->dev->adapter, .obj = x->obj,
                .a = x->owner);
    }
}

static void give_back_all(struct dd_xfer *x)
{
    for (uint32_t i = 0; i < x->count; i++) {
        struct dd_piece *p = &x->pieces[i];

        if (p->orig) {
            dd_bounce_put(&x->dma->bounce, &p->page);
        }
        if (p->iova_pages > 0) {
            dd_iova_free(&x->dma->dev->space, p->iova, p->iova_pages);
        }
    }
    if (x->pieces != x->inl) {
        free(x->pieces);
        x->pieces = x->inl;
    }
    x->count = 0;
}

void dd_xfer_undo(struct dd_xfer *x, bool copy_back)
{
    if (x->count == 0) {
        return;
    }
    if (x->dma->dev->translated) {
        unmap_all(x);
    }
    if (copy_back && x->bounced > 0) {
        if ((x->dir & DD_DIR_FROM_DEVICE) != 0) {
            copy_back_all(x);
        } else if (x->dma->checked) {
            compare_all(x);
        }
    }
    give_back_all(x);
}

void dd_xfer_end(struct dd_xfer *x, bool copy_back)
{
    dd_xfer_undo(x, copy_back);
}

void dd_xfer_regs_put(struct dd_xfer *x, struct dd_list *ret_ready)
{
    if (x->regs > 0) {
        dd_mapreg_put(&x->dma->dev->regs, x->regs, ret_ready);
        x->regs = 0;
    }
}
