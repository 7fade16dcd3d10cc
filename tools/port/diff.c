/* SPDX-License-Identifier: MIT */
/*
 * Edits as a unified diff. Each run of edited lines is a region; regions that are close share a
 * hunk:
 *
 *   old bytes   ....[ls        le)....      region: whole lines, edits inside
 *   lines       context | - old / + new | context
 */
#include "port_int.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define CONTEXT 3u

struct region {
    uint32_t from, to; /* bytes of the old file, whole lines */
    uint32_t line;     /* of from, counted from 0 */
    uint32_t old_lines, new_lines;
    size_t first, last; /* edits of the patch, last is behind */
};

static uint32_t line_end(const struct dd_source *s, uint32_t at)
{
    const char *nl = memchr(s->bytes + at, '\n', s->len - at);

    return nl ? (uint32_t)(nl - s->bytes) + 1 : (uint32_t)s->len;
}

/* the whole lines one edit touches */
static void edit_lines(const struct dd_source *s, const struct dd_edit *e, uint32_t *from,
                       uint32_t *to)
{
    bool whole = e->text_len == 0 || e->text[e->text_len - 1] == '\n';

    *from = dd_line_start(s, e->at);
    if (*from == e->at && dd_line_start(s, e->at + e->length) == e->at + e->length && whole &&
        (e->text_len > 0 || e->length > 0)) {
        *to = e->at + e->length;
    } else {
        *to = line_end(s, e->at + e->length);
    }
}

static uint32_t count_lines(const char *p, size_t len)
{
    uint32_t n = 0;
    const char *end = p + len;

    while (p < end) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));

        n++;
        p = nl ? nl + 1 : end;
    }
    return n;
}

/* the new bytes of [from, to) with the edits [first, last) in it */
static void new_bytes(const struct dd_patch *p, const struct region *g, struct dd_buf *out)
{
    const struct dd_source *s = p->s;
    uint32_t at = g->from;

    for (size_t i = g->first; i < g->last; i++) {
        const struct dd_edit *e = p->edits[i];

        dd_buf_add(out, s->bytes + at, e->at - at);
        dd_buf_add(out, e->text, e->text_len);
        at = e->at + e->length;
    }
    dd_buf_add(out, s->bytes + at, g->to - at);
}

static void put_lines(FILE *out, char sign, const char *p, size_t len)
{
    const char *end = p + len;

    while (p < end) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        size_t n = (size_t)((nl ? nl + 1 : end) - p);

        fputc(sign, out);
        fwrite(p, 1, n, out);
        if (!nl) {
            fputs("\n\\ No newline at end of file\n", out);
        }
        p += n;
    }
}

/* CONTEXT lines in front of @at, not above @floor */
static uint32_t back(const struct dd_source *s, uint32_t at, uint32_t *ret_lines)
{
    uint32_t n = 0;

    while (n < CONTEXT && at > 0) {
        at = dd_line_start(s, at - 1);
        n++;
    }
    *ret_lines = n;
    return at;
}

static uint32_t forth(const struct dd_source *s, uint32_t at, uint32_t *ret_lines)
{
    uint32_t n = 0;

    while (n < CONTEXT && at < s->len) {
        at = line_end(s, at);
        n++;
    }
    *ret_lines = n;
    return at;
}

/* one hunk: regions [first, last) */
static int put_hunk(const struct dd_patch *p, struct region *regions, size_t first, size_t last,
                    int64_t *shift, FILE *out)
{
    const struct dd_source *s = p->s;
    uint32_t before, after, old_lines = 0, new_lines = 0, between;
    uint32_t start = back(s, regions[first].from, &before);
    uint32_t end = forth(s, regions[last - 1].to, &after), at = start;
    int64_t old_at = (int64_t)regions[first].line - before;

    for (size_t i = first; i < last; i++) {
        between = i > first ? count_lines(s->bytes + regions[i - 1].to,
                                          regions[i].from - regions[i - 1].to)
                            : 0;
        old_lines += regions[i].old_lines + between;
        new_lines += regions[i].new_lines + between;
    }
    old_lines += before + after;
    new_lines += before + after;
    fprintf(out, "@@ -%lld,%u +%lld,%u @@\n", (long long)(old_at + (old_lines > 0)), old_lines,
            (long long)(old_at + *shift + (new_lines > 0)), new_lines);
    for (size_t i = first; i < last; i++) {
        struct dd_buf b = {0};

        put_lines(out, ' ', s->bytes + at, regions[i].from - at);
        put_lines(out, '-', s->bytes + regions[i].from, regions[i].to - regions[i].from);
        new_bytes(p, &regions[i], &b);
        if (b.failed) {
            return -ENOMEM;
        }
        put_lines(out, '+', b.p ? b.p : "", b.len);
        dd_buf_done(&b);
        at = regions[i].to;
    }
    put_lines(out, ' ', s->bytes + at, end - at);
    *shift += (int64_t)new_lines - old_lines;
    return 0;
}

/* the regions of one file. Returns how many, or -ENOMEM */
static long find_regions(const struct dd_patch *p, struct region **ret)
{
    const struct dd_source *s = p->s;
    struct region *list = NULL;
    size_t count = 0, cap = 0;
    uint32_t line = 0, line_at = 0;

    for (size_t i = 0; i < p->count; i++) {
        uint32_t from, to;
        struct region *grown;

        edit_lines(s, p->edits[i], &from, &to);
        if (count > 0 && from <= list[count - 1].to) {
            list[count - 1].to = to > list[count - 1].to ? to : list[count - 1].to;
            list[count - 1].last = i + 1;
            continue;
        }
        grown = dd_grow(list, count, &cap, sizeof(*list));
        if (!grown) {
            free(list);
            return -ENOMEM;
        }
        list = grown;
        list[count++] = (struct region){.from = from, .to = to, .first = i, .last = i + 1};
    }
    for (size_t i = 0; i < count; i++) {
        struct dd_buf b = {0};

        line += count_lines(s->bytes + line_at, list[i].from - line_at);
        line_at = list[i].from;
        list[i].line = line;
        list[i].old_lines = count_lines(s->bytes + list[i].from, list[i].to - list[i].from);
        new_bytes(p, &list[i], &b);
        list[i].new_lines = b.p ? count_lines(b.p, b.len) : 0;
        dd_buf_done(&b);
    }
    *ret = list;
    return (long)count;
}

/* the name in a diff: below the current folder without its path, and quoted when it must be */
static void put_name(FILE *out, const char *sign, const char *path)
{
    char cwd[4096];
    bool quote = false;

    if (getcwd(cwd, sizeof(cwd)) && strncmp(path, cwd, strlen(cwd)) == 0 &&
        path[strlen(cwd)] == '/') {
        path += strlen(cwd) + 1;
    }
    while (strncmp(path, "./", 2) == 0 || path[0] == '/') {
        path += path[0] == '/' ? 1 : 2;
    }
    for (const char *p = path; *p; p++) {
        quote = quote || (unsigned char)*p < 0x20 || *p == '"' || *p == '\\';
    }
    if (!quote) {
        fprintf(out, "%s/%s%s\n", sign, path, strchr(path, ' ') ? "\t" : "");
        return;
    }
    fprintf(out, "%.4s\"%s/", sign, sign + 4);
    for (const char *p = path; *p; p++) {
        if ((unsigned char)*p < 0x20) {
            fprintf(out, "\\%03o", (unsigned char)*p);
        } else {
            fprintf(out, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
        }
    }
    fputs("\"\n", out);
}

static int put_file(const struct dd_patch *p, FILE *out)
{
    const struct dd_source *s = p->s;
    struct region *list = NULL;
    long count = find_regions(p, &list);
    int64_t shift = 0;
    int r = 0;

    if (count < 0) {
        return (int)count;
    }
    put_name(out, "--- a", s->path);
    put_name(out, "+++ b", s->path);
    for (size_t i = 0; r == 0 && i < (size_t)count;) {
        size_t k = i + 1;

        while (k < (size_t)count && count_lines(s->bytes + list[k - 1].to,
                                                list[k].from - list[k - 1].to) <= 2 * CONTEXT) {
            k++;
        }
        r = put_hunk(p, list, i, k, &shift, out);
        i = k;
    }
    free(list);
    return r;
}

PORT_API int drydock_port_diff(struct drydock_port *port, FILE *out, char *why, size_t n)
{
    uint32_t file = PORT_NONE;
    struct dd_patch p;
    int r = 0;

    for (size_t i = 0; i < port->nedits; i++) {
        const struct dd_source *s;

        if (port->order[i]->file == file) {
            continue;
        }
        file = port->order[i]->file;
        s = dd_source_load(port, file, &r);
        r = s ? dd_patch_open(port, s, file, &p) : r;
        if (r == 0) {
            r = put_file(&p, out);
            dd_patch_done(&p);
        }
        if (r < 0) {
            return dd_why(why, n, -r, "%s: %s", port->sources[file].path, strerror(-r));
        }
    }
    return fflush(out) != 0
               ? dd_why(why, n, errno, "the diff cannot be written: %s", strerror(errno))
               : 0;
}
