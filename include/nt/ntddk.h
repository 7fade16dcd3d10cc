/* SPDX-License-Identifier: MIT */
/* ntddk.h - the older, larger name of wdm.h; here both bring the same */
#ifndef DRYDOCK_NTDDK_H
#define DRYDOCK_NTDDK_H

#include "wdm.h"

#endif
