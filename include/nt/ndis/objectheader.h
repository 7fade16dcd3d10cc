/* SPDX-License-Identifier: MIT */
/* ndis/objectheader.h - the header of NDIS objects; here a part of ndis.h */
#ifndef DRYDOCK_NDIS_OBJECTHEADER_H
#define DRYDOCK_NDIS_OBJECTHEADER_H

#include "../ndis.h"

#endif
