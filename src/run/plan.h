/* SPDX-License-Identifier: MIT */
/*
 * The plan of a run: what the supervisor hands the runner, checked by both. It travels as JSON in a
 * memfd; open files travel as inherited descriptors named in it.
 */
#ifndef DD_RUN_PLAN_H
#define DD_RUN_PLAN_H

#include "run/settings.h"
#include "wire/wire.h"

enum dd_event_what {
    DD_DO_PAUSE,
    DD_DO_RESTART,
    DD_DO_RESET,
    DD_DO_REMOVE,
    DD_DO_LINK_DOWN,
    DD_DO_LINK_UP,
    DD_DO_CANCEL,
    DD_DO_SLEEP,
    DD_DO_SHUTDOWN,
    DD_DO_WIRE_DROP, /* in the order of enum dd_fault_kind */
    DD_DO_WIRE_DUPLICATE,
    DD_DO_WIRE_CORRUPT,
    DD_DO_WIRE_REORDER,
    DD_DO_WIRE_DELAY,
    DD_DO_INSERT, /* a removed device comes back */
    DD_DO_FREEZE, /* the device stands still for a while */
    DD_DO_BUS_MASTER_OFF,
    DD_DO_IOMMU_UNMAP, /* the first shared memory of the driver is no longer mapped */
    DD_DO_OFFLOAD      /* OID_TCP_OFFLOAD_PARAMETERS while traffic goes on */
};

struct dd_plan_event {
    uint64_t at_ns; /* after traffic began */
    enum dd_event_what what;
    uint64_t every_ns; /* 0: once; TIME may be written A+B: at A, then every B */
    uint64_t times;
    uint64_t value; /* wire faults: frames; wire-delay, freeze: ns; offload: enum dd_offload */
    bool out;       /* wire faults: frames from the device instead of towards it */
};

struct dd_plan {
    char *driver, *device, *send, *wire, *wire_file, *inf, *config, *tap;
    uint64_t loop;
    struct dd_settings settings;
    struct dd_plan_event *events;
    size_t event_count;
    unsigned cpus;
    uint64_t seed;
    uint64_t duration_ns; /* 0: until done */
    bool verify, debug;
    char **disabled_rules;                /* NULL-terminated */
    int record_fd, received_fd, trace_fd; /* -1: none */
};

/* dd_plan_parse_event - "500ms:pause", "2s:cancel", "1:reset", "0.1+0.01x100:pause",
 * "1s:wire-drop=10", "1s:wire-delay=5ms,out"; 0 or -EINVAL with a reason */
int dd_plan_parse_event(const char *text, struct dd_plan_event *ret_event, char *why,
                        size_t why_bytes);
const char *dd_plan_event_name(enum dd_event_what what);

/* to and from JSON; dd_plan_done frees what parse made */
char *dd_plan_to_json(const struct dd_plan *plan);
int dd_plan_from_json(const char *json, struct dd_plan *ret_plan, char *why, size_t why_bytes);
void dd_plan_done(struct dd_plan *plan);

#endif
