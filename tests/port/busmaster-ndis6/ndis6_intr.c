/* SPDX-License-Identifier: MIT */
/* Interrupts. The old registration: init.c:46; service intr.c:5 BmIsr, later intr.c:18 BmHandleInterrupt. */
#include "ndis6.h"

static MINIPORT_ISR BmIsr;
static MINIPORT_INTERRUPT_DPC BmDpc;
static MINIPORT_DISABLE_INTERRUPT BmDisableInterruptEx;
static MINIPORT_ENABLE_INTERRUPT BmEnableInterruptEx;

/* DIRQL. The context comes first now, and the answers are a result and one parameter. */
static BOOLEAN BmIsr(NDIS_HANDLE MiniportInterruptContext, PBOOLEAN QueueDefaultInterruptDpc,
                      PULONG TargetProcessors)
{
    BOOLEAN Ours = BmHwClaim(MiniportInterruptContext);

    *QueueDefaultInterruptDpc = Ours;
    *TargetProcessors = 0;
    return Ours;
}

/* Reaped NET_BUFFERs are completed with no lock held. */
static VOID BmReapSends(BM_ADAPTER *Adapter)
{
    PNET_BUFFER Done, Next;

    NdisDprAcquireSpinLock(&Adapter->Ndis6.SendLock);
    Done = BmHwReap(Adapter);
    NdisDprReleaseSpinLock(&Adapter->Ndis6.SendLock);
    for (; Done != NULL; Done = Next) {
        Next = BM_NB_NEXT(Done);
        BmSendDone(Adapter, Done);
    }
    BmSendWaiting(Adapter);
}

/* DISPATCH_LEVEL. NDIS does not enable the interrupt afterwards: that is done here. */
static VOID BmDpc(NDIS_HANDLE MiniportInterruptContext, PVOID MiniportDpcContext,
                   PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    BM_ADAPTER *Adapter = MiniportInterruptContext;
    ULONG Limit = MAXULONG;

    UNREFERENCED_PARAMETER(MiniportDpcContext);
    UNREFERENCED_PARAMETER(ReceiveThrottleParameters);
    UNREFERENCED_PARAMETER(NdisReserved2);
#if NDIS_SUPPORT_NDIS620
    if (ReceiveThrottleParameters != NULL) {
        PNDIS_RECEIVE_THROTTLE_PARAMETERS Throttle = ReceiveThrottleParameters;

        Limit = Throttle->MaxNblsToIndicate;
        Throttle->MoreNblsPending = FALSE; /* what is left interrupts again */
    }
#endif
    BmReapSends(Adapter);
    BmHwReceive(Adapter, Limit);
    if (!Adapter->Ndis6.Halting) {
        BmHwMask(Adapter, TRUE);
    }
}

static VOID BmDisableInterruptEx(NDIS_HANDLE MiniportInterruptContext)
{
    BmHwMask(MiniportInterruptContext, FALSE);
}

static VOID BmEnableInterruptEx(NDIS_HANDLE MiniportInterruptContext)
{
    BmHwMask(MiniportInterruptContext, TRUE);
}

NDIS_STATUS BmRegisterInterrupt(BM_ADAPTER *Adapter)
{
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS Interrupt;

    NdisZeroMemory(&Interrupt, sizeof(Interrupt));
    Interrupt.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    Interrupt.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    Interrupt.Header.Size = NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    Interrupt.InterruptHandler = BmIsr;
    Interrupt.InterruptDpcHandler = BmDpc;
    Interrupt.DisableInterruptHandler = BmDisableInterruptEx; /* was intr.c:33 BmDisableInterrupt */
    Interrupt.EnableInterruptHandler = BmEnableInterruptEx;   /* was intr.c:26 BmEnableInterrupt */
    return NdisMRegisterInterruptEx(Adapter->AdapterHandle, Adapter, &Interrupt,
                                    &Adapter->Ndis6.InterruptHandle);
}
