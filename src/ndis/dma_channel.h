/* SPDX-License-Identifier: MIT */
/* DMA channels of an adapter, for the files of src/ndis that share memory with its device. */
#ifndef DD_NDIS_DMA_CHANNEL_H
#define DD_NDIS_DMA_CHANNEL_H

#include "dma/core.h"
#include "ndis/ndis_int.h"

/* dd_channel_registered - the adapter has a live NdisMRegisterDmaChannel registration */
bool dd_channel_registered(const struct dd_adapter *a);
/* dd_channel_adapter - whose DMA channel this handle is; NULL: it is none */
struct dd_adapter *dd_channel_adapter(NDIS_HANDLE h);
/* dd_channel_common - memory that the adapter's DMA channel reaches: below 16 MiB and, where memory allows, inside one
 * page of the controller's address register. 0; -ENODEV, no channel is registered; -ENOMEM */
int dd_channel_common(struct dd_adapter *a, uint64_t len_bytes, uint64_t owner, struct dd_common **ret_common);

#endif
