/* SPDX-License-Identifier: MIT */
/* What happens while traffic runs: events at their times, counters for the watcher, the end. */
#include "run/runner.h"

#include "base/check.h"
#include "base/clock.h"
#include "ndis/offload.h"
#include "nt/trap.h"

#include <string.h>

#define STEP_NS               (2 * DD_NS_PER_MS)
#define ENDLESS_STEP_NS       (10 * DD_NS_PER_MS)
#define RETURN_STEP_NS        (DD_NS_PER_MS / 10)
#define RETURN_DELAY_NS       (10 * DD_NS_PER_MS)
#define NO_PROGRESS_WATCHDOGS 3

void dd_runner_publish(struct dd_runner *r)
{
    struct dd_shared_counters *c = &r->shared->counters;
    struct dd_wire_stats w = {0};
    struct dd_ndis_stats n;
    struct dd_dma_stats m;
    uint64_t faults;

    if (r->adapter) {
        dd_ndis_get_stats(r->adapter, &r->ndis);
        dd_ndis_dma_stats(r->adapter, &r->dma);
    }
    if (r->platform) {
        dd_wire_get_stats(dd_platform_wire(r->platform), &w);
        r->faults = dd_domain_faults(dd_platform_domain(r->platform));
    }
    n = r->ndis;
    m = r->dma;
    faults = r->faults;
    dd_runner_others_add(r, &n, &m, &faults);
    c->send_nbls = n.nbls_sent;
    c->send_nbs = n.nbs_sent;
    c->send_bytes = n.bytes_sent;
    c->send_completed = n.nbls_completed;
    c->send_failed = n.nbls_failed;
    c->receive_nbls = n.nbls_received;
    c->receive_bytes = n.bytes_received;
    c->receive_returned = n.nbls_returned;
    c->sg_lists_built = m.sg_lists_built;
    c->sg_lists_freed = m.sg_lists_freed;
    c->sg_elements = m.sg_elements;
    c->sg_elements_max = m.sg_elements_max;
    c->deferred_callbacks = m.deferred_callbacks;
    c->other_cpu_callbacks = m.other_cpu_callbacks;
    c->queued_requests = m.queued_requests;
    c->bounced_bytes = m.bounced_bytes;
    c->map_registers_peak = m.map_registers_peak;
    c->shared_memory_bytes_peak = m.shared_memory_bytes_peak;
    c->shared_memory_async = m.shared_memory_async;
    c->caller_buffers_used = m.caller_buffers_used;
    c->own_buffers_used = m.own_buffers_used;
    c->iommu_faults = faults;
    c->interrupts = n.interrupts;
    c->dpcs = n.dpcs;
    c->trapped = dd_trap_count();
    c->oids = n.oids;
    c->wire_frames_out = w.frames_from_device;
    c->wire_frames_in = w.frames_to_device;
    c->wire_frames_lost = w.frames_lost;
    c->wire_frames_refused = w.frames_refused;
    for (unsigned i = 0; i < DD_FAULT_KINDS; i++) {
        c->wire_faults[i] = w.faults[i];
    }
    if (r->edge) {
        dd_edge_tap_numbers(r->edge, &c->tap);
        dd_edge_offload_numbers(r->edge, &c->offload);
        dd_edge_rss_numbers(r->edge, &c->rss);
        c->send_too_long = dd_edge_too_long(r->edge);
    }
    c->may_fail_calls = atomic_load(&r->fault.seen);
    c->failed_point = atomic_load(&r->fault.failed_point);
    c->run_ns = dd_clock_ns() - r->traffic_start_ns;
}

static bool restartable(struct dd_runner *r)
{
    return !r->removed && atomic_load(&r->adapter->state) == DD_STATE_PAUSED;
}

static void return_main(void *arg)
{
    struct dd_runner *r = arg;
    uint64_t deadline = dd_sched_now() + DD_NS_PER_S;

    while (atomic_load(&r->adapter->state) == DD_STATE_RUNNING && dd_sched_now() < deadline) {
        dd_sched_park(dd_sched_now() + RETURN_STEP_NS);
    }
    deadline = dd_sched_now() + RETURN_DELAY_NS;
    while (atomic_load(&r->adapter->state) == DD_STATE_PAUSING && dd_sched_now() < deadline) {
        dd_sched_park(dd_sched_now() + RETURN_STEP_NS);
    }
    dd_edge_return_all(r->edge);
}

struct dd_ctx *dd_runner_return_soon(struct dd_runner *r)
{
    struct dd_ctx *ctx;

    if (r->plan.settings.receive_hold == 0 ||
        dd_ctx_spawn("returner", 0, return_main, r, &ctx) < 0) {
        dd_edge_return_all(r->edge);
        return NULL;
    }
    return ctx;
}

void dd_runner_returned(struct dd_ctx *returner)
{
    if (returner) {
        dd_ctx_join(returner);
    }
}

static int do_pause(struct dd_runner *r)
{
    struct dd_ctx *returner;
    int e;

    dd_edge_hold(r->edge);
    returner = dd_runner_return_soon(r);
    e = dd_ndis_pause(r->adapter, NULL);
    dd_runner_returned(returner);
    if (e == 0) {
        r->shared->counters.pauses++;
    }
    return e;
}

static void do_restart(struct dd_runner *r)
{
    if (dd_ndis_restart(r->adapter, NULL) == 0) {
        r->shared->counters.restarts++;
        dd_edge_go(r->edge);
    }
}

static void set_power(struct dd_runner *r, NDIS_DEVICE_POWER_STATE state)
{
    ULONG value = (ULONG)state;

    (void)dd_ndis_set(r->adapter, OID_PNP_SET_POWER, &value, sizeof(value));
}

/* may it sleep? A query whose buffer is its input; a set follows, whatever the driver says */
static void ask_power(struct dd_runner *r, NDIS_DEVICE_POWER_STATE state)
{
    ULONG value = (ULONG)state;

    (void)dd_ndis_query(r->adapter, OID_PNP_QUERY_POWER, &value, sizeof(value), NULL);
}

/* the machine sleeps and wakes up: asked, paused, D3, D0, running */
static void do_sleep(struct dd_runner *r)
{
    ask_power(r, NdisDeviceStateD3);
    if (do_pause(r) < 0) {
        return;
    }
    set_power(r, NdisDeviceStateD3);
    set_power(r, NdisDeviceStateD0);
    do_restart(r);
}

/* power off: MiniportShutdownEx is the last the driver hears */
static void do_shutdown(struct dd_runner *r)
{
    r->down = true;
    dd_edge_stop(r->edge);
    dd_ndis_shutdown(r->adapter, NdisShutdownPowerOff);
    dd_runner_others_shutdown(r);
}

/* as an administrator changes them: what was handed over before still goes by the old ones */
static void do_offload(struct dd_runner *r, enum dd_offload what)
{
    dd_edge_hold(r->edge);
    if (dd_ndis_offload_set(r->adapter, dd_runner_offload_bits(what))) {
        dd_edge_offload_change(r->edge, what);
    }
    dd_edge_go(r->edge);
}

static void do_event(struct dd_runner *r, const struct dd_plan_event *e)
{
    if (r->down || (r->removed && e->what != DD_DO_INSERT)) {
        return;
    }
    switch (e->what) {
    case DD_DO_PAUSE:
        /* an event "pause" alone comes back by itself: the next step restarts, as a binding change
         * does */
        (void)do_pause(r);
        if (r->plan.event_count > 0) {
            bool explicit_restart = false;

            for (size_t i = 0; i < r->plan.event_count; i++) {
                explicit_restart |= r->plan.events[i].what == DD_DO_RESTART;
            }
            if (!explicit_restart && restartable(r)) {
                do_restart(r);
            }
        }
        break;
    case DD_DO_RESTART:
        if (restartable(r)) {
            do_restart(r);
        }
        break;
    case DD_DO_RESET:
        if (dd_ndis_reset(r->adapter, NULL) == 0) {
            r->shared->counters.resets++;
        }
        break;
    case DD_DO_REMOVE:
    case DD_DO_INSERT:
    case DD_DO_FREEZE:
    case DD_DO_BUS_MASTER_OFF:
    case DD_DO_IOMMU_UNMAP:
        dd_runner_hardware_event(r, e);
        break;
    case DD_DO_LINK_DOWN:
        dd_platform_set_link(r->platform, false);
        break;
    case DD_DO_LINK_UP:
        dd_platform_set_link(r->platform, true);
        break;
    case DD_DO_CANCEL:
        dd_edge_cancel(r->edge);
        break;
    case DD_DO_SLEEP:
        do_sleep(r);
        break;
    case DD_DO_SHUTDOWN:
        do_shutdown(r);
        break;
    case DD_DO_OFFLOAD:
        do_offload(r, (enum dd_offload)e->value);
        break;
    case DD_DO_WIRE_DROP:
    case DD_DO_WIRE_DUPLICATE:
    case DD_DO_WIRE_CORRUPT:
    case DD_DO_WIRE_REORDER:
    case DD_DO_WIRE_DELAY:
        dd_wire_fault(dd_platform_wire(r->platform), e->out,
                      (enum dd_fault_kind)(e->what - DD_DO_WIRE_DROP), e->value);
        break;
    }
}

/* the machine is off, or the device is gone for good */
static bool is_over(const struct dd_runner *r)
{
    return r->down || r->dead || (r->removed && !dd_runner_insert_is_due(r));
}

/* do what is due; returns when the next event is due (UINT64_MAX: none left) */
static uint64_t do_due(struct dd_runner *r, uint64_t now_ns)
{
    uint64_t next = dd_runner_thaw_due(r);

    for (size_t i = 0; i < r->plan.event_count; i++) {
        struct dd_plan_event *e = &r->plan.events[i];

        while (e->times > 0 && e->at_ns <= now_ns && !is_over(r)) {
            do_event(r, e);
            e->times--;
            e->at_ns += e->every_ns;
            now_ns = dd_clock_ns() - r->traffic_start_ns;
            if (e->every_ns > 0 && e->at_ns > now_ns) {
                break;
            }
        }
        if (e->times > 0 && e->at_ns < next) {
            next = e->at_ns;
        }
    }
    return next;
}

/* the driver works on what came from the wire: frames may still be in its ring */
static void note_activity(struct dd_runner *r)
{
    const struct dd_shared_counters *c = &r->shared->counters;
    uint64_t sum = c->receive_nbls + c->receive_returned + c->interrupts + c->dpcs;

    if (sum != r->activity) {
        r->activity = sum;
        r->active_ns = dd_clock_ns();
    }
}

/* everything came to rest: all sends back, wire and driver idle for the settle time */
static bool settled(struct dd_runner *r)
{
    struct dd_wire_stats w;
    uint64_t quiet;

    if (!dd_edge_done(r->edge)) {
        return false;
    }
    dd_wire_get_stats(dd_platform_wire(r->platform), &w);
    quiet = dd_clock_ns() - dd_max_u64(w.last_activity_ns, r->active_ns);
    return w.source_done && w.waiting == 0 && dd_platform_waiting(r->platform) == 0 &&
           quiet >= (uint64_t)(r->plan.settings.settle_s * 1e9);
}

/* nothing moves any more though something should: the wire waits for buffers that never come, or a
 * send is lost */
static bool stuck(struct dd_runner *r, uint64_t *last_sum, uint64_t *since_ns)
{
    struct dd_shared_counters *c = &r->shared->counters;
    uint64_t sum = c->send_nbls + c->send_completed + c->receive_nbls + c->wire_frames_in +
                   c->wire_frames_out + c->pauses + c->resets;
    uint64_t now = dd_clock_ns();
    double limit = r->plan.settings.watchdog_s * NO_PROGRESS_WATCHDOGS;

    if (sum != *last_sum) {
        *last_sum = sum;
        *since_ns = now;
    }
    return limit > 0 && (double)(now - *since_ns) > limit * 1e9;
}

/* a run with a kernel at an end, and nothing of its own to send, is over when somebody says so */
static bool endless(const struct dd_runner *r)
{
    return r->tap || (r->wire_tap && !r->capture);
}

static bool time_to_end(struct dd_runner *r, uint64_t now_ns, bool events_left)
{
    if (atomic_load(&r->shared->stop)) {
        return true;
    }
    if (r->plan.duration_ns) {
        return now_ns >= r->plan.duration_ns;
    }
    return !endless(r) && !events_left && settled(r);
}

/* of an endless run, only sends that do not come back over a link that is up say something */
static bool may_be_stuck(struct dd_runner *r)
{
    return !endless(r) || (dd_edge_outstanding(r->edge) > 0 &&
                           r->adapter->link.MediaConnectState != MediaConnectStateDisconnected);
}

static void tell_stuck(struct dd_runner *r)
{
    const struct dd_shared_counters *c = &r->shared->counters;

    if (r->verify) {
        dd_verify_raise(
            r->verify, "watchdog-miniport", NULL,
            "traffic stopped: %llu sends are not completed, %llu frames wait on the wire for receive buffers",
            (unsigned long long)dd_edge_outstanding(r->edge),
            (unsigned long long)(c->wire_frames_out - c->wire_frames_in));
    }
}

static void run_traffic(struct dd_runner *r)
{
    uint64_t last_sum = UINT64_MAX, since = dd_clock_ns();

    while (!is_over(r)) {
        uint64_t now = dd_clock_ns() - r->traffic_start_ns, next = do_due(r, now), step;

        dd_runner_publish(r);
        note_activity(r);
        dd_runner_see_gone(r);
        if (r->tap && !r->removed && !r->down) {
            dd_edge_follow(r->edge);
        }
        if (!r->removed && !r->down && atomic_load(&r->adapter->state) == DD_STATE_RUNNING) {
            dd_edge_rss_follow(r->edge);
        }
        now = dd_clock_ns() - r->traffic_start_ns;
        if (time_to_end(r, now, next != UINT64_MAX) || dd_runner_gave_up(r, false)) {
            return;
        }
        if (!may_be_stuck(r)) {
            since = dd_clock_ns();
        } else if (!r->plan.duration_ns && next == UINT64_MAX && stuck(r, &last_sum, &since)) {
            tell_stuck(r);
            return;
        }
        step = endless(r) ? ENDLESS_STEP_NS : STEP_NS;
        step = next > now && next - now < step ? next - now : next > now ? step : 1;
        dd_sched_park(dd_sched_now() + step);
    }
}

void dd_runner_traffic(struct dd_runner *r)
{
    run_traffic(r);
    dd_runner_thaw(r);
    (void)dd_runner_gave_up(r, true);
}
