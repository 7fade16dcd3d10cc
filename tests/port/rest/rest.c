/* SPDX-License-Identifier: MIT */
/* What the other fixtures have no use for: each line is one construct, or two. */
#include <ndis.h>

typedef struct _RE_CARD {
    NDIS_HANDLE Handle;
    NDIS_MINIPORT_TIMER Timer;
    NDIS_WORK_ITEM Work;
    PVOID Id;
} RE_CARD, *PRE_CARD;

VOID ReCancel(NDIS_HANDLE Context, PVOID CancelId)
{
    PRE_CARD Card = (PRE_CARD)Context;

    Card->Id = CancelId;
}

VOID ReDma(PRE_CARD Card, PDEVICE_DESCRIPTION Description, NDIS_HANDLE Wrapper)
{
    ULONG Alignment = NdisGetSharedDataAlignment(), Count;
    NDIS_STATUS Status;
    NDIS_HANDLE Config;
    PVOID Memory;

    Alignment = max(Alignment, NdisMGetDmaAlignment(Card->Handle));
    HalGetAdapter(Description, &Count);
    NdisQueryMapRegisterCount(PCIBus, &Count);
    NdisOpenConfiguration(&Status, &Config, Wrapper);
    NdisReadPciSlotInformation(Card->Handle, 0, 4, &Count, sizeof(Count));
    NdisAllocateMemory(&Memory, 100, 0, HighestAcceptableMax);
    NdisMRegisterAdapterShutdownHandler(Card->Handle, Card, ReShutdown);
    NdisMInitializeTimer(&Card->Timer, Card->Handle, ReTick, Card);
    NdisInitializeWorkItem(&Card->Work, ReWork, Card);
    NdisMRegisterUnloadHandler(Wrapper, ReUnload);
    NdisMRegisterDevice(Wrapper, &Name, &Link, Table, &Object, &Card->Handle);
    NdisGetSystemUpTime(&Count);
}

VOID RePacket(PRE_CARD Card, PVOID Old, PVOID New, PNDIS_BUFFER Buffer, UINT *Copied)
{
    UINT Flags = NdisGetPacketFlags(Old);
    PVOID Tag = NDIS_PER_PACKET_INFO_FROM_PACKET(Old, Ieee8021QInfo);

    if ((Flags & NDIS_FLAGS_DOUBLE_BUFFERED) != 0 && Tag != NULL) {
        Card->Id = NDIS_GET_PACKET_CANCEL_ID(Old);
    }
    NdisCopyFromPacketToPacket(New, 0, 60, Old, 0, Copied);
    NdisZeroMemory(NdisBufferVirtualAddress(Buffer), 4);
    NdisMEthIndicateReceive(Card->Handle, NULL, NULL, NULL, 14, NULL, 46, 46);
    NdisMIndicateStatus(Card->Handle, NDIS_STATUS_MEDIA_CONNECT, NULL, 0);
    NdisMSynchronizeWithInterrupt(&Card->Interrupt, ReSync, Card);
    NdisMQueryInformationComplete(Card->Handle, NDIS_STATUS_SUCCESS);
    NdisIMGetDeviceContext(Card->Handle);
    NdisFlushBuffer(Buffer, TRUE);
}

VOID ReFill(NDIS51_MINIPORT_CHARACTERISTICS *c)
{
    c->CancelSendPacketsHandler = ReCancel;
}
