/* SPDX-License-Identifier: MIT */
/*
 * One run, step by step:
 *
 *   read captures -> machine -> device and wire -> registry -> load -> DriverEntry
 *   -> MiniportInitializeEx -> MiniportRestart -> OIDs -> traffic -> MiniportPause
 *   -> MiniportHaltEx -> unload -> numbers
 *
 * A step that cannot be done because of input ends the run with DD_END_COULD_NOT before any driver
 * code ran.
 */
#include "run/runner.h"

#include "base/clock.h"
#include "base/log.h"
#include "ndis/rss.h"
#include "nt/config.h"
#include "nt/devobj.h"
#include "nt/machine.h"
#include "nt/mm.h"
#include "nt/pool.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* start of this program in memory; given by the linker */
extern const char __ehdr_start[] __attribute__((weak, visibility("hidden")));

static struct dd_runner *the_runner; /* for hooks without an argument */

static int could_not(struct dd_runner *r)
{
    dd_shared_set_end(r->shared, DD_END_COULD_NOT, r->why);
    return 2;
}

/* --- hooks --- */

static void report_finding(void *arg, const struct dd_finding *f)
{
    struct dd_runner *r = arg;

    dd_shared_finding_add(r->shared, f);
}

static void debug_print(void *arg, const char *text, size_t len_bytes)
{
    struct dd_runner *r = arg;

    dd_shared_add_text(r->shared, text, len_bytes);
}

void dd_runner_rescue(struct dd_runner *r)
{
    dd_pcap_writer_rescue(r->record);
    dd_pcap_writer_rescue(r->received);
    dd_trace_rescue(r->trace);
}

/* the run cannot go on: leave everything as it is and end the process; the supervisor has the
 * shared memory */
static void end_now(struct dd_runner *r, enum dd_run_end end, const char *why)
{
    dd_crash_capture(r->shared);
    dd_runner_publish(r);
    dd_runner_rescue(r);
    dd_shared_set_end(r->shared, end, why);
    _exit(1);
}

static void on_bugcheck(void *arg, const char *why)
{
    end_now(arg, DD_END_BUGCHECK, why);
}

static void on_missing(const char *name, const void *site)
{
    char why[256];

    snprintf(why, sizeof(why), "drydock: %s is not implemented yet", name);
    if (the_runner->verify) {
        dd_verify_raise(the_runner->verify, "not-implemented", site, "%s is not implemented yet",
                        name);
    }
    end_now(the_runner, DD_END_MISSING, why);
}

static void *routine_lookup(const char *name)
{
    return dlsym(RTLD_DEFAULT, name);
}

static bool in_driver(void *arg, const void *site)
{
    struct dd_runner *r = arg;

    return r->image && dd_load_contains(r->image, site);
}

static void log_line(void *arg, enum dd_log_level level, const char *line)
{
    (void)arg;
    if (level <= DD_LOG_WARN) {
        fprintf(stderr, "drydock-runner: %s\n", line);
    }
}

/* --- steps --- */

static int listen_on_seam(struct dd_runner *r)
{
    const struct dd_verify_config config = {.report = report_finding,
                                            .arg = r,
                                            .in_driver = in_driver,
                                            .disabled =
                                                (const char *const *)r->plan.disabled_rules};
    int e = 0;

    if (r->plan.verify) {
        e = dd_verify_new(&config, &r->verify);
        if (e == 0) {
            e = dd_seam_listen(dd_verify_listener(r->verify));
        }
    }
    if (e == 0 && r->plan.trace_fd >= 0) {
        e = dd_trace_new(r->plan.trace_fd, true, &r->trace);
        if (e == 0) {
            e = dd_seam_listen(dd_trace_listener(r->trace));
        }
    }
    dd_fault_init(&r->fault, r->plan.settings.fail, r->plan.settings.fail_only);
    r->fault.in_driver = in_driver;
    r->fault.in_driver_arg = r;
    if (e == 0 && r->plan.settings.fail > 0) {
        e = dd_seam_listen(&r->fault.listener);
    }
    return e;
}

static int start_machine(struct dd_runner *r)
{
    const struct dd_settings *s = &r->plan.settings;
    const struct dd_ram_config ram = {.low_bytes = s->ram_bytes,
                                      .high_bytes = s->ram_high_bytes,
                                      .seed = r->plan.seed,
                                      .shuffle = true};
    struct dd_machine_config machine = {.cpus = r->plan.cpus,
                                        .seed = r->plan.seed,
                                        .ndis_version = s->ndis_version,
                                        .os_major = 10,
                                        .os_minor = 0,
                                        .os_build = 22621,
                                        .debug_print = debug_print,
                                        .bugcheck = on_bugcheck,
                                        .arg = r};
    int e = dd_ram_new(&ram, &r->ram);

    if (e == 0) {
        machine.ram = r->ram;
        e = dd_machine_start(&machine);
        r->machine = e == 0;
    }
    if (e == 0) {
        e = dd_ctx_adopt("main", 0, &r->main_ctx);
    }
    if (e < 0) {
        snprintf(r->why, sizeof(r->why), "cannot start the machine: %s", strerror(-e));
    }
    return e;
}

static int make_platform(struct dd_runner *r)
{
    struct dd_wire_config wire = {.seed = r->plan.seed,
                                  .record = r->record,
                                  .capture = r->wire_capture,
                                  .tap = r->wire_tap};
    char file[4096];
    int e = dd_wire_parse(r->plan.wire, &wire, file, sizeof(file), r->why, sizeof(r->why));

    return e < 0 ? e
                 : dd_platform_new(r->ram, r->plan.device, &r->plan.settings, r->plan.seed, &wire,
                                   &r->platform, r->why, sizeof(r->why));
}

static int prepare(struct dd_runner *r)
{
    int e = dd_runner_read_input(r);

    if (e == 0) {
        e = listen_on_seam(r);
    }
    if (e == 0) {
        e = start_machine(r);
    }
    if (e == 0) {
        e = make_platform(r);
    }
    if (e == 0) {
        e = dd_runner_fill_registry(r);
    }
    if (e == 0) {
        e = dd_watch_start(r, &r->watch);
    }
    if (e == 0) {
        atomic_store(&r->shared->begun, 1);
        dd_shared_set_phase(r->shared, "load");
        e = dd_load_open(r->plan.driver, &r->image, r->why, sizeof(r->why));
    }
    return e;
}

static int driver_refused(struct dd_runner *r, const char *what, uint32_t status)
{
    const char *gone = r->platform && !r->removed ? dd_platform_look_gone(r->platform) : NULL;

    snprintf(r->why, sizeof(r->why), "%s failed with status 0x%08" PRIx32, what, status);
    dd_shared_set_end(r->shared, gone ? DD_END_DEVICE : DD_END_DRIVER, gone ? gone : r->why);
    return -EIO;
}

static int load_driver(struct dd_runner *r)
{
    NTSTATUS status = 0;
    char name[64];
    int e;

    snprintf(r->shared->image_path, sizeof(r->shared->image_path), "%s", dd_load_path(r->image));
    r->shared->image_base = dd_load_base(r->image);
    dd_runner_keep_text(r->shared->image_base, dd_load_path(r->image));
    dd_shared_set_phase(r->shared, "DriverEntry");
    e = dd_ndis_load((dd_driver_entry *)dd_load_entry(r->image),
                     dd_runner_service(r->plan.driver, name, sizeof(name)), &status, &r->driver);
    return e < 0 ? driver_refused(r, "DriverEntry", (uint32_t)status) : 0;
}

static int make_edge(struct dd_runner *r)
{
    const struct dd_edge_config config = {.ram = r->ram,
                                          .settings = &r->plan.settings,
                                          .capture = r->capture,
                                          .loop = r->plan.loop,
                                          .received = r->received,
                                          .tap = r->tap,
                                          .seed = r->plan.seed};

    r->shared->counters.send_total = r->capture ? r->capture->count * r->plan.loop : 0;
    return dd_edge_new(&config, &r->edge);
}

/* a cable that is in takes a moment to come up; frames that arrive before would be lost */
static void wait_for_link(const struct dd_runner *r, const struct dd_adapter *a)
{
    uint64_t deadline = dd_sched_now() + 5 * DD_NS_PER_S;

    while (!r->plan.settings.link_down &&
           a->link.MediaConnectState == MediaConnectStateDisconnected &&
           dd_sched_now() < deadline) {
        dd_sched_park(dd_sched_now() + DD_NS_PER_MS);
    }
}

int dd_runner_start(struct dd_runner *r, struct dd_adapter *a)
{
    NDIS_STATUS status = 0;
    int e;

    dd_shared_set_phase(r->shared, "initialize");
    e = dd_ndis_initialize(a, &status);
    if (e < 0) {
        return driver_refused(r, "MiniportInitializeEx", (uint32_t)status);
    }
    dd_shared_set_phase(r->shared, "restart");
    e = dd_ndis_restart(a, &status);
    if (e < 0) {
        return driver_refused(r, "MiniportRestart", (uint32_t)status);
    }
    dd_shared_set_phase(r->shared, "binding");
    dd_ndis_start_sequence(a);
    wait_for_link(r, a);
    return 0;
}

static int bring_up(struct dd_runner *r)
{
    int e = make_edge(r);

    if (e == 0) {
        e = dd_runner_make_adapter(r, 0, r->platform, r->edge, &r->adapter);
    }
    if (e < 0) {
        return driver_refused(r, "making the adapter", (uint32_t)e);
    }
    e = dd_runner_start(r, r->adapter);
    return e < 0 ? e : dd_runner_others_up(r);
}

static void take_down(struct dd_runner *r)
{
    if (r->edge) {
        dd_edge_stop(r->edge);
    }
    dd_runner_others_down(r);
    if (r->adapter && !r->removed) {
        struct dd_ctx *returner = dd_runner_return_soon(r);

        dd_shared_set_phase(r->shared, "halt");
        if (!r->down && atomic_load(&r->adapter->state) == DD_STATE_RUNNING) {
            dd_ndis_rss_stop(r->adapter);
        }
        dd_ndis_halt(r->adapter, NdisHaltDeviceDisabled);
        dd_runner_returned(returner);
    }
    if (r->platform) {
        dd_domain_flush(dd_platform_domain(r->platform)); /* and the last faults are told */
    }
    dd_runner_publish(r);
    r->shared->counters.leaks += r->ndis.leaks;
    if (r->platform) {
        dd_platform_attach(r->platform, NULL);
    }
    dd_ndis_adapter_free(r->adapter);
    r->adapter = NULL;
    if (r->driver) {
        dd_shared_set_phase(r->shared, "unload");
        r->shared->counters.leaks += dd_ndis_unload(r->driver);
        r->driver = NULL;
    }
}

static void clean_up(struct dd_runner *r)
{
    dd_shared_set_phase(r->shared, "end");
    dd_watch_stop(r->watch);
    if (r->edge && dd_edge_outstanding(r->edge) == 0) {
        dd_edge_free(r->edge);
    }
    dd_platform_free(r->platform);
    dd_runner_others_free(r);
    if (r->main_ctx) {
        dd_ctx_release(r->main_ctx);
    }
    if (r->machine) {
        dd_machine_stop();
    }
    dd_registry_drop();
    dd_seam_reset();
    dd_verify_free(r->verify);
    dd_trace_free(r->trace);
    dd_load_close(r->image);
    dd_ram_free(r->ram);
    dd_pcap_writer_free(r->record);
    dd_pcap_writer_free(r->received);
    dd_pcap_free(r->capture);
    dd_pcap_free(r->wire_capture);
    dd_tap_close(r->tap);
    dd_tap_close(r->wire_tap);
}

static void run_driver(struct dd_runner *r)
{
    int e = load_driver(r);

    if (e == 0) {
        e = bring_up(r);
    }
    r->traffic_start_ns = dd_clock_ns();
    if (e == 0) {
        dd_shared_set_phase(r->shared, "traffic");
        e = dd_edge_start(r->edge, r->adapter);
        dd_wire_start(dd_platform_wire(r->platform));
    }
    if (e == 0) {
        dd_runner_traffic(r);
    }
    dd_runner_publish(r);
    if (!r->down) {
        take_down(r);
    }
}

/* a write error of an output is the user's to know, whatever the driver did */
static void check_outputs(struct dd_runner *r)
{
    const char *what = "a capture";
    int e = r->record ? dd_pcap_writer_flush(r->record) : 0;

    if (e == 0 && r->received) {
        e = dd_pcap_writer_flush(r->received);
    }
    if (e == 0) {
        what = "the trace";
        e = dd_trace_flush(r->trace);
    }
    if (e < 0) {
        snprintf(r->why, sizeof(r->why), "cannot write %s: %s", what, strerror(-e));
        dd_shared_set_end(r->shared, DD_END_COULD_NOT, r->why);
    }
}

int dd_runner_run(struct dd_runner *r)
{
    the_runner = r;
    r->shared->runner_base = (uint64_t)(uintptr_t)__ehdr_start;
    dd_log_set_sink(log_line, NULL);
    dd_api_missing_hook = on_missing;
    dd_routine_lookup = routine_lookup;
    dd_bus_get_dma_adapter = IoGetDmaAdapter;
    if (dd_crash_install(r) < 0 || prepare(r) < 0) {
        int status = could_not(r);

        clean_up(r);
        return status;
    }
    run_driver(r);
    check_outputs(r);
    if (r->down) {
        /* the machine is off: what the driver has is nobody's any more, and nothing of it may be
         * touched */
        dd_runner_rescue(r);
        dd_shared_set_end(r->shared, DD_END_DONE, NULL);
        _exit(0);
    }
    dd_shared_set_end(r->shared, DD_END_DONE, NULL);
    clean_up(r);
    return 0;
}
