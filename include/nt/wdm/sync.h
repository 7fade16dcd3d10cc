/* SPDX-License-Identifier: MIT */
/*
 * wdm/sync.h - spin locks, events, mutexes, semaphores, timers, DPCs, waits, push locks, run-down
 *
 * Times are in units of 100 ns: negative is relative to now, positive is absolute system time.
 */
#ifndef DRYDOCK_WDM_SYNC_H
#define DRYDOCK_WDM_SYNC_H

#include "dispatch.h"
#include "irql.h"
#include "pooltype.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum _EVENT_TYPE DD_NT_ENUM_BASE {
    NotificationEvent = 0,
    SynchronizationEvent = 1
} EVENT_TYPE;

typedef enum _TIMER_TYPE DD_NT_ENUM_BASE {
    NotificationTimer = 0,
    SynchronizationTimer = 1
} TIMER_TYPE;

typedef enum _WAIT_TYPE DD_NT_ENUM_BASE {
    WaitAll = 0,
    WaitAny = 1
} WAIT_TYPE;

typedef enum _KWAIT_REASON DD_NT_ENUM_BASE {
    Executive = 0,
    FreePage = 1,
    PageIn = 2,
    PoolAllocation = 3,
    DelayExecution = 4,
    Suspended = 5,
    UserRequest = 6
} KWAIT_REASON;

typedef enum _MODE DD_NT_ENUM_BASE {
    KernelMode = 0,
    UserMode = 1,
    MaximumMode = 2
} MODE;

typedef enum _KDPC_IMPORTANCE DD_NT_ENUM_BASE {
    LowImportance = 0,
    MediumImportance = 1,
    HighImportance = 2,
    MediumHighImportance = 3
} KDPC_IMPORTANCE;

#define LOW_PRIORITY          0
#define LOW_REALTIME_PRIORITY 16
#define HIGH_PRIORITY         31
#define MAXIMUM_PRIORITY      32

#define IO_NO_INCREMENT      0
#define EVENT_INCREMENT      1
#define IO_NETWORK_INCREMENT 2

/* ---- spin locks ------------------------------------------------------------------------------ */

/* Make the lock free. Its storage must stay resident; there is no destroy call. IRQL: any. */
DD_NT_IMPORT VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock);
/*
 * Raise to DISPATCH_LEVEL, take the lock, return the old level. Not recursive. IRQL: <= DISPATCH.
 */
DD_NT_IMPORT KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock);
/* Free the lock and go back to NewIrql. The caller must own it. IRQL: = DISPATCH. */
DD_NT_IMPORT VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql);
/* Take the lock without touching IRQL. IRQL: >= DISPATCH. */
DD_NT_IMPORT VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock);
/* Free a lock that was taken with the AtDpcLevel call. IRQL: = DISPATCH. */
DD_NT_IMPORT VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock);
/* Take the lock if it is free; FALSE at once if not. IRQL: = DISPATCH. */
DD_NT_IMPORT BOOLEAN KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock);
/* Fair lock; LockHandle keeps the old level. Do not mix with the plain calls. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock,
                                                 PKLOCK_QUEUE_HANDLE LockHandle);
/* Free the lock of LockHandle and restore IRQL. IRQL: = DISPATCH. */
DD_NT_IMPORT VOID KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle);
/* Fair lock without touching IRQL. IRQL: >= DISPATCH. */
DD_NT_IMPORT VOID KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock,
                                                           PKLOCK_QUEUE_HANDLE LockHandle);
/* Free a fair lock without touching IRQL. IRQL: >= DISPATCH. */
DD_NT_IMPORT VOID KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle);

/* The old level goes through a pointer. IRQL: <= DISPATCH. */
#define KeAcquireSpinLock(SpinLock, OldIrql) (*(OldIrql) = KeAcquireSpinLockRaiseToDpc(SpinLock))

/* ---- events, mutexes, semaphores ------------------------------------------------------------- */

/* State TRUE: signalled from the start. IRQL: any. */
DD_NT_IMPORT VOID KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State);
/*
 * Signal; returns the previous state, not 0 if it was signalled. Wait TRUE promises that a wait
 * follows at once and needs IRQL <= APC. IRQL: <= DISPATCH.
 */
DD_NT_IMPORT LONG KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait);
/* To not signalled; returns the previous state. IRQL: <= DISPATCH. */
DD_NT_IMPORT LONG KeResetEvent(PRKEVENT Event);
/* To not signalled. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID KeClearEvent(PRKEVENT Event);
/* Not 0 when signalled. IRQL: <= DISPATCH. */
DD_NT_IMPORT LONG KeReadStateEvent(PRKEVENT Event);
/* Make a free mutex; Level is ignored. IRQL: any. */
DD_NT_IMPORT VOID KeInitializeMutex(PRKMUTEX Mutex, ULONG Level);
/* Release once; the caller must be the owner. Returns 0 when it became free. IRQL: <= DISPATCH. */
DD_NT_IMPORT LONG KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait);
/* Count permits now, at most Limit ever. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit);
/* Add Adjustment permits; returns the previous count. IRQL: <= DISPATCH. */
DD_NT_IMPORT LONG KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY Increment, LONG Adjustment,
                                     BOOLEAN Wait);
/* Make a free fast mutex. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID ExInitializeFastMutex(PFAST_MUTEX FastMutex);
/* Take it and raise to APC_LEVEL; not recursive. IRQL: <= APC. */
DD_NT_IMPORT VOID ExAcquireFastMutex(PFAST_MUTEX FastMutex);
/* Free it and restore IRQL. IRQL: = APC. */
DD_NT_IMPORT VOID ExReleaseFastMutex(PFAST_MUTEX FastMutex);

/* ---- waits ----------------------------------------------------------------------------------- */

/*
 * Wait for one event, timer, mutex, semaphore or thread. Timeout NULL: for ever; 0: look only, and
 * then DISPATCH_LEVEL is allowed. Returns STATUS_SUCCESS, STATUS_TIMEOUT, STATUS_ALERTED or
 * STATUS_USER_APC, all of which pass NT_SUCCESS. IRQL: <= DISPATCH (<= APC unless *Timeout is 0).
 */
DD_NT_IMPORT NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason,
                                            KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                            PLARGE_INTEGER Timeout);
/*
 * Wait for all or any of Count objects. WaitAny returns STATUS_WAIT_0 + index. More than
 * THREAD_WAIT_OBJECTS need WaitBlockArray. IRQL: <= DISPATCH (<= APC unless *Timeout is 0).
 */
DD_NT_IMPORT NTSTATUS KeWaitForMultipleObjects(ULONG Count, PVOID Object[], WAIT_TYPE WaitType,
                                               KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                                               BOOLEAN Alertable, PLARGE_INTEGER Timeout,
                                               PKWAIT_BLOCK WaitBlockArray);
/* Sleep; the clock tick is the grain. IRQL: <= APC. */
DD_NT_IMPORT NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                             PLARGE_INTEGER Interval);

/* A mutex is waited for as any object. */
#define KeWaitForMutexObject KeWaitForSingleObject

/* ---- timers ---------------------------------------------------------------------------------- */

/* A notification timer, not set. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID KeInitializeTimer(PKTIMER Timer);
/* A timer of Type, not set. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type);
/* Set once, queueing Dpc (may be NULL) when due; TRUE if it was set before. IRQL: <= DISPATCH. */
DD_NT_IMPORT BOOLEAN KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc);
/* As KeSetTimer, then every Period milliseconds (0: once). IRQL: <= DISPATCH. */
DD_NT_IMPORT BOOLEAN KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc);
/* TRUE if it was set. Does not wait for a DPC already queued. IRQL: <= DISPATCH. */
DD_NT_IMPORT BOOLEAN KeCancelTimer(PKTIMER Timer);
/* Not 0 when the timer has expired. IRQL: <= DISPATCH. */
DD_NT_IMPORT BOOLEAN KeReadStateTimer(PKTIMER Timer);

/* ---- DPCs ------------------------------------------------------------------------------------ */

/* Make a DPC object that is not queued. IRQL: any. */
DD_NT_IMPORT VOID KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine,
                                  PVOID DeferredContext);
/* A DPC that may also run at PASSIVE_LEVEL. IRQL: any. */
DD_NT_IMPORT VOID KeInitializeThreadedDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine,
                                          PVOID DeferredContext);
/*
 * Queue it; FALSE if it is queued already, and then these arguments are lost. It leaves the queue
 * before its routine runs, so it can be queued again from inside and run twice at a time.
 * IRQL: any.
 */
DD_NT_IMPORT BOOLEAN KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2);
/* TRUE: it was queued and will not run. Does not wait for a running one. IRQL: any. */
DD_NT_IMPORT BOOLEAN KeRemoveQueueDpc(PRKDPC Dpc);
/* Returns when every DPC queued before has finished, on all processors. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID KeFlushQueuedDpcs(VOID);
/* Where in the queue it goes; call before queueing. IRQL: any. */
DD_NT_IMPORT VOID KeSetImportanceDpc(PRKDPC Dpc, KDPC_IMPORTANCE Importance);
/* Run it on that processor of group 0; no effect on a queued DPC. IRQL: any. */
DD_NT_IMPORT VOID KeSetTargetProcessorDpc(PRKDPC Dpc, CCHAR Number);
/* Run it on ProcNumber; STATUS_INVALID_PARAMETER when there is none such. IRQL: any. */
DD_NT_IMPORT NTSTATUS KeSetTargetProcessorDpcEx(PKDPC Dpc, PPROCESSOR_NUMBER ProcNumber);

/* What is left of the time a DPC may take; 0 = no limit. */
typedef struct _KDPC_WATCHDOG_INFORMATION {
    ULONG DpcTimeLimit;
    ULONG DpcTimeCount;
    ULONG DpcWatchdogLimit;
    ULONG DpcWatchdogCount;
    ULONG Reserved;
} KDPC_WATCHDOG_INFORMATION, *PKDPC_WATCHDOG_INFORMATION;

/* STATUS_UNSUCCESSFUL below DISPATCH_LEVEL. IRQL: = DISPATCH. */
DD_NT_IMPORT NTSTATUS KeQueryDpcWatchdogInformation(PKDPC_WATCHDOG_INFORMATION WatchdogInformation);

/* ---- push locks and run-down ----------------------------------------------------------------- */

/* Make a free reader/writer lock of pointer size. IRQL: <= APC. */
DD_NT_IMPORT VOID ExInitializePushLock(PEX_PUSH_LOCK PushLock);
/* Take it for writing; inside a critical region. IRQL: <= APC. */
DD_NT_IMPORT VOID ExAcquirePushLockExclusive(PEX_PUSH_LOCK PushLock);
/* Give it back. IRQL: <= APC. */
DD_NT_IMPORT VOID ExReleasePushLockExclusive(PEX_PUSH_LOCK PushLock);
/* Take it for reading; inside a critical region. IRQL: <= APC. */
DD_NT_IMPORT VOID ExAcquirePushLockShared(PEX_PUSH_LOCK PushLock);
/* Give it back. IRQL: <= APC. */
DD_NT_IMPORT VOID ExReleasePushLockShared(PEX_PUSH_LOCK PushLock);

/* Make a run-down reference with count 0. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef);
/* Add one; FALSE once run-down has begun. IRQL: <= DISPATCH. */
DD_NT_IMPORT BOOLEAN ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef);
/* Take one back. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef);
/* Begin run-down and wait for count 0. IRQL: <= APC. */
DD_NT_IMPORT VOID ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef);
/* Ready for use again after a run-down. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef);
/* The same with a counter for each processor; NULL on failure. IRQL: <= APC. */
DD_NT_IMPORT PEX_RUNDOWN_REF_CACHE_AWARE ExAllocateCacheAwareRundownProtection(POOL_TYPE PoolType,
                                                                               ULONG PoolTag);
/* Free it. IRQL: <= APC. */
DD_NT_IMPORT VOID ExFreeCacheAwareRundownProtection(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware);
/* Add one; FALSE once run-down has begun. IRQL: <= DISPATCH. */
DD_NT_IMPORT BOOLEAN
ExAcquireRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware);
/* Take one back. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID
ExReleaseRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware);
/* Add Count; FALSE once run-down has begun. IRQL: <= DISPATCH. */
DD_NT_IMPORT BOOLEAN
ExAcquireRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware, ULONG Count);
/* Take Count back. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID
ExReleaseRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware, ULONG Count);
/* Begin run-down and wait for count 0. IRQL: <= APC. */
DD_NT_IMPORT VOID
ExWaitForRundownProtectionReleaseCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware);
/* Ready for use again after a run-down. IRQL: <= APC. */
DD_NT_IMPORT VOID
ExReInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware);

#ifdef __cplusplus
}
#endif

#endif
