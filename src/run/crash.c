/* SPDX-License-Identifier: MIT */
/*
 * Fatal signals: the stack goes into the shared memory, then the process ends. Twice: by frame
 * pointers (drivers and runner are built with them), which is safe wherever the signal came; then
 * by the unwinder, which also finds its way through libc (abort), but may itself fail on a stack
 * that was overwritten. What the first found stays then.
 */
#include "run/runner.h"

#include "base/clock.h"
#include "base/self.h"
#include "nt/io.h"
#include "nt/trap.h"

#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define CAPTURE_SIGNAL (SIGRTMIN + 3)

static struct dd_shared *shared;
static struct dd_runner *runner;
static _Atomic(uint32_t) captured;

/* a frame pointer is followed while it climbs in steps a real stack makes */
static void walk(uint64_t pc, uint64_t fp)
{
    uint32_t n = 0;

    shared->frames[n++] = pc;
    while (n < DD_SHARED_FRAMES && fp > 4096 && (fp & 7) == 0) {
        const uint64_t *frame = (const uint64_t *)(uintptr_t)fp;

        if (frame[1] < 4096) {
            break;
        }
        shared->frames[n++] = frame[1];
        if (frame[0] <= fp || frame[0] - fp > (8u << 20)) {
            break;
        }
        fp = frame[0];
    }
    shared->frame_count = n;
}

/* from the interrupted instruction on; the frames before it are the handler's own */
static void unwind(uint64_t pc)
{
    void *found[DD_SHARED_FRAMES + 8];
    int n = backtrace(found, (int)(sizeof(found) / sizeof(found[0]))), from = 0;
    uint32_t out = 0;

    while (from < n && (uint64_t)(uintptr_t)found[from] != pc) {
        from++;
    }
    if (n - from <= (int)shared->frame_count) {
        return;
    }
    for (; from < n && out < DD_SHARED_FRAMES; from++) {
        shared->frames[out++] = (uint64_t)(uintptr_t)found[from];
    }
    shared->frame_count = out ? out : shared->frame_count;
}

static void copy_text(char *to, size_t size, const char *from)
{
    size_t i = 0;

    for (; from && from[i] && i + 1 < size; i++) {
        to[i] = from[i];
    }
    to[i] = '\0';
}

static void note_context(void)
{
    const struct dd_call *call = dd_self()->ctx ? dd_call_current() : NULL;

    copy_text(shared->context, sizeof(shared->context), dd_self()->name);
    copy_text(shared->callback, sizeof(shared->callback), call ? call->name : "");
}

static void capture_context(const ucontext_t *uc)
{
    note_context();
    walk((uint64_t)uc->uc_mcontext.gregs[REG_RIP], (uint64_t)uc->uc_mcontext.gregs[REG_RBP]);
    unwind((uint64_t)uc->uc_mcontext.gregs[REG_RIP]);
}

static void on_fatal(int sig, siginfo_t *info, void *uc)
{
    static _Atomic(uint32_t) entered;

    if (dd_trap_take(info, uc)) {
        return; /* the driver addresses a register itself: done for it */
    }
    if (atomic_exchange(&entered, 1)) {
        if (sig == SIGSEGV || sig == SIGBUS) {
            _exit(1); /* the walk itself ran off the stack; what it had is in */
        }
        for (;;) {
            pause(); /* another thread is ending the process */
        }
    }
    shared->signal = sig;
    shared->fault_address = (uint64_t)(uintptr_t)info->si_addr;
    dd_shared_set_end(shared, DD_END_CRASH, NULL); /* before the stack: that may fail */
    capture_context(uc);
    dd_runner_rescue(runner);
    _exit(1);
}

static void on_capture(int sig, siginfo_t *info, void *uc)
{
    (void)sig;
    (void)info;
    if (atomic_load(&captured) == 0) {
        capture_context(uc);
        atomic_store(&captured, 1);
    }
}

/* weak: only in a program built with a sanitizer, which has printed its own report when it calls
 * back */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));
extern void *__asan_get_report_pc(void) __attribute__((weak));
extern int __asan_report_present(void) __attribute__((weak));

/* the sanitizer's own frames lie before the driver's, and keep no frame pointers */
static void unwind_report(void)
{
    void *found[DD_SHARED_FRAMES + 24];
    int n = backtrace(found, (int)(sizeof(found) / sizeof(found[0]))), from = 1;
    uint32_t out = 0;

    if (__asan_report_present && __asan_report_present()) {
        uint64_t pc = (uint64_t)(uintptr_t)__asan_get_report_pc();

        for (int i = n; i-- > 0;) {
            if ((uint64_t)(uintptr_t)found[i] - pc < 16) {
                from = i;
            }
        }
    }
    for (; from < n && out < DD_SHARED_FRAMES; from++) {
        /* the first is taken as the place itself, and a report is a call that never returns */
        shared->frames[out] = (uint64_t)(uintptr_t)found[from] - (out == 0);
        out++;
    }
    shared->frame_count = out;
}

static void on_sanitizer_death(void)
{
    dd_shared_set_end(shared, DD_END_CRASH,
                      "a sanitizer ended the driver; its report is on standard error");
    dd_crash_capture(shared);
    unwind_report();
    dd_runner_rescue(runner);
}

int dd_crash_install(struct dd_runner *r)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
    struct sigaction a = {.sa_sigaction = on_fatal,
                          .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    static char stack[DD_THREAD_SIGNAL_STACK_BYTES];
    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
    void *first[1];

    runner = r;
    shared = r->shared;
    if (__sanitizer_set_death_callback) {
        __sanitizer_set_death_callback(on_sanitizer_death);
    }
    backtrace(first, 1); /* loads the unwinder now, not in a handler */
    sigemptyset(&a.sa_mask);
    if (sigaltstack(&alternate, NULL) < 0) {
        return -errno;
    }
    for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
        if (sigaction(fatal[i], &a, NULL) < 0) {
            return -errno;
        }
    }
    a.sa_sigaction = on_capture;
    a.sa_flags = SA_SIGINFO | SA_RESTART;
    return sigaction(CAPTURE_SIGNAL, &a, NULL) < 0 ? -errno : 0;
}

void dd_crash_capture(struct dd_shared *s)
{
    shared = s;
    if (s->frame_count == 0) {
        note_context();
        walk((uint64_t)(uintptr_t)__builtin_return_address(0),
             (uint64_t)(uintptr_t)__builtin_frame_address(0));
    }
}

bool dd_crash_capture_thread(struct dd_shared *s, int tid)
{
    shared = s;
    atomic_store(&captured, 0);
    if (syscall(SYS_tgkill, getpid(), tid, CAPTURE_SIGNAL) < 0) {
        return false;
    }
    for (int i = 0; i < 100 && !atomic_load(&captured); i++) {
        dd_thread_sleep_until(dd_clock_ns() + 10 * DD_NS_PER_MS);
    }
    return atomic_load(&captured) != 0;
}
