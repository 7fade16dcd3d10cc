/* SPDX-License-Identifier: MIT */
/* The registration, shared memory, and a NET_BUFFER of the driver's own for mistakes that need one.
 */
#include "seeded.h"

static VOID FillDescription(PSEEDED Adapter, PNDIS_SG_DMA_DESCRIPTION Dma)
{
    NdisZeroMemory(Dma, sizeof(*Dma));
    Dma->Header.Type = NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION;
    Dma->Header.Revision = NDIS_SG_DMA_DESCRIPTION_REVISION_1;
    Dma->Header.Size = NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1;
    if (SeededBug(Adapter, "sg-desc-bad-header")) {
        Dma->Header.Size = sizeof(NDIS_OBJECT_HEADER);
    }
    Dma->Flags = NDIS_SG_DMA_64_BIT_ADDRESS;
    if (SeededBug(Adapter, "sg-desc-unknown-flags")) {
        Dma->Flags |= 0x80000000u;
    }
    Dma->MaximumPhysicalMapping = SEEDED_MAX_FRAME + 4096u;
    Dma->ProcessSGListHandler = SeededProcessSGList;
    if (SeededBug(Adapter, "sg-desc-null-process-handler")) {
        Dma->ProcessSGListHandler = NULL;
    }
    Dma->SharedMemAllocateCompleteHandler = SeededSharedMemoryComplete;
    if (SeededBug(Adapter, "sg-desc-async-handler-missing")) {
        Dma->SharedMemAllocateCompleteHandler = NULL;
    }
}

static NDIS_STATUS Register(PSEEDED Adapter, PNDIS_HANDLE Handle)
{
    NDIS_SG_DMA_DESCRIPTION dma;
    KIRQL irql = PASSIVE_LEVEL;
    NDIS_STATUS status;

    FillDescription(Adapter, &dma);
    if (SeededBug(Adapter, "sg-register-irql")) {
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
    }
    status = NdisMRegisterScatterGatherDma(Adapter->Handle, &dma, Handle);
    if (SeededBug(Adapter, "sg-register-irql")) {
        KeLowerIrql(irql);
    }
    if (status != NDIS_STATUS_SUCCESS) {
        *Handle = NULL;
    }
    return status;
}

/* --- shared memory --- */

NDIS_STATUS SeededAllocate(PSEEDED Adapter, ULONG Length, SEEDED_BLOCK *Block)
{
    KIRQL irql = PASSIVE_LEVEL;

    if (SeededBug(Adapter, "shmem-alloc-irql")) {
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
    }
    NdisMAllocateSharedMemory(Adapter->Handle, Length, TRUE, &Block->Va, &Block->Pa);
    if (SeededBug(Adapter, "shmem-alloc-irql")) {
        KeLowerIrql(irql);
    }
    Block->Length = Length;
    return Block->Va == NULL ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
}

VOID SeededFree(PSEEDED Adapter, SEEDED_BLOCK *Block)
{
    if (Block->Va != NULL) {
        NdisMFreeSharedMemory(Adapter->Handle, Block->Length, TRUE, Block->Va, Block->Pa);
        Block->Va = NULL;
    }
}

VOID SeededSharedMemoryComplete(NDIS_HANDLE MiniportAdapterContext, PVOID VirtualAddress,
                                PNDIS_PHYSICAL_ADDRESS PhysicalAddress, ULONG Length, PVOID Context)
{
    PSEEDED adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(Context);
    if (VirtualAddress != NULL) {
        adapter->AsyncBlock.Va = VirtualAddress;
        adapter->AsyncBlock.Pa = *PhysicalAddress;
        adapter->AsyncBlock.Length = Length;
    }
}

/* --- the scratch NET_BUFFER: ScratchMemory, one MDL, one list --- */

static NDIS_STATUS ScratchCreate(PSEEDED Adapter)
{
    Adapter->ScratchMemory = NdisAllocateMemoryWithTagPriority(Adapter->Handle, SCRATCH_BYTES,
                                                               SEEDED_TAG, NormalPoolPriority);
    if (Adapter->ScratchMemory == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    NdisZeroMemory(Adapter->ScratchMemory, SCRATCH_BYTES);
    Adapter->ScratchMdl = NdisAllocateMdl(Adapter->Handle, Adapter->ScratchMemory, SCRATCH_BYTES);
    if (Adapter->ScratchMdl == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    Adapter->ScratchNbl =
        NdisAllocateNetBufferAndNetBufferList(Adapter->NblPool, 0, 0, Adapter->ScratchMdl, 0,
                                              SCRATCH_BYTES);
    if (Adapter->ScratchNbl == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    Adapter->ScratchNbl->SourceHandle = Adapter->Handle;
    Adapter->ScratchSlot.Adapter = Adapter;
    return NDIS_STATUS_SUCCESS;
}

static VOID ScratchDestroy(PSEEDED Adapter)
{
    if (Adapter->ScratchNbl != NULL) {
        NdisFreeNetBufferList(Adapter->ScratchNbl);
    }
    if (Adapter->ScratchMdl != NULL) {
        NdisFreeMdl(Adapter->ScratchMdl);
    }
    if (Adapter->ScratchMemory != NULL) {
        NdisFreeMemoryWithTagPriority(Adapter->Handle, Adapter->ScratchMemory, SEEDED_TAG);
    }
}

/* ScratchSgl is there when this returns: with callback=inline, as the tests run it */
VOID SeededScratchMap(PSEEDED Adapter, ULONG Flags)
{
    PNET_BUFFER nb = NET_BUFFER_LIST_FIRST_NB(Adapter->ScratchNbl);
    KIRQL irql;

    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    (VOID) NdisMAllocateNetBufferSGList(Adapter->Dma, nb, &Adapter->ScratchSlot, Flags, NULL, 0);
    KeLowerIrql(irql);
}

VOID SeededScratchUnmap(PSEEDED Adapter)
{
    KIRQL irql;

    if (Adapter->ScratchSgl == NULL) {
        return;
    }
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    NdisMFreeNetBufferSGList(Adapter->Dma, Adapter->ScratchSgl,
                             NET_BUFFER_LIST_FIRST_NB(Adapter->ScratchNbl));
    KeLowerIrql(irql);
    Adapter->ScratchSgl = NULL;
}

/* MiniportProcessSGList; Context is the slot */
VOID SeededProcessSGList(PDEVICE_OBJECT pDO, PVOID Reserved, PSCATTER_GATHER_LIST pSGL,
                         PVOID Context)
{
    SEEDED_SLOT *slot = Context;

    UNREFERENCED_PARAMETER(pDO);
    UNREFERENCED_PARAMETER(Reserved);
    if (slot == &slot->Adapter->ScratchSlot) {
        slot->Adapter->ScratchSgl = pSGL;
        return;
    }
    slot->Sgl = pSGL;
    if (SeededBugOnce(slot->Adapter, "sgl-ndis-reserved-touched")) {
        pSGL->Elements[0].Reserved = 1;
    }
    if (SeededBugOnce(slot->Adapter, "sgl-cpu-write-after-map")) {
        PUCHAR data = NdisGetDataBuffer(slot->Nb, 60, NULL, 1, 0);

        if (data != NULL) {
            data[20] = (UCHAR)~data[20];
        }
    }
    SeededTxPost(slot->Adapter, slot);
}

/* a system DMA channel, whatever its width, and shared memory asked for through it */
VOID SeededUseChannel(PSEEDED Adapter)
{
    NDIS_DMA_DESCRIPTION description;
    NDIS_HANDLE channel = NULL;
    NDIS_STATUS status;

    NdisZeroMemory(&description, sizeof(description));
    description.DmaWidth = Width8Bits;
    status = NdisMRegisterDmaChannel(&channel, Adapter->Handle, 0, FALSE, &description, 4096);
    if (status != NDIS_STATUS_SUCCESS) {
        description.DmaWidth = Width16Bits;
        status = NdisMRegisterDmaChannel(&channel, Adapter->Handle, 0, FALSE, &description, 4096);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        (VOID) NdisMAllocateSharedMemoryAsyncEx(channel, 4096, TRUE, NULL);
        NdisMDeregisterDmaChannel(channel);
    }
}

/* --- creation and destruction, where most mistakes about the registration are made --- */

NDIS_STATUS SeededDmaCreate(PSEEDED Adapter)
{
    NDIS_STATUS status;

    if (SeededBug(Adapter, "dmachannel-on-busmaster")) {
        NDIS_DMA_DESCRIPTION channel;
        NDIS_HANDLE handle;

        NdisZeroMemory(&channel, sizeof(channel));
        (VOID) NdisMRegisterDmaChannel(&handle, Adapter->Handle, 0, TRUE, &channel, 0xffffffffu);
    }
    if (SeededBug(Adapter, "shmem-before-registration")) {
        (VOID) SeededAllocate(Adapter, 4096, &Adapter->ExtraBlock);
    }
    status = Register(Adapter, &Adapter->Dma);
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    if (SeededBug(Adapter, "sg-deregister-bad-context") ||
        SeededBug(Adapter, "sgl-free-wrong-handle")) {
        status = Register(Adapter, &Adapter->Dma2);
    }
    if (status == NDIS_STATUS_SUCCESS) {
        status = ScratchCreate(Adapter);
    }
    return status;
}

/* shared memory is asked for once more while the adapter runs, as drivers do that grow */
VOID SeededDmaLate(PSEEDED Adapter)
{
    if (SeededBug(Adapter, "sg-register-outside-init")) {
        (VOID) Register(Adapter, &Adapter->Dma2);
    }
    if (SeededBug(Adapter, "shmem-alloc-outside-init")) {
        (VOID) SeededAllocate(Adapter, 8192, &Adapter->ExtraBlock);
    }
    if (!Adapter->AsyncAsked) {
        Adapter->AsyncAsked = TRUE;
        (VOID) NdisMAllocateSharedMemoryAsyncEx(Adapter->Dma, 65536, TRUE, NULL);
    }
}

static VOID FreeBlocks(PSEEDED Adapter)
{
    SEEDED_BLOCK copy = Adapter->TxBlock;

    SeededFree(Adapter, &Adapter->TxBlock);
    if (SeededBug(Adapter, "shmem-double-free")) {
        SeededFree(Adapter, &copy);
    }
    if (SeededBug(Adapter, "shmem-free-mismatch")) {
        Adapter->RxBlock.Length -= 16;
    }
    SeededFree(Adapter, &Adapter->RxBlock);
    SeededFree(Adapter, &Adapter->BufferBlock);
    SeededFree(Adapter, &Adapter->OffloadBlock);
    SeededFree(Adapter, &Adapter->ExtraBlock);
    if (!SeededBug(Adapter, "shmem-leak-at-halt")) {
        SeededFree(Adapter, &Adapter->AsyncBlock);
    }
}

static VOID Deregister(PSEEDED Adapter)
{
    if (Adapter->Dma == NULL || SeededBug(Adapter, "sg-missing-deregister") ||
        SeededBug(Adapter, "sg-missing-deregister-on-init-failure") ||
        SeededBug(Adapter, "sgl-leak-at-halt")) {
        return;
    }
    NdisMDeregisterScatterGatherDma(Adapter->Dma);
    if (SeededBug(Adapter, "sg-double-deregister")) {
        NdisMDeregisterScatterGatherDma(Adapter->Dma);
    }
    if (SeededBug(Adapter, "sg-handle-after-deregister")) {
        (VOID) NdisMAllocateSharedMemoryAsyncEx(Adapter->Dma, 4096, TRUE, NULL);
    }
}

VOID SeededDmaDestroy(PSEEDED Adapter)
{
    if (SeededBug(Adapter, "sg-deregister-with-live-sgl") ||
        SeededBug(Adapter, "sgl-leak-at-halt")) {
        SeededScratchMap(Adapter, 0);
    } else {
        SeededScratchUnmap(Adapter);
    }
    if (Adapter->Dma2 != NULL) {
        NdisMDeregisterScatterGatherDma(Adapter->Dma2);
    }
    if (SeededBug(Adapter, "sg-deregister-with-live-shared-memory")) {
        Deregister(Adapter);
        FreeBlocks(Adapter);
    } else {
        FreeBlocks(Adapter);
        Deregister(Adapter);
    }
    ScratchDestroy(Adapter);
}
