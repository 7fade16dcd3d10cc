/* SPDX-License-Identifier: MIT */
/* DriverEntry, initialize, halt, reset. */
#include "adapter.h"

#if 0
    /* an earlier try, kept as such things are */
    NdisMInitializeScatterGatherDma(Adapter->AdapterHandle, FALSE, 1514);
#endif

#define BM_FLAGS (NDIS_ATTRIBUTE_BUS_MASTER | NDIS_ATTRIBUTE_SURPRISE_REMOVE_OK)

static NDIS_STATUS BmInitialize(OUT PNDIS_STATUS OpenErrorStatus, OUT PUINT SelectedMediumIndex,
                                IN PNDIS_MEDIUM MediumArray, IN UINT MediumArraySize,
                                IN NDIS_HANDLE MiniportAdapterHandle,
                                IN NDIS_HANDLE WrapperConfigurationContext);
static VOID BmHalt(IN NDIS_HANDLE MiniportAdapterContext);
static NDIS_STATUS BmReset(OUT PBOOLEAN AddressingReset, IN NDIS_HANDLE MiniportAdapterContext);
static BOOLEAN BmCheckForHang(IN NDIS_HANDLE MiniportAdapterContext);

static UINT BmFindMedium(PNDIS_MEDIUM MediumArray, UINT Count)
{
    UINT i;

    for (i = 0; i < Count && MediumArray[i] != NdisMedium802_3; i++) {
    }
    return i;
}

/* Memory, registers and the interrupt of one card. */
static NDIS_STATUS BmMapHardware(PBM_ADAPTER Adapter)
{
    UCHAR Buffer[512];
    PNDIS_RESOURCE_LIST List = (PNDIS_RESOURCE_LIST)Buffer;
    UINT Size = sizeof(Buffer), i;
    NDIS_STATUS Status;

    NdisMQueryAdapterResources(&Status, Adapter->WrapperContext, List, &Size);
    if (Status != NDIS_STATUS_SUCCESS) {
        return Status;
    }
    for (i = 0; i < List->Count; i++) {
        if (List->PartialDescriptors[i].Type == CmResourceTypeMemory && Adapter->Hw.Registers == NULL) {
            Status = NdisMMapIoSpace((PVOID *)&Adapter->Hw.Registers, Adapter->AdapterHandle,
                                     List->PartialDescriptors[i].u.Memory.Start, BM_REGISTERS);
        } else if (List->PartialDescriptors[i].Type == CmResourceTypeInterrupt) {
            Status = NdisMRegisterInterrupt(&Adapter->Interrupt, Adapter->AdapterHandle,
                                            List->PartialDescriptors[i].u.Interrupt.Vector,
                                            List->PartialDescriptors[i].u.Interrupt.Level, TRUE,
                                            TRUE, NdisInterruptLevelSensitive);
        }
        if (Status != NDIS_STATUS_SUCCESS) {
            break;
        }
    }
    return Status;
}

static NDIS_STATUS BmPools(PBM_ADAPTER Adapter)
{
    NDIS_STATUS Status;

    NdisAllocatePacketPool(&Status, &Adapter->PacketPool, BM_RING, 16);
    if (Status == NDIS_STATUS_SUCCESS) {
        NdisAllocateBufferPool(&Status, &Adapter->BufferPool, BM_RING);
    }
    return Status;
}

static NDIS_STATUS BmInitialize(OUT PNDIS_STATUS OpenErrorStatus, OUT PUINT SelectedMediumIndex,
                                IN PNDIS_MEDIUM MediumArray, IN UINT MediumArraySize,
                                IN NDIS_HANDLE MiniportAdapterHandle,
                                IN NDIS_HANDLE WrapperConfigurationContext)
{
    PBM_ADAPTER Adapter;
    NDIS_STATUS Status;

    UNREFERENCED_PARAMETER(OpenErrorStatus);
    *SelectedMediumIndex = BmFindMedium(MediumArray, MediumArraySize);
    if (*SelectedMediumIndex == MediumArraySize) {
        return NDIS_STATUS_UNSUPPORTED_MEDIA;
    }
    Status = NdisAllocateMemoryWithTag((PVOID *)&Adapter, sizeof(*Adapter), BM_TAG);
    if (Status != NDIS_STATUS_SUCCESS) {
        return Status;
    }
    NdisZeroMemory(Adapter, sizeof(*Adapter));
    Adapter->AdapterHandle = MiniportAdapterHandle;
    Adapter->WrapperContext = WrapperConfigurationContext;
    Adapter->Dac = TRUE;
    NdisMSetAttributesEx(MiniportAdapterHandle, (NDIS_HANDLE)Adapter, 4, BM_FLAGS,
                         NdisInterfacePci);
    Status = BmSetupDma(Adapter, MiniportAdapterHandle);
    if (Status != NDIS_STATUS_SUCCESS) {
        NdisFreeMemory(Adapter, sizeof(*Adapter), 0);
        return Status;
    }
    Status = BmPools(Adapter);
    if (Status == NDIS_STATUS_SUCCESS) {
        Status = BmMapHardware(Adapter);
    }
    if (Status == NDIS_STATUS_SUCCESS) {
        Status = BmAllocateMemory(Adapter);
    }
    if (Status != NDIS_STATUS_SUCCESS) {
        BmFreeMemory(Adapter);
        NdisFreeMemory(Adapter, sizeof(*Adapter), 0);
        return Status;
    }
    BmHwStopCard(&Adapter->Hw);
    BmHwReadAddress(&Adapter->Hw);
    BmHwSetup(&Adapter->Hw);
    BmPostReceive(Adapter, 0);
    return NDIS_STATUS_SUCCESS;
}

static VOID BmHalt(IN NDIS_HANDLE MiniportAdapterContext)
{
    PBM_ADAPTER Adapter = (PBM_ADAPTER)MiniportAdapterContext;

    BmHwStopCard(&Adapter->Hw);
    NdisMDeregisterInterrupt(&Adapter->Interrupt);
    BmFreeMemory(Adapter);
    NdisFreeBufferPool(Adapter->BufferPool);
    NdisFreePacketPool(Adapter->PacketPool);
    NdisMUnmapIoSpace(Adapter->AdapterHandle, Adapter->Hw.Registers, BM_REGISTERS);
    NdisFreeMemory(Adapter, sizeof(*Adapter), 0);
}

static NDIS_STATUS BmReset(OUT PBOOLEAN AddressingReset, IN NDIS_HANDLE MiniportAdapterContext)
{
    PBM_ADAPTER Adapter = (PBM_ADAPTER)MiniportAdapterContext;

    BmHwSetup(&Adapter->Hw);
    *AddressingReset = TRUE;
    return NDIS_STATUS_SUCCESS;
}

static BOOLEAN BmCheckForHang(IN NDIS_HANDLE MiniportAdapterContext)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    return FALSE;
}

static VOID BmFillLookalike(BM_LOOKALIKE *Other)
{
    Other->SendHandler = NULL;
    Other->AllocateCompleteHandler = NULL;
    Other->MiniportReserved = 7;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_HANDLE Wrapper;
    NDIS_MINIPORT_CHARACTERISTICS Chars;
    BM_LOOKALIKE Other;
    NDIS_STATUS Status;

    BmFillLookalike(&Other);
    NdisMInitializeWrapper(&Wrapper, DriverObject, RegistryPath, NULL);
    NdisZeroMemory(&Chars, sizeof(Chars));
    Chars.MajorNdisVersion = 5;
    Chars.MinorNdisVersion = 1;
    Chars.InitializeHandler = BmInitialize;
    Chars.HaltHandler = BmHalt;
    Chars.ResetHandler = BmReset;
    Chars.CheckForHangHandler = BmCheckForHang;
    Chars.SendPacketsHandler = BmSendPackets;
    Chars.ReturnPacketHandler = BmReturnPacket;
    Chars.ISRHandler = BmIsr;
    Chars.HandleInterruptHandler = BmHandleInterrupt;
    Chars.EnableInterruptHandler = BmEnableInterrupt;
    Chars.DisableInterruptHandler = BmDisableInterrupt;
    Chars.QueryInformationHandler = BmQueryInformation;
    Chars.SetInformationHandler = BmSetInformation;
    Chars.AllocateCompleteHandler = BmAllocateComplete;
    Status = NdisMRegisterMiniport(Wrapper, &Chars, sizeof(Chars));
    if (Status != NDIS_STATUS_SUCCESS) {
        NdisTerminateWrapper(Wrapper, NULL);
    }
    return Status;
}
