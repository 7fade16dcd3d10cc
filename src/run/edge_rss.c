/* SPDX-License-Identifier: MIT */
/*
 * Receive side scaling above the miniport: where its frames come, and another table now and then
 * (setting rss). NDIS sets RSS at the start (ndis/rss.c) and looks at each received list.
 */
#include "run/edge_int.h"

#include "ndis/rss.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_CHANGE                                                                               \
    256u /* received lists until the first new table; then twice as many, and so on */

struct dd_edge_rss {
    bool rebalance;
    uint64_t next; /* of the context that follows: received lists that bring a new table */
    _Atomic(uint64_t) hashed, unhashed, tables, cpus[DD_RSS_CPUS];
};

int dd_edge_rss_new(const struct dd_settings *s, struct dd_edge_rss **ret_rss)
{
    struct dd_edge_rss *r = NULL;

    if (s->rss != DD_RSS_OFF) {
        r = calloc(1, sizeof(*r));
        if (!r) {
            return -ENOMEM;
        }
        r->rebalance = s->rss == DD_RSS_REBALANCE;
        r->next = FIRST_CHANGE;
    }
    *ret_rss = r;
    return 0;
}

void dd_edge_rss_free(struct dd_edge_rss *r)
{
    free(r);
}

void dd_edge_rss_count(struct dd_edge *e, PNET_BUFFER_LIST chain)
{
    struct dd_edge_rss *r = e->rss;
    uint64_t hashed = 0, unhashed = 0;

    if (!r) {
        return;
    }
    for (; chain; chain = NET_BUFFER_LIST_NEXT_NBL(chain)) {
        if (NET_BUFFER_LIST_GET_HASH_TYPE(chain) != 0) {
            hashed++;
        } else {
            unhashed++;
        }
    }
    atomic_fetch_add(&r->hashed, hashed);
    atomic_fetch_add(&r->unhashed, unhashed);
    atomic_fetch_add(&r->cpus[dd_cpu_current() % DD_RSS_CPUS], hashed);
}

void dd_edge_rss_follow(struct dd_edge *e)
{
    struct dd_edge_rss *r = e->rss;

    if (r && r->rebalance && atomic_load(&r->hashed) + atomic_load(&r->unhashed) >= r->next) {
        r->next *= 2;
        if (dd_ndis_rss_rebalance(e->adapter)) {
            atomic_fetch_add(&r->tables, 1);
        }
    }
}

void dd_edge_rss_numbers(struct dd_edge *e, struct dd_rss_numbers *ret_numbers)
{
    const struct dd_edge_rss *r = e->rss;

    if (r) {
        ret_numbers->hashed = atomic_load(&r->hashed);
        ret_numbers->unhashed = atomic_load(&r->unhashed);
        ret_numbers->tables = atomic_load(&r->tables);
        for (unsigned i = 0; i < DD_RSS_CPUS; i++) {
            ret_numbers->cpus[i] = atomic_load(&r->cpus[i]);
        }
    }
}
