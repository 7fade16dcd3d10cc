/* SPDX-License-Identifier: MIT */
/*
 * The whole send path: the upper edge builds NET_BUFFER_LISTs from 64-byte frames, the driver of
 * drivers/e1000e sends them through the soft 82574L to a wire that counts them, and they come back
 * completed. The process is bound to one CPU, so contexts and device take turns on it.
 *
 * Slices of sending take turns with slices of a system call that writes as many bytes to /dev/null.
 *
 * usage: drydock-bench send DRIVER.so INF [--verify] [--slices N] [--count PACKETS]
 * [KEYWORD=VALUE]...
 *   --count   for callgrind: one dump after PACKETS packets instead of slices
 *   KEYWORD   of the driver's INF
 */
#include "send.h"

#include "base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SLICES_MAX 1001u
#define SLICE_NS   (3 * DD_NS_PER_MS)
#define FRAME      64u

struct options {
    struct send_config config;
    unsigned slices;
    uint64_t count;
};

static struct options parse(int argc, char **argv)
{
    struct options o = {.slices = 201,
                        .config = {.device = "soft:e1000e",
                                   .iommu = DD_DOMAIN_OFF,
                                   .frame_bytes = FRAME,
                                   .keywords = argv}};

    if (argc < 3) {
        die("send: a driver and its INF are needed");
    }
    o.config.driver = argv[1];
    o.config.inf = argv[2];
    for (int i = 3; i < argc; i++) {
        if (strcmp(argv[i], "--verify") == 0) {
            o.config.verify = true;
        } else if (strcmp(argv[i], "--slices") == 0 && i + 1 < argc) {
            o.slices = (unsigned)strtoul(argv[++i], NULL, 0);
        } else if (strcmp(argv[i], "--count") == 0 && i + 1 < argc) {
            o.count = strtoull(argv[++i], NULL, 0);
        } else if (strchr(argv[i], '=')) {
            o.config.keywords[o.config.keyword_count++] = argv[i];
        } else {
            die("send: what is %s?", argv[i]);
        }
    }
    if (o.slices < 1 || o.slices > SLICES_MAX) {
        die("send: 1 to %u slices", SLICES_MAX);
    }
    return o;
}

static double one_write(int fd, uint64_t count)
{
    static const char frame[FRAME];
    uint64_t start = dd_clock_ns();

    for (uint64_t i = 0; i < count; i++) {
        if (write(fd, frame, sizeof(frame)) != sizeof(frame)) {
            die("/dev/null takes nothing");
        }
    }
    return (double)(dd_clock_ns() - start) / (double)count;
}

/* while the edge sends: a slice of it */
static double one_send(void)
{
    uint64_t start, packets;

    dd_sched_park(dd_sched_now() + DD_NS_PER_MS / 2); /* under way */
    start = dd_clock_ns();
    packets = send_completed();
    dd_sched_park(dd_sched_now() + SLICE_NS);
    packets = send_completed() - packets;
    return packets > 0 ? (double)(dd_clock_ns() - start) / (double)packets : 1e9;
}

static int by_value(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;

    return (a > b) - (a < b);
}

static void measure(unsigned slices, bool verify)
{
    static double ours[SLICES_MAX], theirs[SLICES_MAX], ratio[SLICES_MAX];
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

    for (unsigned i = 0; i < slices; i++) {
        send_go();
        ours[i] = one_send();
        send_hold();
        theirs[i] = one_write(fd, 5000);
        ratio[i] = ours[i] / theirs[i];
    }
    close(fd);
    qsort(ours, slices, sizeof(double), by_value);
    qsort(theirs, slices, sizeof(double), by_value);
    qsort(ratio, slices, sizeof(double), by_value);
    printf("{\"name\": \"soft_send_64\", \"per\": 1, \"ns\": %.2f, \"ns_median\": %.2f, "
           "\"baseline\": \"write(2) of 64 bytes to /dev/null\", \"baseline_ns\": %.2f, "
           "\"baseline_ns_median\": %.2f, \"ratio\": %.4f, \"ratio_median\": %.4f, "
           "\"ratio_p10\": %.4f, \"ratio_p90\": %.4f, \"slices\": %u, \"verifier\": %s}\n",
           ours[0], ours[slices / 2], theirs[0], theirs[slices / 2], ours[0] / theirs[0],
           ratio[slices / 2], ratio[slices / 10], ratio[slices * 9 / 10], slices,
           verify ? "true" : "false");
}

int send_main(int argc, char **argv)
{
    struct options o = parse(argc, argv);

    bench_pin();
    send_up(&o.config);
    if (o.count != 0) {
        send_count(o.count);
    } else {
        measure(o.slices, o.config.verify);
    }
    send_down();
    return 0;
}
