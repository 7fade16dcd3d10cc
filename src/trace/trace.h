/* SPDX-License-Identifier: MIT */
/* The tracer: a line of text for each event on the seam, for people who look for what happened
 * when. */
#ifndef DD_TRACE_TRACE_H
#define DD_TRACE_TRACE_H

#include "seam/seam.h"

struct dd_trace;

/* dd_trace_new - writes to @fd, which stays the caller's; API events are left out unless @api. 0 or
 * -ENOMEM */
int dd_trace_new(int fd, bool api, struct dd_trace **ret_trace);
/* dd_trace_free - writes what is buffered; the first write error, or 0 */
int dd_trace_free(struct dd_trace *t);
/* dd_trace_flush - writes what is buffered; the first write error, or 0 */
int dd_trace_flush(struct dd_trace *t);
/* dd_trace_rescue - as dd_pcap_writer_rescue(), and nothing is written after it: a line that the
 * end of the process cuts short would be no line */
void dd_trace_rescue(struct dd_trace *t);
const struct dd_listener *dd_trace_listener(struct dd_trace *t);

#endif
