/* SPDX-License-Identifier: MIT */
/* stddef.h - size_t, NULL, offsetof */
#ifndef DRYDOCK_CRT_STDDEF_H
#define DRYDOCK_CRT_STDDEF_H

#include "../ntdef.h"

#endif
