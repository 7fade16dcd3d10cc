/* SPDX-License-Identifier: MIT */
/*
 * Output files that appear whole or not at all: written beside the target without a name, named and
 * renamed at the end. Targets that are no regular files (a pipe, /dev/null) are written directly.
 */
#ifndef DD_RUN_OUTPUT_H
#define DD_RUN_OUTPUT_H

#include <stddef.h>

struct dd_output {
    const char *path; /* NULL: not wanted */
    int fd;           /* -1: not wanted */
    char temp[4096];  /* name of the file until it is done; "" when it has none */
    int direct;
};

/* dd_output_open - 0, or -Exxx and one line in @why. @path NULL: an output that is not wanted */
int dd_output_open(struct dd_output *o, const char *path, char *why, size_t why_bytes);
/* dd_output_commit - the file is there afterwards. 0 or -Exxx with a line */
int dd_output_commit(struct dd_output *o, char *why, size_t why_bytes);
/* dd_output_drop - nothing is left; after commit it only closes */
void dd_output_drop(struct dd_output *o);
int dd_output_write(struct dd_output *o, const char *text, size_t len_bytes);

#endif
