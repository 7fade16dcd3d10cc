/* SPDX-License-Identifier: MIT */
/* The line, and the life of the adapter between initialize and halt. */
#include "sysdma.h"

#define EVENTS                                                                                     \
    (ST_TX_DONE | ST_TX_ERROR | ST_RX_DONE | ST_RX_ERROR | ST_PAUSED | ST_LINK_CHANGE | ST_RING)

static MINIPORT_ISR Isr;
static MINIPORT_INTERRUPT_DPC Dpc;
static MINIPORT_DISABLE_INTERRUPT Disable;
static MINIPORT_ENABLE_INTERRUPT Enable;

/* a waiting frame pulls the line only while there is something to be done about it */
VOID SysDmaInterruptsOn(PSYSDMA Adapter)
{
    ULONG mask = EVENTS;

    NdisAcquireSpinLock(&Adapter->Lock);
    if (Adapter->State == SysDmaRunning && Adapter->FreeBuffers != NULL && !Adapter->Rx.Busy &&
        !(Adapter->Burst != 0 && Adapter->Tx.Busy)) {
        mask |= ST_RX_READY;
    }
    if (!Adapter->Gone) {
        CardWrite(Adapter, REG_IMASK, mask);
    }
    NdisReleaseSpinLock(&Adapter->Lock);
    if (Adapter->Ring != 0) {
        SysDmaRingDrain(Adapter); /* records may have waited for a buffer */
    }
}

static BOOLEAN Isr(NDIS_HANDLE MiniportInterruptContext, PBOOLEAN QueueDefaultInterruptDpc,
                   PULONG TargetProcessors)
{
    PSYSDMA adapter = MiniportInterruptContext;
    USHORT status = CardRead(adapter, REG_STATUS), mask = CardRead(adapter, REG_IMASK);
    BOOLEAN ours = (BOOLEAN)(status != 0xFFFF && (status & mask) != 0);

    *TargetProcessors = 0;
    *QueueDefaultInterruptDpc = ours;
    if (ours) {
        CardWrite(adapter, REG_IMASK, 0);
    }
    return ours;
}

/* the card stands in mid-transfer: the counter must say what is left, to the unit */
static VOID CheckCounterLocked(PSYSDMA Adapter, SYSDMA_TRANSFER *Transfer)
{
    ULONG unit = Transfer->Width == Width16Bits ? 2 : 1, counter;

    if (!Transfer->Busy) {
        return;
    }
    Transfer->Left -= Adapter->Burst * unit;
    counter = NdisMReadDmaCounter(Transfer->Channel);
    Adapter->CounterReads++;
    Adapter->MidReads += counter > 0 && counter < Transfer->Length;
    if (counter != Transfer->Left) {
        DbgPrint("sysdma: FAILED: counter %u, and %u of %u are left\n", counter, Transfer->Left,
                 Transfer->Length);
    }
}

static VOID Dpc(NDIS_HANDLE MiniportInterruptContext, PVOID MiniportDpcContext,
                PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    PSYSDMA adapter = MiniportInterruptContext;
    PNDIS_RECEIVE_THROTTLE_PARAMETERS throttle = ReceiveThrottleParameters;
    USHORT status = CardRead(adapter, REG_STATUS);

    UNREFERENCED_PARAMETER(MiniportDpcContext);
    UNREFERENCED_PARAMETER(NdisReserved2);
    throttle->MoreNblsPending = 0;
    if (status == 0xFFFF) {
        return;
    }
    CardWrite(adapter, REG_STATUS, status & EVENTS);
    if ((status & ST_PAUSED) != 0) {
        NdisDprAcquireSpinLock(&adapter->Lock);
        CheckCounterLocked(adapter, &adapter->Tx);
        CheckCounterLocked(adapter, &adapter->Rx);
        CardWrite(adapter, REG_COMMAND, CMD_RESUME);
        NdisDprReleaseSpinLock(&adapter->Lock);
    }
    if ((status & (ST_TX_DONE | ST_TX_ERROR)) != 0) {
        SysDmaTxDone(adapter, (BOOLEAN)((status & ST_TX_ERROR) == 0), NDIS_STATUS_FAILURE);
    }
    if ((status & (ST_RX_DONE | ST_RX_ERROR)) != 0) {
        SysDmaRxDone(adapter, (BOOLEAN)((status & ST_RX_ERROR) == 0));
    }
    SysDmaRxStart(adapter);
    SysDmaTxPump(adapter);
    SysDmaInterruptsOn(adapter);
}

static VOID Disable(NDIS_HANDLE MiniportInterruptContext)
{
    CardWrite(MiniportInterruptContext, REG_IMASK, 0);
}

static VOID Enable(NDIS_HANDLE MiniportInterruptContext)
{
    CardWrite(MiniportInterruptContext, REG_IMASK, EVENTS | ST_RX_READY);
}

NDIS_STATUS SysDmaInterruptCreate(PSYSDMA Adapter)
{
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS c;

    NdisZeroMemory(&c, sizeof(c));
    c.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    c.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    c.Header.Size = NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    c.InterruptHandler = Isr;
    c.InterruptDpcHandler = Dpc;
    c.DisableInterruptHandler = Disable;
    c.EnableInterruptHandler = Enable;
    return NdisMRegisterInterruptEx(Adapter->Handle, Adapter, &c, &Adapter->Interrupt);
}

/* --- pause, restart, reset --- */

/* Count things are back: the last one completes a pause that waits for it */
VOID SysDmaRelease(PSYSDMA Adapter, LONG Count)
{
    BOOLEAN complete = FALSE;

    NdisAcquireSpinLock(&Adapter->Lock);
    Adapter->Held -= Count;
    if (Adapter->Held == 0 && Adapter->PausePending) {
        Adapter->PausePending = FALSE;
        Adapter->State = SysDmaPaused;
        complete = TRUE;
    }
    NdisReleaseSpinLock(&Adapter->Lock);
    if (complete) {
        NdisMPauseComplete(Adapter->Handle);
    }
}

static VOID StartCard(PSYSDMA Adapter)
{
    CardWrite(Adapter, REG_BURST, Adapter->Burst);
    CardWrite(Adapter, REG_CONTROL,
              CT_RX | CT_PROMISCUOUS | (Adapter->Burst != 0 ? CT_PAUSE : 0) |
                  (Adapter->Ring != 0 ? CT_STREAM : 0));
    SysDmaInterruptsOn(Adapter);
}

/* sends that wait come back; the one under way is let through, unless the card is gone */
NDIS_STATUS SysDmaPause(NDIS_HANDLE MiniportAdapterContext,
                        PNDIS_MINIPORT_PAUSE_PARAMETERS Parameters)
{
    PSYSDMA adapter = MiniportAdapterContext;
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;

    UNREFERENCED_PARAMETER(Parameters);
    NdisAcquireSpinLock(&adapter->Lock);
    adapter->State = SysDmaPausing;
    NdisReleaseSpinLock(&adapter->Lock);
    CardWrite(adapter, REG_CONTROL, adapter->Burst != 0 ? CT_PAUSE : 0);
    SysDmaRxStop(adapter);
    SysDmaTxAbort(adapter, NDIS_STATUS_PAUSED, adapter->Gone);
    NdisAcquireSpinLock(&adapter->Lock);
    if (adapter->Held == 0) {
        adapter->State = SysDmaPaused;
    } else {
        adapter->PausePending = TRUE;
        status = NDIS_STATUS_PENDING;
    }
    NdisReleaseSpinLock(&adapter->Lock);
    return status;
}

NDIS_STATUS SysDmaRestart(NDIS_HANDLE MiniportAdapterContext,
                          PNDIS_MINIPORT_RESTART_PARAMETERS Parameters)
{
    PSYSDMA adapter = MiniportAdapterContext;
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;

    UNREFERENCED_PARAMETER(Parameters);
    CardWrite(adapter, REG_COMMAND, CMD_RESET);
    if (adapter->Ring != 0) {
        status = SysDmaRingStart(adapter);
    }
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    NdisAcquireSpinLock(&adapter->Lock);
    adapter->State = SysDmaRunning;
    NdisReleaseSpinLock(&adapter->Lock);
    StartCard(adapter);
    return NDIS_STATUS_SUCCESS;
}

/* everything is completed before it returns, as NDIS 6.30 wants it */
NDIS_STATUS SysDmaReset(NDIS_HANDLE MiniportAdapterContext, PBOOLEAN AddressingReset)
{
    PSYSDMA adapter = MiniportAdapterContext;
    SYSDMA_STATE state;

    *AddressingReset = FALSE;
    NdisAcquireSpinLock(&adapter->Lock);
    state = adapter->State;
    adapter->State = SysDmaPausing;
    NdisReleaseSpinLock(&adapter->Lock);
    SysDmaRxStop(adapter);
    SysDmaTxAbort(adapter, NDIS_STATUS_RESET_IN_PROGRESS, TRUE);
    CardWrite(adapter, REG_COMMAND, CMD_RESET);
    if (adapter->Ring != 0 && state == SysDmaRunning &&
        SysDmaRingStart(adapter) != NDIS_STATUS_SUCCESS) {
        return NDIS_STATUS_HARD_ERRORS;
    }
    NdisAcquireSpinLock(&adapter->Lock);
    adapter->State = state;
    NdisReleaseSpinLock(&adapter->Lock);
    StartCard(adapter);
    return NDIS_STATUS_SUCCESS;
}

BOOLEAN SysDmaCheckForHang(NDIS_HANDLE MiniportAdapterContext)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    return FALSE;
}

VOID SysDmaShutdown(NDIS_HANDLE MiniportAdapterContext, NDIS_SHUTDOWN_ACTION ShutdownAction)
{
    UNREFERENCED_PARAMETER(ShutdownAction);
    CardWrite(MiniportAdapterContext, REG_COMMAND, CMD_RESET);
}

VOID SysDmaPnPEvent(NDIS_HANDLE MiniportAdapterContext, PNET_DEVICE_PNP_EVENT NetDevicePnPEvent)
{
    PSYSDMA adapter = MiniportAdapterContext;

    if (NetDevicePnPEvent->DevicePnPEvent == NdisDevicePnPEventSurpriseRemoved) {
        adapter->Gone = TRUE;
    }
}
