/* SPDX-License-Identifier: MIT */
/* Which function the pass is in, by brackets: enough to say what __FUNCTION__ is. */
#include "pass.h"

#include <stdlib.h>
#include <string.h>

static bool holds_declarations(const struct dd_scope *s)
{
    return s->depth == 0 || (s->depth <= sizeof(s->kinds) && s->kinds[s->depth - 1] == 'n');
}

static bool no_function(const char *text, const struct dd_token *t)
{
    static const char *const words[] = {"__declspec",     "__attribute__", "alignas",  "decltype",
                                        "_Static_assert", "static_assert", "noexcept", "__pragma",
                                        "_Pragma",        "_Alignas"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (dd_token_is(text, t, words[i])) {
            return true;
        }
    }
    return false;
}

static void open_brace(struct dd_scope *s)
{
    char kind = 'f';

    if (holds_declarations(s) && s->parens == 0) {
        if (s->have_name) {
            s->function = s->name;
        } else if (s->holds) {
            kind = 'n';
        }
    }
    if (s->depth < sizeof(s->kinds)) {
        s->kinds[s->depth] = kind;
    }
    s->depth++;
    s->have_name = s->holds = false;
}

static void punct(struct dd_scope *s, const char *text, const struct dd_token *t)
{
    switch (text[t->at]) {
    case '(':
        if (s->parens == 0 && !s->have_name && s->previous.kind == DD_TOKEN_NAME &&
            holds_declarations(s) && !no_function(text, &s->previous)) {
            s->name = s->previous;
            s->have_name = true;
        }
        s->parens++;
        break;
    case ')':
        s->parens -= s->parens > 0;
        break;
    case '{':
        open_brace(s);
        break;
    case '}':
        s->depth -= s->depth > 0;
        s->have_name = s->holds = false;
        if (holds_declarations(s)) {
            s->parens = 0; /* an unmatched one, by a macro gone wrong, does no harm for long */
        }
        break;
    case ';':
        if (s->parens == 0) {
            s->have_name = s->holds = false;
        }
        break;
    default:
        break;
    }
}

void dd_scope_feed(struct dd_scope *s, const char *text, const struct dd_token *t)
{
    static const char *const holders[] = {"namespace", "class", "struct", "union", "extern"};

    if (t->kind == DD_TOKEN_PUNCT) {
        punct(s, text, t);
    } else if (t->kind == DD_TOKEN_NAME && s->parens == 0 && !s->holds && t->len >= 5) {
        for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++) {
            s->holds |= dd_token_is(text, t, holders[i]);
        }
    }
    s->previous = *t;
}
