/* SPDX-License-Identifier: MIT */
#include "nt/handle.h"

#include "base/map.h"
#include "base/thread.h"
#include "seam/kinds.h"
#include "seam/seam.h"

#include <errno.h>
#include <stdlib.h>

struct object {
    void *body;
    enum dd_object_type type;
    unsigned refs;
    void (*destroy)(void *body);
};

struct handle {
    struct object *object;
    const void *site;
};

/* guards both maps, every count and next_handle */
static struct dd_mutex lock = DD_MUTEX_INIT;
static struct dd_map objects; /* body -> struct object */
static struct dd_map handles; /* number -> struct handle */
static uint64_t next_handle = 0x40;

int dd_object_new(void *body, enum dd_object_type type, void (*destroy)(void *body))
{
    struct object *o = malloc(sizeof(*o));
    int r;

    if (o == NULL) {
        return -ENOMEM;
    }
    *o = (struct object){body, type, 1, destroy};
    dd_mutex_lock(&lock);
    if (dd_map_get(&objects, DD_KEY(body)) != NULL) {
        r = -EEXIST;
    } else {
        r = dd_map_put(&objects, DD_KEY(body), o);
    }
    dd_mutex_unlock(&lock);
    if (r < 0) {
        free(o);
    }
    return r;
}

int dd_object_ref(void *body)
{
    struct object *o;

    dd_mutex_lock(&lock);
    o = dd_map_get(&objects, DD_KEY(body));
    if (o != NULL) {
        o->refs++;
    }
    dd_mutex_unlock(&lock);
    return o == NULL ? -ENOENT : 0;
}

/* drop one reference; the object when that was the last one, to be destroyed without the lock */
static struct object *unref_locked(struct object *o)
{
    if (--o->refs > 0) {
        return NULL;
    }
    dd_map_del(&objects, DD_KEY(o->body));
    return o;
}

static void destroy(struct object *o)
{
    if (o == NULL) {
        return;
    }
    if (o->destroy != NULL) {
        o->destroy(o->body);
    }
    free(o);
}

int dd_object_unref(void *body)
{
    struct object *o, *last = NULL;

    dd_mutex_lock(&lock);
    o = dd_map_get(&objects, DD_KEY(body));
    if (o != NULL) {
        last = unref_locked(o);
    }
    dd_mutex_unlock(&lock);
    destroy(last);
    return o == NULL ? -ENOENT : 0;
}

enum dd_object_type dd_object_type(void *body)
{
    struct object *o;
    enum dd_object_type type;

    dd_mutex_lock(&lock);
    o = dd_map_get(&objects, DD_KEY(body));
    type = o == NULL ? DD_OBJECT_ANY : o->type;
    dd_mutex_unlock(&lock);
    return type;
}

unsigned dd_object_count(enum dd_object_type type)
{
    struct object *o;
    size_t pos = 0;
    unsigned n = 0;

    dd_mutex_lock(&lock);
    while ((o = dd_map_next(&objects, &pos, NULL)) != NULL) {
        n += type == DD_OBJECT_ANY || o->type == type;
    }
    dd_mutex_unlock(&lock);
    return n;
}

int dd_handle_new(void *body, const void *site, HANDLE *ret_handle)
{
    struct handle *h = malloc(sizeof(*h));
    struct object *o;
    int r = -ENOENT;

    if (h == NULL) {
        return -ENOMEM;
    }
    dd_mutex_lock(&lock);
    o = dd_map_get(&objects, DD_KEY(body));
    if (o != NULL) {
        *h = (struct handle){o, site};
        r = dd_map_put(&handles, next_handle, h);
    }
    if (r == 0) {
        o->refs++;
        *ret_handle = (HANDLE)(uintptr_t)next_handle;
        next_handle += 4;
    }
    dd_mutex_unlock(&lock);
    if (r < 0) {
        free(h);
    }
    return r;
}

int dd_handle_get(HANDLE handle, enum dd_object_type type, void **ret_body)
{
    struct handle *h;
    int r = 0;

    dd_mutex_lock(&lock);
    h = dd_map_get(&handles, DD_KEY(handle));
    if (h == NULL) {
        r = -EBADF;
    } else if (type != DD_OBJECT_ANY && h->object->type != type) {
        r = -EINVAL;
    } else {
        h->object->refs++;
        *ret_body = h->object->body;
    }
    dd_mutex_unlock(&lock);
    return r;
}

int dd_handle_close(HANDLE handle)
{
    struct handle *h;
    struct object *last = NULL;

    dd_mutex_lock(&lock);
    h = dd_map_del(&handles, DD_KEY(handle));
    if (h != NULL) {
        last = unref_locked(h->object);
    }
    dd_mutex_unlock(&lock);
    destroy(last);
    free(h);
    return h == NULL ? -EBADF : 0;
}

static const char *type_name(enum dd_object_type type)
{
    switch (type) {
    case DD_OBJECT_THREAD:
        return "thread handle";
    case DD_OBJECT_EVENT:
        return "event handle";
    case DD_OBJECT_KEY:
        return "registry key handle";
    case DD_OBJECT_FILE:
        return "file handle";
    default:
        return "handle";
    }
}

/* take any handle out of the table; its number through @ret_number, NULL when none is left */
static struct handle *take_any(uint64_t *ret_number)
{
    struct handle *h;
    size_t pos = 0;

    dd_mutex_lock(&lock);
    h = dd_map_next(&handles, &pos, ret_number);
    if (h != NULL) {
        dd_map_del(&handles, *ret_number);
    }
    dd_mutex_unlock(&lock);
    return h;
}

unsigned dd_handle_report_leaks(bool failed_init)
{
    struct handle *h;
    uint64_t number;
    unsigned n = 0;

    while ((h = take_any(&number)) != NULL) {
        struct object *last;

        DD_SEAM(.kind = DD_EV_LEAK, .site = h->site, .obj = h->object->body,
                .data = type_name(h->object->type), .a = DD_LEAK_OTHER, .b = number,
                .c = failed_init);
        dd_mutex_lock(&lock);
        last = unref_locked(h->object);
        dd_mutex_unlock(&lock);
        destroy(last);
        free(h);
        n++;
    }
    return n;
}
