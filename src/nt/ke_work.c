/* SPDX-License-Identifier: MIT */
/* Work items. All queue types share the workers. */
#include "nt/ke_int.h"
#include "nt/pool.h"

#include <stdlib.h>

#define TAG_IO_WORK 0x6B575244

struct _IO_WORKITEM {
    struct dd_work work;
    PDEVICE_OBJECT device;
    PIO_WORKITEM_ROUTINE routine;
    PIO_WORKITEM_ROUTINE_EX routine_ex;
    PVOID context;
    _Atomic(bool) queued;
    bool free_later; /* freed by the driver while queued; guarded by being queued */
};

/* the item may be freed in its routine: nothing of it is used after */
static void run_io_work(void *arg)
{
    PIO_WORKITEM item = arg;
    struct _IO_WORKITEM copy = {.device = item->device,
                                .routine = item->routine,
                                .routine_ex = item->routine_ex,
                                .context = item->context,
                                .free_later = item->free_later};

    atomic_store(&item->queued, false);
    DD_CALL(DD_ROLE_WORK_ITEM, "work item", NULL, {
        if (copy.routine_ex != NULL) {
            copy.routine_ex(copy.device, copy.context, item);
        } else {
            copy.routine(copy.device, copy.context);
        }
    });
    if (copy.free_later) {
        dd_pool_free(item, TAG_IO_WORK, NULL);
    }
}

PIO_WORKITEM IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject)
{
    PIO_WORKITEM item;

    DD_API(IoAllocateWorkItem);
    item = dd_pool_alloc(sizeof(*item), TAG_IO_WORK, NULL, DD_LEAK_WORK_ITEM, DD_SITE());
    if (item != NULL) {
        *item = (struct _IO_WORKITEM){.device = DeviceObject};
        dd_work_init(&item->work, run_io_work, item);
    }
    return item;
}

static void queue(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE routine,
                  PIO_WORKITEM_ROUTINE_EX routine_ex, PVOID context, const void *site)
{
    if (atomic_exchange(&item->queued, true)) {
        dd_object_bad(item, "work item was queued again before its routine started", site);
        return;
    }
    item->routine = routine;
    item->routine_ex = routine_ex;
    item->context = context;
    dd_work_queue(&item->work);
}

VOID IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE WorkerRoutine,
                     WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    DD_API(IoQueueWorkItem);
    (void)QueueType;
    queue(IoWorkItem, WorkerRoutine, NULL, Context, DD_SITE());
}

VOID IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                       WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    DD_API(IoQueueWorkItemEx);
    (void)QueueType;
    queue(IoWorkItem, NULL, WorkerRoutine, Context, DD_SITE());
}

VOID IoFreeWorkItem(PIO_WORKITEM IoWorkItem)
{
    DD_API(IoFreeWorkItem);
    if (atomic_load(&IoWorkItem->queued)) {
        dd_object_bad(IoWorkItem, "work item was freed while it is queued", DD_SITE());
        IoWorkItem->free_later = true;
        return;
    }
    dd_pool_free(IoWorkItem, TAG_IO_WORK, DD_SITE());
}

/* --- the old form: the item is the driver's memory, List.Flink is NULL while it is not queued --- */

struct ex_work {
    struct dd_work work;
    PWORK_QUEUE_ITEM item;
};

static void run_ex_work(void *arg)
{
    PWORK_QUEUE_ITEM item = ((struct ex_work *)arg)->item;
    PWORKER_THREAD_ROUTINE routine = item->WorkerRoutine;
    PVOID parameter = item->Parameter;

    free(arg);
    __atomic_store_n(&item->List.Flink, NULL, __ATOMIC_RELEASE);
    DD_CALL(DD_ROLE_WORK_ITEM, "work queue item", NULL, routine(parameter));
}

VOID ExQueueWorkItem(PWORK_QUEUE_ITEM WorkItem, WORK_QUEUE_TYPE QueueType)
{
    struct ex_work *w;

    DD_API(ExQueueWorkItem);
    (void)QueueType;
    if (__atomic_exchange_n(&WorkItem->List.Flink, &WorkItem->List, __ATOMIC_ACQ_REL) != NULL) {
        dd_object_bad(WorkItem, "work queue item was queued again before its routine started",
                      DD_SITE());
        return;
    }
    w = malloc(sizeof(*w));
    if (w == NULL) {
        dd_machine_bugcheck("no memory to queue a work item");
    }
    w->item = WorkItem;
    dd_work_init(&w->work, run_ex_work, w);
    dd_work_queue(&w->work);
}
