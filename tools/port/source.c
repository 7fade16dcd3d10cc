/* SPDX-License-Identifier: MIT */
/* Sources: found, read, checked, and let go of when the memory is wanted. */
#include "port_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEEP_BYTES (6u << 20) /* bytes and tokens of other files that may stay */

static int read_all(int fd, char *to, size_t len)
{
    size_t got = 0;

    while (got < len) {
        ssize_t n = read(fd, to + got, len - got);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -errno;
        }
        if (n == 0) {
            return -ESTALE;
        }
        got += (size_t)n;
    }
    return 0;
}

/* a regular file of a size that is fine: its descriptor */
static int open_file(const char *path, size_t *ret_len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), r = 0;
    struct stat st;

    if (fd < 0) {
        return -errno;
    }
    if (fstat(fd, &st) < 0) {
        r = -errno;
    } else if (!S_ISREG(st.st_mode)) {
        r = -EINVAL;
    } else if (st.st_size > (off_t)MAX_FILE_BYTES) {
        r = -EFBIG;
    }
    if (r < 0) {
        close(fd);
        return r;
    }
    *ret_len = (size_t)st.st_size;
    return fd;
}

/* the bytes of a regular file */
static int read_file(const char *path, char **ret_bytes, size_t *ret_len)
{
    size_t len = 0;
    int fd = open_file(path, &len), r;
    char *bytes;

    if (fd < 0) {
        return fd;
    }
    bytes = malloc(len + 1);
    r = bytes ? read_all(fd, bytes, len) : -ENOMEM;
    close(fd);
    if (r < 0) {
        free(bytes);
        return r;
    }
    *ret_bytes = bytes;
    *ret_len = len;
    return 0;
}

/* UTF-16 with a byte order mark: one byte for each unit, so that offsets are half */
static int narrow(struct dd_source *s, const char *bytes, size_t len)
{
    bool little = (unsigned char)bytes[0] == 0xff;
    char *out = malloc(len / 2 + 1);

    if (!out) {
        return -ENOMEM;
    }
    for (size_t i = 0; i + 1 < len; i += 2) {
        unsigned char lo = (unsigned char)bytes[i + (little ? 0 : 1)];
        unsigned char hi = (unsigned char)bytes[i + (little ? 1 : 0)];

        out[i / 2] = (char)(hi == 0 && lo < 0x80 ? lo : i == 0 ? ' ' : 0x80);
    }
    s->wide = true;
    s->owned = out;
    s->bytes = out;
    s->len = len / 2;
    return 0;
}

static bool is_wide(const char *bytes, size_t len)
{
    return len >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0);
}

void dd_source_unload(struct drydock_port *port, struct dd_source *s)
{
    port->loaded_cost -= s->cost;
    s->cost = 0;
    free(s->owned);
    free(s->toks);
    free(s->conds);
    free(s->funcs);
    free(s->structs);
    free(s->defines);
    s->owned = NULL;
    s->toks = NULL;
    s->conds = NULL;
    s->funcs = NULL;
    s->structs = NULL;
    s->defines = NULL;
    s->tok_cap = s->cond_cap = s->func_cap = s->struct_cap = s->define_cap = 0;
    s->ntok = s->nconds = s->nfuncs = s->nstructs = s->ndefines = 0;
    if (!s->in_memory || s->wide) {
        s->bytes = NULL;
    }
}

void dd_source_done(struct dd_source *s)
{
    free(s->path);
    free(s->owned);
    free(s->toks);
    free(s->conds);
    free(s->funcs);
    free(s->structs);
    free(s->defines);
}

static int bring(struct dd_source *s)
{
    char *bytes = NULL;
    size_t len = 0;
    int r;

    if (s->bytes) {
        return 0;
    }
    if (s->in_memory) { /* let go of, so it is UTF-16 */
        return narrow(s, s->raw, s->raw_len);
    }
    r = read_file(s->path, &bytes, &len);
    if (r < 0 || !bytes) {
        return r < 0 ? r : -EIO;
    }
    if (is_wide(bytes, len)) {
        r = narrow(s, bytes, len);
        free(bytes);
        return r;
    }
    s->owned = bytes;
    s->bytes = bytes;
    s->len = len;
    return 0;
}

int dd_source_raw(const struct dd_source *s, const char **ret_bytes, size_t *ret_len)
{
    char *bytes = NULL;
    int r;

    if (s->in_memory) {
        *ret_bytes = s->raw;
        *ret_len = s->raw_len;
        return 0;
    }
    r = read_file(s->path, &bytes, ret_len);
    if (r == 0 && *ret_len / 2 != s->len) {
        free(bytes);
        return -ESTALE;
    }
    *ret_bytes = bytes;
    return r;
}

struct dd_source *dd_source_load(struct drydock_port *port, size_t index, int *ret_error)
{
    struct dd_source *s = &port->sources[index];
    size_t was = s->len;
    int r = 0;

    if (s->toks) {
        return s;
    }
    for (size_t i = 0; port->loaded_cost > KEEP_BYTES && i < port->nsources; i++) {
        dd_source_unload(port, &port->sources[i]);
    }
    r = bring(s);
    if (r == 0 && port->analyzed && s->len != was) {
        r = -ESTALE;
    }
    if (r == 0) {
        r = dd_lex(port->slots, s);
    }
    if (r == 0) {
        r = dd_shape(s);
    }
    if (r < 0) {
        dd_source_unload(port, s);
        *ret_error = r;
        return NULL;
    }
    s->cost = s->tok_cap * sizeof(struct dd_tok) + s->len;
    port->loaded_cost += s->cost;
    return s;
}

static int add_source(struct drydock_port *port, const char *path, struct dd_source **ret)
{
    struct dd_source *list =
        dd_grow(port->sources, port->nsources, &port->source_cap, sizeof(*list));
    char *copy = strdup(path);

    if (list) {
        port->sources = list;
    }
    if (!list || !copy) {
        free(copy);
        return -ENOMEM;
    }
    list[port->nsources] = (struct dd_source){.path = copy};
    *ret = &list[port->nsources++];
    return 0;
}

static int check_text(const char *path, const char *bytes, size_t len, char *why, size_t n)
{
    const char *nul = is_wide(bytes, len) ? NULL : memchr(bytes, '\0', len);

    if (nul) {
        return dd_why(why, n, EILSEQ, "%s: not C source: a NUL byte at offset %zu", path,
                      (size_t)(nul - bytes));
    }
    return 0;
}

/* the same for a file, piece by piece: a block of its size, given back, would change how the C
 * library grows large arrays from then on */
static int check_file(const char *path, char *why, size_t n)
{
    size_t len = 0, at = 0, piece = 0;
    int fd = open_file(path, &len), r = fd < 0 ? fd : 0;
    char bytes[8192];

    for (; r == 0 && at < len; at += piece) {
        const char *nul;

        piece = len - at < sizeof(bytes) ? len - at : sizeof(bytes);
        r = read_all(fd, bytes, piece);
        if (r == 0 && at == 0 && is_wide(bytes, piece)) {
            break;
        }
        nul = r == 0 ? memchr(bytes, '\0', piece) : NULL;
        if (nul) {
            close(fd);
            return dd_why(why, n, EILSEQ, "%s: not C source: a NUL byte at offset %zu", path,
                          at + (size_t)(nul - bytes));
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    switch (r) {
    case 0:
        return 0;
    case -EFBIG:
        return dd_why(why, n, EFBIG, "%s: larger than 128 MiB", path);
    case -EINVAL:
        return dd_why(why, n, EINVAL, "%s: not a regular file", path);
    default:
        return dd_why(why, n, -r, "%s: %s", path, strerror(-r));
    }
}

static bool is_there(const struct drydock_port *port, const struct stat *st)
{
    for (size_t i = 0; i < port->nsources; i++) {
        const struct dd_source *s = &port->sources[i];

        if (!s->in_memory && s->device == (uint64_t)st->st_dev &&
            s->inode == (uint64_t)st->st_ino) {
            return true;
        }
    }
    return false;
}

/* a file: looked at now, so that what is wrong with it is said before anything else happens */
static int add_file(struct drydock_port *port, const char *path, char *why, size_t n)
{
    struct dd_source *s;
    struct stat st;
    int r = check_file(path, why, n);

    if (r < 0) {
        return r;
    }
    if (stat(path, &st) < 0 || is_there(port, &st)) {
        return 0; /* a file named twice is looked at once */
    }
    r = add_source(port, path, &s);
    if (r < 0) {
        return dd_why(why, n, -r, "%s: %s", path, strerror(-r));
    }
    s->device = (uint64_t)st.st_dev;
    s->inode = (uint64_t)st.st_ino;
    return 0;
}

static bool is_c_name(const char *name)
{
    static const char *const ends[] = {".c",   ".h",   ".cpp", ".cc", ".cxx",
                                       ".hpp", ".hxx", ".inl", ".inc"};
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (strcasecmp(dot, ends[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int add_folder(struct drydock_port *port, const char *path, unsigned depth, char *why,
                      size_t n)
{
    struct dirent **names;
    int count = scandir(path, &names, NULL, alphasort), r = 0;

    if (count < 0) {
        return dd_why(why, n, errno, "%s: %s", path, strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        struct dd_buf file = {0};
        struct stat st;
        size_t end = strlen(path);

        if (r == 0 && names[i]->d_name[0] != '.') {
            dd_buf_fmt(&file, "%s%s%s", path, end > 0 && path[end - 1] == '/' ? "" : "/",
                       names[i]->d_name);
            if (file.failed) {
                r = dd_why(why, n, ENOMEM, "%s: no memory", path);
            } else if (lstat(file.p, &st) < 0) {
                r = dd_why(why, n, errno, "%s: %s", file.p, strerror(errno));
            } else if (S_ISDIR(st.st_mode) && depth < 64) {
                r = add_folder(port, file.p, depth + 1, why, n);
            } else if (is_c_name(names[i]->d_name) && S_ISREG(st.st_mode)) {
                r = add_file(port, file.p, why, n);
            }
        }
        dd_buf_done(&file);
        free(names[i]);
    }
    free(names);
    return r;
}

PORT_API int drydock_port_add(struct drydock_port *port, const char *path, char *why, size_t n)
{
    size_t before = port->nsources;
    struct stat st;
    int r;

    if (port->analyzed) {
        return dd_why(why, n, EINVAL, "%s: the set was analyzed already", path);
    }
    if (stat(path, &st) < 0) {
        return dd_why(why, n, errno, "%s: %s", path, strerror(errno));
    }
    if (!S_ISDIR(st.st_mode)) {
        return add_file(port, path, why, n);
    }
    r = add_folder(port, path, 0, why, n);
    if (r == 0 && port->nsources == before) {
        return dd_why(why, n, ENODATA, "%s: no C or C++ source in this folder", path);
    }
    return r;
}

PORT_API int drydock_port_add_bytes(struct drydock_port *port, const char *name, const void *bytes,
                                    size_t len_bytes, char *why, size_t n)
{
    struct dd_source *s;
    int r;

    if (len_bytes > MAX_FILE_BYTES) {
        return dd_why(why, n, EFBIG, "%s: larger than 128 MiB", name);
    }
    r = check_text(name, bytes, len_bytes, why, n);
    if (r < 0) {
        return r;
    }
    r = add_source(port, name, &s);
    if (r < 0) {
        return dd_why(why, n, -r, "%s: %s", name, strerror(-r));
    }
    s->in_memory = true;
    s->raw = bytes;
    s->raw_len = len_bytes;
    if (!is_wide(bytes, len_bytes)) {
        s->bytes = bytes;
        s->len = len_bytes;
    }
    return 0;
}
