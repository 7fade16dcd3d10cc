/* SPDX-License-Identifier: MIT */
/* Scatter/gather registration and lists. */
#include "verify/verify_int.h"

#include <stdlib.h>

/* --- registration --- */

static void on_register(struct dd_verify *v, const struct dd_ev *ev)
{
    static const struct {
        const char *rule, *text;
    } rejects[] = {
        [DD_SG_BAD_TYPE] =
            {"sg-desc-bad-header",
             "NDIS_SG_DMA_DESCRIPTION.Header.Type is not NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION"},
        [DD_SG_BAD_REVISION] = {"sg-desc-bad-header",
                                "NDIS_SG_DMA_DESCRIPTION.Header.Revision is not one this NDIS has"},
        [DD_SG_BAD_SIZE] = {"sg-desc-bad-header",
                            "NDIS_SG_DMA_DESCRIPTION.Header.Size is less than its revision needs"},
        [DD_SG_NO_ATTRIBUTES] = {"sg-register-before-attributes",
                                 "NdisMSetMiniportAttributes was not called before"},
        [DD_SG_NOT_BUS_MASTER] =
            {"sg-register-not-busmaster",
             "the adapter did not declare NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER"},
        [DD_SG_OLD_DRIVER] = {"sg-register-ndis5-version",
                              "the driver registered with an NDIS version below 6.0"},
        [DD_SG_UNKNOWN_FLAGS] = {"sg-desc-unknown-flags",
                                 "NDIS_SG_DMA_DESCRIPTION.Flags has unknown bits"},
    };

    if (ev->b < DD_ARRAY_LEN(rejects) && rejects[ev->b].rule) {
        dd_finding_one(v, rejects[ev->b].rule, "registered at", ev->site,
                       "NdisMRegisterScatterGatherDma", "%s", rejects[ev->b].text);
    }
    if (!ev->c) {
        dd_finding_one(v, "sg-register-outside-init", "registered at", ev->site,
                       "NdisMRegisterScatterGatherDma",
                       "NdisMRegisterScatterGatherDma was called outside MiniportInitializeEx");
    }
}

static void on_deregister(struct dd_verify *v, const struct dd_ev *ev)
{
    static const char api[] = "NdisMDeregisterScatterGatherDma";

    if (ev->a == 2) {
        dd_finding_one(v, "sg-double-deregister", "again at", ev->site, api,
                       "the DMA handle %p was given back before", ev->obj);
        return;
    }
    if (ev->a == 0) {
        dd_finding_one(v, "sg-handle-after-deregister", "given at", ev->site, api,
                       "%p is not a DMA handle", ev->obj);
        return;
    }
    if (ev->b > 0) {
        dd_finding_one(v, "sg-deregister-with-live-sgl", "given back at", ev->site, api,
                       "%llu scatter/gather lists are still mapped", (unsigned long long)ev->b);
    }
    if (ev->c > 0) {
        dd_finding_one(v, "sg-deregister-with-live-shared-memory", "given back at", ev->site, api,
                       "%llu blocks of shared memory are still allocated",
                       (unsigned long long)ev->c);
    }
    if (!ev->d) {
        dd_finding_one(v, "sg-deregister-bad-context", "given back at", ev->site, api,
                       "called outside MiniportHaltEx and MiniportInitializeEx");
    }
}

/* --- lists --- */

static void on_request(struct dd_verify *v, const struct dd_ev *ev)
{
    static const char api[] = "NdisMAllocateNetBufferSGList";
    struct dd_finding f;
    struct dd_vlist *l;

    if (ev->c == 0) {
        dd_finding_one(v, "sgl-zero-length", "mapped at", ev->site, api,
                       "NET_BUFFER %p has no data to map", ev->obj);
    }
    dd_mutex_lock(&v->lock);
    l = dd_map_get(&v->by_nb, DD_KEY(ev->obj));
    if (l) {
        dd_finding_begin(&f, "sgl-map-twice", "NET_BUFFER %p is mapped already, by list %llu",
                         ev->obj, (unsigned long long)l->number);
        dd_finding_site(&f, "mapped at", l->mapped_at, api);
        dd_finding_site(&f, "again at", ev->site, api);
    }
    dd_mutex_unlock(&v->lock);
    if (l) {
        dd_finding_end(v, &f);
    }
}

/* d of SGL_REQUEST_DONE: why a request was refused (enum dd_sgl_refuse) */
static void on_request_done(struct dd_verify *v, const struct dd_ev *ev)
{
    static const char api[] = "NdisMAllocateNetBufferSGList";

    switch (ev->d) {
    case DD_SGL_BAD_HANDLE:
        dd_finding_one(v, "sg-handle-after-deregister", "used at", ev->site, api,
                       "%p is not a live DMA handle", ev->obj2);
        break;
    case DD_SGL_NO_HANDLER:
        dd_finding_one(v, "sg-desc-null-process-handler", "used at", ev->site, api,
                       "the registration has no ProcessSGListHandler, so no list can be delivered");
        break;
    case DD_SGL_WINDOW:
        dd_finding_one(v, "sgl-va-outside-mdl", "mapped at", ev->site, api,
                       "NET_BUFFER %p: its MDLs hold less than CurrentMdlOffset + DataLength",
                       ev->obj);
        break;
    default:
        break;
    }
}

static void forget_oldest(struct dd_verify *v)
{
    struct dd_list *node = dd_list_pop(&v->freed);
    struct dd_vlist *old = DD_LIST_ENTRY(node, struct dd_vlist, node);

    dd_map_del(&v->numbers, old->number);
    if (dd_map_get(&v->last, DD_KEY(old->sgl)) == old) {
        dd_map_del(&v->last, DD_KEY(old->sgl));
    }
    free(old);
    v->freed_count--;
}

static void on_built(struct dd_verify *v, const struct dd_ev *ev)
{
    struct dd_vlist *l = calloc(1, sizeof(*l));
    bool paused;

    if (!l) {
        return;
    }
    *l = (struct dd_vlist){.sgl = ev->obj,
                           .nb = ev->obj2,
                           .handle = ev->obj3,
                           .adapter = ev->adapter,
                           .number = ev->a,
                           .bytes = ev->c,
                           .dir = (enum dd_dir)ev->d,
                           .mapped_at = ev->data ? ev->data : ev->site,
                           .live = true};
    dd_mutex_lock(&v->lock);
    dd_map_put(&v->live, DD_KEY(l->sgl), l);
    dd_map_put(&v->by_nb, DD_KEY(l->nb), l);
    dd_map_put(&v->numbers, l->number, l);
    paused = l->dir == DD_DIR_TO_DEVICE &&
             (uintptr_t)dd_map_get(&v->states, DD_KEY(ev->adapter)) == DD_STATE_PAUSED;
    dd_mutex_unlock(&v->lock);
    if (paused) {
        dd_finding_one(v, "sgl-alloc-in-paused", "mapped at", l->mapped_at,
                       "NdisMAllocateNetBufferSGList",
                       "NET_BUFFER %p is mapped for sending while the adapter is paused", ev->obj2);
    }
}

static bool check_free(struct dd_verify *v, const struct dd_ev *ev, struct dd_finding *f)
{
    static const char map_api[] = "NdisMAllocateNetBufferSGList",
                      free_api[] = "NdisMFreeNetBufferSGList";
    /* number 0: not (yet) a list that MiniportProcessSGList was given */
    struct dd_vlist *l = ev->b ? dd_map_get(&v->live, DD_KEY(ev->obj)) : NULL,
                    *gone = dd_map_get(&v->last, DD_KEY(ev->obj));

    if (!l && gone) {
        dd_finding_begin(f, "sgl-double-free", "list %llu was freed before",
                         (unsigned long long)gone->number);
        dd_finding_site(f, "mapped at", gone->mapped_at, map_api);
        dd_finding_site(f, "freed at", gone->freed_at, free_api);
        dd_finding_site(f, "again at", ev->site, free_api);
    } else if (!l) {
        dd_finding_begin(f, "sgl-free-unknown",
                         "%p is no scatter/gather list that MiniportProcessSGList was given",
                         ev->obj);
        dd_finding_site(f, "freed at", ev->site, free_api);
    } else if (l->nb != ev->obj2) {
        dd_finding_begin(f, "sgl-free-wrong-netbuffer",
                         "list %llu belongs to NET_BUFFER %p, and is freed with %p",
                         (unsigned long long)l->number, l->nb, ev->obj2);
        dd_finding_site(f, "mapped at", l->mapped_at, map_api);
        dd_finding_site(f, "freed at", ev->site, free_api);
    } else if (l->handle != ev->obj3) {
        dd_finding_begin(f, "sgl-free-wrong-handle",
                         "list %llu was made through DMA handle %p, and is freed through %p",
                         (unsigned long long)l->number, l->handle, ev->obj3);
        dd_finding_site(f, "mapped at", l->mapped_at, map_api);
        dd_finding_site(f, "freed at", ev->site, free_api);
    } else if (ev->c) {
        dd_finding_begin(f, "sgl-ndis-reserved-touched", "list %llu was changed by the driver",
                         (unsigned long long)l->number);
        dd_finding_site(f, "mapped at", l->mapped_at, map_api);
        dd_finding_site(f, "freed at", ev->site, free_api);
    } else {
        return false;
    }
    return true;
}

static void on_free_call(struct dd_verify *v, const struct dd_ev *ev)
{
    struct dd_finding f;
    struct dd_vlist *l;
    bool bad;

    dd_mutex_lock(&v->lock);
    bad = check_free(v, ev, &f);
    l = dd_map_get(&v->live, DD_KEY(ev->obj));
    if (l) {
        l->freed_at = ev->site;
    }
    dd_mutex_unlock(&v->lock);
    if (bad) {
        dd_finding_end(v, &f);
    }
}

static void on_freed(struct dd_verify *v, const struct dd_ev *ev)
{
    struct dd_vlist *l;

    dd_mutex_lock(&v->lock);
    l = dd_map_get(&v->numbers, ev->a);
    if (l && l->live) {
        l->live = false;
        if (dd_map_get(&v->live, DD_KEY(l->sgl)) == l) {
            dd_map_del(&v->live, DD_KEY(l->sgl));
        }
        if (dd_map_get(&v->by_nb, DD_KEY(l->nb)) == l) {
            dd_map_del(&v->by_nb, DD_KEY(l->nb));
        }
        dd_map_put(&v->last, DD_KEY(l->sgl), l);
        dd_list_append(&v->freed, &l->node);
        if (++v->freed_count > DD_VERIFY_REMEMBERED) {
            forget_oldest(v);
        }
    }
    dd_mutex_unlock(&v->lock);
}

static void on_data_changed(struct dd_verify *v, const struct dd_ev *ev)
{
    struct dd_finding f;
    struct dd_vlist *l;

    dd_mutex_lock(&v->lock);
    l = dd_map_get(&v->numbers, ev->a);
    dd_finding_begin(&f, "sgl-cpu-write-after-map",
                     "data of NET_BUFFER %p changed while list %llu was mapped", ev->obj,
                     (unsigned long long)ev->a);
    dd_finding_site(&f, "mapped at", l ? l->mapped_at : NULL, "NdisMAllocateNetBufferSGList");
    dd_finding_site(&f, "freed at", l ? l->freed_at : ev->site, "NdisMFreeNetBufferSGList");
    dd_mutex_unlock(&v->lock);
    dd_finding_end(v, &f);
}

void dd_verify_sg(struct dd_verify *v, const struct dd_ev *ev)
{
    switch (ev->kind) {
    case DD_EV_SG_REGISTER:
        on_register(v, ev);
        break;
    case DD_EV_SG_DEREGISTER_CALL:
        on_deregister(v, ev);
        break;
    case DD_EV_SGL_REQUEST_CALL:
        on_request(v, ev);
        break;
    case DD_EV_SGL_REQUEST_DONE:
        on_request_done(v, ev);
        break;
    case DD_EV_SGL_BUILT:
        on_built(v, ev);
        break;
    case DD_EV_SGL_FREE_CALL:
        on_free_call(v, ev);
        break;
    case DD_EV_SGL_FREED:
        on_freed(v, ev);
        break;
    case DD_EV_SGL_DATA_CHANGED:
        on_data_changed(v, ev);
        break;
    default:
        break;
    }
}
