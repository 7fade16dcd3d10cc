/* SPDX-License-Identifier: MIT */
#include "seam/seam.h"

#include "base/check.h"

#include <errno.h>

#define LISTENERS_MAX 8

/* Written only while no event can be under way (before a run, after it), so readers need no lock.
 */
static struct dd_listener listeners[LISTENERS_MAX];
static unsigned count;
static unsigned choose_mask;

unsigned dd_seam_event_mask_;
unsigned dd_seam_fail_mask_;

int dd_seam_listen(const struct dd_listener *l)
{
    unsigned bit;

    if (count == LISTENERS_MAX) {
        return -ENOSPC;
    }
    bit = 1u << count;
    listeners[count++] = *l;
    dd_seam_event_mask_ |= l->event != NULL ? bit : 0;
    dd_seam_fail_mask_ |= l->may_fail != NULL ? bit : 0;
    choose_mask |= l->choose != NULL ? bit : 0;
    return 0;
}

void dd_seam_reset(void)
{
    dd_seam_event_mask_ = dd_seam_fail_mask_ = choose_mask = 0;
    count = 0;
}

void dd_seam_event_(const struct dd_ev *ev)
{
    for (unsigned i = 0; i < count; i++) {
        if (listeners[i].event != NULL) {
            listeners[i].event(listeners[i].arg, ev);
        }
    }
}

/* every listener is asked, also after one said yes: they count the questions */
bool dd_seam_may_fail_(enum dd_fail_point point, const void *site)
{
    bool fail = false;

    for (unsigned i = 0; i < count; i++) {
        if (listeners[i].may_fail != NULL && listeners[i].may_fail(listeners[i].arg, point, site)) {
            fail = true;
        }
    }
    return fail;
}

/* the first listener that chooses decides */
uint32_t dd_seam_choose(enum dd_choice what, uint32_t n)
{
    dd_assert(n > 0);
    if (choose_mask != 0) {
        const struct dd_listener *l = &listeners[__builtin_ctz(choose_mask)];

        return l->choose(l->arg, what, n) % n;
    }
    return 0;
}

const char *dd_ev_name(enum dd_ev_kind kind)
{
    static const char *const names[] = {
#define DD_EVENT(name, what) #name,
#include "seam/events.def"
#undef DD_EVENT
    };

    return (unsigned)kind < DD_EV_COUNT ? names[kind] : "?";
}

const char *dd_fail_name(enum dd_fail_point point)
{
    static const char *const names[] = {
#define DD_FAIL(name, what) #name,
#include "seam/failpoints.def"
#undef DD_FAIL
    };

    return (unsigned)point < DD_FAIL_COUNT ? names[point] : "?";
}
