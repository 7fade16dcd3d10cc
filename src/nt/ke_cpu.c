/* SPDX-License-Identifier: MIT */
/* Processors: one group, one package, one NUMA node; a core for each CPU. None is ever added. */
#include "nt/ke_int.h"
#include "nt/pool.h"

static KAFFINITY all_cpus(void)
{
    unsigned n = dd_cpu_count();

    return n < 64 ? ((KAFFINITY)1 << n) - 1 : ~(KAFFINITY)0;
}

static ULONG count_of_group(USHORT group)
{
    return group == 0 || group == ALL_PROCESSOR_GROUPS ? dd_cpu_count() : 0;
}

static PROCESSOR_NUMBER number_of(ULONG index)
{
    return (PROCESSOR_NUMBER){.Group = 0, .Number = (UCHAR)index, .Reserved = 0};
}

ULONG KeGetCurrentProcessorNumber(VOID)
{
    DD_API(KeGetCurrentProcessorNumber);
    return dd_cpu_current();
}

ULONG KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcNumber)
{
    ULONG index = dd_cpu_current();

    DD_API(KeGetCurrentProcessorNumberEx);
    if (ProcNumber != NULL) {
        *ProcNumber = number_of(index);
    }
    return index;
}

ULONG KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER ProcNumber)
{
    DD_API(KeGetProcessorIndexFromNumber);
    if (ProcNumber->Group != 0 || ProcNumber->Number >= dd_cpu_count()) {
        return INVALID_PROCESSOR_INDEX;
    }
    return ProcNumber->Number;
}

NTSTATUS KeGetProcessorNumberFromIndex(ULONG ProcIndex, PPROCESSOR_NUMBER ProcNumber)
{
    DD_API(KeGetProcessorNumberFromIndex);
    if (ProcIndex >= dd_cpu_count()) {
        return STATUS_INVALID_PARAMETER;
    }
    *ProcNumber = number_of(ProcIndex);
    return STATUS_SUCCESS;
}

ULONG KeQueryActiveProcessorCountEx(USHORT GroupNumber)
{
    DD_API(KeQueryActiveProcessorCountEx);
    return count_of_group(GroupNumber);
}

ULONG KeQueryActiveProcessorCount(PKAFFINITY ActiveProcessors)
{
    DD_API(KeQueryActiveProcessorCount);
    if (ActiveProcessors != NULL) {
        *ActiveProcessors = all_cpus();
    }
    return dd_cpu_count();
}

KAFFINITY KeQueryActiveProcessors(VOID)
{
    DD_API(KeQueryActiveProcessors);
    return all_cpus();
}

KAFFINITY KeQueryGroupAffinity(USHORT GroupNumber)
{
    DD_API(KeQueryGroupAffinity);
    return GroupNumber == 0 ? all_cpus() : 0;
}

ULONG KeQueryMaximumProcessorCountEx(USHORT GroupNumber)
{
    DD_API(KeQueryMaximumProcessorCountEx);
    return count_of_group(GroupNumber);
}

USHORT KeQueryActiveGroupCount(VOID)
{
    DD_API(KeQueryActiveGroupCount);
    return 1;
}

USHORT KeQueryHighestNodeNumber(VOID)
{
    DD_API(KeQueryHighestNodeNumber);
    return 0;
}

/* --- relations: cores and the package; what else there is to ask is not described by the headers --- */

static void describe(PSYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX info, ULONG size,
                     LOGICAL_PROCESSOR_RELATIONSHIP relationship, KAFFINITY mask)
{
    RtlZeroMemory(info, size);
    info->Relationship = relationship;
    info->Size = size;
    info->Processor.GroupCount = 1;
    info->Processor.GroupMask[0].Mask = mask;
}

NTSTATUS KeQueryLogicalProcessorRelationship(PPROCESSOR_NUMBER ProcessorNumber,
                                             LOGICAL_PROCESSOR_RELATIONSHIP RelationshipType,
                                             PSYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX Information,
                                             PULONG Length)
{
    const ULONG size = FIELD_OFFSET(SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX, Processor) +
                       sizeof(PROCESSOR_RELATIONSHIP);
    bool cores = RelationshipType == RelationProcessorCore || RelationshipType == RelationAll;
    bool package = RelationshipType == RelationProcessorPackage || RelationshipType == RelationAll;
    bool node = RelationshipType == RelationNumaNode; /* number 0, with all processors */
    ULONG first = ProcessorNumber != NULL ? ProcessorNumber->Number : 0;
    ULONG end = ProcessorNumber != NULL ? first + 1 : dd_cpu_count(), need;
    PUCHAR out = (PUCHAR)Information;

    DD_API(KeQueryLogicalProcessorRelationship);
    if (end > dd_cpu_count() || (ProcessorNumber != NULL && ProcessorNumber->Group != 0)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (!cores && !package && !node) {
        return STATUS_NOT_SUPPORTED;
    }
    need = size * ((cores ? end - first : 0) + (package || node ? 1 : 0));
    if (Information == NULL || *Length < need) {
        *Length = need;
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    *Length = need;
    for (ULONG i = first; cores && i < end; i++, out += size) {
        describe((PVOID)out, size, RelationProcessorCore, (KAFFINITY)1 << i);
    }
    if (package || node) {
        describe((PVOID)out, size, node ? RelationNumaNode : RelationProcessorPackage, all_cpus());
    }
    return STATUS_SUCCESS;
}

/* --- affinity: a context stays where it is if it may, else it goes to the first CPU of the set --- */

static bool set_affinity(KAFFINITY mask)
{
    struct dd_ctx *ctx = dd_ctx_self();

    mask &= all_cpus();
    if (ctx == NULL || mask == 0) {
        return false;
    }
    ctx->affinity = mask;
    if ((mask >> ctx->next_cpu & 1) == 0) {
        dd_cpu_switch((unsigned)__builtin_ctzll(mask));
    }
    return true;
}

VOID KeSetSystemGroupAffinityThread(PGROUP_AFFINITY Affinity, PGROUP_AFFINITY PreviousAffinity)
{
    struct dd_ctx *ctx = dd_ctx_self();
    GROUP_AFFINITY old = {.Mask = ctx != NULL ? ctx->affinity : 0};
    bool valid = Affinity->Group == 0 && Affinity->Reserved[0] == 0 && Affinity->Reserved[1] == 0 &&
                 Affinity->Reserved[2] == 0;

    DD_API(KeSetSystemGroupAffinityThread);
    if (!valid || !set_affinity(Affinity->Mask)) {
        old.Mask = 0;
    }
    if (PreviousAffinity != NULL) {
        *PreviousAffinity = old;
    }
}

static void revert(KAFFINITY mask)
{
    struct dd_ctx *ctx = dd_ctx_self();

    if (mask != 0) {
        set_affinity(mask);
    } else if (ctx != NULL) {
        ctx->affinity = 0;
    }
}

VOID KeRevertToUserGroupAffinityThread(PGROUP_AFFINITY PreviousAffinity)
{
    DD_API(KeRevertToUserGroupAffinityThread);
    revert(PreviousAffinity->Mask);
}

VOID KeSetSystemAffinityThread(KAFFINITY Affinity)
{
    DD_API(KeSetSystemAffinityThread);
    set_affinity(Affinity);
}

VOID KeRevertToUserAffinityThread(VOID)
{
    DD_API(KeRevertToUserAffinityThread);
    revert(0);
}

/* --- processors being added: only the existing ones are ever told of --- */

struct change_callback {
    PPROCESSOR_CALLBACK_FUNCTION fn;
    PVOID context;
};

static NTSTATUS tell(const struct change_callback *c, KE_PROCESSOR_CHANGE_NOTIFY_STATE state,
                     ULONG cpu)
{
    KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT change = {.State = state,
                                                 .NtNumber = cpu,
                                                 .ProcNumber = number_of(cpu)};
    NTSTATUS status = STATUS_SUCCESS;

    DD_CALL(DD_ROLE_OTHER, "processor change callback", NULL, c->fn(c->context, &change, &status));
    return status;
}

static bool tell_existing(const struct change_callback *c)
{
    for (ULONG i = 0; i < dd_cpu_count(); i++) {
        if (!NT_SUCCESS(tell(c, KeProcessorAddStartNotify, i))) {
            for (ULONG undo = 0; undo <= i; undo++) {
                tell(c, KeProcessorAddFailureNotify, undo);
            }
            return false;
        }
    }
    for (ULONG i = 0; i < dd_cpu_count(); i++) {
        tell(c, KeProcessorAddCompleteNotify, i);
    }
    return true;
}

PVOID KeRegisterProcessorChangeCallback(PPROCESSOR_CALLBACK_FUNCTION CallbackFunction,
                                        PVOID CallbackContext, ULONG Flags)
{
    struct change_callback *c;

    DD_API(KeRegisterProcessorChangeCallback);
    c = dd_pool_alloc(sizeof(*c), 0x6243634B, NULL, DD_LEAK_OTHER, DD_SITE());
    if (c == NULL) {
        return NULL;
    }
    *c = (struct change_callback){CallbackFunction, CallbackContext};
    if ((Flags & KE_PROCESSOR_CHANGE_ADD_EXISTING) != 0 && !tell_existing(c)) {
        dd_pool_free(c, 0, DD_SITE());
        return NULL;
    }
    return c;
}

VOID KeDeregisterProcessorChangeCallback(PVOID CallbackHandle)
{
    DD_API(KeDeregisterProcessorChangeCallback);
    dd_pool_free(CallbackHandle, 0, DD_SITE());
}
