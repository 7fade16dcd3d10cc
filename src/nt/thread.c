/* SPDX-License-Identifier: MIT */
/*
 * Thread objects. What a driver calls PKTHREAD is a counted object (handle.h) that begins with a
 * dispatcher header; it outlives its thread while somebody holds a reference. A context that is no
 * system thread gets one when asked.
 */
#include "nt/nt_int.h"

#include "base/clock.h"
#include "base/self.h"
#include "nt/handle.h"
#include "nt/thread.h"

#include <errno.h>
#include <stdlib.h>

/* how long the end of the machine waits for threads of the driver */
#define STOP_NS (5 * DD_NS_PER_S)

struct dd_kthread {
    DISPATCHER_HEADER header;
    struct dd_list node; /* in threads.list: system threads that have not been joined */
    struct dd_ctx *ctx;
    PKSTART_ROUTINE routine;
    PVOID context;
    const void *site;
    KPRIORITY priority;
    _Atomic(bool) ended;
};

static struct {
    struct dd_mutex lock; /* guards list */
    struct dd_list list;
} threads = {DD_MUTEX_INIT, DD_LIST_INIT(threads.list)};

static struct dd_kthread *kthread_new(const void *site)
{
    struct dd_kthread *t = calloc(1, sizeof(*t));

    if (t == NULL) {
        return NULL;
    }
    dd_list_init(&t->node);
    t->site = site;
    t->priority = 8;
    dd_header_init(&t->header, DD_OBJ_THREAD, sizeof(t->header), 0, site);
    if (dd_object_new(t, DD_OBJECT_THREAD, free) < 0) {
        free(t);
        return NULL;
    }
    return t;
}

void dd_kthread_ctx_gone(struct dd_ctx *ctx)
{
    if (ctx->kthread != NULL) {
        dd_object_unref(ctx->kthread);
        ctx->kthread = NULL;
    }
}

PKTHREAD dd_thread_current(void)
{
    struct dd_ctx *ctx = dd_ctx_self();

    if (ctx == NULL) {
        return NULL;
    }
    if (ctx->kthread == NULL) {
        ctx->kthread = kthread_new(NULL);
        if (ctx->kthread != NULL) {
            ctx->kthread->ctx = ctx;
        }
    }
    return (PKTHREAD)(void *)ctx->kthread;
}

KPRIORITY dd_thread_set_priority(PKTHREAD thread, KPRIORITY priority)
{
    struct dd_kthread *t = (struct dd_kthread *)(void *)thread;

    return __atomic_exchange_n(&t->priority, priority, __ATOMIC_RELAXED);
}

/* --- system threads --- */

static void run_routine(struct dd_ctx *ctx, struct dd_kthread *t)
{
    struct dd_call call;
    jmp_buf env;

    ctx->exit = &env;
    dd_call_enter(&call, DD_ROLE_THREAD, "system thread", NULL);
    if (setjmp(env) == 0) {
        t->routine(t->context);
    }
    /* PsTerminateSystemThread may have left from inside other brackets */
    ctx->call = &call;
    dd_call_leave(&call);
    ctx->exit = NULL;
}

static void thread_main(void *arg)
{
    struct dd_kthread *t = arg;
    struct dd_ctx *ctx = dd_ctx_self();

    ctx->kthread = t;
    run_routine(ctx, t);
    /* before whoever waits for it looks: a thread that was waited for is no leak */
    atomic_store(&t->ended, true);
    dd_mutex_lock(&dd_dispatcher);
    t->header.SignalState = 1;
    dd_header_signal_locked(&t->header);
    dd_mutex_unlock(&dd_dispatcher);
}

/* join the threads that have ended */
static void reap(void)
{
    struct dd_list *n, *tmp, done = DD_LIST_INIT(done);

    dd_mutex_lock(&threads.lock);
    DD_LIST_EACH_SAFE(n, tmp, &threads.list) {
        if (atomic_load(&DD_LIST_ENTRY(n, struct dd_kthread, node)->ended)) {
            dd_list_remove(n);
            dd_list_append(&done, n);
        }
    }
    dd_mutex_unlock(&threads.lock);
    while ((n = dd_list_pop(&done)) != NULL) {
        dd_ctx_join(DD_LIST_ENTRY(n, struct dd_kthread, node)->ctx);
    }
}

int dd_thread_create(PKSTART_ROUTINE routine, PVOID context, const void *site, HANDLE *ret_handle)
{
    struct dd_kthread *t;
    HANDLE handle;
    int r;

    reap();
    t = kthread_new(site);
    if (t == NULL) {
        return -ENOMEM;
    }
    t->routine = routine;
    t->context = context;
    r = dd_handle_new(t, site, &handle);
    if (r < 0) {
        dd_object_unref(t);
        return r;
    }
    dd_mutex_lock(&threads.lock);
    r = dd_ctx_spawn("system thread", dd_cpu_current(), thread_main, t, &t->ctx);
    if (r == 0) {
        dd_list_append(&threads.list, &t->node);
    }
    dd_mutex_unlock(&threads.lock);
    if (r < 0) {
        dd_handle_close(handle);
        dd_object_unref(t);
        return r;
    }
    *ret_handle = handle;
    return 0;
}

bool dd_thread_exit(void)
{
    struct dd_ctx *ctx = dd_ctx_self();

    if (ctx == NULL || ctx->exit == NULL) {
        return false;
    }
    longjmp(*ctx->exit, 1);
}

unsigned dd_threads_report_leaks(bool failed_init)
{
    unsigned count = 0;
    struct dd_list *n;

    reap();
    dd_mutex_lock(&threads.lock);
    DD_LIST_EACH(n, &threads.list) {
        struct dd_kthread *t = DD_LIST_ENTRY(n, struct dd_kthread, node);

        DD_SEAM(.kind = DD_EV_LEAK, .site = t->site, .obj = t, .data = "system thread",
                .a = DD_LEAK_OTHER, .c = failed_init);
        count++;
    }
    dd_mutex_unlock(&threads.lock);
    return count;
}

void dd_threads_stop(void)
{
    uint64_t deadline = dd_clock_ns() + STOP_NS;

    for (;;) {
        bool empty;

        reap();
        dd_mutex_lock(&threads.lock);
        empty = dd_list_empty(&threads.list);
        dd_mutex_unlock(&threads.lock);
        if (empty) {
            return;
        }
        if (dd_clock_ns() > deadline) {
            dd_machine_bugcheck(
                "a system thread of the driver still runs though the driver is gone");
        }
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS);
    }
}
