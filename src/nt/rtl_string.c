/* SPDX-License-Identifier: MIT */
/*
 * Counted strings. Lengths are bytes; an odd byte at the end of a 16-bit string is no character.
 * The narrow code page is UTF-8: ASCII is exact, what is malformed becomes U+FFFD.
 *
 * Source: windows-driver-docs-ddi, wdm/nf-wdm-rtlinitunicodestring and its kin (nt-services 2.13).
 */
#include <ntddk.h>

#include "base/check.h"
#include "nt/config.h"
#include "nt/pool.h"
#include "nt/utf.h"
#include "seam/api.h"

#include <string.h>

#define TAG_STRING 0x20727453u /* "Str " */
#define BYTES_MAX  0xfffeu     /* of 16-bit characters in a counted string */

static size_t units_of(PCUNICODE_STRING s)
{
    return s->Buffer == NULL ? 0 : s->Length / sizeof(WCHAR);
}

/* Unspecified there: a source longer than 65534 bytes. Drydock: as much as fits a counted string.
 */
VOID RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    size_t bytes = 0;

    DD_API(RtlInitUnicodeString);
    if (SourceString != NULL) {
        bytes = dd_wcsnlen(SourceString, BYTES_MAX / sizeof(WCHAR) - 1) * sizeof(WCHAR);
    }
    DestinationString->Length = (USHORT)bytes;
    DestinationString->MaximumLength = (USHORT)(SourceString == NULL ? 0 : bytes + sizeof(WCHAR));
    DestinationString->Buffer = (PWCH)(uintptr_t)SourceString;
}

VOID RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString)
{
    size_t bytes = 0;

    DD_API(RtlInitAnsiString);
    if (SourceString != NULL) {
        bytes = strnlen(SourceString, BYTES_MAX);
    }
    DestinationString->Length = (USHORT)bytes;
    DestinationString->MaximumLength = (USHORT)(SourceString == NULL ? 0 : bytes + 1);
    DestinationString->Buffer = (PCHAR)(uintptr_t)SourceString;
}

VOID RtlCopyUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString)
{
    size_t bytes;

    DD_API(RtlCopyUnicodeString);
    bytes = SourceString == NULL ? 0 : units_of(SourceString) * sizeof(WCHAR);
    if (bytes > DestinationString->MaximumLength) {
        bytes = DestinationString->MaximumLength & ~1u;
    }
    if (bytes > 0) {
        memmove(DestinationString->Buffer, SourceString->Buffer, bytes);
    }
    DestinationString->Length = (USHORT)bytes;
    if (bytes + sizeof(WCHAR) <= DestinationString->MaximumLength) {
        DestinationString->Buffer[bytes / sizeof(WCHAR)] = 0;
    }
}

static LONG compare(PCUNICODE_STRING a, PCUNICODE_STRING b, bool fold)
{
    size_t a_units = units_of(a), b_units = units_of(b);

    for (size_t i = 0; i < a_units && i < b_units; i++) {
        int x = fold ? dd_upcase(a->Buffer[i]) : a->Buffer[i];
        int y = fold ? dd_upcase(b->Buffer[i]) : b->Buffer[i];

        if (x != y) {
            return x - y;
        }
    }
    return (LONG)(a_units * sizeof(WCHAR)) - (LONG)(b_units * sizeof(WCHAR));
}

LONG RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                             BOOLEAN CaseInSensitive)
{
    DD_API(RtlCompareUnicodeString);
    return compare(String1, String2, CaseInSensitive);
}

BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                              BOOLEAN CaseInSensitive)
{
    DD_API(RtlEqualUnicodeString);
    return compare(String1, String2, CaseInSensitive) == 0 ? TRUE : FALSE;
}

static int upper_ascii(int c)
{
    return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

BOOLEAN RtlEqualString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive)
{
    DD_API(RtlEqualString);
    if (String1->Length != String2->Length) {
        return FALSE;
    }
    for (size_t i = 0; i < String1->Length; i++) {
        int x = String1->Buffer[i], y = String2->Buffer[i];

        if (x != y && (!CaseInSensitive || upper_ascii(x) != upper_ascii(y))) {
            return FALSE;
        }
    }
    return TRUE;
}

static NTSTATUS append(PUNICODE_STRING dest, const WCHAR *src, size_t units)
{
    size_t bytes = units * sizeof(WCHAR), length = dest->Length & ~1u;

    if (bytes > dest->MaximumLength || length > dest->MaximumLength - bytes) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    if (bytes > 0) {
        memmove((char *)dest->Buffer + length, src, bytes);
    }
    length += bytes;
    dest->Length = (USHORT)length;
    if (length + sizeof(WCHAR) <= dest->MaximumLength) {
        dest->Buffer[length / sizeof(WCHAR)] = 0;
    }
    return STATUS_SUCCESS;
}

NTSTATUS RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source)
{
    DD_API(RtlAppendUnicodeStringToString);
    return append(Destination, Source->Buffer, units_of(Source));
}

NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source)
{
    DD_API(RtlAppendUnicodeToString);
    return Source == NULL ? STATUS_SUCCESS
                          : append(Destination, Source, dd_wcsnlen(Source, BYTES_MAX));
}

/* --- numbers --- */

static bool base_is_known(ULONG base)
{
    return base == 2 || base == 8 || base == 10 || base == 16;
}

NTSTATUS RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String)
{
    WCHAR buf[32];
    size_t n = 0, units;

    DD_API(RtlIntegerToUnicodeString);
    if (Base == 0) {
        Base = 10;
    }
    if (!base_is_known(Base)) {
        return STATUS_INVALID_PARAMETER;
    }
    do {
        buf[DD_ARRAY_LEN(buf) - ++n] = (WCHAR) "0123456789ABCDEF"[Value % Base];
        Value /= Base;
    } while (Value != 0);
    units = String->MaximumLength / sizeof(WCHAR);
    if (n > units) {
        return STATUS_BUFFER_OVERFLOW;
    }
    memcpy(String->Buffer, buf + DD_ARRAY_LEN(buf) - n, n * sizeof(WCHAR));
    String->Length = (USHORT)(n * sizeof(WCHAR));
    if (n < units) {
        String->Buffer[n] = 0;
    }
    return STATUS_SUCCESS;
}

/* base by prefix, which is skipped; decimal without one */
static ULONG base_of(const WCHAR **p, const WCHAR *end)
{
    if (end - *p >= 2 && (*p)[0] == '0') {
        WCHAR c = (*p)[1];

        if (c == 'x' || c == 'o' || c == 'b') {
            *p += 2;
            return c == 'x' ? 16 : c == 'o' ? 8 : 2;
        }
    }
    return 10;
}

static ULONG digit_of(WCHAR c)
{
    if (c >= '0' && c <= '9') {
        return c - (ULONG)'0';
    }
    c = dd_upcase(c);
    return c >= 'A' && c <= 'F' ? c - (ULONG)'A' + 10 : 99;
}

/* Unspecified there: blanks before, a sign, overflow. Drydock: blanks are skipped, the sign counts,
 * and the value is taken modulo 2^32. */
NTSTATUS RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value)
{
    const WCHAR *p = String->Buffer, *end;
    bool negative = false;
    ULONG v = 0;

    DD_API(RtlUnicodeStringToInteger);
    if (units_of(String) == 0 || (Base != 0 && !base_is_known(Base))) {
        return STATUS_INVALID_PARAMETER;
    }
    end = p + units_of(String);
    while (p < end && *p <= ' ' && *p != 0) {
        p++;
    }
    if (p < end && (*p == '-' || *p == '+')) {
        negative = *p++ == '-';
    }
    if (Base == 0) {
        Base = base_of(&p, end);
    }
    for (; p < end && digit_of(*p) < Base; p++) {
        v = v * Base + digit_of(*p);
    }
    *Value = negative ? 0 - v : v;
    return STATUS_SUCCESS;
}

/* --- conversions --- */

static void *allocate_string(size_t bytes, const void *site)
{
    return dd_pool_alloc(bytes, TAG_STRING, NULL, DD_LEAK_POOL, site);
}

NTSTATUS RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString, PCUNICODE_STRING SourceString,
                                      BOOLEAN AllocateDestinationString)
{
    size_t bytes = dd_utf16_to_utf8(SourceString->Buffer, units_of(SourceString), NULL, 0);

    DD_API(RtlUnicodeStringToAnsiString);
    if (bytes + 1 > MAXUSHORT) {
        return STATUS_INVALID_PARAMETER_2;
    }
    if (AllocateDestinationString) {
        DestinationString->Buffer = allocate_string(bytes + 1, DD_SITE());
        if (DestinationString->Buffer == NULL) {
            return STATUS_NO_MEMORY;
        }
        DestinationString->MaximumLength = (USHORT)(bytes + 1);
    } else if (bytes + 1 > DestinationString->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    (void)dd_utf16_to_utf8(SourceString->Buffer, units_of(SourceString), DestinationString->Buffer,
                           bytes + 1);
    DestinationString->Length = (USHORT)bytes;
    return STATUS_SUCCESS;
}

/* as dd_utf8_to_utf16, with a length */
static size_t narrow_to_wide(const char *in, size_t len_bytes, WCHAR *out)
{
    size_t n = 0;

    for (size_t i = 0, used; i < len_bytes; i += used) {
        WCHAR buf[2];
        size_t units = dd_utf16_put(buf, dd_utf8_next(in + i, len_bytes - i, &used));

        if (out != NULL) {
            memcpy(out + n, buf, units * sizeof(WCHAR));
        }
        n += units;
    }
    return n;
}

NTSTATUS RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString, PCANSI_STRING SourceString,
                                      BOOLEAN AllocateDestinationString)
{
    size_t length = SourceString->Buffer == NULL ? 0 : SourceString->Length;
    size_t units = narrow_to_wide(SourceString->Buffer, length, NULL),
           bytes = (units + 1) * sizeof(WCHAR);

    DD_API(RtlAnsiStringToUnicodeString);
    if (bytes > BYTES_MAX) {
        return STATUS_INVALID_PARAMETER_2;
    }
    if (AllocateDestinationString) {
        DestinationString->Buffer = allocate_string(bytes, DD_SITE());
        if (DestinationString->Buffer == NULL) {
            return STATUS_NO_MEMORY;
        }
        DestinationString->MaximumLength = (USHORT)bytes;
    } else if (bytes > DestinationString->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    (void)narrow_to_wide(SourceString->Buffer, length, DestinationString->Buffer);
    DestinationString->Buffer[units] = 0;
    DestinationString->Length = (USHORT)(units * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

NTSTATUS RtlUpcaseUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString,
                                BOOLEAN AllocateDestinationString)
{
    size_t units = units_of(SourceString), bytes = units * sizeof(WCHAR);

    DD_API(RtlUpcaseUnicodeString);
    if (AllocateDestinationString) {
        DestinationString->Buffer = allocate_string(bytes, DD_SITE());
        if (DestinationString->Buffer == NULL) {
            return STATUS_NO_MEMORY;
        }
        DestinationString->MaximumLength = (USHORT)bytes;
    } else if (bytes > DestinationString->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    for (size_t i = 0; i < units; i++) {
        DestinationString->Buffer[i] = dd_upcase(SourceString->Buffer[i]);
    }
    DestinationString->Length = (USHORT)bytes;
    return STATUS_SUCCESS;
}

WCHAR RtlUpcaseUnicodeChar(WCHAR SourceCharacter)
{
    DD_API(RtlUpcaseUnicodeChar);
    return dd_upcase(SourceCharacter);
}

VOID RtlFreeUnicodeString(PUNICODE_STRING UnicodeString)
{
    DD_API(RtlFreeUnicodeString);
    if (UnicodeString->Buffer != NULL) {
        dd_pool_free(UnicodeString->Buffer, 0, DD_SITE());
    }
    *UnicodeString = (UNICODE_STRING){0};
}

VOID RtlFreeAnsiString(PANSI_STRING AnsiString)
{
    DD_API(RtlFreeAnsiString);
    if (AnsiString->Buffer != NULL) {
        dd_pool_free(AnsiString->Buffer, 0, DD_SITE());
    }
    *AnsiString = (ANSI_STRING){0};
}
