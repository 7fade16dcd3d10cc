// SPDX-License-Identifier: MIT
// C++ comments; NdisMSendComplete(here) is none of our business \
   and neither is NdisMSendComplete(in a continued one)
#include <ndis.h>
#include "traps.h"

// The helper's function: split heads, SAL.
#ifdef TR_OLD
_Must_inspect_result_
NDIS_STATUS tr_dma(_In_ NDIS_HANDLE Handle, struct tr_adapter *a, int wide) {
#elif defined(TR_MID) && \
      TR_MID > 3
NDIS_STATUS tr_dma(IN NDIS_HANDLE Handle, IN struct tr_adapter *a, IN OUT int wide) {
#else
NDIS_STATUS __stdcall tr_dma(NDIS_HANDLE Handle, struct tr_adapter *a, int wide) {
#endif
    NDIS_STATUS s = NdisMInitializeScatterGatherDma ( Handle , !!(wide), wide ? 9014 : /* , */ 1514 ) ;
    if (NDIS_STATUS_SUCCESS != s) return s;
    if (wide == 7) { return NDIS_STATUS_FAILURE; }
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS tr_init(NDIS_HANDLE MiniportAdapterHandle, TR *a)
{
    a->h = MiniportAdapterHandle;
    if (tr_dma(a->h, a, 1) != NDIS_STATUS_SUCCESS) {
        return NDIS_STATUS_FAILURE;
    }
    if (a->y) {
        return (NDIS_STATUS_RESOURCES);
    }
    return NDIS_STATUS_SUCCESS;
}

#define TR_ASYNC(a, n) NdisMAllocateSharedMemoryAsync((a)->h, (n), FALSE, (a))
#define NdisMyMacro(x) (x)

VOID tr_more(TR *a, PNDIS_PACKET_EXT Ext, PNDIS_BUFFER b, PVOID *va, UINT *len)
{
    PMY_NDIS_PACKET p = (PMY_NDIS_PACKET)(PVOID)Ext; /* look-alike casts: no finding */
    PNDIS_PACKET q = (PNDIS_PACKET)(PVOID)Ext;
    char c = '"', d = '\'';

    TR_ASYNC(a, sizeof(NDIS_PACKET));
    NdisQueryBuffer(b, va, len /* last */ );
    NdisQueryBufferSafe(b, va, len, NormalPagePriority);
    p->ops.NdisMSendComplete(a->h, q, c + d);
    ::NdisFreeBuffer(b);
    if (c) NdisUpdateSharedMemory(a->h, 4, va, len);
    p->MiniportReserved = q->MiniportReserved;
    switch (c) {
    case NDIS_ATTRIBUTE_DESERIALIZE: break;
    }
}

VOID tr_chars(NDIS_MINIPORT_CHARACTERISTICS *c, struct tr_queue *q)
{
    static NDIS50_MINIPORT_CHARACTERISTICS table = {
        .MajorNdisVersion = 5,
        .SendHandler = tr_send,
        .ISRHandler = tr_isr
    };
    q->SendHandler = tr_send;
    q->inner.SendHandler = tr_send;
    if (c->SendHandler == tr_send) {
        c->TransferDataHandler = (W_TRANSFER_DATA_HANDLER)0;
    }
    c->AllocateCompleteHandler = (W_ALLOCATE_COMPLETE_HANDLER)NULL;
}
#if 0
VOID tr_dead(TR *a) { NdisMFreeMapRegisters(a->h); }
#endif
const char *tr_raw = R"x(NdisMSendComplete( ")x";
