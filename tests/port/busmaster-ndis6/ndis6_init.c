/* SPDX-License-Identifier: MIT */
/*
 * Initialize, halt, pause, restart, reset. Was init.c:69 BmInitialize and init.c:116 BmHalt.
 *
 * Everything initialize takes is given back by BmRelease, on each failing path and in halt; the
 * DMA registration last, which NDIS 5 took back by itself.
 */
#include "ndis6.h"

#define BM_TAG 'troP'

static NDIS_STATUS BmSetRegistration(BM_ADAPTER *Adapter)
{
    NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES Attributes;

    NdisZeroMemory(&Attributes, sizeof(Attributes));
    Attributes.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
    Attributes.Header.Revision = NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
    Attributes.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
    Attributes.MiniportAdapterContext = Adapter;
    Attributes.AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE | BM_FLAGS;
    Attributes.CheckForHangTimeInSeconds = 4;
    Attributes.InterfaceType = NdisInterfacePci;
    return NdisMSetMiniportAttributes(Adapter->AdapterHandle,
                                      (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&Attributes);
}

NDIS_STATUS BmRegisterDma(BM_ADAPTER *Adapter)
{
    Adapter->Dac = TRUE;
    return BmSetupDma(Adapter, Adapter->AdapterHandle);
}

static BM_ADAPTER *BmAllocateAdapter(NDIS_HANDLE Handle)
{
    BM_ADAPTER *Adapter =
        NdisAllocateMemoryWithTagPriority(Handle, sizeof(*Adapter), BM_TAG, NormalPoolPriority);

    if (Adapter != NULL) {
        NdisZeroMemory(Adapter, sizeof(*Adapter));
        Adapter->AdapterHandle = Handle;
        NdisAllocateSpinLock(&Adapter->Ndis6.SendLock);
        NdisAllocateSpinLock(&Adapter->Ndis6.ReceiveLock);
        Adapter->Ndis6.Paused = TRUE;
    }
    return Adapter;
}

/* Gives back whatever of the adapter there is, in reverse order. PASSIVE_LEVEL. */
VOID BmRelease(BM_ADAPTER *Adapter)
{
    if (Adapter->Ndis6.InterruptHandle != NULL) {
        NdisMDeregisterInterruptEx(Adapter->Ndis6.InterruptHandle);
        BmHwMask(Adapter, FALSE); /* the last DPC may have enabled it */
    }
    BmHwFree(Adapter);
    if (Adapter->Ndis6.ReceivePool != NULL) {
        NdisFreeNetBufferListPool(Adapter->Ndis6.ReceivePool);
    }
    if (Adapter->NdisMiniportDmaHandle2 != NULL) {
        NdisMDeregisterScatterGatherDma(Adapter->NdisMiniportDmaHandle2);
    }
    NdisFreeSpinLock(&Adapter->Ndis6.SendLock);
    NdisFreeSpinLock(&Adapter->Ndis6.ReceiveLock);
    NdisFreeMemory(Adapter, 0, 0);
}

NDIS_STATUS BmInitializeEx(NDIS_HANDLE NdisMiniportHandle, NDIS_HANDLE MiniportDriverContext,
                            PNDIS_MINIPORT_INIT_PARAMETERS MiniportInitParameters)
{
    BM_ADAPTER *Adapter = BmAllocateAdapter(NdisMiniportHandle);
    NDIS_STATUS Status;

    UNREFERENCED_PARAMETER(MiniportDriverContext);
    if (Adapter == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    Status = BmSetRegistration(Adapter);
    if (Status == NDIS_STATUS_SUCCESS) {
        Status = BmRegisterDma(Adapter);
    }
    if (Status == NDIS_STATUS_SUCCESS) {
        Status = BmReceivePool(Adapter);
    }
    if (Status == NDIS_STATUS_SUCCESS) {
        Status = BmHwStart(Adapter, MiniportInitParameters->AllocatedResources);
    }
    if (Status == NDIS_STATUS_SUCCESS) {
        Status = BmSetGeneralAttributes(Adapter);
    }
    if (Status == NDIS_STATUS_SUCCESS) {
        Status = BmRegisterInterrupt(Adapter);
    }
    if (Status != NDIS_STATUS_SUCCESS) {
        Adapter->Ndis6.Halting = TRUE;
        BmHwStop(Adapter);
        BmRelease(Adapter);
        return Status;
    }
    BmHwMask(Adapter, TRUE);
    return NDIS_STATUS_SUCCESS;
}

VOID BmHaltEx(NDIS_HANDLE MiniportAdapterContext, NDIS_HALT_ACTION HaltAction)
{
    BM_ADAPTER *Adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(HaltAction);
    Adapter->Ndis6.Halting = TRUE;
    BmHwMask(Adapter, FALSE);
    BmHwStop(Adapter);
    BmRelease(Adapter);
}

/* Sends and indications stop; the last of those under way completes the pause. */
NDIS_STATUS BmPause(NDIS_HANDLE MiniportAdapterContext,
                     PNDIS_MINIPORT_PAUSE_PARAMETERS PauseParameters)
{
    BM_ADAPTER *Adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(PauseParameters);
    NdisAcquireSpinLock(&Adapter->Ndis6.SendLock);
    Adapter->Ndis6.Paused = TRUE;
    NdisReleaseSpinLock(&Adapter->Ndis6.SendLock);
    NdisAcquireSpinLock(&Adapter->Ndis6.ReceiveLock); /* an indication that began is counted */
    NdisReleaseSpinLock(&Adapter->Ndis6.ReceiveLock);
    BmLeave(Adapter);
    return NDIS_STATUS_PENDING;
}

NDIS_STATUS BmRestart(NDIS_HANDLE MiniportAdapterContext,
                       PNDIS_MINIPORT_RESTART_PARAMETERS RestartParameters)
{
    BM_ADAPTER *Adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(RestartParameters);
    InterlockedIncrement(&Adapter->Ndis6.Outstanding);
    NdisAcquireSpinLock(&Adapter->Ndis6.SendLock);
    Adapter->Ndis6.Paused = FALSE;
    NdisReleaseSpinLock(&Adapter->Ndis6.SendLock);
    return NDIS_STATUS_SUCCESS;
}

/* The parameters swapped places. Sends are the driver's to complete. Was init.c BmReset. */
NDIS_STATUS BmResetEx(NDIS_HANDLE MiniportAdapterContext, PBOOLEAN AddressingReset)
{
    BM_ADAPTER *Adapter = MiniportAdapterContext;
    PNET_BUFFER Lost, Next;
    KIRQL Irql;

    NDIS_RAISE_IRQL_TO_DISPATCH(&Irql);
    NdisDprAcquireSpinLock(&Adapter->Ndis6.SendLock);
    NdisDprAcquireSpinLock(&Adapter->Ndis6.ReceiveLock);
    BmWrite(&Adapter->Hw, BM_TCTL, 0);
    BmWrite(&Adapter->Hw, BM_RCTL, 0);
    Lost = BmTakeRing(Adapter);
    BmHwSetup(&Adapter->Hw);
    BmRewind(Adapter);
    BmHwSetFilter(&Adapter->Hw, Adapter->Ndis6.PacketFilter);
    NdisDprReleaseSpinLock(&Adapter->Ndis6.ReceiveLock);
    NdisDprReleaseSpinLock(&Adapter->Ndis6.SendLock);
    for (; Lost != NULL; Lost = Next) {
        Next = BM_NB_NEXT(Lost);
        NET_BUFFER_LIST_STATUS(BM_NB_NBL(Lost)) = NDIS_STATUS_RESET_IN_PROGRESS;
        BmSendDone(Adapter, Lost);
    }
    NDIS_LOWER_IRQL(Irql, DISPATCH_LEVEL);
    BmSendFlush(Adapter, NDIS_STATUS_RESET_IN_PROGRESS);
    *AddressingReset = FALSE;
    return NDIS_STATUS_SUCCESS;
}

BOOLEAN BmCheckForHangEx(NDIS_HANDLE MiniportAdapterContext)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    /* as in init.c:138 BmCheckForHang */
    return FALSE;
}

VOID BmShutdownEx(NDIS_HANDLE MiniportAdapterContext, NDIS_SHUTDOWN_ACTION ShutdownAction)
{
    UNREFERENCED_PARAMETER(ShutdownAction);
    BmHwStop(MiniportAdapterContext);
}

VOID BmDevicePnPEventNotify(NDIS_HANDLE MiniportAdapterContext, PNET_DEVICE_PNP_EVENT Event)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(Event);
}
