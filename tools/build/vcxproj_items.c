/* SPDX-License-Identifier: MIT */
/* What a .vcxproj says about compiling: metadata of items, and what each kind means. */
#include "vcxproj.h"

#include <stdlib.h>
#include <string.h>

bool dd_vcx_holds(struct dd_vcx *r, const struct dd_xml *x)
{
    const char *condition = dd_xml_attribute(x, "Condition");

    return !condition || dd_msbuild_condition(&r->m, condition);
}

void dd_vcx_note(struct dd_vcx *r, char *line)
{
    if (!dd_strings_have(&r->m.found->notes, line)) {
        dd_strings_add(&r->m.found->notes, line);
    }
    free(line);
}

/* %(X): what the item has so far */
static void set_metadata(struct dd_vcx *r, struct dd_msbuild *meta, const struct dd_xml *x)
{
    bool matters = strcasecmp(x->name, "PreprocessorDefinitions") == 0;
    char *value = dd_msbuild_expand(&r->m, x->text, matters ? x->name : NULL), *at;
    struct dd_text out = {0};

    dd_text_add(&out, "", 0);
    for (at = value; *at;) {
        char *end = at[0] == '%' && at[1] == '(' ? strchr(at, ')') : NULL;

        if (!end) {
            dd_text_add(&out, at++, 1);
            continue;
        }
        *end = '\0';
        at = strrchr(at + 2, '.') ? strrchr(at + 2, '.') + 1 : at + 2;
        dd_text_puts(&out, dd_msbuild_get(meta, at) ? dd_msbuild_get(meta, at) : "");
        at = end + 1;
    }
    free(value);
    dd_msbuild_set(meta, x->name, out.p);
    dd_text_done(&out);
}

void dd_vcx_set_all_metadata(struct dd_vcx *r, struct dd_msbuild *meta, const struct dd_xml *x)
{
    for (size_t i = 0; i < x->count; i++) {
        if (dd_vcx_holds(r, x->children[i])) {
            set_metadata(r, meta, x->children[i]);
        }
    }
}

/* each name of a list of them, blanks around it taken off */
void dd_vcx_each_name(const char *list, const char *separators, struct dd_strings *out)
{
    while (*list) {
        size_t n = strcspn(list, separators);
        const char *from = list + strspn(list, " \t\r\n"), *to = list + n;

        while (to > from && strchr(" \t\r\n", to[-1])) {
            to--;
        }
        if (to > from) {
            dd_strings_take(out, dd_xstrndup(from, (size_t)(to - from)));
        }
        list += n + (list[n] != '\0');
    }
}

/* ---- what a project says about compiling ------------------------------------------------------ */

static void add_includes(struct dd_vcx *r, const char *list)
{
    struct dd_strings names = {0};

    dd_vcx_each_name(list, ";", &names);
    for (size_t i = 0; i < names.count; i++) {
        char *joined = dd_path_join(r->project.folder, names.items[i]);
        char *path = dd_path_find(joined), *absolute = path ? dd_path_absolute(path) : NULL;

        if (absolute && dd_is_folder(absolute)) {
            dd_strings_add_new(&r->project.includes, absolute);
        }
        free(absolute);
        free(path);
        free(joined);
    }
    dd_strings_done(&names);
}

/* of the compiler's own options only /D, /I and /FI mean something here */
static void add_options(struct dd_vcx *r, const char *list)
{
    struct dd_strings words = {0};

    dd_vcx_each_name(list, " \t\r\n", &words);
    for (size_t i = 0; i < words.count; i++) {
        const char *w = words.items[i];
        bool slash = w[0] == '/' || w[0] == '-';
        const char *value = slash && w[1] && !w[2] && i + 1 < words.count ? words.items[i + 1]
                                                                          : w + (slash ? 2 : 0);

        if (slash && w[1] == 'D') {
            dd_strings_add_new(&r->project.defines, value);
        } else if (slash && w[1] == 'I') {
            add_includes(r, value);
        } else if (slash && w[1] == 'F' && w[2] == 'I') {
            dd_strings_add_new(&r->project.forced, w + 3);
        }
    }
    dd_strings_done(&words);
}

static void add_settings(struct dd_vcx *r, const struct dd_msbuild *meta)
{
    const char *v;

    if ((v = dd_msbuild_get(meta, "PreprocessorDefinitions")) != NULL) {
        struct dd_strings names = {0};

        dd_vcx_each_name(v, ";\n", &names);
        for (size_t i = 0; i < names.count; i++) {
            dd_strings_add_new(&r->project.defines, names.items[i]);
        }
        dd_strings_done(&names);
    }
    if ((v = dd_msbuild_get(meta, "AdditionalIncludeDirectories")) != NULL) {
        add_includes(r, v);
    }
    if ((v = dd_msbuild_get(meta, "ForcedIncludeFiles")) != NULL) {
        dd_vcx_each_name(v, ";", &r->project.forced);
    }
    if ((v = dd_msbuild_get(meta, "AdditionalOptions")) != NULL) {
        add_options(r, v);
    }
    if ((v = dd_msbuild_get(meta, "WppTraceFunction")) != NULL) {
        dd_project_add_trace(&r->project, v);
    }
    if ((v = dd_msbuild_get(meta, "WppScanConfigurationData")) != NULL) {
        char *joined = dd_path_join(r->project.folder, v), *path = dd_path_find(joined);

        if (path) {
            dd_strings_add_new(&r->project.scan, path);
        }
        free(path);
        free(joined);
    }
}

void dd_vcx_add_item(struct dd_vcx *r, const struct dd_xml *x)
{
    const char *include = dd_xml_attribute(x, "Include"), *excluded;
    struct dd_msbuild own = {0};
    struct dd_strings names = {0};
    char *list;

    if (!include) {
        return;
    }
    for (size_t i = 0; i < r->meta.names.count; i++) {
        dd_msbuild_set(&own, r->meta.names.items[i], r->meta.values.items[i]);
    }
    dd_vcx_set_all_metadata(r, &own, x);
    excluded = dd_msbuild_get(&own, "ExcludedFromBuild");
    list = dd_msbuild_expand(&r->m, include, include);
    dd_vcx_each_name(list, ";", &names);
    for (size_t i = 0; i < names.count && !(excluded && strcasecmp(excluded, "true") == 0); i++) {
        if (strpbrk(names.items[i], "*?")) {
            dd_vcx_note(r, dd_xprintf("%s: pattern '%s' is not read; name the files",
                                      r->project.name, names.items[i]));
        } else {
            dd_project_add_source(r->m.found, &r->project, names.items[i]);
            add_settings(r, &own);
        }
    }
    free(list);
    dd_strings_done(&names);
    dd_msbuild_done(&own);
}
