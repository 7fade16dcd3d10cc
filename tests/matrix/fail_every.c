/* SPDX-License-Identifier: MIT */
/*
 * The Nth call that may fail, fails: for every N, until no call is left, for the driver alone and
 * with everything scarce; with pauses and resets meanwhile for every N at first. The driver refuses
 * or goes on; it never crashes, hangs, leaks or breaks a rule. Each load is a process of its own;
 * the last of each kind, in which nothing fails, is the load that works.
 *
 * usage: test_fail_every DRIVER CAPTURE [KIND N]    KIND, N: only this run
 */
#include "matrix.h"

#include "base/clock.h"
#include "run/options.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOTS     4u
#define MAX_WORDS 10u
#define MAX_N     100000u
#define NONE      (MAX_N * 10)

struct kind {
    const char *name;
    uint64_t loop;
    const char *set[MAX_WORDS], *events[MAX_WORDS];
    bool all_frames; /* every frame comes back when nothing fails */
    uint64_t every; /* every N up to here, then in growing steps: the same calls for other frames */
};

static const struct kind kinds[] = {
    {"alone", 1, {"settle=0.03"}, {NULL}, true, MAX_N},
    {"scarce",
     1,
     {"settle=0.03", "callback=deferred", "mdl=header-split", "bounce=always", "map-registers=20",
      "receive-hold=60"},
     {NULL},
     true,
     MAX_N},
    {"events",
     2,
     {"settle=0.03", "callback=random", "receive-hold=60"},
     {"1ms+3msx5:pause", "2ms+5msx3:reset"},
     false,
     300},
};

struct attempt {
    pid_t pid; /* 0: free */
    uint64_t n;
    int fd;
    struct dd_shared *shared;
};

static struct traffic traffic;
static struct attempt attempts[SLOTS];
static uint64_t runs, bad_runs, failed_calls;

static unsigned words(const char *const *list)
{
    unsigned n = 0;

    while (n < MAX_WORDS && list[n]) {
        n++;
    }
    return n;
}

static _Noreturn void child(const struct kind *k, const struct attempt *a)
{
    static struct dd_runner r;
    const char *set[MAX_WORDS + 1];
    struct drydock_options o = DRYDOCK_OPTIONS_INIT;
    char fail[48];
    int status = 3;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    snprintf(fail, sizeof(fail), "fail=%llu", (unsigned long long)a->n);
    memcpy(set, k->set, sizeof(k->set));
    o.set = set;
    o.set_count = words(k->set);
    set[o.set_count++] = fail;
    o.events = k->events;
    o.event_count = words(k->events);
    o.driver = traffic.driver;
    o.send = traffic.send;
    o.wire = "echo";
    o.loop = k->loop;
    r.shared = a->shared;
    if (dd_options_to_plan(&o, &r.plan, r.why, sizeof(r.why)) == 0) {
        status = dd_runner_run(&r);
    } else {
        dd_shared_set_end(a->shared, DD_END_COULD_NOT, r.why);
    }
    _exit(status);
}

static bool attempt_start(const struct kind *k, struct attempt *a, uint64_t n)
{
    a->n = n;
    if (dd_shared_create(&a->fd, &a->shared) < 0) {
        return false;
    }
    fflush(NULL);
    a->pid = fork();
    if (a->pid == 0) {
        child(k, a);
    }
    runs++;
    return a->pid > 0;
}

/* what is wrong with a run, or NULL */
static const char *wrong(const struct kind *k, const struct dd_shared *s, int wait_status)
{
    const struct dd_shared_counters *n = &s->counters;
    unsigned end = atomic_load(&s->end);

    bool refused = end == DD_END_DRIVER && n->failed_point != 0;

    if (!WIFEXITED(wait_status) || WEXITSTATUS(wait_status) != 0 ||
        (end != DD_END_DONE && !refused)) {
        return "it did not end well";
    }
    if (atomic_load(&s->finding_count) > 0) {
        return s->findings[0].text;
    }
    if (n->leaks > 0 || n->iommu_faults > 0) {
        return "leaks, or faults of the device";
    }
    if (n->send_completed != n->send_nbls || n->sg_lists_built != n->sg_lists_freed ||
        n->receive_returned != n->receive_nbls) {
        return "something did not come back";
    }
    if (n->failed_point == 0 && k->all_frames && n->receive_nbls != MATRIX_FRAMES) {
        return "nothing failed, and yet frames are missing";
    }
    return NULL;
}

/* wait for one run; the calls it made that may fail go to @calls. False: none is under way */
static bool attempt_wait(const struct kind *k, uint64_t *calls)
{
    int status;
    pid_t pid = waitpid(-1, &status, 0);

    for (unsigned i = 0; pid > 0 && i < SLOTS; i++) {
        struct attempt *a = &attempts[i];
        const char *why;

        if (a->pid != pid) {
            continue;
        }
        why = wrong(k, a->shared, status);
        if (why) {
            bad_runs++;
            printf("FAILED %s, fail=%llu (%s): %s; wait status 0x%x, phase %s, %s\n", k->name,
                   (unsigned long long)a->n,
                   a->shared->counters.failed_point > 0
                       ? dd_fail_name((enum dd_fail_point)(a->shared->counters.failed_point - 1))
                       : "no call",
                   why, status, a->shared->phase, a->shared->why);
        }
        failed_calls += a->shared->counters.failed_point != 0;
        if (a->shared->counters.may_fail_calls > *calls) {
            *calls = a->shared->counters.may_fail_calls;
        }
        dd_shared_unmap(a->shared);
        close(a->fd);
        a->pid = 0;
        return true;
    }
    return false;
}

static struct attempt *free_attempt(const struct kind *k, uint64_t *calls)
{
    for (;;) {
        for (unsigned i = 0; i < SLOTS; i++) {
            if (attempts[i].pid == 0) {
                return &attempts[i];
            }
        }
        if (!attempt_wait(k, calls)) {
            return NULL;
        }
    }
}

/* every N up to the most calls that any run made, and one beyond */
static bool sweep(const struct kind *k, uint64_t first, uint64_t last)
{
    uint64_t calls = 0, n = first;

    /* how many there are, when none fails */
    if (!attempt_start(k, &attempts[0], NONE) || !attempt_wait(k, &calls)) {
        return false;
    }
    for (; n <= last && n < MAX_N; n += n < k->every ? 1 : 1 + n / 32) {
        struct attempt *a;

        /* runs under way may know of more calls: wait for them before giving up */
        while (n > calls && attempt_wait(k, &calls)) {
        }
        if (n > calls + 1 + calls / 32) {
            break;
        }
        a = free_attempt(k, &calls);
        if (!a || !attempt_start(k, a, n)) {
            printf("%s: fail=%llu cannot be run\n", k->name, (unsigned long long)n);
            return false;
        }
    }
    while (attempt_wait(k, &calls)) {
    }
    printf("%s: N to %llu, every one to %llu; at most %llu calls may fail in a run\n", k->name,
           (unsigned long long)(n - 1), (unsigned long long)(k->every < n ? k->every : n - 1),
           (unsigned long long)calls);
    return n < MAX_N;
}

int main(int argc, char **argv)
{
    uint64_t start = dd_clock_ns();
    char why[512] = "";
    bool ok = true;

    if (argc != 3 && argc != 5) {
        fprintf(stderr, "usage: test_fail_every DRIVER CAPTURE [KIND N]\n");
        return 2;
    }
    if (traffic_init(&traffic, argv[2], argv[1], why, sizeof(why)) < 0) {
        fprintf(stderr, "test_fail_every: %s: no traffic: %s\n", argv[2], why);
        return 2;
    }
    for (unsigned i = 0; i < DD_ARRAY_LEN(kinds); i++) {
        if (argc == 3) {
            ok = sweep(&kinds[i], 1, UINT64_MAX) && ok;
        } else if (strcmp(argv[3], kinds[i].name) == 0) {
            uint64_t n = strtoull(argv[4], NULL, 0);

            ok = sweep(&kinds[i], n, n) && ok;
        }
    }
    printf("%llu runs, in %llu of them a call failed; %llu bad, %.1f s\n", (unsigned long long)runs,
           (unsigned long long)failed_calls, (unsigned long long)bad_runs,
           (double)(dd_clock_ns() - start) / 1e9);
    return !ok || bad_runs > 0 || runs == 0;
}
