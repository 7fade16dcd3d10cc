/* SPDX-License-Identifier: MIT */
/* stdint.h - integers of known width */
#ifndef DRYDOCK_CRT_STDINT_H
#define DRYDOCK_CRT_STDINT_H

#include "../ntdef.h"

#ifndef _STDINT_H
typedef INT8 int8_t;
typedef INT16 int16_t;
typedef INT32 int32_t;
typedef UINT8 uint8_t;
typedef UINT16 uint16_t;
typedef UINT32 uint32_t;
#ifdef DRYDOCK_ONE_INT64
typedef INT64 int64_t;
typedef UINT64 uint64_t;
#else
typedef ptrdiff_t int64_t;
typedef size_t uint64_t;
#endif
typedef ptrdiff_t intptr_t;
typedef size_t uintptr_t;
typedef int64_t intmax_t;
typedef uint64_t uintmax_t;

#define INT8_MIN   (-128)
#define INT16_MIN  (-32768)
#define INT32_MIN  (-2147483647 - 1)
#define INT8_MAX   127
#define INT16_MAX  32767
#define INT32_MAX  2147483647
#define UINT8_MAX  255
#define UINT16_MAX 65535
#define UINT32_MAX 0xffffffffU
#define INT64_MAX  ((INT64)0x7fffffffffffffff)
#define INT64_MIN  (-INT64_MAX - 1)
#define UINT64_MAX ((UINT64)0xffffffffffffffff)
#define SIZE_MAX   ((SIZE_T)-1)
#endif

#endif
