/* SPDX-License-Identifier: MIT */
/*
 * DMA channels of an adapter.
 *
 *   dma_channel.c    NdisMRegisterDmaChannel, NdisMDeregisterDmaChannel, memory that a channel
 * reaches dma_transfer.c   NdisMSetupDmaTransfer, NdisMCompleteDmaTransfer, NdisMReadDmaCounter
 */
#ifndef DD_NDIS_DMA_CHANNEL_H
#define DD_NDIS_DMA_CHANNEL_H

#include "dma/core.h"
#include "hal/hal.h"
#include "ndis/ndis_int.h"
#include "ndis/nobj.h"

struct dd_isa_channel;

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

/* dd_channel_status - what a driver is told */
NDIS_STATUS dd_channel_status(enum dd_channel_reject why);

/* dd_channel_registered - the adapter has a live NdisMRegisterDmaChannel registration */
bool dd_channel_registered(const struct dd_adapter *a);
/* dd_channel_adapter - whose DMA channel this handle is; NULL: it is none */
struct dd_adapter *dd_channel_adapter(NDIS_HANDLE h);
/* dd_channel_common - memory that the adapter's DMA channel reaches: below 16 MiB and, where memory
 * allows, inside one page of the controller's address register. 0; -ENODEV, no channel is
 * registered; -ENOMEM */
int dd_channel_common(struct dd_adapter *a, uint64_t len_bytes, uint64_t owner,
                      struct dd_common **ret_common);

#endif
