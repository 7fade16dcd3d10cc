/* SPDX-License-Identifier: MIT */
/*
 * The Windows format language, for DbgPrint, ntstrsafe, sprintf and their kin.
 *
 *   %[flags][width][.precision][size]type      flags - + space 0 #; * for width and precision
 *
 * It is not the host's: %ld fetches 32 bits, %I64d 64, %p prints 16 upper-case digits, %S is a
 * string of the other width and %wZ a UNICODE_STRING. Text of 16 bits becomes UTF-8 in a narrow
 * result and the other way round; what is malformed becomes U+FFFD. Width and precision count
 * characters of the source.
 */
#ifndef DD_NT_FORMAT_H
#define DD_NT_FORMAT_H

#include <ntddk.h>

#include <stdarg.h>
#include <stddef.h>

/* what was unusual about a format */
enum dd_format_note {
    DD_FORMAT_WIDE = 1,     /* an argument in 16-bit characters: PASSIVE_LEVEL only */
    DD_FORMAT_FLOAT = 2,    /* e f g a: the kernel's formatter has none; printed as it stands */
    DD_FORMAT_COUNT = 4,    /* n: refused, nothing is written through its pointer */
    DD_FORMAT_UNCOMMON = 8, /* hh j z t: not in every Windows formatter */
    DD_FORMAT_UNKNOWN = 16, /* no such conversion; printed as it stands */
};

/* dd_format_notes - as vsnprintf: at most @size bytes with terminator; returns the length it would
 * have. @ret_notes: what was unusual (enum dd_format_note, ORed); may be NULL */
size_t dd_format_notes(char *out, size_t size, const char *fmt, va_list ap, unsigned *ret_notes);
/* dd_format_wide - the same in 16-bit characters: at most @units with terminator */
size_t dd_format_wide(WCHAR *out, size_t units, const WCHAR *fmt, va_list ap, unsigned *ret_notes);
/* dd_format_raw, dd_format_raw_wide - the same without terminator: at most @size characters are
 * written */
size_t dd_format_raw(char *out, size_t size, const char *fmt, va_list ap, unsigned *ret_notes);
size_t dd_format_raw_wide(WCHAR *out, size_t units, const WCHAR *fmt, va_list ap,
                          unsigned *ret_notes);

#endif
