/* SPDX-License-Identifier: MIT */
/*
 * Calls that are to fail, and what came of them, printed for the test to read. Keyword Check:
 *
 *   pci        a bus master on PCI asks for a channel
 *   isamaster  a bus master on ISA gets one, and SG DMA beside it; asynchronous shared memory works
 *              through the latter
 *   channels   a channel twice, one that was not assigned, a wrong width, one that cannot be
 *   transfers  a second transfer on a busy channel, too many bytes, none; the counter
 *   async      asynchronous shared memory with nothing but channels registered
 */
#include "sysdma.h"

static VOID Print(const CHAR *What, NDIS_STATUS Status)
{
    DbgPrint("sysdma: %s 0x%08x\n", What, (ULONG)Status);
}

static NDIS_STATUS Register(PSYSDMA Adapter, ULONG Number, DMA_WIDTH Width)
{
    NDIS_DMA_DESCRIPTION dma;
    NDIS_HANDLE channel = NULL;
    NDIS_STATUS status;

    SysDmaDescribe(Adapter, &Adapter->Tx, &dma);
    dma.DmaChannel = Number;
    dma.DmaWidth = Width;
    status = NdisMRegisterDmaChannel(&channel, Adapter->Handle, 0, FALSE, &dma, 4096);
    if (status == NDIS_STATUS_SUCCESS) {
        NdisMDeregisterDmaChannel(channel);
    }
    return status;
}

/* --- an ISA bus master --- */

VOID SysDmaProcessSGList(PDEVICE_OBJECT pDO, PVOID Reserved, PSCATTER_GATHER_LIST pSGL,
                         PVOID Context)
{
    UNREFERENCED_PARAMETER(pDO);
    UNREFERENCED_PARAMETER(Reserved);
    UNREFERENCED_PARAMETER(pSGL);
    UNREFERENCED_PARAMETER(Context);
}

VOID SysDmaAsyncComplete(NDIS_HANDLE MiniportAdapterContext, PVOID VirtualAddress,
                         PNDIS_PHYSICAL_ADDRESS PhysicalAddress, ULONG Length, PVOID Context)
{
    PSYSDMA adapter = MiniportAdapterContext;

    if (VirtualAddress != NULL) {
        adapter->AsyncVa = VirtualAddress;
        adapter->AsyncPa = *PhysicalAddress;
    }
    DbgPrint("sysdma: async complete: %s, %u bytes, context %u, below 16 MiB %u\n",
             VirtualAddress != NULL ? "memory" : "none", Length, (ULONG)(ULONG_PTR)Context,
             (ULONG)(VirtualAddress != NULL && PhysicalAddress->QuadPart + Length <= 0x1000000));
}

static NDIS_STATUS RegisterSgDma(PSYSDMA Adapter)
{
    NDIS_SG_DMA_DESCRIPTION sg;

    NdisZeroMemory(&sg, sizeof(sg));
    sg.Header.Type = NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION;
    sg.Header.Revision = NDIS_SG_DMA_DESCRIPTION_REVISION_1;
    sg.Header.Size = NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1;
    sg.MaximumPhysicalMapping = FRAME_MAX;
    sg.ProcessSGListHandler = SysDmaProcessSGList;
    sg.SharedMemAllocateCompleteHandler = SysDmaAsyncComplete;
    return NdisMRegisterScatterGatherDma(Adapter->Handle, &sg, &Adapter->SgDma);
}

/* set up before anything else, since the attributes say what the adapter is */
static NDIS_STATUS CheckMaster(PSYSDMA Adapter)
{
    NDIS_DMA_DESCRIPTION dma;
    NDIS_HANDLE channel = NULL;
    NDIS_STATUS status =
        SysDmaSetRegistration(Adapter, NdisInterfaceIsa, NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER);

    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    NdisZeroMemory(&dma, sizeof(dma));
    status = NdisMRegisterDmaChannel(&channel, Adapter->Handle, 0, FALSE, &dma, 4096);
    Print("ISA bus master", status);
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    Print("async by the channel", NdisMAllocateSharedMemoryAsyncEx(channel, 4096, TRUE, (PVOID)1));
    status = RegisterSgDma(Adapter);
    Print("SG DMA", status);
    if (status == NDIS_STATUS_SUCCESS) {
        Print("async after SG DMA",
              NdisMAllocateSharedMemoryAsyncEx(Adapter->SgDma, 8192, TRUE, (PVOID)2));
    }
    NdisMDeregisterDmaChannel(channel);
    return status;
}

NDIS_STATUS SysDmaCheckEarly(PSYSDMA Adapter)
{
    if (NameIs(Adapter->Check, "isamaster")) {
        return CheckMaster(Adapter);
    }
    if (NameIs(Adapter->Check, "pci")) {
        (VOID)
            SysDmaSetRegistration(Adapter, NdisInterfacePci, NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER);
        Adapter->Tx.Number = 3;
        Print("PCI bus master", Register(Adapter, 3, Width8Bits));
        return NDIS_STATUS_ADAPTER_NOT_FOUND;
    }
    return NDIS_STATUS_SUCCESS;
}

/* --- with both channels registered --- */

static VOID CheckChannels(PSYSDMA Adapter)
{
    Print("registered twice", Register(Adapter, Adapter->Tx.Number, Width8Bits));
    Print("not assigned", Register(Adapter, 1, Width8Bits));
    Print("wrong width", Register(Adapter, Adapter->Tx.Number, Width16Bits));
    Print("cascade channel", Register(Adapter, 4, Width16Bits));
    Print("channel 8", Register(Adapter, 8, Width16Bits));
}

static NDIS_STATUS Setup(PSYSDMA Adapter, ULONG Offset, ULONG Length)
{
    NDIS_STATUS status;

    NdisMSetupDmaTransfer(&status, Adapter->Tx.Channel, Adapter->TxMdl, Offset, Length, TRUE);
    return status;
}

static NDIS_STATUS Complete(PSYSDMA Adapter, ULONG Offset, ULONG Length)
{
    NDIS_STATUS status;

    NdisMCompleteDmaTransfer(&status, Adapter->Tx.Channel, Adapter->TxMdl, Offset, Length, TRUE);
    return status;
}

static VOID CheckTransfers(PSYSDMA Adapter)
{
    Print("no bytes", Setup(Adapter, 0, 0));
    Print("more than registered", Setup(Adapter, 0, FRAME_MAX + 1));
    Print("set up", Setup(Adapter, 0, 1000));
    Print("busy", Setup(Adapter, 0, 1000));
    DbgPrint("sysdma: counter %u\n", NdisMReadDmaCounter(Adapter->Tx.Channel));
    Print("completed", Complete(Adapter, 0, 1000));
    DbgPrint("sysdma: counter %u\n", NdisMReadDmaCounter(Adapter->Tx.Channel));
}

NDIS_STATUS SysDmaCheckLate(PSYSDMA Adapter)
{
    if (NameIs(Adapter->Check, "channels")) {
        CheckChannels(Adapter);
    }
    if (NameIs(Adapter->Check, "transfers")) {
        CheckTransfers(Adapter);
    }
    if (NameIs(Adapter->Check, "async")) {
        Print("async by the channel",
              NdisMAllocateSharedMemoryAsyncEx(Adapter->Rx.Channel, 4096, TRUE, NULL));
    }
    return NDIS_STATUS_SUCCESS;
}

VOID SysDmaCheckHalt(PSYSDMA Adapter)
{
    if (Adapter->AsyncVa != NULL) {
        NdisMFreeSharedMemory(Adapter->Handle, 8192, TRUE, Adapter->AsyncVa, Adapter->AsyncPa);
    }
    if (Adapter->SgDma != NULL) {
        NdisMDeregisterScatterGatherDma(Adapter->SgDma);
    }
}
