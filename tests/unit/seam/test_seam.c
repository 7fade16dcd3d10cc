/* SPDX-License-Identifier: MIT */
#include "seam/api.h"
#include "seam/seam.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static unsigned events, questions, built;
static struct dd_ev last;

static int start(void **state)
{
    (void)state;
    events = questions = built = 0;
    return 0;
}

static int reset(void **state)
{
    (void)state;
    dd_seam_reset();
    return 0;
}

static void on_event(void *arg, const struct dd_ev *ev)
{
    events += *(unsigned *)arg;
    last = *ev;
}

static bool on_question(void *arg, enum dd_fail_point point, const void *site)
{
    (void)site;
    questions++;
    return point == *(enum dd_fail_point *)arg;
}

static uint32_t on_choice(void *arg, enum dd_choice what, uint32_t n)
{
    (void)what;
    (void)n;
    return *(uint32_t *)arg;
}

static uint64_t build(void)
{
    return ++built;
}

static void nobody_listens_and_nothing_is_built(void **state)
{
    (void)state;
    assert_false(dd_seam_listening());
    DD_SEAM(.kind = DD_EV_DPC, .a = build());
    assert_int_equal(built, 0);
    assert_false(dd_seam_may_fail(DD_FAIL_POOL, NULL));
    assert_int_equal(dd_seam_choose(DD_CHOICE_MDL_SHAPE, 5), 0);
}

static void every_listener_hears_every_event(void **state)
{
    unsigned one = 1, hundred = 100;
    struct dd_listener a = {.arg = &one, .event = on_event},
                       b = {.arg = &hundred, .event = on_event};

    (void)state;
    assert_int_equal(dd_seam_listen(&a), 0);
    assert_int_equal(dd_seam_listen(&b), 0);
    DD_SEAM(.kind = DD_EV_DPC, .obj = &one, .a = 7, .b = build());
    assert_int_equal(events, 101);
    assert_int_equal(built, 1);
    assert_int_equal(last.kind, DD_EV_DPC);
    assert_ptr_equal(last.obj, &one);
    assert_int_equal(last.a, 7);
    assert_int_equal(last.c, 0);
    dd_seam_reset();
    DD_SEAM(.kind = DD_EV_DPC);
    assert_int_equal(events, 101);
}

static void every_listener_is_asked_and_one_yes_is_enough(void **state)
{
    enum dd_fail_point pool = DD_FAIL_POOL, mdl = DD_FAIL_MDL;
    struct dd_listener a = {.arg = &pool, .may_fail = on_question},
                       b = {.arg = &mdl, .may_fail = on_question};

    (void)state;
    dd_seam_listen(&a);
    dd_seam_listen(&b);
    assert_true(dd_seam_may_fail(DD_FAIL_POOL, NULL));
    assert_true(dd_seam_may_fail(DD_FAIL_MDL, NULL));
    assert_false(dd_seam_may_fail(DD_FAIL_NBL, NULL));
    assert_int_equal(questions, 6);
    assert_false(dd_seam_listening());
}

static void choices_are_in_range(void **state)
{
    uint32_t pick = 12;
    struct dd_listener a = {.arg = &pick, .choose = on_choice};

    (void)state;
    dd_seam_listen(&a);
    assert_int_equal(dd_seam_choose(DD_CHOICE_MDL_SHAPE, 100), 12);
    assert_int_equal(dd_seam_choose(DD_CHOICE_MDL_SHAPE, 5), 2);
}

static void there_is_room_for_eight_listeners(void **state)
{
    unsigned one = 1;
    struct dd_listener a = {.arg = &one, .event = on_event};

    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(dd_seam_listen(&a), 0);
    }
    assert_int_equal(dd_seam_listen(&a), -ENOSPC);
    DD_SEAM(.kind = DD_EV_DPC);
    assert_int_equal(events, 8);
}

static void kinds_and_points_have_names(void **state)
{
    (void)state;
    assert_string_equal(dd_ev_name(DD_EV_API), "API");
    assert_string_equal(dd_ev_name(DD_EV_SGL_FREED), "SGL_FREED");
    assert_string_equal(dd_ev_name(DD_EV_COUNT), "?");
    assert_string_equal(dd_fail_name(DD_FAIL_POOL), "POOL");
    for (int i = 0; i < DD_EV_COUNT; i++) {
        assert_true(strlen(dd_ev_name((enum dd_ev_kind)i)) > 1);
    }
}

static const char *missing;

static void on_missing(const char *name, const void *site)
{
    missing = name;
    _exit(site != NULL && strcmp(name, "KeFooBar") == 0 ? 7 : 8);
}

__attribute__((noinline)) static void stub(void)
{
    dd_api_missing("KeFooBar");
}

static int run_missing(void (*hook)(const char *name, const void *site))
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        close(2);
        dd_api_missing_hook = hook;
        stub();
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void a_missing_name_is_told_and_ends_the_run(void **state)
{
    int status = run_missing(on_missing);

    (void)state;
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    status = run_missing(NULL);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

#define seam_test(fn) cmocka_unit_test_setup_teardown(fn, start, reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        seam_test(nobody_listens_and_nothing_is_built),
        seam_test(every_listener_hears_every_event),
        seam_test(every_listener_is_asked_and_one_yes_is_enough),
        seam_test(choices_are_in_range),
        seam_test(there_is_room_for_eight_listeners),
        seam_test(kinds_and_points_have_names),
        seam_test(a_missing_name_is_told_and_ends_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
