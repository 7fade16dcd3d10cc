/* SPDX-License-Identifier: MIT */
/* Findings in the form of a compiler's warnings, and a summary by rule. */
#include "port_int.h"

static void put_finding(FILE *out, const struct drydock_port_finding *f)
{
    fprintf(out, "%s:%u:%u: %s: %s", f->file, f->line, f->column,
            f->cls == DRYDOCK_PORT_NOTE ? "note" : "warning", f->text);
    if (f->detail) {
        fprintf(out, " (%s)", f->detail);
    }
    if (f->condition) {
        fprintf(out, " (#if %s)", f->condition);
    }
    fprintf(out, " [%s]\n", f->rule);
    fprintf(out, "%s:%u:%u: note: instead: %s\n", f->file, f->line, f->column, f->instead);
    if (f->edit_refused) {
        fprintf(out, "%s:%u:%u: note: no edit: %s\n", f->file, f->line, f->column, f->edit_refused);
    }
}

static void put_summary(const struct drydock_port *port, FILE *out)
{
    for (size_t r = 0; r < dd_port_rules_count; r++) {
        size_t n = 0, edits = 0;

        for (size_t i = 0; i < port->nfindings; i++) {
            n += port->findings[i].rule == r;
            edits += port->findings[i].rule == r && port->findings[i].edit_count > 0;
        }
        if (n > 0) {
            fprintf(out, "%6zu  %-26s %-7s", n, dd_port_rules[r].id,
                    drydock_port_class_name(dd_port_rules[r].cls));
            if (edits > 0) {
                fprintf(out, " %zu with an edit", edits);
            }
            fputc('\n', out);
        }
    }
    fprintf(out,
            "%zu findings in %zu files, %llu lines: %zu fix, %zu review, %zu manual, %zu note\n",
            port->nfindings, port->nsources, (unsigned long long)port->lines,
            port->counts[DRYDOCK_PORT_FIX], port->counts[DRYDOCK_PORT_REVIEW],
            port->counts[DRYDOCK_PORT_MANUAL], port->counts[DRYDOCK_PORT_NOTE]);
    if (!port->ndis5 && !port->options.force_ndis5) {
        fputs("no sign of NDIS 5 in these files; --force-ndis5 reports all the same\n", out);
    }
}

PORT_API void drydock_port_print(const struct drydock_port *port, FILE *out, bool quiet)
{
    struct drydock_port_finding f;

    for (size_t i = 0; drydock_port_finding_at(port, i, &f); i++) {
        put_finding(out, &f);
    }
    if (!quiet) {
        put_summary(port, out);
    }
}
