/* SPDX-License-Identifier: MIT */
/*
 * The far end of the cable. A wire takes the frames a device transmits and brings frames to it.
 * Frames have no FCS. The wire of a run is lossless: a frame the device has no buffer for waits.
 *
 * A wire has one service thread for deliveries; transmit() may be called from any thread.
 */
#ifndef DD_WIRE_WIRE_H
#define DD_WIRE_WIRE_H

#include "wire/faults.h"
#include "wire/pcap.h"
#include "wire/tap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dd_wire_kind {
    DD_WIRE_SINK, /* takes everything */
    DD_WIRE_ECHO, /* sends each frame back */
    DD_WIRE_PCAP, /* sends the frames of a capture */
    DD_WIRE_GEN,  /* sends COUNT made-up frames of SIZE bytes */
    DD_WIRE_TAP,  /* the kernel: what it sends comes in, what the device sends it receives */
};

struct dd_wire_config {
    enum dd_wire_kind kind;
    const struct dd_pcap *capture; /* DD_WIRE_PCAP; outlives the wire */
    struct dd_tap *tap;            /* DD_WIRE_TAP; outlives the wire */
    uint64_t gen_count;
    uint32_t gen_bytes; /* 14..max frame */
    uint64_t seed;
    struct dd_pcap_writer *record; /* every frame the device transmitted; or NULL */
    /* deliver one frame to the device, on the wire's thread: 0 taken; -EAGAIN keep and wait for
     * dd_wire_ready(); other errors: the frame is lost and counted */
    int (*deliver)(void *arg, const void *frame, size_t len_bytes);
    void *arg;
};

struct dd_wire_stats {
    uint64_t frames_from_device, bytes_from_device;
    uint64_t frames_to_device, bytes_to_device;
    uint64_t frames_lost;            /* not taken for another reason than no buffer */
    uint64_t frames_refused;         /* DD_WIRE_TAP: by the kernel, whose interface is down */
    uint64_t waiting;                /* frames queued towards the device now */
    uint64_t faults[DD_FAULT_KINDS]; /* frames that got each fault, both directions */
    /* dd_clock_ns of the last frame brought, or when dd_wire_get_stats() last saw that some had
     * been sent since it looked before */
    uint64_t last_activity_ns;
    bool source_done; /* a pcap or generator wire has brought everything */
};

struct dd_wire;

/* dd_wire_parse - "sink", "echo", "pcap:FILE", "gen:COUNT,SIZE", "tap:[NETNS:]NAME". @ret_file:
 * what follows pcap: or tap:. 0 or -EINVAL with a reason in @why */
int dd_wire_parse(const char *text, struct dd_wire_config *config, char *ret_file,
                  size_t file_bytes, char *why, size_t why_bytes);
/* dd_wire_make_frame - frame @number of gen: broadcast, EtherType 88b5 (local experiments), its
 * number, then a pattern. @len_bytes: at least 14 */
void dd_wire_make_frame(uint64_t number, size_t len_bytes, uint8_t *out);
int dd_wire_new(const struct dd_wire_config *config, struct dd_wire **ret_wire);
/* dd_wire_stop - it brings no more frames, and its thread has ended; the device may still send.
 * dd_wire_free() does it too; NULL is fine */
void dd_wire_stop(struct dd_wire *w);
void dd_wire_free(struct dd_wire *w);
/* dd_wire_start - from now on pcap and generator wires bring frames */
void dd_wire_start(struct dd_wire *w);
/* dd_wire_transmit - the device sends; any thread. The frame is padded to 60 bytes in the
 * recording, as Ethernet wants */
void dd_wire_transmit(struct dd_wire *w, const void *frame, size_t len_bytes);
/* dd_wire_ready - the device can take frames again; any thread */
void dd_wire_ready(struct dd_wire *w);
void dd_wire_get_stats(struct dd_wire *w, struct dd_wire_stats *ret_stats);
/* dd_wire_set_cable - the cable is in or out; a kernel at the far end sees it as its carrier. It is
 * out at first */
void dd_wire_set_cable(struct dd_wire *w, bool in);
/* dd_wire_fault - see dd_faults_ask(); @out: of the frames from the device, else of those towards
 * it. The recording has frames as the device sent them */
void dd_wire_fault(struct dd_wire *w, bool out, enum dd_fault_kind kind, uint64_t value);
/* dd_wire_error - first write error of the recording, 0 when none */
int dd_wire_error(struct dd_wire *w);

#endif
