/* SPDX-License-Identifier: MIT */
/*
 * What supervisor and runner share: one memfd, mapped by both, that outlives the runner. The runner
 * only writes, in an order that leaves it readable at any moment; the supervisor reads it during
 * the run (progress) and after the runner's end, however it ended.
 */
#ifndef DD_RUN_SHARED_H
#define DD_RUN_SHARED_H

#include "run/edge.h"
#include "verify/verify.h"
#include "wire/faults.h"

#include <stdatomic.h>
#include <stdint.h>

#define DD_SHARED_MAGIC      0x44645368u
#define DD_SHARED_FINDINGS   1024u
#define DD_SHARED_FRAMES     48u
#define DD_SHARED_TEXT_BYTES (1u << 20)

/* how the runner ended, as it says itself; NONE: it did not get to say */
enum dd_run_end {
    DD_END_NONE,
    DD_END_DONE,   /* the run went its way; findings or not */
    DD_END_DRIVER, /* the driver refused: DriverEntry or MiniportInitializeEx failed, ... */
    DD_END_CRASH,  /* fatal signal in the runner: frames are the driver's stack */
    DD_END_HANG,   /* watchdog */
    DD_END_BUGCHECK,
    DD_END_MISSING,   /* a name that is not implemented was called */
    DD_END_COULD_NOT, /* could not run: why has the line; no output file may appear */
    DD_END_DEVICE,    /* the device ended by itself (QEMU's process did) */
};

struct dd_shared_site {
    char label[24];
    char api[56];
    uint64_t pc;
};

struct dd_shared_finding {
    char rule[48];
    int32_t severity; /* enum dd_severity */
    char text[512];
    struct dd_shared_site sites[DD_FINDING_SITES];
    char access[128];
    uint64_t count; /* the same finding (rule and sites) seen again */
    _Atomic(uint32_t) ready;
};

/* every number of the report; src/run/report.c maps names to fields */
struct dd_shared_counters {
    uint64_t send_nbls, send_nbs, send_bytes, send_completed, send_failed, send_too_long;
    uint64_t receive_nbls, receive_bytes, receive_returned;
    uint64_t sg_lists_built, sg_lists_freed, sg_elements, sg_elements_max, deferred_callbacks,
        other_cpu_callbacks;
    uint64_t queued_requests, bounced_bytes, map_registers_peak, shared_memory_bytes_peak,
        shared_memory_async;
    uint64_t caller_buffers_used, own_buffers_used, iommu_faults;
    uint64_t trapped;
    uint64_t interrupts, dpcs, oids, pauses, restarts, resets;
    uint64_t removals, insertions, freezes;
    uint64_t wire_frames_out, wire_frames_in, wire_frames_lost, wire_frames_refused;
    uint64_t wire_faults[DD_FAULT_KINDS];
    struct dd_tap_numbers tap;
    struct dd_offload_numbers offload;
    struct dd_rss_numbers rss;
    uint64_t may_fail_calls; /* calls that could have failed (setting fail) */
    uint64_t failed_point;   /* enum dd_fail_point + 1 of the failed one */
    uint64_t leaks;
    uint64_t send_total; /* frames the run wants to send */
    uint64_t run_ns;
};

struct dd_shared {
    uint32_t magic, size;
    _Atomic(uint32_t) end;   /* enum dd_run_end */
    _Atomic(uint32_t) begun; /* the driver's code ran */
    _Atomic(uint32_t) stop;  /* written by the supervisor too: traffic shall end */
    char phase[32];
    char why[512]; /* COULD_NOT, DRIVER, BUGCHECK, MISSING: one line */
    /* the driver's image, to turn addresses into lines */
    char image_path[512];
    uint64_t image_base;
    uint64_t runner_base; /* of the runner itself */
    /* crash or hang */
    int32_t signal;
    uint64_t fault_address;
    char context[32], callback[48];
    uint32_t frame_count;
    uint64_t frames[DD_SHARED_FRAMES];
    struct dd_shared_counters counters;
    _Atomic(uint64_t) heartbeat; /* the runner's watchdog thread is alive */
    _Atomic(uint32_t)
        finding_count; /* slots taken; may be above DD_SHARED_FINDINGS: those were dropped */
    struct dd_shared_finding findings[DD_SHARED_FINDINGS];
    _Atomic(uint64_t)
        text_bytes; /* driver text: written up to here, not a ring; more is dropped and counted */
    uint64_t text_dropped;
    char text[DD_SHARED_TEXT_BYTES];
};

/* dd_shared_create - memfd and mapping; 0 or -Exxx. dd_shared_map: map an inherited one, checked */
int dd_shared_create(int *ret_fd, struct dd_shared **ret_shared);
int dd_shared_map(int fd, struct dd_shared **ret_shared);
void dd_shared_unmap(struct dd_shared *s);

/* runner's side; all are async-signal-safe but dd_shared_finding_add */
void dd_shared_set_phase(struct dd_shared *s, const char *phase);
void dd_shared_set_end(struct dd_shared *s, enum dd_run_end end, const char *why);
/* dd_shared_finding_add - any thread */
void dd_shared_finding_add(struct dd_shared *s, const struct dd_finding *f);
void dd_shared_add_text(struct dd_shared *s, const char *text, size_t len_bytes);

#endif
