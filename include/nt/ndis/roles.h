/* SPDX-License-Identifier: MIT */
/*
 * ndis/roles.h - the entry points of a miniport, as function types
 *
 * A driver declares its functions with them (`MINIPORT_HALT MyHalt;`), so a wrong signature does
 * not compile. Each has a pointer type that ends in _HANDLER. The level in brackets is the IRQL the
 * function is called at.
 */
#ifndef DRYDOCK_NDIS_ROLES_H
#define DRYDOCK_NDIS_ROLES_H

#include "../wdm/irp.h"
#include "nbl.h"
#include "oidreq.h"
#include "pnp.h"
#include "port.h"

#ifdef __cplusplus
extern "C" {
#endif

struct _NDIS_MINIPORT_INIT_PARAMETERS;
struct _NDIS_MINIPORT_PAUSE_PARAMETERS;
struct _NDIS_MINIPORT_RESTART_PARAMETERS;

/* [PASSIVE] From inside NdisMRegisterMiniportDriver: register optional handlers. */
typedef NDIS_STATUS NTAPI SET_OPTIONS(NDIS_HANDLE NdisDriverHandle, NDIS_HANDLE DriverContext);
typedef SET_OPTIONS *SET_OPTIONS_HANDLER;
typedef SET_OPTIONS MINIPORT_SET_OPTIONS;

/* [PASSIVE] Make an adapter ready; on failure everything taken is given back by the driver. */
typedef NDIS_STATUS NTAPI
MINIPORT_INITIALIZE(NDIS_HANDLE NdisMiniportHandle, NDIS_HANDLE MiniportDriverContext,
                    struct _NDIS_MINIPORT_INIT_PARAMETERS *MiniportInitParameters);
typedef MINIPORT_INITIALIZE *MINIPORT_INITIALIZE_HANDLER;

/* [PASSIVE] Give everything back; no send and no OID is outstanding. */
typedef VOID NTAPI MINIPORT_HALT(NDIS_HANDLE MiniportAdapterContext, NDIS_HALT_ACTION HaltAction);
typedef MINIPORT_HALT *MINIPORT_HALT_HANDLER;

/* [PASSIVE] The driver is about to be unloaded. */
typedef VOID NTAPI MINIPORT_UNLOAD(PDRIVER_OBJECT DriverObject);
typedef MINIPORT_UNLOAD *MINIPORT_DRIVER_UNLOAD;
typedef MINIPORT_UNLOAD *MINIPORT_UNLOAD_HANDLER;

/* [PASSIVE] Stop sends and receives; only SUCCESS or PENDING, then NdisMPauseComplete. */
typedef NDIS_STATUS NTAPI MINIPORT_PAUSE(NDIS_HANDLE MiniportAdapterContext,
                                         struct _NDIS_MINIPORT_PAUSE_PARAMETERS *PauseParameters);
typedef MINIPORT_PAUSE *MINIPORT_PAUSE_HANDLER;

/* [PASSIVE] Go to Running; PENDING, then NdisMRestartComplete. */
typedef NDIS_STATUS NTAPI
MINIPORT_RESTART(NDIS_HANDLE MiniportAdapterContext,
                 struct _NDIS_MINIPORT_RESTART_PARAMETERS *RestartParameters);
typedef MINIPORT_RESTART *MINIPORT_RESTART_HANDLER;

/* [PASSIVE] One request at a time; PENDING, then NdisMOidRequestComplete once. */
typedef NDIS_STATUS NTAPI MINIPORT_OID_REQUEST(NDIS_HANDLE MiniportAdapterContext,
                                               PNDIS_OID_REQUEST OidRequest);
typedef MINIPORT_OID_REQUEST *MINIPORT_OID_REQUEST_HANDLER;

/* [<= DISPATCH] Owns the lists until NdisMSendNetBufferListsComplete; has no result. */
typedef VOID NTAPI MINIPORT_SEND_NET_BUFFER_LISTS(NDIS_HANDLE MiniportAdapterContext,
                                                  PNET_BUFFER_LIST NetBufferList,
                                                  NDIS_PORT_NUMBER PortNumber, ULONG SendFlags);
typedef MINIPORT_SEND_NET_BUFFER_LISTS *MINIPORT_SEND_NET_BUFFER_LISTS_HANDLER;

/* [<= DISPATCH] Indicated lists come back, of any indications, in any order. */
typedef VOID NTAPI MINIPORT_RETURN_NET_BUFFER_LISTS(NDIS_HANDLE MiniportAdapterContext,
                                                    PNET_BUFFER_LIST NetBufferLists,
                                                    ULONG ReturnFlags);
typedef MINIPORT_RETURN_NET_BUFFER_LISTS *MINIPORT_RETURN_NET_BUFFER_LISTS_HANDLER;

/* [<= DISPATCH] Complete queued lists with this cancel id with NDIS_STATUS_SEND_ABORTED. */
typedef VOID NTAPI MINIPORT_CANCEL_SEND(NDIS_HANDLE MiniportAdapterContext, PVOID CancelId);
typedef MINIPORT_CANCEL_SEND *MINIPORT_CANCEL_SEND_HANDLER;

/* [PASSIVE] TRUE asks for a reset. */
typedef BOOLEAN NTAPI MINIPORT_CHECK_FOR_HANG(NDIS_HANDLE MiniportAdapterContext);
typedef MINIPORT_CHECK_FOR_HANG *MINIPORT_CHECK_FOR_HANG_HANDLER;

/* [<= DISPATCH] PENDING, then NdisMResetComplete. *AddressingReset TRUE: NDIS restores filters. */
typedef NDIS_STATUS NTAPI MINIPORT_RESET(NDIS_HANDLE MiniportAdapterContext,
                                         PBOOLEAN AddressingReset);
typedef MINIPORT_RESET *MINIPORT_RESET_HANDLER;

/* [PASSIVE] Something happened to the device, perhaps it is gone. */
typedef VOID NTAPI MINIPORT_DEVICE_PNP_EVENT_NOTIFY(NDIS_HANDLE MiniportAdapterContext,
                                                    PNET_DEVICE_PNP_EVENT NetDevicePnPEvent);
typedef MINIPORT_DEVICE_PNP_EVENT_NOTIFY *MINIPORT_DEVICE_PNP_EVENT_NOTIFY_HANDLER;

/* [PASSIVE, HIGH at a bug check] Bring the hardware to rest; free nothing. */
typedef VOID NTAPI MINIPORT_SHUTDOWN(NDIS_HANDLE MiniportAdapterContext,
                                     NDIS_SHUTDOWN_ACTION ShutdownAction);
typedef MINIPORT_SHUTDOWN *MINIPORT_SHUTDOWN_HANDLER;

/* [<= DISPATCH] Complete pending requests with this id with NDIS_STATUS_REQUEST_ABORTED. */
typedef VOID NTAPI MINIPORT_CANCEL_OID_REQUEST(NDIS_HANDLE MiniportAdapterContext, PVOID RequestId);
typedef MINIPORT_CANCEL_OID_REQUEST *MINIPORT_CANCEL_OID_REQUEST_HANDLER;

#if DD_NT_NDIS_LEVEL >= 601
/* [<= DISPATCH] Requests that are not serialized; PENDING, then NdisMDirectOidRequestComplete. */
typedef NDIS_STATUS NTAPI MINIPORT_DIRECT_OID_REQUEST(NDIS_HANDLE MiniportAdapterContext,
                                                      PNDIS_OID_REQUEST OidRequest);
typedef MINIPORT_DIRECT_OID_REQUEST *MINIPORT_DIRECT_OID_REQUEST_HANDLER;

/* [<= DISPATCH] Cancel of a direct request. */
typedef VOID NTAPI MINIPORT_CANCEL_DIRECT_OID_REQUEST(NDIS_HANDLE MiniportAdapterContext,
                                                      PVOID RequestId);
typedef MINIPORT_CANCEL_DIRECT_OID_REQUEST *MINIPORT_CANCEL_DIRECT_OID_REQUEST_HANDLER;
#endif

#if DD_NT_NDIS_LEVEL >= 680
/* [<= DISPATCH] Requests that cannot pend. */
typedef NDIS_STATUS NTAPI MINIPORT_SYNCHRONOUS_OID_REQUEST(NDIS_HANDLE MiniportAdapterContext,
                                                           PNDIS_OID_REQUEST OidRequest);
typedef MINIPORT_SYNCHRONOUS_OID_REQUEST *MINIPORT_SYNCHRONOUS_OID_REQUEST_HANDLER;
#endif

/* ---- optional: plug and play ----------------------------------------------------------------- */

/* [PASSIVE] Before initialization; sets the add-device attributes. */
typedef NDIS_STATUS NTAPI MINIPORT_ADD_DEVICE(NDIS_HANDLE NdisMiniportHandle,
                                              NDIS_HANDLE MiniportDriverContext);
typedef MINIPORT_ADD_DEVICE *MINIPORT_ADD_DEVICE_HANDLER;

/* [PASSIVE] Undo it. */
typedef VOID NTAPI MINIPORT_REMOVE_DEVICE(NDIS_HANDLE MiniportAddDeviceContext);
typedef MINIPORT_REMOVE_DEVICE *MINIPORT_REMOVE_DEVICE_HANDLER;

/* [PASSIVE] Change the resource list at Irp->IoStatus.Information. */
typedef NDIS_STATUS NTAPI MINIPORT_PNP_IRP(NDIS_HANDLE MiniportAddDeviceContext, PIRP Irp);
typedef MINIPORT_PNP_IRP *MINIPORT_PNP_IRP_HANDLER;
typedef MINIPORT_PNP_IRP MINIPORT_FILTER_RESOURCE_REQUIREMENTS;
typedef MINIPORT_PNP_IRP MINIPORT_START_DEVICE;
typedef MINIPORT_PNP_IRP *MINIPORT_FILTER_RESOURCE_REQUIREMENTS_HANDLER;
typedef MINIPORT_PNP_IRP *MINIPORT_START_DEVICE_HANDLER;

#if DD_NT_NDIS_LEVEL >= 630
/* ---- optional: selective suspend ------------------------------------------------------------- */

/* [PASSIVE] May the adapter sleep? PENDING yes, BUSY no. */
typedef NDIS_STATUS NTAPI MINIPORT_IDLE_NOTIFICATION(NDIS_HANDLE MiniportAdapterContext,
                                                     BOOLEAN ForceIdle);
typedef MINIPORT_IDLE_NOTIFICATION *MINIPORT_IDLE_NOTIFICATION_HANDLER;

/* [PASSIVE] Wake up; answer with NdisMIdleNotificationComplete. */
typedef VOID NTAPI MINIPORT_CANCEL_IDLE_NOTIFICATION(NDIS_HANDLE MiniportAdapterContext);
typedef MINIPORT_CANCEL_IDLE_NOTIFICATION *MINIPORT_CANCEL_IDLE_NOTIFICATION_HANDLER;
#endif

#ifdef __cplusplus
}
#endif

#endif
