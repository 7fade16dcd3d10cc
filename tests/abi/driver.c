/* SPDX-License-Identifier: MIT */
/*
 * driver.c - a miniport without hardware, compiled as C and as C++ as a driver is: it uses each
 * part of the headers once and is never run
 */
#include <ndis.h>
#include <ntintsafe.h>
#include <ntstrsafe.h>

#define TAG        'abiT'
#define RING_BYTES 4096u

#ifdef __cplusplus
extern "C" {
#endif
DRIVER_INITIALIZE DriverEntry;
#ifdef __cplusplus
}
#endif

typedef struct _ADAPTER {
    NDIS_HANDLE Handle;
    NDIS_HANDLE Dma;
    NDIS_HANDLE Interrupt;
    NDIS_HANDLE Pool;
    NDIS_SPIN_LOCK Lock;
    LIST_ENTRY Queue;
    PVOID Registers;
    PVOID Ring;
    NDIS_PHYSICAL_ADDRESS RingAddress;
    ULONG ListBytes;
    volatile LONG Sends;
    UCHAR Address[ETH_LENGTH_OF_ADDRESS];
} ADAPTER, *PADAPTER;

static NDIS_HANDLE Driver;

static MINIPORT_INITIALIZE Initialize;
static MINIPORT_HALT Halt;
static MINIPORT_UNLOAD Unload;
static MINIPORT_PAUSE Pause;
static MINIPORT_RESTART Restart;
static MINIPORT_OID_REQUEST OidRequest;
static MINIPORT_SEND_NET_BUFFER_LISTS Send;
static MINIPORT_RETURN_NET_BUFFER_LISTS Return;
static MINIPORT_CANCEL_SEND CancelSend;
static MINIPORT_DEVICE_PNP_EVENT_NOTIFY PnPEvent;
static MINIPORT_SHUTDOWN Shutdown;
static MINIPORT_CANCEL_OID_REQUEST CancelOid;
static MINIPORT_ISR Isr;
static MINIPORT_INTERRUPT_DPC InterruptDpc;
static MINIPORT_PROCESS_SG_LIST ProcessSgList;
static MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE SharedMemoryComplete;

static NDIS_OID Oids[] = {OID_GEN_STATISTICS, OID_GEN_CURRENT_PACKET_FILTER,
                          OID_802_3_MULTICAST_LIST};

static ULONG ReadKeyword(NDIS_HANDLE Configuration, PNDIS_STRING Name, ULONG Default)
{
    PNDIS_CONFIGURATION_PARAMETER value;
    NDIS_STATUS status;

    NdisReadConfiguration(&status, &value, Configuration, Name, NdisParameterInteger);
    return status == NDIS_STATUS_SUCCESS ? value->ParameterData.IntegerData : Default;
}

static NDIS_STATUS Configure(PADAPTER Adapter)
{
    static NDIS_STRING speed = NDIS_STRING_CONST("*SpeedDuplex");
    NDIS_CONFIGURATION_OBJECT object;
    NDIS_HANDLE configuration;
    NDIS_STATUS status;
    PVOID address;
    UINT length;

    NdisZeroMemory(&object, sizeof(object));
    object.Header.Type = NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT;
    object.Header.Revision = NDIS_CONFIGURATION_OBJECT_REVISION_1;
    object.Header.Size = NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1;
    object.NdisHandle = Adapter->Handle;
    status = NdisOpenConfigurationEx(&object, &configuration);
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    DbgPrint("speed %u\n", ReadKeyword(configuration, &speed, 0));
    NdisReadNetworkAddress(&status, &address, &length, configuration);
    if (status == NDIS_STATUS_SUCCESS && length == ETH_LENGTH_OF_ADDRESS &&
        !ETH_IS_MULTICAST(address)) {
        ETH_COPY_NETWORK_ADDRESS(Adapter->Address, address);
    }
    NdisCloseConfiguration(configuration);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS SetAttributes(PADAPTER Adapter)
{
    NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes;
    NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES *r = &attributes.RegistrationAttributes;
    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *g = &attributes.GeneralAttributes;
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
    g->XmitLinkSpeed = NDIS_LINK_SPEED_UNKNOWN;
    g->MediaConnectState = MediaConnectStateUnknown;
    g->MacOptions = NDIS_MAC_OPTION_NO_LOOPBACK;
    g->SupportedPacketFilters = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_BROADCAST;
    g->MacAddressLength = ETH_LENGTH_OF_ADDRESS;
    NdisMoveMemory(g->CurrentMacAddress, Adapter->Address, ETH_LENGTH_OF_ADDRESS);
    g->AccessType = NET_IF_ACCESS_BROADCAST;
    g->IfType = IF_TYPE_ETHERNET_CSMACD;
    g->SupportedOidList = Oids;
    g->SupportedOidListLength = sizeof(Oids);
    return NdisMSetMiniportAttributes(Adapter->Handle, &attributes);
}

static NDIS_STATUS SetUpDma(PADAPTER Adapter)
{
    NDIS_SG_DMA_DESCRIPTION description;
    NDIS_STATUS status;

    NdisZeroMemory(&description, sizeof(description));
    description.Header.Type = NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION;
    description.Header.Revision = NDIS_SG_DMA_DESCRIPTION_REVISION_1;
    description.Header.Size = NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1;
    description.Flags = NDIS_SG_DMA_64_BIT_ADDRESS;
    description.MaximumPhysicalMapping = 1514;
    description.ProcessSGListHandler = ProcessSgList;
    description.SharedMemAllocateCompleteHandler = SharedMemoryComplete;
    status = NdisMRegisterScatterGatherDma(Adapter->Handle, &description, &Adapter->Dma);
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    Adapter->ListBytes = description.ScatterGatherListSize;
    NdisMAllocateSharedMemory(Adapter->Handle, RING_BYTES, TRUE, &Adapter->Ring,
                              &Adapter->RingAddress);
    if (Adapter->Ring == NULL) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 1, RING_BYTES);
        return NDIS_STATUS_RESOURCES;
    }
    return NdisMAllocateSharedMemoryAsyncEx(Adapter->Dma, RING_BYTES, TRUE, Adapter) ==
                   NDIS_STATUS_PENDING
               ? NDIS_STATUS_SUCCESS
               : NDIS_STATUS_FAILURE;
}

static NDIS_STATUS MapRegisters(PADAPTER Adapter, PNDIS_RESOURCE_LIST Resources)
{
    ULONG i;

    for (i = 0; Resources != NULL && i < Resources->Count; i++) {
        PCM_PARTIAL_RESOURCE_DESCRIPTOR d = &Resources->PartialDescriptors[i];

        if (d->Type == CmResourceTypeMemory) {
            return NdisMMapIoSpace(&Adapter->Registers, Adapter->Handle, d->u.Memory.Start,
                                   d->u.Memory.Length);
        }
    }
    return NDIS_STATUS_RESOURCE_CONFLICT;
}

static NDIS_STATUS RegisterInterrupt(PADAPTER Adapter)
{
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS c;

    NdisZeroMemory(&c, sizeof(c));
    c.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    c.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    c.Header.Size = NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    c.InterruptHandler = Isr;
    c.InterruptDpcHandler = InterruptDpc;
    return NdisMRegisterInterruptEx(Adapter->Handle, Adapter, &c, &Adapter->Interrupt);
}

static NDIS_STATUS Initialize(NDIS_HANDLE Handle, NDIS_HANDLE DriverContext,
                              PNDIS_MINIPORT_INIT_PARAMETERS Parameters)
{
    PADAPTER adapter;
    ULONG bytes;
    NDIS_STATUS status;

    UNREFERENCED_PARAMETER(DriverContext);
    PAGED_CODE();
    if (!NT_SUCCESS(RtlULongAdd(sizeof(ADAPTER), 64, &bytes))) {
        return NDIS_STATUS_FAILURE;
    }
    adapter = (PADAPTER)NdisAllocateMemoryWithTagPriority(Handle, bytes, TAG, NormalPoolPriority);
    if (adapter == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    NdisZeroMemory(adapter, bytes);
    adapter->Handle = Handle;
    NdisAllocateSpinLock(&adapter->Lock);
    InitializeListHead(&adapter->Queue);
    status = Configure(adapter);
    if (status == NDIS_STATUS_SUCCESS) {
        status = SetAttributes(adapter);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = SetUpDma(adapter);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = MapRegisters(adapter, Parameters->AllocatedResources);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = RegisterInterrupt(adapter);
    }
    return status;
}

static VOID Halt(NDIS_HANDLE Context, NDIS_HALT_ACTION Action)
{
    PADAPTER adapter = (PADAPTER)Context;

    UNREFERENCED_PARAMETER(Action);
    NdisMDeregisterInterruptEx(adapter->Interrupt);
    NdisMFreeSharedMemory(adapter->Handle, RING_BYTES, TRUE, adapter->Ring, adapter->RingAddress);
    NdisMDeregisterScatterGatherDma(adapter->Dma);
    NdisFreeSpinLock(&adapter->Lock);
    NdisFreeMemory(adapter, 0, 0);
}

static VOID ProcessSgList(PDEVICE_OBJECT Device, PVOID Reserved, PSCATTER_GATHER_LIST List,
                          PVOID Context)
{
    PNET_BUFFER nb = (PNET_BUFFER)Context;
    ULONG skip = NET_BUFFER_CURRENT_MDL_OFFSET(nb);
    ULONG i;

    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Reserved);
    for (i = 0; i < List->NumberOfElements; i++) {
        if (List->Elements[i].Length <= skip) {
            skip -= List->Elements[i].Length;
            continue;
        }
        NET_BUFFER_MINIPORT_RESERVED(nb)[0] = List;
        KeMemoryBarrier();
        skip = 0;
    }
}

static VOID SharedMemoryComplete(NDIS_HANDLE Context, PVOID Address,
                                 PNDIS_PHYSICAL_ADDRESS Physical, ULONG Length, PVOID Own)
{
    PADAPTER adapter = (PADAPTER)Context;

    UNREFERENCED_PARAMETER(Own);
    if (Address != NULL) {
        NdisMFreeSharedMemory(adapter->Handle, Length, TRUE, Address, *Physical);
    }
}

static NDIS_STATUS SendOne(PADAPTER Adapter, PNET_BUFFER NetBuffer)
{
    KIRQL irql;
    NDIS_STATUS status;

    NDIS_RAISE_IRQL_TO_DISPATCH(&irql);
    status = NdisMAllocateNetBufferSGList(Adapter->Dma, NetBuffer, NetBuffer,
                                          NDIS_SG_LIST_WRITE_TO_DEVICE, NULL, 0);
    if (status == NDIS_STATUS_SUCCESS) {
        NdisMFreeNetBufferSGList(Adapter->Dma,
                                 (PSCATTER_GATHER_LIST)NET_BUFFER_MINIPORT_RESERVED(NetBuffer)[0],
                                 NetBuffer);
    }
    NDIS_LOWER_IRQL(irql, DISPATCH_LEVEL);
    return status;
}

static VOID Send(NDIS_HANDLE Context, PNET_BUFFER_LIST Lists, NDIS_PORT_NUMBER Port,
                 ULONG SendFlags)
{
    PADAPTER adapter = (PADAPTER)Context;
    ULONG flags = 0;
    PNET_BUFFER_LIST nbl;
    PNET_BUFFER nb;

    UNREFERENCED_PARAMETER(Port);
    for (nbl = Lists; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
        NDIS_NET_BUFFER_LIST_8021Q_INFO tag;

        tag.Value = NET_BUFFER_LIST_INFO(nbl, Ieee8021QNetBufferListInfo);
        NET_BUFFER_LIST_STATUS(nbl) =
            tag.TagHeader.VlanId == 0 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_NOT_SUPPORTED;
        for (nb = NET_BUFFER_LIST_FIRST_NB(nbl); nb != NULL; nb = NET_BUFFER_NEXT_NB(nb)) {
            if (SendOne(adapter, nb) != NDIS_STATUS_SUCCESS) {
                NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_RESOURCES;
            }
            (void)NdisInterlockedIncrement(&adapter->Sends);
        }
    }
    if (NDIS_TEST_SEND_AT_DISPATCH_LEVEL(SendFlags)) {
        NDIS_SET_SEND_COMPLETE_FLAG(flags, NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL);
    }
    NdisMSendNetBufferListsComplete(adapter->Handle, Lists, flags);
}

static VOID Return(NDIS_HANDLE Context, PNET_BUFFER_LIST Lists, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Flags);
    NET_BUFFER_LIST_SET_HASH_TYPE(Lists, NDIS_HASH_IPV4);
    NdisFreeNetBufferList(Lists);
}

static BOOLEAN Isr(NDIS_HANDLE Context, PBOOLEAN QueueDpc, PULONG Processors)
{
    PADAPTER adapter = (PADAPTER)Context;
    ULONG cause;

    *Processors = 0;
    NdisReadRegisterUlong((PUCHAR)adapter->Registers + 0xC0, &cause);
    NdisWriteRegisterUlong((PUCHAR)adapter->Registers + 0xD8, 0xFFFFFFFF);
    *QueueDpc = (BOOLEAN)(cause != 0);
    return *QueueDpc;
}

static VOID InterruptDpc(NDIS_HANDLE Context, PVOID DpcContext, PVOID Throttle, PVOID Reserved)
{
    PADAPTER adapter = (PADAPTER)Context;

    UNREFERENCED_PARAMETER(DpcContext);
    UNREFERENCED_PARAMETER(Reserved);
    ((PNDIS_RECEIVE_THROTTLE_PARAMETERS)Throttle)->MoreNblsPending = FALSE;
    NdisDprAcquireSpinLock(&adapter->Lock);
    while (!IsListEmpty(&adapter->Queue)) {
        (void)RemoveHeadList(&adapter->Queue);
    }
    NdisDprReleaseSpinLock(&adapter->Lock);
}

static NDIS_STATUS Pause(NDIS_HANDLE Context, PNDIS_MINIPORT_PAUSE_PARAMETERS Parameters)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Parameters);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS Restart(NDIS_HANDLE Context, PNDIS_MINIPORT_RESTART_PARAMETERS Parameters)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Parameters);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS OidRequest(NDIS_HANDLE Context, PNDIS_OID_REQUEST Request)
{
    char text[32];

    UNREFERENCED_PARAMETER(Context);
    if (NT_SUCCESS(RtlStringCbPrintfA(text, sizeof(text), "oid %08x",
                                      Request->DATA.QUERY_INFORMATION.Oid))) {
        KdPrint(("%s\n", text));
    }
    return NDIS_STATUS_NOT_SUPPORTED;
}

static VOID CancelSend(NDIS_HANDLE Context, PVOID CancelId)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(CancelId);
}

static VOID CancelOid(NDIS_HANDLE Context, PVOID RequestId)
{
    UNREFERENCED_PARAMETER(Context);
    ASSERT(RequestId != NULL);
}

static VOID PnPEvent(NDIS_HANDLE Context, PNET_DEVICE_PNP_EVENT Event)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Event);
}

static VOID Shutdown(NDIS_HANDLE Context, NDIS_SHUTDOWN_ACTION Action)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Action);
}

static VOID Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    NdisMDeregisterMiniportDriver(Driver);
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
    c.InitializeHandlerEx = Initialize;
    c.HaltHandlerEx = Halt;
    c.UnloadHandler = Unload;
    c.PauseHandler = Pause;
    c.RestartHandler = Restart;
    c.OidRequestHandler = OidRequest;
    c.SendNetBufferListsHandler = Send;
    c.ReturnNetBufferListsHandler = Return;
    c.CancelSendHandler = CancelSend;
    c.DevicePnPEventNotifyHandler = PnPEvent;
    c.ShutdownHandlerEx = Shutdown;
    c.CancelOidRequestHandler = CancelOid;
    return NdisMRegisterMiniportDriver(DriverObject, RegistryPath, NULL, &c, &Driver);
}
