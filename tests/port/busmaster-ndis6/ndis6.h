/* SPDX-License-Identifier: MIT */
/*
 * The NDIS 6 side of the driver. As it stands it compiles with a stand-in for BM_ADAPTER; define
 * PORT_ADAPTER_HEADER ("adapter.h") to use your own.
 */
#ifndef NDIS6_H
#define NDIS6_H

#include "ndis6_state.h"

#define PORT_ADAPTER_HEADER "adapter.h"

#ifdef PORT_ADAPTER_HEADER
#include PORT_ADAPTER_HEADER
#else
typedef struct _BM_ADAPTER_STAND_IN {
    NDIS_HANDLE AdapterHandle;
    NDIS_HANDLE NdisMiniportDmaHandle2;
    BM_NDIS6 Ndis6;
} BM_ADAPTER;
#endif

/* ndis6_init.c */
MINIPORT_INITIALIZE BmInitializeEx;
MINIPORT_HALT BmHaltEx;
MINIPORT_PAUSE BmPause;
MINIPORT_RESTART BmRestart;
MINIPORT_RESET BmResetEx;
MINIPORT_CHECK_FOR_HANG BmCheckForHangEx;
MINIPORT_SHUTDOWN BmShutdownEx;
MINIPORT_DEVICE_PNP_EVENT_NOTIFY BmDevicePnPEventNotify;
VOID BmRelease(BM_ADAPTER *Adapter);
NDIS_STATUS BmRegisterDma(BM_ADAPTER *Adapter);

/* ndis6_intr.c */
NDIS_STATUS BmRegisterInterrupt(BM_ADAPTER *Adapter);

/* ndis6_send.c */
MINIPORT_SEND_NET_BUFFER_LISTS BmSendNetBufferLists;
MINIPORT_CANCEL_SEND BmCancelSend;
MINIPORT_PROCESS_SG_LIST BmProcessSGList;
VOID BmSendDone(BM_ADAPTER *Adapter, PNET_BUFFER NetBuffer);
VOID BmSendWaiting(BM_ADAPTER *Adapter);
VOID BmSendFlush(BM_ADAPTER *Adapter, NDIS_STATUS Status);
VOID BmLeave(BM_ADAPTER *Adapter);

/* ndis6_recv.c */
MINIPORT_RETURN_NET_BUFFER_LISTS BmReturnNetBufferLists;
NDIS_STATUS BmReceivePool(BM_ADAPTER *Adapter);
PNET_BUFFER_LIST BmReceiveAllocate(BM_ADAPTER *Adapter, PVOID Va, ULONG LengthBytes);
VOID BmReceiveFree(PNET_BUFFER_LIST Nbl);
VOID BmIndicate(BM_ADAPTER *Adapter, PNET_BUFFER_LIST Chain, ULONG Count, BOOLEAN Keep);

/* ndis6_oid.c */
MINIPORT_OID_REQUEST BmOidRequest;
MINIPORT_CANCEL_OID_REQUEST BmCancelOidRequest;
NDIS_STATUS BmSetGeneralAttributes(BM_ADAPTER *Adapter);

/* Hooks into the hardware code you have. Each is in one of the files above, marked PORT:. */
NDIS_STATUS BmHwStart(BM_ADAPTER *Adapter, PNDIS_RESOURCE_LIST Resources);
VOID BmHwStop(BM_ADAPTER *Adapter);
VOID BmHwFree(BM_ADAPTER *Adapter);
BOOLEAN BmHwRoom(BM_ADAPTER *Adapter, ULONG Elements);
VOID BmHwDescriptor(BM_ADAPTER *Adapter, PNET_BUFFER NetBuffer, ULONGLONG Address, ULONG LengthBytes,
                     BOOLEAN Last);
BOOLEAN BmHwCopy(BM_ADAPTER *Adapter, PNET_BUFFER NetBuffer);
VOID BmHwKick(BM_ADAPTER *Adapter);
PNET_BUFFER BmHwReap(BM_ADAPTER *Adapter);
BOOLEAN BmHwClaim(BM_ADAPTER *Adapter);
VOID BmHwMask(BM_ADAPTER *Adapter, BOOLEAN Enable);
VOID BmHwReceive(BM_ADAPTER *Adapter, ULONG Limit);
VOID BmHwGive(BM_ADAPTER *Adapter, PNET_BUFFER_LIST Nbl);
VOID BmHwFilter(BM_ADAPTER *Adapter);
VOID BmHwDescribe(BM_ADAPTER *Adapter, PNDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES General);

#endif
