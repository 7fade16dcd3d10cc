/* SPDX-License-Identifier: MIT */
/*
 *   seconds  thread  EVENT  site=..  obj=..  a=..  (fields that are zero are left out)
 *
 * API events carry the name of the entry point.
 */
#include "trace/trace.h"

#include "base/clock.h"
#include "base/self.h"
#include "base/thread.h"
#include "seam/api.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RESCUE_NS 100000000u

struct dd_trace {
    struct dd_listener listener;
    struct dd_mutex lock; /* guards what follows */
    int fd, error;
    bool api, ended;
    uint64_t start_ns;
    size_t used;
    char buffer[1 << 16];
};

static void flush_locked(struct dd_trace *t)
{
    size_t at = 0;

    while (t->error == 0 && at < t->used) {
        ssize_t n = write(t->fd, t->buffer + at, t->used - at);

        if (n < 0 && errno != EINTR) {
            t->error = -errno;
        }
        at += n > 0 ? (size_t)n : 0;
    }
    t->used = 0;
}

static int put(char *out, size_t size, const char *name, uint64_t v)
{
    return v ? snprintf(out, size, "  %s=0x%llx", name, (unsigned long long)v) : 0;
}

static size_t format(const struct dd_trace *t, const struct dd_ev *ev, char *out, size_t size)
{
    const struct {
        const char *name;
        uint64_t v;
    } fields[] = {
        {"site", (uintptr_t)ev->site},
        {"obj", (uintptr_t)ev->obj},
        {"obj2", (uintptr_t)ev->obj2},
        {"obj3", (uintptr_t)ev->obj3},
        {"a", ev->a},
        {"b", ev->b},
        {"c", ev->c},
        {"d", ev->d},
    };
    bool api = ev->kind == DD_EV_API,
         text = ev->kind == DD_EV_CALLBACK_ENTER || ev->kind == DD_EV_CALLBACK_LEAVE;
    int n = snprintf(out, size, "%12.6f  %-10s %s", (double)(dd_clock_ns() - t->start_ns) / 1e9,
                     dd_self()->name ? dd_self()->name : "",
                     api ? dd_api_table[ev->a].name : dd_ev_name(ev->kind));

    if (text && ev->data) {
        n += snprintf(out + n, size - (size_t)n, "  %s", (const char *)ev->data);
    }
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (!(api && strcmp(fields[i].name, "a") == 0)) {
            n += put(out + n, size - (size_t)n, fields[i].name, fields[i].v);
        }
    }
    out[n++] = '\n';
    return (size_t)n;
}

static void on_event(void *arg, const struct dd_ev *ev)
{
    struct dd_trace *t = arg;
    char line[512];
    size_t n;

    if (ev->kind == DD_EV_API && !t->api) {
        return;
    }
    n = format(t, ev, line, sizeof(line) - 1);
    dd_mutex_lock(&t->lock);
    if (!t->ended) {
        if (t->used + n > sizeof(t->buffer)) {
            flush_locked(t);
        }
        memcpy(t->buffer + t->used, line, n);
        t->used += n;
    }
    dd_mutex_unlock(&t->lock);
}

int dd_trace_new(int fd, bool api, struct dd_trace **ret_trace)
{
    struct dd_trace *t = calloc(1, sizeof(*t));

    if (!t) {
        return -ENOMEM;
    }
    dd_mutex_init(&t->lock);
    t->fd = fd;
    t->api = api;
    t->start_ns = dd_clock_ns();
    t->listener = (struct dd_listener){.arg = t, .event = on_event};
    *ret_trace = t;
    return 0;
}

int dd_trace_free(struct dd_trace *t)
{
    int error;

    if (!t) {
        return 0;
    }
    flush_locked(t);
    error = t->error;
    dd_mutex_done(&t->lock);
    free(t);
    return error;
}

int dd_trace_flush(struct dd_trace *t)
{
    int error;

    if (!t) {
        return 0;
    }
    dd_mutex_lock(&t->lock);
    flush_locked(t);
    error = t->error;
    dd_mutex_unlock(&t->lock);
    return error;
}

void dd_trace_rescue(struct dd_trace *t)
{
    if (t && dd_mutex_lock_within(&t->lock, RESCUE_NS)) {
        flush_locked(t);
        t->ended = true;
        dd_mutex_unlock(&t->lock);
    }
}

const struct dd_listener *dd_trace_listener(struct dd_trace *t)
{
    return &t->listener;
}
