/* SPDX-License-Identifier: MIT */
/*
 * Processors: one group, one package, one core each. RSS has all of them, but for the keywords
 * *RssBaseProcNumber and *MaxRssProcessors of an adapter.
 */
#include "ndis/adapter_priv.h"

#include <string.h>

static unsigned count_of(USHORT group)
{
    return group == 0 || group == ALL_PROCESSOR_GROUPS ? dd_cpu_count() : 0;
}

CCHAR NdisSystemProcessorCount(VOID)
{
    DD_API(NdisSystemProcessorCount);
    return (CCHAR)dd_cpu_count();
}

ULONG NdisGroupActiveProcessorCount(USHORT Group)
{
    DD_API(NdisGroupActiveProcessorCount);
    return count_of(Group);
}

ULONG NdisGroupMaxProcessorCount(USHORT Group)
{
    DD_API(NdisGroupMaxProcessorCount);
    return count_of(Group);
}

KAFFINITY NdisGroupActiveProcessorMask(USHORT Group)
{
    unsigned n = Group == 0 ? dd_cpu_count() : 0;

    DD_API(NdisGroupActiveProcessorMask);
    return n >= 64 ? ~(KAFFINITY)0 : ((KAFFINITY)1 << n) - 1;
}

USHORT NdisActiveGroupCount(VOID)
{
    DD_API(NdisActiveGroupCount);
    return 1;
}

USHORT NdisMaxGroupCount(VOID)
{
    DD_API(NdisMaxGroupCount);
    return 1;
}

ULONG NdisProcessorNumberToIndex(PROCESSOR_NUMBER ProcNum)
{
    DD_API(NdisProcessorNumberToIndex);
    return ProcNum.Group == 0 && ProcNum.Number < dd_cpu_count() ? ProcNum.Number
                                                                 : INVALID_PROCESSOR_INDEX;
}

NTSTATUS NdisProcessorIndexToNumber(ULONG ProcIndex, PPROCESSOR_NUMBER ProcNum)
{
    DD_API(NdisProcessorIndexToNumber);
    if (ProcIndex >= dd_cpu_count()) {
        return STATUS_INVALID_PARAMETER;
    }
    ProcNum->Group = 0;
    ProcNum->Number = (UCHAR)ProcIndex;
    ProcNum->Reserved = 0;
    return STATUS_SUCCESS;
}

NDIS_STATUS NdisGetProcessorInformation(PNDIS_SYSTEM_PROCESSOR_INFO SystemProcessorInfo)
{
    static UCHAR numbers[DD_CPUS_MAX];
    PNDIS_SYSTEM_PROCESSOR_INFO p = SystemProcessorInfo;
    unsigned n = dd_cpu_count();

    DD_API(NdisGetProcessorInformation);
    if (p->Header.Size < NDIS_SIZEOF_SYSTEM_PROCESSOR_INFO_REVISION_1) {
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    }
    for (unsigned i = 0; i < DD_CPUS_MAX; i++) {
        numbers[i] = (UCHAR)i;
    }
    p->Flags = 0;
    p->ProcessorVendor = 0;
    p->NumPhysicalPackages = 1;
    p->NumCores = n;
    p->NumCoresPerPhysicalPackage = n;
    p->MaxHyperThreadingCpusPerCore = 1;
    p->RssBaseCpu = 0;
    p->RssCpuCount = n;
    p->RssProcessors = numbers;
    memset(p->CpuInfo, 0, sizeof(p->CpuInfo));
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS NdisGetRssProcessorInformation(NDIS_HANDLE NdisHandle,
                                           PNDIS_RSS_PROCESSOR_INFO RssProcessorInfo, PSIZE_T Size)
{
    PNDIS_RSS_PROCESSOR_INFO info = RssProcessorInfo;
    uint8_t cpus[DD_CPUS_MAX];
    NDIS_RSS_PROCESSOR *p;
    struct dd_adapter *a;
    SIZE_T need;
    unsigned n;

    DD_API(NdisGetRssProcessorInformation);
    a = dd_adapter_of(NdisHandle, DD_SITE());
    if (a == NULL) {
        return NDIS_STATUS_FAILURE;
    }
    n = dd_rss_cpus(a, cpus);
    need = sizeof(*info) + n * sizeof(NDIS_RSS_PROCESSOR);
    if (info == NULL || *Size < need) {
        *Size = need;
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    }
    *Size = need;
    memset(info, 0, need);
    info->Header.Type = NDIS_OBJECT_TYPE_RSS_PROCESSOR_INFO;
    info->Header.Revision = NDIS_RSS_PROCESSOR_INFO_REVISION_2;
    info->Header.Size = NDIS_SIZEOF_RSS_PROCESSOR_INFO_REVISION_2;
    info->RssBaseProcessor.Number = cpus[0];
    info->MaxNumRssProcessors = n;
    info->RssProcessorArrayOffset = sizeof(*info);
    info->RssProcessorCount = n;
    info->RssProcessorEntrySize = sizeof(NDIS_RSS_PROCESSOR);
    info->RssMaxProcessor.Number = cpus[n - 1];
    info->RssProfile = NdisRssProfileClosest;
    p = (NDIS_RSS_PROCESSOR *)(void *)(info + 1);
    for (unsigned i = 0; i < n; i++) {
        p[i].ProcNum.Number = cpus[i];
    }
    return NDIS_STATUS_SUCCESS;
}
