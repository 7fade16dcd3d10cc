/* SPDX-License-Identifier: MIT */
/* xfilter.h - where old drivers look for the Ethernet address macros */
#ifndef DRYDOCK_XFILTER_H
#define DRYDOCK_XFILTER_H

#include "ndis/eth.h"

#endif
