/* SPDX-License-Identifier: MIT */
#include "lex.h"

#include <string.h>

enum {
    SPACE = 1,
    NAME = 2,
    DIGIT = 4
};

/* bytes above 127 are letters: identifiers in other alphabets, as compilers take them */
static unsigned class_of(unsigned char c)
{
    static const unsigned char table[256] = {
        ['\t'] = SPACE,        ['\n'] = SPACE,       ['\v'] = SPACE,       ['\f'] = SPACE,
        ['\r'] = SPACE,        [' '] = SPACE,        ['$'] = NAME,         ['_'] = NAME,
        ['0' ... '9'] = DIGIT, ['A' ... 'Z'] = NAME, ['a' ... 'z'] = NAME, [128 ... 255] = NAME};

    return table[c];
}

void dd_lex_begin(struct dd_lexer *l, const char *text, size_t len, bool cplusplus)
{
    *l = (struct dd_lexer){.text = text, .len = len, .cplusplus = cplusplus, .line_start = true};
}

static size_t skip_line(const struct dd_lexer *l, size_t at)
{
    const char *end = memchr(l->text + at, '\n', l->len - at);

    return end ? (size_t)(end - l->text) : l->len;
}

/* a literal stops at the end of its line: a lone quote, as in assembler text, swallows no more */
static size_t skip_quoted(const struct dd_lexer *l, size_t at, char quote)
{
    for (at++; at < l->len && l->text[at] != quote && l->text[at] != '\n'; at++) {
        if (l->text[at] == '\\' && at + 1 < l->len) {
            at++;
        }
    }
    return at < l->len && l->text[at] == quote ? at + 1 : at;
}

static size_t skip_raw(const struct dd_lexer *l, size_t at)
{
    const char *start = l->text + at + 1, *open = memchr(start, '(', l->len - at - 1);
    size_t tag = open ? (size_t)(open - start) : 17;

    if (tag > 16) {
        return skip_quoted(l, at, '"');
    }
    for (const char *p = open; (p = memchr(p, ')', l->len - (size_t)(p - l->text))) != NULL; p++) {
        if ((size_t)(p - l->text) + tag + 2 <= l->len && memcmp(p + 1, start, tag) == 0 &&
            p[1 + tag] == '"') {
            return (size_t)(p - l->text) + tag + 2;
        }
    }
    return l->len;
}

static size_t skip_number(const struct dd_lexer *l, size_t at)
{
    for (at++; at < l->len; at++) {
        char c = l->text[at], before = (char)(l->text[at - 1] | 0x20);

        if ((class_of((unsigned char)c) & (NAME | DIGIT)) || c == '.') {
            continue;
        }
        if ((c == '+' || c == '-') && (before == 'e' || before == 'p')) {
            continue;
        }
        if (c == '\'' && l->cplusplus && at + 1 < l->len &&
            (class_of((unsigned char)l->text[at + 1]) & (NAME | DIGIT))) {
            continue;
        }
        break;
    }
    return at;
}

/* is what lies before a quote a prefix of a literal? Returns 2 for a raw one */
static int prefix(const struct dd_lexer *l, size_t at, size_t len)
{
    const char *s = l->text + at;
    bool raw = s[len - 1] == 'R' && l->cplusplus;

    len -= raw;
    if (len == 0 || (len == 1 && strchr("LuU", s[0])) || (len == 2 && memcmp(s, "u8", 2) == 0)) {
        return raw ? 2 : 1;
    }
    return 0;
}

static struct dd_token name_or_literal(struct dd_lexer *l)
{
    struct dd_token t = {.kind = DD_TOKEN_NAME, .at = l->at};
    size_t end = l->at + 1;
    int literal;

    while (end < l->len && (class_of((unsigned char)l->text[end]) & (NAME | DIGIT))) {
        end++;
    }
    if (end < l->len && end - l->at <= 3 && (l->text[end] == '"' || l->text[end] == '\'') &&
        (literal = prefix(l, l->at, end - l->at)) != 0) {
        t.kind = l->text[end] == '"' ? DD_TOKEN_STRING : DD_TOKEN_CHAR;
        end = literal == 2 && l->text[end] == '"' ? skip_raw(l, end)
                                                  : skip_quoted(l, end, l->text[end]);
    }
    t.len = end - l->at;
    return t;
}

struct dd_token dd_lex_next(struct dd_lexer *l)
{
    struct dd_token t = {.kind = DD_TOKEN_END};
    unsigned char c;

    while (l->at < l->len && (class_of((unsigned char)l->text[l->at]) & SPACE)) {
        l->line_start |= l->text[l->at] == '\n';
        l->at++;
    }
    t.at = l->at;
    if (l->at >= l->len) {
        return t;
    }
    c = (unsigned char)l->text[l->at];
    if (class_of(c) & NAME) {
        t = name_or_literal(l);
    } else if ((class_of(c) & DIGIT) || (c == '.' && l->at + 1 < l->len &&
                                         (class_of((unsigned char)l->text[l->at + 1]) & DIGIT))) {
        t.kind = DD_TOKEN_NUMBER;
        t.len = skip_number(l, l->at) - l->at;
    } else if (c == '"' || c == '\'') {
        t.kind = c == '"' ? DD_TOKEN_STRING : DD_TOKEN_CHAR;
        t.len = skip_quoted(l, l->at, (char)c) - l->at;
    } else if (c == '#' && l->line_start) {
        t.kind = DD_TOKEN_LINE;
        t.len = skip_line(l, l->at) - l->at;
    } else {
        t.kind = DD_TOKEN_PUNCT;
        t.len = 1;
    }
    l->line_start = false;
    l->at = t.at + t.len;
    return t;
}

struct dd_token dd_lex_peek(const struct dd_lexer *l)
{
    struct dd_lexer copy = *l;
    struct dd_token t;

    do {
        t = dd_lex_next(&copy);
    } while (t.kind == DD_TOKEN_LINE);
    return t;
}

bool dd_token_is(const char *text, const struct dd_token *t, const char *s)
{
    return strncmp(text + t->at, s, t->len) == 0 && s[t->len] == '\0';
}

size_t dd_lex_match(const char *text, size_t len, size_t open, bool cplusplus)
{
    struct dd_lexer l;
    struct dd_token t;
    int depth = 0;

    dd_lex_begin(&l, text, len, cplusplus);
    l.at = open;
    l.line_start = false;
    while ((t = dd_lex_next(&l)).kind != DD_TOKEN_END) {
        if (t.kind != DD_TOKEN_PUNCT || text[t.at] == '\0') {
            continue;
        }
        depth += strchr("([{", text[t.at]) ? 1 : strchr(")]}", text[t.at]) ? -1 : 0;
        if (depth == 0) {
            return l.at;
        }
    }
    return 0;
}
