/* SPDX-License-Identifier: MIT */
/* What a run is given: captures, read whole and checked; interfaces of the kernel; outputs. */
#include "run/runner.h"

#include <stdio.h>
#include <string.h>

#define MAX_FRAME_BYTES 1518u /* MTU 1500 + 14 + a tag */

static int open_tap(struct dd_runner *r, const char *text, struct dd_tap **ret_tap)
{
    struct dd_tap_name name;
    int e = dd_tap_parse(text, &name, r->why, sizeof(r->why));

    return e < 0 ? e : dd_tap_open(&name, ret_tap, r->why, sizeof(r->why));
}

int dd_runner_read_input(struct dd_runner *r)
{
    struct dd_wire_config wire = {0};
    char file[4096] = "";
    int e = 0;

    if (r->plan.send) {
        e = dd_pcap_read(r->plan.send, MAX_FRAME_BYTES, &r->capture, r->why, sizeof(r->why));
    }
    if (e == 0) {
        e = dd_wire_parse(r->plan.wire, &wire, file, sizeof(file), r->why, sizeof(r->why));
    }
    if (e == 0 && wire.kind == DD_WIRE_PCAP) {
        e = dd_pcap_read(file, MAX_FRAME_BYTES, &r->wire_capture, r->why, sizeof(r->why));
    }
    if (e == 0 && wire.kind == DD_WIRE_TAP) {
        e = open_tap(r, file, &r->wire_tap);
    }
    if (e == 0 && r->plan.tap) {
        e = open_tap(r, r->plan.tap, &r->tap);
    }
    if (e == 0 && r->plan.record_fd >= 0) {
        e = dd_pcap_writer_new(r->plan.record_fd, &r->record);
    }
    if (e == 0 && r->plan.received_fd >= 0) {
        e = dd_pcap_writer_new(r->plan.received_fd, &r->received);
    }
    if (e < 0 && !r->why[0]) {
        snprintf(r->why, sizeof(r->why), "cannot prepare the run: %s", strerror(-e));
    }
    return e;
}
