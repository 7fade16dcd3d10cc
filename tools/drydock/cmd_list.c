/* SPDX-License-Identifier: MIT */
/* devices, settings, rules, explain: what there is. */
#include "commands.h"

#include <drydock/drydock.h>

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

static error_t no_arguments(int key, char *arg, struct argp_state *state)
{
    switch (key) {
    case ARGP_KEY_INIT:
        usage_begin(state);
        return 0;
    case ARGP_KEY_ARG:
        usage_error(state, "takes no argument, '%s' given", arg);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void parse_none(int argc, char **argv, const char *doc)
{
    const struct argp argp = {NULL, no_arguments, "", doc, NULL, NULL, NULL};

    parse_args(&argp, argc, argv, NULL);
}

int cmd_devices(int argc, char **argv)
{
    struct drydock_entry e;

    parse_none(argc, argv,
               "Lists the devices a driver can run against.\vexample:\n  drydock devices");
    for (size_t i = 0; drydock_device_at(i, &e); i++) {
        printf("%-16s %s%s%s\n", e.name, e.what, e.available ? "" : "; not here: ", e.detail);
    }
    return 0;
}

int cmd_settings(int argc, char **argv)
{
    struct drydock_entry e;

    parse_none(
        argc, argv,
        "Lists settings and personalities.\vexample:\n  drydock settings; drydock explain iommu");
    printf("settings (--set KEY=VALUE):\n");
    for (size_t i = 0; drydock_setting_at(i, &e); i++) {
        printf("  %-27s %-50s %s\n", e.name, e.what, e.detail);
    }
    printf("\npersonalities (--personality NAME):\n");
    for (size_t i = 0; drydock_personality_at(i, &e); i++) {
        printf("  %-27s %s\n", e.name, e.what);
    }
    return 0;
}

int cmd_rules(int argc, char **argv)
{
    struct drydock_entry e;

    parse_none(
        argc, argv,
        "Lists what the verifier checks.\vexample:\n  drydock rules | grep sgl; drydock explain sgl-double-free");
    for (size_t i = 0; drydock_rule_at(i, &e); i++) {
        printf("%-36s %-8s %s\n", e.name, e.detail, e.what);
    }
    return 0;
}

static error_t one_name(int key, char *arg, struct argp_state *state)
{
    const char **name = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        usage_begin(state);
        return 0;
    case ARGP_KEY_ARG:
        if (*name) {
            usage_error(state, "one name at a time; '%s' is a second one", arg);
        }
        *name = arg;
        return 0;
    case ARGP_KEY_END:
        if (!*name) {
            usage_error(state, "what? As in: drydock explain sgl-leak-at-complete");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int cmd_explain(int argc, char **argv)
{
    static const struct argp argp = {NULL,
                                     one_name,
                                     "NAME",
                                     "Explains a rule, setting, personality or device.\v"
                                     "example:\n  drydock explain sgl-leak-at-complete",
                                     NULL,
                                     NULL,
                                     NULL};
    const char *name = NULL;
    char *text;

    parse_args(&argp, argc, argv, &name);
    text = drydock_explain(name);
    if (!text) {
        return fail("nothing is called '%s'; did you mean '%s'?", name, drydock_nearest(name));
    }
    print_wrapped(stdout, text, text_columns(stdout));
    free(text);
    return 0;
}
