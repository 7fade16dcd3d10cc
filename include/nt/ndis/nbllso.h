/* SPDX-License-Identifier: MIT */
/* ndis/nbllso.h - large send offload of a NET_BUFFER_LIST; here a part of ndis.h */
#ifndef DRYDOCK_NDIS_NBLLSO_H
#define DRYDOCK_NDIS_NBLLSO_H

#include "../ndis.h"

#endif
