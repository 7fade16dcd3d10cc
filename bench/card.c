/* SPDX-License-Identifier: MIT */
/*
 * The driver of drivers/e1000e on a card: packets a second, and what each costs in accesses of the
 * card's registers. The edge sends as fast as it is let: 16 packets a call, 256 under way at most.
 * The process is bound to no CPU, for the card may be another process.
 *
 * Slices of sending take turns with slices of frames through a pair of sockets: what it costs at
 * the least to hand a frame to another process.
 *
 * usage: drydock-bench card DRIVER.so INF DEVICE FRAME-BYTES strict|off [--slices N]
 *
 * Prints a line of JSON. Exit status 77, and a line: DEVICE can not be had here.
 */
#include "send.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLICES_MAX 1001u
#define SLICE_NS   (20 * DD_NS_PER_MS)
#define SETTLE_NS  (2 * DD_NS_PER_MS)
#define SOCKET_RUN 2000u

struct results {
    double ours[SLICES_MAX], theirs[SLICES_MAX], ratio[SLICES_MAX];
    struct send_numbers sum; /* of all slices */
};

static struct send_numbers difference(struct send_numbers now, struct send_numbers before)
{
    now.completed -= before.completed;
    now.calls -= before.calls;
    now.reads -= before.reads;
    now.writes -= before.writes;
    now.doorbells -= before.doorbells;
    now.interrupts -= before.interrupts;
    return now;
}

static void add(struct send_numbers *sum, struct send_numbers more)
{
    sum->completed += more.completed;
    sum->calls += more.calls;
    sum->reads += more.reads;
    sum->writes += more.writes;
    sum->doorbells += more.doorbells;
    sum->interrupts += more.interrupts;
}

static double one_send(struct send_numbers *sum)
{
    struct send_numbers before, more;
    uint64_t start;

    dd_sched_park(dd_sched_now() + SETTLE_NS); /* under way */
    start = dd_clock_ns();
    before = send_numbers_now();
    dd_sched_park(dd_sched_now() + SLICE_NS);
    more = difference(send_numbers_now(), before);
    start = dd_clock_ns() - start;
    add(sum, more);
    if (more.completed == 0) {
        die("no packet comes back");
    }
    return (double)start / (double)more.completed;
}

static double one_socket(const int fds[2], size_t frame_bytes)
{
    static char frame[SEND_FRAME_MAX];
    uint64_t start = dd_clock_ns();

    for (unsigned i = 0; i < SOCKET_RUN; i++) {
        if (send(fds[0], frame, frame_bytes, 0) != (ssize_t)frame_bytes ||
            recv(fds[1], frame, sizeof(frame), 0) != (ssize_t)frame_bytes) {
            die("the pair of sockets takes no frame");
        }
    }
    return (double)(dd_clock_ns() - start) / SOCKET_RUN;
}

static int by_value(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;

    return (a > b) - (a < b);
}

static void measure(struct results *r, unsigned slices, size_t frame_bytes)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds) < 0) {
        die("there is no pair of sockets");
    }
    for (unsigned i = 0; i < slices; i++) {
        send_go();
        r->ours[i] = one_send(&r->sum);
        send_hold();
        r->theirs[i] = one_socket(fds, frame_bytes);
        r->ratio[i] = r->ours[i] / r->theirs[i];
    }
    close(fds[0]);
    close(fds[1]);
    qsort(r->ours, slices, sizeof(double), by_value);
    qsort(r->theirs, slices, sizeof(double), by_value);
    qsort(r->ratio, slices, sizeof(double), by_value);
}

static void print(const struct results *r, unsigned n, const struct send_config *c,
                  const char *iommu)
{
    const struct send_numbers *s = &r->sum;
    double packets = (double)s->completed;

    printf("{\"device\": \"%s\", \"frame_bytes\": %zu, \"iommu\": \"%s\", \"per\": 1, "
           "\"ns\": %.1f, \"ns_median\": %.1f, \"baseline\": \"a frame through a socket pair\", "
           "\"baseline_ns\": %.1f, \"baseline_ns_median\": %.1f, \"ratio\": %.4f, "
           "\"ratio_median\": %.4f, \"ratio_p10\": %.4f, \"ratio_p90\": %.4f, \"slices\": %u, "
           "\"packets\": %.0f, \"packets_per_second\": %.0f, \"register_reads\": %.5f, "
           "\"register_writes\": %.5f, \"register_accesses\": %.5f, \"doorbells\": %.5f, "
           "\"doorbells_per_call\": %.4f, \"packets_per_call\": %.2f, "
           "\"interrupts_per_packet\": %.5f}\n",
           c->device, c->frame_bytes, iommu, r->ours[0], r->ours[n / 2], r->theirs[0],
           r->theirs[n / 2], r->ours[0] / r->theirs[0], r->ratio[n / 2], r->ratio[n / 10],
           r->ratio[n * 9 / 10], n, packets, 1e9 / r->ours[n / 2], (double)s->reads / packets,
           (double)s->writes / packets, (double)(s->reads + s->writes) / packets,
           (double)s->doorbells / packets, (double)s->doorbells / (double)s->calls,
           packets / (double)s->calls, (double)s->interrupts / packets);
}

int card_main(int argc, char **argv)
{
    static struct results r;
    struct send_config c = {.count = true};
    unsigned slices = 51;

    if (argc == 8 && strcmp(argv[6], "--slices") == 0) {
        slices = (unsigned)strtoul(argv[7], NULL, 10);
    } else if (argc != 6) {
        die("usage: card DRIVER.so INF DEVICE FRAME-BYTES strict|off [--slices N]");
    }
    c.driver = argv[1];
    c.inf = argv[2];
    c.device = argv[3];
    c.frame_bytes = strtoul(argv[4], NULL, 10);
    c.iommu = strcmp(argv[5], "off") == 0 ? DD_DOMAIN_OFF : DD_DOMAIN_STRICT;
    if (slices < 1 || slices > SLICES_MAX || c.frame_bytes < 60 || c.frame_bytes > SEND_FRAME_MAX) {
        die("card: 1 to %u slices of frames of 60 to %u bytes", SLICES_MAX, SEND_FRAME_MAX);
    }
    send_up(&c);
    measure(&r, slices, c.frame_bytes);
    print(&r, slices, &c, argv[5]);
    send_down();
    return 0;
}
