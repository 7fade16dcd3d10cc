/* SPDX-License-Identifier: MIT */
/*
 * What MSVC takes and clang does not, put into words clang takes. Nothing is guessed from the text:
 * clang says where, a fixed list of its messages says what. With the line markers blanked, a line
 * and column is a place in the text.
 *
 * A call with a wrong number of arguments is not on the list: it is wrong for MSVC too.
 */
#include "build.h"

#include "pass.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ROUNDS 8

struct repair {
    const struct dd_unit *u;
    const char *text;
    size_t len;
    size_t *lines; /* where each line begins */
    size_t line_count;
    struct dd_edits edits;
    struct dd_text *notes;
    struct dd_strings *seen; /* functions whose parameters were dropped */
};

static void index_lines(struct repair *r)
{
    size_t room = 1024;

    r->lines = dd_xrealloc(NULL, room * sizeof(size_t));
    r->line_count = 0;
    for (const char *p = r->text; p; p = memchr(p, '\n', r->len - (size_t)(p - r->text))) {
        p += r->line_count > 0;
        if (r->line_count == room) {
            room *= 2;
            r->lines = dd_xrealloc(r->lines, room * sizeof(size_t));
        }
        r->lines[r->line_count++] = (size_t)(p - r->text);
    }
}

/* the place, or r->len: outside */
static size_t place(const struct repair *r, unsigned line, unsigned column)
{
    if (line == 0 || line > r->line_count || column == 0) {
        return r->len;
    }
    return r->lines[line - 1] + column - 1 <= r->len ? r->lines[line - 1] + column - 1 : r->len;
}

static void note(struct repair *r, size_t at, const char *what, const char *name, int name_len)
{
    char *where = dd_pass_place(r->text, at);

    dd_text_printf(r->notes, "%s: note: MSVC accepts this: ", dd_short_path(where));
    dd_text_printf(r->notes, what, name_len, name);
    dd_text_puts(r->notes, "\n");
    free(where);
}

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$';
}

static size_t name_end(const struct repair *r, size_t at)
{
    while (at < r->len && is_name_char(r->text[at])) {
        at++;
    }
    return at;
}

static bool edited(const struct repair *r, size_t from, size_t to)
{
    for (size_t i = 0; i < r->edits.count; i++) {
        const struct dd_edit *e = &r->edits.items[i];

        if (e->at < to + 1 && e->at + e->del + 1 > from) {
            return true;
        }
    }
    return false;
}

/* ---- a prototype that differs from its definition --------------------------------------------- */

/* where the declaration begins that the name at @at belongs to: behind ; } { or a # line */
static size_t declaration_start(const struct repair *r, size_t at)
{
    size_t start = at;

    while (start > 0 && !strchr(";{}", r->text[start - 1])) {
        start--;
    }
    for (size_t line = start; line < at;) {
        const char *end = memchr(r->text + line, '\n', at - line);

        if (!end) {
            break;
        }
        if (r->text[line] == '#') {
            start = (size_t)(end - r->text) + 1;
        }
        line = (size_t)(end - r->text) + 1;
    }
    return start + strspn(r->text + start, " \t\r\n");
}

static void add_on_one_line(struct dd_text *out, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '\n' && i + 1 < len && s[i + 1] == '#') {
            while (++i < len && s[i] != '\n') {
            }
        }
        dd_text_add(out, i < len && s[i] != '\n' && s[i] != '\r' ? s + i : " ", 1);
    }
}

/* the end of the declaration that the name at @declared is in: its semicolon. r->len: it is a
 * definition, or declares several names */
static size_t declaration_end(const struct repair *r, size_t declared)
{
    for (size_t end = declared; end < r->len; end++) {
        if (r->text[end] == ';') {
            return end;
        }
        if (strchr("{},", r->text[end])) {
            break;
        }
        if (r->text[end] == '(') {
            end = dd_lex_match(r->text, r->len, end, false);
            if (!end) {
                break;
            }
            end--;
        }
    }
    return r->len;
}

/* where the first thing at file level begins that uses the name, from @from on: there every type of
 * the definition is known. At last it is the definition */
static size_t first_user(const struct repair *r, size_t from, size_t defined)
{
    size_t item = 0, n = name_end(r, defined) - defined;
    unsigned depth = 0;
    struct dd_lexer l;
    struct dd_token t;

    dd_lex_begin(&l, r->text, r->len, false);
    l.at = from;
    while ((t = dd_lex_next(&l)).kind != DD_TOKEN_END && t.at <= defined) {
        if (t.kind == DD_TOKEN_LINE) {
            continue;
        }
        if (!item) {
            item = t.at;
        }
        if (t.kind == DD_TOKEN_NAME && t.len == n &&
            memcmp(r->text + t.at, r->text + defined, n) == 0) {
            return item;
        }
        if (t.kind == DD_TOKEN_PUNCT) {
            char c = r->text[t.at];

            depth += c == '{';
            depth -= c == '}' && depth > 0;
            if (depth == 0 && (c == ';' || c == '}')) {
                item = 0;
            }
        }
    }
    return item ? item : defined;
}

/* blanks for the declaration; its line ends and markers stay */
static char *emptied(const struct repair *r, size_t start, size_t end)
{
    struct dd_text put = {0};

    dd_text_add(&put, "", 0);
    for (size_t at = start; at < end; at++) {
        if (r->text[at] == '\n') {
            size_t stop = at + 1;

            while (r->text[at + 1] == '#' && stop < end && r->text[stop] != '\n') {
                stop++;
            }
            dd_text_add(&put, r->text + at, stop - at);
            at = stop - 1;
        }
    }
    return put.p;
}

/* the declaration goes; what the definition says comes before its first user */
static bool rewrite_declaration(struct repair *r, size_t declared, size_t defined, bool with_params)
{
    size_t start = declaration_start(r, declared), def = declaration_start(r, defined);
    size_t open = name_end(r, defined), close, end = declaration_end(r, declared);
    static const char exported[] = "__attribute__((visibility(\"default\"))) ";
    struct dd_text put = {0};

    open += strspn(r->text + open, " \t\r\n");
    close = open < r->len && r->text[open] == '(' ? dd_lex_match(r->text, r->len, open, false) : 0;
    if (!close || end >= r->len || declared > defined || edited(r, start, end)) {
        return false;
    }
    if (memmem(r->text + start, end - start, "\"default\"", 9)) {
        dd_text_puts(&put, exported);
    }
    add_on_one_line(&put, r->text + def, defined - def);
    dd_text_add(&put, r->text + defined, name_end(r, defined) - defined);
    if (with_params) {
        add_on_one_line(&put, r->text + open, close - open);
    } else {
        dd_text_puts(&put, "()");
    }
    dd_text_puts(&put, "; ");
    dd_edits_add(&r->edits, start, end - start, emptied(r, start, end));
    dd_edits_add(&r->edits, first_user(r, end + 1, defined), 0, put.p);
    return true;
}

static void prototype(struct repair *r, const struct dd_diagnostic *d, const char *next_line)
{
    size_t defined = place(r, d->line, d->column), declared;
    struct dd_diagnostic before;
    size_t n = name_end(r, defined) - defined;
    char *name = dd_xstrndup(r->text + (defined < r->len ? defined : 0), n);
    bool again = dd_strings_have(r->seen, name);

    if (n > 0 && dd_diagnostic_parse(next_line, &before) &&
        strncmp(before.message, "previous declaration", 20) == 0) {
        declared = place(r, before.line, before.column);
        if (rewrite_declaration(r, declared, defined, again)) {
            if (!again) {
                dd_strings_add(r->seen, name);
                note(r, declared, "the prototype of %.*s differs from its definition", name,
                     (int)n);
            }
        }
    }
    free(name);
}

/* ---- casts that are assigned to --------------------------------------------------------------- */

/* ((T)(U)x) or (T)x at @from..@to becomes (*(T *)&*(U *)&x); false when it is no cast */
static bool rewrite_cast(struct repair *r, size_t from, size_t to)
{
    struct dd_text put = {0};
    size_t at = from, casts = 0, closing = 0;

    while (at < to && r->text[at] == '(') {
        size_t behind = dd_lex_match(r->text, r->len, at, r->u->cplusplus);
        size_t next = behind + strspn(r->text + behind, " \t\r\n");

        if (!behind || behind > to) {
            break;
        }
        if (next >= to || strchr(".-[", r->text[next])) { /* parentheses around the whole */
            if (behind < to) {
                break;
            }
            at += 1 + strspn(r->text + at + 1, " \t\r\n");
            to = behind - 1;
            closing++;
            continue;
        }
        dd_text_puts(&put, "*(");
        add_on_one_line(&put, r->text + at + 1, behind - at - 2);
        dd_text_puts(&put, " *)&");
        at = next;
        casts++;
    }
    if (casts == 0 || edited(r, from, to + closing)) {
        dd_text_done(&put);
        return false;
    }
    dd_text_puts(&put, "");
    {
        struct dd_text whole = {0};

        dd_text_puts(&whole, "(");
        dd_text_puts(&whole, put.p);
        dd_text_add(&whole, r->text + at, to - at);
        dd_text_puts(&whole, ")");
        for (size_t i = from; i < at; i++) {
            dd_text_puts(&whole, r->text[i] == '\n' ? "\n" : "");
        }
        dd_text_done(&put);
        put = whole;
    }
    dd_edits_add(&r->edits, from, to + closing - from, put.p);
    return true;
}

static void lvalue_cast(struct repair *r, const struct dd_diagnostic *d)
{
    size_t from = place(r, d->range_from[0], d->range_from[1]);
    size_t to = place(r, d->range_to[0], d->range_to[1]);

    /* ++(T)x: the first range is the operand for some forms, the operator for others */
    if (from < to && to < r->len && rewrite_cast(r, from, to)) {
        note(r, from, "a cast is assigned to%.*s", "", 0);
    }
}

/* ---- unsigned short(x) ------------------------------------------------------------------------ */

static void function_cast(struct repair *r, const struct dd_diagnostic *d)
{
    size_t from = place(r, d->range_from[0], d->range_from[1]);
    size_t open = place(r, d->line, d->column);

    if (from >= open) {
        return;
    }
    /* the place is the second word of the type: on to its parenthesis */
    while (open < r->len &&
           (is_name_char(r->text[open]) || isspace((unsigned char)r->text[open]))) {
        open++;
    }
    if (open < r->len && r->text[open] == '(' && !edited(r, from, open)) {
        dd_edits_add(&r->edits, from, 0, dd_xstrdup("("));
        dd_edits_add(&r->edits, open, 0, dd_xstrdup(")"));
        note(r, from, "a type of several words as a function%.*s", "", 0);
    }
}

/* ---- an enumerator above 0x7fffffff, which is negative on Windows ------------------------------ */

static void enumerator(struct repair *r, const struct dd_diagnostic *d)
{
    size_t from = name_end(r, place(r, d->line, d->column)), end;
    struct dd_lexer l;
    struct dd_token t;

    dd_lex_begin(&l, r->text, r->len, r->u->cplusplus);
    l.at = from;
    l.line_start = false;
    t = dd_lex_next(&l);
    if (t.kind != DD_TOKEN_PUNCT || r->text[t.at] != '=') {
        return;
    }
    from = t.at + 1;
    while ((t = dd_lex_next(&l)).kind != DD_TOKEN_END) {
        if (t.kind == DD_TOKEN_PUNCT && r->text[t.at] == '(') {
            end = dd_lex_match(r->text, r->len, t.at, r->u->cplusplus);
            l.at = end ? end : r->len;
        } else if (t.kind == DD_TOKEN_PUNCT && strchr(",}", r->text[t.at])) {
            break;
        }
    }
    if (t.kind != DD_TOKEN_END && !edited(r, from, t.at)) {
        dd_edits_add(&r->edits, from, 0, dd_xstrdup(" (int)("));
        dd_edits_add(&r->edits, t.at, 0, dd_xstrdup(")"));
    }
}

static bool says(const struct dd_diagnostic *d, const char *what)
{
    return d->message_len >= strlen(what) && strncmp(d->message, what, strlen(what)) == 0;
}

static void one_round(struct repair *r, const char *lines)
{
    for (const char *line = lines; line && *line; line = strchr(line, '\n')) {
        struct dd_diagnostic d;
        const char *next;

        line += *line == '\n';
        next = strchr(line, '\n');
        if (!dd_diagnostic_parse(line, &d) || d.kind[0] == 'n') {
            continue;
        }
        if (says(&d, "conflicting types for") && !r->u->cplusplus) {
            prototype(r, &d, next ? next + 1 : "");
        } else if (says(&d, "assignment to cast is illegal") ||
                   says(&d, "expression is not assignable")) {
            lvalue_cast(r, &d);
        } else if (says(&d, "expected '(' for function-style cast")) {
            function_cast(r, &d);
        } else if (says(&d, "enumerator value ")) {
            enumerator(r, &d);
        }
    }
}

char *dd_repair(const struct dd_build *b, const struct dd_unit *u, char *text, size_t *len,
                struct dd_text *notes)
{
    struct dd_strings argv = {0}, seen = {0};

    dd_flags_compile(b, u, true, &argv);
    for (int round = 0; round < MAX_ROUNDS; round++) {
        struct repair r = {.u = u, .text = text, .len = *len, .notes = notes, .seen = &seen};
        struct dd_text err = {0};
        char *blank = dd_xcalloc(*len + 1, 1), *changed;
        int status;

        memcpy(blank, text, *len);
        dd_pass_blank_markers(blank, *len);
        status = dd_process_run(&argv, blank, *len, NULL, &err);
        free(blank);
        if (status > 0 && status < 128) {
            index_lines(&r);
            one_round(&r, err.p);
            free(r.lines);
        }
        dd_text_done(&err);
        if (r.edits.count == 0) {
            break;
        }
        changed = dd_edits_apply(&r.edits, text, *len, len);
        free(text);
        text = changed;
    }
    dd_strings_done(&argv);
    dd_strings_done(&seen);
    return text;
}
