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

/* the unit an address belongs to. Not every compiler writes the table libdw looks into first (clang
 * does not), so then all units are asked */
static Dwarf_Die *unit_of(Dwfl_Module *m, Dwarf_Addr at, Dwarf_Addr *ret_bias)
{
    Dwarf_Die *unit = dwfl_module_addrdie(m, at, ret_bias);

    if (!unit) {
        while ((unit = dwfl_module_nextcu(m, unit, ret_bias)) != NULL &&
               dwarf_haspc(unit, at - *ret_bias) <= 0) {
        }
    }
    return unit;
}

/* the innermost function at an address, also when the compiler inlined it; false: none */
static bool function_name(Dwarf_Die *unit, Dwarf_Addr at, struct dd_place *p)
{
    Dwarf_Die *scopes = NULL;
    int n = dwarf_getscopes(unit, at, &scopes);
    bool found = false;

    for (int i = 0; i < n && !found; i++) {
        int tag = dwarf_tag(&scopes[i]);
        bool function = tag == DW_TAG_inlined_subroutine || tag == DW_TAG_subprogram;
        const char *name = function ? dwarf_diename(&scopes[i]) : NULL;

        found = name != NULL;
        if (found) {
            snprintf(p->function, sizeof(p->function), "%s", name);
        }
    }
    free(scopes);
    return found;
}

/* line 0 is code that the compiler made up: it belongs to what comes before it, a few bytes away */
#define MADE_UP_BYTES 32u

static void line_of(Dwarf_Die *unit, Dwarf_Addr at, struct dd_place *p)
{
    Dwarf_Line *line = dwarf_getsrc_die(unit, at);
    const char *file = line ? dwarf_linesrc(line, NULL, NULL) : NULL;

    if (file && dwarf_lineno(line, &p->line) == 0) {
        for (unsigned back = 1; p->line == 0 && back <= MADE_UP_BYTES; back++) {
            line = dwarf_getsrc_die(unit, at - back);
            if (!line || dwarf_lineno(line, &p->line) != 0) {
                break;
            }
        }
        snprintf(p->path, sizeof(p->path), "%s", file);
        snprintf(p->file, sizeof(p->file), "%s", last_part(file));
    }
}

static void find_in_module(Dwfl_Module *m, Dwarf_Addr at, struct dd_place *p)
{
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = unit_of(m, at, &bias);
    const char *name;

    if (unit) {
        line_of(unit, at - bias, p);
    }
    if (!unit || !function_name(unit, at - bias, p)) {
        name = dwfl_module_addrname(m, at);
        snprintf(p->function, sizeof(p->function), "%s", name ? name : "");
    }
}

void dd_symbols_find(struct dd_symbols *s, uint64_t pc, bool call, struct dd_place *ret_place)
{
    Dwarf_Addr at = call ? pc - 1 : pc, start = 0;
    Dwfl_Module *m = dwfl_addrmodule(s->dwfl, at);
    struct dd_place p = {.offset = pc};
    const char *name;

    if (m) {
        name = dwfl_module_info(m, NULL, &start, NULL, NULL, NULL, NULL, NULL);
        snprintf(p.module, sizeof(p.module), "%s", name ? last_part(name) : "");
        p.offset = pc - start;
        p.in_driver = m == s->driver;
        find_in_module(m, at, &p);
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
