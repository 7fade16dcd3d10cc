/* SPDX-License-Identifier: MIT */
/*
 * Events that happen to the hardware: removal and insertion, freezes, bus mastering switched off, a
 * mapping taken out of the IOMMU.
 *
 * A driver may lose sends to them. What it may not do is stay dead: after such an event some send
 * has to succeed again, else the run ends with the finding driver-no-recovery. Meanwhile sends that
 * fail are followed by a rest, as a protocol would have one: a driver in the middle of a reset
 * would fail all there are.
 */
#include "run/runner.h"

#include "base/check.h"
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PCI_COMMAND    4u
#define PCI_BUS_MASTER 4u
#define RECOVER_WITHIN (15 * DD_NS_PER_S) /* hang checks and resets take some seconds each */
#define REST_NS        (250 * DD_NS_PER_MS)

bool dd_runner_insert_is_due(const struct dd_runner *r)
{
    for (size_t i = 0; i < r->plan.event_count; i++) {
        if (r->plan.events[i].what == DD_DO_INSERT && r->plan.events[i].times > 0) {
            return true;
        }
    }
    return false;
}

/* --- does the driver live on? --- */

static uint64_t sends_that_succeeded(struct dd_runner *r)
{
    dd_ndis_get_stats(r->adapter, &r->ndis);
    return r->ndis.nbls_completed - r->ndis.nbls_failed;
}

/* what was on its way may still come back good */
static void hurt(struct dd_runner *r, enum dd_event_what what)
{
    struct dd_hurt *h = &r->hurt;

    h->good = sends_that_succeeded(r) + dd_ndis_sends_outstanding(r->adapter);
    h->failed = r->ndis.nbls_failed;
    h->seen = 0;
    h->rested = UINT64_MAX;
    h->at_ns = dd_clock_ns();
    h->by = what;
}

static void rest(struct dd_runner *r, uint64_t failed)
{
    struct dd_hurt *h = &r->hurt;

    if (h->rest_until_ns != 0 && dd_clock_ns() >= h->rest_until_ns) {
        h->rest_until_ns = 0;
        h->rested = dd_min_u64(h->rested, failed);
        h->seen = failed;
        if (atomic_load(&r->adapter->state) == DD_STATE_RUNNING) {
            dd_edge_go(r->edge); /* else the restart does it */
        }
    } else if (h->rest_until_ns == 0 && failed > h->seen) {
        h->rest_until_ns = dd_clock_ns() + REST_NS;
        dd_edge_hold(r->edge);
    }
}

static void healed(struct dd_runner *r)
{
    if (r->hurt.rest_until_ns != 0 && atomic_load(&r->adapter->state) == DD_STATE_RUNNING) {
        dd_edge_go(r->edge);
    }
    r->hurt = (struct dd_hurt){0};
}

bool dd_runner_gave_up(struct dd_runner *r, bool at_end)
{
    struct dd_hurt *h = &r->hurt;
    uint64_t good, failed;

    if (h->at_ns == 0 || r->removed) {
        return false;
    }
    good = sends_that_succeeded(r);
    failed = r->ndis.nbls_failed - h->failed;
    if (good > h->good && r->thaw_ns == 0) {
        healed(r);
        return false;
    }
    rest(r, failed);
    /* it had time and failed again; or all the time there is */
    if (failed == 0 || r->thaw_ns != 0 ||
        (at_end ? failed <= h->rested : dd_clock_ns() - h->at_ns < RECOVER_WITHIN)) {
        return false;
    }
    if (r->verify) {
        dd_verify_raise(r->verify, "driver-no-recovery", NULL,
                        "no send has succeeded since the event %s: %" PRIu64
                        " failed, the driver does not get the device to work again",
                        dd_plan_event_name(h->by), failed);
    }
    healed(r);
    return true;
}

/* --- the events --- */

/* the device goes first: the driver finds out */
static void do_remove(struct dd_runner *r)
{
    struct dd_dev *dev = dd_platform_dev(r->platform);
    struct dd_ctx *returner;

    r->removed = true;
    dev->ops->remove(dev);
    dd_runner_thaw(r);
    dd_wire_ready(
        dd_platform_wire(r->platform)); /* a frame that waits for buffers finds the device gone */
    if (dd_runner_insert_is_due(r)) {
        dd_edge_hold(r->edge);
    } else {
        dd_edge_stop(r->edge);
    }
    returner = dd_runner_return_soon(r);
    dd_ndis_surprise_remove(r->adapter);
    dd_runner_returned(returner);
    r->hurt = (struct dd_hurt){0};
    r->shared->counters.removals++;
}

void dd_runner_see_gone(struct dd_runner *r)
{
    const char *why = dd_platform_gone(r->platform);

    if (why && !r->dead && !r->down) {
        dd_shared_set_end(r->shared, DD_END_DEVICE, why);
        r->dead = true;
        if (!r->removed) {
            do_remove(r);
        }
    }
}

/* Windows finds a device and starts the driver for it */
static void do_insert(struct dd_runner *r)
{
    int e = dd_platform_insert(r->platform);

    if (e < 0) {
        snprintf(r->why, sizeof(r->why), "the device could not be put back: %s", strerror(-e));
        dd_shared_set_end(r->shared, DD_END_DRIVER, r->why);
        r->dead = true;
        return;
    }
    if (dd_runner_start(r, r->adapter) < 0) {
        r->dead = true;
        return;
    }
    dd_shared_set_phase(r->shared, "traffic");
    r->removed = false;
    r->shared->counters.insertions++;
    hurt(r, DD_DO_INSERT);
    dd_edge_go(r->edge);
}

static void do_freeze(struct dd_runner *r, uint64_t ns)
{
    uint64_t until = dd_clock_ns() + ns;

    if (r->thaw_ns == 0) {
        dd_platform_freeze(r->platform, true);
        hurt(r, DD_DO_FREEZE);
    }
    r->thaw_ns = dd_max_u64(r->thaw_ns, until);
    r->shared->counters.freezes++;
}

void dd_runner_thaw(struct dd_runner *r)
{
    if (r->thaw_ns != 0) {
        r->thaw_ns = 0;
        dd_platform_freeze(r->platform, false);
        hurt(r, DD_DO_FREEZE);
    }
}

uint64_t dd_runner_thaw_due(struct dd_runner *r)
{
    if (r->thaw_ns != 0 && dd_clock_ns() >= r->thaw_ns) {
        dd_runner_thaw(r);
    }
    return r->thaw_ns == 0 ? UINT64_MAX : r->thaw_ns - r->traffic_start_ns;
}

static void bus_master_off(struct dd_runner *r)
{
    struct dd_dev *dev = dd_platform_dev(r->platform);
    uint32_t command = dev->ops->config_read(dev, PCI_COMMAND, 2);

    dev->ops->config_write(dev, PCI_COMMAND, 2, command & ~PCI_BUS_MASTER);
    hurt(r, DD_DO_BUS_MASTER_OFF);
}

static void iommu_unmap(struct dd_runner *r)
{
    if (dd_domain_revoke(dd_platform_domain(r->platform), 0, NULL) > 0) {
        hurt(r, DD_DO_IOMMU_UNMAP);
    }
}

void dd_runner_hardware_event(struct dd_runner *r, const struct dd_plan_event *e)
{
    if (r->removed != (e->what == DD_DO_INSERT)) {
        return; /* nothing to remove, or nothing to insert */
    }
    switch (e->what) {
    case DD_DO_REMOVE:
        do_remove(r);
        break;
    case DD_DO_INSERT:
        do_insert(r);
        break;
    case DD_DO_FREEZE:
        do_freeze(r, e->value);
        break;
    case DD_DO_BUS_MASTER_OFF:
        bus_master_off(r);
        break;
    case DD_DO_IOMMU_UNMAP:
        iommu_unmap(r);
        break;
    default:
        break;
    }
}
