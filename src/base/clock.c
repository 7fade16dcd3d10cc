/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <time.h>

static uint64_t clock_read(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * DD_NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t dd_clock_ns(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

uint64_t dd_clock_coarse_ns(void)
{
    return clock_read(CLOCK_MONOTONIC_COARSE);
}

uint64_t dd_clock_wall_ns(void)
{
    return clock_read(CLOCK_REALTIME);
}
