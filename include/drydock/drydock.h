/* SPDX-License-Identifier: MIT */
/*
 * Drydock for other programs: run a miniport driver against a device and read what came of it. The
 * command line is built on this header alone.
 *
 *   struct drydock_options o = DRYDOCK_OPTIONS_INIT;
 *   o.driver = "e1000e.so"; o.send = "traffic.pcap"; o.wire = "echo";
 *   struct drydock_report *r;
 *   char why[512];
 *   int status = drydock_run(&o, &r, why, sizeof(why));   0 fine, 1 findings or leaks, 2 could not
 * run
 *
 * drydock_run() is the supervisor: the driver runs in another process (drydock-runner), so whatever
 * it does, the call returns. One run at a time in a process per thread; no global state is kept.
 */
#ifndef DRYDOCK_DRYDOCK_H
#define DRYDOCK_DRYDOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DRYDOCK_API __attribute__((visibility("default")))

enum drydock_status {
    DRYDOCK_FINE = 0,
    DRYDOCK_FINDINGS = 1,
    DRYDOCK_COULD_NOT_RUN = 2
};

struct drydock_progress {
    double seconds;
    uint64_t sent, send_total, received;
    uint64_t sent_bytes, received_bytes;
    uint64_t findings;
    const char *phase; /* "initialize", "traffic", "halt" ... */
};

/* Pointers may be NULL where a default is named. Strings must live until drydock_run() returns. */
struct drydock_options {
    size_t size;        /* sizeof(struct drydock_options) */
    const char *driver; /* driver file; required */
    const char *device; /* "soft:e1000e" */
    const char *send;   /* capture to send; NULL: nothing is sent */
    const char *tap; /* "[NETNS:]NAME": an interface of the kernel above the miniport; NULL: none */
    uint64_t loop;   /* times the capture is sent; 0 counts as 1 */
    const char *wire;     /* "sink" */
    const char *record;   /* pcap of what left the device; NULL: none */
    const char *received; /* pcap of what the driver indicated; NULL: none */
    const char *trace;    /* text file of everything that passed the seam; NULL: none */
    const char *json;     /* report file; "-" standard output; NULL: none */
    const char
        *inf; /* the driver's INF; NULL: <driver without .so>.inf beside it, when there is one */
    const char *config;      /* file of overrides; NULL: none */
    const char *personality; /* named bundle of settings; NULL: "modern" */
    const char *const *set;  /* "key=value", later ones win */
    size_t set_count;
    const char *const *events; /* "TIME:WHAT", as `drydock run --help` says */
    size_t event_count;
    unsigned cpus;     /* 0: 2 */
    uint64_t seed;     /* 0: 1 */
    double duration_s; /* 0: until traffic is done */
    bool no_verify;
    bool
        debug; /* no supervisor, no watchdog: the driver runs in a child that a debugger can hold */
    const char
        *runner; /* path of drydock-runner; NULL: $DRYDOCK_RUNNER, else beside this program */
    const char *const
        *disabled_rules; /* NULL-terminated ids of rules that stay silent; NULL: none */
    /* not NULL: the run is ended in good order (pause, halt, report) when this is not 0; may be set
     * in a signal handler */
    const volatile int *stop;
    /* called about twice a second while the run goes on, from the calling thread; NULL: not called
     */
    void (*progress)(void *arg, const struct drydock_progress *progress);
    /* text the driver prints (DbgPrint), in whole calls; NULL: dropped */
    void (*driver_text)(void *arg, const char *text, size_t len_bytes);
    void *arg;
};

#define DRYDOCK_OPTIONS_INIT                                                                       \
    {                                                                                              \
        .size = sizeof(struct drydock_options)                                                     \
    }

struct drydock_report; /* what a run left; drydock_report_free() */

/**
 * drydock_run - run a driver
 * @ret_report: always set when the result is 0 or 1; NULL with 2 (unless the run began and broke:
 * then set too)
 * @why: with 2, one line: what, where, what to do
 *
 * Return: enum drydock_status. With 2 no output file was created or changed.
 */
DRYDOCK_API int drydock_run(const struct drydock_options *options,
                            struct drydock_report **ret_report, char *why, size_t why_bytes);
DRYDOCK_API void drydock_report_free(struct drydock_report *report);

/* drydock_report_json - the whole report (docs/report.md); valid until the report is freed */
DRYDOCK_API const char *drydock_report_json(const struct drydock_report *report);
/* drydock_report_number - a counter by path, as in "dma.sg_lists_built"; 0 and *ret_found false
 * when there is none */
DRYDOCK_API uint64_t drydock_report_number(const struct drydock_report *report, const char *path,
                                           bool *ret_found);
/* drydock_report_summary - a few lines for people */
DRYDOCK_API const char *drydock_report_summary(const struct drydock_report *report);
DRYDOCK_API size_t drydock_report_findings(const struct drydock_report *report);

struct drydock_finding {
    const char *rule, *severity; /* "error", "warning", "info" */
    const char *text;
    const char *formatted; /* as printed on a terminal, with call sites */
};
DRYDOCK_API int drydock_report_finding(const struct drydock_report *report, size_t index,
                                       struct drydock_finding *ret_finding);

/* --- catalogues: index from 0; false when there is none at @index --- */
struct drydock_entry {
    const char *name;
    const char *what;   /* one line */
    const char *detail; /* values, availability, severity ...; may be "" */
    bool available;     /* devices: can be opened here */
};
DRYDOCK_API bool drydock_device_at(size_t index, struct drydock_entry *ret_entry);
DRYDOCK_API bool drydock_setting_at(size_t index, struct drydock_entry *ret_entry);
DRYDOCK_API bool drydock_personality_at(size_t index, struct drydock_entry *ret_entry);
DRYDOCK_API bool drydock_rule_at(size_t index, struct drydock_entry *ret_entry);
/* drydock_explain - text about a rule, setting, personality or device; NULL: no such name. Free
 * with free() */
DRYDOCK_API char *drydock_explain(const char *name);
/* drydock_nearest - the known name (rule, setting ...) most like @name, or NULL */
DRYDOCK_API const char *drydock_nearest(const char *name);

DRYDOCK_API const char *drydock_version(void);
/* drydock_runner_main - what drydock-runner's main() calls */
DRYDOCK_API int drydock_runner_main(int argc, char **argv);

#ifdef __cplusplus
}
#endif

#endif
