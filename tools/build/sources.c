/* SPDX-License-Identifier: MIT */
/* A `sources` file of the older driver kits (a makefile of assignments), and `dirs` files. */
#include "project.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_INCLUDES 20u
#define MAX_IFS      32u

struct reader {
    struct dd_msbuild vars;
    const struct dd_read_options *options;
    struct dd_found *found;
    char *folder;
    bool active[MAX_IFS], taken[MAX_IFS]; /* per open !if */
    unsigned ifs, includes;
    char *why;
};

static void read_text(struct reader *r, const char *path, const char *text);

static bool is_active(const struct reader *r)
{
    for (unsigned i = 0; i < r->ifs; i++) {
        if (!r->active[i]) {
            return false;
        }
    }
    return true;
}

/* one logical line: continuations joined, comment cut off; moves *at, counts lines */
static char *next_line(const char **at, unsigned *line)
{
    struct dd_text out = {0};
    bool more = true;

    if (!**at) {
        return NULL;
    }
    dd_text_add(&out, "", 0);
    while (more && **at) {
        size_t n = strcspn(*at, "\n"), keep = n, hash = strcspn(*at, "#\n");
        bool comment = hash < n && (hash == 0 || isspace((unsigned char)(*at)[hash - 1]));

        keep = comment ? hash : n;
        while (keep > 0 && isspace((unsigned char)(*at)[keep - 1])) {
            keep--;
        }
        more = keep > 0 && (*at)[keep - 1] == '\\';
        dd_text_add(&out, *at, keep - more);
        dd_text_puts(&out, more ? " " : "");
        *at += n + ((*at)[n] == '\n');
        ++*line;
    }
    return out.p;
}

static char *trim(char *s)
{
    size_t n;

    s += strspn(s, " \t\r");
    n = strlen(s);
    while (n > 0 && isspace((unsigned char)s[n - 1])) {
        s[--n] = '\0';
    }
    return s;
}

/* nmake's conditions are near enough to MSBuild's: "a"=="b", &&, ||, defined(X), numbers */
static bool condition(struct reader *r, const char *text)
{
    struct dd_text out = {0};
    bool result;

    dd_text_add(&out, "", 0);
    while (*text) {
        if (strncasecmp(text, "defined(", 8) == 0) {
            size_t n = strcspn(text + 8, ")");
            char *name = dd_xstrndup(text + 8, n);

            dd_text_puts(&out, dd_msbuild_get(&r->vars, name) ? "'1'=='1'" : "'1'=='0'");
            free(name);
            text += 8 + n + (text[8 + n] == ')');
        } else if (strncmp(text, "&&", 2) == 0 || strncmp(text, "||", 2) == 0) {
            dd_text_puts(&out, *text == '&' ? " and " : " or ");
            text += 2;
        } else {
            dd_text_add(&out, *text == '"' ? "'" : text, 1);
            text++;
        }
    }
    /* a bare number: true unless it is 0 */
    if (out.len > 0 && strspn(trim(out.p), "0123456789") == strlen(trim(out.p))) {
        result = strtol(trim(out.p), NULL, 10) != 0;
    } else {
        result = dd_msbuild_condition(&r->vars, out.p);
    }
    dd_text_done(&out);
    return result;
}

static void open_if(struct reader *r, bool value, const char *path, unsigned line)
{
    if (r->ifs >= MAX_IFS) {
        r->why = dd_xprintf("%s:%u: !if nested too deeply", path, line);
        return;
    }
    r->active[r->ifs] = r->taken[r->ifs] = value;
    r->ifs++;
}

static void include(struct reader *r, const char *name)
{
    char *expanded = dd_msbuild_expand(&r->vars, name, NULL);
    char *bare = expanded + strspn(expanded, "\"<");
    char *joined, *path, *text;

    bare[strcspn(bare, "\">")] = '\0';
    joined = dd_path_join(r->folder, bare);
    path = dd_path_find(joined);
    text = path && r->includes < MAX_INCLUDES ? dd_file_read(path, NULL) : NULL;
    if (text) {
        r->includes++;
        read_text(r, path, text);
        free(text);
    } else if (!strstr(name, "NTMAKEENV") && !strstr(name, "makefile.def")) {
        dd_strings_take(&r->found->notes,
                        dd_xprintf("%s: !include '%s' is not there; what it sets is missing",
                                   r->folder, name));
    }
    free(path);
    free(joined);
    free(expanded);
}

static void directive(struct reader *r, char *s, const char *path, unsigned line)
{
    bool outer = true;

    s = trim(s + 1);
    for (unsigned i = 0; i + 1 < r->ifs; i++) {
        outer &= r->active[i];
    }
    if (strncasecmp(s, "ifdef", 5) == 0 || strncasecmp(s, "ifndef", 6) == 0) {
        bool negative = (s[2] | 0x20) == 'n';
        const char *name = trim(s + 5 + negative);

        open_if(r, (dd_msbuild_get(&r->vars, name) != NULL) != negative, path, line);
    } else if (strncasecmp(s, "if", 2) == 0) {
        open_if(r, is_active(r) && condition(r, s + 2), path, line);
    } else if (strncasecmp(s, "else", 4) == 0 && r->ifs > 0) {
        char *rest = trim(s + 4);
        bool value = strncasecmp(rest, "if", 2) != 0 || (outer && condition(r, rest + 2));

        r->active[r->ifs - 1] = !r->taken[r->ifs - 1] && value;
        r->taken[r->ifs - 1] |= value;
    } else if (strncasecmp(s, "endif", 5) == 0 && r->ifs > 0) {
        r->ifs--;
    } else if (strncasecmp(s, "include", 7) == 0 && is_active(r)) {
        include(r, trim(s + 7));
    } else if (strncasecmp(s, "error", 5) == 0 && is_active(r)) {
        r->why = dd_xprintf("%s:%u: %s", path, line, s);
    } else if (strncasecmp(s, "else", 4) == 0 || strncasecmp(s, "endif", 5) == 0) {
        r->why = dd_xprintf("%s:%u: !%s without !if", path, line, s);
    }
}

static void read_text(struct reader *r, const char *path, const char *text)
{
    unsigned line = 0, first;
    char *whole, *s, *equal;

    while (!r->why && (first = line + 1, whole = next_line(&text, &line)) != NULL) {
        s = trim(whole);
        equal = strchr(s, '=');
        if (*s == '!') {
            directive(r, s, path, first);
        } else if (*s && equal && equal > s && is_active(r)) {
            char *value;

            *equal = '\0';
            value = dd_msbuild_expand(&r->vars, trim(equal + 1), NULL);
            dd_msbuild_set(&r->vars, trim(s), value);
            free(value);
        }
        free(whole);
    }
}

/* words of a list; quotes keep blanks, and \" is a quote of the value */
static void words(const char *list, const char *separators, struct dd_strings *out)
{
    while (*list) {
        struct dd_text word = {0};
        bool quoted = false;

        dd_text_add(&word, "", 0);
        while (*list && (quoted || !strchr(separators, *list))) {
            if (list[0] == '\\' && list[1] == '"') {
                dd_text_puts(&word, "\"");
                list += 2;
                continue;
            }
            if (*list == '"') {
                quoted = !quoted;
            } else {
                dd_text_add(&word, list, 1);
            }
            list++;
        }
        if (word.len > 0) {
            dd_strings_add(out, word.p);
        }
        dd_text_done(&word);
        list += *list != '\0';
    }
}

static void add_flags(struct dd_project *p, const char *list)
{
    struct dd_strings flags = {0};

    words(list, " \t\r\n", &flags);
    for (size_t i = 0; i < flags.count; i++) {
        const char *f = flags.items[i];

        if ((f[0] == '-' || f[0] == '/') && f[1] == 'D') {
            if (f[2] || i + 1 < flags.count) {
                dd_strings_add_new(&p->defines, f[2] ? f + 2 : flags.items[++i]);
            }
        } else if ((f[0] == '-' || f[0] == '/') && f[1] == 'F' && f[2] == 'I') {
            dd_strings_add_new(&p->forced, f + 3);
        }
    }
    dd_strings_done(&flags);
}

static void add_wpp(struct dd_project *p, const char *list)
{
    struct dd_strings flags = {0};

    words(list, " \t\r\n", &flags);
    for (size_t i = 0; i < flags.count; i++) {
        if (strncmp(flags.items[i], "-func:", 6) == 0) {
            dd_project_add_trace(p, flags.items[i] + 6);
        } else if (strncmp(flags.items[i], "-scan:", 6) == 0) {
            char *joined = dd_path_join(p->folder, flags.items[i] + 6),
                 *path = dd_path_find(joined);

            if (path) {
                dd_strings_add_new(&p->scan, path);
            }
            free(path);
            free(joined);
        }
    }
    dd_strings_done(&flags);
}

static const char *get(const struct reader *r, const char *name)
{
    const char *value = dd_msbuild_get(&r->vars, name);

    return value ? value : "";
}

static void make_project(struct reader *r, const char *path)
{
    struct dd_project *p = dd_found_add(r->found, path, r->folder);
    struct dd_strings list = {0};

    words(get(r, "SOURCES"), " \t\r\n", &list);
    words(get(r, "AMD64_SOURCES"), " \t\r\n", &list);
    for (size_t i = 0; i < list.count; i++) {
        dd_project_add_source(r->found, p, list.items[i]);
    }
    dd_strings_done(&list);
    words(get(r, "INCLUDES"), "; \t\r\n", &list);
    for (size_t i = 0; i < list.count; i++) {
        char *joined = dd_path_join(p->folder, list.items[i]), *found = dd_path_find(joined);

        if (found && dd_is_folder(found)) {
            dd_strings_add_new(&p->includes, found);
        }
        free(found);
        free(joined);
    }
    dd_strings_done(&list);
    add_flags(p, get(r, "C_DEFINES"));
    add_flags(p, get(r, "USER_C_FLAGS"));
    add_wpp(p, get(r, "RUN_WPP"));
    words(get(r, "TARGETLIBS"), " \t\r\n", &p->libraries);
}

/* a `dirs` file: DIRS= names folders, each with a `sources` or `dirs` file of its own */
static void read_dirs(struct reader *r)
{
    struct dd_strings names = {0};

    words(get(r, "DIRS"), " \t\r\n", &names);
    for (size_t i = 0; i < names.count && !r->why; i++) {
        char *folder = dd_path_join(r->folder, names.items[i]);
        char *sources = dd_xprintf("%s/sources", folder), *dirs = dd_xprintf("%s/dirs", folder);
        char *path = dd_path_find(sources);

        path = path ? path : dd_path_find(dirs);
        if (path && strlen(path) < 2000) {
            dd_read_sources(path, r->options, r->found, &r->why);
        }
        free(path);
        free(dirs);
        free(sources);
        free(folder);
    }
    dd_strings_done(&names);
}

static void preset(struct reader *r)
{
    static const char *const values[][2] = {{"_BUILDARCH", "AMD64"},
                                            {"TARGET_CPU", "AMD64"},
                                            {"AMD64", "1"},
                                            {"DDK_TARGET_OS", "Win7"},
                                            {"O", "obj"},
                                            {"OBJ_PATH", "obj"},
                                            {"DDK_INC_PATH", "."},
                                            {"DDK_LIB_PATH", "DDK_LIB"},
                                            {"SDK_LIB_PATH", "DDK_LIB"},
                                            {"DDKBUILDENV", "chk"},
                                            {"_NT_TARGET_VERSION", "0x601"}};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        dd_msbuild_set(&r->vars, values[i][0], values[i][1]);
    }
    for (size_t i = 0; r->options->props && i < r->options->props->count; i++) {
        char *name = dd_xstrdup(r->options->props->items[i]), *equal = strchr(name, '=');

        if (equal) {
            *equal = '\0';
            dd_msbuild_set(&r->vars, name, equal + 1);
        }
        free(name);
    }
}

int dd_parse_sources(const char *path, const char *text, size_t len,
                     const struct dd_read_options *options, struct dd_found *found, char **ret_why)
{
    struct reader r = {.vars = {.found = found}, .options = options, .found = found};
    char *folder = dd_path_dir(path);

    if (memchr(text, '\0', len)) {
        *ret_why = dd_xprintf("%s: not a text file", path);
        free(folder);
        return -1;
    }
    r.folder = dd_path_absolute(folder);
    free(folder);
    r.vars.this_folder = dd_xprintf("%s/", r.folder);
    preset(&r);
    read_text(&r, path, text);
    if (!r.why && get(&r, "DIRS")[0]) {
        read_dirs(&r);
    } else if (!r.why) {
        make_project(&r, path);
    }
    dd_msbuild_done(&r.vars);
    free(r.folder);
    *ret_why = r.why;
    return r.why ? -1 : 0;
}

int dd_read_sources(const char *path, const struct dd_read_options *options, struct dd_found *found,
                    char **ret_why)
{
    static unsigned depth;
    size_t len;
    char *text = dd_file_read(path, &len);
    int e;

    if (!text) {
        *ret_why = dd_xprintf("%s: %s", path, strerror(errno));
        return -1;
    }
    if (++depth > 16) {
        *ret_why = dd_xprintf("%s: dirs files nested too deeply", path);
        e = -1;
    } else {
        e = dd_parse_sources(path, text, len, options, found, ret_why);
    }
    depth--;
    free(text);
    return e;
}
