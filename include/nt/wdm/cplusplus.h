/* SPDX-License-Identifier: MIT */
/*
 * wdm/cplusplus.h - what C++ objects need of a runtime: there is none in the kernel, so it is here
 *
 * operator new and delete are the driver's own, as on Windows; placement new is in <new>.
 */
#ifndef DRYDOCK_WDM_CPLUSPLUS_H
#define DRYDOCK_WDM_CPLUSPLUS_H

#include "debug.h"

#if defined(__cplusplus) && defined(DRYDOCK_DRIVER)
extern "C" {

/* A pure virtual function was called: a destroyed object, or one under construction. */
__attribute__((weak, visibility("hidden"))) void __cxa_pure_virtual(void);
__attribute__((weak, visibility("hidden"))) void __cxa_pure_virtual(void)
{
    KeBugCheckEx(0x1e, 0xc0000025, (ULONG_PTR)__builtin_return_address(0), 0, 0);
}
}
#endif

#endif
