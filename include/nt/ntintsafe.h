/* SPDX-License-Identifier: MIT */
/*
 * ntintsafe.h - arithmetic and conversions that notice overflow
 *
 * STATUS_SUCCESS with the result; or STATUS_INTEGER_OVERFLOW with all ones in it. IRQL: any.
 *
 *   Rtl<Type>{Add, Sub, Mult}(a, b, &result)      Rtl<From>To<To>(a, &result)
 */
#ifndef DRYDOCK_NTINTSAFE_H
#define DRYDOCK_NTINTSAFE_H

#include "ntdef.h"
#include "ntstatus.h"

#define DD_NT_SAFE_OP(name, op, type)                                                              \
    DD_NT_INLINE NTSTATUS name(type a, type b, type *Result)                                       \
    {                                                                                              \
        if (__builtin_##op##_overflow(a, b, Result)) {                                             \
            *Result = (type)-1;                                                                    \
            return STATUS_INTEGER_OVERFLOW;                                                        \
        }                                                                                          \
        return STATUS_SUCCESS;                                                                     \
    }

#define DD_NT_SAFE_OPS(prefix, type)                                                               \
    DD_NT_SAFE_OP(Rtl##prefix##Add, add, type)                                                     \
    DD_NT_SAFE_OP(Rtl##prefix##Sub, sub, type)                                                     \
    DD_NT_SAFE_OP(Rtl##prefix##Mult, mul, type)

DD_NT_SAFE_OPS(Int8, INT8)
DD_NT_SAFE_OPS(UInt8, UINT8)
DD_NT_SAFE_OPS(UShort, USHORT)
DD_NT_SAFE_OPS(UInt16, UINT16)
DD_NT_SAFE_OPS(Int, INT)
DD_NT_SAFE_OPS(UInt, UINT)
DD_NT_SAFE_OPS(Int32, INT32)
DD_NT_SAFE_OPS(UInt32, UINT32)
DD_NT_SAFE_OPS(Long, LONG)
DD_NT_SAFE_OPS(ULong, ULONG)
DD_NT_SAFE_OPS(DWord, DWORD)
DD_NT_SAFE_OPS(LongLong, LONGLONG)
DD_NT_SAFE_OPS(ULongLong, ULONGLONG)
DD_NT_SAFE_OPS(Int64, INT64)
DD_NT_SAFE_OPS(UInt64, UINT64)
DD_NT_SAFE_OPS(IntPtr, INT_PTR)
DD_NT_SAFE_OPS(UIntPtr, UINT_PTR)
DD_NT_SAFE_OPS(LongPtr, LONG_PTR)
DD_NT_SAFE_OPS(ULongPtr, ULONG_PTR)
DD_NT_SAFE_OPS(SizeT, SIZE_T)
DD_NT_SAFE_OPS(SIZET, SIZE_T)
DD_NT_SAFE_OPS(SSIZET, SSIZE_T)

/* __builtin_add_overflow with 0 checks whether the value fits the type of the result. */
#define DD_NT_SAFE_TO(from, from_type, to, to_type)                                                \
    DD_NT_INLINE NTSTATUS Rtl##from##To##to(from_type Operand, to_type *Result)                    \
    {                                                                                              \
        if (__builtin_add_overflow(Operand, 0, Result)) {                                          \
            *Result = (to_type)-1;                                                                 \
            return STATUS_INTEGER_OVERFLOW;                                                        \
        }                                                                                          \
        return STATUS_SUCCESS;                                                                     \
    }

#define DD_NT_SAFE_TO_ALL(from, type)                                                              \
    DD_NT_SAFE_TO(from, type, UInt8, UINT8)                                                        \
    DD_NT_SAFE_TO(from, type, UChar, UCHAR)                                                        \
    DD_NT_SAFE_TO(from, type, Short, SHORT)                                                        \
    DD_NT_SAFE_TO(from, type, UShort, USHORT)                                                      \
    DD_NT_SAFE_TO(from, type, Int, INT)                                                            \
    DD_NT_SAFE_TO(from, type, UInt, UINT)                                                          \
    DD_NT_SAFE_TO(from, type, Long, LONG)                                                          \
    DD_NT_SAFE_TO(from, type, ULong, ULONG)                                                        \
    DD_NT_SAFE_TO(from, type, LongLong, LONGLONG)                                                  \
    DD_NT_SAFE_TO(from, type, ULongLong, ULONGLONG)                                                \
    DD_NT_SAFE_TO(from, type, ULongPtr, ULONG_PTR)                                                 \
    DD_NT_SAFE_TO(from, type, SizeT, SIZE_T)

DD_NT_SAFE_TO_ALL(Int, INT)
DD_NT_SAFE_TO_ALL(UInt, UINT)
DD_NT_SAFE_TO_ALL(Long, LONG)
DD_NT_SAFE_TO_ALL(ULong, ULONG)
DD_NT_SAFE_TO_ALL(LongLong, LONGLONG)
DD_NT_SAFE_TO_ALL(ULongLong, ULONGLONG)
DD_NT_SAFE_TO_ALL(ULongPtr, ULONG_PTR)
DD_NT_SAFE_TO_ALL(SizeT, SIZE_T)

#undef DD_NT_SAFE_OP
#undef DD_NT_SAFE_OPS
#undef DD_NT_SAFE_TO
#undef DD_NT_SAFE_TO_ALL

#endif
