/* SPDX-License-Identifier: MIT */
/*
 * AddressSanitizer cannot see into a memfd by itself, so it is told. The symbols are weak: a
 * program without the sanitizer pays one test of a pointer.
 */
#ifndef DD_RAM_ASAN_H
#define DD_RAM_ASAN_H

#include <stddef.h>

__attribute__((weak)) void __asan_poison_memory_region(void const volatile *addr, size_t size);
__attribute__((weak)) void __asan_unpoison_memory_region(void const volatile *addr, size_t size);

static inline void dd_asan_poison(const void *addr, size_t len_bytes)
{
    if (__asan_poison_memory_region != NULL) {
        __asan_poison_memory_region(addr, len_bytes);
    }
}

static inline void dd_asan_unpoison(const void *addr, size_t len_bytes)
{
    if (__asan_unpoison_memory_region != NULL) {
        __asan_unpoison_memory_region(addr, len_bytes);
    }
}

#endif
