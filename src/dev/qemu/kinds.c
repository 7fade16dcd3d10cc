/* SPDX-License-Identifier: MIT */
#include "dev/qemu/kinds.h"

#include "base/check.h"
#include "base/thread.h"
#include "dev/qemu/i8255x.h"
#include "dev/qemu/probe.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "qemu:"

struct kind {
    struct dd_dev_kind kind;
    char spec[64], what[160];
};

static struct kind kinds[DD_QEMU_MODELS_MAX + 1];
static unsigned count;
static bool made, described;
static struct dd_mutex lock = DD_MUTEX_INIT; /* guards the four above while they are made */

static const char *unavailable(void)
{
    const char *reason = dd_qemu_probe()->reason;

    return reason[0] ? reason : NULL;
}

static void add_locked(const char *model, const char *what)
{
    struct kind *k = &kinds[count++];

    snprintf(k->spec, sizeof(k->spec), PREFIX "%s", model);
    snprintf(k->what, sizeof(k->what), "%s", what);
    k->kind = (struct dd_dev_kind){.spec = k->spec,
                                   .what = k->what,
                                   .unavailable = unavailable,
                                   .open = dd_qemu_nic_open,
                                   .bus = DD_BUS_PCI,
                                   .hot_plug = true};
}

static void make_kinds(void)
{
    const struct dd_qemu_probe *p = dd_qemu_probe();

    dd_mutex_lock(&lock);
    if (!made && p->reason[0]) {
        add_locked("e1000e", "Intel 82574L and other network cards, in QEMU");
    }
    for (unsigned i = 0; !made && i < p->model_count; i++) {
        const struct dd_qemu_model *m = &p->models[i];
        char what[112];

        snprintf(what, sizeof(what), "%s", m->what[0] ? m->what : m->name);
        add_locked(m->name, what);
    }
    made = true;
    dd_mutex_unlock(&lock);
}

const struct dd_dev_kind *dd_qemu_kind_at(unsigned index)
{
    const char *version;

    make_kinds();
    version = dd_qemu_probe_version();
    dd_mutex_lock(&lock);
    for (unsigned i = 0; !described && version[0] && i < count; i++) {
        size_t have = strlen(kinds[i].what);

        snprintf(kinds[i].what + have, sizeof(kinds[i].what) - have, ", %s", version);
    }
    described = true;
    dd_mutex_unlock(&lock);
    return index < count ? &kinds[index].kind : NULL;
}

#define QUIRK ",quirk="

/* length of the model's name, which a quirk may follow */
static size_t model_length(const char *model)
{
    return strcspn(model, ",");
}

static bool is_model(const char *name, const char *model)
{
    return strlen(name) == model_length(model) && strncmp(name, model, model_length(model)) == 0;
}

/* the one quirk there is, and only where it means something */
static bool suits(const char *model)
{
    const char *rest = model + model_length(model);

    return rest[0] == '\0' ||
           (strncmp(model, "i82", 3) == 0 && strcmp(rest, QUIRK DD_I8255X_QUIRK) == 0);
}

const char *dd_qemu_quirk_of(const char *spec)
{
    const char *at = strstr(spec, QUIRK);

    return at ? at + strlen(QUIRK) : NULL;
}

static const struct kind *find(const char *spec)
{
    const struct dd_qemu_probe *p = dd_qemu_probe();
    size_t n = strlen(PREFIX);

    if (strncmp(spec, PREFIX, n) != 0 || spec[n] == '\0') {
        return NULL;
    }
    make_kinds();
    if (p->reason[0]) {
        return &kinds[0];
    }
    for (unsigned i = 0; i < p->model_count && suits(spec + n); i++) {
        if (is_model(p->models[i].name, spec + n) ||
            (p->models[i].alias[0] && is_model(p->models[i].alias, spec + n))) {
            return &kinds[i];
        }
    }
    return NULL;
}

const struct dd_dev_kind *dd_qemu_kind(const char *spec)
{
    const struct kind *k = strncmp(spec, PREFIX, strlen(PREFIX)) == 0 ? find(spec) : NULL;

    return k ? &k->kind : NULL;
}

const char *dd_qemu_model_of(const char *spec)
{
    const struct kind *k = find(spec);

    return k ? k->spec + strlen(PREFIX) : NULL;
}

struct dd_qemu_traits dd_qemu_traits(const char *model)
{
    static const struct {
        const char *begins;
        struct dd_qemu_traits traits;
    } table[] = {
        {"e1000e", {.address_bits = 64, .slow_msix_switch = true}},
        {"igb", {.address_bits = 64, .slow_msix_switch = true}},
        {"e1000", {.address_bits = 64, .deaf_after_rctl = true}},
        {"i82", {.address_bits = 32, .command_at_once = true}},
        {"rtl8139", {.address_bits = 32}},
        {"pcnet", {.address_bits = 32}},
        {"tulip", {.address_bits = 32}},
        {"ne2k", {.address_bits = 32}},
    };

    for (unsigned i = 0; i < DD_ARRAY_LEN(table); i++) {
        if (strncmp(model, table[i].begins, strlen(table[i].begins)) == 0) {
            return table[i].traits;
        }
    }
    return (struct dd_qemu_traits){.address_bits = 64};
}
