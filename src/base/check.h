/* SPDX-License-Identifier: MIT */
/*
 * Checked arithmetic, assertions and small helpers every room uses.
 *
 * dd_assert() is for Drydock's own mistakes. A driver's mistake is never an assertion: it is an
 * event on the seam, and the call returns.
 */
#ifndef DD_BASE_CHECK_H
#define DD_BASE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* dd_assert_failed - report a broken invariant of Drydock itself and abort; never returns */
_Noreturn void dd_assert_failed(const char *expr, const char *file, int line);

#define dd_assert(expr) ((expr) ? (void)0 : dd_assert_failed(#expr, __FILE__, __LINE__))

/* true when the sum or product does not fit; *ret_x is written only when it does */
#define dd_add_overflows(a, b, ret_x) __builtin_add_overflow((a), (b), (ret_x))
#define dd_mul_overflows(a, b, ret_x) __builtin_mul_overflow((a), (b), (ret_x))

#define DD_ARRAY_LEN(a)                (sizeof(a) / sizeof((a)[0]))
#define DD_CONTAINER(ptr, type, field) ((type *)(void *)((char *)(ptr)-offsetof(type, field)))

static inline uint64_t dd_align_up(uint64_t v, uint64_t align)
{
    return (v + align - 1) & ~(align - 1);
}

static inline uint64_t dd_align_down(uint64_t v, uint64_t align)
{
    return v & ~(align - 1);
}

static inline uint64_t dd_min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t dd_max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

#define DD_PAGE_BYTES 4096u
#define DD_PAGE_SHIFT 12
#define DD_PAGE_MASK  ((uint64_t)DD_PAGE_BYTES - 1)

#endif
