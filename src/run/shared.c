/* SPDX-License-Identifier: MIT */
#include "run/shared.h"

#include "base/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int map_fd(int fd, struct dd_shared **ret_shared)
{
    void *p = mmap(NULL, sizeof(struct dd_shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (p == MAP_FAILED) {
        return -errno;
    }
    *ret_shared = p;
    return 0;
}

int dd_shared_create(int *ret_fd, struct dd_shared **ret_shared)
{
    struct dd_shared *s = NULL;
    int fd = memfd_create("drydock-run", MFD_CLOEXEC), r;

    if (fd < 0) {
        return -errno;
    }
    if (ftruncate(fd, sizeof(*s)) < 0) {
        r = -errno;
        goto close_fd;
    }
    r = map_fd(fd, &s);
    if (r < 0) {
        goto close_fd;
    }
    s->magic = DD_SHARED_MAGIC;
    s->size = sizeof(*s);
    *ret_fd = fd;
    *ret_shared = s;
    return 0;

close_fd:
    close(fd);
    return r;
}

int dd_shared_map(int fd, struct dd_shared **ret_shared)
{
    struct stat st;
    struct dd_shared *s = NULL;
    int r;

    if (fstat(fd, &st) < 0 || st.st_size != (off_t)sizeof(*s)) {
        return -EINVAL;
    }
    r = map_fd(fd, &s);
    if (r < 0) {
        return r;
    }
    if (s->magic != DD_SHARED_MAGIC || s->size != sizeof(*s)) {
        dd_shared_unmap(s);
        return -EINVAL;
    }
    *ret_shared = s;
    return 0;
}

void dd_shared_unmap(struct dd_shared *s)
{
    if (s) {
        munmap(s, sizeof(*s));
    }
}

/* strncpy that always ends the text; usable in a signal handler */
static void put(char *to, size_t size, const char *from)
{
    size_t n = strnlen(from, size - 1);

    memcpy(to, from, n);
    to[n] = '\0';
}

void dd_shared_set_phase(struct dd_shared *s, const char *phase)
{
    put(s->phase, sizeof(s->phase), phase);
}

void dd_shared_set_end(struct dd_shared *s, enum dd_run_end end, const char *why)
{
    uint32_t none = DD_END_NONE;

    /* the first end is the true one */
    if (atomic_compare_exchange_strong(&s->end, &none, (uint32_t)end) && why) {
        put(s->why, sizeof(s->why), why);
    }
}

/* an equal finding that is in already, or NULL */
static struct dd_shared_finding *find_same(struct dd_shared *s, const struct dd_finding *f)
{
    uint32_t n = atomic_load(&s->finding_count);

    for (uint32_t i = 0; i < n && i < DD_SHARED_FINDINGS; i++) {
        struct dd_shared_finding *g = &s->findings[i];
        bool same = atomic_load(&g->ready) && strcmp(g->rule, f->rule->id) == 0;

        for (unsigned k = 0; same && k < DD_FINDING_SITES; k++) {
            same = g->sites[k].pc == (uint64_t)(uintptr_t)f->sites[k].pc;
        }
        if (same) {
            return g;
        }
    }
    return NULL;
}

void dd_shared_finding_add(struct dd_shared *s, const struct dd_finding *f)
{
    struct dd_shared_finding *g = find_same(s, f);
    uint32_t slot;

    if (g) {
        __atomic_fetch_add(&g->count, 1, __ATOMIC_RELAXED);
        return;
    }
    slot = atomic_fetch_add(&s->finding_count, 1);
    if (slot >= DD_SHARED_FINDINGS) {
        return; /* counted, and the report says how many were dropped */
    }
    g = &s->findings[slot];
    put(g->rule, sizeof(g->rule), f->rule->id);
    g->severity = (int32_t)f->rule->severity;
    put(g->text, sizeof(g->text), f->text);
    for (unsigned k = 0; k < DD_FINDING_SITES; k++) {
        g->sites[k].pc = (uint64_t)(uintptr_t)f->sites[k].pc;
        put(g->sites[k].label, sizeof(g->sites[k].label),
            f->sites[k].label ? f->sites[k].label : "");
        put(g->sites[k].api, sizeof(g->sites[k].api), f->sites[k].api ? f->sites[k].api : "");
    }
    put(g->access, sizeof(g->access), f->access);
    g->count = 1;
    atomic_store(&g->ready, 1);
}

void dd_shared_add_text(struct dd_shared *s, const char *text, size_t len_bytes)
{
    static _Atomic(uint32_t) busy;
    uint64_t at;

    while (atomic_exchange(&busy, 1)) {
    }
    at = atomic_load(&s->text_bytes);
    if (at + len_bytes > DD_SHARED_TEXT_BYTES) {
        s->text_dropped++;
    } else {
        memcpy(s->text + at, text, len_bytes);
        atomic_store(&s->text_bytes, at + len_bytes);
    }
    atomic_store(&busy, 0);
}
