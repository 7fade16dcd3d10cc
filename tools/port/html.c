/* SPDX-License-Identifier: MIT */
/* One page that needs nothing else: what to do in order, findings by file with the old beside the
 * new, skeletons. */
#include "port_int.h"

#include <errno.h>
#include <stdlib.h>

static const char style[] =
    "<style>\n"
    ":root{--ink:#1b1f24;--dim:#5a6370;--line:#d5dae1;--paper:#fff;--old:#fdeceb;--new:#e8f6ec;"
    "--bar:#f4f6f9;--blue:#0b57a4}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--dim:#9aa5b3;--line:#39414c;"
    "--paper:#161a20;--old:#3a2122;--new:#1c3325;--bar:#1f252d;--blue:#7db7f2}}\n"
    "body{margin:0 auto;max-width:76rem;padding:1.5rem;font:16px/1.5 system-ui,sans-serif;"
    "color:var(--ink);background:var(--paper)}\n"
    "a{color:var(--blue)}h1{font-size:1.7rem;margin:0 0 .3rem}h2{font-size:1.3rem;"
    "margin:2.2rem 0 .6rem}h3{font-size:1.05rem;margin:1.6rem 0 .5rem}\n"
    "pre{margin:0;padding:.5rem .7rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere;"
    "font:13px/1.45 ui-monospace,Consolas,monospace;tab-size:4}\n"
    "table{border-collapse:collapse}td,th{padding:.25rem .8rem .25rem 0;text-align:left;"
    "border-bottom:1px solid var(--line);vertical-align:top}td.n{text-align:right}\n"
    ".f{border:1px solid var(--line);border-radius:6px;margin:.8rem 0;overflow:hidden}"
    ".f>header{background:var(--bar);padding:.45rem .7rem;font-size:.95rem}"
    ".f p{margin:.5rem .7rem}.two{display:grid;grid-template-columns:1fr 1fr}"
    ".two>*{min-width:0}.two p{margin:0;padding:.5rem .7rem}\n"
    "td:first-child{white-space:nowrap}.old{background:var(--old)}.new{background:var(--new)}"
    ".dim{color:var(--dim)}\n"
    ".c{display:inline-block;border:1px solid currentColor;border-radius:4px;padding:0 .4rem;"
    "font-size:.8rem;color:var(--dim)}\n"
    "@media(max-width:50rem){.two{grid-template-columns:1fr}}\n"
    "</style>\n";

/* the recipe: what there is to do, and which rules speak for it */
static const struct {
    const char *title, *what;
    const char *rules[16];
} steps[] = {
    {"Registration",
     "DriverEntry, characteristics, unload; NdisMDeregisterMiniportDriver.",
     {"reg-wrapper", "reg-miniport", "reg-unload", "reg-handler", "reg-shutdown", "reg-device",
      "reg-layered", NULL}},
    {"Attributes",
     "Registration attributes with the new flag values, then general attributes.",
     {"reg-attributes", "dma-attr-busmaster", "reg-resources", "reg-config", NULL}},
    {"DMA registration",
     "Right after the attributes; the handle; deregistration in halt and on "
     "each failing path.",
     {"dma-init-sg", "dma-alloc-mapregs", "dma-free-mapregs", "dma-halt-dereg", "dma-shmem-async",
      "dma-alloc-complete-handler", "dma-chan", "dma-mapreg-count", "dma-hal-adapter",
      "dma-alignment", NULL}},
    {"Send",
     "For each NET_BUFFER copy or map; program the hardware in MiniportProcessSGList.",
     {"dma-sg-from-packet", "dma-start-physmap", "dma-phys-array", "dma-type-frag",
      "tx-send-handler", "tx-packet-type", "tx-query-packet", "tx-packet-info", "tx-packet-flags",
      "dma-packet-flags", "dma-flush-buffer", "tx-resources", NULL}},
    {"Completion",
     "Free each list, count NET_BUFFERs, complete the NET_BUFFER_LIST with the last.",
     {"tx-complete", "dma-complete-physmap", "tx-cancel-handler", "tx-cancel-id", "tx-abort-status",
      "tx-packet-reserved", NULL}},
    {"Receive",
     "A pool of NET_BUFFER_LISTs, chains, flags, the return handler.",
     {"rx-indicate", "rx-return-handler", "rx-packet-pool", "rx-packet-alloc", "rx-packet-status",
      "rx-indicate-lookahead", "rx-transfer", "rx-oob", "mem-buffer-alloc", "mem-buffer-pool",
      "mem-buffer-chain", "mem-copy-packet", NULL}},
    {"Interrupt",
     "NdisMRegisterInterruptEx; the DPC enables interrupts itself.",
     {"int-register", "int-deregister", "int-isr", "int-dpc", "int-mask", "int-sync", "int-type",
      NULL}},
    {"Reset, requests, status",
     "Parameter order, one request handler, status indications.",
     {"reg-reset-handler", "reg-oid-handler", "reg-oid-complete", "reg-status", NULL}},
    {"The rest",
     "Timers, work items, memory, names.",
     {"reg-timer", "reg-uptime", "reg-workitem", "mem-alloc", "mem-buffer-name", "mem-buffer-free",
      "mem-buffer-query", "mem-buffer-macro", "dma-update-shared-memory", "dma-shmem-alloc",
      "dma-shmem-free", NULL}},
};

/* is the text at @p one whole UTF-8 sequence? its length, else 0 */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    size_t n = p[0] < 0x80                   ? 1
               : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
               : (p[0] & 0xf0) == 0xe0       ? 3
               : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
                                             : 0;

    if (n == 0 || n > left) {
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return n;
}

static void put_n(FILE *out, const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;

    for (size_t i = 0; i < len;) {
        size_t n = utf8_length(p + i, len - i);

        switch (p[i]) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            if (n > 0 && (p[i] >= 0x20 || p[i] == '\n' || p[i] == '\t')) {
                fwrite(p + i, 1, n, out);
            } else if (p[i] != '\r') {
                fprintf(out, "&#%u;", p[i] >= 0xa0 ? p[i] : 0xfffdu);
            }
            break;
        }
        i += n > 0 ? n : 1;
    }
}

static void put(FILE *out, const char *text)
{
    put_n(out, text, strlen(text));
}

static size_t count_rule(const struct drydock_port *port, const char *id)
{
    size_t rule = dd_port_rule_find(id), n = 0;

    for (size_t i = 0; i < port->nfindings; i++) {
        n += port->findings[i].rule == rule;
    }
    return n;
}

static void put_steps(const struct drydock_port *port, FILE *out)
{
    fputs("<h2 id=\"next\">What to do next, in order</h2>\n<ol>\n"
          "<li><b>Take the edits.</b> <code>drydock port --apply</code> makes them; "
          "<code>git diff</code> shows what a person should confirm.</li>\n",
          out);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        bool any = false;

        for (size_t k = 0; steps[i].rules[k]; k++) {
            size_t n = count_rule(port, steps[i].rules[k]);

            if (n > 0) {
                if (!any) {
                    fprintf(out, "<li><b>%s.</b> ", steps[i].title);
                    put(out, steps[i].what);
                }
                fprintf(out, " <a href=\"#r-%s\">%s</a> (%zu)", steps[i].rules[k],
                        steps[i].rules[k], n);
                any = true;
            }
        }
        fputs(any ? "</li>\n" : "", out);
    }
    fputs("<li><b>Pause and restart.</b> Both are new and mandatory: stop and resume the queues."
          "</li>\n<li><b>Check.</b> <code>drydock port --check DIR</code> builds the result and "
          "runs it under the verifier.</li>\n</ol>\n",
          out);
}

static void put_rules(const struct drydock_port *port, FILE *out)
{
    fputs("<h2 id=\"rules\">By rule</h2>\n<table><tr><th>rule</th><th>class</th><th>count</th>"
          "<th>what replaces it</th></tr>\n",
          out);
    for (size_t r = 0; r < dd_port_rules_count; r++) {
        size_t first = 0, n = count_rule(port, dd_port_rules[r].id);

        while (first < port->nfindings && port->findings[first].rule != r) {
            first++;
        }
        if (n > 0) {
            fprintf(out,
                    "<tr id=\"r-%s\"><td><a href=\"#f%zu\">%s</a></td><td>%s</td>"
                    "<td class=\"n\">%zu</td><td>",
                    dd_port_rules[r].id, first, dd_port_rules[r].id,
                    drydock_port_class_name(dd_port_rules[r].cls), n);
            put(out, dd_port_rules[r].instead);
            fputs("</td></tr>\n", out);
        }
    }
    fputs("</table>\n", out);
}

/* the first edit at or behind a place, in port->order */
static size_t first_edit(const struct drydock_port *port, uint32_t file, uint32_t at)
{
    size_t lo = 0, hi = port->nedits;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        const struct dd_edit *e = port->order[mid];

        if (e->file < file || (e->file == file && e->at < at)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

/* the line of a finding as it is, and with every edit in it */
static void put_lines(struct drydock_port *port, const struct dd_source *s,
                      const struct dd_finding *f, FILE *out)
{
    uint32_t from = dd_line_start(s, f->at), to, at = from;
    const char *nl = memchr(s->bytes + f->at, '\n', s->len - f->at);

    to = nl ? (uint32_t)(nl - s->bytes) : (uint32_t)s->len;
    fputs("<pre class=\"old\">", out);
    put_n(out, s->bytes + from, to - from < 2000 ? to - from : 2000);
    fputs("</pre>", out);
    if (f->edit_count == 0) {
        fputs("<p class=\"new\">", out);
        put(out, dd_port_rules[f->rule].instead);
        fputs("</p>", out);
        return;
    }
    fputs("<pre class=\"new\">", out);
    for (size_t i = first_edit(port, f->file, from); i < port->nedits; i++) {
        const struct dd_edit *e = port->order[i];

        if (e->file != f->file || e->at > to) {
            break;
        }
        if (e->at >= at && e->at + e->length <= to + 1 && !(e->length == 0 && e->at == from)) {
            put_n(out, s->bytes + at, e->at - at);
            put_n(out, e->text, e->text_len);
            at = e->at + e->length;
        }
    }
    put_n(out, s->bytes + at, at < to && to - at < 2000 ? to - at : 0);
    fputs("</pre>", out);
}

/* edits elsewhere: the helper, the member, a prototype */
static void put_others(struct drydock_port *port, const struct dd_finding *f, FILE *out)
{
    for (uint32_t i = 0; i < f->edit_count; i++) {
        const struct dd_edit *e = &port->edits[f->edit_first + i];

        if ((e->file != f->file || e->line != f->line) && e->text_len > 0) {
            fputs("<p class=\"dim\">and at ", out);
            put(out, port->sources[e->file].path);
            fprintf(out, ":%u</p><pre class=\"new\">", e->line);
            put_n(out, e->text, e->text_len);
            fputs("</pre>", out);
        }
    }
}

static int put_finding(struct drydock_port *port, size_t index, FILE *out)
{
    const struct dd_finding *f = &port->findings[index];
    const struct drydock_port_rule *rule = &dd_port_rules[f->rule];
    int r = 0;
    const struct dd_source *s = dd_source_load(port, f->file, &r);

    if (!s) {
        return r;
    }
    fprintf(out, "<div class=\"f\" id=\"f%zu\"><header><b>line %u</b> ", index, f->line);
    if (f->function) {
        fputs("in ", out);
        put(out, f->function);
    }
    fprintf(out, " <span class=\"c\">%s</span> <a href=\"#r-%s\">%s</a>",
            drydock_port_class_name(rule->cls), rule->id, rule->id);
    if (f->condition) {
        fputs(" <span class=\"dim\">#if ", out);
        put(out, f->condition);
        fputs("</span>", out);
    }
    fputs("</header><p>", out);
    put(out, rule->text);
    if (f->detail) {
        fputs(" (", out);
        put(out, f->detail);
        fputs(")", out);
    }
    fputs("</p><div class=\"two\">", out);
    put_lines(port, s, f, out);
    fputs("</div>", out);
    put_others(port, f, out);
    if (f->refused) {
        fputs("<p class=\"dim\">no edit: ", out);
        put(out, f->refused);
        fputs("</p>", out);
    }
    fputs("</div>\n", out);
    return 0;
}

static int put_findings(struct drydock_port *port, FILE *out)
{
    uint32_t file = PORT_NONE;
    int r = 0;

    fputs("<h2 id=\"findings\">By file</h2>\n", out);
    for (size_t i = 0; r == 0 && i < port->nfindings; i++) {
        if (port->findings[i].file != file) {
            file = port->findings[i].file;
            fprintf(out, "<h3 id=\"file%u\">", file);
            put(out, port->sources[file].path);
            fputs("</h3>\n", out);
        }
        r = put_finding(port, i, out);
    }
    return r;
}

static void put_skeletons(struct drydock_port *port, FILE *out)
{
    const char *name;
    char *text;

    fputs("<h2 id=\"skeletons\">Skeletons</h2>\n<p>Written by <code>--skeleton DIR</code>; they "
          "compile as they stand. Lines with PORT: are yours.</p>\n",
          out);
    for (size_t i = 0; (text = drydock_port_skeleton_at(port, i, &name)) != NULL; i++) {
        fputs("<details><summary>", out);
        put(out, name);
        fputs("</summary><pre>", out);
        put(out, text);
        fputs("</pre></details>\n", out);
        free(text);
    }
}

PORT_API int drydock_port_html(struct drydock_port *port, FILE *out, char *why, size_t n)
{
    int r;

    fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
          "<title>drydock port</title>\n",
          out);
    fputs(style, out);
    fprintf(out,
            "</head><body>\n<h1>From NDIS 5 to NDIS 6</h1>\n<p class=\"dim\">%zu findings in "
            "%zu files, %llu lines; %zu edits. <a href=\"#next\">Next</a> &middot; "
            "<a href=\"#rules\">Rules</a> &middot; <a href=\"#findings\">Findings</a> &middot; "
            "<a href=\"#skeletons\">Skeletons</a></p>\n",
            port->nfindings, port->nsources, (unsigned long long)port->lines, port->nedits);
    if (port->nfindings == 0) {
        fputs("<p>Nothing to port was found.</p>\n", out);
    } else {
        put_steps(port, out);
        put_rules(port, out);
    }
    r = put_findings(port, out);
    if (port->nfindings > 0) {
        put_skeletons(port, out);
    }
    fputs("</body></html>\n", out);
    if (r < 0) {
        return dd_why(why, n, -r, "a source can no longer be read: %s", strerror(-r));
    }
    return fflush(out) != 0
               ? dd_why(why, n, errno, "the page cannot be written: %s", strerror(errno))
               : 0;
}
