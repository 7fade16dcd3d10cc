/* SPDX-License-Identifier: MIT */
/*
 * ntintsafe.h - arithmetic and conversions that notice overflow
 *
 * STATUS_SUCCESS with the result; or STATUS_INTEGER_OVERFLOW with all ones in it. IRQL: any.
 *
 *   Rtl<Type>{Add, Sub, Mult}(a, b, &result)      Rtl<From>To<To>(a, &result)
 */
#ifndef DRYDOCK_NTINTSAFE_H
#define DRYDOCK_NTINTSAFE_H

#include "ntdef.h"
#include "ntstatus.h"

#define DD_NT_SAFE_NAME(x)  Rtl##x
#define DD_NT_SAFE_RESULT   NTSTATUS
#define DD_NT_SAFE_OK       STATUS_SUCCESS
#define DD_NT_SAFE_OVERFLOW STATUS_INTEGER_OVERFLOW

#include "wdm/intsafe_body.h"

#endif
