/* SPDX-License-Identifier: MIT */
/*
 * What QEMU there is: found once in a process, on PATH or where the environment variable
 * DRYDOCK_QEMU says.
 */
#ifndef DD_DEV_QEMU_PROBE_H
#define DD_DEV_QEMU_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#define DD_QEMU_MODELS_MAX 64u

struct dd_qemu_model {
    char name[48];  /* as -device takes it */
    char alias[48]; /* or "" */
    char what[80];  /* QEMU's own description, or "" */
};

struct dd_qemu_probe {
    char program[512];
    char version[64]; /* "7.2.22 (Debian ...)"; filled in by dd_qemu_probe_version() */
    char reason[256]; /* why it cannot be used, and what to do; "" when it can */
    struct dd_qemu_model models[DD_QEMU_MODELS_MAX];
    unsigned model_count;
};

/* dd_qemu_probe - the same for the whole process; the first call runs `QEMU -device help` (some 50
 * ms). Any thread */
const struct dd_qemu_probe *dd_qemu_probe(void);
/* dd_qemu_probe_version - "QEMU 7.2.22 at /usr/bin/...", for lists; "" when there is none */
const char *dd_qemu_probe_version(void);

/* dd_qemu_parse_models - the network part of what `-device help` prints: PCI devices that take a
 * network back end. Returns how many are in @models */
unsigned dd_qemu_parse_models(const char *text, struct dd_qemu_model *models, unsigned max);

#endif
