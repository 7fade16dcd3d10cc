/* SPDX-License-Identifier: MIT */
#include "overlay.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_DEPTH 12u
#define MAX_FILES 20000u

struct overlay {
    struct dd_text yaml;
    const struct dd_strings *provides;
    const char *tmh, *work;
    size_t files, total, converted;
    bool failed;
};

static void put_quoted(struct dd_text *t, const char *s)
{
    dd_text_puts(t, "\"");
    for (; *s; s++) {
        if (*s == '"' || *s == '\\') {
            dd_text_puts(t, "\\");
        }
        dd_text_add(t, s, 1);
    }
    dd_text_puts(t, "\"");
}

/* @real: the compiler speaks of the file by the name it really has */
static void put_file(struct overlay *o, const char *name, const char *contents, bool real)
{
    dd_text_puts(&o->yaml, o->files ? "," : "");
    dd_text_puts(&o->yaml, "{\"type\":\"file\",\"name\":");
    put_quoted(&o->yaml, name);
    dd_text_puts(&o->yaml, ",\"external-contents\":");
    put_quoted(&o->yaml, contents);
    dd_text_puts(&o->yaml, real ? "}\n" : ",\"use-external-name\":\"false\"}\n");
    o->files++;
    o->total++;
}

static bool is_text(const char *name)
{
    static const char *const suffixes[] = {".h", ".hpp", ".hxx", ".inl", ".inc"};

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        if (dd_has_suffix(name, suffixes[i])) {
            return true;
        }
    }
    return dd_is_source(name);
}

/* the path of a UTF-8 copy, when the file is UTF-16 */
static char *converted(struct overlay *o, const char *path)
{
    size_t len, out_len;
    char *data = NULL, *utf8 = NULL, *copy = NULL;
    unsigned char mark[2] = {0};
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(mark, 1, 2, f) : 0;

    if (f) {
        fclose(f);
    }
    if (n == 2 && ((mark[0] == 0xff && mark[1] == 0xfe) || (mark[0] == 0xfe && mark[1] == 0xff)) &&
        (data = dd_file_read(path, &len)) != NULL &&
        (utf8 = dd_from_utf16((unsigned char *)data, len, &out_len)) != NULL) {
        copy = dd_xprintf("%s/utf16-%zu-%s", o->work, o->converted++, dd_path_name(path));
        o->failed |= dd_file_write(copy, utf8, out_len) < 0;
    }
    free(utf8);
    free(data);
    return copy;
}

static void put_one(struct overlay *o, const char *folder, const char *name)
{
    char *path = dd_path_join(folder, name), *copy = is_text(name) ? converted(o, path) : NULL;

    put_file(o, name, copy ? copy : path, copy == NULL);
    free(copy);
    free(path);
}

static bool listed(const struct dd_strings *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcasecmp(names->items[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* the .tmh names that go with the sources and headers of a folder */
static void put_tmh(struct overlay *o, const struct dd_strings *names)
{
    struct dd_strings made = {0};

    for (size_t i = 0; i < names->count; i++) {
        char *stem, *dot, *wanted[2];

        if (!is_text(names->items[i])) {
            continue;
        }
        stem = dd_xstrdup(names->items[i]);
        dot = strrchr(stem, '.');
        *dot = '\0';
        wanted[0] = dd_xprintf("%s.tmh", stem);
        wanted[1] = dd_xprintf("%s.tmh", names->items[i]);
        for (size_t k = 0; k < 2; k++) {
            if (!listed(names, wanted[k]) && !listed(&made, wanted[k])) {
                put_file(o, wanted[k], o->tmh, false);
                dd_strings_add(&made, wanted[k]);
            }
            free(wanted[k]);
        }
        free(stem);
    }
    dd_strings_done(&made);
}

static void put_provided(struct overlay *o, const struct dd_strings *names)
{
    for (size_t i = 0; i < o->provides->count; i++) {
        char *name = dd_xstrdup(o->provides->items[i]), *equal = strchr(name, '=');

        if (equal) {
            *equal = '\0';
            if (!listed(names, name)) {
                char *file = dd_path_absolute(equal + 1);

                put_file(o, name, file, false);
                free(file);
            }
        }
        free(name);
    }
}

static bool is_wanted(const char *name)
{
    return name[0] != '.' && !dd_has_suffix(name, ".o") && !dd_has_suffix(name, ".obj");
}

static void put_folder(struct overlay *o, const char *path, const char *name, unsigned depth)
{
    struct dd_strings names = {0}, folders = {0};
    DIR *d = opendir(path);
    struct dirent *e;

    while (d && (e = readdir(d)) != NULL && o->total + names.count < MAX_FILES) {
        char *entry = is_wanted(e->d_name) ? dd_path_join(path, e->d_name) : NULL;

        if (entry && dd_is_folder(entry)) {
            dd_strings_add(&folders, e->d_name);
        } else if (entry && dd_is_file(entry)) {
            dd_strings_add(&names, e->d_name);
        }
        free(entry);
    }
    if (d) {
        closedir(d);
    }
    dd_text_puts(&o->yaml, "{\"type\":\"directory\",\"name\":");
    put_quoted(&o->yaml, name);
    dd_text_puts(&o->yaml, ",\"contents\":[\n");
    o->files = 0;
    for (size_t i = 0; i < names.count; i++) {
        put_one(o, path, names.items[i]);
    }
    put_tmh(o, &names);
    put_provided(o, &names);
    for (size_t i = 0; i < folders.count && depth > 0; i++) {
        char *below = dd_path_join(path, folders.items[i]);

        dd_text_puts(&o->yaml, o->files ? "," : "");
        put_folder(o, below, folders.items[i], depth - 1);
        o->files = 1;
        free(below);
    }
    dd_text_puts(&o->yaml, "]}\n");
    dd_strings_done(&names);
    dd_strings_done(&folders);
}

/* is @path below another of the roots? */
static bool covered(const struct dd_strings *roots, const char *path)
{
    for (size_t i = 0; i < roots->count; i++) {
        size_t n = strlen(roots->items[i]);

        if (strncmp(path, roots->items[i], n) == 0 && path[n] == '/') {
            return true;
        }
    }
    return false;
}

static void put_roots(struct overlay *o, const struct dd_strings *roots,
                      const struct dd_strings *unless, unsigned depth, bool *first)
{
    for (size_t i = 0; i < roots->count; i++) {
        const char *root = roots->items[i];

        if (!covered(roots, root) &&
            !(unless && (covered(unless, root) || dd_strings_have(unless, root)))) {
            dd_text_puts(&o->yaml, *first ? "" : ",");
            put_folder(o, root, root, depth);
            *first = false;
        }
    }
}

int dd_overlay_write(const struct dd_strings *roots, const struct dd_strings *shallow,
                     const struct dd_strings *provides, const char *tmh, const char *work,
                     char **ret_path, char **ret_why)
{
    struct overlay o = {.provides = provides, .work = work};
    char *tmh_path = dd_xprintf("%s/drydock.tmh", work), *path;
    bool first = true;
    int e = dd_file_write(tmh_path, tmh, strlen(tmh));

    o.tmh = tmh_path;
    dd_text_puts(&o.yaml, "{\"version\":0,\"case-sensitive\":\"false\",\"fallthrough\":\"true\","
                          "\"roots\":[\n");
    put_roots(&o, roots, NULL, MAX_DEPTH, &first);
    put_roots(&o, shallow, roots, 1, &first);
    dd_text_puts(&o.yaml, "]}\n");
    path = dd_xprintf("%s/overlay.yaml", work);
    if (e == 0) {
        e = dd_file_write(path, o.yaml.p, o.yaml.len);
    }
    dd_text_done(&o.yaml);
    free(tmh_path);
    if (e < 0 || o.failed) {
        *ret_why = dd_xprintf("%s: %s", work, strerror(e < 0 ? -e : EIO));
        free(path);
        return -1;
    }
    *ret_path = path;
    return 0;
}
