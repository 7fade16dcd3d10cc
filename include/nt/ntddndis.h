/* SPDX-License-Identifier: MIT */
/* ntddndis.h - OIDs and their structures; here all of them are in ndis.h */
#ifndef DRYDOCK_NTDDNDIS_H
#define DRYDOCK_NTDDNDIS_H

#include "ndis.h"

#endif
