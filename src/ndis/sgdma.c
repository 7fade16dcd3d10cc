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
 * listens. It takes no lock, allocates nothing and reads each frame once. Its lists carry 0 or,
 * when the device writes, 2 in the list's reserved word; lists with a record (src/hal) carry an odd
 * one, also those that are mapped or bounced where nobody listens (hal/quick.h). A list of one or
 * two elements that the device reads, which is what a send is, has a path of its own: straight
 * code, and one counter for all that is told of it.
 */
#include "ndis/sgdma.h"

#include "dma/identity.h"
#include "hal/quick.h"

#define LIKELY(x)    __builtin_expect(!!(x), 1)
#define UNLIKELY(x)  __builtin_expect(!!(x), 0)
#define ROOM_FOR_TWO (DD_LIST_HEADER_BYTES + 2 * sizeof(struct dd_sg_elem))
#define FROM_DEVICE  ((ULONG_PTR)2)

/* out of line, with the arguments where the caller has them */
#if defined(__clang__)
#define SAME_CALL __attribute__((noinline))
#else
#define SAME_CALL __attribute__((noinline, noclone))
#endif

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

static inline struct dd_sg_elem *elements_of(SCATTER_GATHER_LIST *list)
{
    return (struct dd_sg_elem *)(void *)((uint8_t *)list + DD_LIST_HEADER_BYTES);
}

static inline uint64_t run_address(PMDL mdl)
{
    return (*(const dd_frame *)dd_mdl_frames(mdl) << DD_PAGE_SHIFT) + mdl->ByteOffset;
}

static inline void element_set(struct dd_sg_elem *e, uint64_t address, uint64_t len_bytes)
{
    e->address = address;
    e->length = (uint32_t)len_bytes;
    e->reserved = 0;
}

static inline bool is_run(PMDL mdl)
{
    return mdl && (mdl->MdlFlags & DD_MDL_RUN) != 0;
}

/* offset of the last byte from the start of CurrentMdl. A window of no bytes wraps round to an
 * offset that no MDL has */
static inline uint64_t last_of(const NET_BUFFER *nb)
{
    return list_bytes(nb) - 1;
}

/* two runs that are not adjacent, all RAM in reach (a run is RAM: src/nt/mdl.c), into room for two
 * elements; false: it is something else */
static inline __attribute__((always_inline)) bool two_runs(const NET_BUFFER *nb,
                                                           struct dd_sg_elem *e)
{
    PMDL mdl = nb->CurrentMdl;
    uint64_t last = last_of(nb), n, addr;

    if (UNLIKELY(!is_run(mdl))) {
        return false;
    }
    n = mdl->ByteCount;
    if (n - 1 >= last) { /* also one of no bytes */
        return false;
    }
    addr = run_address(mdl);
    element_set(e, addr, n);
    last -= n;
    addr += n;
    mdl = mdl->Next;
    if (UNLIKELY(!is_run(mdl) || mdl->ByteCount <= last)) {
        return false;
    }
    n = run_address(mdl);
    if (UNLIKELY(n == addr)) {
        return false;
    }
    element_set(e + 1, n, last + 1);
    return true;
}

static inline bool one_run(const struct dd_sg_handle *sg, const NET_BUFFER *nb,
                           struct dd_sg_elem *e)
{
    PMDL mdl = nb->CurrentMdl;
    uint64_t last = last_of(nb);

    if (UNLIKELY(!is_run(mdl) || mdl->ByteCount <= last ||
                 run_address(mdl) + last >= sg->max_end)) {
        return false;
    }
    element_set(e, run_address(mdl), last + 1);
    return true;
}

/* any elements: the last one, or NULL */
static struct dd_sg_elem *any(struct dd_sg_elem *last, PMDL mdl, uint64_t left,
                              const void *room_last, uint64_t max_end)
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

/* No call site for the long way: it matters only where somebody listens, and then nobody comes
 * here. */
static __attribute__((noinline)) NDIS_STATUS fast_allocate(struct dd_sg_handle *sg, PNET_BUFFER nb,
                                                           PVOID context, ULONG flags, PVOID buffer,
                                                           ULONG size_bytes)
{
    SCATTER_GATHER_LIST *list = buffer;
    struct dd_sg_elem *first = elements_of(list), *last;
    uint64_t to_device = flags & NDIS_SG_LIST_WRITE_TO_DEVICE;
    int n = dd_cpu_at_dispatch();
    struct dd_hal_cpu *cpu;
    uint32_t count;

    last = any(first - 1, nb->CurrentMdl, list_bytes(nb), dd_ident_room(list, size_bytes),
               sg->max_end);
    if (UNLIKELY(last < first || n < 0)) { /* also no element at all */
        return long_allocate(sg, nb, context, (uint64_t)size_bytes << 32 | flags, buffer, NULL);
    }
    count = (uint32_t)((uintptr_t)(last + 1) - (uintptr_t)first) / (uint32_t)sizeof(*last);
    list->NumberOfElements = count;
    list->Reserved = to_device ? 0 : FROM_DEVICE;
    cpu = &sg->cpu[n];
    if (to_device && count <= 2) {
        cpu->plain_built[count - 1]++;
    } else {
        cpu->s.sg_lists_built++;
        cpu->s.sg_elements += count;
        cpu->live_sends += to_device;
        if (count > cpu->s.sg_elements_max) {
            cpu->s.sg_elements_max = count;
        }
    }
    sg->process(sg->pdo_argument, sg->reserved_argument, list, context);
    return NDIS_STATUS_SUCCESS;
}

/* the driver's callback, with a list the device reads */
static inline NDIS_STATUS plain_ready(struct dd_sg_handle *sg, SCATTER_GATHER_LIST *list,
                                      ULONG elements, PVOID context, unsigned cpu)
{
    list->NumberOfElements = elements;
    list->Reserved = 0;
    sg->cpu[cpu].plain_built[elements - 1]++;
    sg->process(sg->pdo_argument, sg->reserved_argument, list, context);
    return NDIS_STATUS_SUCCESS;
}

/* not two runs into a good buffer. Its arguments are those of the call: nothing moves on the way */
static SAME_CALL NDIS_STATUS fast_other(struct dd_sg_handle *sg, PNET_BUFFER nb, PVOID context,
                                        ULONG flags, SCATTER_GATHER_LIST *list, ULONG size_bytes)
{
    int cpu = dd_cpu_at_dispatch();

    if (UNLIKELY(!list || ((uintptr_t)list & 7) != 0)) {
        return long_allocate(sg, nb, context, (uint64_t)size_bytes << 32 | flags, list, NULL);
    }
    if (LIKELY(flags == NDIS_SG_LIST_WRITE_TO_DEVICE && size_bytes >= ROOM_FOR_TWO && cpu >= 0 &&
               one_run(sg, nb, elements_of(list)))) {
        return plain_ready(sg, list, 1, context, (unsigned)cpu);
    }
    return fast_allocate(sg, nb, context, flags, list, size_bytes);
}

/* mapped or bounced (hal/quick.h), and not two MDLs in a page each */
static SAME_CALL NDIS_STATUS quick_other(struct dd_sg_handle *sg, PNET_BUFFER nb, PVOID context,
                                         ULONG flags, SCATTER_GATHER_LIST *list, ULONG size_bytes)
{
    enum dd_dir dir =
        (flags & NDIS_SG_LIST_WRITE_TO_DEVICE) != 0 ? DD_DIR_TO_DEVICE : DD_DIR_FROM_DEVICE;
    int cpu = dd_cpu_at_dispatch();

    if (UNLIKELY(cpu < 0 || !list || ((uintptr_t)list & 7) != 0 ||
                 !dd_quick_build(sg->hal->quick, (unsigned)cpu, nb->CurrentMdl, list_bytes(nb), dir,
                                 list, size_bytes))) {
        return long_allocate(sg, nb, context, (uint64_t)size_bytes << 32 | flags, list, NULL);
    }
    sg->process(sg->pdo_argument, sg->reserved_argument, list, context);
    return NDIS_STATUS_SUCCESS;
}

static SAME_CALL NDIS_STATUS quick_allocate(struct dd_sg_handle *sg, PNET_BUFFER nb, PVOID context,
                                            ULONG flags, SCATTER_GATHER_LIST *list,
                                            ULONG size_bytes)
{
    int cpu;

    if (UNLIKELY(!sg->hal->dev->core.translated)) {
        return quick_other(sg, nb, context, flags, list, size_bytes);
    }
    cpu = dd_cpu_at_dispatch();
    if (UNLIKELY(cpu < 0 || !list || ((uintptr_t)list & 7) != 0 || size_bytes < ROOM_FOR_TWO ||
                 flags != NDIS_SG_LIST_WRITE_TO_DEVICE ||
                 !dd_quick_two(sg->hal->quick, (unsigned)cpu, nb->CurrentMdl, list_bytes(nb),
                               DD_DIR_TO_DEVICE, list))) {
        return quick_other(sg, nb, context, flags, list, size_bytes);
    }
    sg->process(sg->pdo_argument, sg->reserved_argument, list, context);
    return NDIS_STATUS_SUCCESS;
}

/* @list was built by the fast path */
static void fast_free(const struct dd_sg_handle *sg, const SCATTER_GATHER_LIST *list, unsigned n)
{
    struct dd_hal_cpu *cpu = &sg->cpu[n];

    if (list->Reserved == FROM_DEVICE) {
        cpu->s.sg_lists_freed++;
    } else {
        cpu->plain_freed++;
    }
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
    } else if (sg && list && !dev->checked && dd_quick_is(list->Reserved)) {
        dd_quick_put(list->Reserved, dd_cpu_current());
    } else if (sg && list && !dev->checked) {
        fast_free(sg, list, dd_cpu_current());
    }
    dd_hal_lower(irql);
}

/* nobody listens, so no call site is needed */
static SAME_CALL void other_free(struct dd_sg_handle *sg, PSCATTER_GATHER_LIST list, PNET_BUFFER nb)
{
    int cpu = dd_cpu_at_dispatch();

    if (LIKELY(sg && list && sg->word == DD_SG_QUICK && dd_quick_is(list->Reserved) && cpu >= 0)) {
        dd_quick_put(list->Reserved, (unsigned)cpu);
    } else {
        long_free(sg, list, nb, NULL);
    }
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
    SCATTER_GATHER_LIST *list = ScatterGatherListBuffer;
    int cpu;

    if (is_fast(sg)) {
        if (UNLIKELY(!list || ((uintptr_t)list & 7) != 0 || Flags != NDIS_SG_LIST_WRITE_TO_DEVICE ||
                     ScatterGatherListBufferSize < ROOM_FOR_TWO)) {
            return fast_other(sg, NetBuffer, Context, Flags, list, ScatterGatherListBufferSize);
        }
        if (LIKELY(two_runs(NetBuffer, elements_of(list))) &&
            LIKELY((cpu = dd_cpu_at_dispatch()) >= 0)) {
            return plain_ready(sg, list, 2, Context, (unsigned)cpu);
        }
        return fast_other(sg, NetBuffer, Context, NDIS_SG_LIST_WRITE_TO_DEVICE, list,
                          ScatterGatherListBufferSize);
    }
    if (!dd_seam_listening() && sg && sg->word == DD_SG_QUICK) {
        return quick_allocate(sg, NetBuffer, Context, Flags, list, ScatterGatherListBufferSize);
    }
    if (!dd_seam_listening() && sg && sg->word == DD_SG_FAST_LOW) {
        return fast_other(sg, NetBuffer, Context, Flags, list, ScatterGatherListBufferSize);
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

    if (UNLIKELY(dd_seam_listening())) {
        long_free(sg, pSGL, NetBuffer, DD_SITE());
        return;
    }
    if (LIKELY(sg && pSGL && sg->word == DD_SG_FAST && pSGL->Reserved == 0) &&
        LIKELY((cpu = dd_cpu_at_dispatch()) >= 0)) {
        sg->cpu[cpu].plain_freed++;
        return;
    }
    other_free(sg, pSGL, NetBuffer);
}
