/* SPDX-License-Identifier: MIT */
/* One combination: a process that runs the driver as drydock-runner does, and the check of what it
 * left behind. */
#include "matrix.h"

#include "base/clock.h"
#include "base/thread.h"
#include "run/options.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PCAP_HEAD_BYTES   24u
#define PCAP_RECORD_BYTES 16u
#define QUIET_S           0.004

/* --- the run --- */

static int combo_plan(const struct combo *c, const struct traffic *t, uint64_t number,
                      struct dd_plan *ret_plan, char *why, size_t why_bytes)
{
    static const char *const far[] = {"address-bits=32", "ram-high=64M"};
    char text[AXIS_COUNT][48];
    const char *set[AXIS_COUNT + 6] = {"settle=2", "ram=48M", "watchdog=20"};
    struct drydock_options o = DRYDOCK_OPTIONS_INIT;

    o.driver = t->driver;
    o.send = t->send;
    o.wire = "echo";
    o.seed = number + 1;
    o.set = set;
    o.set_count = 3;
    for (unsigned i = 0; i < AXIS_COUNT; i++) {
        snprintf(text[i], sizeof(text[i]), "%s=%s", matrix_axes[i].name,
                 matrix_axes[i].values[c->at[i]]);
        set[o.set_count++] = text[i];
    }
    for (unsigned i = 0; c->far && i < 2; i++) {
        set[o.set_count++] = far[i];
    }
    return dd_options_to_plan(&o, ret_plan, why, why_bytes);
}

/* Quiet time alone would end some runs early on a busy machine, or make all of them slow: a long
 * one is cut short once every frame is back. A frame too many still has QUIET_S to show up. */
static void cut_short(void *arg)
{
    double quiet_s = QUIET_S;
    struct dd_runner *r = arg;

    while (__atomic_load_n(&r->shared->counters.receive_nbls, __ATOMIC_RELAXED) < MATRIX_FRAMES &&
           atomic_load(&r->shared->end) == DD_END_NONE) {
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS);
    }
    __atomic_store(&r->plan.settings.settle_s, &quiet_s, __ATOMIC_RELAXED);
}

static _Noreturn void child(struct slot *s, const struct traffic *t)
{
    static struct dd_runner r;
    struct dd_thread *cutter;
    int status = 3;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    r.shared = s->shared;
    if (combo_plan(&s->combo, t, s->number, &r.plan, r.why, sizeof(r.why)) == 0) {
        r.plan.record_fd = s->record_fd;
        r.plan.received_fd = s->received_fd;
        if (dd_thread_start("cutter", cut_short, &r, &cutter) == 0) {
            status = dd_runner_run(&r);
        }
    } else {
        dd_shared_set_end(s->shared, DD_END_COULD_NOT, r.why);
    }
    _exit(status);
}

static int fresh_file(int *fd, const char *name)
{
    if (*fd < 0) {
        *fd = memfd_create(name, 0);
    }
    return *fd < 0 || ftruncate(*fd, 0) < 0 || lseek(*fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

int slot_start(struct slot *s, const struct traffic *t, const struct combo *combo, uint64_t number)
{
    int r = fresh_file(&s->record_fd, "matrix-record");

    if (r == 0) {
        r = fresh_file(&s->received_fd, "matrix-received");
    }
    if (r == 0) {
        r = dd_shared_create(&s->shared_fd, &s->shared);
    }
    if (r < 0) {
        return r;
    }
    s->combo = *combo;
    s->number = number;
    s->start_ns = dd_clock_ns();
    fflush(NULL);
    s->pid = fork();
    if (s->pid == 0) {
        child(s, t);
    }
    return s->pid < 0 ? -errno : 0;
}

/* --- the check --- */

/* every frame once, in order, byte for byte */
static bool same_frames(const struct traffic *t, int fd, const char *what, char *why,
                        size_t why_bytes)
{
    struct stat st;
    size_t at = PCAP_HEAD_BYTES, size;
    unsigned n = 0;
    uint8_t *p;

    if (fstat(fd, &st) < 0 || st.st_size <= (off_t)PCAP_HEAD_BYTES) {
        snprintf(why, why_bytes, "%s: no frames", what);
        return false;
    }
    size = (size_t)st.st_size;
    p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) {
        snprintf(why, why_bytes, "%s: cannot be read", what);
        return false;
    }
    while (at + PCAP_RECORD_BYTES <= size && n < MATRIX_FRAMES) {
        uint32_t len;

        memcpy(&len, p + at + 8, sizeof(len));
        at += PCAP_RECORD_BYTES;
        if (len != t->len_bytes[n] || at + len > size || memcmp(p + at, t->frames[n], len) != 0) {
            break;
        }
        at += len;
        n++;
    }
    munmap(p, size);
    if (n != MATRIX_FRAMES || at != size) {
        snprintf(why, why_bytes, "%s: frame %u differs (of %u)", what, n + 1, MATRIX_FRAMES);
        return false;
    }
    return true;
}

#define NEED(condition)                                                                            \
    if (!(condition)) {                                                                            \
        snprintf(why, why_bytes, "not so: %s", #condition);                                        \
        return false;                                                                              \
    }

/* nothing lost, nothing left */
static bool balanced(const struct dd_shared *s, char *why, size_t why_bytes)
{
    const struct dd_shared_counters *n = &s->counters;

    if (atomic_load(&s->finding_count) > 0) {
        snprintf(why, why_bytes, "finding %s: %s", s->findings[0].rule, s->findings[0].text);
        return false;
    }
    NEED(n->leaks == 0);
    NEED(n->iommu_faults == 0);
    NEED(n->send_nbs == MATRIX_FRAMES);
    NEED(n->send_completed == n->send_nbls);
    NEED(n->send_failed == 0);
    NEED(n->sg_lists_built == n->sg_lists_freed);
    NEED(n->receive_nbls == MATRIX_FRAMES);
    NEED(n->receive_returned == n->receive_nbls);
    NEED(n->wire_frames_lost == 0);
    return true;
}

/* the settings did what they say */
static bool effective(const struct combo *c, const struct traffic *t,
                      const struct dd_shared_counters *n, char *why, size_t why_bytes)
{
    bool pooled = !combo_is(c, AXIS_REGS, "auto");
    bool unreachable = c->far && combo_is(c, AXIS_IOMMU, "off");

    if (combo_is(c, AXIS_BOUNCE, "never")) {
        NEED(n->bounced_bytes == 0);
        /* what the device does not reach and may not be bounced: every send is copied */
        NEED(!unreachable || n->sg_lists_built == 0);
        NEED(unreachable || n->sg_lists_built > 0);
    } else if (combo_is(c, AXIS_BOUNCE, "always") || unreachable) {
        NEED(n->bounced_bytes > 0);
        NEED(!combo_is(c, AXIS_MDL, "flat") || n->bounced_bytes >= t->long_bytes);
    } else {
        NEED(n->bounced_bytes == 0);
        NEED(n->sg_lists_built > 0);
    }
    if (n->sg_lists_built == 0) {
        return true;
    }
    NEED(!combo_is(c, AXIS_SGL, "split") || n->sg_elements > n->sg_lists_built);
    /* some flat frames cross a page */
    NEED(!combo_is(c, AXIS_MDL, "flat") || !combo_is(c, AXIS_SGL, "per-page") ||
         n->sg_elements > n->sg_lists_built);
    NEED(!combo_is(c, AXIS_SGL, "relocate") || n->caller_buffers_used == 0);
    NEED(!combo_is(c, AXIS_CALLBACK, "inline") || pooled || n->deferred_callbacks == 0);
    /* random may well choose inline for each of a few lists */
    NEED(combo_is(c, AXIS_CALLBACK, "inline") || n->deferred_callbacks > 0 ||
         (combo_is(c, AXIS_CALLBACK, "random") && n->sg_lists_built < 16));
    if (pooled) {
        NEED(n->map_registers_peak > 0);
        NEED(n->map_registers_peak <= (combo_is(c, AXIS_REGS, "20") ? 20 : 64));
    }
    return true;
}

static bool ended_well(const struct dd_shared *s, int wait_status, char *why, size_t why_bytes)
{
    if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0 &&
        atomic_load(&s->end) == DD_END_DONE) {
        return true;
    }
    snprintf(why, why_bytes, "ended with wait status 0x%x, signal %d, in phase %s: %s", wait_status,
             s->signal, s->phase, s->why);
    return false;
}

static void add(struct sums *sums, const struct dd_shared_counters *n)
{
    sums->frames += n->receive_nbls;
    sums->lists += n->sg_lists_built;
    sums->elements += n->sg_elements;
    sums->bounced_bytes += n->bounced_bytes;
    sums->queued += n->queued_requests;
    sums->deferred += n->deferred_callbacks;
}

bool slot_check(struct slot *s, const struct traffic *t, int wait_status, struct sums *sums,
                char *why, size_t why_bytes)
{
    bool ok = ended_well(s->shared, wait_status, why, why_bytes) &&
              balanced(s->shared, why, why_bytes) &&
              effective(&s->combo, t, &s->shared->counters, why, why_bytes) &&
              same_frames(t, s->record_fd, "on the wire", why, why_bytes) &&
              same_frames(t, s->received_fd, "received", why, why_bytes);

    add(sums, &s->shared->counters);
    dd_shared_unmap(s->shared);
    close(s->shared_fd);
    s->shared = NULL;
    s->pid = 0;
    return ok;
}
