/* SPDX-License-Identifier: MIT */
/* port: what an NDIS 5 miniport needs for NDIS 6. */
#include "commands.h"

#include <drydock/port.h>

#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    KEY_DIFF = 0x100,
    KEY_APPLY,
    KEY_FORCE,
    KEY_ONLY,
    KEY_SKIP,
    KEY_CLASS,
    KEY_JSON,
    KEY_SARIF,
    KEY_HTML,
    KEY_EXPLAIN,
    KEY_LIST,
    KEY_NDIS5,
    KEY_SKELETON,
    KEY_CHECK,
    KEY_DEVICE
};

static const struct argp_option options[] = {
    {"diff", KEY_DIFF, NULL, 0, "print the edits as a patch", 0},
    {"apply", KEY_APPLY, NULL, 0, "make the edits, all or none", 0},
    {"force", KEY_FORCE, NULL, 0, "with --apply: also in files with uncommitted changes", 0},
    {"only", KEY_ONLY, "RULE", 0, "only this rule, or group (dma-); may be repeated", 0},
    {"skip", KEY_SKIP, "RULE", 0, "not this rule or group; may be repeated", 0},
    {"class", KEY_CLASS, "LIST", 0, "only these classes: fix,review,manual,note", 0},
    {"json", KEY_JSON, "FILE", 0, "findings as JSON; - is standard output", 0},
    {"sarif", KEY_SARIF, "FILE", 0, "findings as SARIF 2.1.0 with fixes; - is standard output", 0},
    {"html", KEY_HTML, "FILE", 0, "one page that needs no network; - is standard output", 0},
    {"skeleton", KEY_SKELETON, "DIR", 0, "write NDIS 6 files with the driver's names in them", 0},
    {"check", KEY_CHECK, "DIR", 0, "build the ported driver in DIR and run it under the verifier",
     0},
    {"device", KEY_DEVICE, "SPEC", 0, "with --check: the device (default soft:e1000e)", 0},
    {"explain", KEY_EXPLAIN, "RULE", 0, "explain a rule", 0},
    {"list-rules", KEY_LIST, NULL, 0, "list the rules", 0},
    {"force-ndis5", KEY_NDIS5, NULL, 0, "report in a tree without a sign of NDIS 5, too", 0},
    {"quiet", 'q', NULL, 0, "findings alone: no summary", 0},
    {0}};

#define MAX_NAMES 64u

struct arguments {
    struct drydock_port_options o;
    const char *only[MAX_NAMES + 1], *skip[MAX_NAMES + 1], *paths[MAX_NAMES];
    size_t only_count, skip_count, path_count;
    const char *json, *sarif, *html, *explain, *skeleton, *check, *device;
    bool diff, apply, force, list, quiet;
};

static bool rule_exists(const char *name)
{
    struct drydock_port_rule r;
    size_t n = strlen(name);

    for (size_t i = 0; drydock_port_rule_at(i, &r); i++) {
        if (strcmp(r.id, name) == 0 ||
            (n > 0 && name[n - 1] == '-' && strncmp(r.id, name, n) == 0)) {
            return true;
        }
    }
    return false;
}

static void add_rule(struct argp_state *state, const char *option, const char **list, size_t *count,
                     const char *name)
{
    if (!rule_exists(name)) {
        usage_error(state, "%s %s: no such rule; drydock port --list-rules", option, name);
    }
    if (*count >= MAX_NAMES) {
        usage_error(state, "%s: too many rules", option);
    }
    list[(*count)++] = name;
}

static unsigned class_bits(struct argp_state *state, const char *text)
{
    unsigned bits = 0;

    while (*text) {
        size_t n = strcspn(text, ",");
        unsigned c = 0;

        while (c < DRYDOCK_PORT_CLASSES) {
            const char *name = drydock_port_class_name((enum drydock_port_class)c);

            if (strlen(name) == n && strncmp(name, text, n) == 0) {
                break;
            }
            c++;
        }
        if (c == DRYDOCK_PORT_CLASSES) {
            usage_error(state, "--class %s: write fix, review, manual or note", text);
        }
        bits |= 1u << c;
        text += n + (text[n] == ',');
    }
    if (bits == 0) {
        usage_error(state, "--class: write fix, review, manual or note");
    }
    return bits;
}

static void check_end(struct argp_state *state, const struct arguments *a)
{
    int outputs = (a->json && strcmp(a->json, "-") == 0) +
                  (a->sarif && strcmp(a->sarif, "-") == 0) +
                  (a->html && strcmp(a->html, "-") == 0) + a->diff;

    if (outputs > 1) {
        usage_error(state,
                    "only one of --diff, --json -, --sarif -, --html - fits on standard output");
    }
    if (a->diff && a->apply) {
        usage_error(state, "--diff and --apply exclude each other");
    }
    if (a->device && !a->check) {
        usage_error(state, "--device belongs to --check");
    }
    if (a->path_count == 0 && !a->list && !a->explain && !a->check) {
        usage_error(state, "no file or folder; as in: drydock port my_ndis5_driver/");
    }
}

/* options that only set a text or a flag: where */
static const struct {
    int key;
    size_t text, flag; /* offsets in struct arguments; 0: not this */
} simple[] = {
    {KEY_DIFF, 0, offsetof(struct arguments, diff)},
    {KEY_APPLY, 0, offsetof(struct arguments, apply)},
    {KEY_FORCE, 0, offsetof(struct arguments, force)},
    {KEY_LIST, 0, offsetof(struct arguments, list)},
    {'q', 0, offsetof(struct arguments, quiet)},
    {KEY_JSON, offsetof(struct arguments, json), 0},
    {KEY_SARIF, offsetof(struct arguments, sarif), 0},
    {KEY_HTML, offsetof(struct arguments, html), 0},
    {KEY_SKELETON, offsetof(struct arguments, skeleton), 0},
    {KEY_CHECK, offsetof(struct arguments, check), 0},
    {KEY_DEVICE, offsetof(struct arguments, device), 0},
    {KEY_EXPLAIN, offsetof(struct arguments, explain), 0},
};

static error_t parse_simple(int key, char *arg, struct arguments *a)
{
    for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++) {
        if (simple[i].key != key) {
            continue;
        }
        if (simple[i].text) {
            *(const char **)(void *)((char *)a + simple[i].text) = arg;
        } else {
            *(bool *)((char *)a + simple[i].flag) = true;
        }
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        usage_begin(state);
        return 0;
    case KEY_ONLY:
        add_rule(state, "--only", a->only, &a->only_count, arg);
        a->o.only = a->only;
        return 0;
    case KEY_SKIP:
        add_rule(state, "--skip", a->skip, &a->skip_count, arg);
        a->o.skip = a->skip;
        return 0;
    case KEY_CLASS:
        a->o.classes = class_bits(state, arg);
        return 0;
    case KEY_NDIS5:
        a->o.force_ndis5 = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->path_count >= MAX_NAMES) {
            usage_error(state, "too many files; name their folder");
        }
        a->paths[a->path_count++] = arg;
        return 0;
    case ARGP_KEY_END:
        check_end(state, a);
        return 0;
    default:
        return parse_simple(key, arg, a);
    }
}

static const struct argp argp = {
    options,
    parse_option,
    "FILE|DIR...",
    "Finds what NDIS 6 changed in the sources of an NDIS 5 miniport, and makes the mechanical edits. "
    "Status 0: nothing but notes, 1: findings, 2: could not run.\v"
    "example:\n  drydock port nic5/\n  drydock port nic5/ --diff > port.patch\n"
    "  drydock port nic5/ --apply --skeleton nic6/ --html port.html",
    NULL,
    NULL,
    NULL};

static int list_rules(void)
{
    struct drydock_port_rule r;

    for (size_t i = 0; drydock_port_rule_at(i, &r); i++) {
        printf("%-28s %-7s %s\n", r.id, drydock_port_class_name(r.cls), r.title);
    }
    return 0;
}

static int explain(const char *name)
{
    struct drydock_port_rule r;

    for (size_t i = 0; drydock_port_rule_at(i, &r); i++) {
        if (strcmp(r.id, name) == 0) {
            printf("%s (%s): %s\n\nNDIS 5   %s.\nNDIS 6   %s.\n\nfacts: section %s\n", r.id,
                   drydock_port_class_name(r.cls), r.title, r.text, r.instead, r.source);
            return 0;
        }
    }
    return fail("--explain %s: no such rule; drydock port --list-rules", name);
}

typedef int (*writer)(struct drydock_port *port, FILE *out, char *why, size_t why_bytes);

/* a device or a pipe: nothing is put in its place */
static int write_through(struct drydock_port *port, const char *path, writer write)
{
    char why[512] = "";
    FILE *out = fopen(path, "w");
    int r;

    if (!out) {
        return fail("%s: %s", path, strerror(errno));
    }
    r = write(port, out, why, sizeof(why));
    if (fclose(out) != 0 && r == 0) {
        return fail("%s: %s", path, strerror(errno));
    }
    return r < 0 ? fail("%s: %s", path, why) : 0;
}

/* written beside and renamed; "-" is standard output */
static int write_report(struct drydock_port *port, const char *path, writer write)
{
    char why[512] = "", *part;
    struct stat st;
    FILE *out;
    int r;

    if (strcmp(path, "-") == 0) {
        r = write(port, stdout, why, sizeof(why));
        return r < 0 ? fail("%s", why) : 0;
    }
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        return write_through(port, path, write);
    }
    if (asprintf(&part, "%s.part", path) < 0) {
        return fail("no memory");
    }
    out = fopen(part, "wx");
    if (!out) {
        r = fail("%s: %s", path, strerror(errno));
        free(part);
        return r;
    }
    r = write(port, out, why, sizeof(why));
    if (r < 0) {
        fclose(out);
        r = fail("%s", why);
    } else if (fclose(out) != 0 || rename(part, path) < 0) {
        r = fail("%s: %s", path, strerror(errno));
    }
    if (r != 0) {
        unlink(part);
    }
    free(part);
    return r;
}

/* every face that was asked for. 0, or 2 with a line printed */
static int show(struct drydock_port *port, const struct arguments *a)
{
    const struct {
        const char *path;
        writer write;
    } reports[] = {{a->json, drydock_port_json},
                   {a->sarif, drydock_port_sarif},
                   {a->html, drydock_port_html}};
    bool on_stdout = a->diff;
    int r = 0;

    for (size_t i = 0; r == 0 && i < sizeof(reports) / sizeof(reports[0]); i++) {
        if (reports[i].path) {
            on_stdout = on_stdout || strcmp(reports[i].path, "-") == 0;
            r = write_report(port, reports[i].path, reports[i].write);
        }
    }
    if (r == 0 && a->diff) {
        r = write_report(port, "-", drydock_port_diff);
    }
    if (r == 0 && !on_stdout) {
        drydock_port_print(port, stdout, a->quiet);
        if (fflush(stdout) != 0 || ferror(stdout)) {
            r = fail("standard output: %s", strerror(errno));
        }
    }
    return r;
}

static int change(struct drydock_port *port, const struct arguments *a)
{
    char why[512] = "";
    size_t files = 0;

    if (a->skeleton) {
        if (drydock_port_skeletons(port, a->skeleton, why, sizeof(why)) < 0) {
            return fail("%s", why);
        }
    }
    if (a->apply) {
        if (drydock_port_apply(port, a->force, &files, why, sizeof(why)) < 0) {
            return fail("%s", why);
        }
        if (!a->quiet) {
            fprintf(stderr, "drydock port: %zu files changed\n", files);
        }
    }
    return 0;
}

static int port_run(struct drydock_port *port, const struct arguments *a)
{
    char why[512] = "";
    size_t findings;
    int r = 0;

    for (size_t i = 0; i < a->path_count; i++) {
        if (drydock_port_add(port, a->paths[i], why, sizeof(why)) < 0) {
            return fail("%s", why);
        }
    }
    if (isatty(2)) {
        fprintf(stderr, "drydock port: %zu files ...\r", drydock_port_files(port));
    }
    if (drydock_port_analyze(port, why, sizeof(why)) < 0) {
        return fail("%s", why);
    }
    r = show(port, a);
    r = r == 0 ? change(port, a) : r;
    findings = drydock_port_count(port, DRYDOCK_PORT_FIX) +
               drydock_port_count(port, DRYDOCK_PORT_REVIEW) +
               drydock_port_count(port, DRYDOCK_PORT_MANUAL);
    return r != 0 ? r : findings > 0;
}

int cmd_port(int argc, char **argv)
{
    static struct arguments a = {.o = DRYDOCK_PORT_OPTIONS_INIT};
    struct drydock_port *port;
    int status;

    parse_args(&argp, argc, argv, &a);
    if (a.list) {
        return list_rules();
    }
    if (a.explain) {
        return explain(a.explain);
    }
    if (a.check) {
        return port_check(a.check, a.device);
    }
    port = drydock_port_new(&a.o);
    if (!port) {
        return fail("no memory");
    }
    status = port_run(port, &a);
    drydock_port_free(port);
    return status;
}
