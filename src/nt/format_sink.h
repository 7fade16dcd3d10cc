/* SPDX-License-Identifier: MIT */
/* Where the formatter's characters go: 8 or 16 bits each, all counted, and stored while there is
 * room. */
#ifndef DD_NT_FORMAT_SINK_H
#define DD_NT_FORMAT_SINK_H

#include <ntddk.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dd_sink {
    bool wide;
    char *narrow;
    WCHAR *units;
    size_t room; /* without terminator */
    size_t len;
};

/* dd_sink_put - one character as it is */
void dd_sink_put(struct dd_sink *s, unsigned unit);
/* dd_sink_put_many - @count times the same; any count costs no more than what fits */
void dd_sink_put_many(struct dd_sink *s, unsigned unit, size_t count);
/* dd_sink_put_code_point - one to four characters, in the sink's encoding */
void dd_sink_put_code_point(struct dd_sink *s, uint32_t cp);

#endif
