/* SPDX-License-Identifier: MIT */
/* memory.h - older name of string.h */
#ifndef DRYDOCK_CRT_MEMORY_H
#define DRYDOCK_CRT_MEMORY_H

#include "../wdm/crt.h"

#endif
