/* SPDX-License-Identifier: MIT */
/*
 * wdm/strsafe_unicode.h - RtlUnicodeString* of ntstrsafe.h, which includes this
 *
 * The limit is MaximumLength; the result is counted, not terminated. IRQL: = PASSIVE.
 */
#ifndef DRYDOCK_WDM_STRSAFE_UNICODE_H
#define DRYDOCK_WDM_STRSAFE_UNICODE_H

/* Put cch characters behind the first `used` bytes. */
DD_NT_INLINE NTSTATUS DrydockSafeUnicodePut(PUNICODE_STRING Dest, USHORT Used, const WCHAR *Src,
                                            size_t Cch)
{
    size_t room;
    size_t n;

    if (Dest == NULL || (Dest->Length & 1) != 0 || Dest->Length > Dest->MaximumLength ||
        (Dest->Buffer == NULL && Dest->MaximumLength != 0)) {
        return STATUS_INVALID_PARAMETER;
    }
    room = ((size_t)Dest->MaximumLength - Used) / sizeof(WCHAR);
    n = Cch < room ? Cch : room;
    if (n != 0) {
        (void)memmove(&Dest->Buffer[Used / sizeof(WCHAR)], Src, n * sizeof(WCHAR));
    }
    Dest->Length = (USHORT)(Used + n * sizeof(WCHAR));
    return n < Cch ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

DD_NT_INLINE size_t DrydockSafeUnicodeLen(NTSTRSAFE_PCWSTR Src)
{
    return Src != NULL ? DrydockSafeLenW(Src, NTSTRSAFE_UNICODE_STRING_MAX_CCH + 1) : 0;
}

NTSTRSAFEAPI RtlUnicodeStringCopy(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString)
{
    return DrydockSafeUnicodePut(DestinationString, 0, SourceString->Buffer,
                                 SourceString->Length / sizeof(WCHAR));
}

NTSTRSAFEAPI RtlUnicodeStringCopyString(PUNICODE_STRING DestinationString, NTSTRSAFE_PCWSTR pszSrc)
{
    return DrydockSafeUnicodePut(DestinationString, 0, pszSrc, DrydockSafeUnicodeLen(pszSrc));
}

NTSTRSAFEAPI RtlUnicodeStringCat(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString)
{
    return DrydockSafeUnicodePut(DestinationString, DestinationString->Length, SourceString->Buffer,
                                 SourceString->Length / sizeof(WCHAR));
}

NTSTRSAFEAPI RtlUnicodeStringCatString(PUNICODE_STRING DestinationString, NTSTRSAFE_PCWSTR pszSrc)
{
    return DrydockSafeUnicodePut(DestinationString, DestinationString->Length, pszSrc,
                                 DrydockSafeUnicodeLen(pszSrc));
}

NTSTRSAFEAPI RtlUnicodeStringInit(PUNICODE_STRING DestinationString, NTSTRSAFE_PCWSTR pszSrc)
{
    size_t cch = DrydockSafeUnicodeLen(pszSrc);

    if (cch >= NTSTRSAFE_UNICODE_STRING_MAX_CCH) {
        return STATUS_INVALID_PARAMETER;
    }
    DestinationString->Length = (USHORT)(cch * sizeof(WCHAR));
    DestinationString->MaximumLength = (USHORT)(pszSrc != NULL ? (cch + 1) * sizeof(WCHAR) : 0);
    DestinationString->Buffer = (PWCH)(ULONG_PTR)pszSrc;
    return STATUS_SUCCESS;
}

NTSTRSAFEAPI RtlUnicodeStringVPrintf(PUNICODE_STRING DestinationString, NTSTRSAFE_PCWSTR pszFormat,
                                     va_list argList)
{
    size_t room = DestinationString->MaximumLength / sizeof(WCHAR);
    int n;

    if (DestinationString->Buffer == NULL || pszFormat == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    n = _vsnwprintf(DestinationString->Buffer, room, pszFormat, argList);
    if (n < 0 || (size_t)n > room) {
        DestinationString->Length = (USHORT)(room * sizeof(WCHAR));
        return STATUS_BUFFER_OVERFLOW;
    }
    DestinationString->Length = (USHORT)((size_t)n * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

NTSTRSAFEAPI RtlUnicodeStringPrintf(PUNICODE_STRING DestinationString, NTSTRSAFE_PCWSTR pszFormat,
                                    ...)
{
    va_list args;
    NTSTATUS status;

    va_start(args, pszFormat);
    status = RtlUnicodeStringVPrintf(DestinationString, pszFormat, args);
    va_end(args);
    return status;
}

#endif
