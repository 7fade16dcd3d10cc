/* SPDX-License-Identifier: MIT */
#include "util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *checked(void *p)
{
    if (!p) {
        fputs("drydock: not enough memory\n", stderr);
        exit(2);
    }
    return p;
}

void *dd_xrealloc(void *p, size_t bytes)
{
    return checked(realloc(p, bytes ? bytes : 1));
}

void *dd_xcalloc(size_t count, size_t bytes)
{
    return checked(calloc(count ? count : 1, bytes ? bytes : 1));
}

char *dd_xstrdup(const char *s)
{
    return checked(strdup(s));
}

char *dd_xstrndup(const char *s, size_t len)
{
    return checked(strndup(s, len));
}

static char *xvprintf(const char *fmt, va_list ap)
{
    char *s = NULL;

    return checked(vasprintf(&s, fmt, ap) < 0 ? NULL : s);
}

char *dd_xprintf(const char *fmt, ...)
{
    va_list ap;
    char *s;

    va_start(ap, fmt);
    s = xvprintf(fmt, ap);
    va_end(ap);
    return s;
}

void dd_text_add(struct dd_text *t, const char *s, size_t len)
{
    if (t->len + len + 1 > t->room) {
        t->room = (t->len + len + 1) * 2;
        t->p = dd_xrealloc(t->p, t->room);
    }
    if (len) {
        memcpy(t->p + t->len, s, len);
    }
    t->len += len;
    t->p[t->len] = '\0';
}

void dd_text_puts(struct dd_text *t, const char *s)
{
    dd_text_add(t, s, strlen(s));
}

void dd_text_printf(struct dd_text *t, const char *fmt, ...)
{
    va_list ap;
    char *s;

    va_start(ap, fmt);
    s = xvprintf(fmt, ap);
    va_end(ap);
    dd_text_puts(t, s);
    free(s);
}

void dd_text_done(struct dd_text *t)
{
    free(t->p);
    *t = (struct dd_text){0};
}

void dd_strings_take(struct dd_strings *l, char *s)
{
    l->items = dd_xrealloc(l->items, (l->count + 2) * sizeof(*l->items));
    l->items[l->count++] = s;
    l->items[l->count] = NULL;
}

void dd_strings_add(struct dd_strings *l, const char *s)
{
    dd_strings_take(l, dd_xstrdup(s));
}

bool dd_strings_have(const struct dd_strings *l, const char *s)
{
    for (size_t i = 0; i < l->count; i++) {
        if (strcmp(l->items[i], s) == 0) {
            return true;
        }
    }
    return false;
}

void dd_strings_add_new(struct dd_strings *l, const char *s)
{
    if (!dd_strings_have(l, s)) {
        dd_strings_add(l, s);
    }
}

void dd_strings_done(struct dd_strings *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->items[i]);
    }
    free(l->items);
    *l = (struct dd_strings){0};
}

bool dd_has_suffix(const char *s, const char *suffix)
{
    size_t a = strlen(s), b = strlen(suffix);

    return a >= b && strcasecmp(s + a - b, suffix) == 0;
}
