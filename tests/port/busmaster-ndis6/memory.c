/* SPDX-License-Identifier: MIT */
/* DMA registration, shared memory: NdisMAllocateSharedMemory(in a comment: no finding). */
#include "adapter.h"

static const char *const BmText = "NdisMInitializeScatterGatherDma in a string";

MINIPORT_PROCESS_SG_LIST BmProcessSGList;
MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE BmAllocateComplete;

/* the DMA registration of NDIS 6, with the arguments of NDIS 5 */
static NDIS_STATUS BmRegisterScatterGatherDma(NDIS_HANDLE MiniportAdapterHandle,
    BOOLEAN Dma64BitAddresses, ULONG MaximumPhysicalMapping, PNDIS_HANDLE DmaHandle)
{
    NDIS_SG_DMA_DESCRIPTION Description;

    NdisZeroMemory(&Description, sizeof(Description));
    Description.Header.Type = NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION;
    Description.Header.Revision = NDIS_SG_DMA_DESCRIPTION_REVISION_1;
    Description.Header.Size = NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1;
    Description.Flags = Dma64BitAddresses ? NDIS_SG_DMA_64_BIT_ADDRESS : 0;
    Description.MaximumPhysicalMapping = MaximumPhysicalMapping;
    Description.ProcessSGListHandler = BmProcessSGList;
    Description.SharedMemAllocateCompleteHandler = BmAllocateComplete;
    return NdisMRegisterScatterGatherDma(MiniportAdapterHandle, &Description, DmaHandle);
}

/*
 * The longest frame is mapped in one piece. Two variants, chosen at build time.
 */
NDIS_STATUS
BmSetupDma(
    IN PBM_ADAPTER Adapter,
    IN NDIS_HANDLE Handle
    )
{
    NDIS_STATUS Status;

    (VOID) BmText;
#ifdef BM_ALWAYS_DAC
    Status = BmRegisterScatterGatherDma(Handle, TRUE /* every card of this kind, really */,
                                             1514, &Adapter->NdisMiniportDmaHandle2);
#else
    Status = BmRegisterScatterGatherDma(
        Handle,
        (BOOLEAN)(Adapter->Dac ? !!(sizeof(PVOID) >= 4) : FALSE), /* , a comma (in a comment */
        1514, &Adapter->NdisMiniportDmaHandle2 /* no jumbo frames */);
#endif
    return Status;
}

/* Rings and the first half of the receive buffers; the second half is asked for. */
NDIS_STATUS BmAllocateMemory(IN PBM_ADAPTER Adapter)
{
    NDIS_STATUS Status;

    NdisMAllocateSharedMemory(Adapter->AdapterHandle, BM_RING * sizeof(BM_DESC), FALSE,
                              (PVOID *)&Adapter->Hw.TxRing, &Adapter->Hw.TxRingPa);
    NdisMAllocateSharedMemory(Adapter->AdapterHandle, BM_RING * sizeof(BM_DESC), FALSE,
                              (PVOID *)&Adapter->Hw.RxRing, &Adapter->Hw.RxRingPa);
    NdisMAllocateSharedMemory(Adapter->AdapterHandle, BM_FIRST_RX * BM_BUFFER, FALSE,
                              (PVOID *)&Adapter->RxData[0], &Adapter->RxDataPa[0]);
    if (Adapter->Hw.TxRing == NULL || Adapter->Hw.RxRing == NULL || Adapter->RxData[0] == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    NdisZeroMemory(Adapter->Hw.TxRing, BM_RING * sizeof(BM_DESC));
    NdisZeroMemory(Adapter->Hw.RxRing, BM_RING * sizeof(BM_DESC));
    Status = NdisMAllocateSharedMemoryAsyncEx(Adapter->NdisMiniportDmaHandle2, /* length */
                                            (BM_RING - BM_FIRST_RX) * BM_BUFFER, FALSE, Adapter);
    return Status == NDIS_STATUS_PENDING ? NDIS_STATUS_SUCCESS : Status;
}

/* The second half of the receive buffers is there, or is not. */
VOID BmAllocateComplete(IN NDIS_HANDLE MiniportAdapterContext, IN PVOID VirtualAddress,
                        IN PNDIS_PHYSICAL_ADDRESS PhysicalAddress, IN ULONG Length,
                        IN PVOID Context)
{
    PBM_ADAPTER Adapter = (PBM_ADAPTER)MiniportAdapterContext;

    UNREFERENCED_PARAMETER(Length);
    UNREFERENCED_PARAMETER(Context);
    if (VirtualAddress != NULL) {
        Adapter->RxDataPa[1] = *PhysicalAddress;
        Adapter->RxData[1] = (PUCHAR)VirtualAddress;
        BmPostReceive(Adapter, 1);
    }
}

VOID BmFreeMemory(IN PBM_ADAPTER Adapter)
{
    if (Adapter->RxData[1] != NULL) {
        NdisMFreeSharedMemory(Adapter->AdapterHandle, (BM_RING - BM_FIRST_RX) * BM_BUFFER, FALSE,
                              Adapter->RxData[1], Adapter->RxDataPa[1]);
        Adapter->RxData[1] = NULL;
    }
    if (Adapter->RxData[0] != NULL) {
        NdisMFreeSharedMemory(Adapter->AdapterHandle, BM_FIRST_RX * BM_BUFFER, FALSE,
                              Adapter->RxData[0], Adapter->RxDataPa[0]);
        Adapter->RxData[0] = NULL;
    }
    if (Adapter->Hw.RxRing != NULL) {
        NdisMFreeSharedMemory(Adapter->AdapterHandle, BM_RING * sizeof(BM_DESC), FALSE,
                              Adapter->Hw.RxRing, Adapter->Hw.RxRingPa);
        Adapter->Hw.RxRing = NULL;
    }
    if (Adapter->Hw.TxRing != NULL) {
        NdisMFreeSharedMemory(Adapter->AdapterHandle, BM_RING * sizeof(BM_DESC), FALSE,
                              Adapter->Hw.TxRing, Adapter->Hw.TxRingPa);
        Adapter->Hw.TxRing = NULL;
    }
}
