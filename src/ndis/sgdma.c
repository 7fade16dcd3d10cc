/* SPDX-License-Identifier: MIT */
/*
 * NdisMAllocateNetBufferSGList and NdisMFreeNetBufferSGList.
 *
 * What the pages leave open, and what Drydock does (ndis6-sgdma 2.3 to 2.5, 5):
 *
 *   length            exactly CurrentMdlOffset + DataLength, from byte 0 of CurrentMdl along its
 *                     Next chain
 *   chain too short   NDIS_STATUS_RESOURCES and no callback: a documented answer, and nothing
 *                     beyond the chain is read
 *   DataLength 0      the bytes before CurrentMdlOffset; none at all: a list of no elements
 *   wrong IRQL        below DISPATCH_LEVEL the call raises for its own time; the verifier tells
 *   mapped twice      two independent lists
 *   wrong NET_BUFFER or handle at free
 *                     the list itself is found and freed, so that one mistake does not become a
 *                     second finding
 *   unknown list      nothing happens
 *
 * The fast path: lists are only the addresses of frames, the caller's buffer suffices, nobody
 * listens. It takes no lock, allocates nothing and reads each frame once. Its lists carry their
 * direction in the list's reserved word, whose lowest bit is clear; lists with a record (src/hal)
 * have it set.
 */
#include "ndis/sgdma.h"

#include "dma/identity.h"

#define LIKELY(x)      __builtin_expect(!!(x), 1)
#define UNLIKELY(x)    __builtin_expect(!!(x), 0)
#define FAST_DIR_SHIFT 1

/* lists of this handle are plain. Where somebody listens no handle is trusted, perhaps it is none
 */
static inline bool is_fast(const struct dd_sg_handle *sg)
{
    return LIKELY(!dd_seam_listening() && sg && sg->word == DD_SG_FAST);
}

static inline uint64_t list_bytes(const NET_BUFFER *nb)
{
    return (uint64_t)nb->CurrentMdlOffset + nb->DataLength;
}

/* @size_and_flags: size above, flags below: six arguments stay in registers */
static NDIS_STATUS long_allocate(NDIS_HANDLE h, PNET_BUFFER nb, PVOID context,
                                 uint64_t size_and_flags, PVOID buffer, const void *site);

/* --- the fast path --- */

/*
 * The elements of a window that is not empty, or NULL. Two of them: runs are the rule, and a loop
 * over nothing else fits in registers. What the first can not do the second does from the start,
 * and what that can not do is the long way's.
 */
static inline __attribute__((always_inline)) struct dd_sg_elem *fast_runs(struct dd_sg_elem *last,
                                                                          PMDL mdl, uint64_t left,
                                                                          const void *room_last,
                                                                          uint64_t max_end)
{
    const struct dd_ident i = {room_last, max_end};
    uint64_t end = 0;

    for (; LIKELY(mdl != NULL); mdl = mdl->Next) {
        uint64_t n = mdl->ByteCount < left ? mdl->ByteCount : left, addr;

        if (UNLIKELY((mdl->MdlFlags & DD_MDL_RUN) == 0 || n == 0)) {
            return NULL;
        }
        addr = (*(const dd_frame *)dd_mdl_frames(mdl) << DD_PAGE_SHIFT) + mdl->ByteOffset;
        last = dd_ident_run(&i, last, end, addr, (uint32_t)n);
        left -= n;
        end = addr + n;
        if (UNLIKELY(!last) || left == 0) {
            return last;
        }
    }
    return NULL;
}

static __attribute__((noinline, cold)) struct dd_sg_elem *fast_frames(struct dd_sg_elem *last,
                                                                      PMDL mdl, uint64_t left,
                                                                      const void *room_last,
                                                                      uint64_t max_end)
{
    const struct dd_ident i = {room_last, max_end};
    uint64_t end = 0;

    for (; last && mdl && left > 0; mdl = mdl->Next) {
        const dd_frame *frames = (const dd_frame *)dd_mdl_frames(mdl);
        uint64_t n = mdl->ByteCount < left ? mdl->ByteCount : left;

        left -= n;
        if (n > 0 && (mdl->MdlFlags & DD_MDL_RUN) != 0) {
            uint64_t addr = (frames[0] << DD_PAGE_SHIFT) + mdl->ByteOffset;

            last = dd_ident_run(&i, last, end, addr, (uint32_t)n);
            end = addr + n;
        } else if (n > 0) {
            last = dd_ident_frames(&i, last, end, frames, mdl->ByteOffset, (uint32_t)n, &end);
        }
    }
    return left == 0 ? last : NULL;
}

/* The arguments are those of the entry point, in their registers, so that it can jump here. No call
 * site for the long way: it matters only where somebody listens, and then nobody comes here. */
static __attribute__((noinline)) NDIS_STATUS fast_allocate(struct dd_sg_handle *sg, PNET_BUFFER nb,
                                                           PVOID context, ULONG flags, PVOID buffer,
                                                           ULONG size_bytes)
{
    struct dd_sg_elem *first, *last;
    SCATTER_GATHER_LIST *list = buffer;
    const void *room_last = dd_ident_room(list, size_bytes);
    uint64_t to_device = flags & NDIS_SG_LIST_WRITE_TO_DEVICE;
    struct dd_hal_cpu *cpu;
    uint32_t count;
    int n;

    first = (struct dd_sg_elem *)(void *)((uint8_t *)list + DD_LIST_HEADER_BYTES);
    last = fast_runs(first - 1, nb->CurrentMdl, list_bytes(nb), room_last, sg->max_end);
    if (UNLIKELY(!last)) {
        last = fast_frames(first - 1, nb->CurrentMdl, list_bytes(nb), room_last, sg->max_end);
    }
    n = dd_cpu_at_dispatch();
    if (UNLIKELY(last < first || n < 0)) { /* also no element at all */
        return long_allocate(sg, nb, context, (uint64_t)size_bytes << 32 | flags, buffer, NULL);
    }
    count = (uint32_t)((uintptr_t)(last + 1) - (uintptr_t)first) / (uint32_t)sizeof(*last);
    list->NumberOfElements = count;
    list->Reserved = to_device << FAST_DIR_SHIFT;
    cpu = &sg->cpu[n];
    cpu->s.sg_lists_built++;
    cpu->s.sg_elements += count;
    cpu->live_sends += to_device;
    if (UNLIKELY(count > cpu->s.sg_elements_max)) {
        cpu->s.sg_elements_max = count;
    }
    sg->process(sg->pdo_argument, sg->reserved_argument, list, context);
    return NDIS_STATUS_SUCCESS;
}

/* @list was built by fast_allocate */
static inline void fast_free(const struct dd_sg_handle *sg, const SCATTER_GATHER_LIST *list,
                             unsigned n)
{
    struct dd_hal_cpu *cpu = &sg->cpu[n];

    cpu->s.sg_lists_freed++;
    cpu->live_sends -= list->Reserved >> FAST_DIR_SHIFT & NDIS_SG_LIST_WRITE_TO_DEVICE;
}

/* --- the long way --- */

static void list_ready(const struct dd_hal_request *rq, SCATTER_GATHER_LIST *list)
{
    const struct dd_sg_handle *sg = rq->ready_arg;

    DD_CALL(DD_ROLE_PROCESS_SG_LIST, "MiniportProcessSGList", sg->adapter,
            sg->process(sg->pdo_argument, sg->reserved_argument, list, rq->context));
}

static enum dd_sgl_refuse request_list(struct dd_sg_handle *sg, struct dd_hal_request *rq,
                                       bool *ret_called, bool *ret_queued)
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

static __attribute__((noinline)) NDIS_STATUS long_allocate(NDIS_HANDLE h, PNET_BUFFER nb,
                                                           PVOID context, uint64_t size_and_flags,
                                                           PVOID buffer, const void *site)
{
    ULONG size_bytes = (ULONG)(size_and_flags >> 32), flags = (ULONG)size_and_flags;
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

    DD_SEAM(.kind = DD_EV_API, .site = site, .a = DD_API_NdisMAllocateNetBufferSGList,
            .b = dd_irql_get());
    DD_SEAM(.kind = DD_EV_SGL_REQUEST_CALL, .site = site, .adapter = adapter, .obj = nb, .obj2 = h,
            .a = flags, .b = dd_irql_get(), .c = rq.len_bytes, .d = size_bytes, .data = buffer);
    why = request_list(sg, &rq, &called, &queued);
    status = why == DD_SGL_OK ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES;
    DD_SEAM(.kind = DD_EV_SGL_REQUEST_DONE, .site = site, .adapter = adapter, .obj = nb, .obj2 = h,
            .a = (uint32_t)status, .b = called, .c = queued, .d = (uint64_t)why);
    return status;
}

static __attribute__((noinline)) void long_free(NDIS_HANDLE h, PSCATTER_GATHER_LIST list,
                                                PNET_BUFFER nb, const void *site)
{
    struct dd_sg_handle *sg = dd_sg_find(h, NULL);
    struct dd_hal_device *dev = dd_sg_device_of(h, list);
    struct dd_hal_list *l = NULL;
    uint64_t number = 0;
    bool changed = false;
    KIRQL before = dd_irql_get(), irql;

    DD_SEAM(.kind = DD_EV_API, .site = site, .a = DD_API_NdisMFreeNetBufferSGList, .b = before);
    irql = dd_hal_raise();
    if (dev) {
        l = dd_hal_list_claim(dev, list, &number, &changed);
    }
    DD_SEAM(.kind = DD_EV_SGL_FREE_CALL, .site = site, .adapter = dev ? dev->core.adapter : NULL,
            .obj = list, .obj2 = nb, .obj3 = h, .a = before, .b = number, .c = changed);
    if (l) {
        dd_hal_list_put(l);
    } else if (sg && list && !dev->checked) {
        fast_free(sg, list, dd_cpu_current());
    }
    dd_hal_lower(irql);
}

/*
 * Windows names; the manual is in include/nt/ndis/dma.h. They do not begin with DD_API: a handle is
 * fast only when nobody listens, and the long way reports the call.
 */

NDIS_STATUS NdisMAllocateNetBufferSGList(NDIS_HANDLE NdisMiniportDmaHandle, PNET_BUFFER NetBuffer,
                                         PVOID Context, ULONG Flags, PVOID ScatterGatherListBuffer,
                                         ULONG ScatterGatherListBufferSize)
{
    struct dd_sg_handle *sg = NdisMiniportDmaHandle;

    if (is_fast(sg) &&
        LIKELY(ScatterGatherListBuffer && ((uintptr_t)ScatterGatherListBuffer & 7) == 0)) {
        return fast_allocate(sg, NetBuffer, Context, Flags, ScatterGatherListBuffer,
                             ScatterGatherListBufferSize);
    }
    return long_allocate(sg, NetBuffer, Context,
                         (uint64_t)ScatterGatherListBufferSize << 32 | Flags,
                         ScatterGatherListBuffer, DD_SITE());
}

VOID NdisMFreeNetBufferSGList(NDIS_HANDLE NdisMiniportDmaHandle, PSCATTER_GATHER_LIST pSGL,
                              PNET_BUFFER NetBuffer)
{
    struct dd_sg_handle *sg = NdisMiniportDmaHandle;
    int cpu;

    if (is_fast(sg) && LIKELY(pSGL && (pSGL->Reserved & 1) == 0) &&
        LIKELY((cpu = dd_cpu_at_dispatch()) >= 0)) {
        fast_free(sg, pSGL, (unsigned)cpu);
        return;
    }
    long_free(sg, pSGL, NetBuffer, DD_SITE());
}
