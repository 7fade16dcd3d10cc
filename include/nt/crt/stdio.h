/* SPDX-License-Identifier: MIT */
/* stdio.h - formatting into memory; there are no files here */
#ifndef DRYDOCK_CRT_STDIO_H
#define DRYDOCK_CRT_STDIO_H

#include "../wdm/crt.h"

#endif
