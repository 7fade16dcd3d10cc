/* SPDX-License-Identifier: MIT */
/*
 * What the tests of src/ndis stand on: a machine, a device that does nothing by itself, and a
 * recorder of events.
 */
#ifndef DD_TEST_NDIS_FIXTURE_H
#define DD_TEST_NDIS_FIXTURE_H

#include "ndis/host.h"
#include "nt/machine.h"
#include "seam/api.h"

/* --- events --- */

#define EVENTS_MAX 16384

struct recorded {
    struct dd_ev ev;
    char text[96];   /* of events whose data is a string */
    uint64_t number; /* of events whose data is a number */
};

/* events_start / events_stop - around the machine: before it starts and after it has stopped */
void events_start(void);
void events_stop(void);
/* events_mute - record nothing while @mute (loops that would fill the memory) */
void events_mute(bool mute);
/* events_clear - forget what was recorded */
void events_clear(void);
unsigned events_count(enum dd_ev_kind kind);
/* events_nth - the nth (from 0) event of @kind, or NULL */
const struct recorded *events_nth(enum dd_ev_kind kind, unsigned n);
/* events_with_a - events of @kind whose field a is @a */
unsigned events_with_a(enum dd_ev_kind kind, uint64_t a);
/* events_bad - OBJECT_BAD events whose text contains @words */
unsigned events_bad(const char *words);
/* calls that may fail: the @nth fails, once; 0: none */
void events_fail_at(enum dd_fail_point point, unsigned nth);

/* --- machine --- */

struct machine {
    struct dd_ram *ram;
    struct dd_ctx *ctx;
    struct dd_domain *domain;
    struct dd_dma_policy policy;
};

/* machine_start - RAM, CPUs, a strict domain; the calling thread is a context on CPU 0 */
void machine_start(struct machine *m, unsigned cpus);
void machine_stop(struct machine *m);
/* run_at_dispatch - fn(arg) at DISPATCH_LEVEL on the calling context */
void run_at_dispatch(void (*fn)(void *arg), void *arg);
/* wait_until - @cond(@arg) within two seconds; false: it did not come */
bool wait_until(bool (*cond)(void *arg), void *arg);
/* driver_call - fn(arg) as if a callback of the driver were running */
void driver_call(void (*fn)(void *arg), void *arg);

/* --- a device: configuration space, one register BAR, one port BAR, MSI and MSI-X --- */

#define FAKE_VECTORS   4
#define FAKE_MEM_BASE  0xFEB00000ull
#define FAKE_PORT_BASE 0xC000ull

struct fake_dev {
    struct dd_dev dev;
    uint8_t config[256];
    uint32_t regs[256];
    uint32_t table[FAKE_VECTORS * 4]; /* MSI-X, BAR 3 */
    enum dd_irq_mode mode;
    unsigned vectors;
    unsigned mode_changes;
};

/* fake_init - with MSI-X and MSI capability, or (@messages false) only the line */
void fake_init(struct fake_dev *f, bool messages);

#endif
