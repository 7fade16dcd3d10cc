/* SPDX-License-Identifier: MIT */
/* ndis/nbl8021q.h - VLAN and priority of a NET_BUFFER_LIST; here a part of ndis.h */
#ifndef DRYDOCK_NDIS_NBL8021Q_H
#define DRYDOCK_NDIS_NBL8021Q_H

#include "../ndis.h"

#endif
