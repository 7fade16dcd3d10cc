/* SPDX-License-Identifier: MIT */
/* The set of sources: made, analyzed, asked, freed. */
#include "port_int.h"

#include <errno.h>
#include <stdlib.h>

static bool name_matches(const char *rule, const char *given)
{
    size_t n = strlen(given);

    if (n > 0 && given[n - 1] == '-') {
        return strncmp(rule, given, n) == 0;
    }
    return strcmp(rule, given) == 0;
}

static bool is_listed(const char *const *list, const char *rule)
{
    for (size_t i = 0; list && list[i]; i++) {
        if (name_matches(rule, list[i])) {
            return true;
        }
    }
    return false;
}

static bool is_wanted(const struct drydock_port_options *o, size_t rule)
{
    const struct drydock_port_rule *r = &dd_port_rules[rule];

    return (o->classes == 0 || (o->classes & 1u << (unsigned)r->cls)) &&
           (!o->only || is_listed(o->only, r->id)) && !is_listed(o->skip, r->id);
}

PORT_API struct drydock_port *drydock_port_new(const struct drydock_port_options *options)
{
    struct drydock_port *port = calloc(1, sizeof(*port));
    size_t n = options ? options->size : 0;

    if (!port) {
        return NULL;
    }
    if (n > 0) {
        memcpy(&port->options, options, n < sizeof(port->options) ? n : sizeof(port->options));
    }
    dd_name_slots(port->slots);
    return port;
}

PORT_API void drydock_port_free(struct drydock_port *port)
{
    if (!port) {
        return;
    }
    for (size_t i = 0; i < port->nsources; i++) {
        dd_source_done(&port->sources[i]);
    }
    for (size_t i = 0; i < port->nedits; i++) {
        free(port->edits[i].text);
    }
    for (size_t i = 0; i < port->string_cap; i++) {
        free(port->strings[i]);
    }
    free(port->sources);
    free(port->findings);
    free(port->edits);
    free(port->members);
    free(port->uses);
    free(port->memos);
    free(port->strings);
    free(port->chars_vars);
    free(port->needs);
    free(port->order);
    free(port);
}

/* --- order and lines --- */

static int by_position(const void *a, const void *b)
{
    const struct dd_finding *x = a, *y = b;

    if (x->file != y->file) {
        return x->file < y->file ? -1 : 1;
    }
    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }
    return x->rule < y->rule ? -1 : x->rule > y->rule;
}

static void drop_doubles(struct drydock_port *port)
{
    size_t kept = 0;

    for (size_t i = 0; i < port->nfindings; i++) {
        if (kept == 0 || by_position(&port->findings[kept - 1], &port->findings[i]) != 0) {
            port->findings[kept++] = port->findings[i];
        }
    }
    port->nfindings = kept;
}

/* a walk over one file in ascending order */
struct walk {
    uint32_t file, at, line, line_at;
};

static int walk_to(struct drydock_port *port, struct walk *w, uint32_t file, uint32_t at,
                   uint32_t *ret_line, uint32_t *ret_column)
{
    int r = 0;
    const struct dd_source *s = dd_source_load(port, file, &r);

    if (!s) {
        return r;
    }
    if (w->file != file) {
        *w = (struct walk){.file = file, .line = 1};
    }
    while (w->at < at) {
        const char *nl = memchr(s->bytes + w->at, '\n', at - w->at);

        if (!nl) {
            break;
        }
        w->line++;
        w->line_at = (uint32_t)(nl - s->bytes) + 1;
        w->at = w->line_at;
    }
    *ret_line = w->line;
    *ret_column = at - w->line_at + 1;
    return 0;
}

static int set_lines(struct drydock_port *port)
{
    struct walk w = {.file = PORT_NONE};
    int r = 0;

    for (size_t i = 0; r == 0 && i < port->nfindings; i++) {
        struct dd_finding *f = &port->findings[i];

        r = walk_to(port, &w, f->file, f->at, &f->line, &f->column);
        f->wanted = is_wanted(&port->options, f->rule);
    }
    return r;
}

static int by_finding(const void *a, const void *b)
{
    const struct dd_edit *x = a, *y = b;

    if (x->finding != y->finding) {
        return x->finding < y->finding ? -1 : 1;
    }
    return x->order < y->order ? -1 : x->order > y->order;
}

/* edits in the order of their findings, with lines; port->order in that of bytes */
static int settle(struct drydock_port *port)
{
    struct walk w = {.file = PORT_NONE};
    size_t kept = 0;
    int r = 0;

    if (port->nedits > 0) {
        qsort(port->edits, port->nedits, sizeof(*port->edits), by_finding);
    }
    for (uint32_t k = 0, e = 0; k < port->nfindings; k++) {
        struct dd_finding *f = &port->findings[k];

        f->edit_first = e;
        while (e < port->nedits && port->edits[e].finding == k) {
            e++;
        }
        f->edit_count = e - f->edit_first;
    }
    for (size_t k = 0; k < port->nfindings; k++) {
        if (port->findings[k].wanted) {
            for (uint32_t e = 0; e < port->findings[k].edit_count; e++) {
                port->edits[port->findings[k].edit_first + e].finding = (uint32_t)kept;
            }
            port->counts[dd_port_rules[port->findings[k].rule].cls]++;
            port->findings[kept++] = port->findings[k];
        }
    }
    port->nfindings = kept;
    r = dd_edits_sort(port);
    for (size_t i = 0; r == 0 && i < port->nedits; i++) {
        struct dd_edit *e = port->order[i];

        r = walk_to(port, &w, e->file, e->at, &e->line, &e->column);
    }
    return r;
}

PORT_API int drydock_port_analyze(struct drydock_port *port, char *why, size_t n)
{
    int r;

    if (port->analyzed) {
        return dd_why(why, n, EINVAL, "the set was analyzed already");
    }
    r = dd_scan(port);
    port->analyzed = true;
    if (r == 0 && (port->ndis5 || port->options.force_ndis5)) {
        r = dd_paths_scan(port);
    }
    if (r == 0 && port->nfindings > 0) {
        qsort(port->findings, port->nfindings, sizeof(*port->findings), by_position);
        drop_doubles(port);
    }
    r = r == 0 ? set_lines(port) : r;
    r = r == 0 ? dd_roles_find(port) : r;
    r = r == 0 ? dd_names_choose(port) : r;
    r = r == 0 ? dd_edits_make(port) : r;
    r = r == 0 ? settle(port) : r;
    if (r == 0 && port->no_memory) {
        r = -ENOMEM;
    }
    return r < 0 ? dd_why(why, n, -r, "the sources cannot be read to their end: %s", strerror(-r))
                 : 0;
}

/* --- questions --- */

PORT_API bool drydock_port_finding_at(const struct drydock_port *port, size_t index,
                                      struct drydock_port_finding *ret)
{
    const struct dd_finding *f;
    const struct drydock_port_rule *rule;
    const struct dd_source *s;

    if (index >= port->nfindings) {
        return false;
    }
    f = &port->findings[index];
    s = &port->sources[f->file];
    rule = &dd_port_rules[f->rule];
    *ret = (struct drydock_port_finding){.file = s->path,
                                         .line = f->line,
                                         .column = f->column,
                                         .offset = (size_t)f->at * (s->wide ? 2 : 1),
                                         .length = (size_t)f->length * (s->wide ? 2 : 1),
                                         .rule = rule->id,
                                         .cls = rule->cls,
                                         .function = f->function,
                                         .condition = f->condition,
                                         .text = rule->text,
                                         .detail = f->detail,
                                         .instead = rule->instead,
                                         .edit_refused = f->refused,
                                         .edit_first = f->edit_first,
                                         .edit_count = f->edit_count};
    return true;
}

PORT_API bool drydock_port_edit_at(const struct drydock_port *port, size_t index,
                                   struct drydock_port_edit *ret)
{
    const struct dd_edit *e;
    size_t wide;

    if (index >= port->nedits) {
        return false;
    }
    e = &port->edits[index];
    wide = port->sources[e->file].wide ? 2 : 1;
    *ret = (struct drydock_port_edit){.file = port->sources[e->file].path,
                                      .line = e->line,
                                      .column = e->column,
                                      .offset = (size_t)e->at * wide,
                                      .length = (size_t)e->length * wide,
                                      .text = e->text,
                                      .text_bytes = e->text_len};
    return true;
}

PORT_API bool drydock_port_is_ndis5(const struct drydock_port *port)
{
    return port->ndis5;
}

PORT_API size_t drydock_port_files(const struct drydock_port *port)
{
    return port->nsources;
}

PORT_API uint64_t drydock_port_lines(const struct drydock_port *port)
{
    return port->lines;
}

PORT_API size_t drydock_port_count(const struct drydock_port *port, enum drydock_port_class cls)
{
    return (unsigned)cls < DRYDOCK_PORT_CLASSES ? port->counts[cls] : 0;
}
