/* SPDX-License-Identifier: MIT */
#include "unresolved.h"

#include <dlfcn.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef bool each_symbol(void *arg, const GElf_Sym *sym, const char *name, size_t index);

/* every symbol of the first table of @type, until one answers true */
static void symbols(Elf *elf, unsigned type, each_symbol *each, void *arg)
{
    Elf_Scn *scn = NULL;

    while ((scn = elf_nextscn(elf, scn)) != NULL) {
        GElf_Shdr sh;
        Elf_Data *data;

        if (!gelf_getshdr(scn, &sh) || sh.sh_type != type || sh.sh_entsize == 0) {
            continue;
        }
        data = elf_getdata(scn, NULL);
        for (size_t i = 0; data && i < sh.sh_size / sh.sh_entsize; i++) {
            GElf_Sym sym;
            const char *name;

            if (gelf_getsym(data, (int)i, &sym) &&
                (name = elf_strptr(elf, sh.sh_link, sym.st_name)) != NULL &&
                each(arg, &sym, name, i)) {
                return;
            }
        }
        return;
    }
}

static Elf *open_elf(const char *path, int *ret_fd)
{
    Elf *elf;

    elf_version(EV_CURRENT);
    *ret_fd = open(path, O_RDONLY | O_CLOEXEC);
    elf = *ret_fd >= 0 ? elf_begin(*ret_fd, ELF_C_READ, NULL) : NULL;
    if (!elf && *ret_fd >= 0) {
        close(*ret_fd);
    }
    return elf;
}

static void close_elf(Elf *elf, int fd)
{
    elf_end(elf);
    close(fd);
}

static bool by_sanitizer(const char *name)
{
    static const char *const prefixes[] = {"__asan_",        "__ubsan_", "__sanitizer_", "__lsan_",
                                           "__tls_get_addr", "__llvm_",  "llvm_gc"};

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool add_undefined(void *arg, const GElf_Sym *sym, const char *name, size_t index)
{
    (void)index;
    if (sym->st_shndx == SHN_UNDEF && GELF_ST_BIND(sym->st_info) == STB_GLOBAL && name[0] &&
        !by_sanitizer(name)) {
        dd_strings_add(arg, name);
    }
    return false;
}

static bool add_defined(void *arg, const GElf_Sym *sym, const char *name, size_t index)
{
    (void)index;
    if (sym->st_shndx != SHN_UNDEF && name[0]) {
        dd_strings_add(arg, name);
    }
    return false;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int dd_unresolved_names(const char *so, const char *runner, struct dd_strings *ret_names)
{
    struct dd_strings wanted = {0}, have = {0};
    int fd;
    Elf *elf = open_elf(so, &fd);

    if (!elf) {
        return -1;
    }
    symbols(elf, SHT_DYNSYM, add_undefined, &wanted);
    close_elf(elf, fd);
    elf = open_elf(runner, &fd);
    if (elf) {
        symbols(elf, SHT_DYNSYM, add_defined, &have);
        close_elf(elf, fd);
    }
    if (wanted.count > 0) {
        qsort(wanted.items, wanted.count, sizeof(char *), by_name);
    }
    if (have.count > 0) {
        qsort(have.items, have.count, sizeof(char *), by_name);
    }
    for (size_t i = 0; i < wanted.count; i++) {
        if (!(have.count > 0 &&
              bsearch(&wanted.items[i], have.items, have.count, sizeof(char *), by_name)) &&
            !dlsym(RTLD_DEFAULT, wanted.items[i])) {
            dd_strings_add_new(ret_names, wanted.items[i]);
        }
    }
    dd_strings_done(&wanted);
    dd_strings_done(&have);
    return 0;
}

/* ---- the first use ---------------------------------------------------------------------------- */

struct search {
    const char *name;
    size_t index; /* of the undefined symbol */
    bool found;
};

static bool find_undefined(void *arg, const GElf_Sym *sym, const char *name, size_t index)
{
    struct search *s = arg;

    if (sym->st_shndx == SHN_UNDEF && strcmp(name, s->name) == 0) {
        s->index = index;
        s->found = true;
    }
    return s->found;
}

/* the first relocation against a symbol in a section of code; else in one of data */
static bool find_relocation(Elf *elf, size_t symbol, size_t *ret_section, uint64_t *ret_offset)
{
    Elf_Scn *scn = NULL;
    bool found = false;

    while ((scn = elf_nextscn(elf, scn)) != NULL) {
        GElf_Shdr sh, target;
        Elf_Scn *section;
        Elf_Data *data;

        if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_RELA || sh.sh_entsize == 0 ||
            !(section = elf_getscn(elf, sh.sh_info)) || !gelf_getshdr(section, &target) ||
            !(target.sh_flags & SHF_EXECINSTR) || !(data = elf_getdata(scn, NULL))) {
            continue;
        }
        for (size_t i = 0; i < sh.sh_size / sh.sh_entsize; i++) {
            GElf_Rela rela;

            if (gelf_getrela(data, (int)i, &rela) && GELF_R_SYM(rela.r_info) == symbol &&
                (!found || sh.sh_info < *ret_section ||
                 (sh.sh_info == *ret_section && rela.r_offset < *ret_offset))) {
                *ret_section = sh.sh_info;
                *ret_offset = rela.r_offset;
                found = true;
            }
        }
    }
    return found;
}

static char *describe(const char *object, size_t section, uint64_t offset)
{
    static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_build_id_find_elf,
                                             .find_debuginfo = dwfl_standard_find_debuginfo,
                                             .section_address = dwfl_offline_section_address};
    Dwfl *dwfl = dwfl_begin(&callbacks);
    Dwfl_Module *m = dwfl ? dwfl_report_offline(dwfl, object, object, -1) : NULL;
    char *text = NULL;

    if (m) {
        GElf_Addr bias;
        Elf *elf;
        Elf_Scn *scn;
        GElf_Shdr sh;

        dwfl_report_end(dwfl, NULL, NULL);
        elf = dwfl_module_getelf(m, &bias);
        scn = elf ? elf_getscn(elf, section) : NULL;
        if (scn && gelf_getshdr(scn, &sh)) {
            Dwarf_Addr at = sh.sh_addr + bias + offset;
            Dwfl_Line *line = dwfl_module_getsrc(m, at);
            const char *function = dwfl_module_addrname(m, at), *file;
            int number = 0;

            file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
            if (file) {
                text = dd_xprintf("%s:%d in %s", file, number, function ? function : "?");
            }
        }
    }
    if (dwfl) {
        dwfl_end(dwfl);
    }
    return text;
}

char *dd_first_use(const char *object, const char *name)
{
    struct search s = {.name = name};
    size_t section = 0;
    uint64_t offset = 0;
    bool used;
    int fd;
    Elf *elf = open_elf(object, &fd);

    if (!elf) {
        return NULL;
    }
    symbols(elf, SHT_SYMTAB, find_undefined, &s);
    used = s.found && find_relocation(elf, s.index, &section, &offset);
    close_elf(elf, fd);
    if (used) {
        char *text = describe(object, section, offset);

        return text ? text : dd_xstrdup("code without line numbers");
    }
    return s.found ? dd_xstrdup("a table") : NULL;
}

static bool find_constructor(void *arg, const GElf_Sym *sym, const char *name, size_t index)
{
    char **found = arg;

    (void)index;
    if (GELF_ST_TYPE(sym->st_info) == STT_FUNC && strncmp(name, "__cxx_global_var_init", 21) == 0) {
        *found = dd_xstrdup(name);
    }
    return *found != NULL;
}

char *dd_static_constructor(const char *object)
{
    char *found = NULL;
    int fd;
    Elf *elf = open_elf(object, &fd);

    if (elf) {
        symbols(elf, SHT_SYMTAB, find_constructor, &found);
        close_elf(elf, fd);
    }
    return found;
}
