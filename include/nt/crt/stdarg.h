/* SPDX-License-Identifier: MIT */
/* stdarg.h - variable arguments */
#ifndef DRYDOCK_CRT_STDARG_H
#define DRYDOCK_CRT_STDARG_H

#include "../ntdef.h"

#endif
