/* SPDX-License-Identifier: MIT */
/* The suffixes of numbers: L is 32 bits unless the value needs more, LL and i64 are L. */
#include "pass.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct number {
    unsigned base;
    size_t digits_at, suffix_at;
    uint64_t value;
    bool overflow;
};

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* false: a floating number, or nothing this knows */
static bool scan(const char *s, size_t len, struct number *n)
{
    size_t at = 0;

    n->base = 10;
    if (len > 2 && s[0] == '0' && ((s[1] | 0x20) == 'x' || (s[1] | 0x20) == 'b')) {
        n->base = (s[1] | 0x20) == 'x' ? 16 : 2;
        at = 2;
    } else if (len > 1 && s[0] == '0') {
        n->base = 8;
        at = 1;
    }
    n->digits_at = at;
    for (; at < len && (s[at] == '\'' || digit_value(s[at]) < (int)n->base ||
                        (n->base == 8 && digit_value(s[at]) < 10));
         at++) {
        uint64_t more;

        if (s[at] == '\'') {
            continue;
        }
        n->overflow |= __builtin_mul_overflow(n->value, n->base, &more) ||
                       __builtin_add_overflow(more, (uint64_t)digit_value(s[at]), &n->value);
    }
    n->suffix_at = at;
    if (at < len && (s[at] == '.' || (n->base != 16 && (s[at] | 0x20) == 'e') ||
                     (n->base == 16 && (s[at] | 0x20) == 'p'))) {
        return false;
    }
    return at > 0;
}

static void put_suffix(char *s, size_t len, bool is_unsigned, bool is_long)
{
    size_t at = 0;

    if (is_unsigned && at < len) {
        s[at++] = 'U';
    }
    if (is_long && at < len) {
        s[at++] = 'L';
    }
    memset(s + at, ' ', len - at);
}

static bool fits_32(const struct number *n, bool is_unsigned)
{
    return !n->overflow &&
           n->value <= (is_unsigned || n->base != 10 ? UINT32_MAX : (uint64_t)INT32_MAX);
}

/* i8 ... i64, ui64; true when it was one */
static bool microsoft_suffix(char *s, size_t len)
{
    bool is_unsigned = len > 0 && (s[0] | 0x20) == 'u';
    size_t i = is_unsigned;

    if (i >= len || (s[i] | 0x20) != 'i') {
        return false;
    }
    i++;
    if (len - i == 2 && memcmp(s + i, "64", 2) == 0) {
        put_suffix(s, len, is_unsigned, true);
        return true;
    }
    if ((len - i == 1 && s[i] == '8') ||
        (len - i == 2 && (memcmp(s + i, "16", 2) == 0 || memcmp(s + i, "32", 2) == 0))) {
        put_suffix(s, len, is_unsigned, false);
        return true;
    }
    return false;
}

void dd_pass_literal(char *number, size_t len)
{
    struct number n = {0};
    unsigned longs = 0, unsigneds = 0;
    char *suffix;
    size_t suffix_len;

    if (len < 2 || !scan(number, len, &n) || n.suffix_at == len) {
        return;
    }
    suffix = number + n.suffix_at;
    suffix_len = len - n.suffix_at;
    if (microsoft_suffix(suffix, suffix_len)) {
        return;
    }
    for (size_t i = 0; i < suffix_len; i++) {
        longs += (suffix[i] | 0x20) == 'l';
        unsigneds += (suffix[i] | 0x20) == 'u';
    }
    if (longs + unsigneds != suffix_len || unsigneds > 1 || longs == 0 || longs > 2) {
        return; /* a user's own suffix, or an error the compiler shall name */
    }
    put_suffix(suffix, suffix_len, unsigneds == 1, longs == 2 || !fits_32(&n, unsigneds == 1));
}
