/* SPDX-License-Identifier: MIT */
/*
 * What TCP/IP leaves to the card (setting offload):
 *
 *   checksum   the frame's own IPv4, TCP and UDP checksums are taken out and asked for:
 *              0 in the IP header, the sum of the pseudo header in TCP's or UDP's field
 *   large send consecutive segments of a flow go down as one, with their common header in front
 *
 * Over IPv4 and IPv6; frames with IPv6 extension headers go down as they are.
 * Only what comes out on the wire as the very frames of the capture is changed: right checksums,
 * segments as a card would cut them. The rest goes down as it is.
 */
#include "run/edge_int.h"

#include "base/check.h"
#include "base/inet.h"
#include "ndis/offload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SCRATCH_BYTES 65536u
#define TCP_FIN       0x01u
#define TCP_PSH       0x08u
#define TCP_ACK       0x10u
#define HEADER_SPLIT  54u /* what mdl=header-split puts into the first MDL */
#define OFFSET_FIRST  200u

struct dd_edge_offload {
    NDIS_OFFLOAD now;     /* what the miniport said last */
    bool checksum, large; /* changed with sends held only */
    _Atomic(uint64_t) checksums, large_sends, large_segments, verdicts_good, verdicts_bad;
    uint8_t scratch[SCRATCH_BYTES];
};

/* NDIS promises a miniport the headers of a large send in its first MDL */
static bool may_large(const struct dd_settings *s)
{
    return s->mdl != DD_MDL_MANY && s->mdl != DD_MDL_EMPTY_MDLS;
}

int dd_edge_offload_new(const struct dd_settings *s, struct dd_edge_offload **ret_offload)
{
    struct dd_edge_offload *o = NULL;

    if (s->offload != DD_OFFLOAD_NONE) {
        o = calloc(1, sizeof(*o));
        if (!o) {
            return -ENOMEM;
        }
        o->checksum = s->offload == DD_OFFLOAD_CHECKSUM || s->offload == DD_OFFLOAD_ALL;
        o->large = may_large(s) && (s->offload == DD_OFFLOAD_LSO || s->offload == DD_OFFLOAD_ALL);
    }
    *ret_offload = o;
    return 0;
}

void dd_edge_offload_free(struct dd_edge_offload *o)
{
    free(o);
}

void dd_edge_offload_look(struct dd_edge *e)
{
    if (e->offload) {
        dd_ndis_offload_now(e->adapter, &e->offload->now);
    }
}

/* --- checksums --- */

static bool takes(ULONG encapsulation, bool tagged)
{
    ULONG want = tagged ? NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q : NDIS_ENCAPSULATION_IEEE_802_3;

    return (encapsulation & want) != 0;
}

/* may TCP's or UDP's sum be left to the card */
static bool takes_l4(const NDIS_OFFLOAD *now, const struct dd_inet *i)
{
    const NDIS_TCP_IP_CHECKSUM_OFFLOAD *c = &now->Checksum;

    if (i->ipv4) {
        return takes(c->IPv4Transmit.Encapsulation, i->tagged) &&
               (!i->ip_options || c->IPv4Transmit.IpOptionsSupported == NDIS_OFFLOAD_SET_ON) &&
               (!i->tcp_options || c->IPv4Transmit.TcpOptionsSupported == NDIS_OFFLOAD_SET_ON) &&
               (i->tcp ? c->IPv4Transmit.TcpChecksum : c->IPv4Transmit.UdpChecksum) ==
                   NDIS_OFFLOAD_SET_ON;
    }
    return takes(c->IPv6Transmit.Encapsulation, i->tagged) &&
           (!i->tcp_options || c->IPv6Transmit.TcpOptionsSupported == NDIS_OFFLOAD_SET_ON) &&
           (i->tcp ? c->IPv6Transmit.TcpChecksum : c->IPv6Transmit.UdpChecksum) ==
               NDIS_OFFLOAD_SET_ON;
}

static bool takes_ip(const NDIS_OFFLOAD *now, const struct dd_inet *i)
{
    const NDIS_TCP_IP_CHECKSUM_OFFLOAD *c = &now->Checksum;

    return i->ipv4 && takes(c->IPv4Transmit.Encapsulation, i->tagged) &&
           (!i->ip_options || c->IPv4Transmit.IpOptionsSupported == NDIS_OFFLOAD_SET_ON) &&
           c->IPv4Transmit.IpChecksum == NDIS_OFFLOAD_SET_ON;
}

/* put @seed at @at; true when a card that sums [@from, @to) makes what was there out of it */
static bool replace(uint8_t *frame, uint32_t at, uint32_t from, uint32_t to, uint16_t seed,
                    bool udp)
{
    uint16_t old = dd_be16(frame + at), made;

    dd_put_be16(frame + at, seed);
    made = (uint16_t)~dd_inet_sum(frame + from, to - from, 0);
    if (udp && made == 0) {
        made = 0xffff;
    }
    if (made != old) {
        dd_put_be16(frame + at, old);
    }
    return made == old;
}

uint32_t dd_edge_checksum_out(const NDIS_OFFLOAD *now, uint8_t *frame, size_t len_bytes)
{
    NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO info = {.Value = NULL};
    struct dd_inet i;
    bool ip, l4;

    if (!dd_inet_parse(frame, len_bytes, &i)) {
        return 0;
    }
    ip = takes_ip(now, &i) && i.ip_good && replace(frame, i.l3 + 10, i.l3, i.l4, 0, false);
    l4 = (i.tcp || i.udp) && !i.l4_none && takes_l4(now, &i) &&
         replace(frame, dd_inet_sum_at(&i), i.l4, i.end, dd_inet_pseudo(frame, &i, i.end - i.l4),
                 i.udp);
    if (!ip && !l4) {
        return 0;
    }
    info.Transmit.IsIPv4 = i.ipv4;
    info.Transmit.IsIPv6 = i.ipv6;
    info.Transmit.IpHeaderChecksum = ip;
    info.Transmit.TcpChecksum = l4 && i.tcp;
    info.Transmit.UdpChecksum = l4 && i.udp;
    info.Transmit.TcpHeaderOffset = l4 && i.tcp ? i.l4 & 0x3ff : 0;
    return (uint32_t)(ULONG_PTR)info.Value;
}

/* --- large sends --- */

/* a whole TCP segment without padding that a large send may begin or go on with */
static bool is_segment(const uint8_t *frame, size_t len, struct dd_inet *ret_i)
{
    return dd_inet_parse(frame, len, ret_i) && ret_i->tcp && !ret_i->ip_options &&
           (ret_i->ipv6 || ret_i->ip_good) && ret_i->l4_good && ret_i->end == len &&
           ret_i->data < len && (frame[ret_i->l4 + 13] & ~(TCP_FIN | TCP_PSH)) == TCP_ACK;
}

/* IPv4: all but the lengths and sums is the same, and the identification counts on */
static bool ip4_follows(const uint8_t *a, const uint8_t *b, const struct dd_inet *i, uint32_t n)
{
    uint32_t l3 = i->l3, id = dd_be16(a + l3 + 4);

    return memcmp(a, b, l3 + 2) == 0 && memcmp(a + l3 + 6, b + l3 + 6, 4) == 0 &&
           memcmp(a + l3 + 12, b + l3 + 12, i->l4 - (l3 + 12)) == 0 &&
           dd_be16(b + l3 + 4) == id + n && ((id + n) & 0x8000) == (id & 0x8000);
}

static bool ip6_follows(const uint8_t *a, const uint8_t *b, const struct dd_inet *i)
{
    uint32_t l3 = i->l3;

    return memcmp(a, b, l3 + 4) == 0 && memcmp(a + l3 + 6, b + l3 + 6, i->l4 - (l3 + 6)) == 0;
}

/* would a card make @b, the @n th after @a, out of @a's header */
static bool follows(const uint8_t *a, const struct dd_inet *ia, const uint8_t *b,
                    const struct dd_inet *ib, uint32_t n, uint32_t mss)
{
    uint32_t l4 = ia->l4;

    return ib->l3 == ia->l3 && ib->l4 == l4 && ib->ipv4 == ia->ipv4 && ib->data == ia->data &&
           ib->end - ib->data <= mss &&
           (ia->ipv4 ? ip4_follows(a, b, ia, n) : ip6_follows(a, b, ia)) &&
           memcmp(a + l4, b + l4, 4) == 0 && memcmp(a + l4 + 8, b + l4 + 8, 5) == 0 &&
           memcmp(a + l4 + 14, b + l4 + 14, 2) == 0 &&
           memcmp(a + l4 + 18, b + l4 + 18, ia->data - (l4 + 18)) == 0 &&
           dd_be32(b + l4 + 4) == dd_be32(a + l4 + 4) + n * mss;
}

static bool fits_mdl(const struct dd_settings *s, uint32_t headers)
{
    return (s->mdl != DD_MDL_HEADER_SPLIT || headers == HEADER_SPLIT) &&
           (s->mdl != DD_MDL_LEADING_OFFSET || headers <= OFFSET_FIRST);
}

/* may a send like @i be left to the card; its limits */
static bool takes_large(const NDIS_OFFLOAD *now, const struct dd_inet *i, uint32_t *ret_most,
                        uint32_t *ret_least)
{
    if (i->ipv4 && now->LsoV2.IPv4.Encapsulation == 0) {
        *ret_most = now->LsoV1.IPv4.MaxOffLoadSize;
        *ret_least = now->LsoV1.IPv4.MinSegmentCount;
        return takes(now->LsoV1.IPv4.Encapsulation, i->tagged) &&
               (!i->tcp_options || now->LsoV1.IPv4.TcpOptions == NDIS_OFFLOAD_SET_ON);
    }
    *ret_most = i->ipv4 ? now->LsoV2.IPv4.MaxOffLoadSize : now->LsoV2.IPv6.MaxOffLoadSize;
    *ret_least = i->ipv4 ? now->LsoV2.IPv4.MinSegmentCount : now->LsoV2.IPv6.MinSegmentCount;
    if (i->ipv4) {
        return takes(now->LsoV2.IPv4.Encapsulation, i->tagged);
    }
    return takes(now->LsoV2.IPv6.Encapsulation, i->tagged) &&
           (!i->tcp_options || now->LsoV2.IPv6.TcpOptionsSupported == NDIS_OFFLOAD_SET_ON);
}

/* what a card fills in: lengths and sums; version 1 takes the length of all of it from the IP
 * header */
static void to_template(uint8_t *out, const struct dd_inet *i, size_t len, bool v1)
{
    if (i->ipv4) {
        dd_put_be16(out + i->l3 + 2, v1 ? (uint32_t)len - i->l3 : 0);
        dd_put_be16(out + i->l3 + 10, 0);
    } else {
        dd_put_be16(out + i->l3 + 4, 0);
    }
    dd_put_be16(out + i->l4 + 16, dd_inet_pseudo(out, i, 0));
}

unsigned dd_edge_large_out(const NDIS_OFFLOAD *now, const struct dd_frame *frames, size_t count,
                           uint8_t *out, size_t *ret_len, uint32_t *ret_mss)
{
    const uint8_t *first = frames[0].bytes;
    uint32_t most = 0, least = 0, mss;
    struct dd_inet a, b;
    unsigned n = 1;
    size_t len;

    if (!is_segment(first, frames[0].len_bytes, &a) || !takes_large(now, &a, &most, &least)) {
        return 0;
    }
    len = a.end;
    mss = a.end - a.data;
    memcpy(out, first, len);
    while (n < count && (out[a.l4 + 13] & (TCP_FIN | TCP_PSH)) == 0 &&
           len - a.data == (size_t)mss * n &&
           is_segment(frames[n].bytes, frames[n].len_bytes, &b) &&
           follows(first, &a, frames[n].bytes, &b, n, mss) &&
           len - a.data + (b.end - b.data) <= most && len + (b.end - b.data) < SCRATCH_BYTES) {
        memcpy(out + len, frames[n].bytes + b.data, b.end - b.data);
        out[a.l4 + 13] = frames[n].bytes[a.l4 + 13];
        len += b.end - b.data;
        n++;
    }
    if (n < 2 || n < least) {
        return 0;
    }
    to_template(out, &a, len, now->LsoV2.IPv4.Encapsulation == 0);
    *ret_len = len;
    *ret_mss = mss;
    return n;
}

static bool ask_large(struct dd_edge *e, struct dd_edge_request *r)
{
    struct dd_edge_offload *o = e->offload;
    size_t left = dd_min_u64(e->frame_count - e->at, e->total - e->next);
    NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO large = {.Value = NULL};
    NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO sums = {.Value = NULL};
    uint32_t mss = 0;
    struct dd_inet i;
    unsigned n;

    if (!dd_inet_parse(r->bytes, r->len_bytes, &i) || !fits_mdl(e->config.settings, i.data)) {
        return false;
    }
    n = dd_edge_large_out(&o->now, e->frames + e->at, left, o->scratch, &r->len_bytes, &mss);
    if (n == 0) {
        return false;
    }
    large.LsoV2Transmit.MSS = mss & 0xfffff; /* as LsoV1Transmit has it */
    large.LsoV2Transmit.TcpHeaderOffset = i.l4 & 0x3ff;
    large.LsoV2Transmit.Type = i.ipv4 && o->now.LsoV2.IPv4.Encapsulation == 0
                                   ? NDIS_TCP_LARGE_SEND_OFFLOAD_V1_TYPE
                                   : NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE;
    large.LsoV2Transmit.IPVersion =
        i.ipv4 ? NDIS_TCP_LARGE_SEND_OFFLOAD_IPv4 : NDIS_TCP_LARGE_SEND_OFFLOAD_IPv6;
    sums.Transmit.IsIPv4 = i.ipv4;
    sums.Transmit.IsIPv6 = i.ipv6;
    sums.Transmit.IpHeaderChecksum = i.ipv4;
    sums.Transmit.TcpChecksum = 1;
    sums.Transmit.TcpHeaderOffset = i.l4 & 0x3ff;
    r->bytes = o->scratch;
    r->frames = n;
    r->large = (uint32_t)(ULONG_PTR)large.Value;
    r->checksum = (uint32_t)(ULONG_PTR)sums.Value;
    return true;
}

void dd_edge_ask(struct dd_edge *e, struct dd_edge_request *ret_request)
{
    const struct dd_frame *f = &e->frames[e->at];
    struct dd_edge_offload *o = e->offload;
    struct dd_edge_request r = {.bytes = f->bytes, .len_bytes = f->len_bytes, .frames = 1};

    if (o && !(o->large && ask_large(e, &r)) && o->checksum && r.len_bytes <= SCRATCH_BYTES) {
        memcpy(o->scratch, r.bytes, r.len_bytes);
        r.bytes = o->scratch;
        r.checksum = dd_edge_checksum_out(&o->now, o->scratch, r.len_bytes);
    }
    *ret_request = r;
}

void dd_edge_offload_change(struct dd_edge *e, enum dd_offload what)
{
    struct dd_edge_offload *o = e->offload;

    if (o) {
        o->checksum = what == DD_OFFLOAD_CHECKSUM || what == DD_OFFLOAD_ALL;
        o->large = may_large(e->config.settings) && !e->reuse &&
                   (what == DD_OFFLOAD_LSO || what == DD_OFFLOAD_ALL);
    }
}

bool dd_edge_offload_is_large(const struct dd_edge_offload *o)
{
    return o && o->large;
}

/* --- numbers --- */

void dd_edge_offload_asked(struct dd_edge *e, const struct dd_edge_request *r)
{
    struct dd_edge_offload *o = e->offload;

    if (r->large) {
        atomic_fetch_add(&o->large_sends, 1);
        atomic_fetch_add(&o->large_segments, r->frames);
    } else if (r->checksum) {
        atomic_fetch_add(&o->checksums, 1);
    }
}

void dd_edge_offload_count(struct dd_edge *e, PNET_BUFFER_LIST chain)
{
    struct dd_edge_offload *o = e->offload;

    for (; o && chain; chain = NET_BUFFER_LIST_NEXT_NBL(chain)) {
        NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO i;

        i.Value = NET_BUFFER_LIST_INFO(chain, TcpIpChecksumNetBufferListInfo);
        if (i.Receive.TcpChecksumFailed || i.Receive.UdpChecksumFailed ||
            i.Receive.IpChecksumFailed) {
            atomic_fetch_add(&o->verdicts_bad, 1);
        } else if (i.Value) {
            atomic_fetch_add(&o->verdicts_good, 1);
        }
    }
}

void dd_edge_offload_numbers(struct dd_edge *e, struct dd_offload_numbers *ret_numbers)
{
    const struct dd_edge_offload *o = e->offload;

    if (o) {
        *ret_numbers =
            (struct dd_offload_numbers){.checksums = atomic_load(&o->checksums),
                                        .large_sends = atomic_load(&o->large_sends),
                                        .large_segments = atomic_load(&o->large_segments),
                                        .verdicts_good = atomic_load(&o->verdicts_good),
                                        .verdicts_bad = atomic_load(&o->verdicts_bad)};
    }
}
