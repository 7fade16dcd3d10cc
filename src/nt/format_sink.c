/* SPDX-License-Identifier: MIT */
#include "nt/format_sink.h"

#include "nt/utf.h"

void dd_sink_put(struct dd_sink *s, unsigned unit)
{
    if (s->len < s->room) {
        if (s->wide) {
            s->units[s->len] = (WCHAR)unit;
        } else {
            s->narrow[s->len] = (char)unit;
        }
    }
    s->len++;
}

void dd_sink_put_many(struct dd_sink *s, unsigned unit, size_t count)
{
    while (count > 0 && s->len < s->room) {
        dd_sink_put(s, unit);
        count--;
    }
    s->len += count;
}

void dd_sink_put_code_point(struct dd_sink *s, uint32_t cp)
{
    if (s->wide) {
        WCHAR buf[2];
        size_t n = dd_utf16_put(buf, cp);

        for (size_t i = 0; i < n; i++) {
            dd_sink_put(s, buf[i]);
        }
    } else {
        char buf[4];
        size_t n = dd_utf8_put(buf, cp);

        for (size_t i = 0; i < n; i++) {
            dd_sink_put(s, (unsigned char)buf[i]);
        }
    }
}
