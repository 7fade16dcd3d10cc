/* SPDX-License-Identifier: MIT */
/*
 * The upper edge: what a protocol driver is on Windows. Builds NET_BUFFER_LISTs from the frames of
 * a capture, or of the Linux kernel (--tap), and sends them, within a window; takes what the
 * miniport indicates, records it, gives it to the kernel and returns it.
 */
#ifndef DD_RUN_EDGE_H
#define DD_RUN_EDGE_H

#include "ndis/host.h"
#include "run/settings.h"
#include "wire/pcap.h"
#include "wire/tap.h"

struct dd_edge_config {
    struct dd_ram *ram;
    const struct dd_settings *settings; /* outlives the edge */
    const struct dd_pcap *capture;      /* NULL: nothing is sent */
    uint64_t loop;
    struct dd_pcap_writer *received; /* NULL: not recorded */
    struct dd_tap *tap;              /* NULL: no kernel above; else no capture */
    uint64_t seed;
};

/* the traffic with the kernel above */
struct dd_tap_numbers {
    uint64_t from_kernel, to_kernel; /* frames */
    uint64_t refused;                /* the kernel did not take: its interface is down */
    uint64_t too_long;               /* longer than the miniport's MTU allows: dropped */
};

/* what was left to the card, and what it said */
struct dd_offload_numbers {
    uint64_t checksums;      /* lists sent with a checksum to insert, large sends apart */
    uint64_t large_sends;    /* lists */
    uint64_t large_segments; /* frames of the capture in them */
    uint64_t verdicts_good, verdicts_bad; /* received lists with a verdict on a checksum */
};

/* received lists with receive side scaling (setting rss) */
#define DD_RSS_CPUS 64u
struct dd_rss_numbers {
    uint64_t hashed, unhashed;
    uint64_t tables;            /* set after the first */
    uint64_t cpus[DD_RSS_CPUS]; /* those hashed, by the CPU they came on */
};

struct dd_edge;

int dd_edge_new(const struct dd_edge_config *config, struct dd_edge **ret_edge);
/* dd_edge_free - nothing may be outstanding */
void dd_edge_free(struct dd_edge *e);
struct dd_upper dd_edge_upper(struct dd_edge *e);

/* dd_edge_attach - whose receives come here: before @a runs, since it may indicate from then on */
void dd_edge_attach(struct dd_edge *e, struct dd_adapter *a);
/* dd_edge_start - a context on CPU 0 begins to send through @a. 0 or -EAGAIN */
int dd_edge_start(struct dd_edge *e, struct dd_adapter *a);
/* dd_edge_stop - no more sends; waits for the sending context, not for completions */
void dd_edge_stop(struct dd_edge *e);
/* dd_edge_hold - sends wait (paused adapter) until dd_edge_go() */
void dd_edge_hold(struct dd_edge *e);
void dd_edge_go(struct dd_edge *e);
/* dd_edge_done - everything was sent and has come back */
bool dd_edge_done(struct dd_edge *e);
/* dd_edge_cancel - MiniportCancelSend for the newest batch */
void dd_edge_cancel(struct dd_edge *e);
/* dd_edge_follow - kernel and miniport tell each other what changed: link state and MTU upwards,
 * packet filter and multicast list downwards (OIDs). From time to time, at PASSIVE_LEVEL, while the
 * adapter is there. Only with a tap */
void dd_edge_follow(struct dd_edge *e);
/* dd_edge_offload_change - from now on leave this to the card; sends are held. Only what the
 * setting offload began with can change: with none nothing does */
void dd_edge_offload_change(struct dd_edge *e, enum dd_offload what);
void dd_edge_offload_numbers(struct dd_edge *e, struct dd_offload_numbers *ret_numbers);
/* dd_edge_rss_follow - another table when it is time. At PASSIVE_LEVEL, while the adapter runs */
void dd_edge_rss_follow(struct dd_edge *e);
void dd_edge_rss_numbers(struct dd_edge *e, struct dd_rss_numbers *ret_numbers);
void dd_edge_tap_numbers(struct dd_edge *e, struct dd_tap_numbers *ret_numbers);
/* dd_edge_return_all - give back received lists that are held (setting receive-hold) */
void dd_edge_return_all(struct dd_edge *e);
uint64_t dd_edge_frames_sent(struct dd_edge *e);
uint64_t dd_edge_outstanding(struct dd_edge *e);
/* dd_edge_too_long - frames that were not sent: longer than the miniport takes */
uint64_t dd_edge_too_long(struct dd_edge *e);

#endif
