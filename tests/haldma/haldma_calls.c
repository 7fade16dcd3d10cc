/* SPDX-License-Identifier: MIT */
/*
 * Every member of DMA_OPERATIONS, called as a driver would; each call is entered in a table with
 * its result, and the table is printed.
 */
#include "haldma.h"

typedef struct _MEMBER {
    const char *Name;
    ULONG Offset;
    ULONG Calls;
    ULONG64 Result;
} MEMBER;

#define M(name)                                                                                    \
    {                                                                                              \
#name, FIELD_OFFSET(DMA_OPERATIONS, name), 0, 0                                            \
    }

static MEMBER Members[] = {
    M(PutDmaAdapter),
    M(AllocateCommonBuffer),
    M(FreeCommonBuffer),
    M(AllocateAdapterChannel),
    M(FlushAdapterBuffers),
    M(FreeAdapterChannel),
    M(FreeMapRegisters),
    M(MapTransfer),
    M(GetDmaAlignment),
    M(ReadDmaCounter),
    M(GetScatterGatherList),
    M(PutScatterGatherList),
    M(CalculateScatterGatherList),
    M(BuildScatterGatherList),
    M(BuildMdlFromScatterGatherList),
    M(GetDmaAdapterInfo),
    M(GetDmaTransferInfo),
    M(InitializeDmaTransferContext),
    M(AllocateCommonBufferEx),
    M(AllocateAdapterChannelEx),
    M(ConfigureAdapterChannel),
    M(CancelAdapterChannel),
    M(MapTransferEx),
    M(GetScatterGatherListEx),
    M(BuildScatterGatherListEx),
    M(FlushAdapterBuffersEx),
    M(FreeAdapterObject),
    M(CancelMappedTransfer),
    M(AllocateDomainCommonBuffer),
    M(FlushDmaBuffer),
    M(JoinDmaDomain),
    M(LeaveDmaDomain),
    M(GetDmaDomain),
    M(AllocateCommonBufferWithBounds),
    M(AllocateCommonBufferVector),
    M(GetCommonBufferFromVectorByIndex),
    M(FreeCommonBufferFromVector),
    M(FreeCommonBufferVector),
    M(CreateCommonBufferFromMdl),
};

C_ASSERT(sizeof(Members) / sizeof(Members[0]) ==
         (sizeof(DMA_OPERATIONS) - FIELD_OFFSET(DMA_OPERATIONS, PutDmaAdapter)) / sizeof(PVOID));

static VOID Note(ULONG Offset, ULONG64 Result)
{
    MEMBER *m = &Members[(Offset - FIELD_OFFSET(DMA_OPERATIONS, PutDmaAdapter)) / sizeof(PVOID)];

    m->Calls++;
    m->Result = Result;
}

/* a member that answers, and one that does not */
#define CALL(member, ...)                                                                          \
    __extension__({                                                                                \
        __typeof__(Adapter->Dma->DmaOperations->member(Adapter->Dma, ##__VA_ARGS__)) r_ =          \
            Adapter->Dma->DmaOperations->member(Adapter->Dma, ##__VA_ARGS__);                      \
        Note(FIELD_OFFSET(DMA_OPERATIONS, member), (ULONG64)(ULONG_PTR)r_);                        \
        r_;                                                                                        \
    })
#define DO(member, ...)                                                                            \
    do {                                                                                           \
        Adapter->Dma->DmaOperations->member(Adapter->Dma, ##__VA_ARGS__);                          \
        Note(FIELD_OFFSET(DMA_OPERATIONS, member), 0);                                             \
    } while (0)

#define CHECK(that)                                                                                \
    do {                                                                                           \
        if (!(that)) {                                                                             \
            DbgPrint("haldma: FAILED %s (line %u)\n", #that, (ULONG)__LINE__);                     \
            Adapter->Failures++;                                                                   \
        }                                                                                          \
    } while (0)

/* --- routines --- */

static VOID NTAPI OnList(PDEVICE_OBJECT DeviceObject, PIRP Irp, PSCATTER_GATHER_LIST ScatterGather,
                         PVOID Context)
{
    PHALDMA adapter = Context;

    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    adapter->List = ScatterGather;
    adapter->Lists++;
}

static IO_ALLOCATION_ACTION NTAPI OnChannel(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                            PVOID MapRegisterBase, PVOID Context)
{
    PHALDMA adapter = Context;

    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    adapter->Base = MapRegisterBase;
    adapter->Channels++;
    return adapter->Action;
}

/* --- groups of calls --- */

static ULONG ListLength(PSCATTER_GATHER_LIST List)
{
    ULONG sum = 0, i;

    for (i = 0; i < List->NumberOfElements; i++) {
        sum += List->Elements[i].Length;
    }
    return sum;
}

static VOID Info(PHALDMA Adapter)
{
    DMA_ADAPTER_INFO info = {.Version = DMA_ADAPTER_INFO_VERSION1};
    DMA_TRANSFER_INFO transfer = {.Version = DMA_TRANSFER_INFO_VERSION2};
    ULONG size = 0, registers = 0;

    CHECK(CALL(GetDmaAlignment) >= 1);
    CHECK(CALL(ReadDmaCounter) == 0);
    CHECK(CALL(GetDmaAdapterInfo, &info) == STATUS_SUCCESS);
    CHECK(info.V1.DmaAddressWidth == 64);
    CHECK(CALL(GetDmaTransferInfo, Adapter->Chain, 5, 2 * BUFFER_BYTES - 5, TRUE, &transfer) ==
          STATUS_SUCCESS);
    CHECK(transfer.V2.MapRegisterCount > 48);
    CHECK(CALL(CalculateScatterGatherList, Adapter->Chain, MmGetMdlVirtualAddress(Adapter->Chain),
               2 * BUFFER_BYTES, &size, &registers) == STATUS_SUCCESS);
    CHECK(size >= 16 + 24 * registers);
    CHECK(CALL(ConfigureAdapterChannel, 1, NULL) == STATUS_NOT_IMPLEMENTED);
    CHECK(CALL(FlushDmaBuffer, Adapter->Chain, TRUE) == STATUS_SUCCESS);
}

static VOID Lists(PHALDMA Adapter)
{
    PVOID start = MmGetMdlVirtualAddress(Adapter->Chain);
    PMDL seen = NULL;

    CHECK(CALL(GetScatterGatherList, Adapter->Pdo, Adapter->Chain, start, 2 * BUFFER_BYTES, OnList,
               Adapter, TRUE) == STATUS_SUCCESS);
    CHECK(Adapter->Lists == 1 && ListLength(Adapter->List) == 2 * BUFFER_BYTES);
    CHECK(CALL(BuildMdlFromScatterGatherList, Adapter->List, Adapter->Chain, &seen) ==
          STATUS_SUCCESS);
    CHECK(seen != NULL && *(PUCHAR)MmGetSystemAddressForMdlSafe(seen, NormalPagePriority) == 0x5A);
    DO(PutScatterGatherList, Adapter->List, TRUE);
    CHECK(CALL(BuildScatterGatherList, Adapter->Pdo, Adapter->Chain, start, BUFFER_BYTES + 100,
               OnList, Adapter, FALSE, Adapter->Room, LIST_BYTES) == STATUS_SUCCESS);
    CHECK((PVOID)Adapter->List == (PVOID)Adapter->Room);
    DO(PutScatterGatherList, Adapter->List, FALSE);
}

static VOID ListsEx(PHALDMA Adapter)
{
    ULONG64 contexts[2][DMA_TRANSFER_CONTEXT_SIZE_V1 / sizeof(ULONG64)];
    PSCATTER_GATHER_LIST list = NULL;

    CHECK(CALL(InitializeDmaTransferContext, contexts[0]) == STATUS_SUCCESS);
    CHECK(CALL(GetScatterGatherListEx, Adapter->Pdo, contexts[0], Adapter->Chain, 7, 150000,
               DMA_SYNCHRONOUS_CALLBACK, NULL, NULL, TRUE, NULL, NULL, &list) == STATUS_SUCCESS);
    CHECK(list != NULL && ListLength(list) == 150000);
    DO(PutScatterGatherList, list, TRUE);
    CHECK(CALL(InitializeDmaTransferContext, contexts[1]) == STATUS_SUCCESS);
    CHECK(CALL(BuildScatterGatherListEx, Adapter->Pdo, contexts[1], Adapter->Chain, 0, 4096, 0,
               OnList, Adapter, TRUE, Adapter->Room, LIST_BYTES, NULL, NULL,
               NULL) == STATUS_SUCCESS);
    DO(PutScatterGatherList, Adapter->List, TRUE);
    CHECK(CALL(InitializeDmaTransferContext, contexts[1]) == STATUS_SUCCESS);
    CHECK(CALL(CancelAdapterChannel, Adapter->Pdo, contexts[1]));
}

static VOID Channel(PHALDMA Adapter)
{
    PUCHAR at = MmGetMdlVirtualAddress(Adapter->Chain);
    ULONG left = BUFFER_BYTES, length;

    Adapter->Action = DeallocateObjectKeepRegisters;
    CHECK(CALL(AllocateAdapterChannel, Adapter->Pdo, 26, OnChannel, Adapter) == STATUS_SUCCESS);
    CHECK(Adapter->Channels == 1);
    while (left > 0) {
        PHYSICAL_ADDRESS device;

        length = left;
        device = Adapter->Dma->DmaOperations->MapTransfer(Adapter->Dma, Adapter->Chain,
                                                          Adapter->Base, at, &length, TRUE);
        Note(FIELD_OFFSET(DMA_OPERATIONS, MapTransfer), (ULONG64)device.QuadPart);
        CHECK(length > 0);
        if (length == 0) {
            break;
        }
        at += length;
        left -= length;
    }
    CHECK(CALL(FlushAdapterBuffers, Adapter->Chain, Adapter->Base,
               MmGetMdlVirtualAddress(Adapter->Chain), BUFFER_BYTES, TRUE));
    DO(FreeMapRegisters, Adapter->Base, 26);
    Adapter->Action = KeepObject;
    CHECK(CALL(AllocateAdapterChannel, Adapter->Pdo, 1, OnChannel, Adapter) == STATUS_SUCCESS);
    DO(FreeAdapterChannel);
}

static VOID ChannelEx(PHALDMA Adapter)
{
    ULONG64 context[DMA_TRANSFER_CONTEXT_SIZE_V1 / sizeof(ULONG64)];
    ULONG length = 2 * BUFFER_BYTES;
    PVOID base = NULL;

    CHECK(CALL(InitializeDmaTransferContext, context) == STATUS_SUCCESS);
    CHECK(CALL(AllocateAdapterChannelEx, Adapter->Pdo, context, 52, DMA_SYNCHRONOUS_CALLBACK, NULL,
               NULL, &base) == STATUS_SUCCESS);
    CHECK(CALL(MapTransferEx, Adapter->Chain, base, 0, 0, &length, FALSE,
               (PSCATTER_GATHER_LIST)(PVOID)Adapter->Room, LIST_BYTES, NULL,
               NULL) == STATUS_SUCCESS);
    CHECK(length == ListLength((PSCATTER_GATHER_LIST)(PVOID)Adapter->Room));
    CHECK(CALL(CancelMappedTransfer, context) == STATUS_NOT_SUPPORTED);
    CHECK(CALL(FlushAdapterBuffersEx, Adapter->Chain, base, 0, length, FALSE) == STATUS_SUCCESS);
    DO(FreeAdapterObject, DeallocateObject);
}

static VOID CommonBuffers(PHALDMA Adapter)
{
    PHYSICAL_ADDRESS device, highest = {.QuadPart = 0xFFFFFFFF}, lowest = {.QuadPart = 0x100000};
    PVOID va = CALL(AllocateCommonBuffer, 10000, &device, TRUE);

    CHECK(va != NULL);
    DO(FreeCommonBuffer, 10000, device, va, TRUE);
    va = CALL(AllocateCommonBufferEx, &highest, 4096, &device, TRUE, MM_ANY_NODE_OK);
    CHECK(va != NULL && device.QuadPart <= highest.QuadPart);
    DO(FreeCommonBuffer, 4096, device, va, TRUE);
    va = CALL(AllocateCommonBufferWithBounds, &lowest, &highest, 4096, DMA_ZERO_BUFFERS, NULL,
              MM_ANY_NODE_OK, &device);
    CHECK(va != NULL && device.QuadPart >= lowest.QuadPart && *(PUCHAR)va == 0);
    DO(FreeCommonBuffer, 4096, device, va, FALSE);
    if (CALL(CreateCommonBufferFromMdl, Adapter->Chain, NULL, 0, &device) == STATUS_SUCCESS) {
        DO(FreeCommonBuffer, BUFFER_BYTES, device, Adapter->Buffers[0], TRUE);
    }
}

static VOID Vector(PHALDMA Adapter)
{
    PHYSICAL_ADDRESS low = {.QuadPart = 0}, high = {.QuadPart = 0xFFFFFFFF}, device;
    PDMA_COMMON_BUFFER_VECTOR vector = NULL;
    PVOID va;

    CHECK(CALL(AllocateCommonBufferVector, low, high, MmCached, 0, 0, 3, 5000, &vector) ==
          STATUS_SUCCESS);
    DO(GetCommonBufferFromVectorByIndex, vector, 2, &va, &device);
    CHECK(va != NULL && device.QuadPart != 0);
    DO(FreeCommonBufferFromVector, vector, 2);
    DO(GetCommonBufferFromVectorByIndex, vector, 2, &va, &device);
    CHECK(va == NULL);
    DO(FreeCommonBufferVector, vector);
}

static VOID Domain(PHALDMA Adapter)
{
    PHYSICAL_ADDRESS device;
    HANDLE domain = CALL(GetDmaDomain);
    PVOID va = NULL;
    BOOLEAN there = domain != NULL; /* nothing is translated without it */

    CHECK((CALL(JoinDmaDomain, domain) == STATUS_SUCCESS) == there);
    if (CALL(AllocateDomainCommonBuffer, domain, NULL, 6000, 0, NULL, MM_ANY_NODE_OK, &device,
             &va) == STATUS_SUCCESS) {
        DO(FreeCommonBuffer, 6000, device, va, TRUE);
    } else {
        CHECK(!there);
    }
    CHECK((CALL(LeaveDmaDomain) == STATUS_SUCCESS) == there);
}

/* --- all of it --- */

static BOOLEAN Create(PHALDMA Adapter)
{
    PMDL mdls[2] = {NULL, NULL};
    ULONG i;

    for (i = 0; i < 2; i++) {
        Adapter->Buffers[i] = NdisAllocateMemoryWithTagPriority(Adapter->Handle, BUFFER_BYTES,
                                                                HALDMA_TAG, NormalPoolPriority);
        if (Adapter->Buffers[i] == NULL) {
            return FALSE;
        }
        NdisFillMemory(Adapter->Buffers[i], BUFFER_BYTES, 0x5A);
        mdls[i] = NdisAllocateMdl(Adapter->Handle, Adapter->Buffers[i], BUFFER_BYTES);
        if (mdls[i] == NULL) {
            return FALSE;
        }
        if (i == 0) {
            Adapter->Chain = mdls[0];
        } else {
            mdls[0]->Next = mdls[1];
        }
    }
    return TRUE;
}

static VOID Destroy(PHALDMA Adapter)
{
    ULONG i;

    while (Adapter->Chain != NULL) {
        PMDL next = Adapter->Chain->Next;

        NdisFreeMdl(Adapter->Chain);
        Adapter->Chain = next;
    }
    for (i = 0; i < 2; i++) {
        if (Adapter->Buffers[i] != NULL) {
            NdisFreeMemoryWithTagPriority(Adapter->Handle, Adapter->Buffers[i], HALDMA_TAG);
        }
    }
}

static VOID Print(VOID)
{
    ULONG i;

    for (i = 0; i < sizeof(Members) / sizeof(Members[0]); i++) {
        DbgPrint("haldma: %s called %u result 0x%I64x\n", Members[i].Name, Members[i].Calls,
                 Members[i].Result);
    }
    DbgPrint("haldma: members %u\n", (ULONG)(sizeof(Members) / sizeof(Members[0])));
}

static VOID AtDispatch(PHALDMA Adapter)
{
    KIRQL irql;

    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    Lists(Adapter);
    ListsEx(Adapter);
    Channel(Adapter);
    ChannelEx(Adapter);
    KeLowerIrql(irql);
}

NDIS_STATUS HalDmaRun(PHALDMA Adapter)
{
    DEVICE_DESCRIPTION d;

    NdisZeroMemory(&d, sizeof(d));
    d.Version = DEVICE_DESCRIPTION_VERSION3;
    d.Master = TRUE;
    d.ScatterGather = TRUE;
    d.DmaAddressWidth = 64;
    d.InterfaceType = PCIBus;
    d.MaximumLength = 2 * BUFFER_BYTES + PAGE_SIZE;
    Adapter->Dma = IoGetDmaAdapter(Adapter->Pdo, &d, &Adapter->Registers);
    if (Adapter->Dma == NULL || !Create(Adapter)) {
        Destroy(Adapter);
        return NDIS_STATUS_RESOURCES;
    }
    DbgPrint("haldma: table of %u bytes, %u map registers\n", Adapter->Dma->DmaOperations->Size,
             Adapter->Registers);
    Info(Adapter);
    AtDispatch(Adapter);
    CommonBuffers(Adapter);
    Vector(Adapter);
    Domain(Adapter);
    Destroy(Adapter);
    DO(PutDmaAdapter);
    Print();
    return Adapter->Failures == 0 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE;
}
