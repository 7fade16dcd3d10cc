/* SPDX-License-Identifier: MIT */
/* The compiler's options, in groups: what Windows' compiler is like, what the user asked for. */
#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* the language; for preprocessing and compiling alike */
static const char *const dialect[] = {"-fms-extensions", "-fms-compatibility", "-fshort-wchar",
                                      "-mms-bitfields",  "-mlong-double-64",   "-nostdinc"};

/* what Windows' compiler defines, and what this one must not */
static const char *const macros[] = {"-D_MSC_VER=1929",
                                     "-D_MSC_FULL_VER=192930133",
                                     "-D_M_X64=100",
                                     "-D_M_AMD64=100",
                                     "-D_AMD64_=1",
                                     "-DAMD64=1",
                                     "-D_WIN64=1",
                                     "-D_WIN32=1",
                                     "-D_MSC_EXTENSIONS=1",
                                     "-D_KERNEL_MODE=1",
                                     "-D_INTEGRAL_MAX_BITS=64",
                                     "-DDRYDOCK_DRIVER=1",
                                     "-DDRYDOCK_ONE_INT64=1",
                                     "-DDRYDOCK_SEH=1",
                                     "-U__linux__",
                                     "-U__linux",
                                     "-Ulinux",
                                     "-U__unix__",
                                     "-U__unix",
                                     "-Uunix",
                                     "-U__gnu_linux__",
                                     "-U__ELF__",
                                     "-U__LP64__",
                                     "-U_LP64",
                                     "-U__LONG_MAX__",
                                     "-D__LONG_MAX__=2147483647L",
                                     "-U__SIZEOF_LONG__",
                                     "-D__SIZEOF_LONG__=4"};

static const char *const code[] = {"-fno-strict-aliasing",
                                   "-fwrapv",
                                   "-fno-delete-null-pointer-checks",
                                   "-fPIC",
                                   "-g",
                                   "-gdwarf-aranges",
                                   "-fno-omit-frame-pointer",
                                   "-fno-optimize-sibling-calls",
                                   "-fvisibility=hidden",
                                   "-fno-common"};

static const char *const cplusplus_code[] = {"-fno-exceptions",
                                             "-fno-rtti",
                                             "-fdelayed-template-parsing",
                                             "-fno-access-control",
                                             "-fno-threadsafe-statics",
                                             "-fno-use-cxa-atexit",
                                             "-fno-sized-deallocation"};

/* Windows' compiler says less, or says it of its own data model */
static const char *const quiet[] = {"-fno-caret-diagnostics",
                                    "-fno-color-diagnostics",
                                    "-ferror-limit=30",
                                    "-Wno-everything",
                                    "-Wimplicit-function-declaration",
                                    "-Wno-error=implicit-function-declaration",
                                    "-Wreturn-type",
                                    "-Wno-error=return-type"};
static const char *const loud[] = {"-Wuninitialized",  "-Wsometimes-uninitialized",
                                   "-Warray-bounds",   "-Wdivision-by-zero",
                                   "-Wparentheses",    "-Wincompatible-pointer-types",
                                   "-Wself-assign",    "-Wunused-value",
                                   "-Wint-conversion", "-Wswitch"};

static void add_all(struct dd_strings *out, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        dd_strings_add(out, list[i]);
    }
}

static void add_standard(const struct dd_build *b, bool cplusplus, struct dd_strings *out)
{
    bool given = b->std && (strncmp(b->std, "c++", 3) == 0 || strncmp(b->std, "gnu++", 5) == 0);

    if (cplusplus) {
        dd_strings_take(out, dd_xprintf("-std=%s", given ? b->std : "c++17"));
    } else {
        dd_strings_take(out, dd_xprintf("-std=%s", b->std && !given ? b->std : "gnu11"));
    }
    /* what a C99 compiler demands of `inline` no Windows driver does */
    if (!cplusplus) {
        dd_strings_add(out, "-fgnu89-inline");
    }
}

char *dd_ndis_define(const char *level)
{
    static const char *const known[] = {"6.0",  "6.1",  "6.20", "6.30", "6.40", "6.50",
                                        "6.51", "6.60", "6.70", "6.80", "6.81", "6.82",
                                        "6.83", "6.84", "6.85", "6.86", "6.87"};

    for (size_t i = 0; i < COUNT(known); i++) {
        if (strcmp(known[i], level) == 0) {
            return dd_xprintf("NDIS6%s_MINIPORT=1", level + 2);
        }
    }
    return NULL;
}

/* does a list define an NDIS level? */
static bool has_level(const struct dd_strings *defines)
{
    for (size_t i = 0; i < defines->count; i++) {
        const char *d = defines->items[i], *rest;

        if (strncmp(d, "NDIS6", 5) == 0) {
            rest = d + 5 + strspn(d + 5, "0123456789");
            if (strncmp(rest, "_MINIPORT", 9) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void add_defines(const struct dd_build *b, const struct dd_project *p,
                        struct dd_strings *out)
{
    add_all(out, macros, COUNT(macros));
    for (size_t i = 0; p && i < p->defines.count; i++) {
        /* the command line's level takes the place of the project's */
        const struct dd_strings one = {.items = &p->defines.items[i], .count = 1};

        if (!(b->ndis && has_level(&one))) {
            dd_strings_take(out, dd_xprintf("-D%s", p->defines.items[i]));
        }
    }
    for (size_t i = 0; i < b->defines.count; i++) {
        dd_strings_take(out, dd_xprintf("-D%s", b->defines.items[i]));
    }
    if (b->ndis || (!has_level(&b->defines) && !(p && has_level(&p->defines)))) {
        char *define = dd_ndis_define(b->ndis ? b->ndis : "6.30");

        dd_strings_take(out, dd_xprintf("-D%s", define));
        free(define);
    }
}

static void add_includes(const struct dd_build *b, const struct dd_project *p,
                         struct dd_strings *out)
{
    for (size_t i = 0; i < b->includes.count; i++) {
        dd_strings_take(out, dd_xprintf("-I%s", b->includes.items[i]));
    }
    for (size_t i = 0; p && i < p->includes.count; i++) {
        dd_strings_take(out, dd_xprintf("-I%s", p->includes.items[i]));
    }
    if (p) {
        dd_strings_take(out, dd_xprintf("-I%s", p->folder)); /* as Visual Studio resolves them */
    }
    dd_strings_add(out, "-isystem");
    dd_strings_add(out, b->headers);
    dd_strings_add(out, "-isystem");
    dd_strings_take(out, dd_xprintf("%s/crt", b->headers));
    for (size_t i = 0; p && i < p->forced.count; i++) {
        dd_strings_add(out, "-include");
        dd_strings_add(out, p->forced.items[i]);
    }
}

void dd_flags_preprocess(const struct dd_build *b, const struct dd_unit *u, struct dd_strings *out)
{
    dd_strings_add(out, b->compiler);
    dd_strings_add(out, "-E");
    dd_strings_add(out, "-x");
    dd_strings_add(out, u->cplusplus ? "c++" : "c");
    add_standard(b, u->cplusplus, out);
    add_all(out, dialect, COUNT(dialect));
    add_all(out, quiet, 4);
    if (b->overlay) {
        dd_strings_add(out, "-ivfsoverlay");
        dd_strings_add(out, b->overlay);
    }
    if (u->cplusplus) {
        dd_strings_add(out, "-D_NATIVE_WCHAR_T_DEFINED=1");
        dd_strings_add(out, "-fno-exceptions");
        dd_strings_add(out, "-fno-rtti");
    }
    add_defines(b, u->project, out);
    add_includes(b, u->project, out);
    dd_strings_add(out, u->source);
}

static void add_sanitizers(const struct dd_build *b, struct dd_strings *out)
{
    if (!b->sanitize) {
        return;
    }
    dd_strings_take(out, dd_xprintf("-fsanitize=%s", b->sanitize));
    if (strstr(b->sanitize, "undefined")) {
        /* Windows x64 takes every alignment; the others need type information drivers lack */
        dd_strings_add(out, "-fno-sanitize=alignment,vptr,function");
        dd_strings_add(out, "-fno-sanitize-recover=undefined");
    }
}

void dd_flags_compile(const struct dd_build *b, const struct dd_unit *u, bool syntax_only,
                      struct dd_strings *out)
{
    dd_strings_add(out, b->compiler);
    dd_strings_add(out, "-x");
    dd_strings_add(out, u->cplusplus ? "c++-cpp-output" : "cpp-output");
    add_standard(b, u->cplusplus, out);
    add_all(out, dialect, COUNT(dialect));
    add_all(out, code, COUNT(code));
    if (u->cplusplus) {
        add_all(out, cplusplus_code, COUNT(cplusplus_code));
    }
    add_all(out, quiet, COUNT(quiet));
    if (b->warnings && !syntax_only) {
        add_all(out, loud, COUNT(loud));
    }
    if (syntax_only) {
        dd_strings_add(out, "-fsyntax-only");
        dd_strings_add(out, "-fdiagnostics-print-source-range-info");
        dd_strings_add(out, "-ferror-limit=0");
        dd_strings_add(out, "-");
        return;
    }
    dd_strings_take(out, dd_xprintf("-O%s", b->optimize ? b->optimize : "0"));
    add_sanitizers(b, out);
    if (b->coverage) {
        dd_strings_add(out, "--coverage");
    }
    dd_strings_add(out, "-c");
    dd_strings_add(out, "-");
    dd_strings_add(out, "-o");
    dd_strings_add(out, u->object);
}

void dd_flags_link(const struct dd_build *b, struct dd_strings *out)
{
    dd_strings_add(out, b->compiler);
    dd_strings_add(out, "-shared");
    dd_strings_add(out, "-Wl,-Bsymbolic");
    dd_strings_add(out, "-Wl,-z,muldefs");
    dd_strings_add(out, "-Wl,--no-warn-mismatch");
    add_sanitizers(b, out);
    if (b->coverage) {
        dd_strings_add(out, "--coverage");
    }
}

static void print_list(const struct dd_strings *list)
{
    for (size_t i = 0; i < list->count; i++) {
        printf("%s%s", i ? " " : "", list->items[i]);
    }
    printf("\n");
}

/* pkg-config may be told another folder: --define-variable=includedir=DIR */
static void print_pkg_config(const struct dd_build *b, struct dd_strings *out)
{
    add_all(out, macros, COUNT(macros));
    dd_strings_add(out, "-isystem ${includedir} -isystem ${includedir}/crt");
    printf("includedir=%s\n\nName: drydock-driver\n"
           "Description: compiling a Windows NDIS 6 miniport for Drydock, with clang\n"
           "Version: 0.1.0\nLibs: -shared -Wl,-Bsymbolic -Wl,-z,muldefs\nCflags: ",
           b->headers);
    print_list(out);
}

void dd_flags_print(const struct dd_build *b)
{
    struct dd_strings out = {0};

    add_all(&out, dialect, COUNT(dialect));
    add_all(&out, code, COUNT(code));
    if (b->pkg_config) {
        print_pkg_config(b, &out);
    } else {
        add_defines(b, NULL, &out);
        add_includes(b, NULL, &out);
        print_list(&out);
    }
    dd_strings_done(&out);
}
