/* SPDX-License-Identifier: MIT */
/* doctor: what works here, what is missing and how to get it. */
#include "commands.h"

#include <drydock/drydock.h>

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool on_path(const char *program)
{
    const char *path = getenv("PATH");
    char *copy = path ? strdup(path) : NULL, *rest = copy, *dir, file[4096];
    bool found = false;

    while (!found && rest && (dir = strsep(&rest, ":")) != NULL) {
        snprintf(file, sizeof(file), "%s/%s", dir, program);
        found = access(file, X_OK) == 0;
    }
    free(copy);
    return found;
}

static void say(bool ok, const char *what, const char *advice)
{
    printf("%-4s %s%s%s\n", ok ? "ok" : "miss", what, ok ? "" : ": ", ok ? "" : advice);
}

static error_t no_arguments(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    switch (key) {
    case ARGP_KEY_INIT:
        usage_begin(state);
        return 0;
    case ARGP_KEY_ARG:
        usage_error(state, "takes no argument");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int cmd_doctor(int argc, char **argv)
{
    static const struct argp argp = {
        NULL,
        no_arguments,
        "",
        "Says what works on this machine and how to get the rest. Status 1 when something needed is missing.\v"
        "example:\n  drydock doctor",
        NULL,
        NULL,
        NULL};
    char runner[4096];
    const char *dir = program_dir(), *headers;
    bool ok, runner_ok, compiler_ok;

    parse_args(&argp, argc, argv, NULL);
    snprintf(runner, sizeof(runner), "%s/drydock-runner", dir ? dir : ".");
    runner_ok = access(runner, X_OK) == 0 || getenv("DRYDOCK_RUNNER");
    say(runner_ok, "drydock-runner beside drydock (runs drivers)", "build again with `make`");
    headers = header_dir();
    say(headers != NULL, "Windows headers (drydock build)",
        "set DRYDOCK_INCLUDE to include/nt of the source tree");
    compiler_ok = on_path("gcc") || on_path("clang");
    say(compiler_ok, "a C compiler (drydock build)", "apt install gcc");
    say(on_path("gdb"), "gdb (drydock run --debug), optional", "apt install gdb");
    say(on_path("tcpdump") || on_path("tshark"), "tcpdump or tshark (captures), optional",
        "apt install tcpdump");
    ok = runner_ok && headers && compiler_ok;
    printf("%s\n", ok ? "everything needed is here" : "something needed is missing");
    return ok ? 0 : 1;
}
