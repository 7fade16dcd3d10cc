/* SPDX-License-Identifier: MIT */
/* What the tests of src/nt share: a machine, the calling thread as a context, events counted, bug
 * checks caught. */
#ifndef DD_TESTS_NT_TEST_H
#define DD_TESTS_NT_TEST_H

#include "base/check.h"
#include "base/clock.h"
#include "base/thread.h"
#include "nt/kernel.h"
#include "nt/machine.h"
#include "nt/sched.h"
#include "seam/seam.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS DD_NS_PER_MS
/* longer than anything here should take, also under a sanitizer on a busy machine */
#define PATIENCE (20 * DD_NS_PER_S)

static struct {
    _Atomic(unsigned) count[DD_EV_COUNT];
    _Atomic(uint64_t) a[DD_EV_COUNT], b[DD_EV_COUNT], c[DD_EV_COUNT],
        d[DD_EV_COUNT]; /* of the last one */
    struct dd_ctx *main_ctx;
    struct dd_ram *ram;
    jmp_buf bugcheck;
    bool expect_bugcheck;
} nt_test;

static void nt_test_event(void *arg, const struct dd_ev *ev)
{
    (void)arg;
    atomic_store(&nt_test.a[ev->kind], ev->a);
    atomic_store(&nt_test.b[ev->kind], ev->b);
    atomic_store(&nt_test.c[ev->kind], ev->c);
    atomic_store(&nt_test.d[ev->kind], ev->d);
    atomic_fetch_add(&nt_test.count[ev->kind], 1);
}

static void nt_test_bugcheck(void *arg, const char *why)
{
    (void)arg;
    if (nt_test.expect_bugcheck) {
        longjmp(nt_test.bugcheck, 1);
    }
    fprintf(stderr, "unexpected bug check: %s\n", why);
    abort();
}

static inline int nt_test_start_cpus(unsigned cpus)
{
    struct dd_ram_config ram = {.low_bytes = 16u << 20, .seed = 1, .shuffle = true};
    struct dd_listener listener = {.event = nt_test_event};
    struct dd_machine_config config = {.cpus = cpus,
                                       .ndis_version = 0x6001E,
                                       .bugcheck = nt_test_bugcheck};

    memset(&nt_test, 0, sizeof(nt_test));
    if (dd_ram_new(&ram, &nt_test.ram) < 0 || dd_seam_listen(&listener) < 0) {
        return -1;
    }
    config.ram = nt_test.ram;
    if (dd_machine_start(&config) < 0) {
        return -1;
    }
    return dd_ctx_adopt("test", 0, &nt_test.main_ctx);
}

static inline int nt_test_start(void **state)
{
    (void)state;
    return nt_test_start_cpus(2);
}

static inline int nt_test_stop(void **state)
{
    (void)state;
    dd_ctx_release(nt_test.main_ctx);
    dd_machine_stop();
    dd_seam_reset();
    dd_ram_free(nt_test.ram);
    return 0;
}

/* wait until *what is at least @value; false when it does not come to that */
static inline bool nt_test_reaches(_Atomic(unsigned) *what, unsigned value)
{
    uint64_t end = dd_clock_ns() + PATIENCE;

    while (atomic_load(what) < value) {
        if (dd_clock_ns() > end) {
            return false;
        }
        dd_thread_sleep_until(dd_clock_ns() + 100 * DD_NS_PER_US);
    }
    return true;
}

#define EVENTS(kind) atomic_load(&nt_test.count[DD_EV_##kind])

#define nt_test(fn) cmocka_unit_test_setup_teardown(fn, nt_test_start, nt_test_stop)

#endif
