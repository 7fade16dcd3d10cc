/* SPDX-License-Identifier: MIT */
/* stdlib.h - numbers from text are not there in the kernel; min, max and byte swaps are */
#ifndef DRYDOCK_CRT_STDLIB_H
#define DRYDOCK_CRT_STDLIB_H

#include "../intrin.h"
#include "../wdm/crt.h"

#endif
