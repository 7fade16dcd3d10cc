/* SPDX-License-Identifier: MIT */
/* Who is alive: the adapters and drivers that a handle may name. Looked up by address, never by
 * what is there. */
#include "ndis/adapter_priv.h"
#include "ndis/driver_int.h"

#include "nt/machine.h"

#include <errno.h>

#define ADAPTERS_MAX 16
#define DRIVERS_MAX  8

static _Atomic(struct dd_adapter *) adapters[ADAPTERS_MAX];
static _Atomic(struct dd_driver *) drivers[DRIVERS_MAX];

const char dd_ndis_host_owner[] = "host";

int dd_adapter_publish(struct dd_adapter *a)
{
    for (unsigned i = 0; i < ADAPTERS_MAX; i++) {
        struct dd_adapter *none = NULL;

        if (atomic_compare_exchange_strong(&adapters[i], &none, a)) {
            return 0;
        }
    }
    return -ENOSPC;
}

void dd_adapter_withdraw(struct dd_adapter *a)
{
    for (unsigned i = 0; i < ADAPTERS_MAX; i++) {
        struct dd_adapter *mine = a;

        (void)atomic_compare_exchange_strong(&adapters[i], &mine, NULL);
    }
}

struct dd_adapter *dd_adapter_find(bool (*match)(const struct dd_adapter *a, const void *arg),
                                   const void *arg)
{
    for (unsigned i = 0; i < ADAPTERS_MAX; i++) {
        struct dd_adapter *a = atomic_load(&adapters[i]);

        if (a != NULL && match(a, arg)) {
            return a;
        }
    }
    return NULL;
}

int dd_driver_publish(struct dd_driver *d)
{
    for (unsigned i = 0; i < DRIVERS_MAX; i++) {
        struct dd_driver *none = NULL;

        if (atomic_compare_exchange_strong(&drivers[i], &none, d)) {
            return 0;
        }
    }
    return -ENOSPC;
}

void dd_driver_withdraw(struct dd_driver *d)
{
    for (unsigned i = 0; i < DRIVERS_MAX; i++) {
        struct dd_driver *mine = d;

        (void)atomic_compare_exchange_strong(&drivers[i], &mine, NULL);
    }
}

unsigned dd_drivers_alive(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < DRIVERS_MAX; i++) {
        n += atomic_load(&drivers[i]) != NULL;
    }
    return n;
}

struct dd_adapter *dd_adapter_from_handle(NDIS_HANDLE h)
{
    if (h == NULL) {
        return NULL;
    }
    for (unsigned i = 0; i < ADAPTERS_MAX; i++) {
        struct dd_adapter *a = atomic_load_explicit(&adapters[i], memory_order_acquire);

        if ((void *)a == h) {
            return a->magic == DD_MAGIC_ADAPTER ? a : NULL;
        }
    }
    return NULL;
}

struct dd_driver *dd_driver_from_handle(NDIS_HANDLE h)
{
    if (h == NULL) {
        return NULL;
    }
    for (unsigned i = 0; i < DRIVERS_MAX; i++) {
        struct dd_driver *d = atomic_load_explicit(&drivers[i], memory_order_acquire);

        if ((void *)d == h) {
            return d->magic == DD_MAGIC_DRIVER ? d : NULL;
        }
    }
    return NULL;
}

struct dd_driver *dd_driver_of_object(const DRIVER_OBJECT *object)
{
    for (unsigned i = 0; i < DRIVERS_MAX; i++) {
        struct dd_driver *d = atomic_load_explicit(&drivers[i], memory_order_acquire);

        if (d != NULL && d->object == object) {
            return d;
        }
    }
    return NULL;
}

const void *dd_ndis_owner(NDIS_HANDLE h)
{
    if (dd_adapter_from_handle(h) != NULL || dd_driver_from_handle(h) != NULL) {
        return h;
    }
    if (dd_slab_is(h, DD_SLOT_DEVICE)) {
        return ((const struct dd_nobj *)h)->owner;
    }
    return h == (NDIS_HANDLE)(uintptr_t)dd_ndis_host_owner ? dd_ndis_host_owner
                                                           : dd_generic_owner(h);
}

struct dd_adapter *dd_adapter_of(NDIS_HANDLE h, const void *site)
{
    struct dd_adapter *a = dd_adapter_from_handle(h);

    if (a == NULL) {
        dd_bad_object(h, "not an adapter handle", site);
    }
    return a;
}

unsigned dd_ndis_runtime_version(void)
{
    const struct dd_machine_config *m = dd_machine();

    return m != NULL && m->ndis_version != 0 ? m->ndis_version : 0x60057;
}
