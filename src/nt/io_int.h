/* SPDX-License-Identifier: MIT */
/* What io.c (who has mapped what) and io_access.c (the accesses) share. */
#ifndef DD_NT_IO_INT_H
#define DD_NT_IO_INT_H

#include "nt/io.h"

#include "base/list.h"

#define DD_IO_DEVICES      16
#define DD_IO_DEVICE_SHIFT 30
#define DD_IO_DEVICE_PAGES (1u << (DD_IO_DEVICE_SHIFT - DD_PAGE_SHIFT))
#define DD_IO_PORT_SHIFT   16
#define DD_IO_PORTS        (1u << DD_IO_PORT_SHIFT)

/* an entry of a device's page table: bus page, BAR, live; 0: nothing is mapped */
#define DD_IO_ENTRY_LIVE       1ull
#define DD_IO_ENTRY_BAR_SHIFT  1
#define DD_IO_ENTRY_PAGE_SHIFT 4

/* A slot keeps its tables for ever, so that an access that comes too late reads an empty one. */
struct dd_io_slot {
    struct dd_dev *dev;     /* NULL: free; read without the lock */
    uint64_t *pages;        /* DD_IO_DEVICE_PAGES entries; read without the lock */
    uint8_t *port_counts;   /* DD_IO_PORTS: how many ranges hold each; read without the lock */
    struct dd_list windows; /* struct window */
    uint32_t next_page;     /* where the next window is looked for */
    unsigned live;
};

extern struct dd_io_slot dd_io_slots[DD_IO_DEVICES];
/* the two regions; 0 until the first device is attached, then the same for ever */
extern uintptr_t dd_io_windows_base, dd_io_ports_base;

static inline bool dd_io_in_windows(uintptr_t addr)
{
    return dd_io_windows_base != 0 && addr - dd_io_windows_base < (uintptr_t)DD_IO_DEVICES
                                                                      << DD_IO_DEVICE_SHIFT;
}

static inline bool dd_io_in_ports(uintptr_t addr)
{
    return dd_io_ports_base != 0 && addr - dd_io_ports_base < (uintptr_t)DD_IO_DEVICES
                                                                  << DD_IO_PORT_SHIFT;
}

/* dd_io_bar_of - the BAR of the kind that holds all of [base, base + len_bytes); -1: none */
int dd_io_bar_of(const struct dd_dev *dev, bool io, uint64_t base, uint64_t len_bytes);

/* dd_io_window_at - @width bytes at @addr are registers of a mapped window. Async-signal-safe */
bool dd_io_window_at(uintptr_t addr, unsigned width);

/* dd_io_read_at, dd_io_write_at - one access of @width 1, 2, 4 or 8 bytes.
 * @port: a number below 64 Ki is a port, and nothing is plain memory
 * @site: the driver's call site */
uint64_t dd_io_read_at(uintptr_t addr, unsigned width, bool port, const void *site);
void dd_io_write_at(uintptr_t addr, unsigned width, bool port, uint64_t value, const void *site);

#endif
