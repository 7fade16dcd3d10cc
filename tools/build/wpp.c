/* SPDX-License-Identifier: MIT */
/*
 * WPP makes a header for each source, X.tmh, that defines the project's trace functions. Here they
 * all do nothing and look at no argument: the names of flags and levels need not exist.
 */
#include "overlay.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char head[] = "#ifndef DRYDOCK_WPP\n"
                           "#define DRYDOCK_WPP 1\n"
                           "#define WPP_INIT_TRACING(...) ((void)0)\n"
                           "#define WPP_CLEANUP(...) ((void)0)\n"
                           "#define WPP_SYSTEMCONTROL(...) ((void)0)\n"
                           "#define WPP_LEVEL_ENABLED(...) 0\n"
                           "#define WPP_FLAG_ENABLED(...) 0\n"
                           "#define WPP_FLAG_LEVEL_ENABLED(...) 0\n"
                           "#define WPP_LEVEL_FLAGS_ENABLED(...) 0\n"
                           "#define WPP_ENABLED(...) 0\n"
                           "#define WPP_RECORDER_INIT_TRACING(...) ((void)0)\n"
                           "#define WppRecorderLogCreate(...) ((NTSTATUS)0)\n"
                           "#define WppRecorderLogDelete(...) ((void)0)\n"
                           "#define WppRecorderLogGetDefault(...) NULL\n"
                           "#define WppRecorderIsDefaultLogAvailable(...) 0\n"
                           "#define WppInitializeKernel(...) ((void)0)\n"
                           "#define WppCleanupKm(...) ((void)0)\n"
                           "typedef void *RECORDER_LOG, *PRECORDER_LOG;\n";

static bool is_name(const char *s)
{
    for (size_t i = 0; s[i]; i++) {
        if (!isalpha((unsigned char)s[i]) && s[i] != '_' &&
            !(i > 0 && isdigit((unsigned char)s[i]))) {
            return false;
        }
    }
    return s[0] != '\0';
}

void dd_wpp_scan(const char *text, struct dd_strings *names)
{
    const char *at = strstr(text, "begin_wpp config"), *end, *p;

    while (at) {
        end = strstr(at, "end_wpp");
        for (p = at; (p = strstr(p, "FUNC ")) != NULL && (!end || p < end); p += 5) {
            const char *from = p + 5 + strspn(p + 5, " \t");
            char *name = dd_xstrndup(from, strcspn(from, "({ \t\r\n;"));

            if (is_name(name) &&
                (p == text || isspace((unsigned char)p[-1]) || p[-1] == '/' || p[-1] == '*')) {
                dd_strings_add_new(names, name);
            }
            free(name);
        }
        at = end ? strstr(end, "begin_wpp config") : NULL;
    }
}

static void scan_file(const char *path, struct dd_strings *names)
{
    char *text = dd_file_read(path, NULL);

    if (text) {
        dd_wpp_scan(text, names);
    }
    free(text);
}

char *dd_wpp_text(const struct dd_found *found)
{
    struct dd_strings names = {0};
    struct dd_text out = {0};

    dd_strings_add(&names, "DoTraceMessage");
    dd_strings_add(&names, "DoDebugTrace");
    for (size_t i = 0; i < found->count; i++) {
        const struct dd_project *p = &found->projects[i];

        for (size_t k = 0; k < p->trace.count; k++) {
            if (is_name(p->trace.items[k])) {
                dd_strings_add_new(&names, p->trace.items[k]);
            }
        }
        for (size_t k = 0; k < p->scan.count; k++) {
            scan_file(p->scan.items[k], &names);
        }
        for (size_t k = 0; k < p->sources.count; k++) {
            scan_file(p->sources.items[k], &names);
        }
    }
    dd_text_puts(&out, head);
    for (size_t i = 0; i < names.count; i++) {
        dd_text_printf(&out, "#undef %s\n#define %s(...) ((void)0)\n", names.items[i],
                       names.items[i]);
    }
    dd_text_puts(&out, "#endif\n");
    dd_strings_done(&names);
    return out.p;
}
