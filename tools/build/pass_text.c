/* SPDX-License-Identifier: MIT */
/* Lists of replacements, and where a byte of preprocessed text came from. */
#include "pass.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void dd_edits_add(struct dd_edits *e, size_t at, size_t del, char *put)
{
    size_t i = e->count;

    e->items = dd_xrealloc(e->items, (e->count + 1) * sizeof(*e->items));
    for (; i > 0 && e->items[i - 1].at > at; i--) {
        e->items[i] = e->items[i - 1];
    }
    e->items[i] = (struct dd_edit){.at = at, .del = del, .put = put};
    e->count++;
}

char *dd_edits_apply(struct dd_edits *e, const char *text, size_t len, size_t *ret_len)
{
    struct dd_text out = {0};
    size_t done = 0;

    out.room = len + 1;
    out.p = dd_xrealloc(NULL, out.room);
    for (size_t i = 0; i < e->count; i++) {
        const struct dd_edit *d = &e->items[i];

        if (d->at >= done && d->at + d->del <= len) {
            dd_text_add(&out, text + done, d->at - done);
            dd_text_puts(&out, d->put);
            done = d->at + d->del;
        }
        free(d->put);
    }
    dd_text_add(&out, text + done, len - done);
    free(e->items);
    *e = (struct dd_edits){0};
    *ret_len = out.len;
    return out.p;
}

/* "# 12 "..."; the number, or 0: another kind of line */
static unsigned long marker(const char *line)
{
    const char *p = line;

    if (*p++ != '#') {
        return 0;
    }
    if (strncmp(p, "line", 4) == 0) {
        p += 4;
    }
    return *p == ' ' && p[1] >= '0' && p[1] <= '9' && strchr(p, '"') ? strtoul(p, NULL, 10) : 0;
}

void dd_pass_blank_markers(char *text, size_t len)
{
    char *p = text, *const end = text + len;

    while (p < end) {
        char *next = memchr(p, '\n', (size_t)(end - p));

        next = next ? next : end;
        if (*p == '#' && marker(p)) {
            memset(p, ' ', (size_t)(next - p));
        }
        p = next + 1;
    }
}

char *dd_pass_place(const char *text, size_t at)
{
    const char *line = text + at, *p, *open, *close;
    unsigned long below = 0;

    while (line > text && line[-1] != '\n') {
        line--;
    }
    for (p = line; !marker(p); below++) {
        if (p == text) {
            return dd_xprintf("line %lu", below + 1);
        }
        for (p--; p > text && p[-1] != '\n'; p--) {
        }
    }
    open = strchr(p, '"');
    close = open ? strchr(open + 1, '"') : NULL;
    if (!close) {
        return dd_xprintf("line %lu", below + 1);
    }
    return dd_xprintf("%.*s:%lu", (int)(close - open - 1), open + 1, marker(p) + below - 1);
}
