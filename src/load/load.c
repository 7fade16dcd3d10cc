/* SPDX-License-Identifier: MIT */
#include "load/load.h"

#include "load/elf_file.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dd_image {
    char path[PATH_MAX];
    struct dd_elf_info elf;
    char **missing; /* NULL-terminated; the strings stay for the life of the process (stub code
                       points at them) */
    size_t missing_count;
    void *stubs, *handle, *entry;
    uintptr_t base;
};

/* weak: present only in a program built with that sanitizer */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));

static int check_sanitizers(const char *path, unsigned san, char *why, size_t why_bytes)
{
    if ((san & DD_SAN_ADDRESS) && !__asan_init) {
        snprintf(
            why, why_bytes,
            "%s: built with AddressSanitizer, and this drydock-runner is not; use a sanitizer build",
            path);
        return -ENOTSUP;
    }
    if ((san & DD_SAN_THREAD) && !__tsan_init) {
        snprintf(
            why, why_bytes,
            "%s: built with ThreadSanitizer, and this drydock-runner is not; use a sanitizer build",
            path);
        return -ENOTSUP;
    }
    return 0;
}

static int read_checked(const char *path, struct dd_elf_info *info, char *why, size_t why_bytes)
{
    int r = dd_elf_read(path, info, why, why_bytes);

    if (r < 0) {
        return r;
    }
    if (!info->has_driver_entry) {
        snprintf(
            why, why_bytes,
            "%s: exports no DriverEntry function, so it is not a driver; is the definition missing or static?",
            path);
        dd_elf_done(info);
        return -ENOENT;
    }
    return 0;
}

int dd_load_check(const char *path, char *why, size_t why_bytes)
{
    struct dd_elf_info info;
    int r = read_checked(path, &info, why, why_bytes);

    if (r == 0) {
        dd_elf_done(&info);
    }
    return r;
}

unsigned dd_load_sanitizers(const char *path)
{
    struct dd_elf_info info;
    char why[256];
    unsigned san;

    if (dd_elf_read(path, &info, why, sizeof(why)) < 0) {
        return DD_SAN_NONE;
    }
    san = info.sanitizers;
    dd_elf_done(&info);
    return san;
}

void dd_load_build(const char *path, char ret_options[static DD_LOAD_BUILD_BYTES])
{
    struct dd_elf_info info;
    char why[256];

    _Static_assert(sizeof(info.build) == DD_LOAD_BUILD_BYTES, "one size");
    ret_options[0] = '\0';
    if (dd_elf_read(path, &info, why, sizeof(why)) == 0) {
        memcpy(ret_options, info.build, sizeof(info.build));
        dd_elf_done(&info);
    }
}

static int find_missing(struct dd_image *im)
{
    im->missing = calloc(im->elf.undefined_count + 1, sizeof(*im->missing));
    if (!im->missing) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < im->elf.undefined_count; i++) {
        const char *name = im->elf.undefined[i];

        if (!dlsym(RTLD_DEFAULT, name)) {
            im->missing[im->missing_count] = strdup(name);
            if (!im->missing[im->missing_count++]) {
                return -ENOMEM;
            }
        }
    }
    return 0;
}

static int map_driver(struct dd_image *im, char *why, size_t why_bytes)
{
    struct link_map *map;

    im->handle = dlopen(im->path, RTLD_NOW | RTLD_LOCAL);
    if (!im->handle) {
        snprintf(why, why_bytes, "%s", dlerror());
        return -EINVAL;
    }
    im->entry = dlsym(im->handle, "DriverEntry");
    if (!im->entry || dlinfo(im->handle, RTLD_DI_LINKMAP, &map) != 0) {
        snprintf(why, why_bytes, "%s: DriverEntry cannot be bound", im->path);
        return -ENOENT;
    }
    im->base = (uintptr_t)map->l_addr;
    return 0;
}

int dd_load_open(const char *path, struct dd_image **ret_image, char *why, size_t why_bytes)
{
    struct dd_image *im = calloc(1, sizeof(*im));
    int r;

    if (!im) {
        snprintf(why, why_bytes, "%s: not enough memory", path);
        return -ENOMEM;
    }
    r = read_checked(path, &im->elf, why, why_bytes);
    if (r < 0) {
        goto fail;
    }
    r = check_sanitizers(path, im->elf.sanitizers, why, why_bytes);
    if (r < 0) {
        goto fail;
    }
    if (!realpath(path, im->path)) {
        r = -errno;
        snprintf(why, why_bytes, "%s: %s", path, strerror(-r));
        goto fail;
    }
    r = find_missing(im);
    if (r == 0 && im->missing_count > 0) {
        r = dd_stub_image(im->missing, im->missing_count, &im->stubs, why, why_bytes);
    }
    if (r < 0) {
        goto fail;
    }
    r = map_driver(im, why, why_bytes);
    if (r < 0) {
        goto fail;
    }
    *ret_image = im;
    return 0;

fail:
    dd_load_close(im);
    return r;
}

/* the stubs stay mapped, and so do the names in their code: a late call through a kept pointer
 * still says its name */
static void keep_names(char **names)
{
    static struct kept {
        struct kept *next;
        char **names;
    } * all;
    struct kept *k = names && names[0] ? malloc(sizeof(*k)) : NULL;

    if (!k) {
        free(names);
        return;
    }
    k->names = names;
    k->next = __atomic_load_n(&all, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&all, &k->next, k, false, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED)) {
    }
}

void dd_load_close(struct dd_image *im)
{
    if (!im) {
        return;
    }
    if (im->handle) {
        dlclose(im->handle);
    }
    keep_names(im->missing);
    dd_elf_done(&im->elf);
    free(im);
}

void *dd_load_entry(struct dd_image *im)
{
    return im->entry;
}

uintptr_t dd_load_base(struct dd_image *im)
{
    return im->base;
}

const char *dd_load_path(struct dd_image *im)
{
    return im->path;
}

const char *const *dd_load_missing(struct dd_image *im)
{
    return (const char *const *)im->missing;
}

int dd_load_contains(struct dd_image *im, const void *pc)
{
    Dl_info info;

    return dladdr(pc, &info) != 0 && (uintptr_t)info.dli_fbase == im->base;
}
