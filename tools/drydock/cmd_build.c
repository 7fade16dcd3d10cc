/* SPDX-License-Identifier: MIT */
/* build: compile a driver's sources with the flags Drydock's headers and loader want. */
#include "commands.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARGS 1024u

static const struct argp_option options[] = {
    {"output", 'o', "DRIVER.so", 0, "the driver to make (required)", 0},
    {"define", 'D', "NAME[=VALUE]", 0, "as the compiler's -D", 0},
    {"include", 'I', "DIR", 0, "as the compiler's -I", 0},
    {"ndis", 'n', "6.30", 0, "NDIS level to compile for: 6.0, 6.1, 6.20 ... 6.87 (default 6.30)",
     0},
    {0}};

struct arguments {
    const char *output, *ndis;
    char *argv[MAX_ARGS];
    size_t argc;
    size_t sources;
};

static void push(struct arguments *a, const char *prefix, const char *text)
{
    char *arg;

    if (a->argc + 1 >= MAX_ARGS || asprintf(&arg, "%s%s", prefix, text) < 0) {
        fail("too many arguments for the compiler");
        exit(2);
    }
    a->argv[a->argc++] = arg;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        usage_begin(state);
        return 0;
    case 'o':
        a->output = arg;
        return 0;
    case 'n':
        a->ndis = arg;
        return 0;
    case 'D':
        push(a, "-D", arg);
        return 0;
    case 'I':
        push(a, "-I", arg);
        return 0;
    case ARGP_KEY_ARG:
        if (access(arg, R_OK) < 0) {
            usage_error(state, "%s: %s", arg, strerror(errno));
        }
        push(a, "", arg);
        a->sources++;
        return 0;
    case ARGP_KEY_END:
        if (a->sources == 0 || !a->output) {
            usage_error(state, "%s; as in: drydock build my.c -o my.so",
                        a->sources ? "no -o DRIVER.so" : "no source file");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    options,
    parse_option,
    "FILE.c...",
    "Compiles a driver outside the source tree with the right flags. The compiler is $CC, else gcc, else clang.\v"
    "example:\n  drydock build my_nic.c tx.c -o my_nic.so && drydock run my_nic.so",
    NULL,
    NULL,
    NULL};

/* "6.30" -> "NDIS630_MINIPORT", "6.0" -> "NDIS60_MINIPORT" */
static int level_define(const char *ndis, char *out, size_t size)
{
    static const char *const known[] = {"6.0",  "6.1",  "6.20", "6.30", "6.40", "6.50",
                                        "6.51", "6.60", "6.70", "6.80", "6.81", "6.82",
                                        "6.83", "6.84", "6.85", "6.86", "6.87"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i], ndis) == 0) {
            snprintf(out, size, "NDIS6%s_MINIPORT=1", ndis + 2);
            return 0;
        }
    }
    return fail("--ndis %s: unknown level; write 6.0, 6.1, 6.20, 6.30 ... 6.87", ndis);
}

static int run_compiler(char **argv)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        execvp(argv[0], argv);
        _exit(errno == ENOENT ? 127 : 126);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0) {
        return fail("cannot start %s: %s", argv[0], strerror(errno));
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        return fail("%s: not found; apt install gcc, or set CC", argv[0]);
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 2;
}

/* before the compiler says it in ten lines */
static bool writable(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

int cmd_build(int argc, char **argv)
{
    static const char *const flags[] = {"-std=gnu11",
                                        "-shared",
                                        "-fPIC",
                                        "-g",
                                        "-O1",
                                        "-fno-omit-frame-pointer",
                                        "-fno-optimize-sibling-calls",
                                        "-fshort-wchar",
                                        "-fvisibility=hidden",
                                        "-fno-strict-aliasing",
                                        "-fwrapv",
                                        "-mms-bitfields",
                                        "-DDRYDOCK_DRIVER=1",
                                        "-Wno-multichar",
                                        "-Wl,-Bsymbolic"};
    static struct arguments a = {.ndis = "6.30"};
    const char *headers, *cc = getenv("CC");
    char define[64], temp[4096];
    int status;

    push(&a, "", cc && cc[0] ? cc : "gcc");
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        push(&a, "", flags[i]);
    }
    if (!strstr(a.argv[0], "clang")) {
        /* gcc takes the last [1] array of a structure, as in a resource list, as one element */
        push(&a, "", "-fno-aggressive-loop-optimizations");
    }
    parse_args(&argp, argc, argv, &a);
    headers = header_dir();
    if (!headers || level_define(a.ndis, define, sizeof(define)) != 0) {
        return 2;
    }
    snprintf(temp, sizeof(temp), "%s.part", a.output);
    if (!writable(temp)) {
        return fail("%s: cannot be written: %s", a.output, strerror(errno));
    }
    push(&a, "-D", define);
    push(&a, "-isystem", headers);
    push(&a, "", "-o");
    push(&a, "", temp);
    a.argv[a.argc] = NULL;
    status = run_compiler(a.argv);
    if (status == 0 && rename(temp, a.output) < 0) {
        status = fail("%s: %s", a.output, strerror(errno));
    }
    if (status != 0) {
        unlink(temp);
    }
    return status;
}
