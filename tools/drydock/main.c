/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <drydock/drydock.h>

#include <argp.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name, *what;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"run", "run a driver against a device", cmd_run},
    {"build", "compile a driver with the right flags", cmd_build},
    {"port", "find and make the changes from NDIS 5 to NDIS 6", cmd_port},
    {"devices", "list devices", cmd_devices},
    {"settings", "list settings and personalities", cmd_settings},
    {"rules", "list what the verifier checks", cmd_rules},
    {"explain", "explain a rule, setting, personality or device", cmd_explain},
    {"doctor", "say what is missing on this machine", cmd_doctor},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

int fail(const char *fmt, ...)
{
    va_list ap;

    fputs("drydock: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return 2;
}

const char *program_dir(void)
{
    static char dir[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
    char *slash;

    dir[n > 0 ? n : 0] = '\0';
    slash = strrchr(dir, '/');
    if (!slash) {
        return NULL;
    }
    *slash = '\0';
    return dir;
}

const char *header_dir(void)
{
    static const char *const beside[] = {"../include/nt", "../include/drydock/nt",
                                         "../../include/nt"};
    static char path[PATH_MAX];
    const char *given = getenv("DRYDOCK_INCLUDE"), *dir = program_dir();

    if (given) {
        return given;
    }
    for (size_t i = 0; dir && i < sizeof(beside) / sizeof(beside[0]); i++) {
        char probe[PATH_MAX];

        if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, beside[i]) < sizeof(path) &&
            (size_t)snprintf(probe, sizeof(probe), "%s/ndis.h", path) < sizeof(probe) &&
            access(probe, R_OK) == 0) {
            return path;
        }
    }
    return NULL;
}

void parse_args(const struct argp *argp, int argc, char **argv, void *input)
{
    argp_err_exit_status = 2;
    if (argp_parse(argp, argc, argv, 0, NULL, input) != 0) {
        exit(2);
    }
}

void usage_begin(struct argp_state *state)
{
    static FILE *nowhere;

    if (!nowhere) {
        nowhere = fopen("/dev/null", "w");
    }
    if (nowhere) {
        state->err_stream = nowhere;
    }
}

void usage_error(const struct argp_state *state, const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "%s: ", state->name);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(2);
}

static void usage(FILE *out)
{
    fprintf(out, "usage: drydock COMMAND [ARGUMENT...]\n\n"
                 "Runs a Windows NDIS 6 miniport driver in a process and checks its DMA.\n\n");
    for (size_t i = 0; i < COMMANDS; i++) {
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].what);
    }
    fprintf(
        out,
        "\n  drydock COMMAND --help tells more; drydock --version\n\n"
        "example:\n"
        "  drydock run build/drivers/e1000e.so --send traffic.pcap --wire echo --json report.json\n\n"
        "exit status: 0 fine, 1 findings or leaks, 2 could not run\n");
}

/* argv[0] of the command, so that argp's lines say "drydock run" */
static char *command_name(const char *name)
{
    static char text[64];

    snprintf(text, sizeof(text), "drydock %s", name);
    return text;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        usage(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        printf("drydock %s\n", drydock_version());
        return 0;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            argv[1] = command_name(argv[1]);
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    return fail("unknown command '%s'; `drydock --help` lists them", argv[1]);
}
