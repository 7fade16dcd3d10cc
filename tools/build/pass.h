/* SPDX-License-Identifier: MIT */
/*
 * The pass between preprocessor and compiler: makes text written for Windows' data model mean the
 * same on a host whose `long` has 64 bits.
 *
 *   long -> int, long long and __int64 -> long (one 64-bit type, as sizeof's), 5L -> 5, 5LL -> 5L
 *   "a" __FUNCTION__ -> "a" "name";  enum { } -> enum : int { };  __try and its kin lowered
 *
 * Text that came from a file below one of the exempt folders (our headers, the compiler's own) is
 * left alone, and so are line markers, pragmas and literals: every line stays the line it was, and
 * apart from the last row every column too.
 *
 * What it is not: a parser. It knows tokens, specifier lists, brackets.
 */
#ifndef TOOLS_BUILD_PASS_H
#define TOOLS_BUILD_PASS_H

#include "lex.h"
#include "util.h"

struct dd_pass_options {
    const char *const *exempt; /* path prefixes; NULL-terminated */
    bool cplusplus;
};

/* dd_pass - @text, @len bytes, as the compiler shall see it
 * @ret_why: what cannot be expressed, with its file and line; NULL when all can. The caller frees
 * Return: text to free, also when *ret_why is set */
char *dd_pass(const char *text, size_t len, const struct dd_pass_options *options, size_t *ret_len,
              char **ret_why);

/* dd_pass_literal - rewrite a number's suffix in place; longer it never gets, blanks fill it up */
void dd_pass_literal(char *number, size_t len);

/* dd_pass_seh - lower __try, __except, __finally, __leave. Arguments as for dd_pass() */
char *dd_pass_seh(const char *text, size_t len, bool cplusplus, size_t *ret_len, char **ret_why);

/* dd_pass_blank_markers - line markers become blanks, so that line and column count in the text */
void dd_pass_blank_markers(char *text, size_t len);
/* dd_pass_place - "file:line" of the byte at @at, by the markers before it. The caller frees */
char *dd_pass_place(const char *text, size_t at);

/* ---- within the pass --------------------------------------------------------------------------*/

/* replacements, kept in the order of their places */
struct dd_edit {
    size_t at, del;
    char *put;
};
struct dd_edits {
    struct dd_edit *items;
    size_t count;
};
/* takes @put over */
void dd_edits_add(struct dd_edits *e, size_t at, size_t del, char *put);
/* a new text with all of them made; the list is empty afterwards */
char *dd_edits_apply(struct dd_edits *e, const char *text, size_t len, size_t *ret_len);

/* which function a place is in, and where enumerations begin: fed with every token in order */
struct dd_scope {
    char kinds[256]; /* per open brace: 'n' one that holds declarations, 'f' any other */
    unsigned depth, parens;
    struct dd_token name, previous;
    bool have_name, holds; /* in this declaration: f( was seen; namespace, struct ... was seen */
    struct dd_token function;
};
void dd_scope_feed(struct dd_scope *s, const char *text, const struct dd_token *t);

#endif
