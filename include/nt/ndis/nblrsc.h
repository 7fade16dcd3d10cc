/* SPDX-License-Identifier: MIT */
/* ndis/nblrsc.h - coalesced segments of a NET_BUFFER_LIST; here a part of ndis.h */
#ifndef DRYDOCK_NDIS_NBLRSC_H
#define DRYDOCK_NDIS_NBLRSC_H

#include "../ndis.h"

#endif
