/* SPDX-License-Identifier: MIT */
/*
 * Sends: from the upper edge to MiniportSendNetBufferLists and back through
 * NdisMSendNetBufferListsComplete.
 *
 * Who owns an NBL is one atomic word in its slot (nbl.h): handing over writes MINIPORT_SEND,
 * completing exchanges it for COMPLETED. Only the call that wins the exchange takes the NBL, so
 * however often, in whatever chains and on however many CPUs a driver completes an NBL, the upper
 * edge gets it once.
 */
#include "ndis/adapter_priv.h"
#include "ndis/nbl.h"

#define NBS_MAX 65536u

/* --- down --- */

static void complete_all(struct dd_adapter *a, PNET_BUFFER_LIST chain, NDIS_STATUS status,
                         ULONG send_flags)
{
    uint64_t n = 0;

    for (PNET_BUFFER_LIST nbl = chain; nbl != NULL; nbl = nbl->Next) {
        nbl->Status = status;
        n++;
    }
    dd_count(&a->priv->count.nbls_failed, n);
    a->upper.send_complete(a->upper.arg, chain,
                           (send_flags & NDIS_SEND_FLAGS_DISPATCH_LEVEL) != 0
                               ? NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL
                               : 0);
}

/* before the driver may touch the chain: mark it and count it */
static void hand_over(struct dd_adapter *a, PNET_BUFFER_LIST chain, ULONG send_flags)
{
    struct dd_adapter_private *p = a->priv;
    uint32_t epoch = atomic_load_explicit(&p->epoch, memory_order_relaxed);
    bool listening = dd_seam_listening();
    uint64_t nbls = 0, nbs = 0, bytes = 0;

    for (PNET_BUFFER_LIST nbl = chain; nbl != NULL; nbl = nbl->Next) {
        struct dd_nbl_slot *s = dd_nbl_slot_of(nbl);

        dd_assert(s != NULL && s->owner != DD_NBL_MINIPORT_SEND);
        s->adapter = a;
        s->epoch = epoch;
        nbl->SourceHandle = (NDIS_HANDLE)&a->upper;
        for (PNET_BUFFER nb = nbl->FirstNetBuffer; nb != NULL; nb = nb->Next) {
            nbs++;
            bytes += nb->stDataLength;
        }
        nbls++;
        if (listening) {
            s->number = atomic_fetch_add_explicit(&p->next_number, 1, memory_order_relaxed) + 1;
            DD_SEAM(.kind = DD_EV_SEND, .adapter = a, .obj = nbl, .a = s->number, .b = send_flags,
                    .c = dd_adapter_state_get(a));
        }
        atomic_store_explicit(&s->owner, DD_NBL_MINIPORT_SEND, memory_order_release);
    }
    atomic_fetch_add(&p->sends_out[epoch & 1], nbls);
    dd_count(&p->count.nbls_sent, nbls);
    dd_count(&p->count.nbs_sent, nbs);
    dd_count(&p->count.bytes_sent, bytes);
}

void dd_ndis_send(struct dd_adapter *a, PNET_BUFFER_LIST chain, ULONG send_flags)
{
    struct dd_adapter_private *p = a->priv;

    if (chain == NULL) {
        return;
    }
    if (dd_irql_get() < DISPATCH_LEVEL) {
        send_flags &= ~(ULONG)NDIS_SEND_FLAGS_DISPATCH_LEVEL;
    }
    atomic_fetch_add_explicit(&p->calls_inside, 1, memory_order_seq_cst);
    if (dd_adapter_state_get(a) != DD_STATE_RUNNING) {
        atomic_fetch_sub_explicit(&p->calls_inside, 1, memory_order_seq_cst);
        complete_all(a, chain, NDIS_STATUS_PAUSED, send_flags);
        return;
    }
    hand_over(a, chain, send_flags);
    DD_CALL(DD_ROLE_SEND, "MiniportSendNetBufferLists", a,
            a->driver->chars.SendNetBufferListsHandler(a->context, chain, NDIS_DEFAULT_PORT_NUMBER,
                                                       send_flags));
    atomic_fetch_sub_explicit(&p->calls_inside, 1, memory_order_seq_cst);
}

void dd_ndis_cancel(struct dd_adapter *a, PVOID cancel_id)
{
    struct dd_adapter_private *p = a->priv;

    DD_SEAM(.kind = DD_EV_SEND_CANCEL, .adapter = a, .obj = cancel_id);
    if (a->driver->chars.CancelSendHandler == NULL) {
        return;
    }
    atomic_fetch_add_explicit(&p->calls_inside, 1, memory_order_seq_cst);
    if (dd_adapter_state_get(a) == DD_STATE_RUNNING ||
        dd_adapter_state_get(a) == DD_STATE_PAUSING) {
        DD_CALL(DD_ROLE_CANCEL_SEND, "MiniportCancelSend", a,
                a->driver->chars.CancelSendHandler(a->context, cancel_id));
    }
    atomic_fetch_sub_explicit(&p->calls_inside, 1, memory_order_seq_cst);
}

/* --- up --- */

/* MINIPORT_SEND: it was the driver's and is not any more; anything else: leave it alone */
static enum dd_nbl_owner take(const struct dd_adapter *a, struct dd_nbl_slot *s)
{
    uint32_t owner = DD_NBL_MINIPORT_SEND;

    if (s == NULL || (s->owner == DD_NBL_MINIPORT_SEND && s->adapter != a)) {
        return DD_NBL_UNKNOWN;
    }
    if (atomic_compare_exchange_strong_explicit(&s->owner, &owner, DD_NBL_COMPLETED,
                                                memory_order_acq_rel, memory_order_acquire)) {
        return DD_NBL_MINIPORT_SEND;
    }
    return (enum dd_nbl_owner)owner;
}

static uint64_t live_lists(struct dd_adapter *a, const NET_BUFFER_LIST *nbl)
{
    uint64_t live = 0;
    unsigned seen = 0;

    for (PNET_BUFFER nb = nbl->FirstNetBuffer; nb != NULL && seen < NBS_MAX && dd_nb_is_live(nb);
         nb = nb->Next) {
        live += dd_sgdma_live_of_nb(a, nb);
        seen++;
    }
    return live;
}

static void report(struct dd_adapter *a, const NET_BUFFER_LIST *nbl, enum dd_nbl_owner owner,
                   ULONG flags, const void *site)
{
    uint64_t live = 0;

    if (owner == DD_NBL_MINIPORT_SEND) {
        live = live_lists(a, nbl);
    }
    DD_SEAM(.kind = DD_EV_SEND_COMPLETE_CALL, .site = site, .adapter = a, .obj = nbl,
            .a = owner == DD_NBL_UNKNOWN ? 0 : (uint32_t)nbl->Status, .b = flags,
            .c = dd_irql_get(), .d = owner, .data = &live);
}

/* After an NBL that is not the driver's its Next is not the driver's either. Go on only when it
 * leads to one that is: a chain with one NBL too many then loses no others, and no ring or foreign
 * chain is walked. */
static PNET_BUFFER_LIST follow(const struct dd_adapter *a, const NET_BUFFER_LIST *nbl,
                               enum dd_nbl_owner owner)
{
    PNET_BUFFER_LIST next;
    const struct dd_nbl_slot *s;

    if (owner == DD_NBL_UNKNOWN) {
        return NULL;
    }
    next = __atomic_load_n(&nbl->Next, __ATOMIC_RELAXED);
    s = dd_nbl_slot_of(next);
    return s != NULL && s->owner == DD_NBL_MINIPORT_SEND && s->adapter == a ? next : NULL;
}

static void send_complete(struct dd_adapter *a, PNET_BUFFER_LIST chain, ULONG flags,
                          const void *site)
{
    struct dd_adapter_private *p = a->priv;
    PNET_BUFFER_LIST head = NULL;
    PNET_BUFFER_LIST *link = &head;
    PNET_BUFFER_LIST next;
    uint64_t done[2] = {0, 0};
    uint64_t failed = 0;

    for (PNET_BUFFER_LIST nbl = chain; nbl != NULL; nbl = next) {
        struct dd_nbl_slot *s = dd_nbl_slot_of(nbl);
        enum dd_nbl_owner owner = take(a, s);

        if (dd_seam_listening()) {
            report(a, nbl, owner, flags, site);
        }
        if (owner != DD_NBL_MINIPORT_SEND) {
            next = follow(a, nbl, owner);
            continue;
        }
        next = nbl->Next;
        __atomic_store_n(link, nbl, __ATOMIC_RELAXED);
        link = &nbl->Next;
        done[s->epoch & 1]++;
        failed += nbl->Status != NDIS_STATUS_SUCCESS;
    }
    __atomic_store_n(link, NULL, __ATOMIC_RELAXED);
    if (head == NULL) {
        return;
    }
    for (unsigned i = 0; i < 2; i++) {
        if (done[i] != 0) {
            atomic_fetch_sub(&p->sends_out[i], done[i]);
        }
    }
    dd_count(&p->count.nbls_completed, done[0] + done[1]);
    dd_count(&p->count.nbls_failed, failed);
    a->upper.send_complete(a->upper.arg, head, flags);
}

void dd_ndis_send_completed(struct dd_adapter *a, PNET_BUFFER_LIST chain, ULONG flags,
                            const void *site)
{
    send_complete(a, chain, flags, site);
}

VOID NdisMSendNetBufferListsComplete(NDIS_HANDLE MiniportAdapterHandle,
                                     PNET_BUFFER_LIST NetBufferList, ULONG SendCompleteFlags)
{
    struct dd_adapter *a;

    DD_API(NdisMSendNetBufferListsComplete);
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (a != NULL) {
        send_complete(a, NetBufferList, SendCompleteFlags, DD_SITE());
    }
}
