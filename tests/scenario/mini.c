/* SPDX-License-Identifier: MIT */
/* The miniport: registration, initialize, halt, unload. The rest is in mini_run.c. */
#include "mini_int.h"

#define TAG 'iniM'
#define HEADER(x, type, revision, size)                                                            \
    do {                                                                                           \
        (x).Header.Type = (type);                                                                  \
        (x).Header.Revision = (revision);                                                          \
        (x).Header.Size = (size);                                                                  \
    } while (0)

struct mini_knobs mini_knobs;
struct mini_state mini;

static NDIS_OID oids[] = {
    OID_GEN_SUPPORTED_LIST,
    OID_GEN_HARDWARE_STATUS,
    OID_GEN_TRANSMIT_BUFFER_SPACE,
    OID_GEN_RECEIVE_BUFFER_SPACE,
    OID_GEN_TRANSMIT_BLOCK_SIZE,
    OID_GEN_RECEIVE_BLOCK_SIZE,
    OID_GEN_VENDOR_ID,
    OID_GEN_VENDOR_DESCRIPTION,
    OID_GEN_VENDOR_DRIVER_VERSION,
    OID_GEN_CURRENT_PACKET_FILTER,
    OID_GEN_CURRENT_LOOKAHEAD,
    OID_GEN_MAXIMUM_TOTAL_SIZE,
    OID_GEN_STATISTICS,
    OID_GEN_XMIT_OK,
    OID_GEN_RCV_OK,
    OID_GEN_INTERRUPT_MODERATION,
    OID_802_3_MULTICAST_LIST,
    OID_GEN_MACHINE_NAME,
};

void mini_reset(void)
{
    NdisZeroMemory(&mini_knobs, sizeof(mini_knobs));
    NdisZeroMemory(&mini, sizeof(mini));
    mini_knobs.minor = 30;
    mini_knobs.take = MINI_NBL_POOL;
}

/* --- attributes --- */

static NDIS_STATUS set_registration(NDIS_HANDLE adapter)
{
    NDIS_MINIPORT_ADAPTER_ATTRIBUTES at;

    NdisZeroMemory(&at, sizeof(at));
    HEADER(at.RegistrationAttributes, NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES,
           NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1,
           NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1);
    at.RegistrationAttributes.MiniportAdapterContext = &mini;
    at.RegistrationAttributes.AttributeFlags =
        NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE | NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER;
    at.RegistrationAttributes.InterfaceType = NdisInterfacePci;
    return NdisMSetMiniportAttributes(adapter, &at);
}

static NDIS_STATUS set_general(NDIS_HANDLE adapter)
{
    static const UCHAR mac[6] = {0x02, 0, 0, 0, 0, 0x2A};
    NDIS_MINIPORT_ADAPTER_ATTRIBUTES at;

    NdisZeroMemory(&at, sizeof(at));
    HEADER(at.GeneralAttributes, NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES,
           NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2,
           NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2);
    at.GeneralAttributes.MediaType = NdisMedium802_3;
    at.GeneralAttributes.PhysicalMediumType = NdisPhysicalMedium802_3;
    at.GeneralAttributes.MtuSize = 1500;
    at.GeneralAttributes.MaxXmitLinkSpeed = at.GeneralAttributes.XmitLinkSpeed = 1000000000;
    at.GeneralAttributes.MaxRcvLinkSpeed = at.GeneralAttributes.RcvLinkSpeed = 1000000000;
    at.GeneralAttributes.MediaConnectState = MediaConnectStateConnected;
    at.GeneralAttributes.MediaDuplexState = MediaDuplexStateFull;
    at.GeneralAttributes.LookaheadSize = 1500;
    at.GeneralAttributes.MacOptions = NDIS_MAC_OPTION_NO_LOOPBACK;
    at.GeneralAttributes.SupportedPacketFilters =
        NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST | NDIS_PACKET_TYPE_BROADCAST |
        NDIS_PACKET_TYPE_PROMISCUOUS;
    at.GeneralAttributes.MaxMulticastListSize = 8;
    at.GeneralAttributes.MacAddressLength = 6;
    NdisMoveMemory(at.GeneralAttributes.PermanentMacAddress, mac, 6);
    NdisMoveMemory(at.GeneralAttributes.CurrentMacAddress, mac, 6);
    at.GeneralAttributes.SupportedOidList = oids;
    at.GeneralAttributes.SupportedOidListLength = sizeof(oids);
    return NdisMSetMiniportAttributes(adapter, &at);
}

/* --- what it takes --- */

static BOOLEAN takes(ULONG what)
{
    return (BOOLEAN)((mini_knobs.take & what) != 0);
}

static NDIS_STATUS take_receive(void)
{
    NET_BUFFER_LIST_POOL_PARAMETERS p;
    ULONG i;

    NdisZeroMemory(&p, sizeof(p));
    HEADER(p, NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
           NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1);
    p.fAllocateNetBuffer = TRUE;
    p.PoolTag = TAG;
    mini.pool = NdisAllocateNetBufferListPool(mini.adapter, &p);
    mini.rx_data = NdisAllocateMemoryWithTagPriority(mini.adapter, MINI_RX * MINI_FRAME, TAG,
                                                     NormalPoolPriority);
    if (mini.pool == NULL || mini.rx_data == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    NdisZeroMemory(mini.rx_data, MINI_RX * MINI_FRAME);
    for (i = 0; i < MINI_RX; i++) {
        mini.rx_mdl[i] = NdisAllocateMdl(mini.adapter, mini.rx_data + i * MINI_FRAME, MINI_FRAME);
        if (mini.rx_mdl[i] == NULL) {
            return NDIS_STATUS_RESOURCES;
        }
        mini.rx[i] =
            NdisAllocateNetBufferAndNetBufferList(mini.pool, 0, 0, mini.rx_mdl[i], 0, MINI_FRAME);
        if (mini.rx[i] == NULL) {
            return NDIS_STATUS_RESOURCES;
        }
        mini.rx[i]->SourceHandle = mini.adapter;
    }
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS take_timer(void)
{
    NDIS_TIMER_CHARACTERISTICS c;

    NdisZeroMemory(&c, sizeof(c));
    HEADER(c, NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS, NDIS_TIMER_CHARACTERISTICS_REVISION_1,
           NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1);
    c.AllocationTag = TAG;
    c.TimerFunction = mini_timer;
    return NdisAllocateTimerObject(mini.adapter, &c, &mini.timer);
}

static NDIS_STATUS take_config(void)
{
    NDIS_CONFIGURATION_OBJECT o;

    NdisZeroMemory(&o, sizeof(o));
    HEADER(o, NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT, NDIS_CONFIGURATION_OBJECT_REVISION_1,
           NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1);
    o.NdisHandle = mini.adapter;
    return NdisOpenConfigurationEx(&o, &mini.config);
}

static NDIS_STATUS take_interrupt(void)
{
    NdisZeroMemory(&mini.ic, sizeof(mini.ic));
    HEADER(mini.ic, NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT, NDIS_MINIPORT_INTERRUPT_REVISION_1,
           NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1);
    mini.ic.InterruptHandler = mini_isr;
    mini.ic.InterruptDpcHandler = mini_dpc;
    mini.ic.DisableInterruptHandler = mini_knobs.no_enable ? NULL : mini_disable;
    mini.ic.EnableInterruptHandler = mini_knobs.no_enable ? NULL : mini_enable;
    mini.ic.MsiSupported = mini_knobs.msi;
    mini.ic.MsiSyncWithAllMessages = mini_knobs.msi_sync;
    if (mini_knobs.msi) {
        mini.ic.MessageInterruptHandler = mini_message_isr;
        mini.ic.MessageInterruptDpcHandler = mini_message_dpc;
        mini.ic.DisableMessageInterruptHandler = mini_message_disable;
        mini.ic.EnableMessageInterruptHandler = mini_message_enable;
    }
    mini.interrupt_status =
        NdisMRegisterInterruptEx(mini.adapter, &mini, &mini.ic, &mini.interrupt);
    return mini.interrupt_status;
}

static NDIS_STATUS take_hardware(PNDIS_RESOURCE_LIST list)
{
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;
    ULONG i;

    mini.resources = list->Count;
    for (i = 0; i < list->Count && status == NDIS_STATUS_SUCCESS; i++) {
        PCM_PARTIAL_RESOURCE_DESCRIPTOR d = &list->PartialDescriptors[i];

        if (d->Type == CmResourceTypeMemory && takes(MINI_IO) && mini.io == NULL) {
            status = NdisMMapIoSpace(&mini.io, mini.adapter, d->u.Memory.Start, MINI_IO_BYTES);
        } else if (d->Type == CmResourceTypePort && takes(MINI_PORTS)) {
            status =
                NdisMRegisterIoPortRange(&mini.ports, mini.adapter, MINI_PORT, MINI_PORT_COUNT);
        } else if (d->Type == CmResourceTypeInterrupt) {
            mini.interrupts_given++;
            mini.interrupt_flags = d->Flags;
        }
    }
    return status;
}

static NDIS_STATUS take_objects(void)
{
    if (takes(MINI_WORK)) {
        mini.work = NdisAllocateIoWorkItem(mini.adapter);
        if (mini.work == NULL) {
            return NDIS_STATUS_RESOURCES;
        }
    }
    if (takes(MINI_RWLOCK)) {
        mini.rwlock = NdisAllocateRWLock(mini.adapter);
        if (mini.rwlock == NULL) {
            return NDIS_STATUS_RESOURCES;
        }
    }
    if (takes(MINI_MEMORY | MINI_MDL)) {
        mini.memory = NdisAllocateMemoryWithTagPriority(mini.adapter, 100, TAG, NormalPoolPriority);
        if (mini.memory == NULL) {
            return NDIS_STATUS_RESOURCES;
        }
    }
    if (takes(MINI_MDL)) {
        mini.mdl = NdisAllocateMdl(mini.adapter, mini.memory, 100);
        if (mini.mdl == NULL) {
            return NDIS_STATUS_RESOURCES;
        }
    }
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS take_all(PNDIS_MINIPORT_INIT_PARAMETERS parameters)
{
    NDIS_STATUS status = take_objects();

    if (status == NDIS_STATUS_SUCCESS && takes(MINI_NBL_POOL)) {
        status = take_receive();
    }
    if (status == NDIS_STATUS_SUCCESS && takes(MINI_TIMER)) {
        status = take_timer();
    }
    if (status == NDIS_STATUS_SUCCESS && takes(MINI_CONFIG)) {
        status = take_config();
    }
    if (status == NDIS_STATUS_SUCCESS && parameters->AllocatedResources != NULL) {
        status = take_hardware(parameters->AllocatedResources);
    }
    if (status == NDIS_STATUS_SUCCESS && takes(MINI_INTERRUPT)) {
        status = take_interrupt();
    }
    return status;
}

/* --- giving back, in reverse --- */

static BOOLEAN gives(ULONG what)
{
    return (BOOLEAN)((mini_knobs.keep_at_halt & what) == 0);
}

static void give_receive(void)
{
    ULONG i;

    for (i = 0; i < MINI_RX; i++) {
        if (mini.rx[i] != NULL) {
            NdisFreeNetBufferList(mini.rx[i]);
            mini.rx[i] = NULL;
        }
        if (mini.rx_mdl[i] != NULL) {
            NdisFreeMdl(mini.rx_mdl[i]);
            mini.rx_mdl[i] = NULL;
        }
    }
    if (mini.pool != NULL) {
        NdisFreeNetBufferListPool(mini.pool);
        mini.pool = NULL;
    }
    if (mini.rx_data != NULL) {
        NdisFreeMemory(mini.rx_data, 0, 0);
        mini.rx_data = NULL;
    }
}

static void give_hardware(void)
{
    if (mini.interrupt != NULL && gives(MINI_INTERRUPT)) {
        NdisMDeregisterInterruptEx(mini.interrupt);
        mini.interrupt = NULL;
    }
    if (mini.ports != NULL && gives(MINI_PORTS)) {
        NdisMDeregisterIoPortRange(mini.adapter, MINI_PORT, MINI_PORT_COUNT, mini.ports);
        mini.ports = NULL;
    }
    if (mini.io != NULL && gives(MINI_IO)) {
        NdisMUnmapIoSpace(mini.adapter, mini.io, MINI_IO_BYTES);
        mini.io = NULL;
    }
}

static void give_all(void)
{
    give_hardware();
    if (mini.config != NULL && gives(MINI_CONFIG)) {
        NdisCloseConfiguration(mini.config);
    }
    if (mini.timer != NULL && gives(MINI_TIMER)) {
        NdisCancelTimerObject(mini.timer);
        NdisFreeTimerObject(mini.timer);
    }
    if (gives(MINI_NBL_POOL)) {
        give_receive();
    }
    if (mini.mdl != NULL && gives(MINI_MDL)) {
        NdisFreeMdl(mini.mdl);
    }
    if (mini.memory != NULL && gives(MINI_MEMORY)) {
        NdisFreeMemory(mini.memory, 0, 0);
    }
    if (mini.rwlock != NULL && gives(MINI_RWLOCK)) {
        NdisFreeRWLock(mini.rwlock);
    }
    if (mini.work != NULL && gives(MINI_WORK)) {
        NdisFreeIoWorkItem(mini.work);
    }
    mini.config = mini.timer = mini.work = NULL;
    mini.mdl = NULL;
    mini.memory = NULL;
    mini.rwlock = NULL;
}

/* --- entry points --- */

static MINIPORT_INITIALIZE initialize;
static NDIS_STATUS initialize(NDIS_HANDLE NdisMiniportHandle, NDIS_HANDLE MiniportDriverContext,
                              PNDIS_MINIPORT_INIT_PARAMETERS MiniportInitParameters)
{
    NDIS_STATUS status;

    UNREFERENCED_PARAMETER(MiniportDriverContext);
    mini.adapter = NdisMiniportHandle;
    mini.interrupts_given = 0;
    if (mini_knobs.fail_at == MINI_STAGE_FIRST) {
        return NDIS_STATUS_ADAPTER_NOT_FOUND;
    }
    status = set_registration(NdisMiniportHandle);
    if (status == NDIS_STATUS_SUCCESS && !mini_knobs.skip_general) {
        status = set_general(NdisMiniportHandle);
    }
    if (status == NDIS_STATUS_SUCCESS && mini_knobs.fail_at != MINI_STAGE_ATTRIBUTES) {
        status = take_all(MiniportInitParameters);
    }
    if (status == NDIS_STATUS_SUCCESS && mini_knobs.fail_at != MINI_STAGE_NONE) {
        status = NDIS_STATUS_FAILURE;
    }
    if (status != NDIS_STATUS_SUCCESS) {
        give_all();
    }
    return status;
}

static MINIPORT_HALT halt;
static VOID halt(NDIS_HANDLE MiniportAdapterContext, NDIS_HALT_ACTION HaltAction)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    mini.halts++;
    mini.halt_action = HaltAction;
    give_all();
}

static MINIPORT_UNLOAD unload;
static VOID unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    if (mini.generic != NULL && gives(MINI_GENERIC)) {
        NdisFreeGenericObject(mini.generic);
        mini.generic = NULL;
    }
    if (!mini_knobs.no_deregister) {
        NdisMDeregisterMiniportDriver(mini.driver);
    }
}

static SET_OPTIONS set_options;
static NDIS_STATUS set_options(NDIS_HANDLE NdisDriverHandle, NDIS_HANDLE DriverContext)
{
    NDIS_MINIPORT_PNP_CHARACTERISTICS pnp;

    UNREFERENCED_PARAMETER(DriverContext);
    if (!mini_knobs.add_device) {
        return NDIS_STATUS_SUCCESS;
    }
    NdisZeroMemory(&pnp, sizeof(pnp));
    HEADER(pnp, NDIS_OBJECT_TYPE_MINIPORT_PNP_CHARACTERISTICS,
           NDIS_MINIPORT_PNP_CHARACTERISTICS_REVISION_1, sizeof(pnp));
    pnp.MiniportAddDeviceHandler = mini_add_device;
    pnp.MiniportRemoveDeviceHandler = mini_remove_device;
    pnp.MiniportFilterResourceRequirementsHandler = mini_filter;
    pnp.MiniportStartDeviceHandler = mini_start;
    return NdisSetOptionalHandlers(NdisDriverHandle, (PNDIS_DRIVER_OPTIONAL_HANDLERS)&pnp);
}

static void fill_handlers(PNDIS_MINIPORT_DRIVER_CHARACTERISTICS c)
{
    c->SetOptionsHandler = set_options;
    c->InitializeHandlerEx = initialize;
    c->HaltHandlerEx = halt;
    c->UnloadHandler = unload;
    c->PauseHandler = mini_pause;
    c->RestartHandler = mini_restart;
    c->OidRequestHandler = mini_oid_request;
    c->SendNetBufferListsHandler = mini_send;
    c->ReturnNetBufferListsHandler = mini_return;
    c->CancelSendHandler = mini_cancel;
    c->CheckForHangHandlerEx = mini_check_for_hang;
    c->ResetHandlerEx = mini_reset_adapter;
    c->DevicePnPEventNotifyHandler = mini_pnp_event;
    c->ShutdownHandlerEx = mini_shutdown;
    c->CancelOidRequestHandler = mini_cancel_oid;
}

NTSTATUS mini_entry(PDRIVER_OBJECT object, PUNICODE_STRING path)
{
    NDIS_MINIPORT_DRIVER_CHARACTERISTICS c;
    NDIS_STATUS status;

    NdisZeroMemory(&c, sizeof(c));
    HEADER(c, NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS,
           NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2,
           NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2);
    c.MajorNdisVersion = 6;
    c.MinorNdisVersion = mini_knobs.minor;
    c.MajorDriverVersion = 1;
    fill_handlers(&c);
    status = NdisMRegisterMiniportDriver(object, path, NULL, &c, &mini.driver);
    if (status == NDIS_STATUS_SUCCESS && takes(MINI_GENERIC)) {
        mini.generic = NdisAllocateGenericObject(object, TAG, 0);
    }
    return status;
}
