/* SPDX-License-Identifier: MIT */
/*
 * intsafe.h - ntintsafe.h under the names and results of user mode
 *
 * S_OK with the result; or INTSAFE_E_ARITHMETIC_OVERFLOW with all ones in it. IRQL: any.
 *
 *   <Type>{Add, Sub, Mult}(a, b, &result)      <From>To<To>(a, &result)
 */
#ifndef DRYDOCK_INTSAFE_H
#define DRYDOCK_INTSAFE_H

#include "ntdef.h"
#include "ntstatus.h"

#ifndef _HRESULT_DEFINED
#define _HRESULT_DEFINED
typedef LONG HRESULT;
#endif
#ifndef S_OK
#define S_OK ((HRESULT)0)
#endif
#ifndef SUCCEEDED
#define SUCCEEDED(hr) ((HRESULT)(hr) >= 0)
#define FAILED(hr)    ((HRESULT)(hr) < 0)
#endif
#define INTSAFE_E_ARITHMETIC_OVERFLOW ((HRESULT)0x80070216)

#define DD_NT_SAFE_NAME(x)  x
#define DD_NT_SAFE_RESULT   HRESULT
#define DD_NT_SAFE_OK       S_OK
#define DD_NT_SAFE_OVERFLOW INTSAFE_E_ARITHMETIC_OVERFLOW

#include "wdm/intsafe_body.h"

#endif
