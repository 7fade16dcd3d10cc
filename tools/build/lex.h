/* SPDX-License-Identifier: MIT */
/*
 * The tokens of preprocessed C and C++, as far as the pass must tell them apart. A line that begins
 * with # (a line marker, a pragma) is one token.
 */
#ifndef TOOLS_BUILD_LEX_H
#define TOOLS_BUILD_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum dd_token_kind {
    DD_TOKEN_END,
    DD_TOKEN_NAME,   /* identifier or keyword */
    DD_TOKEN_NUMBER, /* a pp-number */
    DD_TOKEN_STRING, /* with its prefix; raw strings whole */
    DD_TOKEN_CHAR,
    DD_TOKEN_LINE, /* # to the end of the line, without it */
    DD_TOKEN_PUNCT /* one character */
};

struct dd_token {
    enum dd_token_kind kind;
    size_t at, len;
};

struct dd_lexer {
    const char *text;
    size_t len, at;
    bool cplusplus;
    bool line_start; /* only white space since the line began */
};

void dd_lex_begin(struct dd_lexer *l, const char *text, size_t len, bool cplusplus);
/* the next token; at the end one of kind DD_TOKEN_END, again and again */
struct dd_token dd_lex_next(struct dd_lexer *l);
/* the token behind @l's place that is no line, without moving */
struct dd_token dd_lex_peek(const struct dd_lexer *l);
/* is token t of text the word (or one character) s? */
bool dd_token_is(const char *text, const struct dd_token *t, const char *s);
/* dd_lex_match - the place behind the bracket that closes the one at @open, or 0: it never does */
size_t dd_lex_match(const char *text, size_t len, size_t open, bool cplusplus);

#endif
