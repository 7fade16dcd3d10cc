/* SPDX-License-Identifier: MIT */
/*
 * The full product of mdl, sgl, callback, bounce, iommu and map-registers, 200 frames each, there
 * and back, byte for byte; then again, for iommu=off, with buffers above 4 GiB and a device of 32
 * bits.
 *
 * usage: test_matrix DRIVER CAPTURE [FIRST [COUNT]]    FIRST, COUNT: only these, to repeat a
 * failure
 */
#include "matrix.h"

#include "base/clock.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_SLOTS 16u
#define MAX_SHOWN 20u

static const char *const mdl[] = {"flat", "header-split", "many", "leading-offset", "empty-mdls"};
static const char *const sgl[] = {"merge", "merge-iova", "per-page", "split", "relocate"};
static const char *const callback[] = {"inline", "deferred", "random"};
static const char *const bounce[] = {"auto", "always", "never"};
static const char *const iommu[] = {"off", "strict", "lazy"};
static const char *const regs[] = {"auto", "20", "64"};

const struct matrix_axis matrix_axes[AXIS_COUNT] = {
    [AXIS_MDL] = {"mdl", mdl, DD_ARRAY_LEN(mdl)},
    [AXIS_SGL] = {"sgl", sgl, DD_ARRAY_LEN(sgl)},
    [AXIS_CALLBACK] = {"callback", callback, DD_ARRAY_LEN(callback)},
    [AXIS_BOUNCE] = {"bounce", bounce, DD_ARRAY_LEN(bounce)},
    [AXIS_IOMMU] = {"iommu", iommu, DD_ARRAY_LEN(iommu)},
    [AXIS_REGS] = {"map-registers", regs, DD_ARRAY_LEN(regs)},
};

struct matrix {
    struct traffic traffic;
    struct slot slots[MAX_SLOTS];
    unsigned slot_count;
    struct sums sums;
    uint64_t near_runs, far_runs, failed;
};

bool combo_is(const struct combo *c, enum axis axis, const char *value)
{
    return strcmp(matrix_axes[axis].values[c->at[axis]], value) == 0;
}

void combo_text(const struct combo *c, char *out, size_t size)
{
    size_t n = 0;

    for (unsigned i = 0; i < AXIS_COUNT && n < size; i++) {
        n += (size_t)snprintf(out + n, size - n, "%s%s=%s", i > 0 ? " " : "", matrix_axes[i].name,
                              matrix_axes[i].values[c->at[i]]);
    }
    if (c->far && n < size) {
        snprintf(out + n, size - n, " address-bits=32 ram-high=64M");
    }
}

/* the next combination, as an odometer; false: that was the last */
static bool combo_next(struct combo *c)
{
    for (unsigned i = AXIS_COUNT; i-- > 0;) {
        /* far buffers are out of reach only where nothing is translated: iommu stays off */
        if (!(c->far && i == AXIS_IOMMU) && ++c->at[i] < matrix_axes[i].count) {
            return true;
        }
        c->at[i] = 0;
    }
    if (!c->far) {
        c->far = true;
        return true;
    }
    return false;
}

static void settle(struct matrix *m, struct slot *s, int wait_status)
{
    char text[256], why[700] = "";
    struct combo c = s->combo;

    if (slot_check(s, &m->traffic, wait_status, &m->sums, why, sizeof(why))) {
        return;
    }
    m->failed++;
    if (m->failed <= MAX_SHOWN) {
        combo_text(&c, text, sizeof(text));
        printf("FAILED combination %llu: %s\n    %s\n", (unsigned long long)s->number, text, why);
    }
}

/* wait for one run to end; its slot is free then. NULL: none is under way */
static struct slot *wait_for_one(struct matrix *m)
{
    int status;
    pid_t pid = waitpid(-1, &status, 0);

    for (unsigned i = 0; pid > 0 && i < m->slot_count; i++) {
        if (m->slots[i].pid == pid) {
            settle(m, &m->slots[i], status);
            return &m->slots[i];
        }
    }
    return NULL;
}

static struct slot *free_slot(struct matrix *m)
{
    for (unsigned i = 0; i < m->slot_count; i++) {
        if (m->slots[i].pid == 0) {
            return &m->slots[i];
        }
    }
    return wait_for_one(m);
}

static int run_all(struct matrix *m, uint64_t first, uint64_t count)
{
    struct combo c = {.at = {0}};
    uint64_t number = 0;

    do {
        if (number >= first && number - first < count) {
            struct slot *s = free_slot(m);
            int r = s ? slot_start(s, &m->traffic, &c, number) : -ECHILD;

            if (r < 0) {
                printf("combination %llu cannot be run: %s\n", (unsigned long long)number,
                       strerror(-r));
                return r;
            }
            *(c.far ? &m->far_runs : &m->near_runs) += 1;
        }
        number++;
    } while (combo_next(&c));
    while (wait_for_one(m)) {
    }
    return 0;
}

/* twice the CPUs: a run waits half of its time, for the link, for interrupts, for the wire */
static unsigned slots(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? 2 * CPU_COUNT(&set) : 2;

    return n < 1 ? 1 : (unsigned)n > MAX_SLOTS ? MAX_SLOTS : (unsigned)n;
}

static void print_sums(const struct matrix *m, double seconds)
{
    const struct sums *n = &m->sums;

    printf("%llu combinations of mdl x sgl x callback x bounce x iommu x map-registers, and %llu "
           "with buffers above 4 GiB and a 32-bit device; %u frames each\n",
           (unsigned long long)m->near_runs, (unsigned long long)m->far_runs, MATRIX_FRAMES);
    printf("%llu frames there and back, %llu lists, %llu elements, %llu bytes bounced, %llu "
           "requests queued, %llu callbacks deferred\n",
           (unsigned long long)n->frames, (unsigned long long)n->lists,
           (unsigned long long)n->elements, (unsigned long long)n->bounced_bytes,
           (unsigned long long)n->queued, (unsigned long long)n->deferred);
    printf("%llu failed, %.1f s, %u at a time\n", (unsigned long long)m->failed, seconds,
           m->slot_count);
}

int main(int argc, char **argv)
{
    static struct matrix m;
    uint64_t start = dd_clock_ns();
    char why[512] = "";

    if (argc < 3) {
        fprintf(stderr, "usage: test_matrix DRIVER CAPTURE [FIRST [COUNT]]\n");
        return 2;
    }
    m.slot_count = slots();
    for (unsigned i = 0; i < m.slot_count; i++) {
        m.slots[i].record_fd = m.slots[i].received_fd = -1;
    }
    if (traffic_init(&m.traffic, argv[2], argv[1], why, sizeof(why)) < 0) {
        fprintf(stderr, "test_matrix: %s: no traffic: %s\n", argv[2], why);
        return 2;
    }
    if (run_all(&m, argc > 3 ? strtoull(argv[3], NULL, 0) : 0,
                argc > 4   ? strtoull(argv[4], NULL, 0)
                : argc > 3 ? 1
                           : UINT64_MAX) < 0) {
        return 1;
    }
    print_sums(&m, (double)(dd_clock_ns() - start) / 1e9);
    return m.failed > 0 || m.near_runs + m.far_runs == 0;
}
