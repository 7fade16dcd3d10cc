/* SPDX-License-Identifier: MIT */
/* What tools/build asks of the program it is a part of. */
#include "build/build.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int fail(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    return 2;
}

const char *program_dir(void)
{
    return NULL;
}

const char *header_dir(void)
{
    return NULL;
}

void parse_args(const struct argp *argp, int argc, char **argv, void *input)
{
    (void)argp;
    (void)argc;
    (void)argv;
    (void)input;
}

void usage_begin(struct argp_state *state)
{
    (void)state;
}

void usage_error(const struct argp_state *state, const char *fmt, ...)
{
    (void)state;
    (void)fmt;
    exit(2);
}
