/* SPDX-License-Identifier: MIT */
/*
 * WPP makes a header for each source, X.tmh, that defines the project's trace functions. Here they
 * do nothing and look at no argument: the names of flags and levels need not exist. Or, with --wpp
 * text, they print what comes from the text on; what is before it (flags, levels) is not looked at.
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

/* %!FUNC! is the function, %!STATUS! and its like are numbers, %!GUID! and its like pointers */
static const char print_head[] =
    "#include <ntddk.h>\n"
    "static __inline void DrydockWpp(const char *function, const char *format, ...)\n"
    "{\n"
    "    char text[480];\n"
    "    unsigned n = 0, k;\n"
    "    va_list args;\n"
    "    for (; *format && n < sizeof(text) - 24; format++) {\n"
    "        const char *put;\n"
    "        if (format[0] != '%' || format[1] != '!') {\n"
    "            text[n++] = *format;\n"
    "            if (format[0] == '%' && format[1] == '%') {\n"
    "                text[n++] = *++format;\n"
    "            }\n"
    "            continue;\n"
    "        }\n"
    "        format += 2;\n"
    "        if (format[0] == 'F' && format[1] == 'U' && format[2] == 'N') {\n"
    "            put = function;\n"
    "        } else if (format[0] == 'F' || (format[0] == 'L' && format[1] != 'O') ||\n"
    "                   format[0] == 'C') {\n"
    "            put = \"\"; /* FILE, FLAGS, LEVEL, LINE, COMPNAME: take no argument */\n"
    "        } else if (format[0] == 'G' || format[0] == 'H' || format[0] == 'I' ||\n"
    "                   format[0] == 'M' || format[0] == 'P') {\n"
    "            put = \"%p\"; /* GUID, HEXDUMP, IPV6ADDR, MACADDR, PTR */\n"
    "        } else {\n"
    "            put = \"0x%x\";\n"
    "        }\n"
    "        for (k = 0; put[k] && n < sizeof(text) - 24; k++) {\n"
    "            text[n++] = put[k];\n"
    "        }\n"
    "        while (format[0] && format[0] != '!') {\n"
    "            format++;\n"
    "        }\n"
    "        if (!format[0]) {\n"
    "            break;\n"
    "        }\n"
    "    }\n"
    "    if (n == 0 || text[n - 1] != '\\n') {\n"
    "        text[n++] = '\\n';\n"
    "    }\n"
    "    text[n] = 0;\n"
    "    va_start(args, format);\n"
    "    vDbgPrintExWithPrefix(\"trace: \", 0, 0, text, args);\n"
    "    va_end(args);\n"
    "}\n";

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

void dd_wpp_scan(const char *text, struct dd_strings *names, struct dd_strings *at_list)
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
                dd_trace_arguments(from + strlen(name), name, at_list);
            }
            free(name);
        }
        at = end ? strstr(end, "begin_wpp config") : NULL;
    }
}

static void scan_file(const char *path, struct dd_strings *names, struct dd_strings *at)
{
    char *text = dd_file_read(path, NULL);

    if (text) {
        dd_wpp_scan(text, names, at);
    }
    free(text);
}

static void find_names(const struct dd_found *found, struct dd_strings *names,
                       struct dd_strings *at)
{
    dd_strings_add(names, "DoTraceMessage");
    dd_strings_add(at, "DoTraceMessage=1");
    dd_strings_add(names, "DoDebugTrace");
    for (size_t i = 0; i < found->count; i++) {
        const struct dd_project *p = &found->projects[i];

        for (size_t k = 0; k < p->trace.count; k++) {
            if (is_name(p->trace.items[k])) {
                dd_strings_add_new(names, p->trace.items[k]);
            }
        }
        for (size_t k = 0; k < p->trace_at.count; k++) {
            dd_strings_add(at, p->trace_at.items[k]);
        }
        for (size_t k = 0; k < p->scan.count; k++) {
            scan_file(p->scan.items[k], names, at);
        }
        for (size_t k = 0; k < p->sources.count; k++) {
            scan_file(p->sources.items[k], names, at);
        }
    }
}

/* how many arguments are before the text; -1: none is a text; -2: nobody said */
static int text_at(const struct dd_strings *at, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < at->count; i++) {
        if (strncmp(at->items[i], name, n) == 0 && at->items[i][n] == '=') {
            return atoi(at->items[i] + n + 1);
        }
    }
    return -2;
}

static void put_printing(struct dd_text *out, const char *name, int before)
{
    if (before == -1) {
        dd_text_printf(out, "#define %s(...) DrydockWpp(__FUNCTION__, \"%s\")\n", name, name);
        return;
    }
    dd_text_printf(out, "#define %s(", name);
    for (int i = 0; i < before; i++) {
        dd_text_printf(out, "dd_wpp_%d, ", i);
    }
    dd_text_puts(out, "...) DrydockWpp(__FUNCTION__, __VA_ARGS__)\n");
}

char *dd_wpp_text(const struct dd_found *found, bool print)
{
    struct dd_strings names = {0}, at = {0};
    struct dd_text out = {0};

    find_names(found, &names, &at);
    dd_text_puts(&out, head);
    dd_text_puts(&out, print ? print_head : "");
    for (size_t i = 0; i < names.count; i++) {
        const char *name = names.items[i];
        int before = text_at(&at, name);

        dd_text_printf(&out, "#undef %s\n", name);
        if (print && before >= -1) {
            put_printing(&out, name, before);
        } else {
            dd_text_printf(&out, "#define %s(...) ((void)0)\n", name);
        }
    }
    dd_text_puts(&out, "#endif\n");
    dd_strings_done(&names);
    dd_strings_done(&at);
    return out.p;
}
