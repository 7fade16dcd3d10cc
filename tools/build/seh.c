/* SPDX-License-Identifier: MIT */
/*
 * Structured exceptions as plain C over wdm/seh.h. N numbers the __try blocks of a file:
 *
 *   __try {A} __except (f) {C}   {frame N; if (setjmp == 0) {{A} leave_N:;} else {take(f); {C}}}
 *   __try {A} __finally {B}      {frame N; if (setjmp == 0) {A} leave_N:; exit; {B} pass it on}
 *
 * The frame takes itself off the thread's chain when its scope ends, however that happens. In A,
 * __leave is a goto, and return, goto, break and continue out of a __finally first do what B does.
 */
#include "pass.h"

#include <stdlib.h>
#include <string.h>

struct frame {
    struct frame *outer;
    unsigned number;
    size_t from, to;     /* A, without its braces */
    size_t b_from, b_to; /* B of a __finally; 0: an __except */
};

struct seh {
    const char *text;
    size_t len;
    bool cplusplus;
    unsigned frames;
    char *why;
    unsigned quiet; /* > 0: in a copy, which must stay on one line */
};

static void emit(struct seh *s, struct dd_text *out, size_t from, size_t to, struct frame *leave,
                 struct frame *code);

static void refuse(struct seh *s, size_t at, const char *what)
{
    char *place;

    if (!s->why) {
        place = dd_pass_place(s->text, at);
        s->why = dd_xprintf("%s: %s", place, what);
        free(place);
    }
}

static bool is_word(const struct seh *s, const struct dd_token *t, const char *word)
{
    return t->kind == DD_TOKEN_NAME &&
           (dd_token_is(s->text, t, word) ||
            (word[0] == '_' && word[1] == '_' && dd_token_is(s->text, t, word + 1)));
}

static bool is_punct(const struct seh *s, const struct dd_token *t, char c)
{
    return t->kind == DD_TOKEN_PUNCT && s->text[t->at] == c;
}

static size_t match(struct seh *s, size_t open)
{
    return open < s->len ? dd_lex_match(s->text, s->len, open, s->cplusplus) : 0;
}

/* text as it is; in a copy without line markers and line ends */
static void copy(struct seh *s, struct dd_text *out, size_t from, size_t to)
{
    if (!s->quiet) {
        dd_text_add(out, s->text + from, to - from);
        return;
    }
    for (size_t i = from; i < to; i++) {
        if (s->text[i] == '\n' && i + 1 < to && s->text[i + 1] == '#') {
            for (i++; i < to && s->text[i] != '\n'; i++) {
            }
            i--;
        }
        dd_text_add(out, s->text[i] == '\n' ? " " : s->text + i, 1);
    }
}

static void line_break(struct seh *s, struct dd_text *out, size_t from, size_t to)
{
    /* what lay between the parts, so that lines stay in step */
    for (size_t i = from; i < to; i++) {
        if (s->text[i] == '\n') {
            size_t end = i + 1;

            while (s->text[i + 1] == '#' && end < to && s->text[end] != '\n') {
                end++;
            }
            copy(s, out, i, s->text[i + 1] == '#' ? end : i + 1);
            i = end - 1;
        }
    }
}

/* what must happen before control leaves the frames from @inner up to, not with, @stop: each comes
 * off the chain, and a __finally runs, which sees that its block did not end by itself */
static void emit_way_out(struct seh *s, struct dd_text *out, struct frame *inner,
                         const struct frame *stop)
{
    for (struct frame *f = inner; f != stop; f = f->outer) {
        dd_text_printf(out, "DrydockSehExit(&dd_seh_%u); ", f->number);
        if (f->b_from) {
            dd_text_printf(out, "dd_seh_%u.Left = 1; {", f->number);
            s->quiet++;
            emit(s, out, f->b_from, f->b_to, f->outer, f);
            s->quiet--;
            dd_text_puts(out, "} ");
        }
    }
}

/* { typeof(e) r = (e); B; return r; } for every __finally between here and the function */
static void emit_return(struct seh *s, struct dd_text *out, size_t from, size_t end,
                        struct frame *inner)
{
    struct dd_lexer l;
    struct dd_token t;
    bool value;

    dd_lex_begin(&l, s->text, end, s->cplusplus);
    l.at = from;
    t = dd_lex_peek(&l);
    value = t.kind != DD_TOKEN_END && t.at < end;
    dd_text_puts(out, "{ ");
    if (value) {
        dd_text_puts(out, "__typeof__((");
        s->quiet++;
        emit(s, out, from, end, NULL, NULL);
        s->quiet--;
        dd_text_puts(out, ")) dd_seh_value = (");
        emit(s, out, from, end, NULL, NULL);
        dd_text_puts(out, "); ");
    }
    emit_way_out(s, out, inner, NULL);
    dd_text_puts(out, value ? "return dd_seh_value; }" : "return; }");
}

/* is there a __finally between @f and @stop? */
static bool has_finally(const struct frame *f, const struct frame *stop)
{
    while (f != stop && !f->b_from) {
        f = f->outer;
    }
    return f != stop;
}

/* the loop, or (@breaks) the switch, that a break or continue at @at belongs to lies between @from
 * and @at */
static bool inside_loop(struct seh *s, size_t from, size_t at, bool breaks)
{
    bool loops[128] = {false}, header = false;
    unsigned depth = 0, in = 0;
    struct dd_lexer l;
    struct dd_token t;
    int parens = 0;

    dd_lex_begin(&l, s->text, at, s->cplusplus);
    l.at = from;
    while ((t = dd_lex_next(&l)).kind != DD_TOKEN_END) {
        if (is_word(s, &t, "for") || is_word(s, &t, "while") || is_word(s, &t, "do") ||
            (breaks && is_word(s, &t, "switch"))) {
            header = true;
        } else if (is_punct(s, &t, '(') || is_punct(s, &t, ')')) {
            parens += s->text[t.at] == '(' ? 1 : -1;
        } else if (is_punct(s, &t, '{')) {
            if (depth < 128) {
                loops[depth] = header;
                in += header;
            }
            depth++;
            header = false;
        } else if (is_punct(s, &t, '}') && depth > 0) {
            depth--;
            in -= depth < 128 && loops[depth];
            header = false;
        } else if (is_punct(s, &t, ';') && parens == 0) {
            header = false;
        }
    }
    return header || in > 0;
}

/* is the label @name between @from and @to? Not a case, nor a part of ?: */
static bool has_label(struct seh *s, size_t from, size_t to, const struct dd_token *name)
{
    struct dd_token t, before = {0};
    struct dd_lexer l;

    dd_lex_begin(&l, s->text, to, s->cplusplus);
    l.at = from;
    while ((t = dd_lex_next(&l)).kind != DD_TOKEN_END) {
        if (t.kind == DD_TOKEN_NAME && t.len == name->len &&
            memcmp(s->text + t.at, s->text + name->at, t.len) == 0 &&
            (before.len == 0 ||
             (before.kind == DD_TOKEN_PUNCT && strchr(";{}:)", s->text[before.at]) != NULL))) {
            struct dd_token colon = dd_lex_peek(&l);

            if (is_punct(s, &colon, ':') && s->text[colon.at + 1] != ':') {
                return true;
            }
        }
        before = t;
    }
    return false;
}

/* the frame in which a jump at @t stays; NULL: it leaves all */
static struct frame *stays_in(struct seh *s, const struct dd_token *t, const struct dd_token *label,
                              struct frame *inner)
{
    struct frame *f = inner;

    while (f && !(label ? has_label(s, f->from, f->to, label)
                        : inside_loop(s, f->from, t->at, is_word(s, t, "break")))) {
        f = f->outer;
    }
    return f;
}

/* goto, break or continue out of a __finally's block: { B; goto L; }. Returns the place behind, or
 * 0: it leaves none, and stays as it is */
static size_t emit_jump(struct seh *s, struct dd_text *out, size_t done, const struct dd_token *t,
                        struct frame *inner)
{
    bool label = is_word(s, t, "goto");
    struct frame *stop;
    struct dd_lexer l;
    struct dd_token name, end;

    dd_lex_begin(&l, s->text, s->len, s->cplusplus);
    l.at = t->at + t->len;
    name = dd_lex_peek(&l);
    if (label && name.kind == DD_TOKEN_NAME) {
        l.at = name.at + name.len;
    } else if (label) {
        refuse(s, t->at, "goto without a label inside __try is not supported");
        return s->len;
    }
    end = dd_lex_peek(&l);
    stop = stays_in(s, t, label ? &name : NULL, inner);
    if (!is_punct(s, &end, ';') || !has_finally(inner, stop)) {
        return 0;
    }
    copy(s, out, done, t->at);
    dd_text_puts(out, "{ ");
    emit_way_out(s, out, inner, stop);
    copy(s, out, t->at, end.at + 1);
    dd_text_puts(out, " }");
    return end.at + 1;
}

/* __except ( filter ) { C }; returns the place behind */
static size_t emit_except(struct seh *s, struct dd_text *out, struct frame *f, size_t a_end,
                          size_t word_end, struct frame *outer)
{
    struct dd_lexer l;
    struct dd_token open;
    size_t filter_end, c_open, c_end;

    dd_lex_begin(&l, s->text, s->len, s->cplusplus);
    l.at = word_end;
    open = dd_lex_peek(&l);
    filter_end = is_punct(s, &open, '(') ? match(s, open.at) : 0;
    l.at = filter_end;
    c_open = filter_end ? dd_lex_peek(&l).at : 0;
    c_end = filter_end && c_open < s->len && s->text[c_open] == '{' ? match(s, c_open) : 0;
    if (!c_end) {
        refuse(s, word_end, "__except without ( filter ) { ... }");
        return s->len;
    }
    dd_text_printf(out, " dd_leave_%u:; }", f->number);
    line_break(s, out, a_end, open.at);
    dd_text_printf(out, " else { DrydockSehTake(&dd_seh_%u, ", f->number);
    emit(s, out, open.at, filter_end, outer, f);
    dd_text_puts(out, ");");
    emit(s, out, filter_end, c_end, outer, f);
    dd_text_puts(out, "} }");
    return c_end;
}

static size_t emit_finally(struct seh *s, struct dd_text *out, struct frame *f, size_t a_end,
                           size_t b_end, struct frame *outer)
{
    dd_text_printf(out, "} dd_leave_%u:; DrydockSehExit(&dd_seh_%u);", f->number, f->number);
    line_break(s, out, a_end, f->b_from);
    dd_text_puts(out, "{");
    emit(s, out, f->b_from, f->b_to, outer, f);
    dd_text_printf(out, "} DrydockSehContinue(&dd_seh_%u); }", f->number);
    return b_end;
}

/* from __try on; returns the place behind the whole statement */
static size_t emit_try(struct seh *s, struct dd_text *out, const struct dd_token *word,
                       struct frame *outer, struct frame *code)
{
    struct frame f = {.outer = outer, .number = ++s->frames};
    size_t a_open, a_end, b_open, b_end;
    struct dd_lexer l;
    struct dd_token t;

    dd_lex_begin(&l, s->text, s->len, s->cplusplus);
    l.at = word->at + word->len;
    a_open = dd_lex_peek(&l).at;
    a_end = a_open < s->len && s->text[a_open] == '{' ? match(s, a_open) : 0;
    if (!a_end) {
        refuse(s, word->at, "__try without { ... }");
        return s->len;
    }
    l.at = a_end;
    t = dd_lex_peek(&l);
    if (!is_word(s, &t, "__except") && !is_word(s, &t, "__finally")) {
        refuse(s, word->at, "__try without __except or __finally");
        return s->len;
    }
    l.at = t.at + t.len;
    b_open = dd_lex_peek(&l).at;
    b_end = is_word(s, &t, "__finally") && b_open < s->len && s->text[b_open] == '{'
                ? match(s, b_open)
                : 0;
    if (is_word(s, &t, "__finally")) {
        if (!b_end) {
            refuse(s, t.at, "__finally without { ... }");
            return s->len;
        }
        f.b_from = b_open + 1;
        f.b_to = b_end - 1;
    }
    f.from = a_open + 1;
    f.to = a_end - 1;
    dd_text_printf(out,
                   "{ __attribute__((cleanup(DrydockSehExit))) struct DrydockSehFrame dd_seh_%u = "
                   "{{0}, 0, 0, 0}; if ((DrydockSehPush(&dd_seh_%u), "
                   "__builtin_setjmp(dd_seh_%u.Jump) == 0)) {",
                   f.number, f.number, f.number);
    line_break(s, out, word->at + word->len, a_open);
    dd_text_puts(out, "{");
    emit(s, out, f.from, f.to, &f, code);
    dd_text_puts(out, "}");
    return f.b_from ? emit_finally(s, out, &f, a_end, b_end, outer)
                    : emit_except(s, out, &f, a_end, t.at + t.len, outer);
}

/* the functions of a handler: which frame they ask is known only here */
static const char *handler_function(struct seh *s, const struct dd_token *t)
{
    static const struct {
        const char *name, *put;
    } known[] = {{"AbnormalTermination", "DrydockSehAbnormal"},
                 {"__abnormal_termination", "DrydockSehAbnormal"},
                 {"GetExceptionCode", "DrydockSehCode"},
                 {"__exception_code", "DrydockSehCode"},
                 {"GetExceptionInformation", "DrydockSehInformation"},
                 {"__exception_info", "DrydockSehInformation"}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (is_word(s, t, known[i].name)) {
            return known[i].put;
        }
    }
    return NULL;
}

static void emit(struct seh *s, struct dd_text *out, size_t from, size_t to, struct frame *leave,
                 struct frame *code)
{
    size_t done = from;
    struct dd_lexer l;
    struct dd_token t;
    const char *function;

    dd_lex_begin(&l, s->text, to, s->cplusplus);
    l.at = from;
    l.line_start = from == 0 || s->text[from - 1] == '\n';
    while (!s->why && (t = dd_lex_next(&l)).kind != DD_TOKEN_END) {
        size_t next = t.at + t.len;

        if (t.kind != DD_TOKEN_NAME) {
            continue;
        }
        if (is_word(s, &t, "__try")) {
            copy(s, out, done, t.at);
            next = emit_try(s, out, &t, leave, code);
        } else if (leave && is_word(s, &t, "__leave")) {
            copy(s, out, done, t.at);
            dd_text_printf(out, "goto dd_leave_%u", leave->number);
        } else if (has_finally(leave, NULL) && is_word(s, &t, "return")) {
            struct dd_token end = t;

            copy(s, out, done, t.at);
            while (end.kind != DD_TOKEN_END && !is_punct(s, &end, ';')) {
                end = dd_lex_next(&l);
            }
            emit_return(s, out, next, end.at, leave);
            next = end.at + end.len;
        } else if (code && (function = handler_function(s, &t)) != NULL) {
            copy(s, out, done, t.at);
            l.at = next;
            next = dd_lex_peek(&l).at;
            next = next < to && s->text[next] == '(' ? match(s, next) : t.at + t.len;
            dd_text_printf(out, "%s(&dd_seh_%u)", function, code->number);
        } else if (leave && (is_word(s, &t, "goto") || is_word(s, &t, "break") ||
                             is_word(s, &t, "continue"))) {
            next = emit_jump(s, out, done, &t, leave);
            if (next == 0) {
                continue;
            }
        } else {
            continue;
        }
        if (next > to) {
            refuse(s, t.at, "brackets that do not match");
            return;
        }
        done = next;
        l.at = next;
        l.line_start = false;
    }
    copy(s, out, done, to);
}

char *dd_pass_seh(const char *text, size_t len, bool cplusplus, size_t *ret_len, char **ret_why)
{
    struct seh s = {.text = text, .len = len, .cplusplus = cplusplus};
    struct dd_text out = {0};

    dd_text_add(&out, "", 0);
    emit(&s, &out, 0, len, NULL, NULL);
    *ret_why = s.why;
    *ret_len = out.len;
    return out.p;
}
