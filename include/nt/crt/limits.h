/* SPDX-License-Identifier: MIT */
/* limits.h - ranges of integers: long has 32 bits */
#ifndef DRYDOCK_CRT_LIMITS_H
#define DRYDOCK_CRT_LIMITS_H

#include "../ntdef.h"

#ifndef CHAR_BIT
#define CHAR_BIT  8
#define SCHAR_MIN (-128)
#define SCHAR_MAX 127
#define UCHAR_MAX 255
#define CHAR_MIN  SCHAR_MIN
#define CHAR_MAX  SCHAR_MAX
#define SHRT_MIN  (-32768)
#define SHRT_MAX  32767
#define USHRT_MAX 65535
#define INT_MIN   (-2147483647 - 1)
#define INT_MAX   2147483647
#define UINT_MAX  0xffffffffU
#define LONG_MIN  (-2147483647 - 1)
#define LONG_MAX  2147483647
#undef ULONG_MAX
#define ULONG_MAX  0xffffffffU
#define LLONG_MAX  ((LONGLONG)0x7fffffffffffffff)
#define LLONG_MIN  (-LLONG_MAX - 1)
#define ULLONG_MAX ((ULONGLONG)0xffffffffffffffff)
#define _I64_MAX   LLONG_MAX
#define _I64_MIN   LLONG_MIN
#define _UI64_MAX  ULLONG_MAX
#endif

#endif
