/* SPDX-License-Identifier: MIT */
/*
 * The C library of the Windows kernel, as far as it is not the host's (include/nt/wdm/crt.h):
 * Microsoft's own names, the Windows format language, and characters of 16 bits.
 *
 * Source: Microsoft's C runtime reference (nt-services 2.2, 2.7).
 */
#include <ntddk.h>

#include "nt/format.h"
#include "nt/utf.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

static int lower(int c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static int compare_narrow(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int x = lower((unsigned char)a[i]), y = lower((unsigned char)b[i]);

        if (x != y || x == 0) {
            return x - y;
        }
    }
    return 0;
}

static int compare_wide(const WCHAR *a, const WCHAR *b, size_t n, bool fold)
{
    for (size_t i = 0; i < n; i++) {
        int x = fold ? lower(a[i]) : a[i], y = fold ? lower(b[i]) : b[i];

        if (x != y || x == 0) {
            return x - y;
        }
    }
    return 0;
}

int _stricmp(const char *a, const char *b)
{
    return compare_narrow(a, b, SIZE_MAX);
}

int _strnicmp(const char *a, const char *b, size_t n)
{
    return compare_narrow(a, b, n);
}

int _wcsicmp(const WCHAR *a, const WCHAR *b)
{
    return compare_wide(a, b, SIZE_MAX, true);
}

int _wcsnicmp(const WCHAR *a, const WCHAR *b, size_t n)
{
    return compare_wide(a, b, n, true);
}

char *_strupr(char *s)
{
    for (char *p = s; *p != '\0'; p++) {
        if (*p >= 'a' && *p <= 'z') {
            *p = (char)(*p - 'a' + 'A');
        }
    }
    return s;
}

char *_strlwr(char *s)
{
    for (char *p = s; *p != '\0'; p++) {
        *p = (char)lower(*p);
    }
    return s;
}

/* --- formatted print --- */

static int as_int(size_t len)
{
    return len > INT_MAX ? -1 : (int)len;
}

/* Microsoft's rule: a terminator only where there is room behind the text, and -1 when the text was
 * cut */
int _vsnprintf(char *buffer, size_t count, const char *format, va_list args)
{
    size_t len = dd_format_raw(buffer, count, format, args, NULL);

    if (len < count) {
        buffer[len] = '\0';
    }
    return len > count ? -1 : as_int(len);
}

int _snprintf(char *buffer, size_t count, const char *format, ...)
{
    va_list ap;
    int n;

    va_start(ap, format);
    n = _vsnprintf(buffer, count, format, ap);
    va_end(ap);
    return n;
}

int _vsnwprintf(WCHAR *buffer, size_t count, const WCHAR *format, va_list args)
{
    size_t len = dd_format_raw_wide(buffer, count, format, args, NULL);

    if (len < count) {
        buffer[len] = 0;
    }
    return len > count ? -1 : as_int(len);
}

int _snwprintf(WCHAR *buffer, size_t count, const WCHAR *format, ...)
{
    va_list ap;
    int n;

    va_start(ap, format);
    n = _vsnwprintf(buffer, count, format, ap);
    va_end(ap);
    return n;
}

int DrydockVsprintf(char *buffer, const char *format, va_list args)
{
    return as_int(dd_format_notes(buffer, SIZE_MAX, format, args, NULL));
}

int DrydockSprintf(char *buffer, const char *format, ...)
{
    va_list ap;
    int n;

    va_start(ap, format);
    n = DrydockVsprintf(buffer, format, ap);
    va_end(ap);
    return n;
}

int DrydockSwprintf(WCHAR *buffer, const WCHAR *format, ...)
{
    va_list ap;
    size_t len;

    va_start(ap, format);
    len = dd_format_wide(buffer, SIZE_MAX / sizeof(WCHAR), format, ap, NULL);
    va_end(ap);
    return as_int(len);
}

/* --- 16-bit characters --- */

size_t DrydockWcslen(const WCHAR *s)
{
    return dd_wcslen(s);
}

size_t DrydockWcsnlen(const WCHAR *s, size_t maxlen)
{
    return dd_wcsnlen(s, maxlen);
}

WCHAR *DrydockWcscpy(WCHAR *dest, const WCHAR *src)
{
    size_t i = 0;

    do {
        dest[i] = src[i];
    } while (src[i++] != 0);
    return dest;
}

/* Fills with zeros up to @n; no terminator when src has n characters or more. */
WCHAR *DrydockWcsncpy(WCHAR *dest, const WCHAR *src, size_t n)
{
    size_t i = 0;

    for (; i < n && src[i] != 0; i++) {
        dest[i] = src[i];
    }
    for (; i < n; i++) {
        dest[i] = 0;
    }
    return dest;
}

WCHAR *DrydockWcscat(WCHAR *dest, const WCHAR *src)
{
    (void)DrydockWcscpy(dest + dd_wcslen(dest), src);
    return dest;
}

int DrydockWcscmp(const WCHAR *a, const WCHAR *b)
{
    return compare_wide(a, b, SIZE_MAX, false);
}

int DrydockWcsncmp(const WCHAR *a, const WCHAR *b, size_t n)
{
    return compare_wide(a, b, n, false);
}

WCHAR *DrydockWcschr(const WCHAR *s, WCHAR c)
{
    for (;; s++) {
        if (*s == c) {
            return (WCHAR *)(uintptr_t)s;
        }
        if (*s == 0) {
            return NULL;
        }
    }
}

WCHAR *DrydockWcsrchr(const WCHAR *s, WCHAR c)
{
    const WCHAR *found = NULL;

    for (;; s++) {
        if (*s == c) {
            found = s;
        }
        if (*s == 0) {
            return (WCHAR *)(uintptr_t)found;
        }
    }
}

WCHAR *DrydockWcsstr(const WCHAR *s, const WCHAR *needle)
{
    size_t len = dd_wcslen(needle);

    for (;; s++) {
        if (compare_wide(s, needle, len, false) == 0) {
            return (WCHAR *)(uintptr_t)s;
        }
        if (*s == 0) {
            return NULL;
        }
    }
}
