/* SPDX-License-Identifier: MIT */
/* Findings as JSON, and as SARIF 2.1.0 with the edits as fixes. */
#include "port_int.h"

#include <errno.h>
#include <jansson.h>

/* text of a source may be in any encoding: what is no UTF-8 is taken as Latin-1 */
static json_t *text(const char *p)
{
    json_t *j = p ? json_string(p) : json_null();
    struct dd_buf b = {0};

    if (j || !p) {
        return j;
    }
    for (; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (c < 0x80) {
            dd_buf_add(&b, p, 1);
        } else {
            dd_buf_fmt(&b, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
        }
    }
    j = json_string(b.p ? b.p : "");
    dd_buf_done(&b);
    return j;
}

static int put(json_t *root, FILE *out, char *why, size_t n)
{
    int r = root ? json_dumpf(root, out, JSON_INDENT(1)) : -1;

    json_decref(root);
    if (r < 0 || fputc('\n', out) == EOF || fflush(out) != 0) {
        return dd_why(why, n, EIO, "the report cannot be written");
    }
    return 0;
}

static json_t *edits_of(const struct drydock_port *port, const struct drydock_port_finding *f)
{
    json_t *list = json_array();
    struct drydock_port_edit e;

    for (size_t i = 0; i < f->edit_count && drydock_port_edit_at(port, f->edit_first + i, &e);
         i++) {
        json_array_append_new(list,
                              json_pack("{s:o, s:i, s:i, s:I, s:I, s:o}", "file", text(e.file),
                                        "line", (int)e.line, "column", (int)e.column, "offset",
                                        (json_int_t)e.offset, "length", (json_int_t)e.length,
                                        "text", text(e.text)));
    }
    return list;
}

static json_t *finding(const struct drydock_port *port, const struct drydock_port_finding *f)
{
    return json_pack("{s:o, s:i, s:i, s:s, s:s, s:o, s:o, s:s, s:o, s:s, s:o, s:o}", "file",
                     text(f->file), "line", (int)f->line, "column", (int)f->column, "rule", f->rule,
                     "class", drydock_port_class_name(f->cls), "function", text(f->function),
                     "condition", text(f->condition), "text", f->text, "detail", text(f->detail),
                     "instead", f->instead, "no_edit", text(f->edit_refused), "edits",
                     edits_of(port, f));
}

static json_t *summary(const struct drydock_port *port)
{
    json_t *rules = json_object(), *classes = json_object();

    for (size_t i = 0; i < port->nfindings; i++) {
        const char *id = dd_port_rules[port->findings[i].rule].id;

        json_object_set_new(rules, id,
                            json_integer(json_integer_value(json_object_get(rules, id)) + 1));
    }
    for (unsigned c = 0; c < DRYDOCK_PORT_CLASSES; c++) {
        json_object_set_new(classes, drydock_port_class_name((enum drydock_port_class)c),
                            json_integer((json_int_t)port->counts[c]));
    }
    return json_pack("{s:b, s:I, s:I, s:I, s:I, s:o, s:o}", "ndis5", (int)port->ndis5, "files",
                     (json_int_t)port->nsources, "lines", (json_int_t)port->lines, "findings",
                     (json_int_t)port->nfindings, "edits", (json_int_t)port->nedits, "classes",
                     classes, "rules", rules);
}

PORT_API int drydock_port_json(struct drydock_port *port, FILE *out, char *why, size_t n)
{
    json_t *list = json_array();
    struct drydock_port_finding f;

    for (size_t i = 0; drydock_port_finding_at(port, i, &f); i++) {
        json_array_append_new(list, finding(port, &f));
    }
    return put(json_pack("{s:o, s:o}", "findings", list, "summary", summary(port)), out, why, n);
}

/* --- SARIF --- */

static json_t *uri(const char *path)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/+@,=";
    struct dd_buf b = {0};
    json_t *j;

    if (path[0] == '/') {
        dd_buf_str(&b, "file://");
    }
    for (const char *p = path; *p; p++) {
        if (strchr(plain, *p)) {
            dd_buf_add(&b, p, 1);
        } else {
            dd_buf_fmt(&b, "%%%02X", (unsigned char)*p);
        }
    }
    j = json_string(b.p ? b.p : "");
    dd_buf_done(&b);
    return j;
}

static json_t *sarif_rules(void)
{
    json_t *list = json_array();

    for (size_t i = 0; i < dd_port_rules_count; i++) {
        const struct drydock_port_rule *r = &dd_port_rules[i];

        json_array_append_new(list,
                              json_pack("{s:s, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}}", "id", r->id,
                                        "shortDescription", "text", r->title, "fullDescription",
                                        "text", r->text, "help", "text", r->instead, "properties",
                                        "class", drydock_port_class_name(r->cls)));
    }
    return list;
}

/* one change for each run of edits in the same file */
static json_t *sarif_fix(const struct drydock_port *port, const struct drydock_port_finding *f)
{
    json_t *changes = json_array(), *replacements = NULL;
    struct drydock_port_edit e;
    const char *file = NULL;

    for (size_t i = 0; i < f->edit_count && drydock_port_edit_at(port, f->edit_first + i, &e);
         i++) {
        if (e.file != file) {
            file = e.file;
            replacements = json_array();
            json_array_append_new(changes, json_pack("{s:{s:o}, s:o}", "artifactLocation", "uri",
                                                     uri(file), "replacements", replacements));
        }
        json_array_append_new(replacements,
                              json_pack("{s:{s:I, s:I}, s:{s:o}}", "deletedRegion", "byteOffset",
                                        (json_int_t)e.offset, "byteLength", (json_int_t)e.length,
                                        "insertedContent", "text", text(e.text)));
    }
    return json_pack("{s:{s:s}, s:o}", "description", "text", f->instead, "artifactChanges",
                     changes);
}

/* SARIF counts UTF-16 units: those of the line up to a place. What is no UTF-8 is a unit a byte */
static unsigned sarif_column(const char *line, size_t bytes)
{
    unsigned units = 1;

    for (size_t i = 0; i < bytes;) {
        unsigned char c = (unsigned char)line[i];
        size_t more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc2 ? 1 : 0, k = 1;

        while (k <= more && i + k < bytes && ((unsigned char)line[i + k] & 0xc0) == 0x80) {
            k++;
        }
        units += k > more && more == 3 ? 2 : 1;
        i += k > more ? k : 1;
    }
    return units;
}

static json_t *sarif_result(struct drydock_port *port, const struct drydock_port_finding *f,
                            const struct dd_finding *in)
{
    int r = 0;
    const struct dd_source *s = dd_source_load(port, in->file, &r);
    unsigned column = s && !s->wide
                          ? sarif_column(s->bytes + dd_line_start(s, in->at), in->column - 1)
                          : in->column;
    json_t *result =
        json_pack("{s:s, s:i, s:s, s:{s:s}, s:[{s:{s:{s:o}, s:{s:i, s:i, s:I, s:I}}}]}", "ruleId",
                  f->rule, "ruleIndex", (int)dd_port_rule_find(f->rule), "level",
                  f->cls == DRYDOCK_PORT_NOTE ? "note" : "warning", "message", "text", f->text,
                  "locations", "physicalLocation", "artifactLocation", "uri", uri(f->file),
                  "region", "startLine", (int)f->line, "startColumn", (int)column, "byteOffset",
                  (json_int_t)f->offset, "byteLength", (json_int_t)f->length);

    if (result && f->edit_count > 0) {
        json_object_set_new(result, "fixes", json_pack("[o]", sarif_fix(port, f)));
    }
    return result;
}

PORT_API int drydock_port_sarif(struct drydock_port *port, FILE *out, char *why, size_t n)
{
    json_t *results = json_array();
    struct drydock_port_finding f;

    for (size_t i = 0; drydock_port_finding_at(port, i, &f); i++) {
        json_array_append_new(results, sarif_result(port, &f, &port->findings[i]));
    }
    return put(json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:o}}, s:o, s:s}]}", "$schema",
                         "https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0",
                         "runs", "tool", "driver", "name", "drydock port", "rules", sarif_rules(),
                         "results", results, "columnKind", "utf16CodeUnits"),
               out, why, n);
}
