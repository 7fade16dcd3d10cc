/* SPDX-License-Identifier: MIT */
/* One of the two things a bench compares: work of the bench driver, or a function of this program.
 */
#ifndef DD_BENCH_SIDE_H
#define DD_BENCH_SIDE_H

#include "rig.h"

struct side {
    const char *name;
    /* work of the driver */
    enum unit unit;
    BENCH_SHAPE shape;
    BENCH_OPERATION operation;
    /* or of this program, over the driver's NET_BUFFERs (may be NULL: the driver works) */
    void (*fn)(PNET_BUFFER *nbs, unsigned mask, uint64_t count);
};

/* a side that is ready to run */
struct runner {
    struct side side;
    BENCH_REQUEST request;
};

void side_prepare(struct runner *r, const struct side *side);
/* side_run - @count operations */
void side_run(struct runner *r, uint64_t count);
/* side_count - a number of operations that goes round the traffic at least once */
uint64_t side_round(const struct runner *r);

struct bench {
    const char *name;
    unsigned per; /* pages in one operation; 1: numbers are per operation */
    struct side subject, baseline;
};

extern const struct bench benches[];
extern const unsigned bench_count;

/* bench_ndis5_sides, bench_dpdk - further benches: ndis5.c, and dpdk.c where it is installed */
extern const struct bench ndis5_benches[];
extern const unsigned ndis5_bench_count;
extern const struct bench dpdk_benches[];
extern const unsigned dpdk_bench_count;
void dpdk_up(void);

/* send.c: the whole send path */
int send_main(int argc, char **argv);

#endif
