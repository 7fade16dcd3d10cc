/* SPDX-License-Identifier: MIT */
/* Named bundles of settings: machines a driver may meet. */
#include "run/nearest.h"
#include "run/settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const modern[] = {NULL};
static const char *const no_iommu_32bit[] = {"iommu=off", "address-bits=32", "ram-high=4G", NULL};
static const char *const isa_era[] = {
    "iommu=off",      "address-bits=24",   "bounce=auto", "map-registers=64",
    "interrupt=line", "callback=deferred", NULL};
static const char *const hostile[] = {
    "iommu=strict", "bounce=always", "map-registers=64",      "callback=random",
    "sgl=split",    "mdl=many",      "device-latency=random", NULL};
static const char *const fast[] = {"iommu=off", NULL};

const struct dd_personality dd_personalities[] = {
    {"modern", "64-bit device behind a strict IOMMU, MSI-X: the defaults", modern},
    {"no-iommu-32bit", "no IOMMU, a 32-bit device, data above 4 GiB: everything bounces",
     no_iommu_32bit},
    {"isa-era", "24-bit reach, 64 map registers, a line interrupt, callbacks later", isa_era},
    {"hostile",
     "whatever the documents allow and drivers forget: always bouncing, scarce registers, split lists",
     hostile},
    {"fast", "no IOMMU, nothing checked at the device", fast},
};
const unsigned dd_personality_count = DD_ARRAY_LEN(dd_personalities);

int dd_settings_personality(struct dd_settings *s, const char *name, char *why, size_t why_bytes)
{
    const char *names[DD_ARRAY_LEN(dd_personalities)];

    for (unsigned i = 0; i < dd_personality_count; i++) {
        const struct dd_personality *p = &dd_personalities[i];

        names[i] = p->name;
        if (strcmp(p->name, name) != 0) {
            continue;
        }
        for (unsigned k = 0; p->settings[k]; k++) {
            int r = dd_settings_set(s, p->settings[k], why, why_bytes);

            if (r < 0) {
                return r;
            }
        }
        snprintf(s->personality, sizeof(s->personality), "%s", name);
        return 0;
    }
    snprintf(why, why_bytes,
             "unknown personality '%s': did you mean '%s'? `drydock settings` lists them", name,
             dd_nearest(name, strlen(name), names, dd_personality_count));
    return -EINVAL;
}
