/* SPDX-License-Identifier: MIT */
#include "dev/qemu/process.h"

#include "base/clock.h"
#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
    char *const *argv;
    const int *fds;
    unsigned fd_count;
    int in, out, err;
    pid_t parent;
};

/* in the child: only calls that are safe after fork in a program with threads */
static _Noreturn void become(const struct child *c)
{
    sigset_t none;

    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != c->parent) {
        _exit(127); /* the parent ended before it could take us with it */
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    for (unsigned i = 0; i < c->fd_count; i++) {
        if (c->fds[i] >= 0) {
            fcntl(c->fds[i], F_SETFD, 0);
        }
    }
    dup2(c->in, STDIN_FILENO);
    dup2(c->out, STDOUT_FILENO);
    dup2(c->err, STDERR_FILENO);
    execvp(c->argv[0], c->argv);
    _exit(127);
}

void dd_fd_drop(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

/* above the standard descriptors, which the child is going to replace */
static int high_fd(int fd)
{
    int r = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;

    if (fd >= 0) {
        close(fd);
    }
    return r;
}

static int start(pid_t *ret_pid, struct child *c, int pipe_fds[2], bool pipe_is_err)
{
    int null = high_fd(open("/dev/null", O_RDWR | O_CLOEXEC));
    pid_t pid;

    if (null < 0 || pipe2(pipe_fds, O_CLOEXEC) < 0) {
        int e = errno;

        if (null >= 0) {
            close(null);
        }
        return -e;
    }
    pipe_fds[0] = high_fd(pipe_fds[0]);
    pipe_fds[1] = high_fd(pipe_fds[1]);
    c->in = null;
    c->out = pipe_is_err ? null : pipe_fds[1];
    c->err = pipe_is_err ? pipe_fds[1] : null;
    c->parent = getpid();
    pid = fork();
    if (pid == 0) {
        become(c);
    }
    close(null);
    close(pipe_fds[1]);
    if (pid < 0) {
        close(pipe_fds[0]);
        return -EAGAIN;
    }
    *ret_pid = pid;
    return 0;
}

int dd_process_start(struct dd_process *p, char *const argv[], const int *fds, unsigned fd_count)
{
    struct child c = {.argv = argv, .fds = fds, .fd_count = fd_count};
    int pipe_fds[2], r;

    *p = (struct dd_process){.err_fd = -1};
    r = start(&p->pid, &c, pipe_fds, true);
    if (r == 0) {
        p->err_fd = pipe_fds[0];
        fcntl(p->err_fd, F_SETFL, O_NONBLOCK);
    }
    return r;
}

static void take_error_text(struct dd_process *p, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '\n') {
            if (p->line_bytes > 0) {
                p->line[p->line_bytes] = '\0';
                memcpy(p->last, p->line, p->line_bytes + 1);
            }
            p->line_bytes = 0;
        } else if (p->line_bytes < sizeof(p->line) - 1) {
            p->line[p->line_bytes++] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
        }
    }
}

bool dd_process_input(struct dd_process *p)
{
    char text[4096];
    ssize_t n;

    while (p->err_fd >= 0 && (n = read(p->err_fd, text, sizeof(text))) != 0) {
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return errno == EAGAIN;
        }
        take_error_text(p, text, (size_t)n);
    }
    return false;
}

bool dd_process_reap(struct dd_process *p, uint64_t timeout_ns)
{
    uint64_t deadline = dd_clock_ns() + timeout_ns;

    while (p->pid > 0) {
        pid_t r = waitpid(p->pid, &p->status, WNOHANG);

        if (r == p->pid) {
            p->reaped = true;
            p->pid = 0;
        } else if (r < 0 && errno != EINTR) {
            p->pid = 0; /* somebody else waited for it */
        } else if (dd_clock_ns() >= deadline) {
            return false;
        } else {
            dd_thread_sleep_until(dd_clock_ns() + DD_NS_PER_MS / 4);
        }
    }
    return true;
}

void dd_process_end(struct dd_process *p)
{
    if (p->pid > 0) {
        kill(p->pid, SIGKILL);
        dd_process_reap(p, 10 * DD_NS_PER_S);
    }
    dd_fd_drop(&p->err_fd);
}

void dd_process_describe(const struct dd_process *p, char *out, size_t out_bytes)
{
    char how[96];

    if (!p->reaped) {
        snprintf(how, sizeof(how), "stopped answering");
    } else if (WIFSIGNALED(p->status)) {
        snprintf(how, sizeof(how), "was killed by signal %d (%s)", WTERMSIG(p->status),
                 strsignal(WTERMSIG(p->status)));
    } else {
        snprintf(how, sizeof(how), "ended with status %d", WEXITSTATUS(p->status));
    }
    snprintf(out, out_bytes, "%s%s%s", how, p->last[0] ? ": " : "", p->last);
}

int dd_process_output(char *const argv[], char *out, size_t out_bytes, uint64_t timeout_ns)
{
    struct child c = {.argv = argv};
    struct dd_process p = {.err_fd = -1};
    uint64_t now = dd_clock_ns(), deadline = now + timeout_ns;
    size_t have = 0;
    int pipe_fds[2], r = start(&p.pid, &c, pipe_fds, false);

    if (r < 0) {
        return r;
    }
    for (; now < deadline; now = dd_clock_ns()) {
        struct pollfd f = {.fd = pipe_fds[0], .events = POLLIN};
        char text[4096];
        ssize_t n;

        if (poll(&f, 1, (int)((deadline - now) / DD_NS_PER_MS) + 1) <= 0) {
            continue;
        }
        n = read(pipe_fds[0], text, sizeof(text));
        if (n <= 0) {
            break;
        }
        n = have + (size_t)n < out_bytes ? n : (ssize_t)(out_bytes - 1 - have);
        memcpy(out + have, text, (size_t)n);
        have += (size_t)n;
    }
    out[have] = '\0';
    close(pipe_fds[0]);
    if (dd_clock_ns() < deadline) {
        dd_process_reap(&p, deadline - dd_clock_ns());
    }
    dd_process_end(&p);
    return p.reaped && WIFEXITED(p.status) && WEXITSTATUS(p.status) == 0 ? 0 : -EIO;
}
