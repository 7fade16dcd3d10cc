/* SPDX-License-Identifier: MIT */
/*
 * A child process that lives no longer than the thread which started it: the kernel kills it when
 * that thread ends, however the thread ends. It has a session of its own, so that a key on the
 * terminal does not reach it. Its standard error comes to us; of it the last line is kept.
 */
#ifndef DD_DEV_QEMU_PROCESS_H
#define DD_DEV_QEMU_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define DD_PROCESS_FDS 8u

struct dd_process {
    pid_t pid;  /* 0: none, or reaped */
    int err_fd; /* its standard error, non-blocking; -1: closed */
    bool reaped;
    int status;     /* of waitpid(), when reaped */
    char last[160]; /* last complete line of standard error */
    char line[160];
    size_t line_bytes;
};

/* dd_fd_drop - close a descriptor once: it becomes -1; -1 is fine */
void dd_fd_drop(int *fd);

/* dd_process_start - run argv[0] with the descriptors @fds (-1: none) inherited under their own
 * numbers, and nothing else but /dev/null as input and output. 0 or -Exxx */
int dd_process_start(struct dd_process *p, char *const argv[], const int *fds, unsigned fd_count);
/* dd_process_input - take what standard error has. False: it is closed */
bool dd_process_input(struct dd_process *p);
/* dd_process_reap - wait for its end, at most @timeout_ns. True: it has ended */
bool dd_process_reap(struct dd_process *p, uint64_t timeout_ns);
/* dd_process_end - kill it if it still runs, wait, close */
void dd_process_end(struct dd_process *p);
/* dd_process_describe - how it ended, and its last words: "was killed by signal 9 (Killed)" */
void dd_process_describe(const struct dd_process *p, char *out, size_t out_bytes);

/* dd_process_output - run argv[0] and take its standard output, cut at @out_bytes, for at most
 * @timeout_ns. 0 with status 0; -EIO: another end; -Exxx */
int dd_process_output(char *const argv[], char *out, size_t out_bytes, uint64_t timeout_ns);

#endif
