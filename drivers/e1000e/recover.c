/* SPDX-License-Identifier: MIT */
/*
 * Watching the card, and resetting it.
 *
 * A reset takes tens of milliseconds of waiting, and MiniportResetEx may be called at
 * DISPATCH_LEVEL: so it only closes the gate and leaves the rest to a work item.
 *
 * What a reset owes to the send path (NDIS 6.30): every pending send is completed before the reset
 * is, and its scatter/gather list may be given back only when no DMA can come any more.
 */
#include "e1000e.h"

#define E1000_DRAIN_POLL_US     1000u
#define E1000_PAUSE_STALL_TICKS 4
#define E1000_HANG_CHECKS       3u

static NDIS_TIMER_FUNCTION E1000Tick;
static NDIS_IO_WORKITEM E1000Recover;

/* Waits until no recovery is under way. PASSIVE_LEVEL. */
VOID E1000WaitForRecovery(PE1000_ADAPTER Adapter)
{
    (VOID) NdisWaitEvent(&Adapter->RecoverIdle, 0);
}

/*
 * Starts a recovery; FALSE when one is under way. <= DISPATCH_LEVEL.
 * From now on sends, new and pending, end with SendStatus.
 */
static BOOLEAN E1000StartRecovery(PE1000_ADAPTER Adapter, BOOLEAN ResetRequested,
                                  NDIS_STATUS SendStatus)
{
    BOOLEAN started;

    NdisAcquireSpinLock(&Adapter->Tx.Lock);
    started = (BOOLEAN)!E1000IsRecovering(Adapter);
    if (started) {
        NdisResetEvent(&Adapter->RecoverIdle);
        Adapter->ResetRequested = ResetRequested;
        Adapter->RecoverStatus = SendStatus;
        InterlockedExchange(&Adapter->Recovering, 1);
    }
    NdisReleaseSpinLock(&Adapter->Tx.Lock);
    if (!started) {
        return FALSE;
    }
    E1000TxUpdateGate(Adapter);
    NdisQueueIoWorkItem(Adapter->RecoverWork, E1000Recover, Adapter);
    return TRUE;
}

/*
 * Gives back all sends. The card is stopped; what is left are slots whose list is still being
 * built. Their callbacks cannot be cancelled, and they come when the map registers we return are
 * handed out. PASSIVE_LEVEL.
 */
static VOID E1000DrainSends(PE1000_ADAPTER Adapter)
{
    E1000TxAbort(Adapter, Adapter->RecoverStatus, TRUE);
    while (ReadAcquire(&Adapter->Tx.Held) != 0) {
        NdisMSleep(E1000_DRAIN_POLL_US);
    }
}

/* NdisMResetComplete is documented for DISPATCH_LEVEL exactly. */
static VOID E1000CompleteReset(PE1000_ADAPTER Adapter, NDIS_STATUS Status)
{
    KIRQL irql;

    NDIS_RAISE_IRQL_TO_DISPATCH(&irql);
    /* Filters and multicast list are restored already: AddressingReset FALSE. */
    NdisMResetComplete(Adapter->Handle, Status, FALSE);
    NDIS_LOWER_IRQL(irql, DISPATCH_LEVEL);
}

/* The work item: stop, drain, start. PASSIVE_LEVEL. */
static VOID E1000Recover(PVOID WorkItemContext, NDIS_HANDLE NdisIoWorkItemHandle)
{
    PE1000_ADAPTER adapter = WorkItemContext;
    NDIS_STATUS status;

    UNREFERENCED_PARAMETER(NdisIoWorkItemHandle);
    E1000HardwareStop(adapter);
    E1000DrainSends(adapter);
    status = E1000HardwareStart(adapter);
    if (status != NDIS_STATUS_SUCCESS) {
        NdisWriteErrorLogEntry(adapter->Handle, NDIS_ERROR_CODE_HARDWARE_FAILURE, 1, (ULONG)status);
    }
    InterlockedExchange(&adapter->Recovering, 0);
    E1000TxUpdateGate(adapter);
    E1000RxUpdate(adapter);
    E1000LinkCheck(adapter);
    if (adapter->ResetRequested) {
        E1000CompleteReset(adapter, status == NDIS_STATUS_SUCCESS ? NDIS_STATUS_SUCCESS
                                                                  : NDIS_STATUS_HARD_ERRORS);
    }
    /* Whoever waits may free the adapter now. */
    NdisSetEvent(&adapter->RecoverIdle);
}

/*
 * MiniportResetEx. <= DISPATCH_LEVEL.
 * Return: PENDING (NdisMResetComplete follows); RESET_IN_PROGRESS; HARD_ERRORS when the card is
 * gone.
 */
NDIS_STATUS E1000Reset(NDIS_HANDLE MiniportAdapterContext, PBOOLEAN AddressingReset)
{
    PE1000_ADAPTER adapter = MiniportAdapterContext;

    *AddressingReset = FALSE;
    if (E1000HwIsGone(&adapter->Hw)) {
        return NDIS_STATUS_HARD_ERRORS;
    }
    if (!E1000StartRecovery(adapter, TRUE, NDIS_STATUS_RESET_IN_PROGRESS)) {
        return NDIS_STATUS_RESET_IN_PROGRESS;
    }
    return NDIS_STATUS_PENDING;
}

/* Does the card have frames, and how many has it finished so far? */
static BOOLEAN E1000TxIsBusy(PE1000_ADAPTER Adapter, PULONG Reaped)
{
    BOOLEAN busy;

    NdisAcquireSpinLock(&Adapter->Tx.Lock);
    busy = (BOOLEAN)!IsListEmpty(&Adapter->Tx.Busy);
    *Reaped = Adapter->Tx.Reaped;
    NdisReleaseSpinLock(&Adapter->Tx.Lock);
    return busy;
}

/*
 * MiniportCheckForHangEx, about every two seconds. PASSIVE_LEVEL. TRUE asks for a reset.
 * The first time nothing has moved the interrupt may have been lost: provoke one. A card without
 * link may never move; the reset then gives the sends back well within the 22 seconds that Driver
 * Verifier allows.
 */
BOOLEAN E1000CheckForHang(NDIS_HANDLE MiniportAdapterContext)
{
    PE1000_ADAPTER adapter = MiniportAdapterContext;
    ULONG reaped;

    if (E1000IsRecovering(adapter) || adapter->LowPower) {
        return FALSE;
    }
    if (E1000HwCheckGone(&adapter->Hw)) {
        E1000HandleRemoval(adapter);
        return FALSE;
    }
    if (!E1000IsReady(adapter)) {
        /* The last reset failed: perhaps the card answers by now. */
        return TRUE;
    }
    if (!E1000TxIsBusy(adapter, &reaped) || reaped != adapter->HangReaped) {
        adapter->HangReaped = reaped;
        adapter->HangChecks = 0;
        return FALSE;
    }
    adapter->HangChecks++;
    if (adapter->HangChecks < E1000_HANG_CHECKS) {
        E1000InterruptProvoke(adapter, E1000_INT_TXQ0, E1000_INT_TXDW);
        return FALSE;
    }
    adapter->HangChecks = 0;
    return TRUE;
}

/* A pause must end even if the card does not send: after two seconds its frames are aborted. */
static VOID E1000WatchPause(PE1000_ADAPTER Adapter)
{
    ULONG reaped;

    (VOID) E1000TxIsBusy(Adapter, &reaped);
    if (E1000GetState(Adapter) != E1000StatePausing || ReadAcquire(&Adapter->Tx.Held) == 0 ||
        reaped != Adapter->TickReaped) {
        Adapter->TickReaped = reaped;
        InterlockedExchange(&Adapter->PauseStall, 0);
        return;
    }
    if (InterlockedIncrement(&Adapter->PauseStall) >= E1000_PAUSE_STALL_TICKS) {
        InterlockedExchange(&Adapter->PauseStall, 0);
        (VOID) E1000StartRecovery(Adapter, FALSE, NDIS_STATUS_PAUSED);
    }
}

/* Lets growth be tried again, and looks whether frames wait that no interrupt told of. */
static VOID E1000WatchReceive(PE1000_ADAPTER Adapter)
{
    PE1000_RX rx = &Adapter->Rx;
    BOOLEAN stuck = FALSE;
    ULONG i;

    NdisAcquireSpinLock(&rx->Lock);
    rx->GrowBlocked = FALSE;
    for (i = 0; i < rx->QueueCount && rx->Enabled && rx->Seen == Adapter->TickSeen; i++) {
        stuck |= (BOOLEAN)(!rx->Queues[i].Processing && E1000RxIsFilled(Adapter, i));
    }
    Adapter->TickSeen = rx->Seen;
    NdisReleaseSpinLock(&rx->Lock);
    if (stuck) {
        E1000RxProvoke(Adapter);
    }
}

/* The timer: = DISPATCH_LEVEL, every half second while the card has power. */
static VOID E1000Tick(PVOID SystemSpecific1, PVOID FunctionContext, PVOID SystemSpecific2,
                      PVOID SystemSpecific3)
{
    PE1000_ADAPTER adapter = FunctionContext;

    UNREFERENCED_PARAMETER(SystemSpecific1);
    UNREFERENCED_PARAMETER(SystemSpecific2);
    UNREFERENCED_PARAMETER(SystemSpecific3);
    if (!E1000IsReady(adapter) || E1000IsRecovering(adapter)) {
        return;
    }
    if (E1000HwCheckGone(&adapter->Hw)) {
        E1000HandleRemoval(adapter);
        return;
    }
    E1000LinkCheck(adapter);
    E1000UpdateHwCounters(adapter);
    E1000WatchReceive(adapter);
    E1000WatchPause(adapter);
}

/* Allocates timer and work item. PASSIVE_LEVEL. Return: SUCCESS, or why not (logged). */
NDIS_STATUS E1000CreateRecovery(PE1000_ADAPTER Adapter)
{
    NDIS_TIMER_CHARACTERISTICS timer;
    NDIS_STATUS status;

    Adapter->RecoverWork = NdisAllocateIoWorkItem(Adapter->Handle);
    if (Adapter->RecoverWork == NULL) {
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 0);
        return NDIS_STATUS_RESOURCES;
    }
    NdisZeroMemory(&timer, sizeof(timer));
    timer.Header.Type = NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS;
    timer.Header.Revision = NDIS_TIMER_CHARACTERISTICS_REVISION_1;
    timer.Header.Size = NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1;
    timer.AllocationTag = E1000_TAG;
    timer.TimerFunction = E1000Tick;
    timer.FunctionContext = Adapter;
    status = NdisAllocateTimerObject(Adapter->Handle, &timer, &Adapter->Timer);
    if (status != NDIS_STATUS_SUCCESS) {
        Adapter->Timer = NULL;
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 1, (ULONG)status);
        NdisFreeIoWorkItem(Adapter->RecoverWork);
        Adapter->RecoverWork = NULL;
    }
    return status;
}

/* Undoes E1000CreateRecovery: the timer is not running, no recovery is under way. */
VOID E1000DestroyRecovery(PE1000_ADAPTER Adapter)
{
    NdisFreeTimerObject(Adapter->Timer);
    NdisFreeIoWorkItem(Adapter->RecoverWork);
    Adapter->Timer = NULL;
    Adapter->RecoverWork = NULL;
}

VOID E1000StartTimer(PE1000_ADAPTER Adapter)
{
    LARGE_INTEGER due;

    due.QuadPart = -(LONGLONG)E1000_TICK_MS * 10000;
    (VOID) NdisSetTimerObject(Adapter->Timer, due, (LONG)E1000_TICK_MS, NULL);
}

/* PASSIVE_LEVEL: for a periodic timer the call waits for a tick that is running. */
VOID E1000StopTimer(PE1000_ADAPTER Adapter)
{
    (VOID) NdisCancelTimerObject(Adapter->Timer);
}
