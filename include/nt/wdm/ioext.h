/* SPDX-License-Identifier: MIT */
/* wdm/ioext.h - remove locks, cancel-safe queues, interrupts a driver connects by itself */
#ifndef DRYDOCK_WDM_IOEXT_H
#define DRYDOCK_WDM_IOEXT_H

#include "irp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- remove locks ---------------------------------------------------------------------------- */

typedef struct _IO_REMOVE_LOCK {
    BOOLEAN Removed;
    BOOLEAN Reserved[3];
    volatile LONG IoCount;
    KEVENT RemoveEvent;
} IO_REMOVE_LOCK, *PIO_REMOVE_LOCK;

/* Make it; Size is sizeof(IO_REMOVE_LOCK). IRQL: = PASSIVE. */
DD_NT_IMPORT VOID IoInitializeRemoveLockEx(PIO_REMOVE_LOCK Lock, ULONG AllocateTag,
                                           ULONG MaxLockedMinutes, ULONG HighWatermark, ULONG Size);
/* STATUS_DELETE_PENDING once removal has begun. IRQL: <= DISPATCH. */
DD_NT_IMPORT NTSTATUS IoAcquireRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, PCSTR File,
                                            ULONG Line, ULONG Size);
/* Give it back. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID IoReleaseRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG Size);
/* Begin removal and wait for the others. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID IoReleaseRemoveLockAndWaitEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG Size);

#define IoInitializeRemoveLock(Lock, Tag, Minutes, High)                                           \
    IoInitializeRemoveLockEx(Lock, Tag, Minutes, High, (ULONG)sizeof(IO_REMOVE_LOCK))
#define IoAcquireRemoveLock(Lock, Tag)                                                             \
    IoAcquireRemoveLockEx(Lock, Tag, __FILE__, __LINE__, (ULONG)sizeof(IO_REMOVE_LOCK))
#define IoReleaseRemoveLock(Lock, Tag)                                                             \
    IoReleaseRemoveLockEx(Lock, Tag, (ULONG)sizeof(IO_REMOVE_LOCK))
#define IoReleaseRemoveLockAndWait(Lock, Tag)                                                      \
    IoReleaseRemoveLockAndWaitEx(Lock, Tag, (ULONG)sizeof(IO_REMOVE_LOCK))

/* ---- cancel-safe queues ---------------------------------------------------------------------- */

struct _IO_CSQ;

typedef struct _IO_CSQ_IRP_CONTEXT {
    ULONG Type;
    PIRP Irp;
    struct _IO_CSQ *Csq;
} IO_CSQ_IRP_CONTEXT, *PIO_CSQ_IRP_CONTEXT;

typedef VOID NTAPI IO_CSQ_INSERT_IRP(struct _IO_CSQ *Csq, PIRP Irp);
typedef IO_CSQ_INSERT_IRP *PIO_CSQ_INSERT_IRP;
typedef VOID NTAPI IO_CSQ_REMOVE_IRP(struct _IO_CSQ *Csq, PIRP Irp);
typedef IO_CSQ_REMOVE_IRP *PIO_CSQ_REMOVE_IRP;
typedef PIRP NTAPI IO_CSQ_PEEK_NEXT_IRP(struct _IO_CSQ *Csq, PIRP Irp, PVOID PeekContext);
typedef IO_CSQ_PEEK_NEXT_IRP *PIO_CSQ_PEEK_NEXT_IRP;
typedef VOID NTAPI IO_CSQ_ACQUIRE_LOCK(struct _IO_CSQ *Csq, PKIRQL Irql);
typedef IO_CSQ_ACQUIRE_LOCK *PIO_CSQ_ACQUIRE_LOCK;
typedef VOID NTAPI IO_CSQ_RELEASE_LOCK(struct _IO_CSQ *Csq, KIRQL Irql);
typedef IO_CSQ_RELEASE_LOCK *PIO_CSQ_RELEASE_LOCK;
typedef VOID NTAPI IO_CSQ_COMPLETE_CANCELED_IRP(struct _IO_CSQ *Csq, PIRP Irp);
typedef IO_CSQ_COMPLETE_CANCELED_IRP *PIO_CSQ_COMPLETE_CANCELED_IRP;

typedef struct _IO_CSQ {
    ULONG Type;
    PIO_CSQ_INSERT_IRP CsqInsertIrp;
    PIO_CSQ_REMOVE_IRP CsqRemoveIrp;
    PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp;
    PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock;
    PIO_CSQ_RELEASE_LOCK CsqReleaseLock;
    PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp;
    PVOID ReservePointer;
} IO_CSQ, *PIO_CSQ;

/* Six callbacks make a queue. IRQL: any. */
DD_NT_IMPORT NTSTATUS IoCsqInitialize(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP CsqInsertIrp,
                                      PIO_CSQ_REMOVE_IRP CsqRemoveIrp,
                                      PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp,
                                      PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock,
                                      PIO_CSQ_RELEASE_LOCK CsqReleaseLock,
                                      PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp);
/* Insert and mark pending. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID IoCsqInsertIrp(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context);
/* Take the next IRP or NULL. IRQL: <= DISPATCH. */
DD_NT_IMPORT PIRP IoCsqRemoveNextIrp(PIO_CSQ Csq, PVOID PeekContext);
/* Take this IRP, or NULL if it was cancelled. IRQL: <= DISPATCH. */
DD_NT_IMPORT PIRP IoCsqRemoveIrp(PIO_CSQ Csq, PIO_CSQ_IRP_CONTEXT Context);

/* ---- interrupts ------------------------------------------------------------------------------ */

typedef BOOLEAN NTAPI KSERVICE_ROUTINE(PKINTERRUPT Interrupt, PVOID ServiceContext);
typedef KSERVICE_ROUTINE *PKSERVICE_ROUTINE;
typedef BOOLEAN NTAPI KMESSAGE_SERVICE_ROUTINE(PKINTERRUPT Interrupt, PVOID ServiceContext,
                                               ULONG MessageID);
typedef KMESSAGE_SERVICE_ROUTINE *PKMESSAGE_SERVICE_ROUTINE;
typedef BOOLEAN NTAPI KSYNCHRONIZE_ROUTINE(PVOID SynchronizeContext);
typedef KSYNCHRONIZE_ROUTINE *PKSYNCHRONIZE_ROUTINE;

#define CONNECT_FULLY_SPECIFIED       1
#define CONNECT_LINE_BASED            2
#define CONNECT_MESSAGE_BASED         3
#define CONNECT_FULLY_SPECIFIED_GROUP 4

typedef struct _IO_CONNECT_INTERRUPT_PARAMETERS {
    ULONG Version;
    __extension__ union {
        struct {
            PDEVICE_OBJECT PhysicalDeviceObject;
            PKINTERRUPT *InterruptObject;
            PKSERVICE_ROUTINE ServiceRoutine;
            PVOID ServiceContext;
            PKSPIN_LOCK SpinLock;
            KIRQL SynchronizeIrql;
            BOOLEAN FloatingSave;
            BOOLEAN ShareVector;
            ULONG Vector;
            KIRQL Irql;
            KINTERRUPT_MODE InterruptMode;
            KAFFINITY ProcessorEnableMask;
            USHORT Group;
        } FullySpecified;
        struct {
            PDEVICE_OBJECT PhysicalDeviceObject;
            PKINTERRUPT *InterruptObject;
            PKSERVICE_ROUTINE ServiceRoutine;
            PVOID ServiceContext;
            PKSPIN_LOCK SpinLock;
            KIRQL SynchronizeIrql;
            BOOLEAN FloatingSave;
        } LineBased;
        struct {
            PDEVICE_OBJECT PhysicalDeviceObject;
            union {
                PVOID *Generic;
                PIO_INTERRUPT_MESSAGE_INFO *InterruptMessageTable;
                PKINTERRUPT *InterruptObject;
            } ConnectionContext;
            PKMESSAGE_SERVICE_ROUTINE MessageServiceRoutine;
            PVOID ServiceContext;
            PKSPIN_LOCK SpinLock;
            KIRQL SynchronizeIrql;
            BOOLEAN FloatingSave;
            PKSERVICE_ROUTINE FallBackServiceRoutine;
        } MessageBased;
    };
} IO_CONNECT_INTERRUPT_PARAMETERS, *PIO_CONNECT_INTERRUPT_PARAMETERS;

typedef struct _IO_DISCONNECT_INTERRUPT_PARAMETERS {
    ULONG Version;
    union {
        PVOID Generic;
        PKINTERRUPT InterruptObject;
        PIO_INTERRUPT_MESSAGE_INFO InterruptMessageTable;
    } ConnectionContext;
} IO_DISCONNECT_INTERRUPT_PARAMETERS, *PIO_DISCONNECT_INTERRUPT_PARAMETERS;

/* Version tells on return what was granted. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS IoConnectInterruptEx(PIO_CONNECT_INTERRUPT_PARAMETERS Parameters);
/* Undo it. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID IoDisconnectInterruptEx(PIO_DISCONNECT_INTERRUPT_PARAMETERS Parameters);
/* The old form, line interrupts. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS IoConnectInterrupt(PKINTERRUPT *InterruptObject,
                                         PKSERVICE_ROUTINE ServiceRoutine, PVOID ServiceContext,
                                         PKSPIN_LOCK SpinLock, ULONG Vector, KIRQL Irql,
                                         KIRQL SynchronizeIrql, KINTERRUPT_MODE InterruptMode,
                                         BOOLEAN ShareVector, KAFFINITY ProcessorEnableMask,
                                         BOOLEAN FloatingSave);
/* Undo it. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID IoDisconnectInterrupt(PKINTERRUPT InterruptObject);
/* Run the routine at the interrupt's level under its lock. IRQL: any (<= DIRQL). */
DD_NT_IMPORT BOOLEAN KeSynchronizeExecution(PKINTERRUPT Interrupt,
                                            PKSYNCHRONIZE_ROUTINE SynchronizeRoutine,
                                            PVOID SynchronizeContext);

#ifdef __cplusplus
}
#endif

#endif
