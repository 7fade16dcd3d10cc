/* SPDX-License-Identifier: MIT */
#include "project.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool dd_is_cplusplus(const char *name)
{
    return dd_has_suffix(name, ".cpp") || dd_has_suffix(name, ".cxx") || dd_has_suffix(name, ".cc");
}

bool dd_is_source(const char *name)
{
    return dd_has_suffix(name, ".c") || dd_is_cplusplus(name);
}

struct dd_project *dd_found_add(struct dd_found *found, const char *name, const char *folder)
{
    struct dd_project *p;

    found->projects = dd_xrealloc(found->projects, (found->count + 1) * sizeof(*p));
    p = &found->projects[found->count++];
    *p = (struct dd_project){.name = dd_xstrdup(name), .folder = dd_xstrdup(folder)};
    return p;
}

void dd_found_done(struct dd_found *found)
{
    for (size_t i = 0; i < found->count; i++) {
        struct dd_project *p = &found->projects[i];

        free(p->name);
        free(p->folder);
        dd_strings_done(&p->sources);
        dd_strings_done(&p->defines);
        dd_strings_done(&p->includes);
        dd_strings_done(&p->forced);
        dd_strings_done(&p->trace);
        dd_strings_done(&p->trace_at);
        dd_strings_done(&p->scan);
        dd_strings_done(&p->libraries);
    }
    free(found->projects);
    dd_strings_done(&found->notes);
    *found = (struct dd_found){0};
}

void dd_project_add_source(struct dd_found *found, struct dd_project *p, const char *name)
{
    static const char *const no_code[] = {".rc",  ".mof", ".mc", ".inf",
                                          ".inx", ".bmf", ".h",  ".man"};
    char *joined, *path;

    for (size_t i = 0; i < sizeof(no_code) / sizeof(no_code[0]); i++) {
        if (dd_has_suffix(name, no_code[i])) {
            return; /* resources, messages: nothing of them runs */
        }
    }
    if (!dd_is_source(name)) {
        dd_strings_take(&found->notes,
                        dd_xprintf("%s: '%s' is left out: neither C nor C++", p->name, name));
        return;
    }
    joined = dd_path_join(p->folder, name);
    path = dd_path_find(joined);
    dd_strings_add_new(&p->sources, path ? path : joined);
    free(path);
    free(joined);
}

const char *dd_trace_arguments(const char *text, const char *name, struct dd_strings *at)
{
    int before = 0, found = -1;

    text += strspn(text, " \t");
    if (*text == '{') {
        text += strcspn(text, "}");
        text += *text == '}';
        text += strspn(text, " \t");
    }
    if (*text != '(') {
        return text;
    }
    for (text++; *text && *text != ')'; before++) {
        size_t n;

        text += strspn(text, " \t,");
        n = strcspn(text, " \t,)");
        if (n == 3 && strncmp(text, "MSG", 3) == 0) {
            found = before;
        }
        text += n + strspn(text + n, " \t");
    }
    dd_strings_take(at, dd_xprintf("%s=%d", name, found));
    return text + (*text == ')');
}

void dd_project_add_trace(struct dd_project *p, const char *text)
{
    while (*text) {
        size_t n;

        text += strspn(text, " \t\r\n;");
        n = strcspn(text, "({; \t\r\n");
        if (n > 0) {
            char *name = dd_xstrndup(text, n);

            dd_strings_add_new(&p->trace, name);
            text = dd_trace_arguments(text + n, name, &p->trace_at);
            free(name);
        }
        text += strcspn(text, ";\n");
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* the project file of a folder: the one .vcxproj, else `sources`, else `dirs`; NULL: none */
static char *project_file(const char *folder, struct dd_strings *vcxprojs)
{
    DIR *d = opendir(folder);
    struct dirent *e;
    char *best = NULL;

    while (d && (e = readdir(d)) != NULL) {
        if (dd_has_suffix(e->d_name, ".vcxproj")) {
            dd_strings_take(vcxprojs, dd_path_join(folder, e->d_name));
        } else if (strcasecmp(e->d_name, "sources") == 0 ||
                   (!best && strcasecmp(e->d_name, "dirs") == 0)) {
            free(best);
            best = dd_path_join(folder, e->d_name);
        }
    }
    if (d) {
        closedir(d);
    }
    if (vcxprojs->count == 1) {
        free(best);
        best = dd_xstrdup(vcxprojs->items[0]);
    }
    return best;
}

static void take_folder(const char *folder, struct dd_found *found)
{
    char *absolute = dd_path_absolute(folder);
    struct dd_project *p = dd_found_add(found, folder, absolute);
    DIR *d = opendir(absolute);
    struct dirent *e;

    while (d && (e = readdir(d)) != NULL) {
        if (dd_is_source(e->d_name)) {
            dd_strings_take(&p->sources, dd_path_join(absolute, e->d_name));
        }
    }
    if (d) {
        closedir(d);
    }
    free(absolute);
    if (p->sources.count > 0) {
        qsort(p->sources.items, p->sources.count, sizeof(char *), by_name);
        dd_strings_take(&found->notes, dd_xprintf("%s: no project file; %zu files taken", folder,
                                                  p->sources.count));
    }
}

static int read_folder(const char *folder, const struct dd_read_options *o, struct dd_found *found,
                       char **ret_why)
{
    struct dd_strings vcxprojs = {0};
    char *file = project_file(folder, &vcxprojs);
    int e = 0;

    if (file && dd_has_suffix(file, ".vcxproj")) {
        e = dd_read_vcxproj(file, o, found, ret_why);
    } else if (file) {
        e = dd_read_sources(file, o, found, ret_why);
    } else if (vcxprojs.count > 1) {
        *ret_why = dd_xprintf("%s: %zu project files; name one of them, as %s", folder,
                              vcxprojs.count, vcxprojs.items[0]);
        e = -1;
    } else {
        take_folder(folder, found);
    }
    free(file);
    dd_strings_done(&vcxprojs);
    return e;
}

static int read_input(const char *input, const struct dd_read_options *o, struct dd_found *found,
                      struct dd_strings *files, char **ret_why)
{
    const char *name = dd_path_name(input);

    if (dd_is_folder(input)) {
        return read_folder(input, o, found, ret_why);
    }
    if (!dd_is_file(input)) {
        *ret_why = dd_xprintf("%s: %s", input, errno ? strerror(errno) : "not a file");
        return -1;
    }
    if (dd_has_suffix(name, ".vcxproj")) {
        return dd_read_vcxproj(input, o, found, ret_why);
    }
    if (strcasecmp(name, "sources") == 0 || strcasecmp(name, "dirs") == 0 ||
        strncasecmp(name, "sources.", 8) == 0) {
        return dd_read_sources(input, o, found, ret_why);
    }
    if (!dd_is_source(name)) {
        *ret_why =
            dd_xprintf("%s: neither a folder, a .vcxproj, a sources file nor .c or .cpp", input);
        return -1;
    }
    dd_strings_add(files, input);
    return 0;
}

static int check_sources(const struct dd_strings *inputs, struct dd_found *found, char **ret_why)
{
    size_t total = 0;

    for (size_t i = 0; i < found->count; i++) {
        for (size_t k = 0; k < found->projects[i].sources.count; k++, total++) {
            const char *path = found->projects[i].sources.items[k];

            if (!dd_is_file(path)) {
                *ret_why =
                    dd_xprintf("%s: names %s, which is not there", found->projects[i].name, path);
                return -1;
            }
        }
    }
    if (total == 0) {
        *ret_why = dd_xprintf("%s: no source files (.c, .cpp) in it", inputs->items[0]);
        return -1;
    }
    return 0;
}

int dd_discover(const struct dd_strings *inputs, const struct dd_read_options *options,
                struct dd_found *ret_found, char **ret_why)
{
    struct dd_found found = {0};
    struct dd_strings files = {0};
    int e = 0;

    *ret_why = NULL;
    for (size_t i = 0; i < inputs->count && e == 0; i++) {
        errno = 0;
        e = read_input(inputs->items[i], options, &found, &files, ret_why);
    }
    if (e == 0 && files.count > 0) {
        char *absolute = dd_path_absolute(files.items[0]), *folder = dd_path_dir(absolute);
        struct dd_project *p = dd_found_add(&found, "the files named", folder);

        for (size_t i = 0; i < files.count; i++) {
            dd_strings_take(&p->sources, dd_path_absolute(files.items[i]));
        }
        free(folder);
        free(absolute);
    }
    dd_strings_done(&files);
    if (e == 0) {
        e = check_sources(inputs, &found, ret_why);
    }
    if (e < 0) {
        dd_found_done(&found);
        return e;
    }
    *ret_found = found;
    return 0;
}
