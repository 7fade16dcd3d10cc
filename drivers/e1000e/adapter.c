/* SPDX-License-Identifier: MIT */
/*
 * The birth and death of an adapter. MiniportInitializeEx claims things in the order that NDIS
 * prescribes (attributes, hardware, DMA, shared memory, interrupt last) and gives them back in
 * reverse when a step fails: after a failed initialize nobody calls MiniportHaltEx.
 *
 * Each step that can fail for want of something writes to the event log itself.
 */
#include "e1000e.h"

static PE1000_ADAPTER E1000CreateAdapter(NDIS_HANDLE Handle)
{
    PE1000_ADAPTER adapter;

    adapter =
        NdisAllocateMemoryWithTagPriority(Handle, sizeof(*adapter), E1000_TAG, NormalPoolPriority);
    if (adapter == NULL) {
        NdisWriteErrorLogEntry(Handle, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 1,
                               (ULONG)sizeof(*adapter));
        return NULL;
    }
    NdisZeroMemory(adapter, sizeof(*adapter));
    adapter->Handle = Handle;
    NdisAllocateSpinLock(&adapter->HwLock);
    NdisAllocateSpinLock(&adapter->Tx.Lock);
    NdisAllocateSpinLock(&adapter->Rx.Lock);
    NdisInitializeEvent(&adapter->RecoverIdle);
    NdisSetEvent(&adapter->RecoverIdle);
    NdisInitializeEvent(&adapter->Rx.GrowIdle);
    NdisSetEvent(&adapter->Rx.GrowIdle);
    adapter->Tx.Gate = NDIS_STATUS_PAUSED;
    return adapter;
}

static VOID E1000FreeAdapter(PE1000_ADAPTER Adapter)
{
    NdisFreeSpinLock(&Adapter->Rx.Lock);
    NdisFreeSpinLock(&Adapter->Tx.Lock);
    NdisFreeSpinLock(&Adapter->HwLock);
    NdisFreeMemoryWithTagPriority(Adapter->Handle, Adapter, E1000_TAG);
}

/*
 * The half of initialize that needs the card: memory for it, its registers, its interrupt. The
 * interrupt is last because its handlers may run before NdisMRegisterInterruptEx returns.
 */
static NDIS_STATUS E1000InitializeHardware(PE1000_ADAPTER Adapter)
{
    NDIS_STATUS status;

    status = E1000TxCreate(Adapter);
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    status = E1000RxCreate(Adapter);
    if (status != NDIS_STATUS_SUCCESS) {
        goto destroy_tx;
    }
    status = E1000CreateRecovery(Adapter);
    if (status != NDIS_STATUS_SUCCESS) {
        goto destroy_rx;
    }
    status = E1000HardwareStart(Adapter);
    if (status != NDIS_STATUS_SUCCESS) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_HARDWARE_FAILURE, 1, (ULONG)status);
        goto destroy_recovery;
    }
    status = E1000RegisterInterrupt(Adapter);
    if (status != NDIS_STATUS_SUCCESS) {
        goto stop_hardware;
    }
    E1000StartTimer(Adapter);
    return NDIS_STATUS_SUCCESS;

stop_hardware:
    E1000HardwareStop(Adapter);
destroy_recovery:
    E1000DestroyRecovery(Adapter);
destroy_rx:
    E1000RxDestroy(Adapter);
destroy_tx:
    E1000TxDestroy(Adapter);
    return status;
}

/*
 * MiniportInitializeEx. PASSIVE_LEVEL. On success the adapter is Paused: the card runs, receive is
 * off and sends are refused until MiniportRestart.
 * Return: SUCCESS, or what the failing step returned, with everything given back.
 */
NDIS_STATUS E1000Initialize(NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE MiniportDriverContext,
                            PNDIS_MINIPORT_INIT_PARAMETERS MiniportInitParameters)
{
    PE1000_ADAPTER adapter;
    NDIS_STATUS status;

    UNREFERENCED_PARAMETER(MiniportDriverContext);
    adapter = E1000CreateAdapter(MiniportAdapterHandle);
    if (adapter == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    status = E1000SetRegistrationAttributes(adapter);
    if (status != NDIS_STATUS_SUCCESS) {
        goto free_adapter;
    }
    status = E1000ReadConfiguration(adapter);
    if (status != NDIS_STATUS_SUCCESS) {
        goto free_adapter;
    }
    status = E1000MapHardware(adapter, MiniportInitParameters->AllocatedResources);
    if (status != NDIS_STATUS_SUCCESS) {
        goto free_adapter;
    }
    status = E1000ReadAddresses(adapter);
    if (status != NDIS_STATUS_SUCCESS) {
        goto unmap;
    }
    E1000RssChooseQueues(adapter, E1000RssMessages(MiniportInitParameters->AllocatedResources));
    status = E1000SetGeneralAttributes(adapter);
    if (status != NDIS_STATUS_SUCCESS) {
        goto unmap;
    }
    status = E1000RegisterDma(adapter);
    if (status != NDIS_STATUS_SUCCESS) {
        goto unmap;
    }
    status = E1000InitializeHardware(adapter);
    if (status != NDIS_STATUS_SUCCESS) {
        goto deregister_dma;
    }
    return NDIS_STATUS_SUCCESS;

deregister_dma:
    E1000DeregisterDma(adapter);
unmap:
    E1000UnmapHardware(adapter);
free_adapter:
    E1000FreeAdapter(adapter);
    return status;
}

/*
 * MiniportHaltEx. PASSIVE_LEVEL, adapter Paused: NDIS has got every list back and sends no more
 * requests. The card may have been pulled out (then no register is written).
 *
 * First whatever could start something new (timer, recovery, growth), then the card, then the
 * interrupt, which waits for running DPCs; from then on nobody else looks at the adapter.
 */
VOID E1000Halt(NDIS_HANDLE MiniportAdapterContext, NDIS_HALT_ACTION HaltAction)
{
    PE1000_ADAPTER adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(HaltAction);
    E1000StopTimer(adapter);
    E1000WaitForRecovery(adapter);
    E1000RxStopGrowing(adapter);
    E1000HardwareStop(adapter);
    E1000DeregisterInterrupt(adapter);
    E1000DestroyRecovery(adapter);
    E1000RxDestroy(adapter);
    E1000TxDestroy(adapter);
    E1000DeregisterDma(adapter);
    E1000UnmapHardware(adapter);
    E1000FreeAdapter(adapter);
}
