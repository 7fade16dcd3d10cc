/* SPDX-License-Identifier: MIT */
/*
 * The porting tool for other programs: find what NDIS 6 changed in the sources of an NDIS 5.x
 * miniport, get the mechanical edits, and write what a person needs for the rest. `drydock port` is
 * built on this header alone.
 *
 *   struct drydock_port_options o = DRYDOCK_PORT_OPTIONS_INIT;
 *   struct drydock_port *p = drydock_port_new(&o);
 *   char why[512];
 *   if (drydock_port_add(p, "driver/", why, sizeof(why)) == 0 &&
 *       drydock_port_analyze(p, why, sizeof(why)) == 0) {
 *       struct drydock_port_finding f;
 *       for (size_t i = 0; drydock_port_finding_at(p, i, &f); i++) { ... }
 *   }
 *   drydock_port_free(p);
 *
 *        sources --add--> scanner --analyze--> findings --+--> text, JSON, SARIF, HTML
 *                                                         +--> edits --> diff, or apply
 *                                                         +--> skeletons
 *
 * Sources are bytes: nothing is compiled, no header is needed, every #if branch is looked at.
 * Comments and strings never match. A file is read again when its bytes are needed, so a large tree
 * costs the memory of its largest file.
 *
 * What it is not: a compiler. It does not expand macros, and what a macro hides behind ## it does
 * not see.
 *
 * One thread per drydock_port. Functions that fail return -Exxx and leave one line at @why.
 */
#ifndef DRYDOCK_PORT_H
#define DRYDOCK_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum drydock_port_class {
    DRYDOCK_PORT_FIX,    /* a machine can apply the edit */
    DRYDOCK_PORT_REVIEW, /* an edit is offered, a person confirms it */
    DRYDOCK_PORT_MANUAL, /* explained, with a skeleton where one helps */
    DRYDOCK_PORT_NOTE    /* survives; its new rule is worth a look */
};

#define DRYDOCK_PORT_CLASSES 4u

/* Pointers may be NULL; the strings must live as long as the drydock_port. */
struct drydock_port_options {
    size_t size;             /* sizeof(struct drydock_port_options) */
    bool force_ndis5;        /* report in a tree without a sign of NDIS 5, too */
    unsigned classes;        /* bits 1 << enum drydock_port_class; 0 counts as all */
    const char *const *only; /* ids of rules, or groups such as "dma-", NULL-terminated */
    const char *const *skip; /* the same */
};

#define DRYDOCK_PORT_OPTIONS_INIT                                                                  \
    {                                                                                              \
        .size = sizeof(struct drydock_port_options)                                                \
    }

struct drydock_port; /* a set of sources and what was found in them */

/* One place in a source. Strings live until drydock_port_free(). */
struct drydock_port_finding {
    const char *file;      /* as it was added */
    unsigned line, column; /* from 1; columns are bytes */
    size_t offset, length; /* bytes of the construct */
    const char *rule;      /* "dma-init-sg" */
    enum drydock_port_class cls;
    const char *function;          /* "MpInitialize", "#define MP_ALLOC", or NULL: file scope */
    const char *condition;         /* "defined(NDIS51_MINIPORT) && !(DBG)", "0", or NULL: none */
    const char *text;              /* what is there and what is wrong with it */
    const char *detail;            /* more about this place, or NULL */
    const char *instead;           /* what replaces it */
    const char *edit_refused;      /* why an edit is not offered after all, or NULL */
    size_t edit_first, edit_count; /* its edits: drydock_port_edit_at() */
};

/* A replacement of bytes. Edits never overlap. */
struct drydock_port_edit {
    const char *file;
    unsigned line, column;
    size_t offset, length; /* bytes replaced; 0: an insertion */
    const char *text;      /* new bytes; of a UTF-16 file, ASCII that becomes UTF-16 there */
    size_t text_bytes;
};

struct drydock_port_rule {
    const char *id, *title;
    enum drydock_port_class cls;
    const char *text, *instead, *source;
};

/**
 * drydock_port_new - an empty set of sources
 * @options: copied; NULL counts as the defaults
 *
 * Return: the set, or NULL: no memory.
 * Ownership: the caller's, until drydock_port_free().
 */
struct drydock_port *drydock_port_new(const struct drydock_port_options *options);

/* drydock_port_free - let go of everything; NULL is fine */
void drydock_port_free(struct drydock_port *port);

/**
 * drydock_port_add - add a file, or every C and C++ file below a folder
 * @path: a file (any name), or a folder: files whose names end in .c .h .cpp .cc .cxx .hpp .hxx
 *        .inl .inc, in the order of their names; links and names that begin with a dot are left out
 *
 * Return: 0; -ENOENT, no such path; -ENODATA, a folder without C sources; -EACCES and others, it
 * cannot be read; -EILSEQ, a binary; -EFBIG, above 128 MiB.
 */
int drydock_port_add(struct drydock_port *port, const char *path, char *why, size_t why_bytes);

/**
 * drydock_port_add_bytes - add a source that is in memory
 * @name: what findings call it; copied
 * @bytes: not copied; must live as long as @port
 *
 * Return: 0; -EILSEQ, a binary; -EFBIG; -ENOMEM.
 */
int drydock_port_add_bytes(struct drydock_port *port, const char *name, const void *bytes,
                           size_t len_bytes, char *why, size_t why_bytes);

/**
 * drydock_port_analyze - find everything
 *
 * Once for each set, after the last add. The order of findings is the order of files, then of
 * bytes, then of rule ids: equal input gives equal output.
 *
 * Return: 0; -Exxx, a file can no longer be read, or no memory.
 */
int drydock_port_analyze(struct drydock_port *port, char *why, size_t why_bytes);

/* drydock_port_finding_at - finding number @index; false: there is none */
bool drydock_port_finding_at(const struct drydock_port *port, size_t index,
                             struct drydock_port_finding *ret_finding);

/* drydock_port_edit_at - edit number @index of the set; false: there is none */
bool drydock_port_edit_at(const struct drydock_port *port, size_t index,
                          struct drydock_port_edit *ret_edit);

/* drydock_port_is_ndis5 - whether the set has a sign of NDIS 5; valid after analyze */
bool drydock_port_is_ndis5(const struct drydock_port *port);

/* drydock_port_files, drydock_port_lines - how much was scanned */
size_t drydock_port_files(const struct drydock_port *port);
uint64_t drydock_port_lines(const struct drydock_port *port);

/* drydock_port_count - findings of one class */
size_t drydock_port_count(const struct drydock_port *port, enum drydock_port_class cls);

/* drydock_port_class_name - "fix", "review", "manual", "note" */
const char *drydock_port_class_name(enum drydock_port_class cls);

/* drydock_port_rule_at - rule number @index; false: there is none */
bool drydock_port_rule_at(size_t index, struct drydock_port_rule *ret_rule);

/**
 * drydock_port_print - findings in the form of a compiler, and a summary
 * @quiet: the summary is left out
 */
void drydock_port_print(const struct drydock_port *port, FILE *out, bool quiet);

/**
 * drydock_port_diff - every edit as a unified diff, for `git apply` and `patch -p1`
 *
 * Names in it are as the files were added, "./" and leading "/" taken off.
 * Return: 0; -Exxx, a file can no longer be read or @out cannot be written.
 */
int drydock_port_diff(struct drydock_port *port, FILE *out, char *why, size_t why_bytes);

/**
 * drydock_port_apply - make every edit in the files
 * @force: also in files with changes that git does not have yet
 * @ret_files: how many files changed
 *
 * All or nothing: new files are written beside the old ones and renamed when all are there; when
 * a rename fails, or SIGINT, SIGTERM, SIGHUP or SIGQUIT comes, the ones before it are taken back.
 * What nobody can hold back (SIGKILL, loss of power) leaves every file whole, old or new.
 *
 * Return: 0; -EBUSY, uncommitted changes; -EINTR, a signal; -EROFS and others, a file or folder
 * cannot be written.
 */
int drydock_port_apply(struct drydock_port *port, bool force, size_t *ret_files, char *why,
                       size_t why_bytes);

/* drydock_port_json, _sarif, _html - the findings in that form. Return: 0 or -Exxx. */
int drydock_port_json(struct drydock_port *port, FILE *out, char *why, size_t why_bytes);
int drydock_port_sarif(struct drydock_port *port, FILE *out, char *why, size_t why_bytes);
int drydock_port_html(struct drydock_port *port, FILE *out, char *why, size_t why_bytes);

/**
 * drydock_port_skeletons - write NDIS 6 files with the driver's own names filled in
 * @folder: made when it is not there; files in it are never overwritten
 *
 * Return: 0; -EEXIST, a file is there already; -ENODATA, nothing NDIS 5 was found; others.
 */
int drydock_port_skeletons(struct drydock_port *port, const char *folder, char *why,
                           size_t why_bytes);

/**
 * drydock_port_skeleton_at - one skeleton as text
 * @ret_name: file name; lives until drydock_port_free()
 *
 * Return: the text, for free(); NULL: no such skeleton, or no memory.
 */
char *drydock_port_skeleton_at(struct drydock_port *port, size_t index, const char **ret_name);

#ifdef __cplusplus
}
#endif

#endif
