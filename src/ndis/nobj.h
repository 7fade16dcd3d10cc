/* SPDX-License-Identifier: MIT */
/*
 * Objects behind the small NDIS handles: timers, work items, pools, locks, configuration handles,
 * register windows ... Each has an owner (adapter, driver) and the call site that made it, and
 * hangs in the list of its kind, so that what is left at halt or unload can be named.
 */
#ifndef DD_NDIS_NOBJ_H
#define DD_NDIS_NOBJ_H

#include "base/list.h"
#include "ndis/slab.h"
#include "seam/kinds.h"

struct dd_nobj {
    struct dd_slot slot;
    struct dd_list node; /* in the list of live objects of this kind */
    const void *owner;   /* struct dd_adapter, struct dd_driver, or NULL: the driver at large */
    const void *site;    /* where it was made */
};

/* dd_nobj_new - a zeroed object of @bytes (struct dd_nobj is its first member), in the live list.
 * NULL: no memory. IRQL: any */
void *dd_nobj_new(enum dd_slot_kind kind, size_t bytes, const void *owner, const void *site);
/* dd_nobj_free - out of the list and gone. IRQL: any */
void dd_nobj_free(void *obj);
/* dd_nobj_get - @handle as a live object of @kind, else NULL and an OBJECT_BAD event that says
 * @what it is not
 * ("not a timer object"). IRQL: any */
void *dd_nobj_get(const void *handle, enum dd_slot_kind kind, const char *what, const void *site);
/* dd_nobj_find - some live object of @kind that belongs to @owner, or NULL. IRQL: any */
void *dd_nobj_find(enum dd_slot_kind kind, const void *owner);
/* dd_nobj_find_if - the same, and @match says yes; called under the list's lock */
void *dd_nobj_find_if(enum dd_slot_kind kind, const void *owner,
                      bool (*match)(const struct dd_nobj *obj, const void *arg), const void *arg);
/* dd_nobj_count - live objects of @kind; @owner NULL: of anybody */
unsigned dd_nobj_count(enum dd_slot_kind kind, const void *owner);

/* dd_bad_object - an OBJECT_BAD event: @what is wrong, in words */
void dd_bad_object(const void *obj, const char *what, const void *site);

#endif
