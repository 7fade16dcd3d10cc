/* SPDX-License-Identifier: MIT */
/*
 * NDIS_PHYSICAL_ADDRESS_UNIT becomes SCATTER_GATHER_ELEMENT, and its member PhysicalAddress becomes
 * Address wherever a variable declared with the type is used:
 *
 *   NDIS_PHYSICAL_ADDRESS_UNIT Fragments[8];     the name reaches to the end of its function, or
 *   x(Fragments[i].PhysicalAddress);             of its file
 *
 * The uses of a file are listed once and sorted by name, so that a declaration costs a search and
 * the uses it claims. No use is claimed twice: what an earlier declaration reached is done.
 */
#include "port_int.h"

#include <stdlib.h>

struct dd_use {
    const char *name; /* interned: one pointer for each name */
    uint32_t member;  /* the token PhysicalAddress */
    uint32_t claimed; /* of the first use of a name: uses before this token are done */
};

static int by_name(const void *a, const void *b)
{
    const struct dd_use *x = a, *y = b;

    if (x->name != y->name) {
        return (uintptr_t)x->name < (uintptr_t)y->name ? -1 : 1;
    }
    return x->member < y->member ? -1 : x->member > y->member;
}

/* the name in front of .PhysicalAddress at @i, brackets skipped; 0: none */
static uint32_t used_name(const struct dd_source *s, uint32_t i)
{
    uint32_t b = i - 2;

    if (i < 3 || !(tok_is(s, i - 1, ".") || tok_is(s, i - 1, "->"))) {
        return 0;
    }
    while (b > 1 && tok_is(s, b, "]") && tok_match(s, b) < b) {
        b = tok_match(s, b) - 1;
    }
    return tok_is_kind(s, b, TOK_IDENT) ? b : 0;
}

static void list_uses(struct drydock_port *port, const struct dd_source *s, uint32_t file)
{
    port->nuses = 0;
    port->uses_file = file;
    for (uint32_t i = 1; i < s->ntok; i++) {
        uint32_t name =
            tok_is_kind(s, i, TOK_IDENT) && tok_is(s, i, "PhysicalAddress") ? used_name(s, i) : 0;
        struct dd_use *list;

        if (name == 0) {
            continue;
        }
        list = dd_grow(port->uses, port->nuses, &port->use_cap, sizeof(*list));
        if (!list) {
            port->no_memory = true;
            return;
        }
        port->uses = list;
        list[port->nuses++] = (struct dd_use){.name = dd_tok_text(port, s, name), .member = i};
    }
    if (port->nuses > 0) {
        qsort(port->uses, port->nuses, sizeof(*port->uses), by_name);
    }
}

/* the first use that is not before @key */
static size_t find_use(const struct drydock_port *port, const struct dd_use *key)
{
    size_t lo = 0, hi = port->nuses;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;

        if (by_name(&port->uses[mid], key) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

void dd_edit_frag(struct drydock_port *port, const struct dd_source *s, uint32_t k)
{
    const struct dd_finding *f = &port->findings[k];
    const struct dd_func *in = dd_func_at(s, f->tok);
    uint32_t v = f->tok + 1, stop = in ? in->close : (uint32_t)s->ntok - 1;
    struct dd_use key = {0}, *first;
    size_t i;

    dd_edit_add(port, k, f->file, f->at, f->length, dd_names[f->name].becomes);
    while (tok_is(s, v, "*") || tok_is(s, v, "const")) {
        v++;
    }
    if (!tok_is_kind(s, v, TOK_IDENT)) {
        return;
    }
    if (port->uses_file != f->file || !port->uses_listed) {
        list_uses(port, s, f->file);
        port->uses_listed = true;
    }
    key.name = dd_tok_text(port, s, v);
    i = find_use(port, &key);
    if (i == port->nuses || port->uses[i].name != key.name) {
        return;
    }
    first = &port->uses[i];
    key.member = first->claimed > v ? first->claimed : v + 1;
    for (i = find_use(port, &key);
         i < port->nuses && port->uses[i].name == key.name && port->uses[i].member < stop; i++) {
        uint32_t m = port->uses[i].member;

        dd_edit_add(port, k, f->file, s->toks[m].at, tok_len(s, m), "Address");
    }
    first->claimed = stop > first->claimed ? stop : first->claimed;
}
