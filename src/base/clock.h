/* SPDX-License-Identifier: MIT */
#ifndef DD_BASE_CLOCK_H
#define DD_BASE_CLOCK_H

#include <stdint.h>

#define DD_NS_PER_US 1000ull
#define DD_NS_PER_MS 1000000ull
#define DD_NS_PER_S  1000000000ull

/* dd_clock_ns - monotonic time of the host in nanoseconds */
uint64_t dd_clock_ns(void);

/* dd_clock_coarse_ns - the same clock as of the last host tick (some milliseconds old), several
 * times cheaper */
uint64_t dd_clock_coarse_ns(void);

/* dd_clock_wall_ns - wall time, nanoseconds since 1970 UTC */
uint64_t dd_clock_wall_ns(void);

#endif
