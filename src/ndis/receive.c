/* SPDX-License-Identifier: MIT */
/*
 * Receives: NdisMIndicateReceiveNetBufferLists up, MiniportReturnNetBufferLists down.
 *
 * Each NBL of an indication is looked at before the upper edge sees it. What is not the miniport's
 * to indicate is reported and left alone; what is, but cannot be read, is reported and comes
 * straight back.
 */
#include "ndis/adapter_priv.h"
#include "ndis/nbl.h"

#define ETHERNET_HEADER 14u
#define COUNT_MAX       1000000u

/* --- what an NBL looks like --- */

static enum dd_rx_defect mdl_defect(const NET_BUFFER *nb)
{
    uint64_t left = nb->stDataLength + nb->CurrentMdlOffset;

    for (PMDL m = nb->CurrentMdl; m != NULL && left > 0; m = m->Next) {
        if (m->ByteCount != 0 && dd_mdl_va(m) == NULL) {
            return DD_RX_MDL_UNMAPPED;
        }
        left -= dd_min_u64(left, m->ByteCount);
    }
    return DD_RX_OK;
}

/* the first thing that is wrong; the worst first */
static enum dd_rx_defect defect_of(const struct dd_adapter *a, const NET_BUFFER_LIST *nbl)
{
    const NET_BUFFER *nb = nbl->FirstNetBuffer;
    enum dd_rx_defect d;

    if (!dd_nb_is_live(nb)) {
        return DD_RX_NO_NET_BUFFER;
    }
    if (!dd_nb_window_ok(nb)) {
        return DD_RX_WINDOW;
    }
    d = mdl_defect(nb);
    if (d != DD_RX_OK) {
        return d;
    }
    if (nb->stDataLength < ETHERNET_HEADER) {
        return DD_RX_TOO_SHORT;
    }
    if (nb->Next != NULL) {
        return DD_RX_MANY_NET_BUFFERS;
    }
    if (nbl->SourceHandle != (NDIS_HANDLE)a) {
        return DD_RX_SOURCE_HANDLE;
    }
    return nbl->Status != NDIS_STATUS_SUCCESS ? DD_RX_STATUS : DD_RX_OK;
}

/* the upper edge can read it all the same */
static bool harmless(enum dd_rx_defect d)
{
    return d == DD_RX_OK || d == DD_RX_MANY_NET_BUFFERS || d == DD_RX_SOURCE_HANDLE ||
           d == DD_RX_STATUS;
}

/* --- indication --- */

struct indication {
    struct dd_adapter *a;
    const void *site;
    bool deliver; /* the adapter may indicate now */
    PNET_BUFFER_LIST good, bad;
    PNET_BUFFER_LIST *good_link, *bad_link;
    unsigned good_count, bad_count;
    uint64_t bytes;
};

static bool take(const struct dd_adapter *a, struct dd_nbl_slot *s, enum dd_nbl_owner *ret_owner)
{
    uint32_t owner = DD_NBL_MINIPORT_POOL;

    if (s == NULL) {
        *ret_owner = DD_NBL_UNKNOWN;
        return false;
    }
    if (!atomic_compare_exchange_strong_explicit(&s->owner, &owner, DD_NBL_INDICATED,
                                                 memory_order_acq_rel, memory_order_acquire)) {
        *ret_owner = (enum dd_nbl_owner)owner;
        return false;
    }
    s->adapter = a;
    *ret_owner = DD_NBL_MINIPORT_POOL;
    return true;
}

static void report(const struct indication *in, const NET_BUFFER_LIST *nbl, enum dd_rx_defect d,
                   enum dd_nbl_owner owner)
{
    uint64_t bytes = 0;

    if (harmless(d) || d == DD_RX_TOO_SHORT || d == DD_RX_MDL_UNMAPPED) {
        bytes = nbl->FirstNetBuffer->stDataLength;
    }
    DD_SEAM(.kind = DD_EV_RECEIVE_NBL, .site = in->site, .adapter = in->a, .obj = nbl, .a = d,
            .b = bytes, .c = owner, .d = atomic_load(&in->a->priv->verdicts_allowed));
}

static PNET_BUFFER_LIST follow(const NET_BUFFER_LIST *nbl, enum dd_nbl_owner owner)
{
    PNET_BUFFER_LIST next;
    const struct dd_nbl_slot *s;

    if (owner == DD_NBL_UNKNOWN) {
        return NULL;
    }
    next = __atomic_load_n(&nbl->Next, __ATOMIC_RELAXED);
    s = dd_nbl_slot_of(next);
    return s != NULL && s->owner == DD_NBL_MINIPORT_POOL ? next : NULL;
}

/* one NBL; returns the next of the driver's chain */
static PNET_BUFFER_LIST sort_one(struct indication *in, PNET_BUFFER_LIST nbl)
{
    struct dd_nbl_slot *s = dd_nbl_slot_of(nbl);
    enum dd_nbl_owner owner;
    enum dd_rx_defect d;

    if (!take(in->a, s, &owner)) {
        d = owner == DD_NBL_UNKNOWN ? DD_RX_FOREIGN : DD_RX_NOT_OWNED;
        report(in, nbl, d, owner);
        return follow(nbl, owner);
    }
    d = defect_of(in->a, nbl);
    s->link = nbl->Next;
    if (dd_seam_listening()) {
        report(in, nbl, d, owner);
        if (d == DD_RX_OK) {
            dd_rss_look(in->a, nbl, in->site);
        }
    }
    if (in->deliver && harmless(d)) {
        *in->good_link = nbl;
        in->good_link = &nbl->Next;
        in->good_count++;
        in->bytes += nbl->FirstNetBuffer->stDataLength;
    } else {
        *in->bad_link = nbl;
        in->bad_link = &nbl->Next;
        in->bad_count++;
    }
    return s->link;
}

/* how long the chain really is, for the event; a ring ends at COUNT_MAX */
static uint64_t chain_length(const NET_BUFFER_LIST *nbl)
{
    uint64_t n = 0;

    while (nbl != NULL && n < COUNT_MAX && dd_nbl_slot_of(nbl) != NULL) {
        n++;
        nbl = nbl->Next;
    }
    return n;
}

/* the miniport's again, its chain as it was */
static void give_back(PNET_BUFFER_LIST chain, bool relink)
{
    PNET_BUFFER_LIST next;

    for (PNET_BUFFER_LIST nbl = chain; nbl != NULL; nbl = next) {
        struct dd_nbl_slot *s = dd_nbl_slot_of(nbl);

        next = nbl->Next;
        if (relink) {
            nbl->Next = s->link;
        }
        atomic_store_explicit(&s->owner, DD_NBL_MINIPORT_POOL, memory_order_release);
    }
}

static void count_for_throttle(struct dd_adapter *a, unsigned n)
{
    uint32_t *indicated;

    if (dd_irql_get() != DISPATCH_LEVEL || dd_cpu_current() >= DD_CPUS_MAX) {
        return;
    }
    indicated =
        atomic_load_explicit(&a->priv->dpc_indicated[dd_cpu_current()], memory_order_relaxed);
    if (indicated != NULL) {
        *indicated += n;
    }
}

static void deliver(struct indication *in, ULONG flags)
{
    struct dd_adapter *a = in->a;
    struct dd_adapter_private *p = a->priv;
    bool may_keep = (flags & NDIS_RECEIVE_FLAGS_RESOURCES) == 0;
    PNET_BUFFER_LIST good = in->good;

    if (good == NULL) {
        return;
    }
    dd_count(&p->count.nbls_received, in->good_count);
    dd_count(&p->count.bytes_received, in->bytes);
    if (may_keep) {
        atomic_fetch_add(&p->receives_out, in->good_count);
    }
    a->upper.receive(a->upper.arg, good, in->good_count, flags, may_keep);
    if (!may_keep) {
        dd_count(&p->count.nbls_returned, in->good_count);
    }
}

static bool may_indicate(enum dd_adapter_state state)
{
    return state == DD_STATE_RUNNING || state == DD_STATE_RESTARTING || state == DD_STATE_PAUSING;
}

static void indicate(struct dd_adapter *a, PNET_BUFFER_LIST chain, ULONG count, ULONG flags,
                     const void *site)
{
    struct indication in = {.a = a, .site = site, .deliver = may_indicate(dd_adapter_state_get(a))};
    bool resources = (flags & NDIS_RECEIVE_FLAGS_RESOURCES) != 0;

    in.good_link = &in.good;
    in.bad_link = &in.bad;
    if (dd_seam_listening()) {
        uint64_t length = chain_length(chain);

        DD_SEAM(.kind = DD_EV_RECEIVE_CALL, .site = site, .adapter = a, .obj = chain, .a = count,
                .b = flags, .c = dd_irql_get(), .d = dd_adapter_state_get(a), .data = &length);
    }
    for (PNET_BUFFER_LIST nbl = chain; nbl != NULL;) {
        nbl = sort_one(&in, nbl);
    }
    *in.good_link = NULL;
    *in.bad_link = NULL;
    dd_count(&a->priv->count.indications, 1);
    count_for_throttle(a, in.good_count);
    deliver(&in, flags);
    if (resources) {
        give_back(in.good, true);
        give_back(in.bad, true);
    } else if (in.bad != NULL) {
        atomic_fetch_add(&a->priv->receives_out, in.bad_count);
        dd_ndis_return(a, in.bad,
                       (flags & NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL) != 0
                           ? NDIS_RETURN_FLAGS_DISPATCH_LEVEL
                           : 0);
    }
}

void dd_ndis_indicated(struct dd_adapter *a, PNET_BUFFER_LIST chain, ULONG count, ULONG flags,
                       const void *site)
{
    indicate(a, chain, count, flags, site);
}

VOID NdisMIndicateReceiveNetBufferLists(NDIS_HANDLE MiniportAdapterHandle,
                                        PNET_BUFFER_LIST NetBufferList, NDIS_PORT_NUMBER PortNumber,
                                        ULONG NumberOfNetBufferLists, ULONG ReceiveFlags)
{
    struct dd_adapter *a;

    DD_API(NdisMIndicateReceiveNetBufferLists);
    (void)PortNumber;
    a = dd_adapter_of(MiniportAdapterHandle, DD_SITE());
    if (a != NULL) {
        indicate(a, NetBufferList, NumberOfNetBufferLists, ReceiveFlags, DD_SITE());
    }
}

/* --- return --- */

/* One NBL back from the upper edge; true when the driver is to be told. An NBL whose pool the
 * driver freed meanwhile ends here. */
static bool hand_back(struct dd_adapter *a, PNET_BUFFER_LIST nbl, bool gone)
{
    struct dd_nbl_slot *s = dd_nbl_slot_of(nbl);

    dd_assert(s != NULL && s->adapter == a && s->owner == DD_NBL_INDICATED);
    if (s->pool == NULL) {
        s->owner = DD_NBL_UNKNOWN;
        dd_slab_free(&s->slot);
        return false;
    }
    if (!gone) {
        DD_SEAM(.kind = DD_EV_RECEIVE_RETURN, .adapter = a, .obj = nbl);
    }
    atomic_store_explicit(&s->owner, DD_NBL_MINIPORT_POOL, memory_order_release);
    return !gone;
}

static void call_return(struct dd_adapter *a, PNET_BUFFER_LIST chain, ULONG return_flags)
{
    if (a->driver->chars.ReturnNetBufferListsHandler == NULL) {
        dd_bad_object(
            chain,
            "an indication to be returned, but the driver has no MiniportReturnNetBufferLists",
            NULL);
        return;
    }
    DD_CALL(DD_ROLE_RETURN, "MiniportReturnNetBufferLists", a,
            a->driver->chars.ReturnNetBufferListsHandler(a->context, chain, return_flags));
}

void dd_ndis_return(struct dd_adapter *a, PNET_BUFFER_LIST chain, ULONG return_flags)
{
    struct dd_adapter_private *p = a->priv;
    PNET_BUFFER_LIST next;
    PNET_BUFFER_LIST head = NULL;
    PNET_BUFFER_LIST *link = &head;
    uint64_t n = 0;
    bool gone;

    if (dd_irql_get() < DISPATCH_LEVEL) {
        return_flags &= ~(ULONG)NDIS_RETURN_FLAGS_DISPATCH_LEVEL;
    }
    atomic_fetch_add_explicit(&p->calls_inside, 1, memory_order_seq_cst);
    gone = atomic_load_explicit(&p->halting, memory_order_seq_cst);
    for (PNET_BUFFER_LIST nbl = chain; nbl != NULL; nbl = next) {
        next = nbl->Next;
        n++;
        if (hand_back(a, nbl, gone)) {
            *link = nbl;
            link = &nbl->Next;
        }
    }
    *link = NULL;
    dd_count(&p->count.nbls_returned, n);
    /* before the call: the driver may finish its pause in there */
    atomic_fetch_sub(&p->receives_out, n);
    if (head != NULL) {
        call_return(a, head, return_flags);
    }
    atomic_fetch_sub_explicit(&p->calls_inside, 1, memory_order_seq_cst);
}
