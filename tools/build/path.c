/* SPDX-License-Identifier: MIT */
#include "util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *dd_file_read(const char *path, size_t *ret_len)
{
    struct dd_text t = {0};
    char block[65536];
    int fd = open(path, O_RDONLY | O_CLOEXEC), e;
    ssize_t n;

    if (fd < 0) {
        return NULL;
    }
    dd_text_add(&t, "", 0);
    while ((n = read(fd, block, sizeof(block))) > 0) {
        dd_text_add(&t, block, (size_t)n);
    }
    e = errno;
    close(fd);
    if (n < 0) {
        dd_text_done(&t);
        errno = e;
        return NULL;
    }
    if (ret_len) {
        *ret_len = t.len;
    }
    return t.p;
}

int dd_file_write(const char *path, const char *data, size_t len)
{
    FILE *f = fopen(path, "we");
    int e = 0;

    if (!f) {
        return -errno;
    }
    if (fwrite(data, 1, len, f) != len) {
        e = -EIO;
    }
    if (fclose(f) != 0) {
        e = -EIO;
    }
    return e;
}

bool dd_is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool dd_is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

char *dd_path_join(const char *dir, const char *name)
{
    if (name[0] == '/' || dir[0] == '\0' || strcmp(dir, ".") == 0) {
        return dd_xstrdup(name);
    }
    return dd_xprintf("%s%s%s", dir, dir[strlen(dir) - 1] == '/' ? "" : "/", name);
}

char *dd_path_dir(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash) {
        return dd_xstrdup(".");
    }
    return dd_xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
}

const char *dd_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* is the last component of the text one that ".." takes away? */
static bool can_go_up(const struct dd_text *t)
{
    const char *last;

    if (t->len == 0) {
        return false;
    }
    last = strrchr(t->p, '/');
    last = last ? last + 1 : t->p;
    return last[0] != '\0' && strcmp(last, "..") != 0;
}

char *dd_path_clean(const char *path)
{
    struct dd_text t = {0};

    dd_text_puts(&t, path[0] == '/' ? "/" : "");
    while (*path) {
        size_t n = strcspn(path, "/");

        if (n == 2 && memcmp(path, "..", 2) == 0 && can_go_up(&t)) {
            char *last = strrchr(t.p, '/');

            t.len = last ? (size_t)(last - t.p) + (last == t.p) : 0;
            t.p[t.len] = '\0';
        } else if (n > 0 && !(n == 1 && *path == '.')) {
            if (t.len && t.p[t.len - 1] != '/') {
                dd_text_puts(&t, "/");
            }
            dd_text_add(&t, path, n);
        }
        path += n + (path[n] == '/');
    }
    if (t.len == 0) {
        dd_text_puts(&t, ".");
    }
    return t.p;
}

char *dd_path_absolute(const char *path)
{
    char cwd[PATH_MAX], *joined, *clean;

    if (path[0] == '/' || !getcwd(cwd, sizeof(cwd))) {
        return dd_path_clean(path);
    }
    joined = dd_path_join(cwd, path);
    clean = dd_path_clean(joined);
    free(joined);
    return clean;
}

/* the entry of @dir that is called @name in any case */
static char *find_entry(const char *dir, const char *name)
{
    DIR *d = opendir(dir[0] ? dir : ".");
    struct dirent *e;
    char *found = NULL;

    while (d && (e = readdir(d)) != NULL) {
        if (strcasecmp(e->d_name, name) == 0) {
            found = dd_xstrdup(e->d_name);
            break;
        }
    }
    if (d) {
        closedir(d);
    }
    return found;
}

/* one component more; NULL when there is none of that name */
static char *step(char *so_far, const char *name)
{
    char *exact = dd_path_join(so_far, name), *entry;

    if (access(exact, F_OK) == 0) {
        free(so_far);
        return exact;
    }
    free(exact);
    entry = find_entry(so_far, name);
    exact = entry ? dd_path_join(so_far, entry) : NULL;
    free(entry);
    free(so_far);
    return exact;
}

char *dd_path_find(const char *path)
{
    char *slashes = dd_xstrdup(path), *clean, *so_far, *rest, *name;

    for (char *p = slashes; *p; p++) {
        *p = *p == '\\' ? '/' : *p;
    }
    clean = dd_path_clean(slashes);
    free(slashes);
    so_far = dd_xstrdup(clean[0] == '/' ? "/" : "");
    rest = clean;
    while (so_far && (name = strsep(&rest, "/")) != NULL) {
        if (name[0]) {
            so_far = step(so_far, name);
        }
    }
    free(clean);
    return so_far;
}

char *dd_file_line(const char *path, unsigned line)
{
    size_t len;
    char *text = dd_file_read(path, &len), *p = text, *found = NULL;

    while (p && --line > 0) {
        p = strchr(p, '\n');
        p = p ? p + 1 : NULL;
    }
    if (p && *p) {
        found = dd_xstrndup(p, strcspn(p, "\r\n"));
    }
    free(text);
    return found;
}
