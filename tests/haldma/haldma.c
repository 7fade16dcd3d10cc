/* SPDX-License-Identifier: MIT */
/*
 * A miniport that uses the HAL's DMA services directly: in MiniportInitializeEx it calls every
 * member of DMA_OPERATIONS through IoGetDmaAdapter, and prints for each one how often and what came
 * of it. It moves no frames.
 */
#include "haldma.h"

DRIVER_INITIALIZE DriverEntry;
static MINIPORT_UNLOAD Unload;
static MINIPORT_INITIALIZE Initialize;
static MINIPORT_HALT Halt;
static MINIPORT_PAUSE Pause;
static MINIPORT_RESTART Restart;
static MINIPORT_OID_REQUEST OidRequest;
static MINIPORT_CANCEL_OID_REQUEST CancelOid;
static MINIPORT_SEND_NET_BUFFER_LISTS Send;
static MINIPORT_CANCEL_SEND CancelSend;
static MINIPORT_RETURN_NET_BUFFER_LISTS Return;
static MINIPORT_DEVICE_PNP_EVENT_NOTIFY PnPEvent;
static MINIPORT_SHUTDOWN Shutdown;

static NDIS_HANDLE DriverHandle;

static NDIS_STATUS SetAttributes(PHALDMA Adapter)
{
    NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES r;
    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES g;
    NDIS_STATUS status;

    NdisZeroMemory(&r, sizeof(r));
    r.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
    r.Header.Revision = NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_2;
    r.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_2;
    r.MiniportAdapterContext = Adapter;
    r.AttributeFlags =
        NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE | NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER;
    r.InterfaceType = NdisInterfacePci;
    status = NdisMSetMiniportAttributes(Adapter->Handle, (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&r);
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    NdisZeroMemory(&g, sizeof(g));
    g.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES;
    g.Header.Revision = NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
    g.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
    g.MediaType = NdisMedium802_3;
    g.PhysicalMediumType = NdisPhysicalMedium802_3;
    g.MtuSize = 1500;
    g.MaxXmitLinkSpeed = g.MaxRcvLinkSpeed = g.XmitLinkSpeed = g.RcvLinkSpeed = 1000000000u;
    g.MediaConnectState = MediaConnectStateConnected;
    g.MediaDuplexState = MediaDuplexStateFull;
    g.LookaheadSize = 1500;
    g.MacAddressLength = 6;
    g.PermanentMacAddress[0] = g.CurrentMacAddress[0] = 2;
    g.AccessType = NET_IF_ACCESS_BROADCAST;
    g.DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
    g.ConnectionType = NET_IF_CONNECTION_DEDICATED;
    g.IfType = IF_TYPE_ETHERNET_CSMACD;
    g.SupportedPacketFilters = NDIS_PACKET_TYPE_DIRECTED;
    return NdisMSetMiniportAttributes(Adapter->Handle, (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&g);
}

static NDIS_STATUS Initialize(NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE MiniportDriverContext,
                              PNDIS_MINIPORT_INIT_PARAMETERS MiniportInitParameters)
{
    PHALDMA adapter = NdisAllocateMemoryWithTagPriority(MiniportAdapterHandle, sizeof(HALDMA),
                                                        HALDMA_TAG, NormalPoolPriority);
    NDIS_STATUS status;

    UNREFERENCED_PARAMETER(MiniportDriverContext);
    UNREFERENCED_PARAMETER(MiniportInitParameters);
    if (adapter == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    NdisZeroMemory(adapter, sizeof(*adapter));
    adapter->Handle = MiniportAdapterHandle;
    NdisMGetDeviceProperty(MiniportAdapterHandle, &adapter->Pdo, NULL, NULL, NULL, NULL);
    status = SetAttributes(adapter);
    if (status == NDIS_STATUS_SUCCESS) {
        status = HalDmaRun(adapter);
    }
    if (status != NDIS_STATUS_SUCCESS) {
        NdisFreeMemoryWithTagPriority(MiniportAdapterHandle, adapter, HALDMA_TAG);
    }
    return status;
}

static VOID Halt(NDIS_HANDLE MiniportAdapterContext, NDIS_HALT_ACTION HaltAction)
{
    PHALDMA adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(HaltAction);
    NdisFreeMemoryWithTagPriority(adapter->Handle, adapter, HALDMA_TAG);
}

static NDIS_STATUS Pause(NDIS_HANDLE MiniportAdapterContext,
                         PNDIS_MINIPORT_PAUSE_PARAMETERS PauseParameters)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(PauseParameters);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS Restart(NDIS_HANDLE MiniportAdapterContext,
                           PNDIS_MINIPORT_RESTART_PARAMETERS RestartParameters)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(RestartParameters);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS OidRequest(NDIS_HANDLE MiniportAdapterContext, PNDIS_OID_REQUEST Request)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    if (Request->RequestType == NdisRequestSetInformation &&
        Request->DATA.SET_INFORMATION.Oid == OID_GEN_CURRENT_PACKET_FILTER) {
        Request->DATA.SET_INFORMATION.BytesRead = sizeof(ULONG);
        return NDIS_STATUS_SUCCESS;
    }
    return NDIS_STATUS_NOT_SUPPORTED;
}

static VOID CancelOid(NDIS_HANDLE MiniportAdapterContext, PVOID RequestId)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(RequestId);
}

static VOID Send(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferList,
                 NDIS_PORT_NUMBER PortNumber, ULONG SendFlags)
{
    PHALDMA adapter = MiniportAdapterContext;
    PNET_BUFFER_LIST nbl;

    UNREFERENCED_PARAMETER(PortNumber);
    for (nbl = NetBufferList; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
        NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_FAILURE;
    }
    NdisMSendNetBufferListsComplete(adapter->Handle, NetBufferList,
                                    (SendFlags & NDIS_SEND_FLAGS_DISPATCH_LEVEL) != 0
                                        ? NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL
                                        : 0);
}

static VOID CancelSend(NDIS_HANDLE MiniportAdapterContext, PVOID CancelId)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(CancelId);
}

static VOID Return(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferLists,
                   ULONG ReturnFlags)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(NetBufferLists);
    UNREFERENCED_PARAMETER(ReturnFlags);
}

static VOID PnPEvent(NDIS_HANDLE MiniportAdapterContext, PNET_DEVICE_PNP_EVENT NetDevicePnPEvent)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(NetDevicePnPEvent);
}

static VOID Shutdown(NDIS_HANDLE MiniportAdapterContext, NDIS_SHUTDOWN_ACTION ShutdownAction)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(ShutdownAction);
}

static VOID Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    NdisMDeregisterMiniportDriver(DriverHandle);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_MINIPORT_DRIVER_CHARACTERISTICS c;

    NdisZeroMemory(&c, sizeof(c));
    c.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS;
    c.Header.Revision = NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
    c.Header.Size = NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
    c.MajorNdisVersion = 6;
    c.MinorNdisVersion = 30;
    c.InitializeHandlerEx = Initialize;
    c.HaltHandlerEx = Halt;
    c.UnloadHandler = Unload;
    c.PauseHandler = Pause;
    c.RestartHandler = Restart;
    c.OidRequestHandler = OidRequest;
    c.CancelOidRequestHandler = CancelOid;
    c.SendNetBufferListsHandler = Send;
    c.CancelSendHandler = CancelSend;
    c.ReturnNetBufferListsHandler = Return;
    c.DevicePnPEventNotifyHandler = PnPEvent;
    c.ShutdownHandlerEx = Shutdown;
    return (NTSTATUS)NdisMRegisterMiniportDriver(DriverObject, RegistryPath, NULL, &c,
                                                 &DriverHandle);
}
