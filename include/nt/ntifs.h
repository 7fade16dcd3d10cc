/* SPDX-License-Identifier: MIT */
/* ntifs.h - what network drivers need of it: the part it shares with ntddk.h */
#ifndef DRYDOCK_NTIFS_H
#define DRYDOCK_NTIFS_H

#include "ntddk.h"

#endif
