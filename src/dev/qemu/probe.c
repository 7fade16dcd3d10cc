/* SPDX-License-Identifier: MIT */
#include "dev/qemu/probe.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/thread.h"
#include "dev/qemu/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM    "qemu-system-x86_64"
#define HELP_BYTES 65536u
#define HELP_NS    (10 * DD_NS_PER_S)

static struct dd_qemu_probe probe;
static bool probed, asked_version;
static struct dd_mutex lock = DD_MUTEX_INIT; /* guards the three above until they are filled in */

/* --- -device help --- */

/* the text between quotes after @key in @line, cut to fit; "" when it is not there */
static void quoted(const char *line, const char *key, char *out, size_t out_bytes)
{
    const char *at = strstr(line, key), *end;
    size_t n;

    out[0] = '\0';
    if (!at) {
        return;
    }
    at += strlen(key);
    end = strchr(at, '"');
    if (!end) {
        return;
    }
    n = (size_t)(end - at) < out_bytes ? (size_t)(end - at) : out_bytes - 1;
    memcpy(out, at, n);
    out[n] = '\0';
}

/* a PCI card with one network back end; these two have none */
static bool is_card(const char *line, const char *name)
{
    return strstr(line, ", bus PCI") && strcmp(name, "rocker") != 0 && strcmp(name, "pvrdma") != 0;
}

unsigned dd_qemu_parse_models(const char *text, struct dd_qemu_model *models, unsigned max)
{
    const char *line = strstr(text, "Network devices:");
    unsigned count = 0;

    while (line && count < max && (line = strchr(line, '\n')) != NULL) {
        char one[256];
        size_t n = strcspn(++line, "\n");
        struct dd_qemu_model *m = &models[count];

        if (n == 0) {
            break; /* the end of the group */
        }
        n = n < sizeof(one) ? n : sizeof(one) - 1;
        memcpy(one, line, n);
        one[n] = '\0';
        quoted(one, "name \"", m->name, sizeof(m->name));
        quoted(one, "alias \"", m->alias, sizeof(m->alias));
        quoted(one, "desc \"", m->what, sizeof(m->what));
        if (m->name[0] && is_card(one, m->name)) {
            count++;
        }
    }
    return count;
}

/* --- finding it --- */

static bool find_on_path(char *out, size_t out_bytes)
{
    const char *path = getenv("PATH");

    while (path && *path) {
        size_t n = strcspn(path, ":");

        snprintf(out, out_bytes, "%.*s/" PROGRAM, (int)n, path);
        if (n > 0 && access(out, X_OK) == 0) {
            return true;
        }
        path += n + (path[n] == ':');
    }
    return false;
}

static bool find(struct dd_qemu_probe *p)
{
    const char *named = getenv("DRYDOCK_QEMU");

    if (named && named[0]) {
        snprintf(p->program, sizeof(p->program), "%s", named);
        if (access(named, X_OK) == 0) {
            return true;
        }
        snprintf(p->reason, sizeof(p->reason),
                 "DRYDOCK_QEMU names %.120s, which is no program that can be run", named);
        return false;
    }
    if (find_on_path(p->program, sizeof(p->program))) {
        return true;
    }
    p->program[0] = '\0';
    snprintf(p->reason, sizeof(p->reason),
             "no " PROGRAM " on PATH; install the Debian package qemu-system-x86");
    return false;
}

static void take_models(struct dd_qemu_probe *p)
{
    char *text = malloc(HELP_BYTES);
    char *argv[] = {p->program, (char *)(uintptr_t) "-device", (char *)(uintptr_t) "help", NULL};

    if (!text || dd_process_output(argv, text, HELP_BYTES, HELP_NS) < 0) {
        snprintf(p->reason, sizeof(p->reason),
                 "`%.160s -device help` fails; is it a whole QEMU? "
                 "(Debian package qemu-system-x86)",
                 p->program);
    } else {
        p->model_count = dd_qemu_parse_models(text, p->models, DD_QEMU_MODELS_MAX);
        if (p->model_count == 0) {
            snprintf(p->reason, sizeof(p->reason), "%.160s offers no PCI network device",
                     p->program);
        }
    }
    free(text);
}

const struct dd_qemu_probe *dd_qemu_probe(void)
{
    dd_mutex_lock(&lock);
    if (!probed) {
        probed = true;
        if (find(&probe)) {
            take_models(&probe);
        }
    }
    dd_mutex_unlock(&lock);
    return &probe;
}

static void take_version(struct dd_qemu_probe *p)
{
    static const char before[] = "version ";
    char text[512];
    char *argv[] = {p->program, (char *)(uintptr_t) "--version", NULL};
    const char *at;

    if (dd_process_output(argv, text, sizeof(text), HELP_NS) < 0) {
        return;
    }
    at = strstr(text, before);
    if (at) {
        snprintf(p->version, sizeof(p->version), "QEMU %.*s",
                 (int)strcspn(at + strlen(before), " \n"), at + strlen(before));
    }
}

const char *dd_qemu_probe_version(void)
{
    const struct dd_qemu_probe *p = dd_qemu_probe();

    dd_mutex_lock(&lock);
    if (!asked_version && !p->reason[0]) {
        asked_version = true;
        take_version(&probe);
    }
    dd_mutex_unlock(&lock);
    return p->version;
}
