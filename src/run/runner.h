/* SPDX-License-Identifier: MIT */
/*
 * The runner: one run of one driver in this process. Its steps are in runner.c, what happens during
 * traffic in control.c, what watches over it in watch.c and crash.c.
 */
#ifndef DD_RUN_RUNNER_H
#define DD_RUN_RUNNER_H

#include "fault/fault.h"
#include "load/load.h"
#include "ndis/host.h"
#include "run/edge.h"
#include "run/plan.h"
#include "run/platform.h"
#include "run/shared.h"
#include "trace/trace.h"
#include "verify/verify.h"

/* hardware.c: what hit the device last, until a send has succeeded again */
struct dd_hurt {
    uint64_t at_ns; /* 0: nothing */
    enum dd_event_what by;
    uint64_t good, failed; /* sends that were good or on their way, and failed, at that time */
    uint64_t seen, rested; /* failed since then: when looked at last; when a first rest was over */
    uint64_t rest_until_ns;
};

/* adapters.c: one more adapter of the driver (setting adapters) */
struct dd_other {
    struct dd_platform *platform;
    struct dd_edge *edge;
    struct dd_adapter *adapter; /* NULL: halted, or not there */
    struct dd_ndis_stats ndis;
    struct dd_dma_stats dma;
    uint64_t faults;
};

struct dd_runner {
    struct dd_plan plan;
    struct dd_shared *shared;
    struct dd_ram *ram;
    struct dd_verify *verify;
    struct dd_trace *trace;
    struct dd_fault_injector fault;
    struct dd_pcap *capture, *wire_capture;
    struct dd_pcap_writer *record, *received;
    struct dd_tap *tap, *wire_tap;
    struct dd_platform *platform;
    struct dd_ctx *main_ctx;
    struct dd_image *image;
    struct dd_driver *driver;
    struct dd_adapter *adapter;
    struct dd_edge *edge;
    struct dd_other others[DD_ADAPTERS_MAX - 1];
    struct dd_watch *watch;
    bool removed;     /* surprise removal happened */
    bool dead;        /* and what was put back did not come up */
    uint64_t thaw_ns; /* when a freeze ends; 0: not frozen */
    struct dd_hurt hurt;
    bool down; /* the machine was shut down */
    bool machine;
    uint64_t traffic_start_ns;
    uint64_t activity, active_ns; /* what the driver has done, and when that changed last */
    struct dd_dma_stats dma;      /* taken before the adapter goes */
    struct dd_ndis_stats ndis;
    uint64_t faults;
    char why[512];
};

/* dd_runner_run - the whole run; the result is in the shared memory. Returns the process's exit
 * status */
int dd_runner_run(struct dd_runner *r);

/* control.c: traffic until it is done, the duration is over or the device is gone; events at their
 * times */
void dd_runner_traffic(struct dd_runner *r);
/* dd_runner_return_soon - received lists the edge holds go back as protocols do it: while the pause
 * that follows is under way. NULL: all are back already. dd_runner_returned: wait for it */
struct dd_ctx *dd_runner_return_soon(struct dd_runner *r);
void dd_runner_returned(struct dd_ctx *returner);
/* runner.c: MiniportInitializeEx, MiniportRestart, first OIDs, link. 0 or -Exxx, and the run's end
 * is set */
int dd_runner_start(struct dd_runner *r, struct dd_adapter *a);

/* adapters.c. dd_runner_make_adapter: the @index-th, not started. 0 or -Exxx */
int dd_runner_make_adapter(struct dd_runner *r, unsigned index, struct dd_platform *platform,
                           struct dd_edge *edge, struct dd_adapter **ret_adapter);
/* dd_runner_offload_bits - enum dd_ndis_offload of a value of the setting offload */
uint32_t dd_runner_offload_bits(enum dd_offload offload);
struct dd_key *dd_runner_software_key(unsigned index);
struct dd_key *dd_runner_hardware_key(unsigned index);
/* dd_runner_others_up - the adapters after the first, running. 0, or -Exxx and the run's end is set
 */
int dd_runner_others_up(struct dd_runner *r);
void dd_runner_others_down(struct dd_runner *r); /* adds to the counter of leaks */
void dd_runner_others_shutdown(struct dd_runner *r);
void dd_runner_others_free(struct dd_runner *r);
/* dd_runner_others_add - what they did, added to what the first one did */
void dd_runner_others_add(struct dd_runner *r, struct dd_ndis_stats *n, struct dd_dma_stats *m,
                          uint64_t *faults);

/* hardware.c: events that happen to the device */
void dd_runner_hardware_event(struct dd_runner *r, const struct dd_plan_event *e);
/* dd_runner_insert_is_due - a removed device will be put back */
bool dd_runner_insert_is_due(const struct dd_runner *r);
/* dd_runner_see_gone - has the device ended by itself? Then this is a removal, and the run's end */
void dd_runner_see_gone(struct dd_runner *r);
/* dd_runner_thaw_due - ends a freeze that is over; when the next one is, after traffic began
 * (UINT64_MAX: none). dd_runner_thaw: ends it now */
uint64_t dd_runner_thaw_due(struct dd_runner *r);
void dd_runner_thaw(struct dd_runner *r);
/* dd_runner_gave_up - no send has succeeded since something hit the device: true once, with a
 * finding, and nothing more will come. @at_end: time is up */
bool dd_runner_gave_up(struct dd_runner *r, bool at_end);
/* publish counters for progress and report */
void dd_runner_publish(struct dd_runner *r);

/* input.c: captures, interfaces and outputs are opened. 0, or -Exxx with a line in r->why */
int dd_runner_read_input(struct dd_runner *r);

/* registry.c: the adapter's software and hardware keys */
#define DD_CLASS_KEY                                                                               \
    "Registry/Machine/System/CurrentControlSet/Control/Class/"                                     \
    "{4d36e972-e325-11ce-bfc1-08002be10318}/0000"
#define DD_ENUM_KEY "Registry/Machine/System/CurrentControlSet/Enum/PCI/0000"
/* dd_runner_fill_registry - 0 or -Exxx with a line in r->why */
int dd_runner_fill_registry(struct dd_runner *r);
/* dd_runner_service - the name of the driver's service key: its file name without folder and end */
const char *dd_runner_service(const char *driver, char *out, size_t size);

/* registry from INF and config file (inf.c): 0 or -Exxx with a line in @why */
struct dd_key;
int dd_inf_load(const char *path, struct dd_key *software, struct dd_key *hardware,
                struct dd_key *service, char *why, size_t why_bytes);
int dd_config_load(const char *path, struct dd_key *software, char *why, size_t why_bytes);

/* watch.c: a thread that finds driver callbacks running longer than the limit; ends the process
 * with a finding */
int dd_watch_start(struct dd_runner *r, struct dd_watch **ret_watch);
void dd_watch_stop(struct dd_watch *w);

/* dd_runner_rescue - the process ends without going the usual way: what is buffered goes out */
void dd_runner_rescue(struct dd_runner *r);

/* text.c: the driver's code as its file has it, for the trap (nt/trap.h) */
void dd_runner_keep_text(uint64_t image_base, const char *path);

/* crash.c: fatal signals become a stack in the shared memory, then the process ends with status 1
 */
int dd_crash_install(struct dd_runner *r);
/* dd_crash_capture - the calling thread's stack into the shared memory (bug checks, missing names)
 */
void dd_crash_capture(struct dd_shared *shared);
/* dd_crash_capture_thread - another thread's, by signal; waits at most 1 s. False: it did not
 * answer */
bool dd_crash_capture_thread(struct dd_shared *shared, int tid);

#endif
