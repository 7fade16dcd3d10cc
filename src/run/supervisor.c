/* SPDX-License-Identifier: MIT */
/*
 * drydock_run(): checks the request, starts drydock-runner, watches it, and makes the report from
 * what the shared memory holds when it is over, however it ended.
 */
#include "run/options.h"
#include "run/output.h"
#include "run/report.h"

#include "base/check.h"
#include "base/clock.h"
#include "load/load.h"
#include "run/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct run {
    const struct drydock_options *options;
    struct dd_plan plan;
    struct dd_output record, received, trace, json;
    struct dd_shared *shared;
    int shared_fd, plan_fd;
    char runner[PATH_MAX];
    pid_t pid;
    uint64_t start_ns, text_seen;
    char *why;
    size_t why_bytes;
};

/* a driver built with a sanitizer needs its runtime in the program: the runner that has it lies
 * beside the other one */
static void prefer_sanitizer_runner(struct run *r)
{
    const unsigned needs = DD_SAN_ADDRESS | DD_SAN_UNDEFINED;
    size_t len = strlen(r->runner);

    if ((dd_load_sanitizers(r->plan.driver) & needs) &&
        len + sizeof("-asan") <= sizeof(r->runner)) {
        strcpy(r->runner + len, "-asan");
        if (access(r->runner, X_OK) < 0) {
            r->runner[len] = '\0';
        }
    }
}

static int find_runner(struct run *r)
{
    const char *given = r->options->runner ? r->options->runner : getenv("DRYDOCK_RUNNER");
    ssize_t n;

    if (given) {
        snprintf(r->runner, sizeof(r->runner), "%s", given);
    } else {
        char *slash;

        n = readlink("/proc/self/exe", r->runner, sizeof(r->runner) - sizeof("drydock-runner"));
        r->runner[n > 0 ? n : 0] = '\0';
        slash = strrchr(r->runner, '/');
        strcpy(slash ? slash + 1 : r->runner, "drydock-runner");
    }
    prefer_sanitizer_runner(r);
    if (access(r->runner, X_OK) < 0) {
        snprintf(r->why, r->why_bytes,
                 "%s: %s; drydock-runner belongs beside drydock (or set DRYDOCK_RUNNER)", r->runner,
                 strerror(errno));
        return -errno;
    }
    return 0;
}

static int open_outputs(struct run *r)
{
    const char *json =
        r->options->json && strcmp(r->options->json, "-") == 0 ? "/dev/stdout" : r->options->json;
    int e = dd_output_open(&r->record, r->options->record, r->why, r->why_bytes);

    if (e == 0) {
        e = dd_output_open(&r->received, r->options->received, r->why, r->why_bytes);
    }
    if (e == 0) {
        e = dd_output_open(&r->trace, r->options->trace, r->why, r->why_bytes);
    }
    if (e == 0 && json && strcmp(json, "/dev/stdout") == 0) {
        r->json = (struct dd_output){.path = json,
                                     .fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3),
                                     .direct = 1};
    } else if (e == 0) {
        e = dd_output_open(&r->json, json, r->why, r->why_bytes);
    }
    r->plan.record_fd = r->record.fd;
    r->plan.received_fd = r->received.fd;
    r->plan.trace_fd = r->trace.fd;
    return e;
}

static int make_plan_fd(struct run *r)
{
    char *text = dd_plan_to_json(&r->plan);
    size_t len = text ? strlen(text) : 0;
    int fd = text ? memfd_create("drydock-plan", MFD_CLOEXEC) : -1;

    if (fd < 0 || write(fd, text, len) != (ssize_t)len) {
        snprintf(r->why, r->why_bytes, "cannot hand the plan to drydock-runner: %s",
                 strerror(errno));
        free(text);
        return -errno;
    }
    free(text);
    r->plan_fd = fd;
    return 0;
}

static void keep_fd(int fd)
{
    if (fd >= 0) {
        fcntl(fd, F_SETFD, 0);
    }
}

/* in the child: only calls that are safe after fork in a program with threads */
static void exec_runner(struct run *r, char *const argv[])
{
    keep_fd(r->plan_fd);
    keep_fd(r->shared_fd);
    keep_fd(r->record.fd);
    keep_fd(r->received.fd);
    keep_fd(r->trace.fd);
    execv(r->runner, argv);
    _exit(127);
}

static int start_runner(struct run *r)
{
    char plan[32], shared[32];
    char *argv[] = {r->runner, plan, shared, NULL};

    snprintf(plan, sizeof(plan), "--plan=%d", r->plan_fd);
    snprintf(shared, sizeof(shared), "--shared=%d", r->shared_fd);
    r->start_ns = dd_clock_ns();
    r->pid = fork();
    if (r->pid == 0) {
        exec_runner(r, argv);
    }
    if (r->pid < 0) {
        snprintf(r->why, r->why_bytes, "cannot start drydock-runner: %s", strerror(errno));
        return -errno;
    }
    if (r->plan.debug) {
        fprintf(stderr, "drydock: the driver runs in process %d; attach with: gdb -p %d\n",
                (int)r->pid, (int)r->pid);
    }
    return 0;
}

static void forward_text(struct run *r)
{
    uint64_t have = atomic_load(&r->shared->text_bytes);

    if (r->options->driver_text && have > r->text_seen) {
        r->options->driver_text(r->options->arg, r->shared->text + r->text_seen,
                                have - r->text_seen);
    }
    r->text_seen = have;
}

static void tell_progress(struct run *r)
{
    const struct dd_shared_counters *c = &r->shared->counters;
    const struct drydock_progress p = {.seconds = (double)(dd_clock_ns() - r->start_ns) / 1e9,
                                       .sent = c->send_nbs,
                                       .send_total = c->send_total,
                                       .received = c->receive_nbls,
                                       .sent_bytes = c->send_bytes,
                                       .received_bytes = c->receive_bytes,
                                       .findings = atomic_load(&r->shared->finding_count),
                                       .phase = r->shared->phase};

    if (r->options->progress) {
        r->options->progress(r->options->arg, &p);
    }
}

/* the runner's own watchdog should have acted long before */
static void kill_if_silent(struct run *r, uint64_t *last_beat, uint64_t *since_ns)
{
    uint64_t beat = atomic_load(&r->shared->heartbeat), now = dd_clock_ns();
    double limit = r->plan.settings.watchdog_s + 20;

    if (beat != *last_beat || !atomic_load(&r->shared->begun)) {
        *last_beat = beat;
        *since_ns = now;
    } else if (!r->plan.debug && r->plan.settings.watchdog_s > 0 &&
               (double)(now - *since_ns) > limit * 1e9) {
        dd_shared_set_end(r->shared, DD_END_HANG, "the process stopped answering");
        kill(r->pid, SIGKILL);
    }
}

static int wait_for_runner(struct run *r)
{
    int fd = (int)syscall(SYS_pidfd_open, r->pid, 0), status = 0;
    uint64_t beat = 0, since = dd_clock_ns(), told = since;

    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};

        poll(&p, 1, 50); /* fd -1: only the time */
        if (r->options->stop && *r->options->stop) {
            atomic_store(&r->shared->stop, 1);
        }
        forward_text(r);
        if (waitpid(r->pid, &status, WNOHANG) == r->pid) {
            break;
        }
        if (dd_clock_ns() - told > 500 * DD_NS_PER_MS) {
            told = dd_clock_ns();
            tell_progress(r);
        }
        kill_if_silent(r, &beat, &since);
    }
    forward_text(r);
    if (fd >= 0) {
        close(fd);
    }
    return status;
}

static int write_report(struct run *r, const struct drydock_report *report)
{
    int e = 0;

    if (r->json.fd >= 0) {
        e = dd_output_write(&r->json, report->json_text, strlen(report->json_text));
    }
    if (e == 0 && r->json.fd >= 0) {
        e = dd_output_write(&r->json, "\n", 1);
    }
    if (e < 0) {
        snprintf(r->why, r->why_bytes, "%s: cannot be written: %s", r->json.path, strerror(-e));
    }
    return e;
}

/* everything is written before anything gets its name */
static int commit(struct run *r, const struct drydock_report *report)
{
    struct dd_output *const outputs[] = {&r->record, &r->received, &r->trace, &r->json};
    int e = write_report(r, report);

    for (size_t i = 0; e == 0 && i < DD_ARRAY_LEN(outputs); i++) {
        e = dd_output_commit(outputs[i], r->why, r->why_bytes);
    }
    return e;
}

/* a run that was over when its process ended badly: the driver's destructors, a sanitizer's last
 * report, or damage that only showed then */
static void check_exit(struct run *r, int wait_status)
{
    uint32_t done = DD_END_DONE;
    bool bad = WIFSIGNALED(wait_status) || WEXITSTATUS(wait_status) != 0;

    if (bad && atomic_compare_exchange_strong(&r->shared->end, &done, DD_END_CRASH)) {
        snprintf(r->shared->why, sizeof(r->shared->why),
                 "the driver's process ended with %s %d after the run was over",
                 WIFSIGNALED(wait_status) ? "signal" : "status",
                 WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status));
    }
}

static int finish(struct run *r, int wait_status, struct drydock_report **ret_report)
{
    double seconds = (double)(dd_clock_ns() - r->start_ns) / 1e9;
    int e;

    if (atomic_load(&r->shared->end) == DD_END_COULD_NOT) {
        snprintf(r->why, r->why_bytes, "%s", r->shared->why);
        return -EINVAL;
    }
    if (atomic_load(&r->shared->end) == DD_END_NONE && !atomic_load(&r->shared->begun)) {
        snprintf(r->why, r->why_bytes,
                 "%s ended at once (%s %d); is it the drydock-runner of this drydock?", r->runner,
                 WIFSIGNALED(wait_status) ? "signal" : "status",
                 WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status));
        return -EIO;
    }
    check_exit(r, wait_status);
    if (WIFSIGNALED(wait_status) && !r->shared->signal) {
        r->shared->signal = WTERMSIG(wait_status);
    }
    e = dd_report_new(&r->plan, r->shared, r->runner, seconds, ret_report);
    if (e < 0) {
        snprintf(r->why, r->why_bytes, "cannot make the report: %s", strerror(-e));
        return e;
    }
    return commit(r, *ret_report);
}

static int prepare(struct run *r)
{
    char why[512];
    int e = dd_options_to_plan(r->options, &r->plan, r->why, r->why_bytes);

    if (e == 0) {
        e = dd_load_check(r->plan.driver, why, sizeof(why));
        if (e < 0) {
            snprintf(r->why, r->why_bytes, "%s", why);
        }
    }
    if (e == 0) {
        e = find_runner(r);
    }
    if (e == 0) {
        e = open_outputs(r);
    }
    if (e == 0) {
        e = dd_shared_create(&r->shared_fd, &r->shared);
        if (e < 0) {
            snprintf(r->why, r->why_bytes, "cannot make shared memory: %s", strerror(-e));
        }
    }
    return e == 0 ? make_plan_fd(r) : e;
}

/* a program compiled against another header has other fields behind the ones it knows */
static int take_size(struct run *r)
{
    if (r->options->size != sizeof(*r->options)) {
        snprintf(
            r->why, r->why_bytes,
            "drydock_options.size is %zu, this version has %zu; begin with DRYDOCK_OPTIONS_INIT and compile again",
            r->options->size, sizeof(*r->options));
        return -EINVAL;
    }
    return 0;
}

static void close_fd(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

int drydock_run(const struct drydock_options *options, struct drydock_report **ret_report,
                char *why, size_t why_bytes)
{
    struct run r = {.options = options,
                    .shared_fd = -1,
                    .plan_fd = -1,
                    .why = why,
                    .why_bytes = why_bytes,
                    .record = {.fd = -1},
                    .received = {.fd = -1},
                    .trace = {.fd = -1},
                    .json = {.fd = -1}};
    struct drydock_report *report = NULL;
    int status = DRYDOCK_COULD_NOT_RUN, e;

    *ret_report = NULL;
    if (why_bytes > 0) {
        why[0] = '\0';
    }
    e = take_size(&r);
    if (e == 0) {
        e = prepare(&r);
    }
    if (e == 0) {
        e = start_runner(&r);
    }
    if (e == 0) {
        e = finish(&r, wait_for_runner(&r), &report);
    }
    if (e == 0) {
        status = report->status;
        *ret_report = report;
    } else {
        drydock_report_free(report);
    }
    dd_output_drop(&r.record);
    dd_output_drop(&r.received);
    dd_output_drop(&r.trace);
    dd_output_drop(&r.json);
    dd_shared_unmap(r.shared);
    close_fd(r.shared_fd);
    close_fd(r.plan_fd);
    dd_plan_done(&r.plan);
    return status;
}
