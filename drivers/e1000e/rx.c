/* SPDX-License-Identifier: MIT */
/*
 * The receive rings: taking frames from them, handing them up, taking them back.
 *
 *              refill                 card                  indicate
 *   Free list ---------> ring [Clean .. Fill) ----> [filled] ---------> the stack
 *       ^                                               |                  |
 *       +------------------ filtered, bad --------------+                  |
 *       +------------- MiniportReturnNetBufferLists, or at once -----------+
 *                      when indicated with RESOURCES
 *
 * A buffer is in exactly one of the three places. When so many are with the stack that the card
 * would soon have none (LowWater), frames go up with NDIS_RECEIVE_FLAGS_RESOURCES: protocols copy,
 * and the buffers are ours again when the call returns. Before it comes to that the set grows
 * (rxbuffers.c).
 *
 * With receive side scaling there are two rings, each emptied by one CPU at a time. The free list
 * is for both: a buffer goes to the ring that has fewer.
 */
#include "e1000e.h"

/* What a written-back descriptor says, whatever its format. */
typedef struct _E1000_RX_INFO {
    ULONG Length;
    USHORT Tag;
    BOOLEAN Tagged;
    BOOLEAN Last; /* the frame ends here */
    BOOLEAN Bad;
    ULONG Status;  /* extended: status and errors */
    ULONG RssType; /* extended, with RSS on: E1000_RSS_TYPE_..., 0: there is no hash */
    ULONG RssHash;
} E1000_RX_INFO, *PE1000_RX_INFO;

/* Reads a descriptor; FALSE when the card has not written it. */
static BOOLEAN E1000RxDecode(PE1000_ADAPTER Adapter, volatile E1000_RX_DESC *Desc,
                             PE1000_RX_INFO Info)
{
    BOOLEAN extended = Adapter->Hw.Type->ExtendedRx;
    ULONG word2 = Desc->Word2;
    ULONG word3 = Desc->Word3;
    ULONG status = extended ? word2 : word3;

    if (!(status & E1000_RXD_DD)) {
        return FALSE;
    }
    /* DD is written last (DS 7.1): what is read behind this barrier is valid. */
    KeMemoryBarrier();
    word2 = Desc->Word2;
    word3 = Desc->Word3;
    status = extended ? word2 : word3;
    Info->Length = (extended ? word3 : word2) & 0xFFFFu;
    Info->Last = (BOOLEAN)((status & E1000_RXD_EOP) != 0);
    Info->Bad =
        (BOOLEAN)((status & (extended ? E1000_RXD_ERRORS_EXT : E1000_RXD_ERRORS_LEGACY)) != 0);
    Info->Tagged = (BOOLEAN)((status & E1000_RXD_VP) != 0);
    Info->Tag = (USHORT)(word3 >> 16);
    Info->Status = extended ? status : E1000_RXD_IXSM;
    /* the extended form has overwritten the address */
    Info->RssType = extended ? (ULONG)Desc->Address & E1000_RXD_RSS_TYPE : 0;
    Info->RssHash = (ULONG)(Desc->Address >> 32);
    return TRUE;
}

/* Takes the oldest filled buffer out of the ring; NULL when there is none. Rx.Lock held. */
static PE1000_RX_BUFFER E1000RxTakeLocked(PE1000_ADAPTER Adapter, PE1000_RX_QUEUE Queue,
                                          PE1000_RX_INFO Info)
{
    PE1000_RX_BUFFER buffer;

    if (Queue->Posted == 0 || !E1000RxDecode(Adapter, &Queue->Ring[Queue->Clean], Info)) {
        return NULL;
    }
    buffer = Queue->RingBuffers[Queue->Clean];
    Queue->RingBuffers[Queue->Clean] = NULL;
    Queue->Clean = Queue->Clean + 1 == Adapter->Rx.RingSize ? 0 : Queue->Clean + 1;
    Queue->Posted--;
    Adapter->Rx.Seen++;
    return buffer;
}

/* Writes a buffer into the next descriptor of a ring that has room. Rx.Lock held. */
static VOID E1000RxPostLocked(PE1000_RX Rx, PE1000_RX_QUEUE Queue, PE1000_RX_BUFFER Buffer)
{
    volatile E1000_RX_DESC *desc = &Queue->Ring[Queue->Fill];

    Queue->RingBuffers[Queue->Fill] = Buffer;
    desc->Address = Buffer->Pa;
    desc->Word2 = 0;
    desc->Word3 = 0;
    Queue->Fill = Queue->Fill + 1 == Rx->RingSize ? 0 : Queue->Fill + 1;
    Queue->Posted++;
    Queue->Moved = TRUE;
}

/* The ring with the fewest buffers. */
static PE1000_RX_QUEUE E1000RxNeediest(PE1000_RX Rx)
{
    PE1000_RX_QUEUE queue = &Rx->Queues[0];
    ULONG i;

    for (i = 1; i < Rx->QueueCount; i++) {
        if (Rx->Queues[i].Posted < queue->Posted) {
            queue = &Rx->Queues[i];
        }
    }
    return queue;
}

/* Gives free buffers to the card. Rx.Lock held. */
VOID E1000RxRefillLocked(PE1000_ADAPTER Adapter)
{
    PE1000_RX rx = &Adapter->Rx;
    PE1000_RX_QUEUE queue;
    ULONG i;

    while (rx->FreeCount != 0) {
        queue = E1000RxNeediest(rx);
        if (queue->Posted >= rx->RingSize - 1) {
            break;
        }
        rx->FreeCount--;
        E1000RxPostLocked(rx, queue,
                          CONTAINING_RECORD(RemoveHeadList(&rx->Free), E1000_RX_BUFFER, Link));
    }
    for (i = 0; i < rx->QueueCount && rx->Listening; i++) {
        queue = &rx->Queues[i];
        if (queue->Moved) {
            queue->Moved = FALSE;
            KeMemoryBarrier();
            E1000Write(&Adapter->Hw, E1000_RDT + i * E1000_QUEUE_1, queue->Fill);
        }
    }
}

VOID E1000RxPutFreeLocked(PE1000_RX Rx, PE1000_RX_BUFFER Buffer)
{
    /* At the head: what was used last is most likely still in the cache. */
    InsertHeadList(&Rx->Free, &Buffer->Link);
    Rx->FreeCount++;
}

static BOOLEAN E1000RxInMulticastList(PE1000_RX Rx, const UCHAR *Address)
{
    ULONG i;

    for (i = 0; i < Rx->MulticastCount; i++) {
        if (NdisEqualMemory(Rx->Multicast[i], Address, E1000_MAC_LENGTH)) {
            return TRUE;
        }
    }
    return FALSE;
}

/*
 * The packet filter, again: the card's is coarser (hashes collide, own address always passes, and
 * a frame may be in flight while the filter changes). Rx.Lock held.
 */
static BOOLEAN E1000RxPassesFilter(PE1000_ADAPTER Adapter, const UCHAR *Frame,
                                   E1000_FRAME_CLASS Class, const E1000_RX_INFO *Info)
{
    PE1000_RX rx = &Adapter->Rx;
    ULONG vlan = Info->Tagged ? Info->Tag & 0xFFFu : 0u;

    if (rx->PacketFilter & NDIS_PACKET_TYPE_PROMISCUOUS) {
        return TRUE;
    }
    /* Frames of other VLANs are not ours; priority tags (VLAN 0) and untagged frames are. */
    if (Adapter->Config.VlanId != 0 && vlan != 0 && vlan != Adapter->Config.VlanId) {
        return FALSE;
    }
    switch (Class) {
    case E1000FrameBroadcast:
        return (BOOLEAN)((rx->PacketFilter & NDIS_PACKET_TYPE_BROADCAST) != 0);
    case E1000FrameMulticast:
        if (rx->PacketFilter & NDIS_PACKET_TYPE_ALL_MULTICAST) {
            return TRUE;
        }
        return (BOOLEAN)((rx->PacketFilter & NDIS_PACKET_TYPE_MULTICAST) != 0 &&
                         E1000RxInMulticastList(rx, Frame));
    default:
        return (BOOLEAN)((rx->PacketFilter & NDIS_PACKET_TYPE_DIRECTED) != 0 &&
                         NdisEqualMemory(Frame, Adapter->CurrentAddress, E1000_MAC_LENGTH));
    }
}

/*
 * Is this a whole, good frame that somebody wants? Counts it. A frame that needs more than one
 * buffer is longer than anything we agreed to receive (LPE lets up to 16 KiB in): all of it is
 * dropped. Rx.Lock held.
 */
static BOOLEAN E1000RxAccept(PE1000_ADAPTER Adapter, PE1000_RX_QUEUE Queue, PE1000_RX_BUFFER Buffer,
                             const E1000_RX_INFO *Info)
{
    PE1000_RX rx = &Adapter->Rx;
    E1000_FRAME_CLASS kind;

    if (Queue->Discarding || !Info->Last) {
        if (!Queue->Discarding) {
            rx->Counters.Errors++;
        }
        Queue->Discarding = (BOOLEAN)!Info->Last;
        return FALSE;
    }
    if (Info->Bad || Info->Length < E1000_HEADER_LENGTH || Info->Length > rx->BufferSize) {
        rx->Counters.Errors++;
        return FALSE;
    }
    kind = E1000ClassOf(Buffer->Va);
    if (!E1000RxPassesFilter(Adapter, Buffer->Va, kind, Info)) {
        return FALSE;
    }
    rx->Counters.Frames[kind]++;
    rx->Counters.Octets[kind] += Info->Length;
    return TRUE;
}

/*
 * Dresses the buffer's NET_BUFFER_LIST for a frame. NDIS and protocols may have moved the data
 * window and left things in the information array, so everything is set anew.
 */
static VOID E1000RxDress(PE1000_ADAPTER Adapter, PE1000_RX_BUFFER Buffer, const E1000_RX_INFO *Info)
{
    PNET_BUFFER_LIST nbl = Buffer->Nbl;
    PNET_BUFFER nb = NET_BUFFER_LIST_FIRST_NB(nbl);
    NDIS_NET_BUFFER_LIST_8021Q_INFO tag;

    NET_BUFFER_FIRST_MDL(nb) = Buffer->Mdl;
    NET_BUFFER_CURRENT_MDL(nb) = Buffer->Mdl;
    NET_BUFFER_DATA_OFFSET(nb) = 0;
    NET_BUFFER_CURRENT_MDL_OFFSET(nb) = 0;
    NET_BUFFER_DATA_LENGTH(nb) = Info->Length;

    tag.Value = NULL;
    if (Info->Tagged && Adapter->Config.PriorityVlanTag != 0) {
        tag.TagHeader.UserPriority = (Info->Tag >> 13) & 7u;
        tag.TagHeader.CanonicalFormatId = (Info->Tag >> 12) & 1u;
        tag.TagHeader.VlanId = Info->Tag & 0xFFFu;
    }
    NET_BUFFER_LIST_INFO(nbl, Ieee8021QNetBufferListInfo) = tag.Value;
    NET_BUFFER_LIST_INFO(nbl, TcpIpChecksumNetBufferListInfo) =
        E1000OffloadVerdict(Adapter, Info->Status);
    E1000RssDress(Adapter, nbl, Info->RssType, Info->RssHash);
    NET_BUFFER_LIST_INFO(nbl, NetBufferListFilteringInfo) = NULL;
    nbl->SourceHandle = Adapter->Handle;
    NET_BUFFER_LIST_STATUS(nbl) = NDIS_STATUS_SUCCESS;
}

/* Takes up to Limit buffers from a ring; those to hand up are in Frames. Rx.Lock held. */
static ULONG E1000RxGatherLocked(PE1000_ADAPTER Adapter, PE1000_RX_QUEUE Queue, ULONG Limit,
                                 PE1000_NBL_QUEUE Frames)
{
    PE1000_RX_BUFFER buffer;
    E1000_RX_INFO info;
    ULONG taken = 0;

    while (taken < Limit && (buffer = E1000RxTakeLocked(Adapter, Queue, &info)) != NULL) {
        taken++;
        if (E1000RxAccept(Adapter, Queue, buffer, &info)) {
            E1000RxDress(Adapter, buffer, &info);
            E1000NblAppend(Frames, buffer->Nbl);
        } else {
            E1000RxPutFreeLocked(&Adapter->Rx, buffer);
        }
    }
    return taken;
}

/* Puts the buffers of a chain that came back into the free list. Returns how many. Rx.Lock held. */
static LONG E1000RxTakeBackLocked(PE1000_RX Rx, PNET_BUFFER_LIST Nbl)
{
    PNET_BUFFER_LIST next;
    LONG count = 0;

    for (; Nbl != NULL; Nbl = next) {
        next = NET_BUFFER_LIST_NEXT_NBL(Nbl);
        NET_BUFFER_LIST_NEXT_NBL(Nbl) = NULL;
        E1000RxPutFreeLocked(Rx, NET_BUFFER_LIST_MINIPORT_RESERVED(Nbl)[0]);
        count++;
    }
    return count;
}

/*
 * Hands up one batch; all of one kind, since the RESOURCES flag speaks for the whole chain. Returns
 * how many buffers were taken from the ring. Rx.Lock held, but not across the call into NDIS: the
 * stack may return buffers in it.
 */
static ULONG E1000RxIndicateBatch(PE1000_ADAPTER Adapter, PE1000_RX_QUEUE Queue, ULONG Budget)
{
    PE1000_RX rx = &Adapter->Rx;
    E1000_NBL_QUEUE frames = {NULL, NULL, 0};
    ULONG available = Queue->Posted + rx->FreeCount / rx->QueueCount;
    BOOLEAN low = (BOOLEAN)(available <= rx->LowWater);
    ULONG limit = min(Budget, E1000_RX_BATCH);
    ULONG taken;

    taken = E1000RxGatherLocked(Adapter, Queue, low ? limit : min(limit, available - rx->LowWater),
                                &frames);
    if (available - (ULONG)frames.Count < rx->Total / (4 * rx->QueueCount)) {
        rx->GrowWanted = TRUE;
    }
    if (frames.Count == 0) {
        E1000RxRefillLocked(Adapter);
        return taken;
    }
    /* One reference for this call, so that a pause cannot complete inside it. */
    E1000Reference(Adapter, low ? 1 : frames.Count + 1);
    E1000RxRefillLocked(Adapter);
    NdisDprReleaseSpinLock(&rx->Lock);
    NdisMIndicateReceiveNetBufferLists(Adapter->Handle, frames.Head, NDIS_DEFAULT_PORT_NUMBER,
                                       (ULONG)frames.Count,
                                       NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL |
                                           (low ? NDIS_RECEIVE_FLAGS_RESOURCES : 0u));
    NdisDprAcquireSpinLock(&rx->Lock);
    if (low) {
        (VOID) E1000RxTakeBackLocked(rx, frames.Head);
        E1000RxRefillLocked(Adapter);
    }
    NdisDprReleaseSpinLock(&rx->Lock);
    E1000Dereference(Adapter, 1);
    NdisDprAcquireSpinLock(&rx->Lock);
    return taken;
}

/*
 * Empties a ring, at most Budget frames, and not for ever. = DISPATCH_LEVEL, from a DPC, no lock.
 * One CPU at a time does it, to keep the order; another that comes leaves a note.
 * Returns TRUE when the budget ended it and more is there.
 */
BOOLEAN E1000RxProcess(PE1000_ADAPTER Adapter, ULONG QueueIndex, ULONG Budget)
{
    PE1000_RX rx = &Adapter->Rx;
    PE1000_RX_QUEUE queue = &rx->Queues[QueueIndex];
    ULONG total = 0;
    ULONG taken;
    BOOLEAN more;
    BOOLEAN grow;

    NdisDprAcquireSpinLock(&rx->Lock);
    Budget = min(Budget, E1000_RX_DPC_ROUNDS * rx->Total);
    if (queue->Processing) {
        queue->Again = TRUE;
        NdisDprReleaseSpinLock(&rx->Lock);
        return FALSE;
    }
    queue->Processing = TRUE;
    do {
        queue->Again = FALSE;
        do {
            taken = rx->Enabled ? E1000RxIndicateBatch(Adapter, queue, Budget - total) : 0;
            total += taken;
        } while (taken != 0 && total < Budget);
    } while (queue->Again && total < Budget);
    queue->Processing = FALSE;
    more = (BOOLEAN)(total >= Budget && rx->Enabled && E1000RxIsFilled(Adapter, QueueIndex));
    /* Half of all buffers in one go: bursts are nearly as long as the ring. */
    grow = (BOOLEAN)(rx->GrowWanted || total >= rx->Total / (2 * rx->QueueCount));
    rx->GrowWanted = FALSE;
    NdisDprReleaseSpinLock(&rx->Lock);
    if (grow) {
        E1000RxGrow(Adapter);
    }
    return more;
}

/* Has the card filled the next descriptor? A look without lock is good enough for a watchdog. */
BOOLEAN E1000RxIsFilled(PE1000_ADAPTER Adapter, ULONG QueueIndex)
{
    PE1000_RX_QUEUE queue = &Adapter->Rx.Queues[QueueIndex];
    E1000_RX_INFO info;

    return (BOOLEAN)(queue->Posted != 0 &&
                     E1000RxDecode(Adapter, &queue->Ring[queue->Clean], &info));
}

/* Has the card interrupt for each ring, as if a frame had come. <= DISPATCH_LEVEL. */
VOID E1000RxProvoke(PE1000_ADAPTER Adapter)
{
    ULONG causes = E1000_INT_RXQ0 | (Adapter->Rx.QueueCount > 1 ? E1000_INT_RXQ1 : 0u);

    E1000InterruptProvoke(Adapter, causes, E1000_INT_RXT0);
}

/*
 * MiniportReturnNetBufferLists. <= DISPATCH_LEVEL; possibly inside our own indication. The ring is
 * refilled here only when it runs dry: the next DPC does it for less.
 */
VOID E1000ReturnNetBufferLists(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferLists,
                               ULONG ReturnFlags)
{
    PE1000_ADAPTER adapter = MiniportAdapterContext;
    PE1000_RX rx = &adapter->Rx;
    LONG count;

    UNREFERENCED_PARAMETER(ReturnFlags);
    NdisAcquireSpinLock(&rx->Lock);
    count = E1000RxTakeBackLocked(rx, NetBufferLists);
    if (E1000RxNeediest(rx)->Posted < rx->Total / (2 * rx->QueueCount)) {
        E1000RxRefillLocked(adapter);
    }
    NdisReleaseSpinLock(&rx->Lock);
    E1000Dereference(adapter, count);
}
