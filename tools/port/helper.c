/* SPDX-License-Identifier: MIT */
/* Edits that need more than their own place: helpers, the new member, the moved handler. */
#include "port_int.h"

#include <stdlib.h>

static enum dd_helper helper_of(const struct dd_finding *f)
{
    switch (dd_names[f->name].act) {
    case ACT_INIT_SG:
        return HELPER_SG;
    case ACT_MAPREGS:
        return HELPER_MAPREGS;
    default:
        return strcmp(dd_names[f->name].name, "NdisMSetAttributes") == 0 ? HELPER_ATTRIBUTES
                                                                         : HELPER_ATTRIBUTES_EX;
    }
}

static void need(struct drydock_port *port, const struct dd_source *s, uint32_t k,
                 enum dd_helper which, const struct dd_func *in)
{
    uint32_t at = dd_outside_conditions(s, dd_comment_start(s, in->head));
    struct dd_need *list;

    for (size_t i = 0; i < port->nneeds; i++) {
        if (port->needs[i].file == port->findings[k].file && port->needs[i].which == which) {
            return; /* findings come in order: the first function is the highest one */
        }
    }
    list = dd_grow(port->needs, port->nneeds, &port->need_cap, sizeof(*list));
    if (!list) {
        port->no_memory = true;
        return;
    }
    port->needs = list;
    list[port->nneeds++] = (struct dd_need){port->findings[k].file, at, k, which};
}

/* the old call becomes a call of the helper, with one more argument where a handle comes back */
void dd_edit_helper_call(struct drydock_port *port, uint32_t k)
{
    struct dd_finding *f = &port->findings[k];
    enum dd_helper which = helper_of(f);
    uint32_t wanted = which == HELPER_ATTRIBUTES ? 4 : which == HELPER_SG ? 3 : 5, end;
    struct dd_buf b = {0};
    struct dd_resolved at;
    struct dd_args a;
    const char *why;
    int r = 0;
    const struct dd_source *s = dd_source_load(port, f->file, &r);
    const struct dd_func *in = s ? dd_func_at(s, f->tok) : NULL;

    f->linked = which == HELPER_SG || which == HELPER_MAPREGS;
    if (!in || f->in_macro) {
        dd_edit_refuse(port, k,
                       f->in_macro ? "in a macro: write it out where it is used"
                                   : "outside of every function");
        return;
    }
    if (!dd_args_at(s, f->tok + 1, &a) || a.count != wanted) {
        dd_edit_refuse(port, k, "not a call with the documented arguments");
        return;
    }
    need(port, s, k, which, in);
    end = tok_end(s, a.last[a.count - 1]);
    if (f->linked) {
        if (!dd_handle_resolve(port, f->file, a.first[0], a.last[0], &at, &why)) {
            dd_edit_refuse(port, k, why);
            return;
        }
        dd_buf_fmt(&b, ", &%s%s%s", at.base, at.arrow, port->members[at.member].member);
        if (!b.failed) {
            dd_edit_add(port, k, f->file, end, 0, b.p);
        }
        dd_buf_done(&b);
    }
    dd_edit_add(port, k, f->file, f->at, f->length, port->helper_names[which]);
}

/* text with \n as the file ends its lines */
static void add_text(struct drydock_port *port, uint32_t k, uint32_t file, uint32_t at,
                     const char *text)
{
    int r = 0;
    const struct dd_source *s = dd_source_load(port, file, &r);
    const char *eol = s ? dd_eol_at(s, at) : "\n";
    struct dd_buf b = {0};

    for (const char *p = text; *p; p++) {
        if (*p == '\n') {
            dd_buf_str(&b, eol);
        } else {
            dd_buf_add(&b, p, 1);
        }
    }
    if (!b.failed && b.p) {
        dd_edit_add(port, k, file, at, 0, b.p);
    }
    dd_buf_done(&b);
}

void dd_edit_helpers(struct drydock_port *port)
{
    for (size_t i = 0; i < port->nneeds; i++) {
        struct dd_buf b = {0};

        dd_helper_text(port, port->needs[i].which, &b);
        if (!b.failed && b.p) {
            add_text(port, port->needs[i].finding, port->needs[i].file, port->needs[i].at, b.p);
        }
        dd_buf_done(&b);
    }
}

/* whose edit the new member is: the first of the transaction */
static uint32_t first_linked(const struct drydock_port *port)
{
    for (uint32_t k = 0; k < port->nfindings; k++) {
        if (port->findings[k].linked && !port->findings[k].refused) {
            return k;
        }
    }
    return PORT_NONE;
}

static void member_edit(struct drydock_port *port, const struct dd_member *m, uint32_t k)
{
    int r = 0;
    const struct dd_source *s = dd_source_load(port, m->file, &r);
    struct dd_buf b = {0};
    uint32_t line, at, indent = 0, open;

    if (!s) {
        return;
    }
    line = dd_line_start(s, m->after - 1);
    at = dd_line_after(s, m->after);
    while (s->bytes[line + indent] == ' ' || s->bytes[line + indent] == '\t') {
        indent++;
    }
    open = dd_tok_before(s, m->struct_at);
    if (tok_match(s, open) > open && s->toks[tok_match(s, open)].at < at) {
        dd_buf_fmt(&b, " NDIS_HANDLE %s; /* from NdisMRegisterScatterGatherDma() */", m->member);
        at = m->after;
    } else {
        dd_buf_add(&b, s->bytes + line, indent);
        dd_buf_fmt(&b, "NDIS_HANDLE %s; /* from NdisMRegisterScatterGatherDma() */\n", m->member);
    }
    if (!b.failed) {
        add_text(port, k, m->file, at, b.p);
    }
    dd_buf_done(&b);
}

void dd_edit_members(struct drydock_port *port)
{
    uint32_t k = first_linked(port);

    for (size_t i = 0; k != PORT_NONE && i < port->nmembers; i++) {
        if (!port->members[i].exists) {
            member_edit(port, &port->members[i], k);
        }
    }
}

/* --- AllocateCompleteHandler --- */

/* VOID MpAllocateComplete(...);   its prototypes get the role type */
static void role_prototypes(struct drydock_port *port, uint32_t k, uint32_t file, const char *name)
{
    int r = 0;
    const struct dd_source *s = dd_source_load(port, file, &r);

    for (uint32_t i = 2; s && i + 1 < s->ntok; i++) {
        uint32_t first = i, close;
        struct dd_buf b = {0};
        bool is_static;

        if (!tok_is_kind(s, i, TOK_IDENT) || !tok_is(s, i, name) || !tok_is(s, i + 1, "(") ||
            dd_func_at(s, i) || dd_define_at(s, i)) {
            continue;
        }
        close = tok_match(s, i + 1);
        while (first > 1 && !tok_is(s, first - 1, ";") && !tok_is(s, first - 1, "}") &&
               !tok_is_kind(s, first - 1, TOK_DEFINE_END) && !tok_is(s, first - 1, "{")) {
            first--;
        }
        if (!tok_is(s, close + 1, ";") || first == i) {
            continue;
        }
        is_static = tok_is(s, first, "static") || tok_is(s, first, "STATIC");
        port->move_static = port->move_static || is_static;
        dd_buf_fmt(&b, "%sMINIPORT_ALLOCATE_SHARED_MEM_COMPLETE %s", is_static ? "static " : "",
                   name);
        if (!b.failed) {
            dd_edit_add(port, k, file, s->toks[first].at, tok_end(s, close) - s->toks[first].at,
                        b.p);
        }
        dd_buf_done(&b);
    }
}

static void move_handler(struct drydock_port *port, uint32_t k, const char *name)
{
    struct dd_finding *f = &port->findings[k];
    bool registered = port->move_handler != NULL;
    int r = 0;

    f->linked = true;
    for (size_t i = 0; !registered && i < port->nfindings; i++) {
        enum dd_name_act act = dd_names[port->findings[i].name].act;

        registered =
            registered || ((act == ACT_INIT_SG || act == ACT_MAPREGS) && !port->findings[i].dead);
    }
    if (!registered) {
        dd_edit_refuse(port, k, "no DMA registration in these files takes the handler");
        return;
    }
    if (port->move_handler && port->move_handler != name) {
        dd_edit_refuse(port, k, "two different handlers: choose one for each registration");
        return;
    }
    if (port->move_handler) {
        return;
    }
    port->move_handler = name;
    for (uint32_t i = 0; i < port->nsources; i++) {
        const struct dd_source *s = dd_source_load(port, i, &r);
        const struct dd_func *def = s ? dd_func_named(s, name) : NULL;

        port->move_static = port->move_static || (def && tok_is(s, def->head, "static"));
        role_prototypes(port, k, i, name);
    }
}

void dd_edit_alloc_complete(struct drydock_port *port, uint32_t k)
{
    const struct dd_finding *f = &port->findings[k];
    int r = 0;
    const struct dd_source *s = dd_source_load(port, f->file, &r);
    uint32_t first = f->tok, last = f->tok + 2, value = 0;
    const char *name;

    while (first > 1 && !tok_is(s, first - 1, ";") && !tok_is(s, first - 1, "{") &&
           !tok_is(s, first - 1, "}") && !tok_is(s, first - 1, ",") &&
           !tok_is_kind(s, first - 1, TOK_DEFINE_END)) {
        first--;
    }
    while (last < s->ntok - 1 && !tok_is(s, last, ";") && !tok_is(s, last, ",") &&
           !tok_is(s, last, "}")) {
        value = last;
        last = tok_match(s, last) > last ? tok_match(s, last) + 1 : last + 1;
    }
    if (value == 0 || f->in_macro || tok_is(s, last, "}") ||
        (tok_is(s, first, "if") || tok_is(s, first, "else") || tok_is(s, first, "for"))) {
        dd_edit_refuse(port, k, "not a statement of its own");
        return;
    }
    name = tok_is_kind(s, value, TOK_IDENT) && !tok_is(s, value, "NULL")
               ? dd_tok_text(port, s, value)
               : NULL;
    if (!name && !tok_is(s, value, "NULL") && !tok_is(s, value, "0")) {
        dd_edit_refuse(port, k, "the handler is an expression");
        return;
    }
    {
        uint32_t at = s->toks[first].at, end = tok_end(s, last), line = dd_line_start(s, at);
        uint32_t next = last + 1 < s->ntok ? s->toks[last + 1].at : (uint32_t)s->len;
        uint32_t after = dd_line_after(s, end);

        if (tok_end(s, first - 1) <= line && next >= after) {
            at = line;
            end = after;
        }
        dd_edit_add(port, k, f->file, at, end - at, "");
    }
    if (name) {
        move_handler(port, k, name);
    }
}
