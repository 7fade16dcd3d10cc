/* SPDX-License-Identifier: MIT */
/* System threads. */
#include "nt/ke_int.h"
#include "nt/thread.h"

/* rights, attributes and process are of no account: there is one process, and the driver may do
 * everything */
NTSTATUS PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess,
                              POBJECT_ATTRIBUTES ObjectAttributes, HANDLE ProcessHandle,
                              PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine, PVOID StartContext)
{
    DD_API(PsCreateSystemThread);
    (void)DesiredAccess;
    (void)ObjectAttributes;
    (void)ProcessHandle;
    if (dd_seam_may_fail(DD_FAIL_THREAD, DD_SITE()) ||
        dd_thread_create(StartRoutine, StartContext, DD_SITE(), ThreadHandle) < 0) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (ClientId != NULL) {
        ClientId->UniqueProcess = (HANDLE)(ULONG_PTR)4;
        ClientId->UniqueThread = *ThreadHandle;
    }
    return STATUS_SUCCESS;
}

NTSTATUS PsTerminateSystemThread(NTSTATUS ExitStatus)
{
    DD_API(PsTerminateSystemThread);
    (void)ExitStatus;
    dd_thread_exit();
    dd_object_bad(dd_thread_current(), "PsTerminateSystemThread outside a system thread",
                  DD_SITE());
    return STATUS_INVALID_PARAMETER;
}

PKTHREAD KeGetCurrentThread(VOID)
{
    DD_API(KeGetCurrentThread);
    return dd_thread_current();
}

KPRIORITY KeSetPriorityThread(PKTHREAD Thread, KPRIORITY Priority)
{
    DD_API(KeSetPriorityThread);
    return dd_thread_set_priority(Thread, Priority);
}

BOOLEAN KeSynchronizeExecution(PKINTERRUPT Interrupt, PKSYNCHRONIZE_ROUTINE SynchronizeRoutine,
                               PVOID SynchronizeContext)
{
    DD_API(KeSynchronizeExecution);
    if (!dd_intr_is_connected(Interrupt)) {
        dd_object_bad(Interrupt, "not a connected interrupt", DD_SITE());
        return FALSE;
    }
    return dd_intr_sync((struct dd_intr *)(void *)Interrupt, SynchronizeRoutine,
                        SynchronizeContext);
}
