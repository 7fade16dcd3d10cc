/* SPDX-License-Identifier: MIT */
/* ndis/nbluso.h - UDP segmentation offload of a NET_BUFFER_LIST; here a part of ndis.h */
#ifndef DRYDOCK_NDIS_NBLUSO_H
#define DRYDOCK_NDIS_NBLUSO_H

#include "../ndis.h"

#endif
