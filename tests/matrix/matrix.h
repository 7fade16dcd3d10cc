/* SPDX-License-Identifier: MIT */
/*
 * Every combination of the settings that change what a scatter/gather list is made of, each a whole
 * run of the driver in a process of its own: load, traffic, unload.
 */
#ifndef DD_TESTS_MATRIX_H
#define DD_TESTS_MATRIX_H

#include "run/runner.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MATRIX_FRAMES 200u

/* the axes; order is the order of matrix_axes */
enum axis {
    AXIS_MDL,
    AXIS_SGL,
    AXIS_CALLBACK,
    AXIS_BOUNCE,
    AXIS_IOMMU,
    AXIS_REGS,
    AXIS_COUNT
};

struct matrix_axis {
    const char *name;
    const char *const *values;
    unsigned count;
};
extern const struct matrix_axis matrix_axes[AXIS_COUNT];

/* one combination: the index of a value on each axis */
struct combo {
    unsigned at[AXIS_COUNT];
    bool far; /* buffers above 4 GiB, a device of 32 bits */
};

/* combo_is - the value of an axis is this one */
bool combo_is(const struct combo *c, enum axis axis, const char *value);
/* combo_text - as on the command line */
void combo_text(const struct combo *c, char *out, size_t size);

/* what all runs share; written before the first */
struct traffic {
    const char *driver;
    char send[64]; /* path of the capture that is sent */
    uint32_t len_bytes[MATRIX_FRAMES];
    uint8_t frames[MATRIX_FRAMES][1536]; /* as on the cable: at least 60 bytes */
    uint64_t long_bytes;                 /* in frames the driver maps rather than copies */
};

/* traffic_init - MATRIX_FRAMES of a capture, spread over it; 0 or -Exxx with a line in @why */
int traffic_init(struct traffic *t, const char *capture, const char *driver, char *why,
                 size_t why_bytes);

/* a run under way, and the files it writes */
struct slot {
    pid_t pid; /* 0: free */
    struct combo combo;
    uint64_t number, start_ns;
    int record_fd, received_fd, shared_fd;
    struct dd_shared *shared;
};

/* slot_start - fork, run. 0 or -Exxx */
int slot_start(struct slot *s, const struct traffic *t, const struct combo *combo, uint64_t number);

/* sums over all runs, to see that the settings did something */
struct sums {
    uint64_t frames, lists, elements, bounced_bytes, queued, deferred;
};

/* slot_check - the run is over: was it right? Adds to @sums. False: @why says what */
bool slot_check(struct slot *s, const struct traffic *t, int wait_status, struct sums *sums,
                char *why, size_t why_bytes);

#endif
