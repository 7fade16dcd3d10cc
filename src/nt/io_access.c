/* SPDX-License-Identifier: MIT */
/* Accesses to windows and ports (io.c draws the regions). No lock is taken; the device locks for
 * itself. */
#include <ntddk.h>

#include "nt/io_int.h"

#include "seam/api.h"

/* where an access goes: a device's BAR, memory, or nowhere */
struct target {
    struct dd_dev *dev; /* NULL: nowhere, or memory */
    unsigned bar;
    uint64_t offset;
};

static bool inside_bar(struct target *t, uint64_t bus, unsigned width)
{
    const struct dd_bar *bar = &t->dev->info.bars[t->bar];

    t->offset = bus - bar->base;
    return bus >= bar->base && t->offset < bar->size_bytes && width <= bar->size_bytes - t->offset;
}

static bool find_window(uintptr_t offset, unsigned width, struct target *ret_target)
{
    struct dd_io_slot *s = &dd_io_slots[offset >> DD_IO_DEVICE_SHIFT];
    struct target t = {.dev = __atomic_load_n(&s->dev, __ATOMIC_ACQUIRE)};
    uint64_t entry;

    if (t.dev == NULL) {
        return false;
    }
    entry = __atomic_load_n(&s->pages[(offset >> DD_PAGE_SHIFT) % DD_IO_DEVICE_PAGES],
                            __ATOMIC_ACQUIRE);
    t.bar = (entry >> DD_IO_ENTRY_BAR_SHIFT) & 7;
    if (entry == 0 ||
        !inside_bar(&t,
                    (entry >> DD_IO_ENTRY_PAGE_SHIFT) << DD_PAGE_SHIFT | (offset & DD_PAGE_MASK),
                    width)) {
        return false;
    }
    *ret_target = t;
    return true;
}

bool dd_io_window_at(uintptr_t addr, unsigned width)
{
    struct target t;

    return dd_io_in_windows(addr) && dd_io_in_windows(addr + width - 1) &&
           find_window(addr - dd_io_windows_base, width, &t) &&
           find_window(addr + width - 1 - dd_io_windows_base, 1, &t);
}

/* @offset: of the port region */
static bool find_port(uintptr_t offset, unsigned width, struct target *ret_target)
{
    struct dd_io_slot *s = &dd_io_slots[offset >> DD_IO_PORT_SHIFT];
    struct target t = {.dev = __atomic_load_n(&s->dev, __ATOMIC_ACQUIRE)};
    uint32_t port = (uint32_t)offset % DD_IO_PORTS;
    int bar;

    if (t.dev == NULL || __atomic_load_n(&s->port_counts[port], __ATOMIC_ACQUIRE) == 0) {
        return false;
    }
    bar = dd_io_bar_of(t.dev, true, port, width);
    t.bar = (unsigned)bar;
    if (bar < 0 || !inside_bar(&t, port, width)) {
        return false;
    }
    *ret_target = t;
    return true;
}

/* a bare port number: whichever device has it in an I/O BAR, mapped or not */
static bool find_bare_port(uint32_t port, unsigned width, struct target *ret_target)
{
    for (unsigned i = 0; i < DD_IO_DEVICES; i++) {
        struct dd_dev *dev = __atomic_load_n(&dd_io_slots[i].dev, __ATOMIC_ACQUIRE);
        int bar = dev == NULL ? -1 : dd_io_bar_of(dev, true, port, width);

        if (bar >= 0) {
            *ret_target = (struct target){dev, (unsigned)bar, port - dev->info.bars[bar].base};
            return true;
        }
    }
    return false;
}

static void report_nowhere(uintptr_t addr, const void *site)
{
    DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .obj = (const void *)addr,
            .data = "access to a device register or port that is not mapped");
}

/* A locked operation, which is a full barrier on x86-64; thread sanitizers do not know fences. */
static void full_barrier(void)
{
    uint32_t word = 0;

    (void)__atomic_fetch_add(&word, 1, __ATOMIC_SEQ_CST);
}

/* Alignment is the caller's: a register call on memory behaves as the processor does. */
static uint64_t read_memory(uintptr_t addr, unsigned width)
{
    full_barrier();
    switch (width) {
    case 1:
        return *(volatile uint8_t *)addr;
    case 2:
        return *(volatile uint16_t *)addr;
    case 4:
        return *(volatile uint32_t *)addr;
    default:
        return *(volatile uint64_t *)addr;
    }
}

static void write_memory(uintptr_t addr, unsigned width, uint64_t value)
{
    switch (width) {
    case 1:
        *(volatile uint8_t *)addr = (uint8_t)value;
        break;
    case 2:
        *(volatile uint16_t *)addr = (uint16_t)value;
        break;
    case 4:
        *(volatile uint32_t *)addr = (uint32_t)value;
        break;
    default:
        *(volatile uint64_t *)addr = value;
    }
    full_barrier();
}

enum where {
    NOWHERE,
    DEVICE,
    MEMORY
};

/* @port: a number below 64 Ki is a port */
static enum where locate(uintptr_t addr, unsigned width, bool port, struct target *ret_target)
{
    if (dd_io_in_windows(addr)) {
        return find_window(addr - dd_io_windows_base, width, ret_target) ? DEVICE : NOWHERE;
    }
    if (dd_io_in_ports(addr)) {
        return find_port(addr - dd_io_ports_base, width, ret_target) ? DEVICE : NOWHERE;
    }
    if (port) {
        return addr < DD_IO_PORTS && find_bare_port((uint32_t)addr, width, ret_target) ? DEVICE
                                                                                       : NOWHERE;
    }
    return MEMORY;
}

static uint64_t all_ones(unsigned width)
{
    return UINT64_MAX >> (64 - 8 * width);
}

uint64_t dd_io_read_at(uintptr_t addr, unsigned width, bool port, const void *site)
{
    struct target t;

    switch (locate(addr, width, port, &t)) {
    case DEVICE:
        return t.dev->ops->bar_read(t.dev, t.bar, t.offset, width) & all_ones(width);
    case MEMORY:
        return read_memory(addr, width);
    default:
        report_nowhere(addr, site);
        return all_ones(width);
    }
}

void dd_io_write_at(uintptr_t addr, unsigned width, bool port, uint64_t value, const void *site)
{
    struct target t;

    switch (locate(addr, width, port, &t)) {
    case DEVICE:
        t.dev->ops->bar_write(t.dev, t.bar, t.offset, width, value);
        break;
    case MEMORY:
        write_memory(addr, width, value);
        break;
    default:
        report_nowhere(addr, site);
    }
}

uint64_t dd_io_read(const volatile void *reg, unsigned width)
{
    return dd_io_read_at((uintptr_t)reg, width, false, DD_SITE());
}

void dd_io_write(volatile void *reg, unsigned width, uint64_t value)
{
    dd_io_write_at((uintptr_t)reg, width, false, value, DD_SITE());
}
