/* SPDX-License-Identifier: MIT */
/* Lists of what there is, and texts about it, for `drydock devices`, `settings`, `rules`,
 * `explain`. */
#include "run/nearest.h"
#include "run/platform.h"
#include "run/settings.h"
#include "verify/verify.h"

#include <drydock/drydock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef DD_VERSION
#define DD_VERSION "0.1.0"
#endif

const char *drydock_version(void)
{
    return DD_VERSION;
}

bool drydock_device_at(size_t index, struct drydock_entry *ret_entry)
{
    const struct dd_dev_kind *k;
    const char *reason;

    k = dd_platform_kind_at((unsigned)index);
    if (!k) {
        return false;
    }
    reason = k->unavailable ? k->unavailable() : NULL;
    *ret_entry = (struct drydock_entry){.name = k->spec,
                                        .what = k->what,
                                        .detail = reason ? reason : "",
                                        .available = !reason};
    return true;
}

bool drydock_setting_at(size_t index, struct drydock_entry *ret_entry)
{
    static const struct dd_setting *const table = dd_setting_table;

    if (index >= dd_setting_count) {
        return false;
    }
    *ret_entry = (struct drydock_entry){.name = table[index].name,
                                        .what = table[index].what,
                                        .detail = table[index].values,
                                        .available = true};
    return true;
}

bool drydock_personality_at(size_t index, struct drydock_entry *ret_entry)
{
    if (index >= dd_personality_count) {
        return false;
    }
    *ret_entry = (struct drydock_entry){.name = dd_personalities[index].name,
                                        .what = dd_personalities[index].what,
                                        .detail = "",
                                        .available = true};
    return true;
}

bool drydock_rule_at(size_t index, struct drydock_entry *ret_entry)
{
    static const char *const severities[] = {"info", "warning", "error"};

    if (index >= dd_rule_count) {
        return false;
    }
    *ret_entry = (struct drydock_entry){.name = dd_rules[index].id,
                                        .what = dd_rules[index].detects,
                                        .detail = severities[dd_rules[index].severity],
                                        .available = true};
    return true;
}

static char *explain_rule(const struct dd_rule *r)
{
    static const char *const severities[] = {"information", "warning", "error"};
    char *text;

    if (asprintf(&text, "%s  (rule, %s%s%s)\n  %s\n\n%s\n\nsource: %s\n", r->id,
                 severities[r->severity], r->driver_verifier[0] ? ", Driver Verifier " : "",
                 r->driver_verifier, r->detects, r->explain, r->source) < 0) {
        return NULL;
    }
    return text;
}

static char *explain_setting(const struct dd_setting *t)
{
    struct dd_settings s;
    char value[64], *text;

    dd_settings_default(&s);
    t->format(&s, value, sizeof(value));
    if (asprintf(&text, "%s  (setting)\n  %s\n  values: %s; default %s\n\n%s\n", t->name, t->what,
                 t->values, value, t->explain) < 0) {
        return NULL;
    }
    return text;
}

static char *explain_personality(const struct dd_personality *p)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);

    if (!f) {
        return NULL;
    }
    fprintf(f, "%s  (personality)\n  %s\n\n", p->name, p->what);
    for (unsigned i = 0; p->settings[i]; i++) {
        fprintf(f, "  %s\n", p->settings[i]);
    }
    fclose(f);
    return text;
}

char *drydock_explain(const char *name)
{
    const struct dd_rule *rule = dd_rule_find(name);
    const struct dd_dev_kind *kind = dd_platform_kind(name);
    char *text;

    if (rule) {
        return explain_rule(rule);
    }
    for (unsigned i = 0; i < dd_setting_count; i++) {
        if (strcmp(dd_setting_table[i].name, name) == 0) {
            return explain_setting(&dd_setting_table[i]);
        }
    }
    for (unsigned i = 0; i < dd_personality_count; i++) {
        if (strcmp(dd_personalities[i].name, name) == 0) {
            return explain_personality(&dd_personalities[i]);
        }
    }
    if (kind && asprintf(&text, "%s  (device)\n  %s\n", kind->spec, kind->what) >= 0) {
        return text;
    }
    return NULL;
}

const char *drydock_nearest(const char *name)
{
    static const char *names[512];
    size_t n = 0;

    for (unsigned i = 0; i < dd_rule_count && n < DD_ARRAY_LEN(names); i++) {
        names[n++] = dd_rules[i].id;
    }
    for (unsigned i = 0; i < dd_setting_count && n < DD_ARRAY_LEN(names); i++) {
        names[n++] = dd_setting_table[i].name;
    }
    for (unsigned i = 0; i < dd_personality_count && n < DD_ARRAY_LEN(names); i++) {
        names[n++] = dd_personalities[i].name;
    }
    return dd_nearest(name, strlen(name), names, n);
}
