/* SPDX-License-Identifier: MIT */
#include "ndis/nobj.h"

#include "base/thread.h"
#include "seam/seam.h"

static struct dd_mutex lock = DD_MUTEX_INIT; /* guards live[] */
static struct dd_list live[DD_SLOT_KIND_COUNT];

static struct dd_list *list_locked(enum dd_slot_kind kind)
{
    if (live[kind].next == NULL) {
        dd_list_init(&live[kind]);
    }
    return &live[kind];
}

void *dd_nobj_new(enum dd_slot_kind kind, size_t bytes, const void *owner, const void *site)
{
    struct dd_nobj *obj = (struct dd_nobj *)(void *)dd_slab_alloc(kind, bytes);

    if (obj == NULL) {
        return NULL;
    }
    obj->owner = owner;
    obj->site = site;
    dd_mutex_lock(&lock);
    dd_list_append(list_locked(kind), &obj->node);
    dd_mutex_unlock(&lock);
    return obj;
}

void dd_nobj_free(void *ptr)
{
    struct dd_nobj *obj = ptr;

    dd_mutex_lock(&lock);
    dd_list_remove(&obj->node);
    dd_mutex_unlock(&lock);
    dd_slab_free(&obj->slot);
}

void dd_bad_object(const void *obj, const char *what, const void *site)
{
    DD_SEAM(.kind = DD_EV_OBJECT_BAD, .site = site, .obj = obj, .data = what);
}

void *dd_nobj_get(const void *handle, enum dd_slot_kind kind, const char *what, const void *site)
{
    if (!dd_slab_is(handle, kind)) {
        dd_bad_object(handle, what, site);
        return NULL;
    }
    return (void *)(uintptr_t)handle;
}

void *dd_nobj_find_if(enum dd_slot_kind kind, const void *owner,
                      bool (*match)(const struct dd_nobj *obj, const void *arg), const void *arg)
{
    struct dd_list *pos;
    struct dd_nobj *found = NULL;

    dd_mutex_lock(&lock);
    DD_LIST_EACH(pos, list_locked(kind)) {
        struct dd_nobj *obj = DD_LIST_ENTRY(pos, struct dd_nobj, node);

        if (obj->owner == owner && (match == NULL || match(obj, arg))) {
            found = obj;
            break;
        }
    }
    dd_mutex_unlock(&lock);
    return found;
}

void *dd_nobj_find(enum dd_slot_kind kind, const void *owner)
{
    return dd_nobj_find_if(kind, owner, NULL, NULL);
}

unsigned dd_nobj_count(enum dd_slot_kind kind, const void *owner)
{
    struct dd_list *pos;
    unsigned n = 0;

    dd_mutex_lock(&lock);
    DD_LIST_EACH(pos, list_locked(kind)) {
        n += owner == NULL || DD_LIST_ENTRY(pos, struct dd_nobj, node)->owner == owner;
    }
    dd_mutex_unlock(&lock);
    return n;
}
