/* SPDX-License-Identifier: MIT */
/*
 * ndis/calls.h - NdisM*: registration, life cycle, data path, OIDs, status
 */
#ifndef DRYDOCK_NDIS_CALLS_H
#define DRYDOCK_NDIS_CALLS_H

#include "miniport.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- driver and adapter ---------------------------------------------------------------------- */

/*
 * NdisMRegisterMiniportDriver - from DriverEntry; calls SetOptionsHandler before it returns. The
 * characteristics are copied. SUCCESS, BAD_CHARACTERISTICS, BAD_VERSION, RESOURCES, FAILURE.
 * IRQL: = PASSIVE.
 */
DD_NT_IMPORT NDIS_STATUS NdisMRegisterMiniportDriver(
    PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath, NDIS_HANDLE MiniportDriverContext,
    PNDIS_MINIPORT_DRIVER_CHARACTERISTICS MiniportDriverCharacteristics,
    PNDIS_HANDLE NdisMiniportDriverHandle);
/* From a DriverEntry that fails, or from unload. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID NdisMDeregisterMiniportDriver(NDIS_HANDLE NdisMiniportDriverHandle);
/* Only from MiniportSetOptions. SUCCESS, RESOURCES, NOT_SUPPORTED, FAILURE. IRQL: = PASSIVE. */
DD_NT_IMPORT NDIS_STATUS NdisSetOptionalHandlers(NDIS_HANDLE NdisHandle,
                                                 PNDIS_DRIVER_OPTIONAL_HANDLERS OptionalHandlers);
/*
 * NdisMSetMiniportAttributes - registration first, then general, then the others; copied.
 * SUCCESS, BAD_VERSION. IRQL: = PASSIVE.
 */
DD_NT_IMPORT NDIS_STATUS NdisMSetMiniportAttributes(
    NDIS_HANDLE NdisMiniportHandle, PNDIS_MINIPORT_ADAPTER_ATTRIBUTES MiniportAttributes);
/* Ask that a failed adapter be removed; halt comes later. SUCCESS, FAILURE. IRQL: <= DISPATCH. */
DD_NT_IMPORT NDIS_STATUS NdisMRemoveMiniport(NDIS_HANDLE MiniportHandle);
/* End of a pending MiniportPause. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisMPauseComplete(NDIS_HANDLE MiniportAdapterHandle);
/* End of a pending MiniportRestart. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisMRestartComplete(NDIS_HANDLE MiniportAdapterHandle, NDIS_STATUS Status);
/* End of a pending MiniportResetEx. The page wants exactly DISPATCH_LEVEL. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisMResetComplete(NDIS_HANDLE MiniportAdapterHandle, NDIS_STATUS Status,
                                     BOOLEAN AddressingReset);
#if DD_NT_NDIS_LEVEL >= 630
/* Ask for MiniportResetEx, from a work item. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisMResetMiniport(NDIS_HANDLE MiniportAdapterHandle);
/* Selective suspend: the lowest state the adapter may go to. IRQL: = PASSIVE. */
DD_NT_IMPORT VOID NdisMIdleNotificationConfirm(NDIS_HANDLE MiniportAdapterHandle,
                                               NDIS_DEVICE_POWER_STATE IdlePowerState);
/* Selective suspend: the adapter is awake. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisMIdleNotificationComplete(NDIS_HANDLE MiniportAdapterHandle);
#endif

/* ---- OIDs and status ------------------------------------------------------------------------- */

/* Complete a pending request, once; Status is not PENDING. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisMOidRequestComplete(NDIS_HANDLE MiniportAdapterHandle,
                                          PNDIS_OID_REQUEST OidRequest, NDIS_STATUS Status);
#if DD_NT_NDIS_LEVEL >= 601
/* Complete a pending direct request. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisMDirectOidRequestComplete(NDIS_HANDLE MiniportAdapterHandle,
                                                PNDIS_OID_REQUEST OidRequest, NDIS_STATUS Status);
#endif
/* Report a status; everything is copied before it returns. IRQL: <= DISPATCH. */
DD_NT_IMPORT VOID NdisMIndicateStatusEx(NDIS_HANDLE MiniportAdapterHandle,
                                        PNDIS_STATUS_INDICATION StatusIndication);

/* ---- data path ------------------------------------------------------------------------------- */

/*
 * Give sent lists back, each once, with its Status set; not the driver's afterwards.
 * IRQL: <= DISPATCH.
 */
DD_NT_IMPORT VOID NdisMSendNetBufferListsComplete(NDIS_HANDLE MiniportAdapterHandle,
                                                  PNET_BUFFER_LIST NetBufferList,
                                                  ULONG SendCompleteFlags);
/*
 * NdisMIndicateReceiveNetBufferLists - hand received lists up. They come back through
 * MiniportReturnNetBufferLists, perhaps inside this call; with NDIS_RECEIVE_FLAGS_RESOURCES they
 * are the driver's again when it returns. IRQL: <= DISPATCH.
 */
DD_NT_IMPORT VOID NdisMIndicateReceiveNetBufferLists(NDIS_HANDLE MiniportAdapterHandle,
                                                     PNET_BUFFER_LIST NetBufferList,
                                                     NDIS_PORT_NUMBER PortNumber,
                                                     ULONG NumberOfNetBufferLists,
                                                     ULONG ReceiveFlags);

#ifdef __cplusplus
}
#endif

#endif
