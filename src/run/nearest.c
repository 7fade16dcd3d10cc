/* SPDX-License-Identifier: MIT */
#include "run/nearest.h"

#include <string.h>

#define MAX_LEN 63u

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;

    return m < c ? m : c;
}

static size_t distance(const char *a, size_t an, const char *b)
{
    size_t bn = strlen(b), row[MAX_LEN + 1];

    an = an > MAX_LEN ? MAX_LEN : an;
    bn = bn > MAX_LEN ? MAX_LEN : bn;
    for (size_t j = 0; j <= bn; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= an; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= bn; j++) {
            size_t above = row[j];

            row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[bn];
}

const char *dd_nearest(const char *text, size_t len, const char *const *names, size_t count)
{
    const char *best = names[0];
    size_t best_distance = (size_t)-1;

    for (size_t i = 0; i < count; i++) {
        size_t d = distance(text, len, names[i]);

        if (d < best_distance) {
            best_distance = d;
            best = names[i];
        }
    }
    return best;
}
