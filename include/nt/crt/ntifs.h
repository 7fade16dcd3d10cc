/* SPDX-License-Identifier: MIT */
/* ntifs.h - the largest name of wdm.h; of file systems there is nothing here */
#ifndef DRYDOCK_CRT_NTIFS_H
#define DRYDOCK_CRT_NTIFS_H

#include "../ntddk.h"

#endif
