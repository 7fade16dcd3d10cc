/* SPDX-License-Identifier: MIT */
/*
 * wdm/rtl.h - run-time library: memory, counted strings, registry queries, bitmaps, version
 *
 * Length and MaximumLength of counted strings are bytes. Conversions use the run's narrow code
 * page; ASCII is exact.
 */
#ifndef DRYDOCK_WDM_RTL_H
#define DRYDOCK_WDM_RTL_H

#include "bits.h"
#include "crt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- memory ---------------------------------------------------------------------------------- */

/* IRQL of the macros: any. RtlCopyMemory is memcpy: the blocks must not overlap. */
#define RtlZeroMemory(Destination, Length)         memset((Destination), 0, (Length))
#define RtlCopyMemory(Destination, Source, Length) memcpy((Destination), (Source), (Length))
#define RtlMoveMemory(Destination, Source, Length) memmove((Destination), (Source), (Length))
#define RtlFillMemory(Destination, Length, Fill)   memset((Destination), (Fill), (Length))
#define RtlEqualMemory(Source1, Source2, Length)   (!memcmp((Source1), (Source2), (Length)))
#define RtlCopyBytes                               RtlCopyMemory
#define RtlZeroBytes                               RtlZeroMemory
#define RtlFillBytes                               RtlFillMemory
#define RtlCopyMemoryNonTemporal                   RtlCopyMemory

/* How many leading bytes are equal; Length when all are. IRQL: any. */
DD_NT_IMPORT SIZE_T RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length);
/* Zero memory in a way the compiler cannot leave out. IRQL: any. */
DD_NT_INLINE PVOID RtlSecureZeroMemory(PVOID Ptr, SIZE_T Count)
{
    volatile UCHAR *p = (volatile UCHAR *)Ptr;

    while (Count != 0) {
        *p++ = 0;
        Count--;
    }
    return Ptr;
}

#define RtlRetrieveUlong(Dest, Src)  ((void)__builtin_memcpy((Dest), (Src), sizeof(ULONG)))
#define RtlRetrieveUshort(Dest, Src) ((void)__builtin_memcpy((Dest), (Src), sizeof(USHORT)))

DD_NT_INLINE VOID RtlStoreUlong(PVOID Address, ULONG Value)
{
    (void)__builtin_memcpy(Address, &Value, sizeof(Value));
}

DD_NT_INLINE VOID RtlStoreUshort(PVOID Address, USHORT Value)
{
    (void)__builtin_memcpy(Address, &Value, sizeof(Value));
}

/* ---- counted strings ------------------------------------------------------------------------- */

/* Point at a terminated string, or at nothing; copies nothing. IRQL: any. */
DD_NT_IMPORT VOID RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString);
/* As RtlInitUnicodeString for narrow strings. IRQL: any. */
DD_NT_IMPORT VOID RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString);

DD_NT_INLINE VOID RtlInitEmptyUnicodeString(PUNICODE_STRING UnicodeString, PWCHAR Buffer,
                                            USHORT BufferSize)
{
    UnicodeString->Length = 0;
    UnicodeString->MaximumLength = BufferSize;
    UnicodeString->Buffer = Buffer;
}

DD_NT_INLINE VOID RtlInitEmptyAnsiString(PANSI_STRING AnsiString, PCHAR Buffer, USHORT BufferSize)
{
    AnsiString->Length = 0;
    AnsiString->MaximumLength = BufferSize;
    AnsiString->Buffer = Buffer;
}

#define RtlInitString RtlInitAnsiString

/* Copy as much as fits; a NULL source makes it empty. IRQL: any. */
DD_NT_IMPORT VOID RtlCopyUnicodeString(PUNICODE_STRING DestinationString,
                                       PCUNICODE_STRING SourceString);
/* Negative, 0 or positive. IRQL: = PASSIVE. */
DD_NT_IMPORT LONG RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                          BOOLEAN CaseInSensitive);
/* TRUE when equal. IRQL: = PASSIVE. */
DD_NT_IMPORT BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                           BOOLEAN CaseInSensitive);
/* TRUE when equal. IRQL: = PASSIVE. */
DD_NT_IMPORT BOOLEAN RtlEqualString(const STRING *String1, const STRING *String2,
                                    BOOLEAN CaseInSensitive);
/* STATUS_BUFFER_TOO_SMALL leaves the destination alone. IRQL: any. */
DD_NT_IMPORT NTSTATUS RtlAppendUnicodeStringToString(PUNICODE_STRING Destination,
                                                     PCUNICODE_STRING Source);
/* STATUS_BUFFER_TOO_SMALL leaves the destination alone. IRQL: any. */
DD_NT_IMPORT NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source);
/* Base 0 (is 10), 2, 8, 10 or 16; STATUS_BUFFER_OVERFLOW when it does not fit. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String);
/* Base 0: 0x, 0o, 0b or decimal. No digit: success and 0. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value);
/* Allocate TRUE: buffer from pool, free with RtlFreeAnsiString. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString,
                                                   PCUNICODE_STRING SourceString,
                                                   BOOLEAN AllocateDestinationString);
/* Allocate TRUE: buffer from pool, free with RtlFreeUnicodeString. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString,
                                                   PCANSI_STRING SourceString,
                                                   BOOLEAN AllocateDestinationString);
/* Upper-case into the destination. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS RtlUpcaseUnicodeString(PUNICODE_STRING DestinationString,
                                             PCUNICODE_STRING SourceString,
                                             BOOLEAN AllocateDestinationString);
/* One character in upper case. IRQL: = PASSIVE. */
DD_NT_IMPORT WCHAR RtlUpcaseUnicodeChar(WCHAR SourceCharacter);
/* Free the buffer and zero the structure. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID RtlFreeUnicodeString(PUNICODE_STRING UnicodeString);
/* Free the buffer and zero the structure. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID RtlFreeAnsiString(PANSI_STRING AnsiString);

/* ---- registry queries ------------------------------------------------------------------------ */

typedef NTSTATUS NTAPI RTL_QUERY_REGISTRY_ROUTINE(PWSTR ValueName, ULONG ValueType, PVOID ValueData,
                                                  ULONG ValueLength, PVOID Context,
                                                  PVOID EntryContext);
typedef RTL_QUERY_REGISTRY_ROUTINE *PRTL_QUERY_REGISTRY_ROUTINE;

typedef struct _RTL_QUERY_REGISTRY_TABLE {
    PRTL_QUERY_REGISTRY_ROUTINE QueryRoutine;
    ULONG Flags;
    PWSTR Name;
    PVOID EntryContext;
    ULONG DefaultType;
    PVOID DefaultData;
    ULONG DefaultLength;
} RTL_QUERY_REGISTRY_TABLE, *PRTL_QUERY_REGISTRY_TABLE;

#define RTL_REGISTRY_ABSOLUTE   0
#define RTL_REGISTRY_SERVICES   1
#define RTL_REGISTRY_CONTROL    2
#define RTL_REGISTRY_WINDOWS_NT 3
#define RTL_REGISTRY_DEVICEMAP  4
#define RTL_REGISTRY_USER       5
#define RTL_REGISTRY_HANDLE     0x40000000
#define RTL_REGISTRY_OPTIONAL   0x80000000

#define RTL_QUERY_REGISTRY_SUBKEY          0x00000001
#define RTL_QUERY_REGISTRY_TOPKEY          0x00000002
#define RTL_QUERY_REGISTRY_REQUIRED        0x00000004
#define RTL_QUERY_REGISTRY_NOVALUE         0x00000008
#define RTL_QUERY_REGISTRY_NOEXPAND        0x00000010
#define RTL_QUERY_REGISTRY_DIRECT          0x00000020
#define RTL_QUERY_REGISTRY_DELETE          0x00000040
#define RTL_QUERY_REGISTRY_TYPECHECK       0x00000100
#define RTL_QUERY_REGISTRY_TYPECHECK_SHIFT 24

/* Run a table of queries that ends with no routine and no name. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS RtlQueryRegistryValues(ULONG RelativeTo, PCWSTR Path,
                                             PRTL_QUERY_REGISTRY_TABLE QueryTable, PVOID Context,
                                             PVOID Environment);

/* ---- bitmaps --------------------------------------------------------------------------------- */

/* Bits live in 32-bit words; bit 0 is the least significant of word 0. No locking. */
typedef struct _RTL_BITMAP {
    ULONG SizeOfBitMap;
    PULONG Buffer;
} RTL_BITMAP, *PRTL_BITMAP;

/* SizeOfBitMap bits at BitMapBuffer. IRQL: any. */
DD_NT_IMPORT VOID RtlInitializeBitMap(PRTL_BITMAP BitMapHeader, PULONG BitMapBuffer,
                                      ULONG SizeOfBitMap);
/* Is the bit set? IRQL: any. */
DD_NT_IMPORT BOOLEAN RtlCheckBit(PRTL_BITMAP BitMapHeader, ULONG BitPosition);
/* Set one bit. IRQL: any. */
DD_NT_IMPORT VOID RtlSetBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber);
/* Clear one bit. IRQL: any. */
DD_NT_IMPORT VOID RtlClearBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber);
/* Set all bits. IRQL: any. */
DD_NT_IMPORT VOID RtlSetAllBits(PRTL_BITMAP BitMapHeader);
/* Clear all bits. IRQL: any. */
DD_NT_IMPORT VOID RtlClearAllBits(PRTL_BITMAP BitMapHeader);
/* Set a run. IRQL: any. */
DD_NT_IMPORT VOID RtlSetBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToSet);
/* Clear a run. IRQL: any. */
DD_NT_IMPORT VOID RtlClearBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToClear);
/* Find a clear run, set it, return its start; 0xFFFFFFFF when there is none. IRQL: any. */
DD_NT_IMPORT ULONG RtlFindClearBitsAndSet(PRTL_BITMAP BitMapHeader, ULONG NumberToFind,
                                          ULONG HintIndex);
/* How many bits are set. IRQL: any. */
DD_NT_IMPORT ULONG RtlNumberOfSetBits(PRTL_BITMAP BitMapHeader);
/* Lowest set bit, -1 for 0. IRQL: any. */
DD_NT_IMPORT CCHAR RtlFindLeastSignificantBit(ULONGLONG Set);
/* Highest set bit, -1 for 0. IRQL: any. */
DD_NT_IMPORT CCHAR RtlFindMostSignificantBit(ULONGLONG Set);
/* How many bits are set. IRQL: any. */
DD_NT_IMPORT ULONG RtlNumberOfSetBitsUlongPtr(ULONG_PTR Target);

/* ---- time, version --------------------------------------------------------------------------- */

typedef struct _TIME_FIELDS {
    CSHORT Year;
    CSHORT Month;
    CSHORT Day;
    CSHORT Hour;
    CSHORT Minute;
    CSHORT Second;
    CSHORT Milliseconds;
    CSHORT Weekday;
} TIME_FIELDS, *PTIME_FIELDS;

/* Split a system time. IRQL: any. */
DD_NT_IMPORT VOID RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields);

/* The caller sets dwOSVersionInfoSize: 276, or 284 for the longer one. */
typedef struct _OSVERSIONINFOW {
    ULONG dwOSVersionInfoSize;
    ULONG dwMajorVersion;
    ULONG dwMinorVersion;
    ULONG dwBuildNumber;
    ULONG dwPlatformId;
    WCHAR szCSDVersion[128];
} OSVERSIONINFOW, *POSVERSIONINFOW, RTL_OSVERSIONINFOW, *PRTL_OSVERSIONINFOW;

typedef struct _OSVERSIONINFOEXW {
    ULONG dwOSVersionInfoSize;
    ULONG dwMajorVersion;
    ULONG dwMinorVersion;
    ULONG dwBuildNumber;
    ULONG dwPlatformId;
    WCHAR szCSDVersion[128];
    USHORT wServicePackMajor;
    USHORT wServicePackMinor;
    USHORT wSuiteMask;
    UCHAR wProductType;
    UCHAR wReserved;
} OSVERSIONINFOEXW, *POSVERSIONINFOEXW, RTL_OSVERSIONINFOEXW, *PRTL_OSVERSIONINFOEXW;

#define VER_MINORVERSION     0x0000001
#define VER_MAJORVERSION     0x0000002
#define VER_BUILDNUMBER      0x0000004
#define VER_SERVICEPACKMINOR 0x0000010
#define VER_SERVICEPACKMAJOR 0x0000020
#define VER_EQUAL            1
#define VER_GREATER          2
#define VER_GREATER_EQUAL    3
#define VER_LESS             4
#define VER_LESS_EQUAL       5
#define VER_NT_WORKSTATION   1
#define VER_NT_SERVER        3

/* The Windows release that this run plays. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS RtlGetVersion(PRTL_OSVERSIONINFOW lpVersionInformation);
/* STATUS_REVISION_MISMATCH when the release does not satisfy the conditions. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS RtlVerifyVersionInfo(PRTL_OSVERSIONINFOEXW VersionInfo, ULONG TypeMask,
                                           ULONGLONG ConditionMask);
/* Add one condition for RtlVerifyVersionInfo. IRQL: any. */
DD_NT_IMPORT ULONGLONG VerSetConditionMask(ULONGLONG ConditionMask, ULONG TypeMask,
                                           UCHAR Condition);
#define VER_SET_CONDITION(m, t, c) ((m) = VerSetConditionMask((m), (t), (c)))

/* Make an absolute security descriptor; nothing here reads it. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS RtlCreateSecurityDescriptor(PVOID SecurityDescriptor, ULONG Revision);
#define SECURITY_DESCRIPTOR_REVISION 1

#ifdef __cplusplus
}
#endif

#endif
