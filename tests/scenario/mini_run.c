/* SPDX-License-Identifier: MIT */
/* The miniport at work: data path, OIDs, pause and restart, reset, interrupts. */
#include "mini_int.h"

/* messages and their DPCs run at the same time on several processors: the last one stays */
#define NOTE(field, value) __atomic_store_n(&(field), (value), __ATOMIC_RELAXED)

/* --- sends --- */

VOID mini_send(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferList,
               NDIS_PORT_NUMBER PortNumber, ULONG SendFlags)
{
    PNET_BUFFER_LIST nbl, last = NULL;

    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(PortNumber);
    for (nbl = NetBufferList; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
        InterlockedIncrement(&mini.sends);
        NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_SUCCESS;
        last = nbl;
    }
    if (mini_knobs.send == MINI_SEND_KEEP) {
        NET_BUFFER_LIST_NEXT_NBL(last) = mini.kept;
        mini.kept = NetBufferList;
        return;
    }
    InterlockedIncrement(&mini.completes);
    NdisMSendNetBufferListsComplete(mini.adapter, NetBufferList,
                                    NDIS_TEST_SEND_AT_DISPATCH_LEVEL(SendFlags)
                                        ? NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL
                                        : 0);
}

void mini_complete_kept(NDIS_STATUS status)
{
    PNET_BUFFER_LIST chain = mini.kept;
    PNET_BUFFER_LIST nbl;

    mini.kept = NULL;
    for (nbl = chain; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
        NET_BUFFER_LIST_STATUS(nbl) = status;
    }
    if (chain != NULL) {
        NdisMSendNetBufferListsComplete(mini.adapter, chain, 0);
    }
}

VOID mini_cancel(NDIS_HANDLE MiniportAdapterContext, PVOID CancelId)
{
    PNET_BUFFER_LIST *link = &mini.kept;
    PNET_BUFFER_LIST aborted = NULL;

    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    mini.cancel_id = CancelId;
    InterlockedIncrement(&mini.cancels);
    while (*link != NULL) {
        PNET_BUFFER_LIST nbl = *link;

        if (NDIS_GET_NET_BUFFER_LIST_CANCEL_ID(nbl) == CancelId) {
            *link = NET_BUFFER_LIST_NEXT_NBL(nbl);
            NET_BUFFER_LIST_NEXT_NBL(nbl) = aborted;
            NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_SEND_ABORTED;
            aborted = nbl;
        } else {
            link = &NET_BUFFER_LIST_NEXT_NBL(nbl);
        }
    }
    if (aborted != NULL) {
        NdisMSendNetBufferListsComplete(mini.adapter, aborted, 0);
    }
}

/* --- receives --- */

void mini_indicate(ULONG count, ULONG claimed, ULONG flags)
{
    ULONG i;

    for (i = 0; i < count; i++) {
        NET_BUFFER_LIST_NEXT_NBL(mini.rx[i]) = i + 1 < count ? mini.rx[i + 1] : NULL;
        NET_BUFFER_LIST_STATUS(mini.rx[i]) = NDIS_STATUS_SUCCESS;
        mini.rx_data[i * MINI_FRAME] = (UCHAR)i;
    }
    NdisMIndicateReceiveNetBufferLists(mini.adapter, mini.rx[0], NDIS_DEFAULT_PORT_NUMBER, claimed,
                                       flags);
}

VOID mini_return(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferLists,
                 ULONG ReturnFlags)
{
    PNET_BUFFER_LIST nbl;

    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(ReturnFlags);
    for (nbl = NetBufferLists; nbl != NULL; nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
        InterlockedIncrement(&mini.returned);
    }
}

/* --- pause, restart, reset --- */

NDIS_STATUS mini_pause(NDIS_HANDLE MiniportAdapterContext,
                       PNDIS_MINIPORT_PAUSE_PARAMETERS PauseParameters)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(PauseParameters);
    if (mini_knobs.pause == MINI_PEND || mini_knobs.pause == MINI_NEVER) {
        InterlockedIncrement(&mini.pended);
        return NDIS_STATUS_PENDING;
    }
    mini_complete_kept(NDIS_STATUS_PAUSED);
    return mini_knobs.pause == MINI_FAIL ? NDIS_STATUS_FAILURE : NDIS_STATUS_SUCCESS;
}

void mini_pause_complete(void)
{
    NdisMPauseComplete(mini.adapter);
}

NDIS_STATUS mini_restart(NDIS_HANDLE MiniportAdapterContext,
                         PNDIS_MINIPORT_RESTART_PARAMETERS RestartParameters)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(RestartParameters);
    if (mini_knobs.restart == MINI_PEND || mini_knobs.restart == MINI_NEVER) {
        InterlockedIncrement(&mini.pended);
        return NDIS_STATUS_PENDING;
    }
    return mini_knobs.restart == MINI_FAIL ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
}

void mini_restart_complete(NDIS_STATUS status)
{
    NdisMRestartComplete(mini.adapter, status);
}

NDIS_STATUS mini_reset_adapter(NDIS_HANDLE MiniportAdapterContext, PBOOLEAN AddressingReset)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    InterlockedIncrement(&mini.resets);
    *AddressingReset = mini_knobs.addressing_reset;
    if (mini_knobs.reset == MINI_PEND || mini_knobs.reset == MINI_NEVER) {
        InterlockedIncrement(&mini.pended);
        return NDIS_STATUS_PENDING;
    }
    if (mini_knobs.reset == MINI_FAIL) {
        return NDIS_STATUS_HARD_ERRORS;
    }
    mini_complete_kept(NDIS_STATUS_RESET_IN_PROGRESS);
    return NDIS_STATUS_SUCCESS;
}

void mini_reset_complete(NDIS_STATUS status)
{
    NdisMResetComplete(mini.adapter, status, mini_knobs.addressing_reset);
}

BOOLEAN mini_check_for_hang(NDIS_HANDLE MiniportAdapterContext)
{
    BOOLEAN hung = mini_knobs.hung;

    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    InterlockedIncrement(&mini.hang_checks);
    mini_knobs.hung = FALSE;
    return hung;
}

VOID mini_pnp_event(NDIS_HANDLE MiniportAdapterContext, PNET_DEVICE_PNP_EVENT NetDevicePnPEvent)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    if (NetDevicePnPEvent->DevicePnPEvent == NdisDevicePnPEventSurpriseRemoved) {
        InterlockedIncrement(&mini.pnp_events);
    }
}

VOID mini_shutdown(NDIS_HANDLE MiniportAdapterContext, NDIS_SHUTDOWN_ACTION ShutdownAction)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(ShutdownAction);
    InterlockedIncrement(&mini.shutdowns);
}

/* --- OIDs --- */

static NDIS_STATUS answer_ulong(PNDIS_OID_REQUEST r, ULONG value)
{
    if (r->DATA.QUERY_INFORMATION.InformationBufferLength < sizeof(value)) {
        r->DATA.QUERY_INFORMATION.BytesNeeded = sizeof(value);
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    }
    NdisMoveMemory(r->DATA.QUERY_INFORMATION.InformationBuffer, &value, sizeof(value));
    r->DATA.QUERY_INFORMATION.BytesWritten = sizeof(value);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS answer_bytes(PNDIS_OID_REQUEST r, const void *data, ULONG bytes)
{
    if (r->DATA.QUERY_INFORMATION.InformationBufferLength < bytes) {
        r->DATA.QUERY_INFORMATION.BytesNeeded = bytes;
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    }
    NdisMoveMemory(r->DATA.QUERY_INFORMATION.InformationBuffer, data, bytes);
    r->DATA.QUERY_INFORMATION.BytesWritten = bytes;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS query(PNDIS_OID_REQUEST r)
{
    NDIS_STATISTICS_INFO statistics;
    NDIS_INTERRUPT_MODERATION_PARAMETERS moderation;

    switch (r->DATA.QUERY_INFORMATION.Oid) {
    case OID_GEN_VENDOR_DESCRIPTION:
        return answer_bytes(r, "mini", 5);
    case OID_GEN_STATISTICS:
        NdisZeroMemory(&statistics, sizeof(statistics));
        statistics.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
        statistics.Header.Revision = NDIS_STATISTICS_INFO_REVISION_1;
        statistics.Header.Size = sizeof(statistics);
        return answer_bytes(r, &statistics, sizeof(statistics));
    case OID_GEN_INTERRUPT_MODERATION:
        NdisZeroMemory(&moderation, sizeof(moderation));
        moderation.InterruptModeration = NdisInterruptModerationNotSupported;
        return answer_bytes(r, &moderation, NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1);
    case OID_GEN_XMIT_OK:
    case OID_GEN_RCV_OK:
    case OID_GEN_TRANSMIT_BUFFER_SPACE:
    case OID_GEN_RECEIVE_BUFFER_SPACE:
    case OID_GEN_TRANSMIT_BLOCK_SIZE:
    case OID_GEN_RECEIVE_BLOCK_SIZE:
    case OID_GEN_VENDOR_ID:
    case OID_GEN_VENDOR_DRIVER_VERSION:
    case OID_GEN_MAXIMUM_TOTAL_SIZE:
        return answer_ulong(r, 1514);
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

static NDIS_STATUS set(PNDIS_OID_REQUEST r)
{
    ULONG value = 0;
    ULONG length = r->DATA.SET_INFORMATION.InformationBufferLength;

    if (length >= sizeof(value)) {
        NdisMoveMemory(&value, r->DATA.SET_INFORMATION.InformationBuffer, sizeof(value));
    }
    r->DATA.SET_INFORMATION.BytesRead = length;
    switch (r->DATA.SET_INFORMATION.Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
        mini.filter = value;
        return NDIS_STATUS_SUCCESS;
    case OID_GEN_CURRENT_LOOKAHEAD:
        mini.lookahead = value;
        return NDIS_STATUS_SUCCESS;
    case OID_802_3_MULTICAST_LIST:
        mini.multicast_bytes = length;
        return NDIS_STATUS_SUCCESS;
    case OID_GEN_MACHINE_NAME:
        return NDIS_STATUS_SUCCESS;
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

static NDIS_STATUS request(PNDIS_OID_REQUEST r)
{
    switch (r->RequestType) {
    case NdisRequestQueryInformation:
    case NdisRequestQueryStatistics:
        return query(r);
    case NdisRequestSetInformation:
        return set(r);
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

NDIS_STATUS mini_oid_request(NDIS_HANDLE MiniportAdapterContext, PNDIS_OID_REQUEST OidRequest)
{
    NDIS_STATUS status;

    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    InterlockedIncrement(&mini.oids);
    if (mini_knobs.oid == MINI_OID_PEND || mini_knobs.oid == MINI_OID_NEVER) {
        InterlockedExchangePointer((PVOID volatile *)&mini.oid, OidRequest);
        return NDIS_STATUS_PENDING;
    }
    status = request(OidRequest);
    if (mini_knobs.oid == MINI_OID_TWICE) {
        NdisMOidRequestComplete(mini.adapter, OidRequest, status);
    } else if (mini_knobs.oid == MINI_OID_OVERRUN) {
        OidRequest->DATA.QUERY_INFORMATION.BytesWritten =
            OidRequest->DATA.QUERY_INFORMATION.InformationBufferLength + 1;
    }
    return status;
}

void mini_oid_complete(NDIS_STATUS status)
{
    PNDIS_OID_REQUEST r = InterlockedExchangePointer((PVOID volatile *)&mini.oid, NULL);

    if (status == NDIS_STATUS_SUCCESS) {
        status = request(r);
    }
    NdisMOidRequestComplete(mini.adapter, r, status);
}

VOID mini_cancel_oid(NDIS_HANDLE MiniportAdapterContext, PVOID RequestId)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    mini.cancel_id = RequestId;
    if (mini_knobs.oid != MINI_OID_NEVER && mini.oid != NULL && mini.oid->RequestId == RequestId) {
        mini_oid_complete(NDIS_STATUS_REQUEST_ABORTED);
    }
}

/* --- status --- */

void mini_link(NET_IF_MEDIA_CONNECT_STATE state)
{
    NDIS_STATUS_INDICATION i;
    NDIS_LINK_STATE link;

    NdisZeroMemory(&link, sizeof(link));
    link.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    link.Header.Revision = NDIS_LINK_STATE_REVISION_1;
    link.Header.Size = NDIS_SIZEOF_LINK_STATE_REVISION_1;
    link.MediaConnectState = state;
    link.XmitLinkSpeed = link.RcvLinkSpeed = 100000000;
    NdisZeroMemory(&i, sizeof(i));
    i.Header.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION;
    i.Header.Revision = NDIS_STATUS_INDICATION_REVISION_1;
    i.Header.Size = NDIS_SIZEOF_STATUS_INDICATION_REVISION_1;
    i.SourceHandle = mini.adapter;
    i.StatusCode = NDIS_STATUS_LINK_STATE;
    i.StatusBuffer = &link;
    i.StatusBufferSize = sizeof(link);
    NdisMIndicateStatusEx(mini.adapter, &i);
}

/* --- interrupts --- */

static void count_dpc(PVOID context, PVOID throttle)
{
    PNDIS_RECEIVE_THROTTLE_PARAMETERS t = throttle;

    NOTE(mini.last_dpc_context, context);
    NOTE(mini.dpc_irql, KeGetCurrentIrql());
    NOTE(mini.dpc_cpu, KeGetCurrentProcessorNumber());
    if (t != NULL) {
        NOTE(mini.max_nbls, t->MaxNblsToIndicate);
        if (mini_knobs.more_pending) {
            mini_knobs.more_pending = FALSE;
            t->MoreNblsPending = TRUE;
        }
    }
    if (mini_knobs.indicate_in_dpc != 0) {
        mini_indicate(mini_knobs.indicate_in_dpc, mini_knobs.indicate_in_dpc,
                      NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL | NDIS_RECEIVE_FLAGS_RESOURCES);
    }
    InterlockedIncrement(&mini.dpcs);
}

BOOLEAN mini_isr(NDIS_HANDLE MiniportInterruptContext, PBOOLEAN QueueDefaultInterruptDpc,
                 PULONG TargetProcessors)
{
    UNREFERENCED_PARAMETER(MiniportInterruptContext);
    NOTE(mini.isr_irql, KeGetCurrentIrql());
    *QueueDefaultInterruptDpc = (BOOLEAN)(mini_knobs.targets == 0);
    *TargetProcessors = mini_knobs.targets;
    return InterlockedIncrement(&mini.isrs) > 0;
}

VOID mini_dpc(NDIS_HANDLE MiniportInterruptContext, PVOID MiniportDpcContext,
              PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    UNREFERENCED_PARAMETER(MiniportInterruptContext);
    UNREFERENCED_PARAMETER(NdisReserved2);
    count_dpc(MiniportDpcContext, ReceiveThrottleParameters);
}

BOOLEAN mini_message_isr(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId,
                         PBOOLEAN QueueDefaultInterruptDpc, PULONG TargetProcessors)
{
    NOTE(mini.last_message, MessageId);
    return mini_isr(MiniportInterruptContext, QueueDefaultInterruptDpc, TargetProcessors);
}

VOID mini_message_dpc(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId,
                      PVOID MiniportDpcContext, PVOID ReceiveThrottleParameters,
                      PVOID NdisReserved2)
{
    UNREFERENCED_PARAMETER(MiniportInterruptContext);
    UNREFERENCED_PARAMETER(NdisReserved2);
    NOTE(mini.last_dpc_message, MessageId);
    count_dpc(MiniportDpcContext, ReceiveThrottleParameters);
}

VOID mini_disable(NDIS_HANDLE MiniportInterruptContext)
{
    UNREFERENCED_PARAMETER(MiniportInterruptContext);
    InterlockedIncrement(&mini.disables);
}

VOID mini_enable(NDIS_HANDLE MiniportInterruptContext)
{
    UNREFERENCED_PARAMETER(MiniportInterruptContext);
    InterlockedIncrement(&mini.enables);
}

VOID mini_message_disable(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId)
{
    UNREFERENCED_PARAMETER(MessageId);
    mini_disable(MiniportInterruptContext);
}

VOID mini_message_enable(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId)
{
    UNREFERENCED_PARAMETER(MessageId);
    mini_enable(MiniportInterruptContext);
}

VOID mini_timer(PVOID SystemSpecific1, PVOID FunctionContext, PVOID SystemSpecific2,
                PVOID SystemSpecific3)
{
    UNREFERENCED_PARAMETER(SystemSpecific1);
    UNREFERENCED_PARAMETER(FunctionContext);
    UNREFERENCED_PARAMETER(SystemSpecific2);
    UNREFERENCED_PARAMETER(SystemSpecific3);
    InterlockedIncrement(&mini.timers);
}

/* --- plug and play --- */

NDIS_STATUS mini_add_device(NDIS_HANDLE NdisMiniportHandle, NDIS_HANDLE MiniportDriverContext)
{
    NDIS_MINIPORT_ADAPTER_ATTRIBUTES at;

    UNREFERENCED_PARAMETER(MiniportDriverContext);
    NdisZeroMemory(&at, sizeof(at));
    at.AddDeviceRegistrationAttributes.Header.Type =
        NDIS_OBJECT_TYPE_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES;
    at.AddDeviceRegistrationAttributes.Header.Revision =
        NDIS_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES_REVISION_1;
    at.AddDeviceRegistrationAttributes.Header.Size =
        NDIS_SIZEOF_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES_REVISION_1;
    at.AddDeviceRegistrationAttributes.MiniportAddDeviceContext = &mini;
    return NdisMSetMiniportAttributes(NdisMiniportHandle, &at);
}

VOID mini_remove_device(NDIS_HANDLE MiniportAddDeviceContext)
{
    UNREFERENCED_PARAMETER(MiniportAddDeviceContext);
}

NDIS_STATUS mini_filter(NDIS_HANDLE MiniportAddDeviceContext, PIRP Irp)
{
    PIO_RESOURCE_REQUIREMENTS_LIST list = (PIO_RESOURCE_REQUIREMENTS_LIST)Irp->IoStatus.Information;
    PIO_RESOURCE_DESCRIPTOR all = list->List[0].Descriptors;
    ULONG i, kept = 0;

    if (MiniportAddDeviceContext != &mini) {
        return NDIS_STATUS_FAILURE;
    }
    for (i = 0; i < list->List[0].Count; i++) {
        PIO_RESOURCE_DESCRIPTOR d = &all[i];

        if (!mini_knobs.drop_messages || d->Type != CmResourceTypeInterrupt ||
            (d->Flags & CM_RESOURCE_INTERRUPT_MESSAGE) == 0) {
            all[kept++] = *d;
        }
    }
    list->List[0].Count = kept;
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS mini_start(NDIS_HANDLE MiniportAddDeviceContext, PIRP Irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);

    UNREFERENCED_PARAMETER(MiniportAddDeviceContext);
    return stack->Parameters.StartDevice.AllocatedResourcesTranslated != NULL ? NDIS_STATUS_SUCCESS
                                                                              : NDIS_STATUS_FAILURE;
}
