/* SPDX-License-Identifier: MIT */
/* Callgrind's requests, where its header is there; without it nothing is counted. */
#ifndef DD_BENCH_CALLGRIND_H
#define DD_BENCH_CALLGRIND_H

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_DUMP_STATS_AT(p) ((void)(p))
#endif

#endif
