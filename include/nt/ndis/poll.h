/* SPDX-License-Identifier: MIT */
/*
 * ndis/poll.h - poll mode (NDIS 6.85): NDIS calls the driver for work instead of the driver's own
 * DPC
 *
 *   interrupt -> NdisRequestPoll -> NdisPoll, again while there is progress
 *             -> NdisSetPollNotification (enable the interrupt)
 */
#ifndef DRYDOCK_NDIS_POLL_H
#define DRYDOCK_NDIS_POLL_H

#include "nbl.h"

#if DD_NT_NDIS_LEVEL >= 685

#ifdef __cplusplus
extern "C" {
#endif

typedef struct NDIS_POLL_HANDLE__ *NDIS_POLL_HANDLE;

#define NDIS_ANY_NUMBER_OF_NBLS 0xFFFFFFFF

typedef struct _NDIS_POLL_TRANSMIT_DATA {
    ULONG MaxNblsToComplete;
    ULONG Reserved1[3];
    PNET_BUFFER_LIST CompletedNblChain;
    ULONG NumberOfCompletedNbls;
    ULONG NumberOfRemainingNbls;
    ULONG SendCompleteFlags;
    ULONG Reserved2;
    PVOID Reserved3[4];
} NDIS_POLL_TRANSMIT_DATA, *PNDIS_POLL_TRANSMIT_DATA;

typedef struct _NDIS_POLL_RECEIVE_DATA {
    ULONG MaxNblsToIndicate;
    ULONG Reserved1[3];
    PNET_BUFFER_LIST IndicatedNblChain;
    ULONG NumberOfIndicatedNbls;
    ULONG NumberOfRemainingNbls;
    ULONG Flags;
    ULONG Reserved2;
    PVOID Reserved3[4];
} NDIS_POLL_RECEIVE_DATA, *PNDIS_POLL_RECEIVE_DATA;

typedef struct _NDIS_POLL_DATA {
    NDIS_OBJECT_HEADER Header;
    NDIS_POLL_TRANSMIT_DATA Transmit;
    NDIS_POLL_RECEIVE_DATA Receive;
} NDIS_POLL_DATA, *PNDIS_POLL_DATA;

typedef struct _NDIS_POLL_NOTIFICATION {
    NDIS_OBJECT_HEADER Header;
    BOOLEAN Enabled;
} NDIS_POLL_NOTIFICATION, *PNDIS_POLL_NOTIFICATION;

/* [PASSIVE or DISPATCH] Do work up to the maxima; serialized per object. */
typedef VOID NTAPI NDIS_POLL(PVOID Context, NDIS_POLL_DATA *PollData);
typedef NDIS_POLL *NDIS_POLL_HANDLER;
/* Enable or disable the interrupt. */
typedef VOID NTAPI NDIS_SET_POLL_NOTIFICATION(PVOID Context, NDIS_POLL_NOTIFICATION *Notification);
typedef NDIS_SET_POLL_NOTIFICATION *NDIS_SET_POLL_NOTIFICATION_HANDLER;

typedef struct _NDIS_POLL_CHARACTERISTICS {
    NDIS_OBJECT_HEADER Header;
    NDIS_SET_POLL_NOTIFICATION_HANDLER SetPollNotificationHandler;
    NDIS_POLL_HANDLER PollHandler;
} NDIS_POLL_CHARACTERISTICS, *PNDIS_POLL_CHARACTERISTICS;

#define NDIS_SIZEOF_NDIS_POLL_CHARACTERISTICS_REVISION_1                                           \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_POLL_CHARACTERISTICS, PollHandler)
#define NDIS_SIZEOF_NDIS_POLL_DATA_REVISION_1 RTL_SIZEOF_THROUGH_FIELD(NDIS_POLL_DATA, Receive)
#define NDIS_SIZEOF_NDIS_POLL_NOTIFICATION_REVISION_1                                              \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_POLL_NOTIFICATION, Enabled)

/* A poll object, usually one per processor. IRQL: = PASSIVE. */
DD_NT_IMPORT NDIS_STATUS NdisRegisterPoll(NDIS_HANDLE NdisHandle, PVOID Context,
                                          const NDIS_POLL_CHARACTERISTICS *Characteristics,
                                          NDIS_POLL_HANDLE *PollHandle);
/* Waits for a poll that runs. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID NdisDeregisterPoll(NDIS_POLL_HANDLE PollHandle);
/* At least one NdisPoll follows; Reserved is NULL. IRQL: any. */
DD_NT_IMPORT VOID NdisRequestPoll(NDIS_POLL_HANDLE PollHandle, PVOID Reserved);
/* Poll on another processor. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisSetPollAffinity(NDIS_POLL_HANDLE PollHandle,
                                      const PROCESSOR_NUMBER *PollAffinity);

#ifdef __cplusplus
}
#endif

#endif /* 6.85 */

#endif
