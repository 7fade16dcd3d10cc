/* SPDX-License-Identifier: MIT */
#include "nt/utf.h"

#include "base/check.h"
#include "nt/config.h"

#include <string.h>

/* bytes of the sequence that @lead begins, 0 when it cannot begin one */
static size_t utf8_length(unsigned char lead)
{
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xc2 && lead < 0xe0) {
        return 2;
    }
    if (lead >= 0xe0 && lead < 0xf0) {
        return 3;
    }
    return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

uint32_t dd_utf8_next(const char *in, size_t len_bytes, size_t *ret_used)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)in[0];
    size_t n = utf8_length(lead);
    uint32_t cp = n <= 1 ? lead : lead & (0xffu >> (n + 1));

    *ret_used = 1;
    if (n == 0 || n > len_bytes) {
        return DD_REPLACEMENT;
    }
    for (size_t i = 1; i < n; i++) {
        unsigned char c = (unsigned char)in[i];

        if ((c & 0xc0) != 0x80) {
            return DD_REPLACEMENT;
        }
        cp = cp << 6 | (c & 0x3fu);
    }
    if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000)) {
        return DD_REPLACEMENT;
    }
    *ret_used = n;
    return cp;
}

uint32_t dd_utf16_next(const WCHAR *in, size_t units, size_t *ret_used)
{
    uint32_t c = in[0];

    *ret_used = 1;
    if (c < 0xd800 || c >= 0xe000) {
        return c;
    }
    if (c < 0xdc00 && units > 1 && in[1] >= 0xdc00 && in[1] < 0xe000) {
        *ret_used = 2;
        return 0x10000 + ((c - 0xd800) << 10) + (in[1] - 0xdc00u);
    }
    return DD_REPLACEMENT;
}

size_t dd_utf8_put(char out[4], uint32_t cp)
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xc0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3f));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xe0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
        out[2] = (char)(0x80 | (cp & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
    out[3] = (char)(0x80 | (cp & 0x3f));
    return 4;
}

size_t dd_utf16_put(WCHAR out[2], uint32_t cp)
{
    if (cp < 0x10000) {
        out[0] = (WCHAR)cp;
        return 1;
    }
    out[0] = (WCHAR)(0xd800 + ((cp - 0x10000) >> 10));
    out[1] = (WCHAR)(0xdc00 + ((cp - 0x10000) & 0x3ff));
    return 2;
}

size_t dd_utf16_to_utf8(const WCHAR *in, size_t units, char *out, size_t size_bytes)
{
    size_t len = 0, full = 0;

    for (size_t i = 0, used; i < units; i += used) {
        char buf[4];
        size_t n = dd_utf8_put(buf, dd_utf16_next(in + i, units - i, &used));

        /* cut between characters, and write nothing after the first that did not fit */
        if (len == full && len + n < size_bytes) {
            memcpy(out + len, buf, n);
            len += n;
        }
        full += n;
    }
    if (size_bytes > 0) {
        out[len] = '\0';
    }
    return full;
}

size_t dd_utf8_to_utf16(const char *in, WCHAR *out, size_t units)
{
    size_t len_bytes = strlen(in), len = 0, full = 0;

    for (size_t i = 0, used; i < len_bytes; i += used) {
        WCHAR buf[2];
        size_t n = dd_utf16_put(buf, dd_utf8_next(in + i, len_bytes - i, &used));

        if (len == full && len + n < units) {
            memcpy(out + len, buf, n * sizeof(WCHAR));
            len += n;
        }
        full += n;
    }
    if (units > 0) {
        out[len] = 0;
    }
    return full;
}

/*
 * Ranges in which a lower-case letter and its upper case differ by a fixed distance, or (pair)
 * stand beside each other: upper case on the even code, or on the odd one.
 */
static const struct case_range {
    uint16_t first, last; /* of the lower-case letters */
    int16_t delta;        /* upper = lower + delta; 0: pairs, first is a lower-case letter */
} ranges[] = {
    {'a', 'z', -32},       {0x00e0, 0x00f6, -32}, {0x00f8, 0x00fe, -32}, {0x00ff, 0x00ff, 121},
    {0x0101, 0x012f, 0},   {0x0133, 0x0137, 0},   {0x013a, 0x0148, 0},   {0x014b, 0x0177, 0},
    {0x017a, 0x017e, 0},   {0x03ac, 0x03ac, -38}, {0x03ad, 0x03af, -37}, {0x03b1, 0x03c1, -32},
    {0x03c3, 0x03cb, -32}, {0x03cc, 0x03cc, -64}, {0x03cd, 0x03ce, -63}, {0x0430, 0x044f, -32},
    {0x0450, 0x045f, -80}, {0x0461, 0x0481, 0},   {0x048b, 0x04bf, 0},   {0x04d1, 0x04ff, 0},
    {0x0561, 0x0586, -48}, {0x1e01, 0x1e95, 0},   {0x1ea1, 0x1eff, 0},   {0xff41, 0xff5a, -32},
};

WCHAR dd_upcase(WCHAR c)
{
    for (size_t i = 0; i < DD_ARRAY_LEN(ranges); i++) {
        const struct case_range *r = &ranges[i];

        if (c < r->first) {
            return c;
        }
        if (c <= r->last) {
            if (r->delta != 0) {
                return (WCHAR)(c + r->delta);
            }
            return (WCHAR)((c - r->first) % 2 == 0 ? c - 1 : c);
        }
    }
    return c;
}

WCHAR dd_downcase(WCHAR c)
{
    for (size_t i = 0; i < DD_ARRAY_LEN(ranges); i++) {
        const struct case_range *r = &ranges[i];
        int delta = r->delta == 0 ? -1 : r->delta;

        if (c >= r->first + delta && c <= r->last + delta) {
            if (r->delta != 0 || (c - (r->first - 1)) % 2 == 0) {
                return (WCHAR)(c - delta);
            }
            return c;
        }
    }
    return c;
}

size_t dd_wcslen(const WCHAR *s)
{
    size_t n = 0;

    while (s[n] != 0) {
        n++;
    }
    return n;
}

size_t dd_wcsnlen(const WCHAR *s, size_t max)
{
    size_t n = 0;

    while (n < max && s[n] != 0) {
        n++;
    }
    return n;
}
