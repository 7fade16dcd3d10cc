/* SPDX-License-Identifier: MIT */
/* What the loader must know of an ELF driver before mapping it. Reads the file only. */
#ifndef DD_LOAD_ELF_FILE_H
#define DD_LOAD_ELF_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define DD_ELF_BUILD_BYTES 96

struct dd_elf_info {
    bool has_driver_entry;
    unsigned sanitizers;            /* enum dd_sanitizers */
    char build[DD_ELF_BUILD_BYTES]; /* section .drydock.build, or empty */
    char **undefined; /* names it needs (not weak), no repeats of libc's version suffix */
    size_t undefined_count;
};

/* dd_elf_read - 0, or -Exxx and one line in @why. dd_elf_done() after success */
int dd_elf_read(const char *path, struct dd_elf_info *ret_info, char *why, size_t why_bytes);
void dd_elf_done(struct dd_elf_info *info);

/* dd_stub_image - make and map a shared object that defines @names; each, when called, jumps to
 * dd_api_missing() with its name. The strings must live as long as the process. 0 or -Exxx */
int dd_stub_image(char *const *names, size_t count, void **ret_handle, char *why, size_t why_bytes);

#endif
