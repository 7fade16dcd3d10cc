/* SPDX-License-Identifier: MIT */
#include "run/options.h"

#include "run/nearest.h"
#include "run/platform.h"
#include "verify/verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

static int check_device(const char *spec, char *why, size_t why_bytes)
{
    const struct dd_dev_kind *kind = dd_platform_kind(spec);
    const char *names[80], *reason;
    unsigned n = 0;

    if (!kind) {
        while (n < DD_ARRAY_LEN(names) && dd_platform_kind_at(n)) {
            names[n] = dd_platform_kind_at(n)->spec;
            n++;
        }
        snprintf(why, why_bytes,
                 "unknown device '%s': did you mean '%s'? `drydock devices` lists them", spec,
                 dd_nearest(spec, strlen(spec), names, n));
        return -ENODEV;
    }
    reason = kind->unavailable ? kind->unavailable() : NULL;
    if (reason) {
        snprintf(why, why_bytes, "device %s cannot be used here: %s", spec, reason);
        return -ENODEV;
    }
    return 0;
}

static int take_settings(const struct drydock_options *o, struct dd_plan *plan, char *why,
                         size_t why_bytes)
{
    int r;

    dd_settings_default(&plan->settings);
    r = dd_settings_personality(&plan->settings, o->personality ? o->personality : "modern", why,
                                why_bytes);
    if (o->tap) {
        plan->settings.packet_filter = DD_FILTER_DIRECTED;
    }
    for (size_t i = 0; r == 0 && i < o->set_count; i++) {
        r = dd_settings_set(&plan->settings, o->set[i], why, why_bytes);
    }
    return r == 0 ? dd_settings_check(&plan->settings, why, why_bytes) : r;
}

static int take_events(const struct drydock_options *o, struct dd_plan *plan, char *why,
                       size_t why_bytes)
{
    int r = 0;

    plan->events = calloc(o->event_count + 1, sizeof(*plan->events));
    if (!plan->events) {
        return -ENOMEM;
    }
    for (size_t i = 0; r == 0 && i < o->event_count; i++) {
        r = dd_plan_parse_event(o->events[i], &plan->events[i], why, why_bytes);
        plan->event_count = i + 1;
    }
    return r;
}

/* what the device of the run cannot go through; no event asks the impossible of a device silently
 */
static const char *refusal(const struct dd_plan *plan, const struct dd_plan_event *e)
{
    const struct dd_dev_kind *kind = dd_platform_kind(plan->device);

    switch (e->what) {
    case DD_DO_INSERT:
        return kind->hot_plug ? NULL : "cannot be put back once it is removed";
    case DD_DO_BUS_MASTER_OFF:
        return kind->bus == DD_BUS_ISA ? "is no bus master: its DMA is the machine's" : NULL;
    case DD_DO_IOMMU_UNMAP:
        if (kind->bus == DD_BUS_ISA) {
            return "has no IOMMU: it is on the ISA bus";
        }
        return plan->settings.dma.iommu == DD_DOMAIN_OFF ? "has no IOMMU in this run (iommu=off)"
                                                         : NULL;
    default:
        return NULL;
    }
}

static bool removed_before(const struct dd_plan *plan, uint64_t at_ns)
{
    for (size_t i = 0; i < plan->event_count; i++) {
        if (plan->events[i].what == DD_DO_REMOVE && plan->events[i].at_ns < at_ns) {
            return true;
        }
    }
    return false;
}

static int check_events(const struct drydock_options *o, struct dd_plan *plan, char *why,
                        size_t why_bytes)
{
    for (size_t i = 0; i < plan->event_count; i++) {
        const struct dd_plan_event *e = &plan->events[i];
        const char *no = refusal(plan, e);

        if (no) {
            snprintf(why, why_bytes, "event '%s': device %s %s", o->events[i], plan->device, no);
            return -EINVAL;
        }
        if (e->what == DD_DO_INSERT && !removed_before(plan, e->at_ns)) {
            snprintf(why, why_bytes,
                     "event '%s': no remove comes before it, as in 1s:remove and then 2s:insert",
                     o->events[i]);
            return -EINVAL;
        }
        plan->settings.hot_plug |= e->what == DD_DO_REMOVE || e->what == DD_DO_INSERT;
    }
    return 0;
}

static int take_rules(const struct drydock_options *o, struct dd_plan *plan, char *why,
                      size_t why_bytes)
{
    size_t n = 0;

    while (o->disabled_rules && o->disabled_rules[n]) {
        if (!dd_rule_find(o->disabled_rules[n])) {
            snprintf(why, why_bytes, "unknown rule '%s'; `drydock rules` lists them",
                     o->disabled_rules[n]);
            return -EINVAL;
        }
        n++;
    }
    plan->disabled_rules = calloc(n + 1, sizeof(char *));
    for (size_t i = 0; plan->disabled_rules && i < n; i++) {
        plan->disabled_rules[i] = strdup(o->disabled_rules[i]);
    }
    return plan->disabled_rules ? 0 : -ENOMEM;
}

static int check_file(const char *what, const char *path, char *why, size_t why_bytes)
{
    if (path && strcmp(path, "-") != 0 && access(path, R_OK) < 0) {
        int e = errno;

        snprintf(why, why_bytes, "%s: %s (%s)", path, strerror(e), what);
        return -e;
    }
    return 0;
}

/* the INF beside the driver: e1000e.so -> e1000e.inf */
static char *inf_beside(const char *driver)
{
    size_t len = strlen(driver);
    char *path = malloc(len + 5);

    if (!path) {
        return NULL;
    }
    memcpy(path, driver, len + 1);
    if (len > 3 && strcmp(path + len - 3, ".so") == 0) {
        path[len - 3] = '\0';
    }
    strcat(path, ".inf");
    if (access(path, R_OK) == 0) {
        return path;
    }
    free(path);
    return NULL;
}

static int take_tap(const struct drydock_options *o, struct dd_plan *plan, char *why,
                    size_t why_bytes)
{
    struct dd_tap_name name;

    if (!o->tap) {
        return 0;
    }
    if (o->send) {
        snprintf(why, why_bytes,
                 "--tap and --send: one of them; with --tap the kernel says what is sent");
        return -EINVAL;
    }
    plan->tap = copy(o->tap);
    return plan->tap ? dd_tap_parse(plan->tap, &name, why, why_bytes) : -ENOMEM;
}

static int take_files(const struct drydock_options *o, struct dd_plan *plan, char *why,
                      size_t why_bytes)
{
    struct dd_wire_config wire = {0};
    char file[4096] = "";
    int r;

    plan->driver = copy(o->driver);
    plan->device = copy(o->device ? o->device : "soft:e1000e");
    plan->send = copy(o->send);
    plan->wire = copy(o->wire ? o->wire : "sink");
    plan->inf = o->inf ? copy(o->inf) : inf_beside(o->driver);
    plan->config = copy(o->config);
    if (!plan->driver || !plan->device || !plan->wire) {
        return -ENOMEM;
    }
    r = check_device(plan->device, why, why_bytes);
    if (r == 0) {
        r = check_file("--send", plan->send, why, why_bytes);
    }
    if (r == 0) {
        r = check_file("--inf", plan->inf, why, why_bytes);
    }
    if (r == 0) {
        r = check_file("--config", plan->config, why, why_bytes);
    }
    if (r == 0) {
        r = dd_wire_parse(plan->wire, &wire, file, sizeof(file), why, why_bytes);
    }
    if (r == 0 && wire.kind == DD_WIRE_PCAP) {
        r = check_file("--wire", file, why, why_bytes);
    }
    return r == 0 ? take_tap(o, plan, why, why_bytes) : r;
}

int dd_options_to_plan(const struct drydock_options *o, struct dd_plan *ret_plan, char *why,
                       size_t why_bytes)
{
    struct dd_plan plan = {.record_fd = -1, .received_fd = -1, .trace_fd = -1};
    int r;

    if (!o->driver || !o->driver[0]) {
        snprintf(why, why_bytes, "no driver given; as in: drydock run build/drivers/e1000e.so");
        return -EINVAL;
    }
    if (o->cpus > 64 || o->duration_s < 0 || o->duration_s > 1e7) {
        snprintf(why, why_bytes, "%s",
                 o->cpus > 64 ? "--cpus: 1 to 64" : "--duration: seconds from 0 to 10000000");
        return -EINVAL;
    }
    plan.loop = o->loop ? o->loop : 1;
    plan.cpus = o->cpus ? o->cpus : 2;
    plan.seed = o->seed ? o->seed : 1;
    plan.duration_ns = (uint64_t)(o->duration_s * 1e9);
    plan.verify = !o->no_verify;
    plan.debug = o->debug;
    r = take_files(o, &plan, why, why_bytes);
    if (r == 0) {
        r = take_settings(o, &plan, why, why_bytes);
    }
    if (r == 0) {
        r = take_events(o, &plan, why, why_bytes);
    }
    if (r == 0) {
        r = check_events(o, &plan, why, why_bytes);
    }
    if (r == 0) {
        r = take_rules(o, &plan, why, why_bytes);
    }
    if (r < 0) {
        if (!why[0]) {
            snprintf(why, why_bytes, "not enough memory");
        }
        dd_plan_done(&plan);
        return r;
    }
    *ret_plan = plan;
    return 0;
}
