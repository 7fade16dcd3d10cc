/* SPDX-License-Identifier: MIT */
/* The porting tool: whatever the bytes of a source are, it ends, its findings lie inside the source
 * in ascending order, and its edits lie inside and do not overlap. */
#include "fuzz.h"

#include <drydock/port.h>

#include <stdio.h>
#include <stdlib.h>

static void check_findings(const struct drydock_port *port, size_t size)
{
    struct drydock_port_finding f;
    size_t last = 0;

    for (size_t i = 0; drydock_port_finding_at(port, i, &f); i++) {
        if (f.offset < last || f.offset + f.length > size || f.line == 0 || f.column == 0) {
            abort();
        }
        last = f.offset;
    }
}

static void check_edits(const struct drydock_port *port, size_t size)
{
    struct drydock_port_edit e, other;

    for (size_t i = 0; i < 200 && drydock_port_edit_at(port, i, &e); i++) {
        if (e.offset + e.length > size) {
            abort();
        }
        for (size_t k = 0; k < i && drydock_port_edit_at(port, k, &other); k++) {
            if (e.length > 0 && other.length > 0 && e.offset < other.offset + other.length &&
                other.offset < e.offset + e.length) {
                abort();
            }
        }
    }
}

static void show(struct drydock_port *port)
{
    static FILE *nowhere;
    char why[256];
    const char *name;

    if (!nowhere) {
        nowhere = fopen("/dev/null", "w");
    }
    if (!nowhere) {
        return;
    }
    drydock_port_print(port, nowhere, false);
    if (drydock_port_diff(port, nowhere, why, sizeof(why)) < 0 ||
        drydock_port_json(port, nowhere, why, sizeof(why)) < 0 ||
        drydock_port_sarif(port, nowhere, why, sizeof(why)) < 0 ||
        drydock_port_html(port, nowhere, why, sizeof(why)) < 0) {
        abort();
    }
    free(drydock_port_skeleton_at(port, 3, &name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct drydock_port_options o = DRYDOCK_PORT_OPTIONS_INIT;
    struct drydock_port *port;
    char why[256] = "";

    o.force_ndis5 = true;
    port = drydock_port_new(&o);
    if (!port) {
        return 0;
    }
    if (drydock_port_add_bytes(port, "input.c", data, size, why, sizeof(why)) == 0) {
        if (drydock_port_analyze(port, why, sizeof(why)) < 0) {
            abort();
        }
        check_findings(port, size);
        check_edits(port, size);
        show(port);
    } else if (!why[0]) {
        abort(); /* refused without a reason */
    }
    drydock_port_free(port);
    return 0;
}
