/* SPDX-License-Identifier: MIT */
/*
 * Checksum and large-send offload (DS 7.2.3, 7.2.4; receive DS 7.1.5), on cards with extended
 * descriptors.
 *
 *   Hardware   what the card can, from HardwareOffloadCapabilities
 *   Config     what keywords and OID_TCP_OFFLOAD_PARAMETERS switched on: the current configuration
 *   Active     OID_OFFLOAD_ENCAPSULATION was set: only now may received frames carry a verdict
 *
 * A frame whose checksums the card inserts goes down in two parts: its headers, copied into the
 * slot's own memory, and the rest, mapped. The copy is for the fields that must be zero, and
 * because some cards write the checksum into the memory they read the frame from.
 *
 * What the card would get wrong is summed here, in the copy: frames with padding (it would enter
 * the sum, and some cards make the IP length fit) and IP headers without TCP or UDP behind them.
 */
#include "e1000e.h"

#define E1000_HEADERS_MAX    192u
#define E1000_ETHERTYPE_TAG  0x8100u
#define E1000_ETHERTYPE_IPV4 0x0800u
#define E1000_ETHERTYPE_IPV6 0x86DDu
#define E1000_IPV6_HEADER    40u
#define E1000_UDP_HEADER     8u
#define E1000_IP_TCP         6u
#define E1000_IP_UDP         17u

static FORCEINLINE ULONG E1000Be16(const UCHAR *From)
{
    return (ULONG)From[0] << 8 | From[1];
}

static FORCEINLINE VOID E1000PutBe16(PUCHAR To, ULONG Value)
{
    To[0] = (UCHAR)(Value >> 8);
    To[1] = (UCHAR)Value;
}

BOOLEAN E1000OffloadIsThere(PE1000_ADAPTER Adapter)
{
    return Adapter->Hw.Type->ExtendedRx;
}

/* --- what goes out --- */

/* The longest frame that a list may bring: a large send may be longer than the cable takes. */
ULONG E1000OffloadLimit(PE1000_ADAPTER Adapter, PNET_BUFFER_LIST Nbl)
{
    NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large;
    E1000_OFFLOAD_KIND kind;

    large.Value = NET_BUFFER_LIST_INFO(Nbl, TcpLargeSendNetBufferListInfo);
    if (large.Value == NULL) {
        return Adapter->Tx.MaxFrame;
    }
    kind = large.LsoV2Transmit.IPVersion == NDIS_TCP_LARGE_SEND_OFFLOAD_IPv4 ? E1000OffloadLsoV4
                                                                             : E1000OffloadLsoV6;
    /* Asked for while it is off, or in a form we never offered: the list is failed. */
    if (!Adapter->Offload.Config[kind] || large.LsoV2Transmit.MSS == 0 ||
        large.LsoV2Transmit.Type != NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE ||
        NET_BUFFER_NEXT_NB(NET_BUFFER_LIST_FIRST_NB(Nbl)) != NULL) {
        return 0;
    }
    return E1000_LSO_MAX_SIZE + NDIS_LARGE_SEND_OFFLOAD_MAX_HEADER_LENGTH;
}

/* Where the headers are and where the IP datagram ends; FALSE: not what was announced. */
static BOOLEAN E1000FindHeaders(const UCHAR *Frame, ULONG Length, PE1000_TX_OFFLOAD Offload,
                                PULONG End, PULONG Protocol)
{
    ULONG l3 = E1000_HEADER_LENGTH;
    ULONG type = E1000Be16(Frame + 12);

    if (type == E1000_ETHERTYPE_TAG) {
        type = E1000Be16(Frame + 16);
        l3 += E1000_TAG_LENGTH;
    }
    Offload->L3 = (UCHAR)l3;
    if (type == E1000_ETHERTYPE_IPV4 && Length >= l3 + 20) {
        Offload->L4 = (UCHAR)(l3 + (Frame[l3] & 15u) * 4);
        *End = l3 + E1000Be16(Frame + l3 + 2);
        *Protocol = Frame[l3 + 9];
        Offload->IPv4 = TRUE;
        return TRUE;
    }
    if (type == E1000_ETHERTYPE_IPV6 && Length >= l3 + E1000_IPV6_HEADER) {
        Offload->L4 = (UCHAR)(l3 + E1000_IPV6_HEADER);
        *End = Offload->L4 + E1000Be16(Frame + l3 + 4);
        *Protocol = Frame[l3 + 6];
        return TRUE;
    }
    return FALSE;
}

/* The transport header: where its sum is, and where the data begin. */
static BOOLEAN E1000FindTransport(const UCHAR *Frame, ULONG Length, BOOLEAN Tcp, ULONG Protocol,
                                  PE1000_TX_OFFLOAD Offload)
{
    ULONG l4 = Offload->L4;

    Offload->Tcp = Tcp;
    if (Protocol != (Tcp ? E1000_IP_TCP : E1000_IP_UDP) || Length < l4 + (Tcp ? 20u : 8u)) {
        return FALSE;
    }
    Offload->SumAt = (UCHAR)(l4 + (Tcp ? 16u : 6u));
    Offload->HeaderLength =
        (USHORT)(l4 + (Tcp ? (ULONG)(Frame[l4 + 12] >> 4) * 4u : E1000_UDP_HEADER));
    return (BOOLEAN)(Offload->HeaderLength <= Length);
}

/* A large send: the card's counters are told apart by the frames it becomes. */
static BOOLEAN E1000DescribeLarge(PE1000_TX_SLOT Slot, ULONG Mss, BOOLEAN IPv4)
{
    PE1000_TX_OFFLOAD offload = &Slot->Offload;
    ULONG payload;

    if (Slot->FrameLength <= offload->HeaderLength || !offload->Tcp || offload->IPv4 != IPv4 ||
        Mss > MAXUSHORT) {
        return FALSE;
    }
    payload = Slot->FrameLength - offload->HeaderLength;
    offload->Mss = (USHORT)Mss;
    offload->Segments = (payload + Mss - 1) / Mss;
    return TRUE;
}

/*
 * Finds out what the stack asked for. <= DISPATCH_LEVEL, no lock.
 * Return: FALSE when it asks for something that cannot be; the send then fails.
 */
BOOLEAN E1000OffloadDescribe(PE1000_TX_SLOT Slot)
{
    PE1000_TX_OFFLOAD offload = &Slot->Offload;
    NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO sums;
    NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large;
    UCHAR storage[E1000_HEADERS_MAX];
    const UCHAR *frame;
    BOOLEAN transport;
    ULONG length = min(Slot->FrameLength, E1000_HEADERS_MAX);
    ULONG protocol = 0;
    ULONG end = 0;

    NdisZeroMemory(offload, sizeof(*offload));
    offload->Segments = 1;
    sums.Value = NET_BUFFER_LIST_INFO(Slot->Nbl, TcpIpChecksumNetBufferListInfo);
    large.Value = NET_BUFFER_LIST_INFO(Slot->Nbl, TcpLargeSendNetBufferListInfo);
    /* Neither IPv4 nor IPv6: nothing is asked for, whatever the other bits say. */
    if (large.Value == NULL && !sums.Transmit.IsIPv4 && !sums.Transmit.IsIPv6) {
        return TRUE;
    }
    if (!E1000OffloadIsThere(Slot->Adapter) || length < E1000_HEADER_LENGTH + E1000_TAG_LENGTH) {
        return FALSE;
    }
    frame = NdisGetDataBuffer(Slot->Nb, length, storage, 1, 0);
    if (frame == NULL || !E1000FindHeaders(frame, length, offload, &end, &protocol)) {
        return FALSE;
    }
    transport =
        (BOOLEAN)(large.Value != NULL || sums.Transmit.TcpChecksum || sums.Transmit.UdpChecksum);
    if (transport &&
        !E1000FindTransport(frame, length,
                            (BOOLEAN)(large.Value != NULL || sums.Transmit.TcpChecksum), protocol,
                            offload)) {
        return FALSE;
    }
    offload->InsertIp =
        (BOOLEAN)(offload->IPv4 && (large.Value != NULL || sums.Transmit.IpHeaderChecksum));
    offload->InsertTransport = transport;
    if (large.Value != NULL) {
        return E1000DescribeLarge(Slot, large.LsoV2Transmit.MSS,
                                  (BOOLEAN)(large.LsoV2Transmit.IPVersion ==
                                            NDIS_TCP_LARGE_SEND_OFFLOAD_IPv4));
    }
    offload->End = end;
    offload->InSoftware =
        (BOOLEAN)(!transport || end != Slot->FrameLength || Slot->FrameLength < E1000_MIN_FRAME);
    if (offload->InSoftware) {
        offload->HeaderLength = 0;
    }
    return (BOOLEAN)(end <= Slot->FrameLength && offload->L4 < end);
}

/* One's complement sum of big-endian words, folded. */
static ULONG E1000Sum(const UCHAR *From, ULONG Length)
{
    ULONG sum = 0;
    ULONG i;

    for (i = 0; i + 1 < Length; i += 2) {
        sum += E1000Be16(From + i);
    }
    if (i < Length) {
        sum += (ULONG)From[i] << 8;
    }
    while (sum >> 16) {
        sum = (sum & 0xFFFFu) + (sum >> 16);
    }
    return sum;
}

/*
 * Makes the copied headers what the card wants: its IP checksum field takes part in the sum. For
 * frames that are summed here the whole frame is in the copy.
 */
VOID E1000OffloadPatch(PE1000_TX_SLOT Slot)
{
    PE1000_TX_OFFLOAD offload = &Slot->Offload;
    PUCHAR copy = Slot->Copy;
    ULONG sum;

    if (offload->InsertIp) {
        E1000PutBe16(copy + offload->L3 + 10, 0);
    }
    if (!offload->InSoftware) {
        return;
    }
    if (offload->InsertIp) {
        sum = E1000Sum(copy + offload->L3, (ULONG)offload->L4 - offload->L3);
        E1000PutBe16(copy + offload->L3 + 10, ~sum);
    }
    if (offload->InsertTransport) {
        sum = ~E1000Sum(copy + offload->L4, offload->End - offload->L4) & 0xFFFFu;
        /* RFC 768: zero would mean that there is none. */
        E1000PutBe16(copy + offload->SumAt, sum == 0 && !offload->Tcp ? 0xFFFFu : sum);
    }
}

/* Does the card do something for the frame, so that it needs a context and extended descriptors? */
BOOLEAN E1000OffloadInCard(PE1000_TX_SLOT Slot)
{
    return (BOOLEAN)(Slot->Offload.InsertTransport && !Slot->Offload.InSoftware);
}

/*
 * Writes the context descriptor. Every frame brings its own: that is always right, and costs
 * sixteen bytes.
 */
VOID E1000OffloadWriteContext(PE1000_TX_SLOT Slot, volatile E1000_TX_DESC *Desc)
{
    const E1000_TX_OFFLOAD *offload = &Slot->Offload;
    ULONG64 where = (ULONG64)offload->L4 << 32 | (ULONG64)offload->SumAt << 40;
    ULONG command = E1000_TXD_DEXT;

    if (offload->InsertIp || offload->Mss != 0) {
        where |= offload->L3; /* an IPv6 header's length is written there too */
    }
    if (offload->InsertIp) {
        where |= (ULONG64)(offload->L3 + 10u) << 8 | (ULONG64)(offload->L4 - 1u) << 16;
    }
    command |= offload->Tcp ? E1000_TXC_TCP : 0u;
    command |= offload->IPv4 ? E1000_TXC_IPV4 : 0u;
    Desc->Address = where;
    Desc->Status = 0;
    if (offload->Mss != 0) {
        command |= E1000_TXD_TSE | (Slot->FrameLength - offload->HeaderLength);
        Desc->Status = (ULONG)offload->HeaderLength << 8 | (ULONG)offload->Mss << 16;
    }
    Desc->Command = command;
}

/* The bits that every data descriptor of the frame has. */
ULONG E1000OffloadCommand(PE1000_TX_SLOT Slot)
{
    return E1000_TXD_DEXT | E1000_TXD_DATA | (Slot->Offload.Mss != 0 ? E1000_TXD_TSE : 0u);
}

ULONG E1000OffloadOptions(PE1000_TX_SLOT Slot)
{
    return E1000_TXD_TXSM | (Slot->Offload.InsertIp ? E1000_TXD_IXSM : 0u);
}

/* What the stack gets back in the information of a large send. */
VOID E1000OffloadComplete(PNET_BUFFER_LIST Nbl)
{
    NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large;

    for (; Nbl != NULL; Nbl = NET_BUFFER_LIST_NEXT_NBL(Nbl)) {
        large.Value = NET_BUFFER_LIST_INFO(Nbl, TcpLargeSendNetBufferListInfo);
        if (large.Value != NULL && large.Transmit.Type == NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE) {
            large.LsoV2TransmitComplete.Reserved = 0;
            NET_BUFFER_LIST_INFO(Nbl, TcpLargeSendNetBufferListInfo) = large.Value;
        }
    }
}

/* --- what comes in --- */

static BOOLEAN E1000Receives(PE1000_ADAPTER Adapter, E1000_OFFLOAD_KIND Kind)
{
    return (BOOLEAN)((Adapter->Offload.Config[Kind] & E1000_OFFLOAD_RX) != 0);
}

/* The card's verdict in the words of NDIS; 0: it has none, or nobody wants it. */
PVOID E1000OffloadVerdict(PE1000_ADAPTER Adapter, ULONG Status)
{
    NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO info;
    ULONG type = (Status >> E1000_RXD_TYPE_SHIFT) & 15u;
    BOOLEAN ipv4 = (BOOLEAN)(type == 1 || type == 2);
    BOOLEAN udp = (BOOLEAN)((Status & E1000_RXD_UDPCS) != 0);

    info.Value = NULL;
    if (!Adapter->Offload.Active || (Status & E1000_RXD_IXSM) != 0) {
        return NULL;
    }
    if ((Status & E1000_RXD_IPCS) != 0 && ipv4 && E1000Receives(Adapter, E1000OffloadIpV4)) {
        info.Receive.IpChecksumFailed = (Status & E1000_RXD_IPE) != 0;
        info.Receive.IpChecksumSucceeded = (Status & E1000_RXD_IPE) == 0;
    }
    if ((Status & (E1000_RXD_TCPCS | E1000_RXD_UDPCS)) == 0) {
        return info.Value;
    }
    if (udp && E1000Receives(Adapter, ipv4 ? E1000OffloadUdpV4 : E1000OffloadUdpV6)) {
        info.Receive.UdpChecksumFailed = (Status & E1000_RXD_TCPE) != 0;
        info.Receive.UdpChecksumSucceeded = (Status & E1000_RXD_TCPE) == 0;
    } else if (!udp && E1000Receives(Adapter, ipv4 ? E1000OffloadTcpV4 : E1000OffloadTcpV6)) {
        info.Receive.TcpChecksumFailed = (Status & E1000_RXD_TCPE) != 0;
        info.Receive.TcpChecksumSucceeded = (Status & E1000_RXD_TCPE) == 0;
    }
    return info.Value;
}

/* Does the card look at received checksums? Written after a reset and after each change. */
VOID E1000OffloadProgram(PE1000_ADAPTER Adapter)
{
    if (E1000OffloadIsThere(Adapter)) {
        E1000Write(&Adapter->Hw, E1000_RXCSUM,
                   (Adapter->Offload.Active ? E1000_RXCSUM_IPOFL | E1000_RXCSUM_TUOFL : 0u) |
                       (Adapter->Rss.Enabled ? E1000_RXCSUM_PCSD : 0u));
    }
}
