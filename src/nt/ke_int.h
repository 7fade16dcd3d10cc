/* SPDX-License-Identifier: MIT */
/* What the Windows entry points of ke_*.c share. */
#ifndef DD_NT_KE_INT_H
#define DD_NT_KE_INT_H

#include "nt/nt_int.h"
#include "seam/api.h"

/* 100 ns units between 1601-01-01 and 1970-01-01 */
#define DD_EPOCH_1601 116444736000000000ll
/* 15.625 ms, as on most machines */
#define DD_TICK_100NS 156250u

/* dd_time_system - 100 ns units since 1601-01-01 UTC */
LONGLONG dd_time_system(void);
/* dd_time_since_boot - 100 ns units */
ULONGLONG dd_time_since_boot(void);
/* dd_time_until - ns from now to a due time: negative is relative, positive system time, both in
 * 100 ns units */
uint64_t dd_time_until(LONGLONG due);
/* dd_time_timeout - of a wait: NULL for ever */
static inline uint64_t dd_time_timeout(PLARGE_INTEGER timeout)
{
    return timeout != NULL ? dd_time_until(timeout->QuadPart) : UINT64_MAX;
}

#endif
