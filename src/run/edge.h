/* SPDX-License-Identifier: MIT */
/*
 * The upper edge: what a protocol driver is on Windows. Builds NET_BUFFER_LISTs from the frames of
 * a capture and sends them, within a window; takes what the miniport indicates, records it and
 * returns it.
 */
#ifndef DD_RUN_EDGE_H
#define DD_RUN_EDGE_H

#include "ndis/host.h"
#include "run/settings.h"
#include "wire/pcap.h"

struct dd_edge_config {
    struct dd_ram *ram;
    const struct dd_settings *settings; /* outlives the edge */
    const struct dd_pcap *capture;      /* NULL: nothing is sent */
    uint64_t loop;
    struct dd_pcap_writer *received; /* NULL: not recorded */
    uint64_t seed;
};

struct dd_edge;

int dd_edge_new(const struct dd_edge_config *config, struct dd_edge **ret_edge);
/* dd_edge_free - nothing may be outstanding */
void dd_edge_free(struct dd_edge *e);
struct dd_upper dd_edge_upper(struct dd_edge *e);

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
/* dd_edge_return_all - give back received lists that are held (setting receive-hold) */
void dd_edge_return_all(struct dd_edge *e);
uint64_t dd_edge_frames_sent(struct dd_edge *e);
uint64_t dd_edge_outstanding(struct dd_edge *e);

#endif
