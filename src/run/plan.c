/* SPDX-License-Identifier: MIT */
#include "run/plan.h"

#include "run/nearest.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FAULTS    1000000u
#define MAX_DELAY_NS  10000000000ll
#define MAX_FREEZE_NS 60000000000ll

static const char *const event_names[] = {
    [DD_DO_PAUSE] = "pause",
    [DD_DO_RESTART] = "restart",
    [DD_DO_RESET] = "reset",
    [DD_DO_REMOVE] = "remove",
    [DD_DO_LINK_DOWN] = "link-down",
    [DD_DO_LINK_UP] = "link-up",
    [DD_DO_CANCEL] = "cancel",
    [DD_DO_SLEEP] = "sleep",
    [DD_DO_SHUTDOWN] = "shutdown",
    [DD_DO_WIRE_DROP] = "wire-drop",
    [DD_DO_WIRE_DUPLICATE] = "wire-duplicate",
    [DD_DO_WIRE_CORRUPT] = "wire-corrupt",
    [DD_DO_WIRE_REORDER] = "wire-reorder",
    [DD_DO_WIRE_DELAY] = "wire-delay",
    [DD_DO_INSERT] = "insert",
    [DD_DO_FREEZE] = "freeze",
    [DD_DO_BUS_MASTER_OFF] = "bus-master-off",
    [DD_DO_IOMMU_UNMAP] = "iommu-unmap",
    [DD_DO_OFFLOAD] = "offload",
};

const char *dd_plan_event_name(enum dd_event_what what)
{
    return event_names[what];
}

/* "0.5", "500ms", "2s", "100us" -> ns; moves *text past it; -1 when it is no time */
static int64_t parse_time(const char **text)
{
    char *end;
    double v = strtod(*text, &end), scale = 1e9;

    if (end == *text || !isfinite(v) || v < 0 || v > 1e6) {
        return -1;
    }
    if (strncmp(end, "ms", 2) == 0) {
        scale = 1e6;
        end += 2;
    } else if (strncmp(end, "us", 2) == 0) {
        scale = 1e3;
        end += 2;
    } else if (*end == 's') {
        end++;
    }
    *text = end;
    return (int64_t)(v * scale);
}

static int bad_event(const char *text, char *why, size_t why_bytes)
{
    snprintf(
        why, why_bytes,
        "event '%s': write TIME:WHAT, as in 500ms:pause, or START+EVERYxTIMES:WHAT, as in 0.1+10msx100:pause",
        text);
    return -EINVAL;
}

static int bad_value(const char *text, enum dd_event_what what, char *why, size_t why_bytes)
{
    if (what == DD_DO_FREEZE) {
        snprintf(
            why, why_bytes,
            "event '%s': write freeze=TIME, more than 0 and at most 60s, as in 1s:freeze=500ms",
            text);
    } else if (what == DD_DO_OFFLOAD) {
        snprintf(why, why_bytes,
                 "event '%s': write offload=none, checksum, lso or all, as in 1s:offload=checksum",
                 text);
    } else if (what < DD_DO_WIRE_DROP || what > DD_DO_WIRE_DELAY) {
        snprintf(why, why_bytes, "event '%s': nothing follows '%s'", text, event_names[what]);
    } else if (what == DD_DO_WIRE_DELAY) {
        snprintf(
            why, why_bytes,
            "event '%s': write wire-delay=TIME, at most 10s, as in 1s:wire-delay=5ms; ,out for frames from the device",
            text);
    } else {
        snprintf(
            why, why_bytes,
            "event '%s': write %s=N, N from 1 to 1000000, as in 1s:%s=10; ,out for frames from the device",
            text, event_names[what], event_names[what]);
    }
    return -EINVAL;
}

static bool parse_freeze(const char *text, struct dd_plan_event *e)
{
    int64_t ns;

    if (*text++ != '=') {
        return false;
    }
    ns = parse_time(&text);
    if (ns <= 0 || ns > MAX_FREEZE_NS || *text != '\0') {
        return false;
    }
    e->value = (uint64_t)ns;
    return true;
}

/* in the order of enum dd_offload */
static bool parse_offload(const char *text, struct dd_plan_event *e)
{
    static const char *const names[] = {"=none", "=checksum", "=lso", "=all"};

    for (unsigned i = 0; i < DD_ARRAY_LEN(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            e->value = i;
            return true;
        }
    }
    return false;
}

/* what follows the name: "=N" or "=TIME" of a wire fault, with ",out" for the other direction;
 * nothing after the others. False: it is neither */
static bool parse_event_value(const char *text, struct dd_plan_event *e)
{
    bool wire = e->what >= DD_DO_WIRE_DROP && e->what <= DD_DO_WIRE_DELAY;
    char *end;

    if (e->what == DD_DO_FREEZE) {
        return parse_freeze(text, e);
    }
    if (e->what == DD_DO_OFFLOAD) {
        return parse_offload(text, e);
    }
    if (!wire || *text != '=' || text[1] == '-') {
        return !wire && *text == '\0';
    }
    text++;
    if (e->what == DD_DO_WIRE_DELAY) {
        int64_t ns = parse_time(&text);

        if (ns < 0 || ns > MAX_DELAY_NS) {
            return false;
        }
        e->value = (uint64_t)ns;
    } else {
        e->value = strtoull(text, &end, 10);
        if (end == text || e->value == 0 || e->value > MAX_FAULTS) {
            return false;
        }
        text = end;
    }
    e->out = strcmp(text, ",out") == 0;
    return e->out || *text == '\0';
}

int dd_plan_parse_event(const char *text, struct dd_plan_event *ret_event, char *why,
                        size_t why_bytes)
{
    struct dd_plan_event e = {.times = 1};
    const char *p = text;
    int64_t at = parse_time(&p), every = 0;

    if (at >= 0 && *p == '+') {
        p++;
        every = parse_time(&p);
        if (every > 0 && *p == 'x') {
            char *end;

            e.times = strtoull(p + 1, &end, 10);
            p = end;
        }
    }
    if (at < 0 || every < 0 || *p != ':' || e.times == 0 || e.times > 1000000) {
        return bad_event(text, why, why_bytes);
    }
    e.at_ns = (uint64_t)at;
    e.every_ns = (uint64_t)every;
    p++;
    for (unsigned i = 0; i < DD_ARRAY_LEN(event_names); i++) {
        if (strcspn(p, "=") == strlen(event_names[i]) &&
            strncmp(p, event_names[i], strlen(event_names[i])) == 0) {
            e.what = (enum dd_event_what)i;
            if (!parse_event_value(p + strlen(event_names[i]), &e)) {
                return bad_value(text, e.what, why, why_bytes);
            }
            *ret_event = e;
            return 0;
        }
    }
    snprintf(
        why, why_bytes,
        "event '%s': unknown '%s', did you mean '%s'? Known: pause restart reset remove insert link-down link-up cancel "
        "sleep shutdown freeze=TIME bus-master-off iommu-unmap offload=KIND wire-drop=N wire-duplicate=N wire-corrupt=N wire-reorder=N wire-delay=TIME",
        text, p, dd_nearest(p, strlen(p), event_names, DD_ARRAY_LEN(event_names)));
    return -EINVAL;
}

/* --- JSON --- */

static void put_text(json_t *o, const char *key, const char *value)
{
    if (value) {
        json_object_set_new(o, key, json_string(value));
    }
}

static void put_u64(json_t *o, const char *key, uint64_t v)
{
    json_object_set_new(o, key, json_integer((json_int_t)v));
}

static json_t *settings_to_json(const struct dd_settings *s)
{
    json_t *o = json_object();
    char value[64];

    for (unsigned i = 0; i < dd_setting_count; i++) {
        dd_setting_table[i].format(s, value, sizeof(value));
        put_text(o, dd_setting_table[i].name, value);
    }
    return o;
}

char *dd_plan_to_json(const struct dd_plan *plan)
{
    json_t *o = json_object(), *events = json_array(), *rules = json_array();
    char *text;

    put_text(o, "driver", plan->driver);
    put_text(o, "device", plan->device);
    put_text(o, "send", plan->send);
    put_text(o, "wire", plan->wire);
    put_text(o, "inf", plan->inf);
    put_text(o, "config", plan->config);
    put_text(o, "tap", plan->tap);
    put_text(o, "personality", plan->settings.personality);
    put_u64(o, "loop", plan->loop);
    put_u64(o, "cpus", plan->cpus);
    put_u64(o, "seed", plan->seed);
    put_u64(o, "duration_ns", plan->duration_ns);
    put_u64(o, "verify", plan->verify);
    put_u64(o, "debug", plan->debug);
    json_object_set_new(o, "record_fd", json_integer(plan->record_fd));
    json_object_set_new(o, "received_fd", json_integer(plan->received_fd));
    json_object_set_new(o, "trace_fd", json_integer(plan->trace_fd));
    json_object_set_new(o, "settings", settings_to_json(&plan->settings));
    for (size_t i = 0; i < plan->event_count; i++) {
        const struct dd_plan_event *e = &plan->events[i];
        json_t *j = json_object();

        put_u64(j, "at_ns", e->at_ns);
        put_u64(j, "every_ns", e->every_ns);
        put_u64(j, "times", e->times);
        put_u64(j, "what", e->what);
        put_u64(j, "value", e->value);
        put_u64(j, "out", e->out);
        json_array_append_new(events, j);
    }
    json_object_set_new(o, "events", events);
    for (char **r = plan->disabled_rules; r && *r; r++) {
        json_array_append_new(rules, json_string(*r));
    }
    json_object_set_new(o, "disabled_rules", rules);
    text = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    return text;
}

static char *get_text(json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? strdup(s) : NULL;
}

static uint64_t get_u64(json_t *o, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(o, key));
}

static int get_settings(json_t *o, struct dd_plan *plan, char *why, size_t why_bytes)
{
    json_t *settings = json_object_get(o, "settings"), *value;
    const char *key, *personality = json_string_value(json_object_get(o, "personality"));
    char text[160];

    dd_settings_default(&plan->settings);
    json_object_foreach(settings, key, value) {
        int r;

        snprintf(text, sizeof(text), "%s=%s", key, json_string_value(value));
        r = dd_settings_set(&plan->settings, text, why, why_bytes);
        if (r < 0) {
            return r;
        }
    }
    snprintf(plan->settings.personality, sizeof(plan->settings.personality), "%s",
             personality ? personality : "");
    return 0;
}

static int get_lists(json_t *o, struct dd_plan *plan)
{
    json_t *events = json_object_get(o, "events"), *rules = json_object_get(o, "disabled_rules");

    plan->event_count = json_array_size(events);
    plan->events = calloc(plan->event_count + 1, sizeof(*plan->events));
    plan->disabled_rules = calloc(json_array_size(rules) + 1, sizeof(char *));
    if (!plan->events || !plan->disabled_rules) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < plan->event_count; i++) {
        json_t *j = json_array_get(events, i);

        plan->events[i] = (struct dd_plan_event){.at_ns = get_u64(j, "at_ns"),
                                                 .every_ns = get_u64(j, "every_ns"),
                                                 .times = get_u64(j, "times"),
                                                 .what = (enum dd_event_what)get_u64(j, "what"),
                                                 .value = get_u64(j, "value"),
                                                 .out = get_u64(j, "out") != 0};
        plan->settings.hot_plug |=
            plan->events[i].what == DD_DO_REMOVE || plan->events[i].what == DD_DO_INSERT;
    }
    for (size_t i = 0; i < json_array_size(rules); i++) {
        plan->disabled_rules[i] = strdup(json_string_value(json_array_get(rules, i)));
    }
    return 0;
}

int dd_plan_from_json(const char *json, struct dd_plan *ret_plan, char *why, size_t why_bytes)
{
    struct dd_plan plan = {0};
    json_error_t error;
    json_t *o = json_loads(json, 0, &error);
    int r;

    if (!o) {
        snprintf(why, why_bytes, "the plan of the run is damaged: %s", error.text);
        return -EINVAL;
    }
    plan.driver = get_text(o, "driver");
    plan.device = get_text(o, "device");
    plan.send = get_text(o, "send");
    plan.wire = get_text(o, "wire");
    plan.inf = get_text(o, "inf");
    plan.config = get_text(o, "config");
    plan.tap = get_text(o, "tap");
    plan.loop = get_u64(o, "loop");
    plan.cpus = (unsigned)get_u64(o, "cpus");
    plan.seed = get_u64(o, "seed");
    plan.duration_ns = get_u64(o, "duration_ns");
    plan.verify = get_u64(o, "verify") != 0;
    plan.debug = get_u64(o, "debug") != 0;
    plan.record_fd = (int)json_integer_value(json_object_get(o, "record_fd"));
    plan.received_fd = (int)json_integer_value(json_object_get(o, "received_fd"));
    plan.trace_fd = (int)json_integer_value(json_object_get(o, "trace_fd"));
    r = get_settings(o, &plan, why, why_bytes);
    if (r == 0) {
        r = get_lists(o, &plan);
    }
    json_decref(o);
    if (r < 0) {
        dd_plan_done(&plan);
        return r;
    }
    plan.settings.dma.seed = plan.seed;
    plan.settings.dma.checked = plan.verify;
    *ret_plan = plan;
    return 0;
}

void dd_plan_done(struct dd_plan *plan)
{
    free(plan->driver);
    free(plan->device);
    free(plan->send);
    free(plan->wire);
    free(plan->wire_file);
    free(plan->inf);
    free(plan->config);
    free(plan->tap);
    free(plan->events);
    for (char **r = plan->disabled_rules; r && *r; r++) {
        free(*r);
    }
    free(plan->disabled_rules);
    *plan = (struct dd_plan){.record_fd = -1, .received_fd = -1, .trace_fd = -1};
}
