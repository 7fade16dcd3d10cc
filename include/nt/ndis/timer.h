/* SPDX-License-Identifier: MIT */
/* ndis/timer.h - events, delays, timers, work items */
#ifndef DRYDOCK_NDIS_TIMER_H
#define DRYDOCK_NDIS_TIMER_H

#include "../wdm/processor.h"
#include "../wdm/sync.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- events and delays ----------------------------------------------------------------------- */

typedef struct _NDIS_EVENT {
    KEVENT Event;
} NDIS_EVENT, *PNDIS_EVENT;

/* A notification event, not signalled. IRQL: any. */
DD_NT_IMPORT VOID NdisInitializeEvent(PNDIS_EVENT Event);
/* Stays signalled until reset. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisSetEvent(PNDIS_EVENT Event);
/* To not signalled. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisResetEvent(PNDIS_EVENT Event);
/* Milliseconds, 0 for ever. TRUE: signalled, FALSE: time is up. IRQL: = PASSIVE. */
DD_NT_IMPORT BOOLEAN NdisWaitEvent(PNDIS_EVENT Event, UINT MsToWait);
/* Sleep, rounded up to the clock tick. IRQL: < DISPATCH. */
DD_NT_IMPORT VOID NdisMSleep(ULONG MicrosecondsToSleep);

#define NdisStallExecution(MicroSecondsToStall) KeStallExecutionProcessor(MicroSecondsToStall)
#define NdisGetCurrentSystemTime(pCurrentTime)  KeQuerySystemTime(pCurrentTime)

/* Milliseconds since boot. IRQL: any. */
DD_NT_IMPORT VOID NdisGetSystemUpTimeEx(PLARGE_INTEGER pSystemUpTime);

/* ---- timers ---------------------------------------------------------------------------------- */

/* [DISPATCH] The context is the second argument; the others are the system's. */
typedef VOID NTAPI NDIS_TIMER_FUNCTION(PVOID SystemSpecific1, PVOID FunctionContext,
                                       PVOID SystemSpecific2, PVOID SystemSpecific3);
typedef NDIS_TIMER_FUNCTION *PNDIS_TIMER_FUNCTION;

typedef struct _NDIS_TIMER_CHARACTERISTICS {
    NDIS_OBJECT_HEADER Header;
    ULONG AllocationTag;
    PNDIS_TIMER_FUNCTION TimerFunction;
    PVOID FunctionContext;
} NDIS_TIMER_CHARACTERISTICS, *PNDIS_TIMER_CHARACTERISTICS;

#define NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1                                               \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_TIMER_CHARACTERISTICS, FunctionContext)

/* SUCCESS, RESOURCES, BAD_CHARACTERISTICS, FAILURE. IRQL: <= DISPATCH. */
DD_NT_IMPORT NDIS_STATUS NdisAllocateTimerObject(NDIS_HANDLE NdisHandle,
                                                 PNDIS_TIMER_CHARACTERISTICS TimerCharacteristics,
                                                 PNDIS_HANDLE pTimerObject);
/*
 * DueTime in 100 ns, negative relative; then every MillisecondsPeriod (0: once). FunctionContext
 * NULL: the one of the characteristics. TRUE: it was set before. IRQL: <= DISPATCH.
 */
DD_NT_IMPORT BOOLEAN NdisSetTimerObject(NDIS_HANDLE TimerObject, LARGE_INTEGER DueTime,
                                        LONG MillisecondsPeriod, PVOID FunctionContext);
#if DD_NT_NDIS_LEVEL >= 620
/* The same with a tolerance in milliseconds. IRQL: <= DISPATCH. */
DD_NT_IMPORT BOOLEAN NdisSetCoalescableTimerObject(NDIS_HANDLE TimerObject, LARGE_INTEGER DueTime,
                                                   LONG MillisecondsPeriod, PVOID FunctionContext,
                                                   ULONG Tolerance);
#endif
/*
 * TRUE: it will not fire. FALSE: the function may still run. Periodic: = PASSIVE.
 * IRQL: <= DISPATCH.
 */
DD_NT_IMPORT BOOLEAN NdisCancelTimerObject(NDIS_HANDLE TimerObject);
/* Not while set or running. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisFreeTimerObject(NDIS_HANDLE TimerObject);

/* ---- work items ------------------------------------------------------------------------------ */

/* [PASSIVE] In a system thread. */
typedef VOID NTAPI NDIS_IO_WORKITEM_FUNCTION(PVOID WorkItemContext,
                                             NDIS_HANDLE NdisIoWorkItemHandle);
typedef NDIS_IO_WORKITEM_FUNCTION NDIS_IO_WORKITEM;
typedef NDIS_IO_WORKITEM_FUNCTION *NDIS_IO_WORKITEM_ROUTINE;
typedef NDIS_IO_WORKITEM_FUNCTION *PNDIS_IO_WORKITEM_FUNCTION;

/* Handle of adapter, driver or device; NULL on failure. IRQL: <= DISPATCH. */
DD_NT_IMPORT NDIS_HANDLE NdisAllocateIoWorkItem(NDIS_HANDLE NdisObjectHandle);
/* Queue; queueing a queued item is a bug. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisQueueIoWorkItem(NDIS_HANDLE NdisIoWorkItemHandle,
                                      NDIS_IO_WORKITEM_ROUTINE Routine, PVOID WorkItemContext);
/* Inside its routine is fine. Free by the end of halt (unload). IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisFreeIoWorkItem(NDIS_HANDLE NdisIoWorkItemHandle);

/* ---- timers of NDIS 5, in driver storage ----------------------------------------------------- */

typedef struct _NDIS_MINIPORT_TIMER {
    KTIMER Timer;
    KDPC Dpc;
    PNDIS_TIMER_FUNCTION MiniportTimerFunction;
    PVOID MiniportTimerContext;
    NDIS_HANDLE Miniport;
    struct _NDIS_MINIPORT_TIMER *NextTimer;
} NDIS_MINIPORT_TIMER, *PNDIS_MINIPORT_TIMER;

/* Make it. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisMInitializeTimer(PNDIS_MINIPORT_TIMER Timer,
                                       NDIS_HANDLE MiniportAdapterHandle,
                                       PNDIS_TIMER_FUNCTION TimerFunction, PVOID FunctionContext);
/* Once, in milliseconds. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisMSetTimer(PNDIS_MINIPORT_TIMER Timer, UINT MillisecondsToDelay);
/* Again and again, in milliseconds. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisMSetPeriodicTimer(PNDIS_MINIPORT_TIMER Timer, UINT MillisecondsPeriod);
/* *TimerCancelled TRUE: it will not fire. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisMCancelTimer(PNDIS_MINIPORT_TIMER Timer, PBOOLEAN TimerCancelled);

#ifdef __cplusplus
}
#endif

#endif
