/* SPDX-License-Identifier: MIT */
/* The command line: everything by inherited descriptor, nothing by name in the file system. */
#include "dev/qemu/machine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"

#define ROM_BYTES   65536u
#define RESET_ENTRY 0xfff0u
/* where this machine's low RAM has to end: below lie its extended config space and its devices */
#define LOW_END_MAX 0xb0000000ull
/* and when there is RAM above 4 GiB */
#define LOW_END_SPLIT 0x80000000ull

int dd_qemu_make_rom(void)
{
    static const uint8_t entry[] = {0xfa, 0xf4, 0xeb, 0xfd}; /* cli; hlt; back to hlt */
    int fd = memfd_create("drydock-rom", MFD_CLOEXEC);
    uint8_t *rom = malloc(ROM_BYTES);
    bool ok = fd >= 0 && rom;

    if (ok) {
        memset(rom, 0xf4, ROM_BYTES);
        memcpy(rom + RESET_ENTRY, entry, sizeof(entry));
        ok = write(fd, rom, ROM_BYTES) == (ssize_t)ROM_BYTES;
    }
    free(rom);
    if (!ok) {
        if (fd >= 0) {
            close(fd);
        }
        return -ENOMEM;
    }
    return fd;
}

__attribute__((format(printf, 2, 3))) static void add(struct dd_qemu_args *a, const char *fmt, ...)
{
    va_list ap;
    char *text = NULL;

    dd_assert(a->count < DD_ARRAY_LEN(a->argv) - 1);
    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0) {
        text = NULL;
    }
    va_end(ap);
    a->argv[a->count++] = text;
}

static void add_two(struct dd_qemu_args *a, const char *one, const char *two)
{
    add(a, "%s", one);
    add(a, "%s", two);
}

void dd_qemu_args_done(struct dd_qemu_args *args)
{
    for (unsigned i = 0; i < args->count; i++) {
        free(args->argv[i]);
    }
    args->count = 0;
}

static bool has_all(const struct dd_qemu_args *a)
{
    for (unsigned i = 0; i < a->count; i++) {
        if (!a->argv[i]) {
            return false;
        }
    }
    return true;
}

/* RAM as QEMU lays it out: the file from 0 up, and what is above the hole goes on at 4 GiB */
static int add_memory(struct dd_qemu_args *a, const struct dd_qemu *q, char *why, size_t why_bytes)
{
    struct dd_ram *ram = q->config.ram;
    bool split = dd_ram_phys_end(ram) > DD_PHYS_4G;
    uint64_t low_end = dd_ram_low_end(ram);
    uint64_t limit = split ? LOW_END_SPLIT : LOW_END_MAX;
    struct stat st;

    if (fstat(dd_ram_fd(ram), &st) < 0) {
        return -errno;
    }
    if ((split ? low_end : (uint64_t)st.st_size) > limit) {
        snprintf(why, why_bytes,
                 "QEMU's machine has room for %" PRIu64 " MiB of RAM below 4 GiB%s: set ram lower",
                 (limit >> 20) - 2, split ? " beside RAM above" : "");
        return -EINVAL;
    }
    add(a, "-machine");
    if (split) {
        add(a, "q35,memory-backend=ram,max-ram-below-4g=%" PRIu64, low_end);
    } else {
        add(a, "q35,memory-backend=ram");
    }
    add(a, "-m");
    add(a, "%" PRIu64 "k", (uint64_t)st.st_size >> 10);
    add(a, "-object");
    add(a, "memory-backend-file,id=ram,size=%" PRIu64 ",mem-path=/proc/self/fd/%d,share=on",
        (uint64_t)st.st_size, dd_ram_fd(ram));
    return 0;
}

static void add_channels(struct dd_qemu_args *a, const struct dd_qemu *q)
{
    add(a, "-chardev");
    add(a, "socket,id=qt,fd=%d", q->their_fds[0]);
    add_two(a, "-object", "qtest,id=qtest0,chardev=qt,log=none");
    add(a, "-chardev");
    add(a, "socket,id=qmp,fd=%d", q->their_fds[1]);
    add_two(a, "-mon", "chardev=qmp,mode=control");
}

static void add_devices(struct dd_qemu_args *a, const struct dd_qemu *q)
{
    const uint8_t *m = q->config.mac;

    if (q->config.iommu) {
        add_two(a, "-device", "intel-iommu,intremap=off"); /* before what it translates for */
    }
    add(a, "-netdev");
    add(a, "dgram,id=n0,local.type=fd,local.str=%d", q->their_fds[2]);
    add(a, "-device");
    add(a, "pcie-root-port,id=port0,chassis=1,slot=1,addr=%u", DD_QEMU_PORT_SLOT);
    /* the slot is worked by the port's own registers, not by ACPI's */
    add_two(a, "-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off");
    add(a, "-device");
    add(a, "%s,id=nic0,bus=port0,netdev=n0,mac=%02x:%02x:%02x:%02x:%02x:%02x,romfile=",
        q->config.model, m[0], m[1], m[2], m[3], m[4], m[5]);
    add(a, "-chardev");
    add(a, "socket,id=iv,fd=%d", q->their_fds[3]);
    add(a, "-device");
    add(a, "ivshmem-doorbell,chardev=iv,vectors=%u,addr=%u", DD_DOORBELL_VECTORS,
        DD_QEMU_BELL_SLOT);
}

int dd_qemu_args_make(const struct dd_qemu *q, struct dd_qemu_args *ret_args, char *why,
                      size_t why_bytes)
{
    struct dd_qemu_args a = {.count = 0};
    int r;

    add(&a, "%s", q->config.program);
    add(&a, "-nodefaults");
    add(&a, "-no-user-config");
    add_two(&a, "-display", "none");
    add_two(&a, "-accel", "tcg,thread=single,tb-size=1");
    add(&a, "-bios");
    add(&a, "/proc/self/fd/%d", q->rom_fd);
    r = add_memory(&a, q, why, why_bytes);
    if (r == 0) {
        add_channels(&a, q);
        add_devices(&a, q);
    }
    if (r == 0 && !has_all(&a)) {
        r = -ENOMEM;
    }
    if (r < 0) {
        dd_qemu_args_done(&a);
        return r;
    }
    *ret_args = a;
    return 0;
}
