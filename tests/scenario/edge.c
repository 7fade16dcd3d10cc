/* SPDX-License-Identifier: MIT */
#include "edge.h"

#include "ndis/adapter_priv.h"
#include "nt/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define FRAME 60u

static void on_complete(void *arg, PNET_BUFFER_LIST chain, ULONG flags)
{
    struct edge *e = arg;
    PNET_BUFFER_LIST next;

    (void)flags;
    e->complete_irql = dd_irql_get();
    for (PNET_BUFFER_LIST nbl = chain; nbl != NULL; nbl = next) {
        next = nbl->Next;
        e->last_send_status = nbl->Status;
        e->completed++;
        dd_nbl_free(nbl, NULL);
    }
}

static void on_receive(void *arg, PNET_BUFFER_LIST chain, unsigned count, ULONG flags,
                       bool may_keep)
{
    struct edge *e = arg;
    unsigned n = 0;
    PNET_BUFFER_LIST last = chain;

    (void)flags;
    for (PNET_BUFFER_LIST nbl = chain; nbl != NULL; nbl = nbl->Next) {
        n++;
        last = nbl;
    }
    assert_int_equal(n, count);
    e->received += n;
    e->indications++;
    e->last_may_keep = may_keep;
    if (!may_keep) {
        return;
    }
    if (e->keep) {
        last->Next = e->kept;
        e->kept = chain;
    } else {
        dd_ndis_return(e->a, chain, 0);
    }
}

static void on_status(void *arg, const NDIS_STATUS_INDICATION *indication)
{
    struct edge *e = arg;

    e->statuses++;
    e->last_status_code = indication->StatusCode;
}

void edge_setup(struct edge *e, unsigned cpus, bool messages)
{
    struct dd_nbl_pool_config pool = {.allocate_nb = true, .owner = dd_ndis_host_owner};

    memset(e, 0, sizeof(*e));
    mini_reset();
    events_start();
    machine_start(&e->m, cpus);
    fake_init(&e->dev, messages);
    e->key =
        dd_key_open("\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Class\\{x}\\0000",
                    true);
    e->pool = dd_nbl_pool_new(&pool, NULL);
    e->data = dd_pool_alloc(FRAME, 1, dd_ndis_host_owner, DD_LEAK_POOL, NULL);
    e->mdl = dd_mdl_new(e->data, FRAME, dd_ndis_host_owner, NULL);
    assert_non_null(e->key);
    assert_non_null(e->pool);
    assert_non_null(e->mdl);
    memset(e->data, 0, FRAME);
    e->config = (struct dd_adapter_config){
        .name = "mini",
        .dev = &e->dev.dev,
        .domain = e->m.domain,
        .ram = e->m.ram,
        .dma_policy = &e->m.policy,
        .irq_mode = messages ? DD_IRQ_MSIX : DD_IRQ_LINE,
        .software_key = e->key,
        .hardware_key = e->key,
        .upper = {.arg = e,
                  .send_complete = on_complete,
                  .receive = on_receive,
                  .status = on_status},
        .cpus = cpus,
        .packet_filter = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_BROADCAST,
        .oid_timeout_ms = 200,
        .pause_timeout_ms = 300,
    };
}

static void drop_edge(struct edge *e)
{
    if (e->pool != NULL) {
        dd_nbl_pool_free(e->pool, NULL);
        dd_mdl_free(e->mdl, NULL);
        dd_pool_free(e->data, 0, NULL);
        e->pool = NULL;
    }
}

void edge_teardown(struct edge *e)
{
    drop_edge(e);
    machine_stop(&e->m);
    events_stop();
}

void edge_load(struct edge *e)
{
    NTSTATUS status = STATUS_UNSUCCESSFUL;

    assert_int_equal(dd_ndis_load(mini_entry, "mini", &status, &e->driver), 0);
    assert_int_equal(status, STATUS_SUCCESS);
    assert_int_equal(dd_ndis_adapter_new(e->driver, &e->config, &e->a), 0);
}

void edge_run(struct edge *e)
{
    edge_load(e);
    assert_int_equal(dd_ndis_initialize(e->a, NULL), 0);
    assert_int_equal(dd_ndis_restart(e->a, NULL), 0);
}

unsigned edge_stop(struct edge *e)
{
    if (e->a != NULL && e->a->state != DD_STATE_HALTED && e->a->state != DD_STATE_SHUTDOWN) {
        (void)dd_ndis_halt(e->a, NdisHaltDeviceDisabled);
    }
    dd_ndis_adapter_free(e->a);
    e->a = NULL;
    drop_edge(e);
    return dd_ndis_unload(e->driver);
}

PNET_BUFFER_LIST edge_nbl(struct edge *e, PVOID cancel_id)
{
    PNET_BUFFER_LIST nbl = dd_nbl_alloc_with(e->pool, e->mdl, 0, FRAME, NULL);

    assert_non_null(nbl);
    NDIS_SET_NET_BUFFER_LIST_CANCEL_ID(nbl, cancel_id);
    return nbl;
}

void edge_send(struct edge *e, unsigned n)
{
    PNET_BUFFER_LIST chain = NULL;

    while (n-- > 0) {
        PNET_BUFFER_LIST nbl = edge_nbl(e, NULL);

        nbl->Next = chain;
        chain = nbl;
    }
    dd_ndis_send(e->a, chain, 0);
}

void edge_return(struct edge *e)
{
    PNET_BUFFER_LIST chain = e->kept;

    e->kept = NULL;
    if (chain != NULL) {
        dd_ndis_return(e->a, chain, 0);
    }
}
