/* SPDX-License-Identifier: MIT */
/* Timers and DPCs. */
#include "nt/ke_int.h"

VOID KeInitializeTimer(PKTIMER Timer)
{
    DD_API(KeInitializeTimer);
    dd_timer_init_at(Timer, NotificationTimer, DD_SITE());
}

VOID KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type)
{
    DD_API(KeInitializeTimerEx);
    dd_timer_init_at(Timer, Type, DD_SITE());
}

BOOLEAN KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc)
{
    DD_API(KeSetTimer);
    return dd_timer_set_at(Timer, dd_time_until(DueTime.QuadPart), 0, Dpc, DD_SITE());
}

BOOLEAN KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc)
{
    DD_API(KeSetTimerEx);
    return dd_timer_set_at(Timer, dd_time_until(DueTime.QuadPart),
                           Period > 0 ? (uint32_t)Period : 0, Dpc, DD_SITE());
}

BOOLEAN KeCancelTimer(PKTIMER Timer)
{
    DD_API(KeCancelTimer);
    return dd_timer_cancel(Timer);
}

VOID KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext)
{
    DD_API(KeInitializeDpc);
    dd_dpc_init_as(Dpc, DeferredRoutine, DeferredContext, DD_DPC_DRIVER, DD_SITE());
}

/* May run at PASSIVE_LEVEL; here it never does. */
VOID KeInitializeThreadedDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext)
{
    DD_API(KeInitializeThreadedDpc);
    dd_dpc_init_as(Dpc, DeferredRoutine, DeferredContext, DD_DPC_THREADED, DD_SITE());
}

BOOLEAN KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2)
{
    DD_API(KeInsertQueueDpc);
    return dd_dpc_queue_at(Dpc, DD_CPU_ANY, SystemArgument1, SystemArgument2, DD_SITE());
}

BOOLEAN KeRemoveQueueDpc(PRKDPC Dpc)
{
    DD_API(KeRemoveQueueDpc);
    return dd_dpc_remove(Dpc);
}

VOID KeFlushQueuedDpcs(VOID)
{
    DD_API(KeFlushQueuedDpcs);
    dd_dpc_flush_at(DD_SITE());
}

VOID KeSetImportanceDpc(PRKDPC Dpc, KDPC_IMPORTANCE Importance)
{
    DD_API(KeSetImportanceDpc);
    Dpc->Importance = (UCHAR)Importance;
}

VOID KeSetTargetProcessorDpc(PRKDPC Dpc, CCHAR Number)
{
    DD_API(KeSetTargetProcessorDpc);
    if (Number < 0 || (unsigned)Number >= dd_cpu_count()) {
        dd_object_bad(Dpc, "DPC was targeted at a processor that does not exist", DD_SITE());
        return;
    }
    dd_dpc_set_target(Dpc, (unsigned)Number);
}

NTSTATUS KeSetTargetProcessorDpcEx(PKDPC Dpc, PPROCESSOR_NUMBER ProcNumber)
{
    DD_API(KeSetTargetProcessorDpcEx);
    if (ProcNumber->Group != 0 || ProcNumber->Number >= dd_cpu_count() ||
        ProcNumber->Reserved != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    dd_dpc_set_target(Dpc, ProcNumber->Number);
    return STATUS_SUCCESS;
}

/* No limits are set: 0 is "disabled". */
NTSTATUS KeQueryDpcWatchdogInformation(PKDPC_WATCHDOG_INFORMATION WatchdogInformation)
{
    DD_API(KeQueryDpcWatchdogInformation);
    if (dd_irql_get() < DISPATCH_LEVEL) {
        return STATUS_UNSUCCESSFUL;
    }
    *WatchdogInformation = (KDPC_WATCHDOG_INFORMATION){0};
    return STATUS_SUCCESS;
}
