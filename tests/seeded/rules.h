/* SPDX-License-Identifier: MIT */
/* What each seeded mistake must lead to. One line for each rule of src/verify/rules.def. */
#ifndef SEEDED_RULES_H
#define SEEDED_RULES_H

#include <stdbool.h>
#include <stddef.h>

enum variant {
    SEEDED,
    SEEDED_NDIS5,
    SEEDED_MISSING
};

struct expect {
    const char *group, *rule;
    const char *text;  /* part of the finding's text */
    const char *label; /* a call site with this label, in a file of the seeded driver; NULL: none is
                          known */
    const char *set[3];          /* settings beside those of every run */
    const char *event;           /* or NULL */
    const char *wire;            /* NULL: sink */
    const char *device;          /* NULL: soft:e1000e */
    unsigned frames;             /* sent; 0 counts as 1 */
    double duration_s;           /* for mistakes that keep a run from ending by itself */
    const char *consequences[2]; /* other rules that the mistake trips as well */
    enum variant variant;
    bool tcp;         /* the frames are segments of a TCP stream, of 100 bytes each */
    bool information; /* no mistake: status 0 */
    bool ends;        /* the run ends there: status 1 whatever is disabled */
};

extern const struct expect expectations[];
extern const size_t expectation_count;

#endif
