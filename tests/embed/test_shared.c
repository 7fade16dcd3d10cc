/* SPDX-License-Identifier: MIT */
/* Drydock as a shared library that comes while the program runs: each thread has a state of its
 * own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above before it */
#include <cmocka.h>

#include "base/self.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREADS 8

static struct {
    void *library;
    struct dd_self *(*self)(void);
    int (*dispatch_cpu)(void);
} loaded;

struct seen {
    pthread_barrier_t *all;
    struct dd_self *self;
    int number, tid, cpu_before, cpu_after;
};

static int open_library(const char *path)
{
    void *self, *dispatch_cpu;

    loaded.library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!loaded.library) {
        print_error("%s\n", dlerror());
        return -1;
    }
    self = dlsym(loaded.library, "dd_self");
    dispatch_cpu = dlsym(loaded.library, "dd_self_dispatch_cpu");
    memcpy(&loaded.self, &self, sizeof(self)); /* an object pointer is no function pointer in C */
    memcpy(&loaded.dispatch_cpu, &dispatch_cpu, sizeof(dispatch_cpu));
    return self && dispatch_cpu ? 0 : -1;
}

static void *look(void *arg)
{
    struct seen *s = arg;

    s->cpu_before = loaded.dispatch_cpu();
    s->self = loaded.self();
    s->self->dispatch_cpu = s->number;
    pthread_barrier_wait(s->all);
    s->cpu_after = loaded.dispatch_cpu();
    s->tid = s->self->tid;
    s->self->dispatch_cpu = -1;
    s->number = (int)syscall(SYS_gettid);
    pthread_barrier_wait(s->all);
    return NULL;
}

static void test_each_thread_has_a_state_of_its_own(void **state)
{
    pthread_barrier_t all;
    pthread_t threads[THREADS];
    struct seen seen[THREADS];

    (void)state;
    pthread_barrier_init(&all, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) {
        seen[i] = (struct seen){.all = &all, .number = 100 + i};
        assert_int_equal(pthread_create(&threads[i], NULL, look, &seen[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(seen[i].cpu_before, -1);
        assert_int_equal(seen[i].cpu_after, 100 + i);
        assert_int_equal(seen[i].tid, seen[i].number);
        for (int k = 0; k < i; k++) {
            assert_ptr_not_equal(seen[i].self, seen[k].self);
        }
    }
    assert_int_equal(loaded.dispatch_cpu(), -1);
    pthread_barrier_destroy(&all);
}

static void test_the_host_api_is_in_it(void **state)
{
    static const char *const names[] = {"drydock_run", "drydock_explain", "drydock_rule_at",
                                        "drydock_report_json", "drydock_report_free"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_non_null(dlsym(loaded.library, names[i]));
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_thread_has_a_state_of_its_own),
        cmocka_unit_test(test_the_host_api_is_in_it),
    };

    if (argc != 2 || open_library(argv[1]) < 0) {
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
