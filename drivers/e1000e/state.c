/* SPDX-License-Identifier: MIT */
/*
 * Pause, restart, power, removal, shutdown.
 *
 * What the send and receive paths may do follows from the adapter's state: E1000TxUpdateGate and
 * E1000RxUpdate work it out anew after each change, so the order in which a pause, a reset and a
 * removal meet does not matter.
 *
 * ActiveRefs says when a pause is complete. Running counts one; each NET_BUFFER_LIST that the stack
 * (receive) or we (send) still have counts one; each call that must not be overtaken by the end of
 * a pause counts one. New ones are only taken under Tx.Lock or Rx.Lock while the gate is open, so
 * after MiniportPause has closed it the count can only fall.
 */
#include "e1000e.h"

VOID E1000Reference(PE1000_ADAPTER Adapter, LONG Count)
{
    InterlockedExchangeAdd(&Adapter->ActiveRefs, Count);
}

/*
 * Drops references; the last one completes the pause. <= DISPATCH_LEVEL, no lock. Afterwards the
 * adapter may be halted at any moment: callers touch it no more, unless they are a DPC, for which
 * NdisMDeregisterInterruptEx waits.
 */
VOID E1000Dereference(PE1000_ADAPTER Adapter, LONG Count)
{
    if (InterlockedExchangeAdd(&Adapter->ActiveRefs, -Count) == Count) {
        E1000SetState(Adapter, E1000StatePaused);
        NdisMPauseComplete(Adapter->Handle);
    }
}

/*
 * MiniportPause. PASSIVE_LEVEL. Cannot fail. Sends that were accepted still go out (if the card
 * does not move for two seconds, the timer has them aborted); the stack gives receive buffers back.
 */
NDIS_STATUS E1000Pause(NDIS_HANDLE MiniportAdapterContext,
                       PNDIS_MINIPORT_PAUSE_PARAMETERS PauseParameters)
{
    PE1000_ADAPTER adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(PauseParameters);
    E1000WaitForRecovery(adapter);
    InterlockedExchange(&adapter->PauseStall, 0);
    E1000SetState(adapter, E1000StatePausing);
    E1000TxUpdateGate(adapter);
    E1000RxUpdate(adapter);
    if (InterlockedDecrement(&adapter->ActiveRefs) != 0) {
        return NDIS_STATUS_PENDING;
    }
    E1000SetState(adapter, E1000StatePaused);
    return NDIS_STATUS_SUCCESS;
}

/*
 * MiniportRestart. PASSIVE_LEVEL. Receives may be indicated from here on, sends come once we have
 * returned. Filters and lists are as they were before the pause.
 * Return: SUCCESS; FAILURE when the card does not work (a reset failed).
 */
NDIS_STATUS E1000Restart(NDIS_HANDLE MiniportAdapterContext,
                         PNDIS_MINIPORT_RESTART_PARAMETERS RestartParameters)
{
    PE1000_ADAPTER adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(RestartParameters);
    E1000WaitForRecovery(adapter);
    if (!E1000IsReady(adapter)) {
        return NDIS_STATUS_FAILURE;
    }
    InterlockedExchange(&adapter->ActiveRefs, 1);
    E1000SetState(adapter, E1000StateRunning);
    E1000TxUpdateGate(adapter);
    E1000RxUpdate(adapter);
    E1000LinkCheck(adapter);
    return NDIS_STATUS_SUCCESS;
}

/*
 * The card has been pulled out: no DMA comes any more, so whatever it had can be given back at
 * once. <= DISPATCH_LEVEL; more than once does no harm.
 */
VOID E1000HandleRemoval(PE1000_ADAPTER Adapter)
{
    E1000TxUpdateGate(Adapter);
    E1000RxUpdate(Adapter);
    E1000TxAbort(Adapter, NDIS_STATUS_FAILURE, TRUE);
}

/* MiniportDevicePnPEventNotify. PASSIVE_LEVEL. Only surprise removal needs anything done. */
VOID E1000DevicePnPEventNotify(NDIS_HANDLE MiniportAdapterContext,
                               PNET_DEVICE_PNP_EVENT NetDevicePnPEvent)
{
    PE1000_ADAPTER adapter = MiniportAdapterContext;

    if (NetDevicePnPEvent->DevicePnPEvent == NdisDevicePnPEventSurpriseRemoved) {
        InterlockedExchange(&adapter->Hw.Gone, 1);
        E1000HandleRemoval(adapter);
    }
}

/*
 * MiniportShutdownEx. PASSIVE_LEVEL, or any IRQL when the system stops with a bug check: so no
 * lock, no wait, no call into NDIS, and above all no memory freed. A card in D3 must not be
 * touched.
 */
VOID E1000Shutdown(NDIS_HANDLE MiniportAdapterContext, NDIS_SHUTDOWN_ACTION ShutdownAction)
{
    PE1000_ADAPTER adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(ShutdownAction);
    if (InterlockedExchange(&adapter->HwReady, 0) != 0) {
        E1000HwSilence(&adapter->Hw);
    }
}

/* Low power: the card is stopped and from then on not touched. The adapter is Paused. */
static VOID E1000PowerDown(PE1000_ADAPTER Adapter)
{
    E1000StopTimer(Adapter);
    E1000WaitForRecovery(Adapter);
    Adapter->LowPower = TRUE;
    E1000HardwareStop(Adapter);
    E1000TxUpdateGate(Adapter);
    E1000TxAbort(Adapter, NDIS_STATUS_LOW_POWER_STATE, TRUE);
    E1000LinkForget(Adapter);
}

/*
 * Full power: PCI configuration and all registers may be lost, so everything is written again,
 * with the filters as they were. A card that does not come back is taken out of the system; the
 * OID itself may not fail.
 */
static VOID E1000PowerUp(PE1000_ADAPTER Adapter)
{
    NDIS_STATUS status;

    status = E1000HardwareStart(Adapter);
    Adapter->LowPower = FALSE;
    E1000TxUpdateGate(Adapter);
    E1000RxUpdate(Adapter);
    if (status != NDIS_STATUS_SUCCESS) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_HARDWARE_FAILURE, 1, (ULONG)status);
        (VOID) NdisMRemoveMiniport(Adapter->Handle);
        return;
    }
    E1000LinkCheck(Adapter);
    E1000StartTimer(Adapter);
}

/* OID_PNP_SET_POWER. PASSIVE_LEVEL. Must succeed. */
NDIS_STATUS E1000SetPower(PE1000_ADAPTER Adapter, NDIS_DEVICE_POWER_STATE State)
{
    if (State == NdisDeviceStateD0 && Adapter->LowPower) {
        E1000PowerUp(Adapter);
    } else if (State != NdisDeviceStateD0 && !Adapter->LowPower) {
        E1000PowerDown(Adapter);
    }
    return NDIS_STATUS_SUCCESS;
}
