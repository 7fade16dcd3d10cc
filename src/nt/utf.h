/* SPDX-License-Identifier: MIT */
/* UTF-8 and UTF-16, one character at a time, and the upper case by which Windows compares names. */
#ifndef DD_NT_UTF_H
#define DD_NT_UTF_H

#include <ntddk.h>

#include <stdint.h>

#define DD_REPLACEMENT 0xfffdu

/* dd_utf8_next - one code point of the @len_bytes > 0 at @in, units used through @ret_used (1 to
 * 4). Anything malformed is one byte and DD_REPLACEMENT */
uint32_t dd_utf8_next(const char *in, size_t len_bytes, size_t *ret_used);
/* dd_utf16_next - the same for @units > 0 units (1 or 2 used); half a surrogate pair is
 * DD_REPLACEMENT */
uint32_t dd_utf16_next(const WCHAR *in, size_t units, size_t *ret_used);
/* dd_utf8_put, dd_utf16_put - encode; units written (at most 4, 2) */
size_t dd_utf8_put(char out[4], uint32_t cp);
size_t dd_utf16_put(WCHAR out[2], uint32_t cp);

/* dd_upcase, dd_downcase - simple case mapping of Latin, Greek, Cyrillic and Armenian letters;
 * others as they are */
WCHAR dd_upcase(WCHAR c);
WCHAR dd_downcase(WCHAR c);

/* dd_wcslen - units before the terminator */
size_t dd_wcslen(const WCHAR *s);
/* dd_wcsnlen - the same, at most @max */
size_t dd_wcsnlen(const WCHAR *s, size_t max);

#endif
