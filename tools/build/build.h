/* SPDX-License-Identifier: MIT */
/*
 * `drydock build`: what was asked for, and the steps from sources to a driver.
 *
 *   discover   which files, definitions, folders            project.h
 *   overlay    the tree as the compiler shall see it        overlay.h
 *   compile    clang -E | pass | clang, one process a file  compile.c, repair.c
 *   link       a shared object, and what it still lacks     link.c
 *
 * Sources are compiled in child processes, so that nothing one of them does harms another.
 */
#ifndef TOOLS_BUILD_BUILD_H
#define TOOLS_BUILD_BUILD_H

#include "project.h"

struct dd_build {
    struct dd_strings inputs, defines, includes, props, provides;
    const char *output, *ndis, *sanitize, *std, *optimize, *configuration, *platform, *wpp;
    bool coverage, keep, print_flags, pkg_config, warnings;
    const char *compiler; /* clang */
    const char *headers;  /* include/nt, absolute */
    const char *overlay;  /* for -ivfsoverlay */
    const char *work;     /* objects and what else is made on the way */
    const char *const *exempt;
    struct dd_found found;
};

/* one source of one project */
struct dd_unit {
    const struct dd_project *project;
    const char *source;
    char *object, *says; /* files: the object, what is to be told of it */
    bool cplusplus;
};

/* ---- flags.c ---------------------------------------------------------------------------------- */

void dd_flags_preprocess(const struct dd_build *b, const struct dd_unit *u, struct dd_strings *out);
void dd_flags_compile(const struct dd_build *b, const struct dd_unit *u, bool syntax_only,
                      struct dd_strings *out);
void dd_flags_link(const struct dd_build *b, struct dd_strings *out);
/* "NDIS630_MINIPORT=1" for "6.30", or NULL */
char *dd_ndis_define(const char *level);
/* for other build systems: one compiler call without the pass */
void dd_flags_print(const struct dd_build *b);

/* ---- process.c -------------------------------------------------------------------------------- */

/* dd_process_run - @argv with @input on its standard input; what it prints
 * @ret_out: its standard output; NULL: thrown away
 * @ret_err: its standard error
 * Return: exit status, 128 + signal, or -errno: it could not be started */
int dd_process_run(const struct dd_strings *argv, const char *input, size_t input_len,
                   struct dd_text *ret_out, struct dd_text *ret_err);

/* ---- compile.c, repair.c, diagnose.c ---------------------------------------------------------- */

/* in a child process: makes @u's object and its text of diagnostics. 0, or 1: errors are in it */
int dd_compile(const struct dd_build *b, const struct dd_unit *u);

/* dd_repair - edit @text (the pass's) until clang takes what MSVC takes
 * @notes: a line for each edit, "file:line: note: ..."
 * Return: the text, changed or not; the caller frees. @text is taken over */
char *dd_repair(const struct dd_build *b, const struct dd_unit *u, char *text, size_t *len,
                struct dd_text *notes);

struct dd_diagnostic {
    const char *file;
    size_t file_len;
    unsigned line, column;
    unsigned range_from[2], range_to[2]; /* line, column of the first range; 0: none */
    const char *kind, *message;
    size_t kind_len, message_len;
};
/* a line of the compiler; false: no diagnostic. @line ends with a newline or a zero */
bool dd_diagnostic_parse(const char *line, struct dd_diagnostic *d);
/* the compiler's text for people: the driver's own line below each. Returns the count of errors */
unsigned dd_diagnose(const struct dd_build *b, const char *text, bool preprocessing,
                     struct dd_text *out);
/* @path from the current folder, when it is below it */
const char *dd_short_path(const char *path);

/* ---- jobs.c, link.c --------------------------------------------------------------------------- */

/* compile all, as many at a time as there are processors; prints. The count that failed */
size_t dd_jobs_run(const struct dd_build *b, struct dd_unit *units, size_t count);

/* 0; 2: told */
int dd_link(const struct dd_build *b, const struct dd_unit *units, size_t count);

/* ---- the program this is a part of (tools/drydock) -------------------------------------------- */

int cmd_build(int argc, char **argv);
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
const char *program_dir(void);
const char *header_dir(void);
struct argp;
struct argp_state;
void parse_args(const struct argp *argp, int argc, char **argv, void *input);
void usage_begin(struct argp_state *state);
_Noreturn void usage_error(const struct argp_state *state, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
