/* SPDX-License-Identifier: MIT */
/* Devices and their DMA adapters. */
#include "hal/hal_int.h"
#include "hal/quick.h"
#include "seam/seam.h"

#include <errno.h>
#include <stdlib.h>

static struct dd_mutex devices_lock = DD_MUTEX_INIT; /* guards devices and refs */
static struct dd_list devices = DD_LIST_INIT(devices);

static struct dd_hal_device *device_new(const struct dd_hal_device_config *config)
{
    struct dd_hal_device *dev = calloc(1, sizeof(*dev));
    struct dd_dma_device_config core = {
        .ram = config->ram,
        .domain = config->domain,
        .policy = config->policy,
        .adapter = config->adapter,
        .address_bits = config->address_bits,
    };

    if (!dev) {
        return NULL;
    }
    dev->refs = 1;
    dev->pdo = config->pdo;
    dev->checked = config->policy->checked;
    dev->cpus = dd_cpu_count();
    dev->cpu = aligned_alloc(_Alignof(struct dd_hal_cpu), dev->cpus * sizeof(*dev->cpu));
    dev->graveyard = dev->checked ? dd_graveyard_new() : NULL;
    if (!dev->cpu || (dev->checked && !dev->graveyard) ||
        dd_dma_device_init(&dev->core, &core) < 0) {
        dd_graveyard_free(dev->graveyard);
        free(dev->cpu);
        free(dev);
        return NULL;
    }
    memset(dev->cpu, 0, dev->cpus * sizeof(*dev->cpu));
    dd_mutex_init(&dev->lock);
    dd_list_init(&dev->adapters);
    dd_list_init(&dev->closed);
    dd_list_init(&dev->commons);
    dd_map_init(&dev->by_list);
    dd_map_init(&dev->by_obj);
    return dev;
}

int dd_hal_device_open(const struct dd_hal_device_config *config, struct dd_hal_device **ret_dev)
{
    struct dd_hal_device *dev = NULL;
    struct dd_list *pos;

    dd_mutex_lock(&devices_lock);
    DD_LIST_EACH(pos, &devices) {
        struct dd_hal_device *d = DD_LIST_ENTRY(pos, struct dd_hal_device, node);

        if (d->core.adapter == config->adapter) {
            d->refs++;
            dev = d;
        }
    }
    if (!dev) {
        dev = device_new(config);
        if (dev) {
            dd_list_append(&devices, &dev->node);
        }
    }
    dd_mutex_unlock(&devices_lock);
    if (!dev) {
        return -ENOMEM;
    }
    *ret_dev = dev;
    return 0;
}

struct dd_hal_device *dd_hal_device_find(const DEVICE_OBJECT *pdo)
{
    struct dd_hal_device *dev = NULL;
    struct dd_list *pos;

    dd_mutex_lock(&devices_lock);
    DD_LIST_EACH(pos, &devices) {
        struct dd_hal_device *d = DD_LIST_ENTRY(pos, struct dd_hal_device, node);

        if (pdo && d->pdo == pdo) {
            dev = d;
        }
    }
    dd_mutex_unlock(&devices_lock);
    return dev;
}

struct dd_hal_device *dd_hal_device_with(const void *list)
{
    struct dd_hal_device *found = NULL;
    struct dd_list *pos;

    dd_mutex_lock(&devices_lock);
    DD_LIST_EACH(pos, &devices) {
        struct dd_hal_device *d = DD_LIST_ENTRY(pos, struct dd_hal_device, node);

        dd_mutex_lock(&d->lock);
        if (dd_map_get(&d->by_list, DD_KEY(list))) {
            found = d;
        }
        dd_mutex_unlock(&d->lock);
    }
    dd_mutex_unlock(&devices_lock);
    return found;
}

static void device_free(struct dd_hal_device *dev)
{
    struct dd_list *pos;

    while (!dd_list_empty(&dev->adapters)) {
        dd_hal_adapter_close(DD_LIST_ENTRY(dev->adapters.next, struct dd_hal_adapter, node));
    }
    (void)dd_hal_commons_report(dev, false); /* when nobody asked before */
    /* callbacks that were under way when their adapter closed */
    dd_dpc_flush();
    while ((pos = dd_list_pop(&dev->closed))) {
        struct dd_hal_adapter *ha = DD_LIST_ENTRY(pos, struct dd_hal_adapter, node);

        dd_io_free(ha->io);
        dd_quick_free(ha->quick);
        dd_dma_done(&ha->dma);
        ha->magic = 0;
        free(ha);
    }
    dd_dma_device_done(&dev->core);
    dd_graveyard_free(dev->graveyard);
    dd_map_done(&dev->by_list);
    dd_map_done(&dev->by_obj);
    dd_mutex_done(&dev->lock);
    free(dev->cpu);
    free(dev);
}

void dd_hal_device_close(struct dd_hal_device *dev)
{
    bool last;

    dd_mutex_lock(&devices_lock);
    last = --dev->refs == 0;
    if (last) {
        dd_list_remove(&dev->node);
    }
    dd_mutex_unlock(&devices_lock);
    if (last) {
        device_free(dev);
    }
}

/* --- adapters --- */

int dd_hal_adapter_open(struct dd_hal_device *dev, unsigned driver_bits, uint64_t max_bytes,
                        struct dd_hal_adapter **ret_ha)
{
    struct dd_hal_adapter *ha = calloc(1, sizeof(*ha));

    if (!ha) {
        return -ENOMEM;
    }
    ha->object.Version = 1;
    ha->object.Size = sizeof(ha->object);
    ha->object.DmaOperations = dd_hal_operations(3);
    ha->magic = DD_MAGIC_DMA_ADAPTER;
    ha->dev = dev;
    dd_dma_init(&ha->dma, &dev->core, driver_bits, max_bytes);
    dd_list_init(&ha->lists);
    ha->quick = dd_quick_new(ha);
    dd_mutex_lock(&dev->lock);
    dd_list_append(&dev->adapters, &ha->node);
    dd_mutex_unlock(&dev->lock);
    *ret_ha = ha;
    return 0;
}

void dd_hal_adapter_close(struct dd_hal_adapter *ha)
{
    struct dd_hal_device *dev = ha->dev;
    KIRQL irql = dd_hal_raise();

    dd_mutex_lock(&dev->lock);
    dd_io_close_locked(ha);
    if (ha->quick) {
        dd_quick_close_locked(ha->quick);
    }
    while (!dd_list_empty(&ha->lists)) {
        dd_list_kill_locked(DD_LIST_ENTRY(ha->lists.next, struct dd_hal_list, node));
    }
    dd_list_remove(&ha->node);
    dd_list_append(&dev->closed, &ha->node);
    dd_mutex_unlock(&dev->lock);
    dd_hal_lower(irql);
}

/* --- reports --- */

unsigned dd_hal_adapter_report(struct dd_hal_adapter *ha, bool failed_init)
{
    struct dd_list *pos;
    unsigned n = 0;

    dd_mutex_lock(&ha->dev->lock);
    n += dd_io_report_locked(ha, failed_init);
    n += ha->quick ? dd_quick_live_locked(ha->quick) : 0; /* nobody listens */
    DD_LIST_EACH(pos, &ha->lists) {
        struct dd_hal_list *l = DD_LIST_ENTRY(pos, struct dd_hal_list, node);

        DD_SEAM(.kind = DD_EV_LEAK, .site = l->rq.site, .adapter = ha->dev->core.adapter,
                .obj = l->list, .data = dd_leak_name(DD_LEAK_SGL), .a = DD_LEAK_SGL,
                .b = l->x.owner, .c = failed_init);
        n++;
    }
    dd_mutex_unlock(&ha->dev->lock);
    return n;
}

unsigned dd_hal_device_report(struct dd_hal_device *dev, bool failed_init)
{
    struct dd_list *pos, *tmp;
    unsigned n = dd_hal_commons_report(dev, failed_init);

    DD_LIST_EACH_SAFE(pos, tmp, &dev->adapters) {
        struct dd_hal_adapter *ha = DD_LIST_ENTRY(pos, struct dd_hal_adapter, node);

        if (ha->from_driver) {
            n += dd_hal_adapter_report(ha, failed_init) + 1;
            DD_SEAM(.kind = DD_EV_LEAK, .site = ha->site, .adapter = dev->core.adapter, .obj = ha,
                    .data = dd_leak_name(DD_LEAK_DMA_ADAPTER), .a = DD_LEAK_DMA_ADAPTER, .b = 0,
                    .c = failed_init);
            dd_hal_adapter_close(ha);
        }
    }
    return n;
}

/* A counter is written by its CPU alone, with a plain add, and may be read at any time (a progress
 * display): an aligned word is never torn on the machines we run on. The thread sanitizer is told
 * not to look. */
__attribute__((no_sanitize("thread"))) static uint64_t get(const uint64_t *counter)
{
    return *(const volatile uint64_t *)counter;
}

static void stats_add(struct dd_dma_stats *sum, const struct dd_dma_stats *s)
{
    sum->sg_lists_built += get(&s->sg_lists_built);
    sum->sg_lists_freed += get(&s->sg_lists_freed);
    sum->sg_elements += get(&s->sg_elements);
    if (get(&s->sg_elements_max) > sum->sg_elements_max) {
        sum->sg_elements_max = get(&s->sg_elements_max);
    }
    sum->deferred_callbacks += get(&s->deferred_callbacks);
    sum->other_cpu_callbacks += get(&s->other_cpu_callbacks);
    sum->queued_requests += get(&s->queued_requests);
    sum->bounced_bytes += get(&s->bounced_bytes);
    sum->own_buffers_used += get(&s->own_buffers_used);
}

static void plain_add(struct dd_dma_stats *sum, const struct dd_hal_cpu *cpu)
{
    uint64_t one = get(&cpu->plain_built[0]), two = get(&cpu->plain_built[1]);
    uint64_t most = two > 0 ? 2 : one > 0;

    sum->sg_lists_built += one + two;
    sum->sg_lists_freed += get(&cpu->plain_freed);
    sum->sg_elements += one + 2 * two;
    if (most > sum->sg_elements_max) {
        sum->sg_elements_max = most;
    }
}

void dd_hal_device_stats(struct dd_hal_device *dev, struct dd_dma_stats *ret_stats)
{
    struct dd_dma_stats sum = {0};

    for (unsigned i = 0; i < dev->cpus; i++) {
        stats_add(&sum, &dev->cpu[i].s);
        plain_add(&sum, &dev->cpu[i]);
    }
    sum.caller_buffers_used = sum.sg_lists_built - sum.own_buffers_used;
    dd_mapreg_stats(&dev->core.regs, &sum.map_registers_now, &sum.map_registers_peak);
    sum.shared_memory_bytes_now = atomic_load(&dev->core.common_bytes);
    sum.shared_memory_bytes_peak = atomic_load(&dev->core.common_peak);
    *ret_stats = sum;
}

unsigned dd_hal_live_sends(struct dd_hal_device *dev)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < dev->cpus; i++) {
        const struct dd_hal_cpu *cpu = &dev->cpu[i];

        n += get(&cpu->live_sends) + get(&cpu->plain_built[0]) + get(&cpu->plain_built[1]) -
             get(&cpu->plain_freed);
    }
    return (unsigned)n;
}

unsigned dd_hal_live_of(struct dd_hal_device *dev, const void *obj)
{
    unsigned n = 0;

    dd_mutex_lock(&dev->lock);
    for (struct dd_hal_list *l = dd_map_get(&dev->by_obj, DD_KEY(obj)); l; l = l->same_obj) {
        n++;
    }
    dd_mutex_unlock(&dev->lock);
    return n;
}
