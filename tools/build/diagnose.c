/* SPDX-License-Identifier: MIT */
/* The compiler's lines, read and told again with the driver's own line, as it was written. */
#include "build.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool number(const char **p, unsigned *ret)
{
    char *end;
    unsigned long v = strtoul(*p, &end, 10);

    if (end == *p || **p == '-' || **p == ' ' || v > UINT_MAX) {
        return false;
    }
    *ret = (unsigned)v;
    *p = end;
    return true;
}

static bool kind(const char *p, struct dd_diagnostic *d)
{
    static const char *const kinds[] = {"error", "fatal error", "warning", "note"};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t n = strlen(kinds[i]);

        if (strncmp(p, kinds[i], n) == 0 && p[n] == ':' && p[n + 1] == ' ') {
            d->kind = p;
            d->kind_len = n;
            d->message = p + n + 2;
            d->message_len = strcspn(d->message, "\n");
            return true;
        }
    }
    return false;
}

/* ":{2:41-2:49}{2:50-2:51}" */
static void range(const char *p, struct dd_diagnostic *d)
{
    if (sscanf(p, "{%u:%u-%u:%u}", &d->range_from[0], &d->range_from[1], &d->range_to[0],
               &d->range_to[1]) != 4) {
        d->range_from[0] = 0;
    }
}

bool dd_diagnostic_parse(const char *line, struct dd_diagnostic *d)
{
    const char *colon = line;

    *d = (struct dd_diagnostic){.file = line};
    while ((colon = strpbrk(colon, ":\n")) != NULL && *colon == ':') {
        const char *p = ++colon;

        if (number(&p, &d->line) && *p == ':') {
            d->file_len = (size_t)(colon - 1 - line);
            p++;
            if (number(&p, &d->column) && *p == ':') {
                p++;
            }
            if (*p == '{') {
                range(p, d);
                p += strcspn(p, "\n ");
                while (p[-1] != ':' && *p && *p != '\n') {
                    p++;
                }
            }
            p += *p == ' ';
            return kind(p, d);
        }
        if (*p == ' ' && kind(p + 1, d)) { /* clang: error: no such file */
            d->file_len = (size_t)(colon - 1 - line);
            d->line = 0;
            return true;
        }
    }
    return false;
}

const char *dd_short_path(const char *path)
{
    static char cwd[PATH_MAX];
    size_t n;

    if (!cwd[0] && !getcwd(cwd, sizeof(cwd))) {
        return path;
    }
    n = strlen(cwd);
    return strncmp(path, cwd, n) == 0 && path[n] == '/' && n > 1 ? path + n + 1 : path;
}

static void put_source_line(const char *path, unsigned line, struct dd_text *out)
{
    char *text = line > 0 ? dd_file_line(path, line) : NULL;

    if (text) {
        dd_text_printf(out, "    %s\n", text + strspn(text, " \t"));
    }
    free(text);
}

/* what usually makes a header that is in no tree */
static const char *advice_for(const char *name)
{
    if (strcasestr(name, "mof") || strcasestr(name, "wmi")) {
        return "made from a .mof file by the kit's build";
    }
    if (strcasestr(name, "msg") || strcasestr(name, "message") || strcasestr(name, "events") ||
        strcasestr(name, "log")) {
        return "perhaps made from a .mc file by the kit's message compiler";
    }
    if (strcasestr(name, "version") || strcasestr(name, "config") || strcasestr(name, "build")) {
        return "perhaps made by the project's build script";
    }
    return "not in the tree";
}

static void missing_header(const struct dd_diagnostic *d, const char *path, struct dd_text *out)
{
    const char *end = d->message[0] == '\'' ? strchr(d->message + 1, '\'') : NULL;
    int len = end ? (int)(end - d->message - 1) : 0;
    char *name = dd_xstrndup(d->message + 1, (size_t)len), *c;

    while ((c = strchr(name, '\\')) != NULL) {
        *c = '/';
    }
    dd_text_printf(
        out, "%s:%u: error: header '%s' not found: %s; pass -I FOLDER, or --provide %s=FILE\n",
        dd_short_path(path), d->line, name, advice_for(name), dd_path_name(name));
    free(name);
}

/* the first circle in the compiler's trail of "In file included from X:LINE:" */
static void include_cycle(const char *text, struct dd_text *out)
{
    struct dd_strings trail = {0};
    static const char lead[] = "In file included from ";
    bool told = false;

    for (const char *p = strstr(text, lead); p && !told; p = strstr(p + 1, lead)) {
        const char *from = p + sizeof(lead) - 1, *end = from + strcspn(from, ":\n");
        char *name = dd_xstrndup(from, (size_t)(end - from));

        for (size_t i = 0; i < trail.count && !told; i++) {
            if (strcmp(trail.items[i], name) == 0) {
                dd_text_printf(out, "%s:%u: error: these include each other without end: ",
                               dd_short_path(name), (unsigned)strtoul(end + 1, NULL, 10));
                for (size_t k = i; k < trail.count; k++) {
                    dd_text_printf(out, "%s -> ", dd_path_name(trail.items[k]));
                }
                dd_text_printf(out, "%s; an include guard is missing\n", dd_path_name(name));
                told = true;
            }
        }
        dd_strings_take(&trail, name);
    }
    if (!told) {
        dd_text_puts(out, "error: #include nested too deeply\n");
    }
    dd_strings_done(&trail);
}

static void put_one(const struct dd_diagnostic *d, struct dd_text *out)
{
    char *path = dd_xstrndup(d->file, d->file_len);

    if (d->line == 0) {
        dd_text_printf(out, "%.*s: %.*s\n", (int)d->kind_len, d->kind, (int)d->message_len,
                       d->message);
    } else {
        dd_text_printf(out, "%s:%u: %.*s: %.*s\n", dd_short_path(path), d->line, (int)d->kind_len,
                       d->kind, (int)d->message_len, d->message);
        put_source_line(path, d->line, out);
    }
    free(path);
}

static bool says(const struct dd_diagnostic *d, const char *what)
{
    const char *at = strstr(d->message, what);

    return at && at < d->message + d->message_len;
}

/* two functions that differed by long and int alone are one now */
static void overloads(const struct dd_diagnostic *d, struct dd_text *out)
{
    if (says(d, "redefinition of") || says(d, "cannot be redeclared") ||
        says(d, "duplicate explicit specialization")) {
        dd_text_puts(out, "    if the two differ only by long and int: they are one type here, as "
                          "both have 32 bits; drop one of them\n");
    }
}

unsigned dd_diagnose(const struct dd_build *b, const char *text, bool preprocessing,
                     struct dd_text *out)
{
    unsigned errors = 0;
    bool deep = false;

    (void)b;
    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        struct dd_diagnostic d;

        line += *line == '\n';
        if (!dd_diagnostic_parse(line, &d)) {
            continue;
        }
        errors += strncmp(d.kind, "error", 5) == 0 || strncmp(d.kind, "fatal", 5) == 0;
        if (preprocessing && says(&d, "nested too deeply")) {
            if (!deep) {
                include_cycle(text, out);
            }
            deep = true;
        } else if (preprocessing && says(&d, "file not found")) {
            char *path = dd_xstrndup(d.file, d.file_len);

            missing_header(&d, path, out);
            free(path);
        } else if (!deep && !says(&d, "too many errors")) {
            put_one(&d, out);
            overloads(&d, out);
        }
    }
    return errors;
}
