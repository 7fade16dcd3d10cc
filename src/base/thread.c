/* SPDX-License-Identifier: MIT */
#include "base/thread.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/self.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct dd_thread {
    pthread_t id;
    char name[32];
    void (*fn)(void *arg);
    void *arg;
    char signal_stack[DD_THREAD_SIGNAL_STACK_BYTES];
};

void dd_mutex_init(struct dd_mutex *m)
{
    int r = pthread_mutex_init(&m->m, NULL);

    dd_assert(r == 0);
}

void dd_mutex_done(struct dd_mutex *m)
{
    int r = pthread_mutex_destroy(&m->m);

    dd_assert(r == 0);
}

void dd_mutex_lock(struct dd_mutex *m)
{
    int r = pthread_mutex_lock(&m->m);

    dd_assert(r == 0);
}

bool dd_mutex_trylock(struct dd_mutex *m)
{
    int r = pthread_mutex_trylock(&m->m);

    dd_assert(r == 0 || r == EBUSY);
    return r == 0;
}

bool dd_mutex_lock_within(struct dd_mutex *m, uint64_t timeout_ns)
{
    uint64_t deadline = dd_clock_ns() + timeout_ns;

    while (!dd_mutex_trylock(m)) {
        if (dd_clock_ns() >= deadline) {
            return false;
        }
        dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS);
    }
    return true;
}

void dd_mutex_unlock(struct dd_mutex *m)
{
    int r = pthread_mutex_unlock(&m->m);

    dd_assert(r == 0);
}

void dd_cond_init(struct dd_cond *c)
{
    pthread_condattr_t attr;
    int r;

    pthread_condattr_init(&attr);
    r = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    dd_assert(r == 0);
    r = pthread_cond_init(&c->c, &attr);
    dd_assert(r == 0);
    pthread_condattr_destroy(&attr);
}

void dd_cond_done(struct dd_cond *c)
{
    int r = pthread_cond_destroy(&c->c);

    dd_assert(r == 0);
}

void dd_cond_wait(struct dd_cond *c, struct dd_mutex *m)
{
    int r = pthread_cond_wait(&c->c, &m->m);

    dd_assert(r == 0);
}

bool dd_cond_wait_until(struct dd_cond *c, struct dd_mutex *m, uint64_t deadline_ns)
{
    struct timespec t;
    int r;

    if (deadline_ns == UINT64_MAX) {
        dd_cond_wait(c, m);
        return true;
    }
    t.tv_sec = (time_t)(deadline_ns / DD_NS_PER_S);
    t.tv_nsec = (long)(deadline_ns % DD_NS_PER_S);
    r = pthread_cond_timedwait(&c->c, &m->m, &t);
    dd_assert(r == 0 || r == ETIMEDOUT);
    return r == 0;
}

void dd_cond_signal(struct dd_cond *c)
{
    pthread_cond_signal(&c->c);
}

void dd_cond_broadcast(struct dd_cond *c)
{
    pthread_cond_broadcast(&c->c);
}

static void *thread_main(void *arg)
{
    struct dd_thread *t = arg;
    const stack_t signals = {.ss_sp = t->signal_stack, .ss_size = sizeof(t->signal_stack)};
    const stack_t none = {.ss_flags = SS_DISABLE};
    char short_name[16];

    sigaltstack(&signals, NULL);
    snprintf(short_name, sizeof(short_name), "%.15s", t->name);
    pthread_setname_np(pthread_self(), short_name);
    dd_self()->name = t->name;
    t->fn(t->arg);
    sigaltstack(&none, NULL);
    return NULL;
}

int dd_thread_start(const char *name, void (*fn)(void *arg), void *arg,
                    struct dd_thread **ret_thread)
{
    struct dd_thread *t = calloc(1, sizeof(*t));

    if (t == NULL) {
        return -EAGAIN;
    }
    snprintf(t->name, sizeof(t->name), "%s", name);
    t->fn = fn;
    t->arg = arg;
    if (pthread_create(&t->id, NULL, thread_main, t) != 0) {
        free(t);
        return -EAGAIN;
    }
    *ret_thread = t;
    return 0;
}

void dd_thread_join(struct dd_thread *t)
{
    int r = pthread_join(t->id, NULL);

    dd_assert(r == 0);
    free(t);
}

void dd_thread_sleep_until(uint64_t deadline_ns)
{
    struct timespec t;

    t.tv_sec = (time_t)(deadline_ns / DD_NS_PER_S);
    t.tv_nsec = (long)(deadline_ns % DD_NS_PER_S);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
    }
}

void dd_thread_yield(void)
{
    sched_yield();
}
