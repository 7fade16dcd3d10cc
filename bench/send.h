/* SPDX-License-Identifier: MIT */
/* A run of a real driver for the send bench: what src/run/runner.c does, with the edge in our
 * hands. */
#ifndef DD_BENCH_SEND_H
#define DD_BENCH_SEND_H

#include "side.h"

/* send_up - up to a running adapter with the link up; the edge waits. @keywords: KEYWORD=VALUE */
void send_up(const char *driver, const char *inf, bool verify, unsigned keyword_count,
             char **keywords);
void send_down(void);
/* send_go, send_hold - the edge sends as fast as it can; it stops, and all it sent has come back */
void send_go(void);
void send_hold(void);
/* send_completed - packets that have come back */
uint64_t send_completed(void);
/* send_count - for callgrind: a dump over @packets, and one over twice as many */
void send_count(uint64_t packets);

#endif
