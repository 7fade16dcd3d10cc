/* SPDX-License-Identifier: MIT */
/*
 * dma-halt-dereg: the deregistration NDIS 5 never had. It is missing in the halt handler, and on
 * every way out of initialize that fails after the registration, also in the callers of a function
 * that registers.
 */
#include "port_int.h"

#include <errno.h>

/* functions that give the registration back, by their interned names */
struct givers {
    const char *names[64];
    size_t count;
};

static bool gives_back(const struct dd_source *s, uint32_t i)
{
    return tok_name(s, i) != 0 && (tok_is(s, i, "NdisMDeregisterScatterGatherDma") ||
                                   tok_is(s, i, "NdisMFreeMapRegisters"));
}

static int find_givers(struct drydock_port *port, struct givers *g)
{
    int r = 0;

    for (size_t i = 0; i < port->nsources; i++) {
        const struct dd_source *s = dd_source_load(port, i, &r);

        if (!s) {
            return r;
        }
        for (uint32_t k = 1; k < s->ntok && g->count < 64; k++) {
            const struct dd_func *f = gives_back(s, k) ? dd_func_at(s, k) : NULL;
            const char *name = f ? dd_tok_text(port, s, f->name) : NULL;

            if (name && (g->count == 0 || g->names[g->count - 1] != name)) {
                g->names[g->count++] = name;
            }
        }
    }
    return 0;
}

/* does the function deregister, or call one that does? */
static bool func_gives_back(const struct givers *g, const struct dd_source *s,
                            const struct dd_func *f)
{
    for (uint32_t i = f->open; i < f->close; i++) {
        if (gives_back(s, i)) {
            return true;
        }
        for (size_t k = 0; k < g->count && tok_is_kind(s, i, TOK_IDENT); k++) {
            if (tok_is(s, i, g->names[k])) {
                return true;
            }
        }
    }
    return false;
}

/* the end of the statement a token is in */
static uint32_t statement_end(const struct dd_source *s, uint32_t i, uint32_t limit)
{
    while (i < limit && !tok_is(s, i, ";")) {
        if (tok_is(s, i, "{") || tok_is(s, i, "}")) {
            return i;
        }
        i = tok_match(s, i) > i ? tok_match(s, i) + 1 : i + 1;
    }
    return i;
}

/* the call is in the condition of an if: that if, 0: it is not */
static uint32_t if_around(const struct dd_source *s, uint32_t tok)
{
    for (uint32_t i = tok; i > 1 && !tok_is(s, i, ";") && !tok_is(s, i, "{"); i--) {
        if (tok_is(s, i, "if") && tok_match(s, i + 1) > tok) {
            return i;
        }
        if (tok_is_kind(s, i, TOK_CLOSE) && tok_match(s, i) < i) {
            i = tok_match(s, i);
        }
    }
    return 0;
}

/* behind an if at @i and what it governs */
static uint32_t after_if(const struct dd_source *s, uint32_t i, uint32_t limit)
{
    uint32_t body = tok_match(s, i + 1) + 1;

    if (body >= limit) {
        return limit;
    }
    return tok_is(s, body, "{") ? tok_match(s, body) + 1 : statement_end(s, body, limit) + 1;
}

/* where the ways out begin that must deregister: behind the call and the test of its status */
static uint32_t behind_call(const struct dd_source *s, const struct dd_func *f, uint32_t call)
{
    uint32_t test = if_around(s, call), i;

    if (test) {
        return after_if(s, test, f->close);
    }
    i = statement_end(s, call, f->close) + 1;
    return i < f->close && tok_is(s, i, "if") ? after_if(s, i, f->close) : i;
}

static bool returns_success(const struct dd_source *s, uint32_t i)
{
    uint32_t v = tok_is(s, i + 1, "(") ? i + 2 : i + 1;

    return tok_is(s, v, "NDIS_STATUS_SUCCESS") || tok_is(s, v, "TRUE") || tok_is(s, v, ";") ||
           tok_is(s, v, "STATUS_SUCCESS");
}

/* return X;   where X is what the call gave and nothing else wrote it: the call failed itself */
static bool returns_its_own(const struct dd_source *s, uint32_t call, uint32_t i)
{
    uint32_t var = call - 2;

    if (!tok_is(s, call - 1, "=") || !tok_is_kind(s, var, TOK_IDENT) ||
        !tok_same(s, i + 1, s->bytes + s->toks[var].at, tok_len(s, var)) ||
        !tok_is(s, i + 2, ";")) {
        return false;
    }
    for (uint32_t k = call + 1; k < i; k++) {
        if (tok_is(s, k, "=") && tok_same(s, k - 1, s->bytes + s->toks[var].at, tok_len(s, var))) {
            return false;
        }
        if (tok_is(s, k, "&") && tok_same(s, k + 1, s->bytes + s->toks[var].at, tok_len(s, var))) {
            return false;
        }
    }
    return true;
}

/* the way out calls the halt handler: one deregistration there serves both */
static bool goes_through_halt(const struct drydock_port *port, const struct dd_source *s,
                              uint32_t call, uint32_t i)
{
    const char *halt = port->roles[ROLE_HALT].name;

    for (uint32_t k = i - 1; halt && k > call && !tok_is(s, k, "return"); k--) {
        if (tok_is_kind(s, k, TOK_IDENT) && tok_is(s, k, halt)) {
            return true;
        }
    }
    return false;
}

static void report_returns(struct drydock_port *port, const struct dd_source *s,
                           const struct dd_func *f, uint32_t call)
{
    struct dd_finding *found;

    for (uint32_t i = behind_call(s, f, call); i < f->close; i++) {
        if (tok_is(s, i, "return") && !returns_success(s, i) && !returns_its_own(s, call, i) &&
            !goes_through_halt(port, s, call, i)) {
            found = dd_finding_add(port, s, i, "dma-halt-dereg", 0);
            if (found) {
                found->detail = "when this is a failure";
            }
        }
    }
}

/* is token @i in @f a call that registers: the old call, or @name */
static bool registers(const struct dd_source *s, uint32_t i, const char *name)
{
    if (!tok_is_kind(s, i, TOK_IDENT) || !tok_is(s, i + 1, "(")) {
        return false;
    }
    return name ? tok_is(s, i, name)
                : tok_is(s, i, "NdisMInitializeScatterGatherDma") ||
                      tok_is(s, i, "NdisMRegisterScatterGatherDma");
}

/* names of functions to look for the callers of */
struct todo {
    const char *names[32];
    size_t count;
};

static void todo_add(struct todo *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->names[i] == name) {
            return;
        }
    }
    if (name && t->count < 32) {
        t->names[t->count++] = name;
    }
}

static void look_in(struct drydock_port *port, const struct dd_source *s, const struct givers *g,
                    const char *name, struct todo *next)
{
    for (size_t k = 0; k < s->nfuncs; k++) {
        const struct dd_func *f = &s->funcs[k];
        uint32_t last = 0;

        if (name && tok_is(s, f->name, name)) {
            continue; /* heads in other #if branches look like calls of itself */
        }
        for (uint32_t i = f->open; i < f->close; i++) {
            last = registers(s, i, name) && !dd_cond_dead(s, s->toks[i].at) ? i : last;
        }
        if (last) {
            const char *own = dd_tok_text(port, s, f->name);

            if (!func_gives_back(g, s, f)) {
                report_returns(port, s, f, last);
            }
            if (own && own != port->roles[ROLE_INITIALIZE].name) {
                todo_add(next, own);
            }
        }
    }
}

static void report_halt(struct drydock_port *port, const struct dd_source *s,
                        const struct givers *g)
{
    const char *name = port->roles[ROLE_HALT].name;
    const struct dd_func *f = name ? dd_func_named(s, name) : NULL;
    struct dd_finding *found;

    if (f && !func_gives_back(g, s, f)) {
        found = dd_finding_add(port, s, f->name, "dma-halt-dereg", 0);
        if (found) {
            found->detail = "at the end of halt";
        }
    }
}

static bool anyone_registers(struct drydock_port *port, int *ret_error)
{
    for (size_t i = 0; i < port->nsources; i++) {
        const struct dd_source *s = dd_source_load(port, i, ret_error);

        for (uint32_t k = 1; s && k < s->ntok; k++) {
            if (tok_name(s, k) && registers(s, k, NULL) && !dd_cond_dead(s, s->toks[k].at)) {
                return true;
            }
        }
    }
    return false;
}

int dd_paths_scan(struct drydock_port *port)
{
    struct todo seen = {0};
    struct givers g = {0};
    const char *name = NULL;
    size_t at = 0;
    int r = 0;

    if (!anyone_registers(port, &r)) {
        return r;
    }
    r = find_givers(port, &g);
    if (r < 0) {
        return r;
    }
    do {
        for (size_t i = 0; i < port->nsources; i++) {
            const struct dd_source *s = dd_source_load(port, i, &r);

            if (!s) {
                return r;
            }
            look_in(port, s, &g, name, &seen);
            if (!name) {
                report_halt(port, s, &g);
            }
        }
        name = at < seen.count ? seen.names[at] : NULL;
    } while (at++ < seen.count && at <= 8);
    return 0;
}
