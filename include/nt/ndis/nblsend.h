/* SPDX-License-Identifier: MIT */
/* ndis/nblsend.h - flags of sends; here a part of ndis.h */
#ifndef DRYDOCK_NDIS_NBLSEND_H
#define DRYDOCK_NDIS_NBLSEND_H

#include "../ndis.h"

#endif
