/* SPDX-License-Identifier: MIT */
/* drydock-runner: started by the supervisor with descriptors of the plan and of the shared memory.
 */
#include "run/runner.h"

#include <drydock/drydock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <signal.h>

static char *read_whole(int fd)
{
    struct stat st;
    char *text;

    if (fstat(fd, &st) < 0 || st.st_size <= 0 || st.st_size > (1 << 24)) {
        return NULL;
    }
    text = malloc((size_t)st.st_size + 1);
    if (!text || pread(fd, text, (size_t)st.st_size, 0) != st.st_size) {
        free(text);
        return NULL;
    }
    text[st.st_size] = '\0';
    return text;
}

static struct dd_shared *told; /* who wants the run to end says it here */

static void on_stop(int sig)
{
    (void)sig;
    atomic_store(&told->stop, 1);
}

/* SIGINT comes from the terminal to us as well as to the supervisor: pause, halt, report */
static void stop_cleanly(struct dd_shared *shared)
{
    struct sigaction a = {.sa_handler = on_stop, .sa_flags = SA_RESTART};

    told = shared;
    sigemptyset(&a.sa_mask);
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
}

int drydock_runner_main(int argc, char **argv)
{
    struct dd_runner r = {0};
    int plan_fd, shared_fd, e, status;
    char *json;

    if (argc != 3 || sscanf(argv[1], "--plan=%d", &plan_fd) != 1 ||
        sscanf(argv[2], "--shared=%d", &shared_fd) != 1) {
        fprintf(stderr,
                "drydock-runner: this program is started by drydock; run `drydock run --help`\n");
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dd_shared_map(shared_fd, &r.shared) < 0) {
        fprintf(stderr,
                "drydock-runner: no shared memory from drydock; run `drydock run --help`\n");
        return 2;
    }
    stop_cleanly(r.shared);
    json = read_whole(plan_fd);
    e = json ? dd_plan_from_json(json, &r.plan, r.why, sizeof(r.why)) : -1;
    free(json);
    if (e < 0) {
        dd_shared_set_end(r.shared, DD_END_COULD_NOT,
                          r.why[0] ? r.why : "the plan of the run cannot be read");
        return 2;
    }
    status = dd_runner_run(&r);
    dd_plan_done(&r.plan);
    dd_shared_unmap(r.shared);
    return status;
}
