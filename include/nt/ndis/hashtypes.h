/* SPDX-License-Identifier: MIT */
/* ndis/hashtypes.h - types and functions of the receive hash; here a part of ndis.h */
#ifndef DRYDOCK_NDIS_HASHTYPES_H
#define DRYDOCK_NDIS_HASHTYPES_H

#include "../ndis.h"

#endif
