/* SPDX-License-Identifier: MIT */
/*
 * System (subordinate) DMA: NdisMRegisterDmaChannel, NdisMDeregisterDmaChannel over the channels of
 * src/hal/isa_dma_channel.h.
 *
 * What the pages leave open, and what Drydock does (ndis6-sgdma 2.13; docs/system-dma.md has the
 * reasons):
 *
 *   the channel          that of the description when it says so, and it must be among the
 *                        adapter's resources; else the first among them
 *   Dma32BitAddresses    no effect: the controllers have 24 address bits
 *   DmaSpeed             checked, no effect
 *   an ISA bus master    gets its channel in cascade mode
 *   left behind          a leak at halt; a transfer on it is stopped
 */
#include "ndis/dma_channel.h"

#include "hal/hal.h"
#include "hal/isa_dma_channel.h"
#include "ndis/adapter_priv.h"
#include "ndis/sgdma.h"

#include "base/log.h"

#include <errno.h>

/* tries at shared memory that lies in one page of the address register */
#define COMMON_TRIES 8u

NDIS_STATUS dd_channel_status(enum dd_channel_reject why)
{
    switch (why) {
    case DD_CHANNEL_OK:
        return NDIS_STATUS_SUCCESS;
    case DD_CHANNEL_NO_ATTRIBUTES:
    case DD_CHANNEL_BUS:
    case DD_CHANNEL_BUS_MASTER:
    case DD_CHANNEL_DESCRIPTION:
    case DD_CHANNEL_NONE:
        return NDIS_STATUS_FAILURE;
    case DD_CHANNEL_NOT_ASSIGNED:
    case DD_CHANNEL_TAKEN:
        return NDIS_STATUS_RESOURCE_CONFLICT;
    default:
        return NDIS_STATUS_RESOURCES;
    }
}

/* --- registering --- */

static bool is_isa(NDIS_INTERFACE_TYPE type)
{
    return type == NdisInterfaceIsa || type == NdisInterfacePNPISABus;
}

static enum dd_channel_reject check_adapter(const struct dd_adapter *a)
{
    NDIS_INTERFACE_TYPE type = a->registration.InterfaceType;

    if (!a->have_registration) {
        return DD_CHANNEL_NO_ATTRIBUTES;
    }
    if ((int)type < 0 || (int)type >= NdisMaximumInterfaceType) {
        return DD_CHANNEL_BUS;
    }
    if (a->bus_master && (!is_isa(type) || a->dev->info.bus != DD_BUS_ISA)) {
        return DD_CHANNEL_BUS_MASTER;
    }
    return DD_CHANNEL_OK;
}

static bool is_assigned(const struct dd_adapter *a, unsigned channel)
{
    const struct dd_dev_info *info = &a->dev->info;

    for (unsigned i = 0; i < info->dma_count; i++) {
        if (info->dma_channels[i] == channel) {
            return true;
        }
    }
    return false;
}

static enum dd_channel_reject choose_channel(const struct dd_adapter *a,
                                             const NDIS_DMA_DESCRIPTION *d, unsigned *ret_channel)
{
    if (!d->DmaChannelSpecified) {
        *ret_channel = a->dev->info.dma_channels[0];
        return a->dev->info.dma_count > 0 ? DD_CHANNEL_OK : DD_CHANNEL_NONE;
    }
    *ret_channel = d->DmaChannel;
    if (dd_isa_channel_usable(d->DmaChannel) < 0) {
        return DD_CHANNEL_DESCRIPTION;
    }
    return is_assigned(a, d->DmaChannel) ? DD_CHANNEL_OK : DD_CHANNEL_NOT_ASSIGNED;
}

/* a bus master's data do not pass the controller: no width, no speed, no modes */
static enum dd_channel_reject check_description(const struct dd_adapter *a,
                                                const NDIS_DMA_DESCRIPTION *d, unsigned channel)
{
    DMA_WIDTH width = dd_isa_wide(channel) ? Width16Bits : Width8Bits;

    if (d->DmaPort != 0 || (int)d->DmaSpeed < Compatible || (int)d->DmaSpeed > TypeC ||
        (!a->bus_master && d->DmaWidth != width)) {
        return DD_CHANNEL_DESCRIPTION;
    }
    return DD_CHANNEL_OK;
}

static enum dd_channel_reject channel_open(struct dd_dma_channel *ch, const NDIS_DMA_DESCRIPTION *d,
                                           ULONG max_bytes)
{
    struct dd_adapter *a = ch->a;
    struct dd_isa_channel_config config = {
        .ram = a->ram,
        .channel = ch->number,
        .demand = d->DemandMode != FALSE,
        .auto_init = d->AutoInitialize != FALSE,
        .master = a->bus_master,
        .checked = a->dma_policy->checked,
        .max_bytes = max_bytes,
        .bounce = a->dma_policy->bounce,
        .adapter = a,
    };
    int r = dd_isa_channel_claim(&config, &ch->isa);

    if (r < 0) {
        return r == -EBUSY ? DD_CHANNEL_TAKEN : DD_CHANNEL_NO_MEMORY;
    }
    r = dd_sg_device(a, &ch->dev);
    if (r < 0) {
        goto release;
    }
    r = dd_hal_adapter_open(ch->dev, 24, max_bytes, &ch->hal);
    if (r < 0) {
        goto close;
    }
    dd_mutex_init(&ch->lock);
    return DD_CHANNEL_OK;

close:
    dd_hal_device_close(ch->dev);
release:
    dd_isa_channel_release(ch->isa);
    return DD_CHANNEL_NO_MEMORY;
}

static enum dd_channel_reject register_channel(struct dd_adapter *a, const NDIS_DMA_DESCRIPTION *d,
                                               ULONG max_bytes, const void *site,
                                               unsigned *ret_number,
                                               struct dd_dma_channel **ret_channel)
{
    enum dd_channel_reject why = check_adapter(a);
    struct dd_dma_channel *ch;

    if (why == DD_CHANNEL_OK) {
        why = choose_channel(a, d, ret_number);
    }
    if (why == DD_CHANNEL_OK) {
        why = check_description(a, d, *ret_number);
    }
    if (why != DD_CHANNEL_OK) {
        return why;
    }
    ch = dd_seam_may_fail(DD_FAIL_DMA_CHANNEL, site)
             ? NULL
             : dd_nobj_new(DD_SLOT_DMA_CHANNEL, sizeof(*ch), a, site);
    if (!ch) {
        return DD_CHANNEL_NO_MEMORY;
    }
    ch->a = a;
    ch->number = *ret_number;
    why = channel_open(ch, d, max_bytes);
    if (why != DD_CHANNEL_OK) {
        dd_nobj_free(ch);
        return why;
    }
    *ret_channel = ch;
    return DD_CHANNEL_OK;
}

/* as Windows does when a channel is not to be had */
static void log_conflict(const struct dd_adapter *a, unsigned channel, const void *site)
{
    DD_SEAM(.kind = DD_EV_ERROR_LOG, .site = site, .adapter = a,
            .a = NDIS_ERROR_CODE_RESOURCE_CONFLICT);
    dd_log(DD_LOG_INFO, "%s: DMA channel %u is not to be had", a->name, channel);
}

NDIS_STATUS NdisMRegisterDmaChannel(PNDIS_HANDLE MiniportDmaHandle,
                                    NDIS_HANDLE MiniportAdapterHandle, UINT DmaChannel,
                                    BOOLEAN Dma32BitAddresses, PNDIS_DMA_DESCRIPTION DmaDescription,
                                    ULONG MaximumLength)
{
    struct dd_dma_channel *ch = NULL;
    enum dd_channel_reject why;
    struct dd_adapter *a;
    unsigned number = 0;
    bool in_init;

    DD_API(NdisMRegisterDmaChannel);
    (void)DmaChannel;
    (void)Dma32BitAddresses;
    *MiniportDmaHandle = NULL;
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (!a) {
        return NDIS_STATUS_FAILURE;
    }
    in_init = dd_sg_in_init(a);
    if (!in_init) {
        dd_bad_object(a, "NdisMRegisterDmaChannel outside MiniportInitializeEx", DD_SITE());
    }
    why = register_channel(a, DmaDescription, MaximumLength, DD_SITE(), &number, &ch);
    *MiniportDmaHandle = ch;
    if (dd_channel_status(why) == NDIS_STATUS_RESOURCE_CONFLICT) {
        log_conflict(a, number, DD_SITE());
    }
    DD_SEAM(.kind = DD_EV_DMA_CHANNEL_REGISTER, .site = DD_SITE(), .adapter = a, .obj = ch,
            .data = DmaDescription, .a = (uint32_t)dd_channel_status(why), .b = why, .c = number,
            .d = in_init);
    return dd_channel_status(why);
}

/* --- deregistering --- */

void dd_dma_channel_destroy(void *obj)
{
    struct dd_dma_channel *ch = obj;

    dd_isa_channel_release(ch->isa);
    dd_hal_adapter_close(ch->hal);
    dd_hal_device_close(ch->dev);
    dd_mutex_done(&ch->lock);
    dd_nobj_free(ch);
}

VOID NdisMDeregisterDmaChannel(NDIS_HANDLE MiniportDmaHandle)
{
    struct dd_dma_channel *ch;
    bool busy, in_place;

    DD_API(NdisMDeregisterDmaChannel);
    ch = dd_nobj_get(MiniportDmaHandle, DD_SLOT_DMA_CHANNEL, "not a DMA channel handle", DD_SITE());
    busy = ch && dd_isa_channel_busy(ch->isa);
    in_place = dd_call_inside(DD_ROLE_HALT) || dd_call_inside(DD_ROLE_INITIALIZE) ||
               (ch && dd_sg_in_init(ch->a));
    DD_SEAM(.kind = DD_EV_DMA_CHANNEL_DEREGISTER_CALL, .site = DD_SITE(),
            .adapter = ch ? ch->a : NULL, .obj = MiniportDmaHandle, .a = ch != NULL, .b = busy,
            .d = in_place);
    if (!ch) {
        return;
    }
    if (busy) {
        dd_bad_object(ch, "a transfer is still set up at NdisMDeregisterDmaChannel", DD_SITE());
    }
    if (!in_place) {
        dd_bad_object(ch,
                      "NdisMDeregisterDmaChannel outside MiniportInitializeEx and MiniportHaltEx",
                      DD_SITE());
    }
    dd_dma_channel_destroy(ch);
}

/* --- for shared memory --- */

bool dd_channel_registered(const struct dd_adapter *a)
{
    return dd_nobj_find(DD_SLOT_DMA_CHANNEL, a) != NULL;
}

struct dd_adapter *dd_channel_adapter(NDIS_HANDLE h)
{
    return dd_slab_is(h, DD_SLOT_DMA_CHANNEL) ? ((struct dd_dma_channel *)h)->a : NULL;
}

static bool in_one_page(const struct dd_dma_channel *ch, const struct dd_common *c)
{
    uint64_t page = dd_isa_page_bytes(ch->number);

    return c->iova.v / page == (c->iova.v + c->len_bytes - 1) / page;
}

/* what crosses a page is kept while others are tried, so that the same place is not found again */
int dd_channel_common(struct dd_adapter *a, uint64_t len_bytes, uint64_t owner,
                      struct dd_common **ret_common)
{
    struct dd_dma_channel *ch = dd_nobj_find(DD_SLOT_DMA_CHANNEL, a);
    struct dd_common *tries[COMMON_TRIES];
    unsigned n = 0, best = 0, most;

    if (!ch) {
        return -ENODEV;
    }
    most = len_bytes <= dd_isa_page_bytes(ch->number) ? COMMON_TRIES : 1;
    while (n < most && dd_common_alloc(&ch->hal->dma, len_bytes, owner, &tries[n]) == 0) {
        n++;
        if (in_one_page(ch, tries[n - 1])) {
            best = n - 1;
            break;
        }
    }
    if (n == 0) {
        return -ENOMEM;
    }
    for (unsigned i = 0; i < n; i++) {
        if (i != best) {
            dd_common_free(tries[i], NULL);
        }
    }
    *ret_common = tries[best];
    return 0;
}
