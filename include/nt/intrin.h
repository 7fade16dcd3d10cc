/* SPDX-License-Identifier: MIT */
/*
 * intrin.h - Microsoft's compiler intrinsics that drivers use
 *
 * Barriers and _Interlocked* are in wdm/interlocked.h, byte swaps and scans in wdm/bits.h. Names
 * are macros, because clang with Microsoft extensions refuses to see them declared.
 */
#ifndef DRYDOCK_INTRIN_H
#define DRYDOCK_INTRIN_H

#include "wdm/bits.h"
#include "wdm/interlocked.h"

DD_NT_INLINE ULONG DrydockRotl(ULONG Value, int Shift)
{
    ULONG n = (ULONG)Shift & 31u;

    return (Value << n) | (Value >> ((32u - n) & 31u));
}

DD_NT_INLINE ULONGLONG DrydockRotl64(ULONGLONG Value, int Shift)
{
    ULONG n = (ULONG)Shift & 63u;

    return (Value << n) | (Value >> ((64u - n) & 63u));
}

#ifndef _rotl
#define _rotl(value, shift)   DrydockRotl((value), (shift))
#define _rotr(value, shift)   DrydockRotl((value), -(shift))
#define _rotl64(value, shift) DrydockRotl64((value), (shift))
#define _rotr64(value, shift) DrydockRotl64((value), -(shift))
#endif

#define __popcnt(x)      ((ULONG)__builtin_popcount(x))
#define __popcnt64(x)    ((ULONGLONG)__builtin_popcountll(x))
#define __nop()          __asm__ __volatile__("nop")
#define __debugbreak()   __builtin_trap()
#define _ReturnAddress() __builtin_return_address(0)
#define __assume(e)      ((void)0)

#if defined(__x86_64__) || defined(__i386__)
#ifndef _mm_pause
#define _mm_pause() __builtin_ia32_pause()
#endif
#ifndef __rdtsc
#define __rdtsc() ((ULONGLONG)__builtin_ia32_rdtsc())
#endif

DD_NT_INLINE VOID DrydockCpuidex(int Info[4], int Leaf, int SubLeaf)
{
    __asm__ __volatile__("cpuid"
                         : "=a"(Info[0]), "=b"(Info[1]), "=c"(Info[2]), "=d"(Info[3])
                         : "a"(Leaf), "c"(SubLeaf));
}

#ifndef __cpuid
#define __cpuid(info, leaf)            DrydockCpuidex((info), (leaf), 0)
#define __cpuidex(info, leaf, subleaf) DrydockCpuidex((info), (leaf), (subleaf))
#endif
#endif

#endif
