/* SPDX-License-Identifier: MIT */
/* port --check: `drydock build` of a ported driver, then `drydock run` under the verifier: frames
 * of every length go out, and the far end sends them back. */
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
#define FRAMES      64u

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

static void put_le(unsigned char *to, size_t bytes, unsigned value)
{
    for (size_t i = 0; i < bytes; i++) {
        to[i] = (unsigned char)(value >> 8 * i);
    }
}

/* a capture of broadcast frames, from the shortest to the longest and back. 0 or -1 with errno */
static int write_frames(const char *path)
{
    unsigned char head[24] = {0}, record[16] = {0}, frame[1514];
    FILE *out = fopen(path, "wb");
    bool fine;

    if (!out) {
        return -1;
    }
    put_le(head, 4, 0xa1b2c3d4u);
    put_le(head + 4, 2, 2);
    put_le(head + 6, 2, 4);
    put_le(head + 16, 4, 65535);
    put_le(head + 20, 4, 1); /* Ethernet */
    fine = fwrite(head, sizeof(head), 1, out) == 1;
    for (unsigned i = 0; fine && i < FRAMES; i++) {
        unsigned step = i < FRAMES / 2 ? i : FRAMES - 1 - i;
        unsigned len = 60 + step * (1514 - 60) / (FRAMES / 2 - 1);

        memset(frame, (int)i, sizeof(frame));
        memset(frame, 0xff, 6);
        memcpy(frame + 6, "\x02\0\0\0\0\x01\x88\xb5", 8); /* a type for experiments */
        put_le(record + 8, 4, len);
        put_le(record + 12, 4, len);
        fine = fwrite(record, sizeof(record), 1, out) == 1 && fwrite(frame, len, 1, out) == 1;
    }
    return fclose(out) == 0 && fine ? 0 : -1;
}

static int run(const char *folder, const char *driver, const char *frames, const char *device)
{
    struct sources s = {.argc = 0};
    char *inf = find_inf(folder);
    int status;

    push(&s, "drydock");
    push(&s, "run");
    push(&s, driver);
    if (inf) {
        push(&s, "--inf");
        push(&s, inf);
        free(inf);
    }
    if (device) {
        push(&s, "--device");
        push(&s, device);
    }
    push(&s, "--send");
    push(&s, frames);
    push(&s, "--wire");
    push(&s, "echo");
    status = drydock(s.argv);
    for (int i = 0; i < s.argc; i++) {
        free(s.argv[i]);
    }
    return status;
}

int port_check(const char *folder, const char *device)
{
    char temp[] = "/tmp/drydock-port-XXXXXX", driver[64], frames[64];
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
    snprintf(frames, sizeof(frames), "%s/frames.pcap", temp);
    status = build(folder, driver);
    if (status == 0) {
        status = write_frames(frames) < 0 ? fail("port --check: %s: %s", frames, strerror(errno))
                                          : run(folder, driver, frames, device);
    }
    unlink(frames);
    unlink(driver);
    rmdir(temp);
    return status;
}
