/* SPDX-License-Identifier: MIT */
/* A run of a real driver for the send bench: what src/run/runner.c does, with the edge in our
 * hands. */
#ifndef DD_BENCH_SEND_H
#define DD_BENCH_SEND_H

#include "side.h"

struct send_config {
    const char *driver, *inf;
    const char *device; /* "soft:e1000e" */
    enum dd_domain_mode iommu;
    size_t frame_bytes; /* at most SEND_FRAME_MAX */
    bool verify;
    bool count; /* the driver's register accesses, for send_numbers() */
    unsigned keyword_count;
    char **keywords; /* KEYWORD=VALUE */
};

#define SEND_FRAME_MAX 1514u

/* all since send_up() */
struct send_numbers {
    uint64_t completed; /* packets that have come back */
    uint64_t calls;     /* of MiniportSendNetBufferLists */
    /* what the driver did to BAR 0, when counted */
    uint64_t reads, writes;
    uint64_t doorbells; /* of those writes: to the tail of the transmit ring */
    uint64_t interrupts;
};

/* send_up - up to a running adapter with the link up; the edge waits. Status 77 and a line when the
 * device cannot be had here */
void send_up(const struct send_config *config);
void send_down(void);
/* send_go, send_hold - the edge sends as fast as it can; it stops, and all it sent has come back */
void send_go(void);
void send_hold(void);
/* send_completed - packets that have come back */
uint64_t send_completed(void);
struct send_numbers send_numbers_now(void);
/* send_count - for callgrind: a dump over @packets, and one over twice as many */
void send_count(uint64_t packets);

#endif
