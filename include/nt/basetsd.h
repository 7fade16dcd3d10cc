/* SPDX-License-Identifier: MIT */
/*
 * basetsd.h - the integer and pointer types of Windows x64, on a host whose `long` has 64 bits
 *
 * Windows is LLP64: int and long have 32 bits, long long and pointers have 64. None of the types
 * here is spelled with `long` where 32 bits are meant. Two 64-bit types exist on the host:
 *
 *   size_t family     what sizeof yields:            size_t SIZE_T SSIZE_T ptrdiff_t
 *   long long family  what a driver writes __int64:  LONGLONG ULONG64 ULONG_PTR ...
 *
 * On Windows they are one type. A build that also turns the driver's own `long long` into the type
 * of sizeof defines DRYDOCK_ONE_INT64, and then they are one type here as well. Sizes never change,
 * so the two settings can be linked together.
 */
#ifndef DRYDOCK_BASETSD_H
#define DRYDOCK_BASETSD_H

#if !defined(__SIZEOF_WCHAR_T__) || __SIZEOF_WCHAR_T__ != 2
#error "Windows characters have 16 bits: compile with -fshort-wchar"
#endif

#if __SIZEOF_POINTER__ == 8
#ifndef _WIN64
#define _WIN64 1
#endif
#endif

typedef __typeof__(sizeof(int)) size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
typedef ptrdiff_t intptr_t;
typedef size_t uintptr_t;

#ifndef __cplusplus
typedef __WCHAR_TYPE__ wchar_t;
#endif

#ifdef DRYDOCK_ONE_INT64
typedef ptrdiff_t LONGLONG;
typedef size_t ULONGLONG;
#else
__extension__ typedef long long LONGLONG;
__extension__ typedef unsigned long long ULONGLONG;
#endif

/* __int64 and its brothers, where the compiler does not know them itself. */
#ifdef __clang__
#if __is_identifier(__int64)
#define __int8 char
#define __int16 short
#define __int32 int
#define __int64 long long
#endif
#elif !defined(__int64)
#define __int8 char
#define __int16 short
#define __int32 int
#define __int64 long long
#endif

typedef signed char INT8, *PINT8;
typedef signed short INT16, *PINT16;
typedef signed int INT32, *PINT32;
typedef LONGLONG INT64, *PINT64;
typedef unsigned char UINT8, *PUINT8;
typedef unsigned short UINT16, *PUINT16;
typedef unsigned int UINT32, *PUINT32;
typedef ULONGLONG UINT64, *PUINT64;

typedef signed int LONG32, *PLONG32;
typedef unsigned int ULONG32, *PULONG32;
typedef unsigned int DWORD32, *PDWORD32;
typedef LONGLONG LONG64, *PLONG64;
typedef ULONGLONG ULONG64, *PULONG64;
typedef ULONGLONG DWORD64, *PDWORD64;

#if __SIZEOF_POINTER__ == 8
typedef LONGLONG INT_PTR, *PINT_PTR;
typedef ULONGLONG UINT_PTR, *PUINT_PTR;
typedef LONGLONG LONG_PTR, *PLONG_PTR;
typedef ULONGLONG ULONG_PTR, *PULONG_PTR;
#else
typedef int INT_PTR, *PINT_PTR;
typedef unsigned int UINT_PTR, *PUINT_PTR;
typedef int LONG_PTR, *PLONG_PTR;
typedef unsigned int ULONG_PTR, *PULONG_PTR;
#endif
typedef ULONG_PTR DWORD_PTR, *PDWORD_PTR;

typedef size_t SIZE_T, *PSIZE_T;
typedef ptrdiff_t SSIZE_T, *PSSIZE_T;

/* A set of processors of one group. */
typedef ULONG_PTR KAFFINITY, *PKAFFINITY;

#endif
