/* SPDX-License-Identifier: MIT */
/* Included before everything, by the project. */
#define FORCED_FIRST 1

/* this driver addresses its registers through plain pointers, as older drivers do */
#pragma push_macro("DriverEntry")
#undef DriverEntry
#include <ndis.h>
#pragma pop_macro("DriverEntry")
#undef NdisReadRegisterUlong
#undef NdisWriteRegisterUlong
#define NdisReadRegisterUlong(r, value)  (*(value) = *(ULONG *)(r))
#define NdisWriteRegisterUlong(r, value) (*(ULONG *)(r) = (value))

/* and looks at them through ports first: core/ports.c */
#include "..\core\Ports.h"
#define NdisMRegisterMiniportDriver(object, path, context, characteristics, handle)                \
    VcxRegister(object, path, context, characteristics, handle)
