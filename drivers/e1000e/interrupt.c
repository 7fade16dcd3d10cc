/* SPDX-License-Identifier: MIT */
/*
 * Interrupts: MSI-X, single-message MSI and line.
 *
 *   MSI-X   up to three messages: 0 receive, 1 transmit, 2 link. The card clears the cause and its
 *           mask bit when it sends the message (DS 10, EIAC), so the ISR reads nothing; ICR is
 *           never read, since that could clear the causes of other messages. With fewer messages
 *           the roles share them. With two receive queues the second has message 3, and the ISR
 *           queues the DPC of each on the CPU that the indirection table names (rss.c).
 *   MSI     one message, ICR is read and everything masked, as for a line.
 *   Line    the same, and the line may be another device's.
 *
 * The DPC does the work and unmasks, unless NDIS limited the number of receives and there are
 * more: then NDIS calls the DPC again, with the interrupt still off.
 *
 * A DPC that finds nothing to do is normal: moderation timers of some cards repeat a message.
 */
#include "e1000e.h"

#define E1000_LINE_CAUSES                                                                          \
    (E1000_INT_TXDW | E1000_INT_RXT0 | E1000_INT_RXDMT0 | E1000_INT_RXO | E1000_INT_LSC)
#define E1000_RX_CAUSES (E1000_INT_RXQ0 | E1000_INT_RXT0)
#define E1000_TX_CAUSES (E1000_INT_TXQ0 | E1000_INT_TXDW)
#define E1000_MODERATED (E1000_INT_RXQ0 | E1000_INT_RXQ1 | E1000_INT_TXQ0)

static MINIPORT_ISR E1000Isr;
static MINIPORT_INTERRUPT_DPC E1000InterruptDpc;
static MINIPORT_DISABLE_INTERRUPT E1000DisableInterrupt;
static MINIPORT_ENABLE_INTERRUPT E1000EnableInterrupt;
static MINIPORT_MESSAGE_INTERRUPT E1000MessageIsr;
static MINIPORT_MESSAGE_INTERRUPT_DPC E1000MessageDpc;
static MINIPORT_DISABLE_MESSAGE_INTERRUPT E1000DisableMessage;
static MINIPORT_ENABLE_MESSAGE_INTERRUPT E1000EnableMessage;

/* Unmasks causes, unless the card has been stopped meanwhile. <= DISPATCH_LEVEL. */
VOID E1000InterruptEnable(PE1000_ADAPTER Adapter, ULONG Mask)
{
    NdisAcquireSpinLock(&Adapter->HwLock);
    if (E1000IsReady(Adapter) && Mask != 0) {
        E1000Write(&Adapter->Hw, E1000_IMS, Mask);
    }
    NdisReleaseSpinLock(&Adapter->HwLock);
}

/* Makes the card interrupt as if the cause had come (DS 10, ICS). <= DISPATCH_LEVEL. */
VOID E1000InterruptProvoke(PE1000_ADAPTER Adapter, ULONG MsixCause, ULONG LineCause)
{
    NdisAcquireSpinLock(&Adapter->HwLock);
    if (E1000IsReady(Adapter)) {
        E1000Write(&Adapter->Hw, E1000_ICS,
                   Adapter->InterruptMode == E1000InterruptMsix ? MsixCause : LineCause);
    }
    NdisReleaseSpinLock(&Adapter->HwLock);
}

/* Receive, transmit, link: what Causes says may have something. Returns receives that wait. */
static BOOLEAN E1000Service(PE1000_ADAPTER Adapter, ULONG Causes, ULONG Budget)
{
    BOOLEAN more = FALSE;

    if (Causes & E1000_TX_CAUSES) {
        E1000TxRun(Adapter, TRUE);
    }
    if (Causes & E1000_RX_CAUSES) {
        more = E1000RxProcess(Adapter, 0, Budget);
    }
    if (Causes & E1000_INT_RXQ1) {
        more = E1000RxProcess(Adapter, 1, Budget);
    }
    if (Causes & E1000_INT_LSC) {
        E1000LinkCheck(Adapter);
    }
    return more;
}

/*
 * Services Causes, then unmasks Mask. = DISPATCH_LEVEL.
 *
 * NDIS gives the number of receives one DPC may indicate; ~0 means no limit, and then
 * MoreNblsPending must stay FALSE: we stop after a while all the same, and let the card interrupt
 * again.
 */
static VOID E1000Dpc(PE1000_ADAPTER Adapter, ULONG Causes, ULONG Mask,
                     PNDIS_RECEIVE_THROTTLE_PARAMETERS Throttle)
{
    ULONG budget = MAXULONG;
    BOOLEAN limited = FALSE;
    BOOLEAN more;

    if (Throttle != NULL && Throttle->MaxNblsToIndicate != NDIS_INDICATE_ALL_NBLS) {
        limited = TRUE;
        budget = Throttle->MaxNblsToIndicate;
    }
    more = E1000Service(Adapter, Causes, budget);
    if (Throttle != NULL) {
        Throttle->MoreNblsPending = limited && more ? 1 : 0;
    }
    if (limited && more) {
        return;
    }
    E1000InterruptEnable(Adapter, Mask);
    if (more) {
        E1000InterruptProvoke(Adapter, Causes & (E1000_INT_RXQ0 | E1000_INT_RXQ1), E1000_INT_RXT0);
    }
}

/*
 * Line and single MSI, at DIRQL. Reading ICR says what happened and acknowledges it; masking first
 * thing afterwards keeps an unacknowledged MSI from repeating.
 */
static BOOLEAN E1000ReadCauses(PE1000_ADAPTER Adapter)
{
    PE1000_HW hw = &Adapter->Hw;
    ULONG causes;

    /* Interrupt registered but card off: on a shared line it must be somebody else. */
    if (!E1000IsReady(Adapter) || E1000HwIsGone(hw)) {
        return FALSE;
    }
    causes = E1000Read(hw, E1000_ICR);
    if (causes == 0xFFFFFFFFu) {
        /* Nobody there. The timer finds out for good, where more may be done about it. */
        return FALSE;
    }
    /* Not bit 31, which not every card of the family has: is it one of those we enabled? */
    if ((causes & Adapter->InterruptMask) == 0) {
        return FALSE;
    }
    E1000Write(hw, E1000_IMC, E1000_INT_ALL);
    InterlockedOr(&Adapter->Causes, (LONG)(causes & Adapter->InterruptMask));
    return TRUE;
}

/* MiniportInterrupt. At DIRQL. */
static BOOLEAN E1000Isr(NDIS_HANDLE MiniportInterruptContext, PBOOLEAN QueueDefaultInterruptDpc,
                        PULONG TargetProcessors)
{
    BOOLEAN ours = E1000ReadCauses(MiniportInterruptContext);

    *QueueDefaultInterruptDpc = ours;
    *TargetProcessors = 0;
    return ours;
}

/*
 * MiniportInterruptDPC; also for single MSI. Receive and transmit are looked at whatever the causes
 * say: it costs one look at a descriptor, and after MoreNblsPending there are no new causes.
 */
static VOID E1000InterruptDpc(NDIS_HANDLE MiniportInterruptContext, PVOID MiniportDpcContext,
                              PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    PE1000_ADAPTER adapter = MiniportInterruptContext;
    ULONG causes = (ULONG)InterlockedExchange(&adapter->Causes, 0);

    UNREFERENCED_PARAMETER(MiniportDpcContext);
    UNREFERENCED_PARAMETER(NdisReserved2);
    E1000Dpc(adapter, causes | E1000_RX_CAUSES | E1000_TX_CAUSES, adapter->InterruptMask,
             ReceiveThrottleParameters);
}

/* MiniportDisableInterruptEx and MiniportEnableInterruptEx. At DIRQL: no lock of ours. */
static VOID E1000DisableInterrupt(NDIS_HANDLE MiniportInterruptContext)
{
    PE1000_ADAPTER adapter = MiniportInterruptContext;

    E1000Write(&adapter->Hw, E1000_IMC, E1000_INT_ALL);
}

static VOID E1000EnableInterrupt(NDIS_HANDLE MiniportInterruptContext)
{
    PE1000_ADAPTER adapter = MiniportInterruptContext;

    if (E1000IsReady(adapter)) {
        E1000Write(&adapter->Hw, E1000_IMS, adapter->InterruptMask);
    }
}

/* The IMS bits of a message; none for one the card was given beyond those it uses. */
static ULONG E1000MaskOf(PE1000_ADAPTER Adapter, ULONG MessageId)
{
    return MessageId < E1000_EITR_COUNT ? Adapter->MessageMask[MessageId] : 0u;
}

/*
 * MiniportMessageInterrupt. At the message's DIRQL. With MSI-X the card has cleared cause and mask
 * by itself; not every one clears the mask, and a second write does no harm.
 */
static BOOLEAN E1000MessageIsr(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId,
                               PBOOLEAN QueueDefaultInterruptDpc, PULONG TargetProcessors)
{
    PE1000_ADAPTER adapter = MiniportInterruptContext;

    *TargetProcessors = 0;
    if (adapter->InterruptMode != E1000InterruptMsix) {
        *QueueDefaultInterruptDpc = E1000ReadCauses(adapter);
        /* A message is never shared: it was ours, even if there is nothing left to do. */
        return TRUE;
    }
    *QueueDefaultInterruptDpc = E1000IsReady(adapter);
    if (E1000IsReady(adapter)) {
        ULONG mask = E1000MaskOf(adapter, MessageId);

        E1000Write(&adapter->Hw, E1000_IMC, mask);
        *QueueDefaultInterruptDpc = (BOOLEAN)!E1000RssQueueDpc(adapter, MessageId, mask);
    }
    return TRUE;
}

/* MiniportMessageInterruptDPC. */
static VOID E1000MessageDpc(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId,
                            PVOID MiniportDpcContext, PVOID ReceiveThrottleParameters,
                            PVOID NdisReserved2)
{
    PE1000_ADAPTER adapter = MiniportInterruptContext;
    ULONG mask = E1000MaskOf(adapter, MessageId);

    if (adapter->InterruptMode != E1000InterruptMsix) {
        E1000InterruptDpc(MiniportInterruptContext, MiniportDpcContext, ReceiveThrottleParameters,
                          NdisReserved2);
        return;
    }
    if ((mask & E1000_INT_LSC) && E1000IsReady(adapter)) {
        /* OTHER is not auto-cleared down to its parts. Clear before STATUS is read, so that a
           change in between is not lost; writing OTHER clears LSC too (DS 10, ICR). */
        E1000Write(&adapter->Hw, E1000_ICR, E1000_INT_OTHER | E1000_INT_LSC);
    }
    E1000Dpc(adapter, mask, mask, ReceiveThrottleParameters);
}

/* MiniportDisableMessageInterrupt and MiniportEnableMessageInterrupt. At DIRQL. */
static VOID E1000DisableMessage(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId)
{
    PE1000_ADAPTER adapter = MiniportInterruptContext;

    E1000Write(&adapter->Hw, E1000_IMC, E1000MaskOf(adapter, MessageId));
}

static VOID E1000EnableMessage(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId)
{
    PE1000_ADAPTER adapter = MiniportInterruptContext;

    if (E1000IsReady(adapter)) {
        E1000Write(&adapter->Hw, E1000_IMS, E1000MaskOf(adapter, MessageId));
    }
}

/* Which causes go to which message. */
static VOID E1000AssignMessages(PE1000_ADAPTER Adapter)
{
    ULONG other = min(Adapter->MessageCount, 3u) - 1;
    ULONG tx = Adapter->MessageCount >= 3 ? 1u : 0u;

    NdisZeroMemory(Adapter->MessageMask, sizeof(Adapter->MessageMask));
    Adapter->InterruptMask = E1000_LINE_CAUSES;
    if (Adapter->InterruptMode != E1000InterruptMsix) {
        Adapter->MessageMask[0] = E1000_LINE_CAUSES;
        return;
    }
    Adapter->MessageMask[0] |= E1000_INT_RXQ0;
    Adapter->MessageMask[tx] |= E1000_INT_TXQ0;
    /* LSC besides OTHER: silicon wants it enabled, others look at OTHER alone. */
    Adapter->MessageMask[other] |= E1000_INT_OTHER | E1000_INT_LSC;
    Adapter->InterruptMask = E1000_INT_RXQ0 | E1000_INT_TXQ0 | E1000_INT_OTHER | E1000_INT_LSC;
    if (Adapter->Rx.QueueCount > 1) {
        Adapter->MessageMask[E1000_RSS_MESSAGE] = E1000_INT_RXQ1;
        Adapter->InterruptMask |= E1000_INT_RXQ1;
    }
}

static ULONG E1000VectorOf(PE1000_ADAPTER Adapter, ULONG Cause)
{
    ULONG message;

    for (message = 0; message + 1 < E1000_EITR_COUNT; message++) {
        if (Adapter->MessageMask[message] & Cause) {
            break;
        }
    }
    return message | E1000_IVAR_VALID;
}

/*
 * Writes moderation and, for MSI-X, vectors and auto-clear. After every reset, with everything
 * masked. <= DISPATCH_LEVEL. Message n is table entry n (NDIS changes that only on request).
 */
VOID E1000InterruptProgram(PE1000_ADAPTER Adapter)
{
    PE1000_HW hw = &Adapter->Hw;
    ULONG interval = Adapter->Config.InterruptModeration ? E1000_ITR_DEFAULT : 0;
    BOOLEAN msix = (BOOLEAN)(Adapter->InterruptMode == E1000InterruptMsix);
    ULONG i;

    E1000Write(hw, E1000_ITR, msix ? 0 : interval);
    if (hw->Type->Vectors == 0) {
        return;
    }
    E1000Write(hw, E1000_IAM, 0);
    E1000Write(hw, E1000_EIAC, msix ? E1000_INT_ALL_MSIX : 0);
    for (i = 0; i < E1000_EITR_COUNT; i++) {
        /* A change of link need not wait. */
        E1000Write(hw, E1000_EITR(i),
                   msix && (Adapter->MessageMask[i] & E1000_MODERATED) ? interval : 0);
    }
    E1000Write(hw, E1000_IVAR,
               msix ? E1000VectorOf(Adapter, E1000_INT_RXQ0) << E1000_IVAR_RXQ0_SHIFT |
                          (Adapter->Rx.QueueCount > 1
                               ? E1000VectorOf(Adapter, E1000_INT_RXQ1) << E1000_IVAR_RXQ1_SHIFT
                               : 0u) |
                          E1000VectorOf(Adapter, E1000_INT_TXQ0) << E1000_IVAR_TXQ0_SHIFT |
                          E1000VectorOf(Adapter, E1000_INT_OTHER) << E1000_IVAR_OTHER_SHIFT |
                          E1000_IVAR_TX_EVERY_WB
                    : 0);
}

static VOID E1000FillInterruptCharacteristics(PNDIS_MINIPORT_INTERRUPT_CHARACTERISTICS Interrupt)
{
    NdisZeroMemory(Interrupt, sizeof(*Interrupt));
    Interrupt->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    Interrupt->Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    Interrupt->Header.Size = NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    Interrupt->InterruptHandler = E1000Isr;
    Interrupt->InterruptDpcHandler = E1000InterruptDpc;
    Interrupt->DisableInterruptHandler = E1000DisableInterrupt;
    Interrupt->EnableInterruptHandler = E1000EnableInterrupt;
    Interrupt->MsiSupported = TRUE;
    Interrupt->MsiSyncWithAllMessages = FALSE;
    Interrupt->MessageInterruptHandler = E1000MessageIsr;
    Interrupt->MessageInterruptDpcHandler = E1000MessageDpc;
    Interrupt->DisableMessageInterruptHandler = E1000DisableMessage;
    Interrupt->EnableMessageInterruptHandler = E1000EnableMessage;
}

/*
 * Connects the interrupt and switches it on. PASSIVE_LEVEL, last step of MiniportInitializeEx; the
 * card is programmed, with everything masked. Only afterwards do we know what kind we got.
 */
NDIS_STATUS E1000RegisterInterrupt(PE1000_ADAPTER Adapter)
{
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS interrupt;
    NDIS_STATUS status;

    E1000FillInterruptCharacteristics(&interrupt);
    status = NdisMRegisterInterruptEx(Adapter->Handle, Adapter, &interrupt, &Adapter->Interrupt);
    if (status != NDIS_STATUS_SUCCESS) {
        Adapter->Interrupt = NULL;
        NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_INTERRUPT_CONNECT, 1,
                               (ULONG)status);
        return status;
    }
    Adapter->InterruptMode = E1000InterruptLine;
    Adapter->MessageCount = 1;
    if (interrupt.InterruptType == NDIS_CONNECT_MESSAGE_BASED) {
        Adapter->MessageCount = interrupt.MessageInfoTable->MessageCount;
        /* The card has one MSI message but five MSI-X ones. */
        Adapter->InterruptMode = Adapter->MessageCount > 1 || E1000MsixIsEnabled(Adapter)
                                     ? E1000InterruptMsix
                                     : E1000InterruptMsi;
    }
    E1000AssignMessages(Adapter);
    E1000InterruptProgram(Adapter);
    E1000InterruptEnable(Adapter, Adapter->InterruptMask);
    return NDIS_STATUS_SUCCESS;
}

/* Disconnects the interrupt; waits for running DPCs. PASSIVE_LEVEL, the card is stopped. */
VOID E1000DeregisterInterrupt(PE1000_ADAPTER Adapter)
{
    NdisMDeregisterInterruptEx(Adapter->Interrupt);
    Adapter->Interrupt = NULL;
    Adapter->InterruptMask = 0;
}
