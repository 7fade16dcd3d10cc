/* SPDX-License-Identifier: MIT */
/*
 * What the pass of `drydock build` takes for preprocessed sources, beside a copy of the same bytes.
 *
 * usage: drydock-bench-pass HEADERS FILE.i...
 *
 * HEADERS: include/nt, whose text the pass leaves alone. Prints one line of JSON: nanoseconds for
 * all files together, the smallest of ROUNDS and the median.
 */
#include "build/pass.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS    21
#define FILES_MAX 256

struct source {
    char *text;
    size_t len;
};

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static double pass_all(const struct source *s, int count, const char *const *exempt)
{
    const struct dd_pass_options options = {.exempt = exempt};
    uint64_t start = now_ns();

    for (int i = 0; i < count; i++) {
        size_t len;
        char *why, *out = dd_pass(s[i].text, s[i].len, &options, &len, &why);

        if (why) {
            fprintf(stderr, "bench: %s\n", why);
            exit(2);
        }
        free(out);
    }
    return (double)(now_ns() - start);
}

static double copy_all(const struct source *s, int count)
{
    uint64_t start = now_ns();

    for (int i = 0; i < count; i++) {
        char *copy = malloc(s[i].len);

        if (copy) {
            memcpy(copy, s[i].text, s[i].len);
        }
        __asm__ volatile("" ::"r"(copy) : "memory");
        free(copy);
    }
    return (double)(now_ns() - start);
}

static int by_value(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;

    return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
    static struct source sources[FILES_MAX];
    double ours[ROUNDS], theirs[ROUNDS], ratio[ROUNDS];
    const char *exempt[2] = {argc > 2 ? argv[1] : NULL};
    int count = argc - 2;
    size_t bytes = 0;

    if (count < 1 || count > FILES_MAX) {
        fprintf(stderr, "usage: drydock-bench-pass HEADERS FILE.i...\n");
        return 2;
    }
    for (int i = 0; i < count; i++) {
        sources[i].text = dd_file_read(argv[i + 2], &sources[i].len);
        if (!sources[i].text) {
            fprintf(stderr, "bench: %s cannot be read\n", argv[i + 2]);
            return 2;
        }
        bytes += sources[i].len;
    }
    for (int i = 0; i < ROUNDS; i++) {
        ours[i] = pass_all(sources, count, exempt);
        theirs[i] = copy_all(sources, count);
        ratio[i] = ours[i] / theirs[i];
    }
    qsort(ours, ROUNDS, sizeof(double), by_value);
    qsort(theirs, ROUNDS, sizeof(double), by_value);
    qsort(ratio, ROUNDS, sizeof(double), by_value);
    printf("{\"ns\": %.0f, \"ns_median\": %.0f, \"baseline\": \"a copy of the text\", "
           "\"baseline_ns\": %.0f, \"baseline_ns_median\": %.0f, \"ratio\": %.3f, "
           "\"ratio_median\": %.3f, \"ratio_p10\": %.3f, \"ratio_p90\": %.3f, \"slices\": %d, "
           "\"text_bytes\": %zu, \"files\": %d}\n",
           ours[0], ours[ROUNDS / 2], theirs[0], theirs[ROUNDS / 2], ours[0] / theirs[0],
           ratio[ROUNDS / 2], ratio[ROUNDS / 10], ratio[ROUNDS * 9 / 10], ROUNDS, bytes, count);
    return 0;
}
