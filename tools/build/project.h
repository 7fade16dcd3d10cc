/* SPDX-License-Identifier: MIT */
/*
 * What is to be compiled: sources in projects, each with its definitions and include folders, as
 * the command line, a folder, a .vcxproj, a `sources` or a `dirs` file say.
 */
#ifndef TOOLS_BUILD_PROJECT_H
#define TOOLS_BUILD_PROJECT_H

#include "util.h"

struct dd_project {
    char *name;                  /* the file, or the folder, it came from */
    char *folder;                /* absolute */
    struct dd_strings sources;   /* absolute */
    struct dd_strings defines;   /* NAME or NAME=VALUE */
    struct dd_strings includes;  /* absolute folders */
    struct dd_strings forced;    /* headers included first */
    struct dd_strings trace;     /* WPP trace functions, */
    struct dd_strings trace_at;  /* and NAME=N: N arguments are before the text; -1: it has none */
    struct dd_strings scan;      /* files with a WPP configuration */
    struct dd_strings libraries; /* binary only: names the project would link */
};

/* what was found, and what is worth saying about it */
struct dd_found {
    struct dd_project *projects;
    size_t count;
    struct dd_strings notes; /* each a line for people */
};

/* how project files are read */
struct dd_read_options {
    const char *configuration, *platform; /* NULL: chosen */
    const struct dd_strings *props;       /* NAME=VALUE */
};

/* dd_discover - the projects that @inputs name: files, folders, project files
 * Return: 0; -1 with one line in *ret_why (the caller frees) */
int dd_discover(const struct dd_strings *inputs, const struct dd_read_options *options,
                struct dd_found *ret_found, char **ret_why);
void dd_found_done(struct dd_found *found);
struct dd_project *dd_found_add(struct dd_found *found, const char *name, const char *folder);

/* the readers; each adds projects. 0; -1 and *ret_why: "file:line: what" */
int dd_read_vcxproj(const char *path, const struct dd_read_options *options, struct dd_found *found,
                    char **ret_why);
int dd_read_sources(const char *path, const struct dd_read_options *options, struct dd_found *found,
                    char **ret_why);

/* the same of a text in memory, for tests: @path only names it and its folder */
int dd_parse_vcxproj(const char *path, const char *text, size_t len,
                     const struct dd_read_options *options, struct dd_found *found, char **ret_why);
int dd_parse_sources(const char *path, const char *text, size_t len,
                     const struct dd_read_options *options, struct dd_found *found, char **ret_why);

bool dd_is_source(const char *name);    /* .c .cpp .cxx .cc */
bool dd_is_cplusplus(const char *name); /* all but .c */

/* add a source of a project file: an absolute path when it exists (case ignored), else as written
 */
void dd_project_add_source(struct dd_found *found, struct dd_project *p, const char *name);
/* WPP's NAME(args) list, or one -func: value */
void dd_project_add_trace(struct dd_project *p, const char *text);
/* from what is behind a name, as in "{PREFIX=x}(LEVEL, MSG, ...)", to @at; the text behind that */
const char *dd_trace_arguments(const char *text, const char *name, struct dd_strings *at);

/* ---- Visual Studio's language, in msbuild.c --------------------------------------------------- */

struct dd_msbuild {
    struct dd_strings names, values; /* properties; names without case */
    char *this_folder;               /* of the file being read, with a slash */
    struct dd_found *found;
    struct dd_strings warned;
};
const char *dd_msbuild_get(const struct dd_msbuild *m, const char *name);
void dd_msbuild_set(struct dd_msbuild *m, const char *name, const char *value);
/* $(X) replaced; @where: told when it is not NULL and an unknown one is used */
char *dd_msbuild_expand(struct dd_msbuild *m, const char *text, const char *where);
/* a Condition attribute; one that cannot be read is false, with a note */
bool dd_msbuild_condition(struct dd_msbuild *m, const char *text);
void dd_msbuild_done(struct dd_msbuild *m);

#endif
