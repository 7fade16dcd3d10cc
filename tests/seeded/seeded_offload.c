/* SPDX-License-Identifier: MIT */
/*
 * Task offload: IPv4 and TCP checksums, and large sends. The driver does the work itself, in shared
 * memory of its own: what leaves is then all its doing.
 */
#include "seeded.h"

#define LARGE_MOST  1400u
#define TCP_FIN_PSH 0x09u
#define ETHERNET    NDIS_ENCAPSULATION_IEEE_802_3

static ULONG Be16(const UCHAR *From)
{
    return (ULONG)From[0] << 8 | From[1];
}

static VOID PutBe16(PUCHAR To, ULONG Value)
{
    To[0] = (UCHAR)(Value >> 8);
    To[1] = (UCHAR)Value;
}

/* not inverted */
static ULONG Sum(const UCHAR *From, ULONG Length, ULONG Start)
{
    ULONG sum = Start, i;

    for (i = 0; i < Length; i++) {
        sum += i % 2 == 0 ? (ULONG)From[i] << 8 : From[i];
    }
    while (sum >> 16) {
        sum = (sum & 0xffffu) + (sum >> 16);
    }
    return sum;
}

/* --- what NDIS is told --- */

static VOID Fill(PSEEDED Adapter, const SEEDED_OFFLOAD *On, NDIS_OFFLOAD *Offload)
{
    NdisZeroMemory(Offload, sizeof(*Offload));
    Offload->Header.Type = NDIS_OBJECT_TYPE_OFFLOAD;
    Offload->Header.Revision = NDIS_OFFLOAD_REVISION_3;
    Offload->Header.Size = NDIS_SIZEOF_NDIS_OFFLOAD_REVISION_3;
    if (On->Ip || On->Tcp) {
        Offload->Checksum.IPv4Transmit.Encapsulation = ETHERNET;
        Offload->Checksum.IPv4Transmit.IpChecksum = On->Ip & 3u;
        Offload->Checksum.IPv4Transmit.TcpChecksum = On->Tcp & 3u;
    }
    if (On->Large && SeededBug(Adapter, "lso-complete-v1")) {
        Offload->LsoV1.IPv4.Encapsulation = ETHERNET;
        Offload->LsoV1.IPv4.MaxOffLoadSize = LARGE_MOST;
        Offload->LsoV1.IPv4.MinSegmentCount = 2;
    } else if (On->Large) {
        Offload->LsoV2.IPv4.Encapsulation = ETHERNET;
        Offload->LsoV2.IPv4.MaxOffLoadSize = LARGE_MOST;
        Offload->LsoV2.IPv4.MinSegmentCount = 2;
    }
}

/* mistakes in the attributes */
static VOID Spoil(PSEEDED Adapter, NDIS_OFFLOAD *Can, NDIS_OFFLOAD *Now)
{
    if (SeededBug(Adapter, "off-header")) {
        Can->Header.Revision = NDIS_OFFLOAD_REVISION_1;
    }
    if (SeededBug(Adapter, "off-config-over-hw")) {
        Can->Checksum.IPv4Transmit.UdpChecksum = NDIS_OFFLOAD_NOT_SUPPORTED;
        Now->Checksum.IPv4Transmit.UdpChecksum = NDIS_OFFLOAD_SUPPORTED;
    }
    if (SeededBug(Adapter, "off-no-8023")) {
        Can->LsoV2.IPv6.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q;
        Can->LsoV2.IPv6.MaxOffLoadSize = LARGE_MOST;
        Can->LsoV2.IPv6.MinSegmentCount = 2;
        Can->Checksum.IPv6Transmit.Encapsulation = ETHERNET;
        Can->Checksum.IPv6Transmit.TcpChecksum = NDIS_OFFLOAD_SUPPORTED;
    }
    if (SeededBug(Adapter, "off-lso-no-csum")) {
        Can->Checksum.IPv4Transmit.IpChecksum = NDIS_OFFLOAD_NOT_SUPPORTED;
        Now->Checksum.IPv4Transmit.IpChecksum = NDIS_OFFLOAD_NOT_SUPPORTED;
    }
    if (SeededBug(Adapter, "off-lso-v1-size")) {
        Can->LsoV2.IPv4.MinSegmentCount = 0;
    }
    if (SeededBug(Adapter, "off-value-context")) {
        Can->Checksum.IPv4Transmit.UdpChecksum = NDIS_OFFLOAD_SET_OFF;
    }
}

NDIS_STATUS SeededOffloadAttributes(PSEEDED Adapter)
{
    NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES attributes;
    NDIS_OFFLOAD can, now;

    Adapter->Offload.Ip = Adapter->Offload.Tcp = Adapter->Offload.Large = 1;
    Fill(Adapter, &Adapter->Offload, &can);
    now = can;
    Spoil(Adapter, &can, &now);
    NdisZeroMemory(&attributes, sizeof(attributes));
    attributes.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES;
    attributes.Header.Revision = NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES_REVISION_1;
    attributes.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES_REVISION_1;
    attributes.DefaultOffloadConfiguration = &now;
    attributes.HardwareOffloadCapabilities = &can;
    return NdisMSetMiniportAttributes(Adapter->Handle,
                                      (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&attributes);
}

static VOID Tell(PSEEDED Adapter)
{
    NDIS_STATUS_INDICATION indication;
    NDIS_OFFLOAD now;

    if (SeededBug(Adapter, "off-no-indication")) {
        return;
    }
    Fill(Adapter, &Adapter->Offload, &now);
    if (SeededBugOnce(Adapter, "off-indication-mismatch")) {
        now.Checksum.IPv4Transmit.TcpChecksum = NDIS_OFFLOAD_SET_OFF;
    }
    NdisZeroMemory(&indication, sizeof(indication));
    indication.Header.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION;
    indication.Header.Revision = NDIS_STATUS_INDICATION_REVISION_1;
    indication.Header.Size = NDIS_SIZEOF_STATUS_INDICATION_REVISION_1;
    indication.SourceHandle = Adapter->Handle;
    indication.StatusCode = NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG;
    indication.StatusBuffer = &now;
    indication.StatusBufferSize = sizeof(now);
    NdisMIndicateStatusEx(Adapter->Handle, &indication);
}

/* the transmit side of a parameter: 2 and 4 switch it on, 0 leaves it */
static VOID Take(UCHAR Value, PULONG On)
{
    if (Value != NDIS_OFFLOAD_PARAMETERS_NO_CHANGE) {
        *On = Value == NDIS_OFFLOAD_PARAMETERS_TX_ENABLED_RX_DISABLED ||
              Value == NDIS_OFFLOAD_PARAMETERS_TX_RX_ENABLED;
    }
}

NDIS_STATUS SeededOffloadSet(PSEEDED Adapter, PNDIS_OID_REQUEST Request)
{
    const NDIS_OFFLOAD_PARAMETERS *p = Request->DATA.SET_INFORMATION.InformationBuffer;

    if (Request->DATA.SET_INFORMATION.Oid == OID_OFFLOAD_ENCAPSULATION) {
        if (SeededBug(Adapter, "off-encap-status")) {
            return NDIS_STATUS_INVALID_PARAMETER;
        }
        Tell(Adapter);
        return NDIS_STATUS_SUCCESS;
    }
    Take(p->IPv4Checksum, &Adapter->Offload.Ip);
    Take(p->TCPIPv4Checksum, &Adapter->Offload.Tcp);
    Take(max(p->LsoV1, p->LsoV2IPv4), &Adapter->Offload.Large);
    Tell(Adapter);
    return NDIS_STATUS_SUCCESS;
}

/* --- sends --- */

static BOOLEAN CopyOut(PNET_BUFFER Nb, ULONG From, ULONG Length, PUCHAR To)
{
    PMDL mdl = NET_BUFFER_CURRENT_MDL(Nb);
    ULONG skip = NET_BUFFER_CURRENT_MDL_OFFSET(Nb) + From, take;
    PUCHAR va;

    for (; mdl != NULL && Length > 0; mdl = NDIS_MDL_LINKAGE(mdl)) {
        if (MmGetMdlByteCount(mdl) <= skip) {
            skip -= MmGetMdlByteCount(mdl);
            continue;
        }
        take = min(MmGetMdlByteCount(mdl) - skip, Length);
        va = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
        if (va == NULL) {
            return FALSE;
        }
        NdisMoveMemory(To, va + skip, take);
        To += take;
        Length -= take;
        skip = 0;
    }
    return (BOOLEAN)(Length == 0);
}

/* the checksums of a frame without tag and IP options, on top of what is in TCP's field */
static VOID PutSums(PSEEDED Adapter, PUCHAR Frame, ULONG Length, BOOLEAN Ip, BOOLEAN Tcp)
{
    if (Ip) {
        PutBe16(Frame + 24, 0);
        PutBe16(Frame + 24, ~Sum(Frame + 14, 20, 0));
    }
    if (Tcp) {
        PutBe16(Frame + 50, ~Sum(Frame + 34, Length - 34, 0));
        if (SeededBugOnce(Adapter, "csum-tx-wrong")) {
            Frame[50] ^= 0x55;
        }
    }
}

/* one segment: headers from the template in front of it, data behind them */
static VOID PutHeaders(PSEEDED Adapter, PUCHAR Frame, ULONG Length, ULONG Index, ULONG At,
                       BOOLEAN Last)
{
    ULONG sequence = (Be16(Frame + 38) << 16 | Be16(Frame + 40)) + At;

    PutBe16(Frame + 16, Length - 14);
    PutBe16(Frame + 18, Be16(Frame + 18) + Index);
    if (SeededBug(Adapter, "lso-ipid-range")) {
        Frame[18] |= 0x80;
    }
    PutBe16(Frame + 38, sequence >> 16);
    PutBe16(Frame + 40, sequence);
    if (!Last && !SeededBug(Adapter, "lso-headers")) {
        Frame[47] &= (UCHAR)~TCP_FIN_PSH;
    }
    /* the pseudo header's sum has no length yet */
    PutBe16(Frame + 50, Sum(Frame + 50, 2, Length - 34));
    PutSums(Adapter, Frame, Length, TRUE, TRUE);
}

/* pieces of the slot's room and their lengths; MAXULONG: they do not fit */
static ULONG Cut(PSEEDED Adapter, PNET_BUFFER Nb, ULONG Mss, PUCHAR Room, PULONG Lengths)
{
    ULONG head = 34 + 20, total = NET_BUFFER_DATA_LENGTH(Nb), at, used = 0, count = 0;

    if (SeededBug(Adapter, "lso-bad-segments")) {
        Mss += 8;
    }
    for (at = 0; at < total - head; at += Mss, count++) {
        ULONG chunk = min(Mss, total - head - at), length = head + chunk;

        if (count == TX_FRAGMENTS || used + length > SEEDED_OFFLOAD_ROOM ||
            !CopyOut(Nb, 0, head, Room + used) ||
            !CopyOut(Nb, head + at, chunk, Room + used + head)) {
            return MAXULONG;
        }
        PutHeaders(Adapter, Room + used, length, count, at, (BOOLEAN)(at + chunk == total - head));
        Lengths[count] = length;
        used += length;
    }
    return count;
}

/*
 * What the slot's NET_BUFFER becomes, in its part of the block. = DISPATCH_LEVEL.
 * Return: how many frames; 0: nothing is asked for; MAXULONG: it cannot be done.
 */
ULONG SeededOffloadMake(PSEEDED Adapter, const SEEDED_SLOT *Slot, PULONG64 Pa, PULONG Lengths)
{
    ULONG index = (ULONG)(Slot - Adapter->Slots);
    PUCHAR room = (PUCHAR)Adapter->OffloadBlock.Va + index * SEEDED_OFFLOAD_ROOM;
    NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO sums;
    NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large;
    ULONG length = NET_BUFFER_DATA_LENGTH(Slot->Nb);
    BOOLEAN ip, tcp;

    *Pa = (ULONG64)Adapter->OffloadBlock.Pa.QuadPart + index * SEEDED_OFFLOAD_ROOM;
    sums.Value = NET_BUFFER_LIST_INFO(Slot->Nbl, TcpIpChecksumNetBufferListInfo);
    large.Value = NET_BUFFER_LIST_INFO(Slot->Nbl, TcpLargeSendNetBufferListInfo);
    if (large.Value != NULL) {
        return Cut(Adapter, Slot->Nb, large.LsoV2Transmit.MSS, room, Lengths);
    }
    ip = (BOOLEAN)(sums.Transmit.IsIPv4 && sums.Transmit.IpHeaderChecksum);
    tcp = (BOOLEAN)(sums.Transmit.IsIPv4 && sums.Transmit.TcpChecksum);
    if (SeededBug(Adapter, "csum-ungated") && length > 54) {
        tcp = TRUE;
    }
    if (!ip && !tcp) {
        return 0;
    }
    if (length > SEEDED_OFFLOAD_ROOM || !CopyOut(Slot->Nb, 0, length, room)) {
        return MAXULONG;
    }
    PutSums(Adapter, room, length, ip, tcp);
    Lengths[0] = length;
    return 1;
}

/* what the stack gets back of a large send */
VOID SeededOffloadComplete(PSEEDED Adapter, PNET_BUFFER_LIST Nbl)
{
    NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large;

    large.Value = NET_BUFFER_LIST_INFO(Nbl, TcpLargeSendNetBufferListInfo);
    if (large.Value == NULL || SeededBug(Adapter, "lso-complete-v1") ||
        SeededBug(Adapter, "lso-complete-v2")) {
        return;
    }
    large.LsoV2TransmitComplete.Reserved = 0;
    NET_BUFFER_LIST_INFO(Nbl, TcpLargeSendNetBufferListInfo) = large.Value;
}
