/* SPDX-License-Identifier: MIT */
/* Sends and their completion. */
#include "verify/verify_int.h"

#include <ndis.h>

static const char api[] = "NdisMSendNetBufferListsComplete";

static bool allowed_status(uint64_t status)
{
    static const NDIS_STATUS ok[] = {NDIS_STATUS_SUCCESS,      NDIS_STATUS_INVALID_LENGTH,
                                     NDIS_STATUS_RESOURCES,    NDIS_STATUS_PAUSED,
                                     NDIS_STATUS_SEND_ABORTED, NDIS_STATUS_RESET_IN_PROGRESS,
                                     NDIS_STATUS_FAILURE};

    for (unsigned i = 0; i < DD_ARRAY_LEN(ok); i++) {
        if ((NDIS_STATUS)(uint32_t)status == ok[i]) {
            return true;
        }
    }
    return false;
}

static bool check_owner(struct dd_verify *v, const struct dd_ev *ev)
{
    struct dd_finding f;
    const void *before;

    if (ev->d == DD_NBL_MINIPORT_SEND) {
        return true;
    }
    dd_mutex_lock(&v->lock);
    before = dd_map_get(&v->completed, DD_KEY(ev->obj));
    dd_mutex_unlock(&v->lock);
    /* a protocol frees the list as soon as it has it: then only the picture here knows that it was
     * a send */
    if (ev->d == DD_NBL_COMPLETED || (ev->d == DD_NBL_UNKNOWN && before)) {
        dd_finding_begin(&f, "tx-complete-twice", "NET_BUFFER_LIST %p was completed before",
                         ev->obj);
        dd_finding_site(&f, "completed at", before, api);
        dd_finding_site(&f, "again at", ev->site, api);
    } else {
        dd_finding_begin(&f, "tx-complete-not-owned",
                         "NET_BUFFER_LIST %p was not given to the miniport to send%s", ev->obj,
                         ev->d == DD_NBL_UNKNOWN ? "" : "; it is a receive list");
        dd_finding_site(&f, "completed at", ev->site, api);
    }
    dd_finding_end(v, &f);
    return false;
}

static void check_status(struct dd_verify *v, const struct dd_ev *ev)
{
    if ((NDIS_STATUS)(uint32_t)ev->a == NDIS_STATUS_PENDING) {
        dd_finding_one(v, "tx-status-unset", "completed at", ev->site, api,
                       "NET_BUFFER_LIST %p is completed with the status it came with", ev->obj);
    } else if (!allowed_status(ev->a)) {
        dd_finding_one(v, "tx-bad-status", "completed at", ev->site, api,
                       "NET_BUFFER_LIST %p is completed with status 0x%08x", ev->obj,
                       (uint32_t)ev->a);
    }
    if ((ev->b & NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL) && ev->c < DISPATCH_LEVEL) {
        dd_finding_one(v, "tx-flag-irql", "completed at", ev->site, api,
                       "NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL is set at %s", dd_irql_name(ev->c));
    }
}

/* lists of its NET_BUFFERs that are still mapped; the NBL is the miniport's, so its fields may be
 * read */
static void check_lists(struct dd_verify *v, const struct dd_ev *ev)
{
    PNET_BUFFER_LIST nbl = (PNET_BUFFER_LIST)(uintptr_t)ev->obj;
    unsigned index = 0;

    for (PNET_BUFFER nb = NET_BUFFER_LIST_FIRST_NB(nbl); nb; nb = NET_BUFFER_NEXT_NB(nb), index++) {
        struct dd_finding f;
        struct dd_vlist *l;

        dd_mutex_lock(&v->lock);
        l = dd_map_get(&v->by_nb, DD_KEY(nb));
        if (l) {
            dd_finding_begin(
                &f, "sgl-leak-at-complete",
                "NET_BUFFER_LIST %p was completed while scatter/gather list %llu of its NET_BUFFER %u was still mapped",
                ev->obj, (unsigned long long)l->number, index);
            dd_finding_site(&f, "mapped at", l->mapped_at, "NdisMAllocateNetBufferSGList");
            dd_finding_site(&f, "completed at", ev->site, api);
        }
        dd_mutex_unlock(&v->lock);
        if (l) {
            dd_finding_end(v, &f);
        }
    }
}

void dd_verify_send(struct dd_verify *v, const struct dd_ev *ev)
{
    if (ev->kind == DD_EV_SEND) {
        dd_mutex_lock(&v->lock);
        dd_map_del(&v->completed, DD_KEY(ev->obj));
        dd_mutex_unlock(&v->lock);
        dd_verify_offload_send(v, ev);
        return;
    }
    if (!check_owner(v, ev)) {
        return;
    }
    check_status(v, ev);
    check_lists(v, ev);
    dd_verify_offload_completed(v, ev);
    dd_mutex_lock(&v->lock);
    if (ev->site) {
        dd_map_put(&v->completed, DD_KEY(ev->obj), (void *)(uintptr_t)ev->site);
    }
    dd_mutex_unlock(&v->lock);
}
