/* SPDX-License-Identifier: MIT */
/* port --check: `drydock build` of a ported driver, then `drydock run` under the verifier. */
#include "commands.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_SOURCES 500u

struct sources {
    char *argv[MAX_SOURCES + 8];
    int argc;
};

static void push(struct sources *s, const char *text)
{
    char *copy = strdup(text);

    if (copy && s->argc < (int)MAX_SOURCES + 7) {
        s->argv[s->argc++] = copy;
        s->argv[s->argc] = NULL;
    }
}

static int is_source(const struct dirent *e)
{
    const char *dot = strrchr(e->d_name, '.');

    return e->d_name[0] != '.' && dot && strcmp(dot, ".c") == 0;
}

/* this program, with other arguments; its exit status */
static int drydock(char **argv)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        execv("/proc/self/exe", argv);
        _exit(2);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0) {
        return fail("port --check: %s", strerror(errno));
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

/* the first INF in the folder, or NULL */
static char *find_inf(const char *folder)
{
    DIR *dir = opendir(folder);
    char *path = NULL;

    for (struct dirent *e; dir && !path && (e = readdir(dir)) != NULL;) {
        const char *dot = strrchr(e->d_name, '.');

        if (dot && strcasecmp(dot, ".inf") == 0 &&
            asprintf(&path, "%s/%s", folder, e->d_name) < 0) {
            path = NULL;
        }
    }
    if (dir) {
        closedir(dir);
    }
    return path;
}

static int build(const char *folder, const char *driver)
{
    struct dirent **names;
    int count = scandir(folder, &names, is_source, alphasort);
    struct sources s = {.argc = 0};
    int status;

    if (count <= 0) {
        return fail("port --check %s: %s", folder,
                    count < 0 ? strerror(errno) : "no C source in this folder");
    }
    push(&s, "drydock");
    push(&s, "build");
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];

        if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name) <
            sizeof(path)) {
            push(&s, path);
        }
        free(names[i]);
    }
    free(names);
    push(&s, "-o");
    push(&s, driver);
    status = drydock(s.argv);
    for (int i = 0; i < s.argc; i++) {
        free(s.argv[i]);
    }
    return status == 0 ? 0 : fail("port --check %s: it does not build yet", folder);
}

int port_check(const char *folder)
{
    char temp[] = "/tmp/drydock-port-XXXXXX", driver[64], *inf;
    struct sources s = {.argc = 0};
    struct stat st;
    int status;

    if (stat(folder, &st) < 0 || !S_ISDIR(st.st_mode)) {
        return fail("port --check %s: %s", folder,
                    errno == ENOENT ? "No such file or directory" : "not a folder");
    }
    if (!mkdtemp(temp)) {
        return fail("port --check: %s", strerror(errno));
    }
    snprintf(driver, sizeof(driver), "%s/ported.so", temp);
    status = build(folder, driver);
    if (status == 0) {
        push(&s, "drydock");
        push(&s, "run");
        push(&s, driver);
        inf = find_inf(folder);
        if (inf) {
            push(&s, "--inf");
            push(&s, inf);
            free(inf);
        }
        push(&s, "--wire");
        push(&s, "echo");
        status = drydock(s.argv);
    }
    for (int i = 0; i < s.argc; i++) {
        free(s.argv[i]);
    }
    unlink(driver);
    rmdir(temp);
    return status;
}
