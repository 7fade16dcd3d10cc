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
    unsigned copy_below, max_mdls; /* BenchSend, and the model of NDIS 5 */
    /* or of this program, over the driver's NET_BUFFERs (may be NULL: the driver works) */
    void (*fn)(const struct side *side, PNET_BUFFER *nbs, unsigned mask, uint64_t count);
    bool bounce; /* the model of NDIS 5: the device reaches none of the data */
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

/* ndis5.c: a model of how NDIS 5 sends. ndis5_counts - since the last call: requests to map, bytes
 * copied */
void ndis5_send(const struct side *side, PNET_BUFFER *nbs, unsigned mask, uint64_t count);
void ndis5_counts(uint64_t *ret_mapped, uint64_t *ret_copied);

/* a peer's calls beside ours. benches_peer_up - before them: how many there are, 0 where the peer
 * is not installed or does not start */
extern const struct bench peer_benches[];
unsigned benches_peer_up(void);

/* main.c: to the CPU the process is on */
void bench_pin(void);
/* send.c: the whole send path */
int send_main(int argc, char **argv);
/* card.c: a driver on a card, soft or QEMU's */
int card_main(int argc, char **argv);

#endif
