/* SPDX-License-Identifier: MIT */
/* Text and arrays that grow; texts kept once. */
#include "port_int.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

void dd_buf_add(struct dd_buf *b, const char *bytes, size_t len)
{
    if (b->failed) {
        return;
    }
    if (b->len + len + 1 > b->cap) {
        size_t cap = b->len + len + 1 + b->cap / 2 + 64;
        char *p = realloc(b->p, cap);

        if (!p) {
            b->failed = true;
            return;
        }
        b->p = p;
        b->cap = cap;
    }
    if (len > 0) {
        memcpy(b->p + b->len, bytes, len);
    }
    b->len += len;
    b->p[b->len] = '\0';
}

void dd_buf_str(struct dd_buf *b, const char *text)
{
    dd_buf_add(b, text, strlen(text));
}

void dd_buf_fmt(struct dd_buf *b, const char *fmt, ...)
{
    char *text;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (n < 0) {
        b->failed = true;
        return;
    }
    dd_buf_add(b, text, (size_t)n);
    free(text);
}

void dd_buf_done(struct dd_buf *b)
{
    free(b->p);
    *b = (struct dd_buf){0};
}

void *dd_grow(void *items, size_t count, size_t *cap, size_t item_bytes)
{
    size_t more;
    void *p;

    if (count < *cap) {
        return items;
    }
    more = *cap + *cap / 4 + 16;
    p = realloc(items, more * item_bytes);
    if (p) {
        *cap = more;
    }
    return p;
}

int dd_why(char *why, size_t why_bytes, int error, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    if (why && why_bytes > 0) {
        vsnprintf(why, why_bytes, fmt, ap);
    }
    va_end(ap);
    return -error;
}

/* open addressing; the table is never more than half full */
static char **string_slot(char **table, size_t cap, const char *text, size_t len)
{
    uint32_t h = HASH_START;
    size_t i;

    for (i = 0; i < len; i++) {
        h = dd_hash_step(h, (unsigned char)text[i]);
    }
    for (i = h & (cap - 1); table[i]; i = (i + 1) & (cap - 1)) {
        if (strncmp(table[i], text, len) == 0 && table[i][len] == '\0') {
            break;
        }
    }
    return &table[i];
}

static bool strings_grow(struct drydock_port *port)
{
    size_t cap = port->string_cap ? port->string_cap * 2 : 256;
    char **table = calloc(cap, sizeof(*table));

    if (!table) {
        return false;
    }
    for (size_t i = 0; i < port->string_cap; i++) {
        if (port->strings[i]) {
            *string_slot(table, cap, port->strings[i], strlen(port->strings[i])) = port->strings[i];
        }
    }
    free(port->strings);
    port->strings = table;
    port->string_cap = cap;
    return true;
}

const char *dd_intern(struct drydock_port *port, const char *text, size_t len)
{
    const char *nul = memchr(text, '\0', len);
    char **slot;

    len = nul ? (size_t)(nul - text) : len;
    if ((port->nstrings + 1) * 2 > port->string_cap && !strings_grow(port)) {
        port->no_memory = true;
        return NULL;
    }
    slot = string_slot(port->strings, port->string_cap, text, len);
    if (!*slot) {
        *slot = malloc(len + 1);
        if (!*slot) {
            port->no_memory = true;
            return NULL;
        }
        memcpy(*slot, text, len); /* no string: nothing ends it */
        (*slot)[len] = '\0';
        port->nstrings++;
    }
    return *slot;
}
