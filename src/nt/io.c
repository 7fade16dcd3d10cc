/* SPDX-License-Identifier: MIT */
/*
 * Register windows and ports.
 *
 *   window region, never accessible:   | device 0: 1 GiB | device 1: 1 GiB | ... 16
 *                                        page table: window page -> bus page and BAR
 *   port region, the same:             | device 0: 64 KiB | ...   low 16 bits: the port number
 *
 * An access finds its device with one shift and its BAR with one load; it takes no lock. Windows
 * get fresh pages, with a free page behind each, until the device's part is used up, so that a
 * stale pointer is seen. An address outside both regions is plain memory (a BAR that is really
 * mapped, or a driver that uses the register calls on its own memory): it is accessed as it is.
 */
#include <ntddk.h>

#include "nt/io_int.h"

#include "base/thread.h"
#include "seam/api.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

struct window {
    struct dd_list node;
    void *ptr; /* what the driver got */
    size_t len_bytes;
    bool ports;
};

struct dd_io_slot dd_io_slots[DD_IO_DEVICES];

/* guards all changes of dd_io_slots */
static struct dd_mutex lock = DD_MUTEX_INIT;
/* the two regions; reserved once, and never given back */
uintptr_t dd_io_windows_base, dd_io_ports_base;

static uintptr_t reserve(size_t len_bytes)
{
    void *ptr =
        mmap(NULL, len_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return ptr == MAP_FAILED ? 0 : (uintptr_t)ptr;
}

/* weak: only in a program built with the thread sanitizer */
extern void AnnotateBenignRaceSized(const char *file, int line, const volatile void *mem,
                                    size_t size, const char *what) __attribute__((weak));

/* registers are no memory: two contexts that address one through pointers make no data race */
static void tell_sanitizer(uintptr_t base)
{
    if (AnnotateBenignRaceSized != NULL && base != 0) {
        AnnotateBenignRaceSized(__FILE__, __LINE__, (const volatile void *)base,
                                (size_t)DD_IO_DEVICES << DD_IO_DEVICE_SHIFT, "device registers");
    }
}

/* both regions aligned to one device's part */
static int reserve_regions_locked(void)
{
    if (dd_io_windows_base == 0) {
        uintptr_t base = reserve((DD_IO_DEVICES + 1ull) << DD_IO_DEVICE_SHIFT);

        dd_io_windows_base = base == 0 ? 0 : dd_align_up(base, 1ull << DD_IO_DEVICE_SHIFT);
        tell_sanitizer(dd_io_windows_base);
    }
    if (dd_io_ports_base == 0) {
        uintptr_t base = reserve((DD_IO_DEVICES + 1ull) << DD_IO_PORT_SHIFT);

        dd_io_ports_base = base == 0 ? 0 : dd_align_up(base, 1ull << DD_IO_PORT_SHIFT);
    }
    return dd_io_windows_base == 0 || dd_io_ports_base == 0 ? -ENOSPC : 0;
}

/* the tables stay when a device goes, all zero */
static int slot_init(struct dd_io_slot *s, struct dd_dev *dev)
{
    if (s->pages == NULL) {
        s->pages = calloc(DD_IO_DEVICE_PAGES, sizeof(*s->pages));
    }
    if (s->port_counts == NULL) {
        s->port_counts = calloc(DD_IO_PORTS, sizeof(*s->port_counts));
    }
    if (s->pages == NULL || s->port_counts == NULL) {
        return -ENOSPC;
    }
    dd_list_init(&s->windows);
    __atomic_store_n(&s->dev, dev, __ATOMIC_RELEASE);
    return 0;
}

int dd_io_attach(struct dd_dev *dev, unsigned *ret_index)
{
    int r;

    dd_mutex_lock(&lock);
    r = reserve_regions_locked();
    for (unsigned i = 0; r == 0; i++) {
        if (i == DD_IO_DEVICES) {
            r = -ENOSPC;
        } else if (dd_io_slots[i].dev == NULL) {
            r = slot_init(&dd_io_slots[i], dev);
            *ret_index = i;
            break;
        }
    }
    dd_mutex_unlock(&lock);
    return r;
}

int dd_io_bar_of(const struct dd_dev *dev, bool io, uint64_t base, uint64_t len_bytes)
{
    for (int i = 0; i < 6; i++) {
        const struct dd_bar *bar = &dev->info.bars[i];

        if (bar->size_bytes != 0 && bar->io == io && base >= bar->base &&
            len_bytes <= bar->size_bytes && base - bar->base <= bar->size_bytes - len_bytes) {
            return i;
        }
    }
    return -1;
}

/* the first of @n free pages that a free one follows, from where the last search ended; UINT32_MAX:
 * none */
static uint32_t find_pages_locked(struct dd_io_slot *s, uint64_t n)
{
    for (unsigned pass = 0; pass < 2 && n + 1 < DD_IO_DEVICE_PAGES; pass++) {
        uint32_t run = 0;

        for (uint32_t i = pass == 0 ? s->next_page : 0; i < DD_IO_DEVICE_PAGES; i++) {
            run = s->pages[i] == 0 ? run + 1 : 0;
            if (run == n + 1) {
                s->next_page = i + 1;
                return i - (uint32_t)n;
            }
        }
    }
    return UINT32_MAX;
}

static void *remember_locked(struct dd_io_slot *s, uintptr_t ptr, size_t len_bytes, bool ports)
{
    struct window *w = malloc(sizeof(*w));

    if (w == NULL) {
        return NULL;
    }
    *w = (struct window){.ptr = (void *)ptr, .len_bytes = len_bytes, .ports = ports};
    dd_list_append(&s->windows, &w->node);
    s->live++;
    return w->ptr;
}

/* pages that [base, base + len_bytes) touches */
static uint32_t pages_of(uint64_t base, size_t len_bytes)
{
    return (uint32_t)(((base + len_bytes - 1) >> DD_PAGE_SHIFT) - (base >> DD_PAGE_SHIFT) + 1);
}

static void *map_locked(unsigned index, uint64_t base, size_t len_bytes)
{
    struct dd_io_slot *s = &dd_io_slots[index];
    int bar = s->dev == NULL || len_bytes == 0 ? -1 : dd_io_bar_of(s->dev, false, base, len_bytes);
    uint64_t entry = (base >> DD_PAGE_SHIFT) << DD_IO_ENTRY_PAGE_SHIFT | DD_IO_ENTRY_LIVE;
    uint32_t at = bar < 0 ? UINT32_MAX : find_pages_locked(s, pages_of(base, len_bytes));
    uintptr_t window = dd_io_windows_base + ((uintptr_t)index << DD_IO_DEVICE_SHIFT);
    void *ptr;

    if (at == UINT32_MAX) {
        return NULL;
    }
    ptr = remember_locked(s, window + ((uintptr_t)at << DD_PAGE_SHIFT) + (base & DD_PAGE_MASK),
                          len_bytes, false);
    for (uint32_t i = 0; i < pages_of(base, len_bytes) && ptr != NULL; i++) {
        __atomic_store_n(&s->pages[at + i], entry | (uint64_t)bar << DD_IO_ENTRY_BAR_SHIFT,
                         __ATOMIC_RELEASE);
        entry += 1ull << DD_IO_ENTRY_PAGE_SHIFT;
    }
    return ptr;
}

void *dd_io_map(unsigned index, uint64_t base, size_t len_bytes)
{
    void *ptr = NULL;

    dd_mutex_lock(&lock);
    if (index < DD_IO_DEVICES) {
        ptr = map_locked(index, base, len_bytes);
    }
    dd_mutex_unlock(&lock);
    return ptr;
}

void *dd_io_map_any(uint64_t base, size_t len_bytes)
{
    void *ptr = NULL;

    dd_mutex_lock(&lock);
    for (unsigned i = 0; i < DD_IO_DEVICES && ptr == NULL; i++) {
        ptr = map_locked(i, base, len_bytes);
    }
    dd_mutex_unlock(&lock);
    return ptr;
}

bool dd_io_is_window(const void *ptr)
{
    return dd_io_in_windows((uintptr_t)ptr) || dd_io_in_ports((uintptr_t)ptr);
}

static struct dd_io_slot *slot_of(uintptr_t addr)
{
    if (dd_io_in_windows(addr)) {
        return &dd_io_slots[(addr - dd_io_windows_base) >> DD_IO_DEVICE_SHIFT];
    }
    return dd_io_in_ports(addr) ? &dd_io_slots[(addr - dd_io_ports_base) >> DD_IO_PORT_SHIFT]
                                : NULL;
}

static void count_ports_locked(struct dd_io_slot *s, uintptr_t cookie, size_t ports, int by)
{
    uint8_t *count = s->port_counts + (cookie - dd_io_ports_base) % DD_IO_PORTS;

    for (size_t i = 0; i < ports; i++) {
        __atomic_store_n(&count[i], (uint8_t)(count[i] + by), __ATOMIC_RELEASE);
    }
}

/* accesses to the window are nowhere from now on */
static void release_locked(struct dd_io_slot *s, struct window *w)
{
    uintptr_t addr = (uintptr_t)w->ptr;

    if (w->ports) {
        count_ports_locked(s, addr, w->len_bytes, -1);
    } else {
        uint64_t *entry =
            s->pages + ((addr - dd_io_windows_base) >> DD_PAGE_SHIFT) % DD_IO_DEVICE_PAGES;

        for (uint32_t i = 0; i < pages_of(addr, w->len_bytes); i++) {
            __atomic_store_n(&entry[i], 0, __ATOMIC_RELEASE);
        }
    }
    dd_list_remove(&w->node);
    free(w);
    s->live--;
}

static int unmap(void *ptr, size_t len_bytes, bool ports)
{
    struct dd_io_slot *s = slot_of((uintptr_t)ptr);
    struct dd_list *node;
    int r = -EINVAL;

    if (s == NULL) {
        return r;
    }
    dd_mutex_lock(&lock);
    if (s->dev != NULL) {
        DD_LIST_EACH(node, &s->windows) {
            struct window *w = DD_LIST_ENTRY(node, struct window, node);

            if (w->ptr == ptr && w->len_bytes == len_bytes && w->ports == ports) {
                release_locked(s, w);
                r = 0;
                break;
            }
        }
    }
    dd_mutex_unlock(&lock);
    return r;
}

int dd_io_unmap(void *window, size_t len_bytes)
{
    return unmap(window, len_bytes, false);
}

int dd_io_unmap_ports(void *cookie, size_t ports)
{
    return unmap(cookie, ports, true);
}

void dd_io_detach(unsigned index)
{
    struct dd_io_slot *s = &dd_io_slots[index];

    dd_mutex_lock(&lock);
    if (s->dev != NULL) {
        while (!dd_list_empty(&s->windows)) {
            release_locked(s, DD_LIST_ENTRY(s->windows.next, struct window, node));
        }
        __atomic_store_n(&s->dev, NULL, __ATOMIC_RELEASE);
    }
    dd_mutex_unlock(&lock);
}

static void *map_ports_locked(unsigned index, uint64_t base, size_t ports)
{
    struct dd_io_slot *s = &dd_io_slots[index];
    uintptr_t cookie = dd_io_ports_base + ((uintptr_t)index << DD_IO_PORT_SHIFT) + base;
    void *ptr;

    if (s->dev == NULL || s->live >= UINT8_MAX || ports == 0 || base >= DD_IO_PORTS ||
        ports > DD_IO_PORTS - base || dd_io_bar_of(s->dev, true, base, ports) < 0) {
        return NULL;
    }
    ptr = remember_locked(s, cookie, ports, true);
    if (ptr != NULL) {
        count_ports_locked(s, cookie, ports, 1);
    }
    return ptr;
}

void *dd_io_map_ports(unsigned index, uint64_t base, size_t ports)
{
    void *ptr = NULL;

    dd_mutex_lock(&lock);
    if (index < DD_IO_DEVICES) {
        ptr = map_ports_locked(index, base, ports);
    }
    dd_mutex_unlock(&lock);
    return ptr;
}

unsigned dd_io_live(unsigned index)
{
    unsigned live;

    dd_mutex_lock(&lock);
    live = index < DD_IO_DEVICES ? dd_io_slots[index].live : 0;
    dd_mutex_unlock(&lock);
    return live;
}
