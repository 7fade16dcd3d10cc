/* SPDX-License-Identifier: MIT */
/* For tests of the services: beside nt_test.h, the last event of each kind with its words, and
 * calls made to fail. */
#ifndef DD_TESTS_SVC_TEST_H
#define DD_TESTS_SVC_TEST_H

#include "nt_test.h"

#include <ntddk.h>

static struct dd_mutex svc_test_lock = DD_MUTEX_INIT;

static struct {
    struct dd_ev last[DD_EV_COUNT];
    char words[DD_EV_COUNT][640]; /* of events whose data are text */
    unsigned fail[DD_FAIL_COUNT]; /* how many calls fail */
} svc_test;

static void svc_test_event(void *arg, const struct dd_ev *ev)
{
    (void)arg;
    dd_mutex_lock(&svc_test_lock);
    svc_test.last[ev->kind] = *ev;
    if (ev->kind == DD_EV_DBGPRINT) {
        snprintf(svc_test.words[ev->kind], sizeof(svc_test.words[0]), "%.*s", (int)ev->b,
                 (const char *)ev->data);
    } else if ((ev->kind == DD_EV_OBJECT_BAD || ev->kind == DD_EV_ASSERT ||
                ev->kind == DD_EV_LEAK) &&
               ev->data != NULL) {
        snprintf(svc_test.words[ev->kind], sizeof(svc_test.words[0]), "%s", (const char *)ev->data);
    }
    dd_mutex_unlock(&svc_test_lock);
}

static bool svc_test_may_fail(void *arg, enum dd_fail_point point, const void *site)
{
    bool fail;

    (void)arg;
    (void)site;
    dd_mutex_lock(&svc_test_lock);
    fail = svc_test.fail[point] > 0;
    svc_test.fail[point] -= fail;
    dd_mutex_unlock(&svc_test_lock);
    return fail;
}

static inline int svc_test_start(void **state)
{
    struct dd_listener listener = {.event = svc_test_event, .may_fail = svc_test_may_fail};

    (void)state;
    memset(&svc_test, 0, sizeof(svc_test));
    return nt_test_start_cpus(2) < 0 || dd_seam_listen(&listener) < 0 ? -1 : 0;
}

static inline const char *svc_test_words(enum dd_ev_kind kind)
{
    return svc_test.words[kind];
}

#define WORDS(kind)  svc_test_words(DD_EV_##kind)
#define LAST(kind)   (&svc_test.last[DD_EV_##kind])
#define svc_test(fn) cmocka_unit_test_setup_teardown(fn, svc_test_start, nt_test_stop)

/* the statement must end in a bug check */
#define ASSERT_BUGCHECK(statement)                                                                 \
    do {                                                                                           \
        nt_test.expect_bugcheck = true;                                                            \
        if (setjmp(nt_test.bugcheck) == 0) {                                                       \
            statement;                                                                             \
            fail_msg("no bug check");                                                              \
        }                                                                                          \
        nt_test.expect_bugcheck = false;                                                           \
    } while (0)

#endif
