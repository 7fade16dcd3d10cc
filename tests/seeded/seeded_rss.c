/* SPDX-License-Identifier: MIT */
/*
 * Receive side scaling, as far as its mistakes need it: one queue, and hashes that this driver
 * writes itself. Of addresses and ports that are all zero the hash is 0, whatever the key.
 */
#include "seeded.h"

#define IP_AT 14u

static BOOLEAN IsOn(const SEEDED *Adapter)
{
    return (BOOLEAN)(Adapter->Bug[0] == 'r' && Adapter->Bug[1] == 's' && Adapter->Bug[2] == 's');
}

/* what general attributes point at; NULL: there is no RSS */
PNDIS_RECEIVE_SCALE_CAPABILITIES SeededRssCapabilities(PSEEDED Adapter,
                                                       PNDIS_RECEIVE_SCALE_CAPABILITIES Caps)
{
    if (!IsOn(Adapter)) {
        return NULL;
    }
    NdisZeroMemory(Caps, sizeof(*Caps));
    Caps->Header.Type = NDIS_OBJECT_TYPE_RSS_CAPABILITIES;
    Caps->Header.Revision = NDIS_RECEIVE_SCALE_CAPABILITIES_REVISION_2;
    Caps->Header.Size = NDIS_SIZEOF_RECEIVE_SCALE_CAPABILITIES_REVISION_2;
    Caps->CapabilitiesFlags = NDIS_RSS_CAPS_HASH_TYPE_TCP_IPV4 | NdisHashFunctionToeplitz;
    Caps->NumberOfInterruptMessages = 1;
    Caps->NumberOfReceiveQueues = 1;
    Caps->NumberOfIndirectionTableEntries = 128;
    if (SeededBug(Adapter, "rss-caps")) {
        Caps->CapabilitiesFlags &= ~(ULONG)NdisHashFunctionToeplitz;
    }
    return Caps;
}

/* makes the frame a TCP segment with zeros for addresses, and says so */
VOID SeededRssDress(PSEEDED Adapter, PNET_BUFFER_LIST Nbl, PUCHAR Frame)
{
    ULONG info = NDIS_HASH_TCP_IPV4 | NdisHashFunctionToeplitz;
    ULONG hash = 0;

    NET_BUFFER_LIST_INFO(Nbl, NetBufferListHashInfo) = NULL;
    NET_BUFFER_LIST_INFO(Nbl, NetBufferListHashValue) = NULL;
    if (!IsOn(Adapter)) {
        return;
    }
    Frame[12] = 8;
    Frame[13] = 0;
    NdisZeroMemory(Frame + IP_AT, 40);
    Frame[IP_AT] = 0x45;
    Frame[IP_AT + 9] = 6;
    if (SeededBug(Adapter, "rss-hash-value")) {
        hash = 0x1234;
    }
    if (SeededBug(Adapter, "rss-hash-fragment")) {
        Frame[IP_AT + 6] = 0x20; /* more fragments follow */
    }
    if (SeededBug(Adapter, "rss-hash-missing-info")) {
        info = 0;
        hash = 0x77;
    }
    NET_BUFFER_LIST_INFO(Nbl, NetBufferListHashInfo) = (PVOID)(ULONG_PTR)info;
    NET_BUFFER_LIST_INFO(Nbl, NetBufferListHashValue) = (PVOID)(ULONG_PTR)hash;
}

/* in the ISR: TRUE with the DPC sent elsewhere */
BOOLEAN SeededRssElsewhere(PSEEDED Adapter, PULONG TargetProcessors)
{
    if (!SeededBug(Adapter, "rss-wrong-cpu")) {
        return FALSE;
    }
    *TargetProcessors = 2; /* CPU 1; the table has CPU 0 alone */
    return TRUE;
}
