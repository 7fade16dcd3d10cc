/* SPDX-License-Identifier: MIT */
/* A child process per source, as many as there are processors; what they say, in their order. */
#include "build.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_JOBS 64u

struct jobs {
    const struct dd_build *b;
    struct dd_unit *units;
    size_t count, started, done, told, failed;
    pid_t *pids; /* per unit; 0: over, or not begun */
    bool *over;
    struct dd_strings lines; /* what was told already: a header's error comes once */
    bool progress;
};

static unsigned processors(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

    return n < 1 ? 1 : n > (int)MAX_JOBS ? MAX_JOBS : (unsigned)n;
}

static void clear_progress(const struct jobs *j)
{
    if (j->progress) {
        fputs("\r\033[K", stderr);
    }
}

static void show_progress(const struct jobs *j, const char *name)
{
    if (j->progress) {
        fprintf(stderr, "\r\033[K[%zu/%zu] %.60s", j->done, j->count, name);
        fflush(stderr);
    }
}

static void start(struct jobs *j, size_t i)
{
    pid_t pid = fork();

    if (pid == 0) {
        _exit(dd_compile(j->b, &j->units[i]));
    }
    if (pid < 0) {
        fail("cannot start a process: %s", strerror(errno));
        j->over[i] = true;
        j->failed++;
        j->done++;
        return;
    }
    j->pids[i] = pid;
}

static void tell(struct jobs *j, const struct dd_unit *u)
{
    char *text = dd_file_read(u->says, NULL);

    clear_progress(j);
    for (char *line = text, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next) {
            *next++ = '\0';
        }
        if (line[0] == ' ' || !dd_strings_have(&j->lines, line)) {
            fprintf(stderr, "%s\n", line);
            dd_strings_add(&j->lines, line);
        } else if (next && next[0] == ' ') { /* and the source line that belongs to it */
            next = strchr(next, '\n') ? strchr(next, '\n') + 1 : NULL;
        }
    }
    free(text);
    unlink(u->says);
}

static void reap(struct jobs *j)
{
    int status;
    pid_t pid = waitpid(-1, &status, 0);

    for (size_t i = 0; i < j->count && pid > 0; i++) {
        if (j->pids[i] != pid) {
            continue;
        }
        j->pids[i] = 0;
        j->over[i] = true;
        j->done++;
        if (!WIFEXITED(status)) {
            fail("%s: the compile step ended with signal %d", j->units[i].source, WTERMSIG(status));
        }
        j->failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
        show_progress(j, dd_path_name(j->units[i].source));
    }
    while (j->told < j->count && j->over[j->told]) {
        tell(j, &j->units[j->told++]);
    }
}

size_t dd_jobs_run(const struct dd_build *b, struct dd_unit *units, size_t count)
{
    struct jobs j = {.b = b, .units = units, .count = count};
    unsigned limit = processors();

    j.pids = dd_xcalloc(count, sizeof(*j.pids));
    j.over = dd_xcalloc(count, sizeof(*j.over));
    j.progress = isatty(STDERR_FILENO);
    fflush(NULL);
    while (j.done < count) {
        while (j.started < count && j.started - j.done < limit) {
            start(&j, j.started++);
        }
        if (j.done < count) {
            reap(&j);
        }
    }
    while (j.told < count) {
        tell(&j, &units[j.told++]);
    }
    clear_progress(&j);
    free(j.pids);
    free(j.over);
    dd_strings_done(&j.lines);
    return j.failed;
}
