/* SPDX-License-Identifier: MIT */
/* new.h - placement new */
#ifndef DRYDOCK_CRT_NEW_H
#define DRYDOCK_CRT_NEW_H

#include "../ntdef.h"

#if defined(__cplusplus) && !defined(__PLACEMENT_NEW_INLINE)
#define __PLACEMENT_NEW_INLINE
inline void *operator new(size_t, void *Where) noexcept
{
    return Where;
}
inline void *operator new[](size_t, void *Where) noexcept
{
    return Where;
}
inline void operator delete(void *, void *) noexcept
{
}
inline void operator delete[](void *, void *) noexcept
{
}
#endif

#endif
