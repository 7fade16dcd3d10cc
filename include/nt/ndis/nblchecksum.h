/* SPDX-License-Identifier: MIT */
/* ndis/nblchecksum.h - checksum offload of a NET_BUFFER_LIST; here a part of ndis.h */
#ifndef DRYDOCK_NDIS_NBLCHECKSUM_H
#define DRYDOCK_NDIS_NBLCHECKSUM_H

#include "../ndis.h"

#endif
