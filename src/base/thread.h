/* SPDX-License-Identifier: MIT */
/*
 * Threads, mutexes and condition variables. Only src/base calls pthreads. A service thread never
 * runs driver code; contexts that do are made by src/nt.
 */
#ifndef DD_BASE_THREAD_H
#define DD_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct dd_mutex {
    pthread_mutex_t m;
};
struct dd_cond {
    pthread_cond_t c; /* waits on the monotonic clock */
};
/* every service thread and context has a stack of this size for signals: an overflow can still be
 * told */
#define DD_THREAD_SIGNAL_STACK_BYTES 65536u

struct dd_thread;

#define DD_MUTEX_INIT                                                                              \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER                                                                  \
    }

void dd_mutex_init(struct dd_mutex *m);
void dd_mutex_done(struct dd_mutex *m);
void dd_mutex_lock(struct dd_mutex *m);
bool dd_mutex_trylock(struct dd_mutex *m);
/* dd_mutex_lock_within - for a process that is about to end: false when the lock stays taken */
bool dd_mutex_lock_within(struct dd_mutex *m, uint64_t timeout_ns);
void dd_mutex_unlock(struct dd_mutex *m);

void dd_cond_init(struct dd_cond *c);
void dd_cond_done(struct dd_cond *c);
void dd_cond_wait(struct dd_cond *c, struct dd_mutex *m);
/* dd_cond_wait_until - false when @deadline_ns (dd_clock_ns) passed first; UINT64_MAX: no deadline
 */
bool dd_cond_wait_until(struct dd_cond *c, struct dd_mutex *m, uint64_t deadline_ns);
void dd_cond_signal(struct dd_cond *c);
void dd_cond_broadcast(struct dd_cond *c);

/* dd_thread_start - 0, or -EAGAIN; join exactly once */
int dd_thread_start(const char *name, void (*fn)(void *arg), void *arg,
                    struct dd_thread **ret_thread);
void dd_thread_join(struct dd_thread *t);
void dd_thread_sleep_until(uint64_t deadline_ns);
void dd_thread_yield(void);

#endif
