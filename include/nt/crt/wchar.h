/* SPDX-License-Identifier: MIT */
/* wchar.h - strings of 16-bit characters */
#ifndef DRYDOCK_CRT_WCHAR_H
#define DRYDOCK_CRT_WCHAR_H

#include "../wdm/crt.h"

#endif
