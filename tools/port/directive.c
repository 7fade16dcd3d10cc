/* SPDX-License-Identifier: MIT */
/* #if, #define and brackets: see lex.c. */
#include "lex.h"

#include <stdlib.h>

void dd_lex_open(struct lexer *l, size_t at)
{
    if (l->depth < MAX_DEPTH) {
        l->stack[l->depth++] = (uint32_t)l->s->ntok;
    }
    dd_lex_add(l, TOK_OPEN, at, 0);
}

static void set_match(struct lexer *l, uint32_t tok, uint32_t match)
{
    struct dd_tok *t = &l->s->toks[tok];

    t->v = (t->v & 0xf0000000u) | match;
}

static char opens(char close)
{
    return close == ')' ? '(' : close == ']' ? '[' : '{';
}

/* how far the stack shrinks for @c: to the bracket it closes; a ) never reaches over a { */
static size_t find_open(const struct lexer *l, char c)
{
    size_t i = l->depth;

    while (i > l->base_depth) {
        char open = l->base[l->s->toks[l->stack[i - 1]].at];

        if (open == opens(c)) {
            return i;
        }
        if (open == '{') {
            return 0;
        }
        i--;
    }
    return 0;
}

void dd_lex_close(struct lexer *l, size_t at, char c)
{
    size_t i = find_open(l, c);
    uint32_t open, self = (uint32_t)l->s->ntok;

    dd_lex_add(l, TOK_CLOSE, at, i > 0 ? l->stack[i - 1] : self);
    if (i == 0 || l->failed) {
        return;
    }
    open = l->stack[i - 1];
    l->depth = i - 1;
    set_match(l, open, self);
    for (size_t k = l->ntwins; k > 0; k--) {
        if (l->twins[k - 1].kept == open) {
            set_match(l, l->twins[k - 1].loose, self);
            l->twins[k - 1] = l->twins[--l->ntwins];
        }
    }
}

/* --- #if --- */

static uint32_t cond_add(struct lexer *l, enum dd_cond_kind kind, size_t directive, size_t text,
                         size_t text_end)
{
    struct dd_source *s = l->s;
    struct dd_cond *conds = dd_grow(s->conds, s->nconds, &s->cond_cap, sizeof(*conds));

    if (!conds) {
        l->failed = true;
        return PORT_NONE;
    }
    s->conds = conds;
    conds[s->nconds] = (struct dd_cond){.start = (uint32_t)text_end,
                                        .end = (uint32_t)s->len,
                                        .directive = (uint32_t)directive,
                                        .text = (uint32_t)text,
                                        .text_bytes = (uint32_t)(text_end - text),
                                        .parent = PORT_NONE,
                                        .prev = PORT_NONE,
                                        .kind = (uint8_t)kind};
    conds[s->nconds].dead = kind == COND_IF && text_end == text + 1 && l->base[text] == '0';
    return (uint32_t)s->nconds++;
}

static uint32_t *copy_stack(struct lexer *l)
{
    uint32_t *copy = malloc(sizeof(*copy) * (l->depth + 1));

    if (!copy) {
        l->failed = true;
        return NULL;
    }
    memcpy(copy, l->stack, sizeof(*copy) * l->depth);
    return copy;
}

static void begin_if(struct lexer *l, uint32_t record)
{
    struct open_if *o;

    if (record == PORT_NONE || l->nifs >= MAX_IFS) {
        l->too_deep++;
        l->s->nconds -= record != PORT_NONE;
        return;
    }
    l->s->conds[record].parent = l->cond;
    o = &l->ifs[l->nifs];
    *o = (struct open_if){.first = record, .branch = record, .depth = l->depth};
    o->before = copy_stack(l);
    l->nifs += o->before != NULL;
    l->cond = record;
}

static void add_twin(struct lexer *l, uint32_t kept, uint32_t loose)
{
    struct twin *twins = dd_grow(l->twins, l->ntwins, &l->twin_cap, sizeof(*twins));

    if (!twins) {
        l->failed = true;
        return;
    }
    l->twins = twins;
    twins[l->ntwins++] = (struct twin){kept, loose};
}

/* the branch ends: keep its stack, or tie what it opened to what the kept branch opened */
static void end_branch(struct lexer *l, struct open_if *o, size_t at)
{
    struct dd_cond *c = &l->s->conds[o->branch];

    c->end = (uint32_t)at;
    if (c->dead) {
        return;
    }
    if (!o->kept_any) {
        o->kept = copy_stack(l);
        o->kept_depth = l->depth;
        o->kept_any = o->kept != NULL;
        return;
    }
    for (size_t i = 0; i < l->depth && i < o->kept_depth && l->ntwins < 1000; i++) {
        uint32_t a = o->kept[i], b = l->stack[i];

        if (a != b && l->base[l->s->toks[a].at] == l->base[l->s->toks[b].at]) {
            add_twin(l, a, b);
        }
    }
}

static void restore(struct lexer *l, const uint32_t *stack, size_t depth)
{
    memcpy(l->stack, stack, sizeof(*stack) * depth);
    l->depth = depth;
}

static void next_branch(struct lexer *l, uint32_t record, size_t at)
{
    struct open_if *o;

    if (l->nifs == 0 || l->too_deep > 0 || record == PORT_NONE) {
        l->s->nconds -= record != PORT_NONE;
        return;
    }
    o = &l->ifs[l->nifs - 1];
    end_branch(l, o, at);
    restore(l, o->before, o->depth);
    l->s->conds[record].parent = l->s->conds[o->first].parent;
    l->s->conds[record].prev = o->branch;
    o->branch = record;
    l->cond = record;
}

static void end_if(struct lexer *l, size_t at)
{
    struct open_if *o;

    if (l->too_deep > 0) {
        l->too_deep--;
        return;
    }
    if (l->nifs == 0) {
        return;
    }
    o = &l->ifs[l->nifs - 1];
    end_branch(l, o, at);
    if (o->kept_any) {
        restore(l, o->kept, o->kept_depth);
    } else {
        restore(l, o->before, o->depth);
    }
    l->cond = l->s->conds[o->first].parent;
    free(o->before);
    free(o->kept);
    l->nifs--;
}

/* --- directives --- */

static bool word_is(const char *p, size_t n, const char *word)
{
    return strlen(word) == n && memcmp(p, word, n) == 0;
}

/* the end of a directive: its line end, or that of its last continued line. @text_end leaves out
 * a comment that ends the line */
static const char *directive_end(struct lexer *l, const char *p, const char **text_end)
{
    *text_end = p;
    while (p < l->end && *p != '\n') {
        if (*p == '/' && p + 1 < l->end && (p[1] == '*' || p[1] == '/')) {
            const char *q =
                p[1] == '*' ? dd_lex_block_comment(p, l->end) : dd_lex_line_comment(p, l->end);

            for (; p < q; p++) {
                l->s->lines += *p == '\n';
            }
            continue;
        }
        if (*p == '"') {
            p = dd_lex_quoted(p, l->end);
            *text_end = p;
            continue;
        }
        if (*p == '\\' && p + 1 < l->end && (p[1] == '\n' || p[1] == '\r')) {
            p += p[1] == '\r' && p + 2 < l->end && p[2] == '\n' ? 3 : 2;
            l->s->lines++;
            continue;
        }
        if (*p != ' ' && *p != '\t' && *p != '\r') {
            *text_end = p + 1;
        }
        p++;
    }
    return p;
}

static const char *begin_define(struct lexer *l, const char *hash, const char *p)
{
    const char *name;
    struct dd_cond *c = l->cond != PORT_NONE ? &l->s->conds[l->cond] : NULL;
    size_t n = 0;

    while (p < l->end && (*p == ' ' || *p == '\t')) {
        p++;
    }
    name = p;
    while (name + n < l->end && strchr(" \t\r\n(/\\", name[n]) == NULL) {
        n++;
    }
    if (c && c->kind == COND_IFNDEF && c->parent == PORT_NONE && c->text_bytes == n &&
        l->toks_at_ifndef == l->s->ntok && l->s->ntok <= 1 &&
        memcmp(l->base + c->text, name, n) == 0) {
        c->guard = true;
    }
    l->define = (uint32_t)l->s->ntok;
    l->base_depth = l->depth;
    dd_lex_add(l, TOK_DEFINE, (size_t)(hash - l->base), 0);
    return p;
}

void dd_lex_define_end(struct lexer *l, size_t at)
{
    struct dd_source *s = l->s;
    uint32_t *list = dd_grow(s->defines, s->ndefines, &s->define_cap, sizeof(*list));

    if (!list) {
        l->failed = true;
    } else {
        s->defines = list;
        list[s->ndefines++] = l->define;
    }
    if (!l->failed) {
        set_match(l, l->define, (uint32_t)l->s->ntok);
    }
    dd_lex_add(l, TOK_DEFINE_END, at, l->define);
    l->depth = l->base_depth;
    l->base_depth = 0;
    l->define = 0;
}

const char *dd_lex_directive(struct lexer *l, const char *hash)
{
    const char *p = hash + 1, *word, *text, *text_end, *end;
    size_t n = 0, at = (size_t)(hash - l->base);

    while (p < l->end && (*p == ' ' || *p == '\t')) {
        p++;
    }
    for (word = p; p < l->end && *p >= 'a' && *p <= 'z'; p++) {
        n++;
    }
    if (word_is(word, n, "define")) {
        return begin_define(l, hash, p);
    }
    while (p < l->end && (*p == ' ' || *p == '\t')) {
        p++;
    }
    text = p;
    end = directive_end(l, p, &text_end);
    if (word_is(word, n, "if") || word_is(word, n, "ifdef") || word_is(word, n, "ifndef")) {
        enum dd_cond_kind kind = n == 2 ? COND_IF : n == 5 ? COND_IFDEF : COND_IFNDEF;

        l->toks_at_ifndef = l->s->ntok;
        begin_if(l, cond_add(l, kind, at, (size_t)(text - l->base), (size_t)(text_end - l->base)));
    } else if (word_is(word, n, "elif")) {
        next_branch(l,
                    cond_add(l, COND_ELIF, at, (size_t)(text - l->base),
                             (size_t)(text_end - l->base)),
                    at);
    } else if (word_is(word, n, "else")) {
        next_branch(l,
                    cond_add(l, COND_ELSE, at, (size_t)(text - l->base), (size_t)(text - l->base)),
                    at);
    } else if (word_is(word, n, "endif")) {
        end_if(l, at);
    }
    return end;
}

void dd_lex_finish(struct lexer *l)
{
    while (l->nifs > 0) {
        l->nifs--;
        free(l->ifs[l->nifs].before);
        free(l->ifs[l->nifs].kept);
    }
    free(l->stack);
    free(l->twins);
}
