/* SPDX-License-Identifier: MIT */
/* The registry as Windows would have it when the driver starts: from the INF, then from --config.
 */
#include "run/runner.h"

#include "nt/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SERVICES_KEY "Registry/Machine/System/CurrentControlSet/Services"

const char *dd_runner_service(const char *driver, char *out, size_t size)
{
    const char *base = strrchr(driver, '/');

    snprintf(out, size, "%s", base ? base + 1 : driver);
    out[strcspn(out, ".")] = '\0';
    return out;
}

static int fill_keys(struct dd_runner *r, unsigned index, struct dd_key *service)
{
    struct dd_key *software = dd_runner_software_key(index),
                  *hardware = dd_runner_hardware_key(index);
    int e = 0;

    if (!software || !hardware || !service) {
        snprintf(r->why, sizeof(r->why), "no memory for the registry");
        return -ENOMEM;
    }
    if (r->plan.inf) {
        e = dd_inf_load(r->plan.inf, software, hardware, service, r->why, sizeof(r->why));
    }
    if (e == 0 && r->plan.config) {
        e = dd_config_load(r->plan.config, software, r->why, sizeof(r->why));
    }
    return e;
}

int dd_runner_fill_registry(struct dd_runner *r)
{
    char name[64], path[256];
    struct dd_key *service;
    int e = 0;

    snprintf(path, sizeof(path), SERVICES_KEY "/%s",
             dd_runner_service(r->plan.driver, name, sizeof(name)));
    service = dd_key_open(path, true);
    for (unsigned i = 0; e == 0 && i < r->plan.settings.adapters; i++) {
        e = fill_keys(r, i, service);
    }
    return e;
}
