/* SPDX-License-Identifier: MIT */
/* build: a driver's sources, as they are, into a shared object that `drydock run` takes. */
#include "build.h"

#include "overlay.h"

#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    OPT_SANITIZE = 256,
    OPT_COVERAGE,
    OPT_STD,
    OPT_OPTIMIZE,
    OPT_KEEP,
    OPT_PROP,
    OPT_PROVIDE,
    OPT_WPP,
    OPT_CONFIGURATION,
    OPT_PLATFORM,
    OPT_PRINT_FLAGS,
    OPT_PRINT_PKG_CONFIG,
    OPT_WARNINGS
};

static const struct argp_option options[] = {
    {"output", 'o', "DRIVER.so", 0, "the driver to make (required)", 0},
    {"define", 'D', "NAME[=VALUE]", 0, "as the compiler's -D", 0},
    {"include", 'I', "DIR", 0, "as the compiler's -I", 0},
    {"ndis", 'n', "6.30", 0,
     "NDIS level: 6.0, 6.1, 6.20 ... 6.87 (default: the project's, else 6.30)", 0},
    {"sanitize", OPT_SANITIZE, "address,undefined", 0,
     "check memory and undefined behaviour while the driver runs", 0},
    {"coverage", OPT_COVERAGE, NULL, 0, "count lines; the counts go to DRIVER.so.cov/", 0},
    {"std", OPT_STD, "c11|c++17", 0, "language of the C, or of the C++ sources", 0},
    {"optimize", OPT_OPTIMIZE, "1", 0,
     "0 to 3; above 0 the compiler may merge plain register stores (default 0)", 0},
    {"keep", OPT_KEEP, NULL, 0, "keep what is made on the way, in DRIVER.so.build/", 0},
    {"prop", OPT_PROP, "NAME=VALUE", 0, "a property of the project file", 0},
    {"configuration", OPT_CONFIGURATION, "Release", 0, "of a .vcxproj (default Debug)", 0},
    {"platform", OPT_PLATFORM, "x64", 0, "of a .vcxproj (default x64)", 0},
    {"provide", OPT_PROVIDE, "NAME=FILE", 0, "a header that a build step on Windows makes", 0},
    {"wpp", OPT_WPP, "none|text", 0,
     "WPP trace functions: do nothing (default), or print as DbgPrint does", 0},
    {"warnings", OPT_WARNINGS, NULL, 0, "more of the compiler's warnings", 0},
    {"print-flags", OPT_PRINT_FLAGS, NULL, 0,
     "print the compiler flags, for another build system. There `long` has 64 bits", 0},
    {"print-pkg-config", OPT_PRINT_PKG_CONFIG, NULL, 0, "the same as a file for pkg-config", 0},
    {0}};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct dd_build *b = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        usage_begin(state);
        return 0;
    case 'o':
        b->output = arg;
        return 0;
    case 'n':
        b->ndis = arg;
        return 0;
    case 'D':
        dd_strings_add(&b->defines, arg);
        return 0;
    case 'I':
        dd_strings_take(&b->includes, dd_path_absolute(arg));
        return 0;
    case OPT_SANITIZE:
        b->sanitize = arg;
        return 0;
    case OPT_COVERAGE:
        b->coverage = true;
        return 0;
    case OPT_STD:
        b->std = arg;
        return 0;
    case OPT_OPTIMIZE:
        b->optimize = arg;
        return 0;
    case OPT_KEEP:
        b->keep = true;
        return 0;
    case OPT_PROP:
        dd_strings_add(&b->props, arg);
        return 0;
    case OPT_PROVIDE:
        dd_strings_add(&b->provides, arg);
        return 0;
    case OPT_CONFIGURATION:
        b->configuration = arg;
        return 0;
    case OPT_PLATFORM:
        b->platform = arg;
        return 0;
    case OPT_PRINT_FLAGS:
        b->print_flags = true;
        return 0;
    case OPT_PRINT_PKG_CONFIG:
        b->print_flags = b->pkg_config = true;
        return 0;
    case OPT_WPP:
        b->wpp = arg;
        return 0;
    case OPT_WARNINGS:
        b->warnings = true;
        return 0;
    case ARGP_KEY_ARG:
        dd_strings_add(&b->inputs, arg);
        return 0;
    case ARGP_KEY_END:
        if (!b->print_flags && (b->inputs.count == 0 || !b->output)) {
            usage_error(state, "%s; as in: drydock build my.c -o my.so",
                        b->inputs.count ? "no -o DRIVER.so" : "no source file or folder");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    options,
    parse_option,
    "DIR|FILE.c...|FILE.vcxproj|sources",
    "Compiles a Windows driver's sources, as they are, with clang.\v"
    "example:\n"
    "  drydock build my_nic/ -o my_nic.so && drydock run my_nic.so\n"
    "  drydock build my_nic.vcxproj stubs.c -o my_nic.so --sanitize address,undefined\n\n"
    "exit status: 0 built, 2 not built",
    NULL,
    NULL,
    NULL};

static bool one_of(const char *value, const char *list)
{
    size_t n = strlen(value);

    for (const char *p = list; *p; p += strcspn(p, " ") + (p[strcspn(p, " ")] == ' ')) {
        if (strncmp(p, value, n) == 0 && (p[n] == ' ' || p[n] == '\0')) {
            return true;
        }
    }
    return false;
}

static int check_options(const struct dd_build *b)
{
    char *define = dd_ndis_define(b->ndis ? b->ndis : "6.30");

    if (!define) {
        return fail("--ndis %s: unknown level; write 6.0, 6.1, 6.20, 6.30 ... 6.87", b->ndis);
    }
    free(define);
    if (b->sanitize &&
        !one_of(b->sanitize, "address undefined address,undefined undefined,address")) {
        return fail("--sanitize %s: write address, undefined or address,undefined", b->sanitize);
    }
    if (b->optimize && !one_of(b->optimize, "0 1 2 3 s g")) {
        return fail("--optimize %s: write 0, 1, 2, 3, s or g", b->optimize);
    }
    if (b->wpp && !one_of(b->wpp, "none text")) {
        return fail("--wpp %s: write none or text", b->wpp);
    }
    if (b->std && !one_of(b->std, "c89 c99 c11 c17 gnu89 gnu99 gnu11 gnu17 c++11 c++14 c++17 "
                                  "c++20 gnu++14 gnu++17 gnu++20")) {
        return fail("--std %s: write c11, c17, c++14, c++17 or c++20", b->std);
    }
    for (size_t i = 0; i < b->provides.count; i++) {
        const char *equal = strchr(b->provides.items[i], '=');

        if (!equal || access(equal + 1, R_OK) < 0) {
            return fail("--provide %s: write NAME=FILE, with a file that is there",
                        b->provides.items[i]);
        }
    }
    return 0;
}

/* before the compiler says it in ten lines */
static int check_output(const char *output)
{
    char *temp = dd_xprintf("%s.part", output);
    int fd = open(temp, O_WRONLY | O_CREAT | O_CLOEXEC, 0666), e = 0;

    if (fd < 0 || dd_is_folder(output)) {
        e = fail("%s: cannot be written: %s", output, fd < 0 ? strerror(errno) : "a folder");
    }
    if (fd >= 0) {
        close(fd);
        unlink(temp);
    }
    free(temp);
    return e;
}

/* clang, or another one that $CC names: no other compiler knows Microsoft's words */
static const char *choose_compiler(void)
{
    const char *own = getenv("DRYDOCK_CC"), *cc = getenv("CC");

    return own && own[0] ? own : cc && strstr(dd_path_name(cc), "clang") ? cc : "clang";
}

static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig)
{
    interrupted = sig;
}

static char *make_work(const struct dd_build *b)
{
    const char *tmp = getenv("TMPDIR");
    char *path;

    if (b->keep || b->coverage) {
        path = dd_xprintf("%s.%s", b->output, b->coverage ? "cov" : "build");
        if (mkdir(path, 0777) == 0 || errno == EEXIST) {
            char *absolute = dd_path_absolute(path);

            free(path);
            return absolute;
        }
    } else {
        path = dd_xprintf("%s/drydock-build-XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
        if (mkdtemp(path)) {
            return path;
        }
    }
    fail("%s: %s", path, strerror(errno));
    free(path);
    return NULL;
}

static void remove_work(const struct dd_build *b)
{
    DIR *d = b->keep || b->coverage ? NULL : opendir(b->work);
    struct dirent *e;

    while (d && (e = readdir(d)) != NULL) {
        char *path = dd_path_join(b->work, e->d_name);

        unlink(path);
        free(path);
    }
    if (d) {
        closedir(d);
        rmdir(b->work);
    }
}

/* the folders whose files the compiler shall find in any case */
static int make_overlay(struct dd_build *b)
{
    struct dd_strings roots = {0}, shallow = {0};
    char *tmh = dd_wpp_text(&b->found, b->wpp && strcmp(b->wpp, "text") == 0), *why = NULL,
         *path = NULL;
    int e;

    for (size_t i = 0; i < b->found.count; i++) {
        const struct dd_project *p = &b->found.projects[i];
        bool named = strcmp(p->name, "the files named") == 0;

        dd_strings_add_new(named ? &shallow : &roots, p->folder);
        for (size_t k = 0; k < p->sources.count; k++) {
            char *folder = dd_path_dir(p->sources.items[k]);

            dd_strings_add_new(named ? &shallow : &roots, folder);
            free(folder);
        }
        for (size_t k = 0; k < p->includes.count; k++) {
            dd_strings_add_new(&roots, p->includes.items[k]);
        }
    }
    for (size_t k = 0; k < b->includes.count; k++) {
        dd_strings_add_new(&roots, b->includes.items[k]);
    }
    dd_strings_add_new(&roots, b->headers);
    e = dd_overlay_write(&roots, &shallow, &b->provides, tmh, b->work, &path, &why);
    if (e < 0) {
        fail("%s", why);
        free(why);
    }
    b->overlay = path;
    free(tmh);
    dd_strings_done(&roots);
    dd_strings_done(&shallow);
    return e < 0 ? 2 : 0;
}

static struct dd_unit *make_units(const struct dd_build *b, size_t *ret_count)
{
    struct dd_unit *units = NULL;
    size_t count = 0;

    for (size_t i = 0; i < b->found.count; i++) {
        const struct dd_project *p = &b->found.projects[i];

        for (size_t k = 0; k < p->sources.count; k++, count++) {
            const char *name = dd_path_name(p->sources.items[k]);

            units = dd_xrealloc(units, (count + 1) * sizeof(*units));
            units[count] =
                (struct dd_unit){.project = p,
                                 .source = p->sources.items[k],
                                 .object = dd_xprintf("%s/%zu-%s.o", b->work, count, name),
                                 .says = dd_xprintf("%s/%zu.says", b->work, count),
                                 .cplusplus = dd_is_cplusplus(name)};
        }
    }
    *ret_count = count;
    return units;
}

static int build(struct dd_build *b)
{
    struct dd_unit *units;
    size_t count, failed;
    int e = make_overlay(b);

    if (e != 0) {
        return e;
    }
    units = make_units(b, &count);
    failed = dd_jobs_run(b, units, count);
    if (interrupted) {
        e = fail("interrupted");
    } else if (failed > 0) {
        e = count == 1 ? 2 : fail("%zu of %zu files do not compile", failed, count);
    } else {
        e = dd_link(b, units, count);
    }
    for (size_t i = 0; i < count; i++) {
        free(units[i].object);
        free(units[i].says);
    }
    free(units);
    return e;
}

static void tell_notes(const struct dd_found *found)
{
    for (size_t i = 0; i < found->notes.count; i++) {
        fprintf(stderr, "note: %s\n", dd_short_path(found->notes.items[i]));
    }
}

int cmd_build(int argc, char **argv)
{
    static struct dd_build b;
    struct dd_read_options read = {0};
    static const char *exempt[3];
    const char *headers;
    char *why = NULL;
    int e;

    parse_args(&argp, argc, argv, &b);
    headers = header_dir();
    e = headers ? check_options(&b)
                : fail("the Windows headers (ndis.h) are not beside this program; set "
                       "DRYDOCK_INCLUDE to their folder");
    if (e != 0) {
        return e;
    }
    b.headers = dd_path_absolute(headers);
    b.compiler = choose_compiler();
    exempt[0] = dd_xprintf("%s/", b.headers);
    b.exempt = exempt;
    if (b.print_flags) {
        dd_flags_print(&b);
        return 0;
    }
    read = (struct dd_read_options){b.configuration, b.platform, &b.props};
    if (dd_discover(&b.inputs, &read, &b.found, &why) < 0) {
        e = fail("%s", dd_short_path(why));
        free(why);
        return e;
    }
    e = check_output(b.output);
    if (e != 0 || !(b.work = make_work(&b))) {
        return 2;
    }
    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);
    tell_notes(&b.found);
    e = build(&b);
    remove_work(&b);
    dd_found_done(&b.found);
    return e;
}
