/* SPDX-License-Identifier: MIT */
/* DriverEntry, MiniportInitializeEx, MiniportHaltEx, the card's registers. */
#include "seeded.h"

#ifndef SEEDED_NDIS_MAJOR
#define SEEDED_NDIS_MAJOR 6
#endif

#ifdef SEEDED_MISSING
VOID NdisSeededNobodyHasThis(NDIS_HANDLE Handle);
#endif

DRIVER_INITIALIZE DriverEntry;
static MINIPORT_UNLOAD Unload;
static MINIPORT_INITIALIZE Initialize;
static MINIPORT_HALT Halt;

static NDIS_HANDLE DriverHandle;
static BOOLEAN CrashAtEnd; /* Bug = destructor: no rule, but the run must not look fine */

static __attribute__((destructor)) VOID AtEnd(VOID)
{
    if (CrashAtEnd) {
        __builtin_trap();
    }
}

/* --- the card --- */

/* rings are empty afterwards and the card runs; interrupts are on when there is one. Lock held, or
 * nobody else runs */
VOID SeededHardwareStart(PSEEDED Adapter)
{
    ULONG64 tx = (ULONG64)Adapter->TxBlock.Pa.QuadPart, rx = (ULONG64)Adapter->RxBlock.Pa.QuadPart;

    SeededWrite(Adapter, REG_CTRL, CTRL_SLU);
    SeededWrite(Adapter, REG_RFCTL, RFCTL_ACK_DIS);
    SeededWrite(Adapter, REG_RXCSUM, 0);
    SeededWrite(Adapter, REG_EIAC, 0);
    SeededWrite(Adapter, REG_IVAR, IVAR_ALL_TO_0);
    SeededWrite(Adapter, REG_TDBAL, (ULONG)tx);
    SeededWrite(Adapter, REG_TDBAH, (ULONG)(tx >> 32));
    SeededWrite(Adapter, REG_TDLEN, TX_RING * (ULONG)sizeof(SEEDED_TX_DESC));
    SeededWrite(Adapter, REG_TDH, 0);
    SeededWrite(Adapter, REG_TDT, 0);
    SeededWrite(Adapter, REG_TXDCTL, TXDCTL_PROMPT);
    SeededWrite(Adapter, REG_TARC, TARC_ENABLE);
    SeededTxReset(Adapter);
    SeededWrite(Adapter, REG_TCTL, TCTL_ON);
    SeededWrite(Adapter, REG_RDBAL, (ULONG)rx);
    SeededWrite(Adapter, REG_RDBAH, (ULONG)(rx >> 32));
    SeededWrite(Adapter, REG_RDLEN, RX_RING * (ULONG)sizeof(SEEDED_RX_DESC));
    SeededWrite(Adapter, REG_RDH, 0);
    SeededWrite(Adapter, REG_RDT, 0);
    SeededWrite(Adapter, REG_RCTL, RCTL_EN_ALL);
    SeededRxReset(Adapter);
    if (Adapter->Interrupt != NULL) {
        SeededWrite(Adapter, REG_IMS, INT_MASK);
    }
}

/* no interrupts and no DMA from here on */
VOID SeededHardwareStop(PSEEDED Adapter)
{
    if (Adapter->Registers == NULL || Adapter->Gone) {
        return;
    }
    SeededWrite(Adapter, REG_IMC, 0xffffffffu);
    SeededWrite(Adapter, REG_RCTL, 0);
    SeededWrite(Adapter, REG_TCTL, 0);
    SeededWrite(Adapter, REG_CTRL, CTRL_RST);
    NdisStallExecution(10);
    SeededWrite(Adapter, REG_IMC, 0xffffffffu);
}

static NDIS_STATUS MapRegisters(PSEEDED Adapter, PNDIS_RESOURCE_LIST Resources)
{
    NDIS_STATUS status;
    PVOID va = NULL;
    ULONG i, low, high;

    for (i = 0; Resources != NULL && i < Resources->Count; i++) {
        if (Resources->PartialDescriptors[i].Type == CmResourceTypeMemory) {
            break;
        }
    }
    if (Resources == NULL || i == Resources->Count) {
        return NDIS_STATUS_RESOURCE_CONFLICT;
    }
    status = NdisMMapIoSpace(&va, Adapter->Handle, Resources->PartialDescriptors[i].u.Memory.Start,
                             SEEDED_BAR_BYTES);
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    Adapter->Registers = va;
    low = SeededRead(Adapter, REG_RAL0);
    high = SeededRead(Adapter, REG_RAH0);
    for (i = 0; i < 6; i++) {
        Adapter->Mac[i] = (UCHAR)((i < 4 ? low >> (8 * i) : high >> (8 * (i - 4))) & 0xff);
    }
    return NDIS_STATUS_SUCCESS;
}

/* --- configuration and attributes --- */

static VOID ReadBug(PSEEDED Adapter)
{
    NDIS_STRING keyword = NDIS_STRING_CONST("Bug");
    PNDIS_CONFIGURATION_PARAMETER value;
    NDIS_CONFIGURATION_OBJECT object;
    NDIS_HANDLE handle;
    NDIS_STATUS status;
    ULONG i;

    NdisZeroMemory(&object, sizeof(object));
    object.Header.Type = NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT;
    object.Header.Revision = NDIS_CONFIGURATION_OBJECT_REVISION_1;
    object.Header.Size = NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1;
    object.NdisHandle = Adapter->Handle;
    if (NdisOpenConfigurationEx(&object, &handle) != NDIS_STATUS_SUCCESS) {
        return;
    }
    NdisReadConfiguration(&status, &value, handle, &keyword, NdisParameterString);
    if (status == NDIS_STATUS_SUCCESS && value->ParameterType == NdisParameterString) {
        for (i = 0;
             i < value->ParameterData.StringData.Length / sizeof(WCHAR) && i + 1 < SEEDED_BUG_BYTES;
             i++) {
            Adapter->Bug[i] = (CHAR)value->ParameterData.StringData.Buffer[i];
        }
    }
    NdisCloseConfiguration(handle);
}

static NDIS_STATUS SetRegistration(PSEEDED Adapter)
{
    NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES r;

    NdisZeroMemory(&r, sizeof(r));
    r.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
    r.Header.Revision = NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_2;
    r.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_2;
    r.MiniportAdapterContext = Adapter;
    r.AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE |
                       NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK |
                       NDIS_MINIPORT_ATTRIBUTES_NO_HALT_ON_SUSPEND;
    if (!SeededBug(Adapter, "sg-register-not-busmaster") &&
        !SeededBug(Adapter, "seed-dmachannel-for-async")) {
        r.AttributeFlags |= NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER;
    }
    r.CheckForHangTimeInSeconds = 2;
    r.InterfaceType =
        SeededBug(Adapter, "seed-dmachannel-for-async") ? NdisInterfaceIsa : NdisInterfacePci;
    return NdisMSetMiniportAttributes(Adapter->Handle, (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&r);
}

static NDIS_STATUS SetGeneral(PSEEDED Adapter)
{
    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES g;
    NDIS_RECEIVE_SCALE_CAPABILITIES scaling;

    if (SeededBug(Adapter, "init-without-general-attributes")) {
        return NDIS_STATUS_SUCCESS;
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
    g.MacOptions = NDIS_MAC_OPTION_COPY_LOOKAHEAD_DATA | NDIS_MAC_OPTION_TRANSFERS_NOT_PEND |
                   NDIS_MAC_OPTION_NO_LOOPBACK;
    g.SupportedPacketFilters = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST |
                               NDIS_PACKET_TYPE_ALL_MULTICAST | NDIS_PACKET_TYPE_BROADCAST |
                               NDIS_PACKET_TYPE_PROMISCUOUS;
    g.MaxMulticastListSize = 32;
    g.MacAddressLength = 6;
    NdisMoveMemory(g.PermanentMacAddress, Adapter->Mac, 6);
    NdisMoveMemory(g.CurrentMacAddress, Adapter->Mac, 6);
    g.AccessType = NET_IF_ACCESS_BROADCAST;
    g.DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
    g.ConnectionType = NET_IF_CONNECTION_DEDICATED;
    g.IfType = IF_TYPE_ETHERNET_CSMACD;
    g.IfConnectorPresent = TRUE;
    g.SupportedStatistics = NDIS_STATISTICS_XMIT_OK_SUPPORTED | NDIS_STATISTICS_RCV_OK_SUPPORTED;
    g.RecvScaleCapabilities = SeededRssCapabilities(Adapter, &scaling);
    g.SupportedOidList = SeededOids;
    g.SupportedOidListLength = SeededOidsLength;
    return NdisMSetMiniportAttributes(Adapter->Handle, (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&g);
}

/* --- initialize and halt --- */

static NDIS_STATUS CreatePool(PSEEDED Adapter)
{
    NET_BUFFER_LIST_POOL_PARAMETERS p;

    NdisZeroMemory(&p, sizeof(p));
    p.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    p.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    p.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    p.fAllocateNetBuffer = TRUE;
    p.PoolTag = SEEDED_TAG;
    Adapter->NblPool = NdisAllocateNetBufferListPool(Adapter->Handle, &p);
    return Adapter->NblPool == NULL ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
}

/* everything that a failed initialize and a halt give back, in reverse order; any part may be
 * missing */
static VOID Destroy(PSEEDED Adapter)
{
    SeededHardwareStop(Adapter);
    if (Adapter->Interrupt != NULL && !SeededBug(Adapter, "halt-missing-deregister-int")) {
        NdisMDeregisterInterruptEx(Adapter->Interrupt);
    }
    SeededMiscHalt(Adapter);
    SeededRxDestroy(Adapter);
    SeededDmaDestroy(Adapter);
    if (Adapter->NblPool != NULL) {
        NdisFreeNetBufferListPool(Adapter->NblPool);
    }
    if (Adapter->Registers != NULL) {
        NdisMUnmapIoSpace(Adapter->Handle, Adapter->Registers, SEEDED_BAR_BYTES);
    }
    NdisFreeSpinLock(&Adapter->Lock);
    NdisFreeMemoryWithTagPriority(Adapter->Handle, Adapter, SEEDED_TAG);
}

static NDIS_STATUS CreateRings(PSEEDED Adapter)
{
    NDIS_STATUS status =
        SeededAllocate(Adapter, TX_RING * (ULONG)sizeof(SEEDED_TX_DESC), &Adapter->TxBlock);

    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    Adapter->TxRing = Adapter->TxBlock.Va;
    NdisZeroMemory(Adapter->TxBlock.Va, Adapter->TxBlock.Length);
    status = SeededAllocate(Adapter, TX_SLOTS * SEEDED_OFFLOAD_ROOM, &Adapter->OffloadBlock);
    return status == NDIS_STATUS_SUCCESS ? SeededRxCreate(Adapter) : status;
}

static NDIS_STATUS Create(PSEEDED Adapter, PNDIS_RESOURCE_LIST Resources)
{
    NDIS_STATUS status;
    NDIS_HANDLE early = NULL;

    if (SeededBug(Adapter, "sg-register-before-attributes")) {
        NDIS_SG_DMA_DESCRIPTION dma;

        NdisZeroMemory(&dma, sizeof(dma));
        dma.Header.Type = NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION;
        dma.Header.Revision = NDIS_SG_DMA_DESCRIPTION_REVISION_1;
        dma.Header.Size = NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1;
        dma.MaximumPhysicalMapping = 4096;
        dma.ProcessSGListHandler = SeededProcessSGList;
        (VOID) NdisMRegisterScatterGatherDma(Adapter->Handle, &dma, &early);
    }
    status = SetRegistration(Adapter);
    if (SeededBug(Adapter, "seed-dmachannel-for-async")) {
        SeededUseChannel(Adapter);
        return NDIS_STATUS_FAILURE; /* the rest is for another card */
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = MapRegisters(Adapter, Resources);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = SetGeneral(Adapter);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = SeededOffloadAttributes(Adapter);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = CreatePool(Adapter);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = SeededDmaCreate(Adapter);
    }
    return status == NDIS_STATUS_SUCCESS ? CreateRings(Adapter) : status;
}

static NDIS_STATUS Initialize(NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE MiniportDriverContext,
                              PNDIS_MINIPORT_INIT_PARAMETERS MiniportInitParameters)
{
    PSEEDED adapter = NdisAllocateMemoryWithTagPriority(MiniportAdapterHandle, sizeof(SEEDED),
                                                        SEEDED_TAG, NormalPoolPriority);
    NDIS_STATUS status;

    UNREFERENCED_PARAMETER(MiniportDriverContext);
    if (adapter == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    NdisZeroMemory(adapter, sizeof(*adapter));
    adapter->Handle = MiniportAdapterHandle;
    adapter->WaitingEnd = &adapter->Waiting;
    NdisAllocateSpinLock(&adapter->Lock);
    ReadBug(adapter);
    status = Create(adapter, MiniportInitParameters->AllocatedResources);
    if (status == NDIS_STATUS_SUCCESS) {
        SeededHardwareStart(adapter);
        status = SeededInterruptCreate(adapter);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        SeededMiscInitialize(adapter);
    }
    if (SeededBug(adapter, "driver-refused") || SeededBug(adapter, "init-leak") ||
        SeededBug(adapter, "sg-missing-deregister-on-init-failure")) {
        status = NDIS_STATUS_FAILURE;
    }
    if (status != NDIS_STATUS_SUCCESS) {
        Destroy(adapter);
        return status;
    }
#ifdef SEEDED_MISSING
    NdisSeededNobodyHasThis(MiniportAdapterHandle);
#endif
    SeededWrite(adapter, REG_IMS, INT_MASK);
    return NDIS_STATUS_SUCCESS;
}

static VOID Halt(NDIS_HANDLE MiniportAdapterContext, NDIS_HALT_ACTION HaltAction)
{
    PSEEDED adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(HaltAction);
    CrashAtEnd = SeededBug(adapter, "destructor");
    if (SeededBug(adapter, "tx-pending-at-pause")) {
        SeededHardwareStop(adapter);
        SeededTxAbort(adapter, NDIS_STATUS_PAUSED, TRUE);
    }
    if (SeededBug(adapter, "rx-pending-at-pause")) {
        NdisMSleep(50000); /* late, the lists do come back */
    }
    Destroy(adapter);
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
    c.MajorNdisVersion = SEEDED_NDIS_MAJOR;
    c.MinorNdisVersion = SEEDED_NDIS_MAJOR == 6 ? 30 : 1;
    c.InitializeHandlerEx = Initialize;
    c.HaltHandlerEx = Halt;
    c.UnloadHandler = Unload;
    c.PauseHandler = SeededPause;
    c.RestartHandler = SeededRestart;
    c.OidRequestHandler = SeededOidRequest;
    c.CancelOidRequestHandler = SeededCancelOid;
    c.SendNetBufferListsHandler = SeededSend;
    c.CancelSendHandler = SeededCancelSend;
    c.ReturnNetBufferListsHandler = SeededReturn;
    c.CheckForHangHandlerEx = SeededCheckForHang;
    c.ResetHandlerEx = SeededReset;
    c.DevicePnPEventNotifyHandler = SeededPnPEvent;
    c.ShutdownHandlerEx = SeededShutdown;
    return (NTSTATUS)NdisMRegisterMiniportDriver(DriverObject, RegistryPath, NULL, &c,
                                                 &DriverHandle);
}
