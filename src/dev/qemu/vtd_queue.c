/* SPDX-License-Identifier: MIT */
#include "dev/qemu/vtd_queue.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "dev/qemu/bus.h"
#include "dev/qemu/vtd.h"
#include "dev/qemu/vtd_regs.h"

#include <errno.h>

/* one entry stays empty, and a wait descriptor must always fit */
#define MOST_IN_FLIGHT (DD_VTD_QUEUE_ENTRIES - 2)
#define WAIT_NS        DD_NS_PER_S

static void *page_new(struct dd_ram *ram, dd_phys *ret_phys)
{
    void *p = dd_ram_alloc(ram, DD_PAGE_BYTES, DD_PAGE_BYTES,
                           DD_RAM_CONTIG | DD_RAM_PAGES | DD_RAM_ZERO, UINT64_MAX);

    if (!p) {
        return NULL;
    }
    *ret_phys = dd_ram_phys(ram, p);
    return dd_ram_at(ram, *ret_phys, DD_PAGE_BYTES);
}

int dd_vtd_queue_init(struct dd_vtd_queue *iq, struct dd_qemu *q, struct dd_ram *ram)
{
    *iq = (struct dd_vtd_queue){.q = q,
                                .ram = ram,
                                .ring_phys = DD_PHYS_NONE,
                                .status_phys = DD_PHYS_NONE};
    dd_mutex_init(&iq->lock);
    iq->ring = page_new(ram, &iq->ring_phys);
    iq->status = iq->ring ? page_new(ram, &iq->status_phys) : NULL;
    if (!iq->status) {
        dd_vtd_queue_done(iq);
        return -ENOMEM;
    }
    return 0;
}

static void page_free(struct dd_vtd_queue *iq, dd_phys phys)
{
    if (!dd_phys_is_none(phys)) {
        (void)dd_ram_free_block(iq->ram, dd_ram_host(iq->ram, phys), NULL);
    }
}

void dd_vtd_queue_done(struct dd_vtd_queue *iq)
{
    page_free(iq, iq->ring_phys);
    page_free(iq, iq->status_phys);
    dd_mutex_done(&iq->lock);
    *iq = (struct dd_vtd_queue){0};
}

static bool reached(struct dd_vtd_queue *iq, uint32_t number)
{
    return (int32_t)(atomic_load_explicit(iq->status, memory_order_acquire) - number) >= 0;
}

static bool out_of_order(struct dd_vtd_queue *iq)
{
    return dd_qemu_dead(iq->q) || atomic_load_explicit(&iq->stopped, memory_order_relaxed);
}

static void stop(struct dd_vtd_queue *iq, const char *why)
{
    if (!atomic_exchange(&iq->stopped, true)) {
        dd_log(DD_LOG_ERROR, "VT-d: its invalidation queue %s; mappings are no longer taken back",
               why);
    }
}

/* FSTS, once the wait descriptor @number is done; 0: it never will be */
static uint32_t wait_for(struct dd_vtd_queue *iq, uint32_t number)
{
    uint64_t deadline = 0;

    atomic_fetch_add_explicit(&iq->waits, 1, memory_order_relaxed);
    while (!out_of_order(iq)) {
        uint32_t status = (uint32_t)dd_qemu_read(iq->q, DD_VTD_BASE + VTD_FSTS, 4);

        if (dd_qemu_dead(iq->q)) {
            break;
        }
        if (reached(iq, number)) {
            return status;
        }
        if ((status & VTD_FSTS_QUEUE_ERROR) != 0) {
            stop(iq, "has an error");
        } else if (deadline == 0) {
            deadline = dd_clock_ns() + WAIT_NS;
        } else if (dd_clock_ns() > deadline) {
            stop(iq, "stands still");
        }
        dd_thread_yield();
    }
    return 0;
}

static void put_locked(struct dd_vtd_queue *iq, uint64_t low, uint64_t high)
{
    size_t at = iq->put % DD_VTD_QUEUE_ENTRIES;

    atomic_store_explicit(&iq->ring[at * 2 + 1], high, memory_order_relaxed);
    atomic_store_explicit(&iq->ring[at * 2], low, memory_order_release);
    iq->put++;
}

static uint32_t put_wait_locked(struct dd_vtd_queue *iq)
{
    uint32_t number = iq->put + 1;

    put_locked(iq, VTD_INV_WAIT | VTD_WAIT_STATUS | (uint64_t)number << 32, iq->status_phys.v);
    return number;
}

static void tell_locked(struct dd_vtd_queue *iq)
{
    dd_qemu_write(iq->q, DD_VTD_BASE + VTD_IQT, 8, (uint64_t)(iq->put % DD_VTD_QUEUE_ENTRIES) << 4);
}

/* for one descriptor and a wait; false: there never will be room */
static bool room_locked(struct dd_vtd_queue *iq)
{
    uint32_t done = atomic_load_explicit(iq->status, memory_order_acquire), number;

    if (out_of_order(iq)) {
        return false;
    }
    if (iq->put - done < MOST_IN_FLIGHT - 1) {
        return true;
    }
    number = put_wait_locked(iq);
    tell_locked(iq);
    (void)wait_for(iq, number);
    return !out_of_order(iq);
}

void dd_vtd_queue_post(struct dd_vtd_queue *iq, uint64_t low, uint64_t high)
{
    dd_mutex_lock(&iq->lock);
    if (room_locked(iq)) {
        put_locked(iq, low, high);
        tell_locked(iq);
        atomic_fetch_add_explicit(&iq->descriptors, 1, memory_order_relaxed);
    }
    dd_mutex_unlock(&iq->lock);
}

/* @low: 0: nothing but the wait */
static uint32_t run(struct dd_vtd_queue *iq, uint64_t low, uint64_t high)
{
    uint32_t number = 0;
    bool room;

    dd_mutex_lock(&iq->lock);
    room = room_locked(iq);
    if (room) {
        if (low != 0) {
            put_locked(iq, low, high);
            atomic_fetch_add_explicit(&iq->descriptors, 1, memory_order_relaxed);
        }
        number = put_wait_locked(iq);
        tell_locked(iq);
    }
    dd_mutex_unlock(&iq->lock);
    return room ? wait_for(iq, number) : 0;
}

uint32_t dd_vtd_queue_run(struct dd_vtd_queue *iq, uint64_t low, uint64_t high)
{
    return run(iq, low, high);
}

uint32_t dd_vtd_queue_wait(struct dd_vtd_queue *iq)
{
    return run(iq, 0, 0);
}
