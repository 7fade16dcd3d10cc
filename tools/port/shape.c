/* SPDX-License-Identifier: MIT */
/*
 * Functions and structures: what stands before a { at file level. K&R definitions, heads split by
 * #if, SAL and IN/OUT are all taken; nothing has to be declared.
 */
#include "port_int.h"

#include <errno.h>

static bool open_is(const struct dd_source *s, uint32_t i, char c)
{
    return tok_is_kind(s, i, TOK_OPEN) && s->bytes[s->toks[i].at] == c;
}

static bool close_is(const struct dd_source *s, uint32_t i, char c)
{
    return tok_is_kind(s, i, TOK_CLOSE) && s->bytes[s->toks[i].at] == c;
}

/* words before a ( that are no function's name: SAL, attributes, keywords */
static bool is_annotation(const struct dd_source *s, uint32_t i)
{
    static const char *const words[] = {"__declspec", "__attribute__", "__drv_aliasesMem",
                                        "if",         "while",         "for",
                                        "switch",     "return",        "sizeof",
                                        "noexcept",   "alignas",       "__pragma"};
    const char *p = s->bytes + s->toks[i].at;
    uint32_t n = tok_len(s, i);

    for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
        if (tok_same(s, i, words[k], strlen(words[k]))) {
            return true;
        }
    }
    return (n > 2 && p[0] == '_' && p[n - 1] == '_') || (n > 6 && memcmp(p, "__drv_", 6) == 0);
}

/* the ( of the parameters in a head [first, end), 0: this is no function */
static uint32_t find_params(const struct dd_source *s, uint32_t first, uint32_t end)
{
    uint32_t found = 0;

    for (uint32_t i = first; i < end; i++) {
        if (tok_is(s, i, "=") || tok_is(s, i, "operator")) {
            return 0;
        }
        if (tok_is(s, i, ":")) {
            break; /* initializers of a constructor */
        }
        if (!tok_is_kind(s, i, TOK_OPEN)) {
            continue;
        }
        if (open_is(s, i, '(') && i > first && tok_is_kind(s, i - 1, TOK_IDENT) &&
            !is_annotation(s, i - 1)) {
            found = i;
        }
        i = tok_match(s, i);
    }
    return found;
}

/* a K&R head: name(a, b) int a; char *b; {   the { is at @open. Returns the ( or 0 */
static uint32_t find_old_params(const struct dd_source *s, uint32_t open)
{
    uint32_t i = open - 1, limit = open > 200 ? open - 200 : 1;

    if (!tok_is(s, i, ";")) {
        return 0;
    }
    while (i > limit && !close_is(s, i, ')')) {
        bool plain = tok_is_kind(s, i, TOK_IDENT) || tok_is_kind(s, i, TOK_NUMBER) ||
                     tok_is(s, i, "*") || tok_is(s, i, ",") || tok_is(s, i, ";") ||
                     open_is(s, i, '[') || close_is(s, i, ']');

        if (!plain) {
            return 0;
        }
        i--;
    }
    if (i <= limit || tok_match(s, i) == i || !tok_is_kind(s, i + 1, TOK_IDENT)) {
        return 0;
    }
    i = tok_match(s, i);
    for (uint32_t k = i + 1; k < tok_match(s, i); k++) {
        if (!tok_is_kind(s, k, TOK_IDENT) && !tok_is(s, k, ",")) {
            return 0;
        }
    }
    return i > 1 && tok_is_kind(s, i - 1, TOK_IDENT) && !is_annotation(s, i - 1) ? i : 0;
}

/* where the head with the ( at @params begins: behind the ; } or #define before it */
static uint32_t head_start(const struct dd_source *s, uint32_t params)
{
    uint32_t i = params;

    while (i > 1 && !tok_is(s, i - 1, ";") && !close_is(s, i - 1, '}') &&
           !tok_is_kind(s, i - 1, TOK_DEFINE_END) && !open_is(s, i - 1, '{')) {
        uint32_t m = tok_match(s, i - 1);

        i = m < i - 1 ? m : i - 1;
    }
    return i;
}

static int add_func(struct dd_source *s, uint32_t params, uint32_t open)
{
    struct dd_func *funcs = dd_grow(s->funcs, s->nfuncs, &s->func_cap, sizeof(*funcs));
    uint32_t close = tok_match(s, open);

    if (!funcs) {
        return -ENOMEM;
    }
    s->funcs = funcs;
    funcs[s->nfuncs++] = (struct dd_func){.head = head_start(s, params),
                                          .name = params - 1,
                                          .params = params,
                                          .open = open,
                                          .close = close > open ? close : (uint32_t)s->ntok - 1};
    return 0;
}

static bool has_word(const struct dd_source *s, uint32_t first, uint32_t end, const char *a,
                     const char *b, const char *c)
{
    for (uint32_t i = first; i < end; i++) {
        if (tok_is(s, i, a) || tok_is(s, i, b) || tok_is(s, i, c)) {
            return true;
        }
    }
    return false;
}

static int add_struct(struct dd_source *s, uint32_t head, uint32_t open)
{
    struct dd_struct *list = dd_grow(s->structs, s->nstructs, &s->struct_cap, sizeof(*list));
    uint32_t close = tok_match(s, open), end;

    if (!list) {
        return -ENOMEM;
    }
    s->structs = list;
    close = close > open ? close : (uint32_t)s->ntok - 1;
    end = close;
    while (end + 1 < s->ntok && end < close + 40 && !tok_is(s, end, ";")) {
        end++;
    }
    list[s->nstructs++] = (struct dd_struct){.head = head,
                                             .open = open,
                                             .close = close,
                                             .names = close + 1 < s->ntok ? close + 1 : close,
                                             .names_end = end,
                                             .tag = tok_is_kind(s, open - 1, TOK_IDENT) &&
                                                            !tok_is(s, open - 1, "struct")
                                                        ? open - 1
                                                        : PORT_NONE};
    return 0;
}

/* the { at @i with the head [start, i). Returns the token to go on at, 0: no memory */
static uint32_t brace(struct dd_source *s, uint32_t start, uint32_t i, uint32_t *ret_start)
{
    uint32_t params = find_params(s, start, i), m = tok_match(s, i);
    bool function = params != 0;
    int r = 0;

    if (!function && (params = find_old_params(s, i)) != 0) {
        function = true;
    }
    if (function) {
        r = add_func(s, params, i);
        *ret_start = m > i ? m + 1 : (uint32_t)s->ntok;
        return r < 0 ? 0 : *ret_start;
    }
    if (has_word(s, start, i, "struct", "union", "class")) {
        r = add_struct(s, start, i);
        return r < 0 ? 0 : (m > i ? m + 1 : i + 1);
    }
    if ((i > start && tok_is_kind(s, i - 1, TOK_STRING)) ||
        has_word(s, start, i, "namespace", "extern", "__cplusplus")) {
        *ret_start = i + 1; /* what is inside is file level too */
        return i + 1;
    }
    return m > i ? m + 1 : i + 1;
}

int dd_shape(struct dd_source *s)
{
    uint32_t i = 1, start = 1, end = (uint32_t)s->ntok - 1;

    s->nfuncs = s->nstructs = 0;
    while (i < end) {
        uint32_t m = tok_match(s, i);

        if (tok_is_kind(s, i, TOK_DEFINE)) {
            uint32_t next = tok_low(s->toks[i]) + 1;

            start = start == i ? next : start;
            i = next > i ? next : i + 1;
        } else if (open_is(s, i, '{')) {
            i = brace(s, start, i, &start);
            if (i == 0) {
                return -ENOMEM;
            }
        } else if (tok_is(s, i, ";") || close_is(s, i, '}')) {
            start = ++i;
        } else {
            i = m > i ? m + 1 : i + 1;
        }
    }
    return 0;
}

/* --- questions --- */

bool dd_args_at(const struct dd_source *s, uint32_t open, struct dd_args *a)
{
    uint32_t close = tok_match(s, open);

    if (!open_is(s, open, '(') || close == open) {
        return false;
    }
    *a = (struct dd_args){.open = open, .close = close};
    if (close == open + 1) {
        return true;
    }
    a->count = 1;
    a->first[0] = open + 1;
    for (uint32_t i = open + 1; i < close; i++) {
        if (tok_is(s, i, ",")) {
            if (a->count >= 16) {
                return false;
            }
            a->last[a->count - 1] = i - 1;
            a->first[a->count++] = i + 1;
        }
        i = tok_match(s, i) > i && tok_match(s, i) < close ? tok_match(s, i) : i;
    }
    a->last[a->count - 1] = close - 1;
    return true;
}

const struct dd_func *dd_func_at(const struct dd_source *s, uint32_t tok)
{
    size_t lo = 0, hi = s->nfuncs;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;

        if (s->funcs[mid].head <= tok) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo > 0 && tok <= s->funcs[lo - 1].close ? &s->funcs[lo - 1] : NULL;
}

const struct dd_func *dd_func_named(const struct dd_source *s, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < s->nfuncs; i++) {
        if (tok_same(s, s->funcs[i].name, name, n)) {
            return &s->funcs[i];
        }
    }
    return NULL;
}

uint32_t dd_define_at(const struct dd_source *s, uint32_t tok)
{
    size_t lo = 0, hi = s->ndefines;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;

        if (s->defines[mid] <= tok) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo > 0 && tok <= tok_low(s->toks[s->defines[lo - 1]]) ? s->defines[lo - 1] : 0;
}

uint32_t dd_tok_before(const struct dd_source *s, uint32_t at)
{
    size_t lo = 0, hi = s->ntok;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;

        if (s->toks[mid].at <= at) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo > 0 ? (uint32_t)lo - 1 : 0;
}

/* the identifier that declares @name in a function: "TYPE *name" in parameters or body. 0: none */
uint32_t dd_decl_of(const struct dd_source *s, const struct dd_func *f, const char *name,
                    size_t len)
{
    for (uint32_t i = f->head; i < f->close; i++) {
        uint32_t t = i - 1;

        if (!tok_is_kind(s, i, TOK_IDENT) || !tok_same(s, i, name, len)) {
            continue;
        }
        while (t > f->head && (tok_is(s, t, "*") || tok_is(s, t, "const") ||
                               tok_is(s, t, "volatile") || tok_is(s, t, "CONST"))) {
            t--;
        }
        if (t >= f->head && tok_is_kind(s, t, TOK_IDENT) && !tok_is(s, t, "return") &&
            !tok_is(s, t, "sizeof") && !tok_is(s, t, "goto") && !tok_is(s, t, "case") &&
            (tok_is(s, i + 1, ";") || tok_is(s, i + 1, "=") || tok_is(s, i + 1, ",") ||
             tok_is(s, i + 1, ")") || tok_is(s, i + 1, "["))) {
            return i;
        }
    }
    return 0;
}

/* the token of member @name in a structure, 0: none */
uint32_t dd_member_of(const struct dd_source *s, const struct dd_struct *st, const char *name,
                      size_t len)
{
    for (uint32_t i = st->open + 1; i < st->close; i++) {
        if (tok_is_kind(s, i, TOK_IDENT) && tok_same(s, i, name, len) && i > st->open + 1 &&
            (tok_is(s, i + 1, ";") || tok_is(s, i + 1, ",") || tok_is(s, i + 1, "[") ||
             tok_is(s, i + 1, ":"))) {
            return i;
        }
    }
    return 0;
}
