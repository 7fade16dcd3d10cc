/* SPDX-License-Identifier: MIT */
#include "pass.h"

#include <stdlib.h>
#include <string.h>

enum word {
    WORD_OTHER, /* no specifier */
    WORD_SPECIFIER,
    WORD_LONG,
    WORD_INT,
    WORD_DOUBLE,
    WORD_INT64,
    WORD_ENUM,
    WORD_OPERATOR,
    WORD_FUNCTION,
    WORD_TRY
};

/* consecutive specifiers: `unsigned long const`, in any order */
struct run {
    size_t longs[4];
    unsigned long_count, int64_count;
    bool has_int, has_double;
};

enum enum_state {
    ENUM_NONE,
    ENUM_SEEN,
    ENUM_NAMED
};
enum operator_state {
    OPERATOR_NONE,
    OPERATOR_SEEN,
    OPERATOR_LITERAL,
    OPERATOR_PARAMETERS
};

struct pass {
    char *text;
    size_t len;
    const struct dd_pass_options *o;
    struct dd_lexer lex;
    struct run run;
    struct dd_scope scope;
    struct dd_edits edits;
    enum enum_state enumeration;
    bool enum_first; /* nothing stands before `enum` in its declaration */
    size_t enum_end; /* where " : int" would go */
    struct dd_token enum_name;
    struct dd_strings plain, fixed; /* enumerations named before they were fixed; fixed ones */
    enum operator_state literal_operator;
    unsigned operator_parens;
    struct dd_token before, pending; /* the token before; a __FUNCTION__ that waits for a string */
    bool saw_try;
};

static const struct {
    const char *name;
    enum word word;
} words[] = {
    {"auto", WORD_SPECIFIER},
    {"char", WORD_SPECIFIER},
    {"const", WORD_SPECIFIER},
    {"constexpr", WORD_SPECIFIER},
    {"double", WORD_DOUBLE},
    {"enum", WORD_ENUM},
    {"explicit", WORD_SPECIFIER},
    {"extern", WORD_SPECIFIER},
    {"float", WORD_SPECIFIER},
    {"inline", WORD_SPECIFIER},
    {"int", WORD_INT},
    {"long", WORD_LONG},
    {"mutable", WORD_SPECIFIER},
    {"operator", WORD_OPERATOR},
    {"register", WORD_SPECIFIER},
    {"restrict", WORD_SPECIFIER},
    {"short", WORD_SPECIFIER},
    {"signed", WORD_SPECIFIER},
    {"static", WORD_SPECIFIER},
    {"typedef", WORD_SPECIFIER},
    {"unsigned", WORD_SPECIFIER},
    {"virtual", WORD_SPECIFIER},
    {"volatile", WORD_SPECIFIER},
    {"L__FUNCTION__", WORD_FUNCTION},
    {"_Complex", WORD_SPECIFIER},
    {"_Noreturn", WORD_SPECIFIER},
    {"_int64", WORD_INT64},
    {"_inline", WORD_SPECIFIER},
    {"_try", WORD_TRY},
    {"__FUNCTION__", WORD_FUNCTION},
    {"__const", WORD_SPECIFIER},
    {"__const__", WORD_SPECIFIER},
    {"__extension__", WORD_SPECIFIER},
    {"__forceinline", WORD_SPECIFIER},
    {"__inline", WORD_SPECIFIER},
    {"__inline__", WORD_SPECIFIER},
    {"__int64", WORD_INT64},
    {"__restrict", WORD_SPECIFIER},
    {"__restrict__", WORD_SPECIFIER},
    {"__signed", WORD_SPECIFIER},
    {"__signed__", WORD_SPECIFIER},
    {"__thread", WORD_SPECIFIER},
    {"__try", WORD_TRY},
    {"__unaligned", WORD_SPECIFIER},
    {"__volatile", WORD_SPECIFIER},
    {"__volatile__", WORD_SPECIFIER},
    {"__w64", WORD_SPECIFIER},
};
#define WORDS (sizeof(words) / sizeof(words[0]))

/* by a hash of first and last letters and length; most names miss in the first slot */
static unsigned slot_of(const char *s, size_t len)
{
    return ((unsigned char)s[0] * 7u + (unsigned char)s[len - 1] * 31u +
            (unsigned char)s[len / 2] * 13u + (unsigned)len) &
           255u;
}

static enum word word_of(const char *s, size_t len)
{
    static unsigned char slots[256], ready;

    if (!ready) {
        for (unsigned i = 0; i < WORDS; i++) {
            unsigned at = slot_of(words[i].name, strlen(words[i].name));

            while (slots[at]) {
                at = (at + 1) & 255u;
            }
            slots[at] = (unsigned char)(i + 1);
        }
        ready = 1;
    }
    for (unsigned at = slot_of(s, len); slots[at]; at = (at + 1) & 255u) {
        const char *name = words[slots[at] - 1].name;

        if (strncmp(name, s, len) == 0 && name[len] == '\0') {
            return words[slots[at] - 1].word;
        }
    }
    return WORD_OTHER;
}

static void replace(struct pass *p, size_t at, size_t len, const char *with)
{
    size_t n = strlen(with);

    memcpy(p->text + at, with, n);
    memset(p->text + at + n, ' ', len - n);
}

static void finish_run(struct pass *p)
{
    struct run *r = &p->run;

    if (r->long_count > 0 && !r->has_double && p->literal_operator != OPERATOR_PARAMETERS) {
        if (r->long_count == 1 && r->int64_count == 0) {
            replace(p, r->longs[0], 4, r->has_int ? "" : "int");
        }
        for (unsigned i = 1; i < r->long_count && i < 4; i++) {
            replace(p, r->longs[i], 4, "");
        }
    }
    *r = (struct run){0};
}

/* true when it belongs to a run */
static bool add_to_run(struct pass *p, const struct dd_token *t, enum word w)
{
    struct run *r = &p->run;

    switch (w) {
    case WORD_LONG:
        if (r->long_count < 4) {
            r->longs[r->long_count] = t->at;
        }
        r->long_count++;
        return true;
    case WORD_INT64:
        replace(p, t->at, t->len, "long");
        r->int64_count++;
        return true;
    case WORD_INT:
        r->has_int = true;
        return true;
    case WORD_DOUBLE:
        r->has_double = true;
        return true;
    default:
        return w == WORD_SPECIFIER;
    }
}

/* __FUNCTION__ beside a string literal becomes a literal; elsewhere the compiler knows it */
static void paste_function(struct pass *p, const struct dd_token *t)
{
    const struct dd_token *f = &p->scope.function;

    if (p->scope.depth > 0 && f->len > 0) {
        dd_edits_add(&p->edits, t->at, t->len,
                     dd_xprintf("%s\"%.*s\"", p->text[t->at] == 'L' ? "L" : "", (int)f->len,
                                p->text + f->at));
    }
}

static void functions(struct pass *p, const struct dd_token *t, enum word w)
{
    if (p->pending.len > 0 && (t->kind == DD_TOKEN_STRING || w == WORD_FUNCTION)) {
        paste_function(p, &p->pending);
    }
    p->pending.len = 0;
    if (w != WORD_FUNCTION) {
        return;
    }
    if (p->before.kind == DD_TOKEN_STRING ||
        (p->before.kind == DD_TOKEN_NAME &&
         word_of(p->text + p->before.at, p->before.len) == WORD_FUNCTION)) {
        paste_function(p, t);
    } else {
        p->pending = *t;
    }
}

static void fix_enum(struct pass *p)
{
    char *name = dd_xstrndup(p->text + p->enum_name.at, p->enum_name.len);

    if (p->enum_name.len == 0 || !dd_strings_have(&p->plain, name)) {
        dd_edits_add(&p->edits, p->enum_end, 0, dd_xstrdup(" : int"));
        dd_strings_add_new(&p->fixed, name);
    }
    free(name);
}

/* an enumeration is an int: what the compiler makes of it would depend on its values */
static void enums(struct pass *p, const struct dd_token *t, enum word w)
{
    char c = t->kind == DD_TOKEN_PUNCT ? p->text[t->at] : '\0';

    if (w == WORD_ENUM) {
        const struct dd_token *b = &p->before;

        p->enumeration = ENUM_SEEN;
        p->enum_end = t->at + t->len;
        p->enum_name.len = 0;
        p->enum_first = b->len == 0 || (b->kind == DD_TOKEN_PUNCT && strchr(";{}", p->text[b->at]));
    } else if (p->enumeration == ENUM_SEEN && t->kind == DD_TOKEN_NAME &&
               !dd_token_is(p->text, t, "class") && !dd_token_is(p->text, t, "struct")) {
        p->enumeration = ENUM_NAMED;
        p->enum_name = *t;
        p->enum_end = t->at + t->len;
    } else if (p->enumeration != ENUM_NONE) {
        if (c == '{' || (c == ';' && p->enum_first && p->enum_name.len > 0)) {
            fix_enum(p);
        } else if (c != ':' && p->enum_name.len > 0) {
            char *name = dd_xstrndup(p->text + p->enum_name.at, p->enum_name.len);

            if (!dd_strings_have(&p->fixed, name)) {
                dd_strings_add_new(&p->plain, name);
            }
            free(name);
        }
        p->enumeration = ENUM_NONE;
    }
}

/* operator "" _x(unsigned long long): the only parameter types the language allows */
static void literal_operators(struct pass *p, const struct dd_token *t, enum word w)
{
    char c = t->kind == DD_TOKEN_PUNCT ? p->text[t->at] : '\0';

    if (w == WORD_OPERATOR) {
        p->literal_operator = OPERATOR_SEEN;
    } else if (p->literal_operator == OPERATOR_SEEN) {
        p->literal_operator = t->kind == DD_TOKEN_STRING ? OPERATOR_LITERAL : OPERATOR_NONE;
    } else if (p->literal_operator == OPERATOR_LITERAL && c == '(') {
        p->literal_operator = OPERATOR_PARAMETERS;
        p->operator_parens = 1;
    } else if (p->literal_operator == OPERATOR_PARAMETERS && (c == '(' || c == ')')) {
        p->operator_parens += c == '(' ? 1u : -1u;
        if (p->operator_parens == 0) {
            p->literal_operator = OPERATOR_NONE;
        }
    } else if (c == '{' || c == ';') {
        p->literal_operator = OPERATOR_NONE;
    }
}

static bool exempt(const struct pass *p, const struct dd_token *line)
{
    const char *name = memchr(p->text + line->at, '"', line->len);

    if (!name) {
        return false;
    }
    name++;
    if (*name == '<') {
        return true; /* <built-in> */
    }
    for (size_t i = 0; p->o->exempt[i]; i++) {
        if (strncmp(name, p->o->exempt[i], strlen(p->o->exempt[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_marker(const struct pass *p, const struct dd_token *line)
{
    const char *s = p->text + line->at + 1;

    return line->len > 4 && s[0] == ' ' && s[1] >= '0' && s[1] <= '9';
}

/* to the next marker of a file that is not exempt; whole lines, nothing in them is looked at */
static void skip_exempt(struct pass *p)
{
    const char *at = p->text + p->lex.at, *const end = p->text + p->len;

    while (at < end) {
        const char *line = memchr(at, '\n', (size_t)(end - at));

        if (!line || line + 1 >= end) {
            p->lex.at = p->len;
            return;
        }
        at = line + 1;
        if (*at == '#') {
            struct dd_token t = {.kind = DD_TOKEN_LINE, .at = (size_t)(at - p->text)};
            const char *stop = memchr(at, '\n', (size_t)(end - at));

            t.len = stop ? (size_t)(stop - at) : (size_t)(end - at);
            if (is_marker(p, &t) && !exempt(p, &t)) {
                p->lex.at = t.at + t.len;
                return;
            }
        }
    }
    p->lex.at = p->len;
}

static void one_token(struct pass *p, const struct dd_token *t)
{
    enum word w =
        t->kind == DD_TOKEN_NAME && t->len <= 13 ? word_of(p->text + t->at, t->len) : WORD_OTHER;

    if (!add_to_run(p, t, w)) {
        finish_run(p);
    }
    if (t->kind == DD_TOKEN_NUMBER) {
        dd_pass_literal(p->text + t->at, t->len);
    }
    functions(p, t, w);
    if (p->enumeration != ENUM_NONE || w == WORD_ENUM) {
        enums(p, t, w);
    }
    if (p->literal_operator != OPERATOR_NONE || w == WORD_OPERATOR) {
        literal_operators(p, t, w);
    }
    p->saw_try |= w == WORD_TRY;
    dd_scope_feed(&p->scope, p->text, t);
    p->before = *t;
}

char *dd_pass(const char *text, size_t len, const struct dd_pass_options *options, size_t *ret_len,
              char **ret_why)
{
    struct pass p = {.len = len, .o = options};
    struct dd_token t;
    char *out;

    *ret_why = NULL;
    p.text = dd_xcalloc(len + 1, 1);
    memcpy(p.text, text, len);
    dd_lex_begin(&p.lex, p.text, len, options->cplusplus);
    while ((t = dd_lex_next(&p.lex)).kind != DD_TOKEN_END) {
        if (t.kind != DD_TOKEN_LINE) {
            one_token(&p, &t);
        } else if (is_marker(&p, &t) && exempt(&p, &t)) {
            skip_exempt(&p);
        }
    }
    finish_run(&p);
    dd_strings_done(&p.plain);
    dd_strings_done(&p.fixed);
    if (p.edits.count > 0) {
        out = dd_edits_apply(&p.edits, p.text, len, &len);
        free(p.text);
        p.text = out;
    }
    if (p.saw_try) {
        out = dd_pass_seh(p.text, len, options->cplusplus, &len, ret_why);
        free(p.text);
        p.text = out;
    }
    *ret_len = len;
    return p.text;
}
