/* SPDX-License-Identifier: MIT */
/*
 * ntstrsafe.h - string functions with a limit
 *
 *   RtlStringCb...   the limit is bytes            ...A   char
 *   RtlStringCch...  the limit is characters       ...W   16-bit characters
 *
 * The limit is the whole destination with its terminator. All return STATUS_SUCCESS;
 * STATUS_BUFFER_OVERFLOW when the result was cut (it is terminated, and NT_SUCCESS is false); or
 * STATUS_INVALID_PARAMETER when the limit is 0 or above NTSTRSAFE_MAX_CCH. IRQL: = PASSIVE by the
 * pages; narrow formats without wide conversions work at any level.
 *
 * The Ex forms also return where the string ends and how much room is left, and take flags: the low
 * byte is a fill value for the STRSAFE_FILL_ flags.
 */
#ifndef DRYDOCK_NTSTRSAFE_H
#define DRYDOCK_NTSTRSAFE_H

#include "ntdef.h"
#include "ntstatus.h"
#include "wdm/crt.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NTSTRSAFE_MAX_CCH                2147483647
#define NTSTRSAFE_MAX_LENGTH             (NTSTRSAFE_MAX_CCH - 1)
#define NTSTRSAFE_UNICODE_STRING_MAX_CCH (0xffff / sizeof(WCHAR))
#define NTSTRSAFEAPI                     DD_NT_INLINE NTSTATUS

typedef char *NTSTRSAFE_PSTR;
typedef const char *NTSTRSAFE_PCSTR;
typedef WCHAR *NTSTRSAFE_PWSTR;
typedef const WCHAR *NTSTRSAFE_PCWSTR;

#define STRSAFE_FILL_BYTE(x)            ((DWORD)(((x)&0x000000FF) | STRSAFE_FILL_BEHIND_NULL))
#define STRSAFE_FAILURE_BYTE(x)         ((DWORD)(((x)&0x000000FF) | STRSAFE_FILL_ON_FAILURE))
#define STRSAFE_GET_FILL_PATTERN(flags) ((int)((flags)&0x000000FF))
#define STRSAFE_IGNORE_NULLS            0x00000100
#define STRSAFE_FILL_BEHIND_NULL        0x00000200
#define STRSAFE_FILL_ON_FAILURE         0x00000400
#define STRSAFE_NULL_ON_FAILURE         0x00000800
#define STRSAFE_NO_TRUNCATION           0x00001000
#define STRSAFE_FILL_BEHIND             STRSAFE_FILL_BEHIND_NULL

#define STRSAFE_MAX_CCH NTSTRSAFE_MAX_CCH

#define DD_NT_SAFE_SUFFIX A
#include "wdm/strsafe_body.h"
#undef DD_NT_SAFE_SUFFIX
#define DD_NT_SAFE_SUFFIX W
#define DD_NT_SAFE_WIDE
#include "wdm/strsafe_body.h"
#undef DD_NT_SAFE_WIDE
#undef DD_NT_SAFE_SUFFIX

#include "wdm/strsafe_unicode.h"

#ifdef __cplusplus
}
#endif

#endif
