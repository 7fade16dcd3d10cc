/* SPDX-License-Identifier: MIT */
/* NDIS work items. As timers: freed in their own routine they go when it has returned. */
#include "ndis/adapter_priv.h"

struct dd_ndis_work {
    struct dd_nobj obj;
    struct dd_work work;
    NDIS_IO_WORKITEM_ROUTINE routine;
    PVOID context;
    const struct dd_adapter *a;
    bool queued, dead; /* under lock */
    unsigned running;  /* under lock */
};

static struct dd_mutex lock = DD_MUTEX_INIT; /* guards queued, dead, running of all work items */

static void leave(struct dd_ndis_work *w)
{
    bool last;

    dd_mutex_lock(&lock);
    w->running--;
    last = w->dead && w->running == 0 && !w->queued;
    dd_mutex_unlock(&lock);
    if (last) {
        dd_nobj_free(w);
    }
}

static void run(void *arg)
{
    struct dd_ndis_work *w = arg;
    NDIS_IO_WORKITEM_ROUTINE routine;
    PVOID context;
    bool dead;

    dd_mutex_lock(&lock);
    w->queued = false;
    w->running++;
    dead = w->dead;
    routine = w->routine;
    context = w->context;
    dd_mutex_unlock(&lock);
    if (!dead) {
        DD_CALL(DD_ROLE_WORK_ITEM, "NdisIoWorkItemFunction", w->a,
                routine(context, (NDIS_HANDLE)w));
    }
    leave(w);
}

/* true: it was still queued; it goes when its turn comes, without running */
static bool work_drop(struct dd_ndis_work *w)
{
    bool queued, now;

    dd_mutex_lock(&lock);
    w->dead = true;
    queued = w->queued;
    now = w->running == 0 && !queued;
    dd_mutex_unlock(&lock);
    if (now) {
        dd_nobj_free(w);
    }
    return queued;
}

void dd_work_item_destroy(void *obj)
{
    dd_work_flush();
    (void)work_drop(obj);
}

NDIS_HANDLE NdisAllocateIoWorkItem(NDIS_HANDLE NdisObjectHandle)
{
    struct dd_ndis_work *w;

    DD_API(NdisAllocateIoWorkItem);
    if (dd_seam_may_fail(DD_FAIL_WORK_ITEM, DD_SITE())) {
        return NULL;
    }
    w = dd_nobj_new(DD_SLOT_WORK_ITEM, sizeof(*w), dd_ndis_owner(NdisObjectHandle), DD_SITE());
    if (w != NULL) {
        dd_work_init(&w->work, run, w);
        w->a = dd_adapter_from_handle(NdisObjectHandle);
    }
    return (NDIS_HANDLE)w;
}

VOID NdisQueueIoWorkItem(NDIS_HANDLE NdisIoWorkItemHandle, NDIS_IO_WORKITEM_ROUTINE Routine,
                         PVOID WorkItemContext)
{
    struct dd_ndis_work *w;
    bool again;

    DD_API(NdisQueueIoWorkItem);
    w = dd_nobj_get(NdisIoWorkItemHandle, DD_SLOT_WORK_ITEM, "not a work item", DD_SITE());
    if (w == NULL) {
        return;
    }
    dd_mutex_lock(&lock);
    again = w->queued;
    if (!again) {
        w->queued = true;
        w->routine = Routine;
        w->context = WorkItemContext;
    }
    dd_mutex_unlock(&lock);
    if (again) {
        dd_bad_object(NdisIoWorkItemHandle, "work item queued again before it ran", DD_SITE());
        return;
    }
    (void)dd_work_queue(&w->work);
}

VOID NdisFreeIoWorkItem(NDIS_HANDLE NdisIoWorkItemHandle)
{
    struct dd_ndis_work *w;

    DD_API(NdisFreeIoWorkItem);
    w = dd_nobj_get(NdisIoWorkItemHandle, DD_SLOT_WORK_ITEM, "not a work item", DD_SITE());
    if (w == NULL) {
        return;
    }
    if (work_drop(w)) {
        dd_bad_object(NdisIoWorkItemHandle, "work item freed while it is queued", DD_SITE());
    }
}
