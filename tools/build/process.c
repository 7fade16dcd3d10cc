/* SPDX-License-Identifier: MIT */
#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void child(const struct dd_strings *argv, int in, int out, int err)
{
    int null = open("/dev/null", O_RDWR);

    dup2(in >= 0 ? in : null, STDIN_FILENO);
    dup2(out >= 0 ? out : null, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    execvp(argv->items[0], argv->items);
    _exit(errno == ENOENT ? 127 : 126);
}

/* false at the end */
static bool drain(int fd, struct dd_text *text)
{
    char block[65536];
    ssize_t n = read(fd, block, sizeof(block));

    if (n > 0) {
        dd_text_add(text, block, (size_t)n);
    }
    return n > 0 || (n < 0 && errno == EINTR);
}

static void drain_all(int out, struct dd_text *ret_out, int err, struct dd_text *ret_err)
{
    struct pollfd p[2] = {{.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};

    while (p[0].fd >= 0 || p[1].fd >= 0) {
        if (poll(p, 2, -1) < 0 && errno != EINTR) {
            return;
        }
        if (p[0].fd >= 0 && p[0].revents && !drain(out, ret_out)) {
            p[0].fd = -1;
        }
        if (p[1].fd >= 0 && p[1].revents && !drain(err, ret_err)) {
            p[1].fd = -1;
        }
    }
}

/* a file without a name: the reader may be as slow as it likes */
static int input_file(const char *input, size_t len)
{
    int fd = memfd_create("drydock-build", MFD_CLOEXEC);
    size_t done = 0;

    while (fd >= 0 && done < len) {
        ssize_t n = write(fd, input + done, len - done);

        if (n <= 0) {
            close(fd);
            return -1;
        }
        done += (size_t)n;
    }
    if (fd >= 0) {
        lseek(fd, 0, SEEK_SET);
    }
    return fd;
}

static void close_fd(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

int dd_process_run(const struct dd_strings *argv, const char *input, size_t input_len,
                   struct dd_text *ret_out, struct dd_text *ret_err)
{
    int in = input ? input_file(input, input_len) : -1, out[2] = {-1, -1}, err[2] = {-1, -1};
    int status = 0, result = -EMFILE;
    pid_t pid;

    if ((input && in < 0) || pipe2(err, O_CLOEXEC) < 0 || (ret_out && pipe2(out, O_CLOEXEC) < 0)) {
        goto done;
    }
    dd_text_add(ret_err, "", 0);
    if (ret_out) {
        dd_text_add(ret_out, "", 0);
    }
    pid = fork();
    if (pid == 0) {
        child(argv, in, out[1], err[1]);
    }
    close_fd(out[1]);
    close_fd(err[1]);
    out[1] = err[1] = -1;
    if (pid < 0) {
        result = -errno;
        goto done;
    }
    drain_all(out[0], ret_out, err[0], ret_err);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (result == 127 && ret_err->len == 0) {
        result = -ENOENT;
    }

done:
    close_fd(in);
    for (int i = 0; i < 2; i++) {
        close_fd(out[i]);
        close_fd(err[i]);
    }
    return result;
}
