/* SPDX-License-Identifier: MIT */
/* wdm/processor.h - processors, groups, time */
#ifndef DRYDOCK_WDM_PROCESSOR_H
#define DRYDOCK_WDM_PROCESSOR_H

#include "../ntdef.h"

#ifdef __cplusplus
extern "C" {
#endif

#define INVALID_PROCESSOR_INDEX 0xffffffff

/* ---- processors ------------------------------------------------------------------------------ */

/* Number in group 0; stable only at >= DISPATCH. IRQL: any. */
DD_NT_IMPORT ULONG KeGetCurrentProcessorNumber(VOID);
/* System-wide index; group and number through ProcNumber if not NULL. IRQL: any. */
DD_NT_IMPORT ULONG KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcNumber);
/* INVALID_PROCESSOR_INDEX for an unknown one. IRQL: any. */
DD_NT_IMPORT ULONG KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER ProcNumber);
/* STATUS_INVALID_PARAMETER beyond the last. IRQL: any. */
DD_NT_IMPORT NTSTATUS KeGetProcessorNumberFromIndex(ULONG ProcIndex, PPROCESSOR_NUMBER ProcNumber);
/* Count of a group, or of all with ALL_PROCESSOR_GROUPS; 0 for an unknown group. IRQL: any. */
DD_NT_IMPORT ULONG KeQueryActiveProcessorCountEx(USHORT GroupNumber);
/* Count of group 0; its set through ActiveProcessors if not NULL. IRQL: any. */
DD_NT_IMPORT ULONG KeQueryActiveProcessorCount(PKAFFINITY ActiveProcessors);
/* Set of group 0. IRQL: any. */
DD_NT_IMPORT KAFFINITY KeQueryActiveProcessors(VOID);
/* Set of a group. IRQL: any. */
DD_NT_IMPORT KAFFINITY KeQueryGroupAffinity(USHORT GroupNumber);
/* Most processors there can ever be. IRQL: any. */
DD_NT_IMPORT ULONG KeQueryMaximumProcessorCountEx(USHORT GroupNumber);
/* Number of groups in use. IRQL: any. */
DD_NT_IMPORT USHORT KeQueryActiveGroupCount(VOID);
/* Highest NUMA node. IRQL: any. */
DD_NT_IMPORT USHORT KeQueryHighestNodeNumber(VOID);

typedef enum _LOGICAL_PROCESSOR_RELATIONSHIP DD_NT_ENUM_BASE {
    RelationProcessorCore = 0,
    RelationNumaNode = 1,
    RelationCache = 2,
    RelationProcessorPackage = 3,
    RelationGroup = 4,
    RelationAll = 0xffff
} LOGICAL_PROCESSOR_RELATIONSHIP;

typedef struct _PROCESSOR_RELATIONSHIP {
    UCHAR Flags;
    UCHAR EfficiencyClass;
    UCHAR Reserved[20];
    USHORT GroupCount;
    GROUP_AFFINITY GroupMask[1];
} PROCESSOR_RELATIONSHIP, *PPROCESSOR_RELATIONSHIP;

typedef struct _NUMA_NODE_RELATIONSHIP {
    ULONG NodeNumber;
    UCHAR Reserved[18];
    USHORT GroupCount;
    GROUP_AFFINITY GroupMask;
} NUMA_NODE_RELATIONSHIP, *PNUMA_NODE_RELATIONSHIP;

/* Size bytes; the next entry follows. Only the kinds named in the union are described. */
typedef struct _SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX {
    LOGICAL_PROCESSOR_RELATIONSHIP Relationship;
    ULONG Size;
    __extension__ union {
        PROCESSOR_RELATIONSHIP Processor;
        NUMA_NODE_RELATIONSHIP NumaNode;
        UCHAR Bytes[72];
    };
} SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX, *PSYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX;

/* STATUS_INFO_LENGTH_MISMATCH with the length needed. IRQL: <= DISPATCH. */
DD_NT_IMPORT NTSTATUS KeQueryLogicalProcessorRelationship(
    PPROCESSOR_NUMBER ProcessorNumber, LOGICAL_PROCESSOR_RELATIONSHIP RelationshipType,
    PSYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX Information, PULONG Length);

/* Move this thread to a set; the old one through PreviousAffinity. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID KeSetSystemGroupAffinityThread(PGROUP_AFFINITY Affinity,
                                                 PGROUP_AFFINITY PreviousAffinity);
/* Takes exactly the structure the call above filled. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID KeRevertToUserGroupAffinityThread(PGROUP_AFFINITY PreviousAffinity);
/* Group 0 form without the old value. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID KeSetSystemAffinityThread(KAFFINITY Affinity);
/* Undo KeSetSystemAffinityThread. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID KeRevertToUserAffinityThread(VOID);

typedef enum DD_NT_ENUM_BASE {
    KeProcessorAddStartNotify = 0,
    KeProcessorAddCompleteNotify = 1,
    KeProcessorAddFailureNotify = 2
} KE_PROCESSOR_CHANGE_NOTIFY_STATE;

typedef struct _KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT {
    KE_PROCESSOR_CHANGE_NOTIFY_STATE State;
    ULONG NtNumber;
    NTSTATUS Status;
    PROCESSOR_NUMBER ProcNumber;
} KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT, *PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT;

typedef VOID NTAPI PROCESSOR_CALLBACK_FUNCTION(PVOID CallbackContext,
                                               PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT ChangeContext,
                                               PNTSTATUS OperationStatus);
typedef PROCESSOR_CALLBACK_FUNCTION *PPROCESSOR_CALLBACK_FUNCTION;

#define KE_PROCESSOR_CHANGE_ADD_EXISTING 1

/* Be told of processors added later, and of the existing ones with the flag. IRQL: <= APC. */
DD_NT_IMPORT PVOID KeRegisterProcessorChangeCallback(PPROCESSOR_CALLBACK_FUNCTION CallbackFunction,
                                                     PVOID CallbackContext, ULONG Flags);
/* Undo it. IRQL: <= APC. */
DD_NT_IMPORT VOID KeDeregisterProcessorChangeCallback(PVOID CallbackHandle);

/* ---- time ------------------------------------------------------------------------------------ */

/* Clock ticks since boot. IRQL: any. */
DD_NT_IMPORT VOID KeQueryTickCount(PLARGE_INTEGER TickCount);
/* 100 ns units in one tick. IRQL: any. */
DD_NT_IMPORT ULONG KeQueryTimeIncrement(VOID);
/* 100 ns units since boot, as of the last tick. IRQL: any. */
DD_NT_IMPORT ULONGLONG KeQueryInterruptTime(VOID);
/* 100 ns units since 1601-01-01 UTC, as of the last tick. IRQL: any. */
DD_NT_IMPORT VOID KeQuerySystemTime(PLARGE_INTEGER CurrentTime);
/* The same, now. IRQL: any. */
DD_NT_IMPORT VOID KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime);
/* A monotonic counter; its constant frequency through the pointer if not NULL. IRQL: any. */
DD_NT_IMPORT LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency);
/* Busy wait; keep below 50. IRQL: any. */
DD_NT_IMPORT VOID KeStallExecutionProcessor(ULONG MicroSeconds);

#ifdef __cplusplus
}
#endif

#endif
