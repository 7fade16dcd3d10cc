/* SPDX-License-Identifier: MIT */
/* The NET_BUFFERs that the cases go round. */
#include "driver.h"

/* where frame numbers without a mapping begin: all inside the machine's RAM */
#define FIRST_FRAME 0x100u

typedef struct _SHAPE {
    ULONG Packets;
    ULONG Elements;       /* a list has at most */
    ULONG ScatteredPages; /* frames without a mapping, no two adjacent; else Lengths */
    BOOLEAN Contiguous;   /* the second MDL lies in the shared block */
    BOOLEAN Large;        /* the MDL lies in one of LargeBlocks */
    ULONG Lengths[BENCH_MAX_MDLS];
} SHAPE;

static const SHAPE Shapes[BenchShapeCount] = {
    [BenchShapeHeaderPayload] = {BENCH_NET_BUFFERS, 4, 0, FALSE, FALSE, {54, 1460}},
    [BenchShapeSmall] = {BENCH_NET_BUFFERS, 2, 0, FALSE, FALSE, {64}},
    [BenchShapeHalves] = {BENCH_NET_BUFFERS, 4, 0, FALSE, FALSE, {757, 757}},
    [BenchShapeFragments] = {BENCH_NET_BUFFERS, 8, 0, FALSE, FALSE, {14, 20, 20, 730, 730}},
    [BenchShapeLargeRun] = {BENCH_NET_BUFFERS, 4, 0, TRUE, FALSE, {54, 65482}},
    [BenchShapeLargeData] = {BENCH_NET_BUFFERS, 18, 0, FALSE, TRUE, {BENCH_LARGE}},
    [BenchShapePage] = {BENCH_NET_BUFFERS, 1, 1, FALSE, FALSE, {0}},
    [BenchShapePages16] = {BENCH_NET_BUFFERS, 16, 16, FALSE, FALSE, {0}},
    [BenchShapePages1024] = {64, 1024, 1024, FALSE, FALSE, {0}},
    [BenchShapePages65536] = {1, 65536, 65536, FALSE, FALSE, {0}},
};

static PVOID Allocate(PBENCH_ADAPTER Adapter, SIZE_T Bytes)
{
    PVOID memory = NdisAllocateMemoryWithTagPriority(Adapter->Handle, (UINT)Bytes, BENCH_TAG,
                                                     NormalPoolPriority);

    if (memory != NULL) {
        NdisZeroMemory(memory, Bytes);
    }
    return memory;
}

static VOID Free(PVOID Memory)
{
    if (Memory != NULL) {
        NdisFreeMemory(Memory, 0, 0);
    }
}

/*
 * An MDL whose pages are anywhere: the frame array alone says where the data are, and nothing here
 * looks at them. *Next: the first frame nobody has yet.
 */
static PMDL MakeScattered(PBENCH_ADAPTER Adapter, ULONG Pages, PULONG Next)
{
    PMDL mdl = Allocate(Adapter, sizeof(MDL) + Pages * sizeof(PFN_NUMBER));
    ULONG i;

    if (mdl != NULL) {
        mdl->Size = (CSHORT)min(sizeof(MDL) + Pages * sizeof(PFN_NUMBER), 0x7FF8u);
        mdl->MdlFlags = MDL_PAGES_LOCKED;
        mdl->ByteCount = Pages * PAGE_SIZE;
        for (i = 0; i < Pages; i++) {
            MmGetMdlPfnArray(mdl)[i] = *Next;
            *Next += 2;
        }
    }
    return mdl;
}

static PVOID DataOf(PBENCH_ADAPTER Adapter, const SHAPE *Shape, PBENCH_PACKET Packet, ULONG Mdl,
                    ULONG Number)
{
    if (Shape->Contiguous && Mdl == 1) {
        return Adapter->Shared;
    }
    if (Shape->Large) {
        return Adapter->LargeBlocks[Number % BENCH_LARGE_BLOCKS];
    }
    Packet->Blocks[Mdl] = Allocate(Adapter, Shape->Lengths[Mdl]);
    return Packet->Blocks[Mdl];
}

static NDIS_STATUS MakeMdls(PBENCH_ADAPTER Adapter, const SHAPE *Shape, PBENCH_PACKET Packet,
                            ULONG Number, PULONG NextFrame, PULONG Length)
{
    ULONG i;

    *Length = 0;
    if (Shape->ScatteredPages != 0) {
        Packet->Mdls[0] = MakeScattered(Adapter, Shape->ScatteredPages, NextFrame);
        Packet->Blocks[0] = Packet->Mdls[0]; /* pool memory, no MDL of NDIS's */
        *Length = Shape->ScatteredPages * PAGE_SIZE;
        return Packet->Mdls[0] != NULL ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES;
    }
    for (i = 0; i < BENCH_MAX_MDLS && Shape->Lengths[i] != 0; i++) {
        PVOID data = DataOf(Adapter, Shape, Packet, i, Number);

        if (data != NULL) {
            Packet->Mdls[i] = NdisAllocateMdl(Adapter->Handle, data, Shape->Lengths[i]);
        }
        if (Packet->Mdls[i] == NULL) {
            return NDIS_STATUS_RESOURCES;
        }
        if (i > 0) {
            NDIS_MDL_LINKAGE(Packet->Mdls[i - 1]) = Packet->Mdls[i];
        }
        *Length += Shape->Lengths[i];
    }
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS MakePacket(PBENCH_ADAPTER Adapter, const SHAPE *Shape, ULONG Number,
                              PULONG NextFrame)
{
    PBENCH_PACKET packet = &Adapter->Packets[Number];
    ULONG length;
    NDIS_STATUS status = MakeMdls(Adapter, Shape, packet, Number, NextFrame, &length);

    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    packet->List = Allocate(Adapter, Adapter->ListBytes);
    packet->Nbl =
        NdisAllocateNetBufferAndNetBufferList(Adapter->NblPool, 0, 0, packet->Mdls[0], 0, length);
    if (packet->List == NULL || packet->Nbl == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    Adapter->NetBuffers[Number] = NET_BUFFER_LIST_FIRST_NB(packet->Nbl);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS MakeLargeBlocks(PBENCH_ADAPTER Adapter)
{
    ULONG i;

    for (i = 0; i < BENCH_LARGE_BLOCKS; i++) {
        Adapter->LargeBlocks[i] = Allocate(Adapter, BENCH_LARGE);
        if (Adapter->LargeBlocks[i] == NULL) {
            return NDIS_STATUS_RESOURCES;
        }
    }
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS BenchMakeTraffic(PBENCH_ADAPTER Adapter, BENCH_SHAPE Shape)
{
    const SHAPE *shape = &Shapes[Shape];
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;
    ULONG frame = FIRST_FRAME;
    ULONG i;

    BenchFreeTraffic(Adapter);
    Adapter->PacketCount = shape->Packets;
    Adapter->ListBytes = (ULONG)(FIELD_OFFSET(SCATTER_GATHER_LIST, Elements) +
                                 shape->Elements * sizeof(SCATTER_GATHER_ELEMENT));
    Adapter->Packets = Allocate(Adapter, shape->Packets * sizeof(BENCH_PACKET));
    Adapter->NetBuffers = Allocate(Adapter, shape->Packets * sizeof(PNET_BUFFER));
    if (Adapter->Packets == NULL || Adapter->NetBuffers == NULL) {
        status = NDIS_STATUS_RESOURCES;
    }
    if (status == NDIS_STATUS_SUCCESS && shape->Large) {
        status = MakeLargeBlocks(Adapter);
    }
    for (i = 0; i < shape->Packets && status == NDIS_STATUS_SUCCESS; i++) {
        status = MakePacket(Adapter, shape, i, &frame);
    }
    if (status != NDIS_STATUS_SUCCESS) {
        BenchFreeTraffic(Adapter);
    }
    return status;
}

static VOID FreePacket(PBENCH_PACKET Packet)
{
    ULONG i;

    if (Packet->Nbl != NULL) {
        NdisFreeNetBufferList(Packet->Nbl);
    }
    Free(Packet->List);
    for (i = 0; i < BENCH_MAX_MDLS; i++) {
        if (Packet->Mdls[i] != NULL && Packet->Mdls[i] != Packet->Blocks[i]) {
            NdisFreeMdl(Packet->Mdls[i]);
        }
        Free(Packet->Blocks[i]);
    }
}

VOID BenchFreeTraffic(PBENCH_ADAPTER Adapter)
{
    ULONG i;

    for (i = 0; Adapter->Packets != NULL && i < Adapter->PacketCount; i++) {
        FreePacket(&Adapter->Packets[i]);
    }
    Free(Adapter->Packets);
    Free(Adapter->NetBuffers);
    Adapter->Packets = NULL;
    Adapter->NetBuffers = NULL;
    for (i = 0; i < BENCH_LARGE_BLOCKS; i++) {
        Free(Adapter->LargeBlocks[i]);
        Adapter->LargeBlocks[i] = NULL;
    }
}
