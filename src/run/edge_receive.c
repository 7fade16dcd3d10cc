/* SPDX-License-Identifier: MIT */
/* Receiving: record, perhaps keep for a while, return. */
#include "run/edge_int.h"

#include "base/check.h"
#include "base/clock.h"

#include <string.h>

#define TAG_AT 12u

/* the frame's bytes, gathered from its MDLs; 0 when it does not fit */
static size_t gather(PNET_BUFFER nb, uint8_t *out, size_t size)
{
    size_t left = NET_BUFFER_DATA_LENGTH(nb), at = 0, skip = NET_BUFFER_CURRENT_MDL_OFFSET(nb);

    if (left > size) {
        return 0;
    }
    for (PMDL mdl = NET_BUFFER_CURRENT_MDL(nb); mdl && left > 0; mdl = mdl->Next) {
        size_t n = dd_min_u64(mdl->ByteCount - skip, left);

        memcpy(out + at, (const char *)mdl->MappedSystemVa + skip, n);
        at += n;
        left -= n;
        skip = 0;
    }
    return left == 0 ? at : 0;
}

/* a tag the driver handed up out of band goes back to its place */
static size_t put_tag_back(PNET_BUFFER_LIST nbl, uint8_t *frame, size_t len)
{
    NDIS_NET_BUFFER_LIST_8021Q_INFO info;
    unsigned tci;

    info.Value = NET_BUFFER_LIST_INFO(nbl, Ieee8021QNetBufferListInfo);
    tci = (unsigned)(info.TagHeader.UserPriority << 13 | info.TagHeader.CanonicalFormatId << 12 |
                     info.TagHeader.VlanId);
    if (tci == 0 || len < TAG_AT + 2 || len + 4 > DD_EDGE_FRAME_BYTES) {
        return len;
    }
    memmove(frame + TAG_AT + 4, frame + TAG_AT, len - TAG_AT);
    frame[TAG_AT] = 0x81;
    frame[TAG_AT + 1] = 0x00;
    frame[TAG_AT + 2] = (uint8_t)(tci >> 8);
    frame[TAG_AT + 3] = (uint8_t)tci;
    return len + 4;
}

size_t dd_edge_gather(PNET_BUFFER_LIST nbl, PNET_BUFFER nb, uint8_t *out)
{
    size_t len = gather(nb, out, DD_EDGE_FRAME_BYTES);

    return len > 0 ? put_tag_back(nbl, out, len) : 0;
}

static void record(struct dd_edge *e, PNET_BUFFER_LIST nbl)
{
    uint8_t frame[DD_EDGE_FRAME_BYTES];

    for (PNET_BUFFER nb = NET_BUFFER_LIST_FIRST_NB(nbl); nb; nb = NET_BUFFER_NEXT_NB(nb)) {
        size_t len = dd_edge_gather(nbl, nb, frame);

        if (len > 0) {
            dd_pcap_write(e->config.received, frame, len, dd_clock_wall_ns());
        }
    }
}

/* put the chain behind the held ones and take out what is too many; the result is to be returned */
static PNET_BUFFER_LIST exchange_held(struct dd_edge *e, PNET_BUFFER_LIST chain, unsigned count)
{
    PNET_BUFFER_LIST last = chain, out = NULL, *tail = &out;
    unsigned keep;

    while (NET_BUFFER_LIST_NEXT_NBL(last)) {
        last = NET_BUFFER_LIST_NEXT_NBL(last);
    }
    dd_mutex_lock(&e->hold_lock);
    keep = e->hold_closed ? 0 : e->config.settings->receive_hold;
    if (e->hold_first) {
        NET_BUFFER_LIST_NEXT_NBL(e->hold_last) = chain;
    } else {
        e->hold_first = chain;
    }
    e->hold_last = last;
    e->hold_count += count;
    while (e->hold_count > keep) {
        PNET_BUFFER_LIST nbl = e->hold_first;

        e->hold_first = NET_BUFFER_LIST_NEXT_NBL(nbl);
        NET_BUFFER_LIST_NEXT_NBL(nbl) = NULL;
        *tail = nbl;
        tail = &NET_BUFFER_LIST_NEXT_NBL(nbl);
        e->hold_count--;
    }
    dd_mutex_unlock(&e->hold_lock);
    return out;
}

void dd_edge_receive(void *arg, PNET_BUFFER_LIST chain, unsigned count, ULONG flags, bool may_keep)
{
    struct dd_edge *e = arg;

    for (PNET_BUFFER_LIST nbl = chain; e->config.received && nbl;
         nbl = NET_BUFFER_LIST_NEXT_NBL(nbl)) {
        record(e, nbl);
    }
    dd_edge_offload_count(e, chain);
    dd_edge_rss_count(e, chain);
    if (e->tap) {
        dd_edge_tap_up(e, chain);
    }
    if (!may_keep) {
        return;
    }
    if (e->config.settings->receive_hold > 0) {
        chain = exchange_held(e, chain, count);
    }
    if (chain) {
        dd_ndis_return(e->adapter, chain,
                       flags & NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL ? NDIS_RETURN_FLAGS_DISPATCH_LEVEL
                                                                 : 0);
    }
}

void dd_edge_return_all(struct dd_edge *e)
{
    PNET_BUFFER_LIST chain;

    dd_mutex_lock(&e->hold_lock);
    e->hold_closed = true;
    chain = e->hold_first;
    e->hold_first = e->hold_last = NULL;
    e->hold_count = 0;
    dd_mutex_unlock(&e->hold_lock);
    if (chain) {
        dd_ndis_return(e->adapter, chain, 0);
    }
}
