/* SPDX-License-Identifier: MIT */
/*
 * Where a driver keeps the adapter handle a call is given, so that the DMA handle can stand beside
 * it:
 *
 *   NdisM...(Adapter->AdapterHandle, ...)            base Adapter, member AdapterHandle
 *   Adapter->AdapterHandle = Handle; NdisM...(Handle, ...)            the same
 *   SetupDma(Adapter, Adapter->AdapterHandle)  and in SetupDma: NdisM...(Handle, ...)
 *                                                    the parameter whose type is the structure
 */
#include "port_int.h"

#include <stdlib.h>

#define MARK "NdisMRegisterScatterGatherDma"

struct expression {
    const char *base, *arrow, *member; /* base NULL: a lone identifier, in member */
    const char *type;                  /* of the base, where its declaration is seen */
};

static bool is_dot(const struct dd_source *s, uint32_t i)
{
    return tok_is(s, i, "->") || tok_is(s, i, ".");
}

static const char *text_of(struct drydock_port *port, const struct dd_source *s, uint32_t first,
                           uint32_t last)
{
    return dd_intern(port, s->bytes + s->toks[first].at, tok_end(s, last) - s->toks[first].at);
}

/* the type name in front of a declared name: "PADAPTER" of "PADAPTER *Adapter" */
static const char *type_before(struct drydock_port *port, const struct dd_source *s, uint32_t decl,
                               uint32_t limit)
{
    uint32_t t = decl - 1;

    while (t > limit && (tok_is(s, t, "*") || tok_is(s, t, "const") || tok_is(s, t, "CONST"))) {
        t--;
    }
    return tok_is_kind(s, t, TOK_IDENT) ? dd_tok_text(port, s, t) : NULL;
}

static const char *type_of(struct drydock_port *port, const struct dd_source *s,
                           const struct dd_func *f, const char *name)
{
    uint32_t decl = f ? dd_decl_of(s, f, name, strlen(name)) : 0;

    return decl ? type_before(port, s, decl, f->head) : NULL;
}

/* (NDIS_HANDLE) or (struct x *) before a name or a ( */
static bool is_cast(const struct dd_source *s, uint32_t open, uint32_t close)
{
    for (uint32_t i = open + 1; i < close; i++) {
        if (!tok_is_kind(s, i, TOK_IDENT) && !tok_is(s, i, "*")) {
            return false;
        }
    }
    return tok_is_kind(s, close + 1, TOK_IDENT) || tok_is(s, close + 1, "(");
}

/* tokens [first, last] as base->member, or as a lone identifier. Casts and parentheses go */
static bool parse(struct drydock_port *port, const struct dd_source *s, uint32_t first,
                  uint32_t last, struct expression *e)
{
    const struct dd_func *f = dd_func_at(s, first);

    *e = (struct expression){0};
    while (first < last && tok_is(s, first, "(")) {
        uint32_t m = tok_match(s, first);

        if (m == last) {
            first++;
            last--;
        } else if (m > first && m < last && is_cast(s, first, m)) {
            first = m + 1;
        } else {
            break;
        }
    }
    if (first > last || !tok_is_kind(s, last, TOK_IDENT)) {
        return false;
    }
    e->member = dd_tok_text(port, s, last);
    if (first == last) {
        return e->member != NULL;
    }
    if (!is_dot(s, last - 1) || last < first + 2) {
        return false;
    }
    e->base = text_of(port, s, first, last - 2);
    e->arrow = dd_tok_text(port, s, last - 1);
    if (first == last - 2 && e->base) {
        e->type = type_of(port, s, f, e->base);
    }
    return e->base && e->arrow && e->member;
}

/* the first token of the postfix expression that ends at @i: a->b[3].c */
static uint32_t postfix_start(const struct dd_source *s, uint32_t i, uint32_t limit)
{
    while (i > limit) {
        if (tok_is_kind(s, i, TOK_CLOSE) && tok_match(s, i) < i) {
            i = tok_match(s, i);
            if (!tok_is_kind(s, i - 1, TOK_IDENT) && !tok_is_kind(s, i - 1, TOK_CLOSE)) {
                return i;
            }
            i--;
        } else if (i > limit + 1 && is_dot(s, i - 1)) {
            i -= 2;
        } else {
            return i;
        }
    }
    return i;
}

/* X->M = name;   or   name = X->M;   in a function */
static bool kept_in_function(struct drydock_port *port, const struct dd_source *s,
                             const struct dd_func *f, const char *name, struct expression *e)
{
    size_t n = strlen(name);

    for (uint32_t i = f->open + 1; i < f->close; i++) {
        uint32_t end = i + 2;

        if (!tok_is_kind(s, i, TOK_IDENT) || !tok_same(s, i, name, n)) {
            continue;
        }
        if (tok_is(s, i + 1, ";") && tok_is(s, i - 1, "=") && is_dot(s, i - 3) &&
            parse(port, s, postfix_start(s, i - 2, f->open), i - 2, e) && e->base) {
            return true;
        }
        if (!tok_is(s, i + 1, "=") || is_dot(s, i - 1)) {
            continue;
        }
        while (end < f->close && !tok_is(s, end, ";") && !tok_is(s, end, ",")) {
            end++;
        }
        if (parse(port, s, i + 2, end - 1, e) && e->base) {
            return true;
        }
    }
    return false;
}

/* --- structures --- */

static bool struct_is_called(const struct dd_source *s, const struct dd_struct *st,
                             const char *type)
{
    size_t n = strlen(type);

    if (st->tag != PORT_NONE && tok_same(s, st->tag, type, n)) {
        return true;
    }
    for (uint32_t i = st->names; i < st->names_end; i++) {
        if (tok_same(s, i, type, n)) {
            return true;
        }
    }
    return false;
}

/* "ADAPTER" of "} ADAPTER, *PADAPTER;", else the tag */
static const char *struct_name(struct drydock_port *port, const struct dd_source *s,
                               const struct dd_struct *st)
{
    for (uint32_t i = st->names; i < st->names_end; i++) {
        if (tok_is_kind(s, i, TOK_IDENT) && !tok_is(s, i - 1, "*")) {
            return dd_tok_text(port, s, i);
        }
    }
    return st->tag != PORT_NONE ? dd_tok_text(port, s, st->tag) : NULL;
}

static bool is_defined(const struct dd_source *s, const char *name)
{
    for (uint32_t i = 1; i + 1 < s->ntok; i++) {
        if (tok_is_kind(s, i, TOK_DEFINE) && tok_is(s, i + 1, name)) {
            return true;
        }
    }
    return false;
}

/* a name for the new member, and whether an earlier run put it there */
static const char *member_name(struct drydock_port *port, const struct dd_source *s,
                               const struct dd_struct *st, bool *ret_exists)
{
    char name[40] = "NdisMiniportDmaHandle";

    *ret_exists = false;
    for (unsigned n = 2; n < 100; n++) {
        uint32_t there = dd_member_of(s, st, name, strlen(name));

        if (there == 0 && !is_defined(s, name)) {
            return dd_intern(port, name, strlen(name));
        }
        if (there && tok_is(s, there - 1, "NDIS_HANDLE")) {
            uint32_t at = s->toks[there].at, end = dd_line_after(s, at);

            if (memmem(s->bytes + at, end - at, MARK, sizeof(MARK) - 1)) {
                *ret_exists = true;
                return dd_intern(port, name, strlen(name));
            }
        }
        snprintf(name, sizeof(name), "NdisMiniportDmaHandle%u", n);
    }
    return NULL;
}

static uint32_t add_member(struct drydock_port *port, const struct dd_source *s,
                           const struct dd_struct *st, uint32_t handle)
{
    struct dd_member m = {.file = (uint32_t)(s - port->sources), .struct_at = s->toks[st->open].at};
    struct dd_member *list;
    uint32_t i = handle;

    for (size_t k = 0; k < port->nmembers; k++) {
        if (port->members[k].file == m.file && port->members[k].struct_at == m.struct_at) {
            return (uint32_t)k;
        }
    }
    while (i < st->close && !tok_is(s, i, ";")) {
        i++;
    }
    m.after = s->toks[i].at + 1;
    m.handle = dd_tok_text(port, s, handle);
    m.member = member_name(port, s, st, &m.exists);
    m.tag = struct_name(port, s, st);
    list = dd_grow(port->members, port->nmembers, &port->member_cap, sizeof(*list));
    if (!list || !m.handle || !m.member) {
        port->no_memory = true;
        return PORT_NONE;
    }
    port->members = list;
    list[port->nmembers] = m;
    return (uint32_t)port->nmembers++;
}

static bool is_handle_type(const struct dd_source *s, uint32_t member)
{
    while (member > 3 && tok_is(s, member - 1, ",")) {
        member -= 2;
    }
    return tok_is(s, member - 1, "NDIS_HANDLE");
}

static const struct dd_memo *recall(const struct drydock_port *port, const char *a, const char *b,
                                    uint32_t index)
{
    for (size_t i = 0; i < port->nmemos; i++) {
        const struct dd_memo *m = &port->memos[i];

        if (m->a == a && m->b == b && m->index == index) {
            return m;
        }
    }
    return NULL;
}

/* keeps an answer; without memory it is found again the next time */
static uint32_t keep(struct drydock_port *port, const char *a, const char *b, uint32_t index,
                     uint32_t member, const char *why)
{
    struct dd_memo *list = dd_grow(port->memos, port->nmemos, &port->memo_cap, sizeof(*list));

    if (list) {
        port->memos = list;
        list[port->nmemos++] = (struct dd_memo){a, b, index, member, why};
    }
    return member;
}

/* the structure with the member @handle: the one called @type, else the only one there is */
static uint32_t search_struct(struct drydock_port *port, const char *handle, const char *type,
                              const char **ret_why)
{
    uint32_t only_file = 0, only_member = 0;
    size_t only_struct = 0;
    unsigned count = 0;
    int r = 0;
    const struct dd_source *s;

    for (uint32_t i = 0; i < port->nsources; i++) {
        s = dd_source_load(port, i, &r);
        for (size_t k = 0; s && k < s->nstructs; k++) {
            uint32_t m = dd_member_of(s, &s->structs[k], handle, strlen(handle));

            if (m == 0 || !is_handle_type(s, m)) {
                continue;
            }
            if (type && struct_is_called(s, &s->structs[k], type)) {
                return add_member(port, s, &s->structs[k], m);
            }
            only_file = i;
            only_struct = k;
            only_member = m;
            count++;
        }
    }
    s = count == 1 ? dd_source_load(port, only_file, &r) : NULL;
    if (s) {
        return add_member(port, s, &s->structs[only_struct], only_member);
    }
    *ret_why = count == 0 ? "no structure in these files has that NDIS_HANDLE"
                          : "several structures have a member of that name";
    return PORT_NONE;
}

static uint32_t find_struct(struct drydock_port *port, const char *handle, const char *type,
                            const char **ret_why)
{
    const struct dd_memo *m = recall(port, handle, type, PORT_NONE);
    uint32_t member;

    if (m) {
        *ret_why = m->why;
        return m->member;
    }
    member = search_struct(port, handle, type, ret_why);
    return keep(port, handle, type, PORT_NONE, member, *ret_why);
}

/* --- through a parameter --- */

/* the number of parameter @name of @f, PORT_NONE: it is none */
static uint32_t parameter_of(const struct dd_source *s, const struct dd_func *f, const char *name)
{
    struct dd_args a;

    if (!dd_args_at(s, f->params, &a)) {
        return PORT_NONE;
    }
    for (uint32_t k = 0; k < a.count; k++) {
        if (a.first[k] <= a.last[k] && tok_same(s, a.last[k], name, strlen(name))) {
            return k;
        }
    }
    return PORT_NONE;
}

static bool resolve(struct drydock_port *port, uint32_t file, uint32_t first, uint32_t last,
                    unsigned depth, struct expression *e, uint32_t *ret_member,
                    const char **ret_why);

/* what a caller of @name gives as argument @index, resolved there */
static uint32_t from_callers(struct drydock_port *port, const char *name, uint32_t index,
                             unsigned depth, const char **ret_why)
{
    size_t n = strlen(name);
    int r = 0;

    for (uint32_t i = 0; i < port->nsources; i++) {
        const struct dd_source *s = dd_source_load(port, i, &r);

        for (uint32_t k = 1; s && k + 1 < s->ntok; k++) {
            struct expression e;
            struct dd_args a;
            uint32_t member;

            if (!tok_is_kind(s, k, TOK_IDENT) || !tok_same(s, k, name, n) || !dd_func_at(s, k) ||
                dd_func_at(s, k)->name == k || !dd_args_at(s, k + 1, &a) || index >= a.count) {
                continue;
            }
            if (resolve(port, i, a.first[index], a.last[index], depth + 1, &e, &member, ret_why)) {
                return member;
            }
            s = dd_source_load(port, i, &r);
        }
    }
    return PORT_NONE;
}

/* a parameter or local of @f that points to the structure */
static const char *variable_of(struct drydock_port *port, uint32_t file, const char *function,
                               const struct dd_member *m)
{
    int r = 0;
    const struct dd_source *home = dd_source_load(port, m->file, &r), *s;
    const struct dd_struct *st = NULL;
    const struct dd_func *f;
    const char *names[8];
    size_t count = 0;

    for (size_t k = 0; home && k < home->nstructs; k++) {
        st = home->toks[home->structs[k].open].at == m->struct_at ? &home->structs[k] : st;
    }
    for (uint32_t i = st ? st->names : 0; st && i < st->names_end && count < 7; i++) {
        if (tok_is_kind(home, i, TOK_IDENT)) {
            names[count++] = dd_tok_text(port, home, i);
        }
    }
    if (st && st->tag != PORT_NONE) {
        names[count++] = dd_tok_text(port, home, st->tag);
    }
    s = dd_source_load(port, file, &r);
    f = s ? dd_func_named(s, function) : NULL;
    for (uint32_t i = f ? f->params : 0; f && i < f->close; i++) {
        for (size_t k = 0; k < count && tok_is_kind(s, i, TOK_IDENT); k++) {
            uint32_t v = tok_is(s, i + 1, "*") ? i + 2 : i + 1;

            if (names[k] && tok_is(s, i, names[k]) && tok_is_kind(s, v, TOK_IDENT)) {
                return dd_tok_text(port, s, v);
            }
        }
    }
    return NULL;
}

static bool through_parameter(struct drydock_port *port, uint32_t file, const char *function,
                              uint32_t index, unsigned depth, struct expression *e,
                              uint32_t *ret_member, const char **ret_why)
{
    const struct dd_memo *m = recall(port, function, NULL, index);

    *ret_why = m ? m->why : "no caller shows where this handle is kept";
    if (m) {
        *ret_member = m->member;
    } else {
        *ret_member = from_callers(port, function, index, depth, ret_why);
        keep(port, function, NULL, index, *ret_member, *ret_why);
    }
    if (*ret_member == PORT_NONE) {
        return false;
    }
    e->base = variable_of(port, file, function, &port->members[*ret_member]);
    e->arrow = "->";
    e->member = port->members[*ret_member].handle;
    if (!e->base) {
        *ret_why = "the adapter structure is out of reach in this function: pass it";
        return false;
    }
    return true;
}

static bool resolve(struct drydock_port *port, uint32_t file, uint32_t first, uint32_t last,
                    unsigned depth, struct expression *e, uint32_t *ret_member,
                    const char **ret_why)
{
    int r = 0;
    const struct dd_source *s = dd_source_load(port, file, &r);
    const struct dd_func *f;
    uint32_t index;

    *ret_why = "the handle is no member of a structure";
    if (!s || depth > 3 || !parse(port, s, first, last, e)) {
        return false;
    }
    f = dd_func_at(s, first);
    if (!e->base) {
        const char *name = e->member;

        if (!f) {
            return false;
        }
        if (!kept_in_function(port, s, f, name, e) || !e->base) {
            const char *function = dd_tok_text(port, s, f->name);

            index = parameter_of(s, f, name);
            return index != PORT_NONE && function &&
                   through_parameter(port, file, function, index, depth, e, ret_member, ret_why);
        }
    }
    *ret_member = find_struct(port, e->member, e->type, ret_why);
    return *ret_member != PORT_NONE;
}

bool dd_handle_resolve(struct drydock_port *port, uint32_t file, uint32_t first, uint32_t last,
                       struct dd_resolved *ret, const char **ret_why)
{
    struct expression e;
    uint32_t member;

    if (!resolve(port, file, first, last, 0, &e, &member, ret_why)) {
        return false;
    }
    *ret = (struct dd_resolved){.base = e.base,
                                .arrow = e.arrow,
                                .handle = e.member,
                                .member = member};
    return true;
}
