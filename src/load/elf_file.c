/* SPDX-License-Identifier: MIT */
#include "load/elf_file.h"

#include "base/check.h"
#include "load/load.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int bad(char *why, size_t why_bytes, const char *path, const char *what)
{
    snprintf(why, why_bytes, "%s: %s", path, what);
    return -EINVAL;
}

static int check_header(Elf *elf, const char *path, uint64_t file_bytes, char *why,
                        size_t why_bytes)
{
    GElf_Ehdr eh;
    uint64_t sections_end;
    size_t n;

    if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &eh)) {
        return bad(why, why_bytes, path, "not an ELF file; build the driver with `drydock build`");
    }
    if (eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_machine != EM_X86_64) {
        return bad(why, why_bytes, path,
                   "not for x86-64; build it on this machine with `drydock build`");
    }
    if (eh.e_type != ET_DYN) {
        return bad(why, why_bytes, path,
                   "not a shared object; link it with -shared, or use `drydock build`");
    }
    if (dd_add_overflows(eh.e_shoff, (uint64_t)eh.e_shnum * eh.e_shentsize, &sections_end) ||
        sections_end > file_bytes) {
        return bad(why, why_bytes, path,
                   "cut short or damaged (the section table ends outside the file)");
    }
    if (elf_getphdrnum(elf, &n) != 0 || n == 0) {
        return bad(why, why_bytes, path, "cut short or damaged (no program headers)");
    }
    for (size_t i = 0; i < n; i++) {
        GElf_Phdr ph;
        uint64_t end;

        if (!gelf_getphdr(elf, (int)i, &ph) || dd_add_overflows(ph.p_offset, ph.p_filesz, &end) ||
            end > file_bytes) {
            return bad(why, why_bytes, path,
                       "cut short or damaged (a segment ends outside the file)");
        }
    }
    return 0;
}

static unsigned sanitizer_of(const char *name)
{
    if (strcmp(name, "__asan_init") == 0) {
        return DD_SAN_ADDRESS;
    }
    if (strncmp(name, "__ubsan_handle_", 15) == 0) {
        return DD_SAN_UNDEFINED;
    }
    return strcmp(name, "__tsan_init") == 0 ? DD_SAN_THREAD : DD_SAN_NONE;
}

static int add_undefined(struct dd_elf_info *info, const char *name)
{
    char **p = realloc(info->undefined, (info->undefined_count + 1) * sizeof(*p));

    if (!p) {
        return -ENOMEM;
    }
    info->undefined = p;
    p[info->undefined_count] = strdup(name);
    return p[info->undefined_count++] ? 0 : -ENOMEM;
}

static int read_symbol(const GElf_Sym *sym, const char *name, struct dd_elf_info *info)
{
    unsigned bind = GELF_ST_BIND(sym->st_info), type = GELF_ST_TYPE(sym->st_info);

    if (sym->st_shndx == SHN_UNDEF) {
        info->sanitizers |= sanitizer_of(name);
        return bind == STB_GLOBAL && name[0] ? add_undefined(info, name) : 0;
    }
    if (strcmp(name, "DriverEntry") == 0 && bind == STB_GLOBAL && type == STT_FUNC) {
        info->has_driver_entry = true;
    }
    return 0;
}

static int read_dynsym(Elf *elf, struct dd_elf_info *info)
{
    Elf_Scn *scn = NULL;

    while ((scn = elf_nextscn(elf, scn)) != NULL) {
        GElf_Shdr sh;
        Elf_Data *data;

        if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_DYNSYM || sh.sh_entsize == 0) {
            continue;
        }
        data = elf_getdata(scn, NULL);
        for (size_t i = 0; data && i < sh.sh_size / sh.sh_entsize; i++) {
            GElf_Sym sym;
            const char *name;
            int r;

            if (!gelf_getsym(data, (int)i, &sym) ||
                !(name = elf_strptr(elf, sh.sh_link, sym.st_name))) {
                return -EINVAL;
            }
            r = read_symbol(&sym, name, info);
            if (r < 0) {
                return r;
            }
        }
    }
    return 0;
}

/* options of `drydock build`, in plain letters; anything else is not ours */
static void read_build(Elf *elf, struct dd_elf_info *info)
{
    Elf_Scn *scn = NULL;
    size_t names;

    while (elf_getshdrstrndx(elf, &names) == 0 && (scn = elf_nextscn(elf, scn)) != NULL) {
        GElf_Shdr sh;
        const char *name = gelf_getshdr(scn, &sh) ? elf_strptr(elf, names, sh.sh_name) : NULL;
        Elf_Data *data =
            name && strcmp(name, ".drydock.build") == 0 ? elf_getdata(scn, NULL) : NULL;
        const char *text = data ? data->d_buf : NULL;
        size_t n = text ? strnlen(text, data->d_size) : 0;

        if (n > 0 && n < sizeof(info->build) && n < data->d_size) {
            memcpy(info->build, text, n + 1);
            for (size_t i = 0; i < n; i++) {
                info->build[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
            }
        }
    }
}

static int read_elf(int fd, const char *path, struct dd_elf_info *info, char *why, size_t why_bytes)
{
    struct stat st;
    Elf *elf;
    int r;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        return bad(why, why_bytes, path, "not a regular file");
    }
    elf_version(EV_CURRENT);
    elf = elf_begin(fd, ELF_C_READ, NULL);
    if (!elf) {
        return bad(why, why_bytes, path, elf_errmsg(-1));
    }
    r = check_header(elf, path, (uint64_t)st.st_size, why, why_bytes);
    if (r == 0) {
        read_build(elf, info);
        r = read_dynsym(elf, info);
        if (r < 0) {
            bad(why, why_bytes, path, "its symbol table is damaged");
        }
    }
    elf_end(elf);
    return r;
}

int dd_elf_read(const char *path, struct dd_elf_info *ret_info, char *why, size_t why_bytes)
{
    struct dd_elf_info info = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC), r;

    if (fd < 0) {
        r = -errno;
        snprintf(why, why_bytes, "%s: %s", path, strerror(-r));
        return r;
    }
    r = read_elf(fd, path, &info, why, why_bytes);
    close(fd);
    if (r < 0) {
        dd_elf_done(&info);
        return r;
    }
    *ret_info = info;
    return 0;
}

void dd_elf_done(struct dd_elf_info *info)
{
    for (size_t i = 0; i < info->undefined_count; i++) {
        free(info->undefined[i]);
    }
    free(info->undefined);
    *info = (struct dd_elf_info){0};
}
