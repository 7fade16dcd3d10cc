/* SPDX-License-Identifier: MIT */
/*
 * Checksums of frames that leave. A frame is found again by a hash over all but its two checksum
 * fields, its padding and a tag (which may travel out of band). With a checksum asked for it has to
 * be right on the wire; without, it has to be what the stack handed over.
 */
#include "verify/offload_send.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REMEMBERED 8192u
#define FNV_START  0xcbf29ce484222325u
#define FNV_PRIME  0x100000001b3u

void dd_vsay(struct dd_vsaid *said, const char *rule, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    said->rule = rule;
    vsnprintf(said->text, sizeof(said->text), fmt, ap);
    va_end(ap);
}

uint64_t dd_verify_hash(uint64_t start, const uint8_t *p, size_t len_bytes)
{
    uint64_t h = start ^ FNV_START;

    for (size_t i = 0; i < len_bytes; i++) {
        h = (h ^ p[i]) * FNV_PRIME;
    }
    return h;
}

size_t dd_verify_gather(const NET_BUFFER *nb, uint8_t *out, size_t room)
{
    size_t left = nb->stDataLength, at = 0, skip = nb->CurrentMdlOffset;

    if (left > room) {
        return 0;
    }
    for (PMDL mdl = nb->CurrentMdl; mdl && left > 0; mdl = mdl->Next) {
        size_t n = mdl->ByteCount - skip < left ? mdl->ByteCount - skip : left;

        if (!mdl->MappedSystemVa) {
            return 0;
        }
        memcpy(out + at, (const char *)mdl->MappedSystemVa + skip, n);
        at += n;
        left -= n;
        skip = 0;
    }
    return left == 0 ? at : 0;
}

static struct dd_voffload *make_one(void)
{
    struct dd_voffload *o = calloc(1, sizeof(*o));

    if (o) {
        dd_mutex_init(&o->lock);
        dd_list_init(&o->frames);
        dd_list_init(&o->larges);
        dd_map_init(&o->by_key);
    }
    return o;
}

static void free_one(struct dd_voffload *o)
{
    struct dd_list *node;

    while ((node = dd_list_pop(&o->frames)) != NULL) {
        free(DD_LIST_ENTRY(node, struct dd_vframe, node));
    }
    while ((node = dd_list_pop(&o->larges)) != NULL) {
        free(DD_LIST_ENTRY(node, struct dd_vlarge, node));
    }
    dd_map_done(&o->by_key);
    dd_mutex_done(&o->lock);
    free(o);
}

struct dd_voffload *dd_verify_offload_of(struct dd_verify *v, const void *adapter, bool make)
{
    struct dd_voffload *o;

    if (!adapter || (!make && !atomic_load(&v->any_offload))) {
        return NULL;
    }
    dd_mutex_lock(&v->lock);
    o = dd_map_get(&v->offloads, DD_KEY(adapter));
    if (!o && make) {
        o = make_one();
        if (o && dd_map_put(&v->offloads, DD_KEY(adapter), o) < 0) {
            free_one(o);
            o = NULL;
        }
        atomic_store(&v->any_offload, true);
    }
    dd_mutex_unlock(&v->lock);
    return o;
}

void dd_verify_offload_done(struct dd_verify *v)
{
    struct dd_voffload *o;
    size_t pos = 0;

    while ((o = dd_map_next(&v->offloads, &pos, NULL)) != NULL) {
        free_one(o);
    }
    dd_map_done(&v->offloads);
}

/* an adapter's, while there is something to watch */
static struct dd_voffload *active_of(struct dd_verify *v, const void *adapter)
{
    struct dd_voffload *o = dd_verify_offload_of(v, adapter, false);

    return o && atomic_load(&o->active) ? o : NULL;
}

static void tell(struct dd_verify *v, const struct dd_vsaid *said, const void *site)
{
    if (said->rule) {
        dd_finding_one(v, said->rule, "completed at", site, "NdisMSendNetBufferListsComplete", "%s",
                       said->text);
    }
}

/* --- frames --- */

static uint64_t key_of(const uint8_t *frame, const struct dd_inet *i)
{
    uint32_t sum_at = i->tcp || i->udp ? dd_inet_sum_at(i) : i->end;
    uint64_t h = dd_verify_hash(0, frame, 12);

    if (i->ipv4) {
        h = dd_verify_hash(h, frame + i->l3, 10);
        h = dd_verify_hash(h, frame + i->l3 + 12, sum_at - (i->l3 + 12));
    } else {
        h = dd_verify_hash(h, frame + i->l3, sum_at - i->l3);
    }
    if (sum_at < i->end) {
        h = dd_verify_hash(h, frame + sum_at + 2, i->end - sum_at - 2);
    }
    return h;
}

static void forget(struct dd_voffload *o, struct dd_vframe *f)
{
    struct dd_vframe *first = dd_map_get(&o->by_key, f->key), *before = first;

    if (first == f) {
        dd_map_del(&o->by_key, f->key);
        if (f->same) {
            (void)dd_map_put(&o->by_key, f->key, f->same);
        }
    } else {
        while (before && before->same != f) {
            before = before->same;
        }
        if (before) {
            before->same = f->same;
        }
    }
    dd_list_remove(&f->node);
    o->frame_count--;
    free(f);
}

static void frame_sent(struct dd_voffload *o, const void *nbl, size_t len,
                       const NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO *ask)
{
    bool gate = ask->Transmit.IsIPv4 || ask->Transmit.IsIPv6;
    const uint8_t *p = o->scratch;
    struct dd_vframe *f, *first;
    struct dd_inet i;

    if (!dd_inet_parse(p, len, &i)) {
        return;
    }
    f = calloc(1, sizeof(*f));
    if (!f) {
        return;
    }
    f->key = key_of(p, &i);
    f->nbl = nbl;
    f->ip_sum = i.ipv4 ? dd_be16(p + i.l3 + 10) : 0;
    f->l4_sum = i.tcp || i.udp ? dd_be16(p + dd_inet_sum_at(&i)) : 0;
    f->ask_ip = gate && i.ipv4 && ask->Transmit.IpHeaderChecksum;
    f->ask_l4 =
        gate && ((i.tcp && ask->Transmit.TcpChecksum) || (i.udp && ask->Transmit.UdpChecksum));
    first = dd_map_get(&o->by_key, f->key);
    f->same = first ? first->same : NULL;
    if (first) {
        first->same = f; /* the order of equal ones does not matter */
    } else if (dd_map_put(&o->by_key, f->key, f) < 0) {
        free(f);
        return;
    }
    dd_list_append(&o->frames, &f->node);
    if (++o->frame_count > REMEMBERED) {
        forget(o, DD_LIST_ENTRY(o->frames.next, struct dd_vframe, node));
    }
}

void dd_verify_offload_send(struct dd_verify *v, const struct dd_ev *ev)
{
    struct dd_voffload *o = active_of(v, ev->adapter);
    const NET_BUFFER_LIST *nbl = ev->obj;
    NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO ask;
    uint32_t large;

    if (!o) {
        return;
    }
    ask.Value = nbl->NetBufferListInfo[TcpIpChecksumNetBufferListInfo];
    large = (uint32_t)(uintptr_t)nbl->NetBufferListInfo[TcpLargeSendNetBufferListInfo];
    dd_mutex_lock(&o->lock);
    for (const NET_BUFFER *nb = nbl->FirstNetBuffer; nb; nb = nb->Next) {
        size_t len = dd_verify_gather(nb, o->scratch, sizeof(o->scratch));

        if (len > 0 && large != 0) {
            dd_verify_large_sent(o, nbl, o->scratch, len, large);
        } else if (len > 0) {
            frame_sent(o, nbl, len, &ask);
        }
    }
    dd_mutex_unlock(&o->lock);
}

/* --- on the wire --- */

static bool ip_ok(const struct dd_vframe *f, const uint8_t *p, const struct dd_inet *i)
{
    return !i->ipv4 || (f->ask_ip ? i->ip_good : dd_be16(p + i->l3 + 10) == f->ip_sum);
}

static bool l4_ok(const struct dd_vframe *f, const uint8_t *p, const struct dd_inet *i)
{
    if (!i->tcp && !i->udp) {
        return true;
    }
    return f->ask_l4 ? i->l4_good : dd_be16(p + dd_inet_sum_at(i)) == f->l4_sum;
}

static void say_frame(struct dd_vsaid *said, const struct dd_vframe *f, const uint8_t *p,
                      const struct dd_inet *i)
{
    bool ip = !ip_ok(f, p, i);
    const char *what = ip ? "IPv4 header" : i->tcp ? "TCP" : "UDP";
    uint32_t at = ip ? i->l3 + 10 : dd_inet_sum_at(i), given = ip ? f->ip_sum : f->l4_sum;

    if (ip ? f->ask_ip : f->ask_l4) {
        dd_vsay(said, "csum-tx-wrong",
                "NET_BUFFER_LIST %p asked for the %s checksum, and the frame of %u bytes left with "
                "a wrong one: 0x%04x at byte %u",
                f->nbl, what, i->end, dd_be16(p + at), at);
    } else {
        dd_vsay(said, "csum-ungated",
                "NET_BUFFER_LIST %p did not ask for the %s checksum, and it was changed: 0x%04x at "
                "byte %u, from 0x%04x",
                f->nbl, what, dd_be16(p + at), at, given);
    }
}

static void frame_left(struct dd_voffload *o, const uint8_t *p, const struct dd_inet *i,
                       struct dd_vsaid *said)
{
    struct dd_vframe *first, *f;

    if (dd_verify_large_fits(o, p, i)) {
        return;
    }
    first = dd_map_get(&o->by_key, key_of(p, i));
    for (f = first; f && !(ip_ok(f, p, i) && l4_ok(f, p, i)); f = f->same) {
    }
    if (!f && !dd_verify_large_wrong(o, p, i, said) && first) {
        say_frame(said, first, p, i);
        f = first;
    }
    if (f) {
        forget(o, f);
    }
}

/* obj: the frame, a: its bytes */
void dd_verify_wire(struct dd_verify *v, const struct dd_ev *ev)
{
    struct dd_voffload *o = active_of(v, ev->adapter);
    struct dd_vsaid said = {.rule = NULL};
    struct dd_inet i;

    if (!o || !dd_inet_parse(ev->obj, (size_t)ev->a, &i)) {
        return;
    }
    dd_mutex_lock(&o->lock);
    frame_left(o, ev->obj, &i, &said);
    dd_mutex_unlock(&o->lock);
    tell(v, &said, NULL);
}

/* --- the end of a send, and of all --- */

void dd_verify_offload_completed(struct dd_verify *v, const struct dd_ev *ev)
{
    struct dd_voffload *o = active_of(v, ev->adapter);
    struct dd_vsaid said = {.rule = NULL};

    if (o) {
        dd_mutex_lock(&o->lock);
        dd_verify_large_completed(o, ev, &said);
        dd_mutex_unlock(&o->lock);
        tell(v, &said, ev->site);
    }
}

void dd_verify_offload_disturbed(struct dd_verify *v, const void *adapter)
{
    struct dd_voffload *o;
    size_t pos = 0;
    uint64_t key;

    dd_mutex_lock(&v->lock);
    while ((o = dd_map_next(&v->offloads, &pos, &key)) != NULL) {
        if (!adapter || key == DD_KEY(adapter)) {
            atomic_store(&o->disturbed, true);
        }
    }
    dd_mutex_unlock(&v->lock);
}

void dd_verify_offload_halted(struct dd_verify *v, const void *adapter)
{
    struct dd_voffload *o = dd_verify_offload_of(v, adapter, false);
    struct dd_vsaid said;

    do {
        said.rule = NULL;
        if (o) {
            dd_mutex_lock(&o->lock);
            dd_verify_large_lost(o, &said);
            dd_mutex_unlock(&o->lock);
        }
        tell(v, &said, NULL);
    } while (said.rule);
}
