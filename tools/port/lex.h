/* SPDX-License-Identifier: MIT */
/* The scanner's own state: lex.c reads tokens, directive.c #ifs, #defines and brackets. */
#ifndef TOOLS_PORT_LEX_H
#define TOOLS_PORT_LEX_H

#include "port_int.h"

#define MAX_DEPTH 400u
#define MAX_IFS   100u

/* An #if that is open: the brackets as they were before it, and as its kept branch left them. */
struct open_if {
    uint32_t first, branch; /* records in conds */
    bool kept_any;
    size_t depth, kept_depth;
    uint32_t *before, *kept; /* copies of the stack */
};

/* a bracket of another branch that the closing one of @kept closes as well */
struct twin {
    uint32_t kept, loose;
};

struct lexer {
    struct dd_source *s;
    const uint16_t *slots;
    const char *base, *end;
    uint32_t *stack; /* open brackets: token indices */
    size_t depth, base_depth;
    struct open_if ifs[MAX_IFS];
    size_t nifs, too_deep;
    struct twin *twins;
    size_t ntwins, twin_cap;
    uint32_t cond;   /* the branch we are in */
    uint32_t define; /* the #define we are in: its token, 0: none */
    bool line_start, failed;
    size_t toks_at_ifndef; /* tokens seen when the last #ifndef was read */
};

void dd_lex_add(struct lexer *l, enum dd_tok_kind kind, size_t at, size_t low);
void dd_lex_open(struct lexer *l, size_t at);
void dd_lex_close(struct lexer *l, size_t at, char c);
const char *dd_lex_directive(struct lexer *l, const char *p);
void dd_lex_define_end(struct lexer *l, size_t at);
void dd_lex_finish(struct lexer *l);

/* where a comment or literal that begins at @p ends */
const char *dd_lex_line_comment(const char *p, const char *end);
const char *dd_lex_block_comment(const char *p, const char *end);
const char *dd_lex_quoted(const char *p, const char *end);

#endif
