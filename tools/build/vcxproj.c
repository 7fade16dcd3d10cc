/* SPDX-License-Identifier: MIT */
/*
 * A .vcxproj, read as MSBuild does: properties and imports first, then the definitions of items
 * (ItemDefinitionGroup), then the items.
 */
#include "vcxproj.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum phase {
    PROPERTIES,
    DEFINITIONS,
    ITEMS
};

static void walk(struct dd_vcx *r, const struct dd_xml *x, enum phase phase, const char *path);

/* ---- the tree --------------------------------------------------------------------------------- */

static bool toolchain(const char *name)
{
    static const char *const marks[] = {"$(VCTargetsPath)",
                                        "$(UserRootDir)",
                                        "Microsoft.Cpp",
                                        "$(WDKContentRoot)",
                                        "packages\\Microsoft.Windows",
                                        "packages/Microsoft.Windows"};

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (strcasestr(name, marks[i])) {
            return true;
        }
    }
    return false;
}

static void load_import(struct dd_vcx *r, const struct dd_xml *x)
{
    const char *name = dd_xml_attribute(x, "Project");
    char *expanded, *joined, *path, *text;
    size_t len;

    if (!name || toolchain(name) || r->import_count >= DD_MAX_IMPORTS || r->why) {
        return;
    }
    expanded = dd_msbuild_expand(&r->m, name, NULL);
    joined = dd_path_join(r->m.this_folder, expanded);
    path = dd_path_find(joined);
    text = path && !toolchain(expanded) ? dd_file_read(path, &len) : NULL;
    if (text) {
        struct dd_xml *root = dd_xml_parse(path, text, len, &r->why);

        if (root) {
            r->imports[r->import_count].at = x;
            r->imports[r->import_count].root = root;
            r->imports[r->import_count++].path = path;
            path = NULL;
        }
    } else if (expanded[0] && !toolchain(expanded)) {
        dd_vcx_note(r,
                    dd_xprintf("%s:%u: import '%s' is not there; definitions from it are missing",
                               r->project.name, x->line, name));
    }
    free(text);
    free(path);
    free(joined);
    free(expanded);
}

static void follow_import(struct dd_vcx *r, const struct dd_xml *x, enum phase phase)
{
    size_t had = r->import_count;

    if (phase == PROPERTIES) {
        if (dd_vcx_holds(r, x)) {
            load_import(r, x);
        }
        if (r->import_count > had) {
            walk(r, r->imports[had].root, phase, r->imports[had].path);
        }
        return;
    }
    for (size_t i = 0; i < r->import_count; i++) {
        if (r->imports[i].at == x) {
            walk(r, r->imports[i].root, phase, r->imports[i].path);
        }
    }
}

static void add_reference(struct dd_vcx *r, const struct dd_xml *x)
{
    const char *include = dd_xml_attribute(x, "Include");
    char *name = dd_msbuild_expand(&r->m, include ? include : "", NULL);
    char *joined = dd_path_join(r->project.folder, name), *path = dd_path_find(joined);

    if (path && dd_has_suffix(path, ".vcxproj")) {
        dd_strings_add_new(&r->references, path);
    } else if (name[0]) {
        dd_vcx_note(r, dd_xprintf("%s:%u: project reference '%s' is not there", r->project.name,
                                  x->line, name));
    }
    free(path);
    free(joined);
    free(name);
}

static void add_libraries(struct dd_vcx *r, const struct dd_xml *link)
{
    for (size_t i = 0; i < link->count; i++) {
        if (strcasecmp(link->children[i]->name, "AdditionalDependencies") == 0 &&
            dd_vcx_holds(r, link->children[i])) {
            char *list = dd_msbuild_expand(&r->m, link->children[i]->text, NULL);

            dd_vcx_each_name(list, ";", &r->project.libraries);
            free(list);
        }
    }
}

static void group(struct dd_vcx *r, const struct dd_xml *x, enum phase phase)
{
    bool properties = strcasecmp(x->name, "PropertyGroup") == 0;
    bool definitions = strcasecmp(x->name, "ItemDefinitionGroup") == 0;
    bool items = strcasecmp(x->name, "ItemGroup") == 0;

    for (size_t i = 0; i < x->count; i++) {
        const struct dd_xml *c = x->children[i];

        if (!(phase == PROPERTIES    ? properties
              : phase == DEFINITIONS ? definitions
                                     : items) ||
            !dd_vcx_holds(r, c)) {
            continue;
        }
        if (properties) {
            char *value = dd_msbuild_expand(&r->m, c->text, NULL);

            dd_msbuild_set(&r->m, c->name, value);
            free(value);
        } else if (strcasecmp(c->name, "ClCompile") == 0) {
            if (definitions) {
                dd_vcx_set_all_metadata(r, &r->meta, c);
            } else {
                dd_vcx_add_item(r, c);
            }
        } else if (definitions && strcasecmp(c->name, "Link") == 0) {
            add_libraries(r, c);
        } else if (items && strcasecmp(c->name, "ProjectReference") == 0) {
            add_reference(r, c);
        } else if (items &&
                   (strcasecmp(c->name, "MASM") == 0 || strcasecmp(c->name, "NASM") == 0)) {
            dd_vcx_note(r,
                        dd_xprintf("%s:%u: assembler source '%s' is left out", r->project.name,
                                   c->line,
                                   dd_xml_attribute(c, "Include") ? dd_xml_attribute(c, "Include")
                                                                  : ""));
        }
    }
}

static void walk(struct dd_vcx *r, const struct dd_xml *x, enum phase phase, const char *path)
{
    char *folder = dd_path_dir(path), *before = r->m.this_folder;

    r->m.this_folder = dd_xprintf("%s/", folder);
    for (size_t i = 0; i < x->count; i++) {
        const struct dd_xml *c = x->children[i];

        if (strcasecmp(c->name, "Import") == 0) {
            follow_import(r, c, phase);
        } else if (strcasecmp(c->name, "ImportGroup") == 0) {
            for (size_t k = 0; k < c->count && dd_vcx_holds(r, c); k++) {
                follow_import(r, c->children[k], phase);
            }
        } else if (dd_vcx_holds(r, c)) {
            group(r, c, phase);
        }
    }
    free(r->m.this_folder);
    r->m.this_folder = before;
    free(folder);
}

/* "Debug|x64" among the project's configurations, or its nearest */
static void choose_configuration(struct dd_vcx *r, const struct dd_xml *root)
{
    const char *configuration = r->options->configuration, *platform = r->options->platform;
    const char *wanted = configuration ? configuration : "Debug";
    char *best = NULL;
    int best_score = -1;

    for (size_t i = 0; i < root->count; i++) {
        const struct dd_xml *g = root->children[i];

        for (size_t k = 0; strcasecmp(g->name, "ItemGroup") == 0 && k < g->count; k++) {
            const char *name = dd_xml_attribute(g->children[k], "Include");
            const char *bar = name ? strchr(name, '|') : NULL;
            int score;

            if (!bar || strcasecmp(g->children[k]->name, "ProjectConfiguration") != 0) {
                continue;
            }
            score = 2 * (strcasecmp(bar + 1, platform ? platform : "x64") == 0);
            score += strncasecmp(name, wanted, strlen(wanted)) == 0 &&
                     (name[strlen(wanted)] == '|' || !configuration);
            if (score > best_score) {
                best_score = score;
                free(best);
                best = dd_xstrdup(name);
            }
        }
    }
    if (best && !platform && best_score < 2) {
        dd_vcx_note(r, dd_xprintf("%s: no configuration for x64; '%s' is taken", r->project.name,
                                  best));
    }
    if (best) {
        char *bar = strchr(best, '|');

        *bar = '\0';
        dd_msbuild_set(&r->m, "Configuration", configuration ? configuration : best);
        dd_msbuild_set(&r->m, "Platform", platform ? platform : bar + 1);
    } else {
        dd_msbuild_set(&r->m, "Configuration", wanted);
        dd_msbuild_set(&r->m, "Platform", platform ? platform : "x64");
    }
    free(best);
}

static void preset(struct dd_vcx *r, const char *path)
{
    char *stem = dd_xstrdup(dd_path_name(path)), *dot = strrchr(stem, '.');
    char *slash = dd_xprintf("%s/", r->project.folder);

    if (dot) {
        *dot = '\0';
    }
    dd_msbuild_set(&r->m, "ProjectDir", slash);
    dd_msbuild_set(&r->m, "MSBuildProjectDirectory", r->project.folder);
    dd_msbuild_set(&r->m, "SolutionDir", slash);
    dd_msbuild_set(&r->m, "ProjectName", stem);
    dd_msbuild_set(&r->m, "MSBuildProjectName", stem);
    dd_msbuild_set(&r->m, "IntDir", "obj/");
    dd_msbuild_set(&r->m, "OutDir", "out/");
    dd_msbuild_set(&r->m, "DDK_LIB_PATH", "DDK_LIB_PATH/");
    for (size_t i = 0; r->options->props && i < r->options->props->count; i++) {
        char *name = dd_xstrdup(r->options->props->items[i]), *equal = strchr(name, '=');

        if (equal) {
            *equal = '\0';
            dd_msbuild_set(&r->m, name, equal + 1);
        }
        free(name);
    }
    free(slash);
    free(stem);
}

/* what the driver kit's own property files would have defined */
static void add_kit_defines(struct dd_vcx *r)
{
    static const struct {
        const char *target, *version;
    } targets[] = {{"Windows7", "0x0601"},
                   {"Windows8", "0x0602"},
                   {"WindowsV6.3", "0x0603"},
                   {"Windows10", "0x0A00"},
                   {"Universal", "0x0A00"}};
    const char *target = dd_msbuild_get(&r->m, "TargetVersion");
    const char *configuration = dd_msbuild_get(&r->m, "Configuration");

    for (size_t i = 0; target && i < sizeof(targets) / sizeof(targets[0]); i++) {
        if (strcasecmp(target, targets[i].target) == 0) {
            dd_strings_take(&r->project.defines, dd_xprintf("_WIN32_WINNT=%s", targets[i].version));
            dd_strings_take(&r->project.defines,
                            dd_xprintf("NTDDI_VERSION=%s0000", targets[i].version));
        }
    }
    dd_strings_take(&r->project.defines,
                    dd_xprintf("DBG=%d", !strcasestr(configuration, "release")));
}

static void give_project(struct dd_vcx *r)
{
    struct dd_found *f = r->m.found;

    f->projects = dd_xrealloc(f->projects, (f->count + 1) * sizeof(*f->projects));
    f->projects[f->count++] = r->project;
}

static bool has_placeholder(const char *text)
{
    const char *at = strchr(text, '@'), *end = at ? strchr(at + 1, '@') : NULL;

    return end && end > at + 1 && (size_t)(end - at) < 40 &&
           strspn(at + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == (size_t)(end - at - 1);
}

static bool known(const struct dd_found *found, const char *path)
{
    for (size_t i = 0; i < found->count; i++) {
        if (strcmp(found->projects[i].name, path) == 0) {
            return true;
        }
    }
    return false;
}

int dd_parse_vcxproj(const char *path, const char *text, size_t len,
                     const struct dd_read_options *options, struct dd_found *found, char **ret_why)
{
    struct dd_vcx r = {.m = {.found = found}, .options = options};
    char *folder = dd_path_dir(path);
    struct dd_xml *root;

    r.project.name = dd_xstrdup(path);
    r.project.folder = dd_path_absolute(folder);
    free(folder);
    root = dd_xml_parse(path, text, len, &r.why);
    if (root && strcasecmp(root->name, "Project") != 0) {
        r.why = dd_xprintf("%s:%u: not a project: its first element is <%s>", path, root->line,
                           root->name);
    } else if (root && has_placeholder(text)) {
        r.why = dd_xprintf("%s: a template: fill in what stands between @ and @ first", path);
    } else if (root) {
        preset(&r, path);
        choose_configuration(&r, root);
        for (enum phase p = PROPERTIES; p <= ITEMS && !r.why; p++) {
            walk(&r, root, p, path);
        }
        add_kit_defines(&r);
    }
    dd_xml_free(root);
    for (size_t i = 0; i < r.import_count; i++) {
        dd_xml_free(r.imports[i].root);
        free(r.imports[i].path);
    }
    dd_msbuild_done(&r.m);
    dd_msbuild_done(&r.meta);
    give_project(&r);
    for (size_t i = 0; i < r.references.count && !r.why; i++) {
        if (!known(found, r.references.items[i])) {
            dd_read_vcxproj(r.references.items[i], options, found, &r.why);
        }
    }
    dd_strings_done(&r.references);
    *ret_why = r.why;
    return r.why ? -1 : 0;
}

int dd_read_vcxproj(const char *path, const struct dd_read_options *options, struct dd_found *found,
                    char **ret_why)
{
    size_t len;
    char *text = dd_file_read(path, &len);
    int e;

    if (!text) {
        *ret_why = dd_xprintf("%s: %s", path, strerror(errno));
        return -1;
    }
    e = dd_parse_vcxproj(path, text, len, options, found, ret_why);
    free(text);
    return e;
}
