/* SPDX-License-Identifier: MIT */
#include "run/platform.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/thread.h"
#include "dev/qemu/kinds.h"
#include "hal/isa_dma.h"
#include "ndis/host.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINK_POLL_NS (200 * DD_NS_PER_US)
#define GONE_NS      DD_NS_PER_S

struct dd_platform {
    struct dd_dev_host host;
    struct dd_dma_line dma_line;
    struct dd_isa_dma *isa; /* ISA devices only */
    unsigned wired; /* DMA channels whose pins are attached: the first of dev->info.dma_channels */
    struct dd_dev *dev;
    struct dd_domain *domain;
    struct dd_wire *wire;
    _Atomic(struct dd_adapter *) adapter;
    _Atomic(bool) cable_in, closing, frozen;
    _Atomic(bool) gone;     /* gone_why is valid */
    _Atomic(bool) wired_up; /* wire is valid */
    char gone_why[512];
    enum dd_latency latency;
    struct dd_rng rng;    /* under lock */
    struct dd_mutex lock; /* guards kicked, stop, rng */
    struct dd_cond wake;
    struct dd_mutex service; /* one service() at a time */
    bool kicked, stop;
    struct dd_thread *thread;
};

/* those in the process; QEMU's depend on what is found */
static const struct dd_dev_kind *const own_kinds[] = {&dd_dev_soft_e1000e, &dd_dev_soft_isanic,
                                                      &dd_dev_null};

const struct dd_dev_kind *dd_platform_kind_at(unsigned index)
{
    const unsigned own = DD_ARRAY_LEN(own_kinds);

    return index < own ? own_kinds[index] : dd_qemu_kind_at(index - own);
}

const struct dd_dev_kind *dd_platform_kind(const char *spec)
{
    for (unsigned i = 0; i < DD_ARRAY_LEN(own_kinds); i++) {
        if (strcmp(own_kinds[i]->spec, spec) == 0) {
            return own_kinds[i];
        }
    }
    return dd_qemu_kind(spec);
}

/* --- the device's own context --- */

static uint64_t run_service(struct dd_platform *p)
{
    uint64_t next;

    dd_mutex_lock(&p->service);
    next = atomic_load(&p->frozen) ? UINT64_MAX : p->dev->ops->service(p->dev);
    dd_mutex_unlock(&p->service);
    return next;
}

static void device_main(void *arg)
{
    struct dd_platform *p = arg;
    uint64_t deadline = UINT64_MAX;

    dd_mutex_lock(&p->lock);
    while (!p->stop) {
        if (!p->kicked) {
            dd_cond_wait_until(&p->wake, &p->lock, deadline);
        }
        if (p->stop) {
            break;
        }
        p->kicked = false;
        dd_mutex_unlock(&p->lock);
        deadline = run_service(p);
        dd_mutex_lock(&p->lock);
    }
    dd_mutex_unlock(&p->lock);
}

static void wake_device(struct dd_platform *p)
{
    dd_mutex_lock(&p->lock);
    if (!p->kicked) {
        p->kicked = true;
        dd_cond_signal(&p->wake);
    }
    dd_mutex_unlock(&p->lock);
}

static bool serve_inline(struct dd_platform *p)
{
    bool now;

    if (p->latency == DD_LATENCY_DEFERRED) {
        return false;
    }
    if (p->latency == DD_LATENCY_INLINE) {
        return true;
    }
    dd_mutex_lock(&p->lock);
    now = dd_rng_below(&p->rng, 2) == 0;
    dd_mutex_unlock(&p->lock);
    return now;
}

/* inline: the work is done inside the register write, unless the device is at work already; its
 * context still gets a turn, since only it keeps the deadline */
static void host_kick(void *arg)
{
    struct dd_platform *p = arg;

    if (serve_inline(p) && dd_mutex_trylock(&p->service)) {
        if (!atomic_load(&p->frozen)) {
            p->dev->ops->service(p->dev);
        }
        dd_mutex_unlock(&p->service);
    }
    wake_device(p);
}

static void host_interrupt(void *arg, unsigned vector, bool level)
{
    struct dd_platform *p = arg;
    struct dd_adapter *a = atomic_load(&p->adapter);

    if (a) {
        dd_ndis_device_interrupt(a, vector, level);
    }
}

static void host_transmit(void *arg, const void *frame, size_t len_bytes)
{
    struct dd_platform *p = arg;

    if (atomic_load(&p->wired_up)) { /* a device with threads of its own is there before the wire */
        DD_SEAM(.kind = DD_EV_WIRE_FRAME, .adapter = atomic_load(&p->adapter), .obj = frame,
                .a = len_bytes);
        dd_wire_transmit(p->wire, frame, len_bytes);
    }
}

static void host_receive_ready(void *arg)
{
    struct dd_platform *p = arg;

    if (atomic_load(&p->wired_up)) {
        dd_wire_ready(p->wire);
    }
}

static uint64_t host_now(void *arg)
{
    (void)arg;
    return dd_clock_ns();
}

static void host_gone(void *arg, const char *why)
{
    struct dd_platform *p = arg;

    snprintf(p->gone_why, sizeof(p->gone_why), "%s", why);
    atomic_store(&p->gone, true);
    if (atomic_load(&p->wired_up)) {
        dd_wire_ready(p->wire); /* a frame that waits finds the device gone */
    }
}

/* --- the pins to the DMA controller --- */

static void line_request(void *arg, unsigned channel, bool level)
{
    struct dd_platform *p = arg;

    dd_isa_dma_request(p->isa, channel, level);
}

static size_t line_run(void *arg, unsigned channel, dd_dma_cycle_fn *cycle, void *cycle_arg)
{
    struct dd_platform *p = arg;

    return dd_isa_dma_run(p->isa, channel, cycle, cycle_arg);
}

/* before the device is opened: it has its lines from the start */
static int add_isa_bus(struct dd_platform *p, struct dd_ram *ram)
{
    p->dma_line = (struct dd_dma_line){.arg = p, .request = line_request, .run = line_run};
    p->host.dma = &p->dma_line;
    return dd_isa_dma_open(ram, &p->isa);
}

static int wire_channels(struct dd_platform *p)
{
    int r = 0;

    while (r == 0 && p->wired < p->dev->info.dma_count) {
        r = dd_isa_dma_attach(p->isa, p->dev->info.dma_channels[p->wired], host_kick, p);
        p->wired += r == 0;
    }
    return r;
}

static void unwire_channels(struct dd_platform *p)
{
    while (p->wired > 0) {
        dd_isa_dma_detach(p->isa, p->dev->info.dma_channels[--p->wired]);
    }
}

static int receive_unless_frozen(struct dd_platform *p, const void *frame, size_t len_bytes)
{
    while (atomic_load(&p->frozen) && !atomic_load(&p->closing)) {
        dd_thread_sleep_until(dd_clock_ns() + LINK_POLL_NS);
    }
    return p->dev->ops->receive(p->dev, frame, len_bytes);
}

static int deliver(void *arg, const void *frame, size_t len_bytes)
{
    struct dd_platform *p = arg;
    int r = receive_unless_frozen(p, frame, len_bytes);

    /* the cable is in and the two ends still negotiate: a lossless wire waits */
    while (r == -ENETDOWN && atomic_load(&p->cable_in) && !atomic_load(&p->closing)) {
        dd_thread_sleep_until(dd_clock_ns() + LINK_POLL_NS);
        r = receive_unless_frozen(p, frame, len_bytes);
    }
    return r;
}

void dd_platform_freeze(struct dd_platform *p, bool frozen)
{
    dd_mutex_lock(&p->service); /* what it does now is finished first */
    atomic_store(&p->frozen, frozen);
    dd_mutex_unlock(&p->service);
    p->dev->ops->freeze(p->dev, frozen);
    if (!frozen) {
        wake_device(p);
    }
}

int dd_platform_insert(struct dd_platform *p)
{
    int r = p->dev->ops->insert(p->dev);

    if (r == 0) {
        dd_platform_set_link(p, atomic_load(&p->cable_in));
        dd_wire_ready(p->wire);
        wake_device(p);
    }
    return r;
}

void dd_platform_set_link(struct dd_platform *p, bool up)
{
    atomic_store(&p->cable_in, up);
    p->dev->ops->set_link(p->dev, up);
    dd_wire_set_cable(p->wire, up);
}

/* --- making and unmaking --- */

static int open_device(struct dd_platform *p, const char *spec, const struct dd_settings *s,
                       uint64_t seed, char *why, size_t why_bytes)
{
    const struct dd_dev_kind *kind = dd_platform_kind(spec);
    char more[512] = "";
    const struct dd_dev_options options = {.spec = spec,
                                           .seed = seed,
                                           .link_down = s->link_down,
                                           .link_up_delay_ns = s->link_delay_ns,
                                           .prefetch = s->prefetch,
                                           .address_bits = s->dma.address_bits,
                                           .hot_plug = s->hot_plug,
                                           .why = more,
                                           .why_bytes = sizeof(more)};
    const char *reason;
    int r;

    if (!kind) {
        snprintf(why, why_bytes, "unknown device '%s': `drydock devices` lists them", spec);
        return -ENODEV;
    }
    reason = kind->unavailable ? kind->unavailable() : NULL;
    if (reason) {
        snprintf(why, why_bytes, "device %s: %s", spec, reason);
        return -ENODEV;
    }
    r = kind->open(&options, &p->host, &p->dev);
    if (r == 0 && p->isa) {
        r = wire_channels(p);
    }
    if (r < 0) {
        snprintf(why, why_bytes, "device %s: %s", spec, more[0] ? more : strerror(-r));
    }
    return r;
}

static int start(struct dd_platform *p, const struct dd_wire_config *wire)
{
    struct dd_wire_config config = *wire;
    int r;

    config.deliver = deliver;
    config.arg = p;
    r = dd_wire_new(&config, &p->wire);
    if (r == 0) {
        atomic_store(&p->wired_up, true);
        dd_wire_set_cable(p->wire, atomic_load(&p->cable_in));
    }
    return r < 0 ? r : dd_thread_start("device", device_main, p, &p->thread);
}

static bool is_isa(const struct dd_dev_kind *kind)
{
    return kind && kind->bus == DD_BUS_ISA;
}

/* there is no IOMMU between ISA and memory */
static int make_domain(struct dd_platform *p, struct dd_ram *ram, const struct dd_dev_kind *kind,
                       const struct dd_settings *settings)
{
    enum dd_domain_mode mode = is_isa(kind) ? DD_DOMAIN_OFF : settings->dma.iommu;
    unsigned bits = settings->dma.address_bits ? settings->dma.address_bits : 64;

    return dd_domain_new(ram, mode, bits, &p->domain);
}

int dd_platform_new(struct dd_ram *ram, const char *spec, const struct dd_settings *settings,
                    uint64_t seed, const struct dd_wire_config *wire,
                    struct dd_platform **ret_platform, char *why, size_t why_bytes)
{
    struct dd_platform *p = calloc(1, sizeof(*p));
    int r;

    if (!p) {
        snprintf(why, why_bytes, "not enough memory");
        return -ENOMEM;
    }
    dd_mutex_init(&p->lock);
    dd_mutex_init(&p->service);
    dd_cond_init(&p->wake);
    dd_rng_seed(&p->rng, seed, 0x6c617465);
    p->latency = settings->device_latency;
    atomic_store(&p->cable_in, !settings->link_down);
    r = make_domain(p, ram, dd_platform_kind(spec), settings);
    if (r < 0) {
        snprintf(why, why_bytes, "no memory for the DMA domain");
        goto fail;
    }
    p->host = (struct dd_dev_host){.arg = p,
                                   .domain = p->domain,
                                   .ram = ram,
                                   .kick = host_kick,
                                   .interrupt = host_interrupt,
                                   .transmit = host_transmit,
                                   .receive_ready = host_receive_ready,
                                   .now_ns = host_now,
                                   .gone = host_gone};
    r = is_isa(dd_platform_kind(spec)) ? add_isa_bus(p, ram) : 0;
    if (r < 0) {
        snprintf(why, why_bytes, "no memory for the DMA controllers");
        goto fail;
    }
    r = open_device(p, spec, settings, seed, why, why_bytes);
    if (r < 0) {
        goto fail;
    }
    r = start(p, wire);
    if (r < 0) {
        snprintf(why, why_bytes, "cannot start the device: %s", strerror(-r));
        goto fail;
    }
    *ret_platform = p;
    return 0;

fail:
    dd_platform_free(p);
    return r;
}

void dd_platform_free(struct dd_platform *p)
{
    if (!p) {
        return;
    }
    atomic_store(&p->closing, true);
    if (p->thread) {
        dd_mutex_lock(&p->lock);
        p->stop = true;
        dd_cond_signal(&p->wake);
        dd_mutex_unlock(&p->lock);
        dd_thread_join(p->thread);
    }
    dd_wire_stop(p->wire);
    unwire_channels(p);
    if (p->dev) {
        p->dev->ops->close(p->dev); /* may still send */
    }
    dd_wire_free(p->wire);
    dd_isa_dma_close(p->isa);
    if (p->domain) {
        dd_domain_free(p->domain);
    }
    dd_cond_done(&p->wake);
    dd_mutex_done(&p->service);
    dd_mutex_done(&p->lock);
    free(p);
}

const char *dd_platform_gone(struct dd_platform *p)
{
    return atomic_load(&p->gone) ? p->gone_why : NULL;
}

const char *dd_platform_look_gone(struct dd_platform *p)
{
    uint64_t deadline = dd_clock_ns() + GONE_NS;

    if (p->dev->info.bus == DD_BUS_PCI && p->dev->info.vendor_id != 0xffff &&
        p->dev->ops->config_read(p->dev, 0, 2) == 0xffff) {
        while (!atomic_load(&p->gone) && dd_clock_ns() < deadline) {
            dd_thread_sleep_until(dd_clock_ns() + LINK_POLL_NS);
        }
    }
    return dd_platform_gone(p);
}

uint64_t dd_platform_waiting(struct dd_platform *p)
{
    return p->dev->ops->waiting(p->dev);
}

struct dd_dev *dd_platform_dev(struct dd_platform *p)
{
    return p->dev;
}

struct dd_domain *dd_platform_domain(struct dd_platform *p)
{
    return p->domain;
}

struct dd_wire *dd_platform_wire(struct dd_platform *p)
{
    return p->wire;
}

void dd_platform_attach(struct dd_platform *p, struct dd_adapter *a)
{
    dd_domain_set_adapter(p->domain, a);
    atomic_store(&p->adapter, a);
}
