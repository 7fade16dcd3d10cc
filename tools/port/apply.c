/* SPDX-License-Identifier: MIT */
/*
 * Edits made in the files, all or nothing: every new file is written beside the old one first; then
 * each old one gets a second name and the new one its place. When that fails half-way, the second
 * names go back. Signals that would end the program wait meanwhile; the first one is a failure,
 * too.
 */
#include "port_int.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct change {
    const char *path;
    char *fresh, *old; /* names beside it */
    bool written, linked, renamed;
};

static char *beside(const char *path, const char *end)
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    char *name;

    return asprintf(&name, "%.*s.%s.%ld%s", folder, path, path + folder, (long)getpid(), end) < 0
               ? NULL
               : name;
}

static int write_all(int fd, const char *p, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -errno;
        }
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

/* the new bytes beside the old file, with its mode */
static int write_fresh(struct change *c, const struct dd_buf *bytes)
{
    struct stat st;
    int fd, r;

    if (stat(c->path, &st) < 0) {
        return -errno;
    }
    if (!(st.st_mode & 0222) || access(c->path, W_OK) < 0) {
        return -EROFS;
    }
    fd = open(c->fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, st.st_mode & 0777);
    if (fd < 0) {
        return -errno;
    }
    c->written = true;
    r = write_all(fd, bytes->p, bytes->len);
    if (r == 0 && (fchmod(fd, st.st_mode & 07777) < 0 || fsync(fd) < 0)) {
        r = -errno;
    }
    close(fd);
    return r;
}

static void end_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGQUIT);
}

/* a signal is waiting to end the program */
static bool is_interrupted(void)
{
    sigset_t waiting;

    return sigpending(&waiting) == 0 &&
           (sigismember(&waiting, SIGINT) > 0 || sigismember(&waiting, SIGTERM) > 0 ||
            sigismember(&waiting, SIGHUP) > 0 || sigismember(&waiting, SIGQUIT) > 0);
}

/* 1: git has changes of this file that are not committed, 0: it has not, or there is no git */
static int is_dirty(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int pipes[2], status;
    char byte;
    ssize_t n;
    pid_t pid;

    if (!folder || pipe2(pipes, O_CLOEXEC) < 0) {
        free(folder);
        return -ENOMEM;
    }
    pid = fork();
    if (pid == 0) {
        int none = open("/dev/null", O_RDWR);
        sigset_t set;

        end_signals(&set);
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        dup2(none, 0);
        dup2(pipes[1], 1);
        dup2(none, 2);
        execlp("git", "git", "-C", folder, "status", "--porcelain", "--", slash ? slash + 1 : path,
               (char *)NULL);
        _exit(127);
    }
    close(pipes[1]);
    n = pid > 0 ? read(pipes[0], &byte, 1) : 0;
    while (n == 1 && read(pipes[0], &byte, 1) == 1) {
    }
    close(pipes[0]);
    free(folder);
    if (pid < 0 || waitpid(pid, &status, 0) < 0) {
        return 0;
    }
    return n == 1;
}

static int put_in_place(struct change *c)
{
    if (!c->path || link(c->path, c->old) < 0) {
        return -errno;
    }
    c->linked = true;
    if (rename(c->fresh, c->path) < 0) {
        return -errno;
    }
    c->written = false;
    c->renamed = true;
    return 0;
}

static void finish(struct change *changes, size_t count, bool keep)
{
    for (size_t i = 0; i < count; i++) {
        struct change *c = &changes[i];

        if (c->written) {
            unlink(c->fresh);
        }
        if (c->renamed && !keep) {
            rename(c->old, c->path);
        } else if (c->linked) {
            unlink(c->old);
        }
        free(c->fresh);
        free(c->old);
    }
    free(changes);
}

static int prepare(struct drydock_port *port, uint32_t file, bool force, struct change *c)
{
    struct dd_buf bytes = {0};
    int r = 0;
    struct dd_source *s = dd_source_load(port, file, &r);

    if (!s) {
        return r;
    }
    c->path = s->path;
    if (s->in_memory) {
        return -EINVAL;
    }
    c->fresh = beside(s->path, ".new");
    c->old = beside(s->path, ".old");
    if (!c->fresh || !c->old) {
        return -ENOMEM;
    }
    if (!force && is_dirty(s->path) > 0) {
        return -EBUSY;
    }
    r = dd_patched(port, s, file, &bytes);
    r = r < 0 ? r : write_fresh(c, &bytes);
    dd_buf_done(&bytes);
    return r;
}

static const char *reason(int r)
{
    switch (-r) {
    case EBUSY:
        return "has changes that are not committed; commit them, or give --force";
    case EROFS:
        return "is read-only";
    case EINTR:
        return "interrupted; nothing was changed";
    case EINVAL:
        return "is not a file";
    default:
        return strerror(-r);
    }
}

static size_t count_files(const struct drydock_port *port)
{
    size_t n = 0;

    for (size_t i = 0; i < port->nedits; i++) {
        n += i == 0 || port->order[i]->file != port->order[i - 1]->file;
    }
    return n;
}

PORT_API int drydock_port_apply(struct drydock_port *port, bool force, size_t *ret_files, char *why,
                                size_t n)
{
    size_t count = count_files(port), at = 0;
    struct change *changes = calloc(count + 1, sizeof(*changes));
    sigset_t set, before;
    int r = 0;

    if (!changes) {
        return dd_why(why, n, ENOMEM, "no memory");
    }
    end_signals(&set);
    sigprocmask(SIG_BLOCK, &set, &before);
    for (size_t i = 0; r == 0 && i < port->nedits; i++) {
        if (i == 0 || port->order[i]->file != port->order[i - 1]->file) {
            r = prepare(port, port->order[i]->file, force, &changes[at++]);
        }
    }
    for (size_t i = 0; r == 0 && i < count; i++) {
        at = i + 1;
        r = is_interrupted() ? -EINTR : put_in_place(&changes[i]);
    }
    if (r < 0) {
        const char *path = changes[at - 1].path;

        dd_why(why, n, -r, "%s: %s", path ? path : "?", reason(r));
    } else {
        *ret_files = count;
    }
    finish(changes, count, r == 0);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return r;
}
