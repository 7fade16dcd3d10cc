/* SPDX-License-Identifier: MIT */
/* One mistake, chosen by PLANTED, that ends the run. */
#include <ndis.h>

DRIVER_INITIALIZE DriverEntry;
static KDEFERRED_ROUTINE Endless;

static KDPC Dpc;

static void HeapOverflow(ULONG bytes)
{
    PUCHAR block = ExAllocatePoolWithTag(NonPagedPool, bytes, 'tnlP');

    if (block != NULL) {
        block[bytes] = 1; /* planted: heap */
        ExFreePoolWithTag(block, 'tnlP');
    }
}

static void FreedList(void)
{
    NET_BUFFER_LIST_POOL_PARAMETERS p;
    NDIS_HANDLE pool;
    PNET_BUFFER_LIST list;

    NdisZeroMemory(&p, sizeof(p));
    p.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    p.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    p.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    p.PoolTag = 'tnlP';
    pool = NdisAllocateNetBufferListPool(NULL, &p);
    list = NdisAllocateNetBufferList(pool, 0, 0);
    NdisFreeNetBufferList(list);
    NET_BUFFER_LIST_STATUS(list) = NDIS_STATUS_SUCCESS; /* planted: freed */
}

static ULONG NullList(PSCATTER_GATHER_LIST sgl)
{
    return sgl->NumberOfElements; /* planted: null */
}

static ULONG Divide(ULONG by)
{
    return 100 / by; /* planted: divide */
}

static ULONG Undefined(int index)
{
    static ULONG table[4];

    return table[index]; /* planted: undefined */
}

static VOID Endless(PKDPC dpc, PVOID context, PVOID a, PVOID b)
{
    UNREFERENCED_PARAMETER(dpc);
    UNREFERENCED_PARAMETER(a);
    UNREFERENCED_PARAMETER(b);
    while (*(volatile LONG *)context == 0) {
        YieldProcessor(); /* planted: endless */
    }
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static volatile LONG zero;
    LARGE_INTEGER second;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    switch (PLANTED) {
    case 1:
        HeapOverflow(24);
        break;
    case 2:
        FreedList();
        break;
    case 3:
        return (NTSTATUS)NullList(NULL);
    case 4:
        return (NTSTATUS)Divide((ULONG)zero);
    case 5:
        KeInitializeDpc(&Dpc, Endless, (PVOID)&zero);
        KeInsertQueueDpc(&Dpc, NULL, NULL);
        second.QuadPart = -200000000i64;
        KeDelayExecutionThread(KernelMode, FALSE, &second);
        break;
    case 6:
        return (NTSTATUS)Undefined(4 + zero);
    default:
        break;
    }
    return STATUS_UNSUCCESSFUL;
}
