/* SPDX-License-Identifier: MIT */
/*
 * ntdef.h - what every other header here stands on: names of types, compiler words, small macros,
 *           counted strings, LARGE_INTEGER, LIST_ENTRY
 *
 * No header of the C library is included, and every name of the C library that is declared here may
 * also come from <stddef.h>, <stdarg.h>, <stdint.h>, <stdio.h> or <string.h>, before or after.
 */
#ifndef DRYDOCK_NTDEF_H
#define DRYDOCK_NTDEF_H

#include "basetsd.h"
#include "guiddef.h"
#include "sal.h"
#include "sdkddkver.h"

/* ---- compiler words -------------------------------------------------------------------------- */

#ifdef __cplusplus
#define EXTERN_C       extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END   }
#define DD_NT_ENUM_BASE : int
#define DD_NT_STATIC_ASSERT(e, text) static_assert(e, text)
#define DD_NT_NOTHROW                noexcept(true)
#else
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#define DD_NT_ENUM_BASE
#define DD_NT_STATIC_ASSERT(e, text) _Static_assert(e, text)
#define DD_NT_NOTHROW
#endif

/* Functions that the runtime provides, seen from a driver that is compiled -fvisibility=hidden. */
#define DD_NT_IMPORT __attribute__((visibility("default")))
/* Small functions of the headers themselves. */
#define DD_NT_INLINE static __inline__ __attribute__((unused))

#ifndef FORCEINLINE
#define FORCEINLINE __inline __attribute__((always_inline))
#endif
#ifndef __forceinline
#ifdef __clang__
#if __is_identifier(__forceinline)
#define __forceinline __inline __attribute__((always_inline))
#endif
#else
#define __forceinline __inline __attribute__((always_inline))
#endif
#endif
#define CFORCEINLINE FORCEINLINE
#ifndef NOINLINE
#define DECLSPEC_NOINLINE __attribute__((noinline))
#endif

/* Around a structure that ends in an array without a length, which C++ lacks. */
#ifdef __clang__
#define DD_NT_FLEXIBLE_BEGIN                                                                       \
    _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Wc99-extensions\"")
#define DD_NT_FLEXIBLE_END _Pragma("clang diagnostic pop")
#else
#define DD_NT_FLEXIBLE_BEGIN
#define DD_NT_FLEXIBLE_END
#endif

#define DECLSPEC_ALIGN(x)           __attribute__((aligned(x)))
#define SYSTEM_CACHE_ALIGNMENT_SIZE 64
#define DECLSPEC_CACHEALIGN         DECLSPEC_ALIGN(SYSTEM_CACHE_ALIGNMENT_SIZE)
#define DECLSPEC_NORETURN           __attribute__((noreturn))
#define DECLSPEC_IMPORT
#define DECLSPEC_EXPORT
#define DECLSPEC_SELECTANY __attribute__((weak))
#define DECLSPEC_NOTHROW
#define DECLSPEC_DEPRECATED
#define DECLSPEC_DEPRECATED_DDK
#define DECLSPEC_NOVTABLE
#define DECLSPEC_RESTRICT

/*
 * UNALIGNED marks what a pointer may point at: `ULONG UNALIGNED *`. Only clang with Microsoft
 * extensions has such a word; elsewhere the access relies on a host that tolerates it, as x86-64
 * does.
 */
#if defined(__clang__) && defined(_MSC_EXTENSIONS)
#define UNALIGNED __unaligned
#else
#define UNALIGNED
#endif
#define UNALIGNED64 UNALIGNED
#define RESTRICTED_POINTER
#define POINTER_32
#define POINTER_64

/* Calling conventions: x86-64 has one, so the words say nothing. */
#ifndef __i386__
#define __stdcall
#define __cdecl
#define __fastcall
#define _cdecl
#define _stdcall
#define _fastcall
#endif
#define NTAPI __stdcall
#define FASTCALL
#define WINAPI   __stdcall
#define CALLBACK __stdcall
#define APIENTRY __stdcall
#define NTKERNELAPI
#define NTHALAPI
#define NTSYSAPI
#define NTSYSCALLAPI
#define NTAPI_INLINE NTAPI
#define EXPORT

/*
 * `#pragma NDIS_INIT_FUNCTION(f)` and alloc_text are pragmas the compiler does not know: harmless.
 */
#define ALLOC_PRAGMA 1

#define IN
#define OUT
#define OPTIONAL
#define CONST const
#define FAR
#define NEAR
#define CRITICAL

/* ---- types ----------------------------------------------------------------------------------- */

#ifndef VOID
#define VOID void
#endif

typedef void *PVOID, *HANDLE;
typedef void *PVOID64;
typedef PVOID *PPVOID;
typedef HANDLE *PHANDLE;
#define ANYSIZE_ARRAY 1
/* a handle type of its own */
#define DECLARE_HANDLE(name)                                                                       \
    struct name##__ {                                                                              \
        int unused;                                                                                \
    };                                                                                             \
    typedef struct name##__ *name
typedef const void *LPCVOID, *PCVOID;
typedef void *LPVOID;

typedef char CHAR, *PCHAR, *LPCH, *PCH, CCHAR, *PCCHAR;
typedef const char *LPCCH, *PCCH;
typedef char *PSTR, *NPSTR, *LPSTR, *PSZ;
typedef const char *PCSTR, *LPCSTR, *PCSZ;
typedef PSTR *PZPSTR;
typedef signed char SCHAR, *PSCHAR;
typedef unsigned char UCHAR, *PUCHAR;
typedef const UCHAR *PCUCHAR;
typedef UCHAR BOOLEAN, *PBOOLEAN;
typedef unsigned char BYTE, *PBYTE, *LPBYTE;

typedef short SHORT, *PSHORT, CSHORT, *PCSHORT;
typedef unsigned short USHORT, *PUSHORT;
typedef const USHORT *PCUSHORT;
typedef unsigned short WORD, *PWORD, *LPWORD;

typedef wchar_t WCHAR, *PWCHAR, *LPWCH, *PWCH;
typedef WCHAR *PWSTR, *LPWSTR, *NWPSTR;
typedef const WCHAR *LPCWCH, *PCWCH, *LPCWSTR, *PCWSTR;
typedef PWSTR *PZPWSTR;
typedef const PWSTR *PCZPWSTR;
typedef WCHAR UNALIGNED *LPUWSTR, *PUWSTR;

#ifdef UNICODE
typedef WCHAR TCHAR, *PTCHAR;
#define TEXT(quote) L##quote
#else
typedef char TCHAR, *PTCHAR;
#define TEXT(quote) quote
#endif

typedef int INT, *PINT, *LPINT;
typedef unsigned int UINT, *PUINT;
typedef int LONG, *PLONG, *LPLONG;
typedef unsigned int ULONG, *PULONG;
typedef const ULONG *PCULONG;
typedef unsigned int DWORD, *PDWORD, *LPDWORD;
typedef int BOOL, *PBOOL, *LPBOOL;
typedef ULONG LOGICAL, *PLOGICAL;
typedef ULONG CLONG, *PCLONG;
typedef LONGLONG *PLONGLONG;
typedef ULONGLONG *PULONGLONG, DWORDLONG, *PDWORDLONG;
typedef LONGLONG USN;

typedef LONG NTSTATUS, *PNTSTATUS;
typedef const NTSTATUS *PCNTSTATUS;
typedef ULONG ACCESS_MASK, *PACCESS_MASK;
typedef ULONG LCID, *PLCID;
typedef CHAR KPROCESSOR_MODE;
typedef UCHAR KIRQL, *PKIRQL;
typedef LONG KPRIORITY;
typedef ULONG_PTR KSPIN_LOCK, *PKSPIN_LOCK;
typedef ULONG_PTR PFN_NUMBER, *PPFN_NUMBER;
typedef LONG_PTR SPFN_NUMBER, *PSPFN_NUMBER;
typedef ULONG NODE_REQUIREMENT;
typedef ULONG DEVICE_TYPE;

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

#ifndef NULL
#ifdef __cplusplus
#define NULL __null
#else
#define NULL ((void *)0)
#endif
#endif
#define NULL64 0

#define ANSI_NULL                ((CHAR)0)
#define UNICODE_NULL             ((WCHAR)0)
#define UNICODE_STRING_MAX_BYTES ((USHORT)65534)
#define UNICODE_STRING_MAX_CHARS (32767)

#define MINCHAR      0x80
#define MAXCHAR      0x7f
#define MINSHORT     0x8000
#define MAXSHORT     0x7fff
#define MINLONG      0x80000000
#define MAXLONG      0x7fffffff
#define MAXUCHAR     0xff
#define MAXUSHORT    0xffff
#define MAXULONG     0xffffffff
#define MAXUINT      0xffffffff
#define MAXUINT8     ((UINT8) ~((UINT8)0))
#define MAXUINT16    ((UINT16) ~((UINT16)0))
#define MAXUINT32    ((UINT32) ~((UINT32)0))
#define MAXUINT64    ((UINT64) ~((UINT64)0))
#define MAXULONGLONG ((ULONGLONG) ~((ULONGLONG)0))
#define MAXLONGLONG  ((LONGLONG)(MAXULONGLONG >> 1))
#define MAXULONG_PTR ((ULONG_PTR) ~((ULONG_PTR)0))
#define MAXDWORD     0xffffffff
/* The host's <limits.h> says otherwise, so only where it is not included. */
#if defined(DRYDOCK_DRIVER) && !defined(ULONG_MAX)
#define ULONG_MAX 0xffffffff
#endif

/* ---- compound types -------------------------------------------------------------------------- */

typedef union _LARGE_INTEGER {
    __extension__ struct {
        ULONG LowPart;
        LONG HighPart;
    };
    struct {
        ULONG LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    __extension__ struct {
        ULONG LowPart;
        ULONG HighPart;
    };
    struct {
        ULONG LowPart;
        ULONG HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

/*
 * From MmGetPhysicalAddress an address of RAM; from the DMA interface an address the device uses.
 */
typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;

typedef struct _LUID {
    ULONG LowPart;
    LONG HighPart;
} LUID, *PLUID;

/* Lengths are bytes, without a terminator; nothing promises that one follows. */
typedef struct _UNICODE_STRING {
    USHORT Length;
    USHORT MaximumLength;
    PWCH Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

typedef struct _STRING {
    USHORT Length;
    USHORT MaximumLength;
    PCHAR Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING, OEM_STRING, *POEM_STRING, UTF8_STRING,
    *PUTF8_STRING;
typedef const STRING *PCSTRING, *PCANSI_STRING, *PCOEM_STRING, *PCUTF8_STRING;

typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY *Flink;
    struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY, *RESTRICTED_POINTER PRLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
    struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

typedef struct _OBJECT_ATTRIBUTES {
    ULONG Length;
    HANDLE RootDirectory;
    PUNICODE_STRING ObjectName;
    ULONG Attributes;
    PVOID SecurityDescriptor;
    PVOID SecurityQualityOfService;
} OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;
typedef const OBJECT_ATTRIBUTES *PCOBJECT_ATTRIBUTES;

#define OBJ_INHERIT          0x00000002
#define OBJ_PERMANENT        0x00000010
#define OBJ_EXCLUSIVE        0x00000020
#define OBJ_CASE_INSENSITIVE 0x00000040
#define OBJ_OPENIF           0x00000080
#define OBJ_KERNEL_HANDLE    0x00000200

#define InitializeObjectAttributes(p, name, attributes, root, descriptor)                          \
    do {                                                                                           \
        (p)->Length = sizeof(OBJECT_ATTRIBUTES);                                                   \
        (p)->RootDirectory = (root);                                                               \
        (p)->Attributes = (attributes);                                                            \
        (p)->ObjectName = (name);                                                                  \
        (p)->SecurityDescriptor = (descriptor);                                                    \
        (p)->SecurityQualityOfService = NULL;                                                      \
    } while (0)

/* A processor by group and number in the group. Reserved must be 0. */
typedef struct _PROCESSOR_NUMBER {
    USHORT Group;
    UCHAR Number;
    UCHAR Reserved;
} PROCESSOR_NUMBER, *PPROCESSOR_NUMBER;

/* A set of processors of one group. Reserved must be 0. */
typedef struct _GROUP_AFFINITY {
    KAFFINITY Mask;
    USHORT Group;
    USHORT Reserved[3];
} GROUP_AFFINITY, *PGROUP_AFFINITY;

#define ALL_PROCESSOR_GROUPS 0xffff

/* ---- macros ---------------------------------------------------------------------------------- */

#ifndef offsetof
#define offsetof(type, field) __builtin_offsetof(type, field)
#endif

/* Signed, as on Windows. */
#define FIELD_OFFSET(type, field)   ((LONG) __builtin_offsetof(type, field))
#define UFIELD_OFFSET(type, field)  ((ULONG) __builtin_offsetof(type, field))
#define RTL_FIELD_SIZE(type, field) (sizeof(((type *)0)->field))
#define RTL_SIZEOF_THROUGH_FIELD(type, field)                                                      \
    (__builtin_offsetof(type, field) + RTL_FIELD_SIZE(type, field))
#define RTL_CONTAINS_FIELD(p, size, field)                                                         \
    ((((PCHAR)(&(p)->field)) + sizeof((p)->field)) <= (((PCHAR)(p)) + (size)))
#define RTL_NUMBER_OF(a)                 (sizeof(a) / sizeof((a)[0]))
#define RTL_NUMBER_OF_FIELD(type, field) (RTL_NUMBER_OF(((type *)0)->field))
#define RTL_BITS_OF(x)                   (sizeof(x) * 8)
#define RTL_BITS_OF_FIELD(type, field)   (RTL_BITS_OF(((type *)0)->field))
#ifndef ARRAYSIZE
#define ARRAYSIZE(a) RTL_NUMBER_OF(a)
#endif
#ifndef _countof
#define _countof(a) RTL_NUMBER_OF(a)
#endif

#define CONTAINING_RECORD(address, type, field)                                                    \
    ((type *)(void *)((PCHAR)(address) - __builtin_offsetof(type, field)))

#define UNREFERENCED_PARAMETER(p)          ((void)(p))
#define DBG_UNREFERENCED_PARAMETER(p)      ((void)(p))
#define DBG_UNREFERENCED_LOCAL_VARIABLE(v) ((void)(v))
#define ARGUMENT_PRESENT(p)                ((CHAR *)((ULONG_PTR)(p)) != (CHAR *)NULL)

#define C_ASSERT(e)      DD_NT_STATIC_ASSERT(e, #e)
#define STATIC_ASSERT(e) DD_NT_STATIC_ASSERT(e, #e)

#define NT_SUCCESS(Status)     (((NTSTATUS)(Status)) >= 0)
#define NT_INFORMATION(Status) ((((ULONG)(Status)) >> 30) == 1)
#define NT_WARNING(Status)     ((((ULONG)(Status)) >> 30) == 2)
#define NT_ERROR(Status)       ((((ULONG)(Status)) >> 30) == 3)

#if !defined(NOMINMAX) && (!defined(__cplusplus) || defined(DRYDOCK_DRIVER))
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef max
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#endif

#define ALIGN_DOWN_BY(length, alignment) ((ULONG_PTR)(length) & ~((ULONG_PTR)(alignment)-1))
#define ALIGN_UP_BY(length, alignment)                                                             \
    ALIGN_DOWN_BY(((ULONG_PTR)(length) + ((ULONG_PTR)(alignment)-1)), alignment)
#define ALIGN_DOWN(length, type)            ALIGN_DOWN_BY(length, sizeof(type))
#define ALIGN_UP(length, type)              ALIGN_UP_BY(length, sizeof(type))
#define ALIGN_DOWN_POINTER_BY(p, alignment) ((PVOID)ALIGN_DOWN_BY(p, alignment))
#define ALIGN_UP_POINTER_BY(p, alignment)   ((PVOID)ALIGN_UP_BY(p, alignment))
#define ALIGN_DOWN_POINTER(p, type)         ALIGN_DOWN_POINTER_BY(p, sizeof(type))
#define ALIGN_UP_POINTER(p, type)           ALIGN_UP_POINTER_BY(p, sizeof(type))

#define LOWORD(x) ((WORD)((ULONG_PTR)(x)&0xffff))
#define HIWORD(x) ((WORD)(((ULONG_PTR)(x) >> 16) & 0xffff))
#define LOBYTE(x) ((BYTE)((ULONG_PTR)(x)&0xff))
#define HIBYTE(x) ((BYTE)(((ULONG_PTR)(x) >> 8) & 0xff))
#define MAKEWORD(a, b)                                                                             \
    ((WORD)(((BYTE)((ULONG_PTR)(a)&0xff)) | (((WORD)((BYTE)((ULONG_PTR)(b)&0xff))) << 8)))
#define MAKELONG(a, b)                                                                             \
    ((LONG)(((WORD)((ULONG_PTR)(a)&0xffff)) | (((DWORD)((WORD)((ULONG_PTR)(b)&0xffff))) << 16)))

#define Int32x32To64(a, b)   ((LONGLONG)(LONG)(a) * (LONGLONG)(LONG)(b))
#define UInt32x32To64(a, b)  ((ULONGLONG)(ULONG)(a) * (ULONGLONG)(ULONG)(b))
#define Int64ShllMod32(a, b) ((ULONGLONG)(a) << ((b)&31))
#define Int64ShrlMod32(a, b) ((ULONGLONG)(a) >> ((b)&31))

#define HandleToULong(h)  ((ULONG)(ULONG_PTR)(h))
#define HandleToUlong(h)  HandleToULong(h)
#define HandleToLong(h)   ((LONG)(LONG_PTR)(h))
#define ULongToHandle(ul) ((HANDLE)(ULONG_PTR)(ULONG)(ul))
#define UlongToHandle(ul) ULongToHandle(ul)
#define LongToHandle(l)   ((HANDLE)(LONG_PTR)(LONG)(l))
#define PtrToUlong(p)     ((ULONG)(ULONG_PTR)(p))
#define PtrToULong(p)     PtrToUlong(p)
#define PtrToLong(p)      ((LONG)(LONG_PTR)(p))
#define PtrToUint(p)      ((UINT)(ULONG_PTR)(p))
#define PtrToInt(p)       ((INT)(LONG_PTR)(p))
#define PtrToUshort(p)    ((USHORT)(ULONG_PTR)(p))
#define UlongToPtr(ul)    ((VOID *)(ULONG_PTR)(ULONG)(ul))
#define ULongToPtr(ul)    UlongToPtr(ul)
#define LongToPtr(l)      ((VOID *)(LONG_PTR)(LONG)(l))
#define UintToPtr(u)      ((VOID *)(ULONG_PTR)(UINT)(u))
#define IntToPtr(i)       ((VOID *)(LONG_PTR)(INT)(i))

#ifdef __cplusplus
extern "C++" {
constexpr char *DD_NT_UNCONST(const char *s)
{
    return const_cast<char *>(s);
}
constexpr wchar_t *DD_NT_UNCONST(const wchar_t *s)
{
    return const_cast<wchar_t *>(s);
}
}
#else
#define DD_NT_UNCONST(s) (s)
#endif

/* Counted strings made at compile time: Length without, MaximumLength with the terminator. */
#define RTL_CONSTANT_STRING(s)                                                                     \
    {                                                                                              \
        (USHORT)(sizeof(s) - sizeof((s)[0])), (USHORT)sizeof(s), DD_NT_UNCONST(s)                  \
    }
#define DECLARE_CONST_UNICODE_STRING(name, text)                                                   \
    static const WCHAR name##_buffer[] = text;                                                     \
    static const UNICODE_STRING name = {(USHORT)(sizeof(text) - sizeof(WCHAR)),                    \
                                        (USHORT)sizeof(text), (PWCH)(ULONG_PTR)name##_buffer}
#define DECLARE_UNICODE_STRING_SIZE(name, size)                                                    \
    WCHAR name##_buffer[size];                                                                     \
    UNICODE_STRING name = {0, (USHORT)((size) * sizeof(WCHAR)), name##_buffer}

/* ---- variable arguments ---------------------------------------------------------------------- */

/*
 * On Windows va_list is a plain pointer that drivers copy with `=`. Here it is the host's type,
 * which in C is an array: use va_copy.
 */
typedef __builtin_va_list va_list;
#ifndef va_start
#define va_start(v, l) __builtin_va_start(v, l)
#endif
#ifndef va_end
#define va_end(v) __builtin_va_end(v)
#endif
#ifndef va_arg
#define va_arg(v, l) __builtin_va_arg(v, l)
#endif
#ifndef va_copy
#define va_copy(d, s) __builtin_va_copy(d, s)
#endif

#endif
