/* SPDX-License-Identifier: MIT */
/*
 * Bytes to tokens. Comments, strings and blanks are stepped over; every #if branch is read, and
 * brackets are matched so that branches which open the same brace twice share the one that closes
 * it:
 *
 *   #ifdef A              stack at #if  [ ]
 *   int f(int a) {                      [ { ]    kept: the first branch that is not #if 0
 *   #else                               [ ]
 *   int f(void) {                       [ { ]    a twin of the kept one
 *   #endif                              [ { ]
 *   }                     closes both
 *
 * Limits: brackets deeper than MAX_DEPTH and #ifs deeper than MAX_IFS are not matched.
 */
#include "lex.h"

#include <errno.h>
#include <stdlib.h>

static void add_tok(struct lexer *l, enum dd_tok_kind kind, size_t at, size_t low)
{
    struct dd_source *s = l->s;
    struct dd_tok *toks;

    if (s->ntok >= s->tok_cap) {
        toks = dd_grow(s->toks, s->ntok, &s->tok_cap, sizeof(*toks));
        if (!toks || s->ntok >= 0x0ffffff0u) {
            l->failed = true;
            s->toks = toks ? toks : s->toks;
            return;
        }
        s->toks = toks;
    }
    s->toks[s->ntok].at = (uint32_t)at;
    s->toks[s->ntok].v = (uint32_t)kind << 28 | ((uint32_t)low & 0x0fffffffu);
    s->ntok++;
}

static bool is_ident(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c >= 0x80;
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

/* the length of a continued line end at @p (backslash, blanks are not allowed), 0: none */
static size_t splice(const char *p, const char *end)
{
    if (p[0] != '\\' || end - p < 2) {
        return 0;
    }
    if (p[1] == '\n') {
        return 2;
    }
    return p[1] == '\r' && end - p > 2 && p[2] == '\n' ? 3 : 0;
}

const char *dd_lex_line_comment(const char *p, const char *end)
{
    while (p < end && *p != '\n') {
        size_t n = splice(p, end);

        p += n ? n : 1;
    }
    return p;
}

const char *dd_lex_block_comment(const char *p, const char *end)
{
    for (p += 2; p < end; p++) {
        p = memchr(p, '*', (size_t)(end - p));
        if (!p) {
            return end;
        }
        if (p + 1 < end && p[1] == '/') {
            return p + 2;
        }
    }
    return end;
}

const char *dd_lex_quoted(const char *p, const char *end)
{
    char quote = *p++;

    while (p < end && *p != '\n') {
        if (*p == quote) {
            return p + 1;
        }
        if (*p == '\\' && p + 1 < end) {
            size_t n = splice(p, end);

            p += n ? n : 2;
        } else {
            p++;
        }
    }
    return p < end ? p : end;
}

/* R"x( ... )x" of C++; @p is at the quote */
static const char *raw_string(const char *p, const char *end)
{
    const char *open = p + 1;
    char close[20];
    size_t n = 0;

    while (open < end && n < 16 && *open != '(' && *open != '\n' && *open != '"') {
        close[++n] = *open++;
    }
    if (open >= end || *open != '(') {
        return dd_lex_quoted(p, end);
    }
    close[0] = ')';
    close[++n] = '"';
    p = memmem(open, (size_t)(end - open), close, n + 1 - 0);
    return p ? p + n + 1 : end;
}

static const char *number(const char *p, const char *end)
{
    const char *start = p++;

    while (p < end) {
        unsigned char c = (unsigned char)*p, before = (unsigned char)p[-1];

        if (is_ident(c) || is_digit(c) || c == '.') {
            p++;
        } else if ((c == '+' || c == '-') && (before | 0x20) == 'e' &&
                   !(start[0] == '0' && (start[1] | 0x20) == 'x')) {
            p++;
        } else if (c == '\'' && p + 1 < end && (is_digit((unsigned char)p[1]))) {
            p++;
        } else {
            break;
        }
    }
    return p;
}

static const char *ident(struct lexer *l, const char *p)
{
    const char *start = p;
    uint32_t h = HASH_START;
    size_t n;

    do {
        h = dd_hash_step(h, (unsigned char)*p++);
    } while (p < l->end && (is_ident((unsigned char)*p) || is_digit((unsigned char)*p)));
    n = (size_t)(p - start);
    if (p < l->end && *p == '"' && n <= 3 && p[-1] == 'R') {
        p = raw_string(p, l->end);
        add_tok(l, TOK_STRING, (size_t)(start - l->base), (size_t)(p - start));
        return p;
    }
    add_tok(l, TOK_IDENT, (size_t)(start - l->base),
            dd_name_find(l->slots, start, n, h) << 16 | (n < 0xffff ? n : 0xffff));
    return p;
}

static const char *punct(struct lexer *l, const char *p)
{
    static const char *const two[] = {"->", "::", "==", "!=", "<=", ">=", "&&", "||", "+=",
                                      "-=", "*=", "/=", "|=", "&=", "^=", "++", "--", "##"};
    size_t at = (size_t)(p - l->base), n = 1;

    switch (*p) {
    case '(':
    case '[':
    case '{':
        dd_lex_open(l, at);
        return p + 1;
    case ')':
    case ']':
    case '}':
        dd_lex_close(l, at, *p);
        return p + 1;
    default:
        for (size_t i = 0; p + 1 < l->end && i < sizeof(two) / sizeof(two[0]); i++) {
            if (p[0] == two[i][0] && p[1] == two[i][1]) {
                n = 2;
                break;
            }
        }
        add_tok(l, TOK_PUNCT, at, n);
        return p + n;
    }
}

void dd_lex_add(struct lexer *l, enum dd_tok_kind kind, size_t at, size_t low)
{
    add_tok(l, kind, at, low);
}

/* a # that is the first sign of its line */
static const char *hash(struct lexer *l, const char *p)
{
    if (l->define) {
        return punct(l, p);
    }
    return dd_lex_directive(l, p);
}

/* blanks, comments and line ends; true when one was stepped over */
static bool skip(struct lexer *l, const char **at)
{
    const char *p = *at;

    if (*p == '\n') {
        if (l->define) {
            dd_lex_define_end(l, (size_t)(p - l->base));
        }
        l->line_start = true;
        l->s->lines++;
        *at = p + 1;
        return true;
    }
    if (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\f' || *p == '\v' || *p == 0x1a) {
        *at = p + 1;
        return true;
    }
    if (*p == '/' && p + 1 < l->end && (p[1] == '/' || p[1] == '*')) {
        *at = p[1] == '/' ? dd_lex_line_comment(p, l->end) : dd_lex_block_comment(p, l->end);
        for (const char *q = p; q < *at && (q = memchr(q, '\n', (size_t)(*at - q))) != NULL; q++) {
            l->s->lines++;
        }
        return true;
    }
    if (splice(p, l->end)) {
        l->s->lines++;
        *at = p + splice(p, l->end);
        return true;
    }
    return false;
}

static const char *token(struct lexer *l, const char *p)
{
    unsigned char c = (unsigned char)*p;
    const char *end;

    if (is_ident(c)) {
        return ident(l, p);
    }
    if (is_digit(c) || (c == '.' && p + 1 < l->end && is_digit((unsigned char)p[1]))) {
        end = number(p, l->end);
        add_tok(l, TOK_NUMBER, (size_t)(p - l->base), (size_t)(end - p));
        return end;
    }
    if (c == '"' || c == '\'') {
        end = dd_lex_quoted(p, l->end);
        for (const char *q = p; q < end && (q = memchr(q, '\n', (size_t)(end - q))) != NULL; q++) {
            l->s->lines++;
        }
        add_tok(l, c == '"' ? TOK_STRING : TOK_CHAR, (size_t)(p - l->base), (size_t)(end - p));
        return end;
    }
    return punct(l, p);
}

int dd_lex(const uint16_t *slots, struct dd_source *s)
{
    struct lexer l = {.s = s,
                      .slots = slots,
                      .base = s->bytes,
                      .end = s->bytes + s->len,
                      .cond = PORT_NONE,
                      .line_start = true};
    const char *p = s->bytes;

    s->ntok = s->nconds = s->ndefines = 0;
    s->lines = 0;
    l.stack = malloc(sizeof(*l.stack) * MAX_DEPTH);
    if (!l.stack) {
        return -ENOMEM;
    }
    add_tok(&l, TOK_PUNCT, 0, 0); /* 0 is no token: a match of 0 means none */
    if (s->len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        p += 3;
    }
    while (p < l.end && !l.failed) {
        if (skip(&l, &p)) {
            continue;
        }
        if (*p == '#' && l.line_start) {
            p = hash(&l, p);
            continue;
        }
        l.line_start = false;
        p = token(&l, p);
    }
    if (l.define) {
        dd_lex_define_end(&l, s->len);
    }
    dd_lex_finish(&l);
    add_tok(&l, TOK_EOF, s->len, 0);
    s->lines += s->len > 0 && s->bytes[s->len - 1] != '\n';
    return l.failed ? -ENOMEM : 0;
}
