/* SPDX-License-Identifier: MIT */
/*
 * wdm/intsafe_body.h - the functions of ntintsafe.h and intsafe.h
 *
 * Included once by each, with DD_NT_SAFE_NAME(x), the function's name; DD_NT_SAFE_RESULT, the type
 * it returns; DD_NT_SAFE_OK and DD_NT_SAFE_OVERFLOW, what.
 */

#define DD_NT_SAFE_OP(name, op, type)                                                              \
    DD_NT_INLINE DD_NT_SAFE_RESULT name(type a, type b, type *Result)                              \
    {                                                                                              \
        if (__builtin_##op##_overflow(a, b, Result)) {                                             \
            *Result = (type)-1;                                                                    \
            return DD_NT_SAFE_OVERFLOW;                                                            \
        }                                                                                          \
        return DD_NT_SAFE_OK;                                                                      \
    }

#define DD_NT_SAFE_OPS(prefix, type)                                                               \
    DD_NT_SAFE_OP(DD_NT_SAFE_NAME(prefix##Add), add, type)                                         \
    DD_NT_SAFE_OP(DD_NT_SAFE_NAME(prefix##Sub), sub, type)                                         \
    DD_NT_SAFE_OP(DD_NT_SAFE_NAME(prefix##Mult), mul, type)

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
    DD_NT_INLINE DD_NT_SAFE_RESULT DD_NT_SAFE_NAME(from##To##to)(from_type Operand,                \
                                                                 to_type * Result)                 \
    {                                                                                              \
        if (__builtin_add_overflow(Operand, 0, Result)) {                                          \
            *Result = (to_type)-1;                                                                 \
            return DD_NT_SAFE_OVERFLOW;                                                            \
        }                                                                                          \
        return DD_NT_SAFE_OK;                                                                      \
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
#undef DD_NT_SAFE_NAME
#undef DD_NT_SAFE_RESULT
#undef DD_NT_SAFE_OK
#undef DD_NT_SAFE_OVERFLOW
