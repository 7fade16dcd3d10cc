/* SPDX-License-Identifier: MIT */
/* Configuration, attributes, resources, channels, memory. */
#include "sysdma.h"

/* --- configuration --- */

static VOID ReadName(NDIS_HANDLE Configuration, PNDIS_STRING Keyword, CHAR *Name)
{
    PNDIS_CONFIGURATION_PARAMETER value;
    NDIS_STATUS status;
    ULONG i;

    NdisReadConfiguration(&status, &value, Configuration, Keyword, NdisParameterString);
    if (status != NDIS_STATUS_SUCCESS || value->ParameterType != NdisParameterString) {
        return;
    }
    for (i = 0; i < value->ParameterData.StringData.Length / sizeof(WCHAR) && i + 1 < NAME_BYTES;
         i++) {
        Name[i] = (CHAR)value->ParameterData.StringData.Buffer[i];
    }
    Name[i] = '\0';
}

static VOID ReadNumber(NDIS_HANDLE Configuration, PNDIS_STRING Keyword, PULONG Number)
{
    PNDIS_CONFIGURATION_PARAMETER value;
    NDIS_STATUS status;

    NdisReadConfiguration(&status, &value, Configuration, Keyword, NdisParameterInteger);
    if (status == NDIS_STATUS_SUCCESS) {
        *Number = value->ParameterData.IntegerData;
    }
}

VOID SysDmaReadConfiguration(PSYSDMA Adapter)
{
    NDIS_STRING mode = NDIS_STRING_CONST("Mode"), memory = NDIS_STRING_CONST("Memory");
    NDIS_STRING check = NDIS_STRING_CONST("Check"), ring = NDIS_STRING_CONST("Ring"),
                burst = NDIS_STRING_CONST("Burst");
    NDIS_CONFIGURATION_OBJECT object;
    NDIS_HANDLE handle;

    NdisZeroMemory(&object, sizeof(object));
    object.Header.Type = NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT;
    object.Header.Revision = NDIS_CONFIGURATION_OBJECT_REVISION_1;
    object.Header.Size = NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1;
    object.NdisHandle = Adapter->Handle;
    if (NdisOpenConfigurationEx(&object, &handle) != NDIS_STATUS_SUCCESS) {
        return;
    }
    ReadName(handle, &mode, Adapter->Mode);
    ReadName(handle, &memory, Adapter->Memory);
    ReadName(handle, &check, Adapter->Check);
    ReadNumber(handle, &ring, &Adapter->Ring);
    ReadNumber(handle, &burst, &Adapter->Burst);
    NdisCloseConfiguration(handle);
}

/* --- attributes --- */

NDIS_STATUS SysDmaSetRegistration(PSYSDMA Adapter, NDIS_INTERFACE_TYPE Bus, ULONG Flags)
{
    NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES r;

    NdisZeroMemory(&r, sizeof(r));
    r.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
    r.Header.Revision = NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_2;
    r.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_2;
    r.MiniportAdapterContext = Adapter;
    r.AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE |
                       NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK |
                       NDIS_MINIPORT_ATTRIBUTES_NO_HALT_ON_SUSPEND | Flags;
    r.CheckForHangTimeInSeconds = 2;
    r.InterfaceType = Bus;
    return NdisMSetMiniportAttributes(Adapter->Handle, (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&r);
}

NDIS_STATUS SysDmaSetGeneral(PSYSDMA Adapter)
{
    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES g;

    NdisZeroMemory(&g, sizeof(g));
    g.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES;
    g.Header.Revision = NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
    g.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
    g.MediaType = NdisMedium802_3;
    g.PhysicalMediumType = NdisPhysicalMedium802_3;
    g.MtuSize = 1500;
    g.MaxXmitLinkSpeed = g.MaxRcvLinkSpeed = g.XmitLinkSpeed = g.RcvLinkSpeed = 10000000u;
    g.MediaConnectState = (CardRead(Adapter, REG_STATUS) & ST_LINK) != 0
                              ? MediaConnectStateConnected
                              : MediaConnectStateDisconnected;
    g.MediaDuplexState = MediaDuplexStateHalf;
    g.LookaheadSize = 1500;
    g.MacOptions = NDIS_MAC_OPTION_COPY_LOOKAHEAD_DATA | NDIS_MAC_OPTION_TRANSFERS_NOT_PEND |
                   NDIS_MAC_OPTION_NO_LOOPBACK;
    g.SupportedPacketFilters = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST |
                               NDIS_PACKET_TYPE_ALL_MULTICAST | NDIS_PACKET_TYPE_BROADCAST |
                               NDIS_PACKET_TYPE_PROMISCUOUS;
    g.MaxMulticastListSize = 32;
    g.MacAddressLength = 6;
    NdisMoveMemory(g.PermanentMacAddress, Adapter->Mac, 6);
    NdisMoveMemory(g.CurrentMacAddress, Adapter->Mac, 6);
    g.AccessType = NET_IF_ACCESS_BROADCAST;
    g.DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
    g.ConnectionType = NET_IF_CONNECTION_DEDICATED;
    g.IfType = IF_TYPE_ETHERNET_CSMACD;
    g.IfConnectorPresent = TRUE;
    g.SupportedStatistics = NDIS_STATISTICS_XMIT_OK_SUPPORTED | NDIS_STATISTICS_RCV_OK_SUPPORTED;
    g.SupportedOidList = SysDmaOids;
    g.SupportedOidListLength = SysDmaOidsLength;
    return NdisMSetMiniportAttributes(Adapter->Handle, (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&g);
}

/* --- resources: a port range, a line, two DMA channels --- */

NDIS_STATUS SysDmaClaimPorts(PSYSDMA Adapter, PNDIS_RESOURCE_LIST Resources)
{
    ULONG i, ports = 0, lines = 0, channels = 0;
    SYSDMA_TRANSFER *transfers[2] = {&Adapter->Tx, &Adapter->Rx};
    NDIS_STATUS status;

    for (i = 0; Resources != NULL && i < Resources->Count; i++) {
        PCM_PARTIAL_RESOURCE_DESCRIPTOR d = Resources->PartialDescriptors + i;

        if (d->Type == CmResourceTypePort) {
            Adapter->FirstPort = d->u.Port.Start.LowPart;
            ports += d->u.Port.Length;
        } else if (d->Type == CmResourceTypeInterrupt) {
            lines++;
        } else if (d->Type == CmResourceTypeDma && channels < 2) {
            transfers[channels]->Number = d->u.Dma.Channel;
            transfers[channels]->Width =
                (d->Flags & CM_RESOURCE_DMA_16) != 0 ? Width16Bits : Width8Bits;
            channels++;
        }
    }
    DbgPrint("sysdma: %u ports at 0x%x, %u lines, channels %u and %u\n", ports, Adapter->FirstPort,
             lines, Adapter->Tx.Number, Adapter->Rx.Number);
    if (ports != 32 || lines != 1 || channels != 2) {
        return NDIS_STATUS_RESOURCE_CONFLICT;
    }
    status = NdisMRegisterIoPortRange(&Adapter->Ports, Adapter->Handle, Adapter->FirstPort, 32);
    if (status != NDIS_STATUS_SUCCESS) {
        Adapter->Ports = NULL;
        return status;
    }
    if (CardRead(Adapter, REG_VERSION) != CARD_VERSION) {
        return NDIS_STATUS_ADAPTER_NOT_FOUND;
    }
    CardWrite(Adapter, REG_COMMAND, CMD_RESET);
    for (i = 0; i < 6; i += 2) {
        USHORT word = CardRead(Adapter, REG_MAC + i);

        Adapter->Mac[i] = (UCHAR)word;
        Adapter->Mac[i + 1] = (UCHAR)(word >> 8);
    }
    return NDIS_STATUS_SUCCESS;
}

/* --- channels --- */

VOID SysDmaDescribe(const SYSDMA *Adapter, const SYSDMA_TRANSFER *Transfer,
                    PNDIS_DMA_DESCRIPTION Dma)
{
    NdisZeroMemory(Dma, sizeof(*Dma));
    Dma->DemandMode = NameIs(Adapter->Mode, "demand");
    Dma->AutoInitialize = (BOOLEAN)(Transfer == &Adapter->Rx && Adapter->Ring != 0);
    Dma->DmaChannelSpecified = TRUE;
    Dma->DmaWidth = Transfer->Width;
    Dma->DmaSpeed = Compatible;
    Dma->DmaChannel = Transfer->Number;
}

static NDIS_STATUS RegisterOne(PSYSDMA Adapter, SYSDMA_TRANSFER *Transfer, ULONG Most)
{
    NDIS_DMA_DESCRIPTION dma;
    NDIS_STATUS status;

    SysDmaDescribe(Adapter, Transfer, &dma);
    status = NdisMRegisterDmaChannel(&Transfer->Channel, Adapter->Handle, 0, FALSE, &dma, Most);
    if (status != NDIS_STATUS_SUCCESS) {
        Transfer->Channel = NULL;
        if (status == NDIS_STATUS_RESOURCE_CONFLICT) {
            NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_RESOURCE_CONFLICT, 1,
                                   Transfer->Number);
        }
    }
    return status;
}

NDIS_STATUS SysDmaRegisterChannels(PSYSDMA Adapter)
{
    NDIS_STATUS status = RegisterOne(Adapter, &Adapter->Tx, FRAME_MAX);

    return status == NDIS_STATUS_SUCCESS
               ? RegisterOne(Adapter, &Adapter->Rx, Adapter->Ring != 0 ? RING_BYTES : RX_BYTES)
               : status;
}

VOID SysDmaDeregisterChannels(PSYSDMA Adapter)
{
    if (Adapter->Rx.Channel != NULL) {
        NdisMDeregisterDmaChannel(Adapter->Rx.Channel);
    }
    if (Adapter->Tx.Channel != NULL) {
        NdisMDeregisterDmaChannel(Adapter->Tx.Channel);
    }
}

/* --- memory --- */

/* shared: where the controller gets at it; cross: there too, in one piece large enough to hold ends
 * of its pages */
static NDIS_STATUS AllocateBlock(PSYSDMA Adapter)
{
    BOOLEAN cross = NameIs(Adapter->Memory, "cross");

    Adapter->BlockBytes = cross ? 320u * 1024u : (1 + RX_BUFFERS) * RX_BYTES;
    Adapter->BlockIsShared = (BOOLEAN)(cross || NameIs(Adapter->Memory, "shared"));
    if (Adapter->BlockIsShared) {
        PVOID va;

        NdisMAllocateSharedMemory(Adapter->Handle, Adapter->BlockBytes, TRUE, &va,
                                  &Adapter->BlockPa);
        Adapter->Block = va;
    } else {
        Adapter->Block = NdisAllocateMemoryWithTagPriority(Adapter->Handle, Adapter->BlockBytes,
                                                           SYSDMA_TAG, NormalPoolPriority);
    }
    return Adapter->Block == NULL ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
}

/* where the transmit buffer and receive buffer i lie. cross: the first over an end of 64 KiB, the
 * others in a row of which the last, the one used most, lies over an end of 128 KiB */
static PUCHAR BufferAt(PSYSDMA Adapter, ULONG Index)
{
    ULONG base = Adapter->BlockPa.LowPart;
    ULONG end;

    if (!NameIs(Adapter->Memory, "cross")) {
        return Adapter->Block + Index * RX_BYTES;
    }
    if (Index == 0) {
        end =
            (base + 0x10000u) & ~0xFFFFu; /* odd multiples only: the even ones are for the others */
        end += (end & 0x10000u) == 0 ? 0x10000u : 0;
        return Adapter->Block + (end - 30u - base);
    }
    end = (base + 0x20000u + RX_BUFFERS * RX_BYTES) & ~0x1FFFFu;
    return Adapter->Block + (end - base) - (RX_BUFFERS - Index) * RX_BYTES - 600u;
}

static NDIS_STATUS CreateReceiveBuffer(PSYSDMA Adapter, SYSDMA_RX *Buffer, PUCHAR Va)
{
    Buffer->Va = Va;
    Buffer->Mdl = NdisAllocateMdl(Adapter->Handle, Va, RX_BYTES);
    if (Buffer->Mdl == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    Buffer->Nbl = NdisAllocateNetBufferAndNetBufferList(Adapter->NblPool, 0, 0, Buffer->Mdl, 0, 0);
    if (Buffer->Nbl == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    Buffer->Nbl->SourceHandle = Adapter->Handle;
    NET_BUFFER_LIST_MINIPORT_RESERVED(Buffer->Nbl)[0] = Buffer;
    SysDmaGiveLocked(Adapter, Buffer);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS CreateRing(PSYSDMA Adapter)
{
    PVOID va;

    if (Adapter->Ring == 0) {
        return NDIS_STATUS_SUCCESS;
    }
    NdisMAllocateSharedMemory(Adapter->Handle, RING_BYTES, TRUE, &va, &Adapter->RingPa);
    Adapter->RingVa = va;
    if (va == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    Adapter->RingMdl = NdisAllocateMdl(Adapter->Handle, va, RING_BYTES);
    return Adapter->RingMdl == NULL ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
}

NDIS_STATUS SysDmaCreateMemory(PSYSDMA Adapter)
{
    NDIS_STATUS status = AllocateBlock(Adapter);
    ULONG i;

    if (status == NDIS_STATUS_SUCCESS) {
        Adapter->TxBuffer = BufferAt(Adapter, 0);
        Adapter->TxMdl = NdisAllocateMdl(Adapter->Handle, Adapter->TxBuffer, RX_BYTES);
        status = Adapter->TxMdl == NULL ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
    }
    for (i = 0; i < RX_BUFFERS && status == NDIS_STATUS_SUCCESS; i++) {
        status = CreateReceiveBuffer(Adapter, &Adapter->Buffers[i], BufferAt(Adapter, 1 + i));
    }
    return status == NDIS_STATUS_SUCCESS ? CreateRing(Adapter) : status;
}

static VOID DestroyRing(PSYSDMA Adapter)
{
    if (Adapter->RingMdl != NULL) {
        NdisFreeMdl(Adapter->RingMdl);
    }
    if (Adapter->RingVa != NULL) {
        NdisMFreeSharedMemory(Adapter->Handle, RING_BYTES, TRUE, Adapter->RingVa, Adapter->RingPa);
    }
}

VOID SysDmaDestroyMemory(PSYSDMA Adapter)
{
    ULONG i;

    DestroyRing(Adapter);
    for (i = 0; i < RX_BUFFERS; i++) {
        if (Adapter->Buffers[i].Nbl != NULL) {
            NdisFreeNetBufferList(Adapter->Buffers[i].Nbl);
        }
        if (Adapter->Buffers[i].Mdl != NULL) {
            NdisFreeMdl(Adapter->Buffers[i].Mdl);
        }
    }
    if (Adapter->TxMdl != NULL) {
        NdisFreeMdl(Adapter->TxMdl);
    }
    if (Adapter->Block != NULL && Adapter->BlockIsShared) {
        NdisMFreeSharedMemory(Adapter->Handle, Adapter->BlockBytes, TRUE, Adapter->Block,
                              Adapter->BlockPa);
    } else if (Adapter->Block != NULL) {
        NdisFreeMemoryWithTagPriority(Adapter->Handle, Adapter->Block, SYSDMA_TAG);
    }
}
