/* SPDX-License-Identifier: MIT */
/*
 * Findings to edits. Edits only rename a callee, append, replace or wrap an argument, add a helper
 * or a member, or drop a whole statement; what would need more is refused with the reason. The
 * edits that carry the DMA handle through a driver are one transaction: one refused, all withdrawn.
 */
#include "port_int.h"

#include <errno.h>
#include <stdlib.h>

/* what no edit replaces: the byte order mark */
static uint32_t mark_bytes(const struct dd_source *s)
{
    if (s->wide) {
        return 1;
    }
    return s->bytes && s->len >= 3 && memcmp(s->bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static bool is_ascii(const char *p)
{
    while (*p && (unsigned char)*p < 0x80) {
        p++;
    }
    return *p == '\0';
}

bool dd_edit_add(struct drydock_port *port, uint32_t finding, uint32_t file, uint32_t at,
                 uint32_t length, const char *text)
{
    struct dd_edit *list = dd_grow(port->edits, port->nedits, &port->edit_cap, sizeof(*list));
    uint32_t mark = mark_bytes(&port->sources[file]);
    char *copy = strdup(text);

    if (at < mark) {
        length -= length < mark - at ? length : mark - at;
        at = mark;
    }
    if (port->sources[file].wide && !is_ascii(text)) {
        dd_edit_refuse(port, finding, "the file is UTF-16, and the new text is not ASCII");
    }

    if (list) {
        port->edits = list;
    }
    if (!list || !copy) {
        free(copy);
        port->no_memory = true;
        return false;
    }
    list[port->nedits] = (struct dd_edit){.file = file,
                                          .at = at,
                                          .length = length,
                                          .finding = finding,
                                          .order = (uint32_t)port->nedits,
                                          .text = copy,
                                          .text_len = strlen(copy)};
    port->nedits++;
    return true;
}

void dd_edit_refuse(struct drydock_port *port, uint32_t finding, const char *reason)
{
    port->findings[finding].refused = reason;
}

const char *dd_eol_at(const struct dd_source *s, uint32_t at)
{
    const char *nl = memchr(s->bytes + at, '\n', s->len - at);

    if (!nl) {
        nl = memrchr(s->bytes, '\n', at);
    }
    return nl && nl > s->bytes && nl[-1] == '\r' ? "\r\n" : "\n";
}

/* in front of the #if that governs @at, and of the one that governs that */
uint32_t dd_outside_conditions(const struct dd_source *s, uint32_t at)
{
    uint32_t c;

    while ((c = dd_cond_at(s, at)) != PORT_NONE) {
        while (s->conds[c].prev != PORT_NONE) {
            c = s->conds[c].prev;
        }
        at = dd_line_start(s, s->conds[c].directive);
    }
    return at;
}

static void rename_edit(struct drydock_port *port, uint32_t k)
{
    const struct dd_finding *f = &port->findings[k];

    dd_edit_add(port, k, f->file, f->at, f->length, dd_names[f->name].becomes);
}

static void append_edit(struct drydock_port *port, const struct dd_source *s, uint32_t k)
{
    const struct dd_finding *f = &port->findings[k];
    const char *extra = dd_names[f->name].extra;
    struct dd_buf b = {0};
    struct dd_args a;

    if (!dd_args_at(s, f->tok + 1, &a) || a.count == 0) {
        dd_edit_refuse(port, k, "not a call with arguments");
        return;
    }
    rename_edit(port, k);
    dd_buf_fmt(&b, ", %s", extra);
    if (!b.failed) {
        dd_edit_add(port, k, f->file, tok_end(s, a.last[a.count - 1]), 0, b.p);
    }
    dd_buf_done(&b);
}

/* NdisFlushBuffer(Buffer, WriteToDevice) */
static void flush_edit(struct drydock_port *port, const struct dd_source *s, uint32_t k)
{
    const struct dd_finding *f = &port->findings[k];
    struct dd_args a;

    if (!dd_args_at(s, f->tok + 1, &a) || a.count != 2) {
        dd_edit_refuse(port, k, "not a call with two arguments");
        return;
    }
    rename_edit(port, k);
    dd_edit_add(port, k, f->file, s->toks[a.first[1]].at, 0, "!(");
    dd_edit_add(port, k, f->file, tok_end(s, a.last[1]), 0, "), TRUE");
}

/* is a statement of its own: nothing but ; { } or a #define's end is in front */
static bool begins_statement(const struct dd_source *s, uint32_t first)
{
    return tok_is(s, first - 1, ";") || tok_is(s, first - 1, "{") || tok_is(s, first - 1, "}") ||
           tok_is_kind(s, first - 1, TOK_DEFINE_END);
}

static bool is_blank(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r')) {
        p++;
    }
    return p == end;
}

/* tokens [first, last] go, with their line when nothing else is on it */
static void drop_edit(struct drydock_port *port, const struct dd_source *s, uint32_t k,
                      uint32_t first, uint32_t last)
{
    uint32_t at = s->toks[first].at, end = tok_end(s, last), line = dd_line_start(s, at);
    const char *nl = memchr(s->bytes + end, '\n', s->len - end);
    const char *stop = nl ? nl : s->bytes + s->len;

    if (is_blank(s->bytes + line, s->bytes + at) && is_blank(s->bytes + end, stop)) {
        at = line;
        end = (uint32_t)(stop - s->bytes) + (nl != NULL);
    }
    dd_edit_add(port, k, port->findings[k].file, at, end - at, "");
}

static void drop_call(struct drydock_port *port, const struct dd_source *s, uint32_t k)
{
    const struct dd_finding *f = &port->findings[k];
    struct dd_args a;

    if (!dd_args_at(s, f->tok + 1, &a) || !tok_is(s, a.close + 1, ";")) {
        dd_edit_refuse(port, k, "not a statement of its own");
    } else if (f->in_macro || !begins_statement(s, f->tok)) {
        dd_edit_refuse(port, k,
                       f->in_macro ? "in a macro: take it out by hand"
                                   : "the only statement of an if or a loop");
    } else {
        drop_edit(port, s, k, f->tok, a.close + 1);
    }
}

/* the old name's first argument, the adapter handle, becomes the DMA handle */
static void dma_handle_edit(struct drydock_port *port, const struct dd_source *s, uint32_t k)
{
    struct dd_finding *f = &port->findings[k];
    struct dd_resolved at;
    struct dd_buf b = {0};
    struct dd_args a;
    const char *why;
    uint32_t from, to;

    f->linked = true;
    if (!dd_args_at(s, f->tok + 1, &a) || a.count == 0) {
        dd_edit_refuse(port, k, "not a call with arguments");
        return;
    }
    from = s->toks[a.first[0]].at;
    to = tok_end(s, a.last[0]);
    if (!dd_handle_resolve(port, f->file, a.first[0], a.last[0], &at, &why)) {
        dd_edit_refuse(port, k, why);
        return;
    }
    dd_buf_fmt(&b, "%s%s%s", at.base, at.arrow, port->members[at.member].member);
    rename_edit(port, k);
    if (!b.failed) {
        dd_edit_add(port, k, f->file, from, to - from, b.p);
    }
    dd_buf_done(&b);
}

static int make_one(struct drydock_port *port, uint32_t k)
{
    struct dd_finding *f = &port->findings[k];
    enum dd_name_act act = dd_names[f->name].act;
    const struct dd_source *s;
    int r = 0;

    if (act == ACT_NONE || act == ACT_SG_INFO || f->refused) {
        return 0;
    }
    s = dd_source_load(port, f->file, &r);
    if (!s) {
        return r;
    }
    if (f->dead) {
        f->refused = "in #if 0: left alone";
        return 0;
    }
    switch (act) {
    case ACT_RENAME:
        rename_edit(port, k);
        break;
    case ACT_APPEND:
        append_edit(port, s, k);
        break;
    case ACT_FLUSH:
        flush_edit(port, s, k);
        break;
    case ACT_DROP:
        drop_call(port, s, k);
        break;
    case ACT_DMA_HANDLE:
        dma_handle_edit(port, s, k);
        break;
    case ACT_FRAG_TYPE:
        dd_edit_frag(port, s, k);
        break;
    case ACT_ALLOC_COMPLETE:
        dd_edit_alloc_complete(port, k);
        break;
    default:
        dd_edit_helper_call(port, k);
        break;
    }
    return 0;
}

/* --- what withdraws edits --- */

static int by_place(const void *a, const void *b)
{
    const struct dd_edit *x = *(const struct dd_edit *const *)a;
    const struct dd_edit *y = *(const struct dd_edit *const *)b;

    if (x->file != y->file) {
        return x->file < y->file ? -1 : 1;
    }
    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }
    if ((x->length == 0) != (y->length == 0)) {
        return x->length == 0 ? -1 : 1;
    }
    return x->order < y->order ? -1 : x->order > y->order;
}

int dd_edits_sort(struct drydock_port *port)
{
    struct dd_edit **order = calloc(port->nedits + 1, sizeof(struct dd_edit *));

    if (!order) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < port->nedits; i++) {
        order[i] = &port->edits[i];
    }
    qsort(order, port->nedits, sizeof(struct dd_edit *), by_place);
    free(port->order);
    port->order = order;
    return 0;
}

static void refuse_overlaps(struct drydock_port *port)
{
    const struct dd_edit *last = NULL;

    for (size_t i = 0; i < port->nedits; i++) {
        struct dd_edit *e = port->order[i];

        if (last && last->file == e->file && e->at < last->at + last->length) {
            if (last->text_len == 0 && e->at + e->length <= last->at + last->length) {
                e->swallowed = true; /* what it would change is going anyway */
                continue;
            }
            dd_edit_refuse(port, e->finding, "inside another edit: run again after that one");
            continue;
        }
        last = e->length > 0 || !last ? e : last;
    }
}

static const struct dd_finding *first_refused(const struct drydock_port *port)
{
    for (size_t i = 0; i < port->nfindings; i++) {
        const struct dd_finding *f = &port->findings[i];

        if (f->linked && (f->refused || !f->wanted) && !f->dead) {
            return f;
        }
    }
    return NULL;
}

static void withdraw_linked(struct drydock_port *port)
{
    const struct dd_finding *cause = first_refused(port);
    struct dd_buf b = {0};
    const char *text;

    if (!cause) {
        return;
    }
    dd_buf_fmt(&b, "withdrawn with its partner %s, %s line %u: %s", dd_port_rules[cause->rule].id,
               port->sources[cause->file].path, cause->line,
               cause->refused ? cause->refused : "that one is left out");
    text = b.failed ? NULL : dd_intern(port, b.p, b.len);
    dd_buf_done(&b);
    for (size_t i = 0; i < port->nfindings; i++) {
        struct dd_finding *f = &port->findings[i];

        if (f->linked && !f->refused) {
            f->refused = text;
        }
    }
}

/* edits of findings that are refused or not wanted go */
static void drop_withdrawn(struct drydock_port *port)
{
    size_t kept = 0;

    for (size_t i = 0; i < port->nedits; i++) {
        const struct dd_finding *f = &port->findings[port->edits[i].finding];

        if (f->refused || !f->wanted || port->edits[i].swallowed) {
            free(port->edits[i].text);
        } else {
            port->edits[kept++] = port->edits[i];
        }
    }
    port->nedits = kept;
}

int dd_edits_make(struct drydock_port *port)
{
    int r = 0;

    for (uint32_t k = 0; r == 0 && k < port->nfindings; k++) {
        r = make_one(port, k);
    }
    if (r < 0) {
        return r;
    }
    dd_edit_members(port);
    dd_edit_helpers(port);
    if (port->no_memory || dd_edits_sort(port) < 0) {
        return -ENOMEM;
    }
    refuse_overlaps(port);
    withdraw_linked(port);
    drop_withdrawn(port);
    return 0;
}
