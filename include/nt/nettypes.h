/* SPDX-License-Identifier: MIT */
/* nettypes.h - names of interface properties; here they are in ndis.h */
#ifndef DRYDOCK_NETTYPES_H
#define DRYDOCK_NETTYPES_H

#include "ndis.h"

#endif
