/* SPDX-License-Identifier: MIT */
/* ndis/nblreceive.h - flags of receive indications; here a part of ndis.h */
#ifndef DRYDOCK_NDIS_NBLRECEIVE_H
#define DRYDOCK_NDIS_NBLRECEIVE_H

#include "../ndis.h"

#endif
