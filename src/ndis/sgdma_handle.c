/* SPDX-License-Identifier: MIT */
/*
 * SG DMA registrations, and what the state machine asks of them.
 *
 * What the pages leave open, and what Drydock does (ndis6-sgdma 2.1, 2.2, 5):
 *
 *   wrong Type or Size   NDIS_STATUS_BAD_VERSION; Size may be anything from the revision's end on,
 *                        and nothing beyond it is read
 *   unknown flags        accepted and told
 *   no handler           accepted: such drivers only want shared memory
 *   registered twice     two handles
 *   live lists at deregister
 *                        ended by force: their pages are unmapped, so that the device faults; no
 *                        callback follows
 *   ScatterGatherListSize
 *                        a list with an element for each page that MaximumPhysicalMapping bytes can
 *                        touch, and one more for a second MDL. It is advice, and computed in 64
 *                        bits: (ULONG)-1 asks for 25 MB of a caller's buffer, and reserves nothing
 */
#include "ndis/sgdma.h"

#include "base/map.h"
#include "ndis/adapter_priv.h"
#include "ndis/dma_channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1 and _2: our header may be compiled at a lower level */
#define SIZE_REVISION_1 36u
#define SIZE_REVISION_2 48u

static struct dd_mutex known_lock = DD_MUTEX_INIT; /* guards known */
static struct dd_map known;                        /* every handle, live or stale */

/* --- handles --- */

static struct dd_sg_handle *known_handle(NDIS_HANDLE h)
{
    struct dd_sg_handle *sg;

    dd_mutex_lock(&known_lock);
    sg = dd_map_get(&known, DD_KEY(h));
    dd_mutex_unlock(&known_lock);
    return sg;
}

static bool is_live(const struct dd_sg_handle *sg)
{
    return __atomic_load_n(&sg->word, __ATOMIC_ACQUIRE) != DD_SG_DEAD;
}

struct dd_sg_handle *dd_sg_find(NDIS_HANDLE h, bool *ret_stale)
{
    struct dd_sg_handle *sg = known_handle(h);

    if (ret_stale) {
        *ret_stale = sg && !is_live(sg);
    }
    return sg && is_live(sg) ? sg : NULL;
}

struct dd_hal_device *dd_sg_device_of(NDIS_HANDLE h, const void *list)
{
    struct dd_sg_handle *sg = known_handle(h);

    return sg ? sg->hal->dev : dd_hal_device_with(list);
}

struct dd_sg_handle *dd_sg_first(struct dd_adapter *a)
{
    struct dd_sg_handle *sg = NULL;

    dd_mutex_lock(&known_lock);
    if (!dd_list_empty(&a->sg_handles)) {
        sg = DD_LIST_ENTRY(a->sg_handles.next, struct dd_sg_handle, node);
    }
    dd_mutex_unlock(&known_lock);
    return sg;
}

/* --- registering --- */

/* @ret_copy: only what the driver's Size covers, the rest zero. By bytes: the driver may have
 * packed it anywhere */
static enum dd_sg_reject read_description(const void *d, NDIS_SG_DMA_DESCRIPTION *ret_copy)
{
    NDIS_OBJECT_HEADER h;
    size_t need;

    memcpy(&h, d, sizeof(h));
    need = h.Revision >= 2 ? SIZE_REVISION_2 : SIZE_REVISION_1;
    memset(ret_copy, 0, sizeof(*ret_copy));
    memcpy(ret_copy, d, h.Size < sizeof(*ret_copy) ? h.Size : sizeof(*ret_copy));
    ret_copy->Header = h;
    if (h.Type != NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION) {
        return DD_SG_BAD_TYPE;
    }
    if (h.Revision < 1 || h.Revision > 2 ||
        (h.Revision == 2 && dd_ndis_runtime_version() < (6u << 16 | 85))) {
        return DD_SG_BAD_REVISION;
    }
    return h.Size < need ? DD_SG_BAD_SIZE : DD_SG_OK;
}

static ULONG known_flags(const struct dd_adapter *a)
{
    ULONG flags = NDIS_SG_DMA_64_BIT_ADDRESS;

    if (a->driver->ndis_version >= (6u << 16 | 50)) {
        flags |= NDIS_SG_DMA_V3_HAL_API;
    }
    if (a->driver->ndis_version >= (6u << 16 | 85)) {
        flags |= NDIS_SG_DMA_HYBRID_DMA;
    }
    return flags;
}

static enum dd_sg_reject check_adapter(const struct dd_adapter *a)
{
    if (a->driver->ndis_version >> 16 < 6) {
        return DD_SG_OLD_DRIVER;
    }
    if (!a->have_registration) {
        return DD_SG_NO_ATTRIBUTES;
    }
    return a->bus_master ? DD_SG_OK : DD_SG_NOT_BUS_MASTER;
}

static NDIS_STATUS status_of(enum dd_sg_reject why)
{
    switch (why) {
    case DD_SG_OK:
    case DD_SG_UNKNOWN_FLAGS:
        return NDIS_STATUS_SUCCESS;
    case DD_SG_BAD_TYPE:
    case DD_SG_BAD_REVISION:
    case DD_SG_BAD_SIZE:
        return NDIS_STATUS_BAD_VERSION;
    case DD_SG_NO_ATTRIBUTES:
    case DD_SG_NOT_BUS_MASTER:
    case DD_SG_OLD_DRIVER:
        return NDIS_STATUS_NOT_SUPPORTED;
    case DD_SG_NO_MEMORY:
        break;
    }
    return NDIS_STATUS_RESOURCES;
}

/* listeners are there before a run starts, so this is asked once and not at every list */
static bool can_be_fast(const struct dd_hal_adapter *hal)
{
    const struct dd_dma_policy *p = hal->dev->core.policy;

    return (dd_dma_is_plain(&hal->dma) || hal->quick) && p->callback == DD_CALLBACK_INLINE &&
           !p->relocate && !dd_seam_listening() && dd_seam_fail_mask_ == 0;
}

static void handle_fill(struct dd_sg_handle *sg, struct dd_adapter *a,
                        const NDIS_SG_DMA_DESCRIPTION *d)
{
    bool checked = a->dma_policy->checked,
         fast = can_be_fast(sg->hal) && d->ProcessSGListHandler != NULL;

    sg->adapter = a;
    sg->cpu = sg->hal->dev->cpu;
    sg->max_end = sg->hal->dma.identity_max + 1; /* RAM ends below 2^64 */
    sg->process = d->ProcessSGListHandler;
    sg->shared_complete = d->SharedMemAllocateCompleteHandler;
    sg->pdo_argument = checked ? DD_POISON_PDO : a->pdo;
    sg->reserved_argument = checked ? DD_POISON_RESERVED : NULL;
    sg->word = DD_SG_LIVE;
    if (fast && sg->hal->quick) {
        sg->word = DD_SG_QUICK;
    } else if (fast) {
        sg->word = dd_ram_phys_end(a->ram) <= sg->max_end ? DD_SG_FAST : DD_SG_FAST_LOW;
    }
}

static struct dd_sg_handle *handle_new(struct dd_adapter *a, const NDIS_SG_DMA_DESCRIPTION *d,
                                       const void *site)
{
    struct dd_sg_state *state = a->sg_state;
    unsigned bits = (d->Flags & NDIS_SG_DMA_64_BIT_ADDRESS) != 0 ? 64 : 32;
    struct dd_sg_handle *sg = aligned_alloc(64, dd_align_up(sizeof(*sg), 64));

    if (!sg) {
        return NULL;
    }
    memset(sg, 0, sizeof(*sg));
    if (dd_hal_adapter_open(state->dev, bits, d->MaximumPhysicalMapping, &sg->hal) < 0) {
        free(sg);
        return NULL;
    }
    sg->site = site;
    handle_fill(sg, a, d);
    dd_mutex_lock(&known_lock);
    if (dd_map_put(&known, DD_KEY(sg), sg) < 0) {
        dd_mutex_unlock(&known_lock);
        dd_hal_adapter_close(sg->hal);
        free(sg);
        return NULL;
    }
    dd_list_append(&a->sg_handles, &sg->node);
    dd_mutex_unlock(&known_lock);
    return sg;
}

static enum dd_sg_reject register_dma(struct dd_adapter *a, const NDIS_SG_DMA_DESCRIPTION *d,
                                      const void *site, struct dd_sg_handle **ret_sg)
{
    enum dd_sg_reject why = check_adapter(a);

    if (why != DD_SG_OK) {
        return why;
    }
    if (!a->sg_state || dd_seam_may_fail(DD_FAIL_SG_REGISTER, site)) {
        return DD_SG_NO_MEMORY;
    }
    *ret_sg = handle_new(a, d, site);
    if (!*ret_sg) {
        return DD_SG_NO_MEMORY;
    }
    return (d->Flags & ~known_flags(a)) != 0 ? DD_SG_UNKNOWN_FLAGS : DD_SG_OK;
}

static void write_list_size(void *description, const NDIS_SG_DMA_DESCRIPTION *d)
{
    ULONG size =
        (ULONG)dd_hal_list_bytes(dd_span_pages(DD_PAGE_MASK, d->MaximumPhysicalMapping) + 1);

    memcpy((uint8_t *)description + offsetof(NDIS_SG_DMA_DESCRIPTION, ScatterGatherListSize), &size,
           sizeof(size));
}

NDIS_STATUS NdisMRegisterScatterGatherDma(NDIS_HANDLE MiniportAdapterHandle,
                                          PNDIS_SG_DMA_DESCRIPTION DmaDescription,
                                          PNDIS_HANDLE NdisMiniportDmaHandle)
{
    struct dd_sg_handle *sg = NULL;
    NDIS_SG_DMA_DESCRIPTION d;
    enum dd_sg_reject why;
    struct dd_adapter *a;

    DD_API(NdisMRegisterScatterGatherDma);
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (!a) {
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    why = read_description(DmaDescription, &d);
    if (why == DD_SG_OK) {
        why = register_dma(a, &d, DD_SITE(), &sg);
    }
    if (sg) {
        write_list_size(DmaDescription, &d);
        *NdisMiniportDmaHandle = sg;
    }
    DD_SEAM(.kind = DD_EV_SG_REGISTER, .site = DD_SITE(), .adapter = a, .obj = sg,
            .a = (uint32_t)status_of(why), .b = why, .c = dd_sg_in_init(a), .data = &d);
    return status_of(why);
}

/* --- deregistering --- */

static void handle_close(struct dd_sg_handle *sg)
{
    struct dd_sg_state *state = sg->adapter->sg_state;

    __atomic_store_n(&sg->word, DD_SG_DEAD, __ATOMIC_RELEASE);
    dd_mutex_lock(&known_lock);
    dd_list_remove(&sg->node);
    dd_list_append(&state->stale, &sg->node);
    dd_mutex_unlock(&known_lock);
    dd_hal_adapter_close(sg->hal);
    if (dd_irql_get() == PASSIVE_LEVEL) {
        dd_dpc_flush(); /* callbacks that were under way */
    }
}

VOID NdisMDeregisterScatterGatherDma(NDIS_HANDLE NdisMiniportDmaHandle)
{
    struct dd_sg_handle *sg;
    struct dd_adapter *a;
    bool stale, in_place;

    DD_API(NdisMDeregisterScatterGatherDma);
    sg = dd_sg_find(NdisMiniportDmaHandle, &stale);
    a = sg ? sg->adapter : NULL;
    in_place = dd_call_inside(DD_ROLE_HALT) || dd_call_inside(DD_ROLE_INITIALIZE) ||
               (a && dd_sg_in_init(a));
    DD_SEAM(.kind = DD_EV_SG_DEREGISTER_CALL, .site = DD_SITE(), .adapter = a,
            .obj = NdisMiniportDmaHandle, .a = sg ? 1 : (stale ? 2 : 0),
            .b = sg ? sg->hal->live : 0, .c = a ? dd_shmem_live_of(a, sg) : 0, .d = in_place);
    if (sg) {
        dd_shmem_cancel(a, sg);
        handle_close(sg);
    }
}

/* --- the state machine's hooks --- */

int dd_sg_device(struct dd_adapter *a, struct dd_hal_device **ret_dev)
{
    struct dd_hal_device_config config = {
        .pdo = a->pdo,
        .adapter = a,
        .ram = a->ram,
        .domain = a->domain,
        .policy = a->dma_policy,
        .address_bits = a->dev ? a->dev->info.address_bits : 64,
    };

    return dd_hal_device_open(&config, ret_dev);
}

int dd_sgdma_adapter_init(struct dd_adapter *a)
{
    struct dd_sg_state *state = calloc(1, sizeof(*state));

    if (!state) {
        return -ENOMEM;
    }
    if (dd_sg_device(a, &state->dev) < 0) {
        free(state);
        return -ENOMEM;
    }
    if (atomic_load(&state->dev->numbers) < a->dma_numbers) {
        atomic_store(&state->dev->numbers, a->dma_numbers);
    }
    dd_list_init(&state->stale);
    dd_list_init(&a->sg_handles);
    a->sg_state = state;
    return 0;
}

static unsigned report_handle(struct dd_sg_handle *sg, bool failed_init)
{
    unsigned n = dd_hal_adapter_report(sg->hal, failed_init);

    DD_SEAM(.kind = DD_EV_LEAK, .site = sg->site, .adapter = sg->adapter, .obj = sg,
            .data = dd_leak_name(DD_LEAK_SG_REGISTRATION), .a = DD_LEAK_SG_REGISTRATION, .b = 1,
            .c = failed_init);
    return n + 1;
}

static void stale_free(struct dd_sg_state *state)
{
    struct dd_list *pos;

    dd_mutex_lock(&known_lock);
    while ((pos = dd_list_pop(&state->stale))) {
        struct dd_sg_handle *sg = DD_LIST_ENTRY(pos, struct dd_sg_handle, node);

        dd_map_del(&known, DD_KEY(sg));
        free(sg);
    }
    if (dd_map_count(&known) == 0) {
        dd_map_done(&known);
    }
    dd_mutex_unlock(&known_lock);
}

/* what a run adds up to over several lives of an adapter */
static void stats_keep(struct dd_dma_stats *sum, const struct dd_dma_stats *s)
{
    sum->sg_lists_built += s->sg_lists_built;
    sum->sg_lists_freed += s->sg_lists_freed;
    sum->sg_elements += s->sg_elements;
    sum->deferred_callbacks += s->deferred_callbacks;
    sum->other_cpu_callbacks += s->other_cpu_callbacks;
    sum->queued_requests += s->queued_requests;
    sum->bounced_bytes += s->bounced_bytes;
    sum->shared_memory_async += s->shared_memory_async;
    sum->caller_buffers_used += s->caller_buffers_used;
    sum->own_buffers_used += s->own_buffers_used;
    sum->map_registers_now += s->map_registers_now;
    sum->shared_memory_bytes_now += s->shared_memory_bytes_now;
    if (s->sg_elements_max > sum->sg_elements_max) {
        sum->sg_elements_max = s->sg_elements_max;
    }
    if (s->map_registers_peak > sum->map_registers_peak) {
        sum->map_registers_peak = s->map_registers_peak;
    }
    if (s->shared_memory_bytes_peak > sum->shared_memory_bytes_peak) {
        sum->shared_memory_bytes_peak = s->shared_memory_bytes_peak;
    }
}

unsigned dd_sgdma_adapter_done(struct dd_adapter *a, bool failed_init)
{
    struct dd_sg_state *state = a->sg_state;
    struct dd_dma_stats s;
    unsigned leaks;

    if (!state) {
        return 0;
    }
    leaks = dd_hal_device_report(state->dev, failed_init);
    while (!dd_list_empty(&a->sg_handles)) {
        struct dd_sg_handle *sg = DD_LIST_ENTRY(a->sg_handles.next, struct dd_sg_handle, node);

        leaks += report_handle(sg, failed_init);
        handle_close(sg);
    }
    dd_hal_device_stats(state->dev, &s);
    leaks +=
        (unsigned)(s.sg_lists_built - s.sg_lists_freed); /* of the fast path: they have no record */
    s.map_registers_now = s.shared_memory_bytes_now = 0;
    stats_keep(&a->dma_stats, &s);
    stale_free(state);
    a->dma_numbers = atomic_load(&state->dev->numbers);
    dd_hal_device_close(state->dev);
    free(state);
    a->sg_state = NULL;
    return leaks;
}

void dd_ndis_dma_stats(struct dd_adapter *a, struct dd_dma_stats *ret_stats)
{
    struct dd_sg_state *state = a->sg_state;
    struct dd_dma_stats s = {0};

    if (state) {
        dd_hal_device_stats(state->dev, &s);
    }
    s.shared_memory_async = dd_shmem_async_count(a);
    *ret_stats = a->dma_stats;
    stats_keep(ret_stats, &s);
}

unsigned dd_sgdma_live_sends(struct dd_adapter *a)
{
    struct dd_sg_state *state = a->sg_state;

    return state ? dd_hal_live_sends(state->dev) : 0;
}

unsigned dd_sgdma_live_of_nb(struct dd_adapter *a, PNET_BUFFER nb)
{
    struct dd_sg_state *state = a->sg_state;

    return state ? dd_hal_live_of(state->dev, nb) : 0;
}

/* --- alignment --- */

ULONG NdisMGetDmaAlignment(NDIS_HANDLE MiniportAdapterHandle)
{
    struct dd_adapter *a;

    DD_API(NdisMGetDmaAlignment);
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (a && !dd_sg_first(a) && !dd_channel_registered(a)) {
        DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = DD_SITE(), .adapter = a, .obj = a,
                .data = "NdisMGetDmaAlignment before NdisMRegisterScatterGatherDma");
    }
    return DD_DMA_ALIGNMENT;
}

ULONG NdisGetSharedDataAlignment(VOID)
{
    DD_API(NdisGetSharedDataAlignment);
    return DD_DMA_ALIGNMENT;
}
