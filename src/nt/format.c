/* SPDX-License-Identifier: MIT */
/* Source: nt-services 2.7 (from the C runtime's and DbgPrint's reference pages). */
#include <stdint.h>

#include "nt/format.h"

#include "base/check.h"
#include "nt/format_sink.h"
#include "nt/utf.h"

#include <limits.h>
#include <string.h>

/* the format itself, narrow or wide */
struct format {
    bool wide;
    const void *text;
    size_t pos;
};

enum size_prefix {
    SIZE_NONE,
    SIZE_HH,
    SIZE_H,
    SIZE_L,
    SIZE_64,
    SIZE_32,
    SIZE_PTR,
    SIZE_W,
    SIZE_HOST
};

struct spec {
    bool left, plus, space, zero, alt;
    int width;
    int precision; /* -1: none */
    enum size_prefix prefix;
    unsigned type;
};

struct state {
    struct dd_sink out;
    struct format fmt;
    va_list ap;
    unsigned notes;
};

static unsigned peek(const struct format *f)
{
    return f->wide ? ((const WCHAR *)f->text)[f->pos] : ((const unsigned char *)f->text)[f->pos];
}

static bool accept(struct format *f, unsigned c)
{
    if (peek(f) != c) {
        return false;
    }
    f->pos++;
    return true;
}

static int read_number(struct format *f)
{
    int v = 0;

    while (peek(f) >= '0' && peek(f) <= '9') {
        int digit = (int)(peek(f) - '0');

        v = v > (INT_MAX - digit) / 10 ? INT_MAX : v * 10 + digit;
        f->pos++;
    }
    return v;
}

static void read_flags(struct format *f, struct spec *sp)
{
    for (;;) {
        if (accept(f, '-')) {
            sp->left = true;
        } else if (accept(f, '+')) {
            sp->plus = true;
        } else if (accept(f, ' ')) {
            sp->space = true;
        } else if (accept(f, '0')) {
            sp->zero = true;
        } else if (accept(f, '#')) {
            sp->alt = true;
        } else {
            return;
        }
    }
}

static void read_width(struct state *st, struct spec *sp)
{
    if (accept(&st->fmt, '*')) {
        int v = va_arg(st->ap, int);

        if (v < 0) {
            sp->left = true;
            v = v == INT_MIN ? INT_MAX : -v;
        }
        sp->width = v;
    } else {
        sp->width = read_number(&st->fmt);
    }
    if (!accept(&st->fmt, '.')) {
        return;
    }
    if (accept(&st->fmt, '*')) {
        int v = va_arg(st->ap, int);

        sp->precision = v < 0 ? -1 : v;
    } else {
        sp->precision = read_number(&st->fmt);
    }
}

/* I64, I32, or I alone: as wide as a pointer */
static enum size_prefix read_prefix_i(struct format *f)
{
    size_t start = f->pos;

    if (accept(f, '6') && accept(f, '4')) {
        return SIZE_64;
    }
    f->pos = start;
    if (accept(f, '3') && accept(f, '2')) {
        return SIZE_32;
    }
    f->pos = start;
    return SIZE_PTR;
}

static enum size_prefix read_prefix(struct state *st)
{
    struct format *f = &st->fmt;

    if (accept(f, 'h')) {
        if (!accept(f, 'h')) {
            return SIZE_H;
        }
        st->notes |= DD_FORMAT_UNCOMMON;
        return SIZE_HH;
    }
    if (accept(f, 'l')) {
        return accept(f, 'l') ? SIZE_64 : SIZE_L;
    }
    if (accept(f, 'I')) {
        return read_prefix_i(f);
    }
    if (accept(f, 'w')) {
        return SIZE_W;
    }
    if (accept(f, 'j') || accept(f, 'z') || accept(f, 't')) {
        st->notes |= DD_FORMAT_UNCOMMON;
        return SIZE_HOST;
    }
    (void)accept(f, 'L'); /* long double, which is double */
    return SIZE_NONE;
}

/* the bits the prefix says, sign-extended or not */
static uint64_t fetch_integer(struct state *st, enum size_prefix prefix, bool is_signed)
{
    uint32_t v;

    if (prefix == SIZE_64 || prefix == SIZE_PTR || prefix == SIZE_HOST) {
        return va_arg(st->ap, uint64_t);
    }
    v = va_arg(st->ap, uint32_t);
    if (prefix == SIZE_H) {
        return is_signed ? (uint64_t)(int64_t)(int16_t)v : (uint16_t)v;
    }
    if (prefix == SIZE_HH) {
        return is_signed ? (uint64_t)(int64_t)(int8_t)v : (uint8_t)v;
    }
    return is_signed ? (uint64_t)(int64_t)(int32_t)v : v;
}

/* digits of @v from the end of @buf; how many */
static size_t digits(char buf[64], uint64_t v, unsigned base, bool upper)
{
    size_t n = 0;

    while (v != 0) {
        buf[63 - n++] = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[v % base];
        v /= base;
    }
    return n;
}

/* prefix, zeros and digits, padded to the width */
static void put_number(struct dd_sink *out, const struct spec *sp, const char *prefix, uint64_t v,
                       unsigned base)
{
    char buf[64];
    size_t n = digits(buf, v, base, sp->type == 'X' || sp->type == 'p');
    size_t least = sp->precision < 0 ? 1 : (size_t)sp->precision;
    size_t zeros = n < least ? least - n : 0;
    size_t width = (size_t)sp->width, used = strlen(prefix) + zeros + n;

    if (used < width && sp->zero && !sp->left && sp->precision < 0) {
        zeros += width - used;
        used = width;
    }
    if (!sp->left && used < width) {
        dd_sink_put_many(out, ' ', width - used);
    }
    for (; *prefix != '\0'; prefix++) {
        dd_sink_put(out, (unsigned char)*prefix);
    }
    dd_sink_put_many(out, '0', zeros);
    for (size_t i = 0; i < n; i++) {
        dd_sink_put(out, (unsigned char)buf[64 - n + i]);
    }
    if (sp->left && used < width) {
        dd_sink_put_many(out, ' ', width - used);
    }
}

static void put_signed(struct state *st, const struct spec *sp)
{
    int64_t v = (int64_t)fetch_integer(st, sp->prefix, true);
    const char *sign = v < 0 ? "-" : sp->plus ? "+" : sp->space ? " " : "";

    put_number(&st->out, sp, sign, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10);
}

static void put_unsigned(struct state *st, const struct spec *sp)
{
    uint64_t v = fetch_integer(st, sp->prefix, false);
    unsigned base = sp->type == 'u' ? 10 : sp->type == 'o' ? 8 : 16;
    const char *prefix = "";

    if (sp->alt && v != 0) {
        prefix = sp->type == 'x' ? "0x" : sp->type == 'X' ? "0X" : sp->type == 'o' ? "0" : "";
    }
    put_number(&st->out, sp, prefix, v, base);
}

/* upper case, all 16 digits, no prefix */
static void put_pointer(struct state *st, const struct spec *sp)
{
    struct spec p = *sp;

    p.precision = 16;
    put_number(&st->out, &p, "", (uint64_t)(uintptr_t)va_arg(st->ap, void *), 16);
}

static void put_padding(struct dd_sink *out, const struct spec *sp, size_t used)
{
    if (used < (size_t)sp->width) {
        dd_sink_put_many(out, sp->zero && !sp->left ? '0' : ' ', (size_t)sp->width - used);
    }
}

/* @len characters, padded */
static void put_text(struct dd_sink *out, const struct spec *sp, bool wide, const void *text,
                     size_t len)
{
    if (!sp->left) {
        put_padding(out, sp, len);
    }
    for (size_t i = 0, used = 1; i < len; i += used) {
        if (wide) {
            const WCHAR *p = (const WCHAR *)text + i;

            dd_sink_put_code_point(out, dd_utf16_next(p, len - i, &used));
        } else if (out->wide) {
            dd_sink_put_code_point(out, dd_utf8_next((const char *)text + i, len - i, &used));
        } else {
            dd_sink_put(out, ((const unsigned char *)text)[i]);
            used = 1;
        }
    }
    if (sp->left) {
        put_padding(out, sp, len);
    }
}

/* is the argument of c or s wide? capital letters mean the other width, a prefix decides */
static bool argument_wide(struct state *st, const struct spec *sp)
{
    bool wide = st->out.wide;

    if (sp->type == 'S' || sp->type == 'C') {
        wide = !wide;
    }
    if (sp->prefix == SIZE_H || sp->prefix == SIZE_HH) {
        wide = false;
    } else if (sp->prefix == SIZE_L || sp->prefix == SIZE_W) {
        wide = true;
    }
    if (wide) {
        st->notes |= DD_FORMAT_WIDE;
    }
    return wide;
}

static void put_char(struct state *st, const struct spec *sp)
{
    bool wide = argument_wide(st, sp);
    int v = va_arg(st->ap, int);
    WCHAR unit = (WCHAR)v;
    char byte = (char)v;

    put_text(&st->out, sp, wide, wide ? (const void *)&unit : &byte, 1);
}

static void put_string(struct state *st, const struct spec *sp)
{
    bool wide = argument_wide(st, sp);
    const void *text = va_arg(st->ap, const void *);
    size_t max = sp->precision < 0 ? SIZE_MAX : (size_t)sp->precision;

    if (text == NULL) {
        text = "(null)";
        wide = false;
    }
    /* no terminator is needed when the precision is reached */
    put_text(&st->out, sp, wide, text, wide ? dd_wcsnlen(text, max) : strnlen(text, max));
}

/* ANSI_STRING or UNICODE_STRING, by pointer */
static void put_counted(struct state *st, const struct spec *sp)
{
    bool wide = sp->prefix == SIZE_W || sp->prefix == SIZE_L;
    const STRING *s =
        va_arg(st->ap, const void *); /* both have the same layout but for the element */
    const void *text = "(null)";
    size_t len = 6;

    if (wide) {
        st->notes |= DD_FORMAT_WIDE;
    }
    if (s != NULL && s->Buffer != NULL) {
        text = s->Buffer;
        len = wide ? s->Length / sizeof(WCHAR) : s->Length;
    } else {
        wide = false;
    }
    if (sp->precision >= 0 && len > (size_t)sp->precision) {
        len = (size_t)sp->precision;
    }
    put_text(&st->out, sp, wide, text, len);
}

/* print the conversion as it stands in the format, from its percent sign */
static void put_as_is(struct state *st, size_t start)
{
    size_t end = st->fmt.pos;

    for (st->fmt.pos = start; st->fmt.pos < end; st->fmt.pos++) {
        dd_sink_put(&st->out, peek(&st->fmt));
    }
}

static void put_odd(struct state *st, const struct spec *sp, size_t start)
{
    if (sp->type < 0x80 && strchr("eEfFgGaA", (int)sp->type) != NULL) {
        st->notes |= DD_FORMAT_FLOAT;
        (void)va_arg(st->ap, double); /* so that what follows is still fetched right */
    } else if (sp->type == 'n') {
        st->notes |= DD_FORMAT_COUNT;
        (void)va_arg(st->ap, void *);
    } else {
        st->notes |= DD_FORMAT_UNKNOWN;
    }
    put_as_is(st, start);
}

/* the percent sign at @start has been read */
static void convert(struct state *st, size_t start)
{
    struct spec sp = {.precision = -1};

    read_flags(&st->fmt, &sp);
    read_width(st, &sp);
    sp.prefix = read_prefix(st);
    sp.type = peek(&st->fmt);
    if (sp.type == 0) {
        st->notes |= DD_FORMAT_UNKNOWN;
        return;
    }
    st->fmt.pos++;
    switch (sp.type) {
    case '%':
        dd_sink_put(&st->out, '%');
        break;
    case 'd':
    case 'i':
        put_signed(st, &sp);
        break;
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        put_unsigned(st, &sp);
        break;
    case 'p':
        put_pointer(st, &sp);
        break;
    case 'c':
    case 'C':
        put_char(st, &sp);
        break;
    case 's':
    case 'S':
        put_string(st, &sp);
        break;
    case 'Z':
        put_counted(st, &sp);
        break;
    default:
        put_odd(st, &sp, start);
    }
}

static size_t run(struct state *st)
{
    while (peek(&st->fmt) != 0) {
        size_t start = st->fmt.pos;

        if (accept(&st->fmt, '%')) {
            convert(st, start);
        } else {
            dd_sink_put(&st->out, peek(&st->fmt));
            st->fmt.pos++;
        }
    }
    return st->out.len;
}

size_t dd_format_raw(char *out, size_t size, const char *fmt, va_list ap, unsigned *ret_notes)
{
    struct state st = {.out = {.narrow = out, .room = size}, .fmt = {.text = fmt}};
    size_t len;

    va_copy(st.ap, ap);
    len = run(&st);
    va_end(st.ap);
    if (ret_notes != NULL) {
        *ret_notes = st.notes;
    }
    return len;
}

size_t dd_format_raw_wide(WCHAR *out, size_t units, const WCHAR *fmt, va_list ap,
                          unsigned *ret_notes)
{
    struct state st = {.out = {.wide = true, .units = out, .room = units},
                       .fmt = {.wide = true, .text = fmt}};
    size_t len;

    va_copy(st.ap, ap);
    len = run(&st);
    va_end(st.ap);
    if (ret_notes != NULL) {
        *ret_notes = st.notes;
    }
    return len;
}

size_t dd_format_notes(char *out, size_t size, const char *fmt, va_list ap, unsigned *ret_notes)
{
    size_t len = dd_format_raw(out, size == 0 ? 0 : size - 1, fmt, ap, ret_notes);

    if (size > 0) {
        out[dd_min_u64(len, size - 1)] = '\0';
    }
    return len;
}

size_t dd_format_wide(WCHAR *out, size_t units, const WCHAR *fmt, va_list ap, unsigned *ret_notes)
{
    size_t len = dd_format_raw_wide(out, units == 0 ? 0 : units - 1, fmt, ap, ret_notes);

    if (units > 0) {
        out[dd_min_u64(len, units - 1)] = 0;
    }
    return len;
}
