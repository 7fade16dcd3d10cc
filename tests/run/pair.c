/* SPDX-License-Identifier: MIT */
/*
 * A miniport without hardware: what is sent through one of its adapters, all others receive. It
 * takes 802.1Q tags beside the data and hands them on there. With the keyword Hello it also
 * indicates a frame of its own, to be returned, as soon as somebody sets its packet filter.
 */
#include <ndis.h>

#define PAIR_TAG 0x72696150u
#define PAIR_MTU 1500u

#define HELLO_BYTES 60u

typedef struct _PAIR {
    NDIS_HANDLE Handle;
    NDIS_HANDLE Pool;
    struct _PAIR *Next;
    BOOLEAN Running;
    BOOLEAN Hello;
    LONG Busy; /* indications under way or not returned; changed with the lock held */
} PAIR, *PPAIR;

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
static NDIS_SPIN_LOCK Lock; /* guards what follows, and Running of each */
static PPAIR Adapters;
static UCHAR LastByte;

static NDIS_OID Oids[] = {OID_GEN_CURRENT_PACKET_FILTER, OID_GEN_CURRENT_LOOKAHEAD,
                          OID_802_3_MULTICAST_LIST};

/* --- traffic --- */

/* the next running adapter behind After that is not From; NULL: none */
static PPAIR TakePeer(PPAIR From, PPAIR After)
{
    PPAIR peer;

    NdisAcquireSpinLock(&Lock);
    peer = After == NULL ? Adapters : After->Next;
    while (peer != NULL && (peer == From || !peer->Running)) {
        peer = peer->Next;
    }
    if (peer != NULL) {
        peer->Busy++;
    }
    if (After != NULL) {
        After->Busy--;
    }
    NdisReleaseSpinLock(&Lock);
    return peer;
}

static VOID Indicate(PPAIR To, PVOID Frame, ULONG Length, PVOID Tag, ULONG Flags)
{
    PMDL mdl = NdisAllocateMdl(To->Handle, Frame, Length);
    PNET_BUFFER_LIST nbl = NULL;

    if (mdl != NULL) {
        nbl = NdisAllocateNetBufferAndNetBufferList(To->Pool, 0, 0, mdl, 0, Length);
    }
    if (nbl != NULL) {
        nbl->SourceHandle = To->Handle;
        NET_BUFFER_LIST_INFO(nbl, Ieee8021QNetBufferListInfo) = Tag;
        NdisMIndicateReceiveNetBufferLists(To->Handle, nbl, NDIS_DEFAULT_PORT_NUMBER, 1,
                                           NDIS_RECEIVE_FLAGS_RESOURCES | Flags);
        NdisFreeNetBufferList(nbl);
    }
    if (mdl != NULL) {
        NdisFreeMdl(mdl);
    }
}

static VOID Deliver(PPAIR From, PNET_BUFFER_LIST Nbl, PNET_BUFFER Nb, ULONG Flags)
{
    ULONG length = NET_BUFFER_DATA_LENGTH(Nb);
    PVOID frame =
        NdisAllocateMemoryWithTagPriority(From->Handle, length, PAIR_TAG, NormalPoolPriority);
    PVOID data = frame == NULL ? NULL : NdisGetDataBuffer(Nb, length, frame, 1, 0);

    if (data != NULL && data != frame) {
        NdisMoveMemory(frame, data, length);
    }
    for (PPAIR to = data == NULL ? NULL : TakePeer(From, NULL); to != NULL;
         to = TakePeer(From, to)) {
        Indicate(to, frame, length, NET_BUFFER_LIST_INFO(Nbl, Ieee8021QNetBufferListInfo), Flags);
    }
    if (frame != NULL) {
        NdisFreeMemory(frame, 0, 0);
    }
}

static VOID Send(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferList,
                 NDIS_PORT_NUMBER PortNumber, ULONG SendFlags)
{
    PPAIR from = MiniportAdapterContext;
    BOOLEAN high = NDIS_TEST_SEND_AT_DISPATCH_LEVEL(SendFlags);

    UNREFERENCED_PARAMETER(PortNumber);
    for (PNET_BUFFER_LIST nbl = NetBufferList; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
        for (PNET_BUFFER nb = NET_BUFFER_LIST_FIRST_NB(nbl); nb != NULL;
             nb = NET_BUFFER_NEXT_NB(nb)) {
            Deliver(from, nbl, nb, high ? NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL : 0);
        }
        NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_SUCCESS;
    }
    NdisMSendNetBufferListsComplete(from->Handle, NetBufferList,
                                    high ? NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL : 0);
}

static VOID SayHello(PPAIR Adapter)
{
    PNET_BUFFER_LIST nbl;
    PMDL mdl;
    PUCHAR frame = NdisAllocateMemoryWithTagPriority(Adapter->Handle, HELLO_BYTES, PAIR_TAG,
                                                     NormalPoolPriority);

    if (frame == NULL) {
        return;
    }
    NdisZeroMemory(frame, HELLO_BYTES);
    NdisFillMemory(frame, 6, 0xff);
    mdl = NdisAllocateMdl(Adapter->Handle, frame, HELLO_BYTES);
    nbl = mdl == NULL
              ? NULL
              : NdisAllocateNetBufferAndNetBufferList(Adapter->Pool, 0, 0, mdl, 0, HELLO_BYTES);
    if (nbl == NULL) {
        if (mdl != NULL) {
            NdisFreeMdl(mdl);
        }
        NdisFreeMemory(frame, 0, 0);
        return;
    }
    nbl->SourceHandle = Adapter->Handle;
    NdisAcquireSpinLock(&Lock);
    Adapter->Busy++;
    NdisReleaseSpinLock(&Lock);
    NdisMIndicateReceiveNetBufferLists(Adapter->Handle, nbl, NDIS_DEFAULT_PORT_NUMBER, 1, 0);
}

static VOID CancelSend(NDIS_HANDLE MiniportAdapterContext, PVOID CancelId)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(CancelId);
}

/* only of SayHello(): the others are indicated with NDIS_RECEIVE_FLAGS_RESOURCES */
static VOID Return(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferLists,
                   ULONG ReturnFlags)
{
    PPAIR adapter = MiniportAdapterContext;
    PNET_BUFFER_LIST next;

    UNREFERENCED_PARAMETER(ReturnFlags);
    for (PNET_BUFFER_LIST nbl = NetBufferLists; nbl != NULL; nbl = next) {
        PMDL mdl = NET_BUFFER_FIRST_MDL(NET_BUFFER_LIST_FIRST_NB(nbl));
        PVOID frame = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

        next = NET_BUFFER_LIST_NEXT_NBL(nbl);
        NET_BUFFER_LIST_NEXT_NBL(nbl) = NULL;
        NdisFreeNetBufferList(nbl);
        NdisFreeMdl(mdl);
        NdisFreeMemory(frame, 0, 0);
        NdisAcquireSpinLock(&Lock);
        adapter->Busy--;
        NdisReleaseSpinLock(&Lock);
    }
}

/* --- life --- */

static VOID SetRunning(PPAIR Adapter, BOOLEAN Running)
{
    NdisAcquireSpinLock(&Lock);
    Adapter->Running = Running;
    NdisReleaseSpinLock(&Lock);
}

static NDIS_STATUS Restart(NDIS_HANDLE MiniportAdapterContext,
                           PNDIS_MINIPORT_RESTART_PARAMETERS RestartParameters)
{
    UNREFERENCED_PARAMETER(RestartParameters);
    SetRunning(MiniportAdapterContext, TRUE);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS Pause(NDIS_HANDLE MiniportAdapterContext,
                         PNDIS_MINIPORT_PAUSE_PARAMETERS PauseParameters)
{
    PPAIR adapter = MiniportAdapterContext;
    BOOLEAN busy = TRUE;

    UNREFERENCED_PARAMETER(PauseParameters);
    SetRunning(adapter, FALSE);
    while (busy) {
        NdisAcquireSpinLock(&Lock);
        busy = adapter->Busy != 0;
        NdisReleaseSpinLock(&Lock);
        if (busy) {
            NdisMSleep(100);
        }
    }
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS SetAttributes(PPAIR Adapter, UCHAR Last)
{
    const UCHAR mac[6] = {0x02, 0, 0, 0, 0x77, Last};
    NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES r;
    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES g;
    NDIS_STATUS status;

    NdisZeroMemory(&r, sizeof(r));
    r.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
    r.Header.Revision = NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
    r.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
    r.MiniportAdapterContext = Adapter;
    r.AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK;
    r.InterfaceType = NdisInterfaceInternal;
    status = NdisMSetMiniportAttributes(Adapter->Handle, (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&r);
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    NdisZeroMemory(&g, sizeof(g));
    g.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES;
    g.Header.Revision = NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
    g.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
    g.MediaType = NdisMedium802_3;
    g.PhysicalMediumType = NdisPhysicalMediumUnspecified;
    g.MtuSize = PAIR_MTU;
    g.LookaheadSize = PAIR_MTU;
    g.MaxXmitLinkSpeed = g.MaxRcvLinkSpeed = g.XmitLinkSpeed = g.RcvLinkSpeed = 1000000000u;
    g.MediaConnectState = MediaConnectStateConnected;
    g.MediaDuplexState = MediaDuplexStateFull;
    g.MacOptions = NDIS_MAC_OPTION_COPY_LOOKAHEAD_DATA | NDIS_MAC_OPTION_TRANSFERS_NOT_PEND |
                   NDIS_MAC_OPTION_NO_LOOPBACK | NDIS_MAC_OPTION_8021P_PRIORITY |
                   NDIS_MAC_OPTION_8021Q_VLAN;
    g.SupportedPacketFilters = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST |
                               NDIS_PACKET_TYPE_BROADCAST | NDIS_PACKET_TYPE_PROMISCUOUS;
    g.MaxMulticastListSize = 8;
    g.MacAddressLength = sizeof(mac);
    NdisMoveMemory(g.PermanentMacAddress, mac, sizeof(mac));
    NdisMoveMemory(g.CurrentMacAddress, mac, sizeof(mac));
    g.AccessType = NET_IF_ACCESS_BROADCAST;
    g.DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
    g.ConnectionType = NET_IF_CONNECTION_DEDICATED;
    g.IfType = IF_TYPE_ETHERNET_CSMACD;
    g.SupportedOidList = Oids;
    g.SupportedOidListLength = sizeof(Oids);
    return NdisMSetMiniportAttributes(Adapter->Handle, (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&g);
}

static BOOLEAN ReadHello(NDIS_HANDLE Handle)
{
    NDIS_STRING name = NDIS_STRING_CONST("Hello");
    PNDIS_CONFIGURATION_PARAMETER value;
    NDIS_CONFIGURATION_OBJECT o;
    NDIS_HANDLE config;
    NDIS_STATUS status;

    NdisZeroMemory(&o, sizeof(o));
    o.Header.Type = NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT;
    o.Header.Revision = NDIS_CONFIGURATION_OBJECT_REVISION_1;
    o.Header.Size = NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1;
    o.NdisHandle = Handle;
    if (NdisOpenConfigurationEx(&o, &config) != NDIS_STATUS_SUCCESS) {
        return FALSE;
    }
    NdisReadConfiguration(&status, &value, config, &name, NdisParameterInteger);
    NdisCloseConfiguration(config);
    return status == NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS Initialize(NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE MiniportDriverContext,
                              PNDIS_MINIPORT_INIT_PARAMETERS MiniportInitParameters)
{
    PPAIR adapter = NdisAllocateMemoryWithTagPriority(MiniportAdapterHandle, sizeof(PAIR), PAIR_TAG,
                                                      NormalPoolPriority);
    NET_BUFFER_LIST_POOL_PARAMETERS p;
    NDIS_STATUS status;

    UNREFERENCED_PARAMETER(MiniportDriverContext);
    UNREFERENCED_PARAMETER(MiniportInitParameters);
    if (adapter == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    NdisZeroMemory(adapter, sizeof(*adapter));
    adapter->Handle = MiniportAdapterHandle;
    adapter->Hello = ReadHello(MiniportAdapterHandle);
    status = SetAttributes(adapter, ++LastByte);
    if (status == NDIS_STATUS_SUCCESS) {
        NdisZeroMemory(&p, sizeof(p));
        p.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
        p.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
        p.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
        p.fAllocateNetBuffer = TRUE;
        p.PoolTag = PAIR_TAG;
        adapter->Pool = NdisAllocateNetBufferListPool(MiniportAdapterHandle, &p);
        status = adapter->Pool == NULL ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
    }
    if (status != NDIS_STATUS_SUCCESS) {
        NdisFreeMemory(adapter, 0, 0);
        return status;
    }
    NdisAcquireSpinLock(&Lock);
    adapter->Next = Adapters;
    Adapters = adapter;
    NdisReleaseSpinLock(&Lock);
    return NDIS_STATUS_SUCCESS;
}

static VOID Halt(NDIS_HANDLE MiniportAdapterContext, NDIS_HALT_ACTION HaltAction)
{
    PPAIR adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(HaltAction);
    NdisAcquireSpinLock(&Lock);
    for (PPAIR *at = &Adapters; *at != NULL; at = &(*at)->Next) {
        if (*at == adapter) {
            *at = adapter->Next;
            break;
        }
    }
    NdisReleaseSpinLock(&Lock);
    NdisFreeNetBufferListPool(adapter->Pool);
    NdisFreeMemory(adapter, 0, 0);
}

static NDIS_STATUS OidRequest(NDIS_HANDLE MiniportAdapterContext, PNDIS_OID_REQUEST Request)
{
    PPAIR adapter = MiniportAdapterContext;

    if (Request->RequestType != NdisRequestSetInformation) {
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    if (Request->DATA.SET_INFORMATION.Oid == OID_GEN_CURRENT_PACKET_FILTER && adapter->Hello &&
        adapter->Running) {
        adapter->Hello = FALSE;
        SayHello(adapter);
    }
    switch (Request->DATA.SET_INFORMATION.Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
    case OID_GEN_CURRENT_LOOKAHEAD:
    case OID_802_3_MULTICAST_LIST:
        Request->DATA.SET_INFORMATION.BytesRead =
            Request->DATA.SET_INFORMATION.InformationBufferLength;
        return NDIS_STATUS_SUCCESS;
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

static VOID CancelOid(NDIS_HANDLE MiniportAdapterContext, PVOID RequestId)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(RequestId);
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
    NdisFreeSpinLock(&Lock);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_MINIPORT_DRIVER_CHARACTERISTICS c;

    NdisAllocateSpinLock(&Lock);
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
