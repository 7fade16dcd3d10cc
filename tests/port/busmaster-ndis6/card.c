/* SPDX-License-Identifier: MIT */
/* The card comes and goes: what initialize and halt of the old init.c did to it. */
#include "ndis6.h"

/* Resources come as a list; vector and level of the interrupt are NDIS's business now. */
static NDIS_STATUS BmMapHardware(PBM_ADAPTER Adapter, PNDIS_RESOURCE_LIST List)
{
    ULONG i;

    for (i = 0; List != NULL && i < List->Count; i++) {
        if (List->PartialDescriptors[i].Type == CmResourceTypeMemory &&
            List->PartialDescriptors[i].u.Memory.Length >= BM_REGISTERS) {
            return NdisMMapIoSpace((PVOID *)&Adapter->Hw.Registers, Adapter->AdapterHandle,
                                   List->PartialDescriptors[i].u.Memory.Start, BM_REGISTERS);
        }
    }
    return NDIS_STATUS_RESOURCE_CONFLICT;
}

NDIS_STATUS BmHwStart(BM_ADAPTER *Adapter, PNDIS_RESOURCE_LIST Resources)
{
    NDIS_STATUS Status = BmMapHardware(Adapter, Resources);

    if (Status != NDIS_STATUS_SUCCESS) {
        return Status;
    }
    BmHwStopCard(&Adapter->Hw);
    BmHwReadAddress(&Adapter->Hw);
    Status = BmAllocateMemory(Adapter);
    if (Status == NDIS_STATUS_SUCCESS) {
        Status = BmCopyAllocate(Adapter);
    }
    if (Status == NDIS_STATUS_SUCCESS) {
        NdisAcquireSpinLock(&Adapter->Ndis6.ReceiveLock);
        BmHwSetup(&Adapter->Hw);
        BmRefill(Adapter);
        NdisReleaseSpinLock(&Adapter->Ndis6.ReceiveLock);
        BmPostReceive(Adapter, 0);
    }
    return Status;
}

VOID BmHwStop(BM_ADAPTER *Adapter)
{
    if (Adapter->Hw.Registers != NULL) {
        BmHwStopCard(&Adapter->Hw);
    }
}

VOID BmHwFree(BM_ADAPTER *Adapter)
{
    ULONG i;

    for (i = 0; i < BM_RING; i++) {
        if (Adapter->RxNbl[i] != NULL) {
            BmReceiveFree(Adapter->RxNbl[i]);
        }
    }
    BmCopyFree(Adapter);
    BmFreeMemory(Adapter);
    if (Adapter->Hw.Registers != NULL) {
        NdisMUnmapIoSpace(Adapter->AdapterHandle, Adapter->Hw.Registers, BM_REGISTERS);
    }
}

VOID BmHwDescribe(BM_ADAPTER *Adapter, PNDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES General)
{
    NdisMoveMemory(General->PermanentMacAddress, Adapter->Hw.Address, 6);
    NdisMoveMemory(General->CurrentMacAddress, Adapter->Hw.Address, 6);
    General->MaxXmitLinkSpeed = General->XmitLinkSpeed = 1000000000;
    General->MaxRcvLinkSpeed = General->RcvLinkSpeed = 1000000000;
    General->MediaConnectState = MediaConnectStateConnected;
    General->MediaDuplexState = MediaDuplexStateFull;
}
