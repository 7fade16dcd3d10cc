/* SPDX-License-Identifier: MIT */
#include "build.h"

#include "unresolved.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Windows runs no constructor of a driver, so what one would set up stays zero there */
static int check_constructors(const struct dd_unit *units, size_t count)
{
    int e = 0;

    for (size_t i = 0; i < count; i++) {
        char *name = units[i].cplusplus ? dd_static_constructor(units[i].object) : NULL;

        if (name) {
            e = fail("%s: a global object needs a constructor, which Windows never runs in a "
                     "driver; set it up in DriverEntry, or make it constexpr",
                     dd_short_path(units[i].source));
        }
        free(name);
    }
    return e;
}

static void tell_linker(const char *text)
{
    while (text && *text) {
        size_t n = strcspn(text, "\n");

        if (!strstr(text, "warning:") || strstr(text, "warning:") > text + n) {
            fprintf(stderr, "%.*s\n", (int)n, text);
        }
        text += n + (text[n] == '\n');
    }
}

/* how the driver was made, for the report of a run: a section that nothing loads */
static char *write_note(const struct dd_build *b)
{
    char *path = dd_xprintf("%s/note.s", b->work);
    char *text =
        dd_xprintf(".section .drydock.build,\"\",@progbits\n.asciz \"--optimize %s%s%s%s\"\n"
                   ".section .note.GNU-stack,\"\",@progbits\n",
                   b->optimize ? b->optimize : "0", b->sanitize ? " --sanitize " : "",
                   b->sanitize ? b->sanitize : "", b->coverage ? " --coverage" : "");

    if (dd_file_write(path, text, strlen(text)) < 0) {
        free(path);
        path = NULL;
    }
    free(text);
    return path;
}

static int run_linker(const struct dd_build *b, const struct dd_unit *units, size_t count,
                      const char *temp)
{
    struct dd_strings argv = {0};
    struct dd_text err = {0};
    char *note = write_note(b);
    int status;

    dd_flags_link(b, &argv);
    if (note) {
        dd_strings_take(&argv, note);
    }
    for (size_t i = 0; i < count; i++) {
        dd_strings_add(&argv, units[i].object);
    }
    dd_strings_add(&argv, "-o");
    dd_strings_add(&argv, temp);
    status = dd_process_run(&argv, NULL, 0, NULL, &err);
    dd_strings_done(&argv);
    if (status < 0) {
        fail("%s: %s", b->compiler, strerror(-status));
    } else if (status != 0) {
        tell_linker(err.p);
        fail("the driver could not be linked");
    }
    dd_text_done(&err);
    return status == 0 ? 0 : 2;
}

/* is a library one that Windows itself has, whose names the runtime provides? */
static bool known_library(const char *name)
{
    static const char *const known[] = {"ndis.lib",       "ntoskrnl.lib",
                                        "hal.lib",        "wdmsec.lib",
                                        "wmilib.lib",     "ntstrsafe.lib",
                                        "bufferoverflow", "libcntpr.lib",
                                        "uuid.lib",       "netio.lib",
                                        "wdm.lib",        "%(AdditionalDependencies)",
                                        "libcmt",         "rtlver.lib"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcasestr(name, known[i])) {
            return true;
        }
    }
    return !dd_has_suffix(name, ".lib");
}

static void tell_libraries(const struct dd_build *b, size_t missing)
{
    for (size_t i = 0; i < b->found.count; i++) {
        const struct dd_strings *l = &b->found.projects[i].libraries;

        for (size_t k = 0; k < l->count; k++) {
            if (!known_library(l->items[k])) {
                printf("library     %s is binary only; what it defines is among the %zu names "
                       "above: give a .c file with it\n",
                       l->items[k], missing);
            }
        }
    }
}

static void tell_unresolved(const struct dd_build *b, const struct dd_unit *units, size_t count,
                            const char *so)
{
    const char *given = getenv("DRYDOCK_RUNNER"), *dir = program_dir();
    char *runner = given ? dd_xstrdup(given) : dd_xprintf("%s/drydock-runner", dir ? dir : ".");
    struct dd_strings names = {0};

    dd_unresolved_names(so, runner, &names);
    for (size_t i = 0; i < names.count; i++) {
        char *use = NULL;

        for (size_t k = 0; k < count && !use; k++) {
            use = dd_first_use(units[k].object, names.items[i]);
        }
        printf("unresolved  %-40s first used at %s\n", names.items[i],
               use ? dd_short_path(use) : "?");
        free(use);
    }
    if (names.count > 0) {
        printf("%zu names are not there; a call of one ends the run with a line that names it\n",
               names.count);
        tell_libraries(b, names.count);
    }
    dd_strings_done(&names);
    free(runner);
}

int dd_link(const struct dd_build *b, const struct dd_unit *units, size_t count)
{
    char *temp = dd_xprintf("%s.part", b->output);
    int e = check_constructors(units, count);

    if (e == 0) {
        e = run_linker(b, units, count, temp);
    }
    if (e == 0) {
        tell_unresolved(b, units, count, temp);
        if (rename(temp, b->output) < 0) {
            e = fail("%s: %s", b->output, strerror(errno));
        }
    }
    if (e != 0) {
        unlink(temp);
    }
    free(temp);
    return e;
}
