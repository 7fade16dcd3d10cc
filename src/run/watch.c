/* SPDX-License-Identifier: MIT */
/* The watchdog: a service thread that never runs driver code, so that no driver can stop it. */
#include "run/runner.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_CONTEXTS 256u
#define PERIOD_NS    (100 * DD_NS_PER_MS)

struct dd_watch {
    struct dd_runner *runner;
    struct dd_thread *thread;
    struct dd_mutex lock;
    struct dd_cond wake;
    bool stop;
};

static void end_hung(struct dd_runner *r, const struct dd_ctx_view *v, double seconds)
{
    char why[256];

    dd_crash_capture_thread(r->shared, v->tid);
    snprintf(r->shared->callback, sizeof(r->shared->callback), "%s", v->call);
    snprintf(why, sizeof(why), "%s has been %s for %.1f s (setting watchdog)", v->call,
             v->waiting ? "waiting" : "running", seconds);
    dd_runner_rescue(r);
    dd_shared_set_end(r->shared, DD_END_HANG, why);
    _exit(1);
}

static void look(struct dd_watch *w)
{
    struct dd_ctx_view views[MAX_CONTEXTS];
    unsigned n = dd_ctx_views(views, MAX_CONTEXTS);
    double limit = w->runner->plan.settings.watchdog_s;
    uint64_t now = dd_clock_ns();

    for (unsigned i = 0; i < n; i++) {
        const struct dd_ctx_view *v = &views[i];
        double seconds =
            v->call && now > v->call_enter_ns ? (double)(now - v->call_enter_ns) / 1e9 : 0;

        /* a system thread of the driver runs as long as it likes */
        if (limit > 0 && seconds > limit && strcmp(v->call, "KSTART_ROUTINE") != 0) {
            end_hung(w->runner, v, seconds);
        }
    }
}

static void watch_main(void *arg)
{
    struct dd_watch *w = arg;

    dd_mutex_lock(&w->lock);
    while (!w->stop) {
        dd_cond_wait_until(&w->wake, &w->lock, dd_clock_ns() + PERIOD_NS);
        atomic_fetch_add(&w->runner->shared->heartbeat, 1);
        dd_mutex_unlock(&w->lock);
        look(w);
        dd_mutex_lock(&w->lock);
    }
    dd_mutex_unlock(&w->lock);
}

int dd_watch_start(struct dd_runner *r, struct dd_watch **ret_watch)
{
    struct dd_watch *w;
    int e;

    if (r->plan.debug) {
        return 0; /* a debugger holds the driver as long as it likes */
    }
    w = calloc(1, sizeof(*w));
    if (!w) {
        return -ENOMEM;
    }
    w->runner = r;
    dd_mutex_init(&w->lock);
    dd_cond_init(&w->wake);
    e = dd_thread_start("watchdog", watch_main, w, &w->thread);
    if (e < 0) {
        free(w);
        return e;
    }
    *ret_watch = w;
    return 0;
}

void dd_watch_stop(struct dd_watch *w)
{
    if (!w) {
        return;
    }
    dd_mutex_lock(&w->lock);
    w->stop = true;
    dd_cond_signal(&w->wake);
    dd_mutex_unlock(&w->lock);
    dd_thread_join(w->thread);
    dd_cond_done(&w->wake);
    dd_mutex_done(&w->lock);
    free(w);
}
