/* SPDX-License-Identifier: MIT */
/* The driver's code as its file has it, beside the code in memory, where a debugger may have
 * planted breakpoints. */
#include "run/runner.h"

#include "nt/trap.h"

#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE_MASK 4095ull

struct search {
    uint64_t base;
    ElfW(Phdr) code;
    bool found;
};

static int look(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct search *s = arg;

    (void)size;
    for (unsigned i = 0; info->dlpi_addr == s->base && i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X) != 0) {
            s->code = info->dlpi_phdr[i];
            s->found = true;
            return 1;
        }
    }
    return 0;
}

/* whole pages round [p_offset, p_offset + p_filesz) of the file, never to be unmapped: the run is
 * the process */
static const char *map_code(const char *path, const ElfW(Phdr) * code)
{
    uint64_t skip = code->p_offset & PAGE_MASK;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    void *p = MAP_FAILED;

    if (fd < 0) {
        return NULL;
    }
    if (fstat(fd, &st) == 0 && (uint64_t)st.st_size >= code->p_offset + code->p_filesz) {
        p = mmap(NULL, code->p_filesz + skip, PROT_READ, MAP_PRIVATE, fd,
                 (off_t)(code->p_offset - skip));
    }
    close(fd);
    return p == MAP_FAILED ? NULL : (const char *)p + skip;
}

void dd_runner_keep_text(uint64_t image_base, const char *path)
{
    struct search s = {.base = image_base};
    const char *pristine;

    (void)dl_iterate_phdr(look, &s);
    pristine = s.found ? map_code(path, &s.code) : NULL;
    if (pristine != NULL) {
        dd_trap_set_text((const void *)(uintptr_t)(image_base + s.code.p_vaddr), pristine,
                         s.code.p_filesz);
    }
}
