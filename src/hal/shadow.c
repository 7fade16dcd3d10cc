/* SPDX-License-Identifier: MIT */
/*
 * BuildMdlFromScatterGatherList: look at the memory a list describes, also where it is a copy.
 *
 *   original MDL    | page | page | page |      the driver's memory
 *   list            | page | copy | page |      what the device sees: the middle one is bounced
 *   new MDL         | page | copy | page |      another view of exactly those pages
 *
 * A list without copies answers with the original MDL. Else there is a new MDL for each MDL of the
 * chain, with the frames the device sees and a mapping of its own of them; they end with the list.
 * Memory that is no RAM can not be viewed so: STATUS_INSUFFICIENT_RESOURCES.
 */
#include "hal/hal_int.h"

#include "seam/api.h"

#include <stdlib.h>
#include <sys/mman.h>

struct dd_shadow {
    struct dd_shadow *next;
    uint8_t *view;
    size_t view_bytes;
    MDL *mdl;
};

void dd_shadow_free(struct dd_shadow *s)
{
    while (s) {
        struct dd_shadow *next = s->next;

        if (s->view) {
            munmap(s->view, s->view_bytes);
        }
        free(s->mdl);
        free(s);
        s = next;
    }
}

/* where the device finds the page of the driver's byte at @phys: the page itself, or its copy */
static uint64_t page_seen(const struct dd_hal_list *l, uint64_t phys)
{
    const struct dd_xfer *x = &l->x;
    const uint8_t *bytes = dd_ram_at(l->ha->dev->core.ram, (dd_phys){phys}, 1);

    for (uint32_t i = 0; bytes && i < x->count; i++) {
        if (x->pieces[i].orig == bytes) {
            return x->pieces[i].page.phys.v;
        }
    }
    return bytes ? dd_align_down(phys, DD_PAGE_BYTES) : UINT64_MAX;
}

static bool view_page(struct dd_shadow *s, struct dd_ram *ram, uint64_t index, uint64_t phys)
{
    uint8_t *at = s->view + (index << DD_PAGE_SHIFT);

    dd_mdl_frames(s->mdl)[index] = phys >> DD_PAGE_SHIFT;
    return mmap(at, DD_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, dd_ram_fd(ram),
                (off_t)dd_ram_fd_offset(ram, (dd_phys){phys})) == at;
}

/* @offset, @len_bytes: of @mdl, inside it */
static bool view_fill(struct dd_shadow *s, const struct dd_hal_list *l, PMDL mdl, uint64_t offset,
                      uint64_t len_bytes)
{
    uint64_t first = mdl->ByteOffset + offset, pages = dd_span_pages(first, len_bytes);

    for (uint64_t i = 0; i < pages; i++) {
        uint64_t byte = i == 0 ? first : dd_align_down(first, DD_PAGE_BYTES) + i * DD_PAGE_BYTES;
        uint64_t frame = dd_mdl_frames(mdl)[byte >> DD_PAGE_SHIFT];
        uint64_t phys = page_seen(l, (frame << DD_PAGE_SHIFT) + (byte & DD_PAGE_MASK));

        if (phys == UINT64_MAX || !view_page(s, l->ha->dev->core.ram, i, phys)) {
            return false;
        }
    }
    return true;
}

static struct dd_shadow *shadow_one(const struct dd_hal_list *l, PMDL mdl, uint64_t offset,
                                    uint64_t len_bytes)
{
    uint64_t pages = dd_span_pages(mdl->ByteOffset + offset, len_bytes);
    struct dd_shadow *s = calloc(1, sizeof(*s));
    void *view;

    if (!s) {
        return NULL;
    }
    s->view_bytes = pages << DD_PAGE_SHIFT;
    view = mmap(NULL, s->view_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    s->view = view == MAP_FAILED ? NULL : view;
    s->mdl = calloc(1, sizeof(MDL) + pages * sizeof(PFN_NUMBER));
    if (!s->view || !s->mdl || !view_fill(s, l, mdl, offset, len_bytes)) {
        dd_shadow_free(s);
        return NULL;
    }
    s->mdl->Size = (CSHORT)(sizeof(MDL) + pages * sizeof(PFN_NUMBER));
    s->mdl->MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL;
    s->mdl->StartVa = s->view;
    s->mdl->ByteOffset = (ULONG)((mdl->ByteOffset + offset) & DD_PAGE_MASK);
    s->mdl->ByteCount = (ULONG)len_bytes;
    s->mdl->MappedSystemVa = s->view + s->mdl->ByteOffset;
    return s;
}

static struct dd_shadow *shadow_new(const struct dd_hal_list *l)
{
    uint64_t offset = l->rq.offset_bytes, left = l->rq.len_bytes;
    struct dd_shadow *first = NULL, **end = &first, *last = NULL;

    for (PMDL mdl = l->rq.mdl; mdl && left > 0; mdl = mdl->Next) {
        uint64_t n;

        if (offset >= mdl->ByteCount) {
            offset -= mdl->ByteCount;
            continue;
        }
        n = dd_min_u64(mdl->ByteCount - offset, left);
        *end = shadow_one(l, mdl, offset, n);
        if (!*end) {
            dd_shadow_free(first);
            return NULL;
        }
        if (last) {
            last->mdl->Next = (*end)->mdl;
        }
        last = *end;
        end = &last->next;
        left -= n;
        offset = 0;
    }
    return first;
}

static struct dd_hal_list *find_locked(struct dd_hal_adapter *ha, const SCATTER_GATHER_LIST *list)
{
    struct dd_list *pos;

    DD_LIST_EACH(pos, &ha->lists) {
        struct dd_hal_list *l = DD_LIST_ENTRY(pos, struct dd_hal_list, node);

        if (l->list == list && l->state == DD_LIST_OUT) {
            return l;
        }
    }
    return NULL;
}

static NTSTATUS build_locked(struct dd_hal_list *l, PMDL original, PMDL *ret_target)
{
    if (!l) {
        return STATUS_INVALID_PARAMETER;
    }
    if (l->shadow) {
        return STATUS_NONE_MAPPED;
    }
    if (l->x.bounced == 0) {
        *ret_target = original;
        return STATUS_SUCCESS;
    }
    l->shadow = shadow_new(l);
    if (!l->shadow) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *ret_target = l->shadow->mdl;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI dd_build_mdl_from_list(PDMA_ADAPTER DmaAdapter, PSCATTER_GATHER_LIST ScatterGather,
                                      PMDL OriginalMdl, PMDL *TargetMdl)
{
    struct dd_hal_adapter *ha = dd_hal_adapter_of(DmaAdapter);
    NTSTATUS status;
    KIRQL irql;

    if (!ha || !OriginalMdl || !TargetMdl) {
        return STATUS_INVALID_PARAMETER;
    }
    dd_hal_irql(ha, "BuildMdlFromScatterGatherList", PASSIVE_LEVEL, DISPATCH_LEVEL, DD_SITE());
    irql = dd_hal_raise();
    dd_mutex_lock(&ha->dev->lock);
    status = dd_seam_may_fail(DD_FAIL_HAL_LIST, DD_SITE())
                 ? STATUS_INSUFFICIENT_RESOURCES
                 : build_locked(find_locked(ha, ScatterGather), OriginalMdl, TargetMdl);
    dd_mutex_unlock(&ha->dev->lock);
    dd_hal_lower(irql);
    return status;
}
