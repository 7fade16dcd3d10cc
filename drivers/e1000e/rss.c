/* SPDX-License-Identifier: MIT */
/*
 * Receive side scaling: the card hashes each frame's addresses and ports with a secret key, and the
 * low bits of the hash choose an entry of a table that NDIS makes.
 *
 *   frame -> hash -> RETA[hash & 127] -> queue 0 or 1 -> its message -> its DPC on its processor
 *
 * NDIS fills the table with processors, the card's has queues. So a queue stands for the processor
 * whose DPC empties it; we announce two, and NDIS uses no more processors than that. Should it name
 * more, the others' frames go to one of the two.
 *
 * This takes a message for each queue: MSI-X with four messages, on the 82574L only.
 */
#include "e1000e.h"

#define E1000_RSS_NOWHERE (-1)
#define E1000_RSS_TYPES   (NDIS_HASH_IPV4 | NDIS_HASH_TCP_IPV4 | NDIS_HASH_IPV6 | NDIS_HASH_TCP_IPV6)

/* Messages among the resources: none with a line. */
ULONG E1000RssMessages(PNDIS_RESOURCE_LIST Resources)
{
    ULONG count = 0;
    ULONG i;

    for (i = 0; Resources != NULL && i < Resources->Count; i++) {
        if (Resources->PartialDescriptors[i].Type == CmResourceTypeInterrupt &&
            (Resources->PartialDescriptors[i].Flags & CM_RESOURCE_INTERRUPT_MESSAGE)) {
            count++;
        }
    }
    return count;
}

/* How many processors NDIS would spread frames over; 0 when it does not say. */
static ULONG E1000RssProcessors(PE1000_ADAPTER Adapter)
{
    PNDIS_RSS_PROCESSOR_INFO info;
    SIZE_T size = 0;
    ULONG count = 0;

    if (NdisGetRssProcessorInformation(Adapter->Handle, NULL, &size) !=
        NDIS_STATUS_BUFFER_TOO_SHORT) {
        return 0;
    }
    info = E1000AllocateMemory(Adapter, size);
    if (info == NULL) {
        return 0;
    }
    if (NdisGetRssProcessorInformation(Adapter->Handle, info, &size) == NDIS_STATUS_SUCCESS) {
        count = info->RssProcessorCount;
    }
    E1000FreeMemory(Adapter, info);
    return count;
}

/* Decides about the second queue. PASSIVE_LEVEL, from MiniportInitializeEx. */
VOID E1000RssChooseQueues(PE1000_ADAPTER Adapter, ULONG Messages)
{
    ULONG i;

    Adapter->Rx.QueueCount = 1;
    for (i = 0; i < E1000_RX_QUEUES; i++) {
        Adapter->Rss.Processor[i] = E1000_RSS_NOWHERE;
    }
    if (Adapter->Config.Rss != 0 && Adapter->Config.RssQueues > 1 && Messages > E1000_RSS_MESSAGE &&
        Adapter->Hw.Type->Vectors > E1000_RSS_MESSAGE && E1000RssProcessors(Adapter) > 1) {
        Adapter->Rx.QueueCount = E1000_RX_QUEUES;
    }
}

BOOLEAN E1000RssIsThere(PE1000_ADAPTER Adapter)
{
    return (BOOLEAN)(Adapter->Rx.QueueCount > 1);
}

/* The capabilities. UDP and IPv6 extension headers are not hashed by this card. */
VOID E1000RssFillCapabilities(PE1000_ADAPTER Adapter, PNDIS_RECEIVE_SCALE_CAPABILITIES Caps)
{
    NdisZeroMemory(Caps, sizeof(*Caps));
    Caps->Header.Type = NDIS_OBJECT_TYPE_RSS_CAPABILITIES;
    Caps->Header.Revision = NDIS_RECEIVE_SCALE_CAPABILITIES_REVISION_2;
    Caps->Header.Size = NDIS_SIZEOF_RECEIVE_SCALE_CAPABILITIES_REVISION_2;
    Caps->CapabilitiesFlags = NDIS_RSS_CAPS_MESSAGE_SIGNALED_INTERRUPTS |
                              NDIS_RSS_CAPS_CLASSIFICATION_AT_ISR | NDIS_RSS_CAPS_USING_MSI_X |
                              NDIS_RSS_CAPS_SUPPORTS_MSI_X | NDIS_RSS_CAPS_HASH_TYPE_TCP_IPV4 |
                              NDIS_RSS_CAPS_HASH_TYPE_TCP_IPV6 | NdisHashFunctionToeplitz;
    Caps->NumberOfInterruptMessages = Adapter->Rx.QueueCount;
    Caps->NumberOfReceiveQueues = Adapter->Rx.QueueCount;
    Caps->NumberOfIndirectionTableEntries = E1000_RSS_ENTRIES;
}

/* --- OID_GEN_RECEIVE_SCALE_PARAMETERS --- */

/* Are the bytes in the buffer? */
static BOOLEAN E1000RssHas(ULONG Length, ULONG Offset, ULONG Size)
{
    return (BOOLEAN)(Size <= Length && Offset <= Length - Size);
}

/* Table and key lie in the buffer and have sizes that this card can do. */
static NDIS_STATUS E1000RssCheckParts(const NDIS_RECEIVE_SCALE_PARAMETERS *P, ULONG Length)
{
    ULONG entries = P->IndirectionTableSize / (ULONG)sizeof(PROCESSOR_NUMBER);

    if (!(P->Flags & NDIS_RSS_PARAM_FLAG_ITABLE_UNCHANGED)) {
        if (!E1000RssHas(Length, P->IndirectionTableOffset, P->IndirectionTableSize)) {
            return NDIS_STATUS_INVALID_LENGTH;
        }
        if (entries == 0 || entries > E1000_RSS_ENTRIES || (entries & (entries - 1)) != 0 ||
            P->IndirectionTableSize % sizeof(PROCESSOR_NUMBER) != 0) {
            return NDIS_STATUS_INVALID_PARAMETER;
        }
    }
    if (!(P->Flags & NDIS_RSS_PARAM_FLAG_HASH_KEY_UNCHANGED)) {
        if (!E1000RssHas(Length, P->HashSecretKeyOffset, P->HashSecretKeySize)) {
            return NDIS_STATUS_INVALID_LENGTH;
        }
        if (P->HashSecretKeySize == 0 || P->HashSecretKeySize > E1000_RSS_KEY) {
            return NDIS_STATUS_INVALID_PARAMETER;
        }
    }
    return NDIS_STATUS_SUCCESS;
}

/* Something that turns RSS on or changes it. */
static NDIS_STATUS E1000RssCheck(PE1000_ADAPTER Adapter, const NDIS_RECEIVE_SCALE_PARAMETERS *P,
                                 ULONG Length)
{
    const USHORT unchanged = NDIS_RSS_PARAM_FLAG_ITABLE_UNCHANGED |
                             NDIS_RSS_PARAM_FLAG_HASH_KEY_UNCHANGED |
                             NDIS_RSS_PARAM_FLAG_HASH_INFO_UNCHANGED;
    ULONG type = NDIS_RSS_HASH_TYPE_FROM_HASH_INFO(P->HashInformation);

    /* The first set after a disable is a complete one. */
    if (!Adapter->Rss.Enabled && (P->Flags & unchanged)) {
        return NDIS_STATUS_INVALID_PARAMETER;
    }
    if (!(P->Flags & NDIS_RSS_PARAM_FLAG_HASH_INFO_UNCHANGED) &&
        (NDIS_RSS_HASH_FUNC_FROM_HASH_INFO(P->HashInformation) != NdisHashFunctionToeplitz ||
         type == 0 || (type & ~(ULONG)E1000_RSS_TYPES) != 0)) {
        return NDIS_STATUS_INVALID_PARAMETER;
    }
    return E1000RssCheckParts(P, Length);
}

/* The queue that stands for a processor; one that stands for nobody yet is taken. */
static UCHAR E1000RssQueueOf(LONG Processor, LONG *Processors)
{
    UCHAR i;

    for (i = 0; i < E1000_RX_QUEUES; i++) {
        if (Processors[i] == E1000_RSS_NOWHERE || Processors[i] == Processor) {
            Processors[i] = Processor;
            return i;
        }
    }
    return (UCHAR)((ULONG)Processor % E1000_RX_QUEUES);
}

/*
 * Takes over a new table. A queue whose processor is still named keeps it, so that frames of the
 * entries that did not change stay where they are. Rx.Lock held.
 */
static VOID E1000RssSetTableLocked(PE1000_RSS Rss, const UCHAR *Table, ULONG Entries)
{
    LONG before[E1000_RX_QUEUES] = {Rss->Processor[0], Rss->Processor[1]};
    LONG now[E1000_RX_QUEUES] = {E1000_RSS_NOWHERE, E1000_RSS_NOWHERE};
    LONG wanted[E1000_RSS_ENTRIES];
    PROCESSOR_NUMBER number;
    ULONG i;

    for (i = 0; i < Entries; i++) {
        NdisMoveMemory(&number, Table + i * sizeof(number), sizeof(number));
        wanted[i] = (LONG)((ULONG)number.Group << 8 | number.Number);
        if (wanted[i] == before[0]) {
            now[0] = before[0];
        } else if (wanted[i] == before[1]) {
            now[1] = before[1];
        }
    }
    for (i = 0; i < E1000_RSS_ENTRIES; i++) {
        Rss->Queue[i] = E1000RssQueueOf(wanted[i % Entries], now);
    }
    for (i = 0; i < E1000_RX_QUEUES; i++) {
        InterlockedExchange(&Rss->Processor[i], now[i]);
    }
}

static VOID E1000RssTakeOverLocked(PE1000_RSS Rss, const NDIS_RECEIVE_SCALE_PARAMETERS *P)
{
    const UCHAR *bytes = (const UCHAR *)P;

    if (!(P->Flags & NDIS_RSS_PARAM_FLAG_HASH_INFO_UNCHANGED)) {
        Rss->HashInformation = P->HashInformation;
    }
    if (!(P->Flags & NDIS_RSS_PARAM_FLAG_HASH_KEY_UNCHANGED)) {
        NdisZeroMemory(Rss->Key, sizeof(Rss->Key));
        NdisMoveMemory(Rss->Key, bytes + P->HashSecretKeyOffset, P->HashSecretKeySize);
    }
    if (!(P->Flags & NDIS_RSS_PARAM_FLAG_ITABLE_UNCHANGED)) {
        E1000RssSetTableLocked(Rss, bytes + P->IndirectionTableOffset,
                               P->IndirectionTableSize / (ULONG)sizeof(PROCESSOR_NUMBER));
    }
    Rss->Enabled = TRUE;
}

static VOID E1000RssForgetLocked(PE1000_RSS Rss)
{
    ULONG i;

    Rss->Enabled = FALSE;
    for (i = 0; i < E1000_RX_QUEUES; i++) {
        InterlockedExchange(&Rss->Processor[i], E1000_RSS_NOWHERE);
    }
}

/*
 * OID_GEN_RECEIVE_SCALE_PARAMETERS. PASSIVE_LEVEL. The state outlives pause, reset and sleep.
 * Return: SUCCESS; INVALID_LENGTH for parts outside the buffer; INVALID_PARAMETER for what the card
 * cannot do; NOT_SUPPORTED with one queue. A request that fails changes nothing.
 */
NDIS_STATUS E1000SetRssParameters(PE1000_ADAPTER Adapter, const VOID *Buffer, ULONG Length)
{
    const NDIS_RECEIVE_SCALE_PARAMETERS *p = Buffer;
    BOOLEAN off;
    NDIS_STATUS status;

    if (!E1000RssIsThere(Adapter)) {
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    if (p->Header.Type != NDIS_OBJECT_TYPE_RSS_PARAMETERS || p->Header.Revision < 2 ||
        p->Header.Size < NDIS_SIZEOF_RECEIVE_SCALE_PARAMETERS_REVISION_2) {
        return NDIS_STATUS_INVALID_PARAMETER;
    }
    if (p->Header.Size > Length) {
        return NDIS_STATUS_INVALID_LENGTH;
    }
    off = (BOOLEAN)((p->Flags & NDIS_RSS_PARAM_FLAG_DISABLE_RSS) != 0 ||
                    (!(p->Flags & NDIS_RSS_PARAM_FLAG_HASH_INFO_UNCHANGED) &&
                     NDIS_RSS_HASH_FUNC_FROM_HASH_INFO(p->HashInformation) == 0));
    status = off ? NDIS_STATUS_SUCCESS : E1000RssCheck(Adapter, p, Length);
    if (status != NDIS_STATUS_SUCCESS) {
        return status;
    }
    NdisAcquireSpinLock(&Adapter->Rx.Lock);
    if (off) {
        E1000RssForgetLocked(&Adapter->Rss);
    } else {
        E1000RssTakeOverLocked(&Adapter->Rss, p);
    }
    NdisReleaseSpinLock(&Adapter->Rx.Lock);
    if (E1000IsReady(Adapter)) {
        E1000RssProgram(Adapter);
    }
    return NDIS_STATUS_SUCCESS;
}

/* --- the card --- */

static ULONG E1000RssTypesOf(ULONG HashInformation)
{
    ULONG mrqc = 0;

    mrqc |= HashInformation & NDIS_HASH_TCP_IPV4 ? E1000_MRQC_TCP_IPV4 : 0u;
    mrqc |= HashInformation & NDIS_HASH_IPV4 ? E1000_MRQC_IPV4 : 0u;
    mrqc |= HashInformation & NDIS_HASH_TCP_IPV6 ? E1000_MRQC_TCP_IPV6 : 0u;
    mrqc |= HashInformation & NDIS_HASH_IPV6 ? E1000_MRQC_IPV6 : 0u;
    return mrqc;
}

/* Key and table: the first byte is the lowest of the first register (DS 10, RSSRK, RETA). */
static VOID E1000RssWriteTables(PE1000_HW Hw, const E1000_RSS *Rss)
{
    const UCHAR *key = Rss->Key;
    const UCHAR *queue = Rss->Queue;
    ULONG i;

    for (i = 0; i < E1000_RSS_KEY / 4u; i++, key += 4) {
        E1000Write(Hw, E1000_RSSRK(i),
                   key[0] | (ULONG)key[1] << 8 | (ULONG)key[2] << 16 | (ULONG)key[3] << 24);
    }
    for (i = 0; i < E1000_RSS_ENTRIES / 4u; i++, queue += 4) {
        E1000Write(Hw, E1000_RETA(i),
                   E1000_RETA_QUEUE_1 * (queue[0] | (ULONG)queue[1] << 8 | (ULONG)queue[2] << 16 |
                                         (ULONG)queue[3] << 24));
    }
}

/*
 * Writes what was set. After every reset, and when it changes; after E1000OffloadProgram, whose
 * RXCSUM this adds to. <= DISPATCH_LEVEL.
 */
VOID E1000RssProgram(PE1000_ADAPTER Adapter)
{
    PE1000_HW hw = &Adapter->Hw;
    PE1000_RSS rss = &Adapter->Rss;
    ULONG rxcsum;

    NdisAcquireSpinLock(&Adapter->Rx.Lock);
    rxcsum = E1000Read(hw, E1000_RXCSUM);
    if (rss->Enabled) {
        E1000RssWriteTables(hw, rss);
        E1000Write(hw, E1000_RXCSUM, rxcsum | E1000_RXCSUM_PCSD);
        E1000Write(hw, E1000_MRQC, E1000RssTypesOf(rss->HashInformation) | E1000_MRQC_RSS);
    } else {
        E1000Write(hw, E1000_MRQC, 0);
        E1000Write(hw, E1000_RXCSUM, rxcsum & ~E1000_RXCSUM_PCSD);
    }
    NdisReleaseSpinLock(&Adapter->Rx.Lock);
}

/*
 * Queues a receive queue's DPC on its processor; FALSE when the default one will do. At DIRQL.
 * Since NDIS 6.20 that is NdisMQueueDpcEx, and not MiniportMessageInterrupt's TargetProcessors.
 */
BOOLEAN E1000RssQueueDpc(PE1000_ADAPTER Adapter, ULONG MessageId, ULONG Causes)
{
    ULONG queue = Causes & E1000_INT_RXQ1 ? 1u : 0u;
    LONG processor = ReadNoFence(&Adapter->Rss.Processor[queue]);
    GROUP_AFFINITY target;

    if (processor == E1000_RSS_NOWHERE || !(Causes & (E1000_INT_RXQ0 | E1000_INT_RXQ1))) {
        return FALSE;
    }
    NdisZeroMemory(&target, sizeof(target));
    target.Group = (USHORT)(processor >> 8);
    target.Mask = (KAFFINITY)1 << (processor & 0xFF);
    (VOID) NdisMQueueDpcEx(Adapter->Interrupt, MessageId, &target, NULL);
    return TRUE;
}

/* A frame's hash goes up with it. Rx.Lock held. */
VOID E1000RssDress(PE1000_ADAPTER Adapter, PNET_BUFFER_LIST Nbl, ULONG Type, ULONG Hash)
{
    static const ULONG types[] = {
        0, NDIS_HASH_TCP_IPV4, NDIS_HASH_IPV4, NDIS_HASH_TCP_IPV6, 0, NDIS_HASH_IPV6,
    };
    ULONG type = Adapter->Rss.Enabled && Type < RTL_NUMBER_OF(types) ? types[Type] : 0;

    NET_BUFFER_LIST_INFO(Nbl, NetBufferListHashValue) = NULL;
    NET_BUFFER_LIST_INFO(Nbl, NetBufferListHashInfo) = NULL;
    if (type != 0) {
        NET_BUFFER_LIST_SET_HASH_VALUE(Nbl, Hash);
        NET_BUFFER_LIST_SET_HASH_FUNCTION(Nbl, NdisHashFunctionToeplitz);
        NET_BUFFER_LIST_SET_HASH_TYPE(Nbl, type);
    }
}
