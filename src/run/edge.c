/* SPDX-License-Identifier: MIT */
/* Sending. Receiving is in edge_receive.c, the kernel as source of frames in edge_tap.c. */
#include "run/edge_int.h"

#include "base/check.h"
#include "run/shape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CANCEL_IDS 64u
#define LINK_BYTES 18u /* Ethernet header and a tag */

static NDIS_HANDLE make_nbl_pool(void)
{
    NET_BUFFER_LIST_POOL_PARAMETERS p;

    memset(&p, 0, sizeof(p));
    p.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    p.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    p.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    p.fAllocateNetBuffer = TRUE;
    p.PoolTag = 'egdE';
    return NdisAllocateNetBufferListPool(NULL, &p);
}

static NDIS_HANDLE make_nb_pool(void)
{
    NET_BUFFER_POOL_PARAMETERS p;

    memset(&p, 0, sizeof(p));
    p.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    p.Header.Revision = NET_BUFFER_POOL_PARAMETERS_REVISION_1;
    p.Header.Size = NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1;
    p.PoolTag = 'egdE';
    return NdisAllocateNetBufferPool(NULL, &p);
}

int dd_edge_new(const struct dd_edge_config *config, struct dd_edge **ret_edge)
{
    struct dd_edge *e = calloc(1, sizeof(*e));

    if (!e) {
        return -ENOMEM;
    }
    e->config = *config;
    dd_rng_seed(&e->rng, config->seed, 0x65646765);
    dd_event_init(&e->room, SynchronizationEvent, false);
    dd_mutex_init(&e->hold_lock);
    e->nbl_pool = make_nbl_pool();
    e->nb_pool = make_nb_pool();
    if (!e->nbl_pool || !e->nb_pool || dd_edge_offload_new(config->settings, &e->offload) < 0 ||
        dd_edge_rss_new(config->settings, &e->rss) < 0) {
        dd_edge_free(e);
        return -ENOMEM;
    }
    *ret_edge = e;
    return 0;
}

void dd_edge_free(struct dd_edge *e)
{
    if (!e) {
        return;
    }
    if (e->nbl_pool) {
        NdisFreeNetBufferListPool(e->nbl_pool);
    }
    if (e->nb_pool) {
        NdisFreeNetBufferPool(e->nb_pool);
    }
    dd_shape_free(e->config.ram, atomic_exchange(&e->returned, NULL));
    dd_shape_free(e->config.ram, e->spare);
    dd_edge_tap_free(e->tap);
    dd_edge_offload_free(e->offload);
    dd_edge_rss_free(e->rss);
    dd_edge_tag_free(e->tag);
    dd_mutex_done(&e->hold_lock);
    free(e);
}

/* --- data --- */

static size_t longest_frame(const struct dd_pcap *p)
{
    size_t longest = 0;

    for (size_t i = 0; i < p->count; i++) {
        longest = p->frames[i].len_bytes > longest ? p->frames[i].len_bytes : longest;
    }
    return longest;
}

static int data_get(struct dd_edge *e, const struct dd_edge_request *f,
                    struct dd_shaped *ret_shaped)
{
    const struct dd_edge_config *c = &e->config;
    PMDL mdl;

    if (!e->reuse) {
        return dd_shape_frame(c->ram, c->settings, &e->rng, f->bytes, f->len_bytes, ret_shaped);
    }
    if (!e->spare) {
        e->spare = atomic_exchange_explicit(&e->returned, NULL, memory_order_acquire);
    }
    mdl = e->spare;
    if (!mdl) {
        return dd_shape_flat(c->ram, c->settings, f->bytes, f->len_bytes, e->data_bytes,
                             ret_shaped);
    }
    e->spare = mdl->Next;
    dd_shape_again(mdl, f->bytes, f->len_bytes, ret_shaped);
    return 0;
}

/* data that came back: collected first, so that a chain of completions costs one exchange */
struct back {
    PMDL first, last;
};

static void data_put(struct dd_edge *e, PMDL chain, struct back *back)
{
    if (!e->reuse || !chain || chain->Next) {
        dd_shape_free(e->config.ram, chain);
        return;
    }
    chain->Next = back->first;
    back->first = chain;
    if (!back->last) {
        back->last = chain;
    }
}

static void data_put_back(struct dd_edge *e, const struct back *back)
{
    PMDL old = atomic_load_explicit(&e->returned, memory_order_relaxed);

    if (!back->first) {
        return;
    }
    do {
        back->last->Next = old;
    } while (!atomic_compare_exchange_weak_explicit(&e->returned, &old, back->first,
                                                    memory_order_release, memory_order_relaxed));
}

/* --- one NET_BUFFER_LIST --- */

static void free_nbl(struct dd_edge *e, PNET_BUFFER_LIST nbl, struct back *back)
{
    PNET_BUFFER nb = NET_BUFFER_LIST_FIRST_NB(nbl), next;

    data_put(e, NET_BUFFER_FIRST_MDL(nb), back);
    for (nb = NET_BUFFER_NEXT_NB(nb); nb; nb = next) {
        next = NET_BUFFER_NEXT_NB(nb);
        data_put(e, NET_BUFFER_FIRST_MDL(nb), back);
        NdisFreeNetBuffer(nb);
    }
    NET_BUFFER_NEXT_NB(NET_BUFFER_LIST_FIRST_NB(nbl)) = NULL;
    NdisFreeNetBufferList(nbl);
}

static PNET_BUFFER_LIST begin_nbl(struct dd_edge *e, const struct dd_shaped *s,
                                  const struct dd_edge_request *r)
{
    PNET_BUFFER_LIST nbl = NdisAllocateNetBufferAndNetBufferList(e->nbl_pool, 0, 0, s->chain,
                                                                 s->data_offset, s->data_bytes);

    if (nbl) {
        NET_BUFFER_LIST_NEXT_NBL(nbl) = NULL;
        NET_BUFFER_LIST_INFO(nbl, NetBufferListCancelId) =
            (PVOID)(ULONG_PTR)(e->batch % CANCEL_IDS + 1);
        NET_BUFFER_LIST_INFO(nbl, TcpIpChecksumNetBufferListInfo) = (PVOID)(ULONG_PTR)r->checksum;
        NET_BUFFER_LIST_INFO(nbl, TcpLargeSendNetBufferListInfo) = (PVOID)(ULONG_PTR)r->large;
        NET_BUFFER_LIST_INFO(nbl, Ieee8021QNetBufferListInfo) = (PVOID)(ULONG_PTR)r->tag;
        NET_BUFFER_LIST_STATUS(nbl) =
            NDIS_STATUS_PENDING; /* a miniport that never sets it is seen */
    }
    return nbl;
}

static bool add_nb(struct dd_edge *e, PNET_BUFFER *last, const struct dd_shaped *s)
{
    PNET_BUFFER nb = NdisAllocateNetBuffer(e->nb_pool, s->chain, s->data_offset, s->data_bytes);

    if (nb) {
        NET_BUFFER_NEXT_NB(nb) = NULL;
        NET_BUFFER_NEXT_NB(*last) = nb;
        *last = nb;
    }
    return nb != NULL;
}

static void step(struct dd_edge *e, unsigned frames)
{
    e->next += frames;
    e->at = e->at + frames == e->frame_count ? 0 : e->at + frames;
}

/* the next frame that the miniport takes, with what is asked for; false: there is none */
static bool ask_next(struct dd_edge *e, struct dd_edge_request *r)
{
    while (e->next < e->total) {
        dd_edge_ask(e, r);
        if (dd_edge_tag_fit(e, r)) {
            return true;
        }
        dd_edge_tag_drop(e);
        step(e, r->frames);
    }
    return false;
}

/* the next frames as one NBL; NULL when there is no memory, or no frame */
static PNET_BUFFER_LIST next_nbl(struct dd_edge *e)
{
    PNET_BUFFER_LIST nbl = NULL;
    PNET_BUFFER last = NULL;
    struct dd_edge_request r, first = {0};

    for (unsigned i = 0; i < e->config.settings->nb_per_nbl && ask_next(e, &r); i++) {
        struct dd_shaped s;
        bool ok;

        /* what is asked for goes for all of an NBL; a large send is alone in its own */
        if ((nbl && (r.large || r.checksum != first.checksum || r.tag != first.tag)) ||
            data_get(e, &r, &s) < 0) {
            break;
        }
        if (!nbl) {
            first = r;
            nbl = begin_nbl(e, &s, &r);
            ok = nbl != NULL;
            last = ok ? NET_BUFFER_LIST_FIRST_NB(nbl) : NULL;
        } else {
            ok = add_nb(e, &last, &s);
        }
        if (!ok) {
            dd_shape_free(e->config.ram, s.chain);
            break;
        }
        dd_edge_offload_asked(e, &r);
        step(e, r.frames);
        if (r.large) {
            break;
        }
    }
    return nbl;
}

/* --- the sending context --- */

bool dd_edge_wait_for_room(struct dd_edge *e)
{
    while (!atomic_load(&e->stop) &&
           (atomic_load(&e->held) ||
            atomic_load(&e->outstanding) >= e->config.settings->send_window)) {
        dd_wait(&e->room, 100000000);
    }
    return !atomic_load(&e->stop);
}

static uint64_t room_now(struct dd_edge *e)
{
    uint64_t out = atomic_load(&e->outstanding), window = e->config.settings->send_window;

    return out < window ? window - out : 0;
}

static PNET_BUFFER_LIST next_chain(struct dd_edge *e, uint64_t *ret_count)
{
    uint64_t most = dd_min_u64(e->config.settings->send_batch, room_now(e)), n = 0;
    PNET_BUFFER_LIST first = NULL, last = NULL;

    e->batch++;
    dd_edge_offload_look(e);
    while (n < most && e->next < e->total) {
        PNET_BUFFER_LIST nbl = next_nbl(e);

        if (!nbl) {
            break;
        }
        if (last) {
            NET_BUFFER_LIST_NEXT_NBL(last) = nbl;
        } else {
            first = nbl;
        }
        last = nbl;
        n++;
    }
    *ret_count = n;
    return first;
}

/* Protocols send at PASSIVE_LEVEL without the flag and at DISPATCH_LEVEL with it. We are at
 * DISPATCH_LEVEL, where NET_BUFFER_LISTs are cheap. */
static void send_chain(struct dd_edge *e, PNET_BUFFER_LIST chain)
{
    if (dd_rng_below(&e->rng, 2) == 0) {
        dd_irql_lower(PASSIVE_LEVEL);
        dd_ndis_send(e->adapter, chain, 0);
    } else {
        dd_ndis_send(e->adapter, chain, NDIS_SEND_FLAGS_DISPATCH_LEVEL);
        dd_irql_lower(PASSIVE_LEVEL);
    }
}

/* false: there is no memory now */
static bool send_now(struct dd_edge *e)
{
    PNET_BUFFER_LIST chain;
    uint64_t n = 0;

    dd_irql_raise(DISPATCH_LEVEL);
    chain = next_chain(e, &n);
    atomic_store(&e->sent, e->next);
    if (!chain) {
        dd_irql_lower(PASSIVE_LEVEL);
        return false;
    }
    atomic_fetch_add(&e->outstanding, n);
    send_chain(e, chain);
    return true;
}

/* first the claim, then the look: dd_edge_hold() does it the other way round, so one sees the other
 */
void dd_edge_send_next(struct dd_edge *e)
{
    bool sent = true;

    atomic_fetch_add(&e->sending, 1);
    if (!atomic_load(&e->held)) {
        sent = send_now(e);
    }
    atomic_fetch_sub(&e->sending, 1);
    if (!sent) {
        dd_wait(&e->room, 1000000); /* completions bring some */
    }
}

static void sender_main(void *arg)
{
    struct dd_edge *e = arg;

    while (e->next < e->total && dd_edge_wait_for_room(e)) {
        dd_edge_send_next(e);
    }
    atomic_store(&e->all_sent, true);
}

static void send_complete(void *arg, PNET_BUFFER_LIST chain, ULONG flags)
{
    struct dd_edge *e = arg;
    struct back back = {0};
    uint64_t n = 0;

    (void)flags;
    while (chain) {
        PNET_BUFFER_LIST next = NET_BUFFER_LIST_NEXT_NBL(chain);

        NET_BUFFER_LIST_NEXT_NBL(chain) = NULL;
        free_nbl(e, chain, &back);
        chain = next;
        n++;
    }
    data_put_back(e, &back);
    atomic_fetch_sub(&e->outstanding, n);
    dd_event_set(&e->room);
}

struct dd_upper dd_edge_upper(struct dd_edge *e)
{
    return (struct dd_upper){.arg = e,
                             .send_complete = send_complete,
                             .receive = dd_edge_receive,
                             .status = NULL};
}

/* a frame that is sent again never lies across the end of a page, which is what the other sgl
 * settings show their work with */
static bool can_reuse(const struct dd_settings *s)
{
    return s->mdl == DD_MDL_FLAT && !dd_seam_listening() &&
           (s->dma.sgl == DD_SGL_MERGE || s->dma.sgl == DD_SGL_MERGE_IOVA);
}

static int start_tap(struct dd_edge *e)
{
    int r;

    e->data_bytes = e->adapter->general.MtuSize + LINK_BYTES;
    r = dd_edge_tag_new(e->data_bytes, &e->tag);
    r = r < 0 ? r : dd_edge_tap_new(e, e->data_bytes, &e->tap);
    return r < 0 ? r : dd_ctx_spawn("sender", 0, dd_edge_tap_main, e, &e->sender);
}

void dd_edge_attach(struct dd_edge *e, struct dd_adapter *a)
{
    e->adapter = a;
}

int dd_edge_start(struct dd_edge *e, struct dd_adapter *a)
{
    const struct dd_pcap *p = e->config.capture;
    int r;

    e->adapter = a;
    e->reuse = can_reuse(e->config.settings) && !dd_edge_offload_is_large(e->offload);
    if (e->config.tap) {
        return start_tap(e);
    }
    if (!p || p->count == 0) {
        atomic_store(&e->all_sent, true);
        return 0;
    }
    e->frames = p->frames;
    e->frame_count = p->count;
    e->total = p->count * e->config.loop;
    e->data_bytes = longest_frame(p);
    r = dd_edge_tag_new(e->data_bytes, &e->tag);
    return r < 0 ? r : dd_ctx_spawn("sender", 0, sender_main, e, &e->sender);
}

void dd_edge_stop(struct dd_edge *e)
{
    atomic_store(&e->stop, true);
    dd_event_set(&e->room);
    dd_edge_tap_wake(e->tap);
    if (e->sender) {
        dd_ctx_join(e->sender);
        e->sender = NULL;
    }
}

void dd_edge_hold(struct dd_edge *e)
{
    atomic_store(&e->held, true);
    while (atomic_load(&e->sending) > 0) {
        dd_sched_park(dd_sched_now() + 50000); /* a send call is under way */
    }
}

void dd_edge_go(struct dd_edge *e)
{
    dd_mutex_lock(&e->hold_lock);
    e->hold_closed = false;
    dd_mutex_unlock(&e->hold_lock);
    atomic_store(&e->held, false);
    dd_event_set(&e->room);
}

bool dd_edge_done(struct dd_edge *e)
{
    return atomic_load(&e->all_sent) && atomic_load(&e->outstanding) == 0;
}

void dd_edge_cancel(struct dd_edge *e)
{
    dd_ndis_cancel(e->adapter, (PVOID)(ULONG_PTR)(atomic_load(&e->batch) % CANCEL_IDS + 1));
}

uint64_t dd_edge_frames_sent(struct dd_edge *e)
{
    return atomic_load(&e->sent);
}

uint64_t dd_edge_outstanding(struct dd_edge *e)
{
    return atomic_load(&e->outstanding);
}
