/* SPDX-License-Identifier: MIT */
/*
 * The work that is measured. Each case is a loop over the packets; one turn of it is one operation,
 * from the public call to the free. All of them run at DISPATCH_LEVEL, as a send handler does, but
 * shared memory, which wants PASSIVE_LEVEL.
 */
#include "driver.h"

/* MiniportProcessSGList: keeps the list, as a driver does that fills descriptors later. */
VOID BenchProcessSGList(PDEVICE_OBJECT pDO, PVOID Reserved, PSCATTER_GATHER_LIST pSGL,
                        PVOID Context)
{
    PBENCH_ADAPTER adapter = Context;

    UNREFERENCED_PARAMETER(pDO);
    UNREFERENCED_PARAMETER(Reserved);
    adapter->Built = pSGL;
}

static NDIS_STATUS DoEmpty(PBENCH_ADAPTER Adapter, ULONG64 Count)
{
    ULONG mask = Adapter->PacketCount - 1;
    ULONG64 i;

    for (i = 0; i < Count; i++) {
        volatile PNET_BUFFER *nb = (volatile PNET_BUFFER *)&Adapter->NetBuffers[i & mask];

        (VOID) * nb;
    }
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS DoList(PBENCH_ADAPTER Adapter, ULONG64 Count)
{
    ULONG mask = Adapter->PacketCount - 1;
    NDIS_STATUS status;
    PNET_BUFFER nb;
    ULONG64 i;

    for (i = 0; i < Count; i++) {
        nb = Adapter->NetBuffers[i & mask];
        status =
            NdisMAllocateNetBufferSGList(Adapter->Dma, nb, Adapter, NDIS_SG_LIST_WRITE_TO_DEVICE,
                                         Adapter->Packets[i & mask].List, Adapter->ListBytes);
        if (status != NDIS_STATUS_SUCCESS) {
            return status;
        }
        NdisMFreeNetBufferSGList(Adapter->Dma, Adapter->Built, nb);
    }
    return NDIS_STATUS_SUCCESS;
}

/* Frames to elements, adjacent ones joined; no checks, no counters, no callback. */
static DECLSPEC_NOINLINE VOID Floor(PNET_BUFFER Nb, PSCATTER_GATHER_LIST List)
{
    PSCATTER_GATHER_ELEMENT e = List->Elements - 1;
    ULONG64 left = (ULONG64)NET_BUFFER_CURRENT_MDL_OFFSET(Nb) + NET_BUFFER_DATA_LENGTH(Nb);
    ULONG64 end = 0;
    PMDL mdl;

    for (mdl = NET_BUFFER_CURRENT_MDL(Nb); left > 0; mdl = NDIS_MDL_LINKAGE(mdl)) {
        const PFN_NUMBER *frame = (const PFN_NUMBER *)(mdl + 1);
        ULONG64 offset = MmGetMdlByteOffset(mdl);
        ULONG64 todo = min(MmGetMdlByteCount(mdl), left);

        left -= todo;
        for (; todo > 0; frame++, offset = 0) {
            ULONG64 n = min(PAGE_SIZE - offset, todo);
            ULONG64 at = (*frame << PAGE_SHIFT) + offset;

            if (at == end) {
                e->Length += (ULONG)n;
            } else {
                e++;
                e->Address.QuadPart = (LONGLONG)at;
                e->Length = (ULONG)n;
                e->Reserved = 0;
            }
            end = at + n;
            todo -= n;
        }
    }
    List->NumberOfElements = (ULONG)(e + 1 - List->Elements);
}

static NDIS_STATUS DoFloor(PBENCH_ADAPTER Adapter, ULONG64 Count)
{
    ULONG mask = Adapter->PacketCount - 1;
    ULONG64 i;

    for (i = 0; i < Count; i++) {
        Floor(Adapter->NetBuffers[i & mask], Adapter->Packets[i & mask].List);
    }
    return NDIS_STATUS_SUCCESS;
}

static VOID Copy(PBENCH_ADAPTER Adapter, PNET_BUFFER Nb)
{
    PUCHAR to = Adapter->Copy;
    PMDL mdl;

    for (mdl = NET_BUFFER_CURRENT_MDL(Nb); mdl != NULL; mdl = NDIS_MDL_LINKAGE(mdl)) {
        PVOID from = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

        NdisMoveMemory(to, from, MmGetMdlByteCount(mdl));
        to += MmGetMdlByteCount(mdl);
    }
}

static NDIS_STATUS DoCopy(PBENCH_ADAPTER Adapter, ULONG64 Count)
{
    ULONG mask = Adapter->PacketCount - 1;
    ULONG64 i;

    for (i = 0; i < Count; i++) {
        Copy(Adapter, Adapter->NetBuffers[i & mask]);
    }
    return NDIS_STATUS_SUCCESS;
}

/* As a miniport decides it (drivers/e1000e, txprepare.c): before anything is mapped. */
static BOOLEAN MustCopy(PBENCH_ADAPTER Adapter, PNET_BUFFER Nb)
{
    ULONG mdls = 0;
    PMDL mdl;

    if (NET_BUFFER_DATA_LENGTH(Nb) < Adapter->CopyBelow) {
        return TRUE;
    }
    for (mdl = NET_BUFFER_CURRENT_MDL(Nb); mdl != NULL; mdl = NDIS_MDL_LINKAGE(mdl)) {
        mdls++;
    }
    return (BOOLEAN)(mdls > Adapter->MaxMdls);
}

static NDIS_STATUS DoSend(PBENCH_ADAPTER Adapter, ULONG64 Count)
{
    ULONG mask = Adapter->PacketCount - 1;
    NDIS_STATUS status;
    PNET_BUFFER nb;
    ULONG64 i;

    Adapter->Mapped = 0;
    Adapter->Copied = 0;
    for (i = 0; i < Count; i++) {
        nb = Adapter->NetBuffers[i & mask];
        if (MustCopy(Adapter, nb)) {
            Copy(Adapter, nb);
            Adapter->Copied += NET_BUFFER_DATA_LENGTH(nb);
            continue;
        }
        status =
            NdisMAllocateNetBufferSGList(Adapter->Dma, nb, Adapter, NDIS_SG_LIST_WRITE_TO_DEVICE,
                                         Adapter->Packets[i & mask].List, Adapter->ListBytes);
        if (status != NDIS_STATUS_SUCCESS) {
            return status;
        }
        NdisMFreeNetBufferSGList(Adapter->Dma, Adapter->Built, nb);
        Adapter->Mapped++;
    }
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS DoNbl(PBENCH_ADAPTER Adapter, ULONG64 Count)
{
    ULONG mask = Adapter->PacketCount - 1;
    PNET_BUFFER_LIST nbl;
    PNET_BUFFER nb;
    ULONG64 i;

    for (i = 0; i < Count; i++) {
        nb = Adapter->NetBuffers[i & mask];
        nbl =
            NdisAllocateNetBufferAndNetBufferList(Adapter->NblPool, 0, 0, NET_BUFFER_FIRST_MDL(nb),
                                                  0, NET_BUFFER_DATA_LENGTH(nb));
        if (nbl == NULL) {
            return NDIS_STATUS_RESOURCES;
        }
        NdisFreeNetBufferList(nbl);
    }
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS DoShared(PBENCH_ADAPTER Adapter, ULONG64 Count)
{
    NDIS_PHYSICAL_ADDRESS pa;
    PVOID va;
    ULONG64 i;

    for (i = 0; i < Count; i++) {
        NdisMAllocateSharedMemory(Adapter->Handle, BENCH_LARGE, TRUE, &va, &pa);
        if (va == NULL) {
            return NDIS_STATUS_RESOURCES;
        }
        NdisMFreeSharedMemory(Adapter->Handle, BENCH_LARGE, TRUE, va, pa);
    }
    return NDIS_STATUS_SUCCESS;
}

typedef NDIS_STATUS (*BENCH_CASE)(PBENCH_ADAPTER Adapter, ULONG64 Count);

static NDIS_STATUS AtDispatch(PBENCH_ADAPTER Adapter, BENCH_CASE Case, ULONG64 Count)
{
    NDIS_STATUS status;
    KIRQL irql;

    NDIS_RAISE_IRQL_TO_DISPATCH(&irql);
    status = Case(Adapter, Count);
    NDIS_LOWER_IRQL(irql, DISPATCH_LEVEL);
    return status;
}

/* One OID's work. PASSIVE_LEVEL. */
NDIS_STATUS BenchWork(PBENCH_ADAPTER Adapter, PBENCH_REQUEST Request)
{
    static const BENCH_CASE cases[] = {
        [BenchEmpty] = DoEmpty,   [BenchList] = DoList, [BenchFloor] = DoFloor,
        [BenchCopy] = DoCopy,     [BenchNbl] = DoNbl,   [BenchSend] = DoSend,
        [BenchShared] = DoShared,
    };
    NDIS_STATUS status;

    if (Request->Operation > BenchShared || Request->Shape >= BenchShapeCount) {
        return NDIS_STATUS_INVALID_DATA;
    }
    if (Request->Operation == BenchPrepare) {
        status = BenchMakeTraffic(Adapter, Request->Shape);
        Request->NetBufferCount = Adapter->PacketCount;
        Request->NetBuffers = Adapter->NetBuffers;
        return status;
    }
    if (Adapter->Packets == NULL) {
        return NDIS_STATUS_INVALID_DATA;
    }
    if (Request->Operation == BenchShared) {
        return DoShared(Adapter, Request->Count);
    }
    Adapter->CopyBelow = Request->CopyBelow;
    Adapter->MaxMdls = Request->MaxMdls;
    status = AtDispatch(Adapter, cases[Request->Operation], Request->Count);
    Request->Mapped = Adapter->Mapped;
    Request->Copied = Adapter->Copied;
    if (Request->Operation == BenchList && status == NDIS_STATUS_SUCCESS) {
        Request->Elements = Adapter->Built->NumberOfElements;
    }
    return status;
}
