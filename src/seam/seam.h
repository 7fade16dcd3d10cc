/* SPDX-License-Identifier: MIT */
/*
 * The seam: every step of a run passes here, and only here do verifier, tracer and fault injector
 * listen.
 *
 *   dd_seam_event     something happened           (listeners: verify, trace)
 *   dd_seam_may_fail  shall this call fail?        (listener: fault)
 *   dd_seam_choose    which of n?                  (listener: the run's seed)
 *
 * With nobody listening each is one load and one branch. A room that reports an event never learns
 * what came of it: it has to stay correct whatever the driver did.
 *
 * Listeners are called on the thread of the event, at its IRQL, possibly from several threads at
 * once; they must not call back into the rooms they watch, nor wait.
 */
#ifndef DD_SEAM_SEAM_H
#define DD_SEAM_SEAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dd_ev_kind {
#define DD_EVENT(name, what) DD_EV_##name,
#include "seam/events.def"
#undef DD_EVENT
    DD_EV_COUNT
};

/* What each field means for a kind is in events.def. Fields a kind does not name are zero. */
struct dd_ev {
    enum dd_ev_kind kind;
    const void
        *site; /* return address in the driver's code; NULL when no driver call is under way */
    const void *adapter; /* struct dd_adapter, or NULL */
    const void *obj, *obj2, *obj3;
    uint64_t a, b, c, d;
    const void *data; /* valid during the call only */
};

enum dd_fail_point {
#define DD_FAIL(name, what) DD_FAIL_##name,
#include "seam/failpoints.def"
#undef DD_FAIL
    DD_FAIL_COUNT
};

enum dd_choice {
    DD_CHOICE_SG_CALLBACK,    /* 0 inline, 1 deferred */
    DD_CHOICE_SGL_SPLIT,      /* where an element is split, 0..n-1 */
    DD_CHOICE_DEVICE_LATENCY, /* 0 inline, 1 deferred */
    DD_CHOICE_MDL_SHAPE,
    DD_CHOICE_DPC_CPU,
};

struct dd_listener {
    void *arg;
    void (*event)(void *arg, const struct dd_ev *ev);                        /* or NULL */
    bool (*may_fail)(void *arg, enum dd_fail_point point, const void *site); /* or NULL */
    uint32_t (*choose)(void *arg, enum dd_choice what, uint32_t n);          /* or NULL */
};

extern unsigned dd_seam_event_mask_; /* non-zero: somebody listens */
extern unsigned dd_seam_fail_mask_;

/* dd_seam_listen - add a listener (at most 8) before a run starts; it must live until
 * dd_seam_reset() */
int dd_seam_listen(const struct dd_listener *l);
/* dd_seam_reset - forget all listeners; no event may be under way */
void dd_seam_reset(void);

void dd_seam_event_(const struct dd_ev *ev);
bool dd_seam_may_fail_(enum dd_fail_point point, const void *site);

static inline bool dd_seam_listening(void)
{
    return dd_seam_event_mask_ != 0;
}

/* the argument is built only when somebody listens */
#define DD_SEAM(...)                                                                               \
    do {                                                                                           \
        if (__builtin_expect(dd_seam_event_mask_ != 0, 0)) {                                       \
            dd_seam_event_(&(const struct dd_ev){__VA_ARGS__});                                    \
        }                                                                                          \
    } while (0)

static inline bool dd_seam_may_fail(enum dd_fail_point point, const void *site)
{
    return __builtin_expect(dd_seam_fail_mask_ != 0, 0) && dd_seam_may_fail_(point, site);
}

/* dd_seam_choose - in [0, n); 0 when nobody chooses */
uint32_t dd_seam_choose(enum dd_choice what, uint32_t n);

const char *dd_ev_name(enum dd_ev_kind kind);
const char *dd_fail_name(enum dd_fail_point point);

#endif
