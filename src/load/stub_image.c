/* SPDX-License-Identifier: MIT */
/*
 * A shared object made in memory that defines the names nobody has, so that the dynamic linker can
 * bind a driver which needs them. Each name's code is
 *
 *     push rbp    mov rbp, rsp    mov rdi, <name>    mov rax, dd_api_missing    call rax
 *
 * which is a frame, as the generated stubs of the names that are not done yet have one:
 * dd_api_missing() finds the driver's call site in it.
 *
 * File:   ELF header, program headers, .dynsym, .dynstr, .hash, code   (one segment, read and
 * execute) .dynamic                                                     (own page, writable: ld.so
 * relocates it)
 */
#include "load/elf_file.h"

#include "base/check.h"
#include "seam/api.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STUB_BYTES 32u

struct layout {
    size_t count, sym, str, hash, code, dynamic, end;
};

static struct layout lay_out(char *const *names, size_t count)
{
    struct layout l = {.count = count};
    size_t str_bytes = 1;

    for (size_t i = 0; i < count; i++) {
        str_bytes += strlen(names[i]) + 1;
    }
    l.sym = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr);
    l.str = l.sym + (count + 1) * sizeof(Elf64_Sym);
    l.hash = dd_align_up(l.str + str_bytes, 8);
    l.code = dd_align_up(l.hash + (2 + 1 + count + 1) * sizeof(uint32_t), 16);
    l.dynamic = dd_align_up(l.code + count * STUB_BYTES, DD_PAGE_BYTES);
    l.end = l.dynamic + 6 * sizeof(Elf64_Dyn);
    return l;
}

static void put_code(uint8_t *p, const char *name)
{
    uint64_t name_ptr = (uint64_t)(uintptr_t)name, target = (uint64_t)(uintptr_t)dd_api_missing;

    memcpy(p, "\x55\x48\x89\xe5", 4); /* push rbp; mov rbp, rsp */
    memcpy(p + 4, "\x48\xbf", 2);     /* mov rdi, imm64 */
    memcpy(p + 6, &name_ptr, 8);
    memcpy(p + 14, "\x48\xb8", 2); /* mov rax, imm64 */
    memcpy(p + 16, &target, 8);
    memcpy(p + 24, "\xff\xd0", 2); /* call rax */
}

static void put_symbols(uint8_t *image, const struct layout *l, char *const *names)
{
    Elf64_Sym *sym = (void *)(image + l->sym);
    uint32_t *hash = (void *)(image + l->hash);
    size_t at = 1;

    hash[0] = 1;                      /* one bucket: */
    hash[1] = (uint32_t)l->count + 1; /* a chain through all symbols */
    hash[2] = l->count ? 1 : 0;
    for (size_t i = 0; i < l->count; i++) {
        size_t code = l->code + i * STUB_BYTES;

        sym[i + 1] = (Elf64_Sym){.st_name = (Elf64_Word)at,
                                 .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                                 .st_shndx = 1,
                                 .st_value = code,
                                 .st_size = STUB_BYTES};
        memcpy(image + l->str + at, names[i], strlen(names[i]) + 1);
        at += strlen(names[i]) + 1;
        hash[3 + i + 1] = i + 1 < l->count ? (uint32_t)i + 2 : 0;
        put_code(image + code, names[i]);
    }
}

static void put_headers(uint8_t *image, const struct layout *l)
{
    Elf64_Ehdr *eh = (void *)image;
    Elf64_Phdr *ph = (void *)(image + sizeof(*eh));
    Elf64_Dyn *dyn = (void *)(image + l->dynamic);
    size_t dyn_bytes = l->end - l->dynamic;

    *eh = (Elf64_Ehdr){.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                       .e_type = ET_DYN,
                       .e_machine = EM_X86_64,
                       .e_version = EV_CURRENT,
                       .e_phoff = sizeof(*eh),
                       .e_ehsize = sizeof(*eh),
                       .e_phentsize = sizeof(*ph),
                       .e_phnum = 3,
                       .e_shentsize = sizeof(Elf64_Shdr)};
    ph[0] = (Elf64_Phdr){.p_type = PT_LOAD,
                         .p_flags = PF_R | PF_X,
                         .p_filesz = l->dynamic,
                         .p_memsz = l->dynamic,
                         .p_align = DD_PAGE_BYTES};
    ph[1] = (Elf64_Phdr){.p_type = PT_LOAD,
                         .p_flags = PF_R | PF_W,
                         .p_offset = l->dynamic,
                         .p_vaddr = l->dynamic,
                         .p_filesz = dyn_bytes,
                         .p_memsz = dyn_bytes,
                         .p_align = DD_PAGE_BYTES};
    ph[2] = ph[1];
    ph[2].p_type = PT_DYNAMIC;
    ph[2].p_align = 8;
    dyn[0] = (Elf64_Dyn){.d_tag = DT_HASH, .d_un.d_ptr = l->hash};
    dyn[1] = (Elf64_Dyn){.d_tag = DT_SYMTAB, .d_un.d_ptr = l->sym};
    dyn[2] = (Elf64_Dyn){.d_tag = DT_STRTAB, .d_un.d_ptr = l->str};
    dyn[3] = (Elf64_Dyn){.d_tag = DT_STRSZ, .d_un.d_val = l->hash - l->str};
    dyn[4] = (Elf64_Dyn){.d_tag = DT_SYMENT, .d_un.d_val = sizeof(Elf64_Sym)};
}

int dd_stub_image(char *const *names, size_t count, void **ret_handle, char *why, size_t why_bytes)
{
    struct layout l = lay_out(names, count);
    uint8_t *image = calloc(1, l.end);
    char path[64];
    int fd, r = 0;

    if (!image) {
        return -ENOMEM;
    }
    put_headers(image, &l);
    put_symbols(image, &l, names);
    fd = memfd_create("drydock-stubs", MFD_CLOEXEC);
    if (fd < 0 || write(fd, image, l.end) != (ssize_t)l.end) {
        r = fd < 0 ? -errno : -EIO;
        snprintf(why, why_bytes, "cannot make stubs for missing names: %s", strerror(-r));
        goto done;
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    *ret_handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (!*ret_handle) {
        snprintf(why, why_bytes, "cannot bind stubs for missing names: %s", dlerror());
        r = -EINVAL;
    }

done:
    /* else the descriptor stays open: its path is the object's name, and the linker maps no second
     * one of that name */
    if (r < 0 && fd >= 0) {
        close(fd);
    }
    free(image);
    return r;
}
