/* SPDX-License-Identifier: MIT */
/*
 * Memory, bitmaps, bits, time and version.
 *
 * Source: windows-driver-docs-ddi, wdm/nf-wdm-rtl* (nt-services 2.2, 2.13, 2.15).
 */
#include <ntddk.h>

#include "nt/machine.h"
#include "seam/api.h"

#include <string.h>

SIZE_T RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length)
{
    const UCHAR *a = Source1, *b = Source2;
    SIZE_T n = 0;

    DD_API(RtlCompareMemory);
    while (n < Length && a[n] == b[n]) {
        n++;
    }
    return n;
}

/* --- bitmaps: a bit outside the map is an event, and nothing happens --- */

static bool range_ok(PRTL_BITMAP map, ULONG start, ULONG count, const void *site)
{
    if (start <= map->SizeOfBitMap && count <= map->SizeOfBitMap - start) {
        return true;
    }
    DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .obj = map,
            .data = "bit outside the RTL_BITMAP");
    return false;
}

static bool test(PRTL_BITMAP map, ULONG bit)
{
    return (map->Buffer[bit / 32] >> bit % 32 & 1) != 0;
}

static void change(PRTL_BITMAP map, ULONG start, ULONG count, bool set)
{
    for (ULONG bit = start; bit - start < count; bit++) {
        if (set) {
            map->Buffer[bit / 32] |= 1u << bit % 32;
        } else {
            map->Buffer[bit / 32] &= ~(1u << bit % 32);
        }
    }
}

VOID RtlInitializeBitMap(PRTL_BITMAP BitMapHeader, PULONG BitMapBuffer, ULONG SizeOfBitMap)
{
    DD_API(RtlInitializeBitMap);
    BitMapHeader->SizeOfBitMap = SizeOfBitMap;
    BitMapHeader->Buffer = BitMapBuffer;
}

BOOLEAN RtlCheckBit(PRTL_BITMAP BitMapHeader, ULONG BitPosition)
{
    DD_API(RtlCheckBit);
    return range_ok(BitMapHeader, BitPosition, 1, DD_SITE()) && test(BitMapHeader, BitPosition)
               ? TRUE
               : FALSE;
}

VOID RtlSetBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    DD_API(RtlSetBit);
    if (range_ok(BitMapHeader, BitNumber, 1, DD_SITE())) {
        change(BitMapHeader, BitNumber, 1, true);
    }
}

VOID RtlClearBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    DD_API(RtlClearBit);
    if (range_ok(BitMapHeader, BitNumber, 1, DD_SITE())) {
        change(BitMapHeader, BitNumber, 1, false);
    }
}

VOID RtlSetAllBits(PRTL_BITMAP BitMapHeader)
{
    DD_API(RtlSetAllBits);
    change(BitMapHeader, 0, BitMapHeader->SizeOfBitMap, true);
}

VOID RtlClearAllBits(PRTL_BITMAP BitMapHeader)
{
    DD_API(RtlClearAllBits);
    change(BitMapHeader, 0, BitMapHeader->SizeOfBitMap, false);
}

VOID RtlSetBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToSet)
{
    DD_API(RtlSetBits);
    if (range_ok(BitMapHeader, StartingIndex, NumberToSet, DD_SITE())) {
        change(BitMapHeader, StartingIndex, NumberToSet, true);
    }
}

VOID RtlClearBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToClear)
{
    DD_API(RtlClearBits);
    if (range_ok(BitMapHeader, StartingIndex, NumberToClear, DD_SITE())) {
        change(BitMapHeader, StartingIndex, NumberToClear, false);
    }
}

#define NO_RUN 0xffffffffu

/* the first run of @count clear bits that begins in [from, to) */
static ULONG find_clear(PRTL_BITMAP map, ULONG count, ULONG from, ULONG to)
{
    ULONG run = 0;

    for (ULONG bit = from; bit < map->SizeOfBitMap; bit++) {
        run = test(map, bit) ? 0 : run + 1;
        if (run == count) {
            return bit + 1 - count;
        }
        if (run == 0 && bit + 1 >= to) {
            break;
        }
    }
    return NO_RUN;
}

/* Unspecified there: NumberToFind 0. Drydock: the hint, nothing is set. */
ULONG RtlFindClearBitsAndSet(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    ULONG size = BitMapHeader->SizeOfBitMap, at;

    DD_API(RtlFindClearBitsAndSet);
    if (HintIndex >= size) {
        HintIndex = 0;
    }
    if (NumberToFind == 0) {
        return HintIndex;
    }
    if (NumberToFind > size) {
        return NO_RUN;
    }
    at = find_clear(BitMapHeader, NumberToFind, HintIndex, size);
    if (at == NO_RUN && HintIndex > 0) {
        at = find_clear(BitMapHeader, NumberToFind, 0, HintIndex);
    }
    if (at != NO_RUN) {
        change(BitMapHeader, at, NumberToFind, true);
    }
    return at;
}

ULONG RtlNumberOfSetBits(PRTL_BITMAP BitMapHeader)
{
    ULONG n = 0;

    DD_API(RtlNumberOfSetBits);
    for (ULONG bit = 0; bit < BitMapHeader->SizeOfBitMap; bit++) {
        n += test(BitMapHeader, bit);
    }
    return n;
}

CCHAR RtlFindLeastSignificantBit(ULONGLONG Set)
{
    DD_API(RtlFindLeastSignificantBit);
    return (CCHAR)(Set == 0 ? -1 : __builtin_ctzll(Set));
}

CCHAR RtlFindMostSignificantBit(ULONGLONG Set)
{
    DD_API(RtlFindMostSignificantBit);
    return (CCHAR)(Set == 0 ? -1 : 63 - __builtin_clzll(Set));
}

ULONG RtlNumberOfSetBitsUlongPtr(ULONG_PTR Target)
{
    DD_API(RtlNumberOfSetBitsUlongPtr);
    return (ULONG)__builtin_popcountll(Target);
}

/* --- time --- */

#define TICKS_PER_MS 10000ull
#define MS_PER_DAY   86400000ull

/* Gregorian date of day number @day since 1601-01-01, which began a 400-year cycle */
static void date_of(uint64_t day, PTIME_FIELDS f)
{
    static const unsigned char lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint64_t year = 1601 + 400 * (day / 146097);
    unsigned month = 0;

    day %= 146097;
    for (;;) {
        unsigned leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        if (day < 365 + leap) {
            unsigned n = lengths[0];

            while (day >= n) {
                day -= n;
                month++;
                n = lengths[month] + (month == 1 ? leap : 0);
            }
            break;
        }
        day -= 365 + leap;
        year++;
    }
    f->Year = (CSHORT)year;
    f->Month = (CSHORT)(month + 1);
    f->Day = (CSHORT)(day + 1);
}

VOID RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields)
{
    uint64_t ms = (uint64_t)Time->QuadPart / TICKS_PER_MS, day = ms / MS_PER_DAY;

    DD_API(RtlTimeToTimeFields);
    date_of(day, TimeFields);
    ms %= MS_PER_DAY;
    TimeFields->Hour = (CSHORT)(ms / 3600000);
    TimeFields->Minute = (CSHORT)(ms / 60000 % 60);
    TimeFields->Second = (CSHORT)(ms / 1000 % 60);
    TimeFields->Milliseconds = (CSHORT)(ms % 1000);
    TimeFields->Weekday = (CSHORT)((day + 1) % 7); /* 1601-01-01 was a Monday */
}

/* --- version --- */

#define PLATFORM_NT      2
#define VERSION_BYTES    276u /* RTL_OSVERSIONINFOW */
#define VERSION_EX_BYTES 284u /* RTL_OSVERSIONINFOEXW */

NTSTATUS RtlGetVersion(PRTL_OSVERSIONINFOW lpVersionInformation)
{
    const struct dd_machine_config *m = dd_machine();
    ULONG size = lpVersionInformation->dwOSVersionInfoSize;

    DD_API(RtlGetVersion);
    if (size != VERSION_BYTES && size != VERSION_EX_BYTES) {
        return STATUS_INVALID_PARAMETER;
    }
    memset(lpVersionInformation, 0, size);
    lpVersionInformation->dwOSVersionInfoSize = size;
    lpVersionInformation->dwMajorVersion = m->os_major;
    lpVersionInformation->dwMinorVersion = m->os_minor;
    lpVersionInformation->dwBuildNumber = m->os_build;
    lpVersionInformation->dwPlatformId = PLATFORM_NT;
    if (size == VERSION_EX_BYTES) {
        ((PRTL_OSVERSIONINFOEXW)lpVersionInformation)->wProductType = VER_NT_WORKSTATION;
    }
    return STATUS_SUCCESS;
}

#define CONDITION_BITS 3

ULONGLONG VerSetConditionMask(ULONGLONG ConditionMask, ULONG TypeMask, UCHAR Condition)
{
    DD_API(VerSetConditionMask);
    if (TypeMask == 0) {
        return 0;
    }
    for (unsigned bit = 0; bit < 8; bit++) {
        if ((TypeMask & 1u << bit) != 0) {
            ConditionMask |= (ULONGLONG)(Condition & 7u) << bit * CONDITION_BITS;
        }
    }
    return ConditionMask;
}

static bool holds(uint64_t ours, uint64_t theirs, unsigned condition)
{
    switch (condition) {
    case VER_EQUAL:
        return ours == theirs;
    case VER_GREATER:
        return ours > theirs;
    case VER_GREATER_EQUAL:
        return ours >= theirs;
    case VER_LESS:
        return ours < theirs;
    case VER_LESS_EQUAL:
        return ours <= theirs;
    default:
        return false;
    }
}

static unsigned condition_of(ULONGLONG mask, ULONG type)
{
    return type == 0 ? 0 : (unsigned)(mask >> (unsigned)__builtin_ctz(type) * CONDITION_BITS & 7);
}

/* Major, minor and service pack are compared as one number, most significant first, with the
 * condition of the most significant that was asked for. */
static bool release_holds(PRTL_OSVERSIONINFOEXW v, ULONG types, ULONGLONG mask)
{
    const struct dd_machine_config *m = dd_machine();
    uint64_t ours = 0, theirs = 0;
    ULONG leading = 0;

    if (types & VER_MAJORVERSION) {
        ours = m->os_major;
        theirs = v->dwMajorVersion;
        leading = VER_MAJORVERSION;
    }
    if (types & VER_MINORVERSION) {
        ours = ours << 16 | m->os_minor;
        theirs = theirs << 16 | v->dwMinorVersion;
        leading = leading != 0 ? leading : VER_MINORVERSION;
    }
    if (types & (VER_SERVICEPACKMAJOR | VER_SERVICEPACKMINOR)) {
        ours = ours << 32; /* this release has no service pack */
        theirs = theirs << 32 |
                 (uint64_t)(types & VER_SERVICEPACKMAJOR ? v->wServicePackMajor : 0) << 16 |
                 (types & VER_SERVICEPACKMINOR ? v->wServicePackMinor : 0u);
        leading = leading != 0                   ? leading
                  : types & VER_SERVICEPACKMAJOR ? VER_SERVICEPACKMAJOR
                                                 : VER_SERVICEPACKMINOR;
    }
    return leading == 0 || holds(ours, theirs, condition_of(mask, leading));
}

NTSTATUS RtlVerifyVersionInfo(PRTL_OSVERSIONINFOEXW VersionInfo, ULONG TypeMask,
                              ULONGLONG ConditionMask)
{
    const ULONG release =
        VER_MAJORVERSION | VER_MINORVERSION | VER_SERVICEPACKMAJOR | VER_SERVICEPACKMINOR;

    DD_API(RtlVerifyVersionInfo);
    if (TypeMask == 0 || ConditionMask == 0 || (TypeMask & ~(release | VER_BUILDNUMBER)) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if ((TypeMask & VER_BUILDNUMBER) != 0 &&
        !holds(dd_machine()->os_build, VersionInfo->dwBuildNumber,
               condition_of(ConditionMask, VER_BUILDNUMBER))) {
        return STATUS_REVISION_MISMATCH;
    }
    return release_holds(VersionInfo, TypeMask, ConditionMask) ? STATUS_SUCCESS
                                                               : STATUS_REVISION_MISMATCH;
}

/* Nothing here reads a security descriptor; 40 bytes, revision first. */
NTSTATUS RtlCreateSecurityDescriptor(PVOID SecurityDescriptor, ULONG Revision)
{
    DD_API(RtlCreateSecurityDescriptor);
    if (Revision != SECURITY_DESCRIPTOR_REVISION) {
        return STATUS_UNKNOWN_REVISION;
    }
    memset(SecurityDescriptor, 0, 40);
    *(UCHAR *)SecurityDescriptor = SECURITY_DESCRIPTOR_REVISION;
    return STATUS_SUCCESS;
}
