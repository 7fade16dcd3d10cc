/* SPDX-License-Identifier: MIT */
/*
 * The bench program. bench/run starts it, once for time and once under callgrind, and makes the
 * table.
 *
 * usage: drydock-bench time DRIVER.so           each bench: slices of subject and baseline in turns
 *        drydock-bench count DRIVER.so          each side for callgrind: a dump after N operations,
 *                                               and one after 2 N more
 *        drydock-bench send ...                 the whole send path: send.c
 *        drydock-bench card ...                 a driver on a card: card.c
 *
 * Prints a line of JSON for each bench.
 */
#include "side.h"

#include "base/clock.h"
#include "callgrind.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IOMMU_WARM 400000u
#define SLICES     201u
#define SLICE_NS   (DD_NS_PER_MS)

/* --- sides --- */

void side_prepare(struct runner *r, const struct side *side)
{
    r->side = *side;
    rig_prepare(side->unit, side->shape, &r->request);
    r->request.Operation = side->operation;
    r->request.CopyBelow = side->copy_below;
    r->request.MaxMdls = side->max_mdls;
}

void side_run(struct runner *r, uint64_t count)
{
    if (r->side.fn) {
        r->side.fn(&r->side, r->request.NetBuffers, r->request.NetBufferCount - 1, count);
        return;
    }
    r->request.Count = count;
    rig_work(r->side.unit, &r->request);
}

uint64_t side_round(const struct runner *r)
{
    if (!r->side.fn && r->side.operation == BenchShared) {
        return 64;
    }
    return r->request.NetBufferCount < 4 ? 4 : r->request.NetBufferCount;
}

/* --- time --- */

static int by_value(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;

    return (a > b) - (a < b);
}

static double slice(struct runner *r, uint64_t count)
{
    uint64_t start;

    rig_listen(!r->side.fn && r->side.unit == UNIT_VERIFIED);
    start = dd_clock_ns();
    side_run(r, count);
    start = dd_clock_ns() - start;
    rig_listen(false);
    return (double)start / (double)count;
}

static uint64_t calibrate(struct runner *r)
{
    uint64_t n = 1;

    (void)slice(r, side_round(r));
    while (slice(r, n) * (double)n < SLICE_NS / 2.0) {
        n *= 2;
    }
    return n;
}

/* a send: lists, and bytes copied, of one packet */
static void print_moved(const char *prefix, struct runner *r)
{
    uint64_t mapped, copied;

    ndis5_counts(&mapped, &copied);
    side_run(r, side_round(r));
    if (r->side.fn) {
        ndis5_counts(&mapped, &copied);
    } else {
        mapped = r->request.Mapped;
        copied = r->request.Copied;
        if (r->side.unit == UNIT_BOUNCE) {
            copied += mapped * r->request.NetBuffers[0]->DataLength; /* every list is bounced */
        }
    }
    printf(", \"%smapped\": %.2f, \"%scopied_bytes\": %.1f", prefix,
           (double)mapped / (double)side_round(r), prefix, (double)copied / (double)side_round(r));
}

static void measure(const struct bench *b)
{
    static double ours[SLICES], theirs[SLICES], ratio[SLICES];
    struct runner subject, baseline;
    uint64_t n, m;

    side_prepare(&subject, &b->subject);
    side_prepare(&baseline, &b->baseline);
    n = calibrate(&subject);
    m = calibrate(&baseline);
    for (unsigned i = 0; i < SLICES; i++) {
        ours[i] = slice(&subject, n) / b->per;
        theirs[i] = slice(&baseline, m) / b->per;
        ratio[i] = ours[i] / theirs[i];
    }
    qsort(ours, SLICES, sizeof(double), by_value);
    qsort(theirs, SLICES, sizeof(double), by_value);
    qsort(ratio, SLICES, sizeof(double), by_value);
    printf(
        "{\"name\": \"%s\", \"per\": %u, \"ns\": %.3f, \"ns_median\": %.3f, \"baseline\": \"%s\", "
        "\"baseline_ns\": %.3f, \"baseline_ns_median\": %.3f, \"ratio\": %.4f, "
        "\"ratio_median\": %.4f, \"ratio_p10\": %.4f, \"ratio_p90\": %.4f, \"slices\": %u, "
        "\"operations_per_slice\": %llu, \"elements\": %u",
        b->name, b->per, ours[0], ours[SLICES / 2], b->baseline.name, theirs[0], theirs[SLICES / 2],
        ours[0] / theirs[0], ratio[SLICES / 2], ratio[SLICES / 10], ratio[SLICES * 9 / 10], SLICES,
        (unsigned long long)n, subject.request.Elements);
    if (b->subject.operation == BenchSend) {
        print_moved("", &subject);
        print_moved("baseline_", &baseline);
    }
    puts("}");
    fflush(stdout);
}

/* --- instructions --- */

/* a dump ends what was counted and begins anew */
static void dump(const char *bench, const char *side, unsigned times, uint64_t count)
{
    char text[128];

    snprintf(text, sizeof(text), "%s/%s/%u/%llu", bench, side, times, (unsigned long long)count);
    CALLGRIND_DUMP_STATS_AT(text);
}

static void count_side(const struct bench *b, const struct side *side, const char *which)
{
    struct runner r;
    uint64_t n;

    side_prepare(&r, side);
    n = side_round(&r);
    rig_listen(!side->fn && side->unit == UNIT_VERIFIED);
    /* with an IOMMU until every device page has been used once: from then on nothing is new */
    side_run(&r, !side->fn && side->unit == UNIT_STRICT ? IOMMU_WARM : n);
    dump(b->name, which, 0, n);
    for (unsigned times = 1; times <= 2; times++) {
        side_run(&r, n * times);
        dump(b->name, which, times, n * times);
    }
    rig_listen(false);
}

static void count(const struct bench *b)
{
    count_side(b, &b->subject, "subject");
    count_side(b, &b->baseline, "baseline");
}

/* --- all of them --- */

static void each(const struct bench *list, unsigned n, void (*fn)(const struct bench *b),
                 const char *only)
{
    for (unsigned i = 0; i < n; i++) {
        if (!only || strcmp(only, list[i].name) == 0) {
            fn(&list[i]);
        }
    }
}

void bench_pin(void)
{
    cpu_set_t set;
    int cpu = sched_getcpu();

    CPU_ZERO(&set);
    CPU_SET((unsigned)(cpu < 0 ? 0 : cpu), &set);
    if (sched_setaffinity(0, sizeof(set), &set) < 0) {
        die("this process can not be bound to a CPU");
    }
}

static int cases_main(void (*fn)(const struct bench *b), const char *driver, const char *only)
{
    bench_pin();
    rig_up(driver);
    each(benches, bench_count, fn, only);
    each(peer_benches, benches_peer_up(), fn, only);
    rig_down();
    return rig_findings() == 0 ? 0 : 2;
}

int main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "send") == 0) {
        return send_main(argc - 1, argv + 1);
    }
    if (argc >= 2 && strcmp(argv[1], "card") == 0) {
        return card_main(argc - 1, argv + 1);
    }
    if ((argc == 3 || argc == 4) && strcmp(argv[1], "time") == 0) {
        return cases_main(measure, argv[2], argv[3]);
    }
    if ((argc == 3 || argc == 4) && strcmp(argv[1], "count") == 0) {
        return cases_main(count, argv[2], argv[3]);
    }
    die("usage: drydock-bench time|count DRIVER.so [BENCH], or send, card: see bench/send.c, card.c");
}
