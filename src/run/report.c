/* SPDX-License-Identifier: MIT */
#include "run/report.h"

#include "base/check.h"
#include "load/load.h"
#include "run/symbols.h"
#include "seam/seam.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- findings --- */

static const char *severity_name(int severity)
{
    return severity == DD_SEV_ERROR ? "error" : severity == DD_SEV_WARNING ? "warning" : "info";
}

static void append(char *out, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void append(char *out, size_t size, const char *fmt, ...)
{
    size_t at = strlen(out);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(out + at, size - at, fmt, ap);
    va_end(ap);
}

static json_t *site_json(const struct dd_shared_site *site, const struct dd_place *p,
                         const char *text)
{
    json_t *j =
        json_pack("{s:s, s:s, s:s}", "label", site->label, "text", text, "module", p->module);

    if (site->api[0]) {
        json_object_set_new(j, "api", json_string(site->api));
    }
    if (p->file[0]) {
        json_object_set_new(j, "file", json_string(p->path));
        json_object_set_new(j, "line", json_integer(p->line));
    }
    if (p->function[0]) {
        json_object_set_new(j, "function", json_string(p->function));
    }
    return j;
}

static void put_site(const struct dd_shared_site *site, struct dd_symbols *symbols, json_t *finding,
                     json_t *sites, struct dd_report_finding *f)
{
    struct dd_place place;
    char text[512], key[32];

    dd_symbols_find(symbols, site->pc, true, &place);
    dd_place_format(&place, text, sizeof(text));
    append(f->formatted, sizeof(f->formatted), "\n  %-14s%s%s%s%s", site->label, text,
           site->api[0] ? "  (" : "", site->api, site->api[0] ? ")" : "");
    json_array_append_new(sites, site_json(site, &place, text));
    snprintf(key, sizeof(key), "%s", site->label);
    for (char *c = key; *c; c++) {
        *c = *c == ' ' ? '_' : *c;
    }
    json_object_set_new(finding, key, json_string(text));
}

static json_t *finding_json(const struct dd_shared_finding *g, struct dd_symbols *symbols,
                            struct dd_report_finding *f)
{
    const struct dd_rule *rule = dd_rule_find(g->rule);
    json_t *j = json_object(), *sites = json_array();
    bool dv = rule && rule->driver_verifier[0];

    snprintf(f->rule, sizeof(f->rule), "%s", g->rule);
    snprintf(f->severity, sizeof(f->severity), "%s", severity_name(g->severity));
    snprintf(f->text, sizeof(f->text), "%s", g->text);
    append(f->formatted, sizeof(f->formatted), "finding  %s  %s%s%s%s\n  %s", g->rule, f->severity,
           dv ? "  (DV " : "", dv ? rule->driver_verifier : "", dv ? ")" : "", g->text);
    json_object_set_new(j, "rule", json_string(g->rule));
    json_object_set_new(j, "severity", json_string(f->severity));
    json_object_set_new(j, "text", json_string(g->text));
    json_object_set_new(j, "count", json_integer((json_int_t)g->count));
    if (dv) {
        json_object_set_new(j, "driver_verifier", json_string(rule->driver_verifier));
    }
    if (g->access[0]) {
        json_object_set_new(j, "access", json_string(g->access));
        append(f->formatted, sizeof(f->formatted), "\n  %-14s%s", "access", g->access);
    }
    for (unsigned k = 0; k < DD_FINDING_SITES; k++) {
        if (g->sites[k].pc && g->sites[k].label[0]) {
            put_site(&g->sites[k], symbols, j, sites, f);
        }
    }
    json_object_set_new(j, "sites", sites);
    if (g->count > 1) {
        append(f->formatted, sizeof(f->formatted), "\n  %-14s%llu times", "seen",
               (unsigned long long)g->count);
    }
    append(f->formatted, sizeof(f->formatted), "\n  %-14sdrydock explain %s", "see", g->rule);
    return j;
}

/* the end of the run as a finding: crash, hang, bug check, refusal */
static bool end_finding(const struct dd_shared *s, struct dd_shared_finding *g)
{
    const char *rule;

    *g = (struct dd_shared_finding){.severity = DD_SEV_ERROR, .count = 1};
    switch (atomic_load(&s->end)) {
    case DD_END_CRASH:
    case DD_END_NONE:
        rule = "driver-crash";
        if (s->why[0]) {
            snprintf(g->text, sizeof(g->text), "%.*s", 500, s->why);
            break;
        }
        snprintf(g->text, sizeof(g->text), "the driver crashed: %s at address 0x%llx%s%s",
                 s->signal ? strsignal(s->signal) : "the process ended",
                 (unsigned long long)s->fault_address, s->callback[0] ? ", in " : "", s->callback);
        break;
    case DD_END_HANG:
        rule = "driver-hang";
        snprintf(g->text, sizeof(g->text), "%.*s", 500, s->why);
        break;
    case DD_END_BUGCHECK:
        rule = "driver-bugcheck";
        snprintf(g->text, sizeof(g->text), "%.*s", 500, s->why);
        break;
    case DD_END_DRIVER:
        rule = "driver-refused";
        snprintf(g->text, sizeof(g->text), "%.*s", 500, s->why);
        g->severity = s->counters.failed_point ? DD_SEV_INFO : DD_SEV_ERROR;
        break;
    case DD_END_DEVICE:
        rule = "device-gone";
        snprintf(g->text, sizeof(g->text), "%.*s", 500, s->why);
        break;
    case DD_END_MISSING:
        rule = "not-implemented";
        snprintf(g->text, sizeof(g->text), "%.*s", 500, s->why);
        break;
    default:
        return false;
    }
    snprintf(g->rule, sizeof(g->rule), "%s", rule);
    return true;
}

static bool have_rule(const struct drydock_report *r, const char *rule)
{
    for (size_t i = 0; i < r->finding_count; i++) {
        if (strcmp(r->findings[i].rule, rule) == 0) {
            return true;
        }
    }
    return false;
}

static void put_stack(const struct dd_shared *s, struct dd_symbols *symbols, json_t *finding,
                      struct dd_report_finding *f)
{
    json_t *stack = json_array();

    for (uint32_t i = 0; i < s->frame_count && i < DD_SHARED_FRAMES; i++) {
        struct dd_place p;
        char text[512];

        dd_symbols_find(symbols, s->frames[i], i > 0, &p);
        dd_place_format(&p, text, sizeof(text));
        json_array_append_new(stack, json_pack("{s:s, s:b, s:s, s:i}", "text", text, "driver",
                                               p.in_driver, "file", p.path, "line", p.line));
        if (i < 12) {
            append(f->formatted, sizeof(f->formatted), "\n  %-14s%s", i == 0 ? "stack" : "", text);
        }
    }
    json_object_set_new(finding, "stack", stack);
}

static bool is_disabled(const struct dd_plan *plan, const char *rule)
{
    for (char **d = plan->disabled_rules; d && *d; d++) {
        if (strcmp(*d, rule) == 0) {
            return true;
        }
    }
    return false;
}

static int put_findings(struct drydock_report *r, const struct dd_plan *plan,
                        const struct dd_shared *s, struct dd_symbols *symbols)
{
    uint32_t n = atomic_load(&s->finding_count),
             taken = n < DD_SHARED_FINDINGS ? n : DD_SHARED_FINDINGS;
    json_t *list = json_array();
    struct dd_shared_finding g;

    r->findings = calloc(taken + 1, sizeof(*r->findings));
    if (!r->findings) {
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < taken; i++) {
        if (atomic_load(&s->findings[i].ready)) {
            json_array_append_new(list, finding_json(&s->findings[i], symbols,
                                                     &r->findings[r->finding_count++]));
        }
    }
    if (end_finding(s, &g)) {
        r->ended_badly = g.severity == DD_SEV_ERROR;
    }
    if (g.rule[0] && !have_rule(r, g.rule) && !is_disabled(plan, g.rule)) {
        struct dd_report_finding *f = &r->findings[r->finding_count++];
        json_t *j = finding_json(&g, symbols, f);

        put_stack(s, symbols, j, f);
        json_array_append_new(list, j);
    }
    json_object_set_new(r->json, "findings", list);
    json_object_set_new(r->json, "findings_dropped", json_integer(n - taken));
    return 0;
}

/* --- the rest --- */

static const char *const end_names[] = {
    "died",          "done",       "refused", "crashed", "hung", "bugcheck", "not-implemented",
    "could-not-run", "device-gone"};

static void put_frame(struct drydock_report *r, const struct dd_plan *plan,
                      const struct dd_shared *s, double seconds)
{
    json_t *settings = json_object();
    char value[64], build[DD_LOAD_BUILD_BYTES];

    for (unsigned i = 0; i < dd_setting_count; i++) {
        dd_setting_table[i].format(&plan->settings, value, sizeof(value));
        json_object_set_new(settings, dd_setting_table[i].name, json_string(value));
    }
    dd_load_build(plan->driver, build);
    json_object_set_new(r->json, "drydock", json_string(drydock_version()));
    json_object_set_new(r->json, "driver", json_string(plan->driver));
    json_object_set_new(r->json, "driver_build", json_string(build));
    json_object_set_new(r->json, "device", json_string(plan->device));
    json_object_set_new(r->json, "wire", json_string(plan->wire));
    json_object_set_new(r->json, "personality", json_string(plan->settings.personality));
    json_object_set_new(r->json, "settings", settings);
    json_object_set_new(r->json, "seed", json_integer((json_int_t)plan->seed));
    json_object_set_new(r->json, "cpus", json_integer(plan->cpus));
    json_object_set_new(r->json, "end", json_string(end_names[atomic_load(&s->end)]));
    json_object_set_new(r->json, "why", json_string(s->why));
    json_object_set_new(r->json, "leaks", json_integer((json_int_t)s->counters.leaks));
    json_object_set_new(r->json, "seconds", json_real(seconds));
}

static size_t bad_findings(const struct drydock_report *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->finding_count; i++) {
        n += strcmp(r->findings[i].severity, "info") != 0;
    }
    return n;
}

static int put_summary(struct drydock_report *r, const struct dd_plan *plan,
                       const struct dd_shared *s, double seconds)
{
    const struct dd_shared_counters *c = &s->counters;
    char too_long[64] = "";
    int n;

    if (c->send_too_long > 0) {
        snprintf(too_long, sizeof(too_long), "; %llu too long for the miniport, not sent",
                 (unsigned long long)c->send_too_long);
    }
    n = asprintf(
        &r->summary,
        "%s on %s: %s after %.2f s\n"
        "  sent      %llu frames in %llu lists, %llu bytes; %llu completed, %llu failed%s\n"
        "  received  %llu lists, %llu bytes; %llu returned\n"
        "  dma       %llu lists built, %llu freed; %llu elements, at most %llu in a list; %llu bytes bounced; %llu IOMMU faults\n"
        "  memory    %llu bytes shared at most, %llu asynchronous allocations\n"
        "  events    %llu interrupts, %llu DPCs\n"
        "  findings  %zu, leaks %llu",
        plan->driver, plan->device, end_names[atomic_load(&s->end)], seconds,
        (unsigned long long)c->send_nbs, (unsigned long long)c->send_nbls,
        (unsigned long long)c->send_bytes, (unsigned long long)c->send_completed,
        (unsigned long long)c->send_failed, too_long, (unsigned long long)c->receive_nbls,
        (unsigned long long)c->receive_bytes, (unsigned long long)c->receive_returned,
        (unsigned long long)c->sg_lists_built, (unsigned long long)c->sg_lists_freed,
        (unsigned long long)c->sg_elements, (unsigned long long)c->sg_elements_max,
        (unsigned long long)c->bounced_bytes, (unsigned long long)c->iommu_faults,
        (unsigned long long)c->shared_memory_bytes_peak, (unsigned long long)c->shared_memory_async,
        (unsigned long long)c->interrupts, (unsigned long long)c->dpcs, bad_findings(r),
        (unsigned long long)c->leaks);

    return n < 0 ? -ENOMEM : 0;
}

static void put_fail(struct drydock_report *r, const struct dd_shared *s)
{
    json_t *fail = json_object_get(r->json, "fail");

    json_object_set_new(fail, "failed",
                        s->counters.failed_point ? json_string(dd_fail_name((enum dd_fail_point)(
                                                       s->counters.failed_point - 1)))
                                                 : json_null());
}

int dd_report_new(const struct dd_plan *plan, const struct dd_shared *shared, const char *runner,
                  double seconds, struct drydock_report **ret_report)
{
    struct drydock_report *r = calloc(1, sizeof(*r));
    struct dd_symbols *symbols = NULL;
    int e = -ENOMEM;

    if (!r || !(r->json = json_object())) {
        goto fail;
    }
    e = dd_symbols_new(shared->image_path, shared->image_base, runner, shared->runner_base,
                       &symbols);
    if (e < 0) {
        goto fail;
    }
    put_frame(r, plan, shared, seconds);
    dd_report_put_numbers(r->json, plan, &shared->counters);
    put_fail(r, shared);
    e = put_findings(r, plan, shared, symbols);
    if (e == 0) {
        e = put_summary(r, plan, shared, seconds);
    }
    dd_symbols_free(symbols);
    if (e < 0) {
        goto fail;
    }
    r->status = bad_findings(r) || r->ended_badly || shared->counters.leaks ? DRYDOCK_FINDINGS
                                                                            : DRYDOCK_FINE;
    json_object_set_new(r->json, "status", json_integer(r->status));
    r->json_text = json_dumps(r->json, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    if (!r->json_text) {
        e = -ENOMEM;
        goto fail;
    }
    *ret_report = r;
    return 0;

fail:
    drydock_report_free(r);
    return e;
}

/* --- host API over it --- */

void drydock_report_free(struct drydock_report *r)
{
    if (r) {
        json_decref(r->json);
        free(r->json_text);
        free(r->summary);
        free(r->findings);
        free(r);
    }
}

const char *drydock_report_json(const struct drydock_report *r)
{
    return r->json_text;
}

const char *drydock_report_summary(const struct drydock_report *r)
{
    return r->summary;
}

uint64_t drydock_report_number(const struct drydock_report *r, const char *path, bool *ret_found)
{
    const char *dot = strchr(path, '.');
    json_t *j = r->json;
    char group[64];

    if (dot && (size_t)(dot - path) < sizeof(group)) {
        snprintf(group, sizeof(group), "%.*s", (int)(dot - path), path);
        j = json_object_get(j, group);
        path = dot + 1;
    }
    j = json_object_get(j, path);
    if (ret_found) {
        *ret_found = json_is_integer(j);
    }
    return (uint64_t)json_integer_value(j);
}

size_t drydock_report_findings(const struct drydock_report *r)
{
    return r->finding_count;
}

int drydock_report_finding(const struct drydock_report *r, size_t index,
                           struct drydock_finding *ret_finding)
{
    const struct dd_report_finding *f;

    if (index >= r->finding_count) {
        return -ENOENT;
    }
    f = &r->findings[index];
    *ret_finding = (struct drydock_finding){.rule = f->rule,
                                            .severity = f->severity,
                                            .text = f->text,
                                            .formatted = f->formatted};
    return 0;
}
