/* SPDX-License-Identifier: MIT */
/*
 * What a register access through a plain pointer costs on the soft card, beside the same access by
 * READ_REGISTER_ULONG and WRITE_REGISTER_ULONG.
 *
 * usage: drydock-bench-trap
 *
 * Prints a line of JSON for each kind of access: the smallest of SLICES slices and the median, in
 * nanoseconds. Slices of the two take turns. Exit status 2: it could not be measured.
 */
#include <ntddk.h>

#include "base/clock.h"
#include "nt/io.h"
#include "nt/machine.h"
#include "nt/sched.h"
#include "nt/trap.h"
#include "run/platform.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define SLICES   201u
#define ACCESSES 200u
#define STATUS   0x0008u
#define TABLE    0x5200u /* holds what is written, and does nothing */

typedef void access_fn(volatile ULONG *reg);

static void read_plain(volatile ULONG *reg)
{
    (void)*reg;
}

static void read_called(volatile ULONG *reg)
{
    (void)READ_REGISTER_ULONG(reg);
}

static void write_plain(volatile ULONG *reg)
{
    *reg = 5;
}

static void write_called(volatile ULONG *reg)
{
    WRITE_REGISTER_ULONG(reg, 5);
}

static void modify_plain(volatile ULONG *reg)
{
    *reg |= 0x10;
}

static void modify_called(volatile ULONG *reg)
{
    WRITE_REGISTER_ULONG(reg, READ_REGISTER_ULONG(reg) | 0x10);
}

static void on_signal(int sig, siginfo_t *info, void *uc)
{
    if (!dd_trap_take(info, uc)) {
        signal(sig, SIG_DFL); /* a crash of the bench: the access is done again, and ends it */
    }
}

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(2);
}

static double slice(access_fn *fn, volatile ULONG *reg)
{
    uint64_t start = dd_clock_ns();

    for (unsigned i = 0; i < ACCESSES; i++) {
        fn(reg);
    }
    return (double)(dd_clock_ns() - start) / ACCESSES;
}

static int by_value(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;

    return (a > b) - (a < b);
}

static void measure(const char *name, access_fn *plain, access_fn *called, volatile ULONG *reg)
{
    static double plain_ns[SLICES], called_ns[SLICES];

    for (unsigned i = 0; i < SLICES; i++) {
        plain_ns[i] = slice(plain, reg);
        called_ns[i] = slice(called, reg);
    }
    qsort(plain_ns, SLICES, sizeof(plain_ns[0]), by_value);
    qsort(called_ns, SLICES, sizeof(called_ns[0]), by_value);
    printf("{\"name\": \"%s\", \"ns\": %.1f, \"median_ns\": %.1f, \"baseline_ns\": %.1f, "
           "\"baseline_median_ns\": %.1f}\n",
           name, plain_ns[0], plain_ns[SLICES / 2], called_ns[0], called_ns[SLICES / 2]);
}

static struct dd_platform *card(struct dd_ram *ram)
{
    const struct dd_wire_config wire = {.kind = DD_WIRE_SINK};
    struct dd_settings settings;
    struct dd_platform *platform;
    char why[512] = "";

    dd_settings_default(&settings);
    if (dd_platform_new(ram, "soft:e1000e", &settings, 1, &wire, &platform, why, sizeof(why)) < 0) {
        fail(why);
    }
    return platform;
}

int main(void)
{
    const struct dd_ram_config ram_config = {.low_bytes = 16u << 20, .seed = 1};
    struct dd_machine_config machine = {.cpus = 1, .seed = 1, .ndis_version = 0x6001e};
    struct sigaction action = {.sa_sigaction = on_signal,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    static char stack[65536];
    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct dd_platform *platform;
    struct dd_ctx *ctx;
    unsigned index;
    char *window;

    sigemptyset(&action.sa_mask);
    if (dd_ram_new(&ram_config, &machine.ram) < 0 || dd_machine_start(&machine) < 0 ||
        dd_ctx_adopt("bench", 0, &ctx) < 0 || sigaltstack(&alternate, NULL) < 0 ||
        sigaction(SIGSEGV, &action, NULL) < 0) {
        fail("the machine does not start");
    }
    platform = card(machine.ram);
    if (dd_io_attach(dd_platform_dev(platform), &index) < 0) {
        fail("no place for the card");
    }
    window = dd_io_map(index, dd_platform_dev(platform)->info.bars[0].base, 0x20000);
    if (window == NULL) {
        fail("the card's registers cannot be mapped");
    }
    measure("trapped_read", read_plain, read_called, (volatile ULONG *)(void *)(window + STATUS));
    measure("trapped_write", write_plain, write_called, (volatile ULONG *)(void *)(window + TABLE));
    measure("trapped_modify", modify_plain, modify_called,
            (volatile ULONG *)(void *)(window + TABLE));
    dd_io_detach(index);
    dd_platform_free(platform);
    dd_ctx_release(ctx);
    dd_machine_stop();
    dd_ram_free(machine.ram);
    return 0;
}
