/* SPDX-License-Identifier: MIT */
/*
 * ndis/interrupt.h - line and message interrupts of a miniport, their DPCs
 *
 *   device -> MiniportInterrupt (DIRQL) -> MiniportInterruptDPC (DISPATCH)        line based
 *   device -> MiniportMessageInterrupt  -> MiniportMessageInterruptDPC            message based
 */
#ifndef DRYDOCK_NDIS_INTERRUPT_H
#define DRYDOCK_NDIS_INTERRUPT_H

#include "../wdm/resource.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum _NDIS_INTERRUPT_MODE DD_NT_ENUM_BASE {
    NdisInterruptLevelSensitive = LevelSensitive,
    NdisInterruptLatched = Latched
} NDIS_INTERRUPT_MODE, *PNDIS_INTERRUPT_MODE;

/* [DIRQL] TRUE if the NIC interrupted; the DPC depends on the out values alone. */
typedef BOOLEAN NTAPI MINIPORT_ISR(NDIS_HANDLE MiniportInterruptContext,
                                   PBOOLEAN QueueDefaultInterruptDpc, PULONG TargetProcessors);
typedef MINIPORT_ISR *MINIPORT_ISR_HANDLER;

/* [DISPATCH] ReceiveThrottleParameters points at NDIS_RECEIVE_THROTTLE_PARAMETERS from 6.20 on. */
typedef VOID NTAPI MINIPORT_INTERRUPT_DPC(NDIS_HANDLE MiniportInterruptContext,
                                          PVOID MiniportDpcContext, PVOID ReceiveThrottleParameters,
                                          PVOID NdisReserved2);
typedef MINIPORT_INTERRUPT_DPC *MINIPORT_INTERRUPT_DPC_HANDLER;

/* [DIRQL] Mask the NIC's interrupts. */
typedef VOID NTAPI MINIPORT_DISABLE_INTERRUPT(NDIS_HANDLE MiniportInterruptContext);
typedef MINIPORT_DISABLE_INTERRUPT *MINIPORT_DISABLE_INTERRUPT_HANDLER;
/* [DIRQL] Unmask them. */
typedef VOID NTAPI MINIPORT_ENABLE_INTERRUPT(NDIS_HANDLE MiniportInterruptContext);
typedef MINIPORT_ENABLE_INTERRUPT *MINIPORT_ENABLE_INTERRUPT_HANDLER;

/* [DIRQL of the message] MessageId indexes MessageInfoTable->MessageInfo. */
typedef BOOLEAN NTAPI MINIPORT_MESSAGE_INTERRUPT(NDIS_HANDLE MiniportInterruptContext,
                                                 ULONG MessageId, PBOOLEAN QueueDefaultInterruptDpc,
                                                 PULONG TargetProcessors);
typedef MINIPORT_MESSAGE_INTERRUPT *MINIPORT_MSI_ISR_HANDLER;
typedef MINIPORT_MESSAGE_INTERRUPT *MINIPORT_MESSAGE_INTERRUPT_HANDLER;

/* [DISPATCH] As MINIPORT_INTERRUPT_DPC, for one message. */
typedef VOID NTAPI MINIPORT_MESSAGE_INTERRUPT_DPC(NDIS_HANDLE MiniportInterruptContext,
                                                  ULONG MessageId, PVOID MiniportDpcContext,
                                                  PVOID ReceiveThrottleParameters,
                                                  PVOID NdisReserved2);
typedef MINIPORT_MESSAGE_INTERRUPT_DPC *MINIPORT_MSI_INTERRUPT_DPC_HANDLER;
typedef MINIPORT_MESSAGE_INTERRUPT_DPC *MINIPORT_MESSAGE_INTERRUPT_DPC_HANDLER;

/* [DIRQL] Mask one message. */
typedef VOID NTAPI MINIPORT_DISABLE_MESSAGE_INTERRUPT(NDIS_HANDLE MiniportInterruptContext,
                                                      ULONG MessageId);
typedef MINIPORT_DISABLE_MESSAGE_INTERRUPT *MINIPORT_DISABLE_MSI_INTERRUPT_HANDLER;
/* [DIRQL] Unmask one message. */
typedef VOID NTAPI MINIPORT_ENABLE_MESSAGE_INTERRUPT(NDIS_HANDLE MiniportInterruptContext,
                                                     ULONG MessageId);
typedef MINIPORT_ENABLE_MESSAGE_INTERRUPT *MINIPORT_ENABLE_MSI_INTERRUPT_HANDLER;

/* [DIRQL] Runs under the interrupt's lock. */
typedef BOOLEAN NTAPI MINIPORT_SYNCHRONIZE_INTERRUPT(NDIS_HANDLE SynchronizeContext);
typedef MINIPORT_SYNCHRONIZE_INTERRUPT *MINIPORT_SYNCHRONIZE_INTERRUPT_HANDLER;

/*
 * Line handlers are needed even when message handlers are given. After the registration
 * InterruptType says what was granted, and MessageInfoTable, for messages, is NDIS's and read-only.
 */
typedef struct _NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS {
    NDIS_OBJECT_HEADER Header;
    MINIPORT_ISR_HANDLER InterruptHandler;
    MINIPORT_INTERRUPT_DPC_HANDLER InterruptDpcHandler;
    MINIPORT_DISABLE_INTERRUPT_HANDLER DisableInterruptHandler;
    MINIPORT_ENABLE_INTERRUPT_HANDLER EnableInterruptHandler;
    BOOLEAN MsiSupported;
    BOOLEAN MsiSyncWithAllMessages;
    MINIPORT_MSI_ISR_HANDLER MessageInterruptHandler;
    MINIPORT_MSI_INTERRUPT_DPC_HANDLER MessageInterruptDpcHandler;
    MINIPORT_DISABLE_MSI_INTERRUPT_HANDLER DisableMessageInterruptHandler;
    MINIPORT_ENABLE_MSI_INTERRUPT_HANDLER EnableMessageInterruptHandler;
    NDIS_INTERRUPT_TYPE InterruptType;
    PIO_INTERRUPT_MESSAGE_INFO MessageInfoTable;
} NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS, *PNDIS_MINIPORT_INTERRUPT_CHARACTERISTICS;

#define NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1                                  \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS, MessageInfoTable)

#if DD_NT_NDIS_LEVEL >= 620
#define NDIS_INDICATE_ALL_NBLS 0xFFFFFFFF

/* How many lists this DPC may indicate; MoreNblsPending TRUE asks for another one. */
typedef struct _NDIS_RECEIVE_THROTTLE_PARAMETERS {
    ULONG MaxNblsToIndicate;
    ULONG MoreNblsPending : 1;
} NDIS_RECEIVE_THROTTLE_PARAMETERS, *PNDIS_RECEIVE_THROTTLE_PARAMETERS;
#endif

/*
 * NdisMRegisterInterruptEx - from MiniportInitializeEx after the attributes; handlers may run
 * before it returns. SUCCESS, RESOURCES, others. IRQL: = PASSIVE.
 */
DD_NT_IMPORT NDIS_STATUS
NdisMRegisterInterruptEx(NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE MiniportInterruptContext,
                         PNDIS_MINIPORT_INTERRUPT_CHARACTERISTICS MiniportInterruptCharacteristics,
                         PNDIS_HANDLE NdisInterruptHandle);
/* Waits for queued DPCs; afterwards no handler runs. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID NdisMDeregisterInterruptEx(NDIS_HANDLE NdisInterruptHandle);
/* Run a function at DIRQL under the interrupt's (or message's) lock. IRQL: any (<= DIRQL). */
DD_NT_IMPORT BOOLEAN NdisMSynchronizeWithInterruptEx(
    NDIS_HANDLE NdisInterruptHandle, ULONG MessageId,
    MINIPORT_SYNCHRONIZE_INTERRUPT_HANDLER SynchronizeFunction, PVOID SynchronizeContext);
/*
 * Queue the DPC on processors of group 0; a bit that comes back clear was queued before. IRQL: any.
 */
DD_NT_IMPORT ULONG NdisMQueueDpc(NDIS_HANDLE NdisInterruptHandle, ULONG MessageId,
                                 ULONG TargetProcessors, PVOID MiniportDpcContext);
#if DD_NT_NDIS_LEVEL >= 620
/* The same for one group. IRQL: any. */
DD_NT_IMPORT KAFFINITY NdisMQueueDpcEx(NDIS_HANDLE NdisInterruptHandle, ULONG MessageId,
                                       PGROUP_AFFINITY TargetProcessors, PVOID MiniportDpcContext);
#endif

#if DD_NT_NDIS_LEVEL >= 601
typedef enum _NDIS_MSIX_TABLE_OPERATION DD_NT_ENUM_BASE {
    NdisMSIXTableConfigSetTableEntry = 0,
    NdisMSIXTableConfigMaskTableEntry = 1,
    NdisMSIXTableConfigUnmaskTableEntry = 2,
    NdisMSIXTableConfigMax = 3
} NDIS_MSIX_TABLE_OPERATION, *PNDIS_MSIX_TABLE_OPERATION;

typedef struct _NDIS_MSIX_CONFIG_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    NDIS_MSIX_TABLE_OPERATION ConfigOperation;
    ULONG TableEntry;
    ULONG MessageNumber;
} NDIS_MSIX_CONFIG_PARAMETERS, *PNDIS_MSIX_CONFIG_PARAMETERS;

#define NDIS_SIZEOF_MSIX_CONFIG_PARAMETERS_REVISION_1                                              \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_MSIX_CONFIG_PARAMETERS, MessageNumber)

/* Set (<= DISPATCH), mask or unmask (any) one table entry; init to halt. IRQL: any. */
DD_NT_IMPORT NDIS_STATUS NdisMConfigMSIXTableEntry(
    NDIS_HANDLE NdisMiniportHandle, PNDIS_MSIX_CONFIG_PARAMETERS MSIXConfigParameters);
#endif

#ifdef __cplusplus
}
#endif

#endif
