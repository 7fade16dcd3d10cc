/* SPDX-License-Identifier: MIT */
/* Making and unmaking an adapter, counters, and what of it can be asked from outside. */
#include "ndis/adapter_priv.h"

#include "nt/devobj.h"
#include "nt/io.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OID_TIMEOUT_MS   12000
#define PAUSE_TIMEOUT_MS 10000
#define TYPE_DEVICE      3 /* DEVICE_OBJECT.Type */

static void config_take(struct dd_adapter *a, const struct dd_adapter_config *config)
{
    struct dd_adapter_config *c = &a->priv->config;

    *c = *config;
    c->oid_timeout_ms = c->oid_timeout_ms != 0 ? c->oid_timeout_ms : OID_TIMEOUT_MS;
    c->pause_timeout_ms = c->pause_timeout_ms != 0 ? c->pause_timeout_ms : PAUSE_TIMEOUT_MS;
    c->cpus = c->cpus != 0 ? c->cpus : dd_cpu_count();
    c->rx_max_nbls = c->rx_max_nbls != 0 ? c->rx_max_nbls : NDIS_INDICATE_ALL_NBLS;
    a->dev = c->dev;
    a->domain = c->domain;
    a->ram = c->ram;
    a->dma_policy = c->dma_policy;
    a->irq_mode = c->irq_mode;
    a->software_key = c->software_key;
    a->hardware_key = c->hardware_key;
    a->upper = c->upper;
    (void)snprintf(a->name, sizeof(a->name), "%s",
                   c->name != NULL ? c->name : "Drydock Ethernet Adapter");
}

static DEVICE_OBJECT *device_new(struct dd_driver *driver)
{
    DEVICE_OBJECT *d = calloc(1, sizeof(*d));

    if (d != NULL) {
        d->Type = TYPE_DEVICE;
        d->Size = sizeof(*d);
        d->ReferenceCount = 1;
        d->DriverObject = driver->object;
        d->StackSize = 1;
    }
    return d;
}

static void devices_free(struct dd_adapter *a)
{
    if (a->fdo != NULL) {
        dd_devobj_forget(a->fdo);
    }
    if (a->pdo != NULL) {
        dd_devobj_forget(a->pdo);
    }
    free(a->fdo);
    free(a->pdo);
}

/* the PDO, and the FDO on it; src/nt answers the IRPs a driver sends to them */
static int devices_new(struct dd_adapter *a)
{
    struct dd_devobj_pdo pdo = {
        .software_key = a->software_key,
        .hardware_key = a->hardware_key,
        .dev = a->dev,
        .slot = (a->io_index + 1) << 16,
    };
    int r;

    a->pdo = device_new(a->driver);
    a->next_do = a->pdo;
    a->fdo = device_new(a->driver);
    if (a->pdo == NULL || a->fdo == NULL) {
        return -ENOMEM;
    }
    a->pdo->AttachedDevice = a->fdo;
    a->fdo->StackSize = 2;
    r = dd_devobj_adopt(a->pdo, &pdo, NULL);
    return r < 0 ? r : dd_devobj_adopt(a->fdo, NULL, a->pdo);
}

static void locks_init(struct dd_adapter *a)
{
    struct dd_adapter_private *p = a->priv;

    dd_mutex_init(&a->lock);
    dd_gate_init(&p->pnp);
    dd_gate_init(&p->oid_gate);
    dd_pend_init(&p->pause, DD_ROLE_PAUSE);
    dd_pend_init(&p->restart, DD_ROLE_RESTART);
    dd_pend_init(&p->reset, DD_ROLE_RESET);
    dd_mutex_init(&p->oid.lock);
    dd_mutex_init(&p->intr_lock);
    dd_mutex_init(&p->rss.lock);
    dd_hang_init(a);
}

static void adapter_drop(struct dd_adapter *a)
{
    devices_free(a);
    free(a->priv);
    a->magic = 0;
    free(a);
}

int dd_ndis_adapter_new(struct dd_driver *driver, const struct dd_adapter_config *config,
                        struct dd_adapter **ret_adapter)
{
    struct dd_adapter *a = calloc(1, sizeof(*a));
    int r = -ENOMEM;

    if (a == NULL) {
        return -ENOMEM;
    }
    a->priv = aligned_alloc(64, dd_align_up(sizeof(*a->priv), 64));
    if (a->priv == NULL) {
        free(a);
        return -ENOMEM;
    }
    memset(a->priv, 0, sizeof(*a->priv));
    a->magic = DD_MAGIC_ADAPTER;
    a->driver = driver;
    a->state = DD_STATE_HALTED;
    dd_list_init(&a->sg_handles);
    config_take(a, config);
    locks_init(a);
    r = dd_io_attach(a->dev, &a->io_index);
    if (r < 0) {
        goto drop;
    }
    r = devices_new(a);
    if (r < 0) {
        goto detach;
    }
    r = dd_adapter_publish(a);
    if (r < 0) {
        goto detach;
    }
    dd_list_append(&driver->adapters, &a->node);
    *ret_adapter = a;
    return 0;

detach:
    dd_io_detach(a->io_index);
drop:
    adapter_drop(a);
    return r;
}

/* The driver of a machine that was shut down still holds what it made; nothing runs it again. So
 * that nothing of it dangles, the adapter is kept until the process ends. */
static struct dd_adapter *graveyard;

static void bury(struct dd_adapter *a)
{
    dd_ndis_drop_quietly(a);
    dd_adapter_withdraw(a);
    dd_list_remove(&a->node);
    dd_io_detach(a->io_index);
    a->magic = 0;
    a->upper.arg = graveyard;
    graveyard = a;
}

void dd_ndis_adapter_free(struct dd_adapter *a)
{
    enum dd_adapter_state state;

    if (a == NULL) {
        return;
    }
    dd_hang_stop(a);
    dd_work_flush();
    if (a->priv->remove_ctx != NULL) {
        dd_ctx_join(a->priv->remove_ctx);
    }
    state = dd_adapter_state_get(a);
    dd_assert(state == DD_STATE_HALTED || state == DD_STATE_SHUTDOWN);
    if (state == DD_STATE_SHUTDOWN) {
        bury(a);
        return;
    }
    dd_pnp_remove_device(a);
    dd_adapter_withdraw(a);
    dd_list_remove(&a->node);
    dd_io_detach(a->io_index);
    dd_resources_drop(a);
    dd_attributes_drop(a);
    dd_oid_done(a);
    dd_mutex_done(&a->priv->oid.lock);
    dd_mutex_done(&a->priv->intr_lock);
    dd_mutex_done(&a->lock);
    adapter_drop(a);
}

static uint64_t get(const _Atomic(uint64_t) *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void dd_ndis_get_stats(struct dd_adapter *a, struct dd_ndis_stats *ret_stats)
{
    const struct dd_counters *c = &a->priv->count;

    *ret_stats = (struct dd_ndis_stats){
        .nbls_sent = get(&c->nbls_sent),
        .nbs_sent = get(&c->nbs_sent),
        .bytes_sent = get(&c->bytes_sent),
        .nbls_completed = get(&c->nbls_completed),
        .nbls_failed = get(&c->nbls_failed),
        .nbls_received = get(&c->nbls_received),
        .bytes_received = get(&c->bytes_received),
        .nbls_returned = get(&c->nbls_returned),
        .indications = get(&c->indications),
        .interrupts = get(&c->interrupts),
        .dpcs = get(&c->dpcs),
        .oids = get(&c->oids),
        .leaks = get(&c->leaks),
    };
}

uint64_t dd_ndis_sends_outstanding(struct dd_adapter *a)
{
    return atomic_load(&a->priv->sends_out[0]) + atomic_load(&a->priv->sends_out[1]);
}

uint64_t dd_ndis_receives_outstanding(struct dd_adapter *a)
{
    return atomic_load(&a->priv->receives_out);
}

bool dd_ndis_remove_requested(struct dd_adapter *a)
{
    return atomic_load(&a->priv->remove_requested);
}
