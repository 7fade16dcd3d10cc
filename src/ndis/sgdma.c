/* SPDX-License-Identifier: MIT */
/*
 * NdisMAllocateNetBufferSGList and NdisMFreeNetBufferSGList.
 *
 * What the pages leave open, and what Drydock does (ndis6-sgdma 2.3 to 2.5, 5):
 *
 *   length            exactly CurrentMdlOffset + DataLength, from byte 0 of CurrentMdl along its Next chain
 *   chain too short   NDIS_STATUS_RESOURCES and no callback: a documented answer, and nothing beyond the chain is read
 *   DataLength 0      the bytes before CurrentMdlOffset; none at all: a list of no elements
 *   wrong IRQL        below DISPATCH_LEVEL the call raises for its own time; the verifier tells
 *   mapped twice      two independent lists
 *   wrong NET_BUFFER or handle at free
 *                     the list itself is found and freed, so that one mistake does not become a second finding
 *   unknown list      nothing happens
 *
 * The fast path: lists are only the addresses of frames, the caller's buffer suffices, nobody listens. It takes no
 * lock, allocates nothing and reads each frame once. Its lists carry their direction in the list's reserved word,
 * whose lowest bit is clear; lists with a record (src/hal) have it set.
 */
#include "ndis/sgdma.h"

#include "dma/identity.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define FAST_DIR_SHIFT 1

/* nobody listens, nobody injects, no run is checked */
static inline bool quiet(void)
{
    return (dd_seam_event_mask_ | dd_seam_fail_mask_ |
            atomic_load_explicit(&dd_sg_checked, memory_order_relaxed)) == 0;
}

static inline bool is_fast(const struct dd_sg_handle *sg)
{
    return LIKELY(quiet() && sg && atomic_load_explicit(&sg->word, memory_order_relaxed) == DD_SG_FAST &&
                  dd_irql_get() == DISPATCH_LEVEL);
}

static inline uint64_t list_bytes(const NET_BUFFER *nb)
{
    return (uint64_t)nb->CurrentMdlOffset + nb->DataLength;
}

/* --- the fast path --- */

/* false: the long way has to do it, from the start */
static inline bool fast_write(const struct dd_sg_handle *sg, const NET_BUFFER *nb, SCATTER_GATHER_LIST *list,
                              ULONG size_bytes, uint32_t *ret_count)
{
    struct dd_sg_elem *elems = (struct dd_sg_elem *)(void *)((uint8_t *)list + DD_LIST_HEADER_BYTES);
    uint64_t left = list_bytes(nb);
    struct dd_ident i;

    dd_ident_begin(&i, elems, (uint8_t *)list + size_bytes, sg->identity_max);
    for (PMDL mdl = nb->CurrentMdl; left > 0; mdl = mdl->Next) {
        uint64_t n;
        const dd_frame *frames;

        if (__builtin_expect(!mdl, 0)) {
            return false;
        }
        n = mdl->ByteCount < left ? mdl->ByteCount : left;
        if (n == 0) {
            continue;
        }
        frames = (const dd_frame *)dd_mdl_frames(mdl);
        if ((mdl->MdlFlags & DD_MDL_RUN) != 0) {
            if (!dd_ident_run(&i, (frames[0] << DD_PAGE_SHIFT) + mdl->ByteOffset, n)) {
                return false;
            }
        } else if (!dd_ident_frames(&i, frames, mdl->ByteOffset, n)) {
            return false;
        }
        left -= n;
    }
    *ret_count = dd_ident_finish(&i, elems);
    return *ret_count != UINT32_MAX && size_bytes >= DD_LIST_HEADER_BYTES;
}

static inline void fast_count(const struct dd_sg_handle *sg, uint32_t count, ULONG to_device)
{
    struct dd_hal_cpu *cpu = &sg->cpu[dd_cpu_current()];

    dd_hal_add(&cpu->s.sg_lists_built, 1);
    dd_hal_add(&cpu->s.sg_elements, count);
    dd_hal_add(&cpu->live_sends, to_device);
    if (count > cpu->s.sg_elements_max) {
        dd_hal_set(&cpu->s.sg_elements_max, count);
    }
}

static inline bool fast_allocate(const struct dd_sg_handle *sg, const NET_BUFFER *nb, PVOID context, ULONG flags,
                                 PVOID buffer, ULONG size_bytes)
{
    SCATTER_GATHER_LIST *list = buffer;
    ULONG to_device = flags & NDIS_SG_LIST_WRITE_TO_DEVICE;
    uint32_t count;

    if (!list || ((uintptr_t)list & 7) != 0 || !fast_write(sg, nb, list, size_bytes, &count)) {
        return false;
    }
    list->NumberOfElements = count;
    list->Reserved = (ULONG_PTR)to_device << FAST_DIR_SHIFT;
    fast_count(sg, count, to_device);
    sg->process(sg->pdo_argument, sg->reserved_argument, list, context);
    return true;
}

/* @list was built by fast_allocate */
static inline void fast_free(const struct dd_sg_handle *sg, const SCATTER_GATHER_LIST *list)
{
    struct dd_hal_cpu *cpu = &sg->cpu[dd_cpu_current()];

    dd_hal_add(&cpu->s.sg_lists_freed, 1);
    dd_hal_add(&cpu->live_sends, -(list->Reserved >> FAST_DIR_SHIFT & NDIS_SG_LIST_WRITE_TO_DEVICE));
}

/* --- the long way --- */

static void list_ready(const struct dd_hal_request *rq, SCATTER_GATHER_LIST *list)
{
    const struct dd_sg_handle *sg = rq->ready_arg;

    DD_CALL(DD_ROLE_PROCESS_SG_LIST, "MiniportProcessSGList", sg->adapter,
            sg->process(sg->pdo_argument, sg->reserved_argument, list, rq->context));
}

static enum dd_sgl_refuse request_list(struct dd_sg_handle *sg, struct dd_hal_request *rq, bool *ret_called,
                                       bool *ret_queued)
{
    enum dd_sgl_refuse why;
    KIRQL irql;

    *ret_called = *ret_queued = false;
    if (!sg) {
        return DD_SGL_BAD_HANDLE;
    }
    if (!sg->process) {
        return DD_SGL_NO_HANDLER;
    }
    if (dd_seam_may_fail(DD_FAIL_SGL_ALLOCATE, rq->site)) {
        return DD_SGL_INJECTED;
    }
    irql = dd_hal_raise();
    why = dd_hal_list_get(sg->hal, rq, ret_called, ret_queued);
    dd_hal_lower(irql);
    return why;
}

static __attribute__((noinline)) NDIS_STATUS long_allocate(NDIS_HANDLE h, PNET_BUFFER nb, PVOID context, ULONG flags,
                                                           PVOID buffer, ULONG size_bytes, const void *site)
{
    struct dd_sg_handle *sg = dd_sg_find(h, NULL);
    const void *adapter = sg ? sg->adapter : NULL;
    struct dd_hal_request rq = {
        .mdl = nb->CurrentMdl,
        .len_bytes = list_bytes(nb),
        .dir = (flags & NDIS_SG_LIST_WRITE_TO_DEVICE) != 0 ? DD_DIR_TO_DEVICE : DD_DIR_FROM_DEVICE,
        .buffer = buffer,
        .buffer_bytes = size_bytes,
        .obj = nb,
        .handle = h,
        .site = site,
        .ready = list_ready,
        .ready_arg = sg,
        .context = context,
    };
    enum dd_sgl_refuse why;
    bool called, queued;
    NDIS_STATUS status;

    DD_SEAM(.kind = DD_EV_SGL_REQUEST_CALL, .site = site, .adapter = adapter, .obj = nb, .obj2 = h, .a = flags,
            .b = dd_irql_get(), .c = rq.len_bytes, .d = size_bytes, .data = buffer);
    why = request_list(sg, &rq, &called, &queued);
    status = why == DD_SGL_OK ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES;
    DD_SEAM(.kind = DD_EV_SGL_REQUEST_DONE, .site = site, .adapter = adapter, .obj = nb, .obj2 = h,
            .a = (uint32_t)status, .b = called, .c = queued, .d = (uint64_t)why);
    return status;
}

static __attribute__((noinline)) void long_free(NDIS_HANDLE h, PSCATTER_GATHER_LIST list, PNET_BUFFER nb,
                                                const void *site)
{
    struct dd_sg_handle *sg = dd_sg_find(h, NULL);
    struct dd_hal_device *dev = dd_sg_device_of(h, list);
    struct dd_hal_list *l = NULL;
    uint64_t number = 0;
    bool changed = false;
    KIRQL before = dd_irql_get(), irql = dd_hal_raise();

    if (dev) {
        l = dd_hal_list_claim(dev, list, &number, &changed);
    }
    DD_SEAM(.kind = DD_EV_SGL_FREE_CALL, .site = site, .adapter = dev ? dev->core.adapter : NULL, .obj = list,
            .obj2 = nb, .obj3 = h, .a = before, .b = number, .c = changed);
    if (l) {
        dd_hal_list_put(l);
    } else if (sg && list && !dev->checked) {
        fast_free(sg, list);
    }
    dd_hal_lower(irql);
}

/* --- Windows names; the manual is in include/nt/ndis/dma.h --- */

NDIS_STATUS NdisMAllocateNetBufferSGList(NDIS_HANDLE NdisMiniportDmaHandle, PNET_BUFFER NetBuffer, PVOID Context,
                                         ULONG Flags, PVOID ScatterGatherListBuffer, ULONG ScatterGatherListBufferSize)
{
    struct dd_sg_handle *sg = NdisMiniportDmaHandle;

    DD_API(NdisMAllocateNetBufferSGList);
    if (is_fast(sg) &&
        fast_allocate(sg, NetBuffer, Context, Flags, ScatterGatherListBuffer, ScatterGatherListBufferSize)) {
        return NDIS_STATUS_SUCCESS;
    }
    return long_allocate(NdisMiniportDmaHandle, NetBuffer, Context, Flags, ScatterGatherListBuffer,
                         ScatterGatherListBufferSize, DD_SITE());
}

VOID NdisMFreeNetBufferSGList(NDIS_HANDLE NdisMiniportDmaHandle, PSCATTER_GATHER_LIST pSGL, PNET_BUFFER NetBuffer)
{
    struct dd_sg_handle *sg = NdisMiniportDmaHandle;

    DD_API(NdisMFreeNetBufferSGList);
    if (is_fast(sg) && pSGL && (pSGL->Reserved & 1) == 0) {
        fast_free(sg, pSGL);
        return;
    }
    long_free(NdisMiniportDmaHandle, pSGL, NetBuffer, DD_SITE());
}
