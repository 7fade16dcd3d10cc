/* SPDX-License-Identifier: MIT */
/* DriverEntry, MiniportInitializeEx, MiniportHaltEx. */
#include "sysdma.h"

DRIVER_INITIALIZE DriverEntry;
static MINIPORT_UNLOAD Unload;
static MINIPORT_INITIALIZE Initialize;
static MINIPORT_HALT Halt;

static NDIS_HANDLE DriverHandle;

/* everything that a failed initialize and a halt give back, in reverse order; any part may be
 * missing */
static VOID Destroy(PSYSDMA Adapter)
{
    if (Adapter->Ports != NULL && !Adapter->Gone) {
        CardWrite(Adapter, REG_COMMAND, CMD_RESET);
    }
    if (Adapter->Interrupt != NULL) {
        NdisMDeregisterInterruptEx(Adapter->Interrupt);
    }
    SysDmaCheckHalt(Adapter);
    SysDmaDestroyMemory(Adapter);
    SysDmaDeregisterChannels(Adapter);
    if (Adapter->NblPool != NULL) {
        NdisFreeNetBufferListPool(Adapter->NblPool);
    }
    if (Adapter->Ports != NULL) {
        NdisMDeregisterIoPortRange(Adapter->Handle, Adapter->FirstPort, 32, Adapter->Ports);
    }
    NdisFreeSpinLock(&Adapter->Lock);
    NdisFreeMemoryWithTagPriority(Adapter->Handle, Adapter, SYSDMA_TAG);
}

static NDIS_STATUS CreatePool(PSYSDMA Adapter)
{
    NET_BUFFER_LIST_POOL_PARAMETERS p;

    NdisZeroMemory(&p, sizeof(p));
    p.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    p.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    p.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    p.fAllocateNetBuffer = TRUE;
    p.PoolTag = SYSDMA_TAG;
    Adapter->NblPool = NdisAllocateNetBufferListPool(Adapter->Handle, &p);
    return Adapter->NblPool == NULL ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS Create(PSYSDMA Adapter, PNDIS_RESOURCE_LIST Resources)
{
    NDIS_STATUS status = SysDmaCheckEarly(Adapter);

    if (status == NDIS_STATUS_SUCCESS) {
        status = SysDmaSetRegistration(Adapter, NdisInterfaceIsa, 0);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = SysDmaClaimPorts(Adapter, Resources);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = SysDmaSetGeneral(Adapter);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = CreatePool(Adapter);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = SysDmaRegisterChannels(Adapter);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = SysDmaCreateMemory(Adapter);
    }
    return status == NDIS_STATUS_SUCCESS ? SysDmaCheckLate(Adapter) : status;
}

static NDIS_STATUS Initialize(NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE MiniportDriverContext,
                              PNDIS_MINIPORT_INIT_PARAMETERS MiniportInitParameters)
{
    PSYSDMA adapter = NdisAllocateMemoryWithTagPriority(MiniportAdapterHandle, sizeof(SYSDMA),
                                                        SYSDMA_TAG, NormalPoolPriority);
    NDIS_STATUS status;

    UNREFERENCED_PARAMETER(MiniportDriverContext);
    if (adapter == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    NdisZeroMemory(adapter, sizeof(*adapter));
    adapter->Handle = MiniportAdapterHandle;
    adapter->WaitingEnd = &adapter->Waiting;
    NdisAllocateSpinLock(&adapter->Lock);
    SysDmaReadConfiguration(adapter);
    status = Create(adapter, MiniportInitParameters->AllocatedResources);
    if (status == NDIS_STATUS_SUCCESS) {
        status = SysDmaInterruptCreate(adapter);
    }
    if (status != NDIS_STATUS_SUCCESS) {
        Destroy(adapter);
    }
    return status;
}

static VOID Halt(NDIS_HANDLE MiniportAdapterContext, NDIS_HALT_ACTION HaltAction)
{
    PSYSDMA adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(HaltAction);
    DbgPrint("sysdma: sent %u received %u errors %u\n", (ULONG)adapter->Sent,
             (ULONG)adapter->Received, adapter->Errors);
    DbgPrint("sysdma: counter reads %u in mid-transfer %u\n", adapter->CounterReads,
             adapter->MidReads);
    DbgPrint("sysdma: sends direct %u copied %u ring wraps %u\n", adapter->Direct, adapter->Copied,
             adapter->Wraps);
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
    c.MajorNdisVersion = 6;
    c.MinorNdisVersion = 30;
    c.InitializeHandlerEx = Initialize;
    c.HaltHandlerEx = Halt;
    c.UnloadHandler = Unload;
    c.PauseHandler = SysDmaPause;
    c.RestartHandler = SysDmaRestart;
    c.OidRequestHandler = SysDmaOidRequest;
    c.CancelOidRequestHandler = SysDmaCancelOid;
    c.SendNetBufferListsHandler = SysDmaSend;
    c.CancelSendHandler = SysDmaCancelSend;
    c.ReturnNetBufferListsHandler = SysDmaReturn;
    c.CheckForHangHandlerEx = SysDmaCheckForHang;
    c.ResetHandlerEx = SysDmaReset;
    c.DevicePnPEventNotifyHandler = SysDmaPnPEvent;
    c.ShutdownHandlerEx = SysDmaShutdown;
    return (NTSTATUS)NdisMRegisterMiniportDriver(DriverObject, RegistryPath, NULL, &c,
                                                 &DriverHandle);
}
