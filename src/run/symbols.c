/* SPDX-License-Identifier: MIT */
#include "run/symbols.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dd_symbols {
    Dwfl *dwfl;
    Dwfl_Module *driver;
};

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
};

int dd_symbols_new(const char *driver, uint64_t driver_base, const char *runner,
                   uint64_t runner_base, struct dd_symbols **ret_symbols)
{
    struct dd_symbols *s = calloc(1, sizeof(*s));

    if (!s) {
        return -ENOMEM;
    }
    s->dwfl = dwfl_begin(&callbacks);
    if (!s->dwfl) {
        free(s);
        return -ENOMEM;
    }
    dwfl_report_begin(s->dwfl);
    if (driver && driver[0] && driver_base) {
        s->driver = dwfl_report_elf(s->dwfl, driver, driver, -1, driver_base, true);
    }
    if (runner && runner_base) {
        dwfl_report_elf(s->dwfl, runner, runner, -1, runner_base, true);
    }
    dwfl_report_end(s->dwfl, NULL, NULL);
    *ret_symbols = s;
    return 0;
}

void dd_symbols_free(struct dd_symbols *s)
{
    if (s) {
        dwfl_end(s->dwfl);
        free(s);
    }
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* the innermost function at an address, also when the compiler inlined it; false: no debug
 * information */
static bool function_name(Dwfl_Module *m, Dwarf_Addr at, char *out, size_t size)
{
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = dwfl_module_addrdie(m, at, &bias), *scopes = NULL;
    int n = unit ? dwarf_getscopes(unit, at - bias, &scopes) : 0;
    bool found = false;

    for (int i = 0; i < n && !found; i++) {
        int tag = dwarf_tag(&scopes[i]);
        const char *name = tag == DW_TAG_inlined_subroutine || tag == DW_TAG_subprogram
                               ? dwarf_diename(&scopes[i])
                               : NULL;

        found = name != NULL;
        if (found) {
            snprintf(out, size, "%s", name);
        }
    }
    free(scopes);
    return found;
}

void dd_symbols_find(struct dd_symbols *s, uint64_t pc, bool call, struct dd_place *ret_place)
{
    Dwarf_Addr at = call ? pc - 1 : pc, start = 0;
    Dwfl_Module *m = dwfl_addrmodule(s->dwfl, at);
    struct dd_place p = {.offset = pc};
    const char *name, *file;
    Dwfl_Line *line;
    int number = 0;

    if (m) {
        name = dwfl_module_info(m, NULL, &start, NULL, NULL, NULL, NULL, NULL);
        snprintf(p.module, sizeof(p.module), "%s", name ? last_part(name) : "");
        p.offset = pc - start;
        p.in_driver = m == s->driver;
        if (!function_name(m, at, p.function, sizeof(p.function))) {
            name = dwfl_module_addrname(m, at);
            snprintf(p.function, sizeof(p.function), "%s", name ? name : "");
        }
        line = dwfl_module_getsrc(m, at);
        file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
        if (file) {
            snprintf(p.path, sizeof(p.path), "%s", file);
            snprintf(p.file, sizeof(p.file), "%s", last_part(file));
            p.line = number;
        }
    }
    *ret_place = p;
}

void dd_place_format(const struct dd_place *p, char *out, size_t size)
{
    if (p->file[0] && p->function[0]) {
        snprintf(out, size, "%s:%d in %s", p->file, p->line, p->function);
    } else if (p->file[0]) {
        snprintf(out, size, "%s:%d", p->file, p->line);
    } else if (p->module[0]) {
        snprintf(out, size, "%s+0x%llx%s%s", p->module, (unsigned long long)p->offset,
                 p->function[0] ? " in " : "", p->function);
    } else {
        snprintf(out, size, "0x%llx", (unsigned long long)p->offset);
    }
}
