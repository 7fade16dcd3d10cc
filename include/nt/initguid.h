/* SPDX-License-Identifier: MIT */
/* initguid.h - from here on DEFINE_GUID defines its GUID instead of only declaring it */
#ifndef INITGUID
#define INITGUID
#endif

#include "guiddef.h"
