/* SPDX-License-Identifier: MIT */
/*
 * Transfers of system DMA: NdisMSetupDmaTransfer, NdisMCompleteDmaTransfer, NdisMReadDmaCounter.
 *
 * What the pages leave open, and what Drydock does (ndis6-sgdma 2.13):
 *
 *   an ISA bus master    transfers on its channel are refused
 *   auto-initialize      the memory must be in the controllers' reach (shared memory is): it is
 * never bounced received data        what the device wrote is there after the completion, and the
 * rest of the buffer as it was completed with other values told, NDIS_STATUS_RESOURCES; the
 * transfer ends as it was set up bytes remaining      0 without a transfer
 */
#include "ndis/dma_channel.h"

#include "hal/isa_dma_channel.h"
#include "ndis/adapter_priv.h"

#include "base/log.h"

#include <errno.h>

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

static enum dd_channel_reject set_up(struct dd_dma_channel *ch, PMDL mdl, ULONG offset,
                                     ULONG length, BOOLEAN write, const void *site)
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
    r = dd_isa_channel_start(ch->isa, &span, write ? DD_DIR_TO_DEVICE : DD_DIR_FROM_DEVICE,
                             &bounced);
    if (r < 0) {
        give_back(ch);
    } else if (bounced > 0) {
        count_bounced(ch, bounced);
    }
    return refuse_of(r);
}

VOID NdisSetupDmaTransfer(PNDIS_STATUS Status, NDIS_HANDLE MiniportDmaHandle, PNDIS_BUFFER Buffer,
                          ULONG Offset, ULONG Length, BOOLEAN WriteToDevice)
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
        dd_bad_object(Buffer, "NdisMSetupDmaTransfer: the bytes do not lie inside the MDL",
                      DD_SITE());
    } else if (why == DD_CHANNEL_IS_MASTER) {
        dd_bad_object(MiniportDmaHandle, "NdisMSetupDmaTransfer on the channel of a bus master",
                      DD_SITE());
    } else if (why == DD_CHANNEL_UNREACHABLE) {
        dd_log(DD_LOG_INFO, "DMA: memory out of the controller's reach that cannot be bounced");
    }
    DD_SEAM(.kind = DD_EV_DMA_SETUP, .site = DD_SITE(), .adapter = a, .obj = Buffer,
            .obj2 = MiniportDmaHandle, .a = (uint32_t)dd_channel_status(why), .b = why, .c = Length,
            .d = WriteToDevice ? DD_DIR_TO_DEVICE : DD_DIR_FROM_DEVICE);
    *Status = dd_channel_status(why);
}

static enum dd_channel_reject complete(struct dd_dma_channel *ch, PMDL mdl, ULONG offset,
                                       ULONG length, BOOLEAN write, uint32_t *ret_left,
                                       const void *site)
{
    bool injected = dd_seam_may_fail(DD_FAIL_DMA_COMPLETE, site), same;

    dd_mutex_lock(&ch->lock);
    same = ch->set && ch->mdl == mdl && ch->offset == offset && ch->length == length &&
           !ch->write == !write;
    dd_mutex_unlock(&ch->lock);
    if (dd_isa_channel_finish(ch->isa, !injected, ret_left) < 0) {
        dd_bad_object(ch, "NdisMCompleteDmaTransfer, and no transfer is set up", site);
        return DD_CHANNEL_NO_TRANSFER;
    }
    give_back(ch);
    if (!same) {
        dd_bad_object(ch,
                      "NdisMCompleteDmaTransfer with other values than NdisMSetupDmaTransfer had",
                      site);
        return DD_CHANNEL_MISMATCH;
    }
    return injected ? DD_CHANNEL_INJECTED : DD_CHANNEL_OK;
}

VOID NdisCompleteDmaTransfer(PNDIS_STATUS Status, NDIS_HANDLE MiniportDmaHandle,
                             PNDIS_BUFFER Buffer, ULONG Offset, ULONG Length, BOOLEAN WriteToDevice)
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
    DD_SEAM(.kind = DD_EV_DMA_COMPLETE, .site = DD_SITE(), .adapter = a, .obj = Buffer,
            .obj2 = MiniportDmaHandle, .a = (uint32_t)dd_channel_status(why), .b = why, .c = left,
            .d = WriteToDevice ? DD_DIR_TO_DEVICE : DD_DIR_FROM_DEVICE);
    *Status = dd_channel_status(why);
}

ULONG NdisMReadDmaCounter(NDIS_HANDLE MiniportDmaHandle)
{
    struct dd_dma_channel *ch;

    DD_API(NdisMReadDmaCounter);
    ch = channel_of(MiniportDmaHandle, DD_SITE());
    return ch ? dd_isa_channel_left(ch->isa) : 0;
}
