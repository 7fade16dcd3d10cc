/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include "nt/machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAM_BYTES    (1024ull << 20)
#define NDIS_VERSION (6u << 16 | 87)

static struct {
    struct dd_ram *ram;
    struct dd_ctx *ctx;
    struct dd_image *image;
    struct dd_driver *driver;
    struct dd_verify *verify;
    struct {
        struct dd_settings settings;
        struct dd_platform *platform;
        struct dd_adapter *a;
    } units[UNIT_COUNT];
} rig;

void die(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    fputs("bench: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(2);
}

/* --- what stands above the driver: nothing is sent, nothing comes --- */

static void send_complete(void *arg, PNET_BUFFER_LIST chain, ULONG flags)
{
    (void)arg;
    (void)chain;
    (void)flags;
}

static void receive(void *arg, PNET_BUFFER_LIST chain, unsigned count, ULONG flags, bool may_keep)
{
    (void)arg;
    (void)chain;
    (void)count;
    (void)flags;
    (void)may_keep;
}

/* --- the verifier --- */

static void on_finding(void *arg, const struct dd_finding *f)
{
    (void)arg;
    fprintf(stderr, "bench: the verifier says: %s: %s\n", f->rule->id, f->text);
}

void rig_listen(bool on)
{
    dd_seam_reset();
    if (on && dd_seam_listen(dd_verify_listener(rig.verify)) < 0) {
        die("the verifier can not listen");
    }
}

uint64_t rig_findings(void)
{
    return dd_verify_count(rig.verify);
}

struct dd_ram *rig_ram(void)
{
    return rig.ram;
}

/* --- up --- */

static void machine_up(const char *driver)
{
    const struct dd_ram_config ram = {.low_bytes = RAM_BYTES, .seed = 1, .shuffle = true};
    const struct dd_verify_config verify = {.report = on_finding};
    struct dd_machine_config machine = {
        .cpus = 1, .seed = 1, .ndis_version = NDIS_VERSION, .os_major = 10, .os_build = 22621};
    NTSTATUS status = 0;
    char why[512] = "";

    if (dd_verify_new(&verify, &rig.verify) < 0 || dd_ram_new(&ram, &rig.ram) < 0) {
        die("not enough memory");
    }
    machine.ram = rig.ram;
    if (dd_machine_start(&machine) < 0 || dd_ctx_adopt("bench", 0, &rig.ctx) < 0) {
        die("the machine does not start");
    }
    if (dd_load_open(driver, &rig.image, why, sizeof(why)) < 0) {
        die("%s", why);
    }
    if (dd_ndis_load((dd_driver_entry *)dd_load_entry(rig.image), "bench", &status, &rig.driver) <
        0) {
        die("DriverEntry failed with status %#x", (unsigned)status);
    }
}

static void policy_of(enum unit unit, struct dd_dma_policy *p)
{
    p->iommu = unit == UNIT_STRICT ? DD_DOMAIN_STRICT : DD_DOMAIN_OFF;
    p->bounce = unit == UNIT_BOUNCE ? DD_BOUNCE_ALWAYS : DD_BOUNCE_AUTO;
    p->checked = unit == UNIT_VERIFIED;
}

static void unit_up(enum unit unit)
{
    struct dd_settings *s = &rig.units[unit].settings;
    const struct dd_wire_config wire = {.kind = DD_WIRE_SINK};
    struct dd_adapter_config config = {
        .name = "bench",
        .ram = rig.ram,
        .dma_policy = &s->dma,
        .irq_mode = DD_IRQ_LINE,
        .cpus = 1,
        .upper = {.send_complete = send_complete, .receive = receive},
    };
    char path[64], why[512] = "";

    dd_settings_default(s);
    policy_of(unit, &s->dma);
    snprintf(path, sizeof(path), "Registry/Machine/Bench/%d", (int)unit);
    config.software_key = config.hardware_key = dd_key_open(path, true);
    if (dd_platform_new(rig.ram, "soft:e1000e", s, 1, &wire, &rig.units[unit].platform, why,
                        sizeof(why)) < 0) {
        die("%s", why);
    }
    config.dev = dd_platform_dev(rig.units[unit].platform);
    config.domain = dd_platform_domain(rig.units[unit].platform);
    rig_listen(unit == UNIT_VERIFIED);
    if (dd_ndis_adapter_new(rig.driver, &config, &rig.units[unit].a) < 0 ||
        dd_ndis_initialize(rig.units[unit].a, NULL) < 0 ||
        dd_ndis_restart(rig.units[unit].a, NULL) < 0) {
        die("adapter %d does not start", (int)unit);
    }
    dd_platform_attach(rig.units[unit].platform, rig.units[unit].a);
    rig_listen(false);
}

void rig_up(const char *driver)
{
    machine_up(driver);
    for (unsigned u = 0; u < UNIT_COUNT; u++) {
        unit_up((enum unit)u);
    }
}

void rig_down(void)
{
    for (unsigned u = 0; u < UNIT_COUNT; u++) {
        rig_listen(u == UNIT_VERIFIED);
        dd_ndis_halt(rig.units[u].a, NdisHaltDeviceDisabled);
        dd_platform_attach(rig.units[u].platform, NULL);
        dd_ndis_adapter_free(rig.units[u].a);
        rig_listen(false);
        dd_platform_free(rig.units[u].platform);
    }
    if (dd_ndis_unload(rig.driver) != 0) {
        die("the bench driver leaks");
    }
    dd_ctx_release(rig.ctx);
    dd_machine_stop();
    dd_registry_drop();
    dd_verify_free(rig.verify);
    dd_load_close(rig.image);
    dd_ram_free(rig.ram);
}

/* --- work --- */

void rig_work(enum unit unit, BENCH_REQUEST *request)
{
    NDIS_STATUS status = dd_ndis_method(rig.units[unit].a, OID_BENCH, request, sizeof(*request),
                                        sizeof(*request), NULL);

    if (status != NDIS_STATUS_SUCCESS) {
        die("operation %d on shape %d of unit %d: status %#x", (int)request->Operation,
            (int)request->Shape, (int)unit, (unsigned)status);
    }
}

void rig_prepare(enum unit unit, BENCH_SHAPE shape, BENCH_REQUEST *ret_request)
{
    *ret_request = (BENCH_REQUEST){.Operation = BenchPrepare, .Shape = shape};
    rig_listen(unit == UNIT_VERIFIED);
    rig_work(unit, ret_request);
    rig_listen(false);
}
