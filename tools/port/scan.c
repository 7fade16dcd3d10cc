/* SPDX-License-Identifier: MIT */
/*
 * Names to findings. A first look at every file collects the signs of NDIS 5 and the variables that
 * hold characteristics; a second one reports.
 */
#include "port_int.h"

#include <errno.h>
#include <stdlib.h>

const char *dd_tok_text(struct drydock_port *port, const struct dd_source *s, uint32_t tok)
{
    return dd_intern(port, s->bytes + s->toks[tok].at, tok_len(s, tok));
}

static bool is_dot(const struct dd_source *s, uint32_t i)
{
    return tok_is(s, i, "->") || tok_is(s, i, ".");
}

/* "MpInitialize", "#define MP_ALLOC", or NULL */
static const char *function_of(struct drydock_port *port, const struct dd_source *s, uint32_t tok,
                               bool *ret_macro)
{
    uint32_t define = dd_define_at(s, tok);
    const struct dd_func *f = dd_func_at(s, tok);
    struct dd_buf b = {0};
    const char *text = NULL;

    *ret_macro = define != 0;
    if (define) {
        dd_buf_str(&b, "#define ");
        dd_buf_add(&b, s->bytes + s->toks[define + 1].at, tok_len(s, define + 1));
    } else if (f) {
        dd_buf_add(&b, s->bytes + s->toks[f->name].at, tok_len(s, f->name));
    }
    if (b.len > 0 && !b.failed) {
        text = dd_intern(port, b.p, b.len);
    }
    dd_buf_done(&b);
    return text;
}

struct dd_finding *dd_finding_add(struct drydock_port *port, const struct dd_source *s,
                                  uint32_t tok, const char *rule, uint32_t name)
{
    struct dd_finding *list, *f;
    size_t index = dd_port_rule_find(rule);

    if (index == dd_port_rules_count) {
        return NULL;
    }
    list = dd_grow(port->findings, port->nfindings, &port->finding_cap, sizeof(*list));
    if (!list) {
        port->no_memory = true;
        return NULL;
    }
    port->findings = list;
    f = &list[port->nfindings++];
    *f = (struct dd_finding){.file = (uint32_t)(s - port->sources),
                             .at = s->toks[tok].at,
                             .length = tok_len(s, tok),
                             .tok = tok,
                             .rule = (uint16_t)index,
                             .name = (uint16_t)name};
    f->function = function_of(port, s, tok, &f->in_macro);
    f->condition = s->nconds ? dd_cond_text(port, s, f->at) : NULL;
    f->dead = s->nconds && dd_cond_dead(s, f->at);
    return f;
}

/* --- characteristics --- */

static bool is_chars_type(uint32_t name)
{
    const char *p = dd_names[name].name;

    return strstr(p, "MINIPORT_CHARACTERISTICS") != NULL;
}

static void add_chars_var(struct drydock_port *port, const struct dd_source *s, uint32_t tok)
{
    const char *text = dd_tok_text(port, s, tok);
    const char **list =
        dd_grow(port->chars_vars, port->nchars_vars, &port->chars_cap, sizeof(*list));

    if (!list || !text) {
        port->no_memory = true;
        return;
    }
    port->chars_vars = list;
    for (size_t i = 0; i < port->nchars_vars; i++) {
        if (list[i] == text) {
            return;
        }
    }
    list[port->nchars_vars++] = text;
}

static bool is_chars_var(const struct drydock_port *port, const struct dd_source *s, uint32_t tok)
{
    for (size_t i = 0; i < port->nchars_vars; i++) {
        if (tok_same(s, tok, port->chars_vars[i], strlen(port->chars_vars[i]))) {
            return true;
        }
    }
    return false;
}

/* TYPE a, *b;   the type is at @i. A typedef or #define of it counts as one as well */
static void collect_vars(struct drydock_port *port, const struct dd_source *s, uint32_t i)
{
    if (tok_is_kind(s, i - 1, TOK_IDENT) && tok_is_kind(s, i - 2, TOK_DEFINE)) {
        add_chars_var(port, s, i - 1);
        return;
    }
    for (i++; i + 1 < s->ntok; i++) {
        if (tok_is_kind(s, i, TOK_IDENT) && !tok_is(s, i, "const") && !tok_is(s, i, "CONST")) {
            add_chars_var(port, s, i);
            if (!tok_is(s, i + 1, ",")) {
                return;
            }
        } else if (!tok_is(s, i, "*") && !tok_is(s, i, ",") && !tok_is(s, i, "const") &&
                   !tok_is(s, i, "CONST")) {
            return;
        }
    }
}

/* the variable whose member .X is assigned: its token, 0: none is seen */
static uint32_t field_base(const struct dd_source *s, uint32_t field)
{
    uint32_t i = field - 2;

    if (tok_is_kind(s, i, TOK_IDENT)) {
        return i;
    }
    if (s->bytes[s->toks[i].at] == ']') {
        return tok_match(s, i) - 1;
    }
    if (tok_is(s, i, ")")) {
        return tok_is_kind(s, i - 1, TOK_IDENT) ? i - 1 : 0;
    }
    if (tok_is(s, field - 1, ".") && (tok_is(s, i, ",") || tok_is(s, i, "{"))) {
        while (i > 2 && !tok_is(s, i, ";") && !(tok_is(s, i, "{") && tok_match(s, i) > field)) {
            i = tok_match(s, i) < i ? tok_match(s, i) - 1 : i - 1;
        }
        if (tok_is(s, i, "{") && tok_is(s, i - 1, "=")) {
            return tok_is(s, i - 2, "]") ? tok_match(s, i - 2) - 1 : i - 2;
        }
    }
    return 0;
}

static bool is_chars_field(const struct drydock_port *port, const struct dd_source *s, uint32_t i)
{
    uint32_t base;
    const struct dd_func *f;

    if (!is_dot(s, i - 1) || !tok_is(s, i + 1, "=")) {
        return false;
    }
    base = field_base(s, i);
    if (base == 0) {
        return true;
    }
    if (is_chars_var(port, s, base)) {
        return true;
    }
    f = dd_func_at(s, i);
    if (!f || is_dot(s, base - 1) || !tok_is_kind(s, base, TOK_IDENT)) {
        return false;
    }
    base = dd_decl_of(s, f, s->bytes + s->toks[base].at, tok_len(s, base));
    while (base > f->head && (tok_is(s, base - 1, "*"))) {
        base--;
    }
    return base > 0 && is_chars_var(port, s, base - 1);
}

static const char *const role_fields[ROLE_COUNT] = {"InitializeHandler",
                                                    "HaltHandler",
                                                    "ResetHandler",
                                                    "SendHandler",
                                                    "SendPacketsHandler",
                                                    "ReturnPacketHandler",
                                                    "ISRHandler",
                                                    "HandleInterruptHandler",
                                                    "EnableInterruptHandler",
                                                    "DisableInterruptHandler",
                                                    "QueryInformationHandler",
                                                    "SetInformationHandler",
                                                    "CheckForHangHandler",
                                                    "CancelSendPacketsHandler",
                                                    "AdapterShutdownHandler",
                                                    "PnPEventNotifyHandler",
                                                    "AllocateCompleteHandler",
                                                    "TransferDataHandler",
                                                    "ReconfigureHandler"};

/* .X = (CAST)Function   notes who has the role */
static void note_role(struct drydock_port *port, const struct dd_source *s, uint32_t i)
{
    uint32_t value = 0;

    for (uint32_t k = i + 2; k < s->ntok - 1; k++) {
        if (tok_is(s, k, ";") || tok_is(s, k, ",") || tok_is(s, k, "}")) {
            break;
        }
        value = tok_is_kind(s, k, TOK_IDENT) ? k : value;
        k = tok_match(s, k) > k ? tok_match(s, k) : k;
    }
    if (value == 0 || tok_is(s, value, "NULL")) {
        return;
    }
    for (unsigned r = 0; r < ROLE_COUNT; r++) {
        if (tok_is(s, i, role_fields[r]) && !port->roles[r].name) {
            port->roles[r].name = dd_tok_text(port, s, value);
            port->roles[r].file = PORT_NONE;
        }
    }
}

/* --- one name --- */

/* the ( around a token, 0: none */
static uint32_t paren_around(const struct dd_source *s, uint32_t tok)
{
    for (uint32_t i = tok - 1, n = 0; i > 0 && n < 500; i--, n++) {
        if (tok_is_kind(s, i, TOK_CLOSE)) {
            i = tok_match(s, i);
        } else if (tok_is_kind(s, i, TOK_OPEN)) {
            return s->bytes[s->toks[i].at] == '(' ? i : 0;
        } else if (tok_is(s, i, ";") || tok_is_kind(s, i, TOK_DEFINE)) {
            return 0;
        }
    }
    return 0;
}

static bool args_have(const struct dd_source *s, uint32_t open, const char *word)
{
    struct dd_args a;

    if (!dd_args_at(s, open, &a)) {
        return false;
    }
    for (uint32_t i = a.open + 1; i < a.close; i++) {
        if (tok_is(s, i, word)) {
            return true;
        }
    }
    return false;
}

static bool is_packet_access(const struct dd_source *s, uint32_t i)
{
    const struct dd_func *f = dd_func_at(s, i);
    uint32_t base = i - 2, decl;

    if (!f || !tok_is_kind(s, base, TOK_IDENT) || is_dot(s, base - 1)) {
        return true;
    }
    decl = dd_decl_of(s, f, s->bytes + s->toks[base].at, tok_len(s, base));
    if (decl == 0) {
        return true;
    }
    do {
        decl--;
    } while (decl > f->head && tok_is(s, decl, "*"));
    return tok_is(s, decl, "PNDIS_PACKET") || tok_is(s, decl, "NDIS_PACKET") ||
           tok_is(s, decl, "_NDIS_PACKET");
}

static bool is_own_name(const struct dd_source *s, uint32_t i)
{
    const struct dd_func *f = dd_func_at(s, i);

    return tok_is_kind(s, i - 1, TOK_DEFINE) || (f && f->name == i) ||
           (tok_is(s, i - 1, "::") && tok_is_kind(s, i - 2, TOK_IDENT));
}

static bool in_send_completion(const struct dd_source *s, uint32_t i)
{
    uint32_t open = paren_around(s, i);

    return open > 1 && (tok_is(s, open - 1, "NdisMSendComplete") ||
                        tok_is(s, open - 1, "NDIS_SET_PACKET_STATUS"));
}

/* 0x28 where NDIS_ATTRIBUTE_* belong: the same trap without a name */
static void scan_literal_flags(struct drydock_port *port, const struct dd_source *s, uint32_t i)
{
    struct dd_args a;
    struct dd_finding *f;

    if (!dd_args_at(s, i + 1, &a) || a.count != 5) {
        return;
    }
    for (uint32_t k = a.first[3]; k <= a.last[3]; k++) {
        if (tok_is_kind(s, k, TOK_NUMBER) && !tok_is(s, k, "0") && !tok_is(s, k, "0x0")) {
            f = dd_finding_add(port, s, k, "dma-attr-busmaster", 0);
            if (f) {
                f->refused = "a number: write the NDIS 6 names of its bits";
            }
        }
    }
}

static void scan_name(struct drydock_port *port, const struct dd_source *s, uint32_t i,
                      uint32_t name)
{
    const struct dd_name *n = &dd_names[name];
    uint32_t at = i;

    switch (n->kind) {
    case NAME_SIGN:
        return;
    case NAME_FIELD:
        if (!is_chars_field(port, s, i)) {
            return;
        }
        note_role(port, s, i);
        break;
    case NAME_ACCESS:
        if (!is_dot(s, i - 1) || !is_packet_access(s, i)) {
            return;
        }
        break;
    default:
        if (is_dot(s, i - 1) || is_own_name(s, i) ||
            (n->kind == NAME_CALL && !tok_is(s, i + 1, "("))) {
            return;
        }
        break;
    }
    if (n->act == ACT_SG_INFO && args_have(s, i + 1, "ScatterGatherListPacketInfo")) {
        return; /* reported by that name */
    }
    if (strcmp(n->name, "ScatterGatherListPacketInfo") == 0) {
        uint32_t open = paren_around(s, i);

        at = open > 1 && tok_is(s, open - 1, "NDIS_PER_PACKET_INFO_FROM_PACKET") ? open - 1 : i;
    }
    if (strcmp(n->rule_id, "tx-abort-status") == 0 && !in_send_completion(s, i)) {
        return;
    }
    dd_finding_add(port, s, at, n->rule_id, name);
    if (strcmp(n->name, "NdisMSetAttributesEx") == 0) {
        scan_literal_flags(port, s, i);
    }
}

static void first_look(struct drydock_port *port, const struct dd_source *s)
{
    for (uint32_t i = 1; i < s->ntok; i++) {
        uint32_t name = tok_name(s, i);

        if (name == 0) {
            continue;
        }
        port->ndis5 = port->ndis5 || dd_names[name].ndis5;
        if (is_chars_type(name) && i > 2) {
            collect_vars(port, s, i);
        }
    }
    port->lines += s->lines;
}

int dd_scan(struct drydock_port *port)
{
    int r = 0;

    for (size_t i = 0; i < port->nsources; i++) {
        const struct dd_source *s = dd_source_load(port, i, &r);

        if (!s) {
            return r;
        }
        first_look(port, s);
    }
    if (!port->ndis5 && !port->options.force_ndis5) {
        return 0;
    }
    for (size_t i = 0; i < port->nsources; i++) {
        const struct dd_source *s = dd_source_load(port, i, &r);

        if (!s) {
            return r;
        }
        for (uint32_t k = 1; k < s->ntok; k++) {
            uint32_t name = tok_name(s, k);

            if (name != 0 && k > 2) {
                scan_name(port, s, k, name);
            } else if (name != 0 && dd_names[name].kind == NAME_ANY) {
                dd_finding_add(port, s, k, dd_names[name].rule_id, name);
            }
        }
    }
    return port->no_memory ? -ENOMEM : 0;
}
