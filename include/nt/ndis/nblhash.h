/* SPDX-License-Identifier: MIT */
/* ndis/nblhash.h - receive hash of a NET_BUFFER_LIST; here a part of ndis.h */
#ifndef DRYDOCK_NDIS_NBLHASH_H
#define DRYDOCK_NDIS_NBLHASH_H

#include "../ndis.h"

#endif
