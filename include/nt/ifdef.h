/* SPDX-License-Identifier: MIT */
/* ifdef.h - indices, types and states of interfaces; here they are in ndis.h */
#ifndef DRYDOCK_IFDEF_H
#define DRYDOCK_IFDEF_H

#include "ndis.h"

#endif
