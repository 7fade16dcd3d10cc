/* SPDX-License-Identifier: MIT */
/* Packet DMA: stretches of an MDL chain become elements, and stop being mapped. */
#include "hal/packet_map.h"

#include <errno.h>
#include <stdlib.h>

/* --- spans --- */

/* the stretch of the chain at @offset that lies in one MDL; false: the chain ends before */
static bool span_at(PMDL mdl, uint64_t offset, uint64_t len_bytes, struct dd_span *ret_span)
{
    while (mdl && offset >= mdl->ByteCount) {
        offset -= mdl->ByteCount;
        mdl = mdl->Next;
    }
    if (!mdl) {
        return false;
    }
    ret_span->frames = (const dd_frame *)dd_mdl_frames(mdl);
    ret_span->offset_bytes = mdl->ByteOffset + offset;
    ret_span->len_bytes = dd_min_u64(mdl->ByteCount - offset, len_bytes);
    ret_span->host = (uint8_t *)MmGetMdlVirtualAddress(mdl) + offset;
    ret_span->run = (mdl->MdlFlags & DD_MDL_RUN) != 0;
    return true;
}

uint64_t dd_mapping_fit(PMDL mdl, uint64_t offset, uint64_t len_bytes, uint64_t pages)
{
    struct dd_span span;
    uint64_t done = 0;

    while (done < len_bytes && span_at(mdl, offset + done, len_bytes - done, &span)) {
        uint64_t need = dd_span_pages(span.offset_bytes, span.len_bytes);

        if (need > pages) {
            uint64_t most = pages << DD_PAGE_SHIFT, skip = span.offset_bytes & DD_PAGE_MASK;

            return done + (most > skip ? most - skip : 0);
        }
        pages -= need;
        done += span.len_bytes;
    }
    return done;
}

/* --- building --- */

static int add_all(struct dd_sg_build *b, const struct dd_mapping *m)
{
    struct dd_span span;
    uint64_t done = 0;
    int r = 0;

    while (r == 0 && done < m->len_bytes &&
           span_at(m->mdl, m->offset + done, m->len_bytes - done, &span)) {
        r = dd_sg_add(b, &span);
        done += span.len_bytes;
    }
    return r;
}

/* bytes of the first @cap elements */
static uint64_t length_of(const struct dd_sg_elem *e, uint64_t cap)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < cap; i++) {
        sum += e[i].length;
    }
    return sum;
}

/* at most @cap elements: m->len_bytes gets less until they fit. Elements written, or -ENOMEM ... */
static int64_t build(struct dd_hal_adapter *ha, struct dd_mapping *m, struct dd_sg_elem *elems,
                     uint64_t cap)
{
    struct dd_sg_build b;
    int r;

    for (;;) {
        dd_sg_begin(&b, &ha->dma, &m->x, elems, cap, 0);
        r = add_all(&b, m);
        if (r < 0) {
            dd_sg_abort(&b);
            return r;
        }
        if (!b.own) {
            break;
        }
        m->len_bytes = length_of(b.elems, cap);
        dd_sg_abort(&b);
    }
    m->x.regs = 0; /* the packet's registers are charged already */
    dd_sg_finish(&b);
    return (int64_t)b.count;
}

static void copy_chain(const struct dd_mapping *m, bool in)
{
    struct dd_span span;
    uint64_t done = 0;

    while (done < m->len_bytes && span_at(m->mdl, m->offset + done, m->len_bytes - done, &span)) {
        memcpy(in ? m->copy->va + done : span.host, in ? span.host : m->copy->va + done,
               span.len_bytes);
        done += span.len_bytes;
    }
}

static int64_t build_copy(struct dd_hal_adapter *ha, struct dd_mapping *m, struct dd_sg_elem *elem)
{
    struct dd_bounds any = {0, UINT64_MAX};

    if (dd_bounds_common(ha, m->len_bytes, any, &m->copy) < 0) {
        return -ENOMEM;
    }
    if (m->dir == DD_DIR_TO_DEVICE) {
        copy_chain(m, true);
    }
    *elem = (struct dd_sg_elem){.address = m->copy->iova.v, .length = (uint32_t)m->len_bytes};
    return 1;
}

void dd_mapping_end(struct dd_mapping *m, bool copy_back)
{
    uint32_t left;

    if (m->isa) {
        (void)dd_isa_channel_finish(m->isa, copy_back && m->dir == DD_DIR_FROM_DEVICE, &left);
    } else if (m->copy) {
        dd_common_unmap(m->copy);
        if (copy_back && m->dir == DD_DIR_FROM_DEVICE) {
            copy_chain(m, false);
        }
        (void)dd_common_free(m->copy, NULL);
    } else {
        dd_xfer_end(&m->x, copy_back);
    }
    free(m);
}

static int64_t build_master(struct dd_hal_io *io, struct dd_mapping *m, struct dd_sg_elem *elems,
                            uint64_t cap)
{
    uint64_t want = m->len_bytes;
    int64_t n = build(io->ha, m, elems, io->scatter_gather ? cap : 1);

    if (n < 0 || io->scatter_gather || m->len_bytes == want) {
        return n;
    }
    dd_xfer_end(&m->x, false);
    m->len_bytes = want;
    return build_copy(io->ha, m, elems);
}

static int64_t build_isa(struct dd_hal_io *io, struct dd_mapping *m, struct dd_sg_elem *elem)
{
    struct dd_span span;
    uint64_t bounced;
    int r;

    if (!span_at(m->mdl, m->offset, m->len_bytes, &span)) {
        return -EINVAL;
    }
    span.len_bytes = dd_min_u64(span.len_bytes, io->ha->dma.max_bytes);
    r = dd_isa_channel_start(io->isa, &span, m->dir, &bounced);
    if (r < 0) {
        return r;
    }
    m->isa = io->isa;
    m->len_bytes = span.len_bytes;
    *elem = (struct dd_sg_elem){
        .address = (span.frames[span.offset_bytes >> DD_PAGE_SHIFT] << DD_PAGE_SHIFT) +
                   (span.offset_bytes & DD_PAGE_MASK),
        .length = (uint32_t)span.len_bytes,
    };
    return 1;
}

int64_t dd_mapping_build(struct dd_hal_io *io, struct dd_mapping *m, struct dd_sg_elem *elems,
                         uint64_t cap)
{
    return io->isa ? build_isa(io, m, elems) : build_master(io, m, elems, cap);
}
