/* SPDX-License-Identifier: MIT */
/* Pause, restart, reset, shutdown, surprise removal. Held counts what the adapter owes before it is
 * paused. */
#include "seeded.h"

/* Count things are back: the last one completes a pause that waits for it */
VOID SeededRelease(PSEEDED Adapter, LONG Count)
{
    BOOLEAN complete = FALSE;

    NdisAcquireSpinLock(&Adapter->Lock);
    Adapter->Held -= Count;
    if (Adapter->Held == 0 && Adapter->PausePending) {
        Adapter->PausePending = FALSE;
        Adapter->State = SeededPaused;
        complete = TRUE;
    }
    NdisReleaseSpinLock(&Adapter->Lock);
    if (complete) {
        NdisMPauseComplete(Adapter->Handle);
    }
}

NDIS_STATUS SeededPause(NDIS_HANDLE MiniportAdapterContext,
                        PNDIS_MINIPORT_PAUSE_PARAMETERS Parameters)
{
    PSEEDED adapter = MiniportAdapterContext;
    BOOLEAN early = (BOOLEAN)(SeededBug(adapter, "tx-pending-at-pause") ||
                              SeededBug(adapter, "rx-pending-at-pause"));
    NDIS_STATUS status = NDIS_STATUS_PENDING;

    UNREFERENCED_PARAMETER(Parameters);
    if (SeededBug(adapter, "sg-deregister-bad-context")) {
        NdisMDeregisterScatterGatherDma(adapter->Dma2);
        adapter->Dma2 = NULL;
    }
    if (SeededBugOnce(adapter, "restart-complete-unexpected")) {
        NdisMRestartComplete(adapter->Handle, NDIS_STATUS_SUCCESS);
    }
    NdisAcquireSpinLock(&adapter->Lock);
    adapter->State = SeededPausing;
    NdisReleaseSpinLock(&adapter->Lock);
    if (!early) {
        SeededTxAbort(adapter, NDIS_STATUS_PAUSED,
                      (BOOLEAN)(adapter->Gone || SeededBug(adapter, "reset-pending-not-flushed")));
    }
    NdisAcquireSpinLock(&adapter->Lock);
    if (adapter->Held == 0 || early) {
        adapter->State = SeededPaused;
        status = NDIS_STATUS_SUCCESS;
    } else {
        adapter->PausePending = TRUE;
    }
    NdisReleaseSpinLock(&adapter->Lock);
    if (SeededBug(adapter, "pause-bad-return")) {
        status = NDIS_STATUS_FAILURE;
    }
    return status;
}

NDIS_STATUS SeededRestart(NDIS_HANDLE MiniportAdapterContext,
                          PNDIS_MINIPORT_RESTART_PARAMETERS Parameters)
{
    PSEEDED adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(Parameters);
    if (SeededBugOnce(adapter, "pause-complete-unexpected")) {
        NdisMPauseComplete(adapter->Handle);
    }
    if (SeededBugOnce(adapter, "reset-complete-unexpected")) {
        NdisMResetComplete(adapter->Handle, NDIS_STATUS_SUCCESS, FALSE);
    }
    SeededDmaLate(adapter);
    SeededMiscRestart(adapter);
    NdisAcquireSpinLock(&adapter->Lock);
    adapter->State = SeededRunning;
    NdisReleaseSpinLock(&adapter->Lock);
    /* frames that came while paused wait in the ring: look at it */
    SeededWrite(adapter, REG_IMS, INT_MASK);
    SeededWrite(adapter, 0x00c8u, 0x00100080u);
    return NDIS_STATUS_SUCCESS;
}

/* everything is completed before it returns, as NDIS 6.30 wants it */
NDIS_STATUS SeededReset(NDIS_HANDLE MiniportAdapterContext, PBOOLEAN AddressingReset)
{
    PSEEDED adapter = MiniportAdapterContext;
    SEEDED_STATE state;

    *AddressingReset = FALSE;
    if (SeededBug(adapter, "reset-pending-not-flushed")) {
        return NDIS_STATUS_SUCCESS; /* and the sends stay as they are */
    }
    NdisAcquireSpinLock(&adapter->Lock);
    state = adapter->State;
    adapter->State = SeededPausing;
    NdisReleaseSpinLock(&adapter->Lock);
    SeededHardwareStop(adapter);
    SeededTxAbort(adapter, NDIS_STATUS_RESET_IN_PROGRESS, TRUE);
    NdisAcquireSpinLock(&adapter->Lock);
    adapter->State = state;
    SeededHardwareStart(adapter);
    NdisReleaseSpinLock(&adapter->Lock);
    return NDIS_STATUS_SUCCESS;
}

BOOLEAN SeededCheckForHang(NDIS_HANDLE MiniportAdapterContext)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    return FALSE;
}

/* the machine goes down: silence the card, free nothing */
VOID SeededShutdown(NDIS_HANDLE MiniportAdapterContext, NDIS_SHUTDOWN_ACTION ShutdownAction)
{
    PSEEDED adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(ShutdownAction);
    SeededHardwareStop(adapter);
    if (SeededBug(adapter, "shmem-free-in-shutdown")) {
        SeededFree(adapter, &adapter->BufferBlock);
    }
}

VOID SeededPnPEvent(NDIS_HANDLE MiniportAdapterContext, PNET_DEVICE_PNP_EVENT NetDevicePnPEvent)
{
    PSEEDED adapter = MiniportAdapterContext;

    if (NetDevicePnPEvent->DevicePnPEvent == NdisDevicePnPEventSurpriseRemoved) {
        adapter->Gone = TRUE;
    }
}
