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
#include "wdm/register.h"

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

/* ---- instructions of the kernel's alone: a process may not ----------------------------------- */

#define DD_NT_REFUSED(type, name)                                                                  \
    __attribute__((error(#name " is a privileged instruction, which a driver cannot have here")))  \
    type Drydock##name(ULONG_PTR Which, ...)

#ifdef __cplusplus
extern "C" {
#endif
DD_NT_REFUSED(ULONGLONG, ReadMsr);
DD_NT_REFUSED(VOID, WriteMsr);
DD_NT_REFUSED(ULONGLONG, ReadControlRegister);
DD_NT_REFUSED(VOID, WriteControlRegister);
DD_NT_REFUSED(ULONGLONG, ReadPerformanceCounter);
DD_NT_REFUSED(VOID, DisableInterrupts);
DD_NT_REFUSED(VOID, EnableInterrupts);
DD_NT_REFUSED(VOID, Halt);
DD_NT_REFUSED(VOID, InvalidatePage);
DD_NT_REFUSED(VOID, InvalidateCache);
#ifdef __cplusplus
}
#endif
#undef DD_NT_REFUSED

#define __readmsr(which)         DrydockReadMsr((ULONG_PTR)(which))
#define __writemsr(which, value) DrydockWriteMsr((ULONG_PTR)(which), (value))
#define __readpmc(which)         DrydockReadPerformanceCounter((ULONG_PTR)(which))
#define __readcr0()              DrydockReadControlRegister(0)
#define __readcr2()              DrydockReadControlRegister(2)
#define __readcr3()              DrydockReadControlRegister(3)
#define __readcr4()              DrydockReadControlRegister(4)
#define __readcr8()              DrydockReadControlRegister(8)
#define __writecr0(value)        DrydockWriteControlRegister(0, (value))
#define __writecr3(value)        DrydockWriteControlRegister(3, (value))
#define __writecr4(value)        DrydockWriteControlRegister(4, (value))
#define __writecr8(value)        DrydockWriteControlRegister(8, (value))
#define _disable()               DrydockDisableInterrupts(0)
#define _enable()                DrydockEnableInterrupts(0)
#define __halt()                 DrydockHalt(0)
#define __invlpg(address)        DrydockInvalidatePage((ULONG_PTR)(address))
#define __wbinvd()               DrydockInvalidateCache(0)

/* Ports by number are what the runtime's own functions take. */
#define __inbyte(port)          READ_PORT_UCHAR((PUCHAR)(ULONG_PTR)(USHORT)(port))
#define __inword(port)          READ_PORT_USHORT((PUSHORT)(ULONG_PTR)(USHORT)(port))
#define __indword(port)         READ_PORT_ULONG((PULONG)(ULONG_PTR)(USHORT)(port))
#define __outbyte(port, value)  WRITE_PORT_UCHAR((PUCHAR)(ULONG_PTR)(USHORT)(port), (value))
#define __outword(port, value)  WRITE_PORT_USHORT((PUSHORT)(ULONG_PTR)(USHORT)(port), (value))
#define __outdword(port, value) WRITE_PORT_ULONG((PULONG)(ULONG_PTR)(USHORT)(port), (value))

#endif
