/* SPDX-License-Identifier: MIT */
/* A run of the small miniport on the fake device, and an upper edge that counts what reaches it. */
#ifndef DD_TEST_EDGE_H
#define DD_TEST_EDGE_H

#include "fixture.h"
#include "mini.h"
#include "ndis/nbl.h"

struct edge {
    struct machine m;
    struct fake_dev dev;
    struct dd_key *key;
    struct dd_driver *driver;
    struct dd_adapter *a;
    struct dd_adapter_config config;

    struct dd_nbl_pool *pool;
    void *data;
    PMDL mdl;

    /* what came up; atomic: completions may come from any context */
    _Atomic(unsigned) completed, received, indications, statuses;
    _Atomic(int) last_status_code, last_send_status;
    bool keep;             /* do not return receives inside the call */
    PNET_BUFFER_LIST kept; /* those */
    bool last_may_keep;
    _Atomic(KIRQL) complete_irql;
};

/* edge_setup / edge_teardown - machine, events and edge, no driver yet; mini_reset() is done */
void edge_setup(struct edge *e, unsigned cpus, bool messages);
void edge_teardown(struct edge *e);
/* edge_load - load the miniport and make the adapter; knobs are set before */
void edge_load(struct edge *e);
/* edge_run - and initialize, restart */
void edge_run(struct edge *e);
/* edge_stop - halt unless halted, adapter and driver away; returns leaks of the unload */
unsigned edge_stop(struct edge *e);

/* edge_nbl - an NBL with one NET_BUFFER of 60 bytes */
PNET_BUFFER_LIST edge_nbl(struct edge *e, PVOID cancel_id);
/* edge_send - @n of them in one chain */
void edge_send(struct edge *e, unsigned n);
/* count_of - a counter of the miniport, which other contexts change */
static inline LONG count_of(const volatile LONG *counter)
{
    return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
}

/* edge_return - receives that were kept */
void edge_return(struct edge *e);

#endif
