/* SPDX-License-Identifier: MIT */
/*
 * ndis/lock.h - spin locks, reader/writer locks, mutexes, interlocked operations, IRQL macros
 *
 * A spin lock keeps the old IRQL inside itself: locks are released in reverse order, by who took
 * them, and the Dpr pair never mixes with the plain pair.
 */
#ifndef DRYDOCK_NDIS_LOCK_H
#define DRYDOCK_NDIS_LOCK_H

#include "../wdm/interlocked.h"
#include "../wdm/sync.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- spin locks ------------------------------------------------------------------------------ */

typedef struct _NDIS_SPIN_LOCK {
    KSPIN_LOCK SpinLock;
    KIRQL OldIrql;
} NDIS_SPIN_LOCK, *PNDIS_SPIN_LOCK;

/* Make the lock free. IRQL: any. */
DD_NT_IMPORT VOID NdisAllocateSpinLock(PNDIS_SPIN_LOCK SpinLock);
/* Raise to DISPATCH_LEVEL and take it; not recursive. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisAcquireSpinLock(PNDIS_SPIN_LOCK SpinLock);
/* Free it and restore the level kept in it. IRQL: = DISPATCH. */
DD_NT_IMPORT VOID NdisReleaseSpinLock(PNDIS_SPIN_LOCK SpinLock);
/* Take it without touching IRQL. IRQL: = DISPATCH. */
DD_NT_IMPORT VOID NdisDprAcquireSpinLock(PNDIS_SPIN_LOCK SpinLock);
/* Free it without touching IRQL. IRQL: = DISPATCH. */
DD_NT_IMPORT VOID NdisDprReleaseSpinLock(PNDIS_SPIN_LOCK SpinLock);

/* Nothing to do; drivers exist whose argument does not compile, so it is dropped. */
#define NdisFreeSpinLock(SpinLock) ((void)0)

/* ---- reader/writer locks --------------------------------------------------------------------- */

/* The old kind: 1040 bytes in driver storage. */
typedef struct _NDIS_RW_LOCK {
    PVOID Reserved[2];
    UCHAR RefCount[1024];
} NDIS_RW_LOCK, *PNDIS_RW_LOCK;

typedef struct _LOCK_STATE {
    USHORT LockState;
    KIRQL OldIrql;
} LOCK_STATE, *PLOCK_STATE;

/* Make the lock free. IRQL: any. */
DD_NT_IMPORT VOID NdisInitializeReadWriteLock(PNDIS_RW_LOCK Lock);
/* Take it and raise to DISPATCH_LEVEL. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisAcquireReadWriteLock(PNDIS_RW_LOCK Lock, BOOLEAN fWrite,
                                           PLOCK_STATE LockState);
/* Give it back. IRQL: = DISPATCH. */
DD_NT_IMPORT VOID NdisReleaseReadWriteLock(PNDIS_RW_LOCK Lock, PLOCK_STATE LockState);
/* Take it at DISPATCH_LEVEL. IRQL: = DISPATCH. */
DD_NT_IMPORT VOID NdisDprAcquireReadWriteLock(PNDIS_RW_LOCK Lock, BOOLEAN fWrite,
                                              PLOCK_STATE LockState);
/* Give it back at DISPATCH_LEVEL. IRQL: = DISPATCH. */
DD_NT_IMPORT VOID NdisDprReleaseReadWriteLock(PNDIS_RW_LOCK Lock, PLOCK_STATE LockState);

#if DD_NT_NDIS_LEVEL >= 620
typedef struct _NDIS_RW_LOCK_EX NDIS_RW_LOCK_EX, *PNDIS_RW_LOCK_EX;

typedef struct _LOCK_STATE_EX {
    KIRQL OldIrql;
    UCHAR LockState;
    UCHAR Flags;
} LOCK_STATE_EX, *PLOCK_STATE_EX;

#define NDIS_RWL_AT_DISPATCH_LEVEL 1

/* NULL on failure. IRQL: <= DISPATCH. */
DD_NT_IMPORT PNDIS_RW_LOCK_EX NdisAllocateRWLock(NDIS_HANDLE NdisHandle);
/* The lock must be free. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisFreeRWLock(PNDIS_RW_LOCK_EX Lock);
/* Take it for reading. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisAcquireRWLockRead(PNDIS_RW_LOCK_EX Lock, PLOCK_STATE_EX LockState,
                                        UCHAR Flags);
/* Take it for writing; recursive on the processor. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisAcquireRWLockWrite(PNDIS_RW_LOCK_EX Lock, PLOCK_STATE_EX LockState,
                                         UCHAR Flags);
/* Give it back on the same processor. IRQL: = DISPATCH. */
DD_NT_IMPORT VOID NdisReleaseRWLock(PNDIS_RW_LOCK_EX Lock, PLOCK_STATE_EX LockState);
#endif

/* ---- mutexes --------------------------------------------------------------------------------- */

typedef KMUTEX NDIS_MUTEX, *PNDIS_MUTEX;
#define NDIS_INIT_MUTEX(m)     KeInitializeMutex((m), 0xFFFF)
#define NDIS_WAIT_FOR_MUTEX(m) KeWaitForSingleObject((m), Executive, KernelMode, FALSE, NULL)
#define NDIS_RELEASE_MUTEX(m)  KeReleaseMutex((m), FALSE)

/* ---- interlocked ----------------------------------------------------------------------------- */

#define NdisInterlockedIncrement(Addend) InterlockedIncrement(Addend)
#define NdisInterlockedDecrement(Addend) InterlockedDecrement(Addend)
#define NdisInterlockedAddUlong(Addend, Increment, SpinLock)                                       \
    ((ULONG)InterlockedExchangeAdd((PLONG)(Addend), (LONG)(Increment)))
#define NdisInterlockedAddLargeStatistic(Addend, Increment)                                        \
    ((void)InterlockedExchangeAdd64((LONG64 volatile *)&(Addend)->QuadPart,                        \
                                    (LONG64)(ULONG)(Increment)))
#define NdisInterlockedAddLargeInteger(Addend, Increment, SpinLock)                                \
    InterlockedExchangeAdd64((LONG64 volatile *)&(Addend)->QuadPart, (Increment).QuadPart)

#define NdisInitializeListHead(ListHead) InitializeListHead(ListHead)
#define NdisInterlockedInsertHeadList(ListHead, ListEntry, Lock)                                   \
    ExInterlockedInsertHeadList((ListHead), (ListEntry), &(Lock)->SpinLock)
#define NdisInterlockedInsertTailList(ListHead, ListEntry, Lock)                                   \
    ExInterlockedInsertTailList((ListHead), (ListEntry), &(Lock)->SpinLock)
#define NdisInterlockedRemoveHeadList(ListHead, Lock)                                              \
    ExInterlockedRemoveHeadList((ListHead), &(Lock)->SpinLock)
#define NdisInitializeSListHead(ListHead) InitializeSListHead(ListHead)
#define NdisInterlockedPushEntrySList(ListHead, ListEntry, Lock)                                   \
    InterlockedPushEntrySList((ListHead), (ListEntry))
#define NdisInterlockedPopEntrySList(ListHead, Lock) InterlockedPopEntrySList(ListHead)
#define NdisInterlockedFlushSList(ListHead)          InterlockedFlushSList(ListHead)
#define NdisQueryDepthSList(ListHead)                ExQueryDepthSList(ListHead)

/* ---- IRQL ------------------------------------------------------------------------------------ */

#define NDIS_CURRENT_IRQL()                  KeGetCurrentIrql()
#define NDIS_RAISE_IRQL_TO_DISPATCH(OldIrql) KeRaiseIrql(DISPATCH_LEVEL, OldIrql)
#define NDIS_LOWER_IRQL(OldIrql, CurIrql)                                                          \
    do {                                                                                           \
        if ((OldIrql) != (CurIrql)) {                                                              \
            KeLowerIrql(OldIrql);                                                                  \
        }                                                                                          \
    } while (0)

#ifdef __cplusplus
}
#endif

#endif
