/* SPDX-License-Identifier: MIT */
/* string.h - strings and memory, as the kernel has them */
#ifndef DRYDOCK_CRT_STRING_H
#define DRYDOCK_CRT_STRING_H

#include "../wdm/crt.h"

#endif
