/* SPDX-License-Identifier: MIT */
/* ndis/nblaccessors.h - macros that read and write NET_BUFFER_LISTs; here a part of ndis.h */
#ifndef DRYDOCK_NDIS_NBLACCESSORS_H
#define DRYDOCK_NDIS_NBLACCESSORS_H

#include "../ndis.h"

#endif
