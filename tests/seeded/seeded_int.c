/* SPDX-License-Identifier: MIT */
/* One vector for everything: a message, or a line that may be shared. */
#include "seeded.h"

static MINIPORT_ISR Isr;
static MINIPORT_INTERRUPT_DPC Dpc;
static MINIPORT_MESSAGE_INTERRUPT MessageIsr;
static MINIPORT_MESSAGE_INTERRUPT_DPC MessageDpc;
static MINIPORT_DISABLE_INTERRUPT Disable;
static MINIPORT_ENABLE_INTERRUPT Enable;
static MINIPORT_DISABLE_MESSAGE_INTERRUPT DisableMessage;
static MINIPORT_ENABLE_MESSAGE_INTERRUPT EnableMessage;

static BOOLEAN Isr(NDIS_HANDLE MiniportInterruptContext, PBOOLEAN QueueDefaultInterruptDpc,
                   PULONG TargetProcessors)
{
    PSEEDED adapter = MiniportInterruptContext;
    ULONG causes = SeededRead(adapter, REG_ICR);
    BOOLEAN ours = (BOOLEAN)(causes != 0xffffffffu && (causes & INT_MASK) != 0);

    *TargetProcessors = 0;
    *QueueDefaultInterruptDpc = ours;
    if (ours) {
        SeededWrite(adapter, REG_IMC, 0xffffffffu);
    }
    return ours;
}

static BOOLEAN MessageIsr(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId,
                          PBOOLEAN QueueDefaultInterruptDpc, PULONG TargetProcessors)
{
    PSEEDED adapter = MiniportInterruptContext;

    UNREFERENCED_PARAMETER(MessageId);
    *TargetProcessors = 0;
    *QueueDefaultInterruptDpc = (BOOLEAN)!SeededRssElsewhere(adapter, TargetProcessors);
    SeededWrite(adapter, REG_IMC, 0xffffffffu);
    return TRUE;
}

static VOID Dpc(NDIS_HANDLE MiniportInterruptContext, PVOID MiniportDpcContext,
                PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    PSEEDED adapter = MiniportInterruptContext;
    PNDIS_RECEIVE_THROTTLE_PARAMETERS throttle = ReceiveThrottleParameters;
    ULONG most = RX_RING;
    BOOLEAN more;

    UNREFERENCED_PARAMETER(MiniportDpcContext);
    UNREFERENCED_PARAMETER(NdisReserved2);
    if (throttle->MaxNblsToIndicate != NDIS_INDICATE_ALL_NBLS) {
        most = throttle->MaxNblsToIndicate;
    }
    SeededWrite(adapter, REG_ICR, 0xffffffffu);
    SeededTxReap(adapter);
    more = SeededRxProcess(adapter, most);
    throttle->MoreNblsPending = 0;
    if (more && throttle->MaxNblsToIndicate != NDIS_INDICATE_ALL_NBLS) {
        throttle->MoreNblsPending = 1; /* called again, with the interrupt off */
        return;
    }
    SeededWrite(adapter, REG_IMS, INT_MASK);
}

static VOID MessageDpc(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId,
                       PVOID MiniportDpcContext, PVOID ReceiveThrottleParameters,
                       PVOID NdisReserved2)
{
    UNREFERENCED_PARAMETER(MessageId);
    Dpc(MiniportInterruptContext, MiniportDpcContext, ReceiveThrottleParameters, NdisReserved2);
}

static VOID Disable(NDIS_HANDLE MiniportInterruptContext)
{
    SeededWrite(MiniportInterruptContext, REG_IMC, 0xffffffffu);
}

static VOID Enable(NDIS_HANDLE MiniportInterruptContext)
{
    SeededWrite(MiniportInterruptContext, REG_IMS, INT_MASK);
}

static VOID DisableMessage(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId)
{
    UNREFERENCED_PARAMETER(MessageId);
    Disable(MiniportInterruptContext);
}

static VOID EnableMessage(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId)
{
    UNREFERENCED_PARAMETER(MessageId);
    Enable(MiniportInterruptContext);
}

NDIS_STATUS SeededInterruptCreate(PSEEDED Adapter)
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
    c.MsiSupported = TRUE;
    c.MessageInterruptHandler = MessageIsr;
    c.MessageInterruptDpcHandler = MessageDpc;
    c.DisableMessageInterruptHandler = DisableMessage;
    c.EnableMessageInterruptHandler = EnableMessage;
    return NdisMRegisterInterruptEx(Adapter->Handle, Adapter, &c, &Adapter->Interrupt);
}
