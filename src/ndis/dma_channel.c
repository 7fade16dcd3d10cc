/* SPDX-License-Identifier: MIT */
/*
 * System (subordinate) DMA: NdisMRegisterDmaChannel, NdisMSetupDmaTransfer, NdisMCompleteDmaTransfer,
 * NdisMReadDmaCounter over the channels of src/hal/isa_dma_channel.h.
 *
 * What the pages leave open, and what Drydock does (ndis6-sgdma 2.13; docs/system-dma.md has the reasons):
 *
 *   the channel          that of the description when it says so, and it must be among the adapter's resources; else the
 *                        first among them
 *   Dma32BitAddresses    no effect: the controllers have 24 address bits, and what lies higher is bounced
 *   DmaSpeed             checked, no effect
 *   an ISA bus master    gets its channel in cascade mode; transfers on it are refused
 *   auto-initialize      the memory must be in the controllers' reach (shared memory is): it is never bounced
 *   received data        what the device wrote is there after the completion, and the rest of the buffer as it was
 *   completed with other values
 *                        told, NDIS_STATUS_RESOURCES; the transfer ends as it was set up
 *   bytes remaining      0 without a transfer
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

/* MiniportDmaHandle points here */
struct dd_dma_channel {
    struct dd_nobj obj;
    struct dd_adapter *a;
    struct dd_isa_channel *isa;
    struct dd_hal_device *dev;
    struct dd_hal_adapter *hal; /* for shared memory: what 24 address bits reach */
    unsigned number;
    struct dd_mutex lock; /* guards what follows: the transfer as it was set up */
    bool set;
    PMDL mdl;
    ULONG offset, length;
    BOOLEAN write;
};

static NDIS_STATUS status_of(enum dd_channel_reject why)
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

static enum dd_channel_reject choose_channel(const struct dd_adapter *a, const NDIS_DMA_DESCRIPTION *d,
                                             unsigned *ret_channel)
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
static enum dd_channel_reject check_description(const struct dd_adapter *a, const NDIS_DMA_DESCRIPTION *d,
                                                unsigned channel)
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

static enum dd_channel_reject register_channel(struct dd_adapter *a, const NDIS_DMA_DESCRIPTION *d, ULONG max_bytes,
                                               const void *site, unsigned *ret_number,
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
    ch = dd_seam_may_fail(DD_FAIL_DMA_CHANNEL, site) ? NULL : dd_nobj_new(DD_SLOT_DMA_CHANNEL, sizeof(*ch), a, site);
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
    DD_SEAM(.kind = DD_EV_ERROR_LOG, .site = site, .adapter = a, .a = NDIS_ERROR_CODE_RESOURCE_CONFLICT);
    dd_log(DD_LOG_INFO, "%s: DMA channel %u is not to be had", a->name, channel);
}

NDIS_STATUS NdisMRegisterDmaChannel(PNDIS_HANDLE MiniportDmaHandle, NDIS_HANDLE MiniportAdapterHandle, UINT DmaChannel,
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
    if (status_of(why) == NDIS_STATUS_RESOURCE_CONFLICT) {
        log_conflict(a, number, DD_SITE());
    }
    DD_SEAM(.kind = DD_EV_DMA_CHANNEL_REGISTER, .site = DD_SITE(), .adapter = a, .obj = ch, .data = DmaDescription,
            .a = (uint32_t)status_of(why), .b = why, .c = number, .d = in_init);
    return status_of(why);
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
    in_place = dd_call_inside(DD_ROLE_HALT) || dd_call_inside(DD_ROLE_INITIALIZE) || (ch && dd_sg_in_init(ch->a));
    DD_SEAM(.kind = DD_EV_DMA_CHANNEL_DEREGISTER_CALL, .site = DD_SITE(), .adapter = ch ? ch->a : NULL,
            .obj = MiniportDmaHandle, .a = ch != NULL, .b = busy, .d = in_place);
    if (!ch) {
        return;
    }
    if (busy) {
        dd_bad_object(ch, "a transfer is still set up at NdisMDeregisterDmaChannel", DD_SITE());
    }
    if (!in_place) {
        dd_bad_object(ch, "NdisMDeregisterDmaChannel outside MiniportInitializeEx and MiniportHaltEx", DD_SITE());
    }
    dd_dma_channel_destroy(ch);
}

/* --- transfers --- */

static struct dd_dma_channel *channel_of(NDIS_HANDLE h, const void *site)
{
    return dd_nobj_get(h, DD_SLOT_DMA_CHANNEL, "not a DMA channel handle", site);
}

static enum dd_channel_reject refuse_of(int r)
{
    switch (r) {
    case 0:
        return DD_CHANNEL_OK;
    case -EBUSY:
        return DD_CHANNEL_BUSY;
    case -EINVAL:
        return DD_CHANNEL_IS_MASTER;
    case -EMSGSIZE:
        return DD_CHANNEL_LENGTH;
    default:
        return DD_CHANNEL_UNREACHABLE;
    }
}

/* counters of a CPU are touched at DISPATCH_LEVEL only */
static void count_bounced(struct dd_dma_channel *ch, uint64_t bytes)
{
    KIRQL before = dd_hal_raise();

    dd_hal_add(&dd_hal_this_cpu(ch->dev)->s.bounced_bytes, bytes);
    dd_hal_lower(before);
}

/* the transfer is the channel's before the controller may run: the device may be done at once */
static bool take(struct dd_dma_channel *ch, PMDL mdl, ULONG offset, ULONG length, BOOLEAN write)
{
    bool free;

    dd_mutex_lock(&ch->lock);
    free = !ch->set;
    if (free) {
        ch->set = true;
        ch->mdl = mdl;
        ch->offset = offset;
        ch->length = length;
        ch->write = write;
    }
    dd_mutex_unlock(&ch->lock);
    return free;
}

static void give_back(struct dd_dma_channel *ch)
{
    dd_mutex_lock(&ch->lock);
    ch->set = false;
    dd_mutex_unlock(&ch->lock);
}

static enum dd_channel_reject set_up(struct dd_dma_channel *ch, PMDL mdl, ULONG offset, ULONG length, BOOLEAN write,
                                     const void *site)
{
    struct dd_span span;
    uint64_t bounced = 0;
    int r;

    if (!mdl || (uint64_t)offset + length > mdl->ByteCount) {
        return DD_CHANNEL_OUTSIDE_MDL;
    }
    if (dd_seam_may_fail(DD_FAIL_DMA_SETUP, site)) {
        return DD_CHANNEL_INJECTED;
    }
    if (!take(ch, mdl, offset, length, write)) {
        return DD_CHANNEL_BUSY;
    }
    span.frames = (const dd_frame *)dd_mdl_frames(mdl);
    span.offset_bytes = (uint64_t)mdl->ByteOffset + offset;
    span.len_bytes = length;
    span.host = (uint8_t *)MmGetMdlVirtualAddress(mdl) + offset;
    span.run = (mdl->MdlFlags & DD_MDL_RUN) != 0;
    r = dd_isa_channel_start(ch->isa, &span, write ? DD_DIR_TO_DEVICE : DD_DIR_FROM_DEVICE, &bounced);
    if (r < 0) {
        give_back(ch);
    } else if (bounced > 0) {
        count_bounced(ch, bounced);
    }
    return refuse_of(r);
}

VOID NdisSetupDmaTransfer(PNDIS_STATUS Status, NDIS_HANDLE MiniportDmaHandle, PNDIS_BUFFER Buffer, ULONG Offset,
                          ULONG Length, BOOLEAN WriteToDevice)
{
    enum dd_channel_reject why = DD_CHANNEL_BAD_HANDLE;
    struct dd_dma_channel *ch;
    struct dd_adapter *a;

    DD_API(NdisSetupDmaTransfer);
    ch = channel_of(MiniportDmaHandle, DD_SITE());
    a = ch ? ch->a : NULL;
    if (ch) {
        why = set_up(ch, Buffer, Offset, Length, WriteToDevice, DD_SITE());
    }
    if (why == DD_CHANNEL_OUTSIDE_MDL) {
        dd_bad_object(Buffer, "NdisMSetupDmaTransfer: the bytes do not lie inside the MDL", DD_SITE());
    } else if (why == DD_CHANNEL_IS_MASTER) {
        dd_bad_object(MiniportDmaHandle, "NdisMSetupDmaTransfer on the channel of a bus master", DD_SITE());
    } else if (why == DD_CHANNEL_UNREACHABLE) {
        dd_log(DD_LOG_INFO, "DMA: memory out of the controller's reach that cannot be bounced");
    }
    DD_SEAM(.kind = DD_EV_DMA_SETUP, .site = DD_SITE(), .adapter = a, .obj = Buffer, .obj2 = MiniportDmaHandle,
            .a = (uint32_t)status_of(why), .b = why, .c = Length,
            .d = WriteToDevice ? DD_DIR_TO_DEVICE : DD_DIR_FROM_DEVICE);
    *Status = status_of(why);
}

static enum dd_channel_reject complete(struct dd_dma_channel *ch, PMDL mdl, ULONG offset, ULONG length, BOOLEAN write,
                                       uint32_t *ret_left, const void *site)
{
    bool injected = dd_seam_may_fail(DD_FAIL_DMA_COMPLETE, site), same;

    dd_mutex_lock(&ch->lock);
    same = ch->set && ch->mdl == mdl && ch->offset == offset && ch->length == length && !ch->write == !write;
    dd_mutex_unlock(&ch->lock);
    if (dd_isa_channel_finish(ch->isa, !injected, ret_left) < 0) {
        dd_bad_object(ch, "NdisMCompleteDmaTransfer, and no transfer is set up", site);
        return DD_CHANNEL_NO_TRANSFER;
    }
    give_back(ch);
    if (!same) {
        dd_bad_object(ch, "NdisMCompleteDmaTransfer with other values than NdisMSetupDmaTransfer had", site);
        return DD_CHANNEL_MISMATCH;
    }
    return injected ? DD_CHANNEL_INJECTED : DD_CHANNEL_OK;
}

VOID NdisCompleteDmaTransfer(PNDIS_STATUS Status, NDIS_HANDLE MiniportDmaHandle, PNDIS_BUFFER Buffer, ULONG Offset,
                             ULONG Length, BOOLEAN WriteToDevice)
{
    enum dd_channel_reject why = DD_CHANNEL_BAD_HANDLE;
    struct dd_dma_channel *ch;
    struct dd_adapter *a;
    uint32_t left = 0;

    DD_API(NdisCompleteDmaTransfer);
    ch = channel_of(MiniportDmaHandle, DD_SITE());
    a = ch ? ch->a : NULL;
    if (ch) {
        why = complete(ch, Buffer, Offset, Length, WriteToDevice, &left, DD_SITE());
    }
    DD_SEAM(.kind = DD_EV_DMA_COMPLETE, .site = DD_SITE(), .adapter = a, .obj = Buffer, .obj2 = MiniportDmaHandle,
            .a = (uint32_t)status_of(why), .b = why, .c = left,
            .d = WriteToDevice ? DD_DIR_TO_DEVICE : DD_DIR_FROM_DEVICE);
    *Status = status_of(why);
}

ULONG NdisMReadDmaCounter(NDIS_HANDLE MiniportDmaHandle)
{
    struct dd_dma_channel *ch;

    DD_API(NdisMReadDmaCounter);
    ch = channel_of(MiniportDmaHandle, DD_SITE());
    return ch ? dd_isa_channel_left(ch->isa) : 0;
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
int dd_channel_common(struct dd_adapter *a, uint64_t len_bytes, uint64_t owner, struct dd_common **ret_common)
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
