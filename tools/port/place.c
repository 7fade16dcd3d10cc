/* SPDX-License-Identifier: MIT */
/* Where something stands: conditions, lines, comments. */
#include "port_int.h"

uint32_t dd_cond_at(const struct dd_source *s, uint32_t at)
{
    size_t lo = 0, hi = s->nconds;
    uint32_t c;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;

        if (s->conds[mid].start <= at) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    c = lo > 0 ? (uint32_t)lo - 1 : PORT_NONE;
    while (c != PORT_NONE && (s->conds[c].end <= at || s->conds[c].guard)) {
        c = s->conds[c].parent;
    }
    return c;
}

bool dd_cond_dead(const struct dd_source *s, uint32_t at)
{
    for (uint32_t c = dd_cond_at(s, at); c != PORT_NONE; c = s->conds[c].parent) {
        if (s->conds[c].dead) {
            return true;
        }
    }
    return false;
}

/* the expression of one directive, blanks and continued lines made one blank */
static void add_expression(struct dd_buf *out, const struct dd_source *s, const struct dd_cond *c)
{
    const char *p = s->bytes + c->text;

    if (c->kind == COND_IFDEF || c->kind == COND_IFNDEF) {
        dd_buf_str(out, c->kind == COND_IFDEF ? "defined(" : "!defined(");
    }
    for (uint32_t i = 0; i < c->text_bytes; i++) {
        bool blank = strchr(" \t\r\n\\", p[i]) != NULL;

        if (!blank) {
            dd_buf_add(out, p + i, 1);
        } else if (out->len > 0 && out->p[out->len - 1] != ' ') {
            dd_buf_str(out, " ");
        }
    }
    if (c->kind == COND_IFDEF || c->kind == COND_IFNDEF) {
        dd_buf_str(out, ")");
    }
}

static void add_not(struct dd_buf *out, const struct dd_source *s, const struct dd_cond *c)
{
    if (c->kind == COND_IFDEF || c->kind == COND_IFNDEF) {
        struct dd_cond other = *c;

        other.kind = c->kind == COND_IFDEF ? COND_IFNDEF : COND_IFDEF;
        add_expression(out, s, &other);
        return;
    }
    dd_buf_str(out, "!(");
    add_expression(out, s, c);
    dd_buf_str(out, ")");
}

static void add_branch(struct dd_buf *out, const struct dd_source *s, uint32_t branch)
{
    uint32_t chain[32], n = 0;

    for (uint32_t p = s->conds[branch].prev; p != PORT_NONE && n < 32; p = s->conds[p].prev) {
        chain[n++] = p;
    }
    for (uint32_t i = n; i > 0; i--) {
        add_not(out, s, &s->conds[chain[i - 1]]);
        dd_buf_str(out, i > 1 || s->conds[branch].kind != COND_ELSE ? " && " : "");
    }
    if (s->conds[branch].kind != COND_ELSE) {
        add_expression(out, s, &s->conds[branch]);
    }
}

const char *dd_cond_text(struct drydock_port *port, const struct dd_source *s, uint32_t at)
{
    uint32_t nest[64], n = 0;
    struct dd_buf out = {0};
    const char *text = NULL;

    for (uint32_t c = dd_cond_at(s, at); c != PORT_NONE && n < 64; c = s->conds[c].parent) {
        if (!s->conds[c].guard) {
            nest[n++] = c;
        }
    }
    if (n == 0) {
        return NULL;
    }
    for (uint32_t i = n; i > 0; i--) {
        add_branch(&out, s, nest[i - 1]);
        dd_buf_str(&out, i > 1 ? " && " : "");
    }
    if (out.len > 0 && !out.failed) {
        text = dd_intern(port, out.p, out.len < 1000 ? out.len : 1000);
    }
    dd_buf_done(&out);
    return text;
}

uint32_t dd_line_start(const struct dd_source *s, uint32_t at)
{
    const char *nl = at > 0 ? memrchr(s->bytes, '\n', at) : NULL;

    return nl ? (uint32_t)(nl - s->bytes) + 1 : 0;
}

uint32_t dd_line_of(const struct dd_source *s, uint32_t at)
{
    uint32_t line = 1;

    for (const char *p = s->bytes, *end = p + at; (p = memchr(p, '\n', (size_t)(end - p))); p++) {
        line++;
    }
    return line;
}

/* the start of the line behind that of @at; a comment which goes on over the line end is left
 * whole */
uint32_t dd_line_after(const struct dd_source *s, uint32_t at)
{
    const char *p = s->bytes + at, *end = s->bytes + s->len;

    while (p < end && *p != '\n') {
        if (p[0] == '/' && p + 1 < end && p[1] == '*') {
            const char *close = memmem(p + 2, (size_t)(end - p - 2), "*/", 2);

            p = close ? close + 2 : end;
        } else if (p[0] == '/' && p + 1 < end && p[1] == '/') {
            const char *nl = memchr(p, '\n', (size_t)(end - p));

            p = nl ? nl : end;
        } else {
            p++;
        }
    }
    return (uint32_t)(p < end ? p + 1 - s->bytes : end - s->bytes);
}

/* one line of the gap before a definition, from its start: is it (part of) a comment? */
struct gap {
    uint32_t start; /* where the last run of comments begins; PORT_NONE: no run */
    bool in_block;
};

static void gap_line(struct gap *g, const char *line, const char *end, uint32_t at)
{
    const char *p = line;

    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r')) {
        p++;
    }
    if (g->in_block) {
        g->in_block = memmem(p, (size_t)(end - p), "*/", 2) == NULL;
        return;
    }
    if (p + 1 < end && p[0] == '/' && (p[1] == '*' || p[1] == '/')) {
        g->start = g->start == PORT_NONE ? at : g->start;
        g->in_block = p[1] == '*' && memmem(p + 2, (size_t)(end - p - 2), "*/", 2) == NULL;
    } else {
        g->start = PORT_NONE; /* a blank line or a directive parts comment and function */
    }
}

/* the line where the comment that belongs to the definition at token @tok begins, or its own */
uint32_t dd_comment_start(const struct dd_source *s, uint32_t tok)
{
    uint32_t own = dd_line_start(s, s->toks[tok].at), from = tok > 1 ? tok_end(s, tok - 1) : 0;
    struct gap g = {.start = PORT_NONE};
    uint32_t at = from;

    if (tok > 1) { /* the rest of the line before belongs to that */
        at = dd_line_after(s, from);
    }
    while (at < own) {
        const char *nl = memchr(s->bytes + at, '\n', own - at);
        uint32_t end = nl ? (uint32_t)(nl - s->bytes) : own;

        gap_line(&g, s->bytes + at, s->bytes + end, at);
        at = end + 1;
    }
    return g.start != PORT_NONE ? g.start : own;
}
