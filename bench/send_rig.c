/* SPDX-License-Identifier: MIT */
#include "send.h"

#include "base/clock.h"
#include "callgrind.h"
#include "nt/machine.h"
#include "run/edge_int.h"
#include "run/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES       64u
#define TDT          0x3818u
#define NDIS_VERSION (6u << 16 | 87)
#define KEY          "Registry/Machine/Bench/"

static struct {
    const struct send_config *config;
    struct dd_settings settings;
    struct dd_ram *ram;
    struct dd_ctx *ctx;
    struct dd_verify *verify;
    struct dd_platform *platform;
    struct dd_image *image;
    struct dd_driver *driver;
    struct dd_adapter *a;
    struct dd_edge *edge;
    struct dd_frame frames[FRAMES];
    uint8_t bytes[FRAMES][SEND_FRAME_MAX];
    struct dd_pcap capture;
    bool started;
    struct dd_dev_ops counting;
    const struct dd_dev_ops *plain;
    _Atomic(uint64_t) reads, writes, doorbells;
} s;

/* --- register accesses, counted --- */

static uint64_t counting_read(struct dd_dev *d, unsigned bar, uint64_t offset, unsigned width)
{
    atomic_fetch_add_explicit(&s.reads, 1, memory_order_relaxed);
    return s.plain->bar_read(d, bar, offset, width);
}

static void counting_write(struct dd_dev *d, unsigned bar, uint64_t offset, unsigned width,
                           uint64_t value)
{
    atomic_fetch_add_explicit(&s.writes, 1, memory_order_relaxed);
    if (bar == 0 && offset == TDT) {
        atomic_fetch_add_explicit(&s.doorbells, 1, memory_order_relaxed);
    }
    s.plain->bar_write(d, bar, offset, width, value);
}

/* the driver reaches the card through its operations alone */
static void count_accesses(struct dd_dev *dev)
{
    s.plain = dev->ops;
    s.counting = *dev->ops;
    s.counting.bar_read = counting_read;
    s.counting.bar_write = counting_write;
    dev->ops = &s.counting;
}

/* --- up --- */

static void frames_make(void)
{
    static const uint8_t head[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5};

    for (unsigned i = 0; i < FRAMES; i++) {
        memset(s.bytes[i], (int)i, s.config->frame_bytes);
        memcpy(s.bytes[i], head, sizeof(head));
        s.frames[i] =
            (struct dd_frame){.bytes = s.bytes[i], .len_bytes = (uint32_t)s.config->frame_bytes};
    }
    s.capture = (struct dd_pcap){.frames = s.frames,
                                 .count = FRAMES,
                                 .bytes = FRAMES * s.config->frame_bytes};
}

static bool in_driver(void *arg, const void *site)
{
    (void)arg;
    return s.image && dd_load_contains(s.image, site);
}

static void on_finding(void *arg, const struct dd_finding *f)
{
    (void)arg;
    die("the verifier says: %s: %s", f->rule->id, f->text);
}

static void machine_up(void)
{
    const struct dd_verify_config v = {.report = on_finding, .in_driver = in_driver};
    const struct dd_ram_config ram = {.low_bytes = s.settings.ram_bytes,
                                      .seed = 1,
                                      .shuffle = true};
    struct dd_machine_config machine = {
        .cpus = 1, .seed = 1, .ndis_version = NDIS_VERSION, .os_major = 10, .os_build = 22621};

    if (s.config->verify &&
        (dd_verify_new(&v, &s.verify) < 0 || dd_seam_listen(dd_verify_listener(s.verify)) < 0)) {
        die("not enough memory");
    }
    if (dd_ram_new(&ram, &s.ram) < 0) {
        die("not enough memory");
    }
    machine.ram = s.ram;
    if (dd_machine_start(&machine) < 0 || dd_ctx_adopt("bench", 0, &s.ctx) < 0) {
        die("the machine does not start");
    }
}

static void registry_fill(void)
{
    struct dd_key *software = dd_key_open(KEY "0", true), *hardware = dd_key_open(KEY "1", true);
    char why[512] = "", name[64];

    if (dd_inf_load(s.config->inf, software, hardware, dd_key_open(KEY "2", true), why,
                    sizeof(why)) < 0) {
        die("%s", why);
    }
    for (unsigned i = 0; i < s.config->keyword_count; i++) {
        const char *keyword = s.config->keywords[i];
        size_t len = strcspn(keyword, "=");

        snprintf(name, sizeof(name), "%.*s", (int)len, keyword);
        dd_key_set_string(software, name, keyword + len + 1);
    }
}

static void driver_up(void)
{
    const struct dd_wire_config wire = {.kind = DD_WIRE_SINK};
    NTSTATUS status = 0;
    char why[512] = "";

    if (dd_platform_new(s.ram, s.config->device, &s.settings, 1, &wire, &s.platform, why,
                        sizeof(why)) < 0) {
        fprintf(stderr, "%s\n", why);
        exit(77);
    }
    if (s.config->count) {
        count_accesses(dd_platform_dev(s.platform));
    }
    if (dd_load_open(s.config->driver, &s.image, why, sizeof(why)) < 0) {
        die("%s", why);
    }
    if (dd_ndis_load((dd_driver_entry *)dd_load_entry(s.image), "bench", &status, &s.driver) < 0) {
        die("DriverEntry failed with status %#x", (unsigned)status);
    }
}

static void adapter_up(void)
{
    const struct dd_edge_config edge = {.ram = s.ram,
                                        .settings = &s.settings,
                                        .capture = &s.capture,
                                        .loop = UINT64_MAX / FRAMES,
                                        .seed = 1};
    struct dd_adapter_config config = {
        .name = "bench",
        .dev = dd_platform_dev(s.platform),
        .domain = dd_platform_domain(s.platform),
        .ram = s.ram,
        .dma_policy = &s.settings.dma,
        .irq_mode = s.settings.interrupt,
        .software_key = dd_key_open(KEY "0", true),
        .hardware_key = dd_key_open(KEY "1", true),
        .cpus = 1,
        .packet_filter = NDIS_PACKET_TYPE_DIRECTED,
        .send_start_oids = true,
    };

    if (dd_edge_new(&edge, &s.edge) < 0) {
        die("not enough memory");
    }
    config.upper = dd_edge_upper(s.edge);
    if (dd_ndis_adapter_new(s.driver, &config, &s.a) < 0) {
        die("the adapter can not be made");
    }
    dd_platform_attach(s.platform, s.a);
    if (dd_ndis_initialize(s.a, NULL) < 0 || dd_ndis_restart(s.a, NULL) < 0) {
        die("the adapter does not start");
    }
    dd_ndis_start_sequence(s.a);
    while (s.a->link.MediaConnectState == MediaConnectStateDisconnected) {
        dd_sched_park(dd_sched_now() + DD_NS_PER_MS);
    }
}

void send_up(const struct send_config *config)
{
    s.config = config;
    dd_settings_default(&s.settings);
    s.settings.dma.iommu = config->iommu;
    s.settings.dma.checked = config->verify;
    frames_make();
    machine_up();
    registry_fill();
    driver_up();
    adapter_up();
    dd_wire_start(dd_platform_wire(s.platform));
}

/* --- work --- */

void send_go(void)
{
    if (s.started) {
        dd_edge_go(s.edge);
    } else if (dd_edge_start(s.edge, s.a) < 0) {
        die("the edge does not start");
    }
    s.started = true;
}

void send_hold(void)
{
    dd_edge_hold(s.edge);
    while (dd_edge_outstanding(s.edge) > 0) {
        dd_sched_park(dd_sched_now() + DD_NS_PER_MS / 10);
    }
}

uint64_t send_completed(void)
{
    struct dd_ndis_stats n;

    dd_ndis_get_stats(s.a, &n);
    return n.nbls_completed;
}

struct send_numbers send_numbers_now(void)
{
    struct dd_ndis_stats n;

    dd_ndis_get_stats(s.a, &n);
    return (struct send_numbers){.completed = n.nbls_completed,
                                 .calls = atomic_load(&s.edge->batch),
                                 .reads = atomic_load(&s.reads),
                                 .writes = atomic_load(&s.writes),
                                 .doorbells = atomic_load(&s.doorbells),
                                 .interrupts = n.interrupts};
}

static void wait_for(uint64_t packets)
{
    uint64_t end = send_completed() + packets;

    while (send_completed() < end) {
        dd_sched_park(dd_sched_now() + DD_NS_PER_MS);
    }
}

void send_count(uint64_t packets)
{
    uint64_t before = 0, now;
    char text[64];

    send_go();
    for (unsigned times = 0; times <= 2; times++) {
        wait_for(times == 0 ? packets : packets * times);
        now = send_completed();
        snprintf(text, sizeof(text), "soft_send_64/subject/%u/%llu", times,
                 (unsigned long long)(now - before));
        CALLGRIND_DUMP_STATS_AT(text); /* ends what was counted and begins anew */
        before = now;
    }
    send_hold();
}

void send_down(void)
{
    dd_edge_stop(s.edge);
    dd_ndis_halt(s.a, NdisHaltDeviceDisabled);
    dd_platform_attach(s.platform, NULL);
    dd_ndis_adapter_free(s.a);
    if (dd_ndis_unload(s.driver) != 0) {
        die("the driver leaks");
    }
    dd_edge_free(s.edge);
    dd_platform_free(s.platform);
    dd_ctx_release(s.ctx);
    dd_machine_stop();
    dd_registry_drop();
    dd_seam_reset();
    dd_verify_free(s.verify);
    dd_load_close(s.image);
    dd_ram_free(s.ram);
}
