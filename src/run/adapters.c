/* SPDX-License-Identifier: MIT */
/*
 * Adapters: what the first one and the others (setting adapters) are made from. The others have
 * the same driver and a device of the same kind each, with a cable that ends in a sink. Nothing is
 * sent through them by the run; what they indicate is recorded and returned. Events hit the first.
 */
#include "run/runner.h"

#include "base/check.h"
#include "nt/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DIGITS 4 /* "0000" at the end of the keys */

static struct dd_key *key_of(const char *first, unsigned index)
{
    char path[256];

    snprintf(path, sizeof(path), "%.*s%04u", (int)strlen(first) - DIGITS, first, index);
    return dd_key_open(path, true);
}

struct dd_key *dd_runner_software_key(unsigned index)
{
    return key_of(DD_CLASS_KEY, index);
}

struct dd_key *dd_runner_hardware_key(unsigned index)
{
    return key_of(DD_ENUM_KEY, index);
}

static uint32_t milliseconds(double seconds, uint32_t when_zero)
{
    return seconds > 0 ? (uint32_t)(seconds * 1000) + 1 : when_zero;
}

/* Windows grants messages only to a device whose INF asks for them; without an INF nothing speaks
 * against it */
static enum dd_irq_mode irq_mode(struct dd_runner *r)
{
    struct dd_key *key =
        dd_key_open(DD_ENUM_KEY "/Interrupt Management/MessageSignaledInterruptProperties", false);
    const void *value = NULL;
    size_t len = 0;
    uint32_t type;
    bool asked = key && dd_key_get(key, "MSISupported", &type, &value, &len) == 0 &&
                 type == REG_DWORD && len >= 1 && *(const uint8_t *)value != 0;

    return r->plan.inf && !asked ? DD_IRQ_LINE : r->plan.settings.interrupt;
}

uint32_t dd_runner_offload_bits(enum dd_offload offload)
{
    static const uint32_t bits[] = {
        [DD_OFFLOAD_NONE] = 0,
        [DD_OFFLOAD_CHECKSUM] = DD_NDIS_OFFLOAD_CHECKSUM,
        [DD_OFFLOAD_LSO] = DD_NDIS_OFFLOAD_LARGE,
        [DD_OFFLOAD_ALL] = DD_NDIS_OFFLOAD_CHECKSUM | DD_NDIS_OFFLOAD_LARGE,
    };

    return bits[offload];
}

int dd_runner_make_adapter(struct dd_runner *r, unsigned index, struct dd_platform *platform,
                           struct dd_edge *edge, struct dd_adapter **ret_adapter)
{
    const struct dd_settings *s = &r->plan.settings;
    struct dd_adapter_config config = {.name = "Drydock adapter",
                                       .dev = dd_platform_dev(platform),
                                       .domain = dd_platform_domain(platform),
                                       .ram = r->ram,
                                       .dma_policy = &s->dma,
                                       .irq_mode = irq_mode(r),
                                       .software_key = dd_runner_software_key(index),
                                       .hardware_key = dd_runner_hardware_key(index),
                                       .upper = dd_edge_upper(edge),
                                       .cpus = r->plan.cpus,
                                       .packet_filter = NDIS_PACKET_TYPE_DIRECTED |
                                                        NDIS_PACKET_TYPE_MULTICAST |
                                                        NDIS_PACKET_TYPE_BROADCAST,
                                       .send_start_oids = true,
                                       .oid_timeout_ms = milliseconds(s->oid_limit_s, 12000),
                                       .pause_timeout_ms = milliseconds(s->watchdog_s, 10000),
                                       .rx_max_nbls = s->receive_throttle,
                                       .offload = dd_runner_offload_bits(s->offload),
                                       .rss = s->rss != DD_RSS_OFF};
    int e;

    if (s->packet_filter == DD_FILTER_PROMISCUOUS) {
        config.packet_filter |= NDIS_PACKET_TYPE_PROMISCUOUS;
    }
    e = dd_ndis_adapter_new(r->driver, &config, ret_adapter);
    if (e == 0) {
        dd_edge_attach(edge, *ret_adapter);
        dd_platform_attach(platform, *ret_adapter);
    }
    return e;
}

/* --- the others --- */

static int make_other(struct dd_runner *r, unsigned index, struct dd_other *o)
{
    struct dd_wire_config wire = {.kind = DD_WIRE_SINK, .seed = r->plan.seed + index};
    const struct dd_edge_config edge = {.ram = r->ram,
                                        .settings = &r->plan.settings,
                                        .received = r->received,
                                        .seed = r->plan.seed + index};
    int e = dd_platform_new(r->ram, r->plan.device, &r->plan.settings, r->plan.seed + index, &wire,
                            &o->platform, r->why, sizeof(r->why));

    if (e < 0) {
        dd_shared_set_end(r->shared, DD_END_COULD_NOT, r->why);
        return e;
    }
    e = dd_edge_new(&edge, &o->edge);
    if (e == 0) {
        e = dd_runner_make_adapter(r, index, o->platform, o->edge, &o->adapter);
    }
    if (e == 0) {
        e = dd_edge_start(o->edge, o->adapter); /* sends nothing */
    }
    if (e < 0) {
        snprintf(r->why, sizeof(r->why), "cannot make adapter %u: %s", index + 1, strerror(-e));
        dd_shared_set_end(r->shared, DD_END_DRIVER, r->why);
        return e;
    }
    dd_wire_start(dd_platform_wire(o->platform));
    return dd_runner_start(r, o->adapter);
}

int dd_runner_others_up(struct dd_runner *r)
{
    int e = 0;

    for (unsigned i = 1; e == 0 && i < r->plan.settings.adapters; i++) {
        e = make_other(r, i, &r->others[i - 1]);
    }
    return e;
}

static void look_at(struct dd_other *o)
{
    if (o->adapter) {
        dd_ndis_get_stats(o->adapter, &o->ndis);
        dd_ndis_dma_stats(o->adapter, &o->dma);
    }
    if (o->platform) {
        o->faults = dd_domain_faults(dd_platform_domain(o->platform));
    }
}

void dd_runner_others_down(struct dd_runner *r)
{
    for (unsigned i = DD_ARRAY_LEN(r->others); i-- > 0;) {
        struct dd_other *o = &r->others[i];

        if (o->edge) {
            dd_edge_stop(o->edge);
            if (o->adapter) {
                dd_edge_return_all(o->edge);
            }
        }
        if (o->adapter) {
            dd_ndis_halt(o->adapter, NdisHaltDeviceDisabled);
            dd_domain_flush(dd_platform_domain(o->platform));
            look_at(o);
            r->shared->counters.leaks += o->ndis.leaks;
            dd_platform_attach(o->platform, NULL);
            dd_ndis_adapter_free(o->adapter);
            o->adapter = NULL;
        }
    }
}

void dd_runner_others_shutdown(struct dd_runner *r)
{
    for (unsigned i = 0; i < DD_ARRAY_LEN(r->others); i++) {
        if (r->others[i].adapter) {
            dd_edge_stop(r->others[i].edge);
            dd_ndis_shutdown(r->others[i].adapter, NdisShutdownPowerOff);
        }
    }
}

void dd_runner_others_free(struct dd_runner *r)
{
    for (unsigned i = 0; i < DD_ARRAY_LEN(r->others); i++) {
        if (r->others[i].edge && dd_edge_outstanding(r->others[i].edge) == 0) {
            dd_edge_free(r->others[i].edge);
        }
        dd_platform_free(r->others[i].platform);
    }
}

static void add_dma(struct dd_dma_stats *sum, const struct dd_dma_stats *m)
{
    sum->sg_lists_built += m->sg_lists_built;
    sum->sg_lists_freed += m->sg_lists_freed;
    sum->sg_elements += m->sg_elements;
    sum->sg_elements_max = dd_max_u64(sum->sg_elements_max, m->sg_elements_max);
    sum->deferred_callbacks += m->deferred_callbacks;
    sum->other_cpu_callbacks += m->other_cpu_callbacks;
    sum->queued_requests += m->queued_requests;
    sum->bounced_bytes += m->bounced_bytes;
    sum->map_registers_peak = dd_max_u64(sum->map_registers_peak, m->map_registers_peak);
    sum->shared_memory_bytes_peak += m->shared_memory_bytes_peak;
    sum->shared_memory_async += m->shared_memory_async;
    sum->caller_buffers_used += m->caller_buffers_used;
    sum->own_buffers_used += m->own_buffers_used;
}

void dd_runner_others_add(struct dd_runner *r, struct dd_ndis_stats *n, struct dd_dma_stats *m,
                          uint64_t *faults)
{
    for (unsigned i = 0; i < DD_ARRAY_LEN(r->others); i++) {
        struct dd_other *o = &r->others[i];

        look_at(o);
        n->nbls_received += o->ndis.nbls_received;
        n->bytes_received += o->ndis.bytes_received;
        n->nbls_returned += o->ndis.nbls_returned;
        n->interrupts += o->ndis.interrupts;
        n->dpcs += o->ndis.dpcs;
        n->oids += o->ndis.oids;
        add_dma(m, &o->dma);
        *faults += o->faults;
    }
}
