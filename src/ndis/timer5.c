/* SPDX-License-Identifier: MIT */
/* The timers of NDIS 5, in driver storage, which some NDIS 6 drivers kept. */
#include "ndis/adapter_priv.h"

#include "base/clock.h"
#include "nt/kernel.h"

static void run(PKDPC dpc, PVOID arg, PVOID arg1, PVOID arg2)
{
    PNDIS_MINIPORT_TIMER t = arg;

    (void)dpc;
    (void)arg1;
    (void)arg2;
    DD_CALL(DD_ROLE_TIMER, "MiniportTimer", dd_adapter_from_handle(t->Miniport),
            t->MiniportTimerFunction(NULL, t->MiniportTimerContext, NULL, NULL));
}

VOID NdisMInitializeTimer(PNDIS_MINIPORT_TIMER Timer, NDIS_HANDLE MiniportAdapterHandle,
                          PNDIS_TIMER_FUNCTION TimerFunction, PVOID FunctionContext)
{
    DD_API(NdisMInitializeTimer);
    dd_timer_init(&Timer->Timer, NotificationTimer);
    dd_dpc_init(&Timer->Dpc, run, Timer);
    Timer->MiniportTimerFunction = TimerFunction;
    Timer->MiniportTimerContext = FunctionContext;
    Timer->Miniport = MiniportAdapterHandle;
    Timer->NextTimer = NULL;
}

VOID NdisMSetTimer(PNDIS_MINIPORT_TIMER Timer, UINT MillisecondsToDelay)
{
    DD_API(NdisMSetTimer);
    (void)dd_timer_set(&Timer->Timer, (uint64_t)MillisecondsToDelay * DD_NS_PER_MS, 0, &Timer->Dpc);
}

VOID NdisMSetPeriodicTimer(PNDIS_MINIPORT_TIMER Timer, UINT MillisecondsPeriod)
{
    DD_API(NdisMSetPeriodicTimer);
    (void)dd_timer_set(&Timer->Timer, (uint64_t)MillisecondsPeriod * DD_NS_PER_MS,
                       MillisecondsPeriod, &Timer->Dpc);
}

VOID NdisMCancelTimer(PNDIS_MINIPORT_TIMER Timer, PBOOLEAN TimerCancelled)
{
    DD_API(NdisMCancelTimer);
    *TimerCancelled = dd_timer_cancel(&Timer->Timer);
}
