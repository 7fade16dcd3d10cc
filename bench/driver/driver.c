/* SPDX-License-Identifier: MIT */
/*
 * A miniport that sends nothing: it makes traffic and works on it when the bench program asks. It
 * is loaded as any driver is, so what it calls costs what it costs a driver.
 */
#include "driver.h"

DRIVER_INITIALIZE DriverEntry;

static MINIPORT_INITIALIZE BenchInitialize;
static MINIPORT_HALT BenchHalt;
static MINIPORT_PAUSE BenchPause;
static MINIPORT_RESTART BenchRestart;
static MINIPORT_OID_REQUEST BenchOidRequest;
static MINIPORT_CANCEL_OID_REQUEST BenchCancelOid;
static MINIPORT_SEND_NET_BUFFER_LISTS BenchSendLists;
static MINIPORT_RETURN_NET_BUFFER_LISTS BenchReturn;
static MINIPORT_CANCEL_SEND BenchCancelSend;
static MINIPORT_DEVICE_PNP_EVENT_NOTIFY BenchPnpEvent;
static MINIPORT_SHUTDOWN BenchShutdown;
static MINIPORT_UNLOAD BenchUnload;

static NDIS_HANDLE BenchDriver;

static NDIS_OID BenchOids[] = {OID_GEN_CURRENT_PACKET_FILTER, OID_BENCH};

/* --- initialize and halt --- */

static NDIS_STATUS SetAttributes(PBENCH_ADAPTER Adapter)
{
    static const UCHAR address[6] = {0x02, 0, 0, 0, 0, 0x2A};
    NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes;
    PNDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES r = &attributes.RegistrationAttributes;
    PNDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES g = &attributes.GeneralAttributes;
    NDIS_STATUS status;

    NdisZeroMemory(&attributes, sizeof(attributes));
    r->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
    r->Header.Revision = NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
    r->Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
    r->MiniportAdapterContext = Adapter;
    r->AttributeFlags =
        NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE | NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER;
    r->InterfaceType = NdisInterfacePci;
    status = NdisMSetMiniportAttributes(Adapter->Handle, &attributes);
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    NdisZeroMemory(&attributes, sizeof(attributes));
    g->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES;
    g->Header.Revision = NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
    g->Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
    g->MediaType = NdisMedium802_3;
    g->PhysicalMediumType = NdisPhysicalMedium802_3;
    g->MtuSize = 1500;
    g->MaxXmitLinkSpeed = g->XmitLinkSpeed = 1000000000;
    g->MaxRcvLinkSpeed = g->RcvLinkSpeed = 1000000000;
    g->MediaConnectState = MediaConnectStateConnected;
    g->MediaDuplexState = MediaDuplexStateFull;
    g->LookaheadSize = 1500;
    g->MacOptions = NDIS_MAC_OPTION_NO_LOOPBACK;
    g->SupportedPacketFilters = NDIS_PACKET_TYPE_DIRECTED;
    g->MacAddressLength = sizeof(address);
    NdisMoveMemory(g->PermanentMacAddress, address, sizeof(address));
    NdisMoveMemory(g->CurrentMacAddress, address, sizeof(address));
    g->AccessType = NET_IF_ACCESS_BROADCAST;
    g->SupportedOidList = BenchOids;
    g->SupportedOidListLength = sizeof(BenchOids);
    return NdisMSetMiniportAttributes(Adapter->Handle, &attributes);
}

static NDIS_STATUS RegisterDma(PBENCH_ADAPTER Adapter)
{
    NDIS_SG_DMA_DESCRIPTION dma;

    NdisZeroMemory(&dma, sizeof(dma));
    dma.Header.Type = NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION;
    dma.Header.Revision = NDIS_SG_DMA_DESCRIPTION_REVISION_1;
    dma.Header.Size = NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1;
    dma.Flags = NDIS_SG_DMA_64_BIT_ADDRESS;
    dma.MaximumPhysicalMapping = 512u << 20;
    dma.ProcessSGListHandler = BenchProcessSGList;
    return NdisMRegisterScatterGatherDma(Adapter->Handle, &dma, &Adapter->Dma);
}

static NDIS_STATUS MakePool(PBENCH_ADAPTER Adapter)
{
    NET_BUFFER_LIST_POOL_PARAMETERS pool;

    NdisZeroMemory(&pool, sizeof(pool));
    pool.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    pool.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    pool.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    pool.fAllocateNetBuffer = TRUE;
    pool.PoolTag = BENCH_TAG;
    Adapter->NblPool = NdisAllocateNetBufferListPool(Adapter->Handle, &pool);
    NdisMAllocateSharedMemory(Adapter->Handle, BENCH_LARGE, TRUE, &Adapter->Shared,
                              &Adapter->SharedPa);
    Adapter->Copy = NdisAllocateMemoryWithTagPriority(Adapter->Handle, BENCH_LARGE, BENCH_TAG,
                                                      NormalPoolPriority);
    return Adapter->NblPool != NULL && Adapter->Shared != NULL && Adapter->Copy != NULL
               ? NDIS_STATUS_SUCCESS
               : NDIS_STATUS_RESOURCES;
}

static VOID Undo(PBENCH_ADAPTER Adapter)
{
    BenchFreeTraffic(Adapter);
    if (Adapter->Copy != NULL) {
        NdisFreeMemory(Adapter->Copy, 0, 0);
    }
    if (Adapter->NblPool != NULL) {
        NdisFreeNetBufferListPool(Adapter->NblPool);
    }
    if (Adapter->Shared != NULL) {
        NdisMFreeSharedMemory(Adapter->Handle, BENCH_LARGE, TRUE, Adapter->Shared,
                              Adapter->SharedPa);
    }
    if (Adapter->Dma != NULL) {
        NdisMDeregisterScatterGatherDma(Adapter->Dma);
    }
    NdisFreeMemory(Adapter, 0, 0);
}

static NDIS_STATUS BenchInitialize(NDIS_HANDLE NdisMiniportHandle, NDIS_HANDLE DriverContext,
                                   PNDIS_MINIPORT_INIT_PARAMETERS Parameters)
{
    PBENCH_ADAPTER adapter =
        NdisAllocateMemoryWithTagPriority(NdisMiniportHandle, sizeof(BENCH_ADAPTER), BENCH_TAG,
                                          NormalPoolPriority);
    NDIS_STATUS status;

    UNREFERENCED_PARAMETER(DriverContext);
    UNREFERENCED_PARAMETER(Parameters);
    if (adapter == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    NdisZeroMemory(adapter, sizeof(*adapter));
    adapter->Handle = NdisMiniportHandle;
    status = SetAttributes(adapter);
    if (status == NDIS_STATUS_SUCCESS) {
        status = RegisterDma(adapter);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = MakePool(adapter);
    }
    if (status != NDIS_STATUS_SUCCESS) {
        Undo(adapter);
    }
    return status;
}

static VOID BenchHalt(NDIS_HANDLE MiniportAdapterContext, NDIS_HALT_ACTION HaltAction)
{
    UNREFERENCED_PARAMETER(HaltAction);
    Undo(MiniportAdapterContext);
}

/* --- what a miniport has to have --- */

static NDIS_STATUS BenchPause(NDIS_HANDLE MiniportAdapterContext,
                              PNDIS_MINIPORT_PAUSE_PARAMETERS Parameters)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(Parameters);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS BenchRestart(NDIS_HANDLE MiniportAdapterContext,
                                PNDIS_MINIPORT_RESTART_PARAMETERS Parameters)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(Parameters);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS BenchOidRequest(NDIS_HANDLE MiniportAdapterContext, PNDIS_OID_REQUEST Request)
{
    PBENCH_REQUEST request = Request->DATA.METHOD_INFORMATION.InformationBuffer;

    if (Request->RequestType == NdisRequestSetInformation &&
        Request->DATA.SET_INFORMATION.Oid == OID_GEN_CURRENT_PACKET_FILTER) {
        Request->DATA.SET_INFORMATION.BytesRead = sizeof(ULONG);
        return NDIS_STATUS_SUCCESS;
    }
    if (Request->RequestType != NdisRequestMethod ||
        Request->DATA.METHOD_INFORMATION.Oid != OID_BENCH ||
        Request->DATA.METHOD_INFORMATION.InputBufferLength < sizeof(*request)) {
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    Request->DATA.METHOD_INFORMATION.BytesRead = sizeof(*request);
    Request->DATA.METHOD_INFORMATION.BytesWritten = sizeof(*request);
    return BenchWork(MiniportAdapterContext, request);
}

static VOID BenchCancelOid(NDIS_HANDLE MiniportAdapterContext, PVOID RequestId)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(RequestId);
}

static VOID BenchSendLists(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferLists,
                           NDIS_PORT_NUMBER PortNumber, ULONG SendFlags)
{
    PBENCH_ADAPTER adapter = MiniportAdapterContext;
    PNET_BUFFER_LIST nbl;

    UNREFERENCED_PARAMETER(PortNumber);
    for (nbl = NetBufferLists; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
        NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_NOT_SUPPORTED;
    }
    NdisMSendNetBufferListsComplete(adapter->Handle, NetBufferLists,
                                    NDIS_TEST_SEND_AT_DISPATCH_LEVEL(SendFlags)
                                        ? NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL
                                        : 0u);
}

static VOID BenchReturn(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferLists,
                        ULONG ReturnFlags)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(NetBufferLists);
    UNREFERENCED_PARAMETER(ReturnFlags);
}

static VOID BenchCancelSend(NDIS_HANDLE MiniportAdapterContext, PVOID CancelId)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(CancelId);
}

static VOID BenchPnpEvent(NDIS_HANDLE MiniportAdapterContext, PNET_DEVICE_PNP_EVENT Event)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(Event);
}

static VOID BenchShutdown(NDIS_HANDLE MiniportAdapterContext, NDIS_SHUTDOWN_ACTION ShutdownAction)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(ShutdownAction);
}

static VOID BenchUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    NdisMDeregisterMiniportDriver(BenchDriver);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_MINIPORT_DRIVER_CHARACTERISTICS c;

    NdisZeroMemory(&c, sizeof(c));
    c.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS;
    c.Header.Revision = NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
    c.Header.Size = NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
    c.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
    c.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;
    c.MajorDriverVersion = 1;
    c.InitializeHandlerEx = BenchInitialize;
    c.HaltHandlerEx = BenchHalt;
    c.UnloadHandler = BenchUnload;
    c.PauseHandler = BenchPause;
    c.RestartHandler = BenchRestart;
    c.OidRequestHandler = BenchOidRequest;
    c.CancelOidRequestHandler = BenchCancelOid;
    c.SendNetBufferListsHandler = BenchSendLists;
    c.ReturnNetBufferListsHandler = BenchReturn;
    c.CancelSendHandler = BenchCancelSend;
    c.DevicePnPEventNotifyHandler = BenchPnpEvent;
    c.ShutdownHandlerEx = BenchShutdown;
    return NdisMRegisterMiniportDriver(DriverObject, RegistryPath, NULL, &c, &BenchDriver);
}
