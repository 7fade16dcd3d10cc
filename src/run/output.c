/* SPDX-License-Identifier: MIT */
#include "run/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void directory_of(const char *path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/');

    if (!slash) {
        snprintf(out, size, ".");
    } else {
        snprintf(out, size, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    }
}

static mode_t default_mode(void)
{
    mode_t mask = umask(0);

    umask(mask);
    return 0666 & ~mask;
}

static int open_temp(struct dd_output *o)
{
    char dir[4096];

    directory_of(o->path, dir, sizeof(dir));
    o->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    if (o->fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) {
        return o->fd < 0 ? -errno : 0;
    }
    if ((size_t)snprintf(o->temp, sizeof(o->temp), "%s.XXXXXX", o->path) >= sizeof(o->temp)) {
        return -ENAMETOOLONG;
    }
    o->fd = mkostemp(o->temp, O_CLOEXEC);
    if (o->fd < 0) {
        o->temp[0] = '\0';
        return -errno;
    }
    fchmod(o->fd, default_mode());
    return 0;
}

int dd_output_open(struct dd_output *o, const char *path, char *why, size_t why_bytes)
{
    struct stat st;
    int r = 0;

    *o = (struct dd_output){.path = path, .fd = -1};
    if (!path) {
        return 0;
    }
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        r = -EISDIR;
    } else if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        o->direct = 1;
        o->fd = open(path, O_WRONLY | O_CLOEXEC);
        r = o->fd < 0 ? -errno : 0;
    } else if (access(path, F_OK) == 0 && access(path, W_OK) < 0) {
        r = -errno;
    } else {
        r = open_temp(o);
    }
    if (r < 0) {
        snprintf(why, why_bytes, "%s: cannot be written: %s", path, strerror(-r));
    }
    return r;
}

/* give a nameless file a name beside its target */
static int name_temp(struct dd_output *o)
{
    char proc[64];

    snprintf(proc, sizeof(proc), "/proc/self/fd/%d", o->fd);
    for (unsigned i = 0; i < 100; i++) {
        if ((size_t)snprintf(o->temp, sizeof(o->temp), "%s.%d-%u", o->path, (int)getpid(), i) >=
            sizeof(o->temp)) {
            return -ENAMETOOLONG;
        }
        if (linkat(AT_FDCWD, proc, AT_FDCWD, o->temp, AT_SYMLINK_FOLLOW) == 0) {
            return 0;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    o->temp[0] = '\0';
    return -errno;
}

int dd_output_commit(struct dd_output *o, char *why, size_t why_bytes)
{
    int r = 0;

    if (!o->path || o->direct) {
        return 0;
    }
    if (!o->temp[0]) {
        r = name_temp(o);
    }
    if (r == 0 && rename(o->temp, o->path) < 0) {
        r = -errno;
    }
    if (r < 0) {
        snprintf(why, why_bytes, "%s: cannot be written: %s", o->path, strerror(-r));
        return r;
    }
    o->temp[0] = '\0';
    return 0;
}

void dd_output_drop(struct dd_output *o)
{
    if (o->temp[0]) {
        unlink(o->temp);
        o->temp[0] = '\0';
    }
    if (o->fd >= 0) {
        close(o->fd);
        o->fd = -1;
    }
}

int dd_output_write(struct dd_output *o, const char *text, size_t len_bytes)
{
    while (len_bytes > 0) {
        ssize_t n = write(o->fd, text, len_bytes);

        if (n < 0 && errno != EINTR) {
            return -errno;
        }
        text += n > 0 ? n : 0;
        len_bytes -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}
