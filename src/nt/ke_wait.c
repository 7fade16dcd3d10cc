/* SPDX-License-Identifier: MIT */
/* Events and waits. */
#include "nt/ke_int.h"

VOID KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State)
{
    DD_API(KeInitializeEvent);
    dd_header_init(&Event->Header,
                   Type == NotificationEvent ? DD_OBJ_EVENT_NOTIFY : DD_OBJ_EVENT_SYNC,
                   sizeof(*Event), State != FALSE, DD_SITE());
}

/* Wait TRUE only saves Windows a scheduling round: the wait that follows finds the same state
 * without it. */
LONG KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    DD_API(KeSetEvent);
    (void)Increment;
    (void)Wait;
    return dd_event_set_at(Event, DD_SITE());
}

LONG KeResetEvent(PRKEVENT Event)
{
    DD_API(KeResetEvent);
    return dd_event_reset_at(Event, DD_SITE());
}

VOID KeClearEvent(PRKEVENT Event)
{
    DD_API(KeClearEvent);
    dd_event_reset_at(Event, DD_SITE());
}

static LONG read_state(DISPATCHER_HEADER *h)
{
    LONG state;

    dd_mutex_lock(&dd_dispatcher);
    state = h->SignalState;
    dd_mutex_unlock(&dd_dispatcher);
    return state;
}

LONG KeReadStateEvent(PRKEVENT Event)
{
    DD_API(KeReadStateEvent);
    return read_state(&Event->Header);
}

BOOLEAN KeReadStateTimer(PKTIMER Timer)
{
    DD_API(KeReadStateTimer);
    return read_state(&Timer->Header) != 0;
}

/* WaitReason, WaitMode and Alertable matter to user threads and APCs, and there are neither. */
NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                               BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    DD_API(KeWaitForSingleObject);
    (void)WaitReason;
    (void)WaitMode;
    (void)Alertable;
    return dd_wait_many(&Object, 1, false, dd_time_timeout(Timeout), DD_SITE());
}

NTSTATUS KeWaitForMultipleObjects(ULONG Count, PVOID Object[], WAIT_TYPE WaitType,
                                  KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                                  BOOLEAN Alertable, PLARGE_INTEGER Timeout,
                                  PKWAIT_BLOCK WaitBlockArray)
{
    DD_API(KeWaitForMultipleObjects);
    (void)WaitReason;
    (void)WaitMode;
    (void)Alertable;
    if (Count == 0 || Count > MAXIMUM_WAIT_OBJECTS ||
        (Count > THREAD_WAIT_OBJECTS && WaitBlockArray == NULL)) {
        KeBugCheckEx(0xC, Count, (ULONG_PTR)WaitBlockArray, 0,
                     0); /* MAXIMUM_WAIT_OBJECTS_EXCEEDED */
    }
    return dd_wait_many(Object, Count, WaitType == WaitAll, dd_time_timeout(Timeout), DD_SITE());
}
